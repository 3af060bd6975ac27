//! A node in its thread: starting it, asking it from plain code, and ending it.

use std::thread::JoinHandle;
use std::time::Duration;

use moot_engine::{CommandError, ErrorKind, Event, Progress, Reply, Request};
use tokio::runtime::{self, Runtime};
use tokio::sync::{mpsc, oneshot, watch};

use super::driver::{Driver, Then};
use super::link::{Link, LinkOptions};
use super::{Afterwards, Ask, Gone, NodeHandle, Saying};
use crate::control::Server;
use crate::failure::failure;
use crate::home::{Config, Home};

/// How long no further address must have come up for the list to be told.
pub(crate) const LISTENING_SETTLES: Duration = Duration::from_millis(150);

/// Whether a node talks to others.
pub(crate) enum Network {
    /// It only works on what is here.
    Off,
    /// It listens and dials.
    On(LinkOptions),
}

/// Whether other processes reach the node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Serving {
    /// Over the control socket.
    Socket,
    /// Not: it is over in a moment, and they wait for the lock.
    Nobody,
}

/// A node that this process runs. Dropping it without [`Running::stop`] is like killing it: safe, but without goodbyes.
pub(crate) struct Running {
    runtime: Runtime,
    handle: NodeHandle,
    thread: JoinHandle<()>,
    listening: watch::Receiver<Vec<String>>,
    peer_id: String,
    config: Config,
    has_network: bool,
}

/// What the node thread needs besides the home.
struct Start {
    network: Network,
    serving: Serving,
    asks: mpsc::Receiver<Ask>,
    handle: NodeHandle,
    listening: watch::Sender<Vec<String>>,
    started: oneshot::Sender<Result<String, CommandError>>,
}

impl Running {
    /// Starts a node on a home and waits until it answers.
    pub(crate) fn start(
        home: Home,
        network: Network,
        serving: Serving,
    ) -> Result<Self, CommandError> {
        let config = home.config().clone();
        let has_network = matches!(network, Network::On(_));
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("moot-io")
            .enable_all()
            .build()
            .map_err(no_threads)?;
        let (handle, asks) = NodeHandle::new();
        let (listening_sender, listening) = watch::channel(Vec::new());
        let (started, start_result) = oneshot::channel();
        let start = Start {
            network,
            serving,
            asks,
            handle: handle.clone(),
            listening: listening_sender,
            started,
        };
        let io = runtime.handle().clone();
        let thread = std::thread::Builder::new()
            .name("moot-node".to_owned())
            .spawn(move || io.block_on(live(home, start)))
            .map_err(no_threads)?;
        let peer_id = start_result
            .blocking_recv()
            .unwrap_or_else(|_| Err(ended()))?;
        Ok(Self {
            runtime,
            handle,
            thread,
            listening,
            peer_id,
            config,
            has_network,
        })
    }

    /// Has a command carried out, handing on how it is doing.
    pub(crate) fn ask(
        &self,
        request: Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reply, CommandError> {
        self.runtime.block_on(async {
            let mut asked = self.handle.ask(request).await.map_err(|Gone| ended())?;
            loop {
                match asked.next().await {
                    Ok(Saying::Progress(step)) => progress(step),
                    Ok(Saying::Reply(answer)) => return answer,
                    Ok(Saying::NotBegun) | Err(Gone) => return Err(ended()),
                }
            }
        })
    }

    /// Tells the node where it would listen if it had a network.
    pub(crate) fn assume_listening(&self, addresses: Vec<String>) {
        if addresses.is_empty() {
            return;
        }
        // A node that is gone is noticed by the next question.
        let _ = self.runtime.block_on(self.handle.assume(addresses));
    }

    /// The settings of the home.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Whether it talks to others.
    pub(crate) fn has_network(&self) -> bool {
        self.has_network
    }

    /// Its name on the network.
    pub(crate) fn peer_id(&self) -> &str {
        &self.peer_id
    }

    /// Does something that needs a tokio runtime round it.
    pub(crate) fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _inside = self.runtime.enter();
        work()
    }

    /// Waits until it listens somewhere, and tells where; none when `ending` is over first, or the node ended.
    pub(crate) fn listening_unless(
        &mut self,
        ending: impl Future<Output = ()>,
    ) -> Option<Vec<String>> {
        let listening = &mut self.listening;
        self.runtime.block_on(async {
            tokio::select! {
                () = ending => None,
                addresses = settled(listening) => addresses,
            }
        })
    }

