//! Whatever the order in which facts come, and whoever holds them: the same state, the same suggestion.

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::scene::*;
use crate::canon::bytes_of;
use crate::fact::meeting::*;
use crate::fact::role::{OfferKind, Part};
use crate::fact::{FactEntry, Facts, MeetingFact, RoleFact};
use crate::id::{ActorId, DocId, FactId};
use crate::meeting::meeting_state;
use crate::rota::{Turn, occasions, suggest};
use crate::state::Wishes;

/// A number below `end`.
fn below(dice: &mut ChaCha8Rng, end: usize) -> usize {
    usize::try_from(dice.next_u64() % end as u64).unwrap()
}

/// One thing that could be said, drawn; names something that was said, if anything was.
fn anything(dice: &mut ChaCha8Rng, known: &[FactId]) -> crate::fact::FactBody {
    let pick = |dice: &mut ChaCha8Rng| known[below(dice, known.len())];
    let id = pick(dice);
    let sitting = Some(pick(dice));
    let answer = Answer::ALL[below(dice, 2)];
    match below(dice, 20) {
        0 => MeetingFact::SittingOpened { members: vec![] }.body(),
        1 => MeetingFact::SittingClosed { sitting: id }.body(),
        2 | 3 => MeetingFact::ItemAdded {
            text: line("Item"),
            kind: ItemKind::Explore,
            place: ItemPlace::Proposed,
            minutes: None,
        }
        .body(),
        4 => MeetingFact::ItemMarked {
            item: id,
            mark: ItemMark::ALL[below(dice, 7)],
            sitting: None,
        }
        .body(),
        5 | 6 => MeetingFact::Advanced {
            sitting: pick(dice),
            from: Some(id),
            fate: None,
            to: sitting,
        }
        .body(),
        7 => MeetingFact::Advanced {
            sitting: pick(dice),
            from: None,
            fate: None,
            to: sitting,
        }
        .body(),
        8 => MeetingFact::Attended {
            status: Attendance::ALL[below(dice, 4)],
            sitting: None,
        }
        .body(),
        9 => MeetingFact::QueueJoined {
            sitting: id,
            kind: QueueKind::Topic,
            note: None,
        }
        .body(),
        10 => MeetingFact::QueueTaken { entry: id }.body(),
        11 => MeetingFact::AgendaOrdered {
            items: vec![id, pick(dice)],
        }
        .body(),
        12 => MeetingFact::ActionAdded {
            text: line("Do"),
            sitting: None,
            item: Some(id),
        }
        .body(),
        13 => MeetingFact::ActionAnswered { action: id, answer }.body(),
        14..18 => anything_of_roles(dice, id),
        _ => MeetingFact::Remarked {
            text: para("So."),
            record: Record::On,
            sitting: None,
            item: Some(id),
        }
        .body(),
    }
}

fn anything_of_roles(dice: &mut ChaCha8Rng, id: FactId) -> crate::fact::FactBody {
    let role = line(["facilitator", "scribe"][below(dice, 2)]);
    let answer = Answer::ALL[below(dice, 2)];
    match below(dice, 7) {
        0 | 1 => RoleFact::Offered {
            role,
            to: person(ANA),
            kind: OfferKind::ALL[below(dice, 5)],
            note: None,
            in_return: Some(line("scribe")),
            until_ms: None,
            term_until_ms: None,
            reason: None,
            basis: None,
        }
        .body(),
        2 | 3 => RoleFact::Answered { offer: id, answer }.body(),
        4 => RoleFact::Taken {
            role,
            part: Part::Holder,
        }
        .body(),
        5 => RoleFact::SteppedBack { role, note: None }.body(),
        _ => RoleFact::Opened { role }.body(),
    }
}

/// Some forty facts by four people, with holes in what each knew.
fn tangle(seed: u64) -> Vec<FactEntry> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut scene = meeting();
    let mut known: Vec<FactId> = scene.facts.keys().copied().collect();
    for _ in 0..40 {
        let actors = [ANA, ANAS_PHONE, BEN, CY, ActorId([99; 16])];
        let actor = actors[below(&mut dice, actors.len())];
        let after = (0..2)
            .map(|_| known[below(&mut dice, known.len())])
            .collect();
        let body = anything(&mut dice, &known);
        known.push(scene.say_after(actor, after, body));
    }
    scene.facts.into_values().collect()
}

fn shuffle(entries: &mut [FactEntry], dice: &mut ChaCha8Rng) {
    for at in (1..entries.len()).rev() {
        entries.swap(at, below(dice, at + 1));
    }
}

#[test]
fn a_thousand_orders_of_arrival_give_one_state_and_one_suggestion() {
    let meeting = DocId([7; 16]);
    let everyone = people(&[ANA, BEN, CY, DEE]);
    for seed in 0..20 {
        let mut entries = tangle(seed);
        let mut dice = ChaCha8Rng::seed_from_u64(seed + 1_000);
        let mut expected = None;
        for _ in 0..50 {
            shuffle(&mut entries, &mut dice);
            let mut facts = Facts::new();
            for entry in &entries {
                facts.insert(entry.id, entry.clone());
            }
            let state = meeting_state(&facts, &attribution, 1_000_000);
            let rows = occasions(meeting, &state);
            let turn = Turn::of([1; 32], DocId([9; 16]), &state, "facilitator");
            let list = suggest(&rows, &everyone, &Wishes::default(), &turn);
            let seen = (bytes_of(&state), state.digest(&[0; 32]), rows, list);
            assert_eq!(
                *expected.get_or_insert_with(|| seen.clone()),
                seen,
                "seed {seed}"
            );
        }
    }
}

#[test]
fn facts_that_come_in_two_parts_give_what_they_give_at_once() {
    for seed in 100..120 {
        let entries = tangle(seed);
        let whole: Facts = entries
            .iter()
            .map(|entry| (entry.id, entry.clone()))
            .collect();
        let mut halves = Facts::new();
        for half in [0, 1] {
            halves.extend(
                entries
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| at % 2 == half)
                    .map(|(_, entry)| (entry.id, entry.clone())),
            );
            let _on_the_way = meeting_state(&halves, &attribution, 0);
        }
        assert_eq!(
            meeting_state(&whole, &attribution, 0),
            meeting_state(&halves, &attribution, 0)
        );
    }
}
