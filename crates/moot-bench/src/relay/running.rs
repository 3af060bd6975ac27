//! A relay that runs: the machine in a thread of its own, the network in the runtime, as in the program itself.

use std::path::Path;
use std::sync::mpsc as std_mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use moot_log::relay::RelayTicket;
use moot_net::{Circuits, Close, Discovery, Net, NetCommand, NetConfig, NetEvent};
use moot_relay::limits::{CONNECTIONS, SESSIONS_PER_PEER};
use moot_relay::{Effects, Input, Now, Relay, StreamId};
use moot_store::SqliteStore;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::machine;
use super::member::TOKEN;
use crate::Outcome;

/// As the program has it.
const INPUTS_MAX: usize = 256;
const INPUT_BYTES_MAX: usize = 4 << 20;
const LIVE_QUEUE_BYTES_MAX: usize = 1 << 20;
const PING_INTERVAL: Duration = Duration::from_secs(30);

/// The handle on a running relay.
pub(crate) struct Running {
    /// One over TCP, one over QUIC.
    pub(crate) addresses: Vec<String>,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<Outcome<()>>,
}

impl Running {
    /// Starts a relay on a directory and waits until it listens.
    pub(crate) fn start(directory: &Path, runtime: &Handle) -> Outcome<Self> {
        let (tell, told) = std_mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let (directory, runtime) = (directory.to_owned(), runtime.clone());
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let running = Loop::start(&directory).await?;
                running.run(&tell, stopped).await
            })
        });
        Ok(Self {
            addresses: told.recv_timeout(Duration::from_secs(10))?,
            stop,
            thread,
        })
    }

    /// Its ticket.
    pub(crate) fn ticket(&self) -> String {
        let ticket = RelayTicket {
            token: TOKEN,
            peer_id: machine::name(),
            addresses: self.addresses.clone(),
        };
        ticket.encode()
    }

    pub(crate) fn stop(self) -> Outcome<()> {
        let _ = self.stop.send(());
        self.thread.join().map_err(|_| "a relay panicked")?
    }
}

struct Loop {
    relay: Relay,
    store: SqliteStore,
    net: Net,
    events: mpsc::Receiver<NetEvent>,
    begun: Instant,
    next_tick_ms: u64,
}

impl Loop {
    async fn start(directory: &Path) -> Outcome<Self> {
        let store = SqliteStore::open(&directory.join("store.db"))?;
        let (sender, events) = mpsc::channel(256);
        let config = NetConfig {
            listen: vec![
                "/ip4/127.0.0.1/tcp/0".parse()?,
                "/ip4/127.0.0.1/udp/0/quic-v1".parse()?,
            ],
            discovery: Discovery::Off,
            circuits: Circuits::Serve {
                external: Vec::new(),
            },
            inbound_streams_max: SESSIONS_PER_PEER,
            inbound_connections_max: CONNECTIONS,
            ping_interval: PING_INTERVAL,
            ..NetConfig::new(machine::secret_key(), 0)
        };
        Ok(Self {
            relay: machine::open(&store)?,
            store,
            net: Net::start(config, sender).await?,
            events,
            begun: Instant::now(),
            next_tick_ms: 0,
        })
    }

    async fn run(
        mut self,
        tell: &std_mpsc::Sender<Vec<String>>,
        mut stopped: oneshot::Receiver<()>,
    ) -> Outcome<()> {
        loop {
            let tick = self.begun + Duration::from_millis(self.next_tick_ms);
            let mut inputs = Vec::new();
            tokio::select! {
                _ = &mut stopped => break,
                Some(event) = self.events.recv() => self.gather(event, &mut inputs, tell)?,
                () = tokio::time::sleep_until(tick.into()) => inputs.push(Input::Tick),
            }
            let wall = SystemTime::now().duration_since(UNIX_EPOCH)?;
            let now = Now {
                wall_ms: i64::try_from(wall.as_millis())?,
                steady_ms: u64::try_from(self.begun.elapsed().as_millis())?,
            };
            let effects = self.relay.handle_many(now, inputs, &mut self.store)?;
            self.carry_out(effects);
        }
        let mut events = self.events;
        let rest = async { while events.recv().await.is_some() {} };
        tokio::join!(rest, self.net.shutdown());
        Ok(self.store.close()?)
    }

    fn gather(
        &mut self,
        first: NetEvent,
        inputs: &mut Vec<Input>,
        tell: &std_mpsc::Sender<Vec<String>>,
    ) -> Outcome<()> {
        let mut bytes = 0;
        let mut next = Some(first);
        while let Some(event) = next {
            match event {
                NetEvent::Listening { addresses } => {
                    if addresses.len() == 2 {
                        // Nobody may wait for it any more.
                        let _ = tell.send(addresses.iter().map(ToString::to_string).collect());
                    }
                }
                NetEvent::Opened { stream, peer, .. } => {
                    let mut nonce = [0; 32];
                    getrandom::fill(&mut nonce).map_err(|error| error.to_string())?;
                    inputs.push(Input::Opened {
                        stream: StreamId(stream.0),
                        peer: peer.to_string(),
                        nonce,
                    });
                }
                NetEvent::Frame { stream, frame } => {
                    bytes += frame.len();
                    inputs.push(Input::Frame {
                        stream: StreamId(stream.0),
                        bytes: frame,
                    });
                }
                NetEvent::Closed { stream, .. } => inputs.push(Input::Closed {
                    stream: StreamId(stream.0),
                }),
                _ => {}
            }
            let is_enough = inputs.len() >= INPUTS_MAX || bytes >= INPUT_BYTES_MAX;
            next = if is_enough {
                None
            } else {
                self.events.try_recv().ok()
            };
        }
        Ok(())
    }

    fn carry_out(&mut self, effects: Effects) {
        let id = |stream: StreamId| moot_net::StreamId(stream.0);
        for stream in effects.authorised {
            let stream = id(stream);
            self.send(NetCommand::Authorised { stream });
        }
        for (stream, frame) in effects.sends {
            let stream = id(stream);
            self.send(NetCommand::Send { stream, frame });
        }
        for (stream, frame) in effects.live {
            let stream = id(stream);
            if self.net.queued_bytes(stream) + frame.len() <= LIVE_QUEUE_BYTES_MAX {
                self.send(NetCommand::Send { stream, frame });
            }
        }
        for (stream, _) in effects.closes {
            let (stream, how) = (id(stream), Close::AfterFlush);
            self.send(NetCommand::Close { stream, how });
        }
        if let Some(next_tick_ms) = effects.next_tick_ms {
            self.next_tick_ms = next_tick_ms;
        }
    }

    fn send(&self, command: NetCommand) {
        // Over a thousand waiting commands do not come of so few.
        let _ = self.net.send(command);
    }
}
