//! Tickets that do not work: the joiner is told why, at once where a member was reached, and is in nothing afterwards.

use moot_engine::{Command, CommandError, ErrorKind, Reply};
use moot_group::{InviteSeed, Ticket};
use moot_sim::World;

use super::garden::{MINUTE_MS, done, invite, join, refused, shared, status};

const ANA: usize = 0;

/// Ana's notebook, and somebody with an empty home.
fn door() -> (World, usize) {
    let mut world = World::new(11);
    shared(&mut world, &["Ana"]);
    let eve = world.add_node(0);
    (world, eve)
}

#[track_caller]
fn check_refused(world: &mut World, node: usize, ticket: &str, kind: ErrorKind, says: &str) {
    let error = match join(world, node, "Eve", ticket) {
        Some(Err(error)) => error,
        other => panic!("not refused: {other:?}"),
    };
    assert_eq!(error.kind, kind, "{error:?}");
    assert!(error.message.contains(says), "{error:?}");
    assert!(!error.hint.is_empty(), "no hint: {error:?}");
}

#[track_caller]
fn check_nobody_came(world: &mut World, node: usize) {
    match done(world, ANA, Command::People) {
        Reply::People(people) => assert_eq!(people.len(), 1, "{people:?}"),
        other => panic!("not people: {other:?}"),
    }
    match done(world, node, Command::Notebooks) {
        Reply::Notebooks(notebooks) => assert!(notebooks.is_empty(), "{notebooks:?}"),
        other => panic!("not notebooks: {other:?}"),
    }
}

#[test]
fn a_used_up_ticket_is_refused_with_the_reason() {
    let (mut world, eve) = door();
    let ben = world.add_node(0);
    let ticket = invite(&mut world, ANA, 1);
    assert!(matches!(join(&mut world, ben, "Ben", &ticket), Some(Ok(_))));
    check_refused(&mut world, eve, &ticket, ErrorKind::Refused, "used up");
    let again = invite(&mut world, ANA, 1);
    assert!(matches!(join(&mut world, eve, "Eve", &again), Some(Ok(_))));
}

#[test]
fn an_expired_ticket_is_refused_with_the_reason() {
    let (mut world, eve) = door();
    let ticket = invite(&mut world, ANA, 1);
    world.run_for(61 * MINUTE_MS);
    check_refused(&mut world, eve, &ticket, ErrorKind::Refused, "expired");
    check_nobody_came(&mut world, eve);
}

#[test]
fn a_revoked_ticket_is_refused_with_the_reason() {
    let (mut world, eve) = door();
    let ticket = invite(&mut world, ANA, 1);
    let Reply::Invites(invites) = done(&mut world, ANA, Command::InviteList) else {
        panic!("not a list of invites");
    };
    let revoke = Command::InviteRevoke {
        invite: invites[0].id.clone(),
    };
    done(&mut world, ANA, revoke);
    check_refused(&mut world, eve, &ticket, ErrorKind::Refused, "revoked");
    check_nobody_came(&mut world, eve);
}

/// Nobody made the invite: whoever forges one knows the notebook's secrets from another ticket, and gets no further.
#[test]
fn a_forged_ticket_opens_no_door() {
    let (mut world, eve) = door();
    let mut ticket = Ticket::decode(&invite(&mut world, ANA, 1)).unwrap();
    ticket.seed = InviteSeed::from_bytes([9; 32]);
    let joined = join(&mut world, eve, "Eve", &ticket.encode());
    let Some(Err(CommandError { kind, .. })) = joined else {
        panic!("let in: {joined:?}");
    };
    assert_eq!(kind, ErrorKind::Unreachable);
    match done(&mut world, ANA, Command::People) {
        Reply::People(people) => assert_eq!(people.len(), 1, "{people:?}"),
        other => panic!("not people: {other:?}"),
    }
}

#[test]
fn a_mistyped_ticket_is_told_at_once_and_asks_nobody() {
    let (mut world, eve) = door();
    let good = invite(&mut world, ANA, 1);
    let middle = good.len() / 2;
    let other = if good.as_bytes()[middle] == b'a' {
        "b"
    } else {
        "a"
    };
    let swapped = [&good[..middle], other, &good[middle + 1..]].concat();
    let cases = [
        swapped,
        good[..good.len() - 5].to_owned(),
        format!("{good}aaaaaaaa"),
        good.replacen("moot1", "moot9", 1),
        good.replacen("moot1", "", 1),
        String::new(),
        "Ana's ticket \u{1f98a}".to_owned(),
        "moot1".to_owned(),
        "moot1".repeat(100_000),
    ];
    let frames = world.frames_sent();
    for ticket in cases {
        let ask = Command::Join {
            ticket: ticket.clone(),
            person: "Eve".to_owned(),
            wait_ms: MINUTE_MS,
        };
        let error = refused(&mut world, eve, ask);
        assert_eq!(error.kind, ErrorKind::Usage, "{ticket:.60}: {error:?}");
        assert!(!error.hint.is_empty(), "{error:?}");
    }
    assert_eq!(world.frames_sent(), frames);
    check_nobody_came(&mut world, eve);
    let copied = format!("  {}\n{}\t", good[..middle].to_uppercase(), &good[middle..]);
    let joined = join(&mut world, eve, "Eve", &copied);
    assert!(matches!(joined, Some(Ok(_))), "{joined:?}");
}

#[test]
fn a_member_is_not_let_in_twice() {
    let (mut world, eve) = door();
    let ticket = invite(&mut world, ANA, 2);
    assert!(matches!(join(&mut world, eve, "Eve", &ticket), Some(Ok(_))));
    let entries = status(&mut world, ANA).entries;
    check_refused(&mut world, eve, &ticket, ErrorKind::Refused, "already");
    assert_eq!(status(&mut world, ANA).entries, entries);
}
