//! What a search finds, in which order, and that no text breaks it.

use moot_log::NotebookId;
use moot_log::storage::{Indexed, Op, Reader, Store};
use moot_store::SqliteStore;
use proptest::prelude::*;

use crate::made::{NOTEBOOK, OTHER, relaxed};

fn index(notebook: NotebookId, doc: u8, title: &str, text: &str) -> Op {
    Op::Index {
        notebook,
        document: Indexed {
            doc: [doc; 16],
            title: title.to_owned(),
            text: text.to_owned(),
        },
    }
}

fn store_of(documents: &[(&str, &str)]) -> SqliteStore {
    let mut store = SqliteStore::in_memory();
    let ops = (1..)
        .zip(documents)
        .map(|(doc, (title, text))| index(NOTEBOOK, doc, title, text));
    store.commit(&relaxed(ops.collect())).unwrap();
    store
}

/// The documents found, best first.
fn found(store: &SqliteStore, query: &str) -> Vec<u8> {
    let hits = store.search(&NOTEBOOK, query, 100).unwrap();
    assert!(hits.is_sorted_by(|a, b| a.score >= b.score));
    hits.iter().map(|hit| hit.doc[0]).collect()
}

#[test]
fn all_words_must_be_there_and_the_last_may_be_unfinished() {
    let store = store_of(&[
        ("Tea", "Who brings the teapot"),
        ("Bread", "Ana brings the bread and tea"),
        ("Meeting", "Nothing of the kind"),
    ]);
    assert_eq!(found(&store, "BRINGS tea"), [1, 2]);
    assert_eq!(found(&store, "tea bring"), [1, 2]);
    assert_eq!(found(&store, "brin tea"), [], "only the last word");
    assert_eq!(found(&store, "teap"), [1]);
    assert_eq!(
        found(&store, "bread brings"),
        [2],
        "one in the title, one in the text"
    );
    assert_eq!(found(&store, "coffee"), []);
    assert_eq!(found(&store, ""), []);
}

#[test]
fn a_title_weighs_more_than_a_text() {
    let store = store_of(&[
        ("Minutes", "the garden, the shed, the water"),
        ("Garden", "the hedge, the shed, the water"),
        ("Other", "nothing here"),
        ("Another", "nothing there"),
    ]);
    assert_eq!(found(&store, "garden"), [2, 1]);
}

#[test]
fn accents_case_and_width_make_no_difference() {
    let store = store_of(&[("Café", "CRÈME brûlée; Straße; Łódź; Ｆｕｌｌ")]);
    for query in [
        "cafe",
        "Cafe\u{301}",
        "creme BRULEE",
        "strasse",
        "STRASSE",
        "lodz",
        "full",
        "ﬀ",
    ] {
        let expected: &[u8] = if query == "ﬀ" { &[] } else { &[1] };
        assert_eq!(found(&store, query), expected, "{query}");
    }
}

#[test]
fn scripts_without_spaces_are_found_from_any_glyph() {
    let store = store_of(&[
        ("会议", "我们在北京大学开会"),
        ("メモ", "東京タワーで会う"),
        ("บันทึก", "ประชุมที่กรุงเทพ"),
        ("회의", "학교에서 만나요"),
        ("កំណត់", "ប្រជុំនៅភ្នំពេញ"),
    ]);
    let table: [(&str, &[u8]); 12] = [
        ("北京", &[1]),
        ("大学开", &[1]),
        ("京", &[1, 2]),
        ("会", &[1, 2]),
        ("京北", &[]),
        ("タワー", &[2]),
        ("か", &[]),
        ("ประชุม", &[3]),
        ("กรุงเทพ", &[3]),
        ("학교", &[4]),
        ("교", &[4]),
        ("ភ្នំពេញ", &[5]),
    ];
    for (query, expected) in table {
        let mut docs = found(&store, query);
        docs.sort_unstable();
        assert_eq!(docs, expected, "{query}");
    }
}

#[test]
fn a_hit_shows_the_original_words_with_marks() {
    let store = store_of(&[("Thé", "Qui  apporte la théière ?")]);
    let hits = store.search(&NOTEBOOK, "theiere", 10).unwrap();
    assert_eq!(hits[0].title, "Thé");
    assert_eq!(hits[0].snippet, "Qui apporte la \u{2}théière\u{3} ?");
}

#[test]
fn a_document_is_found_as_it_was_last_indexed_and_only_in_its_notebook() {
    let mut store = store_of(&[("Old", "first words"), ("Kept", "other words")]);
    store
        .commit(&relaxed(vec![
            index(NOTEBOOK, 1, "New", "second words"),
            index(OTHER, 1, "Elsewhere", "first words"),
        ]))
        .unwrap();
    assert_eq!(found(&store, "first"), []);
    assert_eq!(found(&store, "new second"), [1]);
    let elsewhere = |store: &SqliteStore| store.search(&OTHER, "first", 10).unwrap().len();
    assert_eq!(elsewhere(&store), 1);

    let unindex = Op::Unindex {
        notebook: NOTEBOOK,
        doc: [1; 16],
    };
    store.commit(&relaxed(vec![unindex])).unwrap();
    assert_eq!(found(&store, "words"), [2]);
    let clear = Op::ClearIndex { notebook: NOTEBOOK };
    store.commit(&relaxed(vec![clear])).unwrap();
    assert_eq!(found(&store, "words"), []);
    assert_eq!(elsewhere(&store), 1);
    assert_eq!(store.check(), []);
}

#[test]
fn equal_hits_come_in_the_order_of_their_documents_and_no_more_than_asked_for() {
    let store = store_of(&[("A", "same"); 9]);
    assert_eq!(found(&store, "same"), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let few = store.search(&NOTEBOOK, "same", 2).unwrap();
    assert_eq!(few.iter().map(|hit| hit.doc[0]).collect::<Vec<_>>(), [1, 2]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_is_a_query_and_any_text_can_be_indexed(
        title in "\\PC{0,12}",
        text in any::<String>(),
        query in "(\\PC|[\"*^(){}:+-]|AND |OR |NEAR/|NOT ){0,16}",
    ) {
        let store = store_of(&[(&title, &text)]);
        prop_assert!(store.search(&NOTEBOOK, &query, 10).is_ok());
    }

    #[test]
    fn a_document_is_found_by_its_own_words_and_they_are_marked(text in "[a-zäéßA-Zก-๙ぁ-ん一-三0-9 .,\"]{1,40}") {
        let store = store_of(&[("", &text)]);
        let hits = store.search(&NOTEBOOK, &text, 10).unwrap();
        if text.chars().any(|letter| letter.is_ascii_alphanumeric()) {
            prop_assert_eq!(hits.len(), 1);
            let is_marked = hits[0].snippet.contains('\u{2}');
            prop_assert!(is_marked);
        }
        for hit in hits {
            let opened = hit.snippet.matches('\u{2}').count();
            prop_assert_eq!(opened, hit.snippet.matches('\u{3}').count());
        }
    }
}
