//! Finding out what the peer lacks: digests, clocks, and probes where a log has branched.

use std::collections::BTreeMap;

use super::super::named::NamedTips;
use super::super::peer::View;
use super::super::probe::{Search, parting};
use super::super::{CloseReason, Output};
use super::{Asks, Exchange, InStep, Names, UnknownTip, own_digest};
use crate::frame::{BranchProof, ClockFrame, DigestFrame, Frame, Named, PeerRow, Probe};
use crate::ids::LogId;
use crate::limits::{CLOCK_ROWS_MAX, ROWS_MAX};
use crate::storage::ReadError;

impl Exchange {
    pub(super) fn take_digest(
        &mut self,
        view: &View<'_>,
        theirs: &DigestFrame,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        // What can be sent is sent first: only then does "settled" mean anything.
        self.pump(view, out)?;
        let own = own_digest(view, &self.notebook);
        if self.key.hide(&own) == theirs.digest {
            self.now_in_step(view);
            if theirs.ask {
                self.show_digest(view, Asks::No, out);
            }
            return Ok(self.tell(view, InStep::Yes, out)?);
        }
        if theirs.ask {
            self.show_digest(view, Asks::No, out);
        }
        self.clocks.differed = true;
        if !self.clocks.known {
            if !self.clocks.own_sent {
                self.send_clock(view, Names::Short, out);
            }
            return Ok(());
        }
        if !theirs.settled || !self.is_settled() {
            return Ok(());
        }
        if self.leaves_out() {
            return Ok(());
        }
        if self.clocks.full.sent {
            return Err(CloseReason::NotConverging);
        }
        self.send_clock(view, Names::Full, out);
        Ok(())
    }

    /// Both hold the same: so the peer holds everything, and nothing said before matters.
    fn now_in_step(&mut self, view: &View<'_>) {
        self.clocks.known = true;
        self.clocks.differed = false;
        self.clocks.full = super::FullClocks::default();
        self.unknown.clear();
        self.prober.clear();
        for log in view.logs() {
            for leaf in view.leaves(log) {
                self.held.add(*log, leaf.tip);
            }
        }
    }

    pub(super) fn send_clock(&mut self, view: &View<'_>, names: Names, out: &mut Output) {
        let name = |name: &[u8; 32]| match names {
            Names::Short => Named::Short(self.key.shorten(name)),
            Names::Full => Named::Full(*name),
        };
        let chains = view
            .logs()
            .flat_map(|log| view.chains(log).collect::<Vec<_>>());
        let rows: Vec<PeerRow> = chains
            .map(|chain| PeerRow {
                log: name(&chain.log.0),
                len: chain.len,
                tip: name(&chain.tip.0),
            })
            .collect();
        let count = rows.len().div_ceil(ROWS_MAX).max(1);
        for n in 0..count {
            let rows = rows.iter().skip(n * ROWS_MAX).take(ROWS_MAX);
            let frame = Frame::Clock(ClockFrame {
                rows: rows.copied().collect(),
                more: n + 1 < count,
                full: names == Names::Full,
            });
            out.frames.push(frame.encode());
        }
        self.clocks.own_sent = true;
        self.clocks.differed = true;
        if names == Names::Full {
            self.clocks.full.sent = true;
        }
    }

    pub(super) fn take_clock(
        &mut self,
        view: &View<'_>,
        clock: &ClockFrame,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        let has_come = match clock.full {
            true => self.clocks.full.received,
            false => self.clocks.received,
        };
        self.clocks.rows += clock.rows.len();
        if has_come || self.clocks.rows > CLOCK_ROWS_MAX {
            return Err(CloseReason::OutOfOrder("more than one clock"));
        }
        if clock.full && !self.clocks.full.begun {
            self.forget_the_peer();
            self.clocks.full.begun = true;
        }
        self.take_rows(view, &clock.rows)?;
        self.clocks.differed = true;
        if clock.more {
            return Ok(());
        }
        self.clocks.rows = 0;
        self.clocks.received = true;
        self.clocks.known = true;
        if clock.full {
            self.clocks.full.begun = false;
            self.clocks.full.received = true;
            self.clocks.shown = None;
            if !self.clocks.full.sent {
                self.send_clock(view, Names::Full, out);
            }
        } else if !self.clocks.own_sent {
            self.send_clock(view, Names::Short, out);
        }
        let mut branched = Vec::new();
        for (log, tips) in &self.unknown {
            let own_len = view.chains(log).map(|chain| chain.len).max();
            if clock.full || own_len.is_some_and(|own_len| len_of(tips) <= own_len) {
                branched.push(*log);
            }
        }
        for log in branched {
            self.search(view, log)?;
        }
        Ok(())
    }

