//! Editors that follow a note while it is written in: their screens, which see every change by its number, show what the note
//! says.

use moot_engine::command::{Seen, Splice};
use moot_engine::{Command, ErrorKind, Event, Reply};
use moot_sim::World;

use crate::garden::{MINUTE_MS, doctor, note, shared, text};

/// A screen that does what it is told and nothing else.
struct Screen {
    node: usize,
    editor: u64,
    note: String,
    text: String,
    revision: u64,
}

impl Screen {
    fn open(world: &mut World, node: usize, editor: u64, note: &str) -> Self {
        let open = Command::NoteOpen {
            note: note.to_owned(),
            editor,
        };
        let Some(Ok(Reply::NoteOpened(opened))) = world.get(node, open) else {
            panic!("the note does not open");
        };
        Self {
            node,
            editor,
            note: opened.id,
            text: opened.text,
            revision: opened.revision,
        }
    }

    /// Types without having looked what came since.
    fn type_in(&self, world: &mut World, at: usize, delete: usize, insert: &str) -> Option<bool> {
        let command = Command::NoteType {
            note: self.note.clone(),
            splices: vec![Splice {
                at,
                delete,
                insert: insert.to_owned(),
            }],
            seen: Some(Seen {
                editor: self.editor,
                revision: self.revision,
            }),
        };
        world.get(self.node, command).map(|answer| answer.is_ok())
    }

    fn follow(&mut self, events: &[Event]) {
        for event in events {
            if let Event::NotePatched {
                id,
                revision,
                splices,
                ..
            } = event
                && *id == self.note
                && *revision > self.revision
            {
                assert_eq!(*revision, self.revision + 1, "a revision is missing");
                for splice in splices {
                    let range = splice.at..splice.at + splice.delete;
                    self.text.replace_range(range, &splice.insert);
                }
                self.revision = *revision;
            }
        }
    }
}

#[test]
fn screens_that_type_into_an_older_text_end_with_what_the_note_says() {
    let mut world = World::new(3);
    shared(&mut world, &["Ana", "Ben"]);
    let rota = note(&mut world, 0, "Rota", "Monday: \nTuesday: \n");
    world.run_for(MINUTE_MS);
    let mut screens = [(0, 11), (0, 12), (1, 21)]
        .map(|(node, editor)| Screen::open(&mut world, node, editor, &rota));
    world.run_for(1_000);
    for round in 0..20 {
        for screen in &screens {
            let end_of_line = screen.text.find('\n').unwrap();
            let taken = screen.type_in(&mut world, end_of_line, 0, &format!("é{round} "));
            assert_eq!(taken, Some(true));
        }
        assert_eq!(screens[1].type_in(&mut world, 0, 1, "m"), Some(true));
        world.run_for(700);
        for node in [0, 1] {
            let events = world.take_events(node);
            for screen in screens.iter_mut().filter(|screen| screen.node == node) {
                screen.follow(&events);
            }
        }
    }
    world.run_for(MINUTE_MS);
    for node in [0, 1] {
        let events = world.take_events(node);
        for screen in screens.iter_mut().filter(|screen| screen.node == node) {
            screen.follow(&events);
        }
    }
    let expected = text(&mut world, 0, "Rota");
    assert_eq!(expected.matches('é').count(), 60);
    for screen in &screens {
        assert_eq!(screen.text, expected);
    }
}

#[test]
fn an_editor_that_is_too_far_behind_is_told_to_open_the_note_again() {
    let mut world = World::new(4);
    shared(&mut world, &["Ana"]);
    let rota = note(&mut world, 0, "Rota", "");
    let screen = Screen::open(&mut world, 0, 1, &rota);
    let elsewhere = Screen::open(&mut world, 0, 2, &rota);
    let ahead = Screen {
        revision: 7,
        ..Screen::open(&mut world, 0, 3, &rota)
    };
    assert_eq!(ahead.type_in(&mut world, 0, 0, "x"), Some(false));
    assert_eq!(elsewhere.type_in(&mut world, 99, 0, "x"), Some(false));
    assert_eq!(screen.type_in(&mut world, 0, 0, "x"), Some(true));
    let close = |editor| Command::NoteClose {
        note: rota.clone(),
        editor,
    };
    for editor in [1, 2, 3] {
        assert!(matches!(world.get(0, close(editor)), Some(Ok(Reply::Done))));
    }
    let late = Command::NoteType {
        note: rota.clone(),
        splices: Vec::new(),
        seen: Some(Seen {
            editor: 1,
            revision: 1,
        }),
    };
    let Some(Err(error)) = world.get(0, late) else {
        panic!("a closed note was typed in");
    };
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(text(&mut world, 0, "Rota"), "x");
}

