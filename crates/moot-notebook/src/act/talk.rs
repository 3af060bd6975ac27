//! Acts of saying something: rounds, checks, consent, actions, remarks. Owns what each needs to be said well.

use super::sitting::sitting;
use super::{Act, ActError, Situation, line, paragraph};
use crate::fact::MeetingFact;
use crate::fact::meeting::{Answer, Position};
use crate::id::{FactId, PersonId};
use crate::meeting::{ActionRow, Consent, ConsentState};

pub(super) fn act(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<MeetingFact, ActError> {
    let here = now.meeting.sitting_of(actor);
    let (sitting, item) = (here.map(|here| here.id), here.and_then(|here| here.current));
    match act {
        Act::OpenRound { kind, text } => Ok(MeetingFact::RoundOpened {
            kind,
            text: line("what a round is on", &text)?,
            sitting,
            item,
        }),
        Act::TakeTurn { round, turn, text } => {
            has_round(now, round)?;
            let text = text.map(|text| paragraph("a turn", &text)).transpose()?;
            Ok(MeetingFact::RoundTaken { round, turn, text })
        }
        Act::CloseRound(round) => {
            has_round(now, round)?;
            Ok(MeetingFact::RoundClosed { round })
        }
        Act::OpenCheck(text) => Ok(MeetingFact::CheckOpened {
            statement: line("a statement", &text)?,
            sitting,
        }),
        Act::AnswerCheck(check, word) => {
            has_check(now, check)?;
            Ok(MeetingFact::CheckAnswered { check, word })
        }
        Act::CloseCheck(check, result) => {
            has_check(now, check)?;
            Ok(MeetingFact::CheckClosed { check, result })
        }
        other => decide(now, actor, other),
    }
}

/// Consent, actions and remarks.
fn decide(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<MeetingFact, ActError> {
    let here = now.meeting.sitting_of(actor);
    let (sitting, item) = (here.map(|here| here.id), here.and_then(|here| here.current));
    match act {
        Act::OpenConsent(text) => Ok(MeetingFact::ConsentOpened {
            text: paragraph("a text for consent", &text)?,
            sitting,
            item,
        }),
        Act::Reword(round, text) => {
            let known = consent(now, round)?;
            if known.state == ConsentState::Adopted && known.reworded().is_none() {
                return Err(ActError::Adopted);
            }
            let text = paragraph("a text for consent", &text)?;
            Ok(MeetingFact::ConsentReworded { round, text })
        }
        Act::Position {
            round,
            version,
            position,
            reason,
        } => take_position(now, round, (version, position), reason),
        Act::CloseConsent(round) => close(now, round),
        Act::AddAction(text) => Ok(MeetingFact::ActionAdded {
            text: line("an action", &text)?,
            sitting,
            item,
        }),
        Act::OfferAction(id, to) => {
            action(now, id)?;
            if !now.people.contains(&to) {
                return Err(ActError::NotAMember);
            }
            Ok(MeetingFact::ActionOffered { action: id, to })
        }
        Act::AnswerAction(id, answer) => {
            let row = action(now, id)?;
            if answer == Answer::Accept && row.owners.contains(&actor) {
                return Err(ActError::Already {
                    what: "taken on that action",
                });
            }
            Ok(MeetingFact::ActionAnswered { action: id, answer })
        }
        Act::MarkAction(id, mark) => {
            action(now, id)?;
            Ok(MeetingFact::ActionMarked { action: id, mark })
        }
        Act::Remark(text, record) => Ok(MeetingFact::Remarked {
            text: paragraph("a remark", &text)?,
            record,
            sitting,
            item,
        }),
        Act::Correct(remark, text) => {
            if !now.meeting.remarks.iter().any(|one| one.id == remark) {
                return Err(ActError::NoSuch { what: "remark" });
            }
            let text = paragraph("a remark", &text)?;
            Ok(MeetingFact::Corrected { remark, text })
        }
        Act::Name(naming) => Ok(MeetingFact::Named { naming }),
        Act::LeaveNote { role, text } => Ok(MeetingFact::HandOverNote {
            role: super::roles::named(&now.meeting.roles, &role)?.0,
            text: paragraph("a note", &text)?,
        }),
        _ => sitting_needed(now, actor),
    }
}

fn sitting_needed(now: &Situation<'_>, actor: PersonId) -> Result<MeetingFact, ActError> {
    sitting(now, actor)?;
    Err(ActError::Nothing {
        why: "there is nothing to say here",
    })
}

fn has_round(now: &Situation<'_>, round: FactId) -> Result<(), ActError> {
    let known = now.meeting.rounds.iter().any(|one| one.id == round);
    known
        .then_some(())
        .ok_or(ActError::NoSuch { what: "round" })
}

fn has_check(now: &Situation<'_>, check: FactId) -> Result<(), ActError> {
    let known = now.meeting.checks.iter().any(|one| one.id == check);
    known
        .then_some(())
        .ok_or(ActError::NoSuch { what: "check" })
}

fn consent<'s>(now: &Situation<'s>, round: FactId) -> Result<&'s Consent, ActError> {
    let found = now.meeting.consents.iter().find(|one| one.id == round);
    found.ok_or(ActError::NoSuch {
        what: "consent round",
    })
}

fn action(now: &Situation<'_>, id: FactId) -> Result<ActionRow, ActError> {
    let all = now.meeting.actions_with(now.carried);
    let found = all.into_iter().find(|row| row.id == id);
    found.ok_or(ActError::NoSuch { what: "action" })
}

fn take_position(
    now: &Situation<'_>,
    round: FactId,
    (version, position): (Option<[u8; 32]>, Position),
    reason: Option<String>,
) -> Result<MeetingFact, ActError> {
    let consent = consent(now, round)?;
    let stands = consent.version();
    // One of several texts that compete may be named; one that is gone may not.
    let version = version.unwrap_or(stands);
    if consent.text_of(&version).is_none() {
        return Err(ActError::OtherVersion);
    }
    let reason = reason.filter(|reason| !reason.trim().is_empty());
    if position == Position::Object && reason.is_none() {
        return Err(ActError::NoReason);
    }
    let reason = reason
        .map(|text| paragraph("a reason", &text))
        .transpose()?;
    Ok(MeetingFact::ConsentAnswered {
        round,
        version,
        position,
        reason,
    })
}

fn close(now: &Situation<'_>, round: FactId) -> Result<MeetingFact, ActError> {
    let consent = consent(now, round)?;
    if consent.text.is_contested() {
        return Err(ActError::Nothing {
            why: "two wordings compete: settle on one first",
        });
    }
    let done = matches!(consent.state, ConsentState::Adopted);
    let version = consent.version();
    if done && consent.closed_on == Some(version) {
        return Err(ActError::Already {
            what: "adopted that text",
        });
    }
    Ok(MeetingFact::ConsentClosed { round, version })
}
