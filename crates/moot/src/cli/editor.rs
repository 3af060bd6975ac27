//! `note edit`: a note in the person's own editor. What others write meanwhile stays, and what the person wrote is never lost:
//! where it cannot be taken in, it stays in a file whose path is told.

use std::env;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{self, Stdio};

use moot_engine::reply::NoteView;
use moot_engine::{Command, CommandError, ErrorKind, Reply};
use tempfile::NamedTempFile;

use super::interrupt::Interrupt;
use super::{Context, notes, unexpected};
use crate::failure::{Answer, failure};
use crate::terminal::{Format, clean};

/// Has a text edited in the person's own editor. Where that fails, what they wrote is kept in a file whose path is told.
pub(crate) fn edit_text(text: &str) -> Result<String, CommandError> {
    let editor = editor()?;
    let file = write_down(text)?;
    let edited =
        run_editor(&editor, file.path(), Format::Text).and_then(|()| read_back(file.path()));
    match edited {
        Ok(edited) => Ok(edited),
        Err(error) if is_unchanged(file.path(), text) || !file.path().exists() => Err(error),
        Err(error) => Err(kept(file, error)),
    }
}

pub(super) fn edit(context: &Context, note: String) -> Answer {
    let editor = editor()?;
    let before = show(context, note)?;
    let file = write_down(&before.body)?;
    // Ctrl-C belongs to the editor while it runs.
    let interrupt = Interrupt::catch()?;
    let edited = run_editor(&editor, file.path(), context.terminal.format)
        .and_then(|()| read_back(file.path()));
    drop(interrupt);
    let text = match edited {
        Ok(text) => text,
        Err(error) if is_unchanged(file.path(), &before.body) || !file.path().exists() => {
            return Err(error);
        }
        Err(error) => return Err(kept(file, error)),
    };
    if text == before.body {
        context.terminal.say("You changed nothing.");
    }
    let set = Command::NoteSet {
        note: before.id.clone(),
        text: text.clone(),
        base: Some(before.version.clone()),
    };
    let changed = match context.ask(set).and_then(notes::changed) {
        Ok(changed) => changed,
        Err(error) => return Err(kept(file, error)),
    };
    tell_what_others_wrote(context, &before, &text);
    notes::tell_change(context, &changed, "Changed")
}

fn show(context: &Context, note: String) -> Result<NoteView, CommandError> {
    match context.ask(Command::NoteShow { note, at: None })? {
        Reply::Note(view) => Ok(view),
        other => Err(unexpected(other)),
    }
}

fn editor() -> Result<String, CommandError> {
    let set = ["VISUAL", "EDITOR"]
        .iter()
        .find_map(|name| env::var(name).ok().filter(|value| !value.trim().is_empty()));
    match set {
        Some(editor) => Ok(editor),
        None if io::stdin().is_terminal() => Ok("vi".to_owned()),
        None => Err(failure(
            ErrorKind::Usage,
            "no editor is set",
            "Set EDITOR, for instance: export EDITOR=nano",
        )),
    }
}

/// Temporary files are made with mode 0600.
fn write_down(body: &str) -> Result<NamedTempFile, CommandError> {
    let write = || -> io::Result<NamedTempFile> {
        let mut file = tempfile::Builder::new()
            .prefix("moot-")
            .suffix(".md")
            .tempfile()?;
        file.write_all(body.as_bytes())?;
        Ok(file)
    };
    write().map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("no temporary file could be written: {error}"),
            "Is there room in the temporary directory?",
        )
    })
}

/// Through the shell, since people put arguments into EDITOR.
fn run_editor(editor: &str, path: &Path, format: Format) -> Result<(), CommandError> {
    let status = process::Command::new("sh")
        .arg("-c")
        .arg(format!("{editor} \"$1\""))
        .arg("moot")
        .arg(path)
        .stdout(editors_stdout(format))
        .stderr(editors_stderr(format))
        .status()
        .map_err(|error| {
            failure(
                ErrorKind::Failed,
                format!("the editor could not be started: {error}"),
                "",
            )
        })?;
    if status.success() {
        return Ok(());
    }
    Err(failure(
        ErrorKind::Failed,
        format!("the editor “{editor}” ended with {status}, so nothing was changed"),
        "Is VISUAL or EDITOR right?",
    ))
}

/// Our stdout is for the answer: where it is no screen, what an editor prints goes where talk goes.
fn editors_stdout(format: Format) -> Stdio {
    if io::stdout().is_terminal() {
        return Stdio::inherit();
    }
    if format == Format::Json && !io::stderr().is_terminal() {
        return Stdio::null();
    }
    let copy = io::stderr().as_fd().try_clone_to_owned();
    copy.map_or_else(|_| Stdio::null(), Stdio::from)
}

/// With JSON, our stderr holds an error object or nothing.
fn editors_stderr(format: Format) -> Stdio {
    if format == Format::Json && !io::stderr().is_terminal() {
        return Stdio::null();
    }
    Stdio::inherit()
}

fn read_back(path: &Path) -> Result<String, CommandError> {
    fs::read_to_string(path).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("what the editor wrote cannot be read as text: {error}"),
            "",
        )
    })
}

fn is_unchanged(path: &Path, body: &str) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes == body.as_bytes())
}

/// Keeps the file and says where it is.
fn kept(file: NamedTempFile, error: CommandError) -> CommandError {
    match file.keep() {
        Ok((_, path)) => {
            let hint = format!("{}\nYour text is in {}", error.hint, path.display());
            CommandError {
                hint: hint.trim().to_owned(),
                ..error
            }
        }
        Err(_) => error,
    }
}

fn tell_what_others_wrote(context: &Context, before: &NoteView, text: &str) {
    let Ok(after) = show(context, before.id.clone()) else {
        return;
    };
    if after.body != text {
        let authors: Vec<String> = after.authors.iter().map(|name| clean(name)).collect();
        context.terminal.say(&format!(
            "Others wrote in it meanwhile; both stand now. Authors: {}",
            authors.join(", ")
        ));
    }
}
