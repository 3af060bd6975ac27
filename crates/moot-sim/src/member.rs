//! A member who signs and seals by hand, so that entries come about which no honest program makes.
//!
//! Owns the way from a node's home to its keys, and logs of any content that are signed with them. What is wrong in an
//! entry is the caller's choice: nothing here checks it.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Decoder;
use moot_group::{
    Body, Change, Content, DeviceSecrets, EpochKey, Keybox, Keys, Roster, RosterEntry, StorageKey,
    WriteKey,
};
use moot_log::entry::Draft;
use moot_log::frame::{Entries, Frame};
use moot_log::storage::{Batch, Durability, HOME, Op, Reader, Space, Store};
use moot_log::{
    Chain, ChainId, Entry, EntryId, Header, KeyId, Kind, LogId, LogInit, NotebookId, Signer,
    SigningKey,
};
use moot_notebook::{ActorId, DocId, Document, Incoming};
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use crate::memory_store::MemoryStore;

/// The first bytes of what is signed in an entry.
const ENTRY_CONTEXT: &[u8] = b"moot/entry/1\0";
/// How much of a header a sealed body is bound to.
const AAD_BYTES: usize = 108;

/// What one member's device holds and can do.
pub struct Member {
    /// The notebook.
    pub notebook: NotebookId,
    /// The device's keys.
    pub secrets: DeviceSecrets,
    /// The key to seal with.
    pub key: EpochKey,
    /// The roster that the device knows.
    pub roster: Roster,
    /// For seals.
    pub rng: ChaCha20Rng,
    keys: Keys,
    genesis: EntryId,
    home: MemoryStore,
    logs_begun: u8,
}

/// A log written by hand.
#[derive(Debug, Clone)]
pub struct ByHand {
    /// Its head.
    pub init: LogInit,
    /// Its entries, in order.
    pub entries: Vec<Entry>,
}

impl ByHand {
    /// The log's id.
    pub fn id(&self) -> LogId {
        self.init.log_id()
    }

    /// Where its next entry goes.
    pub fn draft(&self, kind: Kind, key_id: KeyId) -> Draft {
        Draft {
            kind,
            log_id: self.id(),
            seq: self.entries.len() as u64,
            prev: self.entries.last().map_or(EntryId(self.id().0), Entry::id),
            key_id,
        }
    }

    /// The log as one frame that brings it.
    pub fn frame(&self) -> Option<Vec<u8>> {
        let entries = Entries::pack(Some(self.init.encode().to_vec()), &self.entries)?;
        Some(Frame::Entries(entries).encode())
    }
}

impl Member {
    /// The member whose home this is; it must belong to one notebook.
    ///
    /// # Panics
    /// Where the home holds no notebook that can be written.
    pub fn of(home: MemoryStore, storage_key: [u8; 32], seed: u64) -> Self {
        let storage_key = StorageKey::from_bytes(storage_key);
        let notebook = only_notebook(&home);
        let (genesis, secrets) = own_part(&home, notebook, &storage_key);
        let mut keys = Keys::new(notebook);
        for (id, sealed) in rows(&home, Space::Key, notebook) {
            let place = [b"key/".as_slice(), &notebook.0, &id].concat();
            let key = storage_key
                .open(&place, &sealed)
                .expect("the home opens with its storage key");
            let key = key.as_slice().try_into().expect("a key has 32 bytes");
            keys.add_key(EpochKey::from_bytes(key));
        }
        let entries = entries(&home, notebook);
        for entry in &entries {
            if let Ok(keybox) = Keybox::decode(&entry.header().key_id, entry.body()) {
                keys.add_keybox(&keybox);
            }
        }
        let roster = roster(&home, notebook, genesis, &keys, &entries);
        let WriteKey::Use(key) = keys.choose(&roster) else {
            panic!("the home holds no key to write with");
        };
        let key = keys.get(&key).cloned().expect("a chosen key is held");
        Self {
            notebook,
            secrets,
            key,
            roster,
            rng: ChaCha20Rng::seed_from_u64(seed),
            keys,
            genesis,
            home,
            logs_begun: 0,
        }
    }

    /// The roster heads that the device knows.
    pub fn heads(&self) -> BTreeSet<EntryId> {
        self.roster.heads().clone()
    }

    /// The entry that began the notebook.
    pub fn genesis(&self) -> EntryId {
        self.genesis
    }

    /// A new log of the device.
    pub fn begin_log(&mut self) -> ByHand {
        let signing = self.secrets.signing.clone();
        self.begin_log_of(&signing)
    }

    /// A new log of any device.
    pub fn begin_log_of(&mut self, signing: &SigningKey) -> ByHand {
        self.logs_begun += 1;
        ByHand {
            init: LogInit::sign(self.notebook, [self.logs_begun; 16], signing),
            entries: Vec::new(),
        }
    }

