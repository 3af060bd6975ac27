//! Every maximum of the log layer, with its reason. All are checked before anything is allocated for what they bound.

/// Bytes of one entry's body. A large keybox fits; a reader never has to hold more than this for one entry.
pub const BODY_BYTES_MAX: usize = 1 << 20;

/// Bytes of the fixed entry header, signature included. Frozen across versions.
pub const HEADER_BYTES: usize = 208;

/// Bytes of a header that the signature covers.
pub const SIGNED_BYTES: usize = 144;

/// Bytes of a header that a sealed body is bound to: all before `body_len`.
pub const AAD_BYTES: usize = 108;

/// Bytes of one sync frame: one entry of the largest size, with its header and the framing round it.
pub const FRAME_BYTES_MAX: usize = BODY_BYTES_MAX + (64 << 10);

/// Bytes of one frame before both sides have proved themselves: a stranger makes nobody hold more than a join request.
pub const HANDSHAKE_FRAME_BYTES_MAX: usize = JOIN_BYTES_MAX + 1024;

/// Bytes of a join request: keys, a name and two signatures are far below.
pub const JOIN_BYTES_MAX: usize = 16 << 10;

/// Bytes of a live frame's content: a pasted chapter fits, and anything longer goes by entries.
pub const LIVE_BYTES_MAX: usize = 512 << 10;

/// Bytes of an addresses frame's content: some hundred addresses.
pub const ADDRESSES_BYTES_MAX: usize = 16 << 10;

/// Bytes of a relay frame's content: the longest word, three full lists of keys, is 103 KiB.
pub const RELAY_BYTES_MAX: usize = 128 << 10;

/// Keys or ids in one list of a word to or from a relay. A notebook of 150 devices is far below; more go in several words.
pub const RELAY_LIST_MAX: usize = 1024;

/// Bytes of a sealed join request in a relay's mailbox: what a Join frame carries at most.
pub const MAIL_BYTES_MAX: usize = JOIN_BYTES_MAX;

/// Characters of a relay's ticket: what a QR code carries in alphanumeric mode with room for error correction.
pub const RELAY_TICKET_CHARS_MAX: usize = 1_000;

/// Addresses that a relay's ticket is tried with: no more fit it.
pub const RELAY_ADDRESSES_MAX: usize = 16;

/// Bytes of one address in a relay's ticket: a multiaddr with a long host name and a circuit.
pub const RELAY_ADDRESS_BYTES_MAX: usize = 512;

/// Bytes of pasted text that is looked at as a ticket: a ticket wrapped and indented by a mail program.
pub const PASTED_BYTES_MAX: usize = 16 << 10;

/// Bytes of a text for a person in a refusal or an answer.
pub const TEXT_BYTES_MAX: usize = 1 << 10;

/// Bytes of a peer's network identity: a libp2p PeerId has 34 to 42.
pub const PEER_ID_BYTES_MAX: usize = 128;

/// Versions that a peer may offer.
pub const VERSIONS_MAX: usize = 32;

/// Rows of one clock or receipt frame; a longer clock goes in several frames.
pub const ROWS_MAX: usize = 8192;

/// Rows of one clock over all its frames: far more chains than a notebook of 150 devices comes to, and 16 MB while it arrives.
pub const CLOCK_ROWS_MAX: usize = 1 << 18;

/// Entries of one frame, and so keys of its table. A full slice of the smallest entries has about 1,300.
pub const ENTRIES_MAX: usize = 4096;

/// Entries that one probe names: a power of two back for every bit of a position.
pub const PROBE_IDS_MAX: usize = 65;

/// Probes of this side that wait for an answer at one time; the rest wait their turn.
pub const PROBES_MAX: usize = 32;

/// Bytes of headers and bodies that a sender puts into one frame, unless a single entry is larger: small enough that a
/// receiver commits often, large enough that framing costs nothing.
pub const SLICE_BYTES: usize = 768 << 10;

/// Bytes of entry frames that may be on their way without a receipt: keeps a fast sender from flooding a slow disk, and a
/// link of 100 ms busy at 40 MB/s.
pub const WINDOW_BYTES: usize = 4 << 20;

/// Milliseconds in which each side must prove itself.
pub const HANDSHAKE_MS_MAX: u64 = 10_000;

/// Milliseconds after Hello at whose multiples a responder refuses, whatever was wrong, so that time tells nothing.
pub const REFUSE_STEP_MS: u64 = 1_000;

/// Chains that a session may look at after every frame. Beyond that it looks less often.
pub const WALK_COST_FREE: u64 = 256;

/// Chains that a session looks at for each frame where there are many: keeps the cost of a session linear in its frames.
pub const WALK_COST_PER_CALL: u64 = 64;

/// How long a session may put off looking at all chains, in milliseconds.
pub const WALK_WAIT_MS: u64 = 20;

/// Logs of which one session may bring entries that are not taken. Beyond that it ends: whoever has room made comes again.
pub const DECLINED_MAX: usize = 1_024;
