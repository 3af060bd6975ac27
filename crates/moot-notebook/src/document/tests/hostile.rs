//! Every change that a member could sign and no honest program would make: refused, with what follows it.

use automerge::ObjType;
use automerge::ScalarValue;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};
use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::craft::{self, Craft};
use super::{ANA, BEN, CLEO, edit, give, incoming, splice, state, title};
use crate::document::Document;
use crate::id::{ActorId, ChangeHash};
use crate::outcome::{Quarantined, Refusal};

const MALLORY: ActorId = ActorId([7; 16]);

/// A document with the text "ab" by Ana.
fn started() -> Document {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "ab")]);
    document
}

/// Refuses `bytes` and what follows them, and leaves everything else as it was.
fn check_refused(bytes: &[u8], why: &Refusal) {
    let mut document = started();
    let before = (document.text(), document.version());
    let hash = ChangeHash::of_chunk(bytes);
    let mut follower = Craft::first(&document, BEN);
    follower.deps = vec![hash];
    let follower = follower.bytes();
    let got = document.ingest(&[incoming(&follower, BEN), incoming(bytes, MALLORY)]);
    let follows = Quarantined {
        hash: ChangeHash::of_chunk(&follower),
        why: Refusal::Follows,
    };
    let mut expected = vec![
        Quarantined {
            hash,
            why: why.clone(),
        },
        follows,
    ];
    expected.sort();
    assert_eq!(document.quarantined(), expected);
    assert_eq!(got.quarantined.len(), 2);
    assert_eq!((got.applied, got.pending), (vec![], vec![]));
    assert_eq!((document.text(), document.version()), before);
    assert_eq!(document.read_only(), None);
    edit(&mut document, ANA, &[splice(0, 0, "still writable ")]);
}

fn check_ops_refused(ops: Vec<Op>, why: &Refusal) {
    check_refused(
        &Craft::first(&started(), MALLORY).with_ops(ops).bytes(),
        why,
    );
}

#[test]
fn the_crafted_change_is_sound_before_it_is_spoilt() {
    let mut document = started();
    let change = Craft::first(&document, MALLORY).bytes();
    assert_eq!(
        document.ingest(&[incoming(&change, MALLORY)]).applied,
        [ChangeHash::of_chunk(&change)]
    );
    assert_eq!(document.text(), "xab");
}

#[test]
fn the_change_that_panics_the_library_is_refused() {
    let mut gap = Craft::first(&started(), MALLORY);
    gap.seq = 5;
    check_refused(
        &gap.bytes(),
        &Refusal::Seq {
            found: 5,
            expected: 1,
        },
    );
    let alone = craft::by_hand(
        &[],
        MALLORY,
        &[5, 1, 0],
        &[
            (0x15, &[0x7f, 1, b'a']),
            (0x34, &[1]),
            (0x42, &[0x7f, 1]),
            (0x56, &[0x7f, 0]),
            (0x70, &[0x7f, 0]),
        ],
    );
    assert_eq!(alone.len(), 54);
    check_refused(
        &alone,
        &Refusal::Malformed {
            what: "first change",
        },
    );
}

#[test]
fn a_run_length_bomb_is_refused_before_it_is_unrolled() {
    for count in [
        &[0xc0, 0x84, 0x3d][..],
        &[0x80, 0xad, 0xe2, 0x04],
        &[0xff; 8],
    ] {
        let with = |rest: &[u8]| {
            let mut run = count.to_vec();
            if count.len() == 8 {
                run.push(0);
            }
            run.extend_from_slice(rest);
            run
        };
        let bomb = craft::by_hand(
            &started().heads(),
            MALLORY,
            &[1, 5, 0],
            &[
                (0x15, &with(&[1, b'a'])),
                (0x34, &with(&[])),
                (0x42, &with(&[1])),
                (0x56, &with(&[0])),
                (0x70, &with(&[0])),
            ],
        );
        check_refused(&bomb, &Refusal::TooManyOps);
    }
}

