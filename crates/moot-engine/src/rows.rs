//! The rows that the engine keeps in a store: their keys and their fields.
//!
//! Owns the layout of everything in [`Space`](moot_log::storage::Space) but entries, chains and heads of logs. Integer keys, so that a row
//! written by a newer program still reads.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use moot_log::{ChainId, DevicePk, EntryId, KeyId, LogId, NotebookId};
use moot_notebook::{ChangeHash, Phase};

/// The one row of the home.
pub(crate) const HOME_KEY: &[u8] = b"home";
/// The one row of a notebook.
pub(crate) const NOTEBOOK_KEY: &[u8] = b"notebook";

/// What belongs to the whole home.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct HomeRow {
    /// The secret behind the name on the network, sealed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) network_key: Vec<u8>,
    /// Where the home was when it was last opened.
    #[n(1)]
    pub(crate) place: PlaceRow,
    /// What the person is called in notebooks made from now on; empty before the first.
    #[n(2)]
    pub(crate) person: String,
    /// The home that this one was copied from, where it was.
    #[n(3)]
    pub(crate) original: Option<OriginalRow>,
}

/// The home that this one was copied or moved from. It may be alive, and these notebooks are its as well.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct OriginalRow {
    /// The secret behind its name on the network, sealed.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) network_key: Vec<u8>,
    /// Where it last listened.
    #[n(1)]
    pub(crate) addresses: Vec<String>,
    /// What it held when the copy was made.
    #[n(2)]
    pub(crate) notebooks: Vec<NotebookId>,
}

/// Where a home lies.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PlaceRow {
    #[n(0)]
    pub(crate) machine: String,
    #[n(1)]
    pub(crate) path: String,
    #[n(2)]
    pub(crate) file: (u64, u64),
}

/// In `Notebook`: something made of the entries could not be read, and all of it is to be made again at the next opening.
pub(crate) const MEND_KEY: &[u8] = b"mend";

/// Prefix of rows in `Notebook` that say since when a key is used here, in milliseconds: then the key's id.
pub(crate) const KEY_BORN: u8 = b'b';

/// Prefix of rows in `Notebook` that say how many bytes of entries a device wrote: then the device's key.
pub(crate) const WRITTEN: u8 = b'w';

/// This device's part in a notebook.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub(crate) struct NotebookRow {
    /// The entry that everything is traced back to.
    #[n(0)]
    pub(crate) genesis: EntryId,
    /// Lets members find each other and tells strangers nothing.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) discovery_key: [u8; 32],
    /// The device's signing and key-agreement secrets, sealed.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) secrets: Vec<u8>,
    /// The log that is being written; none before the first entry and after a copy was noticed.
    #[n(3)]
    pub(crate) log: Option<LogId>,
    /// How many entries were put to documents so far; orders them by arrival.
    #[n(4)]
    pub(crate) arrivals: u64,
    /// The request to join, until the door was opened and the notebook can be read.
    #[n(5)]
    pub(crate) joining: Option<JoiningRow>,
    /// The order in which the home's notebooks were made or joined.
    #[n(6)]
    pub(crate) ordinal: u64,
    /// How many entries could not be read when everything was last made again from them.
    #[cbor(n(7), default)]
    pub(crate) unreadable: u64,
    /// How many documents have a row.
    #[cbor(n(8), default)]
    pub(crate) documents: u64,
    /// How many actors have a row.
    #[cbor(n(9), default)]
    pub(crate) actors: u64,
}

/// A request to join that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct JoiningRow {
    /// The ticket as it was given, sealed: it holds the invite's secret.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) ticket: Vec<u8>,
    /// The request, signed.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) request: Vec<u8>,
    /// Whether a member has said that the door is open.
    #[n(2)]
    pub(crate) admitted: bool,
    /// The request as it lies in relays' mailboxes, once it was sealed: the same bytes every time, so that it lies there once.
    #[n(3)]
    pub(crate) sealed: Option<minicbor::bytes::ByteVec>,
}

