//! Edits made here: checked, split into changes that no peer refuses, written, judged like anybody's.
//!
//! Owns the split. Nothing of an edit stays unless all of it could be made.

use std::collections::BTreeSet;

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{Automerge, AutomergeError, Change, ReadDoc, ScalarValue};

use super::Document;
use super::rebase::rebase;
use crate::base;
use crate::change::Decoded;
use crate::fact::FactEntry;
use crate::graph::{Graph, Place};
use crate::id::{ActorId, ByteCount, BytePos, ChangeHash, FactId};
use crate::limits::{
    CHANGE_AT_MS_MAX, CHANGE_DEPS_MAX, LOCAL_FACT_BYTES_MAX, LOCAL_OPS_MAX, TEXT_BYTES_MAX,
};
use crate::outcome::{Edit, EditError, LocalChange, Refusal};

/// One call to the library.
enum Step {
    Delete { at: usize, bytes: usize },
    Insert { at: usize, text: String },
    Fact { id: FactId, bytes: Vec<u8> },
}

/// What an edit comes to: for each change its steps, and the text afterwards.
struct Plan {
    changes: Vec<Vec<Step>>,
    text: String,
    splices: Vec<Edit>,
}

impl Document {
    /// Makes edits as one commit of `actor`, in as many changes as their size needs.
    ///
    /// Each splice counts in the text as the edits before it left it. Gives the changes in order, or none where there
    /// was nothing to do; they are to be journalled before anything is called saved. A time that no clock shows is taken
    /// for the nearest that one might.
    ///
    /// # Errors
    /// Nothing was changed.
    pub fn edit(
        &mut self,
        actor: ActorId,
        at_ms: i64,
        edits: &[Edit],
    ) -> Result<Vec<LocalChange>, EditError> {
        if self.read_only.is_some() {
            return Err(EditError::ReadOnly);
        }
        if self.graph.is_forked(&actor) {
            return Err(internal(Refusal::ForkedPast));
        }
        let at_ms = at_ms.clamp(
            -CHANGE_AT_MS_MAX.cast_signed(),
            CHANGE_AT_MS_MAX.cast_signed(),
        );
        let gathers = edits.iter().any(|edit| matches!(edit, Edit::Gather));
        let most = if gathers { 1 } else { CHANGE_DEPS_MAX };
        if self.heads.len() <= most {
            return self.edit_heads(actor, at_ms, edits);
        }
        let mut gathered = self.clone();
        let mut made = gathered.tie_heads(actor, at_ms, most)?;
        made.extend(gathered.edit_heads(actor, at_ms, edits)?);
        *self = gathered;
        Ok(made)
    }

    /// Makes edits in a document that has no more heads than one change may follow.
    fn edit_heads(
        &mut self,
        actor: ActorId,
        at_ms: i64,
        edits: &[Edit],
    ) -> Result<Vec<LocalChange>, EditError> {
        let plan = self.plan(at_ms, edits)?;
        if plan.changes.is_empty() {
            return Ok(Vec::new());
        }
        let Plan {
            changes,
            text,
            splices,
        } = plan;
        let length = text.len();
        self.adopt(text, splices, |library| {
            write(library, actor, at_ms, &changes, length)
        })
    }

    /// Makes edits that were meant for the text as it was at `base`: what others did since stays.
    ///
    /// # Errors
    /// `UnknownVersion` where a head of `base` is not here. Nothing was changed.
    pub fn edit_at(
        &mut self,
        base: &[ChangeHash],
        actor: ActorId,
        at_ms: i64,
        edits: &[Edit],
    ) -> Result<Vec<LocalChange>, EditError> {
        if base.iter().copied().collect::<BTreeSet<_>>() == self.heads {
            return self.edit(actor, at_ms, edits);
        }
        let then = self
            .characters_at(base)
            .map_err(|unknown| EditError::UnknownVersion { hash: unknown.hash })?;
        let now = self.characters();
        self.edit(
            actor,
            at_ms,
            &rebase(&then, &now, &|at| self.stood(base, at), edits)?,
        )
    }

    /// Takes up what is written, once every change of it has been judged as a peer would. Nothing of it stays where one is
    /// refused.
    pub(super) fn adopt(
        &mut self,
        text: String,
        splices: Vec<Edit>,
        write: impl FnOnce(&mut Automerge) -> Result<Vec<Change>, AutomergeError>,
    ) -> Result<Vec<LocalChange>, EditError> {
        let first = self.graph.len();
        let graph = &mut self.graph;
        let written = self.library.attempt(|library| {
            let changes = write(library).map_err(|_| Refusal::Undecodable)?;
            let facts = judge_own(graph, &changes)?;
            Ok(((changes.clone(), facts), changes))
        });
        let (changes, facts) = written.map_err(|why| {
            self.graph.truncate(first);
            self.stop_where_lost();
            internal(why)
        })?;
        for (index, facts) in (first..).zip(facts) {
            self.graph.set_place(index, Place::Applied);
            self.count_in(index, facts);
        }
        self.late.add(&self.heads, Some(splices));
        self.heads = self.heads_with(first..self.graph.len());
        self.text = text;
        let local = |change: &Change| LocalChange {
            hash: ChangeHash(change.hash().0),
            bytes: change.raw_bytes().to_vec(),
        };
        Ok(changes.iter().map(local).collect())
    }

    /// A document that the library has lost is not written any more, until it is loaded again.
    fn stop_where_lost(&mut self) {
        if self.library.is_lost() {
            self.read_only = self.read_only.or(self.heads.first().copied());
        }
    }