    /// Adds an entry that says this, to everything that the device knows.
    pub fn say(&mut self, log: &mut ByHand, content: Content) {
        let after = self.heads();
        self.say_after(log, after, content);
    }

    /// Adds an entry that says this, and knew these roster heads.
    ///
    /// # Panics
    /// Where no body can hold it.
    pub fn say_after(&mut self, log: &mut ByHand, after: BTreeSet<EntryId>, content: Content) {
        let plaintext = Body { after, content }.encode();
        self.seal(log, &plaintext.expect("the body fits an entry"));
    }

    /// Adds an entry with a change to a document, made in a session of its own of this log.
    pub fn change(&mut self, log: &mut ByHand, doc: DocId, session: [u8; 16], change: Vec<u8>) {
        let content = Content::Change(Change {
            doc_id: doc.0,
            origin_log: log.id(),
            session,
            changes: vec![change],
            carried: Vec::new(),
        });
        self.say(log, content);
    }

    /// Adds an entry with any plaintext under the key in use.
    pub fn seal(&mut self, log: &mut ByHand, plaintext: &[u8]) {
        let key = self.key.clone();
        self.seal_with(log, &key, plaintext);
    }

    /// Adds an entry with any plaintext under any key.
    ///
    /// # Panics
    /// Where the plaintext does not fit an entry.
    pub fn seal_with(&mut self, log: &mut ByHand, key: &EpochKey, plaintext: &[u8]) {
        let draft = log.draft(Kind::Sealed, key.id());
        let body = key.seal(&draft.aad(), plaintext, &mut self.rng);
        self.put(log, &draft, body.expect("the plaintext fits an entry"));
    }

    /// Adds an entry with a sealed plaintext and any first four bytes: version, suite, kind, flags.
    ///
    /// # Panics
    /// Where the plaintext does not fit an entry.
    pub fn seal_odd(&mut self, log: &mut ByHand, first: [u8; 4], plaintext: &[u8]) {
        let draft = log.draft(Kind::Sealed, self.key.id());
        let header = |body: &[u8]| Header {
            version: first[0],
            suite: first[1],
            kind: Kind::from_byte(first[2]),
            flags: first[3],
            log_id: draft.log_id,
            seq: draft.seq,
            prev: draft.prev,
            key_id: draft.key_id,
            body_len: u32::try_from(body.len()).expect("a body is small"),
            body_hash: hash_of(&draft, body),
        };
        let aad = &header(&[]).encode()[..AAD_BYTES];
        let body = self
            .key
            .seal(aad, plaintext, &mut self.rng)
            .expect("the plaintext fits an entry");
        let signed = header(&body).encode();
        let message = [ENTRY_CONTEXT, &signed].concat();
        let signature = self.secrets.signing.sign(&message).to_bytes();
        // Rules of known kinds may forbid it: then there is no such entry to send.
        if let Ok(entry) = Entry::decode(&[signed.as_slice(), &signature].concat(), body) {
            log.entries.push(entry);
        }
    }

    /// Adds an entry with any body.
    pub fn put(&mut self, log: &mut ByHand, draft: &Draft, body: Vec<u8>) {
        let signing = self.secrets.signing.clone();
        self.put_as(log, draft, body, &signing);
    }

    /// Adds an entry with any body, signed by anybody.
    ///
    /// # Panics
    /// Where the format forbids the entry.
    pub fn put_as(&mut self, log: &mut ByHand, draft: &Draft, body: Vec<u8>, signing: &SigningKey) {
        let entry = Entry::sign(draft, body, signing);
        log.entries
            .push(entry.expect("the format allows the entry"));
    }

    /// A document as this home's entries say it.
    pub fn document(&self, doc: DocId) -> Document {
        let mut document = Document::new();
        for entry in entries(&self.home, self.notebook) {
            let Some(Content::Change(change)) = opened(&self.keys, &entry).map(|body| body.content)
            else {
                continue;
            };
            if change.doc_id == doc.0 {
                let actor = ActorId(change.actor());
                let incoming = |bytes| Incoming {
                    bytes,
                    actor,
                    rank: None,
                };
                let changes: Vec<Incoming<'_>> =
                    change.changes.iter().map(|c| incoming(c)).collect();
                document.ingest(&changes);
            }
        }
        document
    }

    /// The logs of everybody else, as this home knows them.
    pub fn other_logs(&self) -> Vec<LogInit> {
        let heads = self.home.log_inits(&self.notebook).unwrap_or_default();
        heads
            .into_iter()
            .filter_map(|(_, bytes)| LogInit::decode(&bytes).ok())
            .filter(|init| init.device() != self.secrets.device())
            .collect()
    }

