//! The outside of a change chunk: read by hand, so that every size is known before the library sees a byte.
//!
//! Owns the bounds and the name of a chunk. Never looks at what operations mean. Layout: magic 4, checksum 4, type 1,
//! length, then: deps, actor, seq, first op, time, message, other actors, columns, column data, extra. Numbers are
//! LEB128 in their shortest form.

use sha2::{Digest, Sha256};

use crate::id::{ActorId, ChangeHash};
use crate::limits::{CHANGE_AT_MS_MAX, CHANGE_BYTES_MAX, CHANGE_DEPS_MAX, CHANGE_OPS_MAX};
use crate::outcome::Refusal;

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// The only chunk type that peers may send: one uncompressed change.
const TYPE_CHANGE: u8 = 1;
/// No change of ours has more kinds of columns.
const COLUMNS_MAX: u64 = 32;

/// What stands on the outside of a sound chunk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outside {
    pub(crate) hash: ChangeHash,
    /// Ascending, each once.
    pub(crate) deps: Vec<ChangeHash>,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
}

impl ChangeHash {
    /// The name of a chunk: the change's hash where the frame and its checksum are sound, else a hash of all its bytes
    /// that no sound change can have. So a spoilt copy never takes a good change's name.
    #[must_use]
    pub fn of_chunk(bytes: &[u8]) -> Self {
        match frame(bytes) {
            Ok((hash, _)) => hash,
            Err(_) => Self(blake3::derive_key("moot 2026 malformed change v1", bytes)),
        }
    }
}

/// Reads the outside of a chunk and bounds everything inside it.
pub(crate) fn read_outside(bytes: &[u8]) -> Result<Outside, Refusal> {
    let (hash, data) = frame(bytes)?;
    let mut reader = Reader { rest: data };
    let deps = read_deps(&mut reader)?;
    let actor = read_actor(&mut reader)?;
    let seq = reader.unsigned("number")?;
    let start_op = reader.unsigned("first operation")?;
    if seq == 0 || start_op == 0 || start_op > u64::from(u32::MAX) {
        return Err(malformed("numbers"));
    }
    if reader.signed("time")?.unsigned_abs() > CHANGE_AT_MS_MAX {
        return Err(malformed("time"));
    }
    if reader.unsigned("message")? != 0 {
        return Err(Refusal::Extra);
    }
    let others = reader
        .count("other actors", CHANGE_OPS_MAX as u64)
        .ok_or(Refusal::TooManyOps)?;
    for _ in 0..others {
        read_actor(&mut reader)?;
    }
    bound_columns(&mut reader)?;
    if reader.rest.is_empty() {
        Ok(Outside {
            hash,
            deps,
            actor,
            seq,
            start_op,
        })
    } else {
        Err(Refusal::Extra)
    }
}

/// Checks size, frame and checksum; gives the hash and the data inside.
fn frame(bytes: &[u8]) -> Result<(ChangeHash, &[u8]), Refusal> {
    if bytes.len() > CHANGE_BYTES_MAX {
        return Err(Refusal::TooLarge { bytes: bytes.len() });
    }
    let mut reader = Reader { rest: bytes };
    if reader.take(4, "frame")? != MAGIC {
        return Err(malformed("frame"));
    }
    let checksum = reader.take(4, "frame")?;
    if reader.take(1, "frame")? != [TYPE_CHANGE] {
        return Err(malformed("chunk type"));
    }
    let length_from = reader.rest;
    let length = reader.unsigned("length")?;
    let length_bytes = &length_from[..length_from.len() - reader.rest.len()];
    if length != reader.rest.len() as u64 {
        return Err(malformed("length"));
    }
    let hash = Sha256::new()
        .chain_update([TYPE_CHANGE])
        .chain_update(length_bytes)
        .chain_update(reader.rest)
        .finalize();
    let hash = ChangeHash(hash.into());
    if checksum == &hash.0[..4] {
        Ok((hash, reader.rest))
    } else {
        Err(Refusal::Checksum)
    }
}

fn read_deps(reader: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Refusal> {
    let count = reader.unsigned("deps")?;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > CHANGE_DEPS_MAX {
        return Err(Refusal::TooManyDeps { deps: count });
    }
    let mut deps: Vec<ChangeHash> = Vec::with_capacity(count);
    for _ in 0..count {
        let dep = ChangeHash(reader.array("deps")?);
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(malformed("order of deps"));
        }
        deps.push(dep);
    }
    Ok(deps)
}

