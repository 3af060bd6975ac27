//! Consent rounds: positions on one exact text, and what a closing that knew some of them comes to.
//!
//! Owns when a decision is adopted, contested or not made. Silence is no position. What needs a quorum is a proposal and
//! not decided here.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{canonical, canonical_number};
use crate::fact::meeting::Position;
use crate::fact::{MeetingFact, Paragraph};
use crate::id::{FactId, PersonId};
use crate::limits::OBJECTION_GRACE_MS;
use crate::state::ledger::{Ledger, Said};
use crate::state::slot::Candidates;
use crate::state::{Slot, SlotValue};

/// The version of a text that positions are on.
#[must_use]
pub fn consent_version(text: &str) -> [u8; 32] {
    blake3::derive_key("moot 2026 consent text v1", text.as_bytes())
}

/// How a consent round stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsentState {
    /// People can take positions.
    Open,
    /// Closed by somebody who knew of positions, and of no objection.
    Adopted,
    /// Somebody objects whom the closer had not heard, or it was closed on two versions.
    Contested,
    /// Closed without a decision.
    Closed,
}

impl ConsentState {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Adopted => "adopted",
            Self::Contested => "contested",
            Self::Closed => "closed",
        }
    }
}

/// A person's position on one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The fact that says so.
    pub fact: FactId,
    /// Who.
    pub by: PersonId,
    /// On which version.
    pub version: [u8; 32],
    /// The position.
    pub position: Position,
    /// Why, or until when.
    pub reason: Option<Paragraph>,
    /// What their clock said.
    pub at_ms: i64,
}

/// How many of a sitting's members took a position on the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quorum {
    /// Who took one.
    pub positions: u32,
    /// Who could.
    pub members: u32,
}

/// One consent round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The fact that opened it.
    pub id: FactId,
    /// Who opened it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// The text: several while it was reworded apart.
    pub text: Slot<Paragraph>,
    /// In which sitting.
    pub sitting: Option<FactId>,
    /// On which item.
    pub item: Option<FactId>,
    /// The positions people hold: of each person the latest on each version, by person and version.
    pub positions: Vec<Given>,
    /// How it stands.
    pub state: ConsentState,
    /// The version it was closed on. None where other words came that the closer did not know, and nothing was adopted: the
    /// round is open again.
    pub closed_on: Option<[u8; 32]>,
    /// The words of that version.
    pub closed_text: Option<Paragraph>,
    /// Who objects, or asks to hold, and was not heard by the closer.
    pub unheard: BTreeSet<PersonId>,
}

canonical_number!(ConsentState { Open = 0, Adopted = 1, Contested = 2, Closed = 3 });
canonical!(Given {
    fact,
    by,
    version,
    position,
    reason,
    at_ms
});
canonical!(Consent {
    id,
    by,
    at_ms,
    text,
    sitting,
    item,
    positions,
    state,
    closed_on,
    closed_text,
    unheard
});

impl Consent {
    /// The version that stands now: of the text shown.
    #[must_use]
    pub fn version(&self) -> [u8; 32] {
        self.text
            .shown()
            .map_or([0; 32], |text| consent_version(text.as_str()))
    }

    /// The text of a version, while it is one of those that stand, or was closed on.
    #[must_use]
    pub fn text_of(&self, version: &[u8; 32]) -> Option<&Paragraph> {
        let standing = self.text.values.iter().chain(self.text.before.as_ref());
        standing
            .map(|value| &value.value)
            .chain(&self.closed_text)
            .find(|text| consent_version(text.as_str()) == *version)
    }

    /// The words that this is about, with their version: those that were adopted, or that the closing is contested over; else
    /// those that stand.
    #[must_use]
    pub fn words(&self) -> ([u8; 32], &str) {
        let closed = self.closed_on.zip(self.closed_text.as_ref());
        let standing = || {
            let text = self.text.shown().map_or("", Paragraph::as_str);
            (self.version(), text)
        };
        closed.map_or_else(standing, |(version, text)| (version, text.as_str()))
    }

    /// The words that stand beside those it was closed on: somebody worded it otherwise, not knowing or not content. Nobody has
    /// adopted these.
    #[must_use]
    pub fn reworded(&self) -> Option<([u8; 32], &str)> {
        let text = self.text.shown()?;
        let version = self.version();
        let other = self.closed_on.is_some_and(|closed| closed != version);
        other.then(|| (version, text.as_str()))
    }

    /// Whether it waits for a position of this person.
    #[must_use]
    pub fn waits_for(&self, person: PersonId) -> bool {
        let open = self.state == ConsentState::Open || self.reworded().is_some();
        open && self.position_of(person).is_none()
    }

    /// The position of a person on the version that stands now.
    #[must_use]
    pub fn position_of(&self, person: PersonId) -> Option<&Given> {
        let version = self.version();
        self.positions
            .iter()
            .find(|given| given.by == person && given.version == version)
    }

    /// How many of `members` took a position on the version it was closed on, or that stands now.
    #[must_use]
    pub fn quorum(&self, members: &BTreeSet<PersonId>) -> Quorum {
        let version = self.closed_on.unwrap_or_else(|| self.version());
        let of_members = |given: &&Given| given.version == version && members.contains(&given.by);
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Quorum {
            positions: count(self.positions.iter().filter(of_members).count()),
            members: count(members.len()),
        }
    }
}

#[derive(Debug)]
struct Closing {
    fact: FactId,
    at_ms: i64,
    version: [u8; 32],
}

