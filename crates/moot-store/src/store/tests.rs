//! Claims that need the connection: what happens when the disk is full.

use std::path::Path;

use moot_log::NotebookId;
use moot_log::storage::{Batch, CommitError, Durability, Op, Reader, Space, Store};

use super::*;

const NOTEBOOK: NotebookId = NotebookId([7; 16]);

fn rows(keys: std::ops::Range<u16>, value_bytes: usize) -> Batch {
    let put = |key: u16| Op::Put {
        space: Space::Snapshot,
        notebook: NOTEBOOK,
        key: key.to_be_bytes().to_vec(),
        value: vec![1; value_bytes],
    };
    Batch {
        ops: keys.map(put).collect(),
        durability: Durability::Synced,
    }
}

fn count(store: &SqliteStore) -> u64 {
    store.count(Space::Snapshot, &NOTEBOOK).unwrap()
}

/// Lets the database grow by this many pages more.
fn fill_disk(store: &SqliteStore, pages_left: i64) {
    let pages: i64 = store
        .connection
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .unwrap();
    let set: i64 = store
        .connection
        .pragma_update_and_check(None, "max_page_count", pages + pages_left, |row| row.get(0))
        .unwrap();
    assert_eq!(set, pages + pages_left);
}

fn reopen(store: SqliteStore, path: &Path) -> SqliteStore {
    drop(store);
    SqliteStore::open(path).unwrap()
}

#[test]
fn a_full_disk_takes_nothing_of_the_batch_and_poisons_until_reopened() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut store = SqliteStore::open(&path).unwrap();
    store.commit(&rows(0..3, 100)).unwrap();
    fill_disk(&store, 20);
    let large = rows(3..500, 4000);
    assert_eq!(store.commit(&large), Err(CommitError::DiskFull));
    assert_eq!(count(&store), 3, "what was there can still be read");
    assert!(store.is_poisoned());
    assert_eq!(store.commit(&rows(9..10, 1)), Err(CommitError::Poisoned));
    assert_eq!(
        store.commit(&Batch::default()),
        Err(CommitError::Poisoned),
        "an empty batch is told too"
    );

    let mut store = reopen(store, &path);
    assert_eq!(count(&store), 3);
    assert_eq!(store.check(), []);
    store.commit(&large).unwrap();
    assert_eq!(count(&store), 500);
}

#[test]
fn what_a_group_had_begun_on_a_full_disk_is_taken_back_and_the_store_goes_on() {
    let mut store = SqliteStore::in_memory();
    store.commit(&rows(0..3, 100)).unwrap();
    fill_disk(&store, 20);
    store.begin_group().unwrap();
    store.commit(&rows(3..6, 100)).unwrap();
    let large = rows(6..500, 4000);
    assert_eq!(store.commit(&large), Err(CommitError::DiskFull));
    store.take_back().unwrap();
    assert_eq!(count(&store), 3);
    fill_disk(&store, 20_000);
    store.commit(&large).unwrap();
    assert_eq!(count(&store), 497);
}

#[test]
fn a_store_that_may_not_be_written_says_so() {
    let mut store = SqliteStore::in_memory();
    store
        .connection
        .pragma_update(None, "query_only", true)
        .unwrap();
    assert!(matches!(
        store.commit(&rows(0..1, 1)),
        Err(CommitError::ReadOnly(_))
    ));
    assert_eq!(store.commit(&rows(0..1, 1)), Err(CommitError::Poisoned));
}

#[test]
fn only_synced_commits_wait_for_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(&directory.path().join("store.db")).unwrap();
    for (durability, synchronous) in [
        (Durability::Relaxed, 1),
        (Durability::Synced, 2),
        (Durability::Relaxed, 1),
    ] {
        let mut batch = rows(0..1, 1);
        batch.durability = durability;
        store.commit(&batch).unwrap();
        let found: i64 = store
            .connection
            .pragma_query_value(None, "synchronous", |row| row.get(0))
            .unwrap();
        assert_eq!(found, synchronous);
    }
}

#[test]
fn a_group_is_read_at_once_and_on_disk_together_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut store = SqliteStore::open(&path).unwrap();
    store.begin_group().unwrap();
    store.commit(&rows(0..2, 10)).unwrap();
    store.commit(&rows(2..5, 10)).unwrap();
    assert_eq!(count(&store), 5, "seen before the group ends");
    let mut store = reopen(store, &path);
    assert_eq!(count(&store), 0, "the group did not end");
    store.begin_group().unwrap();
    store.commit(&rows(0..2, 10)).unwrap();
    store.commit(&rows(2..5, 10)).unwrap();
    store.end_group().unwrap();
    store.begin_group().unwrap();
    store.end_group().unwrap();
    store.commit(&rows(5..6, 10)).unwrap();
    let store = reopen(store, &path);
    assert_eq!(count(&store), 6);
}

#[test]
fn a_group_that_fails_takes_all_of_it_along() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let mut store = SqliteStore::open(&path).unwrap();
    fill_disk(&store, 20);
    store.begin_group().unwrap();
    store.commit(&rows(0..3, 100)).unwrap();
    let large = store
        .commit(&rows(3..500, 4000))
        .and_then(|()| store.end_group());
    assert_eq!(large, Err(CommitError::DiskFull));
    assert_eq!(store.end_group(), Err(CommitError::Poisoned));
    assert_eq!(count(&reopen(store, &path)), 0);
}
