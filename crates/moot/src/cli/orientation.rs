//! `moot` without a command: what there is, and what to do next.

use std::process::ExitCode;

use moot_engine::reply::NotebookRow;
use moot_engine::{Command, Reply};
use moot_tui::Colours;

use super::arguments::Color;
use super::{Context, notebook, standing, unexpected};
use crate::failure::Answer;
use crate::terminal::{self, clean, short};

const FIRST_STEPS: &str = "\
moot keeps a notebook that a group shares. It lives on every member's own
machine, works offline, and merges when people meet again.

There is no notebook here yet. To begin:

  moot demo                               see it at work, in 20 seconds
  moot init --name YOU --new NOTEBOOK     make a notebook
  moot join TICKET --name YOU             join one that you were invited to

moot --help lists everything.
";

const NEXT_STEPS: &str = "
  moot note list     read      moot note new TITLE   write
  moot search WORDS  find      moot invite           let somebody join
  moot node          keep in touch with the others
  moot --help        everything
";

const SEVERAL: &str = "
Say which with each command, as in: moot --notebook NAME note list
or for this terminal: export MOOT_NOTEBOOK=NAME
";

const WHILE_JOINING: &str = "
  moot node            goes on asking until a member opens the door
  moot join --cancel   drops the request
  moot --help          everything
";

const AFTER_LEAVING: &str = "
You have left this notebook. What you have of it stays readable:
  moot note list     read      moot export DIR       take it with you
  moot search WORDS  find      moot new NOTEBOOK     begin another
";

/// A screen, where somebody sits at one; else what there is and what to do next.
pub(super) fn show(context: &Context, color: Color) -> Answer {
    if context.terminal.may_show_screen() {
        return crate::screen::show(context, colours(color));
    }
    tell(context)
}

/// By what was asked for, then by what the terminal says of itself.
pub(super) fn colours(color: Color) -> Colours {
    let said = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let wants_none = said("NO_COLOR").is_some() || said("TERM").is_some_and(|term| term == "dumb");
    match color {
        Color::Always => Colours::Sixteen,
        Color::Never => Colours::None,
        Color::Auto if wants_none => Colours::None,
        Color::Auto => Colours::Sixteen,
    }
}

fn tell(context: &Context) -> Answer {
    if !context.home()?.is_there() {
        if context.terminal.wants_json() {
            context.terminal.json(&Vec::<NotebookRow>::new())?;
        } else {
            terminal::print(FIRST_STEPS)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let rows = match context.ask(Command::Notebooks)? {
        Reply::Notebooks(rows) => rows,
        other => return Err(unexpected(other)),
    };
    context.terminal.answer(&rows, |rows| list(rows))?;
    if rows.is_empty() && !context.terminal.wants_json() {
        return terminal::print(FIRST_STEPS).map(|()| ExitCode::SUCCESS);
    }
    if let ([_], false) = (rows.as_slice(), context.terminal.wants_json())
        && let Reply::Status(status) = context.ask(Command::Status)?
    {
        terminal::print(&standing::status_text(&status))?;
    }
    context.terminal.say(match rows.as_slice() {
        [only] if only.state == "joining" => WHILE_JOINING,
        [only] if only.state == "left" => AFTER_LEAVING,
        [_] => NEXT_STEPS,
        _ => SEVERAL,
    });
    Ok(ExitCode::SUCCESS)
}

/// A single notebook is shown by its status instead.
fn list(rows: &[NotebookRow]) -> String {
    if rows.len() == 1 {
        return String::new();
    }
    rows.iter()
        .map(|row| {
            // One that cannot be opened tells no name.
            let name = match row.name.as_str() {
                "" => short(&row.id).to_owned(),
                name => clean(name),
            };
            let mut more = vec![notebook::people(row), notebook::standing(row)];
            more.retain(|word| !word.is_empty());
            format!("{name}  ({})\n", more.join(", "))
        })
        .collect()
}
