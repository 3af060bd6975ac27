//! The documents of one notebook: loaded when needed, brought up to date from entries and journal, dropped when idle.
//!
//! Owns snapshots, and what waits in a document. Never decides what a change may do
//! (moot-notebook does) nor opens an entry (the caller hands opened changes in).

mod held_back;
mod loading;
pub(crate) mod meeting;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::{ReadError, Space};
use moot_log::{Entry, EntryId, NotebookId};
use moot_notebook::{ActorId, ChangeHash, DocId, Document, Incoming, Ingested, LogRank, Refusal};

use crate::limits::{LOADED_MAX, TAIL_BYTES_MAX, TAIL_MAX};
use crate::machine::Spread;
use crate::notebook::Sight;
use crate::rows::{PENDING_DOC, SnapshotRow, prefixed};
use crate::tx::Tx;

use held_back::HeldBack;
use loading::{Gathered, end_of_journal, load};
pub(crate) use row::{Describe, Words, describe, fold_title};

/// One change and what its entry proves about it, ready for ingest.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) actor: ActorId,
    pub(crate) rank: Option<LogRank>,
    pub(crate) counts: Counts,
}

/// Whether a change counts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counts {
    /// It does.
    Always,
    /// Only where a change that counts builds on it: it comes from a retired device, past the cut.
    IfNeeded,
}

/// A document in memory.
pub(crate) struct Loaded {
    pub(crate) document: Document,
    /// The last arrival that was offered to it.
    upto: u64,
    /// Arrivals not wholly applied, with those of their changes that are not part of the document.
    unsettled: BTreeMap<u64, Vec<Posted>>,
    /// Whose the changes are that somebody else posted: those postings are refused, and the same change, posted by whoever
    /// made it, may stand.
    claimed: BTreeMap<ChangeHash, ActorId>,
    /// What counts only where something that counts builds on it.
    held_back: HeldBack,
    /// What came since the last snapshot.
    tail: Tail,
    /// When it was last used, counted in uses.
    used: u64,
}

/// What came since the last snapshot, and is read and judged again at every opening.
#[derive(Debug, Clone, Copy, Default)]
struct Tail {
    entries: usize,
    bytes: usize,
}

impl Tail {
    fn add(&mut self, entries: usize, bytes: usize) {
        self.entries += entries;
        self.bytes += bytes;
    }

    fn is_long(self) -> bool {
        self.entries >= TAIL_MAX || self.bytes >= TAIL_BYTES_MAX
    }
}

/// A change and the actor that its entry proves.
type Posted = (ChangeHash, ActorId);

/// The documents of a notebook.
#[derive(Default)]
pub(crate) struct Docs {
    loaded: BTreeMap<DocId, Loaded>,
    /// The next numbers of journals that were added to and not shortened since, so that a keystroke does not read those
    /// before it.
    journals: BTreeMap<DocId, u64>,
    /// Those to which entries came that were not offered to them yet.
    dirty: BTreeSet<DocId>,
    read_only: BTreeSet<DocId>,
    /// Those to which what arrived was offered already, several at once; what follows from it is still to be done.
    ahead: BTreeMap<DocId, Gathered>,
    uses: u64,
}

/// What bringing a document up to date changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// It reads or counts differently now.
    Changed,
    /// It is as it was.
    Same,
}

impl Docs {
    /// Takes up which documents were waiting when the home was last closed.
    pub(crate) fn open(notebook: &NotebookId, tx: &Tx<'_>) -> Result<Self, ReadError> {
        let waiting = tx.scan(Space::Pending, notebook, &[PENDING_DOC])?;
        let dirty = waiting
            .iter()
            .filter_map(|(key, _)| key[1..].try_into().ok().map(DocId))
            .collect();
        Ok(Self {
            dirty,
            ..Self::default()
        })
    }

    /// Which documents wait to be brought up to date.
    pub(crate) fn dirty(&self) -> &BTreeSet<DocId> {
        &self.dirty
    }

