//! Notes: making, reading, changing, putting away and bringing back.
//!
//! Owns what each command does to a document. Never decides what the facts in it mean.

use std::collections::BTreeMap;

use jiff::Timestamp;
use minicbor::bytes::ByteArray;
use rand_core::Rng;

use moot_log::storage::Space;
use moot_notebook::limits::DELETED_SEEN_MAX;
use moot_notebook::{
    ByteCount, BytePos, ChangeHash, DocId, Edit, FactBody, FactDraft, Version, replace_whole,
};

use crate::command::{NoteKind, Seen, Splice};
use crate::commands::select::{by_title, note, note_to_restore, shown_title};
use crate::docs::fold_title;
use crate::fault::{Outcome, failed, not_found, refused, usage};
use crate::limits::{NOTE_BYTES_MAX, READ_HEADS_MAX};
use crate::notebook::{Notebook, Random, WriteNow};
use crate::reply::{
    BacklinkRow, LinkRow, NoteChanged, NoteMade, NoteRow, NoteView, Reply, TitleChoice,
};
use crate::rows::{DocRow, LINK_TO, ReadRow, prefixed};
use crate::tx::Tx;

impl Notebook {
    pub(crate) fn note_new(
        &mut self,
        title: &str,
        body: &str,
        kind: NoteKind,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        check_size(body)?;
        let title = checked_title(title)?;
        let doc = self.new_doc_id(rng);
        let mut edits = vec![
            Edit::Fact(self.first_fact(
                FactBody::NoteCreated {
                    kind: kind_of(kind),
                },
                rng,
            )),
            Edit::Fact(self.first_fact(
                FactBody::Title {
                    text: title.clone(),
                },
                rng,
            )),
        ];
        if !body.is_empty() {
            edits.push(Edit::Splice {
                at: BytePos(0),
                delete: ByteCount(0),
                insert: body.to_owned(),
            });
        }
        self.write(doc, None, &edits, WriteNow::Entry, rng, tx)?;
        Ok(Reply::NoteMade(NoteMade {
            id: doc.to_string(),
            title,
        }))
    }

    pub(crate) fn note_list(&mut self, deleted: bool, tx: &mut Tx<'_>) -> Outcome<Reply> {
        self.refresh_all(tx)?;
        let mut notes = Vec::new();
        let read = self.read_rows(tx)?;
        for (key, row) in tx.rows::<DocRow>(Space::DocRow, &self.id, &[])? {
            if row.what != DocRow::NOTE || (row.deleted && !deleted) {
                continue;
            }
            let Ok(doc) = <[u8; 16]>::try_from(key.as_slice()) else {
                continue;
            };
            let unread = is_unread(read.get(&key), &row);
            notes.push(self.note_row(DocId(doc), &row, unread));
        }
        // The latest first, as clocks say; the rest only keeps the order the same each time.
        notes.sort_by(|a, b| (b.updated, &a.title, &a.id).cmp(&(a.updated, &b.title, &b.id)));
        Ok(Reply::Notes(notes))
    }

    /// What was last seen of each note. In one go: to look for each by itself takes longer than to list them.
    pub(crate) fn read_rows(&self, tx: &Tx<'_>) -> Outcome<BTreeMap<Vec<u8>, ReadRow>> {
        let read = tx.rows::<ReadRow>(Space::Read, &self.id, &[])?;
        Ok(read.into_iter().collect())
    }

    fn note_row(&self, doc: DocId, row: &DocRow, unread: bool) -> NoteRow {
        NoteRow {
            id: doc.to_string(),
            title: shown_title(row),
            kind: kind_from(row.kind),
            updated: timestamp(row.updated_ms),
            authors: self.names_of(&row.authors),
            unread,
            titles: self.title_choices(row),
            deleted: row.deleted,
        }
    }

    /// Whether others changed a note since it was last shown here.
    pub(crate) fn is_unread(&self, doc: DocId, row: &DocRow, tx: &Tx<'_>) -> Outcome<bool> {
        let read: Option<ReadRow> = tx.row(Space::Read, &self.id, &doc.0)?;
        Ok(is_unread(read.as_ref(), row))
    }

    pub(crate) fn title_choices(&self, row: &DocRow) -> Vec<TitleChoice> {
        if row.titles.len() < 2 {
            return Vec::new();
        }
        row.titles
            .iter()
            .map(|title| TitleChoice {
                title: title.text.clone(),
                by: self.name_of(&title.by),
            })
            .collect()
    }

