//! Edits meant for an older text, moved to where they belong now.
//!
//! Owns the rule: an insertion stays behind the character it was put after, or where that one stood; a deletion takes out what is left of what it meant, and nothing that others put in between.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::edit::check_splice;
use crate::change::OpName;
use crate::id::{ByteCount, BytePos};
use crate::outcome::{Edit, EditError};

/// A text as its characters, each with its name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Characters {
    pub(super) text: String,
    /// In the text's order, with the byte each begins at.
    pub(super) names: Vec<(OpName, usize)>,
}

impl Characters {
    /// The byte at which a character begins; past the last, the end.
    fn byte(&self, index: usize) -> usize {
        self.names
            .get(index)
            .map_or(self.text.len(), |(_, from)| *from)
    }
}

/// A piece of the text that the edits leave: old text, or new.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Old(Range<usize>),
    New(String),
}

/// One thing to do to the text as it is now, at a byte of it.
enum Move {
    Insert(String),
    Delete(usize),
}

/// The same edits for the text as it is now, last place first.
///
/// `stood` tells where a character of the old text stood that is gone now, by the byte it began at.
pub(super) fn rebase(
    then: &Characters,
    now: &Characters,
    stood: &dyn Fn(usize) -> usize,
    edits: &[Edit],
) -> Result<Vec<Edit>, EditError> {
    let (pieces, facts) = pieces_of(then, edits)?;
    let places = Places::new(then, now, stood);
    let mut moves: Vec<(usize, Move)> = Vec::new();
    let mut done = 0;
    for piece in pieces {
        match piece {
            Piece::Old(range) => {
                places.delete(done..range.start, &mut moves);
                done = range.end;
            }
            Piece::New(text) => moves.push((places.after(done), Move::Insert(text))),
        }
    }
    places.delete(done..then.text.len(), &mut moves);
    // Stable: at one place insertions keep their order, and come before the deletion of what follows them.
    moves.sort_by_key(|(at, step)| (*at, matches!(step, Move::Delete(_))));
    let mut moved: Vec<Edit> = Vec::new();
    for (at, step) in moves.into_iter().rev() {
        push_move(&mut moved, at, step);
    }
    moved.extend(facts);
    Ok(moved)
}

/// The splices that lead from one text to another of the same document, last place first.
///
/// What both have stands in both in the same order, so one walk through them finds all.
pub(super) fn difference(then: &Characters, now: &Characters) -> Vec<Edit> {
    let names = |of: &Characters| {
        of.names
            .iter()
            .map(|(name, _)| *name)
            .collect::<BTreeSet<_>>()
    };
    let (in_then, in_now) = (names(then), names(now));
    let (mut old, mut new) = (0, 0);
    let mut splices = Vec::new();
    while old < then.names.len() || new < now.names.len() {
        let (from_old, from_new) = (old, new);
        while then
            .names
            .get(old)
            .is_some_and(|(name, _)| !in_now.contains(name))
        {
            old += 1;
        }
        while now
            .names
            .get(new)
            .is_some_and(|(name, _)| !in_then.contains(name))
        {
            new += 1;
        }
        if old > from_old || new > from_new {
            let at = then.byte(from_old);
            splices.push(Edit::Splice {
                at: BytePos(at),
                delete: ByteCount(then.byte(old) - at),
                insert: now.text[now.byte(from_new)..now.byte(new)].to_owned(),
            });
        }
        (old, new) = (old + 1, new + 1);
    }
    splices.reverse();
    splices
}

/// Adds a move before those already there, joining deletions that touch.
fn push_move(moved: &mut Vec<Edit>, at: usize, step: Move) {
    let at_now = BytePos(at);
    match step {
        Move::Insert(insert) => moved.push(Edit::Splice {
            at: at_now,
            delete: ByteCount(0),
            insert,
        }),
        Move::Delete(bytes) => match moved.last_mut() {
            Some(Edit::Splice {
                at: last,
                delete,
                insert,
            }) if insert.is_empty() && last.0 == at + bytes => {
                *last = at_now;
                delete.0 += bytes;
            }
            _ => moved.push(Edit::Splice {
                at: at_now,
                delete: ByteCount(bytes),
                insert: String::new(),
            }),
        },
    }
}

