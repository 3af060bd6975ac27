//! Live frames: what devices tell each other while people type, before any of it stands in a log.
//!
//! A frame is sealed under the epoch key and signed by the device. Its bytes are kept verbatim, since whoever later writes an
//! entry that depends on a delta carries the frame along, and the signature must still hold. Owns the frame. Never keeps one,
//! never says which counters have been seen.

use ed25519_dalek::SigningKey;
use minicbor::Encoder;
use minicbor::decode::Error;
use moot_log::log_init::LOG_INIT_BYTES;
use moot_log::{KeyId, LogId, LogInit, LogInitError, NotebookId};
use rand_core::CryptoRng;

use crate::actor::actor_id;
use crate::cbor::{self, Field};
use crate::epoch::{EpochKey, OpenError, TooLong};
use crate::limits::LIVE_BYTES_MAX;
use crate::packed::{self, TooMany};
use crate::signing;

/// The version of the frame that this program writes and reads.
pub const VERSION: u8 = 1;
/// Bytes before the sealed part; all of them are what the sealed part is bound to.
pub const HEADER_BYTES: usize = 106;

const SIGN_CONTEXT: &[u8] = b"moot/live/1\0";
const SIGNATURE_BYTES: usize = 64;
/// Bytes of a caret, which the notebook layer encodes.
const CARET_BYTES_MAX: usize = 1_024;

/// What a frame is about, as far as it can be told without the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LiveKind {
    /// Changes that the sender has journalled.
    Delta,
    /// Where the sender is and what it points at.
    Presence,
    /// Something newer: to be passed over.
    Unknown(u8),
}

/// The open part of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiveHeader {
    /// What the frame is about.
    pub kind: LiveKind,
    /// The notebook.
    pub notebook: NotebookId,
    /// The log that the sender is writing.
    pub log: LogId,
    /// The sender's session.
    pub session: [u8; 16],
    /// Goes up with every frame of a session, so that a repeated one is noticed.
    pub counter: u64,
    /// The epoch key that seals the frame.
    pub key_id: KeyId,
}

/// The sealed part of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Live {
    /// Changes that the sender has journalled and that stand in no entry yet.
    Delta(Delta),
    /// Where the sender is.
    Presence(Presence),
}

/// Changes to one document by the frame's actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delta {
    /// The document.
    pub doc_id: [u8; 16],
    /// Raw Automerge change chunks.
    pub changes: Vec<Vec<u8>>,
}

/// Where somebody is. Never stored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Presence {
    /// The document that they have open.
    pub doc_id: Option<[u8; 16]>,
    /// Their caret in it, in the notebook layer's own encoding.
    pub caret: Option<Vec<u8>>,
}

/// A frame exactly as it was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveFrame {
    header: LiveHeader,
    bytes: Vec<u8>,
}

/// A delta of another device inside an entry, with the head of its log, both verbatim. Checked by [`Carried::verify`], one by
/// one, so that a bad one does not spoil the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The head of the sender's log.
    pub log_init: [u8; LOG_INIT_BYTES],
    /// The frame.
    pub frame: Vec<u8>,
}

/// Why a frame cannot be made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    /// Shorter than a frame or over the limit.
    #[error("a live frame of {0} bytes")]
    Length(usize),
    /// Written by a newer program.
    #[error("a live frame of version {0} needs a newer moot")]
    Version(u8),
    /// Names another log or notebook than the head of the log that it is checked against.
    #[error("the live frame belongs to another log")]
    OtherLog,
    /// Not signed by the log's device.
    #[error("the live frame is not signed by its device")]
    Signature,
    /// Does not open with the key.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Names another key than the one given.
    #[error("the live frame is sealed under another key")]
    OtherKey,
    /// Opens, and is not what its kind says.
    #[error("the live frame is malformed: {0}")]
    Malformed(String),
    /// The carried head of a log is not one.
    #[error(transparent)]
    LogInit(#[from] LogInitError),
    /// A caret of so many bytes is over the limit.
    #[error("a caret of {0} bytes")]
    Caret(usize),
    /// More changes than one frame carries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The whole is over what fits a frame.
    #[error(transparent)]
    TooLong(#[from] TooLong),
}

impl From<Error> for LiveError {
    fn from(error: Error) -> Self {
        Self::Malformed(error.to_string())
    }
}

impl LiveKind {
    fn to_byte(self) -> u8 {
        match self {
            Self::Delta => 1,
            Self::Presence => 2,
            Self::Unknown(byte) => byte,
        }
    }

    fn from_byte(byte: u8) -> Self {
        match byte {
            1 => Self::Delta,
            2 => Self::Presence,
            other => Self::Unknown(other),
        }
    }
}

/// Who sends a frame: everything of a header but its kind and key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sender {
    /// The notebook.
    pub notebook: NotebookId,
    /// The log that the sender is writing.
    pub log: LogId,
    /// The sender's session.
    pub session: [u8; 16],
    /// The number of this frame in the session.
    pub counter: u64,
}

