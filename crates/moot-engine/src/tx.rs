//! One handling of one input: what it reads, what it will write, what it will have done.
//!
//! Owns the overlay that lets the rest of the engine read what it has just staged. Nothing here is on disk before the driver
//! has committed the batch.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use moot_log::chain::{Cut, Locate};
use moot_log::storage::{
    Durability, HOME, Hit, Indexed, Op, ReadError, Reader, Row, Space, StoredEntry,
};
use moot_log::{Chain, ChainId, Entry, EntryId, LogId, LogInit, NotebookId};

use crate::command::CommandError;
use crate::machine::{Dial, Effects, Now, ReplyTo, StreamId};
use crate::reply::{Event, Progress, Reply};

type RowKey = (Space, NotebookId, Vec<u8>);

/// A handling under way.
pub(crate) struct Tx<'a> {
    /// The time of this handling.
    pub(crate) now: Now,
    store: &'a dyn Reader,
    effects: Effects,
    asked: Option<ReplyTo>,
    rows: BTreeMap<RowKey, Option<Vec<u8>>>,
    cleared: BTreeSet<(Space, NotebookId)>,
    entries: BTreeMap<(NotebookId, EntryId), StoredEntry>,
    by_place: BTreeMap<(NotebookId, ChainId, u64), EntryId>,
    cuts: Vec<(NotebookId, Cut)>,
    doubted: Cell<Option<NotebookId>>,
}

impl<'a> Tx<'a> {
    pub(crate) fn new(now: Now, store: &'a dyn Reader) -> Self {
        Self {
            now,
            store,
            effects: Effects::default(),
            asked: None,
            rows: BTreeMap::new(),
            cleared: BTreeSet::new(),
            entries: BTreeMap::new(),
            by_place: BTreeMap::new(),
            cuts: Vec::new(),
            doubted: Cell::new(None),
        }
    }

    /// What the driver is to do.
    pub(crate) fn finish(self) -> Effects {
        self.effects
    }

    /// Makes the batch survive a power cut before anything of these effects leaves the engine.
    pub(crate) fn must_be_synced(&mut self) {
        self.effects.commit.durability = Durability::Synced;
    }

    /// Whether anything is to be written.
    pub(crate) fn writes(&self) -> bool {
        !self.effects.commit.is_empty()
    }

    // Rows.

