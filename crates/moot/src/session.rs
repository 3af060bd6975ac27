//! How a command reaches the engine: by owning the home in this process, or through the process that owns it. Commands cannot
//! tell the difference.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use moot_engine::{Command, CommandError, ErrorKind, Progress, Reply, Request};
use moot_net::{Address, PeerId};

use crate::control::{AskError, Client, ConnectError};
use crate::failure::failure;
use crate::home::{Absent, Config, Home, HomePath, Lock, Owner, Taking};
use crate::node::{Afterwards, LinkOptions, Network, Running, Serving, parse_addresses};

/// How long to wait for a home that another process owns without answering. Commands that own one for a moment are over in
/// less; those that take longer answer.
const BUSY_TIMEOUT: Duration = Duration::from_secs(15);

/// How long between two looks.
const BUSY_PAUSE: Duration = Duration::from_millis(15);

/// How often a command is given to an owner who is just ending before that is told.
const ASKS_MAX: usize = 5;

/// What a command needs of a node, where it has to run one itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nobody else, and it is over in a moment.
    Moment,
    /// Nobody else, but so much time that other commands should not wait for it.
    Time,
    /// Other devices.
    Network,
    /// Other devices, and to be found by them: somebody sits there.
    Company,
}

/// A way to have commands carried out on one home.
pub(crate) struct Session {
    home: HomePath,
    absent: Absent,
    need: Need,
    way: Way,
}

enum Way {
    Own(Box<Running>),
    Ask(Client),
}

/// What came of trying to own a home.
pub(crate) enum Owning {
    /// It is ours and open.
    Ours(Box<Home>),
    /// Another process has it and answers.
    Theirs(Client),
}

impl Session {
    /// Opens a session on a home.
    pub(crate) fn open(home: &HomePath, absent: Absent, need: Need) -> Result<Self, CommandError> {
        let way = open_way(home, absent, need)?;
        Ok(Self {
            home: home.clone(),
            absent,
            need,
            way,
        })
    }

    /// Has a command carried out, handing on how it is doing.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reply, CommandError> {
        let start = Instant::now();
        for _ in 0..ASKS_MAX {
            let request = shortened(request, start.elapsed());
            match &mut self.way {
                Way::Own(running) => {
                    let answer = running.ask(request.clone(), progress);
                    if answer.is_ok() {
                        assume_addresses(running, &request);
                    }
                    return answer;
                }
                Way::Ask(client) => match client.ask(&request, progress) {
                    Ok(reply) => return Ok(reply),
                    Err(AskError::Failed(error)) => return Err(error),
                    Err(AskError::Lost(error)) => {
                        // What comes next goes to whoever owns the home then.
                        if let Ok(way) = open_way(&self.home, self.absent, self.need) {
                            self.way = way;
                        }
                        return Err(error);
                    }
                    Err(AskError::NotBegun) => {
                        self.way = open_way(&self.home, self.absent, self.need)?;
                    }
                },
            }
        }
        Err(busy(&Owner::default()))
    }

    /// Ends the session. A node of one's own says goodbye.
    pub(crate) fn close(self) {
        if let Way::Own(running) = self.way {
            let afterwards = match self.absent {
                Absent::Create if is_empty(&running) => Afterwards::Discard,
                Absent::Create | Absent::Fail => Afterwards::Keep,
            };
            running.stop(afterwards);
        }
    }
}

/// The command, with what is left of its wait.
fn shortened(request: &Request, elapsed: Duration) -> Request {
    let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let mut request = request.clone();
    match &mut request.command {
        Command::Sync { wait_ms, .. }
        | Command::Join { wait_ms, .. }
        | Command::RelayUse { wait_ms, .. } => {
            *wait_ms = wait_ms.saturating_sub(elapsed_ms);
        }
        _ => {}
    }
    request
}

/// Whether the home holds no notebook, nor one that is being joined.
fn is_empty(running: &Running) -> bool {
    let list = Request {
        notebook: None,
        command: Command::Notebooks,
    };
    matches!(running.ask(list, &mut |_| {}), Ok(Reply::Notebooks(rows)) if rows.is_empty())
}

