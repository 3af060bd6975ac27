//! Who is let in, and that everybody else learns nothing, not even by the time it takes.

use super::node::{DISCOVERY, GENESIS, NOTEBOOK, Node, device, line, signing_key};
use super::wire::{World, peer_id, settled};
use crate::frame::{Frame, Hello, Prove, ProveAs, Refuse};
use crate::ids::{EntryId, NotebookId};
use crate::limits::{HANDSHAKE_FRAME_BYTES_MAX, HANDSHAKE_MS_MAX, REFUSE_STEP_MS};
use crate::session::{
    CloseReason, DiscoveryKey, Event, Initiate, Output, RefuseReason, Role, Session, Side,
    Transcript,
};
use ed25519_dalek::Signer;

fn initiate(nonce: u8) -> Initiate {
    Initiate {
        notebook: NOTEBOOK,
        role: Role::Member,
        own_peer: peer_id(0),
        other_peer: peer_id(1),
        nonce: [nonce; 32],
    }
}

fn hello(nonce: u8) -> Vec<u8> {
    Frame::Hello(Hello {
        versions: vec![1],
        nonce: [nonce; 32],
    })
    .encode()
}

/// A transcript as both honest sides have it: nonces 1 and 2.
fn transcript() -> Transcript {
    Transcript {
        initiator: peer_id(0),
        responder: peer_id(1),
        initiator_nonce: [1; 32],
        responder_nonce: [2; 32],
    }
}

fn prove(transcript: &Transcript, side: Side, signer: u8) -> Prove {
    let message = transcript.message(&NOTEBOOK, &GENESIS, side);
    Prove {
        tag: transcript.tag(&DISCOVERY, side),
        key: device(signer),
        signature: signing_key(signer).sign(&message).to_bytes(),
        role: ProveAs::Member,
    }
}

/// A responder that has taken Hello at 1,000 ms and gets these bytes 300 ms later.
fn respond_to(frames: &[Vec<u8>]) -> (Session, Vec<Output>) {
    let node = Node::with(2, &line(2, 3));
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 1_000);
    session.handle(1_000, &hello(1), &node);
    let outs = frames
        .iter()
        .map(|frame| session.handle(1_300, frame, &node))
        .collect();
    (session, outs)
}

fn unsaid() -> Vec<u8> {
    Frame::Refuse(Refuse {
        code: 0,
        text: String::new(),
    })
    .encode()
}

#[test]
fn two_members_establish_and_learn_each_others_device() {
    let world = settled(Node::new(1), Node::new(2));
    for (end, other) in [(0, 2), (1, 1)] {
        let session = &world.links[0].sessions[end];
        assert!(session.is_established());
        assert_eq!(session.device(), Some(device(other)));
        let established = Event::Established {
            notebook: NOTEBOOK,
            device: device(other),
        };
        assert_eq!(world.links[0].events[end][0], established);
    }
}

#[test]
fn a_good_proof_is_answered_at_once() {
    let good = Frame::Prove(prove(&transcript(), Side::Initiator, 1)).encode();
    let (session, outs) = respond_to(&[good]);
    assert!(session.is_established());
    let answer = Frame::decode(&outs[0].frames[0]).unwrap().unwrap();
    assert_eq!(
        answer,
        Frame::Prove(prove(&transcript(), Side::Responder, 2))
    );
}

/// Proofs whose tag or key is wrong.
fn wrong_holders() -> Vec<(&'static str, Prove)> {
    let right = prove(&transcript(), Side::Initiator, 1);
    let tag = |key: &DiscoveryKey, side| Prove {
        tag: transcript().tag(key, side),
        ..right.clone()
    };
    let elsewhere = tag(&DiscoveryKey([0; 32]), Side::Initiator);
    let stranger = prove(&transcript(), Side::Initiator, 99);
    let key = device(3);
    let role = ProveAs::Joiner;
    vec![
        ("a tag of another notebook", elsewhere),
        ("the responder's own tag", tag(&DISCOVERY, Side::Responder)),
        ("a stranger's device", stranger),
        (
            "another member's signature",
            Prove {
                key,
                ..right.clone()
            },
        ),
        ("an invite nobody knows", Prove { role, ..right }),
    ]
}

