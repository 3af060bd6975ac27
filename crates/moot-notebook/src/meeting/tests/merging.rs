//! The rows of "what is true after two halves merge", each a claim; those of roles are beside this.

use super::scene::*;
use crate::fact::meeting::*;
use crate::fact::role::{Rhythm, Switch};
use crate::fact::{MeetingFact, RotaFact};
use crate::id::{DocId, FactId};
use crate::meeting::*;

fn open() -> MeetingFact {
    MeetingFact::SittingOpened { members: vec![] }
}

fn item(text: &str) -> MeetingFact {
    MeetingFact::ItemAdded {
        text: line(text),
        kind: ItemKind::Decide,
        place: ItemPlace::Proposed,
        minutes: Some(5),
    }
}

fn step(sitting: FactId, from: Option<FactId>, to: Option<FactId>) -> MeetingFact {
    MeetingFact::Advanced {
        sitting,
        from,
        fate: None,
        to,
    }
}

fn mark(item: FactId, mark: ItemMark) -> MeetingFact {
    MeetingFact::ItemMarked {
        item,
        mark,
        sitting: None,
    }
}

#[test]
fn two_halves_that_open_it_hold_two_sittings_that_are_never_interleaved() {
    let mut all = meeting();
    let first = all.say(ANA, item("Water"));
    let second = all.say(ANA, item("Seeds"));
    let (mut one, mut other) = all.split();
    let here = one.say(ANA, open());
    one.say(ANA, step(here, None, Some(first)));
    let there = other.say(CY, open());
    other.say(CY, step(there, None, Some(second)));
    let state = one.merge(other).state();
    let mut sittings: Vec<(FactId, Option<FactId>)> = state
        .sittings
        .iter()
        .map(|one| (one.id, one.current))
        .collect();
    sittings.sort_unstable();
    let mut expected = vec![(here, Some(first)), (there, Some(second))];
    expected.sort_unstable();
    assert_eq!(sittings, expected);
    assert_eq!(state.phase(), Phase::Sitting);
    assert_eq!(state.sitting_of(person(CY)).unwrap().id, there);
}

#[test]
fn done_in_one_half_and_carried_in_the_other_is_carried() {
    let mut all = meeting();
    let water = all.say(ANA, item("Water"));
    let (mut one, mut other) = all.split();
    let here = one.say(ANA, open());
    one.say(ANA, step(here, None, Some(water)));
    one.say(ANA, step(here, Some(water), None));
    assert_eq!(one.state().items[&water].standing, Some(ItemStanding::Done));
    other.say(CY, mark(water, ItemMark::Carried));
    let state = one.merge(other).state();
    assert_eq!(state.items[&water].standing, Some(ItemStanding::Carried));
    assert_eq!(state.items[&water].discussed_in, [here].into());
}

#[test]
fn an_item_dropped_in_one_half_and_discussed_in_the_other_is_discussed() {
    let mut all = meeting();
    let water = all.say(ANA, item("Water"));
    let (mut one, mut other) = all.split();
    one.say(ANA, mark(water, ItemMark::Dropped));
    assert!(one.state().agenda(&Carried::default()).is_empty());
    let there = other.say(CY, open());
    other.say(CY, step(there, None, Some(water)));
    let state = one.merge(other).state();
    assert_eq!(state.items[&water].standing, Some(ItemStanding::Current));
}

#[test]
fn of_concurrent_policies_both_are_shown_and_the_one_before_them_stays_in_force() {
    let policy = |gap| RotaFact::PolicySet {
        role: line("scribe"),
        rhythm: Rhythm::Meeting,
        gap,
        shadowing: Switch::On,
        auto_offer: Switch::Off,
        review_ms: None,
    };
    let mut all = Scene::default();
    all.say(ANA, policy(2));
    let (mut one, mut other) = all.split();
    one.say(ANA, policy(3));
    other.say(CY, policy(4));
    let mut all = one.merge(other);
    let group = all.group();
    let gaps = counts(
        group.wishes.policies[&line("scribe")]
            .values
            .iter()
            .map(|value| value.value.gap),
    );
    assert_eq!(gaps, [(3, 1), (4, 1)].into());
    assert_eq!(group.wishes.policy("scribe").gap, 2);
    all.say(BEN, policy(5));
    assert_eq!(all.group().wishes.policy("scribe").gap, 5);
    assert_eq!(
        all.group().wishes.policy("facilitator").gap,
        1,
        "the default"
    );
}

