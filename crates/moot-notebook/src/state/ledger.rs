//! The facts of one document that count, in one order, with who knew of what.
//!
//! Owns the order and the limits on what one document counts. Answers "did its author know of that?" at once, so that
//! merge rules can ask it for every pair without walking through history. Never looks at a clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::rc::Rc;

use super::slot::{Candidates, Slot, SlotValue};
use super::{Ignored, IgnoredWhy, persons};
use crate::attribution::Attribution;
use crate::fact::{Fact, FactBody, FactEntry, Facts};
use crate::id::{FactId, PersonId};
use crate::limits::{DOCUMENT_FACTS_MAX, PERSON_FACTS_MAX};

/// One fact that counts.
#[derive(Debug, Clone)]
pub(crate) struct Said<'f> {
    pub(crate) id: FactId,
    /// The persons proven to have said it.
    pub(crate) by: BTreeSet<PersonId>,
    pub(crate) at_ms: i64,
    pub(crate) body: &'f FactBody,
}

impl Said<'_> {
    /// As a value of a slot.
    pub(crate) fn value<T>(&self, value: T) -> SlotValue<T> {
        SlotValue {
            fact: self.id,
            by: self.by.clone(),
            at_ms: self.at_ms,
            value,
        }
    }

    /// As a value that only `person` gave.
    pub(crate) fn own_value<T>(&self, person: PersonId, value: T) -> SlotValue<T> {
        SlotValue {
            by: [person].into(),
            ..self.value(value)
        }
    }
}

/// Which counted facts a fact follows: a bit for each, shared where facts follow the same.
type Row = Rc<[u64]>;

/// The facts of a document that count, by (depth, id): each comes after all it follows.
#[derive(Debug, Default)]
pub(crate) struct Ledger<'f> {
    said: Vec<Said<'f>>,
    places: BTreeMap<FactId, usize>,
    past: Vec<Row>,
    /// What does not count, and why.
    pub(crate) ignored: Vec<Ignored>,
}

impl<'f> Ledger<'f> {
    pub(crate) fn new(facts: &'f Facts, attribution: &dyn Attribution) -> Self {
        let order = in_order(facts);
        let mut ledger = Self::default();
        let mut shares: BTreeMap<BTreeSet<PersonId>, usize> = BTreeMap::new();
        for entry in facts.values() {
            if entry.fact.is_none() || !order.contains_key(&entry.id) {
                ledger.ignore(entry.id, persons(entry, attribution), IgnoredWhy::Malformed);
            }
        }
        let mut sorted: Vec<(u32, FactId)> =
            order.iter().map(|(id, depth)| (*depth, *id)).collect();
        sorted.sort_unstable();
        for (_, id) in &sorted {
            let Some((entry, fact)) = facts.get(id).and_then(|e| Some((e, e.fact.as_ref()?)))
            else {
                continue;
            };
            let by = persons(entry, attribution);
            let share = shares.entry(by.clone()).or_default();
            *share += 1;
            if *share > PERSON_FACTS_MAX || ledger.said.len() >= DOCUMENT_FACTS_MAX {
                ledger.ignore(*id, by, IgnoredWhy::TooMany);
                continue;
            }
            ledger.places.insert(*id, ledger.said.len());
            ledger.said.push(Said {
                id: *id,
                by,
                at_ms: fact.at_ms,
                body: &fact.body,
            });
        }
        ledger.past = pasts(facts, &sorted, &ledger.places);
        ledger
    }

    /// Every fact that counts; what it follows comes before it.
    pub(crate) fn said(&self) -> &[Said<'f>] {
        &self.said
    }

    pub(crate) fn get(&self, id: FactId) -> Option<&Said<'f>> {
        self.said.get(*self.places.get(&id)?)
    }

    /// Where a fact stands in the order; facts that do not count come last.
    pub(crate) fn place(&self, id: FactId) -> usize {
        self.places.get(&id).copied().unwrap_or(usize::MAX)
    }

    /// Whether the author of `later` knew of `earlier`.
    pub(crate) fn follows(&self, later: FactId, earlier: FactId) -> bool {
        let (Some(row), Some(place)) = (
            self.places.get(&later).and_then(|at| self.past.get(*at)),
            self.places.get(&earlier),
        ) else {
            return false;
        };
        row[place / 64] >> (place % 64) & 1 == 1
    }

    /// Whether neither author knew of the other's.
    pub(crate) fn concurrent(&self, one: FactId, other: FactId) -> bool {
        one != other && !self.follows(one, other) && !self.follows(other, one)
    }

    /// Those of `ids` that no other of them follows.
    pub(crate) fn latest<'i>(&self, ids: impl IntoIterator<Item = &'i FactId>) -> BTreeSet<FactId> {
        let ids: BTreeSet<FactId> = ids.into_iter().copied().collect();
        if ids.len() < 2 {
            return ids;
        }
        let mut followed = vec![0_u64; self.said.len().div_ceil(64)];
        for row in ids.iter().filter_map(|id| self.row(*id)) {
            for (word, more) in followed.iter_mut().zip(row.iter()) {
                *word |= more;
            }
        }
        let is_followed = |id: &FactId| {
            let place = self.place(*id);
            followed
                .get(place / 64)
                .is_some_and(|word| word >> (place % 64) & 1 == 1)
        };
        ids.into_iter().filter(|id| !is_followed(id)).collect()
    }

    /// Fills a slot: the values that none follows, and what all of them follow.
    pub(crate) fn slot<T: Clone>(&self, mut candidates: Candidates<T>) -> Slot<T> {
        let now = self.latest(candidates.keys());
        let before = if now.len() > 1 {
            self.common_past(candidates.keys(), &now)
        } else {
            None
        };
        let before = before.and_then(|id| candidates.get(&id).cloned());
        let values = now.iter().filter_map(|id| candidates.remove(id)).collect();
        Slot { values, before }
    }

    pub(crate) fn ignore(&mut self, fact: FactId, by: BTreeSet<PersonId>, why: IgnoredWhy) {
        self.ignored.push(Ignored { fact, by, why });
    }

    fn row(&self, id: FactId) -> Option<&Row> {
        self.past.get(*self.places.get(&id)?)
    }

    /// The one latest of `all` that every one of `now` follows.
    fn common_past<'i>(
        &self,
        all: impl Iterator<Item = &'i FactId>,
        now: &BTreeSet<FactId>,
    ) -> Option<FactId> {
        let mut common = vec![u64::MAX; self.said.len().div_ceil(64)];
        for row in now.iter().filter_map(|id| self.row(*id)) {
            for (word, more) in common.iter_mut().zip(row.iter()) {
                *word &= more;
            }
        }
        let is_common = |id: &&FactId| {
            let place = self.place(**id);
            common
                .get(place / 64)
                .is_some_and(|word| word >> (place % 64) & 1 == 1)
        };
        let mut latest = self.latest(all.filter(is_common)).into_iter();
        match (latest.next(), latest.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }
}

