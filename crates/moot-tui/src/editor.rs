//! The view over a text that several people write in.
//!
//! Owns a mirror of the text, the caret, the selection, the place scrolled to, the undo of one's own steps, and what the engine has not
//! confirmed yet. Never reads a clock, a key or a file: acts, patches and the time are handed in.

mod act;
mod click;
mod cluster;
mod draw;
mod edits;
mod find;
mod layout;
mod limits;
mod links;
mod markdown;
mod motion;
mod news;
mod others;
mod page;
mod place;
mod scroll;
mod session;
mod text;
mod undo;

use std::ops::Range;

use moot_engine::text::Splice;

use click::Clicked;
use find::Query;
use limits::FIRST_WIDTH_CELLS;
use news::News;
use page::Page;
use place::{Side, carried};
use scroll::View;
use session::Session;
use text::first_cluster;
use undo::{Kind, Undo};

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
    page: Page,
    caret: usize,
    /// The other end of the selection.
    anchor: Option<usize>,
    /// The column that going up and down keeps to.
    wanted: Option<usize>,
    view: View,
    undo: Undo,
    session: Session,
    others: Vec<OtherCaret>,
    query: Option<Query>,
    clicked: Option<Clicked>,
    news: News,
}

impl Editor {
    /// Shows a text as it stands at a revision. `editor` is the name under which the engine knows this view.
    #[must_use]
    pub fn open(text: &str, revision: u64, editor: u64) -> Self {
        Self {
            page: Page::new(text, FIRST_WIDTH_CELLS),
            caret: 0,
            anchor: None,
            wanted: None,
            view: View::default(),
            undo: Undo::default(),
            session: Session::new(text, revision, editor),
            others: Vec::new(),
            query: None,
            clicked: None,
            news: News::default(),
        }
    }

    /// Does one act.
    pub fn act(&mut self, act: Act, now_ms: u64) -> Outcome {
        match act {
            Act::Insert(typed) => self.type_in(&typed, now_ms),
            Act::Paste(pasted) => self.paste(&pasted, now_ms),
            Act::Newline => self.type_in("\n", now_ms),
            Act::Backspace => self.take_out(
                self.page.text().previous_edge(self.caret),
                Kind::Back,
                now_ms,
            ),
            Act::Delete => self.take_out(
                self.page.text().next_edge(self.caret),
                Kind::Forward,
                now_ms,
            ),
            Act::DeleteWordBack => self.take_out(self.word_back(), Kind::Whole, now_ms),
            Act::DeleteWordForward => self.take_out(self.word_forward(), Kind::Whole, now_ms),
            Act::Undo => self.undo_step(now_ms),
            Act::Redo => self.redo_step(now_ms),
            Act::Cut => self.cut(now_ms),
            Act::Copy => Outcome {
                copied: self.selected(),
                changed: false,
            },
            Act::Move(motion) => {
                self.move_caret(motion);
                Outcome::default()
            }
            Act::Select(motion) => {
                self.select_to(motion);
                Outcome::default()
            }
            Act::SelectAll => {
                self.select(0..self.page.text().len());
                Outcome::default()
            }
            Act::SelectNone => {
                self.anchor = None;
                Outcome::default()
            }
        }
    }

    /// What to send now: own splices, when no batch is under way and typing has paused or gone on for long enough.
    ///
    /// What is handed over is under way until [`patched`](Self::patched) confirms it or [`not_taken`](Self::not_taken). It is
    /// confirmed by a patch with this editor's name, even where others had done all of it already and it holds no splice.
    pub fn to_send(&mut self, now_ms: u64) -> Option<Outgoing> {
        self.session.due(now_ms)
    }

    /// The same at once: on leaving. `None` as well while a batch is under way: ask again when that is confirmed.
    pub fn flush(&mut self) -> Option<Outgoing> {
        self.session.flush()
    }

    /// When [`to_send`](Self::to_send) will have something, if nothing more happens.
    #[must_use]
    pub fn next_send_ms(&self) -> Option<u64> {
        self.session.next_send_ms()
    }

    /// Takes in what the engine did to the text. One that is here already is passed over.
    ///
    /// # Errors
    /// [`Gap`] if it does not follow on what is here; then nothing was changed.
    pub fn patched(&mut self, patch: Patch) -> Result<(), Gap> {
        let by = patch.by.clone();
        let splices = self.session.patched(patch)?;
        self.follow(&splices, by.as_deref());
        Ok(())
    }

    /// The engine did not take the batch that was under way: it waits again, before what waits already.
    ///
    /// It is due at once, so that it is the caller's to leave the engine alone for a while.
    pub fn not_taken(&mut self) {
        self.session.not_taken();
    }

    /// Goes on from a text that was read anew. What was not confirmed is carried over the difference and kept.
    pub fn reopened(&mut self, text: &str, revision: u64) {
        let splices = self.session.reopened(text, revision);
        self.follow(&splices, None);
    }

