//! Owns asking the routers of a home to pass ports on to this node (UPnP, the protocol of Internet gateway devices), asking again
//! before that lapses, and giving it back. It is a courtesy of the router: nothing waits for it, and what fails is tried again.
//!
//! Written here since the library's way searches once and never again, and reads without limit what anybody on the local network
//! answers.

mod control;
mod http;
mod search;

use std::collections::BTreeSet;
use std::future::pending;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use self::control::Router;
use crate::address::Scope;
use crate::scheduler::Carrier;
use crate::{Address, limits};

/// A port on which this node listens, at an address of a home's own network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Port {
    own: Ipv4Addr,
    carrier: Carrier,
    port: u16,
}

/// What is wished for.
#[derive(Clone, Default)]
struct Wishes {
    ports: BTreeSet<Port>,
}

/// A port of a router that leads here.
#[derive(Clone)]
struct Mapping {
    router: Arc<Router>,
    inside: Port,
    outside: u16,
    /// The router's address on the internet.
    at: Ipv4Addr,
}

/// Keeps ports open at the routers of the networks that this node listens on.
pub(crate) struct Gateway {
    wishes: watch::Sender<Wishes>,
    news: mpsc::Receiver<Vec<Address>>,
    task: JoinHandle<()>,
}

impl Gateway {
    /// Begins, within a tokio runtime, with no wishes.
    pub(crate) fn start() -> Gateway {
        let (wishes, wished) = watch::channel(Wishes::default());
        let (tell, news) = mpsc::channel(1);
        let task = tokio::spawn(keep(wished, tell));
        Gateway { wishes, news, task }
    }

    /// The node listens at these addresses, all of them.
    pub(crate) fn wish(&self, addresses: &[Address]) {
        let ports: BTreeSet<Port> = addresses.iter().filter_map(Port::of).collect();
        self.wishes.send_if_modified(|wishes| {
            let is_new = wishes.ports != ports;
            wishes.ports = ports;
            is_new
        });
    }

    /// The network may be another one than before.
    pub(crate) fn again(&self) {
        self.wishes.send_modify(|_| {});
    }

    /// All addresses at which routers pass on to this node, whenever these are others than before.
    async fn next(&mut self) -> Vec<Address> {
        match self.news.recv().await {
            Some(addresses) => addresses,
            None => pending().await,
        }
    }

    /// Gives back what is held, within a moment.
    pub(crate) async fn close(self) {
        drop(self.wishes);
        let mut task = self.task;
        if timeout(limits::GATEWAY_GOODBYE, &mut task).await.is_err() {
            task.abort();
        }
    }
}

/// News of a gateway; none ever where none is asked.
pub(crate) async fn opened(gateway: Option<&mut Gateway>) -> Vec<Address> {
    match gateway {
        Some(gateway) => gateway.next().await,
        None => pending().await,
    }
}

impl Port {
    /// None of addresses that no router stands before.
    fn of(address: &Address) -> Option<Port> {
        let Some(IpAddr::V4(own)) = address.ip() else {
            return None;
        };
        let is_at_home = address.scope() == Scope::Site && own.is_private();
        Some(Port {
            own,
            carrier: Carrier::of(address)?,
            port: address.port()?,
        })
        .filter(|_| is_at_home)
    }
}

impl Mapping {
    fn address(&self) -> Address {
        let text = match self.inside.carrier {
            Carrier::Tcp => format!("/ip4/{}/tcp/{}", self.at, self.outside),
            Carrier::Quic => format!("/ip4/{}/udp/{}/quic-v1", self.at, self.outside),
        };
        text.parse().expect("written above as an address")
    }

    fn is_same(&self, other: &Mapping) -> bool {
        let key = |one: &Mapping| (one.router.place(), one.inside.carrier, one.outside);
        key(self) == key(other)
    }

    async fn give_back(&self) {
        if let Err(error) = self.router.shut(self.inside.carrier, self.outside).await {
            tracing::debug!(%error, port = self.outside, "the router keeps a port open; it lapses");
        }
    }
}

