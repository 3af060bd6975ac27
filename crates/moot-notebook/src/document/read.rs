//! What a document shows: its text now and then, who wrote it, its history. Changes nothing.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{ObjId, ReadDoc, ValueRef};

use super::rebase::{Characters, difference};
use super::{BlameSpan, Document, HistoryRow};
use crate::base;
use crate::change::OpName;
use crate::fact::FactBody;
use crate::graph::{Node, Place};
use crate::id::{ActorId, ByteCount, BytePos, ChangeHash, FactId, Version};
use crate::limits::FACT_AFTER_MAX;
use crate::outcome::{Edit, UnknownVersion};
use crate::state::{BodyInfo, latest};

impl Document {
    /// The text as it was at `heads`.
    ///
    /// # Errors
    /// A head that is not part of the document.
    pub fn text_at(&self, heads: &[ChangeHash]) -> Result<String, UnknownVersion> {
        self.characters_at(heads).map(|characters| characters.text)
    }

    /// The splices that lead from the text as it was at `heads` to the text as it is, each as those before it leave it: so a
    /// screen that shows the one can show the other without losing its place. Costs by the text where it is long ago.
    ///
    /// # Errors
    /// A head that is not part of the document.
    pub fn splices_since(&self, heads: &[ChangeHash]) -> Result<Vec<Edit>, UnknownVersion> {
        let then: BTreeSet<ChangeHash> = heads.iter().copied().collect();
        if then == self.heads {
            return Ok(Vec::new());
        }
        if let Some(splices) = self.late.since(&then) {
            return Ok(splices);
        }
        let then = self.characters_at(heads)?;
        Ok(difference(&then, &self.characters()))
    }

    /// A place in the text as other devices understand it, too: what is written before or behind it does not move it. None
    /// where there is no such place.
    #[must_use]
    pub fn caret(&self, at: BytePos) -> Option<Vec<u8>> {
        if at.0 >= self.text.len() {
            return (at.0 == self.text.len()).then(|| automerge::Cursor::End.to_bytes());
        }
        let found = catch_unwind(AssertUnwindSafe(|| {
            self.library.now().get_cursor(base::body(), at.0, None).ok()
        }));
        found.ok().flatten().map(|cursor| cursor.to_bytes())
    }

    /// Where a [`caret`](Self::caret) of another device is in the text as it is here. None where it is no caret, or follows
    /// what has not come yet.
    #[must_use]
    pub fn place_of_caret(&self, caret: &[u8]) -> Option<BytePos> {
        let found = catch_unwind(AssertUnwindSafe(|| {
            let cursor = automerge::Cursor::try_from(caret).ok()?;
            self.library
                .now()
                .get_cursor_position(base::body(), &cursor, None)
                .ok()
        }));
        let at = found.ok().flatten()?.min(self.text.len());
        (0..=at)
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .map(BytePos)
    }

    /// Every change but the first, each after what it follows; the same order on every machine.
    #[must_use]
    pub fn history(&self) -> Vec<HistoryRow> {
        let mut applied: Vec<&Node> = self.applied().collect();
        applied.sort_by_key(|node| (node.start_op, node.hash));
        let row = |node: &Node| HistoryRow {
            change: node.hash,
            actor: node.actor,
            at_ms: node.at_ms,
            version: Version::of_heads(&[node.hash]),
            inserted_chars: node.inserted,
            deleted_chars: node.deleted,
            facts: node.facts.clone(),
        };
        applied.into_iter().map(row).collect()
    }

    /// The heads of a version: the one now, or the one that the author of a change saw right after making it.
    #[must_use]
    pub fn heads_of_version(&self, version: Version) -> Option<Vec<ChangeHash>> {
        if version == self.version() {
            return Some(self.heads());
        }
        let nodes = self
            .graph
            .nodes()
            .iter()
            .filter(|node| node.place == Place::Applied);
        nodes
            .map(|node| node.hash)
            .find(|hash| Version::of_heads(&[*hash]) == version)
            .map(|hash| vec![hash])
    }

    /// The text with who wrote which part of it: neighbouring characters of one change make one span.
    #[must_use]
    pub fn blame(&self) -> Vec<BlameSpan> {
        let characters = self.characters();
        let ends = characters
            .names
            .iter()
            .skip(1)
            .map(|(_, from)| *from)
            .chain([characters.text.len()]);
        let mut spans: Vec<BlameSpan> = Vec::new();
        for ((name, from), end) in characters.names.iter().zip(ends) {
            let applied = |index: usize| self.graph.node(index).place == Place::Applied;
            let Some(index) = self.graph.change_of(name, applied) else {
                continue;
            };
            let node = self.graph.node(index);
            let text = &characters.text[*from..end];
            match spans.last_mut() {
                Some(last) if last.change == node.hash => last.text.push_str(text),
                _ => spans.push(BlameSpan {
                    actor: node.actor,
                    at_ms: node.at_ms,
                    change: node.hash,
                    text: text.to_owned(),
                }),
            }
        }
        spans
    }

