//! The frames of `/moot/sync/1`: an array of a type number and a map with integer keys each.
//!
//! Owns their bytes and their limits (`docs/sync-protocol.md` lists every field). Never decides whether a frame may come now;
//! the length that goes before a frame on the stream belongs to whoever moves frames.

use minicbor::{Decode, Decoder, Encode};

use crate::clock::ClockRow;
use crate::ids::{DevicePk, EntryId, LogId};
use crate::limits::{
    ADDRESSES_BYTES_MAX, FRAME_BYTES_MAX, JOIN_BYTES_MAX, LIVE_BYTES_MAX, PROBE_IDS_MAX,
    RELAY_BYTES_MAX, ROWS_MAX, TEXT_BYTES_MAX, VERSIONS_MAX,
};

pub mod entries;
pub(crate) mod field;

pub use entries::Entries;
use field::{is_empty, is_false, is_zero};

/// Why bytes are not a frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than a frame may be.
    #[error("a frame of {0} bytes is too long")]
    TooLong(usize),
    /// Not the CBOR that this type of frame must be, or a field over its limit.
    #[error("a frame of type {kind} is malformed at byte {at}")]
    Malformed {
        /// The type number; 0 where not even that can be read.
        kind: u32,
        /// Where reading stopped.
        at: usize,
    },
    /// Bytes follow after the frame.
    #[error("bytes follow after a frame of type {kind}")]
    Trailing {
        /// The type number.
        kind: u32,
    },
}

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// Type 1.
    Hello(Hello),
    /// Type 2.
    Prove(Prove),
    /// Type 3.
    Digest(DigestFrame),
    /// Type 4.
    Clock(ClockFrame),
    /// Type 5.
    Entries(Entries),
    /// Type 6.
    Have(Have),
    /// Type 7.
    Probe(Probe),
    /// Type 8.
    BranchProof(BranchProof),
    /// Type 9: a Delta or Presence, sealed and signed.
    Live(Opaque),
    /// Type 10: a join request.
    Join(Opaque),
    /// Type 11.
    JoinAnswer(JoinAnswer),
    /// Type 12: where the sender can be reached.
    Addresses(Opaque),
    /// Type 13: a [word](crate::relay::Word) between a member and a relay.
    Relay(Opaque),
    /// Type 14.
    Refuse(Refuse),
    /// Type 15: the sender will send no more.
    Bye,
}

/// The first frame of each side.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Hello {
    /// The versions that the sender speaks.
    #[cbor(n(0), decode_with = "field::versions")]
    pub versions: Vec<u32>,
    /// Fresh for this session.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub nonce: [u8; 32],
}

impl Hello {
    /// How many versions may be offered.
    pub const VERSIONS_MAX: usize = VERSIONS_MAX;
}

/// What a side proves itself as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum ProveAs {
    /// A device on the roster.
    #[n(0)]
    Member,
    /// The holder of an invite.
    #[n(1)]
    Joiner,
}

/// Proof of knowing a notebook and of holding a key.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Prove {
    /// A keyed hash that only holders of the discovery key can make, and only for this session and direction.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub tag: [u8; 32],
    /// The device's key, or the invite's.
    #[n(1)]
    pub key: DevicePk,
    /// By that key, over the transcript.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signature: [u8; 64],
    /// Which of the two the key is.
    #[n(3)]
    pub role: ProveAs,
}

/// What the sender holds, as one hash.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DigestFrame {
    /// The digest, hashed under the session's key.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub digest: [u8; 32],
    /// Whether the other side is to answer with its own.
    #[cbor(n(1), skip_if = "is_false")]
    pub ask: bool,
    /// Whether the sender has nothing left to send and has receipts for all that it sent.
    #[cbor(n(2), skip_if = "is_false")]
    pub settled: bool,
}

