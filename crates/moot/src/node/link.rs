//! The node's link to the network: translates between the engine's plain values and `moot-net`'s, and keeps the addresses
//! that a person named with `--peer` under way.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use moot_engine::{CommandError, Dial, ErrorKind, Input, PeerName, StreamId};
use moot_net::{
    Address, Circuits, Close, Discovery, Insistence, Net, NetCommand, NetConfig, NetEvent, PeerId,
    Reach, Role, Routers, SecretKey, StartError,
};
use tokio::sync::mpsc;

use crate::failure::failure;

/// Events that the network may be ahead; it then waits, and so do the peers.
const EVENTS_MAX: usize = 256;

/// Bytes that may wait on a stream before live frames are left out: a peer that reads slower gets entries alone.
const LIVE_QUEUE_BYTES_MAX: usize = 1 << 20;

/// How long to wait before an address named with `--peer` is tried again.
const PEER_RETRY: Duration = Duration::from_secs(5);

/// What a person decides about the network.
#[derive(Debug, Clone)]
pub(crate) struct LinkOptions {
    /// Where to listen; none means all interfaces.
    pub(crate) listen: Vec<Address>,
    /// Whether somebody named these addresses for this start, and counts on them.
    pub(crate) insistence: Insistence,
    /// The port for all interfaces.
    pub(crate) port: u16,
    /// Addresses to dial, and who is there where that is known.
    pub(crate) peers: Vec<(Address, Option<PeerId>)>,
    /// Whether to use the local network's discovery.
    pub(crate) discovery: Discovery,
    /// Whether it is reached through relays, or is one.
    pub(crate) circuits: Circuits,
    /// Whether the router of a home is asked to let others in.
    pub(crate) routers: Routers,
    /// Whom it serves, where that is not what members need.
    pub(crate) callers: Option<Callers>,
}

/// What a node needs that many connect to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Callers {
    /// Streams that one peer may have open.
    pub(crate) streams_of_peer_max: usize,
    /// Connections that others may make.
    pub(crate) connections_max: u32,
    /// How often each is asked for a sign of life. They ask too.
    pub(crate) ping_interval: Duration,
}

/// Reads addresses as people write them, with or without `/p2p/…` at the end.
pub(crate) fn parse_addresses(
    texts: &[String],
) -> Result<Vec<(Address, Option<PeerId>)>, CommandError> {
    texts
        .iter()
        .map(|text| {
            Address::parse_with_peer(text).map_err(|error| {
                failure(
                    ErrorKind::Usage,
                    error.to_string(),
                    "Addresses look like /ip4/192.0.2.7/tcp/4001 or /dns4/name/tcp/4001.",
                )
            })
        })
        .collect()
}

/// A running network.
pub(crate) struct Link {
    net: Net,
    events: mpsc::Receiver<NetEvent>,
    /// Streams that are open, to be closed when the engine is opened anew.
    streams: BTreeSet<StreamId>,
    /// What is dialled: an address that a connection stands on is told to the engine only when it was dialled.
    dials: Vec<(PeerName, Vec<String>, u64)>,
    /// Relays at which a berth is kept.
    berths: BTreeSet<PeerId>,
    /// Whom the person named, with their address. Some are known only once they answer there.
    named: Vec<(Address, Option<PeerId>)>,
    retries: Vec<(Instant, Address)>,
    /// Commands that the network had no room for.
    backlog: VecDeque<NetCommand>,
}

