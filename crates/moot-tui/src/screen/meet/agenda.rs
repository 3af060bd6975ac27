//! Going on with the agenda, and opening and closing the sitting. What is done with one item is in `items`.

mod items;

use moot_engine::command::Act;
use moot_engine::reply::meeting::{AgendaItem, MeetingView};

use super::act::{Room, Undo, ask_text, choose, does, in_meeting, refuse};
use super::sitting;
use items::{add_kind, go_to, marks, menu, reword, shift, with_item};

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

/// The item that the next step leads to, as the engine finds it: the first that is ahead, whatever stands before it.
fn coming(view: &MeetingView) -> Option<&AgendaItem> {
    view.agenda.iter().find(|item| super::is_ahead(item))
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
            let is_last = Room::of(model).is_some_and(|room| coming(&room.view).is_none());
            let done = match (carry, is_last) {
                (true, false) => "Carried over. On we go.",
                (false, false) => "Done. On we go.",
                (true, true) => "Carried over. The agenda is through.",
                (false, true) => "Done. The agenda is through.",
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
    let consents = room.view.consents.iter().map(|one| &one.state);
    let rounds = room.view.rounds.iter().map(|one| &one.state);
    let open = consents.chain(rounds).filter(|state| *state == "open");
    let left = match open.count() as u64 {
        0 => left,
        some => format!("{left}; {} open", count(some, "round is", "rounds are")),
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