/// What the edits leave of the old text, with what they put in; and the facts among them.
fn pieces_of(then: &Characters, edits: &[Edit]) -> Result<(Vec<Piece>, Vec<Edit>), EditError> {
    let mut text = then.text.clone();
    let mut pieces = vec![Piece::Old(0..text.len())];
    let mut facts = Vec::new();
    for edit in edits {
        match edit {
            Edit::Splice { at, delete, insert } => {
                let range = check_splice(&text, *at, *delete)?;
                let from = split_at(&mut pieces, range.start);
                let to = split_at(&mut pieces, range.end);
                let new = (!insert.is_empty()).then(|| Piece::New(insert.clone()));
                pieces.splice(from..to, new);
                text.replace_range(range, insert);
            }
            Edit::Fact(_) | Edit::Gather => facts.push(edit.clone()),
        }
    }
    Ok((pieces, facts))
}

/// Makes an edge between two pieces at a byte of the edited text; gives the index of the piece after it.
fn split_at(pieces: &mut Vec<Piece>, at: usize) -> usize {
    let mut from = 0;
    for index in 0..pieces.len() {
        let inside = at - from;
        let length = match &pieces[index] {
            Piece::Old(range) => range.len(),
            Piece::New(text) => text.len(),
        };
        if inside == 0 {
            return index;
        }
        if inside < length {
            let rest = match &mut pieces[index] {
                Piece::Old(range) => {
                    let middle = range.start + inside;
                    let rest = Piece::Old(middle..range.end);
                    range.end = middle;
                    rest
                }
                Piece::New(text) => Piece::New(text.split_off(inside)),
            };
            pieces.insert(index + 1, rest);
            return index + 1;
        }
        from += length;
    }
    pieces.len()
}

/// Where the characters of the old text are now.
struct Places<'t> {
    then: &'t Characters,
    /// Byte range now of each old character, where it is still there.
    now: Vec<Option<Range<usize>>>,
    /// Where a character of the old text stood that is gone now, by the byte it began at.
    stood: &'t dyn Fn(usize) -> usize,
}

impl<'t> Places<'t> {
    fn new(then: &'t Characters, now: &Characters, stood: &'t dyn Fn(usize) -> usize) -> Self {
        let ends = now
            .names
            .iter()
            .skip(1)
            .map(|(_, from)| *from)
            .chain([now.text.len()]);
        let places: BTreeMap<OpName, Range<usize>> = now
            .names
            .iter()
            .zip(ends)
            .map(|((name, from), end)| (*name, *from..end))
            .collect();
        let now = then
            .names
            .iter()
            .map(|(name, _)| places.get(name).cloned())
            .collect();
        Self { then, now, stood }
    }

    /// Index of the old character that begins at or after a byte of the old text.
    fn index(&self, at: usize) -> usize {
        self.then.names.partition_point(|(_, from)| *from < at)
    }

    /// The byte now that corresponds to a byte of the old text: right behind the character before it, or where that
    /// one stood.
    fn after(&self, at: usize) -> usize {
        let Some(before) = self.index(at).checked_sub(1) else {
            return 0;
        };
        match &self.now[before] {
            Some(range) => range.end,
            None => (self.stood)(self.then.names[before].1),
        }
    }

    fn delete(&self, range: Range<usize>, moves: &mut Vec<(usize, Move)>) {
        for place in self.now[self.index(range.start)..self.index(range.end)]
            .iter()
            .flatten()
        {
            moves.push((place.start, Move::Delete(place.len())));
        }
    }
}
