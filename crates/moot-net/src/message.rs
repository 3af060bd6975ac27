//! Owns what crosses the channel between a caller and the network task: [`NetCommand`] in, [`NetEvent`] out.

use std::fmt;

use crate::{Address, PeerId};

/// Names one stream within one [`Net`](crate::Net), never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stream {}", self.0)
    }
}

/// What a caller asks of the network. None is answered; what comes of it arrives as events.
#[derive(Clone, PartialEq, Eq)]
pub enum NetCommand {
    /// Keeps one stream with this label open to the peer until [`NetCommand::Undial`]: connects, opens, and opens again
    /// whenever it closes, with growing pauses. Repeated for the same label it replaces the addresses, and tries at once
    /// when one of them is new. With no addresses it waits for the peer to be met otherwise.
    Dial {
        /// Whom to reach.
        peer: PeerId,
        /// Where it may be; all are tried at the same time, the first 16 of them.
        addresses: Vec<Address>,
        /// Relays at which the peer may have a berth. Those at which this node has one too are tried as well, a little later
        /// than the addresses. Each learns that the two belong together, so it must be one that knows already.
        through: Vec<PeerId>,
        /// The caller's own name for what the stream is for; the peer does not see it.
        label: u64,
    },
    /// Ends a [`NetCommand::Dial`]; its stream is closed after what is queued has been sent.
    Undial {
        /// The peer of the dial.
        peer: PeerId,
        /// The label of the dial.
        label: u64,
    },
    /// Keeps a berth at a relay until [`NetCommand::Unreserve`], so that others reach this node through it, and this node
    /// others. It is asked for whenever the relay is authorised on some stream, and again whenever it was lost; so the relay
    /// is to be dialled as well. For the sake of direct connections later the relay is connected over each transport that it
    /// has an address for. Repeated it replaces the addresses.
    Reserve {
        /// The relay.
        relay: PeerId,
        /// Where it is.
        addresses: Vec<Address>,
    },
    /// Ends a [`NetCommand::Reserve`]. The berth itself ends with the connection to the relay.
    Unreserve {
        /// The relay.
        relay: PeerId,
    },
    /// Connects once to an address whose peer is not known. Reports [`NetEvent::Connected`] with this address, or
    /// [`NetEvent::Unreachable`]. To be followed by a `Dial` before the connection counts as a stranger's.
    DialOnce {
        /// The address.
        address: Address,
    },
    /// Queues a frame on a stream, in order. On a stream that is gone it does nothing.
    Send {
        /// The stream.
        stream: StreamId,
        /// Its bytes, at most [`FRAME_BYTES_MAX`](crate::FRAME_BYTES_MAX).
        frame: Vec<u8>,
    },
    /// Closes a stream; [`NetEvent::Closed`] follows.
    Close {
        /// The stream.
        stream: StreamId,
        /// What becomes of queued frames.
        how: Close,
    },
    /// Vouches for the peer at the other end: its connection is not closed as a stranger's, and limits for strangers no
    /// longer hold for it.
    Authorised {
        /// The stream on which the peer proved itself.
        stream: StreamId,
    },
    /// Starts over after a sleep that the caller noticed: closes all connections, which may be dead without a sign, and
    /// dials again without waiting.
    Wake,
}

/// What becomes of frames that wait on a stream being closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// They are sent first.
    AfterFlush,
    /// They are dropped, and the peer sees a reset.
    Now,
}

/// What happened on the network.
///
/// For each stream the order is `Opened`, its `Frame`s, `Closed`; and `Connected` comes before `Opened`. `Disconnected`
/// may come before the last frames of the streams that were open.
#[derive(Clone, PartialEq, Eq)]
pub enum NetEvent {
    /// The full set of addresses listened on, wildcards expanded to those of the interfaces, loopback included, those
    /// that hold on one link alone left out, and those of routers that pass on to this node. Those that the most can use come first. Sent on every change.
    Listening {
        /// All of them.
        addresses: Vec<Address>,
    },
    /// A connection to the peer came up; it may be one of several.
    Connected {
        /// The peer, proven.
        peer: PeerId,
        /// The address as dialled, or the one the peer came from.
        address: Address,
        /// How it is reached.
        reach: Reach,
    },
    /// The last connection to the peer is gone.
    Disconnected {
        /// The peer.
        peer: PeerId,
    },
    /// A stream is ready for frames both ways. A second one with the same label may come when a peer that is reached through
    /// a relay can be reached directly: the caller goes on with that one, and closes the first.
    Opened {
        /// Its name from now on.
        stream: StreamId,
        /// The peer at the other end, proven.
        peer: PeerId,
        /// Which side asked for it.
        role: Role,
        /// How the peer is reached.
        reach: Reach,
    },
    /// A frame arrived. Until the caller takes it nothing more is read from that stream, and the sender is held up.
    Frame {
        /// The stream.
        stream: StreamId,
        /// Its bytes.
        frame: Vec<u8>,
    },
    /// A stream ended; nothing more comes from it.
    Closed {
        /// The stream.
        stream: StreamId,
        /// Why.
        reason: CloseReason,
    },
    /// A peer showed itself on the local network. Anybody can claim anything there: it is a hint, not a proof.
    Discovered {
        /// Who it says it is.
        peer: PeerId,
        /// Where it says it is.
        addresses: Vec<Address>,
    },
    /// All addresses of a wanted peer failed once. Attempts go on.
    DialFailed {
        /// The peer.
        peer: PeerId,
        /// Why, for people to read.
        error: String,
    },
    /// A relay gave a berth: from now on this node is reached through it.
    Reserved {
        /// The relay.
        relay: PeerId,
    },
    /// A relay gave none, or the berth there was lost. It is asked again.
    NotReserved {
        /// The relay.
        relay: PeerId,
        /// Why, for people to read.
        error: String,
    },
    /// What relays saw that called this node back where they had seen it: all of it, on every change. A hint: what one of them
    /// does not reach another may, and what was reached may not be any more.
    SeenFromOutside {
        /// Addresses, and whether this node was reached there.
        addresses: Vec<(Address, bool)>,
    },
    /// As a relay: how much it is used at this moment. Sent on every change; of several that wait only the last is kept.
    Serving {
        /// Peers that have a berth here.
        berths: usize,
        /// Circuits that are open.
        circuits: usize,
    },
    /// A [`NetCommand::DialOnce`] failed.
    Unreachable {
        /// The address as given.
        address: Address,
        /// Why, for people to read.
        error: String,
        /// What kind of failure it is.
        obstacle: Obstacle,
    },
}

