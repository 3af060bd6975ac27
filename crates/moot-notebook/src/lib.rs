//! The documents of a notebook: facts to state, and the co-edited text.
//!
//! Owns what is in a document, which changes may come into it, and what its facts mean. Never touches keys, files,
//! sockets, clocks or randomness, and shows nothing of the library that merges. The formats are in
//! docs/documents.md.

pub mod limits;

mod attribution;
mod base;
mod change;
mod chunk;
mod document;
mod fact;
mod graph;
mod id;
mod outcome;
mod replace;
mod state;

pub use attribution::{Attribution, Author};
pub use document::{BlameSpan, Document, HistoryRow};
pub use fact::{
    Fact, FactBody, FactDraft, FactEntry, Facts, Insertion, LinkKind, NoteKind, WordsError,
};
pub use id::{
    ActorId, ByteCount, BytePos, ChangeHash, DeviceId, DocId, FactId, HexError, PersonId, Version,
    group_doc_id,
};
pub use outcome::{
    Edit, EditError, Incoming, Ingested, LoadError, LocalChange, LogRank, Pending, Quarantined,
    Refusal, SnapshotError, UnknownVersion,
};
pub use replace::replace_whole;
pub use state::{
    BodyInfo, Created, Digest, DocumentKind, GroupState, Ignored, IgnoredWhy, Imported, Link,
    NewerFact, NoteState, Slot, SlotValue, Source, Standing, Tag, document_kind, group_state,
    note_state, state_digest,
};
