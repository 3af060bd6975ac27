//! What a live frame must refuse.

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng, SeedableRng};

use super::*;

fn device() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn log_init() -> LogInit {
    LogInit::sign(NotebookId([9; 16]), [1; 16], &device())
}

fn key() -> EpochKey {
    EpochKey::from_bytes([4; 32])
}

fn sender() -> Sender {
    Sender {
        notebook: NotebookId([9; 16]),
        log: log_init().log_id(),
        session: [2; 16],
        counter: 5,
    }
}

fn frame(live: &Live) -> LiveFrame {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    LiveFrame::sign(sender(), live, &key(), &device(), &mut rng).unwrap()
}

fn delta() -> Live {
    Live::Delta(Delta {
        doc_id: [3; 16],
        changes: vec![vec![1; 40], vec![2; 40]],
    })
}

#[test]
fn frames_arrive_as_they_were_sent() {
    let caret = Presence {
        doc_id: Some([3; 16]),
        caret: Some(vec![1, 2]),
    };
    for live in [
        delta(),
        Live::Presence(caret),
        Live::Presence(Presence::default()),
    ] {
        let sent = frame(&live);
        let arrived = LiveFrame::decode(sent.bytes().to_vec()).unwrap();
        assert_eq!(arrived, sent);
        assert_eq!(arrived.verify(&log_init()), Ok(()));
        assert_eq!(arrived.open(&key()), Ok(Some(live)));
        assert_eq!(
            arrived.header().actor(),
            actor_id(&log_init().log_id(), &[2; 16])
        );
    }
}

#[test]
fn any_altered_or_missing_byte_is_refused() {
    let sent = frame(&delta());
    for at in 0..sent.bytes().len() {
        let mut bytes = sent.bytes().to_vec();
        bytes[at] ^= 1;
        let verdict = LiveFrame::decode(bytes).and_then(|frame| frame.verify(&log_init()));
        assert!(verdict.is_err(), "byte {at}");
        let short = LiveFrame::decode(sent.bytes()[..at].to_vec())
            .and_then(|frame| frame.verify(&log_init()));
        assert!(short.is_err(), "{at} bytes");
    }
}

#[test]
fn a_frame_of_another_log_device_or_key_is_refused() {
    let sent = frame(&delta());
    let other_log = LogInit::sign(NotebookId([9; 16]), [2; 16], &device());
    assert_eq!(sent.verify(&other_log), Err(LiveError::OtherLog));
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let impostor = SigningKey::from_bytes(&[8; 32]);
    let forged = LiveFrame::sign(sender(), &delta(), &key(), &impostor, &mut rng).unwrap();
    assert_eq!(forged.verify(&log_init()), Err(LiveError::Signature));
    assert_eq!(
        sent.open(&EpochKey::from_bytes([5; 32])),
        Err(LiveError::OtherKey)
    );
}

#[test]
fn a_presence_does_not_pass_for_a_delta() {
    let mut bytes = frame(&Live::Presence(Presence::default())).bytes().to_vec();
    bytes[1] = 1;
    let frame = LiveFrame::decode(bytes).unwrap();
    assert_eq!(frame.open(&key()), Err(LiveError::Open(OpenError::Sealed)));
}

#[test]
fn a_caret_that_no_receiver_takes_is_not_sent() {
    let live = Live::Presence(Presence {
        doc_id: None,
        caret: Some(vec![0; 1_025]),
    });
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let sent = LiveFrame::sign(sender(), &live, &key(), &device(), &mut rng);
    assert_eq!(sent, Err(LiveError::Caret(1_025)));
}

#[test]
fn a_newer_frame_says_so() {
    let mut bytes = frame(&delta()).bytes().to_vec();
    bytes[0] = 2;
    assert_eq!(LiveFrame::decode(bytes), Err(LiveError::Version(2)));
}

#[test]
fn a_carried_delta_keeps_its_signature_and_a_bad_one_is_told() {
    let sent = frame(&delta());
    let carried = sent.carry(&log_init());
    assert_eq!(carried.verify(), Ok((log_init(), sent)));
    let mut bad = carried.clone();
    bad.log_init[3] ^= 1;
    assert!(matches!(bad.verify(), Err(LiveError::LogInit(_))));
    let mut bad = carried;
    bad.frame[120] ^= 1;
    assert_eq!(bad.verify(), Err(LiveError::Signature));
}

#[test]
fn the_largest_delta_fits_a_frame_and_an_entry_carries_it() {
    let mut noise = vec![0; crate::limits::CHANGES_BYTES_MAX - 6];
    ChaCha20Rng::seed_from_u64(3).fill_bytes(&mut noise);
    let changes = vec![noise];
    let largest = frame(&Live::Delta(Delta {
        doc_id: [3; 16],
        changes,
    }));
    assert!(largest.bytes().len() <= LIVE_BYTES_MAX);
    assert!(LiveFrame::decode(vec![VERSION; LIVE_BYTES_MAX + 1]).is_err());
}
