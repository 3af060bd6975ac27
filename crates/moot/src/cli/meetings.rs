//! `meeting`, `agenda`, `queue`, `role`, `consent`, `action`, `round`, `check`, `minutes` and `inbox`.
//!
//! Owns the way from what was typed to what the engine is asked, and what is said afterwards. How a meeting looks stands in
//! `shown`.

mod asked;
pub(super) mod shown;

use std::process::ExitCode;

use moot_engine::command::{Act, Answer, Attendance, MeetingCommand, Standing};
use moot_engine::reply::meeting::Acted;
use moot_engine::{Command, Reply};
use serde::Serialize;

use super::arguments::meetings::{
    Action, ActionStep, Agenda, Check, CheckStep, Consent, ConsentStep, Inbox, Meeting,
    MeetingStep, Minutes, MinutesStep, OneMeeting, Queue, QueueStep, Role, RoleStep, Round,
    RoundStep,
};
use super::invite::done;
use super::stdin::text_or_stdin;
use super::{Context, unexpected};
use crate::failure::Answer as Ended;
use crate::terminal::{self, clean, short};

/// Asks the engine about meetings.
pub(super) fn ask(
    context: &Context,
    command: MeetingCommand,
) -> Result<Reply, moot_engine::CommandError> {
    context.ask(Command::Meeting(command))
}

pub(super) fn meeting(context: &Context, meeting: Meeting) -> Ended {
    match meeting.step {
        MeetingStep::New { .. } => new(context, meeting.step),
        MeetingStep::List => show(context, MeetingCommand::List),
        MeetingStep::Show { meeting } => show(context, MeetingCommand::Show { meeting }),
        MeetingStep::Minutes { meeting } => minutes_of(context, meeting),
        MeetingStep::Open { meeting } => act(context, meeting, Act::Open, "A sitting is open in"),
        MeetingStep::Close { meeting } => {
            act(context, meeting, Act::Close, "The sitting is closed in")
        }
        MeetingStep::Agree { meeting } => act(
            context,
            meeting,
            Act::AgreeMinutes,
            "The minutes are agreed of",
        ),
        MeetingStep::Move { meeting, at, tz } => {
            let when = asked::when(&at, tz.as_deref())?;
            act(context, meeting, Act::Move(when), "Moved")
        }
        MeetingStep::Rename { meeting, title } => {
            act(context, meeting, Act::Rename { title }, "Renamed:")
        }
        MeetingStep::Purpose {
            meeting,
            text: purpose,
        } => {
            let purpose = Act::SetPurpose { purpose };
            act(context, meeting, purpose, "It has another purpose:")
        }
        MeetingStep::Series {
            meeting,
            name: series,
        } => {
            let series = Act::SetSeries { series };
            act(context, meeting, series, "In that series from now on:")
        }
        MeetingStep::Cancel { meeting } => act(context, meeting, Act::Cancel, "Cancelled"),
        MeetingStep::Resume { meeting } => {
            act(context, meeting, Act::Resume, "Takes place after all:")
        }
        MeetingStep::Zone { zone } => {
            let zone = MeetingCommand::Standing(Standing::Zone { zone });
            done(context, ask(context, zone)?, "Noted, for all meetings.")
        }
    }
}

/// A meeting or a thing was made.
#[derive(Serialize)]
struct Made<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'a str>,
}

/// An offer was made.
#[derive(Serialize)]
struct Offered<'a> {
    offer: &'a str,
}

fn new(context: &Context, step: MeetingStep) -> Ended {
    let acted = acted(ask(
        context,
        MeetingCommand::New(asked::new_meeting(step)?),
    )?)?;
    let made = Made {
        id: acted.id.as_deref().unwrap_or_default(),
        title: Some(&acted.meeting.name),
        version: None,
    };
    context.terminal.answer(&made, |made| {
        format!("{}  {}\n", short(made.id), clean(&acted.meeting.name))
    })?;
    Ok(ExitCode::SUCCESS)
}