    pub(crate) fn note_show(
        &mut self,
        text: &str,
        at: Option<&str>,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        self.refresh_all(tx)?;
        let (doc, row) = note(self, text, tx)?;
        let mut view = self.note_view(doc, &row, tx)?;
        if let Some(at) = at {
            let heads = self.heads_at(doc, at, tx)?;
            let document = &self.fresh(doc, tx)?.document;
            view.body = document
                .text_at(&heads)
                .map_err(|error| failed(error.to_string(), ""))?;
            view.version = Version::of_heads(&heads).to_string();
        } else {
            self.mark_read(doc, row.version, tx)?;
        }
        Ok(Reply::Note(view))
    }

    pub(crate) fn note_peek(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (doc, row) = self.find_note(text, tx)?;
        self.note_view(doc, &row, tx).map(Reply::Note)
    }

    /// A note as it reads now.
    pub(crate) fn note_view(
        &mut self,
        doc: DocId,
        row: &DocRow,
        tx: &mut Tx<'_>,
    ) -> Outcome<NoteView> {
        let body = self.fresh(doc, tx)?.document.text();
        let mut links = Vec::new();
        for target in &row.links {
            let found = by_title(&self.id, target, tx)?;
            let id = match found.as_slice() {
                [(one, _)] => Some(one.to_string()),
                _ => None,
            };
            links.push(LinkRow {
                title: target.clone(),
                id,
            });
        }
        Ok(NoteView {
            id: doc.to_string(),
            title: shown_title(row),
            titles: self.title_choices(row),
            kind: kind_from(row.kind),
            body,
            links,
            backlinks: self.backlinks(doc, row, tx)?,
            updated: timestamp(row.updated_ms),
            authors: self.names_of(&row.authors),
            version: Version(row.version).to_string(),
            deleted: row.deleted,
            newer: row.newer,
        })
    }

    fn backlinks(&self, doc: DocId, row: &DocRow, tx: &Tx<'_>) -> Outcome<Vec<BacklinkRow>> {
        let mut found: Vec<BacklinkRow> = Vec::new();
        for title in &row.titles {
            let prefix = prefixed(
                LINK_TO,
                &[fold_title(&title.text).as_bytes(), &[0]].concat(),
            );
            for (key, _) in tx.scan(Space::Link, &self.id, &prefix)? {
                let Ok(from) = <[u8; 16]>::try_from(&key[prefix.len()..]) else {
                    continue;
                };
                let from = DocId(from);
                let known = found.iter().any(|link| link.id == from.to_string());
                if from == doc || known {
                    continue;
                }
                if let Some(row) = tx.row::<DocRow>(Space::DocRow, &self.id, &from.0)? {
                    found.push(BacklinkRow {
                        id: from.to_string(),
                        title: shown_title(&row),
                    });
                }
            }
        }
        Ok(found)
    }

    pub(crate) fn note_append(
        &mut self,
        text: &str,
        more: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        check_size(more)?;
        let doc = self.open_note(text, tx)?;
        let old = self.fresh(doc, tx)?.document.text();
        let insert = if old.is_empty() || old.ends_with('\n') {
            more.to_owned()
        } else if old.contains("\r\n") {
            format!("\r\n{more}")
        } else {
            format!("\n{more}")
        };
        let edits = [Edit::Splice {
            at: BytePos(old.len()),
            delete: ByteCount(0),
            insert,
        }];
        let edits = if more.is_empty() { &[][..] } else { &edits[..] };
        self.change(doc, None, edits, WriteNow::Entry, rng, tx)
    }

    pub(crate) fn note_set(
        &mut self,
        text: &str,
        whole: &str,
        base: Option<&str>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        check_size(whole)?;
        let doc = self.open_note(text, tx)?;
        let heads = base
            .map(|version| self.heads_at(doc, version, tx))
            .transpose()?;
        let document = &self.fresh(doc, tx)?.document;
        let old = match &heads {
            Some(heads) => document
                .text_at(heads)
                .map_err(|error| failed(error.to_string(), ""))?,
            None => document.text(),
        };
        let edits = replace_whole(&old, whole);
        self.change(doc, heads, &edits, WriteNow::Entry, rng, tx)
    }

    pub(crate) fn note_type(
        &mut self,
        text: &str,
        splices: &[Splice],
        seen: Option<Seen>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let doc = self.open_note(text, tx)?;
        if let Some(seen) = seen {
            return self.note_type_at(doc, seen, splices, rng, tx);
        }
        let edits: Vec<Edit> = splices
            .iter()
            .map(|splice| Edit::Splice {
                at: BytePos(splice.at),
                delete: ByteCount(splice.delete),
                insert: splice.insert.clone(),
            })
            .collect();
        self.change(doc, None, &edits, WriteNow::Journal, rng, tx)
    }

