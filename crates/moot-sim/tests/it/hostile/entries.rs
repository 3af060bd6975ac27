//! Entries that a member could sign and no honest program would make, whatever they carry.
//!
//! Owns logs of them, each about one thing. Nothing here is refused by the log's own rules: signatures hold and chains are whole.

use std::collections::BTreeSet;

use minicbor::Encoder;
use moot_group::roster::{DeviceAddresses, Genesis, Retire};
use moot_group::{
    Applicant, Body, Carried, Change, Content, Delta, EpochKey, InviteSeed, JoinRequest, KemPk,
    Keybox, Live, LiveFrame, Purpose, Reach, RosterEvent, Sender,
};
use moot_log::{DevicePk, EntryId, KeyId, Kind, LogInit, SigningKey};
use moot_notebook::{DocId, Document};
use moot_sim::{ByHand, Member};

use super::changes;

/// Versions, suites, kinds and flags of another time; bodies of kinds that are not known, and that are no bodies.
pub(crate) fn newer_and_garbage(member: &mut Member, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let known = sound_body(member, &log, doc);
    for first in [
        [2, 1, 0, 0],
        [1, 9, 0, 0],
        [1, 1, 200, 0],
        [1, 1, 0, 1],
        [1, 1, 1, 8],
    ] {
        member.seal_odd(&mut log, first, &known);
    }
    for kind in [9, 15, 60, 64, u64::MAX] {
        let plaintext = body_of_kind(kind, &member.heads(), &[0xa0]);
        member.seal(&mut log, &plaintext);
    }
    for plaintext in [
        &[][..],
        &[0xff; 9],
        &[0xa1, 0, 1],
        &[0x81; 600],
        &known[..known.len() / 2],
    ] {
        member.seal(&mut log, plaintext);
    }
    let draft = log.draft(Kind::Sealed, member.key.id());
    member.put(&mut log, &draft, vec![7; 300]);
    let draft = log.draft(Kind::Sealed, member.key.id());
    member.put(&mut log, &draft, Vec::new());
    log
}

/// How many of [`newer_and_garbage`] need a newer program: a critical flag is one of them, an unknown event of the roster not.
pub(crate) const NEWER: u64 = 5 + 4;

/// A sound change with a flag that need not be understood, and a log that goes on after its close.
pub(crate) fn odd_and_sound(member: &mut Member, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let known = sound_body(member, &log, doc);
    member.seal_odd(&mut log, [1, 1, 0, 0x10], &known);
    let draft = log.draft(Kind::LogClose, KeyId::NONE);
    member.put(&mut log, &draft, Vec::new());
    let after_close = sound_change(member, &log, doc, 2);
    member.say(&mut log, after_close);
    log
}

/// Changes said to be made in the log of another device, in no known log, and by somebody who knew of events that nobody has.
pub(crate) fn foreign_origins(member: &mut Member, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let mut origins: Vec<LogInit> = member.other_logs();
    origins.push(LogInit::sign(
        member.notebook,
        [0xdd; 16],
        &SigningKey::from_bytes(&[0xdd; 32]),
    ));
    for init in origins {
        let content = change_from(member, &init, doc, 3);
        member.say(&mut log, content);
    }
    let sound = sound_change(member, &log, doc, 4);
    let unknown: BTreeSet<EntryId> = [EntryId([0xcc; 32])].into();
    member.say_after(&mut log, unknown, sound.clone());
    member.say_after(&mut log, [].into(), sound.clone());
    let genesis = [member.genesis()].into();
    member.say_after(&mut log, genesis, sound);
    log
}

/// A sound change that was made in another log of the same device.
pub(crate) fn from_own_older_log(member: &mut Member, older: &ByHand, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let content = change_from(member, &older.init, doc, 5);
    member.say(&mut log, content);
    log
}

