//! Owns signs of life: each side asks the other from time to time, and the other answers.
//!
//! The library answers one question and forgets to listen for the next: it waits until something else wakes the connection. Over
//! TCP whatever comes does. Over QUIC nothing may for half a minute, so that connections that were well were taken for dead. The
//! handler here is asked once more whenever it says that it waits, and then does listen.

use std::task::{Context, Poll};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    ping,
    swarm::{
        ConnectionDenied, ConnectionHandler, ConnectionHandlerEvent, ConnectionId, FromSwarm,
        NetworkBehaviour, SubstreamProtocol, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
        handler::ConnectionEvent,
    },
};

type Library = <ping::Behaviour as NetworkBehaviour>::ConnectionHandler;

/// Signs of life on every connection.
pub(crate) struct Pulse(ping::Behaviour);

impl Pulse {
    pub(crate) fn new(config: ping::Config) -> Pulse {
        Pulse(ping::Behaviour::new(config))
    }
}

impl NetworkBehaviour for Pulse {
    type ConnectionHandler = Attentive;
    type ToSwarm = ping::Event;

    fn handle_established_inbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let handler = self
            .0
            .handle_established_inbound_connection(id, peer, local, remote)?;
        Ok(Attentive(handler))
    }

    fn handle_established_outbound_connection(
        &mut self,
        id: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let handler = self
            .0
            .handle_established_outbound_connection(id, peer, address, role, port_use)?;
        Ok(Attentive(handler))
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        self.0.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        id: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.0.on_connection_handler_event(peer, id, event);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<ping::Event, THandlerInEvent<Self>>> {
        self.0.poll(cx)
    }
}

/// The library's handler, which hears every question.
pub(crate) struct Attentive(Library);

impl ConnectionHandler for Attentive {
    type FromBehaviour = <Library as ConnectionHandler>::FromBehaviour;
    type ToBehaviour = <Library as ConnectionHandler>::ToBehaviour;
    type InboundProtocol = <Library as ConnectionHandler>::InboundProtocol;
    type OutboundProtocol = <Library as ConnectionHandler>::OutboundProtocol;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = ();

    fn listen_protocol(&self) -> SubstreamProtocol<Self::InboundProtocol> {
        self.0.listen_protocol()
    }

    fn connection_keep_alive(&self) -> bool {
        self.0.connection_keep_alive()
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, (), Self::ToBehaviour>> {
        match self.0.poll(cx) {
            Poll::Pending => self.0.poll(cx),
            ready => ready,
        }
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<Option<Self::ToBehaviour>> {
        self.0.poll_close(cx)
    }

    fn on_behaviour_event(&mut self, event: Self::FromBehaviour) {
        self.0.on_behaviour_event(event);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<Self::InboundProtocol, Self::OutboundProtocol>,
    ) {
        self.0.on_connection_event(event);
    }
}
