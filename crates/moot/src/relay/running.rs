//! The loop of a relay: network events and time into the machine, its effects out again, until it is told to end.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use moot_engine::{CommandError, ErrorKind, Event as Line};
use moot_log::storage::CommitError;
use moot_log::{RelayTicket, SigningKey};
use moot_net::{Address, Circuits, Discovery, NetConfig, NetEvent, Routers, SecretKey, peer_id_of};
use moot_relay::limits::{CONNECTIONS, RESERVE_BYTES, SESSIONS_PER_PEER};
use moot_relay::{Crowded, Effects, Event, Failed, Identity, Input, Now, Relay, StreamId};
use moot_store::SqliteStore;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::asking::{Server, StatusTold, TicketTold, Told};
use super::{Guests, Options, PORT, RelayDir};
use crate::cli::Ending;
use crate::failure::failure;
use crate::home::{Lock, STORE, Taking};
use crate::node::{Callers, Clock, LISTENING_SETTLES, Link, LinkOptions, open_store};
use crate::terminal::{Terminal, print};

/// Inputs that come to one commit at most. More of them would let each wait longer for its receipt.
const INPUTS_MAX: usize = 256;

/// Bytes of frames that come to one commit at most; one frame more may go beyond.
const INPUT_BYTES_MAX: usize = 4 << 20;

/// How often each connection is asked for a sign of life. Members ask three times as often, and come again under the same name when
/// they got none, so that this is for those who never do; it is most of what an idle relay does.
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// How often it writes to its log that it is well.
const HEALTH_PAUSE: Duration = Duration::from_secs(3600);

/// How long a disk that took no more counts as full, whatever it says of itself.
const FULL_PAUSE: Duration = Duration::from_secs(60);

/// Runs a relay until Ctrl-C or SIGTERM.
pub(crate) fn run(
    directory: &RelayDir,
    options: Options,
    terminal: Terminal,
) -> Result<(), CommandError> {
    directory.prepare()?;
    let Taking::Taken(lock) = Lock::try_take(&directory.0)? else {
        return Err(failure(
            ErrorKind::Refused,
            format!(
                "another relay runs on {} already",
                directory.path().display()
            ),
            "moot relay status asks it how it stands.",
        ));
    };
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("moot-io")
        .enable_all()
        .build()
        .map_err(|error| system("threads", &error))?;
    runtime.block_on(live(directory, lock, options, terminal))?;
    runtime.shutdown_background();
    Ok(())
}

async fn live(
    directory: &RelayDir,
    mut lock: Lock,
    options: Options,
    terminal: Terminal,
) -> Result<(), CommandError> {
    refuse_taken(&options.listen)?;
    let mut ending = Ending::listen().map_err(|error| system("signals", &error))?;
    let mut asked =
        signal(SignalKind::user_defined1()).map_err(|error| system("signals", &error))?;
    let (seed, token) = directory.secrets()?;
    let (told, telling) = watch::channel(Told::default());
    let server =
        Server::open(directory.path(), telling).map_err(|error| system("socket", &error))?;
    let mut running = Running::start(directory, options, seed, token, told).await?;
    lock.announce(Some(server.path()))?;
    let outcome = loop {
        let deadline = tokio::time::Instant::from_std(running.deadline());
        let turned = tokio::select! {
            () = ending.comes() => break Ok(()),
            event = running.link.next() => match event {
                Some(event) => running.on_events(event),
                None => break Err(failure(ErrorKind::Failed, "the network has ended", "")),
            },
            Some(()) = asked.recv() => {
                running.say_health(terminal);
                Ok(())
            }
            () = tokio::time::sleep_until(deadline) => running.on_deadline(terminal),
        };
        if let Err(error) = turned {
            break Err(error);
        }
    };
    running.stop().await;
    outcome
}

