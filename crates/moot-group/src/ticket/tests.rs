//! Tickets that survive what people do to them, and say what is wrong when they do not.

use proptest::prelude::*;

use super::*;

fn reach(number: u8, addresses: u8) -> Reach {
    Reach {
        peer_id: [&[0, 36, 8, 1, 18, 32], [number; 32].as_slice()].concat(),
        addresses: (0..addresses)
            .map(|at| format!("/ip4/192.168.{number}.{at}/udp/40001/quic-v1"))
            .collect(),
    }
}

fn ticket(peers: u8, addresses: u8, relays: u8) -> Ticket {
    Ticket {
        purpose: Purpose::Join,
        notebook: NotebookId([1; 16]),
        discovery_key: [2; 32],
        genesis: EntryId([3; 32]),
        seed: InviteSeed::from_bytes([4; 32]),
        mailbox: KemPk([5; 32]),
        peers: (0..peers).map(|number| reach(number, addresses)).collect(),
        relays: (0..relays).map(|number| reach(100 + number, 1)).collect(),
        notebook_name: "Garden co-op".into(),
        inviter_name: "Ana".into(),
    }
}

fn error(text: &str) -> TicketError {
    Ticket::decode(text).err().unwrap()
}

fn not_a_ticket() -> TicketError {
    TicketError::Foreign {
        what: "a ticket",
        begins: "moot1",
    }
}

#[test]
fn a_ticket_survives_copying_with_blanks_line_breaks_and_capitals() {
    let ticket = ticket(2, 2, 1);
    let text = ticket.encode();
    assert!(text.starts_with("moot1a") && text.len() <= TICKET_CHARS_MAX);
    assert!(Ticket::decode(&text) == Ok(ticket.clone()));
    assert!(Ticket::decode(&text.to_uppercase()) == Ok(ticket.clone()));
    let wrapped: String = text
        .chars()
        .enumerate()
        .map(|(at, c)| {
            if at % 60 == 0 {
                format!("\r\n > {c}")
            } else {
                c.to_string()
            }
        })
        .collect();
    assert_eq!(error(&wrapped), not_a_ticket());
    assert!(Ticket::decode(&wrapped.replace('>', "\u{feff}\t")) == Ok(ticket));
}

#[test]
fn addresses_are_dropped_from_the_end_until_the_ticket_fits() {
    let full = ticket(6, 4, 3);
    let text = full.encode();
    let read = Ticket::decode(&text).ok().unwrap();
    assert!(text.len() <= TICKET_CHARS_MAX, "{}", text.len());
    assert_eq!(
        read.relays.len(),
        3,
        "relays last: they answer when nobody is awake"
    );
    assert!(!read.peers.is_empty());
    for (kept, given) in read.peers.iter().zip(&full.peers) {
        assert_eq!(kept.peer_id, given.peer_id);
        assert!(given.addresses.starts_with(&kept.addresses) && !kept.addresses.is_empty());
    }
    let room = Ticket::decode(&ticket(2, 2, 2).encode()).ok().unwrap();
    assert!(
        room == ticket(2, 2, 2),
        "two peers with two addresses each and two relays fit whole"
    );
}

#[test]
fn long_names_are_cut_between_characters_and_control_characters_go() {
    let mut long = ticket(1, 1, 0);
    long.notebook_name = "é".repeat(100);
    long.inviter_name = "A\u{1b}[31mna".into();
    let read = Ticket::decode(&long.encode()).ok().unwrap();
    assert_eq!(read.notebook_name, "é".repeat(24));
    assert_eq!(read.inviter_name, "A[31mna");
}

#[test]
fn each_fault_has_its_own_message() {
    let text = ticket(1, 1, 1).encode();
    for foreign in [
        "",
        "moot",
        "hello",
        "mootx",
        "moot0aa",
        "https://example.org",
        "mоot1aa",
    ] {
        assert_eq!(error(foreign), not_a_ticket(), "{foreign}");
    }
    assert_eq!(
        error(&format!("moot2{}", &text[5..])),
        TicketError::Newer(2)
    );
    let expected = text.len();
    for len in 9..text.len() {
        assert_eq!(
            error(&text[..len]),
            TicketError::Truncated {
                expected,
                found: len
            },
            "{len}"
        );
    }
    for len in 5..9 {
        assert_eq!(
            error(&text[..len]),
            TicketError::OnlyBegun("moot1"),
            "{len}"
        );
    }
    assert_eq!(error("moot1abc"), TicketError::OnlyBegun("moot1"));
    assert_eq!(
        error(&format!("{text}abc")),
        TicketError::TooLong {
            expected,
            found: expected + 3
        }
    );
    let mut odd = text.clone();
    odd.replace_range(40..41, "1");
    assert_eq!(
        error(&odd),
        TicketError::Character {
            character: '1',
            position: 41
        }
    );
    assert_eq!(
        error(&format!("{text}.")),
        TicketError::Character {
            character: '.',
            position: expected + 1
        }
    );
}

#[test]
fn a_huge_paste_is_foreign_without_being_read() {
    assert_eq!(error(&"moot1a".repeat(10_000)), not_a_ticket());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn one_wrong_character_is_always_noticed(at in 5_usize..400, digit in "[a-z2-7]") {
        let text = ticket(1, 1, 1).encode();
        let at = at.min(text.len() - 1);
        prop_assume!(text[at..=at] != digit);
        let mut mistyped = text;
        mistyped.replace_range(at..=at, &digit);
        let found = error(&mistyped);
        let by_length = matches!(found, TicketError::Truncated { .. } | TicketError::TooLong { .. }) && at < 9;
        prop_assert!(found == TicketError::Mistyped || by_length, "{found:?}");
    }

    #[test]
    fn two_characters_swapped_are_noticed(at in 9_usize..300) {
        let mut text = ticket(1, 1, 1).encode().into_bytes();
        prop_assume!(text[at] != text[at + 1]);
        text.swap(at, at + 1);
        prop_assert_eq!(error(std::str::from_utf8(&text).unwrap()), TicketError::Mistyped);
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", tail in "(moot1)?[a-z2-7]{0,40}") {
        let _ = Ticket::decode(&text);
        let _ = Ticket::decode(&tail);
    }

    #[test]
    fn every_ticket_fits_and_reads_back_as_a_part_of_itself(
        peers in 0_u8..40,
        addresses in 0_u8..40,
        relays in 0_u8..40,
        name in "\\PC{0,60}",
    ) {
        let mut given = ticket(peers, addresses, relays);
        given.notebook_name = name;
        let text = given.encode();
        prop_assert!(text.len() <= TICKET_CHARS_MAX);
        let read = Ticket::decode(&text).ok().unwrap();
        prop_assert!(read.genesis == given.genesis && read.seed == given.seed);
    }
}
