//! A relay between people who are never awake together: the real command on both sides, real libp2p on loopback.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::bad_days::SmallDisk;
use crate::world::{Node, World, until};

/// A relay, and the ticket of its operator.
struct Relay {
    node: Option<Node>,
    ticket: String,
}

impl Relay {
    fn start(world: &World, port: Option<&str>) -> Self {
        Self::with(world, port, &[])
    }

    fn with(world: &World, port: Option<&str>, more: &[&str]) -> Self {
        Self::kept_at(world, "relay", port, more)
    }

    fn kept_at(world: &World, place: &str, port: Option<&str>, more: &[&str]) -> Self {
        let data = world.path(place);
        let listen = port.unwrap_or("/ip4/127.0.0.1/tcp/0").to_owned();
        let data = data.to_str().unwrap();
        let arguments = ["relay", "--data", data, "--listen", &listen, "--json"];
        let arguments = [&arguments, more].concat();
        let node = Node::start(world.command("nobody", &arguments));
        let told = world
            .ask("nobody", &["relay", "ticket", "--data", data])
            .json();
        Self {
            node: Some(node),
            ticket: told["ticket"].as_str().unwrap().to_owned(),
        }
    }

    fn address(&self) -> String {
        let first = &self.node.as_ref().unwrap().first;
        let address = first["addresses"][0].as_str().unwrap();
        address.split("/p2p/").next().unwrap().to_owned()
    }

    /// Ends it as a power cut would.
    fn dies(&mut self) {
        let mut node = self.node.take().unwrap();
        node.process.kill().unwrap();
        node.process.wait().unwrap();
    }
}

fn enrolled(world: &World, relay: &Relay) -> Value {
    let answer = world.ask("ana", &["relay", "use", &relay.ticket]);
    answer.json()
}

fn ticket(world: &World, more: &[&str]) -> String {
    let arguments = [&["invite"], more].concat();
    let invite = world.ask("ana", &arguments).json();
    invite["ticket"].as_str().unwrap().to_owned()
}

fn synced(world: &World, home: &str) {
    let answer = world.ask(home, &["sync", "--wait", "20s"]).json();
    assert_eq!(answer["in_step"], true);
}

fn digest(world: &World, home: &str) -> (Value, Value) {
    let status = world.ask(home, &["status"]).json();
    (status["log_digest"].clone(), status["state_digest"].clone())
}

/// Ana and Bo are never awake together: not to join, not to write, not to read.
fn let_in_by_way_of(world: &World, relay: &Relay) {
    let ticket = ticket(world, &[]);
    synced(world, "ana");
    world.settle_in("bo");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "3s"];
    let waits = world.ask("bo", &join).error(5);
    assert!(
        waits["message"].as_str().unwrap().contains("relay"),
        "who was reached is told by name: {waits}"
    );
    synced(world, "ana");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "40s"];
    let joined = world.ask("bo", &join).json();
    let by = joined["admitted_by"]["name"].as_str().unwrap();
    assert!(by.starts_with("Ana"), "{joined}");
    assert!(relay.node.is_some());
}

#[test]
fn two_who_are_never_awake_together_join_and_write_by_way_of_a_relay() {
    let world = World::new();
    world.init("ana", "Ana");
    let relay = Relay::start(&world, None);
    let row = enrolled(&world, &relay);
    assert_eq!(row["by"]["name"], "Ana");
    let note = world.note("ana", "Watering the beds", "with rainwater\n");
    let answer = world.ask("ana", &["sync", "--wait", "20s"]).json();
    assert_eq!(answer["in_step"], true);
    assert!(answer["sent"].as_u64().unwrap() > 0, "{answer}");
    let_in_by_way_of(&world, &relay);
    assert_eq!(world.body("bo", &note), "with rainwater\n");
    let listed = world.ask("bo", &["relay", "list"]).json();
    assert_eq!(listed[0]["by"]["name"], "Ana");
    world
        .ask("bo", &["note", "append", &note, "and compost"])
        .json();
    synced(&world, "bo");
    let status = world.ask("bo", &["status"]).json();
    assert_eq!(status["relays"][0]["has_all"], true);
    assert!(
        status["waiting"].as_u64().unwrap() > 0,
        "a relay's copy is no device's: {status}"
    );
    synced(&world, "ana");
    assert_eq!(world.body("ana", &note), "with rainwater\nand compost");
    synced(&world, "bo");
    assert_eq!(digest(&world, "ana"), digest(&world, "bo"));
}

