//! What is asked about meetings and roles.
//!
//! Texts that select something (`meeting`, `item`, `role`, `to`, `id`, …) are an id, a unique prefix, or a unique title, name or
//! wording. All of this crosses the control socket, so a field is only ever added with a default.

use moot_notebook::{
    Attendance, ItemKind, ItemMark, OfferKind, Position, QueueKind, QueueRule, Rhythm, RoundKind,
    Switch, Warmth,
};
use serde::{Deserialize, Serialize};

/// Everything that can be asked about meetings and roles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MeetingCommand {
    /// Prepares a meeting.
    New(NewMeeting),
    /// Lists the meetings, the latest first.
    List,
    /// Shows a meeting.
    Show {
        /// The meeting.
        meeting: String,
    },
    /// The minutes as Markdown, at any time.
    Minutes {
        /// The meeting.
        meeting: String,
    },
    /// Whom to ask to take a role, and why.
    Suggest {
        /// The meeting.
        meeting: String,
        /// The role.
        role: String,
    },
    /// The roles of a meeting, their holders and offers.
    Roles {
        /// The meeting.
        meeting: String,
    },
    /// Shows what has an id of its own: a consent round, a round, a temperature check.
    Thing {
        /// Its id.
        id: String,
    },
    /// How a role rotates.
    Policy {
        /// The role.
        role: String,
    },
    /// How fair the turns at a role were, to the group.
    Report {
        /// The role.
        role: String,
    },
    /// Does something in a meeting.
    Act {
        /// The meeting.
        meeting: String,
        /// What.
        act: Act,
    },
    /// Adds several things, items of the agenda and lines of the minutes, each as if it were asked by itself.
    Add {
        /// The meeting.
        meeting: String,
        /// What: acts that only add.
        acts: Vec<Act>,
    },
    /// Does something about what has an id of its own, in whatever meeting it is.
    Answer {
        /// The id of the offer, consent round, action, round, check or remark.
        id: String,
        /// What.
        answer: Answer,
    },
    /// Says something that holds for all meetings.
    Standing(Standing),
    /// What needs this person, and what needs settling.
    Inbox,
    /// What others did that was merged when the last time apart was over.
    Merged,
}

/// A meeting to be prepared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewMeeting {
    /// What it is called.
    pub title: String,
    /// What it is for; never empty.
    pub purpose: String,
    /// When it is to be, if that is known.
    pub when: Option<When>,
    /// Which series it belongs to; the one without a name where there is none.
    pub series: Option<String>,
    /// The roles it has.
    pub roles: Vec<String>,
}

/// A time that people chose, in the zone in which they chose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// Milliseconds since 1970, UTC.
    pub at_ms: i64,
    /// The zone's IANA name.
    pub zone: String,
}

