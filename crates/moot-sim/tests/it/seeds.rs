//! Worlds by the number: the same people, deeds and faults for the same seed, whatever is wrong with them.
//!
//! `MOOT_SIM_SEEDS` plays more or fewer seeds than usual, `MOOT_SIM_SEED` just one, which is how a failure is replayed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use moot_sim::check::play_and_check;
use moot_sim::script::{Mishap, Parts, Plan, Script};
use moot_sim::world::MarkerFate;
use moot_sim::{Dice, Weather, World};

/// Seeds played in each of the tests below, which together make 200.
const SEEDS_EACH: u64 = 40;

/// Every so many seeds one is played twice, to see that it replays.
const REPLAY_EVERY: u64 = 10;

fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    match (number("MOOT_SIM_SEED"), number("MOOT_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(all)) => 0..all.div_ceil(5),
        (None, None) => 0..SEEDS_EACH,
    }
}

fn played(seed: u64, plan: &Plan) -> u64 {
    let mut world = World::new(seed);
    let mut script = Script::new(plan.clone(), &mut world);
    play_and_check(&mut world, &mut script);
    world.trace_digest()
}

/// Plays every seed in its variant of the plan. A failure names its seed.
fn play(test: &str, plan: impl Fn(&mut Dice) -> Plan) {
    for seed in seeds() {
        let plan = plan(&mut Dice::new(seed ^ 0x5eed));
        let run = || {
            let digest = played(seed, &plan);
            if seed % REPLAY_EVERY == 0 {
                assert_eq!(digest, played(seed, &plan), "the seed does not replay");
            }
        };
        // What went wrong was printed already; this says how to see it again.
        assert!(
            catch_unwind(AssertUnwindSafe(run)).is_ok(),
            "seed {seed} fails: MOOT_SIM_SEED={seed} cargo test -p moot-sim {test}"
        );
    }
}

fn plan(dice: &mut Dice) -> Plan {
    Plan {
        nodes: dice.pick(&[3, 4, 5]).copied().unwrap_or(3),
        deeds: dice.between(30, 70),
        weather: Weather::fair(),
        parts: Parts::Often,
        mishap: Mishap::None,
    }
}

#[test]
fn members_who_were_apart_come_to_see_the_same() {
    play("members_who_were_apart", plan);
}

#[test]
fn acknowledged_text_survives_crashes_and_failing_disks() {
    play("acknowledged_text_survives", |dice| Plan {
        weather: Weather::foul(),
        ..plan(dice)
    });
}

#[test]
fn a_copied_home_and_its_original_both_go_on() {
    play("a_copied_home", |dice| Plan {
        mishap: Mishap::Copied,
        ..plan(dice)
    });
}

#[test]
fn a_home_that_was_set_back_is_noticed_by_its_marker() {
    play("a_home_that_was_set_back", |dice| Plan {
        mishap: Mishap::SetBack(MarkerFate::Kept),
        ..plan(dice)
    });
}

#[test]
fn a_home_that_was_set_back_without_a_sign_branches_its_log_and_loses_nothing() {
    play("without_a_sign", |dice| Plan {
        mishap: Mishap::SetBack(MarkerFate::Lost),
        ..plan(dice)
    });
}
