//! Owns the decision whom to dial and which stream to open, and when. Time and chance are handed in; it never dials.
//!
//! A *plan* exists per wanted peer. Dialling backs off per peer and way, opening streams per label: a peer that can be reached
//! may still refuse one label and serve another. A peer is dialled at its addresses first, through relays a little later; what
//! runs through a relay moves as soon as there is a direct connection.

mod berths;
mod plan;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::{Duration, Instant},
};

pub(crate) use self::berths::Carrier;
use self::{
    berths::Berths,
    plan::{Plan, Relayed, put_first},
};
use crate::{Address, PeerId, Reach, limits};

#[cfg(test)]
mod tests;

/// A number drawn evenly from 0 to 1, which becomes the share of the longest wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jitter(pub(crate) f64);

/// How a connection runs, the better way first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Direct,
    Relayed,
}

impl Way {
    pub(crate) fn of(reach: &Reach) -> Way {
        match reach {
            Reach::Direct => Way::Direct,
            Reach::Relayed { .. } => Way::Relayed,
        }
    }
}

/// What the network task is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Dial all of these at once, and report `connected` or `dial_failed`.
    Dial {
        peer: PeerId,
        addresses: Vec<Address>,
    },
    /// Dial through all of these relays at once, also where the peer is connected, and report `connected` or
    /// `circuit_failed`. Each comes with an address.
    DialThrough {
        peer: PeerId,
        relays: Vec<(PeerId, Address)>,
    },
    /// Dial an unknown peer, and report `probe_ended`.
    Probe { address: Address },
    /// Open a stream on the best connection, and report `opened` or `open_failed`.
    Open { peer: PeerId, label: u64 },
    /// Connect to a relay that is connected over another transport, and report `relay_dialled` or `relay_dial_failed`.
    DialRelay {
        relay: PeerId,
        addresses: Vec<Address>,
        carrier: Carrier,
    },
    /// Ask a relay for a berth, and report `reserved` or `berth_lost`.
    Reserve { relay: PeerId },
}

/// Whether a stream that was opened is still wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Keep,
    Drop,
}

/// Plans for all wanted peers.
pub(crate) struct Scheduler {
    plans: BTreeMap<PeerId, Plan>,
    /// Every connected peer, wanted or not.
    connected: BTreeMap<PeerId, Ties>,
    /// When the last of all connections was lost, as long as there is none.
    alone_since: Option<Instant>,
    /// Where peers showed themselves on the local network, wanted or not: they may be wanted next.
    nearby: BTreeMap<PeerId, Vec<Address>>,
    probes: VecDeque<Address>,
    berths: Berths,
    /// Dials under way, of peers and of probes.
    dials: usize,
    /// Dials under way that lead through relays.
    circuit_dials: usize,
    listening: bool,
    rebuild_at_failures: u32,
}

/// The connections to one peer.
struct Ties {
    since: Instant,
    direct: usize,
    relayed: usize,
}

impl Scheduler {
    pub(crate) fn new() -> Scheduler {
        Scheduler {
            plans: BTreeMap::new(),
            connected: BTreeMap::new(),
            alone_since: None,
            nearby: BTreeMap::new(),
            probes: VecDeque::new(),
            berths: Berths::default(),
            dials: 0,
            circuit_dials: 0,
            listening: false,
            rebuild_at_failures: limits::FAILURES_BEFORE_REBUILD,
        }
    }

    /// Starts dialling. Before that everything waits: a dial that precedes the listeners leaves from a useless port.
    pub(crate) fn listening(&mut self) {
        self.listening = true;
    }

    /// Wants a stream with this label. A new address is a reason to try at once, and so is a new relay.
    pub(crate) fn want(
        &mut self,
        peer: PeerId,
        addresses: Vec<Address>,
        through: BTreeSet<PeerId>,
        label: u64,
        now: Instant,
    ) {
        let hints = self.nearby.get(&peer).cloned().unwrap_or_default();
        let plan = self
            .plans
            .entry(peer)
            .or_insert_with(|| Plan::new(hints, now));
        plan.want(addresses, through, label, now);
    }

