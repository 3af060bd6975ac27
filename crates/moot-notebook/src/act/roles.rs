//! Acts about roles: offering, answering, taking, laying down. Owns what can be answered and by whom. Any member may
//! offer any role to any member; only a yes makes a holder.

use super::{ActError, Situation, line, paragraph};
use crate::fact::meeting::Answer;
use crate::fact::role::{OfferKind, Part, Willingness};
use crate::fact::{FactBody, Line, RoleFact};
use crate::id::{FactId, PersonId};
use crate::limits::CHANGE_AT_MS_MAX;
use crate::rota::Suggestion;
use crate::state::{Offer, OfferState, Role, Roles};

/// What an offer says besides the role, the person and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// What the next holder should know.
    pub note: Option<String>,
    /// In a swap: the role that the offerer takes over.
    pub in_return: Option<String>,
    /// When the offer lapses.
    pub until_ms: Option<i64>,
    /// When the term ends.
    pub term_until_ms: Option<i64>,
    /// Why this person was suggested, in words.
    pub reason: Option<String>,
    /// The digest of what the suggestion was computed from.
    pub basis: Option<[u8; 32]>,
}

/// What a person wants to do about a role, of a meeting or of a term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoleAct {
    /// Ask somebody to take it.
    Offer {
        /// Which.
        role: String,
        /// Whom.
        to: PersonId,
        /// What the offer is.
        kind: OfferKind,
        /// What else it says.
        terms: Terms,
    },
    /// Answer an offer.
    Answer(FactId, Answer),
    /// Take an offer back.
    Withdraw(FactId),
    /// Take it oneself.
    Take(String, Part),
    /// Lay it down.
    StepBack {
        /// Which.
        role: String,
        /// What the next holder should know.
        note: Option<String>,
    },
    /// Open it to be given anew.
    Open(String),
    /// Let a holder's term last longer.
    Extend {
        /// Which.
        role: String,
        /// Whose.
        holder: PersonId,
        /// Until when.
        until_ms: i64,
    },
    /// Be content that several hold it.
    Share(String),
    /// Say whether one may be asked this time.
    Willing(String, Willingness),
}

pub(super) fn act(
    roles: &Roles,
    now: &Situation<'_>,
    actor: PersonId,
    act: RoleAct,
) -> Result<RoleFact, ActError> {
    match act {
        RoleAct::Offer {
            role,
            to,
            kind,
            terms,
        } => offer(roles, now, actor, (&role, to, kind), terms),
        RoleAct::Answer(id, answer) => {
            let (role, offer) = known_offer(roles, id)?;
            if offer.to != actor {
                return Err(ActError::NotYours {
                    who: "the person who was asked",
                });
            }
            check_answer(role, offer, answer)?;
            Ok(RoleFact::Answered { offer: id, answer })
        }
        RoleAct::Withdraw(id) => withdraw(roles, actor, id),
        RoleAct::Take(role, part) => take(roles, actor, &role, part),
        RoleAct::StepBack { role, note } => step_back(roles, actor, &role, note),
        RoleAct::Open(role) => Ok(RoleFact::Opened {
            role: named(roles, &role)?.0,
        }),
        RoleAct::Extend {
            role,
            holder,
            until_ms,
        } => {
            let (role, state) = named(roles, &role)?;
            if !state.holders().contains(&holder) {
                return Err(ActError::Nothing {
                    why: "that person does not hold the role",
                });
            }
            checked_time(Some(until_ms))?;
            Ok(RoleFact::TermExtended {
                role,
                holder,
                until_ms,
            })
        }
        RoleAct::Share(role) => {
            let (role, state) = named(roles, &role)?;
            if !state.holders().contains(&actor) {
                return Err(ActError::NotYours { who: "a holder" });
            }
            Ok(RoleFact::Shared { role })
        }
        RoleAct::Willing(role, willingness) => Ok(RoleFact::Willing {
            role: named(roles, &role)?.0,
            willingness,
        }),
    }
}

fn withdraw(roles: &Roles, actor: PersonId, id: FactId) -> Result<RoleFact, ActError> {
    let (_, offer) = known_offer(roles, id)?;
    if !offer.by.contains(&actor) {
        return Err(ActError::NotYours {
            who: "the person who made the offer",
        });
    }
    if offer.state != OfferState::Open {
        return Err(ActError::OfferOver { state: offer.state });
    }
    Ok(RoleFact::Withdrawn { offer: id })
}

fn take(roles: &Roles, actor: PersonId, role: &str, part: Part) -> Result<RoleFact, ActError> {
    let (role, state) = named(roles, role)?;
    let there = match part {
        Part::Holder => state.holders(),
        Part::Shadow => state.shadows(),
    };
    if there.contains(&actor) {
        return Err(ActError::Already {
            what: "taken that role",
        });
    }
    Ok(RoleFact::Taken { role, part })
}

fn step_back(
    roles: &Roles,
    actor: PersonId,
    role: &str,
    note: Option<String>,
) -> Result<RoleFact, ActError> {
    let (role, state) = named(roles, role)?;
    if !state.holders().contains(&actor) && !state.shadows().contains(&actor) {
        return Err(ActError::Nothing {
            why: "you do not hold that role",
        });
    }
    let note = note.map(|note| paragraph("a note", &note)).transpose()?;
    Ok(RoleFact::SteppedBack { role, note })
}

