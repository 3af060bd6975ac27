//! Offers that go out by themselves where the group agreed on that, and suggestions whatever the clocks say.

use moot_engine::Reply;
use moot_engine::command::{Act, Answer, MeetingCommand, Standing, Switch};
use moot_engine::reply::meeting::{OfferRow, SuggestionRow};
use moot_engine::{Command, CommandError};
use moot_sim::World;

use super::garden::{MINUTE_MS, done, invite, join};
use super::halves::{ANA, BO, CY, DEE, Group, new_meeting, step_back};

const YEAR_MS: i64 = 366 * 24 * 3_600_000;

fn policy(group: &mut Group, node: usize, role: &str) {
    let policy = Standing::Policy {
        review: None,
        role: role.to_owned(),
        rhythm: None,
        gap: None,
        shadowing: None,
        auto_offer: Some(Switch::On),
    };
    let command = Command::Meeting(MeetingCommand::Standing(policy));
    done(&mut group.world, node, command);
    group.meet();
}

#[track_caller]
fn offers(group: &mut Group, role: &str) -> Vec<OfferRow> {
    let mut roles = group.seen_by_all().roles.into_iter();
    roles.find(|one| one.role == role).unwrap().offers
}

/// The offers of the facilitator's role that wait for an answer.
#[track_caller]
fn open_offers(group: &mut Group) -> Vec<OfferRow> {
    let offers = offers(group, "facilitator").into_iter();
    offers.filter(|offer| offer.state == "open").collect()
}

fn node_of(offer: &OfferRow) -> usize {
    let names = ["Ana", "Bo", "Cy", "Dee"];
    names
        .iter()
        .position(|name| *name == offer.to.name)
        .unwrap()
}

fn suggested(world: &mut World, node: usize, meeting: &str) -> Vec<SuggestionRow> {
    let suggest = MeetingCommand::Suggest {
        meeting: meeting.to_owned(),
        role: "facilitator".to_owned(),
    };
    match done(world, node, Command::Meeting(suggest)) {
        Reply::Suggestions(all) => all.suggested,
        other => panic!("not suggestions: {other:?}"),
    }
}

#[test]
fn where_it_was_agreed_the_first_who_is_suggested_is_asked_and_after_a_no_the_next() {
    let mut group = Group::new(30);
    policy(&mut group, ANA, "facilitator");
    group.meeting = new_meeting(&mut group.world, ANA);
    group.meet();
    let mut asked = Vec::new();
    for _ in 0..4 {
        let offers = open_offers(&mut group);
        let [offer] = offers.as_slice() else {
            panic!("one at a time: {offers:?}");
        };
        assert!(offer.reason.is_some(), "{offer:?}");
        assert!(
            group.facilitator().holders.is_empty(),
            "only a yes makes a holder"
        );
        let node = node_of(offer);
        assert!(!asked.contains(&node), "nobody is asked twice");
        asked.push(node);
        let next = suggested(&mut group.world, DEE, &group.meeting.clone());
        assert_eq!(next[0].name, offer.to.name);
        group.answer(node, &offer.id, Answer::Decline);
        group.meet();
    }
    assert!(open_offers(&mut group).is_empty(), "all said no");
    assert_eq!(group.facilitator().state, "vacant");
}

#[test]
fn who_steps_back_leaves_a_gap_for_which_the_next_is_asked() {
    let mut group = Group::new(31);
    policy(&mut group, CY, "facilitator");
    group.meeting = new_meeting(&mut group.world, ANA);
    group.meet();
    let first = open_offers(&mut group).remove(0);
    group.answer(node_of(&first), &first.id, Answer::Accept);
    group.meet();
    assert!(open_offers(&mut group).is_empty());
    group.act(node_of(&first), step_back());
    group.meet();
    let next = open_offers(&mut group);
    assert_eq!(next.len(), 1);
    assert_ne!(next[0].to, first.to, "not who just stepped back");
    let scribe = Act::AddRole {
        role: "timekeeper".to_owned(),
    };
    group.act(BO, scribe);
    group.meet();
    assert_eq!(open_offers(&mut group), next, "others have no such policy");
}

#[test]
fn who_was_asked_in_both_halves_says_yes_once() {
    let mut group = Group::new(32);
    policy(&mut group, ANA, "cook");
    group.part();
    for node in [ANA, CY] {
        let role = "cook".to_owned();
        group.act(node, Act::AddRole { role });
    }
    group.meet();
    let asked = offers(&mut group, "cook");
    let [one, other] = asked.as_slice() else {
        panic!("asked in both halves: {asked:?}");
    };
    assert_eq!(one.to, other.to, "the same facts, the same suggestion");
    group.answer(node_of(one), &one.id, Answer::Accept);
    group.meet();
    let mut states: Vec<String> = offers(&mut group, "cook")
        .into_iter()
        .map(|offer| offer.state)
        .collect();
    states.sort();
    assert_eq!(states, ["accepted", "no longer needed"]);
}

/// The same list at every node, wherever their clocks stand.
#[test]
fn whoever_is_suggested_is_suggested_everywhere_whatever_the_clocks_say() -> Result<(), CommandError>
{
    let mut world = World::new(33);
    for skew_ms in [0, 9 * YEAR_MS, -30 * YEAR_MS] {
        world.add_node(skew_ms);
    }
    let init = Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    };
    done(&mut world, ANA, init);
    let ticket = invite(&mut world, ANA, 2);
    for (node, name) in [(BO, "Bo"), (CY, "Cy")] {
        join(&mut world, node, name, &ticket).unwrap()?;
    }
    let meetings: Vec<String> = [ANA, BO, CY, ANA]
        .into_iter()
        .map(|node| {
            let meeting = new_meeting(&mut world, node);
            world.run_for(3 * MINUTE_MS);
            let take = Act::Take {
                role: "facilitator".to_owned(),
                shadow: false,
            };
            let (meeting, act) = (meeting, take);
            let taken = MeetingCommand::Act {
                meeting: meeting.clone(),
                act,
            };
            done(&mut world, node, Command::Meeting(taken));
            world.run_for(3 * MINUTE_MS);
            meeting
        })
        .collect();
    for meeting in &meetings {
        let at = |world: &mut World, node| suggested(world, node, meeting);
        let first = at(&mut world, ANA);
        assert_eq!(at(&mut world, BO), first);
        assert_eq!(at(&mut world, CY), first);
    }
    Ok(())
}
