//! What two sides prove to each other: the transcript of a session, and the tags, messages and keys that follow from it.
//!
//! Owns these bytes (`docs/sync-protocol.md` draws them). Decides nothing and keeps no state.

use crate::clock::Digest;
use crate::frame::Named;
use crate::ids::{EntryId, NotebookId};
use crate::session::host::DiscoveryKey;

const SIGN_CONTEXT: &[u8] = b"moot/hello/1\0";
const KEY_OF_SESSION: u8 = 0;

/// Bytes that are left of a shortened name. Two of a million names meet by chance once in forty million sessions.
pub const NAME_BYTES: usize = 8;

/// Which side of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Opened the stream and chose the notebook.
    Initiator,
    /// Learns the notebook from the initiator's tag.
    Responder,
}

impl Side {
    fn to_byte(self) -> u8 {
        match self {
            Self::Initiator => 1,
            Self::Responder => 2,
        }
    }

    /// The side across.
    pub fn other(self) -> Self {
        match self {
            Self::Initiator => Self::Responder,
            Self::Responder => Self::Initiator,
        }
    }
}

/// Who talks to whom, and the nonces of both: what makes one session unlike any other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// The network identity of the side that opened the stream.
    pub initiator: Vec<u8>,
    /// The network identity of the other side.
    pub responder: Vec<u8>,
    /// The nonce of the first.
    pub initiator_nonce: [u8; 32],
    /// The nonce of the second.
    pub responder_nonce: [u8; 32],
}

impl Transcript {
    /// Proves knowledge of a discovery key. It differs by side, so that an echo proves nothing.
    pub fn tag(&self, key: &DiscoveryKey, of: Side) -> [u8; 32] {
        self.keyed(key, of.to_byte())
    }

    /// What a side signs. It names the signer first, so that neither signature serves for the other side.
    pub fn message(&self, notebook: &NotebookId, genesis: &EntryId, by: Side) -> Vec<u8> {
        let (own, other) = match by {
            Side::Initiator => (&self.initiator, &self.responder),
            Side::Responder => (&self.responder, &self.initiator),
        };
        let mut message = SIGN_CONTEXT.to_vec();
        message.extend_from_slice(&notebook.0);
        message.extend_from_slice(&genesis.0);
        extend_prefixed(&mut message, own);
        extend_prefixed(&mut message, other);
        message.extend_from_slice(&self.initiator_nonce);
        message.extend_from_slice(&self.responder_nonce);
        message
    }

    /// The key under which names are shortened and digests are hidden in this session. Of a shortened name `name_bytes` bytes
    /// count, [`NAME_BYTES`] but in tests of names that meet.
    pub fn session_key(&self, key: &DiscoveryKey, name_bytes: usize) -> SessionKey {
        SessionKey {
            key: self.keyed(key, KEY_OF_SESSION),
            name_bytes: name_bytes.min(NAME_BYTES),
        }
    }

    fn keyed(&self, key: &DiscoveryKey, role: u8) -> [u8; 32] {
        let (first, second) = if self.initiator <= self.responder {
            (&self.initiator, &self.responder)
        } else {
            (&self.responder, &self.initiator)
        };
        let mut input = vec![role];
        extend_prefixed(&mut input, first);
        extend_prefixed(&mut input, second);
        input.extend_from_slice(&self.initiator_nonce);
        input.extend_from_slice(&self.responder_nonce);
        *blake3::keyed_hash(&key.0, &input).as_bytes()
    }
}

/// Appends a part of varying length after its length in two bytes.
fn extend_prefixed(to: &mut Vec<u8>, part: &[u8]) {
    let len = u16::try_from(part.len()).unwrap_or(u16::MAX);
    to.extend_from_slice(&len.to_be_bytes());
    to.extend_from_slice(&part[..usize::from(len)]);
}

/// Compares proofs without telling by the time it takes where they differ.
pub(crate) fn is_same(a: &[u8; 32], b: &[u8; 32]) -> bool {
    blake3::Hash::from_bytes(*a) == blake3::Hash::from_bytes(*b)
}

/// Shortens names and hides digests for one session.
#[derive(Clone)]
pub struct SessionKey {
    key: [u8; 32],
    name_bytes: usize,
}

impl SessionKey {
    /// The first 8 bytes of a hash of the name. Nobody can choose names that meet: both sides' nonces stand behind the key.
    pub fn shorten(&self, name: &[u8; 32]) -> [u8; NAME_BYTES] {
        let hash = blake3::keyed_hash(&self.key, name);
        let mut short = [0; NAME_BYTES];
        short[..self.name_bytes].copy_from_slice(&hash.as_bytes()[..self.name_bytes]);
        short
    }

    /// Whether a name that the peer wrote can be this one.
    pub fn can_be(&self, named: &Named, name: &[u8; 32]) -> bool {
        match named {
            Named::Full(full) => full == name,
            Named::Short(short) => *short == self.shorten(name),
        }
    }

    /// The digest as it travels: without the session's key it does not tell whether two devices hold the same.
    pub fn hide(&self, digest: &Digest) -> [u8; 32] {
        *blake3::keyed_hash(&self.key, &digest.0).as_bytes()
    }
}
