//! Claims about trying addresses.

use moot_net::{Address, Obstacle, SecretKey, Tried, try_once};

use crate::node::{Node, config, peer};

#[tokio::test]
async fn each_address_is_tried_and_told_of() {
    let ana = Node::tcp(1).await;
    let ben = Node::start(config(2, "/ip4/127.0.0.1/udp/0/quic-v1")).await;
    let mut addresses = vec![ana.addresses()[0].clone(), ben.addresses()[0].clone()];
    let nobody: Address = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
    let no_name: Address = "/dns4/nowhere.invalid/tcp/4001".parse().unwrap();
    addresses.push(nobody.clone());
    addresses.push(no_name.clone());
    // More than are dialled at one time by one node.
    for port in 2..12 {
        addresses.push(format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap());
    }
    let tried = try_once(&addresses, SecretKey::from_bytes([9; 32]))
        .await
        .unwrap();
    assert_eq!(tried.len(), addresses.len());
    for (address, number) in addresses.iter().zip([1, 2]) {
        assert_eq!(tried[address], Tried::Answered(peer(number)), "{address}");
    }
    let obstacle = |address: &Address| match &tried[address] {
        Tried::Failed { obstacle, .. } => *obstacle,
        Tried::Answered(peer) => panic!("{peer} answers at {address}"),
    };
    assert_eq!(obstacle(&nobody), Obstacle::Refused);
    assert_eq!(obstacle(&no_name), Obstacle::NoName);
}
