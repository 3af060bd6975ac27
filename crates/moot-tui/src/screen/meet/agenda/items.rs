//! What is done with one item: adding, marking, wording, ordering it, and going to it.

use moot_engine::command::{Act, ItemKind, ItemMark};
use moot_engine::reply::meeting::AgendaItem;

use super::super::act::{
    Room, Then, Undo, ask_text, ask_text_or_nothing, choose, does, in_meeting, refuse,
};
use super::super::sitting;
use super::{begin, step};
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::words::one_line;

/// Asks for one of the items, unless one is selected.
pub(super) fn with_item(model: &mut Model, room: &Room, title: &str, then: Then) -> Effects {
    if let Some(id) = room.selected_of("item") {
        return then(model, &[room.id().to_owned()], id);
    }
    if room.view.agenda.is_empty() {
        return refuse(model, "Nothing is on the agenda yet: a adds an item.");
    }
    let rows = room.view.agenda.iter();
    let rows = rows.map(|item| Row::new(one_line(&item.text), &item.state, &item.id));
    choose(model, title, rows.collect(), &[room.id()], then)
}

pub(super) fn add_kind(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let rows = vec![
        Row::new("to talk it over", "explore", "explore"),
        Row::new("to decide", "decide", "decide"),
        Row::new("to tell", "report", "report"),
        Row::new("for some other time", "kept for later", "backlog"),
    ];
    choose(
        model,
        "What is it for?",
        rows,
        &[meeting, text],
        |model, known, kind| {
            let [meeting, text] = known else {
                return Effects::new();
            };
            let says = "How many minutes? Enter alone sets none.";
            ask_text_or_nothing(model, ("How long?", says), "", &[meeting, text, kind], add)
        },
    )
}

fn add(model: &mut Model, known: &[String], minutes: &str) -> Effects {
    let [meeting, text, kind] = known else {
        return Effects::new();
    };
    let minutes = match minutes_of(minutes) {
        Ok(minutes) => minutes,
        Err(why) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return ask_text_or_nothing(model, ("How long?", why), "", &known, add);
        }
    };
    let act = Act::AddItem {
        text: text.clone(),
        kind: ItemKind::from_word(kind).unwrap_or(ItemKind::Explore),
        minutes,
        backlog: kind == "backlog",
    };
    let drop = |meeting: &str, item: &str| {
        let item = item.to_owned();
        let mark = ItemMark::Dropped;
        in_meeting(meeting, Act::MarkItem { item, mark })
    };
    let undo = Undo::Made(drop, "It is off the agenda again.");
    does(
        model,
        in_meeting(meeting, act),
        "It is on the agenda.",
        undo,
    )
}

/// `10`, `10 min`, or nothing.
fn minutes_of(text: &str) -> Result<Option<u32>, &'static str> {
    let number = text.trim().trim_end_matches("min").trim();
    if number.is_empty() {
        return Ok(None);
    }
    let minutes = number.parse().ok().filter(|minutes| *minutes > 0);
    minutes
        .map(Some)
        .ok_or("Minutes are a number, as 10. Enter alone sets none.")
}

pub(super) fn go_to(model: &mut Model, known: &[String], item: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let Some(room) = Room::of(model) else {
        return Effects::new();
    };
    if sitting(&room.view).is_none() {
        return begin(model, &room);
    }
    let from = room.current().map(|current| current.id.clone());
    // What was current waits at the end: it is not done because somebody goes elsewhere.
    step(
        model,
        meeting,
        from.as_deref(),
        Some(item),
        false,
        "There we are.",
    )
}

pub(super) fn marks(model: &mut Model, known: &[String], item: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let rows = vec![
        Row::new("Done", "nothing is left to do", "done"),
        Row::new("Carry over", "gone on with at the next meeting", "carried"),
        Row::new("Skip", "moved to the end", "skipped"),
        Row::new("Agreed", "the group wants it on the agenda", "agreed"),
        Row::new("For later", "kept for some other time", "backlog"),
        Row::new("Off the agenda", "it can come back", "dropped"),
        Row::new(
            "Back on the agenda",
            "there is something left to do",
            "reopened",
        ),
    ];
    choose(
        model,
        "What becomes of it?",
        rows,
        &[meeting, item],
        |model, known, mark| {
            let [meeting, item] = known else {
                return Effects::new();
            };
            set_mark(model, meeting, item, mark)
        },
    )
}

