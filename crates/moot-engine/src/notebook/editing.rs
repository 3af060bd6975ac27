//! Notes that editors have open: what was done to their text, numbered, so that a screen can follow it and type on meanwhile.
//!
//! Owns the numbers and the changes of late. An editor says which number its changes are meant for; they are carried over what
//! has come since (operational transformation, with this engine as the only one who decides the order). Between devices the
//! document merges, not this. Nothing of it is stored.

use std::collections::{BTreeMap, VecDeque};

use moot_group::{Live, Presence};
use moot_log::storage::Space;
use moot_notebook::{
    ByteCount, BytePos, ChangeHash, DocId, Edit, Splice, Version, gather, rebase, replace_whole,
};

use super::{Notebook, Random, WriteNow};
use crate::command::Seen;
use crate::commands::notes::check_length;
use crate::commands::select::shown_title;
use crate::fault::{Outcome, not_found, refused};
use crate::limits::{
    EDITOR_SILENCE_MS, OPEN_TEXTS_MAX, PATCH_BYTES_KEPT, PATCHES_KEPT, UNREAD_MAX,
};
use crate::reply::{Event, Named, NoteOpened, Reply};
use crate::rows::ReadRow;
use crate::tx::Tx;

/// The texts that are open, by note.
#[derive(Debug, Default)]
pub(crate) struct OpenTexts(BTreeMap<DocId, OpenText>);

/// A text as its editors were told that it is.
#[derive(Debug)]
struct OpenText {
    text: String,
    heads: Vec<ChangeHash>,
    revision: u64,
    /// What led to the last revisions, the newest last.
    late: VecDeque<Vec<Splice>>,
    late_bytes: usize,
    /// When each editor was last heard of, on the steady clock.
    editors: BTreeMap<u64, u64>,
}

/// Where an editor says that its person is.
pub(crate) struct Whereabouts<'a> {
    pub(crate) editor: u64,
    pub(crate) note: Option<&'a str>,
    pub(crate) caret: Option<u64>,
    pub(crate) revision: u64,
}

impl OpenText {
    /// Takes in what leads to the next revision.
    fn note(&mut self, splices: &[Splice], heads: Vec<ChangeHash>) {
        for splice in splices {
            self.text
                .replace_range(splice.at..splice.at + splice.delete, &splice.insert);
        }
        self.heads = heads;
        self.revision += 1;
        self.late_bytes += bytes_of(splices);
        self.late.push_back(splices.to_vec());
        while self.late.len() > PATCHES_KEPT || self.late_bytes > PATCH_BYTES_KEPT {
            let oldest = self.late.pop_front();
            self.late_bytes -= oldest.as_deref().map_or(0, bytes_of);
        }
    }

    /// What has come since a revision; none where that is too long ago, or never was.
    fn since(&self, revision: u64) -> Option<impl Iterator<Item = &Vec<Splice>>> {
        let missed = usize::try_from(self.revision.checked_sub(revision)?).ok()?;
        let first = self.late.len().checked_sub(missed)?;
        Some(self.late.iter().skip(first))
    }

    fn forget_silent(&mut self, now_ms: u64) {
        self.editors
            .retain(|_, heard| now_ms < heard.saturating_add(EDITOR_SILENCE_MS));
    }
}

fn bytes_of(splices: &[Splice]) -> usize {
    splices.iter().map(|splice| 32 + splice.insert.len()).sum()
}

fn edits_of(splices: &[Splice]) -> Vec<Edit> {
    let edit = |splice: &Splice| Edit::Splice {
        at: BytePos(splice.at),
        delete: ByteCount(splice.delete),
        insert: splice.insert.clone(),
    };
    splices.iter().map(edit).collect()
}

fn splices_of(edits: Vec<Edit>) -> Vec<Splice> {
    let splice = |edit| match edit {
        Edit::Splice { at, delete, insert } => Some(Splice {
            at: at.0,
            delete: delete.0,
            insert,
        }),
        _ => None,
    };
    edits.into_iter().filter_map(splice).collect()
}

