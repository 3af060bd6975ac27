//! Bringing many heads together, so that one change can follow them all.
//!
//! Owns changes that change nothing: a change may follow so many others and no more, and whoever edits a document in which more
//! wrote at once ties them together first, in steps.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, Op, OpId, OpType};
use automerge::{Change, ExpandedChange, ScalarValue};

use super::Document;
use crate::base;
use crate::id::{ActorId, ChangeHash};
use crate::limits::CHANGE_DEPS_MAX;
use crate::outcome::{EditError, LocalChange, Refusal};

impl Document {
    /// Makes changes until at most so many heads are left. On failure the document is not to be used any more.
    pub(super) fn tie_heads(
        &mut self,
        actor: ActorId,
        at_ms: i64,
        most: usize,
    ) -> Result<Vec<LocalChange>, EditError> {
        let mut made = Vec::new();
        while self.heads.len() > most.max(1) {
            let change = self.knot(actor, at_ms).ok_or(EditError::Internal {
                why: Refusal::Undecodable,
            })?;
            let text = self.text.clone();
            made.extend(self.adopt(text, Vec::new(), |library| {
                library.apply_changes([change.clone()])?;
                Ok(vec![change])
            })?);
        }
        Ok(made)
    }

    /// A change that follows as many heads as one may. It puts a character in and takes it out again, since a change that does
    /// nothing is none.
    fn knot(&self, actor: ActorId, at_ms: i64) -> Option<Change> {
        let own = self.graph.last_by(&actor);
        // An actor's change follows the one before it.
        let first = self.heads.iter().find(|head| {
            let index = self.graph.find(head);
            own.zip(index)
                .is_some_and(|(own, index)| self.graph.is_or_follows(index, own))
        });
        let deps: BTreeSet<ChangeHash> = first
            .into_iter()
            .chain(self.heads.iter().filter(|head| Some(*head) != first))
            .take(CHANGE_DEPS_MAX)
            .copied()
            .collect();
        let indices: Vec<usize> = deps.iter().filter_map(|dep| self.graph.find(dep)).collect();
        let start_op = self.graph.start_op_after(&indices);
        let library_actor = base::library_actor(&actor);
        let name = OpId::new(start_op, &library_actor);
        let put = Op {
            action: OpType::Put(ScalarValue::Str(" ".into())),
            obj: base::body_name(),
            key: Key::Seq(ElementId::Head),
            pred: Vec::new().into(),
            insert: true,
        };
        let take = Op {
            action: OpType::Delete,
            obj: base::body_name(),
            key: Key::Seq(ElementId::Id(name.clone())),
            pred: vec![name].into(),
            insert: false,
        };
        let knot = ExpandedChange {
            operations: vec![put, take],
            actor_id: library_actor,
            hash: None,
            seq: 1 + own.map_or(0, |own| self.graph.node(own).seq),
            start_op: NonZeroU64::new(start_op)?,
            time: at_ms,
            message: None,
            deps: deps
                .iter()
                .map(|dep| automerge::ChangeHash(dep.0))
                .collect(),
            extra_bytes: Vec::new(),
            author: None,
        };
        Some(Change::from(knot))
    }
}
