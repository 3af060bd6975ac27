//! What a killed process leaves behind.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use crate::world::{World, signal, until};

#[test]
fn every_line_that_was_called_saved_survives_a_kill() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Typed", "");
    for round in 0..3 {
        let node = world.node("a");
        let mut typing = world
            .command("a", &["note", "type", &id])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = typing.stdin.take().unwrap();
        let mut said = BufReader::new(typing.stdout.take().unwrap()).lines();
        let line = |number: usize| format!("round {round}, line {number}: äöü");
        let mut saved = 0;
        for number in 0..10 {
            writeln!(stdin, "{}", line(number)).unwrap();
            assert_eq!(said.next().unwrap().unwrap(), "saved");
            saved += 1;
        }
        for number in 10..20 {
            writeln!(stdin, "{}", line(number)).unwrap();
        }
        drop(stdin);
        node.kill();
        saved += said
            .map_while(Result::ok)
            .filter(|said| said == "saved")
            .count();
        typing.wait().unwrap();
        let body = world.body("a", &id);
        for number in 0..saved {
            assert!(
                body.contains(&line(number)),
                "{} of {saved} in {body}",
                line(number)
            );
        }
    }
    assert_eq!(world.ask("a", &["doctor"]).json()["ok"], true);
}

#[test]
fn an_import_that_is_killed_can_be_given_again_and_doubles_nothing() {
    let world = World::new();
    world.init("a", "Ana");
    let source = world.path("source");
    std::fs::create_dir(&source).unwrap();
    for number in 0..100 {
        std::fs::write(
            source.join(format!("{number}.md")),
            format!("# Note {number}\n"),
        )
        .unwrap();
    }
    let mut import = world
        .command("a", &["import", source.to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Wherever it is by now.
    std::thread::park_timeout(std::time::Duration::from_millis(150));
    import.kill().unwrap();
    import.wait().unwrap();
    world.ask("a", &["import", source.to_str().unwrap()]).json();
    let notes = world.ask("a", &["note", "list"]).json();
    assert_eq!(notes.as_array().unwrap().len(), 100);
}

#[test]
fn an_import_that_is_interrupted_says_what_is_kept_and_goes_on_when_given_again() {
    let world = World::new();
    world.init("a", "Ana");
    let source = world.path("source");
    std::fs::create_dir(&source).unwrap();
    for number in 0..300 {
        std::fs::write(
            source.join(format!("{number}.md")),
            format!("# Note {number}\n"),
        )
        .unwrap();
    }
    let import = ["--json", "import", source.to_str().unwrap()];
    let running = world
        .command("a", &import)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("some notes are there while the import runs", || {
        let notes = world.ask("a", &["note", "list"]).json();
        !notes.as_array().unwrap().is_empty()
    });
    signal(&running, "INT");
    let output = running.wait_with_output().unwrap();
    // On a quick machine it was done before it heard of it.
    if !output.status.success() {
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(told.contains("is kept"), "{told}");
    }
    world.ask("a", &import).json();
    let notes = world.ask("a", &["note", "list"]).json();
    assert_eq!(notes.as_array().unwrap().len(), 300);
}
