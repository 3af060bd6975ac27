//! What can be typed about meetings and roles. The doc comments here are the help that people read.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use moot_engine::command::{
    ItemKind, Position, QueueKind, QueueRule, Rhythm, RoundKind, Switch, Warmth,
};

/// Takes one of the words that a type has.
macro_rules! word {
    ($Name:ident) => {
        PossibleValuesParser::new($Name::ALL.iter().map(|one| one.word()))
            .try_map(|word| $Name::from_word(&word).ok_or("no such word"))
    };
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Inbox {
    /// What others did that was merged when you were last apart from them for long
    #[arg(long)]
    pub(in crate::cli) merged: bool,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Meeting {
    #[command(subcommand)]
    pub(in crate::cli) step: MeetingStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MeetingStep {
    /// Prepare a meeting
    New {
        /// What it is called
        #[arg(allow_hyphen_values = true)]
        title: String,
        /// What it is for
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        purpose: String,
        /// When: 2026-12-01T18:00Z, or a local time with --tz: "2026-12-01 18:00"
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
        /// The zone of that time, by its IANA name: Europe/Berlin
        #[arg(long, value_name = "ZONE")]
        tz: Option<String>,
        /// Which series it belongs to: what the last one left unreached is carried over
        #[arg(long, value_name = "NAME")]
        series: Option<String>,
        /// The roles it has
        #[arg(
            long,
            value_name = "ROLE,…",
            value_delimiter = ',',
            default_value = "facilitator,scribe,timekeeper"
        )]
        roles: Vec<String>,
    },
    /// List the meetings, the latest first
    List,
    /// Show a meeting
    Show {
        /// The meeting: its id, the beginning of it, or its title
        meeting: String,
    },
    /// Open a sitting: some of the group have gathered
    Open {
        /// The meeting
        meeting: String,
    },
    /// Close the sitting that is open
    Close {
        /// The meeting
        meeting: String,
    },
    /// Print the minutes as Markdown, at any time
    Minutes {
        /// The meeting
        meeting: String,
    },
    /// Say that the minutes were read back and agreed
    Agree {
        /// The meeting
        meeting: String,
    },
    /// Give a meeting another time
    Move {
        /// The meeting
        meeting: String,
        /// When, as for `meeting new`
        #[arg(long, value_name = "TIME")]
        at: String,
        /// The zone of that time
        #[arg(long, value_name = "ZONE")]
        tz: Option<String>,
    },
    /// Call a meeting otherwise
    Rename {
        /// The meeting
        meeting: String,
        /// What it is called from now on
        #[arg(allow_hyphen_values = true)]
        title: String,
    },
    /// Say otherwise what a meeting is for
    Purpose {
        /// The meeting
        meeting: String,
        /// What it is for
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Put a meeting into a series
    Series {
        /// The meeting
        meeting: String,
        /// The series
        #[arg(allow_hyphen_values = true)]
        name: String,
    },
    /// Say that a meeting will not take place
    Cancel {
        /// The meeting
        meeting: String,
    },
    /// Say that it will after all
    Resume {
        /// The meeting
        meeting: String,
    },
    /// Say by which zone you live, so that the group sees whom its hours suit
    Zone {
        /// The zone, by its IANA name: Europe/Berlin
        zone: String,
    },
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Agenda {
    #[command(subcommand)]
    pub(in crate::cli) step: AgendaStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum AgendaStep {
    /// Propose something to speak of
    Add {
        /// The meeting
        meeting: String,
        /// What
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// How many minutes it wants
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1440))]
        minutes: Option<u32>,
        /// What for
        #[arg(long, default_value = "explore", value_parser = word!(ItemKind))]
        kind: ItemKind,
        /// Keep it for some other time
        #[arg(long)]
        backlog: bool,
    },
    /// Go on from one item to the next; pressed by two people at once it is one step
    Advance {
        /// The meeting
        meeting: String,
        /// The item that is current now; `start` where none is yet
        #[arg(long, value_name = "ITEM")]
        from: String,
        /// The item to go to, instead of the next; the one that is left comes at the end
        #[arg(long, value_name = "ITEM")]
        to: Option<String>,
        /// Go on with it at the next meeting, instead of calling it done
        #[arg(long)]
        carry: bool,
    },
    /// Agree to have an item on the agenda; without one, all that are proposed
    Agree {
        /// The meeting
        meeting: String,
        /// The item
        item: Option<String>,
    },
    /// Move an item to the end
    Skip(Item),
    /// Go on with an item at the next meeting
    Carry(Item),
    /// Nothing is left to do about an item
    Done(Item),
    /// Keep an item for some other time
    Backlog(Item),
    /// Take an item off the agenda
    Drop(Item),
    /// Put an item back on the agenda
    Reopen(Item),
    /// Word an item otherwise
    #[command(group(
        clap::ArgGroup::new("what")
            .args(["text", "minutes", "kind"])
            .required(true)
            .multiple(true)
    ))]
    Change {
        /// The meeting
        meeting: String,
        /// The item
        item: String,
        /// Its words from now on
        #[arg(long, allow_hyphen_values = true)]
        text: Option<String>,
        /// Its minutes from now on
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1440))]
        minutes: Option<u32>,
        /// What it is for from now on
        #[arg(long, value_parser = word!(ItemKind))]
        kind: Option<ItemKind>,
    },
    /// Put the agenda into this order; items that are not named follow
    Reorder {
        /// The meeting
        meeting: String,
        /// The items, first to last
        #[arg(required = true)]
        items: Vec<String>,
    },
    /// Give the current item more minutes
    Extend {
        /// The meeting
        meeting: String,
        /// How many more
        #[arg(default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1440))]
        minutes: u32,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Item {
    /// The meeting
    pub(in crate::cli) meeting: String,
    /// The item: its id, the beginning of it, its number on the agenda, or its words
    pub(in crate::cli) item: String,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Queue {
    #[command(subcommand)]
    pub(in crate::cli) step: QueueStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum QueueStep {
    /// Ask for the floor
    Join {
        /// The meeting
        meeting: String,
        /// Why: a reply goes before a new topic
        #[arg(long, default_value = "topic", value_parser = word!(QueueKind))]
        kind: QueueKind,
        /// To say what
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Ask no longer
    Leave {
        /// The meeting
        meeting: String,
    },
    /// Give the floor to whoever is next
    Next {
        /// The meeting
        meeting: String,
    },
    /// Show who asks for the floor
    Show {
        /// The meeting
        meeting: String,
    },
    /// Order the queue, within each kind, as people asked or by who was heard least in this sitting
    Rule {
        /// The meeting
        meeting: String,
        /// The rule
        #[arg(value_parser = word!(QueueRule))]
        rule: QueueRule,
    },
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Role {
    #[command(subcommand)]
    pub(in crate::cli) step: RoleStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RoleStep {
    /// List the roles of a meeting, who holds them and who is asked
    List {
        /// The meeting
        meeting: String,
    },
    /// Whom to ask, and why: the same list on every device
    Suggest(RoleOf),
    /// Ask somebody to take a role
    Offer {
        #[command(flatten)]
        of: RoleOf,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        to: String,
        /// How long the offer stands
        #[arg(long, value_name = "TIME", value_parser = crate::terminal::parse_duration_ms)]
        expires: Option<u64>,
    },
    /// Ask somebody to be at the side of whoever holds a role
    Shadow {
        #[command(flatten)]
        of: RoleOf,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        to: String,
    },
    /// Take a role yourself
    Take {
        #[command(flatten)]
        of: RoleOf,
        /// At the side of whoever holds it
        #[arg(long)]
        shadow: bool,
    },
    /// Say yes to an offer
    Accept {
        /// The offer
        offer: String,
    },
    /// Say no to an offer
    Decline {
        /// The offer
        offer: String,
    },
    /// Take back an offer that you made
    Withdraw {
        /// The offer
        offer: String,
    },
    /// Lay a role down, at once
    StepBack {
        #[command(flatten)]
        of: RoleOf,
        /// What the next holder should know
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Ask somebody to go on with a role that you hold
    HandOver {
        #[command(flatten)]
        of: RoleOf,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        to: String,
        /// What the next holder should know
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        note: Option<String>,
    },
    /// Ask somebody to exchange roles with you
    Swap {
        #[command(flatten)]
        of: RoleOf,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        with: String,
    },
    /// Leave word for a role's next holder
    Note {
        #[command(flatten)]
        of: RoleOf,
        /// What to know; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
    },
    /// Propose somebody for a role for which the group looks for somebody
    Select {
        #[command(flatten)]
        of: RoleOf,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        to: String,
    },
    /// Let somebody hold a role until a day
    Extend {
        #[command(flatten)]
        of: RoleOf,
        /// Who holds it
        #[arg(long, value_name = "PERSON")]
        holder: String,
        /// Until this day: 2026-12-24
        #[arg(long, value_name = "DATE")]
        until: String,
    },
    /// Say that all who hold a role now share it
    Share(RoleOf),
    /// Open a role to be given anew; no cause is needed
    Open(RoleOf),
    /// Let a meeting have a role
    Add(RoleOf),
    /// Let a meeting do without a role
    Remove(RoleOf),
    /// Do not be asked to take a role
    OptOut {
        /// The role
        role: String,
        /// Until this day: 2026-12-24
        #[arg(long, value_name = "DATE", conflicts_with = "meeting")]
        until: Option<String>,
        /// Not in this meeting
        #[arg(long, value_name = "MEETING")]
        meeting: Option<String>,
    },
    /// Be asked again
    OptIn {
        /// The role
        role: String,
        /// In this meeting
        #[arg(long, value_name = "MEETING")]
        meeting: Option<String>,
    },
    /// Say that you need not shadow a role first
    Ready {
        /// The role
        role: String,
    },
    /// Show, or set, how a role rotates
    Policy {
        /// The role
        role: String,
        /// How often it passes on, as the group agreed. Suggestions are made for each meeting, whatever this says
        #[arg(long, value_parser = word!(Rhythm))]
        per: Option<Rhythm>,
        /// How many occasions a holder is left in peace afterwards
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(..=50))]
        gap: Option<u32>,
        /// Whether new people shadow first
        #[arg(long, value_parser = word!(Switch))]
        shadowing: Option<Switch>,
        /// Whether the first who is suggested is asked by itself when the role is vacant
        #[arg(long, value_parser = word!(Switch))]
        auto_offer: Option<Switch>,
        /// From which day on the group is to look at this again: 2026-12-24, or never. From then on it stands in the inbox and
        /// beside the agenda; the day stays until another is set
        #[arg(long, value_name = "DATE|never")]
        review: Option<String>,
    },
    /// Show how fair the turns were, to the group as a whole
    Report {
        /// The role
        role: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RoleOf {
    /// The meeting
    pub(in crate::cli) meeting: String,
    /// The role
    pub(in crate::cli) role: String,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Consent {
    #[command(subcommand)]
    pub(in crate::cli) step: ConsentStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ConsentStep {
    /// Ask for everyone's consent to a text
    Open {
        /// The meeting
        meeting: String,
        /// The text; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
    },
    /// Word the text otherwise; nobody's answer moves along
    Reword {
        /// The consent round
        id: String,
        /// The text; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
    },
    /// Say where you stand
    Answer {
        /// The consent round
        id: String,
        /// What you say
        #[arg(value_parser = word!(Position))]
        position: Position,
        /// Why, or until when; needed with `object`
        #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
        reason: Option<String>,
    },
    /// Close the round, knowing the answers that are here
    Close {
        /// The consent round
        id: String,
    },
    /// Show the text and the answers
    Show {
        /// The consent round
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Action {
    #[command(subcommand)]
    pub(in crate::cli) step: ActionStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ActionStep {
    /// Note something to be done
    Add {
        /// The meeting
        meeting: String,
        /// What
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// Who is asked to do it
        #[arg(long, value_name = "PERSON")]
        offer: Option<String>,
    },
    /// Ask somebody to do it
    Offer {
        /// The action
        id: String,
        /// Who is asked
        #[arg(long, value_name = "PERSON")]
        to: String,
    },
    /// Say that you will do it
    Accept {
        /// The action
        id: String,
    },
    /// Say that you will not, or no more
    Decline {
        /// The action
        id: String,
    },
    /// It is done
    Done {
        /// The action
        id: String,
    },
    /// Nobody will do it
    Drop {
        /// The action
        id: String,
    },
    /// It is to be done after all
    Reopen {
        /// The action
        id: String,
    },
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OneMeeting {
    /// The meeting
    pub(in crate::cli) meeting: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Meet {
    /// The meeting
    pub(in crate::cli) meeting: String,
    /// Lines in, lines out: for screen readers and scripts
    #[arg(long)]
    pub(in crate::cli) plain: bool,
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Round {
    #[command(subcommand)]
    pub(in crate::cli) step: RoundStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum RoundStep {
    /// Begin a round in which everyone speaks once
    Open {
        /// The meeting
        meeting: String,
        /// On what
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// What sort of round
        #[arg(long, default_value = "round", value_parser = word!(RoundKind))]
        kind: RoundKind,
    },
    /// Say that you have spoken
    Speak {
        /// The round
        id: String,
        /// What you said, if it is to be kept
        #[arg(allow_hyphen_values = true)]
        text: Option<String>,
    },
    /// Let your turn go by
    Pass {
        /// The round
        id: String,
    },
    /// End the round
    Close {
        /// The round
        id: String,
    },
    /// Show who has spoken, and whose turn it is
    Show {
        /// The round
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Check {
    #[command(subcommand)]
    pub(in crate::cli) step: CheckStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum CheckStep {
    /// Ask how warm people feel about a statement; it binds nobody
    Open {
        /// The meeting
        meeting: String,
        /// The statement
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Say how you feel about it
    Answer {
        /// The check
        id: String,
        /// The word
        #[arg(value_parser = word!(Warmth))]
        word: Warmth,
    },
    /// End the check
    Close {
        /// The check
        id: String,
        /// Keep its counts in the minutes
        #[arg(long)]
        keep: bool,
    },
    /// Show the answers
    Show {
        /// The check
        id: String,
    },
}

#[derive(Debug, Args)]
#[command(subcommand_required = true, arg_required_else_help = false)]
pub(in crate::cli) struct Minutes {
    #[command(subcommand)]
    pub(in crate::cli) step: MinutesStep,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum MinutesStep {
    /// Note something in the minutes
    Add {
        /// The meeting
        meeting: String,
        /// What; `-` reads it from stdin
        #[arg(value_name = "TEXT|-", allow_hyphen_values = true)]
        text: String,
        /// Seen by all, and not in the minutes
        #[arg(long)]
        off_record: bool,
    },
    /// Let a note in the minutes read otherwise
    Correct {
        /// The note in the minutes
        id: String,
        /// How it reads from now on
        #[arg(allow_hyphen_values = true)]
        text: String,
    },
    /// Leave your name out of the minutes
    Unname(OneMeeting),
    /// Let your name stand in the minutes again
    Name(OneMeeting),
}