#[test]
fn neither_disk_nor_memory_of_a_relay_holds_a_word_that_anybody_wrote() {
    let world = World::new();
    world.init("ana", "Anastasia");
    let relay = Relay::start(&world, None);
    enrolled(&world, &relay);
    let note = world.note("ana", "Hidden title", "secret words in the body\n");
    synced(&world, "ana");
    let_in_by_way_of(&world, &relay);
    // Both are there: what is typed, and who is where, passes through it as well.
    let nodes = ["ana", "bo"].map(|home| world.node(home));
    world
        .ask("ana", &["note", "append", &note, "appended in private"])
        .json();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !world.body("bo", &note).contains("appended in private") {
        assert!(std::time::Instant::now() < until);
    }
    let words = [
        "Hidden title",
        "secret words",
        "appended in private",
        "Anastasia",
        "Garden",
    ];
    let mut looked_at = 0;
    for word in words {
        looked_at = look_for(&world.path("relay"), word.as_bytes());
    }
    assert!(looked_at > 10_000, "it holds something: {looked_at} bytes");
    let Some(own) = memory_of(std::process::id()) else {
        println!("skipped: this system does not show the memory of a process");
        return;
    };
    assert!(
        finds(&own, b"appended in private"),
        "this test's own memory has it"
    );
    let relays = relay.node.as_ref().unwrap().process.id();
    let memory = memory_of(relays).expect("what is shown of this process is shown of the relay");
    assert!(finds(&memory, b"relay.key"), "it is the memory of a relay");
    for word in words {
        assert!(!finds(&memory, word.as_bytes()), "{word:?} in memory");
    }
    drop(nodes);
}

fn finds(memory: &[Vec<u8>], word: &[u8]) -> bool {
    let finder = |part: &Vec<u8>| part.windows(word.len()).any(|here| here == word);
    memory.iter().any(finder)
}

/// What a process has written or may write in its memory; none where that cannot be read.
fn memory_of(pid: u32) -> Option<Vec<Vec<u8>>> {
    use std::os::unix::fs::FileExt;

    let memory = fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut parts = Vec::new();
    for line in maps.lines() {
        let mut fields = line.split_whitespace();
        let (Some(range), Some(rights)) = (fields.next(), fields.next()) else {
            continue;
        };
        let (from, to) = range.split_once('-')?;
        let from = u64::from_str_radix(from, 16).ok()?;
        let to = u64::from_str_radix(to, 16).ok()?;
        if !rights.starts_with("rw") {
            continue;
        }
        let mut part = vec![0; usize::try_from(to - from).ok()?];
        // Some regions are the kernel's own and cannot be read.
        if memory.read_exact_at(&mut part, from).is_ok() {
            parts.push(part);
        }
    }
    (!parts.is_empty()).then_some(parts)
}

/// Fails where a word is found; tells how many bytes were looked at.
fn look_for(place: &Path, word: &[u8]) -> usize {
    let mut bytes = 0;
    for file in fs::read_dir(place).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            let content = fs::read(file.path()).unwrap();
            let found = content.windows(word.len()).any(|here| here == word);
            assert!(
                !found,
                "{:?} in {:?}",
                String::from_utf8_lossy(word),
                file.path()
            );
            bytes += content.len();
        }
    }
    bytes
}

#[test]
fn a_relay_that_was_killed_comes_back_with_what_it_kept() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut relay = Relay::start(&world, None);
    enrolled(&world, &relay);
    let note = world.note("ana", "Beds", "one\n");
    synced(&world, "ana");
    let address = relay.address();
    relay.dies();
    let alone = world.ask("ana", &["sync", "--wait", "1s"]).error(5);
    let told = alone["message"].as_str().unwrap();
    assert!(
        told.contains("the relay 127.0.0.1 was not reached"),
        "{told}"
    );
    let relay = Relay::start(&world, Some(&address));
    world.ask("ana", &["note", "append", &note, "two"]).json();
    synced(&world, "ana");
    let_in_by_way_of(&world, &relay);
    assert_eq!(world.body("bo", &note), "one\ntwo");
}

