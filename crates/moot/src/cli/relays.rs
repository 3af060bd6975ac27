//! `relay use`, `list` and `drop`: a member has a relay keep sealed copies of the notebook.
//!
//! Owns the words about what a relay sees; running one is in `relay`.

use std::process::ExitCode;

use moot_engine::reply::{EnrolledRelay, Named};
use moot_engine::{Command, Reply};

use super::arguments::RelayUse;
use super::standing::{berth_words, held_words, relay_words};
use super::{Context, unexpected};
use crate::failure::Answer;
use crate::home::Absent;
use crate::session::Need;
use crate::terminal::{Table, clean, local, short};

/// What everybody should know who has a notebook enrolled.
const WHAT_IT_SEES: &str = "\
It sees: a random id for this notebook, keys of devices and how many there are, who writes when and how much,
         that somebody was let in, the internet addresses that it is asked from, and which two devices talk through it.
It does not see: text, titles, names, who invited whom, which devices are one person's.
It can hold things back. It cannot read, forge or change anything. Two relays are better than one.
";

pub(super) fn enrol(context: &Context, relay: RelayUse) -> Answer {
    let command = Command::RelayUse {
        ticket: relay.ticket,
        wait_ms: relay.wait,
    };
    match context.ask_with(command, Absent::Fail, Need::Network)? {
        Reply::Relays(rows) => {
            let Some(row) = rows.first() else {
                return Ok(ExitCode::SUCCESS);
            };
            context.terminal.answer(row, enrolled_text)?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn enrolled_text(row: &EnrolledRelay) -> String {
    format!(
        "{} keeps sealed copies of this notebook from now on, for the devices of all members.\n{WHAT_IT_SEES}",
        clean(&row.name)
    )
}

pub(super) fn list(context: &Context) -> Answer {
    match context.ask(Command::RelayList)? {
        Reply::Relays(rows) => {
            context.terminal.answer(&rows, |rows| table(rows))?;
            if rows.is_empty() {
                context.say_of_empty(
                    "No relay keeps copies of this notebook. Whoever runs one gives you its ticket: `moot relay use TICKET`.",
                )?;
            }
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn table(rows: &[EnrolledRelay]) -> String {
    let mut table = Table::new();
    for row in rows {
        let as_of = row
            .as_of
            .map_or_else(String::new, |at| format!("said {}", local(at)));
        table.row([
            short(&row.id).to_owned(),
            clean(&row.name),
            relay_words(&row.reach, row.refuses),
            held_words(row.has_all, None),
            as_of,
            berth_words(&row.reach, row.berth.as_ref()),
            format!("enrolled by {}", clean(&row.by.name)),
        ]);
    }
    let mut text = table.show();
    let is_berthless = |row: &EnrolledRelay| {
        let berth = row.berth.as_ref();
        row.reach == "direct" && berth.is_some_and(|berth| berth.state == "none")
    };
    if rows.iter().any(is_berthless) {
        text.push_str(
            "Without a berth at a relay nobody reaches this device through it; entries go by way of it all the same.\n",
        );
    }
    if rows.iter().any(|row| row.refuses) {
        text.push_str(
            "A relay that does not serve this device keeps this notebook no more, or nobody told it of this device.\n\
             `moot relay use TICKET` enrols the notebook there again, with all its devices.\n",
        );
    }
    text
}

pub(super) fn leave(context: &Context, relay: String) -> Answer {
    let Reply::Relays(rows) = context.ask(Command::RelayDrop { relay })? else {
        return Err(unexpected(Reply::Done));
    };
    let dropped = Dropped {
        done: true,
        still_by: rows.into_iter().map(|row| row.by).collect(),
    };
    context.terminal.answer(&dropped, dropped_text)?;
    Ok(ExitCode::SUCCESS)
}

#[derive(serde::Serialize)]
struct Dropped {
    done: bool,
    /// Who else had the notebook enrolled there.
    still_by: Vec<Named>,
}

fn dropped_text(dropped: &Dropped) -> String {
    let names: Vec<String> = dropped.still_by.iter().map(|by| clean(&by.name)).collect();
    if names.is_empty() {
        return "This relay is used no more. What it keeps stays there until its operator lets it age out.\n"
            .to_owned();
    }
    let names = names.join(" and ");
    format!(
        "You do not name this relay any more. {names} had the notebook enrolled there as well, so it is used until they drop it too.\n"
    )
}
