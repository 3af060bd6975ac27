//! One change, decoded: what it does, in words of our own.
//!
//! Owns the list of operations that may exist at all, and the rule that a change has one encoding. Never looks at
//! what came before the change: that is the graph's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::legacy::{ElementId, Key, ObjectId, Op as LibraryOp, OpType};
use automerge::{Change, ScalarValue};

use crate::base;
use crate::chunk::{Outside, read_outside};
use crate::fact::{Fact, FactEntry};
use crate::id::{ActorId, FactId};
use crate::limits::{CHANGE_OPS_MAX, FACT_BYTES_MAX};
use crate::outcome::Refusal;

/// The name of one operation: a number, and whose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OpName {
    pub(crate) counter: u64,
    pub(crate) actor: ActorId,
}

/// What an operation does. There is nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Op {
    /// Puts one character into the text: at its start, or after an earlier one.
    Insert { after: Option<OpName> },
    /// Takes one character out.
    Delete { of: OpName },
    /// Puts a fact where no fact was known to be.
    Fact(FactId),
}

/// A change that is sound in itself.
#[derive(Debug, Clone)]
pub(crate) struct Decoded {
    pub(crate) outside: Outside,
    pub(crate) at_ms: i64,
    pub(crate) ops: Vec<Op>,
    /// The facts it states; `inserted` is still empty.
    pub(crate) facts: Vec<FactEntry>,
    pub(crate) change: Change,
}

impl Decoded {
    /// Judges raw bytes by themselves.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self, Refusal> {
        let outside = read_outside(bytes)?;
        if outside.deps.is_empty() || outside.actor == base::ACTOR {
            return Err(Refusal::Malformed {
                what: "first change",
            });
        }
        // Bounded above; what can still go wrong inside the library goes wrong in here.
        catch_unwind(AssertUnwindSafe(|| Self::decode(bytes, outside)))
            .unwrap_or(Err(Refusal::Undecodable))
    }

    fn decode(bytes: &[u8], outside: Outside) -> Result<Self, Refusal> {
        let change = Change::try_from(bytes).map_err(|_| Refusal::Undecodable)?;
        if change.is_empty() {
            return Err(Refusal::Empty);
        }
        if change.len() > CHANGE_OPS_MAX {
            return Err(Refusal::TooManyOps);
        }
        let expanded = change.decode();
        let mut facts = Vec::new();
        let ops = expanded
            .operations
            .iter()
            .enumerate()
            .map(|(index, op)| read_op(index, op, &mut facts))
            .collect::<Result<Vec<Op>, Refusal>>()?;
        // A snapshot keeps operations, not bytes: only the one encoding gives the hash back on loading.
        if Change::from(expanded).raw_bytes() != bytes {
            return Err(Refusal::NotCanonical);
        }
        Ok(Self {
            outside,
            at_ms: change.timestamp(),
            ops,
            facts,
            change,
        })
    }
}

/// What one operation does, if it is one of those that may exist. A fact that it states is added to `facts`.
pub(crate) fn read_op(
    index: usize,
    op: &LibraryOp,
    facts: &mut Vec<FactEntry>,
) -> Result<Op, Refusal> {
    match &op.obj {
        ObjectId::Id(id) if is_base(id, 1) => read_fact(index, op, facts),
        ObjectId::Id(id) if is_base(id, 2) => read_text(index, op),
        ObjectId::Id(_) | ObjectId::Root => Err(Refusal::Operation { index }),
    }
}

fn is_base(id: &automerge::legacy::OpId, counter: u64) -> bool {
    id.counter() == counter && id.actor().to_bytes() == base::ACTOR.0
}

fn read_fact(index: usize, op: &LibraryOp, facts: &mut Vec<FactEntry>) -> Result<Op, Refusal> {
    if !op.pred.is_empty() {
        return Err(Refusal::Overwrites { index });
    }
    let (Key::Map(key), OpType::Put(ScalarValue::Bytes(bytes)), false) =
        (&op.key, &op.action, op.insert)
    else {
        return Err(Refusal::Operation { index });
    };
    let id = FactId::of_bytes(bytes);
    if bytes.len() > FACT_BYTES_MAX || key.parse::<FactId>() != Ok(id) {
        return Err(Refusal::FactId { index });
    }
    let fact = Fact::decode(bytes);
    facts.push(FactEntry {
        id,
        bytes: bytes.clone(),
        fact,
        inserted: Vec::new(),
    });
    Ok(Op::Fact(id))
}

fn read_text(index: usize, op: &LibraryOp) -> Result<Op, Refusal> {
    let refused = Refusal::Operation { index };
    match (&op.action, &op.key, op.insert) {
        (OpType::Put(ScalarValue::Str(text)), Key::Seq(after), true) if op.pred.is_empty() => {
            if text.chars().count() != 1 {
                return Err(refused);
            }
            match after {
                ElementId::Head => Ok(Op::Insert { after: None }),
                ElementId::Id(id) => Ok(Op::Insert {
                    after: Some(op_name(id).ok_or(refused)?),
                }),
            }
        }
        (OpType::Delete, Key::Seq(ElementId::Id(id)), false) => match op.pred.get(0) {
            Some(pred) if op.pred.len() == 1 && pred == id => Ok(Op::Delete {
                of: op_name(id).ok_or(refused)?,
            }),
            _ => Err(refused),
        },
        _ => Err(refused),
    }
}

fn op_name(id: &automerge::legacy::OpId) -> Option<OpName> {
    let actor = ActorId(id.actor().to_bytes().try_into().ok()?);
    Some(OpName {
        counter: id.counter(),
        actor,
    })
}
