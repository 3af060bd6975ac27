//! The same set of changes, sound and bad, in any order and any batches: the same document.

use automerge::legacy::ElementId;
use proptest::prelude::*;

use super::craft::{self, Craft};
use super::{ANA, BEN, CLEO, edit, give, incoming, splice, state, title};
use crate::attribution::Author;
use crate::document::Document;
use crate::fact::FactBody;
use crate::id::{ActorId, ChangeHash};
use crate::outcome::{Edit, Incoming};
use crate::state::{Standing, note_state};

/// Everything that two machines could differ in.
fn everything(document: &Document) -> impl PartialEq + std::fmt::Debug {
    let state = note_state(document.facts(), &document.body_info(), &nobody, 0);
    (
        state.digest(),
        (
            document.text(),
            document.heads(),
            document.history(),
            document.facts().clone(),
        ),
        (document.pending(), document.quarantined(), document.aside()),
        (document.blame(), document.body_info(), document.read_only()),
    )
}

/// A set with people writing at once, bad changes with followers, one that lacks what it follows, and one posted by
/// the wrong hand.
fn mixed_set() -> Vec<(Vec<u8>, ActorId)> {
    let mut set = Vec::new();
    let (mut ana, mut ben) = (Document::new(), Document::new());
    for round in 0..4_u8 {
        let mut made = edit(
            &mut ana,
            ANA,
            &[splice(0, 0, "ana "), state(&[], round, title("A"))],
        );
        made.extend(edit(&mut ana, ANA, &[splice(4, 0, "é")]));
        set.extend(made.iter().map(|change| (change.bytes.clone(), ANA)));
        let typed = edit(&mut ben, BEN, &[splice(0, 0, "ben ")]);
        set.extend(typed.iter().map(|change| (change.bytes.clone(), BEN)));
        give(&mut ana, BEN, &typed);
        give(&mut ben, ANA, &made);
    }
    let mut bad = Craft::first(&ana, CLEO);
    bad.seq = 3;
    let mut on_bad = Craft::first(&ana, ActorId([1; 16]));
    on_bad.deps = vec![ChangeHash::of_chunk(&bad.bytes())];
    let mut on_that = Craft::first(&ana, ActorId([2; 16]));
    on_that.deps = vec![ChangeHash::of_chunk(&on_bad.bytes()), ana.heads()[0]];
    on_that.deps.sort();
    let mut orphan = Craft::first(&ana, ActorId([3; 16]));
    orphan.deps = vec![ChangeHash([0xee; 32])];
    let wild = Craft::first(&ana, ActorId([4; 16])).with_ops(vec![craft::insert(
        ElementId::Id(craft::op_id(1_000, ANA)),
        "x",
    )]);
    for change in [bad, on_bad, on_that, orphan, wild] {
        set.push((change.bytes(), change.actor));
    }
    set.push((vec![1, 2, 3], CLEO));
    set.push((set[0].0.clone(), CLEO));
    set
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_in_any_batches_gives_the_same(
        order in Just((0..mixed_set().len()).collect::<Vec<_>>()).prop_shuffle(),
        size in 1..8_usize,
    ) {
        let set = mixed_set();
        let all: Vec<Incoming<'_>> = set.iter().map(|(bytes, actor)| incoming(bytes, *actor)).collect();
        let (expected, got) = Document::from_set(&all);
        prop_assert_eq!(got.applied.len(), 12);
        prop_assert_eq!(expected.quarantined().len(), 6);
        prop_assert_eq!(expected.pending().len(), 1);
        let shuffled: Vec<Incoming<'_>> = order.iter().map(|index| all[*index]).collect();
        let mut document = Document::new();
        for batch in shuffled.chunks(size) {
            prop_assert!(!document.ingest(batch).rebuild);
        }
        prop_assert_eq!(everything(&document), everything(&expected));
        let (again, _) = Document::from_set(&shuffled);
        prop_assert_eq!(everything(&again), everything(&expected));
    }
}

