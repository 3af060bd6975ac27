//! Asking somebody to take a role: whom, and why, comes from the engine in words; only a yes makes a holder.

use moot_engine::command::{Act, Answer, MeetingCommand, OfferKind};
use moot_engine::reply::meeting::{SuggestionRow, Suggestions};
use moot_engine::{Command, CommandError, Reply};

use super::super::act::{
    Room, Then, Undo, about, ask_text_or_nothing, choose, does, in_meeting, refuse, some,
};
use super::{take_as, with_role};
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::words::one_line;

pub(super) fn facilitator(model: &mut Model, room: &Room) -> Effects {
    let roles = room.view.roles.iter();
    let found = roles
        .map(|role| role.role.as_str())
        .find(|role| role.eq_ignore_ascii_case("facilitator"));
    match found {
        Some(role) => suggest(model, &[room.id().to_owned()], role),
        None => with_role(model, room, "Who might take which role?", suggest),
    }
}

/// Asks the engine whom to ask; Enter then asks that person.
pub(super) fn suggest(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let suggest = Command::Meeting(MeetingCommand::Suggest {
        meeting: meeting.clone(),
        role: role.to_owned(),
    });
    vec![model.ask(suggest, &[meeting, role], suggested)]
}

fn suggested(model: &mut Model, known: &[String], answer: Result<Reply, CommandError>) -> Effects {
    let [meeting, role] = known else {
        return Effects::new();
    };
    let all = match answer {
        Ok(Reply::Suggestions(all)) => all,
        Ok(_) => return Effects::new(),
        Err(error) => {
            model.complain(&error);
            return Effects::new();
        }
    };
    if model.screens.meet.open.as_ref() != Some(meeting) || !model.layers.is_empty() {
        // One has gone on to something else meanwhile.
        return Effects::new();
    }
    let rows = suggestion_rows(model, &all);
    if rows.is_empty() {
        return refuse(
            model,
            "There is nobody to ask yet. t takes the role yourself.",
        );
    }
    let title = format!("Who might be {}? Enter asks", one_line(role));
    choose(
        model,
        &title,
        rows,
        &[meeting, role],
        |model, known, value| {
            let [meeting, role] = known else {
                return Effects::new();
            };
            let (kind, to) = match value.split_once(' ') {
                Some(("shadow", to)) => (OfferKind::Shadow, to),
                Some((_, to)) => (OfferKind::Turn, to),
                None => return Effects::new(),
            };
            if model.me().is_some_and(|me| me.id == to) {
                return take_as(model, meeting, role, kind == OfferKind::Shadow);
            }
            offer(model, meeting, role, to, kind, None)
        },
    )
}

/// Those whom the rota suggests first, then everybody else: anyone may be asked.
fn suggestion_rows(model: &Model, all: &Suggestions) -> Vec<Row> {
    let me = model.me().map(|me| me.id.clone()).unwrap_or_default();
    let row = |one: &SuggestionRow, reason: String| {
        let you = if one.person == me {
            " (you: takes it)"
        } else {
            ""
        };
        Row::new(
            format!("{}{you}", one_line(&one.name)),
            reason,
            format!("{} {}", one.part, one.person),
        )
    };
    let mut rows: Vec<Row> = Vec::new();
    for one in &all.suggested {
        let beside = if one.part == "shadow" {
            "to be beside the holder: "
        } else {
            ""
        };
        rows.push(row(one, format!("{beside}{}", one_line(&one.reason))));
    }
    for one in &all.left_out {
        rows.push(row(
            one,
            format!("not suggested: {}", one_line(&one.reason)),
        ));
    }
    let is_listed = |id: &str| {
        let mut listed = all.suggested.iter().chain(&all.left_out);
        listed.any(|one| one.person == id)
    };
    for person in &model.people {
        if person.state != "left" && !is_listed(&person.id) {
            let value = format!("holder {}", person.id);
            let you = if person.you { " (you: takes it)" } else { "" };
            let name = format!("{}{you}", one_line(&person.name));
            rows.push(Row::new(name, "", value));
        }
    }
    rows
}

