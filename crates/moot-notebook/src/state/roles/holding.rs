//! From acceptances to holdings, and what ends each. Owns stepping back, handing over, opening anew, and terms.

use std::collections::{BTreeMap, BTreeSet};

use super::gathered::{About, Gathered, Given};
use super::{Holding, HoldingState, Ledger, Role};
use crate::fact::Line;
use crate::fact::role::{OfferKind, Part};
use crate::id::{FactId, PersonId};

/// A hand-over that was accepted: it ends what its giver held when offering it.
struct Passing {
    giver: PersonId,
    /// The giver's holdings of this role that this fact follows end.
    known_at: FactId,
    accepted: FactId,
}

/// The end of a holding, and the fact that ended it.
struct Ending {
    state: HoldingState,
    fact: Option<FactId>,
}

impl Gathered {
    /// Every holding there ever was, by role, in the order they began.
    pub(super) fn holdings(
        &self,
        accepted: &BTreeMap<FactId, Given>,
        ledger: &Ledger<'_>,
        sittings: &[FactId],
        as_of_ms: i64,
    ) -> BTreeMap<Line, Vec<Holding>> {
        let mut begun = self.begun(accepted);
        let passings = self.passings(accepted);
        for (name, holdings) in &mut begun {
            let Some(about) = self.roles.get(name) else {
                continue;
            };
            holdings.sort_by_key(|holding| (ledger.place(holding.since), holding.person));
            let none = Vec::new();
            let passings = passings.get(name).unwrap_or(&none);
            about.end(holdings, passings, ledger, sittings, as_of_ms);
        }
        begun
    }

    fn begun(&self, accepted: &BTreeMap<FactId, Given>) -> BTreeMap<Line, Vec<Holding>> {
        let mut begun: BTreeMap<Line, Vec<Holding>> = BTreeMap::new();
        for (name, about) in &self.roles {
            let taken = about.takings.iter().map(|taking| {
                fresh(
                    taking.person,
                    (taking.fact, taking.at_ms),
                    taking.fact,
                    taking.part,
                )
            });
            begun.entry(name.clone()).or_default().extend(taken);
        }
        for (id, yes) in accepted {
            let Some((name, offer)) = self.offers.get(id) else {
                continue;
            };
            let part = match offer.kind {
                OfferKind::Shadow => Part::Shadow,
                _ => Part::Holder,
            };
            let since = (yes.fact, yes.at_ms);
            let mut holding = fresh(offer.to, since, *id, part);
            holding.until_ms = offer.term_until_ms;
            begun.entry(name.clone()).or_default().push(holding);
            if let (OfferKind::Swap, Some(other)) = (offer.kind, &offer.in_return) {
                let back = offer
                    .by
                    .iter()
                    .map(|by| fresh(*by, since, *id, Part::Holder));
                begun.entry(other.clone()).or_default().extend(back);
            }
        }
        begun
    }

    fn passings(&self, accepted: &BTreeMap<FactId, Given>) -> BTreeMap<Line, Vec<Passing>> {
        let mut passings: BTreeMap<Line, Vec<Passing>> = BTreeMap::new();
        for (id, yes) in accepted {
            let Some((name, offer)) = self.offers.get(id) else {
                continue;
            };
            if !matches!(offer.kind, OfferKind::HandOver | OfferKind::Swap) {
                continue;
            }
            let given = offer.by.iter().map(|giver| Passing {
                giver: *giver,
                known_at: *id,
                accepted: yes.fact,
            });
            passings.entry(name.clone()).or_default().extend(given);
            if let (OfferKind::Swap, Some(other)) = (offer.kind, &offer.in_return) {
                let back = Passing {
                    giver: offer.to,
                    known_at: yes.fact,
                    accepted: yes.fact,
                };
                passings.entry(other.clone()).or_default().push(back);
            }
        }
        passings
    }
}

