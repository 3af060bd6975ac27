//! Nodes and the streams between them: frames are carried one at a time, and events carried out as an engine would.

use std::collections::{BTreeMap, VecDeque};

use super::node::{NOTEBOOK, Node, log_of, signing_key};
use crate::entry::Entry;
use crate::frame::Frame;
use crate::ids::LogId;
use crate::limits::WALK_WAIT_MS;
use crate::session::{CloseReason, Event, Initiate, Output, Role, Session};

/// One stream, between the initiator (0) and the responder (1).
pub(super) struct Link {
    pub(super) ends: [usize; 2],
    pub(super) sessions: [Session; 2],
    /// Frames on their way from each end.
    pub(super) wires: [VecDeque<Vec<u8>>; 2],
    /// All frames that each end ever sent.
    pub(super) said: [Vec<Vec<u8>>; 2],
    pub(super) events: [Vec<Event>; 2],
    pub(super) closed: [Option<CloseReason>; 2],
}

pub(super) struct World {
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    pub(super) now_ms: u64,
    /// Whether what arrives is stored at once; otherwise it waits in `unstored`.
    pub(super) stores: Stores,
    pub(super) unstored: BTreeMap<usize, Vec<Entry>>,
    sessions_opened: u8,
    name_bytes: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stores {
    AtOnce,
    WhenTold,
}

pub(super) fn peer_id(node: usize) -> Vec<u8> {
    vec![u8::try_from(node).unwrap() + 1; 38]
}

impl World {
    pub(super) fn new(nodes: Vec<Node>) -> Self {
        Self {
            nodes,
            links: Vec::new(),
            now_ms: 1_000,
            stores: Stores::AtOnce,
            unstored: BTreeMap::new(),
            sessions_opened: 0,
            name_bytes: None,
        }
    }

    /// Shortens names to so few bytes that they meet.
    pub(super) fn with_name_bytes(mut self, name_bytes: usize) -> Self {
        self.name_bytes = Some(name_bytes);
        self
    }

    pub(super) fn connect(&mut self, from: usize, to: usize) -> usize {
        self.connect_as(from, to, Role::Member)
    }

    pub(super) fn connect_as(&mut self, from: usize, to: usize, role: Role) -> usize {
        self.sessions_opened += 2;
        let nonces = [[self.sessions_opened; 32], [self.sessions_opened + 1; 32]];
        let start = Initiate {
            notebook: NOTEBOOK,
            role,
            own_peer: peer_id(from),
            other_peer: peer_id(to),
            nonce: nonces[0],
        };
        let (mut a, out_a) = Session::initiate(start, self.now_ms);
        let (mut b, out_b) = Session::respond(peer_id(to), peer_id(from), nonces[1], self.now_ms);
        if let Some(name_bytes) = self.name_bytes {
            a.narrow_names(name_bytes);
            b.narrow_names(name_bytes);
        }
        self.links.push(Link {
            ends: [from, to],
            sessions: [a, b],
            wires: Default::default(),
            said: Default::default(),
            events: Default::default(),
            closed: Default::default(),
        });
        let link = self.links.len() - 1;
        self.carry_out(link, 0, out_a);
        self.carry_out(link, 1, out_b);
        link
    }

    /// Does what one end's session wants done.
    pub(super) fn carry_out(&mut self, link: usize, end: usize, out: Output) {
        let at = &mut self.links[link];
        let node = at.ends[end];
        at.wires[end].extend(out.frames.iter().cloned());
        at.said[end].extend(out.frames);
        at.events[end].extend(out.events.iter().cloned());
        if let Some(reason) = out.close {
            assert_eq!(at.closed[end], None, "closed twice");
            at.closed[end] = Some(reason);
        }
        for event in out.events {
            match event {
                Event::LogInit(init) => {
                    self.nodes[node].inits.insert(init.log_id(), init);
                }
                Event::Entries(entries) => {
                    self.unstored.entry(node).or_default().extend(entries);
                }
                _ => {}
            }
        }
        if self.stores == Stores::AtOnce {
            self.store(node);
        }
    }

    /// Stores what has arrived at a node, and tells its sessions.
    pub(super) fn store(&mut self, node: usize) {
        let entries = self.unstored.remove(&node).unwrap_or_default();
        if entries.is_empty() {
            return;
        }
        for entry in &entries {
            self.nodes[node].put(entry);
        }
        self.advanced(node);
    }

    /// Writes an entry at a node, as its person would.
    pub(super) fn write(&mut self, node: usize, entry: &Entry) {
        self.nodes[node].put(entry);
        self.advanced(node);
    }

