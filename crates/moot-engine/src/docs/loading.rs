//! Bringing a document into memory and up to date: its snapshot, the entries after it, the journal.
//!
//! Owns in which order these are offered, and when a document is made again from everything. What a document does with a change is
//! moot-notebook's; which documents are kept in memory is [`Docs`](super::Docs)'.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::{ReadError, Space};
use moot_log::{EntryId, NotebookId};
use moot_notebook::{DocId, Document, Version};

use super::held_back::HeldBack;
use super::{
    Counts, Loaded, Offered, Posted, Refreshed, Tail, arrival_key, counting, incoming, posted,
};
use crate::limits::TAIL_MAX;
use crate::notebook::Sight;
use crate::rows::{JournalRow, SnapshotRow};
use crate::tx::Tx;

/// A document from its snapshot, with what the snapshot does not hold offered again.
pub(super) fn load(
    notebook: &NotebookId,
    doc: DocId,
    sight: &Sight<'_>,
    tx: &Tx<'_>,
) -> Result<Loaded, ReadError> {
    let mut loaded = Loaded {
        document: Document::new(),
        upto: 0,
        unsettled: BTreeMap::new(),
        claimed: BTreeMap::new(),
        held_back: HeldBack::default(),
        tail: Tail::default(),
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
            again.push((arrival, open_entry(notebook, &entry, sight, tx)?));
        }
    }
    for (arrival, offered) in &again {
        let held = offered.iter().filter(|one| one.counts == Counts::IfNeeded);
        for one in held {
            loaded.held_back.hold(Some(*arrival), one.clone());
        }
    }
    loaded.held_back.find_taken(&loaded.document);
    for (_, offered) in &mut again {
        offered.retain(|one| one.counts == Counts::Always);
    }
    loaded.offer(again);
    loaded.upto = row.upto;
    Ok(loaded)
}

/// A document, and what arrived since it was last brought up to date.
pub(super) struct Gathered {
    pub(super) loaded: Loaded,
    /// How it read and counted before.
    before: (Version, (u64, u64)),
    /// Not offered yet.
    arrivals: Vec<(u64, Vec<Offered>)>,
    /// What the entries among them bring that counts.
    brought: BTreeSet<Posted>,
    /// Whether it must be made again from everything.
    rebuild: bool,
}

impl Gathered {
    pub(super) fn of(
        notebook: &NotebookId,
        doc: DocId,
        mut loaded: Loaded,
        sight: &Sight<'_>,
        tx: &Tx<'_>,
    ) -> Result<Self, ReadError> {
        let after = (loaded.upto > 0).then(|| arrival_key(&doc, loaded.upto));
        let arrivals = read_arrivals(notebook, &doc, after.as_deref(), sight, tx)?;
        let brought = arrivals.iter().flat_map(|(_, offered)| offered);
        let bytes = brought.map(|one| one.bytes.len()).sum();
        loaded.tail.add(arrivals.len(), bytes);
        let entries = arrivals.iter();
        Ok(Self {
            before: (loaded.document.version(), loaded.counts()),
            brought: entries
                .flat_map(|(_, offered)| posted(counting(offered)))
                .collect(),
            loaded,
            arrivals,
            rebuild: false,
        })
    }

    /// Offers the document what arrived. Touches nothing but the document.
    pub(super) fn offer(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        self.rebuild = self.loaded.offer(arrivals).rebuild;
    }

