//! The running sum over a role's occasions: who is owed a turn, who served when. Owns the arithmetic; integers only.

use std::collections::{BTreeMap, BTreeSet};

use super::{Occasion, OccasionKey, TURN};
use crate::id::PersonId;

/// One occasion that counted, as far as the next ones need it.
#[derive(Debug, Clone)]
pub(super) struct Past {
    pub(super) holders: BTreeSet<PersonId>,
    pub(super) declined: BTreeSet<PersonId>,
}

/// What a person's occasions come to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Account {
    /// Turns that fell to them, of those they could have taken.
    pub(super) fair: i64,
    /// Turns they took.
    pub(super) served: i64,
    /// When they last took one.
    pub(super) last_served: Option<OccasionKey>,
    /// Occasions at which they were present.
    pub(super) attended: u32,
    /// Whether they were ever at a holder's side.
    pub(super) shadowed: bool,
}

impl Account {
    /// What they are owed; negative if they took more than fell to them.
    pub(super) const fn debt(&self) -> i64 {
        self.fair - self.served
    }
}

/// The occasions of one role, added up. Built from rows in any order with [`Tally::of`], or one by one in theirs.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub(super) accounts: BTreeMap<PersonId, Account>,
    pub(super) past: Vec<Past>,
}

impl Tally {
    /// Adds up the occasions of `role` that come before `before`, in whatever order they are given.
    #[must_use]
    pub fn of(occasions: &[Occasion], role: &str, before: OccasionKey) -> Self {
        let counts = |one: &&Occasion| one.role == role && one.key < before;
        let mut ordered: Vec<&Occasion> = occasions.iter().filter(counts).collect();
        ordered.sort_by_key(|one| one.key);
        let mut tally = Self::default();
        for occasion in ordered {
            tally.add(occasion);
        }
        tally
    }

    /// Adds the next occasion. It must come after all that were added.
    pub fn add(&mut self, occasion: &Occasion) {
        if !occasion.counts() {
            return;
        }
        for person in &occasion.present {
            let account = self.accounts.entry(*person).or_default();
            account.attended = account.attended.saturating_add(1);
        }
        for person in &occasion.shadows {
            self.accounts.entry(*person).or_default().shadowed = true;
        }
        self.share_out(occasion);
        self.past.push(Past {
            holders: occasion.holders.clone(),
            declined: occasion.declined.clone(),
        });
    }

    /// Among whom the turn of the next occasion is shared out: who could have served, but for those who said no at the occasion
    /// before. They were not asked this time, by a rule that is there for their sake; would it count for them, saying no would
    /// build up a claim.
    #[must_use]
    pub fn willing(&self, occasion: &Occasion) -> BTreeSet<PersonId> {
        let mut willing = occasion.willing();
        if let Some(last) = self.past.last() {
            let asked = |person: &PersonId| {
                !last.declined.contains(person) || occasion.holders.contains(person)
            };
            willing.retain(asked);
        }
        willing
    }

    /// A vacant occasion changes nothing. Else all who could have served gain a share, and who served pay for it.
    fn share_out(&mut self, occasion: &Occasion) {
        let holders = i64::try_from(occasion.holders.len()).unwrap_or(i64::MAX);
        let Some(paid) = TURN.checked_div(holders) else {
            return;
        };
        let willing = self.willing(occasion);
        let count = i64::try_from(willing.len()).unwrap_or(i64::MAX);
        let gained = TURN.checked_div(count).unwrap_or(0);
        for person in willing {
            self.accounts.entry(person).or_default().fair += gained;
        }
        for person in &occasion.holders {
            let account = self.accounts.entry(*person).or_default();
            account.served += paid;
            account.last_served = Some(occasion.key);
        }
    }

    /// What fell to a person, and what they took of it, in millionths of a turn: to be shown to nobody but them.
    #[must_use]
    pub fn share(&self, person: PersonId) -> (i64, i64) {
        let account = self.account(person);
        (account.fair, account.served)
    }

    /// How many occasions there were.
    pub(super) fn occasions(&self) -> usize {
        self.past.len()
    }

    pub(super) fn account(&self, person: PersonId) -> Account {
        self.accounts.get(&person).copied().unwrap_or_default()
    }
}
