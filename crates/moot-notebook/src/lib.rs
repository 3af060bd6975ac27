//! The documents of a notebook: facts to state, and the co-edited text.
//!
//! Owns what is in a document, which changes may come into it, and what its facts mean. Never touches keys, files,
//! sockets, clocks or randomness, and shows nothing of the library that merges. The formats are in
//! docs/documents.md.

pub mod limits;

mod act;
mod attribution;
mod base;
mod canon;
mod change;
mod chunk;
mod document;
mod fact;
mod graph;
mod id;
mod meeting;
mod outcome;
mod replace;
mod rota;
mod settle;
mod splice;
mod state;
mod view;

pub use act::{
    Act, ActError, ActErrorKind, GroupAct, NewMeeting, RoleAct, Situation, Terms, act, additions,
    auto_offer, group_act, new_meeting,
};
pub use attribution::{Attribution, Author};
pub use document::{BlameSpan, Document, HistoryRow};
pub use fact::meeting::{
    ActionMark, Answer, Attendance, CheckResult, ItemKind, ItemMark, ItemPlace, Naming, Position,
    QueueKind, QueueRule, Record, RoundKind, RoundTurn, Warmth,
};
pub use fact::role::{OfferKind, Part, Rhythm, Switch, Willingness};
pub use fact::{
    Fact, FactBody, FactDraft, FactEntry, Facts, Insertion, Line, LinkKind, MeetingFact, NoteKind,
    Paragraph, RoleFact, RotaFact, WordsError,
};
pub use id::{
    ActorId, ByteCount, BytePos, ChangeHash, DeviceId, DocId, FactId, HexError, PersonId, Version,
    group_doc_id,
};
pub use meeting::{
    Action, ActionRow, ActionState, ActionTrace, AgendaRow, Attended, Carried, CarriedAction,
    CarriedItem, Check, Consent, ConsentState, EntryState, Given, Item, ItemStanding, ItemTrace,
    MeetingState, NoteTrace, Phase, QueueEntry, Quorum, Remark, Round, Schedule, Sitting, Step,
    Taken, Traces, consent_version, meeting_state,
};
pub use outcome::{
    Edit, EditError, Incoming, Ingested, LoadError, LocalChange, LogRank, Pending, Quarantined,
    Refusal, SnapshotError, UnknownVersion,
};
pub use replace::replace_whole;
pub use rota::{
    BadHours, Fairness, LeftOut, Occasion, OccasionKey, Reason, Rota, Suggestion, TURN, Tally,
    Turn, fairness, occasion_digest, occasions, suggest, unsocial_hours,
};
pub use settle::{Choice, Contest, Rival, Says, group_contests, meeting_contests};
pub use splice::{Splice, gather, rebase};
pub use state::{
    BodyInfo, Created, Digest, DocumentKind, DueReview, GroupState, HandOver, Holding,
    HoldingState, Ignored, IgnoredWhy, Imported, Link, NewerFact, NoteState, Offer, OfferState,
    OptOut, Policy, Role, RoleStanding, Roles, Slot, SlotValue, Source, Standing, Tag, Wishes,
    document_kind, group_state, note_state, room_for, state_digest,
};
pub use view::{
    Eyes, InboxItem, InboxKind, Needs, apart_sentence, group_inbox, meeting_inbox, meeting_reviews,
    minutes_markdown, same_titled,
};
