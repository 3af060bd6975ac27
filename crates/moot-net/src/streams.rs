//! Owns the sync streams of the swarm: a behaviour that knows each peer's connections, opens streams on the best one
//! and hands out streams together with the connection they are on. It never reads or writes them.

mod handler;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId, Stream,
    core::{ConnectedPoint, Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        ConnectionClosed, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour,
        NotifyHandler, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        behaviour::ConnectionEstablished,
    },
};

pub(crate) use self::handler::InboundSlot;
use self::handler::{FromHandler, Handler, ToHandler, WhenIdle};
use crate::{limits, message::Reach};

/// The behaviour. One protocol, `/moot/sync/1`.
pub(crate) struct Streams {
    inbound_streams_max: usize,
    connections: BTreeMap<PeerId, Vec<(ConnectionId, Reach)>>,
    /// Peers whose connections stay although nothing runs on them.
    kept: BTreeSet<PeerId>,
    /// Requests that a handler has not answered; a connection that closes answers none.
    opening: Vec<(ConnectionId, PeerId, u64)>,
    events: VecDeque<ToSwarm<Event, ToHandler>>,
}

/// What comes out of [`Streams`].
#[derive(Debug)]
pub(crate) enum Event {
    Opened(NewStream),
    OpenFailed {
        peer: PeerId,
        label: u64,
        error: String,
    },
}

/// A stream that is ready for frames.
#[derive(Debug)]
pub(crate) struct NewStream {
    pub(crate) peer: PeerId,
    pub(crate) connection: ConnectionId,
    pub(crate) reach: Reach,
    pub(crate) stream: Stream,
    pub(crate) origin: Origin,
}

/// Which side asked for a stream.
#[derive(Debug)]
pub(crate) enum Origin {
    Ours {
        label: u64,
    },
    /// To be kept as long as the stream: it is counted by its slot.
    Theirs {
        _slot: InboundSlot,
    },
}

#[derive(Debug, thiserror::Error)]
#[error(
    "more than {} connections to one peer",
    limits::CONNECTIONS_PER_PEER_MAX
)]
struct TooManyConnections;

/// Tells whether an address passes through a relay.
pub(crate) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Protocol::P2pCircuit)
}

/// Tells how the peer at the other end is reached. Whoever was dialled through a relay sees that in its own address.
pub(crate) fn reach_of(endpoint: &ConnectedPoint) -> Reach {
    let address = match endpoint {
        ConnectedPoint::Dialer { address, .. } => address,
        ConnectedPoint::Listener { local_addr, .. } => local_addr,
    };
    if !is_circuit(address) {
        return Reach::Direct;
    }
    let before = address
        .iter()
        .take_while(|part| *part != Protocol::P2pCircuit);
    let relay = before.filter_map(|part| match part {
        Protocol::P2p(relay) => Some(crate::PeerId::from_libp2p(&relay)),
        _ => None,
    });
    Reach::Relayed {
        through: relay.last(),
    }
}

impl Streams {
    pub(crate) fn new(inbound_streams_max: usize) -> Streams {
        Streams {
            inbound_streams_max,
            connections: BTreeMap::new(),
            kept: BTreeSet::new(),
            opening: Vec::new(),
            events: VecDeque::new(),
        }
    }

    /// Asks for a stream on the peer's best connection. Exactly one event with this label follows, at once a failure
    /// when there is no connection.
    pub(crate) fn open(&mut self, peer: PeerId, label: u64) {
        let Some((connection, _)) = self.best(&peer) else {
            let error = "not connected".to_owned();
            self.events
                .push_back(ToSwarm::GenerateEvent(Event::OpenFailed {
                    peer,
                    label,
                    error,
                }));
            return;
        };
        self.opening.push((connection, peer, label));
        self.events.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(connection),
            event: ToHandler::Open { label },
        });
    }

    /// Keeps all connections of a peer, now and to come, although nothing runs on them.
    pub(crate) fn keep(&mut self, peer: PeerId) {
        if self.kept.insert(peer) {
            self.tell_all(peer, WhenIdle::Keep);
        }
    }

    /// Connections of a peer on which nothing runs close after a while again.
    pub(crate) fn let_go(&mut self, peer: PeerId) {
        if self.kept.remove(&peer) {
            self.tell_all(peer, WhenIdle::Close);
        }
    }

    pub(crate) fn is_kept(&self, peer: &PeerId) -> bool {
        self.kept.contains(peer)
    }

    fn tell_all(&mut self, peer: PeerId, when_idle: WhenIdle) {
        for (connection, _) in self.connections.get(&peer).into_iter().flatten() {
            self.events.push_back(ToSwarm::NotifyHandler {
                peer_id: peer,
                handler: NotifyHandler::One(*connection),
                event: ToHandler::WhenIdle(when_idle),
            });
        }
    }

    /// Direct before relayed, among equals the oldest.
    pub(crate) fn best(&self, peer: &PeerId) -> Option<(ConnectionId, Reach)> {
        self.connections
            .get(peer)?
            .iter()
            .min_by_key(|(id, reach)| (reach, *id))
            .cloned()
    }

    fn admit(&self, peer: &PeerId) -> Result<Handler, ConnectionDenied> {
        let when_idle = match self.is_kept(peer) {
            true => WhenIdle::Keep,
            false => WhenIdle::Close,
        };
        match self.connections.get(peer).map_or(0, Vec::len) < limits::CONNECTIONS_PER_PEER_MAX {
            true => Ok(Handler::new(self.inbound_streams_max, when_idle)),
            false => Err(ConnectionDenied::new(TooManyConnections)),
        }
    }

    fn closed(&mut self, peer: PeerId, connection: ConnectionId) {
        if let Some(connections) = self.connections.get_mut(&peer) {
            connections.retain(|(id, _)| *id != connection);
            if connections.is_empty() {
                self.connections.remove(&peer);
            }
        }
        let events = &mut self.events;
        self.opening.retain(|&(on, peer, label)| {
            if on == connection {
                let error = "the connection closed".to_owned();
                events.push_back(ToSwarm::GenerateEvent(Event::OpenFailed {
                    peer,
                    label,
                    error,
                }));
            }
            on != connection
        });
    }

    fn answered(&mut self, connection: ConnectionId, label: u64) {
        if let Some(index) = self
            .opening
            .iter()
            .position(|&(on, _, wanted)| on == connection && wanted == label)
        {
            self.opening.swap_remove(index);
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.admit(&peer)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                let reach = reach_of(endpoint);
                self.connections
                    .entry(peer_id)
                    .or_default()
                    .push((connection_id, reach));
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                connection_id,
                ..
            }) => {
                self.closed(peer_id, connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        let reach = self
            .connections
            .get(&peer)
            .and_then(|all| all.iter().find(|(id, _)| *id == connection))
            .map_or(Reach::Direct, |(_, reach)| reach.clone());
        let new = |stream, origin| {
            Event::Opened(NewStream {
                peer,
                connection,
                reach,
                stream,
                origin,
            })
        };
        let event = match event {
            FromHandler::Inbound { stream, slot } => new(stream, Origin::Theirs { _slot: slot }),
            FromHandler::Outbound { stream, label } => {
                self.answered(connection, label);
                new(stream, Origin::Ours { label })
            }
            FromHandler::Failed { label, error } => {
                self.answered(connection, label);
                Event::OpenFailed { peer, label, error }
            }
        };
        self.events.push_back(ToSwarm::GenerateEvent(event));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Event, THandlerInEvent<Self>>> {
        match self.events.pop_front() {
            Some(event) => Poll::Ready(event),
            None => Poll::Pending,
        }
    }
}
