//! Owns the decision when to ask which relay for a berth, and when a relay can be used for circuits. Times are handed in.
//!
//! What a hole is punched with is settled when a circuit is made, and includes only what relays have seen by then. So each
//! relay is connected over every transport it has an address for, before it is asked for a berth or a circuit.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{Action, Jitter, plan::Attempts};
use crate::{Address, PeerId, limits};

/// What a direct connection runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Carrier {
    Tcp,
    Quic,
}

/// Berths at all wanted relays.
#[derive(Default)]
pub(super) struct Berths {
    relays: BTreeMap<PeerId, Berth>,
}

struct Berth {
    addresses: Vec<Address>,
    /// Transports over which it is connected.
    ties: BTreeMap<Carrier, Tie>,
    /// Attempts to connect over the others.
    dials: BTreeMap<Carrier, Attempts>,
    connected_since: Instant,
    /// Whether it and this node have proved themselves to each other since it was connected.
    standing: Standing,
    state: State,
    failures: u32,
}

#[derive(Default)]
struct Tie {
    connections: usize,
    /// Whether it has told under which address it sees this node.
    is_identified: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Stranger,
    Trusted { since: Instant },
}

enum State {
    Wanted { not_before: Instant },
    Asked,
    Held { since: Instant },
}

impl Carrier {
    /// None of an address that is neither.
    pub(crate) fn of(address: &Address) -> Option<Carrier> {
        let text = address.as_str();
        if text.contains("/p2p-circuit") {
            None
        } else if text.contains("/quic-v1") {
            Some(Carrier::Quic)
        } else if text.contains("/tcp/") {
            Some(Carrier::Tcp)
        } else {
            None
        }
    }
}

impl Berths {
    pub(super) fn want(&mut self, relay: PeerId, addresses: Vec<Address>, now: Instant) {
        let berth = self.relays.entry(relay).or_insert_with(|| Berth::new(now));
        for carrier in addresses.iter().filter_map(Carrier::of) {
            let attempts = || Attempts::new(now);
            berth.dials.entry(carrier).or_insert_with(attempts);
        }
        if addresses
            .iter()
            .any(|address| !berth.addresses.contains(address))
        {
            berth.at_once(now);
        }
        berth.addresses = addresses;
    }

    pub(super) fn unwant(&mut self, relay: &PeerId) {
        self.relays.remove(relay);
    }

    pub(super) fn wants(&self, relay: &PeerId) -> bool {
        self.relays.contains_key(relay)
    }

    pub(super) fn connected(&mut self, relay: &PeerId, carrier: Carrier, now: Instant) {
        if let Some(berth) = self.relays.get_mut(relay) {
            if berth.ties.is_empty() {
                berth.connected_since = now;
                // It is there: what failed while it was not says nothing now.
                berth.at_once(now);
            }
            berth.ties.entry(carrier).or_default().connections += 1;
        }
    }

    pub(super) fn identified(&mut self, relay: &PeerId, carrier: Carrier) {
        if let Some(berth) = self.relays.get_mut(relay)
            && let Some(tie) = berth.ties.get_mut(&carrier)
        {
            tie.is_identified = true;
            if let Some(attempts) = berth.dials.get_mut(&carrier) {
                attempts.failures = 0;
            }
        }
    }

    pub(super) fn disconnected(
        &mut self,
        relay: &PeerId,
        carrier: Carrier,
        now: Instant,
        jitter: Jitter,
    ) {
        let Some(berth) = self.relays.get_mut(relay) else {
            return;
        };
        if let Some(tie) = berth.ties.get_mut(&carrier) {
            tie.connections = tie.connections.saturating_sub(1);
        }
        berth.ties.retain(|_, tie| tie.connections > 0);
        if let Some(attempts) = berth.dials.get_mut(&carrier) {
            attempts.rest(now, jitter.of(1));
        }
        if berth.ties.is_empty() {
            berth.standing = Standing::Stranger;
        }
    }

    /// The relay and this node have proved themselves to each other.
    pub(super) fn trusted(&mut self, relay: &PeerId, now: Instant) {
        if let Some(berth) = self.relays.get_mut(relay)
            && !berth.ties.is_empty()
            && berth.standing == Standing::Stranger
        {
            berth.standing = Standing::Trusted { since: now };
        }
    }

    pub(super) fn dial_ended(&mut self, relay: &PeerId, carrier: Carrier) {
        if let Some(attempts) = self.attempts(relay, carrier) {
            attempts.end();
        }
    }

    pub(super) fn dial_failed(
        &mut self,
        relay: &PeerId,
        carrier: Carrier,
        now: Instant,
        jitter: Jitter,
    ) {
        if let Some(attempts) = self.attempts(relay, carrier) {
            attempts.end();
            attempts.fail(now, |failures| jitter.of(failures));
        }
    }

    /// The relay gave a berth. Tells whether that is new.
    pub(super) fn reserved(&mut self, relay: &PeerId, now: Instant) -> bool {
        match self.relays.get_mut(relay) {
            Some(berth) if !matches!(berth.state, State::Held { .. }) => {
                berth.state = State::Held { since: now };
                true
            }
            _ => false,
        }
    }