fn consent(scene: &mut Scene, text: &str) -> FactId {
    scene.say(
        ANA,
        MeetingFact::ConsentOpened {
            text: para(text),
            sitting: None,
            item: None,
        },
    )
}

fn answer(round: FactId, text: &str, position: Position) -> MeetingFact {
    MeetingFact::ConsentAnswered {
        round,
        version: consent_version(text),
        position,
        reason: (position >= Position::Hold).then(|| para("Because.")),
    }
}

fn close(round: FactId, text: &str) -> MeetingFact {
    MeetingFact::ConsentClosed {
        round,
        version: consent_version(text),
    }
}

#[test]
fn an_objection_the_closer_had_not_seen_makes_the_decision_contested() {
    let mut all = meeting();
    let round = consent(&mut all, "We dig.");
    all.say(BEN, answer(round, "We dig.", Position::Consent));
    let (mut one, mut other) = all.split();
    one.say(ANA, close(round, "We dig."));
    assert_eq!(one.state().consents[0].state, ConsentState::Adopted);
    other.say(CY, answer(round, "We dig.", Position::Object));
    let mut all = one.merge(other);
    let state = all.state();
    assert_eq!(state.consents[0].state, ConsentState::Contested);
    assert_eq!(state.consents[0].unheard, people(&[CY]));
    all.say(ANA, close(round, "We dig."));
    assert_eq!(
        all.state().consents[0].state,
        ConsentState::Closed,
        "closed again, knowing"
    );
    all.say(CY, answer(round, "We dig.", Position::Aside));
    all.say(ANA, close(round, "We dig."));
    assert_eq!(all.state().consents[0].state, ConsentState::Adopted);
}

#[test]
fn silence_adopts_nothing() {
    let mut all = meeting();
    let round = consent(&mut all, "We dig.");
    all.say(ANA, close(round, "We dig."));
    assert_eq!(all.state().consents[0].state, ConsentState::Closed);
}

#[test]
fn positions_stick_to_the_version_they_were_given_on() {
    let mut all = meeting();
    let round = consent(&mut all, "We dig.");
    let (mut one, mut other) = all.split();
    one.say(BEN, answer(round, "We dig.", Position::Consent));
    other.say(
        ANA,
        MeetingFact::ConsentReworded {
            round,
            text: para("We dig deep."),
        },
    );
    let mut all = one.merge(other);
    let state = all.state();
    assert_eq!(state.consents[0].version(), consent_version("We dig deep."));
    assert_eq!(state.consents[0].position_of(person(BEN)), None);
    assert_eq!(
        state.consents[0].positions[0].version,
        consent_version("We dig.")
    );
    all.say(ANA, close(round, "We dig deep."));
    assert_eq!(
        all.state().consents[0].state,
        ConsentState::Closed,
        "nobody took a position on that"
    );
}

fn reword(round: FactId, text: &str) -> MeetingFact {
    let text = para(text);
    MeetingFact::ConsentReworded { round, text }
}

#[test]
fn what_was_adopted_stays_adopted_on_its_words_when_it_was_reworded_apart() {
    let mut all = meeting();
    let round = consent(&mut all, "We dig.");
    all.say(BEN, answer(round, "We dig.", Position::Consent));
    let (mut one, mut other) = all.split();
    one.say(ANA, close(round, "We dig."));
    other.say(CY, reword(round, "We dig deep."));
    let mut all = one.merge(other);
    let found = all.state().consents[0].clone();
    assert_eq!(found.state, ConsentState::Adopted);
    assert_eq!(found.words(), (consent_version("We dig."), "We dig."));
    let deeper = (consent_version("We dig deep."), "We dig deep.");
    assert_eq!(found.reworded(), Some(deeper));
    assert!(found.waits_for(person(BEN)), "for the other words");
    all.say(BEN, answer(round, "We dig deep.", Position::Consent));
    all.say(ANA, close(round, "We dig deep."));
    let found = all.state().consents[0].clone();
    assert_eq!(found.state, ConsentState::Adopted);
    assert_eq!((found.words(), found.reworded()), (deeper, None));
}

