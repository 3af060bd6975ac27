//! Owns [`Net`], the caller's handle on a running node. It never waits: what takes time happens in the network task.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use crate::{
    Address, NetCommand, NetConfig, NetEvent, PeerId, driver::Driver, limits, outbox::Outboxes,
    peer_id_of,
};

/// A running node. Dropping it ends the node too, without waiting for the end.
pub struct Net {
    peer_id: PeerId,
    moved: Vec<Address>,
    commands: mpsc::Sender<NetCommand>,
    outboxes: Arc<Outboxes>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Net {
    /// Starts a node in a task of the current tokio runtime. Its events go to `events`, which should have room for
    /// some dozens; a caller that takes none stops the network, never the other way round.
    ///
    /// # Errors
    /// [`StartError`]. A listener that fails is no error as long as another one came up, unless all were insisted on.
    pub async fn start(
        config: NetConfig,
        events: mpsc::Sender<NetEvent>,
    ) -> Result<Net, StartError> {
        let peer_id = peer_id_of(&config.secret_key);
        let outboxes = Arc::new(Outboxes::default());
        let (commands, inbox) = mpsc::channel(limits::COMMANDS_MAX);
        let (stop, stopped) = oneshot::channel();
        let driver = Driver::start(config, inbox, events, Arc::clone(&outboxes))?;
        let moved = driver.moved().to_vec();
        let task = tokio::spawn(driver.run(stopped));
        Ok(Net {
            peer_id,
            moved,
            commands,
            outboxes,
            stop,
            task,
        })
    }

    /// The name of this node.
    pub fn peer_id(&self) -> &PeerId {
        &self.peer_id
    }

    /// Addresses asked for whose port was taken at the start, so that a free one stands in for it.
    pub fn moved(&self) -> &[Address] {
        &self.moved
    }

    /// Bytes that wait to be sent on a stream; none where it is not open.
    pub fn queued_bytes(&self, stream: crate::StreamId) -> usize {
        let outbox = self.outboxes.get(stream);
        outbox.map_or(0, |outbox| outbox.queued_bytes())
    }

    /// Hands over a command without waiting. `Send` and `Close` are always taken; a stream whose queue overflows is
    /// closed.
    ///
    /// # Errors
    /// [`Overloaded`] when over a thousand commands wait; the command is dropped.
    pub fn send(&self, command: NetCommand) -> Result<(), Overloaded> {
        match command {
            NetCommand::Send { stream, frame } => {
                if let Some(outbox) = self.outboxes.get(stream) {
                    outbox.push(frame);
                }
                Ok(())
            }
            NetCommand::Close { stream, how } => {
                if let Some(outbox) = self.outboxes.get(stream) {
                    outbox.close(how);
                }
                Ok(())
            }
            command => self.commands.try_send(command).map_err(|_| Overloaded),
        }
    }

    /// Sends what is queued, closes streams and connections, and ends the node: within five seconds, in order or not.
    pub async fn shutdown(self) {
        let Net {
            stop,
            mut task,
            commands,
            ..
        } = self;
        // An error means that the task ended already.
        let _ = stop.send(());
        let margin = Duration::from_millis(500);
        if tokio::time::timeout(limits::SHUTDOWN_TIMEOUT + margin, &mut task)
            .await
            .is_err()
        {
            task.abort();
        }
        drop(commands);
    }
}

/// Says why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The encryption could not be set up from the key.
    #[error("the network identity cannot be used: {reason}")]
    Identity {
        /// What the library says.
        reason: String,
    },
    /// No listener came up.
    #[error("cannot listen anywhere: {}", reasons.join("; "))]
    NoListener {
        /// One per address asked for.
        reasons: Vec<String>,
    },
    /// Not all listeners came up that were insisted on.
    #[error("cannot listen there: {}", reasons.join("; "))]
    NotThere {
        /// One per address that failed.
        reasons: Vec<String>,
    },
}

/// The network task has too many commands waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the network is overloaded")]
pub struct Overloaded;
