//! Inputs kept for every decoder: the seeds of fuzzing, and whatever once made trouble. An ordinary test runs them all, as they
//! are, cut short at every length, and with single bytes changed.

use std::path::PathBuf;

use moot_group::mailbox::open_request;
use moot_group::{
    Body, Carried, DeviceSecrets, JoinRequest, Keybox, LiveFrame, Purpose, StorageKey, Ticket,
};

use super::vectors::{bodies, delta, frame, presence, ticket};
use super::*;

fn folder(decoder: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(decoder)
}

fn keep(decoder: &str, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder(decoder)).unwrap();
    std::fs::write(folder(decoder).join(name), bytes).unwrap();
}

/// Writes the seeds when the vectors are written.
fn write_seeds() {
    for (name, body) in bodies() {
        keep("body", name, &body.encode().unwrap());
    }
    keep("body", "unknown-kind", &[0xa2, 0, 9, 2, 0xf5]);
    keep(
        "body",
        "nested",
        &[[0xa2, 0, 9, 2].as_slice(), &[0x81; 400]].concat(),
    );
    keep(
        "body",
        "huge-list",
        &[
            0xa2, 0, 1, 1, 0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
        ],
    );
    let keybox = Keybox::make(&NOTEBOOK, &epoch(), &[].into(), &[kem().public()].into()).unwrap();
    keep("keybox", "one-wrap", &keybox[0].encode());
    keep("live", "delta", frame(&delta()).bytes());
    keep("live", "presence", frame(&presence()).bytes());
    keep("ticket", "whole", ticket().encode().as_bytes());
    keep("ticket", "not-ascii", "moot1aé\u{200b}a".as_bytes());
    keep("request", "join", &request(Purpose::Join).encode());
    keep(
        "at-rest",
        "device",
        &secrets().seal(&StorageKey::from_bytes([2; 32]), b"place", &mut Fixed(15)),
    );
}

/// Runs a decoder on every input of its folder; what it must not do is panic or ask for memory without end.
fn run(decoder: &str, decode: impl Fn(&[u8])) {
    if std::env::var_os("MOOT_WRITE_VECTORS").is_some() {
        write_seeds();
    }
    let mut inputs = 0;
    for file in std::fs::read_dir(folder(decoder)).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        inputs += 1;
        decode(&bytes);
        for at in 0..bytes.len() {
            decode(&bytes[..at]);
            for value in [0x00, 0x1b, 0x5f, 0x9f, 0xbf, 0xff, bytes[at] ^ 1] {
                let mut altered = bytes.clone();
                altered[at] = value;
                decode(&altered);
            }
        }
    }
    assert!(inputs > 0, "the corpus of {decoder} is empty");
}

#[test]
fn bodies_never_panic() {
    run("body", |bytes| {
        if let Ok(Body {
            content: moot_group::Content::Change(change),
            ..
        }) = Body::decode(bytes)
        {
            change
                .carried
                .iter()
                .for_each(|carried: &Carried| drop(carried.verify()));
        }
    });
}

#[test]
fn keyboxes_never_panic() {
    run("keybox", |bytes| {
        if let Ok(keybox) = Keybox::decode(&epoch().id(), bytes) {
            keybox.open(&NOTEBOOK, [&kem()]);
        }
    });
}

#[test]
fn live_frames_never_panic() {
    run("live", |bytes| {
        if let Ok(frame) = LiveFrame::decode(bytes.to_vec()) {
            let _ = frame.verify(&log_init());
            let _ = frame.open(&epoch());
        }
    });
}

#[test]
fn tickets_never_panic() {
    run("ticket", |bytes| {
        drop(Ticket::decode(&String::from_utf8_lossy(bytes)))
    });
}

#[test]
fn requests_never_panic() {
    run("request", |bytes| {
        let _ = JoinRequest::decode(bytes);
        let _ = open_request(bytes, &NOTEBOOK, &seed().public(), &kem());
    });
}

#[test]
fn secrets_at_rest_never_panic() {
    let key = StorageKey::from_bytes([2; 32]);
    run("at-rest", |bytes| {
        drop(DeviceSecrets::open(&key, b"place", bytes))
    });
}
