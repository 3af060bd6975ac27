//! Who holds what after two halves merge, and what ends it: each row a claim.

use super::scene::*;
use crate::fact::meeting::Answer;
use crate::fact::role::{OfferKind, Part};
use crate::fact::{FactBody, MeetingFact, RoleFact};
use crate::id::{ActorId, FactId};
use crate::meeting::MeetingState;
use crate::state::{HoldingState, OfferState, RoleStanding};

fn offer_to(actor: ActorId, kind: OfferKind) -> RoleFact {
    RoleFact::Offered {
        role: line("facilitator"),
        to: person(actor),
        kind,
        note: None,
        in_return: None,
        until_ms: None,
        term_until_ms: None,
        reason: None,
        basis: None,
    }
}

fn accept(offer: FactId) -> RoleFact {
    RoleFact::Answered {
        offer,
        answer: Answer::Accept,
    }
}

fn decline(offer: FactId) -> RoleFact {
    RoleFact::Answered {
        offer,
        answer: Answer::Decline,
    }
}

fn take() -> RoleFact {
    RoleFact::Taken {
        role: line("facilitator"),
        part: Part::Holder,
    }
}

fn step_back() -> RoleFact {
    RoleFact::SteppedBack {
        role: line("facilitator"),
        note: None,
    }
}

fn facilitator(state: &MeetingState) -> &crate::state::Role {
    state.roles.named("Facilitator").unwrap().1
}

#[test]
fn two_accepted_facilitators_hold_it_together_until_one_steps_back() {
    let all = meeting();
    let (mut one, mut other) = all.split();
    let to_ana = one.say(BEN, offer_to(ANA, OfferKind::Turn));
    one.say(ANA, accept(to_ana));
    let to_cy = other.say(DEE, offer_to(CY, OfferKind::Turn));
    other.say(CY, accept(to_cy));
    let mut all = one.merge(other);
    let state = all.state();
    assert_eq!(facilitator(&state).holders(), people(&[ANA, CY]));
    assert_eq!(facilitator(&state).standing(), RoleStanding::CoHeld);
    assert!(facilitator(&state).unsettled);
    let (mut yields, mut shares) = all.split();
    yields.say(CY, step_back());
    let state = yields.state();
    assert_eq!(facilitator(&state).holders(), people(&[ANA]));
    assert!(!facilitator(&state).unsettled);
    shares.say(
        BEN,
        RoleFact::Shared {
            role: line("facilitator"),
        },
    );
    assert!(
        facilitator(&shares.state()).unsettled,
        "Ben holds nothing and settles nothing"
    );
    shares.say(
        ANA,
        RoleFact::Shared {
            role: line("facilitator"),
        },
    );
    assert!(!facilitator(&shares.state()).unsettled);
    all.say(BEN, take());
    assert!(
        facilitator(&all.state()).unsettled,
        "Ben knew; Ana and Cy still did not"
    );
}

#[test]
fn a_decline_beats_a_concurrent_accept_on_another_device_of_mine() {
    let mut all = meeting();
    let offer = all.say(BEN, offer_to(ANA, OfferKind::Turn));
    let (mut laptop, mut phone) = all.split();
    laptop.say(ANA, accept(offer));
    phone.say(ANAS_PHONE, decline(offer));
    let mut all = laptop.merge(phone);
    let state = all.state();
    assert_eq!(facilitator(&state).holders(), people(&[]));
    assert_eq!(facilitator(&state).offers[0].state, OfferState::Declined);
    all.say(ANA, accept(offer));
    assert_eq!(
        facilitator(&all.state()).holders(),
        people(&[ANA]),
        "restated, knowing of both"
    );
}

