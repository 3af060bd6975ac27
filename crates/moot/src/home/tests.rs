//! What a home promises, on real directories.

use super::*;

fn home_at(path: &Path) -> HomePath {
    HomePath(path.to_owned())
}

fn take(home: &HomePath) -> Lock {
    match Lock::try_take(home).unwrap() {
        Taking::Taken(lock) => lock,
        Taking::Held(owner) => panic!("held by {owner:?}"),
    }
}

#[test]
fn a_new_home_is_private_and_keeps_its_key() {
    let directory = tempfile::tempdir().unwrap();
    let path = home_at(&directory.path().join("deep/home"));
    path.prepare(Absent::Create).unwrap();
    let home = Home::open(take(&path), &path, Absent::Create).unwrap();
    let key = home.storage_key();
    assert!(home.exposed().is_empty());
    drop(home);
    let again = Home::open(take(&path), &path, Absent::Create).unwrap();
    assert_eq!(again.storage_key(), key);
}

#[test]
fn one_owner_at_a_time_and_the_second_learns_where_the_first_answers() {
    let directory = tempfile::tempdir().unwrap();
    let path = home_at(directory.path());
    path.prepare(Absent::Create).unwrap();
    let mut home = Home::open(take(&path), &path, Absent::Create).unwrap();
    home.announce(Path::new("/run/moot/x.sock")).unwrap();
    match Lock::try_take(&path).unwrap() {
        Taking::Held(owner) => {
            assert_eq!(owner.process, Some(std::process::id()));
            assert_eq!(owner.socket.as_deref(), Some(Path::new("/run/moot/x.sock")));
        }
        Taking::Taken(_) => panic!("two owners"),
    }
}

#[test]
fn a_directory_with_other_things_in_it_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("letter.txt"), "dear").unwrap();
    let error = home_at(directory.path())
        .prepare(Absent::Create)
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Refused);
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn a_home_without_its_key_says_which_file_is_missing() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(STORE), "rows").unwrap();
    let path = home_at(directory.path());
    let error = Home::open(take(&path), &path, Absent::Fail).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Damaged);
    assert!(error.message.contains("storage.key"), "{}", error.message);
    assert!(
        !storage_key::path(directory.path()).exists(),
        "no new key is made over old data"
    );
}

/// A copy that broke off at once, with a full disk for instance, leaves an empty file. It was taken for a new store and found
/// sound.
#[test]
fn an_empty_store_is_no_notebook_and_gets_no_key() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join(STORE), "").unwrap();
    let path = home_at(directory.path());
    let error = Home::open(take(&path), &path, Absent::Fail).err().unwrap();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert!(!storage_key::path(directory.path()).exists());
}

#[test]
fn a_home_without_its_store_says_so_and_can_still_be_made() {
    let directory = tempfile::tempdir().unwrap();
    let key = storage_key::create(directory.path()).unwrap();
    let path = home_at(directory.path());
    let error = Home::open(take(&path), &path, Absent::Fail).err().unwrap();
    assert!(error.message.contains(STORE), "{}", error.message);
    let home = Home::open(take(&path), &path, Absent::Create).unwrap();
    assert_eq!(home.storage_key(), key);
}
