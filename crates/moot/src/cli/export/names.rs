//! Names for exported files: safe on every system, from titles in any script, and no two alike.

use std::collections::BTreeSet;

use moot_engine::reply::Exported;
use unicode_normalization::UnicodeNormalization;

use crate::cli::arguments::ExportFormat;

/// File systems take 255 bytes; this leaves room for numbers and endings.
const NAME_BYTES_MAX: usize = 180;

/// What some systems do not take in a name.
const UNSAFE: [char; 9] = ['/', '\\', ':', '*', '?', '"', '<', '>', '|'];

/// Names that mean a device on Windows, with any ending.
const RESERVED: [&str; 5] = ["con", "prn", "aux", "nul", "conin$"];

/// The files of one note, relative to the folder of the export.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The note itself.
    pub(super) note: String,
    /// What is known besides, where that is a file of its own.
    pub(super) facts: String,
}

/// The names taken so far. Some systems do not tell upper from lower case, nor a letter with an accent from the two characters
/// that make it, so neither does this.
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
}

impl Names {
    /// Takes a name; `false` where it is taken.
    pub(super) fn take(&mut self, name: &str) -> bool {
        self.taken.insert(name.to_lowercase().nfc().collect())
    }

    /// Chooses the names for a meeting: its minutes, and all that is known of it.
    pub(super) fn for_meeting(&mut self, title: &str) -> Chosen {
        let stem = safe_title(title);
        let mut number = 1;
        loop {
            let numbered = match number {
                1 => format!("meetings/{stem}"),
                _ => format!("meetings/{stem} ({number})"),
            };
            let note = format!("{numbered}.md");
            let facts = format!("{numbered}.json");
            if self.take(&note) && self.take(&facts) {
                return Chosen { note, facts };
            }
            number += 1;
        }
    }

    /// Chooses the names for a note: where it was imported from, if that is safe, else its title.
    pub(super) fn choose(&mut self, exported: &Exported, format: ExportFormat) -> Chosen {
        let (stem, ending) = wanted(exported, format);
        let folder = if exported.note.deleted {
            "deleted/"
        } else {
            ""
        };
        let mut number = 1;
        loop {
            let numbered = match number {
                1 => format!("{folder}{stem}"),
                _ => format!("{folder}{stem} ({number})"),
            };
            let note = format!("{numbered}{ending}");
            if self.take(&note) {
                let short = format!("{numbered}.facts.json");
                // Another note may differ in the ending alone.
                let facts = if self.take(&short) {
                    short
                } else {
                    format!("{note}.facts.json")
                };
                return Chosen { note, facts };
            }
            number += 1;
        }
    }
}

fn wanted(exported: &Exported, format: ExportFormat) -> (String, String) {
    let (stem, ending) = exported
        .path
        .as_deref()
        .filter(|path| is_safe_path(path))
        .map_or_else(
            || (safe_title(&exported.note.title), ".md".to_owned()),
            split_ending,
        );
    match format {
        ExportFormat::Md => (stem, ending),
        ExportFormat::Json => (stem, ".json".to_owned()),
    }
}

fn split_ending(path: &str) -> (String, String) {
    let name_at = path.rfind('/').map_or(0, |at| at + 1);
    match path[name_at..].rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, ending) = path.split_at(name_at + dot);
            (stem.to_owned(), ending.to_owned())
        }
        _ => (path.to_owned(), String::new()),
    }
}

/// A path came from another member and must not lead out of the folder.
fn is_safe_path(path: &str) -> bool {
    path.split('/').count() <= 32 && path.split('/').all(|part| safe_title(part) == part)
}

/// A title as a file name.
fn safe_title(title: &str) -> String {
    let replaced: String = title
        .chars()
        .map(|c| {
            if c.is_control() || UNSAFE.contains(&c) {
                '-'
            } else {
                c
            }
        })
        .collect();
    let trimmed = replaced
        .trim_start_matches(['.', ' '])
        .trim_end_matches(['.', ' ']);
    let mut end = trimmed.len().min(NAME_BYTES_MAX);
    while !trimmed.is_char_boundary(end) {
        end -= 1;
    }
    let name = trimmed[..end].trim_end_matches(['.', ' ']);
    match name {
        "" => "untitled".to_owned(),
        name if is_reserved(name) => format!("{name}_"),
        name => name.to_owned(),
    }
}

