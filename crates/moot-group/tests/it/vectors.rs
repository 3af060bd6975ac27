//! Test vectors, a file for each format: `name = value` lines, values in hex or as text. A program in another language that gives
//! the same bytes reads and writes our notebooks.
//!
//! `MOOT_WRITE_VECTORS=1` writes the files; a change of one is a change of format and never happens within a version.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use moot_group::body::{Change, Checkpoint};
use moot_group::kem::Wrap;
use moot_group::mailbox::{open_request, seal_request};
use moot_group::padding::padded_len;
use moot_group::roster::{
    CutRow, DeviceAddresses, Genesis, InviteCreate, InviteTerms, Retire, Roster, RosterEntry,
};
use moot_group::{
    Body, Content, Delta, DeviceSecrets, InvitePk, JoinRequest, KemPk, KemSecret, Keybox, Keys,
    Live, LiveFrame, Presence, Purpose, Reach, RosterEvent, Sender, StorageKey, Ticket, actor_id,
};
use moot_log::entry::Draft;
use moot_log::{DevicePk, Entry, EntryId, KeyId, Kind, LogId};

use super::*;

type Pairs = BTreeMap<String, String>;

fn path(file: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("vectors")
        .join(file)
}

/// Compares with the file and gives what the file says.
fn check(file: &str, made: &[(&str, String)]) -> Pairs {
    let text: String = made
        .iter()
        .map(|(name, value)| format!("{name} = {value}\n"))
        .collect();
    if std::env::var_os("MOOT_WRITE_VECTORS").is_some() {
        std::fs::write(path(file), &text).unwrap();
    }
    let kept = std::fs::read_to_string(path(file)).unwrap();
    assert_eq!(kept, text, "{file}");
    kept.lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(name, value)| (name.into(), value.into()))
        .collect()
}

#[test]
fn padding() {
    let lens = [
        0, 1, 63, 64, 1_022, 1_023, 1_024, 4_094, 4_095, 4_096, 70_000, 1_000_000,
    ];
    let made: Vec<(String, String)> = lens
        .iter()
        .map(|len| (len.to_string(), padded_len(*len).to_string()))
        .collect();
    let made: Vec<(&str, String)> = made
        .iter()
        .map(|(len, padded)| (len.as_str(), padded.clone()))
        .collect();
    check("padding.txt", &made);
}

#[test]
fn actor() {
    let actor = actor_id(&LogId([1; 32]), &[2; 16]);
    check(
        "actor.txt",
        &[
            ("log", hex(&[1; 32])),
            ("session", hex(&[2; 16])),
            ("actor", hex(&actor)),
        ],
    );
}

#[test]
fn epoch_key_and_sealed_body() {
    let draft = Draft {
        kind: Kind::Sealed,
        log_id: LogId([1; 32]),
        seq: 7,
        prev: EntryId([2; 32]),
        key_id: epoch().id(),
    };
    let plaintext = Body {
        after: [EntryId([3; 32])].into(),
        content: Content::Roster(RosterEvent::Leave),
    };
    let body = plaintext.seal(&epoch(), &draft, &mut Fixed(0x0f)).unwrap();
    let kept = check(
        "epoch.txt",
        &[
            ("epoch_key", hex(epoch().as_bytes())),
            ("key_id", hex(&epoch().id().0)),
            ("aad", hex(&draft.aad())),
            ("nonce", hex(&[0x0f; 24])),
            ("plaintext", hex(&plaintext.encode().unwrap())),
            ("body", hex(&body)),
        ],
    );
    let entry = Entry::sign(&draft, unhex(&kept["body"]), &device()).unwrap();
    assert_eq!(Body::open(&epoch(), &entry), Ok(plaintext));
}

/// A body of every kind, by name.
pub(crate) fn bodies() -> Vec<(&'static str, Body)> {
    let change = Change {
        doc_id: [1; 16],
        origin_log: LogId([2; 32]),
        session: [3; 16],
        changes: vec![b"one".to_vec(), b"two".to_vec()],
        carried: vec![frame(&delta()).carry(&log_init())],
    };
    let checkpoint = Checkpoint {
        doc_id: [1; 16],
        heads: [[2; 32]].into(),
        changes: vec![b"one".to_vec()],
    };
    let after: BTreeSet<EntryId> = [EntryId([8; 32]), EntryId([7; 32])].into();
    [
        ("change", Content::Change(change)),
        ("checkpoint", Content::Checkpoint(checkpoint)),
    ]
    .into_iter()
    .chain(
        events()
            .into_iter()
            .map(|(name, event)| (name, Content::Roster(event))),
    )
    .map(|(name, content)| {
        (
            name,
            Body {
                after: after.clone(),
                content,
            },
        )
    })
    .collect()
}

