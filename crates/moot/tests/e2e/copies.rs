//! Homes that were copied, or put back from an older copy.

use std::fs;
use std::path::Path;

use crate::world::World;

/// The files of a home, into another that is made for them.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// A copy talks on a port of its own, as it would on a machine of its own.
fn copy_elsewhere(world: &World, from: &str, to: &str) {
    copy(&world.path(from), &world.path(to));
    world.settle_in(to);
}

#[test]
fn a_copied_home_and_its_original_both_go_on_and_nothing_is_lost() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    ana.terminate();
    copy_elsewhere(&world, "ana", "copy");
    let one = world.note("ana", "From the original", "one");
    let two = world.note("copy", "From the copy", "two");
    let original = world.node("ana");
    let copied = world.node("copy");
    assert_ne!(
        original.first["peer_id"], copied.first["peer_id"],
        "two nodes, two names"
    );
    world.in_step(&["ana", "copy", "bo"]);
    for home in ["ana", "copy", "bo"] {
        assert_eq!(world.body(home, &one), "one");
        assert_eq!(world.body(home, &two), "two");
        assert_eq!(world.ask(home, &["doctor"]).json()["ok"], true);
    }
    check_copies_are_marked(&world);
    drop(bo);
}

/// On its own screen the copy would be taken for one more device of Ana's, or for Ana herself.
fn check_copies_are_marked(world: &World) {
    let status = world.ask("copy", &["status"]).json();
    let marked: Vec<(&str, bool)> = status["peers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|peer| {
            let name = peer["person"]["name"].as_str().unwrap();
            (name, peer["copy"].as_bool().unwrap())
        })
        .collect();
    assert_eq!(marked, [("Ana", true), ("Bo", false)]);
    let told = world.run("copy", &["status"]).text();
    assert!(told.contains("Ana (another copy of this home)"), "{told}");
}

#[test]
fn a_home_put_back_from_an_older_copy_loses_nothing_that_others_hold() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let _bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    ana.terminate();
    copy(&world.path("ana"), &world.path("backup"));
    let ana = world.node("ana");
    let later = world.note("ana", "After the backup", "later");
    world.in_step(&["ana", "bo"]);
    ana.terminate();
    fs::remove_dir_all(world.path("ana")).unwrap();
    copy(&world.path("backup"), &world.path("ana"));
    let newest = world.note("ana", "After the restore", "newest");
    let _ana = world.node("ana");
    world.in_step(&["ana", "bo"]);
    for home in ["ana", "bo"] {
        assert_eq!(world.body(home, &later), "later");
        assert_eq!(world.body(home, &newest), "newest");
        assert_eq!(world.ask(home, &["doctor"]).json()["ok"], true);
    }
    let status = world.ask("ana", &["status"]).json();
    assert!(
        !status["notices"].as_array().unwrap().is_empty(),
        "the person is told: {status}"
    );
}
