//! What a session hands back from every call: frames for the peer, events for its owner, and whether it is over.
//!
//! Owns these values only; the session decides which to make.

use crate::clock::ClockRow;
use crate::entry::{Entry, EntryError};
use crate::frame::FrameError;
use crate::ids::{DevicePk, LogId, NotebookId};
use crate::log_init::{LogInit, LogInitError};
use crate::storage::ReadError;

/// What the caller must do, in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// Frames for the peer, in order, each to be sent with its length before it.
    pub frames: Vec<Vec<u8>>,
    /// What happened.
    pub events: Vec<Event>,
    /// Set once: after the frames are sent the stream is to be closed, and the session does nothing more.
    pub close: Option<CloseReason>,
}

/// What a session tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Both sides have proved themselves; entries may flow.
    Established {
        /// The notebook of this session.
        notebook: NotebookId,
        /// The peer's device.
        device: DevicePk,
    },
    /// A holder of an invite asks to be let in. To be answered by [`admit_joiner`](crate::Session::admit_joiner),
    /// [`join_waits`](crate::Session::join_waits) or [`refuse_join`](crate::Session::refuse_join), now or later.
    JoinRequested {
        /// The notebook.
        notebook: NotebookId,
        /// The invite whose key the peer has proved to hold.
        invite: DevicePk,
        /// The request as sent; not looked at here.
        request: Vec<u8>,
    },
    /// This device was let in. [`Event::Established`] follows.
    Admitted,
    /// The peer cannot let this device in yet; the text says what it waits for.
    JoinWaits {
        /// Words for a person, written by the peer.
        text: String,
    },
    /// The peer does not let this device in. The session closes.
    JoinRefused {
        /// Why.
        refusal: JoinRefusal,
        /// Words for a person, written by the peer.
        text: String,
    },
    /// A log that was not known; entries of it follow. Its signature has been verified, not whether its device is a member.
    LogInit(LogInit),
    /// Entries of one log, each after the one before it, verified and not held yet. They are to be placed, committed durably,
    /// and then acknowledged by [`advanced`](crate::Session::advanced).
    Entries(Vec<Entry>),
    /// Entries of a log of this device were not taken, and nothing more of that log is in this session.
    Declined {
        /// The device that wrote them.
        device: DevicePk,
    },
    /// A live frame, opaque here.
    Live(Vec<u8>),
    /// Where the peer can be reached, opaque here.
    Addresses(Vec<u8>),
    /// A word of a relay or to one, to be read with [`Word::decode`](crate::relay::Word::decode).
    Relay(Vec<u8>),
    /// What the peer says that it holds, as far as this device holds it too.
    PeerHas {
        /// How far, for each chain of which more is now known to be held than was told before.
        rows: Vec<ClockRow>,
        /// Whether the rows are all that the peer holds of what is held here, and not only what is more than was told before. Once
        /// in a session; what was believed from an earlier one is to be forgotten.
        whole: bool,
        /// Whether the peer holds everything that this device holds.
        all: bool,
        /// Whether the peer has just shown that both hold exactly the same.
        in_step: bool,
    },
}

/// Why somebody with a valid invite key is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum JoinRefusal {
    /// As many have used it as may.
    UsedUp,
    /// It is past its date by the admitting device's clock.
    Expired,
    /// A member revoked it.
    Revoked,
    /// The request is for another notebook.
    WrongNotebook,
    /// The request is not well formed or not signed as it must be.
    Malformed,
    /// For a reason that this program does not know; the text says more.
    Other,
}

