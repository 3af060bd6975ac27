//! When a group looks again at how a role rotates, as claims about the inbox and about meetings.

use super::*;
use crate::fact::RotaFact;
use crate::fact::role::{Rhythm, Switch};
use crate::settle::group_contests;

const DAY_MS: i64 = 1_000_000;

fn policy(gap: u32, review_ms: Option<i64>) -> RotaFact {
    RotaFact::PolicySet {
        role: line("scribe"),
        rhythm: Rhythm::Meeting,
        gap,
        shadowing: Switch::On,
        auto_offer: Switch::Off,
        review_ms,
    }
}

/// What waits at a moment.
fn waits(group: &Scene, now_ms: i64) -> Vec<InboxItem> {
    group_inbox(DocId([1; 16]), &group.group(), person(CY), now_ms, eyes())
}

fn kinds(waits: &[InboxItem]) -> Vec<&'static str> {
    waits.iter().map(|item| item.kind.word()).collect()
}

#[test]
fn a_review_waits_from_its_day_on_until_another_day_is_set_or_none() {
    let mut group = Scene::default();
    let set = group.say(ANA, policy(1, Some(DAY_MS)));
    assert!(waits(&group, DAY_MS - 1).is_empty(), "not before its day");
    let due = waits(&group, DAY_MS);
    assert_eq!(kinds(&due), ["review"]);
    assert_eq!((due[0].id, due[0].since_ms), (set, DAY_MS));
    assert_eq!(due[0].role, Some(line("scribe")), "what the command takes");
    assert_eq!(due[0].kind.needs(), Needs::Settling, "anybody can");
    assert!(due[0].text.contains("scribe"), "{}", due[0].text);

    group.say(BEN, policy(3, Some(DAY_MS)));
    let still = waits(&group, 2 * DAY_MS);
    assert_eq!(kinds(&still), ["review"], "the same day is no review");
    group.say(BEN, policy(3, Some(3 * DAY_MS)));
    assert!(waits(&group, 2 * DAY_MS).is_empty(), "the next day is set");
    assert_eq!(kinds(&waits(&group, 3 * DAY_MS)), ["review"]);
    group.say(CY, policy(3, None));
    assert!(waits(&group, 3 * DAY_MS).is_empty(), "no day any more");
}

#[test]
fn while_policies_compete_the_day_of_the_one_in_force_counts_and_the_choice_tells_days() {
    let mut all = Scene::default();
    all.say(ANA, policy(1, Some(DAY_MS)));
    let (mut one, mut other) = all.split();
    one.say(ANA, policy(1, Some(7 * DAY_MS)));
    other.say(CY, policy(1, None));
    let mut all = one.merge(other);
    let mut found = kinds(&waits(&all, 2 * DAY_MS));
    found.sort_unstable();
    assert_eq!(found, ["review", "settle"]);
    let contests = group_contests(&all.group(), person(CY));
    let rivals = contests[0].rivals.iter();
    let mut said: Vec<String> = rivals.map(|rival| eyes().rival(rival)).collect();
    said.sort_unstable();
    assert_eq!(
        said,
        [
            "per meeting, gap 1, shadowing on",
            "per meeting, gap 1, shadowing on, review 7000000 ms"
        ],
        "they differ in their day alone, and can be told apart"
    );
    all.say(BEN, policy(1, Some(7 * DAY_MS)));
    assert!(waits(&all, 2 * DAY_MS).is_empty());
}

#[test]
fn a_meeting_that_is_not_over_is_told_of_reviews_due_by_its_time_and_of_its_roles_alone() {
    let mut group = Scene::default();
    group.say(ANA, policy(1, Some(DAY_MS)));
    let wishes = group.group().wishes;
    let due = |scene: &Scene, now_ms| {
        let due = meeting_reviews(&scene.state(), &wishes, now_ms).into_iter();
        due.map(|one| one.role.to_string()).collect::<Vec<_>>()
    };
    let mut scene = meeting();
    let scribe = || line("scribe");
    scene.say(ANA, MeetingFact::RoleListed { role: scribe() });
    assert!(due(&scene, DAY_MS - 1).is_empty(), "nothing is due yet");
    scene.say(
        ANA,
        MeetingFact::Scheduled {
            at_ms: DAY_MS + 5,
            zone: line("UTC"),
        },
    );
    assert_eq!(due(&scene, 0), ["scribe"], "it will be when they meet");
    let mut without = scene.split().0;
    without.say(ANA, MeetingFact::RoleUnlisted { role: scribe() });
    assert!(due(&without, 2 * DAY_MS).is_empty(), "it has no scribe");
    let sitting = scene.say(
        ANA,
        MeetingFact::SittingOpened {
            members: vec![person(ANA)],
        },
    );
    assert_eq!(due(&scene, 2 * DAY_MS), ["scribe"], "while they sit");
    scene.say(ANA, MeetingFact::SittingClosed { sitting });
    assert!(due(&scene, 2 * DAY_MS).is_empty(), "it is over");
}
