//! What is done about roles: taking, laying down, and not wanting to be asked. Asking somebody is in `asking`.
//!
//! Nothing here counts who served how often.

mod asking;

use moot_engine::Command;
use moot_engine::command::{Act, MeetingCommand, Standing};

use super::act::{
    Room, Then, Undo, ask_text, ask_text_or_nothing, choose, does, in_meeting, refuse, some,
};
use super::when;
use asking::{ask_other, facilitator, hand_over, suggest};

use crate::layer::Row;
use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;
use crate::words::one_line;

pub(super) fn act(model: &mut Model, room: &Room, cmd: Cmd) -> Option<Effects> {
    let effects = match cmd {
        Cmd::MeetOffer => with_role(model, room, "Offer which role?", suggest),
        Cmd::MeetSuggest => facilitator(model, room),
        Cmd::MeetTakeRole => with_role(model, room, "Take which role?", take),
        Cmd::MeetStepBack => with_mine(model, room, "Step back from which role?", step_back),
        Cmd::MeetHandOver => with_mine(model, room, "Hand over which role?", hand_over),
        Cmd::MeetRole => with_role(model, room, "Which role?", menu),
        Cmd::MeetOptOut => with_role(model, room, "Which role is not for you?", opt_out),
        Cmd::MeetAddRole => {
            let words = (
                "One more role",
                "What is it called? Every member will see it.",
            );
            ask_text(model, words, "", &[room.id()], add)
        }
        Cmd::MeetDo => match room.selected() {
            ("role", role) => menu(model, &[room.id().to_owned()], role),
            ("offer", id) => asking::menu(model, room, id),
            _ => return None,
        },
        _ => return None,
    };
    Some(effects)
}

// Which role.

fn with_role(model: &mut Model, room: &Room, title: &str, then: Then) -> Effects {
    let known = [room.id().to_owned()];
    if let Some(role) = room.selected_of("role") {
        return then(model, &known, role);
    }
    let rows = room.view.roles.iter().map(|role| {
        let holders = match role.holders.as_slice() {
            [] => role.state.clone(),
            holders => holders.join(", "),
        };
        Row::new(one_line(&role.role), one_line(&holders), &role.role)
    });
    let rows: Vec<Row> = rows.collect();
    if rows.is_empty() {
        return refuse(model, "This meeting has no role. R adds one.");
    }
    choose(model, title, rows, &[room.id()], then)
}

/// One of my own; without asking where there is only one.
fn with_mine(model: &mut Model, room: &Room, title: &str, then: Then) -> Effects {
    let selected = room.selected_of("role");
    let mine = room.mine();
    match mine.as_slice() {
        [] => refuse(model, "You hold no role in this meeting. t takes one."),
        [one] => then(model, &[room.id().to_owned()], one),
        several => match several.iter().find(|role| Some(**role) == selected) {
            Some(role) => then(model, &[room.id().to_owned()], role),
            None => {
                let rows = several
                    .iter()
                    .map(|role| Row::new(one_line(role), "", *role));
                choose(model, title, rows.collect(), &[room.id()], then)
            }
        },
    }
}

// Taking and laying down.

fn take(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    take_as(model, meeting, role, false)
}

fn take_as(model: &mut Model, meeting: &str, role: &str, shadow: bool) -> Effects {
    let back = Act::StepBack {
        role: role.to_owned(),
        note: None,
    };
    let name = one_line(role);
    let done = if shadow {
        format!("You are beside whoever is {name}.")
    } else {
        format!("You are {name} now.")
    };
    let take = Act::Take {
        role: role.to_owned(),
        shadow,
    };
    let undo = Undo::By(in_meeting(meeting, back), "You have stepped back.");
    does(model, in_meeting(meeting, take), &done, undo)
}

fn step_back(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let title = format!("Step back as {}", one_line(role));
    let words = (
        title.as_str(),
        "A word to the next holder? Enter alone says nothing. It takes effect at once.",
    );
    ask_text_or_nothing(model, words, "", &[meeting, role], |model, known, note| {
        let [meeting, role] = known else {
            return Effects::new();
        };
        let note = some(note);
        let act = |act| in_meeting(meeting, act);
        let back = Act::StepBack {
            role: role.clone(),
            note,
        };
        let again = Act::Take {
            role: role.clone(),
            shadow: false,
        };
        let undo = Undo::By(act(again), "It is yours again.");
        does(
            model,
            act(back),
            "You have stepped back, with thanks.",
            undo,
        )
    })
}

fn add(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let role = role.to_owned();
    let remove = Act::RemoveRole { role: role.clone() };
    let undo = Undo::By(in_meeting(meeting, remove), "It is gone again.");
    does(
        model,
        in_meeting(meeting, Act::AddRole { role }),
        "There is one more role.",
        undo,
    )
}

// All that can be done.

