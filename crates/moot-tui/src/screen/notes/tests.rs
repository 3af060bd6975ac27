//! Claims about, and pictures of, the notes: list, reader, open text, links, history, and what can lie over them.

use moot_engine::command::NoteKind;
use moot_engine::reply::{
    BacklinkRow, HistoryRow, LinkRow, Named, NoteChanged, NoteOpened, NoteRow, NoteView, Reply,
    TitleChoice,
};
use moot_engine::{Command, Event};
use ratatui::crossterm::event::KeyCode;

use crate::message::Msg;
use crate::model::Model;
use crate::pictured::*;
use crate::screen::Screen;
use crate::theme::{Colours, Theme};
use crate::update::update;

const ROTA: &str = "# Water rota\n\nWho waters when, until the rain comes back. Swap by writing here.\n\n\
                    - Monday: Ana\n- Tuesday: Ben, and Dana while it is hot\n- Wednesday: nobody yet\n\n\
                    The long hose is behind [[Tool shed]]. **Close the main tap** when you leave.\n";

fn row(title: &str, unread: bool) -> NoteRow {
    NoteRow {
        id: title.to_owned(),
        title: title.to_owned(),
        kind: NoteKind::Note,
        updated: at("12T09:30"),
        authors: vec!["Ana".to_owned(), "Ben".to_owned()],
        unread,
        titles: Vec::new(),
        deleted: false,
    }
}

fn read(title: &str, body: &str) -> NoteView {
    NoteView {
        id: title.to_owned(),
        title: title.to_owned(),
        titles: Vec::new(),
        kind: NoteKind::Note,
        body: body.to_owned(),
        links: vec![LinkRow {
            title: "Tool shed".to_owned(),
            id: Some("Tool shed".to_owned()),
        }],
        backlinks: vec![BacklinkRow {
            id: "Seeds order".to_owned(),
            title: "Seeds order".to_owned(),
        }],
        updated: at("12T09:30"),
        authors: vec!["Ana".to_owned(), "Ben".to_owned()],
        version: "v3".to_owned(),
        deleted: false,
        newer: 0,
    }
}

/// A list of four notes; the first is selected and shown beside it.
fn listed(names: [&str; 3], first: &str) -> Model {
    let mut model = among(Screen::Notes, names);
    let mut torn = row("Seeds order", false);
    torn.titles = ["Seeds order", "What to sow"]
        .map(|title| TitleChoice {
            title: title.to_owned(),
            by: "Cy".to_owned(),
        })
        .to_vec();
    let mut old = row("Old shed", false);
    old.deleted = true;
    let notes = &mut model.screens.notes;
    notes.rows = vec![row(first, false), row("Tool shed", true), torn, old];
    notes.is_read = true;
    notes.selection.select(first);
    notes.preview = Some(read(first, ROTA));
    model
}

fn ben_is_in(model: &mut Model, note: &str, caret: u64) {
    let (name, now) = (model.people[1].name.clone(), model.now);
    let present = Event::Present {
        notebook: "n1".to_owned(),
        person: Named {
            id: "p2".to_owned(),
            name,
        },
        device: "p2device".to_owned(),
        note: Some(note.to_owned()),
        caret: Some(caret),
        revision: 4,
    };
    update(model, now, Msg::Happened(present));
}

fn opened(mut model: Model, text: &str) -> Model {
    let title = model.screens.notes.rows[0].title.clone();
    let effects = press(&mut model, KeyCode::Enter);
    let note = NoteOpened {
        id: title.clone(),
        title: title.clone(),
        text: text.to_owned(),
        revision: 4,
        unread: Vec::new(),
        deleted: false,
    };
    answer(&mut model, &effects, Ok(Reply::NoteOpened(note)));
    if !text.is_empty() {
        ben_is_in(&mut model, &title, 110);
    }
    model
}

fn with_history(versions: usize) -> Model {
    let mut model = listed(["Ben", "Cy", "Dana"], "Water rota");
    let effects = press(&mut model, KeyCode::Char('H'));
    let version = |number: usize| HistoryRow {
        at: at("11T18:30"),
        by: if number.is_multiple_of(2) {
            "Ana"
        } else {
            "Ben"
        }
        .to_owned(),
        summary: format!("wrote {} characters", number * 10),
        version: format!("v{number}"),
    };
    // The newest comes first.
    let rows = (1..=versions).rev().map(version).collect();
    let effects = answer(&mut model, &effects, Ok(Reply::History(rows)));
    was_read(&mut model, &effects, versions);
    model
}

/// Answers that a version is read, which must be this one.
fn was_read(model: &mut Model, effects: &crate::message::Effects, version: usize) {
    let wanted = Command::NoteShow {
        note: "Water rota".to_owned(),
        at: Some(format!("v{version}")),
    };
    assert_eq!(asked(effects), [wanted]);
    let text = format!("# Water rota\n\nas it read in version {version}\n");
    let note = Reply::Note(read("Water rota", &text));
    answer(model, effects, Ok(note));
}

