//! Who to ask next, in which order, and why. Owns the rules of the rota and the words for them.
//!
//! A suggestion is only that: a person makes the offer, and only a yes makes a holder.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest as _, Sha256};

use super::tally::Tally;
use super::{Occasion, OccasionKey};
use crate::fact::role::{Part, Switch};
use crate::id::{DocId, PersonId};
use crate::meeting::{Attended, MeetingState};
use crate::state::{OptOut, Wishes};

/// Occasions before which nobody is asked to shadow first: there is nobody yet to learn from.
const SHADOW_OCCASIONS_MIN: usize = 3;

/// Occasions after which a person is no longer new.
const NEW_OCCASIONS_MAX: u32 = 2;

/// The role to be filled, and what its meeting says about who can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The notebook's id: part of what breaks ties.
    pub notebook: [u8; 32],
    /// The meeting's place among others.
    pub key: OccasionKey,
    /// The role, as the group writes it.
    pub role: String,
    /// Who holds it already.
    pub holders: BTreeSet<PersonId>,
    /// Who holds another role of this meeting, and which.
    pub elsewhere: BTreeMap<PersonId, String>,
    /// Who was asked and said no.
    pub declined: BTreeSet<PersonId>,
    /// Who held it and stepped back.
    pub stepped_back: BTreeSet<PersonId>,
    /// Who is not to be asked this time.
    pub not_for_me: BTreeSet<PersonId>,
    /// Who will not come.
    pub regrets: BTreeSet<PersonId>,
}

impl Turn {
    /// The turn at `role` that `state` has to give.
    #[must_use]
    pub fn of(notebook: [u8; 32], meeting: DocId, state: &MeetingState, role: &str) -> Self {
        let own = state.roles.0.iter().find(|(name, _)| name.as_str() == role);
        let own = own.map(|(_, own)| own);
        let others = state
            .roles
            .0
            .iter()
            .filter(|(name, _)| name.as_str() != role);
        let elsewhere = others.flat_map(|(name, other)| {
            let holders = other.holders().into_iter();
            holders.map(|person| (person, name.as_str().to_owned()))
        });
        let regrets = |(person, own): (&PersonId, &Attended)| own.regrets().then_some(*person);
        Self {
            notebook,
            key: OccasionKey {
                at_ms: state.order_ms(),
                meeting,
            },
            role: role.to_owned(),
            holders: own.map(|own| own.holders()).unwrap_or_default(),
            elsewhere: elsewhere.collect(),
            declined: own.map(|own| own.declined()).unwrap_or_default(),
            stepped_back: own.map(|own| own.stepped_back()).unwrap_or_default(),
            not_for_me: own.map(|own| own.not_for_me.clone()).unwrap_or_default(),
            regrets: state.attendance.iter().filter_map(regrets).collect(),
        }
    }
}

/// Why a person is suggested, or not: a rule, never an amount.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// Nobody who could be asked waited longer.
    LongestSince,
    /// They have not had a turn yet.
    NoTurnYet,
    /// They come next.
    NextInTurn,
    /// Their first meeting: at the side of the holder.
    FirstMeeting,
    /// They are new to it: at the side of the holder.
    New,
    /// They do not want to be asked.
    OptedOut,
    /// They do not want to be asked for some time yet.
    OptedOutForNow,
    /// Not this time, they said.
    NotForMe,
    /// They will not come.
    Regrets,
    /// They hold this role already.
    HoldsIt,
    /// They hold another role of this meeting.
    HoldsAnother(String),
    /// They declined it here.
    Declined,
    /// They stepped back from it.
    SteppedBack,
    /// They declined it the last time.
    DeclinedLast,
    /// They did it the last time.
    ServedLast,
    /// They did it not long ago.
    ServedLately,
}

impl Reason {
    /// The reason in words, for this role.
    #[must_use]
    pub fn words(&self, role: &str) -> String {
        match self {
            Self::LongestSince => "longest since a turn".to_owned(),
            Self::NoTurnYet => "has not had a turn yet".to_owned(),
            Self::NextInTurn => "next in turn".to_owned(),
            Self::FirstMeeting => "first meeting: shadow".to_owned(),
            Self::New => "new: shadow first".to_owned(),
            Self::OptedOut => "opted out".to_owned(),
            Self::OptedOutForNow => "opted out for now".to_owned(),
            Self::NotForMe => "not this meeting".to_owned(),
            Self::Regrets => "sent regrets".to_owned(),
            Self::HoldsIt => "holds it already".to_owned(),
            Self::HoldsAnother(other) => format!("is {other} this time"),
            Self::Declined => "declined".to_owned(),
            Self::SteppedBack => "stepped back".to_owned(),
            Self::DeclinedLast => "declined last time".to_owned(),
            Self::ServedLast => format!("{} last time", did(role)),
            Self::ServedLately => format!("{} not long ago", did(role)),
        }
    }
}

fn did(role: &str) -> String {
    match role.to_lowercase().as_str() {
        "facilitator" => "facilitated".to_owned(),
        "scribe" => "scribed".to_owned(),
        "timekeeper" => "kept time".to_owned(),
        "stack-keeper" => "kept the stack".to_owned(),
        _ => format!("was {role}"),
    }
}

/// One line of a suggestion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// Who.
    pub person: PersonId,
    /// To hold the role, or to be at the holder's side.
    pub part: Part,
    /// Why.
    pub reason: Reason,
}

