//! What is typed wrong, and how that is told.

use crate::world::{Ended, World};

#[test]
fn an_unknown_command_is_a_usage_error_in_text_and_in_json() {
    let world = World::new();
    let plain = world.run("a", &["parley", "list"]);
    assert_eq!(plain.code, 2);
    assert!(plain.stdout.is_empty());
    assert!(plain.stderr.contains("parley"), "{}", plain.stderr);
    assert_eq!(world.run("a", &["parley", "--json"]).kind(2), "usage");
    assert_eq!(world.ask("a", &["note", "shwo", "x"]).kind(2), "usage");
    assert_eq!(world.ask("a", &["init"]).kind(2), "usage");
}

#[test]
fn durations_and_key_storages_that_are_not_known_are_usage_errors_that_say_what_is() {
    let world = World::new();
    let error = world
        .ask("a", &["invite", "--expires", "tomorrow"])
        .error(2);
    assert!(error["message"].as_str().unwrap().contains("7d"), "{error}");
    let init = [
        "init",
        "--name",
        "Ana",
        "--new",
        "Garden",
        "--key-storage",
        "keyring",
    ];
    let error = world.ask("a", &init).error(2);
    assert!(
        error["message"].as_str().unwrap().contains("file"),
        "{error}"
    );
    assert!(
        !world.path("a").exists(),
        "a refused init leaves nothing behind"
    );
}

#[test]
fn flags_may_be_given_twice() {
    let world = World::new();
    let twice = ["--json", "notebooks", "--json", "--no-input", "--no-input"];
    assert_eq!(world.run("a", &twice).kind(3), "not_found");
}

#[test]
fn help_and_version_are_answers() {
    let world = World::new();
    let help = world.run("a", &["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    assert!(help.text().contains("moot demo"));
    let version = world.run("a", &["--version"]);
    assert_eq!(version.code, 0);
    assert!(version.text().starts_with("moot "));
    assert_eq!(world.run("a", &["note", "--help"]).code, 0);
}

#[test]
fn text_may_begin_with_a_dash_and_flags_may_stand_anywhere() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "List", "- one");
    let appended = world.run("a", &["note", "append", &id, "- two", "--json"]);
    assert_eq!(appended.json()["changed"], true);
    let first = world.run("a", &["note", "--json", "append", &id, "-- three"]);
    assert_eq!(first.json()["changed"], true);
    world
        .ask("a", &["note", "append", &id, "--", "--json"])
        .json();
    assert_eq!(world.body("a", &id), "- one\n- two\n-- three\n--json");
}

#[test]
fn json_may_stand_last_with_every_command() {
    let world = World::new();
    let file = world.path("file.md");
    std::fs::write(&file, "text").unwrap();
    let (file, out) = (file.to_str().unwrap(), world.path("out"));
    let commands: [&[&str]; 27] = [
        &["notebooks"],
        &["new", "Kitchen"],
        &["invite"],
        &["invite", "list"],
        &["invite", "revoke", "x"],
        &["invite", "admit", "x"],
        &["join", "--cancel"],
        &["people"],
        &["leave"],
        &["note", "new", "Bees"],
        &["note", "list"],
        &["note", "show", "x"],
        &["note", "append", "x", "text"],
        &["note", "set", "x", "text"],
        &["note", "rename", "x", "Hives"],
        &["note", "delete", "x"],
        &["note", "restore", "x"],
        &["note", "history", "x"],
        &["note", "blame", "x"],
        &["search", "two", "words"],
        &["settle", "x", "Hives"],
        &["import", file],
        &["export", out.to_str().unwrap()],
        &["sync"],
        &["status"],
        &["node"],
        &["doctor"],
    ];
    for command in commands {
        let mut typed = command.to_vec();
        typed.push("--json");
        assert_eq!(world.run("a", &typed).kind(3), "not_found", "{command:?}");
    }
}

#[test]
fn moot_alone_tells_what_to_do_first_and_needs_no_home() {
    let world = World::new();
    let first = world.run("a", &[]);
    assert_eq!(first.code, 0);
    assert!(first.text().contains("moot init"));
    let widest = first.text().lines().map(|line| line.chars().count()).max();
    assert!(widest < Some(81));
    assert!(!world.path("a").exists());
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let world = World::new();
    let mut child = world
        .command("a", &["man"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(output.stderr, b"");
}

#[test]
fn colours_are_for_terminals_alone_unless_asked_for() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Bees", "two hives");
    let plain = world.run("a", &["search", "hives"]);
    assert!(!plain.stdout.contains(&0x1b), "{}", plain.text());
    let coloured = world.run("a", &["--color", "always", "search", "hives"]);
    assert!(coloured.stdout.contains(&0x1b), "{}", coloured.text());
}

#[test]
fn help_and_version_are_json_too_where_json_is_asked_for() {
    let world = World::new();
    let version = world.ask("a", &["--version"]).json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
    let help = world.ask("a", &["note", "--help"]).json();
    assert!(help["help"].as_str().unwrap().contains("Usage: moot note"));
}

#[test]
fn what_is_told_to_be_typed_is_the_commands_own_name() {
    let world = World::new();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_moot"), world.path("moot-now")).unwrap();
    let output = std::process::Command::new(world.path("moot-now"))
        .args(["--bogus", "--json"])
        .output()
        .unwrap();
    let error = Ended::of(output).error(2);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.starts_with("Usage: moot [OPTIONS]"), "{hint}");
}