impl LiveFrame {
    /// Seals and signs a frame.
    ///
    /// # Errors
    /// [`LiveError::TooMany`], [`LiveError::Caret`], [`LiveError::TooLong`] and [`LiveError::Length`].
    pub fn sign(
        sender: Sender,
        live: &Live,
        key: &EpochKey,
        device: &SigningKey,
        rng: &mut (impl CryptoRng + ?Sized),
    ) -> Result<Self, LiveError> {
        let kind = match live {
            Live::Delta(_) => LiveKind::Delta,
            Live::Presence(_) => LiveKind::Presence,
        };
        let Sender {
            notebook,
            log,
            session,
            counter,
        } = sender;
        let header = LiveHeader {
            kind,
            notebook,
            log,
            session,
            counter,
            key_id: key.id(),
        };
        let mut bytes = header.encode();
        let sealed = key.seal(&bytes, &live.encode()?, rng)?;
        bytes.extend_from_slice(&sealed);
        let signature = signing::sign(device, SIGN_CONTEXT, &bytes);
        bytes.extend_from_slice(&signature);
        if bytes.len() > LIVE_BYTES_MAX {
            return Err(LiveError::Length(bytes.len()));
        }
        Ok(Self { header, bytes })
    }

    /// Reads the open part of a frame. Nothing is checked but its form.
    ///
    /// # Errors
    /// [`LiveError::Length`] and [`LiveError::Version`].
    pub fn decode(bytes: Vec<u8>) -> Result<Self, LiveError> {
        if bytes.len() > LIVE_BYTES_MAX {
            return Err(LiveError::Length(bytes.len()));
        }
        if let Some(version) = bytes.first().filter(|version| **version != VERSION) {
            return Err(LiveError::Version(*version));
        }
        if bytes.len() < HEADER_BYTES + SIGNATURE_BYTES {
            return Err(LiveError::Length(bytes.len()));
        }
        Ok(Self {
            header: LiveHeader::decode(&bytes),
            bytes,
        })
    }

    /// Checks that the device behind the head of the log signed the frame for that log and notebook.
    ///
    /// # Errors
    /// [`LiveError::OtherLog`] and [`LiveError::Signature`].
    pub fn verify(&self, log_init: &LogInit) -> Result<(), LiveError> {
        if self.header.log != log_init.log_id() || self.header.notebook != log_init.notebook() {
            return Err(LiveError::OtherLog);
        }
        let (signed, signature) = self.split();
        if signing::verifies(&log_init.device().0, SIGN_CONTEXT, signed, &signature) {
            Ok(())
        } else {
            Err(LiveError::Signature)
        }
    }

    /// Opens a frame; `None` where it is of a kind that needs a newer program. The caller has verified it.
    ///
    /// # Errors
    /// [`LiveError::OtherKey`], [`LiveError::Open`] and [`LiveError::Malformed`].
    pub fn open(&self, key: &EpochKey) -> Result<Option<Live>, LiveError> {
        if self.header.key_id != key.id() {
            return Err(LiveError::OtherKey);
        }
        let (signed, _) = self.split();
        let (header, sealed) = signed.split_at(HEADER_BYTES);
        let text = key.open(header, sealed)?;
        Ok(match self.header.kind {
            LiveKind::Delta => Some(Live::Delta(Delta::decode(&text)?)),
            LiveKind::Presence => Some(Live::Presence(Presence::decode(&text)?)),
            LiveKind::Unknown(_) => None,
        })
    }

    /// The open part.
    pub fn header(&self) -> &LiveHeader {
        &self.header
    }

