//! The merge rules of notes and of the group document, as claims about facts said in some order. Opens no document.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::attribution::Author;
use crate::fact::{Fact, FactDraft, Insertion, LinkKind, NoteKind};
use crate::id::{ActorId, ChangeHash, DeviceId, DocId};

const ANA: ActorId = ActorId([1; 16]);
const ANAS_PHONE: ActorId = ActorId([2; 16]);
const BEN: ActorId = ActorId([3; 16]);
/// Nobody is proven to stand behind this one.
const UNPROVEN: ActorId = ActorId([9; 16]);

fn person(byte: u8) -> PersonId {
    PersonId([byte; 32])
}

fn attribution(actor: &ActorId) -> Option<Author> {
    let (person_byte, device) = match *actor {
        ANA => (0xa, 1),
        ANAS_PHONE => (0xa, 2),
        BEN => (0xb, 3),
        _ => return None,
    };
    Some(Author {
        person: person(person_byte),
        device: DeviceId([device; 32]),
    })
}

/// Facts being gathered; each `say` gives the id of what was said.
#[derive(Default)]
struct Said(Facts);

impl Said {
    fn say(&mut self, actor: ActorId, after: &[FactId], body: FactBody) -> FactId {
        let nonce = u64::to_be_bytes(self.0.len() as u64);
        let draft = FactDraft {
            after: after.to_vec(),
            nonce,
            body,
        };
        self.add(actor, draft.at(1_000 + self.0.len() as i64).encode())
    }

    fn add(&mut self, actor: ActorId, bytes: Vec<u8>) -> FactId {
        let id = FactId::of_bytes(&bytes);
        let insertion = Insertion {
            actor,
            change: ChangeHash([0; 32]),
        };
        let fact = Fact::decode(&bytes);
        let entry = FactEntry {
            id,
            bytes,
            fact,
            inserted: vec![],
        };
        self.0.entry(id).or_insert(entry).inserted.push(insertion);
        id
    }

    fn note(&self) -> NoteState {
        self.note_with(&BodyInfo::default())
    }

    fn note_with(&self, body: &BodyInfo) -> NoteState {
        note_state(&self.0, body, &attribution, 0)
    }

    fn group(&self) -> GroupState {
        group_state(&self.0, &attribution, 0)
    }
}

fn title(text: &str) -> FactBody {
    FactBody::Title {
        text: text.to_owned(),
    }
}

fn purpose(text: &str) -> FactBody {
    FactBody::Purpose {
        text: text.to_owned(),
    }
}

fn name(text: &str) -> FactBody {
    FactBody::ProfileName {
        text: text.to_owned(),
    }
}

fn values(slot: &Slot<String>) -> Vec<&str> {
    let mut values: Vec<&str> = slot
        .values
        .iter()
        .map(|value| value.value.as_str())
        .collect();
    values.sort_unstable();
    values
}

#[test]
fn concurrent_titles_are_both_kept_until_one_follows_both() {
    let mut said = Said::default();
    let first = said.say(ANA, &[], title("Plan"));
    let anas = said.say(ANA, &[first], title("Plan A"));
    let bens = said.say(BEN, &[first], title("Plan B"));
    let state = said.note();
    assert_eq!(values(&state.title), ["Plan A", "Plan B"]);
    assert!(state.title.is_contested() && state.title.settled().is_none());
    assert!(state.title.values.is_sorted_by_key(|value| value.fact));
    assert_eq!(state.title.shown().map(String::as_str), Some("Plan"));
    let by: Vec<_> = state
        .title
        .values
        .iter()
        .flat_map(|value| value.by.clone())
        .collect();
    assert_eq!(by.len(), 2);
    said.say(BEN, &[anas], title("Plan C"));
    assert_eq!(
        values(&said.note().title),
        ["Plan B", "Plan C"],
        "it follows one of them only"
    );
    said.say(ANA, &[anas, bens], title("Plan D"));
    assert_eq!(values(&said.note().title), ["Plan C", "Plan D"]);
    let all: Vec<FactId> = said.0.keys().copied().collect();
    said.say(BEN, &all, title("The plan"));
    assert_eq!(
        said.note().title.settled().map(String::as_str),
        Some("The plan")
    );
}