    /// Puts an entry to a document. It is applied when the document is next brought up to date.
    pub(crate) fn arrived(
        &mut self,
        notebook: &NotebookId,
        doc: DocId,
        arrival: u64,
        entry: &EntryId,
        tx: &mut Tx<'_>,
    ) {
        tx.put(
            Space::DocEntry,
            notebook,
            &arrival_key(&doc, arrival),
            entry.0.to_vec(),
        );
        if self.dirty.insert(doc) {
            tx.put(
                Space::Pending,
                notebook,
                &prefixed(PENDING_DOC, &doc.0),
                Vec::new(),
            );
        }
    }

    /// Says that the document already holds what this arrival brings, so many bytes of changes: it was made here.
    pub(crate) fn made_here(
        &mut self,
        notebook: &NotebookId,
        doc: DocId,
        (arrival, bytes): (u64, usize),
        entry: &Entry,
        tx: &mut Tx<'_>,
    ) {
        tx.put(
            Space::DocEntry,
            notebook,
            &arrival_key(&doc, arrival),
            entry.id().0.to_vec(),
        );
        if let Some(loaded) = self.loaded.get_mut(&doc) {
            loaded.upto = arrival;
            loaded.tail.add(1, bytes);
        }
    }

    /// Keeps a document in one piece, if much was made here since that was last done: who opens it next need not judge it again.
    pub(crate) fn keep_if_long(&mut self, notebook: &NotebookId, doc: DocId, tx: &mut Tx<'_>) {
        if let Some(loaded) = self.loaded.get_mut(&doc) {
            loaded.keep_if_long(notebook, doc, tx);
        }
    }

    /// Whether a document has any entry or journalled change.
    pub(crate) fn exists(
        &self,
        notebook: &NotebookId,
        doc: &DocId,
        tx: &Tx<'_>,
    ) -> Result<bool, ReadError> {
        Ok(self.loaded.contains_key(doc)
            || tx.get(Space::DocRow, notebook, &doc.0)?.is_some()
            || self.dirty.contains(doc))
    }

    /// A document with everything in it that has arrived. Also says whether that changed it.
    pub(crate) fn fresh(
        &mut self,
        notebook: &NotebookId,
        doc: DocId,
        sight: &Sight<'_>,
        tx: &mut Tx<'_>,
    ) -> Result<(&mut Loaded, Refreshed), ReadError> {
        let mut refreshed = Refreshed::Same;
        let known = self.loaded.contains_key(&doc);
        let mut gathered = self.ahead.remove(&doc);
        if gathered.is_none() && (!known || self.dirty.contains(&doc)) {
            let loaded = self.take(notebook, doc, sight, tx)?;
            let mut one = Gathered::of(notebook, doc, loaded, sight, tx)?;
            one.offer();
            gathered = Some(one);
        }
        let mut loaded = match gathered {
            Some(gathered) => {
                let (loaded, how) = gathered.finish(notebook, doc, sight, tx)?;
                refreshed = how;
                self.journal_was_cut(&doc);
                loaded
            }
            None => self.take(notebook, doc, sight, tx)?,
        };
        if self.dirty.remove(&doc) {
            tx.delete(Space::Pending, notebook, &prefixed(PENDING_DOC, &doc.0));
        }
        loaded.keep_if_long(notebook, doc, tx);
        if loaded.document.read_only().is_some() {
            self.read_only.insert(doc);
        }
        self.uses += 1;
        loaded.used = self.uses;
        self.drop_idle();
        Ok((self.loaded.entry(doc).or_insert(loaded), refreshed))
    }

    /// A document as it was last left, from memory or from its snapshot.
    fn take(
        &mut self,
        notebook: &NotebookId,
        doc: DocId,
        sight: &Sight<'_>,
        tx: &Tx<'_>,
    ) -> Result<Loaded, ReadError> {
        match self.loaded.remove(&doc) {
            Some(loaded) => Ok(loaded),
            None => load(notebook, doc, sight, tx),
        }
    }