#[test]
fn a_relay_that_is_not_there_changes_nothing() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut relay = Relay::start(&world, None);
    let before = world.ask("ana", &["status"]).json();
    relay.dies();
    let answer = world.ask("ana", &["relay", "use", &relay.ticket, "--wait", "1s"]);
    assert_eq!(answer.kind(5), "unreachable");
    assert_eq!(
        world.ask("ana", &["relay", "list"]).json(),
        Value::Array(Vec::new())
    );
    let after = world.ask("ana", &["status"]).json();
    assert_eq!(before["entries"], after["entries"]);
    let wrong = world.ask("ana", &["relay", "use", "mootrelay1abc"]);
    assert_eq!(wrong.kind(2), "usage");
    let invite = ticket(&world, &[]);
    let wrong = world.ask("ana", &["relay", "use", &invite]).error(2);
    assert!(
        wrong["message"].as_str().unwrap().contains("an invite"),
        "{wrong}"
    );
}

#[test]
fn only_who_enrolled_a_notebook_takes_the_relay_back() {
    let world = World::new();
    world.init("ana", "Ana");
    let relay = Relay::start(&world, None);
    let id = enrolled(&world, &relay)["id"].as_str().unwrap().to_owned();
    let_in_by_way_of(&world, &relay);
    let refused = world.ask("bo", &["relay", "drop", &id]);
    assert_eq!(refused.kind(4), "refused");
    assert_eq!(
        world.ask("ana", &["relay", "drop", "elsewhere"]).kind(3),
        "not_found"
    );
    world.ask("bo", &["relay", "use", &relay.ticket]).json();
    synced(&world, "bo");
    synced(&world, "ana");
    let dropped = world.ask("ana", &["relay", "drop", &id]).json();
    assert_eq!(dropped["still_by"][0]["name"], "Bo", "{dropped}");
    let listed = world.ask("ana", &["relay", "list"]).json();
    assert_eq!(
        listed[0]["by"]["name"], "Bo",
        "it is used as long as one names it"
    );
    synced(&world, "ana");
    synced(&world, "bo");
    let dropped = world.ask("bo", &["relay", "drop", &id]).json();
    assert_eq!(dropped["still_by"], Value::Array(Vec::new()));
    let listed = world.ask("bo", &["relay", "list"]).json();
    assert_eq!(listed, Value::Array(Vec::new()));
}

/// Two relays of one notebook: each confirms for itself, and either is enough to go on with.
#[test]
fn of_two_relays_each_confirms_and_either_carries_what_is_written() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut one = Relay::kept_at(&world, "one", None, &[]);
    let mut other = Relay::kept_at(&world, "other", None, &[]);
    enrolled(&world, &one);
    enrolled(&world, &other);
    let note = world.note("ana", "Beds", "one\n");
    let both = ["sync", "--wait", "20s", "--with", "2"];
    assert_eq!(world.ask("ana", &both).json()["in_step"], true);
    let (first, second) = (one.address(), other.address());
    other.dies();
    world.ask("ana", &["note", "append", &note, "two"]).json();
    let told = world.ask("ana", &["sync", "--wait", "3s", "--with", "2"]);
    let told = told.error(5);
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("1 of 2 confirmed"), "{message}");
    synced(&world, "ana");
    let_in_by_way_of(&world, &one);
    assert_eq!(world.body("bo", &note), "one\ntwo");
    // Now the other alone, which has seen neither the second line nor Bo.
    one.dies();
    let other = Relay::kept_at(&world, "other", Some(&second), &[]);
    world.ask("ana", &["note", "append", &note, "three"]).json();
    synced(&world, "ana");
    synced(&world, "bo");
    assert_eq!(world.body("bo", &note), "one\ntwo\nthree");
    // What Bo's coming in set off.
    synced(&world, "ana");
    assert_eq!(digest(&world, "ana"), digest(&world, "bo"));
    let _one = Relay::kept_at(&world, "one", Some(&first), &[]);
    assert_eq!(world.ask("ana", &both).json()["in_step"], true);
    assert!(other.node.is_some());
    // As `relay list` shows it: the beginning of an id in large and small letters.
    let listed = world.ask("ana", &["relay", "list"]).json();
    let begins = &listed[0]["id"].as_str().unwrap()[..20];
    world.ask("ana", &["relay", "drop", begins]).json();
    let left = world.ask("ana", &["relay", "list"]).json();
    assert_eq!(left.as_array().unwrap().len(), 1);
}

