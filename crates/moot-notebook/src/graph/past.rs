//! What a change follows, kept small.
//!
//! Owns how a past is written down. Most changes follow everything there was, so that one number says it; of one that does not,
//! only what goes beyond such a number is counted, and a run of one actor's changes shares the counts.

use std::sync::Arc;

/// What a change follows, itself not included.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    /// Every node below this index.
    pub(super) below: usize,
    /// So many of a chain, by chain, where that is more.
    pub(super) counts: Arc<[(usize, usize)]>,
    /// The same for one chain more, or more of it.
    pub(super) last: Option<(usize, usize)>,
}

impl Past {
    /// Everything there was.
    pub(super) fn all_below(below: usize) -> Self {
        Self {
            below,
            counts: [].into(),
            last: None,
        }
    }

    /// Whether it is every node below an index and no other.
    pub(super) fn is_all_below(&self, index: usize) -> bool {
        self.below == index && self.counts.is_empty() && self.last.is_none()
    }

    /// What goes beyond: chains, some twice, with how many of each.
    pub(super) fn beyond(&self) -> impl Iterator<Item = (usize, usize)> {
        self.counts.iter().copied().chain(self.last)
    }

    /// How many of a chain it holds for all that is counted.
    pub(super) fn count_beyond(&self, chain: usize) -> usize {
        let counted = self
            .counts
            .binary_search_by_key(&chain, |(chain, _)| *chain);
        let counted = counted.map_or(0, |at| self.counts[at].1);
        let last = self.last.filter(|(last, _)| *last == chain);
        counted.max(last.map_or(0, |(_, count)| count))
    }
}
