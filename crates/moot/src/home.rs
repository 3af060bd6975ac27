//! The home: one directory that holds a person's notebooks on this machine, owned by one process at a time.
//!
//! Owns what lies in it and who may use it, never what the store's rows mean. In it: `store.db`, `storage.key` (opens what
//! lies sealed in the store), `config.toml`, and `lock`.

mod config;
mod lock;
mod marker;
mod place;
mod storage_key;

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use moot_engine::{CommandError, ErrorKind, Place};

pub(crate) use config::Config;
pub(crate) use lock::{Lock, Owner, Taking};
pub(crate) use marker::MarkerFile;
pub(crate) use storage_key::{create_at, read_at};

use crate::failure::failure;

pub(crate) const STORE: &str = "store.db";

/// What is done to a home that is not there yet.
const MADE: &str = "made";

/// Where a home is, or will be.
#[derive(Debug, Clone)]
pub(crate) struct HomePath(PathBuf);

/// Whether a command makes a home where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absent {
    /// It does.
    Create,
    /// It needs one that is there.
    Fail,
}

impl HomePath {
    /// The directory asked for, else that of `MOOT_HOME`, else the platform's data directory. An empty variable is as good as
    /// none.
    pub(crate) fn resolve(asked: Option<PathBuf>) -> Result<Self, CommandError> {
        let wanted = asked
            .or_else(|| std::env::var_os("MOOT_HOME").map(PathBuf::from))
            .filter(|path| !path.as_os_str().is_empty());
        if let Some(path) = wanted {
            return Ok(Self(path));
        }
        directories::ProjectDirs::from("", "", "moot")
            .map(|dirs| Self(dirs.data_dir().to_owned()))
            .ok_or_else(|| {
                failure(
                    ErrorKind::Failed,
                    "this system does not say where your data belongs",
                    "Give --home DIR or set MOOT_HOME.",
                )
            })
    }

    /// As given.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Whether a home was ever made here, whole or not. Where that cannot be told, whoever opens it is told why.
    pub(crate) fn is_there(&self) -> bool {
        holds_a_home(&self.0).unwrap_or(true)
    }

    /// Makes sure that the directory can be locked by a member: makes it where that is wanted, else tells why it cannot be.
    pub(crate) fn prepare(&self, absent: Absent) -> Result<(), CommandError> {
        if self.0.join(crate::relay::KEY).exists() {
            return Err(failure(
                ErrorKind::Refused,
                format!("{} is the directory of a relay", self.0.display()),
                "A relay reads nothing, so nobody writes there. Choose another directory with --home.",
            ));
        }
        self.make_ready(absent)
    }

    /// The same for whatever is to lie in it.
    pub(crate) fn make_ready(&self, absent: Absent) -> Result<(), CommandError> {
        if holds_a_home(&self.0).map_err(|error| cannot(&self.0, "read", &error))? {
            return Ok(());
        }
        match absent {
            Absent::Fail => Err(self.no_home()),
            Absent::Create => self.create(),
        }
    }

    /// The error for commands that need a home.
    pub(crate) fn no_home(&self) -> CommandError {
        failure(
            ErrorKind::NotFound,
            format!("there is no notebook yet in {}", self.0.display()),
            "Make one:  moot init --name YOU --new NOTEBOOK\nor join one: moot join TICKET --name YOU",
        )
    }

    fn create(&self) -> Result<(), CommandError> {
        match fs::read_dir(&self.0) {
            Ok(entries) => {
                let foreign = entries
                    .filter_map(Result::ok)
                    .any(|entry| !is_ours(&entry.file_name()));
                if foreign {
                    return Err(failure(
                        ErrorKind::Refused,
                        format!("{} is not empty and is no home of moot", self.0.display()),
                        "Choose an empty or new directory with --home.",
                    ));
                }
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                fs::DirBuilder::new()
                    .recursive(true)
                    .mode(0o700)
                    .create(&self.0)
                    .map_err(|error| cannot(&self.0, MADE, &error))?;
            }
            Err(error) => return Err(cannot(&self.0, "read", &error)),
        }
        fs::set_permissions(&self.0, fs::Permissions::from_mode(0o700))
            .map_err(|error| cannot(&self.0, "made private", &error))
    }
}

/// A first start that was cut off leaves its lock, or a key that had no name yet; settings may be written before it.
fn is_ours(name: &std::ffi::OsStr) -> bool {
    name == lock::FILE
        || name == config::FILE
        || name == crate::relay::KEY
        || name.as_encoded_bytes().starts_with(b".tmp")
}

/// A home that this process owns.
pub(crate) struct Home {
    path: PathBuf,
    lock: Lock,
    storage_key: [u8; 32],
    config: Config,
    marker: MarkerFile,
    age: Age,
}

/// Whether there was something to take up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Age {
    /// This process began it.
    New,
    /// There was a store or its key.
    Old,
}

