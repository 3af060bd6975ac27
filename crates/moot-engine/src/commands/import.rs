//! Taking in Markdown files, again and again.
//!
//! Owns how a file becomes a note and how a changed file changes it: as an edit of the version that the file was last, so
//! that what the group wrote meanwhile stays.

use std::collections::BTreeSet;

use moot_log::storage::Space;
use moot_notebook::{
    ByteCount, BytePos, ChangeHash, DocId, Document, Edit, FactBody, FactEntry, replace_whole,
};

use crate::command::{ImportFile, NoteKind};
use crate::commands::notes::{check_size, kind_of};
use crate::fault::{Fault, Outcome};
use crate::notebook::{Notebook, Random, WriteNow};
use crate::reply::{Imported, Reply, Skipped};
use crate::rows::{DocRow, ImportRow, LINK_PATH, prefixed};
use crate::tx::Tx;

/// What an import would do with a file.
enum Plan {
    New,
    Update(DocId, ImportRow),
    Skip(&'static str),
}

/// Whether an import only tells what it would do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum ImportMode {
    Write,
    DryRun,
}

impl Notebook {
    pub(crate) fn import(
        &mut self,
        files: &[ImportFile],
        mode: ImportMode,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        // What holds for every file is no reason to leave one of them alone.
        self.may_write()?;
        self.refresh_all(tx)?;
        let mut done = Imported::default();
        for file in files {
            let skip = |reason: String| Skipped {
                path: file.path.clone(),
                reason,
            };
            if let Err(Fault::Command(error)) = check_size(&file.text) {
                done.skipped.push(skip(error.message));
                continue;
            }
            match self.plan(file, tx)? {
                Plan::Skip(reason) => done.skipped.push(skip(reason.to_owned())),
                Plan::New => match self.import_new(file, mode, rng, tx) {
                    Err(Fault::Command(error)) => done.skipped.push(skip(error.message)),
                    other => {
                        other?;
                        done.imported += 1;
                    }
                },
                Plan::Update(doc, last) => {
                    match self.import_again(doc, &last, file, mode, rng, tx) {
                        Err(Fault::Command(error)) => done.skipped.push(skip(error.message)),
                        other => {
                            other?;
                            done.updated += 1;
                        }
                    }
                }
            }
        }
        Ok(Reply::Imported(done))
    }

    fn plan(&self, file: &ImportFile, tx: &Tx<'_>) -> Outcome<Plan> {
        if imported(file).check().is_err() {
            return Ok(Plan::Skip(
                "its path is too long, or has characters that no path should have",
            ));
        }
        let prefix = prefixed(LINK_PATH, &[file.path.as_bytes(), &[0]].concat());
        for (key, _) in tx.scan(Space::Link, &self.id, &prefix)? {
            let Ok(doc) = <[u8; 16]>::try_from(&key[prefix.len()..]) else {
                continue;
            };
            let row: Option<DocRow> = tx.row(Space::DocRow, &self.id, &doc)?;
            let Some((deleted, Some(last))) = row.map(|row| (row.deleted, row.import)) else {
                continue;
            };
            if last.path != file.path {
                continue;
            }
            return Ok(if last.digest == digest_of(&file.text) {
                Plan::Skip("unchanged since it was last imported")
            } else if deleted {
                Plan::Skip("its note was deleted; `moot note restore` brings it back")
            } else {
                Plan::Update(DocId(doc), last)
            });
        }
        Ok(Plan::New)
    }

    fn import_new(
        &mut self,
        file: &ImportFile,
        mode: ImportMode,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        if mode == ImportMode::DryRun {
            return Ok(());
        }
        let doc = self.new_doc_id(rng);
        let mut edits = vec![
            Edit::Fact(self.first_fact(
                FactBody::NoteCreated {
                    kind: kind_of(NoteKind::Note),
                },
                rng,
            )),
            Edit::Fact(self.first_fact(
                FactBody::Title {
                    text: title_of(file),
                },
                rng,
            )),
        ];
        if !file.text.is_empty() {
            edits.push(Edit::Splice {
                at: BytePos(0),
                delete: ByteCount(0),
                insert: file.text.clone(),
            });
        }
        // Last, so that the version right after this fact is the whole file.
        edits.push(Edit::Fact(self.first_fact(imported(file), rng)));
        self.write(doc, None, &edits, WriteNow::Entry, rng, tx)
    }