#[derive(Debug, Default)]
struct About {
    texts: Candidates<Paragraph>,
    given: Vec<Given>,
    closings: Vec<Closing>,
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    opened: Vec<Consent>,
    about: BTreeMap<FactId, About>,
}

impl Gathered {
    pub(super) fn take(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::ConsentOpened {
                text,
                sitting,
                item,
            } => {
                let about = self.about.entry(said.id).or_default();
                about.texts.insert(said.id, said.value(text.clone()));
                self.opened.push(Consent {
                    id: said.id,
                    by: said.by.clone(),
                    at_ms: said.at_ms,
                    text: Slot::default(),
                    sitting: *sitting,
                    item: *item,
                    positions: Vec::new(),
                    state: ConsentState::Open,
                    closed_on: None,
                    closed_text: None,
                    unheard: BTreeSet::new(),
                });
            }
            MeetingFact::ConsentReworded { round, text } => {
                let about = self.about.entry(*round).or_default();
                about.texts.insert(said.id, said.value(text.clone()));
            }
            MeetingFact::ConsentAnswered {
                round,
                version,
                position,
                reason,
            } => {
                let about = self.about.entry(*round).or_default();
                about.given.extend(said.by.iter().map(|by| Given {
                    fact: said.id,
                    by: *by,
                    version: *version,
                    position: *position,
                    reason: reason.clone(),
                    at_ms: said.at_ms,
                }));
            }
            MeetingFact::ConsentClosed { round, version } => {
                let about = self.about.entry(*round).or_default();
                about.closings.push(Closing {
                    fact: said.id,
                    at_ms: said.at_ms,
                    version: *version,
                });
            }
            _ => {}
        }
    }

    pub(super) fn finish(mut self, ledger: &Ledger<'_>) -> Vec<Consent> {
        for consent in &mut self.opened {
            let Some(about) = self.about.remove(&consent.id) else {
                continue;
            };
            let texts: Vec<Paragraph> = about.texts.values().map(|one| one.value.clone()).collect();
            consent.text = ledger.slot(about.texts);
            consent.positions = standing(about.given.iter(), ledger);
            let closings: Vec<FactId> = about.closings.iter().map(|one| one.fact).collect();
            let latest = ledger.latest(&closings);
            for closing in about
                .closings
                .iter()
                .filter(|one| latest.contains(&one.fact))
            {
                judge(consent, closing, &about.given, ledger);
            }
            consent.closed_text = consent.closed_on.and_then(|version| {
                let closed = |text: &&Paragraph| consent_version(text.as_str()) == version;
                texts.iter().find(closed).cloned()
            });
            // Open outweighs closed; what was adopted stays adopted, on its words.
            let knew = |one: &SlotValue<Paragraph>| {
                latest
                    .iter()
                    .all(|closing| ledger.follows(*closing, one.fact))
            };
            let closed = consent.state == ConsentState::Closed;
            if closed && !consent.text.values.iter().all(knew) {
                consent.state = ConsentState::Open;
                consent.closed_on = None;
                consent.closed_text = None;
            }
        }
        self.opened
    }
}

/// Of each person and version the latest position; of two devices' the more restrictive.
fn standing<'g>(given: impl Iterator<Item = &'g Given>, ledger: &Ledger<'_>) -> Vec<Given> {
    let mut own: BTreeMap<(PersonId, [u8; 32]), BTreeMap<FactId, &Given>> = BTreeMap::new();
    for one in given {
        own.entry((one.by, one.version))
            .or_default()
            .insert(one.fact, one);
    }
    own.into_values()
        .filter_map(|own| strictest(&own, ledger))
        .collect()
}

fn strictest(own: &BTreeMap<FactId, &Given>, ledger: &Ledger<'_>) -> Option<Given> {
    let latest = ledger.latest(own.keys());
    let mut latest = latest.iter().filter_map(|fact| own.get(fact));
    let mut held = latest.next()?;
    for one in latest {
        // Strictly stronger, so that of equals the smaller id holds.
        if one.position > held.position {
            held = one;
        }
    }
    Some((*held).clone())
}

/// Takes one of the latest closings into account; of several that differ none adopts.
fn judge(consent: &mut Consent, closing: &Closing, given: &[Given], ledger: &Ledger<'_>) {
    let objects = |one: &Given| one.position >= Position::Hold;
    let on_it = || given.iter().filter(|one| one.version == closing.version);
    let known = standing(
        on_it().filter(|one| ledger.follows(closing.fact, one.fact)),
        ledger,
    );
    let unheard: BTreeSet<PersonId> = consent
        .positions
        .iter()
        .filter(|one| one.version == closing.version && objects(one))
        .filter(|one| !ledger.follows(closing.fact, one.fact))
        .filter(|one| {
            let knew_of_close = ledger.follows(one.fact, closing.fact);
            !knew_of_close || one.at_ms.saturating_sub(closing.at_ms) <= OBJECTION_GRACE_MS
        })
        .map(|one| one.by)
        .collect();
    let own = if !unheard.is_empty() {
        ConsentState::Contested
    } else if known.is_empty() || known.iter().any(objects) {
        ConsentState::Closed
    } else {
        ConsentState::Adopted
    };
    let differs = consent
        .closed_on
        .is_some_and(|version| version != closing.version);
    consent.state = match (consent.state, own) {
        _ if differs => ConsentState::Contested,
        (ConsentState::Open, own) => own,
        (before, own) if before == own => own,
        _ => ConsentState::Contested,
    };
    consent.closed_on = Some(closing.version);
    consent.unheard.extend(unheard);
}
