//! Whatever a peer sends: no panic, nothing unverified handed out, and a reason when the session ends.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::node::{Node, entry_after, line, log_of, signing_key};
use super::wire::{World, log_id, settled};
use crate::entry::{Draft, Entry, EntryError, Kind};
use crate::frame::entries::Item;
use crate::frame::{BranchProof, ClockFrame, Entries, Frame, FrameError, Have, Named, PeerRow};
use crate::ids::{EntryId, KeyId, NotebookId};
use crate::limits::{CLOCK_ROWS_MAX, FRAME_BYTES_MAX, ROWS_MAX};
use crate::log_init::LogInit;
use crate::session::{CloseReason, Event, RefuseReason};

/// A member (0) of which anything may come, and an honest one (1) that holds three entries of log 1.
fn open() -> World {
    settled(Node::with(2, &line(1, 3)), Node::with(3, &line(1, 3)))
}

/// Hands a frame to the honest side and says how that ended.
fn fate(frame: &Frame) -> (Option<CloseReason>, Vec<Event>) {
    let mut world = open();
    world.links[0].events[1].clear();
    world.deliver(0, 1, &frame.encode());
    let told = world.links[0].frames(1).pop();
    let closed = world.links[0].closed[1].clone();
    if closed.is_some() {
        assert!(matches!(told, Some(Frame::Refuse(_))), "the peer is told");
    }
    (closed, std::mem::take(&mut world.links[0].events[1]))
}

fn pack(entries: &[Entry]) -> Entries {
    Entries::pack(None, entries).unwrap()
}

#[track_caller]
fn refused(frame: Entries) -> CloseReason {
    let (closed, events) = fate(&Frame::Entries(frame));
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Entries(_))),
        "{events:?}"
    );
    closed.expect("the session goes on")
}

#[test]
fn an_honest_entry_is_taken() {
    let (closed, events) = fate(&Frame::Entries(pack(&line(1, 4)[3..])));
    assert_eq!(closed, None);
    assert!(events.contains(&Event::Entries(line(1, 4)[3..].to_vec())));
}

#[test]
fn a_changed_body_signature_or_key_is_refused() {
    let frame = || pack(&line(1, 5)[3..]);
    let at = |seq| CloseReason::Entry {
        log: log_id(1),
        seq,
        error: EntryError::Signature,
    };
    let mut body = frame();
    body.items[1].body[0] ^= 1;
    assert_eq!(refused(body), at(4));
    let mut signature = frame();
    signature.items[0].signature[40] ^= 1;
    assert_eq!(refused(signature), at(3));
    let mut keys = frame();
    keys.keys[0] = KeyId([3; 32]);
    assert_eq!(refused(keys), at(3));
    let mut index = frame();
    index.items[0].key = Some(7);
    assert!(matches!(
        refused(index),
        CloseReason::Entry {
            seq: 3,
            error: EntryError::Malformed(_),
            ..
        }
    ));
}

#[test]
fn a_wrong_position_or_predecessor_is_refused() {
    let gap = |seq| CloseReason::Gap {
        log: log_id(1),
        seq,
    };
    assert_eq!(refused(pack(&line(1, 6)[4..])), gap(4));
    let mut moved = pack(&line(1, 4)[3..]);
    moved.first_seq = 2;
    assert_eq!(refused(moved), gap(2));
    let mut unheld = pack(&line(1, 4)[3..]);
    unheld.prev = Some(EntryId([5; 32]));
    assert_eq!(refused(unheld), gap(3));
    let mut absent = pack(&line(1, 4)[3..]);
    absent.prev = None;
    assert_eq!(refused(absent), gap(3));
    let mut foreign = pack(&line(1, 4)[3..]);
    foreign.prev = Some(line(2, 3)[2].id());
    assert_eq!(refused(foreign), gap(3));
    let mut last = pack(&line(1, 4)[3..]);
    last.first_seq = u64::MAX;
    assert!(matches!(
        refused(last),
        CloseReason::Entry { seq: u64::MAX, .. }
    ));
    let mut none = pack(&line(1, 4)[3..]);
    none.items.clear();
    assert_eq!(refused(none), CloseReason::OutOfOrder("no entries"));
}

#[test]
fn entries_under_another_devices_log_are_refused() {
    let mut stolen = pack(&line(2, 1));
    stolen.log = Some(log_id(1));
    assert!(matches!(
        refused(stolen),
        CloseReason::Entry {
            error: EntryError::Signature,
            ..
        }
    ));
}

