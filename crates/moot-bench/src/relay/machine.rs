//! The relay's machine on a real store, with members at the other ends of its streams, all in one thread.
//!
//! Owns the count of the time that the machine takes, commits included; what members do meanwhile is not in it.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use moot_log::session::{Output, Session};
use moot_log::{DevicePk, SigningKey};
use moot_net::{SecretKey, peer_id_of};
use moot_relay::{Identity, Input, Now, Policy, Relay, StreamId};
use moot_store::SqliteStore;

use super::member::{Member, TOKEN};
use crate::Outcome;

/// The seed of the relay's network identity.
const SEED: [u8; 32] = [0x5e; 32];

/// Days of the wall clock do not pass here.
const WALL_MS: i64 = 1_775_000_000_000;

pub(crate) fn secret_key() -> SecretKey {
    SecretKey::from_bytes(SEED)
}

/// The key by which it proves itself.
pub(crate) fn key() -> DevicePk {
    DevicePk(SigningKey::from_bytes(&SEED).verifying_key().to_bytes())
}

/// Its name on the network.
pub(crate) fn name() -> String {
    peer_id_of(&secret_key()).to_string()
}

/// Opens a relay on a store.
pub(crate) fn open(store: &SqliteStore) -> Outcome<Relay> {
    let identity = Identity {
        key: SigningKey::from_bytes(&SEED),
        peer_id: name(),
        token: TOKEN,
    };
    let policy = Policy {
        quota_bytes: 64 << 30,
        age_days: None,
    };
    Ok(Relay::open(identity, policy, store)?)
}

/// A relay and those who are connected.
pub(crate) struct Bench {
    relay: Relay,
    store: SqliteStore,
    pub(crate) members: Vec<Member>,
    ends: BTreeMap<StreamId, (usize, Session)>,
    on_way: VecDeque<Input>,
    streams: u64,
    steady_ms: u64,
    /// What the machine took so far.
    pub(crate) took: Duration,
    /// Inputs that are handed over together at most.
    pub(crate) together: usize,
}

impl Bench {
    pub(crate) fn open(directory: &Path) -> Outcome<Self> {
        let store = SqliteStore::open(&directory.join("store.db"))?;
        Ok(Self {
            relay: open(&store)?,
            store,
            members: Vec::new(),
            ends: BTreeMap::new(),
            on_way: VecDeque::new(),
            streams: 0,
            steady_ms: 1_000,
            took: Duration::ZERO,
            together: 256,
        })
    }

    /// Enrols a notebook for so many devices and answers its first member, who is not connected.
    pub(crate) fn enrol(&mut self, number: u64, devices: u64) -> Outcome<usize> {
        // So many in an hour are enrolled, and a minute passes quickly here.
        self.steady_ms += 61_000;
        let member = Member::new(number, 0, key());
        let at = self.members.len();
        let stream = self.open_stream(at);
        let between = [peer(at), name()];
        let between = [between[0].as_str(), between[1].as_str()];
        let (session, output) = member.enrolling(between, nonce(stream), self.steady_ms);
        let word = member.word(devices);
        self.members.push(member);
        self.ends.insert(stream, (at, session));
        self.send(stream, output);
        self.settle()?;
        if let Some((_, session)) = self.ends.get_mut(&stream) {
            let output = session.relay(word);
            self.send(stream, output);
        }
        self.settle()?;
        self.disconnect(stream);
        self.settle()?;
        Ok(at)
    }

    /// Connects a member.
    pub(crate) fn connect(&mut self, at: usize) -> StreamId {
        let stream = self.open_stream(at);
        let between = [peer(at), name()];
        let between = [between[0].as_str(), between[1].as_str()];
        let member = &self.members[at];
        let (session, output) = member.session(between, nonce(stream), self.steady_ms);
        self.ends.insert(stream, (at, session));
        self.send(stream, output);
        stream
    }

    fn open_stream(&mut self, at: usize) -> StreamId {
        self.streams += 1;
        let stream = StreamId(self.streams);
        self.on_way.push_back(Input::Opened {
            stream,
            peer: peer(at),
            nonce: [self.streams.to_be_bytes()[7] ^ 0x55; 32],
        });
        stream
    }

    pub(crate) fn disconnect(&mut self, stream: StreamId) {
        self.ends.remove(&stream);
        self.on_way.push_back(Input::Closed { stream });
    }

    fn send(&mut self, stream: StreamId, output: Output) {
        let frames = output.frames.into_iter();
        self.on_way
            .extend(frames.map(|bytes| Input::Frame { stream, bytes }));
    }

    /// Tells a member's session that it has written.
    pub(crate) fn advance(&mut self, stream: StreamId) {
        let Self { ends, members, .. } = self;
        if let Some((at, session)) = ends.get_mut(&stream) {
            let output = session.advanced(&members[*at]);
            self.send(stream, output);
        }
    }

    /// Lets the relay take what is on its way; answers what it sent.
    fn feed(&mut self) -> Outcome<Vec<(StreamId, Vec<u8>)>> {
        let many = self.on_way.len().min(self.together);
        let inputs: Vec<Input> = self.on_way.drain(..many).collect();
        let now = Now {
            wall_ms: WALL_MS,
            steady_ms: self.steady_ms,
        };
        let begun = Instant::now();
        let effects = self.relay.handle_many(now, inputs, &mut self.store)?;
        self.took += begun.elapsed();
        if let Some((_, reason)) = effects.closes.first() {
            return Err(format!("the relay closed a stream: {reason}").into());
        }
        Ok(effects.sends)
    }

    /// Carries everything to and fro until all are silent.
    pub(crate) fn settle(&mut self) -> Outcome<()> {
        while !self.on_way.is_empty() {
            for (stream, frame) in self.feed()? {
                let now_ms = self.steady_ms;
                let Some((at, session)) = self.ends.get_mut(&stream) else {
                    continue;
                };
                let at = *at;
                let output = session.handle(now_ms, &frame, &self.members[at]);
                let has_more = self.members[at].take(&output)?;
                self.send(stream, output);
                if has_more {
                    self.advance(stream);
                }
            }
        }
        Ok(())
    }

    pub(crate) fn close(self) -> Outcome<()> {
        Ok(self.store.close()?)
    }
}

fn peer(at: usize) -> String {
    format!("peer {at}")
}

fn nonce(stream: StreamId) -> [u8; 32] {
    let mut nonce = [4; 32];
    nonce[..8].copy_from_slice(&stream.0.to_be_bytes());
    nonce
}