fn menu(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let rows = vec![
        Row::new(
            "Who might take it",
            "whom to ask, and why; Enter asks",
            "suggest",
        ),
        Row::new("Take it", "it is yours at once", "take"),
        Row::new("Be beside the holder", "to learn it", "shadow"),
        Row::new("Ask somebody to be beside", "to learn it", "offer-shadow"),
        Row::new("Hand it over", "yours until they say yes", "hand-over"),
        Row::new("Swap", "with somebody who holds another", "swap"),
        Row::new("Step back", "at once; nobody has to agree", "step-back"),
        Row::new("Share it", "all who hold it hold it together", "share"),
        Row::new(
            "Open it anew",
            "its holder goes on until somebody else says yes",
            "open",
        ),
        Row::new("Do without it", "in this meeting", "remove"),
        Row::new(
            "Not for me, or again",
            "whether you may be asked",
            "opt-out",
        ),
    ];
    choose(model, &one_line(role), rows, &[meeting, role], do_with)
}

fn do_with(model: &mut Model, known: &[String], what: &str) -> Effects {
    let [meeting, role] = known else {
        return Effects::new();
    };
    let of_meeting = std::slice::from_ref(meeting);
    let act = |act| in_meeting(meeting, act);
    let role_again = || role.clone();
    match what {
        "suggest" => suggest(model, of_meeting, role),
        "take" => take(model, of_meeting, role),
        "shadow" => take_as(model, meeting, role, true),
        "offer-shadow" => ask_other(model, meeting, role, false),
        "swap" => ask_other(model, meeting, role, true),
        "hand-over" => hand_over(model, of_meeting, role),
        "step-back" => step_back(model, of_meeting, role),
        "opt-out" => opt_out(model, of_meeting, role),
        "share" => {
            let share = Act::Share { role: role_again() };
            does(model, act(share), "They share it.", Undo::Nothing)
        }
        "open" => {
            let open = Act::OpenRole { role: role_again() };
            does(
                model,
                act(open),
                "It is open to be given anew.",
                Undo::Nothing,
            )
        }
        "remove" => {
            let add = Act::AddRole { role: role_again() };
            let undo = Undo::By(act(add), "The role is back.");
            let remove = Act::RemoveRole { role: role_again() };
            does(model, act(remove), "Done without it.", undo)
        }
        _ => Effects::new(),
    }
}

fn opt_out(model: &mut Model, known: &[String], role: &str) -> Effects {
    let [meeting] = known else {
        return Effects::new();
    };
    let rows = vec![
        Row::new("Not this meeting", "you will not be asked here", "meeting"),
        Row::new("Not until a day", "in no meeting before", "until"),
        Row::new("Never", "until you say otherwise", "never"),
        Row::new("Ask me again", "in this and in every meeting", "in"),
        Row::new(
            "I am ready",
            "you need not be beside somebody first",
            "ready",
        ),
    ];
    let title = format!("May you be asked to be {}?", one_line(role));
    choose(
        model,
        &title,
        rows,
        &[meeting, role],
        |model, known, what| {
            let [meeting, role] = known else {
                return Effects::new();
            };
            willing(model, meeting, role, what)
        },
    )
}

fn willing(model: &mut Model, meeting: &str, role: &str, what: &str) -> Effects {
    let standing = |standing| Command::Meeting(MeetingCommand::Standing(standing));
    let may = |willing| {
        let role = role.to_owned();
        in_meeting(meeting, Act::Willing { role, willing })
    };
    let opt_in = || {
        let role = role.to_owned();
        standing(Standing::OptIn { role })
    };
    let again = "You may be asked again.";
    match what {
        "meeting" => {
            let undo = Undo::By(may(true), again);
            does(
                model,
                may(false),
                "You will not be asked in this meeting.",
                undo,
            )
        }
        "never" => {
            let out = Standing::OptOut {
                role: role.to_owned(),
                until_ms: None,
            };
            let done = "You will not be asked any more.";
            does(model, standing(out), done, Undo::By(opt_in(), again))
        }
        "in" => {
            let mut effects = does(model, may(true), again, Undo::Nothing);
            effects.extend(does(model, opt_in(), again, Undo::Nothing));
            effects
        }
        "ready" => {
            let ready = Standing::Ready {
                role: role.to_owned(),
            };
            does(
                model,
                standing(ready),
                "You may be asked to do it yourself.",
                Undo::Nothing,
            )
        }
        _ => {
            let words = (
                "Not until",
                "From which day may you be asked again? As 2026-12-24.",
            );
            ask_text(model, words, "", &[role], until)
        }
    }
}

fn until(model: &mut Model, known: &[String], day: &str) -> Effects {
    let [role] = known else {
        return Effects::new();
    };
    let (now_ms, zone) = (model.now.wall_ms, &model.setup.zone);
    let Ok(when) = when::read(&format!("{day} 00:00"), now_ms, zone) else {
        let words = ("Not until", "That is no day. Days are written 2026-12-24.");
        return ask_text(model, words, day, &[role], until);
    };
    let out = Standing::OptOut {
        role: role.clone(),
        until_ms: Some(when.at_ms),
    };
    let role = role.clone();
    let opt_in = Command::Meeting(MeetingCommand::Standing(Standing::OptIn { role }));
    let undo = Undo::By(opt_in, "You may be asked again.");
    let out = Command::Meeting(MeetingCommand::Standing(out));
    does(model, out, "You will not be asked before that day.", undo)
}
