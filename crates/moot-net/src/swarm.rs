//! Owns how a swarm is put together: protocols and their limits. One function builds it, at the
//! start and again when nothing works any more.

mod same_port;
mod transports;

use std::num::NonZeroU8;

use libp2p::{
    Swarm, connection_limits, dcutr, identify, noise, ping, relay,
    swarm::{
        self, FromSwarm, NetworkBehaviour, behaviour::toggle::Toggle, derive_prelude::ListenerId,
    },
};

use crate::{
    call_back::CallBack,
    config::{Circuits, Discovery, NetConfig},
    doorkeeper::Doorkeeper,
    limits,
    nearby::Nearby,
    observed::Observed,
    outlook::Outlook,
    pulse::Pulse,
    streams::{Streams, is_circuit},
};

#[cfg(test)]
mod tests;

const DIAL_CONCURRENCY: NonZeroU8 = NonZeroU8::new(16).expect("not zero");

/// Every protocol a node speaks.
#[derive(NetworkBehaviour)]
pub(crate) struct Behaviour {
    // First, so that a connection over the limit reaches nothing else.
    pub(crate) limits: connection_limits::Behaviour,
    pub(crate) streams: Streams,
    pub(crate) pulse: Pulse,
    identify: identify::Behaviour,
    nearby: Toggle<Nearby>,
    pub(crate) observed: Observed,
    pub(crate) doorkeeper: Toggle<Doorkeeper>,
    circuits: Toggle<relay::client::Behaviour>,
    punching: Toggle<dcutr::Behaviour>,
    pub(crate) outlook: Toggle<Outlook>,
    pub(crate) call_back: Toggle<CallBack>,
}

/// Builds a swarm that listens nowhere yet.
///
/// # Errors
/// When the encryption cannot be set up.
pub(crate) fn build(config: &NetConfig) -> Result<Swarm<Behaviour>, noise::Error> {
    let keypair = config.secret_key.keypair();
    let peer = keypair.public().to_peer_id();
    let (transport, circuits) = transports::build(&keypair, &config.circuits)?;
    let serves = matches!(config.circuits, Circuits::Serve { .. });
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(connection_limits(
            config.inbound_connections_max,
        )),
        streams: Streams::new(config.inbound_streams_max),
        pulse: Pulse::new(
            ping::Config::new()
                .with_interval(config.ping_interval)
                .with_timeout(config.ping_interval),
        ),
        identify: identify::Behaviour::new(
            // Told to anyone who connects, so it says nothing: no version, no addresses of the home network.
            identify::Config::new("/moot/1".to_owned(), keypair.public())
                .with_agent_version("moot".to_owned())
                .with_hide_listen_addrs(true)
                .with_cache_size(0),
        ),
        nearby: local_discovery(config.discovery, peer),
        observed: Observed::default(),
        doorkeeper: Toggle::from(serves.then(|| Doorkeeper::new(peer))),
        punching: Toggle::from(circuits.is_some().then(|| dcutr::Behaviour::new(peer))),
        outlook: Toggle::from(circuits.is_some().then(Outlook::default)),
        call_back: Toggle::from(serves.then(CallBack::default)),
        circuits: Toggle::from(circuits),
    };
    let swarm_config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(limits::IDLE_CONNECTION_TIMEOUT)
        .with_dial_concurrency_factor(DIAL_CONCURRENCY);
    Ok(Swarm::new(transport, behaviour, peer, swarm_config))
}

/// Replaces the local discovery by a fresh one: after a sleep its sockets may be deaf without knowing it.
pub(crate) fn renew_discovery(swarm: &mut Swarm<Behaviour>, discovery: Discovery) {
    let mut fresh = local_discovery(discovery, *swarm.local_peer_id());
    // It was not there when the listeners came up, and would announce nothing.
    let listeners: Vec<_> = swarm.listeners().cloned().collect();
    let direct = listeners.iter().filter(|address| !is_circuit(address));
    for addr in direct {
        let listener_id = ListenerId::next();
        fresh.on_swarm_event(FromSwarm::NewListenAddr(swarm::behaviour::NewListenAddr {
            listener_id,
            addr,
        }));
    }
    swarm.behaviour_mut().nearby = fresh;
}

fn connection_limits(inbound_max: u32) -> connection_limits::ConnectionLimits {
    // Connections per peer are limited in `Streams`, since these limits do not hold for peers that are let through.
    connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(limits::PENDING_INBOUND_MAX))
        .with_max_pending_outgoing(Some(limits::PENDING_OUTBOUND_MAX))
        .with_max_established_incoming(Some(inbound_max))
        .with_max_established(Some(inbound_max + limits::ESTABLISHED_BESIDE_MAX))
}

fn local_discovery(discovery: Discovery, peer: libp2p::PeerId) -> Toggle<Nearby> {
    match discovery {
        Discovery::Off => Toggle::from(None),
        Discovery::LocalNetwork => Toggle::from(
            Nearby::start(peer)
                .inspect_err(|error| tracing::warn!(%error, "no discovery on the local network"))
                .ok(),
        ),
    }
}