#[test]
fn one_operation_too_many_is_refused_and_the_limit_is_not() {
    let many = |count: usize| {
        Craft::first(&started(), MALLORY)
            .with_ops(vec![craft::insert(ElementId::Head, "x"); count])
            .bytes()
    };
    let mut document = started();
    assert_eq!(
        document
            .ingest(&[incoming(&many(5_000), MALLORY)])
            .applied
            .len(),
        1
    );
    check_refused(&many(5_001), &Refusal::TooManyOps);
}

#[test]
fn compressed_chunks_documents_and_bundles_are_refused() {
    let mut bytes = Craft::first(&started(), MALLORY).bytes();
    for kind in [0, 2, 3, 4] {
        bytes[8] = kind;
        check_refused(&bytes, &Refusal::Malformed { what: "chunk type" });
    }
    let deflated = craft::by_hand(&started().heads(), MALLORY, &[1, 5, 0], &[(0x15 | 8, &[0])]);
    check_refused(
        &deflated,
        &Refusal::Malformed {
            what: "compressed column",
        },
    );
}

#[test]
fn first_operations_out_of_place_are_refused() {
    for found in [1, 4, 6, 0xffff_fffe] {
        let mut change = Craft::first(&started(), MALLORY);
        change.start_op = found;
        check_refused(&change.bytes(), &Refusal::StartOp { found, expected: 5 });
    }
    let huge = craft::by_hand(
        &started().heads(),
        MALLORY,
        &[
            1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 0,
        ],
        &[],
    );
    check_refused(&huge, &Refusal::Malformed { what: "numbers" });
}

/// Story: the difference of two extreme times overflowed inside the library, which left a document read-only.
#[test]
fn times_no_clock_shows_are_refused_and_wrong_clocks_are_not() {
    for at_ms in [i64::MIN, i64::MAX, (1 << 53) + 1] {
        let mut change = Craft::first(&started(), MALLORY);
        change.at_ms = at_ms;
        check_refused(&change.bytes(), &Refusal::Malformed { what: "time" });
    }
    let mut document = started();
    for (actor, at_ms) in [(MALLORY, -(1 << 53)), (BEN, 1 << 53)] {
        let mut change = Craft::first(&started(), actor);
        change.at_ms = at_ms;
        assert_eq!(
            document
                .ingest(&[incoming(&change.bytes(), actor)])
                .applied
                .len(),
            1
        );
    }
    document.snapshot().unwrap();
}

#[test]
fn what_surrounds_a_chunk_must_fit() {
    let good = Craft::first(&started(), MALLORY).bytes();
    let mut longer = good.clone();
    longer.push(0);
    check_refused(&longer, &Refusal::Malformed { what: "length" });
    let mut twice = good.clone();
    twice.extend_from_slice(&good);
    check_refused(&twice, &Refusal::Malformed { what: "length" });
    let mut spoilt = good.clone();
    spoilt[4] ^= 1;
    check_refused(&spoilt, &Refusal::Checksum);
    check_refused(&[], &Refusal::Malformed { what: "frame" });
    check_refused(
        &vec![0; 200 * 1024],
        &Refusal::TooLarge { bytes: 200 * 1024 },
    );
}

#[test]
fn a_spoilt_copy_does_not_take_the_good_change_with_it() {
    let mut document = started();
    let good = Craft::first(&document, MALLORY).bytes();
    let mut spoilt = good.clone();
    spoilt[4] ^= 1;
    document.ingest(&[incoming(&spoilt, BEN)]);
    assert_eq!(
        document.ingest(&[incoming(&good, MALLORY)]).applied.len(),
        1
    );
}

#[test]
fn messages_authors_and_other_baggage_are_refused() {
    let mut change = Craft::first(&started(), MALLORY);
    change.message = Some("hello".to_owned());
    check_refused(&change.bytes(), &Refusal::Extra);
    change.message = None;
    change.extra = vec![1, 3, b'A', b'n', b'a'];
    check_refused(&change.bytes(), &Refusal::Extra);
    check_ops_refused(vec![], &Refusal::Empty);
}

