//! Sending what the peer lacks, no more at a time than the window allows, and taking receipts for it.

use std::collections::{BTreeSet, VecDeque};

use super::super::peer::{Run, View};
use super::super::{CloseReason, Output};
use super::Exchange;
use crate::frame::{Entries, Frame, Have};
use crate::ids::{EntryId, LogId};
use crate::limits::{ENTRIES_MAX, SLICE_BYTES, WINDOW_BYTES};

/// Entries frames without a receipt, in the order in which they were sent.
#[derive(Default)]
pub(super) struct Flights {
    frames: VecDeque<Flight>,
    bytes: usize,
    /// How many have a receipt.
    done: u64,
}

struct Flight {
    log: LogId,
    tip: EntryId,
    bytes: usize,
}

impl Flights {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// Whether a frame of this size may be sent. A frame may always go alone.
    fn admits(&self, bytes: usize) -> bool {
        self.frames.is_empty() || self.bytes + bytes <= WINDOW_BYTES
    }

    fn push(&mut self, flight: Flight) {
        self.bytes += flight.bytes;
        self.frames.push_back(flight);
    }

    fn pop(&mut self) -> Option<Flight> {
        let flight = self.frames.pop_front()?;
        self.bytes -= flight.bytes;
        self.done += 1;
        Some(flight)
    }
}

/// Whether there is room for more.
#[derive(PartialEq, Eq)]
enum Window {
    Open,
    Full,
}

impl Exchange {
    /// Sends all that the peer is known to lack and that the window admits.
    pub(super) fn pump(&mut self, view: &View<'_>, out: &mut Output) -> Result<(), CloseReason> {
        if !self.clocks.known {
            return Ok(());
        }
        let comes_last = |log: &&LogId| view.host.comes_last(&self.notebook, log);
        let (last, first): (Vec<&LogId>, Vec<&LogId>) = view.logs().partition(comes_last);
        for log in first.into_iter().chain(last) {
            if self.unknown.contains_key(log) || self.refused.contains(log) {
                continue;
            }
            let tips = self.held.of(log).chain(self.sent.of(log));
            let cover = view.cover(log, tips)?;
            for run in view.lacking(log, &cover) {
                if self.send_run(view, *log, run, out)? == Window::Full {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn send_run(
        &mut self,
        view: &View<'_>,
        log: LogId,
        run: Run,
        out: &mut Output,
    ) -> Result<Window, CloseReason> {
        let mut at = run.from;
        while at < run.to {
            if !self.flights.admits(SLICE_BYTES) {
                return Ok(Window::Full);
            }
            let mut entries =
                view.host
                    .entries_from(&self.notebook, &run.chain, at, SLICE_BYTES)?;
            let left = usize::try_from(run.to - at).unwrap_or(usize::MAX);
            entries.truncate(left.min(ENTRIES_MAX));
            let Some(last) = entries.last() else {
                break;
            };
            let (tip, next) = (last.id(), last.header().seq + 1);
            let is_head_known = self.heads.contains(&log) || self.held.has(&log);
            let init = match is_head_known {
                true => None,
                false => view.host.log_init(&self.notebook, &log)?,
            };
            let init = init.map(|init| init.encode().to_vec());
            let Some(frame) = Entries::pack(init, &entries) else {
                break;
            };
            let frame = Frame::Entries(frame).encode();
            if !self.flights.admits(frame.len()) {
                return Ok(Window::Full);
            }
            self.heads.insert(log);
            self.sent.add(log, tip);
            self.flights.push(Flight {
                log,
                tip,
                bytes: frame.len(),
            });
            out.frames.push(frame);
            at = next;
        }
        Ok(Window::Open)
    }

    pub(super) fn take_have(&mut self, view: &View<'_>, have: &Have) -> Result<(), CloseReason> {
        let mut done = BTreeSet::new();
        while self.flights.done < have.through {
            let Some(flight) = self.flights.pop() else {
                return Err(CloseReason::OutOfOrder("a receipt for nothing"));
            };
            self.sent.remove(&flight.log, &flight.tip);
            done.insert(flight.log);
            if !have.declined.contains(&flight.log) {
                self.held.add(flight.log, flight.tip);
            }
        }
        // What was not under way cannot be passed over.
        let declined = have.declined.iter().filter(|log| done.contains(*log));
        self.refused.extend(declined);
        for row in &have.rows {
            if let Some(log) = view.log_of(&row.tip)? {
                self.held.add(log, row.tip);
            }
        }
        Ok(())
    }
}
