//! What a store must do, in bytes and plain rows, so that it needs to know nothing of what they mean.
//!
//! Owns the traits and the row types between the engine and a store. A machine that decides reads synchronously through
//! [`Reader`] and writes only by handing out a [`Batch`], which its driver gives to [`Store::commit`].

use crate::chain::{Chain, Cut};
use crate::entry::Entry;
use crate::ids::{ChainId, EntryId, LogId, NotebookId};

/// A place for rows, keyed by notebook and bytes. Each holds rows of one kind and nothing else reads meaning into them.
///
/// The numbers are part of the file format: never reuse one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Space {
    /// What belongs to the whole home, under [`HOME`]: the network key, where the home was last seen.
    Home = 0,
    /// A notebook and this device's part in it: genesis, device keys, the log being written.
    Notebook = 1,
    /// Epoch keys, sealed at rest, by key id.
    Key = 2,
    /// What each entry turned out to be once opened, by entry id: what the roster and documents are rebuilt from.
    Opened = 3,
    /// Entries and changes that wait for something, by what they are.
    Pending = 4,
    /// What was refused by ingest or put aside, with the reason.
    Aside = 5,
    /// Which entries touch a document, by document and order of arrival.
    DocEntry = 6,
    /// A document's snapshot and what it covers.
    Snapshot = 7,
    /// A document's computed row: titles, authors, digest, as the list of notes shows them.
    DocRow = 8,
    /// What documents are found by: titles, links between them, imported paths, roles, series, ids within them.
    Link = 9,
    /// Changes that no entry holds yet, one's own and others', by document and order.
    Journal = 10,
    /// Which log, session and device stand behind an actor.
    Actor = 11,
    /// What each other device says it holds, by device and network identity.
    Receipt = 12,
    /// Where devices were last reached.
    Address = 13,
    /// Invites made here, with their secrets, and join requests under way.
    Invite = 14,
    /// What this person has read, by document.
    Read = 15,
    /// What happened that the person should know: copies noticed, branches, quarantine.
    Notice = 16,
    /// What a relay keeps of the notebooks that are enrolled with it, beside their entries.
    Relay = 17,
}

impl Space {
    /// Every space, in the order of the numbers.
    pub const ALL: [Self; 18] = [
        Self::Home,
        Self::Notebook,
        Self::Key,
        Self::Opened,
        Self::Pending,
        Self::Aside,
        Self::DocEntry,
        Self::Snapshot,
        Self::DocRow,
        Self::Link,
        Self::Journal,
        Self::Actor,
        Self::Receipt,
        Self::Address,
        Self::Invite,
        Self::Read,
        Self::Notice,
        Self::Relay,
    ];

    /// Whether the rows can be made again from entries, journal and keys, and are dropped by a rebuild.
    pub fn is_projection(self) -> bool {
        matches!(
            self,
            Self::Opened
                | Self::Pending
                | Self::Aside
                | Self::DocEntry
                | Self::Snapshot
                | Self::DocRow
                | Self::Link
                | Self::Actor
        )
    }
}

/// Stands for the home where a row belongs to no notebook.
pub const HOME: NotebookId = NotebookId([0; 16]);

/// A row's key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// A document as the search index sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indexed {
    /// The document, 16 bytes.
    pub doc: [u8; 16],
    /// What is found under its title; also shown.
    pub title: String,
    /// What is found in it.
    pub text: String,
}

/// One document that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document.
    pub doc: [u8; 16],
    /// Its title as indexed.
    pub title: String,
    /// The passage found, with `\u{2}` before and `\u{3}` after each match, `…` where it was cut.
    pub snippet: String,
    /// How well it fits; higher is better.
    pub score: f64,
}

/// An entry, and where it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntry {
    /// The entry, its body's hash and header rules checked again on reading.
    pub entry: Entry,
    /// The chain in which it is stored.
    pub chain: ChainId,
}

/// Why something could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The store answered with an error of its own.
    #[error("the store cannot be read: {0}")]
    Io(String),
    /// A row is not what it must be.
    #[error("the store is damaged: {0}")]
    Damaged(String),
}

/// Why a batch was not committed. Nothing of it is on disk then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The files may not be written.
    #[error("the store may not be written: {0}")]
    ReadOnly(String),
    /// Something else failed.
    #[error("the store could not be written: {0}")]
    Io(String),
    /// An earlier commit failed; the store must be opened again first.
    #[error(
        "an earlier write failed, so nothing more is written until the notebook is opened again"
    )]
    Poisoned,
}

/// Whether a commit must survive a power cut before it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Durability {
    /// Survives a killed process; a power cut may take it. For what can be computed or fetched again.
    #[default]
    Relaxed,
    /// Is on the disk when the commit returns.
    Synced,
}

