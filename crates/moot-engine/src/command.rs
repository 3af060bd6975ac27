//! What people and programs ask of the engine, whatever front end they use.
//!
//! Owns the requests, their answers' errors, and nothing of how either is shown. Every type here crosses the control socket,
//! so a field is only ever added with a default.

pub mod meeting;

use serde::{Deserialize, Serialize};

pub use meeting::{Act, Answer, MeetingCommand, NewMeeting, ReviewDay, Standing, When};
pub use moot_notebook::{
    Attendance, ItemKind, ItemMark, OfferKind, Position, QueueKind, QueueRule, Rhythm, RoundKind,
    Splice, Switch, Warmth,
};

/// A command, and the notebook it is meant for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// An id, a unique prefix of one, or a unique name. Needed only where the home has several notebooks.
    #[serde(default)]
    pub notebook: Option<String>,
    /// What to do.
    pub command: Command,
}

/// Everything that can be asked. Texts that select something (`note`, `invite`, …) are an id, a unique prefix, or a unique
/// title or name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Command {
    /// Makes the home's first notebook.
    Init {
        /// What the person is called.
        person: String,
        /// What the notebook is called.
        notebook: String,
        /// What the group is for.
        purpose: Option<String>,
    },
    /// Makes a further notebook, under the name that the person has in the home already.
    New {
        /// What the notebook is called.
        notebook: String,
        /// What the group is for.
        purpose: Option<String>,
    },
    /// Lists the notebooks of the home.
    Notebooks,
    /// Makes a ticket.
    Invite {
        /// How long the ticket is good for, from now.
        expires_in_ms: u64,
        /// How many people may join with it.
        uses: u32,
        /// Whether a member compares six words with the joiner before the door opens.
        confirm: bool,
    },
    /// Lists the invites that are still open, and who waits for a member to confirm.
    InviteList,
    /// Makes an invite worthless for whoever has not joined yet.
    InviteRevoke {
        /// The invite.
        invite: String,
    },
    /// Opens the door to somebody who waits for it, once the six words were compared.
    InviteAdmit {
        /// The request, as `InviteList` shows it.
        request: String,
    },
    /// Joins with a ticket; answers once admitted and the notebook is readable, or when the wait is over.
    Join {
        /// The ticket as it was copied.
        ticket: String,
        /// What the person is called.
        person: String,
        /// How long to wait; the request is kept after that.
        wait_ms: u64,
    },
    /// Drops a request to join that is under way.
    JoinCancel {
        /// The ticket; needed only where several are under way.
        ticket: Option<String>,
    },
    /// Lists who belongs to the notebook.
    People,
    /// Leaves the notebook, for good: a person's own act.
    Leave,
    /// Makes a note.
    NoteNew {
        /// Its title.
        title: String,
        /// Its first text.
        body: String,
        /// What sort of note it is.
        kind: NoteKind,
    },
    /// Lists the notes.
    NoteList {
        /// Whether deleted notes are listed too.
        deleted: bool,
    },
    /// Shows a note.
    NoteShow {
        /// The note.
        note: String,
        /// An older version, as `NoteHistory` names it.
        at: Option<String>,
    },
    /// Shows a note without its counting as read.
    NotePeek {
        /// The note.
        note: String,
    },
    /// Adds text at the end of a note, on a line of its own.
    NoteAppend {
        /// The note.
        note: String,
        /// The text.
        text: String,
    },
    /// Makes a note's text this one; only what differs from `base` is changed, so that what others wrote since stays.
    NoteSet {
        /// The note.
        note: String,
        /// The whole text.
        text: String,
        /// The version that the text was made from; the present one where there is none.
        base: Option<String>,
    },
    /// Changes a stretch of a note as it is being typed: journalled at once, made an entry at a pause.
    NoteType {
        /// The note.
        note: String,
        /// The changes, each meant for the text as the one before left it.
        splices: Vec<Splice>,
        /// The revision that the first is meant for, where an editor follows the note; the present text where none is given.
        #[serde(default)]
        seen: Option<Seen>,
    },
    /// Opens a note for an editor: from then on [`Event::NotePatched`](crate::reply::Event::NotePatched) tells every change.
    NoteOpen {
        /// The note.
        note: String,
        /// The editor, by a number of its own choosing that no other will choose.
        editor: u64,
    },
    /// An editor leaves a note; what was typed in it becomes an entry.
    NoteClose {
        /// The note.
        note: String,
        /// The editor.
        editor: u64,
    },
    /// Tells the others where the person is. Never stored; to be said again every ten seconds or so.
    Here {
        /// The editor.
        editor: u64,
        /// The note that is open.
        note: Option<String>,
        /// Where in it the caret is, in bytes of the text at `revision`.
        caret: Option<u64>,
        /// The last revision that the editor has seen.
        revision: u64,
    },
    /// Gives a note another title.
    NoteRename {
        /// The note.
        note: String,
        /// The title.
        title: String,
    },
    /// Puts a note away; it can be restored.
    NoteDelete {
        /// The note.
        note: String,
    },
    /// Brings a deleted note back.
    NoteRestore {
        /// The note.
        note: String,
    },
    /// Lists what was changed in a note, newest first.
    NoteHistory {
        /// The note.
        note: String,
    },
    /// Tells who wrote which stretch of a note.
    NoteBlame {
        /// The note.
        note: String,
    },
    /// Settles a slot that has several values: the choice follows all of them.
    Settle {
        /// What is to be settled: the id of a note, or of an item of the inbox.
        id: String,
        /// The value that it shall have.
        choice: String,
    },
    /// Finds notes.
    Search {
        /// Words.
        query: String,
        /// How many to answer at most.
        limit: u32,
    },
    /// Takes in Markdown files; those that have not changed since they were last taken in are skipped.
    Import {
        /// The files of one go; they are committed together.
        files: Vec<ImportFile>,
        /// Whether only to tell what would happen.
        dry_run: bool,
    },
    /// Everything that an export of one note needs.
    Export {
        /// The note.
        note: String,
    },
    /// Waits until others confirm that they hold all that is held here now.
    Sync {
        /// How long to wait at most.
        wait_ms: u64,
        /// How many distinct other devices must confirm.
        with: u32,
    },
    /// Has the notebook enrolled at a relay, for the devices of all members; answers once the relay has it on its disk.
    RelayUse {
        /// The relay's ticket.
        ticket: String,
        /// How long to wait at most. Nothing is kept of a relay that did not answer.
        wait_ms: u64,
    },
    /// Lists the relays at which the notebook is enrolled.
    RelayList,
    /// Uses a relay no more. Only who had the notebook enrolled there says so.
    RelayDrop {
        /// The relay.
        relay: String,
    },
    /// A part of everything that is held, for a file that is carried to others by hand. While joining: the request to be let in.
    CarryOut {
        /// Where the part before ended, as it said; none for the first.
        #[serde(default)]
        after: Option<Vec<u8>>,
    },
    /// Takes in a part of what others carried out. It is checked exactly as what comes over the network.
    CarryIn {
        /// The notebook that the file says it is of, in full.
        notebook: String,
        /// Frames of the file, in its order.
        frames: Vec<Vec<u8>>,
    },
    /// How the notebook stands.
    Status,
    /// Checks logs, documents and projections; with `rebuild`, makes all projections again from the entries.
    Doctor {
        /// Whether to rebuild.
        rebuild: bool,
    },
    /// What the node is: its name on the network and where it listens.
    Node,
    /// Whom this home keeps trying to reach, and where, in all notebooks or in the one that is named.
    Legs,
    /// Something about meetings and roles.
    Meeting(MeetingCommand),
}