fn fresh(person: PersonId, since: (FactId, i64), offer: FactId, part: Part) -> Holding {
    Holding {
        person,
        since: since.0,
        at_ms: since.1,
        offer,
        part,
        state: HoldingState::Holds,
        until_ms: None,
        served: true,
        ended_ms: None,
        sittings: BTreeSet::new(),
    }
}

/// The sittings in which a holding lasted. One that began apart from a sitting was of that sitting only if it was of no
/// other: people sat at the one that they knew of.
fn lasted_in(
    holding: &Holding,
    ended: Option<FactId>,
    sittings: &[FactId],
    ledger: &Ledger<'_>,
) -> BTreeSet<FactId> {
    if holding.state == HoldingState::Nominee {
        return BTreeSet::new();
    }
    let since = holding.since;
    let knew =
        |sitting: &FactId| ledger.follows(since, *sitting) || ledger.follows(*sitting, since);
    let of_none = !sittings.iter().any(knew);
    let lasted = |sitting: &FactId| {
        ended.is_none_or(|end| ledger.follows(end, since) && ledger.follows(end, *sitting))
    };
    let expired = |sitting: &FactId| {
        let over = holding.ended_ms.filter(|_| ended.is_none());
        let opened = ledger.get(*sitting).map(|sitting| sitting.at_ms);
        over.is_some_and(|over| opened.is_some_and(|opened| opened > over))
    };
    let here = |one: &&FactId| (of_none || knew(one)) && lasted(one) && !expired(one);
    sittings.iter().filter(here).copied().collect()
}

impl About {
    fn end(
        &self,
        holdings: &mut [Holding],
        passings: &[Passing],
        ledger: &Ledger<'_>,
        sittings: &[FactId],
        as_of_ms: i64,
    ) {
        let mut ended: Vec<Option<Ending>> = Vec::with_capacity(holdings.len());
        for holding in holdings.iter_mut() {
            holding.until_ms = self.term_end(holding, ledger);
            ended.push(self.own_ending(holding, passings, ledger, as_of_ms));
        }
        let refilled = self.refilled(holdings, &ended, ledger);
        for (holding, ending) in holdings.iter_mut().zip(ended) {
            let ending = ending.or_else(|| self.opened(holding, &refilled, ledger));
            let Some(Ending { state, fact }) = ending else {
                holding.sittings = lasted_in(holding, None, sittings, ledger);
                continue;
            };
            holding.state = state;
            let ended = fact.and_then(|fact| ledger.get(fact));
            holding.ended_ms = match state {
                HoldingState::Expired => holding.until_ms,
                _ => ended.map(|ended| ended.at_ms),
            };
            holding.sittings = lasted_in(holding, fact, sittings, ledger);
            let in_sitting = |fact| {
                sittings
                    .iter()
                    .any(|sitting| ledger.follows(fact, *sitting))
            };
            holding.served = match (state, fact) {
                (HoldingState::UntilReplaced | HoldingState::Expired, _) => true,
                (HoldingState::Nominee, _) => false,
                (_, Some(fact)) => ledger.follows(fact, holding.since) && in_sitting(fact),
                (_, None) => false,
            };
        }
    }

    /// The end that the holder's own acts, or time, put to a holding.
    fn own_ending(
        &self,
        holding: &Holding,
        passings: &[Passing],
        ledger: &Ledger<'_>,
        as_of_ms: i64,
    ) -> Option<Ending> {
        // No outweighs yes: only a yes that follows a step back outlives it.
        let back = self.step_backs.get(&holding.person).into_iter().flatten();
        let mut back = back.filter(|back| !ledger.follows(holding.since, **back));
        if let Some(back) = back.next() {
            return Some(Ending {
                state: HoldingState::SteppedBack,
                fact: Some(*back),
            });
        }
        let passed = passings.iter().find(|passing| {
            passing.giver == holding.person && ledger.follows(passing.known_at, holding.since)
        });
        if let Some(passed) = passed.filter(|_| holding.part == Part::Holder) {
            return Some(Ending {
                state: HoldingState::HandedOver,
                fact: Some(passed.accepted),
            });
        }
        let over = holding.until_ms.is_some_and(|until| as_of_ms > until);
        over.then_some(Ending {
            state: HoldingState::Expired,
            fact: None,
        })
    }

