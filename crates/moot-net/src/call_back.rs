//! Owns calling members back where they were seen, so that they learn whether others reach them there (AutoNAT). Only those whom
//! this relay serves are called, and only at numbers from which they are connected: nobody has it call a third.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    autonat::v2::server,
    core::{Endpoint, transport::PortUse},
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
        behaviour::{ConnectionClosed, ConnectionEstablished},
    },
};

use crate::Address;

/// Calls back peers that were let in.
#[derive(Default)]
pub(crate) struct CallBack {
    server: server::Behaviour,
    admitted: BTreeSet<PeerId>,
    /// From where each peer is connected.
    places: BTreeMap<PeerId, BTreeMap<ConnectionId, IpAddr>>,
}

#[derive(Debug, thiserror::Error)]
#[error("nobody is called at an address that is not theirs")]
struct NotTheirs;

impl CallBack {
    /// The peer may ask from now on.
    pub(crate) fn admit(&mut self, peer: PeerId) {
        self.admitted.insert(peer);
    }

    /// The peer may ask no more.
    pub(crate) fn dismiss(&mut self, peer: &PeerId) {
        self.admitted.remove(peer);
    }

    /// Whether all these addresses have a number from which the peer is connected.
    fn are_theirs(&self, peer: Option<PeerId>, addresses: &[Multiaddr]) -> bool {
        let places = peer.and_then(|peer| self.places.get(&peer));
        let is_theirs = |address: &Multiaddr| {
            let ip = Address::from_multiaddr(address).ip();
            ip.zip(places)
                .is_some_and(|(ip, places)| places.values().any(|place| *place == ip))
        };
        !addresses.is_empty() && addresses.iter().all(is_theirs)
    }
}

impl NetworkBehaviour for CallBack {
    type ConnectionHandler = <server::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = server::Event;

    /// A relay dials nobody on its own account, so every dial is such a call.
    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        match self.are_theirs(peer, addresses) {
            true => Ok(Vec::new()),
            false => Err(ConnectionDenied::new(NotTheirs)),
        }
    }

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.server
            .handle_established_inbound_connection(id, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.server
            .handle_established_outbound_connection(id, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match &event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                let remote = Address::from_multiaddr(endpoint.get_remote_address());
                if let (true, Some(ip)) = (endpoint.is_listener(), remote.ip()) {
                    let places = self.places.entry(*peer_id).or_default();
                    places.insert(*connection_id, ip);
                }
            }
            FromSwarm::ConnectionClosed(ConnectionClosed {
                peer_id,
                connection_id,
                ..
            }) => {
                if let Some(places) = self.places.get_mut(peer_id) {
                    places.remove(connection_id);
                    if places.is_empty() {
                        self.places.remove(peer_id);
                    }
                }
            }
            _ => {}
        }
        self.server.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        if self.admitted.contains(&peer) {
            self.server.on_connection_handler_event(peer, id, event);
        } else {
            tracing::debug!(%peer, "a stranger asks to be called back");
        }
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ToSwarm<server::Event, THandlerInEvent<Self>>> {
        self.server.poll(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_has_a_relay_call_a_third() {
        let [ana, bo] = [PeerId::random(), PeerId::random()];
        let mut calls = CallBack::default();
        let at = |text: &str| vec![text.parse::<Multiaddr>().unwrap()];
        let place =
            |text: &str| BTreeMap::from([(ConnectionId::new_unchecked(1), text.parse().unwrap())]);
        calls.places.insert(ana, place("198.51.100.1"));
        calls.places.insert(bo, place("2001:db8::2"));
        assert!(calls.are_theirs(Some(ana), &at("/ip4/198.51.100.1/tcp/7")));
        assert!(calls.are_theirs(Some(bo), &at("/ip6/2001:db8::2/udp/7/quic-v1")));
        for (peer, other) in [
            (Some(ana), "/ip4/198.51.100.2/tcp/7"),
            (Some(ana), "/ip6/2001:db8::2/tcp/7"),
            (Some(ana), "/ip4/127.0.0.1/tcp/7"),
            (Some(ana), "/dns4/bank.example/tcp/7"),
            (None, "/ip4/198.51.100.1/tcp/7"),
        ] {
            assert!(!calls.are_theirs(peer, &at(other)), "{other}");
        }
        assert!(!calls.are_theirs(Some(ana), &[]));
    }
}
