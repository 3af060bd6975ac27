//! What somebody typed, as words to find.
//!
//! Owns the reading of a query. It has no syntax: every text is a list of words, all of which must be there, the last of
//! which may be unfinished.

use super::atoms::{Atom, atoms};
use crate::limits::{QUERY_GLYPHS_MAX, QUERY_WORDS_MAX};

/// The words of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Query {
    needles: Vec<Needle>,
}

/// A word to find, or a run of glyphs that must stand together.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needle {
    /// One word, or the glyphs one by one.
    terms: Vec<String>,
    is_glyphs: bool,
    /// Whether the last term may go on.
    is_prefix: bool,
}

impl Query {
    /// Reads what somebody typed. Words over the limit are not looked for.
    pub(crate) fn parse(text: &str) -> Self {
        let mut needles: Vec<Needle> = Vec::new();
        let mut before: Option<Atom> = None;
        for atom in atoms(text) {
            let is_continued = before.as_ref().is_some_and(|before| atom.continues(before));
            let is_full = needles.len() == QUERY_WORDS_MAX;
            match needles.last_mut() {
                Some(needle) if is_continued => {
                    if needle.terms.len() < QUERY_GLYPHS_MAX {
                        needle.terms.push(atom.term.clone());
                    }
                }
                _ if is_full => break,
                _ => needles.push(Needle {
                    terms: vec![atom.term.clone()],
                    is_glyphs: atom.is_glyph,
                    is_prefix: false,
                }),
            }
            before = Some(atom);
        }
        if let Some(last) = needles.last_mut() {
            last.is_prefix = true;
        }
        Self { needles }
    }

    /// The query in the language of the index; none where there is no word in it. Terms hold letters and digits alone, so
    /// that between quotes nothing in them can be taken for syntax.
    pub(crate) fn expression(&self) -> Option<String> {
        let parts: Vec<String> = self.needles.iter().map(Needle::expression).collect();
        (!parts.is_empty()).then(|| parts.join(" AND "))
    }

    /// How many of these atoms, from the first on, are one of the words; 0 where none begins here.
    pub(super) fn matched(&self, atoms: &[Atom]) -> usize {
        self.needles
            .iter()
            .map(|needle| needle.matched(atoms))
            .max()
            .unwrap_or(0)
    }

    /// How many atoms the longest of the words takes.
    pub(super) fn atoms_max(&self) -> usize {
        self.needles
            .iter()
            .map(|needle| needle.terms.len())
            .max()
            .unwrap_or(0)
    }
}

impl Needle {
    fn expression(&self) -> String {
        let phrase = match self.terms.as_slice() {
            [only] => only.clone(),
            glyphs => glyphs
                .windows(2)
                .map(<[String]>::concat)
                .collect::<Vec<_>>()
                .join(" "),
        };
        let is_open = self.is_prefix || self.is_single_glyph();
        format!("\"{phrase}\"{}", if is_open { "*" } else { "" })
    }

    /// A single glyph is found as the beginning of a pair.
    fn is_single_glyph(&self) -> bool {
        self.is_glyphs && self.terms.len() == 1
    }

    fn matched(&self, atoms: &[Atom]) -> usize {
        let Some((last, before)) = self.terms.split_last() else {
            return 0;
        };
        let Some(found) = atoms.get(..self.terms.len()) else {
            return 0;
        };
        let is_run = found.windows(2).all(|pair| pair[1].continues(&pair[0]));
        let is_same = before
            .iter()
            .zip(found)
            .all(|(term, atom)| *term == atom.term);
        let is_open = self.is_prefix || self.is_single_glyph();
        let is_last_found = found.last().is_some_and(|atom| {
            atom.is_glyph == self.is_glyphs
                && (atom.term == *last || is_open && atom.term.starts_with(last.as_str()))
        });
        if is_run && is_same && is_last_found {
            self.terms.len()
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_never_syntax() {
        let table = [
            ("", None),
            ("\"*^()-:", None),
            ("tea", Some("\"tea\"*")),
            ("Tea AND cake", Some("\"tea\" AND \"and\" AND \"cake\"*")),
            (
                "title:\"x NEAR/2 y*",
                Some("\"title\" AND \"x\" AND \"near\" AND \"2\" AND \"y\"*"),
            ),
            ("京", Some("\"京\"*")),
            ("京 tea", Some("\"京\"* AND \"tea\"*")),
            ("北京大 x", Some("\"北京 京大\" AND \"x\"*")),
        ];
        for (text, expected) in table {
            assert_eq!(
                Query::parse(text).expression().as_deref(),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_query_of_a_thousand_words_is_cut() {
        let expression = Query::parse(&"word ".repeat(1000)).expression().unwrap();
        assert_eq!(expression.matches("word").count(), QUERY_WORDS_MAX);
        let glyphs = Query::parse(&"京".repeat(1000)).expression().unwrap();
        assert_eq!(glyphs.matches('京').count(), 2 * (QUERY_GLYPHS_MAX - 1));
    }
}