/// Why a session ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// The peer refused, and says no more: it does not serve this notebook, or not this device.
    #[error("the other side does not serve this notebook to this device")]
    Refused,
    /// The peer refused with a reason.
    #[error("the other side ended the session: {0}")]
    RefusedFor(RefuseReason),
    /// The peer does not let this device join; [`Event::JoinRefused`] said why.
    #[error("the other side did not let this device join")]
    JoinRefused,
    /// The peer could not prove that it belongs to the notebook.
    #[error("the other side did not prove that it belongs to the notebook")]
    Stranger,
    /// The peer did not prove itself in time.
    #[error("the other side did not prove itself in time")]
    TimedOut,
    /// No version of the protocol is common to both.
    #[error("the other side speaks no version of the protocol that this program knows")]
    NoCommonVersion,
    /// A frame cannot be read.
    #[error("the other side sent a frame that cannot be read: {0}")]
    Frame(#[from] FrameError),
    /// A frame came when it must not.
    #[error("the other side sent {0} when it must not")]
    OutOfOrder(&'static str),
    /// The head of a log is not acceptable.
    #[error("the other side sent the head of a log that does not hold: {0}")]
    LogInit(#[from] LogInitError),
    /// The head of a log belongs to another notebook.
    #[error("the other side sent a log of another notebook")]
    ForeignLog,
    /// Entries of a log whose head never came.
    #[error("the other side sent entries of a log without its head")]
    HeadlessLog,
    /// An entry is not acceptable.
    #[error("the other side sent entry {seq} of log {log}, which does not hold: {error}")]
    Entry {
        /// The log.
        log: LogId,
        /// The position.
        seq: u64,
        /// Why not.
        error: EntryError,
    },
    /// What comes before an entry is not here.
    #[error("the other side sent entry {seq} of log {log} without what comes before it")]
    Gap {
        /// The log.
        log: LogId,
        /// The position.
        seq: u64,
    },
    /// More was sent than may be on its way without a receipt.
    #[error("the other side sent more than it may before a receipt")]
    WindowExceeded,
    /// Nothing is left to send on either side and the two still differ.
    #[error("nothing is left to exchange, and the two sides still differ")]
    NotConverging,
    /// This device does not serve the notebook, or no longer.
    #[error("this device does not serve the notebook")]
    NotServed,
    /// The own store could not be read.
    #[error(transparent)]
    Store(#[from] ReadError),
    /// One side said goodbye.
    #[error("the session ended")]
    Bye,
}

/// What a refusing side tells of its reason, as it travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefuseReason {
    /// Nothing is told.
    Unsaid,
    /// No common version.
    Version,
    /// A frame could not be read or came at the wrong time.
    Protocol,
    /// An entry or the head of a log did not hold.
    BadEntry,
    /// What comes before an entry was not there.
    Gap,
    /// Too much was sent without a receipt.
    Window,
    /// The refusing side cannot read its own store.
    Store,
    /// Nothing left to exchange, and still a difference.
    NotConverging,
    /// The request to join is refused.
    Join(JoinRefusal),
    /// A reason that this program does not know.
    Unknown(u32),
}

impl std::fmt::Display for RefuseReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Unsaid => "it gave no reason",
            Self::Version => "no common version of the protocol",
            Self::Protocol => "it could not read what this device sent",
            Self::BadEntry => "it does not accept an entry that this device sent",
            Self::Gap => "it lacks what comes before an entry that this device sent",
            Self::Window => "this device sent too much at once",
            Self::Store => "it cannot read its own store",
            Self::NotConverging => "the two sides could not be brought into step",
            Self::Join(_) => "it does not let this device join",
            Self::Unknown(_) => "its reason needs a newer moot",
        })
    }
}

impl RefuseReason {
    /// The number that travels.
    pub fn to_code(self) -> u32 {
        match self {
            Self::Unsaid => 0,
            Self::Version => 1,
            Self::Protocol => 2,
            Self::BadEntry => 3,
            Self::Gap => 4,
            Self::Window => 5,
            Self::Store => 6,
            Self::NotConverging => 7,
            Self::Join(JoinRefusal::Other) => 16,
            Self::Join(JoinRefusal::UsedUp) => 17,
            Self::Join(JoinRefusal::Expired) => 18,
            Self::Join(JoinRefusal::Revoked) => 19,
            Self::Join(JoinRefusal::WrongNotebook) => 20,
            Self::Join(JoinRefusal::Malformed) => 21,
            Self::Unknown(code) => code,
        }
    }

    /// The reason that a number stands for. Numbers from 16 to 31 are kept for joining.
    pub fn from_code(code: u32) -> Self {
        match code {
            0 => Self::Unsaid,
            1 => Self::Version,
            2 => Self::Protocol,
            3 => Self::BadEntry,
            4 => Self::Gap,
            5 => Self::Window,
            6 => Self::Store,
            7 => Self::NotConverging,
            17 => Self::Join(JoinRefusal::UsedUp),
            18 => Self::Join(JoinRefusal::Expired),
            19 => Self::Join(JoinRefusal::Revoked),
            20 => Self::Join(JoinRefusal::WrongNotebook),
            21 => Self::Join(JoinRefusal::Malformed),
            16..=31 => Self::Join(JoinRefusal::Other),
            other => Self::Unknown(other),
        }
    }
}

impl CloseReason {
    /// What the peer is told when this side closes for this reason; nothing where the peer already knows.
    pub(crate) fn told(&self) -> Option<RefuseReason> {
        Some(match self {
            Self::Refused | Self::RefusedFor(_) | Self::JoinRefused | Self::Bye => return None,
            Self::Stranger | Self::TimedOut | Self::NotServed => RefuseReason::Unsaid,
            Self::NoCommonVersion => RefuseReason::Version,
            Self::Frame(_) | Self::OutOfOrder(_) => RefuseReason::Protocol,
            Self::LogInit(_) | Self::ForeignLog | Self::HeadlessLog | Self::Entry { .. } => {
                RefuseReason::BadEntry
            }
            Self::Gap { .. } => RefuseReason::Gap,
            Self::WindowExceeded => RefuseReason::Window,
            Self::NotConverging => RefuseReason::NotConverging,
            Self::Store(_) => RefuseReason::Store,
        })
    }
}
