//! The node: one thread that owns the engine and the store of a home, and everything through which others reach it.
//!
//! Owns the inbox and the answers' ways back; never decides what a command means. Whoever asks holds a [`NodeHandle`]; every
//! channel is bounded, and the node itself waits for nobody: it only ever tries to send.

mod clock;
mod driver;
mod link;
mod running;
mod storage;
mod verifying;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use moot_engine::{CommandError, Event, Progress, Reply, ReplyTo, Request};
use tokio::sync::mpsc;

pub(crate) use clock::Clock;
pub(crate) use link::{Callers, Link, LinkOptions, parse_addresses};
pub(crate) use running::{LISTENING_SETTLES, Network, Running, Serving};
pub(crate) use storage::open as open_store;

/// Commands that wait for their turn. Each client has one under way, so this many clients at once are served.
const ASKS_MAX: usize = 256;

/// Steps told about one command that its asker has not taken yet; further ones are left out.
const SAYINGS_MAX: usize = 64;

/// Events that a watcher may lag behind; one who lags further is let go.
const EVENTS_MAX: usize = 4096;

/// What the node is asked.
enum Ask {
    Command {
        reply_to: ReplyTo,
        request: Request,
        says: mpsc::Sender<Saying>,
    },
    /// The asker is gone.
    Abandon(ReplyTo),
    Watch(Watcher),
    /// These are the addresses that would be listened on; told where no network runs.
    Assume(Vec<String>),
    Stop(Afterwards),
}

/// What becomes of the home when its node ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Afterwards {
    /// It stays.
    Keep,
    /// It goes, if this process began it: nothing came of it.
    Discard,
}

/// What the node says about a command.
#[derive(Debug)]
pub(crate) enum Saying {
    /// How it is doing.
    Progress(Progress),
    /// How it ended; the last word.
    Reply(Result<Reply, CommandError>),
    /// The node ends and has not done it, and asking again is safe; the last word.
    NotBegun,
}

/// The node is not there any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gone;

/// A way to ask the node, as many as wanted.
#[derive(Clone)]
pub(crate) struct NodeHandle {
    asks: mpsc::Sender<Ask>,
    next_reply_to: Arc<AtomicU64>,
}

impl NodeHandle {
    fn new() -> (Self, mpsc::Receiver<Ask>) {
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        let handle = Self {
            asks,
            next_reply_to: Arc::new(AtomicU64::new(1)),
        };
        (handle, inbox)
    }

    /// Hands a command over. Where the node is gone already, the command was not begun.
    pub(crate) async fn ask(&self, request: Request) -> Result<Asked, Gone> {
        let (says, sayings) = mpsc::channel(SAYINGS_MAX);
        let reply_to = ReplyTo(self.next_reply_to.fetch_add(1, Ordering::Relaxed));
        let ask = Ask::Command {
            reply_to,
            request,
            says,
        };
        self.asks.send(ask).await.map_err(|_| Gone)?;
        Ok(Asked {
            reply_to,
            sayings,
            asks: self.asks.clone(),
            answered: false,
        })
    }

    /// Takes part in what happens from now on.
    pub(crate) async fn watch(&self) -> Result<Events, Gone> {
        let (sender, events) = mpsc::channel(EVENTS_MAX);
        let overran = Arc::new(AtomicBool::new(false));
        let watcher = Watcher {
            sender,
            overran: Arc::clone(&overran),
        };
        self.asks
            .send(Ask::Watch(watcher))
            .await
            .map_err(|_| Gone)?;
        Ok(Events { events, overran })
    }

    /// Tells the node where it would listen if it had a network.
    async fn assume(&self, addresses: Vec<String>) -> Result<(), Gone> {
        self.asks
            .send(Ask::Assume(addresses))
            .await
            .map_err(|_| Gone)
    }

    async fn stop(&self, afterwards: Afterwards) {
        // Where nobody listens it has stopped.
        let _ = self.asks.send(Ask::Stop(afterwards)).await;
    }
}

/// A command under way. Dropped before its reply, it tells the node that nobody waits any more.
pub(crate) struct Asked {
    reply_to: ReplyTo,
    sayings: mpsc::Receiver<Saying>,
    asks: mpsc::Sender<Ask>,
    answered: bool,
}

impl Asked {
    /// The next word about it.
    pub(crate) async fn next(&mut self) -> Result<Saying, Gone> {
        let saying = self.sayings.recv().await.ok_or(Gone);
        self.answered = !matches!(saying, Ok(Saying::Progress(_)));
        saying
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.answered {
            // A full inbox may lose this; then the answer goes nowhere, which harms nobody.
            let _ = self.asks.try_send(Ask::Abandon(self.reply_to));
        }
    }
}

/// What happens, one after the other.
pub(crate) struct Events {
    events: mpsc::Receiver<Event>,
    overran: Arc<AtomicBool>,
}

impl Events {
    /// The next event; none when there will be no more.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        self.events.recv().await
    }

    /// Whether they ended because they were not taken in time.
    pub(crate) fn overran(&self) -> bool {
        self.overran.load(Ordering::Relaxed)
    }
}

/// The node's end of [`Events`].
struct Watcher {
    sender: mpsc::Sender<Event>,
    overran: Arc<AtomicBool>,
}

impl Watcher {
    /// Hands an event on; `false` when the watcher is to be let go.
    fn tell(&self, event: &Event) -> bool {
        match self.sender.try_send(event.clone()) {
            Ok(()) => true,
            Err(mpsc::error::TrySendError::Full(_)) => {
                self.overran.store(true, Ordering::Relaxed);
                false
            }
            Err(mpsc::error::TrySendError::Closed(_)) => false,
        }
    }
}