fn offer(
    model: &mut Model,
    meeting: &str,
    role: &str,
    to: &str,
    kind: OfferKind,
    note: Option<String>,
) -> Effects {
    let person = model.people.iter().find(|person| person.id == to);
    let name = person.map_or_else(|| to.to_owned(), |person| one_line(&person.name));
    let act = Act::Offer {
        role: role.to_owned(),
        to: to.to_owned(),
        kind,
        note,
        until_ms: None,
    };
    let role = one_line(role);
    let done = match kind {
        OfferKind::Shadow => format!("{name} was asked to be beside whoever is {role}."),
        OfferKind::HandOver => format!("{name} was asked to go on as {role}."),
        OfferKind::Swap => format!("{name} was asked to swap."),
        OfferKind::Turn | OfferKind::Selection => format!("{name} was asked to be {role}."),
    };
    let undo = Undo::Made(
        |_, id| about(id, Answer::Withdraw),
        "The offer is taken back.",
    );
    does(model, in_meeting(meeting, act), &done, undo)
}

/// One of the others.
fn with_other(model: &mut Model, title: &str, known: &[&str], then: Then) -> Effects {
    let others = model.people.iter();
    let others = others.filter(|person| !person.you && person.state != "left");
    let rows: Vec<Row> = others
        .map(|person| Row::new(one_line(&person.name), "", &person.id))
        .collect();
    if rows.is_empty() {
        return refuse(model, "There is nobody else in this notebook yet.");
    }
    choose(model, title, rows, known, then)
}

pub(super) fn hand_over(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let title = format!("Hand {} over to whom?", one_line(role));
    with_other(model, &title, &[meeting, role], |model, known, to| {
        let [meeting, role] = known else {
            return Effects::new();
        };
        let words = (
            "A word with it",
            "What should they know? Enter alone says nothing. It is yours until they say yes.",
        );
        ask_text_or_nothing(
            model,
            words,
            "",
            &[meeting, role, to],
            |model, known, note| {
                let [meeting, role, to] = known else {
                    return Effects::new();
                };
                offer(model, meeting, role, to, OfferKind::HandOver, some(note))
            },
        )
    })
}

pub(super) fn ask_other(model: &mut Model, meeting: &str, role: &str, is_swap: bool) -> Effects {
    let (title, then): (&str, Then) = if is_swap {
        (
            "Swap with whom? They hold a role, too",
            |model, known, to| {
                let [meeting, role] = known else {
                    return Effects::new();
                };
                offer(model, meeting, role, to, OfferKind::Swap, None)
            },
        )
    } else {
        (
            "Who might be beside the holder, to learn it?",
            |model, known, to| {
                let [meeting, role] = known else {
                    return Effects::new();
                };
                offer(model, meeting, role, to, OfferKind::Shadow, None)
            },
        )
    };
    with_other(model, title, &[meeting, role], then)
}

// What becomes of an offer.

pub(super) fn menu(model: &mut Model, room: &Room, id: &str) -> Effects {
    let mut offers = room.view.roles.iter().flat_map(|role| &role.offers);
    let Some(offer) = offers.find(|offer| offer.id == id && offer.state == "open") else {
        return refuse(model, "This offer is answered already.");
    };
    let rows = if offer.to.id == room.my_id {
        vec![
            Row::new("Yes", "it is yours", "yes"),
            Row::new("Not now", "no reason is asked", "no"),
        ]
    } else {
        vec![Row::new(
            "Take the offer back",
            "whoever made it can",
            "withdraw",
        )]
    };
    choose(model, "This offer", rows, &[id], |model, known, what| {
        let [id] = known else {
            return Effects::new();
        };
        let (answer, done) = match what {
            "yes" => (Answer::Accept, "You said yes."),
            "no" => (Answer::Decline, "Not now: good to know."),
            _ => (Answer::Withdraw, "The offer is taken back."),
        };
        does(model, about(id, answer), done, Undo::Nothing)
    })
}
