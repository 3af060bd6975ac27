//! `note` and its steps, `search` and `settle`.

use std::io::{BufRead, IsTerminal, stdout};
use std::process::ExitCode;

use moot_engine::command::{NoteKind, Splice};
use moot_engine::reply::{BlameRow, HistoryRow, HitRow, NoteChanged, NoteRow, NoteView};
use moot_engine::{Command, CommandError, ErrorKind, Reply};
use serde::Serialize;

use super::arguments::{Kind, Note, NoteStep, Search, Settle};
use super::stdin::text_or_stdin;
use super::{Context, editor, unexpected};
use crate::failure::{Answer, failure};
use crate::session::Need;
use crate::terminal::{self, Table, clean, clean_text, local, short};

pub(super) fn run(context: &Context, note: Note) -> Answer {
    match note.step {
        NoteStep::New { title, body, kind } => new(context, title, body, kind),
        NoteStep::List { deleted } => list(context, deleted),
        NoteStep::Show { note, at } => show(context, note, at),
        NoteStep::Append { note, text } => {
            let text = text_or_stdin(context, text)?;
            change(context, Command::NoteAppend { note, text }, "Added to")
        }
        NoteStep::Set { note, text, base } => {
            let text = text_or_stdin(context, text)?;
            change(context, Command::NoteSet { note, text, base }, "Changed")
        }
        NoteStep::Edit { note } => editor::edit(context, note),
        NoteStep::Type { note } => type_lines(context, &note),
        NoteStep::Rename { note, title } => {
            change(context, Command::NoteRename { note, title }, "Renamed to")
        }
        NoteStep::Delete { note } => delete(context, note),
        NoteStep::Restore { note } => change(context, Command::NoteRestore { note }, "Restored"),
        NoteStep::History { note } => history(context, note),
        NoteStep::Blame { note } => blame(context, note),
    }
}

