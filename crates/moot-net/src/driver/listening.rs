//! Owns where the node listens: brings listeners up, and knows when all have reported so that dialling may begin.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use libp2p::{Multiaddr, Swarm, core::transport::ListenerId, multiaddr::Protocol};

use super::{Driver, Pending};
use crate::{Address, NetEvent, StartError, limits, swarm::Behaviour};

/// The listeners of one swarm.
pub(super) struct Listening {
    since: Instant,
    /// Listeners, and whether each has reported an address.
    listeners: HashMap<ListenerId, Reported>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reported {
    NotYet,
    Yes,
}

impl Listening {
    /// Brings up what can be brought up.
    pub(super) fn start(
        swarm: &mut Swarm<Behaviour>,
        addresses: &[Address],
        now: Instant,
    ) -> Result<Listening, StartError> {
        let mut listeners = HashMap::new();
        let mut reasons = Vec::new();
        for address in addresses {
            match listen(swarm, address) {
                Ok(listener) => {
                    listeners.insert(listener, Reported::NotYet);
                }
                Err(reason) => {
                    tracing::info!(%address, reason, "not listening there");
                    reasons.push(format!("{address}: {reason}"));
                }
            }
        }
        match listeners.is_empty() {
            true => Err(StartError::NoListener { reasons }),
            false => Ok(Listening {
                since: now,
                listeners,
            }),
        }
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
            .map(Address::from_multiaddr)
            .collect();
        addresses.sort();
        addresses.dedup();
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

/// Listens, on a free port if the one asked for is taken.
fn listen(swarm: &mut Swarm<Behaviour>, address: &Address) -> Result<ListenerId, String> {
    let asked = address.to_multiaddr();
    swarm.listen_on(asked.clone()).or_else(|error| {
        let free = with_port(&asked, 0);
        if free == asked {
            return Err(reason(&error));
        }
        let listener = swarm.listen_on(free).map_err(|_| reason(&error))?;
        tracing::warn!(%address, error = reason(&error), "listening on another port");
        Ok(listener)
    })
}

/// The innermost words: those round them are empty, or say the address again.
fn reason(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
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
