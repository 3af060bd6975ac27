//! Every maximum of this crate, each with its reason. Nothing here depends on what frames mean.

use std::time::Duration;

/// Largest frame in bytes: an entry body of 1 MiB and room for the header round it. Checked before any memory is taken.
pub const FRAME_BYTES_MAX: usize = 1024 * 1024 + 64 * 1024;

/// Bytes that may wait to be sent on one stream. A peer that reads slower than this fills is let go, not waited for.
pub const SEND_QUEUE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What a queued frame counts for besides its bytes, so that empty frames cannot fill memory either.
pub(crate) const FRAME_OVERHEAD_BYTES: usize = 64;

/// First piece of memory taken for an incoming frame; more is taken only as bytes arrive.
pub(crate) const FRAME_FIRST_ALLOCATION_BYTES: usize = 16 * 1024;

/// Frames up to this size are read from anybody at any time; what peers prove themselves with is far smaller.
pub(crate) const SMALL_FRAME_BYTES: usize = 64 * 1024;

/// All larger frames being read from peers that nobody vouched for, together, in KiB: strangers share one small pot.
pub(crate) const STRANGERS_FRAMES_KIB_MAX: usize = 32 * 1024;

/// Time one frame may take to be written: a peer that takes nothing for so long is as good as gone.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// Time left to the peer to see the end of a stream that was closed in order.
pub(crate) const LINGER_TIMEOUT: Duration = Duration::from_secs(2);

/// Commands that may wait for the network task. Frames do not pass here.
pub(crate) const COMMANDS_MAX: usize = 1024;

/// Events that may wait for the caller before the network stops taking in anything new.
pub(crate) const PENDING_EVENTS_MAX: usize = 1024;

/// Events that are only hints (somebody was seen, a dial failed) are dropped when this many events wait.
pub(crate) const PENDING_HINTS_MAX: usize = 256;

/// Open inbound sync streams per connection: one per notebook shared with the peer, and room.
pub(crate) const INBOUND_STREAMS_MAX: usize = 32;

/// Streams of every kind on one connection: as many notebooks of one home as a relay serves, circuits, ping and identify, and room.
pub(crate) const STREAMS_PER_CONNECTION_MAX: u32 = 192;

/// Bytes one QUIC stream may have in flight.
pub(crate) const QUIC_STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;

/// Bytes one QUIC connection may have in flight.
pub(crate) const QUIC_CONNECTION_WINDOW_BYTES: u32 = 8 * 1024 * 1024;

/// A silent QUIC connection is given up after this. A restarted peer is not met on its stale connection for longer.
pub(crate) const QUIC_IDLE_TIMEOUT_MS: u32 = 10_000;

/// Connections to one peer: a simultaneous dial makes two, a hole punched over QUIC three, and one may be stale.
pub(crate) const CONNECTIONS_PER_PEER_MAX: usize = 6;

/// Connections being set up by others at one time.
pub(crate) const PENDING_INBOUND_MAX: u32 = 32;

/// Connections being set up by us at one time; above the number of dials, since each tries several addresses.
pub(crate) const PENDING_OUTBOUND_MAX: u32 = 32;

/// Connections made by strangers. Peers that are wanted or authorised do not count.
pub(crate) const ESTABLISHED_INBOUND_MAX: u32 = 128;

/// Connections beside those that strangers made. Peers that are wanted or authorised are let in above it.
pub(crate) const ESTABLISHED_BESIDE_MAX: u32 = 128;

/// Time for a dialled connection to be set up, with encryption.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for a stream to agree on its protocol.
pub(crate) const OPEN_TIMEOUT: Duration = Duration::from_secs(10);

/// Time for the good-bye of a connection that is closed: one whose peer takes nothing any more has no room left for it.
pub(crate) const HANG_UP_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection that carries no stream is closed after this.
pub(crate) const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_secs(60);

/// Connections on which nothing was authorised for so long are closed: strangers shall not hold our sockets.
pub(crate) const STRANGER_TIMEOUT: Duration = Duration::from_secs(15);