impl Command {
    /// Whether the answer depends on what documents say, so that all of them must be up to date first.
    pub(crate) fn reads_documents(&self) -> bool {
        !matches!(
            self,
            Self::Init { .. }
                | Self::New { .. }
                | Self::Invite { .. }
                | Self::InviteList
                | Self::InviteRevoke { .. }
                | Self::InviteAdmit { .. }
                | Self::Join { .. }
                | Self::JoinCancel { .. }
                | Self::Leave
                | Self::Sync { .. }
                | Self::RelayUse { .. }
                | Self::RelayList
                | Self::RelayDrop { .. }
                | Self::CarryOut { .. }
                | Self::CarryIn { .. }
                | Self::Here { .. }
                | Self::NoteType { .. }
                | Self::Node
        )
    }
}

/// One file to import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportFile {
    /// Where it was found, relative to what the person named, with `/` between parts. The same path is the same note.
    pub path: String,
    /// What it holds, byte for byte.
    pub text: String,
}

/// Which editor types, and the last revision of the text that it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The editor, as it opened the note.
    pub editor: u64,
    /// The revision.
    pub revision: u64,
}

/// What sort of note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NoteKind {
    /// Any text.
    Note,
    /// How the group does something.
    Practice,
    /// What is being tried, until when, and what was seen.
    Experiment,
}

/// What went wrong, in the words of the command-line contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The command makes no sense as it is.
    Usage,
    /// Nothing of that name.
    NotFound,
    /// Several things of that name.
    Ambiguous,
    /// A rule says no.
    Refused,
    /// Nobody was reached in time; trying again is fine.
    Unreachable,
    /// What is stored is damaged.
    Damaged,
    /// Anything else.
    Failed,
}

/// Why a command was not done. Nothing was changed then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// What sort of failure it is.
    pub kind: ErrorKind,
    /// What happened, for people.
    pub message: String,
    /// What to do about it, where there is something; may be empty.
    pub hint: String,
}

impl CommandError {
    /// An error with its hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: hint.into(),
        }
    }
}
