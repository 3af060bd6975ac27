//! Two engines in one process, and the frames between them, which wait until they are delivered.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use moot_engine::{
    Command, CommandError, Dial, Effects, Event, Input, PeerName, Reach, Reply, Role, StreamId,
};

use crate::Outcome;
use crate::ours::{Machine, Saving};

/// Handling after handling until both are silent is never longer.
const ROUNDS_MAX: usize = 10_000;

/// The two, and what is on its way from each to the other.
pub(crate) struct Link {
    machines: [Machine; 2],
    names: [PeerName; 2],
    on_way: [VecDeque<(usize, Vec<u8>)>; 2],
    events: [Vec<Event>; 2],
    /// How many edits of each have gone out: what the frames that are sent now may hold.
    pub(crate) sent: [usize; 2],
    ticks: [Option<u64>; 2],
    is_open: bool,
}

impl Link {
    pub(crate) fn between(one: &Path, other: &Path) -> Outcome<Self> {
        let (ana, of_ana) = Machine::open(one, Saving::Relaxed)?;
        let (ben, of_ben) = Machine::open(other, Saving::Relaxed)?;
        let mut link = Self {
            machines: [ana, ben],
            names: [PeerName(String::new()), PeerName(String::new())],
            on_way: [VecDeque::new(), VecDeque::new()],
            events: [Vec::new(), Vec::new()],
            sent: [0, 0],
            ticks: [None, None],
            is_open: false,
        };
        for own in [0, 1] {
            let Reply::Node(node) = link.ask(own, Command::Node)? else {
                return Err("a node does not say who it is".into());
            };
            link.names[own] = PeerName(node.peer_id);
        }
        link.carry_out(0, of_ana)?;
        link.carry_out(1, of_ben)?;
        for own in [0, 1] {
            let addresses = vec!["/ip4/127.0.0.1/tcp/1".to_owned()];
            link.handle(own, Input::Listening { addresses })?;
        }
        let introduced = Input::Introduced {
            peer: link.names[0].clone(),
            addresses: vec!["/ip4/127.0.0.1/tcp/1".to_owned()],
        };
        link.handle(1, introduced)?;
        link.settle()?;
        if link.is_open {
            return Ok(link);
        }
        Err("the two did not meet".into())
    }

    /// Delivers everything until both are silent.
    pub(crate) fn settle(&mut self) -> Outcome<()> {
        for _ in 0..ROUNDS_MAX {
            let one = self.deliver(0, usize::MAX)?;
            let other = self.deliver(1, usize::MAX)?;
            if !one && !other {
                return Ok(());
            }
        }
        Err("the two never fall silent".into())
    }

    /// Delivers to one what the other sent when no more than so many of its edits had gone out; whether there was any.
    pub(crate) fn deliver(&mut self, to: usize, upto: usize) -> Outcome<bool> {
        let mut any = false;
        while let Some((_, bytes)) = self.on_way[1 - to].pop_front_if(|(sent, _)| *sent <= upto) {
            any = true;
            let stream = StreamId(1);
            self.handle(to, Input::Frame { stream, bytes })?;
        }
        self.tick(to)?;
        Ok(any)
    }

    /// Lets time pass for both; tells how long each took for what was due.
    pub(crate) fn pass(&mut self, time: Duration) -> Outcome<[Duration; 2]> {
        let mut took = [Duration::ZERO; 2];
        for own in [0, 1] {
            self.machines[own].pass(time);
            let begun = Instant::now();
            self.tick(own)?;
            took[own] = begun.elapsed();
        }
        Ok(took)
    }

    fn tick(&mut self, own: usize) -> Outcome<()> {
        if self.ticks[own].is_some_and(|at| self.machines[own].has_come(at)) {
            self.ticks[own] = None;
            self.handle(own, Input::Tick)?;
        }
        Ok(())
    }

    pub(crate) fn ask(&mut self, own: usize, command: Command) -> Outcome<Reply> {
        let answer = self.try_ask(own, command)?;
        Ok(answer.map_err(|error| error.message)?)
    }

    /// A command, answered as the program's screen is.
    pub(crate) fn try_ask(
        &mut self,
        own: usize,
        command: Command,
    ) -> Outcome<Result<Reply, CommandError>> {
        let (answer, effects) = self.machines[own].ask_and(command)?;
        self.carry_out(own, effects)?;
        Ok(answer)
    }

    /// What happened at one since this was last asked.
    pub(crate) fn take_events(&mut self, own: usize) -> Vec<Event> {
        std::mem::take(&mut self.events[own])
    }

    pub(crate) fn close(self) -> Outcome<()> {
        let [ana, ben] = self.machines;
        ana.close()?;
        ben.close()
    }

    fn handle(&mut self, own: usize, input: Input) -> Outcome<()> {
        let effects = self.machines[own].handle(input)?;
        self.carry_out(own, effects)
    }

    fn carry_out(&mut self, own: usize, effects: Effects) -> Outcome<()> {
        self.events[own].extend(effects.events);
        if effects.next_tick_ms.is_some() {
            self.ticks[own] = effects.next_tick_ms;
        }
        for (_, frame) in effects.sends {
            self.on_way[own].push_back((self.sent[own], frame));
        }
        if let Some((_, reason)) = effects.closes.first() {
            return Err(format!("a stream was closed: {reason}").into());
        }
        for dial in effects.dials {
            if let Dial::Keep { peer, label, .. } = dial
                && peer == self.names[1 - own]
                && !self.is_open
            {
                self.is_open = true;
                self.open(own, label)?;
            }
        }
        Ok(())
    }

    fn open(&mut self, own: usize, label: u64) -> Outcome<()> {
        let opened = |peer: &PeerName, role| Input::Opened {
            stream: StreamId(1),
            peer: peer.clone(),
            role,
            reach: Reach::Direct,
        };
        let here = opened(&self.names[1 - own], Role::Initiator { label });
        let there = opened(&self.names[own], Role::Responder);
        self.handle(own, here)?;
        self.handle(1 - own, there)
    }
}
