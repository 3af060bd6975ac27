//! Owns what is planned for one wanted peer: its streams, and the two ways of reaching it, directly and through relays.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use super::{Jitter, Verdict, Way};
use crate::{Address, PeerId, limits};

/// The plan for one peer.
pub(super) struct Plan {
    labels: BTreeMap<u64, Label>,
    /// Given by the caller.
    addresses: Vec<Address>,
    /// Learned from the local network, latest first.
    hints: Vec<Address>,
    /// Dialling its addresses.
    pub(super) direct: Attempts,
    /// Dialling through relays.
    pub(super) circuit: Attempts,
    /// Holes that could not be punched since there was last a reason to hope.
    holes_failed: u32,
}

/// How attempts of one kind go.
pub(super) struct Attempts {
    /// Since when one is under way.
    under_way: Option<Instant>,
    pub(super) failures: u32,
    not_before: Instant,
}

struct Label {
    /// Relays that may be used for it.
    through: BTreeSet<PeerId>,
    stream: LabelStream,
    failures: u32,
}

enum LabelStream {
    Due {
        not_before: Instant,
    },
    Opening,
    Open {
        since: Instant,
        way: Way,
        /// Where there is a better way, the stream does not move there before.
        move_not_before: Instant,
    },
    /// Open through a relay, and opening directly.
    Moving {
        since: Instant,
    },
}

impl Plan {
    pub(super) fn new(hints: Vec<Address>, now: Instant) -> Plan {
        Plan {
            labels: BTreeMap::new(),
            addresses: Vec::new(),
            hints,
            direct: Attempts::new(now),
            circuit: Attempts::new(now),
            holes_failed: 0,
        }
    }

    pub(super) fn want(
        &mut self,
        addresses: Vec<Address>,
        through: BTreeSet<PeerId>,
        label: u64,
        now: Instant,
    ) {
        let is_new = |address| !self.addresses.contains(address);
        if addresses.iter().any(is_new) {
            self.direct.at_once(now);
            self.open_at_once(now);
        }
        self.addresses = addresses;
        let wanted = self.labels.entry(label).or_insert_with(|| Label::new(now));
        if !through.is_subset(&wanted.through) {
            self.circuit.at_once(now);
        }
        wanted.through = through;
    }

    pub(super) fn unwant(&mut self, label: u64) {
        self.labels.remove(&label);
    }

    pub(super) fn is_idle(&self) -> bool {
        self.labels.is_empty()
    }

    /// It was seen on the local network.
    pub(super) fn seen(&mut self, addresses: &[Address], now: Instant) {
        put_first(&mut self.hints, addresses);
        self.direct.at_once(now);
    }

    /// What failed before says nothing now.
    pub(super) fn try_at_once(&mut self, now: Instant) {
        self.direct.at_once(now);
        self.circuit.at_once(now);
        self.open_at_once(now);
        self.holes_failed = 0;
    }

    /// No hole could be punched. By far most of those that can be are at the first try; what keeps it from going is now and then
    /// over in a moment, so it is tried once more soon, and then in no hurry.
    pub(super) fn hole_failed(&mut self, now: Instant, jitter: Jitter) {
        if self.holes_failed == 0 {
            let wait = limits::HOLE_AGAIN.mul_f64(0.5 + jitter.0.clamp(0.0, 1.0));
            self.circuit.rest(now, wait);
        }
        self.holes_failed = self.holes_failed.saturating_add(1);
    }

    /// The peer is connected directly.
    pub(super) fn reached(&mut self) {
        self.holes_failed = 0;
    }

    fn open_at_once(&mut self, now: Instant) {
        for label in self.labels.values_mut() {
            label.failures = 0;
            if let LabelStream::Due { not_before } = &mut label.stream {
                *not_before = now;
            }
        }
    }

    /// The swarm was built anew.
    pub(super) fn rebuilt(&mut self) {
        self.direct.under_way = None;
        self.circuit.under_way = None;
    }

    pub(super) fn all_addresses(&self) -> Vec<Address> {
        let mut all = Vec::new();
        for address in self.addresses.iter().chain(&self.hints) {
            if all.len() < limits::ADDRESSES_PER_PEER_MAX && !all.contains(address) {
                all.push(address.clone());
            }
        }
        all
    }

    /// Every relay that may be used.
    pub(super) fn through(&self) -> impl Iterator<Item = &PeerId> {
        let all: BTreeSet<&PeerId> = self.labels.values().flat_map(|one| &one.through).collect();
        all.into_iter()
    }

    /// When a stream is wanted for which there is no connection, if one is.
    fn labels_due(&self) -> Option<Instant> {
        self.labels.values().filter_map(Label::due).min()
    }

    /// When its addresses are to be dialled, given that there is no direct connection.
    pub(super) fn dial_due(&self, relayed: Relayed) -> Option<Instant> {
        if self.direct.under_way.is_some() || self.all_addresses().is_empty() {
            return None;
        }
        self.due(&self.direct, relayed)
    }

    /// When a circuit to it is to be dialled, given that there is no direct connection and a relay that can be used.
    pub(super) fn circuit_due(&self, relayed: Relayed) -> Option<Instant> {
        if self.circuit.under_way.is_some() {
            return None;
        }
        let start = self
            .direct
            .under_way
            .map(|since| since + limits::DIRECT_HEAD_START);
        let due = self.due(&self.circuit, relayed)?;
        Some(start.map_or(due, |start| due.max(start)))
    }

    fn due(&self, attempts: &Attempts, relayed: Relayed) -> Option<Instant> {
        match relayed {
            // Streams run already; there is no hurry.
            Relayed::Yes => (!self.is_idle()).then_some(attempts.not_before),
            Relayed::No => self.labels_due().map(|due| due.max(attempts.not_before)),
        }
    }

