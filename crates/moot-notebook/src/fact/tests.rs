//! The bytes and the limits of facts, as claims. Owns the pinned bytes; decides nothing that the format does not.

use super::*;
use crate::id::PersonId;

fn fact(body: FactBody) -> Fact {
    Fact {
        at_ms: 1_700_000_000_000,
        after: vec![FactId([3; 16])],
        nonce: [9; 8],
        body,
    }
}

fn title(text: &str) -> FactBody {
    FactBody::Title {
        text: text.to_owned(),
    }
}

#[test]
fn every_fact_reads_back_as_it_was_written() {
    let bodies = [
        title("Tour de table"),
        FactBody::Deleted {
            seen: vec![ChangeHash([1; 32]), ChangeHash([2; 32])],
        },
        FactBody::Restored,
        FactBody::Imported {
            path: "minutes/2024-01.md".to_owned(),
            digest: [7; 32],
        },
        FactBody::Tag {
            text: "مجلس".to_owned(),
        },
        FactBody::Link {
            kind: LinkKind::RespondsTo,
            to: DocId([4; 16]),
        },
        FactBody::Source {
            citation: "Rost, 1991".to_owned(),
            url: None,
        },
        FactBody::Source {
            citation: "Hardt".to_owned(),
            url: Some("https://example.org".to_owned()),
        },
        FactBody::Retract {
            of: FactId([5; 16]),
        },
        FactBody::NoteCreated {
            kind: NoteKind::Experiment,
        },
        FactBody::NotebookName {
            text: "Allotment".to_owned(),
        },
        FactBody::Purpose {
            text: "To grow food.\nTogether.".to_owned(),
        },
        FactBody::ProfileName {
            text: "Ana 🦊".to_owned(),
        },
    ];
    for body in bodies {
        let fact = fact(body);
        assert_eq!(
            Fact::decode(&fact.encode()).as_ref(),
            Some(&fact),
            "{fact:?}"
        );
    }
}

#[test]
fn the_bytes_of_a_fact_are_pinned() {
    let bytes = fact(title("A")).encode();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let expected = concat!(
        "a5",
        "0001",
        "011b0000018bcfe56800",
        "028150",
        "03030303030303030303030303030303",
        "0348",
        "0909090909090909",
        "046141",
    );
    assert_eq!(hex, expected);
    assert_eq!(
        FactId::of_bytes(&bytes).to_string(),
        "06e372879f2e61e4d1c2d5e52270b84a"
    );
}

#[test]
fn an_unknown_tag_is_something_newer() {
    let newer = fact(FactBody::Newer { tag: 9_999 });
    assert_eq!(Fact::decode(&newer.encode()), Some(newer));
}

#[test]
fn an_unknown_number_in_a_known_fact_is_something_newer() {
    let mut bytes = fact(FactBody::NoteCreated {
        kind: NoteKind::Note,
    })
    .encode();
    let last = bytes.len() - 1;
    bytes[last] = 23;
    assert_eq!(
        Fact::decode(&bytes).map(|fact| fact.body),
        Some(FactBody::Newer { tag: 16 })
    );
}

#[test]
fn an_unknown_key_is_passed_over() {
    let mut bytes = fact(FactBody::Restored).encode();
    assert_eq!(bytes[0], 0xa4);
    bytes[0] = 0xa5;
    bytes.extend([0x18, 200, 0x82, 1, 2]);
    assert_eq!(
        Fact::decode(&bytes).map(|fact| fact.body),
        Some(FactBody::Restored)
    );
}

#[test]
fn what_is_no_fact_is_none_and_never_a_panic() {
    let good = fact(title("A")).encode();
    for cut in 0..good.len() {
        assert_eq!(Fact::decode(&good[..cut]), None, "cut at {cut}");
    }
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(Fact::decode(&longer), None);
    for at in 0..good.len() {
        for flip in [0x01, 0x20, 0x80, 0xff] {
            let mut bad = good.clone();
            bad[at] ^= flip;
            let _ = Fact::decode(&bad);
        }
    }
}

