//! Entries that are carried by hand between homes that never meet.

use std::fs;
use std::process::Stdio;

use serde_json::Value;

use crate::world::World;

/// Two homes that no network joins: one was never told where the other is.
fn carry(world: &World, way: &str, home: &str, file: &str) -> Value {
    let path = world.path(file);
    world
        .ask(home, &["carry", way, path.to_str().unwrap()])
        .json()
}

fn invited(world: &World, more: &[&str]) -> (String, String) {
    world.init("ana", "Ana");
    let invite = [&["invite"], more].concat();
    let invite = world.ask("ana", &invite).json();
    world.settle_in("bo");
    let ticket = invite["ticket"].as_str().unwrap().to_owned();
    let join = ["join", &ticket, "--name", "Bo", "--wait", "0s"];
    assert_eq!(world.ask("bo", &join).kind(5), "unreachable");
    (invite["id"].as_str().unwrap().to_owned(), ticket)
}

fn digest(world: &World, home: &str) -> (Value, Value) {
    let status = world.ask(home, &["status"]).json();
    (status["log_digest"].clone(), status["state_digest"].clone())
}

#[test]
fn two_who_never_meet_join_write_and_end_in_step() {
    let world = World::new();
    invited(&world, &[]);
    let asked = carry(&world, "out", "bo", "ask");
    assert_eq!(
        (&asked["asks"], &asked["entries"]),
        (&true.into(), &0.into())
    );
    let request = fs::read(world.path("ask")).unwrap();
    assert!(!request.windows(2).any(|two| two == b"Bo"), "sealed");
    let taken = carry(&world, "in", "ana", "ask");
    assert_eq!(taken["asked"][0]["name"], "Bo");
    assert_eq!(taken["asked"][0]["admitted"], true);
    let note = world.note("ana", "Beds", "first line\n");
    carry(&world, "out", "ana", "answer");
    let taken = carry(&world, "in", "bo", "answer");
    assert_eq!(taken["notebook"]["state"], "joined");
    assert_eq!(world.body("bo", &note), "first line\n");
    world
        .ask("bo", &["note", "append", &note, "second line"])
        .json();
    world
        .ask("ana", &["note", "append", &note, "another line"])
        .json();
    carry(&world, "out", "bo", "there");
    carry(&world, "out", "ana", "back");
    carry(&world, "in", "ana", "there");
    carry(&world, "in", "bo", "back");
    assert_eq!(digest(&world, "ana"), digest(&world, "bo"));
    assert!(world.body("ana", &note).contains("second line"));
    assert!(world.body("bo", &note).contains("another line"));
    let again = carry(&world, "in", "ana", "there");
    assert_eq!(again["received"], 0);
    assert!(again["known"].as_u64().unwrap() > 0);
}

/// A request that is taken in twice, as when a stick goes round, lets one person in once.
#[test]
fn a_request_goes_by_every_member_and_counts_once() {
    let world = World::new();
    invited(&world, &[]);
    carry(&world, "out", "bo", "ask");
    carry(&world, "in", "ana", "ask");
    let taken = carry(&world, "in", "ana", "ask");
    assert_eq!(taken["asked"][0]["admitted"], true);
    let people = world.ask("ana", &["people"]).json();
    assert_eq!(people.as_array().unwrap().len(), 2);
}

#[test]
fn a_long_notebook_is_carried_in_parts_through_nodes() {
    let world = World::new();
    invited(&world, &[]);
    carry(&world, "out", "bo", "ask");
    let ana = world.node("ana");
    carry(&world, "in", "ana", "ask");
    // Nothing repeats, so that packing does not make it small.
    let mut state = 7_u64;
    let mut text = String::new();
    while text.len() < 400_000 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        text.push_str(&format!("{:012x}\n", state >> 16));
    }
    for title in ["One", "Two"] {
        let new = ["--json", "note", "new", title, "--body", "-"];
        world.feed("ana", &new, text.as_bytes()).json();
    }
    let last = world.note("ana", "Last", "the end");
    let out = carry(&world, "out", "ana", "all");
    assert!(out["bytes"].as_u64().unwrap() > 400_000, "{out}");
    let bo = world.node("bo");
    carry(&world, "in", "bo", "all");
    assert_eq!(world.body("bo", "Two"), text);
    assert_eq!(world.body("bo", &last), "the end");
    ana.terminate();
    bo.terminate();
}

