//! Changes made by hand: sound ones with something wrong in them, and chunks out of raw bytes.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, ObjectId, Op, OpId, OpType};
use automerge::{Change, ExpandedChange, ScalarValue};
use sha2::{Digest, Sha256};

use crate::base;
use crate::document::Document;
use crate::id::{ActorId, ChangeHash, FactId};

/// A change to be spoilt: starts out as the next sound one of its actor, typing one `x` at the start.
#[derive(Clone)]
pub(crate) struct Craft {
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) deps: Vec<ChangeHash>,
    pub(crate) ops: Vec<Op>,
    pub(crate) message: Option<String>,
    pub(crate) extra: Vec<u8>,
    pub(crate) at_ms: i64,
}

impl Craft {
    /// The next change of an actor that has made none, after all there is in `document`.
    pub(crate) fn first(document: &Document, actor: ActorId) -> Self {
        let last_op: usize = document
            .history()
            .iter()
            .map(|row| row.inserted_chars + row.deleted_chars + row.facts.len())
            .sum();
        Self {
            actor,
            seq: 1,
            start_op: base::OPS + last_op as u64 + 1,
            deps: document.heads(),
            ops: vec![insert(ElementId::Head, "x")],
            message: None,
            extra: Vec::new(),
            at_ms: 0,
        }
    }

    pub(crate) fn with_ops(mut self, ops: Vec<Op>) -> Self {
        self.ops = ops;
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let expanded = ExpandedChange {
            operations: self.ops.clone(),
            actor_id: base::library_actor(&self.actor),
            hash: None,
            seq: self.seq,
            start_op: NonZeroU64::new(self.start_op).unwrap(),
            time: self.at_ms,
            message: self.message.clone(),
            deps: self
                .deps
                .iter()
                .map(|dep| automerge::ChangeHash(dep.0))
                .collect(),
            extra_bytes: self.extra.clone(),
            author: None,
        };
        Change::from(expanded).raw_bytes().to_vec()
    }
}

pub(crate) fn op_id(counter: u64, actor: ActorId) -> OpId {
    OpId::new(counter, &base::library_actor(&actor))
}

pub(crate) fn base_object(counter: u64) -> ObjectId {
    ObjectId::Id(op_id(counter, base::ACTOR))
}

pub(crate) fn insert(after: ElementId, text: &str) -> Op {
    put(
        base_object(2),
        Key::Seq(after),
        ScalarValue::Str(text.into()),
        true,
    )
}

pub(crate) fn delete(of: OpId) -> Op {
    Op {
        action: OpType::Delete,
        obj: base_object(2),
        key: Key::Seq(ElementId::Id(of.clone())),
        pred: vec![of].into(),
        insert: false,
    }
}

pub(crate) fn fact(key: &str, bytes: &[u8]) -> Op {
    put(
        base_object(1),
        Key::Map(key.into()),
        ScalarValue::Bytes(bytes.to_vec()),
        false,
    )
}

pub(crate) fn own_fact(bytes: &[u8]) -> Op {
    fact(&FactId::of_bytes(bytes).to_string(), bytes)
}

pub(crate) fn put(obj: ObjectId, key: Key, value: ScalarValue, insert: bool) -> Op {
    Op {
        action: OpType::Put(value),
        obj,
        key,
        pred: Vec::new().into(),
        insert,
    }
}

/// A chunk of type 1 round these bytes, its checksum right.
pub(crate) fn chunk(data: &[u8]) -> Vec<u8> {
    let mut tail = vec![1];
    push_number(&mut tail, data.len());
    tail.extend_from_slice(data);
    let hash = Sha256::digest(&tail);
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
    bytes.extend_from_slice(&hash[..4]);
    bytes.extend(tail);
    bytes
}

/// The bytes inside a chunk.
pub(crate) fn inside(bytes: &[u8]) -> &[u8] {
    let length = bytes[9..]
        .iter()
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    &bytes[9 + length..]
}

/// The same chunk after its data was spoilt, its checksum right again.
pub(crate) fn repaired(bytes: &[u8]) -> Vec<u8> {
    chunk(inside(bytes))
}

/// The data of a change without deps by hand: actor of sevens, then number, first op, time and columns as given.
pub(crate) fn by_hand(
    deps: &[ChangeHash],
    actor: ActorId,
    numbers: &[u8],
    columns: &[(u8, &[u8])],
) -> Vec<u8> {
    let mut data = Vec::new();
    push_number(&mut data, deps.len());
    for dep in deps {
        data.extend_from_slice(dep.as_bytes());
    }
    data.push(16);
    data.extend_from_slice(actor.as_bytes());
    data.extend_from_slice(numbers);
    data.extend([0, 0]);
    push_number(&mut data, columns.len());
    for (spec, column) in columns {
        data.push(*spec);
        push_number(&mut data, column.len());
    }
    for (_, column) in columns {
        data.extend_from_slice(column);
    }
    chunk(&data)
}

pub(crate) fn push_number(out: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

pub(crate) fn low_byte(value: usize) -> u8 {
    value.to_le_bytes()[0]
}
