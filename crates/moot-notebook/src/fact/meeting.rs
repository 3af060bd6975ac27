//! The facts of a meeting, by tag. Owns what can be said about a meeting, its agenda, and what happens in it; what
//! the facts together mean is `meeting`'s.

use super::field::{Line, Paragraph, facts, numbered};
use crate::id::{FactId, PersonId};

numbered! {
    /// What an item is on the agenda for.
    ItemKind {
        /// To be told.
        Report = 0 "report",
        /// To be looked at together.
        Explore = 1 "explore",
        /// To be decided.
        Decide = 2 "decide",
    }
}

numbered! {
    /// Where a new item goes.
    ItemPlace {
        /// Onto this meeting's agenda, for the group to agree to.
        Proposed = 0 "proposed",
        /// Among those kept for some other time.
        Backlog = 1 "backlog",
    }
}

numbered! {
    /// What somebody says became of an item.
    ItemMark {
        /// The group agreed to have it on the agenda.
        Agreed = 0 "agreed",
        /// Kept for some other time.
        Backlog = 1 "backlog",
        /// Nothing is left to do.
        Done = 2 "done",
        /// To be gone on with at the next meeting.
        Carried = 3 "carried",
        /// Moved to the end.
        Skipped = 4 "skipped",
        /// Taken off the agenda.
        Dropped = 5 "dropped",
        /// Back on the agenda.
        Reopened = 6 "reopened",
    }
}

numbered! {
    /// What a person says of their own attendance.
    Attendance {
        /// Will come.
        Available = 0 "available",
        /// Is here.
        Present = 1 "present",
        /// Will not come.
        Regrets = 2 "regrets",
        /// Was here, and has left.
        Left = 3 "left",
    }
}

numbered! {
    /// Why somebody asks for the floor.
    QueueKind {
        /// Something new.
        Topic = 0 "topic",
        /// To what is being said: goes before new topics.
        Reply = 1 "reply",
        /// A question so that all can follow.
        Question = 2 "question",
        /// Something is wrong with how we meet.
        Order = 3 "order",
    }
}

numbered! {
    /// How the queue is ordered within one kind.
    QueueRule {
        /// As people asked.
        AsAsked = 0 "as-asked",
        /// Those with the fewest turns in this sitting first.
        LeastHeard = 1 "least-heard",
    }
}

numbered! {
    /// What a round is for.
    RoundKind {
        /// On some matter.
        Round = 0 "round",
        /// How everyone arrives.
        CheckIn = 1 "check-in",
        /// How everyone leaves, and how the meeting was.
        CheckOut = 2 "check-out",
    }
}

numbered! {
    /// What a person did with their turn.
    RoundTurn {
        /// Spoke.
        Spoke = 0 "spoke",
        /// Let it go by.
        Passed = 1 "passed",
    }
}

numbered! {
    /// The five words of a temperature check.
    Warmth {
        /// All for it.
        Hot = 0 "hot",
        /// For it.
        Warm = 1 "warm",
        /// Either way.
        Mild = 2 "mild",
        /// Rather not.
        Cool = 3 "cool",
        /// Against it.
        Cold = 4 "cold",
    }
}

numbered! {
    /// What is left of a temperature check.
    CheckResult {
        /// Nothing.
        Discard = 0 "discard",
        /// Its counts, in the minutes.
        Keep = 1 "keep",
    }
}

numbered! {
    /// A position in a consent round, from yes to no.
    Position {
        /// Agrees.
        Consent = 0 "consent",
        /// Agrees, with a concern to be noted.
        Concern = 1 "concern",
        /// Takes no part in the decision.
        Aside = 2 "aside",
        /// Needs something first; says what.
        Hold = 3 "hold",
        /// It would harm the purpose; says why.
        Object = 4 "object",
    }
}

numbered! {
    /// An answer to being asked.
    Answer {
        /// Yes.
        Accept = 0 "accept",
        /// No. No reason is asked for.
        Decline = 1 "decline",
    }
}

