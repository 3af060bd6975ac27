//! Frames that no honest program sends, in an established session: the stream is closed, and that stream alone.

use moot_group::Content;
use moot_log::frame::{Entries, Frame, Opaque};
use moot_log::{Entry, LogInit, NotebookId, SigningKey};
use moot_notebook::DocId;
use moot_sim::{ByHand, Member, World};

use super::garden::{MINUTE_MS, append, doctor, note, shared, shown, status, text};
use super::hostile::entries::{live_in, live_spoilt};

const ANA: usize = 0;
const BEN: usize = 1;
const MALLORY: usize = 2;

struct Scene {
    world: World,
    mallory: Member,
}

fn scene(seed: u64) -> Scene {
    let mut world = World::new(seed);
    shared(&mut world, &["Ana", "Ben", "Mallory"]);
    note(&mut world, ANA, "Watering", "ab");
    world.run_for(3 * MINUTE_MS);
    let mallory = Member::of(world.backup(MALLORY), world.storage_key(MALLORY), seed);
    Scene { world, mallory }
}

fn names(mallory: &mut Member, count: usize) -> ByHand {
    let mut log = mallory.begin_log();
    for number in 0..count {
        let name = moot_group::RosterEvent::DeviceName(format!("laptop {number}"));
        mallory.say(&mut log, Content::Roster(name));
    }
    log
}

fn packed(init: Option<&LogInit>, entries: &[Entry]) -> Vec<u8> {
    let init = init.map(|init| init.encode().to_vec());
    Frame::Entries(Entries::pack(init, entries).unwrap()).encode()
}

/// An entry with one byte of its signature or body changed.
fn altered(entry: &Entry, at: usize) -> Vec<u8> {
    let mut entries = Entries::pack(None, std::slice::from_ref(entry)).unwrap();
    let item = &mut entries.items[0];
    let into = item.body.len();
    match item.signature.get_mut(at) {
        Some(byte) => *byte ^= 1,
        None => item.body[(at - 64) % into] ^= 1,
    }
    Frame::Entries(entries).encode()
}

fn closing(mallory: &mut Member) -> Vec<(&'static str, Vec<u8>)> {
    let log = names(mallory, 3);
    let (init, entries) = (log.init.clone(), log.entries.clone());
    let elsewhere = LogInit::sign(NotebookId([1; 16]), [1; 16], &mallory.secrets.signing);
    let mut unsigned = init.encode();
    *unsigned.last_mut().unwrap() ^= 1;
    let mut head_unsigned = Entries::pack(Some(unsigned.to_vec()), &entries).unwrap();
    head_unsigned.log = None;
    let mut wrong_prev = Entries::pack(Some(init.encode().to_vec()), &entries[1..2]).unwrap();
    wrong_prev.prev = Some(moot_log::EntryId([1; 32]));
    let mut wrong_seq = Entries::pack(Some(init.encode().to_vec()), &entries[1..2]).unwrap();
    wrong_seq.first_seq = 2;
    let whole = packed(Some(&init), &entries);
    let stranger = SigningKey::from_bytes(&[5; 32]);
    let mut forged = ByHand {
        init: init.clone(),
        entries: Vec::new(),
    };
    let draft = forged.draft(moot_log::Kind::Sealed, mallory.key.id());
    mallory.put_as(&mut forged, &draft, vec![1; 200], &stranger);
    vec![
        ("garbage", vec![0xff; 40]),
        ("nothing", Vec::new()),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("trailing", [whole.as_slice(), &[0]].concat()),
        ("oversized", vec![0x82; (1 << 20) + (1 << 16)]),
        ("hello again", vec![0x82, 1, 0xa2, 0, 0x81, 1, 1, 0x58, 32]),
        ("headless", packed(None, &entries)),
        (
            "head of another notebook",
            packed(Some(&elsewhere), &entries),
        ),
        ("head unsigned", Frame::Entries(head_unsigned).encode()),
        ("signed by another", packed(Some(&init), &forged.entries)),
        ("wrong prev", Frame::Entries(wrong_prev).encode()),
        ("wrong seq", Frame::Entries(wrong_seq).encode()),
        ("gap", packed(Some(&init), &entries[1..])),
    ]
}

#[test]
fn a_bad_frame_closes_its_stream_and_no_other() {
    let Scene {
        mut world,
        mut mallory,
    } = scene(41);
    let before = status(&mut world, ANA);
    for (name, frame) in closing(&mut mallory) {
        let streams = world.streams_between(ANA, MALLORY);
        assert_eq!(streams, 1, "{name}: not one stream with Mallory");
        let others = world.streams_between(ANA, BEN);
        assert!(others > 0, "{name}: no stream with Ben");
        assert!(world.inject(ANA, MALLORY, frame));
        assert_eq!(world.streams_between(ANA, MALLORY), 0, "{name}: still open");
        assert_eq!(world.streams_between(ANA, BEN), others, "{name}: Ben's too");
        world.run_for(3 * MINUTE_MS);
    }
    let after = status(&mut world, ANA);
    assert_eq!(
        before.log_digest, after.log_digest,
        "nothing of it was kept"
    );
    check_goes_on(&mut world);
}

