//! One entry: the fixed header of 208 bytes, its signature, and the body that it commits to.
//!
//! Owns the exact bytes (`docs/entry-format.md` draws them) and their verification. Never opens a body, never re-encodes what
//! was received, never decides where an entry belongs in its log (that is [`crate::chain`]).

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use crate::ids::{DevicePk, EntryId, KeyId, LogId};
use crate::limits::{AAD_BYTES, BODY_BYTES_MAX, HEADER_BYTES, SIGNED_BYTES};

/// The version of the entry format that this program writes and applies.
pub const VERSION: u8 = 1;
/// The one suite of this version: BLAKE3, Ed25519, XChaCha20-Poly1305, HPKE base with X25519, HKDF-SHA256 and ChaCha20-Poly1305.
pub const SUITE: u8 = 1;
/// The flag bits whose meaning a reader must know to apply the entry.
pub const CRITICAL_FLAGS: u8 = 0x0f;

const SIGN_CONTEXT: &[u8] = b"moot/entry/1\0";
const ID_CONTEXT: &str = "moot 2026 entry-id v1";

/// What an entry carries, as far as a reader without keys can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A body sealed under the epoch key that the header names.
    Sealed,
    /// Wraps of an epoch key for the devices that may open it.
    Keybox,
    /// The device will write no more in this log.
    LogClose,
    /// Something newer: kept and forwarded, not applied.
    Unknown(u8),
}

impl Kind {
    /// The byte that stands for it in a header.
    pub fn to_byte(self) -> u8 {
        match self {
            Self::Sealed => 0,
            Self::Keybox => 1,
            Self::LogClose => 2,
            Self::Unknown(byte) => byte,
        }
    }

    /// The kind that a header's byte stands for.
    pub fn from_byte(byte: u8) -> Self {
        match byte {
            0 => Self::Sealed,
            1 => Self::Keybox,
            2 => Self::LogClose,
            other => Self::Unknown(other),
        }
    }
}

/// The fields of a header, without its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Format version; other than [`VERSION`] means "needs a newer program".
    pub version: u8,
    /// Cryptographic suite; other than [`SUITE`] means "needs a newer program".
    pub suite: u8,
    /// What the body is.
    pub kind: Kind,
    /// Flag bits; those of [`CRITICAL_FLAGS`] must be understood.
    pub flags: u8,
    /// The log that the entry stands in.
    pub log_id: LogId,
    /// Position in the log, from 0.
    pub seq: u64,
    /// The entry before it; the log's id, as bytes, at position 0.
    pub prev: EntryId,
    /// The epoch key that seals the body or that a keybox wraps.
    pub key_id: KeyId,
    /// Bytes of the body.
    pub body_len: u32,
    /// BLAKE3 of the body.
    pub body_hash: [u8; 32],
}

/// Why bytes are not an acceptable entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The header has not exactly 208 bytes.
    #[error("an entry header has {HEADER_BYTES} bytes, not {0}")]
    HeaderLength(usize),
    /// The header announces a body over the limit.
    #[error("a body of {0} bytes is over the limit of {BODY_BYTES_MAX}")]
    BodyTooLong(u32),
    /// The body is not as long as the header says.
    #[error("the header says {expected} bytes of body, there are {found}")]
    BodyLength {
        /// What the header says.
        expected: u32,
        /// What there is.
        found: usize,
    },
    /// The body is not the one that the header commits to.
    #[error("the body is not the one that the header commits to")]
    BodyHash,
    /// The header breaks a rule of its kind.
    #[error("{0}")]
    Malformed(&'static str),
    /// The entry names another log than the one whose key verifies it.
    #[error("the entry belongs to another log")]
    WrongLog,
    /// The signature is not one of the log's device over this header.
    #[error("the signature does not verify")]
    Signature,
}

/// One entry exactly as it was signed. A value of this type has a well-formed header and the body that it commits to;
/// the signature has been checked only where it came from [`Entry::sign`] or passed [`Entry::verify`].
#[derive(Clone, PartialEq, Eq)]
pub struct Entry {
    bytes: [u8; HEADER_BYTES],
    header: Header,
    id: EntryId,
    body: Vec<u8>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Entry({:?} #{} of {:?}, {} B)",
            self.id,
            self.header.seq,
            self.header.log_id,
            self.body.len()
        )
    }
}

