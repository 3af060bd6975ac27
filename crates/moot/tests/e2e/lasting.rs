//! What is on for long: a relay and members' nodes, while they write and come and go. What each takes of memory stops growing.
//!
//! Half a minute usually; with `MOOT_LASTS_MINUTES=60` an hour.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{Node, World, tell};

const USUALLY: Duration = Duration::from_secs(30);

/// Somebody writes this often.
const BEAT: Duration = Duration::from_secs(1);

/// Cleo comes, and goes at the next of these.
const COMES_AND_GOES: u32 = 7;

/// Notes that are written in, in turn.
const NOTES: u32 = 10;

/// What a process may take more at the end than after a quarter of the time, in KiB: entries are held by their chains and documents
/// that are open by their changes, both of which grow a little.
const GROWTH_KIB: u64 = 12 << 10;

fn lasts() -> Duration {
    let minutes = std::env::var("MOOT_LASTS_MINUTES").ok();
    let minutes = minutes.and_then(|minutes| minutes.parse().ok());
    minutes.map_or(USUALLY, |minutes: u64| Duration::from_secs(60 * minutes))
}

/// What a process has of memory; none where this system does not tell.
fn resident_kib(node: &Node) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.process.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

fn relay(world: &World) -> (Node, String) {
    let data = world.path("relay");
    let data = data.to_str().unwrap();
    let on_loopback = |way: &str| format!("/ip4/127.0.0.1/{way}");
    let arguments = [
        "relay",
        "--data",
        data,
        "--listen",
        &on_loopback("tcp/0"),
        "--listen",
        &on_loopback("udp/0/quic-v1"),
        "--json",
    ];
    let node = Node::start(world.command("nobody", &arguments));
    let told = world
        .ask("nobody", &["relay", "ticket", "--data", data])
        .json();
    (node, told["ticket"].as_str().unwrap().to_owned())
}

#[test]
fn memory_stops_growing_while_members_write_and_come_and_go() {
    let world = World::new();
    world.init("ana", "Ana");
    let (relay, ticket) = relay(&world);
    if resident_kib(&relay).is_none() {
        tell("skipped: this system does not tell what a process takes of memory");
        return;
    }
    world.ask("ana", &["relay", "use", &ticket]).json();
    let notes: Vec<String> = (0..NOTES)
        .map(|n| world.note("ana", &format!("Note {n}"), "written in turn\n"))
        .collect();
    let ana = world.node("ana");
    for (home, person) in [("bo", "Bo"), ("cleo", "Cleo")] {
        world.join("ana", home, person);
    }
    let bo = world.node("bo");
    let mut cleo: Option<Node> = None;
    let all = [("the relay", &relay), ("Ana", &ana), ("Bo", &bo)];
    let sizes = || all.map(|(_, node)| resident_kib(node).unwrap());
    let (begun, lasts) = (Instant::now(), lasts());
    let mut early = None;
    let mut beat = 0;
    while begun.elapsed() < lasts {
        let home = ["ana", "bo"][beat as usize % 2];
        let note = &notes[(beat / 2 % NOTES) as usize];
        let line = format!("line {beat} of {home}");
        world.ask(home, &["note", "append", note, &line]).json();
        if beat % COMES_AND_GOES == 0 {
            cleo = match cleo.take() {
                Some(node) => {
                    node.terminate();
                    None
                }
                None => Some(world.node("cleo")),
            };
        }
        if beat % 60 == 0 {
            tell(&format!("{:?}: {:?} KiB", begun.elapsed(), sizes()));
        }
        if early.is_none() && begun.elapsed() >= lasts / 4 {
            early = Some(sizes());
        }
        beat += 1;
        pass(&ana, begun + BEAT * beat);
    }
    drop(cleo);
    world.in_step(&["ana", "bo"]);
    let (early, late) = (early.unwrap(), sizes());
    tell(&format!(
        "after a quarter {early:?} KiB, at the end {late:?}"
    ));
    for ((who, _), (early, late)) in all.iter().zip(early.into_iter().zip(late)) {
        assert!(
            late <= early + GROWTH_KIB,
            "{who}: {early} KiB, then {late}"
        );
    }
}

/// Lets a node's events pass until then.
fn pass(node: &Node, until: Instant) {
    let left = || until.saturating_duration_since(Instant::now());
    let mut event: Option<Value> = node.lines.recv_timeout(left()).ok();
    while event.is_some() {
        event = node.lines.recv_timeout(left()).ok();
    }
}
