//! A relay with real sessions of members on the other side.

use moot_log::entry::Draft;
use moot_log::relay::{Enrol, List, Mail, NotEnrolled, Taken, Unenrolled};
use moot_log::session::{CloseReason, Event as Said, JoinRefusal};
use moot_log::storage::Reader;
use moot_log::{Digest, KeyId, Kind};
use moot_store::SqliteStore;

use moot_log::Entry;

use super::*;
use crate::limits::{INVITES_PER_NOTEBOOK, POSTS, SESSIONS_PER_PEER, WORDS};

mod crowds;
mod rooms;
mod world;

use world::{ALICE, BEN, CARA, GENESIS, NOTEBOOK, World, device, entry_after, invite, log_of};

#[test]
fn two_members_who_are_never_awake_together_get_each_others_entries() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    world.write(ALICE, 30);
    world.write(BEN, 7);
    let stream = world.connect(ALICE);
    assert!(world.is_in_step(stream));
    world.leave(stream);
    let stream = world.connect(BEN);
    assert!(world.is_in_step(stream));
    world.leave(stream);
    let stream = world.connect(ALICE);
    assert!(world.is_in_step(stream));
    assert_eq!(world.digest(ALICE), world.digest(BEN));
    assert_eq!(world.entries(ALICE), 37);
}

#[test]
fn what_is_written_while_both_are_there_is_handed_on_at_once() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    let streams = [world.connect(ALICE), world.connect(BEN)];
    world.write(ALICE, 3);
    world.advance(ALICE);
    assert_eq!(world.entries(BEN), 3);
    world.live(streams[0], b"typed");
    assert!(world.heard(BEN, &Said::Live(b"typed".to_vec())));
    assert!(!world.heard(ALICE, &Said::Live(b"typed".to_vec())));
}

#[test]
fn both_branches_of_a_log_are_kept_and_handed_on() {
    let mut world = World::enrolled(&[ALICE, BEN, CARA]);
    let trunk = world.write(ALICE, 4);
    let left = entry_after(ALICE, trunk.last(), b"left");
    let right = entry_after(ALICE, trunk.get(1), b"right");
    world.put(ALICE, &left);
    world.put(BEN, &trunk[0]);
    world.put(BEN, &trunk[1]);
    world.put(BEN, &right);
    for member in [ALICE, BEN, CARA, ALICE] {
        let stream = world.connect(member);
        assert!(world.is_in_step(stream), "{member}");
        world.leave(stream);
    }
    assert_eq!(world.entries(CARA), 6);
    assert_eq!(world.digest(ALICE), world.digest(CARA));
}

#[test]
fn a_stranger_gets_the_refusal_that_strangers_get() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(BEN);
    assert_eq!(world.closed(stream), None, "not before a full second");
    world.wait(1_000);
    assert_eq!(world.closed(stream), Some(CloseReason::Refused));
    assert_eq!(world.relay.status().sessions, 0);
}

#[test]
fn a_forged_entry_ends_the_session_and_is_not_kept() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    // A log of Ben's that Alice wrote: its head is his, its entry is signed by her.
    let draft = Draft {
        kind: Kind::Sealed,
        log_id: log_of(BEN).log_id(),
        seq: 0,
        prev: EntryId(log_of(BEN).log_id().0),
        key_id: KeyId([1; 32]),
    };
    let forged = Entry::sign(&draft, b"not Ben".to_vec(), &world::key(ALICE)).unwrap();
    world.put_by(ALICE, BEN, &forged);
    let stream = world.connect(ALICE);
    let closed = world.closed(stream);
    assert!(
        matches!(closed, Some(CloseReason::RefusedFor(_))),
        "{closed:?}"
    );
    assert_eq!(world.relay.status().bytes, 0);
    assert_eq!(world.store.chains(&NOTEBOOK), Ok(Vec::new()));
}

