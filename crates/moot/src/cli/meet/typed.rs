//! What is typed in a meeting: lines as they come, and those of them that only add taken together.
//!
//! Owns that a pasted list is a few commands and not one a line, with the meeting looked at after each. Does nothing itself.

use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use moot_engine::ADDED_AT_ONCE_MAX;
use moot_engine::command::Act;

use super::verbs::{self, Line};

/// Lines that wait to be read. Whoever pastes more waits for those to be done.
const LINES_WAITING_MAX: usize = 1_024;

/// What is done in one go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Run {
    /// Lines that only add something; at most as many as one command takes.
    Additions(Vec<Addition>),
    /// Any other line.
    One(Line),
}

/// A line that only adds something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addition {
    /// As it was typed.
    pub(super) typed: String,
    pub(super) act: Act,
}

/// What came of waiting for a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Waited {
    /// There is one.
    Line,
    /// There is none yet.
    Nothing,
    /// There will be none.
    Ended,
}

/// The lines that somebody types.
pub(super) struct Typed {
    lines: Receiver<String>,
    waiting: VecDeque<String>,
}

impl Typed {
    /// Those of stdin. The thread that reads them ends with the process.
    pub(super) fn of_stdin() -> Self {
        let (sender, lines) = mpsc::sync_channel(LINES_WAITING_MAX);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self::of(lines)
    }

    fn of(lines: Receiver<String>) -> Self {
        Self {
            lines,
            waiting: VecDeque::new(),
        }
    }

    /// Waits for a line, so long at most, and takes in what else is there.
    pub(super) fn wait(&mut self, at_most: Duration) -> Waited {
        if self.waiting.is_empty() {
            match self.lines.recv_timeout(at_most) {
                Ok(line) => self.waiting.push_back(line),
                Err(RecvTimeoutError::Timeout) => return Waited::Nothing,
                Err(RecvTimeoutError::Disconnected) => return Waited::Ended,
            }
        }
        let room = ADDED_AT_ONCE_MAX.saturating_sub(self.waiting.len());
        self.waiting.extend(self.lines.try_iter().take(room));
        Waited::Line
    }

    /// The next thing to be done of what was waited for. `roles` are those of the meeting as it was told last: nothing that
    /// only adds changes them.
    pub(super) fn next(&mut self, roles: &[String]) -> Option<Run> {
        let mut additions = Vec::new();
        while let Some(typed) = self.waiting.pop_front() {
            match verbs::read(&typed, roles) {
                Line::Act(act) if only_adds(&act) => additions.push(Addition { typed, act }),
                line if additions.is_empty() => return Some(Run::One(line)),
                _ => {
                    self.waiting.push_front(typed);
                    break;
                }
            }
        }
        (!additions.is_empty()).then_some(Run::Additions(additions))
    }
}

/// Whether an act is about nothing that stands already, so that it can go with others.
fn only_adds(act: &Act) -> bool {
    matches!(act, Act::AddItem { .. } | Act::Remark { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(lines: impl IntoIterator<Item = String>) -> Vec<Run> {
        let (sender, receiver) = mpsc::channel();
        for line in lines {
            sender.send(line).unwrap();
        }
        drop(sender);
        let mut typed = Typed::of(receiver);
        let mut runs = Vec::new();
        while typed.wait(Duration::ZERO) == Waited::Line {
            runs.extend(typed.next(&["scribe".to_owned()]));
        }
        assert_eq!(typed.wait(Duration::ZERO), Waited::Ended);
        runs
    }

    #[test]
    fn ten_thousand_pasted_lines_are_forty_commands_and_none_is_lost() {
        let lines: Vec<String> = (0..10_000).map(|n| format!("agenda+ Item {n}")).collect();
        let runs = runs(lines.clone());
        assert_eq!(runs.len(), 40);
        let typed = runs.into_iter().flat_map(|run| match run {
            Run::Additions(additions) => additions,
            Run::One(line) => panic!("{line:?}"),
        });
        let typed: Vec<String> = typed.map(|one| one.typed).collect();
        assert_eq!(typed, lines, "in their order");
    }

    #[test]
    fn what_does_more_than_add_parts_those_before_it_from_those_after_it() {
        let lines = ["agenda+ Water", "so be it", "next item", "noted", "scribe+"];
        let found = runs(lines.map(str::to_owned));
        let shapes: Vec<usize> = found
            .iter()
            .map(|run| match run {
                Run::Additions(additions) => additions.len(),
                Run::One(_) => 0,
            })
            .collect();
        assert_eq!(shapes, [2, 0, 1, 0], "{found:?}");
    }
}
