//! Claims about the settings and about changing notebooks.

use moot_engine::command::ErrorKind;
use moot_engine::reply::{Entered, Named, OwnDevice, Reply};
use moot_engine::{Command, CommandError};
use ratatui::crossterm::event::KeyCode;

use crate::message::{Effect, Effects};
use crate::model::Model;
use crate::pictured::*;
use crate::screen::Screen;
use crate::theme::{Colours, Theme};

fn two(name: &str) -> Vec<moot_engine::reply::NotebookRow> {
    vec![notebook("n1", "Allotment"), notebook("n2", name)]
}

/// Asks for another notebook and chooses the second.
fn switched(model: &mut Model) -> Effects {
    let effects = press(model, KeyCode::Char('N'));
    answer(model, &effects, Ok(Reply::Notebooks(two("Choir"))));
    press(model, KeyCode::Char('2'))
}

#[test]
fn another_notebook_shows_nothing_of_the_one_before() {
    let mut model = among(Screen::Settings, ["Ben", "Cy", "Dana"]);
    model.inbox = vec![inbox_row("offer", "f1", "a question")];
    let before = press(&mut model, KeyCode::Char('3'));
    let late = crate::update::update(&mut model, now(), crate::message::Msg::Tick);
    let effects = switched(&mut model);
    assert_eq!(model.notebook.as_deref(), Some("n2"));
    assert!(model.people.is_empty() && model.inbox.is_empty() && model.status.is_none());
    assert!(asked(&effects).contains(&Command::Notebooks));
    // What was asked of the one before is not taken for this one's.
    for effect in before.into_iter().chain(late) {
        if let Effect::Ask { ticket, .. } = effect {
            let status = Reply::Status(Box::new(status(Vec::new())));
            let answered = crate::message::Msg::Answer {
                ticket,
                answer: Ok(status),
            };
            crate::update::update(&mut model, now(), answered);
        }
    }
    assert!(model.status.is_none());
}

#[test]
fn a_new_notebook_is_shown_at_once() {
    let mut model = alone(Screen::Settings);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    types(&mut model, "Choir");
    let effects = press(&mut model, KeyCode::Enter);
    let new = Command::New {
        notebook: "Choir".to_owned(),
        purpose: None,
    };
    assert_eq!(asked(&effects), [new]);
    answer(&mut model, &effects, Ok(entered("n3", "Choir")));
    assert_eq!(model.notebook.as_deref(), Some("n3"));
}

fn entered(id: &str, name: &str) -> Reply {
    let named = |id: &str, name: &str| Named {
        id: id.to_owned(),
        name: name.to_owned(),
    };
    Reply::Entered(Entered {
        notebook: named(id, name),
        person: named("p1", "Ana"),
        device: OwnDevice {
            id: "d1".to_owned(),
            peer_id: "12D".to_owned(),
        },
        admitted_by: None,
    })
}

#[test]
fn one_joins_under_the_name_that_one_has() {
    let mut model = alone(Screen::Settings);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    types(&mut model, "moot1abc");
    let effects = press(&mut model, KeyCode::Enter);
    let [Command::Join { ticket, person, .. }] = &asked(&effects)[..] else {
        panic!("no request to join");
    };
    assert_eq!((ticket.as_str(), person.as_str()), ("moot1abc", "Ana"));
    let error = CommandError::new(ErrorKind::Unreachable, "no member was reached in time", "");
    answer(&mut model, &effects, Err(error));
    assert!(
        model
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("The request is kept")
    );
}

#[test]
fn colours_and_mouse_are_turned_off_and_on() {
    let mut model = alone(Screen::Settings);
    press(&mut model, KeyCode::Char('c'));
    assert_eq!(model.setup.colours, Colours::None);
    press(&mut model, KeyCode::Char('c'));
    assert_eq!(model.setup.colours, Colours::Sixteen);
    for _ in 0..3 {
        press(&mut model, KeyCode::Down);
    }
    assert_eq!(press(&mut model, KeyCode::Enter), [Effect::Mouse(false)]);
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let mut model = alone(Screen::Settings);
    model.theme = Theme::of(Colours::None);
    press(&mut model, KeyCode::Down);
    assert_selected_row_is_marked(&mut model, "New notebook");
}

#[test]
fn pictures_of_the_settings() {
    let mut model = alone(Screen::Settings);
    insta::assert_snapshot!("settings", pictures(&mut model));
    if let Some(status) = &mut model.status {
        status.notebook.name = WIDE.join(" ");
    }
    insta::assert_snapshot!("wide", pictures(&mut model));
    press(&mut model, KeyCode::Char('b'));
    insta::assert_snapshot!("data", pictures(&mut model));
}
