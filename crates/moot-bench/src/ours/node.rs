//! A running node: one thread owns engine and store, the network runs in the runtime, as in the program itself.
//!
//! Owns the count of bytes that pass on sync streams, each frame with the four bytes that carry its length.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use moot_engine::{
    Command, CommandError, Dial, Effects, Event, Input, PeerName, Reach, Reply, ReplyTo, Request,
    Role, StreamId,
};
use moot_net::{Close, Discovery, Net, NetCommand, NetConfig, NetEvent, PeerId};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Machine, Saving};
use crate::Outcome;

const EVENTS_MAX: usize = 256;

/// No measurement takes longer.
const PATIENCE: Duration = Duration::from_secs(600);

type Answer = Result<Reply, CommandError>;

enum Ask {
    Command(Box<Command>, std_mpsc::Sender<Answer>),
    Stop,
}

/// Something that happened, and when.
pub(crate) struct Heard {
    pub(crate) at: Instant,
    pub(crate) event: Event,
}

/// The handle on a running node.
pub(crate) struct Node {
    asks: mpsc::UnboundedSender<Ask>,
    heard: std_mpsc::Receiver<Heard>,
    stream_bytes: Arc<AtomicU64>,
    thread: JoinHandle<Outcome<()>>,
}

impl Node {
    /// Starts a node on a home; it opens the home in its own thread.
    pub(crate) fn start(home: &super::Home, runtime: &Handle) -> Self {
        Self::start_to_reach(home, runtime, None)
    }

    /// The same, with somebody to reach from the start, as named on the command line.
    pub(crate) fn start_to_reach(
        home: &super::Home,
        runtime: &Handle,
        whom: Option<(PeerName, Vec<String>)>,
    ) -> Self {
        let (asks, inbox) = mpsc::unbounded_channel();
        let (tell, heard) = std_mpsc::channel();
        let stream_bytes = Arc::new(AtomicU64::new(0));
        let (directory, runtime, bytes) = (
            home.path().to_owned(),
            runtime.clone(),
            Arc::clone(&stream_bytes),
        );
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let running = Running::start(&directory, tell, bytes, whom).await?;
                running.run(inbox).await
            })
        });
        Self {
            asks,
            heard,
            stream_bytes,
            thread,
        }
    }

    /// Gives a command; the answer comes on the channel.
    pub(crate) fn ask_later(&self, command: Command) -> std_mpsc::Receiver<Answer> {
        let (answer, answered) = std_mpsc::channel();
        // A node that has ended is noticed when the answer is waited for.
        let _ = self.asks.send(Ask::Command(Box::new(command), answer));
        answered
    }

    pub(crate) fn ask(&self, command: Command) -> Outcome<Reply> {
        let shown = format!("{command:?}");
        let answer = self.ask_later(command).recv_timeout(PATIENCE);
        let answer = answer.map_err(|error| format!("{shown}: {error}"))?;
        Ok(answer.map_err(|error| format!("{shown}: {}", error.message))?)
    }

    /// Waits until something happens; what happens before it is passed over.
    pub(crate) fn wait<T>(&self, mut is_it: impl FnMut(Heard) -> Option<T>) -> Outcome<T> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let heard = self
                .heard
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))?;
            if let Some(found) = is_it(heard) {
                return Ok(found);
            }
        }
    }

    /// Waits until it listens; tells its name and where.
    pub(crate) fn address(&self) -> Outcome<(PeerName, Vec<String>)> {
        self.wait(|heard| match heard.event {
            Event::Listening { addresses, peer_id } if !addresses.is_empty() => {
                Some((PeerName(peer_id), addresses))
            }
            _ => None,
        })
    }

    /// Bytes on sync streams so far, both ways.
    pub(crate) fn stream_bytes(&self) -> u64 {
        self.stream_bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(self) -> Outcome<()> {
        let _ = self.asks.send(Ask::Stop);
        self.thread.join().map_err(|_| "a node panicked")?
    }
}

struct Running {
    machine: Machine,
    net: Net,
    events: mpsc::Receiver<NetEvent>,
    tell: std_mpsc::Sender<Heard>,
    bytes: Arc<AtomicU64>,
    answers: BTreeMap<ReplyTo, std_mpsc::Sender<Answer>>,
    dialled: Vec<String>,
    next_tick_ms: Option<u64>,
    asked: u64,
}

