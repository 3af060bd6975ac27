//! A member who signs by hand and speaks with a relay in real sessions: entries without documents, as many as are wanted.
//!
//! What it costs is nowhere counted: only what the relay does with its frames is.

use std::collections::BTreeMap;

use moot_log::chain::{Chains, Locate};
use moot_log::entry::Draft;
use moot_log::relay::{Enrol, Word, enrolment};
use moot_log::session::{
    DiscoveryKey, Event as Said, HelloKeys, Host, Initiate, InviteStanding, Output, Role, Session,
    Standing,
};
use moot_log::storage::{Batch, Durability, Op, ReadError, Reader, Store};
use moot_log::{
    ChainId, DevicePk, Entry, EntryId, KeyId, Kind, LogId, LogInit, NotebookId, Placement, Signer,
    SigningKey,
};
use moot_store::SqliteStore;

use crate::Outcome;

/// What the relay's ticket of all measurements carries.
pub(crate) const TOKEN: [u8; 16] = [0x70; 16];

/// The notebook of a number.
pub(crate) fn notebook(number: u64) -> NotebookId {
    let mut id = [9; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    NotebookId(id)
}

fn discovery_key(number: u64) -> DiscoveryKey {
    let mut key = [8; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    DiscoveryKey(key)
}

/// The key of a device of a notebook.
pub(crate) fn key_of(number: u64, device: u64) -> SigningKey {
    let mut key = [3; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    key[8..16].copy_from_slice(&device.to_be_bytes());
    SigningKey::from_bytes(&key)
}

const GENESIS: EntryId = EntryId([7; 32]);

/// A member of one notebook.
pub(crate) struct Member {
    number: u64,
    key: SigningKey,
    relay: DevicePk,
    store: SqliteStore,
    chains: Chains,
    heads: BTreeMap<LogId, LogInit>,
    last: BTreeMap<u64, Entry>,
}

struct Places<'p>(&'p NotebookId, &'p SqliteStore);

impl Locate for Places<'_> {
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)> {
        self.1.locate(self.0, id).ok().flatten()
    }

    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId> {
        self.1.entry_at(self.0, chain, seq).ok().flatten()
    }
}

impl Member {
    pub(crate) fn new(number: u64, device: u64, relay: DevicePk) -> Self {
        Self {
            number,
            key: key_of(number, device),
            relay,
            store: SqliteStore::in_memory(),
            chains: Chains::default(),
            heads: BTreeMap::new(),
            last: BTreeMap::new(),
        }
    }

    fn id(&self) -> NotebookId {
        notebook(self.number)
    }

    fn device(&self) -> DevicePk {
        DevicePk(self.key.verifying_key().to_bytes())
    }

    /// How many entries it holds.
    pub(crate) fn held(&self) -> u64 {
        self.chains.entries()
    }

    /// Writes entries as any device of the notebook.
    pub(crate) fn write(&mut self, device: u64, count: usize, bytes: usize) -> Outcome<()> {
        let key = key_of(self.number, device);
        let head = LogInit::sign(self.id(), [1; 16], &key);
        let log_id = head.log_id();
        self.heads.insert(log_id, head);
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let prev = self.last.get(&device);
            let draft = Draft {
                kind: Kind::Sealed,
                log_id,
                seq: prev.map_or(0, |prev| prev.header().seq + 1),
                prev: prev.map_or(EntryId(log_id.0), Entry::id),
                key_id: KeyId([1; 32]),
            };
            let entry = Entry::sign(&draft, vec![5; bytes], &key)?;
            self.last.insert(device, entry.clone());
            entries.push(entry);
        }
        self.put(entries)
    }

    fn put(&mut self, entries: Vec<Entry>) -> Outcome<()> {
        let notebook = self.id();
        for entry in entries {
            let log = entry.header().log_id;
            let places = Places(&notebook, &self.store);
            let Placement::Appended(chain) = self.chains.place(entry.header(), entry.id(), &places)
            else {
                return Err("an entry has no place".into());
            };
            let row = self.chains.of_log(log).next().cloned();
            let row = row.ok_or("a chain has no row")?;
            let put = Op::PutEntry {
                notebook,
                chain,
                entry: Box::new(entry),
            };
            let ops = vec![
                put,
                Op::PutChain {
                    notebook,
                    chain: row,
                },
            ];
            let durability = Durability::Relaxed;
            self.store.commit(&Batch { ops, durability })?;
        }
        Ok(())
    }

    /// Takes in what a session brought; tells whether that was something.
    pub(crate) fn take(&mut self, output: &Output) -> Outcome<bool> {
        if let Some(reason) = &output.close {
            return Err(format!("a session ended: {reason}").into());
        }
        let mut any = false;
        for event in &output.events {
            match event {
                Said::LogInit(head) => {
                    self.heads.insert(head.log_id(), head.clone());
                }
                Said::Entries(entries) => {
                    any = true;
                    self.put(entries.clone())?;
                }
                _ => {}
            }
        }
        Ok(any)
    }

    /// Opens a session of the notebook.
    pub(crate) fn session(
        &self,
        between: [&str; 2],
        nonce: [u8; 32],
        now_ms: u64,
    ) -> (Session, Output) {
        self.session_about(self.id(), between, nonce, now_ms)
    }

    /// Opens the session in which the notebook is enrolled.
    pub(crate) fn enrolling(
        &self,
        between: [&str; 2],
        nonce: [u8; 32],
        now_ms: u64,
    ) -> (Session, Output) {
        self.session_about(enrolment(&TOKEN).0, between, nonce, now_ms)
    }

    fn session_about(
        &self,
        notebook: NotebookId,
        [own, relay]: [&str; 2],
        nonce: [u8; 32],
        now_ms: u64,
    ) -> (Session, Output) {
        let start = Initiate {
            notebook,
            role: Role::Member,
            own_peer: own.as_bytes().to_vec(),
            other_peer: relay.as_bytes().to_vec(),
            nonce,
        };
        Session::initiate(start, now_ms)
    }

    /// Has the notebook enrolled for so many devices.
    pub(crate) fn word(&self, devices: u64) -> Vec<u8> {
        let device = |n: u64| DevicePk(key_of(self.number, n).verifying_key().to_bytes());
        let enrol = Enrol {
            number: 1,
            notebook: self.id(),
            discovery_key: discovery_key(self.number),
            genesis: GENESIS,
            devices: (0..devices).map(device).collect(),
            invites: Vec::new(),
        };
        Word::Enrol(enrol).encode()
    }
}

