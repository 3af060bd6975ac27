//! samod as it is measured: its own repositories on its own storage in the file system, over its own TCP transport on loopback.
//!
//! Owns the count of bytes that pass on the connection. samod has no list of documents: whoever fetches is told their ids.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use automerge::transaction::Transactable as _;
use automerge::{AutomergeError, ObjType, ROOT, ReadDoc as _};
use futures::future::join_all;
use samod::storage::TokioFilesystemStorage;
use samod::{BackoffConfig, ConnectionId, DocHandle, DocumentId, Repo};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::Outcome;
use crate::workload::{self, Size};

/// A directory with documents in it, and what they are called; gone when dropped.
pub(crate) struct Shelf {
    directory: tempfile::TempDir,
    pub(crate) documents: Arc<Vec<DocumentId>>,
}

impl Shelf {
    /// One with nothing in it, to which these documents shall come.
    pub(crate) fn empty(documents: &Arc<Vec<DocumentId>>) -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
        Ok(Self {
            directory,
            documents: Arc::clone(documents),
        })
    }

    /// One whose documents were made and written in.
    pub(crate) async fn written(size: Size) -> Outcome<Self> {
        let mut shelf = Self::empty(&Arc::default())?;
        let repo = shelf.repo().await;
        let mut handles: Vec<DocHandle> = Vec::new();
        for (note, edit) in workload::order(size) {
            let line = workload::line(note, edit);
            match handles.get(note) {
                Some(handle) => write(handle, &format!("{line}\n"))?,
                None => {
                    let made = document(&workload::title(note), &format!("{line}\n"))?;
                    handles.push(repo.create(made).await?);
                }
            }
        }
        shelf.documents = Arc::new(
            handles
                .iter()
                .map(|handle| handle.document_id().clone())
                .collect(),
        );
        repo.stop().await;
        Ok(shelf)
    }

    /// The same once more.
    pub(crate) fn copy(&self) -> Outcome<Self> {
        let copy = Self::empty(&self.documents)?;
        copy_tree(self.directory.path(), copy.directory.path())?;
        Ok(copy)
    }

    /// A repository on it.
    pub(crate) async fn repo(&self) -> Repo {
        Repo::build_tokio()
            .with_storage(TokioFilesystemStorage::new(self.directory.path()))
            .load()
            .await
    }
}

fn copy_tree(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn document(title: &str, text: &str) -> Outcome<automerge::Automerge> {
    let mut document = automerge::Automerge::new();
    document
        .transact::<_, _, AutomergeError>(|tx| {
            tx.put(ROOT, "title", title)?;
            let body = tx.put_object(ROOT, "body", ObjType::Text)?;
            tx.splice_text(&body, 0, 0, text)
        })
        .map_err(|failure| failure.error)?;
    Ok(document)
}

/// Adds text at the end of a document.
pub(crate) fn write(handle: &DocHandle, text: &str) -> Outcome<()> {
    handle.with_document(|document| {
        let written = document.transact::<_, _, AutomergeError>(|tx| {
            let Some((_, body)) = tx.get(ROOT, "body")? else {
                return Ok(());
            };
            let end = tx.length(&body);
            tx.splice_text(&body, end, 0, text)
        });
        written.map_err(|failure| failure.error)
    })?;
    Ok(())
}

/// All documents of a shelf, loaded or fetched.
pub(crate) async fn find_all(repo: &Repo, shelf: &Shelf) -> Outcome<Vec<DocHandle>> {
    let all = shelf.documents.iter().map(|id| repo.find(id.clone()));
    let found = join_all(all).await.into_iter();
    found
        .map(|handle| Ok(handle?.ok_or("a document was not found")?))
        .collect()
}

/// How many changes the documents hold together.
pub(crate) fn changes_held(handles: &[DocHandle]) -> usize {
    let held =
        |handle: &DocHandle| handle.with_document(|document| document.get_changes(&[]).len());
    handles.iter().map(held).sum()
}

/// A repository that others can connect to.
pub(crate) struct Listening {
    pub(crate) url: url::Url,
    bytes: Arc<AtomicU64>,
    accepting: JoinHandle<()>,
}

impl Listening {
    pub(crate) async fn start(repo: &Repo) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = url::Url::parse(&format!("tcp://{}", listener.local_addr()?))?;
        let acceptor = repo.make_acceptor(url.clone())?;
        let bytes = Arc::new(AtomicU64::new(0));
        let counter = Arc::clone(&bytes);
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // As the dialling side has it: what its transport sets by itself.
                let counted = Counted {
                    stream,
                    bytes: Arc::clone(&counter),
                };
                if acceptor.accept_tokio_io(counted).is_err() {
                    return;
                }
            }
        });
        Ok(Self {
            url,
            bytes,
            accepting,
        })
    }

    /// Bytes on the connection so far, both ways.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(crate) fn stop(self) {
        self.accepting.abort();
    }
}

/// Connects to a repository that listens.
pub(crate) async fn connect(repo: &Repo, url: &url::Url) -> Outcome<ConnectionId> {
    let dialer = repo
        .dial_tcp(url.clone(), BackoffConfig::default())
        .map_err(|error| error.to_string())?;
    dialer
        .established()
        .await
        .map_err(|error| format!("{error:?}"))?;
    Ok(dialer.connection_id().ok_or("no connection")?)
}

/// A TCP stream whose bytes are counted.
struct Counted {
    stream: TcpStream,
    bytes: Arc<AtomicU64>,
}

impl Counted {
    fn count(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        self.count(buffer.filled().len() - before);
        read
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        if let Poll::Ready(Ok(written)) = &written {
            self.count(*written);
        }
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
