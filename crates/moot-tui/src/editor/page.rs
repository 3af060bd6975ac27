//! The text laid out: from places in it to rows and columns, and back.
//!
//! Owns the text with all that is computed from it, so that they change together. Knows no caret and no screen.

use std::ops::Range;

use moot_engine::text::Splice;

use super::cluster::cells;
use super::layout::Layout;
use super::markdown::Fences;
use super::text::{Text, first_cluster};

/// A text laid out for one width.
#[derive(Debug)]
pub(super) struct Page {
    text: Text,
    layout: Layout,
    fences: Fences,
}

/// A row: which of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Row {
    pub(super) line: usize,
    pub(super) row: usize,
}

impl Page {
    pub(super) fn new(text: &str, cells: usize) -> Self {
        let text = Text::new(text);
        Self {
            layout: Layout::new(&text, cells),
            fences: Fences::new(&text),
            text,
        }
    }

    pub(super) fn text(&self) -> &Text {
        &self.text
    }

    pub(super) fn fences(&self) -> &Fences {
        &self.fences
    }

    pub(super) fn cells(&self) -> usize {
        self.layout.cells()
    }

    pub(super) fn resize(&mut self, cells: usize) {
        self.layout.resize(cells);
    }

    /// Makes a splice; gives the text that went.
    pub(super) fn splice(&mut self, splice: &Splice) -> String {
        let (gone, change) = self.text.splice(splice);
        self.layout.changed(&self.text, &change);
        self.fences.changed(&self.text, &change);
        gone
    }

    /// The row that a place is on; between two rows of a line, the later.
    pub(super) fn row_of(&mut self, at: usize) -> Row {
        let line = self.text.line_at(at);
        let range = self.text.line_range(line);
        let inside = at.min(range.end) - range.start;
        let row = self.layout.rows(&self.text, line).row_at(inside);
        Row { line, row }
    }

    /// The bytes of a row, and whether its line ends there.
    pub(super) fn row(&mut self, row: Row) -> (Range<usize>, RowEnd) {
        let line = self.text.line_range(row.line);
        let rows = self.layout.rows(&self.text, row.line);
        let start = line.start + rows.start(row.row);
        match rows.next_start(row.row) {
            Some(next) => (start..line.start + next, RowEnd::Wrapped),
            None => (start..line.end, RowEnd::Line),
        }
    }

    /// The last place that is shown on a row.
    pub(super) fn last_place(&mut self, row: Row) -> usize {
        match self.row(row) {
            (range, RowEnd::Line) => range.end,
            (range, RowEnd::Wrapped) => self.text.previous_edge(range.end),
        }
    }

    /// The row so many above, or the first.
    pub(super) fn up(&mut self, mut row: Row, mut rows: usize) -> Row {
        while rows > row.row && row.line > 0 {
            rows -= row.row + 1;
            row.line -= 1;
            row.row = self.layout.rows(&self.text, row.line).count() - 1;
        }
        row.row = row.row.saturating_sub(rows);
        row
    }

    /// The row so many below, or the last.
    pub(super) fn down(&mut self, mut row: Row, mut rows: usize) -> Row {
        loop {
            let below = self.layout.rows(&self.text, row.line).count() - 1 - row.row;
            if rows <= below {
                row.row += rows;
                return row;
            }
            if row.line + 1 == self.text.lines() {
                row.row += below;
                return row;
            }
            rows -= below + 1;
            row = Row {
                line: row.line + 1,
                row: 0,
            };
        }
    }

    /// How many rows `to` is below `from`; `None` if it is above, or so many as `limit` or more below.
    pub(super) fn rows_between(&mut self, from: Row, to: Row, limit: usize) -> Option<usize> {
        let (mut at, mut rows) = (from, 0);
        while at < to && rows < limit {
            if at.line == to.line {
                rows += to.row - at.row;
                at = to;
            } else {
                rows += self.layout.rows(&self.text, at.line).count() - at.row;
                at = Row {
                    line: at.line + 1,
                    row: 0,
                };
            }
        }
        (at == to && rows < limit).then_some(rows)
    }

    /// The column that a place has on its row.
    pub(super) fn column_of(&mut self, at: usize) -> usize {
        let row = self.row_of(at);
        self.clusters(row)
            .take_while(|cluster| cluster.at < at)
            .last()
            .map_or(0, |cluster| cluster.column + cluster.cells)
    }

    /// The place on a row whose cluster covers a column, or the last.
    pub(super) fn place_at(&mut self, row: Row, column: usize) -> usize {
        let last = self.last_place(row);
        self.clusters(row)
            .find(|cluster| cluster.column + cluster.cells > column)
            .map_or(last, |cluster| cluster.at.min(last))
    }

    /// The clusters of a row with their places and columns.
    pub(super) fn clusters(&mut self, row: Row) -> impl Iterator<Item = Placed<'_>> {
        let (range, _) = self.row(row);
        let (text, row_cells) = (self.text.as_str(), self.layout.cells());
        let (mut at, mut column) = (range.start, 0);
        std::iter::from_fn(move || {
            let cluster = first_cluster(&text[at..range.end]);
            if cluster.is_empty() {
                return None;
            }
            let cells = cells(cluster, column, row_cells);
            let placed = Placed {
                at,
                column,
                cells,
                cluster,
            };
            at += cluster.len();
            column += cells;
            Some(placed)
        })
    }
}

/// What ends a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowEnd {
    /// The line goes on in the next row.
    Wrapped,
    /// The line ends.
    Line,
}

/// A cluster on its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed<'t> {
    pub(super) at: usize,
    pub(super) column: usize,
    pub(super) cells: usize,
    pub(super) cluster: &'t str,
}
