//! What entries say once they are opened: keys, roster events, changes to documents.
//!
//! Owns which entry waits for what, and which is put aside. Everything here is a function of the set of entries held, so that
//! it does not matter in which order they came.

use std::collections::BTreeSet;

use moot_group::{Body, Carried, Change, Content, Keybox};
use moot_log::storage::{ReadError, Space};
use moot_log::{DevicePk, Entry, EntryId, KeyId, Kind, LogId, LogInit};
use moot_notebook::{ActorId, DocId};

use super::sight::trusted;
use super::{Notebook, OpenedEvent, Placed, Random, Waiting, key_place};
use crate::fault::Outcome;
use crate::rows::{
    ActorRow, AsideRow, EventRow, KeyboxRow, OPENED_EVENT, OPENED_KEYBOX, OPENED_NOTHING,
    PENDING_ENTRY, PendingRow, WaitRow, prefixed,
};
use crate::tx::Tx;

/// What came of taking entries in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// How many were new.
    pub(crate) new: u64,
    /// Whether one came before what it follows.
    pub(crate) gap: bool,
}

/// Which content of entries is taken up. A rebuild takes the rules first, so that changes are judged by all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookFor {
    /// All of it.
    Everything,
    /// Keys and roster events.
    Rules,
    /// Changes to documents.
    Changes,
}

/// What opening an entry may set off.
#[derive(Debug, Default)]
struct Stirred {
    keys: bool,
    roster: bool,
    changes: Vec<(Entry, BTreeSet<EntryId>, Change)>,
}

