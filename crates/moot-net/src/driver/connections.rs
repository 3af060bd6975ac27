//! Owns what is known of each connection: whose it is, what runs on it, whether its peer has been vouched for.
//! Connections of strangers and surplus ones are closed here.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use libp2p::swarm::ConnectionId;

use super::Driver;
use crate::{PeerId, limits, message::StreamId};

/// One connection.
pub(super) struct Connection {
    pub(super) peer: PeerId,
    pub(super) since: Instant,
    /// Streams on which the peer proved itself.
    pub(super) authorised: BTreeSet<StreamId>,
    /// When it last came to carry no such stream.
    pub(super) strange_since: Instant,
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
        if let Some(outbox) = self.outboxes.get(id) {
            outbox.authorise();
        }
    }

    pub(super) fn stream_left(&mut self, connection: ConnectionId, id: StreamId) {
        let Some(connection) = self.connections.get_mut(&connection) else {
            return;
        };
        if connection.authorised.remove(&id) && connection.authorised.is_empty() {
            connection.strange_since = Instant::now();
        }
        let peer = connection.peer.clone();
        self.forget_if_stranger(&peer);
    }

    /// Limits for strangers hold again for a peer that nobody wants and nothing vouches for.
    pub(super) fn forget_if_stranger(&mut self, peer: &PeerId) {
        if !self.scheduler.wants(peer) && !self.is_authorised(peer) {
            self.swarm
                .behaviour_mut()
                .limits
                .remove_peer_id(&peer.to_libp2p());
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
    /// so that the two cannot close each other's choice.
    pub(super) fn close_duplicates(&mut self, now: Instant) {
        for id in self.surplus_connections(now) {
            tracing::debug!(connection = %id, "closing a surplus connection");
            self.swarm.close_connection(id);
        }
    }

    pub(super) fn surplus_connections(&self, now: Instant) -> Vec<ConnectionId> {
        let own = PeerId::from_libp2p(self.swarm.local_peer_id());
        self.connections
            .iter()
            .filter(|(_, connection)| {
                own < connection.peer && older(connection.since, now, limits::DUPLICATE_TIMEOUT)
            })
            .filter(|(id, connection)| {
                let best = self
                    .swarm
                    .behaviour()
                    .streams
                    .best(&connection.peer.to_libp2p());
                best.is_some_and(|(best, _)| best != **id)
            })
            .map(|(id, _)| *id)
            .collect()
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