/// One write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Keeps the head of a log.
    PutLogInit {
        /// The notebook.
        notebook: NotebookId,
        /// The log that it begins.
        log: LogId,
        /// Its encoded bytes.
        bytes: Vec<u8>,
    },
    /// Keeps an entry in a chain. Entries are never changed, and never removed but by [`Op::Forget`].
    PutEntry {
        /// The notebook.
        notebook: NotebookId,
        /// The chain that it stands in.
        chain: ChainId,
        /// The entry.
        entry: Box<Entry>,
    },
    /// Divides a chain: its entries at and after the cut move to the other chain.
    CutChain {
        /// The notebook.
        notebook: NotebookId,
        /// Where and into what.
        cut: Cut,
    },
    /// Keeps a chain's row, replacing what was there.
    PutChain {
        /// The notebook.
        notebook: NotebookId,
        /// The row.
        chain: Chain,
    },
    /// Drops a chain's row (its entries have all moved).
    RemoveChain {
        /// The notebook.
        notebook: NotebookId,
        /// The chain.
        chain: ChainId,
    },
    /// Keeps a row, replacing what was there.
    Put {
        /// Where.
        space: Space,
        /// The notebook, or [`HOME`].
        notebook: NotebookId,
        /// The key.
        key: Vec<u8>,
        /// The value.
        value: Vec<u8>,
    },
    /// Drops a row; no row is no error.
    Delete {
        /// Where.
        space: Space,
        /// The notebook, or [`HOME`].
        notebook: NotebookId,
        /// The key.
        key: Vec<u8>,
    },
    /// Drops all rows of a space for one notebook.
    Clear {
        /// Where.
        space: Space,
        /// The notebook, or [`HOME`].
        notebook: NotebookId,
    },
    /// Puts a document into the search index, replacing what was there.
    Index {
        /// The notebook.
        notebook: NotebookId,
        /// The document.
        document: Indexed,
    },
    /// Takes a document out of the search index.
    Unindex {
        /// The notebook.
        notebook: NotebookId,
        /// The document.
        doc: [u8; 16],
    },
    /// Drops all that is kept of a notebook: rows, logs, chains, entries. Only a relay does so, with what nobody comes for.
    Forget {
        /// The notebook.
        notebook: NotebookId,
    },
    /// Empties the search index of a notebook.
    ClearIndex {
        /// The notebook.
        notebook: NotebookId,
    },
}

/// Writes that happen together or not at all, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Batch {
    /// The writes.
    pub ops: Vec<Op>,
    /// What the commit promises.
    pub durability: Durability,
}

impl Batch {
    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.ops.is_empty()
    }
}

/// What can be read of a store. Reads see every commit that returned.
pub trait Reader {
    /// A row.
    ///
    /// # Errors
    /// Both variants of [`ReadError`], here and in all other methods.
    fn get(
        &self,
        space: Space,
        notebook: &NotebookId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, ReadError>;

    /// Rows whose keys begin with `prefix` and come after `after` (exclusive), in the order of their keys, at most `limit`.
    fn scan(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, ReadError>;

    /// How many rows a space holds for a notebook.
    fn count(&self, space: Space, notebook: &NotebookId) -> Result<u64, ReadError>;

    /// The heads of all logs of a notebook, in the order of their ids.
    fn log_inits(&self, notebook: &NotebookId) -> Result<Vec<(LogId, Vec<u8>)>, ReadError>;

    /// The chains of a notebook, in the order of their ids.
    fn chains(&self, notebook: &NotebookId) -> Result<Vec<Chain>, ReadError>;

    /// An entry by its id.
    fn entry(&self, notebook: &NotebookId, id: &EntryId) -> Result<Option<StoredEntry>, ReadError>;

    /// Where an entry is stored, without reading it.
    fn locate(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError>;

    /// The entry at a position of a chain, without reading it.
    fn entry_at(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError>;

    /// Entries of a chain from a position on, in order, until `bytes_max` of headers and bodies are reached; at least one
    /// where there is one.
    fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError>;

    /// Documents whose title or text has all the words of a query, best first. Any text is a valid query.
    fn search(
        &self,
        notebook: &NotebookId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, ReadError>;

    /// All documents that the search index holds of a notebook, in the order of their ids. For checks: it reads every text.
    fn indexed(&self, notebook: &NotebookId) -> Result<Vec<Indexed>, ReadError>;
}

/// What can be written.
pub trait Store: Reader {
    /// Writes a batch: all of it or nothing.
    ///
    /// # Errors
    /// [`CommitError`]. After any failure every later commit answers [`CommitError::Poisoned`].
    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError>;

    /// Begins a group: what is committed until [`Store::end_group`] is read at once, and becomes durable together, all of it or
    /// nothing, when that returns. Nothing that rests on it may leave before. A store that knows no groups makes each commit
    /// durable by itself.
    ///
    /// # Errors
    /// As [`Store::commit`].
    fn begin_group(&mut self) -> Result<(), CommitError> {
        Ok(())
    }

    /// Ends a group. All of it has the durability of [`Durability::Synced`] then.
    ///
    /// # Errors
    /// As [`Store::commit`]. Nothing of the group is on disk then.
    fn end_group(&mut self) -> Result<(), CommitError> {
        Ok(())
    }
}
