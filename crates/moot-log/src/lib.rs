//! Signed, hash-chained entries; logs, clocks and the sync session as a state machine.
//!
//! This crate owns everything that a relay needs to hold and exchange a notebook, and nothing that would let it read one:
//! it has no key that opens a body and no parser for what a body holds. It does no I/O, asks no clock and draws no randomness.
//!
//! - [`entry`]: one signed entry, 208 bytes of header and a sealed body.
//! - [`log_init`]: who writes a log.
//! - [`carry`]: a file of entries, for devices that never meet.
//! - [`chain`]: where an entry belongs in its log, branches included.
//! - [`clock`]: what is held, in a few bytes.
//! - [`frame`]: what two nodes say to each other.
//! - [`pasted`]: the text form of tickets.
//! - [`relay`]: what a member and a relay that cannot read say to each other, and the relay's ticket.
//! - [`session`]: one conversation of two nodes about one notebook.
//! - [`storage`]: what a store must do, in bytes and plain rows.

pub mod carry;
pub mod chain;
pub mod clock;
pub mod entry;
pub mod frame;
pub mod ids;
pub mod limits;
pub mod log_init;
pub mod pasted;
pub mod relay;
pub mod session;
pub mod storage;

pub use chain::{Chain, Chains, Placement};
pub use clock::{ClockRow, Digest};
pub use entry::{Entry, EntryError, Header, Kind};
pub use ids::{ChainId, DevicePk, EntryId, KeyId, LogId, NotebookId};
pub use log_init::{LogInit, LogInitError};
pub use relay::RelayTicket;
pub use session::{CloseReason, Event, Host, Output, Session};

/// The signing key of one device in one notebook, re-exported so that callers name one version of it.
pub use ed25519_dalek::{Signer, SigningKey};
