//! Reading more of a note than its text: history, authors line by line, search, export.
//!
//! Owns the words in which changes and facts are told. Changes nothing.

use std::collections::BTreeMap;

use moot_log::storage::Space;
use moot_notebook::{ActorId, DocId, FactBody, FactEntry, HistoryRow as Change, LinkKind};

use crate::commands::doings::summary;
use crate::commands::notes::timestamp;
use crate::fault::Outcome;
use crate::notebook::Notebook;
use crate::reply::{BlameRow, Exported, ExportedFact, HistoryRow, HitRow, Reply};
use crate::rows::DocRow;
use crate::tx::Tx;

impl Notebook {
    pub(crate) fn note_history(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (doc, _) = self.find_note(text, tx)?;
        Ok(Reply::History(self.history(doc, tx)?))
    }

    fn history(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<Vec<HistoryRow>> {
        let (changes, facts) = {
            let document = &self.fresh(doc, tx)?.document;
            (document.history(), document.facts().clone())
        };
        let mut rows: Vec<HistoryRow> = in_acts(changes)
            .iter()
            .map(|change| HistoryRow {
                at: timestamp(change.at_ms),
                by: self.name_of_actor(&change.actor),
                summary: summary(change, &facts, &|person| self.name_of_person(person)),
                version: change.version.to_string(),
            })
            .collect();
        rows.reverse();
        Ok(rows)
    }

    pub(crate) fn note_blame(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (doc, _) = self.find_note(text, tx)?;
        let spans = self.fresh(doc, tx)?.document.blame();
        let mut names: BTreeMap<ActorId, String> = BTreeMap::new();
        let mut rows: Vec<BlameRow> = Vec::new();
        for span in spans {
            let by = names
                .entry(span.actor)
                .or_insert_with(|| self.name_of_actor(&span.actor))
                .clone();
            let at = timestamp(span.at_ms);
            match rows.last_mut() {
                Some(last) if last.by == by && last.at == at => last.text.push_str(&span.text),
                _ => rows.push(BlameRow {
                    by,
                    at,
                    text: span.text,
                }),
            }
        }
        Ok(Reply::Blame(rows))
    }

    pub(crate) fn search(&mut self, query: &str, limit: u32, tx: &mut Tx<'_>) -> Outcome<Reply> {
        self.refresh_all(tx)?;
        let hits = tx.search(&self.id, query, limit as usize)?;
        let mut rows = Vec::new();
        for hit in hits {
            let row: Option<DocRow> = tx.row(Space::DocRow, &self.id, &hit.doc)?;
            let is_meeting = row.is_some_and(|row| row.what == DocRow::MEETING);
            rows.push(HitRow {
                id: DocId(hit.doc).to_string(),
                kind: if is_meeting { "meeting" } else { "note" }.to_owned(),
                title: hit.title,
                snippet: hit.snippet,
                score: hit.score,
            });
        }
        Ok(Reply::Found(rows))
    }

    pub(crate) fn export(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (doc, row) = self.find_note(text, tx)?;
        let note = self.note_view(doc, &row, tx)?;
        let history = self.history(doc, tx)?;
        let facts = self.exported_facts(doc, tx)?;
        let path = row.import.map(|import| import.path);
        Ok(Reply::Exported(Box::new(Exported {
            note,
            path,
            facts,
            history,
        })))
    }

    fn exported_facts(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<Vec<ExportedFact>> {
        let facts = self.fresh(doc, tx)?.document.facts().clone();
        let mut told: Vec<(i64, ExportedFact)> =
            facts.values().map(|entry| self.tell(entry)).collect();
        told.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
        Ok(told.into_iter().map(|(_, fact)| fact).collect())
    }

    fn tell(&self, entry: &FactEntry) -> (i64, ExportedFact) {
        let at_ms = entry.fact.as_ref().map_or(0, |fact| fact.at_ms);
        let by = entry
            .inserted
            .first()
            .map_or_else(String::new, |by| self.name_of_actor(&by.actor));
        let (kind, says) = entry
            .fact
            .as_ref()
            .map_or(("unreadable", Vec::new()), |fact| words(&fact.body));
        let ignored = entry
            .fact
            .is_none()
            .then(|| "it is not well formed".to_owned());
        let says = says
            .into_iter()
            .map(|(field, value)| (field.to_owned(), value))
            .collect();
        let fact = ExportedFact {
            id: entry.id.to_string(),
            kind: kind.to_owned(),
            by,
            at: timestamp(at_ms),
            says,
            ignored,
        };
        (at_ms, fact)
    }

    /// What a document's row says.
    pub(crate) fn row_of(&mut self, doc: DocId, tx: &mut Tx<'_>) -> Outcome<DocRow> {
        self.refresh(doc, tx)
    }
}

/// The same, with what was typed or pasted in one act made one row: a long paste is many changes, made by one author at one
/// moment. What states facts stands by itself.
pub(crate) fn in_acts(changes: Vec<Change>) -> Vec<Change> {
    let mut acts: Vec<Change> = Vec::new();
    for change in changes {
        match acts.last_mut() {
            Some(last)
                if (last.actor, last.at_ms) == (change.actor, change.at_ms)
                    && last.facts.is_empty()
                    && change.facts.is_empty() =>
            {
                last.inserted_chars += change.inserted_chars;
                last.deleted_chars += change.deleted_chars;
                last.change = change.change;
                last.version = change.version;
            }
            _ => acts.push(change),
        }
    }
    acts
}

/// A fact's kind and fields in words.
fn words(body: &FactBody) -> (&'static str, Vec<(&'static str, String)>) {
    match body {
        FactBody::NoteCreated { kind } => (
            "note created",
            vec![("kind", format!("{kind:?}").to_lowercase())],
        ),
        FactBody::Title { text } => ("title", vec![("text", text.clone())]),
        FactBody::Deleted { seen } => {
            let seen: Vec<String> = seen.iter().map(ToString::to_string).collect();
            ("deleted", vec![("seen", seen.join(" "))])
        }
        FactBody::Restored => ("restored", Vec::new()),
        FactBody::Imported { path, digest } => {
            let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
            ("imported", vec![("path", path.clone()), ("digest", digest)])
        }
        FactBody::Tag { text } => ("tag", vec![("text", text.clone())]),
        FactBody::Link { kind, to } => {
            let kind = match kind {
                LinkKind::SeeAlso => "see also",
                LinkKind::RespondsTo => "responds to",
                LinkKind::ExampleOf => "example of",
            };
            (
                "link",
                vec![("kind", kind.to_owned()), ("to", to.to_string())],
            )
        }
        FactBody::Source { citation, url } => {
            let mut says = vec![("citation", citation.clone())];
            says.extend(url.iter().map(|url| ("url", url.clone())));
            ("source", says)
        }
        FactBody::Retract { of } => ("retracted", vec![("of", of.to_string())]),
        FactBody::NotebookName { text } => ("notebook name", vec![("text", text.clone())]),
        FactBody::Purpose { text } => ("purpose", vec![("text", text.clone())]),
        FactBody::ProfileName { text } => ("name", vec![("text", text.clone())]),
        FactBody::Meeting(fact) => (fact.name(), fact.says()),
        FactBody::Role(fact) => (fact.name(), fact.says()),
        FactBody::Rota(fact) => (fact.name(), fact.says()),
        FactBody::Newer { tag } => ("newer", vec![("tag", tag.to_string())]),
    }
}
