//! Claims about what a look at the network is told as.

use moot_net::{PeerId, SecretKey, peer_id_of};

use super::*;

fn peer(number: u8) -> PeerId {
    peer_id_of(&SecretKey::from_bytes([number; 32]))
}

fn at(text: &str) -> Address {
    text.parse().unwrap()
}

fn home() -> Vec<Network> {
    vec![Network {
        own: "192.168.1.2".parse().unwrap(),
        prefix: 24,
    }]
}

fn other(number: u8, name: &str, reach: &str, tried: &[(&str, Result<u8, Obstacle>)]) -> Other {
    let tried = tried.iter().map(|(address, came)| {
        let came = match came {
            Ok(number) => Tried::Answered(peer(*number)),
            Err(obstacle) => Tried::Failed {
                obstacle: *obstacle,
                error: String::new(),
            },
        };
        (at(address), came)
    });
    let tried: Vec<_> = tried.collect();
    Other {
        leg: Leg {
            peer_id: peer(number).to_string(),
            name: name.to_owned(),
            relay: name == "box.example",
            reach: reach.to_owned(),
            nearby: false,
            addresses: tried
                .iter()
                .map(|(address, _)| address.to_string())
                .collect(),
            berth: None,
        },
        tried,
    }
}

fn relay(reach: &str, came: Result<u8, Obstacle>) -> Other {
    other(
        9,
        "box.example",
        reach,
        &[("/ip4/203.0.113.9/tcp/4001", came)],
    )
}

fn told(networks: Vec<Network>, others: Vec<Other>) -> (bool, Vec<String>) {
    let doctor = diagnose(&Facts {
        networks,
        others,
        outside: Vec::new(),
    });
    let tell = |finding: Finding| {
        format!(
            "{}: {} → {}",
            finding.level, finding.message, finding.advice
        )
    };
    (doctor.ok, doctor.findings.into_iter().map(tell).collect())
}

/// The finding that has these words.
#[track_caller]
fn has(found: &(bool, Vec<String>), words: &str) {
    assert!(
        found.1.iter().any(|one| one.contains(words)),
        "{words}: {found:#?}"
    );
}

const ANA: &str = "/ip4/192.168.1.7/tcp/4001";

#[test]
fn a_machine_on_no_network_is_told_so_and_nothing_else() {
    let found = told(Vec::new(), vec![relay("unreachable", Err(Obstacle::NoWay))]);
    assert!(!found.0 && found.1.len() == 1);
    has(&found, "on no network");
}

#[test]
fn everybody_answers() {
    let ana = other(
        1,
        "Ana",
        "direct",
        &[(ANA, Ok(1)), ("/ip4/192.168.1.7/udp/4001/quic-v1", Ok(1))],
    );
    let found = told(home(), vec![ana, relay("direct", Ok(9))]);
    assert!(found.0);
    has(&found, "ok: Ana answers over TCP and QUIC");
    has(&found, "ok: the relay box.example answers over TCP");
}

#[test]
fn device_beside_that_cannot_be_reached_may_be_kept_apart_by_the_network() {
    for obstacle in [Obstacle::Silent, Obstacle::NoWay] {
        let ana = |reach| other(1, "Ana", reach, &[(ANA, Err(obstacle))]);
        let found = told(home(), vec![ana("unreachable")]);
        has(
            &found,
            "it is off, or this network blocks device-to-device traffic",
        );
        has(&found, "A relay would help");
        let found = told(home(), vec![ana("relayed"), relay("direct", Ok(9))]);
        has(&found, "Ana is online, at 192.168.1.7 by its own word");
        has(&found, "goes by way of the relay box.example");
        let mut seen = ana("unreachable");
        seen.leg.nearby = true;
        let found = told(home(), vec![seen]);
        assert!(!found.0);
        has(
            &found,
            "trouble: Ana shows itself on this network, and cannot be reached",
        );
    }
}