#[test]
fn a_full_share_refuses_that_device_and_nobody_else() {
    let mut world = World::with_quota(64 * 2_000);
    world.enrol(&[ALICE, BEN, CARA]);
    world.write_large(ALICE, 4, 900);
    world.write(BEN, 3);
    let stream = world.connect(ALICE);
    assert_eq!(world.closed(stream), None);
    let full = world.words(ALICE).into_iter().find_map(|word| match word {
        Word::Full(full) => Some(full),
        _ => None,
    });
    let full = full.expect("Alice is told");
    assert_eq!((full.device, full.share), (device(ALICE), 2_000));
    let ben = world.connect(BEN);
    assert!(!world.has_all(stream), "what was not taken has no receipt");
    world.leave(stream);
    assert!(world.is_in_step(ben), "Ben's and the relay's are the same");
    let cara = world.connect(CARA);
    assert!(world.is_in_step(cara));
    assert_eq!(world.entries(CARA), 3);
    assert_eq!(world.closed(ben), None);
}

/// Story: each device had a share of its own, so that whoever made up 64 of them filled the quota.
#[test]
fn made_up_devices_of_one_notebook_leave_half_of_the_quota_to_others() {
    const QUOTA: u64 = 64 * 2_000;
    let all: Vec<u8> = (1..=60).collect();
    let mut world = World::with_quota(QUOTA);
    world.enrol(&all);
    for device in &all {
        world.write_large(*device, 2, 700);
        let stream = world.connect(*device);
        assert_eq!(world.closed(stream), None);
        world.leave(stream);
    }
    let kept = world.relay.status().bytes;
    assert!(kept <= QUOTA / 2 && kept > QUOTA * 4 / 10, "{kept}");
    world.restart();
    let room = world.relay.room();
    assert_eq!(room.share_left(0, 0), QUOTA / 64, "another notebook's");
}

#[test]
fn entries_of_a_device_that_is_not_listed_wait_until_it_is() {
    let mut world = World::enrolled(&[ALICE]);
    world.write(ALICE, 2);
    for entry in world::line(BEN, 2) {
        world.put(ALICE, &entry);
    }
    let stream = world.connect(ALICE);
    let told = world.words(ALICE);
    let is_unlisted = |word: &Word| matches!(word, Word::Full(full) if full.device == device(BEN) && full.share == 0);
    assert!(told.iter().any(is_unlisted), "{told:?}");
    world.list(stream, &[BEN], &[], &[]);
    assert_eq!(world.closed(stream), Some(CloseReason::Bye));
    let stream = world.connect(ALICE);
    assert!(world.is_in_step(stream));
}

#[test]
fn a_request_is_kept_once_and_handed_to_every_member_until_it_is_taken() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1], &[]);
    world.leave(stream);
    let waiting = [world.join(1, b"sealed"), world.join(1, b"sealed")];
    for stream in waiting {
        let text = world.waits(stream).expect("told to wait");
        assert!(text.contains("waiting for a member"), "{text}");
    }
    assert_eq!(world.relay.status().mail, 1);
    let mail = Mail::new(invite(1), b"sealed".to_vec());
    for member in [ALICE, BEN] {
        let stream = world.connect(member);
        assert!(world.words(member).contains(&Word::Mail(mail.clone())));
        if member == BEN {
            world.say(stream, &Word::Taken(Taken { ids: vec![mail.id] }));
        }
        world.leave(stream);
    }
    assert_eq!(world.relay.status().mail, 0);
    assert_eq!(world.relay.status().bytes, 0);
}

#[test]
fn a_member_who_is_there_hears_of_a_request_at_once_and_the_joiner_comes_again_once_listed() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1], &[]);
    let joiner = world.join(1, b"sealed");
    assert!(
        world
            .words(ALICE)
            .iter()
            .any(|word| matches!(word, Word::Mail(_)))
    );
    world.list(stream, &[CARA], &[], &[1]);
    assert_eq!(world.closed(joiner), Some(CloseReason::Bye));
    assert_eq!(world.closed(stream), None);
    let stream = world.connect(CARA);
    assert!(world.is_in_step(stream));
}

#[test]
fn whoever_waits_at_a_door_that_is_closed_is_told_and_whoever_comes_later_too() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1, 2], &[]);
    let waiting = world.join(1, b"sealed");
    let other = world.join(2, b"sealed");
    world.list(stream, &[], &[], &[1]);
    assert_eq!(world.closed(other), None);
    assert_eq!(world.refused(waiting), Some(JoinRefusal::Other));
    world.restart();
    let late = world.join(1, b"again");
    assert_eq!(world.refused(late), Some(JoinRefusal::Other));
    let stranger = world.join(3, b"of no invite");
    world.wait(1_000);
    assert_eq!(world.closed(stranger), Some(CloseReason::Refused));
    assert_eq!(world.relay.status().mail, 2, "what was kept before stays");
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1], &[]);
    let again = world.join(1, b"again");
    assert!(world.waits(again).is_some(), "what is said last counts");
}