/// Proofs that were made for something else.
fn wrong_proofs() -> Vec<(&'static str, Prove)> {
    let right = prove(&transcript(), Side::Initiator, 1);
    let (initiator, responder) = (peer_id(1), peer_id(0));
    let mirrored = Transcript {
        initiator,
        responder,
        ..transcript()
    };
    let responder_nonce = [9; 32];
    let stale = Transcript {
        responder_nonce,
        ..transcript()
    };
    let initiator = peer_id(7);
    let elsewhere = Transcript {
        initiator,
        ..transcript()
    };
    let responder = peer_id(8);
    let passed_on = Transcript {
        responder,
        ..transcript()
    };
    let signed = |notebook: &NotebookId, genesis: &EntryId| {
        let message = transcript().message(notebook, genesis, Side::Initiator);
        let signature = signing_key(1).sign(&message).to_bytes();
        Prove {
            signature,
            ..right.clone()
        }
    };
    let (other_genesis, other_notebook) = (EntryId([0; 32]), NotebookId([0; 16]));
    vec![
        (
            "for the other side",
            prove(&transcript(), Side::Responder, 1),
        ),
        (
            "from a mirrored session",
            prove(&mirrored, Side::Responder, 1),
        ),
        ("from an earlier session", prove(&stale, Side::Initiator, 1)),
        (
            "from another connection",
            prove(&elsewhere, Side::Initiator, 1),
        ),
        (
            "made for another node",
            prove(&passed_on, Side::Initiator, 1),
        ),
        ("over another genesis", signed(&NOTEBOOK, &other_genesis)),
        ("over another notebook", signed(&other_notebook, &GENESIS)),
    ]
}

#[test]
fn whatever_is_wrong_gets_the_same_refusal_at_the_same_time() {
    let proofs = wrong_holders().into_iter().chain(wrong_proofs());
    let proofs = proofs.map(|(what, prove)| (what, Frame::Prove(prove).encode()));
    let trailing = [Frame::Bye.encode(), vec![0]].concat();
    let others = [
        ("garbage", vec![0xff; 40]),
        ("a second hello", hello(3)),
        ("a frame and more", trailing),
    ];
    for (what, bytes) in proofs.chain(others) {
        let right = Frame::Prove(prove(&transcript(), Side::Initiator, 1)).encode();
        let (mut session, outs) = respond_to(&[bytes, right]);
        assert_eq!(outs, [Output::default(), Output::default()], "{what}");
        assert_eq!(session.next_timeout(), Some(2_000), "{what}");
        assert_eq!(
            session.tick(1_999, &Node::new(2)),
            Output::default(),
            "{what}"
        );
        let refusal = session.tick(2_000, &Node::new(2));
        assert_eq!(refusal.frames, [unsaid()], "{what}");
        assert!(refusal.close.is_some(), "{what}");
        assert_eq!(session.notebook(), None, "{what}");
    }
}

#[test]
fn a_late_wrong_proof_is_refused_at_the_next_full_second() {
    let node = Node::new(2);
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 1_000);
    session.handle(1_000, &hello(1), &node);
    session.handle(4_100, &[0xff], &node);
    assert_eq!(session.next_timeout(), Some(5_000));
}

#[test]
fn silence_is_refused_after_ten_seconds() {
    for has_said_hello in [false, true] {
        let node = Node::new(2);
        let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 1_000);
        if has_said_hello {
            session.handle(1_500, &hello(1), &node);
        }
        assert_eq!(session.tick(10_999, &node), Output::default());
        let out = session.tick(11_000, &node);
        assert_eq!(
            (out.frames, out.close),
            (vec![unsaid()], Some(CloseReason::TimedOut))
        );
    }
}

#[test]
fn a_member_who_says_nothing_once_proven_is_given_up() {
    let node = Node::new(2);
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 1_000);
    session.handle(1_500, &hello(1), &node);
    session.handle(
        2_000,
        &Frame::Prove(prove(&transcript(), Side::Initiator, 1)).encode(),
        &node,
    );
    assert!(session.is_established());
    assert_eq!(session.next_timeout(), Some(2_000 + HANDSHAKE_MS_MAX));
    let out = session.tick(2_000 + HANDSHAKE_MS_MAX, &node);
    assert_eq!(out.close, Some(CloseReason::TimedOut));
}