/// What the sender holds, row by row; a long one in several frames.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ClockFrame {
    /// A row for each chain.
    #[cbor(n(0), decode_with = "field::list::<_, _, ROWS_MAX>")]
    pub rows: Vec<PeerRow>,
    /// Whether more rows follow in another frame.
    #[cbor(n(1), skip_if = "is_false")]
    pub more: bool,
    /// Whether names are written in full and everything said before is void.
    #[cbor(n(2), skip_if = "is_false")]
    pub full: bool,
}

/// How far the sender holds one chain of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct PeerRow {
    /// The log, not the chain: who does not know a branch can still tell to which log it belongs.
    #[n(0)]
    pub log: Named,
    /// One past the position of the last entry.
    #[n(1)]
    pub len: u64,
    /// The last entry.
    #[n(2)]
    pub tip: Named,
}

/// A name of 32 bytes, in full or shortened to 8 bytes under the session's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// Shortened.
    Short([u8; 8]),
    /// In full.
    Full([u8; 32]),
}

/// A receipt: what has come from the other side and is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Have {
    /// How many Entries frames of this session are durable.
    #[n(0)]
    pub through: u64,
    /// The chains that changed by them, as they now are.
    #[cbor(
        n(1),
        decode_with = "field::list::<_, _, ROWS_MAX>",
        skip_if = "is_empty"
    )]
    pub rows: Vec<ClockRow>,
    /// Logs of which frames among them were passed over, and of which nothing more is taken in this session. For these the
    /// rows alone say what is on disk.
    #[cbor(
        n(2),
        decode_with = "field::list::<_, _, ROWS_MAX>",
        skip_if = "is_empty"
    )]
    pub declined: Vec<LogId>,
}

/// Asks which entries of one path the other side holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Probe {
    /// Chosen by the asking side, repeated in the answer.
    #[n(0)]
    pub number: u64,
    /// The log.
    #[n(1)]
    pub log: LogId,
    /// Entries of one path of the log, the latest first.
    #[cbor(n(2), decode_with = "field::list::<_, _, PROBE_IDS_MAX>")]
    pub ids: Vec<EntryId>,
}

/// Answers a probe.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BranchProof {
    /// The probe's number.
    #[n(0)]
    pub number: u64,
    /// Which of its entries is the first that the answering side holds; absent if none.
    #[n(1)]
    pub held: Option<u32>,
}

/// Bytes that pass through.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Opaque {
    /// The bytes.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

/// Answers a join request that is not refused.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct JoinAnswer {
    /// Whether the joiner is in; otherwise it waits.
    #[cbor(n(0), skip_if = "is_false")]
    pub admitted: bool,
    /// What it waits for, for a person.
    #[cbor(n(1), decode_with = "field::text", skip_if = "String::is_empty")]
    pub text: String,
}

/// Ends the session, with a reason where the other side may know it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Refuse {
    /// See [`RefuseReason`](crate::session::RefuseReason).
    #[cbor(n(0), skip_if = "is_zero")]
    pub code: u32,
    /// For a person.
    #[cbor(n(1), decode_with = "field::text", skip_if = "String::is_empty")]
    pub text: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Empty {}

impl Frame {
    /// The number that stands for the type.
    pub fn kind(&self) -> u32 {
        match self {
            Self::Hello(_) => 1,
            Self::Prove(_) => 2,
            Self::Digest(_) => 3,
            Self::Clock(_) => 4,
            Self::Entries(_) => 5,
            Self::Have(_) => 6,
            Self::Probe(_) => 7,
            Self::BranchProof(_) => 8,
            Self::Live(_) => 9,
            Self::Join(_) => 10,
            Self::JoinAnswer(_) => 11,
            Self::Addresses(_) => 12,
            Self::Relay(_) => 13,
            Self::Refuse(_) => 14,
            Self::Bye => 15,
        }
    }

