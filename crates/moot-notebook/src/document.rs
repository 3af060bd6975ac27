//! One document: its facts, its co-edited text, and how changes come into it.
//!
//! Owns the library that merges; nothing of it shows outside. Never draws random bytes, reads a clock, or takes in a
//! byte from elsewhere that ingest has not judged.

use crate::fact::Facts;
use crate::id::{ActorId, ChangeHash, FactId, Version};
use crate::outcome::{
    Edit, EditError, Incoming, Ingested, LoadError, LocalChange, Pending, Quarantined,
    SnapshotError, UnknownVersion,
};
use crate::state::BodyInfo;

/// One change in a document's history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The change.
    pub change: ChangeHash,
    /// Who made it.
    pub actor: ActorId,
    /// What their clock said.
    pub at_ms: i64,
    /// The version right after it, as its author saw it.
    pub version: Version,
    /// Characters it put in.
    pub inserted_chars: usize,
    /// Characters it took out.
    pub deleted_chars: usize,
    /// Facts it stated.
    pub facts: Vec<FactId>,
}

/// A run of text by one author at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlameSpan {
    /// Who wrote it.
    pub actor: ActorId,
    /// What their clock said.
    pub at_ms: i64,
    /// The change it came with.
    pub change: ChangeHash,
    /// The text.
    pub text: String,
}

/// A document of a notebook.
pub struct Document {}

impl Document {
    /// A document in which nothing has been said: the one first change that all documents share.
    #[must_use]
    pub fn new() -> Self {
        unimplemented!()
    }
    /// Takes up a snapshot that [`snapshot`](Self::snapshot) made. What was pending or refused then is not in it.
    ///
    /// # Errors
    /// `Damaged` or `Foreign`; then make it anew with [`from_set`](Self::from_set).
    pub fn load(_snapshot: &[u8]) -> Result<Self, LoadError> {
        unimplemented!()
    }
    /// The document in one piece, tried before it is handed out.
    ///
    /// # Errors
    /// `Unloadable`: keep the snapshot before.
    pub fn snapshot(&self) -> Result<Vec<u8>, SnapshotError> {
        unimplemented!()
    }
    /// The changes that no other follows, sorted.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        unimplemented!()
    }
    /// The version that stands now.
    #[must_use]
    pub fn version(&self) -> Version {
        Version::of_heads(&self.heads())
    }
    /// Whether a change is part of the document.
    #[must_use]
    pub fn has(&self, _change: &ChangeHash) -> bool {
        unimplemented!()
    }
    /// Judges changes that somebody signed, in any order, and takes in what is sound and complete.
    pub fn ingest(&mut self, _batch: &[Incoming<'_>]) -> Ingested {
        unimplemented!()
    }
    /// The document that a set of changes makes, whatever their order.
    #[must_use]
    pub fn from_set(_changes: &[Incoming<'_>]) -> (Self, Ingested) {
        unimplemented!()
    }
    /// Why nothing more is taken in: the first change at which the library failed. `None` for a sound document.
    #[must_use]
    pub fn read_only(&self) -> Option<ChangeHash> {
        unimplemented!()
    }
    /// All that wait for others.
    #[must_use]
    pub fn pending(&self) -> Vec<Pending> {
        unimplemented!()
    }
    /// All that are refused.
    #[must_use]
    pub fn quarantined(&self) -> Vec<Quarantined> {
        unimplemented!()
    }
    /// All that are put aside because another with the same number stands.
    #[must_use]
    pub fn aside(&self) -> Vec<ChangeHash> {
        unimplemented!()
    }
    /// Makes edits as one commit of `actor`, in as many changes as their size needs.
    ///
    /// # Errors
    /// Nothing was changed.
    pub fn edit(
        &mut self,
        _actor: ActorId,
        _at_ms: i64,
        _edits: &[Edit],
    ) -> Result<Vec<LocalChange>, EditError> {
        unimplemented!()
    }
    /// Makes edits that were meant for the text as it was at `base`: what came since stays.
    ///
    /// # Errors
    /// Nothing was changed.
    pub fn edit_at(
        &mut self,
        _base: &[ChangeHash],
        _actor: ActorId,
        _at_ms: i64,
        _edits: &[Edit],
    ) -> Result<Vec<LocalChange>, EditError> {
        unimplemented!()
    }
    /// The text as it is.
    #[must_use]
    pub fn text(&self) -> String {
        unimplemented!()
    }
    /// The text as it was at `heads`.
    ///
    /// # Errors
    /// A head that is not here.
    pub fn text_at(&self, _heads: &[ChangeHash]) -> Result<String, UnknownVersion> {
        unimplemented!()
    }
    /// Every change, each after what it follows; the same order on every machine.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryRow> {
        unimplemented!()
    }
    /// The heads of a version: the one now, or the one right after a change.
    #[must_use]
    pub fn heads_of_version(&self, _version: Version) -> Option<Vec<ChangeHash>> {
        unimplemented!()
    }
    /// The text with who wrote which part of it.
    #[must_use]
    pub fn blame(&self) -> Vec<BlameSpan> {
        unimplemented!()
    }
    /// Every fact, by id.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        unimplemented!()
    }
    /// The facts that no other follows: what a new fact names in `after`.
    #[must_use]
    pub fn fact_heads(&self) -> Vec<FactId> {
        unimplemented!()
    }
    /// What a note's state needs to know of the text.
    #[must_use]
    pub fn body_info(&self) -> BodyInfo {
        unimplemented!()
    }
}