fn new(context: &Context, title: String, body: Option<String>, kind: Kind) -> Answer {
    let body = body.map_or(Ok(String::new()), |body| text_or_stdin(context, body))?;
    let kind = match kind {
        Kind::Note => NoteKind::Note,
        Kind::Practice => NoteKind::Practice,
        Kind::Experiment => NoteKind::Experiment,
    };
    match context.ask(Command::NoteNew { title, body, kind })? {
        Reply::NoteMade(made) => {
            context.terminal.answer(&made, |made| {
                format!("{}  {}\n", short(&made.id), clean(&made.title))
            })?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn list(context: &Context, deleted: bool) -> Answer {
    match context.ask(Command::NoteList { deleted })? {
        Reply::Notes(rows) => {
            context.terminal.answer(&rows, |rows| note_table(rows))?;
            if rows.is_empty() && !context.terminal.wants_json() {
                context.say_of_empty(&no_notes(context, deleted)?)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// What to do where no note is listed: others may have been deleted.
fn no_notes(context: &Context, deleted: bool) -> Result<String, CommandError> {
    let gone = match deleted {
        true => Vec::new(),
        false => match context.ask(Command::NoteList { deleted: true })? {
            Reply::Notes(rows) => rows,
            other => return Err(unexpected(other)),
        },
    };
    Ok(match gone.len() {
        0 => "There are no notes yet. Write one: moot note new TITLE".to_owned(),
        gone => format!(
            "There are no notes now; {}: moot note list --deleted",
            if gone == 1 {
                "one was deleted".to_owned()
            } else {
                format!("{gone} were deleted")
            }
        ),
    })
}

fn note_table(rows: &[NoteRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        let mark = if row.unread { "•" } else { " " };
        let mut title = clean(&row.title);
        if row.titles.len() > 1 {
            title.push_str("  (several titles: moot settle)");
        }
        if row.deleted {
            title.push_str("  (deleted)");
        }
        table.row([
            short(&row.id).to_owned(),
            local(row.updated),
            mark.to_owned(),
            title,
        ]);
    }
    table.show()
}

fn show(context: &Context, note: String, at: Option<String>) -> Answer {
    let view = match context.ask(Command::NoteShow { note, at })? {
        Reply::Note(view) => view,
        other => return Err(unexpected(other)),
    };
    if context.terminal.wants_json() {
        context.terminal.json(&view)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Byte for byte, except where the bytes would steer somebody's terminal.
    if stdout().is_terminal() {
        terminal::print(&on_terminal(&view.body))?;
    } else {
        terminal::print_exactly(view.body.as_bytes())?;
    }
    context.terminal.say_all(&remarks(&view));
    Ok(ExitCode::SUCCESS)
}

/// A text as a terminal shows it. What is typed next begins on a line of its own.
fn on_terminal(body: &str) -> String {
    let mut text = clean_text(&body.replace("\r\n", "\n"));
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn remarks(view: &NoteView) -> Vec<String> {
    let mut remarks = Vec::new();
    if view.titles.len() > 1 {
        remarks.push("This note was given several titles at the same time:".to_owned());
        let title = |choice: &moot_engine::reply::TitleChoice| {
            format!("  “{}”, by {}", clean(&choice.title), clean(&choice.by))
        };
        remarks.extend(view.titles.iter().map(title));
        remarks.push(format!("Choose one: moot settle {} TITLE", short(&view.id)));
    }
    if view.deleted {
        remarks.push(format!(
            "This note was deleted. Bring it back: moot note restore {}",
            short(&view.id)
        ));
    }
    if view.newer > 0 {
        remarks.push("It holds something newer than this moot understands.".to_owned());
    }
    remarks
}

/// A command that changes one note and tells which.
fn change(context: &Context, command: Command, done: &str) -> Answer {
    let changed = changed(context.ask(command)?)?;
    tell_change(context, &changed, done)
}

/// A note that was put away is no longer found by its title, so how to bring it back is told now.
fn delete(context: &Context, note: String) -> Answer {
    let deleted = changed(context.ask(Command::NoteDelete { note })?)?;
    let told = tell_change(context, &deleted, "Deleted");
    context.terminal.say(&format!(
        "Bring it back: moot note restore {}",
        short(&deleted.id)
    ));
    told
}

/// The answer of a command that changes one note.
pub(super) fn changed(reply: Reply) -> Result<NoteChanged, CommandError> {
    match reply {
        Reply::NoteChanged(changed) => Ok(changed),
        other => Err(unexpected(other)),
    }
}

/// Says what became of a note.
pub(super) fn tell_change(context: &Context, changed: &NoteChanged, done: &str) -> Answer {
    context.terminal.answer(changed, |changed| {
        let done = if changed.changed {
            done
        } else {
            "Nothing to change in"
        };
        format!("{done} “{}”\n", clean(&changed.title))
    })?;
    Ok(ExitCode::SUCCESS)
}

/// Types each line of stdin at the end of the note, and says `saved` once it is kept.
fn type_lines(context: &Context, note: &str) -> Answer {
    let mut session = context.session(Need::Time)?;
    let show = Command::NoteShow {
        note: note.to_owned(),
        at: None,
    };
    let view = match session.ask(&context.request(show), &mut |_| {})? {
        Reply::Note(view) => view,
        other => return Err(unexpected(other)),
    };
    for line in std::io::stdin().lock().lines() {
        let mut insert = line.map_err(|error| {
            failure(
                ErrorKind::Usage,
                format!("standard input cannot be read as text: {error}"),
                "",
            )
        })?;
        insert.push('\n');
        // Where the end is changes while others write, so it is asked for each time.
        let show = Command::NoteShow {
            note: view.id.clone(),
            at: None,
        };
        let at = match session.ask(&context.request(show), &mut |_| {})? {
            Reply::Note(view) => view.body.len(),
            other => return Err(unexpected(other)),
        };
        let typed = Command::NoteType {
            note: view.id.clone(),
            seen: None,
            splices: vec![Splice {
                at,
                delete: 0,
                insert,
            }],
        };
        changed(session.ask(&context.request(typed), &mut |_| {})?)?;
        terminal::print("saved\n")?;
    }
    session.close();
    Ok(ExitCode::SUCCESS)
}

fn history(context: &Context, note: String) -> Answer {
    match context.ask(Command::NoteHistory { note })? {
        Reply::History(rows) => {
            context.terminal.answer(&rows, |rows| history_table(rows))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

fn history_table(rows: &[HistoryRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        table.row([
            short(&row.version).to_owned(),
            local(row.at),
            clean(&row.by),
            clean(&row.summary),
        ]);
    }
    table.show()
}

fn blame(context: &Context, note: String) -> Answer {
    match context.ask(Command::NoteBlame { note })? {
        Reply::Blame(rows) => {
            context.terminal.answer(&rows, |rows| blame_table(rows))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// One row for every line of every stretch.
fn blame_table(rows: &[BlameRow]) -> String {
    let mut table = Table::new();
    let mut is_line_open = false;
    for row in rows {
        // Who begins a new line also wrote the end of the line before; that end is no line to show.
        let ending = ["\r\n", "\n"]
            .iter()
            .find_map(|end| row.text.strip_prefix(end));
        let text = match ending {
            Some(rest) if is_line_open => rest,
            _ => &row.text,
        };
        is_line_open = !row.text.ends_with('\n');
        for (index, line) in text.lines().enumerate() {
            let first = index == 0;
            let (by, at) = if first {
                (clean(&row.by), local(row.at))
            } else {
                (String::new(), String::new())
            };
            table.row([by, at, format!("│ {}", clean(line))]);
        }
    }
    table.show()
}

pub(super) fn search(context: &Context, search: Search) -> Answer {
    let command = Command::Search {
        query: search.query.join(" "),
        limit: search.limit,
    };
    match context.ask(command)? {
        Reply::Found(rows) => {
            if context.terminal.wants_json() {
                let hits: Vec<Hit<'_>> = rows.iter().map(Hit::of).collect();
                context.terminal.json(&hits)?;
            } else {
                terminal::print(&hits_text(&rows))?;
                if rows.is_empty() {
                    context.terminal.say("Nothing found.");
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// A note that was found, its passage without marks.
#[derive(Serialize)]
struct Hit<'a> {
    id: &'a str,
    kind: &'a str,
    title: &'a str,
    snippet: String,
    score: f64,
}

impl<'a> Hit<'a> {
    fn of(row: &'a HitRow) -> Self {
        Self {
            id: &row.id,
            kind: &row.kind,
            title: &row.title,
            snippet: row.snippet.replace(['\u{2}', '\u{3}'], ""),
            score: row.score,
        }
    }
}

fn hits_text(rows: &[HitRow]) -> String {
    let bold = anstyle::Style::new().bold();
    let mut text = String::new();
    for row in rows {
        let snippet: String = row
            .snippet
            .split('\u{2}')
            .enumerate()
            .map(|(index, part)| match part.split_once('\u{3}') {
                Some((found, rest)) if index > 0 => {
                    format!("{bold}{}{bold:#}{}", flat(found), flat(rest))
                }
                _ => flat(part),
            })
            .collect();
        text.push_str(&format!(
            "{}  {bold}{}{bold:#}\n    {snippet}\n",
            short(&row.id),
            clean(&row.title)
        ));
    }
    text
}

/// A passage on one line.
fn flat(text: &str) -> String {
    let spaced: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect();
    clean(&spaced)
}

pub(super) fn settle(context: &Context, settle: Settle) -> Answer {
    let command = Command::Settle {
        id: settle.id,
        choice: settle.choice,
    };
    change(context, command, "Settled:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_a_terminal_a_text_ends_its_line_and_steers_nothing() {
        assert_eq!(on_terminal("a\r\nb"), "a\nb\n");
        assert_eq!(on_terminal("a\n"), "a\n");
        assert_eq!(on_terminal(""), "");
        assert_eq!(on_terminal("\u{1b}[2J"), "\u{fffd}[2J\n");
    }

    #[test]
    fn blame_shows_no_line_for_the_end_of_somebody_elses() {
        let stretch = |by: &str, text: &str| BlameRow {
            by: by.to_owned(),
            at: jiff::Timestamp::UNIX_EPOCH,
            text: text.to_owned(),
        };
        let shown = blame_table(&[stretch("Bo", "one\ntwo"), stretch("Ana", "\nthree")]);
        let lines: Vec<&str> = shown
            .lines()
            .map(|line| line.split('│').nth(1).unwrap_or("-"))
            .collect();
        assert_eq!(lines, [" one", " two", " three"]);
        let shown = blame_table(&[stretch("Bo", "one\n"), stretch("Ana", "\nthree")]);
        assert_eq!(shown.lines().count(), 3, "{shown}");
    }
}
