//! Relays among the nodes: the same network and the same weather, another machine.
//!
//! Owns the way between the world's plain inputs and a relay's, and what befalls it.

use moot_engine::{Input, StreamId};
use moot_relay::{Effects, Policy};

use super::{Crash, Happening, World, place};
use crate::node::Node;
use crate::relay::{Malice, RelayNode};

impl World {
    /// Adds a relay and starts it.
    pub fn add_relay(&mut self, quota_bytes: u64) -> usize {
        let node = self.nodes.len();
        let policy = Policy {
            quota_bytes,
            age_days: None,
        };
        let mut home = Node::new(place(node), [0; 32], 0);
        home.relay = Some(RelayNode::new(self.dice.bytes(), policy));
        self.nodes.push(home);
        self.islands.push(super::EVERYWHERE);
        self.start(node);
        node
    }

    /// What its operator hands out.
    ///
    /// # Panics
    /// Where the node is no relay; here and below.
    pub fn relay_ticket(&self, node: usize) -> String {
        self.relay(node).ticket(&self.nodes[node].address)
    }

    /// How a relay stands.
    pub fn relay_status(&self, node: usize) -> moot_relay::Status {
        self.relay(node).status()
    }

    /// What a relay does wrong from now on.
    pub fn make_malicious(&mut self, node: usize, malice: Malice) {
        self.relay_mut(node).malice = malice;
    }

    /// From now on a relay shows one member all it gets, and everybody else what it has now; it confirms to all what they bring.
    pub fn split_relay(&mut self, node: usize, favoured: usize) {
        let favoured = self.nodes[favoured].peer.clone();
        self.crash(node, Crash::Killed);
        self.relay_mut(node).split(favoured);
        self.start(node);
    }

    /// A relay's disk dies; it starts again with an empty one, under its name.
    pub fn lose_relays_disk(&mut self, node: usize) {
        self.crash(node, Crash::PowerCut);
        self.relay_mut(node).lose_disk();
        self.start(node);
    }

    fn relay(&self, node: usize) -> &RelayNode {
        let relay = self.nodes[node].relay.as_ref();
        relay.expect("this node is a relay")
    }

    fn relay_mut(&mut self, node: usize) -> &mut RelayNode {
        let relay = self.nodes[node].relay.as_mut();
        relay.expect("this node is a relay")
    }

    pub(super) fn start_relay(&mut self, node: usize) {
        let now_ms = self.now_ms;
        let home = &mut self.nodes[node];
        home.started_ms = now_ms;
        if let Some(relay) = &mut home.relay {
            relay.start();
            home.peer = relay.name();
        }
        self.feed(node, Input::Tick);
    }

    /// Hands an input to a relay and carries out what comes of it.
    pub(super) fn feed_relay(&mut self, node: usize, input: Input) {
        let id = |stream: StreamId| moot_relay::StreamId(stream.0);
        let input = match input {
            Input::Opened { stream, peer, .. } => moot_relay::Input::Opened {
                stream: id(stream),
                peer: peer.0,
                nonce: self.dice.bytes(),
            },
            Input::Frame { stream, bytes } => moot_relay::Input::Frame {
                stream: id(stream),
                bytes,
            },
            Input::Closed { stream, .. } => moot_relay::Input::Closed { stream: id(stream) },
            Input::Tick => moot_relay::Input::Tick,
            _ => return,
        };
        let fails = self.weather.commit_failure_per_mille;
        let fails = self.dice.per_mille(fails);
        let home = &mut self.nodes[node];
        let now = home.now(self.now_ms);
        let Some(relay) = home.relay.as_mut().filter(|relay| relay.is_up()) else {
            return;
        };
        if fails {
            relay.fail_next_commit();
        }
        match relay.handle(now, input) {
            Ok(effects) => self.carry_out_of_relay(node, effects),
            // A group that did not end is gone, however the process ended.
            Err(_) => self.end_relay(node),
        }
    }

    fn carry_out_of_relay(&mut self, node: usize, effects: Effects) {
        let sends = [effects.sends, effects.live].concat();
        let malice = self.relay(node).malice;
        let sends = malice.spoil(sends, &mut self.dice);
        let sends: Vec<(u64, Vec<u8>)> =
            sends.into_iter().map(|(to, frame)| (to.0, frame)).collect();
        self.trace.frames(node, self.now_ms, &sends);
        if self.draw_crash().is_some() {
            return self.end_process(node);
        }
        for (stream, frame) in sends {
            if malice.delays > 0 && self.dice.per_mille(malice.delays) {
                let by_ms = self.dice.between(1_000, 120_000);
                self.hold_up(StreamId(stream), by_ms);
            }
            self.send(StreamId(stream), frame);
        }
        for (stream, reason) in effects.closes {
            self.close(StreamId(stream.0), &reason);
        }
        if let Some(steady_ms) = effects.next_tick_ms {
            let due_ms = (self.nodes[node].started_ms + steady_ms).max(self.now_ms + 1);
            self.nodes[node].tick_ms = Some(due_ms);
            self.at(due_ms, Happening::Wake { node });
        }
    }

    fn end_relay(&mut self, node: usize) {
        self.crash(node, Crash::PowerCut);
        let life = self.nodes[node].life;
        let back_ms = self.now_ms + self.dice.between(100, 60_000);
        self.at(back_ms, Happening::Start { node, life });
    }
}
