//! Every maximum of the engine, with its reason.

/// Logs of one device that are passed on before those of the muted. A log is begun where a home was copied, moved or set back.
pub(crate) const LOGS_PER_DEVICE: u64 = 64;

/// Branches of one device's logs that are passed on before those of the muted. Each is a copy of a home that wrote unawares.
pub(crate) const BRANCHES_PER_DEVICE: u64 = 64;

/// Bytes of entries of one device that are passed on before those of the muted: a shelf of books.
pub(crate) const BYTES_PER_DEVICE: u64 = 512 << 20;

/// Addresses remembered and dialled for one name on the network: a few interfaces, two transports, two families.
pub(crate) const ADDRESSES_PER_PEER_MAX: usize = 16;

/// Names seen nearby that are remembered. Anybody on the network can announce any number.
pub(crate) const NEARBY_MAX: usize = 256;

/// Requests to join that wait for a member to compare six words. Each needs an invite, and comes again by itself.
pub(crate) const WAITING_MAX: usize = 256;

/// Documents that are offered what arrived for them at once: as many as are kept loaded anyway.
pub(crate) const AHEAD_MAX: usize = 32;

/// Documents kept loaded. A note is about 30 KB loaded, so that this stays near 1 MB.
pub(crate) const LOADED_MAX: usize = 32;

/// Entries beyond a document's snapshot before a new snapshot is written: loading them again stays within milliseconds.
pub(crate) const TAIL_MAX: usize = 32;

/// Bytes of changes beyond a document's snapshot before a new snapshot is written: a long text comes in few entries, and each
/// letter of it is judged again when they are loaded.
pub(crate) const TAIL_BYTES_MAX: usize = 64 * 1024;

/// Documents brought up to date in one handling, so that frames and commands in between never wait long.
pub(crate) const REFRESH_PER_TICK: usize = 64;

/// Documents that are brought up to date at once when a few entries come in: a live edit is seen at once.
pub(crate) const REFRESH_AT_ONCE_MAX: usize = 4;

/// How long no entry must have come before a backlog of documents is worked off, in milliseconds: many entries for one
/// document are applied together at a fraction of the cost.
pub(crate) const REFRESH_QUIET_MS: u64 = 60;

/// Documents that may wait before they are brought up to date although more is coming.
pub(crate) const REFRESH_BACKLOG_MAX: usize = 20_000;

/// Bytes of changes that go into one entry, well below what a decompressor must accept.
pub(crate) const CHANGE_BYTES_PER_ENTRY: usize = 192 << 10;

/// Heads of a text that are kept with what was read of it; with more of them, many wrote at once and all of it is new.
pub(crate) const READ_HEADS_MAX: usize = 16;

/// Stretches of a text that are told as unread: more are a text that is new.
pub(crate) const UNREAD_MAX: usize = 1_000;

/// How long after the last keystroke the journal becomes an entry, in milliseconds.
pub(crate) const SEAL_PAUSE_MS: u64 = 3_000;

/// How long typing may go on before the journal becomes an entry all the same, in milliseconds.
pub(crate) const SEAL_LATEST_MS: u64 = 20_000;

/// How long somebody waits for others without being told for whom, in milliseconds.
pub(crate) const SILENCE_MS_MAX: u64 = 1_000;

/// How long nothing is typed in a document before the next edit there becomes an entry at once, in milliseconds: as long as typing
/// may go on without one, so that whoever writes with pauses to think makes few entries more.
pub(crate) const TYPING_QUIET_MS: u64 = SEAL_LATEST_MS;

/// How long text that somebody typed may wait for their entry before another member's entry carries it, in milliseconds: six
/// times the longest wait before it is sealed, after which whoever typed is taken to be away.
pub(crate) const CARRY_AFTER_MS: u64 = 6 * SEAL_LATEST_MS;

/// How long each member waits for those before it in the order of devices to carry it instead, in milliseconds.
pub(crate) const CARRY_STEP_MS: u64 = 5_000;

/// How long others are asked after one member said that an invite is expired or used up, in milliseconds: that member's clock may
/// be wrong, or who used it may not have come through.
pub(crate) const REFUSED_MS: u64 = 5_000;

/// How old an epoch key gets before the next write replaces it, in milliseconds: 30 days.
pub(crate) const EPOCH_KEY_AGE_MS: i64 = 30 * 24 * 3_600_000;

/// How long nobody must have been met before people were apart, in milliseconds: an hour. A shorter while is a walk out of reach.
pub(crate) const APART_MS_MIN: i64 = 3_600_000;

