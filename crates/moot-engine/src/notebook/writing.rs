//! Making entries: keys and grants, roster events, changes to documents.
//!
//! Owns the write rule's consequences; when typed text becomes an entry is [`typing`](super::typing)'s. Nothing is called written before the driver has
//! committed it.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::{
    Body, Carried, Change, Content, EpochKey, KemPk, Keybox, LiveFrame, RosterEvent, WriteKey,
    listed_len,
};
use moot_log::storage::Space;
use moot_log::{Entry, EntryId, KeyId, Kind, LogId};
use moot_notebook::{ActorId, ChangeHash, DocId, Edit, EditError, LocalChange};

use super::{Notebook, Random};
use crate::fault::{Fault, Outcome, failed, refused, usage};
use crate::limits::{
    CARRIED_BYTES_PER_ENTRY, CARRIED_PER_ENTRY, CHANGE_BYTES_PER_ENTRY, EPOCH_KEY_AGE_MS,
    HEADS_NAMED_MAX,
};
use crate::rows::{JournalRow, KEY_BORN, prefixed};
use crate::tx::Tx;

/// When what is written becomes an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WriteNow {
    /// At once.
    Entry,
    /// At a pause; it is journalled at once, and pushed to those who are here. What is typed first after a quiet time is an entry
    /// at once all the same.
    Journal,
}

impl Notebook {
    /// Refuses what a person may not do any more who has left, or not yet who has not been let in.
    pub(crate) fn may_write(&self) -> Outcome<()> {
        if self.joining.is_some() {
            return Err(refused(
                "this notebook is still being joined",
                "Once a member has let you in, it can be written. `moot status` shows how it stands; `moot join --cancel` \
                 drops the request.",
            ));
        }
        if self.is_retired() {
            return Err(refused(
                "this device was retired; the notebook can be read and exported here, not written",
                "Go on from another device of yours.",
            ));
        }
        if self.has_left() {
            return Err(refused(
                "you have left this notebook; it can be read and exported, not written",
                "Somebody can invite you again, as a new member.",
            ));
        }
        Ok(())
    }

    // Keys.

