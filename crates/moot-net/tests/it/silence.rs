//! Connections that fall silent without an end, as when a cable is pulled, a router forgets or an interface goes away.

use std::{net::SocketAddr, process::Command, time::Duration};

use moot_net::{Address, CloseReason, NetCommand, NetConfig, NetEvent};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpSocket, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::node::{LABEL, Node, config};

/// Asks for signs of life so often that no test waits long.
const HURRY: Duration = Duration::from_millis(300);

fn hurried(number: u8, listen: &str) -> NetConfig {
    NetConfig {
        ping_interval: HURRY,
        ..config(number, listen)
    }
}

async fn hurried_pair() -> (Node, Node) {
    let ana = Node::start(hurried(1, "/ip4/127.0.0.1/tcp/0")).await;
    let ben = Node::start(hurried(2, "/ip4/127.0.0.1/tcp/0")).await;
    (ana, ben)
}

/// A way to a node that can go dead: nothing passes, and no socket is closed.
struct Way {
    address: Address,
    passable: watch::Sender<bool>,
}

impl Way {
    async fn to(node: &Node) -> Way {
        let port = port_of(&node.addresses()[0]);
        // Little room, so that what is sent over a dead way soon waits at its sender.
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(8 * 1024).unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let listener = socket.listen(16).unwrap();
        let entrance = listener.local_addr().unwrap().port();
        let (passable, passes) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                let (near_in, near_out) = near.into_split();
                let (far_in, far_out) = far.into_split();
                tokio::spawn(pass(near_in, far_out, passes.clone()));
                tokio::spawn(pass(far_in, near_out, passes.clone()));
            }
        });
        Way {
            address: format!("/ip4/127.0.0.1/tcp/{entrance}").parse().unwrap(),
            passable,
        }
    }

    fn goes_dead(&self) {
        self.passable.send_replace(false);
    }

    fn comes_back(&self) {
        self.passable.send_replace(true);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut passes: watch::Receiver<bool>) {
    let mut bytes = vec![0; 4096];
    loop {
        if passes.wait_for(|passes| *passes).await.is_err() {
            return;
        }
        let read = tokio::select! {
            read = from.read(&mut bytes) => read.unwrap_or(0),
            _ = passes.wait_for(|passes| !*passes) => continue,
        };
        if read == 0 || to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}

fn port_of(address: &Address) -> u16 {
    address
        .as_str()
        .rsplit('/')
        .next()
        .unwrap()
        .parse()
        .unwrap()
}

fn assert_lost(reason: &CloseReason) {
    assert!(matches!(reason, CloseReason::Lost { .. }), "{reason:?}");
}

/// Two nodes whose only connection leads over the way.
async fn joined_over(way: &Way, ana: &mut Node, ben: &mut Node) -> moot_net::StreamId {
    ana.dial_at(ben.peer(), vec![way.address.clone()]);
    let ours = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.authorise(ours);
    ben.authorise(theirs);
    ana.send(ours, "hello");
    assert_eq!(ben.frame(theirs).await, b"hello");
    ours
}

#[tokio::test]
async fn connection_that_fell_silent_is_given_up_by_both_and_made_again_when_it_can_be() {
    let (mut ana, mut ben) = hurried_pair().await;
    let way = Way::to(&ben).await;
    let ours = joined_over(&way, &mut ana, &mut ben).await;
    way.goes_dead();
    assert_lost(&ana.closed(ours).await);
    ana.disconnected(&ben.peer()).await;
    ben.disconnected(&ana.peer()).await;
    way.comes_back();
    let again = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.send(again, "there you are");
    assert_eq!(ben.frame(theirs).await, b"there you are");
}

/// Story: a relay asks seldom, and heard every second question over QUIC alone. Its members took it for dead every half minute.
#[tokio::test]
async fn peer_that_asks_seldom_answers_every_question() {
    // So long that a question that went unheard is not made good before it counts.
    let asks = Duration::from_secs(4);
    let listens = |number, ping_interval| NetConfig {
        ping_interval,
        ..config(number, "/ip4/127.0.0.1/udp/0/quic-v1")
    };
    let mut ana = Node::start(listens(1, asks)).await;
    let mut ben = Node::start(listens(2, Duration::from_secs(90))).await;
    ana.dial(&ben);
    let ours = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.authorise(ours);
    ben.authorise(theirs);
    let lost = tokio::time::timeout(asks * 5, ana.closed(ours)).await;
    assert!(lost.is_err(), "{lost:?}");
}

#[tokio::test]
async fn peer_behind_a_dead_way_is_reached_by_another() {
    let (mut ana, mut ben) = hurried_pair().await;
    let way = Way::to(&ben).await;
    let ours = joined_over(&way, &mut ana, &mut ben).await;
    let mut both = vec![way.address.clone()];
    both.extend(ben.addresses());
    ana.dial_at(ben.peer(), both);
    way.goes_dead();
    assert_lost(&ana.closed(ours).await);
    let again = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.send(again, "round the other side");
    assert_eq!(ben.frame(theirs).await, b"round the other side");
}

/// Closing waited until the peer had taken what was on its way to it. A peer that was gone took nothing, so the connection
/// was never closed, counted as one, and kept its peer from being dialled.
#[tokio::test]
async fn connection_full_of_what_nobody_takes_is_given_up_too() {
    let (mut ana, mut ben) = hurried_pair().await;
    let way = Way::to(&ben).await;
    let ours = joined_over(&way, &mut ana, &mut ben).await;
    let mut streams = vec![ours];
    for label in LABEL + 1..LABEL + 30 {
        let addresses = vec![way.address.clone()];
        let peer = ben.peer();
        let dial = NetCommand::Dial {
            peer,
            addresses,
            through: Vec::new(),
            label,
        };
        ana.net.send(dial).unwrap();
        streams.push(ana.opened_by_us().await);
    }
    way.goes_dead();
    // One stream may send a quarter of a megabyte before the peer grants more; all of them fill every buffer on the way.
    for stream in &streams {
        ana.send(*stream, vec![0; 512 * 1024]);
    }
    ana.disconnected(&ben.peer()).await;
    way.comes_back();
    ana.opened_by_us().await;
}

/// Set for a test that runs once more, in a network of its own.
const IN_OWN_NETWORK: &str = "MOOT_TEST_IN_OWN_NETWORK";

/// Whether the calling test is in a network of its own, where it may do as it likes. If not, it is run once more in one,
/// which has nothing but `lo` and goes away with it.
fn is_in_own_network(test: &str) -> bool {
    if std::env::var_os(IN_OWN_NETWORK).is_some() {
        return true;
    }
    let unshare = |program: &std::path::Path, arguments: &[&str]| {
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--net"])
            .arg(program)
            .args(arguments)
            .env(IN_OWN_NETWORK, "1")
            .output()
    };
    let probe = ["-c", "ip link set lo up && ip link add probe type veth"];
    if !unshare("sh".as_ref(), &probe).is_ok_and(|output| output.status.success()) {
        tell("skipped: no network of one's own is to be had on this machine");
        return false;
    }
    let own = std::env::current_exe().unwrap();
    let output = unshare(&own, &["--exact", test, "--nocapture"]).unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && told.contains("1 passed"),
        "{told}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    false
}

#[expect(clippy::print_stdout, reason = "a skipped test says so in words")]
fn tell(text: &str) {
    println!("{text}");
}

fn ip(arguments: &str) {
    let status = Command::new("ip")
        .args(arguments.split(' '))
        .status()
        .unwrap();
    assert!(status.success(), "ip {arguments}");
}

fn plug_in() {
    ip("link add field type veth");
    ip("address add 10.9.0.1/24 dev field");
    ip("link set field up");
}

#[tokio::test]
async fn peer_is_reached_by_another_address_when_an_interface_goes_away() {
    let own_name = "silence::peer_is_reached_by_another_address_when_an_interface_goes_away";
    if !is_in_own_network(own_name) {
        return;
    }
    ip("link set lo up");
    plug_in();
    let mut ana = Node::start(hurried(1, "/ip4/0.0.0.0/tcp/0")).await;
    let mut ben = Node::start(hurried(2, "/ip4/0.0.0.0/tcp/0")).await;
    let port = port_of(&ben.addresses()[0]);
    let [in_field, at_home] = ["10.9.0.1", "127.0.0.1"]
        .map(|host| -> Address { format!("/ip4/{host}/tcp/{port}").parse().unwrap() });
    ana.dial_at(ben.peer(), vec![in_field.clone()]);
    let ours = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.authorise(ours);
    ben.authorise(theirs);
    ana.dial_at(ben.peer(), vec![in_field.clone(), at_home.clone()]);
    if !ben.addresses().contains(&in_field) {
        listens_at(&mut ben, &in_field, true).await;
    }
    ben.forget_missed();
    ip("link delete field");
    assert_lost(&ana.closed(ours).await);
    ana.wait("to be connected elsewhere", |event| match event {
        NetEvent::Connected { address, .. } => (*address == at_home).then_some(()),
        _ => None,
    })
    .await;
    let again = ana.opened_by_us().await;
    let theirs = ben.opened_by_peer().await;
    ana.send(again, "still here");
    assert_eq!(ben.frame(theirs).await, b"still here");
    // Others are told where it listens now, and again when the interface is back.
    listens_at(&mut ben, &in_field, false).await;
    plug_in();
    listens_at(&mut ben, &in_field, true).await;
}

async fn listens_at(node: &mut Node, wanted: &Address, listens: bool) {
    node.wait("to listen elsewhere", |event| match event {
        NetEvent::Listening { addresses } => (addresses.contains(wanted) == listens).then_some(()),
        _ => None,
    })
    .await;
}