    /// Offers several documents what arrived for them, at once where `spread` can. Each is to be asked for with
    /// [`fresh`](Self::fresh) before anything else arrives.
    pub(crate) fn offer_ahead(
        &mut self,
        notebook: &NotebookId,
        docs: &[DocId],
        sight: &Sight<'_>,
        spread: Spread,
        tx: &Tx<'_>,
    ) -> Result<(), ReadError> {
        let mut gathered = Vec::new();
        for doc in docs {
            let loaded = self.take(notebook, *doc, sight, tx)?;
            gathered.push((*doc, Gathered::of(notebook, *doc, loaded, sight, tx)?));
        }
        let mut offers: Vec<_> = gathered.iter_mut().map(|(_, one)| || one.offer()).collect();
        let mut work: Vec<&mut (dyn FnMut() + Send)> = Vec::new();
        work.extend(
            offers
                .iter_mut()
                .map(|one| one as &mut (dyn FnMut() + Send)),
        );
        spread(&mut work);
        self.ahead.extend(gathered);
        Ok(())
    }

    /// The number of the next row of a document's journal. It counts as given out. Whoever takes rows away calls
    /// [`journal_was_cut`](Self::journal_was_cut).
    pub(crate) fn next_in_journal(
        &mut self,
        notebook: &NotebookId,
        doc: DocId,
        tx: &Tx<'_>,
    ) -> Result<u64, ReadError> {
        let next = match self.journals.get(&doc) {
            Some(next) => *next,
            None => end_of_journal(notebook, &doc, tx)?,
        };
        self.journals.insert(doc, next.saturating_add(1));
        Ok(next)
    }

    /// Says that rows of a document's journal are gone.
    pub(crate) fn journal_was_cut(&mut self, doc: &DocId) {
        self.journals.remove(doc);
    }

    /// Offers a change that came live, in no entry yet, to a document that is loaded for it.
    pub(crate) fn offer_live(loaded: &mut Loaded, offered: &[Offered]) -> Ingested {
        loaded.take(offered.iter().map(|one| (None, one.clone())).collect())
    }

    /// The documents, of those that were loaded, that can be read and not changed.
    pub(crate) fn read_only(&self) -> &BTreeSet<DocId> {
        &self.read_only
    }

    /// Makes a document again from everything that there is of it, when it is next brought up to date.
    pub(crate) fn make_again(&mut self, notebook: &NotebookId, doc: DocId, tx: &mut Tx<'_>) {
        tx.delete(Space::Snapshot, notebook, &doc.0);
        self.forget_one(&doc);
        if self.dirty.insert(doc) {
            let key = prefixed(PENDING_DOC, &doc.0);
            tx.put(Space::Pending, notebook, &key, Vec::new());
        }
    }

    /// Makes documents again from everything that there is of them, when they are next brought up to date.
    pub(crate) fn make_all_again(
        &mut self,
        notebook: &NotebookId,
        docs: impl Iterator<Item = DocId>,
        tx: &mut Tx<'_>,
    ) {
        tx.clear(Space::Snapshot, notebook);
        self.loaded.clear();
        self.ahead.clear();
        self.read_only.clear();
        for doc in docs {
            self.make_again(notebook, doc, tx);
        }
    }

    /// Drops what is in memory of one document.
    pub(crate) fn forget_one(&mut self, doc: &DocId) {
        self.ahead.remove(doc);
        self.loaded.remove(doc);
    }

    fn drop_idle(&mut self) {
        while self.loaded.len() >= LOADED_MAX {
            let Some(oldest) = self
                .loaded
                .iter()
                .min_by_key(|(_, loaded)| loaded.used)
                .map(|(doc, _)| *doc)
            else {
                return;
            };
            self.loaded.remove(&oldest);
        }
    }
}

impl Loaded {
    /// The last arrival that was offered to it.
    pub(crate) fn upto(&self) -> u64 {
        self.upto
    }

    fn offer(&mut self, arrivals: Vec<(u64, Vec<Offered>)>) -> Ingested {
        let mut all = Vec::new();
        for (arrival, offered) in arrivals {
            self.arrived(arrival, &offered);
            all.extend(offered.into_iter().map(|one| (Some(arrival), one)));
        }
        let ingested = self.take(all);
        self.remember_misposted(&ingested);
        self.settle();
        ingested
    }

