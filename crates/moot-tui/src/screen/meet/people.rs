//! What is done about people and by them: the speaking queue, attendance, actions, and a yes or no to what is asked.

use moot_engine::command::{Act, Answer, Attendance, QueueKind};
use moot_engine::reply::meeting::{ActionRow, QueueRow};

use super::act::{
    Room, Undo, about, ask_text, ask_text_or_nothing, asked_of_me, choose, does, in_meeting,
    refuse, some,
};
use super::sitting;
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::words::one_line;

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetHand => hand(model, room),
        Cmd::MeetNextSpeaker => next_speaker(model, room),
        Cmd::MeetAttend => attend(model, room),
        Cmd::MeetYes => answer(model, true),
        Cmd::MeetNo => answer(model, false),
        Cmd::MeetAddAction => ask_text(
            model,
            ("An action", "What is to be done? Every member will see it."),
            "",
            &[room.id()],
            add_action,
        ),
        Cmd::MeetAction => with_action(model, room),
        Cmd::MeetDo => match room.selected() {
            ("action", id) => action(model, room, id),
            ("hand", id) if is_mine(room, id) => hand(model, room),
            ("hand" | "floor", _) => next_speaker(model, room),
            ("person", id) if *id == *room.my_id => attend(model, room),
            ("attend", _) => attend(model, room),
            ("person", id) => person(model, room, id),
            _ => return None,
        },
        _ => return None,
    };
    Some(effects)
}

/// Yes or no to what waits.
fn answer(model: &mut Model, is_yes: bool) -> Effects {
    let Some(asked) = asked_of_me(model) else {
        return refuse(model, "Nothing is asked of you here just now.");
    };
    let (answer, done) = if is_yes {
        (Answer::Accept, asked.yes)
    } else {
        (Answer::Decline, asked.no)
    };
    does(model, about(&asked.id, answer), &done, Undo::Nothing)
}

// The queue.

fn my_hand(room: &Room) -> Option<&QueueRow> {
    let mut queue = sitting(&room.view)?.queue.iter();
    queue.find(|row| row.by == room.me && row.state == "waiting")
}

fn is_mine(room: &Room, id: &str) -> bool {
    my_hand(room).is_some_and(|row| row.id == id)
}

fn hand(model: &mut Model, room: &Room) -> Effects {
    if sitting(&room.view).is_none() {
        return refuse(model, "The meeting is not open yet: B begins.");
    }
    let mut rows = vec![
        Row::new("Something new", "after those who asked before", "topic"),
        Row::new(
            "A reply",
            "to what is being said; goes before new topics",
            "reply",
        ),
        Row::new(
            "A question",
            "so that all can follow; goes before replies",
            "question",
        ),
        Row::new(
            "A point of order",
            "something is wrong with how we meet; goes first",
            "order",
        ),
    ];
    if my_hand(room).is_some() {
        rows.insert(
            0,
            Row::new("Take your hand down", "you ask no longer", "down"),
        );
    }
    choose(
        model,
        "Raise your hand",
        rows,
        &[room.id()],
        |model, known, kind| {
            let [meeting] = known else {
                return Effects::new();
            };
            if kind == "down" {
                let down = in_meeting(meeting, Act::Unqueue);
                return does(model, down, "Your hand is down.", Undo::Nothing);
            }
            let words = (
                "To say what?",
                "In a few words, if you like. Enter alone leaves it open.",
            );
            ask_text_or_nothing(model, words, "", &[meeting, kind], |model, known, note| {
                let [meeting, kind] = known else {
                    return Effects::new();
                };
                let act = Act::Queue {
                    kind: QueueKind::from_word(kind).unwrap_or(QueueKind::Topic),
                    note: some(note),
                };
                let undo = Undo::By(in_meeting(meeting, Act::Unqueue), "Your hand is down.");
                does(model, in_meeting(meeting, act), "Your hand is up.", undo)
            })
        },
    )
}

fn next_speaker(model: &mut Model, room: &Room) -> Effects {
    let queue = sitting(&room.view).map(|sitting| sitting.queue.as_slice());
    let next = queue.and_then(|queue| queue.iter().find(|row| row.state == "waiting"));
    let Some(next) = next else {
        return refuse(model, "Nobody waits to speak.");
    };
    let done = format!("{} has the floor.", one_line(&next.by));
    let act = in_meeting(room.id(), Act::NextSpeaker);
    does(model, act, &done, Undo::Nothing)
}

// Attendance.

fn attend(model: &mut Model, room: &Room) -> Effects {
    let rows = vec![
        Row::new("I am here", "", "present"),
        Row::new("I will come", "", "available"),
        Row::new("I cannot come", "no reason is asked", "regrets"),
        Row::new("I leave", "you were here", "left"),
    ];
    let before = room
        .view
        .attendance
        .iter()
        .find(|row| row.person.id == room.my_id);
    let before = before.map(|row| row.state.clone()).unwrap_or_default();
    choose(
        model,
        "Your word about being here",
        rows,
        &[room.id(), &before],
        |model, known, word| {
            let [meeting, before] = known else {
                return Effects::new();
            };
            let Some(now) = Attendance::from_word(word) else {
                return Effects::new();
            };
            let done = match now {
                Attendance::Present => "You are here.",
                Attendance::Available => "You will come.",
                Attendance::Regrets => "You cannot come: good to know.",
                Attendance::Left => "You have left.",
            };
            let attend = |word| in_meeting(meeting, Act::Attend(word));
            let undo = match Attendance::from_word(before) {
                Some(before) if before != now => Undo::By(attend(before), "As it was before."),
                _ => Undo::Nothing,
            };
            does(model, attend(now), done, undo)
        },
    )
}

