//! From what a person wants to do to the facts that say so: every act is checked against the state it is made in.
//!
//! Owns the refusals, each with what to do instead. Writes no fact itself: gives bodies, which the caller puts into a
//! document so that each follows all that is known there. What is refused here still has a meaning when another
//! program writes it: the state functions are total.

mod agenda;
mod error;
mod group;
mod heading;
mod roles;
mod sitting;
mod talk;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::fact::meeting::{
    ActionMark, Answer, Attendance, CheckResult, ItemKind, ItemMark, ItemPlace, Naming, Position,
    QueueKind, QueueRule, Record, RoundKind, RoundTurn, Warmth,
};
use crate::fact::{FactBody, Line, MeetingFact, Paragraph};
use crate::id::{FactId, PersonId};
use crate::meeting::{Carried, MeetingState};

pub use error::{ActError, ActErrorKind};
pub use group::{GroupAct, group_act};
pub use heading::{NewMeeting, new_meeting};
pub use roles::{RoleAct, Terms, auto_offer};

/// What an act is made in view of.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'s> {
    /// The meeting, as it is known here.
    pub meeting: &'s MeetingState,
    /// What earlier meetings of the series left to it.
    pub carried: &'s Carried,
    /// The members who have not left.
    pub people: &'s BTreeSet<PersonId>,
    /// The time: for what has lapsed.
    pub now_ms: i64,
}

/// What a person wants to do in a meeting. Texts are taken as typed, and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Call it otherwise.
    Rename(String),
    /// Say what it is for.
    SetPurpose(String),
    /// Say when it is to be: UTC, and the IANA zone in which people chose that.
    Schedule {
        /// When.
        at_ms: i64,
        /// In which zone.
        zone: String,
    },
    /// Put it into a series.
    SetSeries(String),
    /// Give it a role.
    ListRole(String),
    /// Do without a role.
    UnlistRole(String),
    /// Not meet.
    Cancel,
    /// Meet after all.
    Resume,
    /// Agree to the minutes as they were read back: their digest then.
    AgreeMinutes([u8; 32]),
    /// Gather.
    Open,
    /// End the gathering that the actor is in, or this one.
    Close(Option<FactId>),
    /// Say for oneself: coming, here, not coming, left.
    Attend(Attendance),
    /// Propose an item.
    AddItem {
        /// What.
        text: String,
        /// What for.
        kind: ItemKind,
        /// For now or for some other time.
        place: ItemPlace,
        /// How many minutes.
        minutes: Option<u32>,
    },
    /// Say what becomes of an item.
    MarkItem(FactId, ItemMark),
    /// Word, mean or time an item otherwise.
    ChangeItem {
        /// Which.
        item: FactId,
        /// Its words.
        text: Option<String>,
        /// What it is for.
        kind: Option<ItemKind>,
        /// Its minutes.
        minutes: Option<u32>,
    },
    /// Put the agenda in order; what is not named follows after.
    Order(Vec<FactId>),
    /// Go on from an item to the next one.
    Advance {
        /// From which: refused if it is no longer the current one. None before the first.
        from: Option<FactId>,
        /// What becomes of it.
        fate: ItemMark,
        /// To which; the next on the agenda, without.
        to: Option<FactId>,
    },
    /// Go to an item out of turn.
    TakeUp(FactId),
    /// Give the current item more minutes.
    Extend(u32),
    /// Ask for the floor.
    JoinQueue {
        /// Why.
        kind: QueueKind,
        /// To say what.
        note: Option<String>,
    },
    /// Ask no longer.
    LeaveQueue,
    /// Give the floor to the first who asked, or to this entry.
    NextSpeaker(Option<FactId>),
    /// Order the queue by this rule.
    RuleQueue(QueueRule),
    /// Begin a round.
    OpenRound {
        /// What for.
        kind: RoundKind,
        /// On what.
        text: String,
    },
    /// Take one's turn.
    TakeTurn {
        /// In which round.
        round: FactId,
        /// How.
        turn: RoundTurn,
        /// What to keep of it.
        text: Option<String>,
    },
    /// End a round.
    CloseRound(FactId),
    /// Begin a temperature check.
    OpenCheck(String),
    /// Say how warm one feels.
    AnswerCheck(FactId, Warmth),
    /// End a temperature check.
    CloseCheck(FactId, CheckResult),
    /// Put a text to everyone's consent.
    OpenConsent(String),
    /// Word that text otherwise.
    Reword(FactId, String),
    /// Take a position.
    Position {
        /// In which round.
        round: FactId,
        /// On this version; on the one that stands, without.
        version: Option<[u8; 32]>,
        /// Which.
        position: Position,
        /// Why: needed to object. To hold without one is to ask for time.
        reason: Option<String>,
    },
    /// End a consent round.
    CloseConsent(FactId),
    /// Note something to be done. To ask somebody at once, let an [`MeetingFact::ActionOffered`] follow it.
    AddAction(String),
    /// Ask somebody to do it.
    OfferAction(FactId, PersonId),
    /// Say whether oneself does it.
    AnswerAction(FactId, Answer),
    /// Say what became of it.
    MarkAction(FactId, ActionMark),
    /// Note or say something.
    Remark(String, Record),
    /// Let a remark read otherwise.
    Correct(FactId, String),
    /// Be named in the minutes, or not.
    Name(Naming),
    /// Leave word for a role's next holder.
    LeaveNote {
        /// Which role.
        role: String,
        /// What to know.
        text: String,
    },
    /// Something about a role.
    Role(RoleAct),
}