/// Live frames carried in entries: unsigned, signed by another, cut, sealed with a key that nobody has, and one sound.
pub(crate) fn carrying(member: &mut Member, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let frame_log = member.begin_log();
    let stranger = SigningKey::from_bytes(&[0xab; 32]);
    let strangers_log = member.begin_log_of(&stranger);
    let own = member.secrets.signing.clone();
    let (key, nobodys) = (member.key.clone(), EpochKey::from_bytes([0xfe; 32]));
    let sound = live(member, &frame_log.init, &own, &key, doc, 6);
    let mut unsigned = sound.clone();
    *unsigned.frame.last_mut().unwrap() ^= 1;
    let mut headless = sound.clone();
    headless.log_init[40] ^= 1;
    let cut = Carried {
        log_init: sound.log_init,
        frame: sound.frame[..20].to_vec(),
    };
    let others: Vec<LogInit> = member.other_logs();
    let mut carried = vec![
        unsigned,
        headless,
        cut,
        live(member, &frame_log.init, &stranger, &key, doc, 7),
        live(member, &strangers_log.init, &stranger, &key, doc, 8),
        live(member, &frame_log.init, &own, &nobodys, doc, 9),
    ];
    for init in &others {
        carried.push(live(member, init, &own, &key, doc, 10));
    }
    carried.push(sound);
    for (index, carried) in carried.into_iter().enumerate() {
        let Content::Change(change) =
            sound_change(member, &log, doc, 11 + u8::try_from(index).unwrap())
        else {
            continue;
        };
        let carried = vec![carried];
        member.say(&mut log, Content::Change(Change { carried, ..change }));
    }
    log
}

/// Keyboxes: garbage, for another key, with spoiled wraps for the key in use, and with circles of what replaces what.
pub(crate) fn keyboxes(member: &mut Member) -> ByHand {
    let mut log = member.begin_log();
    let used = member.key.id();
    let other = EpochKey::from_bytes([0xbb; 32]);
    let all = member.roster.live_kems();
    let circle = Keybox::make(&member.notebook, &other, &[used].into(), &all).unwrap();
    let bodies = [
        (used, vec![0xff; 40]),
        (used, keybox(&other.id(), &[], &[1; 88])),
        (used, keybox(&used, &[other.id()], &[1; 88 * 3])),
        (used, keybox(&used, &[used], &[])),
        (used, keybox(&used, &[], &[1; 87])),
        (
            KeyId([0xfd; 32]),
            keybox(&KeyId([0xfd; 32]), &[used], &[2; 88]),
        ),
        (other.id(), circle[0].encode()),
    ];
    for (key_id, body) in bodies {
        let draft = log.draft(Kind::Keybox, key_id);
        member.put(&mut log, &draft, body);
    }
    log
}

/// A new key for the member and one other alone, and a sound change under it; then a change under a key that nobody gets.
pub(crate) fn hidden(member: &mut Member, only_for: DevicePk, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let (some, none) = (
        EpochKey::from_bytes([0xaa; 32]),
        EpochKey::from_bytes([0xac; 32]),
    );
    wrap_for(member, &mut log, &some, only_for);
    for (session, key) in [(40, some), (41, none)] {
        let plaintext = Body {
            after: member.heads(),
            content: sound_change(member, &log, doc, session),
        };
        member.seal_with(&mut log, &key, &plaintext.encode().unwrap());
    }
    log
}

/// A frame under a key for the member and one other alone, carried in an entry under the key that all have.
pub(crate) fn carrying_hidden(member: &mut Member, only_for: DevicePk, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let some = EpochKey::from_bytes([0xaa; 32]);
    wrap_for(member, &mut log, &some, only_for);
    let (init, own) = (log.init.clone(), member.secrets.signing.clone());
    let carried = live(member, &init, &own, &some, doc, 60);
    carry(member, &mut log, doc, carried);
    log
}

/// A frame of another device, whose keys are known here, carried by a member who does not say to have known it.
pub(crate) fn carrying_of(member: &mut Member, other: &Member, doc: DocId) -> ByHand {
    let mut log = member.begin_log();
    let signing = other.secrets.signing.clone();
    let init = LogInit::sign(member.notebook, [0x77; 16], &signing);
    let key = member.key.clone();
    let carried = live(member, &init, &signing, &key, doc, 61);
    carry(member, &mut log, doc, carried);
    log
}

/// The change in the frame that the first entry of a log carries.
pub(crate) fn change_carried(log: &ByHand, member: &Member) -> [u8; 32] {
    let body = Body::open(&member.key, &log.entries[0]).unwrap();
    let Content::Change(Change { carried, .. }) = body.content else {
        panic!("no change");
    };
    let (_, frame) = carried[0].verify().unwrap();
    let Ok(Some(Live::Delta(delta))) = frame.open(&member.key) else {
        panic!("no delta");
    };
    moot_notebook::ChangeHash::of_chunk(&delta.changes[0]).0
}

fn carry(member: &mut Member, log: &mut ByHand, doc: DocId, carried: Carried) {
    let Content::Change(change) = sound_change(member, log, doc, 62) else {
        unreachable!("a change is a change");
    };
    let carried = vec![carried];
    member.say(log, Content::Change(Change { carried, ..change }));
}

