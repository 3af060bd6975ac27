//! What a running relay tells beside its network: ticket and status, to whoever runs it, as one line of JSON for each
//! connection to its control socket.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use moot_engine::{CommandError, ErrorKind};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::RelayDir;
use crate::failure::failure;
use crate::home::{Lock, Taking, user_in};

/// Whoever runs the machine, and may ask every relay on it.
const ROOT: u32 = 0;

/// How long a relay may take to answer. It does so from memory.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Bytes of an answer: a ticket and some numbers, with many addresses.
const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// What a running relay tells.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) ticket: TicketTold,
    pub(crate) status: StatusTold,
}

/// The ticket.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct TicketTold {
    pub(crate) ticket: String,
}

/// How a relay stands.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct StatusTold {
    pub(crate) peer_id: String,
    pub(crate) addresses: Vec<String>,
    pub(crate) notebooks: u64,
    pub(crate) devices: u64,
    pub(crate) bytes: u64,
    pub(crate) quota: u64,
    pub(crate) mail: u64,
    pub(crate) sessions: u64,
    /// Sessions among them on which nobody has proved to be served here.
    #[serde(default)]
    pub(crate) unproven: u64,
    /// Sessions among them of joiners who wait for a member.
    #[serde(default)]
    pub(crate) joining: u64,
    /// Nothing more is taken.
    #[serde(default)]
    pub(crate) full: bool,
    /// Peers that are reached through it.
    #[serde(default)]
    pub(crate) berths: u64,
    /// Circuits that are open.
    #[serde(default)]
    pub(crate) circuits: u64,
}

/// Asks the relay that runs on a directory.
pub(crate) fn ask(directory: &RelayDir) -> Result<Told, CommandError> {
    let not_running = || {
        failure(
            ErrorKind::Unreachable,
            format!("no relay runs on {}", directory.path().display()),
            "Start it with moot relay --data DIR, or name its directory with --data. How a notebook's relays stand: moot relay list.",
        )
    };
    if !directory.is_there()? {
        return Err(not_running());
    }
    let owner = match Lock::try_take(&directory.0)? {
        Taking::Taken(_) => return Err(not_running()),
        Taking::Held(owner) => owner,
    };
    let socket = owner.socket.ok_or_else(not_running)?;
    let told = read(&socket).map_err(|error| {
        failure(
            ErrorKind::Unreachable,
            format!("the relay does not answer: {error}"),
            "Try again in a moment.",
        )
    })?;
    serde_json::from_slice(&told).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("the relay's answer cannot be read: {error}"),
            "Is it of the same version as this moot?",
        )
    })
}

fn read(socket: &Path) -> io::Result<Vec<u8>> {
    let stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let mut told = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut told)?;
    Ok(told)
}

/// The open socket, taken away when this is dropped.
pub(super) struct Server {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Server {
    /// Opens the socket of a locked directory; within a tokio runtime.
    pub(super) fn open(directory: &Path, told: watch::Receiver<Told>) -> io::Result<Self> {
        let user = user_in(directory)?;
        let path = crate::control::place(&fs::canonicalize(directory)?, user)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let task = tokio::spawn(accept(listener, user, told));
        Ok(Self { path, task })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
        // The next owner removes what is left here.
        let _ = fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, user: u32, told: watch::Receiver<Told>) {
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // Root too: a service runs as a user of its own, and its operator asks.
        if stream
            .peer_cred()
            .is_ok_and(|peer| peer.uid() == user || peer.uid() == ROOT)
        {
            let line = serde_json::to_vec(&*told.borrow()).unwrap_or_default();
            // One client after the other; each gets a few hundred bytes, which fit the socket's buffer.
            if let Err(error) = stream.write_all(&line).await {
                tracing::debug!(%error, "whoever asked is gone");
            }
        }
    }
}
