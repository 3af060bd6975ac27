//! From what a person typed to the one thing that is meant.
//!
//! Owns the rule: a full id, else a title or name as it is written, else one that differs in case or in how its letters are
//! composed, else the beginning of an id. Never guesses between two, nor between a title and the beginning of another's id.

use moot_log::NotebookId;
use moot_log::storage::Space;
use moot_notebook::DocId;

use crate::command::{CommandError, ErrorKind};
use crate::docs::fold_title;
use crate::fault::{Outcome, not_found};
use crate::notebook::Notebook;
use crate::rows::{DocRow, LINK_TITLE, prefixed};
use crate::tx::Tx;

/// How many candidates an error names.
const CANDIDATES_SHOWN: usize = 5;
/// How many characters of an id a hint shows.
const ID_SHOWN: usize = 12;
/// Characters from which on a title that is also the beginning of another id is doubtful: any member may give a note such a
/// title. Fewer are as likely meant as a title, and begin an id by mere chance.
const DOUBTFUL_FROM: usize = 4;
/// How many similar titles an error names.
const SIMILAR_SHOWN: usize = 3;

/// The note that is meant, deleted ones included.
pub(crate) fn note(notebook: &Notebook, text: &str, tx: &Tx<'_>) -> Outcome<(DocId, DocRow)> {
    document(notebook, text, DocRow::NOTE, tx)
}

/// The note or the meeting that is meant.
pub(crate) fn document(
    notebook: &Notebook,
    text: &str,
    what: u8,
    tx: &Tx<'_>,
) -> Outcome<(DocId, DocRow)> {
    let text = text.trim();
    if let Ok(doc) = text.parse::<DocId>()
        && let Some(row) = row_of(&notebook.id, doc, tx)?
        && row.what == what
    {
        return Ok((doc, row));
    }
    let mut found = documents_by_title(&notebook.id, text, tx)?;
    found.retain(|(_, row)| row.what == what);
    found = titled_exactly(text, found);
    if found.is_empty() {
        found = by_id_prefix(&notebook.id, text, what, tx)?;
    } else if text.len() >= DOUBTFUL_FROM {
        let others = by_id_prefix(&notebook.id, text, what, tx)?.into_iter();
        let is_new = |doc: &DocId| found.iter().all(|(known, _)| known != doc);
        let others: Vec<_> = others.filter(|(doc, _)| is_new(doc)).collect();
        found.extend(others);
    }
    let (word, _) = words_for(what);
    match found.len() {
        0 => Err(not_found(
            format!("there is no {word} \"{text}\" here"),
            where_else(&notebook.id, text, what, tx)?,
        )),
        1 => Ok(found.remove(0)),
        _ => Err(several(text, what, &found).into()),
    }
}

/// The note that is to be brought back: deleted notes of that title come before others of it.
pub(crate) fn note_to_restore(
    notebook: &Notebook,
    text: &str,
    tx: &Tx<'_>,
) -> Outcome<(DocId, DocRow)> {
    if text.trim().parse::<DocId>().is_ok() {
        return note(notebook, text, tx);
    }
    let mut found = titled_exactly(text, deleted_by_title(&notebook.id, text, tx)?);
    match found.len() {
        0 => note(notebook, text, tx),
        1 => Ok(found.remove(0)),
        _ => Err(several(text, DocRow::NOTE, &found).into()),
    }
}

/// Those that bear the title just as it was typed; all of them where none does.
fn titled_exactly(text: &str, found: Vec<(DocId, DocRow)>) -> Vec<(DocId, DocRow)> {
    let text = text.trim();
    let bears = |row: &DocRow| row.titles.iter().any(|title| title.text.trim() == text);
    let (exact, rest): (Vec<_>, Vec<_>) = found.into_iter().partition(|(_, row)| bears(row));
    if exact.is_empty() { rest } else { exact }
}

fn several(text: &str, what: u8, found: &[(DocId, DocRow)]) -> CommandError {
    let candidates = found.iter();
    ambiguous(
        text,
        &format!("{}s", words_for(what).0),
        candidates.map(|(doc, row)| (doc.to_string(), shown_title(row))),
    )
}