#[test]
fn a_log_without_its_head_or_with_a_bad_one_is_refused() {
    assert_eq!(refused(pack(&line(4, 1))), CloseReason::HeadlessLog);
    let mut nameless = pack(&line(4, 1));
    nameless.log = None;
    assert_eq!(refused(nameless), CloseReason::HeadlessLog);
    let mut forged = log_of(4).encode().to_vec();
    forged[100] ^= 1;
    let forged = Entries {
        init: Some(forged),
        ..pack(&line(4, 1))
    };
    assert!(matches!(refused(forged), CloseReason::LogInit(_)));
    let elsewhere = LogInit::sign(NotebookId([1; 16]), [4; 16], &signing_key(4));
    let elsewhere = Entries {
        init: Some(elsewhere.encode().to_vec()),
        ..pack(&line(4, 1))
    };
    assert_eq!(refused(elsewhere), CloseReason::ForeignLog);
}

#[test]
fn entries_of_newer_versions_are_carried_like_any_other() {
    let log = log_id(1);
    let draft = Draft {
        kind: Kind::Unknown(9),
        log_id: log,
        seq: 3,
        prev: line(1, 3)[2].id(),
        key_id: KeyId::NONE,
    };
    let newer = Entry::sign(&draft, b"from the future".to_vec(), &signing_key(1)).unwrap();
    let world = {
        let mut from = Node::with(2, &line(1, 3));
        from.put(&newer);
        settled(from, Node::new(3))
    };
    world.assert_in_step();
    assert_eq!(world.nodes[1].all().last(), Some(&newer));
}

#[test]
fn entries_that_come_twice_are_acknowledged_and_not_handed_out_again() {
    let (closed, events) = fate(&Frame::Entries(pack(&line(1, 3))));
    assert_eq!(closed, None);
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::Entries(_)))
    );
    let mut world = open();
    world.deliver(0, 1, &Frame::Entries(pack(&line(1, 5)[1..])).encode());
    let handed: Vec<u64> = world.links[0].events[1]
        .iter()
        .filter_map(|event| match event {
            Event::Entries(entries) => Some(entries),
            _ => None,
        })
        .flatten()
        .map(|entry| entry.header().seq)
        .collect();
    assert_eq!(handed, [3, 4]);
}

#[test]
fn receipts_and_answers_for_nothing_close_the_session() {
    let (closed, _) = fate(&Frame::Have(Have {
        declined: Vec::new(),
        through: 1,
        rows: vec![],
    }));
    assert_eq!(
        closed,
        Some(CloseReason::OutOfOrder("a receipt for nothing"))
    );
    let (closed, _) = fate(&Frame::BranchProof(BranchProof {
        number: 0,
        held: Some(0),
    }));
    assert_eq!(closed, None, "a search may have been called off");
}

#[test]
fn a_second_clock_closes_the_session() {
    let mut world = settled(Node::with(2, &line(1, 5)), Node::with(3, &line(1, 3)));
    let clock = world.links[0].said[0]
        .iter()
        .find(|frame| matches!(Frame::decode(frame), Ok(Some(Frame::Clock(_)))))
        .cloned()
        .unwrap();
    world.deliver(0, 1, &clock);
    let twice = CloseReason::OutOfOrder("more than one clock");
    assert_eq!(world.links[0].closed[1], Some(twice));
}

#[test]
fn a_clock_that_never_ends_closes_the_session() {
    let row = PeerRow {
        log: Named::Full(log_id(1).0),
        len: 1,
        tip: Named::Full([5; 32]),
    };
    let clock = ClockFrame {
        rows: vec![row; ROWS_MAX],
        more: true,
        full: true,
    };
    let frame = Frame::Clock(clock).encode();
    let mut world = open();
    for _ in 0..=CLOCK_ROWS_MAX / ROWS_MAX {
        assert_eq!(world.links[0].closed[1], None);
        world.deliver(0, 1, &frame);
    }
    assert!(world.links[0].closed[1].is_some());
}

#[test]
fn a_clock_of_many_frames_says_the_same_as_one() {
    let (mut world, a) = (
        World::new(vec![Node::with(2, &line(1, 5)), Node::new(3)]),
        line(1, 5),
    );
    world.connect(0, 1);
    world.settle();
    world.assert_in_step();
    let rows = |len: usize| PeerRow {
        log: Named::Full(log_id(1).0),
        len: len as u64,
        tip: Named::Full(a[len - 1].id().0),
    };
    for (len, more) in [(2, true), (4, false)] {
        let clock = ClockFrame {
            rows: vec![rows(len)],
            more,
            full: true,
        };
        world.deliver(0, 1, &Frame::Clock(clock).encode());
    }
    let node = &world.nodes[1];
    assert_eq!(world.links[0].sessions[1].peer_lacks(node), Some(1));
}