/// Prefix of rows about roster events in `Opened`: then the entry's id; the value is an [`EventRow`].
pub(crate) const OPENED_EVENT: u8 = b'e';
/// Prefix of rows about keyboxes in `Opened`: then the entry's id; the value is a [`KeyboxRow`].
pub(crate) const OPENED_KEYBOX: u8 = b'k';

/// Prefix of rows in `Opened` about entries that say nothing which is kept elsewhere: then the entry's id; the value is empty.
pub(crate) const OPENED_NOTHING: u8 = b'n';

/// A keybox's entry once more: without it nothing that follows can be judged.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct KeyboxRow {
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) entry: Vec<u8>,
}

/// Where a roster event stands, and what opens it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct EventRow {
    #[n(0)]
    pub(crate) key: KeyId,
    #[n(1)]
    pub(crate) log: LogId,
    #[n(2)]
    pub(crate) seq: u64,
    /// The event's entry once more: without it the roster would be another.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) entry: Vec<u8>,
}

/// Prefix of entries that wait in `Pending`: then the entry's id; the value is a [`PendingRow`].
pub(crate) const PENDING_ENTRY: u8 = b'e';
/// Prefix of documents whose entries are not all applied in `Pending`: then the document's id; the value is empty.
pub(crate) const PENDING_DOC: u8 = b'd';
/// Prefix of documents whose words are not all in the search index in `Pending`: then the document's id; the value is empty.
pub(crate) const PENDING_WORDS: u8 = b'w';

/// Why an entry waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub(crate) enum WaitRow {
    /// No key that opens it is here.
    #[n(0)]
    Key,
    /// Its key is not wrapped to everybody whom its author knew.
    #[n(1)]
    OpenToAll,
    /// Its device is not on the roster, or the roster events that it names are not here.
    #[n(2)]
    Roster,
    /// It needs a newer program.
    #[n(3)]
    Newer,
    /// It was opened, and no key is here that opens what it carries.
    #[n(4)]
    CarriedKey,
}

/// An entry that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct PendingRow {
    /// For what.
    #[n(0)]
    pub(crate) why: WaitRow,
    /// The key that seals it.
    #[n(1)]
    pub(crate) key: KeyId,
    /// The log in which it stands.
    #[n(2)]
    pub(crate) log: LogId,
    /// Its position there.
    #[n(3)]
    pub(crate) seq: u64,
}

/// Something refused: kept and forwarded, never applied.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AsideRow {
    /// Why, in words.
    #[n(0)]
    pub(crate) why: String,
}

/// A document's snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct SnapshotRow {
    /// What the document saves and loads.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) bytes: Vec<u8>,
    /// The last arrival that it covers.
    #[n(1)]
    pub(crate) upto: u64,
    /// Earlier arrivals that it does not hold wholly, because something in them waits or was refused.
    #[n(2)]
    pub(crate) except: Vec<u64>,
}

