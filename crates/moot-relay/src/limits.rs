//! Every maximum of a relay, with its reason. What belongs to formats stands in `moot_log::limits`.

use crate::rate::Rate;

/// A device's share of the whole quota is one part in so many: with 50 GB, 800 MB for one device of one notebook. One flooding
/// device then leaves room for the others of its notebook. Between notebooks there is another rule: none comes to more than is
/// left, so that however many devices one makes up, half of the quota is left for others, and for each that comes a part.
pub const SHARES: u64 = 64;

/// What stays free on the disk for what must be written besides entries and requests: lists, what is deleted, and the log ahead of
/// the store, a few megabytes each.
pub const RESERVE_BYTES: u64 = 64 << 20;

/// Once a full disk was noticed so much more must be free before anything is taken again, so that it does not change all the time.
pub const RESERVE_AGAIN_BYTES: u64 = RESERVE_BYTES + (16 << 20);

/// With less than this free nothing is written at all: a write that fails costs all sessions.
pub const LAST_BYTES: u64 = 8 << 20;

/// Live frames of one device, in bytes: what a fast typist sends in a minute comes back in a second. What is too fast is left
/// out; the entries that follow say the same.
pub const LIVE_BYTES: Rate = Rate {
    at_once: 2 << 20,
    back_thousandths: (128 << 10) * 1_000,
};

/// What a live frame counts for beside its bytes.
pub const LIVE_FRAME_BYTES: u64 = 256;

/// Words that a member says in a session: lists of the largest group at once, and each costs a commit. Whoever says more is
/// let go.
pub const WORDS: Rate = Rate {
    at_once: 64,
    back_thousandths: 2_000,
};

/// Join requests by one invite, each of which is on the disk before it is answered: a class with one ticket at once, and then
/// one every half a minute.
pub const POSTS: Rate = Rate {
    at_once: 32,
    back_thousandths: 33,
};

/// Invites of which it is remembered how fast requests came. Where there are more, those that are as good as new are forgotten.
pub const POSTS_REMEMBERED: usize = 4_096;

/// New notebooks that one token enrols in an hour: a large group in one evening, and no flood.
pub const ENROLMENTS_PER_HOUR: usize = 60;

/// Sessions that one peer has open at a time: one for each notebook of a home, and a few that died unseen.
pub const SESSIONS_PER_PEER: usize = 128;

/// Sessions of members in all: at some tens of KiB each they stay below 300 MB, as long as their peers read what they are sent.
pub const SESSIONS: usize = 4_096;

/// Sessions on which nothing is proved yet, beside those of members: all homes that come at once after a restart, at a few KiB
/// each. Where there are more, the oldest of the peer that has the most makes room.
pub const STRANGERS: usize = 1_024;

/// Joiners who wait for a member, beside the others: several schools at once. Whoever makes room comes again, and the request
/// stays where it is.
pub const JOINERS: usize = 512;

/// Joiners who wait on streams of one peer: a home that joins a few notebooks at once.
pub const JOINERS_PER_PEER: usize = 8;

/// How long a joiner waits on one stream, in milliseconds. A program that is well looks again by itself every half a minute.
pub const JOINER_MS: u64 = 600_000;

/// How long an enrolment may take, in milliseconds: as long as the network below keeps a connection of whom nobody vouches for.
pub const ENROLMENT_MS: u64 = 15_000;

/// How often the log says of one kind of sessions that there are too many, in milliseconds.
pub const CROWDED_PAUSE_MS: u64 = 60_000;

/// Connections that the network below takes: a home has two for all its notebooks, over TCP and over QUIC.
pub const CONNECTIONS: u32 = 4_096;

/// Devices that a notebook lists: far above the largest group, and small to walk.
pub const DEVICES_PER_NOTEBOOK: usize = 4_096;

/// Invites of a notebook that are known, open or not. Those that are closed go first.
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