#[test]
fn another_actors_name_is_refused_and_does_not_spoil_the_real_thing() {
    let mut document = started();
    let bens = Craft::first(&document, BEN).bytes();
    let hash = ChangeHash::of_chunk(&bens);
    let got = document.ingest(&[incoming(&bens, MALLORY)]);
    let why = Refusal::WrongActor {
        claimed: BEN,
        proven: MALLORY,
    };
    assert_eq!(got.quarantined, [Quarantined { hash, why }]);
    assert_eq!(document.ingest(&[incoming(&bens, BEN)]).applied, [hash]);
    assert_eq!(
        document
            .ingest(&[incoming(&bens, MALLORY)])
            .quarantined
            .len(),
        1,
        "applied, and still misposted"
    );
}

#[test]
fn a_fact_cannot_be_overwritten_or_taken_out() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[state(&[], 1, title("Ours"))]);
    let key = document.facts().keys().next().unwrap().to_string();
    let bytes = document.facts().values().next().unwrap().bytes.clone();
    let over = |action, value: Option<ScalarValue>| {
        let mut op = craft::fact(&key, &bytes);
        op.pred = vec![craft::op_id(3, ANA)].into();
        op.action = value.map_or(action, OpType::Put);
        op
    };
    let attempts = [
        over(OpType::Delete, None),
        over(OpType::Delete, Some(ScalarValue::Bytes(bytes.clone()))),
        over(OpType::Delete, Some(ScalarValue::counter(1))),
        over(OpType::Increment(1), None),
    ];
    for op in attempts {
        let change = Craft::first(&document, MALLORY).with_ops(vec![op]).bytes();
        let mut copy = document.clone();
        let got = copy.ingest(&[incoming(&change, MALLORY)]);
        assert_eq!(got.quarantined[0].why, Refusal::Overwrites { index: 0 });
        assert_eq!(copy.facts(), document.facts());
    }
}

#[test]
fn a_fact_under_another_id_is_refused() {
    let (short, zero) = (
        Refusal::Operation { index: 0 },
        Refusal::FactId { index: 0 },
    );
    check_ops_refused(vec![craft::fact(&"0".repeat(32), b"fact")], &zero);
    check_ops_refused(vec![craft::fact("title", b"fact")], &zero);
    let own = crate::id::FactId::of_bytes(b"fact")
        .to_string()
        .to_uppercase();
    check_ops_refused(vec![craft::fact(&own, b"fact")], &zero);
    check_ops_refused(vec![craft::own_fact(&vec![0; 17 * 1024])], &zero);
    for value in [
        ScalarValue::Null,
        ScalarValue::Str("fact".into()),
        ScalarValue::counter(1),
        ScalarValue::F64(f64::NAN),
    ] {
        let op = craft::put(
            craft::base_object(1),
            Key::Map("0".repeat(32).into()),
            value,
            false,
        );
        check_ops_refused(vec![op], &short);
    }
    let op = craft::put(
        craft::base_object(1),
        Key::Seq(ElementId::Head),
        ScalarValue::Bytes(vec![1]),
        true,
    );
    check_ops_refused(vec![op], &short);
}

#[test]
fn operations_elsewhere_than_facts_and_text_are_refused() {
    let refused = Refusal::Operation { index: 0 };
    let root = |key: &str, action| Op {
        action,
        obj: ObjectId::Root,
        key: Key::Map(key.into()),
        pred: vec![].into(),
        insert: false,
    };
    check_ops_refused(vec![root("votes", OpType::Make(ObjType::Map))], &refused);
    check_ops_refused(vec![root("body", OpType::Make(ObjType::Text))], &refused);
    let mut replace = root("body", OpType::Delete);
    replace.pred = vec![craft::op_id(2, crate::base::ACTOR)].into();
    check_ops_refused(vec![replace], &refused);
    let other = ObjectId::Id(craft::op_id(3, ANA));
    check_ops_refused(
        vec![craft::put(
            other,
            Key::Seq(ElementId::Head),
            ScalarValue::Str("x".into()),
            true,
        )],
        &refused,
    );
}

