//! A relay moves bytes between two who prove themselves to it, and is not needed any more where they reach each other.

use moot_net::{Address, Circuits, Close, NetCommand, NetConfig, NetEvent, PeerId, Reach};
use tokio::time::Instant;

use crate::node::{DEADLINE, LABEL, Node, config, peer};

const LOOPBACK: [&str; 2] = ["/ip4/127.0.0.1/tcp/0", "/ip4/127.0.0.1/udp/0/quic-v1"];

fn relay_config(number: u8, listen: &[Address]) -> NetConfig {
    let circuits = Circuits::Serve { external: vec![] };
    NetConfig {
        listen: listen.to_vec(),
        circuits,
        ..config(number, LOOPBACK[0])
    }
}

fn loopback() -> Vec<Address> {
    LOOPBACK.iter().map(|text| text.parse().unwrap()).collect()
}

/// A relay that listens on TCP and QUIC.
async fn relay(number: u8) -> (Node, Vec<Address>) {
    let mut relay = Node::start(relay_config(number, &loopback())).await;
    let addresses = both(&mut relay).await;
    (relay, addresses)
}

/// The relay on the very ports it had, as soon as the system gives them back.
async fn relay_again(at: &[Address]) -> Node {
    let deadline = Instant::now() + DEADLINE;
    loop {
        let mut relay = Node::start(relay_config(9, at)).await;
        if both(&mut relay).await == at {
            return relay;
        }
        assert!(Instant::now() < deadline, "{at:?} are still taken");
        relay.net.shutdown().await;
    }
}

async fn both(relay: &mut Node) -> Vec<Address> {
    let mut addresses = relay.addresses();
    while addresses.len() < 2 {
        addresses = relay
            .wait("to listen on both", |event| match event {
                NetEvent::Listening { addresses } => Some(addresses.clone()),
                _ => None,
            })
            .await;
    }
    addresses
}

async fn client(number: u8) -> Node {
    let listen = loopback();
    let node = NetConfig {
        listen,
        ..config(number, LOOPBACK[0])
    };
    Node::start(node).await
}

/// Has the relay serve the client, or at least has the client think so.
async fn approach(client: &mut Node, relay: &Node, at: &[Address]) {
    client.dial_at(relay.peer(), at.to_vec());
    let reserve = NetCommand::Reserve {
        relay: relay.peer(),
        addresses: at.to_vec(),
    };
    client.net.send(reserve).unwrap();
    let ours = client.opened_by_us().await;
    client.authorise(ours);
}

async fn is_reserved(client: &mut Node, at: &PeerId) {
    client
        .wait("for a berth", |event| match event {
            NetEvent::Reserved { relay } if relay == at => Some(()),
            _ => None,
        })
        .await;
}

async fn not_reserved(client: &mut Node) -> String {
    client
        .wait("to have no berth", |event| match event {
            NetEvent::NotReserved { error, .. } => Some(error.clone()),
            _ => None,
        })
        .await
}

/// A client with a berth at the relay.
async fn moored(number: u8, relay: &mut Node, at: &[Address]) -> Node {
    let mut client = client(number).await;
    approach(&mut client, relay, at).await;
    let theirs = relay.opened_by_peer().await;
    relay.authorise(theirs);
    is_reserved(&mut client, &relay.peer()).await;
    client
}

/// Two who can reach each other through the relay, and the streams by which they do.
async fn circuit(
    relay: &mut Node,
    at: &[Address],
) -> ((Node, moot_net::StreamId), (Node, moot_net::StreamId)) {
    let mut ana = moored(1, relay, at).await;
    let mut ben = moored(2, relay, at).await;
    ana.dial_through(ben.peer(), &[relay]);
    let through = Some(relay.peer());
    let (ours, _, reach) = ana.opened().await;
    assert_eq!(
        reach,
        Reach::Relayed {
            through: through.clone()
        }
    );
    let (theirs, from, reach) = ben.opened().await;
    assert_eq!((from, reach), (ana.peer(), Reach::Relayed { through }));
    ana.authorise(ours);
    ben.authorise(theirs);
    ((ana, ours), (ben, theirs))
}

