//! Where an entry belongs in its log, branches included.
//!
//! A log is meant to be one chain. A copied or rolled-back home can branch it: two validly signed entries with one position.
//! Nothing is voided then. The entries of a log form a tree by `prev`, and the tree is cut into *chains*, maximal runs without
//! a branch: the run from the start keeps the log's id, every other is named after its first entry. The cut is a function of
//! the set of entries alone, so that equal sets have equal chains whatever the order of arrival.
//!
//! Owns that cut. Never reads bodies, never checks signatures.

use std::collections::{BTreeMap, BTreeSet};

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
    /// The chains of each log by where they begin, so that a notebook of many logs or a log of many branches is not walked for
    /// each entry.
    by_log: BTreeMap<LogId, BTreeSet<(u64, ChainId)>>,
    by_tip: BTreeMap<EntryId, ChainId>,
    children: BTreeMap<ChainId, BTreeSet<ChainId>>,
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
        let mut chains = Self::default();
        rows.into_iter().for_each(|chain| chains.put(chain));
        chains
    }

    fn put(&mut self, chain: Chain) {
        self.take(&chain.id);
        let of_log = self.by_log.entry(chain.log).or_default();
        of_log.insert((chain.first_seq, chain.id));
        self.by_tip.insert(chain.tip, chain.id);
        if let Some(parent) = chain.parent {
            self.children.entry(parent).or_default().insert(chain.id);
        }
        self.by_id.insert(chain.id, chain);
    }

    fn take(&mut self, id: &ChainId) -> Option<Chain> {
        let chain = self.by_id.remove(id)?;
        if let Some(of_log) = self.by_log.get_mut(&chain.log) {
            of_log.remove(&(chain.first_seq, chain.id));
            if of_log.is_empty() {
                self.by_log.remove(&chain.log);
            }
        }
        if self.by_tip.get(&chain.tip) == Some(id) {
            self.by_tip.remove(&chain.tip);
        }
        if let Some(parent) = chain.parent
            && let Some(children) = self.children.get_mut(&parent)
        {
            children.remove(id);
            if children.is_empty() {
                self.children.remove(&parent);
            }
        }
        Some(chain)
    }

    /// A chain by its id.
    pub fn get(&self, id: &ChainId) -> Option<&Chain> {
        self.by_id.get(id)
    }

    /// All chains in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = &Chain> {
        self.by_id.values()
    }

    /// The chains of one log, each after the one that it continues; more than one means that the log has branched.
    pub fn of_log(&self, log: LogId) -> impl Iterator<Item = &Chain> {
        let of_log = self.by_log.get(&log).into_iter().flatten();
        of_log.filter_map(|(_, id)| self.by_id.get(id))
    }

    /// How many chains a log has.
    pub fn count_of(&self, log: &LogId) -> usize {
        self.by_log.get(log).map_or(0, BTreeSet::len)
    }

    /// The logs of which anything is held.
    pub fn logs(&self) -> impl Iterator<Item = &LogId> {
        self.by_log.keys()
    }

    /// The chain of which an entry is the last.
    pub fn ending_in(&self, tip: &EntryId) -> Option<&Chain> {
        self.by_id.get(self.by_tip.get(tip)?)
    }

    /// Whether an entry follows the end of all that is held of its log, so that its place alone tells that it is not held yet.
    pub fn is_next(&self, header: &Header) -> bool {
        match header.seq {
            0 => self.count_of(&header.log_id) == 0,
            _ => self
                .ending_in(&header.prev)
                .is_some_and(|chain| chain.log == header.log_id && !self.is_continued(&chain.id)),
        }
    }

    /// Whether any chain continues this one.
    pub fn is_continued(&self, id: &ChainId) -> bool {
        self.children.contains_key(id)
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
        // Nearly always it follows the end of a chain, and the end is known here.
        let end = self
            .ending_in(&header.prev)
            .map(|chain| (chain.id, chain.len - 1));
        let Some((parent, at)) = end.or_else(|| stored.locate(&header.prev)) else {
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
        if self.is_continued(&parent) {
            let chain = self.begin(header.log_id, Some(parent), header.seq, id);
            return Placement::Branched { chain, cut: None };
        }
        if let Some(mut chain) = self.take(&parent) {
            chain.len = header.seq + 1;
            chain.tip = id;
            self.put(chain);
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
        self.put(Chain {
            id: root,
            log,
            parent: None,
            first_seq: 0,
            len: 1,
            tip: id,
        });
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
        let Some(mut rest) = self.take(&from) else {
            return Placement::Gap;
        };
        let to = branch_id(&log, &first_of_rest);
        for child in self.children.remove(&from).unwrap_or_default() {
            if let Some(child) = self.by_id.get_mut(&child) {
                child.parent = Some(to);
            }
            self.children.entry(to).or_default().insert(child);
        }
        let kept = (seq > rest.first_seq)
            .then(|| stored.entry_at(&from, seq - 1))
            .flatten();
        let parent = kept.map(|_| from).or(rest.parent);
        if let Some(tip) = kept {
            self.put(Chain {
                len: seq,
                tip,
                ..rest.clone()
            });
        }
        rest.id = to;
        rest.parent = parent;
        rest.first_seq = seq;
        self.put(rest);
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
        self.put(Chain {
            id: chain,
            log,
            parent,
            first_seq: seq,
            len: seq + 1,
            tip: id,
        });
        chain
    }
}

#[cfg(test)]
mod tests;
