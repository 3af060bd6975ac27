//! Nodes: owning a home, being asked, meeting others, ending.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use crate::world::{Ended, Node, PATIENCE, World, until};

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
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
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
    let nearly = world.ask("ana", &["note", "show", "'s"]).error(3);
    let hint = nearly["hint"].as_str().unwrap();
    for title in ["\"Ana's\"", "\"Bo's\""] {
        assert_eq!(hint.matches(title).count(), 1, "{hint}");
    }
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
    ana.terminate();
    for with_peer_id in [false, true] {
        // Each time both are where the other does not remember, so that only the flag can bring them together.
        let listen = ["--json", "node", "--listen", "/ip4/127.0.0.1/tcp/0"];
        let ana = Node::start(world.command("ana", &listen));
        let id = world.note("ana", &format!("Moved, {with_peer_id}"), "found");
        let peer_id = ana.first["peer_id"].as_str().unwrap();
        let address = if with_peer_id {
            format!("{}/p2p/{peer_id}", ana.address())
        } else {
            ana.address()
        };
        let mut named = listen.to_vec();
        named.extend(["--peer", &address]);
        let _bo = Node::start(world.command("bo", &named));
        world.in_step(&["ana", "bo"]);
        assert_eq!(world.body("bo", &id), "found");
    }
    let nonsense = world.ask("ana", &["node", "--peer", "over there"]);
    assert_eq!(nonsense.kind(2), "usage");
}

#[test]
fn status_has_what_the_contract_names() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let _bo = world.node("bo");
    until("Ana knows that Bo holds everything", || {
        let status = world.ask("ana", &["status"]).json();
        status["peers"][0]["has_all"] == true && status["waiting"] == 0
    });
    let status = world.ask("ana", &["status"]).json();
    assert_eq!(status["saved"], true);
    assert_eq!(status["notebook"]["name"], "Garden");
    for (field, number) in [("pending", 0), ("quarantined", 0), ("waiting", 0)] {
        assert_eq!(status[field], number, "{field}");
    }
    for digest in ["log_digest", "state_digest"] {
        assert!(status[digest].as_str().unwrap().len() >= 32, "{status}");
    }
    let peer = &status["peers"][0];
    assert_eq!(
        (&peer["person"]["name"], &peer["reach"]),
        (&"Bo".into(), &"direct".into())
    );
    assert_eq!(peer["lacks"], 0);
    assert!(peer["as_of"].as_str().unwrap().contains('T'), "{peer}");
    assert_eq!(status["relays"], serde_json::json!([]));
}

#[test]
fn a_node_that_is_connected_ends_within_five_seconds_too() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let _bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    let took = ana.terminate();
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_failed_write_is_told_loses_nothing_and_does_not_last() {
    let world = World::new();
    world.init("a", "Ana");
    let kept = world.note("a", "Kept", "before");
    let node = Node::start(world.limited("a", 1_200, &["--json", "node"]));
    // Random letters: what is compressed would fit.
    let mut state = 1_u64;
    let large: String = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'!' + u8::try_from((state >> 33) % 90).unwrap())
    })
    .take(3 * 1024 * 1024)
    .collect();
    let refused = world.feed(
        "a",
        &["--json", "note", "new", "Large", "--body", "-"],
        large.as_bytes(),
    );
    assert_eq!(refused.kind(1), "failed");
    assert_eq!(world.body("a", &kept), "before");
    let id = world.note("a", "Small", "after");
    assert_eq!(world.body("a", &id), "after");
    node.terminate();
    let notes = world.ask("a", &["note", "list"]).json();
    assert_eq!(notes.as_array().unwrap().len(), 2, "{notes}");
    assert_eq!(world.ask("a", &["doctor"]).json()["ok"], true);
}

#[test]
fn two_who_sync_one_home_at_once_are_both_answered() {
    let world = World::new();
    world.init("ana", "Ana");
    let _ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    world.note("bo", "From Bo", "offline");
    let start = || {
        world
            .command("bo", &["--json", "sync", "--wait", "40s"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    for child in [start(), start(), start()] {
        let output = child.wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
    }
}

#[test]
fn a_watcher_is_told_when_the_node_it_watches_ends() {
    let world = World::new();
    world.init("a", "Ana");
    for kill in [false, true] {
        let node = world.node("a");
        let mut watch = world
            .command("a", &["--json", "watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
        let (tell, told) = std::sync::mpsc::channel();
        // All of it is read: a watcher whose reader has gone ends quietly.
        std::thread::spawn(move || lines.for_each(|line| drop(tell.send(line))));
        until("the watcher is told something", || {
            world.note("a", "Plan", "");
            told.try_recv().is_ok()
        });
        if kill {
            node.kill();
        } else {
            node.terminate();
        }
        let ended = Ended::of(watch.wait_with_output().unwrap());
        assert_eq!(ended.kind(5), "unreachable");
    }
}

#[test]
fn an_address_that_somebody_named_is_listened_on_or_nothing_is() {
    let world = World::new();
    world.init("a", "Ana");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("/ip4/127.0.0.1/tcp/{}", other.local_addr().unwrap().port());
    let error = world.ask("a", &["node", "--listen", &taken]).error(1);
    assert_eq!(error["kind"], "failed");
    assert!(
        error["message"].as_str().unwrap().contains(&taken),
        "{error}"
    );
    let free = [
        "node",
        "--listen",
        "/ip4/127.0.0.1/tcp/0",
        "--listen",
        &taken,
    ];
    assert_eq!(world.ask("a", &free).kind(1), "failed", "all of them");
}

#[test]
fn a_node_that_moved_to_another_port_says_so() {
    let world = World::new();
    world.init("a", "Ana");
    let settings = std::fs::read_to_string(world.path("a/config.toml")).unwrap();
    let port: u16 = settings
        .lines()
        .find_map(|line| line.strip_prefix("port = "))
        .unwrap()
        .parse()
        .unwrap();
    let _other = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let node = world.node("a");
    assert!(!node.address().ends_with(&format!("/{port}")));
    let notice = node.lines.recv_timeout(PATIENCE).unwrap();
    assert_eq!(notice["event"], "notice", "{notice}");
    let text = notice["text"].as_str().unwrap();
    assert!(text.contains(&format!("/tcp/{port},")), "{text}");
    node.terminate();

    let mut node = world
        .command("a", &["node"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(node.stderr.take().unwrap()).lines();
    let first = told.next().unwrap().unwrap();
    assert!(first.contains(&format!("/tcp/{port},")), "{first}");
    node.kill().unwrap();
    node.wait().unwrap();
}
