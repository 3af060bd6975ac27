//! The gatherings of a meeting: which there are, which are over, and where on the agenda each is.
//!
//! Owns steps from item to item, so that two people who press at once make one. Queues and remarks name their sitting
//! and are their own modules'.

use std::collections::{BTreeMap, BTreeSet};

use super::queue::{Asking, QueueEntry};
use crate::canon::canonical;
use crate::fact::MeetingFact;
use crate::fact::meeting::{ItemMark, QueueRule};
use crate::id::{FactId, PersonId};
use crate::limits::SITTING_QUIET_MS;
use crate::state::Slot;
use crate::state::ledger::{Ledger, Said};
use crate::state::slot::Candidates;

/// One step from item to item that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The fact that makes it.
    pub fact: FactId,
    /// Who made it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said: the start of the new item's time.
    pub at_ms: i64,
    /// From which item.
    pub from: Option<FactId>,
    /// What becomes of that one.
    pub fate: ItemMark,
    /// To which item.
    pub to: Option<FactId>,
}

/// One gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sitting {
    /// The fact that opened it.
    pub id: FactId,
    /// Who opened it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// Who was a member when it was opened.
    pub members: BTreeSet<PersonId>,
    /// When it was closed, by the closer's clock. None while it is open, or again open: work outweighs a close that had not
    /// seen it.
    pub closed_at_ms: Option<i64>,
    /// Whether somebody closed it who did not know of work that went on.
    pub reopened: bool,
    /// The latest moment that any clock gave to a fact in it.
    pub last_ms: i64,
    /// The item being spoken of.
    pub current: Option<FactId>,
    /// When its time began.
    pub current_since_ms: Option<i64>,
    /// The items that got more time, and how many minutes each has in all.
    pub extended: BTreeMap<FactId, u32>,
    /// Where others stepped to at the same moment.
    pub rivals: BTreeSet<FactId>,
    /// Every step that counts.
    pub steps: Vec<Step>,
    /// Everyone who asked for the floor, in the order of the queue.
    pub queue: Vec<QueueEntry>,
    /// By which rule it is ordered.
    pub rule: Slot<QueueRule>,
}

impl Sitting {
    /// Whether people are at it, as far as anybody said.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at_ms.is_none()
    }

    /// The rule by which its queue is ordered.
    #[must_use]
    pub fn queue_rule(&self) -> QueueRule {
        in_force(&self.rule)
    }

    /// Whether nothing was said in it for so long that it is probably over, as somebody sees it at `now_ms`.
    #[must_use]
    pub fn is_quiet(&self, now_ms: i64) -> bool {
        self.is_open() && now_ms.saturating_sub(self.last_ms) > SITTING_QUIET_MS
    }
}

canonical!(Step {
    fact,
    by,
    at_ms,
    from,
    fate,
    to
});
canonical!(Sitting {
    id,
    by,
    at_ms,
    members,
    closed_at_ms,
    reopened,
    last_ms,
    current,
    current_since_ms,
    extended,
    rivals,
    steps,
    queue,
    rule,
});

fn in_force(rule: &Slot<QueueRule>) -> QueueRule {
    rule.shown().copied().unwrap_or(QueueRule::AsAsked)
}

/// The facts about one sitting.
#[derive(Debug, Default)]
struct About {
    closings: Vec<(FactId, i64)>,
    work: Vec<FactId>,
    last_ms: i64,
    steps: Vec<Step>,
    extended: BTreeMap<FactId, u32>,
    askings: Vec<Asking>,
    rules: Candidates<QueueRule>,
}

/// The facts about sittings.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    opened: Vec<(FactId, BTreeSet<PersonId>, i64, BTreeSet<PersonId>)>,
    about: BTreeMap<FactId, About>,
}

impl Gathered {
    /// Every sitting's opening, by id.
    pub(super) fn openings(&self) -> Vec<FactId> {
        let mut openings: Vec<FactId> = self.opened.iter().map(|(id, ..)| *id).collect();
        openings.sort_unstable();
        openings
    }

    /// Notes that something happened in a sitting.
    pub(super) fn happened(&mut self, sitting: FactId, said: &Said<'_>, fact: &MeetingFact) {
        let about = self.about.entry(sitting).or_default();
        about.last_ms = about.last_ms.max(said.at_ms);
        if is_work(fact) {
            about.work.push(said.id);
        }
    }

    pub(super) fn ask(&mut self, sitting: FactId, asking: Asking) {
        self.about.entry(sitting).or_default().askings.push(asking);
    }

