//! What the engine does for editors of one text, as small as can be: it carries each batch over what came since its base, and tells all.

use std::collections::VecDeque;

use moot_engine::text::{Splice, rebase};

use super::super::{Outgoing, Patch};
use super::Editor;

/// Who wrote a byte.
pub(super) type Author = u64;

/// The author of what was there from the start.
pub(super) const NOBODY: Author = 0;

#[derive(Debug)]
pub(super) struct Server {
    pub(super) text: String,
    /// Who put each byte in.
    pub(super) authors: Vec<Author>,
    history: Vec<Vec<Splice>>,
    /// Patches on their way to each editor, the first named 1.
    pub(super) on_the_way: Vec<VecDeque<Patch>>,
}

impl Server {
    pub(super) fn new(text: &str, editors: usize) -> Self {
        Self {
            text: text.to_owned(),
            authors: vec![NOBODY; text.len()],
            history: Vec::new(),
            on_the_way: vec![VecDeque::new(); editors],
        }
    }

    pub(super) fn open(&self, editor: Author) -> Editor {
        Editor::open(&self.text, self.revision(), editor)
    }

    pub(super) fn revision(&self) -> u64 {
        self.history.len() as u64
    }

    pub(super) fn take(&mut self, editor: Author, outgoing: Outgoing) {
        let since = usize::try_from(outgoing.base).expect("a base");
        let mut splices = outgoing.splices;
        for theirs in &self.history[since..] {
            (splices, _) = rebase(&splices, theirs);
        }
        for Splice { at, delete, insert } in &splices {
            self.text.replace_range(*at..at + delete, insert);
            self.authors
                .splice(*at..at + delete, std::iter::repeat_n(editor, insert.len()));
        }
        self.history.push(splices.clone());
        let patch = Patch {
            revision: self.revision(),
            editor: Some(editor),
            splices,
            by: None,
        };
        for queue in &mut self.on_the_way {
            queue.push_back(patch.clone());
        }
    }
}
