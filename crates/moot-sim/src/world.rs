//! The world: nodes, one clock behind all their clocks, and a queue of what happens next.
//!
//! Owns the order of things, and carrying out what engines ask for, step by step, with the faults that the weather brings
//! in between. Never looks into a frame or a row.

mod dialling;
mod effects;
mod relays;

use std::collections::BTreeMap;

use moot_engine::{
    Command, CommandError, Effects, Engine, Event, Input, PeerName, Place, Reach, Reply, ReplyTo,
    Request, Role, StreamId,
};

use crate::dice::Dice;
use crate::memory_store::MemoryStore;
use crate::network::{Network, joined, split};
pub use crate::node::Crash;
use crate::node::Node;
use crate::trace::Trace;

/// When every world begins, in milliseconds since 1970: some day in 2026.
pub const EPOCH_MS: i64 = 1_775_000_000_000;

/// The island of whoever is reached from all of them.
pub const EVERYWHERE: u64 = u64::MAX;

/// What goes wrong by itself, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weather {
    /// How long a frame takes at least and at most, in milliseconds.
    pub delay_ms: (u64, u64),
    /// Of a thousand frames sent, after how many the stream dies.
    pub cut_per_mille: u64,
    /// Of a thousand handlings, in how many the process ends midway.
    pub crash_per_mille: u64,
    /// Of a thousand commits, how many fail.
    pub commit_failure_per_mille: u64,
    /// Of a hundred streams, how many are slow.
    pub slow_percent: u64,
}

impl Weather {
    /// Nothing goes wrong.
    pub fn fair() -> Self {
        Self {
            delay_ms: (1, 40),
            cut_per_mille: 0,
            crash_per_mille: 0,
            commit_failure_per_mille: 0,
            slow_percent: 0,
        }
    }

    /// Everything goes wrong now and then.
    pub fn foul() -> Self {
        Self {
            delay_ms: (1, 2_000),
            cut_per_mille: 8,
            crash_per_mille: 2,
            commit_failure_per_mille: 4,
            slow_percent: 20,
        }
    }
}

/// Something that will happen.
#[derive(Debug, Clone)]
enum Happening {
    /// A node's wish to be woken, or its dial, may be due.
    Wake { node: usize },
    /// The other side hears of a stream.
    Opening { stream: StreamId },
    /// A frame arrives.
    Arrival { stream: StreamId, frame: Vec<u8> },
    /// A side learns that its stream is over.
    Ending { stream: StreamId, reason: String },
    /// A process is started again.
    Start { node: usize, life: u64 },
}

/// What was answered, by the number of the asker.
pub type Answer = Result<Reply, CommandError>;

/// Many engines on one thread.
pub struct World {
    /// All chance.
    pub dice: Dice,
    /// What goes wrong at present.
    pub weather: Weather,
    now_ms: u64,
    queue: BTreeMap<(u64, u64), Happening>,
    queued: u64,
    nodes: Vec<Node>,
    network: Network,
    /// Nodes reach each other on the same island only.
    islands: Vec<u64>,
    answers: BTreeMap<ReplyTo, Answer>,
    events: BTreeMap<usize, Vec<Event>>,
    asked: u64,
    frames_sent: u64,
    bytes_sent: usize,
    last_frame_ms: u64,
    trace: Trace,
}