#[test]
fn an_invite_that_was_revoked_or_wants_words_lets_nobody_in_by_hand() {
    let world = World::new();
    let (invite, _) = invited(&world, &[]);
    carry(&world, "out", "bo", "ask");
    world.ask("ana", &["invite", "revoke", &invite]).json();
    let taken = carry(&world, "in", "ana", "ask");
    assert_eq!(taken["asked"][0]["admitted"], false);
    let reason = taken["asked"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("revoked"), "{reason}");
    let world = World::new();
    invited(&world, &["--confirm"]);
    carry(&world, "out", "bo", "ask");
    let taken = carry(&world, "in", "ana", "ask");
    assert_eq!(taken["asked"][0]["admitted"], false);
    let reason = taken["asked"][0]["reason"].as_str().unwrap();
    assert!(reason.contains("six words"), "{reason}");
    assert_eq!(
        world
            .ask("ana", &["people"])
            .json()
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn files_that_are_none_or_spoilt_or_of_elsewhere_are_refused_and_change_nothing() {
    let world = World::new();
    world.init("ana", "Ana");
    let note = world.note("ana", "Beds", "carrots");
    carry(&world, "out", "ana", "all");
    let whole = fs::read(world.path("all")).unwrap();
    let path = |name: &str| world.path(name).to_str().unwrap().to_owned();
    let before = digest(&world, "ana");
    let refused = |bytes: &[u8], code: i32, kind: &str| {
        fs::write(world.path("other"), bytes).unwrap();
        let answer = world.ask("ana", &["carry", "in", &path("other")]);
        assert_eq!(answer.kind(code), kind);
    };
    refused(b"# Minutes\n", 2, "usage");
    refused(&whole[..whole.len() - 1], 1, "damaged");
    refused(&[whole.as_slice(), b"\n"].concat(), 1, "damaged");
    let mut spoilt = whole.clone();
    spoilt[whole.len() / 2] ^= 4;
    refused(&spoilt, 1, "damaged");
    let newer = [b"moot-carry/9\n".as_slice(), &[0; 64]].concat();
    refused(&newer, 4, "refused");
    assert_eq!(
        world.ask("ana", &["carry", "in", &path("absent")]).kind(3),
        "not_found"
    );
    world.init("cleo", "Cleo");
    assert_eq!(
        world.ask("cleo", &["carry", "in", &path("all")]).kind(3),
        "not_found"
    );
    assert_eq!(
        world
            .ask(
                "cleo",
                &["--notebook", "Garden", "carry", "in", &path("all")]
            )
            .kind(4),
        "refused"
    );
    assert_eq!(digest(&world, "ana"), before);
    assert_eq!(world.body("ana", &note), "carrots");
}

#[test]
fn a_file_that_somebody_else_wrote_is_not_overwritten() {
    let world = World::new();
    world.init("ana", "Ana");
    let path = world.path("minutes.md");
    fs::write(&path, "# Minutes\n").unwrap();
    let out = ["carry", "out", path.to_str().unwrap()];
    assert_eq!(world.ask("ana", &out).kind(4), "refused");
    assert_eq!(fs::read(&path).unwrap(), b"# Minutes\n");
    carry(&world, "out", "ana", "all");
    world.note("ana", "Beds", "");
    carry(&world, "out", "ana", "all");
    let nowhere = world.path("no/such/folder");
    let out = ["carry", "out", nowhere.to_str().unwrap()];
    assert_eq!(world.ask("ana", &out).kind(1), "failed");
}

#[test]
fn a_pipe_carries_as_a_stick_does() {
    let world = World::new();
    invited(&world, &[]);
    let mut ask = world.command("bo", &["carry", "out", "-"]);
    let ask = ask.stdout(Stdio::piped()).output().unwrap();
    assert!(ask.status.success(), "{ask:?}");
    let taken = world.feed("ana", &["--json", "carry", "in", "-"], &ask.stdout);
    assert_eq!(taken.json()["asked"][0]["admitted"], true);
    assert_eq!(world.ask("ana", &["carry", "out", "-"]).kind(2), "usage");
}
