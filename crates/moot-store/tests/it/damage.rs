//! What a check says about a store that was tampered with, and that it says nothing about a sound one.

use moot_log::LogId;
use moot_log::storage::{Indexed, Op, ReadError, Reader, Store};
use moot_store::{Severity, SqliteStore};
use rusqlite::Connection;

use crate::made::{NOTEBOOK, chain, log, put_entries, synced};

/// Tampers with a store of four entries and one document, and compares what the check finds.
fn check(tampering: &str, expected: &[(Severity, &str)]) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let entries = log(LogId([1; 32]), 4, 100);
    let mut ops = put_entries(NOTEBOOK, &entries);
    ops.push(Op::PutChain {
        notebook: NOTEBOOK,
        chain: chain(&entries),
    });
    ops.push(Op::Index {
        notebook: NOTEBOOK,
        document: Indexed {
            doc: [1; 16],
            title: "Minutes".to_owned(),
            text: "Who brings the tea".to_owned(),
        },
    });
    let mut store = SqliteStore::open(&path).unwrap();
    store.commit(&synced(ops)).unwrap();
    store.close().unwrap();

    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "foreign_keys", false).unwrap();
    raw.execute_batch(tampering).unwrap();
    raw.close().unwrap();

    let findings = SqliteStore::open(&path).unwrap().check();
    let told: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(findings.len(), expected.len(), "{tampering}: {told:#?}");
    for (finding, (severity, words)) in findings.iter().zip(expected) {
        assert_eq!(finding.severity, *severity, "{finding}");
        assert!(finding.what.contains(words), "{finding}");
    }
}

#[test]
fn a_sound_store_has_no_findings() {
    check("", &[]);
}

/// What others hold can be written to its old place.
#[test]
fn an_entry_that_was_spoilt_is_put_right_by_writing_it_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let entries = log(LogId([1; 32]), 4, 100);
    let mut ops = put_entries(NOTEBOOK, &entries);
    let again = ops.clone();
    ops.push(Op::PutChain {
        notebook: NOTEBOOK,
        chain: chain(&entries),
    });
    let mut store = SqliteStore::open(&path).unwrap();
    store.commit(&synced(ops)).unwrap();
    store.close().unwrap();
    let raw = Connection::open(&path).unwrap();
    let spoil =
        "UPDATE entries SET body = zeroblob(9) WHERE seq = 1; DELETE FROM entries WHERE seq = 2";
    raw.execute_batch(spoil).unwrap();
    raw.close().unwrap();
    let mut store = SqliteStore::open(&path).unwrap();
    assert!(!store.check().is_empty());
    store.commit(&synced(again)).unwrap();
    assert!(store.check().is_empty());
}

#[test]
fn damage_to_entries_is_found() {
    use Severity::Damage;
    check(
        "UPDATE entries SET body = zeroblob(100) WHERE seq = 2",
        &[(Damage, "the body is not the one")],
    );
    check(
        "UPDATE entries SET header = zeroblob(7) WHERE seq = 2",
        &[(Damage, "208 bytes")],
    );
    check(
        "UPDATE entries SET id = zeroblob(32) WHERE seq = 1",
        &[(Damage, "another name"), (Damage, "does not follow")],
    );
    check(
        "UPDATE entries SET seq = 9 WHERE seq = 3",
        &[
            (Damage, "another position"),
            (Damage, "does not fit its entries"),
        ],
    );
    check(
        "UPDATE entries SET id = 'text' WHERE 0; DELETE FROM entries WHERE seq = 3",
        &[(Damage, "does not fit its entries")],
    );
}

#[test]
fn chains_that_lie_are_found() {
    use Severity::Damage;
    check(
        "UPDATE chains SET tip = zeroblob(32)",
        &[(Damage, "does not fit its entries")],
    );
    check(
        "UPDATE chains SET len = 5",
        &[(Damage, "does not fit its entries")],
    );
    check(
        "UPDATE chains SET parent = zeroblob(32)",
        &[(Damage, "does not fit its entries")],
    );
    check(
        "DELETE FROM chains",
        &[(Damage, "4 entries stand in no chain")],
    );
    check(
        "UPDATE chains SET log = zeroblob(32)",
        &[(Damage, "another log"); 4],
    );
}

#[test]
fn a_search_index_that_lies_can_be_rebuilt() {
    use Severity::Rebuild;
    check("DELETE FROM search", &[(Rebuild, "lacks 1 documents")]);
    check("DELETE FROM documents", &[(Rebuild, "has 1 that are gone")]);
    for broken in [
        "DELETE FROM search_data WHERE id > 10",
        "UPDATE search_data SET block = zeroblob(40) WHERE id > 10",
    ] {
        check(broken, &[(Rebuild, "fts5")]);
    }
}

#[test]
fn a_damaged_search_index_is_made_again_by_the_next_write() {
    for tampering in [
        "UPDATE search_data SET block = zeroblob(9)",
        "DELETE FROM search_data",
        "UPDATE search_data SET block = zeroblob(40) WHERE id > 10",
        "DELETE FROM search_docsize",
    ] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        let index = |doc: u8, text: &str| Op::Index {
            notebook: NOTEBOOK,
            document: Indexed {
                doc: [doc; 16],
                title: "Minutes".to_owned(),
                text: text.to_owned(),
            },
        };
        let mut store = SqliteStore::open(&path).unwrap();
        for batch in [1, 2] {
            store
                .commit(&synced(vec![index(batch, "Who brings the tea")]))
                .unwrap();
        }
        store.close().unwrap();
        let raw = Connection::open(&path).unwrap();
        raw.execute_batch(tampering).unwrap();
        raw.close().unwrap();

        let mut store = SqliteStore::open(&path).unwrap();
        let again = vec![
            Op::ClearIndex { notebook: NOTEBOOK },
            index(1, "Who brings the tea"),
            index(3, "Who brings the cake"),
        ];
        let done = store.commit(&synced(again));
        assert_eq!(done, Ok(()), "{tampering}");
        let found = store.search(&NOTEBOOK, "brings", 9).unwrap();
        assert_eq!(found.len(), 2, "{tampering}");
        assert_eq!(store.check(), [], "{tampering}");
    }
}

#[cfg(unix)]
#[test]
fn a_store_that_others_may_read_is_pointed_out() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = SqliteStore::open(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let findings = store.check();
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].severity, Severity::Advice);
}

#[test]
fn a_damaged_entry_is_never_read_as_an_entry() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let entries = log(LogId([1; 32]), 2, 100);
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .commit(&synced(put_entries(NOTEBOOK, &entries)))
        .unwrap();
    store.close().unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.execute_batch("UPDATE entries SET body = zeroblob(99) WHERE seq = 1")
        .unwrap();
    raw.close().unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let id = entries[1].id();
    assert!(matches!(
        store.entry(&NOTEBOOK, &id),
        Err(ReadError::Damaged(_))
    ));
    let chain = chain(&entries).id;
    let read = store.entries_from(&NOTEBOOK, &chain, 0, usize::MAX);
    assert!(matches!(read, Err(ReadError::Damaged(_))));
    assert!(store.entries_from(&NOTEBOOK, &chain, 0, 1).is_ok());
}
