//! Edits made here: what may be typed, how it is split, and that no peer ever refuses it.

use proptest::prelude::*;

use super::{ANA, BEN, CLEO, edit, give, splice, state, title};
use crate::document::Document;
use crate::fact::{FactBody, WordsError};
use crate::id::{ActorId, ChangeHash};
use crate::limits::{CHANGE_BYTES_MAX, LOCAL_OPS_MAX, TEXT_BYTES_MAX};
use crate::outcome::{Edit, EditError};
use crate::replace::replace_whole;

#[test]
fn text_is_kept_byte_for_byte() {
    let text =
        "a\r\nb\u{0}c\td\u{feff}é e\u{301} 👩‍👩‍👧‍👦🇪🇺 שלום مرحبا \u{202e}x\u{202c} 会議\u{2028}\n\n";
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let made = edit(&mut ana, ANA, &[splice(0, 0, text)]);
    give(&mut ben, ANA, &made);
    assert_eq!(ana.text(), text);
    assert_eq!(ben.text(), text);
    assert_eq!(
        Document::load(&ben.snapshot().unwrap()).unwrap().text(),
        text
    );
}

#[test]
fn splices_that_cut_a_character_or_leave_the_text_change_nothing() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "é🦊")]);
    let before = document.version();
    let attempts = [
        (splice(1, 0, "x"), EditError::InsideCharacter { at: 1 }),
        (splice(0, 1, ""), EditError::InsideCharacter { at: 1 }),
        (splice(7, 0, "x"), EditError::BeyondEnd { at: 7, length: 6 }),
        (splice(2, 5, ""), EditError::BeyondEnd { at: 7, length: 6 }),
        (
            splice(usize::MAX, usize::MAX, ""),
            EditError::BeyondEnd {
                at: usize::MAX,
                length: 6,
            },
        ),
    ];
    for (bad, why) in attempts {
        assert_eq!(document.edit(ANA, 0, &[splice(0, 0, ""), bad]), Err(why));
        assert_eq!(document.version(), before);
    }
}

#[test]
fn facts_that_may_not_be_written_change_nothing() {
    let mut document = Document::new();
    let edits = [splice(0, 0, "text"), state(&[], 1, title("a\nb"))];
    let refused = document.edit(ANA, 0, &edits);
    assert!(matches!(
        refused,
        Err(EditError::Fact {
            why: WordsError::Control { code: 10 },
            ..
        })
    ));
    let newer = document.edit(ANA, 0, &[state(&[], 1, FactBody::Newer { tag: 99 })]);
    assert!(matches!(
        newer,
        Err(EditError::Fact {
            why: WordsError::Newer { tag: 99 },
            ..
        })
    ));
    assert_eq!(document.text(), "");
}

#[test]
fn an_edit_that_does_nothing_makes_no_change() {
    let mut document = Document::new();
    assert_eq!(edit(&mut document, ANA, &[]), []);
    assert_eq!(edit(&mut document, ANA, &[splice(0, 0, "")]), []);
    let fact = state(&[], 1, title("T"));
    assert_eq!(
        edit(&mut document, ANA, &[fact.clone(), fact.clone()]).len(),
        1
    );
    assert_eq!(
        edit(&mut document, ANA, &[fact]),
        [],
        "the very same fact again"
    );
}

#[test]
fn a_long_text_is_split_into_changes_that_every_peer_takes() {
    let line = "Ünïcödé and plain text, a line of it 🦊\r\n";
    let text: String = line.repeat(100_000 / line.len());
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let mut made = edit(&mut ana, ANA, &[splice(0, 0, &text)]);
    made.extend(edit(
        &mut ana,
        ANA,
        &[splice(0, text.len() / line.len() / 2 * line.len(), "")],
    ));
    for row in ana.history() {
        assert!(row.inserted_chars + row.deleted_chars <= LOCAL_OPS_MAX);
    }
    assert!(
        made.iter()
            .all(|change| change.bytes.len() < CHANGE_BYTES_MAX / 2)
    );
    let got = give(&mut ben, ANA, &made);
    assert_eq!(got.applied.len(), made.len());
    assert_eq!(ben.text(), ana.text());
}

#[test]
fn a_text_that_grows_too_long_is_refused_and_one_that_shrinks_is_not() {
    let mut document = Document::new();
    let text = "x".repeat(TEXT_BYTES_MAX + 1);
    let why = EditError::TooLong {
        bytes: TEXT_BYTES_MAX + 1,
        max: TEXT_BYTES_MAX,
    };
    assert_eq!(document.edit(ANA, 0, &[splice(0, 0, &text)]), Err(why));
}

#[test]
fn many_large_facts_are_split_by_their_bytes() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let long = "p".repeat(4_000);
    let facts: Vec<Edit> = (0..100)
        .map(|n| state(&[], n, FactBody::Purpose { text: long.clone() }))
        .collect();
    let made = edit(&mut ana, ANA, &facts);
    assert!(made.len() > 10 && made.iter().all(|change| change.bytes.len() < 64 * 1024));
    assert_eq!(give(&mut ben, ANA, &made).applied.len(), made.len());
    assert_eq!(ben.facts().len(), 100);
}