fn open_way(home: &HomePath, absent: Absent, need: Need) -> Result<Way, CommandError> {
    match own(home, absent)? {
        Owning::Theirs(client) => Ok(Way::Ask(client)),
        Owning::Ours(home) => {
            let (network, serving) = match need {
                Need::Moment => (Network::Off, Serving::Nobody),
                Need::Time => (Network::Off, Serving::Socket),
                Need::Network => {
                    let mut options = options_of(home.config())?;
                    // It is over in a moment: a router would open a port for nobody.
                    options.routers = moot_net::Routers::LeftAlone;
                    (Network::On(options), Serving::Socket)
                }
                Need::Company => (Network::On(options_of(home.config())?), Serving::Socket),
            };
            Running::start(*home, network, serving).map(|running| Way::Own(Box::new(running)))
        }
    }
}

/// Owns the home, or finds who does. Waits for an owner who does not answer, since most are gone in a moment.
pub(crate) fn own(home: &HomePath, absent: Absent) -> Result<Owning, CommandError> {
    let deadline = Instant::now() + BUSY_TIMEOUT;
    loop {
        home.prepare(absent)?;
        let owner = match Lock::try_take(home)? {
            Taking::Taken(lock) => {
                return Home::open(lock, home, absent).map(|home| Owning::Ours(Box::new(home)));
            }
            Taking::Held(owner) => owner,
        };
        match owner.socket.as_deref().map(Client::connect) {
            Some(Ok(client)) => return Ok(Owning::Theirs(client)),
            Some(Err(ConnectError::Unusable(error))) => return Err(error),
            Some(Err(ConnectError::NoAnswer)) | None => {}
        }
        if Instant::now() > deadline {
            return Err(busy(&owner));
        }
        std::thread::sleep(BUSY_PAUSE);
    }
}

fn busy(owner: &Owner) -> CommandError {
    let who = owner
        .process
        .map_or_else(String::new, |process| format!(" (process {process})"));
    failure(
        ErrorKind::Failed,
        format!("another moot{who} is using this home and does not answer"),
        "Try again in a moment. If it hangs, end it; what it saved is safe.",
    )
}

/// The network as the home's settings want it.
pub(crate) fn options_of(config: &Config) -> Result<LinkOptions, CommandError> {
    Ok(LinkOptions {
        listen: without_peers(parse_addresses(&config.listen)?),
        insistence: moot_net::Insistence::WhereItCan,
        port: config.port,
        peers: Vec::new(),
        discovery: if config.mdns {
            moot_net::Discovery::LocalNetwork
        } else {
            moot_net::Discovery::Off
        },
        circuits: moot_net::Circuits::Client,
        routers: if config.upnp {
            moot_net::Routers::Asked
        } else {
            moot_net::Routers::LeftAlone
        },
        callers: None,
    })
}

/// Where to listen: whoever is named behind an address does not matter there.
pub(crate) fn without_peers(addresses: Vec<(Address, Option<PeerId>)>) -> Vec<Address> {
    addresses.into_iter().map(|(address, _)| address).collect()
}

/// A ticket made before the node ever ran would name no address at all. The port is known from the first moment on, so the
/// likely addresses are; the first start of a node replaces them by what it finds.
fn assume_addresses(running: &Running, request: &Request) {
    if matches!(request.command, Command::Init { .. }) && !running.has_network() {
        running.assume_listening(likely_addresses(running.config()));
    }
}

fn likely_addresses(config: &Config) -> Vec<String> {
    let is_definite =
        |address: &&String| !address.contains("/0.0.0.0/") && !address.contains("/::/");
    if !config.listen.is_empty() {
        return config.listen.iter().filter(is_definite).cloned().collect();
    }
    if config.port == 0 {
        return Vec::new();
    }
    let port = config.port;
    let of = |ip: std::net::IpAddr| {
        let family = if ip.is_ipv4() { "ip4" } else { "ip6" };
        [
            format!("/{family}/{ip}/tcp/{port}"),
            format!("/{family}/{ip}/udp/{port}/quic-v1"),
        ]
    };
    own_addresses().into_iter().flat_map(of).collect()
}

/// The addresses that packets to the wide world would carry; asking the system sends none.
fn own_addresses() -> Vec<std::net::IpAddr> {
    let from = |bind: &str, to: &str| {
        let socket = UdpSocket::bind(bind).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    [
        from("0.0.0.0:0", "192.0.2.1:9"),
        from("[::]:0", "[2001:db8::1]:9"),
        Some(std::net::Ipv4Addr::LOCALHOST.into()),
    ]
    .into_iter()
    .flatten()
    .collect()
}
