//! What goes into a relay and what comes out: plain values, so that a process, a simulator and a test drive it alike.

use moot_log::relay::Unenrolled;
use moot_log::storage::{CommitError, ReadError};
use moot_log::{DevicePk, NotebookId, SigningKey};

/// The time, as the driver sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// The wall clock, in milliseconds since 1970. Ages are counted by it.
    pub wall_ms: i64,
    /// Milliseconds on a clock that never goes back. Time-outs and rates run by it.
    pub steady_ms: u64,
}

/// A stream to a peer, numbered by the driver; never used again after it closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// Who a relay is.
pub struct Identity {
    /// The key of its network identity, by which it also proves itself in sessions.
    pub key: SigningKey,
    /// Its name on the network, as text.
    pub peer_id: String,
    /// What its ticket carries.
    pub token: [u8; 16],
}

/// What its operator decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Bytes of entries and mail that it keeps at most.
    pub quota_bytes: u64,
    /// Days after which a notebook to which no member came is dropped; none keeps all for ever.
    pub age_days: Option<u32>,
}

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A peer opened a stream.
    Opened {
        /// Its number.
        stream: StreamId,
        /// The peer's name on the network, as text.
        peer: String,
        /// Fresh randomness for this stream alone.
        nonce: [u8; 32],
    },
    /// A frame came in, without its length.
    Frame {
        /// On which stream.
        stream: StreamId,
        /// Its bytes.
        bytes: Vec<u8>,
    },
    /// A stream is gone.
    Closed {
        /// Which.
        stream: StreamId,
    },
    /// Time has passed.
    Tick,
}

/// What the driver must do, in the order of the fields. All that it rests on is on the disk.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Streams whose other end has proved that it is served.
    pub authorised: Vec<StreamId>,
    /// Frames to send.
    pub sends: Vec<(StreamId, Vec<u8>)>,
    /// Live frames to send after them. They may be left out for a peer that does not keep up: nothing rests on them.
    pub live: Vec<(StreamId, Vec<u8>)>,
    /// Streams to close, with the reason, once what was sent on them is flushed.
    pub closes: Vec<(StreamId, String)>,
    /// What happened, for the operator's log.
    pub events: Vec<Event>,
    /// When to send [`Input::Tick`] at the latest, on the steady clock.
    pub next_tick_ms: Option<u64>,
}

/// What an operator may want to know of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A notebook is kept from now on.
    Enrolled(NotebookId),
    /// An enrolment was refused, and why.
    NotEnrolled(NotebookId, Unenrolled),
    /// A join request is kept.
    Posted(NotebookId),
    /// Entries of a device were not taken, for want of room or because it is not listed.
    Full(NotebookId, DevicePk),
    /// A notebook was dropped because nobody came for it.
    Forgotten(NotebookId),
    /// A device said more words than it may, and was let go.
    TooFast(NotebookId, DevicePk),
    /// The disk is full: nothing more is taken.
    NoRoom,
    /// There is room on the disk again.
    RoomAgain,
    /// There were more sessions of a kind than there is room for, and some were let go. Said once in a while.
    Crowded(Crowded),
}

/// Of whom there are too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Crowded {
    /// Those who have not proved themselves.
    Strangers,
    /// Those who hold an invite and wait for a member.
    Joiners,
    /// Members.
    Members,
}

/// How a relay stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Status {
    /// Notebooks that are enrolled.
    pub notebooks: u64,
    /// Devices that they list, a device of two notebooks counted twice.
    pub devices: u64,
    /// Bytes of entries and mail.
    pub bytes: u64,
    /// Join requests that wait.
    pub mail: u64,
    /// Sessions that are open, of whatever kind.
    pub sessions: u64,
    /// Of these, sessions on which nobody has proved to be served here.
    pub strangers: u64,
    /// Of these, joiners who wait for a member.
    pub joiners: u64,
    /// Nothing more is taken: all of the quota is used, or the disk is full.
    pub is_full: bool,
}

/// The store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    /// It could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// It could not be written. Nothing that depended on it went out.
    #[error(transparent)]
    Commit(#[from] CommitError),
}
