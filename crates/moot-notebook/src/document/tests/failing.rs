//! Works on a document that fail, in the middle or at their end: nothing of them stays.

use proptest::prelude::*;

use super::editing::{Act, acts, fitting};
use super::{ANA, BEN, CLEO, edit, give, splice, state, title};
use crate::document::{BlameSpan, Document, HistoryRow};
use crate::fact::Facts;
use crate::id::{ActorId, ChangeHash};
use crate::outcome::{Edit, EditError, LocalChange, Refusal};

/// All that can be seen of a document, and of what would be loaded of it.
#[derive(Debug, PartialEq)]
struct Seen {
    text: String,
    heads: Vec<ChangeHash>,
    facts: Facts,
    history: Vec<HistoryRow>,
    blame: Vec<BlameSpan>,
    loaded: (String, Vec<ChangeHash>),
}

fn seen(document: &Document) -> Seen {
    let loaded = Document::load(&document.snapshot().unwrap()).unwrap();
    Seen {
        text: document.text(),
        heads: document.heads(),
        facts: document.facts().clone(),
        history: document.history(),
        blame: document.blame(),
        loaded: (loaded.text(), loaded.heads()),
    }
}

const FAILED: EditError = EditError::Internal {
    why: Refusal::Undecodable,
};

/// Edits in vain, with each kind of failure alone and one after the other, and then in earnest.
fn edit_failing(document: &mut Document, actor: ActorId, edits: &[Edit]) -> Vec<LocalChange> {
    for failing in [1, 2] {
        let before = seen(document);
        document.library.failing = failing;
        for _ in 0..failing {
            match document.edit(actor, 1_000, edits) {
                Ok(made) => assert_eq!(made, [], "what does nothing cannot fail"),
                Err(why) => assert_eq!(why, FAILED),
            }
        }
        document.library.failing = 0;
        assert_eq!(seen(document), before);
        assert_eq!(document.read_only(), None);
    }
    edit(document, actor, edits)
}

/// Hears of changes while the library fails at everything: the document shows what it showed.
fn hear_in_vain(document: &Document, actor: ActorId, changes: &[LocalChange]) {
    let mut copy = document.clone();
    copy.library.failing = usize::MAX;
    let got = give(&mut copy, actor, changes);
    assert!(got.applied.is_empty());
    copy.library.failing = 0;
    assert_eq!(seen(&copy), seen(document));
}

/// Hears of changes while the first attempt fails. Where there is another way, it comes to the same.
fn hear_the_long_way(document: &Document, actor: ActorId, changes: &[LocalChange]) -> Option<Seen> {
    let mut copy = document.clone();
    copy.library.failing = 1;
    give(&mut copy, actor, changes);
    copy.read_only().is_none().then(|| seen(&copy))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_fails_leaves_text_facts_and_heads_as_they_were(acts in acts()) {
        // Two of each, of which only one ever fails.
        let mut peers = vec![(Document::new(), Document::new()); 4];
        let mut logs = vec![Vec::new(); 4];
        let actor = |peer: usize| ActorId([super::craft::low_byte(peer) + 1; 16]);
        for act in acts {
            match act {
                Act::Type { peer, at, delete, insert } => {
                    let (failing, sound) = &mut peers[peer];
                    let edits = [fitting(&sound.text(), at, delete, &insert)];
                    let made = edit_failing(failing, actor(peer), &edits);
                    prop_assert_eq!(&made, &edit(sound, actor(peer), &edits));
                    logs[peer].extend(made);
                }
                Act::State { peer, nonce } => {
                    let (failing, sound) = &mut peers[peer];
                    let edits = [state(&sound.fact_heads(), nonce, title("T"))];
                    let made = edit_failing(failing, actor(peer), &edits);
                    prop_assert_eq!(&made, &edit(sound, actor(peer), &edits));
                    logs[peer].extend(made);
                }
                Act::Hear { peer, from } => {
                    let (failing, sound) = &mut peers[peer];
                    let log = &logs[from];
                    hear_in_vain(failing, actor(from), log);
                    let otherwise = hear_the_long_way(failing, actor(from), log);
                    prop_assert_eq!(give(failing, actor(from), log), give(sound, actor(from), log));
                    prop_assert!(otherwise.is_none_or(|otherwise| otherwise == seen(sound)));
                }
            }
        }
        for (failing, sound) in &peers {
            prop_assert_eq!(seen(failing), seen(sound));
        }
    }
}

#[test]
fn an_edit_that_needs_many_changes_is_made_whole_or_not_at_all() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "short")]);
    let long = "a line of it\n".repeat(1_000);
    let made = edit_failing(&mut document, ANA, &[splice(2, 0, &long)]);
    assert!(made.len() > 1);
}

#[test]
fn a_change_that_cannot_be_made_anew_is_applied_and_nothing_of_the_attempt_stays() {
    let mut ana = Document::new();
    let base = edit(&mut ana, CLEO, &[splice(0, 0, "one two")]);
    let mut ben = Document::new();
    give(&mut ben, CLEO, &base);
    let made = edit(&mut ana, ANA, &[splice(3, 0, "!"), splice(0, 1, "O")]);
    (ben.library.failing, ben.remade) = (1, 0);
    assert_eq!(give(&mut ben, ANA, &made).applied.len(), 1);
    assert_eq!((ben.remade, ben.text()), (0, "One! two".to_owned()));
    assert_eq!(seen(&ben), seen(&ana));
    let more = edit(&mut ben, BEN, &[splice(0, 0, "x")]);
    assert_eq!(give(&mut ana, BEN, &more).applied.len(), 1);
    assert_eq!(ana.remade, 1);
    assert_eq!(seen(&ana), seen(&ben));
}

#[test]
fn what_is_given_in_one_piece_stays_up_to_the_first_that_the_library_fails_at() {
    let mut ana = Document::new();
    let made: Vec<LocalChange> = (0..20)
        .flat_map(|at| edit(&mut ana, ANA, &[splice(at, 0, "x")]))
        .collect();
    for bad in [0, 1, 7, 19] {
        let mut ben = Document::new();
        ben.fails_at = Some(made[bad].hash);
        let got = give(&mut ben, ANA, &made);
        assert_eq!((got.applied.len(), got.read_only), (bad, true));
        assert_eq!(ben.text(), "x".repeat(bad));
        assert_eq!(seen(&ben).loaded.0, ben.text());
    }
}
