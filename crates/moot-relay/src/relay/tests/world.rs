//! A relay on a store in memory, and members on the other ends of its streams.

use moot_log::relay::relay_key;
use moot_log::session::{HelloKeys, Host, Initiate, InviteStanding, Joiner, Role, Standing};
use moot_log::storage::ReadError;
use moot_log::{ChainId, LogId, LogInit, Signer, SigningKey};

use super::super::notebook::Placed;
use super::*;

pub(super) const NOTEBOOK: NotebookId = NotebookId([9; 16]);
pub(super) const GENESIS: EntryId = EntryId([7; 32]);
const DISCOVERY: DiscoveryKey = DiscoveryKey([8; 32]);
pub(super) const ALICE: u8 = 1;
pub(super) const BEN: u8 = 2;
pub(super) const CARA: u8 = 3;
const RELAY: u8 = 99;
const TOKEN: [u8; 16] = [0x70; 16];

pub(super) fn key(n: u8) -> SigningKey {
    SigningKey::from_bytes(&[n; 32])
}

pub(super) fn device(n: u8) -> DevicePk {
    DevicePk(key(n).verifying_key().to_bytes())
}

pub(super) fn invite(n: u8) -> DevicePk {
    device(n + 150)
}

pub(super) fn log_of(n: u8) -> LogInit {
    LogInit::sign(NOTEBOOK, [n; 16], &key(n))
}

pub(super) fn entry_after(n: u8, prev: Option<&Entry>, body: &[u8]) -> Entry {
    let log_id = log_of(n).log_id();
    let draft = Draft {
        kind: Kind::Sealed,
        log_id,
        seq: prev.map_or(0, |prev| prev.header().seq + 1),
        prev: prev.map_or(EntryId(log_id.0), Entry::id),
        key_id: KeyId([1; 32]),
    };
    Entry::sign(&draft, body.to_vec(), &key(n)).unwrap()
}

pub(super) fn line(n: u8, len: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for at in 0..len {
        entries.push(entry_after(n, entries.last(), &at.to_be_bytes()));
    }
    entries
}

/// A member, or somebody who would be one.
struct Member {
    n: u8,
    notebook: Notebook,
    store: SqliteStore,
    written: Vec<Entry>,
    heard: Vec<Said>,
}

impl Member {
    fn new(n: u8) -> Self {
        let store = SqliteStore::in_memory();
        Self {
            n,
            notebook: Notebook::open(&NOTEBOOK, &store).unwrap(),
            store,
            written: Vec::new(),
            heard: Vec::new(),
        }
    }

    fn put(&mut self, head: LogInit, entry: &Entry) {
        let mut placed = Placed::default();
        self.notebook.heads.insert(entry.header().log_id, head);
        self.notebook
            .place(&NOTEBOOK, entry, &mut placed, &self.store)
            .unwrap();
        let ops = self.notebook.ops(&NOTEBOOK, placed);
        let durability = Durability::Relaxed;
        self.store.commit(&Batch { ops, durability }).unwrap();
    }
}

