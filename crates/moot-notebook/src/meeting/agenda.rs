//! What a meeting speaks of: items, what became of each, and their order.
//!
//! Owns the merge rule of items (open outweighs closed) and their words. What comes from earlier meetings is `carried`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::sittings::Sitting;
use crate::canon::{canonical, canonical_number};
use crate::fact::meeting::{ItemKind, ItemMark, ItemPlace};
use crate::fact::{Line, MeetingFact};
use crate::id::{FactId, PersonId};
use crate::state::Slot;
use crate::state::ledger::{Ledger, Said};
use crate::state::slot::Candidates;

/// How an item stands. Open outweighs closed: of several that hold at once, the first in this list is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ItemStanding {
    /// Being spoken of.
    Current,
    /// To be gone on with at the next meeting.
    Carried,
    /// Moved to the end.
    Skipped,
    /// Nothing is left to do.
    Done,
    /// On the agenda, by consent.
    Agreed,
    /// On the agenda, if the group agrees.
    Proposed,
    /// Kept for some other time.
    Backlog,
    /// Taken off.
    Dropped,
}

impl ItemStanding {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Carried => "carried",
            Self::Skipped => "skipped",
            Self::Done => "done",
            Self::Agreed => "agreed",
            Self::Proposed => "proposed",
            Self::Backlog => "backlog",
            Self::Dropped => "dropped",
        }
    }

    /// Whether there is nothing left to do about it.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Done | Self::Dropped)
    }
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item {
    /// Who proposed it, where that was in this meeting.
    pub by: BTreeSet<PersonId>,
    /// Whether it was proposed in this meeting; else it was carried here.
    pub here: bool,
    /// The order in which items were proposed here.
    pub place: u32,
    /// Its words: empty where nothing here says them.
    pub text: Slot<Line>,
    /// What it is for.
    pub kind: Slot<ItemKind>,
    /// How many minutes are asked for.
    pub minutes: Slot<u32>,
    /// How it stands. None for one carried here of which nothing more was said.
    pub standing: Option<ItemStanding>,
    /// The sittings that took it up, or marked it done.
    pub discussed_in: BTreeSet<FactId>,
}

canonical_number!(ItemStanding {
    Current = 0, Carried = 1, Skipped = 2, Done = 3, Agreed = 4, Proposed = 5, Backlog = 6, Dropped = 7,
});
canonical!(Item {
    by,
    here,
    place,
    text,
    kind,
    minutes,
    standing,
    discussed_in
});

/// What one fact says of an item.
#[derive(Debug, Clone, Copy)]
enum Event {
    Placed(ItemPlace),
    Marked(ItemMark),
    TakenUp(FactId),
}

#[derive(Debug, Default)]
struct About {
    by: BTreeSet<PersonId>,
    here: bool,
    texts: Candidates<Line>,
    kinds: Candidates<ItemKind>,
    minutes: Candidates<u32>,
    events: BTreeMap<FactId, Event>,
    discussed_in: BTreeSet<FactId>,
}

/// The facts about items.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    items: BTreeMap<FactId, About>,
    orders: Candidates<Vec<FactId>>,
}

impl Gathered {
    pub(super) fn take(&mut self, said: &Said<'_>, fact: &MeetingFact) {
        match fact {
            MeetingFact::ItemAdded {
                text,
                kind,
                place,
                minutes,
            } => {
                let item = self.items.entry(said.id).or_default();
                item.by.clone_from(&said.by);
                item.here = true;
                item.texts.insert(said.id, said.value(text.clone()));
                item.kinds.insert(said.id, said.value(*kind));
                item.events.insert(said.id, Event::Placed(*place));
                if let Some(minutes) = minutes {
                    item.minutes.insert(said.id, said.value(*minutes));
                }
            }
            MeetingFact::ItemMarked {
                item,
                mark,
                sitting,
            } => {
                let item = self.items.entry(*item).or_default();
                item.events.insert(said.id, Event::Marked(*mark));
                if *mark == ItemMark::Done {
                    item.discussed_in.extend(*sitting);
                }
            }
            MeetingFact::ItemChanged {
                item,
                text,
                kind,
                minutes,
            } => {
                let item = self.items.entry(*item).or_default();
                if let Some(text) = text {
                    item.texts.insert(said.id, said.value(text.clone()));
                }
                if let Some(kind) = kind {
                    item.kinds.insert(said.id, said.value(*kind));
                }
                if let Some(minutes) = minutes {
                    item.minutes.insert(said.id, said.value(*minutes));
                }
            }
            MeetingFact::AgendaOrdered { items } => {
                self.orders.insert(said.id, said.value(items.clone()));
            }
            _ => {}
        }
    }

