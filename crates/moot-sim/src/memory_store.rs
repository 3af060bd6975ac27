//! A store in memory that fails and forgets on demand.
//!
//! Owns rows, entries and chains in ordered maps, what of them a power cut would leave, and commits that are told to fail.
//! Never reads meaning into a row.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::rc::Rc;

use moot_log::storage::{
    Batch, CommitError, Durability, Hit, Indexed, Op, ReadError, Reader, Row, Space, Store,
    StoredEntry,
};
use moot_log::{Chain, ChainId, Entry, EntryId, LogId, NotebookId};

/// Everything that is stored, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tables {
    rows: BTreeMap<(Space, NotebookId, Vec<u8>), Vec<u8>>,
    log_inits: BTreeMap<(NotebookId, LogId), Vec<u8>>,
    chains: BTreeMap<(NotebookId, ChainId), Chain>,
    entries: BTreeMap<(NotebookId, EntryId), (Rc<Entry>, ChainId)>,
    places: BTreeMap<(NotebookId, ChainId, u64), EntryId>,
    indexed: BTreeMap<(NotebookId, [u8; 16]), Indexed>,
}

/// A store in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryStore {
    /// What reads see.
    seen: Tables,
    /// What a power cut would leave.
    durable: Tables,
    /// What was written since, and is seen but not durable.
    unsynced: Vec<Batch>,
    fails_next: Option<CommitError>,
    poisoned: bool,
    /// What is committed becomes durable when the group ends.
    in_group: bool,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes the next commit fail with this, and every later one until [`Self::reopen`].
    pub fn fail_next_commit(&mut self, error: CommitError) {
        self.fails_next = Some(error);
    }

    /// Everything that reads see, as a copy on another disk. Copying takes long enough for all of it to get there.
    pub fn copy(&self) -> Self {
        Self {
            seen: self.seen.clone(),
            durable: self.seen.clone(),
            ..Self::default()
        }
    }

    /// Loses an entry where it lies, as a disk does: its place is known, and nothing is there.
    pub fn lose_entry(&mut self, notebook: &NotebookId, chain: &ChainId, seq: u64) {
        for tables in [&mut self.seen, &mut self.durable] {
            if let Some(id) = tables.places.get(&(*notebook, *chain, seq)) {
                tables.entries.remove(&(*notebook, *id));
            }
        }
    }

    /// Takes the files up again after the process was killed: all that was committed is there.
    pub fn reopen(&mut self) {
        self.fails_next = None;
        self.poisoned = false;
    }

    /// Takes the files up again after the power went: what was committed since the last synced commit is gone.
    pub fn lose_power(&mut self) {
        self.seen = self.durable.clone();
        self.unsynced.clear();
        self.in_group = false;
        self.reopen();
    }

    fn sync(&mut self) {
        for written in std::mem::take(&mut self.unsynced) {
            self.durable.apply(&written);
        }
    }
}

impl Tables {
    fn apply(&mut self, batch: &Batch) {
        for op in &batch.ops {
            self.apply_op(op);
        }
    }

    fn apply_op(&mut self, op: &Op) {
        match op {
            Op::PutLogInit {
                notebook,
                log,
                bytes,
            } => {
                let head = self.log_inits.entry((*notebook, *log));
                head.or_insert_with(|| bytes.clone());
            }
            Op::PutEntry {
                notebook,
                chain,
                entry,
            } => self.put_entry(*notebook, *chain, entry),
            Op::CutChain { notebook, cut } => self.cut(*notebook, cut),
            Op::PutChain { notebook, chain } => {
                self.chains.insert((*notebook, chain.id), chain.clone());
            }
            Op::RemoveChain { notebook, chain } => {
                self.chains.remove(&(*notebook, *chain));
            }
            Op::Put {
                space,
                notebook,
                key,
                value,
            } => {
                self.rows
                    .insert((*space, *notebook, key.clone()), value.clone());
            }
            Op::Delete {
                space,
                notebook,
                key,
            } => {
                self.rows.remove(&(*space, *notebook, key.clone()));
            }
            Op::Clear { space, notebook } => {
                self.rows
                    .retain(|(in_space, of, _), _| (in_space, of) != (space, notebook));
            }
            Op::Index { notebook, document } => {
                self.indexed
                    .insert((*notebook, document.doc), document.clone());
            }
            Op::Unindex { notebook, doc } => {
                self.indexed.remove(&(*notebook, *doc));
            }
            Op::ClearIndex { notebook } => self.indexed.retain(|(of, _), _| of != notebook),
            Op::Forget { notebook } => {
                self.rows.retain(|(_, of, _), _| of != notebook);
                self.log_inits.retain(|(of, _), _| of != notebook);
                self.chains.retain(|(of, _), _| of != notebook);
                self.places.retain(|(of, _, _), _| of != notebook);
                self.entries.retain(|(of, _), _| of != notebook);
                self.indexed.retain(|(of, _), _| of != notebook);
            }
        }
    }

    /// An entry that is stored stays where it is. Another one at its position would fail the commit on a disk: whoever made
    /// such a batch is wrong, and a simulation is the place to hear of it.
    fn put_entry(&mut self, notebook: NotebookId, chain: ChainId, entry: &Entry) {
        let id = entry.id();
        if self.entries.contains_key(&(notebook, id)) {
            return;
        }
        let place = (notebook, chain, entry.header().seq);
        let before = self.places.insert(place, id);
        // One that was lost comes back to its place.
        assert!(
            before.is_none_or(|before| before == id),
            "two entries for one position of a chain: {place:?}"
        );
        let kept = (Rc::new(entry.clone()), chain);
        self.entries.insert((notebook, id), kept);
    }

