//! Two homes behind two routers: they meet through the relay, and reach each other directly where routers can be talked into
//! it.

use std::time::{Duration, Instant};

use crate::routers::{BO_WIRELESS, Internet, Lets, Nat, RELAY, RELAY_MOVED, Town};
use crate::world::{Node, tell, until};

/// Ana's and Bo's nodes, who have joined each other through the relay.
fn joined(town: &Town) -> (Node, Node) {
    let ana = town.node("ana");
    let used = town
        .world
        .ask("ana", &["relay", "use", &town.relay_ticket()]);
    used.json();
    town.join();
    (ana, town.node("bo"))
}

fn check_direct(nat: Nat, lets: Lets) {
    let Some(town) = Town::new(nat, lets) else {
        return;
    };
    let _nodes = joined(&town);
    let note = town.world.note("ana", "From Ana", "over the fence");
    until("Bo reaches Ana directly", || town.reach() == "direct");
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "over the fence");
    let again = town.world.note("bo", "From Bo", "and back");
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("ana", &again), "and back");
}

#[test]
fn two_homes_go_direct_behind_routers_that_keep_ports() {
    check_direct(Nat::Plain, Lets::All);
}

#[test]
fn two_homes_go_direct_over_tcp_where_udp_is_blocked() {
    check_direct(Nat::Plain, Lets::TcpAlone);
}

#[test]
fn two_homes_go_direct_over_quic() {
    check_direct(Nat::Plain, Lets::UdpBetweenHomes);
}

#[test]
fn two_homes_go_direct_over_tcp_behind_routers_that_change_ports() {
    check_direct(Nat::Remapping, Lets::TcpAlone);
}

#[test]
fn two_homes_go_direct_over_quic_behind_routers_that_change_ports() {
    check_direct(Nat::Remapping, Lets::UdpBetweenHomes);
}

#[test]
fn two_homes_stay_behind_the_relay_where_ports_cannot_be_known() {
    let Some(town) = Town::new(Nat::Symmetric, Lets::All) else {
        return;
    };
    let _nodes = joined(&town);
    let note = town.world.note("ana", "From Ana", "the long way round");
    until("Bo reaches Ana, and knows how", || {
        let status = town.world.ask("bo", &["status"]).json();
        let peer = &status["peers"][0];
        peer["reach"] == "relayed" && peer["through"] == RELAY
    });
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "the long way round");
    until("Ana knows that Bo has it", || {
        let status = town.world.ask("ana", &["status"]).json();
        status["peers"][0]["has_all"] == true && status["peers"][0]["reach"] == "relayed"
    });
    let told = town.relay_status();
    assert_eq!(told["berths"], 2, "Ana's and Bo's: {told}");
    assert!(told["circuits"].as_u64() > Some(0), "{told}");
}

#[test]
fn two_who_are_never_awake_together_join_from_behind_their_routers() {
    let Some(town) = Town::new(Nat::Symmetric, Lets::All) else {
        return;
    };
    let used = ["relay", "use", &town.relay_ticket()];
    town.ask("ana", &used).json();
    let note = town.world.note("ana", "From Ana", "while Bo sleeps");
    let ticket = town.invite();
    let synced = |home: &str| town.ask(home, &["sync", "--wait", "20s"]).json();
    synced("ana");
    let join = |wait: &str| town.ask("bo", &["join", &ticket, "--name", "Bo", "--wait", wait]);
    assert_eq!(join("3s").kind(5), "unreachable");
    synced("ana");
    join("40s").json();
    assert_eq!(town.world.body("bo", &note), "while Bo sleeps");
}

#[test]
fn relay_that_dies_is_used_again_when_it_is_back() {
    let Some(mut town) = Town::new(Nat::Symmetric, Lets::All) else {
        return;
    };
    let _nodes = joined(&town);
    until("Bo reaches Ana", || town.reach() == "relayed");
    town.relay_dies();
    until("Bo notices", || town.reach() == "unreachable");
    let note = town.world.note("ana", "Written meanwhile", "kept for Bo");
    town.relay_starts(RELAY);
    let back = Instant::now();
    until("Bo reaches Ana again", || town.reach() == "relayed");
    tell(&format!("back after {:?}", back.elapsed()));
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "kept for Bo");
}

