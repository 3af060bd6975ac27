//! A node under test, and waits for what it reports.

use std::{collections::VecDeque, time::Duration};

use moot_net::{
    Address, Close, CloseReason, Discovery, Net, NetCommand, NetConfig, NetEvent, PeerId, Reach,
    Role, SecretKey, StreamId,
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout_at},
};

/// No wait takes longer, on the slowest machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(90);

/// The label that tests dial with unless they need several.
pub(crate) const LABEL: u64 = 7;

pub(crate) struct Node {
    pub(crate) net: Net,
    events: mpsc::Receiver<NetEvent>,
    addresses: Vec<Address>,
    /// What came while the test waited for something else.
    missed: VecDeque<NetEvent>,
}

pub(crate) fn secret(number: u8) -> SecretKey {
    SecretKey::from_bytes([number; 32])
}

pub(crate) fn peer(number: u8) -> PeerId {
    moot_net::peer_id_of(&secret(number))
}

/// Listens on one loopback address, and is seen by nobody else.
pub(crate) fn config(number: u8, listen: &str) -> NetConfig {
    NetConfig {
        listen: vec![listen.parse().unwrap()],
        discovery: Discovery::Off,
        ..NetConfig::new(secret(number), 0)
    }
}

impl Node {
    pub(crate) async fn tcp(number: u8) -> Node {
        Node::start(config(number, "/ip4/127.0.0.1/tcp/0")).await
    }

    pub(crate) async fn start(config: NetConfig) -> Node {
        Node::start_with_room(config, 64).await
    }

    /// A node whose caller has room for so many events.
    pub(crate) async fn start_with_room(config: NetConfig, room: usize) -> Node {
        let (sender, events) = mpsc::channel(room);
        let net = Net::start(config, sender).await.unwrap();
        let mut node = Node {
            net,
            events,
            addresses: Vec::new(),
            missed: VecDeque::new(),
        };
        node.addresses = node
            .wait("to listen", |event| match event {
                NetEvent::Listening { addresses } if !addresses.is_empty() => {
                    Some(addresses.clone())
                }
                _ => None,
            })
            .await;
        node
    }

    /// The node of a caller who takes no more events.
    pub(crate) fn deafened(self) -> Net {
        self.net
    }

    /// From now on waits are for what is new.
    pub(crate) fn forget_missed(&mut self) {
        self.missed.clear();
    }

    pub(crate) fn peer(&self) -> PeerId {
        self.net.peer_id().clone()
    }

    pub(crate) fn addresses(&self) -> Vec<Address> {
        self.addresses.clone()
    }

    pub(crate) fn dial(&self, other: &Node) {
        self.dial_at(other.peer(), other.addresses());
    }

    pub(crate) fn dial_at(&self, peer: PeerId, addresses: Vec<Address>) {
        self.net
            .send(NetCommand::Dial {
                peer,
                addresses,
                through: Vec::new(),
                label: LABEL,
            })
            .unwrap();
    }

    /// Wants the other reached through a relay alone.
    pub(crate) fn dial_through(&self, peer: PeerId, relays: &[&Node]) {
        let dial = NetCommand::Dial {
            peer,
            addresses: Vec::new(),
            through: relays.iter().map(|relay| relay.peer()).collect(),
            label: LABEL,
        };
        self.net.send(dial).unwrap();
    }

    pub(crate) fn send(&self, stream: StreamId, frame: impl Into<Vec<u8>>) {
        self.net
            .send(NetCommand::Send {
                stream,
                frame: frame.into(),
            })
            .unwrap();
    }

    pub(crate) fn authorise(&self, stream: StreamId) {
        self.net.send(NetCommand::Authorised { stream }).unwrap();
    }

    pub(crate) fn close(&self, stream: StreamId, how: Close) {
        self.net.send(NetCommand::Close { stream, how }).unwrap();
    }

    /// Waits for the first event, of those not taken yet, that `pick` takes.
    pub(crate) async fn wait<T>(
        &mut self,
        what: &str,
        pick: impl FnMut(&NetEvent) -> Option<T>,
    ) -> T {
        self.wait_until(Instant::now() + DEADLINE, what, pick)
            .await
            .unwrap_or_else(|| panic!("waited in vain {what}"))
    }

    /// As [`Node::wait`], but `None` when the time is over.
    pub(crate) async fn wait_until<T>(
        &mut self,
        deadline: Instant,
        what: &str,
        mut pick: impl FnMut(&NetEvent) -> Option<T>,
    ) -> Option<T> {
        for index in 0..self.missed.len() {
            if let Some(picked) = pick(&self.missed[index]) {
                self.missed.remove(index);
                return Some(picked);
            }
        }
        loop {
            let event = timeout_at(deadline, self.events.recv()).await.ok()?;
            let event = event.unwrap_or_else(|| panic!("the node ended while waiting {what}"));
            if let Some(picked) = pick(&event) {
                return Some(picked);
            }
            self.missed.push_back(event);
        }
    }

    /// The next stream, and how it runs.
    pub(crate) async fn opened(&mut self) -> (StreamId, PeerId, Reach) {
        self.wait("for a stream", |event| match event {
            NetEvent::Opened {
                stream,
                peer,
                reach,
                ..
            } => Some((*stream, peer.clone(), reach.clone())),
            _ => None,
        })
        .await
    }

    /// The stream that this node opened.
    pub(crate) async fn opened_by_us(&mut self) -> StreamId {
        self.wait("for our stream", |event| match event {
            NetEvent::Opened {
                stream,
                role: Role::Initiator { .. },
                ..
            } => Some(*stream),
            _ => None,
        })
        .await
    }

    /// The stream that another opened.
    pub(crate) async fn opened_by_peer(&mut self) -> StreamId {
        self.wait("for a peer's stream", |event| match event {
            NetEvent::Opened {
                stream,
                role: Role::Responder,
                ..
            } => Some(*stream),
            _ => None,
        })
        .await
    }

    pub(crate) async fn frame(&mut self, on: StreamId) -> Vec<u8> {
        self.wait("for a frame", |event| match event {
            NetEvent::Frame { stream, frame } if *stream == on => Some(frame.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn closed(&mut self, on: StreamId) -> CloseReason {
        self.wait("for a stream to close", |event| match event {
            NetEvent::Closed { stream, reason } if *stream == on => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    pub(crate) async fn disconnected(&mut self, from: &PeerId) {
        self.wait("to be disconnected", |event| match event {
            NetEvent::Disconnected { peer } if peer == from => Some(()),
            _ => None,
        })
        .await;
    }

    pub(crate) async fn dial_failed(&mut self) -> String {
        self.wait("for a dial to fail", |event| match event {
            NetEvent::DialFailed { error, .. } => Some(error.clone()),
            _ => None,
        })
        .await
    }
}

/// Two nodes with one stream between them, each with its own name for it, both authorised.
pub(crate) async fn joined(first: &mut Node, second: &mut Node) -> (StreamId, StreamId) {
    first.dial(second);
    let ours = first.opened_by_us().await;
    let theirs = second.opened_by_peer().await;
    first.authorise(ours);
    second.authorise(theirs);
    (ours, theirs)
}
