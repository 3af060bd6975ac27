//! Which part of the text is in view. Owns the rule that what one reads stays where it is while others write: the caret's row if it is in
//! view, else the top row.

use super::Editor;
use super::page::Row;

/// What is in view.
#[derive(Debug, Default)]
pub(super) struct View {
    /// A byte on the row at the top.
    pub(super) top: usize,
    /// Rows of the area drawn last; 0 before anything was.
    pub(super) height: usize,
    /// The caret was moved here, so that it must be in view.
    pub(super) follow: bool,
}

impl Editor {
    /// How far below the top the caret's row is, if it is in view.
    pub(super) fn caret_height(&mut self) -> Option<usize> {
        let (top, caret) = (
            self.page.row_of(self.view.top),
            self.page.row_of(self.caret),
        );
        self.page.rows_between(top, caret, self.view.height)
    }

    /// Scrolls so that the caret's row is that far below the top.
    pub(super) fn hold_caret_at(&mut self, height: usize) {
        let caret = self.page.row_of(self.caret);
        let top = self.page.up(caret, height);
        self.scroll_to(top);
    }

    /// Scrolls as little as brings the caret into view; after a leap, so that there is something to see around it.
    pub(super) fn bring_caret_into_view(&mut self) {
        let height = self.view.height;
        if height == 0 || self.caret_height().is_some() {
            return;
        }
        let (top, caret) = (
            self.page.row_of(self.view.top),
            self.page.row_of(self.caret),
        );
        if self.page.rows_between(caret, top, height).is_some() {
            self.scroll_to(caret);
        } else if self.page.rows_between(top, caret, 2 * height).is_some() {
            self.hold_caret_at(height - 1);
        } else {
            self.hold_caret_at(height / 3);
            self.fill_view();
        }
    }

    /// Scrolls up if rows of the view are empty below the text.
    fn fill_view(&mut self) {
        let top = self.page.row_of(self.view.top);
        let last = self.page.row_of(self.page.text().len());
        if self
            .page
            .rows_between(top, last, self.view.height - 1)
            .is_some()
        {
            let top = self.page.up(last, self.view.height - 1);
            self.scroll_to(top);
        }
    }

    pub(super) fn scroll_rows_up(&mut self, rows: usize) {
        let top = self.page.row_of(self.view.top);
        let top = self.page.up(top, rows);
        self.scroll_to(top);
    }

    /// Leaves one row of text in view at least.
    pub(super) fn scroll_rows_down(&mut self, rows: usize) {
        let top = self.page.row_of(self.view.top);
        let top = self.page.down(top, rows);
        self.scroll_to(top);
    }

    fn scroll_to(&mut self, top: Row) {
        let (range, _) = self.page.row(top);
        self.view.top = range.start;
    }
}