impl Host for Member {
    fn notebook_of_tag(&self, is_tag_of: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId> {
        is_tag_of(&DISCOVERY).then_some(NOTEBOOK)
    }

    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys> {
        let (enrolment, discovery_key, genesis) = enrolment(&TOKEN);
        let device = device(self.n);
        Some(if *notebook == enrolment {
            HelloKeys {
                discovery_key,
                genesis,
                device,
            }
        } else {
            HelloKeys {
                discovery_key: DISCOVERY,
                genesis: GENESIS,
                device,
            }
        })
    }

    fn sign_hello(&self, _: &NotebookId, message: &[u8]) -> [u8; 64] {
        key(self.n).sign(message).to_bytes()
    }

    fn standing(&self, _: &NotebookId, other: &DevicePk) -> Standing {
        match *other == device(RELAY) {
            true => Standing::Member,
            false => Standing::Unknown,
        }
    }

    fn invite_standing(&self, _: &NotebookId, _: &DevicePk) -> InviteStanding {
        InviteStanding::Unknown
    }

    fn chains(&self, _: &NotebookId) -> &Chains {
        &self.notebook.chains
    }

    fn log_init(&self, _: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError> {
        Ok(self.notebook.heads.get(log).cloned())
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

/// The far end of a stream.
struct End {
    member: u8,
    session: Session,
    heard: Vec<Said>,
    closed: Option<CloseReason>,
    /// The relay closed the stream.
    is_gone: bool,
}

pub(super) struct World {
    pub(super) relay: Relay,
    pub(super) store: SqliteStore,
    pub(super) policy: Policy,
    now: Now,
    members: BTreeMap<u8, Member>,
    ends: BTreeMap<StreamId, End>,
    streams: u64,
    /// Streams whose other end the relay vouched for.
    pub(super) authorised: Vec<StreamId>,
    pub(super) events: Vec<Event>,
    /// What members send, where it waits to be handed over together.
    pub(super) held: Option<Vec<Input>>,
}

fn identity() -> Identity {
    Identity {
        key: key(RELAY),
        peer_id: "relay".to_owned(),
        token: TOKEN,
    }
}

impl World {
    pub(super) fn with_quota(quota_bytes: u64) -> Self {
        let policy = Policy {
            quota_bytes,
            age_days: None,
        };
        let store = SqliteStore::in_memory();
        assert_eq!(relay_key("relay"), None, "names are opaque to the machine");
        Self {
            relay: Relay::open(identity(), policy, &store).unwrap(),
            store,
            policy,
            now: Now {
                wall_ms: 1_700_000_000_000,
                steady_ms: 5_000,
            },
            members: BTreeMap::new(),
            ends: BTreeMap::new(),
            streams: 0,
            authorised: Vec::new(),
            events: Vec::new(),
            held: None,
        }
    }

    /// A relay at which these enrolled the notebook; with nobody named, nobody did.
    pub(super) fn enrolled(members: &[u8]) -> Self {
        let mut world = Self::with_quota(1 << 30);
        if !members.is_empty() {
            world.enrol(members);
        }
        world
    }

    pub(super) fn enrolment_of(members: &[u8]) -> Enrol {
        Enrol {
            number: 1,
            notebook: NOTEBOOK,
            discovery_key: DISCOVERY,
            genesis: GENESIS,
            devices: members.iter().map(|n| device(*n)).collect(),
            invites: Vec::new(),
        }
    }

    pub(super) fn enrol(&mut self, members: &[u8]) {
        let word = Word::Enrol(Self::enrolment_of(members));
        let stream = self.say_on_enrolment(members[0], &word);
        let listed = Said::Relay(Word::Listed(moot_log::relay::Listed::whole(1)).encode());
        assert!(self.ends[&stream].heard.contains(&listed));
        self.leave(stream);
    }

    pub(super) fn say_on_enrolment(&mut self, n: u8, word: &Word) -> StreamId {
        let stream = self.start(n, enrolment(&TOKEN).0, Role::Member);
        self.say(stream, word);
        stream
    }

    pub(super) fn connect(&mut self, n: u8) -> StreamId {
        self.start(n, NOTEBOOK, Role::Member)
    }

    pub(super) fn join(&mut self, n: u8, request: &[u8]) -> StreamId {
        let who = 200 + u8::try_from(self.streams % 50).unwrap();
        self.join_as(&format!("peer {who}"), n, request)
    }

    pub(super) fn join_as(&mut self, peer: &str, n: u8, request: &[u8]) -> StreamId {
        let joiner = Joiner {
            discovery_key: DISCOVERY,
            genesis: GENESIS,
            invite: key(n + 150),
            request: request.to_vec(),
        };
        let who = 200 + u8::try_from(self.streams % 50).unwrap();
        self.start_as(
            peer.to_owned(),
            who,
            NOTEBOOK,
            Role::Joiner(Box::new(joiner)),
        )
    }

    fn start(&mut self, n: u8, notebook: NotebookId, role: Role) -> StreamId {
        self.start_as(format!("peer {n}"), n, notebook, role)
    }

    fn start_as(&mut self, peer: String, n: u8, notebook: NotebookId, role: Role) -> StreamId {
        self.member(n);
        let stream = self.next_stream();
        let start = Initiate {
            notebook,
            role,
            own_peer: peer.clone().into_bytes(),
            other_peer: b"relay".to_vec(),
            nonce: [stream.0.to_be_bytes()[7]; 32],
        };
        let (session, output) = Session::initiate(start, self.now.steady_ms);
        let end = End {
            member: n,
            session,
            heard: Vec::new(),
            closed: None,
            is_gone: false,
        };
        self.ends.insert(stream, end);
        self.opened(stream, peer);
        self.take(stream, output);
        stream
    }

    fn next_stream(&mut self) -> StreamId {
        self.streams += 1;
        StreamId(self.streams)
    }

    fn opened(&mut self, stream: StreamId, peer: String) {
        let nonce = [0xa0 ^ stream.0.to_be_bytes()[7]; 32];
        self.feed(Input::Opened {
            stream,
            peer,
            nonce,
        });
    }

    pub(super) fn open_silently(&mut self, peer: &str) -> StreamId {
        let stream = self.next_stream();
        self.opened(stream, peer.to_owned());
        stream
    }

    fn member(&mut self, n: u8) -> &mut Member {
        self.members.entry(n).or_insert_with(|| Member::new(n))
    }

    /// Hands an input to the relay, and what it sends to the far ends.
    pub(super) fn feed(&mut self, input: Input) {
        self.feed_many(vec![input]);
    }

    /// The same for inputs that waited together.
    pub(super) fn feed_many(&mut self, inputs: Vec<Input>) {
        let effects = self.relay.handle_many(self.now, inputs, &mut self.store);
        let effects = effects.unwrap();
        self.authorised.extend(effects.authorised);
        self.events.extend(effects.events);
        for (stream, _) in &effects.closes {
            if let Some(end) = self.ends.get_mut(stream) {
                end.is_gone = true;
            }
        }
        for (stream, frame) in effects.sends.into_iter().chain(effects.live) {
            let Some(end) = self.ends.get_mut(&stream) else {
                continue;
            };
            let host = &self.members[&end.member];
            let output = end.session.handle(self.now.steady_ms, &frame, host);
            self.take(stream, output);
        }
    }

    /// Carries out what the session of a far end wants.
    fn take(&mut self, stream: StreamId, output: Output) {
        let end = self.ends.get_mut(&stream).unwrap();
        end.heard.extend(output.events.clone());
        end.closed = end.closed.take().or(output.close.clone());
        let n = end.member;
        let mut has_more = false;
        let mut heads = Vec::new();
        for event in &output.events {
            match event {
                Said::LogInit(head) => heads.push(head.clone()),
                Said::Entries(entries) => {
                    has_more = true;
                    for entry in entries {
                        let log = entry.header().log_id;
                        let known = self.members[&n].notebook.heads.get(&log).cloned();
                        let new = heads.iter().find(|head| head.log_id() == log).cloned();
                        let head = known.or(new).unwrap();
                        self.member(n).put(head, entry);
                    }
                }
                _ => {}
            }
        }
        self.member(n).heard.extend(output.events);
        if let Some(held) = &mut self.held {
            let frames = output.frames.into_iter();
            held.extend(frames.map(|bytes| Input::Frame { stream, bytes }));
            return;
        }
        for bytes in output.frames {
            self.feed(Input::Frame { stream, bytes });
        }
        if output.close.is_some() {
            self.feed(Input::Closed { stream });
        }
        if has_more {
            self.advance(n);
        }
    }

    /// Tells a member's sessions that something is on its disk.
    pub(super) fn advance(&mut self, n: u8) {
        let streams: Vec<StreamId> = self.ends.keys().copied().collect();
        for stream in streams {
            let end = self.ends.get_mut(&stream).unwrap();
            if end.member == n && end.closed.is_none() {
                let output = end.session.advanced(&self.members[&n]);
                self.take(stream, output);
            }
        }
    }

    pub(super) fn leave(&mut self, stream: StreamId) {
        let output = self.ends.get_mut(&stream).unwrap().session.bye();
        self.take(stream, output);
    }

    pub(super) fn say(&mut self, stream: StreamId, word: &Word) {
        self.say_bytes(stream, &word.encode());
    }

    pub(super) fn say_bytes(&mut self, stream: StreamId, bytes: &[u8]) {
        let output = self
            .ends
            .get_mut(&stream)
            .unwrap()
            .session
            .relay(bytes.to_vec());
        self.take(stream, output);
    }

    pub(super) fn live(&mut self, stream: StreamId, bytes: &[u8]) {
        let output = self
            .ends
            .get_mut(&stream)
            .unwrap()
            .session
            .live(bytes.to_vec());
        self.take(stream, output);
    }

    pub(super) fn list(&mut self, on: StreamId, devices: &[u8], invites: &[u8], closed: &[u8]) {
        let word = Word::List(List {
            number: 7,
            devices: devices.iter().map(|n| device(*n)).collect(),
            invites: invites.iter().map(|n| invite(*n)).collect(),
            closed: closed.iter().map(|n| invite(*n)).collect(),
        });
        self.say(on, &word);
        let listed = Said::Relay(Word::Listed(moot_log::relay::Listed::whole(7)).encode());
        assert!(self.ends[&on].heard.contains(&listed));
    }

    /// Has a member write entries; answers all of its own so far.
    pub(super) fn write(&mut self, n: u8, count: usize) -> Vec<Entry> {
        self.write_large(n, count, 8)
    }

    pub(super) fn write_large(&mut self, n: u8, count: usize, bytes: usize) -> Vec<Entry> {
        for _ in 0..count {
            let member = self.member(n);
            let entry = entry_after(n, member.written.last(), &vec![5; bytes]);
            member.written.push(entry.clone());
            member.put(log_of(n), &entry);
        }
        self.members[&n].written.clone()
    }

    /// Has a member hold an entry of anybody's.
    pub(super) fn put(&mut self, n: u8, entry: &Entry) {
        let writer = (1..=9).find(|of| log_of(*of).log_id() == entry.header().log_id);
        self.put_by(n, writer.unwrap(), entry);
    }

    pub(super) fn put_by(&mut self, n: u8, writer: u8, entry: &Entry) {
        self.member(n).put(log_of(writer), entry);
    }

    pub(super) fn restart(&mut self) {
        self.relay = Relay::open(identity(), self.policy, &self.store).unwrap();
        self.ends.clear();
    }

    pub(super) fn wait(&mut self, ms: u64) {
        self.now.steady_ms += ms;
        self.now.wall_ms += i64::try_from(ms).unwrap();
        self.feed(Input::Tick);
    }

    pub(super) fn later_days(&mut self, days: u64) {
        self.wait(days * 24 * 3_600_000);
    }

    pub(super) fn closed(&self, stream: StreamId) -> Option<CloseReason> {
        self.ends[&stream].closed.clone()
    }

    pub(super) fn events_of_crowds(&self) -> Vec<Crowded> {
        let crowds = self.events.iter().filter_map(|event| match event {
            Event::Crowded(crowded) => Some(*crowded),
            _ => None,
        });
        crowds.collect()
    }

    pub(super) fn is_gone(&self, stream: StreamId) -> bool {
        self.ends[&stream].is_gone
    }

    pub(super) fn is_in_step(&self, stream: StreamId) -> bool {
        let in_step = |event: &Said| matches!(event, Said::PeerHas { in_step: true, .. });
        self.ends[&stream].heard.iter().any(in_step)
    }

    pub(super) fn has_all(&self, stream: StreamId) -> bool {
        let all = |event: &Said| matches!(event, Said::PeerHas { all: true, .. });
        self.ends[&stream].heard.iter().any(all)
    }

    pub(super) fn waits(&self, stream: StreamId) -> Option<String> {
        self.ends[&stream]
            .heard
            .iter()
            .find_map(|event| match event {
                Said::JoinWaits { text } => Some(text.clone()),
                _ => None,
            })
    }

    pub(super) fn refused(&self, stream: StreamId) -> Option<JoinRefusal> {
        self.ends[&stream]
            .heard
            .iter()
            .find_map(|event| match event {
                Said::JoinRefused { refusal, .. } => Some(*refusal),
                _ => None,
            })
    }

    pub(super) fn heard_by(&self, n: u8) -> impl Iterator<Item = &Said> {
        self.members[&n].heard.iter()
    }

    pub(super) fn heard(&self, n: u8, event: &Said) -> bool {
        self.members[&n].heard.contains(event)
    }

    pub(super) fn words(&self, n: u8) -> Vec<Word> {
        let words = self.members[&n]
            .heard
            .iter()
            .filter_map(|event| match event {
                Said::Relay(bytes) => Word::decode(bytes).unwrap(),
                _ => None,
            });
        words.collect()
    }

    pub(super) fn digest(&self, n: u8) -> Digest {
        let clock = self
            .members
            .get(&n)
            .map(|member| member.notebook.chains.clock());
        Digest::of(&clock.unwrap_or_default())
    }

    pub(super) fn entries(&self, n: u8) -> u64 {
        self.members[&n].notebook.chains.entries()
    }
}