#[test]
fn open_doors_come_before_closed_ones_where_there_is_no_room_for_all() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    let list = |number, invites: &[DevicePk], closed: &[DevicePk]| {
        Word::List(List {
            number,
            devices: Vec::new(),
            invites: invites.to_vec(),
            closed: closed.to_vec(),
        })
    };
    let made_up: Vec<DevicePk> = (0..INVITES_PER_NOTEBOOK as u64)
        .map(|n| {
            DevicePk(
                [[0; 24].as_slice(), &n.to_be_bytes()]
                    .concat()
                    .try_into()
                    .unwrap(),
            )
        })
        .collect();
    world.say(stream, &list(1, &[], &made_up));
    world.say(stream, &list(2, &[invite(1)], &[]));
    let joiner = world.join(1, b"a request");
    assert!(world.waits(joiner).is_some());
    world.say(stream, &list(3, &made_up, &[]));
    let late = world.join(1, b"another request");
    assert!(world.waits(late).is_some(), "what is open stays so");
}

/// Story: lists that were cut were called complete, and members counted the relay as one that serves everybody.
#[test]
fn what_has_no_room_in_a_list_is_told() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    let many = crate::limits::DEVICES_PER_NOTEBOOK as u64;
    let made_up = |n: u64| {
        DevicePk(
            [[1; 24].as_slice(), &n.to_be_bytes()]
                .concat()
                .try_into()
                .unwrap(),
        )
    };
    let listed = |world: &mut World, number, devices: Vec<DevicePk>, invites: Vec<DevicePk>| {
        let list = List {
            number,
            devices,
            invites,
            closed: Vec::new(),
        };
        world.say(stream, &Word::List(list));
        let last = world.words(ALICE).pop();
        let Some(Word::Listed(listed)) = last else {
            panic!("{last:?}");
        };
        assert_eq!(listed.number, number);
        listed.left_out
    };
    for part in 0..4 {
        let devices = (part * 1_000..(part + 1) * 1_000).map(made_up).collect();
        assert_eq!(listed(&mut world, part, devices, Vec::new()), None);
    }
    let devices = (4_000..4_200).map(made_up).collect();
    assert_eq!(
        listed(&mut world, 5, devices, Vec::new()),
        Some(4_201 - many)
    );
    let invites = (0..1_024).map(made_up).collect();
    assert_eq!(listed(&mut world, 6, Vec::new(), invites), None);
    let one_more = vec![made_up(9_999)];
    assert_eq!(listed(&mut world, 7, Vec::new(), one_more), Some(1));
}

#[test]
fn requests_by_one_invite_come_no_faster_than_they_may() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1, 2], &[]);
    for n in 0..POSTS.at_once {
        let joiner = world.join(1, &n.to_be_bytes());
        assert!(world.waits(joiner).is_some());
        world.leave(joiner);
    }
    let fast = world.join(1, b"too fast");
    assert_eq!(world.refused(fast), Some(JoinRefusal::Other));
    let known = world.join(1, &0_u64.to_be_bytes());
    assert!(world.waits(known).is_some(), "what is kept costs nothing");
    let other = world.join(2, b"another invite's");
    assert!(world.waits(other).is_some());
    world.wait(31_000);
    let later = world.join(1, b"too fast");
    assert!(world.waits(later).is_some());
}

#[test]
fn words_come_no_faster_than_they_may() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    let [alice, ben] = [world.connect(ALICE), world.connect(BEN)];
    for _ in 0..WORDS.at_once {
        world.list(alice, &[], &[], &[]);
    }
    world.say(alice, &Word::Taken(Taken { ids: Vec::new() }));
    assert_eq!(world.closed(alice), Some(CloseReason::Bye));
    world.list(ben, &[CARA], &[], &[]);
}