#[test]
fn a_round_that_came_to_nothing_is_open_again_with_words_its_closer_did_not_know() {
    let mut all = meeting();
    let round = consent(&mut all, "We dig.");
    all.say(BEN, answer(round, "We dig.", Position::Object));
    let (mut one, mut other) = all.split();
    one.say(ANA, close(round, "We dig."));
    other.say(CY, reword(round, "We dig deep."));
    let apart = one.clone().merge(other);
    one.say(CY, reword(round, "We wait."));
    for (scene, words) in [(apart, "We dig deep."), (one, "We wait.")] {
        let found = scene.state().consents[0].clone();
        assert_eq!((found.state, found.closed_on), (ConsentState::Open, None));
        assert_eq!(found.words().1, words);
        assert!(found.waits_for(person(BEN)), "who objected to other words");
    }
}

#[test]
fn actions_are_listed_as_they_were_noted_and_carried_ones_first() {
    let mut last = meeting();
    let note = |scene: &mut Scene, text: &str| {
        scene.say(
            ANA,
            MeetingFact::ActionAdded {
                text: line(text),
                sitting: None,
                item: None,
            },
        )
    };
    let names = ["b", "d", "a", "c", "e", "f", "g", "h"];
    let (old, new) = names.split_at(4);
    for text in old {
        note(&mut last, text);
    }
    let traces = Traces::of(&last.state());
    let carried = Carried::from_earlier([(DocId([1; 16]), &traces)]);
    let mut next = meeting();
    next.now_ms = 9_000_000;
    for text in new {
        note(&mut next, text);
    }
    let rows = next.state().actions_with(&carried);
    let listed: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(listed, names);
}

#[test]
fn attendance_accumulates() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    let here = one.say(ANA, open());
    let there = other.say(CY, open());
    let present = |sitting| MeetingFact::Attended {
        status: Attendance::Present,
        sitting: Some(sitting),
    };
    one.say(ANA, present(here));
    other.say(CY, present(there));
    other.say(
        ANAS_PHONE,
        MeetingFact::Attended {
            status: Attendance::Regrets,
            sitting: None,
        },
    );
    let state = one.merge(other).state();
    assert_eq!(state.present(), people(&[ANA, CY]));
}

fn present_ahead() -> MeetingFact {
    MeetingFact::Attended {
        status: Attendance::Present,
        sitting: None,
    }
}

#[test]
fn who_said_ahead_of_a_sitting_that_they_are_here_is_present_at_the_first_one_alone() {
    let mut all = meeting();
    all.say(ANA, present_ahead());
    let first = all.say(BEN, open());
    all.say(BEN, MeetingFact::SittingClosed { sitting: first });
    let second = all.say(BEN, open());
    let state = all.state();
    let here = |sitting| state.attendance[&person(ANA)].sittings.get(&sitting);
    assert_eq!(here(first), Some(&Attendance::Present));
    assert_eq!(here(second), None, "nothing was said of the second");
}

#[test]
fn who_said_that_they_are_here_while_another_opened_the_sitting_is_present_at_it() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    one.say(ANA, present_ahead());
    let sitting = other.say(BEN, open());
    let state = one.merge(other).state();
    let here = &state.attendance[&person(ANA)].sittings;
    assert_eq!(here.get(&sitting), Some(&Attendance::Present));
}

#[test]
fn of_two_halves_the_one_that_somebody_came_to_is_the_one_they_were_at() {
    let mut all = meeting();
    all.say(CY, present_ahead());
    all.say(ANA, present_ahead());
    let (mut one, mut other) = all.split();
    let here = one.say(ANA, open());
    let there = other.say(BEN, open());
    other.say(
        CY,
        MeetingFact::Attended {
            status: Attendance::Left,
            sitting: Some(there),
        },
    );
    let state = one.merge(other).state();
    let sittings = &state.attendance[&person(CY)].sittings;
    assert_eq!(sittings.get(&there), Some(&Attendance::Left));
    assert_eq!(sittings.get(&here), None, "they said at which they were");
    assert_eq!(state.attendance[&person(ANA)].sittings.len(), 2);
}