    pub(crate) fn get(
        &self,
        space: Space,
        notebook: &NotebookId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, ReadError> {
        if let Some(staged) = self.rows.get(&(space, *notebook, key.to_vec())) {
            return Ok(staged.clone());
        }
        if self.cleared.contains(&(space, *notebook)) {
            return Ok(None);
        }
        self.store.get(space, notebook, key)
    }

    /// All rows of a space under a prefix, in the order of their keys.
    pub(crate) fn scan(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
    ) -> Result<Vec<Row>, ReadError> {
        self.scan_after(space, notebook, prefix, None)
    }

    /// The same, from after a key on.
    pub(crate) fn scan_after(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
        after: Option<&[u8]>,
    ) -> Result<Vec<Row>, ReadError> {
        let mut found: BTreeMap<Vec<u8>, Vec<u8>> = if self.cleared.contains(&(space, *notebook)) {
            BTreeMap::new()
        } else {
            self.store
                .scan(space, notebook, prefix, after, usize::MAX >> 1)?
                .into_iter()
                .collect()
        };
        let start = (space, *notebook, prefix.to_vec());
        for ((row_space, row_notebook, key), value) in
            self.rows.range((Bound::Included(start), Bound::Unbounded))
        {
            if *row_space != space || row_notebook != notebook || !key.starts_with(prefix) {
                break;
            }
            if after.is_some_and(|after| key.as_slice() <= after) {
                continue;
            }
            match value {
                Some(value) => found.insert(key.clone(), value.clone()),
                None => found.remove(key),
            };
        }
        Ok(found.into_iter().collect())
    }

    pub(crate) fn put(&mut self, space: Space, notebook: &NotebookId, key: &[u8], value: Vec<u8>) {
        self.rows
            .insert((space, *notebook, key.to_vec()), Some(value.clone()));
        self.push(Op::Put {
            space,
            notebook: *notebook,
            key: key.to_vec(),
            value,
        });
    }

    pub(crate) fn delete(&mut self, space: Space, notebook: &NotebookId, key: &[u8]) {
        self.rows.insert((space, *notebook, key.to_vec()), None);
        self.push(Op::Delete {
            space,
            notebook: *notebook,
            key: key.to_vec(),
        });
    }

    pub(crate) fn clear(&mut self, space: Space, notebook: &NotebookId) {
        let staged: Vec<RowKey> = self
            .rows
            .keys()
            .filter(|(s, n, _)| *s == space && n == notebook)
            .cloned()
            .collect();
        for key in staged {
            self.rows.remove(&key);
        }
        self.cleared.insert((space, *notebook));
        self.push(Op::Clear {
            space,
            notebook: *notebook,
        });
    }

    /// How many rows the store has in a space, without what is staged here.
    pub(crate) fn count(&self, space: Space, notebook: &NotebookId) -> Result<u64, ReadError> {
        self.store.count(space, notebook)
    }

    // Typed rows.

    /// A row as one of the types of [`crate::rows`].
    pub(crate) fn row<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        space: Space,
        notebook: &NotebookId,
        key: &[u8],
    ) -> Result<Option<T>, ReadError> {
        let bytes = self.get(space, notebook, key)?;
        let row = bytes.map(|bytes| self.read_row(space, notebook, &bytes));
        Ok(row.transpose()?.flatten())
    }

