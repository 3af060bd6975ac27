//! A group in memory for tests: devices that each know a part of what happened, and tell each other when asked to.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{DevicePk, EntryId, KeyId, LogInit, NotebookId};
use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use crate::roster::{Genesis, InviteCreate, InviteTerms, RosterEvent};
use crate::{
    Applicant, DeviceSecrets, EpochKey, InviteSeed, JoinRequest, KemSecret, Keybox, Keys, Purpose,
    Roster, RosterEntry, WriteKey,
};

pub(crate) const NOTEBOOK: NotebookId = NotebookId([9; 16]);
pub(crate) const LATER_MS: i64 = 1_000_000;

/// One device and what has reached it.
#[derive(Clone)]
pub(crate) struct Replica {
    pub(crate) secrets: DeviceSecrets,
    pub(crate) events: BTreeMap<EntryId, RosterEntry>,
    pub(crate) keyboxes: Vec<Keybox>,
    pub(crate) keys: Keys,
    pub(crate) earlier: Option<EntryId>,
}

/// Every device that there is.
pub(crate) struct World {
    pub(crate) rng: ChaCha20Rng,
    pub(crate) genesis: EntryId,
    pub(crate) replicas: Vec<Replica>,
    /// Every invite that was ever made.
    pub(crate) seeds: Vec<(InviteSeed, Purpose)>,
}

impl Replica {
    pub(crate) fn device(&self) -> DevicePk {
        self.secrets.device()
    }

    pub(crate) fn take_keybox(&mut self, keybox: &Keybox) {
        if !self.keyboxes.contains(keybox) {
            self.keyboxes.push(keybox.clone());
            self.keys.add_keybox(keybox);
        }
    }
}

impl World {
    /// A notebook with its founder, who holds the first key.
    pub(crate) fn new(seed: u64) -> Self {
        let mut world = Self {
            rng: ChaCha20Rng::seed_from_u64(seed),
            genesis: EntryId([0; 32]),
            replicas: Vec::new(),
            seeds: Vec::new(),
        };
        let founder = world.add_replica();
        let secrets = &world.replicas[founder].secrets;
        let genesis = Genesis {
            notebook: NOTEBOOK,
            discovery_key: [1; 32],
            device: secrets.device(),
            kem: secrets.kem_public(),
            name: "Ana".into(),
            device_name: "desk".into(),
            at_ms: 0,
            nonce: [2; 16],
        };
        world.genesis = world.say(founder, RosterEvent::Genesis(genesis));
        world.ensure_key(founder);
        world
    }

    pub(crate) fn add_replica(&mut self) -> usize {
        self.replicas.push(Replica {
            secrets: DeviceSecrets::generate(&mut self.rng),
            events: BTreeMap::new(),
            keyboxes: Vec::new(),
            keys: Keys::new(NOTEBOOK),
            earlier: None,
        });
        self.replicas.len() - 1
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.rng.fill_bytes(&mut bytes);
        bytes
    }

    pub(crate) fn roster(&self, at: usize) -> Roster {
        self.evaluate(&self.replicas[at].events)
    }

    pub(crate) fn evaluate(&self, events: &BTreeMap<EntryId, RosterEntry>) -> Roster {
        Roster::from_events(NOTEBOOK, self.genesis, events).unwrap()
    }

    /// A device writes an event into its log, following all that it knows.
    pub(crate) fn say(&mut self, at: usize, event: RosterEvent) -> EntryId {
        let after = match self.replicas[at].events.is_empty() {
            true => BTreeSet::new(),
            false => self.roster(at).heads().clone(),
        };
        self.say_after(at, after, event)
    }

    pub(crate) fn say_after(
        &mut self,
        at: usize,
        after: BTreeSet<EntryId>,
        event: RosterEvent,
    ) -> EntryId {
        let id = EntryId(self.bytes());
        let replica = &mut self.replicas[at];
        let (author, earlier) = (replica.device(), replica.earlier.replace(id));
        replica.events.insert(
            id,
            RosterEntry {
                author,
                earlier,
                after,
                event,
            },
        );
        id
    }

    /// What one knows, both know.
    pub(crate) fn sync(&mut self, one: usize, other: usize) {
        for (from, to) in [(one, other), (other, one)] {
            let from = self.replicas[from].clone();
            let to = &mut self.replicas[to];
            to.events.extend(from.events);
            from.keyboxes
                .iter()
                .for_each(|keybox| to.take_keybox(keybox));
            let secrets: Vec<KemSecret> = to.secrets.kems().cloned().collect();
            to.keys.open_with(&secrets);
        }
    }

    /// Everybody knows everything.
    pub(crate) fn sync_all(&mut self) {
        for at in (1..self.replicas.len()).chain(1..self.replicas.len()) {
            self.sync(0, at);
        }
    }

