//! What somebody is to do. Owns who owns an action: only who said yes. One that nobody owns is shown as such.

use std::collections::{BTreeMap, BTreeSet};

use crate::canon::{canonical, canonical_number};
use crate::fact::meeting::{ActionMark, Answer};
use crate::fact::{Line, MeetingFact};
use crate::id::{FactId, PersonId};
use crate::state::ledger::{Ledger, Said};

/// What became of an action. Open outweighs closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ActionState {
    /// To be done.
    Open,
    /// Done.
    Done,
    /// Nobody will do it.
    Dropped,
}

impl ActionState {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Done => "done",
            Self::Dropped => "dropped",
        }
    }
}

/// One action.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Action {
    /// Who noted it, where that was in this meeting.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// The order in which actions were noted here.
    pub place: u32,
    /// What is to be done: none for one carried here.
    pub text: Option<Line>,
    /// In which sitting.
    pub sitting: Option<FactId>,
    /// On which item.
    pub item: Option<FactId>,
    /// Who was asked and has not answered.
    pub asked: BTreeSet<PersonId>,
    /// Who said yes.
    pub owners: BTreeSet<PersonId>,
    /// Who said no, or no longer: they own it no more, also where an earlier meeting says so.
    pub released: BTreeSet<PersonId>,
    /// What became of it. None where nothing here says.
    pub state: Option<ActionState>,
}

canonical_number!(ActionState { Open = 0, Done = 1, Dropped = 2 });
canonical!(Action {
    by,
    at_ms,
    place,
    text,
    sitting,
    item,
    asked,
    owners,
    released,
    state
});

#[derive(Debug, Default)]
struct About {
    action: Action,
    offers: Vec<(FactId, PersonId)>,
    answers: BTreeMap<PersonId, BTreeMap<FactId, Answer>>,
    marks: BTreeMap<FactId, ActionState>,
}

#[derive(Debug, Default)]
pub(super) struct Gathered(BTreeMap<FactId, About>);

impl Gathered {
    pub(super) fn take(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::ActionAdded {
                text,
                sitting,
                item,
            } => {
                let about = self.0.entry(said.id).or_default();
                about.action = Action {
                    by: said.by.clone(),
                    at_ms: said.at_ms,
                    text: Some(text.clone()),
                    sitting: *sitting,
                    item: *item,
                    ..Action::default()
                };
                about.marks.insert(said.id, ActionState::Open);
            }
            MeetingFact::ActionOffered { action, to } => {
                let about = self.0.entry(*action).or_default();
                about.offers.push((said.id, *to));
            }
            MeetingFact::ActionAnswered { action, answer } => {
                let about = self.0.entry(*action).or_default();
                for person in &said.by {
                    let own = about.answers.entry(*person).or_default();
                    own.insert(said.id, *answer);
                }
            }
            MeetingFact::ActionMarked { action, mark } => {
                let state = match mark {
                    ActionMark::Done => ActionState::Done,
                    ActionMark::Dropped => ActionState::Dropped,
                    ActionMark::Reopened => ActionState::Open,
                };
                let about = self.0.entry(*action).or_default();
                about.marks.insert(said.id, state);
            }
            _ => {}
        }
    }

    /// `step_backs` are everybody's steps back from roles of this meeting.
    pub(super) fn finish(
        self,
        ledger: &Ledger<'_>,
        step_backs: &BTreeMap<PersonId, Vec<FactId>>,
    ) -> BTreeMap<FactId, Action> {
        self.0
            .into_iter()
            .map(|(id, about)| {
                let place = u32::try_from(ledger.place(id)).unwrap_or(u32::MAX);
                let action = about.finish(ledger, step_backs);
                (id, Action { place, ..action })
            })
            .collect()
    }
}

impl About {
    fn finish(
        mut self,
        ledger: &Ledger<'_>,
        step_backs: &BTreeMap<PersonId, Vec<FactId>>,
    ) -> Action {
        // Who walked away while somebody else, who did not know, handed them this.
        let walked_away = |person: PersonId, fact: FactId| {
            let backs = step_backs.get(&person).into_iter().flatten();
            backs.into_iter().any(|back| ledger.concurrent(*back, fact))
        };
        for (person, own) in &self.answers {
            let latest = ledger.latest(own.keys());
            let accepts = latest
                .iter()
                .all(|fact| own.get(fact) == Some(&Answer::Accept) && !walked_away(*person, *fact));
            if accepts {
                self.action.owners.insert(*person);
            } else {
                self.action.released.insert(*person);
            }
        }
        for (offer, to) in &self.offers {
            if !self.answers.contains_key(to) && !walked_away(*to, *offer) {
                self.action.asked.insert(*to);
            }
        }
        let latest = ledger.latest(self.marks.keys());
        self.action.state = latest
            .iter()
            .filter_map(|fact| self.marks.get(fact))
            .min()
            .copied();
        self.action
    }
}
