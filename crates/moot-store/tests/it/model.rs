//! What a store must be, as plainly as it can be said: some sorted maps.

use std::collections::BTreeMap;

use moot_log::chain::Chain;
use moot_log::storage::{Indexed, Op, Row, Space};
use moot_log::{ChainId, Entry, EntryId, LogId, NotebookId};

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) rows: BTreeMap<(Space, NotebookId), BTreeMap<Vec<u8>, Vec<u8>>>,
    pub(crate) heads: BTreeMap<(NotebookId, LogId), Vec<u8>>,
    pub(crate) chains: BTreeMap<(NotebookId, ChainId), Chain>,
    pub(crate) entries: BTreeMap<(NotebookId, EntryId), (ChainId, Entry)>,
    pub(crate) documents: BTreeMap<(NotebookId, [u8; 16]), Indexed>,
}

impl Model {
    pub(crate) fn apply(&mut self, op: &Op) {
        match op.clone() {
            Op::PutLogInit {
                notebook,
                log,
                bytes,
            } => {
                self.heads.entry((notebook, log)).or_insert(bytes);
            }
            Op::PutEntry {
                notebook,
                chain,
                entry,
            } => {
                let id = entry.id();
                self.entries
                    .entry((notebook, id))
                    .or_insert((chain, *entry));
            }
            Op::CutChain { notebook, cut } => {
                for ((of, _), (chain, entry)) in &mut self.entries {
                    let is_behind = entry.header().seq >= cut.first_seq;
                    if *of == notebook && *chain == cut.from && is_behind {
                        *chain = cut.to;
                    }
                }
            }
            Op::PutChain { notebook, chain } => {
                self.chains.insert((notebook, chain.id), chain);
            }
            Op::RemoveChain { notebook, chain } => {
                self.chains.remove(&(notebook, chain));
            }
            Op::Put {
                space,
                notebook,
                key,
                value,
            } => {
                self.rows
                    .entry((space, notebook))
                    .or_default()
                    .insert(key, value);
            }
            Op::Delete {
                space,
                notebook,
                key,
            } => {
                self.rows.entry((space, notebook)).or_default().remove(&key);
            }
            Op::Clear { space, notebook } => {
                self.rows.remove(&(space, notebook));
            }
            Op::Index { notebook, document } => {
                self.documents.insert((notebook, document.doc), document);
            }
            Op::Unindex { notebook, doc } => {
                self.documents.remove(&(notebook, doc));
            }
            Op::ClearIndex { notebook } => self.documents.retain(|(of, _), _| *of != notebook),
            Op::Forget { notebook } => {
                self.rows.retain(|(_, of), _| *of != notebook);
                self.heads.retain(|(of, _), _| *of != notebook);
                self.chains.retain(|(of, _), _| *of != notebook);
                self.entries.retain(|(of, _), _| *of != notebook);
                self.documents.retain(|(of, _), _| *of != notebook);
            }
        }
    }

    pub(crate) fn scan(
        &self,
        space: Space,
        notebook: NotebookId,
        prefix: &[u8],
        after: Option<&[u8]>,
        limit: usize,
    ) -> Vec<Row> {
        let rows = self.rows.get(&(space, notebook)).into_iter().flatten();
        rows.filter(|(key, _)| key.starts_with(prefix))
            .filter(|(key, _)| after.is_none_or(|after| key.as_slice() > after))
            .take(limit)
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    pub(crate) fn entries_of(&self, notebook: NotebookId, chain: ChainId) -> Vec<&Entry> {
        let mut entries: Vec<&Entry> = self
            .entries
            .iter()
            .filter(|((of, _), (found, _))| *of == notebook && *found == chain)
            .map(|(_, (_, entry))| entry)
            .collect();
        entries.sort_by_key(|entry| entry.header().seq);
        entries
    }

    /// Documents with all these words, which are lower-case ASCII; the last may go on.
    pub(crate) fn search(&self, notebook: NotebookId, words: &[&str]) -> Vec<[u8; 16]> {
        let Some((last, whole)) = words.split_last() else {
            return Vec::new();
        };
        let of_notebook = self.documents.iter().filter(|((of, _), _)| *of == notebook);
        of_notebook
            .filter(|(_, document)| {
                let text = format!("{} {}", document.title, document.text);
                let has = |test: &dyn Fn(&str) -> bool| text.split(' ').any(test);
                whole.iter().all(|word| has(&|found| found == *word))
                    && has(&|found| found.starts_with(last))
            })
            .map(|((_, doc), _)| *doc)
            .collect()
    }
}
