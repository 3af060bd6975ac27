//! How acts change the text. Owns what each takes out and puts in; every change of one's own goes through one door.

use moot_engine::text::{Splice, gather, rebase, replace_whole};

use super::Editor;
use super::act::Outcome;
use super::place::{Side, carried};
use super::undo::{Kind, Moment};

impl Editor {
    /// Puts what was typed in place of the selection.
    pub(super) fn type_in(&mut self, typed: &str, now_ms: u64) -> Outcome {
        let text = self.clean(typed);
        let is_blank = |c: char| c.is_whitespace();
        let before = self.page.text().as_str()[..self.caret].chars().next_back();
        let begins_word =
            before.is_none_or(is_blank) && text.chars().next().is_some_and(|c| !is_blank(c));
        let kind = if self.selection().is_some() || text.contains('\n') {
            Kind::Whole
        } else if begins_word {
            Kind::WordStart
        } else {
            Kind::Typing
        };
        self.put(text, kind, now_ms)
    }

    /// Puts text in place of the selection as one step.
    pub(super) fn paste(&mut self, pasted: &str, now_ms: u64) -> Outcome {
        let text = self.clean(pasted);
        self.put(text, Kind::Whole, now_ms)
    }

    fn put(&mut self, insert: String, kind: Kind, now_ms: u64) -> Outcome {
        let range = self.selection().unwrap_or(self.caret..self.caret);
        let splice = Splice {
            at: range.start,
            delete: range.len(),
            insert,
        };
        self.edit(&[splice], kind, now_ms)
    }

    /// Text without control characters but newline and tab, its lines ended as this note ends them.
    fn clean(&self, text: &str) -> String {
        let ending = self.page.text().line_ending();
        let one_ending = text.replace("\r\n", "\n").replace('\r', "\n");
        let clean: String = one_ending
            .chars()
            .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
            .collect();
        if ending == "\n" {
            clean
        } else {
            clean.replace('\n', ending)
        }
    }

    /// Takes out the selection, or the text between the caret and `other_end`.
    pub(super) fn take_out(&mut self, other_end: usize, kind: Kind, now_ms: u64) -> Outcome {
        let (range, kind) = match self.selection() {
            Some(range) => (range, Kind::Whole),
            None => (self.caret.min(other_end)..self.caret.max(other_end), kind),
        };
        let splice = Splice {
            at: range.start,
            delete: range.len(),
            insert: String::new(),
        };
        self.edit(&[splice], kind, now_ms)
    }

    /// Back to where the word begins, but over the end of a line only from the start of the next.
    pub(super) fn word_back(&self) -> usize {
        let text = self.page.text();
        let line = text.line_range(text.line_at(self.caret));
        if self.caret == line.start {
            text.previous_edge(self.caret)
        } else {
            text.word_start(self.caret).max(line.start)
        }
    }

    /// On to where the word ends, but over the end of a line only from there.
    pub(super) fn word_forward(&self) -> usize {
        let text = self.page.text();
        let line = text.line_range(text.line_at(self.caret));
        if self.caret == line.end {
            text.next_edge(self.caret)
        } else {
            text.word_end(self.caret).min(line.end)
        }
    }

    /// Takes the selection out and hands it over.
    pub(super) fn cut(&mut self, now_ms: u64) -> Outcome {
        let copied = self.selected();
        if copied.is_none() {
            return Outcome::default();
        }
        Outcome {
            copied,
            ..self.take_out(self.caret, Kind::Whole, now_ms)
        }
    }

    pub(super) fn selected(&self) -> Option<String> {
        self.selection()
            .map(|range| self.page.text().as_str()[range].to_owned())
    }

    /// Takes back the last step.
    pub(super) fn undo_step(&mut self, now_ms: u64) -> Outcome {
        let Some(back) = self.undo.undo() else {
            return Outcome::default();
        };
        let again = self.make(&back, now_ms);
        self.undo.undid(again);
        self.settle_behind(&back)
    }

    /// Does the last undone step again.
    pub(super) fn redo_step(&mut self, now_ms: u64) -> Outcome {
        let Some(again) = self.undo.redo() else {
            return Outcome::default();
        };
        let back = self.make(&again, now_ms);
        self.undo.redid(back);
        self.settle_behind(&again)
    }

    /// Takes back a text that was handed out whole as `base_text` and edited elsewhere, as one step of undo: only what is
    /// different from what was handed out. Answers how many lines others changed meanwhile.
    pub fn replace_whole(&mut self, text: &str, base_text: &str, now_ms: u64) -> usize {
        let theirs = replace_whole(base_text, self.text());
        let lines = |text: &str| text.split_inclusive('\n').count();
        let changed_lines = theirs
            .iter()
            .map(|splice| {
                let gone = &base_text[splice.at..splice.at + splice.delete];
                lines(gone).max(lines(&splice.insert))
            })
            .sum();
        let mine = gather(&replace_whole(base_text, text));
        let (mine, _) = rebase(&mine, &gather(&theirs));
        if !mine.is_empty() {
            let _ = self.edit(&mine, Kind::Whole, now_ms);
        }
        changed_lines
    }

    /// Makes own splices as a step, or as part of the last one, and puts the caret behind them.
    pub(super) fn edit(&mut self, splices: &[Splice], kind: Kind, now_ms: u64) -> Outcome {
        if splices
            .iter()
            .all(|splice| splice.delete == 0 && splice.insert.is_empty())
        {
            return Outcome::default();
        }
        let caret_before = self.caret;
        let back = self.make(splices, now_ms);
        let outcome = self.settle_behind(splices);
        let moment = Moment {
            now_ms,
            caret_before,
            caret_after: self.caret,
        };
        self.undo.record(back, kind, moment);
        outcome
    }

    /// Makes own splices in the text and lets them wait for the engine; gives what undoes them.
    fn make(&mut self, splices: &[Splice], now_ms: u64) -> Vec<Splice> {
        let mut back = Vec::new();
        for splice in splices {
            let gone = self.page.splice(splice);
            self.session.own(splice.clone(), now_ms);
            self.view.top = carried(self.view.top, splice, Side::Left);
            for other in &mut self.others {
                other.follow(splice, None);
            }
            self.news.follow(splice);
            back.push(Splice {
                at: splice.at,
                delete: splice.insert.len(),
                insert: gone,
            });
        }
        back.reverse();
        back
    }

    /// Puts the caret behind the last of own splices that were made.
    fn settle_behind(&mut self, splices: &[Splice]) -> Outcome {
        if let Some(last) = splices.last() {
            self.caret = self.page.text().snap(last.at + last.insert.len());
        }
        self.anchor = None;
        self.wanted = None;
        self.view.follow = true;
        Outcome {
            copied: None,
            changed: true,
        }
    }
}
