//! What is answered about meetings and roles.
//!
//! Owns the fields and their names, which are a contract (`docs/cli.md`). Fields are added, never renamed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Named, TitleChoice};
use crate::command::CommandError;

/// A meeting in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingRow {
    /// The full id.
    pub id: String,
    /// Its title; the one shown first where several stand.
    pub title: String,
    /// How far it has come: `proposed`, `scheduled`, `prepared`, `sitting`, `wrapping`, `minutes draft`, `minutes agreed`,
    /// `cancelled`.
    pub state: String,
    /// When it is to be.
    pub at: Option<Timestamp>,
    /// The zone in which people chose that time.
    pub zone: Option<String>,
    /// The series that it belongs to.
    pub series: Option<String>,
}

/// A meeting as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingView {
    /// The full id.
    pub id: String,
    /// Its title; the one shown first where several stand.
    pub title: String,
    /// All titles and who gave them, where several stand; otherwise empty.
    pub titles: Vec<TitleChoice>,
    /// What it is for.
    pub purpose: String,
    /// All purposes and who gave them, where several stand; otherwise empty.
    pub purposes: Vec<TitleChoice>,
    /// How far it has come; see [`MeetingRow::state`].
    pub state: String,
    /// When it is to be.
    pub at: Option<Timestamp>,
    /// The zone in which people chose that time.
    pub zone: Option<String>,
    /// The series that it belongs to.
    pub series: Option<String>,
    /// Every gathering, never mixed with another.
    pub sittings: Vec<SittingView>,
    /// What is to be spoken of, in its order.
    pub agenda: Vec<AgendaItem>,
    /// Its roles.
    pub roles: Vec<RoleRow>,
    /// What people say of their own attendance.
    pub attendance: Vec<AttendanceRow>,
    /// What is to be done.
    pub actions: Vec<ActionRow>,
    /// Texts put to everyone's consent.
    pub consents: Vec<ConsentView>,
    /// Rounds.
    pub rounds: Vec<RoundView>,
    /// Temperature checks.
    pub checks: Vec<CheckView>,
    /// What was noted.
    pub remarks: Vec<RemarkRow>,
    /// What the last holders left for the next to know.
    pub notes: Vec<NoteLeft>,
    /// What competes, and waits for somebody to settle it: titles and purposes too.
    pub to_settle: Vec<SettleRow>,
    /// Other meetings of the same title that are open at the same time: perhaps the same meeting, opened twice.
    pub alike: Vec<Named>,
    /// Its roles whose rotation is due for review, now or at its time: a suggestion for its agenda, while it is not over.
    #[serde(default)]
    pub reviews: Vec<ReviewRow>,
    /// The version of the document; changes with anything in it.
    pub version: String,
    /// Facts of a newer program.
    pub newer: u64,
    /// Facts beyond those that one document counts, of one person or in all: kept, and told as too many.
    #[serde(default)]
    pub uncounted: u64,
}

/// A role whose rotation the group wanted to look at again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewRow {
    /// The role.
    pub role: String,
    /// The day that was set for it, from when on it is due.
    pub since: Timestamp,
}

/// Something of which there are several, where one is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettleRow {
    /// The id that `settle` takes.
    pub id: String,
    /// What it is about.
    pub text: String,
    /// What can be chosen: by its words or its id.
    pub choices: Vec<ChoiceRow>,
    /// Whether `both` can be chosen too.
    pub both: bool,
}

/// Something that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceRow {
    /// Its id.
    pub id: String,
    /// Its words; of holders of a role, whoever would keep it.
    pub text: String,
    /// Who said it.
    pub by: Vec<String>,
}

/// One gathering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SittingView {
    /// Its id.
    pub id: String,
    /// `open` or `closed`.
    pub state: String,
    /// Who opened it.
    pub by: Vec<String>,
    /// When, by the opener's clock.
    pub opened: Timestamp,
    /// When it was closed.
    pub closed: Option<Timestamp>,
    /// The item being spoken of.
    pub current: Option<CurrentItem>,
    /// Who asks for the floor, in order.
    pub queue: Vec<QueueRow>,
    /// How many were members when it was opened.
    pub members: u64,
    /// Whether nothing was said in it for so long that it is probably over.
    pub quiet: bool,
    /// How its queue is ordered: `as-asked` or `least-heard`.
    #[serde(default)]
    pub rule: String,
}

/// The item being spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentItem {
    /// Its id.
    pub id: String,
    /// Its words.
    pub text: String,
    /// When its time began.
    pub since: Option<Timestamp>,
    /// How many minutes it has. They are told, and cut nothing.
    pub minutes: Option<u32>,
}

/// Somebody asks for the floor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRow {
    /// The id of the asking.
    pub id: String,
    /// Who.
    pub by: String,
    /// `topic`, `reply`, `question` or `order`.
    pub kind: String,
    /// To say what.
    pub note: Option<String>,
    /// `waiting` or `taken`.
    pub state: String,
}

