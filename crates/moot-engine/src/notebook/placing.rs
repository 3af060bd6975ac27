//! Putting entries into their logs: those of others and one's own.
//!
//! Owns chains and heads of logs in memory and in the batch. Never opens a body.

use moot_log::entry::Draft;
use moot_log::{Chain, ChainId, Entry, EntryId, KeyId, Kind, LogId, LogInit, Placement};
use rand_core::Rng;

use super::{Notebook, Random};
use crate::fault::{Outcome, failed};
use crate::tx::Tx;

/// Where a new entry went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Placed {
    /// It was held already.
    Known,
    /// It is held from now on.
    New,
    /// It opened a branch in its log.
    Branched,
    /// What comes before it is not here: it is not held.
    Gap,
}

impl Notebook {
    /// Takes up the head of a log.
    pub(crate) fn keep_log(&mut self, init: LogInit, tx: &mut Tx<'_>) {
        let log = init.log_id();
        if init.notebook() == self.id && !self.log_inits.contains_key(&log) {
            tx.put_log_init(self.id, log, &init);
            self.charge_log(&init, tx);
            self.log_inits.insert(log, init);
            self.relook = true;
        }
    }

    /// Holds an entry whose signature was checked. What it says is looked at by the caller.
    pub(crate) fn place(&mut self, entry: &Entry, tx: &mut Tx<'_>) -> Outcome<Placed> {
        if tx.places(self.id).seek(&entry.id())?.is_some() {
            return Ok(Placed::Known);
        }
        let placement = self
            .chains
            .place(entry.header(), entry.id(), &tx.places(self.id));
        let (chain, placed) = match placement {
            Placement::Gap => return Ok(Placed::Gap),
            Placement::Appended(chain) => (chain, Placed::New),
            Placement::Branched { chain, cut } => {
                if let Some(cut) = cut {
                    self.recount_receipts(&cut, tx);
                    self.lost.recut(&cut);
                    self.stage_lost(tx);
                    tx.cut_chain(self.id, cut.clone());
                    self.stage_chains_of(entry.header().log_id, cut.from, tx);
                }
                (chain, Placed::Branched)
            }
        };
        self.recut |= self.cuts.concerns(entry, placed == Placed::Branched);
        self.charge_entry(entry, placed == Placed::Branched, tx);
        tx.put_entry(self.id, chain, entry.clone());
        self.touched.insert(chain);
        tx.must_be_synced();
        Ok(placed)
    }

    /// Stages the rows of all chains that entries were put into since the last time.
    pub(crate) fn stage_touched(&mut self, tx: &mut Tx<'_>) {
        for id in std::mem::take(&mut self.touched) {
            if let Some(chain) = self.chains.get(&id) {
                tx.put_chain(self.id, chain.clone());
            }
        }
        self.stage_shares(tx);
    }

    /// After a cut every chain of the log may have another parent, and the divided one may be gone.
    fn stage_chains_of(&self, log: LogId, divided: ChainId, tx: &mut Tx<'_>) {
        for chain in self.chains.of_log(log) {
            tx.put_chain(self.id, chain.clone());
        }
        if self.chains.get(&divided).is_none() {
            tx.remove_chain(self.id, divided);
        }
    }

    /// The log that this device writes, begun now if there is none.
    pub(crate) fn own_log(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> LogId {
        let (log, begun) = self.next_log(rng);
        self.begin_log(begun, tx);
        log
    }

    /// The log that the next entry goes into, and its head where it is to be begun with that.
    pub(super) fn next_log(&self, rng: &mut Random) -> (LogId, Option<LogInit>) {
        if let Some(log) = self.log {
            return (log, None);
        }
        let mut incarnation = [0; 16];
        rng.fill_bytes(&mut incarnation);
        let init = LogInit::sign(self.id, incarnation, &self.signing);
        (init.log_id(), Some(init))
    }

    /// Begins a log, once there is something to go into it.
    pub(super) fn begin_log(&mut self, begun: Option<LogInit>, tx: &mut Tx<'_>) {
        if let Some(init) = begun {
            self.log = Some(init.log_id());
            self.keep_log(init, tx);
            self.stage_row(tx);
        }
    }

    /// Where the next entry of the own log goes.
    fn next_place(&self, log: LogId) -> (u64, EntryId) {
        let tip: Option<&Chain> = self.chains.get(&ChainId::from(log));
        tip.map_or((0, EntryId(log.0)), |chain| (chain.len, chain.tip))
    }

    /// Appends an entry to the own log; `seal` makes its body for exactly that place.
    pub(crate) fn append(
        &mut self,
        kind: Kind,
        key_id: KeyId,
        rng: &mut Random,
        tx: &mut Tx<'_>,
        seal: impl FnOnce(&Draft, &mut Random) -> Outcome<Vec<u8>>,
    ) -> Outcome<Entry> {
        let log = self.own_log(rng, tx);
        let (seq, prev) = self.next_place(log);
        let draft = Draft {
            kind,
            log_id: log,
            seq,
            prev,
            key_id,
        };
        let body = seal(&draft, rng)?;
        let entry = Entry::sign(&draft, body, &self.signing)
            .map_err(|error| failed(format!("this cannot become an entry: {error}"), ""))?;
        match self.place(&entry, tx)? {
            Placed::New => Ok(entry),
            // Only a branch of the own log comes here: the log is left, and the next entry begins a new one.
            _ => Err(failed(
                "the log of this device has branched",
                "Try again: a new log is begun.",
            )),
        }
    }
}
