//! Bad days: a home that may not be written, a disk that is full, a copy that broke off, Ctrl-C at the door.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::world::{Ended, World, signal, tell, until};

/// Nobody in particular.
const OTHER_USER: u32 = 65_534;

/// Runs a command as somebody to whom permissions apply. None where that is not possible here.
fn run_held(world: &World, arguments: &[&str]) -> Option<Ended> {
    let root = world.path("");
    if !is_superuser(&root) {
        return Some(world.ask("a", arguments));
    }
    let mut all = vec!["--json"];
    all.extend_from_slice(arguments);
    let mut command = world.command("a", &all);
    command.uid(OTHER_USER).gid(OTHER_USER);
    give_away(&root);
    let probe = world
        .command("a", &["--version"])
        .uid(OTHER_USER)
        .gid(OTHER_USER)
        .output();
    match probe {
        Ok(output) if output.status.success() => command.output().ok().map(Ended::of),
        _ => {
            tell("skipped: the program cannot be run as another user here");
            None
        }
    }
}

fn is_superuser(directory: &Path) -> bool {
    let probe = directory.join("whose");
    fs::write(&probe, "").unwrap();
    let user = fs::metadata(&probe).unwrap().uid();
    fs::remove_file(&probe).unwrap();
    user == 0
}

fn give_away(path: &Path) {
    chown(path, Some(OTHER_USER), Some(OTHER_USER)).unwrap();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            give_away(&entry.path());
        } else {
            chown(entry.path(), Some(OTHER_USER), Some(OTHER_USER)).unwrap();
        }
    }
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_home_that_may_not_be_written_is_refused_in_words_and_left_as_it_was() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Kept", "text");
    let home = world.path("a");
    for entry in fs::read_dir(&home).unwrap() {
        mode(&entry.unwrap().path(), 0o400);
    }
    mode(&home, 0o500);
    for command in [
        &["note", "new", "x"][..],
        &["note", "list"],
        &["node"],
        &["doctor"],
    ] {
        let Some(ended) = run_held(&world, command) else {
            return;
        };
        let error = ended.error(1);
        assert_eq!(error["kind"], "failed", "{command:?}");
        let told = format!("{} {}", error["message"], error["hint"]);
        assert!(told.contains("writ"), "{command:?}: {error}");
    }
    mode(&home, 0o700);
    for entry in fs::read_dir(&home).unwrap() {
        mode(&entry.unwrap().path(), 0o600);
    }
    let Some(ended) = run_held(&world, &["note", "show", "Kept"]) else {
        return;
    };
    assert_eq!(ended.json()["body"], "text");
}

#[test]
fn files_and_folders_that_may_not_be_read_are_left_alone_with_the_reason() {
    let world = World::new();
    world.init("a", "Ana");
    let folder = world.path("in");
    fs::create_dir_all(folder.join("closed")).unwrap();
    for name in ["fine.md", "secret.md", "closed/inside.md"] {
        fs::write(folder.join(name), name).unwrap();
    }
    mode(&folder.join("secret.md"), 0);
    mode(&folder.join("closed"), 0);
    let path = folder.to_str().unwrap().to_owned();
    let ended = run_held(&world, &["import", &path]);
    mode(&folder.join("closed"), 0o700);
    let Some(ended) = ended else { return };
    let report = ended.json();
    assert_eq!(report["imported"], 1, "{report}");
    let rows = report["skipped"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "{report}");
    for row in rows {
        assert!(
            row["reason"].as_str().unwrap().contains("cannot be read"),
            "{row}"
        );
        assert_ne!(row["path"], "");
    }
    mode(&folder, 0);
    let ended = run_held(&world, &["import", &path]);
    mode(&folder, 0o700);
    let report = ended.unwrap().json();
    assert_eq!(report["skipped"][0]["path"], path.as_str(), "{report}");
}

/// A disk of a few megabytes, taken away when dropped.
pub(crate) struct SmallDisk(PathBuf);

impl SmallDisk {
    pub(crate) fn mount(at: PathBuf) -> Option<Self> {
        Self::of("size=2m", at)
    }

