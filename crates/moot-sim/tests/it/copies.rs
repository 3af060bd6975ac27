//! A home that was copied, and its original: two nodes of one device, which find each other with nobody in between.

use moot_engine::{Command, Reply};
use moot_sim::World;

use crate::garden::{MINUTE_MS, doctor, note, shared, shown, status, text};

/// Story: whom to dial was worked out from the other devices of a notebook. A copy has the same device, so it was served when
/// it came and never looked for.
#[test]
fn a_copy_and_its_original_meet_with_nobody_in_between() {
    let mut world = World::new(31);
    shared(&mut world, &["Ana"]);
    note(&mut world, 0, "Before", "both have it");
    let copy = world.copy_home(0);
    note(&mut world, 0, "Here", "from the original");
    note(&mut world, copy, "There", "from the copy");
    world.run_for(5 * MINUTE_MS);
    assert_eq!(shown(&mut world, 0), shown(&mut world, copy));
    assert_eq!(text(&mut world, 0, "There"), "from the copy");
    assert_eq!(text(&mut world, copy, "Here"), "from the original");
    for node in [0, copy] {
        assert_eq!(status(&mut world, node).peers.len(), 1, "the other copy");
        assert!(doctor(&mut world, node, false).ok);
    }
    // After both were restarted, whichever is up first.
    for node in [copy, 0] {
        world.crash(node, moot_sim::world::Crash::PowerCut);
    }
    world.start(0);
    note(&mut world, 0, "Later", "from the original again");
    world.start(copy);
    world.run_for(5 * MINUTE_MS);
    assert_eq!(text(&mut world, copy, "Later"), "from the original again");
}

#[test]
fn a_sync_counts_the_other_copy() {
    let mut world = World::new(32);
    shared(&mut world, &["Ana"]);
    let copy = world.copy_home(0);
    note(&mut world, copy, "There", "from the copy");
    let sync = Command::Sync {
        wait_ms: MINUTE_MS,
        with: 1,
    };
    let asked = world.ask(copy, sync);
    world.run_for(2 * MINUTE_MS);
    let Some(Ok(Reply::Synced(synced))) = world.answer(asked).cloned() else {
        panic!("{:?}", world.answer(asked));
    };
    assert!(synced.in_step, "{synced:?}");
    assert_eq!(text(&mut world, 0, "There"), "from the copy");
}
