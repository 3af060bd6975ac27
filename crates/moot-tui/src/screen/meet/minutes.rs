//! The minutes: to be read at any time, written into, corrected and agreed.

use moot_engine::command::{Act, Answer, MeetingCommand};
use moot_engine::{Command, Reply};

use super::act::{Room, Undo, about, ask_text, choose, does, in_meeting, refuse};
use crate::layer::{Layer, Page, Row};
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::update::over;
use crate::words::one_line;

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetRemark => {
            let words = (
                "Into the minutes",
                "A line under your name. Every member will see it.",
            );
            ask_text(model, words, "", &[room.id(), "on"], remark)
        }
        Cmd::MeetOffRecord => {
            let says = "Not in the minutes; every member's device holds it all the same.";
            ask_text(
                model,
                ("Off the record", says),
                "",
                &[room.id(), "off"],
                remark,
            )
        }
        Cmd::MeetCorrect => match room.selected_of("remark") {
            Some(id) => correct(model, room, id),
            None => which_remark(model, room),
        },
        Cmd::MeetAgree => {
            let agree = in_meeting(room.id(), Act::AgreeMinutes);
            does(
                model,
                agree,
                "The minutes are agreed, as they stand.",
                Undo::Nothing,
            )
        }
        Cmd::MeetName => name(model, room),
        Cmd::MeetDo => match room.selected() {
            ("remark", id) => correct(model, room, id),
            ("left", index) => {
                let note = index
                    .parse()
                    .ok()
                    .and_then(|index: usize| room.view.notes.get(index));
                let Some(note) = note else {
                    return Some(Effects::new());
                };
                let title = format!("For the next {}", one_line(&note.role));
                let lines = note
                    .text
                    .lines()
                    .map(|line| (one_line(line), model.theme.plain));
                let page = Page::new(&title, lines.collect());
                over(model, Layer::Page(page))
            }
            _ => return None,
        },
        _ => return None,
    };
    Some(effects)
}

/// The minutes as they stand, of the meeting that is open or selected.
pub(super) fn show(model: &mut Model) -> Effects {
    let meet = &model.screens.meet;
    let Some(id) = meet.open.as_deref().or(meet.selection.id()) else {
        return refuse(model, "There is no meeting yet. n prepares one.");
    };
    let meeting = id.to_owned();
    let minutes = Command::Meeting(MeetingCommand::Minutes { meeting });
    vec![model.ask(minutes, &[], |model, _, answer| {
        let markdown = match answer {
            Ok(Reply::Minutes(markdown)) => markdown,
            Ok(_) => return Effects::new(),
            Err(error) => {
                model.complain(&error);
                return Effects::new();
            }
        };
        let theme = &model.theme;
        let lines = markdown.lines().map(|line| {
            let style = if line.starts_with('#') {
                theme.strong
            } else {
                theme.plain
            };
            (one_line(line), style)
        });
        let page = Page::new("Minutes", lines.collect());
        over(model, Layer::Page(page))
    })]
}

fn remark(model: &mut Model, known: &[String], text: &str) -> Effects {
    let [meeting, record] = known else {
        return Effects::new();
    };
    let off_record = record == "off";
    let done = if off_record {
        "Noted, off the record."
    } else {
        "It is in the minutes."
    };
    let act = Act::Remark {
        text: text.to_owned(),
        off_record,
    };
    does(model, in_meeting(meeting, act), done, Undo::Nothing)
}

fn which_remark(model: &mut Model, room: &Room) -> Effects {
    let remarks = room.view.remarks.iter().rev();
    let rows: Vec<Row> = remarks
        .map(|one| Row::new(one_line(&one.text), one_line(&one.by.join(", ")), &one.id))
        .collect();
    if rows.is_empty() {
        return refuse(model, "Nothing is noted yet. i writes into the minutes.");
    }
    choose(
        model,
        "Correct which line?",
        rows,
        &[],
        |model, _, id| match Room::of(model) {
            Some(room) => correct(model, &room, id),
            None => Effects::new(),
        },
    )
}

fn correct(model: &mut Model, room: &Room, id: &str) -> Effects {
    let Some(remark) = room.view.remarks.iter().find(|one| one.id == id) else {
        return Effects::new();
    };
    let words = (
        "How should it read?",
        "That it was corrected is shown to all.",
    );
    let known = [id, remark.text.as_str()];
    ask_text(
        model,
        words,
        &one_line(&remark.text),
        &known,
        |model, known, text| {
            let [id, before] = known else {
                return Effects::new();
            };
            let correct = |text: &str| {
                let text = text.to_owned();
                about(id, Answer::Correct { text })
            };
            let undo = Undo::By(correct(before), "It reads as it did before.");
            does(model, correct(text), "Corrected.", undo)
        },
    )
}

fn name(model: &mut Model, room: &Room) -> Effects {
    let rows = vec![
        Row::new(
            "Leave my name out",
            "you are “someone” in these minutes",
            "out",
        ),
        Row::new("Show my name", "as at first", "in"),
    ];
    choose(
        model,
        "Your name in the minutes",
        rows,
        &[room.id()],
        |model, known, what| {
            let [meeting] = known else {
                return Effects::new();
            };
            let name = |leave_out| in_meeting(meeting, Act::Name { leave_out });
            let is_out = what == "out";
            let (out, shown) = (
                "You are “someone” in these minutes.",
                "Your name stands in the minutes.",
            );
            let (done, undone) = if is_out { (out, shown) } else { (shown, out) };
            does(model, name(is_out), done, Undo::By(name(!is_out), undone))
        },
    )
}
