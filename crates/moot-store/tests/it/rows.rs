//! What is written is read again.

use moot_log::chain::Cut;
use moot_log::storage::{Indexed, Op, ReadError, Reader, Space, Store, StoredEntry};
use moot_log::{ChainId, LogId};
use moot_store::SqliteStore;

use crate::made::{NOTEBOOK, OTHER, chain, log, put, put_entries, relaxed, synced};

#[test]
fn a_committed_entry_is_read_by_id_and_by_position() {
    let mut store = SqliteStore::in_memory();
    let entries = log(LogId([1; 32]), 3, 40);
    let home = ChainId([1; 32]);
    store
        .commit(&synced(put_entries(NOTEBOOK, &entries)))
        .unwrap();
    for (seq, entry) in (0..).zip(&entries) {
        let stored = StoredEntry {
            entry: entry.clone(),
            chain: home,
        };
        assert_eq!(store.entry(&NOTEBOOK, &entry.id()), Ok(Some(stored)));
        assert_eq!(store.locate(&NOTEBOOK, &entry.id()), Ok(Some((home, seq))));
        assert_eq!(store.entry_at(&NOTEBOOK, &home, seq), Ok(Some(entry.id())));
        assert_eq!(store.entry(&OTHER, &entry.id()), Ok(None));
    }
    assert_eq!(store.entry_at(&NOTEBOOK, &home, u64::MAX), Ok(None));
}

/// A note of a megabyte: entries of 256 KiB, a snapshot, and all of it in the index; read again from the file.
#[test]
fn a_note_of_a_megabyte_is_kept_in_a_file_and_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("moot.db");
    let entries = log(LogId([1; 32]), 5, 256 << 10);
    let line = "Ein Satz, der länger ist, als er sein müßte: 世界 🦊.\n";
    let text = format!("{}zuletzt", line.repeat((1 << 20) / line.len() + 1));
    let snapshot: Vec<u8> = (0..3 << 20)
        .map(|at: u32| at.to_le_bytes()[0] ^ 5)
        .collect();
    let mut ops = put_entries(NOTEBOOK, &entries);
    ops.push(put(Space::Snapshot, &[1; 16], &snapshot));
    ops.push(Op::Index {
        notebook: NOTEBOOK,
        document: Indexed {
            doc: [1; 16],
            title: "Long".to_owned(),
            text,
        },
    });
    let mut store = SqliteStore::open(&path).unwrap();
    store.commit(&synced(ops)).unwrap();
    drop(store);
    let store = SqliteStore::open(&path).unwrap();
    let home = ChainId([1; 32]);
    let mut read = Vec::new();
    while read.len() < entries.len() {
        let from = read.len() as u64;
        let some = store.entries_from(&NOTEBOOK, &home, from, 256 << 10);
        read.extend(some.unwrap());
    }
    assert!(read == entries, "not the same entries");
    let kept = store.get(Space::Snapshot, &NOTEBOOK, &[1; 16]).unwrap();
    assert!(kept == Some(snapshot), "not the same snapshot");
    let hits = store.search(&NOTEBOOK, "zuletzt", 5).unwrap();
    assert_eq!(hits.len(), 1);
    assert!(hits[0].snippet.len() < 1_000, "{}", hits[0].snippet.len());
}

#[test]
fn entries_are_read_from_a_position_until_the_bytes_are_reached() {
    let mut store = SqliteStore::in_memory();
    let entries = log(LogId([1; 32]), 6, 92);
    let home = ChainId([1; 32]);
    store
        .commit(&synced(put_entries(NOTEBOOK, &entries)))
        .unwrap();
    let read = |first, bytes| store.entries_from(&NOTEBOOK, &home, first, bytes).unwrap();
    assert_eq!(read(0, usize::MAX), entries);
    assert_eq!(read(2, 900), entries[2..5], "300 bytes each");
    assert_eq!(read(2, 901), entries[2..6]);
    assert_eq!(read(5, 0), entries[5..], "at least one");
    assert_eq!(read(6, 900), []);
    assert_eq!(read(u64::MAX, 900), []);
}

