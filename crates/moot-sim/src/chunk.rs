//! A change as its bytes have it, taken apart so that one part can be spoilt and the rest stays sound.
//!
//! Owns the layout of a change chunk and its checksum. Never judges one: what can be written here may well be what makes the
//! library panic or ask for memory without end.

use sha2::{Digest, Sha256};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The type of an uncompressed change.
pub const CHANGE: u8 = 1;

/// A change chunk, field by field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chunk {
    /// The hashes of the changes that it follows.
    pub deps: Vec<[u8; 32]>,
    /// Who made it.
    pub actor: Vec<u8>,
    /// Its number among its actor's changes, from 1.
    pub seq: u64,
    /// The number of its first operation.
    pub start_op: u64,
    /// When, in milliseconds.
    pub at_ms: i64,
    /// A message.
    pub message: Vec<u8>,
    /// Other actors that its operations name.
    pub others: Vec<Vec<u8>>,
    /// Its columns: what a column is, and its bytes.
    pub columns: Vec<(u8, Vec<u8>)>,
    /// What follows.
    pub extra: Vec<u8>,
}

impl Chunk {
    /// Takes a change apart. None where it is not one uncompressed change of plain columns.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        Self::parse_data(inside(bytes)?)
    }

    /// Takes what is inside a chunk apart.
    pub fn parse_data(data: &[u8]) -> Option<Self> {
        let mut rest = Rest(data);
        let mut chunk = Self::default();
        for _ in 0..rest.count()? {
            chunk.deps.push(rest.bytes(32)?.try_into().ok()?);
        }
        chunk.actor = rest.counted()?;
        chunk.seq = rest.number()?;
        chunk.start_op = rest.number()?;
        chunk.at_ms = rest.signed()?;
        chunk.message = rest.counted()?;
        for _ in 0..rest.count()? {
            chunk.others.push(rest.counted()?);
        }
        let mut lengths = Vec::new();
        for _ in 0..rest.count()? {
            lengths.push((rest.bytes(1)?[0], rest.count()?));
        }
        for (spec, length) in lengths {
            chunk.columns.push((spec, rest.bytes(length)?.to_vec()));
        }
        chunk.extra = rest.0.to_vec();
        Some(chunk)
    }

    /// The change, its checksum right.
    pub fn encode(&self) -> Vec<u8> {
        wrapped(CHANGE, &self.data())
    }

    /// What is inside the chunk.
    pub fn data(&self) -> Vec<u8> {
        let mut out = Vec::new();
        push_number(&mut out, self.deps.len() as u64);
        for dep in &self.deps {
            out.extend_from_slice(dep);
        }
        push_counted(&mut out, &self.actor);
        push_number(&mut out, self.seq);
        push_number(&mut out, self.start_op);
        push_signed(&mut out, self.at_ms);
        push_counted(&mut out, &self.message);
        push_number(&mut out, self.others.len() as u64);
        for other in &self.others {
            push_counted(&mut out, other);
        }
        push_number(&mut out, self.columns.len() as u64);
        for (spec, column) in &self.columns {
            out.push(*spec);
            push_number(&mut out, column.len() as u64);
        }
        for (_, column) in &self.columns {
            out.extend_from_slice(column);
        }
        out.extend_from_slice(&self.extra);
        out
    }
}

/// A chunk of any type round any data, its checksum right.
pub fn wrapped(kind: u8, data: &[u8]) -> Vec<u8> {
    let mut tail = vec![kind];
    push_number(&mut tail, data.len() as u64);
    tail.extend_from_slice(data);
    let hash = Sha256::digest(&tail);
    [MAGIC.as_slice(), &hash[..4], &tail].concat()
}

/// What is inside a chunk; none where it is not whole.
pub fn inside(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = Rest(bytes.get(9..)?);
    let length = rest.count()?;
    (rest.0.len() == length).then_some(rest.0)
}

/// Adds a number as chunks write it, seven bits a byte.
pub fn push_number(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

fn push_signed(out: &mut Vec<u8>, mut value: i64) {
    while !(-0x40..0x40).contains(&value) {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0] & 0x7f);
}

fn push_counted(out: &mut Vec<u8>, bytes: &[u8]) {
    push_number(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// What is still to be read.
struct Rest<'b>(&'b [u8]);

impl<'b> Rest<'b> {
    fn bytes(&mut self, length: usize) -> Option<&'b [u8]> {
        let (head, tail) = self.0.split_at_checked(length)?;
        self.0 = tail;
        Some(head)
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.bytes(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    fn signed(&mut self) -> Option<i64> {
        let mut value = 0_i64;
        for shift in (0..64).step_by(7) {
            let byte = self.bytes(1)?[0];
            value |= i64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let ends_at = shift + 7;
                let negative = byte & 0x40 != 0 && ends_at < 64;
                return Some(if negative {
                    value | (-1 << ends_at)
                } else {
                    value
                });
            }
        }
        None
    }

    /// A number of things, of which each takes a byte at least.
    fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(self.number()?).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    fn counted(&mut self) -> Option<Vec<u8>> {
        let length = self.count()?;
        self.bytes(length).map(<[u8]>::to_vec)
    }
}

#[cfg(test)]
mod tests {
    use moot_notebook::{ActorId, ByteCount, BytePos, Document, Edit};

    use super::*;

    #[test]
    fn a_change_taken_apart_and_put_together_is_the_same() {
        let mut document = Document::new();
        for (at_ms, text) in [(0, "a"), (-5, "Hello, wörld"), (i64::from(i32::MAX), "🦊")] {
            let splice = Edit::Splice {
                at: BytePos(0),
                delete: ByteCount(0),
                insert: text.to_owned(),
            };
            let made = document.edit(ActorId([7; 16]), at_ms, &[splice]).unwrap();
            let chunk = Chunk::parse(&made[0].bytes).unwrap();
            assert_eq!(chunk.actor, [7; 16]);
            assert_eq!(chunk.at_ms, at_ms);
            assert_eq!(chunk.encode(), made[0].bytes);
        }
    }

    #[test]
    fn the_ends_of_what_can_be_counted_are_written_and_read() {
        for at_ms in [i64::MIN, -65, -64, 63, 64, i64::MAX] {
            let chunk = Chunk {
                seq: u64::MAX,
                at_ms,
                ..Chunk::default()
            };
            assert_eq!(Chunk::parse(&chunk.encode()), Some(chunk));
        }
    }
}
