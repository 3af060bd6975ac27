//! Streams between nodes: frames in order within one, in any order between two, until somebody or something ends it.
//!
//! Owns which ends are open and when what arrives. Frames are bytes here, as they are for the real network.

use std::collections::BTreeMap;

use moot_engine::{PeerName, StreamId};

/// One side of a stream.
#[derive(Debug, Clone)]
pub(crate) struct End {
    pub(crate) node: usize,
    /// Which of the node's processes holds it.
    pub(crate) life: u64,
    /// Whether frames still leave and arrive here.
    pub(crate) open: bool,
    /// Whether its node was told that it is over.
    pub(crate) told: bool,
    /// When the last thing that is under way to this end arrives.
    pub(crate) arrival_ms: u64,
    /// The dial that it came from.
    pub(crate) dial: Option<(PeerName, u64)>,
}

/// A stream.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) ends: [End; 2],
    /// What everything takes longer here, in milliseconds.
    pub(crate) slow_ms: u64,
    /// Nothing put in comes out any more, whether or not the ends have noticed.
    pub(crate) dead: bool,
}

/// All streams that are not over on both sides.
#[derive(Debug, Default)]
pub(crate) struct Network {
    wires: BTreeMap<u64, Wire>,
    next: u64,
}

/// The stream and side behind a number; each side has a number of its own, as on two machines.
pub(crate) fn split(stream: StreamId) -> (u64, usize) {
    (stream.0 / 2, usize::from(stream.0 % 2 == 1))
}

/// The number of one side of a stream.
pub(crate) fn joined(wire: u64, side: usize) -> StreamId {
    StreamId(2 * wire + u64::from(side == 1))
}

impl Network {
    pub(crate) fn open(&mut self, wire: Wire) -> u64 {
        self.next += 1;
        self.wires.insert(self.next, wire);
        self.next
    }

    pub(crate) fn get_mut(&mut self, wire: u64) -> Option<&mut Wire> {
        self.wires.get_mut(&wire)
    }

    pub(crate) fn end(&self, stream: StreamId) -> Option<&End> {
        let (wire, side) = split(stream);
        self.wires.get(&wire).map(|wire| &wire.ends[side])
    }

    /// Forgets a stream that is over on both sides.
    pub(crate) fn sweep(&mut self, wire: u64) {
        if self
            .wires
            .get(&wire)
            .is_some_and(|wire| wire.ends.iter().all(|end| end.told))
        {
            self.wires.remove(&wire);
        }
    }

    /// The streams that still carry something, by number.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (u64, &Wire)> {
        self.wires
            .iter()
            .filter(|(_, wire)| !wire.dead && wire.ends.iter().all(|end| end.open))
            .map(|(number, wire)| (*number, wire))
    }

    /// The streams that a node's process holds an end of, with the side.
    pub(crate) fn of_node(&self, node: usize) -> Vec<(u64, usize)> {
        self.wires
            .iter()
            .flat_map(|(number, wire)| [(*number, 0, wire), (*number, 1, wire)])
            .filter(|(_, side, wire)| wire.ends[*side].node == node && !wire.ends[*side].told)
            .map(|(number, side, _)| (number, side))
            .collect()
    }

    /// Whether two nodes have a stream between them.
    pub(crate) fn connects(&self, one: usize, other: usize) -> bool {
        self.alive().any(|(_, wire)| {
            let nodes = [wire.ends[0].node, wire.ends[1].node];
            nodes == [one, other] || nodes == [other, one]
        })
    }
}
