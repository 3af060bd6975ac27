//! What a path must be to become a store, and what is said where it is not.

use std::fs;
use std::path::{Path, PathBuf};

use moot_log::storage::{Reader, Space, Store};
use moot_store::{OpenError, SqliteStore};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::made::{NOTEBOOK, put, synced};

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    (directory, path)
}

fn refusal(path: &Path) -> OpenError {
    match SqliteStore::open(path) {
        Ok(_) => panic!("{path:?} was opened"),
        Err(error) => error,
    }
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let (_directory, path) = place();
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .commit(&synced(vec![put(Space::Home, b"key", b"")]))
        .unwrap();
    store.close().unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let found = store.get(Space::Home, &NOTEBOOK, b"key");
    assert_eq!(found, Ok(Some(Vec::new())));
    assert_eq!(store.check(), []);
}

#[test]
fn a_closed_store_is_one_file() {
    let (directory, path) = place();
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .commit(&synced(vec![put(Space::Home, b"key", b"value")]))
        .unwrap();
    assert!(store.size().unwrap().wal_bytes > 0);
    store.checkpoint().unwrap();
    assert_eq!(store.size().unwrap().wal_bytes, 0);
    store.close().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = place();
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .commit(&synced(vec![put(Space::Home, b"key", b"value")]))
        .unwrap();
    let files = fs::read_dir(directory.path()).unwrap();
    let modes: Vec<u32> = files
        .map(|file| file.unwrap().metadata().unwrap().permissions().mode() & 0o777)
        .collect();
    assert_eq!(modes, [0o600, 0o600], "the database and its log");
}

#[test]
fn a_store_that_is_open_is_busy_until_it_is_closed() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).unwrap();
    assert!(matches!(refusal(&path), OpenError::Busy(_)));
    store.close().unwrap();
    SqliteStore::open(&path).unwrap();
}

#[test]
fn what_is_in_the_way_of_a_file_is_named() {
    let (directory, path) = place();
    let absent = directory.path().join("absent/store.db");
    assert!(matches!(refusal(&absent), OpenError::NoDirectory(named) if named.ends_with("absent")));
    assert!(matches!(
        refusal(directory.path()),
        OpenError::NotADirectory(_)
    ));
    fs::write(&path, "").unwrap();
    let below = path.join("store.db");
    assert!(matches!(refusal(&below), OpenError::NotADirectory(_)));
}

#[test]
fn an_empty_file_left_by_a_crash_becomes_a_store() {
    let (_directory, path) = place();
    fs::write(&path, "").unwrap();
    assert_eq!(
        SqliteStore::open(&path)
            .unwrap()
            .count(Space::Home, &NOTEBOOK),
        Ok(0)
    );
}

#[test]
fn a_file_of_another_program_is_refused_and_left_alone() {
    let (_directory, path) = place();
    fs::write(&path, "Dear diary, ".repeat(1000)).unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(refusal(&path), OpenError::NotOurs(_)));
    assert_eq!(fs::read(&path).unwrap(), before);

    fs::remove_file(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE t (c)").unwrap();
    other.close().unwrap();
    let before = fs::read(&path).unwrap();
    assert!(matches!(refusal(&path), OpenError::NotOurs(_)));
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_store_of_a_newer_version_is_refused_and_left_alone() {
    let (_directory, path) = place();
    SqliteStore::open(&path).unwrap().close().unwrap();
    let raw = Connection::open(&path).unwrap();
    raw.pragma_update(None, "user_version", 99).unwrap();
    raw.close().unwrap();
    let before = fs::read(&path).unwrap();
    let error = refusal(&path);
    assert!(matches!(
        error,
        OpenError::Newer {
            found: 99,
            known: 2,
            ..
        }
    ));
    assert!(
        error.to_string().ends_with("update this program"),
        "{error}"
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_store_whose_first_page_is_broken_is_called_damaged() {
    let (_directory, path) = place();
    SqliteStore::open(&path).unwrap().close().unwrap();
    let mut bytes = fs::read(&path).unwrap();
    bytes[100..120].fill(0xff);
    fs::write(&path, bytes).unwrap();
    assert!(matches!(refusal(&path), OpenError::Damaged { .. }));
}

#[cfg(unix)]
#[test]
fn without_the_right_to_write_the_error_says_so() {
    use std::os::unix::fs::PermissionsExt;
    let (directory, path) = place();
    let set = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    SqliteStore::open(&path).unwrap().close().unwrap();
    set(directory.path(), 0o500);
    if fs::write(directory.path().join("probe"), "").is_ok() {
        println!("skipped: this user may write everywhere, so that modes forbid nothing");
        return;
    }
    let new = directory.path().join("new.db");
    assert!(matches!(refusal(&new), OpenError::Permission(_)));
    assert!(
        matches!(refusal(&path), OpenError::Permission(_)),
        "no room for the log beside it"
    );
    set(directory.path(), 0o700);
    for mode in [0o400, 0o000] {
        set(&path, mode);
        let error = refusal(&path);
        assert!(
            matches!(error, OpenError::Permission(_)),
            "{mode:o}: {error:?}"
        );
    }
}

#[cfg(unix)]
#[test]
fn a_copy_is_another_file_and_a_reopened_store_is_the_same() {
    let (directory, path) = place();
    let identity = |path: &Path| {
        let store = SqliteStore::open(path).unwrap();
        store.file_identity().cloned().unwrap()
    };
    let original = identity(&path);
    assert_eq!(identity(&path), original);
    let copy = directory.path().join("copy.db");
    fs::copy(&path, &copy).unwrap();
    let copied = identity(&copy);
    assert_eq!(copied.device, original.device);
    assert_ne!(copied.inode, original.inode);
    assert_eq!(SqliteStore::in_memory().file_identity(), None);
}