    /// Does on the screen what others did, without moving what one reads.
    fn follow(&mut self, splices: &[Splice], by: Option<&str>) {
        if splices.is_empty() {
            return;
        }
        let height = self.caret_height();
        for splice in splices {
            let (from, to) = match self.selection() {
                // What others put in at an end of the selection is outside of it.
                Some(_) if self.anchor < Some(self.caret) => (Side::Right, Side::Left),
                Some(_) => (Side::Left, Side::Right),
                None => (Side::Left, Side::Left),
            };
            self.page.splice(splice);
            self.anchor = self.anchor.map(|anchor| carried(anchor, splice, from));
            self.caret = carried(self.caret, splice, to);
            self.view.top = carried(self.view.top, splice, Side::Right);
            for other in &mut self.others {
                other.follow(splice, by);
            }
            self.news.follow(splice);
        }
        self.caret = self.page.text().snap(self.caret);
        self.anchor = self.anchor.map(|anchor| self.page.text().snap(anchor));
        let text = self.page.text();
        let carry = |caret| {
            let moved = splices
                .iter()
                .fold(caret, |at, splice| carried(at, splice, Side::Left));
            text.snap(moved)
        };
        self.undo.others(splices, carry);
        if let Some(height) = height {
            self.hold_caret_at(height);
        }
    }

    /// Whether the engine has everything: nothing waits and nothing is under way.
    #[must_use]
    pub fn is_saved(&self) -> bool {
        self.session.is_saved()
    }

    /// Whether something waits that was not handed over yet.
    #[must_use]
    pub fn has_waiting(&self) -> bool {
        self.session.has_waiting()
    }

    /// The text as it is on the screen.
    #[must_use]
    pub fn text(&self) -> &str {
        self.page.text().as_str()
    }

    /// The revision of the engine's text that is here.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.session.revision()
    }

    /// The caret's byte, always between two clusters.
    #[must_use]
    pub fn caret(&self) -> usize {
        self.caret
    }

    /// Where the caret is in the text that the engine has: what was typed last is not in it yet.
    #[must_use]
    pub fn caret_confirmed(&self) -> usize {
        self.session.confirmed_place(self.caret)
    }

    /// What is selected, if anything is.
    #[must_use]
    pub fn selection(&self) -> Option<Range<usize>> {
        let anchor = self.anchor.filter(|anchor| *anchor != self.caret)?;
        Some(anchor.min(self.caret)..anchor.max(self.caret))
    }

    /// The caret's line and how many clusters of it are before the caret, both from 0.
    #[must_use]
    pub fn caret_line(&self) -> (usize, usize) {
        let text = self.page.text();
        let line = text.line_at(self.caret);
        let mut before = &text.as_str()[text.line_range(line).start..self.caret];
        let mut column = 0;
        while !before.is_empty() {
            before = &before[first_cluster(before).len()..];
            column += 1;
        }
        (line, column)
    }

    /// The bytes of the caret's line, without its ending.
    #[must_use]
    pub fn caret_line_range(&self) -> Range<usize> {
        let text = self.page.text();
        text.line_range(text.line_at(self.caret))
    }

    /// Puts the caret at a byte, or where the cluster ends that is cut there, and brings it into view.
    pub fn go_to(&mut self, at: usize) {
        let at = self.page.text().snap(at);
        self.select(at..at);
    }

    /// Puts the caret where another person's is; `false` if they are not here.
    pub fn go_to_person(&mut self, person: &str, now_ms: u64) -> bool {
        let other = self
            .others
            .iter()
            .find(|other| other.person == person && other.is_shown(now_ms));
        let at = other.map(|other| other.at);
        if let Some(at) = at {
            self.go_to(at);
        }
        at.is_some()
    }

    /// Selects from one place to another, where the caret is then.
    fn select(&mut self, range: Range<usize>) {
        self.anchor = Some(range.start);
        self.caret = range.end;
        self.wanted = None;
        self.undo.end_step();
        self.view.follow = true;
    }

    /// Selects the next place where the query stands, whatever its capitals, going round at the end; `false` if it stands nowhere.
    ///
    /// All such places are shown until [`end_find`](Self::end_find).
    pub fn find(&mut self, query: &str, search: Search) -> bool {
        let text = self.page.text();
        let here = self.selection().unwrap_or(self.caret..self.caret);
        let found = Query::new(query).and_then(|query| match search {
            Search::Here => query
                .first_from(text, here.start)
                .or(query.first_from(text, 0)),
            Search::Next => query
                .first_from(text, here.end)
                .or(query.first_from(text, 0)),
            Search::Previous => query
                .last_before(text, here.start)
                .or(query.last_before(text, text.len())),
        });
        self.query = Query::new(query);
        if let Some(range) = found.clone() {
            self.select(range);
        }
        found.is_some()
    }

    /// Ends the showing of what is found.
    pub fn end_find(&mut self) {
        self.query = None;
    }

    /// Says where others are. Patches move them along until it is said anew.
    pub fn set_others(&mut self, others: Vec<OtherCaret>) {
        self.others = others;
    }

    /// When the picture changes by time alone: a name or a caret vanishes.
    #[must_use]
    pub fn next_redraw_ms(&self, now_ms: u64) -> Option<u64> {
        self.others
            .iter()
            .filter_map(|other| other.next_change_ms(now_ms))
            .min()
    }

    /// Scrolls by so many rows, down if positive. The caret stays where it is.
    pub fn scroll(&mut self, rows: i32) {
        let many = usize::try_from(rows.unsigned_abs()).unwrap_or(usize::MAX);
        if rows < 0 {
            self.scroll_rows_up(many);
        } else {
            self.scroll_rows_down(many);
        }
        self.view.follow = false;
    }
}

#[cfg(test)]
mod tests;
