//! Where a home lies, in a form that differs when the home was copied or moved.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use moot_engine::Place;

/// Looks the place up. What the system does not tell stays empty, and then tells nothing.
pub(super) fn of(home: &Path, store: &Path) -> Place {
    Place {
        machine: machine(),
        path: home.to_string_lossy().into_owned(),
        file: fs::metadata(store).map_or((0, 0), |metadata| (metadata.dev(), metadata.ino())),
    }
}

/// The machine's id is not to leave the machine, so only a hash of it is kept.
fn machine() -> String {
    ["/etc/machine-id", "/var/lib/dbus/machine-id"]
        .iter()
        .find_map(|path| fs::read_to_string(path).ok())
        .map(|id| id.trim().to_owned())
        .filter(|id| !id.is_empty())
        .map(|id| {
            let hash = blake3::derive_key("moot 2026 machine id v1", id.as_bytes());
            blake3::Hash::from_bytes(hash).to_hex().to_string()
        })
        .unwrap_or_default()
}
