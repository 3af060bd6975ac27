//! What cannot be brought about from outside in reasonable time.

use super::*;
use crate::{Discovery, Insistence, SecretKey};

fn driver(number: u8, listen: &[&str]) -> (Driver, mpsc::Receiver<NetEvent>) {
    let config = NetConfig {
        listen: listen.iter().map(|text| text.parse().unwrap()).collect(),
        discovery: Discovery::Off,
        ..NetConfig::new(SecretKey::from_bytes([number; 32]), 0)
    };
    let (sender, events) = mpsc::channel(64);
    let (_, commands) = mpsc::channel(1);
    (
        Driver::start(config, commands, sender, Arc::default()).unwrap(),
        events,
    )
}

impl Driver {
    async fn until(&mut self, done: impl Fn(&Driver) -> bool) {
        let deadline = tokio::time::Instant::now() + Duration::from_secs(30);
        while !done(self) {
            let event = tokio::time::timeout_at(deadline, self.swarm.select_next_some()).await;
            self.on_swarm_event(event.expect("waited in vain"));
        }
    }

    async fn listening_on(&mut self, count: usize) -> Vec<libp2p::Multiaddr> {
        self.until(|driver| driver.swarm.listeners().count() >= count)
            .await;
        let mut addresses: Vec<_> = self.swarm.listeners().cloned().collect();
        addresses.sort_by_key(ToString::to_string);
        addresses
    }
}

#[tokio::test]
async fn rebuilt_swarm_listens_where_the_old_one_did() {
    let (mut driver, _events) =
        driver(1, &["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]);
    let before = driver.listening_on(2).await;
    driver.rebuild().await;
    assert_eq!(driver.listening_on(2).await, before);
}

#[tokio::test]
async fn one_listener_that_fails_is_no_error_and_none_at_all_is() {
    let (mut driver, _events) = driver(1, &["/ip4/192.0.2.1/tcp/0", "/ip4/127.0.0.1/tcp/0"]);
    assert_eq!(driver.listening_on(1).await.len(), 1);
    let nowhere = NetConfig {
        listen: vec!["/ip4/192.0.2.1/tcp/0".parse().unwrap()],
        ..NetConfig::new(SecretKey::from_bytes([1; 32]), 0)
    };
    let (sender, _) = mpsc::channel(1);
    let (_, commands) = mpsc::channel(1);
    let Err(error) = Driver::start(nowhere, commands, sender, Arc::default()) else {
        panic!("it started")
    };
    assert!(
        error
            .to_string()
            .starts_with("cannot listen anywhere: /ip4/192.0.2.1/tcp/0: "),
        "{error}"
    );
}

#[tokio::test]
async fn a_taken_port_is_told_of_or_no_start_where_it_was_insisted_on() {
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = format!("/ip4/127.0.0.1/tcp/{}", other.local_addr().unwrap().port());
    let (moved, _events) = driver(1, &[&taken, "/ip4/127.0.0.1/tcp/0"]);
    assert_eq!(moved.moved(), [taken.parse().unwrap()]);
    let insisting = NetConfig {
        listen: vec![
            "/ip4/127.0.0.1/tcp/0".parse().unwrap(),
            taken.parse().unwrap(),
        ],
        insistence: Insistence::ThereOrNowhere,
        ..NetConfig::new(SecretKey::from_bytes([1; 32]), 0)
    };
    let (sender, _) = mpsc::channel(1);
    let (_, commands) = mpsc::channel(1);
    let refused = Driver::start(insisting, commands, sender, Arc::default()).err();
    let told = refused.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        told.starts_with(&format!("cannot listen there: {taken}: ")),
        "{told}"
    );
}

/// Two connections to one peer, of which this node sees that many as surplus after so many seconds.
async fn check_surplus(own: u8, other: u8, seconds: u64, surplus: usize) {
    let (sender, mut events) = mpsc::channel(64);
    let config = NetConfig {
        listen: vec!["/ip4/127.0.0.1/tcp/0".parse().unwrap()],
        discovery: Discovery::Off,
        ..NetConfig::new(SecretKey::from_bytes([other; 32]), 0)
    };
    let net = crate::Net::start(config, sender).await.unwrap();
    let Some(NetEvent::Listening { addresses }) = events.recv().await else {
        panic!("it does not listen")
    };
    let (mut driver, _events) = driver(
        own,
        &["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"],
    );
    for count in 1..=2 {
        driver.probe(addresses[0].clone());
        driver
            .until(|driver| driver.connections.len() == count)
            .await;
    }
    let later = Instant::now() + Duration::from_secs(seconds);
    assert_eq!(
        driver.surplus_connections(later).len(),
        surplus,
        "{own} sees {other} after {seconds} s"
    );
    let (best, _) = driver
        .swarm
        .behaviour()
        .streams
        .best(&net.peer_id().to_libp2p())
        .unwrap();
    driver.close_duplicates(later);
    driver
        .until(|driver| driver.connections.len() == 2 - surplus)
        .await;
    assert!(driver.connections.contains_key(&best));
}

#[tokio::test]
async fn surplus_connections_are_closed_after_a_minute_by_one_side() {
    let name = |number| crate::peer_id_of(&SecretKey::from_bytes([number; 32]));
    let (smaller, larger) = if name(1) < name(2) { (1, 2) } else { (2, 1) };
    check_surplus(smaller, larger, 59, 0).await;
    check_surplus(smaller, larger, 61, 1).await;
    check_surplus(larger, smaller, 61, 0).await;
}
