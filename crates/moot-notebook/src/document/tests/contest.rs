//! Two changes of one actor with one number: the same one stands on every machine.

use super::craft::Craft;
use super::{ANA, BEN, CLEO, edit, give, splice};
use crate::document::Document;
use crate::id::{ActorId, ChangeHash};
use crate::outcome::{Edit, Incoming, LocalChange, LogRank};

const LOG: [u8; 32] = [1; 32];
const OTHER_LOG: [u8; 32] = [2; 32];

/// One change by one actor in its own copy.
fn apart(document: &Document, actor: ActorId, edits: &[Edit]) -> LocalChange {
    let mut copy = document.clone();
    edit(&mut copy, actor, edits).remove(0)
}

fn ranked(change: &LocalChange, actor: ActorId, log: [u8; 32], seq: u64) -> Incoming<'_> {
    Incoming {
        bytes: &change.bytes,
        actor,
        rank: Some(LogRank { log, seq, index: 0 }),
    }
}

fn unranked(change: &LocalChange, actor: ActorId) -> Incoming<'_> {
    Incoming {
        bytes: &change.bytes,
        actor,
        rank: None,
    }
}

/// Two first changes by Ana, the one with the smaller hash first.
fn twins() -> [LocalChange; 2] {
    let mut twins = ["one", "two"].map(|text| apart(&Document::new(), ANA, &[splice(0, 0, text)]));
    twins.sort_by_key(|change| change.hash);
    twins
}

/// Makes a document of the set in every rotation and both ways round; all must agree.
fn check_every_order(set: &[Incoming<'_>], applied: &[ChangeHash], aside: &[ChangeHash]) {
    let (mut applied, mut aside) = (applied.to_vec(), aside.to_vec());
    applied.sort();
    aside.sort();
    for from in 0..set.len() {
        let mut order = [&set[from..], &set[..from]].concat();
        for _ in 0..2 {
            let (document, mut got) = Document::from_set(&order);
            got.applied.sort();
            assert_eq!(
                (got.applied, document.aside()),
                (applied.clone(), aside.clone())
            );
            assert!(!got.rebuild && got.pending.is_empty() && got.quarantined.is_empty());
            order.reverse();
        }
    }
}

#[test]
fn within_one_log_the_earlier_stands_whatever_its_hash() {
    let [small, large] = twins();
    let set = [ranked(&small, ANA, LOG, 5), ranked(&large, ANA, LOG, 4)];
    check_every_order(&set, &[large.hash], &[small.hash]);
}

#[test]
fn across_logs_and_without_logs_the_smaller_hash_stands() {
    let [small, large] = twins();
    let apart = [
        ranked(&small, ANA, LOG, 5),
        ranked(&large, ANA, OTHER_LOG, 4),
    ];
    check_every_order(&apart, &[small.hash], &[large.hash]);
    let live = [unranked(&small, ANA), unranked(&large, ANA)];
    check_every_order(&live, &[small.hash], &[large.hash]);
}

#[test]
fn a_change_that_is_first_in_any_log_may_stand() {
    let [small, large] = twins();
    let set = [
        ranked(&small, ANA, LOG, 5),
        ranked(&large, ANA, LOG, 4),
        ranked(&small, ANA, OTHER_LOG, 0),
    ];
    check_every_order(&set, &[small.hash], &[large.hash]);
}

#[test]
fn what_follows_the_loser_is_put_aside_and_the_winners_line_goes_on() {
    let [small, large] = twins();
    let mut wins = Document::new();
    give(&mut wins, ANA, std::slice::from_ref(&small));
    let next = apart(&wins, ANA, &[splice(0, 0, "next ")]);
    let mut loses = Document::new();
    give(&mut loses, ANA, std::slice::from_ref(&large));
    let lost_next = apart(&loses, ANA, &[splice(3, 0, " lost")]);
    let bens = apart(&loses, BEN, &[splice(3, 0, " Ben on the lost text")]);
    let cleos = apart(
        &wins,
        CLEO,
        &[splice(3, 0, " Cleo on the text that stands")],
    );
    let set = [
        unranked(&small, ANA),
        unranked(&large, ANA),
        unranked(&next, ANA),
        unranked(&lost_next, ANA),
        unranked(&bens, BEN),
        unranked(&cleos, CLEO),
    ];
    check_every_order(
        &set,
        &[small.hash, next.hash, cleos.hash],
        &[large.hash, lost_next.hash, bens.hash],
    );
}

#[test]
fn ingest_never_chooses_and_asks_for_a_rebuild() {
    let [small, large] = twins();
    for (first, second) in [(&small, &large), (&large, &small)] {
        let mut document = Document::new();
        give(&mut document, ANA, std::slice::from_ref(first));
        let text = document.text();
        let got = give(&mut document, ANA, std::slice::from_ref(second));
        assert!(got.rebuild && got.applied.is_empty());
        assert_eq!(document.text(), text);
        let (rebuilt, got) = Document::from_set(&[unranked(first, ANA), unranked(second, ANA)]);
        assert_eq!(got.aside, [large.hash]);
        assert_eq!(rebuilt.heads(), [small.hash]);
    }
}

#[test]
fn after_a_rebuild_only_new_rivals_and_new_ranks_ask_again() {
    let [small, large] = twins();
    let set = [
        ranked(&small, ANA, LOG, 5),
        ranked(&large, ANA, OTHER_LOG, 4),
    ];
    let (mut document, _) = Document::from_set(&set);
    assert!(!document.ingest(&set).rebuild);
    assert!(document.ingest(&[ranked(&large, ANA, LOG, 0)]).rebuild);
    let bens = apart(&document, BEN, &[splice(0, 0, "b")]);
    assert_eq!(give(&mut document, BEN, &[bens]).applied.len(), 1);
    let mut third = Craft::first(&Document::new(), ANA);
    third.at_ms = 77;
    let bytes = third.bytes();
    assert!(
        document
            .ingest(&[Incoming {
                bytes: &bytes,
                actor: ANA,
                rank: None
            }])
            .rebuild
    );
}

#[test]
fn a_change_that_follows_both_of_two_rivals_is_refused() {
    let [small, large] = twins();
    let mut both = Craft::first(&Document::new(), BEN);
    both.deps = vec![small.hash, large.hash];
    both.start_op = 6;
    let bytes = both.bytes();
    let bens = Incoming {
        bytes: &bytes,
        actor: BEN,
        rank: None,
    };
    for order in [
        [unranked(&small, ANA), unranked(&large, ANA), bens],
        [bens, unranked(&large, ANA), unranked(&small, ANA)],
    ] {
        let (document, got) = Document::from_set(&order);
        assert_eq!(got.quarantined[0].why, crate::outcome::Refusal::ForkedPast);
        assert_eq!(document.heads(), [small.hash]);
    }
}

#[test]
fn nobody_writes_on_as_an_actor_that_has_forked() {
    let [small, large] = twins();
    let (mut document, _) = Document::from_set(&[unranked(&small, ANA), unranked(&large, ANA)]);
    assert!(document.edit(ANA, 0, &[splice(0, 0, "x")]).is_err());
    edit(&mut document, BEN, &[splice(0, 0, "x")]);
}