#[test]
fn live_frames_that_come_too_fast_are_left_out_and_entries_never() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    let [alice, ben] = [world.connect(ALICE), world.connect(BEN)];
    let heard = |world: &World| {
        let all = world
            .heard_by(BEN)
            .filter(|said| matches!(said, Said::Live(_)));
        all.count()
    };
    for _ in 0..100 {
        world.live(alice, &[7; 64 << 10]);
    }
    let first = heard(&world);
    assert!((20..40).contains(&first), "{first}");
    world.write(ALICE, 3);
    world.advance(ALICE);
    assert_eq!(world.entries(BEN), 3);
    world.live(ben, b"others are not slowed down");
    assert!(world.heard(ALICE, &Said::Live(b"others are not slowed down".to_vec())));
    world.wait(10_000);
    world.live(alice, &[7; 64 << 10]);
    assert_eq!(heard(&world), first + 1);
}

/// Whatever waits together comes to one commit, and nothing leaves before it.
#[test]
fn what_waits_together_is_committed_together() {
    let mut world = World::enrolled(&[ALICE, BEN, CARA]);
    let streams = [ALICE, BEN, CARA].map(|member| world.connect(member));
    for member in [ALICE, BEN] {
        world.write(member, 5);
    }
    world.held = Some(Vec::new());
    for member in [ALICE, BEN] {
        world.advance(member);
    }
    let held = world.held.take().unwrap();
    assert!(held.len() >= 2, "{}", held.len());
    world.feed_many(held);
    for stream in streams {
        assert_eq!(world.closed(stream), None);
    }
    for member in [ALICE, BEN, CARA] {
        assert_eq!(world.entries(member), 10, "{member}");
    }
    world.restart();
    assert_eq!(world.relay.status().bytes, 10 * (208 + 8));
}

#[test]
fn mail_is_bounded_for_each_invite_and_kept_for_thirty_days() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1, 2], &[]);
    world.leave(stream);
    for n in 0..crate::limits::MAIL_PER_INVITE {
        world.wait(31_000);
        let stream = world.join(1, &n.to_be_bytes());
        world.leave(stream);
    }
    let refused = world.join(1, b"one more");
    assert_eq!(world.refused(refused), Some(JoinRefusal::Other));
    let other = world.join(2, b"another invite's");
    assert!(world.waits(other).is_some());
    world.later_days(0);
    world.later_days(31);
    assert_eq!(world.relay.status().mail, 0);
}

#[test]
fn a_clock_that_is_wrong_at_the_start_drops_nothing_at_once() {
    let mut world = World::enrolled(&[ALICE]);
    world.policy.age_days = Some(90);
    world.restart();
    world.later_days(400);
    assert_eq!(
        world.relay.status().notebooks,
        1,
        "the first look is an hour later"
    );
}

#[test]
fn a_notebook_is_not_old_while_a_member_stays() {
    let mut world = World::enrolled(&[ALICE]);
    world.policy.age_days = Some(90);
    world.restart();
    let stream = world.connect(ALICE);
    world.later_days(0);
    world.later_days(100);
    world.leave(stream);
    world.later_days(1);
    assert_eq!(world.relay.status().notebooks, 1);
}

#[test]
fn more_invites_than_there_is_room_for_lock_nobody_out() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    let all: Vec<u8> = (1..=100).collect();
    for _ in 0..12 {
        world.list(stream, &[], &all, &[]);
    }
    assert_eq!(
        world.closed(stream),
        None,
        "what is listed again counts once"
    );
    let joiner = world.join(100, b"a request");
    assert!(world.waits(joiner).is_some());
}

#[test]
fn a_restart_keeps_everything() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    world.write(ALICE, 5);
    let stream = world.connect(ALICE);
    world.list(stream, &[], &[1], &[]);
    let joiner = world.join(1, b"sealed");
    world.leave(stream);
    world.leave(joiner);
    let before = world.relay.status();
    assert_eq!((before.notebooks, before.devices, before.mail), (1, 2, 1));
    world.restart();
    assert_eq!(world.relay.status(), before);
    let stream = world.connect(BEN);
    assert!(world.is_in_step(stream));
    assert_eq!(world.entries(BEN), 5);
    assert!(
        world
            .words(BEN)
            .iter()
            .any(|word| matches!(word, Word::Mail(_)))
    );
}

