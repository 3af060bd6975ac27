//! What other devices say they hold.
//!
//! Owns the receipts: only what a device itself said, with when it said so, kept over restarts. Never guesses.

use std::collections::BTreeMap;

use moot_log::chain::Cut;
use moot_log::storage::Space;
use moot_log::{ClockRow, DevicePk, EntryId};

use super::Notebook;
use crate::fault::Outcome;
use crate::limits::APART_MS_MIN;
use crate::machine::PeerName;
use crate::rows::{APART_KEY, ApartRow, ReceiptRow};
use crate::tx::Tx;

/// What somebody holds of what is held here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// How many entries of those held here they did not say they hold.
    pub(crate) lacks: u64,
}

/// What a device says it holds of what is held here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Holds {
    /// This and no more: it may have been set back since it last said.
    All(Vec<ClockRow>),
    /// This besides what it said before in the same session.
    More(Vec<ClockRow>),
}

impl Notebook {
    pub(super) fn take_up_receipts(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        for (key, row) in tx.rows::<ReceiptRow>(Space::Receipt, &self.id, &[])? {
            let Some((device, peer)) = key.split_at_checked(32) else {
                continue;
            };
            if let (Ok(device), Ok(peer)) =
                (DevicePk::try_from(device), String::from_utf8(peer.to_vec()))
            {
                self.receipts.insert((device, PeerName(peer)), row);
            }
        }
        Ok(())
    }

    /// Takes down what a device says it holds.
    pub(crate) fn keep_receipt(
        &mut self,
        device: DevicePk,
        peer: &PeerName,
        holds: Holds,
        clock_ahead_ms: i64,
        tx: &mut Tx<'_>,
    ) {
        self.note_return(&device, tx);
        let receipt = self
            .receipts
            .entry((device, peer.clone()))
            .or_insert_with(|| ReceiptRow {
                held: Vec::new(),
                as_of_ms: 0,
                clock_ahead_ms: 0,
                refused_ms: None,
            });
        let rows = match holds {
            Holds::All(rows) => {
                receipt.held.clear();
                rows
            }
            Holds::More(rows) => rows,
        };
        for row in rows {
            match receipt
                .held
                .iter_mut()
                .find(|(chain, _)| *chain == row.chain)
            {
                Some((_, len)) => *len = (*len).max(row.len),
                None => receipt.held.push((row.chain, row.len)),
            }
        }
        receipt.as_of_ms = tx.now.wall_ms;
        receipt.clock_ahead_ms = clock_ahead_ms;
        receipt.refused_ms = None;
        tx.put_row(
            Space::Receipt,
            &self.id,
            &receipt_key(&device, peer),
            receipt,
        );
    }

    /// Notes that a time apart is over, if it was one. A session begins with what each side holds, so this comes before anything
    /// that arrives in it.
    ///
    /// Apart is who met no device of another person for an hour or more: the receipts tell, which outlast restarts. Kept is one row:
    /// between which moments, and the last arrival before the second; so nothing has to be known of documents before they change,
    /// and what was merged can be told from the arrivals after it. Making everything anew from the entries numbers arrivals anew:
    /// the count may then be off until the next time.
    fn note_return(&self, device: &DevicePk, tx: &mut Tx<'_>) {
        let me = self.me();
        let is_other =
            |device: &DevicePk| self.roster.person_of(device).is_some_and(|one| one != me);
        if !is_other(device) {
            return;
        }
        let met = self.receipts.iter();
        let met = met.filter(|((device, _), _)| is_other(device));
        let until_ms = tx.now.wall_ms;
        if let Some(from_ms) = met.map(|(_, row)| row.as_of_ms).max()
            && until_ms.saturating_sub(from_ms) >= APART_MS_MIN
        {
            let row = ApartRow {
                from_ms,
                until_ms,
                arrivals: self.arrivals,
            };
            tx.put_row(Space::Read, &self.id, APART_KEY, &row);
        }
    }

    /// A relay turned this device away: what it said before counts no more, until it says so again.
    pub(crate) fn keep_refusal(&mut self, relay: &DevicePk, peer: &PeerName, tx: &mut Tx<'_>) {
        if let Some(receipt) = self.receipts.get_mut(&(*relay, peer.clone()))
            && receipt.refused_ms.is_none()
        {
            receipt.refused_ms = Some(tx.now.wall_ms);
            tx.put_row(Space::Receipt, &self.id, &receipt_key(relay, peer), receipt);
        }
    }

