//! Every maximum of this crate, each with its reason. Those under "ingest" are part of the format: changing one
//! makes two peers disagree about what stands in a document.

/// Ingest: bytes of one raw change chunk. Above what a local change of full size can reach, and well inside the
/// 256 KiB that all changes of one entry may come to.
pub const CHANGE_BYTES_MAX: usize = 192 * 1024;

/// Ingest: operations in one change. A run-length encoded change of 69 bytes can claim ten million of them.
pub const CHANGE_OPS_MAX: usize = 5_000;

/// Ingest: changes that one change follows directly. A local change names all heads there are; where more wrote at once,
/// changes are made first that tie so many of them together.
pub const CHANGE_DEPS_MAX: usize = 1_024;

/// Ingest: how far from 1970 the time of a change, or of a fact that counts, may lie, in milliseconds: 285,000 years. No clock shows more, however
/// wrong, and differences between times must not overflow inside the library.
pub const CHANGE_AT_MS_MAX: u64 = 1 << 53;

/// Ingest: bytes of one fact. A long agenda item or a reason is a page; what is longer belongs in the body.
pub const FACT_BYTES_MAX: usize = 16 * 1024;

/// Local: operations put into one change. At worst each takes about 40 bytes, so it stays below
/// [`CHANGE_BYTES_MAX`] with the facts beside it.
pub const LOCAL_OPS_MAX: usize = 3_000;

/// Local: bytes of facts put into one change, for the same reason; one fact larger than the rest goes alone.
pub const LOCAL_FACT_BYTES_MAX: usize = 32 * 1024;

/// Local: bytes of a note's text. Past it every remote keystroke costs tenths of a second.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of a title, a name, a tag or a role: a line on a screen, in any script.
pub const LINE_BYTES_MAX: usize = 512;

/// Bytes of a purpose, a citation or a remark: a paragraph.
pub const PARAGRAPH_BYTES_MAX: usize = 4 * 1024;

/// Bytes of an imported file's path: what operating systems allow.
pub const PATH_BYTES_MAX: usize = 4 * 1024;

/// Facts that one fact follows directly. They are heads, so more than this many means as many concurrent writers.
pub const FACT_AFTER_MAX: usize = 256;

/// Ids in a list inside a fact: the items of an agenda in order. At 17 bytes each, with what every fact holds, well
/// inside [`FACT_BYTES_MAX`].
pub const FACT_IDS_MAX: usize = 512;

/// Persons in a list inside a fact: who is a member when a sitting opens. Groups are of 3 to 50.
pub const FACT_PERSONS_MAX: usize = 256;

/// Heads of the text that a deletion names as seen.
pub const DELETED_SEEN_MAX: usize = 256;

/// Facts of one person that one document counts: a long meeting's scribe says some hundreds. Part of the format.
pub const PERSON_FACTS_MAX: usize = 4_096;

/// Facts that one document counts. Who knew of what is kept as a square of bits: 32 MiB at most. Part of the format.
pub const DOCUMENT_FACTS_MAX: usize = 16_384;

/// How long after a closing an objection by somebody who knew of it still contests the decision, by what clocks said:
/// 14 days. Later ones are for a review.
pub const OBJECTION_GRACE_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// How long nothing is said in a sitting before it is probably over: longer than any break, shorter than a night.
pub const SITTING_QUIET_MS: i64 = 2 * 60 * 60 * 1_000;

/// Local: items on one agenda. A day's meeting has some dozens; a list of thousands is a note.
pub const AGENDA_ITEMS_MAX: usize = 500;

/// Local: minutes asked for one item: a day.
pub const ITEM_MINUTES_MAX: u32 = 24 * 60;

/// Local: roles of one meeting.
pub const MEETING_ROLES_MAX: usize = 32;

/// Local: occasions that a holder is left in peace. More than a group has members would leave nobody.
pub const ROTA_GAP_MAX: u32 = 50;

/// Edits that a comparison of two texts may need before it gives up on lines and replaces the middle whole.
pub const REPLACE_EDITS_MAX: usize = 512;

/// Steps of a text that are kept so that a screen can follow them. Screens are told after every one; more come at once only
/// where a screen was elsewhere.
pub const LATE_STEPS_MAX: usize = 64;

/// Bytes of those steps: a pasted chapter. What is longer is worked out from the text.
pub const LATE_BYTES_MAX: usize = 64 * 1_024;

/// Changes in a row that are made anew instead of being applied by a walk through the text: what is typed at once by a few
/// people. More come only in catching up, where one walk serves them all.
pub const REMADE_CHANGES_MAX: usize = 8;

/// Places of the text that such a change may touch: each is looked for by itself.
pub const REMADE_STEPS_MAX: usize = 64;

/// Changes applied at once of which it is asked what they do to the text. More come only in catching up.
pub const TOLD_CHANGES_MAX: usize = 64;

/// Changes after which the library's document is copied again, to be brought back from where a work on it fails. A copy costs
/// about what thirty small changes cost, and bringing back about what applying these does.
pub const KEPT_CHANGES_MAX: usize = 256;

/// Bytes of those changes: hours of typing. More come in catching up, where no copy is kept.
pub const KEPT_BYTES_MAX: usize = 64 * 1_024;
