//! `carry`: entries by hand, in a file, between devices that never meet.
//!
//! Owns the file: that it is written whole or not at all, and found whole before any of it is taken in. What it holds is the
//! engine's to judge.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Cursor, IsTerminal, Read, Write};
use std::path::Path;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moot_engine::reply::{CarriedIn, CarriedOut, CarriedRequest};
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};
use moot_log::NotebookId;
use moot_log::carry::{FileError, MAGIC, Reader, Writer};
use serde::Serialize;

use super::arguments::{Carry, CarryWay};
use super::export::cannot;
use super::interrupt::Interrupt;
use super::{Context, unexpected};
use crate::failure::{Answer, failure};
use crate::session::{Need, Session};
use crate::terminal::{clean, count};

/// Bytes of frames that are taken in at a time: few enough that Ctrl-C is heeded at once.
const BATCH_BYTES_MAX: usize = 1 << 20;

pub(super) fn run(context: &Context, carry: &Carry) -> Answer {
    match &carry.way {
        CarryWay::Out(of) if of.file.as_os_str() == "-" => out_to_stdout(context),
        CarryWay::Out(of) => out_to_file(context, &of.file),
        CarryWay::In(of) if of.file.as_os_str() == "-" => {
            let mut bytes = Vec::new();
            io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|error| unreadable(Path::new("-"), FileError::Read(error)))?;
            let length = bytes.len() as u64;
            take_in(context, Path::new("-"), length, || {
                Ok(Cursor::new(bytes.as_slice()))
            })
        }
        CarryWay::In(of) => {
            let path = &of.file;
            let open = || File::open(path).map(BufReader::new);
            let length = fs::metadata(path).map_or(0, |about| about.len());
            take_in(context, path, length, open)
        }
    }
}

/// What was written.
#[derive(Debug, Default, Serialize)]
struct Written {
    notebook: String,
    file: String,
    entries: u64,
    bytes: u64,
    asks: bool,
}

fn out_to_stdout(context: &Context) -> Answer {
    let why = if context.terminal.wants_json() {
        Some("the file and the JSON cannot both go to standard output")
    } else if io::stdout().is_terminal() {
        Some("a terminal cannot take such a file")
    } else {
        None
    };
    if let Some(why) = why {
        let hint = "Name a file: moot carry out FILE";
        return Err(failure(ErrorKind::Usage, why, hint));
    }
    let mut out = BufWriter::new(io::stdout().lock());
    let written = write_parts(context, &mut out, Path::new("-"))?;
    out.flush()
        .map_err(|error| cannot(Path::new("-"), &error))?;
    context.terminal.say(&what_to_do(&written));
    Ok(ExitCode::SUCCESS)
}

