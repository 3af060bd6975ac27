//! The network of a node: transports, discovery, streams, dialling and healing, on libp2p.
//!
//! Owns how bytes get from one node to another. Never knows what a frame means, whom to trust, or what is on disk; and
//! no libp2p type crosses its API.
//!
//! A caller starts a [`Net`], hands it [`NetCommand`]s without ever waiting, and takes [`NetEvent`]s from a channel of
//! its own. Wishes last: after one [`NetCommand::Dial`] the network keeps a stream open to that peer through restarts,
//! changes of network and sleep, until [`NetCommand::Undial`]. Whoever the peer is, the caller must prove for itself what
//! it may do, and then say [`NetCommand::Authorised`]; connections on which that is not said are closed after 15 seconds.
//!
//! ```no_run
//! use moot_net::{Net, NetCommand, NetConfig, NetEvent, PeerId, SecretKey};
//!
//! # async fn example(friend: PeerId) -> Result<(), Box<dyn std::error::Error>> {
//! let (sender, mut events) = tokio::sync::mpsc::channel(256);
//! let net = Net::start(NetConfig::new(SecretKey::from_bytes([7; 32]), 0), sender).await?;
//! let addresses = vec!["/dns4/moot.example/tcp/4001".parse()?];
//! net.send(NetCommand::Dial { peer: friend, addresses, through: Vec::new(), label: 1 })?;
//! while let Some(event) = events.recv().await {
//!     match event {
//!         NetEvent::Opened { stream, .. } => net.send(NetCommand::Send { stream, frame: b"hello".to_vec() })?,
//!         NetEvent::Frame { stream, frame } if frame == b"hello" => net.send(NetCommand::Authorised { stream })?,
//!         NetEvent::Closed { reason, .. } => println!("{reason}; it will be opened again"),
//!         _ => {}
//!     }
//! }
//! net.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! What holds up what: a caller that takes no events stops the reading of streams, and through the transport their
//! senders. A peer that reads slowly fills the queue of its stream, and loses that stream alone. Nothing waits the other
//! way round, so a node loop can be a plain loop.

mod address;
mod call_back;
mod clock;
mod config;
mod doorkeeper;
mod driver;
mod gateway;
mod hang_up;
mod limits;
mod message;
mod nearby;
mod net;
mod networks;
mod observed;
mod outbox;
mod outlook;
mod pipe;
mod pulse;
mod scheduler;
mod streams;
mod swarm;
mod trial;

pub use address::{Address, AddressError, PeerId, PeerIdError, SecretKey, peer_id_of};
pub use config::{Circuits, Discovery, Insistence, NetConfig, Routers};
pub use limits::{FRAME_BYTES_MAX, SEND_QUEUE_BYTES_MAX};
pub use message::{Close, CloseReason, NetCommand, NetEvent, Obstacle, Reach, Role, StreamId};
pub use net::{Net, Overloaded, StartError};
pub use networks::{Network, own_networks};
pub use trial::{Tried, try_once};
