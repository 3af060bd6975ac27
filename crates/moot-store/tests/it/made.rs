//! Entries, chains and batches made for tests: by fixed keys, so that equal calls give equal bytes.

use moot_log::chain::Chain;
use moot_log::entry::Draft;
use moot_log::storage::{Batch, Durability, Op, Space};
use moot_log::{ChainId, Entry, EntryId, KeyId, Kind, LogId, NotebookId, SigningKey};

pub(crate) const NOTEBOOK: NotebookId = NotebookId([7; 16]);
pub(crate) const OTHER: NotebookId = NotebookId([8; 16]);

/// The first `count` entries of a log, with bodies of this many bytes.
pub(crate) fn log(log: LogId, count: u64, body_bytes: usize) -> Vec<Entry> {
    let key = SigningKey::from_bytes(&[3; 32]);
    let mut prev = EntryId(log.0);
    (0..count)
        .map(|seq| {
            let draft = Draft {
                kind: Kind::Sealed,
                log_id: log,
                seq,
                prev,
                key_id: KeyId([9; 32]),
            };
            let body = vec![u8::try_from(seq % 251).unwrap(); body_bytes];
            let entry = Entry::sign(&draft, body, &key).unwrap();
            prev = entry.id();
            entry
        })
        .collect()
}

/// The chain of an unbranched log.
pub(crate) fn chain(entries: &[Entry]) -> Chain {
    let last = entries.last().unwrap();
    Chain {
        id: ChainId::from(last.header().log_id),
        log: last.header().log_id,
        parent: None,
        first_seq: 0,
        len: last.header().seq + 1,
        tip: last.id(),
    }
}

/// What puts entries into their log's first chain.
pub(crate) fn put_entries(notebook: NotebookId, entries: &[Entry]) -> Vec<Op> {
    entries
        .iter()
        .map(|entry| Op::PutEntry {
            notebook,
            chain: ChainId::from(entry.header().log_id),
            entry: Box::new(entry.clone()),
        })
        .collect()
}

/// What puts a row.
pub(crate) fn put(space: Space, key: &[u8], value: &[u8]) -> Op {
    Op::Put {
        space,
        notebook: NOTEBOOK,
        key: key.to_vec(),
        value: value.to_vec(),
    }
}

pub(crate) fn synced(ops: Vec<Op>) -> Batch {
    Batch {
        ops,
        durability: Durability::Synced,
    }
}

pub(crate) fn relaxed(ops: Vec<Op>) -> Batch {
    Batch {
        ops,
        durability: Durability::Relaxed,
    }
}
