//! Who holds which role: offers, answers, holdings, and what ends them.
//!
//! Owns the state machine of a role, for one meeting or for one term: the facts are the same. Never says whose turn it
//! is, and gives nobody a permission. The rules are in docs/meetings.md.

mod gathered;
mod holding;

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::Ledger;
use crate::canon::{canonical, canonical_number};
use crate::fact::role::{OfferKind, Part};
use crate::fact::{Line, Paragraph};
use crate::id::{FactId, PersonId};
pub(crate) use gathered::Gathered;

/// What became of an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OfferState {
    /// It waits for an answer.
    Open,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// Its time went by.
    Lapsed,
    /// Who made it took it back.
    Withdrawn,
    /// Somebody else holds the role by now.
    Unneeded,
}

/// A role put to a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The fact that makes it.
    pub id: FactId,
    /// Who made it.
    pub by: BTreeSet<PersonId>,
    /// Who is asked.
    pub to: PersonId,
    /// What their clock said.
    pub at_ms: i64,
    /// What it is.
    pub kind: OfferKind,
    /// What became of it.
    pub state: OfferState,
    /// What the next holder should know.
    pub note: Option<Paragraph>,
    /// In a swap: the role that the offerer takes over.
    pub in_return: Option<Line>,
    /// When it lapses.
    pub until_ms: Option<i64>,
    /// When the term ends.
    pub term_until_ms: Option<i64>,
    /// Why this person was suggested.
    pub reason: Option<Line>,
    /// The digest of what the suggestion was computed from.
    pub basis: Option<[u8; 32]>,
}

/// What became of a holding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoldingState {
    /// It lasts.
    Holds,
    /// The role was opened since: it lasts until somebody else takes over.
    UntilReplaced,
    /// The role was opened by somebody who did not know of it: it is none until it is said again.
    Nominee,
    /// Its holder laid it down.
    SteppedBack,
    /// Somebody else took it over from its holder.
    HandedOver,
    /// Somebody else took it over after it was opened.
    Replaced,
    /// Its term is over.
    Expired,
}

/// A person's taking up of a role, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who.
    pub person: PersonId,
    /// The fact by which they said yes.
    pub since: FactId,
    /// What their clock said then.
    pub at_ms: i64,
    /// The offer they accepted; the fact itself where they took it.
    pub offer: FactId,
    /// In which part.
    pub part: Part,
    /// What became of it.
    pub state: HoldingState,
    /// When the term ends.
    pub until_ms: Option<i64>,
    /// Whether it counts as a turn: it lasts, or ended after a sitting had begun.
    pub served: bool,
    /// When it ended, by the clock of whoever ended it.
    pub ended_ms: Option<i64>,
    /// The sittings in which it lasted, for a while at least.
    pub sittings: BTreeSet<FactId>,
}

impl Holding {
    /// Whether its person holds the role now, in this part.
    #[must_use]
    pub fn lasts(&self) -> bool {
        matches!(
            self.state,
            HoldingState::Holds | HoldingState::UntilReplaced
        )
    }
}

/// What a holder left for the next one to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOver {
    /// The fact that says so.
    pub fact: FactId,
    /// Who left it.
    pub by: BTreeSet<PersonId>,
    /// The note.
    pub text: Paragraph,
}

/// How a role stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RoleStanding {
    /// Nobody holds it: a legal state of rest.
    Vacant,
    /// Nobody holds it, and somebody is asked.
    Offered,
    /// One person holds it.
    Held,
    /// Several hold it.
    CoHeld,
}

impl RoleStanding {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Vacant => "vacant",
            Self::Offered => "offered",
            Self::Held => "held",
            Self::CoHeld => "co-held",
        }
    }
}

impl OfferState {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Lapsed => "lapsed",
            Self::Withdrawn => "withdrawn",
            Self::Unneeded => "no longer needed",
        }
    }
}

/// One role of a meeting, or of a term.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Role {
    /// Whether the meeting lists it; one that is only spoken of is not listed.
    pub listed: bool,
    /// All offers, in the order they were made.
    pub offers: Vec<Offer>,
    /// All holdings, those that ended included, in the order they began.
    pub holdings: Vec<Holding>,
    /// Whether it is open to be given anew.
    pub open: bool,
    /// Whether several hold it who did not know of each other, and nobody has settled it.
    pub unsettled: bool,
    /// Who is not to be asked this time.
    pub not_for_me: BTreeSet<PersonId>,
    /// What the next holder should know, in the order it was said.
    pub notes: Vec<HandOver>,
}

