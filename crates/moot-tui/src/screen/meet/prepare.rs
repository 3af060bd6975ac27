//! Preparing a meeting in a few steps; giving it another time, cancelling it, settling what competes.

use moot_engine::command::{Act, MeetingCommand, NewMeeting, When};
use moot_engine::reply::meeting::SettleRow;
use moot_engine::{Command, CommandError, Reply};

use super::act::{
    Room, Undo, ask_text, ask_text_or_nothing, choose, does, in_meeting, refuse, some,
};
use super::clock::moment;
use super::when;
use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::update::do_it;
use crate::words::one_line;

/// The roles that a meeting has unless somebody says otherwise.
const ROLES: &str = "facilitator, scribe, timekeeper";

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetMove => {
            let says = format!("When is it to be? {}", when::HOW);
            ask_text(model, ("Another time", &says), "", &[room.id()], move_to)
        }
        Cmd::MeetCancel => cancel(model, room),
        Cmd::MeetSettle => settle(model, room),
        Cmd::MeetDo => match room.selected() {
            ("settle", id) => {
                let contest = room.view.to_settle.iter().find(|one| one.id == id);
                match contest.cloned() {
                    Some(contest) => choices(model, &contest),
                    None => Effects::new(),
                }
            }
            ("alike", id) => super::open(model, id),
            ("state" | "next" | "vacant" | "purpose", _) => next_step(model),
            _ => refuse(
                model,
                "There is nothing to be done with this row. ? lists what can be done.",
            ),
        },
        _ => return None,
    };
    Some(effects)
}

/// What could come next is what help lists.
fn next_step(model: &mut Model) -> Effects {
    crate::update::act(model, Cmd::Help)
}

// A new one.

pub(super) fn begin(model: &mut Model) -> Effects {
    let words = (
        "A meeting · 1 of 4",
        "What is it called? Every member will see it.",
    );
    ask_text(model, words, "", &[""], purpose)
}

pub(super) fn begin_series(model: &mut Model) -> Effects {
    let mut known = model.screens.meet.rows.iter();
    let known = known.find_map(|row| row.series.clone()).unwrap_or_default();
    let words = (
        "A meeting of a series",
        "What is the series called? What one meeting leaves undone is on the next one's agenda.",
    );
    ask_text(model, words, &known, &[], |model, _, series| {
        let words = (
            "A meeting · 1 of 4",
            "What is it called? Every member will see it.",
        );
        ask_text(model, words, "", &[series], purpose)
    })
}

fn purpose(model: &mut Model, known: &[String], title: &str) -> Effects {
    let [series] = known else {
        return Effects::new();
    };
    let words = (
        "A meeting · 2 of 4",
        "What is it for? One line; a meeting without a purpose need not be held.",
    );
    ask_text(
        model,
        words,
        "",
        &[series, title],
        |model, known, purpose| {
            let mut known = known.to_vec();
            known.push(purpose.to_owned());
            ask_when(model, &known, "", "")
        },
    )
}

fn ask_when(model: &mut Model, known: &[String], typed: &str, why: &str) -> Effects {
    let says = if why.is_empty() {
        format!("When? {} Enter alone leaves it open.", when::HOW)
    } else {
        why.to_owned()
    };
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    ask_text_or_nothing(model, ("A meeting · 3 of 4", &says), typed, &known, roles)
}

fn roles(model: &mut Model, known: &[String], typed: &str) -> Effects {
    let mut known = known.to_vec();
    if typed.is_empty() {
        known.extend([String::new(), String::new()]);
    } else {
        match when::read(typed, model.now.wall_ms, &model.setup.zone) {
            Ok(when) => known.extend([when.at_ms.to_string(), when.zone]),
            Err(why) => return ask_when(model, &known, typed, &why),
        }
    }
    let words = (
        "A meeting · 4 of 4",
        "Which roles shall it have, with commas between? Each is taken by whoever says yes; none gives any right.",
    );
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    ask_text_or_nothing(model, words, ROLES, &known, make)
}

