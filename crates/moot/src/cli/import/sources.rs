//! Where the files of earlier imports lay on this machine, so that two folders with a file of the same path in each do not
//! become one note, and the same file does not become two.
//!
//! A note remembers the path within its folder, since that is the same for every member. The folder itself means something on
//! this machine only, so it is kept in the home, by notebook. Losing it loses only the warning.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use moot_engine::reply::Skipped;
use moot_engine::{Command, CommandError, Reply};

use super::super::{Context, unexpected};
use super::walk::Found;
use crate::session::Session;

/// The file's name in the home.
const FILE: &str = "imported.json";

/// By path that the note remembers, where the file lay.
type Places = BTreeMap<String, String>;

/// What is known of one notebook.
pub(super) struct Sources {
    path: PathBuf,
    notebook: String,
    known: Places,
    /// What this import found.
    found: Places,
    /// What of it was taken in.
    taken: Places,
}

/// The files of an import, each with a path of its own.
#[derive(Default)]
pub(super) struct Sorted {
    /// By the path that the note remembers.
    pub(super) files: BTreeMap<String, PathBuf>,
    /// What is not taken in.
    pub(super) skipped: Vec<Skipped>,
}

impl Sources {
    /// Looks up what is known of the notebook that was named.
    pub(super) fn open(context: &Context, session: &mut Session) -> Result<Self, CommandError> {
        let status = match session.ask(&context.request(Command::Status), &mut |_| {})? {
            Reply::Status(status) => status,
            other => return Err(unexpected(other)),
        };
        Ok(Self::read(
            context.home()?.path().join(FILE),
            status.notebook.id,
        ))
    }

    fn read(path: PathBuf, notebook: String) -> Self {
        let known = all(&path).remove(&notebook).unwrap_or_default();
        Self {
            path,
            notebook,
            known,
            found: Places::new(),
            taken: Places::new(),
        }
    }

    /// Gives every file its path: that of the note it was imported as, else the one in its folder. A file whose path belongs to
    /// another file is left alone, with the reason.
    pub(super) fn sort_out(&mut self, found: Found, under: Option<&str>) -> Sorted {
        let names: BTreeMap<String, String> = self
            .known
            .iter()
            .rev()
            .map(|(name, place)| (place.clone(), name.clone()))
            .collect();
        let mut sorted = Sorted {
            files: BTreeMap::new(),
            skipped: found.skipped,
        };
        let mut seen = BTreeSet::new();
        for (name, path) in found.files {
            let place = place_of(&path);
            if !seen.insert(place.clone()) {
                continue;
            }
            let name = match under {
                Some(folder) => format!("{folder}/{name}"),
                None => names.get(&place).cloned().unwrap_or(name),
            };
            if let Some(first) = self.holder(&name, &place, &path) {
                sorted.skipped.push(Skipped {
                    path: path.display().to_string(),
                    reason: format!(
                        "{first} was imported as {name}; --under FOLDER makes another note of this one"
                    ),
                });
                continue;
            }
            self.found.insert(name.clone(), place);
            sorted.files.insert(name, path);
        }
        sorted
    }

    /// The other file that has this path: in this import, or in an earlier one if it is still there. A folder that was moved
    /// has left its old place, and a copy that is the same does no harm.
    fn holder(&self, name: &str, place: &str, path: &Path) -> Option<String> {
        let other = self.found.get(name).or_else(|| self.known.get(name))?;
        let is_other =
            other != place && Path::new(other).is_file() && !are_same(Path::new(other), path);
        is_other.then(|| other.clone())
    }

    /// Remembers where these lay.
    pub(super) fn taken_in(&mut self, names: &[String]) {
        for name in names {
            if let Some(place) = self.found.get(name)
                && self.known.get(name) != Some(place)
            {
                self.taken.insert(name.clone(), place.clone());
            }
        }
    }

    /// Writes down what was remembered, beside what other imports wrote meanwhile.
    pub(super) fn keep(self) {
        if self.taken.is_empty() {
            return;
        }
        let mut all = all(&self.path);
        all.entry(self.notebook).or_default().extend(self.taken);
        if let Err(error) = replace(&self.path, &all) {
            tracing::warn!(%error, path = %self.path.display(), "where the files lay could not be kept");
        }
    }
}

/// Of all notebooks. What cannot be read is as good as nothing.
fn all(path: &Path) -> BTreeMap<String, Places> {
    let bytes = fs::read(path).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

fn replace(path: &Path, all: &BTreeMap<String, Places>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&serde_json::to_vec_pretty(all)?)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn place_of(path: &Path) -> String {
    let whole = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    whole.to_string_lossy().into_owned()
}

fn are_same(one: &Path, other: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).ok().map(|found| found.len());
    length(one) == length(other)
        && matches!((fs::read(one), fs::read(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Desk(tempfile::TempDir);

    impl Desk {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn write(&self, name: &str, text: &str) -> PathBuf {
            let path = self.0.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        }

        /// Imports these, and tells under which paths, and how many were left alone.
        fn import(&self, paths: &[&str], under: Option<&str>) -> (Vec<String>, usize) {
            let mut sources = Sources::read(self.0.path().join(FILE), "n".to_owned());
            let mut found = Found::default();
            for path in paths {
                found.take(&self.0.path().join(path)).unwrap();
            }
            let sorted = sources.sort_out(found, under);
            let names: Vec<String> = sorted.files.into_keys().collect();
            sources.taken_in(&names);
            sources.keep();
            (names, sorted.skipped.len())
        }
    }

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn the_same_path_in_two_folders_is_not_one_note() {
        let desk = Desk::new();
        desk.write("one/README.md", "one");
        desk.write("two/README.md", "two");
        assert_eq!(
            desk.import(&["one", "two"], None),
            (names(&["README.md"]), 1)
        );
        assert_eq!(desk.import(&["two"], None), (names(&[]), 1));
        let apart = (names(&["two/README.md"]), 0);
        assert_eq!(desk.import(&["two"], Some("two")), apart);
        assert_eq!(desk.import(&["two"], None), apart, "remembered");
    }

    #[test]
    fn a_file_keeps_its_path_however_it_is_named() {
        let desk = Desk::new();
        desk.write("minutes/2026/may.md", "may");
        let path = names(&["2026/may.md"]);
        for way in [
            &["minutes"][..],
            &["minutes/2026"],
            &["minutes/2026/may.md"],
            &["."],
        ] {
            let (found, _) = desk.import(way, None);
            assert_eq!(found, path, "{way:?}");
        }
        let twice = desk.import(&["minutes/2026/may.md", "minutes"], None);
        assert_eq!(twice, (path, 0));
    }

    #[test]
    fn a_folder_that_was_moved_and_a_copy_that_is_the_same_go_on_as_they_were() {
        let desk = Desk::new();
        desk.write("old/a.md", "a");
        desk.import(&["old"], None);
        desk.write("copy/a.md", "a");
        assert_eq!(desk.import(&["copy"], None), (names(&["a.md"]), 0));
        fs::rename(desk.0.path().join("old"), desk.0.path().join("new")).unwrap();
        desk.write("new/a.md", "changed");
        fs::remove_dir_all(desk.0.path().join("copy")).unwrap();
        assert_eq!(desk.import(&["new"], None), (names(&["a.md"]), 0));
    }
}
