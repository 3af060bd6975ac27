//! One node in memory: keys, members, invites, and entries in their chains.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::{Signer, SigningKey};

use crate::chain::{Chain, Chains, Locate, Placement};
use crate::clock::Digest;
use crate::entry::{Draft, Entry, Kind};
use crate::ids::{ChainId, DevicePk, EntryId, KeyId, LogId, NotebookId};
use crate::log_init::LogInit;
use crate::session::{DiscoveryKey, HelloKeys, Host, InviteStanding, Standing};
use crate::storage::ReadError;

pub(super) const NOTEBOOK: NotebookId = NotebookId([9; 16]);
pub(super) const DISCOVERY: DiscoveryKey = DiscoveryKey([8; 32]);
pub(super) const GENESIS: EntryId = EntryId([7; 32]);

pub(super) fn signing_key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(super) fn device(n: u8) -> DevicePk {
    DevicePk(signing_key(n).verifying_key().to_bytes())
}

/// The log that device `n` writes.
pub(super) fn log_of(n: u8) -> LogInit {
    LogInit::sign(NOTEBOOK, [n; 16], &signing_key(n))
}

/// An entry of the log of device `n` after another one, or the first.
pub(super) fn entry_after(n: u8, prev: Option<&Entry>, body: Vec<u8>) -> Entry {
    let log_id = log_of(n).log_id();
    let draft = Draft {
        kind: Kind::Sealed,
        log_id,
        seq: prev.map_or(0, |prev| prev.header().seq + 1),
        prev: prev.map_or(EntryId(log_id.0), Entry::id),
        key_id: KeyId([n / 2 + 1; 32]),
    };
    Entry::sign(&draft, body, &signing_key(n)).unwrap()
}

/// A log of device `n` without branches.
pub(super) fn line(n: u8, len: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for at in 0..len {
        entries.push(entry_after(n, entries.last(), at.to_be_bytes().to_vec()));
    }
    entries
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) key: SigningKey,
    pub(super) discovery: DiscoveryKey,
    pub(super) members: BTreeSet<DevicePk>,
    pub(super) invites: BTreeSet<DevicePk>,
    /// Logs that are sent after all others.
    pub(super) last: BTreeSet<LogId>,
    /// Devices of which nothing is taken.
    pub(super) full: BTreeSet<DevicePk>,
    pub(super) inits: BTreeMap<LogId, LogInit>,
    pub(super) chains: Chains,
    places: Places,
    entries: BTreeMap<(ChainId, u64), Entry>,
    pub(super) is_broken: Cell<bool>,
}

#[derive(Clone, Default)]
struct Places {
    at: BTreeMap<EntryId, (ChainId, u64)>,
    ids: BTreeMap<(ChainId, u64), EntryId>,
}

impl Locate for Places {
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)> {
        self.at.get(id).copied()
    }

    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId> {
        self.ids.get(&(*chain, seq)).copied()
    }
}

impl Node {
    /// A node whose device is `n`, with the members 1 to 9.
    pub(super) fn new(n: u8) -> Self {
        Self {
            key: signing_key(n),
            discovery: DISCOVERY,
            members: (1..10).map(device).collect(),
            invites: BTreeSet::new(),
            last: BTreeSet::new(),
            full: BTreeSet::new(),
            inits: BTreeMap::new(),
            chains: Chains::default(),
            places: Places::default(),
            entries: BTreeMap::new(),
            is_broken: Cell::new(false),
        }
    }

    pub(super) fn with(n: u8, entries: &[Entry]) -> Self {
        let mut node = Self::new(n);
        for entry in entries {
            node.put(entry);
        }
        node
    }

    /// Takes an entry into its place; it must follow what is held.
    pub(super) fn put(&mut self, entry: &Entry) {
        if self.places.at.contains_key(&entry.id()) {
            return;
        }
        let log = entry.header().log_id;
        if let std::collections::btree_map::Entry::Vacant(slot) = self.inits.entry(log) {
            let init = (0..=255).map(log_of).find(|init| init.log_id() == log);
            slot.insert(init.unwrap());
        }
        let chain = match self.chains.place(entry.header(), entry.id(), &self.places) {
            Placement::Gap => panic!("a session let a gap through: {entry:?}"),
            Placement::Appended(chain) => chain,
            Placement::Branched { chain, cut } => {
                if let Some(cut) = cut {
                    self.cut(cut.from, cut.to, cut.first_seq);
                }
                chain
            }
        };
        let seq = entry.header().seq;
        self.places.at.insert(entry.id(), (chain, seq));
        self.places.ids.insert((chain, seq), entry.id());
        self.entries.insert((chain, seq), entry.clone());
    }