    fn import_again(
        &mut self,
        doc: DocId,
        last: &ImportRow,
        file: &ImportFile,
        mode: ImportMode,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        if mode == ImportMode::DryRun {
            return Ok(());
        }
        let document = &self.fresh(doc, tx)?.document;
        let base = document.heads_of_version(moot_notebook::Version(last.version));
        let then = base.and_then(|heads| Some((document.text_at(&heads).ok()?, heads)));
        let (base, old, mut edits) = match then {
            Some((old, heads)) if digest_of(&old) == last.digest => {
                let edits = replace_whole(&old, &file.text);
                (Some(heads), old, edits)
            }
            // What people had written before the last import stands in that version beside what the file said.
            _ => {
                let held = FilePart::of(document, &file.path);
                let edits = held.replaced_by(&file.text);
                (None, held.text, edits)
            }
        };
        let row = self.row_of(doc, tx)?;
        let (was, is) = (heading(&old), heading(&file.text));
        let titled_so = |title: &str| row.titles.len() == 1 && row.titles[0].text == title;
        if let (Some(was), Some(is)) = (was, is)
            && was != is
            && titled_so(&was)
        {
            edits.push(Edit::Fact(self.next_fact(
                doc,
                FactBody::Title { text: is },
                rng,
                tx,
            )?));
        }
        edits.push(Edit::Fact(self.next_fact(doc, imported(file), rng, tx)?));
        self.write(doc, base, &edits, WriteNow::Entry, rng, tx)
    }
}

/// What of a note's text came out of a file, and where in the note it stands.
#[derive(Debug, Default)]
struct FilePart {
    text: String,
    /// Pieces in order: where in `text`, where in the note, how many bytes.
    pieces: Vec<(usize, usize, usize)>,
}

impl FilePart {
    /// What the imports of a path brought and nobody has taken out.
    fn of(document: &Document, path: &str) -> Self {
        let is_import = |entry: &&FactEntry| {
            let body = entry.fact.as_ref().map(|fact| &fact.body);
            matches!(body, Some(FactBody::Imported { path: from, .. }) if from == path)
        };
        let imports: BTreeSet<ChangeHash> = document
            .facts()
            .values()
            .filter(is_import)
            .flat_map(|entry| entry.inserted.iter().map(|by| by.change))
            .collect();
        let mut part = Self::default();
        let mut at = 0;
        for span in document.blame() {
            let len = span.text.len();
            if imports.contains(&span.change) {
                part.pieces.push((part.text.len(), at, len));
                part.text.push_str(&span.text);
            }
            at += len;
        }
        part
    }

    /// Edits of the whole note that make this part what the file is now; what stands in between stays. Last place first.
    fn replaced_by(&self, new: &str) -> Vec<Edit> {
        let mut edits = Vec::new();
        for edit in replace_whole(&self.text, new) {
            let Edit::Splice { at, delete, insert } = edit else {
                continue;
            };
            for (from, to) in self.in_note(at.0, at.0 + delete.0).into_iter().rev() {
                edits.push(splice(from, to - from, String::new()));
            }
            edits.push(splice(self.after(at.0), 0, insert));
        }
        edits
    }

    /// The stretches of the note that a stretch of this part stands in, in order.
    fn in_note(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        self.pieces
            .iter()
            .map(|(here, there, len)| (from.max(*here), to.min(here + len), there, here))
            .filter(|(from, to, _, _)| from < to)
            .map(|(from, to, there, here)| (there + from - here, there + to - here))
            .collect()
    }

    /// The place in the note right after so many bytes of this part.
    fn after(&self, at: usize) -> usize {
        let holder = self
            .pieces
            .iter()
            .rev()
            .find(|(here, _, _)| *here < at)
            .map(|(here, there, _)| there + at - here);
        let first = self.pieces.first().map(|(_, there, _)| *there);
        holder.or(first).unwrap_or(0)
    }
}

fn splice(at: usize, delete: usize, insert: String) -> Edit {
    Edit::Splice {
        at: BytePos(at),
        delete: ByteCount(delete),
        insert,
    }
}

fn imported(file: &ImportFile) -> FactBody {
    FactBody::Imported {
        path: file.path.clone(),
        digest: digest_of(&file.text),
    }
}

/// BLAKE3 of a file's bytes.
fn digest_of(text: &str) -> [u8; 32] {
    *blake3::hash(text.as_bytes()).as_bytes()
}

/// The note's title: its first heading, else the file's name.
fn title_of(file: &ImportFile) -> String {
    heading(&file.text).unwrap_or_else(|| {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        name.rsplit_once('.')
            .map_or(name, |(stem, _)| stem)
            .to_owned()
    })
}

/// The first heading of the first level, if it can be a title.
fn heading(text: &str) -> Option<String> {
    let line = text
        .trim_start_matches('\u{feff}')
        .lines()
        .find(|line| line.starts_with("# "))?;
    let title = line[2..].trim().trim_end_matches('#').trim().to_owned();
    let fits = FactBody::Title {
        text: title.clone(),
    }
    .check()
    .is_ok();
    (fits && !title.is_empty()).then_some(title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> ImportFile {
        ImportFile {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_title_is_the_first_heading_or_the_files_name() {
        let check =
            |path: &str, text: &str, title: &str| assert_eq!(title_of(&file(path, text)), title);
        check("a/b.md", "# Hello #\r\n\r\nbody", "Hello");
        check("a/b.md", "text\n# Later", "Later");
        check(
            "a/2024-03-27.md",
            "no heading\n## second level",
            "2024-03-27",
        );
        check("b", "", "b");
        check("b.md", "\u{feff}# 日本語 ✨", "日本語 ✨");
    }
}
