//! Who belongs to a notebook, and the keys that open its entries.
//!
//! Everything here is a pure function of bytes, keys and randomness that the caller hands in: no clock, no storage, no network.
//! This crate never looks inside an Automerge change and never decides what a document says.
//!
//! - [`epoch`]: sealing with the key that a group shares; [`padding`] says how long sealed texts are.
//! - [`body`]: what a sealed entry says; [`live`]: what devices tell each other before it stands in an entry.
//! - [`roster`]: who belongs to the group, evaluated from events; [`invite`], [`request`], [`mailbox`], [`ticket`]: how
//!   somebody comes to it.
//! - [`kem`], [`keybox`], [`keys`]: how devices get epoch keys, and which one a writer uses.
//! - [`at_rest`]: what keeps a device's secrets unreadable in its own store.

mod aead;
mod cbor;
mod packed;
mod reach;
mod secret;
mod signing;

pub mod actor;
pub mod at_rest;
pub mod body;
pub mod epoch;
pub mod invite;
pub mod kem;
pub mod keybox;
pub mod keys;
pub mod limits;
pub mod live;
pub mod mailbox;
pub mod padding;
pub mod request;
pub mod roster;
pub mod ticket;

#[cfg(test)]
mod testing;

pub use actor::actor_id;
pub use at_rest::{DeviceSecrets, StorageKey};
pub use body::{Body, BodyError, Change, Checkpoint, Content, EncodeError};
pub use epoch::EpochKey;
pub use invite::{InvitePk, InviteSeed, Purpose};
pub use kem::{KemPk, KemSecret};
pub use keybox::Keybox;
pub use keys::{Gap, Keys, WriteKey};
pub use live::{Carried, Delta, Live, LiveFrame, LiveHeader, LiveKind, Presence, Sender};
pub use packed::{TooMany, listed_len};
pub use reach::Reach;
pub use request::{Applicant, JoinRequest, RequestId};
pub use roster::{PersonId, Roster, RosterEntry, RosterEvent};
pub use ticket::Ticket;
