//! What whoever connects is told before anything is proven.

use std::time::Duration;

use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use tokio::time::{Instant, timeout_at};

use super::*;
use crate::SecretKey;

/// A swarm that listens on every kind of address.
async fn listening(number: u8, deadline: Instant) -> Swarm<Behaviour> {
    let config = NetConfig {
        discovery: Discovery::Off,
        ..NetConfig::new(SecretKey::from_bytes([number; 32]), 0)
    };
    let mut swarm = build(&config).unwrap();
    for address in ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"] {
        swarm.listen_on(address.parse().unwrap()).unwrap();
    }
    while swarm.listeners().count() < 2 {
        timeout_at(deadline, swarm.select_next_some())
            .await
            .expect("it does not listen");
    }
    swarm
}

#[tokio::test]
async fn whoever_connects_is_told_no_address_that_is_listened_on() {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut ana = listening(1, deadline).await;
    let mut ben = listening(2, deadline).await;
    let at = ben.listeners().next().unwrap().clone();
    ana.dial(at).unwrap();
    let mut told = Vec::new();
    while told.len() < 2 {
        let next = futures::future::select(ana.select_next_some(), ben.select_next_some());
        let event = timeout_at(deadline, next).await.expect("nobody is told");
        if let SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
            peer_id,
            info,
            ..
        })) = event.factor_first().0
        {
            told.push((peer_id, info));
        }
    }
    for own in [&ana, &ben] {
        let (_, info) = told
            .iter()
            .find(|(peer, _)| peer == own.local_peer_id())
            .expect("each is told of the other");
        assert!(info.listen_addrs.is_empty(), "{info:?}");
        assert!(info.signed_peer_record.is_none(), "{info:?}");
        // Nor which release it is, whose faults may be known.
        assert_eq!(
            (info.agent_version.as_str(), info.protocol_version.as_str()),
            ("moot", "/moot/1")
        );
    }
}
