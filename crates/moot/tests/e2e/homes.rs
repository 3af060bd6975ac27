//! Homes: made, missing, copied by halves, in use, not ours.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;

use moot_log::NotebookId;
use moot_log::storage::{Batch, Durability, Op, Space, Store};
use moot_store::SqliteStore;
use serde_json::Value;

use crate::world::{Ended, World};

#[test]
fn without_a_home_every_command_says_how_to_begin() {
    let world = World::new();
    for command in [
        &["note", "list"][..],
        &["status"],
        &["people"],
        &["node"],
        &["doctor"],
        &["sync", "--wait", "1s"],
    ] {
        let error = world.ask("a", command).error(3);
        assert_eq!(error["kind"], "not_found", "{command:?}");
        assert!(error["hint"].as_str().unwrap().contains("moot init"));
    }
    assert!(!world.path("a").exists(), "asking makes no home");
}

#[test]
fn a_new_home_is_private() {
    let world = World::new();
    world.init("a", "Ana");
    let mode = |name: &str| {
        let found = fs::metadata(world.path("a").join(name)).unwrap();
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(""), 0o700);
    assert_eq!(mode("storage.key"), 0o600);
    assert_eq!(mode("store.db"), 0o600);
}

#[test]
fn init_needs_a_directory_of_its_own() {
    let world = World::new();
    fs::create_dir(world.path("a")).unwrap();
    fs::write(world.path("a").join("letter.txt"), "dear").unwrap();
    let init = ["init", "--name", "Ana", "--new", "Garden"];
    assert_eq!(world.ask("a", &init).kind(4), "refused");
    assert_eq!(fs::read_dir(world.path("a")).unwrap().count(), 1);
    fs::write(world.path("file"), "").unwrap();
    assert_eq!(world.ask("file", &init).kind(1), "failed");
}

#[test]
fn an_init_on_a_full_disk_leaves_nothing_and_can_be_given_again() {
    let world = World::new();
    let init = ["--json", "init", "--name", "Ana", "--new", "Garden"];
    let refused = Ended::of(world.limited("a", 2, &init).output().unwrap());
    assert_eq!(refused.kind(1), "failed");
    assert!(!world.path("a").exists());
    world.run("a", &init).json();
}

#[test]
fn a_refused_init_does_not_take_a_key_away_that_was_there() {
    let world = World::new();
    world.init("a", "Ana");
    let key = world.path("a").join("storage.key");
    let before = fs::read(&key).unwrap();
    for file in ["store.db", "store.db-wal", "store.db-shm"] {
        let _ = fs::remove_file(world.path("a").join(file));
    }
    assert_eq!(world.ask("a", &["note", "list"]).kind(3), "not_found");
    let nameless = ["init", "--name", " ", "--new", "Garden"];
    assert_ne!(world.ask("a", &nameless).code, 0);
    assert_eq!(fs::read(&key).unwrap(), before);
}

#[test]
fn a_home_copied_without_its_key_says_which_file_is_missing() {
    let world = World::new();
    world.init("a", "Ana");
    fs::remove_file(world.path("a").join("storage.key")).unwrap();
    let error = world.ask("a", &["note", "list"]).error(1);
    assert_eq!(error["kind"], "damaged");
    assert!(error["message"].as_str().unwrap().contains("storage.key"));
    assert!(!world.path("a").join("storage.key").exists());
}

#[test]
fn a_home_with_another_homes_key_is_refused_and_left_alone() {
    let world = World::new();
    world.init("a", "Ana");
    world.init("b", "Bo");
    let key = |home: &str| world.path(home).join("storage.key");
    fs::copy(key("b"), key("a")).unwrap();
    assert_eq!(world.ask("a", &["note", "list"]).kind(1), "damaged");
}

#[test]
fn a_store_that_is_no_store_is_damage_and_doctor_says_so() {
    let world = World::new();
    world.init("a", "Ana");
    let store = world.path("a").join("store.db");
    for beside in ["store.db-wal", "store.db-shm"] {
        let _ = fs::remove_file(world.path("a").join(beside));
    }
    fs::write(&store, "dear diary, this is not a database at all").unwrap();
    assert_eq!(world.ask("a", &["note", "list"]).kind(1), "damaged");
    let report = world.ask("a", &["doctor"]);
    assert_eq!(report.code, 1);
    let report: Value = serde_json::from_slice(&report.stdout).unwrap();
    assert_eq!(report["ok"], false);
    assert!(!report["findings"].as_array().unwrap().is_empty());
}

