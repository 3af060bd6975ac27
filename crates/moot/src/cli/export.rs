//! `export`: everything readable becomes files. Owns their names and that each is written whole or not at all.
//!
//! A Markdown file holds the note's text byte for byte; what moot knows besides stands in `NAME.facts.json` next to it.

mod names;
mod record;

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use moot_engine::command::MeetingCommand;
use moot_engine::reply::meeting::MeetingRow;
use moot_engine::reply::{Exported, NoteRow};
use moot_engine::{Command, CommandError, ErrorKind, Reply};
use serde::Serialize;

use self::names::Names;
use self::record::{Record, Verdict};
use super::arguments::{Export, ExportFormat};
use super::interrupt::Interrupt;
use super::{Context, unexpected};
use crate::failure::{Answer, failure};
use crate::session::{Need, Session};
use crate::terminal::{clean, count};

/// What an export did.
#[derive(Debug, Default, Serialize)]
struct Summary {
    directory: String,
    notes: u64,
    meetings: u64,
    skipped: Vec<Unwritten>,
    #[serde(skip)]
    failed: u64,
}

/// What was not written, and why. The rest is written all the same.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Unwritten {
    /// A note that could not be.
    Note {
        id: String,
        title: String,
        reason: String,
    },
    /// A file that somebody else wrote or changed.
    File { path: String, reason: String },
}

/// The folder that is written into, and which files in it are not people's own.
struct Target<'a> {
    export: &'a Export,
    record: Record,
    names: Names,
    foreign: Vec<String>,
}

impl Target<'_> {
    /// Writes a file whole, unless it is somebody's own; tells whether it now holds these bytes.
    fn write(&mut self, name: &str, bytes: &[u8]) -> Result<bool, CommandError> {
        let folder = &self.export.directory;
        match self.record.judge(folder, name, bytes) {
            Verdict::Same => {}
            Verdict::Foreign if !self.export.force => {
                self.foreign.push(name.to_owned());
                return Ok(false);
            }
            Verdict::Write | Verdict::Foreign => write(&folder.join(name), bytes)?,
        }
        self.record.note(name, bytes);
        Ok(true)
    }

    fn write_json(&mut self, name: &str, value: &impl Serialize) -> Result<bool, CommandError> {
        let bytes = json(name, value)?;
        self.write(name, &bytes)
    }
}