impl Host for Member {
    fn notebook_of_tag(&self, _: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId> {
        None
    }

    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys> {
        let (place, enrolling, genesis) = enrolment(&TOKEN);
        let is_place = *notebook == place;
        Some(HelloKeys {
            discovery_key: if is_place {
                enrolling
            } else {
                discovery_key(self.number)
            },
            genesis: if is_place { genesis } else { GENESIS },
            device: self.device(),
        })
    }

    fn sign_hello(&self, _: &NotebookId, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    fn standing(&self, _: &NotebookId, device: &DevicePk) -> Standing {
        match *device == self.relay {
            true => Standing::Member,
            false => Standing::Unknown,
        }
    }

    fn invite_standing(&self, _: &NotebookId, _: &DevicePk) -> InviteStanding {
        InviteStanding::Unknown
    }

    fn chains(&self, _: &NotebookId) -> &Chains {
        &self.chains
    }

    fn log_init(&self, _: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError> {
        Ok(self.heads.get(log).cloned())
    }

    fn locate(&self, id: &NotebookId, e: &EntryId) -> Result<Option<(ChainId, u64)>, ReadError> {
        self.store.locate(id, e)
    }

    fn entry_at(
        &self,
        id: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError> {
        self.store.entry_at(id, chain, seq)
    }

    fn entries_from(
        &self,
        id: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        self.store.entries_from(id, chain, first_seq, bytes_max)
    }
}
