//! What the group document says: the notebook's name, its purpose, what people want to be called, roles held for a
//! term, and what people wish about turns. Owns the rules of the first three. Who is a member is the roster's, never
//! this document's.

use std::collections::BTreeMap;

use super::ledger::{Ledger, Said};
use super::roles::{self, Roles};
use super::slot::{Candidates, Slot};
use super::wishes::{self, Wishes};
use super::{Ignored, IgnoredWhy, NewerFact};
use crate::attribution::Attribution;
use crate::fact::{FactBody, Facts};
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
    /// Who holds which role for a term.
    pub roles: Roles,
    /// What people said once for all meetings.
    pub wishes: Wishes,
    /// Facts that do not count.
    pub ignored: Vec<Ignored>,
    /// Facts that a newer program wrote.
    pub newer: Vec<NewerFact>,
}

/// Works out what the group document says. Total: any facts give a state.
///
/// `as_of_ms` decides what has lapsed: offers and terms.
#[must_use]
pub fn group_state(facts: &Facts, attribution: &dyn Attribution, as_of_ms: i64) -> GroupState {
    let mut ledger = Ledger::new(facts, attribution);
    let mut gathered = Gathered::default();
    let said = ledger.said().to_vec();
    for one in &said {
        if let Err(why) = gathered.take(one) {
            ledger.ignore(one.id, one.by.clone(), why);
        }
    }
    gathered.finish(ledger, as_of_ms)
}

#[derive(Default)]
struct Gathered {
    names: Candidates<String>,
    purposes: Candidates<String>,
    people: BTreeMap<PersonId, Candidates<String>>,
    roles: roles::Gathered,
    wishes: wishes::Gathered,
    newer: Vec<NewerFact>,
}

impl Gathered {
    fn take(&mut self, said: &Said<'_>) -> Result<(), IgnoredWhy> {
        match said.body {
            FactBody::NotebookName { text } => {
                self.names.insert(said.id, said.value(text.clone()));
            }
            FactBody::Purpose { text } => {
                self.purposes.insert(said.id, said.value(text.clone()));
            }
            FactBody::ProfileName { .. } if said.by.is_empty() => {
                return Err(IgnoredWhy::NotTheirs);
            }
            FactBody::ProfileName { text } => {
                for person in &said.by {
                    let own = self.people.entry(*person).or_default();
                    own.insert(said.id, said.own_value(*person, text.clone()));
                }
            }
            FactBody::Role(fact) => self.roles.take(said, fact)?,
            FactBody::Rota(fact) => self.wishes.take(said, fact),
            FactBody::Newer { tag } => self.newer.push(NewerFact {
                fact: said.id,
                tag: *tag,
            }),
            _ => return Err(IgnoredWhy::OutOfPlace),
        }
        Ok(())
    }

    fn finish(mut self, mut ledger: Ledger<'_>, as_of_ms: i64) -> GroupState {
        let roles = self.roles.finish(&mut ledger, &[], as_of_ms);
        ledger.ignored.sort();
        self.newer.sort();
        GroupState {
            name: ledger.slot(self.names),
            purpose: ledger.slot(self.purposes),
            names: self
                .people
                .into_iter()
                .map(|(person, own)| (person, ledger.slot(own)))
                .collect(),
            roles,
            wishes: self.wishes.finish(&ledger),
            ignored: ledger.ignored,
            newer: self.newer,
        }
    }
}
