//! From the arguments about meetings to what the engine is asked.

use moot_engine::command::{Act, ItemMark, NewMeeting, OfferKind, ReviewDay, Standing, When};
use moot_engine::{CommandError, ErrorKind};

use crate::cli::arguments::meetings::{AgendaStep, Item, MeetingStep, RoleOf, RoleStep};
use crate::failure::failure;
use crate::terminal::{parse_from, parse_moment, parse_until};

/// What is asked about a role.
pub(super) enum Role {
    /// Somebody is asked.
    Offer {
        meeting: String,
        act: Act,
        to: String,
    },
    /// Something else is done in the meeting.
    Act {
        meeting: String,
        act: Act,
        done: &'static str,
    },
    /// Something holds for all meetings.
    Standing(Standing),
}

pub(super) fn when(at: &str, zone: Option<&str>) -> Result<When, CommandError> {
    let moment = parse_moment(at, zone).map_err(no_time)?;
    Ok(When {
        at_ms: moment.at_ms,
        zone: moment.zone,
    })
}

fn no_date(why: String) -> CommandError {
    failure(ErrorKind::Usage, why, "A day is typed like 2026-12-24.")
}

/// A day, or none any more.
fn review_day(text: &str) -> Result<ReviewDay, CommandError> {
    if text.trim().eq_ignore_ascii_case("never") {
        return Ok(ReviewDay::Never);
    }
    let hint = "A day is typed like 2026-12-24; never takes the day away.";
    let day = parse_from(text).map_err(|why| failure(ErrorKind::Usage, why, hint))?;
    Ok(ReviewDay::From(day))
}

fn no_time(why: String) -> CommandError {
    failure(
        ErrorKind::Usage,
        why,
        "--at \"2026-12-01 18:00\" --tz Europe/Berlin",
    )
}

pub(super) fn new_meeting(step: MeetingStep) -> Result<NewMeeting, CommandError> {
    let MeetingStep::New {
        title,
        purpose,
        at,
        tz,
        series,
        roles,
    } = step
    else {
        return Err(failure(ErrorKind::Usage, "this is no new meeting", ""));
    };
    let named = roles.iter().map(|role| role.trim().to_owned());
    Ok(NewMeeting {
        title,
        purpose,
        when: at.map(|at| when(&at, tz.as_deref())).transpose()?,
        series,
        roles: named.filter(|role| !role.is_empty()).collect(),
    })
}

/// The meeting, what is to be done to its agenda, and what is said afterwards.
pub(super) fn agenda(step: AgendaStep) -> (String, Act, &'static str) {
    match step {
        AgendaStep::Add {
            meeting,
            text,
            minutes,
            kind,
            backlog,
        } => {
            let act = Act::AddItem {
                text,
                kind,
                minutes,
                backlog,
            };
            (meeting, act, "")
        }
        AgendaStep::Advance {
            meeting,
            from,
            to,
            carry,
        } => {
            let from = (from != "start").then_some(from);
            (
                meeting,
                Act::Advance { from, to, carry },
                "On to the next in",
            )
        }
        AgendaStep::Agree {
            meeting,
            item: None,
        } => (meeting, Act::AgreeAgenda, "The agenda is agreed in"),
        AgendaStep::Change {
            meeting,
            item,
            text,
            minutes,
            kind,
        } => {
            let act = Act::ChangeItem {
                item,
                text,
                kind,
                minutes,
            };
            (meeting, act, "Changed in")
        }
        AgendaStep::Reorder { meeting, items } => {
            (meeting, Act::Reorder { items }, "A new order in")
        }
        AgendaStep::Extend { meeting, minutes } => {
            (meeting, Act::Extend { minutes }, "More minutes in")
        }
        AgendaStep::Agree {
            meeting,
            item: Some(item),
        } => mark(Item { meeting, item }, ItemMark::Agreed, "Agreed in"),
        AgendaStep::Skip(of) => mark(of, ItemMark::Skipped, "Moved to the end of"),
        AgendaStep::Carry(of) => mark(of, ItemMark::Carried, "To be gone on with after"),
        AgendaStep::Done(of) => mark(of, ItemMark::Done, "Done in"),
        AgendaStep::Backlog(of) => mark(of, ItemMark::Backlog, "Kept for some other time, in"),
        AgendaStep::Drop(of) => mark(of, ItemMark::Dropped, "Taken off the agenda of"),
        AgendaStep::Reopen(of) => mark(of, ItemMark::Reopened, "Back on the agenda of"),
    }
}

