//! The relay as a process: starting, its ticket and status, who may own its directory, ending.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use moot_log::RelayTicket;

use crate::world::{Ended, Node, World, tell};

const LISTEN: &str = "/ip4/127.0.0.1/tcp/0";

fn relay(world: &World, more: &[&str]) -> Node {
    let data = world.path("relay");
    let data = data.to_str().unwrap();
    let arguments = ["relay", "--data", data, "--listen", LISTEN, "--json"];
    Node::start(world.command("nobody", &[&arguments, more].concat()))
}

fn beside(world: &World, what: &str) -> Ended {
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

/// Story: a service that systemd runs under a user made for it has no home, and the relay ended because of that.
#[test]
fn a_user_without_a_home_runs_a_relay_all_the_same() {
    const USER: u32 = 64_001;
    if std::fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        tell("skipped: only root runs something as a user whom the system does not know");
        return;
    }
    let world = World::new();
    let place = world.path("");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = world.path("moot");
    std::fs::copy(env!("CARGO_BIN_EXE_moot"), &program).unwrap();
    for own in ["relay", "run"] {
        std::fs::create_dir(world.path(own)).unwrap();
        std::os::unix::fs::chown(world.path(own), Some(USER), None).unwrap();
    }
    let data = world.path("relay");
    let homeless = |of: &[&str]| {
        let mut command = Command::new(&program);
        command
            .args(["--json", "relay", "--data", data.to_str().unwrap()])
            .args(of)
            .env_clear()
            .env("XDG_RUNTIME_DIR", world.path("run"))
            .uid(USER);
        command
    };
    let running = Node::start(homeless(&["--listen", LISTEN]));
    for asked in ["ticket", "status"] {
        Ended::of(homeless(&[asked]).output().unwrap()).json();
    }
    running.terminate();
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
fn a_relays_directory_is_no_home() {
    let world = World::new();
    let running = relay(&world, &[]);
    running.terminate();
    let init = ["init", "--name", "Ana", "--new", "Garden"];
    let refused = world.ask("relay", &init).error(4);
    let told = refused["message"].as_str().unwrap();
    assert!(told.contains("is the directory of a relay"), "{told}");
    assert_eq!(world.ask("relay", &["status"]).kind(4), "refused");
    relay(&world, &[]).terminate();
}

/// Story: the system let two processes listen on one TCP port, and each got some of those who came.
#[test]
fn two_relays_never_share_a_port() {
    let world = World::new();
    let first = relay(&world, &[]);
    let address = first.address();
    let address = address.split("/p2p/").next().unwrap();
    let other = world.path("other");
    let arguments = [
        "relay",
        "--data",
        other.to_str().unwrap(),
        "--listen",
        address,
    ];
    let mut command = world.command("nobody", &[&["--json"], &arguments[..]].concat());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut second = command.spawn().unwrap();
    let until = Instant::now() + Duration::from_secs(20);
    while second.try_wait().unwrap().is_none() && Instant::now() < until {
        std::thread::yield_now();
    }
    // One that goes on is ended here, and what it told then is no refusal.
    let _ = second.kill();
    let refused = Ended::of(second.wait_with_output().unwrap()).error(1);
    let told = refused["message"].as_str().unwrap();
    assert!(told.contains("another program listens on"), "{told}");
}

/// Story: the network took 32 streams of one peer and reset the others, which a home of many notebooks needs.
#[test]
fn one_home_has_more_notebooks_at_a_relay_than_members_have_with_each_other() {
    const NOTEBOOKS: u64 = 100;
    let world = World::new();
    let running = relay(&world, &[]);
    let sessions = || {
        beside(&world, "status").json()["sessions"]
            .as_u64()
            .unwrap()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let config = moot_net::NetConfig {
        listen: vec![LISTEN.parse().unwrap()],
        discovery: moot_net::Discovery::Off,
        ..moot_net::NetConfig::new(moot_net::SecretKey::from_bytes([7; 32]), 0)
    };
    let (sender, mut events) = tokio::sync::mpsc::channel(1_000);
    let net = runtime
        .block_on(moot_net::Net::start(config, sender))
        .unwrap();
    let address: moot_net::Address = running.address().parse().unwrap();
    let peer: moot_net::PeerId = running.first["peer_id"].as_str().unwrap().parse().unwrap();
    for label in 0..NOTEBOOKS {
        let dial = moot_net::NetCommand::Dial {
            peer: peer.clone(),
            addresses: vec![address.clone()],
            through: Vec::new(),
            label,
        };
        net.send(dial).unwrap();
    }
    let open = runtime.block_on(async {
        let mut open = 0;
        while open < NOTEBOOKS {
            let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
            match event.unwrap().unwrap() {
                moot_net::NetEvent::Opened { .. } => open += 1,
                moot_net::NetEvent::Closed { reason, .. } => panic!("after {open}: {reason:?}"),
                _ => {}
            }
        }
        open
    });
    assert_eq!(open, NOTEBOOKS);
    let until = Instant::now() + Duration::from_secs(5);
    while sessions() < NOTEBOOKS {
        assert!(Instant::now() < until, "{} sessions", sessions());
    }
}

#[test]
fn whoever_asks_by_a_signal_is_told_that_it_is_well() {
    let world = World::new();
    let data = world.path("relay");
    let mut command = world.command(
        "nobody",
        &[
            "relay",
            "--data",
            data.to_str().unwrap(),
            "--listen",
            LISTEN,
            "-v",
        ],
    );
    command.stdout(Stdio::null());
    command.stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut until = |what: &str| {
        let found = lines.find(|line| line.as_ref().is_ok_and(|line| line.contains(what)));
        found.unwrap_or_else(|| panic!("no {what:?}")).unwrap()
    };
    until("A group enrols");
    let signal = |name: &str| {
        let pid = process.id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    };
    signal("-USR1");
    let line = until("the relay is well");
    for field in ["notebooks=0", "bytes=0", "sessions=0", "quota="] {
        assert!(line.contains(field), "{line}");
    }
    until("well: 0 notebooks");
    signal("-TERM");
    assert!(process.wait().unwrap().success());
}

/// With `--json` what `-v` tells is for programs too: an object a line, its fields beside the message.
#[test]
fn what_is_told_is_json_where_json_is_asked_for() {
    let world = World::new();
    let data = world.path("relay");
    let data = data.to_str().unwrap();
    let asked = ["relay", "--data", data, "--listen", LISTEN, "-v", "--json"];
    let mut command = world.command("nobody", &asked);
    command.stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut ready = String::new();
    let mut said = BufReader::new(process.stdout.take().unwrap());
    said.read_line(&mut ready).unwrap();
    assert!(ready.contains("addresses"), "{ready}");
    let lines = BufReader::new(process.stderr.take().unwrap()).lines();
    let mut events = lines.map(|line| -> serde_json::Value {
        let line = line.unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    });
    let pid = process.id().to_string();
    let asked = Command::new("kill").args(["-USR1", &pid]).status();
    assert!(asked.unwrap().success());
    let is_well = |event: &serde_json::Value| event["message"] == "the relay is well";
    let well = events.find(is_well).unwrap();
    assert_eq!(
        (&well["notebooks"], &well["level"]),
        (&0.into(), &"INFO".into())
    );
    let ended = Command::new("kill").args(["-TERM", &pid]).status();
    assert!(ended.unwrap().success() && process.wait().unwrap().success());
    events.for_each(drop);
}

#[test]
fn sizes_that_are_none_are_refused() {
    let world = World::new();
    for size in ["", "many", "5X", "99999999999T"] {
        let ended = world.ask("nobody", &["relay", "--quota", size]);
        assert_eq!(ended.kind(2), "usage", "{size}");
    }
}

/// Story: with no room or no time at all a relay started, looked well, and refused or dropped what everybody wrote.
#[test]
fn settings_with_which_a_relay_keeps_nothing_are_refused() {
    let world = World::new();
    for (option, value) in [
        ("--quota", "0"),
        ("--quota", "1023K"),
        ("--age", "0"),
        ("--age", "6"),
    ] {
        let ended = world.ask("nobody", &["relay", option, value]);
        assert_eq!(ended.kind(2), "usage", "{option} {value}");
    }
}

/// Story: whoever may not read the directory of a running relay was told that none runs there.
#[test]
fn whoever_may_not_read_a_relays_directory_is_told_so() {
    const USER: u32 = 64_002;
    let world = World::new();
    std::fs::write(world.path("file"), "").unwrap();
    let file = world.path("file");
    let told = world.ask("nobody", &["relay", "--data", file.to_str().unwrap()]);
    let told = told.error(1)["message"].to_string();
    assert!(told.contains("is no directory"), "{told}");
    if std::fs::metadata("/proc/self").map_or(1, |own| own.uid()) != 0 {
        tell("skipped: only root asks as somebody else");
        return;
    }
    let _running = relay(&world, &[]);
    let place = world.path("");
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o755)).unwrap();
    let program = world.path("moot");
    std::fs::copy(env!("CARGO_BIN_EXE_moot"), &program).unwrap();
    let data = world.path("relay");
    let mut command = Command::new(&program);
    command
        .args([
            "--json",
            "relay",
            "ticket",
            "--data",
            data.to_str().unwrap(),
        ])
        .env_clear()
        .uid(USER);
    let told = Ended::of(command.output().unwrap()).error(1);
    let hint = told["hint"].as_str().unwrap();
    assert!(hint.contains("sudo"), "{told}");
}
