//! Owns how a swarm is put together: transports, security, protocols and their limits. One function builds it, at the
//! start and again when nothing works any more.

use std::{num::NonZeroU8, time::Duration};

use libp2p::{
    Swarm, Transport, connection_limits,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns, identify,
    identity::Keypair,
    noise, ping, quic,
    swarm::{
        self, FromSwarm, NetworkBehaviour, behaviour::toggle::Toggle, derive_prelude::ListenerId,
    },
    tcp, yamux,
};

use crate::{
    config::{Discovery, NetConfig},
    hang_up::HangUp,
    limits,
    nearby::Nearby,
    streams::Streams,
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
    pub(crate) ping: ping::Behaviour,
    identify: identify::Behaviour,
    nearby: Toggle<Nearby>,
}

/// Builds a swarm that listens nowhere yet.
///
/// # Errors
/// When the encryption cannot be set up.
pub(crate) fn build(config: &NetConfig) -> Result<Swarm<Behaviour>, noise::Error> {
    let keypair = config.secret_key.keypair();
    let peer = keypair.public().to_peer_id();
    let transport = match dns::tokio::Transport::system(direct_transport(&keypair)?) {
        Ok(transport) => transport,
        Err(error) => {
            // Addresses by number still work. A public resolver that nobody chose would learn whom we call.
            tracing::warn!(%error, "the system's name servers cannot be read; addresses by name will fail");
            dns::tokio::Transport::custom(
                direct_transport(&keypair)?,
                dns::ResolverConfig::from_parts(None, Vec::new(), Vec::new()),
                dns::ResolverOpts::default(),
            )
        }
    };
    let behaviour = Behaviour {
        limits: connection_limits::Behaviour::new(connection_limits()),
        streams: Streams::new(config.inbound_streams_max),
        ping: ping::Behaviour::new(
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
    };
    let swarm_config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(limits::IDLE_CONNECTION_TIMEOUT)
        .with_dial_concurrency_factor(DIAL_CONCURRENCY);
    let transport = TransportTimeout::new(transport, limits::CONNECT_TIMEOUT).boxed();
    Ok(Swarm::new(transport, behaviour, peer, swarm_config))
}

/// Replaces the local discovery by a fresh one: after a sleep its sockets may be deaf without knowing it.
pub(crate) fn renew_discovery(swarm: &mut Swarm<Behaviour>, discovery: Discovery) {
    let mut fresh = local_discovery(discovery, *swarm.local_peer_id());
    // It was not there when the listeners came up, and would announce nothing.
    let listeners: Vec<_> = swarm.listeners().cloned().collect();
    for addr in &listeners {
        let listener_id = ListenerId::next();
        fresh.on_swarm_event(FromSwarm::NewListenAddr(swarm::behaviour::NewListenAddr {
            listener_id,
            addr,
        }));
    }
    swarm.behaviour_mut().nearby = fresh;
}

fn direct_transport(
    keypair: &Keypair,
) -> Result<Boxed<(libp2p::PeerId, StreamMuxerBox)>, noise::Error> {
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(limits::STREAMS_PER_CONNECTION_MAX as usize);
    let tcp = tcp::tokio::Transport::new(tcp::Config::default())
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?)
        .multiplex(yamux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(HangUp::new(muxer))));
    let mut quic = quic::Config::new(keypair);
    quic.max_idle_timeout = limits::QUIC_IDLE_TIMEOUT_MS;
    quic.keep_alive_interval = Duration::from_millis(u64::from(limits::QUIC_IDLE_TIMEOUT_MS) / 2);
    quic.max_concurrent_stream_limit = limits::STREAMS_PER_CONNECTION_MAX;
    quic.max_stream_data = limits::QUIC_STREAM_WINDOW_BYTES;
    quic.max_connection_data = limits::QUIC_CONNECTION_WINDOW_BYTES;
    let quic = quic::tokio::Transport::new(quic)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(HangUp::new(muxer))));
    Ok(tcp
        .or_transport(quic)
        .map(|either, _| either.into_inner())
        .boxed())
}

fn connection_limits() -> connection_limits::ConnectionLimits {
    // Connections per peer are limited in `Streams`, since these limits do not hold for peers that are let through.
    connection_limits::ConnectionLimits::default()
        .with_max_pending_incoming(Some(limits::PENDING_INBOUND_MAX))
        .with_max_pending_outgoing(Some(limits::PENDING_OUTBOUND_MAX))
        .with_max_established_incoming(Some(limits::ESTABLISHED_INBOUND_MAX))
        .with_max_established(Some(limits::ESTABLISHED_MAX))
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
