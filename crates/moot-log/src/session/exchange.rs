//! The part of a session in which entries flow: digests and clocks first, then what each side lacks, then whatever is new.
//!
//! Owns what is known of the peer and which frame follows which; its parts are [`compare`] (digests, clocks, probes),
//! [`send`] and [`receive`]. Never places or stores an entry.

use std::collections::{BTreeMap, BTreeSet};

use super::hello::SessionKey;
use super::peer::{Frontier, View};
use super::probe::Prober;
use super::{CloseReason, Event, Host, Output};
use crate::clock::{ClockRow, Digest};
use crate::frame::{DigestFrame, Frame, Named};
use crate::ids::{ChainId, LogId, NotebookId};
use crate::limits::{WALK_COST_FREE, WALK_COST_PER_CALL};
use crate::storage::ReadError;

mod compare;
mod receive;
mod send;

use receive::Arrivals;
use send::Flights;

/// An open session.
pub(super) struct Exchange {
    notebook: NotebookId,
    key: SessionKey,
    /// What the peer has said that it holds, by rows, receipts, answers, or by sending it.
    held: Frontier,
    /// What has been sent and has no receipt yet.
    sent: Frontier,
    flights: Flights,
    arrivals: Arrivals,
    /// Logs of which the peer takes nothing more in this session.
    refused: BTreeSet<LogId>,
    /// Logs of which this side takes nothing more.
    declined: BTreeSet<LogId>,
    /// Logs whose head the peer has, though perhaps nothing else that is held here.
    heads: BTreeSet<LogId>,
    /// Tips of the peer that are not known here, by log: as long as there is one, what the peer lacks of the log is not clear.
    unknown: BTreeMap<LogId, Vec<UnknownTip>>,
    prober: Prober,
    clocks: Clocks,
    /// How far the owner has been told that the peer holds each chain.
    told: BTreeMap<ChainId, u64>,
    told_all: bool,
    /// The peer has shown a digest or a clock, as everybody does first.
    heard: bool,
    walks: Walks,
    /// The owner has been told all that the peer holds, once, and hears since of what is more.
    told_whole: bool,
}

/// The last entry of a chain that the peer holds.
#[derive(Clone, Copy)]
struct UnknownTip {
    seq: u64,
    name: Named,
}

/// How far the two sides have compared what they hold.
#[derive(Default)]
struct Clocks {
    /// The own clock has been sent.
    own_sent: bool,
    /// The peer's clock has come, all of it.
    received: bool,
    /// Rows of a clock of which more is to come.
    rows: usize,
    /// It is known what the peer holds: by its clock, or because the digests were equal.
    known: bool,
    /// The digests differed when they were last compared, so that whoever has settled asks again.
    differed: bool,
    /// The digest that was last shown as that of a settled side: asking again with the same would tell nothing.
    shown: Option<Digest>,
    full: FullClocks,
}

/// Clocks with names in full, exchanged where nothing is left to send and the two still differ.
#[derive(Default)]
struct FullClocks {
    sent: bool,
    /// The first frame of the peer's has come.
    begun: bool,
    received: bool,
}

/// Walks over all chains: after every frame while there are few, and less often than that where there are many, so that frames
/// by the thousand do not cost a walk each.
#[derive(Default)]
struct Walks {
    /// How many chains the last one looked at.
    cost: u64,
    /// Calls since then.
    calls: u64,
    /// Something has happened since the last one.
    is_owed: bool,
    /// How many chains were looked at in all.
    #[cfg(test)]
    visited: u64,
}

impl Walks {
    /// Whether the next walk can wait for more to happen.
    fn can_wait(&self) -> bool {
        self.cost > WALK_COST_FREE && self.calls.saturating_mul(WALK_COST_PER_CALL) < self.cost
    }
}

impl Exchange {
    pub(super) fn new(notebook: NotebookId, key: SessionKey) -> Self {
        Self {
            notebook,
            key,
            held: Frontier::default(),
            sent: Frontier::default(),
            flights: Flights::default(),
            arrivals: Arrivals::default(),
            refused: BTreeSet::new(),
            declined: BTreeSet::new(),
            heads: BTreeSet::new(),
            unknown: BTreeMap::new(),
            prober: Prober::default(),
            clocks: Clocks::default(),
            told: BTreeMap::new(),
            told_all: false,
            heard: false,
            walks: Walks::default(),
            told_whole: false,
        }
    }