    /// The relay gave none, or what it gave is gone.
    pub(super) fn lost(&mut self, relay: &PeerId, now: Instant, jitter: Jitter) {
        let Some(berth) = self.relays.get_mut(relay) else {
            return;
        };
        let lasted = match berth.state {
            State::Held { since } => now.saturating_duration_since(since) >= limits::SHORT_LIVED,
            State::Wanted { .. } | State::Asked => false,
        };
        berth.failures = if lasted {
            0
        } else {
            berth.failures.saturating_add(1)
        };
        berth.state = State::Wanted {
            not_before: now + jitter.of(berth.failures),
        };
    }

    /// What failed before says nothing now.
    pub(super) fn at_once(&mut self, now: Instant) {
        for berth in self.relays.values_mut() {
            berth.at_once(now);
        }
    }

    /// The swarm was built anew: nothing is connected.
    pub(super) fn rebuilt(&mut self, now: Instant) {
        for berth in self.relays.values_mut() {
            let fresh = Berth::new(now);
            berth.ties.clear();
            berth.dials.values_mut().for_each(Attempts::end);
            (berth.standing, berth.state) = (fresh.standing, fresh.state);
        }
    }

    /// From when on this one of the relays can be used for circuits, if it can.
    pub(super) fn usable_from(&self, relay: &PeerId) -> Option<Instant> {
        self.relays.get(relay)?.usable_from()
    }

    /// Where the relay is.
    pub(super) fn addresses(&self, relay: &PeerId) -> &[Address] {
        self.relays.get(relay).map_or(&[], |berth| &berth.addresses)
    }

    pub(super) fn take_due(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        for (relay, berth) in &mut self.relays {
            for (carrier, due) in berth.dials_due() {
                if due > now {
                    continue;
                }
                let addresses = berth.addresses.iter();
                let addresses = addresses.filter(|one| Carrier::of(one) == Some(carrier));
                actions.push(Action::DialRelay {
                    relay: relay.clone(),
                    addresses: addresses.cloned().collect(),
                    carrier,
                });
                if let Some(attempts) = berth.dials.get_mut(&carrier) {
                    attempts.begin(now);
                }
            }
            if berth.asking_due().is_some_and(|due| due <= now) {
                berth.state = State::Asked;
                actions.push(Action::Reserve {
                    relay: relay.clone(),
                });
            }
        }
        actions
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        let relays = self.relays.values();
        let due = relays.flat_map(|berth| {
            let dials = berth.dials_due().into_iter().map(|(_, due)| due);
            dials.chain(berth.asking_due())
        });
        due.min()
    }

    fn attempts(&mut self, relay: &PeerId, carrier: Carrier) -> Option<&mut Attempts> {
        self.relays.get_mut(relay)?.dials.get_mut(&carrier)
    }
}

impl Berth {
    fn new(now: Instant) -> Berth {
        Berth {
            addresses: Vec::new(),
            ties: BTreeMap::new(),
            dials: BTreeMap::new(),
            connected_since: now,
            standing: Standing::Stranger,
            state: State::Wanted { not_before: now },
            failures: 0,
        }
    }

    fn at_once(&mut self, now: Instant) {
        self.failures = 0;
        self.dials
            .values_mut()
            .for_each(|attempts| attempts.at_once(now));
        if let State::Wanted { not_before } = &mut self.state {
            *not_before = now;
        }
    }

    fn carriers(&self) -> BTreeSet<Carrier> {
        self.addresses.iter().filter_map(Carrier::of).collect()
    }

    /// The first connection is the caller's business; the others follow.
    fn dials_due(&self) -> Vec<(Carrier, Instant)> {
        if self.ties.is_empty() {
            return Vec::new();
        }
        let missing = self.carriers().into_iter();
        let missing = missing.filter(|carrier| !self.ties.contains_key(carrier));
        let due = missing.filter_map(|carrier| Some((carrier, self.dials.get(&carrier)?.due()?)));
        due.collect()
    }

    fn usable_from(&self) -> Option<Instant> {
        let is_identified =
            |carrier: &Carrier| self.ties.get(carrier).is_some_and(|tie| tie.is_identified);
        let has_failed =
            |carrier: &Carrier| self.dials.get(carrier).is_some_and(|a| a.failures > 0);
        let Standing::Trusted { since } = self.standing else {
            return None;
        };
        if !self.ties.keys().any(is_identified) {
            return None;
        }
        let is_settled = |carrier: &Carrier| is_identified(carrier) || has_failed(carrier);
        let patience = match self.carriers().iter().all(is_settled) {
            true => Duration::ZERO,
            false => limits::BERTH_PATIENCE,
        };
        Some((self.connected_since + patience).max(since + limits::BERTH_COURTESY))
    }

    fn asking_due(&self) -> Option<Instant> {
        let usable_from = self.usable_from()?;
        match self.state {
            State::Wanted { not_before } => Some(not_before.max(usable_from)),
            State::Asked | State::Held { .. } => None,
        }
    }
}
