//! How homes find each other when nobody says where they are.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

use crate::copies::copy;
use crate::world::{Node, World, tell, until};

/// Whether a multicast packet sent from this machine comes back to it.
fn multicast_works() -> bool {
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let probe = || -> io::Result<bool> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.set_multicast_loop_v4(true)?;
        socket.join_multicast_v4(&group, &Ipv4Addr::UNSPECIFIED)?;
        socket.set_read_timeout(Some(Duration::from_secs(5)))?;
        socket.send_to(b"probe", (group, socket.local_addr()?.port()))?;
        Ok(socket.recv(&mut [0; 8])? == 5)
    };
    probe().unwrap_or(false)
}

/// What a home does about the local network.
#[derive(Clone, Copy)]
enum Neighbours {
    Looked,
    Ignored,
}

/// Settings of a home on all interfaces, at another port each time it comes up: what others remember of it leads nowhere.
fn settle_anywhere(world: &World, home: &str, neighbours: Neighbours) {
    let mdns = matches!(neighbours, Neighbours::Looked);
    let settings = format!("port = 0\nlisten = [\"/ip4/0.0.0.0/tcp/0\"]\nmdns = {mdns}\n");
    fs::create_dir_all(world.path(home)).unwrap();
    fs::write(world.path(home).join("config.toml"), settings).unwrap();
}

#[test]
fn homes_that_know_no_address_join_and_sync_over_the_local_network_alone() {
    if !multicast_works() {
        tell("skipped: multicast does not come back on this machine");
        return;
    }
    let world = World::new();
    settle_anywhere(&world, "ana", Neighbours::Looked);
    let init = ["init", "--name", "Ana", "--new", "Garden"];
    world.ask("ana", &init).json();
    let ticket = world.ask("ana", &["invite"]).json();
    let ticket = ticket["ticket"].as_str().unwrap().to_owned();
    let node = world.node("ana");
    let join = |wait: &str| world.ask("bo", &["join", &ticket, "--name", "Bo", "--wait", wait]);
    settle_anywhere(&world, "bo", Neighbours::Ignored);
    assert_eq!(
        join("1s").kind(5),
        "unreachable",
        "the ticket leads nowhere"
    );
    settle_anywhere(&world, "bo", Neighbours::Looked);
    assert_eq!(join("60s").json()["admitted_by"]["name"], "Ana");
    node.terminate();
    let id = world.note("ana", "Bees", "two hives");
    let _node = world.node("ana");
    settle_anywhere(&world, "bo", Neighbours::Ignored);
    let sync = |wait: &str| world.ask("bo", &["sync", "--wait", wait]);
    assert_eq!(
        sync("1s").kind(5),
        "unreachable",
        "what Bo remembers leads nowhere"
    );
    settle_anywhere(&world, "bo", Neighbours::Looked);
    let synced = sync("60s").json();
    assert_eq!(synced["in_step"], true, "{synced}");
    assert_eq!(world.body("bo", &id), "two hives");
}

#[test]
fn a_copy_and_its_original_find_each_other_over_the_local_network_alone() {
    if !multicast_works() {
        tell("skipped: multicast does not come back on this machine");
        return;
    }
    let world = World::new();
    settle_anywhere(&world, "ana", Neighbours::Looked);
    let init = ["init", "--name", "Ana", "--new", "Garden"];
    world.ask("ana", &init).json();
    copy(&world.path("ana"), &world.path("copy"));
    let there = world.note("copy", "There", "from the copy");
    let here = world.note("ana", "Here", "from the original");
    let _node = world.node("ana");
    let synced = world.ask("copy", &["sync", "--wait", "60s"]).json();
    assert_eq!(synced["in_step"], true, "{synced}");
    assert_eq!(world.body("copy", &here), "from the original");
    assert_eq!(world.body("ana", &there), "from the copy");
}

/// Bo moves and tells Ana where to; then Ana moves, and Bo cannot know where to. What Bo said in the session, and nowhere
/// else, is the only way.
#[test]
fn a_restarted_home_finds_a_peer_where_it_said_in_a_session_that_it_is() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    world.join("ana", "bo", "Bo");
    let bo = world.node("bo");
    world.in_step(&["ana", "bo"]);
    bo.terminate();
    let elsewhere = ["--json", "node", "--listen", "/ip4/127.0.0.1/tcp/0"];
    let _bo = Node::start(world.command("bo", &elsewhere));
    // Where he is he says before he passes on what he writes.
    let moved = world.note("bo", "Moved", "");
    until("Ana has read it", || {
        world.ask("ana", &["note", "show", &moved]).code == 0
    });
    ana.terminate();
    world.settle_in("ana");
    let id = world.note("ana", "Moved too", "found");
    let synced = world.ask("ana", &["sync", "--wait", "60s"]).json();
    assert_eq!(synced["in_step"], true, "{synced}");
    assert_eq!(world.body("bo", &id), "found");
}
