//! What a member and a relay that cannot read have in common: the relay's ticket, its key, its enrolment, and their words.
//!
//! A relay is a peer like any other to a session. What it keeps of a notebook beside entries (which devices it serves, which
//! invites may post) it is told by members in [`Word`]s. Owns these formats (`docs/sync-protocol.md`, "Relays"). Never decides
//! what a relay takes or keeps.

use minicbor::{Decode, Decoder, Encode};

use crate::frame::field;
use crate::ids::{DevicePk, EntryId, NotebookId};
use crate::limits::{
    PEER_ID_BYTES_MAX, RELAY_ADDRESS_BYTES_MAX, RELAY_ADDRESSES_MAX, RELAY_TICKET_CHARS_MAX,
};
use crate::pasted::{Form, PastedError};
use crate::session::DiscoveryKey;

mod word;

pub use crate::ids::MailId;
pub use word::{Enrol, Full, List, Listed, Mail, NotEnrolled, Taken, Unenrolled, Word, WordError};

const FORM: Form = Form {
    what: "a relay's ticket",
    begins: "mootrelay1",
    checksum_context: "moot 2026 relay-ticket-checksum v1",
    chars_max: RELAY_TICKET_CHARS_MAX,
};

const ENROL_NOTEBOOK_CONTEXT: &str = "moot 2026 relay enrol notebook v1";
const ENROL_DISCOVERY_CONTEXT: &str = "moot 2026 relay enrol discovery-key v1";
const ENROL_GENESIS_CONTEXT: &str = "moot 2026 relay enrol genesis v1";

/// How the multihash of an Ed25519 identity begins: identity, 36 bytes; key type 1; 32 bytes of key.
const IDENTITY_HEAD: [u8; 6] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/// What the operator of a relay hands to a group. Whoever holds it may enrol notebooks; it opens nothing.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RelayTicket {
    /// Lets its holder enrol.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub token: [u8; 16],
    /// The relay's name on the network, as text; [`relay_key`] reads its key out of it.
    #[n(1)]
    pub peer_id: String,
    /// Where it can be reached, as multiaddrs, the best first.
    #[cbor(n(2), decode_with = "field::list::<_, _, RELAY_ADDRESSES_MAX>")]
    pub addresses: Vec<String>,
}

impl std::fmt::Debug for RelayTicket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelayTicket")
            .field("peer_id", &self.peer_id)
            .finish_non_exhaustive()
    }
}

impl RelayTicket {
    /// The ticket as text, at most [`RELAY_TICKET_CHARS_MAX`] characters. Addresses that are too long are left out, and the
    /// last ones until it fits.
    pub fn encode(&self) -> String {
        let mut fitting = self.clone();
        fitting
            .addresses
            .retain(|address| address.len() <= RELAY_ADDRESS_BYTES_MAX);
        fitting.addresses.truncate(RELAY_ADDRESSES_MAX);
        loop {
            let content = minicbor::to_vec(&fitting).expect("a vector takes every write");
            let fits = FORM.chars_of(content.len()) <= RELAY_TICKET_CHARS_MAX;
            if fits || fitting.addresses.pop().is_none() {
                return FORM.encode(&content);
            }
        }
    }

    /// Reads a ticket. White space, line breaks and capitals are no matter. The name on the network has a key that a relay can
    /// prove itself by.
    ///
    /// # Errors
    /// Every variant of [`PastedError`].
    pub fn decode(text: &str) -> Result<Self, PastedError> {
        let content = FORM.decode(text)?;
        let malformed = |what: &str| PastedError::Malformed(what.to_owned());
        let mut decoder = Decoder::new(&content);
        let ticket: Self = decoder
            .decode()
            .map_err(|error| malformed(&error.to_string()))?;
        if decoder.position() != content.len() {
            return Err(malformed("bytes after the end"));
        }
        let is_long = |address: &String| address.len() > RELAY_ADDRESS_BYTES_MAX;
        if ticket.addresses.iter().any(is_long) {
            return Err(malformed("an address over its limit"));
        }
        if relay_key(&ticket.peer_id).is_none() {
            return Err(malformed("no key of a relay"));
        }
        Ok(ticket)
    }
}

/// The Ed25519 key inside a name on the network (a libp2p PeerId as text); none where the name has no such key in it. A relay
/// proves itself in sync sessions by the key of its network identity, so the key is derived from the name and never carried.
pub fn relay_key(peer_id: &str) -> Option<DevicePk> {
    if peer_id.len() > PEER_ID_BYTES_MAX {
        return None;
    }
    let bytes = bs58::decode(peer_id).into_vec().ok()?;
    let key = bytes.strip_prefix(&IDENTITY_HEAD)?;
    DevicePk::try_from(key).ok()
}

/// The name on the network of whoever has this key: what [`relay_key`] reads it out of.
pub fn relay_name(key: &DevicePk) -> String {
    bs58::encode([IDENTITY_HEAD.as_slice(), &key.0].concat()).into_string()
}

/// The session in which a notebook is enrolled: that of a pseudo notebook, which every holder of the token can open, and in
/// which the relay serves any device. Nothing is ever stored in it.
pub fn enrolment(token: &[u8; 16]) -> (NotebookId, DiscoveryKey, EntryId) {
    let notebook = blake3::derive_key(ENROL_NOTEBOOK_CONTEXT, token);
    let mut id = [0; 16];
    id.copy_from_slice(&notebook[..16]);
    (
        NotebookId(id),
        DiscoveryKey(blake3::derive_key(ENROL_DISCOVERY_CONTEXT, token)),
        EntryId(blake3::derive_key(ENROL_GENESIS_CONTEXT, token)),
    )
}

#[cfg(test)]
mod tests;
