//! What the peer is known to hold, in terms of what is held here.
//!
//! A device that holds an entry holds everything before it, so that a few entries of each log (a [`Frontier`]) say it all.
//! Entries are named rather than chains: a branch that arrives later cuts chains and renames them, and the frontier still holds.
//! Owns that arithmetic. Sends nothing, decides nothing.

use std::cell::Cell;
use std::collections::BTreeMap;

use super::Host;
use crate::chain::{Chain, Chains};
use crate::entry::Entry;
use crate::ids::{ChainId, EntryId, LogId, NotebookId};
use crate::storage::ReadError;

/// Entries of each log which the peer holds, with all that comes before them.
#[derive(Debug, Default)]
pub(super) struct Frontier {
    tips: BTreeMap<LogId, BTreeMap<EntryId, Place>>,
}

/// Where an entry was found when it was last looked for. Chains are cut and never mended, so it stands there as long as the chain
/// reaches that far.
type Place = Cell<Option<(ChainId, u64)>>;

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
        self.tips.entry(log).or_default().entry(tip).or_default();
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

    pub(super) fn of(&self, log: &LogId) -> impl Iterator<Item = (&EntryId, &Place)> {
        self.tips.get(log).into_iter().flatten()
    }

    /// Drops what others of the same log imply, given what all of them cover. What is not held here yet stays. Done only where
    /// there are more than one for each chain, so that it costs nothing most of the time.
    pub(super) fn prune(
        &mut self,
        view: &View<'_>,
        log: &LogId,
        cover: &Cover,
    ) -> Result<(), ReadError> {
        let chains = view.count_of(log);
        let Some(tips) = self.tips.get_mut(log).filter(|tips| tips.len() > chains) else {
            return Ok(());
        };
        let mut implied = Vec::new();
        for (tip, place) in tips.iter() {
            let place = view.locate_again(log, tip, place)?;
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

/// The chains of a notebook, as they are during one call into a session.
pub(super) struct View<'a> {
    pub(super) host: &'a dyn Host,
    notebook: NotebookId,
    held: &'a Chains,
    /// How many chains this call has looked at.
    visited: Cell<u64>,
}

impl<'a> View<'a> {
    pub(super) fn new(host: &'a dyn Host, notebook: NotebookId) -> Self {
        Self {
            host,
            notebook,
            held: host.chains(&notebook),
            visited: Cell::new(0),
        }
    }

    /// How many chains were looked at so far: what the call costs.
    pub(super) fn visited(&self) -> u64 {
        self.visited.get()
    }

    pub(super) fn visit(&self) {
        self.visited.set(self.visited.get() + 1);
    }

    pub(super) fn logs(&self) -> impl Iterator<Item = &'a LogId> {
        self.held.logs()
    }

    /// How many chains a log has.
    pub(super) fn count_of(&self, log: &LogId) -> usize {
        self.held.count_of(log)
    }

    /// The chains of a log, each after the one that it continues: so what comes first is sent first.
    pub(super) fn chains(&self, log: &LogId) -> impl Iterator<Item = &'a Chain> {
        self.held.of_log(*log).inspect(|_| self.visit())
    }

    /// The chains that nothing continues.
    pub(super) fn leaves(&self, log: &LogId) -> impl Iterator<Item = &'a Chain> {
        let chains = self.chains(log);
        chains.filter(|chain| !self.held.is_continued(&chain.id))
    }

    fn chain(&self, log: &LogId, id: &ChainId) -> Option<&'a Chain> {
        let chain = self.held.get(id);
        chain.filter(|chain| chain.log == *log)
    }

    /// Where an entry of a log stands; nothing where it is not held, or stands in another log.
    pub(super) fn locate(
        &self,
        log: &LogId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        if let Some(chain) = self.held.ending_in(id) {
            return Ok((chain.log == *log).then_some((chain.id, chain.len - 1)));
        }
        let place = self.host.locate(&self.notebook, id)?;
        Ok(place.filter(|(chain, _)| self.chain(log, chain).is_some()))
    }

    /// The same for an entry that was perhaps looked for before.
    fn locate_again(
        &self,
        log: &LogId,
        id: &EntryId,
        place: &Place,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        let known = place.get().filter(|(chain, seq)| {
            self.chain(log, chain)
                .is_some_and(|chain| (chain.first_seq..chain.len).contains(seq))
        });
        if known.is_none() {
            place.set(self.locate(log, id)?);
        }
        Ok(place.get())
    }

    /// Whether an entry is held, whichever log it stands in, and in which.
    pub(super) fn log_of(&self, id: &EntryId) -> Result<Option<LogId>, ReadError> {
        if let Some(chain) = self.held.ending_in(id) {
            return Ok(Some(chain.log));
        }
        let place = self.host.locate(&self.notebook, id)?;
        Ok(place.and_then(|(chain, _)| self.held.get(&chain).map(|chain| chain.log)))
    }

    /// Whether the place of an entry alone tells that it is not held yet.
    pub(super) fn is_next(&self, entry: &Entry) -> bool {
        self.held.is_next(entry.header())
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
        let path = std::iter::successors(self.chain(&log, chain), move |chain| {
            chain.parent.and_then(|parent| self.chain(&log, &parent))
        });
        path.inspect(|_| self.visit())
    }

    /// How far each chain is held by somebody who holds these entries.
    pub(super) fn cover<'f>(
        &self,
        log: &LogId,
        tips: impl Iterator<Item = (&'f EntryId, &'f Place)>,
    ) -> Result<Cover, ReadError> {
        let mut cover = Cover::new();
        for (tip, place) in tips {
            let mut reached = self
                .locate_again(log, tip, place)?
                .and_then(|(id, seq)| self.chain(log, &id).map(|chain| (chain, seq + 1, *tip)));
            while let Some((chain, len, last)) = reached {
                self.visit();
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
        self.chains(log).filter_map(|chain| run(&chain)).collect()
    }

    /// How many positions from the start to the end of a chain are covered.
    pub(super) fn covered_on_path(&self, log: &LogId, to: &ChainId, cover: &Cover) -> u64 {
        let mut path = self.back_from(log, to);
        let covered = path.find_map(|chain| cover.get(&chain.id));
        covered.map_or(0, |(len, _)| *len)
    }
}
