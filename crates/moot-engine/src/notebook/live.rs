//! What is shown to others while it is being typed, and what of theirs is shown here.
//!
//! Owns deltas: signed, sealed, journalled by whoever gets them, in no log. Entries bring the same changes later; a delta that
//! never comes costs nothing but the moment. Where the entry does not come, somebody else's carries them: the disk that they
//! were typed on may be gone.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::{Delta, Live, LiveFrame, LiveKind, Sender, WriteKey};
use moot_log::storage::Space;
use moot_log::{LogId, LogInit};
use moot_notebook::{ActorId, ChangeHash, DocId};

use super::{Notebook, Random};
use crate::docs::{Docs, Offered};
use crate::fault::Outcome;
use crate::limits::{
    CARRY_AFTER_MS, CARRY_STEP_MS, FOREIGN_JOURNAL_BYTES_MAX, FOREIGN_JOURNAL_MAX,
    FOREIGN_JOURNAL_TOTAL_MAX, LIVE_SESSIONS_MAX,
};
use crate::rows::JournalRow;
use crate::tx::Tx;

/// What others sent live in this run.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The number of the last frame, by log and session.
    last: BTreeMap<(LogId, [u8; 16]), u64>,
    /// Rows and bytes journalled, by document. Rows go when entries bring the same, so there may be fewer.
    journalled: BTreeMap<DocId, (usize, usize)>,
    /// How many entries had come when that was last counted.
    counted_at: u64,
}

impl Heard {
    /// Whether a frame is the next of its session or a later one. One that comes again, or late, is not: entries bring it.
    fn is_next(&mut self, header: &moot_group::LiveHeader) -> bool {
        let session = (header.log, header.session);
        if self.last.len() >= LIVE_SESSIONS_MAX && !self.last.contains_key(&session) {
            self.last.clear();
        }
        let last = self.last.insert(session, header.counter);
        let is_next = last.is_none_or(|last| last < header.counter);
        if let Some(last) = last.filter(|_| !is_next) {
            self.last.insert(session, last);
        }
        is_next
    }

    fn count(&mut self, doc: DocId, bytes: usize) {
        let (rows, total) = self.journalled.entry(doc).or_default();
        *rows += 1;
        *total += bytes;
    }

    fn has_room(&self, doc: &DocId, more: usize) -> bool {
        let of = |count: fn(&(usize, usize)) -> usize| self.journalled.values().map(count).sum();
        let (rows, bytes): (usize, usize) = (of(|(rows, _)| *rows), of(|(_, bytes)| *bytes));
        let here = self.journalled.get(doc).map_or(0, |(rows, _)| *rows);
        here < FOREIGN_JOURNAL_MAX
            && rows < FOREIGN_JOURNAL_TOTAL_MAX
            && bytes + more <= FOREIGN_JOURNAL_BYTES_MAX
    }
}

impl Notebook {
    /// Signs and seals changes for those who are here now.
    pub(super) fn push_live(
        &mut self,
        doc: DocId,
        log: LogId,
        changes: Vec<Vec<u8>>,
        rng: &mut Random,
    ) {
        let live = Live::Delta(Delta {
            doc_id: doc.0,
            changes,
        });
        self.send_live_frame(log, &live, rng);
    }

    /// Signs and seals something for those who are here now. What is too long to go live comes as an entry at the next pause.
    pub(super) fn send_live_frame(&mut self, log: LogId, live: &Live, rng: &mut Random) {
        // A new key is for entries to publish; until then nothing goes live.
        let WriteKey::Use(key_id) = self.keys.choose(&self.roster) else {
            return;
        };
        let Some(key) = self.keys.get(&key_id) else {
            return;
        };
        self.live_counter += 1;
        let sender = Sender {
            notebook: self.id,
            log,
            session: self.session,
            counter: self.live_counter,
        };
        if let Ok(frame) = LiveFrame::sign(sender, live, key, &self.signing, rng) {
            self.outbox.push(frame.bytes().to_vec());
        }
    }

    /// Takes in what somebody types. What does not hold is passed over: entries will say what counts.
    pub(crate) fn take_live(&mut self, bytes: Vec<u8>, tx: &mut Tx<'_>) -> Outcome<()> {
        let Ok(frame) = LiveFrame::decode(bytes) else {
            return Ok(());
        };
        let header = frame.header();
        let Some(init) = self.log_inits.get(&header.log) else {
            return Ok(());
        };
        let device = init.device();
        let is_known = matches!(header.kind, LiveKind::Delta | LiveKind::Presence);
        let is_ours = is_known && header.notebook == self.id;
        if !is_ours || !self.roster.is_live(&device) || frame.verify(init).is_err() {
            return Ok(());
        }
        let delta = match self.keys.get(&header.key_id).map(|key| frame.open(key)) {
            Some(Ok(Some(Live::Delta(delta)))) => delta,
            Some(Ok(Some(Live::Presence(presence)))) if self.live.is_next(header) => {
                return self.tell_presence(device, presence, tx);
            }
            _ => return Ok(()),
        };
        let doc = DocId(delta.doc_id);
        if !self.live.is_next(header) || !self.has_room_for(&doc, frame.bytes().len(), tx)? {
            return Ok(());
        }
        let (log, session) = (header.log, header.session);
        self.keep_actor(ActorId(frame.header().actor()), device, log, tx);
        let offered = self.sight().open_live(&frame, &delta.doc_id);
        let loaded = self.fresh(doc, tx)?;
        let is_new = |change: &Offered| !loaded.document.has(&ChangeHash::of_chunk(&change.bytes));
        if !offered.iter().any(is_new) {
            return Ok(());
        }
        let ingested = Docs::offer_live(loaded, &offered);
        // A frame of which anything is refused or contested is passed over as if it had never come: what it did to the
        // document in memory stands in no entry, and would be counted here and nowhere else.
        if !ingested.quarantined.is_empty() || ingested.rebuild {
            self.docs.forget_one(&doc);
            return Ok(());
        }
        if ingested.applied.is_empty() && ingested.pending.is_empty() {
            return Ok(());
        }
        let row = JournalRow {
            changes: offered
                .into_iter()
                .map(|change| change.bytes.into())
                .collect(),
            origin_log: log,
            session,
            carried: Some(frame.bytes().to_vec()),
        };
        self.put_journal(doc, &row, tx)?;
        self.live.count(doc, frame.bytes().len());
        self.uncarried.entry(doc).or_insert(tx.now.steady_ms);
        self.refresh_typed(doc, tx)?;
        Ok(())
    }

