//! The view over a text that several people write in.
//!
//! Owns a mirror of the text, the caret, the selection, the place scrolled to, the undo of one's own steps, and what the engine has not
//! confirmed yet. Never reads a clock, a key or a file: acts, patches and the time are handed in.

mod act;
mod draw;
mod others;
mod session;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

pub use act::{Act, Motion, Outcome, Search};
pub use draw::Look;
pub use others::OtherCaret;
pub use session::{Gap, Outgoing, Patch};

/// A text being edited.
///
/// Drive it so: [`act`](Self::act) on keys; [`to_send`](Self::to_send) when [`next_send_ms`](Self::next_send_ms) says;
/// [`patched`](Self::patched) on every patch of the engine; [`render`](Self::render) whenever something was done, and when
/// [`next_redraw_ms`](Self::next_redraw_ms) says. Times are milliseconds of one steady clock.
#[derive(Debug)]
pub struct Editor {
    text: String,
}

impl Editor {
    /// Shows a text as it stands at a revision. `editor` is the name under which the engine knows this view.
    #[must_use]
    pub fn open(text: &str, _revision: u64, _editor: u64) -> Self {
        Self {
            text: text.to_owned(),
        }
    }

    /// Does one act.
    pub fn act(&mut self, _act: Act, _now_ms: u64) -> Outcome {
        Outcome::default()
    }

    /// What to send now: own splices, when no batch is under way and typing has paused or gone on for long enough.
    ///
    /// What is handed over is under way until [`patched`](Self::patched) confirms it or [`not_taken`](Self::not_taken).
    pub fn to_send(&mut self, _now_ms: u64) -> Option<Outgoing> {
        None
    }

    /// The same at once: on leaving. `None` as well while a batch is under way: ask again when that is confirmed.
    pub fn flush(&mut self) -> Option<Outgoing> {
        None
    }

    /// When [`to_send`](Self::to_send) will have something, if nothing more happens.
    #[must_use]
    pub fn next_send_ms(&self) -> Option<u64> {
        None
    }

    /// Takes in what the engine did to the text. One that is here already is passed over.
    ///
    /// # Errors
    /// [`Gap`] if it does not follow on what is here; then nothing was changed.
    pub fn patched(&mut self, _patch: Patch) -> Result<(), Gap> {
        Ok(())
    }

    /// The engine did not take the batch that was under way: it waits again.
    pub fn not_taken(&mut self) {}

    /// Goes on from a text that was read anew. What was not confirmed is carried over the difference and kept.
    pub fn reopened(&mut self, _text: &str, _revision: u64) {}

    /// Whether the engine has everything: nothing waits and nothing is under way.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        true
    }

    /// The text as it is on the screen.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The revision of the engine's text that is here.
    #[must_use]
    pub fn revision(&self) -> u64 {
        0
    }

    /// The caret's byte, always between two clusters.
    #[must_use]
    pub fn caret(&self) -> usize {
        0
    }

    /// What is selected, if anything is.
    #[must_use]
    pub fn selection(&self) -> Option<Range<usize>> {
        None
    }

    /// The caret's line from 0, and how many lines there are.
    #[must_use]
    pub fn caret_line(&self) -> (usize, usize) {
        (0, 1)
    }

    /// The bytes of the caret's line, without its ending.
    #[must_use]
    pub fn caret_line_range(&self) -> Range<usize> {
        0..0
    }

    /// Selects the next place where the query stands, whatever its capitals, going round at the end; `false` if it stands nowhere.
    ///
    /// All such places are shown until [`end_find`](Self::end_find).
    pub fn find(&mut self, _query: &str, _search: Search) -> bool {
        false
    }

    /// Ends the showing of what is found.
    pub fn end_find(&mut self) {}

    /// Takes back a text that was handed out whole as `base_text` and edited elsewhere, as one step of undo: only what is
    /// different from what was handed out. Answers how many lines others changed meanwhile.
    pub fn replace_whole(&mut self, _text: &str, _base_text: &str, _now_ms: u64) -> usize {
        0
    }

    /// Says where others are. Patches move them along until it is said anew.
    pub fn set_others(&mut self, _others: Vec<OtherCaret>) {}

    /// Puts the caret where another person's is; `false` if they are not shown.
    pub fn go_to_person(&mut self, _person: &str, _now_ms: u64) -> bool {
        false
    }

    /// When the picture changes by time alone: a name or a caret vanishes.
    #[must_use]
    pub fn next_redraw_ms(&self, _now_ms: u64) -> Option<u64> {
        None
    }

    /// What stands between `[[` and the caret, if a link is being written there: its place, and the words so far.
    #[must_use]
    pub fn link_prefix(&self) -> Option<(Range<usize>, String)> {
        None
    }

    /// Puts a title in place of what [`link_prefix`](Self::link_prefix) tells, and closes the link; `false` if none is being written.
    pub fn complete_link(&mut self, _title: &str, _now_ms: u64) -> bool {
        false
    }

    /// Scrolls by so many rows, down if positive. The caret stays where it is.
    pub fn scroll(&mut self, _rows: i32) {}

    /// Draws into the area; tells where the terminal's cursor belongs, unless that is scrolled out of sight.
    pub fn render(
        &mut self,
        _area: Rect,
        _buf: &mut Buffer,
        _look: &Look,
        _now_ms: u64,
    ) -> Option<Position> {
        None
    }
}
