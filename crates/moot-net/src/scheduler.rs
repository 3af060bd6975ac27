//! Owns the decision whom to dial and which stream to open, and when. Time and chance are handed in; it never dials.
//!
//! A *plan* exists per wanted peer. Dialling backs off per peer, opening streams per label: a peer that can be reached
//! may still refuse one label and serve another.

use std::{
    collections::{BTreeMap, VecDeque},
    time::{Duration, Instant},
};

use crate::{Address, PeerId, limits};

#[cfg(test)]
mod tests;

/// A number drawn evenly from 0 to 1, which becomes the share of the longest wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jitter(pub(crate) f64);

/// What the network task is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Action {
    /// Dial all of these at once, and report `connected` or `dial_failed`.
    Dial {
        peer: PeerId,
        addresses: Vec<Address>,
    },
    /// Dial an unknown peer, and report `probe_ended`.
    Probe { address: Address },
    /// Open a stream, and report `opened` or `open_failed`.
    Open { peer: PeerId, label: u64 },
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
    /// Every connected peer, wanted or not, and since when.
    connected: BTreeMap<PeerId, Instant>,
    /// Where peers showed themselves on the local network, wanted or not: they may be wanted next.
    nearby: BTreeMap<PeerId, Vec<Address>>,
    probes: VecDeque<Address>,
    /// Dials under way, of peers and of probes.
    dials: usize,
    listening: bool,
    rebuild_at_failures: u32,
}

struct Plan {
    labels: BTreeMap<u64, Label>,
    /// Given by the caller.
    addresses: Vec<Address>,
    /// Learned from the local network, latest first.
    hints: Vec<Address>,
    dialling: Dialling,
    failures: u32,
    not_before: Instant,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialling {
    No,
    UnderWay,
}

struct Label {
    stream: LabelStream,
    failures: u32,
}

enum LabelStream {
    Due { not_before: Instant },
    Opening,
    Open { since: Instant },
}

impl Scheduler {
    pub(crate) fn new() -> Scheduler {
        Scheduler {
            plans: BTreeMap::new(),
            connected: BTreeMap::new(),
            nearby: BTreeMap::new(),
            probes: VecDeque::new(),
            dials: 0,
            listening: false,
            rebuild_at_failures: limits::FAILURES_BEFORE_REBUILD,
        }
    }

    /// Starts dialling. Before that everything waits: a dial that precedes the listeners leaves from a useless port.
    pub(crate) fn listening(&mut self) {
        self.listening = true;
    }

    /// Wants a stream with this label. A new address is a reason to try at once.
    pub(crate) fn want(&mut self, peer: PeerId, addresses: Vec<Address>, label: u64, now: Instant) {
        let hints = self.nearby.get(&peer).cloned().unwrap_or_default();
        let plan = self
            .plans
            .entry(peer)
            .or_insert_with(|| Plan::new(hints, now));
        if addresses
            .iter()
            .any(|address| !plan.addresses.contains(address))
        {
            plan.try_at_once(now);
        }
        plan.addresses = addresses;
        plan.labels.entry(label).or_insert_with(|| Label::new(now));
    }

    /// Wants it no longer. A stream under way is dropped when it is reported.
    pub(crate) fn unwant(&mut self, peer: &PeerId, label: u64) {
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.labels.remove(&label);
            if plan.labels.is_empty() {
                self.plans.remove(peer);
            }
        }
    }

    pub(crate) fn wants(&self, peer: &PeerId) -> bool {
        self.plans.contains_key(peer)
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

    /// A first connection to the peer is up, whoever made it.
    pub(crate) fn connected(&mut self, peer: PeerId, now: Instant) {
        self.rebuild_at_failures = limits::FAILURES_BEFORE_REBUILD;
        self.connected.insert(peer, now);
    }

    /// The last connection is gone. One that lasted restarts the back-off, one that did not continues it.
    pub(crate) fn disconnected(&mut self, peer: &PeerId, now: Instant, jitter: Jitter) {
        let Some(since) = self.connected.remove(peer) else {
            return;
        };
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.failures = failures_after(plan.failures, since, now);
            plan.not_before = now + jitter.of(plan.failures);
        }
    }

    /// A dial of this peer ended well, or was not needed.
    pub(crate) fn dial_succeeded(&mut self, peer: &PeerId) {
        self.dial_ended(peer);
    }

