//! Making again what is kept of entries: when the home is opened and something of it is missing, and when somebody asks.
//!
//! Owns the rule that entries and keys are the truth and every other row is what was made of them. Of each entry exactly one row
//! says what became of it, so that a lost row is noticed by counting.

use moot_group::Keys;
use moot_log::storage::{ReadError, Space};
use moot_log::{Chain, Entry};

use super::{Beginning, LookFor, Notebook, Random};
use crate::docs::Docs;
use crate::fault::{Fault, Outcome};
use crate::rows::{DocRow, MEND_KEY};
use crate::tx::Tx;

/// Bytes of entries that are read in one go.
const CHUNK_BYTES: usize = 1 << 20;

impl Notebook {
    /// Takes up what was made of the entries. What does not fit them is made again, and the person is told.
    pub(super) fn take_up_projections(
        &mut self,
        counted: Counted,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let doubt = match self.read_projections(counted, tx) {
            Ok(doubt) => doubt,
            Err(Fault::Read(ReadError::Damaged(why))) => Some(why),
            Err(other) => return Err(other),
        };
        match doubt {
            Some(why) => self.mend(&why, rng, tx),
            None => Ok(()),
        }
    }

    /// Says what does not fit, if anything does not.
    fn read_projections(&mut self, counted: Counted, tx: &Tx<'_>) -> Outcome<Option<String>> {
        if tx.get(Space::Notebook, &self.id, MEND_KEY)?.is_some() {
            return Ok(Some("something in it could not be read".to_owned()));
        }
        let lost_keys = self.take_up_keys(tx)?;
        if lost_keys > 0 {
            return Ok(Some(format!("{lost_keys} keys could not be read")));
        }
        let opened = self.take_up_opened(tx)?;
        self.cuts = self.cuts_now(tx)?;
        self.take_up_actors(tx)?;
        self.docs = Docs::open(&self.id, tx)?;
        self.take_up_names(tx)?;
        let told = opened
            + self.waiting.len() as u64
            + tx.count(Space::Aside, &self.id)?
            + tx.count(Space::DocEntry, &self.id)?
            + self.unreadable;
        let entries = self.chains.entries();
        if told != entries {
            return Ok(Some(format!(
                "of {entries} entries it told of {told} what became of them"
            )));
        }
        let documents = tx.count(Space::DocRow, &self.id)?;
        if documents != counted.documents {
            return Ok(Some(format!(
                "of {} documents it had {documents}",
                counted.documents
            )));
        }
        let actors = tx.count(Space::Actor, &self.id)?;
        if (actors, self.actors.len() as u64) != (counted.actors, counted.actors) {
            return Ok(Some("it did not say of everything whose it is".to_owned()));
        }
        self.documents = documents;
        Ok(None)
    }

    fn mend(&mut self, why: &str, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        self.take_up_keys(tx)?;
        self.look_for_lost(tx)?;
        self.rebuild_projections(rng, tx)?;
        if self.docs.dirty().contains(&self.group_doc()) {
            self.refresh(self.group_doc(), tx)?;
        }
        tx.delete(Space::Notebook, &self.id, MEND_KEY);
        tx.must_be_synced();
        self.notice(
            format!(
                "What is kept beside the entries of this notebook was damaged ({why}). It was made again from the entries."
            ),
            tx,
        );
        Ok(())
    }

