//! Changes to a text as places and lengths, and how one author's are carried over another's.
//!
//! Owns the arithmetic of an editor that types on while others' changes are under way: operational transformation between one
//! editor and the one owner of the document. Never touches a document: what merges between devices is the document itself.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// A change to a text: at a byte, so many bytes less, this text more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Splice {
    /// Where, in UTF-8 bytes from the start, on a character boundary.
    pub at: usize,
    /// How many bytes go.
    pub delete: usize,
    /// What comes instead.
    pub insert: String,
}

/// Carries two runs of splices, both meant for one text, over each other.
///
/// In each run every splice is meant for the text as the one before left it. The first answer is `mine`, to be made after
/// `theirs`; the second is `theirs`, to be made after `mine`: both ways end with the same text. What both take away is taken
/// away once. What one puts into a stretch that the other takes away stays. Where both put something at one place, mine
/// stands first. The answers are as short as they can be, in rising order of place.
#[must_use]
pub fn rebase(mine: &[Splice], theirs: &[Splice]) -> (Vec<Splice>, Vec<Splice>) {
    let (mine, theirs) = Run::of(mine).over(Run::of(theirs));
    (mine.splices(), theirs.splices())
}

/// Makes several splices into as few as do the same, in rising order of place.
#[must_use]
pub fn gather(splices: &[Splice]) -> Vec<Splice> {
    Run::of(splices).splices()
}

/// A stretch of the old text that stays or goes, or new text.
#[derive(Debug, Clone)]
enum Part {
    Keep(usize),
    Delete(usize),
    Insert(String),
}

/// Splices as one walk over the old text; behind the last part everything stays.
#[derive(Debug, Default)]
struct Run(VecDeque<Part>);

impl Run {
    fn of(splices: &[Splice]) -> Self {
        splices.iter().fold(Self::default(), |run, splice| {
            let mut next = Self::default();
            next.push(Part::Keep(splice.at));
            next.push(Part::Insert(splice.insert.clone()));
            next.push(Part::Delete(splice.delete));
            run.then(next)
        })
    }

    /// Adds a part at the end. New text goes before what is deleted at the same place, so that equal changes look equal.
    fn push(&mut self, part: Part) {
        match (self.0.back_mut(), part) {
            (_, Part::Keep(0) | Part::Delete(0)) => {}
            (Some(Part::Keep(last)), Part::Keep(more))
            | (Some(Part::Delete(last)), Part::Delete(more)) => *last = last.saturating_add(more),
            (_, Part::Insert(text)) if text.is_empty() => {}
            (Some(Part::Insert(last)), Part::Insert(text)) => last.push_str(&text),
            (Some(Part::Delete(_)), Part::Insert(text)) => self.insert_before_last(text),
            (_, part) => self.0.push_back(part),
        }
    }

    fn insert_before_last(&mut self, text: String) {
        let delete = self.0.pop_back();
        self.push(Part::Insert(text));
        self.0.extend(delete);
    }

    /// One walk that does this and then the other.
    fn then(mut self, mut next: Self) -> Self {
        let mut both = Self::default();
        while !next.0.is_empty() {
            match (self.0.pop_front(), next.0.pop_front()) {
                (Some(Part::Delete(bytes)), then) => {
                    both.push(Part::Delete(bytes));
                    next.0.give_back(then);
                }
                (now, Some(Part::Insert(text))) => {
                    both.push(Part::Insert(text));
                    self.0.give_back(now);
                }
                (None, Some(then)) => both.push(then),
                (Some(now), Some(then)) => {
                    let bytes = now.bytes().min(then.bytes());
                    let (now, now_rest) = now.split(bytes);
                    let (then, then_rest) = then.split(bytes);
                    self.0.give_back(now_rest);
                    next.0.give_back(then_rest);
                    match (now, then) {
                        (Part::Insert(_), Part::Delete(_)) => {}
                        (now, Part::Keep(_)) => both.push(now),
                        (_, then) => both.push(then),
                    }
                }
                (_, None) => break,
            }
        }
        for part in self.0 {
            both.push(part);
        }
        both
    }

    /// Two walks over one text, each made to follow the other.
    fn over(mut self, mut other: Self) -> (Self, Self) {
        let (mut mine, mut theirs) = (Self::default(), Self::default());
        loop {
            match (self.0.pop_front(), other.0.pop_front()) {
                (Some(Part::Insert(text)), then) => {
                    theirs.push(Part::Keep(text.len()));
                    mine.push(Part::Insert(text));
                    other.0.give_back(then);
                }
                (now, Some(Part::Insert(text))) => {
                    mine.push(Part::Keep(text.len()));
                    theirs.push(Part::Insert(text));
                    self.0.give_back(now);
                }
                (None, None) => return (mine, theirs),
                (now, then) => {
                    let rest = Part::Keep(usize::MAX);
                    let (now, then) = (now.unwrap_or(rest.clone()), then.unwrap_or(rest));
                    let bytes = now.bytes().min(then.bytes());
                    let (now, now_rest) = now.split(bytes);
                    let (then, then_rest) = then.split(bytes);
                    self.0.give_back(now_rest.filter(Part::is_of_the_text));
                    other.0.give_back(then_rest.filter(Part::is_of_the_text));
                    match (now, then) {
                        (Part::Delete(_), Part::Delete(_)) => {}
                        (Part::Delete(bytes), _) => mine.push(Part::Delete(bytes)),
                        (_, Part::Delete(bytes)) => theirs.push(Part::Delete(bytes)),
                        _ => {
                            mine.push(Part::Keep(bytes));
                            theirs.push(Part::Keep(bytes));
                        }
                    }
                }
            }
        }
    }