struct Running {
    link: Link,
    store: SqliteStore,
    relay: Relay,
    clock: Clock,
    options: Options,
    token: [u8; 16],
    peer_id: String,
    addresses: Vec<String>,
    /// Peers with a berth, and circuits that are open.
    guests: (u64, u64),
    /// Whose disk is looked at.
    place: PathBuf,
    /// Until when the disk counts as full, after it took no more.
    full_until: Option<Instant>,
    told: watch::Sender<Told>,
    /// When the addresses will have settled, as long as that was not said.
    settles: Option<Instant>,
    has_said_where: bool,
    next_tick_ms: u64,
    next_health: Instant,
}

impl Running {
    async fn start(
        directory: &RelayDir,
        mut options: Options,
        seed: [u8; 32],
        token: [u8; 16],
        told: watch::Sender<Told>,
    ) -> Result<Self, CommandError> {
        let store = open_store(&directory.path().join(STORE))?;
        let peer_id = peer_id_of(&SecretKey::from_bytes(seed)).to_string();
        let identity = Identity {
            key: SigningKey::from_bytes(&seed),
            peer_id: peer_id.clone(),
            token,
        };
        let relay = Relay::open(identity, options.policy, &store).map_err(store_failed)?;
        let external = options.external.iter().filter_map(|text| text.parse().ok());
        let circuits = match options.guests {
            Guests::Welcome => Circuits::Serve {
                external: external.collect(),
            },
            Guests::Refused => Circuits::Off,
        };
        let link_options = LinkOptions {
            listen: std::mem::take(&mut options.listen),
            insistence: options.insistence,
            port: PORT,
            peers: Vec::new(),
            discovery: Discovery::Off,
            circuits,
            // Whoever runs one opens its port, or it stands where there is none to open.
            routers: Routers::LeftAlone,
            callers: Some(Callers {
                streams_of_peer_max: SESSIONS_PER_PEER,
                connections_max: CONNECTIONS,
                ping_interval: PING_INTERVAL,
            }),
        };
        let link = Link::start(link_options, seed).await?;
        Ok(Self {
            link,
            store,
            relay,
            clock: Clock::start(),
            options,
            token,
            peer_id,
            addresses: Vec::new(),
            guests: (0, 0),
            place: directory.path().to_owned(),
            full_until: None,
            told,
            settles: None,
            has_said_where: false,
            next_tick_ms: 0,
            next_health: Instant::now() + HEALTH_PAUSE,
        })
    }

    fn deadline(&self) -> Instant {
        let tick = self.clock.instant_of(self.next_tick_ms);
        let others = [self.settles, self.link.next_turn()];
        let soonest = tick.min(self.next_health).min(self.clock.next_pulse());
        others.into_iter().flatten().fold(soonest, Instant::min)
    }

    /// Takes what has come, and whatever waits behind it, to one commit.
    fn on_events(&mut self, first: NetEvent) -> Result<(), CommandError> {
        let mut inputs = Vec::new();
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(event) = next {
            if let Some(input) = self.input_of(event)? {
                if let Input::Frame { bytes: frame, .. } = &input {
                    bytes += frame.len();
                }
                inputs.push(input);
            }
            let is_enough = inputs.len() >= INPUTS_MAX || bytes >= INPUT_BYTES_MAX;
            next = if is_enough { None } else { self.link.waiting() };
        }
        if inputs.is_empty() {
            return Ok(());
        }
        self.feed(inputs)
    }

    fn input_of(&mut self, event: NetEvent) -> Result<Option<Input>, CommandError> {
        Ok(match event {
            NetEvent::Listening { addresses } => {
                self.addresses = addresses.iter().map(ToString::to_string).collect();
                self.settles = Some(Instant::now() + LISTENING_SETTLES);
                self.tell();
                None
            }
            NetEvent::Opened { stream, peer, .. } => {
                let mut nonce = [0; 32];
                getrandom::fill(&mut nonce).map_err(|error| system("randomness", &error))?;
                Some(Input::Opened {
                    stream: StreamId(stream.0),
                    peer: peer.to_string(),
                    nonce,
                })
            }
            NetEvent::Frame { stream, frame } => Some(Input::Frame {
                stream: StreamId(stream.0),
                bytes: frame,
            }),
            NetEvent::Closed { stream, .. } => Some(Input::Closed {
                stream: StreamId(stream.0),
            }),
            NetEvent::Serving { berths, circuits } => {
                self.guests = (berths as u64, circuits as u64);
                self.tell();
                None
            }
            // Whoever connects is of interest once a stream opens; a relay dials nobody and looks for nobody.
            NetEvent::Connected { .. }
            | NetEvent::Disconnected { .. }
            | NetEvent::Discovered { .. }
            | NetEvent::DialFailed { .. }
            | NetEvent::Reserved { .. }
            | NetEvent::NotReserved { .. }
            | NetEvent::SeenFromOutside { .. }
            | NetEvent::Unreachable { .. } => None,
        })
    }