    /// Drops every projection and looks into every entry again. Documents are brought up to date afterwards.
    pub(crate) fn rebuild_projections(&mut self, rng: &mut Random, tx: &mut Tx<'_>) -> Outcome<()> {
        for space in Space::ALL.into_iter().filter(|space| space.is_projection()) {
            tx.clear(space, &self.id);
        }
        tx.clear_index(self.id);
        let told = tx.events_told();
        self.docs = Docs::default();
        self.events.clear();
        self.waiting.clear();
        self.actors.clear();
        self.arrivals = 0;
        self.documents = 0;
        self.unreadable = 0;
        self.lost.forget_what_was_told();
        self.stage_lost(tx);
        let held: Vec<_> = self
            .keys
            .held()
            .filter_map(|id| self.keys.get(&id).cloned())
            .collect();
        self.keys = Keys::new(self.id);
        for key in held {
            self.keys.add_key(key);
        }
        self.count_bytes_anew();
        self.look_everywhere_for(LookFor::Rules, rng, tx)?;
        self.cuts = self.cuts_now(tx)?;
        self.look_everywhere_for(LookFor::Changes, rng, tx)?;
        self.keep_journal_actors(tx)?;
        self.stage_shares(tx);
        self.stage_row(tx);
        // Whoever joined on the way had joined before.
        tx.untell_events(told);
        Ok(())
    }

    fn look_everywhere_for(
        &mut self,
        what: LookFor,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.unreadable = 0;
        let chains: Vec<_> = self.chains.iter().cloned().collect();
        for chain in chains {
            let mut seq = chain.first_seq;
            while seq < chain.len {
                let (entries, next) = self.readable_from(&chain, seq, tx)?;
                self.unreadable += next - seq - entries.len() as u64;
                seq = next;
                if what == LookFor::Rules {
                    self.count_bytes(&entries);
                }
                self.look_for(what, entries, rng, tx)?;
            }
        }
        Ok(())
    }

    /// Entries of a chain from a position on, and the position after them. Those that cannot be read are passed over: what is
    /// left of a damaged disk is worth having.
    pub(crate) fn readable_from(
        &self,
        chain: &Chain,
        seq: u64,
        tx: &Tx<'_>,
    ) -> Outcome<(Vec<Entry>, u64)> {
        match tx.entries_from(&self.id, &chain.id, seq, CHUNK_BYTES) {
            Ok(entries) if !entries.is_empty() => {
                let next = entries.last().map_or(seq, |entry| entry.header().seq) + 1;
                return Ok((entries, next));
            }
            Ok(_) | Err(ReadError::Damaged(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let id = match tx.places(self.id).find(&chain.id, seq) {
            Err(ReadError::Damaged(_)) => None,
            other => other?,
        };
        let entry = match id.map(|id| tx.entry(&self.id, &id)) {
            None | Some(Err(ReadError::Damaged(_))) => None,
            Some(other) => other?,
        };
        Ok((entry.into_iter().collect(), seq + 1))
    }

    /// The notebook made again from its entries, on the side: nothing of it is written.
    pub(crate) fn made_again<'s>(&self, rng: &Random, tx: &Tx<'s>) -> Outcome<(Self, Tx<'s>)> {
        let mut aside = tx.on_the_side();
        let beginning = Beginning {
            id: self.id,
            genesis: self.genesis,
            discovery_key: self.discovery_key,
            secrets: self.secrets.clone(),
            sealed_secrets: self.sealed_secrets.clone(),
            ordinal: self.ordinal,
        };
        let mut again = Self::begin(beginning, self.storage_key.clone(), self.session);
        again.log = self.log;
        again.joining = self.joining.clone();
        again.chains = self.chains.clone();
        again.log_inits = self.log_inits.clone();
        let mut rng = rng.clone();
        again.take_up_keys(&aside)?;
        again.rebuild_projections(&mut rng, &mut aside)?;
        again.refresh_all(&mut aside)?;
        Ok((again, aside))
    }

    /// Says how many documents and actors there are now, where that has changed, so that a lost row is noticed.
    pub(crate) fn stage_counts(&mut self, tx: &mut Tx<'_>) {
        if std::mem::take(&mut self.recount) {
            self.stage_row(tx);
        }
    }

    /// Takes down that a document has a row now.
    pub(super) fn count_document(&mut self, before: Option<&DocRow>) {
        if before.is_none() {
            self.documents += 1;
            self.recount = true;
        }
    }
}

/// What a notebook's own row says of the number of others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) documents: u64,
    pub(super) actors: u64,
}