/// What keeps a peer from being reached at an address, as far as the system tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle {
    /// A machine is there, and turned the connection away at once: nothing listens.
    Refused,
    /// There is no way there: no network, or nobody has that address on a network that this machine is on.
    NoWay,
    /// The name has no address, or nobody could be asked for it.
    NoName,
    /// Nothing came back in time: it is off or elsewhere, or something between drops what is sent.
    Silent,
    /// Something else; the words tell.
    Other,
}

/// Which side asked for a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This node, for this label.
    Initiator {
        /// The label of the [`NetCommand::Dial`].
        label: u64,
    },
    /// The peer.
    Responder,
}

/// How a peer is reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Without anybody between.
    Direct,
    /// Through a third node, which sees who talks to whom, sizes and times, but no contents.
    Relayed {
        /// The relay, where it is known.
        through: Option<PeerId>,
    },
}

/// Why a stream ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CloseReason {
    /// This side closed it.
    #[error("closed here")]
    Asked,
    /// The peer closed it between two frames.
    #[error("closed by the peer")]
    Remote,
    /// A frame above the limit was announced by the peer, or given to send.
    #[error("a frame of {bytes} bytes is too large")]
    FrameTooLarge {
        /// The size announced or given.
        bytes: usize,
    },
    /// More than 16 MiB waited to be sent.
    #[error("the peer reads too slowly")]
    Overflow,
    /// One frame took longer than 30 seconds to be sent.
    #[error("the peer stopped reading")]
    WriteTimeout,
    /// The connection was lost, or the peer reset the stream.
    #[error("connection lost: {error}")]
    Lost {
        /// What the transport says.
        error: String,
    },
}

impl fmt::Debug for NetCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetCommand::Dial {
                peer,
                addresses,
                through,
                label,
            } => write!(
                f,
                "Dial {peer} for {label} at {addresses:?} through {through:?}"
            ),
            NetCommand::Reserve { relay, addresses } => {
                write!(f, "Reserve {relay} at {addresses:?}")
            }
            NetCommand::Unreserve { relay } => write!(f, "Unreserve {relay}"),
            NetCommand::Undial { peer, label } => write!(f, "Undial {peer} for {label}"),
            NetCommand::DialOnce { address } => write!(f, "DialOnce {address}"),
            NetCommand::Send { stream, frame } => {
                write!(f, "Send {} bytes on {stream}", frame.len())
            }
            NetCommand::Close { stream, how } => write!(f, "Close {stream} {how:?}"),
            NetCommand::Authorised { stream } => write!(f, "Authorised {stream}"),
            NetCommand::Wake => f.write_str("Wake"),
        }
    }
}

impl fmt::Debug for NetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NetEvent::Listening { addresses } => write!(f, "Listening on {addresses:?}"),
            NetEvent::Connected {
                peer,
                address,
                reach,
            } => write!(f, "Connected {peer} at {address} {reach:?}"),
            NetEvent::Disconnected { peer } => write!(f, "Disconnected {peer}"),
            NetEvent::Opened {
                stream,
                peer,
                role,
                reach,
            } => write!(f, "Opened {stream} {peer} {role:?} {reach:?}"),
            NetEvent::Frame { stream, frame } => {
                write!(f, "Frame of {} bytes on {stream}", frame.len())
            }
            NetEvent::Closed { stream, reason } => write!(f, "Closed {stream}: {reason}"),
            NetEvent::Discovered { peer, addresses } => {
                write!(f, "Discovered {peer} at {addresses:?}")
            }
            NetEvent::DialFailed { peer, error } => write!(f, "DialFailed {peer}: {error}"),
            NetEvent::Reserved { relay } => write!(f, "Reserved {relay}"),
            NetEvent::NotReserved { relay, error } => write!(f, "NotReserved {relay}: {error}"),
            NetEvent::SeenFromOutside { addresses } => {
                write!(f, "SeenFromOutside {addresses:?}")
            }
            NetEvent::Serving { berths, circuits } => {
                write!(f, "Serving {berths} berths, {circuits} circuits")
            }
            NetEvent::Unreachable {
                address,
                error,
                obstacle,
            } => write!(f, "Unreachable {address}: {error} ({obstacle:?})"),
        }
    }
}