fn mark(of: Item, mark: ItemMark, done: &'static str) -> (String, Act, &'static str) {
    let item = of.item;
    (of.meeting, Act::MarkItem { item, mark }, done)
}

pub(super) fn role(step: RoleStep) -> Result<Role, CommandError> {
    let act = |of: RoleOf, make: fn(String) -> Act, done| Role::Act {
        meeting: of.meeting,
        act: make(of.role),
        done,
    };
    Ok(match step {
        RoleStep::Offer { of, to, expires } => {
            let now_ms = jiff::Timestamp::now().as_millisecond();
            let until_ms = expires.map(|expires| now_ms.saturating_add_unsigned(expires));
            offer(of, to, OfferKind::Turn, None, until_ms)
        }
        RoleStep::Shadow { of, to } => offer(of, to, OfferKind::Shadow, None, None),
        RoleStep::HandOver { of, to, note } => offer(of, to, OfferKind::HandOver, note, None),
        RoleStep::Swap { of, with } => offer(of, with, OfferKind::Swap, None, None),
        RoleStep::Take { of, shadow: true } => {
            let take = |role| Act::Take { role, shadow: true };
            act(of, take, "You are at the holder's side, in")
        }
        RoleStep::Take { of, shadow: false } => {
            let take = |role| Act::Take {
                role,
                shadow: false,
            };
            act(of, take, "It is yours, in")
        }
        RoleStep::StepBack { of, note } => Role::Act {
            meeting: of.meeting,
            act: Act::StepBack {
                role: of.role,
                note,
            },
            done: "You have stepped back, with thanks, in",
        },
        RoleStep::Share(of) => act(of, |role| Act::Share { role }, "It is shared in"),
        RoleStep::Open(of) => {
            let open = |role| Act::OpenRole { role };
            act(of, open, "It is open to be given anew in")
        }
        RoleStep::Add(of) => act(
            of,
            |role| Act::AddRole { role },
            "There is one more role in",
        ),
        RoleStep::Remove(of) => act(of, |role| Act::RemoveRole { role }, "Done without in"),
        RoleStep::Select { of, to } => offer(of, to, OfferKind::Selection, None, None),
        RoleStep::Extend { of, holder, until } => Role::Act {
            meeting: of.meeting,
            act: Act::ExtendTerm {
                role: of.role,
                holder,
                until_ms: parse_until(&until).map_err(no_date)?,
            },
            done: "Held until then, in",
        },
        wish => standing(wish)?,
    })
}

/// What somebody says of being asked: in one meeting, or for all to come.
fn standing(step: RoleStep) -> Result<Role, CommandError> {
    let willing = |meeting, role, willing, done| Role::Act {
        meeting,
        act: Act::Willing { role, willing },
        done,
    };
    Ok(match step {
        RoleStep::OptOut {
            role,
            until: None,
            meeting: Some(meeting),
        } => willing(meeting, role, false, "You will not be asked in"),
        RoleStep::OptOut { role, until, .. } => {
            let until_ms = until.map(|until| parse_until(&until)).transpose();
            Role::Standing(Standing::OptOut {
                role,
                until_ms: until_ms.map_err(no_date)?,
            })
        }
        RoleStep::OptIn {
            role,
            meeting: Some(meeting),
        } => willing(meeting, role, true, "You may be asked in"),
        RoleStep::OptIn { role, .. } => Role::Standing(Standing::OptIn { role }),
        RoleStep::Ready { role } => Role::Standing(Standing::Ready { role }),
        RoleStep::Policy {
            role,
            per,
            gap,
            shadowing,
            auto_offer,
            review,
        } => {
            let review = review.as_deref().map(review_day).transpose();
            Role::Standing(Standing::Policy {
                role,
                rhythm: per,
                gap,
                shadowing,
                auto_offer,
                review: review?,
            })
        }
        _ => return Err(failure(ErrorKind::Failed, "this is no wish", "")),
    })
}

fn offer(
    of: RoleOf,
    to: String,
    kind: OfferKind,
    note: Option<String>,
    until_ms: Option<i64>,
) -> Role {
    Role::Offer {
        meeting: of.meeting,
        act: Act::Offer {
            role: of.role,
            to: to.clone(),
            kind,
            note,
            until_ms,
        },
        to,
    }
}
