//! Imports of awkward folders, imports that are interrupted, and where imported files belong.

use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{World, signal, tell, until};

fn made(program: &str, arguments: &[&str]) -> bool {
    let ended = Command::new(program)
        .args(arguments)
        .stderr(Stdio::null())
        .status();
    ended.is_ok_and(|status| status.success())
}

fn reason<'a>(report: &'a Value, path: &str) -> &'a str {
    let rows = report["skipped"].as_array().unwrap();
    let row = rows.iter().find(|row| row["path"] == path);
    row.unwrap_or_else(|| panic!("{path}: {report}"))["reason"]
        .as_str()
        .unwrap()
}

#[test]
fn what_is_no_file_is_left_alone_with_the_reason_and_never_waited_for() {
    let world = World::new();
    world.init("a", "Ana");
    let folder = world.path("in");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(folder.join("fine.md"), "fine").unwrap();
    let at = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let _socket = UnixListener::bind(folder.join("socket.md")).unwrap();
    assert!(
        made("mkfifo", &[&at("pipe.md")]),
        "mkfifo is there wherever sh is"
    );
    std::os::unix::fs::symlink(&folder, folder.join("sub/round")).unwrap();
    std::os::unix::fs::symlink(folder.join("self.md"), folder.join("self.md")).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("out.md")).unwrap();
    let has_device = made("mknod", &[&at("device.md"), "c", "1", "5"]);
    if !has_device {
        tell("skipped: only the superuser makes device files");
    }
    let start = Instant::now();
    let report = world.ask("a", &["import", folder.to_str().unwrap()]).json();
    assert_eq!(report["imported"], 1, "{report}");
    for name in ["pipe.md", "socket.md"] {
        assert!(reason(&report, name).contains("not a file"), "{report}");
    }
    if has_device {
        assert!(
            reason(&report, "device.md").contains("not a file"),
            "{report}"
        );
    }
    for name in ["sub/round", "self.md", "out.md"] {
        assert!(reason(&report, name).contains("link"), "{report}");
    }
    for named in [&at("pipe.md"), "/dev/zero"] {
        let report = world.ask("a", &["import", named]).json();
        assert!(reason(&report, named).contains("not a file"), "{report}");
    }
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn names_that_are_no_text_are_left_alone_however_they_are_named() {
    let world = World::new();
    world.init("a", "Ana");
    let folder = world.path("in");
    fs::create_dir(&folder).unwrap();
    let strange = folder.join(std::ffi::OsString::from_vec(b"caf\xe9.md".to_vec()));
    if fs::write(&strange, "x").is_err() {
        tell("skipped: this file system takes no such names");
        return;
    }
    for path in [&folder, &strange] {
        let output = world
            .command("a", &["--json", "import"])
            .arg(path)
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["imported"], 0, "{report}");
        assert!(
            report["skipped"][0]["reason"]
                .as_str()
                .unwrap()
                .contains("UTF-8"),
            "{report}"
        );
    }
    let argument = world
        .command("a", &["--json", "note", "show"])
        .arg(std::ffi::OsString::from_vec(b"caf\xe9".to_vec()))
        .output()
        .unwrap();
    assert_eq!(argument.status.code(), Some(2));
}

#[test]
fn the_third_import_brings_only_what_changed_also_beside_what_people_wrote() {
    let world = World::new();
    world.init("a", "Ana");
    let folder = world.path("in");
    fs::create_dir(&folder).unwrap();
    for number in 0..5 {
        fs::write(
            folder.join(format!("{number}.md")),
            format!("# {number}\r\n\r\ntext\r\n"),
        )
        .unwrap();
    }
    let import = || {
        let report = world.ask("a", &["import", folder.to_str().unwrap()]).json();
        let number = |field: &str| report[field].as_u64().unwrap();
        (
            number("imported"),
            number("updated"),
            report["skipped"].as_array().unwrap().len(),
        )
    };
    assert_eq!(import(), (5, 0, 0));
    world.ask("a", &["note", "append", "3", "by hand"]).json();
    fs::write(folder.join("3.md"), "# 3\r\n\r\nother text\r\n").unwrap();
    assert_eq!(import(), (0, 1, 4));
    assert_eq!(import(), (0, 0, 5));
    assert_eq!(world.body("a", "3"), "# 3\r\n\r\nother text\r\nby hand");
}

