//! Entries that this disk has lost or spoilt, and how they come back.
//!
//! Owns what peers are told is held while some of it is not: a log is held up to the first entry that cannot be read, so that
//! whoever holds the rest sends it again, and no session stumbles over what is missing. What was made of such an entry before
//! stays as it is. Never gives an entry up: the rest of its log is still here, and counts here.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::{Decode, Encode};
use moot_log::chain::Cut;
use moot_log::limits::HEADER_BYTES;
use moot_log::storage::{ReadError, Space};
use moot_log::{Chain, ChainId, Chains, Entry, EntryId};
use moot_notebook::DocId;

use super::{Notebook, Random};
use crate::fault::Outcome;
use crate::rows::{EventRow, KeyboxRow, OPENED_EVENT, OPENED_KEYBOX, PENDING_ENTRY, prefixed};
use crate::tx::Tx;

/// Prefix of rows in `Notebook` about lost entries: then the entry's id; the value is a [`LostRow`].
const LOST: u8 = b'l';

/// Where a lost entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
struct LostRow {
    #[n(0)]
    chain: ChainId,
    #[n(1)]
    seq: u64,
    /// Whether what was made of it is still here.
    #[n(2)]
    is_told: bool,
}

/// The entries of a notebook that cannot be read from this disk.
#[derive(Default)]
pub(crate) struct Lost {
    by_id: BTreeMap<EntryId, LostRow>,
    /// What peers are told of the chains, where that is less than all of them.
    held: Option<Chains>,
}

impl Lost {
    pub(crate) fn count(&self) -> usize {
        self.by_id.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    fn has(&self, id: &EntryId) -> bool {
        self.by_id.contains_key(id)
    }

    /// Whether a place is among what peers are told of.
    pub(crate) fn covers(&self, id: &EntryId, chain: &ChainId, seq: u64) -> bool {
        let Some(held) = &self.held else {
            return true;
        };
        !self.has(id) && held.get(chain).is_some_and(|chain| seq < chain.len)
    }

    /// A chain was divided.
    pub(super) fn recut(&mut self, cut: &Cut) {
        let moved = self.by_id.values_mut();
        for row in moved.filter(|row| row.chain == cut.from && row.seq >= cut.first_seq) {
            row.chain = cut.to;
        }
    }

    /// Everything was made again from what can be read: nothing that was made of these is left.
    pub(super) fn forget_what_was_told(&mut self) {
        self.by_id.values_mut().for_each(|row| row.is_told = false);
    }
}

impl Notebook {
    /// The chains as peers are told of them.
    pub(crate) fn held_chains(&self) -> &Chains {
        self.lost.held.as_ref().unwrap_or(&self.chains)
    }