    /// Rows as one of the types of [`crate::rows`].
    pub(crate) fn rows<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
    ) -> Result<Vec<(Vec<u8>, T)>, ReadError> {
        let rows = self.scan(space, notebook, prefix)?;
        let mut read = Vec::with_capacity(rows.len());
        for (key, bytes) in rows {
            if let Some(row) = self.read_row(space, notebook, &bytes)? {
                read.push((key, row));
            }
        }
        Ok(read)
    }

    /// A row that can be made again is remembered where it does not decode, so that it will be. One that can neither be made
    /// again nor is the truth is as if it were not there: nothing hangs on it that should keep a home from being used.
    fn read_row<T: for<'b> minicbor::Decode<'b, ()>>(
        &self,
        space: Space,
        notebook: &NotebookId,
        bytes: &[u8],
    ) -> Result<Option<T>, ReadError> {
        let error = match minicbor::decode(bytes) {
            Ok(row) => return Ok(Some(row)),
            Err(error) => error,
        };
        match space {
            Space::Home | Space::Notebook | Space::Key => {}
            space if space == Space::Snapshot || !space.is_projection() => return Ok(None),
            _ => self.doubt(notebook),
        }
        let why = format!("a row of {space:?} does not decode: {error}");
        Err(ReadError::Damaged(why))
    }

    /// Takes down that something made of a notebook's entries is not what it must be.
    pub(crate) fn doubt(&self, notebook: &NotebookId) {
        self.doubted.set(Some(*notebook));
    }

    /// Of which notebook something is to be made again.
    pub(crate) fn doubted(&self) -> Option<NotebookId> {
        self.doubted.get()
    }

    pub(crate) fn put_row<T: minicbor::Encode<()>>(
        &mut self,
        space: Space,
        notebook: &NotebookId,
        key: &[u8],
        row: &T,
    ) {
        self.put(space, notebook, key, encode_row(row));
    }

    // Entries, chains, heads of logs.

    /// The notebooks of the home.
    pub(crate) fn notebooks(&self) -> Result<Vec<NotebookId>, ReadError> {
        let rows = self.scan(Space::Notebook, &HOME, &[])?;
        Ok(rows
            .iter()
            .filter_map(|(key, _)| NotebookId::try_from(key.as_slice()).ok())
            .collect())
    }

    /// The chains of a notebook, as the store has them.
    pub(crate) fn chains(&self, notebook: &NotebookId) -> Result<Vec<Chain>, ReadError> {
        self.store.chains(notebook)
    }

    /// The heads of a notebook's logs, as the store has them.
    pub(crate) fn log_inits(
        &self,
        notebook: &NotebookId,
    ) -> Result<Vec<(LogId, Vec<u8>)>, ReadError> {
        self.store.log_inits(notebook)
    }

    pub(crate) fn entry(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<Entry>, ReadError> {
        if let Some(staged) = self.entries.get(&(*notebook, *id)) {
            return Ok(Some(staged.entry.clone()));
        }
        Ok(self.store.entry(notebook, id)?.map(|stored| stored.entry))
    }

    /// Where entries of a notebook stand, those staged here included.
    pub(crate) fn places(&self, notebook: NotebookId) -> Places<'_, 'a> {
        Places { tx: self, notebook }
    }

    pub(crate) fn put_entry(&mut self, notebook: NotebookId, chain: ChainId, entry: Entry) {
        self.by_place
            .insert((notebook, chain, entry.header().seq), entry.id());
        self.entries.insert(
            (notebook, entry.id()),
            StoredEntry {
                entry: entry.clone(),
                chain,
            },
        );
        self.push(Op::PutEntry {
            notebook,
            chain,
            entry: Box::new(entry),
        });
    }

    pub(crate) fn cut_chain(&mut self, notebook: NotebookId, cut: Cut) {
        let moved: Vec<(u64, EntryId)> = self
            .by_place
            .range((notebook, cut.from, cut.first_seq)..=(notebook, cut.from, u64::MAX))
            .map(|((_, _, seq), id)| (*seq, *id))
            .collect();
        for (seq, id) in moved {
            self.by_place.remove(&(notebook, cut.from, seq));
            self.by_place.insert((notebook, cut.to, seq), id);
            if let Some(stored) = self.entries.get_mut(&(notebook, id)) {
                stored.chain = cut.to;
            }
        }
        self.cuts.push((notebook, cut.clone()));
        self.push(Op::CutChain { notebook, cut });
    }

    pub(crate) fn put_chain(&mut self, notebook: NotebookId, chain: Chain) {
        self.push(Op::PutChain { notebook, chain });
    }

    pub(crate) fn remove_chain(&mut self, notebook: NotebookId, chain: ChainId) {
        self.push(Op::RemoveChain { notebook, chain });
    }

    pub(crate) fn put_log_init(&mut self, notebook: NotebookId, log: LogId, init: &LogInit) {
        self.push(Op::PutLogInit {
            notebook,
            log,
            bytes: init.encode().to_vec(),
        });
    }

    /// Entries of a chain from a position on, those staged here included, about so many bytes of them.
    pub(crate) fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let mut found = Vec::new();
        let mut bytes = 0;
        if !self.cuts.iter().any(|(cut_in, _)| cut_in == notebook) {
            found = self
                .store
                .entries_from(notebook, chain, first_seq, bytes_max)?;
            bytes = found
                .iter()
                .map(|entry| entry.body().len() + moot_log::limits::HEADER_BYTES)
                .sum();
        }
        let mut next = first_seq + found.len() as u64;
        while bytes < bytes_max {
            let Some(id) = self.places(*notebook).find(chain, next)? else {
                break;
            };
            let Some(entry) = self.entry(notebook, &id)? else {
                break;
            };
            bytes += entry.body().len() + moot_log::limits::HEADER_BYTES;
            found.push(entry);
            next += 1;
        }
        Ok(found)
    }

    // Search.

    pub(crate) fn search(
        &self,
        notebook: &NotebookId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, ReadError> {
        let found = self.store.search(notebook, query, limit);
        if matches!(found, Err(ReadError::Damaged(_))) {
            self.doubt(notebook);
        }
        found
    }

    /// What the search index holds of a notebook, with what is staged here.
    pub(crate) fn indexed(
        &self,
        notebook: &NotebookId,
    ) -> Result<BTreeMap<[u8; 16], Indexed>, ReadError> {
        let kept = self.store.indexed(notebook)?.into_iter();
        let mut indexed: BTreeMap<_, _> = kept.map(|document| (document.doc, document)).collect();
        for op in &self.effects.commit.ops {
            match op {
                Op::Index {
                    notebook: of,
                    document,
                } if of == notebook => {
                    indexed.insert(document.doc, document.clone());
                }
                Op::Unindex { notebook: of, doc } if of == notebook => {
                    indexed.remove(doc);
                }
                Op::ClearIndex { notebook: of } if of == notebook => indexed.clear(),
                _ => {}
            }
        }
        Ok(indexed)
    }

    pub(crate) fn index(&mut self, notebook: NotebookId, document: Indexed) {
        self.push(Op::Index { notebook, document });
    }

    pub(crate) fn unindex(&mut self, notebook: NotebookId, doc: [u8; 16]) {
        self.push(Op::Unindex { notebook, doc });
    }

    pub(crate) fn clear_index(&mut self, notebook: NotebookId) {
        self.push(Op::ClearIndex { notebook });
    }

    // What is to be done outside.

    pub(crate) fn send(&mut self, stream: StreamId, frames: Vec<Vec<u8>>) {
        self.effects
            .sends
            .extend(frames.into_iter().map(|frame| (stream, frame)));
    }

    pub(crate) fn close(&mut self, stream: StreamId, reason: impl Into<String>) {
        self.effects.closes.push((stream, reason.into()));
    }

    pub(crate) fn authorised(&mut self, stream: StreamId) {
        self.effects.authorised.push(stream);
    }

    pub(crate) fn dial(&mut self, dial: Dial) {
        self.effects.dials.push(dial);
    }

    pub(crate) fn reply(&mut self, to: ReplyTo, answer: Result<Reply, CommandError>) {
        self.effects.replies.push((to, answer));
    }

    pub(crate) fn progress(&mut self, to: ReplyTo, text: impl Into<String>) {
        self.effects
            .progress
            .push((to, Progress { text: text.into() }));
    }

    pub(crate) fn event(&mut self, event: Event) {
        self.effects.events.push(event);
    }

    pub(crate) fn marker(&mut self, marker: Vec<u8>) {
        self.effects.marker = Some(marker);
    }

    /// Asks to be called again at this time on the steady clock, or earlier.
    pub(crate) fn wake_at(&mut self, steady_ms: u64) {
        let earliest = self
            .effects
            .next_tick_ms
            .map_or(steady_ms, |earlier| earlier.min(steady_ms));
        self.effects.next_tick_ms = Some(earliest);
    }

    /// Remembers who asked, so that they are answered even where the handling breaks off.
    pub(crate) fn asks(&mut self, reply_to: ReplyTo) {
        self.asked = Some(reply_to);
    }

    /// Who asked and was not answered.
    pub(crate) fn asked(&self) -> Option<ReplyTo> {
        self.asked.filter(|asked| {
            self.effects
                .replies
                .iter()
                .all(|(answered, _)| answered != asked)
        })
    }

    /// How much is staged so far.
    pub(crate) fn staged(&self) -> Staged {
        Staged {
            ops: self.effects.commit.ops.len(),
            events: self.effects.events.len(),
        }
    }

    /// Takes back what was staged since, but for what is read: the caller reads nothing of it any more.
    pub(crate) fn unstage(&mut self, staged: Staged) {
        self.effects.commit.ops.truncate(staged.ops);
        self.effects.events.truncate(staged.events);
    }

    /// Whether everything staged since can be made again from what was there before.
    pub(crate) fn only_made_again_since(&self, staged: Staged) -> bool {
        let is_made = |op: &Op| match op {
            Op::Put { space, .. } | Op::Delete { space, .. } | Op::Clear { space, .. } => {
                space.is_projection()
            }
            Op::Index { .. } | Op::Unindex { .. } | Op::ClearIndex { .. } => true,
            Op::Forget { .. }
            | Op::PutLogInit { .. }
            | Op::PutEntry { .. }
            | Op::CutChain { .. }
            | Op::PutChain { .. }
            | Op::RemoveChain { .. } => false,
        };
        self.effects.commit.ops[staged.ops..].iter().all(is_made)
    }

    /// How many events are to be told.
    pub(crate) fn events_told(&self) -> usize {
        self.effects.events.len()
    }

    /// Takes events back beyond so many.
    pub(crate) fn untell_events(&mut self, told: usize) {
        self.effects.events.truncate(told);
    }

    /// What is seen here, to go on from on the side: nothing that is staged there is written.
    pub(crate) fn on_the_side(&self) -> Self {
        Self {
            rows: self.rows.clone(),
            cleared: self.cleared.clone(),
            entries: self.entries.clone(),
            by_place: self.by_place.clone(),
            cuts: self.cuts.clone(),
            ..Self::new(self.now, self.store)
        }
    }

    /// The same handling with nothing to be done.
    pub(crate) fn without_effects(self) -> Self {
        Self::new(self.now, self.store)
    }

    fn push(&mut self, op: Op) {
        self.effects.commit.ops.push(op);
    }
}