impl Link {
    /// Starts the network in the current tokio runtime.
    pub(crate) async fn start(
        options: LinkOptions,
        network_key: [u8; 32],
    ) -> Result<Self, CommandError> {
        let mut config = NetConfig::new(SecretKey::from_bytes(network_key), options.port);
        config.discovery = options.discovery;
        config.insistence = options.insistence;
        config.circuits = options.circuits;
        config.routers = options.routers;
        if let Some(callers) = options.callers {
            config.inbound_streams_max = callers.streams_of_peer_max;
            config.inbound_connections_max = callers.connections_max;
            config.ping_interval = callers.ping_interval;
        }
        if !options.listen.is_empty() {
            config.listen = options.listen;
        }
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let net = Net::start(config, sender).await.map_err(not_started)?;
        let mut link = Self {
            net,
            events,
            streams: BTreeSet::new(),
            dials: Vec::new(),
            berths: BTreeSet::new(),
            named: options.peers,
            retries: Vec::new(),
            backlog: VecDeque::new(),
        };
        for (address, peer) in link.named.clone() {
            if peer.is_none() {
                link.command(NetCommand::DialOnce { address });
            }
        }
        Ok(link)
    }

    /// What a person should know of where it listens, while it does: a port that others may have been told is not ours.
    pub(crate) fn warning(&self) -> Option<String> {
        let moved = texts(self.net.moved());
        let (first, rest) = moved.split_first()?;
        let others = if rest.is_empty() { "" } else { " and more" };
        Some(format!(
            "another program listens on {first}{others}, so a free port is used instead: whoever has an old ticket, or a \
             forwarded port, does not reach this device there"
        ))
    }

    /// What the engine is to know of those whom the person named.
    pub(crate) fn introductions(&mut self) -> Vec<Input> {
        let known = self.named.iter().filter_map(|(address, peer)| {
            let peer = name_of(peer.as_ref()?);
            let addresses = vec![address.to_string()];
            Some(Input::Introduced { peer, addresses })
        });
        known.collect()
    }

    /// The next thing that happened.
    pub(crate) async fn next(&mut self) -> Option<NetEvent> {
        self.events.recv().await
    }

    /// What has happened already beside, if anything.
    pub(crate) fn waiting(&mut self) -> Option<NetEvent> {
        self.events.try_recv().ok()
    }

    /// What the engine is to know of it.
    pub(crate) fn inputs_of(&mut self, event: NetEvent) -> Vec<Input> {
        match event {
            NetEvent::Connected { peer, address, .. } => self.connected(&peer, &address),
            NetEvent::Unreachable { address, error, .. } => {
                tracing::info!(%address, %error, "not reached; it is tried again");
                self.retries.push((Instant::now() + PEER_RETRY, address));
                Vec::new()
            }
            event => self.input_of(event).into_iter().collect(),
        }
    }

    /// An address that answered is the first to try again, but only where it was dialled: whoever comes in does so from
    /// anywhere.
    fn connected(&mut self, peer: &PeerId, address: &Address) -> Vec<Input> {
        let mut inputs = Vec::new();
        for (named, known) in &mut self.named {
            if named == address && known.is_none() {
                *known = Some(peer.clone());
                inputs.push(Input::Introduced {
                    peer: name_of(peer),
                    addresses: vec![address.to_string()],
                });
            }
        }
        if !inputs.is_empty() || self.was_dialled(address) {
            inputs.push(Input::Connected {
                peer: name_of(peer),
                address: address.to_string(),
            });
        }
        inputs
    }

    fn input_of(&mut self, event: NetEvent) -> Option<Input> {
        match event {
            NetEvent::Listening { addresses } => Some(Input::Listening {
                addresses: texts(&addresses),
            }),
            NetEvent::Reserved { relay } => {
                tracing::info!(%relay, "others reach this node through a relay");
                Some(Input::Reserved {
                    relay: name_of(&relay),
                })
            }
            NetEvent::NotReserved { relay, error } => {
                tracing::info!(%relay, %error, "nobody reaches this node through a relay; it is asked again");
                Some(Input::NotReserved {
                    relay: name_of(&relay),
                    error,
                })
            }
            NetEvent::SeenFromOutside { addresses } => Some(Input::SeenFromOutside {
                addresses: addresses
                    .iter()
                    .map(|(address, reached)| (address.to_string(), *reached))
                    .collect(),
            }),
            NetEvent::Connected { .. }
            | NetEvent::Disconnected { .. }
            | NetEvent::Serving { .. }
            | NetEvent::Unreachable { .. } => None,
            NetEvent::Opened {
                stream,
                peer,
                role,
                reach,
            } => {
                let stream = StreamId(stream.0);
                self.streams.insert(stream);
                Some(Input::Opened {
                    stream,
                    peer: name_of(&peer),
                    role: role_of(role),
                    reach: reach_of(reach),
                })
            }
            NetEvent::Frame { stream, frame } => Some(Input::Frame {
                stream: StreamId(stream.0),
                bytes: frame,
            }),
            NetEvent::Closed { stream, reason } => {
                let stream = StreamId(stream.0);
                self.streams.remove(&stream);
                Some(Input::Closed {
                    stream,
                    reason: reason.to_string(),
                })
            }
            NetEvent::Discovered { peer, addresses } => Some(Input::Discovered {
                peer: name_of(&peer),
                addresses: texts(&addresses),
            }),
            NetEvent::DialFailed { peer, error } => Some(Input::DialFailed {
                peer: name_of(&peer),
                error,
            }),
        }
    }