    pub(crate) fn invite(&mut self, by: usize, purpose: Purpose) -> InviteSeed {
        let seed = InviteSeed::generate(&mut self.rng);
        let terms = InviteTerms {
            purpose,
            mailbox: KemSecret::generate(&mut self.rng),
            expires_at_ms: LATER_MS,
            uses_max: 1,
            needs_confirm: false,
        };
        let create = InviteCreate::new(&seed, NOTEBOOK, self.replicas[by].device(), terms);
        self.say(by, RosterEvent::InviteCreate(create));
        self.seeds.push((seed.clone(), purpose));
        seed
    }

    /// A new device that has nothing yet, and what it asks.
    pub(crate) fn ask(&mut self, seed: &InviteSeed, purpose: Purpose) -> (usize, JoinRequest) {
        let at = self.add_replica();
        let incarnation = self.bytes();
        let secrets = &self.replicas[at].secrets;
        let applicant = Applicant {
            purpose,
            log_init: LogInit::sign(NOTEBOOK, incarnation, &secrets.signing),
            kem: secrets.kem_public(),
            name: format!("person {at}"),
            device_name: format!("device {at}"),
        };
        (
            at,
            JoinRequest::make(applicant, seed, &secrets.signing).unwrap(),
        )
    }

    /// Lets a new person in by way of one device, which gives them all its keys.
    pub(crate) fn admit(&mut self, by: usize) -> usize {
        let seed = self.invite(by, Purpose::Join);
        let (at, request) = self.ask(&seed, Purpose::Join);
        self.say(by, RosterEvent::Admit(Box::new(request)));
        self.welcome(by, at)
    }

    /// Adds a device to the person of another.
    pub(crate) fn link(&mut self, by: usize) -> usize {
        let seed = self.invite(by, Purpose::Link);
        let (at, request) = self.ask(&seed, Purpose::Link);
        self.say(by, RosterEvent::Link(Box::new(request)));
        self.welcome(by, at)
    }

    fn welcome(&mut self, by: usize, at: usize) -> usize {
        self.fill_gaps(by);
        self.sync(by, at);
        at
    }

    /// Publishes what live devices lack, as far as this device holds it.
    pub(crate) fn fill_gaps(&mut self, at: usize) {
        let roster = self.roster(at);
        let replica = &mut self.replicas[at];
        for gap in replica.keys.gaps(&roster) {
            let key = replica.keys.get(&gap.key_id).unwrap().clone();
            for keybox in Keybox::make(&NOTEBOOK, &key, &BTreeSet::new(), &gap.kems).unwrap() {
                replica.take_keybox(&keybox);
            }
        }
    }

    /// The key that a device writes with, made first where the rule asks for it.
    pub(crate) fn ensure_key(&mut self, at: usize) -> KeyId {
        let roster = self.roster(at);
        match self.replicas[at].keys.choose(&roster) {
            WriteKey::Use(id) => id,
            WriteKey::Rekey { supersedes } => self.rekey(at, &supersedes),
        }
    }

    pub(crate) fn rekey(&mut self, at: usize, supersedes: &BTreeSet<KeyId>) -> KeyId {
        let key = EpochKey::generate(&mut self.rng);
        let recipients = self.roster(at).live_kems();
        let replica = &mut self.replicas[at];
        for keybox in Keybox::make(&NOTEBOOK, &key, supersedes, &recipients).unwrap() {
            replica.take_keybox(&keybox);
        }
        replica.keys.add_key(key)
    }
}

/// Ways to make a large group without evaluating its roster at every step.
impl World {
    /// One person lets the next one in; nobody gets keys.
    pub(crate) fn admit_bare(&mut self, by: usize) -> usize {
        let seed = InviteSeed::generate(&mut self.rng);
        let terms = InviteTerms {
            purpose: Purpose::Join,
            mailbox: KemSecret::generate(&mut self.rng),
            expires_at_ms: LATER_MS,
            uses_max: 1,
            needs_confirm: false,
        };
        let create = InviteCreate::new(&seed, NOTEBOOK, self.replicas[by].device(), terms);
        let heads = self.heads_cheaply(by);
        let invited = self.say_after(by, heads, RosterEvent::InviteCreate(create));
        let (at, request) = self.ask(&seed, Purpose::Join);
        let admitted = self.say_after(by, [invited].into(), RosterEvent::Admit(Box::new(request)));
        self.replicas[at].earlier = Some(admitted);
        at
    }

    /// What a device last wrote, or the event that let it in.
    pub(crate) fn heads_cheaply(&self, at: usize) -> BTreeSet<EntryId> {
        self.replicas[at].earlier.into_iter().collect()
    }

    pub(crate) fn all_events(&self) -> BTreeMap<EntryId, RosterEntry> {
        self.replicas
            .iter()
            .flat_map(|replica| replica.events.clone())
            .collect()
    }
}