/// An item of the agenda.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// Its id.
    pub id: String,
    /// Its words; all of them, while they differ.
    pub text: String,
    /// How many minutes it wants.
    pub minutes: Option<u32>,
    /// `report`, `explore` or `decide`.
    pub kind: String,
    /// `current`, `carried`, `skipped`, `done`, `agreed`, `proposed` or `backlog`.
    pub state: String,
    /// Who proposed it, where that was in this meeting.
    pub by: Vec<String>,
    /// The meeting that left it, for one that was carried over.
    pub from: Option<String>,
    /// The sittings that discussed it.
    pub discussed_in: Vec<String>,
}

/// A role of a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRow {
    /// As the group writes it.
    pub role: String,
    /// `vacant`, `offered`, `held` or `co-held`.
    pub state: String,
    /// Who holds it.
    pub holders: Vec<String>,
    /// Who is at a holder's side.
    pub shadows: Vec<String>,
    /// Who said yes while somebody else opened the role.
    pub nominees: Vec<String>,
    /// Whether several hold it who did not know of each other: one steps back, or one says it is shared.
    pub to_settle: bool,
    /// Who was asked, and what they said.
    pub offers: Vec<OfferRow>,
}

/// An offer of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferRow {
    /// Its id, as `role accept` takes it.
    pub id: String,
    /// Who is asked.
    pub to: Named,
    /// Who asks.
    pub by: Vec<String>,
    /// `turn`, `hand-over`, `swap`, `shadow` or `selection`.
    pub kind: String,
    /// `open`, `accepted`, `declined`, `lapsed`, `withdrawn` or `no longer needed`.
    pub state: String,
    /// Why this person was asked.
    pub reason: Option<String>,
    /// When it lapses.
    pub until: Option<Timestamp>,
    /// What whoever asks wants the next holder to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What somebody says of their own attendance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttendanceRow {
    /// Who.
    pub person: Named,
    /// `present`, `available`, `regrets` or `left`.
    pub state: String,
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionRow {
    /// Its id.
    pub id: String,
    /// What.
    pub text: String,
    /// `open`, `done` or `dropped`.
    pub state: String,
    /// Who said yes; nobody for one that is not owned.
    pub owners: Vec<String>,
    /// Who was asked and has not answered.
    pub asked: Vec<String>,
    /// The meeting that left it, for one that was carried over.
    pub from: Option<String>,
}

/// A text put to everyone's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentView {
    /// Its id.
    pub id: String,
    /// The text that stands; of an adopted or contested one, the text that was adopted.
    pub text: String,
    /// Its version: answers are on one version and do not move along.
    pub version: String,
    /// `open`, `adopted`, `contested` or `closed`.
    pub state: String,
    /// The answers.
    pub answers: Vec<ConsentAnswer>,
    /// Who objects, or asks to wait, and was not heard by whoever closed.
    pub unheard: Vec<String>,
    /// All texts and who gave them, where it was reworded apart; otherwise empty.
    pub texts: Vec<TitleChoice>,
    /// Words that nobody has adopted, which stand beside those that this was closed on; answers are on these from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reworded: Option<Wording>,
    /// Of those who were members when the sitting was opened, how many have spoken to these words. It decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spoken: Option<Spoken>,
}

/// Words put to consent, and their version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// The words.
    pub text: String,
    /// Their version.
    pub version: String,
}

/// How many have spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spoken {
    /// Who took a position.
    pub positions: u32,
    /// Who could.
    pub members: u32,
}

/// An answer in a consent round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentAnswer {
    /// Who.
    pub by: String,
    /// `consent`, `concern`, `aside`, `hold` or `object`.
    pub answer: String,
    /// Why.
    pub reason: Option<String>,
    /// On which version.
    pub version: String,
}

/// A round in which everyone speaks once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundView {
    /// Its id.
    pub id: String,
    /// `round`, `check-in` or `check-out`.
    pub kind: String,
    /// On what.
    pub text: String,
    /// `open` or `closed`.
    pub state: String,
    /// Who has had their turn.
    pub turns: Vec<TurnRow>,
    /// Those present who have not, in the order in which they speak.
    pub waiting: Vec<String>,
}

/// A turn in a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRow {
    /// Who.
    pub by: String,
    /// `spoke` or `passed`.
    pub turn: String,
    /// What they said, if it was kept.
    pub text: Option<String>,
}

/// A temperature check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckView {
    /// Its id.
    pub id: String,
    /// The statement.
    pub text: String,
    /// `open` or `closed`.
    pub state: String,
    /// How many gave each word, from hot to cold; who gave which is not told.
    pub counts: Vec<WordCount>,
    /// What you said.
    pub yours: Option<String>,
}

/// How many gave a word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WordCount {
    /// The word.
    pub word: String,
    /// How many.
    pub count: u64,
}