    /// Everything that was said of the peer may rest on two names that met when shortened.
    fn forget_the_peer(&mut self) {
        self.held.clear();
        self.sent.clear();
        self.heads.clear();
        self.unknown.clear();
        self.prober.clear();
        self.told.clear();
    }

    fn take_rows(&mut self, view: &View<'_>, rows: &[PeerRow]) -> Result<(), ReadError> {
        let mut by_name: BTreeMap<Named, Vec<LogId>> = BTreeMap::new();
        for log in view.logs() {
            let short = Named::Short(self.key.shorten(&log.0));
            for name in [short, Named::Full(log.0)] {
                by_name.entry(name).or_default().push(*log);
            }
        }
        let mut named: BTreeMap<LogId, NamedTips<'_>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.len > 0) {
            for log in by_name.get(&row.log).into_iter().flatten() {
                let named = named
                    .entry(*log)
                    .or_insert_with(|| NamedTips::of(view, log, &self.key));
                self.heads.insert(*log);
                let tip = UnknownTip {
                    seq: row.len - 1,
                    name: row.tip,
                };
                match named.find(view, &self.key, tip.seq, &tip.name)? {
                    Some(id) => self.held.add(*log, id),
                    None => self.unknown.entry(*log).or_default().push(tip),
                }
            }
        }
        Ok(())
    }

    /// Looks whether tips that were unknown have come. What a peer lacks of a log is clear once all of them have, or once it
    /// is known to hold everything that is held here.
    pub(super) fn resolve(&mut self, view: &View<'_>) -> Result<(), ReadError> {
        for (log, tips) in std::mem::take(&mut self.unknown) {
            let named = NamedTips::of(view, &log, &self.key);
            let mut still_unknown = Vec::new();
            for tip in tips {
                match named.find(view, &self.key, tip.seq, &tip.name)? {
                    Some(id) => self.held.add(log, id),
                    None => still_unknown.push(tip),
                }
            }
            let cover = view.cover(&log, self.held.of(&log))?;
            if still_unknown.is_empty() || view.lacking(&log, &cover).is_empty() {
                self.prober.call_off(&log);
            } else {
                self.unknown.insert(log, still_unknown);
            }
        }
        Ok(())
    }

    /// Begins to look for the places where the peer's branches leave those that are held here.
    fn search(&mut self, view: &View<'_>, log: LogId) -> Result<(), ReadError> {
        let Some(tips) = self.unknown.get(&log) else {
            return Ok(());
        };
        let furthest = len_of(tips);
        let cover = view.cover(&log, self.held.of(&log))?;
        for leaf in view.leaves(&log) {
            let held = view.covered_on_path(&log, &leaf.id, &cover);
            let search = Search::new(log, leaf.tip, held, leaf.len.min(furthest));
            if !search.is_done() {
                self.prober.push(search);
            }
        }
        if !self.prober.searches(&log) {
            self.unknown.remove(&log);
        }
        Ok(())
    }

    pub(super) fn probe(&mut self, view: &View<'_>, out: &mut Output) -> Result<(), ReadError> {
        while let Some(probe) = self.prober.next(view)? {
            out.frames.push(Frame::Probe(probe).encode());
        }
        Ok(())
    }

    pub(super) fn take_probe(
        &mut self,
        view: &View<'_>,
        probe: &Probe,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        let mut held = None;
        for (index, id) in (0u32..).zip(&probe.ids) {
            if view.locate(&probe.log, id)?.is_some() {
                self.held.add(probe.log, *id);
                held = Some(index);
                break;
            }
        }
        let proof = BranchProof {
            number: probe.number,
            held,
        };
        out.frames.push(Frame::BranchProof(proof).encode());
        Ok(())
    }

    pub(super) fn take_proof(
        &mut self,
        view: &View<'_>,
        proof: &BranchProof,
    ) -> Result<(), CloseReason> {
        let answer = self.prober.answer(proof.number, proof.held);
        let found = answer.map_err(|_| CloseReason::OutOfOrder("an answer to no question"))?;
        let Some(search) = found else {
            return Ok(());
        };
        if let Some(id) = parting(view, &search)? {
            self.held.add(search.log, id);
        }
        if !self.prober.searches(&search.log) {
            self.unknown.remove(&search.log);
        }
        Ok(())
    }
}

/// One past the furthest position of unknown tips.
fn len_of(tips: &[UnknownTip]) -> u64 {
    tips.iter().map(|tip| tip.seq + 1).max().unwrap_or(0)
}
