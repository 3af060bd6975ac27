//! What people read, as claims about a meeting with something of everything in it.

mod reviews;

use super::*;
use crate::fact::meeting::*;
use crate::fact::role::{OfferKind, Part};
use crate::fact::{FactBody, MeetingFact, RoleFact};
use crate::id::{DocId, FactId};
use crate::meeting::tests::scene::*;
use crate::meeting::{Carried, consent_version};

fn name_of(who: PersonId) -> String {
    match who.0[0] {
        0xa => "Ana",
        0xb => "Ben",
        0xc => "Cy",
        _ => "Dee",
    }
    .to_owned()
}

fn time_of(at_ms: i64, _zone: &str) -> String {
    format!("{at_ms} ms")
}

fn eyes() -> Eyes<'static> {
    Eyes {
        name_of: &name_of,
        time_of: &time_of,
    }
}

fn remark(
    text: &str,
    record: Record,
    sitting: Option<FactId>,
    item: Option<FactId>,
) -> MeetingFact {
    MeetingFact::Remarked {
        text: para(text),
        record,
        sitting,
        item,
    }
}

/// A text for consent with a position on it, an action, and a facilitator.
fn decided(scene: &mut Scene, sitting: FactId, water: FactId) {
    let round = scene.say(
        ANA,
        MeetingFact::ConsentOpened {
            text: para("We dig."),
            sitting: Some(sitting),
            item: Some(water),
        },
    );
    scene.say(
        BEN,
        MeetingFact::ConsentAnswered {
            round,
            version: consent_version("We dig."),
            position: Position::Concern,
            reason: Some(para("Mind the pipes.")),
        },
    );
    scene.say(
        ANA,
        MeetingFact::ActionAdded {
            text: line("Buy a spade"),
            sitting: Some(sitting),
            item: Some(water),
        },
    );
    scene.say(
        BEN,
        RoleFact::Taken {
            role: line("facilitator"),
            part: Part::Holder,
        },
    );
}

fn eventful() -> Scene {
    let mut scene = meeting();
    let water = scene.say(
        ANA,
        MeetingFact::ItemAdded {
            text: line("Water"),
            kind: ItemKind::Decide,
            place: ItemPlace::Proposed,
            minutes: Some(5),
        },
    );
    let sitting = scene.say(
        ANA,
        MeetingFact::SittingOpened {
            members: vec![person(ANA), person(BEN), person(CY)],
        },
    );
    for who in [ANA, BEN] {
        scene.say(
            who,
            MeetingFact::Attended {
                status: Attendance::Present,
                sitting: Some(sitting),
            },
        );
    }
    scene.say(
        CY,
        MeetingFact::Attended {
            status: Attendance::Regrets,
            sitting: None,
        },
    );
    scene.say(
        BEN,
        MeetingFact::Advanced {
            sitting,
            from: None,
            fate: None,
            to: Some(water),
        },
    );
    scene.say(
        BEN,
        MeetingFact::QueueJoined {
            sitting,
            kind: QueueKind::Question,
            note: Some(line("which well?")),
        },
    );
    let said = scene.say(
        BEN,
        remark("The well is dry.", Record::On, Some(sitting), Some(water)),
    );
    scene.say(
        ANA,
        MeetingFact::Corrected {
            remark: said,
            text: para("The well is low."),
        },
    );
    scene.say(
        BEN,
        remark("I am hungry.", Record::Off, Some(sitting), Some(water)),
    );
    scene.say(CY, remark("Sorry that I am late.", Record::On, None, None));
    decided(&mut scene, sitting, water);
    scene
}

#[test]
fn minutes_are_there_at_any_time_and_say_what_is_on_record() {
    let state = eventful().state();
    let minutes = minutes_markdown(&state, &Carried::default(), "Seen by all.\n", eyes());
    let from = state.roles.0[&line("facilitator")].holdings[0].at_ms;
    let expected = format!(
        "\
# Tuesday

To agree on the plot.

- State: sitting
- Present: Ana, Ben
- Regrets: Cy
- facilitator: Ben

## Sitting: 6000 ms

- Present: Ana, Ben
- facilitator: Ben from {from} ms

### Water (decide): current

- Ben: The well is low. (corrected)

## Outside of sittings

- Cy: Sorry that I am late.

## Decisions

- open: We dig. (1 of 3 have spoken)
  - Ben, concern: Mind the pipes.

## Actions

- Buy a spade (unowned; open)

## Notes

Seen by all.
"
    );
    assert_eq!(minutes, expected);
}

