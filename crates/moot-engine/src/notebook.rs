//! One notebook of the home: its logs, roster, keys and documents, and this device's part in it.
//!
//! Owns what is in memory of a notebook and how it is taken up from the store. How entries come in is in `opening`, how they
//! are made in `writing`, what goes live in `live`, what others hold in `receipts`.

mod editing;
mod indexing;
mod live;
pub(crate) mod lost;
mod mending;
mod opening;
mod placing;
mod receipts;
mod relays;
mod retired;
mod ruling;
mod share;
mod sight;
mod typing;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use moot_group::{DeviceSecrets, Keys, PersonId, Roster, StorageKey};
use moot_log::storage::{HOME, ReadError, Space};
use moot_log::{
    ChainId, Chains, DevicePk, EntryId, KeyId, LogId, LogInit, NotebookId, Signer, SigningKey,
};
use moot_notebook::{ActorId, ChangeHash, DocId, group_doc_id};

use crate::docs::{Counts, Describe, Docs, Loaded, Refreshed, Words, describe};
use crate::fault::{Fault, Outcome};
use crate::limits::{AHEAD_MAX, NOTICES_KEPT};
use crate::machine::{PeerName, Spread, one_by_one};
use crate::rows::{
    ActorRow, DocRow, JoiningRow, NOTEBOOK_KEY, NotebookRow, NoticeRow, Person, ReceiptRow,
};
use crate::tx::Tx;

use editing::OpenTexts;
pub(crate) use editing::Whereabouts;
use live::Heard;
use lost::Lost;
use mending::Counted;
pub(crate) use opening::LookFor;
pub(crate) use placing::Placed;
pub(crate) use receipts::Holds;
pub(crate) use relays::{Relay, RelayList};
use retired::Cuts;
use share::Shares;
pub(crate) use sight::Sight;
use typing::{Typed, Typing};
pub(crate) use writing::WriteNow;

/// The engine's randomness: one stream from one seed.
pub(crate) type Random = rand_chacha::ChaCha20Rng;

/// Why an entry waits, and under which key it is sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) why: crate::rows::WaitRow,
    pub(crate) key: KeyId,
    pub(crate) log: LogId,
    pub(crate) seq: u64,
}

/// A roster event, opened, and where its entry stands.
#[derive(Debug, Clone)]
pub(crate) struct OpenedEvent {
    pub(crate) body: moot_group::Body,
    pub(crate) log: LogId,
    pub(crate) seq: u64,
    pub(crate) key: KeyId,
}

/// One notebook of the home.
pub(crate) struct Notebook {
    pub(crate) id: NotebookId,
    pub(crate) genesis: EntryId,
    pub(crate) discovery_key: [u8; 32],
    pub(crate) signing: SigningKey,
    pub(crate) secrets: DeviceSecrets,
    /// The secrets as they lie in the store.
    sealed_secrets: Vec<u8>,
    pub(crate) storage_key: StorageKey,
    pub(crate) log: Option<LogId>,
    pub(crate) session: [u8; 16],
    pub(crate) ordinal: u64,
    pub(crate) arrivals: u64,
    pub(crate) joining: Option<JoiningRow>,
    pub(crate) log_inits: BTreeMap<LogId, LogInit>,
    pub(crate) chains: Chains,
    /// What of them this disk has lost.
    pub(crate) lost: Lost,
    pub(crate) touched: BTreeSet<ChainId>,
    pub(crate) events: BTreeMap<EntryId, OpenedEvent>,
    pub(crate) roster: Roster,
    /// How far retired devices count.
    cuts: Cuts,
    /// The roster changed, or a log of a retired device: it may be another way through it now that counts.
    recut: bool,
    pub(crate) keys: Keys,
    pub(crate) waiting: BTreeMap<EntryId, Waiting>,
    pub(crate) docs: Docs,
    pub(crate) actors: BTreeMap<ActorId, DevicePk>,
    pub(crate) receipts: BTreeMap<(DevicePk, PeerName), ReceiptRow>,
    /// How much each device wrote of what is held here.
    pub(crate) shares: Shares,
    typed: Typed,
    /// Documents of which the search index lacks what was typed of late.
    unindexed: BTreeMap<DocId, Typing>,
    /// Texts that editors have open.
    open_texts: OpenTexts,
    /// Since when text of others is here that no entry has brought, on the steady clock.
    pub(crate) uncarried: BTreeMap<DocId, u64>,
    pub(crate) live_counter: u64,
    /// What others sent live.
    live: Heard,
    /// Why the entry that should begin the notebook is not one that this program can follow.
    pub(crate) strange_genesis: Option<String>,
    /// A log was begun for which entries may have waited.
    relook: bool,
    /// How many entries could not be read when everything was last made again from them.
    pub(crate) unreadable: u64,
    /// How many documents have a row.
    documents: u64,
    /// The own row does not say yet how many documents or actors there are.
    recount: bool,
    /// The number of the last notice.
    notices: u64,
    /// Live frames to be sent to everybody who is here.
    pub(crate) outbox: Vec<Vec<u8>>,
    /// What persons call themselves since they joined.
    pub(crate) renamed: BTreeMap<PersonId, String>,
    /// Somebody who once served this device does so no more, having heard that its person has left.
    pub(crate) turned_away: bool,
    /// Entries or roster changed: sessions are to be told, dialling to be looked at.
    pub(crate) advanced: bool,
    pub(crate) roster_changed: bool,
    /// Keys, keyboxes or roster changed since it was last looked who lacks a key.
    pub(crate) keys_changed: bool,
    /// When entries last came from somebody else, on the steady clock.
    pub(crate) last_arrival_ms: Option<u64>,
    /// Since when keys have been seen to be missing at somebody's, on the steady clock.
    pub(crate) gap_since_ms: Option<u64>,
}