#[test]
fn device_elsewhere_is_off_or_behind_its_router() {
    let ana = other(
        1,
        "Ana",
        "unreachable",
        &[("/ip4/198.51.100.7/tcp/4001", Err(Obstacle::Silent))],
    );
    let found = told(home(), vec![ana]);
    assert!(found.0, "it may just be off");
    has(
        &found,
        "Ana does not answer at 198.51.100.7: it is off, or its router lets nobody in",
    );
    let ana = other(
        1,
        "Ana",
        "relayed",
        &[("/ip4/198.51.100.7/tcp/4001", Err(Obstacle::Silent))],
    );
    has(
        &told(home(), vec![ana]),
        "ok: Ana is reached through a relay",
    );
}

#[test]
fn what_a_refusal_an_unknown_name_and_a_stranger_mean() {
    let ana = other(1, "Ana", "unreachable", &[(ANA, Err(Obstacle::Refused))]);
    has(
        &told(home(), vec![ana]),
        "the machine at 192.168.1.7 is there, and no moot listens",
    );
    let ana = other(
        1,
        "Ana",
        "unreachable",
        &[("/dns4/ana.example/tcp/1", Err(Obstacle::NoName))],
    );
    has(
        &told(home(), vec![ana]),
        "trouble: Ana: no address is found for the name ana.example",
    );
    let ana = other(1, "Ana", "unreachable", &[(ANA, Ok(2))]);
    has(
        &told(home(), vec![ana]),
        "somebody else than Ana answers at 192.168.1.7",
    );
}

#[test]
fn relay_that_fails_is_trouble_and_says_how() {
    let found = told(home(), vec![relay("unreachable", Err(Obstacle::Silent))]);
    assert!(!found.0);
    has(
        &found,
        "trouble: the relay box.example does not answer at 203.0.113.9",
    );
    has(
        &told(home(), vec![relay("unreachable", Err(Obstacle::Refused))]),
        "has to start it",
    );
    has(
        &told(home(), vec![relay("unreachable", Ok(9))]),
        "does not serve this device",
    );
}

#[test]
fn blocked_udp_is_told_once_where_it_can_be_seen() {
    let both = |udp| {
        let tried = [(ANA, Ok(1)), ("/ip4/192.168.1.7/udp/4001/quic-v1", udp)];
        vec![other(1, "Ana", "direct", &tried)]
    };
    let found = told(home(), both(Err(Obstacle::Silent)));
    assert!(found.0, "everything works without");
    has(&found, "UDP does not get through");
    let found = told(home(), both(Ok(1)));
    assert!(!found.1.iter().any(|one| one.contains("UDP")));
}

#[test]
fn all_that_is_beyond_failing_is_told_as_one_thing() {
    let far = |number, name| {
        let address = format!("/ip4/203.0.113.{number}/tcp/1");
        other(
            number,
            name,
            "unreachable",
            &[(&address, Err(Obstacle::Silent))],
        )
    };
    let found = told(home(), vec![far(1, "Ana"), far(2, "Ben")]);
    assert!(!found.0);
    has(&found, "nobody beyond this network answers");
    let found = told(home(), vec![far(1, "Ana"), relay("direct", Ok(9))]);
    assert!(!found.1.iter().any(|one| one.contains("beyond")));
}

#[test]
fn what_relays_saw_that_called_back_is_told_and_decides_nothing() {
    let seen = |address: &str, reached| Outside {
        address: address.to_owned(),
        reached,
        as_of: jiff::Timestamp::UNIX_EPOCH,
    };
    let words = |outside: &[Outside]| {
        let finding = about_outside(outside)?;
        Some(format!("{}: {}", finding.level, finding.message))
    };
    assert_eq!(words(&[]), None);
    let shut = seen("/ip4/198.51.100.7/tcp/1", false);
    let told = words(std::slice::from_ref(&shut)).unwrap();
    assert!(
        told.starts_with("note: others see this device at /ip4/198.51.100.7/tcp/1, and do not"),
        "{told}"
    );
    let told = words(&[shut, seen("/ip6/2001:db8::7/tcp/1", true)]).unwrap();
    assert_eq!(
        told,
        "ok: others reach this device at /ip6/2001:db8::7/tcp/1"
    );
}
