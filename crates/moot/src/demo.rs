//! The demo: three real nodes on this machine write apart, meet and merge, pass a role on while they are split in two, and one
//! is killed in the middle of a word.
//!
//! Owns the order of events and the end; each claim that the story makes is checked as it is made, and one that does not hold
//! ends the story and the command with it. Nothing is staged: every step is a `moot` command that a person could type.

mod cast;
mod rotation;
mod story;
mod teller;
mod texts;

use std::io::{BufRead, stdin};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use moot_engine::{CommandError, ErrorKind};

use self::cast::Stage;
use self::teller::Teller;
use crate::cli::Interrupt;
use crate::failure::{Answer, failure};
use crate::terminal::Terminal;

/// Between two looks for Ctrl-C.
const LOOK: Duration = Duration::from_millis(100);

/// Tells the story. With `keep` all that it made stays in that directory.
pub(crate) fn run(terminal: Terminal, keep: Option<&Path>) -> Answer {
    let interrupt = Interrupt::catch()?;
    let place = Place::make(keep)?;
    let mut teller = Teller::new(terminal);
    let mut stage = Stage::new(place.path(), &interrupt)?;
    let told = story::tell(&mut stage, &mut teller);
    let ended = told.and_then(|()| teller.end(keep));
    if ended.is_ok() && terminal.may_ask() {
        look_around(&stage, &teller, &interrupt);
    }
    drop(stage);
    ended.map(|()| ExitCode::SUCCESS)
}

/// Leaves the nodes running for as long as somebody wants to look at them.
fn look_around(stage: &Stage<'_>, teller: &Teller, interrupt: &Interrupt) {
    let home = stage.home("ana");
    teller.aside(&format!(
        "The three nodes still run. In another terminal, try:\n  export MOOT_HOME={}\n  moot note list\n  moot status\nPress Enter here to end them.",
        home.display()
    ));
    let (sender, entered) = mpsc::channel();
    std::thread::spawn(move || {
        // However the line ends, so does the demo.
        let _ = stdin().lock().read_line(&mut String::new());
        let _ = sender.send(());
    });
    while !interrupt.came() && entered.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {}
}

/// Where the demo happens; gone afterwards unless it is to be kept.
enum Place {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Place {
    fn make(keep: Option<&Path>) -> Result<Self, CommandError> {
        let made = match keep {
            Some(path) => {
                let is_free =
                    std::fs::read_dir(path).map_or(true, |mut found| found.next().is_none());
                if !is_free {
                    return Err(failure(
                        ErrorKind::Refused,
                        format!("{} is not empty", path.display()),
                        "Name a new or empty directory.",
                    ));
                }
                std::fs::create_dir_all(path)
                    .and_then(|()| path.canonicalize())
                    .map(Self::Kept)
            }
            None => tempfile::Builder::new()
                .prefix("moot-demo-")
                .tempdir()
                .map(Self::Temporary),
        };
        made.map_err(|error| {
            failure(
                ErrorKind::Failed,
                format!("there is no place for the demo: {error}"),
                "Name one with --keep DIR.",
            )
        })
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(directory) => directory.path(),
        }
    }
}
