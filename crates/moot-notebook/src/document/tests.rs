//! What is true of a document, as claims; `craft` makes the changes that no honest program would.

mod contest;
mod craft;
mod editing;
mod failing;
mod hostile;
mod merging;
mod storing;

use super::Document;
use crate::fact::{FactBody, FactDraft};
use crate::id::{ActorId, ByteCount, BytePos, FactId};
use crate::outcome::{Edit, Incoming, Ingested, LocalChange};

const ANA: ActorId = ActorId([0xa; 16]);
const BEN: ActorId = ActorId([0xb; 16]);
const CLEO: ActorId = ActorId([0xc; 16]);

fn splice(at: usize, delete: usize, insert: &str) -> Edit {
    Edit::Splice {
        at: BytePos(at),
        delete: ByteCount(delete),
        insert: insert.to_owned(),
    }
}

fn state(after: &[FactId], nonce: u8, body: FactBody) -> Edit {
    Edit::Fact(FactDraft {
        after: after.to_vec(),
        nonce: [nonce; 8],
        body,
    })
}

fn title(text: &str) -> FactBody {
    FactBody::Title {
        text: text.to_owned(),
    }
}

/// Types as `actor`, and panics where that is refused.
fn edit(document: &mut Document, actor: ActorId, edits: &[Edit]) -> Vec<LocalChange> {
    document.edit(actor, 1_000, edits).unwrap()
}

fn incoming(bytes: &[u8], actor: ActorId) -> Incoming<'_> {
    Incoming {
        bytes,
        actor,
        rank: None,
    }
}

/// Gives a document what `actor` made.
fn give(document: &mut Document, actor: ActorId, changes: &[LocalChange]) -> Ingested {
    let batch: Vec<Incoming<'_>> = changes
        .iter()
        .map(|change| incoming(&change.bytes, actor))
        .collect();
    document.ingest(&batch)
}

#[test]
fn a_new_document_is_empty_and_the_same_everywhere() {
    let (one, other) = (Document::new(), Document::new());
    assert_eq!(one.heads(), other.heads());
    assert_eq!(one.text(), "");
    assert!(one.facts().is_empty());
    assert!(one.history().is_empty());
}

#[test]
fn what_one_writes_another_reads() {
    let (mut ana, mut ben) = (Document::new(), Document::new());
    let made = edit(
        &mut ana,
        ANA,
        &[splice(0, 0, "Hello"), state(&[], 1, title("Greeting"))],
    );
    let got = give(&mut ben, ANA, &made);
    assert_eq!(got.applied, vec![made[0].hash]);
    assert_eq!(ben.text(), "Hello");
    assert_eq!(ben.facts(), ana.facts());
    assert_eq!(ben.version(), ana.version());
    assert_eq!(
        give(&mut ben, ANA, &made),
        Ingested::default(),
        "giving it again changes nothing"
    );
}

#[test]
fn history_and_versions_lead_back_to_every_text() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "one")]);
    edit(&mut document, BEN, &[splice(3, 0, " two")]);
    edit(
        &mut document,
        ANA,
        &[splice(0, 4, ""), state(&[], 1, title("T"))],
    );
    let rows = document.history();
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.actor,
                row.inserted_chars,
                row.deleted_chars,
                row.facts.len(),
            )
        })
        .collect();
    assert_eq!(told, [(ANA, 3, 0, 0), (BEN, 4, 0, 0), (ANA, 0, 4, 1)]);
    let texts: Vec<String> = rows
        .iter()
        .map(|row| {
            document
                .text_at(&document.heads_of_version(row.version).unwrap())
                .unwrap()
        })
        .collect();
    assert_eq!(texts, ["one", "one two", "two"]);
    assert_eq!(rows[2].version, document.version());
    assert_eq!(document.heads_of_version(crate::id::Version([0; 32])), None);
    assert!(document.text_at(&[crate::id::ChangeHash([7; 32])]).is_err());
}

#[test]
fn blame_names_who_wrote_each_part() {
    let mut document = Document::new();
    edit(&mut document, ANA, &[splice(0, 0, "naïve café")]);
    edit(&mut document, BEN, &[splice(6, 0, " old 👩‍👩‍👧")]);
    let spans: Vec<_> = document
        .blame()
        .into_iter()
        .map(|span| (span.actor, span.text))
        .collect();
    assert_eq!(
        spans,
        [
            (ANA, "naïve".to_owned()),
            (BEN, " old 👩‍👩‍👧".to_owned()),
            (ANA, " café".to_owned())
        ]
    );
}