/// How long after meeting again the inbox begins with what happened apart, in milliseconds: a day.
pub(crate) const APART_TOLD_MS: i64 = 24 * 3_600_000;

/// Things that are added to a meeting at once: a pasted page. Checked and written in one go, they take a moment.
pub const ADDED_AT_ONCE_MAX: usize = 256;

/// How far a clock must be off before it is spoken of, in milliseconds.
pub(crate) const CLOCK_DIFFERENCE_MS: u64 = 120_000;

/// Bytes of a text that a command may bring: a note beyond this is better several notes.
pub(crate) const NOTE_BYTES_MAX: usize = moot_notebook::limits::TEXT_BYTES_MAX;

/// How long a member waits before it grants keys that somebody else may grant first, in milliseconds.
pub(crate) const GRANT_DELAY_MS: u64 = 4_000;

/// How often timers are looked at where nothing asks for more, in milliseconds.
pub(crate) const TICK_MS: u64 = 1_000;

/// Live frames of others that are journalled for one document before entries bring their changes: minutes of fast typing.
pub(crate) const FOREIGN_JOURNAL_MAX: usize = 512;

/// Live frames of others that are journalled for a whole notebook: a few people who type fast in a few notes, for minutes.
pub(crate) const FOREIGN_JOURNAL_TOTAL_MAX: usize = 1_024;

/// Bytes of such frames: what is more comes with entries.
pub(crate) const FOREIGN_JOURNAL_BYTES_MAX: usize = 16 << 20;

/// Sessions of others of whose live frames the last number is remembered. When there are more, all are forgotten: a frame that
/// comes again then is found to bring nothing new.
pub(crate) const LIVE_SESSIONS_MAX: usize = 1_024;

/// Devices whose addresses are told to another member in one go.
pub(crate) const ADDRESSES_TOLD_MAX: usize = 256;

/// Names on the network under which one device is tried: a copied home has a new one each time.
pub(crate) const NAMES_PER_DEVICE_MAX: usize = 4;

/// Names under which a device is known that were met in sessions: a home and its copies. The oldest goes first.
pub(crate) const NAMES_MET_MAX: usize = 16;

/// How long after a device was met the next time is taken down, in milliseconds: a day, so that not every session writes.
pub(crate) const MET_AGAIN_MS: i64 = 24 * 60 * 60 * 1_000;

/// Frames of others that one entry carries, below what a reader accepts.
pub(crate) const CARRIED_PER_ENTRY: usize = 128;

/// Bytes of frames of others that one entry carries, so that the entry stays well within its limit.
pub(crate) const CARRIED_BYTES_PER_ENTRY: usize = 512 << 10;

/// How old the own addresses in the roster may get before changed ones are published, in milliseconds. In between, sessions
/// tell them.
pub(crate) const ADDRESSES_AGE_MS: i64 = 6 * 3_600_000;

/// Things kept that a person should know of one notebook; older ones make room.
pub(crate) const NOTICES_KEPT: u64 = 64;

/// Roster heads that one body names. Honest groups have a few; what exceeds this is named by later bodies.
pub(crate) const HEADS_NAMED_MAX: usize = 512;

/// Notes that editors may have open at once: a screen or two for everybody who works on one machine.
pub(crate) const OPEN_TEXTS_MAX: usize = 64;

/// How long an editor may say nothing before its note counts as closed, in milliseconds: nine times what it waits between two words.
pub(crate) const EDITOR_SILENCE_MS: u64 = 90_000;

/// Changes kept of a text that is open, so that an editor that is behind can type on.
pub(crate) const PATCHES_KEPT: usize = 1_024;

/// Bytes of such changes.
pub(crate) const PATCH_BYTES_KEPT: usize = 4 << 20;

/// How long a request lies at a relay before whoever asks looks again whether they are in, in milliseconds. A relay tells at once
/// when somebody was let in, so this is for one that was away just then.
pub(crate) const RELAY_PATIENCE_MS: u64 = 30_000;

/// Addresses of one relay that are taken from one device that names it.
pub(crate) const RELAY_ADDRESSES_EACH: usize = 4;

/// Relays of one notebook through which its members reach each other. Each keeps connections and is asked for everybody.
pub(crate) const RELAYS_GONE_THROUGH: usize = 8;

/// Of these, relays that one device names.
pub(crate) const RELAYS_GONE_THROUGH_EACH: usize = 2;
