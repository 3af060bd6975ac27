//! Every maximum of a relay, with its reason. What belongs to formats stands in `moot_log::limits`.

/// A device's share of the whole quota is one part in so many: with 50 GB, 800 MB for one device of one notebook. One flooding
/// device then leaves room for others; many that one holder of the ticket lists do not.
pub const SHARES: u64 = 64;

/// New notebooks that one token enrols in an hour: a large group in one evening, and no flood.
pub const ENROLMENTS_PER_HOUR: usize = 60;

/// Sessions that one peer has open at a time: one for each notebook of a home, and a few that died unseen.
pub const SESSIONS_PER_PEER: usize = 128;

/// Sessions in all: at some tens of KiB each they stay below 300 MB.
pub const SESSIONS: usize = 4_096;

/// Devices that a notebook lists: far above the largest group, and small to walk.
pub const DEVICES_PER_NOTEBOOK: usize = 4_096;

/// Open invites of a notebook.
pub const INVITES_PER_NOTEBOOK: usize = 1_024;

/// Join requests that are kept for one invite: somebody who tries again with new keys, and no flood by a ticket's holder.
pub const MAIL_PER_INVITE: usize = 64;

/// Join requests that are kept for one notebook: 16 MB at most.
pub const MAIL_PER_NOTEBOOK: usize = 1_024;

/// How long a join request is kept, in milliseconds: 30 days. Tickets are mostly shorter-lived.
pub const MAIL_MS: i64 = 30 * DAY_MS;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 24 * 3_600_000;

/// How often what is too old is looked for, in milliseconds.
pub const SWEEP_MS: u64 = 3_600_000;

/// Milliseconds of an hour, on the steady clock.
pub const HOUR_MS: u64 = 3_600_000;

/// Rows that are read from the store at a time when all notebooks are walked.
pub const PAGE: usize = 256;

/// Devices of a notebook whose addresses are remembered while it is open.
pub const BOOK_DEVICES: usize = 256;

/// Addresses of each of them.
pub const BOOK_ADDRESSES: usize = 16;
