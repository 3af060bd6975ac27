//! The rules of the rota, as claims about rows and wishes.

use std::collections::BTreeSet;

use super::*;
use crate::fact::role::{Part, Rhythm, Switch};
use crate::fact::{MeetingFact, RoleFact, RotaFact, meeting::Attendance};
use crate::id::{DocId, PersonId};
use crate::meeting::meeting_state;
use crate::meeting::tests::scene::{
    ANA, BEN, CY, DEE, Scene, attribution, line, meeting, people, person,
};
use crate::state::{Policy, Slot, SlotValue, Wishes};

/// A past occasion: who was there, who served.
fn occasion(number: u8, present: &BTreeSet<PersonId>, holders: &BTreeSet<PersonId>) -> Occasion {
    Occasion {
        key: OccasionKey {
            at_ms: i64::from(number),
            meeting: DocId([number; 16]),
        },
        role: "scribe".to_owned(),
        took_place: true,
        present: present.clone(),
        available: BTreeSet::new(),
        holders: holders.clone(),
        shadows: BTreeSet::new(),
        declined: BTreeSet::new(),
        not_for_me: BTreeSet::new(),
        regrets: BTreeSet::new(),
    }
}

fn turn() -> Turn {
    Turn {
        notebook: [1; 32],
        key: OccasionKey {
            at_ms: 100,
            meeting: DocId([100; 16]),
        },
        role: "scribe".to_owned(),
        holders: BTreeSet::new(),
        elsewhere: std::collections::BTreeMap::new(),
        declined: BTreeSet::new(),
        stepped_back: BTreeSet::new(),
        not_for_me: BTreeSet::new(),
        regrets: BTreeSet::new(),
    }
}

fn everyone() -> BTreeSet<PersonId> {
    people(&[ANA, BEN, CY, DEE])
}

/// Wishes of people who said these things, one after the other.
fn wishes(said: Vec<(crate::id::ActorId, RotaFact)>) -> Wishes {
    let mut scene = Scene::default();
    for (actor, fact) in said {
        scene.say(actor, fact);
    }
    scene.group().wishes
}

fn no_shadowing() -> Wishes {
    wishes(vec![(
        ANA,
        RotaFact::PolicySet {
            role: line("scribe"),
            rhythm: Rhythm::Meeting,
            gap: 1,
            shadowing: Switch::Off,
            auto_offer: Switch::Off,
            review_ms: None,
        },
    )])
}

fn order(rota: &Rota) -> Vec<PersonId> {
    rota.suggested.iter().map(|one| one.person).collect()
}

fn why_not(rota: &Rota, who: crate::id::ActorId) -> Option<Reason> {
    let left_out = rota.left_out.iter().find(|one| one.person == person(who));
    left_out.map(|one| one.reason.clone())
}

#[test]
fn who_is_owed_most_comes_first_and_who_served_last_is_left_in_peace() {
    let past = [
        occasion(1, &everyone(), &people(&[ANA])),
        occasion(2, &everyone(), &people(&[BEN])),
        occasion(3, &everyone(), &people(&[CY])),
    ];
    let rota = suggest(&past, &everyone(), &Wishes::default(), &turn());
    assert_eq!(order(&rota), [DEE, ANA, BEN].map(person));
    let reasons: Vec<&Reason> = rota.suggested.iter().map(|one| &one.reason).collect();
    assert_eq!(
        reasons,
        [
            &Reason::NoTurnYet,
            &Reason::LongestSince,
            &Reason::NextInTurn
        ]
    );
    assert_eq!(why_not(&rota, CY), Some(Reason::ServedLast));
    assert_eq!(Reason::ServedLast.words("scribe"), "scribed last time");
}

#[test]
fn absence_declining_and_vacancies_build_up_no_guilt() {
    let mut declined = occasion(2, &everyone(), &people(&[BEN]));
    declined.declined = people(&[DEE]);
    let past = [
        occasion(1, &people(&[ANA, BEN]), &people(&[ANA])),
        declined,
        occasion(3, &everyone(), &people(&[])),
    ];
    let tally = Tally::of(&past, "scribe", turn().key);
    assert_eq!(tally.account(person(DEE)).debt(), 0);
    assert_eq!(tally.account(person(CY)).debt(), TURN / 3);
    assert_eq!(
        tally.account(person(ANA)).debt(),
        TURN / 2 + TURN / 3 - TURN
    );
}

