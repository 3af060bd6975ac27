//! What goes into the engine and what comes out: plain values, so that a node, a simulator and a benchmark drive it alike.

use moot_log::storage::{Batch, CommitError};

use crate::command::{CommandError, Request};
use crate::reply::{Event, Progress, Reply};

/// The time, as the driver sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// What the wall clock says, in milliseconds since 1970. Shown and written into facts; decides nothing.
    pub wall_ms: i64,
    /// Milliseconds on a clock that never goes back. Time-outs run by it.
    pub steady_ms: u64,
}

/// A stream to another node, numbered by the driver; never used again after it closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamId(pub u64);

/// A name on the network, in the text form that people see; opaque here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerName(pub String);

/// Where a home lies. What differs from the last start tells that the home was copied or moved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The machine, by whatever id the system gives it; empty where it gives none.
    pub machine: String,
    /// The canonical path of the home.
    pub path: String,
    /// Device and inode of the store's file.
    pub file: (u64, u64),
}

/// What the driver knows when it opens a home.
pub struct Opening {
    /// All randomness of this run. From the operating system; from a seed in simulations.
    pub seed: [u8; 32],
    /// Opens what lies sealed in the store.
    pub storage_key: [u8; 32],
    /// Where the home lies.
    pub place: Place,
    /// What the last [`Effects::marker`] said, as kept outside the home; none where nothing was kept.
    pub marker: Option<Vec<u8>>,
}

/// Why a home cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The store does not answer.
    #[error(transparent)]
    Store(#[from] moot_log::storage::ReadError),
    /// What lies sealed in the store does not open with the storage key.
    #[error("the keys of this home do not open with its storage key")]
    Locked,
    /// What is stored contradicts itself.
    #[error("the home is damaged: {0}")]
    Damaged(String),
}

/// Who is to be answered, numbered by the driver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReplyTo(pub u64);

/// Which end opened a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This one, because of the [`Dial`] with this label.
    Initiator {
        /// The label of the dial.
        label: u64,
    },
    /// The other one.
    Responder,
}

/// How a stream runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// From node to node.
    Direct,
    /// Through a relay, which moves what it cannot read.
    Relayed {
        /// Its name, where it is known.
        through: Option<PeerName>,
    },
}

/// Something that happened outside.
#[derive(Debug, Clone, PartialEq)]
pub enum Input {
    /// Somebody asks for something.
    Command {
        /// Who is to be answered.
        reply_to: ReplyTo,
        /// What is asked.
        request: Request,
    },
    /// Whoever asked is gone; nobody needs the answer. What was begun goes on.
    Abandoned {
        /// Who is gone.
        reply_to: ReplyTo,
    },
    /// The node listens at these addresses now, all of them.
    Listening {
        /// Addresses as listened on.
        addresses: Vec<String>,
    },
    /// A stream was opened.
    Opened {
        /// Its number.
        stream: StreamId,
        /// Who is at the other end.
        peer: PeerName,
        /// Which end opened it.
        role: Role,
        /// How it runs.
        reach: Reach,
    },
    /// A frame came in.
    Frame {
        /// On which stream.
        stream: StreamId,
        /// Its bytes, without framing.
        bytes: Vec<u8>,
    },
    /// A stream is gone.
    Closed {
        /// Which.
        stream: StreamId,
        /// Why, in words.
        reason: String,
    },
    /// A connection to somebody stands, and this is the address that was dialled.
    Connected {
        /// Who.
        peer: PeerName,
        /// Where.
        address: String,
    },
    /// Somebody was seen nearby. A hint: anybody can claim it.
    Discovered {
        /// Who.
        peer: PeerName,
        /// Where.
        addresses: Vec<String>,
    },
    /// The person said where somebody is, by an address given on the command line.
    Introduced {
        /// Who.
        peer: PeerName,
        /// Where.
        addresses: Vec<String>,
    },
    /// A relay gave this node a berth: others reach it there.
    Reserved {
        /// The relay.
        relay: PeerName,
    },
    /// A relay gave none, or it was lost. It is asked again.
    NotReserved {
        /// The relay.
        relay: PeerName,
        /// Why, in words.
        error: String,
    },
    /// Where relays saw this node and called it back, all of it. A hint.
    SeenFromOutside {
        /// Addresses, and whether they reached it there.
        addresses: Vec<(String, bool)>,
    },
    /// One round of dialling came to nothing; it goes on.
    DialFailed {
        /// Who was not reached.
        peer: PeerName,
        /// Why, in words.
        error: String,
    },
    /// Time has passed.
    Tick,
    /// The batch of the effects before this input could not be committed; none of its sends and replies went out.
    CommitFailed {
        /// Why.
        error: CommitError,
    },
}

/// Keep a stream open to somebody, or stop doing so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dial {
    /// Dial and open a stream with this label; when it closes, do so again after a while.
    Keep {
        /// Who.
        peer: PeerName,
        /// Where to try, any order.
        addresses: Vec<String>,
        /// Relays that both are known to use, and that know it.
        through: Vec<PeerName>,
        /// What [`Role::Initiator`] will carry.
        label: u64,
    },
    /// No more.
    Stop {
        /// Who.
        peer: PeerName,
        /// Which label.
        label: u64,
    },
    /// Keep a berth at a relay, so that others reach this node through it.
    Reserve {
        /// The relay.
        relay: PeerName,
        /// Where it is.
        addresses: Vec<String>,
    },
    /// No more.
    Unreserve {
        /// The relay.
        relay: PeerName,
    },
}

/// What the driver must do, in the order of the fields. Where the commit fails, it does none of the rest and says so with
/// [`Input::CommitFailed`].
#[derive(Debug, Default)]
pub struct Effects {
    /// Writes, all or nothing.
    pub commit: Batch,
    /// Streams whose other end has proved that it may be served.
    pub authorised: Vec<StreamId>,
    /// Frames to send.
    pub sends: Vec<(StreamId, Vec<u8>)>,
    /// Streams to close, with the reason, once what was sent on them is flushed: the last frame may say why.
    pub closes: Vec<(StreamId, String)>,
    /// Whom to keep reaching.
    pub dials: Vec<Dial>,
    /// Answers.
    pub replies: Vec<(ReplyTo, Result<Reply, CommandError>)>,
    /// How commands that take their time are doing.
    pub progress: Vec<(ReplyTo, Progress)>,
    /// What happened, for whoever watches.
    pub events: Vec<Event>,
    /// To be kept outside the home, where a restored copy of the home does not reach; losing it loses nothing.
    pub marker: Option<Vec<u8>>,
    /// When to send [`Input::Tick`] at the latest, on the steady clock.
    pub next_tick_ms: Option<u64>,
}

/// Does pieces of work of which none touches what another does: in any order, or several at once.
pub type Spread = fn(&mut [&mut (dyn FnMut() + Send)]);

/// One piece after the other.
pub(crate) fn one_by_one(work: &mut [&mut (dyn FnMut() + Send)]) {
    for piece in work {
        piece();
    }
}
