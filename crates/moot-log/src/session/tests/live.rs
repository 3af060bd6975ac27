//! After the two are in step: pushing, receipts, the window, questions, and what only passes through.

use super::node::{Node, device, entry_after, line, log_of};
use super::wire::{Stores, World, settled};
use crate::entry::Entry;
use crate::frame::Frame;
use crate::limits::{LIVE_BYTES_MAX, WINDOW_BYTES};
use crate::session::{CloseReason, Event};

fn in_step(entries: &[Entry]) -> World {
    settled(Node::with(1, entries), Node::with(2, entries))
}

#[test]
fn a_new_entry_is_pushed_at_once_and_acknowledged_once_stored() {
    let log = line(1, 4);
    let mut world = in_step(&log[..3]);
    let said = [0, 1].map(|end| world.links[0].said[end].len());
    world.write(0, &log[3]);
    assert_eq!(
        world.links[0].sessions[0].peer_lacks(&world.nodes[0]),
        Some(1)
    );
    world.settle();
    world.assert_in_step();
    assert_eq!(world.links[0].names(0)[said[0]..], ["Entries"]);
    assert_eq!(world.links[0].names(1)[said[1]..], ["Have"]);
}

/// The number of frames says it already where a chain ends with what they brought.
#[test]
fn a_receipt_names_a_chain_only_where_it_goes_on_beyond_what_came() {
    let log = line(1, 5);
    let mut world = in_step(&log[..3]);
    world.stores = Stores::WhenTold;
    world.write(0, &log[3]);
    world.settle();
    world.store(1);
    assert_eq!(receipts(&world), [vec![]]);
    world.settle();
    world.assert_in_step();
    // The next one came to the receiver by another way before, with nothing after it, and then with something.
    let log = line(1, 8);
    for beyond in [6, 8] {
        let mut world = in_step(&log[..5]);
        world.stores = Stores::WhenTold;
        world.write(0, &log[5]);
        world.settle();
        for entry in &log[5..beyond - 1] {
            world.nodes[1].put(entry);
        }
        world.write(1, &log[beyond - 1]);
        let lens: Vec<u64> = receipts(&world)[0].clone();
        assert_eq!(lens, if beyond == 6 { vec![] } else { vec![8] });
        world.store(1);
        world.settle();
        world.store(0);
        world.settle();
        world.assert_in_step();
    }
}

/// The lengths of the chains that each receipt of the second end names.
fn receipts(world: &World) -> Vec<Vec<u64>> {
    let of = |frame| match frame {
        Frame::Have(have) => Some(have.rows.iter().map(|row| row.len).collect()),
        _ => None,
    };
    world.links[0]
        .frames(1)
        .into_iter()
        .filter_map(of)
        .collect()
}

#[test]
fn the_first_entry_of_a_new_log_brings_the_logs_head() {
    let mut world = in_step(&line(1, 2));
    let log = line(2, 2);
    world.write(1, &log[0]);
    world.write(1, &log[1]);
    world.settle();
    world.assert_in_step();
    let heads: Vec<bool> = world.links[0]
        .frames(1)
        .iter()
        .filter_map(|frame| match frame {
            Frame::Entries(entries) => Some(entries.init.is_some()),
            _ => None,
        })
        .collect();
    assert_eq!(heads, [true, false]);
}

#[test]
fn a_receipt_is_sent_only_after_the_entries_are_stored() {
    let log = line(1, 3);
    let mut world = in_step(&log[..2]);
    world.stores = Stores::WhenTold;
    world.write(0, &log[2]);
    world.settle();
    assert!(!world.links[0].names(1).contains(&"Have"));
    assert_eq!(
        world.links[0].sessions[0].peer_lacks(&world.nodes[0]),
        Some(1)
    );
    world.store(1);
    world.settle();
    world.assert_in_step();
}

#[test]
fn entries_are_not_sent_back_to_where_they_came_from() {
    let mut world = World::new(vec![
        Node::with(1, &line(1, 30)),
        Node::new(2),
        Node::new(3),
    ]);
    world.connect(0, 1);
    world.connect(1, 2);
    world.settle();
    world.assert_in_step();
    assert!(!world.links[0].names(1).contains(&"Entries"));
    assert!(!world.links[1].names(1).contains(&"Entries"));
}

