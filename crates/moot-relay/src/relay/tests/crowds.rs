//! Who is vouched for, and who makes room where too many come.

use super::*;
use crate::limits::{ENROLMENT_MS, JOINER_MS, JOINERS, JOINERS_PER_PEER, STRANGERS};

fn with_invites(invites: &[u8]) -> (World, StreamId) {
    let mut world = World::enrolled(&[ALICE]);
    let alice = world.connect(ALICE);
    world.list(alice, &[], invites, &[]);
    (world, alice)
}

#[test]
fn whoever_holds_an_invite_is_vouched_for_only_while_it_is_open() {
    let (mut world, alice) = with_invites(&[1]);
    let open = world.join(1, b"sealed");
    assert!(world.authorised.contains(&open));
    world.list(alice, &[], &[], &[1]);
    let closed = world.join(1, b"sealed");
    assert_eq!(world.refused(closed), Some(JoinRefusal::Other));
    assert!(!world.authorised.contains(&closed));
}

/// Story: the ticket of a relay gave its holder berths and circuits for as long as the session of the enrolment stayed open.
#[test]
fn whoever_enrols_is_vouched_for_as_a_member_alone_and_the_enrolment_ends_by_itself() {
    let mut world = World::enrolled(&[]);
    let enrol = Word::Enrol(World::enrolment_of(&[ALICE]));
    let enrolment = world.say_on_enrolment(ALICE, &enrol);
    assert!(world.authorised.is_empty());
    let member = world.connect(ALICE);
    assert_eq!(world.authorised, [member]);
    assert_eq!(world.relay.status().strangers, 1);
    world.wait(ENROLMENT_MS);
    assert_eq!(world.closed(enrolment), Some(CloseReason::Bye));
    assert_eq!(world.closed(member), None);
    assert_eq!(world.relay.status().strangers, 0);
}

/// Story: whoever opened all the streams that a relay has room for shut its members out.
#[test]
fn strangers_make_room_for_each_other_and_members_lose_nothing_by_them() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    let alice = world.connect(ALICE);
    let lone = world.open_silently("somebody slow");
    for n in 0..STRANGERS * 2 {
        world.open_silently(&format!("flood {}", n / 100));
    }
    assert_eq!(world.relay.status().strangers, STRANGERS as u64);
    assert!(
        world.relay.links.contains_key(&lone),
        "whoever has the most goes first"
    );
    assert_eq!(
        world.events_of_crowds(),
        [Crowded::Strangers],
        "said once in a while"
    );
    assert!(!world.is_gone(alice));
    let ben = world.connect(BEN);
    assert!(world.is_in_step(ben));
    world.write(ALICE, 3);
    world.advance(ALICE);
    assert_eq!(world.entries(BEN), 3);
}

#[test]
fn those_who_wait_at_a_door_make_room_for_each_other_and_their_requests_stay() {
    let (mut world, alice) = with_invites(&[1, 2]);
    let first = world.join_as("one home", 1, b"sealed");
    for n in 0..JOINERS_PER_PEER {
        world.join_as("one home", 1, &n.to_be_bytes());
    }
    assert_eq!(world.closed(first), Some(CloseReason::Bye));
    assert_eq!(world.relay.status().joiners, JOINERS_PER_PEER as u64);
    assert_eq!(world.relay.status().mail, 1 + JOINERS_PER_PEER as u64);
    let lone = world.join_as("somebody alone", 2, b"sealed");
    for n in 0..JOINERS {
        world.join_as(&format!("flood {}", n / 4), 1, b"sealed");
    }
    assert_eq!(world.relay.status().joiners, JOINERS as u64);
    assert_eq!(world.closed(lone), None);
    assert_eq!(world.closed(alice), None);
    assert_eq!(world.events_of_crowds(), [Crowded::Joiners]);
}

#[test]
fn whoever_waits_at_a_door_is_let_go_after_a_while_and_waits_again_with_the_same_request() {
    let (mut world, _) = with_invites(&[1]);
    for _ in 0..144 {
        let joiner = world.join(1, b"sealed");
        assert!(world.waits(joiner).is_some());
        world.wait(JOINER_MS);
        assert_eq!(world.closed(joiner), Some(CloseReason::Bye));
    }
    assert_eq!(world.relay.status().mail, 1);
    assert_eq!(world.relay.status().joiners, 0);
}
