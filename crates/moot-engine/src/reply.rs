//! What the engine answers: the shapes that the command line prints as JSON and a terminal shows as text.
//!
//! Owns the fields and their names, which are a contract (`docs/cli.md`). Fields are added, never renamed.

pub mod meeting;
mod notes;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::command::Splice;

pub use notes::*;

/// The answer to a command that was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing more to say.
    Done,
    /// To `Init`, `New` and `Join`.
    Entered(Entered),
    /// To `Notebooks`.
    Notebooks(Vec<NotebookRow>),
    /// To `Invite`.
    Invited(Invited),
    /// To `InviteList`.
    Invites(Vec<InviteRow>),
    /// To `People`.
    People(Vec<PersonRow>),
    /// To `NoteNew`.
    NoteMade(NoteMade),
    /// To `NoteAppend`, `NoteSet`, `NoteType`, `NoteRename`, `NoteDelete`, `NoteRestore` and `Settle`.
    NoteChanged(NoteChanged),
    /// To `NoteOpen`.
    NoteOpened(NoteOpened),
    /// To `NoteList`.
    Notes(Vec<NoteRow>),
    /// To `NoteShow`.
    Note(NoteView),
    /// To `NoteHistory`.
    History(Vec<HistoryRow>),
    /// To `NoteBlame`.
    Blame(Vec<BlameRow>),
    /// To `Search`.
    Found(Vec<HitRow>),
    /// To `Import`.
    Imported(Imported),
    /// To `Export`.
    Exported(Box<Exported>),
    /// To `Sync`.
    Synced(Synced),
    /// To `RelayUse` and `RelayList`. To `RelayDrop`: that relay once more for each other person who still names it.
    Relays(Vec<EnrolledRelay>),
    /// To `CarryOut`.
    CarriedOut(CarriedOut),
    /// To `CarryIn`.
    CarriedIn(CarriedIn),
    /// To `Status`.
    Status(Box<Status>),
    /// To `Doctor`.
    Doctor(Doctor),
    /// To `Node`.
    Node(NodeInfo),
    /// Answers [`Command::Legs`](crate::Command::Legs).
    Legs(Legs),
    /// To `MeetingCommand::List`.
    Meetings(Vec<meeting::MeetingRow>),
    /// To `MeetingCommand::Show`.
    Meeting(Box<meeting::MeetingView>),
    /// To `MeetingCommand::Minutes`: Markdown.
    Minutes(String),
    /// To `MeetingCommand::Suggest`.
    Suggestions(meeting::Suggestions),
    /// To `MeetingCommand::Roles`.
    Roles(Vec<meeting::RoleRow>),
    /// To `MeetingCommand::Policy`.
    Policy(meeting::PolicyView),
    /// To `MeetingCommand::Report`.
    Fairness(meeting::FairnessView),
    /// To `MeetingCommand::Thing`, of a consent round.
    Consent(Box<meeting::ConsentView>),
    /// To `MeetingCommand::Thing`, of a round.
    Round(meeting::RoundView),
    /// To `MeetingCommand::Thing`, of a temperature check.
    Check(meeting::CheckView),
    /// To `MeetingCommand::New`, `Act`, `Answer` and `Standing`.
    Acted(meeting::Acted),
    /// To `MeetingCommand::Add`.
    Added(meeting::Added),
    /// To `MeetingCommand::Inbox`.
    Inbox(meeting::Inbox),
    /// To `MeetingCommand::Merged`.
    Merged(Vec<meeting::MergedRow>),
}

/// A part of a file that is carried to others by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedOut {
    /// The notebook's full id.
    pub notebook: String,
    /// The frames of this part; none where there is nothing more.
    pub frames: Vec<Vec<u8>>,
    /// How many entries they hold.
    pub entries: u64,
    /// Whether this asks to be let in.
    pub asks: bool,
    /// What to name to get the next part; none after the last.
    pub next: Option<Vec<u8>>,
}

/// What came of a part of a file that others carried out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedIn {
    /// Entries that were not held before.
    pub received: u64,
    /// Entries that were.
    pub known: u64,
    /// Runs of entries that follow something that is neither here nor in the file: they were left out.
    pub unplaced: u64,
    /// Who asked to be let in.
    pub asked: Vec<CarriedRequest>,
}

/// Somebody who asked, by a file, to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedRequest {
    /// The name they gave; empty where the request cannot be opened here.
    pub name: String,
    /// Whether they belong to the notebook now.
    pub admitted: bool,
    /// Why not; empty where they do.
    pub reason: String,
}

/// A notebook, a person or anything else by id and name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The full id.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// A device of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDevice {
    /// The full id.
    pub id: String,
    /// Its name on the network.
    pub peer_id: String,
}

/// A notebook was made or joined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// The notebook.
    pub notebook: Named,
    /// Who one is in it.
    pub person: Named,
    /// The device.
    pub device: OwnDevice,
    /// Who opened the door, after a join.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub admitted_by: Option<Named>,
}

