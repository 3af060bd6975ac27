//! The facts about roles, sorted by what they are about, and the offers that follow from them.
//!
//! Owns whose fact counts for what. What became of holdings is `holding`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::{HandOver, Ledger, Offer, OfferState, Role, Roles};
use crate::fact::meeting::Answer;
use crate::fact::role::{Part, Willingness};
use crate::fact::{Line, RoleFact};
use crate::id::{FactId, PersonId};
use crate::state::IgnoredWhy;
use crate::state::ledger::Said;

/// What one person said to an offer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given {
    pub(super) fact: FactId,
    pub(super) at_ms: i64,
    pub(super) answer: Answer,
}

/// Somebody taking a role without being asked.
#[derive(Debug, Clone)]
pub(super) struct Taking {
    pub(super) fact: FactId,
    pub(super) at_ms: i64,
    pub(super) person: PersonId,
    pub(super) part: Part,
}

/// The facts about one role.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    pub(super) offers: Vec<FactId>,
    pub(super) takings: Vec<Taking>,
    pub(super) step_backs: BTreeMap<PersonId, Vec<FactId>>,
    pub(super) openings: Vec<FactId>,
    pub(super) extensions: BTreeMap<PersonId, Vec<(FactId, i64)>>,
    pub(super) sharings: Vec<(FactId, BTreeSet<PersonId>)>,
    willing: BTreeMap<PersonId, BTreeMap<FactId, Willingness>>,
    notes: Vec<HandOver>,
}

/// All facts about roles in one document.
#[derive(Debug, Default)]
pub(crate) struct Gathered {
    pub(super) roles: BTreeMap<Line, About>,
    pub(super) offers: BTreeMap<FactId, (Line, Offer)>,
    answers: Vec<(FactId, Given, BTreeSet<PersonId>)>,
    withdrawals: Vec<(FactId, FactId, BTreeSet<PersonId>)>,
    /// The answers of the person asked, by offer.
    pub(super) given: BTreeMap<FactId, BTreeMap<FactId, Given>>,
    withdrawn: BTreeMap<FactId, Vec<FactId>>,
}

impl Gathered {
    /// Takes one fact in. Says why it cannot count, if so.
    pub(crate) fn take(&mut self, said: &Said<'_>, fact: &RoleFact) -> Result<(), IgnoredWhy> {
        let own = matches!(
            fact,
            RoleFact::Answered { .. }
                | RoleFact::Withdrawn { .. }
                | RoleFact::Taken { .. }
                | RoleFact::SteppedBack { .. }
                | RoleFact::Shared { .. }
                | RoleFact::Willing { .. }
        );
        if own && said.by.is_empty() {
            return Err(IgnoredWhy::NotTheirs);
        }
        match fact {
            RoleFact::Answered { offer, answer } => {
                let given = Given {
                    fact: said.id,
                    at_ms: said.at_ms,
                    answer: *answer,
                };
                self.answers.push((*offer, given, said.by.clone()));
            }
            RoleFact::Withdrawn { offer } => {
                self.withdrawals.push((*offer, said.id, said.by.clone()));
            }
            RoleFact::Offered { role, .. } => {
                if let Some(offer) = offer_of(said, fact) {
                    self.about(role).offers.push(said.id);
                    self.offers.insert(said.id, (role.clone(), offer));
                }
            }
            RoleFact::Taken { role, part } => self.take_up(role, said, *part),
            RoleFact::SteppedBack { role, note } => {
                let about = self.about(role);
                for person in &said.by {
                    about.step_backs.entry(*person).or_default().push(said.id);
                }
                if let Some(text) = note {
                    about.notes.push(hand_over(said, text.clone()));
                }
            }
            RoleFact::Opened { role } => self.about(role).openings.push(said.id),
            RoleFact::TermExtended {
                role,
                holder,
                until_ms,
            } => {
                let extensions = &mut self.about(role).extensions;
                extensions
                    .entry(*holder)
                    .or_default()
                    .push((said.id, *until_ms));
            }
            RoleFact::Shared { role } => {
                let sharing = (said.id, said.by.clone());
                self.about(role).sharings.push(sharing);
            }
            RoleFact::Willing { role, willingness } => {
                let willing = &mut self.about(role).willing;
                for person in &said.by {
                    let own = willing.entry(*person).or_default();
                    own.insert(said.id, *willingness);
                }
            }
        }
        Ok(())
    }