    /// The exact bytes that travel and are journalled.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The form in which an entry carries the frame.
    pub fn carry(&self, log_init: &LogInit) -> Carried {
        Carried {
            log_init: log_init.encode(),
            frame: self.bytes.clone(),
        }
    }

    fn split(&self) -> (&[u8], [u8; SIGNATURE_BYTES]) {
        let (signed, signature) = self
            .bytes
            .split_last_chunk::<SIGNATURE_BYTES>()
            .expect("a frame is longer than its signature");
        (signed, *signature)
    }
}

impl Carried {
    /// Reads the frame and the head of its log, and checks both signatures.
    ///
    /// # Errors
    /// Those of [`LogInit::decode`], [`LiveFrame::decode`] and [`LiveFrame::verify`].
    pub fn verify(&self) -> Result<(LogInit, LiveFrame), LiveError> {
        let log_init = LogInit::decode(&self.log_init)?;
        let frame = LiveFrame::decode(self.frame.clone())?;
        frame.verify(&log_init)?;
        Ok((log_init, frame))
    }
}

impl LiveHeader {
    /// The one actor that may have made the changes of a delta.
    pub fn actor(&self) -> [u8; 16] {
        actor_id(&self.log, &self.session)
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_BYTES);
        bytes.extend_from_slice(&[VERSION, self.kind.to_byte()]);
        bytes.extend_from_slice(&self.notebook.0);
        bytes.extend_from_slice(&self.log.0);
        bytes.extend_from_slice(&self.session);
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&self.key_id.0);
        bytes
    }

    /// The caller has checked the length.
    fn decode(bytes: &[u8]) -> Self {
        Self {
            kind: LiveKind::from_byte(bytes[1]),
            notebook: NotebookId(part(bytes, 2)),
            log: LogId(part(bytes, 18)),
            session: part(bytes, 50),
            counter: u64::from_be_bytes(part(bytes, 66)),
            key_id: KeyId(part(bytes, 74)),
        }
    }
}

/// The `N` bytes at an offset of the header.
fn part<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

type Written = Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>>;

impl Live {
    fn encode(&self) -> Result<Vec<u8>, LiveError> {
        Ok(match self {
            Self::Delta(delta) => delta.write(&packed::pack(&delta.changes)?),
            Self::Presence(presence) => {
                let caret_len = presence.caret.as_ref().map_or(0, Vec::len);
                if caret_len > CARET_BYTES_MAX {
                    return Err(LiveError::Caret(caret_len));
                }
                presence.write()
            }
        }
        .expect("a vector takes every write"))
    }
}

impl Delta {
    fn write(&self, packed: &[u8]) -> Written {
        let mut e = Encoder::new(Vec::new());
        e.map(2)?.u8(0)?.bytes(&self.doc_id)?.u8(1)?.bytes(packed)?;
        Ok(e.into_writer())
    }

    fn decode(text: &[u8]) -> Result<Self, Error> {
        let (mut doc_id, mut changes) = (None, Vec::new());
        cbor::whole_map(text, |key, d| {
            match key {
                0 => doc_id = Some(cbor::array(d)?),
                1 => changes = packed::unpack(d.bytes()?)?,
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(Self {
            doc_id: cbor::required(doc_id, "a delta without document")?,
            changes,
        })
    }
}

impl Presence {
    fn write(&self) -> Written {
        let fields = u64::from(self.doc_id.is_some()) + u64::from(self.caret.is_some());
        let mut e = Encoder::new(Vec::new());
        e.map(fields)?;
        if let Some(doc_id) = &self.doc_id {
            e.u8(0)?.bytes(doc_id)?;
        }
        if let Some(caret) = &self.caret {
            e.u8(1)?.bytes(caret)?;
        }
        Ok(e.into_writer())
    }

    fn decode(text: &[u8]) -> Result<Self, Error> {
        let mut presence = Self::default();
        cbor::whole_map(text, |key, d| {
            match key {
                0 => presence.doc_id = Some(cbor::array(d)?),
                1 => presence.caret = Some(cbor::bytes(d, CARET_BYTES_MAX)?),
                _ => return Ok(Field::Unknown),
            }
            Ok(Field::Read)
        })?;
        Ok(presence)
    }
}

#[cfg(test)]
mod tests;