    /// What the steps of sittings say of items.
    pub(super) fn follow(&mut self, sittings: &[Sitting]) {
        for sitting in sittings {
            for step in &sitting.steps {
                if let Some(from) = step.from {
                    let item = self.items.entry(from).or_default();
                    item.events.insert(step.fact, Event::Marked(step.fate));
                }
                if let Some(to) = step.to {
                    let item = self.items.entry(to).or_default();
                    item.events.insert(step.fact, Event::TakenUp(sitting.id));
                    item.discussed_in.insert(sitting.id);
                }
            }
        }
    }

    pub(super) fn order(&mut self, ledger: &Ledger<'_>) -> Slot<Vec<FactId>> {
        ledger.slot(std::mem::take(&mut self.orders))
    }

    pub(super) fn finish(
        self,
        ledger: &Ledger<'_>,
        sittings: &[Sitting],
    ) -> BTreeMap<FactId, Item> {
        let open: BTreeMap<FactId, &Sitting> = sittings
            .iter()
            .filter(|sitting| sitting.is_open())
            .map(|sitting| (sitting.id, sitting))
            .collect();
        self.items
            .into_iter()
            .map(|(id, about)| (id, about.finish(id, ledger, &open)))
            .collect()
    }
}

impl About {
    fn finish(self, id: FactId, ledger: &Ledger<'_>, open: &BTreeMap<FactId, &Sitting>) -> Item {
        let latest = ledger.latest(self.events.keys());
        let standing = latest
            .iter()
            .filter_map(|fact| self.events.get(fact))
            .map(|event| standing(*event, id, open))
            .min();
        Item {
            by: self.by,
            here: self.here,
            place: u32::try_from(ledger.place(id)).unwrap_or(u32::MAX),
            text: ledger.slot(self.texts),
            kind: ledger.slot(self.kinds),
            minutes: ledger.slot(self.minutes),
            standing: standing.map(|(_, standing)| standing),
            discussed_in: self.discussed_in,
        }
    }
}

/// How an item stands by one fact, with the rank by which several are weighed: putting it back outweighs what closed it.
fn standing(event: Event, item: FactId, open: &BTreeMap<FactId, &Sitting>) -> (u8, ItemStanding) {
    match event {
        Event::TakenUp(sitting) => {
            let is_current = open.get(&sitting).is_some_and(|sitting| {
                sitting.current == Some(item) || sitting.rivals.contains(&item)
            });
            if is_current {
                (0, ItemStanding::Current)
            } else {
                (1, ItemStanding::Carried)
            }
        }
        Event::Marked(mark) => match mark {
            ItemMark::Carried => (1, ItemStanding::Carried),
            ItemMark::Reopened => (2, ItemStanding::Agreed),
            ItemMark::Skipped => (3, ItemStanding::Skipped),
            ItemMark::Done => (4, ItemStanding::Done),
            ItemMark::Agreed => (5, ItemStanding::Agreed),
            ItemMark::Backlog => (7, ItemStanding::Backlog),
            ItemMark::Dropped => (8, ItemStanding::Dropped),
        },
        Event::Placed(ItemPlace::Proposed) => (6, ItemStanding::Proposed),
        Event::Placed(ItemPlace::Backlog) => (7, ItemStanding::Backlog),
    }
}