    /// Does what follows from what arrived.
    pub(super) fn finish(
        self,
        notebook: &NotebookId,
        doc: DocId,
        sight: &Sight<'_>,
        tx: &mut Tx<'_>,
    ) -> Result<(Loaded, Refreshed), ReadError> {
        let Self {
            mut loaded,
            before,
            brought,
            mut rebuild,
            ..
        } = self;
        forget_brought(notebook, &doc, &loaded, &brought, sight, tx)?;
        if !rebuild {
            let journalled = read_journal(notebook, &doc, sight, tx)?;
            loaded.held_back.forget_journalled();
            let journalled = journalled.into_iter().map(|one| (None, one));
            rebuild = loaded.take(journalled.collect()).rebuild;
            loaded.settle();
        }
        if rebuild {
            make_again(notebook, doc, &mut loaded, sight, tx)?;
        }
        let changed = before != (loaded.document.version(), loaded.counts());
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
    sight: &Sight<'_>,
    tx: &Tx<'_>,
) -> Result<(), ReadError> {
    let arrivals = read_arrivals(notebook, &doc, None, sight, tx)?;
    let mut all: Vec<(Option<u64>, Offered)> = Vec::new();
    loaded.unsettled.clear();
    loaded.held_back = HeldBack::default();
    for (arrival, offered) in arrivals {
        loaded.arrived(arrival, &offered);
        all.extend(offered.into_iter().map(|one| (Some(arrival), one)));
    }
    let journalled = read_journal(notebook, &doc, sight, tx)?;
    all.extend(journalled.into_iter().map(|one| (None, one)));
    let mut set: Vec<Offered> = Vec::new();
    for (arrival, one) in all {
        match one.counts {
            Counts::Always => set.push(one),
            Counts::IfNeeded => drop(loaded.held_back.hold(arrival, one)),
        }
    }
    loop {
        let (document, ingested) = Document::from_set(&incoming(&set));
        loaded.document = document;
        loaded.remember_misposted(&ingested);
        let needed = loaded.held_back.take_needed(&loaded.document);
        if needed.is_empty() {
            break;
        }
        set.extend(needed);
    }
    loaded.tail.add(TAIL_MAX, 0);
    loaded.settle();
    Ok(())
}

fn read_arrivals(
    notebook: &NotebookId,
    doc: &DocId,
    after: Option<&[u8]>,
    sight: &Sight<'_>,
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
            Ok((number, open_entry(notebook, &entry, sight, tx)?))
        })
        .collect()
}

fn open_entry(
    notebook: &NotebookId,
    entry: &[u8],
    sight: &Sight<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Offered>, ReadError> {
    let entry = EntryId::try_from(entry).map_err(|_| {
        tx.doubt(notebook);
        ReadError::Damaged("an arrival names no entry".to_owned())
    })?;
    sight.open_arrival(tx, &entry)
}

/// The number after the last row of a document's journal.
pub(super) fn end_of_journal(
    notebook: &NotebookId,
    doc: &DocId,
    tx: &Tx<'_>,
) -> Result<u64, ReadError> {
    let last = tx.scan(Space::Journal, notebook, &doc.0)?.pop();
    let number = last.and_then(|(key, _)| key[16..].try_into().map(u64::from_be_bytes).ok());
    Ok(number.map_or(0, |number| number.saturating_add(1)))
}

fn read_journal(
    notebook: &NotebookId,
    doc: &DocId,
    sight: &Sight<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Offered>, ReadError> {
    let rows = tx.rows::<JournalRow>(Space::Journal, notebook, &doc.0)?;
    Ok(rows
        .into_iter()
        .flat_map(|(_, row)| sight.open_row(row))
        .collect())
}

/// Drops journal rows whose changes an entry of whoever made them has brought, and the document has taken. A copy that somebody
/// else posted is refused and brings nothing.
fn forget_brought(
    notebook: &NotebookId,
    doc: &DocId,
    loaded: &Loaded,
    brought: &BTreeSet<Posted>,
    sight: &Sight<'_>,
    tx: &mut Tx<'_>,
) -> Result<(), ReadError> {
    if brought.is_empty() {
        return Ok(());
    }
    for (key, row) in tx.rows::<JournalRow>(Space::Journal, notebook, &doc.0)? {
        let held = |one: &Posted| brought.contains(one) && loaded.document.has(&one.0);
        if posted(&sight.open_row(row)).iter().all(held) {
            tx.delete(Space::Journal, notebook, &key);
        }
    }
    Ok(())
}
