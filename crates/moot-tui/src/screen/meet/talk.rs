//! What is done in rounds and temperature checks; consent rounds are in `consent`.

mod consent;

use moot_engine::command::{Act, Answer, RoundKind, Warmth};
use moot_engine::reply::meeting::{CheckView, RoundView};

use super::act::{
    Room, Undo, about, ask_text, ask_text_or_nothing, choose, choose_about, does, in_meeting, some,
};
use consent::{consent, open_consent, put};

use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::words::{cut, one_line};

/// So much of a text stands in the title of a choice.
const TITLE_COLUMNS: usize = 60;

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetConsent => match open_consent(room) {
            Some(one) => consent(model, one),
            None => put(model, room),
        },
        Cmd::MeetConsentOpen => put(model, room),
        Cmd::MeetRound => match open_round(room) {
            Some(one) => round(model, room, one),
            None => begin_round(model, room),
        },
        Cmd::MeetCheck => match open_check(room) {
            Some(one) => check(model, one),
            None => begin_check(model, room),
        },
        Cmd::MeetDo => match room.selected() {
            ("consent", id) => match room.view.consents.iter().find(|one| one.id == id) {
                Some(one) => consent(model, one),
                None => Effects::new(),
            },
            ("round", id) => match room.view.rounds.iter().find(|one| one.id == id) {
                Some(one) => round(model, room, one),
                None => Effects::new(),
            },
            ("check", id) => match room.view.checks.iter().find(|one| one.id == id) {
                Some(one) => check(model, one),
                None => Effects::new(),
            },
            _ => return None,
        },
        _ => return None,
    };
    Some(effects)
}

fn title_of(text: &str) -> String {
    format!("“{}”", cut(&one_line(text), TITLE_COLUMNS))
}

fn close(model: &mut Model, known: &[String], what: &str, done: &str) -> Effects {
    let [id, ..] = known else {
        return Effects::new();
    };
    if what.is_empty() {
        return Effects::new();
    }
    let keep = what == "keep";
    does(
        model,
        about(id, Answer::Close { keep }),
        done,
        Undo::Nothing,
    )
}

// Rounds.

fn open_round(room: &Room) -> Option<&RoundView> {
    let selected = room.selected_of("round");
    let mut open = room.view.rounds.iter().filter(|one| one.state == "open");
    let found = open.clone().find(|one| Some(one.id.as_str()) == selected);
    found.or_else(|| open.next_back())
}

fn begin_round(model: &mut Model, room: &Room) -> Effects {
    let rows = vec![
        Row::new("Check-in", "how everyone arrives", "check-in"),
        Row::new("A round", "everyone once, on some matter", "round"),
        Row::new("Check-out", "how the meeting was", "check-out"),
    ];
    choose(
        model,
        "Begin a round",
        rows,
        &[room.id()],
        |model, known, kind| {
            let [meeting] = known else {
                return Effects::new();
            };
            if kind == "round" {
                let words = ("A round", "On what? Everyone here speaks once, or passes.");
                return ask_text(model, words, "", &[meeting, kind], open_it);
            }
            open_it(model, &[meeting.clone(), kind.to_owned()], kind)
        },
    )
}

fn open_it(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [meeting, kind] = known else {
        return Effects::new();
    };
    let act = Act::OpenRound {
        text: text.to_owned(),
        kind: RoundKind::from_word(kind).unwrap_or(RoundKind::Round),
    };
    does(
        model,
        in_meeting(meeting, act),
        "The round has begun.",
        Undo::Nothing,
    )
}

fn round(model: &mut Model, room: &Room, one: &RoundView) -> Effects {
    let is_mine = one.waiting.first() == Some(&room.me);
    let spoken = if is_mine {
        "it is your turn"
    } else {
        "out of turn is fine, too"
    };
    let mut rows = vec![
        Row::new("I have spoken", spoken, "spoke"),
        Row::new("I pass", "no reason is asked", "pass"),
    ];
    if one.state == "open" {
        rows.push(Row::new(
            "Close the round",
            "turns that come later still count",
            "close",
        ));
    }
    rows.push(Row::new(
        "Begin another",
        "check-in, round or check-out",
        "another",
    ));
    let title = title_of(&one.text);
    choose(model, &title, rows, &[&one.id], |model, known, what| {
        let [id] = known else {
            return Effects::new();
        };
        match what {
            "spoke" => {
                let words = (
                    "What you said",
                    "For the minutes, if you like. Enter alone keeps only that you spoke.",
                );
                ask_text_or_nothing(model, words, "", &[id], |model, known, text| {
                    let [id] = known else {
                        return Effects::new();
                    };
                    let text = some(text);
                    let turn = Answer::Turn { pass: false, text };
                    does(model, about(id, turn), "You had your turn.", Undo::Nothing)
                })
            }
            "pass" => {
                let turn = Answer::Turn {
                    pass: true,
                    text: None,
                };
                does(
                    model,
                    about(id, turn),
                    "You passed. v speaks after all.",
                    Undo::Nothing,
                )
            }
            "another" => match Room::of(model) {
                Some(room) => begin_round(model, &room),
                None => Effects::new(),
            },
            what => close(model, known, what, "The round is closed."),
        }
    })
}

// Temperature checks.

fn open_check(room: &Room) -> Option<&CheckView> {
    let selected = room.selected_of("check");
    let mut open = room.view.checks.iter().filter(|one| one.state == "open");
    let found = open.clone().find(|one| Some(one.id.as_str()) == selected);
    found.or_else(|| open.next_back())
}

fn begin_check(model: &mut Model, room: &Room) -> Effects {
    let words = (
        "A temperature check",
        "On which statement? It decides nothing; how many said what is all that is shown.",
    );
    ask_text(model, words, "", &[room.id()], |model, known, text| {
        let [meeting] = known else {
            return Effects::new();
        };
        let text = text.to_owned();
        let open = in_meeting(meeting, Act::OpenCheck { text });
        does(
            model,
            open,
            "The check has begun. w answers.",
            Undo::Nothing,
        )
    })
}

fn check(model: &mut Model, one: &CheckView) -> Effects {
    let mut rows = vec![
        Row::new("Hot", "all for it", "hot"),
        Row::new("Warm", "for it", "warm"),
        Row::new("Mild", "either way", "mild"),
        Row::new("Cool", "rather not", "cool"),
        Row::new("Cold", "against it", "cold"),
    ];
    if one.state == "open" {
        rows.push(Row::new("Close it", "the counts are dropped", "close"));
        rows.push(Row::new(
            "Close and keep",
            "the counts stand in the minutes",
            "keep",
        ));
    }
    let about_this = ("How warm are you to this?", one.text.as_str());
    choose_about(model, about_this, rows, &[&one.id], |model, known, what| {
        let [id] = known else {
            return Effects::new();
        };
        match Warmth::from_word(what) {
            Some(word) => {
                let word = about(id, Answer::Word(word));
                does(
                    model,
                    word,
                    "Your word counts. w changes it.",
                    Undo::Nothing,
                )
            }
            None => close(model, known, what, "The check is closed."),
        }
    })
}