impl Notebook {
    /// Opens a note for an editor, who is told of every change to it from then on.
    pub(crate) fn note_open(&mut self, text: &str, editor: u64, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (doc, row) = self.find_note(text, tx)?;
        let unread = self.unread_in(doc, tx)?;
        self.mark_read(doc, row.version, tx)?;
        self.tell_open(doc, tx)?;
        let now = tx.now.steady_ms;
        if !self.open_texts.0.contains_key(&doc) {
            self.make_room(now)?;
            let document = &self.fresh(doc, tx)?.document;
            let opened = OpenText {
                text: document.text(),
                heads: document.heads(),
                revision: 0,
                late: VecDeque::new(),
                late_bytes: 0,
                editors: BTreeMap::new(),
            };
            self.open_texts.0.insert(doc, opened);
        }
        let open = self.open_texts.0.get_mut(&doc).ok_or_else(must_reopen)?;
        open.editors.insert(editor, now);
        Ok(Reply::NoteOpened(NoteOpened {
            id: doc.to_string(),
            title: shown_title(&row),
            text: open.text.clone(),
            revision: open.revision,
            unread,
            deleted: row.deleted,
        }))
    }

    /// What was changed in a text since it was last read here.
    fn unread_in(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<Vec<(usize, usize)>> {
        let read: Option<ReadRow> = tx.row(Space::Read, &self.id, &doc.0)?;
        let document = &self.fresh(doc, tx)?.document;
        let heads = read.and_then(|read| match read.heads {
            Some(heads) => Some(heads.iter().map(|head| ChangeHash(**head)).collect()),
            None => document.heads_of_version(Version(read.version)),
        });
        let edits = heads.and_then(|heads: Vec<ChangeHash>| document.splices_since(&heads).ok());
        let splices = gather(&splices_of(edits.unwrap_or_default()));
        // In rising order, so that none moves those before it.
        let stretch = |splice: &Splice| (splice.at, splice.at + splice.insert.len());
        Ok(splices.iter().map(stretch).take(UNREAD_MAX).collect())
    }

    fn make_room(&mut self, now_ms: u64) -> Outcome<()> {
        let texts = &mut self.open_texts.0;
        for open in texts.values_mut() {
            open.forget_silent(now_ms);
        }
        texts.retain(|_, open| !open.editors.is_empty());
        if texts.len() < OPEN_TEXTS_MAX {
            return Ok(());
        }
        Err(refused(
            format!("{OPEN_TEXTS_MAX} notes are open already"),
            "Close one of them first.",
        ))
    }

    /// An editor has left a note: what was typed becomes an entry now.
    pub(crate) fn note_close(
        &mut self,
        text: &str,
        editor: u64,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (doc, _) = self.find_note(text, tx)?;
        if let Some(open) = self.open_texts.0.get_mut(&doc) {
            open.editors.remove(&editor);
            if open.editors.is_empty() {
                self.open_texts.0.remove(&doc);
            }
        }
        if self.may_write().is_ok() {
            self.seal_journal(doc, rng, tx)?;
        }
        Ok(Reply::Done)
    }

    /// Makes changes that an editor meant for a revision of the text.
    pub(crate) fn note_type_at(
        &mut self,
        doc: DocId,
        Seen { editor, revision }: Seen,
        splices: &[Splice],
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let inserted: usize = splices.iter().map(|splice| splice.insert.len()).sum();
        self.tell_open(doc, tx)?;
        let now = tx.now.steady_ms;
        let open = self.open_texts.0.get_mut(&doc).ok_or_else(must_reopen)?;
        open.editors.insert(editor, now);
        let since = open.since(revision).ok_or_else(must_reopen)?;
        // One by one, as the editor carries them: what is put into what one takes away and another puts back lands alike.
        let carried = since.fold(gather(splices), |carried, late| rebase(&carried, late).0);
        check_length(open.text.len().saturating_add(inserted))?;
        if !fits(&open.text, &carried) {
            return Err(must_reopen());
        }
        let reply = self.change(doc, None, &edits_of(&carried), WriteNow::Journal, rng, tx)?;
        self.tell_patch(doc, carried, Some(editor), tx)?;
        Ok(reply)
    }

    /// Tells editors what has happened to the texts that they have open.
    pub(crate) fn tell_all_open(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let docs: Vec<DocId> = self.open_texts.0.keys().copied().collect();
        for doc in docs {
            self.tell_open(doc, tx)?;
        }
        Ok(())
    }

    fn tell_open(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<()> {
        let Some(known) = self.open_texts.0.get(&doc).map(|open| open.heads.clone()) else {
            return Ok(());
        };
        let document = &self.fresh(doc, tx)?.document;
        let heads = document.heads();
        if known == heads {
            return Ok(());
        }
        let exact = document.splices_since(&known).map_err(|_| document.text());
        let Some(open) = self.open_texts.0.get_mut(&doc) else {
            return Ok(());
        };
        // Where what was shown is no version of the document any more, what differs is told as well as it can be.
        let edits = exact.unwrap_or_else(|now| replace_whole(&open.text, &now));
        let splices = gather(&splices_of(edits));
        if splices.is_empty() {
            open.heads = heads;
            return Ok(());
        }
        self.tell_patch(doc, splices, None, tx)
    }

    fn tell_patch(
        &mut self,
        doc: DocId,
        splices: Vec<Splice>,
        editor: Option<u64>,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        // Put back below; where the document cannot be read, nothing that is open counts any more.
        let Some(mut open) = self.open_texts.0.remove(&doc) else {
            return Ok(());
        };
        let document = &self.fresh(doc, tx)?.document;
        open.note(&splices, document.heads());
        debug_assert!(
            document.reads(&open.text),
            "an open text is not what the note says"
        );
        tx.event(Event::NotePatched {
            notebook: self.id.to_string(),
            id: doc.to_string(),
            revision: open.revision,
            splices,
            editor,
        });
        self.open_texts.0.insert(doc, open);
        Ok(())
    }

    // Who is where.

    /// Tells those who are here where this person is, and keeps the editor's note open.
    pub(crate) fn say_where(
        &mut self,
        whereabouts: &Whereabouts<'_>,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let doc = whereabouts.note.map(|note| self.find_note(note, tx));
        let doc = doc.transpose()?.map(|(doc, _)| doc);
        let mut caret = None;
        if let Some(doc) = doc {
            self.tell_open(doc, tx)?;
            let now = tx.now.steady_ms;
            let at = self.open_texts.0.get_mut(&doc).and_then(|open| {
                open.editors.insert(whereabouts.editor, now);
                caret_now(open, whereabouts)
            });
            if let Some(at) = at {
                caret = self.fresh(doc, tx)?.document.caret(BytePos(at));
            }
        }
        let presence = Live::Presence(Presence {
            doc_id: doc.map(|doc| doc.0),
            caret,
        });
        if let Some(log) = self.log {
            self.send_live_frame(log, &presence, rng);
        }
        Ok(Reply::Done)
    }

    /// Somebody tells where they are.
    pub(super) fn tell_presence(
        &mut self,
        device: moot_log::DevicePk,
        presence: Presence,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(person) = self.roster.person_of(&device) else {
            return Ok(());
        };
        let doc = presence.doc_id.map(DocId);
        let (mut caret, mut revision) = (None, 0);
        if let Some(doc) = doc.filter(|doc| self.open_texts.0.contains_key(doc)) {
            self.tell_open(doc, tx)?;
            let document = &self.fresh(doc, tx)?.document;
            caret = presence
                .caret
                .and_then(|caret| document.place_of_caret(&caret))
                .map(|at| at.0 as u64);
            revision = self.open_texts.0.get(&doc).map_or(0, |open| open.revision);
        }
        tx.event(Event::Present {
            notebook: self.id.to_string(),
            person: Named {
                id: person.0.to_string(),
                name: self.person_name(&person),
            },
            device: device.to_string(),
            note: doc.map(|doc| doc.to_string()),
            caret,
            revision,
        });
        Ok(())
    }
}

/// Where a caret is now that an editor saw at its revision.
fn caret_now(open: &OpenText, whereabouts: &Whereabouts<'_>) -> Option<usize> {
    let since = open.since(whereabouts.revision)?;
    // An empty change at the caret is carried as the caret is.
    let seen = usize::try_from(whereabouts.caret?).ok()?;
    let at = since.flatten().fold(seen, |at, splice| {
        if at < splice.at {
            at
        } else if at <= splice.at + splice.delete {
            splice.at
        } else {
            at - splice.delete + splice.insert.len()
        }
    });
    open.text.is_char_boundary(at).then_some(at)
}

/// Whether splices stay within a text and its characters.
fn fits(text: &str, splices: &[Splice]) -> bool {
    // In rising order, so that what lies behind the last place is still as it was.
    let (mut gone, mut come) = (0usize, 0usize);
    splices.iter().all(|splice| {
        let from = (splice.at + gone).checked_sub(come);
        let to = from.and_then(|from| from.checked_add(splice.delete));
        let fits = from
            .zip(to)
            .is_some_and(|(from, to)| text.is_char_boundary(from) && text.is_char_boundary(to));
        gone += splice.delete.min(text.len());
        come += splice.insert.len();
        fits
    })
}

fn must_reopen() -> crate::fault::Fault {
    not_found(
        "this note is not open as it was",
        "Open it again; what is not saved yet is to be carried over.",
    )
}
