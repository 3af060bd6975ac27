//! What is true of a meeting, by its facts. Owns the state of a meeting and how it is put together from its parts;
//! each part owns its merge rules. Never sees the text that all write in, another meeting, or a clock.
//!
//! The facts and the rules are in docs/meetings.md.

mod actions;
mod agenda;
mod attendance;
mod carried;
mod checks;
mod consent;
mod gathering;
mod lists;
mod minutes;
mod queue;
mod rounds;
mod sittings;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::attribution::Attribution;
use crate::canon::{bytes_of, canonical};
use crate::fact::{Facts, Line};
use crate::id::{FactId, PersonId};
use crate::state::roles::Roles;
use crate::state::{Created, Digest, Ignored, NewerFact, Slot};

pub use actions::{Action, ActionState};
pub use agenda::{Item, ItemStanding};
pub use attendance::Attended;
pub use carried::{ActionTrace, Carried, CarriedAction, CarriedItem, ItemTrace, NoteTrace, Traces};
pub use checks::Check;
pub use consent::{Consent, ConsentState, Given, Quorum, consent_version};
pub use lists::{ActionRow, AgendaRow};
pub use minutes::Remark;
pub use queue::{EntryState, QueueEntry};
pub use rounds::{Round, Taken};
pub use sittings::{Sitting, Step};

/// When a meeting is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// In UTC, milliseconds since 1970.
    pub at_ms: i64,
    /// The IANA name of the zone in which people chose it.
    pub zone: Line,
}

/// How far a meeting has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Somebody suggests to meet.
    Proposed,
    /// There is a time.
    Scheduled,
    /// There is a time, and the group agreed to something on the agenda.
    Prepared,
    /// People are at it.
    Sitting,
    /// They are checking out.
    Wrapping,
    /// It is over, and the minutes are a draft.
    MinutesDraft,
    /// It is over, and the minutes were read back and agreed.
    MinutesAgreed,
    /// It will not be.
    Cancelled,
}

impl Phase {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Scheduled => "scheduled",
            Self::Prepared => "prepared",
            Self::Sitting => "sitting",
            Self::Wrapping => "wrapping",
            Self::MinutesDraft => "minutes draft",
            Self::MinutesAgreed => "minutes agreed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// Everything that is true of a meeting but the text of its body. Lists without another order go by (depth, id).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingState {
    /// Its title: several while people named it apart from each other.
    pub title: Slot<String>,
    /// What it is for. While two purposes compete, the older stays in the header.
    pub purpose: Slot<String>,
    /// When it is to be.
    pub schedule: Slot<Schedule>,
    /// The series it belongs to; none is a series too.
    pub series: Slot<Line>,
    /// Who began it and when; of several beginnings the one with the smallest id.
    pub created: Option<Created>,
    /// Whether it will not take place.
    pub cancelled: bool,
    /// Every gathering, by id. Never interleaved.
    pub sittings: Vec<Sitting>,
    /// What each person says of their own attendance.
    pub attendance: BTreeMap<PersonId, Attended>,
    /// Every item that a fact here is about, also those carried from earlier meetings.
    pub items: BTreeMap<FactId, Item>,
    /// The agenda's order, as people set it.
    pub order: Slot<Vec<FactId>>,
    /// Every round.
    pub rounds: Vec<Round>,
    /// Every temperature check.
    pub checks: Vec<Check>,
    /// Every consent round.
    pub consents: Vec<Consent>,
    /// Every action that a fact here is about, also those carried from earlier meetings.
    pub actions: BTreeMap<FactId, Action>,
    /// Every remark.
    pub remarks: Vec<Remark>,
    /// Who is not to be named in the minutes.
    pub unnamed: BTreeSet<PersonId>,
    /// The digests of minutes that were read back and agreed.
    pub minutes_agreed: Vec<[u8; 32]>,
    /// The roles of this meeting.
    pub roles: Roles,
    /// The latest moment that any clock gave to a fact here; 0 where there is none.
    pub updated_ms: i64,
    /// Facts that do not count.
    pub ignored: Vec<Ignored>,
    /// Facts that a newer program wrote.
    pub newer: Vec<NewerFact>,
}