#[test]
fn a_title_follows_through_facts_of_other_kinds() {
    let mut said = Said::default();
    let first = said.say(ANA, &[], title("Old"));
    let between = said.say(
        BEN,
        &[first],
        FactBody::Tag {
            text: "t".to_owned(),
        },
    );
    said.say(BEN, &[between], title("New"));
    assert_eq!(said.note().title.settled().map(String::as_str), Some("New"));
}

#[test]
fn clocks_never_decide_a_title() {
    let mut facts = Said::default();
    let late = Fact {
        at_ms: 9_000_000,
        after: vec![],
        nonce: [1; 8],
        body: title("first, clock ahead"),
    };
    let id = facts.add(ANA, late.encode());
    let early = Fact {
        at_ms: -5,
        after: vec![id],
        nonce: [1; 8],
        body: title("second, clock behind"),
    };
    facts.add(BEN, early.encode());
    assert_eq!(
        facts.note().title.settled().map(String::as_str),
        Some("second, clock behind")
    );
}

#[test]
fn an_edit_that_a_deletion_had_not_seen_wins_over_it() {
    let mut said = Said::default();
    let deleted = said.say(ANA, &[], FactBody::Deleted { seen: vec![] });
    assert_eq!(said.note().standing, Standing::Deleted);
    let body = BodyInfo {
        overtaken: [deleted].into(),
        ..BodyInfo::default()
    };
    assert_eq!(said.note_with(&body).standing, Standing::Reopened);
    said.say(BEN, &[deleted], FactBody::Deleted { seen: vec![] });
    assert_eq!(
        said.note_with(&body).standing,
        Standing::Deleted,
        "deleted again, having seen it"
    );
}

#[test]
fn restoring_beats_a_deletion_before_it_and_one_apart_and_not_one_after() {
    let mut said = Said::default();
    let deleted = said.say(ANA, &[], FactBody::Deleted { seen: vec![] });
    let restored = said.say(BEN, &[deleted], FactBody::Restored);
    assert_eq!(said.note().standing, Standing::Open);
    said.say(ANA, &[deleted], FactBody::Deleted { seen: vec![] });
    assert_eq!(
        said.note().standing,
        Standing::Open,
        "deleted apart from the restoring"
    );
    said.say(ANA, &[restored], FactBody::Deleted { seen: vec![] });
    assert_eq!(said.note().standing, Standing::Deleted);
}

#[test]
fn tags_links_and_sources_add_up_until_retracted() {
    let mut said = Said::default();
    let tag = said.say(
        ANA,
        &[],
        FactBody::Tag {
            text: "rota".to_owned(),
        },
    );
    said.say(
        BEN,
        &[],
        FactBody::Tag {
            text: "rota".to_owned(),
        },
    );
    let link = FactBody::Link {
        kind: LinkKind::SeeAlso,
        to: DocId([5; 16]),
    };
    let link = said.say(BEN, &[], link);
    said.say(
        ANA,
        &[],
        FactBody::Source {
            citation: "Rost".to_owned(),
            url: None,
        },
    );
    let state = said.note();
    assert_eq!(
        (state.tags.len(), state.links.len(), state.sources.len()),
        (2, 1, 1)
    );
    said.say(BEN, &[], FactBody::Retract { of: tag });
    said.say(BEN, &[], FactBody::Retract { of: link });
    let state = said.note();
    assert_eq!(
        (state.tags.len(), state.links.len(), state.sources.len()),
        (1, 0, 1)
    );
}