    fn plan(&self, at_ms: i64, edits: &[Edit]) -> Result<Plan, EditError> {
        let mut text = self.text.clone();
        let mut split = Split::default();
        let mut stated = BTreeSet::new();
        let mut splices = Vec::new();
        for edit in edits {
            match edit {
                Edit::Splice { at, delete, insert } => {
                    let range = check_splice(&text, *at, *delete)?;
                    let bytes = text.len() - range.len() + insert.len();
                    if bytes > TEXT_BYTES_MAX && insert.len() > range.len() {
                        return Err(EditError::TooLong {
                            bytes,
                            max: TEXT_BYTES_MAX,
                        });
                    }
                    split.delete(range.start, &text[range.clone()]);
                    split.insert(range.start, insert);
                    text.replace_range(range, insert);
                    splices.push(edit.clone());
                }
                Edit::Gather => {}
                Edit::Fact(draft) => {
                    let fact = draft.at(at_ms);
                    let bytes = fact.encode();
                    let id = FactId::of_bytes(&bytes);
                    fact.check().map_err(|why| EditError::Fact { id, why })?;
                    if !self.facts.contains_key(&id) && stated.insert(id) {
                        split.fact(id, bytes);
                    }
                }
            }
        }
        Ok(Plan {
            changes: split.changes,
            text,
            splices,
        })
    }
}

/// Deals steps out to changes, none of which grows too large.
#[derive(Default)]
struct Split {
    changes: Vec<Vec<Step>>,
    /// Operations in the last change.
    ops: usize,
    /// Bytes of facts in the last change.
    fact_bytes: usize,
}

impl Split {
    fn delete(&mut self, at: usize, mut text: &str) {
        while !text.is_empty() {
            let (piece, rest) = self.cut(text);
            self.push(Step::Delete {
                at,
                bytes: piece.len(),
            });
            text = rest;
        }
    }

    fn insert(&mut self, mut at: usize, mut text: &str) {
        while !text.is_empty() {
            let (piece, rest) = self.cut(text);
            self.push(Step::Insert {
                at,
                text: piece.to_owned(),
            });
            at += piece.len();
            text = rest;
        }
    }

    fn fact(&mut self, id: FactId, bytes: Vec<u8>) {
        let too_many_bytes =
            self.fact_bytes > 0 && self.fact_bytes + bytes.len() > LOCAL_FACT_BYTES_MAX;
        if self.changes.is_empty() || self.ops == LOCAL_OPS_MAX || too_many_bytes {
            self.open();
        }
        self.ops += 1;
        self.fact_bytes += bytes.len();
        self.push(Step::Fact { id, bytes });
    }

    /// Cuts off as many characters as the last change has room for, and counts them in.
    fn cut<'t>(&mut self, text: &'t str) -> (&'t str, &'t str) {
        if self.changes.is_empty() || self.ops == LOCAL_OPS_MAX {
            self.open();
        }
        let room = LOCAL_OPS_MAX - self.ops;
        let (end, count) = match text.char_indices().nth(room) {
            Some((end, _)) => (end, room),
            None => (text.len(), text.chars().count()),
        };
        self.ops += count;
        text.split_at(end)
    }

    fn open(&mut self) {
        self.changes.push(Vec::new());
        self.ops = 0;
        self.fact_bytes = 0;
    }

    fn push(&mut self, step: Step) {
        if let Some(last) = self.changes.last_mut() {
            last.push(step);
        }
    }
}

/// The range of a splice, once it is known to lie in the text and between characters.
pub(super) fn check_splice(
    text: &str,
    at: BytePos,
    delete: ByteCount,
) -> Result<std::ops::Range<usize>, EditError> {
    let end = at.0.saturating_add(delete.0);
    for edge in [at.0, end] {
        if edge > text.len() {
            return Err(EditError::BeyondEnd {
                at: edge,
                length: text.len(),
            });
        }
        if !text.is_char_boundary(edge) {
            return Err(EditError::InsideCharacter { at: edge });
        }
    }
    Ok(at.0..end)
}

/// Judges changes made here as those of others are.
fn judge_own(graph: &mut Graph, changes: &[Change]) -> Result<Vec<Vec<FactEntry>>, Refusal> {
    let mut facts = Vec::with_capacity(changes.len());
    for change in changes {
        let decoded = Decoded::from_bytes(change.raw_bytes())?;
        graph.admit(&decoded)?;
        facts.push(decoded.facts);
    }
    Ok(facts)
}

/// Makes changes of their steps; the text is to have so many bytes after them.
fn write(
    library: &mut Automerge,
    actor: ActorId,
    at_ms: i64,
    planned: &[Vec<Step>],
    length: usize,
) -> Result<Vec<Change>, AutomergeError> {
    library.set_actor(base::library_actor(&actor));
    let mut changes = Vec::new();
    for steps in planned {
        let mut transaction = library.transaction();
        for step in steps {
            match step {
                Step::Delete { at, bytes } => {
                    transaction.splice_text(base::body(), *at, bytes.cast_signed(), "")?;
                }
                Step::Insert { at, text } => transaction.splice_text(base::body(), *at, 0, text)?,
                Step::Fact { id, bytes } => {
                    transaction.put(
                        base::facts(),
                        id.to_string(),
                        ScalarValue::Bytes(bytes.clone()),
                    )?;
                }
            }
        }
        let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(at_ms));
        changes.extend(hash.and_then(|hash| library.get_change_by_hash(&hash)));
    }
    // The rope here and the text there count alike; if they ever do not, the edit is not made.
    if library.length(base::body()) == length {
        Ok(changes)
    } else {
        Err(AutomergeError::InvalidIndex(length))
    }
}

const fn internal(why: Refusal) -> EditError {
    EditError::Internal { why }
}
