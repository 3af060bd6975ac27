//! `import`: Markdown files become notes. Owns the walk over folders, what is left out and why, and the batches; which files
//! changed since last time is the engine's to say.

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

/// The longest file; longer ones no note takes.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// How long Ctrl-C leaves the commit that is under way before the import ends without it: a disk or a file may hang.
const INTERRUPT_GRACE: Duration = Duration::from_millis(700);

/// How deep folders are walked; deeper is a loop or a mistake.
const DEPTH_MAX: usize = 64;

/// Files left alone for one reason are named up to this many; more are counted.
const NAMED_MAX: usize = 5;

/// How files are recognised within folders. A file that is named itself is taken whatever it is called.
const ENDINGS: [&str; 3] = ["md", "markdown", "txt"];

pub(super) fn run(context: &Context, import: &Import) -> Answer {
    let mut found = Found::default();
    for path in &import.paths {
        if path.as_os_str() == "-" {
            return Err(failure(
                ErrorKind::Usage,
                "import takes files and folders, not standard input",
                "One note from standard input: moot note new TITLE --body -\nA file of that name: ./-",
            ));
        }
        found.take(path)?;
    }
    let mut session = context.session(Need::Time)?;
    let hanging = failure(
        ErrorKind::Failed,
        "interrupted. What was taken in is kept",
        "The same command again goes on where this ended.",
    );
    let interrupt = Interrupt::catch_with_grace(INTERRUPT_GRACE, context.terminal.format, hanging)?;
    let outcome = import_all(context, &mut session, &interrupt, found, import.dry_run);
    session.close();
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
    found: Found,
    dry_run: bool,
) -> Result<(Imported, How), CommandError> {
    let mut sum = Imported {
        skipped: found.skipped,
        ..Imported::default()
    };
    let bar = bar(context, found.files.len() as u64);
    let mut files = found.files.into_iter().peekable();
    while files.peek().is_some() {
        if interrupt.came() {
            let left = files.count();
            bar.abandon();
            return Ok((sum, How::Interrupted { left }));
        }
        let (batch, taken) = next_batch(&mut files, &mut sum.skipped);
        let command = Command::Import {
            files: batch,
            dry_run,
        };
        let answer = session.ask(&context.request(command), &mut |_| {});
        match answer {
            Ok(Reply::Imported(part)) => add(&mut sum, part),
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

/// What the walk found, in the order of the names: the same folder is always taken in in the same order.
#[derive(Default)]
struct Found {
    files: BTreeMap<String, PathBuf>,
    skipped: Vec<Skipped>,
}

impl Found {
    /// Takes what a person named.
    fn take(&mut self, path: &Path) -> Result<(), CommandError> {
        let metadata = fs::metadata(path).map_err(|error| {
            let kind = if error.kind() == std::io::ErrorKind::NotFound {
                ErrorKind::NotFound
            } else {
                ErrorKind::Failed
            };
            failure(kind, format!("{}: {error}", path.display()), "")
        })?;
        if metadata.is_dir() {
            self.walk(path, "", 0);
        } else if metadata.is_file() {
            let name = path.file_name().unwrap_or(path.as_os_str());
            self.add(name.to_string_lossy().into_owned(), path.to_owned());
        } else {
            self.skip(path.display().to_string(), "is not a file");
        }
        Ok(())
    }

    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) {
        if depth > DEPTH_MAX {
            self.skip(prefix.to_owned(), "is too many folders deep");
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.skip(prefix.to_owned(), &format!("cannot be read: {error}"));
                return;
            }
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str() else {
                let shown = format!("{prefix}{}", file_name.to_string_lossy());
                self.skip(shown, "has a name that is not UTF-8");
                continue;
            };
            // Hidden files belong to programs: .git, .obsidian.
            if !name.starts_with('.') {
                self.visit(&entry, format!("{prefix}{name}"), depth);
            }
        }
    }

    /// Links within folders are not followed: they may lead out of what the person named, or round in circles.
    fn visit(&mut self, entry: &fs::DirEntry, name: String, depth: usize) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                self.walk(&entry.path(), &format!("{name}/"), depth + 1);
            }
            Ok(kind) if kind.is_file() && is_markdown(&entry.path()) => {
                self.add(name, entry.path());
            }
            Ok(kind) if kind.is_file() => self.skip(name, "is not a Markdown file"),
            Ok(kind) if kind.is_symlink() => {
                self.skip(name, "is a link, which is not followed");
            }
            Ok(_) => self.skip(name, "is not a file"),
            Err(error) => self.skip(name, &format!("cannot be read: {error}")),
        }
    }

    fn add(&mut self, name: String, path: PathBuf) {
        match self.files.get(&name) {
            // The same path is the same note, so the second would overwrite the first.
            Some(first) if *first != path => {
                let reason = format!(
                    "{} has the same name; import the folder above both",
                    first.display()
                );
                self.skip(path.display().to_string(), &reason);
            }
            _ => {
                self.files.insert(name, path);
            }
        }
    }

    fn skip(&mut self, path: String, reason: &str) {
        self.skipped.push(Skipped {
            path,
            reason: reason.to_owned(),
        });
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_what_is_left_out_has_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("sub/.git")).unwrap();
        for name in [
            "b.md",
            "a.MARKDOWN",
            "sub/c.txt",
            "pic.png",
            "sub/.git/x.md",
        ] {
            fs::write(at(name), name).unwrap();
        }
        std::os::unix::fs::symlink(at("b.md"), at("link.md")).unwrap();
        let mut found = Found::default();
        found.take(folder.path()).unwrap();
        let names: Vec<&String> = found.files.keys().collect();
        assert_eq!(names, ["a.MARKDOWN", "b.md", "sub/c.txt"]);
        let skipped: Vec<&str> = found.skipped.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(skipped, ["link.md", "pic.png"]);
    }

    #[test]
    fn a_second_file_of_the_same_name_does_not_overwrite_the_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["one", "two"] {
            fs::create_dir(folder.path().join(name)).unwrap();
            fs::write(folder.path().join(name).join("README.md"), name).unwrap();
        }
        let mut found = Found::default();
        found.take(&folder.path().join("one")).unwrap();
        found.take(&folder.path().join("two")).unwrap();
        assert_eq!((found.files.len(), found.skipped.len()), (1, 1));
    }

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