#[test]
fn text_is_single_characters_put_in_and_taken_out() {
    let refused = Refusal::Operation { index: 0 };
    let body = || craft::base_object(2);
    for text in ["", "xy", "e\u{301}"] {
        check_ops_refused(vec![craft::insert(ElementId::Head, text)], &refused);
    }
    let values = [
        ScalarValue::Null,
        ScalarValue::Int(1),
        ScalarValue::Bytes(vec![b'x']),
        ScalarValue::counter(1),
    ];
    for value in values {
        check_ops_refused(
            vec![craft::put(body(), Key::Seq(ElementId::Head), value, true)],
            &refused,
        );
    }
    let mut block = craft::insert(ElementId::Head, "x");
    block.action = OpType::Make(ObjType::Map);
    check_ops_refused(vec![block], &refused);
    let mut mark = craft::insert(ElementId::Head, "x");
    mark.action = OpType::MarkEnd(true);
    check_ops_refused(vec![mark], &refused);
    let mut overwrite = craft::delete(craft::op_id(3, ANA));
    overwrite.action = OpType::Put(ScalarValue::Str("y".into()));
    check_ops_refused(vec![overwrite], &refused);
    check_ops_refused(
        vec![craft::put(
            body(),
            Key::Map("x".into()),
            ScalarValue::Str("y".into()),
            false,
        )],
        &refused,
    );
    let mut no_pred = craft::delete(craft::op_id(3, ANA));
    no_pred.pred = vec![].into();
    check_ops_refused(vec![no_pred], &refused);
    let mut two = craft::delete(craft::op_id(3, ANA));
    two.pred = vec![craft::op_id(3, ANA), craft::op_id(4, ANA)].into();
    check_ops_refused(vec![two], &refused);
    let mut stretched = craft::insert(ElementId::Head, "x");
    stretched.pred = vec![craft::op_id(3, ANA)].into();
    check_ops_refused(vec![stretched], &refused);
}

#[test]
fn operations_on_what_the_past_does_not_hold_are_refused() {
    let refused = Refusal::Reference { index: 0 };
    let unknown = [
        craft::op_id(99, ANA),
        craft::op_id(3, CLEO),
        craft::op_id(1, crate::base::ACTOR),
        craft::op_id(5, MALLORY),
        craft::op_id(6, MALLORY),
        craft::op_id(4_000_000_000, MALLORY),
    ];
    for id in unknown {
        check_ops_refused(
            vec![craft::insert(ElementId::Id(id.clone()), "x")],
            &refused,
        );
        check_ops_refused(vec![craft::delete(id)], &refused);
    }
    let fact_then_delete = vec![
        craft::own_fact(b"fact"),
        craft::delete(craft::op_id(5, MALLORY)),
    ];
    check_ops_refused(fact_then_delete, &Refusal::Reference { index: 1 });
}

#[test]
fn a_character_put_in_apart_is_not_in_the_past() {
    let mut document = started();
    let apart = document.clone();
    let bens = edit(&mut document, BEN, &[splice(2, 0, "c")]);
    let change = Craft::first(&apart, MALLORY)
        .with_ops(vec![craft::delete(craft::op_id(5, BEN))])
        .bytes();
    let got = document.ingest(&[incoming(&change, MALLORY)]);
    assert_eq!(got.quarantined[0].why, Refusal::Reference { index: 0 });
    let mut other = apart.clone();
    assert_eq!(
        other.ingest(&[incoming(&change, MALLORY)]).quarantined[0].why,
        Refusal::Reference { index: 0 }
    );
    assert_eq!(give(&mut other, BEN, &bens).applied.len(), 1);
}

