//! What is written where: data to stdout, talk to stderr, JSON when asked for; and whether anybody may be asked anything.
//!
//! Text that came from others is made harmless for a terminal here, and nowhere else.

mod moments;
mod shapes;
mod table;
mod times;

use std::io::{self, BufRead, IsTerminal, Write};

use moot_engine::{CommandError, ErrorKind};
use serde::Serialize;

pub(crate) use moments::{parse_from, parse_moment, parse_until, shown_moment};
pub(crate) use shapes::{clean, clean_text, count, short};
pub(crate) use table::Table;
pub(crate) use times::{local, local_day, parse_duration_ms};

use crate::failure::failure;

/// How answers are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON value.
    Json,
}

/// How much talk is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Talk {
    /// Errors alone.
    Quiet,
    /// What helps.
    Usual,
}

/// Whether questions are welcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Questions {
    /// Where somebody sits at a terminal.
    AtTerminal,
    /// Never.
    Never,
}

/// The way to whoever gave the command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terminal {
    pub(crate) format: Format,
    pub(crate) talk: Talk,
    pub(crate) questions: Questions,
}

impl Terminal {
    /// Whether JSON is wanted.
    pub(crate) fn wants_json(&self) -> bool {
        self.format == Format::Json
    }

    /// Prints the answer: as JSON, or as the text made from it.
    pub(crate) fn answer<T: Serialize>(
        &self,
        value: &T,
        text: impl FnOnce(&T) -> String,
    ) -> Result<(), CommandError> {
        match self.format {
            Format::Json => self.json(value),
            Format::Text => print(&text(value)),
        }
    }

    /// Prints one JSON value on a line of its own.
    pub(crate) fn json(&self, value: &impl Serialize) -> Result<(), CommandError> {
        let mut line = serde_json::to_string(value).map_err(|error| {
            failure(
                ErrorKind::Failed,
                format!("the answer cannot be written as JSON: {error}"),
                "",
            )
        })?;
        line.push('\n');
        print_exactly(line.as_bytes())
    }

    /// Says something that helps, on stderr. Not with JSON, where stderr is for errors, and not when quiet.
    pub(crate) fn say(&self, text: &str) {
        if self.talk == Talk::Usual && self.format == Format::Text {
            // Where stderr is gone there is nobody to tell.
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Says several lines that help.
    pub(crate) fn say_all(&self, lines: &[String]) {
        for line in lines {
            self.say(line);
        }
    }

    /// Whether a question would reach somebody.
    pub(crate) fn may_ask(&self) -> bool {
        self.questions == Questions::AtTerminal
            && self.format == Format::Text
            && io::stdin().is_terminal()
            && io::stderr().is_terminal()
    }

    /// Whether somebody sits at a screen and wants it used.
    pub(crate) fn may_show_screen(&self) -> bool {
        self.questions == Questions::AtTerminal
            && self.format == Format::Text
            && io::stdin().is_terminal()
            && io::stdout().is_terminal()
    }

    /// Asks yes or no; anything but yes is no.
    pub(crate) fn asks(&self, question: &str) -> bool {
        let _ = write!(anstream::stderr(), "{question} [y/N] ");
        let mut line = String::new();
        let read = io::stdin().lock().read_line(&mut line);
        read.is_ok() && matches!(line.trim().to_lowercase().as_str(), "y" | "yes")
    }

    /// Whether a bar that moves is welcome.
    pub(crate) fn may_animate(&self) -> bool {
        self.talk == Talk::Usual && self.format == Format::Text && io::stderr().is_terminal()
    }
}

/// Prints text for people: styled where that is welcome, plain elsewhere.
pub(crate) fn print(text: &str) -> Result<(), CommandError> {
    let mut stdout = anstream::stdout().lock();
    done(
        stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush()),
    )
}

/// Prints bytes as they are.
pub(crate) fn print_exactly(bytes: &[u8]) -> Result<(), CommandError> {
    let mut stdout = io::stdout().lock();
    done(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

/// A reader who has seen enough is no failure: `moot note list | head`.
fn done(result: io::Result<()>) -> Result<(), CommandError> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(failure(
            ErrorKind::Failed,
            format!("the answer could not be written: {error}"),
            "",
        )),
        _ => Ok(()),
    }
}

/// Prints an error, as one JSON object where JSON is wanted.
pub(crate) fn print_error(error: &CommandError, format: Format) {
    let text = match format {
        Format::Json => crate::failure::as_json(error) + "\n",
        Format::Text => crate::failure::as_text(&CommandError {
            message: clean_text(&error.message),
            hint: clean_text(&error.hint),
            ..error.clone()
        }),
    };
    // Where stderr is gone the exit code still tells.
    let _ = anstream::stderr().write_all(text.as_bytes());
}