    /// When a stream is to be opened, given the best connection.
    pub(super) fn streams_due(&self, best: Way) -> Option<Instant> {
        let due = self.labels.values().filter_map(|label| label.due_on(best));
        due.min()
    }

    /// Takes the labels of which a stream is to be opened now.
    pub(super) fn take_due_streams(&mut self, best: Way, now: Instant) -> Vec<u64> {
        let labels = self.labels.iter_mut();
        let due = labels.filter(|(_, label)| label.due_on(best).is_some_and(|due| due <= now));
        due.map(|(name, label)| {
            label.stream = match label.stream {
                LabelStream::Open { since, .. } => LabelStream::Moving { since },
                _ => LabelStream::Opening,
            };
            *name
        })
        .collect()
    }

    pub(super) fn opened(&mut self, label: u64, way: Way, now: Instant) -> Verdict {
        let Some(wanted) = self.labels.get_mut(&label) else {
            return Verdict::Drop;
        };
        let is_better = match wanted.stream {
            LabelStream::Due { .. } | LabelStream::Opening => true,
            LabelStream::Open { way: present, .. } => way < present,
            LabelStream::Moving { since } => {
                // The direct connection was gone before the stream was there.
                if way == Way::Relayed {
                    wanted.stay(since, now);
                }
                way == Way::Direct
            }
        };
        if !is_better {
            return Verdict::Drop;
        }
        wanted.stream = LabelStream::Open {
            since: now,
            way,
            move_not_before: now,
        };
        Verdict::Keep
    }

    pub(super) fn open_failed(&mut self, label: u64, now: Instant, jitter: Jitter) {
        let Some(wanted) = self.labels.get_mut(&label) else {
            return;
        };
        match wanted.stream {
            LabelStream::Opening => {
                wanted.failures = wanted.failures.saturating_add(1);
                wanted.stream = LabelStream::Due {
                    not_before: now + jitter.of(wanted.failures),
                };
            }
            LabelStream::Moving { since } => {
                wanted.failures = wanted.failures.saturating_add(1);
                let wait = jitter.of(wanted.failures);
                wanted.stay(since, now + wait);
            }
            LabelStream::Due { .. } | LabelStream::Open { .. } => {}
        }
    }

    /// A stream that was kept has closed. That one was left behind when it moved says nothing.
    pub(super) fn closed(&mut self, label: u64, way: Way, now: Instant, jitter: Jitter) {
        let Some(wanted) = self.labels.get_mut(&label) else {
            return;
        };
        match wanted.stream {
            LabelStream::Open {
                since,
                way: present,
                ..
            } if present == way => {
                wanted.failures = failures_after(wanted.failures, since, now);
                wanted.stream = LabelStream::Due {
                    not_before: now + jitter.of(wanted.failures),
                };
            }
            LabelStream::Moving { .. } if way == Way::Relayed => {
                wanted.stream = LabelStream::Opening;
            }
            _ => {}
        }
    }
}

/// Whether a peer to which there is no direct connection is connected through a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relayed {
    No,
    Yes,
}

impl Attempts {
    pub(super) fn new(now: Instant) -> Attempts {
        Attempts {
            under_way: None,
            failures: 0,
            not_before: now,
        }
    }

    pub(super) fn begin(&mut self, now: Instant) {
        self.under_way = Some(now);
    }

    pub(super) fn end(&mut self) {
        self.under_way = None;
    }

    pub(super) fn due(&self) -> Option<Instant> {
        match self.under_way {
            None => Some(self.not_before),
            Some(_) => None,
        }
    }

    /// One failed; the next waits for its back-off and for whatever else it is to wait for.
    pub(super) fn fail(&mut self, now: Instant, wait: impl FnOnce(u32) -> Duration) {
        self.failures = self.failures.saturating_add(1);
        self.not_before = now + wait(self.failures);
    }

    /// A connection came of it, or of the other kind of attempt: the next is due after so long, if it is still wanted then.
    pub(super) fn rest(&mut self, now: Instant, wait: Duration) {
        self.not_before = now + wait;
    }

    /// The connection that came of it is gone. One that lasted restarts the back-off, one that did not continues it.
    pub(super) fn lost(&mut self, since: Instant, now: Instant, jitter: Jitter) {
        self.failures = failures_after(self.failures, since, now);
        self.not_before = now + jitter.of(self.failures);
    }

    pub(super) fn at_once(&mut self, now: Instant) {
        self.failures = 0;
        self.not_before = now;
    }
}

impl Label {
    fn new(now: Instant) -> Label {
        Label {
            through: BTreeSet::new(),
            stream: LabelStream::Due { not_before: now },
            failures: 0,
        }
    }

    fn due(&self) -> Option<Instant> {
        match self.stream {
            LabelStream::Due { not_before } => Some(not_before),
            LabelStream::Opening | LabelStream::Open { .. } | LabelStream::Moving { .. } => None,
        }
    }

    fn due_on(&self, best: Way) -> Option<Instant> {
        match self.stream {
            LabelStream::Open {
                way,
                move_not_before,
                ..
            } if best < way => Some(move_not_before),
            _ => self.due(),
        }
    }

    /// Goes on through the relay, until the stream may move again.
    fn stay(&mut self, since: Instant, move_not_before: Instant) {
        self.stream = LabelStream::Open {
            since,
            way: Way::Relayed,
            move_not_before,
        };
    }
}

pub(super) fn put_first(known: &mut Vec<Address>, latest: &[Address]) {
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
