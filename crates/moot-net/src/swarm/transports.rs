//! Owns the ways bytes travel: TCP, QUIC, circuits through relays, and names for addresses. All are encrypted from end to end.

use std::time::Duration;

use libp2p::{
    Transport,
    core::{
        muxing::StreamMuxerBox,
        transport::{Boxed, timeout::TransportTimeout},
        upgrade::Version,
    },
    dns,
    identity::Keypair,
    noise, quic, relay, tcp, yamux,
};

use super::same_port::SamePort;
use crate::{config::Circuits, hang_up::HangUp, limits};

type Ways = Boxed<(libp2p::PeerId, StreamMuxerBox)>;

/// Which port dials over QUIC leave from.
#[derive(Clone, Copy)]
enum Ports {
    /// The one that is listened on, always: what a router makes of it holds for all connections.
    TheSame,
    /// Another one, where that is asked for.
    AsAsked,
}

const QUIC_IDLE_TIMEOUT: Duration = Duration::from_millis(limits::QUIC_IDLE_TIMEOUT_MS as u64);

/// All ways, and for circuits the protocol that belongs to the way.
///
/// # Errors
/// When the encryption cannot be set up.
pub(super) fn build(
    keypair: &Keypair,
    circuits: &Circuits,
) -> Result<(Ways, Option<relay::client::Behaviour>), noise::Error> {
    let ports = match circuits {
        Circuits::Client => Ports::TheSame,
        Circuits::Off | Circuits::Serve { .. } => Ports::AsAsked,
    };
    let keep_alive = match circuits {
        // Members ask twice as often: with hundreds of them, asking as well costs the most of all that an idle relay does.
        Circuits::Serve { .. } => QUIC_IDLE_TIMEOUT,
        Circuits::Off | Circuits::Client => QUIC_IDLE_TIMEOUT / 2,
    };
    let named = named(keypair, ports, keep_alive)?;
    let (all, client) = match circuits {
        Circuits::Off | Circuits::Serve { .. } => (named, None),
        Circuits::Client => {
            let (through_relays, client) = relay::client::new(keypair.public().to_peer_id());
            let through_relays = through_relays
                .upgrade(Version::V1Lazy)
                .authenticate(noise::Config::new(keypair)?)
                .multiplex(multiplexing())
                .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(HangUp::new(muxer))));
            let all = through_relays.or_transport(named);
            (
                all.map(|either, _| either.into_inner()).boxed(),
                Some(client),
            )
        }
    };
    // A relay dials only to call somebody back.
    let outgoing = match circuits {
        Circuits::Serve { .. } => limits::CALL_BACK_TIMEOUT,
        Circuits::Off | Circuits::Client => limits::CONNECT_TIMEOUT,
    };
    let all = TransportTimeout::with_outgoing_timeout(all, outgoing);
    let all = TransportTimeout::with_ingoing_timeout(all, limits::CONNECT_TIMEOUT).boxed();
    Ok((all, client))
}

fn named(keypair: &Keypair, ports: Ports, keep_alive: Duration) -> Result<Ways, noise::Error> {
    match dns::tokio::Transport::system(direct(keypair, ports, keep_alive)?) {
        Ok(named) => Ok(named.boxed()),
        Err(error) => {
            // Addresses by number still work. A public resolver that nobody chose would learn whom we call.
            tracing::warn!(%error, "the system's name servers cannot be read; addresses by name will fail");
            let named = dns::tokio::Transport::custom(
                direct(keypair, ports, keep_alive)?,
                dns::ResolverConfig::from_parts(None, Vec::new(), Vec::new()),
                dns::ResolverOpts::default(),
            );
            Ok(named.boxed())
        }
    }
}

fn direct(keypair: &Keypair, ports: Ports, keep_alive: Duration) -> Result<Ways, noise::Error> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default())
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?)
        .multiplex(multiplexing())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(HangUp::new(muxer))));
    let mut quic = quic::Config::new(keypair);
    quic.max_idle_timeout = limits::QUIC_IDLE_TIMEOUT_MS;
    quic.keep_alive_interval = keep_alive;
    quic.max_concurrent_stream_limit = limits::STREAMS_PER_CONNECTION_MAX;
    quic.max_stream_data = limits::QUIC_STREAM_WINDOW_BYTES;
    quic.max_connection_data = limits::QUIC_CONNECTION_WINDOW_BYTES;
    let quic = quic::tokio::Transport::new(quic)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(HangUp::new(muxer))))
        .boxed();
    let quic = match ports {
        Ports::TheSame => SamePort(quic).boxed(),
        Ports::AsAsked => quic,
    };
    Ok(tcp
        .or_transport(quic)
        .map(|either, _| either.into_inner())
        .boxed())
}

fn multiplexing() -> yamux::Config {
    let mut yamux = yamux::Config::default();
    yamux.set_max_num_streams(limits::STREAMS_PER_CONNECTION_MAX as usize);
    yamux
}
