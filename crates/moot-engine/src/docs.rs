//! The documents of one notebook: loaded when needed, brought up to date from entries and journal, dropped when idle.
//!
//! Owns snapshots, the order in which entries reach a document, and what waits in it. Never decides what a change may do
//! (moot-notebook does) nor opens an entry (the caller hands opened changes in).

pub(crate) mod meeting;
mod row;

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::{ReadError, Space};
use moot_log::{EntryId, NotebookId};
use moot_notebook::{
    ActorId, ChangeHash, DocId, Document, Incoming, Ingested, LogRank, Refusal, Version,
};

use crate::limits::{LOADED_MAX, TAIL_MAX};
use crate::machine::Spread;
use crate::rows::{JournalRow, PENDING_DOC, SnapshotRow, prefixed};
use crate::tx::Tx;

pub(crate) use row::{Describe, describe, fold_title};

/// One change and what its entry proves about it, ready for ingest.
#[derive(Debug, Clone)]
pub(crate) struct Offered {
    pub(crate) bytes: Vec<u8>,
    pub(crate) actor: ActorId,
    pub(crate) rank: Option<LogRank>,
}

/// Opens the entry of one arrival into the changes that it brings for a document. Empty where nothing of it counts.
pub(crate) type OpenArrival<'a> = dyn Fn(&Tx<'_>, &EntryId) -> Result<Vec<Offered>, ReadError> + 'a;

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
    /// Entries since the last snapshot.
    tail: usize,
    /// When it was last used, counted in uses.
    used: u64,
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

    /// Says that the document already holds what this arrival brings: it was made here.
    pub(crate) fn made_here(
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
        if let Some(loaded) = self.loaded.get_mut(&doc) {
            loaded.upto = arrival;
            loaded.tail += 1;
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
        open: &OpenArrival<'_>,
        tx: &mut Tx<'_>,
    ) -> Result<(&mut Loaded, Refreshed), ReadError> {
        let mut refreshed = Refreshed::Same;
        let known = self.loaded.contains_key(&doc);
        let mut gathered = self.ahead.remove(&doc);
        if gathered.is_none() && (!known || self.dirty.contains(&doc)) {
            let loaded = self.take(notebook, doc, open, tx)?;
            let mut one = Gathered::of(notebook, doc, loaded, open, tx)?;
            one.offer();
            gathered = Some(one);
        }
        let mut loaded = match gathered {
            Some(gathered) => {
                let (loaded, how) = gathered.finish(notebook, doc, open, tx)?;
                refreshed = how;
                self.journal_was_cut(&doc);
                loaded
            }
            None => self.take(notebook, doc, open, tx)?,
        };
        if self.dirty.remove(&doc) {
            tx.delete(Space::Pending, notebook, &prefixed(PENDING_DOC, &doc.0));
        }
        if loaded.tail >= TAIL_MAX {
            loaded.keep_snapshot(notebook, doc, tx);
        }
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
        open: &OpenArrival<'_>,
        tx: &Tx<'_>,
    ) -> Result<Loaded, ReadError> {
        match self.loaded.remove(&doc) {
            Some(loaded) => Ok(loaded),
            None => load(notebook, doc, open, tx),
        }
    }

    /// Offers several documents what arrived for them, at once where `spread` can. Each is to be asked for with
    /// [`fresh`](Self::fresh) before anything else arrives.
    pub(crate) fn offer_ahead(
        &mut self,
        notebook: &NotebookId,
        docs: &[DocId],
        open: &OpenArrival<'_>,
        spread: Spread,
        tx: &Tx<'_>,
    ) -> Result<(), ReadError> {
        let mut gathered = Vec::new();
        for doc in docs {
            let loaded = self.take(notebook, *doc, open, tx)?;
            gathered.push((*doc, Gathered::of(notebook, *doc, loaded, open, tx)?));
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
        loaded.document.ingest(&incoming(offered))
    }

    /// The documents, of those that were loaded, that can be read and not changed.
    pub(crate) fn read_only(&self) -> &BTreeSet<DocId> {
        &self.read_only
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
            self.unsettled.insert(arrival, posted(&offered));
            self.upto = self.upto.max(arrival);
            all.extend(offered);
        }
        let ingested = self.document.ingest(&incoming(&all));
        self.remember_misposted(&ingested);
        self.settle();
        ingested
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

    fn keep_snapshot(&mut self, notebook: &NotebookId, doc: DocId, tx: &mut Tx<'_>) {
        self.settle();
        // A document that cannot be saved keeps the snapshot before; its entries hold everything.
        let Ok(bytes) = self.document.snapshot() else {
            return;
        };
        let row = SnapshotRow {
            bytes,
            upto: self.upto,
            except: self.unsettled.keys().copied().collect(),
        };
        tx.put_row(Space::Snapshot, notebook, &doc.0, &row);
        self.tail = 0;
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

/// A document from its snapshot, with what the snapshot does not hold offered again.
fn load(
    notebook: &NotebookId,
    doc: DocId,
    open: &OpenArrival<'_>,
    tx: &Tx<'_>,
) -> Result<Loaded, ReadError> {
    let mut loaded = Loaded {
        document: Document::new(),
        upto: 0,
        unsettled: BTreeMap::new(),
        claimed: BTreeMap::new(),
        tail: 0,
        used: 0,
    };
    let Some(row) = tx.row::<SnapshotRow>(Space::Snapshot, notebook, &doc.0)? else {
        return Ok(loaded);
    };
    // A snapshot that does not load is only a snapshot: the entries make the document again.
    let Ok(document) = Document::load(&row.bytes) else {
        return Ok(loaded);
    };
    loaded.document = document;
    let mut again = Vec::new();
    for arrival in row.except {
        let key = arrival_key(&doc, arrival);
        if let Some(entry) = tx.get(Space::DocEntry, notebook, &key)? {
            again.push((arrival, open_entry(notebook, &entry, open, tx)?));
        }
    }
    loaded.offer(again);
    loaded.upto = row.upto;
    Ok(loaded)
}

/// A document, and what arrived since it was last brought up to date.
struct Gathered {
    loaded: Loaded,
    /// How it read and counted before.
    before: (Version, (u64, u64)),
    /// Not offered yet.
    arrivals: Vec<(u64, Vec<Offered>)>,
    /// What the entries among them bring.
    brought: BTreeSet<Posted>,
    /// Whether it must be made again from everything.
    rebuild: bool,
}

impl Gathered {
    fn of(
        notebook: &NotebookId,
        doc: DocId,
        mut loaded: Loaded,
        open: &OpenArrival<'_>,
        tx: &Tx<'_>,
    ) -> Result<Self, ReadError> {
        let after = (loaded.upto > 0).then(|| arrival_key(&doc, loaded.upto));
        let arrivals = read_arrivals(notebook, &doc, after.as_deref(), open, tx)?;
        loaded.tail += arrivals.len();
        let entries = arrivals.iter();
        Ok(Self {
            before: (loaded.document.version(), counts(&loaded.document)),
            brought: entries.flat_map(|(_, offered)| posted(offered)).collect(),
            loaded,
            arrivals,
            rebuild: false,
        })
    }

    /// Offers the document what arrived. Touches nothing but the document.
    fn offer(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        self.rebuild = self.loaded.offer(arrivals).rebuild;
    }

    /// Does what follows from what arrived.
    fn finish(
        self,
        notebook: &NotebookId,
        doc: DocId,
        open: &OpenArrival<'_>,
        tx: &mut Tx<'_>,
    ) -> Result<(Loaded, Refreshed), ReadError> {
        let Self {
            mut loaded,
            before,
            brought,
            mut rebuild,
            ..
        } = self;
        forget_brought(notebook, &doc, &loaded, &brought, tx)?;
        if !rebuild {
            let journalled = read_journal(notebook, &doc, tx)?;
            rebuild = loaded.document.ingest(&incoming(&journalled)).rebuild;
            loaded.settle();
        }
        if rebuild {
            make_again(notebook, doc, &mut loaded, open, tx)?;
        }
        let changed = before != (loaded.document.version(), counts(&loaded.document));
        let refreshed = if changed {
            Refreshed::Changed
        } else {
            Refreshed::Same
        };
        Ok((loaded, refreshed))
    }
}

/// Makes a document from everything that any entry or journal row holds for it.
fn make_again(
    notebook: &NotebookId,
    doc: DocId,
    loaded: &mut Loaded,
    open: &OpenArrival<'_>,
    tx: &Tx<'_>,
) -> Result<(), ReadError> {
    let arrivals = read_arrivals(notebook, &doc, None, open, tx)?;
    let mut all: Vec<Offered> = Vec::new();
    loaded.unsettled.clear();
    for (arrival, offered) in arrivals {
        loaded.upto = loaded.upto.max(arrival);
        loaded.unsettled.insert(arrival, posted(&offered));
        all.extend(offered);
    }
    all.extend(read_journal(notebook, &doc, tx)?);
    let (document, ingested) = Document::from_set(&incoming(&all));
    loaded.document = document;
    loaded.remember_misposted(&ingested);
    loaded.tail = TAIL_MAX;
    loaded.settle();
    Ok(())
}

fn read_arrivals(
    notebook: &NotebookId,
    doc: &DocId,
    after: Option<&[u8]>,
    open: &OpenArrival<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<(u64, Vec<Offered>)>, ReadError> {
    let rows = tx.scan_after(Space::DocEntry, notebook, &doc.0, after)?;
    rows.into_iter()
        .map(|(key, entry)| {
            let number = key[16..].try_into().map(u64::from_be_bytes);
            let number = number.map_err(|_| {
                tx.doubt(notebook);
                ReadError::Damaged("an arrival has no number".to_owned())
            })?;
            Ok((number, open_entry(notebook, &entry, open, tx)?))
        })
        .collect()
}

fn open_entry(
    notebook: &NotebookId,
    entry: &[u8],
    open: &OpenArrival<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Offered>, ReadError> {
    let entry = EntryId::try_from(entry).map_err(|_| {
        tx.doubt(notebook);
        ReadError::Damaged("an arrival names no entry".to_owned())
    })?;
    open(tx, &entry)
}

/// The number after the last row of a document's journal.
fn end_of_journal(notebook: &NotebookId, doc: &DocId, tx: &Tx<'_>) -> Result<u64, ReadError> {
    let last = tx.scan(Space::Journal, notebook, &doc.0)?.pop();
    let number = last.and_then(|(key, _)| key[16..].try_into().map(u64::from_be_bytes).ok());
    Ok(number.map_or(0, |number| number.saturating_add(1)))
}

fn read_journal(
    notebook: &NotebookId,
    doc: &DocId,
    tx: &Tx<'_>,
) -> Result<Vec<Offered>, ReadError> {
    let rows = tx.rows::<JournalRow>(Space::Journal, notebook, &doc.0)?;
    Ok(rows
        .into_iter()
        .flat_map(|(_, row)| offered_by(row))
        .collect())
}

fn offered_by(row: JournalRow) -> Vec<Offered> {
    let actor = ActorId(moot_group::actor_id(&row.origin_log, &row.session));
    let changes = row.changes.into_iter();
    changes
        .map(|change| Offered {
            bytes: change.into(),
            actor,
            rank: None,
        })
        .collect()
}

fn posted(offered: &[Offered]) -> Vec<Posted> {
    offered
        .iter()
        .map(|change| (ChangeHash::of_chunk(&change.bytes), change.actor))
        .collect()
}

/// Drops journal rows whose changes an entry of whoever made them has brought, and the document has taken. A copy that somebody
/// else posted is refused and brings nothing.
fn forget_brought(
    notebook: &NotebookId,
    doc: &DocId,
    loaded: &Loaded,
    brought: &BTreeSet<Posted>,
    tx: &mut Tx<'_>,
) -> Result<(), ReadError> {
    if brought.is_empty() {
        return Ok(());
    }
    for (key, row) in tx.rows::<JournalRow>(Space::Journal, notebook, &doc.0)? {
        let held = |one: &Posted| brought.contains(one) && loaded.document.has(&one.0);
        if posted(&offered_by(row)).iter().all(held) {
            tx.delete(Space::Journal, notebook, &key);
        }
    }
    Ok(())
}

/// What waits and what was refused in a document.
pub(crate) fn counts(document: &Document) -> (u64, u64) {
    let refused = document.quarantined().len() + document.aside().len();
    (document.pending().len() as u64, refused as u64)
}