    pub(crate) fn dial_failed(&mut self, peer: &PeerId, now: Instant, jitter: Jitter) {
        self.dial_ended(peer);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.failures = plan.failures.saturating_add(1);
            plan.not_before = now + jitter.of(plan.failures);
        }
    }

    pub(crate) fn opened(&mut self, peer: &PeerId, label: u64, now: Instant) -> Verdict {
        match self.label(peer, label) {
            Some(Label {
                stream: LabelStream::Open { .. },
                ..
            })
            | None => Verdict::Drop,
            Some(wanted) => {
                wanted.stream = LabelStream::Open { since: now };
                Verdict::Keep
            }
        }
    }

    pub(crate) fn open_failed(&mut self, peer: &PeerId, label: u64, now: Instant, jitter: Jitter) {
        if let Some(
            wanted @ Label {
                stream: LabelStream::Opening,
                ..
            },
        ) = self.label(peer, label)
        {
            wanted.failures = wanted.failures.saturating_add(1);
            wanted.stream = LabelStream::Due {
                not_before: now + jitter.of(wanted.failures),
            };
        }
    }

    /// A stream that was kept has closed. One that lasted is opened again soon, one that did not is taken for a refusal.
    pub(crate) fn closed(&mut self, peer: &PeerId, label: u64, now: Instant, jitter: Jitter) {
        if let Some(wanted) = self.label(peer, label)
            && let LabelStream::Open { since } = wanted.stream
        {
            wanted.failures = failures_after(wanted.failures, since, now);
            wanted.stream = LabelStream::Due {
                not_before: now + jitter.of(wanted.failures),
            };
        }
    }

    /// The peer was seen on the local network: dial it at once if it is wanted, there as well.
    pub(crate) fn seen(&mut self, peer: &PeerId, addresses: &[Address], now: Instant) {
        if let Some(plan) = self.plans.get_mut(peer) {
            put_first(&mut plan.hints, addresses);
            plan.failures = 0;
            plan.not_before = now;
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
    }

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
            if self.connected.contains_key(peer) {
                actions.extend(plan.take_due_labels(now).map(|label| Action::Open {
                    peer: peer.clone(),
                    label,
                }));
            }
        }
        // Whoever has waited longest comes first, so that many dead peers cannot keep a live one out.
        let mut waiting: Vec<(Instant, &PeerId)> = self
            .plans
            .iter()
            .filter(|(peer, _)| !self.connected.contains_key(*peer))
            .filter_map(|(peer, plan)| Some((plan.dial_due()?, peer)))
            .filter(|(due, _)| *due <= now)
            .collect();
        waiting.sort();
        let free = limits::DIALS_MAX.saturating_sub(self.dials);
        let chosen: Vec<PeerId> = waiting
            .into_iter()
            .take(free)
            .map(|(_, peer)| peer.clone())
            .collect();
        for peer in chosen {
            if let Some(plan) = self.plans.get_mut(&peer) {
                plan.dialling = Dialling::UnderWay;
                self.dials += 1;
                actions.push(Action::Dial {
                    addresses: plan.all_addresses(),
                    peer,
                });
            }
        }
        actions
    }

    /// When [`Scheduler::take_due`] is worth calling next, if nothing is reported before.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        if !self.listening {
            return None;
        }
        self.plans
            .iter()
            .filter_map(|(peer, plan)| match self.connected.contains_key(peer) {
                true => plan.labels_due(),
                false if self.dials < limits::DIALS_MAX => plan.dial_due(),
                false => None,
            })
            .min()
    }

    /// Whether everything fails, so that the fault may be our own: nobody is connected, and every peer that could be
    /// dialled failed many times. True once for each further round of failures.
    pub(crate) fn take_rebuild_due(&mut self) -> bool {
        let fewest = self
            .plans
            .values()
            .filter(|plan| !plan.all_addresses().is_empty())
            .map(|plan| plan.failures)
            .min();
        let due = self.connected.is_empty()
            && fewest.is_some_and(|failures| failures >= self.rebuild_at_failures);
        if due {
            self.rebuild_at_failures += limits::FAILURES_BEFORE_REBUILD;
        }
        due
    }

    /// The swarm was built anew: no dial is under way, and nobody listens yet.
    pub(crate) fn rebuilt(&mut self) {
        self.dials = 0;
        self.listening = false;
        for plan in self.plans.values_mut() {
            plan.dialling = Dialling::No;
        }
    }

    fn dial_ended(&mut self, peer: &PeerId) {
        self.dials = self.dials.saturating_sub(1);
        if let Some(plan) = self.plans.get_mut(peer) {
            plan.dialling = Dialling::No;
        }
    }

    fn label(&mut self, peer: &PeerId, label: u64) -> Option<&mut Label> {
        self.plans.get_mut(peer)?.labels.get_mut(&label)
    }
}

impl Plan {
    fn new(hints: Vec<Address>, now: Instant) -> Plan {
        Plan {
            labels: BTreeMap::new(),
            addresses: Vec::new(),
            hints,
            dialling: Dialling::No,
            failures: 0,
            not_before: now,
        }
    }

    fn try_at_once(&mut self, now: Instant) {
        self.failures = 0;
        self.not_before = now;
        for label in self.labels.values_mut() {
            label.failures = 0;
            if let LabelStream::Due { not_before } = &mut label.stream {
                *not_before = now;
            }
        }
    }

    fn all_addresses(&self) -> Vec<Address> {
        let mut all = Vec::new();
        for address in self.addresses.iter().chain(&self.hints) {
            if all.len() < limits::ADDRESSES_PER_PEER_MAX && !all.contains(address) {
                all.push(address.clone());
            }
        }
        all
    }

    fn labels_due(&self) -> Option<Instant> {
        self.labels.values().filter_map(Label::due).min()
    }

    fn dial_due(&self) -> Option<Instant> {
        if self.dialling == Dialling::UnderWay
            || (self.addresses.is_empty() && self.hints.is_empty())
        {
            return None;
        }
        self.labels_due().map(|due| due.max(self.not_before))
    }

    fn take_due_labels(&mut self, now: Instant) -> impl Iterator<Item = u64> {
        self.labels
            .iter_mut()
            .filter(move |(_, label)| label.due().is_some_and(|due| due <= now))
            .map(|(name, label)| {
                label.stream = LabelStream::Opening;
                *name
            })
    }
}

impl Label {
    fn new(now: Instant) -> Label {
        Label {
            stream: LabelStream::Due { not_before: now },
            failures: 0,
        }
    }

    fn due(&self) -> Option<Instant> {
        match self.stream {
            LabelStream::Due { not_before } => Some(not_before),
            LabelStream::Opening | LabelStream::Open { .. } => None,
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

fn put_first(known: &mut Vec<Address>, latest: &[Address]) {
    known.retain(|address| !latest.contains(address));
    known.splice(0..0, latest.iter().cloned());
    known.truncate(limits::ADDRESSES_PER_PEER_MAX);
}

fn failures_after(before: u32, since: Instant, now: Instant) -> u32 {
    match now.saturating_duration_since(since) < limits::SHORT_LIVED {
        true => before.saturating_add(1),
        false => 0,
    }
}