/// What can be asked of somebody.
fn person(model: &mut Model, room: &Room, id: &str) -> Effects {
    let person = model.people.iter().find(|person| person.id == id);
    let name = person
        .map(|person| one_line(&person.name))
        .unwrap_or_default();
    let roles = room.view.roles.iter().map(|role| {
        let label = format!("Ask {name} to be {}", one_line(&role.role));
        Row::new(label, "only their yes makes it theirs", &role.role)
    });
    let rows: Vec<Row> = roles.collect();
    if rows.is_empty() {
        return refuse(model, "This meeting has no role to offer. R adds one.");
    }
    choose(
        model,
        &name,
        rows,
        &[room.id(), id],
        |model, known, role| {
            let [meeting, to] = known else {
                return Effects::new();
            };
            let act = Act::Offer {
                role: role.to_owned(),
                to: to.clone(),
                kind: moot_engine::command::OfferKind::Turn,
                note: None,
                until_ms: None,
            };
            let withdraw = |_: &str, id: &str| about(id, Answer::Withdraw);
            let undo = Undo::Made(withdraw, "The offer is taken back.");
            does(model, in_meeting(meeting, act), "Asked.", undo)
        },
    )
}

// Actions.

fn add_action(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let mut rows = vec![Row::new(
        "Nobody yet",
        "it is nobody's until somebody says yes",
        "",
    )];
    rows.extend(people_rows(model));
    choose(
        model,
        "Who is asked to do it?",
        rows,
        &[meeting, text],
        |model, known, to| {
            let [meeting, text] = known else {
                return Effects::new();
            };
            let act = Act::AddAction {
                text: text.clone(),
                offer: some(to),
            };
            let drop = |_: &str, id: &str| about(id, Answer::Drop);
            let undo = Undo::Made(drop, "It is dropped.");
            does(model, in_meeting(meeting, act), "Noted.", undo)
        },
    )
}

fn people_rows(model: &Model) -> Vec<Row> {
    let people = model.people.iter().filter(|person| person.state != "left");
    let rows = people.map(|person| {
        let you = if person.you { "you" } else { "" };
        Row::new(one_line(&person.name), you, &person.id)
    });
    rows.collect()
}

fn with_action(model: &mut Model, room: &Room) -> Effects {
    if let Some(id) = room.selected_of("action") {
        return action(model, room, id);
    }
    let rows = room.view.actions.iter();
    let rows: Vec<Row> = rows
        .map(|row| {
            Row::new(
                one_line(&row.text),
                one_line(&row.owners.join(", ")),
                &row.id,
            )
        })
        .collect();
    if rows.is_empty() {
        return refuse(model, "Nothing is to be done yet. A notes an action.");
    }
    choose(
        model,
        "Which action?",
        rows,
        &[],
        |model, _, id| match Room::of(model) {
            Some(room) => action(model, &room, id),
            None => Effects::new(),
        },
    )
}

fn action(model: &mut Model, room: &Room, id: &str) -> Effects {
    let Some(row) = room.view.actions.iter().find(|row| row.id == id) else {
        return Effects::new();
    };
    let rows = action_rows(row, &room.me);
    choose(
        model,
        &one_line(&row.text),
        rows,
        &[id],
        |model, known, what| {
            let [id] = known else {
                return Effects::new();
            };
            let reopen = Undo::By(about(id, Answer::Reopen), "It is to be done again.");
            match what {
                "mine" => does(
                    model,
                    about(id, Answer::Accept),
                    "It is yours.",
                    Undo::Nothing,
                ),
                "not-mine" => does(
                    model,
                    about(id, Answer::Decline),
                    "It is not yours.",
                    Undo::Nothing,
                ),
                "done" => does(model, about(id, Answer::Done), "Done.", reopen),
                "drop" => does(model, about(id, Answer::Drop), "Dropped.", reopen),
                "reopen" => does(
                    model,
                    about(id, Answer::Reopen),
                    "To be done again.",
                    Undo::Nothing,
                ),
                _ => {
                    let rows = people_rows(model);
                    choose(model, "Ask whom?", rows, &[id], |model, known, to| {
                        let [id] = known else {
                            return Effects::new();
                        };
                        let to = to.to_owned();
                        does(
                            model,
                            about(id, Answer::Offer { to }),
                            "Asked.",
                            Undo::Nothing,
                        )
                    })
                }
            }
        },
    )
}

fn action_rows(row: &ActionRow, me: &String) -> Vec<Row> {
    if row.state != "open" {
        return vec![Row::new("To be done after all", "", "reopen")];
    }
    let mut rows = Vec::new();
    if !row.owners.contains(me) {
        rows.push(Row::new("I do it", "it is yours then", "mine"));
    }
    if row.owners.contains(me) || row.asked.contains(me) {
        rows.push(Row::new("I do not do it", "no reason is asked", "not-mine"));
    }
    rows.push(Row::new("It is done", "", "done"));
    rows.push(Row::new(
        "Ask somebody",
        "only their yes makes it theirs",
        "offer",
    ));
    rows.push(Row::new("Drop it", "nobody will do it", "drop"));
    rows
}
