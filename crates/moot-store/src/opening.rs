//! From a path to a connection that is ours alone, or the reason why not.
//!
//! Owns the settings of a connection and the errors of opening. Never reads the file but through SQLite: closing a second
//! handle on it would take away the locks of a store that this same process has open.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::limits::{BUSY_TIMEOUT, CACHE_KIB, CHECKPOINT_PAGES, STATEMENTS_MAX, WAL_BYTES_KEPT};
use crate::schema::{self, APPLICATION_ID, VERSION};

/// Why a file cannot be used as a store. Nothing in it was changed, except that a file of an older version may have been
/// brought up to date before a later step failed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The directory that should hold the file is not there.
    #[error("there is no directory {0:?}")]
    NoDirectory(PathBuf),
    /// Something on the way to the file is not a directory, or the path itself is one.
    #[error(
        "{0:?} cannot be a file: a directory is where a file should be, or the other way round"
    )]
    NotADirectory(PathBuf),
    /// The file or its directory may not be read and written by this user.
    #[error("no permission to read and write {0:?} and its directory")]
    Permission(PathBuf),
    /// The file system does not take writes.
    #[error("{0:?} is on a read-only file system")]
    ReadOnlyFileSystem(PathBuf),
    /// There is no room to make or update the file.
    #[error("the disk is full: {0:?} could not be prepared")]
    DiskFull(PathBuf),
    /// Another process, or another store of this one, has the file open.
    #[error("{0:?} is in use by another process")]
    Busy(PathBuf),
    /// The file was written by a newer program.
    #[error(
        "{path:?} was written by a newer version (format {found}, this program knows {known}): update this program"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        found: usize,
        /// The newest format that this program knows.
        known: usize,
    },
    /// The file belongs to another program.
    #[error("{0:?} is not a store of this program")]
    NotOurs(PathBuf),
    /// The file is ours and cannot be read.
    #[error("{path:?} is damaged: {reason}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        reason: String,
    },
    /// Something else failed.
    #[error("{path:?} cannot be opened: {reason}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was said.
        reason: String,
    },
}

/// Opens or creates the file, for this connection alone, in the current format.
pub(crate) fn open_file(path: &Path) -> Result<Connection, OpenError> {
    create_if_missing(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(|error| from_sqlite(path, &error))?;
    prepare(path, &mut connection)?;
    Ok(connection)
}

/// A database in memory, in the current format.
pub(crate) fn open_memory() -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    configure(&connection)?;
    schema::migrate(&mut connection, 0)?;
    Ok(connection)
}

fn prepare(path: &Path, connection: &mut Connection) -> Result<(), OpenError> {
    let sqlite = |error: rusqlite::Error| from_sqlite(path, &error);
    // Asked first: nothing else can be, since a file open for reading alone cannot be locked for this connection.
    if connection.is_readonly("main").map_err(sqlite)? {
        return Err(why_read_only(path));
    }
    configure(connection).map_err(sqlite)?;
    let found = version_of(path, connection)?;
    let mode: String = connection
        .pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
        .map_err(sqlite)?;
    if mode != "wal" {
        return Err(OpenError::Io {
            path: path.to_owned(),
            reason: format!("it stays in journal mode {mode:?}"),
        });
    }
    schema::migrate(connection, found).map_err(sqlite)
}

/// Exclusive locking is set before the first read: the write-ahead log's index is then in memory, which works on file systems
/// without shared memory, and nobody else gets in.
fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
    // Without this, SQLite makes a new plan for every range that is asked for: it looks at the values of the parameters.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(&format!(
        "PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA page_size = 4096;
         PRAGMA foreign_keys = ON;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA fullfsync = ON;
         PRAGMA synchronous = FULL;
         PRAGMA cache_size = -{CACHE_KIB};
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES};
         PRAGMA journal_size_limit = {WAL_BYTES_KEPT};"
    ))
}

/// The format of a file that is ours; 0 for one in which there is nothing yet.
fn version_of(path: &Path, connection: &Connection) -> Result<usize, OpenError> {
    let sqlite = |error: rusqlite::Error| from_sqlite(path, &error);
    let number = |pragma: &str| {
        connection
            .pragma_query_value(None, pragma, |row| row.get::<_, i64>(0))
            .map_err(sqlite)
    };
    let application = number("application_id")?;
    let version = number("user_version")?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(sqlite)?;
    let is_empty = application == 0 && version == 0 && tables == 0;
    if application != i64::from(APPLICATION_ID) && !is_empty {
        return Err(OpenError::NotOurs(path.to_owned()));
    }
    let found = usize::try_from(version).map_err(|_| OpenError::NotOurs(path.to_owned()))?;
    if found > VERSION {
        return Err(OpenError::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    Ok(found)
}

/// The file is made here and not by SQLite, so that it is never readable by others, not even for a moment. The files beside it
/// take over its mode.
fn create_if_missing(path: &Path) -> Result<(), OpenError> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => return Ok(()),
        Ok(_) => return Err(OpenError::NotADirectory(path.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(from_io(path, &error)),
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => sync_directory(path),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(from_io(path, &error)),
    }
}

/// Makes the file's name survive a power cut, where directories can be synced.
fn sync_directory(path: &Path) -> Result<(), OpenError> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    fs::File::open(parent.unwrap_or(Path::new(".")))
        .and_then(|directory| directory.sync_all())
        .map_err(|error| from_io(path, &error))
}

/// SQLite opens a write-protected file for reading and keeps the reason to itself; asking again for writing tells it.
fn why_read_only(path: &Path) -> OpenError {
    match OpenOptions::new().write(true).open(path) {
        Ok(_) => OpenError::Permission(path.to_owned()),
        Err(error) => from_io(path, &error),
    }
}

fn from_io(path: &Path, error: &io::Error) -> OpenError {
    let directory = || path.parent().unwrap_or(path).to_owned();
    match error.kind() {
        ErrorKind::NotFound => OpenError::NoDirectory(directory()),
        ErrorKind::NotADirectory | ErrorKind::IsADirectory => {
            OpenError::NotADirectory(path.to_owned())
        }
        ErrorKind::PermissionDenied => OpenError::Permission(path.to_owned()),
        ErrorKind::ReadOnlyFilesystem => OpenError::ReadOnlyFileSystem(path.to_owned()),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => OpenError::DiskFull(path.to_owned()),
        _ => OpenError::Io {
            path: path.to_owned(),
            reason: error.to_string(),
        },
    }
}

fn from_sqlite(path: &Path, error: &rusqlite::Error) -> OpenError {
    let path = path.to_owned();
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => OpenError::Busy(path),
        Some(ErrorCode::NotADatabase) => OpenError::NotOurs(path),
        Some(ErrorCode::DatabaseCorrupt) => OpenError::Damaged { path, reason },
        Some(ErrorCode::DiskFull) => OpenError::DiskFull(path),
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            OpenError::Permission(path)
        }
        _ => OpenError::Io { path, reason },
    }
}
