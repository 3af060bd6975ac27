//! What others changed since one last read the text. Owns the marks' places only: they go with the view.

use std::ops::Range;

use moot_engine::text::Splice;

use super::Editor;
use super::place::{Side, carried};

/// Stretches of the text that are new to the reader; an empty one is where something was taken out.
#[derive(Debug, Default)]
pub(super) struct News(Vec<Range<usize>>);

impl News {
    /// Goes along with the text.
    pub(super) fn follow(&mut self, splice: &Splice) {
        for stretch in &mut self.0 {
            let start = carried(stretch.start, splice, Side::Right);
            *stretch = start..carried(stretch.end, splice, Side::Left).max(start);
        }
    }

    /// Whether a row of the text has any of it.
    pub(super) fn touches(&self, row: &Range<usize>) -> bool {
        self.0.iter().any(|stretch| {
            let is_at_start = stretch.start >= row.start && stretch.start <= row.end;
            if stretch.is_empty() {
                is_at_start
            } else {
                stretch.start < row.end.max(row.start + 1) && stretch.end > row.start
            }
        })
    }
}

impl Editor {
    /// Whether anything is marked as new.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        !self.news.0.is_empty()
    }

    /// Goes to the next stretch that is new, behind the last to the first; whether there is one.
    pub fn go_to_unread(&mut self) -> bool {
        let mut starts: Vec<usize> = self.news.0.iter().map(|stretch| stretch.start).collect();
        starts.sort_unstable();
        let next = starts.iter().find(|start| **start > self.caret);
        match next.or(starts.first()) {
            Some(start) => {
                self.go_to(*start);
                true
            }
            None => false,
        }
    }

    /// Marks what others changed since this was last read, until the text is left.
    pub fn set_unread(&mut self, stretches: Vec<Range<usize>>) {
        let length = self.page.text().len();
        let within = |stretch: &Range<usize>| stretch.start <= stretch.end && stretch.end <= length;
        self.news = News(stretches.into_iter().filter(within).collect());
    }
}