#[test]
fn who_leaves_their_name_out_is_someone_in_the_minutes() {
    let mut scene = eventful();
    scene.say(
        BEN,
        MeetingFact::Named {
            naming: Naming::LeaveOut,
        },
    );
    let minutes = minutes_markdown(&scene.state(), &Carried::default(), "", eyes());
    assert!(!minutes.contains("Ben"), "{minutes}");
    assert!(minutes.contains("- someone: The well is low. (corrected)"));
}

#[test]
fn two_sittings_stand_one_after_the_other_with_a_letter_each() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    for (scene, who, word) in [(&mut one, ANA, "here"), (&mut other, CY, "there")] {
        let sitting = scene.say(who, MeetingFact::SittingOpened { members: vec![] });
        scene.say(who, remark(word, Record::On, Some(sitting), None));
    }
    let minutes = minutes_markdown(&one.merge(other).state(), &Carried::default(), "", eyes());
    let at = |text: &str| minutes.find(text).unwrap();
    assert!(at("## Sitting A") < at("## Sitting B"));
    let (first, second) = (at("here").min(at("there")), at("here").max(at("there")));
    assert!(first < at("## Sitting B") && second > at("## Sitting B"));
}

fn offer_to_cy() -> RoleFact {
    RoleFact::Offered {
        role: line("scribe"),
        to: person(CY),
        kind: OfferKind::Turn,
        note: None,
        in_return: None,
        until_ms: None,
        term_until_ms: None,
        reason: None,
        basis: None,
    }
}

#[test]
fn the_inbox_holds_what_needs_me_and_what_needs_settling_each_with_the_id_to_answer_it() {
    let mut all = eventful();
    let offer = all.say(ANA, offer_to_cy());
    let (mut one, mut other) = all.split();
    let title = |text: &str| FactBody::Title {
        text: text.to_owned(),
    };
    let titles = [
        one.say(ANA, title("Monday")),
        other.say(BEN, title("Friday")),
    ];
    one.say(
        CY,
        RoleFact::Taken {
            role: line("timekeeper"),
            part: Part::Holder,
        },
    );
    other.say(
        ANA,
        RoleFact::Taken {
            role: line("timekeeper"),
            part: Part::Holder,
        },
    );
    let all = one.merge(other);
    let state = all.state();
    let inbox = meeting_inbox(
        DocId([1; 16]),
        &state,
        &Carried::default(),
        person(CY),
        eyes(),
    );
    let kinds = counts(inbox.iter().map(|item| item.kind));
    assert_eq!(
        kinds,
        [
            (InboxKind::Offer, 1),
            (InboxKind::Consent, 1),
            (InboxKind::Settle, 1),
            (InboxKind::CoHeld, 1)
        ]
        .into()
    );
    let find = |kind| inbox.iter().find(|item| item.kind == kind).unwrap();
    assert_eq!(find(InboxKind::Offer).id, offer);
    assert!(
        find(InboxKind::Offer)
            .text
            .starts_with("Ana asks: will you be scribe at ")
    );
    assert!(titles.contains(&find(InboxKind::Settle).id));
    let mine = meeting_inbox(
        DocId([1; 16]),
        &state,
        &Carried::default(),
        person(BEN),
        eyes(),
    );
    assert!(
        mine.iter().all(|item| item.kind.needs() == Needs::Settling),
        "Ben has answered all he was asked"
    );
}

#[test]
fn the_digest_says_in_a_sentence_what_happened_apart() {
    let day = 86_400_000;
    for (apart_ms, counts, said) in [
        (
            3 * day + 5,
            (2, 1, 14),
            "Apart 3 days. 2 things need you, 1 needs settling, 14 merged quietly.",
        ),
        (
            3_599_999,
            (1, 0, 0),
            "Apart 59 minutes. 1 thing needs you, 0 need settling, 0 merged quietly.",
        ),
    ] {
        assert_eq!(apart_sentence(apart_ms, counts.0, counts.1, counts.2), said);
    }
}

#[test]
fn meetings_that_two_people_began_apart_are_hinted_at_and_others_are_not() {
    let ids = [1, 2, 3, 4].map(|byte| DocId([byte; 16]));
    let day = 86_400_000;
    let open = [
        (ids[0], "Weekly ".to_owned(), 0),
        (ids[1], "weekly".to_owned(), day - 1),
        (ids[2], "weekly".to_owned(), 3 * day),
        (ids[3], "Other".to_owned(), 0),
    ];
    assert_eq!(same_titled(&open), [(ids[0], ids[1])].into());
}

