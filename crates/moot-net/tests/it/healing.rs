//! Peers that go away are found again without being asked for.

use std::time::Duration;

use moot_net::{Address, NetCommand, NetEvent};
use tokio::time::Instant;

use crate::node::{DEADLINE, LABEL, Node, config, joined, peer};

/// An address that swallows packets, or fails at once where the machine knows no way there.
const UNREACHABLE: &str = "/ip4/192.0.2.1/tcp/9";

async fn check_restart(listen: &str) {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::start(config(2, listen)).await;
    let (ours, _) = joined(&mut ana, &mut ben).await;
    let address = ben.addresses()[0].clone();
    ben.net.shutdown().await;
    ana.closed(ours).await;
    let mut ben = start_again(&address).await;
    let again = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.send(again, "you are back");
    assert_eq!(ben.frame(theirs).await, b"you are back");
}

/// Starts on the very port that was in use, as soon as the system gives it back.
async fn start_again(address: &Address) -> Node {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let ben = Node::start(config(2, address.as_str())).await;
        if ben.addresses() == std::slice::from_ref(address) {
            return ben;
        }
        assert!(Instant::now() < deadline, "{address} is still taken");
        ben.net.shutdown().await;
    }
}

#[tokio::test]
async fn restarted_peer_is_found_again_over_tcp() {
    check_restart("/ip4/127.0.0.1/tcp/0").await;
}

#[tokio::test]
async fn restarted_peer_is_found_again_over_quic() {
    check_restart("/ip4/127.0.0.1/udp/0/quic-v1").await;
}

#[tokio::test]
async fn peer_that_was_down_is_found_when_it_comes_up() {
    let mut ana = Node::tcp(1).await;
    let ben = Node::tcp(2).await;
    let address = ben.addresses()[0].clone();
    ben.net.shutdown().await;
    ana.dial_at(peer(2), vec![address.clone()]);
    let error = ana.dial_failed().await;
    assert!(error.contains(address.as_str()), "{error}");
    let mut ben = Node::start(config(2, address.as_str())).await;
    ana.opened_by_us().await;
    ben.opened_by_peer().await;
}

#[tokio::test]
async fn unreachable_addresses_delay_no_good_one() {
    let mut ana = Node::tcp(1).await;
    let ben = Node::tcp(2).await;
    let mut addresses: Vec<Address> = (1..=8)
        .map(|last| format!("/ip4/192.0.2.{last}/tcp/9").parse().unwrap())
        .collect();
    addresses.extend(ben.addresses());
    let start = Instant::now();
    ana.dial_at(ben.peer(), addresses);
    ana.opened_by_us().await;
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn unreachable_peer_delays_no_other() {
    let mut ana = Node::tcp(1).await;
    let ben = Node::tcp(2).await;
    for number in 10..14 {
        ana.dial_at(peer(number), vec![UNREACHABLE.parse().unwrap()]);
    }
    let start = Instant::now();
    ana.dial(&ben);
    ana.opened_by_us().await;
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn undial_closes_the_stream_and_ends_the_redialling() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let (ours, theirs) = joined(&mut ana, &mut ben).await;
    ana.send(ours, "last word");
    ana.net
        .send(NetCommand::Undial {
            peer: ben.peer(),
            label: LABEL,
        })
        .unwrap();
    assert_eq!(ben.frame(theirs).await, b"last word");
    ana.closed(ours).await;
    ben.closed(theirs).await;
    // Twice the first wait: whoever redials would have done so.
    let reopened = ben
        .wait_until(
            Instant::now() + Duration::from_secs(2),
            "for nothing",
            |event| match event {
                NetEvent::Opened { .. } => Some(()),
                _ => None,
            },
        )
        .await;
    assert_eq!(reopened, None);
}

#[tokio::test]
async fn both_dialling_at_once_get_both_streams() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    ana.dial(&ben);
    ben.dial(&ana);
    let mut opened = Vec::new();
    for node in [&mut ana, &mut ben] {
        let (mut ours, mut theirs) = (None, None);
        while ours.is_none() || theirs.is_none() {
            node.wait("for both streams", |event| match event {
                NetEvent::Opened {
                    stream,
                    role: moot_net::Role::Responder,
                    ..
                } => {
                    theirs = Some(*stream);
                    Some(())
                }
                NetEvent::Opened { stream, .. } => {
                    ours = Some(*stream);
                    Some(())
                }
                _ => None,
            })
            .await;
        }
        opened.push((ours.unwrap(), theirs.unwrap()));
    }
    ana.send(opened[0].0, "from ana");
    ben.send(opened[1].0, "from ben");
    assert_eq!(ben.frame(opened[1].1).await, b"from ana");
    assert_eq!(ana.frame(opened[0].1).await, b"from ben");
}

#[tokio::test]
async fn streams_are_back_after_a_sleep() {
    let mut ana = Node::tcp(1).await;
    let mut ben = Node::tcp(2).await;
    let (ours, _) = joined(&mut ana, &mut ben).await;
    ana.net.send(NetCommand::Wake).unwrap();
    ana.closed(ours).await;
    let again = ana.opened_by_us().await;
    assert_ne!(ours, again);
}
