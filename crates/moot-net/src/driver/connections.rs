//! Owns what is known of each connection: whose it is, what runs on it, whether its peer has been vouched for.
//! Connections of strangers and surplus ones are closed here.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use libp2p::{
    core::{ConnectedPoint, transport::PortUse},
    swarm::ConnectionId,
};

use super::Driver;
use crate::{
    Address, PeerId, limits,
    message::StreamId,
    scheduler::{Carrier, Way},
};

/// One connection.
pub(super) struct Connection {
    pub(super) peer: PeerId,
    pub(super) since: Instant,
    pub(super) way: Way,
    /// What it runs over, where it is direct.
    pub(super) carrier: Option<Carrier>,
    /// Whether the peer sees this node under an address that is of use to others.
    pub(super) leaves_from: Leaving,
    /// Whether the peer has told under which address it sees this node.
    pub(super) is_identified: bool,
    /// When the peer last gave a sign of life.
    pub(super) heard: Instant,
    /// Streams on it.
    pub(super) streams: usize,
    /// When it last came to carry none.
    pub(super) quiet_since: Instant,
    /// Streams on which the peer proved itself.
    pub(super) authorised: BTreeSet<StreamId>,
    /// When it last came to carry no such stream.
    pub(super) strange_since: Instant,
}

/// Which of this node's ports a connection uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaving {
    FromWhereItListens,
    /// Nobody listens there.
    FromAnyPort,
}

impl Connection {
    pub(super) fn new(peer: PeerId, way: Way, endpoint: &ConnectedPoint, now: Instant) -> Self {
        let address = Address::from_multiaddr(endpoint.get_remote_address());
        let carrier = Carrier::of(&address).filter(|_| way == Way::Direct);
        let leaves_from = match endpoint {
            // Over QUIC all leave from the same one.
            ConnectedPoint::Dialer {
                port_use: PortUse::New,
                ..
            } if carrier == Some(Carrier::Tcp) => Leaving::FromAnyPort,
            _ => Leaving::FromWhereItListens,
        };
        Connection {
            peer,
            since: now,
            way,
            carrier,
            leaves_from,
            is_identified: false,
            heard: now,
            streams: 0,
            quiet_since: now,
            authorised: BTreeSet::new(),
            strange_since: now,
        }
    }
}

impl Driver {
    pub(super) fn authorise(&mut self, id: StreamId) {
        let Some(entry) = self.streams.get(&id) else {
            return;
        };
        self.swarm
            .behaviour_mut()
            .limits
            .bypass_peer_id(&entry.peer.to_libp2p());
        if let Some(connection) = self.connections.get_mut(&entry.connection) {
            connection.authorised.insert(id);
        }
        let peer = entry.peer.clone();
        let behaviour = self.swarm.behaviour_mut();
        if let Some(doorkeeper) = behaviour.doorkeeper.as_mut() {
            doorkeeper.admit(peer.to_libp2p());
        }
        if let Some(call_back) = behaviour.call_back.as_mut() {
            call_back.admit(peer.to_libp2p());
        }
        self.scheduler.relay_trusted(&peer, Instant::now());
        if let Some(outbox) = self.outboxes.get(id) {
            outbox.authorise();
        }
    }

