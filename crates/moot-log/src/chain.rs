//! Where an entry belongs in its log, branches included.
//!
//! A log is meant to be one chain. A copied or rolled-back home can branch it: two validly signed entries with one position.
//! Nothing is voided then. The entries of a log form a tree by `prev`, and the tree is cut into *chains*, maximal runs without
//! a branch: the run from the start keeps the log's id, every other is named after its first entry. The cut is a function of
//! the set of entries alone, so that equal sets have equal chains whatever the order of arrival.
//!
//! Owns that cut. Never reads bodies, never checks signatures.

use std::collections::BTreeMap;

use crate::clock::ClockRow;
use crate::entry::Header;
use crate::ids::{ChainId, EntryId, LogId};

const BRANCH_CONTEXT: &str = "moot 2026 branch-id v1";

/// One unbranched run of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chain {
    /// The run's name.
    pub id: ChainId,
    /// The log that it is part of.
    pub log: LogId,
    /// The run that it continues; none for a run that starts the log.
    pub parent: Option<ChainId>,
    /// Position of its first entry.
    pub first_seq: u64,
    /// One past the position of its last entry, so that for a log without branches it is the number of entries.
    pub len: u64,
    /// Its last entry.
    pub tip: EntryId,
}

/// The chains of a notebook, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chains {
    by_id: BTreeMap<ChainId, Chain>,
}

/// Where an entry was found or put, and what had to be cut for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// It continues or begins this chain.
    Appended(ChainId),
    /// It opens a branch: what stood in `cut.from` at and after `cut.first_seq` now stands in `cut.to`, and the entry begins
    /// the new chain `chain`. There is no cut where the branch leaves from the end of a chain.
    Branched {
        /// The chain that the entry begins.
        chain: ChainId,
        /// The chain that had to be divided.
        cut: Option<Cut>,
    },
    /// What it follows is not here.
    Gap,
}

/// The division of one chain into two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// The chain that keeps its beginning.
    pub from: ChainId,
    /// The chain that gets the rest.
    pub to: ChainId,
    /// The first position of the rest.
    pub first_seq: u64,
}

/// Finds stored entries for [`Chains::place`].
pub trait Locate {
    /// The chain and position at which an entry is stored.
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)>;
    /// The entry at a position of a chain.
    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId>;
}

/// The name of a run that begins with this entry at a branch of this log.
pub fn branch_id(log: &LogId, first: &EntryId) -> ChainId {
    ChainId(blake3::derive_key(
        BRANCH_CONTEXT,
        &[log.0, first.0].concat(),
    ))
}

impl Chains {
    /// Takes up chains that a store has kept.
    pub fn from_rows(rows: impl IntoIterator<Item = Chain>) -> Self {
        Self {
            by_id: rows.into_iter().map(|chain| (chain.id, chain)).collect(),
        }
    }

    /// A chain by its id.
    pub fn get(&self, id: &ChainId) -> Option<&Chain> {
        self.by_id.get(id)
    }

    /// All chains in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Chain> {
        self.by_id.values()
    }

    /// The chains of one log in the order of their ids; more than one means that the log has branched.
    pub fn of_log(&self, log: LogId) -> impl Iterator<Item = &Chain> {
        self.by_id.values().filter(move |chain| chain.log == log)
    }

    /// What is held, as a clock in the order of the ids.
    pub fn clock(&self) -> Vec<ClockRow> {
        self.by_id
            .values()
            .map(|chain| ClockRow {
                chain: chain.id,
                len: chain.len,
                tip: chain.tip,
            })
            .collect()
    }

    /// How many entries are held.
    pub fn entries(&self) -> u64 {
        self.by_id
            .values()
            .map(|chain| chain.len - chain.first_seq)
            .sum()
    }

    /// Puts an entry in its place. The caller has verified it and knows that it is not stored yet.
    pub fn place(&mut self, header: &Header, id: EntryId, stored: &impl Locate) -> Placement {
        if header.seq == 0 {
            return self.place_first(header.log_id, id, stored);
        }
        let Some((parent, at)) = stored.locate(&header.prev) else {
            return Placement::Gap;
        };
        let Some(chain) = self.by_id.get(&parent) else {
            return Placement::Gap;
        };
        if chain.log != header.log_id || at + 1 != header.seq {
            return Placement::Gap;
        }
        if at + 1 < chain.len {
            return self.branch_at(parent, header.seq, header.log_id, id, stored);
        }
        if self
            .by_id
            .values()
            .any(|other| other.parent == Some(parent))
        {
            let chain = self.begin(header.log_id, Some(parent), header.seq, id);
            return Placement::Branched { chain, cut: None };
        }
        if let Some(chain) = self.by_id.get_mut(&parent) {
            chain.len = header.seq + 1;
            chain.tip = id;
        }
        Placement::Appended(parent)
    }

    fn place_first(&mut self, log: LogId, id: EntryId, stored: &impl Locate) -> Placement {
        let root = ChainId::from(log);
        if self.by_id.contains_key(&root) {
            return self.branch_at(root, 0, log, id, stored);
        }
        if self.of_log(log).next().is_some() {
            return Placement::Branched {
                chain: self.begin(log, None, 0, id),
                cut: None,
            };
        }
        self.by_id.insert(
            root,
            Chain {
                id: root,
                log,
                parent: None,
                first_seq: 0,
                len: 1,
                tip: id,
            },
        );
        Placement::Appended(root)
    }

    /// Divides `from` before `seq` and begins a chain with `id` beside the rest.
    fn branch_at(
        &mut self,
        from: ChainId,
        seq: u64,
        log: LogId,
        id: EntryId,
        stored: &impl Locate,
    ) -> Placement {
        let Some(first_of_rest) = stored.entry_at(&from, seq) else {
            return Placement::Gap;
        };
        let Some(mut rest) = self.by_id.remove(&from) else {
            return Placement::Gap;
        };
        let to = branch_id(&log, &first_of_rest);
        for child in self
            .by_id
            .values_mut()
            .filter(|child| child.parent == Some(from))
        {
            child.parent = Some(to);
        }
        let kept = (seq > rest.first_seq)
            .then(|| stored.entry_at(&from, seq - 1))
            .flatten();
        let parent = kept.map(|_| from).or(rest.parent);
        if let Some(tip) = kept {
            self.by_id.insert(
                from,
                Chain {
                    len: seq,
                    tip,
                    ..rest.clone()
                },
            );
        }
        rest.id = to;
        rest.parent = parent;
        rest.first_seq = seq;
        self.by_id.insert(to, rest);
        let chain = self.begin(log, parent, seq, id);
        Placement::Branched {
            chain,
            cut: Some(Cut {
                from,
                to,
                first_seq: seq,
            }),
        }
    }

    fn begin(&mut self, log: LogId, parent: Option<ChainId>, seq: u64, id: EntryId) -> ChainId {
        let chain = branch_id(&log, &id);
        self.by_id.insert(
            chain,
            Chain {
                id: chain,
                log,
                parent,
                first_seq: seq,
                len: seq + 1,
                tip: id,
            },
        );
        chain
    }
}

#[cfg(test)]
mod tests;