    fn splices(self) -> Vec<Splice> {
        let mut splices: Vec<Splice> = Vec::new();
        let mut at: usize = 0;
        let mut inserted: Option<String> = None;
        let put = |at: usize, delete: usize, insert: String| Splice { at, delete, insert };
        for part in self.0 {
            match part {
                Part::Keep(bytes) => {
                    if let Some(text) = inserted.take() {
                        let from = at;
                        at += text.len();
                        splices.push(put(from, 0, text));
                    }
                    at = at.saturating_add(bytes);
                }
                Part::Insert(text) => inserted = Some(text),
                Part::Delete(bytes) => {
                    let text = inserted.take().unwrap_or_default();
                    let from = at;
                    at += text.len();
                    splices.push(put(from, bytes, text));
                }
            }
        }
        splices.extend(inserted.map(|text| put(at, 0, text)));
        splices
    }
}

/// `VecDeque` takes back what was taken from its front.
trait GiveBack {
    fn give_back(&mut self, part: Option<Part>);
}

impl GiveBack for VecDeque<Part> {
    fn give_back(&mut self, part: Option<Part>) {
        if let Some(part) = part {
            self.push_front(part);
        }
    }
}

impl Part {
    fn bytes(&self) -> usize {
        match self {
            Self::Keep(bytes) | Self::Delete(bytes) => *bytes,
            Self::Insert(text) => text.len(),
        }
    }

    /// The first so many bytes, and what is left.
    fn split(self, bytes: usize) -> (Self, Option<Self>) {
        let rest = self.bytes() - bytes;
        if rest == 0 {
            return (self, None);
        }
        match self {
            Self::Keep(_) => (Self::Keep(bytes), Some(Self::Keep(rest))),
            Self::Delete(_) => (Self::Delete(bytes), Some(Self::Delete(rest))),
            Self::Insert(mut text) => {
                let rest = text.split_off(bytes);
                (Self::Insert(text), Some(Self::Insert(rest)))
            }
        }
    }

    /// Not the endless stretch behind the last part.
    fn is_of_the_text(&self) -> bool {
        !matches!(self, Self::Keep(bytes) if *bytes > usize::MAX / 2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn splice(at: usize, delete: usize, insert: &str) -> Splice {
        Splice {
            at,
            delete,
            insert: insert.to_owned(),
        }
    }

    fn apply(text: &str, splices: &[Splice]) -> String {
        splices.iter().fold(text.to_owned(), |mut text, splice| {
            text.replace_range(splice.at..splice.at + splice.delete, &splice.insert);
            text
        })
    }

    #[test]
    fn what_both_put_at_one_place_stands_with_mine_first() {
        let (mine, theirs) = rebase(&[splice(1, 0, "A")], &[splice(1, 0, "B")]);
        assert_eq!(mine, [splice(1, 0, "A")]);
        assert_eq!(theirs, [splice(2, 0, "B")]);
    }

    #[test]
    fn what_is_put_into_a_stretch_that_the_other_takes_away_stays() {
        let (mine, theirs) = rebase(&[splice(2, 0, "new")], &[splice(0, 4, "")]);
        assert_eq!(mine, [splice(0, 0, "new")]);
        assert_eq!(theirs, [splice(0, 2, ""), splice(3, 2, "")]);
    }

    #[test]
    fn what_both_take_away_is_taken_away_once() {
        let (mine, theirs) = rebase(&[splice(0, 3, "")], &[splice(1, 4, "")]);
        assert_eq!(mine, [splice(0, 1, "")]);
        assert_eq!(theirs, [splice(0, 2, "")]);
    }

    #[test]
    fn typing_letter_by_letter_is_gathered_into_one_splice() {
        let typed = [splice(3, 0, "a"), splice(4, 0, "b"), splice(5, 0, "c")];
        assert_eq!(gather(&typed), [splice(3, 0, "abc")]);
        let taken_back = [splice(3, 0, "ab"), splice(4, 1, ""), splice(3, 1, "")];
        assert_eq!(gather(&taken_back), []);
    }

    /// Splices for a text of single-byte letters, as places in thousandths of its length at that moment.
    fn run() -> impl Strategy<Value = Vec<(usize, usize, String)>> {
        prop::collection::vec((0..1_000usize, 0..6usize, "[a-zé🦊]{0,4}"), 0..6)
    }

    fn place(text: &str, at: usize) -> usize {
        let at = at.min(text.len());
        (0..=at)
            .rev()
            .find(|at| text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    fn splices_for(text: &str, drawn: &[(usize, usize, String)]) -> Vec<Splice> {
        let mut text = text.to_owned();
        let mut splices = Vec::new();
        for (thousandth, length, insert) in drawn {
            let from = place(&text, text.len() * thousandth / 1_000);
            let to = place(&text, from + length);
            let next = splice(from, to - from, insert);
            text = apply(&text, std::slice::from_ref(&next));
            splices.push(next);
        }
        splices
    }

    proptest! {
        #[test]
        fn both_ways_end_with_the_same_text(text in "[a-f é🦊]{0,30}", a in run(), b in run()) {
            let (mine, theirs) = (splices_for(&text, &a), splices_for(&text, &b));
            let (mine_after, theirs_after) = rebase(&mine, &theirs);
            let one_way = apply(&apply(&text, &mine), &theirs_after);
            let other_way = apply(&apply(&text, &theirs), &mine_after);
            prop_assert_eq!(one_way, other_way);
        }

        #[test]
        fn gathered_splices_do_the_same(text in "[a-f é🦊]{0,30}", drawn in run()) {
            let splices = splices_for(&text, &drawn);
            prop_assert_eq!(apply(&text, &gather(&splices)), apply(&text, &splices));
        }
    }
}
