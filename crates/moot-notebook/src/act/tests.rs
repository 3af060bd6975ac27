//! What can be done and what is refused, with a clear word: as claims about a meeting that people act in.

use super::*;
use crate::fact::RoleFact;
use crate::fact::role::{OfferKind, Part};
use crate::id::ActorId;
use crate::limits::AGENDA_ITEMS_MAX;
use crate::meeting::tests::scene::line;
use crate::meeting::tests::scene::*;
use crate::settle::Choice;
use crate::state::OfferState;

/// Does it in the scene, and gives the id of the last fact it made.
fn does(scene: &mut Scene, actor: ActorId, wanted: Act) -> Result<FactId, ActError> {
    does_with(scene, actor, wanted, &Carried::default())
}

fn does_with(
    scene: &mut Scene,
    actor: ActorId,
    wanted: Act,
    carried: &Carried,
) -> Result<FactId, ActError> {
    let state = scene.state();
    let now = Situation {
        meeting: &state,
        carried,
        people: &people(&[ANA, BEN, CY]),
        now_ms: scene.now_ms + 1_000_000,
    };
    let mut last = FactId([0; 16]);
    for body in act(&now, person(actor), wanted)? {
        last = scene.say(actor, body);
    }
    Ok(last)
}

fn offer(to: ActorId, kind: OfferKind) -> Act {
    Act::Role(RoleAct::Offer {
        role: "Facilitator".to_owned(),
        to: person(to),
        kind,
        terms: Terms::default(),
    })
}

fn answer(offer: FactId, answer: Answer) -> Act {
    Act::Role(RoleAct::Answer(offer, answer))
}

fn item(text: &str) -> Act {
    Act::AddItem {
        text: text.to_owned(),
        kind: ItemKind::Decide,
        place: ItemPlace::Proposed,
        minutes: Some(5),
    }
}

fn advance(from: Option<FactId>) -> Act {
    Act::Advance {
        from,
        fate: ItemMark::Done,
        to: None,
    }
}

#[test]
fn a_meeting_without_purpose_is_not_begun() {
    let new = NewMeeting {
        title: "Tuesday".to_owned(),
        purpose: "  ".to_owned(),
        ..NewMeeting::default()
    };
    let error = new_meeting(&new).unwrap_err();
    assert_eq!(
        (error.clone(), error.kind()),
        (ActError::NoPurpose, ActErrorKind::Usage)
    );
    assert!(error.hint().contains("--purpose"));
    let new = NewMeeting {
        purpose: "To eat.".to_owned(),
        roles: vec!["scribe".to_owned()],
        schedule: Some((5, "Europe/Berlin".to_owned())),
        ..new
    };
    let mut scene = Scene::default();
    for body in new_meeting(&new).unwrap() {
        scene.say(ANA, body);
    }
    let state = scene.state();
    assert_eq!(state.phase(), crate::meeting::Phase::Scheduled);
    assert!(state.roles.named("scribe").unwrap().1.listed);
}

#[test]
fn a_whole_meeting_runs_with_every_role_vacant() {
    let mut scene = meeting();
    let water = does(&mut scene, BEN, item("Water")).unwrap();
    let seeds = does(&mut scene, CY, item("Seeds")).unwrap();
    assert_eq!(
        does(&mut scene, BEN, advance(None)),
        Err(ActError::NoSitting)
    );
    does(&mut scene, CY, Act::Open).unwrap();
    assert_eq!(does(&mut scene, BEN, Act::Open), Err(ActError::SittingOpen));
    does(&mut scene, BEN, Act::Attend(Attendance::Present)).unwrap();
    does(&mut scene, BEN, advance(None)).unwrap();
    let refused = does(&mut scene, CY, advance(None)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "that item is not the current one; the current one is \"Water\""
    );
    does(&mut scene, CY, Act::Extend(5)).unwrap();
    assert_eq!(scene.state().sittings[0].extended[&water], 10);
    does(&mut scene, CY, advance(Some(water))).unwrap();
    assert_eq!(scene.state().sittings[0].current, Some(seeds));
    does(&mut scene, CY, advance(Some(seeds))).unwrap();
    assert!(matches!(
        does(&mut scene, CY, advance(None)),
        Err(ActError::Nothing { .. })
    ));
    does(&mut scene, BEN, Act::Close(None)).unwrap();
    assert_eq!(
        does(&mut scene, BEN, Act::Close(None)),
        Err(ActError::NoSitting)
    );
    let state = scene.state();
    assert!(state.roles.0.values().all(|role| role.holders().is_empty()));
}