    /// The end of a term: as offered, or as extended since. Of extensions made apart the earliest counts.
    fn term_end(&self, holding: &Holding, ledger: &Ledger<'_>) -> Option<i64> {
        let extensions = self.extensions.get(&holding.person).into_iter().flatten();
        let known: BTreeMap<FactId, i64> = extensions
            .filter(|(fact, _)| ledger.follows(*fact, holding.since))
            .copied()
            .collect();
        let latest = ledger.latest(known.keys());
        let extended = latest.iter().filter_map(|fact| known.get(fact)).min();
        extended.copied().or(holding.until_ms)
    }

    /// For each opening, up to two people who took the role after it, by the fact they did it with.
    fn refilled(
        &self,
        holdings: &[Holding],
        ended: &[Option<Ending>],
        ledger: &Ledger<'_>,
    ) -> BTreeMap<FactId, Vec<(PersonId, FactId)>> {
        let mut refilled: BTreeMap<FactId, Vec<(PersonId, FactId)>> = BTreeMap::new();
        for opening in &self.openings {
            let after = refilled.entry(*opening).or_default();
            for (holding, ending) in holdings.iter().zip(ended) {
                let counts = ending.is_none()
                    && holding.part == Part::Holder
                    && ledger.follows(holding.since, *opening)
                    && !after.iter().any(|(person, _)| *person == holding.person);
                if counts && after.len() < 2 {
                    after.push((holding.person, holding.since));
                }
            }
        }
        refilled
    }

    fn opened(
        &self,
        holding: &Holding,
        refilled: &BTreeMap<FactId, Vec<(PersonId, FactId)>>,
        ledger: &Ledger<'_>,
    ) -> Option<Ending> {
        if holding.part == Part::Shadow {
            return None;
        }
        let mut until_replaced = None;
        for opening in &self.openings {
            if ledger.concurrent(*opening, holding.since) {
                return Some(Ending {
                    state: HoldingState::Nominee,
                    fact: None,
                });
            }
            if !ledger.follows(*opening, holding.since) {
                continue;
            }
            let others = refilled.get(opening).into_iter().flatten();
            let mut others = others.filter(|(person, _)| *person != holding.person);
            if let Some((_, since)) = others.next() {
                return Some(Ending {
                    state: HoldingState::Replaced,
                    fact: Some(*since),
                });
            }
            until_replaced = Some(Ending {
                state: HoldingState::UntilReplaced,
                fact: None,
            });
        }
        until_replaced
    }

    /// Says whether the role is open to be given anew, and whether its being held by several is to be settled.
    pub(super) fn judge_role(&self, role: &mut Role, ledger: &Ledger<'_>) {
        let lasting = |holding: &&Holding| holding.part == Part::Holder && holding.lasts();
        let holds: Vec<&Holding> = role.holdings.iter().filter(lasting).collect();
        let filled_since = |opening: &FactId| {
            holds
                .iter()
                .any(|holding| ledger.follows(holding.since, *opening))
        };
        let open = self.openings.iter().any(|opening| !filled_since(opening));
        let persons: BTreeSet<PersonId> = holds.iter().map(|holding| holding.person).collect();
        let apart = persons.len() > 1
            && holds.iter().any(|one| {
                let other = |other: &&&Holding| {
                    other.person != one.person && ledger.concurrent(one.since, other.since)
                };
                holds.iter().any(|holding| other(&holding))
            });
        let knew_all = |fact: FactId| {
            holds
                .iter()
                .all(|holding| ledger.follows(fact, holding.since))
        };
        let shared = self
            .sharings
            .iter()
            .any(|(fact, by)| !by.is_disjoint(&persons) && knew_all(*fact));
        role.open = open;
        role.unsettled = apart && !shared;
    }
}
