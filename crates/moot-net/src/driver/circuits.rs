//! Owns what the network task does with relays: keeps berths, dials through them, and serves as one.

use std::time::Instant;

use libp2p::{
    Multiaddr,
    core::transport::ListenerId,
    identify,
    multiaddr::Protocol,
    relay,
    swarm::dial_opts::{DialOpts, PeerCondition},
};

use super::{Dial, Driver, Pending, connections::Leaving, swarm_events::innermost};
use crate::{
    Address, Circuits, NetEvent, PeerId,
    outlook::Seen,
    scheduler::{Carrier, Way},
};

impl Driver {
    pub(super) fn want_berth(&mut self, relay: PeerId, addresses: Vec<Address>) {
        let now = Instant::now();
        let peer = relay.to_libp2p();
        if self.config.circuits != Circuits::Client || peer == *self.swarm.local_peer_id() {
            self.hint(NetEvent::NotReserved {
                relay,
                error: "this node asks for no berths".to_owned(),
            });
            return;
        }
        let is_new = !self.scheduler.wants_berth(&relay);
        self.scheduler.want_berth(relay.clone(), addresses, now);
        if !is_new {
            return;
        }
        let behaviour = self.swarm.behaviour_mut();
        behaviour.limits.bypass_peer_id(&peer);
        behaviour.streams.keep(peer);
        let present = self.connections.values().filter(|one| one.peer == relay);
        for (carrier, connection) in present.filter_map(|one| Some((one.carrier?, one))) {
            self.scheduler
                .relay_connected(&relay, carrier, connection.since);
            if connection.is_identified {
                self.scheduler.relay_identified(&relay, carrier);
            }
            if !connection.authorised.is_empty() {
                self.scheduler.relay_trusted(&relay, now);
            }
        }
    }

    pub(super) fn unwant_berth(&mut self, relay: &PeerId) {
        self.scheduler.unwant_berth(relay);
        // The listener stays until its connection ends. To remove it while the relay is being asked makes the library panic.
        self.berths.retain(|_, at| at != relay);
        self.swarm.behaviour_mut().streams.let_go(relay.to_libp2p());
        self.forget_if_stranger(relay);
    }

    pub(super) fn ask_for_berth(&mut self, relay: &PeerId) {
        let Some(address) = self.scheduler.relay_addresses(relay).first() else {
            return;
        };
        match self.swarm.listen_on(circuit(address, relay)) {
            Ok(listener) => {
                self.berths.insert(listener, relay.clone());
            }
            Err(error) => self.berth_failed(relay.clone(), innermost(&error)),
        }
    }

    pub(super) fn berth_closed(
        &mut self,
        listener: ListenerId,
        reason: Result<(), std::io::Error>,
    ) {
        if let Some(relay) = self.berths.remove(&listener) {
            let error = match reason {
                Ok(()) => "the connection to the relay ended".to_owned(),
                Err(error) => innermost(&error),
            };
            self.berth_failed(relay, error);
        }
    }

    fn berth_failed(&mut self, relay: PeerId, error: String) {
        tracing::debug!(%relay, error, "no berth");
        let jitter = self.draw_jitter();
        self.scheduler.berth_lost(&relay, Instant::now(), jitter);
        self.hint(NetEvent::NotReserved { relay, error });
    }

    pub(super) fn dial_through(&mut self, peer: PeerId, relays: &[(PeerId, Address)]) {
        tracing::debug!(%peer, ?relays, "dialling through relays");
        let addresses = relays
            .iter()
            .map(|(relay, address)| circuit(address, relay));
        let options = DialOpts::peer_id(peer.to_libp2p())
            .addresses(addresses.collect())
            .condition(PeerCondition::Always)
            .build();
        self.begin(Dial::Through(peer), options);
    }

    /// Most often the peer has no berth there, because it is not on: not worth a word.
    pub(super) fn circuit_failed(&mut self, peer: PeerId, error: String) {
        tracing::debug!(%peer, error, "not reached through relays");
        let jitter = self.draw_jitter();
        self.scheduler.circuit_failed(&peer, Instant::now(), jitter);
    }

    pub(super) fn dial_relay(&mut self, relay: PeerId, addresses: &[Address], carrier: Carrier) {
        let options = DialOpts::peer_id(relay.to_libp2p())
            .addresses(addresses.iter().map(Address::to_multiaddr).collect())
            .condition(PeerCondition::Always)
            .build();
        self.begin(Dial::Relay(relay, carrier), options);
    }