#[test]
fn a_hello_that_says_ones_own_nonce_is_refused() {
    let node = Node::new(1);
    let (mut session, _) = Session::initiate(initiate(1), 0);
    assert_eq!(
        session.handle(5, &hello(1), &node).close,
        Some(CloseReason::Stranger)
    );
}

#[test]
fn an_initiator_tells_a_false_responder_nothing_more() {
    let node = Node::with(1, &line(1, 3));
    for wrong in [
        prove(&transcript(), Side::Initiator, 2),
        prove(&transcript(), Side::Responder, 99),
        Prove {
            role: ProveAs::Joiner,
            ..prove(&transcript(), Side::Responder, 2)
        },
    ] {
        let (mut session, _) = Session::initiate(initiate(1), 0);
        session.handle(5, &hello(2), &node);
        let out = session.handle(9, &Frame::Prove(wrong).encode(), &node);
        assert_eq!(
            (out.frames, out.close),
            (vec![unsaid()], Some(CloseReason::Stranger))
        );
        assert!(!session.is_established());
    }
}

#[test]
fn the_digest_that_goes_with_the_proof_is_hidden_from_strangers() {
    let node = Node::with(1, &line(1, 3));
    let digests: Vec<[u8; 32]> = [2, 3]
        .iter()
        .map(|nonce| {
            let (mut session, _) = Session::initiate(initiate(1), 0);
            let out = session.handle(5, &hello(*nonce), &node);
            match Frame::decode(&out.frames[1]).unwrap().unwrap() {
                Frame::Digest(digest) => digest.digest,
                other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_ne!(digests[0], node.digest().0);
    assert_ne!(digests[0], digests[1]);
}

#[test]
fn without_a_common_version_the_other_side_is_told() {
    let node = Node::new(2);
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 0);
    let newer = Frame::Hello(Hello {
        versions: vec![2, 3],
        nonce: [1; 32],
    });
    let out = session.handle(0, &newer.encode(), &node);
    assert_eq!(out.close, Some(CloseReason::NoCommonVersion));
    let refuse = Refuse {
        code: RefuseReason::Version.to_code(),
        text: String::new(),
    };
    assert_eq!(out.frames, [Frame::Refuse(refuse).encode()]);
}

#[test]
fn newer_versions_beside_the_known_one_and_unknown_frames_do_no_harm() {
    let node = Node::new(2);
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 0);
    let unknown = [0x82, 0x19, 0x01, 0x00, 0xa0];
    assert_eq!(session.handle(0, &unknown, &node), Output::default());
    let newer = Frame::Hello(Hello {
        versions: vec![7, 1],
        nonce: [1; 32],
    });
    assert_eq!(session.handle(0, &newer.encode(), &node).frames, [hello(2)]);
}

#[test]
fn a_stranger_makes_nobody_hold_a_large_frame() {
    let node = Node::new(2);
    let (mut session, _) = Session::respond(peer_id(1), peer_id(0), [2; 32], 0);
    let mut unknown_type = vec![0x82, 0x19, 0x01, 0x00];
    unknown_type.resize(HANDSHAKE_FRAME_BYTES_MAX, 0);
    session.handle(0, &unknown_type, &node);
    assert_eq!(session.next_timeout(), Some(HANDSHAKE_MS_MAX), "skipped");
    unknown_type.push(0);
    session.handle(0, &unknown_type, &node);
    assert_eq!(session.next_timeout(), Some(REFUSE_STEP_MS), "refused");
}

#[test]
fn a_retired_device_is_a_stranger_to_both_sides() {
    for (retired, refused) in [(1, 1), (2, 0)] {
        let mut nodes = vec![Node::new(1), Node::new(2)];
        nodes.iter_mut().for_each(|node| {
            node.members.remove(&device(retired));
        });
        let mut world = World::new(nodes);
        world.connect(0, 1);
        world.settle();
        world.tick(2_000);
        world.settle();
        assert_eq!(world.links[0].closed[refused], Some(CloseReason::Stranger));
        assert_eq!(
            world.links[0].closed[1 - refused],
            Some(CloseReason::Refused)
        );
    }
}