    /// The facts that no other follows: what a new fact names in `after`. At most as many as a fact may name.
    #[must_use]
    pub fn fact_heads(&self) -> Vec<FactId> {
        let all: BTreeSet<FactId> = self.facts.keys().copied().collect();
        latest(&self.facts, &all)
            .into_iter()
            .take(FACT_AFTER_MAX)
            .collect()
    }

    /// What a note's state needs to know of the text.
    #[must_use]
    pub fn body_info(&self) -> BodyInfo {
        let mut info = BodyInfo {
            digest: *blake3::hash(self.text.as_bytes()).as_bytes(),
            length: ByteCount(self.text.len()),
            writers: self.writers.clone(),
            ..BodyInfo::default()
        };
        for entry in self.facts.values() {
            if let Some(FactBody::Deleted { seen }) = entry.fact.as_ref().map(|fact| &fact.body)
                && self.is_overtaken(seen)
            {
                info.overtaken.insert(entry.id);
            }
        }
        info
    }

    /// Whether there is an edit of the text that these heads do not hold. Heads that are not here hold nothing.
    fn is_overtaken(&self, seen: &[ChangeHash]) -> bool {
        let seen: Vec<usize> = seen
            .iter()
            .filter_map(|head| self.graph.find(head))
            .collect();
        let past = self.graph.past_of(&seen);
        let is_unseen = |(index, node): (usize, &Node)| {
            node.place == Place::Applied && node.is_edit() && !self.graph.holds(&past, index)
        };
        self.graph.nodes().iter().enumerate().any(is_unseen)
    }

    /// The changes that are part of the document, without the first.
    fn applied(&self) -> impl Iterator<Item = &Node> {
        self.graph
            .nodes()
            .iter()
            .skip(1)
            .filter(|node| node.place == Place::Applied)
    }

    /// The text's characters by name, as they are now.
    pub(super) fn characters(&self) -> Characters {
        self.gather(None)
    }

    /// The text's characters by name, as they were at `heads`.
    pub(super) fn characters_at(&self, heads: &[ChangeHash]) -> Result<Characters, UnknownVersion> {
        if let Some(hash) = heads.iter().find(|head| !self.has(head)) {
            return Err(UnknownVersion { hash: *hash });
        }
        Ok(self.gather(Some(heads)))
    }

    /// Where in the text the character stood that began at a byte of the text at `heads`.
    pub(super) fn stood(&self, heads: &[ChangeHash], at: usize) -> usize {
        let heads: Vec<_> = heads
            .iter()
            .map(|head| automerge::ChangeHash(head.0))
            .collect();
        let found = catch_unwind(AssertUnwindSafe(|| {
            let cursor = self
                .library
                .now()
                .get_cursor(base::body(), at, Some(&heads))
                .ok()?;
            self.library
                .now()
                .get_cursor_position(base::body(), &cursor, None)
                .ok()
        }));
        let at = found.ok().flatten().unwrap_or(0).min(self.text.len());
        (0..=at)
            .rev()
            .find(|at| self.text.is_char_boundary(*at))
            .unwrap_or(0)
    }

    fn gather(&self, heads: Option<&[ChangeHash]>) -> Characters {
        // Only sound changes are in there; should the library fail on them all the same, there is no text to show.
        catch_unwind(AssertUnwindSafe(|| match heads {
            None => collect(self.library.now().list_range(base::body(), ..)),
            Some(heads) => {
                let heads: Vec<_> = heads
                    .iter()
                    .map(|head| automerge::ChangeHash(head.0))
                    .collect();
                collect(self.library.now().list_range_at(base::body(), .., &heads))
            }
        }))
        .unwrap_or_default()
    }
}

fn collect(range: automerge::iter::ListRange<'_>) -> Characters {
    let mut characters = Characters::default();
    for item in range {
        let ObjId::Id(counter, actor, _) = item.id() else {
            continue;
        };
        let Ok(actor) = <[u8; 16]>::try_from(actor.to_bytes()) else {
            continue;
        };
        let name = OpName {
            counter,
            actor: ActorId(actor),
        };
        if let ValueRef::Scalar(automerge::ScalarValueRef::Str(text)) = &item.value {
            characters.names.push((name, characters.text.len()));
            characters.text.push_str(text);
        }
    }
    characters
}
