//! Acts in a gathering: opening and ending it, being there, and the queue. Any member may do any of them.

use super::{Act, ActError, Situation, line};
use crate::fact::MeetingFact;
use crate::fact::meeting::QueueKind;
use crate::id::{FactId, PersonId};
use crate::limits::FACT_PERSONS_MAX;
use crate::meeting::{EntryState, QueueEntry, Sitting};

pub(super) fn act(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<MeetingFact, ActError> {
    match act {
        Act::Open => open(now),
        Act::Close(named) => close(now, actor, named),
        Act::Attend(status) => Ok(MeetingFact::Attended {
            status,
            sitting: now.meeting.sitting_of(actor).map(|sitting| sitting.id),
        }),
        Act::JoinQueue { .. } | Act::LeaveQueue | Act::NextSpeaker(_) | Act::RuleQueue(_) => {
            act_in_queue(now, actor, act)
        }
        _ => Err(ActError::Nothing {
            why: "this is not about a sitting",
        }),
    }
}

fn act_in_queue(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<MeetingFact, ActError> {
    match act {
        Act::JoinQueue { kind, note } => join(now, actor, kind, note),
        Act::LeaveQueue => {
            let mut own = waiting(sitting(now, actor)?).filter(|entry| entry.by.contains(&actor));
            let entry = own.next_back().ok_or(ActError::Nothing {
                why: "you are not in the queue",
            })?;
            Ok(MeetingFact::QueueLeft { entry: entry.id })
        }
        Act::NextSpeaker(named) => {
            let mut waiting = waiting(sitting(now, actor)?);
            let entry = match named {
                Some(id) => waiting.find(|entry| entry.id == id),
                None => waiting.next(),
            };
            let entry = entry.ok_or(ActError::Nothing {
                why: "nobody is waiting for the floor",
            })?;
            Ok(MeetingFact::QueueTaken { entry: entry.id })
        }
        Act::RuleQueue(rule) => Ok(MeetingFact::QueueRuled {
            sitting: sitting(now, actor)?.id,
            rule,
        }),
        _ => Err(ActError::Nothing {
            why: "this is not about the queue",
        }),
    }
}

/// The sitting that the actor is in.
pub(super) fn sitting<'s>(now: &Situation<'s>, actor: PersonId) -> Result<&'s Sitting, ActError> {
    now.meeting.sitting_of(actor).ok_or(ActError::NoSitting)
}

fn open(now: &Situation<'_>) -> Result<MeetingFact, ActError> {
    if now.meeting.sittings.iter().any(Sitting::is_open) {
        return Err(ActError::SittingOpen);
    }
    if now.meeting.purpose.values.is_empty() {
        return Err(ActError::NoPurpose);
    }
    let members = now.people.iter().copied().take(FACT_PERSONS_MAX).collect();
    Ok(MeetingFact::SittingOpened { members })
}

fn close(
    now: &Situation<'_>,
    actor: PersonId,
    named: Option<FactId>,
) -> Result<MeetingFact, ActError> {
    let sitting = match named {
        None => sitting(now, actor)?,
        Some(id) => {
            let found = now.meeting.sitting(id);
            found.ok_or(ActError::NoSuch { what: "sitting" })?
        }
    };
    if !sitting.is_open() {
        return Err(ActError::NoSitting);
    }
    Ok(MeetingFact::SittingClosed {
        sitting: sitting.id,
    })
}

fn join(
    now: &Situation<'_>,
    actor: PersonId,
    kind: QueueKind,
    note: Option<String>,
) -> Result<MeetingFact, ActError> {
    let sitting = sitting(now, actor)?;
    let there = |entry: &QueueEntry| entry.by.contains(&actor) && entry.kind == kind;
    if waiting(sitting).any(there) {
        return Err(ActError::Already {
            what: "asked for the floor",
        });
    }
    let note = note.map(|note| line("a note", &note)).transpose()?;
    Ok(MeetingFact::QueueJoined {
        sitting: sitting.id,
        kind,
        note,
    })
}

fn waiting(sitting: &Sitting) -> impl DoubleEndedIterator<Item = &QueueEntry> {
    sitting
        .queue
        .iter()
        .filter(|entry| entry.state == EntryState::Waiting)
}
