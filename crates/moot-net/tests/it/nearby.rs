//! Nodes on one network find each other without an address.

use std::{net::UdpSocket, time::Duration};

use moot_net::{Discovery, NetCommand, NetConfig, NetEvent};
use tokio::time::Instant;

use crate::node::{Node, peer, secret};

/// Whether a multicast packet sent from this machine comes back to it.
fn multicast_works() -> bool {
    let group = "224.0.0.251".parse().unwrap();
    let probe = || -> std::io::Result<bool> {
        let socket = UdpSocket::bind("0.0.0.0:0")?;
        socket.set_multicast_loop_v4(true)?;
        socket.join_multicast_v4(&group, &"0.0.0.0".parse().unwrap())?;
        socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        socket.send_to(b"probe", (group, socket.local_addr()?.port()))?;
        let mut answer = [0; 8];
        Ok(socket.recv(&mut answer)? == 5)
    };
    probe().unwrap_or(false)
}

#[tokio::test]
async fn nodes_of_one_network_find_each_other() {
    let announced = |number| NetConfig {
        discovery: Discovery::LocalNetwork,
        ..NetConfig::new(secret(number), 0)
    };
    if !multicast_works() {
        println!("skipped: multicast does not come back on this machine");
        return;
    }
    let mut ana = Node::start(announced(21)).await;
    let mut ben = Node::start(announced(22)).await;
    // Wanted without any address: only discovery can bring them together.
    ben.dial_at(peer(21), Vec::new());
    let found = ana
        .wait("to find the other", |event| match event {
            NetEvent::Discovered {
                peer: found,
                addresses,
            } if *found == peer(22) => Some(addresses.clone()),
            _ => None,
        })
        .await;
    assert!(!found.is_empty());
    let opened = ben
        .wait_until(
            Instant::now() + Duration::from_secs(20),
            "to reach the other",
            |event| match event {
                NetEvent::Opened { peer, .. } => Some(peer.clone()),
                _ => None,
            },
        )
        .await;
    assert_eq!(opened, Some(peer(21)));
    // Discovery starts anew after a sleep, and still announces where this node listens.
    ana.net.send(NetCommand::Wake).unwrap();
    for node in [&mut ana, &mut ben] {
        node.wait("to meet again", |event| match event {
            NetEvent::Disconnected { .. } => Some(()),
            _ => None,
        })
        .await;
    }
    ana.wait("to find the other again", |event| match event {
        NetEvent::Discovered { peer: found, .. } if *found == peer(22) => Some(()),
        _ => None,
    })
    .await;
    ben.opened_by_us().await;
}
