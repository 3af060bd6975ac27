//! Owns what the network task makes of each event of the swarm.

use std::{collections::BTreeMap, error::Error, time::Instant};

use libp2p::{
    core::ConnectedPoint,
    mdns, ping,
    swarm::{ConnectionId, DialError, SwarmEvent},
};

use super::{Dial, Driver, connections::Connection};
use crate::{
    Address, NetEvent, PeerId,
    scheduler::Verdict,
    streams::{self, NewStream, Origin, reach_of},
    swarm::BehaviourEvent,
};

impl Driver {
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(event) => self.on_behaviour_event(event),
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                self.connection_established(&peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                num_established,
                cause,
                ..
            } => {
                tracing::debug!(peer = %peer_id, ?cause, "connection closed");
                self.connection_closed(&peer_id, connection_id, num_established);
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                error,
                ..
            } => {
                if let Some(dial) = self.dials.remove(&connection_id) {
                    self.dial_failed(dial, &error);
                }
            }
            SwarmEvent::NewListenAddr { listener_id, .. } => {
                self.listener_reported(listener_id);
                self.network_changed();
            }
            SwarmEvent::ExpiredListenAddr { .. } | SwarmEvent::ListenerClosed { .. } => {
                self.addresses_changed();
                self.network_changed();
            }
            SwarmEvent::ListenerError { error, .. } => tracing::debug!(%error, "listener"),
            SwarmEvent::IncomingConnectionError { error, .. } => {
                tracing::debug!(%error, "incoming connection")
            }
            _ => {}
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Streams(streams::Event::Opened(new)) => self.stream_negotiated(new),
            BehaviourEvent::Streams(streams::Event::OpenFailed { peer, label, error }) => {
                tracing::debug!(%peer, error, "no stream");
                let jitter = self.draw_jitter();
                self.scheduler.open_failed(
                    &PeerId::from_libp2p(&peer),
                    label,
                    Instant::now(),
                    jitter,
                );
            }
            // The library reports a failed ping and leaves the connection open.
            BehaviourEvent::Ping(ping::Event {
                connection,
                result: Err(error),
                ..
            }) => {
                tracing::debug!(%connection, %error, "no answer to a ping");
                self.swarm.close_connection(connection);
            }
            BehaviourEvent::Nearby(mdns::Event::Discovered(found)) => self.discovered(found),
            // Records expire although the peer is there, when one answer is lost: no reason to let go of it.
            BehaviourEvent::Nearby(mdns::Event::Expired(expired)) => {
                for (peer, _) in expired {
                    self.scheduler.not_seen(&PeerId::from_libp2p(&peer));
                }
            }
            BehaviourEvent::Ping(_) | BehaviourEvent::Identify(_) => {}
            BehaviourEvent::Limits(never) => match never {},
        }
    }

    fn stream_negotiated(&mut self, new: NewStream) {
        let verdict = match new.origin {
            Origin::Ours { label } => {
                self.scheduler
                    .opened(&PeerId::from_libp2p(&new.peer), label, Instant::now())
            }
            Origin::Theirs { .. } => Verdict::Keep,
        };
        if verdict == Verdict::Keep {
            self.stream_opened(new);
        }
    }

    fn connection_established(
        &mut self,
        peer: &libp2p::PeerId,
        id: ConnectionId,
        endpoint: &ConnectedPoint,
    ) {
        let now = Instant::now();
        let peer = PeerId::from_libp2p(peer);
        match self.dials.remove(&id) {
            Some(Dial::Peer(dialled)) => self.scheduler.dial_succeeded(&dialled),
            Some(Dial::Probe(_)) => self.scheduler.probe_ended(),
            None => {}
        }
        if !self
            .connections
            .values()
            .any(|connection| connection.peer == peer)
        {
            self.scheduler.connected(peer.clone(), now);
        }
        let connection = Connection {
            peer: peer.clone(),
            since: now,
            authorised: Default::default(),
            strange_since: now,
        };
        self.connections.insert(id, connection);
        let remote = endpoint.get_remote_address();
        self.report(NetEvent::Connected {
            peer,
            address: Address::from_multiaddr(remote),
            reach: reach_of(remote),
        });
    }

    fn connection_closed(&mut self, peer: &libp2p::PeerId, id: ConnectionId, remaining: u32) {
        self.connections.remove(&id);
        for (stream, _) in self
            .streams
            .iter()
            .filter(|(_, entry)| entry.connection == id)
        {
            if let Some(outbox) = self.outboxes.get(*stream) {
                outbox.connection_lost();
            }
        }
        if remaining > 0 {
            return;
        }
        let peer = PeerId::from_libp2p(peer);
        let jitter = self.draw_jitter();
        self.scheduler.disconnected(&peer, Instant::now(), jitter);
        self.forget_if_stranger(&peer);
        self.report(NetEvent::Disconnected { peer });
    }

    pub(super) fn dial_failed(&mut self, dial: Dial, error: &DialError) {
        match dial {
            // Somebody else's connection was quicker.
            Dial::Peer(peer) if matches!(error, DialError::DialPeerConditionFalse(_)) => {
                self.scheduler.dial_succeeded(&peer);
            }
            Dial::Peer(peer) => {
                let jitter = self.draw_jitter();
                self.scheduler.dial_failed(&peer, Instant::now(), jitter);
                self.hint(NetEvent::DialFailed {
                    peer,
                    error: explain(error),
                });
            }
            Dial::Probe(address) => {
                self.scheduler.probe_ended();
                self.hint(NetEvent::Unreachable {
                    address,
                    error: explain(error),
                });
            }
        }
    }

    fn discovered(&mut self, found: Vec<(libp2p::PeerId, libp2p::Multiaddr)>) {
        let mut peers: BTreeMap<PeerId, Vec<Address>> = BTreeMap::new();
        for (peer, address) in found {
            peers
                .entry(PeerId::from_libp2p(&peer))
                .or_default()
                .push(Address::from_multiaddr(&address));
        }
        for (peer, addresses) in peers {
            self.scheduler.seen(&peer, &addresses, Instant::now());
            self.hint(NetEvent::Discovered { peer, addresses });
        }
    }
}

/// Says in one line why a dial failed, address by address, each with its innermost cause.
fn explain(error: &DialError) -> String {
    match error {
        DialError::Transport(failures) => failures
            .iter()
            .map(|(address, error)| {
                format!("{}: {}", Address::from_multiaddr(address), innermost(error))
            })
            .collect::<Vec<_>>()
            .join("; "),
        DialError::WrongPeerId { obtained, address } => {
            format!(
                "{}: another node answers there, {obtained}",
                Address::from_multiaddr(address)
            )
        }
        DialError::LocalPeerId { address } => {
            format!(
                "{}: this is the node itself",
                Address::from_multiaddr(address)
            )
        }
        error => innermost(error),
    }
}

fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
