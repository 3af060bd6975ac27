//! When what is typed becomes an entry: the first of it at once, the rest at a pause.
//!
//! Owns those times. Between two entries what is typed stands in the journal, and goes out live. An edit that comes alone would go
//! out twice that way, signed and sealed each time, and its receipt would come a pause later; as an entry it goes out once.

use std::collections::BTreeMap;

use moot_log::storage::Space;
use moot_notebook::DocId;

use super::{Notebook, Random};
use crate::fault::Outcome;
use crate::limits::{SEAL_LATEST_MS, SEAL_PAUSE_MS, TYPING_QUIET_MS};
use crate::rows::JournalRow;
use crate::tx::Tx;

/// A stretch of typing of which something waits for a pause, on the steady clock.
#[derive(Debug, Clone, Copy)]
pub(super) struct Typing {
    first_ms: u64,
    last_ms: u64,
}

impl Typing {
    pub(super) fn begun(now_ms: u64) -> Self {
        Self {
            first_ms: now_ms,
            last_ms: now_ms,
        }
    }

    pub(super) fn goes_on(&mut self, now_ms: u64) {
        self.last_ms = now_ms;
    }

    /// When what waits is due.
    pub(super) fn due(&self) -> u64 {
        (self.last_ms + SEAL_PAUSE_MS).min(self.first_ms + SEAL_LATEST_MS)
    }
}

/// What is typed on this device.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Where something is journalled and stands in no entry yet.
    journalled: BTreeMap<DocId, Typing>,
    /// When something was last typed.
    last_ms: BTreeMap<DocId, u64>,
}

impl Typed {
    /// Takes down that something is typed; whether it is the first of it for a while.
    fn begins(&mut self, doc: DocId, now_ms: u64) -> bool {
        self.last_ms
            .retain(|_, last| now_ms < last.saturating_add(TYPING_QUIET_MS));
        self.last_ms.insert(doc, now_ms).is_none()
    }
}

impl Notebook {
    /// Whether an edit that is typed becomes an entry at once: nothing was typed here for a while, and nothing of anybody's waits in
    /// the journal, which the entry would have to carry.
    pub(super) fn begins_typing(&mut self, doc: DocId, tx: &Tx<'_>) -> Outcome<bool> {
        if !self.typed.begins(doc, tx.now.steady_ms) {
            return Ok(false);
        }
        Ok(tx
            .rows::<JournalRow>(Space::Journal, &self.id, &doc.0)?
            .is_empty())
    }

    /// Something typed is journalled. Tells when it is due.
    pub(super) fn note_typing(&mut self, doc: DocId, now_ms: u64) -> u64 {
        let begun = Typing::begun(now_ms);
        let typing = self.typed.journalled.entry(doc).or_insert(begun);
        typing.goes_on(now_ms);
        typing.due()
    }

    /// Nothing typed waits in a document any more.
    pub(super) fn forget_typing(&mut self, doc: &DocId) {
        self.typed.journalled.remove(doc);
    }

    /// When the first of what is journalled becomes an entry, on the steady clock.
    pub(crate) fn seal_due(&self) -> Option<u64> {
        self.typed.journalled.values().map(Typing::due).min()
    }

    /// Makes entries of all that this device has journalled: after a crash, and when the home is closed.
    pub(crate) fn seal_all(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        let mut docs: Vec<DocId> = Vec::new();
        for (key, row) in tx.rows::<JournalRow>(Space::Journal, &self.id, &[])? {
            if let (None, Ok(doc)) = (
                &row.carried,
                <[u8; 16]>::try_from(&key[..16.min(key.len())]),
            ) {
                docs.push(DocId(doc));
            }
        }
        docs.dedup();
        for doc in docs {
            self.seal_journal(doc, rng, tx)?;
        }
        Ok(())
    }

    /// Makes entries of what is journalled of documents in which nobody typed for a while.
    pub(crate) fn seal_paused(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        let now = tx.now.steady_ms;
        let journalled = self.typed.journalled.iter();
        let due: Vec<DocId> = journalled
            .filter(|(_, typing)| typing.due() <= now)
            .map(|(doc, _)| *doc)
            .collect();
        for doc in due {
            // Where it cannot be sealed now, it is tried again after another pause.
            self.typed.journalled.insert(doc, Typing::begun(now));
            self.seal_journal(doc, rng, tx)?;
            self.forget_typing(&doc);
        }
        if let Some(due) = self.seal_due() {
            tx.wake_at(due);
        }
        Ok(())
    }
}