/// What the writer of an entry chooses; the rest of the header follows from it.
#[derive(Debug, Clone)]
pub struct Draft {
    /// What the body is.
    pub kind: Kind,
    /// The log to append to.
    pub log_id: LogId,
    /// The position to take.
    pub seq: u64,
    /// The entry before it, or the log's id as bytes.
    pub prev: EntryId,
    /// The key that seals or is wrapped.
    pub key_id: KeyId,
}

impl Draft {
    /// The bytes that a sealed body is bound to: the header up to `body_len`, for exactly this position of this log.
    pub fn aad(&self) -> [u8; AAD_BYTES] {
        let bytes = self.header(&[]).encode();
        let mut aad = [0; AAD_BYTES];
        aad.copy_from_slice(&bytes[..AAD_BYTES]);
        aad
    }

    fn header(&self, body: &[u8]) -> Header {
        Header {
            version: VERSION,
            suite: SUITE,
            kind: self.kind,
            flags: 0,
            log_id: self.log_id,
            seq: self.seq,
            prev: self.prev,
            key_id: self.key_id,
            body_len: u32::try_from(body.len()).unwrap_or(u32::MAX),
            body_hash: *blake3::hash(body).as_bytes(),
        }
    }
}

impl Entry {
    /// Signs a body into an entry.
    ///
    /// # Errors
    /// [`EntryError::BodyTooLong`], and [`EntryError::Malformed`] where kind, key and body do not fit each other.
    pub fn sign(draft: &Draft, body: Vec<u8>, key: &SigningKey) -> Result<Self, EntryError> {
        let header = draft.header(&body);
        header.check()?;
        let signed = header.encode();
        let signature = key.sign(&[SIGN_CONTEXT, &signed].concat());
        Self::from_parts(header, &signature.to_bytes(), body)
    }

    /// Reads an entry from its 208 header bytes and its body. The signature is not checked here.
    ///
    /// # Errors
    /// Every variant of [`EntryError`] but `WrongLog` and `Signature`.
    pub fn decode(header: &[u8], body: Vec<u8>) -> Result<Self, EntryError> {
        let bytes: [u8; HEADER_BYTES] = header
            .try_into()
            .map_err(|_| EntryError::HeaderLength(header.len()))?;
        let (header, id) = Header::decode(&bytes)?;
        if u32::try_from(body.len()) != Ok(header.body_len) {
            return Err(EntryError::BodyLength {
                expected: header.body_len,
                found: body.len(),
            });
        }
        if *blake3::hash(&body).as_bytes() != header.body_hash {
            return Err(EntryError::BodyHash);
        }
        Ok(Self {
            bytes,
            header,
            id,
            body,
        })
    }

    /// Puts an entry together whose header was worked out from elsewhere; `body_len` and `body_hash` must be those of the body.
    pub(crate) fn from_parts(
        header: Header,
        signature: &[u8; 64],
        body: Vec<u8>,
    ) -> Result<Self, EntryError> {
        header.check()?;
        let signed = header.encode();
        let mut bytes = [0; HEADER_BYTES];
        bytes[..SIGNED_BYTES].copy_from_slice(&signed);
        bytes[SIGNED_BYTES..].copy_from_slice(signature);
        Ok(Self {
            id: id_of(&signed),
            bytes,
            header,
            body,
        })
    }

    /// Reads an entry from one run of bytes, the header and then the body, as [`Entry::to_bytes`] writes them.
    ///
    /// # Errors
    /// As [`Entry::decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EntryError> {
        let (header, body) = bytes
            .split_at_checked(HEADER_BYTES)
            .ok_or(EntryError::HeaderLength(bytes.len()))?;
        if body.len() > BODY_BYTES_MAX {
            let len = u32::try_from(body.len()).unwrap_or(u32::MAX);
            return Err(EntryError::BodyTooLong(len));
        }
        Self::decode(header, body.to_vec())
    }

    /// The header and the body in one.
    pub fn to_bytes(&self) -> Vec<u8> {
        [self.bytes.as_slice(), &self.body].concat()
    }

    /// Checks the signature by the device that writes the log, strictly: small-order keys and non-canonical signatures fail.
    ///
    /// # Errors
    /// [`EntryError::WrongLog`] and [`EntryError::Signature`].
    pub fn verify(&self, log_id: &LogId, device: &DevicePk) -> Result<(), EntryError> {
        if self.header.log_id != *log_id {
            return Err(EntryError::WrongLog);
        }
        let (signed, signature) = self.bytes.split_at(SIGNED_BYTES);
        verify_strict(device, SIGN_CONTEXT, signed, signature).ok_or(EntryError::Signature)
    }

    /// The entry's name.
    pub fn id(&self) -> EntryId {
        self.id
    }

    /// The fields of the header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The exact header bytes, signature included.
    pub fn header_bytes(&self) -> &[u8; HEADER_BYTES] {
        &self.bytes
    }

    /// The signature alone.
    pub fn signature(&self) -> &[u8; 64] {
        let (_, signature) = self.bytes.split_at(SIGNED_BYTES);
        signature
            .try_into()
            .expect("what follows the signed bytes of a header is its signature")
    }

    /// The bytes that a sealed body is bound to.
    pub fn aad(&self) -> &[u8] {
        &self.bytes[..AAD_BYTES]
    }

    /// The body as stored, sealed or not.
    pub fn body(&self) -> &[u8] {
        &self.body
    }
}