/// The life of it: asks, tells, and waits until something changes or is about to lapse.
async fn keep(mut wishes: watch::Receiver<Wishes>, tell: mpsc::Sender<Vec<Address>>) {
    let mut held: Vec<Mapping> = Vec::new();
    let mut told: Vec<Address> = Vec::new();
    let mut end = wishes.clone();
    loop {
        let ports = wishes.borrow_and_update().ports.clone();
        let mut fresh = Vec::new();
        let pause = tokio::select! {
            pause = ask(&ports, &mut fresh) => pause,
            () = ended(&mut end) => {
                held.append(&mut fresh);
                break;
            }
        };
        let old = held
            .iter()
            .filter(|old| !fresh.iter().any(|new| old.is_same(new)));
        join_all(old.map(Mapping::give_back)).await;
        held = fresh;
        let mut addresses: Vec<Address> = held.iter().map(Mapping::address).collect();
        addresses.sort();
        addresses.dedup();
        if addresses != told {
            tracing::info!(?addresses, "what the router passes on");
            told.clone_from(&addresses);
            if tell.send(addresses).await.is_err() {
                break;
            }
        }
        tokio::select! {
            changed = wishes.changed() => match changed {
                // Interfaces come and go in bursts.
                Ok(()) => sleep(limits::NETWORK_CHANGE_DEBOUNCE).await,
                Err(_) => break,
            },
            () = sleep(pause) => {}
        }
    }
    join_all(held.iter().map(Mapping::give_back)).await;
}

/// Until nobody wishes anything any more.
async fn ended(wishes: &mut watch::Receiver<Wishes>) {
    while wishes.changed().await.is_ok() {}
}

/// Asks every router that is found for every port; tells when to ask again.
async fn ask(ports: &BTreeSet<Port>, fresh: &mut Vec<Mapping>) -> Duration {
    let own: BTreeSet<Ipv4Addr> = ports.iter().map(|port| port.own).collect();
    let searches = own.into_iter().take(limits::GATEWAY_INTERFACES_MAX);
    let found = join_all(searches.map(|own| async move { (own, search::router(own).await) })).await;
    let mut pause = limits::GATEWAY_RENEWAL;
    for (own, router) in found {
        let Some(router) = router else {
            continue;
        };
        let router = Arc::new(router);
        for port in ports.iter().filter(|port| port.own == own) {
            match open(&router, *port).await {
                Ok(mapping) => fresh.extend(mapping),
                Err(error) => {
                    tracing::debug!(%error, ?port, "the router opens no port");
                    pause = limits::GATEWAY_RETRY;
                }
            }
        }
    }
    pause
}

/// None where the router is itself behind another one: a port of it is reached by nobody.
async fn open(router: &Arc<Router>, inside: Port) -> Result<Option<Mapping>, control::Refusal> {
    let at = router.outside().await?;
    let is_reached = matches!(format!("/ip4/{at}/tcp/1").parse::<Address>(), Ok(address) if address.scope() == Scope::World);
    if !is_reached || at.is_unspecified() {
        tracing::debug!(%at, "the router is behind another one");
        return Ok(None);
    }
    let outside = router.open(inside.own, inside.carrier, inside.port).await?;
    Ok(Some(Mapping {
        router: Arc::clone(router),
        inside,
        outside,
        at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_router_of_a_home_stands_before_is_wished_for() {
        let port = |text: &str| Port::of(&text.parse().unwrap());
        let own = Ipv4Addr::new(192, 168, 1, 2);
        let expected = |carrier| {
            Some(Port {
                own,
                carrier,
                port: 4001,
            })
        };
        assert_eq!(port("/ip4/192.168.1.2/tcp/4001"), expected(Carrier::Tcp));
        let quic = "/ip4/192.168.1.2/udp/4001/quic-v1";
        assert_eq!(port(quic), expected(Carrier::Quic));
        for other in [
            "/ip4/127.0.0.1/tcp/4001",
            "/ip4/100.64.0.2/tcp/4001",
            "/ip4/198.51.100.1/tcp/4001",
            "/ip6/fd00::1/tcp/4001",
            "/ip6/2001:db8::1/udp/4001/quic-v1",
        ] {
            assert_eq!(port(other), None, "{other}");
        }
    }
}
