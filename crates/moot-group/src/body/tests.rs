//! Bodies that come back as they went, and bytes that are no body.

use std::collections::BTreeSet;

use moot_log::{DevicePk, KeyId, Kind, SigningKey};
use proptest::prelude::*;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;

use super::*;
use crate::invite::{InvitePk, Purpose};
use crate::limits::CHANGES_BYTES_MAX;
use crate::roster::{CutRow, DeviceAddresses, Genesis, InviteCreate, InviteTerms, Retire};
use crate::testing::NOTEBOOK;
use crate::{KemPk, KemSecret, Reach};

fn change() -> Change {
    Change {
        doc_id: [1; 16],
        origin_log: LogId([2; 32]),
        session: [3; 16],
        changes: vec![vec![7; 300], b"raw".to_vec()],
        carried: vec![Carried {
            log_init: [4; 129],
            frame: vec![5; 200],
        }],
    }
}

fn events() -> Vec<RosterEvent> {
    let (request, seed, _) = crate::request::tests::request();
    let device = DevicePk([6; 32]);
    let reach = Reach {
        peer_id: vec![0, 36, 8, 1],
        addresses: vec!["/ip4/10.0.0.1/tcp/4001".into()],
    };
    let terms = InviteTerms {
        purpose: Purpose::Join,
        mailbox: KemSecret::from_bytes([8; 32]),
        expires_at_ms: -1,
        uses_max: 3,
        needs_confirm: true,
    };
    vec![
        RosterEvent::Genesis(Genesis {
            notebook: NOTEBOOK,
            discovery_key: [1; 32],
            device,
            kem: KemPk([2; 32]),
            name: "Ana".into(),
            device_name: "desk".into(),
            at_ms: 1_700_000_000_000,
            nonce: [3; 16],
        }),
        RosterEvent::InviteCreate(InviteCreate::new(&seed, NOTEBOOK, device, terms)),
        RosterEvent::InviteRevoke(InvitePk([4; 32])),
        RosterEvent::Admit(Box::new(request.clone())),
        RosterEvent::Link(Box::new(request)),
        RosterEvent::Retire(Retire {
            device,
            cut: vec![CutRow {
                log: LogId([1; 32]),
                len: 7,
                tip: EntryId([2; 32]),
            }],
        }),
        RosterEvent::Leave,
        RosterEvent::DeviceKey(KemPk([2; 32])),
        RosterEvent::DeviceAddresses(DeviceAddresses {
            at_ms: 5,
            reach: reach.clone(),
            relays: vec![reach],
        }),
        RosterEvent::DeviceName("phone".into()),
    ]
}

fn bodies() -> Vec<Body> {
    let checkpoint = Checkpoint {
        doc_id: [1; 16],
        heads: [[2; 32], [1; 32]].into(),
        changes: vec![vec![3; 9]],
    };
    let after: BTreeSet<EntryId> = [EntryId([9; 32]), EntryId([8; 32])].into();
    [Content::Change(change()), Content::Checkpoint(checkpoint)]
        .into_iter()
        .chain(events().into_iter().map(Content::Roster))
        .map(|content| Body {
            after: after.clone(),
            content,
        })
        .collect()
}

#[test]
fn every_body_comes_back_as_it_went() {
    for body in bodies() {
        let bytes = body.encode().unwrap();
        let again = Body::decode(&bytes).unwrap();
        assert_eq!(again, body);
        assert_eq!(
            again.encode().unwrap(),
            bytes,
            "equal bodies have equal bytes"
        );
    }
}

#[test]
fn a_sealed_body_opens_from_its_entry_alone() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let key = EpochKey::generate(&mut rng);
    let signing = SigningKey::from_bytes(&[7; 32]);
    let log_id = LogId([1; 32]);
    let draft = Draft {
        kind: Kind::Sealed,
        log_id,
        seq: 0,
        prev: EntryId(log_id.0),
        key_id: key.id(),
    };
    let body = &bodies()[0];
    let sealed = body.seal(&key, &draft, &mut rng).unwrap();
    let entry = Entry::sign(&draft, sealed.clone(), &signing).unwrap();
    assert_eq!(Body::open(&key, &entry).as_ref(), Ok(body));
    let moved = Draft {
        seq: 1,
        ..draft.clone()
    };
    let moved = Entry::sign(&moved, sealed, &signing).unwrap();
    assert_eq!(
        Body::open(&key, &moved),
        Err(BodyError::Open(OpenError::Sealed))
    );
    let other = Draft {
        key_id: KeyId([1; 32]),
        ..draft
    };
    assert_eq!(
        body.seal(&key, &other, &mut rng),
        Err(EncodeError::OtherKey)
    );
}