#[test]
fn an_entry_that_is_stored_already_is_left_as_it_is() {
    let mut store = SqliteStore::in_memory();
    let entries = log(LogId([1; 32]), 1, 10);
    let again = Op::PutEntry {
        notebook: NOTEBOOK,
        chain: ChainId([5; 32]),
        entry: Box::new(entries[0].clone()),
    };
    store
        .commit(&synced(put_entries(NOTEBOOK, &entries)))
        .unwrap();
    store.commit(&synced(vec![again])).unwrap();
    let found = store.locate(&NOTEBOOK, &entries[0].id());
    assert_eq!(found, Ok(Some((ChainId([1; 32]), 0))));
}

#[test]
fn a_cut_moves_all_from_its_position_on() {
    let mut store = SqliteStore::in_memory();
    let entries = log(LogId([1; 32]), 5, 10);
    let (from, to) = (ChainId([1; 32]), ChainId([2; 32]));
    let cut = Cut {
        from,
        to,
        first_seq: 3,
    };
    store
        .commit(&synced(put_entries(NOTEBOOK, &entries)))
        .unwrap();
    store
        .commit(&relaxed(vec![Op::CutChain {
            notebook: NOTEBOOK,
            cut,
        }]))
        .unwrap();
    let read = |chain, first| store.entries_from(&NOTEBOOK, &chain, first, usize::MAX);
    assert_eq!(read(from, 0), Ok(entries[..3].to_vec()));
    assert_eq!(read(to, 0), Ok(entries[3..].to_vec()));
}

#[test]
fn two_entries_for_one_position_of_a_chain_fail_the_commit() {
    let mut store = SqliteStore::in_memory();
    let short = log(LogId([1; 32]), 1, 10);
    let long = log(LogId([1; 32]), 1, 11);
    store
        .commit(&synced(put_entries(NOTEBOOK, &short)))
        .unwrap();
    store
        .commit(&synced(put_entries(NOTEBOOK, &long)))
        .unwrap_err();
    assert_eq!(store.locate(&NOTEBOOK, &long[0].id()), Ok(None));
}

#[test]
fn one_entry_may_stand_in_two_notebooks() {
    let mut store = SqliteStore::in_memory();
    let entries = log(LogId([1; 32]), 1, 10);
    for notebook in [NOTEBOOK, OTHER] {
        store
            .commit(&synced(put_entries(notebook, &entries)))
            .unwrap();
    }
    let id = entries[0].id();
    assert_eq!(store.locate(&NOTEBOOK, &id), store.locate(&OTHER, &id));
}

#[test]
fn a_chain_and_the_head_of_a_log_are_read_as_they_were_put() {
    let mut store = SqliteStore::in_memory();
    let mut row = chain(&log(LogId([1; 32]), 4, 10));
    row.parent = Some(ChainId([6; 32]));
    let head = |bytes: &[u8]| Op::PutLogInit {
        notebook: NOTEBOOK,
        log: row.log,
        bytes: bytes.to_vec(),
    };
    let put_chain = Op::PutChain {
        notebook: NOTEBOOK,
        chain: row.clone(),
    };
    store
        .commit(&relaxed(vec![head(b"first"), head(b"second"), put_chain]))
        .unwrap();
    assert_eq!(store.chains(&NOTEBOOK), Ok(vec![row.clone()]));
    let heads = store.log_inits(&NOTEBOOK);
    assert_eq!(heads, Ok(vec![(row.log, b"first".to_vec())]));
    let remove = Op::RemoveChain {
        notebook: NOTEBOOK,
        chain: row.id,
    };
    store.commit(&relaxed(vec![remove])).unwrap();
    assert_eq!(store.chains(&NOTEBOOK), Ok(vec![]));
}

#[test]
fn every_space_keeps_its_own_rows() {
    let mut store = SqliteStore::in_memory();
    let value = |space: Space| vec![space as u8; 3];
    let ops = Space::ALL.map(|space| put(space, b"key", &value(space)));
    store.commit(&relaxed(ops.to_vec())).unwrap();
    for space in Space::ALL {
        let found: Result<_, ReadError> = store.get(space, &NOTEBOOK, b"key");
        assert_eq!(found, Ok(Some(value(space))), "{space:?}");
        assert_eq!(store.count(space, &NOTEBOOK), Ok(1));
        assert_eq!(store.count(space, &OTHER), Ok(0));
    }
}
