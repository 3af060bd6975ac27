//! Nodes on one network find each other without an address.

use std::{net::UdpSocket, time::Duration};

use moot_net::{NetCommand, NetConfig, NetEvent, PeerId, SecretKey};

use crate::node::Node;

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

/// A node that announces itself. Its key is of this process alone: the same test may run twice on one network.
async fn announced(number: u8) -> Node {
    let mut seed = [number; 32];
    seed[..4].copy_from_slice(&std::process::id().to_be_bytes());
    Node::start(NetConfig::new(SecretKey::from_bytes(seed), 0)).await
}

async fn find(node: &mut Node, other: &PeerId) {
    node.wait("to find the other", |event| match event {
        NetEvent::Discovered { peer, addresses } if peer == other => {
            (!addresses.is_empty()).then_some(())
        }
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn nodes_of_one_network_find_each_other() {
    if !multicast_works() {
        println!("skipped: multicast does not come back on this machine");
        return;
    }
    let mut ana = announced(1).await;
    let mut ben = announced(2).await;
    // Wanted without any address: only discovery can bring them together.
    ben.dial_at(ana.peer(), Vec::new());
    find(&mut ana, &ben.peer()).await;
    ben.opened_by_us().await;
    // Discovery starts anew after a sleep: it finds again who was known, and tells newcomers where this node listens.
    ana.net.send(NetCommand::Wake).unwrap();
    ana.disconnected(&ben.peer()).await;
    find(&mut ana, &ben.peer()).await;
    let mut eva = announced(3).await;
    eva.dial_at(ana.peer(), Vec::new());
    eva.opened_by_us().await;
}
