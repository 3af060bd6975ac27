//! What is kept beside entries and keys is lost or spoiled: the home opens all the same and shows what it showed.

use moot_engine::reply::{Doctor, Status};
use moot_engine::{Command, ErrorKind, Reply};
use moot_log::NotebookId;
use moot_log::storage::{Batch, Indexed, Op, Reader, Space, Store};
use moot_sim::World;
use moot_sim::world::Crash;

use crate::garden::{append, ask, doctor, done, note, shared, shown, status, text};

const ANA: usize = 0;

/// A notebook of two with a few notes, and its id.
fn garden(seed: u64) -> (World, NotebookId) {
    let mut world = World::new(seed);
    shared(&mut world, &["Ana", "Ben"]);
    for title in ["Watering", "Seeds", "Tools"] {
        let id = note(&mut world, ANA, title, "Every second day. See [[Tools]].\n");
        world.run_for(5_000);
        append(&mut world, 1 - ANA, &id, "Ask Ben.\n");
        world.run_for(5_000);
    }
    let rename = Command::NoteDelete {
        note: "Seeds".to_owned(),
    };
    done(&mut world, ANA, rename);
    world.run_for(60_000);
    let id = notebook(&mut world);
    (world, id)
}

fn notebook(world: &mut World) -> NotebookId {
    let text = status(world, ANA).notebook.id;
    let bytes: Vec<u8> = (0..16)
        .map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
        .collect();
    NotebookId::try_from(bytes.as_slice()).unwrap()
}

fn spoil(world: &mut World, ops: Vec<Op>) {
    let ops = Batch {
        ops,
        durability: moot_log::storage::Durability::Synced,
    };
    world.disk(ANA).commit(&ops).unwrap();
}

fn reopen(world: &mut World) {
    world.crash(ANA, Crash::Killed);
    world.start(ANA);
    world.run_for(1_000);
}

/// Every row of a space, as operations that put something else there.
fn all_become(world: &mut World, space: Space, id: NotebookId, value: &[u8]) -> Vec<Op> {
    let rows = world.disk(ANA).scan(space, &id, &[], None, 1_000).unwrap();
    let put = |(key, _)| Op::Put {
        space,
        notebook: id,
        key,
        value: value.to_vec(),
    };
    rows.into_iter().map(put).collect()
}

fn first_is_lost(world: &mut World, space: Space, id: NotebookId) -> Vec<Op> {
    let rows = world.disk(ANA).scan(space, &id, &[], None, 1).unwrap();
    let delete = |(key, _)| Op::Delete {
        space,
        notebook: id,
        key,
    };
    rows.into_iter().map(delete).collect()
}

fn messages(doctor: &Doctor) -> Vec<&str> {
    doctor
        .findings
        .iter()
        .map(|finding| finding.message.as_str())
        .collect()
}

fn tells_of_mending(status: &Status) -> bool {
    let told = |notice: &String| notice.contains("made again from the entries");
    status.notices.iter().any(told)
}

#[track_caller]
fn is_as_before(world: &mut World, before: &(crate::garden::Shown, String), what: &str) {
    let after = (shown(world, ANA), text(world, ANA, "Watering"));
    assert_eq!(*before, after, "{what}");
    let doctor = doctor(world, ANA, false);
    assert!(doctor.ok, "{what}: {:?}", messages(&doctor));
}

const KEPT_OF_ENTRIES: [Space; 6] = [
    Space::Opened,
    Space::DocEntry,
    Space::DocRow,
    Space::Actor,
    Space::Link,
    Space::Snapshot,
];

#[test]
fn a_home_whose_kept_rows_are_lost_makes_them_again_when_it_is_opened() {
    let (mut world, id) = garden(1);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    for space in KEPT_OF_ENTRIES {
        if matches!(space, Space::Link | Space::Snapshot) {
            continue;
        }
        for whole in [false, true] {
            let ops = if whole {
                vec![Op::Clear {
                    space,
                    notebook: id,
                }]
            } else {
                first_is_lost(&mut world, space, id)
            };
            assert!(!ops.is_empty(), "{space:?}");
            spoil(&mut world, ops);
            reopen(&mut world);
            let what = format!("{space:?}, all of it: {whole}");
            is_as_before(&mut world, &before, &what);
            assert!(tells_of_mending(&status(&mut world, ANA)), "{what}");
        }
    }
}

#[test]
fn a_home_whose_kept_rows_are_spoiled_makes_them_again_when_it_is_opened() {
    let (mut world, id) = garden(2);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    for space in KEPT_OF_ENTRIES {
        if space == Space::Link {
            continue; // Their keys say everything.
        }
        let ops = all_become(&mut world, space, id, b"\xff?");
        spoil(&mut world, ops);
        reopen(&mut world);
        if space == Space::DocEntry {
            // Nobody looks at them before a note is opened.
            let show = Command::NoteShow {
                note: "Watering".to_owned(),
                at: None,
            };
            let error = ask(&mut world, ANA, show).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Damaged);
            assert!(error.hint.contains("Try again"), "{error:?}");
            reopen(&mut world);
        }
        is_as_before(&mut world, &before, &format!("{space:?}"));
    }
}

#[test]
fn rows_that_are_neither_truth_nor_made_of_it_keep_nobody_from_opening() {
    let (mut world, id) = garden(3);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    let type_in = Command::NoteType {
        seen: None,
        note: "Tools".to_owned(),
        splices: Vec::new(),
    };
    let _ = ask(&mut world, ANA, type_in);
    for space in [
        Space::Journal,
        Space::Receipt,
        Space::Address,
        Space::Invite,
        Space::Read,
        Space::Notice,
    ] {
        let mut ops = all_become(&mut world, space, id, b"\xff?");
        ops.push(Op::Put {
            space,
            notebook: id,
            key: vec![7; 24],
            value: b"\xff?".to_vec(),
        });
        spoil(&mut world, ops);
        reopen(&mut world);
        world.run_for(60_000);
        is_as_before(&mut world, &before, &format!("{space:?}"));
    }
}