    /// What the type is called, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Hello(_) => "Hello",
            Self::Prove(_) => "Prove",
            Self::Digest(_) => "Digest",
            Self::Clock(_) => "Clock",
            Self::Entries(_) => "Entries",
            Self::Have(_) => "Have",
            Self::Probe(_) => "Probe",
            Self::BranchProof(_) => "BranchProof",
            Self::Live(_) => "Live",
            Self::Join(_) => "Join",
            Self::JoinAnswer(_) => "JoinAnswer",
            Self::Addresses(_) => "Addresses",
            Self::Relay(_) => "Relay",
            Self::Refuse(_) => "Refuse",
            Self::Bye => "Bye",
        }
    }

    /// The bytes that travel, without a length.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Hello(body) => field::frame(self.kind(), body),
            Self::Prove(body) => field::frame(self.kind(), body),
            Self::Digest(body) => field::frame(self.kind(), body),
            Self::Clock(body) => field::frame(self.kind(), body),
            Self::Entries(body) => field::frame(self.kind(), body),
            Self::Have(body) => field::frame(self.kind(), body),
            Self::Probe(body) => field::frame(self.kind(), body),
            Self::BranchProof(body) => field::frame(self.kind(), body),
            Self::Live(body) | Self::Join(body) | Self::Addresses(body) | Self::Relay(body) => {
                field::frame(self.kind(), body)
            }
            Self::JoinAnswer(body) => field::frame(self.kind(), body),
            Self::Refuse(body) => field::frame(self.kind(), body),
            Self::Bye => field::frame(self.kind(), &Empty {}),
        }
    }

    /// Reads a frame; nothing for a type that this program does not know. Unknown fields are passed over, and nothing is
    /// allocated beyond a small multiple of the bytes given.
    ///
    /// # Errors
    /// Every variant of [`FrameError`].
    pub fn decode(bytes: &[u8]) -> Result<Option<Self>, FrameError> {
        if bytes.len() > FRAME_BYTES_MAX {
            return Err(FrameError::TooLong(bytes.len()));
        }
        let mut decoder = Decoder::new(bytes);
        let malformed = |kind, decoder: &Decoder<'_>| FrameError::Malformed {
            kind,
            at: decoder.position(),
        };
        let kind = field::kind(&mut decoder).map_err(|_| malformed(0, &decoder))?;
        let Some(frame) = Self::body(kind, &mut decoder).map_err(|_| malformed(kind, &decoder))?
        else {
            return Ok(None);
        };
        if decoder.position() != bytes.len() {
            return Err(FrameError::Trailing { kind });
        }
        Ok(Some(frame))
    }

    fn body(kind: u32, from: &mut Decoder<'_>) -> Result<Option<Self>, minicbor::decode::Error> {
        Ok(Some(match kind {
            1 => Self::Hello(from.decode()?),
            2 => Self::Prove(from.decode()?),
            3 => Self::Digest(from.decode()?),
            4 => Self::Clock(from.decode()?),
            5 => Self::Entries(from.decode()?),
            6 => Self::Have(from.decode()?),
            7 => Self::Probe(from.decode()?),
            8 => Self::BranchProof(from.decode()?),
            9 => Self::Live(field::opaque(from, LIVE_BYTES_MAX)?),
            10 => Self::Join(field::opaque(from, JOIN_BYTES_MAX)?),
            11 => Self::JoinAnswer(from.decode()?),
            12 => Self::Addresses(field::opaque(from, ADDRESSES_BYTES_MAX)?),
            13 => Self::Relay(field::opaque(from, RELAY_BYTES_MAX)?),
            14 => Self::Refuse(from.decode()?),
            15 => from.decode().map(|Empty {}| Self::Bye)?,
            _ => return Ok(None),
        }))
    }
}

/// A text for a person, cut to what a frame may carry.
pub(crate) fn cut_text(text: &str) -> String {
    let fits = |at: &usize| text.is_char_boundary(*at);
    let end = (0..=text.len().min(TEXT_BYTES_MAX)).rev().find(fits);
    text[..end.unwrap_or(0)].to_owned()
}

#[cfg(test)]
mod tests;
