//! One home: an engine or none, its disk, its clocks, and whom it keeps dialling.
//!
//! Owns what survives a crash and what does not. Never decides when one happens.

use std::collections::BTreeMap;

use moot_engine::{Engine, Now, Opening, PeerName, Place};

use crate::memory_store::MemoryStore;
use crate::relay::RelayNode;

/// How a process ends that did not mean to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// The process was killed: what was committed is there.
    Killed,
    /// The power went: what was not synced is gone.
    PowerCut,
}

/// A stream that is to be kept open to somebody.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dialling {
    pub(crate) addresses: Vec<String>,
    /// When to try next.
    pub(crate) due_ms: u64,
    /// How long to wait after the next failure.
    pub(crate) wait_ms: u64,
    /// The stream, while it is open, and since when.
    pub(crate) open: Option<(u64, u64)>,
}

/// One home.
pub(crate) struct Node {
    pub(crate) engine: Option<Engine>,
    /// What it is instead of a member.
    pub(crate) relay: Option<RelayNode>,
    pub(crate) store: MemoryStore,
    pub(crate) place: Place,
    pub(crate) marker: Option<Vec<u8>>,
    pub(crate) storage_key: [u8; 32],
    /// Its name on the network while it runs.
    pub(crate) peer: PeerName,
    pub(crate) address: String,
    /// How far its wall clock is off.
    pub(crate) skew_ms: i64,
    /// When its process was started.
    pub(crate) started_ms: u64,
    /// Counts its processes, so that what was meant for an earlier one is known.
    pub(crate) life: u64,
    /// When it wants to be woken, on the clock of the world.
    pub(crate) tick_ms: Option<u64>,
    pub(crate) dials: BTreeMap<(PeerName, u64), Dialling>,
}

impl Node {
    pub(crate) fn new(place: Place, storage_key: [u8; 32], skew_ms: i64) -> Self {
        let address = format!("sim:{}", place.path);
        Self {
            engine: None,
            relay: None,
            store: MemoryStore::new(),
            place,
            marker: None,
            storage_key,
            peer: PeerName(String::new()),
            address,
            skew_ms,
            started_ms: 0,
            life: 0,
            tick_ms: None,
            dials: BTreeMap::new(),
        }
    }

    /// Whether its process runs.
    pub(crate) fn is_up(&self) -> bool {
        self.engine.is_some() || self.relay.as_ref().is_some_and(RelayNode::is_up)
    }

    /// What its clocks say; the steady one starts with the process.
    pub(crate) fn now(&self, world_ms: u64) -> Now {
        let since_epoch_ms = crate::world::EPOCH_MS.saturating_add_unsigned(world_ms);
        Now {
            wall_ms: since_epoch_ms.saturating_add(self.skew_ms),
            steady_ms: world_ms - self.started_ms,
        }
    }

    pub(crate) fn opening(&self, seed: [u8; 32]) -> Opening {
        Opening {
            seed,
            storage_key: self.storage_key,
            place: self.place.clone(),
            marker: self.marker.clone(),
        }
    }

    /// Ends the process.
    pub(crate) fn end(&mut self, how: Crash) {
        self.engine = None;
        self.tick_ms = None;
        self.dials.clear();
        self.life += 1;
        if let Some(relay) = &mut self.relay {
            relay.end(how == Crash::PowerCut);
        }
        match how {
            Crash::Killed => self.store.reopen(),
            Crash::PowerCut => self.store.lose_power(),
        }
    }
}