    fn cut(&mut self, from: ChainId, to: ChainId, first_seq: u64) {
        let moved = self.entries.split_off(&(from, first_seq));
        for ((chain, seq), entry) in moved {
            let chain = if chain == from { to } else { chain };
            self.places.ids.remove(&(from, seq));
            self.places.at.insert(entry.id(), (chain, seq));
            self.entries.insert((chain, seq), entry);
        }
        self.places.ids = self
            .places
            .at
            .iter()
            .map(|(id, place)| (*place, *id))
            .collect();
    }

    pub(super) fn digest(&self) -> Digest {
        Digest::of(&self.chains.clock())
    }

    pub(super) fn holds(&self, id: &EntryId) -> bool {
        self.places.at.contains_key(id)
    }

    pub(super) fn entry_count(&self) -> usize {
        self.places.at.len()
    }

    /// Every entry, those of one log in an order in which each follows what it continues.
    pub(super) fn all(&self) -> Vec<Entry> {
        let mut chains: Vec<&Chain> = self.chains.iter().collect();
        chains.sort_by_key(|chain| chain.first_seq);
        let run = |chain: &Chain| {
            let (id, range) = (chain.id, chain.first_seq..chain.len);
            range
                .map(|seq| self.entries[&(id, seq)].clone())
                .collect::<Vec<_>>()
        };
        chains.into_iter().flat_map(run).collect()
    }

    fn read<T>(&self, value: T) -> Result<T, ReadError> {
        if self.is_broken.get() {
            return Err(ReadError::Io("the disk is gone".into()));
        }
        Ok(value)
    }
}

impl Host for Node {
    fn notebook_of_tag(&self, is_tag_of: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId> {
        is_tag_of(&self.discovery).then_some(NOTEBOOK)
    }

    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys> {
        (*notebook == NOTEBOOK).then(|| HelloKeys {
            discovery_key: self.discovery,
            genesis: GENESIS,
            device: DevicePk(self.key.verifying_key().to_bytes()),
        })
    }

    fn sign_hello(&self, _: &NotebookId, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }

    fn standing(&self, _: &NotebookId, device: &DevicePk) -> Standing {
        match self.members.contains(device) {
            true => Standing::Member,
            false => Standing::Unknown,
        }
    }

    fn invite_standing(&self, _: &NotebookId, invite: &DevicePk) -> InviteStanding {
        match self.invites.contains(invite) {
            true => InviteStanding::Known,
            false => InviteStanding::Unknown,
        }
    }

    fn chains(&self, _: &NotebookId) -> &Chains {
        &self.chains
    }

    fn log_init(&self, _: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError> {
        self.read(self.inits.get(log).cloned())
    }

    fn takes(&self, _: &NotebookId, device: &DevicePk, _: usize) -> bool {
        !self.full.contains(device)
    }

    fn comes_last(&self, _: &NotebookId, log: &LogId) -> bool {
        self.last.contains(log)
    }

    fn locate(&self, _: &NotebookId, id: &EntryId) -> Result<Option<(ChainId, u64)>, ReadError> {
        self.read(self.places.at.get(id).copied())
    }

    fn entry_at(
        &self,
        _: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError> {
        self.read(self.places.ids.get(&(*chain, seq)).copied())
    }

    fn entries_from(
        &self,
        _: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let mut bytes = 0;
        let mut entries = Vec::new();
        for (_, entry) in self.entries.range((*chain, first_seq)..=(*chain, u64::MAX)) {
            bytes += entry.header_bytes().len() + entry.body().len();
            if bytes > bytes_max && !entries.is_empty() {
                break;
            }
            entries.push(entry.clone());
        }
        self.read(entries)
    }
}