/// The facts by which `actor` does this, each to follow the one before it.
///
/// # Errors
/// Why it cannot be done now, and what to do instead. Nothing is to be written then.
pub fn act(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<Vec<FactBody>, ActError> {
    let one = |fact: MeetingFact| vec![FactBody::Meeting(fact)];
    match act {
        Act::Rename(_)
        | Act::SetPurpose(_)
        | Act::Schedule { .. }
        | Act::SetSeries(_)
        | Act::ListRole(_)
        | Act::UnlistRole(_)
        | Act::Cancel
        | Act::Resume
        | Act::AgreeMinutes(_) => heading::act(now, act).map(|body| vec![body]),
        Act::Open
        | Act::Close(_)
        | Act::Attend(_)
        | Act::JoinQueue { .. }
        | Act::LeaveQueue
        | Act::NextSpeaker(_)
        | Act::RuleQueue(_) => sitting::act(now, actor, act).map(one),
        Act::AddItem { .. }
        | Act::MarkItem(..)
        | Act::ChangeItem { .. }
        | Act::Order(_)
        | Act::Advance { .. }
        | Act::TakeUp(_)
        | Act::Extend(_) => agenda::act(now, actor, act).map(one),
        Act::Role(wanted) => {
            let body = roles::act(&now.meeting.roles, now, actor, wanted)?;
            Ok(vec![FactBody::Role(body)])
        }
        other => talk::act(now, actor, other).map(one),
    }
}

/// Several acts that only add, an item of the agenda or a line of the minutes, each judged as if those before it stood
/// already. Each is one fact. `room` is for how many more facts of the actor the document has room.
pub fn additions(
    now: &Situation<'_>,
    actor: PersonId,
    room: usize,
    wanted: impl IntoIterator<Item = Act>,
) -> Vec<Result<FactBody, ActError>> {
    let (mut items, mut facts) = (now.meeting.items.len(), 0);
    let mut add = |wanted: Act| {
        let is_item = matches!(wanted, Act::AddItem { .. });
        if is_item {
            agenda::room_for_one_more(items)?;
        } else if !matches!(wanted, Act::Remark(..)) {
            return Err(ActError::Nothing {
                why: "only what adds can be done several at once",
            });
        }
        if facts >= room {
            return Err(ActError::Full);
        }
        let made = act(now, actor, wanted)?.pop();
        let made = made.ok_or(ActError::Nothing {
            why: "this adds nothing",
        })?;
        facts += 1;
        items += usize::from(is_item);
        Ok(made)
    };
    wanted.into_iter().map(&mut add).collect()
}

fn line(what: &'static str, text: &str) -> Result<Line, ActError> {
    Line::new(text).map_err(|why| ActError::Words { what, why })
}

fn paragraph(what: &'static str, text: &str) -> Result<Paragraph, ActError> {
    Paragraph::new(text).map_err(|why| ActError::Words { what, why })
}
