//! What a sealed entry says: changes to a document, an event of the roster, or a checkpoint.
//!
//! Owns the plaintext encoding, a CBOR map with integer keys (`docs/group-format.md` draws it). Kinds and keys that this program
//! does not know are no error: the entry is kept and forwarded as it is. Never applies a change, never judges an event.

use std::collections::BTreeSet;

use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};
use moot_log::entry::Draft;
use moot_log::{Entry, EntryId, LogId};
use rand_core::CryptoRng;

use crate::actor::actor_id;
use crate::cbor::{self, Field};
use crate::epoch::{EpochKey, OpenError, TooLong};
use crate::limits::{
    CARRIED_MAX, DOCUMENT_HEADS_MAX, LIVE_BYTES_MAX, PLAINTEXT_BYTES_MAX, ROSTER_HEADS_MAX,
};
use crate::live::Carried;
use crate::packed::{self, TooMany};
use crate::roster::RosterEvent;

const CHANGE: u64 = 1;
const CHECKPOINT: u64 = 2;

/// One plaintext body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// The roster heads that the author knew.
    pub after: BTreeSet<EntryId>,
    /// What is said.
    pub content: Content,
}

/// What a body says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Changes to one document.
    Change(Change),
    /// A document as it stood, for quick reading.
    Checkpoint(Checkpoint),
    /// Something that happened to the group.
    Roster(RosterEvent),
    /// Of a kind that needs a newer program.
    Unknown {
        /// The number of the kind.
        kind: u64,
    },
}

/// Changes to one document by one actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The document.
    pub doc_id: [u8; 16],
    /// The log whose actor made the changes: the entry's own, or an older one of the same device that had journalled them.
    pub origin_log: LogId,
    /// The session in which they were made.
    pub session: [u8; 16],
    /// Raw Automerge change chunks, each depending only on earlier ones, on other entries, or on what is carried.
    pub changes: Vec<Vec<u8>>,
    /// Live deltas of other devices that the changes depend on and that no entry known to the author holds.
    pub carried: Vec<Carried>,
}

impl Change {
    /// The one actor that may have made the changes.
    pub fn actor(&self) -> [u8; 16] {
        actor_id(&self.origin_log, &self.session)
    }
}

/// A document as it stood at certain heads. Unverified until the logs have come, and never a source of who wrote what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The document.
    pub doc_id: [u8; 16],
    /// The document's heads that the changes lead to.
    pub heads: BTreeSet<[u8; 32]>,
    /// Raw Automerge change chunks.
    pub changes: Vec<Vec<u8>>,
}

/// Why a body cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// More changes than one body carries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// A list or text of the body is over its limit.
    #[error("{0} is over its limit")]
    OverLimit(&'static str),
    /// The whole is over what fits an entry.
    #[error(transparent)]
    TooLong(#[from] TooLong),
    /// The header that the body is sealed for names another key.
    #[error("the entry is to name another key than the one that seals it")]
    OtherKey,
    /// Of a kind that this program does not know how to write.
    #[error("a body of an unknown kind cannot be written")]
    UnknownKind,
}

/// Why bytes are not a body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Opens, and is not the encoding of a body. Every program of this version decides alike.
    #[error("the body is malformed: {0}")]
    Malformed(String),
}

impl From<Error> for BodyError {
    fn from(error: Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl Body {
    /// Encodes, pads and seals the body for the place that the draft says.
    ///
    /// # Errors
    /// Every variant of [`EncodeError`].
    pub fn seal(
        &self,
        key: &EpochKey,
        draft: &Draft,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Vec<u8>, EncodeError> {
        if draft.key_id != key.id() {
            return Err(EncodeError::OtherKey);
        }
        Ok(key.seal(&draft.aad(), &self.encode()?, rng)?)
    }

    /// Opens and reads the body of a sealed entry.
    ///
    /// # Errors
    /// Every variant of [`BodyError`].
    pub fn open(key: &EpochKey, entry: &Entry) -> Result<Self, BodyError> {
        Self::decode(&key.open(entry.aad(), entry.body())?)
    }

    /// The plaintext. Equal bodies have equal bytes.
    ///
    /// # Errors
    /// Every variant of [`EncodeError`] but `OtherKey`.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        if self.after.len() > ROSTER_HEADS_MAX {
            return Err(EncodeError::OverLimit("the list of roster heads"));
        }
        let (kind, content) = match &self.content {
            Content::Change(change) => (CHANGE, change.encode()?),
            Content::Checkpoint(checkpoint) => (CHECKPOINT, checkpoint.encode()?),
            Content::Roster(event) => event.encode()?,
            Content::Unknown { .. } => return Err(EncodeError::UnknownKind),
        };
        let bytes = frame(kind, &self.after, &content).expect("a vector takes every write");
        if bytes.len() > PLAINTEXT_BYTES_MAX {
            return Err(TooLong(bytes.len()).into());
        }
        Ok(bytes)
    }

    /// Reads a plaintext.
    ///
    /// # Errors
    /// [`BodyError::Malformed`].
    pub fn decode(plaintext: &[u8]) -> Result<Self, BodyError> {
        let outer: Outer<'_> = cbor::decode_whole(plaintext)?;
        let content = match outer.kind {
            CHANGE => Content::Change(Change::decode(outer.content)?),
            CHECKPOINT => Content::Checkpoint(Checkpoint::decode(outer.content)?),
            kind if RosterEvent::is_kind(kind) => {
                Content::Roster(RosterEvent::decode(kind, outer.content)?)
            }
            kind => Content::Unknown { kind },
        };
        Ok(Self {
            after: outer.after,
            content,
        })
    }
}

struct Outer<'b> {
    kind: u64,
    after: BTreeSet<EntryId>,
    content: &'b [u8],
}

