//! What the peer is known to hold, in terms of what is held here.
//!
//! A device that holds an entry holds everything before it, so that a few entries of each log (a [`Frontier`]) say it all.
//! Entries are named rather than chains: a branch that arrives later cuts chains and renames them, and the frontier still holds.
//! Owns that arithmetic. Sends nothing, decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::Host;
use crate::chain::Chain;
use crate::ids::{ChainId, EntryId, LogId, NotebookId};
use crate::storage::ReadError;

/// Entries of each log which the peer holds, with all that comes before them.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    tips: BTreeMap<LogId, BTreeSet<EntryId>>,
}

/// How far the peer holds each chain of a log: one past the last position, and the entry there.
pub(super) type Cover = BTreeMap<ChainId, (u64, EntryId)>;

/// Positions of one chain, from the first to before the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) chain: ChainId,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Frontier {
    pub(super) fn add(&mut self, log: LogId, tip: EntryId) {
        self.tips.entry(log).or_default().insert(tip);
    }

    pub(super) fn remove(&mut self, log: &LogId, tip: &EntryId) {
        if let Some(tips) = self.tips.get_mut(log) {
            tips.remove(tip);
        }
    }

    pub(super) fn clear(&mut self) {
        self.tips.clear();
    }

    pub(super) fn has(&self, log: &LogId) -> bool {
        self.tips.contains_key(log)
    }

    pub(super) fn of(&self, log: &LogId) -> impl Iterator<Item = EntryId> {
        self.tips.get(log).into_iter().flatten().copied()
    }

    /// Drops what others of the same log imply, given what all of them cover. What is not held here yet stays. Done only where
    /// there are more than one for each chain, so that it costs nothing most of the time.
    pub(super) fn prune(
        &mut self,
        view: &View<'_>,
        log: &LogId,
        cover: &Cover,
    ) -> Result<(), ReadError> {
        let chains = view.chains(log).len();
        let Some(tips) = self.tips.get_mut(log).filter(|tips| tips.len() > chains) else {
            return Ok(());
        };
        let mut implied = Vec::new();
        for tip in tips.iter() {
            let place = view.locate(log, tip)?;
            let covers = place.and_then(|(chain, _)| cover.get(&chain));
            if covers.is_some_and(|(_, furthest)| furthest != tip) {
                implied.push(*tip);
            }
        }
        for tip in implied {
            tips.remove(&tip);
        }
        Ok(())
    }
}

/// The chains of a notebook by log, as they are during one call into a session.
pub(super) struct View<'a> {
    pub(super) host: &'a dyn Host,
    notebook: NotebookId,
    logs: BTreeMap<LogId, Vec<&'a Chain>>,
    by_tip: BTreeMap<EntryId, &'a Chain>,
}

impl<'a> View<'a> {
    pub(super) fn new(host: &'a dyn Host, notebook: NotebookId) -> Self {
        let mut logs: BTreeMap<LogId, Vec<&'a Chain>> = BTreeMap::new();
        let mut by_tip = BTreeMap::new();
        for chain in host.chains(&notebook).iter() {
            logs.entry(chain.log).or_default().push(chain);
            by_tip.insert(chain.tip, chain);
        }
        for chains in logs.values_mut() {
            // A chain begins later than the one that it continues, so that what comes first is sent first.
            chains.sort_by_key(|chain| (chain.first_seq, chain.id));
        }
        Self {
            host,
            notebook,
            logs,
            by_tip,
        }
    }

    pub(super) fn logs(&self) -> impl Iterator<Item = &LogId> {
        self.logs.keys()
    }

    /// The chains of a log, each after the one that it continues.
    pub(super) fn chains(&self, log: &LogId) -> &[&'a Chain] {
        self.logs.get(log).map_or(&[], Vec::as_slice)
    }

    /// The chains that nothing continues.
    pub(super) fn leaves(&self, log: &LogId) -> impl Iterator<Item = &'a Chain> {
        let chains = self.chains(log).iter().copied();
        let continued: BTreeSet<ChainId> =
            chains.clone().filter_map(|chain| chain.parent).collect();
        chains.filter(move |chain| !continued.contains(&chain.id))
    }

    fn chain(&self, log: &LogId, id: &ChainId) -> Option<&'a Chain> {
        let chain = self.host.chains(&self.notebook).get(id);
        chain.filter(|chain| chain.log == *log)
    }

    /// Where an entry of a log stands; nothing where it is not held, or stands in another log.
    pub(super) fn locate(
        &self,
        log: &LogId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        if let Some(chain) = self.by_tip.get(id) {
            return Ok((chain.log == *log).then_some((chain.id, chain.len - 1)));
        }
        let place = self.host.locate(&self.notebook, id)?;
        Ok(place.filter(|(chain, _)| self.chain(log, chain).is_some()))
    }

    /// The entry at a position of a chain, which must hold that position.
    pub(super) fn entry_in(&self, chain: &Chain, seq: u64) -> Result<Option<EntryId>, ReadError> {
        if seq + 1 == chain.len {
            return Ok(Some(chain.tip));
        }
        self.host.entry_at(&self.notebook, &chain.id, seq)
    }

    /// The chains on the way back from a chain to the start of the log.
    pub(super) fn back_from(
        &self,
        log: &LogId,
        chain: &ChainId,
    ) -> impl Iterator<Item = &'a Chain> {
        let log = *log;
        std::iter::successors(self.chain(&log, chain), move |chain| {
            chain.parent.and_then(|parent| self.chain(&log, &parent))
        })
    }

    /// How far each chain is held by somebody who holds these entries.
    pub(super) fn cover(
        &self,
        log: &LogId,
        tips: impl Iterator<Item = EntryId>,
    ) -> Result<Cover, ReadError> {
        let mut cover = Cover::new();
        for tip in tips {
            let mut reached = self
                .locate(log, &tip)?
                .and_then(|(id, seq)| self.chain(log, &id).map(|chain| (chain, seq + 1, tip)));
            while let Some((chain, len, last)) = reached {
                let known = cover.entry(chain.id).or_insert((0, last));
                if known.0 >= len {
                    break;
                }
                *known = (len, last);
                reached = chain
                    .parent
                    .and_then(|parent| self.chain(log, &parent))
                    .map(|parent| (parent, parent.len, parent.tip));
            }
        }
        Ok(cover)
    }

    /// What of a log is held here and not covered, in an order in which each run follows what it continues.
    pub(super) fn lacking(&self, log: &LogId, cover: &Cover) -> Vec<Run> {
        let run = |chain: &&Chain| {
            let from = cover.get(&chain.id).map_or(chain.first_seq, |held| held.0);
            (from < chain.len).then_some(Run {
                chain: chain.id,
                from,
                to: chain.len,
            })
        };
        self.chains(log).iter().filter_map(run).collect()
    }

    /// How many positions from the start to the end of a chain are covered.
    pub(super) fn covered_on_path(&self, log: &LogId, to: &ChainId, cover: &Cover) -> u64 {
        let mut path = self.back_from(log, to);
        let covered = path.find_map(|chain| cover.get(&chain.id));
        covered.map_or(0, |(len, _)| *len)
    }
}