fn wrap_for(member: &mut Member, log: &mut ByHand, key: &EpochKey, only_for: DevicePk) {
    let kems: BTreeSet<KemPk> = member
        .roster
        .live_devices()
        .filter(|device| [only_for, member.secrets.device()].contains(&device.id))
        .flat_map(|device| device.kems.iter().copied())
        .collect();
    for keybox in Keybox::make(&member.notebook, key, &[].into(), &kems).unwrap() {
        let draft = log.draft(Kind::Keybox, keybox.key_id);
        member.put(log, &draft, keybox.encode());
    }
}

/// Two logs, each with another first change by one actor, and a change that follows it.
pub(crate) fn twins(member: &mut Member, doc: DocId) -> [ByHand; 2] {
    let document = member.document(doc);
    let mut logs = [member.begin_log(), member.begin_log()];
    let origin = logs[0].init.clone();
    let followers = [70_u8, 71];
    for (at, log) in logs.iter_mut().enumerate() {
        let Content::Change(mut change) = change_from(member, &origin, doc, 69) else {
            unreachable!("a change is a change");
        };
        let mut chunk = moot_sim::Chunk::parse(&change.changes[0]).unwrap();
        chunk.at_ms = i64::try_from(at).unwrap();
        change.changes = vec![chunk.encode()];
        let first = moot_notebook::ChangeHash::of_chunk(&change.changes[0]).0;
        member.say(log, Content::Change(change));
        let Content::Change(mut change) = sound_change(member, log, doc, followers[at]) else {
            unreachable!("a change is a change");
        };
        let mut chunk = moot_sim::Chunk::parse(&change.changes[0]).unwrap();
        assert_eq!(document.heads().len(), 1, "one change follows all there is");
        chunk.deps = vec![first];
        chunk.start_op += 1;
        change.changes = vec![chunk.encode()];
        member.say(log, Content::Change(change));
    }
    logs
}

/// What a member says of the roster that is not theirs to say.
pub(crate) fn roster_events(member: &mut Member, victim: DevicePk) -> ByHand {
    let mut log = member.begin_log();
    for event in events(member, victim) {
        member.say(&mut log, Content::Roster(event));
    }
    log
}

/// The same and a change, by somebody whom nobody let in.
pub(crate) fn of_a_stranger(member: &mut Member, victim: DevicePk, doc: DocId) -> ByHand {
    let stranger = SigningKey::from_bytes(&[0xab; 32]);
    let mut log = member.begin_log_of(&stranger);
    let contents = events(member, victim)
        .into_iter()
        .map(Content::Roster)
        .chain([sound_change(member, &log, doc, 50)]);
    for content in contents.collect::<Vec<_>>() {
        let plaintext = Body {
            after: member.heads(),
            content,
        };
        let draft = log.draft(Kind::Sealed, member.key.id());
        let key = member.key.clone();
        let body = key.seal(&draft.aad(), &plaintext.encode().unwrap(), &mut member.rng);
        member.put_as(&mut log, &draft, body.unwrap(), &stranger);
    }
    log
}

fn events(member: &mut Member, victim: DevicePk) -> Vec<RosterEvent> {
    let seed = InviteSeed::generate(&mut member.rng);
    let stranger = SigningKey::from_bytes(&[0xab; 32]);
    let request = |purpose| {
        let applicant = Applicant {
            purpose,
            log_init: LogInit::sign(member.notebook, [3; 16], &stranger),
            kem: member.secrets.kem_public(),
            name: "Eve".to_owned(),
            device_name: "her laptop".to_owned(),
        };
        Box::new(JoinRequest::make(applicant, &seed, &stranger).unwrap())
    };
    vec![
        RosterEvent::Admit(request(Purpose::Join)),
        RosterEvent::Link(request(Purpose::Link)),
        RosterEvent::Admit(request(Purpose::Link)),
        RosterEvent::InviteRevoke(seed.public()),
        RosterEvent::Retire(Retire {
            device: victim,
            cut: Vec::new(),
        }),
        RosterEvent::Retire(Retire {
            device: DevicePk([0xef; 32]),
            cut: Vec::new(),
        }),
        RosterEvent::DeviceKey(KemPk([0; 32])),
        RosterEvent::DeviceAddresses(DeviceAddresses {
            at_ms: i64::MAX,
            reach: Reach {
                peer_id: vec![0xff; 40],
                addresses: vec!["/not/an/address".to_owned(), String::new()],
            },
            relays: Vec::new(),
        }),
        RosterEvent::DeviceName("\u{202e}\u{0}🦊".to_owned()),
        RosterEvent::Genesis(Genesis {
            notebook: member.notebook,
            discovery_key: [1; 32],
            device: member.secrets.device(),
            kem: member.secrets.kem_public(),
            name: "Mallory the founder".to_owned(),
            device_name: "throne".to_owned(),
            at_ms: 0,
            nonce: [0; 16],
        }),
    ]
}

