//! `storage.key`: the key under which the store seals its secrets, in a file that its owner alone may read.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use moot_engine::{CommandError, ErrorKind};

use super::cannot;
use crate::failure::failure;

/// The file's name in the home.
pub(super) const FILE: &str = "storage.key";

/// Where the key lies.
pub(super) fn path(home: &Path) -> PathBuf {
    home.join(FILE)
}

/// Reads the key; none where there is no file.
pub(super) fn read(home: &Path) -> Result<Option<[u8; 32]>, CommandError> {
    read_at(&path(home))
}

/// Makes a new key.
pub(super) fn create(home: &Path) -> Result<[u8; 32], CommandError> {
    create_at(&path(home))
}

/// Reads a key from a file; none where there is no file.
pub(crate) fn read_at(path: &Path) -> Result<Option<[u8; 32]>, CommandError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(damaged(path)),
        Err(error) => return Err(cannot(path, "read", &error)),
    };
    let key = blake3::Hash::from_hex(text.trim_end()).map_err(|_| damaged(path))?;
    Ok(Some(*key.as_bytes()))
}

/// Makes a new key in a file of its own. It is on the disk, whole, before it has its name.
pub(crate) fn create_at(path: &Path) -> Result<[u8; 32], CommandError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("this system gives no randomness: {error}"),
            "",
        )
    })?;
    let write = || -> io::Result<()> {
        // Temporary files are made with mode 0600.
        let mut file = tempfile::NamedTempFile::new_in(directory)?;
        writeln!(file, "{}", blake3::Hash::from_bytes(key).to_hex())?;
        file.as_file().sync_all()?;
        file.persist_noclobber(path).map_err(|error| error.error)?;
        fs::File::open(directory)?.sync_all()
    };
    write().map_err(|error| cannot(path, "written", &error))?;
    Ok(key)
}

fn damaged(path: &Path) -> CommandError {
    failure(
        ErrorKind::Damaged,
        format!("{} does not hold a key", path.display()),
        "Put the right file back, from a copy of this home.",
    )
}
