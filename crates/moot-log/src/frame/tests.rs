//! What frames must refuse and what they must pass over, in bytes written by hand.

use minicbor::Encoder;

use super::*;
use crate::limits::{ENTRIES_MAX, ROWS_MAX, TEXT_BYTES_MAX};

/// A frame of a type, with a map written by hand.
fn by_hand(kind: u32, fill: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(2).unwrap().u32(kind).unwrap();
    fill(&mut encoder);
    encoder.into_writer()
}

fn is_malformed(bytes: &[u8]) -> bool {
    matches!(Frame::decode(bytes), Err(FrameError::Malformed { .. }))
}

#[test]
fn a_type_that_is_not_known_is_skipped_whatever_it_holds() {
    for kind in [0, 16, 17, u32::MAX] {
        let bytes = by_hand(kind, |map| {
            map.writer_mut().extend([0xff; 9]);
        });
        assert_eq!(Frame::decode(&bytes), Ok(None), "{kind}");
    }
}

#[test]
fn a_field_that_is_not_known_is_passed_over() {
    let bytes = by_hand(8, |map| {
        map.map(3).unwrap();
        map.u32(0).unwrap().u64(5).unwrap();
        map.u32(99)
            .unwrap()
            .array(2)
            .unwrap()
            .str("new")
            .unwrap()
            .null()
            .unwrap();
        map.u32(1).unwrap().u32(2).unwrap();
    });
    let proof = BranchProof {
        number: 5,
        held: Some(2),
    };
    assert_eq!(Frame::decode(&bytes), Ok(Some(Frame::BranchProof(proof))));
}

#[test]
fn a_field_that_must_be_there_is_missed() {
    for kind in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13] {
        let bytes = by_hand(kind, |map| {
            map.map(0).unwrap();
        });
        assert!(is_malformed(&bytes), "type {kind}");
    }
}

#[test]
fn a_list_is_refused_by_its_stated_length_before_anything_of_it_is_read() {
    let lists: [(u32, u32, usize); 6] = [
        (1, 0, VERSIONS_MAX),
        (4, 0, ROWS_MAX),
        (5, 4, ENTRIES_MAX),
        (5, 5, ENTRIES_MAX),
        (6, 1, ROWS_MAX),
        (7, 2, PROBE_IDS_MAX),
    ];
    for (kind, field, max) in lists {
        for len in [max as u64 + 1, u64::MAX] {
            let bytes = by_hand(kind, |map| {
                map.map(1).unwrap().u32(field).unwrap().array(len).unwrap();
            });
            let header = bytes.len();
            let refused_at = match Frame::decode(&bytes) {
                Err(FrameError::Malformed { at, .. }) => at,
                other => panic!("{other:?}"),
            };
            assert_eq!(
                refused_at, header,
                "type {kind} field {field}: at the length itself"
            );
        }
    }
}

#[test]
fn a_list_holds_as_much_as_its_limit_and_no_more() {
    let hello = |len| Hello {
        versions: vec![1; len],
        nonce: [0; 32],
    };
    let probe = |len| Probe {
        number: 0,
        log: LogId([0; 32]),
        ids: vec![EntryId([0; 32]); len],
    };
    let row = PeerRow {
        log: Named::Short([0; 8]),
        len: 1,
        tip: Named::Short([0; 8]),
    };
    let clock = |len| ClockFrame {
        rows: vec![row; len],
        more: false,
        full: false,
    };
    let pairs = [
        [VERSIONS_MAX, VERSIONS_MAX + 1].map(|len| Frame::Hello(hello(len))),
        [PROBE_IDS_MAX, PROBE_IDS_MAX + 1].map(|len| Frame::Probe(probe(len))),
        [ROWS_MAX, ROWS_MAX + 1].map(|len| Frame::Clock(clock(len))),
    ];
    for [full, over] in pairs {
        assert!(Frame::decode(&full.encode()).is_ok(), "{}", full.name());
        assert!(is_malformed(&over.encode()), "{}", over.name());
    }
}

#[test]
fn a_list_without_a_stated_length_is_refused() {
    let bytes = by_hand(1, |map| {
        map.map(1).unwrap().u32(0).unwrap().begin_array().unwrap();
        map.u32(1).unwrap().end().unwrap();
    });
    assert!(is_malformed(&bytes));
}

#[test]
fn a_content_or_text_over_its_limit_is_refused() {
    let content = |kind, len| {
        by_hand(kind, |map| {
            map.map(1)
                .unwrap()
                .u32(0)
                .unwrap()
                .bytes(&vec![0; len])
                .unwrap();
        })
    };
    for (kind, max) in [
        (9, LIVE_BYTES_MAX),
        (10, JOIN_BYTES_MAX),
        (12, ADDRESSES_BYTES_MAX),
        (13, RELAY_BYTES_MAX),
    ] {
        assert!(Frame::decode(&content(kind, max)).is_ok_and(|frame| frame.is_some()));
        assert!(is_malformed(&content(kind, max + 1)), "type {kind}");
    }
    for kind in [11, 14] {
        let text = by_hand(kind, |map| {
            let text = "a".repeat(TEXT_BYTES_MAX + 1);
            map.map(1).unwrap().u32(1).unwrap().str(&text).unwrap();
        });
        assert!(is_malformed(&text), "type {kind}");
    }
}

#[test]
fn a_name_has_eight_or_thirty_two_bytes() {
    for len in [0, 7, 9, 31, 33] {
        let bytes = by_hand(4, |map| {
            map.map(1).unwrap().u32(0).unwrap().array(1).unwrap();
            map.array(3).unwrap().bytes(&vec![0; len]).unwrap();
            map.u64(1).unwrap().bytes(&[0; 8]).unwrap();
        });
        assert!(is_malformed(&bytes), "{len} bytes");
    }
}

#[test]
fn nesting_without_end_is_refused_without_harm() {
    for opening in [0x81, 0x9f, 0xa1, 0xbf, 0xc1] {
        let mut bytes = by_hand(15, |map| {
            map.map(1).unwrap().u32(7).unwrap();
        });
        bytes.resize(FRAME_BYTES_MAX, opening);
        assert!(Frame::decode(&bytes).is_err(), "{opening:#x}");
    }
}

#[test]
fn a_text_is_cut_where_a_letter_ends() {
    assert_eq!(cut_text("short"), "short");
    let long = format!("a{}", "é".repeat(TEXT_BYTES_MAX));
    assert_eq!(cut_text(&long).len(), TEXT_BYTES_MAX - 1);
}