#[test]
fn the_latest_import_of_each_path_is_known() {
    let mut said = Said::default();
    let import = |path: &str, byte| FactBody::Imported {
        path: path.to_owned(),
        digest: [byte; 32],
    };
    let first = said.say(ANA, &[], import("a.md", 1));
    said.say(ANA, &[first], import("a.md", 2));
    said.say(ANA, &[], import("b.md", 3));
    let mut imports: Vec<_> = said
        .note()
        .imports
        .into_iter()
        .map(|import| (import.path, import.digest[0]))
        .collect();
    imports.sort();
    assert_eq!(imports, [("a.md".to_owned(), 2), ("b.md".to_owned(), 3)]);
}

#[test]
fn a_note_knows_who_began_it_and_who_wrote() {
    let mut said = Said::default();
    said.say(
        ANA,
        &[],
        FactBody::NoteCreated {
            kind: NoteKind::Practice,
        },
    );
    let writers = BTreeMap::from([(BEN, 5_000), (ANAS_PHONE, 3), (UNPROVEN, 1)]);
    let state = said.note_with(&BodyInfo {
        writers,
        ..BodyInfo::default()
    });
    assert_eq!(state.kind.settled(), Some(&NoteKind::Practice));
    assert_eq!(
        state.created.map(|created| created.by),
        Some([person(0xa)].into())
    );
    assert_eq!(state.writers, [person(0xa), person(0xb)].into());
    assert_eq!(state.updated_ms, 5_000);
}

#[test]
fn what_does_not_count_is_shown_as_such() {
    let mut said = Said::default();
    let newer = said.say(ANA, &[], FactBody::Newer { tag: 250 });
    let stray = said.say(BEN, &[], purpose("not here"));
    let broken = said.add(BEN, b"no fact".to_vec());
    let state = said.note();
    assert_eq!(
        state.newer,
        [NewerFact {
            fact: newer,
            tag: 250
        }]
    );
    let ignored: BTreeMap<FactId, IgnoredWhy> = state
        .ignored
        .iter()
        .map(|ignored| (ignored.fact, ignored.why))
        .collect();
    let expected = [
        (stray, IgnoredWhy::OutOfPlace),
        (broken, IgnoredWhy::Malformed),
    ];
    assert_eq!(ignored, expected.into());
    assert!(
        state
            .ignored
            .iter()
            .all(|ignored| ignored.by == [person(0xb)].into())
    );
}

#[test]
fn a_name_is_its_authors_own_and_nobody_elses() {
    let mut said = Said::default();
    let anas = said.say(ANA, &[], name("Ana"));
    let bens = said.say(BEN, &[anas], name("Ana too"));
    let state = said.group();
    assert_eq!(
        values(&state.names[&person(0xa)]),
        ["Ana"],
        "Ben cannot supersede it"
    );
    assert_eq!(values(&state.names[&person(0xb)]), ["Ana too"]);
    let copied = said.0[&anas].bytes.clone();
    said.add(BEN, copied);
    let state = said.group();
    assert_eq!(values(&state.names[&person(0xa)]), ["Ana"]);
    assert_eq!(state.names[&person(0xa)].values[0].by, [person(0xa)].into());
    assert!(
        values(&state.names[&person(0xb)]).contains(&"Ana too"),
        "{bens}"
    );
    let unproven = said.say(UNPROVEN, &[], name("Nobody"));
    let state = said.group();
    assert_eq!(state.names.len(), 2);
    let why = IgnoredWhy::NotTheirs;
    assert_eq!(
        state.ignored,
        [Ignored {
            fact: unproven,
            by: BTreeSet::new(),
            why
        }]
    );
}

#[test]
fn two_devices_of_one_person_that_differ_are_both_shown() {
    let mut said = Said::default();
    said.say(ANA, &[], name("Ana"));
    said.say(ANAS_PHONE, &[], name("Anna"));
    assert_eq!(values(&said.group().names[&person(0xa)]), ["Ana", "Anna"]);
}

