//! Words and widths: times as people say them, names made harmless, text cut to fit.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// A text on one line, without anything that could steer a terminal.
#[must_use]
pub(crate) fn one_line(text: &str) -> String {
    let harmless = |c: char| {
        if c.is_control() || is_steering(c) {
            ' '
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
}

/// Marks that turn the direction of what follows them.
fn is_steering(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}')
}

/// As much of a text as fits so many columns, with `…` where something was left out.
#[must_use]
pub(crate) fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut width = 0;
    for cluster in text.graphemes(true) {
        let wide = cluster.width();
        if width + wide + 1 > columns {
            break;
        }
        width += wide;
        kept.push_str(cluster);
    }
    if columns > 0 {
        kept.push('…');
    }
    kept
}

/// A text filled up with blanks to so many columns, or cut.
#[must_use]
pub(crate) fn fill(text: &str, columns: usize) -> String {
    let mut text = cut(text, columns);
    let missing = columns.saturating_sub(text.width());
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// A text in rows of at most so many columns, broken at blanks and beside wide letters where it can be.
#[must_use]
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    for line in text.lines() {
        let mut row = String::new();
        let before = rows.len();
        for piece in pieces(line) {
            let is_blank = piece.trim().is_empty();
            if !row.is_empty() && row.width() + piece.trim_end().width() > columns {
                rows.push(std::mem::take(&mut row).trim_end().to_owned());
            }
            if is_blank && row.is_empty() && rows.len() > before {
                continue;
            }
            for cluster in piece.graphemes(true) {
                if row.width() + cluster.width() > columns && !row.is_empty() {
                    rows.push(std::mem::take(&mut row));
                    if cluster.trim().is_empty() {
                        continue;
                    }
                }
                row.push_str(cluster);
            }
        }
        rows.push(row);
    }
    if rows.is_empty() {
        rows.push(String::new());
    }
    rows
}

/// What a row is not broken within: words with the signs that touch them, blanks, and single wide letters with what closes them.
fn pieces(line: &str) -> Vec<&str> {
    let mut starts = vec![0];
    let mut before = "";
    for (at, cluster) in line.grapheme_indices(true) {
        let is_blank = |cluster: &str| cluster.trim().is_empty();
        let is_wide = |cluster: &str| cluster.width() > 1;
        let beside_blank = is_blank(before) != is_blank(cluster);
        let beside_wide = (is_wide(before) || is_wide(cluster)) && !CLOSING.contains(cluster);
        if at > 0 && (beside_blank || (beside_wide && !OPENING.contains(before))) {
            starts.push(at);
        }
        before = cluster;
    }
    let ends = starts.iter().copied().skip(1).chain([line.len()]);
    let ends: Vec<usize> = ends.collect();
    let pairs = starts.into_iter().zip(ends);
    pairs.map(|(from, to)| &line[from..to]).collect()
}

/// No row begins with these.
const CLOSING: &str = ".,;:!?…)]}”’»、。，．：；！？）」』】〉》ー々";

/// No row ends with these.
const OPENING: &str = "([{“‘«（「『【〈《";

/// As many of the parts between ` · ` as there is room for, the first ones first.
#[must_use]
pub(crate) fn parts(text: &str, columns: usize) -> String {
    let mut kept = String::new();
    for part in text.split(" · ") {
        if kept.is_empty() {
            kept = cut(part, columns);
        } else if kept.width() + 3 + part.width() <= columns {
            kept.push_str(" · ");
            kept.push_str(part);
        }
    }
    kept
}

/// A time as one says it on the same day, in the same week, and later.
#[must_use]
pub(crate) fn said(at: Timestamp, now_ms: i64, zone: &TimeZone) -> String {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(at);
    let (at, now) = (at.to_zoned(zone.clone()), now.to_zoned(zone.clone()));
    let days = at.date().until(now.date()).map_or(i32::MAX, |span| {
        span.get_days() + 365 * i32::from(span.get_years())
    });
    let form = match days {
        0 => "%H:%M",
        -6..=6 => "%a %H:%M",
        _ if at.year() == now.year() => "%-d %b",
        _ => "%-d %b %Y",
    };
    at.strftime(form).to_string()
}

/// How long ago, in the largest unit that fits.
#[must_use]
pub(crate) fn ago(ms: i64) -> String {
    let seconds = ms.max(0) / 1_000;
    match seconds {
        0..=9 => "just now".to_owned(),
        10..=59 => format!("{seconds} s ago"),
        60..=3_599 => format!("{} min ago", seconds / 60),
        3_600..=86_399 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} d ago", seconds / 86_400),
    }
}

/// A ticket as somebody copied it: without the blanks, line breaks and frames that came with it.
#[must_use]
pub(crate) fn ticket(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// One of something, or several.
#[must_use]
pub(crate) fn count(number: u64, one: &str, several: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {several}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_clusters_and_never_wider_than_asked() {
        assert_eq!(cut("garden", 6), "garden");
        assert_eq!(cut("garden", 4), "gar…");
        assert_eq!(cut("漢字かな", 5), "漢字…");
        assert_eq!(cut("漢字かな", 4), "漢…");
        assert_eq!(cut("abc", 0), "");
        assert_eq!(fill("漢", 4), "漢  ");
    }

    #[test]
    fn rows_break_between_words_and_within_what_is_too_long() {
        assert_eq!(wrap("who waters when", 10), ["who waters", "when"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("one two", 3), ["one", "two"]);
        assert_eq!(wrap("", 5), [""]);
        assert_eq!(wrap("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(wrap("  two in", 6), ["  two", "in"]);
    }

    #[test]
    fn signs_stay_with_the_word_they_touch() {
        assert_eq!(
            wrap("the rota, until June", 8),
            ["the", "rota,", "until", "June"]
        );
        assert_eq!(wrap("the rota (proposed)", 10), ["the rota", "(proposed)"]);
        assert_eq!(wrap("漢字、かな", 4), ["漢", "字、", "かな"]);
        assert_eq!(wrap("“漢字” is", 6), ["“漢字”", "is"]);
    }

    #[test]
    fn parts_are_left_out_whole() {
        assert_eq!(
            parts("Enter opens · Esc leaves · more", 24),
            "Enter opens · Esc leaves"
        );
        assert_eq!(
            parts("Enter opens · Esc leaves · F1", 19),
            "Enter opens · F1"
        );
        assert_eq!(parts("Enter opens", 7), "Enter …");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(one_line("a\u{1b}[2Jb\n\u{202e}c"), "a [2Jb  c");
    }
}