/// How many more facts of one person a document counts. What others add meanwhile, apart, may leave less.
pub fn room_for(facts: &Facts, attribution: &dyn Attribution, person: PersonId) -> usize {
    let is_own = |entry: &&FactEntry| persons(entry, attribution).contains(&person);
    let own = facts.values().filter(is_own).count();
    let of_person = PERSON_FACTS_MAX.saturating_sub(own);
    of_person.min(DOCUMENT_FACTS_MAX.saturating_sub(facts.len()))
}

/// The depth of every well-formed fact: the length of the longest chain of facts below it. Facts in a circle have none.
fn in_order(facts: &Facts) -> BTreeMap<FactId, u32> {
    let known = |fact: &Fact| -> BTreeSet<FactId> {
        let here = |id: &&FactId| facts.get(*id).is_some_and(|entry| entry.fact.is_some());
        fact.after.iter().filter(here).copied().collect()
    };
    let mut waits: BTreeMap<FactId, usize> = BTreeMap::new();
    let mut followers: BTreeMap<FactId, Vec<FactId>> = BTreeMap::new();
    for entry in facts.values() {
        let Some(fact) = &entry.fact else { continue };
        let below = known(fact);
        waits.insert(entry.id, below.len());
        for id in below {
            followers.entry(id).or_default().push(entry.id);
        }
    }
    let mut ready: VecDeque<FactId> = waits
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(id, _)| *id)
        .collect();
    let mut depths: BTreeMap<FactId, u32> = ready.iter().map(|id| (*id, 0)).collect();
    let mut done: BTreeMap<FactId, u32> = BTreeMap::new();
    while let Some(id) = ready.pop_front() {
        let depth = depths.remove(&id).unwrap_or(0);
        done.insert(id, depth);
        for follower in followers.get(&id).into_iter().flatten() {
            let deepest = depths.entry(*follower).or_default();
            *deepest = (*deepest).max(depth + 1);
            let Some(count) = waits.get_mut(follower) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                ready.push_back(*follower);
            }
        }
    }
    done
}

/// For each counted fact the counted facts it follows, also through facts that do not count.
fn pasts(facts: &Facts, sorted: &[(u32, FactId)], places: &BTreeMap<FactId, usize>) -> Vec<Row> {
    let words = places.len().div_ceil(64);
    let none: Row = vec![0; words].into();
    let mut rows: BTreeMap<FactId, Row> = BTreeMap::new();
    let mut counted = vec![Rc::clone(&none); places.len()];
    for (_, id) in sorted {
        let after = facts
            .get(id)
            .and_then(|entry| entry.fact.as_ref())
            .map_or(&[][..], |fact| fact.after.as_slice());
        let row = union(after, &rows, places, &none);
        if let Some(place) = places.get(id) {
            counted[*place] = Rc::clone(&row);
        }
        rows.insert(*id, row);
    }
    counted
}

/// What those in `after` follow, and they themselves. A fact that does not count and has one parent shares its row.
fn union(
    after: &[FactId],
    rows: &BTreeMap<FactId, Row>,
    places: &BTreeMap<FactId, usize>,
    none: &Row,
) -> Row {
    let known: Vec<(&FactId, &Row)> = after
        .iter()
        .filter_map(|id| rows.get(id).map(|row| (id, row)))
        .collect();
    match known.as_slice() {
        [] => return Rc::clone(none),
        [(id, row)] if !places.contains_key(id) => return Rc::clone(row),
        _ => {}
    }
    let mut all = vec![0_u64; none.len()];
    for (id, row) in known {
        for (word, more) in all.iter_mut().zip(row.iter()) {
            *word |= more;
        }
        if let Some(place) = places.get(id) {
            all[place / 64] |= 1 << (place % 64);
        }
    }
    all.into()
}