    fn on_deadline(&mut self, terminal: Terminal) -> Result<(), CommandError> {
        let now = Instant::now();
        if self.clock.next_pulse() <= now {
            if self.clock.slept() {
                self.link.wake();
            }
            if self.look_at_disk() {
                self.feed(vec![Input::Tick])?;
            }
        }
        self.link.turn();
        if self.settles.is_some_and(|at| at <= now) {
            self.settles = None;
            self.say_where(terminal)?;
        }
        if self.next_health <= now {
            self.next_health = now + HEALTH_PAUSE;
            self.log_health();
        }
        if self.clock.instant_of(self.next_tick_ms) <= now {
            self.feed(vec![Input::Tick])?;
        }
        Ok(())
    }

    /// Says once where it listens: the first line, by which a script knows that it is up.
    fn say_where(&mut self, terminal: Terminal) -> Result<(), CommandError> {
        if self.has_said_where {
            return Ok(());
        }
        self.has_said_where = true;
        if let Some(warning) = self.link.warning() {
            tracing::warn!(warning);
            terminal.say(&warning);
        }
        self.warn_of_small_disk(terminal);
        if terminal.wants_json() {
            return terminal.json(&Line::Listening {
                addresses: self.addresses.clone(),
                peer_id: self.peer_id.clone(),
            });
        }
        let mut text = format!("relay {}\n", self.peer_id);
        for address in &self.addresses {
            text.push_str(&format!("  {address}\n"));
        }
        terminal.say("A group enrols its notebook with: moot relay use TICKET\nThe ticket: moot relay ticket");
        print(&text)
    }

    /// Tells whoever asks by a signal that it is well, whether or not there is a log.
    fn say_health(&self, terminal: Terminal) {
        let status = self.relay.status();
        self.log_health();
        terminal.say(&format!(
            "{}: {} notebooks, {} devices, {} of {}, {} join requests, {} sessions ({} unproven, {} joining), {} berths, {} circuits",
            match status.is_full {
                true => "well, and full: nothing more is taken",
                false => "well",
            },
            status.notebooks,
            status.devices,
            size(status.bytes),
            size(self.options.policy.quota_bytes),
            status.mail,
            status.sessions,
            status.strangers,
            status.joiners,
            self.guests.0,
            self.guests.1,
        ));
    }

    fn log_health(&self) {
        let status = self.relay.status();
        tracing::info!(
            notebooks = status.notebooks,
            devices = status.devices,
            bytes = status.bytes,
            quota = self.options.policy.quota_bytes,
            mail = status.mail,
            sessions = status.sessions,
            unproven = status.strangers,
            joining = status.joiners,
            berths = self.guests.0,
            circuits = self.guests.1,
            full = status.is_full,
            "the relay is well"
        );
    }

    fn feed(&mut self, inputs: Vec<Input>) -> Result<(), CommandError> {
        let time = self.clock.now();
        let now = Now {
            wall_ms: time.wall_ms,
            steady_ms: time.steady_ms,
        };
        self.look_at_disk();
        let effects = match self.relay.handle_many(now, inputs, &mut self.store) {
            Err(Failed::Commit(CommitError::DiskFull)) => {
                tracing::error!("the disk took no more: all sessions begin anew");
                self.full_until = Some(Instant::now() + FULL_PAUSE);
                self.store
                    .take_back()
                    .map_err(|error| store_failed(error.into()))?;
                self.relay.start_over(now, &self.store)
            }
            other => other,
        };
        self.carry_out(effects.map_err(store_failed)?);
        Ok(())
    }

