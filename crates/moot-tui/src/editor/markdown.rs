//! Which parts of a line look like what in Markdown. Owns a light reading of it for styles: nothing is hidden, so every byte stays a
//! place for a caret, and what is read wrongly is only coloured wrongly.

mod inline;

use std::ops::Range;

use super::text::{LineChange, Text};

/// What a part of a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Heading,
    Emphasis,
    Strong,
    Code,
    Link,
    Marker,
    Quote,
}

/// A run of bytes of a line and what it is. Runs may lie in each other; later ones are laid over earlier ones.
pub(super) type Span = (Range<usize>, Kind);

/// Whether each line begins inside a fenced block. Kept, because it depends on all lines above.
#[derive(Debug)]
pub(super) struct Fences(Vec<Option<Fence>>);

/// An open fence: its sign and how often that stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fence {
    sign: u8,
    length: usize,
}

impl Fences {
    pub(super) fn new(text: &Text) -> Self {
        let mut open = None;
        let at_starts = (0..text.lines())
            .map(|line| {
                let at_start = open;
                open = behind(open, text.line(line));
                at_start
            })
            .collect();
        Self(at_starts)
    }

    /// The fence that is open where a line begins.
    pub(super) fn at(&self, line: usize) -> Option<Fence> {
        self.0[line]
    }

    /// Follows a change that the text has made already: on from the first line touched to where all is as before.
    pub(super) fn changed(&mut self, text: &Text, change: &LineChange) {
        let (first, new_lines) = (change.line, change.new_lines);
        let rest = first + change.old_lines;
        let fresh = std::iter::repeat_n(None, new_lines - 1);
        self.0.splice(first + 1..rest, fresh);
        for line in first..text.lines() - 1 {
            let open = behind(self.0[line], text.line(line));
            if line + 1 >= first + new_lines && self.0[line + 1] == open {
                return;
            }
            self.0[line + 1] = open;
        }
    }
}

/// The fence that is open behind a line.
fn behind(open: Option<Fence>, line: &str) -> Option<Fence> {
    let content = line.trim_start();
    let sign = match (line.len() - content.len(), content.as_bytes()) {
        (0..=3, [sign @ (b'`' | b'~'), ..]) => *sign,
        _ => return open,
    };
    let length = content.bytes().take_while(|byte| *byte == sign).count();
    let info = &content[length..];
    match open {
        None if length >= 3 && !(sign == b'`' && info.contains('`')) => {
            Some(Fence { sign, length })
        }
        Some(fence) if fence.sign == sign && length >= fence.length && info.trim().is_empty() => {
            None
        }
        _ => open,
    }
}

/// What the parts of a line are.
pub(super) fn spans(line: &str, open: Option<Fence>) -> Vec<Span> {
    if open.is_some() || behind(open, line).is_some() {
        return vec![(0..line.len(), Kind::Code)];
    }
    let content = line.trim_start();
    let indent = line.len() - content.len();
    if is_heading(content) {
        let mut spans = vec![(0..line.len(), Kind::Heading)];
        inline::read(line, indent, &mut spans);
        return spans;
    }
    if is_rule(content) {
        return vec![(0..line.len(), Kind::Marker)];
    }
    let mut spans = Vec::new();
    if content.starts_with('>') {
        spans.push((0..line.len(), Kind::Quote));
        spans.push((indent..indent + 1, Kind::Marker));
    }
    let item = item_marker(content);
    if item > 0 {
        spans.push((indent..indent + item, Kind::Marker));
    }
    inline::read(line, indent + item, &mut spans);
    spans
}

fn is_heading(content: &str) -> bool {
    let signs = content.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&signs) && matches!(content.as_bytes().get(signs), None | Some(b' ' | b'\t'))
}

fn is_rule(content: &str) -> bool {
    let mut signs = content.bytes().filter(|byte| *byte != b' ');
    let Some(first @ (b'-' | b'*' | b'_')) = signs.next() else {
        return false;
    };
    let mut more = 0;
    signs.all(|sign| {
        more += 1;
        sign == first
    }) && more >= 2
}

/// Bytes of what begins a list item, with the box of a task; 0 if none begins.
fn item_marker(content: &str) -> usize {
    let digits = content.bytes().take_while(u8::is_ascii_digit).count();
    let signs = match content.as_bytes().get(digits) {
        Some(b'-' | b'*' | b'+') if digits == 0 => 1,
        Some(b'.' | b')') if (1..=9).contains(&digits) => digits + 1,
        _ => return 0,
    };
    match content.as_bytes().get(signs) {
        None => signs,
        Some(b' ' | b'\t') => {
            let task = content.get(signs + 1..signs + 4);
            let is_task = matches!(task, Some("[ ]" | "[x]" | "[X]"));
            signs + if is_task { 4 } else { 0 }
        }
        Some(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use moot_engine::text::Splice;
    use proptest::prelude::*;

    use super::*;

    fn check(line: &str, expect: &[(&str, Kind)]) {
        let got: Vec<(&str, Kind)> = spans(line, None)
            .into_iter()
            .map(|(range, kind)| (&line[range], kind))
            .collect();
        assert_eq!(got, expect, "{line:?}");
    }

    #[test]
    fn what_begins_a_line_says_what_it_is() {
        check("plain", &[]);
        check("# Title", &[("# Title", Kind::Heading)]);
        check("#tag", &[]);
        check("- item", &[("-", Kind::Marker)]);
        check("  12. item", &[("12.", Kind::Marker)]);
        check("- [x] done", &[("- [x]", Kind::Marker)]);
        check("-5 degrees", &[]);
        check("---", &[("---", Kind::Marker)]);
        check("> said", &[("> said", Kind::Quote), (">", Kind::Marker)]);
        check("```rust", &[("```rust", Kind::Code)]);
    }

    #[test]
    fn what_stands_between_signs_is_styled_with_them() {
        check("a *b* c", &[("*b*", Kind::Emphasis)]);
        check("a **b** c", &[("**b**", Kind::Strong)]);
        check("2 * 3 * 4", &[]);
        check("snake_case_name", &[]);
        check("_yes_", &[("_yes_", Kind::Emphasis)]);
        check("`*x*`", &[("`*x*`", Kind::Code)]);
        check("``a`b``", &[("``a`b``", Kind::Code)]);
        check("see [[Water rota]].", &[("[[Water rota]]", Kind::Link)]);
        check("[a](b) [c]", &[("[a](b)", Kind::Link)]);
        check("<https://a.org/b>", &[("https://a.org/b", Kind::Link)]);
        check(r"\*no\*", &[]);
        check("*öpen", &[]);
    }

    proptest! {
        #[test]
        fn spans_lie_on_character_boundaries(line in "[-#>*_`~\\[\\]()\\\\ a1.é🦊]{0,20}") {
            for (range, _) in spans(&line, None) {
                prop_assert!(line.get(range).is_some());
            }
        }

        #[test]
        fn fences_kept_are_fences_computed(
            text in "(```|~~~|a|\n){0,12}", edits in prop::collection::vec((0..40_usize, 0..6_usize, "(```|\n|b){0,3}"), 1..6)
        ) {
            let mut text = Text::new(&text);
            let mut fences = Fences::new(&text);
            for (at, delete, insert) in edits {
                let at = at.min(text.len());
                let delete = delete.min(text.len() - at);
                let (_, change) = text.splice(&Splice { at, delete, insert });
                fences.changed(&text, &change);
                prop_assert_eq!(&fences.0, &Fences::new(&text).0);
            }
        }
    }
}
