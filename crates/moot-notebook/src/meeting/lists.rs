//! The agenda and the actions of a meeting as lists, with what was carried into it. Owns their order.

use std::collections::{BTreeMap, BTreeSet};

use super::carried::{CarriedAction, CarriedItem, answer};
use super::{Action, ActionState, Carried, Item, ItemStanding, MeetingState};
use crate::fact::meeting::ItemKind;
use crate::id::{DocId, FactId, PersonId};

/// One line of an agenda, carried items included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgendaRow {
    /// The item.
    pub id: FactId,
    /// Its words; all of them, while they differ.
    pub text: String,
    /// What it is for.
    pub kind: ItemKind,
    /// Its minutes.
    pub minutes: Option<u32>,
    /// How it stands.
    pub standing: ItemStanding,
    /// The meeting it comes from; none for one proposed in this meeting.
    pub from: Option<DocId>,
    /// Who proposed it, where that was here.
    pub by: BTreeSet<PersonId>,
    /// The sittings that discussed it.
    pub discussed_in: BTreeSet<FactId>,
}

impl MeetingState {
    /// The agenda with what was carried into it: in its order, then what was carried, then what was proposed here; those
    /// skipped after these, the backlog last. Dropped items are not on it.
    #[must_use]
    pub fn agenda(&self, carried: &Carried) -> Vec<AgendaRow> {
        let ranks: BTreeMap<FactId, usize> = self
            .order
            .shown()
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(rank, id)| (*id, rank))
            .collect();
        let ids: BTreeSet<FactId> = self
            .items
            .keys()
            .chain(carried.items.keys())
            .copied()
            .collect();
        let mut rows: Vec<(_, AgendaRow)> = ids
            .into_iter()
            .filter_map(|id| agenda_row(id, self.items.get(&id), carried.items.get(&id)))
            .filter(|row| row.standing != ItemStanding::Dropped)
            .map(|row| {
                let group = match row.standing {
                    ItemStanding::Backlog => 2,
                    ItemStanding::Skipped => 1,
                    _ => 0,
                };
                let rank = ranks.get(&row.id).copied().unwrap_or(usize::MAX);
                let carried = carried.items.get(&row.id);
                let place = carried
                    .map(|item| item.seq)
                    .or_else(|| self.items.get(&row.id).map(|item| item.place));
                ((group, rank, carried.is_none(), place, row.id), row)
            })
            .collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, row)| row).collect()
    }

    /// The actions carried into this meeting, then those noted in it in their order; done and dropped ones of this meeting
    /// included.
    #[must_use]
    pub fn actions_with(&self, carried: &Carried) -> Vec<ActionRow> {
        let ids: BTreeSet<FactId> = self
            .actions
            .keys()
            .chain(carried.actions.keys())
            .copied()
            .collect();
        let mut rows: Vec<(_, ActionRow)> = ids
            .into_iter()
            .filter_map(|id| {
                let (here, left) = (self.actions.get(&id), carried.actions.get(&id));
                let place = left.map(|one| one.seq).or(here.map(|one| one.place));
                Some(((left.is_none(), place, id), action_row(id, here, left)?))
            })
            .collect();
        rows.sort_by_key(|(key, _)| *key);
        rows.into_iter().map(|(_, row)| row).collect()
    }
}

impl AgendaRow {
    /// The row of an item that was taken off, for acts that name it.
    pub(crate) fn dropped(id: FactId) -> Self {
        Self {
            id,
            text: String::new(),
            kind: ItemKind::Report,
            minutes: None,
            standing: ItemStanding::Dropped,
            from: None,
            by: BTreeSet::new(),
            discussed_in: BTreeSet::new(),
        }
    }
}

/// One action, of this meeting or carried into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionRow {
    /// The action.
    pub id: FactId,
    /// What is to be done.
    pub text: String,
    /// Who said yes.
    pub owners: BTreeSet<PersonId>,
    /// Who was asked and has not answered.
    pub asked: BTreeSet<PersonId>,
    /// What became of it.
    pub state: ActionState,
    /// The meeting it comes from; none for one of this meeting.
    pub from: Option<DocId>,
}

fn agenda_row(id: FactId, here: Option<&Item>, carried: Option<&CarriedItem>) -> Option<AgendaRow> {
    let words = here
        .filter(|item| !item.text.values.is_empty())
        .map(|item| {
            let all: Vec<&str> = item
                .text
                .values
                .iter()
                .map(|value| value.value.as_str())
                .collect();
            all.join(" / ")
        });
    let left = carried.map(|item| {
        if item.backlog {
            ItemStanding::Backlog
        } else {
            ItemStanding::Carried
        }
    });
    let kind = here.and_then(|item| item.kind.shown()).copied();
    Some(AgendaRow {
        id,
        text: words.or_else(|| carried.map(|item| item.text.clone()))?,
        kind: kind
            .or(carried.map(|item| item.kind))
            .unwrap_or(ItemKind::Report),
        minutes: here
            .and_then(|item| item.minutes.shown().copied())
            .or_else(|| carried.and_then(|item| item.minutes)),
        standing: here
            .and_then(|item| item.standing)
            .or(left)
            .unwrap_or(ItemStanding::Carried),
        from: carried.map(|item| item.from),
        by: here.map(|item| item.by.clone()).unwrap_or_default(),
        discussed_in: here
            .map(|item| item.discussed_in.clone())
            .unwrap_or_default(),
    })
}

fn action_row(
    id: FactId,
    here: Option<&Action>,
    carried: Option<&CarriedAction>,
) -> Option<ActionRow> {
    let own_words = here
        .and_then(|action| action.text.as_ref())
        .map(|line| line.as_str().to_owned());
    let mut both = carried.cloned();
    if let (Some(both), Some(action)) = (&mut both, here) {
        answer(both, (&action.owners, &action.asked, &action.released));
    }
    let (owners, asked) = match (&both, here) {
        (Some(both), _) => (both.owners.clone(), both.asked.clone()),
        (None, Some(action)) => (action.owners.clone(), action.asked.clone()),
        (None, None) => return None,
    };
    Some(ActionRow {
        id,
        text: own_words.or_else(|| carried.map(|action| action.text.clone()))?,
        owners,
        asked,
        state: here
            .and_then(|action| action.state)
            .unwrap_or(ActionState::Open),
        from: carried.map(|action| action.from),
    })
}
