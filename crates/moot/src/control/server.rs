//! The answering end of the control socket, in the process that owns the home. One task per connection; each does one command
//! at a time, and a client that goes away lets its command go.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinHandle;

use super::{FromNode, GREETING_BYTES_MAX, PROTOCOL_VERSION, ToNode, path};
use crate::node::{Gone, NodeHandle, Saying};

/// After a failed accept (no file descriptors left, say) others may have gone in this time.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The open socket. It is taken away when this is dropped.
pub(crate) struct Server {
    path: PathBuf,
    task: JoinHandle<()>,
}

impl Server {
    /// Opens the socket of the home at this canonical path and answers there. To be called within a tokio runtime, and only
    /// by the holder of the home's lock: whatever lies at the socket's path was left by a process that is gone.
    pub(crate) fn open(home: &Path, user: u32, node: NodeHandle) -> io::Result<Self> {
        let path = path::place(home, user)?;
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let task = tokio::spawn(accept(listener, user, node));
        Ok(Self { path, task })
    }

    /// Where the socket is.
    pub(crate) fn path(&self) -> &Path {
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

async fn accept(listener: UnixListener, user: u32, node: NodeHandle) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let own = stream.peer_cred().is_ok_and(|peer| peer.uid() == user);
                if own {
                    tokio::spawn(serve(stream, node.clone()));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a client of the control socket could not be let in");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn serve(stream: UnixStream, node: NodeHandle) {
    if let Err(error) = converse(stream, &node).await {
        tracing::debug!(%error, "a client of the control socket ended");
    }
}

async fn converse(stream: UnixStream, node: &NodeHandle) -> io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    write.write_all(super::greeting().as_bytes()).await?;
    let mut line = String::new();
    let mut first = (&mut read).take(GREETING_BYTES_MAX as u64);
    first.read_line(&mut line).await?;
    // The client has our greeting too, and tells its person.
    if super::parse_greeting(&line).is_none_or(|(version, _)| version != PROTOCOL_VERSION) {
        return Ok(());
    }
    loop {
        match receive(&mut read).await? {
            None => return Ok(()),
            Some(ToNode::Command(request)) => {
                let Ok(mut asked) = node.ask(request).await else {
                    return send(&mut write, &FromNode::Leaving).await;
                };
                loop {
                    tokio::select! {
                        saying = asked.next() => match saying {
                            Ok(Saying::Progress(step)) => send(&mut write, &FromNode::Progress(step)).await?,
                            Ok(Saying::Reply(answer)) => {
                                send(&mut write, &FromNode::Reply(answer)).await?;
                                break;
                            }
                            Ok(Saying::NotBegun) => return send(&mut write, &FromNode::Leaving).await,
                            Err(Gone) => return Ok(()),
                        },
                        // Whoever awaits an answer sends nothing: readable means gone. Dropping `asked` lets the command go.
                        _ = read.fill_buf() => return Ok(()),
                    }
                }
            }
            Some(ToNode::Watch) => return watch(&mut read, &mut write, node).await,
        }
    }
}

async fn watch(
    read: &mut BufReader<OwnedReadHalf>,
    write: &mut OwnedWriteHalf,
    node: &NodeHandle,
) -> io::Result<()> {
    let Ok(mut events) = node.watch().await else {
        return send(write, &FromNode::Leaving).await;
    };
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(event) => send(write, &FromNode::Event(event)).await?,
                None if events.overran() => return send(write, &FromNode::Overrun).await,
                None => return send(write, &FromNode::Leaving).await,
            },
            _ = read.fill_buf() => return Ok(()),
        }
    }
}

async fn send(write: &mut OwnedWriteHalf, message: &impl Serialize) -> io::Result<()> {
    let frame = super::encode(message).map_err(io::Error::other)?;
    write.write_all(&frame).await
}

/// The next frame; none where the client ended between two.
async fn receive(read: &mut BufReader<OwnedReadHalf>) -> io::Result<Option<ToNode>> {
    let mut length = [0; 4];
    match read.read_exact(&mut length).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    let mut body = vec![0; super::announced(length).map_err(io::Error::other)?];
    read.read_exact(&mut body).await?;
    super::decode(&body).map(Some).map_err(io::Error::other)
}
