//! Links to notes while they are written. Owns where a title stands that is not finished; knows no titles.

use std::ops::Range;

use moot_engine::text::Splice;

use super::Editor;
use super::limits::LINK_BYTES_MAX;
use super::undo::Kind;

impl Editor {
    /// What stands between `[[` and the caret, if a link is being written there: its place, and the words so far.
    #[must_use]
    pub fn link_prefix(&self) -> Option<(Range<usize>, String)> {
        if self.selection().is_some() {
            return None;
        }
        let text = self.page.text();
        let line = text.line_range(text.line_at(self.caret));
        let before = &text.as_str()[line.start..self.caret];
        let words = &before[before.rfind("[[")? + 2..];
        let is_open = words.len() <= LINK_BYTES_MAX && !words.contains("]]");
        is_open.then(|| (self.caret - words.len()..self.caret, words.to_owned()))
    }

    /// Puts a title in place of what [`link_prefix`](Self::link_prefix) tells, and closes the link; `false` if none is being
    /// written.
    pub fn complete_link(&mut self, title: &str, now_ms: u64) -> bool {
        let Some((range, _)) = self.link_prefix() else {
            return false;
        };
        // Brackets that were closed by hand already are written anew, so that the caret comes to stand behind them.
        let is_closed = self.page.text().as_str()[range.end..].starts_with("]]");
        let splice = Splice {
            at: range.start,
            delete: range.len() + if is_closed { 2 } else { 0 },
            insert: format!("{title}]]"),
        };
        self.edit(&[splice], Kind::Whole, now_ms).changed
    }
}