    /// The key for the next body, made and published first where the write rule asks for a new one.
    fn write_key(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<KeyId> {
        self.grant_missing(rng, tx)?;
        match self.keys.choose(&self.roster) {
            WriteKey::Use(id) if self.key_age_ms(&id, tx)? <= EPOCH_KEY_AGE_MS => Ok(id),
            WriteKey::Use(_) => self.rekey(self.keys.to_replace(), rng, tx),
            WriteKey::Rekey { supersedes } => self.rekey(supersedes, rng, tx),
        }
    }

    fn key_age_ms(&self, id: &KeyId, tx: &mut Tx<'_>) -> Outcome<i64> {
        let key = prefixed(KEY_BORN, &id.0);
        let born: Option<i64> = tx.row(Space::Notebook, &self.id, &key)?;
        let now = tx.now.wall_ms;
        if born.is_none() {
            tx.put_row(Space::Notebook, &self.id, &key, &now);
        }
        Ok(now.saturating_sub(born.unwrap_or(now)))
    }

    fn rekey(
        &mut self,
        supersedes: BTreeSet<KeyId>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<KeyId> {
        let key = EpochKey::generate(rng);
        let id = self.keys.add_key(key.clone());
        self.store_key(&id, rng, tx);
        let now = tx.now.wall_ms;
        tx.put_row(Space::Notebook, &self.id, &prefixed(KEY_BORN, &id.0), &now);
        let recipients = self.roster.live_kems();
        self.publish_key(&key, &supersedes, &recipients, rng, tx)?;
        Ok(id)
    }

    /// Gives live devices the keys that they lack.
    pub(crate) fn grant_missing(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<bool> {
        let gaps = self.keys.gaps(&self.roster);
        let found = !gaps.is_empty();
        for gap in gaps {
            if let Some(key) = self.keys.get(&gap.key_id).cloned() {
                self.publish_key(&key, &BTreeSet::new(), &gap.kems, rng, tx)?;
            }
        }
        Ok(found)
    }

    pub(crate) fn publish_key(
        &mut self,
        key: &EpochKey,
        supersedes: &BTreeSet<KeyId>,
        recipients: &BTreeSet<KemPk>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let boxes = Keybox::make(&self.id, key, supersedes, recipients)
            .map_err(|error| failed(error.to_string(), "This is a fault of the program."))?;
        for keybox in boxes {
            let entry = self.append(Kind::Keybox, keybox.key_id, rng, tx, |_, _| {
                Ok(keybox.encode())
            })?;
            self.own_entry(entry, rng, tx)?;
        }
        Ok(())
    }

    /// Keeps the first key of a notebook that is being founded.
    pub(crate) fn store_first_key(&self, id: &KeyId, rng: &mut Random, tx: &mut Tx<'_>) {
        self.store_key(id, rng, tx);
        let now = tx.now.wall_ms;
        tx.put_row(Space::Notebook, &self.id, &prefixed(KEY_BORN, &id.0), &now);
    }

    /// Publishes the entry that everything in the notebook is traced back to.
    pub(crate) fn publish_genesis(
        &mut self,
        key: &KeyId,
        genesis: moot_group::roster::Genesis,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let entry = self.seal(key, Content::Roster(RosterEvent::Genesis(genesis)), rng, tx)?;
        self.genesis = entry.id();
        self.own_entry(entry, rng, tx)
    }

    // Entries of one's own.

    /// Publishes an event of the roster.
    pub(crate) fn publish_event(
        &mut self,
        event: RosterEvent,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Entry> {
        let key = self.write_key(rng, tx)?;
        let entry = self.seal(&key, Content::Roster(event), rng, tx)?;
        self.own_entry(entry.clone(), rng, tx)?;
        Ok(entry)
    }

    fn seal(
        &mut self,
        key_id: &KeyId,
        content: Content,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Entry> {
        let key = self
            .keys
            .get(key_id)
            .cloned()
            .ok_or_else(|| failed("the key to write with is not here", ""))?;
        let body = Body {
            after: self.heads_to_name(),
            content,
        };
        self.append(Kind::Sealed, *key_id, rng, tx, |draft, rng| {
            body.seal(&key, draft, rng)
                .map_err(|error| failed(format!("this cannot be written: {error}"), ""))
        })
    }

    /// The roster heads that a body names. Of too many those come first that know of this device, then the smallest: the next
    /// bodies name what is left, since these are heads no more then.
    fn heads_to_name(&self) -> BTreeSet<EntryId> {
        let heads = self.roster.heads();
        if heads.len() <= HEADS_NAMED_MAX {
            return heads.clone();
        }
        let device = self.device();
        let knows = |head: &EntryId| self.roster.was_live(&device, &[*head].into()) == Some(true);
        let knowing = heads.iter().find(|head| knows(head));
        knowing
            .into_iter()
            .chain(heads)
            .take(HEADS_NAMED_MAX)
            .copied()
            .collect()
    }

    fn own_entry(&mut self, entry: Entry, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        self.stage_touched(tx);
        self.advanced = true;
        self.look_into(vec![entry], rng, tx)
    }

    // Documents.

    /// Makes edits in a document: as entries at once, or journalled and pushed live.
    pub(crate) fn write(
        &mut self,
        doc: DocId,
        base: Option<Vec<ChangeHash>>,
        edits: &[Edit],
        how: WriteNow,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.may_write()?;
        let was_read = self.is_read(doc, tx)?;
        let at_once = how == WriteNow::Entry || self.begins_typing(doc, tx)?;
        let (log, begun) = self.next_log(rng);
        let actor = ActorId(moot_group::actor_id(&log, &self.session));
        let at_ms = tx.now.wall_ms;
        let document = &mut self.fresh(doc, tx)?.document;
        let made = match &base {
            Some(heads) => document.edit_at(heads, actor, at_ms, edits),
            None => document.edit(actor, at_ms, edits),
        };
        let made = made.map_err(|error| {
            if matches!(error, EditError::Internal { .. }) {
                self.docs.forget_one(&doc);
            }
            edit_fault(error)
        })?;
        if made.is_empty() {
            return Ok(());
        }
        self.begin_log(begun, tx);
        let device = self.device();
        self.keep_actor(actor, device, log, tx);
        let written = match at_once {
            true => self.seal_journal_and(doc, made, rng, tx),
            false => self.journal(doc, log, made, rng, tx),
        };
        // What the document in memory has taken in and nothing holds is not to be seen: it is loaded again.
        written.inspect_err(|_| self.docs.forget_one(&doc))?;
        let row = match how {
            WriteNow::Entry => self.refresh(doc, tx)?,
            WriteNow::Journal => self.refresh_typed(doc, tx)?,
        };
        if was_read {
            self.mark_read(doc, row.version, tx)?;
        }
        Ok(())
    }

    fn is_read(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<bool> {
        if !self.docs.exists(&self.id, &doc, tx)? {
            return Ok(true);
        }
        let row = self.refresh(doc, tx)?;
        Ok(!self.is_unread(doc, &row, tx)?)
    }

    fn journal(
        &mut self,
        doc: DocId,
        log: LogId,
        made: Vec<LocalChange>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let due = self.note_typing(doc, tx.now.steady_ms);
        let changes: Vec<Vec<u8>> = made.into_iter().map(|change| change.bytes).collect();
        let row = JournalRow {
            changes: changes.iter().cloned().map(Into::into).collect(),
            origin_log: log,
            session: self.session,
            carried: None,
        };
        self.put_journal(doc, &row, tx)?;
        tx.must_be_synced();
        tx.wake_at(due);
        self.push_live(doc, log, changes, rng);
        Ok(())
    }

    /// Adds a row at the end of a document's journal.
    pub(super) fn put_journal(
        &mut self,
        doc: DocId,
        row: &JournalRow,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let next = self.docs.next_in_journal(&self.id, doc, tx)?;
        let key = [doc.0.as_slice(), &next.to_be_bytes()].concat();
        tx.put_row(Space::Journal, &self.id, &key, row);
        Ok(())
    }

    /// Makes entries of what is journalled of a document.
    pub(crate) fn seal_journal(
        &mut self,
        doc: DocId,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.seal_journal_and(doc, Vec::new(), rng, tx)
    }

    fn seal_journal_and(
        &mut self,
        doc: DocId,
        made: Vec<LocalChange>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        if self.is_retired() {
            return Ok(());
        }
        self.take_arrived_first(doc, tx)?;
        let rows = tx.rows::<JournalRow>(Space::Journal, &self.id, &doc.0)?;
        let has_own = !made.is_empty() || rows.iter().any(|(_, row)| row.carried.is_none());
        if !has_own {
            return Ok(());
        }
        let own = rows.iter().filter(|(_, row)| row.carried.is_none());
        let mut own: Vec<ChangeHash> = own.flat_map(|(_, row)| row.hashes()).collect();
        own.extend(made.iter().map(|change| change.hash));
        let carried = self.foreign_rows_behind(doc, &rows, own, tx)?;
        self.seal_rows(doc, rows, carried, made, rng, tx)
    }

    /// Makes entries that carry what others have typed in a document, whether or not there is anything of one's own.
    pub(super) fn seal_foreign(
        &mut self,
        doc: DocId,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let rows = tx.rows::<JournalRow>(Space::Journal, &self.id, &doc.0)?;
        let overdue = rows
            .iter()
            .filter(|(_, row)| row.carried.is_some() && !self.is_cut_row(row));
        let mut carried: BTreeSet<Vec<u8>> = overdue.clone().map(|(key, _)| key.clone()).collect();
        if carried.is_empty() {
            return Ok(());
        }
        let overdue = overdue.flat_map(|(_, row)| row.hashes()).collect();
        carried.extend(self.foreign_rows_behind(doc, &rows, overdue, tx)?);
        self.seal_rows(doc, rows, carried, Vec::new(), rng, tx)
    }

    /// An entry made here says that all that arrived before it was offered to the document.
    fn take_arrived_first(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<()> {
        if self.docs.dirty().contains(&doc) {
            self.refresh(doc, tx)?;
        }
        Ok(())
    }

    /// Makes entries of all rows of one's own, and of what was just made; they carry those rows of others that `carry` names.
    fn seal_rows(
        &mut self,
        doc: DocId,
        mut rows: Vec<(Vec<u8>, JournalRow)>,
        carry: BTreeSet<Vec<u8>>,
        made: Vec<LocalChange>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let log = self.own_log(rng, tx);
        rows.retain(|(key, row)| row.carried.is_none() || carry.contains(key));
        let carries_cut = rows.iter().any(|(_, row)| self.is_cut_row(row));
        let mut carried = Vec::new();
        // Changes by the actor that may make them, each actor's in their order.
        let mut own: BTreeMap<(LogId, [u8; 16]), Vec<Vec<u8>>> = BTreeMap::new();
        let mut sealed = Vec::new();
        for (key, row) in rows {
            match row.carried {
                None => own
                    .entry((row.origin_log, row.session))
                    .or_default()
                    .extend(row.changes.into_iter().map(Vec::from)),
                Some(frame) => carried.extend(self.carry(frame)),
            }
            sealed.push(key);
        }
        own.entry((log, self.session))
            .or_default()
            .extend(made.into_iter().map(|change| change.bytes));
        own.retain(|_, changes| !changes.is_empty());
        carried.dedup();
        let key = self.write_key(rng, tx)?;
        for carried in carried_parts(carried) {
            let change = Change {
                doc_id: doc.0,
                origin_log: log,
                session: self.session,
                changes: Vec::new(),
                carried,
            };
            self.seal_change(doc, &key, change, rng, tx)?;
        }
        for ((origin_log, session), changes) in own {
            for changes in parts(changes) {
                let change = Change {
                    doc_id: doc.0,
                    origin_log,
                    session,
                    changes,
                    carried: Vec::new(),
                };
                self.seal_change(doc, &key, change, rng, tx)?;
            }
        }
        // From here on entries hold all of it, those that were just made or those that carry it.
        for key in sealed {
            tx.delete(Space::Journal, &self.id, &key);
        }
        self.docs.journal_was_cut(&doc);
        self.docs.keep_if_long(&self.id, doc, tx);
        if carries_cut {
            // What entries carry of a retired device counts only where it is needed. That is worked out again from them.
            self.docs.make_again(&self.id, doc, tx);
        }
        self.forget_typing(&doc);
        self.stage_touched(tx);
        self.stage_row(tx);
        self.advanced = true;
        Ok(())
    }

    fn seal_change(
        &mut self,
        doc: DocId,
        key: &KeyId,
        change: Change,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        // As they are judged when they are loaded; sealed, a text that repeats itself is a fraction of it.
        let bytes = change.changes.iter().map(Vec::len).sum();
        let entry = self.seal(key, Content::Change(change), rng, tx)?;
        self.arrivals += 1;
        let arrived = (self.arrivals, bytes);
        self.docs.made_here(&self.id, doc, arrived, &entry, tx);
        Ok(())
    }

    fn carry(&self, frame: Vec<u8>) -> Option<Carried> {
        let frame = LiveFrame::decode(frame).ok()?;
        let init = self.log_inits.get(&frame.header().log)?;
        Some(frame.carry(init))
    }
}

/// Changes in as many parts as fit an entry each, in order.
fn parts(changes: Vec<Vec<u8>>) -> Vec<Vec<Vec<u8>>> {
    let mut parts: Vec<Vec<Vec<u8>>> = Vec::new();
    for change in changes {
        match parts.last_mut() {
            Some(part) if listed_len(part) + change.len() + 8 <= CHANGE_BYTES_PER_ENTRY => {
                part.push(change)
            }
            _ => parts.push(vec![change]),
        }
    }
    parts
}

/// Others' frames in as many parts as fit an entry each.
fn carried_parts(carried: Vec<Carried>) -> Vec<Vec<Carried>> {
    let mut parts: Vec<Vec<Carried>> = Vec::new();
    for one in carried {
        match parts.last_mut() {
            Some(part)
                if part.len() < CARRIED_PER_ENTRY
                    && part.iter().map(|one| one.frame.len()).sum::<usize>() + one.frame.len()
                        <= CARRIED_BYTES_PER_ENTRY =>
            {
                part.push(one);
            }
            _ => parts.push(vec![one]),
        }
    }
    parts
}

fn edit_fault(error: EditError) -> Fault {
    match error {
        EditError::ReadOnly => refused(
            "something in this note could not be applied, so it is read-only; what stood before can be read",
            "`moot doctor` says more. `moot export` takes out what can be read.",
        ),
        EditError::Internal { .. } => failed(
            error.to_string(),
            "This is a fault of the program; nothing was changed.",
        ),
        other => usage(
            other.to_string(),
            "Read the note again; it may have changed meanwhile.",
        ),
    }
}
