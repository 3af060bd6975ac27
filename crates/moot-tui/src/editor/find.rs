//! Looking for words. Owns what counts as a match: the same letters whatever their capitals, whole clusters only.

use std::ops::Range;

use super::text::Text;

/// What is looked for, with capitals made small.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Query(Vec<char>);

impl Query {
    /// `None` of nothing.
    pub(super) fn new(words: &str) -> Option<Self> {
        let small: Vec<char> = words.chars().flat_map(char::to_lowercase).collect();
        (!small.is_empty()).then_some(Self(small))
    }

    /// The first match that begins at a place or after it.
    pub(super) fn first_from(&self, text: &Text, from: usize) -> Option<Range<usize>> {
        self.matches(text, from..text.len()).next()
    }

    /// The last match that begins before a place.
    pub(super) fn last_before(&self, text: &Text, before: usize) -> Option<Range<usize>> {
        let starts = text.as_str()[..before].char_indices().rev();
        starts.filter_map(|(at, _)| self.match_at(text, at)).next()
    }

    /// The matches that begin in a stretch of the text. They do not overlap.
    pub(super) fn matches(
        &self,
        text: &Text,
        within: Range<usize>,
    ) -> impl Iterator<Item = Range<usize>> {
        let mut free = within.start;
        text.as_str()[within.clone()]
            .char_indices()
            .filter_map(move |(inside, _)| {
                let at = within.start + inside;
                let found = (at >= free).then(|| self.match_at(text, at)).flatten()?;
                free = found.end;
                Some(found)
            })
    }

    /// The matches that begin or go on in a stretch of the text.
    pub(super) fn touching(&self, text: &Text, stretch: Range<usize>) -> Vec<Range<usize>> {
        let longest = self.0.len() * 4;
        let mut from = stretch.start.saturating_sub(longest);
        while !text.as_str().is_char_boundary(from) {
            from -= 1;
        }
        self.matches(text, from..stretch.end).collect()
    }

    fn match_at(&self, text: &Text, at: usize) -> Option<Range<usize>> {
        let mut wanted = self.0.iter();
        let mut end = at;
        for letter in text.as_str()[at..].chars() {
            if wanted.as_slice().is_empty() {
                break;
            }
            for small in letter.to_lowercase() {
                if wanted.next() != Some(&small) {
                    return None;
                }
            }
            end += letter.len_utf8();
        }
        let is_whole = wanted.as_slice().is_empty() && text.is_edge(at) && text.is_edge(end);
        is_whole.then_some(at..end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_are_whole_clusters_whatever_their_capitals() {
        let check = |text: &str, words: &str, expect: &[(usize, usize)]| {
            let text = Text::new(text);
            let query = Query::new(words).expect("words");
            let got: Vec<_> = query
                .matches(&text, 0..text.len())
                .map(|found| (found.start, found.end))
                .collect();
            assert_eq!(got, expect, "{text:?} {words:?}");
        };
        check("Water, water", "WATER", &[(0, 5), (7, 12)]);
        check("aaaa", "aa", &[(0, 2), (2, 4)]);
        check("e\u{301}e", "e", &[(3, 4)]);
        check("👩‍👩‍👧 👩", "👩", &[(19, 23)]);
        check("abc", "abcd", &[]);
    }
}
