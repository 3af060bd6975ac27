//! The text as bytes, lines and clusters.
//!
//! Owns where lines begin and where a caret may stand: between grapheme clusters, never inside one. Knows no rows and no widths. One
//! string holds it all: notes are a few megabytes at most, and moving their tail costs less than anything that avoids it.

use std::ops::Range;

use moot_engine::text::Splice;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// A text and where its lines begin. A line ends with `\n`, or with `\r\n`, which is one cluster; nothing else ends one.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    /// Byte at which each line begins; there is always a first.
    starts: Vec<usize>,
}

/// What a splice did to the lines: a stretch of them became another stretch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LineChange {
    /// The first line touched.
    pub(super) line: usize,
    /// How many lines were touched.
    pub(super) old_lines: usize,
    /// How many lines stand there now.
    pub(super) new_lines: usize,
    /// Where in the first line the change begins.
    pub(super) from: usize,
    /// Bytes that went.
    pub(super) deleted: usize,
    /// Bytes that came.
    pub(super) inserted: usize,
}

impl Text {
    pub(super) fn new(text: &str) -> Self {
        let starts = std::iter::once(0)
            .chain(ends_of_lines(text).map(|at| at + 1))
            .collect();
        Self {
            text: text.to_owned(),
            starts,
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Makes a splice; gives the text that went.
    pub(super) fn splice(&mut self, splice: &Splice) -> (String, LineChange) {
        let Splice { at, delete, insert } = splice;
        let (first, last) = (self.line_at(*at), self.line_at(at + delete));
        let change = LineChange {
            line: first,
            old_lines: last - first + 1,
            new_lines: 1 + ends_of_lines(insert).count(),
            from: at - self.starts[first],
            deleted: *delete,
            inserted: insert.len(),
        };
        let gone = self.text[*at..at + delete].to_owned();
        self.text.replace_range(*at..at + delete, insert);
        for start in &mut self.starts[last + 1..] {
            *start = *start - delete + insert.len();
        }
        let new_starts = ends_of_lines(insert).map(|end| at + end + 1);
        self.starts.splice(first + 1..=last, new_starts);
        (gone, change)
    }

    pub(super) fn lines(&self) -> usize {
        self.starts.len()
    }

    /// The line that a byte is on; an ending belongs to the line it ends.
    pub(super) fn line_at(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at) - 1
    }

    /// The bytes of a line without its ending.
    pub(super) fn line_range(&self, line: usize) -> Range<usize> {
        let start = self.starts[line];
        let Some(next) = self.starts.get(line + 1) else {
            return start..self.text.len();
        };
        let end = next - 1;
        let is_crlf = end > start && self.text.as_bytes()[end - 1] == b'\r';
        start..end - usize::from(is_crlf)
    }

    pub(super) fn line(&self, line: usize) -> &str {
        &self.text[self.line_range(line)]
    }

    /// What ends a line in this note: what ends its first one.
    pub(super) fn line_ending(&self) -> &'static str {
        let is_crlf = self.starts.get(1).is_some_and(|next| {
            next.checked_sub(2)
                .is_some_and(|at| self.text.as_bytes()[at] == b'\r')
        });
        if is_crlf { "\r\n" } else { "\n" }
    }

    /// The edge of the cluster that begins at an edge; at the end, the end.
    pub(super) fn next_edge(&self, at: usize) -> usize {
        at + first_cluster(&self.text[at..]).len()
    }

    /// The edge before an edge; at the start, the start.
    pub(super) fn previous_edge(&self, at: usize) -> usize {
        let bytes = &self.text.as_bytes()[..at];
        match bytes {
            [] | [_] => 0,
            [.., before, b' '..=b'~'] if before.is_ascii() => at - 1,
            _ => GraphemeCursor::new(at, self.text.len(), true)
                .prev_boundary(&self.text, 0)
                .ok()
                .flatten()
                .unwrap_or(0),
        }
    }

    /// Whether a caret may stand there.
    pub(super) fn is_edge(&self, at: usize) -> bool {
        self.text.is_char_boundary(at)
            && GraphemeCursor::new(at, self.text.len(), true)
                .is_boundary(&self.text, 0)
                .unwrap_or(false)
    }

    /// The same place, or, if it is inside a cluster, the place behind that: what was put behind one's letter belongs to it.
    pub(super) fn snap(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.is_edge(at) {
            at += 1;
        }
        at
    }

    /// The word that a place is in or before; the blanks or signs, where it is in no word.
    pub(super) fn word_around(&self, at: usize) -> Range<usize> {
        let line = self.line_range(self.line_at(at));
        let mut from = line.start;
        for segment in self.text[line.clone()].split_word_bounds() {
            let to = from + segment.len();
            if at < to || to == line.end {
                return self.snap(from)..self.snap(to);
            }
            from = to;
        }
        line
    }

    /// Where the word that goes on at a place, or the next one, ends.
    pub(super) fn word_end(&self, at: usize) -> usize {
        let mut to = at;
        for segment in self.text[at..].split_word_bounds() {
            to += segment.len();
            if is_word(segment) {
                break;
            }
        }
        self.snap(to)
    }

    /// Where the word that a place is in, or the one before it, begins.
    pub(super) fn word_start(&self, at: usize) -> usize {
        let mut to = at;
        for segment in self.text[..at].split_word_bounds().rev() {
            to -= segment.len();
            if is_word(segment) {
                break;
            }
        }
        while !self.is_edge(to) {
            to -= 1;
        }
        to
    }
}

/// The first cluster of a text that begins at an edge; nothing of an empty one.
pub(super) fn first_cluster(text: &str) -> &str {
    match text.as_bytes() {
        [b' '..=b'~'] => text,
        // Most text: nothing of ASCII joins what is before it, but a line feed.
        [b' '..=b'~', next, ..] if next.is_ascii() => &text[..1],
        _ => text.graphemes(true).next().unwrap_or_default(),
    }
}

fn is_word(segment: &str) -> bool {
    segment.chars().any(char::is_alphanumeric)
}

fn ends_of_lines(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices('\n').map(|(at, _)| at)
}
