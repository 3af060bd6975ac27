//! How much of what is held here each device wrote, and who wrote more than their share.
//!
//! Owns the counting. A share decides nothing: what a device over it wrote counts like anybody's, and is passed on after that of
//! the others; people are told. So who holds what, and in which order it came, makes no difference in the end.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::Space;
use moot_log::{DevicePk, Entry, LogId, LogInit};

use super::Notebook;
use crate::fault::Outcome;
use crate::limits::{BRANCHES_PER_DEVICE, BYTES_PER_DEVICE, LOGS_PER_DEVICE};
use crate::rows::{WRITTEN, prefixed};
use crate::tx::Tx;

/// What each device wrote.
#[derive(Debug, Default)]
pub(crate) struct Shares {
    written: BTreeMap<DevicePk, Written>,
    /// Those over their share.
    over: BTreeSet<DevicePk>,
    /// Those of whom the store does not know yet how many bytes they wrote.
    unsaid: BTreeSet<DevicePk>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Written {
    logs: u64,
    branches: u64,
    bytes: u64,
}

impl Shares {
    /// Whether a device wrote more than its share.
    pub(crate) fn is_over(&self, device: &DevicePk) -> bool {
        self.over.contains(device)
    }

    /// Charges a device, and says whether that took it over its share.
    fn charge(&mut self, device: DevicePk, charge: impl FnOnce(&mut Written)) -> bool {
        let written = self.written.entry(device).or_default();
        charge(written);
        let is_over = written.logs > LOGS_PER_DEVICE
            || written.branches > BRANCHES_PER_DEVICE
            || written.bytes > BYTES_PER_DEVICE;
        is_over && self.over.insert(device)
    }
}

impl Notebook {
    /// Counts what is held, as far as that is not kept: logs and branches, and bytes from their rows.
    pub(super) fn take_up_shares(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        self.shares = Shares::default();
        for init in self.log_inits.values() {
            self.shares
                .charge(init.device(), |written| written.logs += 1);
        }
        let branches = self.chains.iter().filter(|chain| chain.parent.is_some());
        for chain in branches {
            if let Some(init) = self.log_inits.get(&chain.log) {
                self.shares
                    .charge(init.device(), |written| written.branches += 1);
            }
        }
        for (key, bytes) in tx.rows::<u64>(Space::Notebook, &self.id, &[WRITTEN])? {
            if let Ok(device) = DevicePk::try_from(&key[1..]) {
                self.shares.charge(device, |written| written.bytes += bytes);
            }
        }
        Ok(())
    }

    /// Charges a log to the device that begins it.
    pub(super) fn charge_log(&mut self, init: &LogInit, tx: &mut Tx<'_>) {
        let device = init.device();
        if self.shares.charge(device, |written| written.logs += 1) {
            self.tell_over(&device, tx);
        }
    }

    /// Charges an entry to the device that wrote it, and the branch that it opens.
    pub(super) fn charge_entry(&mut self, entry: &Entry, opens_branch: bool, tx: &mut Tx<'_>) {
        let Some(device) = self.device_of(&entry.header().log_id) else {
            return;
        };
        let bytes = size(entry);
        let is_over = self.shares.charge(device, |written| {
            written.bytes += bytes;
            written.branches += u64::from(opens_branch);
        });
        self.shares.unsaid.insert(device);
        if is_over {
            self.tell_over(&device, tx);
        }
    }

    /// Begins to count bytes anew, when everything is looked at again.
    pub(super) fn count_bytes_anew(&mut self) {
        for (device, written) in &mut self.shares.written {
            written.bytes = 0;
            self.shares.unsaid.insert(*device);
        }
    }

    /// Counts the bytes of entries that are held.
    pub(super) fn count_bytes(&mut self, entries: &[Entry]) {
        for entry in entries {
            if let Some(device) = self.device_of(&entry.header().log_id) {
                self.shares
                    .charge(device, |written| written.bytes += size(entry));
            }
        }
    }

    /// Stages how many bytes devices wrote.
    pub(super) fn stage_shares(&mut self, tx: &mut Tx<'_>) {
        for device in std::mem::take(&mut self.shares.unsaid) {
            if let Some(written) = self.shares.written.get(&device) {
                let key = prefixed(WRITTEN, &device.0);
                tx.put_row(Space::Notebook, &self.id, &key, &written.bytes);
            }
        }
    }

    fn device_of(&self, log: &LogId) -> Option<DevicePk> {
        self.log_inits.get(log).map(LogInit::device)
    }

    fn tell_over(&mut self, device: &DevicePk, tx: &mut Tx<'_>) {
        if *device == self.device() {
            return;
        }
        let person = self.roster.person_of(device);
        let whose =
            person.map_or_else(|| "Somebody".to_owned(), |person| self.person_name(&person));
        self.notice(
            format!(
                "A device of {whose} sends more than it should. It is muted here: what it wrote is kept, and passed on after \
                 that of everybody else."
            ),
            tx,
        );
    }
}

fn size(entry: &Entry) -> u64 {
    (entry.body().len() + entry.header_bytes().len()) as u64
}