#[test]
fn what_is_owed_goes_before_how_long_ago_a_turn_was() {
    let others = people(&[BEN, CY, DEE]);
    let past = [
        occasion(1, &everyone(), &people(&[ANA])),
        occasion(2, &others, &people(&[BEN])),
        occasion(3, &others, &people(&[CY])),
        occasion(4, &others, &people(&[DEE])),
        occasion(5, &others, &people(&[BEN])),
    ];
    let rota = suggest(&past, &everyone(), &no_shadowing(), &turn());
    assert_eq!(
        order(&rota),
        [CY, DEE, ANA].map(person),
        "Ana was away, and is owed nothing for it"
    );
    assert_eq!(rota.suggested[2].reason, Reason::LongestSince);
}

#[test]
fn equals_go_by_a_lot_that_differs_from_meeting_to_meeting_and_not_from_device_to_device() {
    let firsts: BTreeSet<PersonId> = (0..32)
        .map(|number| {
            let mut turn = turn();
            turn.key.meeting = DocId([number; 16]);
            let list = order(&suggest(&[], &everyone(), &no_shadowing(), &turn));
            assert_eq!(
                list,
                order(&suggest(&[], &everyone(), &no_shadowing(), &turn))
            );
            list[0]
        })
        .collect();
    assert_eq!(firsts, everyone());
}

#[test]
fn co_holders_share_the_turn() {
    let past = [occasion(1, &everyone(), &people(&[ANA, BEN]))];
    let tally = Tally::of(&past, "scribe", turn().key);
    assert_eq!(tally.account(person(ANA)).debt(), TURN / 4 - TURN / 2);
    assert_eq!(
        tally.account(person(ANA)).debt(),
        tally.account(person(BEN)).debt()
    );
}

#[test]
fn no_suggestion_goes_past_an_opt_out_a_gap_or_a_no() {
    let mut turn = turn();
    turn.declined = people(&[BEN]);
    turn.not_for_me = people(&[CY]);
    let out = |until_ms| RotaFact::OptedOut {
        role: line("scribe"),
        until_ms,
    };
    let wishes = wishes(vec![(ANA, out(None)), (DEE, out(Some(101)))]);
    let rota = suggest(&[], &everyone(), &wishes, &turn);
    assert_eq!(order(&rota), []);
    let reasons = [ANA, BEN, CY, DEE].map(|who| why_not(&rota, who).unwrap());
    assert_eq!(
        reasons,
        [
            Reason::OptedOut,
            Reason::Declined,
            Reason::NotForMe,
            Reason::OptedOutForNow
        ]
    );
    turn.key.at_ms = 101;
    let rota = suggest(&[], &everyone(), &wishes, &turn);
    assert_eq!(
        order(&rota),
        [person(DEE)],
        "the day has come, by the meeting's date and no clock"
    );
}

#[test]
fn of_two_devices_the_stricter_opt_out_holds() {
    let all = Scene::default();
    let (mut laptop, mut phone) = all.split();
    laptop.say(
        ANA,
        RotaFact::OptedOut {
            role: line("scribe"),
            until_ms: Some(5),
        },
    );
    phone.say(
        ANA,
        RotaFact::OptedOut {
            role: line("scribe"),
            until_ms: None,
        },
    );
    let mut all = laptop.merge(phone);
    assert_eq!(
        all.group().wishes.opt_out("scribe", person(ANA)),
        crate::state::OptOut::Never
    );
    all.say(
        ANA,
        RotaFact::OptedIn {
            role: line("scribe"),
        },
    );
    assert_eq!(
        all.group().wishes.opt_out("scribe", person(ANA)),
        crate::state::OptOut::In
    );
}

#[test]
fn who_declined_last_time_is_not_asked_next_and_asked_again_after() {
    let mut declined = occasion(1, &everyone(), &people(&[BEN]));
    declined.declined = people(&[DEE]);
    let next = suggest(
        std::slice::from_ref(&declined),
        &everyone(),
        &no_shadowing(),
        &turn(),
    );
    assert_eq!(why_not(&next, DEE), Some(Reason::DeclinedLast));
    let after = [declined, occasion(2, &everyone(), &people(&[CY]))];
    let after = suggest(&after, &everyone(), &no_shadowing(), &turn());
    assert!(order(&after).contains(&person(DEE)));
}