#[test]
fn a_lost_key_comes_back_from_its_keybox() {
    let (mut world, id) = garden(4);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    let keys = all_become(&mut world, Space::Key, id, b"gone");
    for ops in [
        keys,
        vec![Op::Clear {
            space: Space::Key,
            notebook: id,
        }],
    ] {
        spoil(&mut world, ops);
        reopen(&mut world);
        is_as_before(&mut world, &before, "keys");
    }
}

#[test]
fn rows_that_are_well_formed_and_wrong_are_found_by_doctor_and_made_again() {
    let (mut world, id) = garden(5);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    for space in [
        Space::DocRow,
        Space::DocEntry,
        Space::Link,
        Space::Opened,
        Space::Aside,
    ] {
        let rows = world.disk(ANA).scan(space, &id, &[], None, 99).unwrap();
        let mut ops = Vec::new();
        let mut put = |key: &[u8], value: &[u8]| {
            ops.push(Op::Put {
                space,
                notebook: id,
                key: key.to_vec(),
                value: value.to_vec(),
            });
        };
        match (rows.first(), rows.last()) {
            (Some((first, value)), Some((last, other))) if space != Space::Link => {
                put(first, other);
                put(last, value);
            }
            (Some((first, value)), _) => put(&[first.as_slice(), b"?"].concat(), value),
            _ => continue,
        }
        spoil(&mut world, ops);
        let found = doctor(&mut world, ANA, false);
        assert!(!found.ok, "{space:?}: {:?}", messages(&found));
        let named = found.findings.iter().all(|finding| {
            finding
                .notebook
                .as_ref()
                .is_some_and(|notebook| notebook.name == "Garden")
        });
        assert!(named, "{:?}", found.findings);
        let mended = doctor(&mut world, ANA, true);
        assert!(mended.ok, "{space:?}: {:?}", messages(&mended));
        is_as_before(&mut world, &before, &format!("{space:?}"));
    }
}

#[test]
fn a_search_index_that_says_what_the_documents_do_not_is_found_by_doctor_and_made_again() {
    let (mut world, id) = garden(8);
    let before = (shown(&mut world, ANA), text(&mut world, ANA, "Watering"));
    let right = world.disk(ANA).indexed(&id).unwrap();
    let wrong = |document: &Indexed| Indexed {
        text: "nothing to find".to_owned(),
        ..document.clone()
    };
    let strange = Indexed {
        doc: [7; 16],
        title: "Nobody wrote this".to_owned(),
        text: String::new(),
    };
    let index = |document: Indexed| Op::Index {
        notebook: id,
        document,
    };
    let lost = Op::Unindex {
        notebook: id,
        doc: right[0].doc,
    };
    for op in [index(wrong(&right[0])), index(strange), lost] {
        spoil(&mut world, vec![op]);
        let found = doctor(&mut world, ANA, false);
        let told = messages(&found);
        let named = told.iter().any(|told| told.contains("search index"));
        assert!(!found.ok && named, "{told:?}");
        let mended = doctor(&mut world, ANA, true);
        assert!(mended.ok, "{:?}", messages(&mended));
        assert_eq!(world.disk(ANA).indexed(&id).unwrap(), right);
        is_as_before(&mut world, &before, "search index");
    }
}

#[test]
fn a_home_that_lost_an_entry_opens_and_says_so() {
    let (mut world, id) = garden(6);
    world.part(vec![0, 1]);
    let chains = world.disk(ANA).chains(&id).unwrap();
    for chain in chains {
        world.disk(ANA).lose_entry(&id, &chain.id, chain.len - 2);
    }
    let opened = Op::Clear {
        space: Space::Opened,
        notebook: id,
    };
    spoil(&mut world, vec![opened]);
    for _ in 0..2 {
        reopen(&mut world);
        let found = doctor(&mut world, ANA, true);
        let lost = messages(&found)
            .iter()
            .filter(|message| message.starts_with("entry") && message.contains("cannot be read"))
            .count();
        assert_eq!((found.ok, lost), (false, 2), "{:?}", messages(&found));
    }
    let told = status(&mut world, ANA).notices;
    assert!(
        told.iter()
            .any(|notice| notice.contains("2 entries cannot be read")),
        "{told:?}"
    );
    match done(&mut world, ANA, Command::NoteList { deleted: false }) {
        Reply::Notes(notes) => assert!(!notes.is_empty()),
        other => panic!("not notes: {other:?}"),
    }
}

#[test]
fn one_notebook_beyond_mending_keeps_nobody_from_the_others() {
    let (mut world, id) = garden(7);
    let new = Command::New {
        notebook: "Kitchen".to_owned(),
        purpose: None,
    };
    done(&mut world, ANA, new);
    world.run_for(10_000);
    spoil(
        &mut world,
        vec![Op::Put {
            space: Space::Notebook,
            notebook: id,
            key: b"notebook".to_vec(),
            value: b"?".to_vec(),
        }],
    );
    reopen(&mut world);
    let rows = match done(&mut world, ANA, Command::Notebooks) {
        Reply::Notebooks(rows) => rows,
        other => panic!("not notebooks: {other:?}"),
    };
    let states: Vec<(&str, &str)> = rows
        .iter()
        .map(|row| (row.name.as_str(), row.state.as_str()))
        .collect();
    assert_eq!(states, [("Kitchen", "joined"), ("", "damaged")]);
    assert!(doctor(&mut world, ANA, false).ok);
}
