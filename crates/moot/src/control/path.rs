//! Where the control socket of a home lies: in a directory that its owner alone may enter, never in the home itself, under a
//! name made from the home's path.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

/// Paths of Unix sockets end at 104 bytes on macOS and at 108 on Linux.
const SOCKET_PATH_BYTES_MAX: usize = 103;

/// Finds a place for the socket of the home at this canonical path, and makes its directory.
pub(crate) fn place(home: &Path, user: u32) -> io::Result<PathBuf> {
    let hash = blake3::hash(home.as_os_str().as_bytes()).to_hex();
    let name = format!("{}.sock", &hash[..24]);
    let mut refused = None;
    for directory in directories(user) {
        let path = directory.join(&name);
        if path.as_os_str().len() > SOCKET_PATH_BYTES_MAX {
            continue;
        }
        match make_private(&directory, user) {
            Ok(()) => return Ok(path),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| {
        io::Error::new(
            io::ErrorKind::InvalidFilename,
            "the paths of the runtime directories are too long for a socket",
        )
    }))
}

fn directories(user: u32) -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR")
        .filter(|directory| !directory.is_empty())
        .map(|directory| PathBuf::from(directory).join("moot"));
    let private = format!("moot-{user}");
    let temporary = std::env::temp_dir().join(&private);
    let last_resort = Path::new("/tmp").join(&private);
    runtime
        .into_iter()
        .chain([temporary, last_resort])
        .filter(|directory| directory.is_absolute())
        .collect()
}

/// Makes the directory, or checks that the one there is the user's own and closed to others: in a shared place anybody could
/// have made it first.
fn make_private(directory: &Path, user: u32) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(directory) {
        Ok(()) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(directory)?;
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!("{} is not private to you", directory.display()),
    ))
}
