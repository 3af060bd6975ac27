//! Clocks that are years apart: never a reason to refuse anything, and the difference is shown.

use moot_engine::Command;
use moot_sim::World;

use super::garden::{MINUTE_MS, append, done, invite, join, note, shown, status, text};

const YEAR_MS: i64 = 366 * 24 * 3_600_000;
const ANA: usize = 0;
const BEN: usize = 1;

fn check(ana_ms: i64, ben_ms: i64) {
    let mut world = World::new(21);
    world.add_node(ana_ms);
    world.add_node(ben_ms);
    let init = Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    };
    done(&mut world, ANA, init);
    let ticket = invite(&mut world, ANA, 1);
    let joined = join(&mut world, BEN, "Ben", &ticket);
    assert!(matches!(joined, Some(Ok(_))), "{joined:?}");
    note(&mut world, ANA, "Watering", "One.\n");
    world.run_for(2 * MINUTE_MS);
    append(&mut world, BEN, "Watering", "Two.");
    world.run_for(2 * MINUTE_MS);
    append(&mut world, ANA, "Watering", "Three.");
    world.run_for(2 * MINUTE_MS);
    assert_eq!(shown(&mut world, ANA), shown(&mut world, BEN));
    assert_eq!(shown(&mut world, ANA).pending, 0);
    let read = text(&mut world, BEN, "Watering");
    assert_eq!(read.lines().collect::<Vec<_>>(), ["One.", "Two.", "Three."]);
    for (node, ahead_ms) in [(ANA, ben_ms - ana_ms), (BEN, ana_ms - ben_ms)] {
        let peers = status(&mut world, node).peers;
        let shown_ms = peers[0].clock_ahead_ms;
        let near = |ms: i64| (ms - ahead_ms).abs() < 60_000;
        assert!(shown_ms.is_some_and(near), "{shown_ms:?} for {ahead_ms}");
    }
}

#[test]
fn somebody_whose_clock_is_ten_years_ahead_joins_and_writes() {
    check(0, 10 * YEAR_MS);
}

#[test]
fn somebody_whose_clock_is_fifty_years_behind_joins_and_writes() {
    check(0, -50 * YEAR_MS);
}

#[test]
fn a_founder_whose_clock_is_wrong_is_joined() {
    check(-56 * YEAR_MS, 20 * YEAR_MS);
}

#[test]
fn clocks_that_differ_by_a_minute_are_not_spoken_of() {
    let mut world = World::new(22);
    super::garden::shared(&mut world, &["Ana", "Ben"]);
    assert_eq!(status(&mut world, ANA).peers[0].clock_ahead_ms, None);
}

/// A member whose clock is a year ahead takes an invite for expired, and is asked first.
#[test]
fn one_members_wrong_clock_keeps_nobody_out() {
    let mut world = World::new(23);
    for skew_ms in [0, YEAR_MS, 0] {
        world.add_node(skew_ms);
    }
    let init = Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    };
    done(&mut world, ANA, init);
    let early = invite(&mut world, ANA, 1);
    // Somebody whose clock is right must let Ben in; then both are named by the next ticket.
    assert!(matches!(join(&mut world, BEN, "Ben", &early), Some(Ok(_))));
    world.run_for(2 * MINUTE_MS);
    let ticket = invite(&mut world, ANA, 1);
    world.run_for(MINUTE_MS);
    world.part(vec![1, 0, 0]);
    let asked = world.ask(
        2,
        Command::Join {
            ticket,
            person: "Cleo".to_owned(),
            wait_ms: MINUTE_MS,
        },
    );
    world.run_for(3_000);
    assert_eq!(world.answer(asked), None, "Ben alone does not decide");
    world.heal();
    world.run_for(2 * MINUTE_MS);
    assert!(
        matches!(world.answer(asked), Some(Ok(_))),
        "{:?}",
        world.answer(asked)
    );
}
