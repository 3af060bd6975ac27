//! One document: its facts, its co-edited text, and how changes come into it.
//!
//! Owns the library that merges; nothing of it shows outside. Never draws random bytes, reads a clock, or takes in a
//! byte from elsewhere that ingest has not judged.

mod contest;
mod edit;
mod ingest;
mod knot;
mod late;
mod library;
mod read;
mod rebase;
mod remake;
mod snapshot;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::base;
use crate::change::Decoded;
use crate::fact::Facts;
use crate::graph::{Graph, Place};
use crate::id::{ActorId, ChangeHash, FactId, Version};
use crate::outcome::{Pending, Quarantined, Refusal};
use contest::Ranks;
use late::Late;
use library::Library;

/// One change in a document's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The change.
    pub change: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// What their clock said.
    pub at_ms: i64,
    /// The version right after it, as its author saw it.
    pub version: Version,
    /// Characters it put in.
    pub inserted_chars: usize,
    /// Characters it took out.
    pub deleted_chars: usize,
    /// Facts it stated.
    pub facts: Vec<FactId>,
}

/// A run of text by one author at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameSpan {
    /// Who wrote it.
    pub actor: ActorId,
    /// What their clock said.
    pub at_ms: i64,
    /// The change it came with.
    pub change: ChangeHash,
    /// The text.
    pub text: String,
}

/// A document of a notebook.
///
/// Holds in memory, besides what is applied, what waits, what is refused and what was put aside; a snapshot holds only
/// what is applied.
#[derive(Debug, Clone)]
pub struct Document {
    /// What the library holds: the applied changes and nothing else.
    library: Library,
    /// The text, as the library would give it.
    text: String,
    /// What was done to the text of late.
    late: Late,
    /// The heads of what is applied.
    heads: BTreeSet<ChangeHash>,
    graph: Graph,
    facts: Facts,
    /// Whoever changed the text, and when by their clock they last did.
    writers: BTreeMap<ActorId, i64>,
    /// Sound in themselves, but what they follow is not all here.
    waiting: BTreeMap<ChangeHash, Decoded>,
    refused: BTreeMap<ChangeHash, Refusal>,
    /// Posted in an entry that may not write as their actor; says nothing about the change itself.
    misposted: BTreeSet<Quarantined>,
    /// Where in logs the changes of forked actors stand.
    ranks: Ranks,
    read_only: Option<ChangeHash>,
    /// Tests make the library fail at this change.
    #[cfg(test)]
    fails_at: Option<ChangeHash>,
    /// How many changes of others were made anew.
    #[cfg(test)]
    remade: usize,
}

impl Default for Document {
    fn default() -> Self {
        Self::new()
    }
}

impl Document {
    /// A document in which nothing has been said: the one first change that all documents share.
    #[must_use]
    pub fn new() -> Self {
        let graph = Graph::new();
        Self {
            library: Library::new(base::document()),
            text: String::new(),
            late: Late::default(),
            heads: [graph.node(0).hash].into(),
            graph,
            facts: Facts::new(),
            writers: BTreeMap::new(),
            waiting: BTreeMap::new(),
            refused: BTreeMap::new(),
            misposted: BTreeSet::new(),
            ranks: Ranks::new(),
            read_only: None,
            #[cfg(test)]
            fails_at: None,
            #[cfg(test)]
            remade: 0,
        }
    }

    /// The changes that no other follows, sorted.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// The version that stands now.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::of_heads(&self.heads())
    }

    /// Whether a change is part of the document.
    #[must_use]
    pub fn has(&self, change: &ChangeHash) -> bool {
        self.graph
            .find(change)
            .is_some_and(|index| self.graph.node(index).place == Place::Applied)
    }

    /// What a change follows directly; nothing for one that is not known to be sound.
    #[must_use]
    pub fn followed_by(&self, change: &ChangeHash) -> Vec<ChangeHash> {
        let deps = self
            .graph
            .find(change)
            .map_or(&[][..], |index| &self.graph.node(index).deps);
        deps.iter().map(|dep| self.graph.node(*dep).hash).collect()
    }

    /// The text as it is.
    #[must_use]
    pub fn text(&self) -> String {
        self.text.clone()
    }

    /// Whether this is the text.
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        self.text == text
    }

    /// Every fact, by id, whoever stated it and whether or not it counts.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Why nothing more is taken in: the first change at which the library failed. `None` for a sound document.
    #[must_use]
    pub fn read_only(&self) -> Option<ChangeHash> {
        self.read_only
    }

    /// All that wait for others, by hash.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        let missing = |change: &Decoded| {
            change
                .outside
                .deps
                .iter()
                .copied()
                .filter(|dep| self.graph.find(dep).is_none())
                .collect()
        };
        self.waiting
            .iter()
            .map(|(hash, change)| Pending {
                hash: *hash,
                missing: missing(change),
            })
            .collect()
    }

    /// All that are refused, by hash.
    #[must_use]
    pub fn quarantined(&self) -> Vec<Quarantined> {
        let refused = self.refused.iter().map(|(hash, why)| Quarantined {
            hash: *hash,
            why: why.clone(),
        });
        let all: BTreeSet<Quarantined> = refused.chain(self.misposted.iter().cloned()).collect();
        all.into_iter().collect()
    }

    /// All that are put aside because another with the same number stands, by hash; with those that follow them.
    #[must_use]
    pub fn aside(&self) -> Vec<ChangeHash> {
        let mut aside: Vec<ChangeHash> = self
            .graph
            .nodes()
            .iter()
            .filter(|node| node.place == Place::Aside)
            .map(|node| node.hash)
            .collect();
        aside.sort_unstable();
        aside
    }
}