/// A notebook in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotebookRow {
    /// The full id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// How many people have joined and not left.
    pub people: u64,
    /// How many notes have something unread.
    pub unread: u64,
    /// `joined`, `joining` or `left`: how one stands in it; `damaged` where it cannot be opened.
    #[serde(default)]
    pub state: String,
}

/// An invite was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The invite, as `invite revoke` takes it.
    pub id: String,
    /// The ticket to give away. Whoever has it first may use it.
    pub ticket: String,
    /// When it ends.
    pub expires: Timestamp,
    /// The relays that the ticket names. Each takes a request once it has heard of the invite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub relays: Vec<String>,
}

/// An invite in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InviteRow {
    /// The invite.
    pub id: String,
    /// Who made it.
    pub by: Named,
    /// When it ends.
    pub expires: Timestamp,
    /// `open`, `used`, `revoked` or `expired`.
    pub state: String,
    /// How many have joined with it.
    pub used: u64,
    /// How many may.
    pub uses: u64,
    /// Who waits for six words to be compared.
    pub waiting: Vec<WaitingJoin>,
}

/// Somebody at the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitingJoin {
    /// The request, as `invite admit` takes it.
    pub id: String,
    /// What they call themselves.
    pub name: String,
    /// What both sides must see alike.
    pub words: String,
}

/// Somebody who belongs to the notebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRow {
    /// The full id.
    pub id: String,
    /// What they call themselves.
    pub name: String,
    /// Whether it is oneself.
    pub you: bool,
    /// `joined`, `away` or `left`.
    pub state: String,
    /// Their devices.
    pub devices: Vec<DeviceRow>,
}

/// A device of somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// The full id.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// `live` or `retired`.
    pub state: String,
}

/// What a `Sync` reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Synced {
    /// Whether as many as were asked for confirmed everything held at the start.
    pub in_step: bool,
    /// Entries received meanwhile.
    pub received: u64,
    /// Entries sent meanwhile.
    pub sent: u64,
    /// Who confirmed, and who was tried.
    pub peers: Vec<PeerRow>,
    /// The notebook's relays, and what each says it holds.
    #[serde(default)]
    pub relays: Vec<RelayRow>,
}

/// Another device, and what it says it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerRow {
    /// Whose it is.
    pub person: Named,
    /// The device.
    pub device: String,
    /// `direct`, `relayed` or `unreachable`.
    pub reach: String,
    /// What the relay is called through which it is reached, where it is.
    #[serde(default)]
    pub through: Option<String>,
    /// Whether it says it holds all that is held here; unknown where it never said.
    pub has_all: Option<bool>,
    /// How many entries it lacks of those held here; unknown where it never said.
    pub lacks: Option<u64>,
    /// When it last said so.
    pub as_of: Option<Timestamp>,
    /// How far its clock is from ours, in milliseconds, where it is far enough to matter.
    #[serde(default)]
    pub clock_ahead_ms: Option<i64>,
    /// Whether it wrote more than its share, so that what it wrote is passed on last.
    #[serde(default)]
    pub muted: bool,
    /// Whether it is a copy of this very home: the same device under another name.
    #[serde(default)]
    pub copy: bool,
}

/// How a notebook stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The notebook.
    pub notebook: Named,
    /// Whether all that was written here is on this disk.
    pub saved: bool,
    /// Entries held.
    pub entries: u64,
    /// Equal when two devices hold the same entries.
    pub log_digest: String,
    /// Equal when two devices see the same.
    pub state_digest: String,
    /// Entries of one's own that no other device says it holds.
    pub waiting: u64,
    /// Entries and changes whose dependencies are missing.
    pub pending: u64,
    /// What ingest refused.
    pub quarantined: u64,
    /// Entries that need a newer moot.
    #[serde(default)]
    pub newer: u64,
    /// Other devices.
    pub peers: Vec<PeerRow>,
    /// Relays.
    pub relays: Vec<RelayRow>,
    /// Where relays saw this device.
    #[serde(default)]
    pub outside: Vec<Outside>,
    /// What happened that the person should know.
    #[serde(default)]
    pub notices: Vec<String>,
    /// A request to join that is still under way, in words.
    #[serde(default)]
    pub joining: Option<String>,
}

/// A relay, and what it says it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RelayRow {
    /// What it is called.
    pub name: String,
    /// `direct`, `relayed` or `unreachable`.
    pub reach: String,
    /// Whether it says it holds all that is held here.
    pub has_all: Option<bool>,
    /// When it last said so.
    pub as_of: Option<Timestamp>,
    /// Whether it was reached and turned this device away: it keeps the notebook no more, or was not told of the device.
    #[serde(default)]
    pub refuses: bool,
    /// How it stands with the berth there; none where no node runs, or this relay is not asked for one.
    #[serde(default)]
    pub berth: Option<Berth>,
}

/// Whether a relay keeps a place for this device, by which others reach it through the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Berth {
    /// `held`, `none` or `asked`.
    pub state: String,
    /// Since when.
    pub since: Timestamp,
    /// Why there is none, for people to read.
    pub why: Option<String>,
}

