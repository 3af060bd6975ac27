//! What a session may ask of its owner: who belongs to a notebook, and what is held of it.
//!
//! Owns the trait and the small types in its signatures. Every method is a synchronous read; a session never writes.

use crate::chain::Chains;
use crate::entry::Entry;
use crate::frame::entries::{self, EntriesError};
use crate::ids::{ChainId, DevicePk, EntryId, LogId, NotebookId};
use crate::log_init::LogInit;
use crate::storage::ReadError;

/// The secret by which holders of a notebook find each other without naming it. It opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode, minicbor::CborLen)]
#[cbor(transparent)]
pub struct DiscoveryKey(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl std::fmt::Debug for DiscoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DiscoveryKey(…)")
    }
}

/// What a device needs to prove itself for a notebook, but for the signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HelloKeys {
    /// Finds the notebook.
    pub discovery_key: DiscoveryKey,
    /// The notebook's first entry, the root of trust.
    pub genesis: EntryId,
    /// This device's key in the notebook.
    pub device: DevicePk,
}

/// Whether a device is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// On the roster and not retired, or a relay that is enrolled.
    Member,
    /// Anybody else; a retired device too.
    Unknown,
}

/// Whether an invite key is one of this notebook's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InviteStanding {
    /// Created by a member. It may be used up, expired or revoked: whoever holds its key is then told so.
    Known,
    /// Never heard of: its holder gets the refusal that strangers get.
    Unknown,
}

/// The owner of a session, as the session sees it.
///
/// What the reading methods answer must be on disk before any frame leaves that a session made from it: a receipt says that
/// something is durable. Answers may change between two calls into a session and not during one.
pub trait Host {
    /// The notebook whose discovery key satisfies the test; the test is a keyed hash, a microsecond or so.
    fn notebook_of_tag(&self, is_tag_of: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId>;

    /// The keys of a notebook that this device serves, or is joining.
    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys>;

    /// Signs a message with the key of [`HelloKeys::device`]. The message begins with its own context.
    fn sign_hello(&self, notebook: &NotebookId, message: &[u8]) -> [u8; 64];

    /// Whether a device is served in a notebook.
    fn standing(&self, notebook: &NotebookId, device: &DevicePk) -> Standing;

    /// Whether an invite key is one of the notebook's.
    fn invite_standing(&self, notebook: &NotebookId, invite: &DevicePk) -> InviteStanding;

    /// The chains that are held; none for a notebook of which nothing has come yet.
    fn chains(&self, notebook: &NotebookId) -> &Chains;

    /// The head of a log.
    ///
    /// # Errors
    /// [`ReadError`] here and below; the session then closes with that reason.
    fn log_init(&self, notebook: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError>;

    /// Whether what stands in a log is sent after everything else: its device wrote more than its share.
    fn comes_last(&self, notebook: &NotebookId, log: &LogId) -> bool {
        let _ = (notebook, log);
        false
    }

    /// Whether new entries of a device are taken, so many bytes with their headers. Where they are not, their log is left out
    /// for the rest of the session, the peer is told so, and [`Event::Declined`](super::Event::Declined) tells the owner.
    fn takes(&self, notebook: &NotebookId, device: &DevicePk, bytes: usize) -> bool {
        let _ = (notebook, device, bytes);
        true
    }

    /// Checks the signatures of new entries. Whoever has several cores may let them share the work.
    ///
    /// # Errors
    /// [`EntriesError`] with the first entry that does not hold.
    fn verify(
        &self,
        entries: &[Entry],
        log: &LogId,
        device: &DevicePk,
    ) -> Result<(), EntriesError> {
        entries::verify(entries, log, device)
    }

    /// The chain and position at which an entry is held.
    fn locate(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError>;

    /// The entry at a position of a chain.
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
}
