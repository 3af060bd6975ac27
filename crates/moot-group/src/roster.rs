//! Who belongs to a notebook: a pure function of a set of events, which only grows.
//!
//! An event counts or not by what stands in its own past, and by nothing else: so what arrives later never changes the verdict
//! on what is here, and two peers with the same events have the same roster. Owns the verdicts and the questions that the
//! program asks of them. Never stores an event, never checks a time, never decides who writes with which key.

mod evaluate;
mod event;
mod facts;
mod past;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{DevicePk, EntryId, NotebookId};

pub use event::{
    CutRow, DeviceAddresses, ForeignGenesis, Genesis, InviteCreate, InviteTerms, RULES_VERSION,
    Retire, RosterEvent,
};
pub use view::{Device, DeviceState, Invite, InviteProblem, Person, PersonState};

use facts::Facts;
use past::Past;

/// A person, named by their first device.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode,
)]
#[cbor(transparent)]
pub struct PersonId(#[n(0)] pub DevicePk);

/// An event with the place of its entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RosterEntry {
    /// The device that signed the entry.
    pub author: DevicePk,
    /// The nearest event of the roster before this one in its own log, found along `prev`; none where there is none. The
    /// caller hands in an event only once every sealed entry before it in its log has been opened, for otherwise this would
    /// not be known.
    pub earlier: Option<EntryId>,
    /// The roster heads that the author knew: [`crate::Body::after`].
    pub after: BTreeSet<EntryId>,
    /// What happened.
    pub event: RosterEvent,
}

impl RosterEntry {
    fn parents(&self) -> impl Iterator<Item = &EntryId> {
        self.after.iter().chain(&self.earlier)
    }
}

/// Why there can be no roster.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Written by rules that this program does not know.
    #[error("this notebook's group follows rules of version {0}, which needs a newer moot")]
    NewerRules(u64),
    /// The notebook was forked from another, which this program cannot follow yet.
    #[error("this notebook continues another one, which needs a newer moot")]
    HasParent,
    /// The entry that should begin the notebook is something else, or begins another notebook.
    #[error("the entry that should begin this notebook does not: {0}")]
    NotAGenesis(&'static str),
}

/// Why an event has no effect. It depends on the event's past alone, so that it is final.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// A second beginning.
    SecondGenesis,
    /// The author stood on no roster that it knew.
    AuthorUnknown,
    /// The request or invite is for another notebook.
    OtherNotebook,
    /// The request is for something else than this event grants, or the invite is.
    OtherPurpose,
    /// The author knew of no such invite.
    InviteUnknown,
    /// The author knew that the invite was revoked.
    InviteRevoked,
    /// The device was already on the roster by another request.
    DeviceKnown,
    /// Nothing may be sealed to the sealing key.
    UnusableKey,
    /// The device, or the invite, is another person's.
    OtherPerson,
}

/// A roster. The same set of events gives an equal one, in whatever order they came.
#[derive(Debug, Clone)]
pub struct Roster {
    notebook: NotebookId,
    genesis: Option<Genesis>,
    heads: BTreeSet<EntryId>,
    pending: BTreeSet<EntryId>,
    refused: BTreeMap<EntryId, Refusal>,
    /// What each event had before it, itself included.
    pasts: BTreeMap<EntryId, Past>,
    facts: Facts,
    devices: BTreeMap<DevicePk, Device>,
    persons: BTreeMap<PersonId, Person>,
    invites: BTreeMap<crate::invite::InvitePk, Invite>,
}

impl Roster {
    /// Evaluates a set of events. `genesis` names the one that begins the notebook, as the ticket or the founder's own store
    /// says: no other is a root of trust. While it has not come, the roster is empty and everything is pending.
    ///
    /// # Errors
    /// [`GenesisError`], where the genesis is here and is not one that this program can follow.
    pub fn from_events(
        notebook: NotebookId,
        genesis: EntryId,
        events: &BTreeMap<EntryId, RosterEntry>,
    ) -> Result<Self, GenesisError> {
        evaluate::evaluate(notebook, genesis, events)
    }

    /// The events that no other event follows: what the next body names as `after`. Pending and refused ones are not among them,
    /// nor are addresses and names of devices, on which no verdict hangs: they would only make every body longer.
    pub fn heads(&self) -> &BTreeSet<EntryId> {
        &self.heads
    }

    /// The events of which a part of the past is missing.
    pub fn pending(&self) -> &BTreeSet<EntryId> {
        &self.pending
    }

    /// The events that do not count, and why.
    pub fn refused(&self) -> &BTreeMap<EntryId, Refusal> {
        &self.refused
    }

    /// Whether an event is here with its whole past and has its effect.
    pub fn counts(&self, id: &EntryId) -> bool {
        self.pasts.contains_key(id) && !self.refused.contains_key(id)
    }

    /// The notebook.
    pub fn notebook(&self) -> NotebookId {
        self.notebook
    }

    /// How the notebook began, once that has come.
    pub fn genesis(&self) -> Option<&Genesis> {
        self.genesis.as_ref()
    }
}

#[cfg(test)]
mod tests;