fn make(model: &mut Model, known: &[String], roles: &str) -> Effects {
    let [series, title, purpose, at_ms, zone] = known else {
        return Effects::new();
    };
    let when = at_ms.parse().ok().map(|at_ms| When {
        at_ms,
        zone: zone.clone(),
    });
    let roles = roles.split(',').map(|role| role.trim().to_owned());
    let new = NewMeeting {
        title: title.clone(),
        purpose: purpose.clone(),
        when,
        series: some(series),
        roles: roles.filter(|role| !role.is_empty()).collect(),
    };
    let new = Command::Meeting(MeetingCommand::New(new));
    vec![model.ask(new, &[], was_made)]
}

fn was_made(model: &mut Model, _: &[String], answer: Result<Reply, CommandError>) -> Effects {
    match answer {
        Ok(Reply::Acted(acted)) => {
            model.say("Prepared. a adds items, f asks who might facilitate, B begins.");
            let mut effects = super::open(model, &acted.meeting.id);
            effects.extend(super::read_list(model));
            effects
        }
        Ok(_) => Effects::new(),
        Err(error) => {
            model.complain(&error);
            Effects::new()
        }
    }
}

// Time.

fn move_to(model: &mut Model, known: &[String], typed: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let when = match when::read(typed, model.now.wall_ms, &model.setup.zone) {
        Ok(when) => when,
        Err(why) => return ask_text(model, ("Another time", &why), typed, &[meeting], move_to),
    };
    let view = model.screens.meet.opened();
    let before = view.and_then(|view| Some((view.at?, view.zone.clone()?)));
    let at = jiff::Timestamp::from_millisecond(when.at_ms).unwrap_or_default();
    let now_ms = model.now.wall_ms;
    let said = moment(at, Some(&when.zone), now_ms, &model.setup.zone);
    let undo = before.map_or(Undo::Nothing, |(at, zone)| {
        let at_ms = at.as_millisecond();
        let back = Act::Move(When { at_ms, zone });
        Undo::By(in_meeting(meeting, back), "It is when it was before.")
    });
    let act = in_meeting(meeting, Act::Move(when));
    does(model, act, &format!("It is to be {said}."), undo)
}

fn cancel(model: &mut Model, room: &Room) -> Effects {
    let act = |act| in_meeting(room.id(), act);
    let takes_place = "It takes place after all.";
    if room.view.state == "cancelled" {
        let undo = Undo::By(act(Act::Cancel), "It is cancelled again.");
        return does(model, act(Act::Resume), takes_place, undo);
    }
    let undo = Undo::By(act(Act::Resume), takes_place);
    does(model, act(Act::Cancel), "Cancelled.", undo)
}

// What competes.

fn settle(model: &mut Model, room: &Room) -> Effects {
    let contests = &room.view.to_settle;
    match contests.as_slice() {
        [] => refuse(model, "Nothing competes here; there is nothing to settle."),
        [one] => choices(model, one),
        several => {
            let rows = several.iter().map(|one| {
                let choices: Vec<&str> = one.choices.iter().map(|row| row.text.as_str()).collect();
                Row::new(one_line(&one.text), one_line(&choices.join(" / ")), &one.id)
            });
            let rows = rows.collect();
            choose(model, "Settle what?", rows, &[], |model, _, id| {
                let view = model.screens.meet.opened();
                let contest = view.and_then(|view| view.to_settle.iter().find(|one| one.id == id));
                match contest.cloned() {
                    Some(contest) => choices(model, &contest),
                    None => refuse(model, "Somebody settled it just before."),
                }
            })
        }
    }
}

fn choices(model: &mut Model, contest: &SettleRow) -> Effects {
    let row = |text: &str, by: &[String], value: &str| {
        let by = if by.is_empty() {
            String::new()
        } else {
            format!("by {}", one_line(&by.join(", ")))
        };
        Row::new(one_line(text), by, value)
    };
    let choices = contest.choices.iter();
    let mut rows: Vec<Row> = choices
        .map(|choice| row(&choice.text, &choice.by, &choice.id))
        .collect();
    if contest.both {
        rows.push(Row::new("Both", "all of them hold", "both"));
    }
    let title = one_line(&contest.text);
    choose(
        model,
        &title,
        rows,
        &[&contest.id],
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
    )
}
