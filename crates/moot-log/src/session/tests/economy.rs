//! What a session costs: few bytes in step, and otherwise by logs and by difference, whatever the history.

use proptest::prelude::*;

use super::node::{Node, line};
use super::wire::{World, settled};
use crate::entry::Entry;
use crate::frame::Frame;

/// Bytes that any session may take: hello, proofs, digests.
const SESSION_BYTES: usize = 800;
/// Bytes for each chain, both ways: a row of 22 to 27 bytes each way, and receipts.
const CHAIN_BYTES: usize = 60 + 80;
/// Bytes for each entry that one side lacks: itself with a body of 8 bytes and, at worst, a frame of its own with the head of
/// its log, and a receipt.
const ENTRY_BYTES: usize = 90;
const RUN_BYTES: usize = 400;

/// Logs of which the second node lacks the last few entries.
fn behind(logs: u8, history: usize, lacking: usize) -> World {
    let full: Vec<Entry> = (1..=logs).flat_map(|n| line(n, history)).collect();
    let lacks = |entry: &&Entry| {
        let seq = usize::try_from(entry.header().seq).unwrap();
        entry.header().log_id == super::wire::log_id(1) && seq >= history - lacking
    };
    let part: Vec<Entry> = full.iter().filter(|entry| !lacks(entry)).cloned().collect();
    settled(Node::with(1, &full), Node::with(2, &part))
}

#[test]
fn in_step_takes_less_than_a_kilobyte_whatever_the_history() {
    let mut seen = Vec::new();
    for (logs, history) in [(1, 1), (20, 5), (20, 100)] {
        let entries: Vec<Entry> = (1..=logs).flat_map(|n| line(n, history)).collect();
        let world = settled(Node::with(1, &entries), Node::with(2, &entries));
        world.assert_in_step();
        assert_eq!(world.links[0].names(0), ["Hello", "Prove", "Digest"]);
        assert_eq!(world.links[0].names(1), ["Hello", "Prove", "Digest"]);
        seen.push(world.links[0].bytes());
    }
    assert!(seen.iter().all(|bytes| *bytes == seen[0]), "{seen:?}");
    assert!(seen[0] <= 512, "{seen:?}");
}

#[test]
fn the_cost_does_not_grow_with_the_history() {
    let short = behind(20, 50, 10).links[0].bytes();
    let long = behind(20, 400, 10).links[0].bytes();
    // A length over 255 takes two bytes more.
    assert!(long <= short + 2 * 2 * 20, "{short} and then {long}");
    assert!(long <= 3_500, "{long}");
}

#[test]
fn a_clock_is_sent_by_each_side_once_and_only_in_short() {
    let world = behind(20, 20, 3);
    for end in 0..2 {
        let clocks: Vec<Frame> = world.links[0]
            .frames(end)
            .into_iter()
            .filter(|frame| matches!(frame, Frame::Clock(_)))
            .collect();
        assert_eq!(clocks.len(), 1);
        assert!(clocks[0].encode().len() <= 20 * 27 + 20);
    }
}

#[test]
fn an_entry_on_the_wire_costs_less_than_eighty_bytes_over_its_body() {
    let entries = line(1, 1_000);
    let frame = crate::frame::Entries::pack(None, &entries).unwrap();
    let bytes = Frame::Entries(frame).encode().len();
    assert!(bytes <= 1_000 * (72 + 8) + 200, "{bytes}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn bytes_are_bounded_by_logs_and_by_difference(lens in proptest::collection::vec((0usize..30, 0usize..30), 1..8)) {
        let logs: Vec<Vec<Entry>> = (1u8..)
            .zip(&lens)
            .map(|(n, (a, b))| line(n, *a.max(b)))
            .collect();
        let held = |side: usize| -> Vec<Entry> {
            let parts = logs.iter().zip(&lens);
            parts.flat_map(|(log, (a, b))| log[..[*a, *b][side]].to_vec()).collect()
        };
        let world = settled(Node::with(1, &held(0)), Node::with(2, &held(1)));
        world.assert_in_step();
        let difference: usize = lens.iter().map(|(a, b)| a.abs_diff(*b)).sum();
        let runs = lens.iter().filter(|(a, b)| a != b).count();
        let bound = SESSION_BYTES + CHAIN_BYTES * lens.len() + ENTRY_BYTES * difference + RUN_BYTES * runs;
        prop_assert!(world.links[0].bytes() <= bound, "{} of {bound}", world.links[0].bytes());
    }
}

#[test]
fn what_a_device_wrote_beyond_its_share_is_sent_last() {
    let logs: Vec<Entry> = (1..=4).flat_map(|n| line(n, 3)).collect();
    for muted in 1..=4 {
        let mut full = Node::with(1, &logs);
        full.last.insert(super::wire::log_id(muted));
        let world = settled(full, Node::new(2));
        world.assert_in_step();
        let sent: Vec<Frame> = world.links[0].frames(0);
        let last = sent.iter().rev().find_map(|frame| match frame {
            Frame::Entries(entries) => Some(entries.clone()),
            _ => None,
        });
        let rebuilt = last.unwrap().rebuild(super::wire::log_id(muted));
        assert_eq!(
            rebuilt.unwrap()[0].header().log_id,
            super::wire::log_id(muted)
        );
    }
}