    fn advanced(&mut self, node: usize) {
        for link in 0..self.links.len() {
            for end in 0..2 {
                if self.links[link].ends[end] == node && self.links[link].closed[end].is_none() {
                    let out = self.links[link].sessions[end].advanced(&self.nodes[node]);
                    self.carry_out(link, end, out);
                }
            }
        }
    }

    /// Carries one frame from an end to the other, if there is one.
    pub(super) fn step(&mut self, link: usize, from: usize) -> bool {
        let Some(frame) = self.links[link].wires[from].pop_front() else {
            return false;
        };
        self.deliver(link, 1 - from, &frame);
        true
    }

    /// Hands any bytes to an end, as if the other had sent them.
    pub(super) fn deliver(&mut self, link: usize, to: usize, frame: &[u8]) {
        let at = &mut self.links[link];
        if at.closed[to].is_some() {
            return;
        }
        let node = at.ends[to];
        let out = at.sessions[to].handle(self.now_ms, frame, &self.nodes[node]);
        self.carry_out(link, to, out);
    }

    /// Carries frames until none is left.
    pub(super) fn settle(&mut self) {
        for _ in 0..100_000 {
            let mut moved = false;
            for link in 0..self.links.len() {
                moved |= self.step(link, 0);
                moved |= self.step(link, 1);
            }
            if !moved && !self.catch_up() {
                return;
            }
        }
        panic!("frames go round for ever");
    }

    /// Lets those sessions catch up that have put something off; says whether any had.
    fn catch_up(&mut self) -> bool {
        let waits = |session: &Session| session.catch_up_due().is_some();
        let sessions = self.links.iter().flat_map(|link| link.sessions.iter());
        if !sessions.clone().any(waits) {
            return false;
        }
        self.tick(self.now_ms + WALK_WAIT_MS);
        true
    }

    pub(super) fn tick(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        for link in 0..self.links.len() {
            for end in 0..2 {
                let node = self.links[link].ends[end];
                let out = self.links[link].sessions[end].tick(now_ms, &self.nodes[node]);
                self.carry_out(link, end, out);
            }
        }
    }

    #[track_caller]
    pub(super) fn assert_in_step(&self) {
        for link in &self.links {
            assert_eq!(link.closed, [None, None]);
            if self.name_bytes.is_none() {
                assert!(!link.has_used_full_names(), "the fallback was needed");
            }
            for end in 0..2 {
                let node = &self.nodes[link.ends[end]];
                assert_eq!(link.sessions[end].peer_lacks(node), Some(0));
                let last = link.events[end].iter().rev().find_map(|event| match event {
                    Event::PeerHas { all, .. } => Some(*all),
                    _ => None,
                });
                assert_eq!(last, Some(true), "the last word on what the peer holds");
            }
        }
        for node in &self.nodes {
            assert_eq!(node.digest(), self.nodes[0].digest());
            assert_eq!(node.chains, self.nodes[0].chains);
        }
    }
}

impl Link {
    /// How many chains both sessions have looked at.
    pub(super) fn visited(&self) -> u64 {
        self.sessions.iter().map(Session::visited).sum()
    }

    /// Bytes that both ends have sent, each frame with two bytes of length.
    pub(super) fn bytes(&self) -> usize {
        self.said
            .iter()
            .flatten()
            .map(|frame| frame.len() + 2)
            .sum()
    }

    /// The frames that an end has sent, by name.
    pub(super) fn names(&self, end: usize) -> Vec<&'static str> {
        self.frames(end).iter().map(Frame::name).collect()
    }

    pub(super) fn frames(&self, end: usize) -> Vec<Frame> {
        let decode = |frame: &Vec<u8>| Frame::decode(frame).unwrap().unwrap();
        self.said[end].iter().map(decode).collect()
    }

    /// Whether a clock had to be repeated, as it must only where short names met.
    fn has_used_full_names(&self) -> bool {
        let is_full = |frame: &Frame| matches!(frame, Frame::Clock(clock) if clock.full);
        [0, 1]
            .iter()
            .any(|end| self.frames(*end).iter().any(is_full))
    }

    pub(super) fn is_in_step(&self, end: usize) -> bool {
        let in_step = |event: &Event| matches!(event, Event::PeerHas { in_step: true, .. });
        self.events[end].iter().any(in_step)
    }
}

/// Two nodes, driven until nothing moves.
pub(super) fn settled(a: Node, b: Node) -> World {
    let mut world = World::new(vec![a, b]);
    world.connect(0, 1);
    world.settle();
    world
}

/// Finds the log of device `n`, so that tests can name it.
pub(super) fn log_id(n: u8) -> LogId {
    assert_eq!(
        log_of(n).device().0,
        signing_key(n).verifying_key().to_bytes()
    );
    log_of(n).log_id()
}