fn out_to_file(context: &Context, path: &Path) -> Answer {
    refuse_foreign(path)?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let file = tempfile::Builder::new()
        .prefix(".moot-")
        .tempfile_in(folder)
        .map_err(|error| cannot(path, &error))?;
    let mut out = BufWriter::new(file);
    let mut written = write_parts(context, &mut out, path)?;
    let finish = || -> io::Result<()> {
        let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        // A stick is pulled out as soon as this says that it is done.
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    finish().map_err(|error| cannot(path, &error))?;
    written.file = path.display().to_string();
    context.terminal.answer(&written, |written| {
        let what = if written.asks {
            "a request to be let in".to_owned()
        } else {
            count(written.entries, "entry", "entries")
        };
        format!("{what} written into {}\n", clean(&written.file))
    })?;
    context.terminal.say(&what_to_do(&written));
    Ok(ExitCode::SUCCESS)
}

/// What was there before is overwritten only where it is such a file too.
fn refuse_foreign(path: &Path) -> Result<(), CommandError> {
    let mut begins = [0; MAGIC.len()];
    let is_foreign = match File::open(path) {
        Ok(mut file) => file.read_exact(&mut begins).is_err() || &begins != MAGIC,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    };
    if is_foreign {
        return Err(failure(
            ErrorKind::Refused,
            format!("{} is there and was not written by this", path.display()),
            "Name another file.",
        ));
    }
    Ok(())
}

fn what_to_do(written: &Written) -> String {
    if written.asks {
        "Take it to any member, who runs: moot carry in FILE\nThen take in what they carry out."
            .to_owned()
    } else {
        "Whoever belongs to the notebook takes it in with: moot carry in FILE\nNobody else can read it.".to_owned()
    }
}

fn write_parts(
    context: &Context,
    out: &mut impl Write,
    path: &Path,
) -> Result<Written, CommandError> {
    let mut session = context.session(Need::Time)?;
    let bar = bar(
        context,
        ProgressBar::new_spinner(),
        "{spinner} {pos} entries",
    );
    let interrupt = Interrupt::catch()?;
    let outcome = write_all(context, &mut session, &interrupt, &bar, &mut |bytes| {
        out.write_all(bytes).map_err(|error| cannot(path, &error))
    });
    session.close();
    bar.finish_and_clear();
    outcome
}

fn write_all(
    context: &Context,
    session: &mut Session,
    interrupt: &Interrupt,
    bar: &ProgressBar,
    write: &mut dyn FnMut(&[u8]) -> Result<(), CommandError>,
) -> Result<Written, CommandError> {
    let mut written = Written::default();
    let mut put = |bytes: &[u8], written: &mut Written| {
        written.bytes += bytes.len() as u64;
        write(bytes)
    };
    let mut writer = None;
    let mut request = context.request(Command::CarryOut { after: None });
    loop {
        if interrupt.came() {
            return Err(failure(
                ErrorKind::Failed,
                "interrupted: nothing was written",
                "",
            ));
        }
        let part = match session.ask(&request, &mut |_| {})? {
            Reply::CarriedOut(part) => part,
            other => return Err(unexpected(other)),
        };
        if writer.is_none() {
            let id: NotebookId = part.notebook.parse().map_err(|_| no_id(&part))?;
            let (begun, head) = Writer::begin(&id);
            put(&head, &mut written)?;
            writer = Some(begun);
        }
        if let Some(writer) = &mut writer {
            for frame in &part.frames {
                put(&writer.frame(frame), &mut written)?;
            }
        }
        written.entries += part.entries;
        written.asks |= part.asks;
        bar.inc(part.entries);
        // The same notebook, whatever others do with the home meanwhile.
        request.notebook = Some(part.notebook.clone());
        written.notebook = part.notebook;
        let Some(next) = part.next else { break };
        request.command = Command::CarryOut { after: Some(next) };
    }
    if let Some(writer) = writer {
        put(&writer.end(), &mut written)?;
    }
    Ok(written)
}

fn no_id(part: &CarriedOut) -> CommandError {
    let message = format!("{:?} is no notebook's id", part.notebook);
    failure(ErrorKind::Failed, message, "")
}

/// What was taken in.
#[derive(Debug, Serialize)]
struct TakenIn {
    notebook: Notebook,
    received: u64,
    known: u64,
    unplaced: u64,
    asked: Vec<CarriedRequest>,
}

#[derive(Debug, Default, Serialize)]
struct Notebook {
    id: String,
    name: String,
    state: String,
}

fn take_in<R: Read>(
    context: &Context,
    path: &Path,
    length: u64,
    open: impl Fn() -> io::Result<R>,
) -> Answer {
    let mut reader = begin(path, &open)?;
    // All of it is found whole before any of it counts.
    while reader
        .next_frame()
        .map_err(|error| unreadable(path, error))?
        .is_some()
    {}
    let id = reader.notebook().to_string();
    let mut session = context.session(Need::Time)?;
    let bar = bar(
        context,
        ProgressBar::new(length),
        "{bar:24} {bytes} of {total_bytes}",
    );
    let taken =
        begin(path, &open).and_then(|reader| take_all(context, &mut session, &bar, path, reader));
    bar.finish_and_clear();
    let outcome = taken.and_then(|sum| Ok((sum, about(&mut session, &id)?)));
    session.close();
    let (sum, notebook) = outcome?;
    let taken = TakenIn {
        notebook,
        received: sum.received,
        known: sum.known,
        unplaced: sum.unplaced,
        asked: sum.asked,
    };
    context.terminal.answer(&taken, told)?;
    if taken.asked.iter().any(|asked| asked.admitted) {
        context
            .terminal
            .say("Carry out again and take it to them: then they can read.");
    }
    Ok(ExitCode::SUCCESS)
}

fn begin<R: Read>(
    path: &Path,
    open: &impl Fn() -> io::Result<R>,
) -> Result<Reader<R>, CommandError> {
    open()
        .map_err(FileError::Read)
        .and_then(Reader::open)
        .map_err(|error| unreadable(path, error))
}

fn take_all<R: Read>(
    context: &Context,
    session: &mut Session,
    bar: &ProgressBar,
    path: &Path,
    mut reader: Reader<R>,
) -> Result<CarriedIn, CommandError> {
    let interrupt = Interrupt::catch()?;
    let id = reader.notebook().to_string();
    let mut sum = CarriedIn::default();
    let mut is_over = false;
    while !is_over {
        if interrupt.came() {
            return Err(failure(
                ErrorKind::Failed,
                "interrupted. What was taken in is kept",
                "The same command again goes on where this ended.",
            ));
        }
        let mut frames = Vec::new();
        let mut bytes = 0;
        while bytes < BATCH_BYTES_MAX {
            let frame = reader
                .next_frame()
                .map_err(|error| unreadable(path, error))?;
            let Some(frame) = frame else {
                is_over = true;
                break;
            };
            bytes += frame.len();
            frames.push(frame);
        }
        let request = Request {
            notebook: context.notebook.clone().or_else(|| Some(id.clone())),
            command: Command::CarryIn {
                notebook: id.clone(),
                frames,
            },
        };
        let answer = session.ask(&request, &mut |_| {});
        match answer.map_err(|error| explained(context, error))? {
            Reply::CarriedIn(part) => add(&mut sum, part),
            other => return Err(unexpected(other)),
        }
        bar.inc(bytes as u64);
    }
    Ok(sum)
}

/// A notebook that nobody named is not one that somebody mistyped.
fn explained(context: &Context, error: CommandError) -> CommandError {
    if error.kind != ErrorKind::NotFound || context.notebook.is_some() {
        return error;
    }
    failure(
        ErrorKind::NotFound,
        "the file is of a notebook that is not in this home",
        "Join it first: `moot join TICKET --name YOU`; by hand too, with `moot carry out` while it waits.",
    )
}

fn add(sum: &mut CarriedIn, part: CarriedIn) {
    sum.received += part.received;
    sum.known += part.known;
    sum.unplaced += part.unplaced;
    sum.asked.extend(part.asked);
}

/// What the notebook is called by now, and whether one is in it.
fn about(session: &mut Session, id: &str) -> Result<Notebook, CommandError> {
    let request = Request {
        notebook: None,
        command: Command::Notebooks,
    };
    let rows = match session.ask(&request, &mut |_| {})? {
        Reply::Notebooks(rows) => rows,
        other => return Err(unexpected(other)),
    };
    let row = rows.into_iter().find(|row| row.id == id);
    Ok(row.map_or_else(Notebook::default, |row| Notebook {
        id: row.id,
        name: row.name,
        state: row.state,
    }))
}

fn told(taken: &TakenIn) -> String {
    let mut text = match (taken.received, taken.known) {
        (0, 0) => String::new(),
        (0, _) => "Nothing in it is new here.\n".to_owned(),
        (new, _) => format!("{} taken in.\n", count(new, "new entry", "new entries")),
    };
    if taken.unplaced > 0 {
        text.push_str(
            "Some of it follows entries that are neither here nor in the file, and was left out.\n",
        );
    }
    for asked in &taken.asked {
        let name = match clean(&asked.name) {
            name if name.is_empty() => "Somebody".to_owned(),
            name => name,
        };
        let line = if asked.admitted {
            format!("{name} has been let in.\n")
        } else {
            format!(
                "{name} asked to be let in, and was not: {}.\n",
                clean(&asked.reason)
            )
        };
        text.push_str(&line);
    }
    if taken.notebook.state == "joining" {
        text.push_str("No member has opened the door yet.\n");
    }
    text
}

fn unreadable(path: &Path, error: FileError) -> CommandError {
    let name = path.display();
    match error {
        FileError::Read(error) if error.kind() == io::ErrorKind::NotFound => failure(
            ErrorKind::NotFound,
            format!("{name} is not there"),
            "`moot carry out FILE` on another device writes one.",
        ),
        FileError::Read(error) => failure(
            ErrorKind::Failed,
            format!("{name} cannot be read: {error}"),
            "",
        ),
        FileError::Foreign => failure(
            ErrorKind::Usage,
            format!("{name} was not written by `moot carry out`"),
            "Markdown is taken in with `moot import`.",
        ),
        FileError::Newer => failure(
            ErrorKind::Refused,
            format!("{name}: {}", FileError::Newer),
            "Install a newer moot.",
        ),
        FileError::Damaged => failure(
            ErrorKind::Damaged,
            format!("{name}: {}; nothing of it was taken in", FileError::Damaged),
            "Copy it again, or have it carried out again.",
        ),
    }
}

fn bar(context: &Context, bar: ProgressBar, template: &str) -> ProgressBar {
    if !context.terminal.may_animate() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
