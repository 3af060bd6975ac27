//! What an event had before it: the order of the events, and sets of those that matter to a verdict.
//!
//! An event's past is what `after` and its own log's earlier events reach. It is fixed by hashes when the event is signed, so
//! that nothing that arrives later changes it. Owns that reckoning. Never judges an event.

use std::collections::BTreeMap;

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

/// The events by their position in the order of their ids, and how they follow each other.
pub(super) struct Graph {
    ids: Vec<EntryId>,
    parents: Vec<Vec<usize>>,
    earlier: Vec<Option<usize>>,
    order: Vec<usize>,
}

impl Graph {
    pub(super) fn new(events: &BTreeMap<EntryId, RosterEntry>) -> Self {
        let ids: Vec<EntryId> = events.keys().copied().collect();
        let position = |id: &EntryId| ids.binary_search(id).ok();
        let earlier = events
            .values()
            .map(|entry| entry.earlier.as_ref().and_then(position))
            .collect();
        // None where a part of what it follows is missing.
        let parents: Vec<Option<Vec<usize>>> = events
            .values()
            .map(|entry| entry.parents().map(position).collect())
            .collect();
        let order = order(&parents);
        Self {
            parents: parents.into_iter().map(Option::unwrap_or_default).collect(),
            ids,
            earlier,
            order,
        }
    }

    /// The events whose whole past is here, each after all that it follows.
    pub(super) fn order(&self) -> Vec<usize> {
        self.order.clone()
    }

    pub(super) fn id(&self, position: usize) -> EntryId {
        self.ids[position]
    }

    pub(super) fn ids(&self) -> &[EntryId] {
        &self.ids
    }

    /// What an event of the order follows. One may be named twice.
    pub(super) fn parents(&self, position: usize) -> &[usize] {
        &self.parents[position]
    }

    /// The event before it in its own log.
    pub(super) fn earlier(&self, position: usize) -> Option<usize> {
        self.earlier[position]
    }
}

fn order(parents: &[Option<Vec<usize>>]) -> Vec<usize> {
    let mut waits = vec![usize::MAX; parents.len()];
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); parents.len()];
    let mut order = Vec::with_capacity(parents.len());
    for (position, parents) in parents.iter().enumerate() {
        let Some(parents) = parents else { continue };
        waits[position] = parents.len();
        parents
            .iter()
            .for_each(|parent| followers[*parent].push(position));
        if parents.is_empty() {
            order.push(position);
        }
    }
    let mut next = 0;
    while let Some(position) = order.get(next).copied() {
        next += 1;
        for follower in &followers[position] {
            waits[*follower] -= 1;
            if waits[*follower] == 0 {
                order.push(*follower);
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
