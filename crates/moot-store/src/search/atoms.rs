//! Cutting a text into words, and into glyphs where a script is written without spaces.
//!
//! Owns the table of such scripts and the folding that makes spellings equal. Never keeps what stands between words.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use crate::limits::TERM_CHARS_MAX;

/// A word, or one glyph of a run without spaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Atom {
    /// Where it stands in the text, in bytes, on grapheme boundaries.
    pub(super) range: Range<usize>,
    /// How it is spelled once case, marks and widths are taken away. Never empty.
    pub(super) term: String,
    /// Whether it is a glyph.
    pub(super) is_glyph: bool,
}

impl Atom {
    /// Whether it stands right behind another one in the same run of glyphs.
    pub(super) fn continues(&self, before: &Self) -> bool {
        self.is_glyph && before.is_glyph && before.range.end == self.range.start
    }
}

/// The atoms of a text in its order, made as they are asked for.
pub(super) fn atoms(text: &str) -> impl Iterator<Item = Atom> {
    let mut graphemes = text.grapheme_indices(true).peekable();
    std::iter::from_fn(move || {
        loop {
            let (start, first) = graphemes.next()?;
            let class = Class::of(first);
            let mut end = start + first.len();
            if class == Class::Word {
                while let Some((at, more)) =
                    graphemes.next_if(|(_, more)| Class::of(more) == Class::Word)
                {
                    end = at + more.len();
                }
            }
            let term = match class {
                Class::Between => continue,
                Class::Word => fold_word(&text[start..end]),
                Class::Glyph => fold_glyph(first),
            };
            if !term.is_empty() {
                return Some(Atom {
                    range: start..end,
                    term,
                    is_glyph: class == Class::Glyph,
                });
            }
        }
    })
}

/// What a grapheme is, by its first character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Between,
    Word,
    Glyph,
}

impl Class {
    fn of(grapheme: &str) -> Self {
        match grapheme.chars().next() {
            Some(first) if !first.is_alphanumeric() => Self::Between,
            Some(first) if is_unspaced(first) => Self::Glyph,
            Some(_) => Self::Word,
            None => Self::Between,
        }
    }
}

/// Scripts whose words are not divided by spaces, and Hangul, whose words carry endings and compounds that a search by whole
/// words would miss.
fn is_unspaced(first: char) -> bool {
    matches!(u32::from(first),
        0x0e00..=0x0eff // Thai, Lao
        | 0x1000..=0x109f | 0xa9e0..=0xa9ff | 0xaa60..=0xaa7f // Myanmar
        | 0x1100..=0x11ff | 0x3130..=0x318f | 0xa960..=0xa97f | 0xac00..=0xd7ff | 0xffa0..=0xffdc // Hangul
        | 0x1780..=0x17ff // Khmer
        | 0x2e80..=0x2fdf | 0x3005..=0x3007 | 0x3021..=0x3029 | 0x3038..=0x303c | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff // Han
        | 0x3040..=0x30ff | 0x31f0..=0x31ff | 0xff66..=0xff9f | 0x1b000..=0x1b16f // Kana
        | 0x3100..=0x312f | 0x31a0..=0x31bf // Bopomofo
    )
}

fn fold_word(word: &str) -> String {
    if word.is_ascii() {
        let end = word.len().min(TERM_CHARS_MAX);
        return word[..end].to_ascii_lowercase();
    }
    let mut folded = String::with_capacity(word.len());
    word.chars()
        .flat_map(char::to_lowercase)
        .nfkd()
        .filter(|letter| !is_dropped(*letter))
        .take(TERM_CHARS_MAX)
        .for_each(|letter| match letter {
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'ı' => folded.push('i'),
            'ς' => folded.push('σ'),
            other => folded.extend(other.to_lowercase()),
        });
    folded
}

/// Marks tell glyphs apart (か and が), so that only widths and presentation forms are made equal.
fn fold_glyph(glyph: &str) -> String {
    glyph
        .nfkc()
        .filter(|letter| !is_joiner(*letter))
        .take(TERM_CHARS_MAX / 2)
        .collect()
}

/// Accents, and the vowel points of Hebrew and Arabic, which most people write without. The vowel signs of Indic scripts stay:
/// without them a word is another word.
fn is_dropped(letter: char) -> bool {
    is_joiner(letter)
        || matches!(u32::from(letter),
            0x0300..=0x036f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff | 0x20d0..=0x20ff | 0xfe20..=0xfe2f
            | 0x0483..=0x0489
            | 0x0591..=0x05bd | 0x05bf | 0x05c1..=0x05c2 | 0x05c4..=0x05c5 | 0x05c7
            | 0x0610..=0x061a | 0x064b..=0x065f | 0x0670)
}

fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}
