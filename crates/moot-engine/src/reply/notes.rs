//! What is answered about notes: shown, listed, found, brought in and taken out.
//!
//! Owns shapes only, like its parent.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::command::NoteKind;

/// A note was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteMade {
    /// The full id.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A note was changed, or was as asked already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteChanged {
    /// The full id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The version that it has now.
    pub version: String,
    /// Whether there was anything to change.
    pub changed: bool,
}

/// A note is open for an editor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteOpened {
    /// The full id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// The number of this text; the next patch has the next number.
    pub revision: u64,
    /// What was changed since it was last read here: the bytes from and to of each stretch, in rising order. An empty stretch is
    /// where something was taken out. Nothing of a text that was never read here.
    #[serde(default)]
    pub unread: Vec<(usize, usize)>,
    /// Whether it was deleted, so that it can be read and not changed.
    pub deleted: bool,
}

/// A note in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteRow {
    /// The full id.
    pub id: String,
    /// Its title; the one shown first where several stand.
    pub title: String,
    /// What sort it is.
    pub kind: NoteKind,
    /// The latest time that one of its changes claims.
    pub updated: Timestamp,
    /// The names of those who wrote in it.
    pub authors: Vec<String>,
    /// Whether others changed it since it was last shown here.
    pub unread: bool,
    /// All titles, where concurrent ones wait to be settled; else empty.
    #[serde(default)]
    pub titles: Vec<TitleChoice>,
    /// Whether it was deleted.
    #[serde(default)]
    pub deleted: bool,
}

/// One of several titles that were given at the same time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TitleChoice {
    /// The title.
    pub title: String,
    /// Who gave it.
    pub by: String,
}

/// A note as it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteView {
    /// The full id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// All titles, where concurrent ones wait to be settled; else empty.
    #[serde(default)]
    pub titles: Vec<TitleChoice>,
    /// What sort it is.
    pub kind: NoteKind,
    /// Its text, byte for byte.
    pub body: String,
    /// Notes that it points to with `[[title]]`.
    pub links: Vec<LinkRow>,
    /// Notes that point to it.
    pub backlinks: Vec<BacklinkRow>,
    /// The latest time that one of its changes claims.
    pub updated: Timestamp,
    /// The names of those who wrote in it.
    pub authors: Vec<String>,
    /// The version shown.
    pub version: String,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Facts in it that this program does not know, from a newer one.
    #[serde(default)]
    pub newer: u64,
}

/// A link from a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// What stands between the brackets.
    pub title: String,
    /// The note of that title, where there is exactly one.
    pub id: Option<String>,
}

/// A note that points to a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BacklinkRow {
    /// The full id of the note that points.
    pub id: String,
    /// Its title.
    pub title: String,
}

/// A change in the history of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryRow {
    /// When its author's clock said it was made.
    pub at: Timestamp,
    /// Who made it.
    pub by: String,
    /// What it did, in words.
    pub summary: String,
    /// The version that it left, as `note show --at` takes it.
    pub version: String,
}

/// A stretch of text by one author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlameRow {
    /// Who wrote it.
    pub by: String,
    /// When their clock said it was.
    pub at: Timestamp,
    /// The text.
    pub text: String,
}

/// A note that a search found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HitRow {
    /// The full id.
    pub id: String,
    /// What it is: `note`.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// The passage; `\u{2}` and `\u{3}` stand round each match.
    pub snippet: String,
    /// How well it fits; higher is better.
    pub score: f64,
}

/// What an import did.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Imported {
    /// How many notes were made.
    pub imported: u64,
    /// How many were brought up to date.
    pub updated: u64,
    /// What was left alone, and why.
    pub skipped: Vec<Skipped>,
}

/// A file that was left alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// The file.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// One note with all that is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The note as it reads.
    pub note: NoteView,
    /// Where it was imported from, if it was.
    pub path: Option<String>,
    /// Its facts, readable, oldest first by what their authors' clocks said.
    pub facts: Vec<ExportedFact>,
    /// Its history, newest first.
    pub history: Vec<HistoryRow>,
}

/// One fact, for people and for other programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedFact {
    /// The full id.
    pub id: String,
    /// What sort of fact it is.
    pub kind: String,
    /// Who stated it.
    pub by: String,
    /// When their clock said it was.
    pub at: Timestamp,
    /// What it says, as `field: value` in the order of the fields.
    pub says: Vec<(String, String)>,
    /// Why it does not count, where it does not.
    pub ignored: Option<String>,
}
