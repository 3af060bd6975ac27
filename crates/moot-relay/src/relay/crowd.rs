//! Who is on the relay's streams, counted by how far they have proved themselves.
//!
//! Owns who must go where there are too many: strangers make room for strangers and joiners for joiners, and neither takes a
//! place from a member. Never closes anything itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::limits::{
    CROWDED_PAUSE_MS, JOINERS, JOINERS_PER_PEER, SESSIONS, SESSIONS_PER_PEER, STRANGERS,
};
use crate::machine::{Crowded, StreamId};

/// How far the other end of a stream has proved itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// Not at all, or by a ticket of the relay alone.
    Stranger,
    /// Holds an open invite, and waits for a member.
    Joiner,
    /// A listed device.
    Member,
}

/// Streams with the same proof.
#[derive(Default)]
struct Group {
    by_peer: BTreeMap<String, BTreeSet<StreamId>>,
    count: usize,
}

impl Group {
    fn add(&mut self, stream: StreamId, peer: &str) {
        let streams = self.by_peer.entry(peer.to_owned()).or_default();
        self.count += usize::from(streams.insert(stream));
    }

    fn remove(&mut self, stream: StreamId, peer: &str) {
        let Some(streams) = self.by_peer.get_mut(peer) else {
            return;
        };
        self.count -= usize::from(streams.remove(&stream));
        if streams.is_empty() {
            self.by_peer.remove(peer);
        }
    }

    fn of(&self, peer: &str) -> usize {
        self.by_peer.get(peer).map_or(0, BTreeSet::len)
    }

    fn oldest_of(&self, peer: &str) -> Option<StreamId> {
        self.by_peer.get(peer)?.first().copied()
    }

    /// The oldest of the peer that has the most: whoever has one alone goes last.
    fn first_to_go(&self) -> Option<StreamId> {
        let most = self.by_peer.values().max_by_key(|streams| streams.len());
        most?.first().copied()
    }
}

/// All streams of a relay.
#[derive(Default)]
pub(super) struct Crowd {
    strangers: Group,
    joiners: Group,
    members: Group,
    /// When it was last said that there are too many, for each kind, on the steady clock.
    said_ms: BTreeMap<Crowded, u64>,
}

/// Whether there is room for one more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Free,
    /// Once this one has gone.
    InsteadOf(StreamId),
    Taken,
}

impl Crowd {
    /// Whether a peer may open one more stream, on which nothing is proved yet.
    pub(super) fn place_for_stranger(&self, peer: &str) -> Place {
        let groups = [&self.strangers, &self.joiners, &self.members];
        let of_peer: usize = groups.iter().map(|group| group.of(peer)).sum();
        if of_peer >= SESSIONS_PER_PEER {
            return Place::Taken;
        }
        Self::place(
            self.strangers.count >= STRANGERS,
            self.strangers.first_to_go(),
        )
    }

    /// Whether a peer may wait for a member on one more stream.
    pub(super) fn place_for_joiner(&self, peer: &str) -> Place {
        if self.joiners.of(peer) >= JOINERS_PER_PEER {
            return Self::place(true, self.joiners.oldest_of(peer));
        }
        Self::place(self.joiners.count >= JOINERS, self.joiners.first_to_go())
    }

    /// Whether there is room for one more member. Nobody goes for one: they are all as good.
    pub(super) fn place_for_member(&self) -> Place {
        Self::place(self.members.count >= SESSIONS, None)
    }

    fn place(is_full: bool, who_goes: Option<StreamId>) -> Place {
        match (is_full, who_goes) {
            (false, _) => Place::Free,
            (true, Some(stream)) => Place::InsteadOf(stream),
            (true, None) => Place::Taken,
        }
    }

    pub(super) fn add(&mut self, stream: StreamId, peer: &str, proof: Proof) {
        self.group(proof).add(stream, peer);
    }

    pub(super) fn remove(&mut self, stream: StreamId, peer: &str, proof: Proof) {
        self.group(proof).remove(stream, peer);
    }

    pub(super) fn strangers(&self) -> u64 {
        self.strangers.count as u64
    }

    pub(super) fn joiners(&self) -> u64 {
        self.joiners.count as u64
    }

    /// Whether it is time to say again that there are too many of a kind.
    pub(super) fn is_news(&mut self, crowded: Crowded, now_ms: u64) -> bool {
        let said = self.said_ms.get(&crowded).copied();
        let is_due = said.is_none_or(|said| now_ms >= said.saturating_add(CROWDED_PAUSE_MS));
        if is_due {
            self.said_ms.insert(crowded, now_ms);
        }
        is_due
    }

    fn group(&mut self, proof: Proof) -> &mut Group {
        match proof {
            Proof::Stranger => &mut self.strangers,
            Proof::Joiner => &mut self.joiners,
            Proof::Member => &mut self.members,
        }
    }
}
