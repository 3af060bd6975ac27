//! The store and the model do the same, whatever is done to them.

use std::sync::LazyLock;

use moot_log::chain::{Chain, Cut};
use moot_log::storage::{Batch, Durability, Indexed, Op, Reader, Space, Store};
use moot_log::{ChainId, Entry, EntryId, LogId, NotebookId};
use moot_store::SqliteStore;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use crate::made::{NOTEBOOK, OTHER, log};
use crate::model::Model;

const NOTEBOOKS: [NotebookId; 2] = [NOTEBOOK, OTHER];
const SPACES: [Space; 3] = [Space::Key, Space::Journal, Space::Link];
const LOGS: [LogId; 2] = [LogId([1; 32]), LogId([2; 32])];
const WORDS: [&str; 5] = ["tea", "teapot", "bread", "brings", "x"];
static ENTRIES: LazyLock<Vec<Entry>> =
    LazyLock::new(|| LOGS.iter().flat_map(|id| log(*id, 5, 30)).collect());

fn notebook() -> impl Strategy<Value = NotebookId> {
    select(&NOTEBOOKS[..])
}

fn space() -> impl Strategy<Value = Space> {
    select(&SPACES[..])
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(select(&[0, 1, 0xfe, 0xff][..]), 0..4)
}

fn words() -> impl Strategy<Value = String> {
    vec(select(&WORDS[..]), 0..4).prop_map(|words| words.join(" "))
}

fn doc() -> impl Strategy<Value = [u8; 16]> {
    (0..4_u8).prop_map(|doc| [doc; 16])
}

/// The chain that takes a log's entries from a position on when it is cut there.
fn cut_off(log: LogId, seq: u64) -> ChainId {
    let mut id = log.0;
    id[31] = 100 + u8::try_from(seq).unwrap();
    ChainId(id)
}

fn chain() -> impl Strategy<Value = Chain> {
    (
        select(&LOGS[..]),
        any::<Option<[u8; 32]>>(),
        0..9_u64,
        0..i64::MAX as u64,
    )
        .prop_map(|(log, parent, first_seq, len)| Chain {
            id: ChainId::from(log),
            log,
            parent: parent.map(ChainId),
            first_seq,
            len,
            tip: EntryId([7; 32]),
        })
}

fn op() -> impl Strategy<Value = Op> {
    let rows = prop_oneof![
        6 => (space(), notebook(), key(), key()).prop_map(|(space, notebook, key, value)| Op::Put { space, notebook, key, value }),
        2 => (space(), notebook(), key()).prop_map(|(space, notebook, key)| Op::Delete { space, notebook, key }),
        1 => (space(), notebook()).prop_map(|(space, notebook)| Op::Clear { space, notebook }),
    ];
    let entries = prop_oneof![
        6 => (notebook(), 0..10_usize).prop_map(|(notebook, at)| {
            let entry = ENTRIES[at].clone();
            Op::PutEntry { notebook, chain: ChainId::from(entry.header().log_id), entry: Box::new(entry) }
        }),
        1 => (notebook(), select(&LOGS[..]), 0..5_u64).prop_map(|(notebook, log, seq)| Op::CutChain {
            notebook,
            cut: Cut { from: ChainId::from(log), to: cut_off(log, seq), first_seq: seq },
        }),
        1 => (notebook(), chain()).prop_map(|(notebook, chain)| Op::PutChain { notebook, chain }),
        1 => (notebook(), select(&LOGS[..])).prop_map(|(notebook, log)| Op::RemoveChain { notebook, chain: ChainId::from(log) }),
        1 => (notebook(), select(&LOGS[..]), key()).prop_map(|(notebook, log, bytes)| Op::PutLogInit { notebook, log, bytes }),
    ];
    let index = prop_oneof![
        6 => (notebook(), doc(), words(), words()).prop_map(|(notebook, doc, title, text)| Op::Index {
            notebook,
            document: Indexed { doc, title, text },
        }),
        2 => (notebook(), doc()).prop_map(|(notebook, doc)| Op::Unindex { notebook, doc }),
        1 => notebook().prop_map(|notebook| Op::ClearIndex { notebook }),
        1 => notebook().prop_map(|notebook| Op::Forget { notebook }),
    ];
    prop_oneof![rows, entries, index]
}

