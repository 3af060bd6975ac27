//! The lock of a home: at most one process owns it. The system releases it when the process ends, however it ends.
//!
//! What stands in the file is only of use while somebody holds the lock: who, and where that process answers.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use moot_engine::CommandError;
use serde::{Deserialize, Serialize};

use super::{HomePath, cannot};

/// The file's name in the home.
pub(super) const FILE: &str = "lock";

/// The lock, held until dropped.
pub(crate) struct Lock {
    file: File,
    path: PathBuf,
}

/// Who holds the lock, as far as they have said.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Owner {
    /// The process.
    #[serde(default)]
    pub(crate) process: Option<u32>,
    /// Where it answers; not every owner does.
    #[serde(default)]
    pub(crate) socket: Option<PathBuf>,
}

/// What came of trying to take the lock.
pub(crate) enum Taking {
    /// It is ours.
    Taken(Lock),
    /// Somebody else has it.
    Held(Owner),
}

impl Lock {
    /// Tries once.
    pub(crate) fn try_take(home: &HomePath) -> Result<Taking, CommandError> {
        let path = home.path().join(FILE);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|error| cannot(&path, "opened", &error))?;
        match file.try_lock() {
            Ok(()) => {
                let mut lock = Self { file, path };
                lock.announce(None)?;
                Ok(Taking::Taken(lock))
            }
            Err(TryLockError::WouldBlock) => Ok(Taking::Held(read_owner(&path))),
            Err(TryLockError::Error(error)) => Err(cannot(&path, "locked", &error)),
        }
    }

    /// Writes down who holds the lock and where they answer.
    pub(crate) fn announce(&mut self, socket: Option<&Path>) -> Result<(), CommandError> {
        let owner = Owner {
            process: Some(std::process::id()),
            socket: socket.map(Path::to_owned),
        };
        let text = serde_json::to_vec(&owner).unwrap_or_default();
        self.file
            .set_len(0)
            .and_then(|()| self.file.seek(SeekFrom::Start(0)))
            .and_then(|_| self.file.write_all(&text))
            .map_err(|error| cannot(&self.path, "written", &error))
    }
}

/// Anything unreadable is an owner who has not said yet: it is just being written.
fn read_owner(path: &Path) -> Owner {
    std::fs::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}
