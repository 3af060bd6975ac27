//! From a document to the row that lists show, the search index, and the links.
//!
//! Owns what is kept of a document so that lists, search and backlinks never load it. All of it can be made again.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::NotebookId;
use moot_log::storage::{Indexed, ReadError, Space};
use moot_notebook::{
    Attribution, DocId, Document, DocumentKind, FactEntry, GroupState, MeetingState, NoteState,
    PersonId, Slot, Standing, document_kind, group_state, meeting_state, note_state,
};
use unicode_normalization::UnicodeNormalization;

use super::meeting;
use crate::rows::{DocRow, ImportRow, LINK_PATH, LINK_TITLE, LINK_TO, Person, TitleRow, prefixed};
use crate::tx::Tx;

/// What is needed to describe a document.
pub(crate) struct Describe<'a> {
    pub(crate) notebook: NotebookId,
    pub(crate) doc: DocId,
    /// The id of the notebook's document about the group.
    pub(crate) group: DocId,
    pub(crate) document: &'a Document,
    pub(crate) upto: u64,
    /// What waits in it and what was refused.
    pub(crate) counts: (u64, u64),
    pub(crate) attribution: &'a dyn Attribution,
}

/// Whether a document's words go into the search index with its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    /// They do.
    Now,
    /// At a pause: somebody types.
    Later,
    /// They do, whether or not the document is another one than its row says.
    Again,
}

/// Computes a document's row and stages it with its place in the search index and its links. Answers the row, and the one that
/// was there before.
pub(crate) fn describe(
    what: &Describe<'_>,
    words: Words,
    tx: &mut Tx<'_>,
) -> Result<(DocRow, Option<DocRow>), ReadError> {
    let before: Option<DocRow> = tx.row(Space::DocRow, &what.notebook, &what.doc.0)?;
    let (mut row, meeting) = compute(what);
    let found_by = match &meeting {
        Some(state) => meeting::rows(what.doc, state),
        None => note_rows(what, &row),
    };
    if meeting.is_some() {
        row.found_by = found_by.keys().map(|key| key.clone().into()).collect();
    }
    if before.as_ref() != Some(&row) {
        tx.put_row(Space::DocRow, &what.notebook, &what.doc.0, &row);
    }
    refind(what, before.as_ref(), found_by, tx);
    if words == Words::Later {
        return Ok((row, before));
    }
    let text = match &meeting {
        Some(state) => Some(meeting::words(state, &what.document.text())),
        None if row.what == DocRow::NOTE && !row.deleted => Some(what.document.text()),
        None => None,
    };
    match text {
        Some(text) => {
            let titles: Vec<&str> = row.titles.iter().map(|title| title.text.as_str()).collect();
            let document = Indexed {
                doc: what.doc.0,
                title: titles.join(" / "),
                text,
            };
            tx.index(what.notebook, document);
        }
        None if before.is_some() => tx.unindex(what.notebook, what.doc.0),
        None => {}
    }
    Ok((row, before))
}

/// The row, and the state behind it where more than the row is kept of it.
fn compute(what: &Describe<'_>) -> (DocRow, Option<MeetingState>) {
    let facts = what.document.facts();
    let body = what.document.body_info();
    let (pending, quarantined) = what.counts;
    let facts_until_ms = facts
        .values()
        .filter_map(|entry: &FactEntry| entry.fact.as_ref())
        .map(|fact| fact.at_ms)
        .max()
        .unwrap_or(0);
    let mut row = DocRow {
        what: DocRow::EMPTY,
        kind: 0,
        titles: Vec::new(),
        updated_ms: 0,
        authors: Vec::new(),
        deleted: false,
        version: what.document.version().0,
        digest: [0; 32],
        upto: what.upto,
        pending,
        quarantined,
        newer: 0,
        import: None,
        links: Vec::new(),
        facts_until_ms,
        purpose: None,
        names: Vec::new(),
        found_by: Vec::new(),
    };
    if what.doc == what.group {
        fill_group(
            &mut row,
            &group_state(facts, what.attribution, facts_until_ms),
        );
        return (row, None);
    }
    row.what = match document_kind(facts) {
        DocumentKind::Note => DocRow::NOTE,
        DocumentKind::Meeting => {
            let state = meeting_state(facts, what.attribution, facts_until_ms);
            fill_meeting(&mut row, &state, &body.digest);
            return (row, Some(state));
        }
        DocumentKind::Empty => DocRow::EMPTY,
        DocumentKind::Group | DocumentKind::Newer => DocRow::NEWER,
    };
    let state = note_state(facts, &body, what.attribution, facts_until_ms);
    row.links = links_in(&what.document.text());
    fill_note(&mut row, &state, what);
    (row, None)
}

fn fill_meeting(row: &mut DocRow, state: &MeetingState, body: &[u8; 32]) {
    row.what = DocRow::MEETING;
    row.titles = titles(&state.title);
    row.purpose = state.purpose.shown().cloned();
    row.updated_ms = state.updated_ms;
    row.newer = state.newer.len() as u64;
    row.digest = state.digest(body).0;
}

