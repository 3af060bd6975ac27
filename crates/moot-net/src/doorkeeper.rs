//! Owns who may use this node as a relay: peers that were authorised. The library asks nobody.
//!
//! What a connection asks for before that is dropped unheard. Once a peer was admitted its connections stay so: circuits are
//! counted by their beginnings and ends, and connections of peers that are authorised no more are closed anyway.

use std::{
    collections::BTreeSet,
    num::NonZeroU32,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    relay,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, behaviour::ConnectionClosed,
    },
};

use crate::limits;

/// Circuits for peers that were let in.
pub(crate) struct Doorkeeper {
    relay: relay::Behaviour,
    admitted: BTreeSet<PeerId>,
    /// Connections on which somebody who was admitted asked for something.
    in_use: BTreeSet<ConnectionId>,
}

impl Doorkeeper {
    pub(crate) fn new(own: PeerId) -> Doorkeeper {
        let config = relay::Config {
            max_reservations: limits::BERTHS_MAX,
            max_reservations_per_peer: limits::BERTHS_PER_PEER_MAX,
            reservation_duration: limits::BERTH_DURATION,
            reservation_rate_limiters: Vec::new(),
            max_circuits: limits::CIRCUITS_MAX,
            max_circuits_per_peer: limits::CIRCUITS_PER_PEER_MAX,
            max_circuit_duration: limits::CIRCUIT_DURATION,
            // No limit: a circuit carries whole notebooks.
            max_circuit_bytes: 0,
            circuit_src_rate_limiters: Vec::new(),
        };
        let burst = NonZeroU32::new(limits::CIRCUITS_BURST).expect("not zero");
        let config = config
            .reservation_rate_per_peer(burst, limits::BERTHS_REFILL)
            .circuit_src_per_peer(burst, limits::CIRCUITS_REFILL);
        Doorkeeper {
            relay: relay::Behaviour::new(own, config),
            admitted: BTreeSet::new(),
            in_use: BTreeSet::new(),
        }
    }

    /// The peer may ask for berths and circuits from now on.
    pub(crate) fn admit(&mut self, peer: PeerId) {
        self.admitted.insert(peer);
    }

    /// The peer may ask for nothing new on connections to come.
    pub(crate) fn dismiss(&mut self, peer: &PeerId) {
        self.admitted.remove(peer);
    }
}

impl NetworkBehaviour for Doorkeeper {
    type ConnectionHandler = <relay::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = relay::Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.relay
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
        self.relay
            .handle_established_outbound_connection(id, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        if let FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) = &event {
            self.in_use.remove(connection_id);
        }
        self.relay.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        if self.admitted.contains(&peer) {
            self.in_use.insert(id);
        }
        if self.in_use.contains(&id) {
            self.relay.on_connection_handler_event(peer, id, event);
        } else {
            tracing::debug!(%peer, "a stranger asks for a circuit");
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<relay::Event, THandlerInEvent<Self>>> {
        self.relay.poll(cx)
    }
}
