//! Where others are in the text. Owns how long they are shown; never what they wrote.

use moot_engine::text::Splice;

use super::limits::{OTHER_NAMED_MS, OTHER_SHOWN_MS};
use super::place::{Side, carried};

/// Another person's caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCaret {
    /// Whose.
    pub person: String,
    /// Their letter, which says without colour who it is.
    pub letter: char,
    /// Their colour, as an index into [`Look::people`](super::Look::people), which is gone round.
    pub colour: u8,
    /// Byte of the text.
    pub at: usize,
    /// When it was last moved, by the clock that everything here is timed by.
    pub moved_ms: u64,
}

impl OtherCaret {
    pub(super) fn is_shown(&self, now_ms: u64) -> bool {
        now_ms < self.moved_ms.saturating_add(OTHER_SHOWN_MS)
    }

    pub(super) fn is_named(&self, now_ms: u64) -> bool {
        now_ms < self.moved_ms.saturating_add(OTHER_NAMED_MS)
    }

    /// When it next looks different by time alone.
    pub(super) fn next_change_ms(&self, now_ms: u64) -> Option<u64> {
        [OTHER_NAMED_MS, OTHER_SHOWN_MS]
            .map(|shown_ms| self.moved_ms.saturating_add(shown_ms))
            .into_iter()
            .find(|at_ms| *at_ms > now_ms)
    }

    /// Follows a splice; to the end of it, if it is this person's.
    pub(super) fn follow(&mut self, splice: &Splice, by: Option<&str>) {
        self.at = if by == Some(self.person.as_str()) {
            splice.at + splice.insert.len()
        } else {
            carried(self.at, splice, Side::Left)
        };
    }
}
