//! Answers to what stands in the inbox: yes and no cost one key each, and no needs no reason.

use moot_engine::Command;
use moot_engine::command::{Answer, MeetingCommand, Position};
use moot_engine::reply::meeting::InboxRow;

use crate::layer::{Choice, Layer, Prompt, Row};
use crate::message::Effects;
use crate::model::Model;
use crate::update::{do_it, over};
use crate::words::one_line;

fn say(model: &mut Model, id: &str, answer: Answer, done: &str) -> Effects {
    let answer = Command::Meeting(MeetingCommand::Answer {
        id: id.to_owned(),
        answer,
    });
    vec![do_it(model, answer, done)]
}

pub(super) fn explain(model: &mut Model, row: &InboxRow) -> Effects {
    model.say(match row.kind.as_str() {
        "consent" => "This asks for your position: c chooses one.",
        "contested" => "Somebody was not heard when it was closed. Enter goes to the meeting.",
        "settle" | "co-held" => "This is to be settled: s chooses.",
        "review" => "By command: moot role policy ROLE --review DATE, or never.",
        _ => "This is answered in its meeting: o goes there.",
    });
    Effects::new()
}

pub(super) fn yes(model: &mut Model, row: &InboxRow) -> Effects {
    match row.kind.as_str() {
        "offer" | "shadow" | "hand-over" | "nominee" | "action" => say(
            model,
            &row.id,
            Answer::Accept,
            "You said yes. Every member will see it.",
        ),
        "consent" => take(model, &row.id, Position::Consent, None),
        "round" => over(
            model,
            Layer::Prompt(
                Prompt::new(
                    "Your turn",
                    "What you say, to be kept; nothing, if it is only to be said aloud.",
                    turn,
                )
                .or_nothing()
                .knowing(&[&row.id]),
            ),
        ),
        _ => explain(model, row),
    }
}

fn turn(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [id] = known else {
        return Effects::new();
    };
    let turn = Answer::Turn {
        pass: false,
        text: (!text.is_empty()).then(|| text.to_owned()),
    };
    say(model, id, turn, "You had your turn.")
}

pub(super) fn no(model: &mut Model, row: &InboxRow) -> Effects {
    match row.kind.as_str() {
        "offer" | "shadow" | "hand-over" | "nominee" | "action" => say(
            model,
            &row.id,
            Answer::Decline,
            "You said no. That is all it takes.",
        ),
        "round" => {
            let pass = Answer::Turn {
                pass: true,
                text: None,
            };
            say(model, &row.id, pass, "You let your turn go by.")
        }
        _ => explain(model, row),
    }
}

/// The positions, from yes to no, each in words.
const POSITIONS: [(Position, &str, &str); 5] = [
    (Position::Consent, "Consent", "you can go along with it"),
    (
        Position::Concern,
        "Consent, with a concern",
        "it goes ahead, and the concern is noted",
    ),
    (
        Position::Aside,
        "Stand aside",
        "you take no part in this decision",
    ),
    (Position::Hold, "Hold", "you need something first; say what"),
    (Position::Object, "Object", "it would do harm; say which"),
];

pub(super) fn position(model: &mut Model, row: &InboxRow) -> Effects {
    if row.kind != "consent" {
        return explain(model, row);
    }
    let rows = POSITIONS
        .iter()
        .enumerate()
        .map(|(index, (_, label, detail))| Row::new(*label, *detail, index.to_string()))
        .collect();
    let choice = Choice::new(
        "Your position; every member will see it",
        rows,
        |model, known, which| {
            let index = which.parse::<usize>().unwrap_or(usize::MAX);
            let (Some((position, label, _)), [id]) = (POSITIONS.get(index), known) else {
                return Effects::new();
            };
            let says = match position {
                Position::Consent => return take(model, id, *position, None),
                Position::Hold => "What do you need first? Every member will see it.",
                Position::Object => "What would be harmed? A sentence; every member will see it.",
                Position::Concern => "Which concern? A sentence; every member will see it.",
                Position::Aside => "Why, if you wish; nothing will do. Every member will see it.",
            };
            let mut prompt = Prompt::new(label, says, with_reason).knowing(&[id, which]);
            if *position == Position::Aside {
                prompt = prompt.or_nothing();
            }
            over(model, Layer::Prompt(prompt))
        },
    );
    over(model, Layer::Choice(choice.knowing(&[&row.id])))
}

fn with_reason(model: &mut Model, known: &[String], reason: &str) -> Effects {
    let [id, which] = known else {
        return Effects::new();
    };
    let index = which.parse::<usize>().unwrap_or(usize::MAX);
    let Some((position, _, _)) = POSITIONS.get(index) else {
        return Effects::new();
    };
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    take(model, id, *position, reason)
}

fn take(model: &mut Model, id: &str, position: Position, reason: Option<String>) -> Effects {
    let answer = Answer::Position { position, reason };
    say(
        model,
        id,
        answer,
        "Your position stands. You can change it in the meeting while it is open.",
    )
}

pub(super) fn settle(model: &mut Model, row: &InboxRow) -> Effects {
    if row.choices.is_empty() {
        return explain(model, row);
    }
    let mut rows: Vec<Row> = row
        .choices
        .iter()
        .map(|choice| {
            let by = match choice.by.is_empty() {
                true => String::new(),
                false => format!("said by {}", one_line(&choice.by.join(", "))),
            };
            // By its words: one person may have said two things in one go, of which only one is settled here.
            Row::new(one_line(&choice.text), by, &choice.text)
        })
        .collect();
    if row.both {
        rows.push(Row::new("All of them, together", "they share it", "both"));
    }
    let choice = Choice::new(
        "Which shall stand? All will see it",
        rows,
        |model, known, choice| {
            let [id] = known else {
                return Effects::new();
            };
            let settle = Command::Settle {
                id: id.clone(),
                choice: choice.to_owned(),
            };
            vec![do_it(
                model,
                settle,
                "Settled. Every member will see it so.",
            )]
        },
    );
    over(model, Layer::Choice(choice.knowing(&[&row.id])))
}
