//! Tickets and words that are cut, spoilt or too large.

use minicbor::Encoder;

use super::*;
use crate::limits::{MAIL_BYTES_MAX, RELAY_BYTES_MAX, RELAY_LIST_MAX};

fn peer_id(head: &[u8], key: &[u8]) -> String {
    bs58::encode([head, key].concat()).into_string()
}

fn ticket(addresses: usize) -> RelayTicket {
    let address = |n| format!("/ip4/203.0.113.{n}/udp/4001/quic-v1");
    RelayTicket {
        token: [7; 16],
        peer_id: peer_id(&IDENTITY_HEAD, &[9; 32]),
        addresses: (0..addresses).map(address).collect(),
    }
}

fn full_list() -> Word {
    let keys = vec![DevicePk([1; 32]); RELAY_LIST_MAX];
    Word::List(List {
        number: u64::MAX,
        devices: keys.clone(),
        invites: keys.clone(),
        closed: keys,
    })
}

#[test]
fn a_relays_name_says_its_key_and_its_key_says_its_name() {
    for key in [[0; 32], [7; 32], [0xff; 32]].map(DevicePk) {
        assert_eq!(relay_key(&relay_name(&key)), Some(key));
    }
}

#[test]
fn a_ticket_survives_copying_and_is_no_ticket_of_a_notebook() {
    let text = ticket(2).encode();
    assert!(text.starts_with("mootrelay1"), "{text}");
    let copied = format!(" {}\n", text.to_uppercase());
    assert_eq!(RelayTicket::decode(&copied), Ok(ticket(2)));
    let other = text.replacen("mootrelay1", "moot1", 1);
    let error = RelayTicket::decode(&other).unwrap_err();
    assert!(matches!(error, PastedError::Foreign { .. }), "{error}");
    let newer = text.replacen("mootrelay1", "mootrelay2", 1);
    assert_eq!(RelayTicket::decode(&newer), Err(PastedError::Newer(2)));
}

#[test]
fn addresses_are_left_out_until_the_ticket_fits() {
    let mut many = ticket(40);
    many.addresses
        .insert(0, "x".repeat(RELAY_ADDRESS_BYTES_MAX + 1));
    let text = many.encode();
    let read = RelayTicket::decode(&text).unwrap();
    assert!(text.len() <= RELAY_TICKET_CHARS_MAX, "{}", text.len());
    assert!(read.addresses.len() > 8, "{:?}", read.addresses);
    assert!(ticket(40).addresses.starts_with(&read.addresses));
}

#[test]
fn a_ticket_cut_or_changed_anywhere_is_refused() {
    let text = ticket(1).encode();
    for at in 0..text.len() {
        assert!(RelayTicket::decode(&text[..at]).is_err(), "cut at {at}");
        let mut spoilt = text.clone().into_bytes();
        spoilt[at] = if spoilt[at] == b'a' { b'b' } else { b'a' };
        let spoilt = String::from_utf8(spoilt).unwrap();
        assert!(RelayTicket::decode(&spoilt).is_err(), "changed at {at}");
    }
}

#[test]
fn only_an_ed25519_identity_has_a_relays_key() {
    let key = [9; 32];
    assert_eq!(
        relay_key(&peer_id(&IDENTITY_HEAD, &key)),
        Some(DevicePk(key))
    );
    let rsa = peer_id(&[0x12, 0x20], &key);
    let short = peer_id(&IDENTITY_HEAD, &key[1..]);
    let long = peer_id(&IDENTITY_HEAD, &[9; 33]);
    let huge = "1".repeat(PEER_ID_BYTES_MAX + 1);
    for name in ["", "0OIl", "12D3KooW", &rsa, &short, &long, &huge] {
        assert_eq!(relay_key(name), None, "{name}");
    }
    let mut keyless = ticket(1);
    keyless.peer_id = rsa;
    let error = RelayTicket::decode(&keyless.encode()).unwrap_err();
    assert!(matches!(error, PastedError::Malformed(_)), "{error}");
}

#[test]
fn tokens_lead_to_enrolments_that_have_nothing_in_common() {
    let (one, other) = (enrolment(&[1; 16]), enrolment(&[2; 16]));
    assert!(one.0 != other.0 && one.1 != other.1 && one.2 != other.2);
    assert_ne!(one.1.0, one.2.0);
}

#[test]
fn the_longest_word_fits_a_frame() {
    let bytes = full_list().encode();
    assert!(bytes.len() <= RELAY_BYTES_MAX, "{}", bytes.len());
    assert_eq!(Word::decode(&bytes), Ok(Some(full_list())));
    let too_long = vec![0; RELAY_BYTES_MAX + 1];
    assert_eq!(
        Word::decode(&too_long),
        Err(WordError::TooLong(too_long.len()))
    );
}

#[test]
fn a_word_that_is_cut_or_followed_is_malformed() {
    let mut whole = full_list().encode();
    for length in (0..whole.len()).step_by(97) {
        assert!(Word::decode(&whole[..length]).is_err(), "{length}");
    }
    whole.push(0);
    assert!(Word::decode(&whole).is_err());
}

/// A word with a map written by hand.
fn by_hand(kind: u32, fill: impl FnOnce(&mut Encoder<Vec<u8>>)) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    encoder.array(2).unwrap().u32(kind).unwrap();
    fill(&mut encoder);
    encoder.into_writer()
}

#[test]
fn a_list_of_keys_is_refused_by_its_stated_length() {
    for (kind, field) in [(1, 4), (1, 5), (2, 1), (2, 2), (2, 3), (5, 0)] {
        for len in [RELAY_LIST_MAX as u64 + 1, u64::MAX] {
            let bytes = by_hand(kind, |map| {
                map.map(1).unwrap().u32(field).unwrap().array(len).unwrap();
            });
            let at = bytes.len();
            let error = Word::decode(&bytes).unwrap_err();
            assert_eq!(error, WordError::Malformed { kind, at }, "field {field}");
        }
    }
}

#[test]
fn an_unknown_word_is_skipped_and_an_unknown_field_passed_over() {
    let newer = by_hand(99, |map| map.writer_mut().extend([0xff; 9]));
    assert_eq!(Word::decode(&newer), Ok(None));
    let more = by_hand(3, |map| {
        map.map(2).unwrap().u32(0).unwrap().u64(5).unwrap();
        map.u32(9).unwrap().str("new").unwrap();
    });
    let listed = Word::Listed(Listed::whole(5));
    assert_eq!(Word::decode(&more), Ok(Some(listed)));
    let empty = by_hand(3, |map| {
        map.map(0).unwrap();
    });
    assert!(Word::decode(&empty).is_err());
}

#[test]
fn mail_under_a_false_name_or_over_its_limit_is_malformed() {
    let mut mail = Mail::new(DevicePk([1; 32]), vec![2; MAIL_BYTES_MAX]);
    assert!(Word::decode(&Word::Mail(mail.clone()).encode()).is_ok());
    let large = Mail::new(DevicePk([1; 32]), vec![2; MAIL_BYTES_MAX + 1]);
    assert!(Word::decode(&Word::Mail(large).encode()).is_err());
    mail.id.0[0] ^= 1;
    assert!(Word::decode(&Word::Mail(mail).encode()).is_err());
}
