//! `note edit`: editors that work, fail, rename, forget, and others who write meanwhile.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use crate::world::World;

/// An editor made of these lines of shell; the file is `$1`.
fn editor(world: &World, name: &str, script: &str) -> PathBuf {
    let path = world.path(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    path
}

fn edit(world: &World, id: &str, variable: &str, script: &str) -> Output {
    let editor = editor(world, "editor", script);
    world
        .command("a", &["--json", "note", "edit", id])
        .env(variable, format!("sh {}", editor.display()))
        .env("TMPDIR", world.path(""))
        .output()
        .unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_an_editor_and_a_terminal_one_is_asked_for() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let error = world.ask("a", &["note", "edit", &id]).error(2);
    assert!(
        error["hint"].as_str().unwrap().contains("EDITOR"),
        "{error}"
    );
    assert_eq!(world.ask("a", &["note", "edit", "nowhere"]).code, 2);
}

#[test]
fn visual_comes_before_editor_and_an_empty_one_counts_as_none() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let (first, second) = (
        editor(&world, "first", "echo first >> \"$1\""),
        editor(&world, "second", "echo second >> \"$1\""),
    );
    for (visual, wrote) in [
        (format!("sh {}", first.display()), "first"),
        (String::new(), "second"),
    ] {
        let output = world
            .command("a", &["--json", "note", "edit", &id])
            .env("VISUAL", visual)
            .env("EDITOR", format!("sh {}", second.display()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", told(&output));
        assert!(world.body("a", &id).ends_with(&format!("{wrote}\n")));
    }
}

#[test]
fn an_editor_that_is_left_without_writing_changes_nothing() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\r\ntwo");
    let before = world.ask("a", &["status"]).json()["log_digest"].clone();
    let output = edit(&world, &id, "EDITOR", "exit 0");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["changed"], false);
    // As vim ends with :cq.
    let output = edit(&world, &id, "EDITOR", "exit 1");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        !told(&output).contains("Your text is in"),
        "{}",
        told(&output)
    );
    assert_eq!(world.ask("a", &["status"]).json()["log_digest"], before);
    assert_eq!(world.body("a", &id), "one\r\ntwo");
}

#[test]
fn an_editor_that_puts_a_new_file_in_place_of_the_old_is_understood() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let output = edit(
        &world,
        &id,
        "EDITOR",
        "echo two > \"$1.new\"; mv \"$1.new\" \"$1\"",
    );
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(world.body("a", &id), "two\n");
}

#[test]
fn what_cannot_be_text_is_kept_and_what_is_gone_is_not_promised() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let output = edit(&world, &id, "EDITOR", "printf '\\377' >> \"$1\"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        told(&output).contains("Your text is in"),
        "{}",
        told(&output)
    );
    let output = edit(&world, &id, "EDITOR", "rm \"$1\"");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        !told(&output).contains("Your text is in"),
        "{}",
        told(&output)
    );
    assert_eq!(world.body("a", &id), "one\n");
}

#[test]
fn a_note_that_was_deleted_meanwhile_keeps_what_was_written() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let script = format!(
        "echo two >> \"$1\"\n{} -q note delete {id}",
        env!("CARGO_BIN_EXE_moot")
    );
    let output = edit(&world, &id, "EDITOR", &script);
    let kept = told(&output);
    // Either it is in the note, or in a file whose path is told.
    if output.status.success() {
        assert_eq!(world.body("a", &id), "one\ntwo\n");
    } else {
        let error: serde_json::Value = serde_json::from_str(&kept).unwrap();
        let path = error["error"]["hint"]
            .as_str()
            .unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned();
        assert_eq!(fs::read_to_string(path).unwrap(), "one\ntwo\n");
    }
}

#[test]
fn what_another_person_wrote_while_the_editor_was_open_stays() {
    let world = World::new();
    world.init("ana", "Ana");
    let id = world.note("ana", "Plan", "top\nend\n");
    let _ana = world.node("ana");
    world.join("ana", "a", "Bo");
    let append = format!(
        "sed -i 's/top/TOP/' \"$1\"\nMOOT_HOME={} {} -q note append {id} 'from Ana' > /dev/null\n{} -q sync > /dev/null",
        world.path("ana").display(),
        env!("CARGO_BIN_EXE_moot"),
        env!("CARGO_BIN_EXE_moot"),
    );
    let output = edit(&world, &id, "EDITOR", &append);
    assert!(output.status.success(), "{}", told(&output));
    assert_eq!(world.body("a", &id), "TOP\nend\nfrom Ana");
}

#[test]
fn what_an_editor_prints_is_no_part_of_the_answer() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let noisy = "echo noise; echo more noise >&2; echo two >> \"$1\"";
    let output = edit(&world, &id, "EDITOR", noisy);
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["changed"], true);
    let output = edit(&world, &id, "EDITOR", &format!("{noisy}; exit 3"));
    let error: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["error"]["kind"], "failed");
}