#[test]
fn who_is_not_asked_because_they_declined_last_time_builds_up_no_claim() {
    let mut declined = occasion(1, &everyone(), &people(&[BEN]));
    declined.declined = people(&[DEE]);
    let after = occasion(2, &everyone(), &people(&[CY]));
    let past = [declined.clone(), after];
    let tally = Tally::of(&past, "scribe", turn().key);
    assert_eq!(tally.share(person(DEE)), (0, 0));
    assert_eq!(tally.share(person(ANA)).0, 2 * (TURN / 3));
    let served = occasion(2, &everyone(), &people(&[DEE]));
    let tally = Tally::of(&[declined, served], "scribe", turn().key);
    assert_eq!(tally.share(person(DEE)), (TURN / 4, TURN));
}

#[test]
fn with_nobody_left_nobody_is_suggested() {
    let past = [occasion(1, &people(&[ANA]), &people(&[ANA]))];
    let rota = suggest(&past, &people(&[ANA]), &no_shadowing(), &turn());
    assert_eq!(order(&rota), []);
}

#[test]
fn new_people_shadow_first_unless_ready_and_never_lead_their_first_meeting() {
    let three = people(&[ANA, BEN, CY]);
    let mut past: Vec<Occasion> = (1..=4)
        .map(|number| {
            occasion(
                number,
                &three,
                &people(&[[ANA, BEN, CY][usize::from(number) % 3]]),
            )
        })
        .collect();
    let part_of = |rota: &Rota, who| {
        rota.suggested
            .iter()
            .find(|one| one.person == person(who))
            .map(|one| (one.part, one.reason.clone()))
    };
    let ready = wishes(vec![(
        DEE,
        RotaFact::Ready {
            role: line("scribe"),
        },
    )]);
    let rota = suggest(&past, &everyone(), &ready, &turn());
    assert_eq!(
        part_of(&rota, DEE),
        Some((Part::Shadow, Reason::FirstMeeting))
    );
    past.push(occasion(5, &everyone(), &people(&[ANA])));
    let rota = suggest(&past, &everyone(), &Wishes::default(), &turn());
    assert_eq!(part_of(&rota, DEE), Some((Part::Shadow, Reason::New)));
    assert_eq!(order(&rota).last(), Some(&person(DEE)), "shadows come last");
    let rota = suggest(&past, &everyone(), &ready, &turn());
    assert_eq!(
        part_of(&rota, DEE).map(|(part, _)| part),
        Some(Part::Holder)
    );
    past[4].shadows = people(&[DEE]);
    let rota = suggest(&past, &everyone(), &Wishes::default(), &turn());
    assert_eq!(
        part_of(&rota, DEE).map(|(part, _)| part),
        Some(Part::Holder),
        "they shadowed it"
    );
    let first = suggest(&past[..2], &everyone(), &Wishes::default(), &turn());
    assert_eq!(
        part_of(&first, DEE).map(|(part, _)| part),
        Some(Part::Holder),
        "there is nobody to learn from yet"
    );
}

#[test]
fn later_meetings_and_other_roles_change_nothing() {
    let past = vec![occasion(1, &everyone(), &people(&[ANA]))];
    let mut more = past.clone();
    more.push(occasion(101, &everyone(), &people(&[BEN])));
    let mut other = occasion(2, &everyone(), &people(&[CY]));
    other.role = "facilitator".to_owned();
    more.insert(0, other);
    let list = |rows: &[Occasion]| suggest(rows, &everyone(), &no_shadowing(), &turn());
    assert_eq!(list(&past), list(&more));
}

#[test]
fn rows_read_back_as_they_were_written_and_other_bytes_are_none() {
    let mut row = occasion(7, &everyone(), &people(&[ANA]));
    row.declined = people(&[BEN]);
    row.regrets = people(&[CY]);
    let bytes = row.encode();
    assert_eq!(Occasion::decode(&bytes), Some(row));
    assert!((0..bytes.len()).all(|end| Occasion::decode(&bytes[..end]).is_none()));
    assert_eq!(Occasion::decode(&[&bytes[..], &[0]].concat()), None);
}