    fn arrived(&mut self, arrival: u64, offered: &[Offered]) {
        self.unsettled.insert(arrival, posted(counting(offered)));
        self.upto = self.upto.max(arrival);
    }

    /// Offers changes to the document, and what was held back where it is needed now. Where what was taken so might not have
    /// been, had everything come at once, the document is to be made again.
    fn take(&mut self, offered: Vec<(Option<u64>, Offered)>) -> Ingested {
        let mut rebuild = false;
        let mut now = Vec::new();
        for (arrival, one) in offered {
            match one.counts {
                Counts::Always => {
                    rebuild |= self.held_back.has_taken_any()
                        && self.held_back.has_taken(&ChangeHash::of_chunk(&one.bytes));
                    now.push(one);
                }
                Counts::IfNeeded => {
                    if self.held_back.hold(arrival, one.clone()) {
                        now.push(one);
                    }
                }
            }
        }
        let mut ingested = self.document.ingest(&incoming(&now));
        loop {
            let needed = self.held_back.take_needed(&self.document);
            if needed.is_empty() {
                break;
            }
            let more = self.document.ingest(&incoming(&needed));
            ingested.applied.extend(more.applied);
            ingested.quarantined.extend(more.quarantined);
            ingested.aside.extend(more.aside);
            ingested.pending.extend(more.pending);
            ingested.rebuild |= more.rebuild;
            ingested.read_only |= more.read_only;
        }
        let document = &self.document;
        ingested.pending.retain(|one| !document.has(&one.hash));
        rebuild |= self.held_back.has_taken_any() && !ingested.quarantined.is_empty();
        ingested.rebuild |= rebuild;
        ingested
    }

    /// What waits and what was refused.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let document = &self.document;
        let refused = document.quarantined().len() + document.aside().len();
        let refused = refused as u64 + self.held_back.left_out(document);
        (document.pending().len() as u64, refused)
    }

    fn remember_misposted(&mut self, ingested: &Ingested) {
        for refused in &ingested.quarantined {
            if let Refusal::WrongActor { claimed, .. } = refused.why {
                self.claimed.insert(refused.hash, claimed);
            }
        }
    }

    fn settle(&mut self) {
        let Self {
            document,
            claimed,
            unsettled,
            ..
        } = self;
        unsettled.retain(|_, posted| {
            posted.retain(|(hash, actor)| {
                !document.has(hash) || claimed.get(hash).is_some_and(|maker| maker != actor)
            });
            !posted.is_empty()
        });
    }

    fn keep_if_long(&mut self, notebook: &NotebookId, doc: DocId, tx: &mut Tx<'_>) {
        if !self.tail.is_long() {
            return;
        }
        self.settle();
        // A document that cannot be saved keeps the snapshot before; its entries hold everything.
        let Ok(bytes) = self.document.snapshot() else {
            return;
        };
        let mut except = self.held_back.arrivals();
        except.extend(self.unsettled.keys());
        let row = SnapshotRow {
            bytes,
            upto: self.upto,
            except: except.into_iter().collect(),
        };
        tx.put_row(Space::Snapshot, notebook, &doc.0, &row);
        self.tail = Tail::default();
    }
}

/// The key under which an arrival of a document stands: arrivals of one document in their order.
pub(crate) fn arrival_key(doc: &DocId, arrival: u64) -> Vec<u8> {
    [doc.0.as_slice(), &arrival.to_be_bytes()].concat()
}

fn incoming(offered: &[Offered]) -> Vec<Incoming<'_>> {
    offered
        .iter()
        .map(|change| Incoming {
            bytes: &change.bytes,
            actor: change.actor,
            rank: change.rank,
        })
        .collect()
}

fn counting(offered: &[Offered]) -> impl Iterator<Item = &Offered> {
    let counts = |one: &&Offered| one.counts == Counts::Always;
    offered.iter().filter(counts)
}

fn posted<'o>(offered: impl IntoIterator<Item = &'o Offered>) -> Vec<Posted> {
    offered
        .into_iter()
        .map(|change| (ChangeHash::of_chunk(&change.bytes), change.actor))
        .collect()
}