#[tokio::test]
async fn frames_go_both_ways_through_a_relay_and_then_directly() {
    let (mut relay, at) = relay(9).await;
    let ((mut ana, ours), (mut ben, theirs)) = circuit(&mut relay, &at).await;
    ana.send(ours, "to ben");
    ben.send(theirs, "to ana");
    assert_eq!(ben.frame(theirs).await, b"to ben");
    assert_eq!(ana.frame(ours).await, b"to ana");
    // Here nothing is in the way, so it does not take long.
    let (better, _, reach) = ana.opened().await;
    assert_eq!(reach, Reach::Direct);
    let (bens, _, reach) = ben.opened().await;
    assert_eq!(reach, Reach::Direct);
    ana.close(ours, Close::AfterFlush);
    ana.authorise(better);
    ben.authorise(bens);
    ana.closed(ours).await;
    ben.closed(theirs).await;
    relay.net.shutdown().await;
    ana.disconnected(&peer(9)).await;
    ana.send(better, "still here");
    assert_eq!(ben.frame(bens).await, b"still here");
}

#[tokio::test]
async fn sixty_four_megabytes_go_through_a_relay() {
    let (mut relay, at) = relay(9).await;
    let ((ana, ours), (mut ben, theirs)) = circuit(&mut relay, &at).await;
    let frame = vec![0x5a; 1024 * 1024];
    let start = Instant::now();
    // The queue of a stream takes sixteen; whoever sends more waits for an answer.
    for round in 0..64 {
        ana.send(ours, frame.clone());
        if round >= 8 {
            assert_eq!(ben.frame(theirs).await.len(), frame.len());
        }
    }
    for _ in 0..8 {
        assert_eq!(ben.frame(theirs).await.len(), frame.len());
    }
    assert!(start.elapsed() < DEADLINE, "{:?}", start.elapsed());
}

#[tokio::test]
async fn berth_is_taken_again_when_the_relay_comes_back() {
    let (mut relay, at) = relay(9).await;
    let mut ana = moored(1, &mut relay, &at).await;
    relay.net.shutdown().await;
    not_reserved(&mut ana).await;
    let mut relay = relay_again(&at).await;
    let ours = ana.opened_by_us().await;
    ana.authorise(ours);
    let theirs = relay.opened_by_peer().await;
    relay.authorise(theirs);
    is_reserved(&mut ana, &relay.peer()).await;
    let ben = moored(2, &mut relay, &at).await;
    ben.dial_through(ana.peer(), &[&relay]);
    ana.wait("to be reached", |event| match event {
        NetEvent::Opened { peer: from, .. } => (*from == peer(2)).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn berth_is_taken_again_after_a_sleep() {
    let (mut relay, at) = relay(9).await;
    let mut ana = moored(1, &mut relay, &at).await;
    ana.net.send(NetCommand::Wake).unwrap();
    not_reserved(&mut ana).await;
    let ours = ana.opened_by_us().await;
    ana.authorise(ours);
    let theirs = relay.opened_by_peer().await;
    relay.authorise(theirs);
    is_reserved(&mut ana, &relay.peer()).await;
}

#[tokio::test]
async fn relay_serves_nobody_whom_it_does_not_know() {
    let (mut relay, at) = relay(9).await;
    let mut ben = moored(2, &mut relay, &at).await;
    let mut eve = client(3).await;
    approach(&mut eve, &relay, &at).await;
    let eves = relay.opened_by_peer().await;
    let error = not_reserved(&mut eve).await;
    assert!(!error.is_empty());
    eve.dial_through(ben.peer(), &[&relay]);
    not_reserved(&mut eve).await;
    let reached = ben
        .wait_until(
            Instant::now() + std::time::Duration::from_secs(2),
            "for nothing",
            |event| match event {
                NetEvent::Connected { peer: from, .. } => (*from == peer(3)).then_some(()),
                _ => None,
            },
        )
        .await;
    assert_eq!(reached, None);
    // As soon as it knows her it serves her.
    relay.authorise(eves);
    is_reserved(&mut eve, &relay.peer()).await;
    eve.opened().await;
}

#[tokio::test]
async fn a_member_asks_for_a_berth_and_serves_none() {
    let mut ana = client(1).await;
    let mut ben = client(2).await;
    let at = both(&mut ben).await;
    approach(&mut ana, &ben, &at).await;
    let error = not_reserved(&mut ana).await;
    assert!(error.contains("upport"), "{error}");
    let nothing = NetCommand::Undial {
        peer: ben.peer(),
        label: LABEL,
    };
    ana.net.send(nothing).unwrap();
}
