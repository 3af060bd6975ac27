//! A process that is killed while it commits: what it had been told is committed is there, and nothing is there by half.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use moot_log::storage::{Batch, Durability, Op, Reader, Space, Store};
use moot_log::{ChainId, Entry, LogId};
use moot_store::SqliteStore;

use crate::made::{NOTEBOOK, chain, log, put, put_entries};

const PATH: &str = "MOOT_STORE_CRASH_PATH";
const ENTRIES_MAX: usize = 3000;
const ROWS: u8 = 5;
const LOG: LogId = LogId([1; 32]);

/// The n-th batch: one entry, its chain, and rows that are large enough for the log to be moved into the database now and then.
fn batch(entries: &[Entry], number: usize) -> Batch {
    let mut ops = put_entries(NOTEBOOK, &entries[number..=number]);
    ops.push(Op::PutChain {
        notebook: NOTEBOOK,
        chain: chain(&entries[..=number]),
    });
    let key = |row| [&(number as u64).to_be_bytes()[..], &[row]].concat();
    ops.extend((0..ROWS).map(|row| put(Space::Journal, &key(row), &vec![row; 9000])));
    let is_relaxed = number % 3 == 1;
    let durability = if is_relaxed {
        Durability::Relaxed
    } else {
        Durability::Synced
    };
    Batch { ops, durability }
}

/// Not a claim of its own: the process that [`acknowledged_commits_survive_a_kill`] starts and kills. Without the variable that it
/// sets there is nothing to do.
#[test]
fn child_that_commits_until_it_is_killed() {
    let Ok(path) = std::env::var(PATH) else {
        return;
    };
    let mut store = SqliteStore::open(Path::new(&path)).unwrap();
    let first = store
        .chains(&NOTEBOOK)
        .unwrap()
        .first()
        .map_or(0, |chain| chain.len);
    let entries = log(LOG, ENTRIES_MAX as u64, 100);
    for number in usize::try_from(first).unwrap()..ENTRIES_MAX {
        store.commit(&batch(&entries, number)).unwrap();
        println!("\ncommitted {number}");
    }
}

fn start(path: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_that_commits_until_it_is_killed"])
        .args(["--nocapture", "--test-threads=1"])
        .env(PATH, path)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the child once it has acknowledged this many commits; it is somewhere in a later one by then. Answers the last
/// commit that it acknowledged.
fn kill_after(mut child: Child, commits: usize) -> usize {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut acknowledged = lines.filter_map(|line| {
        let line = line.ok()?;
        line.strip_prefix("committed ")?.parse::<usize>().ok()
    });
    let last = acknowledged.by_ref().nth(commits);
    child.kill().unwrap();
    let last = acknowledged.last().or(last);
    child.wait().unwrap();
    last.expect("the child commits")
}

#[test]
fn acknowledged_commits_survive_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let entries = log(LOG, ENTRIES_MAX as u64, 100);
    let mut commits = 7_usize;
    for round in 0..12 {
        commits = (commits * 29 + 11) % 64;
        let acknowledged = kill_after(start(&path), commits);

        let store = SqliteStore::open(&path).unwrap();
        let len = usize::try_from(store.chains(&NOTEBOOK).unwrap()[0].len).unwrap();
        assert!(
            len == acknowledged + 1 || len == acknowledged + 2,
            "round {round}: {len} batches, {acknowledged} the last acknowledged"
        );
        let found = store.entries_from(&NOTEBOOK, &ChainId::from(LOG), 0, usize::MAX);
        assert_eq!(found.unwrap(), entries[..len], "round {round}");
        let rows = store.count(Space::Journal, &NOTEBOOK).unwrap();
        assert_eq!(rows, len as u64 * u64::from(ROWS), "round {round}");
        assert_eq!(store.check(), [], "round {round}");
    }
}
