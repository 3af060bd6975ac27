//! What goes into a document from outside and what came of it. Owns the words for refusing; the rules are ingest's.

use thiserror::Error;

use crate::fact::{FactDraft, WordsError};
use crate::id::{ActorId, ByteCount, BytePos, ChangeHash, FactId};

/// A change as it came, with what its entry proves about it.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// One raw change chunk.
    pub bytes: &'a [u8],
    /// The one actor that the entry it came in may write as.
    pub actor: ActorId,
    /// Where it stands in a log; `None` for what was pushed live and is in no log yet.
    pub rank: Option<LogRank>,
}

/// A place in a log, for the rule about two changes with one number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogRank {
    /// The log.
    pub log: [u8; 32],
    /// The entry's number in it.
    pub seq: u64,
    /// Which change of that entry, from 0.
    pub index: u32,
}

/// What came of a batch: only what this call changed. Lists are in no promised order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ingested {
    /// Now part of the document, whether it came with this batch or waited from an earlier one.
    pub applied: Vec<ChangeHash>,
    /// Came with this batch and waits for others.
    pub pending: Vec<Pending>,
    /// Now refused, with what depends on it.
    pub quarantined: Vec<Quarantined>,
    /// Now put aside: sound, but another with the same number stands.
    pub aside: Vec<ChangeHash>,
    /// Two changes have one number, and this call did not choose. Make the document anew with
    /// [`Document::from_set`](crate::Document::from_set) from everything that any entry holds for it. A snapshot forgets
    /// what was put aside: offering it again after a load asks again, so remember it beside the snapshot.
    pub rebuild: bool,
    /// The document takes nothing more: see [`Document::read_only`](crate::Document::read_only).
    pub read_only: bool,
}

/// A change that waits for others. It is kept in memory only: after a load, offer it again.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pending {
    /// The change.
    pub hash: ChangeHash,
    /// What it follows and is not here.
    pub missing: Vec<ChangeHash>,
}

/// A change that is refused for good.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quarantined {
    /// The change, by [`ChangeHash::of_chunk`].
    pub hash: ChangeHash,
    /// Why. With [`Refusal::WrongActor`] only this posting is refused: the same change may come, and count, from its
    /// own log.
    pub why: Refusal,
}

/// Why a change is refused. A function of its bytes and of what it follows, except [`WrongActor`](Self::WrongActor),
/// which is about the entry it came in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Error)]
pub enum Refusal {
    /// Larger than any honest change.
    #[error("it is {bytes} bytes long")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// More operations than any honest change.
    #[error("it holds too many operations")]
    TooManyOps,
    /// It follows more changes than any honest one.
    #[error("it follows {deps} changes directly")]
    TooManyDeps {
        /// How many.
        deps: usize,
    },
    /// Not exactly one uncompressed change chunk, well formed throughout.
    #[error("malformed: {what}")]
    Malformed {
        /// What was being read.
        what: &'static str,
    },
    /// Its checksum is not that of its bytes.
    #[error("its checksum does not fit")]
    Checksum,
    /// It holds no operation.
    #[error("it does nothing")]
    Empty,
    /// It carries a message, an author or other bytes, for which there is no use here.
    #[error("it carries something besides operations")]
    Extra,
    /// Encoded otherwise than the one way: a snapshot could not give back its hash.
    #[error("it is not encoded the one way")]
    NotCanonical,
    /// The library panicked while decoding it.
    #[error("it cannot be decoded")]
    Undecodable,
    /// Its actor is not the one that its entry may write as.
    #[error("written as {claimed}, in an entry that may write as {proven}")]
    WrongActor {
        /// The actor it claims.
        claimed: ActorId,
        /// The actor that its entry may write as.
        proven: ActorId,
    },
    /// Its number is not one more than its actor's last in what it follows.
    #[error("number {found} of its actor, where {expected} comes next")]
    Seq {
        /// The number it has.
        found: u64,
        /// The number that would be right.
        expected: u64,
    },
    /// Its operations are not numbered on from what it follows.
    #[error("operations from {found}, where {expected} comes next")]
    StartOp {
        /// The number it starts with.
        found: u64,
        /// The number that would be right.
        expected: u64,
    },
    /// It follows both of two changes with one number.
    #[error("it follows two changes of one actor with one number")]
    ForkedPast,
    /// An operation that is neither a fact nor plain text.
    #[error("operation {index} is neither a fact nor text")]
    Operation {
        /// Which, from 0.
        index: usize,
    },
    /// An operation on something that what it follows does not hold.
    #[error("operation {index} refers to what its past does not hold")]
    Reference {
        /// Which, from 0.
        index: usize,
    },
    /// A fact overwritten or taken out.
    #[error("operation {index} overwrites a fact")]
    Overwrites {
        /// Which, from 0.
        index: usize,
    },
    /// A fact under an id that is not its own, or too long.
    #[error("operation {index} is a fact under another id, or too long")]
    FactId {
        /// Which, from 0.
        index: usize,
    },
    /// It follows a refused change.
    #[error("it follows a refused change")]
    Follows,
}

