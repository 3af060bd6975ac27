//! Changes that count only where something that counts builds on them.
//!
//! Owns which of them a document has taken for that reason. They come from retired devices, past the cut. What is taken
//! is a function of what there is: each change by itself, and never because of what else its entry says.

use std::collections::{BTreeMap, BTreeSet};

use moot_notebook::{ChangeHash, Document};

use super::Offered;

/// What is held back of a document, and what of it was taken after all.
#[derive(Debug, Default)]
pub(super) struct HeldBack {
    /// Every time that it was offered, with the arrival that brought it; none for what is journalled.
    offered: BTreeMap<ChangeHash, Vec<(Option<u64>, Offered)>>,
    taken: BTreeSet<ChangeHash>,
}

impl HeldBack {
    /// Holds a change back; says whether it is one that was taken before.
    pub(super) fn hold(&mut self, arrival: Option<u64>, offered: Offered) -> bool {
        let hash = ChangeHash::of_chunk(&offered.bytes);
        let times = self.offered.entry(hash).or_default();
        times.push((arrival, offered));
        self.taken.contains(&hash)
    }

    /// Forgets what the journal offered, before the journal is read again.
    pub(super) fn forget_journalled(&mut self) {
        self.offered.retain(|_, times| {
            times.retain(|(arrival, _)| arrival.is_some());
            !times.is_empty()
        });
    }

    /// Takes what something in the document waits for; empty once nothing more of it is here.
    pub(super) fn take_needed(&mut self, document: &Document) -> Vec<Offered> {
        if self.offered.is_empty() {
            return Vec::new();
        }
        let missing = document.pending().into_iter().flat_map(|one| one.missing);
        let needed: BTreeSet<ChangeHash> = missing
            .filter(|hash| self.offered.contains_key(hash) && !self.taken.contains(hash))
            .collect();
        let offers = needed.iter().flat_map(|hash| self.offers(hash)).collect();
        self.taken.extend(needed);
        offers
    }

    /// Takes note that a snapshot holds some of it.
    pub(super) fn find_taken(&mut self, document: &Document) {
        let held = self.offered.keys().filter(|hash| document.has(hash));
        self.taken = held.copied().collect();
    }

    pub(super) fn has_taken(&self, hash: &ChangeHash) -> bool {
        self.taken.contains(hash)
    }

    pub(super) fn has_taken_any(&self) -> bool {
        !self.taken.is_empty()
    }

    /// The arrivals that brought any of it.
    pub(super) fn arrivals(&self) -> BTreeSet<u64> {
        let times = self.offered.values().flatten();
        times.filter_map(|(arrival, _)| *arrival).collect()
    }

    /// How many changes entries bring that the document does not have.
    pub(super) fn left_out(&self, document: &Document) -> u64 {
        let left_out = self.offered.iter().filter(|(hash, times)| {
            times.iter().any(|(arrival, _)| arrival.is_some()) && !document.has(hash)
        });
        left_out.count() as u64
    }

    fn offers(&self, hash: &ChangeHash) -> Vec<Offered> {
        let times = self.offered.get(hash).into_iter().flatten();
        times.map(|(_, offered)| offered.clone()).collect()
    }
}