#[test]
fn keys_sort_as_bytes_as_they_do_by_time() {
    let key = |at_ms| OccasionKey {
        at_ms,
        meeting: DocId([0; 16]),
    };
    let times = [i64::MIN, -5, -1, 0, 1, 70_000, i64::MAX];
    assert!(times.is_sorted_by_key(|at_ms| key(*at_ms).sortable()));
}

#[test]
fn a_meeting_leaves_one_row_a_role_however_many_sittings_it_had() {
    let mut all = meeting();
    all.say(
        DEE,
        MeetingFact::Attended {
            status: Attendance::Available,
            sitting: None,
        },
    );
    let (mut one, mut other) = all.split();
    let held = |scene: &mut Scene, who| {
        let sitting = scene.say(who, MeetingFact::SittingOpened { members: vec![] });
        scene.say(
            who,
            MeetingFact::Attended {
                status: Attendance::Present,
                sitting: Some(sitting),
            },
        );
        scene.say(
            who,
            RoleFact::Taken {
                role: line("facilitator"),
                part: Part::Holder,
            },
        );
    };
    held(&mut one, ANA);
    held(&mut other, CY);
    let mut all = one.merge(other);
    all.say(
        CY,
        RoleFact::SteppedBack {
            role: line("facilitator"),
            note: None,
        },
    );
    let state = meeting_state(&all.facts, &attribution, 0);
    let rows = occasions(DocId([1; 16]), &state);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        rows[0].holders,
        people(&[ANA, CY]),
        "Cy served, and stepped back only then"
    );
    assert_eq!(rows[0].present, people(&[ANA, CY]));
    assert_eq!(rows[0].available, people(&[DEE]));
    assert!(rows[0].took_place);
}

#[test]
fn the_report_counts_what_a_group_can_act_on_and_names_nobody() {
    let pair = people(&[ANA, BEN]);
    let past = [
        occasion(1, &pair, &people(&[ANA])),
        occasion(2, &pair, &people(&[ANA])),
        occasion(3, &pair, &people(&[])),
        occasion(4, &pair, &people(&[ANA])),
        occasion(5, &pair, &people(&[ANA])),
        occasion(6, &pair, &people(&[ANA])),
    ];
    let tally = Tally::of(&past, "scribe", turn().key);
    let report = fairness(&tally, "scribe", &pair, &Wishes::default());
    assert_eq!(
        (
            report.occasions,
            report.vacancies,
            report.back_to_backs,
            report.holders_lately
        ),
        (6, 1, 3, 1)
    );
    assert_eq!(report.worst_debt, 5 * TURN / 2);
    assert!(report.alert);
    let hour_of = |at_ms: i64, zone: &str| match zone {
        "Asia/Tokyo" => u8::try_from((at_ms / 3_600_000 + 9) % 24).ok(),
        _ => None,
    };
    let zones = ["Asia/Tokyo", "Nowhere"].map(str::to_owned).into();
    let bad = unsocial_hours(&[14 * 3_600_000, 2 * 3_600_000], &zones, &hour_of);
    assert_eq!(
        bad,
        [BadHours {
            zone: "Asia/Tokyo".to_owned(),
            meetings: 2,
            unsocial: 1
        }]
    );
}

#[test]
fn a_gap_of_several_occasions_leaves_several_in_peace() {
    let policy = Policy {
        gap: 2,
        shadowing: Switch::Off,
        ..Policy::default()
    };
    let value = SlotValue {
        fact: crate::id::FactId([0; 16]),
        by: BTreeSet::new(),
        at_ms: 0,
        value: policy,
    };
    let slot = Slot {
        values: vec![value],
        before: None,
    };
    let wishes = Wishes {
        policies: [(line("scribe"), slot)].into(),
        ..Wishes::default()
    };
    let past = [
        occasion(1, &everyone(), &people(&[ANA])),
        occasion(2, &everyone(), &people(&[BEN])),
    ];
    let rota = suggest(&past, &everyone(), &wishes, &turn());
    assert_eq!(why_not(&rota, ANA), Some(Reason::ServedLately));
    assert_eq!(why_not(&rota, BEN), Some(Reason::ServedLast));
}
