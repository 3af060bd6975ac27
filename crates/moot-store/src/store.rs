//! The store itself: one connection, what it was opened on, and whether it may still be written.
//!
//! Owns the life of the connection from opening to closing. What is read and written is in the modules below.

mod read;
mod write;

use std::path::{Path, PathBuf};

use moot_log::storage::{CommitError, Durability};
use rusqlite::{Connection, ErrorCode};

use crate::opening::{self, OpenError};
use write::Numbers;

/// A home's store in one SQLite file.
///
/// It is the only one on its file: a second opening, in this process or another, is refused as busy. Dropping it closes it
/// without ceremony, which loses nothing; [`SqliteStore::close`] also tells what went wrong.
///
/// *Durability.* The write-ahead log is synced in each [`Durability::Synced`] commit, and that covers all commits before it.
/// A relaxed commit is handed to the operating system: it survives the end of the process, however sudden, and a power cut may
/// take it together with the relaxed commits after it, never one out of their middle and never half of one.
pub struct SqliteStore {
    connection: Connection,
    file: Option<FileIdentity>,
    /// What the connection is set to at the moment.
    durability: Durability,
    group: Group,
    /// What the transaction of a group has met.
    numbers: Numbers,
    is_poisoned: bool,
}

/// Whether commits are gathered in one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    None,
    /// A group was begun, and nothing was written in it yet.
    Begun,
    /// Its transaction is under way.
    Writing,
}

/// Which file a store is on, for noticing that a home was copied or moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileIdentity {
    /// The canonical path at the time of opening.
    pub path: PathBuf,
    /// The number of its device, where the system has such numbers.
    pub device: Option<u64>,
    /// Its number on that device, likewise.
    pub inode: Option<u64>,
}

/// How much room a store takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StoreSize {
    /// Bytes of the database, free pages included.
    pub database_bytes: u64,
    /// Bytes of the write-ahead log beside it.
    pub wal_bytes: u64,
    /// Bytes in the database that are free to be used again.
    pub free_bytes: u64,
}

impl SqliteStore {
    /// Opens the store at a path and brings an older format up to date; where there is no file, makes one that only its owner
    /// may read. Waits a second for another process that is just letting go.
    ///
    /// # Errors
    /// Every variant of [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = opening::open_file(path)?;
        let file = FileIdentity::of(path).map_err(|error| OpenError::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(Self::new(connection, Some(file)))
    }

    /// A store that is gone when it is dropped, for tests and simulations.
    pub fn in_memory() -> Self {
        let connection =
            opening::open_memory().expect("a database in memory needs nothing but memory");
        Self::new(connection, None)
    }

    /// Which file the store was opened on; none for a store in memory.
    pub fn file_identity(&self) -> Option<&FileIdentity> {
        self.file.as_ref()
    }

    /// Whether a commit has failed, so that nothing more is written until the store is opened again.
    pub fn is_poisoned(&self) -> bool {
        self.is_poisoned
    }

    /// Takes back what the commit that failed had begun, and takes commits again: for whoever failed for want of room and begins
    /// anew from what the store holds.
    ///
    /// # Errors
    /// As committing; nothing more is written then.
    pub fn take_back(&mut self) -> Result<(), CommitError> {
        if !self.connection.is_autocommit() {
            self.connection
                .execute_batch("ROLLBACK")
                .map_err(|error| failed(&error))?;
        }
        self.group = Group::None;
        self.numbers = Numbers::default();
        self.is_poisoned = false;
        Ok(())
    }

    /// How much room the store takes.
    ///
    /// # Errors
    /// As reading.
    pub fn size(&self) -> Result<StoreSize, moot_log::storage::ReadError> {
        let number = |pragma: &str| {
            self.connection
                .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
                .map(|number| u64::try_from(number).unwrap_or(0))
                .map_err(|error| read::failed(&error))
        };
        let page_bytes = number("page_size")?;
        let wal_bytes = self.file.as_ref().map_or(0, |file| {
            std::fs::metadata(wal_path(&file.path)).map_or(0, |found| found.len())
        });
        Ok(StoreSize {
            database_bytes: number("page_count")? * page_bytes,
            wal_bytes,
            free_bytes: number("freelist_count")? * page_bytes,
        })
    }

    /// Moves the write-ahead log into the database, synced, and empties it. Commits do so by themselves every thousand pages;
    /// this is for a quiet moment, or before the file is copied.
    ///
    /// # Errors
    /// As committing; the store is not poisoned by it, for nothing is lost.
    pub fn checkpoint(&self) -> Result<(), CommitError> {
        if self.file.is_none() {
            return Ok(());
        }
        let is_blocked: bool = self
            .connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
            .map_err(|error| failed(&error))?;
        if is_blocked {
            return Err(CommitError::Io("a read is under way".to_owned()));
        }
        Ok(())
    }

    /// Closes the store and leaves one synced file behind.
    ///
    /// # Errors
    /// As committing. The store is closed in any case, and what was committed is kept.
    pub fn close(self) -> Result<(), CommitError> {
        let checkpoint = self.checkpoint();
        self.connection
            .close()
            .map_err(|(_, error)| failed(&error))
            .and(checkpoint)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    fn new(connection: Connection, file: Option<FileIdentity>) -> Self {
        Self {
            connection,
            file,
            durability: Durability::Synced,
            group: Group::None,
            numbers: Numbers::default(),
            is_poisoned: false,
        }
    }
}

impl FileIdentity {
    fn of(path: &Path) -> std::io::Result<Self> {
        let path = path.canonicalize()?;
        #[cfg(unix)]
        let (device, inode) = {
            use std::os::unix::fs::MetadataExt;
            let found = std::fs::metadata(&path)?;
            (Some(found.dev()), Some(found.ino()))
        };
        #[cfg(not(unix))]
        let (device, inode) = (None, None);
        Ok(Self {
            path,
            device,
            inode,
        })
    }
}

fn wal_path(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    PathBuf::from(wal)
}

/// What a failed write is called.
fn failed(error: &rusqlite::Error) -> CommitError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => CommitError::DiskFull,
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
            CommitError::ReadOnly(error.to_string())
        }
        _ => CommitError::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
