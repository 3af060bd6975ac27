//! How the story is told: scenes and checked claims on stdout, or one JSON value at the end.

use std::path::Path;
use std::time::Instant;

use moot_engine::{CommandError, ErrorKind};
use serde::Serialize;

use crate::failure::failure;
use crate::terminal::{self, Terminal};

/// Whoever tells the story, and what has been shown so far.
pub(super) struct Teller {
    terminal: Terminal,
    start: Instant,
    claims: Vec<String>,
}

/// The end, for programs.
#[derive(Serialize)]
struct End<'a> {
    ok: bool,
    claims: &'a [String],
    seconds: f64,
    kept: Option<&'a Path>,
}

impl Teller {
    pub(super) fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            start: Instant::now(),
            claims: Vec::new(),
        }
    }

    /// A new part of the story.
    pub(super) fn scene(&self, title: &str) {
        let bold = anstyle::Style::new().bold();
        self.tell(&format!("\n{bold}{title}{bold:#}\n"));
    }

    /// What happens.
    pub(super) fn line(&self, text: &str) {
        self.tell(&format!("  {text}\n"));
    }

    /// A claim that was just checked. One that does not hold ends the story.
    pub(super) fn claim(&mut self, text: &str, holds: bool) -> Result<(), CommandError> {
        if !holds {
            let red = anstyle::AnsiColor::Red.on_default();
            self.tell(&format!("  {red}✗ {text}{red:#}\n"));
            return Err(failure(
                ErrorKind::Failed,
                format!("this should hold and does not: {text}"),
                "This is a bug. `moot demo --keep DIR` keeps what there is to look at.",
            ));
        }
        let green = anstyle::AnsiColor::Green.on_default();
        self.tell(&format!("  {green}✓{green:#} {text}\n"));
        self.claims.push(text.to_owned());
        Ok(())
    }

    /// A word to the person, who is there.
    pub(super) fn aside(&self, text: &str) {
        self.terminal.say(&format!("\n{text}"));
    }

    /// The end: all of it held.
    pub(super) fn end(&self, kept: Option<&Path>) -> Result<(), CommandError> {
        let seconds = self.start.elapsed().as_secs_f64();
        let end = End {
            ok: true,
            claims: &self.claims,
            seconds,
            kept,
        };
        self.terminal.answer(&end, |end| {
            let mut text = format!(
                "\nAll {} claims held, in {seconds:.1} s.\n",
                end.claims.len()
            );
            if let Some(path) = end.kept {
                text.push_str(&format!(
                    "Look around:  moot --home {} note list\n",
                    path.join("ana").display()
                ));
            }
            text.push_str("Your own:     moot init --name YOU --new NOTEBOOK\n");
            text
        })
    }

    fn tell(&self, text: &str) {
        if !self.terminal.wants_json() {
            // A reader who has seen enough does not change what holds.
            let _ = terminal::print(text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::exit_code;
    use crate::terminal::{Format, Questions, Talk};

    #[test]
    fn a_claim_that_does_not_hold_ends_the_story_with_a_failure_that_names_it() {
        let mut teller = Teller::new(Terminal {
            format: Format::Json,
            talk: Talk::Quiet,
            questions: Questions::Never,
        });
        teller.claim("water is wet", true).unwrap();
        let error = teller.claim("the moon is near", false).unwrap_err();
        assert_ne!(exit_code(error.kind), 0);
        assert!(error.message.contains("the moon is near"), "{error}");
        assert_eq!(teller.claims, ["water is wet"]);
    }
}