fn batch() -> impl Strategy<Value = Batch> {
    let durability = select(&[Durability::Relaxed, Durability::Synced][..]);
    (vec(op(), 0..12), durability).prop_map(|(ops, durability)| Batch { ops, durability })
}

fn compare_rows(
    store: &SqliteStore,
    model: &Model,
    prefix: &[u8],
    after: Option<&[u8]>,
    limit: usize,
) {
    for (space, notebook) in SPACES
        .iter()
        .flat_map(|space| NOTEBOOKS.map(|of| (*space, of)))
    {
        let all = model.scan(space, notebook, &[], None, usize::MAX);
        assert_eq!(
            store.scan(space, &notebook, &[], None, usize::MAX).unwrap(),
            all
        );
        assert_eq!(store.count(space, &notebook).unwrap(), all.len() as u64);
        for (key, value) in all {
            assert_eq!(store.get(space, &notebook, &key).unwrap(), Some(value));
        }
        assert_eq!(
            store.scan(space, &notebook, prefix, after, limit).unwrap(),
            model.scan(space, notebook, prefix, after, limit),
            "prefix {prefix:?} after {after:?} limit {limit}"
        );
    }
}

fn compare_entries(store: &SqliteStore, model: &Model, notebook: NotebookId) {
    for entry in ENTRIES.iter() {
        let id = entry.id();
        let stored = model.entries.get(&(notebook, id));
        let place = stored.map(|(chain, entry)| (*chain, entry.header().seq));
        assert_eq!(store.locate(&notebook, &id).unwrap(), place);
        let read = store.entry(&notebook, &id).unwrap();
        assert_eq!(read.map(|read| (read.chain, read.entry)), stored.cloned());
    }
    for log in LOGS {
        let chains = (0..5)
            .map(|seq| cut_off(log, seq))
            .chain([ChainId::from(log)]);
        for chain in chains {
            let read = store
                .entries_from(&notebook, &chain, 0, usize::MAX)
                .unwrap();
            assert_eq!(
                read.iter().collect::<Vec<_>>(),
                model.entries_of(notebook, chain)
            );
            for entry in &read {
                let at = store.entry_at(&notebook, &chain, entry.header().seq);
                assert_eq!(at.unwrap(), Some(entry.id()));
            }
        }
    }
    let chains: Vec<Chain> = model
        .chains
        .iter()
        .filter(|((of, _), _)| *of == notebook)
        .map(|(_, chain)| chain.clone())
        .collect();
    assert_eq!(store.chains(&notebook).unwrap(), chains);
    let heads: Vec<_> = model
        .heads
        .iter()
        .filter(|((of, _), _)| *of == notebook)
        .map(|((_, log), head)| (*log, head.clone()))
        .collect();
    assert_eq!(store.log_inits(&notebook).unwrap(), heads);
}

fn compare_search(store: &SqliteStore, model: &Model, query: &str) {
    let words: Vec<&str> = query.split_whitespace().collect();
    for notebook in NOTEBOOKS {
        let hits = store.search(&notebook, query, 100).unwrap();
        let mut docs: Vec<[u8; 16]> = hits.iter().map(|hit| hit.doc).collect();
        docs.sort_unstable();
        assert_eq!(docs, model.search(notebook, &words), "{query:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn the_store_does_what_sorted_maps_would(
        batches in vec(batch(), 1..8),
        prefix in key(),
        after in proptest::option::of(key()),
        limit in 0..6_usize,
        query in words(),
    ) {
        let mut store = SqliteStore::in_memory();
        let mut model = Model::default();
        for batch in &batches {
            store.commit(batch).unwrap();
            batch.ops.iter().for_each(|op| model.apply(op));
        }
        compare_rows(&store, &model, &prefix, after.as_deref(), limit);
        for notebook in NOTEBOOKS {
            compare_entries(&store, &model, notebook);
        }
        compare_search(&store, &model, &query);
    }
}