#[test]
fn offers_are_made_to_members_for_roles_there_are_and_answered_while_they_stand() {
    let mut scene = meeting();
    let no_role = Act::Role(RoleAct::Take("king".to_owned(), Part::Holder));
    let error = does(&mut scene, ANA, no_role).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this meeting has no role \"king\"; it has facilitator"
    );
    assert_eq!(
        does(&mut scene, ANA, offer(DEE, OfferKind::Turn)),
        Err(ActError::NotAMember)
    );
    let to_ben = does(&mut scene, ANA, offer(BEN, OfferKind::Turn)).unwrap();
    assert!(
        does(&mut scene, ANA, offer(BEN, OfferKind::Turn)).is_err(),
        "asked already"
    );
    assert!(matches!(
        does(&mut scene, CY, answer(to_ben, Answer::Accept)),
        Err(ActError::NotYours { .. })
    ));
    let to_cy = does(&mut scene, ANA, offer(CY, OfferKind::Turn)).unwrap();
    does(&mut scene, BEN, answer(to_ben, Answer::Accept)).unwrap();
    assert!(matches!(
        does(&mut scene, BEN, answer(to_ben, Answer::Accept)),
        Err(ActError::Already { .. })
    ));
    let late = does(&mut scene, CY, answer(to_cy, Answer::Accept)).unwrap_err();
    assert_eq!(
        late,
        ActError::OfferOver {
            state: OfferState::Unneeded
        }
    );
    assert_eq!(late.to_string(), "this offer is no longer needed");
    assert!(does(&mut scene, CY, answer(FactId([1; 16]), Answer::Accept)).is_err());
    does(
        &mut scene,
        CY,
        Act::Role(RoleAct::Take("facilitator".to_owned(), Part::Holder)),
    )
    .unwrap();
    assert_eq!(
        scene
            .state()
            .roles
            .named("facilitator")
            .unwrap()
            .1
            .holders(),
        people(&[BEN, CY])
    );
}

#[test]
fn withdrawn_and_lapsed_offers_are_answered_with_a_clear_word() {
    let mut scene = meeting();
    let withdrawn = does(&mut scene, ANA, offer(BEN, OfferKind::Turn)).unwrap();
    assert!(does(&mut scene, CY, Act::Role(RoleAct::Withdraw(withdrawn))).is_err());
    does(&mut scene, ANA, Act::Role(RoleAct::Withdraw(withdrawn))).unwrap();
    let refused = does(&mut scene, BEN, answer(withdrawn, Answer::Accept));
    assert_eq!(
        refused,
        Err(ActError::OfferOver {
            state: OfferState::Withdrawn
        })
    );
    let lapsed = scene.say(
        ANA,
        RoleFact::Offered {
            role: line("facilitator"),
            to: person(BEN),
            kind: OfferKind::Turn,
            note: None,
            in_return: None,
            until_ms: Some(1),
            term_until_ms: None,
            reason: None,
            basis: None,
        },
    );
    scene.now_ms = 2;
    let refused = does(&mut scene, BEN, answer(lapsed, Answer::Accept));
    assert_eq!(
        refused,
        Err(ActError::OfferOver {
            state: OfferState::Lapsed
        })
    );
}

#[test]
fn an_objection_needs_a_reason_and_a_position_the_words_that_stand() {
    let mut scene = meeting();
    let round = does(&mut scene, ANA, Act::OpenConsent("We dig.".to_owned())).unwrap();
    let first = scene.state().consents[0].version();
    let position = |version, position| Act::Position {
        round,
        version,
        position,
        reason: None,
    };
    assert_eq!(
        does(&mut scene, BEN, position(None, Position::Object)),
        Err(ActError::NoReason)
    );
    does(&mut scene, CY, position(None, Position::Hold)).unwrap();
    does(&mut scene, BEN, position(Some(first), Position::Consent)).unwrap();
    does(
        &mut scene,
        CY,
        Act::Reword(round, "We dig deep.".to_owned()),
    )
    .unwrap();
    assert_eq!(
        does(&mut scene, CY, position(Some(first), Position::Consent)),
        Err(ActError::OtherVersion)
    );
    assert!(does(&mut scene, CY, Act::CloseConsent(FactId([9; 16]))).is_err());
}

