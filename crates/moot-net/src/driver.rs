//! Owns the network task: polls the swarm, carries out commands, runs the scheduler, reports events.
//! It never waits for a peer or for the caller: streams have tasks of their own, and events that find no room wait here.

mod circuits;
mod connections;
mod guests;
mod healing;
mod listening;
mod swarm_events;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use futures::{StreamExt, future::join};
use libp2p::{
    Swarm,
    core::transport::ListenerId,
    swarm::{
        ConnectionId,
        dial_opts::{DialOpts, PeerCondition},
    },
};
use tokio::{
    sync::{Semaphore, mpsc, oneshot},
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep_until, timeout},
};

use self::{connections::Connection, guests::Guests, healing::Healing, listening::Listening};
use crate::{
    Address, NetCommand, NetConfig, NetEvent, PeerId, Routers, StartError,
    gateway::{self, Gateway},
    limits,
    message::{Close, Obstacle, Role, StreamId},
    outbox::Outboxes,
    pipe,
    scheduler::{Action, Carrier, Jitter, Scheduler, Way},
    streams::{NewStream, Origin},
    swarm::{self, Behaviour},
};

/// The state of the network task.
pub(crate) struct Driver {
    config: NetConfig,
    swarm: Swarm<Behaviour>,
    commands: mpsc::Receiver<NetCommand>,
    events: mpsc::Sender<NetEvent>,
    /// What has found no room in `events` yet, in order.
    pending: VecDeque<Pending>,
    outboxes: Arc<Outboxes>,
    scheduler: Scheduler,
    connections: BTreeMap<ConnectionId, Connection>,
    dials: HashMap<ConnectionId, Dial>,
    /// Listeners for circuits, each at the berth of a relay.
    berths: HashMap<ListenerId, PeerId>,
    /// As a relay: who uses it.
    guests: Guests,
    gateway: Option<Gateway>,
    /// Addresses of routers at which they pass on to this node.
    opened: Vec<Address>,
    streams: HashMap<StreamId, StreamEntry>,
    pipes: JoinSet<StreamId>,
    next_stream: u64,
    /// What strangers' large frames take their room from.
    strangers_pot: Arc<Semaphore>,
    listening: Listening,
    healing: Healing,
    jitter: RandomState,
    jitter_draws: u64,
}

/// An event, or a stream whose first event is `Opened`.
enum Pending {
    Event(NetEvent),
    Open { id: StreamId, new: NewStream },
}

/// A dial under way.
enum Dial {
    Peer(PeerId),
    Through(PeerId),
    Relay(PeerId, Carrier),
    Probe(Address),
}

struct StreamEntry {
    peer: PeerId,
    connection: ConnectionId,
    way: Way,
    role: Role,
}

impl Driver {
    /// Builds the swarm and listens. Must be called within a tokio runtime.
    pub(crate) fn start(
        config: NetConfig,
        commands: mpsc::Receiver<NetCommand>,
        events: mpsc::Sender<NetEvent>,
        outboxes: Arc<Outboxes>,
    ) -> Result<Driver, StartError> {
        let now = Instant::now();
        let mut swarm = swarm::build(&config).map_err(|error| StartError::Identity {
            reason: error.to_string(),
        })?;
        let listening = Listening::start(&mut swarm, &config.listen, config.insistence, now)?;
        let gateway = (config.routers == Routers::Asked).then(Gateway::start);
        Ok(Driver {
            config,
            swarm,
            commands,
            events,
            pending: VecDeque::new(),
            outboxes,
            scheduler: Scheduler::new(),
            connections: BTreeMap::new(),
            dials: HashMap::new(),
            berths: HashMap::new(),
            guests: Guests::default(),
            gateway,
            opened: Vec::new(),
            streams: HashMap::new(),
            pipes: JoinSet::new(),
            next_stream: 0,
            strangers_pot: Arc::new(Semaphore::new(limits::STRANGERS_FRAMES_KIB_MAX)),
            listening,
            healing: Healing::new(SystemTime::now(), now),
            jitter: RandomState::new(),
            jitter_draws: 0,
        })
    }

    /// Addresses asked for in whose place a free port is listened on.
    pub(crate) fn moved(&self) -> &[Address] {
        self.listening.moved()
    }

