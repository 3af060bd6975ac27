//! What a member could write to break a meeting for others: nothing here panics, drowns others, or takes for ever.

use super::scene::*;
use crate::fact::meeting::*;
use crate::fact::role::Part;
use crate::fact::{Fact, FactBody, MeetingFact, RoleFact};
use crate::id::{ActorId, FactId};
use crate::limits::PERSON_FACTS_MAX;
use crate::meeting::*;
use crate::state::IgnoredWhy;

fn item(text: &str) -> MeetingFact {
    MeetingFact::ItemAdded {
        text: line(text),
        kind: ItemKind::Report,
        place: ItemPlace::Proposed,
        minutes: None,
    }
}

#[test]
fn an_agenda_of_ten_thousand_lines_is_counted_up_to_its_authors_share_and_drowns_nobody() {
    let mut scene = meeting();
    let start = scene.say(ANA, MeetingFact::SittingOpened { members: vec![] });
    for number in 0..10_000 {
        scene.say_after(CY, vec![start], item(&format!("Line {number}")));
    }
    let bens = scene.say_after(BEN, vec![start], item("Water"));
    let state = scene.state();
    assert!(state.items.contains_key(&bens));
    assert_eq!(
        state.agenda(&Carried::default()).len(),
        PERSON_FACTS_MAX + 1
    );
    let too_many = state
        .ignored
        .iter()
        .filter(|one| one.why == IgnoredWhy::TooMany);
    assert_eq!(too_many.count(), 10_000 - PERSON_FACTS_MAX);
}

#[test]
fn what_follows_a_fact_that_does_not_count_still_follows_what_is_below_it() {
    let mut scene = meeting();
    let mut last = scene.say(CY, item("First"));
    for _ in 0..PERSON_FACTS_MAX {
        last = scene.say_after(CY, vec![last], MeetingFact::Resumed {});
    }
    scene.say_after(BEN, vec![last], MeetingFact::Cancelled {});
    assert_eq!(
        scene.state().phase(),
        Phase::Cancelled,
        "Ben's word follows all of Cy's"
    );
}

#[test]
fn thousands_of_rival_answers_offers_and_openings_are_worked_through() {
    let mut scene = meeting();
    let start = scene.say(ANA, MeetingFact::SittingOpened { members: vec![] });
    let role = || line("facilitator");
    for _ in 0..400 {
        scene.say_after(
            CY,
            vec![start],
            RoleFact::Taken {
                role: role(),
                part: Part::Holder,
            },
        );
        scene.say_after(CY, vec![start], RoleFact::Opened { role: role() });
        scene.say_after(
            CY,
            vec![start],
            RoleFact::SteppedBack {
                role: role(),
                note: None,
            },
        );
        scene.say_after(
            CY,
            vec![start],
            MeetingFact::Advanced {
                sitting: start,
                from: None,
                fate: None,
                to: None,
            },
        );
    }
    let state = scene.state();
    assert_eq!(
        state.roles.named("facilitator").unwrap().1.holders(),
        people(&[])
    );
}

#[test]
fn facts_that_name_themselves_each_other_or_nothing_lead_nowhere() {
    let mut scene = meeting();
    let nothing = FactId([0xee; 16]);
    let before = scene.state();
    for fact in [
        MeetingFact::SittingClosed { sitting: nothing },
        MeetingFact::QueueTaken { entry: nothing },
        MeetingFact::RoundClosed { round: nothing },
        MeetingFact::CheckAnswered {
            check: nothing,
            word: Warmth::Cold,
        },
        MeetingFact::ConsentClosed {
            round: nothing,
            version: [0; 32],
        },
        MeetingFact::Corrected {
            remark: nothing,
            text: para("No."),
        },
    ] {
        scene.say_after(BEN, vec![nothing], fact);
    }
    scene.say(BEN, RoleFact::Withdrawn { offer: nothing });
    let state = scene.state();
    assert!(
        state
            .ignored
            .iter()
            .all(|one| one.why == IgnoredWhy::LeadsNowhere)
    );
    assert_eq!(state.ignored.len(), 7);
    assert_eq!(
        (state.sittings, state.consents),
        (before.sittings, before.consents)
    );
}

#[test]
fn facts_in_a_circle_are_ignored_and_end_nothing() {
    let mut scene = meeting();
    let first = scene.say(BEN, item("One"));
    let second = scene.say(BEN, item("Two"));
    // No hash allows this; a broken store might still show it.
    let circle = |after: FactId, entry: &mut crate::fact::FactEntry| {
        entry.fact = entry.fact.clone().map(|fact| Fact {
            after: vec![after],
            ..fact
        });
    };
    circle(second, scene.facts.get_mut(&first).unwrap());
    circle(first, scene.facts.get_mut(&second).unwrap());
    let state = scene.state();
    assert!(state.items.is_empty());
    assert_eq!(
        counts(state.ignored.iter().map(|one| one.why)),
        [(IgnoredWhy::Malformed, 2)].into()
    );
}

#[test]
fn nobody_speaks_for_anybody_else() {
    let mut scene = meeting();
    let sitting = scene.say(ANA, MeetingFact::SittingOpened { members: vec![] });
    let unproven = ActorId([99; 16]);
    scene.say(
        unproven,
        MeetingFact::Attended {
            status: Attendance::Present,
            sitting: None,
        },
    );
    let entry = scene.say(
        ANA,
        MeetingFact::QueueJoined {
            sitting,
            kind: QueueKind::Topic,
            note: None,
        },
    );
    scene.say(BEN, MeetingFact::QueueLeft { entry });
    let state = scene.state();
    assert!(state.present().is_empty());
    assert_eq!(state.sittings[0].queue[0].state, EntryState::Waiting);
    assert_eq!(
        counts(state.ignored.iter().map(|one| one.why)),
        [(IgnoredWhy::NotTheirs, 2)].into()
    );
}

#[test]
fn what_is_newer_or_out_of_place_is_shown_as_such() {
    let mut scene = meeting();
    scene.say(BEN, FactBody::Restored);
    let newer = FactBody::Newer { tag: 127 };
    scene.say(BEN, newer);
    scene.add(BEN, b"no fact".to_vec());
    let state = scene.state();
    assert_eq!(state.newer.len(), 1);
    assert_eq!(
        counts(state.ignored.iter().map(|one| one.why)),
        [(IgnoredWhy::Malformed, 1), (IgnoredWhy::OutOfPlace, 1)].into()
    );
}