fn fill_group(row: &mut DocRow, state: &GroupState) {
    row.what = DocRow::GROUP;
    row.titles = titles(&state.name);
    row.purpose = state
        .purpose
        .values
        .first()
        .map(|value| value.value.clone());
    row.names = state
        .names
        .iter()
        .filter_map(|(person, slot)| {
            slot.values.first().map(|value| TitleRow {
                text: value.value.clone(),
                by: Person(person.0),
            })
        })
        .collect();
    row.newer = state.newer.len() as u64;
    row.digest = state.digest().0;
}

fn fill_note(row: &mut DocRow, state: &NoteState, what: &Describe<'_>) {
    row.titles = titles(&state.title);
    row.kind = state
        .kind
        .values
        .first()
        .map_or(0, |value| u8::try_from(value.value.number()).unwrap_or(0));
    row.updated_ms = state.updated_ms;
    row.deleted = state.standing == Standing::Deleted;
    row.newer = state.newer.len() as u64;
    row.digest = state.digest().0;
    let begun = state.created.iter().flat_map(|created| created.by.iter());
    let authors: BTreeSet<Person> = state
        .writers
        .iter()
        .chain(begun)
        .map(|person: &PersonId| Person(person.0))
        .collect();
    row.authors = authors.into_iter().collect();
    row.import = state.imports.first().map(|import| ImportRow {
        path: import.path.clone(),
        digest: import.digest,
        version: version_of(what, import.fact),
    });
}

/// The version that stood right after the change in which a fact came.
fn version_of(what: &Describe<'_>, fact: moot_notebook::FactId) -> [u8; 32] {
    let change = what
        .document
        .facts()
        .get(&fact)
        .and_then(|entry| entry.inserted.first())
        .map(|by| by.change);
    change.map_or([0; 32], |change| {
        moot_notebook::Version::of_heads(&[change]).0
    })
}

fn titles(slot: &Slot<String>) -> Vec<TitleRow> {
    slot.values
        .iter()
        .map(|value| {
            let by = value
                .by
                .iter()
                .next()
                .map_or(Person([0; 32]), |person| Person(person.0));
            TitleRow {
                text: value.value.clone(),
                by,
            }
        })
        .collect()
}

/// Brings the rows by which a document is found in line with what it says now.
fn refind(
    what: &Describe<'_>,
    before: Option<&DocRow>,
    found_by: BTreeMap<Vec<u8>, Vec<u8>>,
    tx: &mut Tx<'_>,
) {
    let old: BTreeSet<Vec<u8>> = match before {
        Some(row) if row.what == DocRow::MEETING => {
            row.found_by.iter().map(|key| key.to_vec()).collect()
        }
        Some(row) => note_keys(what, row),
        None => BTreeSet::new(),
    };
    for key in &old {
        if !found_by.contains_key(key) {
            tx.delete(Space::Link, &what.notebook, key);
        }
    }
    for (key, value) in found_by {
        // A row without a value says all that it says by being there.
        if !value.is_empty() || !old.contains(&key) {
            tx.put(Space::Link, &what.notebook, &key, value);
        }
    }
}

fn note_rows(what: &Describe<'_>, row: &DocRow) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let keys = note_keys(what, row).into_iter();
    keys.map(|key| (key, Vec::new())).collect()
}

fn note_keys(what: &Describe<'_>, row: &DocRow) -> BTreeSet<Vec<u8>> {
    if row.what != DocRow::NOTE {
        return BTreeSet::new();
    }
    let key =
        |prefix: u8, text: &str| prefixed(prefix, &[text.as_bytes(), &[0], &what.doc.0].concat());
    let mut keys = BTreeSet::new();
    if !row.deleted {
        keys.extend(
            row.titles
                .iter()
                .map(|title| key(LINK_TITLE, &fold_title(&title.text))),
        );
        keys.extend(
            row.links
                .iter()
                .map(|target| key(LINK_TO, &fold_title(target))),
        );
    }
    keys.extend(row.import.iter().map(|import| key(LINK_PATH, &import.path)));
    keys
}

/// A title as it is compared: without case, with white space folded, and its letters composed (NFC), since some systems write
/// "é" as one character and some as two. Titles themselves stay as they were written.
pub(crate) fn fold_title(title: &str) -> String {
    title
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .to_lowercase()
        .nfc()
        .collect()
}

/// What stands between `[[` and `]]` in a text, each once, in order; nothing that spans lines.
pub(crate) fn links_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut rest = line;
        while let Some(start) = rest.find("[[") {
            let inner = &rest[start + 2..];
            let Some(end) = inner.find("]]") else { break };
            // `[[Title|shown]]` points to `Title`, as elsewhere.
            let target = inner[..end].split('|').next().unwrap_or_default().trim();
            if !target.is_empty() && !found.iter().any(|known| known == target) {
                found.push(target.to_owned());
            }
            rest = &inner[end + 2..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_once_each_and_never_across_lines() {
        let found = links_in("see [[One]] and [[ Two |shown]], [[One]]\n[[Thr\nee]] [[]] [[Four]");
        assert_eq!(found, ["One", "Two"]);
    }

    #[test]
    fn titles_are_compared_without_case_and_with_folded_space() {
        assert_eq!(fold_title("  The \u{a0} Way\tWE meet "), "the way we meet");
        assert_eq!(fold_title("ÅNGSTRÖM"), "ångström");
        assert_eq!(fold_title("CAFE\u{301}"), "caf\u{e9}");
    }
}
