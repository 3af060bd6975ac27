//! Where rows begin: soft wrap on words, then on clusters.
//!
//! Owns the rows of each line for one width, laid out when they are first asked for and kept until the line changes; then only from
//! two rows before the change to where the rows fall as before. Knows bytes of a line, not of the text.

use super::cluster::{cells, is_blank, parts};
use super::text::{LineChange, Text, first_cluster};

/// The rows of every line.
#[derive(Debug)]
pub(super) struct Layout {
    /// Cells that a row may fill; a blank may stand one cell past them.
    cells: usize,
    lines: Vec<Option<Rows>>,
}

/// The rows of one line: where each begins, counted from the line's start. The first begins at 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Rows(Vec<usize>);

impl Layout {
    pub(super) fn new(text: &Text, cells: usize) -> Self {
        Self {
            cells: cells.max(1),
            lines: vec![None; text.lines()],
        }
    }

    pub(super) fn cells(&self) -> usize {
        self.cells
    }

    /// Forgets the rows if the width is another one.
    pub(super) fn resize(&mut self, cells: usize) {
        let cells = cells.max(1);
        if cells != self.cells {
            self.cells = cells;
            self.lines.fill(None);
        }
    }

    /// Follows a change that the text has made already.
    pub(super) fn changed(&mut self, text: &Text, change: &LineChange) {
        let LineChange {
            line,
            old_lines,
            new_lines,
            ..
        } = *change;
        if let (1, 1, Some(rows)) = (old_lines, new_lines, &self.lines[line]) {
            let rows = rows.changed(text.line(line), change, self.cells);
            self.lines[line] = Some(rows);
            return;
        }
        let fresh = std::iter::repeat_n(None, new_lines);
        self.lines.splice(line..line + old_lines, fresh);
    }

    /// The rows of a line.
    pub(super) fn rows(&mut self, text: &Text, line: usize) -> &Rows {
        let cells = self.cells;
        self.lines[line].get_or_insert_with(|| Rows::new(text.line(line), cells))
    }
}

impl Rows {
    fn new(line: &str, cells: usize) -> Self {
        Self(vec![0]).filled(line, cells, |_| None)
    }

    /// How many there are, at least one.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Where a row begins.
    pub(super) fn start(&self, row: usize) -> usize {
        self.0[row]
    }

    /// Where the next one begins; `None` for the last.
    pub(super) fn next_start(&self, row: usize) -> Option<usize> {
        self.0.get(row + 1).copied()
    }

    /// The row of a byte; between two rows, the later.
    pub(super) fn row_at(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start <= at) - 1
    }

    /// The rows after a change within the line.
    fn changed(&self, line: &str, change: &LineChange, cells: usize) -> Self {
        // What a row holds depends on its own text and as much again as fits one row: two rows before are not out of reach.
        let keep = self.row_at(change.from).saturating_sub(2);
        let tail = self
            .0
            .partition_point(|start| *start < change.from + change.deleted)
            .max(1);
        let moved: Vec<usize> = self.0[tail..]
            .iter()
            .map(|start| start - change.deleted + change.inserted)
            .collect();
        Self(self.0[..=keep].to_vec()).filled(line, cells, |start| {
            let same = moved.binary_search(&start).ok()?;
            Some(moved[same..].to_vec())
        })
    }

    /// Adds the rows that lack. `known` gives, for the start of a row, all starts from there on if they are known.
    fn filled(
        mut self,
        line: &str,
        cells: usize,
        known: impl Fn(usize) -> Option<Vec<usize>>,
    ) -> Self {
        let mut from = self.0.last().copied().unwrap_or(0);
        loop {
            from = row_end(line, from, cells);
            if from >= line.len() {
                return self;
            }
            if let Some(rest) = known(from) {
                self.0.extend(rest);
                return self;
            }
            self.0.push(from);
        }
    }
}

/// Where the row ends that begins at an edge of a line: behind the last word that fits, or else the last cluster, and behind one at least.
fn row_end(line: &str, from: usize, row_cells: usize) -> usize {
    let (mut at, mut column) = (from, 0);
    let mut before = "";
    let mut fits_to = None;
    while at < line.len() {
        let cluster = first_cluster(&line[at..]);
        if at > from && parts(before, cluster) {
            fits_to = Some(at);
        }
        let taken = cells(cluster, column, row_cells);
        if column + taken > row_cells {
            let hangs = is_blank(cluster) && column == row_cells;
            return if hangs || at == from {
                at + cluster.len()
            } else {
                fits_to.unwrap_or(at)
            };
        }
        at += cluster.len();
        column += taken;
        before = cluster;
        if is_blank(cluster) {
            fits_to = Some(at);
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, cells: usize, rows: &[&str]) {
        let starts = Rows::new(line, cells).0;
        let ends = starts.iter().skip(1).copied().chain([line.len()]);
        let got: Vec<&str> = starts
            .iter()
            .zip(ends)
            .map(|(from, to)| &line[*from..to])
            .collect();
        assert_eq!(got, rows, "{line:?} in {cells}");
    }

    #[test]
    fn rows_end_behind_words_and_else_behind_clusters() {
        check("", 5, &[""]);
        check("one two", 7, &["one two"]);
        check("one two", 5, &["one ", "two"]);
        check("one two", 3, &["one ", "two"]);
        check("abcdefgh", 3, &["abc", "def", "gh"]);
        check("ab cdefgh", 4, &["ab ", "cdef", "gh"]);
        check("a👩‍👩‍👧b", 1, &["a", "👩‍👩‍👧", "b"]);
        check("ae\u{301}i", 2, &["ae\u{301}", "i"]);
        check("\ta", 3, &["\t", "a"]);
        check("ab    c", 3, &["ab  ", "  c"]);
    }

    #[test]
    fn wide_signs_part_from_each_other_but_not_from_what_closes_them() {
        check("hi 你好世界", 6, &["hi 你", "好世界"]);
        check("你好。再见", 4, &["你", "好。", "再见"]);
    }
}
