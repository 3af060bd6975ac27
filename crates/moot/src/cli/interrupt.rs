//! Ctrl-C for commands that must not simply die of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moot_engine::{CommandError, ErrorKind};
use tokio::runtime::{self, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::failure::{exit_code, failure};
use crate::terminal::{Format, print_error};

/// How long between two looks at the flag.
const LOOK_PAUSE: Duration = Duration::from_millis(20);

/// While this lives, Ctrl-C and SIGTERM only set a flag.
pub(crate) struct Interrupt {
    came: Arc<AtomicBool>,
    runtime: Option<Runtime>,
}

impl Interrupt {
    /// Begins to catch them.
    pub(crate) fn catch() -> Result<Self, CommandError> {
        Self::catch_and(|_| std::future::pending())
    }

    /// Begins to catch them. When the first comes, this process ends with `error`, unless the catch is given up within the
    /// grace: for work that may hang where it does not look at the flag.
    pub(crate) fn catch_with_grace(
        grace: Duration,
        format: Format,
        error: CommandError,
    ) -> Result<Self, CommandError> {
        Self::catch_and(move |came| async move {
            while !came.load(Ordering::Relaxed) {
                tokio::time::sleep(LOOK_PAUSE).await;
            }
            tokio::time::sleep(grace).await;
            print_error(&error, format);
            std::process::exit(exit_code(error.kind).into());
        })
    }

    fn catch_and<Watch: Future<Output = ()> + Send + 'static>(
        watch: impl FnOnce(Arc<AtomicBool>) -> Watch,
    ) -> Result<Self, CommandError> {
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
            runtime.spawn(watch(Arc::clone(&came)));
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
