//! Who asked for the floor in a sitting, and in which order they get it. Owns the order; it is not in the minutes.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{canonical, canonical_number};
use crate::fact::Line;
use crate::fact::meeting::{QueueKind, QueueRule};
use crate::id::{FactId, PersonId};
use crate::state::ledger::Ledger;

/// Where an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryState {
    /// Waiting.
    Waiting,
    /// Its person has or had the floor.
    Taken,
    /// Its person asks no longer.
    Left,
}

/// One person's asking for the floor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueEntry {
    /// The fact that asks.
    pub id: FactId,
    /// Who asks.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// Why.
    pub kind: QueueKind,
    /// To say what.
    pub note: Option<Line>,
    /// Where it is.
    pub state: EntryState,
}

canonical_number!(EntryState { Waiting = 0, Taken = 1, Left = 2 });
canonical!(QueueEntry {
    id,
    by,
    at_ms,
    kind,
    note,
    state
});

/// An entry while the facts are gathered.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) entry: QueueEntry,
    pub(super) left: bool,
    pub(super) taken: bool,
}

/// How urgent a kind is: smaller goes first.
const fn urgency(kind: QueueKind) -> u8 {
    match kind {
        QueueKind::Order => 0,
        QueueKind::Question => 1,
        QueueKind::Reply => 2,
        QueueKind::Topic => 3,
    }
}

/// The entries in the order of the queue; those that wait no longer come first, as they were asked.
pub(super) fn in_order(
    askings: Vec<Asking>,
    rule: QueueRule,
    ledger: &Ledger<'_>,
) -> Vec<QueueEntry> {
    let settle = |asking: Asking| QueueEntry {
        state: match (asking.left, asking.taken) {
            (true, _) => EntryState::Left,
            (false, true) => EntryState::Taken,
            (false, false) => EntryState::Waiting,
        },
        ..asking.entry
    };
    let mut entries: Vec<QueueEntry> = askings.into_iter().map(settle).collect();
    let mut turns: BTreeMap<BTreeSet<PersonId>, u32> = BTreeMap::new();
    for entry in &entries {
        if entry.state == EntryState::Taken {
            *turns.entry(entry.by.clone()).or_default() += 1;
        }
    }
    entries.sort_by_cached_key(|entry| {
        let place = ledger.place(entry.id);
        let heard = match rule {
            QueueRule::LeastHeard => turns.get(&entry.by).copied().unwrap_or(0),
            QueueRule::AsAsked => 0,
        };
        match entry.state {
            EntryState::Waiting => (1, urgency(entry.kind), heard, place),
            EntryState::Taken | EntryState::Left => (0, 0, 0, place),
        }
    });
    entries
}
