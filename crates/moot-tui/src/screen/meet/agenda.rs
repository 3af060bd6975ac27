//! What is done with the agenda: going on, adding, marking, wording, ordering; and opening and closing the sitting.

use moot_engine::command::{Act, ItemKind, ItemMark};
use moot_engine::reply::meeting::{AgendaItem, MeetingView};

use super::act::{Room, Undo, ask_text, ask_text_or_nothing, choose, does, in_meeting, refuse};
use super::sitting;
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::words::{count, one_line};

/// How many minutes an item is given more.
const MORE_MINUTES: u32 = 5;

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetAdvance => advance(model, room),
        Cmd::MeetExtend => extend(model, room),
        Cmd::MeetBegin => begin(model, room),
        Cmd::MeetFinish => finish(model, room),
        Cmd::MeetAddItem => ask_text(
            model,
            (
                "Add an item",
                "What is to be spoken of? Every member will see it.",
            ),
            "",
            &[room.id()],
            add_kind,
        ),
        Cmd::MeetGoTo => with_item(model, room, "Go to which item?", go_to),
        Cmd::MeetMarkItem => with_item(model, room, "Which item?", marks),
        Cmd::MeetChangeItem => with_item(model, room, "Reword which item?", reword),
        Cmd::MeetItemUp | Cmd::MeetItemDown => shift(model, room, cmd == Cmd::MeetItemDown),
        Cmd::MeetDo => match room.selected() {
            ("item", id) => menu(model, room, id),
            ("sitting" | "over" | "time", _) => finish(model, room),
            _ => return None,
        },
        _ => return None,
    };
    Some(effects)
}

// Going on.

/// The item that comes after the current one, as the engine would find it: the first that nobody has dealt with.
fn coming(view: &MeetingView) -> Option<&AgendaItem> {
    let waits = |item: &&AgendaItem| {
        matches!(
            item.state.as_str(),
            "agreed" | "proposed" | "carried" | "skipped"
        )
    };
    let current = view.agenda.iter().position(|item| item.state == "current");
    let (before, after) = view.agenda.split_at(current.map_or(0, |at| at + 1));
    after
        .iter()
        .find(waits)
        .or_else(|| before.iter().find(waits))
}

fn advance(model: &mut Model, room: &Room) -> Effects {
    if sitting(&room.view).is_none() {
        return begin(model, room);
    }
    let next = coming(&room.view).map_or_else(
        || "nothing is left after it".to_owned(),
        |item| format!("then “{}”", one_line(&item.text)),
    );
    let Some(current) = room.current() else {
        return step(model, room.id(), None, None, false, "On we go.");
    };
    let rows = vec![
        Row::new("It is done", &next, "done"),
        Row::new("Carry it over", "gone on with at the next meeting", "carry"),
    ];
    let title = format!("“{}”", one_line(&current.text));
    choose(
        model,
        &title,
        rows,
        &[room.id(), &current.id],
        |model, known, what| {
            let [meeting, from] = known else {
                return Effects::new();
            };
            let carry = what == "carry";
            let done = if carry {
                "Carried over. On we go."
            } else {
                "Done. On we go."
            };
            step(model, meeting, Some(from), None, carry, done)
        },
    )
}

/// One step, however many ask for it.
fn step(
    model: &mut Model,
    meeting: &str,
    from: Option<&str>,
    to: Option<&str>,
    carry: bool,
    done: &str,
) -> Effects {
    let act = Act::Advance {
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        carry,
    };
    does(model, in_meeting(meeting, act), done, Undo::Nothing)
}

fn extend(model: &mut Model, room: &Room) -> Effects {
    if room.current().is_none() {
        return refuse(model, "No item is current: n goes to the first.");
    }
    let act = Act::Extend {
        minutes: MORE_MINUTES,
    };
    let done = "Five more minutes.";
    does(model, in_meeting(room.id(), act), done, Undo::Nothing)
}

fn begin(model: &mut Model, room: &Room) -> Effects {
    if sitting(&room.view).is_some() {
        return refuse(
            model,
            "A sitting is open already. n goes on to the next item.",
        );
    }
    let rows = vec![
        Row::new(
            "Open the meeting",
            "items, queue and rounds run from now on",
            "open",
        ),
        Row::new("Not yet", "nothing happens", ""),
    ];
    choose(model, "Begin?", rows, &[room.id()], |model, known, what| {
        let [meeting] = known else {
            return Effects::new();
        };
        if what.is_empty() {
            return Effects::new();
        }
        let open = in_meeting(meeting, Act::Open);
        does(
            model,
            open,
            "The meeting is open. n goes to the first item.",
            Undo::Nothing,
        )
    })
}

fn finish(model: &mut Model, room: &Room) -> Effects {
    if sitting(&room.view).is_none() {
        return refuse(model, "No sitting is open.");
    }
    let is_left = |item: &&AgendaItem| !matches!(item.state.as_str(), "done" | "backlog");
    let left = room.view.agenda.iter().filter(is_left).count() as u64;
    let left = match left {
        0 => "everything on the agenda is done".to_owned(),
        some => format!("{} carried over", count(some, "item is", "items are")),
    };
    let rows = vec![
        Row::new("Close it", &left, "close"),
        Row::new("Not yet", "the sitting goes on", ""),
    ];
    choose(
        model,
        "Close the sitting?",
        rows,
        &[room.id()],
        |model, known, what| {
            let [meeting] = known else {
                return Effects::new();
            };
            if what.is_empty() {
                return Effects::new();
            }
            let close = in_meeting(meeting, Act::Close);
            let done = "Closed. M reads the minutes back, G says that they are agreed.";
            does(model, close, done, Undo::Nothing)
        },
    )
}

// Items.

/// Asks for one of the items, unless one is selected.
fn with_item(
    model: &mut Model,
    room: &Room,
    title: &str,
    then: fn(&mut Model, &[String], &str) -> Effects,
) -> Effects {
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

fn add_kind(model: &mut Model, known: &[String], text: &str) -> Effects {
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
            ask_text_or_nothing(model, ("Minutes", says), "", &[meeting, text, kind], add)
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
            return ask_text_or_nothing(model, ("Minutes", why), "", &known, add);
        }
    };
    let act = Act::AddItem {
        text: text.clone(),
        kind: ItemKind::from_word(kind).unwrap_or(ItemKind::Explore),
        minutes,
        backlog: kind == "backlog",
    };
    does(
        model,
        in_meeting(meeting, act),
        "It is on the agenda.",
        Undo::Nothing,
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

fn go_to(model: &mut Model, known: &[String], item: &str) -> Effects {
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
    // What was current is not done because somebody goes elsewhere.
    step(
        model,
        meeting,
        from.as_deref(),
        Some(item),
        true,
        "There we are.",
    )
}

fn marks(model: &mut Model, known: &[String], item: &str) -> Effects {
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

fn reword(model: &mut Model, known: &[String], item: &str) -> Effects {
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

fn shift(model: &mut Model, room: &Room, is_down: bool) -> Effects {
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
fn menu(model: &mut Model, room: &Room, id: &str) -> Effects {
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
