//! The passage that is shown for a hit: the original words round the first one found.
//!
//! Owns the choice of the passage and its marks. Never shows more of a text than a line or two, whatever the text is.

use unicode_segmentation::UnicodeSegmentation;

use super::{Atom, Query, atoms};
use crate::limits::{SNIPPET_HALF_WORDS, SNIPPET_PIECE_CHARS_MAX};

const BEFORE: char = '\u{2}';
const AFTER: char = '\u{3}';
const CUT: char = '…';

impl Query {
    /// The passage of a text round the first word found, each found word between marks. Where only the title has the words it is
    /// the beginning of the text, and where there is no text, the title.
    pub(crate) fn snippet(&self, title: &str, text: &str) -> String {
        let text = if atoms(text).next().is_some() {
            text
        } else {
            title
        };
        let passage = Passage::round_first_match(self, text);
        passage.render(self, text)
    }
}

/// Some neighbouring atoms of a text.
struct Passage {
    atoms: Vec<Atom>,
    is_start: bool,
    is_end: bool,
}

impl Passage {
    fn round_first_match(query: &Query, text: &str) -> Self {
        let mut all: Vec<Atom> = Vec::new();
        let mut source = atoms(text);
        // Atoms are cut only as far as the first match and what is shown behind it needs them.
        let read_ahead = query.atoms_max() + SNIPPET_HALF_WORDS;
        let mut found = None;
        let mut at = 0;
        while found.is_none() {
            all.extend(
                source
                    .by_ref()
                    .take(read_ahead.saturating_sub(all.len() - at)),
            );
            if at == all.len() {
                break;
            }
            if query.matched(&all[at..]) > 0 {
                found = Some(at);
            }
            at += 1;
        }
        let first = found.unwrap_or(0);
        all.extend(source.by_ref().take(SNIPPET_HALF_WORDS));
        let start = back(&all[..first], SNIPPET_HALF_WORDS / 3);
        let end = start + forth(&all[start..], SNIPPET_HALF_WORDS);
        let is_end = end == all.len() && source.next().is_none();
        all.truncate(end);
        Self {
            is_start: start == 0,
            is_end,
            atoms: all.split_off(start),
        }
    }

    fn render(&self, query: &Query, text: &str) -> String {
        let mut out = String::new();
        let mut marked_until = 0;
        let mut shown_until = match self.atoms.first() {
            Some(first) if !self.is_start => {
                out.push(CUT);
                first.range.start
            }
            _ => 0,
        };
        for (at, atom) in self.atoms.iter().enumerate() {
            push_piece(&mut out, &text[shown_until..atom.range.start]);
            let was_marked = at < marked_until;
            let matched = query.matched(&self.atoms[at..]);
            if matched > 0 && !was_marked {
                out.push(BEFORE);
            }
            marked_until = marked_until.max(at + matched);
            push_piece(&mut out, &text[atom.range.clone()]);
            if marked_until == at + 1 {
                out.push(AFTER);
            }
            shown_until = atom.range.end;
        }
        if self.is_end {
            push_piece(&mut out, text[shown_until..].trim_end());
        } else {
            out.push(CUT);
        }
        out
    }
}

/// From where on the atoms, read backwards, fill this many half words.
fn back(atoms: &[Atom], half_words: usize) -> usize {
    let mut left = half_words;
    let mut start = atoms.len();
    while start > 0 && weight(&atoms[start - 1]) <= left {
        left -= weight(&atoms[start - 1]);
        start -= 1;
    }
    start
}

/// How many of the atoms fill this many half words.
fn forth(atoms: &[Atom], half_words: usize) -> usize {
    let mut left = half_words;
    atoms
        .iter()
        .take_while(|atom| {
            let fits = weight(atom) <= left;
            left = left.saturating_sub(weight(atom));
            fits
        })
        .count()
}

fn weight(atom: &Atom) -> usize {
    if atom.is_glyph { 1 } else { 2 }
}

/// Adds a word or what stands between two, in one line, without control characters (the marks are some), and not without end.
fn push_piece(out: &mut String, piece: &str) {
    let mut was_space = out.is_empty() || out.ends_with(' ');
    for (at, grapheme) in piece.graphemes(true).enumerate() {
        if at == SNIPPET_PIECE_CHARS_MAX {
            out.push(CUT);
            return;
        }
        if grapheme.chars().all(char::is_whitespace) {
            if !was_space {
                out.push(' ');
            }
            was_space = true;
            continue;
        }
        out.extend(
            grapheme
                .chars()
                .filter(|letter| !letter.is_control())
                .take(SNIPPET_PIECE_CHARS_MAX),
        );
        was_space = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(query: &str, text: &str, expected: &str) {
        let shown = Query::parse(query).snippet("The title", text);
        let shown = shown.replace(BEFORE, "[").replace(AFTER, "]");
        assert_eq!(shown, expected, "{query:?} in {text:?}");
    }

    #[test]
    fn found_words_are_marked_in_the_original_spelling() {
        check("creme", "Une Crème brûlée.", "Une [Crème] brûlée.");
        check("BRULEE creme", "(Crème) brûlée!", "([Crème]) [brûlée]!");
        check("cr", "Crème, cru", "[Crème], [cru]");
        check("cr x", "Crème, cru", "Crème, cru");
        check("cafe", "cafe\u{301}s", "[cafe\u{301}s]");
    }

    #[test]
    fn glyphs_are_marked_as_a_run_and_alone() {
        check("京大", "北京大学 京都 大", "北[京大]学 京都 大");
        check("京", "北京大学", "北[京]大学");
        check("京 大", "北京大学", "北[京][大]学");
        check("北京大学", "在北京大学。", "在[北京大学]。");
    }

    #[test]
    fn the_passage_lies_round_the_first_match_and_says_where_it_was_cut() {
        let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen";
        check(
            "seven",
            text,
            "…three four five six [seven] eight nine ten eleven twelve thirteen fourteen…",
        );
        check(
            "one",
            text,
            "[one] two three four five six seven eight nine ten eleven twelve…",
        );
        check(
            "sixteen",
            text,
            "…twelve thirteen fourteen fifteen [sixteen]",
        );
        check(
            "title",
            text,
            "one two three four five six seven eight nine ten eleven twelve…",
        );
    }

    #[test]
    fn a_match_far_into_a_long_text_is_found() {
        let text = format!("{}here it is", "filler ".repeat(5000));
        check("here", &text, "…filler filler filler filler [here] it is");
    }

    #[test]
    fn without_a_text_the_title_is_shown() {
        check("title", " … ", "The [title]");
        check("other", "", "The title");
    }

    #[test]
    fn lines_control_characters_and_endless_words_are_tamed() {
        check("b", "a\n\n  b\t\u{2}c\u{1b}[0m", "a [b] c[0m");
        let long = "x".repeat(5000);
        let shown = Query::parse("x").snippet("", &long);
        assert_eq!(shown.chars().count(), SNIPPET_PIECE_CHARS_MAX + 3);
        let zalgo = format!("a{}", "\u{301}".repeat(5000));
        assert!(Query::parse("a").snippet("", &zalgo).len() < 200);
        let dashes = format!("a {} b", "-".repeat(5000));
        assert!(Query::parse("a").snippet("", &dashes).len() < 200);
    }
}
