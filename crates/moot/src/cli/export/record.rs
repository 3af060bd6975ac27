//! Which bytes earlier exports wrote into a folder, so that a later one overwrites only those and never people's own.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// The record's name in the folder.
pub(super) const FILE: &str = ".moot-export.json";

/// By path in the folder, the BLAKE3 hash of what was written.
pub(super) struct Record(BTreeMap<String, String>);

/// What to do with a file that is to be written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is there, or only what an export wrote.
    Write,
    /// It holds these very bytes.
    Same,
    /// Somebody else wrote it or changed it.
    Foreign,
}

impl Record {
    /// The record of a folder. One that cannot be read is as good as none: then nothing is overwritten.
    pub(super) fn read(folder: &Path) -> Self {
        let bytes = fs::read(folder.join(FILE)).unwrap_or_default();
        Self(serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// What the record is written from.
    pub(super) fn entries(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// Looks at what is there.
    pub(super) fn judge(&self, folder: &Path, name: &str, bytes: &[u8]) -> Verdict {
        let path = folder.join(name);
        match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Verdict::Write,
            Ok(found) if found.is_file() => {}
            _ => return Verdict::Foreign,
        }
        let Ok(there) = hash_of(&path) else {
            return Verdict::Foreign;
        };
        if there == blake3::hash(bytes) {
            Verdict::Same
        } else if self.0.get(name).map(String::as_str) == Some(there.to_hex().as_str()) {
            Verdict::Write
        } else {
            Verdict::Foreign
        }
    }

    /// Writes down what stands in a file now.
    pub(super) fn note(&mut self, name: &str, bytes: &[u8]) {
        let hash = blake3::hash(bytes).to_hex().to_string();
        self.0.insert(name.to_owned(), hash);
    }
}

fn hash_of(path: &Path) -> io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_an_export_wrote_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let mut record = Record::read(folder.path());
        let path = folder.path().join("a.md");
        assert_eq!(record.judge(folder.path(), "a.md", b"new"), Verdict::Write);
        fs::write(&path, "own").unwrap();
        assert_eq!(record.judge(folder.path(), "a.md", b"own"), Verdict::Same);
        assert_eq!(
            record.judge(folder.path(), "a.md", b"new"),
            Verdict::Foreign
        );
        record.note("a.md", b"own");
        assert_eq!(record.judge(folder.path(), "a.md", b"new"), Verdict::Write);
    }
}
