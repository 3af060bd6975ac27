//! Taking entries: rebuilt, checked to follow what is here, verified, handed out, and acknowledged once they are held.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::super::peer::View;
use super::super::{CloseReason, Event, Output};
use super::Exchange;
use crate::clock::ClockRow;
use crate::entry::Entry;
use crate::frame::entries::EntriesError;
use crate::frame::{Entries, Frame, Have};
use crate::ids::{ChainId, DevicePk, EntryId, LogId};
use crate::limits::{DECLINED_MAX, HEADER_BYTES, ROWS_MAX, WINDOW_BYTES};
use crate::log_init::LogInit;

/// Entries frames that were handed out and are not known to be on disk, in the order in which they came.
#[derive(Default)]
pub(super) struct Arrivals {
    frames: VecDeque<Arrival>,
    /// Their entries, so that what follows them is not taken for a gap.
    entries: BTreeMap<EntryId, (LogId, u64)>,
    /// Heads of their logs, as long as the owner has not stored them.
    devices: BTreeMap<LogId, DevicePk>,
    bytes: usize,
    /// How many frames are on disk.
    done: u64,
}

struct Arrival {
    log: LogId,
    /// The last entry; none where the frame was passed over.
    tip: Option<EntryId>,
    entries: Vec<EntryId>,
    bytes: usize,
}

impl Arrivals {
    pub(super) fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    fn push(&mut self, log: LogId, tip: EntryId, new: &[Entry], bytes: usize) {
        let entries: Vec<EntryId> = new.iter().map(Entry::id).collect();
        self.entries.extend(
            new.iter()
                .map(|entry| (entry.id(), (log, entry.header().seq))),
        );
        self.bytes += bytes;
        self.frames.push_back(Arrival {
            log,
            tip: Some(tip),
            entries,
            bytes,
        });
    }

    fn push_declined(&mut self, log: LogId, bytes: usize) {
        self.bytes += bytes;
        self.frames.push_back(Arrival {
            log,
            tip: None,
            entries: Vec::new(),
            bytes,
        });
    }

    fn pop(&mut self) {
        let Some(arrival) = self.frames.pop_front() else {
            return;
        };
        self.bytes -= arrival.bytes;
        self.done += 1;
        self.devices.remove(&arrival.log);
        for id in arrival.entries {
            self.entries.remove(&id);
        }
    }
}

impl Exchange {
    pub(super) fn take_entries(
        &mut self,
        view: &View<'_>,
        frame: Entries,
        frame_bytes: usize,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        if !self.arrivals.is_empty() && self.arrivals.bytes + frame_bytes > WINDOW_BYTES {
            return Err(CloseReason::WindowExceeded);
        }
        if let Some(log) = frame.log.filter(|log| self.declined.contains(log)) {
            self.arrivals.push_declined(log, frame_bytes);
            return self.acknowledge(view, out);
        }
        let (log, device, new_head) = self.head_of(view, &frame)?;
        let entries = frame.rebuild(log).map_err(|error| bad_entry(log, error))?;
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else {
            return Err(CloseReason::OutOfOrder("no entries"));
        };
        let (first_seq, prev, tip) = (first.header().seq, first.header().prev, last.id());
        self.check_follows(view, log, first_seq, prev)?;
        let new = self.new_of(view, &log, entries)?;
        let size = |entry: &Entry| HEADER_BYTES + entry.body().len();
        let bytes = new.iter().map(size).sum();
        if !new.is_empty() && !view.host.takes(&self.notebook, &device, bytes) {
            if self.declined.len() >= DECLINED_MAX {
                return Err(CloseReason::OutOfOrder(
                    "entries of more logs that are not taken",
                ));
            }
            self.declined.insert(log);
            self.arrivals.push_declined(log, frame_bytes);
            out.events.push(Event::Declined { device });
            return self.acknowledge(view, out);
        }
        let verified = view.host.verify(&new, &log, &device);
        verified.map_err(|error| bad_entry(log, error))?;
        self.held.add(log, tip);
        self.arrivals.push(log, tip, &new, frame_bytes);
        if let Some(init) = new_head {
            self.arrivals.devices.insert(log, device);
            out.events.push(Event::LogInit(init));
        }
        if new.is_empty() {
            return self.acknowledge(view, out);
        }
        // There is nothing to acknowledge before they are stored.
        out.events.push(Event::Entries(new));
        Ok(())
    }