/// The second of two connections to one peer is kept this long, so that both sides have stopped using it.
pub(crate) const DUPLICATE_TIMEOUT: Duration = Duration::from_secs(60);

/// Ping interval and timeout: a cut TCP connection would otherwise look alive for minutes.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(9);

/// How often the local network is asked who is there.
pub(crate) const MDNS_QUERY_INTERVAL: Duration = Duration::from_secs(30);

/// How long an answer on the local network counts. Short, so that a peer that went and came back is reported again.
pub(crate) const MDNS_TTL: Duration = Duration::from_secs(90);

/// Discovery is made anew at most this often because peers are no longer heard of: most of them have just left.
pub(crate) const MDNS_RENEWAL_PAUSE: Duration = Duration::from_secs(60);

/// Peers being dialled at one time.
pub(crate) const DIALS_MAX: usize = 8;

/// Addresses of one peer that are tried, all at the same time.
pub(crate) const ADDRESSES_PER_PEER_MAX: usize = 16;

/// Peers seen on the local network that are remembered; anybody there can make up as many as they like.
pub(crate) const NEARBY_PEERS_MAX: usize = 256;

/// Addresses of unknown peers that may wait to be dialled.
pub(crate) const PROBES_MAX: usize = 64;

/// First and longest wait between two attempts; the wait itself is drawn evenly from zero to the current limit.
pub(crate) const BACKOFF_FIRST: Duration = Duration::from_secs(1);

/// See [`BACKOFF_FIRST`].
pub(crate) const BACKOFF_MAX: Duration = Duration::from_secs(5 * 60);

/// A stream or connection that ends sooner than this counts as a failure, so that refusals are not hammered.
pub(crate) const SHORT_LIVED: Duration = Duration::from_secs(10);

/// Failures in a row of every wanted peer, with nobody connected, after which the swarm is built anew.
pub(crate) const FAILURES_BEFORE_REBUILD: u32 = 8;

/// Time for the sockets of a swarm that was dropped to be given back.
pub(crate) const REBUILD_PAUSE: Duration = Duration::from_secs(1);

/// How often the two clocks are compared, to notice that the machine slept.
pub(crate) const CLOCK_INTERVAL: Duration = Duration::from_secs(5);

/// By how much the clocks must part to be called a sleep.
pub(crate) const CLOCK_JUMP: Duration = Duration::from_secs(15);

/// Interfaces come and go in bursts; what follows from a change is done once, after this.
pub(crate) const NETWORK_CHANGE_DEBOUNCE: Duration = Duration::from_secs(2);

/// Dialling waits this long for every listener to report, since a dial before that leaves from a port of no use to others.
pub(crate) const LISTEN_GRACE: Duration = Duration::from_secs(1);

/// A shutdown says good-bye for this long and then goes.
pub(crate) const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(4);

/// Connections to one peer that are dialled through relays at one time, of all peers. Most end soon: the peer has no berth.
pub(crate) const CIRCUIT_DIALS_MAX: usize = 8;

/// A circuit is tried so much later than the addresses of a peer, so that it does not overtake a direct connection.
pub(crate) const DIRECT_HEAD_START: Duration = Duration::from_millis(500);

/// A peer that is reached through a relay alone is tried directly again after this, and a hole is punched anew.
pub(crate) const DIRECT_AGAIN: Duration = Duration::from_secs(30 * 60);

/// After a first failure to punch a hole it is tried once more after this, give or take a half.
pub(crate) const HOLE_AGAIN: Duration = Duration::from_secs(60);

/// Where peers are told to be found through a relay, its connections are waited for so long: what a router makes of this
/// node's address over a transport is known only once a connection over it stands.
pub(crate) const BERTH_PATIENCE: Duration = Duration::from_secs(3);

/// A relayed connection that no stream is left on is closed so long after a direct one came up.
pub(crate) const MOVED_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection is given up when nothing was heard on it for the two intervals of a ping and this.
pub(crate) const SILENCE_MARGIN: Duration = Duration::from_secs(2);