#[test]
fn stepping_back_beats_a_concurrent_extension() {
    let mut all = meeting();
    let mut offer = offer_to(ANA, OfferKind::Selection);
    if let RoleFact::Offered { term_until_ms, .. } = &mut offer {
        *term_until_ms = Some(50_000);
    }
    let offer = all.say(BEN, offer);
    all.say(ANA, accept(offer));
    assert_eq!(
        facilitator(&all.state_at(60_000)).holders(),
        people(&[]),
        "the term is over"
    );
    let (mut one, mut other) = all.split();
    one.say(
        BEN,
        RoleFact::TermExtended {
            role: line("facilitator"),
            holder: person(ANA),
            until_ms: 90_000,
        },
    );
    assert_eq!(facilitator(&one.state_at(60_000)).holders(), people(&[ANA]));
    other.say(ANA, step_back());
    let state = one.merge(other).state_at(60_000);
    assert_eq!(facilitator(&state).holders(), people(&[]));
    assert_eq!(
        facilitator(&state).holdings[0].state,
        HoldingState::SteppedBack
    );
}

#[test]
fn stepping_back_beats_a_concurrent_accept_and_a_later_accept_comes_back() {
    let mut all = meeting();
    let offer = all.say(BEN, offer_to(ANA, OfferKind::Turn));
    let (mut laptop, mut phone) = all.split();
    laptop.say(ANA, accept(offer));
    phone.say(ANAS_PHONE, step_back());
    let mut all = laptop.merge(phone);
    assert_eq!(facilitator(&all.state()).holders(), people(&[]));
    all.say(ANA, take());
    assert_eq!(facilitator(&all.state()).holders(), people(&[ANA]));
}

#[test]
fn a_role_opened_beats_a_concurrent_selection() {
    let mut all = meeting();
    let offer = all.say(DEE, offer_to(BEN, OfferKind::Selection));
    let (mut one, mut other) = all.split();
    one.say(
        CY,
        RoleFact::Opened {
            role: line("facilitator"),
        },
    );
    other.say(BEN, accept(offer));
    let mut all = one.merge(other);
    let state = all.state();
    assert_eq!(facilitator(&state).holders(), people(&[]));
    assert_eq!(facilitator(&state).nominees(), people(&[BEN]));
    assert!(facilitator(&state).open);
    all.say(BEN, accept(offer));
    assert_eq!(
        facilitator(&all.state()).holders(),
        people(&[BEN]),
        "asked again, knowing it is open"
    );
}

#[test]
fn a_holder_goes_on_after_an_opening_until_somebody_else_takes_over() {
    let mut all = meeting();
    all.say(ANA, take());
    all.say(
        CY,
        RoleFact::Opened {
            role: line("facilitator"),
        },
    );
    assert_eq!(facilitator(&all.state()).holders(), people(&[ANA]));
    all.say(BEN, take());
    assert_eq!(facilitator(&all.state()).holders(), people(&[BEN]));
    assert_eq!(
        facilitator(&all.state()).holdings[0].state,
        HoldingState::Replaced
    );
}

#[test]
fn an_action_handed_to_someone_who_stepped_back_is_unowned_again() {
    let mut all = meeting();
    all.say(ANA, take());
    let action = all.say(
        BEN,
        MeetingFact::ActionAdded {
            text: line("Buy seeds"),
            sitting: None,
            item: None,
        },
    );
    let (mut one, mut other) = all.split();
    one.say(ANA, step_back());
    other.say(
        BEN,
        MeetingFact::ActionOffered {
            action,
            to: person(ANA),
        },
    );
    assert_eq!(other.state().actions[&action].asked, people(&[ANA]));
    other.say(
        ANAS_PHONE,
        MeetingFact::ActionAnswered {
            action,
            answer: Answer::Accept,
        },
    );
    assert_eq!(other.state().actions[&action].owners, people(&[ANA]));
    let mut all = one.merge(other);
    let state = all.state();
    assert_eq!(state.actions[&action].asked, people(&[]));
    assert_eq!(state.actions[&action].owners, people(&[]));
    all.say(
        ANA,
        MeetingFact::ActionAnswered {
            action,
            answer: Answer::Accept,
        },
    );
    assert_eq!(
        all.state().actions[&action].owners,
        people(&[ANA]),
        "said again, knowing"
    );
}

