//! Ctrl-C for commands that must not simply die of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use moot_engine::{CommandError, ErrorKind};
use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::failure::failure;

/// While this lives, Ctrl-C and SIGTERM only set a flag.
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    runtime: Option<Runtime>,
}

impl Interrupt {
    /// Begins to catch them.
    pub(crate) fn catch() -> Result<Self, CommandError> {
        let start = || -> std::io::Result<Self> {
            let runtime = runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("moot-signals")
                .enable_all()
                .build()?;
            let came = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&came);
            let ending = {
                let _inside = runtime.enter();
                Ending::listen()?
            };
            runtime.spawn(async move {
                let mut ending = ending;
                loop {
                    ending.comes().await;
                    flag.store(true, Ordering::Relaxed);
                }
            });
            Ok(Self {
                came,
                runtime: Some(runtime),
            })
        };
        start().map_err(no_signals)
    }

    /// Whether one came.
    pub(crate) fn came(&self) -> bool {
        self.came.load(Ordering::Relaxed)
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Ctrl-C, SIGTERM and the end of the terminal.
pub(crate) struct Ending {
    signals: [tokio::signal::unix::Signal; 3],
    other: Option<oneshot::Receiver<()>>,
}

impl Ending {
    /// Begins to listen; within a tokio runtime.
    pub(crate) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            signals: [
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ],
            other: None,
        })
    }

    /// Something else that counts as well.
    pub(crate) fn also_when(&mut self, other: oneshot::Receiver<()>) {
        self.other = Some(other);
    }

    /// Waits for the next.
    pub(crate) async fn comes(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        let other = async {
            match &mut self.other {
                // A sender who is gone has nothing more to say, and counts as said.
                Some(other) => drop(other.await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
            () = other => {}
        }
    }
}

/// The error where signals cannot be listened to.
pub(crate) fn no_signals(error: std::io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("this system gives no signals: {error}"),
        "",
    )
}