#[test]
fn a_new_branch_is_pushed_to_a_peer_in_step() {
    let log = line(1, 6);
    let mut world = in_step(&log);
    let branch = entry_after(1, Some(&log[2]), b"another".to_vec());
    world.write(0, &branch);
    world.write(0, &entry_after(1, Some(&branch), b"and on".to_vec()));
    world.write(1, &entry_after(1, Some(&log[5]), b"here".to_vec()));
    world.settle();
    world.assert_in_step();
}

fn heavy_log(len: usize, body_bytes: usize) -> Vec<Entry> {
    let mut log: Vec<Entry> = Vec::new();
    for at in 0..len {
        let mut body = vec![3; body_bytes];
        body[..8].copy_from_slice(&at.to_be_bytes());
        log.push(entry_after(1, log.last(), body));
    }
    log
}

#[test]
fn no_more_than_the_window_is_on_its_way_without_a_receipt() {
    for (len, body_bytes) in [(300, 40_000), (14, 1 << 20)] {
        let mut world = World::new(vec![
            Node::with(1, &heavy_log(len, body_bytes)),
            Node::new(2),
        ]);
        world.stores = Stores::WhenTold;
        world.connect(0, 1);
        let mut receipted = 0;
        while world.nodes[1].entry_count() < len {
            world.settle();
            let sent: usize = world.links[0].said[0]
                .iter()
                .filter(|frame| frame.len() > 1_000)
                .map(Vec::len)
                .sum();
            assert!(sent > receipted, "nothing moves");
            assert!(sent - receipted <= WINDOW_BYTES, "{}", sent - receipted);
            receipted = sent;
            world.store(1);
        }
        world.settle();
        world.assert_in_step();
    }
}

#[test]
fn who_sends_more_than_the_window_is_closed_with_a_reason() {
    let log = heavy_log(6, 1 << 20);
    let mut world = in_step(&log[..1]);
    world.stores = Stores::WhenTold;
    for entry in &log[1..] {
        let frame = crate::frame::Entries::pack(None, std::slice::from_ref(entry)).unwrap();
        world.deliver(0, 1, &Frame::Entries(frame).encode());
    }
    assert_eq!(world.links[0].closed[1], Some(CloseReason::WindowExceeded));
}

#[test]
fn a_question_is_answered_by_a_fresh_confirmation() {
    let mut world = in_step(&line(1, 5));
    for end in 0..2 {
        world.links[0].events[end].clear();
        let node = world.links[0].ends[end];
        let out = world.links[0].sessions[end].ask(&world.nodes[node]);
        assert_eq!(out.frames.len(), 1);
        world.carry_out(0, end, out);
        world.settle();
        assert!(world.links[0].is_in_step(end));
        world.links[0].events.iter_mut().for_each(Vec::clear);
    }
}

#[test]
fn a_question_asked_too_early_is_answered_once_both_hold_the_same() {
    let log = line(1, 5);
    let mut world = in_step(&log[..3]);
    world.stores = Stores::WhenTold;
    world.links[0].events.iter_mut().for_each(Vec::clear);
    world.write(0, &log[3]);
    let out = world.links[0].sessions[0].ask(&world.nodes[0]);
    world.carry_out(0, 0, out);
    world.settle();
    assert!(!world.links[0].is_in_step(0));
    world.store(1);
    world.settle();
    assert!(world.links[0].is_in_step(0) && world.links[0].is_in_step(1));
    let said = world.links[0].said[1].len();
    world.write(0, &log[4]);
    world.settle();
    world.store(1);
    world.settle();
    assert_eq!(
        world.links[0].names(1)[said..],
        ["Have"],
        "the question is settled"
    );
}