    /// Tells the machine how much is free. Answers whether that changes what it takes.
    fn look_at_disk(&mut self) -> bool {
        let is_full = self.full_until.is_some_and(|until| until > Instant::now());
        let free = match is_full {
            true => Some(0),
            false => free_on(&self.place),
        };
        free.is_some_and(|free| self.relay.note_free(free))
    }

    /// Whoever promised more than there is finds out when they start it, and not when the disk is full.
    fn warn_of_small_disk(&self, terminal: Terminal) {
        let quota = self.options.policy.quota_bytes;
        let Some(free) = free_on(&self.place) else {
            return;
        };
        let usable = free.saturating_sub(RESERVE_BYTES) + self.relay.status().bytes;
        if usable < quota {
            let warning = format!(
                "The quota is {}, and the disk has room for {}: it takes nothing more once {} are left free. Say less with --quota, or make room.",
                size(quota),
                size(usable),
                size(RESERVE_BYTES)
            );
            tracing::warn!(warning);
            terminal.say(&warning);
        }
    }

    fn carry_out(&mut self, effects: Effects) {
        for stream in effects.authorised {
            self.link.authorised(moot_engine::StreamId(stream.0));
        }
        for (stream, frame) in effects.sends {
            self.link.send(moot_engine::StreamId(stream.0), frame);
        }
        for (stream, frame) in effects.live {
            self.link
                .send_if_it_keeps_up(moot_engine::StreamId(stream.0), frame);
        }
        for (stream, reason) in effects.closes {
            tracing::debug!(stream = stream.0, reason, "closing a stream");
            self.link.close(moot_engine::StreamId(stream.0));
        }
        effects.events.iter().for_each(log);
        if let Some(next_tick_ms) = effects.next_tick_ms {
            self.next_tick_ms = next_tick_ms;
        }
        self.tell();
    }

    /// Keeps up to date what whoever asks is told.
    fn tell(&self) {
        let named = match self.options.external.is_empty() {
            true => &self.addresses,
            false => &self.options.external,
        };
        let status = self.relay.status();
        let ticket = RelayTicket {
            token: self.token,
            peer_id: self.peer_id.clone(),
            addresses: named.clone(),
        };
        self.told.send_replace(Told {
            ticket: TicketTold {
                ticket: ticket.encode(),
            },
            status: StatusTold {
                peer_id: self.peer_id.clone(),
                addresses: named.clone(),
                notebooks: status.notebooks,
                devices: status.devices,
                bytes: status.bytes,
                quota: self.options.policy.quota_bytes,
                mail: status.mail,
                sessions: status.sessions,
                unproven: status.strangers,
                joining: status.joiners,
                full: status.is_full,
                berths: self.guests.0,
                circuits: self.guests.1,
            },
        });
    }

    async fn stop(self) {
        self.link.shutdown().await;
        if let Err(error) = self.store.close() {
            tracing::warn!(%error, "the store was not tidied up; nothing is lost");
        }
    }
}

fn log(event: &Event) {
    match event {
        Event::Enrolled(notebook) => tracing::info!(%notebook, "a notebook is enrolled"),
        Event::NotEnrolled(notebook, why) => {
            tracing::warn!(%notebook, ?why, "an enrolment was refused");
        }
        Event::Posted(notebook) => tracing::info!(%notebook, "a join request is kept"),
        Event::Full(notebook, device) => {
            tracing::warn!(%notebook, %device, "entries of a device were not taken");
        }
        Event::Forgotten(notebook) => {
            tracing::info!(%notebook, "nobody came for a notebook, so it was dropped");
        }
        Event::TooFast(notebook, device) => {
            tracing::warn!(%notebook, %device, "a device said too much at once and was let go");
        }
        Event::NoRoom => tracing::error!(
            "the disk is full: nothing more is taken until there is room; what is kept is served"
        ),
        Event::RoomAgain => tracing::info!("there is room on the disk again"),
        Event::Crowded(Crowded::Strangers) => {
            tracing::warn!(
                "more come than prove themselves: the oldest are let go. Members who are here are not affected"
            );
        }
        Event::Crowded(Crowded::Joiners) => {
            tracing::warn!(
                "more wait to join than there is room for: some are let go, and come again"
            );
        }
        Event::Crowded(Crowded::Members) => {
            tracing::warn!(
                "more members come than this relay serves at one time: some are sent away"
            );
        }
    }
}