#[test]
fn edits_meant_for_an_older_text_leave_what_came_since() {
    let check = |then: &str, mine: &[Edit], theirs: &[Edit], expect: &str| {
        let mut document = Document::new();
        edit(&mut document, ANA, &[splice(0, 0, then)]);
        let base = document.heads();
        edit(&mut document, BEN, theirs);
        document.edit_at(&base, CLEO, 0, mine).unwrap();
        assert_eq!(document.text(), expect, "{then:?} {mine:?} {theirs:?}");
    };
    check("abc", &[splice(3, 0, "!")], &[splice(0, 0, ">>")], ">>abc!");
    check("abc", &[splice(0, 3, "x")], &[splice(1, 0, "BEN")], "xBEN");
    check("abc", &[splice(1, 1, "")], &[splice(0, 3, "")], "");
    check("abc", &[splice(2, 0, "X")], &[splice(1, 1, "")], "aXc");
    check(
        "abc",
        &[splice(1, 1, ""), splice(1, 0, "é"), splice(3, 0, "🦊")],
        &[splice(0, 1, "BB")],
        "BBé🦊c",
    );
    check(
        "a\nb\nc\n",
        &replace_whole("a\nb\nc\n", "a\nB\nc\nd\n"),
        &[splice(0, 1, "A")],
        "A\nB\nc\nd\n",
    );
    check(
        "ac",
        &[splice(1, 0, "X"), splice(1, 0, "Y")],
        &[splice(0, 2, "new")],
        "newYX",
    );
}

#[test]
fn edits_meant_for_an_unknown_text_are_refused() {
    let mut document = Document::new();
    let unknown = ChangeHash([9; 32]);
    let refused = document.edit_at(&[unknown], ANA, 0, &[splice(0, 0, "x")]);
    assert_eq!(refused, Err(EditError::UnknownVersion { hash: unknown }));
}

#[test]
fn a_time_no_clock_shows_does_not_stop_an_edit() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let made = ana
        .edit(
            ANA,
            i64::MAX,
            &[splice(0, 0, "x"), state(&[], 1, title("T"))],
        )
        .unwrap();
    assert_eq!(give(&mut ben, ANA, &made).applied.len(), 1);
    assert!(ben.facts().values().all(|entry| entry.fact.is_some()));
}

/// One thing a peer does: types somewhere, or states something, or hears another.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Type {
        peer: usize,
        at: usize,
        delete: usize,
        insert: String,
    },
    State {
        peer: usize,
        nonce: u8,
    },
    Hear {
        peer: usize,
        from: usize,
    },
}

pub(super) fn acts() -> impl Strategy<Value = Vec<Act>> {
    let words = prop::sample::select(vec!["", "a", "hello ", "é", "👩‍👩‍👧", "\r\n", "שלום", "会議"]);
    let act = prop_oneof![
        4 => (0..4_usize, 0..40_usize, 0..6_usize, words)
            .prop_map(|(peer, at, delete, insert)| Act::Type { peer, at, delete, insert: insert.to_owned() }),
        1 => (0..4_usize, any::<u8>()).prop_map(|(peer, nonce)| Act::State { peer, nonce }),
        2 => (0..4_usize, 0..4_usize).prop_map(|(peer, from)| Act::Hear { peer, from }),
    ];
    prop::collection::vec(act, 1..40)
}

/// The splice nearest to what was asked for that lies between characters.
pub(super) fn fitting(text: &str, at: usize, delete: usize, insert: &str) -> Edit {
    let edges: Vec<usize> = text
        .char_indices()
        .map(|(at, _)| at)
        .chain([text.len()])
        .collect();
    let from = at % edges.len();
    let to = (from + delete).min(edges.len() - 1);
    splice(edges[from], edges[to] - edges[from], insert)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn peers_that_edit_apart_take_all_of_each_others_work_and_agree(acts in acts()) {
        let mut peers = vec![Document::new(); 4];
        let mut logs = vec![Vec::new(); 4];
        let actor = |peer: usize| ActorId([super::craft::low_byte(peer) + 1; 16]);
        for act in acts {
            match act {
                Act::Type { peer, at, delete, insert } => {
                    let edits = [fitting(&peers[peer].text(), at, delete, &insert)];
                    logs[peer].extend(edit(&mut peers[peer], actor(peer), &edits));
                }
                Act::State { peer, nonce } => {
                    let after = peers[peer].fact_heads();
                    let edits = [state(&after, nonce, title("T"))];
                    logs[peer].extend(edit(&mut peers[peer], actor(peer), &edits));
                }
                Act::Hear { peer, from } => {
                    let (mut shown, heads) = (peers[peer].text(), peers[peer].heads());
                    let got = give(&mut peers[peer], actor(from), &logs[from]);
                    for edit in peers[peer].splices_since(&heads).unwrap() {
                        let Edit::Splice { at, delete, insert } = edit else { unreachable!() };
                        shown.replace_range(at.0..at.0 + delete.0, &insert);
                    }
                    prop_assert_eq!(shown, peers[peer].text());
                    prop_assert!(got.quarantined.is_empty() && !got.rebuild && !got.read_only);
                }
            }
        }
        for peer in &mut peers {
            for (from, log) in logs.iter().enumerate().rev() {
                prop_assert!(give(peer, actor(from), log).quarantined.is_empty());
            }
            prop_assert!(peer.pending().is_empty());
        }
        for peer in &peers {
            prop_assert_eq!(peer.text(), peers[0].text());
            prop_assert_eq!(peer.facts(), peers[0].facts());
            prop_assert_eq!(peer.history(), peers[0].history());
            prop_assert_eq!(peer.blame(), peers[0].blame());
            let again = Document::load(&peer.snapshot().unwrap()).unwrap();
            prop_assert_eq!(again.text(), peer.text());
            prop_assert_eq!(again.facts(), peer.facts());
            prop_assert_eq!(again.history(), peer.history());
        }
    }
}
