//! Keeping streams open to those whom an engine wants to reach, as the real network does it.
//!
//! Owns when a dial is tried and how long it waits after a failure.

use moot_engine::{Input, PeerName, Reach, Role};

use super::{Happening, World};
use crate::network::{End, Wire, joined};

/// How long to wait after a first failure.
const WAIT_FIRST_MS: u64 = 1_000;

/// How long to wait at most.
const WAIT_MAX_MS: u64 = 60_000;

/// A stream that closes sooner counts as a failure.
const SHORT_LIVED_MS: u64 = 10_000;

impl World {
    pub(super) fn keep(&mut self, node: usize, dial: (PeerName, u64), addresses: Vec<String>) {
        let now_ms = self.now_ms;
        let dialling = self.nodes[node].dials.entry(dial).or_default();
        let is_new = addresses
            .iter()
            .any(|address| !dialling.addresses.contains(address));
        dialling.addresses = addresses;
        if dialling.wait_ms == 0 || is_new {
            dialling.wait_ms = WAIT_FIRST_MS;
            dialling.due_ms = now_ms + 1;
            self.at(now_ms + 1, Happening::Wake { node });
        }
    }

    pub(super) fn stop(&mut self, node: usize, dial: &(PeerName, u64)) {
        let Some(dialling) = self.nodes[node].dials.remove(dial) else {
            return;
        };
        if let Some((wire, _)) = dialling.open {
            self.close(joined(wire, 0), "closed here");
        }
    }

    /// Tries what is due of a node's dials.
    pub(super) fn dial_due(&mut self, node: usize) {
        let due: Vec<(PeerName, u64)> = self.nodes[node]
            .dials
            .iter()
            .filter(|(_, dialling)| dialling.open.is_none() && dialling.due_ms <= self.now_ms)
            .map(|(dial, _)| dial.clone())
            .collect();
        for dial in due {
            match self.whom(node, &dial) {
                Some(other) => self.connect(node, other, dial),
                None => self.fail(node, dial),
            }
        }
    }

    /// Who is reached by a dial.
    fn whom(&self, node: usize, (peer, label): &(PeerName, u64)) -> Option<usize> {
        let dialling = self.nodes[node].dials.get(&(peer.clone(), *label))?;
        (0..self.nodes.len()).find(|other| {
            let home = &self.nodes[*other];
            *other != node
                && home.is_up()
                && home.peer == *peer
                && self.reach_each_other(*other, node)
                && (dialling.addresses.contains(&home.address)
                    || self.network.connects(node, *other))
        })
    }

    fn fail(&mut self, node: usize, dial: (PeerName, u64)) {
        let now_ms = self.now_ms;
        let jitter_ms = self.dice.below(500);
        let Some(dialling) = self.nodes[node].dials.get_mut(&dial) else {
            return;
        };
        dialling.due_ms = now_ms + dialling.wait_ms + jitter_ms;
        dialling.wait_ms = (2 * dialling.wait_ms).min(WAIT_MAX_MS);
        let due_ms = dialling.due_ms;
        self.at(due_ms, Happening::Wake { node });
        let error = "not reached".to_owned();
        let peer = dial.0;
        self.feed(node, Input::DialFailed { peer, error });
    }

    fn connect(&mut self, node: usize, other: usize, dial: (PeerName, u64)) {
        let (low, high) = self.weather.delay_ms;
        let heard_ms = self.now_ms + self.dice.between(low, high);
        let slow = self.weather.slow_percent;
        let slow_ms = if self.dice.percent(slow) {
            self.dice.between(1_000, 5_000)
        } else {
            0
        };
        let end = |at: usize, dial: Option<(PeerName, u64)>| End {
            node: at,
            life: self.nodes[at].life,
            open: true,
            told: false,
            arrival_ms: heard_ms,
            dial,
        };
        let ends = [end(node, Some(dial.clone())), end(other, None)];
        let wire = self.network.open(Wire {
            ends,
            slow_ms,
            dead: false,
        });
        let (peer, label) = dial.clone();
        let now_ms = self.now_ms;
        if let Some(dialling) = self.nodes[node].dials.get_mut(&dial) {
            dialling.open = Some((wire, now_ms));
        }
        let address = self.nodes[other].address.clone();
        let stream = joined(wire, 1);
        self.at(heard_ms, Happening::Opening { stream });
        let connected = Input::Connected {
            peer: peer.clone(),
            address,
        };
        let life = self.nodes[node].life;
        self.feed(node, connected);
        if self.nodes[node].life != life {
            return;
        }
        let opened = Input::Opened {
            stream: joined(wire, 0),
            peer,
            role: Role::Initiator { label },
            reach: Reach::Direct,
        };
        self.feed(node, opened);
    }

    /// A stream that a dial had opened is over: it is opened again, sooner where it had lived for a while.
    pub(super) fn dial_again(&mut self, node: usize, wire: u64, dial: &(PeerName, u64)) {
        let now_ms = self.now_ms;
        let jitter_ms = self.dice.below(500);
        let Some(dialling) = self.nodes[node].dials.get_mut(dial) else {
            return;
        };
        let Some((open, since_ms)) = dialling.open else {
            return;
        };
        if open != wire {
            return;
        }
        dialling.open = None;
        if now_ms - since_ms >= SHORT_LIVED_MS {
            dialling.wait_ms = WAIT_FIRST_MS;
        }
        dialling.due_ms = now_ms + dialling.wait_ms + jitter_ms;
        dialling.wait_ms = (2 * dialling.wait_ms).min(WAIT_MAX_MS);
        let due_ms = dialling.due_ms;
        self.at(due_ms, Happening::Wake { node });
    }
}