impl<'b, C> minicbor::Decode<'b, C> for Outer<'b> {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let input = d.input();
        let (mut kind, mut after, mut content) = (None, BTreeSet::new(), &input[..0]);
        cbor::map(d, |key, d| {
            match key {
                0 => kind = Some(d.u64()?),
                1 => {
                    after = cbor::list(d, ROSTER_HEADS_MAX, |d| d.decode())?
                        .into_iter()
                        .collect()
                }
                2 => {
                    let from = d.position();
                    d.skip()?;
                    content = &input[from..d.position()];
                }
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            kind: cbor::required(kind, "a body without kind")?,
            after,
            content,
        })
    }
}

type Written<T> = Result<T, minicbor::encode::Error<std::convert::Infallible>>;

fn frame(kind: u64, after: &BTreeSet<EntryId>, content: &[u8]) -> Written<Vec<u8>> {
    let mut e = Encoder::new(Vec::with_capacity(content.len() + 64));
    e.map(3)?
        .u8(0)?
        .u64(kind)?
        .u8(1)?
        .array(after.len() as u64)?;
    for head in after {
        e.encode(head)?;
    }
    e.u8(2)?;
    let mut bytes = e.into_writer();
    bytes.extend_from_slice(content);
    Ok(bytes)
}

impl Change {
    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        if self.carried.len() > CARRIED_MAX {
            return Err(EncodeError::OverLimit("the list of carried deltas"));
        }
        let packed = packed::pack(&self.changes)?;
        Ok(self.write(&packed).expect("a vector takes every write"))
    }

    fn write(&self, packed: &[u8]) -> Written<Vec<u8>> {
        let mut e = Encoder::new(Vec::new());
        e.map(5)?.u8(0)?.bytes(&self.doc_id)?;
        e.u8(1)?.encode(self.origin_log)?;
        e.u8(2)?.bytes(&self.session)?;
        e.u8(3)?.bytes(packed)?;
        e.u8(4)?.array(self.carried.len() as u64)?;
        for carried in &self.carried {
            e.array(2)?
                .bytes(&carried.log_init)?
                .bytes(&carried.frame)?;
        }
        Ok(e.into_writer())
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut doc_id, mut origin_log, mut session) = (None, None, None);
        let (mut changes, mut carried) = (Vec::new(), Vec::new());
        cbor::whole_map(content, |key, d| {
            match key {
                0 => doc_id = Some(cbor::array(d)?),
                1 => origin_log = Some(d.decode()?),
                2 => session = Some(cbor::array(d)?),
                3 => changes = packed::unpack(d.bytes()?)?,
                4 => carried = cbor::list(d, CARRIED_MAX, decode_carried)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            doc_id: cbor::required(doc_id, "changes without document")?,
            origin_log: cbor::required(origin_log, "changes without log")?,
            session: cbor::required(session, "changes without session")?,
            changes,
            carried,
        })
    }
}

fn decode_carried(d: &mut Decoder<'_>) -> Result<Carried, Error> {
    if d.array()? != Some(2) {
        return Err(Error::message("a carried delta is two byte strings"));
    }
    Ok(Carried {
        log_init: cbor::array(d)?,
        frame: cbor::bytes(d, LIVE_BYTES_MAX)?,
    })
}

impl Checkpoint {
    fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        if self.heads.len() > DOCUMENT_HEADS_MAX {
            return Err(EncodeError::OverLimit("the list of document heads"));
        }
        let packed = packed::pack(&self.changes)?;
        Ok(self.write(&packed).expect("a vector takes every write"))
    }

    fn write(&self, packed: &[u8]) -> Written<Vec<u8>> {
        let mut e = Encoder::new(Vec::new());
        e.map(3)?.u8(0)?.bytes(&self.doc_id)?;
        e.u8(1)?.array(self.heads.len() as u64)?;
        for head in &self.heads {
            e.bytes(head)?;
        }
        e.u8(2)?.bytes(packed)?;
        Ok(e.into_writer())
    }

    fn decode(content: &[u8]) -> Result<Self, Error> {
        let (mut doc_id, mut heads, mut changes) = (None, BTreeSet::new(), Vec::new());
        cbor::whole_map(content, |key, d| {
            match key {
                0 => doc_id = Some(cbor::array(d)?),
                1 => {
                    heads = cbor::list(d, DOCUMENT_HEADS_MAX, cbor::array)?
                        .into_iter()
                        .collect()
                }
                2 => changes = packed::unpack(d.bytes()?)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            doc_id: cbor::required(doc_id, "a checkpoint without document")?,
            heads,
            changes,
        })
    }
}

#[cfg(test)]
mod tests;