    /// Takes in a note for a role's next holder that stands alone.
    pub(crate) fn note(&mut self, role: &Line, said: &Said<'_>, text: crate::fact::Paragraph) {
        self.about(role).notes.push(hand_over(said, text));
    }

    /// What every role is. `sittings` are the facts that opened one: a holding that ended after one counts as served.
    pub(crate) fn finish(
        mut self,
        ledger: &mut Ledger<'_>,
        sittings: &[FactId],
        as_of_ms: i64,
    ) -> Roles {
        self.judge_voices(ledger);
        let accepted = self.judge_offers(ledger, as_of_ms);
        let mut roles: BTreeMap<Line, Role> = self
            .roles
            .iter()
            .map(|(name, about)| (name.clone(), about.bare_role(ledger)))
            .collect();
        let mut holdings = self.holdings(&accepted, ledger, sittings, as_of_ms);
        for (name, role) in &mut roles {
            role.holdings = holdings.remove(name).unwrap_or_default();
        }
        for (name, role) in &mut roles {
            if let Some(about) = self.roles.get(name) {
                about.judge_role(role, ledger);
            }
        }
        self.fill_offers(&mut roles, ledger);
        Roles(roles)
    }

    /// Everybody's steps back, from whatever role.
    pub(crate) fn step_backs(&self) -> BTreeMap<PersonId, Vec<FactId>> {
        let mut all: BTreeMap<PersonId, Vec<FactId>> = BTreeMap::new();
        for (person, facts) in self.roles.values().flat_map(|about| &about.step_backs) {
            all.entry(*person).or_default().extend(facts);
        }
        all
    }

    fn about(&mut self, role: &Line) -> &mut About {
        self.roles.entry(role.clone()).or_default()
    }

    fn take_up(&mut self, role: &Line, said: &Said<'_>, part: Part) {
        let about = self.about(role);
        about.takings.extend(said.by.iter().map(|person| Taking {
            fact: said.id,
            at_ms: said.at_ms,
            person: *person,
            part,
        }));
    }

    /// Answers count from the person asked, withdrawals from who offered.
    fn judge_voices(&mut self, ledger: &mut Ledger<'_>) {
        for (offer, given, by) in std::mem::take(&mut self.answers) {
            match self.offers.get(&offer) {
                None => ledger.ignore(given.fact, by, IgnoredWhy::LeadsNowhere),
                Some((_, asked)) if !by.contains(&asked.to) => {
                    ledger.ignore(given.fact, by, IgnoredWhy::NotTheirs);
                }
                Some(_) => drop(
                    self.given
                        .entry(offer)
                        .or_default()
                        .insert(given.fact, given),
                ),
            }
        }
        for (offer, fact, by) in std::mem::take(&mut self.withdrawals) {
            match self.offers.get(&offer) {
                None => ledger.ignore(fact, by, IgnoredWhy::LeadsNowhere),
                Some((_, made)) if made.by.is_disjoint(&by) => {
                    ledger.ignore(fact, by, IgnoredWhy::NotTheirs);
                }
                Some(_) => self.withdrawn.entry(offer).or_default().push(fact),
            }
        }
    }

    /// Sets every offer's state but "no longer needed", and gives the acceptance of each that was accepted.
    fn judge_offers(&mut self, ledger: &Ledger<'_>, as_of_ms: i64) -> BTreeMap<FactId, Given> {
        let mut accepted = BTreeMap::new();
        let none = BTreeMap::new();
        for (id, (name, offer)) in &mut self.offers {
            let given = self.given.get(id).unwrap_or(&none);
            let mut withdrawn = self.withdrawn.get(id).cloned().unwrap_or_default();
            if let Some(about) = self.roles.get(name) {
                withdrawn.extend(about.swap_ended_by(offer, ledger));
            }
            let (state, yes) = judge(offer, given, &withdrawn, ledger, as_of_ms);
            offer.state = state;
            if let Some(yes) = yes {
                accepted.insert(*id, yes);
            }
        }
        accepted
    }

