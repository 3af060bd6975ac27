//! State as people read it: the minutes of a meeting, what needs somebody, and what happened while apart.
//!
//! Owns words and order, never a rule: everything here follows from states. Names of people and local times come in as
//! functions, for this crate knows neither.

mod digest;
mod inbox;
mod minutes;

#[cfg(test)]
mod tests;

use crate::id::PersonId;

pub use digest::apart_sentence;
pub use inbox::{
    InboxItem, InboxKind, Needs, group_inbox, meeting_inbox, meeting_reviews, same_titled,
};
pub use minutes::minutes_markdown;

/// What a view needs to know from outside.
#[derive(Clone, Copy)]
pub struct Eyes<'e> {
    /// What a person is called.
    pub name_of: &'e dyn Fn(PersonId) -> String,
    /// A moment as the clocks of a zone show it, by the zone's IANA name.
    pub time_of: &'e dyn Fn(i64, &str) -> String,
}

impl Eyes<'_> {
    /// Several people, by name, in the order of their names.
    pub(crate) fn names<'p>(&self, people: impl IntoIterator<Item = &'p PersonId>) -> Vec<String> {
        let mut names: Vec<String> = people.into_iter().map(|one| (self.name_of)(*one)).collect();
        names.sort();
        names
    }
}