    /// The log of a frame, the device that writes it, and its head where that is new here.
    fn head_of(
        &self,
        view: &View<'_>,
        frame: &Entries,
    ) -> Result<(LogId, DevicePk, Option<LogInit>), CloseReason> {
        let sent = match &frame.init {
            Some(bytes) => Some(LogInit::decode(bytes)?),
            None => None,
        };
        if sent
            .as_ref()
            .is_some_and(|init| init.notebook() != self.notebook)
        {
            return Err(CloseReason::ForeignLog);
        }
        let log = sent.as_ref().map(LogInit::log_id).or(frame.log);
        let log = log.ok_or(CloseReason::HeadlessLog)?;
        if let Some(device) = self.arrivals.devices.get(&log) {
            return Ok((log, *device, None));
        }
        if let Some(known) = view.host.log_init(&self.notebook, &log)? {
            return Ok((log, known.device(), None));
        }
        let init = sent.ok_or(CloseReason::HeadlessLog)?;
        Ok((log, init.device(), Some(init)))
    }

    /// The first entry must follow one of the same log that is held or has just arrived.
    fn check_follows(
        &self,
        view: &View<'_>,
        log: LogId,
        first_seq: u64,
        prev: EntryId,
    ) -> Result<(), CloseReason> {
        if first_seq == 0 {
            return Ok(());
        }
        let held = view.locate(&log, &prev)?.map(|(_, seq)| (log, seq));
        let before = held.or_else(|| self.arrivals.entries.get(&prev).copied());
        if before == Some((log, first_seq - 1)) {
            return Ok(());
        }
        Err(CloseReason::Gap {
            log,
            seq: first_seq,
        })
    }

    /// Those entries that are neither held nor on their way to the disk. Two sides that heard of the same entries from a third
    /// send them to each other once.
    fn new_of(
        &self,
        view: &View<'_>,
        log: &LogId,
        entries: Vec<Entry>,
    ) -> Result<Vec<Entry>, CloseReason> {
        let mut new = Vec::with_capacity(entries.len());
        for entry in entries {
            let id = entry.id();
            // Whoever holds an entry holds what is before it, and never what is after an entry that is new.
            let is_known = new.is_empty()
                && !(self.arrivals.is_empty() && view.is_next(&entry))
                && (self.arrivals.entries.contains_key(&id) || view.locate(log, &id)?.is_some());
            if !is_known {
                new.push(entry);
            }
        }
        Ok(new)
    }

    /// Sends receipts for what came and is now held.
    pub(super) fn acknowledge(
        &mut self,
        view: &View<'_>,
        out: &mut Output,
    ) -> Result<(), CloseReason> {
        loop {
            let mut rows: BTreeMap<ChainId, (LogId, ClockRow)> = BTreeMap::new();
            let mut declined = BTreeSet::new();
            let mut tips = BTreeSet::new();
            let before = self.arrivals.done;
            while let Some(arrival) = self.arrivals.frames.front() {
                let Some(tip) = &arrival.tip else {
                    if declined.len() == ROWS_MAX {
                        break;
                    }
                    declined.insert(arrival.log);
                    self.arrivals.pop();
                    continue;
                };
                let Some((chain, _)) = view.locate(&arrival.log, tip)? else {
                    break;
                };
                if rows.len() == ROWS_MAX && !rows.contains_key(&chain) {
                    break;
                }
                if let Some(chain) = view.host.chains(&self.notebook).get(&chain) {
                    let row = ClockRow {
                        chain: chain.id,
                        len: chain.len,
                        tip: chain.tip,
                    };
                    rows.insert(chain.id, (chain.log, row));
                }
                tips.insert(*tip);
                self.arrivals.pop();
            }
            if self.arrivals.done == before {
                return Ok(());
            }
            // Where a chain ends with what the frames brought, their sender knows it by their number. Of what is declined it believes
            // rows alone.
            let is_told =
                |log: &LogId, row: &ClockRow| declined.contains(log) || !tips.contains(&row.tip);
            rows.retain(|_, (log, row)| is_told(log, row));
            let have = Have {
                through: self.arrivals.done,
                rows: rows.into_values().map(|(_, row)| row).collect(),
                declined: declined.into_iter().collect(),
            };
            out.frames.push(Frame::Have(have).encode());
        }
    }
}

fn bad_entry(log: LogId, error: EntriesError) -> CloseReason {
    CloseReason::Entry {
        log,
        seq: error.seq,
        error: error.error,
    }
}