impl Role {
    /// Who holds it now.
    #[must_use]
    pub fn holders(&self) -> BTreeSet<PersonId> {
        self.lasting(Part::Holder)
    }

    /// Who shadows it now.
    #[must_use]
    pub fn shadows(&self) -> BTreeSet<PersonId> {
        self.lasting(Part::Shadow)
    }

    /// Who served, or will: the holders, and those whose holding ended after a sitting had begun.
    #[must_use]
    pub fn served(&self, part: Part) -> BTreeSet<PersonId> {
        let served = |holding: &&Holding| holding.part == part && holding.served;
        self.holdings
            .iter()
            .filter(served)
            .map(|holding| holding.person)
            .collect()
    }

    /// Who said yes to a role that somebody else opened at the same time.
    #[must_use]
    pub fn nominees(&self) -> BTreeSet<PersonId> {
        let nominee = |holding: &&Holding| holding.state == HoldingState::Nominee;
        self.holdings
            .iter()
            .filter(nominee)
            .map(|holding| holding.person)
            .collect()
    }

    /// Who held it, laid it down, and does not hold it again.
    #[must_use]
    pub fn stepped_back(&self) -> BTreeSet<PersonId> {
        let (holders, back) = (self.holders(), HoldingState::SteppedBack);
        let all = self.holdings.iter();
        let laid_down = all.filter(|holding| holding.part == Part::Holder && holding.state == back);
        let persons = laid_down.map(|holding| holding.person);
        persons.filter(|person| !holders.contains(person)).collect()
    }

    /// Who was asked and said no.
    #[must_use]
    pub fn declined(&self) -> BTreeSet<PersonId> {
        let declined =
            |offer: &&Offer| offer.state == OfferState::Declined && offer.kind != OfferKind::Shadow;
        self.offers
            .iter()
            .filter(declined)
            .map(|offer| offer.to)
            .collect()
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> RoleStanding {
        let asked =
            |offer: &Offer| offer.state == OfferState::Open && offer.kind != OfferKind::Shadow;
        match self.holders().len() {
            0 if self.offers.iter().any(asked) => RoleStanding::Offered,
            0 => RoleStanding::Vacant,
            1 => RoleStanding::Held,
            _ => RoleStanding::CoHeld,
        }
    }

    fn lasting(&self, part: Part) -> BTreeSet<PersonId> {
        let lasting = |holding: &&Holding| holding.part == part && holding.lasts();
        self.holdings
            .iter()
            .filter(lasting)
            .map(|holding| holding.person)
            .collect()
    }
}

/// All roles of a meeting, or of a term, by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Roles(pub BTreeMap<Line, Role>);

impl Roles {
    /// The offer with this id, and its role.
    #[must_use]
    pub fn offer(&self, id: FactId) -> Option<(&Line, &Offer)> {
        self.0.iter().find_map(|(name, role)| {
            let offer = role.offers.iter().find(|offer| offer.id == id)?;
            Some((name, offer))
        })
    }

    /// The role that a person means by `name`, whatever the case of its letters. One spelt just so goes first.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<(&Line, &Role)> {
        let exact = self.0.iter().find(|(line, _)| line.as_str() == name);
        let same = |line: &Line| line.as_str().to_lowercase() == name.to_lowercase();
        exact.or_else(|| self.0.iter().find(|(line, _)| same(line)))
    }

    /// The roles that `person` holds now.
    pub fn held_by(&self, person: PersonId) -> impl Iterator<Item = &Line> {
        self.0
            .iter()
            .filter(move |(_, role)| role.holders().contains(&person))
            .map(|(name, _)| name)
    }
}

canonical_number!(OfferState { Open = 0, Accepted = 1, Declined = 2, Lapsed = 3, Withdrawn = 4, Unneeded = 5 });
canonical_number!(HoldingState {
    Holds = 0, UntilReplaced = 1, Nominee = 2, SteppedBack = 3, HandedOver = 4, Replaced = 5, Expired = 6,
});
canonical!(Offer {
    id,
    by,
    to,
    at_ms,
    kind,
    state,
    note,
    in_return,
    until_ms,
    term_until_ms,
    reason,
    basis,
});
canonical!(Holding {
    person,
    since,
    at_ms,
    offer,
    part,
    state,
    until_ms,
    served,
    ended_ms,
    sittings
});
canonical!(HandOver { fact, by, text });
canonical!(Role {
    listed,
    offers,
    holdings,
    open,
    unsettled,
    not_for_me,
    notes
});

impl crate::canon::Canonical for Roles {
    fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
        self.0.write(sink)
    }
}
