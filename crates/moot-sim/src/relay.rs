//! A relay in a world: the machine of `moot-relay` on a disk like any other, and what a relay may do that means ill.
//!
//! Owns the relay's part of a node and its malice. It sends what the honest machine sends, spoilt on the way out; or it shows
//! some of its clients another store than others.

use std::collections::BTreeMap;

use moot_engine::{Now, PeerName};
use moot_log::relay::{RelayTicket, relay_name};
use moot_log::{DevicePk, SigningKey};
use moot_relay::{Effects, Failed, Identity, Input, Policy, Relay, StreamId};

use crate::dice::Dice;
use crate::memory_store::MemoryStore;

/// What a relay does wrong with what it sends, in how many of a thousand frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Malice {
    /// Is never sent.
    pub drops: u64,
    /// Is sent after the next one on the same stream.
    pub swaps: u64,
    /// Is sent twice, the second time on any of its streams.
    pub replays: u64,
    /// Ends too soon.
    pub truncates: u64,
    /// Has some other byte in it.
    pub forges: u64,
    /// Is held up for a second to two minutes, and with it what follows on the stream.
    pub delays: u64,
}

impl Malice {
    /// All of it, in so many of a thousand frames each.
    pub fn of_all(each: u64) -> Self {
        Self {
            drops: each,
            swaps: each,
            replays: each,
            truncates: each,
            forges: each,
            delays: each,
        }
    }

    /// What becomes of frames on their way out.
    pub(crate) fn spoil(
        self,
        sends: Vec<(StreamId, Vec<u8>)>,
        dice: &mut Dice,
    ) -> Vec<(StreamId, Vec<u8>)> {
        if self == Self::default() {
            return sends;
        }
        let streams: Vec<StreamId> = sends.iter().map(|(stream, _)| *stream).collect();
        let mut out: Vec<(StreamId, Vec<u8>)> = Vec::new();
        for (stream, mut frame) in sends {
            if dice.per_mille(self.drops) {
                continue;
            }
            let at = usize::try_from(dice.below(frame.len() as u64)).unwrap_or(0);
            if dice.per_mille(self.truncates) {
                frame.truncate(at);
            } else if dice.per_mille(self.forges)
                && let Some(byte) = frame.get_mut(at)
            {
                *byte ^= 1 << dice.below(8);
            }
            if dice.per_mille(self.replays) {
                let other = dice.pick(&streams).copied().unwrap_or(stream);
                out.push((other, frame.clone()));
            }
            out.push((stream, frame));
            let last = out.len() - 1;
            if last > 0 && dice.per_mille(self.swaps) {
                out.swap(last, last - 1);
            }
        }
        out
    }
}

/// One side of a relay: the machine and the disk that it shows.
struct Face {
    machine: Option<Relay>,
    store: MemoryStore,
}

/// A relay's part of a node.
pub(crate) struct RelayNode {
    seed: [u8; 32],
    policy: Policy,
    /// The face for everybody, and the one for whoever is not favoured.
    faces: Vec<Face>,
    /// Who sees the first of two faces.
    favoured: Option<PeerName>,
    /// Which face a stream was opened to.
    streams: BTreeMap<StreamId, usize>,
    pub(crate) malice: Malice,
}

impl RelayNode {
    pub(crate) fn new(seed: [u8; 32], policy: Policy) -> Self {
        Self {
            seed,
            policy,
            faces: vec![Face {
                machine: None,
                store: MemoryStore::new(),
            }],
            favoured: None,
            streams: BTreeMap::new(),
            malice: Malice::default(),
        }
    }

    /// Its name on the network.
    pub(crate) fn name(&self) -> PeerName {
        let key = SigningKey::from_bytes(&self.seed).verifying_key();
        PeerName(relay_name(&DevicePk(key.to_bytes())))
    }

    pub(crate) fn ticket(&self, address: &str) -> String {
        let ticket = RelayTicket {
            token: self.token(),
            peer_id: self.name().0,
            addresses: vec![address.to_owned()],
        };
        ticket.encode()
    }