    /// The home with logs put in beside what it holds, as if its own program had written them.
    ///
    /// # Panics
    /// Where the store does not take them.
    pub fn home_with(&self, logs: &[&ByHand]) -> MemoryStore {
        let notebook = self.notebook;
        let mut batch = Batch {
            ops: Vec::new(),
            durability: Durability::Synced,
        };
        for log in logs {
            let Some(last) = log.entries.last() else {
                continue;
            };
            let id = ChainId::from(log.id());
            batch.ops.push(Op::PutLogInit {
                notebook,
                log: log.id(),
                bytes: log.init.encode().to_vec(),
            });
            let put = |entry: &Entry| Op::PutEntry {
                notebook,
                chain: id,
                entry: Box::new(entry.clone()),
            };
            batch.ops.extend(log.entries.iter().map(put));
            let chain = Chain {
                id,
                log: log.id(),
                parent: None,
                first_seq: 0,
                len: log.entries.len() as u64,
                tip: last.id(),
            };
            batch.ops.push(Op::PutChain { notebook, chain });
        }
        let mut home = self.home.clone();
        home.commit(&batch).expect("a store in memory takes it");
        home
    }
}

/// What an entry commits to as the hash of its body: worked out by signing the same body where that is allowed.
fn hash_of(draft: &Draft, body: &[u8]) -> [u8; 32] {
    let any = SigningKey::from_bytes(&[1; 32]);
    Entry::sign(draft, body.to_vec(), &any).map_or([0; 32], |entry| entry.header().body_hash)
}

fn rows(home: &MemoryStore, space: Space, notebook: NotebookId) -> Vec<(Vec<u8>, Vec<u8>)> {
    home.scan(space, &notebook, &[], None, usize::MAX)
        .expect("a store in memory can be read")
}

fn only_notebook(home: &MemoryStore) -> NotebookId {
    let rows = rows(home, Space::Notebook, HOME);
    let [(id, _)] = rows.as_slice() else {
        panic!("the home has {} notebooks", rows.len());
    };
    NotebookId::try_from(id.as_slice()).expect("a notebook's id has 16 bytes")
}

/// The genesis and the device's secrets, from the one row of the notebook: an array, of which they are the first and the third.
fn own_part(
    home: &MemoryStore,
    notebook: NotebookId,
    key: &StorageKey,
) -> (EntryId, DeviceSecrets) {
    let row = home.get(Space::Notebook, &notebook, b"notebook");
    let row = row.ok().flatten().expect("the notebook has its row");
    let mut d = Decoder::new(&row);
    let read = |d: &mut Decoder<'_>| -> Result<(EntryId, Vec<u8>), minicbor::decode::Error> {
        d.array()?;
        let genesis = d.decode()?;
        d.skip()?;
        Ok((genesis, d.bytes()?.to_vec()))
    };
    let (genesis, sealed) = read(&mut d).expect("the row of a notebook is an array");
    let place = [b"secrets/".as_slice(), &notebook.0].concat();
    let secrets = DeviceSecrets::open(key, &place, &sealed);
    (
        genesis,
        secrets.expect("the home opens with its storage key"),
    )
}

/// All entries of a notebook, log by log.
fn entries(home: &MemoryStore, notebook: NotebookId) -> Vec<Entry> {
    let chains = home.chains(&notebook).unwrap_or_default();
    chains
        .iter()
        .flat_map(|chain| {
            home.entries_from(&notebook, &chain.id, chain.first_seq, usize::MAX)
                .unwrap_or_default()
        })
        .collect()
}

fn opened(keys: &Keys, entry: &Entry) -> Option<Body> {
    let key = keys.get(&entry.header().key_id)?;
    (entry.header().kind == Kind::Sealed)
        .then(|| Body::open(key, entry).ok())
        .flatten()
}

fn roster(
    home: &MemoryStore,
    notebook: NotebookId,
    genesis: EntryId,
    keys: &Keys,
    entries: &[Entry],
) -> Roster {
    let authors: BTreeMap<LogId, LogInit> = home
        .log_inits(&notebook)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(log, bytes)| Some((log, LogInit::decode(&bytes).ok()?)))
        .collect();
    let mut earlier: BTreeMap<LogId, EntryId> = BTreeMap::new();
    let mut events = BTreeMap::new();
    for entry in entries {
        let log = entry.header().log_id;
        let (Some(body), Some(init)) = (opened(keys, entry), authors.get(&log)) else {
            continue;
        };
        if let Content::Roster(event) = body.content {
            let event = RosterEntry {
                author: init.device(),
                earlier: earlier.insert(log, entry.id()),
                after: body.after,
                event,
            };
            events.insert(entry.id(), event);
        }
    }
    Roster::from_events(notebook, genesis, &events).expect("the notebook has a genesis")
}
