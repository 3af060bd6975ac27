//! `import`: Markdown files become notes. Owns the batches, what is told, and Ctrl-C; which files changed since last time is
//! the engine's to say.

mod sources;
mod walk;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use moot_engine::command::ImportFile;
use moot_engine::reply::{Imported, Skipped};
use moot_engine::{Command, CommandError, ErrorKind, Reply};

use self::sources::{Sorted, Sources};
use self::walk::Found;
use super::arguments::Import;
use super::interrupt::Interrupt;
use super::{Context, unexpected};
use crate::failure::{Answer, failure};
use crate::session::{Need, Session};
use crate::terminal::{clean, count};

/// Files of one commit: few enough that Ctrl-C is heeded at once, enough that the disk is not waited for at each file.
const BATCH_FILES_MAX: usize = 32;

/// Text of one commit, for the same reason.
const BATCH_BYTES_MAX: usize = 1024 * 1024;

/// More than any note takes, so that it is refused before it is held in memory. The limit of a note is the engine's.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long Ctrl-C leaves the commit that is under way before the import ends without it: a disk or a file may hang.
const INTERRUPT_GRACE: Duration = Duration::from_millis(700);

/// Files left alone for one reason are named up to this many; more are counted.
const NAMED_MAX: usize = 5;

pub(super) fn run(context: &Context, import: &Import) -> Answer {
    let mut found = Found::default();
    if import.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(failure(
            ErrorKind::Usage,
            "import takes files and folders, not standard input",
            "One note from standard input: moot note new TITLE --body -\nA file of that name: ./-",
        ));
    }
    for path in &import.paths {
        found.take(path)?;
    }
    let mut session = context.session(Need::Time)?;
    let mut sources = Sources::open(context, &mut session)?;
    let sorted = sources.sort_out(found, import.under.as_deref());
    let hanging = failure(
        ErrorKind::Failed,
        "interrupted. What was taken in is kept",
        "The same command again goes on where this ended.",
    );
    let interrupt = Interrupt::catch_with_grace(INTERRUPT_GRACE, context.terminal.format, hanging)?;
    let outcome = import_all(
        context,
        &mut session,
        &interrupt,
        sorted,
        import.dry_run,
        &mut sources,
    );
    session.close();
    if !import.dry_run {
        sources.keep();
    }
    drop(interrupt);
    let (sum, how) = outcome?;
    tell(context, &sum, import.dry_run)?;
    match how {
        How::Whole => Ok(ExitCode::SUCCESS),
        How::Interrupted { left } => Err(failure(
            ErrorKind::Failed,
            format!(
                "interrupted; {} were not looked at. What was taken in is kept",
                count(left as u64, "file", "files")
            ),
            "The same command again goes on where this ended.",
        )),
    }
}

/// Whether the import came to its end.
enum How {
    Whole,
    Interrupted { left: usize },
}

fn import_all(
    context: &Context,
    session: &mut Session,
    interrupt: &Interrupt,
    sorted: Sorted,
    dry_run: bool,
    sources: &mut Sources,
) -> Result<(Imported, How), CommandError> {
    let mut sum = Imported {
        skipped: sorted.skipped,
        ..Imported::default()
    };
    let bar = bar(context, sorted.files.len() as u64);
    let mut files = sorted.files.into_iter().peekable();
    while files.peek().is_some() {
        if interrupt.came() {
            let left = files.count();
            bar.abandon();
            return Ok((sum, How::Interrupted { left }));
        }
        let (batch, taken) = next_batch(&mut files, &mut sum.skipped);
        let names: Vec<String> = batch.iter().map(|file| file.path.clone()).collect();
        let command = Command::Import {
            files: batch,
            dry_run,
        };
        let answer = session.ask(&context.request(command), &mut |_| {});
        match answer {
            Ok(Reply::Imported(part)) => {
                add(&mut sum, part);
                sources.taken_in(&names);
            }
            Ok(other) => return Err(unexpected(other)),
            Err(error) => return Err(with_what_was_kept(error, &sum)),
        }
        bar.inc(taken);
    }
    bar.finish_and_clear();
    Ok((sum, How::Whole))
}