    /// Wants it no longer. A stream under way is dropped when it is reported.
    pub(crate) fn unwant(&mut self, peer: &PeerId, label: u64) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.unwant(label);
            if plan.is_idle() {
                self.plans.remove(peer);
            }
        }
    }

    pub(crate) fn wants(&self, peer: &PeerId) -> bool {
        self.plans.contains_key(peer) || self.berths.wants(peer)
    }

    /// Wants a berth at a relay.
    pub(crate) fn want_berth(&mut self, relay: PeerId, addresses: Vec<Address>, now: Instant) {
        self.berths.want(relay, addresses, now);
    }

    /// Wants it no longer.
    pub(crate) fn unwant_berth(&mut self, relay: &PeerId) {
        self.berths.unwant(relay);
    }

    /// Whether a hole may have to be punched to a peer: there are relays by which the two can agree on when.
    pub(crate) fn may_be_punched_to(&self, peer: &PeerId) -> bool {
        let plan = self.plans.get(peer);
        plan.is_some_and(|plan| plan.through().next().is_some())
    }

    pub(crate) fn wants_berth(&self, relay: &PeerId) -> bool {
        self.berths.wants(relay)
    }

    /// Queues a dial of an address whose peer is not known; when too many wait, the oldest is forgotten and returned.
    pub(crate) fn probe(&mut self, address: Address) -> Option<Address> {
        self.probes.push_back(address);
        match self.probes.len() > limits::PROBES_MAX {
            true => self.probes.pop_front(),
            false => None,
        }
    }

    pub(crate) fn probe_ended(&mut self) {
        self.dials = self.dials.saturating_sub(1);
    }

    /// A connection to the peer is up, whoever made it. The first of all after a time without any is a sign that the others
    /// can be reached again too.
    pub(crate) fn connected(&mut self, peer: PeerId, way: Way, now: Instant) {
        self.rebuild_at_failures = limits::FAILURES_BEFORE_REBUILD;
        let alone_since = self.alone_since.take();
        if alone_since.is_some_and(|since| now.duration_since(since) >= limits::SHORT_LIVED) {
            let others = self.plans.iter_mut().filter(|(other, _)| **other != peer);
            others.for_each(|(_, plan)| plan.try_at_once(now));
            self.berths.at_once(now);
        }
        if let Some(plan) = self.plans.get_mut(&peer) {
            match way {
                Way::Relayed => plan.circuit.rest(now, limits::DIRECT_AGAIN),
                Way::Direct => plan.reached(),
            }
        }
        let ties = self.connected.entry(peer).or_insert(Ties {
            since: now,
            direct: 0,
            relayed: 0,
        });
        *ties.of(way) += 1;
    }

    /// A connection is gone. When it was the last, or the last direct one, dialling begins again.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, way: Way, now: Instant, jitter: Jitter) {
        let Some(ties) = self.connected.get_mut(peer) else {
            return;
        };
        *ties.of(way) = ties.of(way).saturating_sub(1);
        let since = ties.since;
        match ties.best() {
            Some(best) if best <= way => return,
            Some(_) => {}
            None => {
                self.connected.remove(peer);
            }
        }
        if self.connected.is_empty() {
            self.alone_since = Some(now);
        }
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.direct.lost(since, now, jitter);
            plan.circuit.lost(since, now, jitter);
        }
    }

    /// A dial of this peer ended well, or was not needed.
    pub(crate) fn dial_succeeded(&mut self, peer: &PeerId) {
        self.dial_ended(peer);
    }

    pub(crate) fn dial_failed(&mut self, peer: &PeerId, now: Instant, jitter: Jitter) {
        self.dial_ended(peer);
        let longest = self.longest_wait(peer, now);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.direct
                .fail(now, |failures| longest.of(failures, jitter));
        }
    }

    /// A dial through relays ended well, or was not needed.
    pub(crate) fn circuit_succeeded(&mut self, peer: &PeerId) {
        self.circuit_ended(peer);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.circuit.failures = 0;
        }
    }

    pub(crate) fn circuit_failed(&mut self, peer: &PeerId, now: Instant, jitter: Jitter) {
        self.circuit_ended(peer);
        let longest = self.longest_wait(peer, now);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.circuit
                .fail(now, |failures| longest.of(failures, jitter));
        }
    }

    /// No direct connection came of calling each other at the same moment. Of the two only one is told.
    pub(crate) fn hole_failed(&mut self, peer: &PeerId, now: Instant, jitter: Jitter) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.hole_failed(now, jitter);
        }
    }

    pub(crate) fn opened(&mut self, peer: &PeerId, label: u64, way: Way, now: Instant) -> Verdict {
        let plan = self.plans.get_mut(peer);
        plan.map_or(Verdict::Drop, |plan| plan.opened(label, way, now))
    }

    pub(crate) fn open_failed(&mut self, peer: &PeerId, label: u64, now: Instant, jitter: Jitter) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.open_failed(label, now, jitter);
        }
    }

    /// A stream that was kept has closed. One that lasted is opened again soon, one that did not is taken for a refusal.
    pub(crate) fn closed(
        &mut self,
        peer: &PeerId,
        label: u64,
        way: Way,
        now: Instant,
        jitter: Jitter,
    ) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.closed(label, way, now, jitter);
        }
    }

    /// The peer was seen on the local network: dial it at once if it is wanted, there as well.
    pub(crate) fn seen(&mut self, peer: &PeerId, addresses: &[Address], now: Instant) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.seen(addresses, now);
        }
        if self.nearby.contains_key(peer) || self.nearby.len() < limits::NEARBY_PEERS_MAX {
            put_first(self.nearby.entry(peer.clone()).or_default(), addresses);
        }
    }

    /// The peer has not been seen for a while. A plan keeps what it learned, which may still be right.
    pub(crate) fn not_seen(&mut self, peer: &PeerId) {
        self.nearby.remove(peer);
    }

    /// The network changed or the machine woke: what failed before says nothing now.
    pub(crate) fn reset(&mut self, now: Instant) {
        for plan in self.plans.values_mut() {
            plan.try_at_once(now);
        }
        self.berths.at_once(now);
    }

    // Relays.

    /// A relay is connected over this transport.
    pub(crate) fn relay_connected(&mut self, relay: &PeerId, carrier: Carrier, now: Instant) {
        self.berths.connected(relay, carrier, now);
    }

    /// A relay has told under which address it sees this node over this transport.
    pub(crate) fn relay_identified(&mut self, relay: &PeerId, carrier: Carrier) {
        self.berths.identified(relay, carrier);
    }

    pub(crate) fn relay_disconnected(
        &mut self,
        relay: &PeerId,
        carrier: Carrier,
        now: Instant,
        jitter: Jitter,
    ) {
        self.berths.disconnected(relay, carrier, now, jitter);
    }

    /// A relay and this node have proved themselves to each other.
    pub(crate) fn relay_trusted(&mut self, relay: &PeerId, now: Instant) {
        self.berths.trusted(relay, now);
    }

    pub(crate) fn relay_dialled(&mut self, relay: &PeerId, carrier: Carrier) {
        self.berths.dial_ended(relay, carrier);
    }

    pub(crate) fn relay_dial_failed(
        &mut self,
        relay: &PeerId,
        carrier: Carrier,
        now: Instant,
        jitter: Jitter,
    ) {
        self.berths.dial_failed(relay, carrier, now, jitter);
    }

    /// A relay gave a berth. Tells whether that is news; if it is, whoever was not reached through it is tried again.
    pub(crate) fn reserved(&mut self, relay: &PeerId, now: Instant) -> bool {
        let is_news = self.berths.reserved(relay, now);
        let missed = self.plans.iter_mut().filter(|(peer, plan)| {
            is_news && !self.connected.contains_key(peer) && plan.through().any(|one| one == relay)
        });
        missed.for_each(|(_, plan)| plan.circuit.at_once(now));
        is_news
    }

    /// A relay gave no berth, or the one it gave is gone.
    pub(crate) fn berth_lost(&mut self, relay: &PeerId, now: Instant, jitter: Jitter) {
        self.berths.lost(relay, now, jitter);
    }

    /// Where a relay is.
    pub(crate) fn relay_addresses(&self, relay: &PeerId) -> &[Address] {
        self.berths.addresses(relay)
    }

    // What to do.

    /// Takes what is to be done now. Call again after every report and at [`Scheduler::next_due`].
    pub(crate) fn take_due(&mut self, now: Instant) -> Vec<Action> {
        let mut actions = Vec::new();
        if !self.listening {
            return actions;
        }
        while self.dials < limits::DIALS_MAX
            && let Some(address) = self.probes.pop_front()
        {
            self.dials += 1;
            actions.push(Action::Probe { address });
        }
        for (peer, plan) in &mut self.plans {
            if let Some(best) = self.connected.get(peer).and_then(Ties::best) {
                let due = plan.take_due_streams(best, now).into_iter();
                actions.extend(due.map(|label| Action::Open {
                    peer: peer.clone(),
                    label,
                }));
            }
        }
        self.take_due_dials(now, &mut actions);
        self.take_due_circuits(now, &mut actions);
        actions.extend(self.berths.take_due(now));
        actions
    }

    fn take_due_dials(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let free = limits::DIALS_MAX.saturating_sub(self.dials);
        let chosen = self.longest_waiting(now, free, |plan, relayed| plan.dial_due(relayed));
        for peer in chosen {
            if let Some(plan) = self.plans.get_mut(&peer) {
                plan.direct.begin(now);
                self.dials += 1;
                actions.push(Action::Dial {
                    addresses: plan.all_addresses(),
                    peer,
                });
            }
        }
    }

    fn take_due_circuits(&mut self, now: Instant, actions: &mut Vec<Action>) {
        let free = limits::CIRCUIT_DIALS_MAX.saturating_sub(self.circuit_dials);
        let chosen =
            self.longest_waiting(now, free, |plan, relayed| self.circuit_due(plan, relayed));
        for peer in chosen {
            let Some(plan) = self.plans.get_mut(&peer) else {
                continue;
            };
            plan.circuit.begin(now);
            self.circuit_dials += 1;
            let berths = &self.berths;
            let usable =
                |relay: &&PeerId| berths.usable_from(relay).is_some_and(|from| from <= now);
            let relays = plan.through().filter(usable).filter_map(|relay| {
                let address = berths.addresses(relay).first()?;
                Some((relay.clone(), address.clone()))
            });
            actions.push(Action::DialThrough {
                relays: relays.collect(),
                peer,
            });
        }
    }

    /// Whoever has waited longest comes first, so that many dead peers cannot keep a live one out.
    fn longest_waiting(
        &self,
        now: Instant,
        count: usize,
        due_of: impl Fn(&Plan, Relayed) -> Option<Instant>,
    ) -> Vec<PeerId> {
        let mut waiting: Vec<(Instant, &PeerId)> = self
            .plans
            .iter()
            .filter_map(|(peer, plan)| Some((due_of(plan, self.relayed(peer)?)?, peer)))
            .filter(|(due, _)| *due <= now)
            .collect();
        waiting.sort();
        let chosen = waiting.into_iter().take(count);
        chosen.map(|(_, peer)| peer.clone()).collect()
    }

    /// When [`Scheduler::take_due`] is worth calling next, if nothing is reported before.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        if !self.listening {
            return None;
        }
        let plans = self.plans.iter().flat_map(|(peer, plan)| {
            let best = self.connected.get(peer).and_then(Ties::best);
            let streams = best.and_then(|best| plan.streams_due(best));
            let relayed = self.relayed(peer);
            let dial = relayed
                .filter(|_| self.dials < limits::DIALS_MAX)
                .and_then(|relayed| plan.dial_due(relayed));
            let circuit = relayed
                .filter(|_| self.circuit_dials < limits::CIRCUIT_DIALS_MAX)
                .and_then(|relayed| self.circuit_due(plan, relayed));
            [streams, dial, circuit].into_iter().flatten()
        });
        plans.chain(self.berths.next_due()).min()
    }

    /// Whether everything fails, so that the fault may be our own: nobody is connected, and every peer that could be
    /// dialled failed many times. True once for each further round of failures.
    pub(crate) fn take_rebuild_due(&mut self) -> bool {
        let fewest = self
            .plans
            .values()
            .filter(|plan| !plan.all_addresses().is_empty())
            .map(|plan| plan.direct.failures)
            .min();
        let due = self.connected.is_empty()
            && fewest.is_some_and(|failures| failures >= self.rebuild_at_failures);
        if due {
            self.rebuild_at_failures += limits::FAILURES_BEFORE_REBUILD;
        }
        due
    }

    /// The swarm was built anew: no dial is under way, and nobody listens yet.
    pub(crate) fn rebuilt(&mut self, now: Instant) {
        self.dials = 0;
        self.circuit_dials = 0;
        self.listening = false;
        self.plans.values_mut().for_each(Plan::rebuilt);
        self.berths.rebuilt(now);
    }

    fn dial_ended(&mut self, peer: &PeerId) {
        self.dials = self.dials.saturating_sub(1);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.direct.end();
        }
    }

    fn circuit_ended(&mut self, peer: &PeerId) {
        self.circuit_dials = self.circuit_dials.saturating_sub(1);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.circuit.end();
        }
    }

    /// Whether a peer is connected through a relay; none where it is connected directly and nothing is to be dialled.
    fn relayed(&self, peer: &PeerId) -> Option<Relayed> {
        match self.connected.get(peer).and_then(Ties::best) {
            None => Some(Relayed::No),
            Some(Way::Relayed) => Some(Relayed::Yes),
            Some(Way::Direct) => None,
        }
    }

    fn circuit_due(&self, plan: &Plan, relayed: Relayed) -> Option<Instant> {
        let usable = plan
            .through()
            .filter_map(|relay| self.berths.usable_from(relay));
        Some(plan.circuit_due(relayed)?.max(usable.min()?))
    }

    fn longest_wait(&self, peer: &PeerId, now: Instant) -> Longest {
        let shortly = |since: Instant| now.saturating_duration_since(since) < limits::ALONE_SHORTLY;
        if self.connected.contains_key(peer) {
            Longest::NoHurry
        } else if self.alone_since.is_some_and(shortly) {
            Longest::Alone
        } else {
            Longest::Usual
        }
    }
}

