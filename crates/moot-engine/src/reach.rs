//! Whom the node keeps trying to reach, for which notebook, and where.
//!
//! Owns the difference between what is wanted now and what the driver was last told. Never decides whether somebody may be
//! served: that is settled in the session, by keys.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::NotebookId;

use crate::limits::{ADDRESSES_PER_PEER_MAX, NEARBY_MAX};
use crate::machine::{Dial, PeerName};
use crate::tx::Tx;

/// Whom to reach for one notebook, and where to try.
pub(crate) type Wanted = BTreeMap<PeerName, Vec<String>>;

/// Where somebody is said to be, and behind which relays.
type Told = (Vec<String>, Vec<PeerName>);

/// A berth at a relay, and since when it stands so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Berth {
    /// On the wall clock.
    pub(crate) since_ms: i64,
    pub(crate) state: Mooring,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mooring {
    /// The relay has not said anything yet.
    Asked,
    Held,
    /// The relay gave none, or it was lost. It is asked again.
    None {
        why: String,
    },
}

/// Everything about reaching others.
#[derive(Default)]
pub(crate) struct Reaching {
    labels: BTreeMap<NotebookId, u64>,
    told: BTreeMap<(u64, PeerName), Told>,
    /// Relays at which a berth is kept, and where they are.
    berths: Wanted,
    /// What came of that.
    moorings: BTreeMap<PeerName, Berth>,
    nearby: BTreeMap<PeerName, Vec<String>>,
    introduced: BTreeMap<PeerName, Vec<String>>,
    failures: BTreeMap<PeerName, String>,
    listening: Vec<String>,
    /// Where relays saw this node, whether they reached it when they called back, and since when.
    outside: BTreeMap<String, (bool, i64)>,
    online: bool,
}

impl Reaching {
    /// The node listens at these addresses; from the first call on it dials.
    pub(crate) fn listens_at(&mut self, addresses: Vec<String>) {
        self.listening = addresses;
        self.online = true;
    }

    /// Relays called back; what they do not speak of any more is forgotten.
    pub(crate) fn seen_at(&mut self, addresses: Vec<(String, bool)>, now_ms: i64) {
        let before = std::mem::take(&mut self.outside);
        let rows = addresses.into_iter().map(|(address, reached)| {
            let known = before.get(&address).filter(|(same, _)| *same == reached);
            let since_ms = known.map_or(now_ms, |(_, since_ms)| *since_ms);
            (address, (reached, since_ms))
        });
        self.outside = rows.collect();
    }

    /// Where relays saw this node, whether they reached it there, and since when on the wall clock.
    pub(crate) fn outside(&self) -> &BTreeMap<String, (bool, i64)> {
        &self.outside
    }

    /// Whether there is a network to dial on.
    pub(crate) fn is_online(&self) -> bool {
        self.online
    }

    /// Where this node listens.
    pub(crate) fn listening(&self) -> &[String] {
        &self.listening
    }

    /// Somebody was seen nearby. Beyond [`NEARBY_MAX`] names nothing more is remembered: anybody can claim to be nearby.
    pub(crate) fn seen_nearby(&mut self, peer: PeerName, mut addresses: Vec<String>) {
        addresses.truncate(ADDRESSES_PER_PEER_MAX);
        if self.nearby.len() < NEARBY_MAX || self.nearby.contains_key(&peer) {
            self.nearby.insert(peer, addresses);
        }
    }

    /// The person said where somebody is.
    pub(crate) fn introduce(&mut self, peer: PeerName, addresses: Vec<String>) {
        self.introduced.insert(peer, addresses);
    }

    /// Whom the person has named, and where they are.
    pub(crate) fn introduced(&self) -> &BTreeMap<PeerName, Vec<String>> {
        &self.introduced
    }

    /// Who was seen nearby, and where they are.
    pub(crate) fn nearby(&self) -> &BTreeMap<PeerName, Vec<String>> {
        &self.nearby
    }

    /// A round of dialling came to nothing.
    pub(crate) fn failed(&mut self, peer: PeerName, error: String) {
        self.failures.insert(peer, error);
    }

