//! Claims about the first steps and the sample.

use moot_engine::command::ErrorKind;
use moot_engine::reply::{Entered, Named, OwnDevice, Reply};
use moot_engine::{Command, CommandError};
use ratatui::crossterm::event::KeyCode;

use super::sample;
use crate::message::{Effect, Effects, Msg};
use crate::model::Model;
use crate::pictured::*;
use crate::table::Place;
use crate::theme::Colours;
use crate::update::{place, update};

fn begun() -> Model {
    bare(Colours::Sixteen, true)
}

fn entered() -> Reply {
    let named = |id: &str, name: &str| Named {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    Reply::Entered(Entered {
        notebook: named("n1", "Allotment"),
        person: named("p1", "Ana"),
        device: OwnDevice {
            id: "d1".to_owned(),
            peer_id: "12D".to_owned(),
        },
        admitted_by: None,
    })
}

fn enter(model: &mut Model) -> Effects {
    press(model, KeyCode::Enter)
}

/// As far as waiting for a member.
fn joining() -> (Model, Effects) {
    let mut model = begun();
    enter(&mut model);
    press(&mut model, KeyCode::Char('2'));
    let now = model.now;
    update(&mut model, now, Msg::Paste("moot1abc\n".to_owned()));
    let effects = enter(&mut model);
    (model, effects)
}

fn unreached(text: &str) -> CommandError {
    CommandError::new(ErrorKind::Unreachable, text, "The request is kept.")
}

#[test]
fn five_times_enter_leads_to_a_first_note() {
    let mut model = begun();
    enter(&mut model);
    enter(&mut model);
    let effects = enter(&mut model);
    let init = Command::Init {
        person: "ana".to_owned(),
        notebook: "Our notebook".to_owned(),
        purpose: None,
    };
    assert_eq!(asked(&effects), [init]);
    answer(&mut model, &effects, Ok(entered()));
    assert!(picture(&mut model, (80, 24)).contains("/home/ana/.local/share/folkmoot"));
    enter(&mut model);
    assert_eq!(model.notebook.as_deref(), Some("n1"));
    assert_eq!(place(&model), Place::Notes);
    types(&mut model, "Water rota");
    let effects = enter(&mut model);
    let makes = |command: &Command| matches!(command, Command::NoteNew { title, .. } if title == "Water rota");
    assert!(asked(&effects).iter().any(makes));
}

#[test]
fn esc_goes_back_and_loses_nothing_that_was_typed() {
    let mut model = begun();
    types(&mut model, "Ana Q?");
    enter(&mut model);
    enter(&mut model);
    press(&mut model, KeyCode::Tab);
    types(&mut model, "To eat");
    for _ in 0..5 {
        press(&mut model, KeyCode::Esc);
    }
    assert_eq!(place(&model), Place::First);
    assert!(picture(&mut model, (80, 24)).contains("Ana Q?"));
    enter(&mut model);
    enter(&mut model);
    let effects = enter(&mut model);
    let init = Command::Init {
        person: "Ana Q?".to_owned(),
        notebook: "Our notebook".to_owned(),
        purpose: Some("To eat".to_owned()),
    };
    assert_eq!(asked(&effects), [init]);
}

#[test]
fn nobody_goes_on_without_a_name() {
    let mut model = begun();
    for _ in 0..3 {
        press(&mut model, KeyCode::Backspace);
    }
    enter(&mut model);
    assert!(picture(&mut model, (80, 24)).contains("1 of 4"));
}

#[test]
fn joining_asks_on_until_a_member_opens_and_shows_the_six_words() {
    let (mut model, effects) = joining();
    let [Command::Join { ticket, person, .. }, Command::Notebooks] = &asked(&effects)[..] else {
        panic!("no request to join");
    };
    assert_eq!((ticket.as_str(), person.as_str()), ("moot1abc", "ana"));
    let effects = answer(
        &mut model,
        &effects,
        Err(unreached("no member was reached in time")),
    );
    assert!(
        matches!(
            asked(&effects)[..],
            [Command::Join { .. }, Command::Notebooks]
        ),
        "it is asked again, and what it is for while that is not known"
    );
    let words = "no member has let you in yet: a member must compare six words with you: apple river stone candle window north";
    let effects = answer(&mut model, &effects, Err(unreached(words)));
    let effects = answer(
        &mut model,
        &effects,
        Err(unreached("no member was reached in time")),
    );
    let shown = picture(&mut model, (80, 24));
    assert!(
        shown.contains("│ apple river stone candle window north "),
        "the words alone\n{shown}"
    );
    let shown = picture(&mut model, (40, 15));
    assert!(shown.contains("drops the request"), "{shown}");
    // Events may be missed meanwhile: the step stays.
    let now = model.now;
    let read = update(&mut model, now, Msg::Missed);
    answer(
        &mut model,
        &read,
        Ok(Reply::Notebooks(vec![notebook("n1", "Allotment")])),
    );
    assert_eq!(place(&model), Place::First);
    answer(&mut model, &effects, Ok(entered()));
    assert!(picture(&mut model, (80, 24)).contains("You are in “Allotment”"));
    enter(&mut model);
    assert_eq!(model.notebook.as_deref(), Some("n1"));
    assert!(model.layers.is_empty(), "others have written already");
}

#[test]
fn a_refused_ticket_leads_back_to_it_with_the_reason() {
    let (mut model, effects) = joining();
    let error = CommandError::new(
        ErrorKind::Usage,
        "the ticket was mistyped",
        "Copy the whole ticket again.",
    );
    answer(&mut model, &effects, Err(error));
    let shown = picture(&mut model, (80, 24));
    assert!(
        shown.contains("moot1abc") && shown.contains("mistyped"),
        "{shown}"
    );
}

#[test]
fn going_back_drops_the_request() {
    let (mut model, asking) = joining();
    let effects = press(&mut model, KeyCode::Esc);
    let cancel = Command::JoinCancel {
        ticket: Some("moot1abc".to_owned()),
    };
    assert_eq!(asked(&effects), [cancel]);
    let dropped = CommandError::new(ErrorKind::Failed, "the request to join was dropped", "");
    assert!(asked(&answer(&mut model, &asking, Err(dropped))).is_empty());
    assert!(model.toast.is_none());
}

#[test]
fn the_sample_is_filled_in_its_own_home_and_removed_with_one_key() {
    let mut model = begun();
    enter(&mut model);
    assert_eq!(
        press(&mut model, KeyCode::Char('3')),
        [Effect::Sample(true)]
    );
    let now = model.now;
    let opened = Msg::Sample {
        open: true,
        done: Ok(()),
    };
    let mut effects = update(&mut model, now, opened);
    let wanted = sample::commands("ana");
    for command in &wanted {
        assert_eq!(asked(&effects), std::slice::from_ref(command));
        effects = answer(&mut model, &effects, Ok(Reply::Done));
    }
    let rows = vec![notebook("s1", "Sample")];
    answer(&mut model, &effects, Ok(Reply::Notebooks(rows)));
    assert_eq!(place(&model), Place::Notes);
    assert_eq!(press(&mut model, KeyCode::F(9)), [Effect::Sample(false)]);
    let closed = Msg::Sample {
        open: false,
        done: Ok(()),
    };
    update(&mut model, now, closed);
    assert_eq!(place(&model), Place::First);
    assert!(model.notebook.is_none());
}

#[test]
fn where_there_is_no_sample_one_stays_where_one_is() {
    let mut model = begun();
    enter(&mut model);
    let now = model.now;
    let failed = Msg::Sample {
        open: true,
        done: Err("there is no room".to_owned()),
    };
    assert!(update(&mut model, now, failed).is_empty());
    assert!(picture(&mut model, (80, 24)).contains("2 of 4"));
}

#[test]
fn pictures_of_the_first_steps() {
    let mut model = begun();
    insta::assert_snapshot!("name", pictures(&mut model));
    enter(&mut model);
    insta::assert_snapshot!("way", pictures(&mut model));
    enter(&mut model);
    types(&mut model, &WIDE.join(" "));
    insta::assert_snapshot!("start_wide", pictures(&mut model));
    let (mut model, effects) = joining();
    insta::assert_snapshot!("joining", pictures(&mut model));
    answer(&mut model, &effects, Ok(entered()));
    insta::assert_snapshot!("kept", pictures(&mut model));
}