fn bar(context: &Context, files: u64) -> ProgressBar {
    let bar = ProgressBar::new(files);
    if !context.terminal.may_animate() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos} of {len} files") {
        bar.set_style(style);
    }
    bar
}

fn add(sum: &mut Imported, part: Imported) {
    sum.imported += part.imported;
    sum.updated += part.updated;
    sum.skipped.extend(part.skipped);
}

/// Earlier batches stand, and the person should know.
fn with_what_was_kept(error: CommandError, sum: &Imported) -> CommandError {
    if sum.imported + sum.updated == 0 {
        return error;
    }
    let hint = format!(
        "{}\n{} and {} before that are kept.",
        error.hint,
        count(sum.imported, "new note", "new notes"),
        count(sum.updated, "change", "changes")
    );
    CommandError {
        hint: hint.trim().to_owned(),
        ..error
    }
}

/// Reads as many files as go into one commit. Files that cannot be taken in are skipped with the reason.
fn next_batch(
    files: &mut std::iter::Peekable<impl Iterator<Item = (String, PathBuf)>>,
    skipped: &mut Vec<Skipped>,
) -> (Vec<ImportFile>, u64) {
    let mut batch = Vec::new();
    let (mut bytes, mut taken) = (0, 0);
    while batch.len() < BATCH_FILES_MAX {
        let next_bytes = files.peek().map_or(0, |(_, path)| length(path));
        if !batch.is_empty() && bytes + next_bytes > BATCH_BYTES_MAX {
            break;
        }
        let Some((name, path)) = files.next() else {
            break;
        };
        taken += 1;
        match read(&path) {
            Ok(text) => {
                bytes += text.len();
                batch.push(ImportFile { path: name, text });
            }
            Err(reason) => skipped.push(Skipped { path: name, reason }),
        }
    }
    (batch, taken)
}

fn length(path: &Path) -> usize {
    fs::metadata(path).map_or(0, |found| {
        usize::try_from(found.len()).unwrap_or(usize::MAX)
    })
}

fn read(path: &Path) -> Result<String, String> {
    let unreadable = |error: std::io::Error| format!("cannot be read: {error}");
    // Opening a pipe waits for whoever writes into it.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!(
            "is longer than {FILE_BYTES_MAX} bytes, and no note takes more"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        format!(
            "is not UTF-8 text (from byte {} on)",
            error.utf8_error().valid_up_to()
        )
    })
}

fn tell(context: &Context, sum: &Imported, dry_run: bool) -> Result<(), CommandError> {
    context.terminal.answer(sum, |sum| {
        let would = if dry_run { "would be " } else { "" };
        let mut text = format!(
            "{} {would}imported, {} {would}updated, {} left alone\n",
            sum.imported,
            sum.updated,
            sum.skipped.len()
        );
        text.push_str(&reasons(&sum.skipped));
        text
    })
}

/// Why files were left alone: by name where they are few, else counted.
fn reasons(skipped: &[Skipped]) -> String {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in skipped {
        by_reason.entry(&row.reason).or_default().push(&row.path);
    }
    let mut text = String::new();
    for (reason, paths) in by_reason {
        if paths.len() > NAMED_MAX {
            text.push_str(&format!("  {} files: {}\n", paths.len(), clean(reason)));
            continue;
        }
        for path in paths {
            text.push_str(&format!("  {}: {}\n", clean(path), clean(reason)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_end_at_their_limits_and_bad_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let files: Vec<(String, PathBuf)> = (0..40)
            .map(|number| {
                let name = format!("{number:02}.md");
                let path = folder.path().join(&name);
                let bytes: &[u8] = if number == 3 { b"\xff" } else { b"x\r\n" };
                fs::write(&path, bytes).unwrap();
                (name, path)
            })
            .collect();
        let mut files = files.into_iter().peekable();
        let mut skipped = Vec::new();
        let (batch, taken) = next_batch(&mut files, &mut skipped);
        assert_eq!((batch.len(), taken), (BATCH_FILES_MAX, 33));
        assert_eq!(batch[0].text, "x\r\n");
        assert_eq!(skipped[0].path, "03.md");
        let (batch, _) = next_batch(&mut files, &mut skipped);
        assert_eq!(batch.len(), 7);
    }
}
