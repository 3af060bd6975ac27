//! Who says they come, are here, or have left. Owns each person's own word; nobody says it for another, and nothing
//! that the network noticed counts.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::canonical;
use crate::fact::meeting::Attendance;
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};

/// What one person says of their attendance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Attended {
    /// Of the meeting as a whole.
    pub overall: Option<Attendance>,
    /// Of each sitting; what was said ahead of the first sitting counts for it.
    pub sittings: BTreeMap<FactId, Attendance>,
}

canonical!(Attended { overall, sittings });

impl Attended {
    /// Whether they were there, at whatever time: at one sitting is enough.
    #[must_use]
    pub fn came(&self) -> bool {
        self.sittings.values().copied().any(there) || self.overall.is_some_and(there)
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

    /// Of two of my devices that differ, the more restrictive holds. `openings` are the facts that opened a sitting.
    pub(super) fn finish(
        self,
        ledger: &Ledger<'_>,
        openings: &[FactId],
    ) -> BTreeMap<PersonId, Attended> {
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
            let ahead = own.get(&None).filter(|own| holds(own).is_some_and(there));
            let ahead = ahead.map(|own| ledger.latest(own.keys()));
            for (sitting, own) in own {
                match (sitting, holds(&own)) {
                    (None, status) => attended.overall = status,
                    (Some(sitting), Some(status)) => {
                        attended.sittings.insert(sitting, status);
                    }
                    (Some(_), None) => {}
                }
            }
            if let (Some(ahead), Some(status)) = (ahead, attended.overall) {
                let meant = begun_by(&ahead, openings, ledger);
                let named: Vec<FactId> = attended.sittings.keys().copied().collect();
                let at_another = |sitting| named.iter().any(|at| ledger.concurrent(*at, sitting));
                for sitting in meant.into_iter().filter(|one| !at_another(*one)) {
                    attended.sittings.entry(sitting).or_insert(status);
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

fn there(status: Attendance) -> bool {
    matches!(status, Attendance::Present | Attendance::Left)
}

/// The sittings that "I am here" means, said by somebody who knew of none: the first that was opened after it, or at the
/// same moment. It says nothing of later ones.
fn begun_by(ahead: &BTreeSet<FactId>, openings: &[FactId], ledger: &Ledger<'_>) -> Vec<FactId> {
    let pick = |is: &dyn Fn(FactId) -> bool| -> Vec<FactId> {
        openings.iter().copied().filter(|one| is(*one)).collect()
    };
    let after = pick(&|one| ahead.iter().any(|said| ledger.follows(one, *said)));
    let meant = if after.is_empty() {
        pick(&|one| ahead.iter().any(|said| ledger.concurrent(one, *said)))
    } else {
        after
    };
    let first = |one: &FactId| !meant.iter().any(|other| ledger.follows(*one, *other));
    meant.iter().copied().filter(first).collect()
}
