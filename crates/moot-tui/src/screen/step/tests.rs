//! Claims about the words of who holds what.

use moot_engine::command::ErrorKind;
use moot_engine::reply::{Reply, Synced};
use moot_engine::{Command, CommandError};
use ratatui::crossterm::event::KeyCode;

use super::say;
use crate::model::Model;
use crate::pictured::*;
use crate::screen::Screen;
use crate::theme::{Colours, Theme};

fn full(names: [&str; 3]) -> Model {
    let mut model = among(Screen::Step, names);
    if let Some(status) = &mut model.status {
        status.waiting = 3;
        status.pending = 1;
        status.quarantined = 2;
        status.newer = 1;
        status.notices = vec!["The clock of this device was put back.".to_owned()];
        status.relays = vec![relay("garden relay")];
        status.peers[1].clock_ahead_ms = Some(-420_000);
        status.peers[2].muted = true;
    }
    model
}

fn facts(model: &Model) -> Vec<String> {
    let status = model.status.as_ref().unwrap();
    let facts = say::facts(model, status, say::Wording::Whole).into_iter();
    facts
        .map(|(name, words, _)| format!("{name}: {words}"))
        .collect()
}

#[test]
fn alone_there_is_one_fact_and_no_claim_about_others() {
    let mut model = alone(Screen::Step);
    assert_eq!(facts(&model), ["saved here: yes"]);
    assert!(picture(&mut model, (80, 24)).contains("i  makes a ticket"));
}

#[test]
fn the_three_facts_are_told_apart_each_as_of_a_time() {
    let model = full(["Ben", "Cy", "Dana"]);
    assert_eq!(
        facts(&model),
        [
            "saved here: yes",
            "held elsewhere: 3 changes of mine that no other device has confirmed (as of 14:02)",
            "held by all: 1 of 3 other devices have everything that is here (as of 14:02); of 1 it is unknown",
        ]
    );
}

#[test]
fn what_a_device_never_said_is_unknown_and_nothing_is_called_complete() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    let shown = picture(&mut model, (120, 40));
    assert!(
        shown.contains("unknown") && shown.contains("never heard"),
        "{shown}"
    );
    assert!(
        shown.contains("has all but 5") && shown.contains("by relay"),
        "{shown}"
    );
    let all = among(Screen::Step, ["Ben", "Cy", "Dana"]);
    for mut model in [model, all] {
        for size in SIZES {
            assert!(
                !picture(&mut model, size)
                    .to_lowercase()
                    .contains("complete")
            );
        }
    }
}

#[test]
fn trying_waits_for_every_other_device_and_tells_what_came_of_it() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    let effects = press(&mut model, KeyCode::Char('t'));
    let sync = Command::Sync {
        wait_ms: 10_000,
        with: 3,
    };
    assert_eq!(asked(&effects), [sync]);
    assert!(
        asked(&press(&mut model, KeyCode::Char('t'))).is_empty(),
        "once at a time"
    );
    let synced = Synced {
        in_step: true,
        received: 2,
        sent: 0,
        peers: vec![
            peer("p2", "Ben", "direct", Some(0)),
            peer("p3", "Cy", "direct", Some(0)),
        ],
        relays: Vec::new(),
    };
    answer(&mut model, &effects, Ok(Reply::Synced(synced)));
    let said = model.toast.as_ref().unwrap().text.clone();
    assert_eq!(
        said,
        "All 2 other devices confirmed that they have everything, just now. 2 came in, 0 went out."
    );

    let effects = press(&mut model, KeyCode::Char('t'));
    let error = CommandError::new(
        ErrorKind::Unreachable,
        "no other device was reached in time",
        "Everything is saved here.",
    );
    answer(&mut model, &effects, Err(error));
    assert!(
        model
            .toast
            .as_ref()
            .unwrap()
            .text
            .contains("Everything is saved here")
    );
}

#[test]
fn a_device_tells_of_its_clock_on_its_page() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Enter);
    let shown = picture(&mut model, (80, 24));
    assert!(
        shown.contains("Its clock is 7 minutes behind this one"),
        "{shown}"
    );
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    model.theme = Theme::of(Colours::None);
    press(&mut model, KeyCode::Down);
    assert_selected_row_is_marked(&mut model, "Cy");
}

#[test]
fn pictures_of_in_step() {
    insta::assert_snapshot!("alone", pictures(&mut alone(Screen::Step)));
    insta::assert_snapshot!("full", pictures(&mut full(["Ben", "Cy", "Dana"])));
    insta::assert_snapshot!("wide", pictures(&mut full(WIDE)));
}
