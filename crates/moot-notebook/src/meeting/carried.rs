//! What one meeting leaves to the next of its series: open items, open actions, and notes for the next holders.
//!
//! Owns the small rows a store keeps of each meeting, and the fold over those of earlier ones. Nothing is copied: a carried item is the item it was.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, ActionState, Item, ItemStanding, MeetingState};
use crate::canon::{bytes_of, canonical};
use crate::fact::Line;
use crate::fact::meeting::ItemKind;
use crate::id::{DocId, FactId, PersonId};
use crate::rota::reading::Reading;

/// What a meeting says of an item that outlives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemTrace {
    /// The item.
    pub item: FactId,
    /// Its words, where this meeting says them.
    pub text: Option<String>,
    /// What it is for, likewise; a number as in facts.
    pub kind: Option<u32>,
    /// Its minutes, likewise.
    pub minutes: Option<u32>,
    /// Whether nothing is left to do about it.
    pub closed: bool,
    /// Whether it is kept for some other time. None where this meeting does not say.
    pub backlog: Option<bool>,
}

/// What a meeting says of an action that outlives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActionTrace {
    /// The action.
    pub action: FactId,
    /// What is to be done, where this meeting says it.
    pub text: Option<String>,
    /// Who said yes here.
    pub owners: BTreeSet<PersonId>,
    /// Who was asked here and has not answered.
    pub asked: BTreeSet<PersonId>,
    /// Who said no here, or no longer.
    pub released: BTreeSet<PersonId>,
    /// Whether it is done or dropped. None where this meeting does not say.
    pub closed: Option<bool>,
}

/// What the last holders of a role left for the next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteTrace {
    /// The role.
    pub role: String,
    /// Who left the note.
    pub by: BTreeSet<PersonId>,
    /// The note.
    pub text: String,
}

/// All that a meeting leaves to later ones: the row that a store keeps of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Traces {
    /// Items.
    pub items: Vec<ItemTrace>,
    /// Actions.
    pub actions: Vec<ActionTrace>,
    /// Notes.
    pub notes: Vec<NoteTrace>,
}

canonical!(ItemTrace {
    item,
    text,
    kind,
    minutes,
    closed,
    backlog
});
canonical!(ActionTrace {
    action,
    text,
    owners,
    asked,
    released,
    closed
});
canonical!(NoteTrace { role, by, text });
canonical!(Traces {
    items,
    actions,
    notes
});

impl Traces {
    /// What `meeting` leaves.
    #[must_use]
    pub fn of(meeting: &MeetingState) -> Self {
        let words = |item: &Item| item.text.shown().map(|line| line.as_str().to_owned());
        // What is only planned has left nothing yet.
        let is_over = !meeting.sittings.is_empty() || meeting.cancelled;
        let item_trace = |(id, item): (&FactId, &Item)| {
            let closed = item.standing.is_some_and(ItemStanding::is_closed);
            // One that came and went here concerns nobody later.
            let outlives = !item.here || (is_over && !closed);
            outlives.then(|| ItemTrace {
                item: *id,
                text: words(item),
                kind: item.kind.shown().map(|kind| kind.number()),
                minutes: item.minutes.shown().copied(),
                closed,
                backlog: item.standing.map(|now| now == ItemStanding::Backlog),
            })
        };
        let action_trace = |(id, action): (&FactId, &Action)| {
            let closed = action.state.map(|state| state != ActionState::Open);
            let outlives = !(action.text.is_some() && closed == Some(true));
            outlives.then(|| ActionTrace {
                action: *id,
                text: action.text.as_ref().map(|line| line.as_str().to_owned()),
                owners: action.owners.clone(),
                asked: action.asked.clone(),
                released: action.released.clone(),
                closed,
            })
        };
        let mut ordered: Vec<(&FactId, &Item)> = meeting.items.iter().collect();
        ordered.sort_by_key(|(id, item)| (item.place, **id));
        let mut actions: Vec<(&FactId, &Action)> = meeting.actions.iter().collect();
        actions.sort_by_key(|(id, action)| (action.place, **id));
        Self {
            items: ordered.into_iter().filter_map(item_trace).collect(),
            actions: actions.into_iter().filter_map(action_trace).collect(),
            notes: notes_of(meeting),
        }
    }

    /// Whether there is nothing to keep.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty() && self.actions.is_empty() && self.notes.is_empty()
    }

    /// The bytes a store keeps. Equal traces give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        bytes_of(self)
    }

    /// Reads what [`Self::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reading = Reading::new(bytes);
        reading.array(3)?;
        let traces = Self {
            items: reading.list(|row| {
                row.array(6)?;
                Some(ItemTrace {
                    item: FactId(row.exact()?),
                    text: row.optional(Reading::text)?,
                    kind: row.optional(Reading::number)?,
                    minutes: row.optional(Reading::number)?,
                    closed: row.truth()?,
                    backlog: row.optional(Reading::truth)?,
                })
            })?,
            actions: reading.list(|row| {
                row.array(6)?;
                Some(ActionTrace {
                    action: FactId(row.exact()?),
                    text: row.optional(Reading::text)?,
                    owners: row.persons()?,
                    asked: row.persons()?,
                    released: row.persons()?,
                    closed: row.optional(Reading::truth)?,
                })
            })?,
            notes: reading.list(|row| {
                row.array(3)?;
                Some(NoteTrace {
                    role: row.text()?,
                    by: row.persons()?,
                    text: row.text()?,
                })
            })?,
        };
        reading.is_at_end().then_some(traces)
    }
}