/// What a notebook is taken up with for the first time: as its founder, or with a ticket.
pub(crate) struct Beginning {
    pub(crate) id: NotebookId,
    pub(crate) genesis: EntryId,
    pub(crate) discovery_key: [u8; 32],
    pub(crate) secrets: DeviceSecrets,
    pub(crate) sealed_secrets: Vec<u8>,
    pub(crate) ordinal: u64,
}

impl Notebook {
    /// A notebook of which nothing is held yet.
    pub(crate) fn begin(beginning: Beginning, storage_key: StorageKey, session: [u8; 16]) -> Self {
        let Beginning {
            id,
            genesis,
            discovery_key,
            secrets,
            sealed_secrets,
            ordinal,
        } = beginning;
        let roster = Roster::from_events(id, genesis, &BTreeMap::new())
            .expect("no genesis, nothing to refuse");
        Self {
            id,
            genesis,
            discovery_key,
            signing: secrets.signing.clone(),
            secrets,
            sealed_secrets,
            storage_key,
            log: None,
            session,
            ordinal,
            arrivals: 0,
            joining: None,
            log_inits: BTreeMap::new(),
            chains: Chains::default(),
            touched: BTreeSet::new(),
            events: BTreeMap::new(),
            roster,
            cuts: Cuts::default(),
            recut: false,
            keys: Keys::new(id),
            waiting: BTreeMap::new(),
            docs: Docs::default(),
            actors: BTreeMap::new(),
            receipts: BTreeMap::new(),
            shares: Shares::default(),
            typed: Typed::default(),
            unindexed: BTreeMap::new(),
            open_texts: OpenTexts::default(),
            uncarried: BTreeMap::new(),
            live_counter: 0,
            live: Heard::default(),
            strange_genesis: None,
            relook: false,
            unreadable: 0,
            lost: Lost::default(),
            documents: 0,
            recount: false,
            notices: 0,
            outbox: Vec::new(),
            renamed: BTreeMap::new(),
            turned_away: false,
            advanced: false,
            roster_changed: false,
            keys_changed: true,
            last_arrival_ms: None,
            gap_since_ms: None,
        }
    }