impl Notebook {
    /// Takes entries in whose signatures were checked: places them, opens what can be opened, and lets what waited for it go on.
    pub(crate) fn take_in(
        &mut self,
        entries: &[Entry],
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Taken> {
        let mut taken = Taken::default();
        let mut new = Vec::new();
        for entry in entries {
            if self.bring_back(entry, rng, tx)? {
                taken.new += 1;
                continue;
            }
            match self.place(entry, tx)? {
                Placed::Known => continue,
                Placed::Gap => {
                    taken.gap = true;
                    continue;
                }
                Placed::Branched => self.notice_branch(entry, tx),
                Placed::New => {}
            }
            if self.log == Some(entry.header().log_id) {
                self.leave_log(tx);
            }
            new.push(entry.clone());
        }
        taken.new += new.len() as u64;
        if !new.is_empty() {
            self.stage_touched(tx);
            self.advanced = true;
            self.last_arrival_ms = Some(tx.now.steady_ms);
            self.look_into(new, rng, tx)?;
        }
        Ok(taken)
    }

    /// Looks into entries that were just placed, and again into those that waited for what they bring.
    pub(crate) fn look_into(
        &mut self,
        entries: Vec<Entry>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.look_for(LookFor::Everything, entries, rng, tx)?;
        self.apply_cuts(tx)
    }

    /// Looks into entries for one sort of content, and again into those that waited for what they bring.
    pub(crate) fn look_for(
        &mut self,
        what: LookFor,
        mut entries: Vec<Entry>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let arrivals = self.arrivals;
        let mut stirred = Stirred::default();
        loop {
            for entry in std::mem::take(&mut entries) {
                self.look_into_one(what, entry, &mut stirred, tx);
            }
            if stirred.keys {
                self.open_keys(rng, tx);
            }
            let ruled = stirred.roster || stirred.keys;
            if ruled {
                self.keys_changed = true;
                self.evaluate_roster(tx);
            }
            for (entry, after, change) in std::mem::take(&mut stirred.changes) {
                self.file(&entry, &after, &change, tx);
            }
            if !ruled && !std::mem::take(&mut self.relook) {
                break;
            }
            stirred = Stirred::default();
            entries = self.ready(&mut stirred, tx)?;
        }
        if self.arrivals != arrivals {
            self.stage_row(tx);
        }
        Ok(())
    }

    /// Entries that waited for what may have come; they wait no more until they are found to.
    fn ready(&mut self, stirred: &mut Stirred, tx: &mut Tx<'_>) -> Outcome<Vec<Entry>> {
        let may_go_on = |waiting: &Waiting| match waiting.why {
            WaitRow::Key | WaitRow::CarriedKey => self.keys.get(&waiting.key).is_some(),
            WaitRow::OpenToAll | WaitRow::Roster => true,
            WaitRow::Newer => false,
        };
        let ready: Vec<(EntryId, WaitRow)> = self
            .waiting
            .iter()
            .filter(|(_, waiting)| may_go_on(waiting))
            .map(|(id, waiting)| (*id, waiting.why))
            .collect();
        let mut entries = Vec::new();
        for (id, why) in ready {
            self.waiting.remove(&id);
            tx.delete(Space::Pending, &self.id, &prefixed(PENDING_ENTRY, &id.0));
            // An event may have waited for every entry before it in its log to be opened.
            stirred.roster |= why == WaitRow::Key;
            entries.extend(tx.entry(&self.id, &id)?);
        }
        Ok(entries)
    }

    fn look_into_one(
        &mut self,
        what: LookFor,
        entry: Entry,
        stirred: &mut Stirred,
        tx: &mut Tx<'_>,
    ) {
        let header = entry.header();
        if !header.is_understood() {
            self.wait(&entry, WaitRow::Newer, tx);
            return;
        }
        match header.kind {
            Kind::Keybox if what == LookFor::Changes => {}
            Kind::Keybox => match Keybox::decode(&header.key_id, entry.body()) {
                Ok(keybox) => {
                    self.keys.add_keybox(&keybox);
                    let key = prefixed(OPENED_KEYBOX, &entry.id().0);
                    let row = KeyboxRow {
                        entry: entry.to_bytes(),
                    };
                    tx.put_row(Space::Opened, &self.id, &key, &row);
                    stirred.keys = true;
                }
                Err(error) => self.put_aside(&entry.id(), error.to_string(), tx),
            },
            Kind::LogClose | Kind::Unknown(_) => self.pass_over(&entry.id(), tx),
            Kind::Sealed => self.open_sealed(what, entry, stirred, tx),
        }
    }

    fn open_sealed(&mut self, what: LookFor, entry: Entry, stirred: &mut Stirred, tx: &mut Tx<'_>) {
        let Some(key) = self.keys.get(&entry.header().key_id) else {
            self.wait(&entry, WaitRow::Key, tx);
            return;
        };
        let body = match Body::open(key, &entry) {
            Ok(body) => body,
            Err(error) => {
                self.put_aside(&entry.id(), error.to_string(), tx);
                return;
            }
        };
        match body.content {
            Content::Roster(_) if what == LookFor::Changes => {}
            Content::Change(_) if what == LookFor::Rules => {}
            Content::Roster(_) => {
                self.keep_event(&entry, body, tx);
                stirred.roster = true;
            }
            Content::Change(change) => stirred.changes.push((entry, body.after, change)),
            // For quick reading only; the logs say the same.
            Content::Checkpoint(_) => self.pass_over(&entry.id(), tx),
            Content::Unknown { .. } => self.wait(&entry, WaitRow::Newer, tx),
        }
    }

    fn keep_event(&mut self, entry: &Entry, body: Body, tx: &mut Tx<'_>) {
        // What was opened encodes again to what was sealed, except that unknown fields are dropped; the entry keeps those.
        let header = entry.header();
        let row = EventRow {
            key: header.key_id,
            log: header.log_id,
            seq: header.seq,
            entry: entry.to_bytes(),
        };
        tx.put_row(
            Space::Opened,
            &self.id,
            &prefixed(OPENED_EVENT, &entry.id().0),
            &row,
        );
        let event = OpenedEvent {
            body,
            log: header.log_id,
            seq: header.seq,
            key: header.key_id,
        };
        self.events.insert(entry.id(), event);
    }

    /// Puts the changes of an entry to their document, or says what the entry waits for.
    fn file(&mut self, entry: &Entry, after: &BTreeSet<EntryId>, change: &Change, tx: &mut Tx<'_>) {
        let header = entry.header();
        let Some(device) = self.log_inits.get(&header.log_id).map(LogInit::device) else {
            return self.put_aside(
                &entry.id(),
                "it stands in a log without a head".to_owned(),
                tx,
            );
        };
        match self.roster.was_live(&device, after) {
            None => return self.wait(entry, WaitRow::Roster, tx),
            Some(false) if self.roster.device(&device).is_none() => {
                return self.wait(entry, WaitRow::Roster, tx);
            }
            Some(false) => {
                let why =
                    "its author knew that this device was retired, or that its person had left";
                return self.put_aside(&entry.id(), why.to_owned(), tx);
            }
            Some(true) => {}
        }
        match self
            .keys
            .is_open_to_all(&header.key_id, after, &self.roster)
        {
            Some(true) => {}
            Some(false) => return self.wait(entry, WaitRow::OpenToAll, tx),
            None => return self.wait(entry, WaitRow::Roster, tx),
        }
        match self.log_inits.get(&change.origin_log).map(LogInit::device) {
            Some(origin) if origin == device => {}
            Some(_) => {
                let why = "its changes were made in another device's log";
                return self.put_aside(&entry.id(), why.to_owned(), tx);
            }
            None => return self.wait(entry, WaitRow::Roster, tx),
        }
        if let Some((why, key)) = self.carried_waits(change) {
            return self.wait_under(entry, why, key, tx);
        }
        self.keep_actor(ActorId(change.actor()), device, change.origin_log, tx);
        for carried in &change.carried {
            if let Some((init, frame)) = self.trusted(carried) {
                self.keep_actor(
                    ActorId(frame.header().actor()),
                    init.device(),
                    init.log_id(),
                    tx,
                );
                self.keep_log(init, tx);
            }
        }
        self.arrivals += 1;
        self.docs.arrived(
            &self.id,
            DocId(change.doc_id),
            self.arrivals,
            &entry.id(),
            tx,
        );
    }

    /// What the changes wait for that an entry carries: a device that is not on the roster yet, or a key that is not here.
    fn carried_waits(&self, change: &Change) -> Option<(WaitRow, KeyId)> {
        change.carried.iter().find_map(|carried| {
            let (init, frame) = carried.verify().ok()?;
            let key = frame.header().key_id;
            if init.notebook() != self.id {
                None
            } else if self.roster.device(&init.device()).is_none() {
                Some((WaitRow::Roster, key))
            } else {
                self.keys
                    .get(&key)
                    .is_none()
                    .then_some((WaitRow::CarriedKey, key))
            }
        })
    }

    fn trusted(&self, carried: &Carried) -> Option<(LogInit, moot_group::LiveFrame)> {
        trusted(carried, self.id, &self.roster)
    }

    pub(super) fn keep_actor(
        &mut self,
        actor: ActorId,
        device: DevicePk,
        log: LogId,
        tx: &mut Tx<'_>,
    ) {
        if self.actors.insert(actor, device) != Some(device) {
            tx.put_row(Space::Actor, &self.id, &actor.0, &ActorRow { device, log });
            self.recount = true;
        }
    }

    fn wait(&mut self, entry: &Entry, why: WaitRow, tx: &mut Tx<'_>) {
        self.wait_under(entry, why, entry.header().key_id, tx);
    }

    fn wait_under(&mut self, entry: &Entry, why: WaitRow, key: KeyId, tx: &mut Tx<'_>) {
        let header = entry.header();
        let waiting = Waiting {
            why,
            key,
            log: header.log_id,
            seq: header.seq,
        };
        if self.waiting.insert(entry.id(), waiting) != Some(waiting) {
            let row = PendingRow {
                why,
                key,
                log: header.log_id,
                seq: header.seq,
            };
            tx.put_row(
                Space::Pending,
                &self.id,
                &prefixed(PENDING_ENTRY, &entry.id().0),
                &row,
            );
        }
    }

    /// An entry of which nothing is kept. That, too, is said of it: of each entry one row says what became of it.
    fn pass_over(&mut self, entry: &EntryId, tx: &mut Tx<'_>) {
        let key = prefixed(OPENED_NOTHING, &entry.0);
        tx.put(Space::Opened, &self.id, &key, Vec::new());
    }

    fn put_aside(&mut self, entry: &EntryId, why: String, tx: &mut Tx<'_>) {
        tx.put_row(Space::Aside, &self.id, &entry.0, &AsideRow { why });
    }

    /// Opens what can be opened of the keys that keyboxes brought.
    fn open_keys(&mut self, rng: &mut Random, tx: &mut Tx<'_>) {
        for id in self.keys.open_with(self.secrets.kems()) {
            self.store_key(&id, rng, tx);
        }
    }

    /// Keeps a key that is held, sealed.
    pub(super) fn store_key(&self, id: &KeyId, rng: &mut Random, tx: &mut Tx<'_>) {
        if let Some(key) = self.keys.get(id) {
            let sealed = self
                .storage_key
                .seal(&key_place(&self.id, id), key.as_bytes(), rng);
            tx.put(Space::Key, &self.id, &id.0, sealed);
        }
    }

    // The roster.

    /// Takes up the keys, and says how many could not be read. Keyboxes may bring those again.
    pub(super) fn take_up_keys(&mut self, tx: &Tx<'_>) -> Outcome<u64> {
        let mut lost = 0;
        for (id, sealed) in tx.scan(Space::Key, &self.id, &[])? {
            let opened = KeyId::try_from(id.as_slice()).ok().and_then(|id| {
                let bytes = self.storage_key.open(&key_place(&self.id, &id), &sealed);
                let bytes: [u8; 32] = bytes.ok()?.as_slice().try_into().ok()?;
                let key = moot_group::EpochKey::from_bytes(bytes);
                (key.id() == id).then_some(key)
            });
            match opened {
                Some(key) => {
                    self.keys.add_key(key);
                }
                None => lost += 1,
            }
        }
        Ok(lost)
    }

    /// Takes up keyboxes, events and what waits, as the store has them. Answers how many entries these rows tell of, but for
    /// those that wait.
    pub(super) fn take_up_opened(&mut self, tx: &Tx<'_>) -> Outcome<u64> {
        for (key, row) in tx.rows::<KeyboxRow>(Space::Opened, &self.id, &[OPENED_KEYBOX])? {
            let entry = copied_entry(&key, &row.entry)?;
            if let Ok(keybox) = Keybox::decode(&entry.header().key_id, entry.body()) {
                self.keys.add_keybox(&keybox);
            }
        }
        for (key, row) in tx.rows::<EventRow>(Space::Opened, &self.id, &[OPENED_EVENT])? {
            let entry = copied_entry(&key, &row.entry)?;
            let opened = self
                .keys
                .get(&row.key)
                .and_then(|key| Body::open(key, &entry).ok());
            let body = opened.ok_or_else(|| damaged("a roster event does not open any more"))?;
            let event = OpenedEvent {
                body,
                log: row.log,
                seq: row.seq,
                key: row.key,
            };
            self.events.insert(entry.id(), event);
        }
        for (key, row) in tx.rows::<PendingRow>(Space::Pending, &self.id, &[PENDING_ENTRY])? {
            let id = EntryId::try_from(&key[1..])
                .map_err(|_| damaged("an entry waits without an id"))?;
            let waiting = Waiting {
                why: row.why,
                key: row.key,
                log: row.log,
                seq: row.seq,
            };
            self.waiting.insert(id, waiting);
        }
        self.roster = self.evaluated(tx);
        Ok(tx.count(Space::Opened, &self.id)?)
    }

    // Copies and branches.

    /// Somebody showed an entry of the log that this device writes, which it did not have: this home is a copy, or was set
    /// back. It goes on in a new log, so that nothing of either is lost.
    fn leave_log(&mut self, tx: &mut Tx<'_>) {
        self.log = None;
        self.stage_row(tx);
        self.notice(
            "This home is a copy, or was set back to an earlier state: others hold entries of this device that were not \
             here. They are here now, and this device goes on in a new log. Nothing is lost.",
            tx,
        );
    }

    fn notice_branch(&mut self, entry: &Entry, tx: &mut Tx<'_>) {
        let device = self
            .log_inits
            .get(&entry.header().log_id)
            .map(LogInit::device);
        let whose = device
            .and_then(|device| self.roster.person_of(&device))
            .map(|person| self.person_name(&person));
        let whose = whose.map_or_else(
            || "a device".to_owned(),
            |name| format!("a device of {name}"),
        );
        self.notice(
            format!(
                "Two copies of {whose} wrote at the same time. Both are kept; nothing is lost."
            ),
            tx,
        );
    }
}

/// The entry that a row about it keeps once more.
fn copied_entry(key: &[u8], bytes: &[u8]) -> Outcome<Entry> {
    let entry = Entry::from_bytes(bytes).ok();
    let entry = entry.filter(|entry| entry.id().0.as_slice() == &key[1..]);
    Ok(entry.ok_or_else(|| damaged("what was opened is not the entry that it was made of"))?)
}

fn damaged(what: &str) -> ReadError {
    ReadError::Damaged(what.to_owned())
}
