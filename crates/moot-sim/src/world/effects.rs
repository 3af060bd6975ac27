//! Carrying out what an engine asks for, in the order of its fields.
//!
//! Owns where in that order a process may end or a commit fail. What was not reached by then never happened.

use moot_engine::{Dial, Effects, Input, StreamId};
use moot_log::storage::{CommitError, Store};

use super::{Happening, World};
use crate::network::{joined, split};
use crate::node::Crash;

/// The steps of carrying out, between which a process may end.
const STEPS: u64 = 5;

/// Events kept for who looks.
const EVENTS_KEPT: usize = 1_000;

impl World {
    /// Does what an engine asks for.
    pub(super) fn carry_out(&mut self, node: usize, effects: Effects) {
        self.record(node, &effects);
        let ends_before = self.draw_crash();
        let ends = |step: u64| ends_before == Some(step);
        if ends(0) {
            return self.end_process(node);
        }
        let Some(effects) = self.commit(node, effects) else {
            return;
        };
        if ends(1) {
            return self.end_process(node);
        }
        for (sent, (stream, frame)) in effects.sends.into_iter().enumerate() {
            if ends(2) && sent > 0 {
                return self.end_process(node);
            }
            self.send(stream, frame);
        }
        if ends(2) {
            return self.end_process(node);
        }
        for (stream, reason) in effects.closes {
            self.close(stream, &reason);
        }
        for dial in effects.dials {
            match dial {
                Dial::Keep {
                    peer,
                    addresses,
                    label,
                    ..
                } => self.keep(node, (peer, label), addresses),
                Dial::Stop { peer, label } => self.stop(node, &(peer, label)),
                // Here everybody reaches everybody, or nobody does.
                Dial::Reserve { .. } | Dial::Unreserve { .. } => {}
            }
        }
        if ends(3) {
            return self.end_process(node);
        }
        self.answers.extend(effects.replies);
        // A screen looks now and then; who never does is not to fill the memory of long plays.
        let events = self.events.entry(node).or_default();
        events.extend(effects.events);
        let late = events.len().saturating_sub(EVENTS_KEPT);
        events.drain(..late);
        if ends(4) {
            return self.end_process(node);
        }
        if let Some(marker) = effects.marker {
            self.nodes[node].marker = Some(marker);
        }
        if let Some(steady_ms) = effects.next_tick_ms {
            let due_ms = (self.nodes[node].started_ms + steady_ms).max(self.now_ms + 1);
            self.nodes[node].tick_ms = Some(due_ms);
            self.at(due_ms, Happening::Wake { node });
        }
    }

    pub(super) fn draw_crash(&mut self) -> Option<u64> {
        let crashes = self.weather.crash_per_mille;
        self.dice.per_mille(crashes).then(|| self.dice.below(STEPS))
    }

    /// Commits. None where that failed: then the engine was told, and its process ends.
    fn commit(&mut self, node: usize, effects: Effects) -> Option<Effects> {
        if effects.commit.is_empty() {
            return Some(effects);
        }
        let fails = self.weather.commit_failure_per_mille;
        if self.dice.per_mille(fails) {
            let store = &mut self.nodes[node].store;
            store.fail_next_commit(CommitError::DiskFull);
        }
        match self.nodes[node].store.commit(&effects.commit) {
            Ok(()) => Some(effects),
            Err(error) => {
                self.feed(node, Input::CommitFailed { error });
                self.end_process(node);
                None
            }
        }
    }

    /// A process ends by itself, and is started again after a while.
    pub(super) fn end_process(&mut self, node: usize) {
        if !self.is_up(node) {
            return;
        }
        let how = if self.dice.percent(50) {
            Crash::Killed
        } else {
            Crash::PowerCut
        };
        self.crash(node, how);
        let life = self.nodes[node].life;
        let back_ms = self.now_ms + self.dice.between(100, 60_000);
        self.at(back_ms, Happening::Start { node, life });
    }

    pub(super) fn send(&mut self, stream: StreamId, frame: Vec<u8>) {
        let (number, side) = split(stream);
        let (low, high) = self.weather.delay_ms;
        let delay_ms = self.dice.between(low, high);
        let dies = self.weather.cut_per_mille;
        let dies = self.dice.per_mille(dies);
        let Some(wire) = self.network.get_mut(number) else {
            return;
        };
        if !wire.ends[side].open {
            return;
        }
        self.frames_sent += 1;
        self.bytes_sent += 4 + frame.len();
        self.last_frame_ms = self.now_ms;
        if wire.dead {
            return;
        }
        let to = &mut wire.ends[1 - side];
        to.arrival_ms = to.arrival_ms.max(self.now_ms + delay_ms + wire.slow_ms);
        let (arrival_ms, stream) = (to.arrival_ms, joined(number, 1 - side));
        self.at(arrival_ms, Happening::Arrival { stream, frame });
        if dies {
            self.cut(number);
        }
    }

    /// Has everything that is sent on a stream from now on arrive later.
    pub(super) fn hold_up(&mut self, stream: StreamId, by_ms: u64) {
        let (number, side) = split(stream);
        if let Some(wire) = self.network.get_mut(number) {
            let to = &mut wire.ends[1 - side];
            to.arrival_ms = to.arrival_ms.max(self.now_ms) + by_ms;
        }
    }

    /// Closes one side; the other hears of it after everything that was sent before.
    pub(super) fn close(&mut self, stream: StreamId, reason: &str) {
        let (number, side) = split(stream);
        let now_ms = self.now_ms;
        let Some(wire) = self.network.get_mut(number) else {
            return;
        };
        if !wire.ends[side].open {
            return;
        }
        wire.ends[side].open = false;
        let hears_ms = wire.ends[1 - side].arrival_ms.max(now_ms) + 1;
        let reason = reason.to_owned();
        let here = Happening::Ending {
            stream,
            reason: reason.clone(),
        };
        self.at(now_ms + 1, here);
        let stream = joined(number, 1 - side);
        self.at(hears_ms, Happening::Ending { stream, reason });
    }

    /// Ends a stream at no frame in particular: each side notices when it does, and what is under way until then may arrive.
    pub(super) fn cut(&mut self, number: u64) {
        let Some(wire) = self.network.get_mut(number) else {
            return;
        };
        wire.dead = true;
        for side in [0, 1] {
            let notices_ms = self.now_ms + self.dice.between(1, 15_000);
            let stream = joined(number, side);
            let reason = "connection lost".to_owned();
            self.at(notices_ms, Happening::Ending { stream, reason });
        }
    }
}