#[test]
fn an_altered_entry_closes_its_stream() {
    let Scene {
        mut world,
        mut mallory,
    } = scene(42);
    let log = names(&mut mallory, 2);
    let init = packed(Some(&log.init), &log.entries[..1]);
    assert!(world.inject(ANA, MALLORY, init));
    world.run_for(MINUTE_MS);
    for at in [0, 31, 63, 64, 100] {
        assert!(world.inject(ANA, MALLORY, altered(&log.entries[1], at)));
        assert_eq!(world.streams_between(ANA, MALLORY), 0, "byte {at}");
        world.run_for(3 * MINUTE_MS);
    }
    check_goes_on(&mut world);
}

#[test]
fn replayed_and_unknown_frames_change_nothing() {
    let Scene {
        mut world,
        mut mallory,
    } = scene(43);
    let log = names(&mut mallory, 3);
    let frame = log.frame().unwrap();
    assert!(world.inject(ANA, MALLORY, frame.clone()));
    let once = status(&mut world, ANA);
    let opaque = |bytes: &[u8]| Opaque {
        bytes: bytes.to_vec(),
    };
    let frames = [
        frame,
        vec![0x82, 0x18, 99, 0xa0],
        Frame::Live(opaque(&[1; 400])).encode(),
        Frame::Live(opaque(&[])).encode(),
        Frame::Addresses(opaque(&[0xff; 100])).encode(),
        Frame::Addresses(opaque(&[0x83, 0, 0x80, 0x80])).encode(),
    ];
    for frame in frames {
        for _ in 0..3 {
            world.inject(ANA, MALLORY, frame.clone());
        }
    }
    let often = status(&mut world, ANA);
    assert_eq!(once.log_digest, often.log_digest);
    assert_eq!(once.state_digest, often.state_digest);
    check_goes_on(&mut world);
}

/// A live frame that was sent before, and one of another document: the first is passed over, the second is its own.
#[test]
fn a_live_frame_is_taken_in_once() {
    let Scene {
        mut world,
        mut mallory,
    } = scene(44);
    let log = names(&mut mallory, 1);
    assert!(world.inject(ANA, MALLORY, log.frame().unwrap()));
    let doc: DocId = note(&mut world, ANA, "Live", "ab").parse().unwrap();
    world.run_for(MINUTE_MS);
    let mallory_now = Member::of(world.backup(MALLORY), world.storage_key(MALLORY), 44);
    let (signing, key) = (mallory.secrets.signing.clone(), mallory.key.clone());
    let document = mallory_now.document(doc);
    let from = (&log.init, 1);
    let carried = live_in(&mut mallory, &document, from, &signing, &key, doc);
    let bytes = carried.frame;
    let frame = Frame::Live(Opaque { bytes }).encode();
    for _ in 0..3 {
        assert!(world.inject(ANA, MALLORY, frame.clone()));
        assert_eq!(text(&mut world, ANA, "Live"), "xab");
    }
}

/// Story: what was refused of a live frame was counted by whoever had got the frame, and by nobody else.
#[test]
fn a_live_frame_with_a_refused_change_is_as_if_it_had_never_come() {
    let Scene {
        mut world,
        mut mallory,
    } = scene(45);
    let log = names(&mut mallory, 1);
    assert!(world.inject(ANA, MALLORY, log.frame().unwrap()));
    let doc: DocId = note(&mut world, ANA, "Live", "ab").parse().unwrap();
    let before = shown(&mut world, ANA);
    let (signing, key) = (mallory.secrets.signing.clone(), mallory.key.clone());
    let from = (&log.init, 1);
    let document = moot_notebook::Document::new();
    let live = live_spoilt(&mut mallory, &document, from, &signing, &key, doc);
    let frame = Frame::Live(Opaque { bytes: live.frame }).encode();
    assert!(world.inject(ANA, MALLORY, frame));
    assert_eq!(shown(&mut world, ANA), before);
    append(&mut world, ANA, "Live", "Ana goes on.");
    assert_eq!(shown(&mut world, ANA).quarantined, 0);
    check_goes_on(&mut world);
}

#[track_caller]
fn check_goes_on(world: &mut World) {
    append(world, ANA, "Watering", "Ana goes on.");
    world.run_for(5 * MINUTE_MS);
    assert!(text(world, BEN, "Watering").contains("Ana goes on."));
    assert!(text(world, MALLORY, "Watering").contains("Ana goes on."));
    assert_eq!(shown(world, ANA), shown(world, BEN));
    let found = doctor(world, ANA, true);
    assert!(found.ok, "{:?}", found.findings);
}
