//! What a note is, by its facts. Owns the merge rules of notes; the text itself is the document's.

use std::collections::{BTreeMap, BTreeSet};

use super::order::followed_by;
use super::slot::{Candidates, Slot, SlotValue};
use super::{Ignored, IgnoredWhy, NewerFact, persons};
use crate::attribution::Attribution;
use crate::fact::{Fact, FactBody, FactEntry, Facts, LinkKind, NoteKind};
use crate::id::{ActorId, ByteCount, DocId, FactId, PersonId};

/// What the state of a note needs to know of its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BodyInfo {
    /// BLAKE3 of the text.
    pub digest: [u8; 32],
    /// Its length.
    pub length: ByteCount,
    /// Who put text in or took text out, and what their clock said the last time.
    pub writers: BTreeMap<ActorId, i64>,
    /// The deletions whose author had not seen all edits of the text that are known now.
    pub overtaken: BTreeSet<FactId>,
}

/// Whether a note is among the others or put away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Among the others.
    Open,
    /// Somebody deleted it, and somebody edited it who did not know: the edit wins, and the deletion is shown.
    Reopened,
    /// Deleted.
    Deleted,
}

/// When and by whom a note was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// What the author's clock said.
    pub at_ms: i64,
    /// Who began it.
    pub by: BTreeSet<PersonId>,
}

/// Where a note's text was imported from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// The fact that says so.
    pub fact: FactId,
    /// Path of the file.
    pub path: String,
    /// BLAKE3 of the file's bytes.
    pub digest: [u8; 32],
}

/// A word that a note is filed under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tag {
    /// The fact that says so.
    pub fact: FactId,
    /// Who said it.
    pub by: BTreeSet<PersonId>,
    /// The word.
    pub text: String,
}

/// A reference to another document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The fact that says so.
    pub fact: FactId,
    /// Who said it.
    pub by: BTreeSet<PersonId>,
    /// In which way.
    pub kind: LinkKind,
    /// To which.
    pub to: DocId,
}

/// A source that a note cites.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The fact that says so.
    pub fact: FactId,
    /// Who said it.
    pub by: BTreeSet<PersonId>,
    /// The citation.
    pub citation: String,
    /// Its address.
    pub url: Option<String>,
}

/// Everything that is true of a note but its text. Lists are ordered by fact id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteState {
    /// Its title: several while people named it apart from each other.
    pub title: Slot<String>,
    /// What kind of note it is.
    pub kind: Slot<NoteKind>,
    /// Open, reopened or deleted.
    pub standing: Standing,
    /// Who began it and when; of several beginnings the one with the smallest id.
    pub created: Option<Created>,
    /// The latest moment that any clock gave to a fact or an edit here; 0 where there is none.
    pub updated_ms: i64,
    /// Who wrote in its text.
    pub writers: BTreeSet<PersonId>,
    /// The files it was imported from, the latest import of each path: several while they are concurrent.
    pub imports: Vec<Imported>,
    /// What it is filed under.
    pub tags: Vec<Tag>,
    /// What it refers to.
    pub links: Vec<Link>,
    /// What it cites.
    pub sources: Vec<Source>,
    /// BLAKE3 of the text.
    pub body_digest: [u8; 32],
    /// Facts that do not count.
    pub ignored: Vec<Ignored>,
    /// Facts that a newer program wrote.
    pub newer: Vec<NewerFact>,
}

/// Works out what is true of a note. Total: any facts give a state.
///
/// Nothing in a note lapses yet, so `as_of_ms` changes nothing; it is part of every state function.
#[must_use]
pub fn note_state(
    facts: &Facts,
    body: &BodyInfo,
    attribution: &dyn Attribution,
    _as_of_ms: i64,
) -> NoteState {
    let mut gathered = Gathered::default();
    for entry in facts.values() {
        gathered.take(entry, attribution);
    }
    gathered.finish(facts, body, attribution)
}

/// The facts of a note, sorted by what they are about.
#[derive(Default)]
struct Gathered {
    titles: Candidates<String>,
    kinds: Candidates<NoteKind>,
    imports: BTreeMap<String, Candidates<Imported>>,
    deletions: BTreeSet<FactId>,
    restorals: BTreeSet<FactId>,
    retracted: BTreeSet<FactId>,
    tags: Vec<Tag>,
    links: Vec<Link>,
    sources: Vec<Source>,
    ignored: Vec<Ignored>,
    newer: Vec<NewerFact>,
    updated_ms: Option<i64>,
}

