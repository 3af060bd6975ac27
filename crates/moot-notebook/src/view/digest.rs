//! What happened while we were apart, in a sentence, each part of it openable. Owns the sentence and what counts as new.

use std::collections::BTreeSet;

use super::inbox::{InboxItem, Needs};
use crate::attribution::Attribution;
use crate::fact::Facts;
use crate::id::{DocId, FactId, PersonId};

/// A fact that came from others and needs nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietFact {
    /// The document it is in.
    pub doc: DocId,
    /// The fact.
    pub fact: FactId,
    /// Who said it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
}

/// What others said in a document that is not among what `seen` is, or follows: `seen` are the fact heads as they were
/// when we parted.
#[must_use]
pub fn quiet_since(
    doc: DocId,
    facts: &Facts,
    seen: &BTreeSet<FactId>,
    viewer: PersonId,
    attribution: &dyn Attribution,
) -> Vec<QuietFact> {
    let mut known = crate::state::followed_by(facts, seen.iter().copied());
    known.extend(seen);
    let new = facts.values().filter(|entry| !known.contains(&entry.id));
    let quiet = |entry: &crate::fact::FactEntry| {
        let by = crate::state::persons(entry, attribution);
        let fact = entry.fact.as_ref()?;
        let others = by.is_empty() || by.iter().any(|person| *person != viewer);
        others.then_some(QuietFact {
            doc,
            fact: entry.id,
            by,
            at_ms: fact.at_ms,
        })
    };
    new.filter_map(quiet).collect()
}

/// The digest on coming back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApartDigest {
    /// How long we were apart.
    pub apart_ms: i64,
    /// What needs the viewer, and what needs settling.
    pub open: Vec<InboxItem>,
    /// What merged without needing anybody.
    pub quiet: Vec<QuietFact>,
}

impl ApartDigest {
    /// Puts it together: what already stands in the inbox is not counted as quiet.
    #[must_use]
    pub fn new(apart_ms: i64, open: Vec<InboxItem>, mut quiet: Vec<QuietFact>) -> Self {
        let counted: BTreeSet<FactId> = open.iter().map(|item| item.id).collect();
        quiet.retain(|fact| !counted.contains(&fact.fact));
        Self {
            apart_ms,
            open,
            quiet,
        }
    }

    /// How many things need the viewer.
    #[must_use]
    pub fn needs_you(&self) -> usize {
        self.count(Needs::You)
    }

    /// How many things need settling.
    #[must_use]
    pub fn needs_settling(&self) -> usize {
        self.count(Needs::Settling)
    }

    /// "Apart 3 days. 2 things need you, 1 needs settling, 14 merged quietly."
    #[must_use]
    pub fn sentence(&self) -> String {
        let need = |count: usize| if count == 1 { "needs" } else { "need" };
        let things = |count: usize| if count == 1 { "thing" } else { "things" };
        let (you, settling) = (self.needs_you(), self.needs_settling());
        format!(
            "Apart {}. {you} {} {} you, {settling} {} settling, {} merged quietly.",
            span(self.apart_ms),
            things(you),
            need(you),
            need(settling),
            self.quiet.len()
        )
    }

    fn count(&self, needs: Needs) -> usize {
        self.open
            .iter()
            .filter(|item| item.kind.needs() == needs)
            .count()
    }
}

/// A span of time in its largest unit, rounded down.
fn span(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    let (count, unit) = match minutes {
        0 => return "under a minute".to_owned(),
        1..60 => (minutes, "minute"),
        60..1_440 => (minutes / 60, "hour"),
        _ => (minutes / 1_440, "day"),
    };
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
