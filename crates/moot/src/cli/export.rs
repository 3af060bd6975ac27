//! `export`: everything readable becomes files. Owns their names and that each is written whole or not at all.
//!
//! A Markdown file holds the note's text byte for byte; what moot knows besides stands in `NAME.facts.json` next to it.

mod names;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use moot_engine::reply::{Exported, NoteRow};
use moot_engine::{Command, CommandError, ErrorKind, Reply};
use serde::Serialize;

use self::names::Names;
use super::arguments::{Export, ExportFormat};
use super::{Context, unexpected};
use crate::failure::{Answer, failure};
use crate::session::{Need, Session};
use crate::terminal::{clean, count};

/// What an export did.
#[derive(Debug, Default, Serialize)]
struct Summary {
    directory: String,
    notes: u64,
    skipped: Vec<Unwritten>,
}

/// A note that could not be written, and why. The others are written all the same.
#[derive(Debug, Serialize)]
struct Unwritten {
    id: String,
    title: String,
    reason: String,
}

pub(super) fn run(context: &Context, export: &Export) -> Answer {
    let mut session = context.session(Need::Time)?;
    let outcome = export_all(context, &mut session, export);
    session.close();
    let summary = outcome?;
    context.terminal.answer(&summary, |summary| {
        let mut text = format!(
            "{} written into {}\n",
            count(summary.notes, "note", "notes"),
            summary.directory
        );
        for unwritten in &summary.skipped {
            text.push_str(&format!(
                "  not written: “{}”: {}\n",
                clean(&unwritten.title),
                clean(&unwritten.reason)
            ));
        }
        text
    })?;
    if summary.skipped.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(failure(
        ErrorKind::Failed,
        format!(
            "{} could not be written",
            count(summary.skipped.len() as u64, "note", "notes")
        ),
        "",
    ))
}

fn export_all(
    context: &Context,
    session: &mut Session,
    export: &Export,
) -> Result<Summary, CommandError> {
    let rows = notes(context, session)?;
    let directory = &export.directory;
    make_folder(directory)?;
    let mut names = Names::default();
    let mut summary = Summary {
        directory: directory.display().to_string(),
        ..Summary::default()
    };
    if let Reply::People(people) = session.ask(&context.request(Command::People), &mut |_| {})? {
        write_json(&directory.join("people.json"), &people)?;
        names.take("people.json");
    }
    for row in rows {
        match export_note(context, session, export, &mut names, &row) {
            Ok(()) => summary.notes += 1,
            // A full disk will not take the next one either.
            Err(error) if error.message.contains("disk is full") => return Err(error),
            Err(error) => summary.skipped.push(Unwritten {
                id: row.id,
                title: row.title,
                reason: error.message,
            }),
        }
    }
    Ok(summary)
}

fn notes(context: &Context, session: &mut Session) -> Result<Vec<NoteRow>, CommandError> {
    let list = Command::NoteList { deleted: true };
    match session.ask(&context.request(list), &mut |_| {})? {
        Reply::Notes(mut rows) => {
            // Numbers behind equal names go by id, so that every member's export has the same names.
            rows.sort_by(|a, b| a.id.cmp(&b.id));
            Ok(rows)
        }
        other => Err(unexpected(other)),
    }
}

fn export_note(
    context: &Context,
    session: &mut Session,
    export: &Export,
    names: &mut Names,
    row: &NoteRow,
) -> Result<(), CommandError> {
    let command = Command::Export {
        note: row.id.clone(),
    };
    let exported = match session.ask(&context.request(command), &mut |_| {})? {
        Reply::Exported(exported) => exported,
        other => return Err(unexpected(other)),
    };
    let chosen = names.choose(&exported, export.format);
    let note = export.directory.join(&chosen.note);
    match export.format {
        ExportFormat::Json => write_json(&note, &exported),
        ExportFormat::Md => {
            write(&note, exported.note.body.as_bytes())?;
            write_json(&export.directory.join(&chosen.facts), &Facts::of(&exported))
        }
    }
}

/// What is known of a note besides its text.
#[derive(Serialize)]
struct Facts<'a> {
    id: &'a str,
    title: &'a str,
    titles: &'a [moot_engine::reply::TitleChoice],
    kind: moot_engine::command::NoteKind,
    updated: jiff::Timestamp,
    authors: &'a [String],
    version: &'a str,
    deleted: bool,
    links: &'a [moot_engine::reply::LinkRow],
    backlinks: &'a [moot_engine::reply::BacklinkRow],
    path: Option<&'a str>,
    facts: &'a [moot_engine::reply::ExportedFact],
    history: &'a [moot_engine::reply::HistoryRow],
}

impl<'a> Facts<'a> {
    fn of(exported: &'a Exported) -> Self {
        let note = &exported.note;
        Self {
            id: &note.id,
            title: &note.title,
            titles: &note.titles,
            kind: note.kind,
            updated: note.updated,
            authors: &note.authors,
            version: &note.version,
            deleted: note.deleted,
            links: &note.links,
            backlinks: &note.backlinks,
            path: exported.path.as_deref(),
            facts: &exported.facts,
            history: &exported.history,
        }
    }
}

fn write_json(path: &Path, value: &impl Serialize) -> Result<(), CommandError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("{} cannot be written as JSON: {error}", path.display()),
            "",
        )
    })?;
    text.push(b'\n');
    write(path, &text)
}

/// Writes a file whole, or leaves what was there.
fn write(path: &Path, bytes: &[u8]) -> Result<(), CommandError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".moot-")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(bytes)?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|error| cannot(path, &error))
}

fn make_folder(folder: &Path) -> Result<(), CommandError> {
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))
}

fn cannot(path: &Path, error: &io::Error) -> CommandError {
    let message = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            format!("{} could not be written: the disk is full", path.display())
        }
        _ => format!("{} could not be written: {error}", path.display()),
    };
    failure(
        ErrorKind::Failed,
        message,
        "Choose a directory that is yours and has room.",
    )
}
