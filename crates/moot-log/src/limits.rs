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