#[test]
fn kinds_and_keys_of_a_newer_program_are_passed_over() {
    let read = |bytes: &[u8]| Body::decode(bytes).map(|body| body.content);
    assert_eq!(
        read(&[0xa2, 0, 9, 2, 0xf5]),
        Ok(Content::Unknown { kind: 9 })
    );
    assert_eq!(
        read(&[0xa1, 0, 0x18, 40]),
        Ok(Content::Roster(RosterEvent::Unknown(40)))
    );
    assert_eq!(
        read(&[0xa1, 0, 0x18, 64]),
        Ok(Content::Unknown { kind: 64 })
    );
    let nested = [0xa3, 0, 22, 2, 0xa1, 5, 0x81, 0xa0, 0x18, 99, 0x9f, 1, 0xff];
    assert_eq!(read(&nested), Ok(Content::Roster(RosterEvent::Leave)));
}

#[test]
fn a_key_that_comes_twice_or_out_of_order_is_refused() {
    for bytes in [
        &[0xa2, 0, 22, 0, 22][..],
        &[0xa2, 1, 0x80, 0, 22],
        &[0xa1, 1, 0x80],
        &[0xa0],
        &[],
    ] {
        assert!(Body::decode(bytes).is_err(), "{bytes:x?}");
    }
}

#[test]
fn a_body_over_a_limit_is_not_written() {
    let body = |content| Body {
        after: BTreeSet::new(),
        content,
    };
    let encode = |change| body(Content::Change(change)).encode();
    let many = Change {
        changes: vec![vec![0; CHANGES_BYTES_MAX]],
        ..change()
    };
    assert!(matches!(encode(many), Err(EncodeError::TooMany(_))));
    let carried = vec![
        Carried {
            log_init: [0; 129],
            frame: vec![0; LIVE_BYTES_MAX]
        };
        4
    ];
    assert!(matches!(
        encode(Change {
            carried,
            ..change()
        }),
        Err(EncodeError::TooLong(_))
    ));
    let after = (0..=1_024_u32)
        .map(|at| EntryId(blake3::hash(&at.to_be_bytes()).into()))
        .collect();
    let heads = Body {
        after,
        content: Content::Roster(RosterEvent::Leave),
    };
    assert_eq!(
        heads.encode(),
        Err(EncodeError::OverLimit("the list of roster heads"))
    );
    let name = body(Content::Roster(RosterEvent::DeviceName("n".repeat(257))));
    assert_eq!(
        name.encode(),
        Err(EncodeError::OverLimit("the device's name"))
    );
}

#[test]
fn a_change_that_unpacks_over_the_limit_is_refused() {
    let bomb = miniz_oxide::deflate::compress_to_vec(&vec![0; 32 << 20], 9);
    let packed = [&[1], bomb.as_slice()].concat();
    let content = change().write(&packed).unwrap();
    let plaintext = frame(CHANGE, &BTreeSet::new(), &content).unwrap();
    assert!(plaintext.len() < 64 << 10);
    assert!(Body::decode(&plaintext).is_err());
}

#[test]
fn every_truncation_is_refused() {
    for body in bodies() {
        let bytes = body.encode().unwrap();
        for len in 0..bytes.len() {
            assert!(
                Body::decode(&bytes[..len]).is_err(),
                "{len} bytes of {body:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Body::decode(&bytes);
    }

    #[test]
    fn altered_bodies_never_panic_and_what_is_read_can_be_written(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        value: u8,
    ) {
        let bodies = bodies();
        let mut bytes = which.get(&bodies).encode().unwrap();
        let at = at.index(bytes.len());
        bytes[at] = value;
        if let Ok(body) = Body::decode(&bytes) {
            match body.encode() {
                Ok(again) => prop_assert_eq!(Body::decode(&again).unwrap(), body),
                Err(error) => prop_assert_eq!(error, EncodeError::UnknownKind),
            }
        }
    }
}
