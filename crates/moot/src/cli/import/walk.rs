//! The walk over what a person named for an import: which files there are, under which paths, and what is left out and why.

use std::fs;
use std::path::{Path, PathBuf};

use moot_engine::reply::Skipped;
use moot_engine::{CommandError, ErrorKind};

use crate::failure::failure;

/// How deep folders are walked; deeper is a loop or a mistake.
const DEPTH_MAX: usize = 64;

/// Notes remember paths as text.
const NOT_UTF8: &str = "has a name that is not UTF-8";

/// How files are recognised within folders. A file that is named itself is taken whatever it is called.
const ENDINGS: [&str; 3] = ["md", "markdown", "txt"];

/// What the walk found, in the order of the names: the same folder is always taken in in the same order.
#[derive(Default)]
pub(super) struct Found {
    /// The path in the folder, and where the file is.
    pub(super) files: Vec<(String, PathBuf)>,
    /// What cannot be a note.
    pub(super) skipped: Vec<Skipped>,
}

impl Found {
    /// Takes what a person named.
    pub(super) fn take(&mut self, path: &Path) -> Result<(), CommandError> {
        let metadata = fs::metadata(path).map_err(|error| {
            let kind = if error.kind() == std::io::ErrorKind::NotFound {
                ErrorKind::NotFound
            } else {
                ErrorKind::Failed
            };
            failure(
                kind,
                format!("{}: {error}", path.display()),
                "Nothing was taken in. Look at the path, and give the command again.",
            )
        })?;
        let shown = path.display().to_string();
        if metadata.is_dir() {
            self.walk(path, "", 0);
        } else if !metadata.is_file() {
            self.skip(shown, "is not a file");
        } else {
            let name = path.file_name().unwrap_or(path.as_os_str());
            match name.to_str() {
                Some(name) => self.add(name.to_owned(), path.to_owned()),
                None => self.skip(shown, NOT_UTF8),
            }
        }
        Ok(())
    }

    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) {
        if depth > DEPTH_MAX {
            self.skip(prefix.to_owned(), "is too many folders deep");
            return;
        }
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                let shown = match prefix {
                    "" => folder.display().to_string(),
                    inner => inner.to_owned(),
                };
                self.skip(shown, &format!("cannot be read: {error}"));
                return;
            }
        };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let file_name = entry.file_name();
            let Some(name) = file_name.to_str() else {
                let shown = format!("{prefix}{}", file_name.to_string_lossy());
                self.skip(shown, NOT_UTF8);
                continue;
            };
            // Hidden files belong to programs: .git, .obsidian.
            if !name.starts_with('.') {
                self.visit(&entry, format!("{prefix}{name}"), depth);
            }
        }
    }

    /// Links within folders are not followed: they may lead out of what the person named, or round in circles.
    fn visit(&mut self, entry: &fs::DirEntry, name: String, depth: usize) {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                self.walk(&entry.path(), &format!("{name}/"), depth + 1);
            }
            Ok(kind) if kind.is_file() && is_markdown(&entry.path()) => {
                self.add(name, entry.path());
            }
            Ok(kind) if kind.is_file() => self.skip(name, "is not a Markdown file"),
            Ok(kind) if kind.is_symlink() => {
                self.skip(name, "is a link, which is not followed");
            }
            Ok(_) => self.skip(name, "is not a file"),
            Err(error) => self.skip(name, &format!("cannot be read: {error}")),
        }
    }

    fn add(&mut self, name: String, path: PathBuf) {
        self.files.push((name, path));
    }

    fn skip(&mut self, path: String, reason: &str) {
        self.skipped.push(Skipped {
            path,
            reason: reason.to_owned(),
        });
    }
}

fn is_markdown(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ENDINGS.contains(&ending.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_walked_in_order_and_what_is_left_out_has_a_reason() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("sub/.git")).unwrap();
        for name in [
            "b.md",
            "a.MARKDOWN",
            "sub/c.txt",
            "pic.png",
            "sub/.git/x.md",
        ] {
            fs::write(at(name), name).unwrap();
        }
        std::os::unix::fs::symlink(at("b.md"), at("link.md")).unwrap();
        let mut found = Found::default();
        found.take(folder.path()).unwrap();
        let names: Vec<&str> = found.files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["a.MARKDOWN", "b.md", "sub/c.txt"]);
        let skipped: Vec<&str> = found.skipped.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(skipped, ["link.md", "pic.png"]);
    }
}
