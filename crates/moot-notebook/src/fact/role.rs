//! The facts of roles and their turns, by tag: of one meeting in its document, of a term in the group document; and
//! what people say once for all meetings. What they together mean is `state::roles`' and `rota`'s.

use super::field::{Line, Paragraph, facts, numbered};
use super::meeting::Answer;
use crate::id::{FactId, PersonId};

numbered! {
    /// What an offer of a role is.
    OfferKind {
        /// Will you do this?
        Turn = 0 "turn",
        /// I do this: will you go on with it?
        HandOver = 1 "hand-over",
        /// I do this: will you, and I do yours?
        Swap = 2 "swap",
        /// Will you be at the side of whoever does this, to learn it?
        Shadow = 3 "shadow",
        /// The group chose you: will you?
        Selection = 4 "selection",
    }
}

numbered! {
    /// In which part somebody takes up a role.
    Part {
        /// To do it.
        Holder = 0 "holder",
        /// At the side of the holder.
        Shadow = 1 "shadow",
    }
}

numbered! {
    /// Whether its author may be asked to take a role in this meeting.
    Willingness {
        /// Do not ask me.
        NotForMe = 0 "not-for-me",
        /// Ask me.
        AskMe = 1 "ask-me",
    }
}

numbered! {
    /// How often a role passes on.
    Rhythm {
        /// With each meeting.
        Meeting = 0 "meeting",
        /// With each item of the agenda.
        Item = 1 "item",
        /// After a term.
        Term = 2 "term",
    }
}

numbered! {
    /// Something that a policy turns on or off.
    Switch {
        /// Off.
        Off = 0 "off",
        /// On.
        On = 1 "on",
    }
}

facts! {
    /// What can be said about who does what.
    RoleFact {
        /// Somebody is asked to take a role. The fact's id names the offer.
        128 Offered {
            /// Which role, as the group writes it.
            role: Line,
            /// Who is asked.
            to: PersonId,
            /// What the offer is.
            kind: OfferKind,
            /// What the next holder should know.
            note: Option<Paragraph>,
            /// In a swap: the role that the offerer takes over.
            in_return: Option<Line>,
            /// When the offer lapses, if nobody answered.
            until_ms: Option<i64>,
            /// When the term ends.
            term_until_ms: Option<i64>,
            /// Why this person was suggested, in words.
            reason: Option<Line>,
            /// The digest of what the suggestion was computed from.
            basis: Option<[u8; 32]>,
        }
        /// Its author's answer to an offer made to them.
        129 Answered {
            /// Which.
            offer: FactId,
            /// Yes or no.
            answer: Answer,
        }
        /// The offer stands no longer, says who made it.
        130 Withdrawn {
            /// Which.
            offer: FactId,
        }
        /// Its author takes a role. The fact's id names the offer to oneself.
        131 Taken {
            /// Which.
            role: Line,
            /// In which part.
            part: Part,
        }
        /// Its author lays a role down, at once.
        132 SteppedBack {
            /// Which.
            role: Line,
            /// What the next holder should know.
            note: Option<Paragraph>,
        }
        /// A role is open to be given anew. No cause is needed.
        133 Opened {
            /// Which.
            role: Line,
        }
        /// A holder's term is to last longer.
        134 TermExtended {
            /// Which role.
            role: Line,
            /// Whose term.
            holder: PersonId,
            /// Until when.
            until_ms: i64,
        }
        /// Its author, one of several holders, is content that they share.
        135 Shared {
            /// Which role.
            role: Line,
        }
        /// Whether its author may be asked to take this role in this meeting.
        136 Willing {
            /// Which role.
            role: Line,
            /// Or not.
            willingness: Willingness,
        }
    }
}

facts! {
    /// What is said once, in the group document, for all meetings to come.
    RotaFact {
        /// Its author does not want to be asked to take a role.
        144 OptedOut {
            /// Which.
            role: Line,
            /// Until when; never without.
            until_ms: Option<i64>,
        }
        /// Its author may be asked again.
        145 OptedIn {
            /// To take which role.
            role: Line,
        }
        /// Its author is ready to take a role without having shadowed it.
        146 Ready {
            /// Which.
            role: Line,
        }
        /// How a role rotates.
        147 PolicySet {
            /// Which.
            role: Line,
            /// How often it passes on.
            rhythm: Rhythm,
            /// How many occasions a holder is left in peace afterwards.
            gap: u32,
            /// Whether new people shadow first.
            shadowing: Switch,
            /// Whether offers go out by themselves.
            auto_offer: Switch,
            /// When the group looks at this again.
            review_ms: Option<i64>,
        }
        /// The zone its author lives by.
        148 HomeZone {
            /// Its IANA name.
            zone: Line,
        }
    }
}
