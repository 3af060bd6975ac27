//! The rollback marker: a few bytes kept outside the home, so that a home put back from an older copy is noticed.
//!
//! It lies in the state directory even where `MOOT_HOME` moves the home, since whoever restores a home restores all of it.
//! Losing it loses nothing, so nothing here fails a command.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Longer ones are not ours: the engine keeps a few numbers per notebook there.
const BYTES_MAX: u64 = 1024 * 1024;

/// Where the marker of one home lies.
pub(crate) struct MarkerFile(Option<PathBuf>);

impl MarkerFile {
    /// The marker of the home at this canonical path.
    pub(super) fn of(home: &Path) -> Self {
        let name = blake3::hash(home.as_os_str().as_encoded_bytes()).to_hex();
        let directory = directories::ProjectDirs::from("", "", "moot").map(|dirs| {
            dirs.state_dir()
                .unwrap_or_else(|| dirs.data_local_dir())
                .join("markers")
        });
        Self(directory.map(|directory| directory.join(&name[..32])))
    }

    /// What was kept last; none where nothing was, or it cannot be read.
    pub(crate) fn read(&self) -> Option<Vec<u8>> {
        let path = self.0.as_ref()?;
        let short_enough = fs::metadata(path).ok()?.len() <= BYTES_MAX;
        short_enough.then(|| fs::read(path).ok()).flatten()
    }

    /// Keeps these bytes in place of what was there.
    pub(crate) fn write(&self, bytes: &[u8]) {
        let Some(path) = &self.0 else { return };
        if let Err(error) = replace(path, bytes) {
            tracing::warn!(%error, path = %path.display(), "the rollback marker could not be kept");
        }
    }
}

fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().unwrap_or(path);
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)?;
    let mut file = tempfile::NamedTempFile::new_in(directory)?;
    file.write_all(bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
