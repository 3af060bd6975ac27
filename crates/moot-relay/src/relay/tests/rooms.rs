//! A disk that becomes full: nothing more is taken, and everything else goes on.

use super::*;
use crate::limits::{LAST_BYTES, RESERVE_AGAIN_BYTES, RESERVE_BYTES};

/// Lets the relay see its disk, as a driver does.
fn disk(world: &mut World, free: u64) {
    if world.relay.note_free(free) {
        world.wait(0);
    }
}

#[test]
fn on_a_full_disk_nothing_is_taken_what_is_kept_is_served_and_it_is_over_once_there_is_room() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    world.write(ALICE, 2);
    let alice = world.connect(ALICE);
    disk(&mut world, RESERVE_BYTES - 1);
    world.write(ALICE, 3);
    world.advance(ALICE);
    let is_full = |word: &Word| matches!(word, Word::Full(full) if full.device == device(ALICE) && full.share > 0);
    assert!(world.words(ALICE).iter().any(is_full));
    assert!(world.relay.status().is_full);
    let ben = world.connect(BEN);
    assert_eq!(world.entries(BEN), 2);
    let enrol = Enrol {
        notebook: NotebookId([0x55; 16]),
        ..World::enrolment_of(&[CARA])
    };
    world.say_on_enrolment(CARA, &Word::Enrol(enrol));
    assert_eq!(world.words(CARA), [not_enrolled(Unenrolled::Full)]);
    world.list(ben, &[], &[1], &[]);
    let joiner = world.join(1, b"sealed");
    assert_eq!(world.refused(joiner), Some(JoinRefusal::Other));
    disk(&mut world, RESERVE_AGAIN_BYTES - 1);
    assert_eq!(world.closed(alice), None);
    disk(&mut world, RESERVE_AGAIN_BYTES);
    assert_eq!(
        world.closed(alice),
        Some(CloseReason::Bye),
        "to bring it again"
    );
    let alice = world.connect(ALICE);
    assert!(world.is_in_step(alice));
    let said: Vec<&Event> = world
        .events
        .iter()
        .filter(|event| matches!(event, Event::NoRoom | Event::RoomAgain))
        .collect();
    assert_eq!(said, [&Event::NoRoom, &Event::RoomAgain]);
}

#[test]
fn at_the_very_end_of_a_disk_nothing_is_written_and_nothing_is_said_to_be() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1], &[]);
    world.join(1, b"sealed");
    disk(&mut world, LAST_BYTES - 1);
    let mail = Mail::new(invite(1), b"sealed".to_vec());
    world.say(stream, &Word::Taken(Taken { ids: vec![mail.id] }));
    assert_eq!(world.relay.status().mail, 1);
    let before = world.words(ALICE).len();
    let list = List {
        number: 9,
        devices: vec![device(BEN)],
        invites: Vec::new(),
        closed: Vec::new(),
    };
    world.say(stream, &Word::List(list));
    assert_eq!(world.words(ALICE).len(), before, "no answer");
    assert_eq!(world.closed(stream), None);
}