#[test]
fn an_agenda_has_an_end_and_says_where_the_rest_goes() {
    let mut scene = meeting();
    let start = scene.say(ANA, MeetingFact::Resumed {});
    for number in 0..AGENDA_ITEMS_MAX {
        scene.say_after(
            ANA,
            vec![start],
            MeetingFact::ItemAdded {
                text: line(&format!("{number}")),
                kind: ItemKind::Report,
                place: ItemPlace::Proposed,
                minutes: None,
            },
        );
    }
    let error = does(&mut scene, BEN, item("One more")).unwrap_err();
    assert!(error.hint().contains("note") && error.to_string().contains("500"));
}

#[test]
fn an_item_that_was_carried_can_be_taken_up_and_ordered_like_any_other() {
    let mut first = meeting();
    let water = does(&mut first, ANA, item("Water")).unwrap();
    let planned = crate::meeting::Traces::of(&first.state());
    assert!(
        planned.items.is_empty(),
        "what is only planned leaves nothing"
    );
    does(&mut first, ANA, Act::Open).unwrap();
    let left = crate::meeting::Traces::of(&first.state());
    let carried = Carried::from_earlier([(crate::id::DocId([1; 16]), &left)]);
    let mut second = meeting();
    let seeds = does(&mut second, BEN, item("Seeds")).unwrap();
    does_with(&mut second, BEN, Act::Order(vec![seeds, water]), &carried).unwrap();
    let order: Vec<FactId> = second
        .state()
        .agenda(&carried)
        .iter()
        .map(|row| row.id)
        .collect();
    assert_eq!(order, [seeds, water]);
    does(&mut second, BEN, Act::Open).unwrap();
    does_with(&mut second, BEN, advance(None), &carried).unwrap();
    does_with(&mut second, BEN, advance(Some(seeds)), &carried).unwrap();
    assert_eq!(second.state().sittings[0].current, Some(water));
    assert!(
        does(
            &mut second,
            BEN,
            Act::MarkItem(FactId([3; 16]), ItemMark::Done)
        )
        .is_err()
    );
}

#[test]
fn one_of_two_holders_settles_it_and_nobody_else() {
    let mut all = meeting();
    let take = || Act::Role(RoleAct::Take("facilitator".to_owned(), Part::Holder));
    let (mut one, mut other) = all.split();
    let anas = does(&mut one, ANA, take()).unwrap();
    does(&mut other, BEN, take()).unwrap();
    all = one.merge(other);
    let settle = |all: &mut Scene, actor, choice| {
        let contests = crate::settle::meeting_contests(&all.state());
        let body = contests[0].settle(person(actor), choice)?;
        Ok(all.say(actor, body))
    };
    let keep_ana = Choice::This(anas);
    for (actor, why) in [(CY, "holds nothing"), (ANA, "cannot yield for Ben")] {
        let refused = settle(&mut all, actor, keep_ana);
        assert!(matches!(refused, Err(ActError::NotYours { .. })), "{why}");
    }
    let mut shared = all.clone();
    settle(&mut shared, ANA, Choice::Both).unwrap();
    assert!(crate::settle::meeting_contests(&shared.state()).is_empty());
    settle(&mut all, BEN, keep_ana).unwrap();
    assert_eq!(
        all.state().roles.named("facilitator").unwrap().1.holders(),
        people(&[ANA])
    );
}