impl Home {
    /// Takes up a locked home, making the key and the settings where it is new.
    pub(crate) fn open(lock: Lock, path: &HomePath, absent: Absent) -> Result<Self, CommandError> {
        let path = fs::canonicalize(&path.0).map_err(|error| cannot(&path.0, "opened", &error))?;
        let is_old = holds_a_home(&path).map_err(|error| cannot(&path, "read", &error))?;
        let age = if is_old { Age::Old } else { Age::New };
        let storage_key = key_of(&path, absent)?;
        let config = Config::read_or_create(&path)?;
        let marker = MarkerFile::of(&path);
        Ok(Self {
            path,
            lock,
            storage_key,
            config,
            marker,
            age,
        })
    }

    /// The canonical path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The store's file.
    pub(crate) fn store_path(&self) -> PathBuf {
        self.path.join(STORE)
    }

    /// What opens the sealed rows of the store.
    pub(crate) fn storage_key(&self) -> [u8; 32] {
        self.storage_key
    }

    /// The settings.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// What is kept outside the home.
    pub(crate) fn marker(&self) -> &MarkerFile {
        &self.marker
    }

    /// What tells this home from a copy of it.
    pub(crate) fn place(&self) -> Place {
        place::of(&self.path, &self.store_path())
    }

    /// Tells other processes where the owner answers.
    pub(crate) fn announce(&mut self, socket: &Path) -> Result<(), CommandError> {
        self.lock.announce(Some(socket))
    }

    /// The user who runs this process.
    pub(crate) fn user(&self) -> io::Result<u32> {
        user_in(&self.path)
    }

    /// Takes a home away that this process began and in which nothing came to be, so that a refused command leaves nothing
    /// behind. A home that was there before stays.
    pub(crate) fn discard(self) {
        if self.age == Age::Old {
            return;
        }
        tracing::info!(home = %self.path.display(), "nothing came of this home, so it is taken away");
        for name in [
            STORE,
            "store.db-wal",
            "store.db-shm",
            storage_key::FILE,
            lock::FILE,
        ] {
            // What cannot be removed is taken up by the next start.
            let _ = fs::remove_file(self.path.join(name));
        }
        if self.config.is_as_made(&self.path) {
            let _ = fs::remove_file(self.path.join(config::FILE));
        }
        // Anything else in it keeps it.
        let _ = fs::remove_dir(&self.path);
    }

    /// Files that others on this machine could read although they should not.
    pub(crate) fn exposed(&self) -> Vec<PathBuf> {
        let open_to_others = |path: &PathBuf| {
            fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
        };
        [self.path.clone(), storage_key::path(&self.path)]
            .into_iter()
            .filter(open_to_others)
            .collect()
    }
}

/// The user who runs this process: whose the files are that it makes in this directory.
pub(crate) fn user_in(directory: &Path) -> io::Result<u32> {
    Ok(tempfile::tempfile_in(directory)?.metadata()?.uid())
}

/// Whether there is a store or its key. A directory that may not be looked into is not one without them.
fn holds_a_home(home: &Path) -> io::Result<bool> {
    Ok(home.join(STORE).try_exists()? || storage_key::path(home).try_exists()?)
}

fn key_of(home: &Path, absent: Absent) -> Result<[u8; 32], CommandError> {
    match (
        storage_key::read(home)?,
        holds_anything(&home.join(STORE)),
        absent,
    ) {
        (Some(key), true, _) => Ok(key),
        (None, true, _) => Err(failure(
            ErrorKind::Damaged,
            format!(
                "{} is missing: what is in {STORE} cannot be opened without it",
                storage_key::path(home).display()
            ),
            "If this home was copied, copy that file too, from where it came.",
        )),
        // A first start that was cut off between the key and the store left just the key; going on with it is right.
        (Some(key), false, Absent::Create) => Ok(key),
        (None, false, Absent::Create) => storage_key::create(home),
        (_, false, Absent::Fail) => Err(failure(
            ErrorKind::NotFound,
            format!(
                "{} is missing or empty: there is no notebook in this home",
                home.join(STORE).display()
            ),
            "If this home was copied, copy that file too. If it is new, run moot init again.",
        )),
    }
}

/// A copy that broke off leaves an empty file, and to SQLite that is a store in which nothing was written yet.
fn holds_anything(store: &Path) -> bool {
    fs::metadata(store).is_ok_and(|found| found.len() > 0)
}

/// The error for a path that could not be `done`, in words a person can act on.
fn cannot(path: &Path, done: &str, error: &io::Error) -> CommandError {
    let path_text = path.display();
    let (message, hint) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem if done == MADE => (
            format!("{path_text} could not be {done} there ({error})"),
            "Choose another place with --home, or make that one writable.",
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            format!("no permission: {path_text} could not be {done} ({error})"),
            "Reading too needs a home that may be written: make the directory yours and writable, or copy all of it to where you may write and name the copy with --home.",
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            format!("{path_text} could not be {done}: the disk is full"),
            "Make room and try again; nothing was lost.",
        ),
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => (
            format!("{path_text} could not be {done}: a file is in its way"),
            "Choose another directory with --home.",
        ),
        _ => (format!("{path_text} could not be {done}: {error}"), ""),
    };
    failure(ErrorKind::Failed, message, hint)
}

#[cfg(test)]
mod tests;
