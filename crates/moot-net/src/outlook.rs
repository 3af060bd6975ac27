//! Owns what relays see of this node when they call it back (AutoNAT): a hint for people, by which nothing is decided.
//!
//! The library tests an address once and never again. So all of it is forgotten, and asked anew, when a relay is gone: with
//! every change of the network relays are.

use std::{
    collections::{BTreeMap, BTreeSet},
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    autonat::v2::client,
    core::{Endpoint, transport::PortUse},
    multiaddr::Protocol,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm,
        behaviour::{ConnectionClosed, ConnectionEstablished},
    },
};

use crate::{Address, address::Scope, limits};

/// Addresses under which this node was seen, and whether it was reached there.
pub(crate) type Seen = BTreeMap<Address, bool>;

/// Asks relays to call this node back where it was seen.
#[derive(Default)]
pub(crate) struct Outlook {
    client: client::Behaviour,
    /// Connections that the client knows of. It must not hear of others, such as those from before it was made.
    connections: BTreeSet<ConnectionId>,
    /// Where it was asked to look.
    candidates: BTreeSet<Address>,
    seen: Seen,
    has_news: bool,
}

impl Outlook {
    /// Forgets everything; what is asked from now on goes by connections to come.
    pub(crate) fn renew(&mut self) {
        self.has_news = !self.seen.is_empty();
        *self = Outlook {
            has_news: self.has_news,
            ..Outlook::default()
        };
    }

    fn note(&mut self, event: &client::Event) {
        let address = Address::from_multiaddr(&event.tested_addr);
        let is_reached = event.result.is_ok();
        tracing::debug!(%address, is_reached, "called back");
        self.has_news |= self.seen.insert(address, is_reached) != Some(is_reached);
    }

    /// Whether a connection could be made there at all. What is seen over a circuit is no address.
    fn is_worth_a_call(&mut self, candidate: &Multiaddr) -> bool {
        let is_peer = |part| matches!(part, Protocol::P2p(_) | Protocol::P2pCircuit);
        if candidate.iter().any(is_peer) {
            return false;
        }
        let address = Address::from_multiaddr(candidate);
        // Whoever is connected can say any number of them.
        let has_room = self.candidates.len() < limits::OUTLOOK_CANDIDATES_MAX;
        address.port().is_some()
            && address.scope() != Scope::Machine
            && (self.candidates.contains(&address) || has_room && self.candidates.insert(address))
    }
}

impl NetworkBehaviour for Outlook {
    type ConnectionHandler = <client::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = Seen;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.client
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
        self.client
            .handle_established_outbound_connection(id, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match &event {
            FromSwarm::NewExternalAddrCandidate(candidate)
                if !self.is_worth_a_call(candidate.addr) => {}
            FromSwarm::ConnectionEstablished(ConnectionEstablished { connection_id, .. }) => {
                self.connections.insert(*connection_id);
                self.client.on_swarm_event(event);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. })
                if !self.connections.remove(connection_id) => {}
            _ => self.client.on_swarm_event(event),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        if self.connections.contains(&id) {
            self.client.on_connection_handler_event(peer, id, event);
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<Seen, THandlerInEvent<Self>>> {
        loop {
            if std::mem::take(&mut self.has_news) {
                return Poll::Ready(ToSwarm::GenerateEvent(self.seen.clone()));
            }
            match self.client.poll(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(ToSwarm::GenerateEvent(event)) => self.note(&event),
                // The library would tell it to whoever connects.
                Poll::Ready(ToSwarm::ExternalAddrConfirmed(_)) => {}
                Poll::Ready(other) => return Poll::Ready(other.map_out(|_| Seen::new())),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_called_is_looked_at_and_not_without_end() {
        let mut outlook = Outlook::default();
        let mut worth = |text: &str| outlook.is_worth_a_call(&text.parse().unwrap());
        let peer = PeerId::random();
        for text in [
            format!("/ip4/198.51.100.1/tcp/4001/p2p/{peer}"),
            format!("/ip4/198.51.100.1/tcp/4001/p2p/{peer}/p2p-circuit"),
            format!("/p2p/{peer}"),
            "/ip4/198.51.100.1".to_owned(),
            "/ip4/127.0.0.1/tcp/4001".to_owned(),
        ] {
            assert!(!worth(&text), "{text}");
        }
        let many = limits::OUTLOOK_CANDIDATES_MAX;
        for port in 1..=many {
            assert!(worth(&format!("/ip4/198.51.100.1/tcp/{port}")));
        }
        assert!(!worth("/ip4/198.51.100.2/tcp/1"));
        assert!(worth("/ip4/198.51.100.1/tcp/1"), "one that is known");
        outlook.renew();
        assert!(outlook.is_worth_a_call(&"/ip4/198.51.100.2/tcp/1".parse().unwrap()));
    }
}