#[test]
fn what_waits_is_taken_in_by_the_call_that_brings_what_it_lacks() {
    let mut ana = Document::new();
    let one = edit(&mut ana, ANA, &[splice(0, 0, "one")]);
    let two = edit(&mut ana, ANA, &[splice(3, 0, " two")]);
    let mut ben = Document::new();
    let got = give(&mut ben, ANA, &two);
    assert_eq!(got.pending.len(), 1);
    assert_eq!(got.pending[0].missing, [one[0].hash]);
    assert_eq!(
        (ben.text(), ben.heads()),
        (String::new(), Document::new().heads())
    );
    let got = give(&mut ben, ANA, &one);
    assert_eq!(got.applied, [one[0].hash, two[0].hash]);
    assert!(got.pending.is_empty() && ben.pending().is_empty());
    assert_eq!(ben.text(), "one two");
}

#[test]
fn edits_of_one_paragraph_apart_keep_every_character() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let start = edit(&mut ana, ANA, &[splice(0, 0, "We meet on Monday.")]);
    give(&mut ben, ANA, &start);
    let anas = edit(&mut ana, ANA, &[splice(17, 0, " at seven")]);
    let bens = edit(&mut ben, BEN, &[splice(11, 6, "Tuesday")]);
    give(&mut ana, BEN, &bens);
    give(&mut ben, ANA, &anas);
    assert_eq!(ana.text(), ben.text());
    assert!(
        ana.text().contains("Tuesday") && ana.text().contains(" at seven"),
        "{}",
        ana.text()
    );
    let writers: Vec<ActorId> = ana.body_info().writers.into_keys().collect();
    assert_eq!(writers, [ANA, BEN]);
}

fn standing(document: &Document) -> Standing {
    note_state(document.facts(), &document.body_info(), &nobody, 0).standing
}

fn nobody(_: &ActorId) -> Option<Author> {
    None
}

#[test]
fn deleting_against_a_concurrent_edit_the_edit_wins_on_both_sides() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let start = edit(&mut ana, ANA, &[splice(0, 0, "text")]);
    give(&mut ben, ANA, &start);
    let deletion = state(&[], 1, FactBody::Deleted { seen: ana.heads() });
    let deleted = edit(&mut ana, ANA, &[deletion]);
    assert_eq!(standing(&ana), Standing::Deleted);
    let titled = edit(&mut ben, BEN, &[state(&[], 2, title("T"))]);
    give(&mut ana, BEN, &titled);
    assert_eq!(
        standing(&ana),
        Standing::Deleted,
        "a title is no edit of the text"
    );
    let typed = edit(&mut ben, BEN, &[splice(4, 0, " more")]);
    give(&mut ana, BEN, &typed);
    give(&mut ben, ANA, &deleted);
    assert_eq!(
        (standing(&ana), standing(&ben)),
        (Standing::Reopened, Standing::Reopened)
    );
    let seen = ana.heads();
    let deletion = state(&ana.fact_heads(), 3, FactBody::Deleted { seen });
    let again = edit(&mut ana, ANA, &[deletion]);
    give(&mut ben, ANA, &again);
    assert_eq!(
        (standing(&ana), standing(&ben)),
        (Standing::Deleted, Standing::Deleted)
    );
    edit(&mut ben, BEN, &[splice(0, 4, "")]);
    assert_eq!(
        standing(&ben),
        Standing::Reopened,
        "work on a deleted note reopens it"
    );
}

#[test]
fn one_fact_put_there_by_two_is_each_ones_own() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let anas = edit(&mut ana, ANA, &[state(&[], 1, title("T"))]);
    let bens = edit(&mut ben, BEN, &[state(&[], 1, title("T"))]);
    give(&mut ana, BEN, &bens);
    give(&mut ben, ANA, &anas);
    assert_eq!(ana.facts(), ben.facts());
    let entry = ana.facts().values().next().unwrap();
    assert_eq!(ana.facts().len(), 1);
    let mut actors: Vec<ActorId> = entry
        .inserted
        .iter()
        .map(|insertion| insertion.actor)
        .collect();
    actors.sort();
    assert_eq!(actors, [ANA, BEN]);
}