#[test]
fn a_caret_is_where_its_person_left_it_although_others_write_before_it() {
    let mut world = World::new(5);
    shared(&mut world, &["Ana", "Ben"]);
    let rota = note(&mut world, 0, "Rota", "Monday\nTuesday\n");
    world.run_for(MINUTE_MS);
    let ana = Screen::open(&mut world, 0, 1, &rota);
    let ben = Screen::open(&mut world, 1, 2, &rota);
    assert_eq!(ben.type_in(&mut world, 0, 0, "A rota\n"), Some(true));
    world.run_for(1_000);
    world.take_events(0);
    let here = Command::Here {
        editor: 2,
        note: Some(ben.note.clone()),
        caret: Some(7),
        revision: 0,
    };
    assert!(matches!(world.get(1, here), Some(Ok(Reply::Done))));
    world.run_for(1_000);
    let carets: Vec<(String, Option<u64>)> = world
        .take_events(0)
        .into_iter()
        .filter_map(|event| match event {
            Event::Present { person, caret, .. } => Some((person.name, caret)),
            _ => None,
        })
        .collect();
    let tuesday = "A rota\nMonday\n".len() as u64;
    assert_eq!(carets, [("Ben".to_owned(), Some(tuesday))]);
    assert_eq!(ana.revision, 0);
}

fn found(world: &mut World, node: usize, query: &str) -> usize {
    let search = Command::Search {
        query: query.to_owned(),
        limit: 5,
    };
    let asked = world.ask(node, search);
    for _ in 0..10 {
        match world.answer(asked).cloned() {
            Some(Ok(Reply::Found(rows))) => return rows.len(),
            Some(other) => panic!("not found: {other:?}"),
            None => world.run_for(1),
        }
    }
    panic!("a search is not answered");
}

/// What is typed goes into the search index at a pause; whoever searches sooner misses nothing all the same, nor after a crash.
#[test]
fn a_search_finds_what_was_typed_a_moment_ago() {
    let mut world = World::new(6);
    shared(&mut world, &["Ana", "Ben"]);
    let rota = note(&mut world, 0, "Rota", "Monday\n");
    world.run_for(MINUTE_MS);
    let ana = Screen::open(&mut world, 0, 1, &rota);
    assert_eq!(ana.type_in(&mut world, 0, 0, "wheelbarrow "), Some(true));
    world.run_for(300);
    assert_eq!(found(&mut world, 0, "wheelbarrow"), 1);
    assert_eq!(found(&mut world, 1, "wheelbarrow"), 1);
    let ben = Screen::open(&mut world, 1, 2, &rota);
    assert_eq!(ben.type_in(&mut world, 0, 0, "trowel "), Some(true));
    world.run_for(300);
    for node in [0, 1] {
        world.crash(node, moot_sim::world::Crash::Killed);
        world.start(node);
        world.run_for(100);
        assert_eq!(found(&mut world, node, "trowel"), 1, "at {node}");
        assert_eq!(found(&mut world, node, "wheelbarrow"), 1, "at {node}");
    }
}

/// Its words are not in the search index yet.
#[test]
fn doctor_takes_what_was_typed_a_moment_ago_for_no_damage() {
    let mut world = World::new(8);
    shared(&mut world, &["Ana", "Ben"]);
    let rota = note(&mut world, 0, "Rota", "Monday\n");
    world.run_for(MINUTE_MS);
    let ana = Screen::open(&mut world, 0, 1, &rota);
    assert_eq!(ana.type_in(&mut world, 0, 0, "wheelbarrow "), Some(true));
    world.run_for(300);
    for node in [0, 1] {
        let found = doctor(&mut world, node, false);
        assert!(found.ok, "at {node}: {:?}", found.findings);
    }
}

#[test]
fn who_opens_a_note_again_is_told_what_others_changed_meanwhile() {
    let mut world = World::new(7);
    shared(&mut world, &["Ana", "Ben"]);
    let rota = note(&mut world, 0, "Rota", "Monday Ana\nTuesday Ben\n");
    world.run_for(MINUTE_MS);
    let unread = |world: &mut World, node: usize| {
        let open = Command::NoteOpen {
            note: rota.clone(),
            editor: 9,
        };
        match world.get(node, open) {
            Some(Ok(Reply::NoteOpened(opened))) => {
                let text = opened.text;
                let stretches = opened.unread.into_iter();
                stretches
                    .map(|(from, to)| text[from..to].to_owned())
                    .collect::<Vec<_>>()
            }
            other => panic!("the note does not open: {other:?}"),
        }
    };
    let close = Command::NoteClose {
        note: rota.clone(),
        editor: 9,
    };
    assert!(unread(&mut world, 1).is_empty(), "all of it is new");
    let _ = world.get(1, close);
    world.run_for(MINUTE_MS);
    let ana = Screen::open(&mut world, 0, 1, &rota);
    let (tuesday, end) = (
        "Monday Ana\nTuesday ".len(),
        "Monday Ana\nTuesday Ben\n".len(),
    );
    assert_eq!(ana.type_in(&mut world, end, 0, "Friday Cleo\n"), Some(true));
    assert_eq!(ana.type_in(&mut world, tuesday, 3, ""), Some(true));
    assert_eq!(ana.type_in(&mut world, 0, 0, "Rota\n"), Some(true));
    world.run_for(MINUTE_MS);
    assert_eq!(unread(&mut world, 1), ["Rota\n", "", "Friday Cleo\n"]);
    assert!(unread(&mut world, 1).is_empty(), "it was read");
    assert!(
        unread(&mut world, 0).is_empty(),
        "one's own is never unread"
    );
}