/// While nobody at all is connected, after somebody was, waits between attempts grow no longer than this: most likely the
/// fault is near, and is over at once when it is over.
pub(crate) const BACKOFF_ALONE: Duration = Duration::from_secs(3);

/// How long [`BACKOFF_ALONE`] holds. After that it is likely to take long.
pub(crate) const ALONE_SHORTLY: Duration = Duration::from_secs(10 * 60);

/// Berths that a relay gives. At the limit the library refuses renewals too, so it is above what a relay can be asked for by
/// the connections it has.
pub(crate) const BERTHS_MAX: usize = 4096;

/// Berths of one peer: one for each connection to it, of which two are kept.
pub(crate) const BERTHS_PER_PEER_MAX: usize = 4;

/// How long a berth lasts without being renewed.
pub(crate) const BERTH_DURATION: Duration = Duration::from_secs(3600);

/// How soon a peer that spent [`CIRCUITS_BURST`] requests may ask for one more berth.
pub(crate) const BERTHS_REFILL: Duration = Duration::from_secs(10);

/// Circuits of all peers of a relay at one time.
pub(crate) const CIRCUITS_MAX: usize = 2048;

/// Circuits of one peer, one for each device of its groups that is not reached directly. Each is a stream on its connection to
/// the relay, beside those of sync: together they stay below [`STREAMS_PER_CONNECTION_MAX`].
pub(crate) const CIRCUITS_PER_PEER_MAX: usize = 40;

/// A circuit is closed after this, and made again by whoever needs it.
pub(crate) const CIRCUIT_DURATION: Duration = Duration::from_secs(12 * 3600);

/// Requests that a peer may make in a row: one for each device of its groups, several times.
pub(crate) const CIRCUITS_BURST: u32 = 256;

/// How soon a peer that spent them may ask for one more circuit.
pub(crate) const CIRCUITS_REFILL: Duration = Duration::from_secs(1);

/// A relay that has proved itself is asked for something so much later: it may need a moment to see that this node has too.
pub(crate) const BERTH_COURTESY: Duration = Duration::from_millis(250);

/// How long a router is given to answer a question, and to find the way to it.
pub(crate) const GATEWAY_PATIENCE: Duration = Duration::from_secs(5);

/// How long to listen for routers after each of two questions to all devices of a network.
pub(crate) const GATEWAY_SEARCH: Duration = Duration::from_secs(2);

/// Answers to such a question that are looked at: anybody on the network can send as many as they like.
pub(crate) const GATEWAY_ANSWERS_MAX: usize = 16;

/// Bytes of a router's answer. Descriptions of ten kilobytes are common.
pub(crate) const GATEWAY_ANSWER_BYTES_MAX: u64 = 128 * 1024;

/// Networks on which a router is looked for. More of them are those of machines within this one.
pub(crate) const GATEWAY_INTERFACES_MAX: usize = 8;

/// For how long a port is asked for. After that a router forgets a node that did not say good-bye.
pub(crate) const GATEWAY_LEASE: Duration = Duration::from_secs(3600);

/// When it is asked for anew, and a router that did not answer is looked for again.
pub(crate) const GATEWAY_RENEWAL: Duration = Duration::from_secs(25 * 60);

/// When a router that refused is asked again: the port may have been somebody else's.
pub(crate) const GATEWAY_RETRY: Duration = Duration::from_secs(5 * 60);

/// Time for giving back what routers opened, while the node ends. What is not given back lapses.
pub(crate) const GATEWAY_GOODBYE: Duration = Duration::from_secs(2);

/// Addresses that relays are asked to call this node back at: a few for each relay and transport. More of them are inventions.
pub(crate) const OUTLOOK_CANDIDATES_MAX: usize = 16;

/// Time for a relay to call somebody back. Whoever asked waits ten seconds, and would not hear of a failure that took as long.
pub(crate) const CALL_BACK_TIMEOUT: Duration = Duration::from_secs(5);
