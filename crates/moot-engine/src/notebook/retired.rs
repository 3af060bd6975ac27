//! What a retired device wrote after the point at which it was retired.
//!
//! Owns the rule that such changes are put aside, except where an accepted entry of another device builds on them: nobody's
//! work is lost because somebody else's laptop was. Both are functions of the set of entries, so that the order in which
//! entries and retirements came does not matter.

use std::collections::BTreeSet;

use moot_group::{Change, PersonId};
use moot_log::storage::Space;
use moot_log::{DevicePk, Entry, EntryId, LogId};
use moot_notebook::{ChangeHash, DocId};

use super::{Notebook, Random};
use crate::fault::Outcome;
use crate::rows::{AsideRow, CutRow, PENDING_CUT, prefixed};
use crate::tx::Tx;

/// How far the devices of the roster count, to tell when that has changed.
pub(super) type Cuts = BTreeSet<(DevicePk, PersonId, Vec<Vec<(LogId, u64)>>)>;

impl Notebook {
    /// Whether a retirement of the device leaves this entry out.
    pub(super) fn is_cut_off(&self, device: &DevicePk, log: LogId, seq: u64) -> bool {
        self.roster.device(device).is_some_and(|device| {
            let keeps = |cut: &Vec<moot_group::roster::CutRow>| {
                cut.iter().any(|row| row.log == log && seq < row.len)
            };
            !device.cuts.iter().all(keeps)
        })
    }

    /// The cuts of all retired devices.
    pub(super) fn cuts(&self) -> Cuts {
        let retired = self
            .roster
            .devices()
            .filter(|device| !device.cuts.is_empty());
        retired
            .map(|device| {
                let cuts = device.cuts.iter();
                let rows = cuts.map(|cut| cut.iter().map(|row| (row.log, row.len)).collect());
                (device.id, device.person, rows.collect())
            })
            .collect()
    }

    /// Puts an entry aside that was cut off, so that it is found again where another's work needs it.
    pub(super) fn cut_off(&mut self, entry: &Entry, change: &Change, tx: &mut Tx<'_>) {
        let why = "it was written after its device was retired".to_owned();
        tx.put_row(Space::Aside, &self.id, &entry.id().0, &AsideRow { why });
        let hashes = change
            .changes
            .iter()
            .map(|bytes| ChangeHash::of_chunk(bytes).0.to_vec().into());
        let key = cut_key(&change.doc_id, &entry.id());
        tx.put_row(
            Space::Pending,
            &self.id,
            &key,
            &CutRow {
                hashes: hashes.collect(),
            },
        );
    }

    /// Puts entries that were cut off to a document after all, where something in it that counts builds on them. Says
    /// whether there were any.
    pub(super) fn adopt_needed(
        &mut self,
        doc: DocId,
        missing: &BTreeSet<ChangeHash>,
        tx: &mut Tx<'_>,
    ) -> Outcome<bool> {
        if missing.is_empty() {
            return Ok(false);
        }
        let mut adopted = false;
        for (key, row) in
            tx.rows::<CutRow>(Space::Pending, &self.id, &prefixed(PENDING_CUT, &doc.0))?
        {
            let needed = row.hashes.iter().any(|hash| {
                <[u8; 32]>::try_from(hash.as_slice())
                    .is_ok_and(|hash| missing.contains(&ChangeHash(hash)))
            });
            let Ok(entry) = EntryId::try_from(&key[17..]) else {
                continue;
            };
            if needed {
                tx.delete(Space::Pending, &self.id, &key);
                tx.delete(Space::Aside, &self.id, &entry.0);
                self.arrivals += 1;
                self.docs.arrived(&self.id, doc, self.arrivals, &entry, tx);
                adopted = true;
            }
        }
        if adopted {
            self.stage_row(tx);
        }
        Ok(adopted)
    }

    /// After a retirement everything is looked at anew, since what was applied may count no more.
    pub(super) fn apply_cuts(
        &mut self,
        before: &Cuts,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        if *before == self.cuts() {
            return Ok(());
        }
        self.rebuild_projections(rng, tx)
    }
}

/// The key under which a cut-off entry of a document stands in `Pending`.
fn cut_key(doc: &[u8; 16], entry: &EntryId) -> Vec<u8> {
    prefixed(PENDING_CUT, &[doc.as_slice(), &entry.0].concat())
}
