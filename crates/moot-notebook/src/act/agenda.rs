//! Acts about the agenda: proposing, marking and ordering items, and going on from one to the next.

use std::collections::BTreeSet;

use super::sitting::sitting;
use super::{Act, ActError, Situation, line};
use crate::fact::MeetingFact;
use crate::fact::meeting::ItemMark;
use crate::id::{FactId, PersonId};
use crate::limits::{AGENDA_ITEMS_MAX, FACT_IDS_MAX, ITEM_MINUTES_MAX};
use crate::meeting::{AgendaRow, ItemStanding};

pub(super) fn act(now: &Situation<'_>, actor: PersonId, act: Act) -> Result<MeetingFact, ActError> {
    match act {
        Act::AddItem {
            text,
            kind,
            place,
            minutes,
        } => {
            room_for_one_more(now.meeting.items.len())?;
            Ok(MeetingFact::ItemAdded {
                text: line("an agenda item", &text)?,
                kind,
                place,
                minutes: checked_minutes(minutes)?,
            })
        }
        Act::MarkItem(item, mark) => {
            item_row(now, item)?;
            let sitting = now.meeting.sitting_of(actor).map(|sitting| sitting.id);
            Ok(MeetingFact::ItemMarked {
                item,
                mark,
                sitting,
            })
        }
        Act::ChangeItem {
            item,
            text,
            kind,
            minutes,
        } => {
            item_row(now, item)?;
            let text = text.map(|text| line("an agenda item", &text)).transpose()?;
            Ok(MeetingFact::ItemChanged {
                item,
                text,
                kind,
                minutes: checked_minutes(minutes)?,
            })
        }
        Act::Order(items) => order(now, items),
        Act::Advance { from, fate, to } => advance(now, actor, (from, to), fate),
        Act::TakeUp(item) => {
            item_row(now, item)?;
            let sitting = sitting(now, actor)?;
            if sitting.current == Some(item) {
                return Err(ActError::Already {
                    what: "come to that item",
                });
            }
            Ok(MeetingFact::Advanced {
                sitting: sitting.id,
                from: sitting.current,
                fate: sitting.current.map(|_| ItemMark::Skipped),
                to: Some(item),
            })
        }
        Act::Extend(minutes) => extend(now, actor, minutes),
        _ => Err(ActError::Nothing {
            why: "this is not about the agenda",
        }),
    }
}

/// Refuses the item that is one too many.
pub(super) fn room_for_one_more(items: usize) -> Result<(), ActError> {
    if items < AGENDA_ITEMS_MAX {
        return Ok(());
    }
    Err(ActError::TooMany {
        what: "agenda items",
        max: AGENDA_ITEMS_MAX,
    })
}

fn item_row(now: &Situation<'_>, item: FactId) -> Result<AgendaRow, ActError> {
    // Also those dropped, so that they can be put back.
    let here = now.meeting.items.get(&item).is_some_and(|item| item.here);
    let agenda = now.meeting.agenda(now.carried);
    let found = agenda.into_iter().find(|row| row.id == item);
    match found {
        Some(row) => Ok(row),
        None if here => Ok(AgendaRow::dropped(item)),
        None => Err(ActError::NoSuch {
            what: "agenda item",
        }),
    }
}

fn order(now: &Situation<'_>, items: Vec<FactId>) -> Result<MeetingFact, ActError> {
    if items.len() > FACT_IDS_MAX {
        return Err(ActError::TooMany {
            what: "items in order",
            max: FACT_IDS_MAX,
        });
    }
    let agenda: BTreeSet<FactId> = now
        .meeting
        .agenda(now.carried)
        .iter()
        .map(|row| row.id)
        .collect();
    let mut seen = BTreeSet::new();
    let sound = items
        .iter()
        .all(|item| agenda.contains(item) && seen.insert(*item));
    if !sound {
        return Err(ActError::NoSuch {
            what: "agenda item",
        });
    }
    Ok(MeetingFact::AgendaOrdered { items })
}

/// One step on. The second of two people who press learns that it was done already.
fn advance(
    now: &Situation<'_>,
    actor: PersonId,
    (from, to): (Option<FactId>, Option<FactId>),
    fate: ItemMark,
) -> Result<MeetingFact, ActError> {
    let sitting = sitting(now, actor)?;
    let agenda = now.meeting.agenda(now.carried);
    if sitting.current != from {
        let current = sitting
            .current
            .and_then(|id| agenda.iter().find(|row| row.id == id));
        return Err(ActError::NotCurrent {
            current: current.map(|row| row.text.clone()),
        });
    }
    if to.is_some() && to == from {
        return Err(ActError::Already {
            what: "come to that item",
        });
    }
    let marked_here = |row: &AgendaRow| {
        let item = now.meeting.items.get(&row.id);
        item.is_some_and(|item| item.standing == Some(ItemStanding::Carried))
    };
    let ahead = |row: &&AgendaRow| {
        let open = matches!(
            row.standing,
            ItemStanding::Agreed
                | ItemStanding::Proposed
                | ItemStanding::Skipped
                | ItemStanding::Carried
        );
        open && Some(row.id) != from && !marked_here(row)
    };
    let next = match to {
        Some(item) => Some(item_row(now, item)?.id),
        None => agenda.iter().find(ahead).map(|row| row.id),
    };
    if next.is_none() && from.is_none() {
        return Err(ActError::Nothing {
            why: "nothing is left on the agenda",
        });
    }
    Ok(MeetingFact::Advanced {
        sitting: sitting.id,
        from,
        fate: from.map(|_| fate),
        to: next,
    })
}

fn extend(now: &Situation<'_>, actor: PersonId, minutes: u32) -> Result<MeetingFact, ActError> {
    let sitting = sitting(now, actor)?;
    let item = sitting.current.ok_or(ActError::Nothing {
        why: "no item is current",
    })?;
    let asked = item_row(now, item)?.minutes.unwrap_or(0);
    let before = sitting.extended.get(&item).copied().unwrap_or(asked);
    let minutes = checked_minutes(Some(before.saturating_add(minutes)))?.unwrap_or(before);
    Ok(MeetingFact::Extended {
        sitting: sitting.id,
        item,
        minutes,
    })
}

fn checked_minutes(minutes: Option<u32>) -> Result<Option<u32>, ActError> {
    match minutes {
        Some(minutes) if minutes > ITEM_MINUTES_MAX => Err(ActError::TooMany {
            what: "minutes",
            max: ITEM_MINUTES_MAX as usize,
        }),
        minutes => Ok(minutes),
    }
}