fn minutes_of(context: &Context, meeting: String) -> Ended {
    match ask(context, MeetingCommand::Minutes { meeting })? {
        Reply::Minutes(markdown) if context.terminal.wants_json() => {
            context.terminal.json(&markdown)?;
            Ok(ExitCode::SUCCESS)
        }
        Reply::Minutes(markdown) => {
            terminal::print(&terminal::clean_text(&markdown))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// Asks for something and shows it.
fn show(context: &Context, command: MeetingCommand) -> Ended {
    let reply = ask(context, command)?;
    shown::reply(context, &reply)?;
    Ok(ExitCode::SUCCESS)
}

/// What came of an act.
fn acted(reply: Reply) -> Result<Acted, moot_engine::CommandError> {
    match reply {
        Reply::Acted(acted) => Ok(acted),
        other => Err(unexpected(other)),
    }
}

/// Does something in a meeting and says so.
fn act(context: &Context, meeting: String, act: Act, done: &str) -> Ended {
    let acted = acted(ask(context, MeetingCommand::Act { meeting, act })?)?;
    tell(context, &acted, done)
}

/// Does something that makes a thing with an id of its own, and tells the id.
fn make(context: &Context, meeting: String, act: Act) -> Ended {
    let acted = acted(ask(context, MeetingCommand::Act { meeting, act })?)?;
    let made = Made {
        id: acted.id.as_deref().unwrap_or_default(),
        title: None,
        version: acted.version.as_deref(),
    };
    context
        .terminal
        .answer(&made, |made| format!("{}\n", short(made.id)))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes an offer and tells its id.
fn offer(context: &Context, meeting: String, act: Act, to: &str) -> Ended {
    let acted = acted(ask(context, MeetingCommand::Act { meeting, act })?)?;
    let offered = Offered {
        offer: acted.id.as_deref().unwrap_or_default(),
    };
    context.terminal.answer(&offered, |offered| {
        format!("{}  asked {}\n", short(offered.offer), clean(to))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Answers something by its id and says so.
fn answer(context: &Context, id: String, answer: Answer, done: &str) -> Ended {
    let acted = acted(ask(context, MeetingCommand::Answer { id, answer })?)?;
    tell(context, &acted, done)
}

fn tell(context: &Context, acted: &Acted, done: &str) -> Ended {
    context.terminal.answer(acted, |acted| {
        let done = if acted.changed {
            done
        } else {
            "Nothing to change in"
        };
        format!("{done} “{}”\n", clean(&acted.meeting.name))
    })?;
    Ok(ExitCode::SUCCESS)
}

pub(super) fn agenda(context: &Context, agenda: Agenda) -> Ended {
    let (meeting, wanted, done) = asked::agenda(agenda.step);
    if matches!(wanted, Act::AddItem { .. }) {
        return make(context, meeting, wanted);
    }
    act(context, meeting, wanted, done)
}

pub(super) fn queue(context: &Context, queue: Queue) -> Ended {
    match queue.step {
        QueueStep::Join {
            meeting,
            kind,
            note,
        } => act(
            context,
            meeting,
            Act::Queue { kind, note },
            "You are in the queue of",
        ),
        QueueStep::Leave { meeting } => act(
            context,
            meeting,
            Act::Unqueue,
            "You are out of the queue of",
        ),
        QueueStep::Next { meeting } => {
            let next = MeetingCommand::Act {
                meeting,
                act: Act::NextSpeaker,
            };
            let acted = acted(ask(context, next)?)?;
            let floor = acted.floor.as_deref().unwrap_or("The next");
            tell(
                context,
                &acted,
                &format!("{} has the floor in", clean(floor)),
            )
        }
        QueueStep::Rule { meeting, rule } => act(
            context,
            meeting,
            Act::RuleQueue(rule),
            "The queue has another order in",
        ),
        QueueStep::Show { meeting } => show(context, MeetingCommand::Show { meeting }),
    }
}

pub(super) fn role(context: &Context, role: Role) -> Ended {
    match role.step {
        RoleStep::List { meeting } => show(context, MeetingCommand::Roles { meeting }),
        RoleStep::Suggest(of) => show(
            context,
            MeetingCommand::Suggest {
                meeting: of.meeting,
                role: of.role,
            },
        ),
        RoleStep::Policy {
            role,
            per: None,
            gap: None,
            shadowing: None,
            auto_offer: None,
            review: None,
        } => show(context, MeetingCommand::Policy { role }),
        RoleStep::Report { role } => show(context, MeetingCommand::Report { role }),
        RoleStep::Note { of, text } => {
            let note = text_or_stdin(context, text)?;
            let note = Act::LeaveNote {
                role: of.role,
                note,
            };
            act(context, of.meeting, note, "The next holder will see it in")
        }
        RoleStep::Accept { offer } => answer(context, offer, Answer::Accept, "You said yes in"),
        RoleStep::Decline { offer } => answer(context, offer, Answer::Decline, "You said no in"),
        RoleStep::Withdraw { offer } => answer(context, offer, Answer::Withdraw, "Taken back in"),
        step => match asked::role(step)? {
            asked::Role::Offer { meeting, act, to } => offer(context, meeting, act, &to),
            asked::Role::Act {
                meeting,
                act: wanted,
                done,
            } => act(context, meeting, wanted, done),
            asked::Role::Standing(standing) => {
                let policy_of = match &standing {
                    Standing::Policy { role, .. } => Some(role.clone()),
                    _ => None,
                };
                let answer = ask(context, MeetingCommand::Standing(standing))?;
                let ended = done(context, answer, "Noted, for all meetings to come.")?;
                // How it stands now: also what was not said this time, and a day for review that has come.
                if let Some(role) = policy_of.filter(|_| !context.terminal.wants_json()) {
                    show(context, MeetingCommand::Policy { role })?;
                }
                Ok(ended)
            }
        },
    }
}

pub(super) fn consent(context: &Context, consent: Consent) -> Ended {
    match consent.step {
        ConsentStep::Open { meeting, text } => {
            let text = text_or_stdin(context, text)?;
            make(context, meeting, Act::OpenConsent { text })
        }
        ConsentStep::Reword { id, text } => {
            let text = text_or_stdin(context, text)?;
            answer(context, id, Answer::Reword { text }, "Reworded in")
        }
        ConsentStep::Answer {
            id,
            position,
            reason,
        } => answer(
            context,
            id,
            Answer::Position { position, reason },
            "Your answer stands in",
        ),
        ConsentStep::Close { id } => {
            let ended = answer(
                context,
                id.clone(),
                Answer::Close { keep: false },
                "Closed in",
            )?;
            // What it came to: adopted, or not.
            if !context.terminal.wants_json() {
                show(context, MeetingCommand::Thing { id })?;
            }
            Ok(ended)
        }
        ConsentStep::Show { id } => show(context, MeetingCommand::Thing { id }),
    }
}

pub(super) fn action(context: &Context, action: Action) -> Ended {
    match action.step {
        ActionStep::Add {
            meeting,
            text,
            offer,
        } => make(context, meeting, Act::AddAction { text, offer }),
        ActionStep::Offer { id, to } => answer(context, id, Answer::Offer { to }, "Asked in"),
        ActionStep::Accept { id } => answer(context, id, Answer::Accept, "It is yours, in"),
        ActionStep::Decline { id } => answer(context, id, Answer::Decline, "It is not yours, in"),
        ActionStep::Done { id } => answer(context, id, Answer::Done, "Done, in"),
        ActionStep::Drop { id } => answer(context, id, Answer::Drop, "Dropped in"),
        ActionStep::Reopen { id } => answer(context, id, Answer::Reopen, "To be done again, in"),
    }
}

pub(super) fn round(context: &Context, round: Round) -> Ended {
    match round.step {
        RoundStep::Open {
            meeting,
            text,
            kind,
        } => make(context, meeting, Act::OpenRound { text, kind }),
        RoundStep::Speak { id, text } => {
            let turn = Answer::Turn { pass: false, text };
            answer(context, id, turn, "You had your turn in")
        }
        RoundStep::Pass { id } => {
            let turn = Answer::Turn {
                pass: true,
                text: None,
            };
            answer(context, id, turn, "You passed in")
        }
        RoundStep::Close { id } => answer(context, id, Answer::Close { keep: false }, "Closed in"),
        RoundStep::Show { id } => show(context, MeetingCommand::Thing { id }),
    }
}

pub(super) fn check(context: &Context, check: Check) -> Ended {
    match check.step {
        CheckStep::Open { meeting, text } => make(context, meeting, Act::OpenCheck { text }),
        CheckStep::Answer { id, word } => {
            answer(context, id, Answer::Word(word), "Your word stands in")
        }
        CheckStep::Close { id, keep } => answer(context, id, Answer::Close { keep }, "Closed in"),
        CheckStep::Show { id } => show(context, MeetingCommand::Thing { id }),
    }
}

pub(super) fn minutes(context: &Context, minutes: Minutes) -> Ended {
    match minutes.step {
        MinutesStep::Add {
            meeting,
            text,
            off_record,
        } => {
            let text = text_or_stdin(context, text)?;
            make(context, meeting, Act::Remark { text, off_record })
        }
        MinutesStep::Correct { id, text } => {
            answer(context, id, Answer::Correct { text }, "Corrected in")
        }
        MinutesStep::Unname(of) => {
            let leave_out = Act::Name { leave_out: true };
            act(context, of.meeting, leave_out, "Your name is left out of")
        }
        MinutesStep::Name(of) => {
            let name = Act::Name { leave_out: false };
            act(context, of.meeting, name, "Your name stands in")
        }
    }
}

pub(super) fn attend(context: &Context, of: OneMeeting, status: Attendance, done: &str) -> Ended {
    act(context, of.meeting, Act::Attend(status), done)
}

pub(super) fn inbox(context: &Context, what: &Inbox) -> Ended {
    let command = if what.merged {
        MeetingCommand::Merged
    } else {
        MeetingCommand::Inbox
    };
    show(context, command)
}