impl World {
    /// An empty world.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            weather: Weather::fair(),
            now_ms: 0,
            queue: BTreeMap::new(),
            queued: 0,
            nodes: Vec::new(),
            network: Network::default(),
            islands: Vec::new(),
            answers: BTreeMap::new(),
            events: BTreeMap::new(),
            asked: 0,
            frames_sent: 0,
            bytes_sent: 0,
            last_frame_ms: 0,
            trace: Trace::default(),
        }
    }

    // Nodes.

    /// Adds an empty home and starts it.
    pub fn add_node(&mut self, skew_ms: i64) -> usize {
        let node = self.nodes.len();
        let key = self.dice.bytes();
        self.nodes.push(Node::new(place(node), key, skew_ms));
        self.islands.push(0);
        self.start(node);
        node
    }

    /// Copies a home, as it lies on the disk now, to another place and starts the copy. The marker outside it stays behind.
    pub fn copy_home(&mut self, original: usize) -> usize {
        let node = self.nodes.len();
        let (key, skew_ms) = (
            self.nodes[original].storage_key,
            self.nodes[original].skew_ms,
        );
        let mut copy = Node::new(place(node), key, skew_ms);
        copy.store = self.backup(original);
        self.nodes.push(copy);
        self.islands.push(self.islands[original]);
        self.start(node);
        node
    }

    /// What lies on a node's disk now.
    pub fn backup(&self, node: usize) -> MemoryStore {
        self.nodes[node].store.copy()
    }

    /// A node's disk, to spoil what lies on it.
    pub fn disk(&mut self, node: usize) -> &mut MemoryStore {
        &mut self.nodes[node].store
    }

    /// Puts a backup in the place of what lies on a node's disk and starts it again. Without the marker, nothing outside the
    /// home tells of it.
    pub fn restore(&mut self, node: usize, backup: MemoryStore, marker: MarkerFate) {
        self.crash(node, Crash::Killed);
        self.nodes[node].store = backup;
        if marker == MarkerFate::Lost {
            self.nodes[node].marker = None;
        }
        self.start(node);
    }

    /// What lies on a node's disk, to read in it.
    pub fn store(&self, node: usize) -> &MemoryStore {
        &self.nodes[node].store
    }

    /// What opens the secrets that lie on a node's disk.
    pub fn storage_key(&self, node: usize) -> [u8; 32] {
        self.nodes[node].storage_key
    }

    /// How many nodes there are, running or not.
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Whether a node's process runs.
    pub fn is_up(&self, node: usize) -> bool {
        self.nodes[node].is_up()
    }

    /// Starts a node's process, unless it runs.
    pub fn start(&mut self, node: usize) {
        if self.is_up(node) {
            return;
        }
        if self.nodes[node].relay.is_some() {
            return self.start_relay(node);
        }
        let seed = self.dice.bytes();
        let home = &mut self.nodes[node];
        home.started_ms = self.now_ms;
        let opened = Engine::open(home.opening(seed), home.now(self.now_ms), &home.store);
        let (mut engine, effects) =
            opened.unwrap_or_else(|error| panic!("node {node} does not open: {error}"));
        home.peer = PeerName(hex(&engine.network_key()));
        engine.set_peer_name(home.peer.clone());
        if let Some(key) = engine.original_network_key() {
            engine.set_original_peer_name(PeerName(hex(&key)));
        }
        let addresses = vec![home.address.clone()];
        home.engine = Some(engine);
        self.carry_out(node, effects);
        self.feed(node, Input::Listening { addresses });
    }

    /// Ends a node's process at once.
    pub fn crash(&mut self, node: usize, how: Crash) {
        self.nodes[node].end(how);
        for (wire, side) in self.network.of_node(node) {
            // The other side may notice at once, or only when nothing has come for long.
            let notices_ms = self.now_ms + self.dice.between(1, 15_000);
            if let Some(wire) = self.network.get_mut(wire) {
                wire.dead = true;
                wire.ends[side].open = false;
                wire.ends[side].told = true;
            }
            let reason = "connection lost".to_owned();
            let stream = joined(wire, 1 - side);
            self.at(notices_ms, Happening::Ending { stream, reason });
        }
    }

    // Asking.

    /// Asks a node for something. The answer is there at once unless the command takes its time or the node went down over it.
    pub fn ask(&mut self, node: usize, command: Command) -> ReplyTo {
        self.asked += 1;
        let reply_to = ReplyTo(self.asked);
        let request = Request {
            notebook: None,
            command,
        };
        self.feed(node, Input::Command { reply_to, request });
        reply_to
    }

    /// What was answered so far.
    pub fn answer(&self, reply_to: ReplyTo) -> Option<&Answer> {
        self.answers.get(&reply_to)
    }

    /// What happened at a node since this was last asked.
    pub fn take_events(&mut self, node: usize) -> Vec<Event> {
        self.events.remove(&node).unwrap_or_default()
    }

    /// Asks for something that is answered at once.
    pub fn get(&mut self, node: usize, command: Command) -> Option<Answer> {
        let reply_to = self.ask(node, command);
        self.answers.remove(&reply_to)
    }

    // Network.

    /// Parts the nodes: those with equal numbers reach each other, and [`EVERYWHERE`] all. Streams between islands die.
    pub fn part(&mut self, islands: Vec<u64>) {
        assert_eq!(islands.len(), self.nodes.len(), "every node is somewhere");
        self.islands = islands;
        let severed: Vec<u64> = self
            .network
            .alive()
            .filter(|(_, wire)| !self.reach_each_other(wire.ends[0].node, wire.ends[1].node))
            .map(|(number, _)| number)
            .collect();
        for wire in severed {
            self.cut(wire);
        }
    }

    /// Everybody reaches everybody again.
    pub fn heal(&mut self) {
        self.islands = vec![0; self.nodes.len()];
    }

    pub(crate) fn reach_each_other(&self, one: usize, other: usize) -> bool {
        let (one, other) = (self.islands[one], self.islands[other]);
        one == other || one == EVERYWHERE || other == EVERYWHERE
    }

    /// Who reaches whom.
    pub fn islands(&self) -> &[u64] {
        &self.islands
    }

    /// Hands a node a frame as if another had sent it, on the stream between the two that was opened first. Says
    /// whether there is one.
    pub fn inject(&mut self, node: usize, from: usize, frame: Vec<u8>) -> bool {
        let stream = self.network.alive().find_map(|(number, wire)| {
            let side = wire.ends.iter().position(|end| end.node == node)?;
            (wire.ends[1 - side].node == from).then(|| joined(number, side))
        });
        if let Some(stream) = stream {
            self.arrival(stream, frame);
        }
        stream.is_some()
    }

    /// How many streams there are between two nodes.
    pub fn streams_between(&self, one: usize, other: usize) -> usize {
        let between = |ends: [usize; 2]| ends == [one, other] || ends == [other, one];
        self.network
            .alive()
            .filter(|(_, wire)| between([wire.ends[0].node, wire.ends[1].node]))
            .count()
    }

    /// How many frames were sent since the world began.
    pub fn frames_sent(&self) -> u64 {
        self.frames_sent
    }

    /// How many bytes were sent since the world began, with a length of four before each frame.
    pub fn bytes_sent(&self) -> usize {
        self.bytes_sent
    }

    /// How long no frame was sent, in milliseconds.
    pub fn silent_ms(&self) -> u64 {
        self.now_ms - self.last_frame_ms
    }

    /// Milliseconds since the world began.
    pub fn now_ms(&self) -> u64 {
        self.now_ms
    }

    /// A number that stands for all that the engines did so far.
    pub fn trace_digest(&self) -> u64 {
        self.trace.digest()
    }

    // Time.

    /// Lets so much time pass.
    pub fn run_for(&mut self, ms: u64) {
        let until_ms = self.now_ms + ms;
        while let Some(((due_ms, number), _)) = self.queue.first_key_value() {
            let key = (*due_ms, *number);
            if key.0 > until_ms {
                break;
            }
            if let Some(happening) = self.queue.remove(&key) {
                self.now_ms = key.0;
                self.happen(happening);
            }
        }
        self.now_ms = until_ms;
    }

    fn at(&mut self, due_ms: u64, happening: Happening) {
        self.queued += 1;
        self.queue.insert((due_ms, self.queued), happening);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake { node } => self.wake(node),
            Happening::Opening { stream } => self.opening(stream),
            Happening::Arrival { stream, frame } => self.arrival(stream, frame),
            Happening::Ending { stream, reason } => self.ending(stream, reason),
            Happening::Start { node, life } => {
                if self.nodes[node].life == life {
                    self.start(node);
                }
            }
        }
    }

    fn wake(&mut self, node: usize) {
        if self.nodes[node]
            .tick_ms
            .is_some_and(|due| due <= self.now_ms)
        {
            self.nodes[node].tick_ms = None;
            self.feed(node, Input::Tick);
        }
        self.dial_due(node);
    }

    fn opening(&mut self, stream: StreamId) {
        let (wire, side) = split(stream);
        let Some(end) = self.network.end(stream).filter(|end| end.open) else {
            return;
        };
        let node = end.node;
        let Some(from) = self.network.end(joined(wire, 1 - side)) else {
            return;
        };
        let peer = self.nodes[from.node].peer.clone();
        self.feed(
            node,
            Input::Opened {
                stream,
                peer,
                role: Role::Responder,
                reach: Reach::Direct,
            },
        );
    }

    fn arrival(&mut self, stream: StreamId, frame: Vec<u8>) {
        let Some(end) = self.network.end(stream).filter(|end| end.open) else {
            return;
        };
        let node = end.node;
        self.feed(
            node,
            Input::Frame {
                stream,
                bytes: frame,
            },
        );
    }

    fn ending(&mut self, stream: StreamId, reason: String) {
        let (number, side) = split(stream);
        let Some(wire) = self.network.get_mut(number) else {
            return;
        };
        let end = &mut wire.ends[side];
        if end.told {
            return;
        }
        (end.open, end.told) = (false, true);
        let (node, life, dial) = (end.node, end.life, end.dial.clone());
        self.network.sweep(number);
        if self.nodes[node].life != life {
            return;
        }
        self.feed(node, Input::Closed { stream, reason });
        if let Some(dial) = dial {
            self.dial_again(node, number, &dial);
        }
    }

    /// Hands an input to a node and carries out what comes of it. Nothing comes of it where the node is down.
    pub(crate) fn feed(&mut self, node: usize, input: Input) {
        if self.nodes[node].relay.is_some() {
            return self.feed_relay(node, input);
        }
        let home = &mut self.nodes[node];
        let now = home.now(self.now_ms);
        let Some(engine) = &mut home.engine else {
            return;
        };
        let effects = engine.handle(now, input, &home.store);
        self.carry_out(node, effects);
    }

    fn record(&mut self, node: usize, effects: &Effects) {
        self.trace.record(node, self.now_ms, effects);
    }
}

/// What became of what is kept outside a home when the home was set back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarkerFate {
    /// It is there.
    Kept,
    /// It is gone.
    Lost,
}

fn place(node: usize) -> Place {
    Place {
        machine: format!("machine-{node}"),
        path: format!("/home/{node}"),
        file: (1, node as u64),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