    /// Shows the own digest and clock, to a peer that may hold nothing.
    pub(super) fn begin(&mut self, host: &dyn Host, out: &mut Output) {
        let view = self.view(host);
        self.show_digest(&view, Asks::No, out);
        self.send_clock(&view, Names::Short, out);
    }

    /// Shows the own digest and asks for the peer's.
    pub(super) fn ask(&mut self, host: &dyn Host, out: &mut Output) {
        let view = self.view(host);
        self.show_digest(&view, Asks::Yes, out);
    }

    pub(super) fn advanced(
        &mut self,
        host: &dyn Host,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        let view = self.view(host);
        self.acknowledge(&view, out)?;
        let done = self.go_on(&view, out);
        #[cfg(test)]
        self.count(&view);
        done
    }

    /// Does now what was put off.
    pub(super) fn catch_up(
        &mut self,
        host: &dyn Host,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        let view = self.view(host);
        let done = self.walk(&view, out);
        #[cfg(test)]
        self.count(&view);
        done
    }

    /// Whether something was put off, to be done soon by [`catch_up`](Self::catch_up).
    pub(super) fn is_behind(&self) -> bool {
        self.walks.is_owed
    }

    #[cfg(test)]
    pub(super) fn visited(&self) -> u64 {
        self.walks.visited
    }

    /// Takes down what a call has cost.
    #[cfg(test)]
    fn count(&mut self, view: &View<'_>) {
        self.walks.visited += view.visited();
    }

    pub(super) fn take(
        &mut self,
        frame: Frame,
        frame_bytes: usize,
        host: &dyn Host,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        let view = self.view(host);
        let done = self.take_seeing(&view, frame, frame_bytes, out);
        #[cfg(test)]
        self.count(&view);
        done
    }

    fn take_seeing(
        &mut self,
        view: &View<'_>,
        frame: Frame,
        frame_bytes: usize,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        self.heard |= matches!(frame, Frame::Digest(_) | Frame::Clock(_));
        match frame {
            Frame::Digest(digest) => self.take_digest(view, &digest, out)?,
            Frame::Clock(clock) => self.take_clock(view, &clock, out)?,
            Frame::Entries(entries) => {
                self.take_entries(view, entries, frame_bytes, out)?;
                if self.unknown.is_empty() {
                    // Nothing to send has come up, and nothing to tell before the entries are stored.
                    self.settle(view, out);
                    return Ok(());
                }
            }
            Frame::Have(have) => self.take_have(view, &have)?,
            Frame::Probe(probe) => self.take_probe(view, &probe, out)?,
            Frame::BranchProof(proof) => self.take_proof(view, &proof)?,
            Frame::Live(live) => {
                out.events.push(Event::Live(live.bytes));
                return Ok(());
            }
            Frame::Addresses(addresses) => {
                out.events.push(Event::Addresses(addresses.bytes));
                return Ok(());
            }
            Frame::Relay(word) => {
                out.events.push(Event::Relay(word.bytes));
                return Ok(());
            }
            Frame::Hello(_)
            | Frame::Prove(_)
            | Frame::Join(_)
            | Frame::JoinAnswer(_)
            | Frame::Refuse(_)
            | Frame::Bye => return Err(CloseReason::OutOfOrder(frame.name())),
        }
        self.go_on(view, out)
    }

    /// Whether the peer has begun to compare.
    pub(super) fn has_heard(&self) -> bool {
        self.heard
    }

    pub(super) fn peer_lacks(&self, host: &dyn Host) -> Option<u64> {
        self.lacking(&self.view(host)).ok().flatten()
    }

