//! What an event had before it: the order of the events, and sets of those that matter to a verdict.
//!
//! An event's past is what `after` and its own log's earlier events reach. It is fixed by hashes when the event is signed, so
//! that nothing that arrives later changes it. Owns that reckoning. Never judges an event.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::EntryId;

use super::RosterEntry;

/// A set of events by their index; only events that can matter to a verdict have one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Past(Vec<u64>);

impl Past {
    pub(super) fn contains(&self, index: usize) -> bool {
        self.0
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    pub(super) fn insert(&mut self, index: usize) {
        if self.0.len() <= index / 64 {
            self.0.resize(index / 64 + 1, 0);
        }
        self.0[index / 64] |= 1 << (index % 64);
    }

    pub(super) fn extend(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

/// The events whose whole past is here, each after all that it follows.
pub(super) fn in_order(events: &BTreeMap<EntryId, RosterEntry>) -> Vec<EntryId> {
    let mut waits: BTreeMap<EntryId, usize> = BTreeMap::new();
    let mut followers: BTreeMap<EntryId, Vec<EntryId>> = BTreeMap::new();
    let mut ready = BTreeSet::new();
    for (id, entry) in events {
        let parents = entry.parents();
        if parents.is_empty() {
            ready.insert(*id);
            continue;
        }
        waits.insert(*id, parents.len());
        for parent in parents {
            followers.entry(parent).or_default().push(*id);
        }
    }
    let mut order = Vec::with_capacity(events.len());
    while let Some(id) = ready.pop_first() {
        order.push(id);
        for follower in followers.remove(&id).unwrap_or_default() {
            let Some(left) = waits.get_mut(&follower) else {
                continue;
            };
            *left -= 1;
            if *left == 0 {
                ready.insert(follower);
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_past_holds_what_was_put_in_and_nothing_else() {
        let mut past = Past::default();
        past.insert(3);
        past.insert(130);
        let mut other = Past::default();
        other.insert(64);
        other.extend(&past);
        let held: Vec<usize> = (0..300).filter(|index| other.contains(*index)).collect();
        assert_eq!(held, [3, 64, 130]);
        past.extend(&Past::default());
        assert!(past.contains(130) && !past.contains(64));
    }
}