fn events() -> Vec<(&'static str, RosterEvent)> {
    let device = DevicePk(device().verifying_key().to_bytes());
    let reach = Reach {
        peer_id: vec![0x00, 0x24, 0x08],
        addresses: vec!["/ip4/192.0.2.1/tcp/4001".into()],
    };
    let cut = vec![CutRow {
        log: LogId([1; 32]),
        len: 9,
        tip: EntryId([2; 32]),
    }];
    let said = DeviceAddresses {
        at_ms: 5,
        reach: reach.clone(),
        relays: vec![reach],
    };
    vec![
        ("genesis", RosterEvent::Genesis(genesis(device))),
        ("invite_create", RosterEvent::InviteCreate(invite(device))),
        (
            "invite_revoke",
            RosterEvent::InviteRevoke(InvitePk([6; 32])),
        ),
        (
            "admit",
            RosterEvent::Admit(Box::new(request(Purpose::Join))),
        ),
        ("link", RosterEvent::Link(Box::new(request(Purpose::Link)))),
        ("retire", RosterEvent::Retire(Retire { device, cut })),
        ("leave", RosterEvent::Leave),
        ("device_key", RosterEvent::DeviceKey(kem().public())),
        ("device_addresses", RosterEvent::DeviceAddresses(said)),
        ("device_name", RosterEvent::DeviceName("phone".into())),
    ]
}

fn genesis(device: DevicePk) -> Genesis {
    Genesis {
        notebook: NOTEBOOK,
        discovery_key: [4; 32],
        device,
        kem: kem().public(),
        name: "Ana".into(),
        device_name: "desk".into(),
        at_ms: 1_700_000_000_000,
        nonce: [5; 16],
    }
}

fn invite(device: DevicePk) -> InviteCreate {
    let terms = InviteTerms {
        purpose: Purpose::Join,
        mailbox: KemSecret::from_bytes([0x0c; 32]),
        expires_at_ms: 1_800_000_000_000,
        uses_max: 1,
        needs_confirm: false,
    };
    InviteCreate::new(&seed(), NOTEBOOK, device, terms)
}

#[test]
fn plaintext_bodies() {
    let made: Vec<(&str, String)> = bodies()
        .iter()
        .map(|(name, body)| (*name, hex(&body.encode().unwrap())))
        .collect();
    let kept = check("bodies.txt", &made);
    for (name, body) in bodies() {
        assert_eq!(Body::decode(&unhex(&kept[name])), Ok(body), "{name}");
    }
}

#[test]
fn deflated_changes_are_read_whatever_wrote_them() {
    let changes = vec![vec![7; 4_000], vec![8; 4_000]];
    if std::env::var_os("MOOT_WRITE_VECTORS").is_some() {
        let change = Change {
            doc_id: [1; 16],
            origin_log: LogId([2; 32]),
            session: [3; 16],
            changes: changes.clone(),
            carried: Vec::new(),
        };
        let body = Body {
            after: BTreeSet::new(),
            content: Content::Change(change),
        };
        std::fs::write(path("deflated-change.txt"), hex(&body.encode().unwrap())).unwrap();
    }
    // Only read: another level or another library deflates otherwise, and that is no other format.
    let kept = std::fs::read_to_string(path("deflated-change.txt")).unwrap();
    let body = Body::decode(&unhex(kept.trim())).unwrap();
    let Content::Change(change) = body.content else {
        panic!("not a change")
    };
    assert_eq!(change.changes, changes);
}

#[test]
fn wrap_and_keybox() {
    let recipient = kem().public();
    let made = Keybox::make(
        &NOTEBOOK,
        &epoch(),
        &[KeyId([1; 32])].into(),
        &[recipient].into(),
    )
    .unwrap()
    .remove(0);
    let body = made.encode();
    let kept = check(
        "keybox.txt",
        &[
            ("notebook", hex(&NOTEBOOK.0)),
            ("epoch_key", hex(epoch().as_bytes())),
            ("recipient_secret", hex(kem().as_bytes())),
            ("recipient", hex(&recipient.0)),
            ("supersedes", hex(&[1; 32])),
            ("body", hex(&body)),
            ("wrap", hex(&body[body.len() - 88..])),
        ],
    );
    let keybox = Keybox::decode(&epoch().id(), &unhex(&kept["body"])).unwrap();
    assert_eq!(
        keybox.wraps,
        [Wrap::make(&NOTEBOOK, &epoch(), &recipient).unwrap()].into()
    );
    let mut keys = Keys::new(NOTEBOOK);
    keys.add_keybox(&keybox);
    assert_eq!(keys.open_with([&kem()]), [epoch().id()]);
}