    pub(crate) fn note_rename(
        &mut self,
        text: &str,
        title: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let doc = self.open_note(text, tx)?;
        let title = checked_title(title)?;
        let row = self.row_of(doc, tx)?;
        if row.titles.len() == 1 && shown_title(&row) == title {
            return self.change(doc, None, &[], WriteNow::Entry, rng, tx);
        }
        let fact = self.next_fact(doc, FactBody::Title { text: title }, rng, tx)?;
        self.change(doc, None, &[Edit::Fact(fact)], WriteNow::Entry, rng, tx)
    }

    pub(crate) fn note_delete(
        &mut self,
        text: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (doc, row) = self.find_note(text, tx)?;
        if row.deleted {
            return self.change(doc, None, &[], WriteNow::Entry, rng, tx);
        }
        let mut seen = self.fresh(doc, tx)?.document.heads();
        if seen.len() > DELETED_SEEN_MAX {
            self.write(doc, None, &[Edit::Gather], WriteNow::Entry, rng, tx)?;
            seen = self.fresh(doc, tx)?.document.heads();
        }
        let fact = self.next_fact(doc, FactBody::Deleted { seen }, rng, tx)?;
        self.change(doc, None, &[Edit::Fact(fact)], WriteNow::Entry, rng, tx)
    }

    pub(crate) fn note_restore(
        &mut self,
        text: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (doc, row) = self.find_deleted(text, tx)?;
        if !row.deleted {
            return self.change(doc, None, &[], WriteNow::Entry, rng, tx);
        }
        let fact = self.next_fact(doc, FactBody::Restored, rng, tx)?;
        self.change(doc, None, &[Edit::Fact(fact)], WriteNow::Entry, rng, tx)
    }

    /// Settles a title of a note that several people gave apart from each other.
    pub(crate) fn settle_title(
        &mut self,
        doc: DocId,
        row: &DocRow,
        choice: &str,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        if row.titles.len() < 2 {
            return Err(refused(
                format!(
                    "{:?} has one title; there is nothing to settle",
                    shown_title(row)
                ),
                "`moot note rename` gives it another.",
            ));
        }
        let choice = checked_title(choice)?;
        if !row.titles.iter().any(|title| title.text == choice) {
            let titles: Vec<String> = row
                .titles
                .iter()
                .map(|title| format!("{:?}", title.text))
                .collect();
            return Err(not_found(
                format!("{choice:?} is none of its titles"),
                format!(
                    "They are {}. `moot note rename` gives it another.",
                    titles.join(" and ")
                ),
            ));
        }
        let fact = self.next_fact(doc, FactBody::Title { text: choice }, rng, tx)?;
        self.change(doc, None, &[Edit::Fact(fact)], WriteNow::Entry, rng, tx)
    }

    /// Writes edits to a note and answers how it stands then; no edits change nothing.
    pub(crate) fn change(
        &mut self,
        doc: DocId,
        base: Option<Vec<ChangeHash>>,
        edits: &[Edit],
        how: WriteNow,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let changed = !edits.is_empty();
        if changed {
            self.write(doc, base, edits, how, rng, tx)?;
        }
        let row = self.row_of(doc, tx)?;
        Ok(Reply::NoteChanged(NoteChanged {
            id: doc.to_string(),
            title: shown_title(&row),
            version: Version(row.version).to_string(),
            changed,
        }))
    }

