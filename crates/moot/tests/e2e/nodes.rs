//! Nodes: owning a home, being asked, meeting others, ending.

use std::process::Stdio;
use std::time::Duration;

use crate::world::{Node, PATIENCE, World, until};

#[test]
fn a_node_tells_where_it_listens_and_answers_for_its_home() {
    let world = World::new();
    let ana = world.init("a", "Ana");
    let node = world.node("a");
    assert_eq!(node.first["event"], "listening");
    assert_eq!(node.first["peer_id"], ana["device"]["peer_id"]);
    assert!(node.address().starts_with("/ip4/127.0.0.1/tcp/"));
    let id = world.note("a", "Through the socket", "as anywhere");
    assert_eq!(world.body("a", &id), "as anywhere");
    assert_eq!(
        world.ask("a", &["note", "show", "nowhere"]).kind(3),
        "not_found"
    );
    let report = world.ask("a", &["doctor"]).json();
    assert_eq!(report["ok"], true, "{report}");
}

#[test]
fn a_second_node_on_the_same_home_is_refused() {
    let world = World::new();
    world.init("a", "Ana");
    let _node = world.node("a");
    assert_eq!(world.ask("a", &["node"]).kind(4), "refused");
}

#[test]
fn sigterm_ends_a_node_within_five_seconds_and_the_home_is_free() {
    let world = World::new();
    world.init("a", "Ana");
    let took = world.node("a").terminate();
    assert!(took < Duration::from_secs(5), "{took:?}");
    world.note("a", "Afterwards", "");
}

#[test]
fn a_killed_node_leaves_nothing_in_the_way() {
    let world = World::new();
    world.init("a", "Ana");
    let node = world.node("a");
    let id = world.note("a", "Before", "kept");
    node.kill();
    assert_eq!(world.body("a", &id), "kept");
    let _again = world.node("a");
    assert_eq!(world.body("a", &id), "kept");
}

#[test]
fn watchers_are_told_what_happens() {
    let world = World::new();
    world.init("a", "Ana");
    let _node = world.node("a");
    let mut watch = world
        .command("a", &["--json", "watch"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = watch.stdout.take().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        use std::io::BufRead;
        for line in std::io::BufReader::new(stdout)
            .lines()
            .map_while(Result::ok)
        {
            let _ = sender.send(line);
        }
    });
    // When the watcher is there cannot be seen from outside, so something happens until it is told.
    let mut number = 0;
    until("a change is told", || {
        number += 1;
        world.note("a", &format!("note {number}"), "");
        lines
            .recv_timeout(Duration::from_millis(200))
            .is_ok_and(|line| line.contains("note_changed"))
    });
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn what_is_written_on_one_node_arrives_at_the_other() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let bo = world.node("bo");
    let id = world.note("ana", "Live", "hello");
    until("Bo is told", || {
        bo.lines
            .recv_timeout(PATIENCE)
            .is_ok_and(|event| event["event"] == "note_changed" && event["id"] == id)
    });
    assert_eq!(world.body("bo", &id), "hello");
    let synced = world.ask("bo", &["sync", "--wait", "30s"]).json();
    assert_eq!(synced["in_step"], true);
}

#[test]
fn two_who_wrote_apart_are_merged_and_the_titles_are_settled_by_hand() {
    let world = World::new();
    world.init("ana", "Ana");
    let id = world.note("ana", "Shed", "start\n");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    ana.terminate();
    for (home, text, title) in [("ana", "from Ana", "Ana's"), ("bo", "from Bo", "Bo's")] {
        world.ask(home, &["note", "append", &id, text]).json();
        world.ask(home, &["note", "rename", &id, title]).json();
    }
    let _ana = world.node("ana");
    let _bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    let body = world.body("bo", &id);
    assert!(
        body.contains("from Ana") && body.contains("from Bo"),
        "{body}"
    );
    let shown = world.ask("ana", &["note", "show", &id]).json();
    assert_eq!(shown["titles"].as_array().unwrap().len(), 2, "{shown}");
    world.ask("bo", &["settle", &id, "Ana's"]).json();
    until("one title stands for Ana too", || {
        let shown = world.ask("ana", &["note", "show", &id]).json();
        shown["title"] == "Ana's" && shown["titles"].as_array().unwrap().len() < 2
    });
}

#[test]
fn sync_meets_a_node_without_one_of_its_own_and_says_when_nobody_is_there() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    world.note("bo", "From Bo", "offline");
    let synced = world.ask("bo", &["sync", "--wait", "40s"]).json();
    assert_eq!(synced["in_step"], true, "{synced}");
    let notes = world.ask("ana", &["note", "list"]).json();
    assert_eq!(notes[0]["title"], "From Bo");
    ana.terminate();
    assert_eq!(world.ask("bo", &["sync", "--wait", "1s"]).code, 5);
}

#[test]
fn peer_names_an_address_with_or_without_its_peer_id() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let old = ana.address();
    ana.terminate();
    // At another address than the one that Bo remembers.
    let listen = ["--json", "node", "--listen", "/ip4/127.0.0.1/tcp/0"];
    let ana = Node::start(world.command("ana", &listen));
    assert_ne!(ana.address(), old);
    let id = world.note("ana", "Moved", "found");
    for address in [
        ana.address(),
        format!(
            "{}/p2p/{}",
            ana.address(),
            ana.first["peer_id"].as_str().unwrap()
        ),
    ] {
        let _bo = Node::start(world.command("bo", &["--json", "node", "--peer", &address]));
        world.in_step(&["ana", "bo"]);
    }
    assert_eq!(world.body("bo", &id), "found");
    let nonsense = world.ask("ana", &["node", "--peer", "over there"]);
    assert_eq!(nonsense.kind(2), "usage");
}

#[test]
fn wrong_clocks_stop_nothing() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let status = world.ask("bo", &["status"]).json();
    assert_eq!(status["saved"], true);
    assert!(status["entries"].as_u64().unwrap() > 0);
}
