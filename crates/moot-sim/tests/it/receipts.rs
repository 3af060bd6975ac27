//! What others are said to hold is what they hold, also after they were set back.

use moot_engine::{Command, Reply};
use moot_sim::World;
use moot_sim::world::{Crash, MarkerFate};

use crate::garden::{MINUTE_MS, done, note, shared, status};

#[test]
fn a_home_that_was_set_back_is_seen_to_lack_again_what_it_lost() {
    let mut world = World::new(1);
    shared(&mut world, &["Ana", "Ben"]);
    let early = world.backup(1);
    for title in ["Watering", "Seeds", "Tools"] {
        note(&mut world, 0, title, "Every second day.\n");
    }
    world.run_for(MINUTE_MS);
    assert_eq!(status(&mut world, 0).peers[0].lacks, Some(0));
    world.part(vec![0, 1]);
    world.restore(1, early, MarkerFate::Lost);
    world.run_for(MINUTE_MS);
    world.heal();
    let mut lacked = Vec::new();
    for _ in 0..30_000 {
        world.run_for(2);
        let lacks = status(&mut world, 0).peers[0].lacks;
        if lacked.last() != Some(&lacks) {
            lacked.push(lacks);
        }
        if lacked.len() > 2 && lacks == Some(0) {
            break;
        }
    }
    assert_eq!(lacked.first(), Some(&Some(0)), "{lacked:?}");
    assert_eq!(lacked.last(), Some(&Some(0)), "{lacked:?}");
    assert!(lacked.iter().any(|lacks| *lacks >= Some(3)), "{lacked:?}");
}

/// Ana has heard that Ben left, and her word that she has never comes to him. She serves him no more.
#[test]
fn whoever_has_left_and_lost_the_receipt_does_not_ask_for_ever() {
    let mut world = World::new(2);
    shared(&mut world, &["Ana", "Ben"]);
    done(&mut world, 1, Command::Leave);
    let has_heard = |world: &mut World| match done(world, 0, Command::People) {
        Reply::People(people) => people.iter().any(|person| person.state == "left"),
        other => panic!("not people: {other:?}"),
    };
    while !has_heard(&mut world) {
        world.run_for(1);
    }
    world.crash(1, Crash::Killed);
    world.start(1);
    world.run_for(5 * MINUTE_MS);
    let before = world.frames_sent();
    world.run_for(60 * MINUTE_MS);
    assert_eq!(world.frames_sent(), before);
}
