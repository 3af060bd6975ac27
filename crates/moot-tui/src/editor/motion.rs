//! Where the caret goes. Owns the rules of each motion; never changes the text.

use super::Editor;
use super::act::Motion;
use super::page::RowEnd;

impl Editor {
    /// Puts the caret elsewhere and ends the selection.
    pub(super) fn move_caret(&mut self, motion: Motion) {
        let selection = self.selection();
        self.caret = match (motion, selection) {
            (Motion::Left, Some(range)) => range.start,
            (Motion::Right, Some(range)) => range.end,
            _ => self.target(motion),
        };
        self.anchor = None;
        self.moved(motion);
    }

    /// Puts the caret elsewhere and selects what lies between.
    pub(super) fn select_to(&mut self, motion: Motion) {
        self.anchor.get_or_insert(self.caret);
        self.caret = self.target(motion);
        self.moved(motion);
    }

    fn moved(&mut self, motion: Motion) {
        if !is_vertical(motion) {
            self.wanted = None;
        }
        self.undo.end_step();
        self.view.follow = true;
    }

    /// Where a motion leads from the caret.
    fn target(&mut self, motion: Motion) -> usize {
        let text = self.page.text();
        match motion {
            Motion::Left => text.previous_edge(self.caret),
            Motion::Right => text.next_edge(self.caret),
            Motion::WordLeft => text.word_start(self.caret),
            Motion::WordRight => text.word_end(self.caret),
            Motion::Start => 0,
            Motion::End => text.len(),
            Motion::LineStart => self.line_start(),
            Motion::LineEnd => self.line_end(),
            Motion::Up | Motion::Down | Motion::PageUp | Motion::PageDown => self.vertical(motion),
            Motion::To { row, column } => self.place_in_view(row, column),
        }
    }

    fn line_start(&mut self) -> usize {
        let row = self.page.row_of(self.caret);
        let (range, _) = self.page.row(row);
        if range.start == self.caret {
            self.page.text().line_range(row.line).start
        } else {
            range.start
        }
    }

    fn line_end(&mut self) -> usize {
        let row = self.page.row_of(self.caret);
        let last = self.page.last_place(row);
        if last == self.caret {
            self.page.text().line_range(row.line).end
        } else {
            last
        }
    }

    fn vertical(&mut self, motion: Motion) -> usize {
        let row = self.page.row_of(self.caret);
        let column = match self.wanted {
            Some(column) => column,
            None => self.page.column_of(self.caret),
        };
        self.wanted = Some(column);
        let screenful = self.view.height.saturating_sub(1).max(1);
        let target = match motion {
            Motion::Up => self.page.up(row, 1),
            Motion::PageUp => self.page.up(row, screenful),
            Motion::PageDown => self.page.down(row, screenful),
            _ => self.page.down(row, 1),
        };
        match motion {
            Motion::PageUp => self.scroll_rows_up(screenful),
            Motion::PageDown => self.scroll_rows_down(screenful),
            _ => {}
        }
        if target != row {
            return self.page.place_at(target, column);
        }
        // Nothing is above the first row or below the last but the ends of the text.
        match motion {
            Motion::Up | Motion::PageUp => 0,
            _ => self.page.text().len(),
        }
    }

    /// The place that is shown at a cell of the view.
    fn place_in_view(&mut self, row: u16, column: u16) -> usize {
        let top = self.page.row_of(self.view.top);
        let target = self.page.down(top, usize::from(row));
        let is_below =
            self.page.rows_between(top, target, usize::from(row) + 1) != Some(usize::from(row));
        let (range, end) = self.page.row(target);
        if is_below && end == RowEnd::Line {
            return range.end;
        }
        self.page.place_at(target, usize::from(column))
    }
}

fn is_vertical(motion: Motion) -> bool {
    matches!(
        motion,
        Motion::Up | Motion::Down | Motion::PageUp | Motion::PageDown
    )
}