    /// What a device says it holds of what is held here; nothing where it never said.
    pub(crate) fn held_by(&self, device: &DevicePk) -> Option<(Held, &ReceiptRow)> {
        let said: Vec<&ReceiptRow> = self
            .receipts
            .iter()
            .filter(|((known, _), _)| known == device)
            .map(|(_, row)| row)
            .collect();
        said.into_iter()
            .map(|row| (self.compare(row), row))
            .min_by_key(|(held, row)| (held.lacks, -row.as_of_ms))
    }

    fn compare(&self, receipt: &ReceiptRow) -> Held {
        let lacks = self
            .chains
            .iter()
            .map(|chain| {
                let said = receipt
                    .held
                    .iter()
                    .find(|(id, _)| *id == chain.id)
                    .map_or(chain.first_seq, |(_, len)| *len);
                chain.len - said.clamp(chain.first_seq, chain.len)
            })
            .sum();
        Held { lacks }
    }

    /// How many of the entries of a clock a device did not say it holds; nothing where it never said.
    pub(crate) fn lacks_of(&self, device: &DevicePk, clock: &[ClockRow]) -> Option<u64> {
        let (_, receipt) = self.held_by(device)?;
        let lacks = |row: &ClockRow| {
            let first = self
                .chains
                .get(&row.chain)
                .map_or(0, |chain| chain.first_seq);
            let said = receipt.held.iter().find(|(id, _)| *id == row.chain);
            row.len
                - said
                    .map_or(first, |(_, len)| *len)
                    .clamp(first.min(row.len), row.len)
        };
        Some(clock.iter().map(lacks).sum())
    }

    /// How many of the entries of a clock each device, and each relay, did not say it holds. One that never said is left out: it may
    /// hold all of it; but a relay that this device enrolled and that never said holds none.
    pub(crate) fn lacked_by_all(&self, clock: &[ClockRow]) -> BTreeMap<DevicePk, u64> {
        let own = self.device();
        let devices = self.roster.live_devices().map(|device| (device.id, false));
        let relays = self.relays();
        let relays = relays.iter().map(|relay| (relay.key, relay.by == own));
        let lacked = |(key, began_empty): (DevicePk, bool)| {
            let all = || began_empty.then(|| clock.iter().map(|row| row.len).sum());
            Some((key, self.lacks_of(&key, clock).or_else(all)?))
        };
        devices.chain(relays).filter_map(lacked).collect()
    }

    /// How many entries of this device no other device says it holds. A relay is not a device: nobody reads it there.
    pub(crate) fn unconfirmed(&self) -> u64 {
        let own = self.device();
        self.chains
            .iter()
            .filter(|chain| {
                self.log_inits
                    .get(&chain.log)
                    .is_some_and(|init| init.device() == own)
            })
            .map(|chain| {
                let best = self
                    .receipts
                    .iter()
                    .filter(|((device, _), _)| {
                        *device != own && self.roster.device(device).is_some()
                    })
                    .flat_map(|(_, row)| row.held.iter())
                    .filter(|(id, _)| *id == chain.id)
                    .map(|(_, len)| *len)
                    .max()
                    .unwrap_or(chain.first_seq);
                chain.len - best.clamp(chain.first_seq, chain.len)
            })
            .sum()
    }

    /// After a chain was divided, who held it whole holds both parts.
    pub(super) fn recount_receipts(&mut self, cut: &Cut, tx: &mut Tx<'_>) {
        for ((device, peer), row) in &mut self.receipts {
            let Some((_, len)) = row.held.iter_mut().find(|(chain, _)| *chain == cut.from) else {
                continue;
            };
            if *len > cut.first_seq {
                let whole = *len;
                *len = cut.first_seq;
                row.held.push((cut.to, whole));
                tx.put_row(Space::Receipt, &self.id, &receipt_key(device, peer), row);
            }
        }
    }

    /// The last entry of the own log, to tell a copy that it is one.
    pub(crate) fn own_tip(&self) -> Option<(u64, EntryId)> {
        let log = self.log?;
        self.chains
            .get(&log.into())
            .map(|chain| (chain.len, chain.tip))
    }
}

fn receipt_key(device: &DevicePk, peer: &PeerName) -> Vec<u8> {
    [device.0.as_slice(), peer.0.as_bytes()].concat()
}