fn set_mark(model: &mut Model, meeting: &str, item: &str, word: &str) -> Effects {
    let Some(mark) = ItemMark::from_word(word) else {
        return Effects::new();
    };
    let act = |mark| Act::MarkItem {
        item: item.to_owned(),
        mark,
    };
    let done = match mark {
        ItemMark::Done => "Done.",
        ItemMark::Carried => "Carried over to the next meeting.",
        ItemMark::Skipped => "Moved to the end.",
        ItemMark::Agreed => "Agreed.",
        ItemMark::Backlog => "Kept for later.",
        ItemMark::Dropped => "Off the agenda.",
        ItemMark::Reopened => "Back on the agenda.",
    };
    let undo = match mark {
        ItemMark::Reopened | ItemMark::Agreed => Undo::Nothing,
        _ => Undo::By(
            in_meeting(meeting, act(ItemMark::Reopened)),
            "Back on the agenda.",
        ),
    };
    does(model, in_meeting(meeting, act(mark)), done, undo)
}

pub(super) fn reword(model: &mut Model, known: &[String], item: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let Some(row) = item_of(model, item) else {
        return Effects::new();
    };
    let minutes = row
        .minutes
        .map_or_else(String::new, |minutes| minutes.to_string());
    let known = [meeting, item, &row.text, &minutes];
    let words = ("Reword the item", "Everyone will see the new words.");
    ask_text(model, words, &row.text, &known, |model, known, text| {
        let minutes = known.last().cloned().unwrap_or_default();
        let mut known: Vec<&str> = known.iter().map(String::as_str).collect();
        known.push(text);
        let words = ("Its minutes", "Enter leaves them as they are.");
        ask_text_or_nothing(model, words, &minutes, &known, change)
    })
}

fn change(model: &mut Model, known: &[String], minutes: &str) -> Effects {
    let [meeting, item, old_text, old_minutes, text] = known else {
        return Effects::new();
    };
    let minutes = match minutes_of(minutes) {
        Ok(minutes) => minutes,
        Err(why) => {
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            return ask_text_or_nothing(model, ("Its minutes", why), old_minutes, &known, change);
        }
    };
    let old_minutes = old_minutes.parse().ok();
    let change = |text: Option<&String>, minutes| Act::ChangeItem {
        item: item.clone(),
        text: text.cloned(),
        kind: None,
        minutes,
    };
    let new_text = (text != old_text).then_some(text);
    let new_minutes = minutes.filter(|minutes| Some(*minutes) != old_minutes);
    if new_text.is_none() && new_minutes.is_none() {
        return Effects::new();
    }
    let back = change(new_text.map(|_| old_text), new_minutes.and(old_minutes));
    let undo = match &back {
        Act::ChangeItem {
            text: None,
            minutes: None,
            ..
        } => Undo::Nothing,
        _ => Undo::By(in_meeting(meeting, back), "It reads as it did before."),
    };
    let act = change(new_text, new_minutes);
    does(model, in_meeting(meeting, act), "Changed.", undo)
}

fn item_of(model: &Model, id: &str) -> Option<AgendaItem> {
    let view = model.screens.meet.opened()?;
    view.agenda.iter().find(|item| item.id == id).cloned()
}

pub(super) fn shift(model: &mut Model, room: &Room, is_down: bool) -> Effects {
    let agenda = &room.view.agenda;
    let selected = room.selected_of("item");
    let Some(at) = agenda
        .iter()
        .position(|item| Some(item.id.as_str()) == selected)
    else {
        return refuse(model, "Select an item of the agenda first.");
    };
    let to = if is_down { at + 1 } else { at.wrapping_sub(1) };
    if to >= agenda.len() {
        return Effects::new();
    }
    let before: Vec<String> = agenda.iter().map(|item| item.id.clone()).collect();
    let mut items = before.clone();
    items.swap(at, to);
    let order = |items| in_meeting(room.id(), Act::Reorder { items });
    let done = if is_down { "Moved down." } else { "Moved up." };
    let undo = Undo::By(order(before), "In the order of before.");
    does(model, order(items), done, undo)
}

/// All that can be done with an item.
pub(super) fn menu(model: &mut Model, room: &Room, id: &str) -> Effects {
    let Some(item) = room.view.agenda.iter().find(|item| item.id == id) else {
        return refuse(model, "It is not on this agenda any more.");
    };
    let title = one_line(&item.text);
    let rows = vec![
        Row::new("Go to it", "it becomes the current item", "go"),
        Row::new("Done, carried, skipped, …", "what becomes of it", "mark"),
        Row::new("Reword it", "its words and minutes", "reword"),
        Row::new("Earlier", "up the agenda", "up"),
        Row::new("Later", "down the agenda", "down"),
    ];
    choose(
        model,
        &title,
        rows,
        &[room.id(), id],
        |model, known, what| {
            let [meeting, item] = known else {
                return Effects::new();
            };
            let meeting = std::slice::from_ref(meeting);
            match what {
                "go" => go_to(model, meeting, item),
                "mark" => marks(model, meeting, item),
                "reword" => reword(model, meeting, item),
                _ => match Room::of(model) {
                    Some(room) => shift(model, &room, what == "down"),
                    None => Effects::new(),
                },
            }
        },
    )
}