/// A relay at which the notebook is enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolledRelay {
    /// Its name on the network.
    pub id: String,
    /// What it is called: its host, where that is known.
    pub name: String,
    /// Where it is reached.
    pub addresses: Vec<String>,
    /// Who had the notebook enrolled there.
    pub by: Named,
    /// `direct` or `unreachable`.
    pub reach: String,
    /// Whether it says it holds all that is held here.
    pub has_all: Option<bool>,
    /// When it last said so.
    pub as_of: Option<Timestamp>,
    /// Whether it was reached and turned this device away.
    #[serde(default)]
    pub refuses: bool,
    /// How it stands with the berth there; none where no node runs, or this relay is not asked for one.
    #[serde(default)]
    pub berth: Option<Berth>,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Doctor {
    /// Whether all is sound.
    pub ok: bool,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// One thing that a check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The notebook; none for what holds for the whole home.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notebook: Option<Named>,
    /// `store`, `logs`, `documents`, `projections`, `keys`, `network`.
    pub part: String,
    /// `ok`, `note` or `damage`.
    pub level: String,
    /// What it is, in plain words.
    pub message: String,
    /// What to do; may be empty.
    pub advice: String,
}

/// What the node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeInfo {
    /// Its name on the network.
    pub peer_id: String,
    /// Where it listens.
    pub addresses: Vec<String>,
}

/// Whom this home keeps trying to reach, and how it is seen itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Legs {
    /// Everybody.
    pub legs: Vec<Leg>,
    /// Where relays saw this device.
    pub outside: Vec<Outside>,
}

/// An address under which a relay saw this device. A hint, by which nothing is decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Where.
    pub address: String,
    /// Whether it reached this device when it called back.
    pub reached: bool,
    /// When it did.
    pub as_of: Timestamp,
}

/// Somebody whom this home keeps trying to reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The name on the network.
    pub peer_id: String,
    /// Whose device it is, or what the relay is called.
    pub name: String,
    /// Whether it is a relay.
    pub relay: bool,
    /// `direct`, `relayed` or `unreachable`, at this moment.
    pub reach: String,
    /// Whether it was seen on the local network in this run.
    pub nearby: bool,
    /// Where it may be.
    pub addresses: Vec<String>,
    /// Of a relay: how it stands with the berth there; none where it is not asked for one.
    #[serde(default)]
    pub berth: Option<Berth>,
}

/// Something that happened, for `moot watch` and for front ends that stay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The node listens.
    Listening {
        /// Where.
        addresses: Vec<String>,
        /// Its name on the network.
        peer_id: String,
    },
    /// A session with a member's device began.
    Connected {
        /// The notebook.
        notebook: String,
        /// Whose device.
        person: Named,
        /// The device.
        device: String,
    },
    /// A session ended.
    Disconnected {
        /// The notebook.
        notebook: String,
        /// Whose device.
        person: Named,
        /// The device.
        device: String,
        /// Why, in words.
        reason: String,
    },
    /// Entries came in and are on this disk.
    Received {
        /// The notebook.
        notebook: String,
        /// How many.
        entries: u64,
        /// From whom.
        from: Named,
    },
    /// A note is not as it was.
    NoteChanged {
        /// The notebook.
        notebook: String,
        /// The note.
        id: String,
        /// Its title.
        title: String,
        /// The version that it has now.
        version: String,
    },
    /// The text of a note that an editor has open was changed.
    NotePatched {
        /// The notebook.
        notebook: String,
        /// The note.
        id: String,
        /// The number of the text that this leads to, one more than the last.
        revision: u64,
        /// What was done, each meant for the text as the one before left it.
        splices: Vec<Splice>,
        /// The editor that did it, where it was one on this home.
        editor: Option<u64>,
    },
    /// Somebody tells where they are, for as long as half a minute.
    Present {
        /// The notebook.
        notebook: String,
        /// Who.
        person: Named,
        /// On which device.
        device: String,
        /// The note that they have open.
        note: Option<String>,
        /// Where their caret is, in bytes of its text at `revision`; only for notes that are open here.
        caret: Option<u64>,
        /// The number of that text.
        revision: u64,
    },
    /// A meeting is not as it was.
    MeetingChanged {
        /// The notebook.
        notebook: String,
        /// The meeting.
        id: String,
        /// Its title.
        title: String,
        /// The version that it has now.
        version: String,
    },
    /// Who belongs to the notebook is not as it was.
    PeopleChanged {
        /// The notebook.
        notebook: String,
    },
    /// Somebody joined.
    Joined {
        /// The notebook.
        notebook: String,
        /// Who.
        person: Named,
    },
    /// Another device says it holds everything.
    InStep {
        /// The notebook.
        notebook: String,
        /// Whose device.
        person: Named,
        /// The device.
        device: String,
    },
    /// Something the person should know.
    Notice {
        /// The notebook; empty where it concerns the home.
        notebook: String,
        /// What.
        text: String,
    },
}

/// How a command that takes its time is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// What is happening, in words.
    pub text: String,
}
