//! What an entry must refuse, and that its bytes never change on the way.

use super::*;

fn key() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn device() -> DevicePk {
    DevicePk(key().verifying_key().to_bytes())
}

fn draft() -> Draft {
    let log_id = LogId([1; 32]);
    Draft {
        kind: Kind::Sealed,
        log_id,
        seq: 3,
        prev: EntryId([2; 32]),
        key_id: KeyId([3; 32]),
    }
}

fn entry() -> Entry {
    Entry::sign(&draft(), b"sealed".to_vec(), &key()).unwrap()
}

#[test]
fn a_signed_entry_decodes_to_itself_and_verifies() {
    let entry = entry();
    let again = Entry::decode(entry.header_bytes(), entry.body().to_vec()).unwrap();
    assert_eq!(again, entry);
    assert_eq!(again.verify(&draft().log_id, &device()), Ok(()));
}

#[test]
fn any_changed_bit_of_the_header_is_refused() {
    let entry = entry();
    for at in 0..HEADER_BYTES {
        let mut bytes = *entry.header_bytes();
        bytes[at] ^= 0x40;
        let verdict = Entry::decode(&bytes, entry.body().to_vec())
            .and_then(|entry| entry.verify(&draft().log_id, &device()));
        assert!(verdict.is_err(), "byte {at}");
    }
}

#[test]
fn a_changed_truncated_or_longer_body_is_refused() {
    let entry = entry();
    let decode = |body: &[u8]| Entry::decode(entry.header_bytes(), body.to_vec());
    assert_eq!(decode(b"sealeD"), Err(EntryError::BodyHash));
    assert_eq!(
        decode(b"seale"),
        Err(EntryError::BodyLength {
            expected: 6,
            found: 5
        })
    );
    assert_eq!(
        decode(b"sealed!"),
        Err(EntryError::BodyLength {
            expected: 6,
            found: 7
        })
    );
}

#[test]
fn a_header_of_another_length_is_refused() {
    assert_eq!(
        Entry::decode(&[0; 207], vec![]),
        Err(EntryError::HeaderLength(207))
    );
}

#[test]
fn a_body_over_the_limit_is_refused_by_the_header_alone() {
    let mut bytes = *entry().header_bytes();
    bytes[108..112].copy_from_slice(&u32::MAX.to_be_bytes());
    assert_eq!(
        Header::decode(&bytes),
        Err(EntryError::BodyTooLong(u32::MAX))
    );
}

#[test]
fn the_signature_of_another_device_is_refused() {
    let other = DevicePk(SigningKey::from_bytes(&[8; 32]).verifying_key().to_bytes());
    assert_eq!(
        entry().verify(&draft().log_id, &other),
        Err(EntryError::Signature)
    );
    assert_eq!(
        entry().verify(&LogId([9; 32]), &device()),
        Err(EntryError::WrongLog)
    );
}

#[test]
fn a_small_order_key_verifies_nothing() {
    let mut identity = [0; 32];
    identity[0] = 1;
    let mut bytes = *entry().header_bytes();
    bytes[SIGNED_BYTES..].fill(0);
    bytes[SIGNED_BYTES] = 1;
    let forged = Entry::decode(&bytes, entry().body().to_vec()).unwrap();
    assert_eq!(
        forged.verify(&draft().log_id, &DevicePk(identity)),
        Err(EntryError::Signature)
    );
}

#[test]
fn what_is_newer_is_kept_but_not_understood() {
    for at in 0..4 {
        let mut header = entry().header().clone();
        match at {
            0 => header.version = 2,
            1 => header.suite = 2,
            2 => header.kind = Kind::Unknown(9),
            _ => header.flags = 0x08,
        }
        assert!(!header.is_understood());
        assert_eq!(header.check(), Ok(()));
    }
    let lenient = Header {
        flags: 0x10,
        ..entry().header().clone()
    };
    assert!(lenient.is_understood());
}

#[test]
fn rules_of_known_kinds_hold() {
    let no_key = Draft {
        key_id: KeyId::NONE,
        ..draft()
    };
    assert!(matches!(
        Entry::sign(&no_key, vec![], &key()),
        Err(EntryError::Malformed(_))
    ));
    let close = Draft {
        kind: Kind::LogClose,
        ..no_key
    };
    assert!(Entry::sign(&close, vec![], &key()).is_ok());
    assert!(matches!(
        Entry::sign(&close, vec![1], &key()),
        Err(EntryError::Malformed(_))
    ));
    let first = Draft { seq: 0, ..draft() };
    assert!(matches!(
        Entry::sign(&first, vec![], &key()),
        Err(EntryError::Malformed(_))
    ));
}