    /// Takes a notebook up as the store has it.
    pub(crate) fn open(
        id: NotebookId,
        storage_key: &StorageKey,
        session: [u8; 16],
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Self> {
        let row: NotebookRow = tx
            .row(Space::Notebook, &id, NOTEBOOK_KEY)?
            .ok_or_else(|| ReadError::Damaged("a notebook has no row of its own".to_owned()))?;
        let secrets =
            DeviceSecrets::open(storage_key, &secrets_place(&id), &row.secrets).map_err(|_| {
                ReadError::Damaged("a notebook's keys do not open with the storage key".to_owned())
            })?;
        let beginning = Beginning {
            id,
            genesis: row.genesis,
            discovery_key: row.discovery_key,
            secrets,
            sealed_secrets: row.secrets,
            ordinal: row.ordinal,
        };
        let mut notebook = Self::begin(beginning, storage_key.clone(), session);
        notebook.log = row.log;
        notebook.arrivals = row.arrivals;
        notebook.joining = row.joining;
        notebook.chains = Chains::from_rows(tx.chains(&id)?);
        notebook.take_up_logs(tx)?;
        notebook.take_up_lost(tx)?;
        notebook.unreadable = row.unreadable;
        notebook.take_up_receipts(tx)?;
        notebook.take_up_shares(tx)?;
        notebook.take_up_unindexed(tx)?;
        let last = tx.scan(Space::Notice, &id, &[])?.pop();
        let number = last.and_then(|(key, _)| key.try_into().ok());
        notebook.notices = number.map_or(0, u64::from_be_bytes);
        let counted = Counted {
            documents: row.documents,
            actors: row.actors,
        };
        notebook.take_up_projections(counted, rng, tx)?;
        Ok(notebook)
    }

    fn take_up_actors(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        for (key, row) in tx.rows::<ActorRow>(Space::Actor, &self.id, &[])? {
            if let Ok(actor) = <[u8; 16]>::try_from(key.as_slice()) {
                self.actors.insert(ActorId(actor), row.device);
            }
        }
        Ok(())
    }

    /// Takes up what the store still holds of a notebook that is joined again, and looks into all of it anew: an earlier
    /// request may have been dropped after entries had come.
    pub(crate) fn take_up_remains(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        let chains = tx.chains(&self.id)?;
        if chains.is_empty() {
            return Ok(());
        }
        self.chains = Chains::from_rows(chains);
        self.take_up_logs(tx)?;
        self.take_up_shares(tx)?;
        self.rebuild_projections(rng, tx)
    }

    fn take_up_logs(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        for (log, bytes) in tx.log_inits(&self.id)? {
            let init = LogInit::decode(&bytes).map_err(|error| {
                ReadError::Damaged(format!("the head of log {log} does not hold: {error}"))
            })?;
            self.log_inits.insert(log, init);
        }
        Ok(())
    }

    /// Stages the notebook's own row.
    pub(crate) fn stage_row(&self, tx: &mut Tx<'_>) {
        let row = NotebookRow {
            genesis: self.genesis,
            discovery_key: self.discovery_key,
            secrets: self.sealed_secrets.clone(),
            log: self.log,
            arrivals: self.arrivals,
            joining: self.joining.clone(),
            ordinal: self.ordinal,
            unreadable: self.unreadable,
            documents: self.documents,
            actors: self.actors.len() as u64,
        };
        tx.put_row(Space::Notebook, &self.id, NOTEBOOK_KEY, &row);
        tx.put(Space::Notebook, &HOME, &self.id.0, Vec::new());
    }

    // Who is who.

    /// This device's key here.
    pub(crate) fn device(&self) -> DevicePk {
        DevicePk(self.signing.verifying_key().to_bytes())
    }

    /// This person.
    pub(crate) fn me(&self) -> PersonId {
        self.roster
            .person_of(&self.device())
            .unwrap_or(PersonId(self.device()))
    }

    /// Whether this person has left.
    pub(crate) fn has_left(&self) -> bool {
        self.roster
            .person(&self.me())
            .is_some_and(|person| person.state == moot_group::roster::PersonState::Left)
    }

    /// Whether another device of the person has retired this one.
    pub(crate) fn is_retired(&self) -> bool {
        let state = self.roster.device(&self.device());
        state.is_some_and(|device| device.state == moot_group::roster::DeviceState::Retired)
    }

    /// Whether the person has left and nobody needs to be told of it any more.
    pub(crate) fn has_parted(&self) -> bool {
        self.has_left() && (self.turned_away || self.unconfirmed() == 0)
    }

    /// Signs with the device's key.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }

    /// Whether a device is served here. While the own request to join is under way there is nothing to withhold.
    pub(crate) fn serves(&self, device: &DevicePk) -> bool {
        self.joining.is_some() || self.roster.is_live(device) || self.is_relay(device)
    }

    /// Whether somebody made this invite.
    pub(crate) fn knows_invite(&self, invite: &DevicePk) -> bool {
        self.roster
            .invite(&moot_group::InvitePk(invite.0))
            .is_some()
    }

    /// What a person calls themself, or came as.
    pub(crate) fn person_name(&self, person: &PersonId) -> String {
        match (self.renamed.get(person), self.roster.person(person)) {
            (Some(name), _) => name.clone(),
            (None, Some(known)) => known.name.clone(),
            (None, None) => format!("somebody ({})", &person.0.to_string()[..8]),
        }
    }

    /// The name of a person as rows keep them.
    pub(crate) fn name_of(&self, person: &Person) -> String {
        self.person_name(&PersonId(DevicePk(person.0)))
    }

    /// The names of persons as rows keep them, in the order of the alphabet.
    pub(crate) fn names_of(&self, persons: &[Person]) -> Vec<String> {
        let mut names: Vec<String> = persons.iter().map(|person| self.name_of(person)).collect();
        names.sort();
        names
    }

    /// The name of the person behind an actor.
    pub(crate) fn name_of_actor(&self, actor: &ActorId) -> String {
        let person = self
            .actors
            .get(actor)
            .and_then(|device| self.roster.person_of(device));
        person.map_or_else(|| "somebody".to_owned(), |person| self.person_name(&person))
    }

    /// Who stands behind an actor.
    pub(crate) fn author_of(&self, actor: &ActorId) -> Option<moot_notebook::Author> {
        author(&self.actors, &self.roster, actor)
    }

    /// What the notebook is called: for as long as nothing has come, what the ticket said or nothing.
    pub(crate) fn name(&self, tx: &Tx<'_>) -> Outcome<String> {
        let row: Option<DocRow> = tx.row(Space::DocRow, &self.id, &self.group_doc().0)?;
        Ok(row
            .and_then(|row| row.titles.first().map(|title| title.text.clone()))
            .unwrap_or_default())
    }

    /// The document about the group.
    pub(crate) fn group_doc(&self) -> DocId {
        group_doc_id(&self.id.0)
    }

    fn take_up_names(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        if let Some(row) = tx.row::<DocRow>(Space::DocRow, &self.id, &self.group_doc().0)? {
            self.note_names(&row);
        }
        Ok(())
    }

    fn note_names(&mut self, row: &DocRow) {
        let names = row
            .names
            .iter()
            .map(|name| (PersonId(DevicePk(name.by.0)), name.text.clone()));
        self.renamed = names.collect();
    }

    // Documents.

    /// A document with everything in it that has arrived.
    pub(crate) fn fresh(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<&mut Loaded> {
        if self.docs.dirty().contains(&doc) {
            self.refresh(doc, tx)?;
        }
        let (docs, sight) = self.docs_in_sight();
        let (loaded, _) = docs.fresh(&sight.notebook, doc, &sight, tx)?;
        Ok(loaded)
    }

    /// What is needed to read a change.
    pub(super) fn sight(&self) -> Sight<'_> {
        Sight {
            notebook: self.id,
            keys: &self.keys,
            roster: &self.roster,
            log_inits: &self.log_inits,
            cuts: &self.cuts,
        }
    }

    fn docs_in_sight(&mut self) -> (&mut Docs, Sight<'_>) {
        let sight = Sight {
            notebook: self.id,
            keys: &self.keys,
            roster: &self.roster,
            log_inits: &self.log_inits,
            cuts: &self.cuts,
        };
        (&mut self.docs, sight)
    }

    /// The changes that arrived for a document after an arrival.
    pub(crate) fn arrived_since(
        &self,
        doc: DocId,
        arrival: u64,
        tx: &Tx<'_>,
    ) -> Outcome<BTreeSet<ChangeHash>> {
        let sight = self.sight();
        let mut arrived = BTreeSet::new();
        for (key, entry) in tx.scan(Space::DocEntry, &self.id, &doc.0)? {
            let (Some(at), Ok(entry)) = (key.last_chunk::<8>(), <[u8; 32]>::try_from(entry)) else {
                continue;
            };
            if u64::from_be_bytes(*at) > arrival {
                let offered = sight.open_arrival(tx, &EntryId(entry))?;
                let counting = offered.iter().filter(|one| one.counts == Counts::Always);
                arrived.extend(counting.map(|one| ChangeHash::of_chunk(&one.bytes)));
            }
        }
        Ok(arrived)
    }

    /// Brings a document and its row up to date, and answers the row.
    pub(crate) fn refresh(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<DocRow> {
        self.refresh_with(doc, Words::Now, tx)
    }

    fn refresh_with(&mut self, doc: DocId, words: Words, tx: &mut Tx<'_>) -> Outcome<DocRow> {
        let group = self.group_doc();
        let Self {
            docs,
            keys,
            roster,
            log_inits,
            cuts,
            id,
            actors,
            ..
        } = self;
        let sight = Sight {
            notebook: *id,
            keys,
            roster,
            log_inits,
            cuts,
        };
        let (loaded, refreshed) = docs.fresh(id, doc, &sight, tx)?;
        if words != Words::Again
            && refreshed == Refreshed::Same
            && let Some(row) = tx.row::<DocRow>(Space::DocRow, id, &doc.0)?
            && row.version == loaded.document.version().0
        {
            return Ok(row);
        }
        let attribution = |actor: &ActorId| author(actors, roster, actor);
        let what = Describe {
            notebook: *id,
            doc,
            group,
            document: &loaded.document,
            upto: loaded.upto(),
            counts: loaded.counts(),
            attribution: &attribution,
        };
        let (row, before) = describe(&what, words, tx)?;
        self.count_document(before.as_ref());
        if doc == group {
            self.note_names(&row);
        }
        self.tell_changed(doc, &row, tx);
        Ok(row)
    }

    /// Brings every document up to date that waits for it.
    pub(crate) fn refresh_all(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.refresh_some(usize::MAX, one_by_one, tx)
    }

    /// Brings at most so many documents up to date.
    pub(crate) fn refresh_some(
        &mut self,
        most: usize,
        spread: Spread,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let dirty: Vec<DocId> = self.docs.dirty().iter().take(most).copied().collect();
        for some in dirty.chunks(AHEAD_MAX) {
            let (docs, sight) = self.docs_in_sight();
            docs.offer_ahead(&sight.notebook, some, &sight, spread, tx)?;
            for doc in some {
                self.refresh(*doc, tx)?;
            }
        }
        Ok(())
    }

    fn tell_changed(&self, doc: DocId, row: &DocRow, tx: &mut Tx<'_>) {
        let notebook = self.id.to_string();
        let id = doc.to_string();
        let title = row.titles.first().map(|title| title.text.clone());
        let title = title.unwrap_or_default();
        let version = moot_notebook::Version(row.version).to_string();
        match row.what {
            DocRow::NOTE => tx.event(crate::reply::Event::NoteChanged {
                notebook,
                id,
                title,
                version,
            }),
            DocRow::MEETING => tx.event(crate::reply::Event::MeetingChanged {
                notebook,
                id,
                title,
                version,
            }),
            _ => {}
        }
    }

    /// What could not be done by itself is told; it is tried again. Only a store that cannot be read ends the handling.
    pub(crate) fn tell_failure(&mut self, outcome: Outcome<()>, tx: &mut Tx<'_>) -> Outcome<()> {
        match outcome {
            Err(Fault::Command(error)) => {
                self.notice(error.message, tx);
                Ok(())
            }
            other => other,
        }
    }

    /// Remembers and tells something that the person should know.
    pub(crate) fn notice(&mut self, text: impl Into<String>, tx: &mut Tx<'_>) {
        let text = text.into();
        // Numbered, so that two of one moment are two; the oldest make room.
        self.notices += 1;
        let key = self.notices.to_be_bytes();
        if let Some(oldest) = self.notices.checked_sub(NOTICES_KEPT) {
            tx.delete(Space::Notice, &self.id, &oldest.to_be_bytes());
        }
        let row = NoticeRow {
            at_ms: tx.now.wall_ms,
            text: text.clone(),
        };
        tx.put_row(Space::Notice, &self.id, &key, &row);
        tx.event(crate::reply::Event::Notice {
            notebook: self.id.to_string(),
            text,
        });
    }
}

/// Where a device's secrets lie sealed.
pub(crate) fn secrets_place(notebook: &NotebookId) -> Vec<u8> {
    [b"secrets/".as_slice(), &notebook.0].concat()
}

/// Where an epoch key lies sealed.
pub(crate) fn key_place(notebook: &NotebookId, key: &KeyId) -> Vec<u8> {
    [b"key/".as_slice(), &notebook.0, &key.0].concat()
}

/// Who stands behind an actor, by actor, log and device to person.
fn author(
    actors: &BTreeMap<ActorId, DevicePk>,
    roster: &Roster,
    actor: &ActorId,
) -> Option<moot_notebook::Author> {
    let device = actors.get(actor)?;
    let person = roster.person_of(device)?;
    Some(moot_notebook::Author {
        person: moot_notebook::PersonId(person.0.0),
        device: moot_notebook::DeviceId(device.0),
    })
}