/// What may have been meant by a title that nothing bears, in words.
fn where_else(notebook: &NotebookId, text: &str, what: u8, tx: &Tx<'_>) -> Outcome<String> {
    if what == DocRow::NOTE
        && let [(doc, _), ..] = deleted_by_title(notebook, text, tx)?.as_slice()
    {
        let id = &doc.to_string()[..ID_SHOWN];
        return Ok(format!(
            "A note of that title was deleted. `moot note restore {id}` brings it back."
        ));
    }
    let (_, list) = words_for(what);
    Ok(match similar(notebook, text, what, tx)?.as_slice() {
        [] => list.to_owned(),
        titles => format!("Did you mean {}? {list}", titles.join(" or ")),
    })
}

/// The deleted notes that bear a title, without regard to case.
fn deleted_by_title(
    notebook: &NotebookId,
    title: &str,
    tx: &Tx<'_>,
) -> Outcome<Vec<(DocId, DocRow)>> {
    let folded = fold_title(title);
    let bears = |row: &DocRow| {
        let mut titles = row.titles.iter();
        titles.any(|title| fold_title(&title.text) == folded)
    };
    let rows = tx.rows::<DocRow>(Space::DocRow, notebook, &[])?;
    Ok(rows
        .into_iter()
        .filter(|(_, row)| row.what == DocRow::NOTE && row.deleted && bears(row))
        .filter_map(|(key, row)| Some((DocId(key.as_slice().try_into().ok()?), row)))
        .collect())
}

/// What such a document is called, and where to look for one.
fn words_for(what: u8) -> (&'static str, &'static str) {
    if what == DocRow::MEETING {
        ("meeting", "`moot meeting list` shows the meetings.")
    } else {
        ("note", "`moot note list` shows the notes.")
    }
}

/// The title that stands first.
pub(crate) fn shown_title(row: &DocRow) -> String {
    row.titles
        .first()
        .map(|title| title.text.clone())
        .unwrap_or_default()
}

fn row_of(notebook: &NotebookId, doc: DocId, tx: &Tx<'_>) -> Outcome<Option<DocRow>> {
    Ok(tx.row(Space::DocRow, notebook, &doc.0)?)
}

/// The notes that bear a title, without regard to case.
pub(crate) fn by_title(
    notebook: &NotebookId,
    title: &str,
    tx: &Tx<'_>,
) -> Outcome<Vec<(DocId, DocRow)>> {
    let mut found = documents_by_title(notebook, title, tx)?;
    found.retain(|(_, row)| row.what == DocRow::NOTE);
    Ok(found)
}

/// The notes and meetings that bear a title, without regard to case.
pub(crate) fn documents_by_title(
    notebook: &NotebookId,
    title: &str,
    tx: &Tx<'_>,
) -> Outcome<Vec<(DocId, DocRow)>> {
    let prefix = prefixed(LINK_TITLE, &[fold_title(title).as_bytes(), &[0]].concat());
    let mut found = Vec::new();
    for (key, _) in tx.scan(Space::Link, notebook, &prefix)? {
        if let Ok(doc) = <[u8; 16]>::try_from(&key[prefix.len()..])
            && let Some(row) = row_of(notebook, DocId(doc), tx)?
        {
            found.push((DocId(doc), row));
        }
    }
    Ok(found)
}

