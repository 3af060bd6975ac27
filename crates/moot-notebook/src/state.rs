//! What facts together mean. Owns the state functions: pure, total, and blind to who looks, where, in which
//! language, and in which order things arrived. Never stores a status.

mod canonical;
mod group;
pub(crate) mod ledger;
mod note;
mod order;
pub(crate) mod roles;
pub(crate) mod slot;
mod wishes;

#[cfg(test)]
mod tests;

pub use canonical::{Digest, state_digest};
pub use group::{GroupState, group_state};
pub use ledger::room_for;
pub use note::{BodyInfo, Created, Imported, Link, NoteState, Source, Standing, Tag, note_state};
pub use roles::{HandOver, Holding, HoldingState, Offer, OfferState, Role, RoleStanding, Roles};
pub use slot::{Slot, SlotValue};
pub use wishes::{DueReview, OptOut, Policy, Wishes};

use std::collections::BTreeSet;

pub(crate) use order::latest;

use crate::attribution::Attribution;
use crate::canon::{canonical, canonical_number};
use crate::fact::{FactBody, FactEntry, Facts, MeetingFact};
use crate::id::{FactId, PersonId};

/// What a document is, by the fact that began it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// Nothing has been said in it yet.
    Empty,
    /// A note.
    Note,
    /// A meeting.
    Meeting,
    /// The notebook's one group document.
    Group,
    /// Something this program does not know yet.
    Newer,
}

/// A fact that changes nothing here, and is shown as such.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ignored {
    /// The fact.
    pub fact: FactId,
    /// Who put it there, as far as is proven.
    pub by: BTreeSet<PersonId>,
    /// Why it does not count.
    pub why: IgnoredWhy,
}

/// Why a fact does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IgnoredWhy {
    /// Its bytes are no well-formed fact.
    Malformed,
    /// It means nothing in a document of this kind.
    OutOfPlace,
    /// It may be said only by the person it concerns, and nobody is proven to have said it.
    NotTheirs,
    /// It is about a fact that is not here, or that is of another kind.
    LeadsNowhere,
    /// Its author, or all together, said more than one document counts.
    TooMany,
}

/// A fact that a newer program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NewerFact {
    /// The fact.
    pub fact: FactId,
    /// Its tag.
    pub tag: u32,
}

/// Says what a document with these facts is.
///
/// The group document is known by its id, and by this only when asked without one. Where the facts of several
/// kinds of document stand in one, a note stays a note: nobody turns a note into something else by adding to it.
#[must_use]
pub fn document_kind(facts: &Facts) -> DocumentKind {
    let bodies = || {
        facts
            .values()
            .filter_map(|entry| entry.fact.as_ref())
            .map(|fact| &fact.body)
    };
    let is_group = |body: &FactBody| {
        matches!(
            body,
            FactBody::NotebookName { .. } | FactBody::Purpose { .. } | FactBody::ProfileName { .. }
        )
    };
    if bodies().any(|body| matches!(body, FactBody::NoteCreated { .. })) {
        DocumentKind::Note
    } else if bodies().any(|body| matches!(body, FactBody::Meeting(MeetingFact::Begun {}))) {
        DocumentKind::Meeting
    } else if bodies().any(is_group) {
        DocumentKind::Group
    } else if facts.is_empty() {
        DocumentKind::Empty
    } else {
        DocumentKind::Newer
    }
}

/// The persons proven to have put this fact there.
pub(crate) fn persons(entry: &FactEntry, attribution: &dyn Attribution) -> BTreeSet<PersonId> {
    entry
        .inserted
        .iter()
        .filter_map(|insertion| attribution.author(&insertion.actor))
        .map(|author| author.person)
        .collect()
}

canonical_number!(IgnoredWhy { Malformed = 0, OutOfPlace = 1, NotTheirs = 2, LeadsNowhere = 3, TooMany = 4 });
canonical!(Ignored { fact, by, why });
canonical!(NewerFact { fact, tag });
canonical!(Created { at_ms, by });
canonical!(SlotValue<T> { fact, at_ms, by, value });
canonical!(Slot<T> { values, before });