#[test]
fn two_people_pressing_at_once_move_one_step() {
    let mut all = meeting();
    let items: Vec<FactId> = ["Water", "Seeds", "Tools"]
        .map(|text| all.say(ANA, item(text)))
        .into();
    let sitting = all.say(ANA, open());
    all.say(ANA, step(sitting, None, Some(items[0])));
    let (mut one, mut other) = all.split();
    one.say(ANA, step(sitting, Some(items[0]), Some(items[1])));
    other.say(BEN, step(sitting, Some(items[0]), Some(items[1])));
    let mut all = one.merge(other);
    assert_eq!(all.state().sittings[0].current, Some(items[1]));
    all.say(CY, step(sitting, Some(items[0]), Some(items[1])));
    assert_eq!(
        all.state().sittings[0].current,
        Some(items[1]),
        "a late press does nothing"
    );
    all.say(CY, step(sitting, Some(items[1]), Some(items[2])));
    assert_eq!(all.state().sittings[0].current, Some(items[2]));
    all.say(BEN, step(sitting, Some(items[0]), Some(items[1])));
    assert_eq!(
        all.state().sittings[0].current,
        Some(items[2]),
        "a very late press takes nobody back"
    );
    assert_eq!(
        all.state().items[&items[1]].standing,
        Some(ItemStanding::Done)
    );
}

#[test]
fn steps_to_different_items_show_both_and_go_on_with_the_earlier() {
    let mut all = meeting();
    let items: Vec<FactId> = ["Water", "Seeds"]
        .map(|text| all.say(ANA, item(text)))
        .into();
    all.say(
        ANA,
        MeetingFact::AgendaOrdered {
            items: vec![items[1], items[0]],
        },
    );
    let sitting = all.say(ANA, open());
    let (mut one, mut other) = all.split();
    one.say(ANA, step(sitting, None, Some(items[0])));
    other.say(BEN, step(sitting, None, Some(items[1])));
    let state = one.merge(other).state();
    assert_eq!(state.sittings[0].current, Some(items[1]));
    assert_eq!(state.sittings[0].rivals, [items[0]].into());
}

#[test]
fn a_close_that_had_not_seen_the_work_reopens_the_sitting() {
    let mut all = meeting();
    let sitting = all.say(ANA, open());
    let (mut one, mut other) = all.split();
    one.say(ANA, MeetingFact::SittingClosed { sitting });
    assert!(!one.state().sittings[0].is_open());
    other.say(
        BEN,
        MeetingFact::Remarked {
            text: para("We go on."),
            record: Record::On,
            sitting: Some(sitting),
            item: None,
        },
    );
    let mut all = one.merge(other);
    assert!(all.state().sittings[0].is_open() && all.state().sittings[0].reopened);
    all.say(BEN, MeetingFact::SittingClosed { sitting });
    assert_eq!(all.state().phase(), Phase::MinutesDraft);
}

#[test]
fn a_cancellation_that_had_not_seen_the_sitting_does_not_hold() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    one.say(ANA, MeetingFact::Cancelled {});
    assert_eq!(one.state().phase(), Phase::Cancelled);
    other.say(BEN, open());
    assert_eq!(one.merge(other).state().phase(), Phase::Sitting);
}

