//! Claims about the inbox.

use moot_engine::Command;
use moot_engine::command::{Answer, MeetingCommand, Position};
use moot_engine::reply::Reply;
use moot_engine::reply::meeting::MergedRow;
use ratatui::crossterm::event::KeyCode;

use crate::message::Msg;
use crate::model::Model;
use crate::pictured::*;
use crate::screen::Screen;
use crate::theme::{Colours, Theme};
use crate::update::update;

fn full(names: [&str; 3]) -> Model {
    let mut model = among(Screen::Inbox, names);
    let [ben, cy, _] = names;
    model.apart = Some("You were apart for 3 days: 2 things wait for you, 1 is to be settled, and 14 were merged quietly.".to_owned());
    let mut contest = inbox_row(
        "settle",
        "f3",
        &format!("Spring meeting: its title: Spring / {cy} meets; choose one"),
    );
    contest.choices = vec![
        choice("f3", "Spring", ben),
        choice("f4", "Spring meeting", cy),
    ];
    let mut held = inbox_row(
        "co-held",
        "f5",
        &format!("Spring meeting: facilitator: {ben} / {cy}; one yields, or you share"),
    );
    held.choices = vec![choice("f5", ben, ben), choice("f6", cy, cy)];
    held.both = true;
    model.inbox = vec![
        inbox_row(
            "offer",
            "f1",
            &format!("{ben} asks: will you be facilitator at Spring meeting?"),
        ),
        inbox_row(
            "consent",
            "f2",
            "your position on: Each takes one day, and swaps are written into the note",
        ),
        inbox_row(
            "round",
            "f7",
            "your turn: what did you see in the beds this week?",
        ),
        contest,
        held,
    ];
    model
}

fn answered(model: &mut Model, key: char) -> Vec<(String, Answer)> {
    let effects = press(model, KeyCode::Char(key));
    let answer = |command: Command| match command {
        Command::Meeting(MeetingCommand::Answer { id, answer }) => Some((id, answer)),
        _ => None,
    };
    asked(&effects).into_iter().filter_map(answer).collect()
}

#[test]
fn yes_and_no_cost_one_key_each_and_no_wants_no_reason() {
    let names = ["Ben", "Cy", "Dana"];
    let yes = answered(&mut full(names), 'y');
    assert_eq!(yes, [("f1".to_owned(), Answer::Accept)]);
    let no = answered(&mut full(names), 'd');
    assert_eq!(no, [("f1".to_owned(), Answer::Decline)]);
}

#[test]
fn what_arrives_does_not_move_the_selection() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::Down);
    drawn(&mut model, (80, 24));
    model
        .inbox
        .insert(0, inbox_row("offer", "f9", "Cy asks: will you be scribe?"));
    drawn(&mut model, (80, 24));
    let yes = answered(&mut model, 'y');
    let consent = Answer::Position {
        position: Position::Consent,
        reason: None,
    };
    assert_eq!(yes, [("f2".to_owned(), consent)]);
}

#[test]
fn an_objection_says_why_and_standing_aside_need_not() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    press(&mut model, KeyCode::Down);
    assert!(answered(&mut model, 'c').is_empty());
    assert!(answered(&mut model, '5').is_empty());
    assert!(
        asked(&press(&mut model, KeyCode::Enter)).is_empty(),
        "not without a reason"
    );
    types(&mut model, "Rain");
    let effects = press(&mut model, KeyCode::Enter);
    let object = Command::Meeting(MeetingCommand::Answer {
        id: "f2".to_owned(),
        answer: Answer::Position {
            position: Position::Object,
            reason: Some("Rain".to_owned()),
        },
    });
    assert_eq!(asked(&effects), [object]);

    answered(&mut model, 'c');
    answered(&mut model, '3');
    assert_eq!(asked(&press(&mut model, KeyCode::Enter)).len(), 1);
}

#[test]
fn what_competes_is_settled_by_choosing_one_or_both() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    for _ in 0..3 {
        press(&mut model, KeyCode::Down);
    }
    press(&mut model, KeyCode::Enter);
    let effects = press(&mut model, KeyCode::Char('2'));
    let settle = |id: &str, choice: &str| Command::Settle {
        id: id.to_owned(),
        choice: choice.to_owned(),
    };
    assert_eq!(asked(&effects), [settle("f3", "Spring meeting")]);
    press(&mut model, KeyCode::Down);
    press(&mut model, KeyCode::Char('s'));
    let effects = press(&mut model, KeyCode::Char('3'));
    assert_eq!(asked(&effects), [settle("f5", "both")]);
}