#[test]
fn competing_titles_are_settled_by_a_fact_that_follows_both() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    does(&mut one, ANA, Act::Rename("Monday".to_owned())).unwrap();
    let second = does(&mut other, BEN, Act::Rename("Friday".to_owned())).unwrap();
    let mut all = one.merge(other);
    let contests = crate::settle::meeting_contests(&all.state());
    let [contest] = contests.as_slice() else {
        panic!("one thing competes: {contests:?}");
    };
    assert!(contest.settle(person(CY), Choice::Both).is_err());
    let body = contest.settle(person(CY), Choice::This(second)).unwrap();
    all.say(CY, body);
    let state = all.state();
    assert_eq!(state.title.settled().map(String::as_str), Some("Friday"));
    assert!(crate::settle::meeting_contests(&state).is_empty());
}

#[test]
fn a_step_to_an_item_out_of_turn_is_one_step_too() {
    let mut scene = meeting();
    let [water, roof, seeds] =
        ["Water", "Roof", "Seeds"].map(|text| does(&mut scene, ANA, item(text)).unwrap());
    does(&mut scene, ANA, Act::Open).unwrap();
    does(&mut scene, ANA, advance(None)).unwrap();
    let to = |from, to| Act::Advance {
        from: Some(from),
        fate: ItemMark::Skipped,
        to: Some(to),
    };
    does(&mut scene, ANA, to(water, seeds)).unwrap();
    let late = does(&mut scene, BEN, to(water, roof));
    assert!(matches!(late, Err(ActError::NotCurrent { .. })), "{late:?}");
    let again = does(&mut scene, BEN, to(seeds, seeds));
    assert!(matches!(again, Err(ActError::Already { .. })), "{again:?}");
    assert_eq!(scene.state().sittings[0].current, Some(seeds));
}

#[test]
fn other_words_for_what_was_adopted_are_another_decision() {
    let mut scene = meeting();
    let round = does(&mut scene, ANA, Act::OpenConsent("We dig.".to_owned())).unwrap();
    let yes = Act::Position {
        round,
        version: None,
        position: Position::Consent,
        reason: None,
    };
    does(&mut scene, BEN, yes).unwrap();
    does(&mut scene, ANA, Act::CloseConsent(round)).unwrap();
    let reworded = does(&mut scene, CY, Act::Reword(round, "We wait.".to_owned()));
    assert_eq!(reworded, Err(ActError::Adopted));
}

#[test]
fn who_said_yes_and_now_says_no_learns_how_to_lay_the_role_down() {
    let mut scene = meeting();
    let made = does(&mut scene, ANA, offer(BEN, OfferKind::Turn)).unwrap();
    does(&mut scene, BEN, answer(made, Answer::Accept)).unwrap();
    let error = does(&mut scene, BEN, answer(made, Answer::Decline)).unwrap_err();
    assert!(error.hint().contains("step-back"), "{error}");
}

#[test]
fn several_additions_are_judged_each_as_if_those_before_it_stood_already() {
    let mut scene = meeting();
    for number in 0..AGENDA_ITEMS_MAX - 2 {
        scene.say(
            ANA,
            MeetingFact::ItemAdded {
                text: line(&number.to_string()),
                kind: ItemKind::Decide,
                place: ItemPlace::Proposed,
                minutes: None,
            },
        );
    }
    let state = scene.state();
    let now = Situation {
        meeting: &state,
        carried: &Carried::default(),
        people: &people(&[ANA]),
        now_ms: scene.now_ms,
    };
    let remark = || Act::Remark("So be it.".to_owned(), Record::On);
    let wanted = || {
        [
            item("a"),
            item("two\nlines"),
            item("b"),
            item("c"),
            remark(),
        ]
    };
    let refused = |room, wanted: &[Act]| -> Vec<Option<ActError>> {
        let came = additions(&now, person(ANA), room, wanted.to_vec());
        came.into_iter().map(Result::err).collect()
    };
    let full = ActError::TooMany {
        what: "agenda items",
        max: AGENDA_ITEMS_MAX,
    };
    let came = refused(100, &wanted());
    assert!(matches!(came[1], Some(ActError::Words { .. })), "{came:?}");
    let others = [0, 2, 3, 4].map(|at: usize| came[at].clone());
    assert_eq!(others, [None, None, Some(full), None]);
    let short = refused(1, &[item("a"), remark()]);
    assert_eq!(short, [None, Some(ActError::Full)]);
    assert!(matches!(
        refused(1, &[Act::Open]).as_slice(),
        [Some(ActError::Nothing { .. })]
    ));
}