#[test]
fn the_same_path_in_two_folders_never_overwrites() {
    let world = World::new();
    world.init("a", "Ana");
    for folder in ["garden", "kitchen"] {
        fs::create_dir(world.path(folder)).unwrap();
        fs::write(
            world.path(folder).join("README.md"),
            format!("# {folder}\n"),
        )
        .unwrap();
    }
    let (garden, kitchen) = (world.path("garden"), world.path("kitchen"));
    let (garden, kitchen) = (garden.to_str().unwrap(), kitchen.to_str().unwrap());
    assert_eq!(world.ask("a", &["import", garden]).json()["imported"], 1);
    let report = world.ask("a", &["import", kitchen]).json();
    assert_eq!(
        (&report["imported"], &report["updated"]),
        (&0.into(), &0.into())
    );
    let why = report["skipped"][0]["reason"].as_str().unwrap();
    assert!(why.contains("--under"), "{why}");
    assert_eq!(world.body("a", "garden"), "# garden\n");
    let report = world
        .ask("a", &["import", kitchen, "--under", "kitchen"])
        .json();
    assert_eq!(report["imported"], 1);
    // From now on each goes to its own note.
    for folder in ["garden", "kitchen"] {
        fs::write(
            world.path(folder).join("README.md"),
            format!("# {folder}\nmore\n"),
        )
        .unwrap();
    }
    for folder in [garden, kitchen] {
        assert_eq!(world.ask("a", &["import", folder]).json()["updated"], 1);
    }
    assert_eq!(world.body("a", "kitchen"), "# kitchen\nmore\n");
    let out = world.path("out");
    world.ask("a", &["export", out.to_str().unwrap()]).json();
    assert_eq!(
        fs::read_to_string(out.join("README.md")).unwrap(),
        "# garden\nmore\n"
    );
    assert_eq!(
        fs::read_to_string(out.join("kitchen/README.md")).unwrap(),
        "# kitchen\nmore\n"
    );
}

#[test]
fn ctrl_c_ends_an_import_between_two_commits_and_the_next_goes_on() {
    let world = World::new();
    world.init("a", "Ana");
    let folder = world.path("in");
    fs::create_dir(&folder).unwrap();
    for number in 0..400 {
        fs::write(
            folder.join(format!("{number}.md")),
            format!("# note {number}\n"),
        )
        .unwrap();
    }
    let mut import = world
        .command("a", &["--json", "import", folder.to_str().unwrap()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Others may ask while an import runs: it is under way once something can be seen.
    until("something was taken in", || {
        let ended = import.try_wait().unwrap().is_some();
        ended || count(&world) > 0
    });
    signal_if_alive(&mut import);
    let output = import.wait_with_output().unwrap();
    let there = count(&world);
    if output.status.code() == Some(0) {
        tell("the import was over before the signal came");
    } else {
        assert_eq!(output.status.code(), Some(1));
        let error: Value = serde_json::from_slice(&output.stderr).unwrap();
        assert_eq!(error["error"]["kind"], "failed", "{error}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["imported"], there, "what is told is what is there");
    }
    assert_eq!(world.ask("a", &["doctor"]).json()["ok"], true);
    let rest = world.ask("a", &["import", folder.to_str().unwrap()]).json();
    assert_eq!(rest["imported"], 400 - there);
    assert_eq!(count(&world), 400);
}

fn count(world: &World) -> u64 {
    let notes = world.ask("a", &["note", "list"]).json();
    u64::try_from(notes.as_array().unwrap().len()).unwrap()
}

fn signal_if_alive(child: &mut std::process::Child) {
    if child.try_wait().unwrap().is_none() {
        signal(child, "INT");
    }
}

#[test]
fn an_export_leaves_peoples_own_files_alone_unless_forced() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Plan", "first");
    let out = world.path("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("Plan.md"), "my own").unwrap();
    fs::write(out.join("other.txt"), "untouched").unwrap();
    let target = out.to_str().unwrap();
    let plan = || fs::read_to_string(Path::new(target).join("Plan.md")).unwrap();
    let report = world.ask("a", &["export", target]).json();
    assert_eq!(report["skipped"][0]["path"], "Plan.md", "{report}");
    assert_eq!(
        (report["notes"].as_u64(), plan().as_str()),
        (Some(0), "my own")
    );
    world.ask("a", &["export", target, "--force"]).json();
    assert_eq!(plan(), "first");
    // What an export wrote, the next may replace; what somebody changed since, it may not.
    world.ask("a", &["note", "set", "Plan", "second"]).json();
    assert_eq!(world.ask("a", &["export", target]).json()["notes"], 1);
    assert_eq!(plan(), "second");
    fs::write(out.join("Plan.md"), "second, with my remarks").unwrap();
    world.ask("a", &["note", "set", "Plan", "third"]).json();
    assert_eq!(world.ask("a", &["export", target]).json()["notes"], 0);
    assert_eq!(plan(), "second, with my remarks");
    assert_eq!(
        fs::read_to_string(out.join("other.txt")).unwrap(),
        "untouched"
    );
}

#[test]
fn an_import_where_nothing_may_be_written_is_refused_at_once() {
    let world = World::new();
    world.init("a", "Ana");
    fs::write(world.path("one.md"), "# One\n").unwrap();
    let file = world.path("one.md").display().to_string();
    world.ask("a", &["leave", "--no-input"]).json();
    for dry_run in [&["import", &file][..], &["import", "--dry-run", &file]] {
        assert_eq!(world.ask("a", dry_run).kind(4), "refused");
    }
}