/// One thing to do to a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Takes out and puts in text at one place. Each splice counts in the text as those before it left it.
    Splice {
        /// Where.
        at: BytePos,
        /// How much to take out from there on.
        delete: ByteCount,
        /// What to put in.
        insert: String,
    },
    /// States a fact.
    Fact(FactDraft),
    /// Ties all heads together, so that one names them all.
    Gather,
}

/// A change made here, to be journalled before anything is called saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// The raw change chunk.
    pub bytes: Vec<u8>,
}

/// Why an edit was not made. Nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EditError {
    /// The document takes no more changes.
    #[error("this document is read-only: something in it could not be applied")]
    ReadOnly,
    /// A splice outside the text.
    #[error("byte {at} is beyond the end of the text, which has {length}")]
    BeyondEnd {
        /// Where.
        at: usize,
        /// The length of the text there.
        length: usize,
    },
    /// A splice that would cut a character in two.
    #[error("byte {at} is inside a character")]
    InsideCharacter {
        /// Where.
        at: usize,
    },
    /// The text would be too long.
    #[error("the text would be {bytes} bytes long; at most {max} are possible")]
    TooLong {
        /// How long it would be.
        bytes: usize,
        /// What is possible.
        max: usize,
    },
    /// A fact that may not be written.
    #[error("a fact may not be written: {why}")]
    Fact {
        /// Its id.
        id: FactId,
        /// Why.
        #[source]
        why: WordsError,
    },
    /// A version that this document does not hold.
    #[error("this document does not hold {hash}")]
    UnknownVersion {
        /// The head that is not here.
        hash: ChangeHash,
    },
    /// The change would have been refused by others, or the library failed. A bug: nothing was changed.
    #[error("the edit could not be made: {why}")]
    Internal {
        /// What others would say.
        #[source]
        why: Refusal,
    },
}

/// Why a snapshot was not taken up.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    /// Not a snapshot, or damaged.
    #[error("the snapshot is damaged: {why}")]
    Damaged {
        /// What the library says.
        why: String,
    },
    /// A document, but not one of ours.
    #[error("the snapshot holds {hash}, which no document of ours does")]
    Foreign {
        /// The first change that does not belong.
        hash: ChangeHash,
    },
}

/// Why a snapshot could not be made. The one before stays good.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// What would be saved could not be loaded again.
    #[error("a snapshot could not be loaded again; {change} is the first change that spoils it")]
    Unloadable {
        /// The first change, in history order, with which it fails.
        change: ChangeHash,
    },
}

/// Why a text of another time cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("this document does not hold {hash}")]
pub struct UnknownVersion {
    /// The head that is not here.
    pub hash: ChangeHash,
}
