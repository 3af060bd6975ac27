//! Two people write in one note while apart, name it differently, meet, and settle the name.
//!
//! Run it: `cargo run -p moot-examples --example apart_and_together`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;

use moot_notebook::{
    ActorId, Author, ByteCount, BytePos, DeviceId, Document, Edit, FactBody, FactDraft, Incoming,
    LocalChange, NoteKind, PersonId, note_state,
};

const ANA: ActorId = ActorId([1; 16]);
const BO: ActorId = ActorId([2; 16]);

/// Who stands behind an actor. In a notebook the signed logs say it; here it is plain.
fn who(actor: &ActorId) -> Option<Author> {
    let person = if *actor == ANA { 1 } else { 2 };
    Some(Author {
        person: PersonId([person; 32]),
        device: DeviceId([person; 32]),
    })
}

fn name(person: &PersonId) -> &'static str {
    if person.0[0] == 1 { "Ana" } else { "Bo" }
}

/// A fact that follows all that a document holds. A program draws the nonce at random.
fn fact(document: &Document, nonce: u8, body: FactBody) -> Edit {
    Edit::Fact(FactDraft {
        after: document.fact_heads(),
        nonce: [nonce; 8],
        body,
    })
}

fn write(at: usize, text: &str) -> Edit {
    Edit::Splice {
        at: BytePos(at),
        delete: ByteCount(0),
        insert: text.to_owned(),
    }
}

fn hand_over(made: &[LocalChange], by: ActorId, to: &mut Document) {
    let changes: Vec<Incoming<'_>> = made
        .iter()
        .map(|change| Incoming {
            bytes: &change.bytes,
            actor: by,
            rank: None,
        })
        .collect();
    let ingested = to.ingest(&changes);
    assert!(ingested.quarantined.is_empty() && ingested.pending.is_empty());
}

fn main() -> Result<(), Box<dyn Error>> {
    let (mut ana, mut bo) = (Document::new(), Document::new());
    write_apart_and_meet(&mut ana, &mut bo)?;
    settle_the_name(&mut ana, &mut bo)
}

fn write_apart_and_meet(ana: &mut Document, bo: &mut Document) -> Result<(), Box<dyn Error>> {
    let begin = [
        fact(
            ana,
            1,
            FactBody::NoteCreated {
                kind: NoteKind::Practice,
            },
        ),
        fact(
            ana,
            2,
            FactBody::Title {
                text: "Check-in".to_owned(),
            },
        ),
        write(0, "One round. Everybody speaks once.\n"),
    ];
    let made = ana.edit(ANA, 1_000, &begin)?;
    hand_over(&made, ANA, bo);

    // Apart, both write at the same place and both find a better name.
    let by_ana = [
        write(0, "Why: to arrive.\n"),
        fact(
            ana,
            3,
            FactBody::Title {
                text: "How we arrive".to_owned(),
            },
        ),
    ];
    let by_ana = ana.edit(ANA, 2_000, &by_ana)?;
    let by_bo = [
        write(0, "Anyone may pass.\n"),
        fact(
            bo,
            4,
            FactBody::Title {
                text: "Opening round".to_owned(),
            },
        ),
    ];
    let by_bo = bo.edit(BO, 2_000, &by_bo)?;

    // They meet: each takes what the other made. No order is better than another.
    hand_over(&by_bo, BO, ana);
    hand_over(&by_ana, ANA, bo);
    assert_eq!(ana.text(), bo.text());
    assert_eq!(ana.version(), bo.version());
    println!("Both read:\n\n{}", ana.text());
    for span in ana.blame() {
        let by = who(&span.actor)
            .map(|author| name(&author.person))
            .unwrap_or_default();
        println!("  {by:>3}: {}", span.text.trim_end());
    }

    Ok(())
}

fn settle_the_name(ana: &mut Document, bo: &mut Document) -> Result<(), Box<dyn Error>> {
    let state = note_state(ana.facts(), &ana.body_info(), &who, 3_000);
    println!("\nTwo names stand, and nobody's is chosen for them:");
    for title in &state.title.values {
        let by: Vec<&str> = title.by.iter().map(name).collect();
        println!("  {:?} by {}", title.value, by.join(", "));
    }
    assert_eq!(state.title.values.len(), 2);

    // Anybody may settle it, by a name that follows both.
    let settle = [fact(
        ana,
        5,
        FactBody::Title {
            text: "How we arrive".to_owned(),
        },
    )];
    let settled = ana.edit(ANA, 4_000, &settle)?;
    hand_over(&settled, ANA, bo);
    let state = note_state(bo.facts(), &bo.body_info(), &who, 5_000);
    assert_eq!(state.title.values.len(), 1);
    println!(
        "\nSettled, on Bo's machine too: {:?}",
        state.title.values[0].value
    );
    Ok(())
}

#[test]
fn two_halves_meet_and_settle() {
    main().unwrap();
}