    pub(crate) fn of(size: &str, at: PathBuf) -> Option<Self> {
        fs::create_dir(&at).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "moot-test"])
            .arg(&at)
            .stderr(Stdio::null())
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(at));
        }
        tell("skipped: only the superuser mounts a disk, and not everywhere");
        None
    }

    /// Leaves no room at all.
    pub(crate) fn fill(&self) {
        let filler = self.0.join("filler");
        for bytes in [64 * 1024, 4096, 1] {
            let chunk = vec![0; bytes];
            let mut file = fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&filler)
                .unwrap();
            while std::io::Write::write_all(&mut file, &chunk).is_ok() {}
        }
    }

    pub(crate) fn make_room(&self) {
        fs::remove_file(self.0.join("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_loses_nothing_and_is_over_once_there_is_room() {
    let world = World::new();
    let Some(disk) = SmallDisk::mount(world.path("disk")) else {
        return;
    };
    world.settle_in("disk/a");
    world
        .ask("disk/a", &["init", "--name", "Ana", "--new", "Garden"])
        .json();
    let id = world.note("disk/a", "Kept", "before");
    disk.fill();
    for command in [
        &["note", "new", "Lost", "--body", "x"][..],
        &["note", "append", &id, "more"],
        &["invite"],
        &["new", "Kitchen"],
    ] {
        let error = world.ask("disk/a", command).error(1);
        assert_eq!(error["kind"], "failed", "{command:?}");
        let told = format!("{} {}", error["message"], error["hint"]);
        assert!(
            told.contains("full") || told.contains("room"),
            "{command:?}: {error}"
        );
    }
    disk.make_room();
    assert_eq!(world.body("disk/a", &id), "before");
    assert_eq!(world.ask("disk/a", &["doctor"]).json()["ok"], true);
    world
        .ask("disk/a", &["note", "append", &id, "after"])
        .json();
    assert_eq!(
        world
            .ask("disk/a", &["note", "list"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
    // Exports end with an error, and what is there is whole.
    disk.fill();
    let out = world.path("disk/out");
    let ended = world.ask("disk/a", &["export", out.to_str().unwrap()]);
    assert_eq!(ended.code, 1, "{}", ended.stderr);
}

#[test]
fn a_node_on_a_full_disk_goes_on_and_takes_writes_again_once_there_is_room() {
    let world = World::new();
    let Some(disk) = SmallDisk::mount(world.path("disk")) else {
        return;
    };
    world.settle_in("disk/a");
    world
        .ask("disk/a", &["init", "--name", "Ana", "--new", "Garden"])
        .json();
    let node = world.node("disk/a");
    let id = world.note("disk/a", "Kept", "before");
    disk.fill();
    assert_eq!(
        world.ask("disk/a", &["note", "new", "Lost"]).kind(1),
        "failed"
    );
    disk.make_room();
    until("the node takes writes again", || {
        world.ask("disk/a", &["note", "append", &id, "after"]).code == 0
    });
    assert!(world.body("disk/a", &id).starts_with("before\nafter"));
    node.terminate();
}

#[test]
fn a_copy_that_broke_off_is_told_from_a_sound_home() {
    let world = World::new();
    world.init("a", "Ana");
    for number in 0..40 {
        world.note("a", &format!("note {number}"), "some text");
    }
    let store = world.path("a/store.db");
    let whole = fs::read(&store).unwrap();
    for length in [whole.len() / 2, 5_000, 100] {
        fs::write(&store, &whole[..length]).unwrap();
        assert_eq!(
            world.ask("a", &["note", "list"]).kind(1),
            "damaged",
            "{length}"
        );
        let report = world.ask("a", &["doctor"]);
        assert_eq!(report.code, 1, "{length}: {}", report.text());
        let report: Value = serde_json::from_slice(&report.stdout).unwrap();
        assert_eq!(report["ok"], false);
        let advice = report["findings"][0]["advice"].as_str().unwrap();
        assert!(
            !advice.contains("moot doctor"),
            "that was just run: {advice}"
        );
    }
    fs::write(&store, "").unwrap();
    for command in [&["note", "list"][..], &["doctor"], &["notebooks"]] {
        assert_eq!(
            world.ask("a", command).kind(3),
            "not_found",
            "an empty file is no notebook"
        );
    }
    fs::write(&store, &whole).unwrap();
    let notes = world.ask("a", &["note", "list"]).json();
    assert_eq!(notes.as_array().unwrap().len(), 40);
}

#[test]
fn ctrl_c_at_the_door_keeps_the_request_and_status_tells_of_it() {
    let world = World::new();
    world.init("ana", "Ana");
    let ticket = world.ask("ana", &["invite"]).json()["ticket"]
        .as_str()
        .unwrap()
        .to_owned();
    world.settle_in("bo");
    let mut joining = world
        .command(
            "bo",
            &["--json", "join", &ticket, "--name", "Bo", "--wait", "60s"],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("the request is written down", || {
        assert!(joining.try_wait().unwrap().is_none());
        let rows = world.ask("bo", &["notebooks"]);
        rows.code == 0 && rows.json()[0]["state"] == "joining"
    });
    signal(&joining, "INT");
    let ended = Ended::of(joining.wait_with_output().unwrap());
    let error = ended.error(5);
    assert!(error["hint"].as_str().unwrap().contains("kept"), "{error}");
    let status = world.ask("bo", &["status"]).json();
    assert!(status["joining"].is_string(), "{status}");
    let text = world.run("bo", &["status"]).text();
    assert!(text.contains("joining"), "{text}");
    assert_eq!(world.ask("bo", &["note", "new", "x"]).kind(4), "refused");
    let listed = world.run("bo", &["note", "list"]);
    assert!(!listed.stderr.contains("note new"), "{}", listed.stderr);
    let alone = world.run("bo", &[]);
    assert!(alone.stderr.contains("join --cancel"), "{}", alone.stderr);
    let _ana = world.node("ana");
    world
        .ask("bo", &["join", &ticket, "--name", "Bo", "--wait", "40s"])
        .json();
}
