//! Clicks: one puts the caret there, a second at once selects the word, a third the line. Owns what counts as at once.

use super::Editor;
use super::act::{Act, Motion};
use super::limits::CLICK_MS_MAX;

/// The last click.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clicked {
    at: usize,
    at_ms: u64,
    /// How many there were in a row, from 1 to 3.
    times: u8,
}

impl Editor {
    /// Takes a click on a cell of the area that was drawn last, counted from its corner.
    pub fn click(&mut self, row: u16, column: u16, now_ms: u64) {
        let _ = self.act(Act::Move(Motion::To { row, column }), now_ms);
        let at = self.caret;
        let before = self
            .clicked
            .filter(|before| before.at == at && now_ms.saturating_sub(before.at_ms) < CLICK_MS_MAX);
        let times = before.map_or(1, |before| before.times % 3 + 1);
        self.clicked = Some(Clicked {
            at,
            at_ms: now_ms,
            times,
        });
        let text = self.page.text();
        match times {
            2 => self.select(text.word_around(at)),
            3 => self.select(text.line_range(text.line_at(at))),
            _ => {}
        }
    }
}