#[test]
fn the_queue_goes_by_kind_and_then_as_asked_or_least_heard_first() {
    let mut all = meeting();
    let sitting = all.say(ANA, open());
    let join = |kind| MeetingFact::QueueJoined {
        sitting,
        kind,
        note: None,
    };
    let first = all.say(ANA, join(QueueKind::Topic));
    all.say(BEN, MeetingFact::QueueTaken { entry: first });
    all.say(ANA, join(QueueKind::Topic));
    all.say(BEN, join(QueueKind::Topic));
    all.say(CY, join(QueueKind::Reply));
    let gone = all.say(DEE, join(QueueKind::Order));
    all.say(BEN, MeetingFact::QueueLeft { entry: gone });
    let waiting = |scene: &Scene| {
        let state = scene.state();
        let waiting = state.sittings[0]
            .queue
            .iter()
            .filter(|entry| entry.state == EntryState::Waiting);
        waiting
            .map(|entry| *entry.by.first().unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        waiting(&all),
        [DEE, CY, ANA, BEN].map(person),
        "only Dee can take Dee out"
    );
    all.say(DEE, MeetingFact::QueueLeft { entry: gone });
    all.say(
        BEN,
        MeetingFact::QueueRuled {
            sitting,
            rule: QueueRule::LeastHeard,
        },
    );
    assert_eq!(waiting(&all), [CY, BEN, ANA].map(person));
}

#[test]
fn what_is_unreached_is_carried_along_the_series_until_done() {
    let (one, two, three) = (DocId([1; 16]), DocId([2; 16]), DocId([3; 16]));
    let mut first = meeting();
    let water = first.say(ANA, item("Water"));
    let seeds = first.say(ANA, item("Seeds"));
    let buy = first.say(
        ANA,
        MeetingFact::ActionAdded {
            text: line("Buy seeds"),
            sitting: None,
            item: Some(seeds),
        },
    );
    first.say(
        BEN,
        MeetingFact::ActionAnswered {
            action: buy,
            answer: Answer::Accept,
        },
    );
    let sitting = first.say(ANA, open());
    first.say(ANA, step(sitting, None, Some(water)));
    first.say(ANA, step(sitting, Some(water), None));
    let left = Traces::of(&first.state());
    assert_eq!(Traces::decode(&left.encode()), Some(left.clone()));
    let mut second = meeting();
    let carried = Carried::from_earlier([(one, &left)]);
    let agenda = second.state().agenda(&carried);
    assert_eq!(agenda.len(), 1);
    assert_eq!(
        (
            agenda[0].id,
            agenda[0].text.as_str(),
            agenda[0].standing,
            agenda[0].from
        ),
        (seeds, "Seeds", ItemStanding::Carried, Some(one))
    );
    let untouched = Traces::of(&second.state());
    let again = Carried::from_earlier([(one, &left), (two, &untouched)]);
    assert_eq!(
        meeting().state().agenda(&again).len(),
        1,
        "untouched, it goes on to the third"
    );
    second.say(CY, mark(seeds, ItemMark::Done));
    second.say(
        CY,
        MeetingFact::ActionMarked {
            action: buy,
            mark: ActionMark::Done,
        },
    );
    let actions = second.state().actions_with(&carried);
    assert_eq!(
        (actions[0].text.as_str(), actions[0].state),
        ("Buy seeds", ActionState::Done)
    );
    assert_eq!(actions[0].owners, people(&[BEN]));
    let done = Traces::of(&second.state());
    let after = Carried::from_earlier([(one, &left), (two, &done), (three, &Traces::default())]);
    assert_eq!(after, Carried::default());
}

#[test]
fn leaving_my_name_out_on_one_device_holds_until_i_restate_it() {
    let all = meeting();
    let (mut laptop, mut phone) = all.split();
    laptop.say(
        ANA,
        MeetingFact::Named {
            naming: Naming::Show,
        },
    );
    phone.say(
        ANAS_PHONE,
        MeetingFact::Named {
            naming: Naming::LeaveOut,
        },
    );
    let mut all = laptop.merge(phone);
    assert_eq!(all.state().unnamed, people(&[ANA]));
    all.say(
        ANA,
        MeetingFact::Named {
            naming: Naming::Show,
        },
    );
    assert_eq!(all.state().unnamed, people(&[]));
}

#[test]
fn agreed_minutes_are_a_draft_again_when_something_is_added() {
    let mut all = meeting();
    let sitting = all.say(ANA, open());
    all.say(ANA, MeetingFact::SittingClosed { sitting });
    let digest = all.state().minutes_digest();
    all.say(BEN, MeetingFact::MinutesAgreed { digest });
    assert_eq!(all.state().phase(), Phase::MinutesAgreed);
    all.say(
        BEN,
        MeetingFact::Remarked {
            text: para("One more thing."),
            record: Record::On,
            sitting: None,
            item: None,
        },
    );
    assert_eq!(all.state().phase(), Phase::MinutesDraft);
}