    /// A peer told under which address it sees this node: what others are told when a hole is punched.
    pub(super) fn on_identify(&mut self, event: identify::Event) {
        let identify::Event::Received {
            connection_id,
            info,
            ..
        } = event
        else {
            return;
        };
        let Some(connection) = self.connections.get_mut(&connection_id) else {
            return;
        };
        if connection.way == Way::Relayed {
            return;
        }
        connection.is_identified = true;
        if connection.leaves_from == Leaving::FromWhereItListens {
            self.swarm
                .behaviour_mut()
                .observed
                .seen_as(info.observed_addr);
        }
        if let Some(carrier) = connection.carrier {
            self.scheduler.relay_identified(&connection.peer, carrier);
        }
    }

    pub(super) fn on_circuits(&mut self, event: relay::client::Event) {
        if let relay::client::Event::ReservationReqAccepted { relay_peer_id, .. } = event {
            let relay = PeerId::from_libp2p(&relay_peer_id);
            if self.scheduler.reserved(&relay, Instant::now()) {
                tracing::debug!(%relay, "a berth");
                self.report(NetEvent::Reserved { relay });
            }
        }
    }

    pub(super) fn seen_from_outside(&mut self, seen: Seen) {
        let is_stale =
            |one: &Pending| matches!(one, Pending::Event(NetEvent::SeenFromOutside { .. }));
        self.pending.retain(|one| !is_stale(one));
        self.report(NetEvent::SeenFromOutside {
            addresses: seen.into_iter().collect(),
        });
    }

    // As a relay.

    /// A relay tells its clients where it is: without an address it serves nobody.
    pub(super) fn serve_at(&mut self, listens_at: Multiaddr) {
        let Circuits::Serve { external } = &self.config.circuits else {
            return;
        };
        let mut addresses: Vec<Multiaddr> = external.iter().map(Address::to_multiaddr).collect();
        if addresses.is_empty() {
            addresses.push(listens_at);
        }
        for address in addresses {
            self.swarm.add_external_address(address);
        }
    }

    pub(super) fn on_doorkeeper(&mut self, event: relay::Event) {
        match event {
            relay::Event::ReservationReqAccepted {
                src_peer_id,
                renewed: false,
            } => {
                tracing::debug!(peer = %src_peer_id, "has a berth");
                self.swarm.behaviour_mut().streams.keep(src_peer_id);
                self.guests.moored(src_peer_id);
            }
            relay::Event::ReservationClosed { src_peer_id }
            | relay::Event::ReservationTimedOut { src_peer_id } => {
                self.guests.cast_off(&src_peer_id);
            }
            relay::Event::CircuitReqAccepted {
                src_peer_id,
                dst_peer_id,
            } => {
                tracing::debug!(from = %src_peer_id, to = %dst_peer_id, "a circuit");
                self.guests.joined(src_peer_id, dst_peer_id);
            }
            relay::Event::CircuitClosed {
                src_peer_id,
                dst_peer_id,
                ..
            } => self.guests.parted(src_peer_id, dst_peer_id),
            _ => return,
        }
        self.tell_of_guests();
    }

    fn tell_of_guests(&mut self) {
        if let Some((berths, circuits)) = self.guests.news() {
            let is_stale = |one: &Pending| matches!(one, Pending::Event(NetEvent::Serving { .. }));
            self.pending.retain(|one| !is_stale(one));
            self.report(NetEvent::Serving { berths, circuits });
        }
    }

    /// Nobody is connected whose connections a relay would keep.
    pub(super) fn guest_left(&mut self, peer: &PeerId) {
        if matches!(self.config.circuits, Circuits::Serve { .. }) {
            let peer = peer.to_libp2p();
            self.swarm.behaviour_mut().streams.let_go(peer);
            self.guests.left(&peer);
            self.tell_of_guests();
        }
    }
}

/// The address that leads through a relay, to listen at or to dial.
fn circuit(address: &Address, relay: &PeerId) -> Multiaddr {
    address
        .to_multiaddr()
        .with(Protocol::P2p(relay.to_libp2p()))
        .with(Protocol::P2pCircuit)
}