    fn was_dialled(&self, address: &Address) -> bool {
        self.dials
            .iter()
            .any(|(_, addresses, _)| addresses.iter().any(|text| is_same(text, address)))
    }

    /// When [`Link::turn`] has something to do.
    pub(crate) fn next_turn(&self) -> Option<Instant> {
        let backlog =
            (!self.backlog.is_empty()).then(|| Instant::now() + Duration::from_millis(20));
        self.retries.iter().map(|(at, _)| *at).chain(backlog).min()
    }

    /// Does what has become due.
    pub(crate) fn turn(&mut self) {
        let now = Instant::now();
        let (due, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.retries)
            .into_iter()
            .partition(|(at, _)| *at <= now);
        self.retries = later;
        for (_, address) in due {
            self.command(NetCommand::DialOnce { address });
        }
        self.flush();
    }

    pub(crate) fn close(&mut self, stream: StreamId) {
        self.command(NetCommand::Close {
            stream: moot_net::StreamId(stream.0),
            how: Close::AfterFlush,
        });
    }

    pub(crate) fn authorised(&mut self, stream: StreamId) {
        self.command(NetCommand::Authorised {
            stream: moot_net::StreamId(stream.0),
        });
    }

    pub(crate) fn send(&mut self, stream: StreamId, frame: Vec<u8>) {
        self.command(NetCommand::Send {
            stream: moot_net::StreamId(stream.0),
            frame,
        });
    }

    /// Sends a frame on which nothing rests, unless too much waits on its stream already.
    pub(crate) fn send_if_it_keeps_up(&mut self, stream: StreamId, frame: Vec<u8>) {
        let waiting = self.net.queued_bytes(moot_net::StreamId(stream.0));
        if waiting + frame.len() <= LIVE_QUEUE_BYTES_MAX {
            self.send(stream, frame);
        }
    }

    /// Starts or ends a dial or a berth. Names and addresses that are none, because they came from somebody else, are left out.
    pub(crate) fn dial(&mut self, dial: Dial) {
        match dial {
            Dial::Keep {
                peer,
                addresses,
                through,
                label,
            } => {
                let Some(id) = self.redialled(&peer, label) else {
                    return;
                };
                let through = through.iter().filter_map(|relay| relay.0.parse().ok());
                let command = NetCommand::Dial {
                    peer: id,
                    addresses: parsed(&addresses),
                    through: through.collect(),
                    label,
                };
                self.dials.push((peer, addresses, label));
                self.command(command);
            }
            Dial::Stop { peer, label } => {
                if let Some(peer) = self.redialled(&peer, label) {
                    self.command(NetCommand::Undial { peer, label });
                }
            }
            Dial::Reserve { relay, addresses } => {
                if let Some(relay) = parsed_name(&relay) {
                    self.berths.insert(relay.clone());
                    let addresses = parsed(&addresses);
                    self.command(NetCommand::Reserve { relay, addresses });
                }
            }
            Dial::Unreserve { relay } => {
                if let Some(relay) = parsed_name(&relay) {
                    self.berths.remove(&relay);
                    self.command(NetCommand::Unreserve { relay });
                }
            }
        }
    }

