//! The network of a node: transports, discovery, streams, dialling and healing, on libp2p.
//!
//! Owns how bytes get from one node to another. Never knows what a frame means, whom to trust, or what is on disk; and
//! no libp2p type crosses its API.

mod address;
mod clock;
mod config;
mod driver;
mod limits;
mod message;
mod net;
mod outbox;
mod pipe;
mod scheduler;
mod streams;
mod swarm;

pub use address::{Address, AddressError, PeerId, PeerIdError, SecretKey, peer_id_of};
pub use config::{Discovery, NetConfig};
pub use limits::{FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX};
pub use message::{Close, CloseReason, NetCommand, NetEvent, Reach, Role, StreamId};
pub use net::{Net, Overloaded, StartError};