#[test]
fn join_request_and_mailbox() {
    let request = request(Purpose::Join);
    let mailbox = KemSecret::from_bytes([0x0c; 32]);
    let sealed = seal_request(&request, &mailbox.public(), &mut Fixed(0x0f)).unwrap();
    let kept = check(
        "join-request.txt",
        &[
            ("invite_seed", hex(seed().as_bytes())),
            ("device_seed", hex(device().as_bytes())),
            ("request", hex(&request.encode())),
            ("request_id", hex(&request.id().0)),
            ("mailbox_secret", hex(mailbox.as_bytes())),
            ("sealed", hex(&sealed)),
        ],
    );
    assert_eq!(
        JoinRequest::decode(&unhex(&kept["request"])).as_ref(),
        Ok(&request)
    );
    let opened = open_request(
        &unhex(&kept["sealed"]),
        &NOTEBOOK,
        &request.invite(),
        &mailbox,
    );
    assert_eq!(opened, Ok(request));
}

pub(crate) fn delta() -> Live {
    Live::Delta(Delta {
        doc_id: [1; 16],
        changes: vec![b"one".to_vec()],
    })
}

pub(crate) fn presence() -> Live {
    Live::Presence(Presence {
        doc_id: Some([1; 16]),
        caret: Some(vec![2, 3]),
    })
}

pub(crate) fn frame(live: &Live) -> LiveFrame {
    let sender = Sender {
        notebook: NOTEBOOK,
        log: log_init().log_id(),
        session: [3; 16],
        counter: 9,
    };
    LiveFrame::sign(sender, live, &epoch(), &device(), &mut Fixed(0x0f)).unwrap()
}

#[test]
fn live_frames() {
    let kept = check(
        "live.txt",
        &[
            ("log_init", hex(&log_init().encode())),
            ("epoch_key", hex(epoch().as_bytes())),
            ("delta", hex(frame(&delta()).bytes())),
            ("presence", hex(frame(&presence()).bytes())),
        ],
    );
    for (name, live) in [("delta", delta()), ("presence", presence())] {
        let frame = LiveFrame::decode(unhex(&kept[name])).unwrap();
        assert_eq!(frame.verify(&log_init()), Ok(()));
        assert_eq!(frame.open(&epoch()), Ok(Some(live)));
    }
}

pub(crate) fn ticket() -> Ticket {
    let reach = |last: u8| Reach {
        peer_id: [&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20], [last; 32].as_slice()].concat(),
        addresses: vec![format!("/ip4/192.0.2.{last}/udp/4001/quic-v1")],
    };
    Ticket {
        purpose: Purpose::Join,
        notebook: NOTEBOOK,
        discovery_key: [4; 32],
        genesis: EntryId([6; 32]),
        seed: seed(),
        mailbox: KemPk([7; 32]),
        peers: vec![reach(1)],
        relays: vec![reach(2)],
        notebook_name: "Garden co-op".into(),
        inviter_name: "Ana".into(),
    }
}

#[test]
fn tickets() {
    let kept = check(
        "ticket.txt",
        &[
            ("notebook", hex(&NOTEBOOK.0)),
            ("genesis", hex(&[6; 32])),
            ("invite_seed", hex(seed().as_bytes())),
            ("notebook_name", "Garden co-op".into()),
            ("ticket", ticket().encode()),
        ],
    );
    assert!(Ticket::decode(&kept["ticket"]) == Ok(ticket()));
}

#[test]
fn secrets_at_rest() {
    let key = StorageKey::from_bytes([0x02; 32]);
    let kept = check(
        "at-rest.txt",
        &[
            ("storage_key", hex(key.as_bytes())),
            ("place", hex(b"place")),
            ("row", hex(&key.seal(b"place", b"secret", &mut Fixed(0x0f)))),
            (
                "device_secrets",
                hex(&secrets().seal(&key, b"place", &mut Fixed(0x0f))),
            ),
        ],
    );
    assert_eq!(
        key.open(b"place", &unhex(&kept["row"])).unwrap().as_slice(),
        b"secret"
    );
    let opened = DeviceSecrets::open(&key, b"place", &unhex(&kept["device_secrets"])).unwrap();
    assert_eq!(opened.device(), secrets().device());
    assert!(opened.kems().eq(secrets().kems()));
}

#[test]
fn roster_digest() {
    let bodies: BTreeMap<&str, Body> = bodies().into_iter().collect();
    let founder = DevicePk(device().verifying_key().to_bytes());
    let ids = ["genesis", "invite_create", "device_name"];
    let id = |at: usize| EntryId([1, 2, 3].map(|byte| [byte; 32])[at]);
    let events: BTreeMap<EntryId, RosterEntry> = ids
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let Content::Roster(event) = bodies[name].content.clone() else {
                panic!("not an event")
            };
            let earlier = at.checked_sub(1).map(id);
            let after: BTreeSet<EntryId> = earlier.into_iter().collect();
            (
                id(at),
                RosterEntry {
                    author: founder,
                    earlier,
                    after,
                    event,
                },
            )
        })
        .collect();
    let roster = Roster::from_events(NOTEBOOK, id(0), &events).unwrap();
    assert!(events.keys().all(|id| roster.counts(id)));
    check(
        "roster.txt",
        &[("events", ids.join(" ")), ("digest", hex(&roster.digest()))],
    );
}