    fn token(&self) -> [u8; 16] {
        let mut token = [0; 16];
        token.copy_from_slice(&self.seed[16..]);
        token
    }

    pub(crate) fn is_up(&self) -> bool {
        self.faces.iter().all(|face| face.machine.is_some())
    }

    /// Starts its process from what lies on the disk.
    pub(crate) fn start(&mut self) {
        let name = self.name().0;
        let (seed, token, policy) = (self.seed, self.token(), self.policy);
        for face in &mut self.faces {
            let identity = Identity {
                key: SigningKey::from_bytes(&seed),
                peer_id: name.clone(),
                token,
            };
            let machine = Relay::open(identity, policy, &face.store);
            face.machine = Some(machine.expect("a relay opens what it wrote"));
        }
        self.streams.clear();
    }

    /// Ends its process; a power cut takes what was not synced.
    pub(crate) fn end(&mut self, lose_power: bool) {
        for face in &mut self.faces {
            face.machine = None;
            match lose_power {
                true => face.store.lose_power(),
                false => face.store.reopen(),
            }
        }
    }

    /// Puts an empty disk in the place of what it has.
    pub(crate) fn lose_disk(&mut self) {
        self.faces.truncate(1);
        self.faces[0].store = MemoryStore::new();
        self.favoured = None;
    }

    /// From its next start on it shows one of its clients all it has, and everybody else what it has now, and takes from both.
    pub(crate) fn split(&mut self, favoured: PeerName) {
        self.faces.truncate(1);
        let store = self.faces[0].store.copy();
        self.faces.push(Face {
            machine: None,
            store,
        });
        self.favoured = Some(favoured);
    }

    /// Hands an input to the face that its stream sees.
    pub(crate) fn handle(&mut self, now: Now, input: Input) -> Result<Effects, Failed> {
        let at = match &input {
            Input::Opened { stream, peer, .. } => {
                let is_favoured = self.favoured.as_ref().is_none_or(|name| name.0 == *peer);
                let at = if is_favoured { 0 } else { 1 };
                self.streams.insert(*stream, at);
                at
            }
            Input::Frame { stream, .. } | Input::Closed { stream } => {
                self.streams.get(stream).copied().unwrap_or(0)
            }
            Input::Tick => return self.tick(now),
        };
        self.feed(at, now, input)
    }

    fn tick(&mut self, now: Now) -> Result<Effects, Failed> {
        let mut all = Effects::default();
        for at in 0..self.faces.len() {
            let effects = self.feed(at, now, Input::Tick)?;
            all.sends.extend(effects.sends);
            all.live.extend(effects.live);
            all.closes.extend(effects.closes);
            all.next_tick_ms = [all.next_tick_ms, effects.next_tick_ms]
                .into_iter()
                .flatten()
                .min();
        }
        Ok(all)
    }

    fn feed(&mut self, at: usize, now: Now, input: Input) -> Result<Effects, Failed> {
        let now = moot_relay::Now {
            wall_ms: now.wall_ms,
            steady_ms: now.steady_ms,
        };
        let face = &mut self.faces[at];
        match &mut face.machine {
            Some(machine) => machine.handle_many(now, [input], &mut face.store),
            None => Ok(Effects::default()),
        }
    }

    pub(crate) fn fail_next_commit(&mut self) {
        let full = moot_log::storage::CommitError::DiskFull;
        self.faces[0].store.fail_next_commit(full);
    }

    /// How it stands, both faces together.
    pub(crate) fn status(&self) -> moot_relay::Status {
        let machines = self.faces.iter().filter_map(|face| face.machine.as_ref());
        machines.fold(moot_relay::Status::default(), |sum, machine| {
            let one = machine.status();
            moot_relay::Status {
                notebooks: sum.notebooks.max(one.notebooks),
                devices: sum.devices.max(one.devices),
                bytes: sum.bytes + one.bytes,
                mail: sum.mail + one.mail,
                sessions: sum.sessions + one.sessions,
                strangers: sum.strangers + one.strangers,
                joiners: sum.joiners + one.joiners,
                is_full: sum.is_full || one.is_full,
            }
        })
    }
}
