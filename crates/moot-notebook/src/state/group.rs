//! What the group document says: the notebook's name, its purpose, and what people want to be called.
//! Owns those merge rules. Who is a member is the roster's, never this document's.

use std::collections::BTreeMap;

use super::slot::{Candidates, Slot, SlotValue};
use super::{Ignored, IgnoredWhy, NewerFact, persons};
use crate::attribution::Attribution;
use crate::fact::{FactBody, FactEntry, Facts};
use crate::id::PersonId;

/// Everything the group document says. Lists are ordered by fact id.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupState {
    /// What the notebook is called.
    pub name: Slot<String>,
    /// What the group is for. While two purposes compete, the older stays in the header.
    pub purpose: Slot<String>,
    /// What each person calls themself: several while two of their devices differ.
    pub names: BTreeMap<PersonId, Slot<String>>,
    /// Facts that do not count.
    pub ignored: Vec<Ignored>,
    /// Facts that a newer program wrote.
    pub newer: Vec<NewerFact>,
}

/// Works out what the group document says. Total: any facts give a state.
///
/// Nothing here lapses yet, so `as_of_ms` changes nothing; it is part of every state function.
#[must_use]
pub fn group_state(facts: &Facts, attribution: &dyn Attribution, _as_of_ms: i64) -> GroupState {
    let mut state = GroupState::default();
    let mut names = Candidates::new();
    let mut purposes = Candidates::new();
    let mut people: BTreeMap<PersonId, Candidates<String>> = BTreeMap::new();
    for entry in facts.values() {
        let by = persons(entry, attribution);
        let Some(fact) = &entry.fact else {
            state.ignored.push(Ignored {
                fact: entry.id,
                by,
                why: IgnoredWhy::Malformed,
            });
            continue;
        };
        let value = |text: &String| SlotValue {
            fact: entry.id,
            by: by.clone(),
            at_ms: fact.at_ms,
            value: text.clone(),
        };
        match &fact.body {
            FactBody::NotebookName { text } => {
                names.insert(entry.id, value(text));
            }
            FactBody::Purpose { text } => {
                purposes.insert(entry.id, value(text));
            }
            FactBody::ProfileName { .. } if by.is_empty() => {
                state.ignored.push(Ignored {
                    fact: entry.id,
                    by,
                    why: IgnoredWhy::NotTheirs,
                });
            }
            FactBody::ProfileName { text } => own_name(&mut people, entry, &value(text)),
            FactBody::Newer { tag } => state.newer.push(NewerFact {
                fact: entry.id,
                tag: *tag,
            }),
            _ => state.ignored.push(Ignored {
                fact: entry.id,
                by,
                why: IgnoredWhy::OutOfPlace,
            }),
        }
    }
    state.name = Slot::fill(facts, names);
    state.purpose = Slot::fill(facts, purposes);
    state.names = people
        .into_iter()
        .map(|(person, own)| (person, Slot::fill(facts, own)))
        .collect();
    state
}

/// Files a name under everyone who said it, as said by them alone.
fn own_name(
    people: &mut BTreeMap<PersonId, Candidates<String>>,
    entry: &FactEntry,
    value: &SlotValue<String>,
) {
    for person in &value.by {
        let own = SlotValue {
            by: [*person].into(),
            ..value.clone()
        };
        people.entry(*person).or_default().insert(entry.id, own);
    }
}
