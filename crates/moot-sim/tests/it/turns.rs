//! How fair the rota is, shown over 200 groups of 200 meetings, beside the two ways of choosing that others use.

use moot_notebook::TURN;
use moot_sim::turns::{Choosing, Habits, Runs};

const HABITS: Habits = Habits {
    people: 8,
    meetings: 200,
    attend: 70,
    decline: 10,
    comes_at: 0,
    leaves_at: 0,
};

#[expect(
    clippy::print_stdout,
    reason = "the report is what one runs this by hand for"
)]
fn runs(name: &str, habits: Habits, choosing: Choosing) -> Runs {
    // The comparisons only have to be far off: fewer runs show that.
    let count = if choosing == Choosing::Rota { 200 } else { 60 };
    let runs = Runs::of(habits, choosing, 0..count);
    println!("{}", runs.line(name));
    runs
}

/// Whether a number is within so many of a hundred of another.
fn within(percent: i64, number: i64, of: i64) -> bool {
    (number - of).abs() * 100 <= of * percent
}

#[test]
fn the_rota_keeps_debts_near_a_turn_and_shares_near_fair() {
    let rota = runs("rota", HABITS, Choosing::Rota);
    assert!(rota.median_debt() <= TURN, "{}", rota.line("rota"));
    assert!(rota.max_debt() <= TURN * 3 / 2, "{}", rota.line("rota"));
    assert!(
        rota.shares.0 >= 950 && rota.shares.1 <= 1_050,
        "{}",
        rota.line("rota")
    );
    assert_eq!((rota.back_to_backs, rota.unasked), (0, 0));
}

#[test]
fn it_is_fairer_than_asking_who_served_least_and_much_fairer_than_a_lot() {
    let rota = Runs::of(HABITS, Choosing::Rota, 0..50);
    let least = runs("least served", HABITS, Choosing::LeastServed);
    let random = runs("random", HABITS, Choosing::Random);
    assert!(
        least.median_debt() > 2 * rota.median_debt(),
        "{}",
        least.line("least served")
    );
    assert!(
        random.median_debt() > 2 * least.median_debt(),
        "{}",
        random.line("random")
    );
    assert!(random.back_to_backs > 0);
}

#[test]
fn with_half_of_them_there_and_a_third_declining_debts_stay_small() {
    let habits = Habits {
        attend: 50,
        decline: 30,
        ..HABITS
    };
    let rota = runs("half, 30 % no", habits, Choosing::Rota);
    assert!(
        rota.median_debt() <= TURN * 6 / 5 && rota.max_debt() <= TURN * 3 / 2,
        "{}",
        rota.line("rota")
    );
}

#[test]
fn a_newcomer_gets_a_fair_share_and_no_flood_of_turns() {
    let habits = Habits {
        people: 9,
        comes_at: 100,
        ..HABITS
    };
    let rota = runs("newcomer", habits, Choosing::Rota);
    assert!(
        within(10, rota.turns * TURN, rota.fair),
        "{}",
        rota.line("rota")
    );
    let least = runs("newcomer, least", habits, Choosing::LeastServed);
    assert!(
        least.turns * 200 > 3 * rota.turns * 60,
        "{}",
        least.line("least served")
    );
}

#[test]
fn who_comes_back_from_leave_owes_nothing_and_is_owed_nothing() {
    let habits = Habits {
        leaves_at: 100,
        comes_at: 160,
        ..HABITS
    };
    let rota = runs("back from leave", habits, Choosing::Rota);
    assert!(
        within(10, rota.turns * TURN, rota.fair),
        "{}",
        rota.line("rota")
    );
    let least = runs("leave, least", habits, Choosing::LeastServed);
    assert!(
        least.turns * 200 > 2 * rota.turns * 60,
        "{}",
        least.line("least served")
    );
}
