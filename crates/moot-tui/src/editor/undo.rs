//! Taking back one's own steps, and nothing of what others did.
//!
//! Owns two stacks of splices that undo steps, and the rule of what is one step. Each entry is meant for the text as its step left it;
//! what others did since is kept beside the entry and carried through only when the entry is used. So an undo deletes what is left of
//! one's own words around what others put between, and puts back words where they stood, whatever came there.

use std::collections::VecDeque;

use moot_engine::text::{Splice, gather, rebase};

use super::limits::{LOOSE_SPLICES_MAX, UNDO_BYTES_MAX, UNDO_PAUSE_MS, UNDO_STEPS_MAX};

/// What can be taken back and what can be done again.
#[derive(Debug, Default)]
pub(super) struct Undo {
    done: Stack,
    undone: Stack,
    /// The last edit, if the next may join it.
    last: Option<Last>,
}

/// How an edit came about: only like edits in a row are one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Letters of a word, or blanks behind it.
    Typing,
    /// The first letter of a word: it begins a step and others join it.
    WordStart,
    /// One cluster back.
    Back,
    /// One cluster on.
    Forward,
    /// A step by itself.
    Whole,
}

#[derive(Debug)]
struct Last {
    kind: Kind,
    at_ms: u64,
    /// Where it left the caret.
    caret: usize,
}

/// When and where an edit was made.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    pub(super) now_ms: u64,
    pub(super) caret_before: usize,
    pub(super) caret_after: usize,
}

impl Undo {
    /// Remembers an own edit by the splices that undo it.
    pub(super) fn record(&mut self, back: Vec<Splice>, kind: Kind, moment: Moment) {
        self.undone = Stack::default();
        if self.joins(kind, moment) {
            self.done.join(back);
        } else {
            self.done.push(back);
        }
        self.last = Some(Last {
            kind,
            at_ms: moment.now_ms,
            caret: moment.caret_after,
        });
    }

    fn joins(&self, kind: Kind, moment: Moment) -> bool {
        let Some(last) = &self.last else {
            return false;
        };
        let is_like = match kind {
            Kind::Typing => matches!(last.kind, Kind::Typing | Kind::WordStart),
            Kind::Back | Kind::Forward => last.kind == kind,
            Kind::WordStart | Kind::Whole => false,
        };
        is_like
            && last.caret == moment.caret_before
            && moment.now_ms.saturating_sub(last.at_ms) < UNDO_PAUSE_MS
    }

    /// Ends the step: the caret was put elsewhere.
    pub(super) fn end_step(&mut self) {
        self.last = None;
    }

    /// Takes note of what others did.
    pub(super) fn others(&mut self, splices: &[Splice], carry: impl Fn(usize) -> usize) {
        self.done.others(splices);
        self.undone.others(splices);
        if let Some(last) = &mut self.last {
            last.caret = carry(last.caret);
        }
    }

    /// What undoes the last step now. Tell what undoes that again by [`undid`](Self::undid).
    pub(super) fn undo(&mut self) -> Option<Vec<Splice>> {
        self.last = None;
        self.done.pop()
    }

    pub(super) fn undid(&mut self, back: Vec<Splice>) {
        self.undone.push(back);
    }

    /// What does the last undone step again. Tell what undoes it by [`redid`](Self::redid).
    pub(super) fn redo(&mut self) -> Option<Vec<Splice>> {
        self.last = None;
        self.undone.pop()
    }

    pub(super) fn redid(&mut self, back: Vec<Splice>) {
        self.done.push(back);
    }
}

#[derive(Debug, Default)]
struct Stack {
    steps: VecDeque<Step>,
    /// Bytes that all entries hold.
    bytes: usize,
}

#[derive(Debug)]
struct Step {
    /// What undoes it, meant for the text as it left it.
    back: Vec<Splice>,
    /// What others did after it and before the next step.
    after: Vec<Splice>,
}

impl Stack {
    fn push(&mut self, back: Vec<Splice>) {
        self.bytes += bytes_of(&back);
        self.steps.push_back(Step {
            back,
            after: Vec::new(),
        });
        while self.steps.len() > UNDO_STEPS_MAX
            || (self.bytes > UNDO_BYTES_MAX && self.steps.len() > 1)
        {
            let oldest = self.steps.pop_front();
            self.bytes -= oldest.map_or(0, |step| bytes_of(&step.back));
        }
    }

    /// Puts an edit into the last step.
    fn join(&mut self, back: Vec<Splice>) {
        let mut all = back;
        if let Some(last) = self.take() {
            all.extend(last);
        }
        self.push(gather(&all));
    }

    fn others(&mut self, splices: &[Splice]) {
        if let Some(last) = self.steps.back_mut() {
            last.after.extend_from_slice(splices);
            if last.after.len() > LOOSE_SPLICES_MAX {
                last.after = gather(&last.after);
            }
        }
    }

    /// The last entry that still does something, for the text as it is now.
    fn pop(&mut self) -> Option<Vec<Splice>> {
        loop {
            let back = self.take()?;
            if !back.is_empty() {
                return Some(back);
            }
        }
    }

    /// The last entry for the text as it is now, empty if others have done away with all that it was about.
    fn take(&mut self) -> Option<Vec<Splice>> {
        let Step { back, after } = self.steps.pop_back()?;
        self.bytes -= bytes_of(&back);
        let (back, after) = rebase(&back, &after);
        self.others(&after);
        Some(back)
    }
}

fn bytes_of(splices: &[Splice]) -> usize {
    splices.iter().map(|splice| splice.insert.len()).sum()
}