/// The role that a person means, as the group writes it.
pub(super) fn named<'r>(roles: &'r Roles, name: &str) -> Result<(Line, &'r Role), ActError> {
    let found = roles.named(name.trim());
    let known = || roles.0.keys().map(|name| name.as_str().to_owned());
    found
        .map(|(name, role)| (name.clone(), role))
        .ok_or_else(|| ActError::NoRole {
            role: name.trim().to_owned(),
            known: known().collect(),
        })
}

fn known_offer(roles: &Roles, id: FactId) -> Result<(&Role, &Offer), ActError> {
    let (name, offer) = roles.offer(id).ok_or(ActError::NoSuch { what: "offer" })?;
    let role = roles
        .0
        .get(name)
        .ok_or(ActError::NoSuch { what: "offer" })?;
    Ok((role, offer))
}

/// An offer that is over cannot be answered; one answered in the same way need not be.
fn check_answer(role: &Role, offer: &Offer, answer: Answer) -> Result<(), ActError> {
    let nominee = role.nominees().contains(&offer.to);
    match (offer.state, answer) {
        (OfferState::Open, _) => Ok(()),
        // Asked again after somebody opened the role at the same time.
        (OfferState::Accepted, _) if nominee => Ok(()),
        (OfferState::Accepted, Answer::Decline) => Err(ActError::Accepted),
        (OfferState::Accepted, Answer::Accept) => Err(ActError::Already {
            what: "accepted that offer",
        }),
        (OfferState::Declined, Answer::Decline) => Err(ActError::Already {
            what: "declined that offer",
        }),
        (OfferState::Declined, Answer::Accept) if role.holders().is_empty() => Ok(()),
        (OfferState::Declined, Answer::Accept) => Err(ActError::OfferOver {
            state: OfferState::Unneeded,
        }),
        (state @ (OfferState::Lapsed | OfferState::Withdrawn | OfferState::Unneeded), _) => {
            Err(ActError::OfferOver { state })
        }
    }
}

fn offer(
    roles: &Roles,
    now: &Situation<'_>,
    actor: PersonId,
    (role, to, kind): (&str, PersonId, OfferKind),
    terms: Terms,
) -> Result<RoleFact, ActError> {
    let (role, state) = named(roles, role)?;
    if !now.people.contains(&to) {
        return Err(ActError::NotAMember);
    }
    if to == actor {
        return Err(ActError::Nothing {
            why: "to do it yourself, take the role: no offer is needed",
        });
    }
    let asked =
        |offer: &&Offer| offer.to == to && offer.kind == kind && offer.state == OfferState::Open;
    if state.offers.iter().any(|offer| asked(&offer)) {
        return Err(ActError::Nothing {
            why: "that person is asked already, and has not answered",
        });
    }
    let gives = matches!(kind, OfferKind::HandOver | OfferKind::Swap);
    if gives && !state.holders().contains(&actor) {
        return Err(ActError::NotYours {
            who: "the holder of the role",
        });
    }
    if kind != OfferKind::Shadow && state.holders().contains(&to) {
        return Err(ActError::Nothing {
            why: "that person holds the role already",
        });
    }
    checked_time(terms.until_ms)?;
    checked_time(terms.term_until_ms)?;
    if terms.until_ms.is_some_and(|until| until <= now.now_ms) {
        return Err(ActError::Nothing {
            why: "that offer would lapse before anybody saw it",
        });
    }
    let in_return = match terms.in_return {
        Some(other) if kind == OfferKind::Swap => Some(named(roles, &other)?.0),
        _ => None,
    };
    let note = terms
        .note
        .map(|note| paragraph("a note", &note))
        .transpose()?;
    let reason = terms
        .reason
        .map(|text| line("a reason", &text))
        .transpose()?;
    Ok(RoleFact::Offered {
        role,
        to,
        kind,
        note,
        in_return,
        until_ms: terms.until_ms,
        term_until_ms: terms.term_until_ms,
        reason,
        basis: terms.basis,
    })
}

/// The offer that goes out by itself to whom the rota suggests first; whoever's act left the role vacant sends it. None where the
/// role's name does not fit into a reason.
#[must_use]
pub fn auto_offer(role: &Line, next: &Suggestion, basis: [u8; 32]) -> Option<FactBody> {
    let reason = line("a reason", &next.reason.words(role.as_str())).ok()?;
    Some(FactBody::Role(RoleFact::Offered {
        role: role.clone(),
        to: next.person,
        kind: OfferKind::Turn,
        note: None,
        in_return: None,
        until_ms: None,
        term_until_ms: None,
        reason: Some(reason),
        basis: Some(basis),
    }))
}

pub(super) fn checked_time(at_ms: Option<i64>) -> Result<(), ActError> {
    match at_ms {
        Some(at_ms) if at_ms.unsigned_abs() > CHANGE_AT_MS_MAX => Err(ActError::Time { at_ms }),
        _ => Ok(()),
    }
}