#[test]
fn history_goes_through_time_and_shows_what_was() {
    let mut model = with_history(9);
    assert!(picture(&mut model, (80, 24)).contains("as it read in version 9"));
    let effects = press(&mut model, KeyCode::Left);
    was_read(&mut model, &effects, 8);
    let shown = picture(&mut model, (80, 24));
    assert!(shown.contains("as it read in version 8") && shown.contains("8 of 9"));
    // What was read is not read again.
    assert!(asked(&press(&mut model, KeyCode::Right)).is_empty());
    assert!(picture(&mut model, (80, 24)).contains("as it read in version 9"));
}

#[test]
fn versions_that_are_passed_quickly_are_not_read() {
    let mut model = with_history(9);
    let first = press(&mut model, KeyCode::Left);
    for _ in 0..4 {
        assert!(asked(&press(&mut model, KeyCode::Left)).is_empty());
    }
    let note = Reply::Note(read("Water rota", "eight"));
    let effects = answer(&mut model, &first, Ok(note));
    was_read(&mut model, &effects, 4);
}

#[test]
fn enter_restores_a_version_and_that_can_be_undone() {
    let mut model = with_history(3);
    let effects = press(&mut model, KeyCode::Home);
    was_read(&mut model, &effects, 1);
    let effects = press(&mut model, KeyCode::Enter);
    assert!(model.layers.is_empty());
    let note = Reply::Note(read("Water rota", "as it was\n"));
    let effects = answer(&mut model, &effects, Ok(note));
    let set = |text: &str, base: &str| Command::NoteSet {
        note: "Water rota".to_owned(),
        text: text.to_owned(),
        base: Some(base.to_owned()),
    };
    assert!(matches!(asked(&effects)[0], Command::NotePeek { .. }));
    let mut now = read("Water rota", "as it is\n");
    now.version = "now".to_owned();
    let effects = answer(&mut model, &effects, Ok(Reply::Note(now)));
    // What others write from here on is kept: both are made from what was read.
    assert_eq!(asked(&effects)[0], set("as it was\n", "now"));
    let changed = Reply::NoteChanged(NoteChanged {
        id: "Water rota".to_owned(),
        title: "Water rota".to_owned(),
        version: "restored".to_owned(),
        changed: true,
    });
    answer(&mut model, &effects, Ok(changed));
    let shown = picture(&mut model, (120, 40));
    assert!(
        shown.contains("Restored, for every member. U undoes it."),
        "{shown}"
    );
    let undone = asked(&press(&mut model, KeyCode::Char('U')));
    assert!(
        undone.contains(&set("as it is\n", "restored")),
        "{undone:?}"
    );
}

#[test]
fn in_a_text_the_last_act_is_undone_by_another_key_than_a_letter() {
    let mut model = opened(listed(["Ben", "Cy", "Dana"], "Water rota"), "as it is\n");
    let undo = Command::NoteRestore {
        note: "Water rota".to_owned(),
    };
    model.say_with_undo("Restored, for every member.", undo.clone(), "Undone.");
    let shown = picture(&mut model, (120, 40));
    assert!(shown.contains("F8 undoes it."), "{shown}");
    let undone = asked(&press(&mut model, KeyCode::F(8)));
    assert!(undone.contains(&undo), "{undone:?}");
}

#[test]
fn a_note_that_one_reads_is_not_unread_in_the_list() {
    let mut model = opened(listed(["Ben", "Cy", "Dana"], "Water rota"), "as it is\n");
    let mut rows = model.screens.notes.rows.clone();
    for row in &mut rows {
        row.unread = true;
    }
    super::take_list(&mut model, rows);
    let unread = |title: &str| {
        let mut rows = model.screens.notes.rows.iter();
        rows.find(|row| row.title == title).unwrap().unread
    };
    assert!(!unread("Water rota") && unread("Tool shed"));
}

#[test]
fn the_newest_version_needs_no_restoring() {
    let mut model = with_history(3);
    assert!(asked(&press(&mut model, KeyCode::Enter)).is_empty());
    assert!(model.layers.is_empty());
}

#[test]
fn the_selected_note_is_seen_without_colours() {
    let mut model = listed(["Ben", "Cy", "Dana"], "Water rota");
    model.theme = Theme::of(Colours::None);
    model.screens.notes.preview = None;
    assert_selected_row_is_marked(&mut model, "Water rota");
}