/// How long the wait after a failure may become.
#[derive(Clone, Copy)]
enum Longest {
    Usual,
    /// Nobody at all is connected any more.
    Alone,
    /// The peer is reached through a relay meanwhile.
    NoHurry,
}

impl Longest {
    fn of(self, failures: u32, jitter: Jitter) -> Duration {
        match self {
            Longest::Usual => jitter.of(failures),
            Longest::Alone => jitter.of(failures).min(limits::BACKOFF_ALONE),
            Longest::NoHurry => limits::DIRECT_AGAIN,
        }
    }
}

impl Ties {
    fn of(&mut self, way: Way) -> &mut usize {
        match way {
            Way::Direct => &mut self.direct,
            Way::Relayed => &mut self.relayed,
        }
    }

    fn best(&self) -> Option<Way> {
        match (self.direct, self.relayed) {
            (0, 0) => None,
            (0, _) => Some(Way::Relayed),
            (_, _) => Some(Way::Direct),
        }
    }
}

impl Jitter {
    /// The wait after so many failures in a row; after none it is as after one.
    fn of(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        let longest = (limits::BACKOFF_FIRST * 2_u32.pow(doublings)).min(limits::BACKOFF_MAX);
        longest.mul_f64(self.0.clamp(0.0, 1.0))
    }
}