pub(super) fn run(context: &Context, export: &Export) -> Answer {
    if export.directory.as_os_str() == "-" {
        return Err(failure(
            ErrorKind::Usage,
            "export writes into a folder, not to standard output",
            "One note on standard output: moot note show NOTE\nA folder of that name: ./-",
        ));
    }
    let mut session = context.session(Need::Time)?;
    let outcome = export_all(context, &mut session, export);
    session.close();
    let summary = outcome?;
    context.terminal.answer(&summary, |summary| {
        let mut what = count(summary.notes, "note", "notes");
        if summary.meetings > 0 {
            what = format!(
                "{what} and {}",
                count(summary.meetings, "meeting", "meetings")
            );
        }
        let mut text = format!("{what} written into {}\n", summary.directory);
        for unwritten in &summary.skipped {
            let (what, reason) = match unwritten {
                Unwritten::Note { title, reason, .. } => (format!("“{title}”"), reason),
                Unwritten::File { path, reason } => (path.clone(), reason),
            };
            text.push_str(&format!(
                "  not written: {}: {}\n",
                clean(&what),
                clean(reason)
            ));
        }
        text
    })?;
    if summary.skipped.len() as u64 > summary.failed {
        context
            .terminal
            .say("Files of your own were left as they are. --force overwrites them.");
    }
    if summary.failed == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    Err(failure(
        ErrorKind::Failed,
        format!(
            "{} could not be written",
            count(summary.failed, "note", "notes")
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
    let mut target = Target {
        export,
        record: Record::read(directory),
        names: Names::default(),
        foreign: Vec::new(),
    };
    let outcome = write_all(context, session, &mut target, rows);
    // Also after a failure: what was written is not people's own.
    let record = json(record::FILE, target.record.entries())
        .and_then(|bytes| write(&directory.join(record::FILE), &bytes));
    let mut summary = outcome?;
    record?;
    let foreign = target.foreign.into_iter().map(|path| Unwritten::File {
        path,
        reason: "is there already and is not what an export wrote".to_owned(),
    });
    summary.skipped.extend(foreign);
    Ok(summary)
}

fn write_all(
    context: &Context,
    session: &mut Session,
    target: &mut Target<'_>,
    rows: Vec<NoteRow>,
) -> Result<Summary, CommandError> {
    let mut summary = Summary {
        directory: target.export.directory.display().to_string(),
        ..Summary::default()
    };
    if let Reply::People(people) = session.ask(&context.request(Command::People), &mut |_| {})? {
        target.write_json("people.json", &people)?;
        target.names.take("people.json");
    }
    let interrupt = Interrupt::catch()?;
    for row in rows {
        if interrupt.came() {
            return Err(failure(
                ErrorKind::Failed,
                "interrupted. The files that were written are whole",
                "The same command again writes the rest.",
            ));
        }
        match export_note(context, session, target, &row) {
            Ok(written) => summary.notes += u64::from(written),
            // A full disk will not take the next one either.
            Err(error) if error.message.contains("disk is full") => return Err(error),
            Err(error) => {
                summary.failed += 1;
                summary.skipped.push(Unwritten::Note {
                    id: row.id,
                    title: row.title,
                    reason: error.message,
                });
            }
        }
    }
    for row in meetings(context, session)? {
        summary.meetings += u64::from(export_meeting(context, session, target, &row)?);
    }
    Ok(summary)
}

fn meetings(context: &Context, session: &mut Session) -> Result<Vec<MeetingRow>, CommandError> {
    let list = Command::Meeting(MeetingCommand::List);
    match session.ask(&context.request(list), &mut |_| {})? {
        Reply::Meetings(mut rows) => {
            rows.sort_by(|a, b| a.id.cmp(&b.id));
            Ok(rows)
        }
        other => Err(unexpected(other)),
    }
}

/// Writes a meeting's minutes, and beside them all that is known of it.
fn export_meeting(
    context: &Context,
    session: &mut Session,
    target: &mut Target<'_>,
    row: &MeetingRow,
) -> Result<bool, CommandError> {
    let mut ask = |command| session.ask(&context.request(Command::Meeting(command)), &mut |_| {});
    let meeting = row.id.clone();
    let minutes = match ask(MeetingCommand::Minutes { meeting })? {
        Reply::Minutes(minutes) => minutes,
        other => return Err(unexpected(other)),
    };
    let meeting = row.id.clone();
    let view = match ask(MeetingCommand::Show { meeting })? {
        Reply::Meeting(view) => view,
        other => return Err(unexpected(other)),
    };
    let chosen = target.names.for_meeting(&row.title);
    target.write_json(&chosen.facts, &view)?;
    target.write(&chosen.note, minutes.as_bytes())
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
    target: &mut Target<'_>,
    row: &NoteRow,
) -> Result<bool, CommandError> {
    let command = Command::Export {
        note: row.id.clone(),
    };
    let exported = match session.ask(&context.request(command), &mut |_| {})? {
        Reply::Exported(exported) => exported,
        other => return Err(unexpected(other)),
    };
    let format = target.export.format;
    let chosen = target.names.choose(&exported, format);
    match format {
        ExportFormat::Json => target.write_json(&chosen.note, &exported),
        ExportFormat::Md => {
            let written = target.write(&chosen.note, exported.note.body.as_bytes())?;
            target.write_json(&chosen.facts, &Facts::of(&exported))?;
            Ok(written)
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

fn json(name: &str, value: &impl Serialize) -> Result<Vec<u8>, CommandError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("{name} cannot be written as JSON: {error}"),
            "",
        )
    })?;
    text.push(b'\n');
    Ok(text)
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

pub(super) fn cannot(path: &Path, error: &io::Error) -> CommandError {
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
