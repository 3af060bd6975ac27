//! Owns: the repository as the checks see it: every text file, read once, and the packages among them.
//! It skips what is built or downloaded. It never changes a file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::package::{Package, package};
use crate::source::SourceFile;

/// Folders that hold nothing written by hand.
const SKIPPED_FOLDERS: &[&str] = &[".git", "target", "corpus", "artifacts", "node_modules"];

/// Larger files are data, not text to be judged.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Every text file under the root, by its path.
pub(crate) struct Repository {
    pub(crate) files: Vec<SourceFile>,
    /// Paths of all files, text or not, and of all folders.
    paths: BTreeSet<String>,
}

impl Repository {
    /// Which package needs which, as Cargo resolved it.
    pub(crate) fn lock() -> String {
        fs::read_to_string(root().join("Cargo.lock")).expect("the lock file can be read")
    }

    /// Reads the repository that this package is part of.
    pub(crate) fn read() -> Self {
        let root = root();
        let mut repository = Self {
            files: Vec::new(),
            paths: BTreeSet::new(),
        };
        repository.read_folder(&root, &root);
        repository.files.sort_by(|a, b| a.path.cmp(&b.path));
        repository
    }

    /// The Rust files.
    pub(crate) fn rust(&self) -> impl Iterator<Item = &SourceFile> {
        self.files.iter().filter(|file| file.is_rust())
    }

    /// The text of one file, empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files
            .iter()
            .find(|file| file.path == path)
            .map_or("", |file| &file.text)
    }

    /// Tells whether a file or folder of this path is there.
    pub(crate) fn contains(&self, path: &str) -> bool {
        path.is_empty() || self.paths.contains(path.trim_end_matches('/'))
    }

    /// The packages of the workspace and those beside it.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let paths: Vec<&str> = self.paths.iter().map(String::as_str).collect();
        let manifests = self
            .files
            .iter()
            .filter(|file| file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml"));
        let read = |file: &SourceFile| {
            let folder = file
                .path
                .trim_end_matches("Cargo.toml")
                .trim_end_matches('/');
            package(folder, &file.text, &paths)
                .unwrap_or_else(|error| panic!("{}: {error}", file.path))
        };
        manifests.filter_map(read).collect()
    }

    fn read_folder(&mut self, root: &Path, folder: &Path) {
        let entries =
            fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        for entry in entries {
            let entry = entry.expect("a folder that opened can be listed");
            let path = entry.path();
            let kind = entry.file_type().expect("an entry has a type");
            if SKIPPED_FOLDERS
                .iter()
                .any(|name| entry.file_name() == *name)
            {
                continue;
            }
            self.paths.insert(relative(root, &path));
            if kind.is_dir() {
                self.read_folder(root, &path);
            } else if kind.is_file()
                && entry
                    .metadata()
                    .is_ok_and(|data| data.len() <= FILE_BYTES_MAX)
            {
                let text = fs::read(&path)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok());
                self.files
                    .extend(text.map(|text| SourceFile::new(&relative(root, &path), &text)));
            }
        }
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("this package lies in the repository")
        .to_owned()
}

fn relative(root: &Path, path: &Path) -> String {
    let inner = path
        .strip_prefix(root)
        .expect("every path read lies under the root");
    inner
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect::<Vec<_>>()
        .join("/")
}
