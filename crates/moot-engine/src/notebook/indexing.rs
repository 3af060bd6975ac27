//! When the words of a text that somebody types in go into the search index: at a pause, since putting them there costs by the
//! whole text.
//!
//! Owns which documents wait for it. Who searches has them put there first, so that no search misses what stands in a text.

use moot_log::storage::Space;
use moot_notebook::DocId;

use super::{Notebook, Typing};
use crate::docs::Words;
use crate::fault::Outcome;
use crate::rows::{DocRow, PENDING_WORDS, prefixed};
use crate::tx::Tx;

impl Notebook {
    /// Takes up what waited when the home was last closed.
    pub(crate) fn take_up_unindexed(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        let now = tx.now.steady_ms;
        for (key, _) in tx.scan(Space::Pending, &self.id, &[PENDING_WORDS])? {
            if let Ok(doc) = <[u8; 16]>::try_from(&key[1..]) {
                self.unindexed.insert(DocId(doc), Typing::begun(now));
            }
        }
        Ok(())
    }

    /// Brings a document and its row up to date after something was typed in it. Its words follow at a pause.
    pub(crate) fn refresh_typed(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<DocRow> {
        let now = tx.now.steady_ms;
        let waiting = self.unindexed.get_mut(&doc);
        if let Some(typing) = waiting {
            typing.goes_on(now);
        } else {
            let key = prefixed(PENDING_WORDS, &doc.0);
            tx.put(Space::Pending, &self.id, &key, Vec::new());
            self.unindexed.insert(doc, Typing::begun(now));
        }
        self.refresh_with(doc, Words::Later, tx)
    }

    /// When the first of those that wait is due, on the steady clock.
    pub(crate) fn index_due(&self) -> Option<u64> {
        self.unindexed.values().map(Typing::due).min()
    }

    /// Whether a search would miss anything.
    pub(crate) fn is_indexed(&self) -> bool {
        self.unindexed.is_empty()
    }

    /// Puts the words of those there in which nobody typed for a while.
    pub(crate) fn index_paused(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let now = tx.now.steady_ms;
        self.index_those(|typing| typing.due() <= now, tx)
    }

    /// Puts the words of all there.
    pub(crate) fn index_all(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.index_those(|_| true, tx)
    }

    fn index_those(&mut self, which: impl Fn(&Typing) -> bool, tx: &mut Tx<'_>) -> Outcome<()> {
        let waiting = self.unindexed.iter().filter(|(_, typing)| which(typing));
        let docs: Vec<DocId> = waiting.map(|(doc, _)| *doc).collect();
        for doc in docs {
            self.refresh_with(doc, Words::Again, tx)?;
            self.unindexed.remove(&doc);
            let key = prefixed(PENDING_WORDS, &doc.0);
            tx.delete(Space::Pending, &self.id, &key);
        }
        Ok(())
    }
}