impl Gathered {
    fn take(&mut self, entry: &FactEntry, attribution: &dyn Attribution) {
        let by = persons(entry, attribution);
        let Some(fact) = &entry.fact else {
            self.ignored.push(Ignored {
                fact: entry.id,
                by,
                why: IgnoredWhy::Malformed,
            });
            return;
        };
        self.updated_ms = self.updated_ms.max(Some(fact.at_ms));
        self.sort(entry.id, fact, by);
    }

    fn sort(&mut self, id: FactId, fact: &Fact, by: BTreeSet<PersonId>) {
        match fact.body.clone() {
            FactBody::Title { text } => drop(self.titles.insert(id, said(id, fact, by, text))),
            FactBody::NoteCreated { kind } => drop(self.kinds.insert(id, said(id, fact, by, kind))),
            FactBody::Imported { path, digest } => {
                let same_path = self.imports.entry(path.clone()).or_default();
                let import = Imported {
                    fact: id,
                    path,
                    digest,
                };
                same_path.insert(id, said(id, fact, by, import));
            }
            FactBody::Deleted { .. } => drop(self.deletions.insert(id)),
            FactBody::Restored => drop(self.restorals.insert(id)),
            FactBody::Retract { of } => drop(self.retracted.insert(of)),
            FactBody::Tag { text } => self.tags.push(Tag { fact: id, by, text }),
            FactBody::Link { kind, to } => self.links.push(Link {
                fact: id,
                by,
                kind,
                to,
            }),
            FactBody::Source { citation, url } => {
                self.sources.push(Source {
                    fact: id,
                    by,
                    citation,
                    url,
                });
            }
            FactBody::Newer { tag } => self.newer.push(NewerFact { fact: id, tag }),
            FactBody::NotebookName { .. }
            | FactBody::Purpose { .. }
            | FactBody::ProfileName { .. }
            | FactBody::Meeting(_)
            | FactBody::Role(_)
            | FactBody::Rota(_) => {
                let why = IgnoredWhy::OutOfPlace;
                self.ignored.push(Ignored { fact: id, by, why });
            }
        }
    }

    fn finish(self, facts: &Facts, body: &BodyInfo, attribution: &dyn Attribution) -> NoteState {
        let kept = |id: &FactId| !self.retracted.contains(id);
        let created = self.kinds.values().next().map(|first| Created {
            at_ms: first.at_ms,
            by: first.by.clone(),
        });
        let edited_ms = body.writers.values().max().copied();
        let mut imports: Vec<Imported> = self
            .imports
            .into_values()
            .flat_map(|candidates| Slot::fill(facts, candidates).values)
            .map(|value| value.value)
            .collect();
        imports.sort_by_key(|import| import.fact);
        NoteState {
            standing: standing(facts, &self.deletions, &self.restorals, body),
            title: Slot::fill(facts, self.titles),
            kind: Slot::fill(facts, self.kinds),
            created,
            updated_ms: self.updated_ms.max(edited_ms).unwrap_or(0),
            writers: body
                .writers
                .keys()
                .filter_map(|actor| attribution.author(actor))
                .map(|by| by.person)
                .collect(),
            imports,
            tags: self
                .tags
                .into_iter()
                .filter(|tag| kept(&tag.fact))
                .collect(),
            links: self
                .links
                .into_iter()
                .filter(|link| kept(&link.fact))
                .collect(),
            sources: self
                .sources
                .into_iter()
                .filter(|source| kept(&source.fact))
                .collect(),
            body_digest: body.digest,
            ignored: self.ignored,
            newer: self.newer,
        }
    }
}

fn said<T>(id: FactId, fact: &Fact, by: BTreeSet<PersonId>, value: T) -> SlotValue<T> {
    SlotValue {
        fact: id,
        by,
        at_ms: fact.at_ms,
        value,
    }
}

/// A deletion holds while its author had seen every edit of the text and every restoral: open outweighs closed.
fn standing(
    facts: &Facts,
    deletions: &BTreeSet<FactId>,
    restorals: &BTreeSet<FactId>,
    body: &BodyInfo,
) -> Standing {
    let mut overtaken = false;
    for deletion in deletions {
        let past = if restorals.is_empty() {
            BTreeSet::new()
        } else {
            followed_by(facts, [*deletion])
        };
        if !restorals.is_subset(&past) {
            continue;
        }
        if !body.overtaken.contains(deletion) {
            return Standing::Deleted;
        }
        overtaken = true;
    }
    if overtaken {
        Standing::Reopened
    } else {
        Standing::Open
    }
}