/// Somebody who is not suggested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Who.
    pub person: PersonId,
    /// Why.
    pub reason: Reason,
}

/// Who to ask, first to last, and who not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rota {
    /// Who to ask: holders first, then who might shadow.
    pub suggested: Vec<Suggestion>,
    /// Who is not suggested, by person.
    pub left_out: Vec<LeftOut>,
}

/// Suggests who might take a turn: the same list on every device that holds the same facts.
///
/// `people` are those who could be asked at all: members who have not left and are not away.
#[must_use]
pub fn suggest(
    occasions: &[Occasion],
    people: &BTreeSet<PersonId>,
    wishes: &Wishes,
    turn: &Turn,
) -> Rota {
    let tally = Tally::of(occasions, &turn.role, turn.key);
    tally.suggest(people, wishes, turn)
}

impl Tally {
    /// As [`suggest`], from occasions that are added up already; all of them must come before the turn.
    #[must_use]
    pub fn suggest(&self, people: &BTreeSet<PersonId>, wishes: &Wishes, turn: &Turn) -> Rota {
        let policy = wishes.policy(&turn.role);
        let gap = usize::try_from(policy.gap).unwrap_or(usize::MAX);
        let shadow_first =
            policy.shadowing == Switch::On && self.occasions() >= SHADOW_OCCASIONS_MIN;
        let mut rota = Rota::default();
        let mut candidates = Vec::new();
        let mut shadows = Vec::new();
        for person in people {
            if let Some(reason) = self.why_not(*person, gap, wishes, turn) {
                rota.left_out.push(LeftOut {
                    person: *person,
                    reason,
                });
                continue;
            }
            let ready = wishes.is_ready(&turn.role, *person);
            match self.newness(*person, ready).filter(|_| shadow_first) {
                Some(reason) => shadows.push((*person, reason)),
                None => candidates.push(*person),
            }
        }
        self.sort(&mut candidates, turn);
        let longest = candidates
            .iter()
            .filter_map(|person| self.account(*person).last_served)
            .min();
        rota.suggested = candidates
            .into_iter()
            .map(|person| Suggestion {
                person,
                part: Part::Holder,
                reason: match self.account(person).last_served {
                    None => Reason::NoTurnYet,
                    last if last == longest => Reason::LongestSince,
                    Some(_) => Reason::NextInTurn,
                },
            })
            .collect();
        let mut order: Vec<PersonId> = shadows.iter().map(|(person, _)| *person).collect();
        self.sort(&mut order, turn);
        let reasons: BTreeMap<PersonId, Reason> = shadows.into_iter().collect();
        rota.suggested
            .extend(order.into_iter().filter_map(|person| {
                Some(Suggestion {
                    person,
                    part: Part::Shadow,
                    reason: reasons.get(&person)?.clone(),
                })
            }));
        rota
    }

    /// Why a person is not to be asked, if so.
    fn why_not(
        &self,
        person: PersonId,
        gap: usize,
        wishes: &Wishes,
        turn: &Turn,
    ) -> Option<Reason> {
        let opt_out = wishes.opt_out(&turn.role, person);
        if opt_out.holds_at(turn.key.at_ms) {
            return Some(match opt_out {
                OptOut::Until(_) => Reason::OptedOutForNow,
                OptOut::In | OptOut::Never => Reason::OptedOut,
            });
        }
        if turn.holders.contains(&person) {
            return Some(Reason::HoldsIt);
        }
        if turn.not_for_me.contains(&person) {
            return Some(Reason::NotForMe);
        }
        if turn.regrets.contains(&person) {
            return Some(Reason::Regrets);
        }
        if turn.declined.contains(&person) {
            return Some(Reason::Declined);
        }
        if turn.stepped_back.contains(&person) {
            return Some(Reason::SteppedBack);
        }
        if let Some(other) = turn.elsewhere.get(&person) {
            return Some(Reason::HoldsAnother(other.clone()));
        }
        let mut lately = self.past.iter().rev().take(gap);
        let last = self.past.last();
        if gap > 0 && last.is_some_and(|past| past.holders.contains(&person)) {
            return Some(Reason::ServedLast);
        }
        if lately.any(|past| past.holders.contains(&person)) {
            return Some(Reason::ServedLately);
        }
        let declined = last.is_some_and(|past| past.declined.contains(&person));
        declined.then_some(Reason::DeclinedLast)
    }

    /// Whether a person is too new to hold the role, and why.
    fn newness(&self, person: PersonId, ready: bool) -> Option<Reason> {
        let account = self.account(person);
        let knows_it = account.shadowed || account.last_served.is_some();
        if account.attended == 0 && !knows_it {
            Some(Reason::FirstMeeting)
        } else if account.attended < NEW_OCCASIONS_MAX && !knows_it && !ready {
            Some(Reason::New)
        } else {
            None
        }
    }

    /// What they are owed, most first; then who waited longest; then by lot, the same lot everywhere.
    fn sort(&self, people: &mut [PersonId], turn: &Turn) {
        people.sort_by_cached_key(|person| {
            let account = self.account(*person);
            let owed = std::cmp::Reverse(account.debt());
            (owed, account.last_served, lot(turn, *person))
        });
    }
}

/// The lot that breaks ties: nobody can choose it, and everybody draws the same.
fn lot(turn: &Turn, person: PersonId) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(turn.notebook);
    hasher.update(turn.key.meeting.as_bytes());
    hasher.update(turn.role.as_bytes());
    hasher.update(person.as_bytes());
    hasher.finalize().into()
}