#[test]
fn a_row_that_comes_waits_above_and_moves_nothing() {
    let mut model = listed(["Ben", "Cy", "Dana"], "Water rota");
    press(&mut model, KeyCode::Down);
    let mut rows = model.screens.notes.rows.clone();
    rows.insert(0, row("Compost", true));
    super::take_list(&mut model, rows);
    assert_eq!(model.screens.notes.selection.id(), Some("Tool shed"));
    let shown = picture(&mut model, (80, 24));
    assert!(
        shown.contains("1 new ↑") && !shown.contains("Compost"),
        "{shown}"
    );
    press(&mut model, KeyCode::Up);
    press(&mut model, KeyCode::Up);
    assert!(picture(&mut model, (80, 24)).contains("Compost"));
}

#[test]
fn whoever_is_not_in_yet_is_told_so_and_offered_nothing_that_needs_it() {
    for screen in [Screen::Notes, Screen::Meet, Screen::People] {
        let mut model = alone(screen);
        model.screens.notes.is_read = true;
        let words = "Still being joined: a member must open the door.".to_owned();
        model.status.as_mut().unwrap().joining = Some(words);
        for size in [(120, 40), (60, 20)] {
            let shown = picture(&mut model, size);
            assert!(shown.contains("not in yet"), "{shown}");
            let foot = shown.trim_end().lines().last().unwrap();
            assert!(
                !foot.contains("n new") && !foot.contains("i invite"),
                "{foot}"
            );
        }
        model.status.as_mut().unwrap().joining = None;
        let shown = picture(&mut model, (120, 40));
        let foot = shown.trim_end().lines().last().unwrap();
        assert!(
            foot.contains("n new") || foot.contains("i invite"),
            "{foot}"
        );
    }
}

#[test]
fn pictures_of_the_list() {
    insta::assert_snapshot!(
        "list_empty",
        pictures(&mut {
            let mut model = alone(Screen::Notes);
            model.screens.notes.is_read = true;
            model
        })
    );
    let mut full = listed(["Ben", "Cy", "Dana"], "Water rota");
    ben_is_in(&mut full, "Water rota", 3);
    let mut rows = full.screens.notes.rows.clone();
    rows.insert(0, row("Compost", true));
    super::take_list(&mut full, rows);
    full.inbox = vec![inbox_row(
        "offer",
        "f1",
        "Ben asks: will you be facilitator at Spring meeting?",
    )];
    insta::assert_snapshot!("list_full", pictures(&mut full));
    let mut wide = listed(
        WIDE,
        "水の当番表 👨‍👩‍👧 Zoe\u{308} and everybody else who waters",
    );
    ben_is_in(&mut wide, "Tool shed", 3);
    insta::assert_snapshot!("list_wide", pictures(&mut wide));
    let mut narrowed = listed(["Ben", "Cy", "Dana"], "Water rota");
    press(&mut narrowed, KeyCode::Char('/'));
    types(&mut narrowed, "shed");
    insta::assert_snapshot!("list_narrowed", pictures(&mut narrowed));
}

#[test]
fn pictures_of_a_text() {
    let names = ["Ben", "Cy", "Dana"];
    let empty = opened(listed(names, "Water rota"), "");
    insta::assert_snapshot!("text_empty", pictures(&mut { empty }));
    let full = opened(listed(names, "Water rota"), ROTA);
    insta::assert_snapshot!("text_full", pictures(&mut { full }));
    let wide = "# 水の当番表\n\n月曜日は漢字太郎、火曜日は花子。雨が降るまで続けます。\n\n- 👨‍👩‍👧 together\n- Zoe\u{308} Dvor\u{30c}a\u{301}k\n- שלום, right to left\n";
    let wide = opened(listed(WIDE, "水の当番表"), wide);
    insta::assert_snapshot!("text_wide", pictures(&mut { wide }));
}

#[test]
fn pictures_of_what_lies_over_the_notes() {
    let mut history = with_history(9);
    let effects = press(&mut history, KeyCode::Left);
    was_read(&mut history, &effects, 8);
    insta::assert_snapshot!("history", pictures(&mut history));
    let mut links = listed(["Ben", "Cy", "Dana"], "Water rota");
    let effects = press(&mut links, KeyCode::Char('b'));
    let note = Reply::Note(read("Water rota", ROTA));
    answer(&mut links, &effects, Ok(note));
    insta::assert_snapshot!("links", pictures(&mut links));
    let mut help = listed(["Ben", "Cy", "Dana"], "Water rota");
    press(&mut help, KeyCode::Char('?'));
    insta::assert_snapshot!("help", pictures(&mut help));
    let mut palette = listed(["Ben", "Cy", "Dana"], "Water rota");
    press(&mut palette, KeyCode::Char(':'));
    types(&mut palette, "queue");
    insta::assert_snapshot!("palette", pictures(&mut palette));
    let mut prompt = listed(["Ben", "Cy", "Dana"], "Water rota");
    press(&mut prompt, KeyCode::Char('n'));
    insta::assert_snapshot!("prompt", pictures(&mut prompt));
}