fn read_actor(reader: &mut Reader<'_>) -> Result<ActorId, Refusal> {
    if reader.unsigned("actor")? != 16 {
        return Err(malformed("actor"));
    }
    Ok(ActorId(reader.array("actor")?))
}

/// Counts the rows of every column without keeping one.
fn bound_columns(reader: &mut Reader<'_>) -> Result<(), Refusal> {
    let count = reader
        .count("columns", COLUMNS_MAX)
        .ok_or(malformed("columns"))?;
    let mut columns = Vec::new();
    for _ in 0..count {
        columns.push((reader.unsigned("columns")?, reader.unsigned("columns")?));
    }
    for (spec, length) in columns {
        let length = usize::try_from(length).map_err(|_| malformed("columns"))?;
        let column = Reader {
            rest: reader.take(length, "columns")?,
        };
        bound_column(spec, column)?;
    }
    Ok(())
}

fn bound_column(spec: u64, column: Reader<'_>) -> Result<(), Refusal> {
    const DEFLATED: u64 = 8;
    if spec & DEFLATED != 0 {
        return Err(malformed("compressed column"));
    }
    match spec & 7 {
        4 => bound_booleans(column),
        7 => Ok(()),
        kind => bound_runs(column, kind),
    }
}

/// Alternating counts of false and true.
fn bound_booleans(mut column: Reader<'_>) -> Result<(), Refusal> {
    let mut rows = 0;
    while !column.rest.is_empty() {
        rows = add_rows(rows, column.unsigned("column")?)?;
    }
    Ok(())
}

/// Runs: a count and one value, a negative count and as many values, or zero and a count of nulls.
fn bound_runs(mut column: Reader<'_>, kind: u64) -> Result<(), Refusal> {
    let mut rows = 0;
    while !column.rest.is_empty() {
        let run = column.signed("column")?;
        let (counted, values) = match run {
            0 => (column.unsigned("column")?, 0),
            1.. => (run.unsigned_abs(), 1),
            _ => (run.unsigned_abs(), run.unsigned_abs()),
        };
        rows = add_rows(rows, counted)?;
        for _ in 0..values {
            skip_value(&mut column, kind)?;
        }
    }
    Ok(())
}

fn skip_value(column: &mut Reader<'_>, kind: u64) -> Result<(), Refusal> {
    const DELTA: u64 = 3;
    const TEXT: u64 = 5;
    match kind {
        DELTA => column.signed("column").map(drop),
        TEXT => {
            let length = column.unsigned("column")?;
            let length = usize::try_from(length).map_err(|_| malformed("column"))?;
            column.take(length, "column").map(drop)
        }
        _ => column.unsigned("column").map(drop),
    }
}

fn add_rows(rows: u64, more: u64) -> Result<u64, Refusal> {
    rows.checked_add(more)
        .filter(|rows| *rows <= CHANGE_OPS_MAX as u64)
        .ok_or(Refusal::TooManyOps)
}

const fn malformed(what: &'static str) -> Refusal {
    Refusal::Malformed { what }
}

/// Takes bytes from the front; never past the end.
struct Reader<'b> {
    rest: &'b [u8],
}

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize, what: &'static str) -> Result<&'b [u8], Refusal> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or(malformed(what))?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Refusal> {
        self.take(N, what)?.try_into().map_err(|_| malformed(what))
    }

    /// A count that is at most `max`.
    fn count(&mut self, what: &'static str, max: u64) -> Option<u64> {
        self.unsigned(what).ok().filter(|count| *count <= max)
    }

    fn unsigned(&mut self, what: &'static str) -> Result<u64, Refusal> {
        let mut value: u64 = 0;
        for place in 0..10 {
            let byte = self.take(1, what)?[0];
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                break;
            }
            value |= bits << (7 * place);
            if byte & 0x80 == 0 {
                return if place > 0 && byte == 0 {
                    Err(malformed(what))
                } else {
                    Ok(value)
                };
            }
        }
        Err(malformed(what))
    }

    fn signed(&mut self, what: &'static str) -> Result<i64, Refusal> {
        let mut value: i64 = 0;
        for place in 0..10 {
            let byte = self.take(1, what)?[0];
            let bits = i64::from(byte & 0x7f);
            if place == 9 && byte != 0 && byte != 0x7f {
                break;
            }
            value |= bits.wrapping_shl(7 * place);
            if byte & 0x80 == 0 {
                if place < 9 && byte & 0x40 != 0 {
                    value |= -1 << (7 * (place + 1));
                }
                return Ok(value);
            }
        }
        Err(malformed(what))
    }
}
