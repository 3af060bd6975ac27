//! The demo: three real nodes on this machine write apart, meet and merge, pass a role on while they are split in two, and one
//! is killed in the middle of a word. Then, where somebody sits at a terminal, it opens the screen on one of them.
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
use moot_tui::Colours;

use self::cast::Stage;
use self::teller::Teller;
use crate::cli::{Context, Interrupt};
use crate::failure::{Answer, failure};
use crate::screen;
use crate::terminal::Terminal;

/// Between two looks for Ctrl-C.
const LOOK: Duration = Duration::from_millis(100);

/// Tells the story. With `keep` all that it made stays in that directory.
pub(crate) fn run(terminal: Terminal, keep: Option<&Path>, colours: Colours) -> Answer {
    let interrupt = Interrupt::catch()?;
    let place = Place::make(keep)?;
    let mut teller = Teller::new(terminal);
    let mut stage = Stage::new(place.path(), &interrupt)?;
    let told = story::tell(&mut stage, &mut teller);
    let mut ended = told.and_then(|()| teller.end(keep));
    if ended.is_ok() && terminal.may_show_screen() && wants_to_look(&stage, &teller, &interrupt) {
        let context = Context::at(stage.home("ana"), terminal);
        ended = screen::show(&context, colours).map(drop);
    }
    drop(stage);
    ended.map(|()| ExitCode::SUCCESS)
}

/// Leaves the nodes running until somebody has read the story, and says whether they want to look round in one of them.
fn wants_to_look(stage: &Stage<'_>, teller: &Teller, interrupt: &Interrupt) -> bool {
    teller.aside(&format!(
        "The three nodes still run. Press Enter to look round in Ana's notebook, and q there to end;\nCtrl-C ends them \
         now. To write along as Bo, in another terminal: moot --home {}",
        stage.home("bo").display()
    ));
    let (sender, entered) = mpsc::channel();
    std::thread::spawn(move || {
        // The end of the input is nobody's wish to look.
        let is_line = stdin()
            .lock()
            .read_line(&mut String::new())
            .is_ok_and(|read| read > 0);
        let _ = sender.send(is_line);
    });
    loop {
        if interrupt.came() {
            return false;
        }
        match entered.recv_timeout(LOOK) {
            Ok(is_line) => return is_line,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
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