#[test]
fn a_withdrawal_beats_a_concurrent_accept_and_not_one_it_knew() {
    let mut all = meeting();
    let offer = all.say(BEN, offer_to(ANA, OfferKind::Turn));
    let (mut one, mut other) = all.split();
    one.say(ANA, accept(offer));
    other.say(BEN, RoleFact::Withdrawn { offer });
    assert_eq!(
        facilitator(&one.clone().merge(other).state()).holders(),
        people(&[])
    );
    one.say(BEN, RoleFact::Withdrawn { offer });
    assert_eq!(facilitator(&one.state()).holders(), people(&[ANA]));
}

#[test]
fn a_hand_over_needs_the_receivers_yes_and_the_giver_may_walk_away_till_then() {
    let mut all = meeting();
    all.say(ANA, take());
    let offer = all.say(ANA, offer_to(BEN, OfferKind::HandOver));
    assert_eq!(facilitator(&all.state()).holders(), people(&[ANA]));
    let (mut accepted, mut left) = all.split();
    accepted.say(BEN, accept(offer));
    assert_eq!(facilitator(&accepted.state()).holders(), people(&[BEN]));
    left.say(ANA, step_back());
    assert_eq!(facilitator(&left.state()).holders(), people(&[]));
    assert_eq!(
        facilitator(&accepted.merge(left).state()).holders(),
        people(&[BEN])
    );
}

#[test]
fn a_swap_changes_both_roles() {
    let mut all = meeting();
    all.say(ANA, take());
    all.say(
        BEN,
        RoleFact::Taken {
            role: line("scribe"),
            part: Part::Holder,
        },
    );
    let mut swap = offer_to(BEN, OfferKind::Swap);
    if let RoleFact::Offered { in_return, .. } = &mut swap {
        *in_return = Some(line("scribe"));
    }
    let offer = all.say(ANA, swap);
    all.say(BEN, accept(offer));
    let state = all.state();
    assert_eq!(facilitator(&state).holders(), people(&[BEN]));
    assert_eq!(
        state.roles.named("scribe").unwrap().1.holders(),
        people(&[ANA])
    );
}

#[test]
fn who_steps_back_takes_back_the_swap_they_asked_for() {
    let mut all = meeting();
    all.say(ANA, take());
    let scribe = RoleFact::Taken {
        role: line("scribe"),
        part: Part::Holder,
    };
    all.say(BEN, scribe);
    let mut swap = offer_to(BEN, OfferKind::Swap);
    if let RoleFact::Offered { in_return, .. } = &mut swap {
        *in_return = Some(line("scribe"));
    }
    let offer = all.say(ANA, swap);
    let (mut one, mut other) = all.split();
    one.say(
        ANA,
        RoleFact::SteppedBack {
            role: line("facilitator"),
            note: None,
        },
    );
    assert_eq!(
        facilitator(&one.state()).offers[0].state,
        OfferState::Withdrawn
    );
    other.say(BEN, accept(offer));
    let state = one.merge(other).state();
    assert_eq!(facilitator(&state).holders(), people(&[]));
    let scribe = state.roles.named("scribe").unwrap().1;
    assert_eq!(scribe.holders(), people(&[BEN]), "each as before the swap");
}

#[test]
fn nobody_holds_a_role_without_a_fact_of_their_own() {
    let mut all = meeting();
    let offer = all.say(BEN, offer_to(ANA, OfferKind::Turn));
    all.say(BEN, accept(offer));
    all.say(ActorId([99; 16]), take());
    let state = all.state();
    assert_eq!(facilitator(&state).holders(), people(&[]));
    assert_eq!(state.ignored.len(), 2);
}

#[test]
fn an_accept_past_the_offers_time_comes_too_late() {
    let mut all = meeting();
    let mut offer = offer_to(ANA, OfferKind::Turn);
    if let RoleFact::Offered { until_ms, .. } = &mut offer {
        *until_ms = Some(6_000);
    }
    let offer = all.say(BEN, offer);
    assert_eq!(
        facilitator(&all.state_at(5_500)).offers[0].state,
        OfferState::Open
    );
    assert_eq!(
        facilitator(&all.state_at(6_001)).offers[0].state,
        OfferState::Lapsed
    );
    all.say(
        CY,
        FactBody::Title {
            text: "Later".to_owned(),
        },
    );
    all.say(ANA, accept(offer));
    assert_eq!(facilitator(&all.state()).holders(), people(&[]));
}