    fn view<'a>(&self, host: &'a dyn Host) -> View<'a> {
        View::new(host, self.notebook)
    }

    /// Does what has become possible, or puts it off.
    fn go_on(&mut self, view: &View<'_>, out: &mut Output) -> Result<(), CloseReason> {
        self.walks.calls += 1;
        if self.walks.can_wait() {
            self.walks.is_owed = true;
            return Ok(());
        }
        self.walk(view, out)
    }

    /// Does whatever has become possible: asks, sends, tells the owner, and shows the digest when all is done.
    fn walk(&mut self, view: &View<'_>, out: &mut Output) -> Result<(), CloseReason> {
        let before = view.visited();
        self.walks.is_owed = false;
        self.walks.calls = 0;
        let done = self.walk_all(view, out);
        self.walks.cost = view.visited() - before;
        done
    }

    fn walk_all(&mut self, view: &View<'_>, out: &mut Output) -> Result<(), CloseReason> {
        self.resolve(view)?;
        self.probe(view, out)?;
        self.pump(view, out)?;
        self.tell(view, InStep::No, out)?;
        self.settle(view, out);
        Ok(())
    }

    /// Asks for the peer's digest, where the two have differed and nothing is left to do here.
    fn settle(&mut self, view: &View<'_>, out: &mut Output) {
        if !self.clocks.differed || !self.is_settled() || self.leaves_out() {
            return;
        }
        if self.clocks.shown != Some(own_digest(view, &self.notebook)) {
            self.show_digest(view, Asks::Yes, out);
        }
    }

    /// Whether entries are left out of this session: then both sides know why they differ.
    fn leaves_out(&self) -> bool {
        !self.refused.is_empty() || !self.declined.is_empty()
    }

    /// Whether nothing is left to do on this side. To be asked only after everything that can be sent has been sent.
    fn is_settled(&self) -> bool {
        let awaits_full = self.clocks.full.sent && !self.clocks.full.received;
        self.clocks.known
            && !awaits_full
            && !self.walks.is_owed
            && self.flights.is_empty()
            && self.arrivals.is_empty()
            && self.prober.is_idle()
    }

    fn show_digest(&mut self, view: &View<'_>, asks: Asks, out: &mut Output) {
        let digest = own_digest(view, &self.notebook);
        let settled = self.is_settled();
        if settled {
            self.clocks.shown = Some(digest);
        }
        let frame = Frame::Digest(DigestFrame {
            digest: self.key.hide(&digest),
            ask: asks == Asks::Yes,
            settled,
        });
        out.frames.push(frame.encode());
    }

    /// Tells the owner how much more the peer is now known to hold. The first time that nothing is unclear, that is all that it
    /// holds: the peer may hold less than it did in an earlier session.
    fn tell(
        &mut self,
        view: &View<'_>,
        in_step: InStep,
        out: &mut Output,
    ) -> Result<(), ReadError> {
        if !self.clocks.known {
            return Ok(());
        }
        let whole = !self.told_whole && self.unknown.is_empty() && self.prober.is_idle();
        self.told_whole |= whole;
        let mut rows = Vec::new();
        let mut is_all = self.unknown.is_empty();
        for log in view.logs() {
            let cover = view.cover(log, self.held.of(log))?;
            self.held.prune(view, log, &cover)?;
            is_all &= view.lacking(log, &cover).is_empty();
            for (chain, (len, tip)) in cover {
                if whole || self.told.get(&chain).is_none_or(|told| *told < len) {
                    self.told.insert(chain, len);
                    rows.push(ClockRow { chain, len, tip });
                }
            }
        }
        let is_news =
            whole || !rows.is_empty() || in_step == InStep::Yes || (is_all && !self.told_all);
        self.told_all = is_all;
        if is_news {
            out.events.push(Event::PeerHas {
                rows,
                whole,
                all: is_all,
                in_step: in_step == InStep::Yes,
            });
        }
        Ok(())
    }

    fn lacking(&self, view: &View<'_>) -> Result<Option<u64>, ReadError> {
        if !self.clocks.known || !self.unknown.is_empty() {
            return Ok(None);
        }
        let mut lacking = 0;
        for log in view.logs() {
            let cover = view.cover(log, self.held.of(log))?;
            let runs = view.lacking(log, &cover);
            lacking += runs.iter().map(|run| run.to - run.from).sum::<u64>();
        }
        Ok(Some(lacking))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Yes,
    No,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum InStep {
    Yes,
    No,
}

/// How names are written in a clock.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    Short,
    Full,
}

fn own_digest(view: &View<'_>, notebook: &NotebookId) -> Digest {
    Digest::of(&view.host.chains(notebook).clock())
}
