//! Owns [`NetConfig`]: what a caller decides about its node. What nobody needs to decide stands in `limits.rs`.

use std::time::Duration;

use crate::{Address, SecretKey, limits};

/// What a node is started with.
#[derive(Clone)]
pub struct NetConfig {
    /// The network identity.
    pub secret_key: SecretKey,
    /// Where to listen; at least one address must come up.
    pub listen: Vec<Address>,
    /// What to do about an address of these that cannot be listened on at the start. Later, after a change of the network, the
    /// others do.
    pub insistence: Insistence,
    /// Whether to look for peers on the local network.
    pub discovery: Discovery,
    /// Connections on which nothing is authorised for so long are closed. 15 seconds unless a test is in a hurry.
    pub stranger_timeout: Duration,
    /// A peer is asked for a sign of life so often, and has as long to answer. 9 seconds unless a test is in a hurry. A
    /// connection that fell silent is closed within twice this and three seconds.
    pub ping_interval: Duration,
    /// Open inbound streams that one connection may have; the surplus is reset.
    pub inbound_streams_max: usize,
    /// Connections that others may have made. Whoever was a stranger when connecting counts until the connection ends.
    pub inbound_connections_max: u32,
    /// Whether peers are reached through relays, or this node is such a relay.
    pub circuits: Circuits,
    /// Whether the router of a home is asked to let others in. It is not, unless said so.
    pub routers: Routers,
}

/// What is asked of the routers of the networks that this node listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Routers {
    /// To pass the ports on which it listens on to it (UPnP). What they open is told with the addresses listened on.
    Asked,
    /// Nothing.
    LeftAlone,
}

/// What a node has to do with circuits: connections between two peers that lead through a third, which moves bytes that it
/// cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Circuits {
    /// Nothing.
    Off,
    /// It is reached through relays at which it has a berth ([`NetCommand::Reserve`](crate::NetCommand::Reserve)), reaches
    /// others through them, and makes such connections direct where the network lets it.
    Client,
    /// It is a relay for peers that are authorised. Whoever is not is refused.
    Serve {
        /// The addresses that its clients are told it has; where none is named, those that it listens on.
        external: Vec<Address>,
    },
}

/// How much it matters to listen just where it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insistence {
    /// A port that is taken is replaced by a free one of the same kind, and an address that cannot be had is left out.
    WhereItCan,
    /// The node does not start unless it listens on all of them: somebody named them and counts on being reached there.
    ThereOrNowhere,
}

/// Whether a node shows itself on the local network (mDNS) and looks for others there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discovery {
    /// Peer id and addresses are announced in the clear on every interface.
    LocalNetwork,
    /// Nothing is announced and nobody is looked for.
    Off,
}

impl NetConfig {
    /// Listens on TCP and QUIC, IPv4 and IPv6, on every interface, with one port for all four; 0 lets the system choose.
    pub fn new(secret_key: SecretKey, port: u16) -> NetConfig {
        NetConfig {
            secret_key,
            listen: NetConfig::wildcard_addresses(port),
            insistence: Insistence::WhereItCan,
            discovery: Discovery::LocalNetwork,
            stranger_timeout: limits::STRANGER_TIMEOUT,
            ping_interval: limits::PING_INTERVAL,
            inbound_streams_max: limits::INBOUND_STREAMS_MAX,
            inbound_connections_max: limits::ESTABLISHED_INBOUND_MAX,
            circuits: Circuits::Client,
            routers: Routers::LeftAlone,
        }
    }

    /// The four wildcard addresses with this port: TCP and QUIC sockets serve one family each.
    pub fn wildcard_addresses(port: u16) -> Vec<Address> {
        [
            format!("/ip4/0.0.0.0/tcp/{port}"),
            format!("/ip6/::/tcp/{port}"),
            format!("/ip4/0.0.0.0/udp/{port}/quic-v1"),
            format!("/ip6/::/udp/{port}/quic-v1"),
        ]
        .iter()
        .map(|text| text.parse().expect("written above as an address"))
        .collect()
    }
}
