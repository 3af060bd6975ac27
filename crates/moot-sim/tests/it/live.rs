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

fn only_notebook(world: &World) -> [u8; 16] {
    let rows = world.backup(0);
    let home = moot_log::storage::HOME;
    let rows = rows.scan(Space::Notebook, &home, &[], None, 9).unwrap();
    rows[0].0.as_slice().try_into().unwrap()
}
