//! What is typed and stands in no entry yet: shown at once, and no more of it kept than there is room for.

use moot_engine::Command;
use moot_engine::command::Splice;
use moot_log::storage::{Reader, Space};
use moot_sim::World;

use crate::garden::{MINUTE_MS, done, note, shared, shown, text};

/// Ben types twelve hundred times in three notes before anything becomes an entry. Ana keeps a thousand of it, and reads all of
/// it once the entries are there.
#[test]
fn what_is_typed_fills_nobodys_disk() {
    let mut world = World::new(1);
    shared(&mut world, &["Ana", "Ben"]);
    let notes: Vec<String> = ["One", "Two", "Three"]
        .iter()
        .map(|title| note(&mut world, 1, title, ""))
        .collect();
    world.run_for(MINUTE_MS);
    for _ in 0..400 {
        for note in &notes {
            type_in(&mut world, 1, note, "x");
        }
    }
    world.run_for(1_000);
    assert_eq!(journalled(&world, 0), 1_024);
    world.run_for(2 * MINUTE_MS);
    assert_eq!(text(&mut world, 0, "Three").len(), 400);
    assert_eq!(shown(&mut world, 0), shown(&mut world, 1));
    assert_eq!(journalled(&world, 0), 0);
}

/// Types at the beginning of a note.
fn type_in(world: &mut World, node: usize, note: &str, what: &str) {
    let splice = Splice {
        at: 0,
        delete: 0,
        insert: what.to_owned(),
    };
    let type_in = Command::NoteType {
        note: note.to_owned(),
        splices: vec![splice],
        seen: None,
    };
    done(world, node, type_in);
}

/// How much a node keeps of what stands in no entry.
fn journalled(world: &World, node: usize) -> usize {
    let id = moot_log::NotebookId(only_notebook(world));
    let rows = world.backup(node);
    let rows = rows.scan(Space::Journal, &id, &[], None, usize::MAX);
    rows.unwrap().len()
}

/// Story: an edit of a word went out twice, and whoever wrote it waited three seconds to hear that somebody has it.
#[test]
fn an_edit_that_comes_alone_is_an_entry_at_once() {
    let mut world = World::new(3);
    shared(&mut world, &["Ana", "Ben"]);
    note(&mut world, 0, "One", "");
    world.run_for(MINUTE_MS);
    type_in(&mut world, 0, "One", "alone ");
    world.run_for(1_000);
    assert_eq!(text(&mut world, 1, "One"), "alone ");
    assert_eq!([journalled(&world, 0), journalled(&world, 1)], [0, 0]);
    // Whoever goes on is typing, and so is who answers: an entry would have to carry what was typed and is in none.
    type_in(&mut world, 0, "One", "not ");
    world.run_for(1_000);
    type_in(&mut world, 1, "One", "Now ");
    world.run_for(1_000);
    assert_eq!(text(&mut world, 1, "One"), "Now not alone ");
    assert_eq!([journalled(&world, 0), journalled(&world, 1)], [2, 2]);
    world.run_for(MINUTE_MS);
    assert_eq!([journalled(&world, 0), journalled(&world, 1)], [0, 0]);
    assert_eq!(shown(&mut world, 0), shown(&mut world, 1));
}

#[test]
fn a_committed_edit_of_twenty_characters_takes_at_most_six_hundred_bytes() {
    let mut world = World::new(4);
    shared(&mut world, &["Ana", "Ben"]);
    note(&mut world, 0, "One", "");
    world.run_for(MINUTE_MS);
    let before = world.bytes_sent();
    type_in(&mut world, 0, "One", "twenty characters ok");
    world.run_for(10_000);
    let bytes = world.bytes_sent() - before;
    assert!(bytes <= 600, "{bytes}");
    assert_eq!(text(&mut world, 1, "One"), "twenty characters ok");
}

/// Story: every entry carried all that others had typed in its document, although their own entries came seconds later.
#[test]
fn a_seal_carries_only_what_it_builds_on() {
    for builds in [false, true] {
        let mut world = World::new(2);
        shared(&mut world, &["Ana", "Ben"]);
        note(&mut world, 0, "One", "");
        world.run_for(MINUTE_MS);
        // The first that each types is an entry at once.
        for node in [0, 1] {
            type_in(&mut world, node, "One", "x");
            world.run_for(1_000);
        }
        if !builds {
            type_in(&mut world, 0, "One", "a");
        }
        type_in(&mut world, 1, "One", "b");
        world.run_for(1_000);
        if builds {
            type_in(&mut world, 0, "One", "a");
        }
        assert_eq!(text(&mut world, 0, "One").len(), 4);
        world.part(vec![0, 1]);
        world.crash(1, moot_sim::world::Crash::Killed);
        world.run_for(10_000);
        let left = journalled(&world, 0);
        assert_eq!(left, usize::from(!builds), "carried where it was needed");
        // Ben does not come back: what he typed is carried all the same, later.
        world.run_for(10 * MINUTE_MS);
        assert_eq!(journalled(&world, 0), 0);
        assert_eq!(text(&mut world, 0, "One").len(), 4);
    }
}

fn only_notebook(world: &World) -> [u8; 16] {
    let rows = world.backup(0);
    let home = moot_log::storage::HOME;
    let rows = rows.scan(Space::Notebook, &home, &[], None, 9).unwrap();
    rows[0].0.as_slice().try_into().unwrap()
}
