//! One fact: something a person stated in a document, never changed afterwards.
//!
//! Owns what facts there are, their limits and their ids; `encoding` owns their bytes. Never decides what facts
//! together mean: that is the state functions'. The format is drawn in docs/documents.md.

mod encoding;
pub(crate) mod field;
pub(crate) mod meeting;
pub(crate) mod role;
mod words;

#[cfg(test)]
mod tests;

use crate::id::{ActorId, ChangeHash, DocId, FactId};
pub use field::{Line, Paragraph};
pub use meeting::MeetingFact;
pub use role::{RoleFact, RotaFact};
pub use words::WordsError;

/// What kind of note somebody began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoteKind {
    /// Anything.
    Note,
    /// A practice: something the group does, with its sources.
    Practice,
    /// An experiment: what is tried, until when, what was seen.
    Experiment,
}

/// How one document refers to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkKind {
    /// Related reading.
    SeeAlso,
    /// An answer to it.
    RespondsTo,
    /// A case of it.
    ExampleOf,
}

/// What a fact states, by tag. Texts are checked by [`FactBody::check`] before writing and again on reading.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactBody {
    /// The document's title is this.
    Title {
        /// One line, any script.
        text: String,
    },
    /// The document is put away, by somebody who had seen the text at these heads and no further.
    Deleted {
        /// The heads of the document that its author saw.
        seen: Vec<ChangeHash>,
    },
    /// The document is taken back from those put away.
    Restored,
    /// The body was taken from a file.
    Imported {
        /// Where the file was, relative to the folder that was imported, with `/` between names.
        path: String,
        /// BLAKE3 of the file's bytes as they were.
        digest: [u8; 32],
    },
    /// The document is about this.
    Tag {
        /// One line.
        text: String,
    },
    /// The document refers to another.
    Link {
        /// In which way.
        kind: LinkKind,
        /// To which.
        to: DocId,
    },
    /// The document draws on something from outside.
    Source {
        /// The citation: enough to be of use when the address is dead.
        citation: String,
        /// Where it was found.
        url: Option<String>,
    },
    /// An earlier tag, link or source no longer applies.
    Retract {
        /// That fact.
        of: FactId,
    },
    /// Somebody began this document as a note.
    NoteCreated {
        /// Of this kind.
        kind: NoteKind,
    },
    /// The notebook is called this.
    NotebookName {
        /// One line.
        text: String,
    },
    /// The group's purpose is this.
    Purpose {
        /// A paragraph.
        text: String,
    },
    /// Its author wants to be called this. Nobody can say it for another: there is no field for whom.
    ProfileName {
        /// One line.
        text: String,
    },
    /// About a meeting.
    Meeting(MeetingFact),
    /// About who does what: in a meeting, or for a term.
    Role(RoleFact),
    /// About roles, for all meetings to come.
    Rota(RotaFact),
    /// Something a newer program wrote: kept, forwarded, and shown as such.
    Newer {
        /// Its tag, which may be known while a value in it is not.
        tag: u32,
    },
}

/// One fact as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What its author's clock said, in milliseconds since 1970 UTC: shown, and never what decides.
    pub at_ms: i64,
    /// The latest facts its author knew in this document: the only order there is.
    pub after: Vec<FactId>,
    /// Makes two facts that state the same different.
    pub nonce: [u8; 8],
    /// What it states.
    pub body: FactBody,
}

/// A fact about to be written: its time is that of the edit it goes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactDraft {
    /// The heads of the facts known here, as [`Document::fact_heads`](crate::Document::fact_heads) gives them.
    pub after: Vec<FactId>,
    /// Eight random bytes: drawn by the caller, for this crate draws none.
    pub nonce: [u8; 8],
    /// What it states.
    pub body: FactBody,
}

/// A fact, its bytes as they were signed, and everybody who put it there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactEntry {
    /// Its id: the hash of `bytes`.
    pub id: FactId,
    /// The bytes as they were written, whether or not this program can read them.
    pub bytes: Vec<u8>,
    /// What they say, or `None` where they are no well-formed fact: kept, forwarded, and counted as nothing.
    pub fact: Option<Fact>,
    /// Who inserted it, in which change. Each is judged as its author's own.
    pub inserted: Vec<Insertion>,
}

/// One time that a fact was put into a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Insertion {
    /// By whom.
    pub actor: ActorId,
    /// In which change.
    pub change: ChangeHash,
}

/// Facts of one document, by id.
pub type Facts = std::collections::BTreeMap<FactId, FactEntry>;

impl FactId {
    /// The id of a fact with these bytes.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let hash = blake3::derive_key("moot 2026 fact v1", bytes);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Self(id)
    }
}

impl FactDraft {
    /// The fact it becomes when written at `at_ms`.
    #[must_use]
    pub fn at(&self, at_ms: i64) -> Fact {
        let mut after = self.after.clone();
        after.sort_unstable();
        after.dedup();
        Fact {
            at_ms,
            after,
            nonce: self.nonce,
            body: self.body.clone(),
        }
    }

    /// The id it will have when written at `at_ms`, for another fact of the same edit to follow.
    #[must_use]
    pub fn id(&self, at_ms: i64) -> FactId {
        FactId::of_bytes(&self.at(at_ms).encode())
    }
}

impl NoteKind {
    /// The number that stands for it in a fact.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::Note => 0,
            Self::Practice => 1,
            Self::Experiment => 2,
        }
    }

    /// The kind with this number, if there is one yet.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::Note),
            1 => Some(Self::Practice),
            2 => Some(Self::Experiment),
            _ => None,
        }
    }
}

impl LinkKind {
    /// The number that stands for it in a fact.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::SeeAlso => 0,
            Self::RespondsTo => 1,
            Self::ExampleOf => 2,
        }
    }

    /// The kind with this number, if there is one yet.
    #[must_use]
    pub const fn from_number(number: u32) -> Option<Self> {
        match number {
            0 => Some(Self::SeeAlso),
            1 => Some(Self::RespondsTo),
            2 => Some(Self::ExampleOf),
            _ => None,
        }
    }
}