    /// Entries of a chain from a position on, as a store reads them, but none that peers are not told of.
    pub(crate) fn held_entries_from(
        &self,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
        tx: &Tx<'_>,
    ) -> Result<Vec<Entry>, ReadError> {
        let Some(held) = &self.lost.held else {
            return tx.entries_from(&self.id, chain, first_seq, bytes_max);
        };
        let end = held.get(chain).map_or(first_seq, |chain| chain.len);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for seq in first_seq..end {
            let Some(id) = tx.places(self.id).find(chain, seq)? else {
                break;
            };
            let Some(entry) = tx.entry(&self.id, &id)? else {
                break;
            };
            bytes += HEADER_BYTES + entry.body().len();
            if bytes > bytes_max && !entries.is_empty() {
                break;
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    /// Takes up which entries were found to be lost.
    pub(super) fn take_up_lost(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        for (key, row) in tx.rows::<LostRow>(Space::Notebook, &self.id, &[LOST])? {
            if let Ok(id) = EntryId::try_from(&key[1..]) {
                self.lost.by_id.insert(id, row);
            }
        }
        self.cover_what_is_held(tx)
    }

    /// Reads every entry, and takes down which cannot be read any more. Those of which a copy is kept are put right at once.
    pub(crate) fn look_for_lost(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let mut found = BTreeMap::new();
        let chains: Vec<Chain> = self.chains.iter().cloned().collect();
        for chain in &chains {
            let mut seq = chain.first_seq;
            while seq < chain.len {
                let (entries, next) = self.readable_from(chain, seq, tx)?;
                if entries.is_empty() {
                    found.insert(self.id_at(chain, seq, tx)?, (chain.id, seq));
                }
                seq = next;
            }
        }
        self.put_right(&mut found, tx)?;
        let told = if found.is_empty() {
            BTreeSet::new()
        } else {
            self.told_of(tx)?
        };
        let before = self.lost.count();
        let news: Vec<EntryId> = found.keys().copied().collect();
        for (id, (chain, seq)) in found {
            let is_told = told.contains(&id);
            let row = LostRow {
                chain,
                seq,
                is_told,
            };
            self.lost.by_id.insert(id, row);
        }
        let gone: Vec<EntryId> = self.lost.by_id.keys().copied().collect();
        for id in gone.into_iter().filter(|id| !news.contains(id)) {
            self.lost.by_id.remove(&id);
            tx.delete(Space::Notebook, &self.id, &prefixed(LOST, &id.0));
        }
        self.stage_lost(tx);
        self.leave_own_log_if_lost(tx);
        self.cover_what_is_held(tx)?;
        if self.lost.count() > before {
            let count = self.lost.count();
            self.notice(
                format!(
                    "{count} entries cannot be read from this disk any more. Whoever holds them sends them again when they \
                     are met; until then nothing that comes after them in their logs is passed on from here."
                ),
                tx,
            );
        }
        Ok(())
    }

    pub(super) fn stage_lost(&self, tx: &mut Tx<'_>) {
        for (id, row) in &self.lost.by_id {
            tx.put_row(Space::Notebook, &self.id, &prefixed(LOST, &id.0), row);
        }
    }

    /// The id of an entry that cannot be read: as what stands after it names it, else as its own row says.
    fn id_at(&self, chain: &Chain, seq: u64, tx: &Tx<'_>) -> Outcome<EntryId> {
        if seq + 1 == chain.len {
            return Ok(chain.tip);
        }
        let (after, _) = self.readable_from(chain, seq + 1, tx)?;
        if let Some(after) = after.first() {
            return Ok(after.header().prev);
        }
        match tx.places(self.id).find(&chain.id, seq) {
            Ok(Some(id)) => Ok(id),
            Err(ReadError::Io(error)) => Err(ReadError::Io(error).into()),
            // It has no name any more, and so cannot come back by itself.
            Ok(None) | Err(ReadError::Damaged(_)) => {
                let place = [chain.id.0.as_slice(), &seq.to_be_bytes()].concat();
                Ok(EntryId(blake3::hash(&place).into()))
            }
        }
    }

    /// Puts right what is kept twice: keyboxes and roster events, since everything else hangs on them.
    fn put_right(
        &mut self,
        found: &mut BTreeMap<EntryId, (ChainId, u64)>,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        for (id, (chain, _)) in found.clone() {
            let copy = |prefix| tx.get(Space::Opened, &self.id, &prefixed(prefix, &id.0));
            let keybox = copy(OPENED_KEYBOX)?;
            let keybox = keybox.and_then(|row| minicbor::decode::<KeyboxRow>(&row).ok());
            let event = copy(OPENED_EVENT)?;
            let event = event.and_then(|row| minicbor::decode::<EventRow>(&row).ok());
            let bytes = keybox
                .map(|row| row.entry)
                .or_else(|| event.map(|row| row.entry));
            let entry = bytes.and_then(|bytes| Entry::from_bytes(&bytes).ok());
            if let Some(entry) = entry.filter(|entry| entry.id() == id) {
                tx.put_entry(self.id, chain, entry);
                tx.must_be_synced();
                found.remove(&id);
            }
        }
        Ok(())
    }

    /// The entries of which a row says what became of them.
    fn told_of(&self, tx: &Tx<'_>) -> Outcome<BTreeSet<EntryId>> {
        let mut told = BTreeSet::new();
        let mut tell = |bytes: &[u8]| told.extend(EntryId::try_from(bytes).ok());
        for (key, _) in tx.scan(Space::Opened, &self.id, &[])? {
            tell(&key[1.min(key.len())..]);
        }
        for (key, _) in tx.scan(Space::Pending, &self.id, &[PENDING_ENTRY])? {
            tell(&key[1..]);
        }
        for (key, _) in tx.scan(Space::Aside, &self.id, &[])? {
            tell(&key);
        }
        for (_, entry) in tx.scan(Space::DocEntry, &self.id, &[])? {
            tell(&entry);
        }
        Ok(told)
    }

    /// What is written from now on must not stand after something that nobody may be able to send.
    fn leave_own_log_if_lost(&mut self, tx: &mut Tx<'_>) {
        let Some(log) = self.log else { return };
        let is_lost = self.lost.by_id.values().any(|row| {
            let chain = self.chains.get(&row.chain);
            chain.is_some_and(|chain| chain.log == log)
        });
        if is_lost {
            self.log = None;
            self.stage_row(tx);
        }
    }

    /// Works out what peers are told of the chains.
    pub(crate) fn cover_what_is_held(&mut self, tx: &Tx<'_>) -> Outcome<()> {
        if self.lost.is_empty() {
            self.lost.held = None;
            return Ok(());
        }
        let mut first_lost: BTreeMap<ChainId, u64> = BTreeMap::new();
        for row in self.lost.by_id.values() {
            let first = first_lost.entry(row.chain).or_insert(row.seq);
            *first = row.seq.min(*first);
        }
        let mut hidden: BTreeSet<ChainId> = BTreeSet::new();
        let mut held = Vec::new();
        for log in self.chains.logs() {
            // Each chain comes after the one that it continues.
            for chain in self.chains.of_log(*log) {
                let cut = first_lost.get(&chain.id).copied();
                if cut.is_some() || chain.parent.is_some_and(|parent| hidden.contains(&parent)) {
                    hidden.insert(chain.id);
                }
                match cut {
                    None if hidden.contains(&chain.id) => {}
                    None => held.push(chain.clone()),
                    Some(seq)
                        if chain.parent.is_some_and(|parent| hidden.contains(&parent))
                            || seq == chain.first_seq => {}
                    Some(seq) => {
                        if let Some(tip) = tx.places(self.id).find(&chain.id, seq - 1)? {
                            held.push(Chain {
                                len: seq,
                                tip,
                                ..chain.clone()
                            });
                        }
                    }
                }
            }
        }
        self.lost.held = Some(Chains::from_rows(held));
        Ok(())
    }

    /// Takes an entry back that was lost here. Says whether it was one.
    pub(super) fn bring_back(
        &mut self,
        entry: &Entry,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<bool> {
        let id = entry.id();
        let Some(row) = self.lost.by_id.get(&id).copied() else {
            return Ok(false);
        };
        let stands = tx.places(self.id).find(&row.chain, row.seq);
        if stands.is_ok_and(|found| found.is_some_and(|found| found != id)) {
            // Its place is taken by something that is none: only another home helps then.
            return Ok(true);
        }
        self.lost.by_id.remove(&id);
        tx.put_entry(self.id, row.chain, entry.clone());
        tx.delete(Space::Notebook, &self.id, &prefixed(LOST, &id.0));
        tx.must_be_synced();
        self.advanced = true;
        self.cover_what_is_held(tx)?;
        if row.is_told {
            let of = tx.scan(Space::DocEntry, &self.id, &[])?;
            let docs = of.iter().filter(|(_, entry)| *entry == id.0);
            let docs: BTreeSet<DocId> = docs
                .filter_map(|(key, _)| Some(DocId(*key.first_chunk::<16>()?)))
                .collect();
            for doc in docs {
                self.docs.make_again(&self.id, doc, tx);
            }
        } else {
            self.unreadable = self.unreadable.saturating_sub(1);
            self.stage_row(tx);
            self.look_into(vec![entry.clone()], rng, tx)?;
        }
        if self.lost.is_empty() {
            self.notice(
                "What this disk had lost has come back from others. Everything is here again.",
                tx,
            );
        }
        Ok(true)
    }
}