/// How many bytes are free on the disk of a directory, for whoever is not its superuser. None where that cannot be told.
fn free_on(place: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(place).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// A size in words, as `--quota` takes it.
pub(crate) fn size(bytes: u64) -> String {
    let units = [
        (1_u64 << 40, "T"),
        (1 << 30, "G"),
        (1 << 20, "M"),
        (1 << 10, "K"),
    ];
    let unit = units.into_iter().find(|(unit, _)| bytes >= *unit);
    let Some((unit, name)) = unit else {
        return bytes.to_string();
    };
    match bytes % unit * 10 / unit {
        0 => format!("{}{name}", bytes / unit),
        tenth => format!("{}.{tenth}{name}", bytes / unit),
    }
}

/// A relay that comes up on another's port, or beside it on the same, is found by nobody: tickets name a port. The libraries
/// below let two processes of one user listen on one TCP port, so that each gets some of those who come; so it is asked first.
fn refuse_taken(listen: &[Address]) -> Result<(), CommandError> {
    let asked = match listen {
        [] => NetConfig::wildcard_addresses(PORT),
        named => named.to_vec(),
    };
    for address in asked {
        let text = address.to_string();
        let Some(place) = tcp_place(&text) else {
            continue;
        };
        if let Err(error) = std::net::TcpListener::bind(place)
            && error.kind() == std::io::ErrorKind::AddrInUse
        {
            return Err(failure(
                ErrorKind::Failed,
                format!("another program listens on {text}"),
                "Is it another relay? Name another port with --listen, for each address that is to be listened on.",
            ));
        }
    }
    Ok(())
}

/// The address behind `/ip4/…/tcp/…` or `/ip6/…/tcp/…`; none for other kinds, and for whatever port is free.
fn tcp_place(address: &str) -> Option<SocketAddr> {
    let mut parts = address.split('/').skip(1);
    let is_ip = matches!(parts.next()?, "ip4" | "ip6");
    let ip: IpAddr = parts.next()?.parse().ok()?;
    let is_tcp = parts.next()? == "tcp";
    let port: u16 = parts.next()?.parse().ok()?;
    (is_ip && is_tcp && port != 0).then_some(SocketAddr::new(ip, port))
}

/// The supervisor starts it again, from what is on the disk.
fn store_failed(error: Failed) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("the relay's store failed: {error}"),
        "What members were told is kept is on the disk. Put that right and start it again.",
    )
}

fn system(what: &str, error: &dyn std::fmt::Display) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("this system gives no {what}: {error}"),
        "",
    )
}

#[cfg(test)]
mod tests {
    use moot_log::DevicePk;
    use moot_log::relay::relay_key;

    use super::*;

    #[test]
    fn only_tcp_ports_that_were_named_are_asked_for() {
        let place = |text: &str| tcp_place(text).map(|place| place.to_string());
        assert_eq!(
            place("/ip4/0.0.0.0/tcp/4001").as_deref(),
            Some("0.0.0.0:4001")
        );
        assert_eq!(place("/ip6/::/tcp/4001").as_deref(), Some("[::]:4001"));
        for other in [
            "/ip4/127.0.0.1/tcp/0",
            "/ip4/0.0.0.0/udp/4001/quic-v1",
            "/dns4/x.org/tcp/4001",
        ] {
            assert_eq!(place(other), None, "{other}");
        }
    }

    #[test]
    fn the_key_of_a_relays_sessions_is_the_one_in_its_name_on_the_network() {
        for seed in [[1; 32], [0xfe; 32]] {
            let name = peer_id_of(&SecretKey::from_bytes(seed)).to_string();
            let key = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
            assert_eq!(relay_key(&name), Some(DevicePk(key)));
        }
    }
}