fn is_reserved(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or(name).to_lowercase();
    let port = |prefix: &str| {
        first.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() == 1 && rest != "0" && rest.as_bytes()[0].is_ascii_digit()
        })
    };
    RESERVED.contains(&first.as_str()) || port("com") || port("lpt")
}

#[cfg(test)]
mod tests {
    use moot_engine::command::NoteKind;
    use moot_engine::reply::NoteView;

    use super::*;

    fn note(title: &str, path: Option<&str>) -> Exported {
        Exported {
            note: NoteView {
                id: "00".into(),
                title: title.into(),
                titles: Vec::new(),
                kind: NoteKind::Note,
                body: String::new(),
                links: Vec::new(),
                backlinks: Vec::new(),
                updated: jiff::Timestamp::UNIX_EPOCH,
                authors: Vec::new(),
                version: String::new(),
                deleted: false,
                newer: 0,
            },
            path: path.map(str::to_owned),
            facts: Vec::new(),
            history: Vec::new(),
        }
    }

    fn chosen(notes: &[Exported]) -> Vec<String> {
        let mut names = Names::default();
        notes
            .iter()
            .map(|note| names.choose(note, ExportFormat::Md).note)
            .collect()
    }

    #[test]
    fn titles_of_any_script_become_safe_names() {
        let cases = [
            ("Seed day 種の日", "Seed day 種の日.md"),
            ("a/b: c?", "a-b- c-.md"),
            ("../../etc/passwd", "-..-etc-passwd.md"),
            ("...", "untitled.md"),
            ("", "untitled.md"),
            ("con", "con_.md"),
            ("COM1.x", "COM1.x_.md"),
            ("line\nbreak", "line-break.md"),
        ];
        for (title, name) in cases {
            assert_eq!(chosen(&[note(title, None)]), [name], "{title:?}");
        }
        let long = safe_title(&"種".repeat(200));
        assert!(long.len() <= NAME_BYTES_MAX && long.chars().all(|c| c == '種'));
    }

    #[test]
    fn equal_names_are_numbered_also_where_only_the_case_differs() {
        let notes = [note("Plan", None), note("plan", None), note("Plan", None)];
        assert_eq!(chosen(&notes), ["Plan.md", "plan (2).md", "Plan (3).md"]);
    }

    #[test]
    fn equal_names_are_numbered_also_where_only_the_composing_of_letters_differs() {
        let notes = [note("Caf\u{e9}", None), note("Cafe\u{301}", None)];
        assert_eq!(chosen(&notes), ["Caf\u{e9}.md", "Cafe\u{301} (2).md"]);
    }

    #[test]
    fn a_note_goes_back_to_where_it_was_imported_from_only_where_that_is_safe() {
        let cases = [
            (Some("sub/a.markdown"), "sub/a.markdown"),
            (Some("README"), "README"),
            (Some("../a.md"), "T.md"),
            (Some("/etc/a.md"), "T.md"),
            (Some(".ssh/config"), "T.md"),
            (Some("a//b.md"), "T.md"),
            (Some("a\\..\\b.md"), "T.md"),
            (None, "T.md"),
        ];
        for (path, name) in cases {
            assert_eq!(chosen(&[note("T", path)]), [name], "{path:?}");
        }
    }

    #[test]
    fn two_notes_that_differ_in_the_ending_alone_have_facts_of_their_own() {
        let mut names = Names::default();
        let first = names.choose(&note("T", Some("a.md")), ExportFormat::Md);
        let second = names.choose(&note("T", Some("a.txt")), ExportFormat::Md);
        assert_eq!(
            (first.note.as_str(), second.note.as_str()),
            ("a.md", "a.txt")
        );
        assert_ne!(first.facts, second.facts);
    }
}