/// A document as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct DocRow {
    /// What it is: see [`DocRow::NOTE`] and its like.
    #[n(0)]
    pub(crate) what: u8,
    /// The sort of note, as a fact tags it.
    #[n(1)]
    pub(crate) kind: u8,
    /// All titles that stand, in display order, each with the person who gave it; one where nothing is to be settled.
    #[n(2)]
    pub(crate) titles: Vec<TitleRow>,
    /// The latest time that a change claims, in milliseconds.
    #[n(3)]
    pub(crate) updated_ms: i64,
    /// The persons who wrote in it, in the order of their ids.
    #[n(4)]
    pub(crate) authors: Vec<Person>,
    /// Whether it is deleted.
    #[n(5)]
    pub(crate) deleted: bool,
    /// Its version.
    #[cbor(n(6), with = "minicbor::bytes")]
    pub(crate) version: [u8; 32],
    /// The digest of its canonical state.
    #[cbor(n(7), with = "minicbor::bytes")]
    pub(crate) digest: [u8; 32],
    /// The last arrival that this row knows of.
    #[n(8)]
    pub(crate) upto: u64,
    /// How many changes wait for others.
    #[n(9)]
    pub(crate) pending: u64,
    /// How many changes were refused.
    #[n(10)]
    pub(crate) quarantined: u64,
    /// Facts of a newer program.
    #[n(11)]
    pub(crate) newer: u64,
    /// Where it was last imported from.
    #[n(12)]
    pub(crate) import: Option<ImportRow>,
    /// What `[[…]]` in it points to, so that a change of the text can take its links back.
    #[n(13)]
    pub(crate) links: Vec<String>,
    /// The latest time that a fact claims, in milliseconds; `state_digest` is computed as of the largest.
    #[n(14)]
    pub(crate) facts_until_ms: i64,
    /// The purpose, for the group document.
    #[n(15)]
    pub(crate) purpose: Option<String>,
    /// What persons call themselves since they joined, for the group document.
    #[n(16)]
    pub(crate) names: Vec<TitleRow>,
    /// For a meeting: the keys of its rows in `Link`, so that they can be taken back. A note's follow from its row.
    #[n(17)]
    #[cbor(default)]
    pub(crate) found_by: Vec<minicbor::bytes::ByteVec>,
}

impl DocRow {
    /// Nothing says yet what the document is.
    pub(crate) const EMPTY: u8 = 0;
    /// A note.
    pub(crate) const NOTE: u8 = 1;
    /// The document about the group itself.
    pub(crate) const GROUP: u8 = 2;
    /// Something that a newer program knows.
    pub(crate) const NEWER: u8 = 3;
    /// A meeting.
    pub(crate) const MEETING: u8 = 4;
}

/// A person's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(transparent)]
pub(crate) struct Person(#[cbor(n(0), with = "minicbor::bytes")] pub(crate) [u8; 32]);

/// A text and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct TitleRow {
    #[n(0)]
    pub(crate) text: String,
    #[n(1)]
    pub(crate) by: Person,
}

/// Where a note came from.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ImportRow {
    /// The path, as the importer named it.
    #[n(0)]
    pub(crate) path: String,
    /// BLAKE3 of the file as it was taken in last.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub(crate) digest: [u8; 32],
    /// The version of the note that was the file, right after that.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) version: [u8; 32],
}

/// Prefix of links by target in `Link`: the folded title, a zero byte, the document that points.
pub(crate) const LINK_TO: u8 = b'l';
/// Prefix of notes by folded title in `Link`: the folded title, a zero byte, the document.
pub(crate) const LINK_TITLE: u8 = b't';
/// Prefix of imported notes in `Link`: the path, a zero byte, the document.
pub(crate) const LINK_PATH: u8 = b'p';

/// Prefix of meetings in `Link`, by their order; the value is a [`MeetingRow`].
pub(crate) const LINK_MEETING: u8 = b'm';
/// Prefix of what the rota keeps of a meeting in `Link`: a hash of the role, the meeting's order.
pub(crate) const LINK_OCCASION: u8 = b'o';
/// Prefix of what a meeting leaves to the next of its series in `Link`: a hash of the series, the meeting's order.
pub(crate) const LINK_TRACE: u8 = b'c';
/// Prefix of what has an id of its own in a meeting, in `Link`: the id, the document; the value says what it is.
pub(crate) const LINK_ID: u8 = b'i';

/// Prefix of meetings in which something waits for somebody, in `Link`: the document.
pub(crate) const LINK_WAITS: u8 = b'w';

