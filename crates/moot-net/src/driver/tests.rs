//! What cannot be brought about from outside in reasonable time.

use super::*;
use crate::{Discovery, SecretKey};

fn driver(listen: &[&str]) -> (Driver, mpsc::Receiver<NetEvent>) {
    let config = NetConfig {
        listen: listen.iter().map(|text| text.parse().unwrap()).collect(),
        discovery: Discovery::Off,
        ..NetConfig::new(SecretKey::from_bytes([1; 32]), 0)
    };
    let (sender, events) = mpsc::channel(64);
    let (_, commands) = mpsc::channel(1);
    (
        Driver::start(config, commands, sender, Arc::default()).unwrap(),
        events,
    )
}

impl Driver {
    async fn listening_on(&mut self, count: usize) -> Vec<libp2p::Multiaddr> {
        while self.swarm.listeners().count() < count {
            let event = self.swarm.select_next_some().await;
            self.on_swarm_event(event);
        }
        let mut addresses: Vec<_> = self.swarm.listeners().cloned().collect();
        addresses.sort_by_key(ToString::to_string);
        addresses
    }
}

#[tokio::test]
async fn rebuilt_swarm_listens_where_the_old_one_did() {
    let (mut driver, _events) = driver(&["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"]);
    let before = driver.listening_on(2).await;
    driver.rebuild().await;
    assert_eq!(driver.listening_on(2).await, before);
}

#[tokio::test]
async fn one_listener_that_fails_is_no_error_and_none_at_all_is() {
    let (mut driver, _events) = driver(&["/ip4/192.0.2.1/tcp/0", "/ip4/127.0.0.1/tcp/0"]);
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