/// A sound change that types an `x`, made in a session of a log.
fn change_from(member: &Member, origin: &LogInit, doc: DocId, session: u8) -> Content {
    change_in(&member.document(doc), origin, doc, session)
}

fn change_in(document: &Document, origin: &LogInit, doc: DocId, session: u8) -> Content {
    let log = origin.log_id();
    // The list of hostile changes begins with a sound one; another session makes it another actor's.
    let (_, _, bytes) = changes::all(document, &log).swap_remove(0);
    let mut chunk = moot_sim::Chunk::parse(&bytes).unwrap();
    let session = [session; 16];
    chunk.actor = moot_group::actor_id(&log, &session).to_vec();
    Content::Change(Change {
        doc_id: doc.0,
        origin_log: log,
        session,
        changes: vec![chunk.encode()],
        carried: Vec::new(),
    })
}

pub(crate) fn sound_change(member: &Member, log: &ByHand, doc: DocId, session: u8) -> Content {
    change_from(member, &log.init, doc, session)
}

fn sound_body(member: &Member, log: &ByHand, doc: DocId) -> Vec<u8> {
    let body = Body {
        after: member.heads(),
        content: sound_change(member, log, doc, 1),
    };
    body.encode().unwrap()
}

/// A live frame with a sound change, as an entry carries it.
pub(crate) fn live(
    member: &mut Member,
    init: &LogInit,
    signing: &SigningKey,
    key: &EpochKey,
    doc: DocId,
    session: u8,
) -> Carried {
    let document = member.document(doc);
    live_in(member, &document, (init, session), signing, key, doc)
}

/// The same for a document that the caller knows better than the member.
pub(crate) fn live_in(
    member: &mut Member,
    document: &Document,
    from: (&LogInit, u8),
    signing: &SigningKey,
    key: &EpochKey,
    doc: DocId,
) -> Carried {
    let change = change_in(document, from.0, doc, from.1);
    live_with(member, change, from, signing, key)
}

/// The same with a change that is refused: its first number is not 1.
pub(crate) fn live_spoilt(
    member: &mut Member,
    document: &Document,
    from: (&LogInit, u8),
    signing: &SigningKey,
    key: &EpochKey,
    doc: DocId,
) -> Carried {
    let Content::Change(mut change) = change_in(document, from.0, doc, from.1) else {
        unreachable!("a change is a change");
    };
    let mut chunk = moot_sim::Chunk::parse(&change.changes[0]).unwrap();
    chunk.seq = 5;
    change.changes = vec![chunk.encode()];
    live_with(member, Content::Change(change), from, signing, key)
}

fn live_with(
    member: &mut Member,
    content: Content,
    (init, session): (&LogInit, u8),
    signing: &SigningKey,
    key: &EpochKey,
) -> Carried {
    let Content::Change(change) = content else {
        unreachable!("a change is a change");
    };
    let delta = Live::Delta(Delta {
        doc_id: change.doc_id,
        changes: change.changes,
    });
    let sender = Sender {
        notebook: member.notebook,
        log: init.log_id(),
        session: [session; 16],
        counter: 1,
    };
    LiveFrame::sign(sender, &delta, key, signing, &mut member.rng)
        .unwrap()
        .carry(init)
}

fn body_of_kind(kind: u64, after: &BTreeSet<EntryId>, content: &[u8]) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    let heads = |e: &mut Encoder<Vec<u8>>| -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.map(3)?.u8(0)?.u64(kind)?.u8(1)?.array(after.len() as u64)?;
        after.iter().try_for_each(|head| e.encode(head).map(drop))?;
        e.u8(2)?;
        Ok(())
    };
    heads(&mut e).unwrap();
    [e.into_writer().as_slice(), content].concat()
}

fn keybox(key_id: &KeyId, supersedes: &[KeyId], wraps: &[u8]) -> Vec<u8> {
    let mut e = Encoder::new(Vec::new());
    let fields = |e: &mut Encoder<Vec<u8>>| -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.map(3)?.u8(0)?.encode(key_id)?;
        e.u8(1)?.encode(supersedes)?;
        e.u8(2)?.bytes(wraps)?;
        Ok(())
    };
    fields(&mut e).unwrap();
    e.into_writer()
}