#[test]
fn minutes_say_which_words_were_adopted_and_which_sitting_discussed_what() {
    let mut all = meeting();
    let water = all.say(
        ANA,
        MeetingFact::ItemAdded {
            text: line("Water"),
            kind: ItemKind::Decide,
            place: ItemPlace::Proposed,
            minutes: None,
        },
    );
    let round = all.say(
        ANA,
        MeetingFact::ConsentOpened {
            text: para("We dig."),
            sitting: None,
            item: None,
        },
    );
    let version = consent_version("We dig.");
    all.say(
        BEN,
        MeetingFact::ConsentAnswered {
            round,
            version,
            position: Position::Consent,
            reason: None,
        },
    );
    let (mut one, mut other) = all.split();
    for (scene, who) in [(&mut one, ANA), (&mut other, CY)] {
        let sitting = scene.say(who, MeetingFact::SittingOpened { members: vec![] });
        scene.say(
            who,
            MeetingFact::Advanced {
                sitting,
                from: None,
                fate: None,
                to: Some(water),
            },
        );
    }
    one.say(ANA, MeetingFact::ConsentClosed { round, version });
    other.say(
        CY,
        MeetingFact::ConsentReworded {
            round,
            text: para("We wait."),
        },
    );
    let state = one.merge(other).state();
    let minutes = minutes_markdown(&state, &Carried::default(), "", eyes());
    for line in [
        "### Water (decide): current, discussed in A and B",
        "- adopted: We dig.\n  - Ben, consent\n  - worded otherwise, and not adopted: We wait.",
    ] {
        assert!(minutes.contains(line), "{line} in {minutes}");
    }
}

fn facilitator_handed_to_ben(note: Option<&str>) -> RoleFact {
    RoleFact::Offered {
        role: line("facilitator"),
        to: person(BEN),
        kind: OfferKind::HandOver,
        note: note.map(para),
        in_return: None,
        until_ms: None,
        term_until_ms: None,
        reason: None,
        basis: None,
    }
}

#[test]
fn minutes_name_each_who_held_a_role_in_a_sitting_and_from_when_till_when() {
    let mut scene = meeting();
    let taken = RoleFact::Taken {
        role: line("facilitator"),
        part: Part::Holder,
    };
    scene.say(CY, taken.clone());
    let back = RoleFact::SteppedBack {
        role: line("facilitator"),
        note: None,
    };
    scene.say(CY, back.clone());
    scene.say(ANA, taken.clone());
    let first = scene.say(ANA, MeetingFact::SittingOpened { members: vec![] });
    let offer = scene.say(ANA, facilitator_handed_to_ben(None));
    let answer = Answer::Accept;
    scene.say(BEN, RoleFact::Answered { offer, answer });
    scene.say(ANA, MeetingFact::SittingClosed { sitting: first });
    scene.say(BEN, back);
    scene.say(ANA, MeetingFact::SittingOpened { members: vec![] });
    scene.say(CY, taken);
    let state = scene.state();
    let minutes = minutes_markdown(&state, &Carried::default(), "", eyes());
    let said: Vec<&str> = minutes
        .lines()
        .filter(|line| line.starts_with("- facilitator"))
        .collect();
    let role = &state.roles.0[&line("facilitator")];
    let at = |nth: usize| role.holdings[nth].at_ms;
    let first = format!(
        "- facilitator: Ana until {} ms, then Ben from {} ms",
        at(2),
        at(2)
    );
    let second = format!("- facilitator: Cy from {} ms", at(3));
    let all = ["- facilitator: Cy", first.as_str(), second.as_str()];
    let (here, there) = (said.contains(&all[1]), said.contains(&all[2]));
    assert!(here && there && said.len() == 3, "{minutes}");
}

#[test]
fn the_word_sent_with_a_hand_over_stands_in_the_inbox_of_whoever_is_asked() {
    let mut scene = meeting();
    scene.say(ANA, facilitator_handed_to_ben(Some("Mind\nthe clock.")));
    let doc = DocId([1; 16]);
    let carried = Carried::default();
    let waits = meeting_inbox(doc, &scene.state(), &carried, person(BEN), eyes());
    let text =
        "Ana asks: will you take over facilitator at Tuesday? \u{201c}Mind the clock.\u{201d}";
    assert_eq!(waits[0].text, text);
}

#[test]
fn minutes_tell_every_time_that_competes_and_choose_none() {
    let (mut one, mut other) = eventful().split();
    let at = |at_ms| MeetingFact::Scheduled {
        at_ms,
        zone: line("Europe/Berlin"),
    };
    one.say(ANA, at(1_111));
    other.say(CY, at(2_222));
    let all = one.merge(other);
    let minutes = minutes_markdown(&all.state(), &Carried::default(), "", eyes());
    let line = minutes.lines().find(|line| line.starts_with("- Time: "));
    let line = line.unwrap_or_else(|| panic!("{minutes}"));
    assert!(
        line.contains("1111 ms") && line.contains("2222 ms"),
        "{line}"
    );
    assert!(line.contains(" / "), "{line}");
}
