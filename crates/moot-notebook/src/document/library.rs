//! The library's document, worked on in place, and what brings it back where a work on it fails.
//!
//! Owns the promise that an attempt either succeeds or never was. A copy costs by the number of changes in the document, so one
//! serves many attempts. What failed is made anew from the copy and the changes since: the library is never asked to undo what
//! it may have failed in the middle of.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change};

use crate::limits::{KEPT_BYTES_MAX, KEPT_CHANGES_MAX};
use crate::outcome::Refusal;

/// What came of a work on the document: an answer, and the changes that it brought in, each after what it follows.
pub(super) type Done<T> = (T, Vec<Change>);

/// The library's document.
#[derive(Debug, Clone)]
pub(super) struct Library {
    now: Automerge,
    kept: Option<Kept>,
    is_lost: bool,
    /// Tests make so many attempts fail, each when all of its work is done.
    #[cfg(test)]
    pub(super) failing: usize,
}

/// What the document is made of again.
#[derive(Debug, Clone)]
struct Kept {
    /// The document as it once was. Nothing works on it.
    copy: Box<Automerge>,
    /// What came since.
    since: Vec<Change>,
    bytes: usize,
}

impl Library {
    pub(super) fn new(now: Automerge) -> Self {
        Self {
            now,
            kept: None,
            is_lost: false,
            #[cfg(test)]
            failing: 0,
        }
    }

    /// The document as it is.
    pub(super) fn now(&self) -> &Automerge {
        &self.now
    }

    /// Whether it could not be brought back after a failure: it is older than it was, and nothing works on it any more.
    pub(super) fn is_lost(&self) -> bool {
        self.is_lost
    }

    /// Works on the document. Where that fails, also by a panic, the document is what it was before.
    pub(super) fn attempt<T>(
        &mut self,
        work: impl FnOnce(&mut Automerge) -> Result<Done<T>, Refusal>,
    ) -> Result<T, Refusal> {
        if self.is_lost {
            return Err(Refusal::Undecodable);
        }
        let mut kept = match self.kept.take() {
            Some(kept) if kept.serves() => kept,
            _ => Kept::of(&self.now),
        };
        let heads = self.now.get_heads();
        let done = catch_unwind(AssertUnwindSafe(|| {
            let done = work(&mut self.now);
            #[cfg(test)]
            fail(&mut self.failing)?;
            done
        }));
        match done.unwrap_or(Err(Refusal::Undecodable)) {
            Ok((answer, changes)) => {
                kept.add(changes);
                self.kept = kept.serves().then_some(kept);
                Ok(answer)
            }
            Err(why) => {
                self.bring_back(&kept, &heads);
                Err(why)
            }
        }
    }

    fn bring_back(&mut self, kept: &Kept, heads: &[automerge::ChangeHash]) {
        let back = kept.again().filter(|back| back.get_heads() == heads);
        self.is_lost = back.is_none();
        self.now = back.unwrap_or_else(|| (*kept.copy).clone());
        // Where one failed another may: the next is brought back without going through the changes again.
        self.kept = Some(Kept::of(&self.now));
    }
}

impl Kept {
    fn of(library: &Automerge) -> Self {
        Self {
            copy: Box::new(library.clone()),
            since: Vec::new(),
            bytes: 0,
        }
    }

    /// Whether little enough has come since.
    fn serves(&self) -> bool {
        self.since.len() <= KEPT_CHANGES_MAX && self.bytes <= KEPT_BYTES_MAX
    }

    fn add(&mut self, changes: Vec<Change>) {
        let bytes = changes.iter().map(|change| change.raw_bytes().len());
        self.bytes += bytes.sum::<usize>();
        self.since.extend(changes);
    }

    /// The document with all that came; none where the library fails on what it took before.
    fn again(&self) -> Option<Automerge> {
        catch_unwind(AssertUnwindSafe(|| {
            let mut library = (*self.copy).clone();
            library.apply_changes(self.since.clone()).ok()?;
            Some(library)
        }))
        .ok()
        .flatten()
    }
}

/// Fails in one of two ways.
#[cfg(test)]
fn fail(failing: &mut usize) -> Result<(), Refusal> {
    if *failing == 0 {
        return Ok(());
    }
    *failing -= 1;
    if failing.is_multiple_of(2) {
        // As a panic does, without its words among those of the tests.
        std::panic::resume_unwind(Box::new(()));
    }
    Err(Refusal::Undecodable)
}

#[cfg(test)]
mod tests {
    use automerge::ReadDoc;
    use automerge::transaction::{CommitOptions, Transactable};

    use super::*;
    use crate::base;

    fn type_in(library: &mut Automerge, at: usize, text: &str) -> Result<Done<()>, Refusal> {
        let mut transaction = library.transaction();
        transaction.splice_text(base::body(), at, 0, text).unwrap();
        let (hash, _) = transaction.commit_with(CommitOptions::default());
        let change = library.get_change_by_hash(&hash.unwrap());
        Ok(((), change.into_iter().collect()))
    }

    fn text(library: &Library) -> String {
        library.now().text(base::body()).unwrap()
    }

    #[test]
    fn what_was_left_in_the_middle_is_gone() {
        let mut library = Library::new(base::document());
        library.attempt(|now| type_in(now, 0, "before")).unwrap();
        let left = library.attempt(|now| -> Result<Done<()>, Refusal> {
            type_in(now, 3, "whole").unwrap();
            let mut transaction = now.transaction();
            transaction.splice_text(base::body(), 0, 5, "half").unwrap();
            std::mem::forget(transaction);
            Err(Refusal::Empty)
        });
        assert_eq!(left, Err(Refusal::Empty));
        assert_eq!(text(&library), "before");
        library.attempt(|now| type_in(now, 6, ", after")).unwrap();
        assert_eq!(text(&library), "before, after");
        let mut other = base::document();
        other.apply_changes(library.now().get_changes(&[])).unwrap();
        assert_eq!(other.get_heads(), library.now().get_heads());
    }

    #[test]
    fn a_document_that_cannot_be_brought_back_is_not_worked_on_again() {
        let mut library = Library::new(base::document());
        // It says of a change that it brought in that it did not.
        let hidden = library.attempt(|now| {
            type_in(now, 0, "hidden")?;
            Ok(((), Vec::new()))
        });
        assert_eq!(hidden, Ok(()));
        let failed = library.attempt(|_| -> Result<Done<()>, Refusal> { Err(Refusal::Empty) });
        assert_eq!(failed, Err(Refusal::Empty));
        assert!(library.is_lost());
        let again = library.attempt(|now| type_in(now, 0, "more"));
        assert_eq!(again, Err(Refusal::Undecodable));
        assert_eq!(text(&library), "");
    }

    #[test]
    fn one_copy_serves_many_attempts_and_not_for_ever() {
        let mut library = Library::new(base::document());
        for _ in 0..=KEPT_CHANGES_MAX {
            library.attempt(|now| type_in(now, 0, "x")).unwrap();
        }
        assert!(library.kept.is_none(), "it is copied again at the next");
        library.attempt(|now| type_in(now, 0, "x")).unwrap();
        let since = |library: &Library| library.kept.as_ref().map(|kept| kept.since.len());
        assert_eq!(since(&library), Some(1));
        let long = "x".repeat(KEPT_BYTES_MAX);
        library.attempt(|now| type_in(now, 0, &long)).unwrap();
        assert!(library.kept.is_none(), "much came at once");
    }
}
