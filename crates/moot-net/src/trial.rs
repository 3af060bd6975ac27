//! Owns the trial of addresses: a connection is made once to each, by a node of its own that nobody knows, and closed again.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::join_all;
use tokio::{sync::mpsc, time::timeout};

use crate::{
    Address, Circuits, Discovery, Net, NetCommand, NetConfig, NetEvent, Obstacle, PeerId,
    SecretKey, StartError, limits,
};

/// What came of trying an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// This peer answered there, and proved its name.
    Answered(PeerId),
    /// Nobody did.
    Failed {
        /// What kind of failure it is.
        obstacle: Obstacle,
        /// Why, for people to read.
        error: String,
    },
}

/// Tries each address once, all at the same time, and tells of each; within twelve seconds.
///
/// The key should be one that is used for nothing else: whoever answers takes its owner for a stranger.
///
/// # Errors
/// [`StartError`] where this machine gives no socket at all.
pub async fn try_once(
    addresses: &[Address],
    key: SecretKey,
) -> Result<BTreeMap<Address, Tried>, StartError> {
    // A node has so many dials under way at a time and no more; the others would wait for them.
    let parts = addresses.chunks(limits::DIALS_MAX);
    let tried = join_all(parts.map(|part| try_part(part, key.clone()))).await;
    let mut all = BTreeMap::new();
    for part in tried {
        all.extend(part?);
    }
    Ok(all)
}

async fn try_part(
    addresses: &[Address],
    key: SecretKey,
) -> Result<BTreeMap<Address, Tried>, StartError> {
    let mut config = NetConfig::new(key, 0);
    config.discovery = Discovery::Off;
    config.circuits = Circuits::Off;
    let (sender, mut events) = mpsc::channel(addresses.len() + 16);
    let net = Net::start(config, sender).await?;
    let mut tried = BTreeMap::new();
    for address in addresses {
        let address = address.clone();
        // There is room for a thousand.
        let _ = net.send(NetCommand::DialOnce { address });
    }
    let listen = async {
        while tried.len() < addresses.len() {
            match events.recv().await {
                Some(NetEvent::Connected { peer, address, .. }) => {
                    tried.insert(address, Tried::Answered(peer));
                }
                Some(NetEvent::Unreachable {
                    address,
                    error,
                    obstacle,
                }) => {
                    tried.insert(address, Tried::Failed { obstacle, error });
                }
                Some(_) => {}
                None => break,
            }
            tried.retain(|address, _| addresses.contains(address));
        }
    };
    let _ = timeout(limits::CONNECT_TIMEOUT + Duration::from_secs(2), listen).await;
    for address in addresses {
        tried
            .entry(address.clone())
            .or_insert_with(|| Tried::Failed {
                obstacle: Obstacle::Silent,
                error: "no answer in time".to_owned(),
            });
    }
    net.shutdown().await;
    Ok(tried)
}
