//! A text put to everyone's consent: answers, wording, closing.

use moot_engine::command::{Act, Answer, Position};
use moot_engine::reply::meeting::ConsentView;

use super::super::act::{
    Room, Undo, about, ask_text, ask_text_or_nothing, choose, choose_about, does, in_meeting,
    refuse, some,
};
use super::close;
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;

/// The round that is selected, else the last that is open.
pub(super) fn open_consent(room: &Room) -> Option<&ConsentView> {
    let selected = room.selected_of("consent");
    let mut open = room.view.consents.iter().filter(|one| one.state == "open");
    let found = open.clone().find(|one| Some(one.id.as_str()) == selected);
    found.or_else(|| open.next_back())
}

pub(super) fn put(model: &mut Model, room: &Room) -> Effects {
    let words = (
        "Put to consent",
        "The exact text; answers are to this and to no other. It stands in the minutes.",
    );
    ask_text(model, words, "", &[room.id()], |model, known, text| {
        let [meeting] = known else {
            return Effects::new();
        };
        let text = text.to_owned();
        let open = in_meeting(meeting, Act::OpenConsent { text });
        does(
            model,
            open,
            "It is put to everyone's consent. c answers.",
            Undo::Nothing,
        )
    })
}

pub(super) fn consent(model: &mut Model, one: &ConsentView) -> Effects {
    let mut rows = vec![
        Row::new("I consent", "I can live with it", "consent"),
        Row::new("I consent, with a concern", "which is noted", "concern"),
        Row::new("I stand aside", "I take no part in this", "aside"),
        Row::new("Hold", "something is needed first", "hold"),
        Row::new("I object", "it would harm the purpose", "object"),
    ];
    if one.state == "open" {
        rows.push(Row::new(
            "Reword it",
            "answers so far stay with the old words",
            "reword",
        ));
        rows.push(Row::new(
            "Close the round",
            "what was answered stands",
            "close",
        ));
    }
    choose_about(
        model,
        ("Your answer; all will see it", &one.text),
        rows,
        &[&one.id, &one.text],
        |model, known, what| {
            let [id, text] = known else {
                return Effects::new();
            };
            match what {
                "consent" => position(model, id, Position::Consent, None),
                "reword" => {
                    let words = ("Reword it", "Everyone answers anew, to the new words.");
                    ask_text(model, words, text, &[id, text], reword)
                }
                "close" => close_consent(model, id),
                word => ask_reason(model, id, word),
            }
        },
    )
}

fn ask_reason(model: &mut Model, id: &str, word: &str) -> Effects {
    let known = [id, word];
    match word {
        "concern" => ask_text(
            model,
            ("A concern", "Which? It is noted."),
            "",
            &known,
            reasoned,
        ),
        "hold" => ask_text(
            model,
            ("Hold", "Until what? Say what is needed."),
            "",
            &known,
            reasoned,
        ),
        "object" => {
            let words = ("An objection", "Why? What harm would it do?");
            ask_text(model, words, "", &known, reasoned)
        }
        _ => {
            let words = ("Standing aside", "Why? Enter alone says nothing.");
            ask_text_or_nothing(model, words, "", &known, reasoned)
        }
    }
}

fn reasoned(model: &mut Model, known: &[String], reason: &str) -> Effects {
    let [id, word] = known else {
        return Effects::new();
    };
    match Position::from_word(word) {
        Some(given) => position(model, id, given, some(reason)),
        None => Effects::new(),
    }
}

fn position(model: &mut Model, id: &str, position: Position, reason: Option<String>) -> Effects {
    let done = match position {
        Position::Consent => "You consent. c changes that.",
        Position::Concern => "You consent, and your concern is noted. c changes that.",
        Position::Aside => "You stand aside. c changes that.",
        Position::Hold => "You ask to hold. c changes that.",
        Position::Object => "You object. c changes that.",
    };
    let answer = Answer::Position { position, reason };
    does(model, about(id, answer), done, Undo::Nothing)
}

fn reword(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [id, before] = known else {
        return Effects::new();
    };
    if text == before {
        return refuse(model, "It reads so already.");
    }
    let text = text.to_owned();
    let reword = about(id, Answer::Reword { text });
    does(
        model,
        reword,
        "Reworded. Everyone answers anew.",
        Undo::Nothing,
    )
}

fn close_consent(model: &mut Model, id: &str) -> Effects {
    let rows = vec![
        Row::new(
            "Close it",
            "who was not heard can still contest it",
            "close",
        ),
        Row::new("Not yet", "answers can still come", ""),
    ];
    choose(
        model,
        "Close the consent round?",
        rows,
        &[id],
        |model, known, what| close(model, known, what, "The consent round is closed."),
    )
}