#[test]
fn of_two_purposes_the_older_stays_in_the_header_until_settled() {
    let mut said = Said::default();
    let old = said.say(ANA, &[], purpose("grow food"));
    let anas = said.say(ANA, &[old], purpose("grow food together"));
    let bens = said.say(BEN, &[old], purpose("feed the street"));
    let state = said.group();
    assert_eq!(state.purpose.shown().map(String::as_str), Some("grow food"));
    assert_eq!(
        values(&state.purpose),
        ["feed the street", "grow food together"]
    );
    said.say(ANA, &[anas, bens], purpose("grow food and feed the street"));
    assert_eq!(
        said.group().purpose.shown().map(String::as_str),
        Some("grow food and feed the street")
    );
}

#[test]
fn a_document_is_what_its_first_facts_make_it() {
    let mut said = Said::default();
    assert_eq!(document_kind(&said.0), DocumentKind::Empty);
    said.say(ANA, &[], FactBody::Newer { tag: 250 });
    assert_eq!(document_kind(&said.0), DocumentKind::Newer);
    said.say(
        BEN,
        &[],
        FactBody::NotebookName {
            text: "N".to_owned(),
        },
    );
    assert_eq!(document_kind(&said.0), DocumentKind::Group);
    said.say(
        BEN,
        &[],
        FactBody::NoteCreated {
            kind: NoteKind::Note,
        },
    );
    assert_eq!(document_kind(&said.0), DocumentKind::Note);
}

#[test]
fn a_digest_changes_with_what_is_seen_and_with_nothing_else() {
    let mut said = Said::default();
    let first = said.say(ANA, &[], title("T"));
    let before = said.note().digest();
    assert_eq!(said.note().digest(), before);
    let body = BodyInfo {
        digest: [1; 32],
        ..BodyInfo::default()
    };
    assert_ne!(said.note_with(&body).digest(), before);
    said.say(BEN, &[first], FactBody::Newer { tag: 99 });
    assert_ne!(said.note().digest(), before);
    assert_ne!(said.note().digest(), said.group().digest());
    let (a, b) = (
        (DocId([1; 16]), Digest([1; 32])),
        (DocId([2; 16]), Digest([2; 32])),
    );
    assert_eq!(
        state_digest(&[a, b], &[0; 32]),
        state_digest(&[b, a], &[0; 32])
    );
    assert_ne!(state_digest(&[a], &[0; 32]), state_digest(&[a], &[1; 32]));
}

proptest! {
    /// Whatever facts refer to, known or not: a state comes out, and at least one value of a slot that was ever filled.
    #[test]
    fn any_facts_give_a_state(steps in prop::collection::vec((0..10_u8, 0..4_u8, any::<u32>()), 0..60)) {
        let mut said = Said::default();
        let mut ids = vec![FactId([0; 16])];
        for (what, who, links) in steps {
            let after: Vec<FactId> =
                ids.iter().enumerate().filter(|(at, _)| links >> (at % 32) & 1 == 1).map(|(_, id)| *id).collect();
            let body = match what {
                0..3 => title(&format!("title {links}")),
                3 => FactBody::Deleted { seen: vec![ChangeHash([who; 32])] },
                4 => FactBody::Restored,
                5 => FactBody::Retract { of: ids[links as usize % ids.len()] },
                6 => FactBody::Tag { text: "tag".to_owned() },
                7 => purpose("why"),
                8 => name("name"),
                _ => FactBody::Newer { tag: links },
            };
            ids.push(said.say(ActorId([who; 16]), &after, body));
        }
        let (note, group) = (said.note(), said.group());
        let is_title = |entry: &FactEntry| matches!(entry.fact.as_ref().map(|fact| &fact.body), Some(FactBody::Title { .. }));
        prop_assert_eq!(note.title.values.is_empty(), !said.0.values().any(is_title));
        prop_assert_eq!(note.digest(), said.note().digest());
        prop_assert_eq!(group.digest(), said.group().digest());
    }
}
