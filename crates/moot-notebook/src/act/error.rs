//! Why an act cannot be done, and what to do instead. Owns the words.

use thiserror::Error;

use crate::fact::WordsError;
use crate::state::OfferState;

/// What sort of refusal it is: decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActErrorKind {
    /// It was asked for wrongly.
    Usage,
    /// What it is about is not here.
    NotFound,
    /// The rules say no.
    Refused,
}

/// Why an act cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ActError {
    /// A text that cannot be one.
    #[error("this cannot be {what}: {why}")]
    Words {
        /// What it was to be.
        what: &'static str,
        /// What is wrong with it.
        why: WordsError,
    },
    /// A time no clock shows.
    #[error("{at_ms} milliseconds is a time no clock shows")]
    Time {
        /// The time.
        at_ms: i64,
    },
    /// A meeting without purpose.
    #[error("a meeting needs a purpose")]
    NoPurpose,
    /// What was named is not in this meeting.
    #[error("there is no such {what} in this meeting")]
    NoSuch {
        /// What was looked for.
        what: &'static str,
    },
    /// A role that the meeting does not have.
    #[error("this meeting has no role {role:?}; it has {}", list(.known))]
    NoRole {
        /// What was asked for.
        role: String,
        /// Those it has.
        known: Vec<String>,
    },
    /// A person who is not a member, or has left.
    #[error("that person is not a member, or has left")]
    NotAMember,
    /// Nobody is sitting.
    #[error("no sitting of this meeting is open")]
    NoSitting,
    /// A sitting is open already.
    #[error("a sitting of this meeting is open already")]
    SittingOpen,
    /// Somebody was faster.
    #[error("that item is not the current one; {}", which(.current))]
    NotCurrent {
        /// The words of the item that is.
        current: Option<String>,
    },
    /// An offer that was accepted, by the person who now says no.
    #[error("you have accepted that offer already, and hold the role")]
    Accepted,
    /// A text that was adopted, and is to read otherwise.
    #[error("that text is adopted: other words are another decision")]
    Adopted,
    /// An offer that can no longer be answered.
    #[error("this offer is {}", .state.word())]
    OfferOver {
        /// What became of it.
        state: OfferState,
    },
    /// Answered in this way already.
    #[error("you have {what} already")]
    Already {
        /// What was done.
        what: &'static str,
    },
    /// Only the person it concerns can do it.
    #[error("only {who} can do that")]
    NotYours {
        /// Who can.
        who: &'static str,
    },
    /// There is nothing that this could act on.
    #[error("{why}")]
    Nothing {
        /// Why not.
        why: &'static str,
    },
    /// An objection without a reason.
    #[error("to object, a reason is needed")]
    NoReason,
    /// The text changed since.
    #[error("the text was reworded since; your position would be on words that no longer stand")]
    OtherVersion,
    /// More than one document counts of one person, or in all.
    #[error("this meeting holds as much as one can count")]
    Full,
    /// More than a meeting can hold.
    #[error("this meeting has {max} {what}: that is as many as one can hold")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// The limit.
        max: usize,
    },
}

impl ActError {
    /// What sort it is.
    #[must_use]
    pub const fn kind(&self) -> ActErrorKind {
        match self {
            Self::Words { .. } | Self::Time { .. } | Self::NoPurpose | Self::NoReason => {
                ActErrorKind::Usage
            }
            Self::NoSuch { .. } | Self::NoRole { .. } => ActErrorKind::NotFound,
            Self::NotAMember
            | Self::NoSitting
            | Self::SittingOpen
            | Self::NotCurrent { .. }
            | Self::Accepted
            | Self::Adopted
            | Self::OfferOver { .. }
            | Self::Already { .. }
            | Self::NotYours { .. }
            | Self::Nothing { .. }
            | Self::OtherVersion
            | Self::Full
            | Self::TooMany { .. } => ActErrorKind::Refused,
        }
    }

    /// What to do instead.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Words { .. } => {
                "Names and items are one line of text; purposes and reasons a paragraph."
            }
            Self::Time { .. } => {
                "Give a date and a time in a zone, such as 2026-11-30 10:00 Europe/Berlin."
            }
            Self::NoPurpose => "Say in a sentence what it is for: --purpose TEXT.",
            Self::NoSuch { .. } => "`moot meeting show` lists what there is, with ids.",
            Self::NoRole { .. } => "`moot role list` shows the roles; any member can add one.",
            Self::NotAMember => "`moot people` shows who is a member.",
            Self::NoSitting => "`moot meeting open` begins one.",
            Self::SittingOpen => {
                "Say that you are here with `moot present`, or end it with `moot meeting close`."
            }
            Self::NotCurrent { current: None } => {
                "`moot agenda advance MEETING --from start` begins with the first."
            }
            Self::NotCurrent { .. } => {
                "Somebody was faster, and nothing was skipped. Look, and press again if you still want to go on."
            }
            Self::Accepted => "`moot role step-back MEETING ROLE` lays it down, at once.",
            Self::Adopted => "`moot consent open MEETING TEXT` puts them to everyone.",
            Self::OfferOver { .. } => "You can still do it: `moot role take`.",
            Self::Already { .. } => {
                "It stands, and nothing is left to do. `moot meeting show` tells how things stand."
            }
            Self::NotYours { .. } => "Nobody speaks for anybody else. Ask them.",
            Self::Nothing { .. } => "`moot meeting show` tells how things stand.",
            Self::NoReason => {
                "Say in a sentence what would be harmed: --reason TEXT. To ask for time without one, hold."
            }
            Self::OtherVersion => "`moot consent show` shows the text as it stands now.",
            Self::Full => {
                "Nothing was written. Go on in another meeting of the series, or put what is long into a note."
            }
            Self::TooMany { .. } => {
                "Put the rest into a note and speak of that; nothing was written."
            }
        }
    }
}

fn list(known: &[String]) -> String {
    if known.is_empty() {
        "none".to_owned()
    } else {
        known.join(", ")
    }
}

fn which(current: &Option<String>) -> String {
    match current {
        Some(text) => format!("the current one is {text:?}"),
        None => "none is current".to_owned(),
    }
}
