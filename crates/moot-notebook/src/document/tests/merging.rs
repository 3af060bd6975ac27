//! The same set of changes, sound and bad, in any order and any batches: the same document.

use automerge::ReadDoc;
use automerge::legacy::ElementId;
use proptest::prelude::*;

use super::craft::{self, Craft};
use super::editing::fitting;
use super::{ANA, BEN, CLEO, edit, give, incoming, splice, state, title};
use crate::attribution::Author;
use crate::document::Document;
use crate::fact::FactBody;
use crate::id::{ActorId, ChangeHash};
use crate::limits::LATE_STEPS_MAX;
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_change_made_anew_leaves_what_the_library_makes_of_it(
        turns in prop::collection::vec(
            (any::<bool>(), 0..60_usize, 0..6_usize, "[aé👩x \n]{0,5}", any::<bool>()),
            1..30,
        )
    ) {
        let mut peers = [(Document::new(), ANA), (Document::new(), BEN)];
        let mut library = crate::base::document();
        let mut changes = 0;
        for (turn, (first, at, delete, insert, states)) in turns.into_iter().enumerate() {
            if first {
                peers.swap(0, 1);
            }
            let [(own, actor), (other, _)] = &mut peers;
            let mut edits = vec![fitting(&own.text(), at, delete, &insert)];
            if states {
                let nonce = craft::low_byte(turn);
                edits.push(state(&own.fact_heads(), nonce, title("T")));
            }
            let made = edit(own, *actor, &edits);
            let applied = made.iter().map(|one| automerge::Change::try_from(&one.bytes[..]).unwrap());
            library.apply_changes(applied.collect::<Vec<_>>()).unwrap();
            changes += made.len();
            let before = (other.text(), other.heads());
            give(other, *actor, &made);
            let told = other.splices_since(&before.1).unwrap();
            prop_assert_eq!(done(before.0, &told), own.text());
        }
        prop_assert_eq!(peers[0].0.remade + peers[1].0.remade, changes, "not all took the short way");
        for (document, _) in &peers {
            prop_assert_eq!(document.text(), library.text(crate::base::body()).unwrap());
            prop_assert_eq!(document.library.now().text(crate::base::body()).unwrap(), document.text());
            prop_assert_eq!(document.library.now().save(), library.save());
        }
    }
}

fn done(mut text: String, splices: &[Edit]) -> String {
    for edit in splices {
        let Edit::Splice { at, delete, insert } = edit else {
            unreachable!()
        };
        text.replace_range(at.0..at.0 + delete.0, insert);
    }
    text
}

#[test]
fn what_was_typed_at_once_by_two_is_told_place_by_place() {
    let mut ana = Document::new();
    edit(&mut ana, CLEO, &[splice(0, 0, "one two three")]);
    let mut ben = ana.clone();
    let of_ana = edit(&mut ana, ANA, &[splice(3, 0, "!"), splice(14, 0, "?")]);
    let of_ben = edit(&mut ben, BEN, &[splice(4, 3, "2"), splice(0, 0, "é")]);
    let (before, heads) = (ben.text(), ben.heads());
    give(&mut ben, ANA, &of_ana);
    assert_eq!(ben.remade, 0, "it does not follow all that is here");
    let told = ben.splices_since(&heads).unwrap();
    assert_eq!(told, [splice(5, 0, "!"), splice(14, 0, "?")]);
    assert_eq!(done(before, &told), ben.text());
    give(&mut ana, BEN, &of_ben);
    assert_eq!(ana.text(), ben.text());
}

/// What both took out is taken out once: what the change says is not what it does.
#[test]
fn what_two_took_out_at_once_is_told_once() {
    let mut ana = Document::new();
    edit(&mut ana, CLEO, &[splice(0, 0, "one two three")]);
    let mut ben = ana.clone();
    let of_ana = edit(&mut ana, ANA, &[splice(2, 6, ""), splice(0, 0, "x")]);
    edit(&mut ben, BEN, &[splice(4, 9, "2")]);
    let (before, heads) = (ben.text(), ben.heads());
    give(&mut ben, ANA, &of_ana);
    let told = ben.late.since(&heads.iter().copied().collect());
    let told = told.expect("it is known without comparing the texts");
    assert_eq!(done(before, &told), ben.text());
    assert_eq!(ben.text(), "xon2");
}

#[test]
fn a_text_is_followed_also_from_long_ago() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "begun")]);
    let (before, heads) = (document.text(), document.heads());
    for _ in 0..LATE_STEPS_MAX + 1 {
        edit(&mut document, ANA, &[splice(2, 1, "xy")]);
    }
    let told = document.splices_since(&heads).unwrap();
    assert!(told.len() < LATE_STEPS_MAX, "{}", told.len());
    assert_eq!(done(before, &told), document.text());
}