/// Works out what is true of a meeting. Total: any facts give a state, the same in whatever order they came.
///
/// `as_of_ms` decides what has lapsed: offers and terms.
#[must_use]
pub fn meeting_state(facts: &Facts, attribution: &dyn Attribution, as_of_ms: i64) -> MeetingState {
    gathering::state(facts, attribution, as_of_ms)
}

impl MeetingState {
    /// The digest to compare this state by; with the digest of the body's text.
    #[must_use]
    pub fn digest(&self, body_digest: &[u8; 32]) -> Digest {
        // 1 is a note's and 2 the group document's.
        let mut bytes = vec![0x83, 3];
        bytes.extend(bytes_of(self));
        bytes.extend(bytes_of(body_digest));
        Digest(blake3::derive_key("moot 2026 document state v1", &bytes))
    }

    /// How far it has come.
    #[must_use]
    pub fn phase(&self) -> Phase {
        if self.sittings.iter().any(|sitting| sitting.is_open()) {
            let checks_out = |round: &Round| {
                round.kind == crate::fact::meeting::RoundKind::CheckOut && !round.closed
            };
            return if self.rounds.iter().any(checks_out) {
                Phase::Wrapping
            } else {
                Phase::Sitting
            };
        }
        if !self.sittings.is_empty() {
            return if self.minutes_agreed.contains(&self.minutes_digest()) {
                Phase::MinutesAgreed
            } else {
                Phase::MinutesDraft
            };
        }
        if self.cancelled {
            return Phase::Cancelled;
        }
        let agreed = |item: &Item| item.standing == Some(ItemStanding::Agreed);
        match (&self.schedule.values[..], self.items.values().any(agreed)) {
            ([], _) => Phase::Proposed,
            (_, false) => Phase::Scheduled,
            (_, true) => Phase::Prepared,
        }
    }

    /// The sitting with this id.
    #[must_use]
    pub fn sitting(&self, id: FactId) -> Option<&Sitting> {
        self.sittings.iter().find(|sitting| sitting.id == id)
    }

    /// The sitting that `person` is in: of those open the one they opened or said to be present in, else the first.
    #[must_use]
    pub fn sitting_of(&self, person: PersonId) -> Option<&Sitting> {
        let own = self.attendance.get(&person);
        let is_in = |sitting: &&Sitting| {
            sitting.by.contains(&person)
                || own.is_some_and(|own| own.sittings.contains_key(&sitting.id))
        };
        let open = || self.sittings.iter().filter(|sitting| sitting.is_open());
        open().find(is_in).or_else(|| open().next())
    }

    /// What the meeting's place among others goes by, before the document id: its time, else when it was opened or begun.
    #[must_use]
    pub fn order_ms(&self) -> i64 {
        let scheduled = self.schedule.shown().map(|schedule| schedule.at_ms);
        let opened = self.sittings.first().map(|sitting| sitting.at_ms);
        let begun = self.created.as_ref().map(|created| created.at_ms);
        scheduled.or(opened).or(begun).unwrap_or(0)
    }

    /// Who was at the meeting.
    #[must_use]
    pub fn present(&self) -> BTreeSet<PersonId> {
        let came = |(person, own): (&PersonId, &Attended)| own.came().then_some(*person);
        self.attendance.iter().filter_map(came).collect()
    }
}

canonical!(Schedule { at_ms, zone });
canonical!(MeetingState {
    title,
    purpose,
    schedule,
    series,
    created,
    cancelled,
    sittings,
    attendance,
    items,
    order,
    rounds,
    checks,
    consents,
    actions,
    remarks,
    unnamed,
    minutes_agreed,
    roles,
    updated_ms,
    ignored,
    newer,
});
