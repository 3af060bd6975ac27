//! Owns what the network task makes of each event of the swarm.

use std::{collections::BTreeMap, error::Error, io, time::Instant};

use libp2p::{
    core::ConnectedPoint,
    mdns,
    multiaddr::Protocol,
    ping,
    swarm::{ConnectionId, DialError, SwarmEvent},
};

use super::{Dial, Driver, connections::Connection};
use crate::{
    Address, NetEvent, PeerId,
    message::Obstacle,
    scheduler::{Verdict, Way},
    streams::{self, NewStream, Origin, is_circuit, reach_of},
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
            SwarmEvent::NewListenAddr { address, .. }
            | SwarmEvent::ExpiredListenAddr { address, .. }
                if is_circuit(&address) => {}
            SwarmEvent::NewListenAddr {
                listener_id,
                address,
            } => {
                self.serve_at(address);
                self.listener_reported(listener_id);
                self.network_changed();
            }
            SwarmEvent::ListenerClosed {
                listener_id,
                reason,
                addresses,
            } if self.berths.contains_key(&listener_id) || addresses.iter().any(is_circuit) => {
                self.berth_closed(listener_id, reason);
            }
            SwarmEvent::ExpiredListenAddr { .. } | SwarmEvent::ListenerClosed { .. } => {
                self.addresses_changed();
                self.network_changed();
            }
            // Told to whoever connects, and nobody needs it.
            SwarmEvent::ExternalAddrConfirmed { address } if is_circuit(&address) => {
                self.swarm.remove_external_address(&address);
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
            BehaviourEvent::Pulse(ping::Event {
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
                self.heard_no_more();
            }
            BehaviourEvent::Pulse(ping::Event { connection, .. }) => self.heard(connection),
            BehaviourEvent::Identify(event) => self.on_identify(event),
            BehaviourEvent::Circuits(event) => self.on_circuits(event),
            BehaviourEvent::Doorkeeper(event) => self.on_doorkeeper(event),
            BehaviourEvent::Outlook(seen) => self.seen_from_outside(seen),
            BehaviourEvent::CallBack(event) => {
                tracing::debug!(peer = %event.client, address = %event.tested_addr, "called back");
            }
            BehaviourEvent::Punching(event) => {
                let peer = event.remote_peer_id;
                match event.result {
                    Ok(_) => tracing::info!(%peer, "reached directly through a hole"),
                    Err(error) => {
                        tracing::debug!(%peer, %error, "no hole");
                        let (now, jitter) = (Instant::now(), self.draw_jitter());
                        let peer = PeerId::from_libp2p(&peer);
                        self.scheduler.hole_failed(&peer, now, jitter);
                    }
                }
            }
            BehaviourEvent::Observed(never) => match never {},
            BehaviourEvent::Limits(never) => match never {},
        }
    }

    fn stream_negotiated(&mut self, new: NewStream) {
        let verdict = match new.origin {
            Origin::Ours { label } => {
                let (peer, way) = (PeerId::from_libp2p(&new.peer), Way::of(&new.reach));
                self.scheduler.opened(&peer, label, way, Instant::now())
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
        let reach = reach_of(endpoint);
        let way = Way::of(&reach);
        let address = Address::from_multiaddr(endpoint.get_remote_address());
        let connection = Connection::new(peer.clone(), way, endpoint, now);
        let carrier = connection.carrier;
        match self.dials.remove(&id) {
            Some(Dial::Peer(dialled)) => self.scheduler.dial_succeeded(&dialled),
            Some(Dial::Through(dialled)) => self.scheduler.circuit_succeeded(&dialled),
            Some(Dial::Relay(relay, carrier)) => self.scheduler.relay_dialled(&relay, carrier),
            Some(Dial::Probe(_)) => self.scheduler.probe_ended(),
            None => {}
        }
        self.scheduler.connected(peer.clone(), way, now);
        if let Some(carrier) = carrier {
            self.scheduler.relay_connected(&peer, carrier, now);
        }
        if self.scheduler.wants_berth(&peer) {
            self.swarm.behaviour_mut().streams.keep(peer.to_libp2p());
        }
        self.connections.insert(id, connection);
        self.report(NetEvent::Connected {
            peer,
            address,
            reach,
        });
    }

    fn connection_closed(&mut self, peer: &libp2p::PeerId, id: ConnectionId, remaining: u32) {
        let closed = self.connections.remove(&id);
        for (stream, _) in self
            .streams
            .iter()
            .filter(|(_, entry)| entry.connection == id)
        {
            if let Some(outbox) = self.outboxes.get(*stream) {
                outbox.connection_lost();
            }
        }
        let peer = PeerId::from_libp2p(peer);
        let (now, jitter) = (Instant::now(), self.draw_jitter());
        if let Some(closed) = closed {
            self.scheduler.disconnected(&peer, closed.way, now, jitter);
            if let Some(carrier) = closed.carrier {
                self.scheduler
                    .relay_disconnected(&peer, carrier, now, jitter);
            }
        }
        if remaining > 0 {
            return;
        }
        self.forget_if_stranger(&peer);
        self.guest_left(&peer);
        if self.scheduler.wants_berth(&peer)
            && let Some(outlook) = self.swarm.behaviour_mut().outlook.as_mut()
        {
            outlook.renew();
        }
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
            Dial::Through(peer) => self.circuit_failed(peer, explain(error)),
            Dial::Relay(relay, carrier) => {
                let (now, jitter) = (Instant::now(), self.draw_jitter());
                self.scheduler
                    .relay_dial_failed(&relay, carrier, now, jitter);
                tracing::debug!(%relay, error = explain(error), "no second connection to a relay");
            }
            Dial::Probe(address) => {
                self.scheduler.probe_ended();
                self.hint(NetEvent::Unreachable {
                    address,
                    error: explain(error),
                    obstacle: obstacle_of(error),
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

/// What kind of failure the only address of a dial ended with.
fn obstacle_of(error: &DialError) -> Obstacle {
    let DialError::Transport(failures) = error else {
        return Obstacle::Other;
    };
    let Some((address, error)) = failures.first() else {
        return Obstacle::Other;
    };
    let words = innermost(error);
    let is_named = address.iter().any(|part| {
        matches!(
            part,
            Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_) | Protocol::Dnsaddr(_)
        )
    });
    match system_error(&words).map(|error| error.kind()) {
        Some(io::ErrorKind::ConnectionRefused) => Obstacle::Refused,
        Some(
            io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::AddrNotAvailable,
        ) => Obstacle::NoWay,
        Some(io::ErrorKind::TimedOut) => Obstacle::Silent,
        _ if words.to_lowercase().contains("timed out") => Obstacle::Silent,
        // A name that was found leads on to an error of the system, or to silence.
        None if is_named => Obstacle::NoName,
        _ => Obstacle::Other,
    }
}

/// The system's error that these words end with. The library wraps it in types that cannot be looked into.
fn system_error(words: &str) -> Option<io::Error> {
    let (_, number) = words.rsplit_once("(os error ")?;
    let number = number.strip_suffix(')')?.parse().ok()?;
    Some(io::Error::from_raw_os_error(number))
}

pub(super) fn innermost(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
