//! Nodes reach each other over every transport, and frames arrive whole and in order.

use moot_net::{Close, CloseReason, NetCommand, NetEvent, Obstacle, Reach, Role};

use crate::node::{LABEL, Node, config, joined, peer};

async fn check_exchange(listen: &str) {
    let mut ana = Node::start(config(1, listen)).await;
    let mut ben = Node::start(config(2, listen)).await;
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    for round in 0..50_u32 {
        ana.send(ours, format!("to ben {round}"));
        ben.send(theirs, format!("to ana {round}"));
    }
    let largest = vec![0x5a; moot_net::FRAME_BYTES_MAX];
    ana.send(ours, largest.clone());
    ana.send(ours, Vec::new());
    for round in 0..50_u32 {
        assert_eq!(
            ben.frame(theirs).await,
            format!("to ben {round}").into_bytes()
        );
        assert_eq!(
            ana.frame(ours).await,
            format!("to ana {round}").into_bytes()
        );
    }
    assert!(ben.frame(theirs).await == largest);
    assert!(ben.frame(theirs).await.is_empty());
    ana.net.shutdown().await;
    ben.disconnected(&peer(1)).await;
    ben.net.shutdown().await;
}

#[tokio::test]
async fn frames_go_both_ways_over_tcp() {
    check_exchange("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test]
async fn frames_go_both_ways_over_quic() {
    check_exchange("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

#[tokio::test]
async fn frames_go_both_ways_over_ipv6() {
    if std::net::UdpSocket::bind("[::1]:0").is_err() {
        println!("skipped: this machine has no IPv6 loopback");
        return;
    }
    check_exchange("/ip6/::1/tcp/0").await;
    check_exchange("/ip6/::1/udp/0/quic-v1").await;
}

#[tokio::test]
async fn wildcard_listeners_report_addresses_to_be_reached_at() {
    let mut ana = Node::start(moot_net::NetConfig {
        discovery: moot_net::Discovery::Off,
        ..moot_net::NetConfig::new(crate::node::secret(1), 0)
    })
    .await;
    let mut seen = ana.addresses();
    let both = |addresses: &[moot_net::Address]| {
        ["/tcp/", "/quic-v1"].iter().all(|kind| {
            addresses
                .iter()
                .any(|address| address.is_loopback() && address.as_str().contains(kind))
        })
    };
    while !both(&seen) {
        seen = ana
            .wait("for both transports", |event| match event {
                NetEvent::Listening { addresses } => Some(addresses.clone()),
                _ => None,
            })
            .await;
    }
    assert!(
        seen.iter()
            .all(|address| !address.as_str().contains("/0.0.0.0/")),
        "{seen:?}"
    );
    let mut ben = Node::tcp(2).await;
    ben.dial_at(ana.peer(), seen);
    ben.opened_by_us().await;
    ana.opened_by_peer().await;
}

#[tokio::test]
async fn both_sides_learn_who_is_there_before_the_stream() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let address = ben.addresses()[0].clone();
    ana.dial(&ben);
    let mut history = Vec::new();
    ana.wait("for the stream", |event| {
        if !matches!(event, NetEvent::Listening { .. }) {
            history.push(event.clone());
        }
        matches!(event, NetEvent::Opened { .. }).then_some(())
    })
    .await;
    assert!(
        matches!(
            &history[..],
            [
                NetEvent::Connected { peer: at, address: dialled, reach: Reach::Direct },
                NetEvent::Opened { peer: with, role: Role::Initiator { label: LABEL }, reach: Reach::Direct, .. },
            ] if *at == peer(2) && *with == peer(2) && *dialled == address
        ),
        "{history:?}"
    );
    let connected = ben
        .wait("for the connection", |event| match event {
            NetEvent::Connected { peer, .. } => Some(peer.clone()),
            _ => None,
        })
        .await;
    assert_eq!(connected, peer(1));
}

#[tokio::test]
async fn unknown_peer_is_met_by_its_address() {
    let mut ana = Node::tcp(1).await;
    let ben = Node::tcp(2).await;
    let address = ben.addresses()[0].clone();
    ana.net
        .send(NetCommand::DialOnce {
            address: address.clone(),
        })
        .unwrap();
    let met = ana
        .wait("to be connected", |event| match event {
            NetEvent::Connected {
                peer, address: at, ..
            } if *at == address => Some(peer.clone()),
            _ => None,
        })
        .await;
    assert_eq!(met, peer(2));
    ana.dial_at(met, vec![address]);
    ana.opened_by_us().await;
}

#[tokio::test]
async fn unreachable_address_is_reported_once_for_people_to_read() {
    let mut ana = Node::tcp(1).await;
    let nobody: moot_net::Address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    ana.net
        .send(NetCommand::DialOnce {
            address: nobody.clone(),
        })
        .unwrap();
    let (address, error, obstacle) = ana
        .wait("for the failure", |event| match event {
            NetEvent::Unreachable {
                address,
                error,
                obstacle,
            } => Some((address.clone(), error.clone(), *obstacle)),
            _ => None,
        })
        .await;
    assert_eq!((address, obstacle), (nobody, Obstacle::Refused));
    assert!(error.contains("refused"), "{error}");
}

#[tokio::test]
async fn close_after_flush_loses_no_frame() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    for _ in 0..10 {
        ana.send(ours, vec![1; 500_000]);
    }
    ana.close(ours, Close::AfterFlush);
    ana.send(ours, "too late");
    for _ in 0..10 {
        assert_eq!(ben.frame(theirs).await.len(), 500_000);
    }
    assert_eq!(ben.closed(theirs).await, CloseReason::Remote);
    assert_eq!(ana.closed(ours).await, CloseReason::Asked);
}

/// A node that ended with open streams while nobody took its events asked again and again whether anybody did, was answered
/// at once each time, and so kept its thread from everything else, deadlines included.
#[test]
fn shutdown_ends_although_nobody_takes_events() {
    let (ended, has_ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut ana = Node::tcp(1).await;
            let mut ben = Node::tcp(2).await;
            joined(&mut ana, &mut ben).await;
            ana.deafened().shutdown().await;
        });
        ended.send(()).unwrap();
    });
    has_ended.recv_timeout(crate::node::DEADLINE).unwrap();
}

#[tokio::test]
async fn shutdown_flushes_and_is_seen_by_the_peer() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    ana.send(ours, "good-bye");
    ana.net.shutdown().await;
    assert_eq!(ben.frame(theirs).await, b"good-bye");
    assert_eq!(ben.closed(theirs).await, CloseReason::Remote);
}
