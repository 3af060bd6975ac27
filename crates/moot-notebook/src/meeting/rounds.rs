//! Rounds: everyone once, in turn, and anyone may pass. Owns who took their turn; absent people may answer later.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::canonical;
use crate::fact::meeting::{RoundKind, RoundTurn};
use crate::fact::{Line, Paragraph};
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};

/// One person's turn, taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How.
    pub turn: RoundTurn,
    /// What they said, if it is kept.
    pub text: Option<Paragraph>,
    /// What their clock said.
    pub at_ms: i64,
}

/// One round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Round {
    /// The fact that opened it.
    pub id: FactId,
    /// Who opened it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// What for.
    pub kind: RoundKind,
    /// On what.
    pub text: Line,
    /// In which sitting.
    pub sitting: Option<FactId>,
    /// On which item.
    pub item: Option<FactId>,
    /// Who took their turn.
    pub turns: BTreeMap<PersonId, Taken>,
    /// Whether somebody said it is over. Turns still count.
    pub closed: bool,
}

canonical!(Taken { turn, text, at_ms });
canonical!(Round {
    id,
    by,
    at_ms,
    kind,
    text,
    sitting,
    item,
    turns,
    closed
});

impl Round {
    /// The order in which `people` speak: by their ids, from a starting point that differs from round to round.
    #[must_use]
    pub fn order(&self, people: &BTreeSet<PersonId>) -> Vec<PersonId> {
        let mut order: Vec<PersonId> = people.iter().copied().collect();
        if let Some(start) = usize::from(self.id.0[0]).checked_rem(order.len()) {
            order.rotate_left(start);
        }
        order
    }
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    rounds: Vec<Round>,
    turns: BTreeMap<FactId, BTreeMap<PersonId, BTreeMap<FactId, Taken>>>,
    closed: BTreeSet<FactId>,
}

impl Gathered {
    pub(super) fn open(&mut self, round: Round) {
        self.rounds.push(round);
    }

    pub(super) fn turn(
        &mut self,
        said: &Said<'_>,
        round: FactId,
        turn: RoundTurn,
        text: Option<&Paragraph>,
    ) {
        let turns = self.turns.entry(round).or_default();
        for person in &said.by {
            let taken = Taken {
                turn,
                text: text.cloned(),
                at_ms: said.at_ms,
            };
            turns.entry(*person).or_default().insert(said.id, taken);
        }
    }

    pub(super) fn close(&mut self, round: FactId) {
        self.closed.insert(round);
    }

    /// The later turn of a person supersedes; of two devices' the one by the smaller id is shown.
    pub(super) fn finish(mut self, ledger: &Ledger<'_>) -> Vec<Round> {
        for round in &mut self.rounds {
            round.closed = self.closed.contains(&round.id);
            for (person, own) in self.turns.remove(&round.id).unwrap_or_default() {
                let latest = ledger.latest(own.keys());
                if let Some(taken) = latest.iter().find_map(|fact| own.get(fact)) {
                    round.turns.insert(person, taken.clone());
                }
            }
        }
        self.rounds
    }
}
