//! `init`, `new`, `notebooks`.

use std::process::ExitCode;

use moot_engine::reply::{Entered, NotebookRow};
use moot_engine::{Command, CommandError, Reply};

use super::arguments::{Init, Keys, New};
use super::{Context, unexpected};
use crate::failure::Answer;
use crate::home::Absent;
use crate::session::Need;
use crate::terminal::{Table, clean, count, short};

pub(super) fn init(context: &Context, init: Init) -> Answer {
    let command = Command::Init {
        person: init.name,
        notebook: init.new,
        purpose: init.purpose,
    };
    match context.ask_with(command, Absent::Create, Need::Moment)? {
        Reply::Entered(entered) => {
            context.terminal.answer(&entered, welcome)?;
            tell_keys(context, &init.keys)?;
            context.terminal.say(
                "\nNext:\n  moot note new \"Our first note\"\n  moot invite\n  moot node        keeps in touch with the others",
            );
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// Where the keys are kept is told whether or not it was chosen.
pub(super) fn tell_keys(context: &Context, keys: &Keys) -> Result<(), CommandError> {
    let chosen = if keys.key_storage.is_some() {
        "as you chose"
    } else {
        "readable by you alone"
    };
    context.terminal.say(&format!(
        "Your keys are kept in a file, {chosen}:\n  {}",
        context.home()?.path().join("storage.key").display()
    ));
    Ok(())
}

fn welcome(entered: &Entered) -> String {
    format!(
        "The notebook “{}” is ready. You are {}.\n",
        clean(&entered.notebook.name),
        clean(&entered.person.name)
    )
}

pub(super) fn new(context: &Context, new: New) -> Answer {
    let command = Command::New {
        notebook: new.notebook,
        purpose: new.purpose,
    };
    match context.ask(command)? {
        Reply::Entered(entered) => {
            context.terminal.answer(&entered, welcome)?;
            context.terminal.say(
                "You have several notebooks now: say --notebook NAME with each command,\nor set MOOT_NOTEBOOK.",
            );
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

pub(super) fn list(context: &Context) -> Answer {
    match context.ask(Command::Notebooks)? {
        Reply::Notebooks(rows) => {
            context.terminal.answer(&rows, |rows| table(rows))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn table(rows: &[NotebookRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        table.row([
            short(&row.id).to_owned(),
            people(row),
            standing(row),
            clean(&row.name),
        ]);
    }
    table.show()
}

/// How many are in it; nothing where that cannot be told.
pub(super) fn people(row: &NotebookRow) -> String {
    match row.state.as_str() {
        "damaged" => String::new(),
        _ => count(row.people, "person", "people"),
    }
}

/// How one stands in it, or what is new there; nothing where all is as usual.
pub(super) fn standing(row: &NotebookRow) -> String {
    match (row.state.as_str(), row.unread) {
        ("joining", _) => "being joined".to_owned(),
        ("left", _) => "you have left".to_owned(),
        ("damaged", _) => "damaged: moot doctor".to_owned(),
        (_, 0) => String::new(),
        (_, unread) => format!("{unread} unread"),
    }
}