/// What can be done in a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Opens a sitting.
    Open,
    /// Closes the sitting that is open.
    Close,
    /// The minutes were read back and agreed.
    AgreeMinutes,
    /// Gives the meeting another time.
    Move(When),
    /// Calls the meeting otherwise.
    Rename {
        /// How.
        title: String,
    },
    /// Says otherwise what the meeting is for.
    SetPurpose {
        /// What for.
        purpose: String,
    },
    /// Puts the meeting into a series.
    SetSeries {
        /// The series.
        series: String,
    },
    /// The meeting will not take place.
    Cancel,
    /// It will after all.
    Resume,
    /// Proposes an item.
    AddItem {
        /// What.
        text: String,
        /// What for.
        kind: ItemKind,
        /// How many minutes it wants.
        minutes: Option<u32>,
        /// Whether to keep it for some other time.
        backlog: bool,
    },
    /// Says what became of an item.
    MarkItem {
        /// The item.
        item: String,
        /// What became of it.
        mark: ItemMark,
    },
    /// Agrees to all items that are proposed.
    AgreeAgenda,
    /// Words an item otherwise.
    ChangeItem {
        /// The item.
        item: String,
        /// Its words from now on.
        text: Option<String>,
        /// Its kind from now on.
        kind: Option<ItemKind>,
        /// Its minutes from now on.
        minutes: Option<u32>,
    },
    /// Puts the agenda into an order.
    Reorder {
        /// The items, first to last; others follow.
        items: Vec<String>,
    },
    /// Goes on from one item to another: one step however many ask for it.
    Advance {
        /// The item that is current for whoever asks; none where none is.
        from: Option<String>,
        /// The item to go to, `from` being moved to the end; the next where none is said.
        to: Option<String>,
        /// Whether `from` is to be gone on with at the next meeting.
        carry: bool,
    },
    /// Gives the current item more minutes.
    Extend {
        /// How many more.
        minutes: u32,
    },
    /// Asks for the floor.
    Queue {
        /// Why.
        kind: QueueKind,
        /// To say what.
        note: Option<String>,
    },
    /// Asks no longer.
    Unqueue,
    /// Gives the floor to whoever is next.
    NextSpeaker,
    /// Orders the queue by this rule.
    RuleQueue(QueueRule),
    /// Says whether one is there.
    Attend(Attendance),
    /// Asks somebody to take a role.
    Offer {
        /// The role.
        role: String,
        /// Who is asked.
        to: String,
        /// What sort of offer.
        kind: OfferKind,
        /// What the next holder should know.
        note: Option<String>,
        /// When the offer lapses, in milliseconds since 1970.
        until_ms: Option<i64>,
    },
    /// Takes a role.
    Take {
        /// The role.
        role: String,
        /// Whether only at the side of its holder.
        shadow: bool,
    },
    /// Lays a role down.
    StepBack {
        /// The role.
        role: String,
        /// What the next holder should know.
        note: Option<String>,
    },
    /// Leaves word for a role's next holder.
    LeaveNote {
        /// The role.
        role: String,
        /// What to know.
        note: String,
    },
    /// Lets somebody hold a role until then, and not for the meeting alone.
    ExtendTerm {
        /// The role.
        role: String,
        /// Who holds it.
        holder: String,
        /// Until when, in milliseconds since 1970.
        until_ms: i64,
    },
    /// Says that all holders of a role share it.
    Share {
        /// The role.
        role: String,
    },
    /// Opens a role to be given anew.
    OpenRole {
        /// The role.
        role: String,
    },
    /// Lets the meeting have a role.
    AddRole {
        /// The role.
        role: String,
    },
    /// Lets the meeting do without a role.
    RemoveRole {
        /// The role.
        role: String,
    },
    /// Says whether one may be asked to take a role in this meeting.
    Willing {
        /// The role.
        role: String,
        /// Whether.
        willing: bool,
    },
    /// Asks for everyone's consent to a text.
    OpenConsent {
        /// The text.
        text: String,
    },
    /// Notes something to be done.
    AddAction {
        /// What.
        text: String,
        /// Who is asked to do it.
        offer: Option<String>,
    },
    /// Begins a round.
    OpenRound {
        /// On what.
        text: String,
        /// What sort of round.
        kind: RoundKind,
    },
    /// Begins a temperature check.
    OpenCheck {
        /// The statement.
        text: String,
    },
    /// Notes something.
    Remark {
        /// What.
        text: String,
        /// Whether it stays out of the minutes.
        off_record: bool,
    },
    /// Says whether one's name stands in the minutes.
    Name {
        /// Whether it is left out.
        leave_out: bool,
    },
}

/// What can be done about something that has an id of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answer {
    /// Yes to an offer or an action.
    Accept,
    /// No to an offer or an action.
    Decline,
    /// Takes back an offer.
    Withdraw,
    /// Asks somebody to do an action.
    Offer {
        /// Who is asked.
        to: String,
    },
    /// An action is done.
    Done,
    /// Nobody will do an action.
    Drop,
    /// An action is to be done after all.
    Reopen,
    /// A position in a consent round.
    Position {
        /// Which.
        position: Position,
        /// Why, or until when.
        reason: Option<String>,
    },
    /// Words the text of a consent round otherwise.
    Reword {
        /// The text.
        text: String,
    },
    /// Ends a consent round, a round or a check.
    Close {
        /// Whether the counts of a check are kept.
        keep: bool,
    },
    /// A turn in a round.
    Turn {
        /// Whether it is let go by.
        pass: bool,
        /// What was said, if it is to be kept.
        text: Option<String>,
    },
    /// A word in a temperature check.
    Word(Warmth),
    /// Lets a note in the minutes read otherwise.
    Correct {
        /// How.
        text: String,
    },
}

/// What somebody says for all meetings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// Does not want to be asked to take a role.
    OptOut {
        /// The role.
        role: String,
        /// Until when, in milliseconds since 1970; never without.
        until_ms: Option<i64>,
    },
    /// May be asked again.
    OptIn {
        /// The role.
        role: String,
    },
    /// Need not shadow a role first.
    Ready {
        /// The role.
        role: String,
    },
    /// Sets how a role rotates; what is not said stays as it is.
    Policy {
        /// The role.
        role: String,
        /// How often it passes on.
        rhythm: Option<Rhythm>,
        /// How many occasions a holder is left in peace afterwards.
        gap: Option<u32>,
        /// Whether new people shadow first.
        shadowing: Option<Switch>,
        /// Whether offers go out by themselves.
        #[serde(default)]
        auto_offer: Option<Switch>,
        /// When the group looks at it again.
        #[serde(default)]
        review: Option<ReviewDay>,
    },
    /// Says by which zone one lives, so that the group sees whom its hours suit.
    Zone {
        /// The zone's IANA name.
        zone: String,
    },
}

/// When a group looks at a policy again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReviewDay {
    /// From this day on, in milliseconds since 1970.
    From(i64),
    /// Not as things are.
    Never,
}