#[test]
fn deps_must_be_few_and_in_order() {
    let document = started();
    let good = Craft::first(&document, MALLORY);
    let mut many = good.clone();
    many.deps = (0..1_025_u32)
        .map(|n| {
            ChangeHash(std::array::from_fn(|i| {
                if i < 4 { n.to_be_bytes()[i] } else { 0 }
            }))
        })
        .collect();
    check_refused(&many.bytes(), &Refusal::TooManyDeps { deps: 1_025 });
    let twice = [document.heads(), document.heads()].concat();
    let bytes = craft::by_hand(&twice, MALLORY, &[1, 5, 0], &[]);
    check_refused(
        &bytes,
        &Refusal::Malformed {
            what: "order of deps",
        },
    );
    let mut none = good;
    none.deps = vec![];
    check_refused(
        &none.bytes(),
        &Refusal::Malformed {
            what: "first change",
        },
    );
}

#[test]
fn a_change_that_is_not_encoded_the_one_way_is_refused() {
    // "x" as a literal run of one is the one way; here it is a run of one, twice.
    let base = crate::base::ACTOR;
    let mut data = Vec::new();
    let heads = started().heads();
    craft::push_number(&mut data, heads.len());
    data.extend_from_slice(heads[0].as_bytes());
    data.push(16);
    data.extend_from_slice(MALLORY.as_bytes());
    data.extend([1, 5, 0, 0, 1, 16]);
    data.extend_from_slice(base.as_bytes());
    let columns: [(u8, &[u8]); 8] = [
        (0x01, &[0x7f, 1]),
        (0x02, &[0x7f, 2]),
        (0x13, &[0x7f, 0]),
        (0x34, &[0, 1]),
        (0x42, &[0x01, 1]),
        (0x56, &[0x7f, 0x16]),
        (0x57, b"x"),
        (0x70, &[0x7f, 0]),
    ];
    data.push(8);
    for (spec, column) in columns {
        data.extend([spec, craft::low_byte(column.len())]);
    }
    for (_, column) in columns {
        data.extend_from_slice(column);
    }
    check_refused(&craft::chunk(&data), &Refusal::NotCanonical);
}

/// Story: a member's program writes garbage with right checksums, thousands of times. Nothing may panic, hang, or make
/// a snapshot that cannot be loaded.
#[test]
fn mutated_changes_never_escape_and_never_spoil_a_snapshot() {
    let mut document = started();
    let apart = document.clone();
    let mut typed = apart.clone();
    let one = edit(
        &mut typed,
        BEN,
        &[
            splice(1, 1, "Hello, wörld 🦊\r\n"),
            state(&[], 1, title("T")),
        ],
    );
    let two = edit(
        &mut typed,
        BEN,
        &[splice(3, 4, "more"), state(&[], 2, title("U"))],
    );
    let targets = [
        one[0].bytes.clone(),
        two[0].bytes.clone(),
        Craft::first(&apart, BEN).bytes(),
    ];
    give(&mut document, BEN, &one);
    let mut random = ChaCha8Rng::seed_from_u64(42);
    let (mut applied, mut refused, mut pending) = (0, 0, 0);
    for round in 0..12_000_usize {
        let mut bytes = targets[round % targets.len()].clone();
        let from = bytes.len() - craft::inside(&bytes).len();
        for _ in 0..=random.next_u32() % 3 {
            let at = from + random.next_u32() as usize % (bytes.len() - from);
            bytes[at] = (random.next_u32() & 0xff) as u8;
        }
        let bytes = craft::repaired(&bytes);
        let mut copy = if round % 2 == 0 {
            apart.clone()
        } else {
            document.clone()
        };
        let got = copy.ingest(&[incoming(&bytes, BEN)]);
        assert_eq!(copy.read_only(), None, "round {round}");
        applied += got.applied.len();
        refused += got.quarantined.len();
        pending += got.pending.len();
        if !got.applied.is_empty() {
            let again = Document::load(&copy.snapshot().unwrap()).unwrap();
            assert_eq!(
                (again.text(), again.version()),
                (copy.text(), copy.version()),
                "round {round}"
            );
        }
    }
    assert!(
        applied > 20 && refused > 5_000 && pending > 500,
        "{applied} applied, {refused} refused, {pending} pending"
    );
}
