//! What the frames of the control socket promise.

use moot_engine::reply::{NoteChanged, Synced};
use moot_engine::{Command, ErrorKind};

use super::*;

fn round_trip<T: Serialize + DeserializeOwned + std::fmt::Debug>(value: &T) {
    let frame = encode(value).unwrap();
    let body = decode::<T>(&frame[4..]).unwrap();
    assert_eq!(format!("{value:?}"), format!("{body:?}"));
}

#[test]
fn commands_and_answers_survive_the_way() {
    round_trip(&ToNode::Watch);
    round_trip(&ToNode::Command(Request {
        notebook: Some("garden".into()),
        command: Command::NoteSet {
            note: "7f".into(),
            text: "ä\r\n\0 end".into(),
            base: None,
        },
    }));
    round_trip(&FromNode::Progress(Progress {
        text: "reached Bo".into(),
    }));
    round_trip(&FromNode::Reply(Ok(Reply::NoteChanged(NoteChanged {
        id: "7f".into(),
        title: "x".into(),
        version: "00".into(),
        changed: true,
    }))));
    round_trip(&FromNode::Reply(Ok(Reply::Synced(Synced {
        in_step: true,
        received: 1,
        sent: u64::MAX,
        peers: Vec::new(),
        relays: Vec::new(),
    }))));
    round_trip(&FromNode::Reply(Err(CommandError::new(
        ErrorKind::NotFound,
        "no",
        "",
    ))));
    round_trip(&FromNode::Event(Event::Listening {
        addresses: vec!["/ip4/127.0.0.1/tcp/1".into()],
        peer_id: "12D3".into(),
    }));
}

#[test]
fn a_frame_too_long_is_refused_by_its_length_alone() {
    assert!(announced(u32::MAX.to_be_bytes()).is_err());
    assert!(matches!(announced([0, 0, 1, 0]), Ok(256)));
}

#[test]
fn greetings_tell_the_version_and_nothing_else_is_one() {
    assert_eq!(
        parse_greeting(&greeting()),
        Some((PROTOCOL_VERSION, env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(parse_greeting("moot-control 9 2.0.0\n"), Some((9, "2.0.0")));
    assert_eq!(parse_greeting("HTTP/1.1 400 Bad Request"), None);
    assert_eq!(parse_greeting(""), None);
}
