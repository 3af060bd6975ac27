//! Reading the changes in an entry, in a row of the journal, or in a live frame.
//!
//! Owns whether each counts by itself: what a retired device wrote past the cut does so only where something builds on it. Writes
//! nothing, and decides nothing about documents.

use std::collections::BTreeMap;

use moot_group::{Body, Carried, Content, Keys, Roster};
use moot_log::storage::ReadError;
use moot_log::{Entry, EntryId, LogId, LogInit, NotebookId};
use moot_notebook::{ActorId, LogRank};

use super::retired::Cuts;
use crate::docs::{Counts, Offered};
use crate::rows::JournalRow;
use crate::tx::Tx;

/// What of a notebook is needed to read a change.
pub(crate) struct Sight<'n> {
    pub(crate) notebook: NotebookId,
    pub(crate) keys: &'n Keys,
    pub(crate) roster: &'n Roster,
    pub(crate) log_inits: &'n BTreeMap<LogId, LogInit>,
    pub(crate) cuts: &'n Cuts,
}

impl Sight<'_> {
    /// The changes that an entry brings for its document, those that it carries for others included.
    pub(crate) fn open_arrival(
        &self,
        tx: &Tx<'_>,
        id: &EntryId,
    ) -> Result<Vec<Offered>, ReadError> {
        // A document is shown without what a disk has lost of it; a check of the logs tells.
        let entry = match tx.entry(&self.notebook, id) {
            Ok(Some(entry)) => entry,
            Ok(None) | Err(ReadError::Damaged(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let Some(key) = self.keys.get(&entry.header().key_id) else {
            return Ok(Vec::new());
        };
        let Ok(Body {
            content: Content::Change(change),
            ..
        }) = Body::open(key, &entry)
        else {
            return Ok(Vec::new());
        };
        let actor = ActorId(change.actor());
        let counts = self.counts(&entry, tx)?;
        let mut offered = Vec::new();
        for carried in &change.carried {
            if let Some((init, frame)) = trusted(carried, self.notebook, self.roster) {
                let mut live = self.open_live(&frame, &change.doc_id);
                if counts == Counts::IfNeeded || self.cuts.has(&init.device()) {
                    live.iter_mut()
                        .for_each(|one| one.counts = Counts::IfNeeded);
                }
                offered.extend(live);
            }
        }
        for (index, bytes) in change.changes.into_iter().enumerate() {
            let rank = LogRank {
                log: entry.header().log_id.0,
                seq: entry.header().seq,
                index: u32::try_from(index).unwrap_or(u32::MAX),
            };
            offered.push(Offered {
                bytes,
                actor,
                rank: Some(rank),
                counts,
            });
        }
        Ok(offered)
    }

    /// Whether what an entry says counts by itself.
    fn counts(&self, entry: &Entry, tx: &Tx<'_>) -> Result<Counts, ReadError> {
        let header = entry.header();
        let Some(device) = self.log_inits.get(&header.log_id).map(LogInit::device) else {
            return Ok(Counts::Always);
        };
        if !self.cuts.has(&device) {
            return Ok(Counts::Always);
        }
        let place = tx.places(self.notebook).seek(&entry.id())?;
        let keeps =
            place.is_some_and(|(chain, seq)| self.cuts.keeps(&device, &header.log_id, &chain, seq));
        Ok(if keeps {
            Counts::Always
        } else {
            Counts::IfNeeded
        })
    }

    /// The changes of a row of the journal. No cut keeps what stands in no log yet.
    pub(crate) fn open_row(&self, row: JournalRow) -> Vec<Offered> {
        let device = self.log_inits.get(&row.origin_log).map(LogInit::device);
        let is_cut = device.is_some_and(|device| self.cuts.has(&device));
        let counts = if is_cut {
            Counts::IfNeeded
        } else {
            Counts::Always
        };
        let actor = ActorId(moot_group::actor_id(&row.origin_log, &row.session));
        let changes = row.changes.into_iter();
        changes
            .map(|change| Offered {
                bytes: change.into(),
                actor,
                rank: None,
                counts,
            })
            .collect()
    }

    /// The changes of a live frame for a document.
    pub(crate) fn open_live(&self, frame: &moot_group::LiveFrame, doc: &[u8; 16]) -> Vec<Offered> {
        let Some(key) = self.keys.get(&frame.header().key_id) else {
            return Vec::new();
        };
        let Ok(Some(moot_group::Live::Delta(delta))) = frame.open(key) else {
            return Vec::new();
        };
        if delta.doc_id != *doc {
            return Vec::new();
        }
        let actor = ActorId(frame.header().actor());
        delta
            .changes
            .into_iter()
            .map(|bytes| Offered {
                bytes,
                actor,
                rank: None,
                counts: Counts::Always,
            })
            .collect()
    }
}

/// A carried frame whose signatures hold and whose device belongs to the notebook.
pub(super) fn trusted(
    carried: &Carried,
    notebook: NotebookId,
    roster: &Roster,
) -> Option<(LogInit, moot_group::LiveFrame)> {
    let (init, frame) = carried.verify().ok()?;
    let belongs = init.notebook() == notebook && roster.device(&init.device()).is_some();
    belongs.then_some((init, frame))
}