#[test]
fn frames_of_the_handshake_are_out_of_order_later() {
    let mut world = open();
    let hello = world.links[0].said[0][0].clone();
    world.deliver(0, 1, &hello);
    assert_eq!(
        world.links[0].closed[1],
        Some(CloseReason::OutOfOrder("Hello"))
    );
    world.settle();
    assert_eq!(
        world.links[0].closed[0],
        Some(CloseReason::RefusedFor(RefuseReason::Protocol))
    );
}

#[test]
fn an_oversized_frame_is_refused_unread() {
    let mut world = open();
    world.deliver(0, 1, &vec![0; FRAME_BYTES_MAX + 1]);
    let too_long = CloseReason::Frame(FrameError::TooLong(FRAME_BYTES_MAX + 1));
    assert_eq!(world.links[0].closed[1], Some(too_long));
}

#[test]
fn every_truncated_frame_is_refused() {
    let world = open();
    for frame in world.links[0].said.iter().flatten() {
        for len in 0..frame.len() {
            assert!(Frame::decode(&frame[..len]).is_err());
        }
        let longer = [frame.as_slice(), &[0]].concat();
        assert!(matches!(
            Frame::decode(&longer),
            Err(FrameError::Trailing { .. })
        ));
    }
}

#[test]
fn an_item_of_the_largest_body_fits_a_frame() {
    let entry = entry_after(1, None, vec![7; crate::limits::BODY_BYTES_MAX]);
    let init = log_of(1).encode().to_vec();
    let frame = Frame::Entries(Entries::pack(Some(init), &[entry]).unwrap()).encode();
    assert!(frame.len() <= FRAME_BYTES_MAX);
    assert!(Frame::decode(&frame).is_ok());
}

#[test]
fn a_body_over_the_limit_is_refused() {
    let mut frame = pack(&line(1, 4)[3..]);
    frame.items = vec![Item {
        body: vec![0; crate::limits::BODY_BYTES_MAX + 1],
        ..frame.items[0].clone()
    }];
    assert!(matches!(
        refused(frame),
        CloseReason::Entry {
            error: EntryError::BodyTooLong(_),
            ..
        }
    ));
}

static REAL_FRAMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(real_frames);

/// All frames of a busy session, from both sides.
fn real_frames() -> Vec<Vec<u8>> {
    let mut a = line(1, 12);
    let b: Vec<Entry> = a[..6]
        .iter()
        .cloned()
        .chain([entry_after(1, Some(&a[5]), vec![1])])
        .collect();
    a.extend(line(4, 3));
    let world = settled(Node::with(2, &a), Node::with(3, &b));
    world.assert_in_step();
    world.links[0].said.concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_leave_the_session_standing_or_closed(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..80), 1..6)) {
        let mut world = World::new(vec![Node::new(1), Node::with(2, &line(1, 3))]);
        world.connect(0, 1);
        for frame in &frames {
            world.deliver(0, 1, frame);
            world.deliver(0, 0, frame);
        }
        let mut world = open();
        for frame in &frames {
            world.deliver(0, 1, frame);
        }
    }

    #[test]
    fn mutated_and_shuffled_frames_never_bring_an_unsigned_entry(
        picks in proptest::collection::vec((0usize..40, proptest::option::of((any::<prop::sample::Index>(), any::<u8>()))), 1..12)
    ) {
        let frames = &*REAL_FRAMES;
        let mut world = World::new(vec![Node::new(2), Node::with(3, &line(1, 8))]);
        world.connect(0, 1);
        let opened = picks[0].0 % 2 == 0;
        if opened {
            world.settle();
        }
        for (pick, mutation) in picks {
            let mut frame = frames[pick % frames.len()].clone();
            if let Some((at, value)) = mutation {
                let at = at.index(frame.len());
                frame[at] = value;
            }
            // The node panics on an entry that does not fit, so that carrying on is the proof.
            world.deliver(0, 1, &frame);
        }
        for entry in world.nodes[1].all() {
            let device = world.nodes[1].inits[&entry.header().log_id].device();
            prop_assert_eq!(entry.verify(&entry.header().log_id, &device), Ok(()));
        }
        if world.links[0].closed[1].is_none() && !opened {
            world.tick(20_000);
        }
    }

    #[test]
    fn a_decoded_frame_encodes_to_what_decodes_to_itself(pick in 0usize..40, at in any::<prop::sample::Index>(), value in any::<u8>()) {
        let frames = &*REAL_FRAMES;
        let mut frame = frames[pick % frames.len()].clone();
        let at = at.index(frame.len());
        frame[at] = value;
        if let Ok(Some(decoded)) = Frame::decode(&frame) {
            prop_assert_eq!(Frame::decode(&decoded.encode()), Ok(Some(decoded)));
        }
    }
}
