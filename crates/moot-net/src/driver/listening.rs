//! Owns where the node listens: brings listeners up, and knows when all have reported so that dialling may begin.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, Swarm, core::transport::ListenerId, multiaddr::Protocol};

use super::{Driver, Pending};
use crate::{
    Address, Insistence, NetEvent, StartError, limits, streams::is_circuit, swarm::Behaviour,
};

/// The listeners of one swarm.
pub(super) struct Listening {
    since: Instant,
    /// Listeners, and whether each has reported an address.
    listeners: HashMap<ListenerId, Reported>,
    /// Addresses whose port was taken, so that a free one stands in for it.
    moved: Vec<Address>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reported {
    NotYet,
    Yes,
}

impl Listening {
    /// Brings up what can be brought up, or all of it.
    pub(super) fn start(
        swarm: &mut Swarm<Behaviour>,
        addresses: &[Address],
        insistence: Insistence,
        now: Instant,
    ) -> Result<Listening, StartError> {
        let mut listeners = HashMap::new();
        let mut reasons = Vec::new();
        let mut moved = Vec::new();
        for address in addresses {
            match listen(swarm, address, insistence) {
                Ok((listener, place)) => {
                    listeners.insert(listener, Reported::NotYet);
                    if place == Place::OtherPort {
                        moved.push(address.clone());
                    }
                }
                Err(reason) => {
                    tracing::info!(%address, reason, "not listening there");
                    reasons.push(format!("{address}: {reason}"));
                }
            }
        }
        match (insistence, listeners.is_empty(), reasons.is_empty()) {
            (Insistence::ThereOrNowhere, _, false) => Err(StartError::NotThere { reasons }),
            (_, true, _) => Err(StartError::NoListener { reasons }),
            (_, false, _) => Ok(Listening {
                since: now,
                listeners,
                moved,
            }),
        }
    }

    /// Addresses asked for in whose place a free port is listened on.
    pub(super) fn moved(&self) -> &[Address] {
        &self.moved
    }

    fn reported(&mut self, listener: ListenerId) {
        self.listeners.insert(listener, Reported::Yes);
    }

    fn ready(&self, now: Instant) -> bool {
        let all = self
            .listeners
            .values()
            .all(|reported| *reported == Reported::Yes);
        let any = self
            .listeners
            .values()
            .any(|reported| *reported == Reported::Yes);
        all || (any && now.saturating_duration_since(self.since) >= limits::LISTEN_GRACE)
    }

    /// Time since the listeners were started; addresses that come in the first moments are no change of the network.
    pub(super) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.since)
    }
}

impl Driver {
    pub(super) fn listener_reported(&mut self, listener: ListenerId) {
        self.listening.reported(listener);
        self.addresses_changed();
        self.start_dialling_when_ready();
    }

    pub(super) fn start_dialling_when_ready(&mut self) {
        if self.listening.ready(Instant::now()) {
            self.scheduler.listening();
        }
    }

    /// Reports the set of addresses; of several reports that wait only the last is kept.
    pub(super) fn addresses_changed(&mut self) {
        let mut addresses: Vec<Address> = self
            .swarm
            .listeners()
            .filter(|address| !is_circuit(address))
            .map(Address::from_multiaddr)
            .collect();
        if let Some(gateway) = &self.gateway {
            gateway.wish(&addresses);
        }
        addresses.extend(self.opened.iter().cloned());
        // Others remember a few: those first that most can use, or an interface that nobody else has crowds them out.
        addresses.sort_by_cached_key(|address| (address.scope(), address.clone()));
        addresses.dedup();
        // An address that holds on one link alone says nothing to others without the name of their interface. Somebody may have
        // asked for nothing else.
        if addresses.iter().any(|address| !is_link_local(address)) {
            addresses.retain(|address| !is_link_local(address));
        }
        self.pending
            .retain(|waiting| !matches!(waiting, Pending::Event(NetEvent::Listening { .. })));
        self.report(NetEvent::Listening { addresses });
    }

    /// The addresses to listen on after a rebuild: those asked for, with the ports in use where any port would do.
    pub(super) fn addresses_to_listen_on_again(&self) -> Vec<Address> {
        let in_use: Vec<Multiaddr> = self.swarm.listeners().cloned().collect();
        self.config
            .listen
            .iter()
            .map(|asked| {
                let asked = asked.to_multiaddr();
                let port = in_use
                    .iter()
                    .find(|used| same_kind(used, &asked))
                    .and_then(port_of);
                Address::from_multiaddr(&port.map_or(asked.clone(), |port| with_port(&asked, port)))
            })
            .collect()
    }
}

/// Where a listener came up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    AsAsked,
    OtherPort,
}

/// Listens; on a free port if the one asked for is taken and any will do.
fn listen(
    swarm: &mut Swarm<Behaviour>,
    address: &Address,
    insistence: Insistence,
) -> Result<(ListenerId, Place), String> {
    let asked = address.to_multiaddr();
    let error = match swarm.listen_on(asked.clone()) {
        Ok(listener) => return Ok((listener, Place::AsAsked)),
        Err(error) => error,
    };
    let free = with_port(&asked, 0);
    if free == asked || insistence == Insistence::ThereOrNowhere {
        return Err(reason(&error));
    }
    let listener = swarm.listen_on(free).map_err(|_| reason(&error))?;
    tracing::warn!(%address, error = reason(&error), "listening on another port");
    Ok((listener, Place::OtherPort))
}

/// The innermost words: those round them are empty, or say the address again.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn is_link_local(address: &Address) -> bool {
    let mut parts = address.to_multiaddr();
    let is_one =
        |part: Protocol<'_>| matches!(part, Protocol::Ip6(ip) if ip.is_unicast_link_local());
    std::iter::from_fn(|| parts.pop()).any(is_one)
}

fn with_port(address: &Multiaddr, port: u16) -> Multiaddr {
    address
        .iter()
        .map(|part| match part {
            Protocol::Tcp(_) => Protocol::Tcp(port),
            Protocol::Udp(_) => Protocol::Udp(port),
            part => part,
        })
        .collect()
}

fn port_of(address: &Multiaddr) -> Option<u16> {
    address.iter().find_map(|part| match part {
        Protocol::Tcp(port) | Protocol::Udp(port) => Some(port),
        _ => None,
    })
}

/// Same protocols in the same order, whatever their values.
fn same_kind(one: &Multiaddr, other: &Multiaddr) -> bool {
    one.iter()
        .map(|part| part.tag())
        .eq(other.iter().map(|part| part.tag()))
}