    /// Runs until told to stop, or until the caller dropped its handle or its end of the events.
    pub(crate) async fn run(mut self, mut stop: oneshot::Receiver<()>) {
        let mut housekeeping =
            interval((self.config.stranger_timeout / 4).min(Duration::from_secs(1)));
        housekeeping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.do_what_is_due();
            let next_due = self.scheduler.next_due();
            tokio::select! {
                _ = &mut stop => break,
                command = self.commands.recv() => match command {
                    Some(command) => self.carry_out(command),
                    None => break,
                },
                Some(ended) = self.pipes.join_next() => {
                    if let Ok(id) = ended {
                        self.stream_ended(id);
                    }
                }
                permit = self.events.clone().reserve_owned(), if !self.pending.is_empty() => match permit {
                    Ok(permit) => self.report_next(permit),
                    Err(_) => break,
                },
                event = self.swarm.select_next_some(), if self.pending.len() < limits::PENDING_EVENTS_MAX => {
                    self.on_swarm_event(event);
                }
                opened = gateway::opened(self.gateway.as_mut()) => {
                    self.opened = opened;
                    self.addresses_changed();
                }
                _ = housekeeping.tick() => self.keep_house().await,
                () = sleep_until(next_due.unwrap_or_else(Instant::now).into()), if next_due.is_some() => {}
            }
        }
        // Cut short, streams and connections end all the same when everything is dropped.
        let gateway = self.gateway.take();
        let giving_back = async {
            if let Some(gateway) = gateway {
                gateway.close().await;
            }
        };
        let ending = join(self.say_goodbye(), giving_back);
        let _ = timeout(limits::SHUTDOWN_TIMEOUT, ending).await;
    }

    fn carry_out(&mut self, command: NetCommand) {
        match command {
            NetCommand::Dial {
                peer,
                addresses,
                through,
                label,
            } => self.want(peer, addresses, through.into_iter().collect(), label),
            NetCommand::Undial { peer, label } => self.unwant(&peer, label),
            NetCommand::Reserve { relay, addresses } => self.want_berth(relay, addresses),
            NetCommand::Unreserve { relay } => self.unwant_berth(&relay),
            NetCommand::DialOnce { address } => {
                if let Some(address) = self.scheduler.probe(address) {
                    self.hint(NetEvent::Unreachable {
                        address,
                        error: "too many addresses wait".to_owned(),
                        obstacle: Obstacle::Other,
                    });
                }
            }
            NetCommand::Authorised { stream } => self.authorise(stream),
            NetCommand::Wake => self.wake(),
            // The handle carries these out itself.
            NetCommand::Send { .. } | NetCommand::Close { .. } => {}
        }
    }

    fn want(
        &mut self,
        peer: PeerId,
        addresses: Vec<Address>,
        through: BTreeSet<PeerId>,
        label: u64,
    ) {
        let libp2p_peer = peer.to_libp2p();
        if libp2p_peer == *self.swarm.local_peer_id() {
            self.hint(NetEvent::DialFailed {
                peer,
                error: "this is the node itself".to_owned(),
            });
            return;
        }
        self.swarm
            .behaviour_mut()
            .limits
            .bypass_peer_id(&libp2p_peer);
        let now = Instant::now();
        self.scheduler.want(peer, addresses, through, label, now);
    }

    fn unwant(&mut self, peer: &PeerId, label: u64) {
        self.scheduler.unwant(peer, label);
        self.forget_if_stranger(peer);
        let role = Role::Initiator { label };
        for (id, _) in self
            .streams
            .iter()
            .filter(|(_, entry)| entry.peer == *peer && entry.role == role)
        {
            if let Some(outbox) = self.outboxes.get(*id) {
                outbox.close(Close::AfterFlush);
            }
        }
    }

    fn do_what_is_due(&mut self) {
        for action in self.scheduler.take_due(Instant::now()) {
            match action {
                Action::Dial { peer, addresses } => self.dial(peer, &addresses),
                Action::DialThrough { peer, relays } => self.dial_through(peer, &relays),
                Action::DialRelay {
                    relay,
                    addresses,
                    carrier,
                } => self.dial_relay(relay, &addresses, carrier),
                Action::Reserve { relay } => self.ask_for_berth(&relay),
                Action::Probe { address } => self.probe(address),
                Action::Open { peer, label } => {
                    self.swarm
                        .behaviour_mut()
                        .streams
                        .open(peer.to_libp2p(), label);
                }
            }
        }
    }

    fn dial(&mut self, peer: PeerId, addresses: &[Address]) {
        tracing::debug!(%peer, ?addresses, "dialling");
        // One that is reached through a relay is dialled although it is connected.
        let condition = match self.is_relayed(&peer) {
            true => PeerCondition::Always,
            false => PeerCondition::Disconnected,
        };
        let options = DialOpts::peer_id(peer.to_libp2p())
            .addresses(addresses.iter().map(Address::to_multiaddr).collect())
            .condition(condition);
        // Between two ports there can be one TCP connection. A dial that waits there for an answer, which a firewall keeps from
        // coming, would be in the way of the punch, which has to leave from the port that is listened on.
        let options = match self.scheduler.may_be_punched_to(&peer) {
            true => options.allocate_new_port().build(),
            false => options.build(),
        };
        self.begin(Dial::Peer(peer), options);
    }

    fn probe(&mut self, address: Address) {
        let options = DialOpts::unknown_peer_id()
            .address(address.to_multiaddr())
            .build();
        self.begin(Dial::Probe(address), options);
    }

    fn begin(&mut self, dial: Dial, options: DialOpts) {
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => {
                self.dials.insert(connection, dial);
            }
            Err(error) => self.dial_failed(dial, &error),
        }
    }

    /// Takes a stream in. Its task starts when `Opened` finds room, so that no frame comes before.
    fn stream_opened(&mut self, new: NewStream) {
        let id = StreamId(self.next_stream);
        self.next_stream += 1;
        let role = match new.origin {
            Origin::Ours { label } => Role::Initiator { label },
            Origin::Theirs { .. } => Role::Responder,
        };
        let entry = StreamEntry {
            peer: PeerId::from_libp2p(&new.peer),
            connection: new.connection,
            way: Way::of(&new.reach),
            role,
        };
        self.stream_joined(entry.connection);
        self.streams.insert(id, entry);
        self.outboxes.open(id);
        self.pending.push_back(Pending::Open { id, new });
    }

    fn stream_ended(&mut self, id: StreamId) {
        self.outboxes.remove(id);
        let Some(StreamEntry {
            peer,
            connection,
            way,
            role,
        }) = self.streams.remove(&id)
        else {
            return;
        };
        if let Role::Initiator { label } = role {
            let jitter = self.draw_jitter();
            let now = Instant::now();
            self.scheduler.closed(&peer, label, way, now, jitter);
        }
        self.stream_left(connection, id);
    }

    fn report_next(&mut self, permit: mpsc::OwnedPermit<NetEvent>) {
        match self.pending.pop_front() {
            Some(Pending::Event(event)) => {
                permit.send(event);
            }
            Some(Pending::Open { id, new }) => {
                let Some((entry, outbox)) = self.streams.get(&id).zip(self.outboxes.get(id)) else {
                    return;
                };
                let opened = NetEvent::Opened {
                    stream: id,
                    peer: entry.peer.clone(),
                    role: entry.role,
                    reach: new.reach,
                };
                permit.send(opened);
                let events = self.events.clone();
                let pot = Arc::clone(&self.strangers_pot);
                self.pipes.spawn(async move {
                    pipe::run(id, new.stream, outbox, pot, events).await;
                    // With it goes the slot that counts an inbound stream.
                    drop(new.origin);
                    id
                });
            }
            None => {}
        }
    }

    fn report(&mut self, event: NetEvent) {
        self.pending.push_back(Pending::Event(event));
    }

    /// Reports what a caller can do without when it is busy.
    fn hint(&mut self, event: NetEvent) {
        if self.pending.len() < limits::PENDING_HINTS_MAX {
            self.report(event);
        }
    }

    /// Chance enough for waits: successive numbers through a keyed hash whose key is random per process.
    fn draw_jitter(&mut self) -> Jitter {
        self.jitter_draws += 1;
        let draw = self.jitter.hash_one(self.jitter_draws) >> 32;
        Jitter(draw as f64 / f64::from(u32::MAX))
    }

    /// Sends what is queued, then closes every connection in order, so that peers learn of it at once.
    async fn say_goodbye(&mut self) {
        self.outboxes.close_all(Close::AfterFlush);
        let flushed = async {
            let mut is_heard = true;
            while !self.pipes.is_empty() {
                tokio::select! {
                    _ = self.pipes.join_next() => {}
                    _ = self.swarm.select_next_some() => {}
                    // Closed streams report it, and nobody may be listening any more. Asked once: from then on it is always true.
                    () = self.events.closed(), if is_heard => {
                        is_heard = false;
                        self.pipes.abort_all();
                    }
                }
            }
        };
        let _ = timeout(limits::SHUTDOWN_TIMEOUT / 2, flushed).await;
        let peers: Vec<_> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        while self
            .swarm
            .network_info()
            .connection_counters()
            .num_established()
            > 0
        {
            self.swarm.select_next_some().await;
        }
    }
}