#[test]
fn settings_that_make_no_sense_name_the_file_and_the_line() {
    let world = World::new();
    world.init("a", "Ana");
    fs::write(
        world.path("a").join("config.toml"),
        "port = 1\ncolour = 3\n",
    )
    .unwrap();
    let error = world.ask("a", &["note", "list"]).error(2);
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("config.toml") && message.contains("line 2"),
        "{message}"
    );
}

#[test]
fn many_processes_on_one_home_take_turns_and_none_is_lost() {
    let world = World::new();
    world.init("a", "Ana");
    let children: Vec<_> = (0..8)
        .map(|number| {
            let title = format!("note {number}");
            world
                .command("a", &["--json", "note", "new", &title])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let notes = world.ask("a", &["note", "list"]).json();
    assert_eq!(notes.as_array().unwrap().len(), 8);
}

#[test]
fn of_several_who_begin_a_home_at_once_one_does_and_the_others_are_refused() {
    let world = World::new();
    let children: Vec<_> = (0..4)
        .map(|number| {
            let name = format!("Notebook {number}");
            world
                .command("a", &["--json", "init", "--name", "Ana", "--new", &name])
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut began = 0;
    for child in children {
        let ended = Ended::of(child.wait_with_output().unwrap());
        if ended.code == 0 {
            began += 1;
        } else {
            assert_eq!(ended.kind(4), "refused");
        }
    }
    assert_eq!(began, 1);
    let rows = world.ask("a", &["notebooks"]).json();
    assert_eq!(rows.as_array().unwrap().len(), 1);
}

#[test]
fn a_second_init_makes_no_second_person() {
    let world = World::new();
    world.init("a", "Ana");
    let again = world.ask("a", &["init", "--name", "Bo", "--new", "Other"]);
    assert_eq!(again.kind(4), "refused");
}

#[test]
fn doctor_finds_a_new_home_sound_also_after_a_rebuild() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Bees", "two hives");
    for command in [&["doctor"][..], &["doctor", "--rebuild"]] {
        let report = world.ask("a", command).json();
        assert_eq!(report["ok"], true, "{report}");
    }
    assert_eq!(world.body("a", &id), "two hives");
}

#[test]
fn an_owner_of_another_version_is_told_apart_and_one_that_is_silent_is_waited_for_in_vain() {
    let world = World::new();
    world.init("a", "Ana");
    let lock_path = world.path("a").join("lock");
    let lock = fs::OpenOptions::new().write(true).open(&lock_path).unwrap();
    lock.try_lock().unwrap();
    let socket = world.path("other.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let owner = serde_json::json!({"process": 1, "socket": socket});
    fs::write(&lock_path, owner.to_string()).unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"moot-control 999 9.9.9\n").unwrap();
        // Until the client is gone, so that it sees the greeting and not a reset.
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let error = world.ask("a", &["note", "list"]).error(4);
    assert!(
        error["message"].as_str().unwrap().contains("9.9.9"),
        "{error}"
    );
    answering.join().unwrap();
    fs::write(&lock_path, serde_json::json!({"process": 4321}).to_string()).unwrap();
    let error = world.ask("a", &["note", "list"]).error(1);
    assert!(
        error["message"].as_str().unwrap().contains("4321"),
        "{error}"
    );
}

/// Puts something else in place of what opens a notebook.
fn spoil(world: &World, home: &str, id: &str) {
    let batch = Batch {
        ops: vec![Op::Put {
            space: Space::Notebook,
            notebook: id.parse::<NotebookId>().unwrap(),
            key: b"notebook".to_vec(),
            value: b"?".to_vec(),
        }],
        durability: Durability::Synced,
    };
    let mut store = SqliteStore::open(&world.path(home).join("store.db")).unwrap();
    store.commit(&batch).unwrap();
    store.close().unwrap();
}

#[test]
fn a_damaged_notebook_among_sound_ones_is_shown_as_one_and_keeps_nobody_from_the_others() {
    let world = World::new();
    let garden = world.init("a", "Ana");
    let garden = garden["notebook"]["id"].as_str().unwrap();
    world.note("a", "Bees", "two hives");
    for name in ["Kitchen", "Workshop"] {
        world.ask("a", &["new", name]).json();
    }
    spoil(&world, "a", garden);
    check_damaged_among_sound(&world, garden);
    // Just so through a node, which comes up all the same.
    let node = world.node("a");
    check_damaged_among_sound(&world, garden);
    node.terminate();
}

fn check_damaged_among_sound(world: &World, garden: &str) {
    let rows = world.ask("a", &["notebooks"]).json();
    let mut told: Vec<(&str, &str)> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["name"].as_str().unwrap(),
                row["state"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    let expected = [
        ("", "damaged"),
        ("Kitchen", "joined"),
        ("Workshop", "joined"),
    ];
    assert_eq!(told, expected);
    let table = world.run("a", &["notebooks"]).text();
    let row = table.lines().find(|row| row.contains("damaged")).unwrap();
    assert!(row.contains(&garden[..8]), "{table}");
    let overview = world.run("a", &[]).text();
    let row = overview.lines().find(|row| row.contains("damaged"));
    assert!(row.unwrap().contains(&garden[..8]), "{overview}");
    for text in [table, overview] {
        assert!(
            !text.contains("0 people"),
            "who is in it is not known: {text}"
        );
    }

    for command in [
        &["status"][..],
        &["note", "list"],
        &["sync", "--wait", "1s"],
    ] {
        let mut damaged = vec!["--notebook", garden];
        damaged.extend_from_slice(command);
        let error = world.ask("a", &damaged).error(1);
        assert_eq!(error["kind"], "damaged", "{command:?}: {error}");
        assert_ne!(error["hint"], "", "{command:?}");
    }
    let sound = world.ask("a", &["--notebook", "Kitchen", "status"]).json();
    assert_eq!(sound["notebook"]["name"], "Kitchen");
    world
        .ask("a", &["--notebook", "Kitchen", "note", "new", "Soup"])
        .json();
    // Which of the sound ones is meant has to be said, as ever.
    assert_eq!(world.ask("a", &["status"]).kind(3), "ambiguous");
    check_doctor_names_the_damaged(world, garden);
}

fn check_doctor_names_the_damaged(world: &World, garden: &str) {
    let examined = world.ask("a", &["doctor"]);
    assert_eq!(examined.code, 1, "{}", examined.stderr);
    let report: Value = serde_json::from_slice(&examined.stdout).unwrap();
    assert_eq!(report["ok"], false);
    let findings = report["findings"].as_array().unwrap();
    let of = |finding: &&Value| finding["notebook"]["id"] == garden;
    assert_eq!(findings.iter().filter(of).count(), 1, "{report}");
    for finding in findings {
        assert_eq!(finding["level"] == "damage", of(&finding), "{report}");
    }
    let damage = findings.iter().find(of).unwrap();
    let advice = damage["advice"].as_str().unwrap();
    assert!(
        !advice.is_empty() && !advice.contains("moot doctor"),
        "{advice}"
    );
    let text = world.run("a", &["doctor"]).text();
    assert!(text.contains("Something is damaged"), "{text}");
    let sound = world.ask("a", &["--notebook", "Kitchen", "doctor"]).json();
    assert_eq!(sound["ok"], true, "{sound}");
    let mended = world.ask("a", &["--notebook", garden, "doctor", "--rebuild"]);
    assert_eq!(mended.code, 1, "{}", mended.text());
}

/// It was told that there is no notebook yet, with advice to make one.
#[test]
fn a_home_that_cannot_be_looked_into_is_not_taken_for_an_absent_one() {
    let world = World::new();
    fs::write(world.path("file"), "no directory").unwrap();
    std::os::unix::fs::symlink("loop", world.path("loop")).unwrap();
    for home in ["file", "loop"] {
        for command in [
            &["note", "list"][..],
            &["status"],
            &["notebooks"],
            &["init", "--name", "Ana", "--new", "Garden"],
        ] {
            let error = world.ask(home, command).error(1);
            assert_eq!(error["kind"], "failed", "{home} {command:?}: {error}");
        }
    }
}

#[test]
fn what_doctor_counts_it_counts_as_people_do() {
    let world = World::new();
    world.init("a", "Ana");
    let told = world.run("a", &["doctor"]).text();
    assert!(told.contains(" in 1 log, every"), "{told}");
    assert!(
        told.contains("1 document is what its entries say"),
        "{told}"
    );
}
