//! A relay as a process: its directory, its loop, and what it tells whoever asks beside it.
//!
//! Owns sockets, clock and randomness for the machine of `moot-relay`, which decides. The network is the node's own
//! [`Link`](crate::node::Link). One process owns the directory; another one reads ticket and status from its socket.

mod asking;
mod running;

use std::path::{Path, PathBuf};

use moot_engine::{CommandError, ErrorKind};
use moot_net::{Address, Insistence};
use moot_relay::Policy;

pub(crate) use asking::{StatusTold, ask};
pub(crate) use running::{run, size};

use crate::failure::failure;
use crate::home::{Absent, HomePath, create_at, read_at};

/// The file with the relay's secret, from which its identity and its token follow.
pub(crate) const KEY: &str = "relay.key";

/// Where a relay listens unless told otherwise: it must be found again after a restart.
const PORT: u16 = 4001;

const IDENTITY_CONTEXT: &str = "moot 2026 relay identity v1";
const TOKEN_CONTEXT: &str = "moot 2026 relay token v1";

/// What its operator decides for one run.
pub(crate) struct Options {
    /// Where to listen; everywhere on [`PORT`], where nothing is named.
    pub(crate) listen: Vec<Address>,
    pub(crate) insistence: Insistence,
    /// What tickets name instead of where it listens.
    pub(crate) external: Vec<String>,
    pub(crate) policy: Policy,
    pub(crate) guests: Guests,
}

/// Whether members are joined to circuits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guests {
    Welcome,
    /// It keeps and passes on entries, and nothing more.
    Refused,
}

/// Where a relay keeps what it has.
pub(crate) struct RelayDir(HomePath);

impl RelayDir {
    /// The directory named, else one beside the platform's data of a person.
    pub(crate) fn resolve(asked: Option<PathBuf>) -> Result<Self, CommandError> {
        let usual = || {
            directories::ProjectDirs::from("", "", "moot-relay")
                .map(|dirs| dirs.data_dir().to_owned())
        };
        let Some(path) = asked.or_else(usual) else {
            return Err(failure(
                ErrorKind::Failed,
                "this system does not say where data belongs",
                "Give --data DIR.",
            ));
        };
        HomePath::resolve(Some(path)).map(Self)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes sure that the directory is there and is no person's home.
    fn prepare(&self) -> Result<(), CommandError> {
        let is_ours = self.is_there()?;
        if !is_ours && self.0.is_there() {
            return Err(failure(
                ErrorKind::Refused,
                format!(
                    "{} is the home of a member, who can read",
                    self.path().display()
                ),
                "Give a relay a directory of its own with --data.",
            ));
        }
        self.0.make_ready(Absent::Create).map_err(|mut error| {
            // What is said of homes fits, but for what to do.
            error.hint = "A relay needs a directory of its own, empty or new at first, that it may write. Name another with --data.".to_owned();
            error
        })
    }

    /// Whether a relay was ever started here.
    fn is_there(&self) -> Result<bool, CommandError> {
        let path = self.path();
        if std::fs::metadata(path).is_ok_and(|found| !found.is_dir()) {
            return Err(failure(
                ErrorKind::Failed,
                format!("{} is no directory", path.display()),
                "Name the relay's directory with --data.",
            ));
        }
        path.join(KEY).try_exists().map_err(|error| {
            failure(
                ErrorKind::Failed,
                format!("{} could not be read: {error}", path.display()),
                "Ask as the user that the relay runs as, or as root: with sudo.",
            )
        })
    }

    /// Seed of the network identity, and the token.
    fn secrets(&self) -> Result<([u8; 32], [u8; 16]), CommandError> {
        let path = self.path().join(KEY);
        let secret = match read_at(&path)? {
            Some(secret) => secret,
            None => create_at(&path)?,
        };
        let mut token = [0; 16];
        token.copy_from_slice(&blake3::derive_key(TOKEN_CONTEXT, &secret)[..16]);
        Ok((blake3::derive_key(IDENTITY_CONTEXT, &secret), token))
    }
}
