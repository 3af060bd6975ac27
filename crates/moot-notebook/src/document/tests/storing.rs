//! Snapshots: what they hold, and that nothing else is taken for one.

use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT};

use super::{ANA, BEN, edit, give, splice, state, title};
use crate::base;
use crate::document::Document;
use crate::outcome::LoadError;

#[test]
fn a_snapshot_gives_back_everything_applied_and_can_be_written_on() {
    let mut document = Document::new();
    edit(
        &mut document,
        ANA,
        &[splice(0, 0, "text"), state(&[], 1, title("T"))],
    );
    let mut again = Document::load(&document.snapshot().unwrap()).unwrap();
    assert_eq!(again.heads(), document.heads());
    assert_eq!(again.facts(), document.facts());
    assert_eq!(again.history(), document.history());
    assert_eq!(again.blame(), document.blame());
    let more = edit(&mut again, ANA, &[splice(4, 0, " more")]);
    assert_eq!(give(&mut document, ANA, &more).applied.len(), 1);
    assert_eq!(document.text(), "text more");
}

#[test]
fn an_empty_document_can_be_stored() {
    let document = Document::new();
    assert_eq!(
        Document::load(&document.snapshot().unwrap())
            .unwrap()
            .heads(),
        document.heads()
    );
}

#[test]
fn equal_documents_give_equal_snapshots() {
    let mut ana = Document::new();
    let made = edit(&mut ana, ANA, &[splice(0, 0, "text")]);
    let mut ben = Document::new();
    give(&mut ben, ANA, &made);
    assert_eq!(ana.snapshot(), ben.snapshot());
}

#[test]
fn damage_anywhere_is_noticed_or_harmless() {
    let mut document = Document::new();
    edit(
        &mut document,
        ANA,
        &[
            splice(0, 0, "some text to be damaged"),
            state(&[], 1, title("T")),
        ],
    );
    edit(&mut document, BEN, &[splice(4, 5, "")]);
    let snapshot = document.snapshot().unwrap();
    for at in 0..snapshot.len() {
        let mut damaged = snapshot.clone();
        damaged[at] ^= 0x55;
        if let Ok(loaded) = Document::load(&damaged) {
            assert_eq!(loaded.text(), document.text(), "byte {at}");
        }
        assert!(Document::load(&snapshot[..at]).is_err(), "cut at {at}");
    }
}

#[test]
fn a_document_that_is_not_ours_is_foreign() {
    let mut foreign = Automerge::new();
    foreign.set_actor(base::library_actor(&ANA));
    let mut transaction = foreign.transaction();
    transaction.put(ROOT, "key", 1).unwrap();
    transaction.commit();
    assert!(matches!(
        Document::load(&foreign.save()),
        Err(LoadError::Foreign { .. })
    ));
    let mut nearly = base::document();
    nearly.set_actor(base::library_actor(&ANA));
    let mut transaction = nearly.transaction();
    transaction.put(ROOT, "key", 1).unwrap();
    transaction.commit();
    assert!(matches!(
        Document::load(&nearly.save()),
        Err(LoadError::Foreign { .. })
    ));
    assert!(matches!(
        Document::load(b"no snapshot"),
        Err(LoadError::Damaged { .. })
    ));
}