    /// The note that is meant, deleted or not.
    pub(crate) fn find_note(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<(DocId, DocRow)> {
        self.refresh_all(tx)?;
        note(self, text, tx)
    }

    /// The note that is meant, deleted ones before others of their title.
    fn find_deleted(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<(DocId, DocRow)> {
        self.refresh_all(tx)?;
        note_to_restore(self, text, tx)
    }

    /// The note that is meant, for a change of it.
    fn open_note(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<DocId> {
        let (doc, row) = self.find_note(text, tx)?;
        if row.deleted {
            return Err(refused(
                format!("{:?} was deleted", shown_title(&row)),
                "`moot note restore` brings it back.",
            ));
        }
        Ok(doc)
    }

    /// The heads of a version of a note.
    pub(crate) fn heads_at(
        &mut self,
        doc: DocId,
        version: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<Vec<ChangeHash>> {
        let wanted = version.trim().to_ascii_lowercase();
        let document = &self.fresh(doc, tx)?.document;
        let mut versions: Vec<Version> = document
            .history()
            .into_iter()
            .map(|row| row.version)
            .collect();
        versions.push(document.version());
        versions.sort_unstable();
        versions.dedup();
        let found: Vec<Version> = versions
            .into_iter()
            .filter(|version| version.to_string().starts_with(&wanted))
            .collect();
        let heads = match found.as_slice() {
            [one] if !wanted.is_empty() => document.heads_of_version(*one),
            _ => None,
        };
        heads.ok_or_else(|| {
            not_found(
                format!("this note has no version {version:?}, or several that begin so"),
                "`moot note history` shows its versions.",
            )
        })
    }

    /// Remembers that a version of a note was shown.
    pub(crate) fn mark_read(
        &mut self,
        doc: DocId,
        version: [u8; 32],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let document = &self.fresh(doc, tx)?.document;
        let heads = document.heads();
        let is_shown = document.version().0 == version && heads.len() <= READ_HEADS_MAX;
        let heads = is_shown.then(|| heads.iter().map(|head| ByteArray::from(head.0)).collect());
        let row = ReadRow { version, heads };
        if tx.row::<ReadRow>(Space::Read, &self.id, &doc.0)?.as_ref() != Some(&row) {
            tx.put_row(Space::Read, &self.id, &doc.0, &row);
        }
        Ok(())
    }

    pub(crate) fn new_doc_id(&self, rng: &mut Random) -> DocId {
        let mut id = [0; 16];
        rng.fill_bytes(&mut id);
        DocId(id)
    }

    /// A fact for a document in which nothing has been said.
    pub(crate) fn first_fact(&self, body: FactBody, rng: &mut Random) -> FactDraft {
        let mut nonce = [0; 8];
        rng.fill_bytes(&mut nonce);
        FactDraft {
            after: Vec::new(),
            nonce,
            body,
        }
    }

    /// A fact that follows all that is known in a document.
    pub(crate) fn next_fact(
        &mut self,
        doc: DocId,
        body: FactBody,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<FactDraft> {
        let after = self.fresh(doc, tx)?.document.fact_heads();
        Ok(FactDraft {
            after,
            ..self.first_fact(body, rng)
        })
    }
}

/// A time of the wall clock as it is shown; beyond what a calendar holds, the nearest that it does.
pub(crate) fn timestamp(ms: i64) -> Timestamp {
    let (first, last) = (
        Timestamp::MIN.as_millisecond(),
        Timestamp::MAX.as_millisecond(),
    );
    Timestamp::from_millisecond(ms.clamp(first, last)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The sort of note as facts name it.
pub(crate) fn kind_of(kind: NoteKind) -> moot_notebook::NoteKind {
    match kind {
        NoteKind::Note => moot_notebook::NoteKind::Note,
        NoteKind::Practice => moot_notebook::NoteKind::Practice,
        NoteKind::Experiment => moot_notebook::NoteKind::Experiment,
    }
}

fn kind_from(number: u8) -> NoteKind {
    match moot_notebook::NoteKind::from_number(u32::from(number)) {
        Some(moot_notebook::NoteKind::Practice) => NoteKind::Practice,
        Some(moot_notebook::NoteKind::Experiment) => NoteKind::Experiment,
        Some(moot_notebook::NoteKind::Note) | None => NoteKind::Note,
    }
}

/// A title as it may be written, or what is wrong with it.
pub(crate) fn checked_title(title: &str) -> Outcome<String> {
    let title = title.trim().to_owned();
    FactBody::Title {
        text: title.clone(),
    }
    .check()
    .map_err(|why| {
        usage(
            format!("this cannot be a title: {why}"),
            "A title is one line of text.",
        )
    })?;
    Ok(title)
}

pub(crate) fn check_size(text: &str) -> Outcome<()> {
    check_length(text.len())
}

pub(crate) fn check_length(bytes: usize) -> Outcome<()> {
    if bytes > NOTE_BYTES_MAX {
        return Err(refused(
            format!(
                "{bytes} bytes are too much for one note; at most {NOTE_BYTES_MAX} are possible"
            ),
            "Make several notes of it.",
        ));
    }
    Ok(())
}

pub(crate) fn is_unread(read: Option<&ReadRow>, row: &DocRow) -> bool {
    read.is_none_or(|read| read.version != row.version)
}