    /// Forgets what was dialled under this label, and tells who it is about.
    fn redialled(&mut self, name: &PeerName, label: u64) -> Option<PeerId> {
        self.dials
            .retain(|(other, _, other_label)| (other, *other_label) != (name, label));
        parsed_name(name)
    }

    /// Begins anew for an engine that knows of nothing: no stream and no dial is left.
    pub(crate) fn reset(&mut self) {
        for stream in std::mem::take(&mut self.streams) {
            self.command(NetCommand::Close {
                stream: moot_net::StreamId(stream.0),
                how: Close::Now,
            });
        }
        for (peer, _, label) in self.dials.clone() {
            self.dial(Dial::Stop { peer, label });
        }
        for relay in std::mem::take(&mut self.berths) {
            self.command(NetCommand::Unreserve { relay });
        }
    }

    /// Whether the engine knows of this stream. After [`Link::reset`] some events of old streams still arrive.
    pub(crate) fn is_open(&self, stream: StreamId) -> bool {
        self.streams.contains(&stream)
    }

    /// Starts connections over after the machine slept.
    pub(crate) fn wake(&mut self) {
        self.command(NetCommand::Wake);
    }

    /// Sends what is queued and ends the network.
    pub(crate) async fn shutdown(self) {
        let Self {
            net, mut events, ..
        } = self;
        // The network waits for its events to be taken, also while it ends.
        let take_events = async { while events.recv().await.is_some() {} };
        tokio::join!(net.shutdown(), take_events);
    }

    /// What belongs to a stream is always taken. The rest waits where there is no room, in order; it is bounded by the number of
    /// peers.
    fn command(&mut self, command: NetCommand) {
        if matches!(command, NetCommand::Send { .. } | NetCommand::Close { .. }) {
            // Never refused: a stream whose queue overflows is closed.
            let _ = self.net.send(command);
            return;
        }
        self.backlog.push_back(command);
        self.flush();
    }

    fn flush(&mut self) {
        while let Some(command) = self.backlog.front() {
            if self.net.send(command.clone()).is_err() {
                return;
            }
            self.backlog.pop_front();
        }
    }
}

fn not_started(error: StartError) -> CommandError {
    let (kind, hint) = match &error {
        StartError::Identity { .. } => (ErrorKind::Damaged, ""),
        StartError::NoListener { .. } => (
            ErrorKind::Failed,
            "Is one of the addresses taken or not this machine's? See --listen and config.toml.",
        ),
        StartError::NotThere { .. } => (
            ErrorKind::Failed,
            "Another program listens there, or the address is not this machine's. Name others with --listen, or leave it away.",
        ),
    };
    failure(kind, error.to_string(), hint)
}

fn is_same(text: &str, address: &Address) -> bool {
    text.parse::<Address>()
        .is_ok_and(|parsed| parsed == *address)
}

fn parsed_name(name: &PeerName) -> Option<PeerId> {
    let parsed = name.0.parse();
    parsed
        .inspect_err(|_| tracing::debug!(peer = name.0, "no peer has this name"))
        .ok()
}

fn parsed(addresses: &[String]) -> Vec<Address> {
    let parsed = addresses.iter().filter_map(|text| text.parse().ok());
    parsed.collect()
}

fn texts(addresses: &[Address]) -> Vec<String> {
    addresses.iter().map(Address::to_string).collect()
}

fn name_of(peer: &PeerId) -> PeerName {
    PeerName(peer.to_string())
}

fn role_of(role: Role) -> moot_engine::Role {
    match role {
        Role::Initiator { label } => moot_engine::Role::Initiator { label },
        Role::Responder => moot_engine::Role::Responder,
    }
}

fn reach_of(reach: Reach) -> moot_engine::Reach {
    match reach {
        Reach::Direct => moot_engine::Reach::Direct,
        Reach::Relayed { through } => moot_engine::Reach::Relayed {
            through: through.as_ref().map(name_of),
        },
    }
}