#[test]
fn titles_take_any_script_and_no_control_characters() {
    for good in [
        "a",
        "נושא",
        "会議",
        "Ünïcødé",
        "👩‍👩‍👧",
        "x".repeat(512).as_str(),
    ] {
        assert_eq!(title(good).check(), Ok(()), "{good}");
    }
    assert_eq!(title("  ").check(), Err(WordsError::Empty));
    assert_eq!(title("a\nb").check(), Err(WordsError::Control { code: 10 }));
    assert_eq!(
        title("a\u{1b}[31m").check(),
        Err(WordsError::Control { code: 27 })
    );
    assert_eq!(
        title("a\u{9b}31m").check(),
        Err(WordsError::Control { code: 0x9b })
    );
    assert_eq!(
        title("a\u{2028}b").check(),
        Err(WordsError::Control { code: 0x2028 })
    );
    assert_eq!(
        title(&"x".repeat(513)).check(),
        Err(WordsError::TooLong {
            bytes: 513,
            max: 512
        })
    );
}

#[test]
fn a_fact_whose_words_break_a_limit_counts_as_none() {
    assert_eq!(Fact::decode(&fact(title("a\nb")).encode()), None);
}

/// One fact of each family with every sort of field in it.
fn facts_of_families() -> Vec<FactBody> {
    let role = || Line::new("scribe").unwrap();
    let full = RoleFact::Offered {
        role: role(),
        to: PersonId([7; 32]),
        kind: role::OfferKind::Swap,
        note: Some(Paragraph::new("Mind the\nclock.").unwrap()),
        in_return: Some(Line::new("facilitator").unwrap()),
        until_ms: Some(-5),
        term_until_ms: Some(5),
        reason: Some(Line::new("longest since a turn").unwrap()),
        basis: Some([8; 32]),
    };
    let bare = RoleFact::Offered {
        role: role(),
        to: PersonId([7; 32]),
        kind: role::OfferKind::Turn,
        note: None,
        in_return: None,
        until_ms: None,
        term_until_ms: None,
        reason: None,
        basis: None,
    };
    vec![
        FactBody::Role(full),
        FactBody::Role(bare),
        FactBody::Meeting(MeetingFact::Begun {}),
        FactBody::Meeting(MeetingFact::SittingOpened {
            members: vec![PersonId([1; 32]), PersonId([2; 32])],
        }),
        FactBody::Meeting(MeetingFact::AgendaOrdered { items: vec![] }),
        FactBody::Meeting(MeetingFact::Advanced {
            sitting: FactId([1; 16]),
            from: None,
            fate: None,
            to: Some(FactId([2; 16])),
        }),
        FactBody::Rota(RotaFact::PolicySet {
            role: role(),
            rhythm: role::Rhythm::Term,
            gap: 3,
            shadowing: role::Switch::Off,
            auto_offer: role::Switch::On,
            review_ms: None,
        }),
    ]
}

#[test]
fn facts_of_meetings_and_roles_read_back_as_they_were_written() {
    for body in facts_of_families() {
        let fact = fact(body);
        assert_eq!(
            Fact::decode(&fact.encode()).as_ref(),
            Some(&fact),
            "{fact:?}"
        );
    }
}

#[test]
fn the_bytes_of_a_step_are_pinned() {
    let step = facts_of_families().remove(5);
    let bytes = fact(step).encode();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let own = concat!(
        "0450",
        "01010101010101010101010101010101",
        "0750",
        "02020202020202020202020202020202",
    );
    assert!(hex.starts_with("a6001850") && hex.ends_with(own), "{hex}");
}

#[test]
fn a_field_of_the_wrong_sort_makes_no_fact_and_a_later_number_a_newer_one() {
    let head = |tag: &str, own: &str| {
        let head = format!("a5{tag}010002800348{}", "09".repeat(8));
        let hex = format!("{head}{own}");
        let bytes: Vec<u8> = (0..hex.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        Fact::decode(&bytes).map(|fact| fact.body)
    };
    let newer = Some(FactBody::Newer { tag: 114 });
    assert_eq!(head("001872", "0402"), newer, "no such way of naming yet");
    assert!(matches!(
        head("001872", "0401"),
        Some(FactBody::Meeting(MeetingFact::Named { .. }))
    ));
    assert_eq!(head("001872", "0461"), None, "cut off");
    assert_eq!(head("001872", "046161"), None, "a text is no number");
    assert_eq!(head("001842", "046120"), None, "a blank line is no series");
    assert_eq!(head("001849", "0441aa"), None, "an id has 16 bytes");
}
