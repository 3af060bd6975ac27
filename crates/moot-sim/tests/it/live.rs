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
            let splice = Splice {
                at: 0,
                delete: 0,
                insert: "x".to_owned(),
            };
            let type_in = Command::NoteType {
                seen: None,
                note: note.clone(),
                splices: vec![splice],
            };
            done(&mut world, 1, type_in);
        }
    }
    world.run_for(1_000);
    let id = moot_log::NotebookId(only_notebook(&world));
    let kept = world.backup(0);
    let kept = kept
        .scan(Space::Journal, &id, &[], None, usize::MAX)
        .unwrap();
    assert_eq!(kept.len(), 1_024);
    world.run_for(2 * MINUTE_MS);
    assert_eq!(text(&mut world, 0, "Three").len(), 400);
    assert_eq!(shown(&mut world, 0), shown(&mut world, 1));
    let kept = world.backup(0);
    let kept = kept
        .scan(Space::Journal, &id, &[], None, usize::MAX)
        .unwrap();
    assert_eq!(kept.len(), 0);
}

/// Story: every entry carried all that others had typed in its document, although their own entries came seconds later.
#[test]
fn a_seal_carries_only_what_it_builds_on() {
    for builds in [false, true] {
        let mut world = World::new(2);
        shared(&mut world, &["Ana", "Ben"]);
        note(&mut world, 0, "One", "");
        world.run_for(MINUTE_MS);
        let type_in = |world: &mut World, node: usize, what: &str| {
            let splice = Splice {
                at: 0,
                delete: 0,
                insert: what.to_owned(),
            };
            let note = "One".to_owned();
            let splices = vec![splice];
            let seen = None;
            let type_in = Command::NoteType {
                note,
                splices,
                seen,
            };
            done(world, node, type_in);
        };
        if !builds {
            type_in(&mut world, 0, "a");
        }
        type_in(&mut world, 1, "b");
        world.run_for(1_000);
        if builds {
            type_in(&mut world, 0, "a");
        }
        assert_eq!(text(&mut world, 0, "One").len(), 2);
        world.part(vec![0, 1]);
        world.crash(1, moot_sim::world::Crash::Killed);
        world.run_for(10_000);
        let id = moot_log::NotebookId(only_notebook(&world));
        let journal = |world: &World| {
            let rows = world.backup(0);
            let rows = rows.scan(Space::Journal, &id, &[], None, usize::MAX);
            rows.unwrap().len()
        };
        let left = journal(&world);
        assert_eq!(left, usize::from(!builds), "carried where it was needed");
        // Ben does not come back: what he typed is carried all the same, later.
        world.run_for(10 * MINUTE_MS);
        assert_eq!(journal(&world), 0);
        assert_eq!(text(&mut world, 0, "One").len(), 2);
    }
}

fn only_notebook(world: &World) -> [u8; 16] {
    let rows = world.backup(0);
    let home = moot_log::storage::HOME;
    let rows = rows.scan(Space::Notebook, &home, &[], None, 9).unwrap();
    rows[0].0.as_slice().try_into().unwrap()
}
