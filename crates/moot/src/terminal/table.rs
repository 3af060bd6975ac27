//! Rows in columns, for people. The last column is never padded and takes the long texts, so that narrow windows wrap there.

use std::fmt::Write;

use unicode_width::UnicodeWidthStr;

/// Rows that are aligned when shown.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// Adds a row; all rows have the same number of columns.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    /// The rows, one a line, columns two spaces apart.
    pub(crate) fn show(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.width()).max().unwrap_or(0)
            })
            .collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, width) in row.iter().zip(&widths) {
                let padding = width - cell.width();
                // Writing to a string cannot fail.
                let _ = write!(line, "{cell}{:padding$}  ", "");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_align_also_where_characters_are_wide() {
        let mut table = Table::new();
        table.row(["種の日".into(), "Hana".into()]);
        table.row(["a".into(), "Bo".into()]);
        assert_eq!(table.show(), "種の日  Hana\na       Bo\n");
    }
}