/// A relay that is full says so to the person whose share it is; what it has goes on, and nothing is lost here.
#[test]
fn a_relay_that_is_full_is_told_of_by_name_and_keeps_what_it_has() {
    let world = World::new();
    world.init("ana", "Ana");
    let relay = Relay::with(&world, None, &["--quota", "1M"]);
    enrolled(&world, &relay);
    world.note("ana", "Small", "a few words\n");
    synced(&world, "ana");
    // Words that do not get smaller by packing.
    let long: Vec<String> = (0..4_000_u64)
        .map(|n| format!("{:x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
        .collect();
    world.note("ana", "Long", &long.join(" "));
    let told = world.ask("ana", &["sync", "--wait", "5s"]).error(5);
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("no more room"), "{message}");
    let status = world.ask("ana", &["status"]);
    let status = status.json();
    assert_eq!(status["relays"][0]["has_all"], false, "{status}");
    let notices = status["notices"].to_string();
    assert!(
        notices.contains("has no more room for what this device wrote"),
        "{status}"
    );
}

/// Story: a disk that was full ended the relay for everybody, again after each start, and nobody was told why.
#[test]
fn a_relay_on_a_full_disk_serves_what_it_has_and_takes_more_once_there_is_room() {
    let world = World::new();
    let Some(disk) = SmallDisk::of("size=120m", world.path("disk")) else {
        return;
    };
    world.init("ana", "Ana");
    let relay = Relay::kept_at(&world, "disk/relay", None, &[]);
    enrolled(&world, &relay);
    world.note("ana", "First", "a few words\n");
    synced(&world, "ana");
    disk.fill();
    world.note("ana", "Second", "more words\n");
    let told = world.ask("ana", &["sync", "--wait", "5s"]).error(5);
    let message = told["message"].as_str().unwrap();
    assert!(message.contains("no more room"), "{message}");
    let data = world.path("disk/relay");
    let status = || {
        let asked = ["relay", "status", "--data", data.to_str().unwrap()];
        world.ask("nobody", &asked).json()
    };
    assert_eq!(status()["full"], true);
    world.init("ben", "Ben");
    let refused = world.ask("ben", &["relay", "use", &relay.ticket]).error(4);
    let message = refused["message"].as_str().unwrap();
    assert!(
        message.contains("no room for another notebook"),
        "{message}"
    );
    disk.make_room();
    let until = std::time::Instant::now() + std::time::Duration::from_secs(90);
    while status()["full"] != false {
        assert!(std::time::Instant::now() < until);
    }
    synced(&world, "ana");
    world.ask("ben", &["relay", "use", &relay.ticket]).json();
    let mut relay = relay;
    relay.dies();
}

/// Story: a relay that had lost its disk answered like one that was not there.
#[test]
fn a_relay_that_keeps_the_notebook_no_more_is_told_from_one_that_is_not_there() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut relay = Relay::start(&world, None);
    enrolled(&world, &relay);
    synced(&world, "ana");
    let address = relay.address();
    relay.dies();
    for file in ["store.db", "store.db-wal"] {
        let _ = fs::remove_file(world.path("relay").join(file));
    }
    let relay = Relay::start(&world, Some(&address));
    let told = world.ask("ana", &["sync", "--wait", "5s"]).error(5);
    let told = told["message"].as_str().unwrap();
    assert!(told.contains("does not serve this device"), "{told}");
    let _node = world.node("ana");
    let until = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while world.ask("ana", &["status"]).json()["relays"][0]["refuses"] != true {
        assert!(std::time::Instant::now() < until);
    }
    enrolled(&world, &relay);
    synced(&world, "ana");
    let row = &world.ask("ana", &["status"]).json()["relays"][0];
    assert_eq!(
        (&row["refuses"], &row["has_all"]),
        (&false.into(), &true.into())
    );
}

