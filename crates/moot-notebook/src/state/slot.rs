//! A slot: one value wanted, several possible. Owns merge rule 3: concurrent values are all kept, none wins, and a
//! later one that follows them all settles it.

use std::collections::{BTreeMap, BTreeSet};

use super::order::{followed_by, latest};
use crate::fact::Facts;
use crate::id::{FactId, PersonId};

/// One value somebody gave a slot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotValue<T> {
    /// The fact that says so.
    pub fact: FactId,
    /// Who said it: several, where several put the very same fact there.
    pub by: BTreeSet<PersonId>,
    /// What their clock said, for display.
    pub at_ms: i64,
    /// The value.
    pub value: T,
}

/// A slot and all values it has at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot<T> {
    /// The values that none other follows, by fact id: that order is for display and chooses nothing.
    pub values: Vec<SlotValue<T>>,
    /// While there are several: the last value that all of them follow, if there is just one such.
    pub before: Option<SlotValue<T>>,
}

/// What fills a slot while the facts are gathered.
pub(crate) type Candidates<T> = BTreeMap<FactId, SlotValue<T>>;

impl<T> Default for Slot<T> {
    fn default() -> Self {
        Self {
            values: Vec::new(),
            before: None,
        }
    }
}

impl<T> Slot<T> {
    /// The value, where there is exactly one.
    #[must_use]
    pub fn settled(&self) -> Option<&T> {
        match self.values.as_slice() {
            [only] => Some(&only.value),
            _ => None,
        }
    }

    /// Whether somebody has to choose.
    #[must_use]
    pub fn is_contested(&self) -> bool {
        self.values.len() > 1
    }

    /// The value to head a page with: the settled one; else the one from before they differed; else the first by id.
    #[must_use]
    pub fn shown(&self) -> Option<&T> {
        self.settled().or_else(|| {
            self.before
                .as_ref()
                .or_else(|| self.values.first())
                .map(|value| &value.value)
        })
    }

    /// The first of the values now competing, by id: what a list has room for.
    #[must_use]
    pub fn first(&self) -> Option<&T> {
        self.values.first().map(|value| &value.value)
    }
}

impl<T: Clone> Slot<T> {
    /// Fills the slot from every fact about it.
    pub(crate) fn fill(facts: &Facts, mut candidates: Candidates<T>) -> Self {
        let all: BTreeSet<FactId> = candidates.keys().copied().collect();
        let now = latest(facts, &all);
        let before = if now.len() > 1 {
            common_past(facts, &all, &now)
        } else {
            None
        };
        let before = before.and_then(|id| candidates.get(&id).cloned());
        let values = now.iter().filter_map(|id| candidates.remove(id)).collect();
        Self { values, before }
    }
}

/// The one latest fact of the slot that all of `now` follow.
fn common_past(facts: &Facts, all: &BTreeSet<FactId>, now: &BTreeSet<FactId>) -> Option<FactId> {
    let mut common = all.clone();
    for id in now {
        if common.is_empty() {
            return None;
        }
        let past = followed_by(facts, [*id]);
        common.retain(|id| past.contains(id));
    }
    let mut latest = latest(facts, &common).into_iter();
    match (latest.next(), latest.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}