    /// Hands on what happens until `until` is over or the node ends.
    pub(crate) fn watch_until(
        &self,
        until: impl Future<Output = ()>,
        each: &mut dyn FnMut(Event),
    ) -> Result<(), CommandError> {
        self.runtime.block_on(async {
            let mut events = self.handle.watch().await.map_err(|Gone| ended())?;
            tokio::pin!(until);
            loop {
                tokio::select! {
                    () = &mut until => return Ok(()),
                    event = events.next() => match event {
                        Some(event) => each(event),
                        // This process prints for itself: whoever holds up its output holds up the lines, not the node.
                        None if events.overran() => {
                            events = self.handle.watch().await.map_err(|Gone| ended())?;
                        }
                        None => return Err(ended()),
                    },
                }
            }
        })
    }

    /// Ends the node: answers whoever waits, says goodbye to peers, closes the store, releases the home.
    pub(crate) fn stop(self, afterwards: Afterwards) {
        self.runtime.block_on(self.handle.stop(afterwards));
        // A node that panicked has been reported by the panic itself.
        let _ = self.thread.join();
        self.runtime.shutdown_background();
    }
}

/// The life of a node, in its own thread.
async fn live(home: Home, start: Start) {
    let Start {
        network,
        serving,
        asks,
        handle,
        listening,
        started,
    } = start;
    match prepare(home, network, serving, handle).await {
        Ok((driver, server, peer_id)) => {
            // Nobody left to start for: the loop will see that its askers are gone.
            let _ = started.send(Ok(peer_id));
            run(driver, asks, &listening, server).await;
        }
        Err(error) => {
            let _ = started.send(Err(error));
        }
    }
}

async fn prepare(
    home: Home,
    network: Network,
    serving: Serving,
    handle: NodeHandle,
) -> Result<(Driver, Option<Server>, String), CommandError> {
    let (mut driver, effects) = Driver::open(home)?;
    let key = moot_net::SecretKey::from_bytes(driver.network_key());
    let peer_id = moot_net::peer_id_of(&key).to_string();
    if let Network::On(options) = network {
        driver.set_link(Link::start(options, driver.network_key()).await?);
    }
    driver.carry_out(effects);
    driver.introduce();
    let server = match serving {
        Serving::Nobody => None,
        Serving::Socket => {
            let home = driver.home();
            let server = home
                .user()
                .and_then(|user| Server::open(home.path(), user, handle))
                .map_err(no_socket)?;
            home.announce(server.path())?;
            Some(server)
        }
    };
    Ok((driver, server, peer_id))
}

async fn run(
    mut driver: Driver,
    mut asks: mpsc::Receiver<Ask>,
    listening: &watch::Sender<Vec<String>>,
    server: Option<Server>,
) {
    loop {
        let deadline = tokio::time::Instant::from_std(driver.deadline());
        let then = tokio::select! {
            ask = asks.recv() => match ask {
                Some(ask) => driver.on_ask(ask),
                None => Then::Stop(Afterwards::Keep),
            },
            event = Driver::next_event(driver.link()) => {
                if let moot_net::NetEvent::Listening { addresses } = &event {
                    let texts = addresses.iter().map(ToString::to_string).collect();
                    listening.send_replace(texts);
                }
                driver.on_event(event);
                Then::GoOn
            }
            () = tokio::time::sleep_until(deadline) => {
                driver.on_deadline();
                Then::GoOn
            }
        };
        if let Then::Stop(afterwards) = then {
            drop(server);
            driver.stop(asks, afterwards).await;
            return;
        }
    }
}

/// Interfaces report one by one, so a short while of silence is waited for.
async fn settled(listening: &mut watch::Receiver<Vec<String>>) -> Option<Vec<String>> {
    listening
        .wait_for(|addresses| !addresses.is_empty())
        .await
        .ok()?;
    while let Ok(changed) = tokio::time::timeout(LISTENING_SETTLES, listening.changed()).await {
        changed.ok()?;
    }
    Some(listening.borrow().clone())
}

fn ended() -> CommandError {
    failure(
        ErrorKind::Failed,
        "moot ended in the middle of this",
        "What was saved is safe. Try again.",
    )
}

fn no_threads(error: std::io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("this system gives no more threads: {error}"),
        "",
    )
}

fn no_socket(error: std::io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("the control socket could not be opened: {error}"),
        "Is XDG_RUNTIME_DIR, or else the temporary directory, yours and writable?",
    )
}