    pub(super) fn take(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::SittingOpened { members } => {
                let members = members.iter().copied().collect();
                self.opened
                    .push((said.id, said.by.clone(), said.at_ms, members));
            }
            MeetingFact::SittingClosed { sitting } => {
                let about = self.about.entry(*sitting).or_default();
                about.closings.push((said.id, said.at_ms));
            }
            MeetingFact::Advanced {
                sitting,
                from,
                fate,
                to,
            } => {
                let step = Step {
                    fact: said.id,
                    by: said.by.clone(),
                    at_ms: said.at_ms,
                    from: *from,
                    fate: fate.unwrap_or(ItemMark::Done),
                    to: *to,
                };
                self.about.entry(*sitting).or_default().steps.push(step);
            }
            MeetingFact::Extended {
                sitting,
                item,
                minutes,
            } => {
                let about = self.about.entry(*sitting).or_default();
                let longest = about.extended.entry(*item).or_default();
                *longest = (*longest).max(*minutes);
            }
            MeetingFact::QueueRuled { sitting, rule } => {
                let about = self.about.entry(*sitting).or_default();
                about.rules.insert(said.id, said.value(*rule));
            }
            _ => {}
        }
    }

    /// Every sitting, by id. Which of rival steps leads is for [`lead`], once the agenda has an order.
    pub(super) fn finish(mut self, ledger: &Ledger<'_>) -> Vec<Sitting> {
        self.opened.sort_by_key(|(id, ..)| *id);
        let opened = std::mem::take(&mut self.opened);
        opened
            .into_iter()
            .map(|(id, by, at_ms, members)| {
                let about = self.about.remove(&id).unwrap_or_default();
                about.sitting((id, by, at_ms, members), ledger)
            })
            .collect()
    }
}

fn is_work(fact: &MeetingFact) -> bool {
    matches!(
        fact,
        MeetingFact::Advanced { .. }
            | MeetingFact::Extended { .. }
            | MeetingFact::QueueJoined { .. }
            | MeetingFact::QueueTaken { .. }
            | MeetingFact::RoundOpened { .. }
            | MeetingFact::RoundTaken { .. }
            | MeetingFact::RoundClosed { .. }
            | MeetingFact::ConsentOpened { .. }
            | MeetingFact::Remarked { .. }
    )
}

impl About {
    fn sitting(
        self,
        (id, by, at_ms, members): (FactId, BTreeSet<PersonId>, i64, BTreeSet<PersonId>),
        ledger: &Ledger<'_>,
    ) -> Sitting {
        let closes = |(closing, _): &&(FactId, i64)| {
            !self
                .work
                .iter()
                .any(|work| ledger.concurrent(*work, *closing))
        };
        let closed_at_ms = self.closings.iter().find(closes).map(|(_, at_ms)| *at_ms);
        let rule = ledger.slot(self.rules);
        let by_rule = in_force(&rule);
        let steps = counting(self.steps, ledger);
        let mut sitting = Sitting {
            id,
            by,
            at_ms,
            members,
            closed_at_ms,
            reopened: closed_at_ms.is_none() && !self.closings.is_empty(),
            last_ms: self.last_ms.max(at_ms),
            current: None,
            current_since_ms: None,
            extended: self.extended,
            rivals: BTreeSet::new(),
            steps,
            queue: super::queue::in_order(self.askings, by_rule, ledger),
            rule,
        };
        lead(&mut sitting, ledger, &|_| 0);
        sitting
    }
}

/// The steps that count: each from where the latest steps that its author knew of had led.
fn counting(steps: Vec<Step>, ledger: &Ledger<'_>) -> Vec<Step> {
    let mut counted: Vec<Step> = Vec::new();
    for step in steps {
        let mut known: Vec<&Step> = Vec::new();
        for earlier in counted.iter().rev() {
            let latest = ledger.follows(step.fact, earlier.fact)
                && !known
                    .iter()
                    .any(|later| ledger.follows(later.fact, earlier.fact));
            if latest {
                known.push(earlier);
            }
        }
        let counts = match known.as_slice() {
            [] => step.from.is_none(),
            known => known.iter().any(|earlier| earlier.to == step.from),
        };
        if counts {
            counted.push(step);
        }
    }
    counted
}

/// Sets what is current: where the latest steps lead; of several the first by `order`.
pub(super) fn lead(sitting: &mut Sitting, ledger: &Ledger<'_>, order: &dyn Fn(FactId) -> usize) {
    let facts: Vec<FactId> = sitting.steps.iter().map(|step| step.fact).collect();
    let latest = ledger.latest(&facts);
    let ends: Vec<&Step> = sitting
        .steps
        .iter()
        .filter(|step| latest.contains(&step.fact))
        .collect();
    let current = ends
        .iter()
        .filter_map(|step| step.to)
        .min_by_key(|item| (order(*item), *item));
    let rivals: BTreeSet<FactId> = ends
        .iter()
        .filter_map(|step| step.to)
        .filter(|item| Some(*item) != current)
        .collect();
    let since = ends
        .iter()
        .filter(|step| current.is_some() && step.to == current)
        .min_by_key(|step| step.fact)
        .map(|step| step.at_ms);
    sitting.current_since_ms = since;
    sitting.rivals = rivals;
    sitting.current = current;
}
