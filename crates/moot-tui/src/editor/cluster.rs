//! How one cluster shows: which cells it takes, and by what sign if it shows nothing of itself.
//!
//! Owns widths. They are those that frames are drawn by, so that a caret stands where the letter is; every cluster takes a cell at least,
//! so that every place in the text is a place on the screen.

use unicode_width::UnicodeWidthStr;

use super::limits::TAB_CELLS;

/// What stands in a cluster's cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Glyph<'t> {
    /// The cluster.
    Itself(&'t str),
    /// Blanks up to the next stop.
    Tab,
    /// A sign for a character that shows nothing, or does something to a terminal.
    Sign(char),
    /// Marks that have no letter to stand on.
    Marks(&'t str),
}

/// What shows a cluster.
pub(super) fn glyph(cluster: &str) -> Glyph<'_> {
    let Some(first) = cluster.chars().next() else {
        return Glyph::Sign(' ');
    };
    match first {
        '\t' => Glyph::Tab,
        '\u{0}'..='\u{1f}' => Glyph::Sign(picture(first)),
        '\u{7f}' => Glyph::Sign('␡'),
        '\u{80}'..='\u{9f}' => Glyph::Sign('␦'),
        '\u{2028}' | '\u{2029}' => Glyph::Sign('␤'),
        '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => {
            Glyph::Sign('·')
        }
        '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' => Glyph::Sign('·'),
        _ if width(cluster) == 0 => Glyph::Marks(cluster),
        _ => Glyph::Itself(cluster),
    }
}

/// The picture that Unicode has for a control character.
fn picture(control: char) -> char {
    char::from_u32(0x2400 + u32::from(control)).unwrap_or('␦')
}

/// How many cells a cluster takes from a column on, at least one.
pub(super) fn cells(cluster: &str, column: usize, row_cells: usize) -> usize {
    match cluster.as_bytes() {
        [b' '..=b'~'] => 1,
        [b'\t'] => {
            let left = row_cells.saturating_sub(column).max(1);
            (TAB_CELLS - column % TAB_CELLS).min(left)
        }
        _ => match glyph(cluster) {
            Glyph::Itself(cluster) => width(cluster),
            Glyph::Tab | Glyph::Sign(_) | Glyph::Marks(_) => 1,
        },
    }
}

/// The width that frames are drawn by. Halfwidth sound marks take a cell in terminals, whatever Unicode says of them.
fn width(cluster: &str) -> usize {
    let sound_marks = cluster
        .chars()
        .filter(|c| matches!(c, '\u{ff9e}' | '\u{ff9f}'))
        .count();
    cluster.width() + sound_marks
}

/// Whether a row may end behind it and take it along past the edge.
pub(super) fn is_blank(cluster: &str) -> bool {
    matches!(cluster, " " | "\t")
}

/// Whether a row may end between two clusters with no blank between them: beside a wide sign, but closing ones stay with what they
/// close, and opening ones with what they open.
pub(super) fn parts(before: &str, after: &str) -> bool {
    let is_wide = |cluster: &str| !cluster.is_ascii() && width(cluster) == 2;
    (is_wide(before) || is_wide(after))
        && !before.ends_with(['（', '「', '『', '【', '〈', '《', '“', '(', '['])
        && !after.starts_with([
            '、', '。', '，', '．', '！', '？', '：', '；', '）', '」', '』', '】', '〉', '》',
            '”', '…', 'ー', ')', ']', ',', '.', '!', '?', ':', ';',
        ])
}
