//! Whatever the order in which facts come, and whoever holds them: the same state, the same suggestion.

use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;

use super::anything::{anything, below};
use super::scene::*;
use crate::canon::bytes_of;
use crate::document::Document;
use crate::fact::{FactBody, FactDraft, FactEntry, Facts, MeetingFact};
use crate::id::{ActorId, ByteCount, BytePos, DocId, FactId};
use crate::meeting::{Carried, Traces, meeting_state};
use crate::outcome::{Edit, Incoming};
use crate::rota::{Turn, occasions, suggest};
use crate::settle::meeting_contests;
use crate::state::Wishes;
use crate::view::{Eyes, meeting_inbox, minutes_markdown};

/// Some eighty facts by four people, with holes in what each knew.
fn tangle(seed: u64) -> Vec<FactEntry> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut scene = meeting();
    let mut known: Vec<FactId> = scene.facts.keys().copied().collect();
    for _ in 0..80 {
        let actors = [ANA, ANAS_PHONE, BEN, CY, ActorId([99; 16])];
        let actor = actors[below(&mut dice, actors.len())];
        let after = (0..2)
            .map(|_| known[below(&mut dice, known.len())])
            .collect();
        let body = anything(&mut dice, &scene.facts);
        known.push(match below(&mut dice, 2) {
            0 => scene.say(actor, body),
            _ => scene.say_after(actor, after, body),
        });
    }
    scene.facts.into_values().collect()
}

/// Four people write in a document of a meeting, each on their own copy; now and then one hears of another. Answers all changes,
/// with who made them.
fn written_apart(seed: u64) -> Vec<(ActorId, Vec<u8>)> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let actors = [ANA, BEN, CY, DEE];
    let mut copies = actors.map(|_| Document::new());
    let mut made: Vec<(ActorId, Vec<u8>)> = Vec::new();
    for step in 0..60 {
        let who = below(&mut dice, actors.len());
        if step > 0 && below(&mut dice, 3) == 0 {
            let heard = below(&mut dice, made.len() + 1);
            ingest(&mut copies[who], &made[..heard]);
        }
        let known = copies[who].facts();
        let body = match step {
            0 => MeetingFact::Begun {}.body(),
            _ if known.is_empty() || step % 9 == 0 => FactBody::Title {
                text: format!("Title {step}"),
            },
            _ => anything(&mut dice, known),
        };
        let draft = FactDraft {
            after: copies[who].fact_heads(),
            nonce: [u8::try_from(step).unwrap(); 8],
            body,
        };
        let words = Edit::Splice {
            at: BytePos(0),
            delete: ByteCount(0),
            insert: format!("{step} "),
        };
        let edits = [Edit::Fact(draft), words];
        let changes = copies[who].edit(actors[who], 1_000 * step, &edits).unwrap();
        made.extend(changes.into_iter().map(|one| (actors[who], one.bytes)));
    }
    made
}

fn ingest(document: &mut Document, changes: &[(ActorId, Vec<u8>)]) {
    let batch: Vec<Incoming<'_>> = changes
        .iter()
        .map(|(actor, bytes)| Incoming {
            bytes,
            actor: *actor,
            rank: None,
        })
        .collect();
    document.ingest(&batch);
}

/// Everything that anybody is shown of a meeting, as bytes where it has any.
fn everything_shown(document: &Document) -> impl PartialEq + std::fmt::Debug + use<> {
    let doc = DocId([7; 16]);
    let facts = document.facts();
    let state = meeting_state(facts, &attribution, 1_000_000);
    let rows = occasions(doc, &state);
    let turn = Turn::of([1; 32], DocId([9; 16]), &state, "facilitator");
    let everyone = people(&[ANA, BEN, CY, DEE]);
    let list = suggest(&rows, &everyone, &Wishes::default(), &turn);
    let eyes = Eyes {
        name_of: &|person| format!("{:02x}", person.0[0]),
        time_of: &|at_ms, zone| format!("{at_ms} {zone}"),
    };
    let carried = Carried::from_earlier([(doc, &Traces::of(&state))]);
    let minutes = minutes_markdown(&state, &carried, &document.text(), eyes);
    let inbox = meeting_inbox(doc, &state, &carried, person(BEN), eyes);
    (
        (bytes_of(&state), state.digest(&document.body_info().digest)),
        (Traces::of(&state).encode(), rows, list),
        (minutes, inbox, meeting_contests(&state)),
    )
}

#[test]
fn a_thousand_orders_of_arrival_give_one_document_one_state_and_the_same_views() {
    for seed in 0..20 {
        let mut changes = written_apart(seed);
        let mut dice = ChaCha8Rng::seed_from_u64(seed + 1_000);
        let mut expected = None;
        for _ in 0..50 {
            for at in (1..changes.len()).rev() {
                changes.swap(at, below(&mut dice, at + 1));
            }
            let mut document = Document::new();
            let mut rest = changes.as_slice();
            while !rest.is_empty() {
                let (batch, later) = rest.split_at(below(&mut dice, rest.len()) + 1);
                ingest(&mut document, batch);
                rest = later;
            }
            let seen = everything_shown(&document);
            let first = expected.get_or_insert_with(|| everything_shown(&document));
            assert_eq!(*first, seen, "seed {seed}");
            assert!(document.pending().is_empty(), "all was there");
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

#[test]
fn what_is_drawn_by_chance_comes_to_all_that_the_rules_judge() {
    let states: Vec<_> = (0..200)
        .map(|seed| {
            let facts: Facts = tangle(seed)
                .into_iter()
                .map(|entry| (entry.id, entry))
                .collect();
            meeting_state(&facts, &attribution, 1_000_000)
        })
        .collect();
    let consents = || states.iter().flat_map(|state| &state.consents);
    for state in ["open", "adopted", "contested", "closed"] {
        let found = consents().any(|one| one.state.word() == state);
        assert!(found, "a consent round that is {state}");
    }
    let roles = || states.iter().flat_map(|state| state.roles.0.values());
    let offers = || roles().flat_map(|role| &role.offers);
    for state in [
        "open",
        "accepted",
        "declined",
        "withdrawn",
        "no longer needed",
    ] {
        let found = offers().any(|one| one.state.word() == state);
        assert!(found, "an offer that is {state}");
    }
    assert!(roles().any(|role| role.unsettled), "a contest over a role");
    assert!(roles().any(|role| !role.nominees().is_empty()));
    let items = || states.iter().flat_map(|state| state.items.values());
    for standing in ["current", "carried", "skipped", "done", "dropped"] {
        let stands =
            |one: &crate::meeting::Item| one.standing.map(|now| now.word()) == Some(standing);
        assert!(items().any(stands), "an item that is {standing}");
    }
    let sittings = || states.iter().flat_map(|state| &state.sittings);
    assert!(sittings().any(|one| one.reopened));
    assert!(sittings().any(|one| !one.rivals.is_empty()));
    assert!(sittings().any(|one| !one.queue.is_empty()));
    assert!(states.iter().any(|state| state.purpose.is_contested()));
    assert!(states.iter().any(|state| !state.unnamed.is_empty()));
}
