//! The demo, as a test: it checks its own claims, and these check that it does.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::world::{World, signal, until};

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
