//! Settling: of several values that compete one is chosen, by a fact that follows them all. Owns which fact that is.

use super::{ActError, Situation, roles};
use crate::fact::{FactBody, MeetingFact, RoleFact};
use crate::id::{FactId, PersonId};
use crate::state::{Holding, Role, Slot};

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// This one: the fact that says it. Of several holders, the fact of the one who keeps the role.
    This(FactId),
    /// All of them: several may hold a role together.
    Both,
}

pub(super) fn act(
    now: &Situation<'_>,
    actor: PersonId,
    of: FactId,
    choice: Choice,
) -> Result<FactBody, ActError> {
    let holds = |role: &Role| {
        role.unsettled
            && role
                .holdings
                .iter()
                .any(|one| one.since == of && one.lasts())
    };
    if let Some((name, role)) = now.meeting.roles.0.iter().find(|(_, role)| holds(role)) {
        let wanted = settle_holders(role, actor, choice, name.as_str())?;
        let fact: RoleFact = roles::act(&now.meeting.roles, now, actor, wanted)?;
        return Ok(FactBody::Role(fact));
    }
    let Choice::This(chosen) = choice else {
        return Err(ActError::Nothing {
            why: "only a role can be left to several: choose one",
        });
    };
    slots(now, of, chosen).ok_or(ActError::NoSuch {
        what: "thing to settle",
    })
}

/// Only a holder settles who holds: by walking away, or by being content to share.
fn settle_holders(
    role: &Role,
    actor: PersonId,
    choice: Choice,
    name: &str,
) -> Result<super::RoleAct, ActError> {
    if !role.holders().contains(&actor) {
        return Err(ActError::NotYours {
            who: "one of the holders",
        });
    }
    match choice {
        Choice::Both => Ok(super::RoleAct::Share(name.to_owned())),
        Choice::This(since) => {
            let lasting = |one: &&Holding| one.since == since && one.lasts();
            let keeps = role.holdings.iter().find(lasting).map(|one| one.person);
            match keeps {
                Some(keeps) if keeps != actor => Ok(super::RoleAct::StepBack {
                    role: name.to_owned(),
                    note: None,
                }),
                Some(_) => Err(ActError::NotYours {
                    who: "the other holder: you can yield or share, and nobody can yield for them; only they",
                }),
                None => Err(ActError::NoSuch {
                    what: "holder of that role",
                }),
            }
        }
    }
}

/// The fact that gives the slot in which both `of` and `chosen` compete the chosen value.
fn slots(now: &Situation<'_>, of: FactId, chosen: FactId) -> Option<FactBody> {
    let meeting = now.meeting;
    if let Some(text) = value(&meeting.title, of, chosen) {
        return Some(FactBody::Title { text: text.clone() });
    }
    if let Some(text) = value(&meeting.purpose, of, chosen) {
        return Some(FactBody::Purpose { text: text.clone() });
    }
    let heading = heading(now, of, chosen);
    let fact = heading
        .or_else(|| item(now, of, chosen))
        .or_else(|| said(now, of, chosen))?;
    Some(FactBody::Meeting(fact))
}

fn heading(now: &Situation<'_>, of: FactId, chosen: FactId) -> Option<MeetingFact> {
    let meeting = now.meeting;
    if let Some(schedule) = value(&meeting.schedule, of, chosen) {
        return Some(MeetingFact::Scheduled {
            at_ms: schedule.at_ms,
            zone: schedule.zone.clone(),
        });
    }
    if let Some(name) = value(&meeting.series, of, chosen) {
        return Some(MeetingFact::Series { name: name.clone() });
    }
    if let Some(items) = value(&meeting.order, of, chosen) {
        return Some(MeetingFact::AgendaOrdered {
            items: items.clone(),
        });
    }
    meeting.sittings.iter().find_map(|sitting| {
        let rule = value(&sitting.rule, of, chosen)?;
        Some(MeetingFact::QueueRuled {
            sitting: sitting.id,
            rule: *rule,
        })
    })
}

fn item(now: &Situation<'_>, of: FactId, chosen: FactId) -> Option<MeetingFact> {
    now.meeting.items.iter().find_map(|(id, item)| {
        let text = value(&item.text, of, chosen).cloned();
        let kind = value(&item.kind, of, chosen).copied();
        let minutes = value(&item.minutes, of, chosen).copied();
        let any = text.is_some() || kind.is_some() || minutes.is_some();
        any.then_some(MeetingFact::ItemChanged {
            item: *id,
            text,
            kind,
            minutes,
        })
    })
}

fn said(now: &Situation<'_>, of: FactId, chosen: FactId) -> Option<MeetingFact> {
    let reworded = now.meeting.consents.iter().find_map(|consent| {
        let text = value(&consent.text, of, chosen)?;
        Some(MeetingFact::ConsentReworded {
            round: consent.id,
            text: text.clone(),
        })
    });
    reworded.or_else(|| {
        now.meeting.remarks.iter().find_map(|remark| {
            let text = value(&remark.text, of, chosen)?;
            Some(MeetingFact::Corrected {
                remark: remark.id,
                text: text.clone(),
            })
        })
    })
}

/// The chosen value of a slot in which both compete.
pub(super) fn value<T>(slot: &Slot<T>, of: FactId, chosen: FactId) -> Option<&T> {
    if !slot.is_contested() || !slot.values.iter().any(|value| value.fact == of) {
        return None;
    }
    let found = slot.values.iter().find(|value| value.fact == chosen);
    found.map(|value| &value.value)
}
