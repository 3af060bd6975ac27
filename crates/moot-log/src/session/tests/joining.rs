//! Coming in by an invite: the request goes only to who has proved itself, and every answer reaches the joiner.

use super::node::{DISCOVERY, GENESIS, NOTEBOOK, Node, device, entry_after, line, signing_key};
use super::wire::World;
use crate::frame::{Frame, Prove, ProveAs};
use crate::limits::TEXT_BYTES_MAX;
use crate::session::{CloseReason, DiscoveryKey, Event, JoinRefusal, Joiner, Role};

const INVITE: u8 = 77;
const NEWCOMER: u8 = 50;

fn ticket(discovery_key: DiscoveryKey) -> Role {
    Role::Joiner(Box::new(Joiner {
        discovery_key,
        genesis: GENESIS,
        invite: signing_key(INVITE),
        request: b"let me in".to_vec(),
    }))
}

/// A newcomer (0) at the door of a member (1) who knows the invite.
fn at_the_door() -> World {
    let mut member = Node::with(1, &line(1, 12));
    member.invites.insert(device(INVITE));
    let mut world = World::new(vec![Node::new(NEWCOMER), member]);
    world.connect_as(0, 1, ticket(DISCOVERY));
    world.settle();
    world
}

#[test]
fn the_request_reaches_the_owner_and_nothing_else_has_gone_to_the_joiner() {
    let world = at_the_door();
    let requested = Event::JoinRequested {
        notebook: NOTEBOOK,
        invite: device(INVITE),
        request: b"let me in".to_vec(),
    };
    assert_eq!(world.links[0].events[1], [requested]);
    assert_eq!(world.links[0].names(0), ["Hello", "Prove", "Join"]);
    assert_eq!(world.links[0].names(1), ["Hello", "Prove"]);
    assert!(
        world.links[0]
            .sessions
            .iter()
            .all(|session| !session.is_established())
    );
    assert!(
        world.links[0]
            .sessions
            .iter()
            .all(|session| session.next_timeout().is_none())
    );
}

#[test]
fn who_is_admitted_gets_everything_and_goes_on_as_a_member() {
    let mut world = at_the_door();
    for node in &mut world.nodes {
        node.members.insert(device(NEWCOMER));
    }
    let out = world.links[0].sessions[1].admit_joiner(device(NEWCOMER), &world.nodes[1]);
    world.carry_out(0, 1, out);
    world.settle();
    world.assert_in_step();
    assert_eq!(world.nodes[0].entry_count(), 12);
    let established = |other| Event::Established {
        notebook: NOTEBOOK,
        device: device(other),
    };
    assert_eq!(
        world.links[0].events[0][..2],
        [Event::Admitted, established(1)]
    );
    assert!(world.links[0].events[1].contains(&established(NEWCOMER)));
    world.write(0, &entry_after(NEWCOMER, None, b"thank you".to_vec()));
    world.settle();
    world.assert_in_step();
    assert_eq!(world.nodes[1].entry_count(), 13);
}

#[test]
fn who_waits_is_told_what_for_and_can_still_be_admitted() {
    let mut world = at_the_door();
    let out = world.links[0].sessions[1].join_waits("six words to compare");
    world.carry_out(0, 1, out);
    world.settle();
    let waits = Event::JoinWaits {
        text: "six words to compare".into(),
    };
    assert_eq!(world.links[0].events[0], [waits]);
    let out = world.links[0].sessions[1].admit_joiner(device(NEWCOMER), &world.nodes[1]);
    world.carry_out(0, 1, out);
    world.settle();
    world.assert_in_step();
}

#[test]
fn who_is_refused_is_told_why() {
    for refusal in [
        JoinRefusal::UsedUp,
        JoinRefusal::Expired,
        JoinRefusal::Revoked,
        JoinRefusal::WrongNotebook,
        JoinRefusal::Malformed,
        JoinRefusal::Other,
    ] {
        let mut world = at_the_door();
        let long = "é".repeat(TEXT_BYTES_MAX);
        let out = world.links[0].sessions[1].refuse_join(refusal, &long);
        world.carry_out(0, 1, out);
        world.settle();
        let told = Event::JoinRefused {
            refusal,
            text: "é".repeat(TEXT_BYTES_MAX / 2),
        };
        assert_eq!(world.links[0].events[0], [told]);
        assert_eq!(
            world.links[0].closed,
            [
                Some(CloseReason::JoinRefused),
                Some(CloseReason::JoinRefused)
            ]
        );
    }
}

#[test]
fn an_unknown_invite_gets_what_strangers_get() {
    let mut world = World::new(vec![Node::new(NEWCOMER), Node::with(1, &line(1, 3))]);
    world.connect_as(0, 1, ticket(DISCOVERY));
    world.settle();
    assert_eq!(world.links[0].names(1), ["Hello"]);
    world.tick(2_000);
    world.settle();
    assert_eq!(
        world.links[0].closed,
        [Some(CloseReason::Refused), Some(CloseReason::Stranger)]
    );
}

#[test]
fn the_request_is_not_sent_to_who_cannot_prove_itself() {
    let mut false_member = Node::new(1);
    false_member.discovery = DiscoveryKey([1; 32]);
    false_member.invites.insert(device(INVITE));
    let mut world = World::new(vec![Node::new(NEWCOMER), false_member]);
    world.connect_as(0, 1, ticket(DISCOVERY));
    world.settle();
    world.tick(2_000);
    world.settle();
    assert_eq!(world.links[0].names(0), ["Hello", "Prove"]);
}

#[test]
fn a_false_proof_ends_the_joiners_session_without_a_request() {
    let honest = at_the_door();
    let proof = match honest.links[0].frames(1).swap_remove(1) {
        Frame::Prove(proof) => proof,
        other => panic!("{other:?}"),
    };
    let false_proofs = [
        Prove {
            tag: [0; 32],
            ..proof.clone()
        },
        Prove {
            signature: [0; 64],
            ..proof.clone()
        },
        Prove {
            key: device(3),
            ..proof.clone()
        },
        Prove {
            role: ProveAs::Joiner,
            ..proof.clone()
        },
    ];
    for proof in false_proofs {
        let mut world = World::new(vec![Node::new(NEWCOMER), Node::new(1)]);
        world.connect_as(0, 1, ticket(DISCOVERY));
        let hello = honest.links[0].said[1][0].clone();
        world.deliver(0, 0, &hello);
        world.deliver(0, 0, &Frame::Prove(proof).encode());
        assert_eq!(world.links[0].names(0), ["Hello", "Prove", "Refuse"]);
        assert_eq!(world.links[0].closed[0], Some(CloseReason::Stranger));
    }
}

#[test]
fn a_decision_where_none_is_due_does_nothing() {
    let mut world = World::new(vec![Node::new(1), Node::new(2)]);
    world.connect(0, 1);
    world.settle();
    let session = &mut world.links[0].sessions[1];
    assert_eq!(session.join_waits("").frames.len(), 0);
    assert_eq!(session.refuse_join(JoinRefusal::Other, "").close, None);
    assert_eq!(
        session
            .admit_joiner(device(3), &world.nodes[1])
            .frames
            .len(),
        0
    );
}
