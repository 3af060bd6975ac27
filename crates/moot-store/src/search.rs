//! Finding words: one way of cutting text into terms, for the index, for queries, and for the passages shown.
//!
//! Owns what a word is and when two are the same. The index is given terms that are already cut and folded, so that what
//! it finds and what a snippet marks cannot differ, and a new SQLite cannot change either. Never touches the database.

mod atoms;
mod query;
mod snippet;

pub(crate) use query::Query;

use atoms::{Atom, atoms};

/// A text as the index is given it: terms between spaces. Words are terms; a run of a script written without spaces becomes
/// the pairs of neighbouring glyphs and its last glyph alone, so that each glyph begins one term and is found by itself.
pub(crate) fn terms(text: &str) -> String {
    let mut terms = String::with_capacity(text.len());
    let mut atoms = atoms(text).peekable();
    while let Some(atom) = atoms.next() {
        if !terms.is_empty() {
            terms.push(' ');
        }
        terms.push_str(&atom.term);
        let next = atoms.peek().filter(|next| next.continues(&atom));
        if let Some(next) = next {
            terms.push_str(&next.term);
        }
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_and_glyph_runs_become_pairs() {
        let table = [
            ("", ""),
            ("…!?", ""),
            ("Café, CRÈME—brûlée", "cafe creme brulee"),
            ("cafe\u{301}", "cafe"),
            ("l'eau x_y 3.14", "l eau x y 3 14"),
            ("Straße ŁÓDŹ Ørsted", "strasse lodz orsted"),
            ("ΟΔΥΣΣΕΥΣ Ὀδυσσεύς", "οδυσσευσ οδυσσευσ"),
            ("北京大学", "北京 京大 大学 学"),
            ("北", "北"),
            ("北。京", "北 京"),
            ("第3回tokyo", "第 3 回 tokyo"),
            ("ｶﾞｷﾞ がぎ", "ガギ ギ がぎ ぎ"),
            ("학교에서", "학교 교에 에서 서"),
            ("ที่นี่", "ที่นี่ นี่"),
        ];
        for (text, expected) in table {
            assert_eq!(terms(text), expected, "{text:?}");
        }
    }
}