/// A few titles, in quotes, in which the text stands somewhere.
fn similar(notebook: &NotebookId, text: &str, what: u8, tx: &Tx<'_>) -> Outcome<Vec<String>> {
    let wanted = fold_title(text);
    let mut found = Vec::new();
    if wanted.is_empty() {
        return Ok(found);
    }
    for (key, _) in tx.scan(Space::Link, notebook, &[LINK_TITLE])? {
        let Some((title, doc)) = key[1..].split_last_chunk::<16>() else {
            continue;
        };
        let title = String::from_utf8_lossy(title.strip_suffix(&[0]).unwrap_or(title));
        if title.contains(&wanted)
            && let Some(row) = row_of(notebook, DocId(*doc), tx)?
            && row.what == what
        {
            // A note may bear several titles, and several notes one.
            let borne = row
                .titles
                .iter()
                .find(|borne| fold_title(&borne.text) == title);
            let shown = borne.map_or_else(|| shown_title(&row), |borne| borne.text.clone());
            let shown = format!("\"{shown}\"");
            if !found.contains(&shown) {
                found.push(shown);
            }
        }
        if found.len() == SIMILAR_SHOWN {
            break;
        }
    }
    Ok(found)
}

fn by_id_prefix(
    notebook: &NotebookId,
    text: &str,
    what: u8,
    tx: &Tx<'_>,
) -> Outcome<Vec<(DocId, DocRow)>> {
    let text = text.to_ascii_lowercase();
    let is_hex = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.is_empty() || text.len() > 32 || !is_hex {
        return Ok(Vec::new());
    }
    let whole = text.len() / 2;
    let bytes: Vec<u8> = (0..whole)
        .filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok())
        .collect();
    let mut found = Vec::new();
    for (key, row) in tx.rows::<DocRow>(Space::DocRow, notebook, &bytes)? {
        let Ok(doc) = <[u8; 16]>::try_from(key.as_slice()) else {
            continue;
        };
        let doc = DocId(doc);
        if row.what == what && doc.to_string().starts_with(&text) {
            found.push((doc, row));
        }
    }
    Ok(found)
}

/// Picks by id, by name, by the beginning of an id, from a list of ids and names.
pub(crate) fn one_of<'n, T: Copy>(
    text: &str,
    what: &str,
    hint: &str,
    all: impl Iterator<Item = (T, String, &'n str)>,
) -> Outcome<T> {
    let all: Vec<(T, String, &str)> = all.collect();
    let folded = fold_title(text);
    let matching = |test: &dyn Fn(&str, &str) -> bool| -> Vec<&(T, String, &str)> {
        all.iter().filter(|(_, id, name)| test(id, name)).collect()
    };
    let typed = text.trim();
    // Ids of devices are written small; those of relays are in both cases.
    let small = typed.to_ascii_lowercase();
    let begins = |id: &str| id.starts_with(typed) || id.starts_with(&small);
    let mut found = matching(&|id, _| id == typed);
    if found.is_empty() {
        found = matching(&|_, name| name.trim() == typed);
        if found.is_empty() {
            found = matching(&|_, name| fold_title(name) == folded);
        }
        let or_begins = if found.is_empty() { 1 } else { DOUBTFUL_FROM };
        if typed.len() >= or_begins {
            let known: Vec<&str> = found.iter().map(|(_, id, _)| id.as_str()).collect();
            let others = matching(&|id, _| begins(id) && !known.contains(&id));
            found.extend(others);
        }
    }
    match found.as_slice() {
        [] => Err(not_found(
            format!("there is no {what} \"{text}\" here"),
            hint,
        )),
        [(chosen, _, _)] => Ok(*chosen),
        several => {
            let several = several
                .iter()
                .map(|(_, id, name)| (id.clone(), (*name).to_owned()));
            Err(ambiguous(text, &format!("{what}s"), several).into())
        }
    }
}

fn ambiguous(
    text: &str,
    what: &str,
    found: impl Iterator<Item = (String, String)>,
) -> CommandError {
    let found: Vec<(String, String)> = found.collect();
    let shown: Vec<String> = found
        .iter()
        .take(CANDIDATES_SHOWN)
        .map(|(id, name)| format!("{} ({name})", &id[..id.len().min(ID_SHOWN)]))
        .collect();
    let more = if found.len() > CANDIDATES_SHOWN {
        ", …"
    } else {
        ""
    };
    CommandError::new(
        ErrorKind::Ambiguous,
        format!("\"{text}\" fits {} {what}", found.len()),
        format!("Say which by more of its id: {}{more}.", shown.join(", ")),
    )
}
