//! Every maximum of the group layer, with its reason. All are checked before anything is allocated for what they bound.

use moot_log::limits::BODY_BYTES_MAX;

/// Bytes of nonce before a sealed text.
pub const NONCE_BYTES: usize = 24;
/// Bytes of authentication tag after a sealed text.
pub const TAG_BYTES: usize = 16;

/// Bytes of plaintext whose padded and sealed form still fits an entry's body: the largest padded size below it, less the marker.
pub const PLAINTEXT_BYTES_MAX: usize = BODY_BYTES_MAX - (16 << 10) - 1;

/// Bytes of all Automerge changes of one body once unpacked. Bounds what a reader spends on a few hostile bytes.
pub const CHANGES_BYTES_MAX: usize = 256 << 10;
/// Changes in one body. A pause makes a handful; a reader allocates per change.
pub const CHANGES_MAX: usize = 4_096;
/// Signed live deltas that one body carries on behalf of others.
pub const CARRIED_MAX: usize = 256;
/// Heads of one document that a checkpoint names: concurrent branches of one document, each from its own device.
pub const DOCUMENT_HEADS_MAX: usize = 1_024;

/// Roster heads that one body names. There are never more than devices that act at once, and a group has at most 150.
pub const ROSTER_HEADS_MAX: usize = 1_024;
/// Rows in the cut of a retirement: one for each log and branch of a device.
pub const CUT_ROWS_MAX: usize = 1_024;

/// Bytes of a person's, device's or notebook's name.
pub const NAME_BYTES_MAX: usize = 256;
/// Bytes of a network identity (a libp2p PeerId is at most 42 in use; larger hashes leave room).
pub const PEER_ID_BYTES_MAX: usize = 64;
/// Bytes of one address as text.
pub const ADDRESS_BYTES_MAX: usize = 256;
/// Addresses of one peer or relay.
pub const ADDRESSES_MAX: usize = 32;
/// Peers, or relays, named in one place.
pub const REACHES_MAX: usize = 32;

/// Wraps in one keybox: 150 devices, each with a spare key, fit one; more are split.
pub const WRAPS_PER_BOX_MAX: usize = 512;
/// Keys that one keybox says it replaces.
pub const SUPERSEDES_MAX: usize = 64;

/// Bytes of one live frame: the changes of one body, padded, with its framing.
pub const LIVE_BYTES_MAX: usize = 320 << 10;

/// Bytes of one join request: its fixed fields are under 600 bytes, and two names.
pub const REQUEST_BYTES_MAX: usize = 2_048;

/// Characters of a ticket: what a QR code carries in alphanumeric mode with room for error correction, and a person can paste.
pub const TICKET_CHARS_MAX: usize = 1_000;
/// Peers, or relays, that a ticket is tried with: no more of them fit it, even without addresses.
pub const TICKET_REACHES_MAX: usize = 12;
/// Addresses of each of them that a ticket is tried with: no more fit it.
pub const TICKET_ADDRESSES_MAX: usize = 16;
/// Bytes of each hint text in a ticket, so that addresses have the room.
pub const TICKET_HINT_BYTES_MAX: usize = 48;

/// Signing and sealing keys that one device's secrets hold: one of each in use, and the sealing keys it had before.
pub const KEM_SECRETS_MAX: usize = 1_024;
