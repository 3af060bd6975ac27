//! Files of released versions: each is kept as it was and opens for ever.

use std::path::{Path, PathBuf};

use moot_log::storage::{Indexed, Op, Reader, Space, Store};
use moot_log::{ChainId, LogId};
use moot_store::{Severity, SqliteStore};

use crate::made::{NOTEBOOK, chain, log, put, put_entries, synced};

/// Where a file of this version is written when the variable names a path. To be run once, at the release of a version.
const WRITE: &str = "MOOT_WRITE_STORE_FIXTURE";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/store-v1.db")
}

/// What the file of version 1 holds.
fn contents() -> Vec<Op> {
    let entries = log(LogId([1; 32]), 3, 60);
    let mut ops = put_entries(NOTEBOOK, &entries);
    ops.push(Op::PutLogInit {
        notebook: NOTEBOOK,
        log: LogId([1; 32]),
        bytes: b"head".to_vec(),
    });
    ops.push(Op::PutChain {
        notebook: NOTEBOOK,
        chain: chain(&entries),
    });
    ops.push(Op::Index {
        notebook: NOTEBOOK,
        document: Indexed {
            doc: [4; 16],
            title: "Café".to_owned(),
            text: "北京大学 and tea".to_owned(),
        },
    });
    let spaces = Space::ALL
        .into_iter()
        .filter(|space| *space != Space::Relay);
    ops.extend(spaces.map(|space| put(space, b"key", &[space as u8])));
    ops
}

#[test]
fn a_store_of_version_1_opens_with_all_that_is_in_it() {
    if let Some(path) = std::env::var_os(WRITE) {
        let mut store = SqliteStore::open(Path::new(&path)).unwrap();
        store.commit(&synced(contents())).unwrap();
        store.close().unwrap();
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    std::fs::copy(fixture(), &path).unwrap();
    let mut store = SqliteStore::open(&path).unwrap();

    let entries = log(LogId([1; 32]), 3, 60);
    let read = store.entries_from(&NOTEBOOK, &ChainId([1; 32]), 0, usize::MAX);
    assert_eq!(read, Ok(entries.clone()));
    assert_eq!(store.chains(&NOTEBOOK), Ok(vec![chain(&entries)]));
    let heads = store.log_inits(&NOTEBOOK);
    assert_eq!(heads, Ok(vec![(LogId([1; 32]), b"head".to_vec())]));
    for space in Space::ALL
        .into_iter()
        .filter(|space| *space != Space::Relay)
    {
        let value = store.get(space, &NOTEBOOK, b"key");
        assert_eq!(value, Ok(Some(vec![space as u8])), "{space:?}");
    }
    for query in ["cafe", "京大", "tea"] {
        assert_eq!(
            store.search(&NOTEBOOK, query, 9).unwrap().len(),
            1,
            "{query}"
        );
    }
    // A checkout does not keep the rights of the file, so that a check may advise about them.
    let mut findings = store.check();
    findings.retain(|finding| finding.severity > Severity::Advice);
    assert_eq!(findings, []);
    // What version 2 brought is there, and empty.
    assert_eq!(store.count(Space::Relay, &NOTEBOOK), Ok(0));
    let relay = put(Space::Relay, b"key", b"value");
    store.commit(&synced(vec![relay])).unwrap();
    let more = log(LogId([2; 32]), 1, 60);
    store.commit(&synced(put_entries(NOTEBOOK, &more))).unwrap();
}
