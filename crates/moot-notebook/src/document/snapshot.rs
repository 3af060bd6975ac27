//! A document in one piece, and back. Owns the test that a snapshot can be loaded before anybody relies on it.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, LoadOptions, OnPartialLoad, ReadDoc, TextEncoding};

use super::Document;
use super::library::Library;
use crate::base;
use crate::change::Decoded;
use crate::graph::Place;
use crate::id::ChangeHash;
use crate::outcome::{LoadError, SnapshotError};

impl Document {
    /// The document in one piece, loaded once for proof before it is handed out.
    ///
    /// Holds what is applied: not what is pending, refused or put aside.
    ///
    /// # Errors
    /// `Unloadable`: keep the snapshot before, and everything that has come since.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        if let Some(bytes) = saved(self.library.now()).filter(|_| !self.library.is_lost()) {
            return Ok(bytes);
        }
        let mut changes: Vec<Change> = self.library.now().get_changes(&[]);
        changes.sort_by_key(|change| (change.start_op(), change.hash()));
        let (mut good, mut bad) = (0, changes.len());
        while good + 1 < bad {
            let middle = usize::midpoint(good, bad);
            if is_loadable(&changes[..middle]) {
                good = middle
            } else {
                bad = middle
            }
        }
        let change = changes
            .get(bad.saturating_sub(1))
            .map_or(ChangeHash([0; 32]), |change| ChangeHash(change.hash().0));
        Err(SnapshotError::Unloadable { change })
    }

    /// Takes up a snapshot that [`snapshot`](Self::snapshot) made.
    ///
    /// What was pending, refused or put aside then is not in it: offer it to [`ingest`](Self::ingest) again.
    ///
    /// # Errors
    /// `Damaged` where it cannot be read, `Foreign` where a change in it would be refused; then make the document anew
    /// with [`from_set`](Self::from_set).
    pub fn load(snapshot: &[u8]) -> Result<Self, LoadError> {
        let library = read(snapshot).map_err(|why| LoadError::Damaged { why })?;
        let mut document = Self::new();
        let mut changes = library.get_changes(&[]);
        changes.sort_by_key(|change| (change.start_op(), change.hash()));
        let first = changes.first().map(|change| ChangeHash(change.hash().0));
        if first != Some(document.graph.node(0).hash) {
            return Err(LoadError::Foreign {
                hash: first.unwrap_or(ChangeHash([0; 32])),
            });
        }
        for change in &changes[1..] {
            document.reinstate(change).ok_or(LoadError::Foreign {
                hash: ChangeHash(change.hash().0),
            })?;
        }
        document.heads = library
            .get_heads()
            .iter()
            .map(|head| ChangeHash(head.0))
            .collect();
        document.text = library
            .text(base::body())
            .map_err(|why| LoadError::Damaged {
                why: why.to_string(),
            })?;
        document.library = Library::new(library);
        Ok(document)
    }

    /// Puts a change of a snapshot back into the graph, judged as when it first came.
    fn reinstate(&mut self, change: &Change) -> Option<()> {
        let decoded = Decoded::from_bytes(change.raw_bytes()).ok()?;
        if decoded
            .outside
            .deps
            .iter()
            .any(|dep| self.graph.find(dep).is_none())
        {
            return None;
        }
        let index = self.graph.admit(&decoded).ok()?;
        if self.graph.has_rival(index) {
            return None;
        }
        self.graph.set_place(index, Place::Applied);
        self.count_in(index, decoded.facts);
        Some(())
    }
}

/// Reads a snapshot, library's panics included.
fn read(snapshot: &[u8]) -> Result<Automerge, String> {
    let options = || {
        LoadOptions::new()
            .on_partial_load(OnPartialLoad::Error)
            .text_encoding(TextEncoding::Utf8CodeUnit)
    };
    let mut library = catch_unwind(AssertUnwindSafe(|| {
        Automerge::load_with_options(snapshot, options())
    }))
    .map_err(|_| "the library panicked".to_owned())?
    .map_err(|why| why.to_string())?;
    // Loading drew a random actor.
    library.set_actor(base::library_actor(&base::ACTOR));
    Ok(library)
}

/// The bytes of a document, if they can be loaded again and give the same heads.
fn saved(library: &Automerge) -> Option<Vec<u8>> {
    let bytes = catch_unwind(AssertUnwindSafe(|| library.save())).ok()?;
    let again = read(&bytes).ok()?;
    let heads = |library: &Automerge| library.get_heads().into_iter().collect::<BTreeSet<_>>();
    (heads(&again) == heads(library)).then_some(bytes)
}

fn is_loadable(changes: &[Change]) -> bool {
    let built = catch_unwind(AssertUnwindSafe(|| {
        let mut library = base::document();
        library
            .apply_changes(changes.iter().cloned())
            .ok()
            .map(|()| library)
    }));
    built
        .ok()
        .flatten()
        .is_some_and(|library| saved(&library).is_some())
}
