//! What a retired device wrote after the point at which it was retired.
//!
//! Owns how far its logs count: that is a function of the set of entries. What lies past it is held back in each document,
//! except where what counts builds on it: nobody's work is lost because somebody else's laptop was.

use std::collections::BTreeMap;

use moot_group::roster::CutRow;
use moot_log::storage::Space;
use moot_log::{ChainId, DevicePk, Entry, LogId, LogInit};
use moot_notebook::DocId;

use super::Notebook;
use super::ruling::Path;
use crate::fault::Outcome;
use crate::rows::{DocRow, JournalRow};
use crate::tx::Tx;

/// How far the logs of retired devices count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Cuts {
    /// One for each time that a device was retired: an entry counts if all of them keep it.
    by_device: BTreeMap<DevicePk, Vec<Vec<Kept>>>,
}

/// What one retirement keeps of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Kept {
    row: CutRow,
    /// The way to the last entry that is kept. None for as long as that entry is not here: then nothing tells which branch
    /// leads there, and all count.
    way: Option<Path>,
}

impl Cuts {
    /// Whether a device was retired by one of its person's.
    pub(super) fn has(&self, device: &DevicePk) -> bool {
        self.by_device.contains_key(device)
    }

    /// Whether an entry of a retired device, at this place, counts all the same.
    pub(super) fn keeps(&self, device: &DevicePk, log: &LogId, chain: &ChainId, seq: u64) -> bool {
        let mut cuts = self.by_device.get(device).into_iter().flatten();
        cuts.all(|cut| {
            let mut of_log = cut.iter().filter(|kept| kept.row.log == *log);
            of_log.any(|kept| seq < kept.row.len && kept.leads_through(chain, seq))
        })
    }

    /// Whether an entry that was just placed may change the way to where a log is cut.
    pub(super) fn concerns(&self, entry: &Entry, opens_branch: bool) -> bool {
        let mut all = self.by_device.values().flatten().flatten();
        all.any(|kept| {
            kept.row.tip == entry.id() || (opens_branch && kept.row.log == entry.header().log_id)
        })
    }

    /// What decides of entries that are here already: a branch that opens beside a way does not.
    fn decided(&self) -> impl Iterator<Item = (&DevicePk, usize, CutRow, bool)> {
        self.by_device.iter().flat_map(|(device, cuts)| {
            let rows = cuts.iter().enumerate();
            rows.flat_map(move |(at, cut)| {
                let row = |kept: &Kept| (device, at, kept.row, kept.way.is_some());
                cut.iter().map(row).collect::<Vec<_>>()
            })
        })
    }

    fn judges_like(&self, other: &Self) -> bool {
        self.by_device.keys().eq(other.by_device.keys())
            && self.decided().eq(other.decided())
            && self
                .by_device
                .values()
                .map(Vec::len)
                .eq(other.by_device.values().map(Vec::len))
    }
}

impl Kept {
    fn leads_through(&self, chain: &ChainId, seq: u64) -> bool {
        let until = self.way.as_ref().map(|way| way.get(chain));
        until.is_none_or(|until| until.is_some_and(|until| seq < *until))
    }
}

impl Notebook {
    /// How far retired devices count, of the entries that are here now.
    pub(super) fn cuts_now(&self, tx: &Tx<'_>) -> Outcome<Cuts> {
        let mut cuts = Cuts::default();
        let retired = self
            .roster
            .devices()
            .filter(|device| !device.cuts.is_empty());
        for device in retired {
            for cut in &device.cuts {
                let kept: Outcome<Vec<Kept>> = cut.iter().map(|row| self.kept(*row, tx)).collect();
                cuts.by_device.entry(device.id).or_default().push(kept?);
            }
        }
        Ok(cuts)
    }

    fn kept(&self, row: CutRow, tx: &Tx<'_>) -> Outcome<Kept> {
        let place = tx.places(self.id).seek(&row.tip)?;
        let way = place.map(|(chain, seq)| self.path_from(chain, seq));
        Ok(Kept { row, way })
    }

    /// Looks anew at how far retired devices count. Where that has changed, documents are made again: what was applied may
    /// count no more.
    pub(super) fn apply_cuts(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        if !std::mem::take(&mut self.recut) {
            return Ok(());
        }
        let now = self.cuts_now(tx)?;
        let before = std::mem::replace(&mut self.cuts, now);
        if self.cuts.judges_like(&before) {
            return Ok(());
        }
        let rows = tx.rows::<DocRow>(Space::DocRow, &self.id, &[])?;
        let docs = rows
            .iter()
            .filter_map(|(key, _)| key.as_slice().try_into().ok().map(DocId));
        self.docs.make_all_again(&self.id, docs, tx);
        self.stage_row(tx);
        self.forget_cut_journal(tx)
    }

    /// Drops what retired devices typed live that nothing typed live builds on. Entries bring the rest, or nobody has it.
    fn forget_cut_journal(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let mut docs: Vec<DocId> = Vec::new();
        for (key, row) in tx.rows::<JournalRow>(Space::Journal, &self.id, &[])? {
            let doc = <[u8; 16]>::try_from(&key[..16.min(key.len())]);
            if let (true, Ok(doc)) = (self.is_cut_row(&row), doc) {
                docs.push(DocId(doc));
            }
        }
        docs.dedup();
        for doc in docs {
            let rows = tx.rows::<JournalRow>(Space::Journal, &self.id, &doc.0)?;
            let uncut = rows.iter().filter(|(_, row)| !self.is_cut_row(row));
            let uncut = uncut.flat_map(|(_, row)| row.hashes()).collect();
            let needed = self.foreign_rows_behind(doc, &rows, uncut, tx)?;
            for (key, row) in &rows {
                if self.is_cut_row(row) && !needed.contains(key) {
                    tx.delete(Space::Journal, &self.id, key);
                }
            }
            self.docs.journal_was_cut(&doc);
        }
        Ok(())
    }

    /// Whether a row of the journal came live from a device that was retired since.
    pub(super) fn is_cut_row(&self, row: &JournalRow) -> bool {
        let device = self.log_inits.get(&row.origin_log).map(LogInit::device);
        row.carried.is_some() && device.is_some_and(|device| self.cuts.has(&device))
    }
}