    fn cut(&mut self, notebook: NotebookId, cut: &moot_log::chain::Cut) {
        let moved: Vec<(u64, EntryId)> = self
            .places
            .range((notebook, cut.from, cut.first_seq)..=(notebook, cut.from, u64::MAX))
            .map(|((_, _, seq), id)| (*seq, *id))
            .collect();
        for (seq, id) in moved {
            self.places.remove(&(notebook, cut.from, seq));
            let before = self.places.insert((notebook, cut.to, seq), id);
            assert_eq!(before, None, "a cut moves entries onto others: {cut:?}");
            if let Some((_, chain)) = self.entries.get_mut(&(notebook, id)) {
                *chain = cut.to;
            }
        }
    }
}

impl Reader for MemoryStore {
    fn get(
        &self,
        space: Space,
        notebook: &NotebookId,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self
            .seen
            .rows
            .get(&(space, *notebook, key.to_vec()))
            .cloned())
    }

    fn scan(
        &self,
        space: Space,
        notebook: &NotebookId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Result<Vec<Row>, ReadError> {
        let start = match after {
            Some(after) if after >= prefix => Bound::Excluded((space, *notebook, after.to_vec())),
            _ => Bound::Included((space, *notebook, prefix.to_vec())),
        };
        Ok(self
            .seen
            .rows
            .range((start, Bound::Unbounded))
            .take_while(|((in_space, of, key), _)| {
                (in_space, of) == (&space, notebook) && key.starts_with(prefix)
            })
            .take(limit)
            .map(|((_, _, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn count(&self, space: Space, notebook: &NotebookId) -> Result<u64, ReadError> {
        let start = (space, *notebook, Vec::new());
        Ok(self
            .seen
            .rows
            .range(start..)
            .take_while(|((in_space, of, _), _)| (in_space, of) == (&space, notebook))
            .count() as u64)
    }

    fn log_inits(&self, notebook: &NotebookId) -> Result<Vec<(LogId, Vec<u8>)>, ReadError> {
        Ok(self
            .seen
            .log_inits
            .iter()
            .filter(|((of, _), _)| of == notebook)
            .map(|((_, log), bytes)| (*log, bytes.clone()))
            .collect())
    }

    fn chains(&self, notebook: &NotebookId) -> Result<Vec<Chain>, ReadError> {
        Ok(self
            .seen
            .chains
            .iter()
            .filter(|((of, _), _)| of == notebook)
            .map(|(_, chain)| chain.clone())
            .collect())
    }

    fn entry(&self, notebook: &NotebookId, id: &EntryId) -> Result<Option<StoredEntry>, ReadError> {
        Ok(self
            .seen
            .entries
            .get(&(*notebook, *id))
            .map(|(entry, chain)| StoredEntry {
                entry: Entry::clone(entry),
                chain: *chain,
            }))
    }

    fn locate(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        Ok(self
            .seen
            .entries
            .get(&(*notebook, *id))
            .map(|(entry, chain)| (*chain, entry.header().seq)))
    }

    fn entry_at(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError> {
        Ok(self.seen.places.get(&(*notebook, *chain, seq)).copied())
    }

    fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let places = self
            .seen
            .places
            .range((*notebook, *chain, first_seq)..=(*notebook, *chain, u64::MAX));
        let mut found = Vec::new();
        let mut bytes = 0;
        for id in places.map(|(_, id)| id) {
            let Some((entry, _)) = self.seen.entries.get(&(*notebook, *id)) else {
                return Err(ReadError::Damaged("a place without its entry".to_owned()));
            };
            bytes += entry.header_bytes().len() + entry.body().len();
            found.push(Entry::clone(entry));
            if bytes >= bytes_max {
                break;
            }
        }
        Ok(found)
    }

    fn search(
        &self,
        notebook: &NotebookId,
        query: &str,
        limit: usize,
    ) -> Result<Vec<Hit>, ReadError> {
        let query = query.to_lowercase();
        let words: Vec<&str> = query.split_whitespace().collect();
        if words.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self
            .seen
            .indexed
            .iter()
            .filter(|((of, _), _)| of == notebook)
            .filter(|(_, document)| {
                let text = format!("{} {}", document.title, document.text).to_lowercase();
                words.iter().all(|word| text.contains(word))
            })
            .take(limit)
            .map(|(_, document)| Hit {
                doc: document.doc,
                title: document.title.clone(),
                snippet: String::new(),
                score: 0.0,
            })
            .collect())
    }

    fn indexed(&self, notebook: &NotebookId) -> Result<Vec<Indexed>, ReadError> {
        let of = self.seen.indexed.iter();
        Ok(of
            .filter(|((of, _), _)| of == notebook)
            .map(|(_, document)| document.clone())
            .collect())
    }
}

impl Store for MemoryStore {
    fn commit(&mut self, batch: &Batch) -> Result<(), CommitError> {
        if self.poisoned {
            return Err(CommitError::Poisoned);
        }
        if let Some(error) = self.fails_next.take() {
            self.poisoned = true;
            return Err(error);
        }
        self.seen.apply(batch);
        self.unsynced.push(batch.clone());
        if batch.durability == Durability::Synced && !self.in_group {
            self.sync();
        }
        Ok(())
    }

    fn begin_group(&mut self) -> Result<(), CommitError> {
        self.in_group = true;
        Ok(())
    }

    fn end_group(&mut self) -> Result<(), CommitError> {
        if self.poisoned {
            return Err(CommitError::Poisoned);
        }
        self.in_group = false;
        self.sync();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