numbered! {
    /// What became of an action.
    ActionMark {
        /// It is done.
        Done = 0 "done",
        /// Nobody will do it.
        Dropped = 1 "dropped",
        /// It is to be done after all.
        Reopened = 2 "reopened",
    }
}

numbered! {
    /// Whether a remark is for the minutes.
    Record {
        /// In the minutes.
        On = 0 "on",
        /// Not in the minutes.
        Off = 1 "off",
    }
}

numbered! {
    /// Whether a person is named in the minutes.
    Naming {
        /// By name.
        Show = 0 "show",
        /// Left out.
        LeaveOut = 1 "leave-out",
    }
}

facts! {
    /// What can be said in a meeting's document, besides its title and its purpose.
    MeetingFact {
        /// Somebody began this document as a meeting.
        64 Begun {}
        /// The meeting is to be then.
        65 Scheduled {
            /// In UTC, milliseconds since 1970.
            at_ms: i64,
            /// The IANA name of the zone in which people chose that time.
            zone: Line,
        }
        /// The meeting is one of a series.
        66 Series {
            /// The series' name.
            name: Line,
        }
        /// The meeting has this role.
        67 RoleListed {
            /// As the group writes it.
            role: Line,
        }
        /// The meeting does without this role.
        68 RoleUnlisted {
            /// As the group writes it.
            role: Line,
        }
        /// The meeting will not take place.
        69 Cancelled {}
        /// It will after all.
        70 Resumed {}
        /// The minutes were read back and agreed.
        71 MinutesAgreed {
            /// BLAKE3 of the minutes' state as it was read back.
            digest: [u8; 32],
        }
        /// Some of the group have gathered. The fact's id names the sitting.
        72 SittingOpened {
            /// Who is a member at this moment, for the count of how many of all were here.
            members: Vec<PersonId>,
        }
        /// The gathering is over.
        73 SittingClosed {
            /// Which.
            sitting: FactId,
        }
        /// Its author comes, is here, does not come, or has left.
        74 Attended {
            /// What of these.
            status: Attendance,
            /// Of which sitting; of the meeting as a whole without one.
            sitting: Option<FactId>,
        }
        /// Something to speak of. The fact's id names the item.
        76 ItemAdded {
            /// What.
            text: Line,
            /// What for.
            kind: ItemKind,
            /// Where it goes.
            place: ItemPlace,
            /// How many minutes are asked for.
            minutes: Option<u32>,
        }
        /// What became of an item, of this meeting or carried into it.
        77 ItemMarked {
            /// Which.
            item: FactId,
            /// What became of it.
            mark: ItemMark,
            /// In which sitting, if in one.
            sitting: Option<FactId>,
        }
        /// An item is worded, meant or timed otherwise.
        78 ItemChanged {
            /// Which.
            item: FactId,
            /// Its words from now on.
            text: Option<Line>,
            /// What it is for from now on.
            kind: Option<ItemKind>,
            /// Its minutes from now on.
            minutes: Option<u32>,
        }
        /// The agenda's order. Items that are not named follow after.
        79 AgendaOrdered {
            /// The items, first to last.
            items: Vec<FactId>,
        }
        /// The sitting goes on from one item to another. Said twice from the same item it is one step.
        80 Advanced {
            /// In which sitting.
            sitting: FactId,
            /// From which item: nothing happens if it is no longer the current one.
            from: Option<FactId>,
            /// What becomes of that one.
            fate: Option<ItemMark>,
            /// To which item.
            to: Option<FactId>,
        }
        /// The current item gets more time.
        81 Extended {
            /// In which sitting.
            sitting: FactId,
            /// Which item.
            item: FactId,
            /// How many minutes it has in all: said twice at once it is one extension.
            minutes: u32,
        }
        /// Its author asks for the floor. The fact's id names the entry.
        84 QueueJoined {
            /// In which sitting.
            sitting: FactId,
            /// Why.
            kind: QueueKind,
            /// To say what.
            note: Option<Line>,
        }
        /// Its author asks no longer.
        85 QueueLeft {
            /// Which entry.
            entry: FactId,
        }
        /// Somebody has the floor.
        86 QueueTaken {
            /// Which entry.
            entry: FactId,
        }
        /// How the queue is ordered.
        87 QueueRuled {
            /// In which sitting.
            sitting: FactId,
            /// By which rule.
            rule: QueueRule,
        }
        /// Everyone in turn. The fact's id names the round.
        88 RoundOpened {
            /// What for.
            kind: RoundKind,
            /// On what.
            text: Line,
            /// In which sitting; without one it is answered whenever people can.
            sitting: Option<FactId>,
            /// On which item.
            item: Option<FactId>,
        }
        /// Its author took their turn.
        89 RoundTaken {
            /// In which round.
            round: FactId,
            /// How.
            turn: RoundTurn,
            /// What they said, if it is to be kept.
            text: Option<Paragraph>,
        }
        /// The round is over.
        90 RoundClosed {
            /// Which.
            round: FactId,
        }
        /// How warm people feel about a statement. The fact's id names the check.
        91 CheckOpened {
            /// The statement.
            statement: Line,
            /// In which sitting, if in one.
            sitting: Option<FactId>,
        }
        /// How its author feels about it.
        92 CheckAnswered {
            /// Which check.
            check: FactId,
            /// The word.
            word: Warmth,
        }
        /// The check is over.
        93 CheckClosed {
            /// Which.
            check: FactId,
            /// What is left of it.
            result: CheckResult,
        }
        /// A text for everyone's consent. The fact's id names the round.
        96 ConsentOpened {
            /// The text. Positions are on its version: its hash.
            text: Paragraph,
            /// In which sitting, if in one.
            sitting: Option<FactId>,
            /// On which item.
            item: Option<FactId>,
        }
        /// The text is worded otherwise. Nobody's position moves along.
        97 ConsentReworded {
            /// Which round.
            round: FactId,
            /// The text from now on.
            text: Paragraph,
        }
        /// Its author's position on one version.
        98 ConsentAnswered {
            /// Which round.
            round: FactId,
            /// Which version.
            version: [u8; 32],
            /// The position.
            position: Position,
            /// Why; or until when.
            reason: Option<Paragraph>,
        }
        /// The round is over, for somebody who knew these positions: those that this fact follows.
        99 ConsentClosed {
            /// Which round.
            round: FactId,
            /// Which version.
            version: [u8; 32],
        }
        /// Something to be done. The fact's id names the action.
        104 ActionAdded {
            /// What.
            text: Line,
            /// In which sitting, if in one.
            sitting: Option<FactId>,
            /// On which item.
            item: Option<FactId>,
        }
        /// Somebody is asked to do it.
        105 ActionOffered {
            /// Which.
            action: FactId,
            /// Who is asked.
            to: PersonId,
        }
        /// Its author will do it, or will not (any more).
        106 ActionAnswered {
            /// Which.
            action: FactId,
            /// Yes or no.
            answer: Answer,
        }
        /// What became of an action.
        107 ActionMarked {
            /// Which.
            action: FactId,
            /// What.
            mark: ActionMark,
        }
        /// Something said or noted. The fact's id names the remark.
        112 Remarked {
            /// What.
            text: Paragraph,
            /// Whether it is for the minutes.
            record: Record,
            /// In which sitting, if in one.
            sitting: Option<FactId>,
            /// On which item.
            item: Option<FactId>,
        }
        /// A remark reads otherwise.
        113 Corrected {
            /// Which.
            remark: FactId,
            /// How it reads from now on.
            text: Paragraph,
        }
        /// Whether its author is named in the minutes.
        114 Named {
            /// Or left out.
            naming: Naming,
        }
        /// What the next holder of a role should know.
        115 HandOverNote {
            /// Which role.
            role: Line,
            /// What to know.
            text: Paragraph,
        }
    }
}