/// Story: a relay lost the only copy, said so, and `status` went on saying that it has all.
#[test]
fn a_relay_that_lost_its_disk_is_not_said_to_keep_what_it_kept() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut relay = Relay::start(&world, None);
    enrolled(&world, &relay);
    let_in_by_way_of(&world, &relay);
    world.note("ana", "Beds", "one\n");
    synced(&world, "ana");
    let row = world.ask("ana", &["status"]).json()["relays"][0].clone();
    assert_eq!(row["has_all"], true, "{row}");
    let address = relay.address();
    relay.dies();
    for file in ["store.db", "store.db-wal"] {
        let _ = fs::remove_file(world.path("relay").join(file));
    }
    let relay = Relay::start(&world, Some(&address));
    // Nobody's node runs, and there is another member, whom nobody reaches.
    let told = world.ask("ana", &["sync", "--wait", "5s"]).error(5);
    assert!(
        told["message"].as_str().unwrap().contains("does not serve"),
        "{told}"
    );
    assert!(
        told["hint"].as_str().unwrap().contains("moot relay use"),
        "{told}"
    );
    let refuses = |world: &World| {
        let status = world.ask("ana", &["status"]).json();
        let listed = world.ask("ana", &["relay", "list"]).json();
        let (shown, listed) = (&status["relays"][0], &listed[0]);
        assert_eq!(shown["refuses"], listed["refuses"]);
        assert_eq!(shown["has_all"], listed["has_all"]);
        (shown["refuses"].clone(), shown["has_all"].clone())
    };
    assert_eq!(refuses(&world), (true.into(), false.into()));
    enrolled(&world, &relay);
    synced(&world, "ana");
    assert_eq!(refuses(&world), (false.into(), true.into()));
}

/// Story: berths were lost in silence; only a log said so.
#[test]
fn whether_a_relay_gives_a_berth_is_told_on_both_sides() {
    let world = World::new();
    world.init("ana", "Ana");
    let mut relay = Relay::start(&world, None);
    enrolled(&world, &relay);
    let offline = world.ask("ana", &["status"]).json();
    assert_eq!(offline["relays"][0]["berth"], Value::Null, "no node runs");
    let _node = world.node("ana");
    let row = || world.ask("ana", &["status"]).json()["relays"][0].clone();
    until("Ana has a berth", || row()["berth"]["state"] == "held");
    assert!(row()["berth"]["since"].is_string());
    let listed = world.ask("ana", &["relay", "list"]).json();
    assert_eq!(listed[0]["berth"], row()["berth"]);
    let data = world.path("relay");
    let of_relay = ["relay", "status", "--data", data.to_str().unwrap()];
    let status = world.ask("nobody", &of_relay).json();
    assert_eq!(
        (&status["berths"], &status["circuits"]),
        (&1.into(), &0.into())
    );
    let address = relay.address();
    relay.dies();
    until("Ana notices", || row()["berth"]["state"] == "none");
    let _relay = Relay::with(&world, Some(&address), &["--no-circuits"]);
    until("the relay is reached, and gives none", || {
        let row = row();
        row["reach"] == "direct" && row["berth"]["state"] == "none"
    });
    assert!(!row()["berth"]["why"].as_str().unwrap().is_empty());
    let words = world.run("ana", &["status"]).text();
    assert!(words.contains("no berth: "), "{words}");
    let found = world.ask("ana", &["doctor", "--network"]).json();
    let found = found["findings"].as_array().unwrap().iter();
    let of_berth = |one: &&Value| {
        let message = one["message"].as_str().unwrap();
        message.contains("gives this device no berth")
    };
    assert_eq!(found.filter(of_berth).count(), 1);
    let status = world.ask("nobody", &of_relay).json();
    assert_eq!(status["berths"], 0);
}