/// The last note of each role.
fn notes_of(meeting: &MeetingState) -> Vec<NoteTrace> {
    let note = |(name, role): (&Line, &crate::state::roles::Role)| {
        let last = role.notes.last()?;
        Some(NoteTrace {
            role: name.as_str().to_owned(),
            by: last.by.clone(),
            text: last.text.as_str().to_owned(),
        })
    };
    meeting.roles.0.iter().filter_map(note).collect()
}

/// An item that earlier meetings left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedItem {
    /// The meeting that left it last.
    pub from: DocId,
    /// Its words.
    pub text: String,
    /// What it is for.
    pub kind: ItemKind,
    /// Its minutes.
    pub minutes: Option<u32>,
    /// Whether it is kept for some other time.
    pub backlog: bool,
    /// The order in which items were left.
    pub seq: u32,
}

/// An action that earlier meetings left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedAction {
    /// The meeting that left it last.
    pub from: DocId,
    /// What is to be done.
    pub text: String,
    /// Who said yes.
    pub owners: BTreeSet<PersonId>,
    /// Who was asked and has not answered.
    pub asked: BTreeSet<PersonId>,
    /// The order in which actions were left.
    pub seq: u32,
}

/// All that the earlier meetings of a series leave to one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Carried {
    /// Items that are neither done nor dropped.
    pub items: BTreeMap<FactId, CarriedItem>,
    /// Actions that are neither done nor dropped.
    pub actions: BTreeMap<FactId, CarriedAction>,
    /// For each role the last note that was left for its next holder.
    pub notes: BTreeMap<String, NoteTrace>,
}

impl Carried {
    /// Folds the traces of the earlier meetings of a series, the earliest first.
    #[must_use]
    pub fn from_earlier<'t>(earlier: impl IntoIterator<Item = (DocId, &'t Traces)>) -> Self {
        let mut carried = Self::default();
        let mut seq = 0;
        for (from, traces) in earlier {
            for trace in &traces.items {
                carried.take_item(from, trace, &mut seq);
            }
            for trace in &traces.actions {
                carried.take_action(from, trace, &mut seq);
            }
            for note in &traces.notes {
                carried.notes.insert(note.role.clone(), note.clone());
            }
        }
        carried
    }

    fn take_item(&mut self, from: DocId, trace: &ItemTrace, seq: &mut u32) {
        if trace.closed {
            self.items.remove(&trace.item);
            return;
        }
        let kind = trace.kind.and_then(ItemKind::from_number);
        if let Some(item) = self.items.get_mut(&trace.item) {
            item.from = from;
            item.kind = kind.unwrap_or(item.kind);
            item.minutes = trace.minutes.or(item.minutes);
            item.backlog = trace.backlog.unwrap_or(item.backlog);
            if let Some(text) = &trace.text {
                item.text.clone_from(text);
            }
            return;
        }
        // Something about an item nobody here has words for: it cannot be shown.
        let Some(text) = trace.text.clone() else {
            return;
        };
        let item = CarriedItem {
            from,
            text,
            kind: kind.unwrap_or(ItemKind::Report),
            minutes: trace.minutes,
            backlog: trace.backlog.unwrap_or(false),
            seq: *seq,
        };
        *seq = seq.saturating_add(1);
        self.items.insert(trace.item, item);
    }

    fn take_action(&mut self, from: DocId, trace: &ActionTrace, seq: &mut u32) {
        if trace.closed == Some(true) {
            self.actions.remove(&trace.action);
            return;
        }
        let known = self.actions.remove(&trace.action);
        let text = trace.text.clone();
        let Some(text) = text.or_else(|| known.as_ref().map(|action| action.text.clone())) else {
            return;
        };
        let mut action = known.unwrap_or_else(|| {
            *seq = seq.saturating_add(1);
            CarriedAction {
                from,
                text: String::new(),
                owners: BTreeSet::new(),
                asked: BTreeSet::new(),
                seq: *seq,
            }
        });
        action.from = from;
        action.text = text;
        answer(&mut action, (&trace.owners, &trace.asked, &trace.released));
        self.actions.insert(trace.action, action);
    }
}

pub(super) fn answer(
    action: &mut CarriedAction,
    (owners, asked, released): (
        &BTreeSet<PersonId>,
        &BTreeSet<PersonId>,
        &BTreeSet<PersonId>,
    ),
) {
    action.owners.extend(owners);
    action.asked.extend(asked);
    action.owners.retain(|person| !released.contains(person));
    let answered = |person: &PersonId| owners.contains(person) || released.contains(person);
    action.asked.retain(|person| !answered(person));
}
