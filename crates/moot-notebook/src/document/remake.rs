//! Changes of others made anew from what they say, which costs by the change and not by the text.
//!
//! The library applies a change by a walk through the whole text. Where a change follows all that is here, its author had this
//! very document before them: doing what the change says gives the same change, and its hash proves it. What does not come out
//! the same is applied the long way.

use automerge::legacy::Op as LibraryOp;
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{Automerge, Change, Cursor, PatchAction, PatchLog, ReadDoc, ScalarValue};

use crate::base;
use crate::change::{Op, OpName, read_op};
use crate::id::{ActorId, ByteCount, BytePos};
use crate::limits::REMADE_STEPS_MAX;
use crate::outcome::Edit;

/// A text, and what was done to it, each splice as those before it left it.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) splices: Vec<Edit>,
}

/// Something that a change says, operations in a row taken together.
pub(super) enum Step {
    Insert { after: Option<OpName>, text: String },
    Delete { of: OpName, characters: usize },
    Fact { key: String, bytes: Vec<u8> },
}

/// Makes a change anew; `None` where another change came of it. May panic where the library does, and leaves the document half
/// done where it fails.
pub(super) fn remake(
    library: &mut Automerge,
    told: Told,
    change: &Change,
    steps: Vec<Step>,
) -> Option<Told> {
    library.set_actor(change.actor_id().clone());
    let Typing { transaction, told } = typed(library.transaction(), told, steps)?;
    let options = CommitOptions::default().with_time(change.timestamp());
    let (hash, _) = transaction.commit_with(options);
    let is_same = hash == Some(change.hash()) && library.length(base::body()) == told.text.len();
    is_same.then_some(told)
}

/// What a change says; `None` where that is too many things. Characters that follow one another by name are taken to stand in a
/// row: the hash tells where they do not. May panic where the library does.
pub(super) fn steps_of(change: &Change) -> Option<Vec<Step>> {
    let mut steps: Vec<Step> = Vec::new();
    let expanded = change.decode();
    let actor = ActorId(change.actor_id().to_bytes().try_into().ok()?);
    let mut next = OpName {
        counter: change.start_op().get(),
        actor,
    };
    // The name of the last character put in, or taken out.
    let mut last = None;
    let mut facts = Vec::new();
    for (index, op) in expanded.operations.iter().enumerate() {
        let said = read_op(index, op, &mut facts).ok()?;
        let own = next;
        next.counter += 1;
        match (said, steps.last_mut()) {
            (Op::Insert { after }, Some(Step::Insert { text, .. })) if after == last => {
                text.push_str(character(op)?);
                last = Some(own);
            }
            (Op::Insert { after }, _) => {
                let text = character(op)?.to_owned();
                steps.push(Step::Insert { after, text });
                last = Some(own);
            }
            (Op::Delete { of }, Some(Step::Delete { characters, .. }))
                if last.is_some_and(|last| follows(last, of)) =>
            {
                *characters += 1;
                last = Some(of);
            }
            (Op::Delete { of }, _) => {
                steps.push(Step::Delete { of, characters: 1 });
                last = Some(of);
            }
            (Op::Fact(id), _) => {
                let bytes = facts.pop()?.bytes;
                let key = id.to_string();
                steps.push(Step::Fact { key, bytes });
            }
        }
        if steps.len() > REMADE_STEPS_MAX {
            return None;
        }
    }
    Some(steps)
}

fn follows(one: OpName, next: OpName) -> bool {
    one.actor == next.actor && one.counter + 1 == next.counter
}

fn character(op: &LibraryOp) -> Option<&str> {
    match &op.action {
        automerge::legacy::OpType::Put(ScalarValue::Str(text)) => Some(text),
        _ => None,
    }
}

/// A change in the making.
struct Typing<'a> {
    transaction: Transaction<'a>,
    told: Told,
}

fn typed(transaction: Transaction<'_>, told: Told, steps: Vec<Step>) -> Option<Typing<'_>> {
    let mut typing = Typing { transaction, told };
    for step in steps {
        typing.take(step)?;
    }
    Some(typing)
}

impl Typing<'_> {
    fn take(&mut self, step: Step) -> Option<()> {
        match step {
            Step::Insert { after, text } => {
                let at = match after {
                    None => 0,
                    Some(name) => end_of(&self.told.text, place_of(&self.transaction, name)?, 1)?,
                };
                self.splice(at, at, text)
            }
            Step::Delete { of, characters } => {
                let at = place_of(&self.transaction, of)?;
                let end = end_of(&self.told.text, at, characters)?;
                self.splice(at, end, String::new())
            }
            Step::Fact { key, bytes } => self
                .transaction
                .put(base::facts(), key, ScalarValue::Bytes(bytes))
                .ok(),
        }
    }

    fn splice(&mut self, at: usize, end: usize, insert: String) -> Option<()> {
        let bytes = isize::try_from(end - at).ok()?;
        self.transaction
            .splice_text(base::body(), at, bytes, &insert)
            .ok()?;
        self.told.text.replace_range(at..end, &insert);
        self.told.splices.push(splice(at, end, insert));
        Some(())
    }
}

fn splice(at: usize, end: usize, insert: String) -> Edit {
    Edit::Splice {
        at: BytePos(at),
        delete: ByteCount(end - at),
        insert,
    }
}

/// Where a character begins; somewhere near for one that is gone.
fn place_of(library: &impl ReadDoc, name: OpName) -> Option<usize> {
    let actor = base::library_actor(&name.actor).to_hex_string();
    let cursor = Cursor::try_from(format!("{}@{actor}", name.counter)).ok()?;
    library
        .get_cursor_position(base::body(), &cursor, None)
        .ok()
}

/// Where so many characters end that begin at a byte.
fn end_of(text: &str, at: usize, characters: usize) -> Option<usize> {
    let mut rest = text.get(at..)?.chars();
    let from = rest.as_str().len();
    for _ in 0..characters {
        rest.next()?;
    }
    Some(at + from - rest.as_str().len())
}

/// The text after what the library says that it did to it, if that may be all: as it says for single characters, and as long as
/// the library's own. To read the library's text costs another walk through it; with debug assertions that is done.
pub(super) fn told(library: &Automerge, log: &mut PatchLog, before: &str) -> Option<Told> {
    let mut text = before.to_owned();
    let mut splices = Vec::new();
    for patch in library.make_patches(log) {
        if patch.obj != base::body() {
            continue;
        }
        let (at, bytes, insert) = match patch.action {
            PatchAction::SpliceText { index, value, .. } => (index, 0, value.make_string()),
            PatchAction::DeleteSeq { index, length } => (index, length, String::new()),
            _ => return None,
        };
        let is_edge = |at: usize| text.is_char_boundary(at);
        if !is_edge(at) || !is_edge(at + bytes) {
            return None;
        }
        text.replace_range(at..at + bytes, &insert);
        splices.push(splice(at, at + bytes, insert));
    }
    if library.length(base::body()) != text.len() {
        return None;
    }
    debug_assert_eq!(library.text(base::body()).ok().as_ref(), Some(&text));
    Some(Told { text, splices })
}
