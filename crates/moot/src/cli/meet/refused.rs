//! What cannot be done of what was typed. Owns that one cause is told once, with what to do, and that every line it stopped is
//! accounted for.

use moot_engine::CommandError;

use crate::terminal::{clean, clean_text};

/// The cause told last, and the lines it stopped since.
#[derive(Debug, Default)]
pub(super) struct Refused {
    told: Option<CommandError>,
    more: Option<More>,
}

/// Lines that are not told one by one.
#[derive(Debug)]
struct More {
    count: u64,
    first: String,
    last: String,
}

impl Refused {
    /// Takes a line that was refused. Answers what to tell, if the cause is another than before.
    pub(super) fn take(&mut self, typed: &str, error: CommandError) -> String {
        if self.told.as_ref() == Some(&error) {
            let more = self.more.get_or_insert_with(|| More {
                count: 0,
                first: typed.to_owned(),
                last: String::new(),
            });
            more.count += 1;
            more.last = typed.to_owned();
            return String::new();
        }
        let mut text = self.account();
        text.push_str(&format!("! {}: {}", quoted(typed), bare(&error)));
        self.told = Some(error);
        text
    }

    /// Tells of the lines that were not told of one by one.
    pub(super) fn account(&mut self) -> String {
        let Some(More { count, first, last }) = self.more.take() else {
            return String::new();
        };
        let (first, last) = (quoted(&first), quoted(&last));
        match count {
            1 => format!("! the same holds for {first}\n"),
            _ => format!("! the same holds for {count} lines more, from {first} to {last}\n"),
        }
    }

    /// A line was done, or is another matter: what comes next is told anew.
    pub(super) fn is_over(&mut self) -> String {
        let text = self.account();
        self.told = None;
        text
    }
}

/// An error as lines: what it is, and what to do.
pub(super) fn as_lines(error: &CommandError) -> String {
    format!("! {}", bare(error))
}

fn bare(error: &CommandError) -> String {
    let mut text = format!("{}\n", clean_text(&error.message));
    if !error.hint.is_empty() {
        text.push_str(&format!("!   {}\n", clean_text(&error.hint)));
    }
    text
}

/// The beginning of a line, as it was typed.
fn quoted(typed: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let mut shown: String = typed.chars().take(SHOWN_MAX).collect();
    if shown.len() < typed.len() {
        shown.push('…');
    }
    format!("\u{201c}{}\u{201d}", clean(&shown))
}

#[cfg(test)]
mod tests {
    use moot_engine::ErrorKind;

    use super::*;

    fn full() -> CommandError {
        CommandError::new(ErrorKind::Refused, "it is full", "Make a note.")
    }

    #[test]
    fn a_limit_is_told_once_and_every_line_it_stopped_is_accounted_for() {
        let mut refused = Refused::default();
        let told = refused.take("agenda+ 500", full());
        assert_eq!(told, "! “agenda+ 500”: it is full\n!   Make a note.\n");
        for number in 501..10_000 {
            assert_eq!(refused.take(&format!("agenda+ {number}"), full()), "");
        }
        assert_eq!(
            refused.account(),
            "! the same holds for 9499 lines more, from “agenda+ 501” to “agenda+ 9999”\n"
        );
        assert_eq!(refused.account(), "", "once");
        assert_eq!(refused.take("agenda+ Roof", full()), "");
        assert_eq!(
            refused.account(),
            "! the same holds for “agenda+ Roof”\n",
            "typed later, and answered"
        );
    }

    #[test]
    fn another_cause_or_success_begins_anew() {
        let mut refused = Refused::default();
        refused.take("one", full());
        refused.take("two", full());
        let other = CommandError::new(ErrorKind::Usage, "it is too long", "");
        assert_eq!(
            refused.take("three", other),
            "! the same holds for “two”\n! “three”: it is too long\n"
        );
        assert_eq!(refused.is_over(), "");
        assert!(refused.take("four", full()).starts_with("! “four”"));
    }
}