#[test]
fn receipts_name_what_is_held_in_full() {
    let world = settled(Node::with(1, &line(1, 7)), Node::with(2, &line(2, 3)));
    let rows = |end: usize| {
        let mut rows = Vec::new();
        for event in &world.links[0].events[end] {
            if let Event::PeerHas { rows: more, .. } = event {
                rows.extend(more.iter().copied());
            }
        }
        rows.sort_unstable();
        rows
    };
    let clock = world.nodes[0].chains.clock();
    assert_eq!(rows(0), clock);
    assert_eq!(rows(1), clock);
}

#[test]
fn a_peer_that_is_ahead_is_known_to_lack_nothing_before_its_entries_are_stored() {
    let log = line(1, 3);
    let branch = |salt: u8| entry_after(1, log.last(), vec![salt]);
    let ahead = [log.clone(), vec![branch(1), branch(2)]].concat();
    let mut world = World::new(vec![Node::with(1, &log), Node::with(2, &ahead)]);
    world.stores = Stores::WhenTold;
    world.connect(0, 1);
    world.settle();
    let node = &world.nodes[0];
    assert_eq!(node.entry_count(), 3);
    assert_eq!(world.links[0].sessions[0].peer_lacks(node), Some(0));
}

#[test]
fn live_frames_and_addresses_pass_through_untouched() {
    let mut world = in_step(&line(1, 1));
    let live = world.links[0].sessions[0].live(b"delta".to_vec());
    world.carry_out(0, 0, live);
    let addresses = world.links[0].sessions[0].addresses(b"here".to_vec());
    world.carry_out(0, 0, addresses);
    world.settle();
    for event in [
        Event::Live(b"delta".to_vec()),
        Event::Addresses(b"here".to_vec()),
    ] {
        assert!(world.links[0].events[1].contains(&event));
    }
    let too_long = world.links[0].sessions[0].live(vec![0; LIVE_BYTES_MAX + 1]);
    assert_eq!(too_long.frames.len(), 0);
}

#[test]
fn goodbye_ends_both_sides() {
    let mut world = in_step(&line(1, 1));
    let bye = world.links[0].sessions[0].bye();
    world.carry_out(0, 0, bye);
    world.settle();
    assert_eq!(
        world.links[0].closed,
        [Some(CloseReason::Bye), Some(CloseReason::Bye)]
    );
}

#[test]
fn a_store_that_cannot_be_read_closes_the_session_and_says_so() {
    let log = line(1, 3);
    let mut world = in_step(&log[..2]);
    world.nodes[1].is_broken.set(true);
    world.write(0, &log[2]);
    world.settle();
    assert!(matches!(
        world.links[0].closed[1],
        Some(CloseReason::Store(_))
    ));
    assert!(matches!(
        world.links[0].closed[0],
        Some(CloseReason::RefusedFor(_))
    ));
}

#[test]
fn a_log_that_the_other_side_does_not_take_is_left_out_and_everything_else_goes_on() {
    let mut refusing = Node::new(2);
    refusing.full.insert(device(1));
    let mut giving = Node::with(1, &line(1, 3));
    for entry in line(3, 2) {
        giving.put(&entry);
    }
    let mut world = World::new(vec![giving, refusing]);
    world.connect(0, 1);
    world.settle();
    let full_log = log_of(1).log_id();
    let held = |node: &Node| node.chains.logs().copied().collect::<Vec<_>>();
    assert_eq!(held(&world.nodes[1]), [log_of(3).log_id()]);
    let said = world.links[0].frames(1);
    let declined = said.iter().find_map(|frame| match frame {
        Frame::Have(have) if !have.declined.is_empty() => Some(have.declined.clone()),
        _ => None,
    });
    assert_eq!(declined, Some(vec![full_log]));
    // The session stays open, and what comes later of others still goes.
    let sent = world.links[0].said[0].len();
    let more = line(3, 3);
    world.write(0, &more[2]);
    world.write(0, &line(1, 4)[3]);
    world.settle();
    assert_eq!(world.links[0].names(0)[sent..], ["Entries"]);
    assert_eq!(world.nodes[1].chains.entries(), 3);
    assert_eq!(
        world.links[0].sessions[0].peer_lacks(&world.nodes[0]),
        Some(4),
        "what was not taken has no receipt"
    );
}
