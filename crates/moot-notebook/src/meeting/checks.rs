//! Temperature checks: five words on one statement. Binds nobody; nothing is left of one unless somebody keeps it.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::canonical;
use crate::fact::Line;
use crate::fact::meeting::{CheckResult, Warmth};
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The fact that opened it.
    pub id: FactId,
    /// Who opened it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// What it is about.
    pub statement: Line,
    /// In which sitting.
    pub sitting: Option<FactId>,
    /// How each feels about it.
    pub answers: BTreeMap<PersonId, Warmth>,
    /// Whether somebody said it is over.
    pub closed: bool,
    /// Whether its counts go into the minutes.
    pub kept: bool,
}

canonical!(Check {
    id,
    by,
    at_ms,
    statement,
    sitting,
    answers,
    closed,
    kept
});

impl Check {
    /// How many gave each word, from hot to cold.
    #[must_use]
    pub fn counts(&self) -> [usize; 5] {
        let mut counts = [0; 5];
        for (word, count) in Warmth::ALL.iter().zip(&mut counts) {
            *count = self.answers.values().filter(|own| *own == word).count();
        }
        counts
    }
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    checks: Vec<Check>,
    answers: BTreeMap<FactId, BTreeMap<PersonId, BTreeMap<FactId, Warmth>>>,
    closings: BTreeMap<FactId, BTreeSet<CheckResult>>,
}

impl Gathered {
    pub(super) fn open(&mut self, check: Check) {
        self.checks.push(check);
    }

    pub(super) fn answer(&mut self, said: &Said<'_>, check: FactId, word: Warmth) {
        let answers = self.answers.entry(check).or_default();
        for person in &said.by {
            answers.entry(*person).or_default().insert(said.id, word);
        }
    }

    pub(super) fn close(&mut self, check: FactId, result: CheckResult) {
        self.closings.entry(check).or_default().insert(result);
    }

    /// Of two of my devices that differ, the cooler holds.
    pub(super) fn finish(mut self, ledger: &Ledger<'_>) -> Vec<Check> {
        for check in &mut self.checks {
            let closings = self.closings.get(&check.id);
            check.closed = closings.is_some();
            check.kept = closings.is_some_and(|results| results.contains(&CheckResult::Keep));
            for (person, own) in self.answers.remove(&check.id).unwrap_or_default() {
                let latest = ledger.latest(own.keys());
                if let Some(word) = latest.iter().filter_map(|fact| own.get(fact)).max() {
                    check.answers.insert(person, *word);
                }
            }
        }
        self.checks
    }
}