impl Running {
    async fn start(
        directory: &std::path::Path,
        tell: std_mpsc::Sender<Heard>,
        bytes: Arc<AtomicU64>,
        whom: Option<(PeerName, Vec<String>)>,
    ) -> Outcome<Self> {
        let (machine, effects) = Machine::open(directory, Saving::AsAsked)?;
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let config = NetConfig {
            listen: vec!["/ip4/127.0.0.1/tcp/0".parse()?],
            discovery: Discovery::Off,
            ..NetConfig::new(machine.network_key(), 0)
        };
        let net = Net::start(config, sender).await?;
        let mut running = Self {
            machine,
            net,
            events,
            tell,
            bytes,
            answers: BTreeMap::new(),
            dialled: Vec::new(),
            next_tick_ms: None,
            asked: 0,
        };
        running.carry_out(effects);
        if let Some((peer, addresses)) = whom {
            let effects = running
                .machine
                .handle(Input::Introduced { peer, addresses })?;
            running.carry_out(effects);
        }
        Ok(running)
    }

    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Ask>) -> Outcome<()> {
        loop {
            let tick = self.next_tick_ms.map_or_else(
                || Instant::now() + PATIENCE,
                |ms| self.machine.instant_of(ms),
            );
            let input = tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(Ask::Command(command, answer)) => self.command(*command, answer),
                    Some(Ask::Stop) | None => break,
                },
                Some(event) = self.events.recv() => match self.input_of(event) {
                    Some(input) => input,
                    None => continue,
                },
                () = tokio::time::sleep_until(tick.into()) => {
                    self.next_tick_ms = None;
                    Input::Tick
                }
            };
            let effects = self.machine.handle(input)?;
            self.carry_out(effects);
        }
        let mut events = self.events;
        let rest = async { while events.recv().await.is_some() {} };
        tokio::join!(rest, self.net.shutdown());
        self.machine.close()
    }

    fn command(&mut self, command: Command, answer: std_mpsc::Sender<Answer>) -> Input {
        self.asked += 1;
        let reply_to = ReplyTo(self.asked);
        self.answers.insert(reply_to, answer);
        Input::Command {
            reply_to,
            request: Request {
                notebook: None,
                command,
            },
        }
    }

    fn input_of(&mut self, event: NetEvent) -> Option<Input> {
        let text =
            |addresses: Vec<moot_net::Address>| addresses.iter().map(ToString::to_string).collect();
        match event {
            NetEvent::Listening { addresses } => Some(Input::Listening {
                addresses: text(addresses),
            }),
            NetEvent::Connected { peer, address, .. } => {
                let address = address.to_string();
                let peer = PeerName(peer.to_string());
                let was_dialled = self.dialled.contains(&address);
                was_dialled.then_some(Input::Connected { peer, address })
            }
            NetEvent::Opened {
                stream, peer, role, ..
            } => Some(Input::Opened {
                stream: StreamId(stream.0),
                peer: PeerName(peer.to_string()),
                role: match role {
                    moot_net::Role::Initiator { label } => Role::Initiator { label },
                    moot_net::Role::Responder => Role::Responder,
                },
                reach: Reach::Direct,
            }),
            NetEvent::Frame { stream, frame } => {
                self.count(&frame);
                Some(Input::Frame {
                    stream: StreamId(stream.0),
                    bytes: frame,
                })
            }
            NetEvent::Closed { stream, reason } => Some(Input::Closed {
                stream: StreamId(stream.0),
                reason: reason.to_string(),
            }),
            NetEvent::DialFailed { peer, error } => Some(Input::DialFailed {
                peer: PeerName(peer.to_string()),
                error,
            }),
            NetEvent::Disconnected { .. }
            | NetEvent::Discovered { .. }
            | NetEvent::Reserved { .. }
            | NetEvent::NotReserved { .. }
            | NetEvent::Serving { .. }
            | NetEvent::SeenFromOutside { .. }
            | NetEvent::Unreachable { .. } => None,
        }
    }

    fn count(&self, frame: &[u8]) {
        self.bytes
            .fetch_add(frame.len() as u64 + 4, Ordering::Relaxed);
    }

    fn carry_out(&mut self, effects: Effects) {
        for stream in effects.authorised {
            let stream = moot_net::StreamId(stream.0);
            self.send(NetCommand::Authorised { stream });
        }
        for (stream, frame) in effects.sends {
            self.count(&frame);
            let stream = moot_net::StreamId(stream.0);
            self.send(NetCommand::Send { stream, frame });
        }
        for (stream, _) in effects.closes {
            let (stream, how) = (moot_net::StreamId(stream.0), Close::AfterFlush);
            self.send(NetCommand::Close { stream, how });
        }
        for dial in effects.dials {
            self.dial(dial);
        }
        for (reply_to, answer) in effects.replies {
            if let Some(asker) = self.answers.remove(&reply_to) {
                let _ = asker.send(answer);
            }
        }
        let at = Instant::now();
        for event in effects.events {
            let _ = self.tell.send(Heard { at, event });
        }
        if effects.next_tick_ms.is_some() {
            self.next_tick_ms = effects.next_tick_ms;
        }
    }

    fn dial(&mut self, dial: Dial) {
        match dial {
            Dial::Keep {
                peer,
                addresses,
                label,
                ..
            } => {
                let Ok(peer) = peer.0.parse::<PeerId>() else {
                    return;
                };
                let parsed = addresses.iter().filter_map(|text| text.parse().ok());
                let addresses_parsed = parsed.collect();
                self.dialled.extend(addresses);
                self.send(NetCommand::Dial {
                    peer,
                    addresses: addresses_parsed,
                    through: Vec::new(),
                    label,
                });
            }
            Dial::Reserve { .. } | Dial::Unreserve { .. } => {}
            Dial::Stop { peer, label } => {
                if let Ok(peer) = peer.0.parse::<PeerId>() {
                    self.send(NetCommand::Undial { peer, label });
                }
            }
        }
    }

    fn send(&self, command: NetCommand) {
        // Over a thousand waiting commands cannot come of two nodes.
        let _ = self.net.send(command);
    }
}