/// How much was staged at some point of a handling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Staged {
    ops: usize,
    events: usize,
}

/// Where entries of one notebook stand.
pub(crate) struct Places<'t, 'a> {
    tx: &'t Tx<'a>,
    notebook: NotebookId,
}

impl Places<'_, '_> {
    /// Whether an entry is held, and where.
    pub(crate) fn seek(&self, id: &EntryId) -> Result<Option<(ChainId, u64)>, ReadError> {
        if let Some(staged) = self.tx.entries.get(&(self.notebook, *id)) {
            return Ok(Some((staged.chain, staged.entry.header().seq)));
        }
        let Some((mut chain, seq)) = self.tx.store.locate(&self.notebook, id)? else {
            return Ok(None);
        };
        for (_, cut) in self
            .tx
            .cuts
            .iter()
            .filter(|(notebook, _)| *notebook == self.notebook)
        {
            if cut.from == chain && seq >= cut.first_seq {
                chain = cut.to;
            }
        }
        Ok(Some((chain, seq)))
    }

    /// The entry at a position of a chain.
    pub(crate) fn find(&self, chain: &ChainId, seq: u64) -> Result<Option<EntryId>, ReadError> {
        if let Some(staged) = self.tx.by_place.get(&(self.notebook, *chain, seq)) {
            return Ok(Some(*staged));
        }
        let mut stored_in = *chain;
        for (_, cut) in self
            .tx
            .cuts
            .iter()
            .rev()
            .filter(|(notebook, _)| *notebook == self.notebook)
        {
            if cut.to == stored_in && seq >= cut.first_seq {
                stored_in = cut.from;
            }
        }
        self.tx.store.entry_at(&self.notebook, &stored_in, seq)
    }
}

/// A store that does not answer looks empty here: the caller has asked [`Places::seek`] first, which tells the difference.
impl Locate for Places<'_, '_> {
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)> {
        self.seek(id).ok().flatten()
    }

    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId> {
        self.find(chain, seq).ok().flatten()
    }
}

/// The bytes of a row. Encoding into memory cannot fail.
pub(crate) fn encode_row<T: minicbor::Encode<()>>(row: &T) -> Vec<u8> {
    minicbor::to_vec(row).expect("encoding into memory does not fail")
}