#[test]
fn whoever_waits_at_the_door_stands_there_without_a_word_of_the_command_line() {
    let mut model = among(Screen::Inbox, ["Ben", "Cy", "Dana"]);
    let text = "Eli waits to join. Compare these six words with them, then `moot invite admit Eli`: apple river stone";
    model.inbox = vec![inbox_row("door", "r1", text)];
    let shown = picture(&mut model, (120, 40));
    assert!(
        shown.contains("six words with them: apple river stone"),
        "{shown}"
    );
    model.screen = Screen::Step;
    let shown = picture(&mut model, (120, 40));
    assert!(shown.contains("Eli waits to join"), "{shown}");
}

#[test]
fn what_a_row_has_no_room_for_is_told_whole_below_the_choice() {
    let mut model = full(["Benedikt-Maximilian Wörnsdörfer", "Cy", "Dana"]);
    for _ in 0..3 {
        press(&mut model, KeyCode::Down);
    }
    press(&mut model, KeyCode::Enter);
    let said = "said by Benedikt-Maximilian Wörnsdörfer";
    for size in [(60, 20), (80, 24)] {
        let shown = picture(&mut model, size);
        assert!(shown.contains(said), "{size:?}\n{shown}");
    }
    let shown = picture(&mut model, (40, 15));
    assert!(shown.contains("Wörnsdörfer"), "{shown}");
}

#[test]
fn what_was_merged_quietly_is_listed_and_each_can_be_opened() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    let effects = press(&mut model, KeyCode::Char('M'));
    assert_eq!(asked(&effects), [Command::Meeting(MeetingCommand::Merged)]);
    let merged = MergedRow {
        id: "note7".to_owned(),
        kind: "note".to_owned(),
        title: "Water rota".to_owned(),
        by: "Ben".to_owned(),
        at: at("12T09:00"),
        summary: "changed the text".to_owned(),
    };
    answer(&mut model, &effects, Ok(Reply::Merged(vec![merged])));
    let effects = press(&mut model, KeyCode::Enter);
    assert!(matches!(model.screen, Screen::Notes));
    let opens =
        |command: &Command| matches!(command, Command::NoteOpen { note, .. } if note == "note7");
    assert!(asked(&effects).iter().any(opens));
}

#[test]
fn with_nothing_in_it_no_key_does_anything() {
    let mut model = alone(Screen::Inbox);
    for key in ['y', 'd', 'c', 's', 'o'] {
        assert!(asked(&press(&mut model, KeyCode::Char(key))).is_empty());
    }
    let now = model.now;
    update(&mut model, now, Msg::Tick);
    assert!(asked(&press(&mut model, KeyCode::Enter)).is_empty());
}

#[test]
fn without_colours_the_selected_row_is_still_seen() {
    let mut model = full(["Ben", "Cy", "Dana"]);
    model.theme = Theme::of(Colours::None);
    press(&mut model, KeyCode::Down);
    assert_selected_row_is_marked(&mut model, "your position on");
}

#[test]
fn pictures_of_the_inbox() {
    insta::assert_snapshot!("empty", pictures(&mut alone(Screen::Inbox)));
    insta::assert_snapshot!("full", pictures(&mut full(["Ben", "Cy", "Dana"])));
    insta::assert_snapshot!("wide", pictures(&mut full(WIDE)));
}

#[test]
fn a_review_that_is_due_is_for_anybody_and_says_how_the_next_day_is_set() {
    let mut model = among(Screen::Inbox, ["Ben", "Cy", "Dana"]);
    model.inbox = vec![inbox_row(
        "review",
        "facilitator",
        "how facilitator rotates is due for review",
    )];
    let seen = picture(&mut model, (80, 24));
    assert!(seen.contains("To be settled, by anybody"), "{seen}");
    assert!(seen.contains("how facilitator rotates is due"), "{seen}");
    assert!(seen.contains("--review DATE"), "{seen}");
    for key in ['y', 'd', 'o'] {
        assert!(asked(&press(&mut model, KeyCode::Char(key))).is_empty());
    }
    assert!(asked(&press(&mut model, KeyCode::Enter)).is_empty());
    assert!(matches!(model.screen, Screen::Inbox), "it stays here");
    let toast = model.toast.as_ref().unwrap();
    assert!(toast.text.contains("role policy ROLE"), "{}", toast.text);
}
