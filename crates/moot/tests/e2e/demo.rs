//! The demo, as a test: it checks its own claims, and these check that it does.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{Ended, World, signal, until};

#[test]
fn the_demo_holds_in_twenty_seconds_and_leaves_what_it_was_asked_to_keep() {
    let world = World::new();
    let kept = world.path("kept");
    let start = Instant::now();
    let told = world.ask(
        "none",
        &["demo", "--no-input", "--keep", kept.to_str().unwrap()],
    );
    let took = start.elapsed();
    let end = told.json();
    assert_eq!(end["ok"], true);
    assert!(end["claims"].as_array().unwrap().len() >= 15, "{end}");
    assert!(took < Duration::from_secs(20), "{took:?}");
    for home in ["ana", "bo", "chidi"] {
        let notes = world.ask(&format!("kept/{home}"), &["note", "list"]).json();
        assert_eq!(notes.as_array().unwrap().len(), 11, "{home}");
    }
    let again = world.ask(
        "none",
        &["demo", "--no-input", "--keep", kept.to_str().unwrap()],
    );
    assert_eq!(again.kind(4), "refused");
}

#[test]
fn a_demo_that_is_interrupted_takes_its_nodes_and_its_files_away() {
    let world = World::new();
    let temporary = world.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let files = || std::fs::read_dir(&temporary).unwrap().count();
    let mut demo = world
        .command("none", &["demo", "--no-input"])
        .env("TMPDIR", &temporary)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    until("it has begun", || files() > 0);
    signal(&demo, "INT");
    assert_eq!(demo.wait().unwrap().code(), Some(1));
    assert_eq!(files(), 0);
}

/// While the story is told, somebody else writes a note in Ana's home: three who hold eleven notes each is not true then.
#[test]
fn a_demo_whose_claim_does_not_hold_says_which_and_fails() {
    let world = World::new();
    let kept = world.path("kept");
    let mut demo = world
        .command(
            "none",
            &[
                "--json",
                "demo",
                "--no-input",
                "--keep",
                kept.to_str().unwrap(),
            ],
        )
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    until("Ana has a home", || kept.join("ana/store.db").exists());
    // The story waits, so that the note is there in time on any machine.
    signal(&demo, "STOP");
    let written = std::panic::catch_unwind(|| {
        until("the note is written", || {
            world
                .ask("kept/ana", &["note", "new", "Not of the story"])
                .code
                == 0
        });
    });
    if written.is_err() {
        demo.kill().unwrap();
    }
    signal(&demo, "CONT");
    let ended = Ended::of(demo.wait_with_output().unwrap());
    let error = ended.error(1);
    assert_eq!(error["kind"], "failed");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.contains("this should hold and does not: Chidi reads all notes"),
        "{message}"
    );
    assert!(ended.stdout.is_empty(), "{}", ended.text());
}