/// A meeting as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct MeetingRow {
    /// All titles that stand.
    #[n(0)]
    pub(crate) titles: Vec<TitleRow>,
    /// How far it has come, in a word.
    #[n(1)]
    pub(crate) phase: String,
    /// When it is to be, in milliseconds since 1970.
    #[n(2)]
    pub(crate) at_ms: Option<i64>,
    /// The zone in which people chose that.
    #[n(3)]
    pub(crate) zone: Option<String>,
    /// The series that it belongs to.
    #[n(4)]
    pub(crate) series: Option<String>,
}

impl MeetingRow {
    /// Whether people gathered.
    pub(crate) fn took_place(&self) -> bool {
        let before = [
            Phase::Proposed,
            Phase::Scheduled,
            Phase::Prepared,
            Phase::Cancelled,
        ];
        !before.iter().any(|phase| phase.word() == self.phase)
    }
}

/// Changes that stand in no entry yet.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct JournalRow {
    /// The changes, in their order.
    #[n(0)]
    pub(crate) changes: Vec<minicbor::bytes::ByteVec>,
    /// The log from which its actor is derived.
    #[n(1)]
    pub(crate) origin_log: LogId,
    /// The session from which its actor is derived.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub(crate) session: [u8; 16],
    /// The signed live frame in which it came, for a change of another device; one's own is none.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub(crate) carried: Option<Vec<u8>>,
}

impl JournalRow {
    /// The hashes of its changes.
    pub(crate) fn hashes(&self) -> Vec<ChangeHash> {
        let changes = self.changes.iter();
        changes.map(|bytes| ChangeHash::of_chunk(bytes)).collect()
    }
}

/// Whose an actor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ActorRow {
    #[n(0)]
    pub(crate) device: DevicePk,
    #[n(1)]
    pub(crate) log: LogId,
}

/// What a device says it holds.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ReceiptRow {
    /// How far it holds each chain.
    #[n(0)]
    pub(crate) held: Vec<(ChainId, u64)>,
    /// When it said so, by this device's wall clock, in milliseconds.
    #[n(1)]
    pub(crate) as_of_ms: i64,
    /// How far its clock was ahead of this one's then.
    #[n(2)]
    pub(crate) clock_ahead_ms: i64,
    /// When it turned this device away since it last said so, by this device's wall clock, in milliseconds: what a relay held then
    /// it may hold no more.
    #[n(3)]
    pub(crate) refused_ms: Option<i64>,
}

/// Where a device was reached.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct AddressRow {
    /// Addresses, the latest that worked first.
    #[n(0)]
    pub(crate) addresses: Vec<String>,
    /// The device that was last met under this name; none for one's own row.
    #[n(1)]
    pub(crate) device: Option<DevicePk>,
    /// When it was met, by this device's wall clock, in milliseconds, to a day; none where others only told of it.
    #[n(2)]
    pub(crate) met_ms: Option<i64>,
}

/// Something that the person should know.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct NoticeRow {
    #[n(0)]
    pub(crate) at_ms: i64,
    #[n(1)]
    pub(crate) text: String,
}

/// What was read of a document, by whom this home belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ReadRow {
    /// The version that was shown last.
    #[cbor(n(0), with = "minicbor::bytes")]
    pub(crate) version: [u8; 32],
    /// The heads of its text then, unless they were many.
    #[n(1)]
    pub(crate) heads: Option<Vec<ByteArray<32>>>,
}

/// In `Read`: the last time that this home was apart from the others for long. Documents have longer keys.
pub(crate) const APART_KEY: &[u8] = b"apart";

/// A time apart, and what stood here when it ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct ApartRow {
    /// When another person's device last said what it holds, in milliseconds.
    #[n(0)]
    pub(crate) from_ms: i64,
    /// When one said so again.
    #[n(1)]
    pub(crate) until_ms: i64,
    /// The last arrival before that: whatever arrived later came of meeting again.
    #[n(2)]
    pub(crate) arrivals: u64,
}

/// A key that begins with one byte and goes on with another key.
pub(crate) fn prefixed(prefix: u8, key: &[u8]) -> Vec<u8> {
    [&[prefix], key].concat()
}