#[test]
fn a_valid_change_that_the_library_fails_on_makes_the_document_read_only_at_what_stood_before() {
    let mut ana = Document::new();
    let one = edit(&mut ana, ANA, &[splice(0, 0, "one")]);
    let two = edit(&mut ana, ANA, &[splice(3, 0, " two")]);
    let three = edit(&mut ana, ANA, &[splice(0, 0, "three ")]);
    let mut ben = Document::new();
    ben.fails_at = Some(two[0].hash);
    let all = [one.clone(), two.clone(), three.clone()].concat();
    let got = give(&mut ben, ANA, &all);
    assert!(got.read_only);
    assert_eq!(got.applied, [one[0].hash]);
    assert_eq!(ben.read_only(), Some(two[0].hash));
    assert_eq!(ben.text(), "one");
    assert_eq!(
        ben.edit(BEN, 0, &[splice(0, 0, "x")]),
        Err(crate::outcome::EditError::ReadOnly)
    );
    assert!(give(&mut ben, ANA, &three).applied.is_empty());
    let cleos = edit(&mut Document::new(), CLEO, &[splice(0, 0, "apart")]);
    assert!(give(&mut ben, CLEO, &cleos).applied.is_empty());
    assert_eq!(ben.text(), "one");
    assert_eq!(
        Document::load(&ben.snapshot().unwrap()).unwrap().text(),
        "one"
    );
}

/// So many people write at once.
fn crowd(size: u64) -> Document {
    let made: Vec<(Vec<u8>, ActorId)> = (0..size)
        .map(|number| {
            let mut actor = [0xd; 16];
            actor[..8].copy_from_slice(&number.to_be_bytes());
            let craft = Craft::first(&Document::new(), ActorId(actor));
            (craft.bytes(), ActorId(actor))
        })
        .collect();
    let all: Vec<Incoming<'_>> = made
        .iter()
        .map(|(bytes, actor)| incoming(bytes, *actor))
        .collect();
    let mut document = Document::new();
    let got = document.ingest(&all);
    assert_eq!(got.applied.len(), made.len());
    document
}

#[test]
fn whoever_edits_where_thousands_wrote_at_once_is_understood_by_all() {
    let crowd = crowd(2_500);
    let (mut ana, mut ben) = (crowd.clone(), crowd);
    let before = ana.text();
    let greet = [splice(0, 0, "Hello "), state(&[], 1, title("T"))];
    let made = edit(&mut ana, ANA, &greet);
    assert_eq!((made.len(), ana.heads().len()), (3, 1));
    assert_eq!(ana.text(), format!("Hello {before}"));
    let got = give(&mut ben, ANA, &made);
    assert_eq!((got.applied.len(), got.quarantined.len()), (3, 0));
    assert_eq!(everything(&ben), everything(&ana));
    // What each follows is counted once for each that wrote, and not for each pair of them.
    let kept = ben.graph.counts_kept();
    assert!(kept <= 4 * 2_500, "{kept} counts");
    let again = Document::load(&ben.snapshot().unwrap()).unwrap();
    assert_eq!(again.heads(), ben.heads());
}

#[test]
fn heads_are_gathered_on_top_of_what_one_wrote_oneself() {
    let mut ana = Document::new();
    let own = edit(&mut ana, ANA, &[splice(0, 0, "mine")]);
    let mut all = crowd(1_500);
    give(&mut all, ANA, &own);
    let made = edit(&mut all, ANA, &[Edit::Gather]);
    assert_eq!((made.len(), all.heads().len()), (2, 1));
    assert!(edit(&mut all, ANA, &[Edit::Gather]).is_empty());
}
