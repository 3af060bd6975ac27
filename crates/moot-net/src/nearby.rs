//! Owns discovery on the local network. It is given a thread and runtime of its own, since the library's tasks, one per
//! interface, outlive the behaviour that made them: replaced after every sleep, they would pile up with their sockets.

use std::{
    io,
    task::{Context, Poll},
};

use libp2p::{
    Multiaddr, PeerId,
    core::{Endpoint, transport::PortUse},
    mdns,
    swarm::{
        ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
        THandlerOutEvent, ToSwarm, dummy,
    },
};
use tokio::runtime::{self, Runtime};

use crate::{limits, own_networks};

/// Announces this node on every interface and listens for others (mDNS).
pub(crate) struct Nearby {
    mdns: mdns::tokio::Behaviour,
    /// Always there until dropped.
    tasks: Option<Runtime>,
}

impl Nearby {
    /// # Errors
    /// When the system gives no thread, or does not say which interfaces there are.
    pub(crate) fn start(peer: PeerId) -> io::Result<Nearby> {
        let tasks = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("nearby")
            .enable_all()
            .build()?;
        let config = mdns::Config {
            ttl: limits::MDNS_TTL,
            query_interval: limits::MDNS_QUERY_INTERVAL,
            enable_ipv6: has_six_alone(),
        };
        let mdns = {
            let _tasks = tasks.enter();
            mdns::tokio::Behaviour::new(config, peer)?
        };
        Ok(Nearby {
            mdns,
            tasks: Some(tasks),
        })
    }
}

/// The library speaks one version of the internet protocol: 4, unless this machine is on networks with 6 alone.
fn has_six_alone() -> bool {
    let networks = own_networks().unwrap_or_default();
    !networks.is_empty() && networks.iter().all(|network| network.own.is_ipv6())
}

impl Drop for Nearby {
    fn drop(&mut self) {
        if let Some(tasks) = self.tasks.take() {
            tasks.shutdown_background();
        }
    }
}

impl NetworkBehaviour for Nearby {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = mdns::Event;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        self.mdns.on_swarm_event(event);
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<ToSwarm<mdns::Event, THandlerInEvent<Self>>> {
        // What is spawned while polling goes to the runtime that is dropped with this behaviour.
        let _tasks = self.tasks.as_ref().map(Runtime::enter);
        self.mdns.poll(cx)
    }
}
