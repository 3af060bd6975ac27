//! Who says they come, are here, or have left. Owns each person's own word; nobody says it for another, and nothing
//! that the network noticed counts.

use std::collections::BTreeMap;

use crate::canon::canonical;
use crate::fact::meeting::Attendance;
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};

/// What one person says of their attendance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attended {
    /// Of the meeting as a whole.
    pub overall: Option<Attendance>,
    /// Of each sitting.
    pub sittings: BTreeMap<FactId, Attendance>,
}

canonical!(Attended { overall, sittings });

impl Attended {
    /// Whether they were there, at whatever time: at one sitting is enough.
    #[must_use]
    pub fn came(&self) -> bool {
        let there = |status: &Attendance| matches!(status, Attendance::Present | Attendance::Left);
        self.sittings.values().any(there) || self.overall.as_ref().is_some_and(there)
    }

    /// The one word for it: being there outweighs having left, and a sitting the meeting as a whole.
    #[must_use]
    pub fn shown(&self) -> Option<Attendance> {
        let said = |status| self.sittings.values().any(|own| *own == status);
        let there = [Attendance::Present, Attendance::Left];
        let there = there.into_iter().find(|status| said(*status));
        there
            .or(self.overall)
            .or_else(|| self.sittings.values().next().copied())
    }

    /// Whether they said they would come.
    #[must_use]
    pub fn available(&self) -> bool {
        self.overall == Some(Attendance::Available)
    }

    /// Whether they said they would not come, and did not.
    #[must_use]
    pub fn regrets(&self) -> bool {
        let no = |status: &Attendance| *status == Attendance::Regrets;
        !self.came() && (self.overall.as_ref().is_some_and(no) || self.sittings.values().any(no))
    }
}

/// What was said: person, then sitting or the meeting as a whole.
type Own = BTreeMap<Option<FactId>, BTreeMap<FactId, Attendance>>;

#[derive(Debug, Default)]
pub(super) struct Gathered(BTreeMap<PersonId, Own>);

impl Gathered {
    pub(super) fn take(&mut self, said: &Said<'_>, status: Attendance, sitting: Option<FactId>) {
        for person in &said.by {
            let own = self.0.entry(*person).or_default();
            own.entry(sitting).or_default().insert(said.id, status);
        }
    }

    /// Of two of my devices that differ, the more restrictive holds.
    pub(super) fn finish(self, ledger: &Ledger<'_>) -> BTreeMap<PersonId, Attended> {
        let holds = |own: &BTreeMap<FactId, Attendance>| {
            let latest = ledger.latest(own.keys());
            latest
                .iter()
                .filter_map(|fact| own.get(fact))
                .max()
                .copied()
        };
        let attended = |own: Own| {
            let mut attended = Attended::default();
            for (sitting, own) in own {
                match (sitting, holds(&own)) {
                    (None, status) => attended.overall = status,
                    (Some(sitting), Some(status)) => {
                        attended.sittings.insert(sitting, status);
                    }
                    (Some(_), None) => {}
                }
            }
            attended
        };
        self.0
            .into_iter()
            .map(|(person, own)| (person, attended(own)))
            .collect()
    }
}