    /// Somebody was reached after all.
    pub(crate) fn reached(&mut self, peer: &PeerName) {
        self.failures.remove(peer);
    }

    /// The number under which streams for a notebook are asked for.
    pub(crate) fn label(&mut self, notebook: NotebookId) -> u64 {
        let next = self.labels.len() as u64;
        *self.labels.entry(notebook).or_insert(next)
    }

    /// The notebook that a stream was asked for.
    pub(crate) fn notebook_of(&self, label: u64) -> Option<NotebookId> {
        self.labels
            .iter()
            .find(|(_, known)| **known == label)
            .map(|(notebook, _)| *notebook)
    }

    /// Tells the driver what changed about whom to reach for a notebook. Everybody is tried through these relays too, but for
    /// the relays.
    pub(crate) fn want(
        &mut self,
        notebook: NotebookId,
        mut wanted: Wanted,
        relays: &[PeerName],
        tx: &mut Tx<'_>,
    ) {
        if !self.online {
            return;
        }
        let label = self.label(notebook);
        for (peer, addresses) in &mut wanted {
            for more in [self.introduced.get(peer), self.nearby.get(peer)]
                .into_iter()
                .flatten()
            {
                addresses.extend(more.iter().cloned());
            }
            let mut seen = BTreeSet::new();
            addresses.retain(|address| seen.insert(address.clone()));
            addresses.truncate(ADDRESSES_PER_PEER_MAX);
        }
        let gone: Vec<PeerName> = self
            .told
            .keys()
            .filter(|(told, peer)| *told == label && !wanted.contains_key(peer))
            .map(|(_, peer)| peer.clone())
            .collect();
        for peer in gone {
            self.told.remove(&(label, peer.clone()));
            tx.dial(Dial::Stop { peer, label });
        }
        for (peer, addresses) in wanted {
            let key = (label, peer.clone());
            let through = match relays.contains(&peer) {
                true => Vec::new(),
                false => relays.to_vec(),
            };
            let told = (addresses, through);
            if self.told.get(&key) != Some(&told) {
                self.told.insert(key, told.clone());
                let (addresses, through) = told;
                tx.dial(Dial::Keep {
                    peer,
                    addresses,
                    through,
                    label,
                });
            }
        }
    }

    /// Tells the driver what changed about the relays at which to keep a berth, those of all notebooks together.
    pub(crate) fn moor(&mut self, berths: Wanted, tx: &mut Tx<'_>) {
        if !self.online {
            return;
        }
        for relay in self
            .berths
            .keys()
            .filter(|relay| !berths.contains_key(*relay))
        {
            self.moorings.remove(relay);
            let relay = relay.clone();
            tx.dial(Dial::Unreserve { relay });
        }
        for (relay, addresses) in &berths {
            let asked = || Berth {
                since_ms: tx.now.wall_ms,
                state: Mooring::Asked,
            };
            self.moorings.entry(relay.clone()).or_insert_with(asked);
            if self.berths.get(relay) != Some(addresses) {
                let (relay, addresses) = (relay.clone(), addresses.clone());
                tx.dial(Dial::Reserve { relay, addresses });
            }
        }
        self.berths = berths;
    }

    /// What a relay that was asked for a berth made of it. A failure that lasts counts from its beginning.
    pub(crate) fn moored(&mut self, relay: &PeerName, came: Result<(), String>, now_ms: i64) {
        let Some(berth) = self.moorings.get_mut(relay) else {
            return;
        };
        let state = match came {
            Ok(()) => Mooring::Held,
            Err(why) => Mooring::None { why },
        };
        if std::mem::discriminant(&berth.state) != std::mem::discriminant(&state) {
            berth.since_ms = now_ms;
        }
        berth.state = state;
    }

    /// How it stands with the berth at a relay; none where no node runs, or this relay is not asked for one.
    pub(crate) fn berth(&self, relay: &PeerName) -> Option<&Berth> {
        self.moorings.get(relay)
    }
}
