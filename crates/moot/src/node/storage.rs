//! The store as the node opens and checks it; turns its errors into words a person can act on.

use std::path::Path;

use moot_engine::reply::Finding;
use moot_engine::{CommandError, ErrorKind};
use moot_store::{OpenError, Severity, SqliteStore};

use crate::failure::failure;

/// Opens the store, making it where there is none.
pub(crate) fn open(path: &Path) -> Result<SqliteStore, CommandError> {
    SqliteStore::open(path).map_err(|error| {
        let (kind, hint) = advice(&error);
        failure(kind, error.to_string(), hint)
    })
}

/// The home is locked by this process, so whoever else has the store open is not moot.
fn advice(error: &OpenError) -> (ErrorKind, &'static str) {
    match error {
        OpenError::NoDirectory(_) | OpenError::NotADirectory(_) => (
            ErrorKind::Failed,
            "Put the home back, or choose another with --home.",
        ),
        OpenError::Permission(_) | OpenError::ReadOnlyFileSystem(_) => (
            ErrorKind::Failed,
            "Reading too needs a home that may be written: make it yours and writable, or copy all of it to where you may write and name the copy with --home.",
        ),
        OpenError::DiskFull(_) => (
            ErrorKind::Failed,
            "Make room and try again; nothing was lost.",
        ),
        OpenError::Busy(_) => (
            ErrorKind::Failed,
            "Another program has the file open, a backup for instance. Try again when it is done.",
        ),
        OpenError::Newer { .. } => (
            ErrorKind::Refused,
            "Use the newer moot. Nothing was changed.",
        ),
        OpenError::NotOurs(_) => (
            ErrorKind::Damaged,
            "If this is your home, put store.db back from a copy. Nothing was changed.",
        ),
        OpenError::Damaged { .. } => (
            ErrorKind::Damaged,
            "Run moot doctor. Other members hold what they received from you.",
        ),
        OpenError::Io { .. } => (ErrorKind::Failed, "Try again; then look at the disk."),
    }
}

/// Has the store check itself.
pub(super) fn check(store: &SqliteStore) -> Vec<Finding> {
    let findings = store.check();
    if findings.is_empty() {
        return vec![Finding {
            notebook: None,
            part: "store".to_owned(),
            level: "ok".to_owned(),
            message: "the file is sound, and every entry in it has its hash".to_owned(),
            advice: String::new(),
        }];
    }
    findings
        .into_iter()
        .map(|finding| Finding {
            notebook: None,
            part: "store".to_owned(),
            level: match finding.severity {
                Severity::Advice => "note",
                Severity::Rebuild | Severity::Damage => "damage",
            }
            .to_owned(),
            message: finding.what,
            advice: finding.remedy.to_owned(),
        })
        .collect()
}