/// Something noted in a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemarkRow {
    /// Its id.
    pub id: String,
    /// Who.
    pub by: Vec<String>,
    /// When, by their clock.
    pub at: Timestamp,
    /// What.
    pub text: String,
    /// Whether it stays out of the minutes.
    pub off_record: bool,
    /// Whether it reads otherwise than when it was made.
    pub corrected: bool,
}

/// What a holder left for the next one to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteLeft {
    /// The role.
    pub role: String,
    /// Who left it.
    pub by: Vec<String>,
    /// What to know.
    pub text: String,
}

/// Somebody who might be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionRow {
    /// The person's id.
    pub person: String,
    /// What they are called.
    pub name: String,
    /// Why: a rule in words, never an amount.
    pub reason: String,
    /// `holder`, or `shadow` for somebody who might first be at a holder's side.
    pub part: String,
}

/// Whom to ask, and whom not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestions {
    /// How often the group agreed that the role passes on; the suggestion is for the meeting whatever this says.
    #[serde(default)]
    pub per: String,
    /// Whom to ask, first to last.
    pub suggested: Vec<SuggestionRow>,
    /// Whom not, and why not.
    pub left_out: Vec<SuggestionRow>,
}

/// Several things were added to a meeting, as far as there was room for them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The meeting.
    pub meeting: Named,
    /// For each thing, in the order asked, the id that it has, or why it was not added.
    pub lines: Vec<Result<String, CommandError>>,
}

/// Something was done in a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// The meeting.
    pub meeting: Named,
    /// The id of what was made, if something was.
    pub id: Option<String>,
    /// Of a text put to consent: its version.
    pub version: Option<String>,
    /// Whether there was anything to do; an act that somebody else did already changes nothing.
    pub changed: bool,
    /// Who has the floor by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<String>,
}

/// How a role rotates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyView {
    /// The role.
    pub role: String,
    /// `meeting`, `item` or `term`.
    pub per: String,
    /// How many occasions a holder is left in peace afterwards.
    pub gap: u32,
    /// Whether new people shadow first: `on` or `off`.
    pub shadowing: String,
    /// Whether offers go out by themselves: `on` or `off`.
    #[serde(default)]
    pub auto_offer: String,
    /// When the group looks at it again, if it said so.
    #[serde(default)]
    pub review: Option<Timestamp>,
    /// Whether that day has come.
    #[serde(default)]
    pub due: bool,
    /// Policies that were set apart from each other, where that is to be settled; otherwise empty.
    pub competing: Vec<TitleChoice>,
}

/// How fair the turns at a role were, as a group sees it. There is no row per person in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FairnessView {
    /// The role.
    pub role: String,
    /// How many occasions there were.
    pub occasions: u64,
    /// The largest amount that anybody willing is owed, or owes, in thousandths of a turn.
    pub worst_debt_thousandths: i64,
    /// Whether that is more than the group should let be.
    pub alert: bool,
    /// The smallest and the largest part taken of what fell to somebody, in thousandths; none while too little fell to anybody.
    pub served_of_fair_thousandths: Option<(i64, i64)>,
    /// Different holders in the last ten occasions.
    pub holders_in_last_ten: u64,
    /// Occasions without a holder.
    pub vacancies: u64,
    /// Occasions with a holder of the one before.
    pub back_to_backs: u64,
    /// For each zone that somebody lives by, how many meetings began at an unsocial hour there.
    pub hours: Vec<HoursRow>,
    /// What fell to whoever asks, in thousandths of a turn, and what they took of it. Nobody else is told.
    pub yours_thousandths: (i64, i64),
}

/// How often people of one zone were asked to meet at an unsocial hour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoursRow {
    /// The zone's IANA name.
    pub zone: String,
    /// Meetings in all.
    pub meetings: u64,
    /// Those that began before 8 or from 22 on, there.
    pub unsocial: u64,
}

/// Everything that needs somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inbox {
    /// What, the oldest first.
    pub items: Vec<InboxRow>,
    /// For a day after a long time apart: how long that was, how much of this waits, and how much was merged quietly, in a sentence.
    pub apart: Option<String>,
}

/// Something that others did, merged without needing anybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergedRow {
    /// The note or meeting in which.
    pub id: String,
    /// `note`, `meeting` or `group`.
    pub kind: String,
    /// What that is called.
    pub title: String,
    /// Who.
    pub by: String,
    /// When, by their clock.
    pub at: Timestamp,
    /// What, in a few words.
    pub summary: String,
}

/// What needs somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InboxRow {
    /// What sort of thing: `offer`, `action`, `consent`, `co-held`, `contested`, `review`, `title`, …
    pub kind: String,
    /// What the answering command takes: an id, or of a review the role.
    pub id: String,
    /// What it is, in words.
    pub text: String,
    /// Since when.
    pub since: Timestamp,
    /// The note or meeting that it is in; none for what concerns the group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Named>,
    /// What `settle` can choose, where something competes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<ChoiceRow>,
    /// Whether `both` can be chosen too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub both: bool,
}
