//! `invite` and its steps, and `join`: the two sides of a door.

use std::process::ExitCode;
use std::time::Duration;

use moot_engine::reply::{Entered, InviteRow, Invited};
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};

use super::arguments::{Invite, InviteStep, Join};
use super::interrupt::Interrupt;
use super::stdin::text_or_stdin;
use super::{Context, notebook, unexpected};
use crate::failure::{Answer, failure};
use crate::home::Absent;
use crate::session::{Need, Session};
use crate::terminal::{Table, clean, local, short};

/// What becomes of a request to join that nobody answered yet.
const KEPT: &str = "The request is kept: the same command again, or moot node, goes on with it.\nmoot join --cancel drops it.";

/// How long whoever was let in waits until somebody has what they wrote first, in milliseconds.
const FIRST_SYNC_MS: u64 = 2_000;

/// How long Ctrl-C leaves the request to be written down.
const INTERRUPT_GRACE: Duration = Duration::from_millis(500);

pub(super) fn run(context: &Context, invite: Invite) -> Answer {
    match invite.step {
        None => make(context, &invite),
        Some(InviteStep::List) => list(context),
        Some(InviteStep::Revoke { id }) => {
            let answer = context.ask(Command::InviteRevoke { invite: id })?;
            done(context, answer, "The invite is worthless now.")
        }
        Some(InviteStep::Admit { id }) => {
            let answer = context.ask(Command::InviteAdmit { request: id })?;
            done(context, answer, "The door is open.")
        }
    }
}

fn make(context: &Context, invite: &Invite) -> Answer {
    let command = Command::Invite {
        expires_in_ms: invite.expires,
        uses: invite.uses,
        confirm: invite.confirm,
    };
    match context.ask(command)? {
        Reply::Invited(invited) => {
            context.terminal.answer(&invited, ticket)?;
            let who = match invite.uses {
                1 => "Whoever uses it first joins".to_owned(),
                uses => format!("The first {uses} who use it join"),
            };
            let by_whom = match invited.relays.first() {
                None => "A member must be reachable then: moot node".to_owned(),
                Some(relay) => format!(
                    "{} takes their request while no member is awake, once it has heard of this invite: moot sync",
                    clean(relay)
                ),
            };
            context.terminal.say(&format!(
                "\n{who}, until {}. Give it away over a way you trust:\n  moot join TICKET --name THEIR-NAME\n{by_whom}",
                local(invited.expires)
            ));
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn ticket(invited: &Invited) -> String {
    format!("{}\n", invited.ticket)
}

fn list(context: &Context) -> Answer {
    match context.ask(Command::InviteList)? {
        Reply::Invites(rows) => {
            context.terminal.answer(&rows, |rows| table(rows))?;
            if rows.is_empty() {
                context
                    .terminal
                    .say("There are no invites. Make one: moot invite");
            }
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn table(rows: &[InviteRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        table.row([
            short(&row.id).to_owned(),
            row.state.clone(),
            format!("{} of {}", row.used, row.uses),
            format!("until {}", local(row.expires)),
            format!("by {}", clean(&row.by.name)),
        ]);
    }
    let mut text = table.show();
    for waiting in rows.iter().flat_map(|row| &row.waiting) {
        text.push_str(&format!(
            "\n{} waits at the door and must see these words:\n  {}\nIf they do: moot invite admit {}\n",
            clean(&waiting.name),
            clean(&waiting.words),
            short(&waiting.id)
        ));
    }
    text
}

pub(super) fn join(context: &Context, join: Join) -> Answer {
    if join.cancel {
        return cancel(context, join.ticket);
    }
    let (Some(ticket), Some(person)) = (join.ticket, join.name) else {
        return Err(failure(
            ErrorKind::Usage,
            "a ticket and a name are needed",
            "moot join TICKET --name YOU",
        ));
    };
    let command = Command::Join {
        ticket: text_or_stdin(context, ticket)?.trim().to_owned(),
        person,
        wait_ms: join.wait,
    };
    match ask_at_the_door(context, command)? {
        Reply::Entered(entered) => {
            context.terminal.answer(&entered, entered_text)?;
            notebook::tell_keys(context, &join.keys)?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// Asks until a member opens, the wait is over, or Ctrl-C. The home is opened first, so that the request is written down by
/// the time it is said to be kept.
fn ask_at_the_door(context: &Context, command: Command) -> Result<Reply, CommandError> {
    let mut session = Session::open(&context.home()?, Absent::Create, Need::Network)?;
    let interrupted = failure(
        ErrorKind::Unreachable,
        "interrupted before a member opened the door",
        KEPT,
    );
    let interrupt =
        Interrupt::catch_with_grace(INTERRUPT_GRACE, context.terminal.format, interrupted)?;
    let answer = session.ask(&context.request(command), &mut |step| context.tell(&step));
    if let Ok(Reply::Entered(entered)) = &answer {
        // What the newcomer's device said of itself is to be elsewhere too; where it is not in time, the next sync brings it.
        let sync = Request {
            notebook: Some(entered.notebook.id.clone()),
            command: Command::Sync {
                wait_ms: FIRST_SYNC_MS,
                with: 1,
            },
        };
        let _ = session.ask(&sync, &mut |_| {});
    }
    drop(interrupt);
    session.close();
    answer.map_err(kept)
}

/// A request that found nobody in time is not lost, and that should be said even where the engine has no hint.
fn kept(error: CommandError) -> CommandError {
    if error.kind != ErrorKind::Unreachable || !error.hint.is_empty() {
        return error;
    }
    CommandError {
        hint: KEPT.to_owned(),
        ..error
    }
}

fn entered_text(entered: &Entered) -> String {
    let door = entered.admitted_by.as_ref().map_or_else(String::new, |by| {
        format!(" {} opened the door.", clean(&by.name))
    });
    format!(
        "You are in “{}” as {}.{door}\n",
        clean(&entered.notebook.name),
        clean(&entered.person.name)
    )
}

fn cancel(context: &Context, ticket: Option<String>) -> Answer {
    let ticket = ticket
        .map(|ticket| text_or_stdin(context, ticket))
        .transpose()?
        .map(|ticket| ticket.trim().to_owned());
    let answer = context
        .ask(Command::JoinCancel { ticket })
        .map_err(|error| match error.hint.as_str() {
            "" => CommandError {
                hint: "moot notebooks lists the notebooks that you are in.".to_owned(),
                ..error
            },
            _ => error,
        })?;
    done(context, answer, "The request to join is dropped.")
}

/// Answers that only say that something was done.
pub(super) fn done(context: &Context, answer: Reply, text: &str) -> Answer {
    #[derive(serde::Serialize)]
    struct Done {
        done: bool,
    }
    match answer {
        Reply::Done => {
            context
                .terminal
                .answer(&Done { done: true }, |_| format!("{text}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}
