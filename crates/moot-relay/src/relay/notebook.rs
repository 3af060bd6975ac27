//! A notebook while somebody is connected to it: its chains and heads of logs, taken up from the store and dropped again.
//!
//! Owns where new entries go. Never looks into a body.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::chain::{Chains, Locate};
use moot_log::storage::{Op, ReadError, Reader};
use moot_log::{ChainId, DevicePk, Entry, EntryId, LogId, LogInit, NotebookId, Placement};

use super::StreamId;
use crate::records::Records;

/// An open notebook.
pub(crate) struct Notebook {
    pub(crate) chains: Chains,
    pub(crate) heads: BTreeMap<LogId, LogInit>,
    /// The devices that are listed, and what each wrote.
    pub(crate) written: Written,
    /// The streams on which members are.
    pub(super) members: BTreeSet<StreamId>,
}

/// How many bytes each listed device of a notebook wrote, as the store has it too.
#[derive(Default)]
pub(crate) struct Written {
    by_device: BTreeMap<DevicePk, u64>,
    in_all: u64,
}

impl Written {
    /// Nothing for one that is not listed.
    pub(crate) fn by(&self, device: &DevicePk) -> Option<u64> {
        self.by_device.get(device).copied()
    }

    pub(crate) fn in_all(&self) -> u64 {
        self.in_all
    }

    pub(super) fn set(&mut self, device: DevicePk, bytes: u64) {
        let before = self.by_device.insert(device, bytes).unwrap_or(0);
        self.in_all = self.in_all + bytes - before;
    }
}

/// Entries that were placed and are not written yet.
#[derive(Default)]
pub(super) struct Placed {
    /// What is to be written.
    pub(super) ops: Vec<Op>,
    at: BTreeMap<EntryId, (ChainId, u64)>,
    ids: BTreeMap<(ChainId, u64), EntryId>,
    touched: BTreeSet<ChainId>,
}

/// Whether more entries can be placed before what is placed is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Then {
    GoOn,
    /// A chain was divided: what is staged stands under other names in the store than here.
    WriteFirst,
}

struct Places<'p> {
    notebook: NotebookId,
    store: &'p dyn Reader,
    placed: &'p Placed,
}

/// The caller has asked the store whether the entry is there, and so noticed whether it answers.
impl Locate for Places<'_> {
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)> {
        let staged = self.placed.at.get(id).copied();
        staged.or_else(|| self.store.locate(&self.notebook, id).ok().flatten())
    }

    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId> {
        let staged = self.placed.ids.get(&(*chain, seq)).copied();
        staged.or_else(|| {
            let stored = self.store.entry_at(&self.notebook, chain, seq);
            stored.ok().flatten()
        })
    }
}

impl Notebook {
    pub(super) fn open(id: &NotebookId, store: &dyn Reader) -> Result<Self, ReadError> {
        let damaged = |log: &LogId| ReadError::Damaged(format!("the head of log {log}"));
        let heads = store.log_inits(id)?.into_iter().map(|(log, bytes)| {
            let head = LogInit::decode(&bytes).map_err(|_| damaged(&log))?;
            Ok((log, head))
        });
        let mut written = Written::default();
        for (device, bytes) in Records(store).devices(id)? {
            written.set(device, bytes);
        }
        Ok(Self {
            written,
            members: BTreeSet::new(),
            chains: Chains::from_rows(store.chains(id)?),
            heads: heads.collect::<Result<_, ReadError>>()?,
        })
    }

    /// Puts an entry, whose signature was checked, in its place. Nothing is staged for one that is held already.
    pub(super) fn place(
        &mut self,
        id: &NotebookId,
        entry: &Entry,
        placed: &mut Placed,
        store: &dyn Reader,
    ) -> Result<Then, ReadError> {
        let name = entry.id();
        let is_new = self.chains.is_next(entry.header());
        if !is_new && (placed.at.contains_key(&name) || store.locate(id, &name)?.is_some()) {
            return Ok(Then::GoOn);
        }
        let places = Places {
            notebook: *id,
            store,
            placed,
        };
        let (chain, then) = match self.chains.place(entry.header(), name, &places) {
            // The session has checked that what comes before it is here.
            Placement::Gap => return Ok(Then::GoOn),
            Placement::Appended(chain) => (chain, Then::GoOn),
            Placement::Branched { chain, cut: None } => (chain, Then::GoOn),
            Placement::Branched {
                chain,
                cut: Some(cut),
            } => {
                let divided = cut.from;
                placed.ops.push(Op::CutChain { notebook: *id, cut });
                self.stage_log(id, &entry.header().log_id, divided, placed);
                (chain, Then::WriteFirst)
            }
        };
        let seq = entry.header().seq;
        placed.at.insert(name, (chain, seq));
        placed.ids.insert((chain, seq), name);
        placed.touched.insert(chain);
        placed.ops.push(Op::PutEntry {
            notebook: *id,
            chain,
            entry: Box::new(entry.clone()),
        });
        Ok(then)
    }

    /// After a cut every chain of the log may have another parent, and the divided one may be gone.
    fn stage_log(&self, id: &NotebookId, log: &LogId, divided: ChainId, placed: &mut Placed) {
        placed
            .touched
            .extend(self.chains.of_log(*log).map(|chain| chain.id));
        if self.chains.get(&divided).is_none() {
            placed.ops.push(Op::RemoveChain {
                notebook: *id,
                chain: divided,
            });
        }
    }

    /// What is to be written of all that was placed.
    pub(super) fn ops(&self, id: &NotebookId, placed: Placed) -> Vec<Op> {
        let Placed {
            mut ops, touched, ..
        } = placed;
        let chains = touched.iter().filter_map(|chain| self.chains.get(chain));
        ops.extend(chains.map(|chain| Op::PutChain {
            notebook: *id,
            chain: chain.clone(),
        }));
        ops
    }
}
