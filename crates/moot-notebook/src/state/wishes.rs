//! What people say once for all meetings: what they do not want to be asked, how a role rotates, by which zone they
//! live. Owns those merge rules; whose turn it is by them is `rota`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::{Ledger, Said};
use super::slot::{Candidates, Slot, SlotValue};
use crate::canon::{Canonical, Encoded, Sink, canonical};
use crate::fact::role::{Rhythm, Switch};
use crate::fact::{Line, RotaFact};
use crate::id::{FactId, PersonId};

/// Whether, and how long, a person is not to be asked to take a role. The later in this list is the more restrictive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OptOut {
    /// Not opted out.
    In,
    /// Until then.
    Until(i64),
    /// For ever.
    Never,
}

impl OptOut {
    /// Whether it holds at a moment.
    #[must_use]
    pub fn holds_at(self, at_ms: i64) -> bool {
        match self {
            Self::In => false,
            Self::Until(until_ms) => at_ms < until_ms,
            Self::Never => true,
        }
    }
}

/// How a role rotates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Policy {
    /// How often it passes on.
    pub rhythm: Rhythm,
    /// How many occasions a holder is left in peace afterwards.
    pub gap: u32,
    /// Whether new people shadow first.
    pub shadowing: Switch,
    /// Whether offers go out by themselves.
    pub auto_offer: Switch,
    /// When the group looks at this again.
    pub review_ms: Option<i64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            rhythm: Rhythm::Meeting,
            gap: 1,
            shadowing: Switch::On,
            auto_offer: Switch::Off,
            review_ms: None,
        }
    }
}

/// A policy in force whose day to be looked at again has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DueReview {
    /// The role that rotates by it.
    pub role: Line,
    /// The fact that set it.
    pub fact: FactId,
    /// The day, as a moment: since when it is due.
    pub since_ms: i64,
}

/// Everything people said once for all meetings, by role.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wishes {
    /// What each person does not want to be asked.
    pub opt_outs: BTreeMap<Line, BTreeMap<PersonId, OptOut>>,
    /// Who is ready to take a role without having shadowed it.
    pub ready: BTreeMap<Line, BTreeSet<PersonId>>,
    /// How each role rotates: several while people set it apart from each other.
    pub policies: BTreeMap<Line, Slot<Policy>>,
    /// The zone each person lives by.
    pub zones: BTreeMap<PersonId, Slot<Line>>,
}

impl Wishes {
    /// The policy in force: while several compete, the one before them; without one, the default.
    #[must_use]
    pub fn policy(&self, role: &str) -> Policy {
        let slot = self.policies.iter().find(|(name, _)| name.as_str() == role);
        let set = slot.and_then(|(_, slot)| in_force(slot));
        set.map(|set| set.value).unwrap_or_default()
    }

    /// The policies that are due to be looked at again at a moment, by role. Nothing makes them so but their day; they are so
    /// until somebody sets another day, or none.
    #[must_use]
    pub fn reviews_due(&self, at_ms: i64) -> Vec<DueReview> {
        let due = |(role, slot): (&Line, &Slot<Policy>)| {
            let set = in_force(slot)?;
            let since_ms = set.value.review_ms.filter(|day| *day <= at_ms)?;
            Some(DueReview {
                role: role.clone(),
                fact: set.fact,
                since_ms,
            })
        };
        self.policies.iter().filter_map(due).collect()
    }

    /// Whether a person opted out of a role, and how long.
    #[must_use]
    pub fn opt_out(&self, role: &str, person: PersonId) -> OptOut {
        let own = self.opt_outs.iter().find(|(name, _)| name.as_str() == role);
        let own = own.and_then(|(_, own)| own.get(&person));
        own.copied().unwrap_or(OptOut::In)
    }

    /// Whether a person said they are ready for a role.
    #[must_use]
    pub fn is_ready(&self, role: &str, person: PersonId) -> bool {
        self.ready
            .iter()
            .any(|(name, ready)| name.as_str() == role && ready.contains(&person))
    }
}

/// The one that holds: while several compete, the one before them.
fn in_force(slot: &Slot<Policy>) -> Option<&SlotValue<Policy>> {
    match slot.values.as_slice() {
        [only] => Some(only),
        _ => slot.before.as_ref(),
    }
}

canonical!(Policy {
    rhythm,
    gap,
    shadowing,
    auto_offer,
    review_ms
});
canonical!(Wishes {
    opt_outs,
    ready,
    policies,
    zones
});

impl Canonical for OptOut {
    fn write(&self, sink: &mut Sink<'_>) -> Encoded {
        match self {
            Self::In => sink.bool(false).map(drop),
            Self::Until(until_ms) => sink.i64(*until_ms).map(drop),
            Self::Never => sink.bool(true).map(drop),
        }
    }
}

/// The facts of the group document about turns.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    opt_outs: BTreeMap<Line, BTreeMap<PersonId, BTreeMap<FactId, OptOut>>>,
    ready: BTreeMap<Line, BTreeSet<PersonId>>,
    policies: BTreeMap<Line, Candidates<Policy>>,
    zones: BTreeMap<PersonId, Candidates<Line>>,
}

impl Gathered {
    pub(super) fn take(&mut self, said: &Said<'_>, fact: &RotaFact) {
        match fact {
            RotaFact::OptedOut { role, until_ms } => {
                self.opt(said, role, until_ms.map_or(OptOut::Never, OptOut::Until));
            }
            RotaFact::OptedIn { role } => self.opt(said, role, OptOut::In),
            RotaFact::Ready { role } => {
                self.ready.entry(role.clone()).or_default().extend(&said.by);
            }
            RotaFact::PolicySet {
                role,
                rhythm,
                gap,
                shadowing,
                auto_offer,
                review_ms,
            } => {
                let policy = Policy {
                    rhythm: *rhythm,
                    gap: *gap,
                    shadowing: *shadowing,
                    auto_offer: *auto_offer,
                    review_ms: *review_ms,
                };
                let policies = self.policies.entry(role.clone()).or_default();
                policies.insert(said.id, said.value(policy));
            }
            RotaFact::HomeZone { zone } => {
                for person in &said.by {
                    let own = self.zones.entry(*person).or_default();
                    own.insert(said.id, said.own_value(*person, zone.clone()));
                }
            }
        }
    }

    fn opt(&mut self, said: &Said<'_>, role: &Line, opt_out: OptOut) {
        let role = self.opt_outs.entry(role.clone()).or_default();
        for person in &said.by {
            role.entry(*person).or_default().insert(said.id, opt_out);
        }
    }

    /// Of two of my devices that differ, the more restrictive holds.
    pub(super) fn finish(self, ledger: &Ledger<'_>) -> Wishes {
        let strictest = |own: BTreeMap<FactId, OptOut>| {
            let latest = ledger.latest(own.keys());
            latest
                .iter()
                .filter_map(|fact| own.get(fact))
                .max()
                .copied()
        };
        let by_person = |people: BTreeMap<PersonId, BTreeMap<FactId, OptOut>>| {
            people
                .into_iter()
                .filter_map(|(person, own)| Some((person, strictest(own)?)))
                .collect()
        };
        Wishes {
            opt_outs: self
                .opt_outs
                .into_iter()
                .map(|(role, people)| (role, by_person(people)))
                .collect(),
            ready: self.ready,
            policies: self
                .policies
                .into_iter()
                .map(|(role, candidates)| (role, ledger.slot(candidates)))
                .collect(),
            zones: self
                .zones
                .into_iter()
                .map(|(person, candidates)| (person, ledger.slot(candidates)))
                .collect(),
        }
    }
}
