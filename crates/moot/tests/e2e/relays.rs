//! The relay as a process: starting, its ticket and status, who may own its directory, ending.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use moot_log::RelayTicket;

use crate::world::{Node, World};

const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";

fn relay(world: &World, more: &[&str]) -> Node {
    let data = world.path("relay");
    let data = data.to_str().unwrap();
    let arguments = ["relay", "--data", data, "--listen", LISTEN, "--json"];
    Node::start(world.command("nobody", &[&arguments, more].concat()))
}

fn beside(world: &World, what: &str) -> crate::world::Ended {
    let data = world.path("relay");
    world.ask("nobody", &["relay", what, "--data", data.to_str().unwrap()])
}

fn ticket(world: &World) -> RelayTicket {
    let told = beside(world, "ticket").json();
    RelayTicket::decode(told["ticket"].as_str().unwrap()).unwrap()
}

#[test]
fn a_relay_tells_where_it_listens_and_its_ticket_leads_there() {
    let world = World::new();
    let relay = relay(&world, &[]);
    assert_eq!(relay.first["event"], "listening");
    let ticket = ticket(&world);
    assert_eq!(relay.first["peer_id"], ticket.peer_id);
    assert_eq!(ticket.addresses, [relay.address()]);
    let status = beside(&world, "status").json();
    for number in ["notebooks", "devices", "bytes", "mail", "sessions"] {
        assert_eq!(status[number], 0, "{status}");
    }
    assert_eq!(status["quota"], 10_u64 << 30);
}

#[test]
fn a_restart_keeps_identity_and_token_and_tickets_name_external_addresses() {
    let world = World::new();
    let first = relay(&world, &[]);
    let before = ticket(&world);
    let took = first.terminate();
    assert!(took < Duration::from_secs(5), "{took:?}");
    let external = "/dns4/relay.example.org/tcp/4001";
    let _again = relay(&world, &["--external", external, "--quota", "500M"]);
    let after = ticket(&world);
    assert_eq!((before.token, before.peer_id), (after.token, after.peer_id));
    assert_eq!(after.addresses, [external]);
    assert_eq!(beside(&world, "status").json()["quota"], 500_u64 << 20);
    for file in ["relay.key", "store.db"] {
        let mode = std::fs::metadata(world.path("relay").join(file)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{file}");
    }
}

#[test]
fn two_relays_never_own_one_directory_and_without_one_nobody_answers() {
    let world = World::new();
    assert_eq!(beside(&world, "ticket").kind(5), "unreachable");
    let running = relay(&world, &[]);
    let data = world.path("relay");
    let arguments = [
        "relay",
        "--data",
        data.to_str().unwrap(),
        "--listen",
        LISTEN,
    ];
    assert_eq!(world.ask("nobody", &arguments).kind(4), "refused");
    running.terminate();
    assert_eq!(beside(&world, "status").kind(5), "unreachable");
}

#[test]
fn a_members_home_is_no_place_for_a_relay() {
    let world = World::new();
    world.init("a", "Ana");
    let home = world.path("a");
    let arguments = [
        "relay",
        "--data",
        home.to_str().unwrap(),
        "--listen",
        LISTEN,
    ];
    assert_eq!(world.ask("a", &arguments).kind(4), "refused");
    world.note("a", "Untouched", "");
}

#[test]
fn sizes_that_are_none_are_refused() {
    let world = World::new();
    for size in ["", "many", "5X", "99999999999T"] {
        let ended = world.ask("nobody", &["relay", "--quota", size]);
        assert_eq!(ended.kind(2), "usage", "{size}");
    }
}