    /// Whether one frame more is journalled. Counted anew only where entries have come since, which may have brought some.
    fn has_room_for(&mut self, doc: &DocId, bytes: usize, tx: &Tx<'_>) -> Outcome<bool> {
        if self.live.has_room(doc, bytes) {
            return Ok(true);
        }
        if self.live.counted_at == self.arrivals {
            return Ok(false);
        }
        self.count_journalled(tx)?;
        Ok(self.live.has_room(doc, bytes))
    }

    fn count_journalled(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        self.live.counted_at = self.arrivals;
        self.live.journalled.clear();
        for (key, row) in tx.rows::<JournalRow>(Space::Journal, &self.id, &[])? {
            let doc = <[u8; 16]>::try_from(&key[..16.min(key.len())]);
            if let (Some(frame), Ok(doc)) = (row.carried, doc) {
                self.live.count(DocId(doc), frame.len());
            }
        }
        Ok(())
    }

    /// The keys of those rows of others that some changes build on, and of the rows that these build on.
    pub(super) fn foreign_rows_behind(
        &mut self,
        doc: DocId,
        rows: &[(Vec<u8>, JournalRow)],
        mut changes: Vec<ChangeHash>,
        tx: &mut Tx<'_>,
    ) -> Outcome<BTreeSet<Vec<u8>>> {
        let foreign = rows.iter().filter(|(_, row)| row.carried.is_some());
        let row_of: BTreeMap<ChangeHash, &(Vec<u8>, JournalRow)> = foreign
            .flat_map(|row| row.1.hashes().into_iter().map(move |hash| (hash, row)))
            .collect();
        let mut needed = BTreeSet::new();
        if row_of.is_empty() {
            return Ok(needed);
        }
        let document = &self.fresh(doc, tx)?.document;
        while let Some(change) = changes.pop() {
            for followed in document.followed_by(&change) {
                if let Some((key, row)) = row_of.get(&followed)
                    && needed.insert(key.clone())
                {
                    changes.extend(row.hashes());
                }
            }
        }
        Ok(needed)
    }

    /// Notes what of others is here that no entry has brought, when the home is opened.
    pub(crate) fn find_uncarried(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        self.count_journalled(tx)?;
        for (key, row) in tx.rows::<JournalRow>(Space::Journal, &self.id, &[])? {
            let doc = <[u8; 16]>::try_from(&key[..16.min(key.len())]);
            if let (Some(_), Ok(doc)) = (row.carried, doc) {
                self.uncarried.insert(DocId(doc), tx.now.steady_ms);
            }
        }
        Ok(())
    }

    /// Makes entries that carry what others typed, where theirs have not come for long.
    pub(crate) fn carry_overdue(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        if self.uncarried.is_empty() || self.may_write().is_err() {
            return Ok(());
        }
        let own = self.device();
        let before = self.roster.live_devices().filter(|device| device.id < own);
        let wait_ms = CARRY_AFTER_MS + CARRY_STEP_MS * before.count() as u64;
        let due: Vec<DocId> = self
            .uncarried
            .iter()
            .filter(|(_, since)| tx.now.steady_ms >= *since + wait_ms)
            .map(|(doc, _)| *doc)
            .collect();
        for doc in due {
            self.uncarried.remove(&doc);
            self.seal_foreign(doc, rng, tx)?;
        }
        Ok(())
    }

    /// Says again whose the actors of journalled changes are.
    pub(crate) fn keep_journal_actors(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        for (_, row) in tx.rows::<JournalRow>(Space::Journal, &self.id, &[])? {
            if let Some(device) = self.log_inits.get(&row.origin_log).map(LogInit::device) {
                let actor = ActorId(moot_group::actor_id(&row.origin_log, &row.session));
                self.keep_actor(actor, device, row.origin_log, tx);
            }
        }
        Ok(())
    }

    /// The head of the log that this device writes, once it writes one.
    pub(crate) fn own_log_init(&self) -> Option<&LogInit> {
        self.log.and_then(|log| self.log_inits.get(&log))
    }
}