    pub(super) fn stream_joined(&mut self, connection: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.streams += 1;
        }
    }

    pub(super) fn stream_left(&mut self, connection: ConnectionId, id: StreamId) {
        let Some(connection) = self.connections.get_mut(&connection) else {
            return;
        };
        connection.streams = connection.streams.saturating_sub(1);
        connection.quiet_since = Instant::now();
        if connection.authorised.remove(&id) && connection.authorised.is_empty() {
            connection.strange_since = Instant::now();
        }
        let peer = connection.peer.clone();
        self.forget_if_stranger(&peer);
    }

    /// Limits for strangers hold again for a peer that nobody wants and nothing vouches for. Whatever is wanted of it, it may
    /// not use this node as a relay as long as nothing vouches for it.
    pub(super) fn forget_if_stranger(&mut self, peer: &PeerId) {
        if self.is_authorised(peer) {
            return;
        }
        let wanted = self.scheduler.wants(peer);
        let (peer, behaviour) = (peer.to_libp2p(), self.swarm.behaviour_mut());
        if let Some(doorkeeper) = behaviour.doorkeeper.as_mut() {
            doorkeeper.dismiss(&peer);
        }
        if let Some(call_back) = behaviour.call_back.as_mut() {
            call_back.dismiss(&peer);
        }
        if !wanted {
            behaviour.limits.remove_peer_id(&peer);
        }
    }

    /// Closes connections on which nothing was authorised in time. A second connection of a peer that was authorised
    /// on another is left alone.
    pub(super) fn close_strangers(&mut self, now: Instant) {
        let overdue =
            |since: Instant| now.saturating_duration_since(since) >= self.config.stranger_timeout;
        let strangers: Vec<ConnectionId> = self
            .connections
            .iter()
            .filter(|(_, connection)| {
                connection.authorised.is_empty()
                    && overdue(connection.strange_since)
                    && !self.is_authorised(&connection.peer)
            })
            .map(|(id, _)| *id)
            .collect();
        for id in strangers {
            tracing::debug!(connection = %id, "closing a stranger's connection");
            self.swarm.close_connection(id);
        }
    }

    /// Of several connections to a peer the best one stays. One side alone decides, the one with the smaller peer id,
    /// so that the two cannot close each other's choice. What a direct connection has replaced is closed by either, once no
    /// stream is left on it.
    pub(super) fn close_duplicates(&mut self, now: Instant) {
        let surplus = self.surplus_connections(now).into_iter();
        for id in surplus.chain(self.left_behind(now)) {
            tracing::debug!(connection = %id, "closing a surplus connection");
            self.swarm.close_connection(id);
        }
    }

    pub(super) fn surplus_connections(&self, now: Instant) -> Vec<ConnectionId> {
        let own = PeerId::from_libp2p(self.swarm.local_peer_id());
        let streams = &self.swarm.behaviour().streams;
        let is_surplus = |id: &ConnectionId, connection: &Connection| {
            let peer = connection.peer.to_libp2p();
            // Relay and client keep a connection over each transport.
            if streams.is_kept(&peer) {
                let same = self.connections.iter().find(|(_, other)| {
                    other.peer == connection.peer && other.carrier == connection.carrier
                });
                return same.is_some_and(|(first, _)| first != id);
            }
            streams.best(&peer).is_some_and(|(best, _)| best != *id)
        };
        self.connections
            .iter()
            .filter(|(_, connection)| {
                own < connection.peer && older(connection.since, now, limits::DUPLICATE_TIMEOUT)
            })
            .filter(|(id, connection)| is_surplus(id, connection))
            .map(|(id, _)| *id)
            .collect()
    }

    /// Relayed connections to peers that are reached directly by now.
    fn left_behind(&self, now: Instant) -> Vec<ConnectionId> {
        let has_direct = |peer: &PeerId| {
            let mut all = self.connections.values();
            all.any(|one| {
                one.peer == *peer
                    && one.way == Way::Direct
                    && older(one.since, now, limits::MOVED_TIMEOUT)
            })
        };
        let left = self.connections.iter().filter(|(_, connection)| {
            connection.way == Way::Relayed
                && connection.streams == 0
                && older(connection.quiet_since, now, limits::MOVED_TIMEOUT)
                && has_direct(&connection.peer)
        });
        left.map(|(id, _)| *id).collect()
    }

    /// Closes connections that have fallen silent. The library reports the second of two missed signs of life in a row; by
    /// then it may be late.
    pub(super) fn close_silent(&mut self, now: Instant) {
        let patience = self.config.ping_interval * 2 + limits::SILENCE_MARGIN;
        let all = self.connections.iter();
        let silent = all.filter(|(_, connection)| older(connection.heard, now, patience));
        let silent: Vec<ConnectionId> = silent.map(|(id, _)| *id).collect();
        for id in silent {
            tracing::debug!(connection = %id, "closing a silent connection");
            self.swarm.close_connection(id);
        }
    }

    pub(super) fn heard(&mut self, connection: ConnectionId) {
        if let Some(connection) = self.connections.get_mut(&connection) {
            connection.heard = Instant::now();
        }
    }

    /// Whether there is a connection to the peer, and none that is direct.
    pub(super) fn is_relayed(&self, peer: &PeerId) -> bool {
        let mut all = self
            .connections
            .values()
            .filter(|one| one.peer == *peer)
            .peekable();
        all.peek().is_some() && all.all(|one| one.way == Way::Relayed)
    }

    fn is_authorised(&self, peer: &PeerId) -> bool {
        self.connections
            .values()
            .any(|connection| connection.peer == *peer && !connection.authorised.is_empty())
    }
}

fn older(since: Instant, now: Instant, age: Duration) -> bool {
    now.saturating_duration_since(since) >= age
}
