//! Claims about the faults, and that reads answer what was committed.

use moot_log::chain::Cut;
use moot_log::entry::Draft;
use moot_log::storage::HOME;
use moot_log::{KeyId, Kind, SigningKey};

use super::*;

const FROM: ChainId = ChainId([1; 32]);
const TO: ChainId = ChainId([2; 32]);

fn batch(ops: &[Op], durability: Durability) -> Batch {
    Batch {
        ops: ops.to_vec(),
        durability,
    }
}

fn put(key: &[u8], value: &[u8]) -> Op {
    Op::Put {
        space: Space::Home,
        notebook: HOME,
        key: key.to_vec(),
        value: value.to_vec(),
    }
}

fn log(count: u64) -> Vec<Entry> {
    let mut prev = EntryId(FROM.0);
    (0..count)
        .map(|seq| {
            let draft = Draft {
                kind: Kind::Sealed,
                log_id: LogId(FROM.0),
                seq,
                prev,
                key_id: KeyId([9; 32]),
            };
            let key = SigningKey::from_bytes(&[3; 32]);
            let entry = Entry::sign(&draft, vec![0; 92], &key).unwrap();
            prev = entry.id();
            entry
        })
        .collect()
}

fn put_entry(entry: &Entry) -> Op {
    Op::PutEntry {
        notebook: HOME,
        chain: FROM,
        entry: Box::new(entry.clone()),
    }
}

fn rows(store: &MemoryStore) -> Vec<Row> {
    store
        .scan(Space::Home, &HOME, &[], None, usize::MAX)
        .unwrap()
}

fn row(key: &[u8], value: &[u8]) -> Row {
    (key.to_vec(), value.to_vec())
}

#[test]
fn a_power_cut_takes_the_relaxed_commits_after_the_last_synced_one() {
    let entries = log(3);
    let mut store = MemoryStore::new();
    let kept: Vec<Op> = entries.iter().map(put_entry).collect();
    store.commit(&batch(&kept, Durability::Relaxed)).unwrap();
    store
        .commit(&batch(
            &[put(b"a", b"1"), put(b"b", b"1")],
            Durability::Synced,
        ))
        .unwrap();
    let cut = Cut {
        from: FROM,
        to: TO,
        first_seq: 1,
    };
    let lost = [
        put(b"a", b"2"),
        put(b"c", b"2"),
        Op::Delete {
            space: Space::Home,
            notebook: HOME,
            key: b"b".to_vec(),
        },
        Op::CutChain {
            notebook: HOME,
            cut,
        },
    ];
    store.commit(&batch(&lost, Durability::Relaxed)).unwrap();
    store
        .commit(&batch(
            &[Op::Clear {
                space: Space::Home,
                notebook: HOME,
            }],
            Durability::Relaxed,
        ))
        .unwrap();
    assert_eq!(rows(&store), []);
    store.reopen();
    assert_eq!(rows(&store), [], "a killed process takes nothing");
    assert_eq!(store.locate(&HOME, &entries[2].id()), Ok(Some((TO, 2))));

    store.lose_power();
    assert_eq!(rows(&store), [row(b"a", b"1"), row(b"b", b"1")]);
    let read = store.entries_from(&HOME, &FROM, 0, usize::MAX);
    assert_eq!(read, Ok(entries));
    assert_eq!(store.entry_at(&HOME, &TO, 1), Ok(None));
}

#[test]
fn a_synced_commit_keeps_the_relaxed_ones_before_it() {
    let mut store = MemoryStore::new();
    store
        .commit(&batch(&[put(b"a", b"1")], Durability::Relaxed))
        .unwrap();
    let mut cut_off = store.clone();
    cut_off.lose_power();
    assert_eq!(rows(&cut_off), []);
    store
        .commit(&batch(&[put(b"b", b"1")], Durability::Synced))
        .unwrap();
    let both = [row(b"a", b"1"), row(b"b", b"1")];
    store.lose_power();
    assert_eq!(rows(&store), both);
}