impl Header {
    /// The 144 bytes that are hashed and signed.
    pub fn encode(&self) -> [u8; SIGNED_BYTES] {
        let mut bytes = [0; SIGNED_BYTES];
        bytes[0] = self.version;
        bytes[1] = self.suite;
        bytes[2] = self.kind.to_byte();
        bytes[3] = self.flags;
        bytes[4..36].copy_from_slice(&self.log_id.0);
        bytes[36..44].copy_from_slice(&self.seq.to_be_bytes());
        bytes[44..76].copy_from_slice(&self.prev.0);
        bytes[76..108].copy_from_slice(&self.key_id.0);
        bytes[108..112].copy_from_slice(&self.body_len.to_be_bytes());
        bytes[112..144].copy_from_slice(&self.body_hash);
        bytes
    }

    /// Reads the fields and the entry's id from header bytes, and checks the limits and the rules of known kinds.
    ///
    /// # Errors
    /// [`EntryError::BodyTooLong`] and [`EntryError::Malformed`].
    pub fn decode(bytes: &[u8; HEADER_BYTES]) -> Result<(Self, EntryId), EntryError> {
        let header = Self {
            version: bytes[0],
            suite: bytes[1],
            kind: Kind::from_byte(bytes[2]),
            flags: bytes[3],
            log_id: LogId(array(bytes, 4)),
            seq: u64::from_be_bytes(array(bytes, 36)),
            prev: EntryId(array(bytes, 44)),
            key_id: KeyId(array(bytes, 76)),
            body_len: u32::from_be_bytes(array(bytes, 108)),
            body_hash: array(bytes, 112),
        };
        header.check()?;
        Ok((header, id_of(&array(bytes, 0))))
    }

    /// Whether this program knows everything that it must know to apply the entry. What it does not know it keeps and forwards.
    pub fn is_understood(&self) -> bool {
        self.version == VERSION
            && self.suite == SUITE
            && self.flags & CRITICAL_FLAGS == 0
            && !matches!(self.kind, Kind::Unknown(_))
    }

    fn check(&self) -> Result<(), EntryError> {
        if self.body_len as usize > BODY_BYTES_MAX {
            return Err(EntryError::BodyTooLong(self.body_len));
        }
        if self.seq == u64::MAX {
            return Err(EntryError::Malformed(
                "the position is at the end of what can be counted",
            ));
        }
        if self.seq == 0 && self.prev.0 != self.log_id.0 {
            return Err(EntryError::Malformed(
                "the first entry of a log must name the log as what is before it",
            ));
        }
        if !self.is_understood() {
            return Ok(());
        }
        match self.kind {
            Kind::Sealed | Kind::Keybox if self.key_id == KeyId::NONE => Err(
                EntryError::Malformed("a sealed body or keybox must name its key"),
            ),
            Kind::LogClose if self.key_id != KeyId::NONE || self.body_len != 0 => Err(
                EntryError::Malformed("a log close has neither key nor body"),
            ),
            _ => Ok(()),
        }
    }
}

/// Checks a signature strictly over a context and a message; `None` where anything about it is wrong.
pub(crate) fn verify_strict(
    device: &DevicePk,
    context: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Option<()> {
    let key = VerifyingKey::from_bytes(&device.0).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    key.verify_strict(&[context, message].concat(), &signature)
        .ok()
}

fn id_of(signed: &[u8; SIGNED_BYTES]) -> EntryId {
    EntryId(blake3::derive_key(ID_CONTEXT, signed))
}

/// The `N` bytes at an offset. Offsets are constants of the layout, so that the range always exists.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

#[cfg(test)]
mod tests;