#[test]
fn relay_that_moved_is_found_where_one_member_says_it_is() {
    let Some(mut town) = Town::new(Nat::Plain, Lets::All) else {
        return;
    };
    let _nodes = joined(&town);
    until("Bo reaches Ana directly", || town.reach() == "direct");
    town.relay_dies();
    until("Bo notices", || town.reach_of_relay("bo") == "unreachable");
    town.relay_starts(RELAY_MOVED);
    assert_eq!(town.reach(), "direct", "the relay is not needed for that");
    let used = ["relay", "use", &town.relay_ticket()];
    town.world.ask("ana", &used).json();
    until("Bo finds it", || town.reach_of_relay("bo") == "direct");
    town.world.in_step(&["ana", "bo"]);
}

#[test]
fn who_is_reached_directly_no_more_is_reached_through_the_relay() {
    let Some(town) = Town::new(Nat::Plain, Lets::All) else {
        return;
    };
    let _nodes = joined(&town);
    until("Bo reaches Ana directly", || town.reach() == "direct");
    town.internet.cut_between_homes();
    let cut = Instant::now();
    until("Bo reaches Ana through the relay", || {
        town.reach() == "relayed"
    });
    let healed = cut.elapsed();
    assert!(healed < Duration::from_secs(35), "after {healed:?}");
    tell(&format!("by the other way after {healed:?}"));
    town.world
        .note("ana", "Written meanwhile", "by the other way");
    town.world.in_step(&["ana", "bo"]);
}

#[test]
fn link_that_is_cut_without_a_word_is_noticed_and_heals() {
    let Some(town) = Town::new(Nat::Plain, Lets::All) else {
        return;
    };
    let _nodes = joined(&town);
    until("Bo reaches Ana directly", || town.reach() == "direct");
    town.internet.cut("ana");
    let cut = Instant::now();
    until("Ana notices", || {
        town.reach_of_relay("ana") == "unreachable"
    });
    until("Bo notices", || town.reach() == "unreachable");
    let noticed = cut.elapsed();
    assert!(
        noticed < Duration::from_secs(25),
        "noticed after {noticed:?}"
    );
    let note = town.world.note("ana", "Written meanwhile", "in the dark");
    town.internet.mend("ana");
    let mended = Instant::now();
    until("Bo has it", || {
        town.world.ask("bo", &["note", "show", &note]).code == 0
    });
    let healed = mended.elapsed();
    assert!(healed < Duration::from_secs(10), "healed after {healed:?}");
    tell(&format!(
        "noticed after {noticed:?}, healed after {healed:?}"
    ));
}

/// What a look at Ana's network says of Bo, level and all.
fn told_of_bo(town: &Town) -> String {
    let findings = town.ask("ana", &["doctor", "--network"]).json();
    let mut findings = findings["findings"].as_array().unwrap().iter();
    let of_bo = findings.find(|one| one["message"].as_str().unwrap().starts_with("Bo "));
    let said = |field: &str| of_bo.unwrap()[field].as_str().unwrap().to_owned();
    format!(
        "{}: {} → {}",
        said("level"),
        said("message"),
        said("advice")
    )
}

#[test]
fn network_that_keeps_devices_apart_is_told_of_and_what_helps() {
    let Some(internet) = Internet::wireless() else {
        return;
    };
    let town = Town::on(internet);
    let ana = town.node("ana");
    town.join();
    let bo = town.node("bo");
    assert_eq!(told_of_bo(&town), "ok: Bo answers over TCP and QUIC → ");
    town.internet.isolate();
    until("Ana notices", || {
        let status = town.world.ask("ana", &["status"]).json();
        status["peers"][0]["reach"] == "unreachable"
    });
    let told = told_of_bo(&town);
    let words = format!("note: Bo does not answer at {BO_WIRELESS} on this network");
    assert!(told.starts_with(&words), "{told}");
    assert!(
        told.contains("this network blocks device-to-device traffic"),
        "{told}"
    );
    assert!(told.contains("A relay would help"), "{told}");
    for home in ["ana", "bo"] {
        town.world
            .ask(home, &["relay", "use", &town.relay_ticket()])
            .json();
    }
    until("Bo reaches Ana", || town.reach() == "relayed");
    until("so does Ana Bo", || {
        let status = town.world.ask("ana", &["status"]).json();
        status["peers"][0]["reach"] == "relayed"
    });
    let told = told_of_bo(&town);
    assert!(
        told.contains("is reached through a relay alone: either this network blocks"),
        "{told}"
    );
    assert!(
        told.contains(&format!("goes by way of the relay {RELAY}")),
        "{told}"
    );
    drop((ana, bo));
}