#[test]
fn a_failed_commit_leaves_nothing_and_poisons_until_reopened() {
    let mut store = MemoryStore::new();
    store.fail_next_commit(CommitError::DiskFull);
    let write = batch(&[put(b"a", b"1")], Durability::Synced);
    assert_eq!(store.commit(&write), Err(CommitError::DiskFull));
    assert_eq!(store.commit(&write), Err(CommitError::Poisoned));
    assert_eq!(rows(&store), []);
    store.reopen();
    store.commit(&write).unwrap();
    assert_eq!(rows(&store), [row(b"a", b"1")]);
}

#[test]
fn rows_are_read_by_prefix_and_behind_a_key() {
    let mut store = MemoryStore::new();
    let keys: [&[u8]; 4] = [b"a", b"ab", b"ac", b"b"];
    let ops = keys.map(|key| put(key, b""));
    store.commit(&batch(&ops, Durability::Synced)).unwrap();
    let check = |prefix: &[u8], after: Option<&[u8]>, limit, expected: &[&[u8]]| {
        let found = store
            .scan(Space::Home, &HOME, prefix, after, limit)
            .unwrap();
        let found: Vec<&[u8]> = found.iter().map(|(key, _)| key.as_slice()).collect();
        assert_eq!(found, expected);
    };
    check(b"", None, 9, &keys);
    check(b"a", None, 9, &keys[..3]);
    check(b"a", Some(b"ab"), 9, &keys[2..3]);
    check(b"a", Some(b"b"), 9, &[]);
    check(b"b", Some(b"a"), 9, &keys[3..]);
    check(b"a", None, 2, &keys[..2]);
}

#[test]
fn entries_are_read_until_the_bytes_are_reached() {
    let entries = log(3);
    let mut store = MemoryStore::new();
    let ops: Vec<Op> = entries.iter().chain(&entries).map(put_entry).collect();
    store.commit(&batch(&ops, Durability::Synced)).unwrap();
    let read = |first, bytes| store.entries_from(&HOME, &FROM, first, bytes).unwrap();
    assert_eq!(read(0, 600), entries[..2], "300 bytes each");
    assert_eq!(read(1, 0), entries[1..2], "at least one");
    assert_eq!(read(3, 900), []);
}

#[test]
fn documents_with_all_the_words_are_found() {
    let mut store = MemoryStore::new();
    let index = |doc: u8, title: &str, text: &str| Op::Index {
        notebook: HOME,
        document: Indexed {
            doc: [doc; 16],
            title: title.to_owned(),
            text: text.to_owned(),
        },
    };
    let ops = [
        index(1, "Bread", "and the Tea"),
        index(2, "Tea", "and the bread"),
        index(3, "Tea", ""),
        index(4, "Teatime", "bread"),
    ];
    store.commit(&batch(&ops, Durability::Synced)).unwrap();
    let found = |query| -> Vec<u8> {
        let hits = store.search(&HOME, query, 9).unwrap();
        hits.iter().map(|hit| hit.doc[0]).collect()
    };
    assert_eq!(found("bread TEA"), [1, 2, 4]);
    assert_eq!(found("tea"), [1, 2, 3, 4]);
    assert_eq!(found(""), [0; 0]);
}

#[test]
fn what_is_stored_once_is_not_replaced() {
    let entries = log(1);
    let mut store = MemoryStore::new();
    let again = Op::PutEntry {
        notebook: HOME,
        chain: TO,
        entry: Box::new(entries[0].clone()),
    };
    let head = |bytes: &[u8]| Op::PutLogInit {
        notebook: HOME,
        log: LogId(FROM.0),
        bytes: bytes.to_vec(),
    };
    let ops = [
        put_entry(&entries[0]),
        again,
        head(b"first"),
        head(b"second"),
    ];
    store.commit(&batch(&ops, Durability::Synced)).unwrap();
    assert_eq!(store.locate(&HOME, &entries[0].id()), Ok(Some((FROM, 0))));
    assert_eq!(store.entry_at(&HOME, &TO, 0), Ok(None));
    let heads = vec![(LogId(FROM.0), b"first".to_vec())];
    assert_eq!(store.log_inits(&HOME), Ok(heads));
}