    /// Puts the offers into their roles; those that nobody answered are not needed once somebody else holds.
    fn fill_offers(&mut self, roles: &mut BTreeMap<Line, Role>, ledger: &Ledger<'_>) {
        use crate::fact::role::OfferKind::{Selection, Turn};
        let mut offers: Vec<(Line, Offer)> =
            std::mem::take(&mut self.offers).into_values().collect();
        offers.sort_by_key(|(_, offer)| ledger.place(offer.id));
        for (name, mut offer) in offers {
            let Some(role) = roles.get_mut(&name) else {
                continue;
            };
            let filled = !role.holders().is_empty() && !role.open;
            let rival = matches!(offer.kind, Turn | Selection);
            if offer.state == OfferState::Open && filled && rival {
                offer.state = OfferState::Unneeded;
            }
            role.offers.push(offer);
        }
    }
}

impl About {
    /// The steps back by which somebody who asked to exchange this role took that back: who laid a role down has nothing to give
    /// for another.
    fn swap_ended_by(&self, offer: &Offer, ledger: &Ledger<'_>) -> Vec<FactId> {
        if offer.kind != crate::fact::role::OfferKind::Swap {
            return Vec::new();
        }
        let backs = offer.by.iter().filter_map(|by| self.step_backs.get(by));
        let since = |back: &&FactId| ledger.follows(**back, offer.id);
        backs.flatten().filter(since).copied().collect()
    }

    fn bare_role(&self, ledger: &Ledger<'_>) -> Role {
        let refuses = |(person, own): (&PersonId, &BTreeMap<FactId, Willingness>)| {
            let latest = ledger.latest(own.keys());
            let refuses = latest
                .iter()
                .any(|fact| own.get(fact) == Some(&Willingness::NotForMe));
            refuses.then_some(*person)
        };
        Role {
            not_for_me: self.willing.iter().filter_map(refuses).collect(),
            notes: self.notes.clone(),
            ..Role::default()
        }
    }
}

fn hand_over(said: &Said<'_>, text: crate::fact::Paragraph) -> HandOver {
    HandOver {
        fact: said.id,
        by: said.by.clone(),
        text,
    }
}

fn offer_of(said: &Said<'_>, fact: &RoleFact) -> Option<Offer> {
    let RoleFact::Offered {
        role: _,
        to,
        kind,
        note,
        in_return,
        until_ms,
        term_until_ms,
        reason,
        basis,
    } = fact
    else {
        return None;
    };
    Some(Offer {
        id: said.id,
        by: said.by.clone(),
        to: *to,
        at_ms: said.at_ms,
        kind: *kind,
        state: OfferState::Open,
        note: note.clone(),
        in_return: in_return.clone(),
        until_ms: *until_ms,
        term_until_ms: *term_until_ms,
        reason: reason.clone(),
        basis: *basis,
    })
}

/// What became of an offer by its answers and withdrawals; with the acceptance, if it is accepted.
fn judge(
    offer: &Offer,
    given: &BTreeMap<FactId, Given>,
    withdrawn: &[FactId],
    ledger: &Ledger<'_>,
    as_of_ms: i64,
) -> (OfferState, Option<Given>) {
    let latest = ledger.latest(given.keys());
    let mut answers: Vec<&Given> = latest.iter().filter_map(|fact| given.get(fact)).collect();
    answers.sort_by_key(|answer| ledger.place(answer.fact));
    if answers.iter().any(|one| one.answer == Answer::Decline) {
        return (OfferState::Declined, None);
    }
    let accepts = || given.values().filter(|one| one.answer == Answer::Accept);
    let too_late = |fact: &FactId| accepts().any(|yes| ledger.follows(*fact, yes.fact));
    if !withdrawn.iter().all(too_late) {
        return (OfferState::Withdrawn, None);
    }
    let in_time = |at_ms: i64| offer.until_ms.is_none_or(|until| at_ms <= until);
    match answers.into_iter().find(|yes| in_time(yes.at_ms)) {
        Some(yes) => (OfferState::Accepted, Some(*yes)),
        None if given.is_empty() && in_time(as_of_ms) => (OfferState::Open, None),
        None => (OfferState::Lapsed, None),
    }
}