#[test]
fn nothing_of_an_idle_notebook_stays_in_memory() {
    let mut world = World::enrolled(&[ALICE, BEN]);
    world.write(ALICE, 5);
    let streams = [world.connect(ALICE), world.connect(BEN)];
    assert_eq!(world.relay.open.len(), 1);
    for stream in streams {
        world.leave(stream);
    }
    assert!(world.relay.open.is_empty() && world.relay.links.is_empty());
}

#[test]
fn only_a_notebook_to_which_nobody_came_is_forgotten_and_only_where_that_is_wanted() {
    let mut world = World::enrolled(&[ALICE]);
    world.write(ALICE, 5);
    let stream = world.connect(ALICE);
    world.leave(stream);
    world.later_days(400);
    assert_eq!(world.relay.status().notebooks, 1, "no age was given");
    world.policy.age_days = Some(90);
    world.restart();
    let stream = world.connect(ALICE);
    world.leave(stream);
    world.later_days(90);
    assert_eq!(world.relay.status().notebooks, 1);
    world.later_days(1);
    assert_eq!(world.relay.status(), Status::default());
    assert_eq!(world.store.chains(&NOTEBOOK), Ok(Vec::new()));
}

#[test]
fn enrolling_again_adds_devices_and_another_notebook_under_the_same_id_is_refused() {
    let mut world = World::enrolled(&[ALICE]);
    world.enrol(&[BEN]);
    assert_eq!(world.relay.status().devices, 2);
    let false_one = Enrol {
        genesis: EntryId([0xee; 32]),
        ..World::enrolment_of(&[CARA])
    };
    let stream = world.say_on_enrolment(CARA, &Word::Enrol(false_one));
    assert_eq!(world.closed(stream), Some(CloseReason::Bye));
    assert_eq!(world.words(CARA), [not_enrolled(Unenrolled::Another)]);
    assert_eq!(world.relay.status().devices, 2);
    assert_ne!(GENESIS, EntryId([0xee; 32]));
}

#[test]
fn one_token_enrols_no_more_than_so_many_in_an_hour() {
    let mut world = World::enrolled(&[]);
    for n in (100_u8..).take(crate::limits::ENROLMENTS_PER_HOUR + 1) {
        let enrol = Enrol {
            notebook: NotebookId([n; 16]),
            ..World::enrolment_of(&[ALICE])
        };
        let stream = world.say_on_enrolment(ALICE, &Word::Enrol(enrol));
        world.leave(stream);
    }
    let kept = crate::limits::ENROLMENTS_PER_HOUR as u64;
    assert_eq!(world.relay.status().notebooks, kept);
    let last = world.words(ALICE).pop();
    assert_eq!(last, Some(not_enrolled(Unenrolled::TooMany)));
}

fn not_enrolled(why: Unenrolled) -> Word {
    Word::NotEnrolled(NotEnrolled {
        number: 1,
        code: why.to_code(),
    })
}

#[test]
fn words_that_cannot_be_read_end_the_session_and_words_in_the_wrong_place_do_nothing() {
    let mut world = World::enrolled(&[ALICE]);
    let stream = world.connect(ALICE);
    let enrol = Word::Enrol(Enrol {
        notebook: NotebookId([0x55; 16]),
        ..World::enrolment_of(&[ALICE])
    });
    world.say(stream, &enrol);
    assert_eq!(world.relay.status().notebooks, 1);
    world.say_bytes(stream, &[0xff; 20]);
    assert_eq!(world.closed(stream), Some(CloseReason::Bye));
    let list = List {
        number: 1,
        devices: vec![device(BEN)],
        invites: Vec::new(),
        closed: Vec::new(),
    };
    world.say_on_enrolment(ALICE, &Word::List(list));
    assert_eq!(world.relay.status().devices, 1);
}

#[test]
fn sessions_of_one_peer_are_bounded() {
    let mut world = World::enrolled(&[ALICE]);
    for _ in 0..SESSIONS_PER_PEER + 5 {
        world.open_silently("one peer");
    }
    let open = SESSIONS_PER_PEER as u64;
    assert_eq!(world.relay.status().sessions, open);
    let digest: Digest = world.digest(ALICE);
    assert_eq!(digest, Digest::of(&[]));
}
