//! Relays in worlds: members who meet by way of them alone, relays that mean ill, and a day of coming and going.
//!
//! `MOOT_SIM_SEEDS` plays more or fewer seeds than usual, `MOOT_SIM_SEED` just one.

use moot_engine::{Command, Event, Reply};
use moot_log::frame::{Frame, Opaque};
use moot_log::relay::{Full, Word};
use moot_log::storage::{Reader, Space};
use moot_log::{DevicePk, NotebookId};
use moot_sim::check::come_to_rest;
use moot_sim::world::{Crash, EVERYWHERE};
use moot_sim::{Malice, Weather, World};

use super::garden::{MINUTE_MS, append, done, invite, join, note, shared, shown, status, text};

const ANA: usize = 0;
const BEN: usize = 1;
const CLEO: usize = 2;

const HOUR_MS: u64 = 60 * MINUTE_MS;
const QUOTA: u64 = 1 << 30;

fn seeds(usual: u64) -> std::ops::Range<u64> {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    match (number("MOOT_SIM_SEED"), number("MOOT_SIM_SEEDS")) {
        (Some(seed), _) => seed..seed + 1,
        (None, Some(all)) => 0..all.div_ceil(40).max(1),
        (None, None) => 0..usual,
    }
}

/// Has the notebook enrolled.
#[track_caller]
fn enrol(world: &mut World, node: usize, relay: usize) {
    let ticket = world.relay_ticket(relay);
    let asked = world.ask(
        node,
        Command::RelayUse {
            ticket,
            wait_ms: MINUTE_MS,
        },
    );
    world.run_for(2 * MINUTE_MS);
    let answer = world.answer(asked);
    assert!(matches!(answer, Some(Ok(Reply::Relays(_)))), "{answer:?}");
}

/// Ana, Ben and Cleo, in step, and relays that Ana had the notebook enrolled at. From here on members reach nobody but relays.
fn apart(seed: u64, relays: usize) -> (World, Vec<usize>) {
    let mut world = World::new(seed);
    shared(&mut world, &["Ana", "Ben", "Cleo"]);
    note(&mut world, ANA, "Watering", "ab\n");
    let relays: Vec<usize> = (0..relays).map(|_| world.add_relay(QUOTA)).collect();
    for relay in &relays {
        enrol(&mut world, ANA, *relay);
    }
    world.run_for(5 * MINUTE_MS);
    part(&mut world);
    (world, relays)
}

/// Every member on an island of their own.
fn part(world: &mut World) {
    let islands = world.islands().iter().enumerate();
    let apart = islands.map(|(node, island)| match *island {
        EVERYWHERE => EVERYWHERE,
        _ => node as u64 + 1,
    });
    let apart = apart.collect();
    world.part(apart);
}

/// All members reach each other again.
fn meet(world: &mut World) {
    let together = world.islands().iter();
    let together = together.map(|island| match *island {
        EVERYWHERE => EVERYWHERE,
        _ => 0,
    });
    let together = together.collect();
    world.part(together);
}

#[track_caller]
fn all_see_the_same(world: &mut World) {
    let seen = shown(world, ANA);
    assert_eq!((seen.pending, seen.quarantined), (0, 0), "{seen:?}");
    for node in [BEN, CLEO] {
        assert_eq!(seen, shown(world, node), "node {node}");
    }
}

fn synced(world: &mut World, node: usize, with: u32) -> bool {
    let asked = world.ask(
        node,
        Command::Sync {
            wait_ms: MINUTE_MS,
            with,
        },
    );
    world.run_for(2 * MINUTE_MS);
    matches!(world.answer(asked), Some(Ok(Reply::Synced(synced))) if synced.in_step)
}

/// Whoever is shown as holding all that a node holds does so. A relay's word is its own, and is not looked at.
#[track_caller]
fn no_receipt_of_a_device_is_false(world: &mut World) {
    for node in [ANA, BEN, CLEO] {
        let status = status(world, node);
        let id: NotebookId = status.notebook.id.parse().unwrap();
        for peer in status
            .peers
            .iter()
            .filter(|peer| peer.has_all == Some(true))
        {
            let names = ["Ana", "Ben", "Cleo"];
            let holder = names.iter().position(|name| peer.person.name == *name);
            let holder = holder.expect("a person of this world");
            for chain in world.store(node).chains(&id).unwrap() {
                let there = world.store(holder).locate(&id, &chain.tip).unwrap();
                assert!(there.is_some(), "{node} believes that {holder} holds all");
            }
        }
    }
}

#[test]
fn members_who_reach_only_a_relay_write_together() {
    let (mut world, _) = apart(1, 1);
    for (node, line) in [(ANA, "of Ana"), (BEN, "of Ben"), (CLEO, "of Cleo")] {
        append(&mut world, node, "Watering", line);
    }
    world.run_for(5 * MINUTE_MS);
    all_see_the_same(&mut world);
    for line in ["of Ana", "of Ben", "of Cleo"] {
        assert!(text(&mut world, CLEO, "Watering").contains(line));
    }
    assert!(synced(&mut world, BEN, 1));
}

#[test]
fn whoever_is_let_in_while_all_others_are_away_comes_in_by_way_of_the_relay() {
    const DAI: usize = 4;
    let (mut world, _) = apart(2, 1);
    let ticket = invite(&mut world, ANA, 1);
    world.run_for(MINUTE_MS);
    world.crash(ANA, Crash::Killed);
    assert_eq!(world.add_node(0), DAI);
    part(&mut world);
    world.crash(BEN, Crash::Killed);
    world.crash(CLEO, Crash::Killed);
    let answer = join(&mut world, DAI, "Dai", &ticket);
    assert!(
        matches!(answer, Some(Err(_))),
        "nobody is there: {answer:?}"
    );
    world.start(BEN);
    world.run_for(3 * MINUTE_MS);
    assert!(text(&mut world, DAI, "Watering").contains("ab"));
}

/// Each frame that the relay sends may be lost, cut, changed, sent twice, in another order, or minutes late.
#[test]
fn a_relay_that_spoils_what_it_sends_makes_nobody_diverge_or_believe_what_is_not_so() {
    for seed in seeds(3) {
        let (mut world, relays) = apart(100 + seed, 1);
        world.make_malicious(relays[0], Malice::of_all(60));
        let mut written = Vec::new();
        for round in 0..12 {
            let node = [ANA, BEN, CLEO][round % 3];
            let line = format!("line {round} of {seed}");
            append(&mut world, node, "Watering", &line);
            written.push(line);
            world.run_for(40_000);
            no_receipt_of_a_device_is_false(&mut world);
        }
        let told: usize = [ANA, BEN, CLEO]
            .map(|node| endings(&mut world, node))
            .iter()
            .sum();
        assert!(told > 0, "seed {seed}: nobody says what they saw");
        // A stream on which a frame was lost stands still until it ends: an honest one takes its place.
        world.make_malicious(relays[0], Malice::default());
        world.crash(relays[0], Crash::Killed);
        world.start(relays[0]);
        world.run_for(20 * MINUTE_MS);
        all_see_the_same(&mut world);
        for line in written {
            assert!(text(&mut world, BEN, "Watering").contains(&line), "{line}");
        }
        meet(&mut world);
        come_to_rest(&mut world);
        all_see_the_same(&mut world);
    }
}

/// How often a node told that a session with a relay ended, and why.
fn endings(world: &mut World, node: usize) -> usize {
    let events = world.take_events(node).into_iter();
    let of_relay = events.filter(|event| match event {
        Event::Disconnected { person, reason, .. } => {
            person.name.starts_with("the relay") && !reason.is_empty()
        }
        _ => false,
    });
    of_relay.count()
}

/// It confirms to everybody what they bring, and hands Ana's words to nobody and nobody's to her.
#[test]
fn a_relay_that_withholds_is_believed_by_its_own_word_alone_and_another_one_brings_everything() {
    for seed in seeds(2) {
        let (mut world, relays) = apart(200 + seed, 1);
        world.split_relay(relays[0], ANA);
        world.run_for(5 * MINUTE_MS);
        append(&mut world, ANA, "Watering", "of Ana, withheld");
        append(&mut world, BEN, "Watering", "of Ben, withheld");
        world.run_for(10 * MINUTE_MS);
        no_receipt_of_a_device_is_false(&mut world);
        assert!(!text(&mut world, CLEO, "Watering").contains("of Ana"));
        assert!(!text(&mut world, ANA, "Watering").contains("of Ben"));
        let told = status(&mut world, ANA);
        assert!(told.waiting > 0, "no device has it: {told:?}");
        assert_eq!(told.relays[0].has_all, Some(true), "it says so");
        let other = world.add_relay(QUOTA);
        enrol(&mut world, ANA, other);
        // Those who hear nothing of Ana do not hear of the other relay either, until they meet anybody who does.
        meet(&mut world);
        world.run_for(5 * MINUTE_MS);
        part(&mut world);
        append(&mut world, ANA, "Watering", "by way of the other");
        world.run_for(10 * MINUTE_MS);
        all_see_the_same(&mut world);
        assert!(text(&mut world, CLEO, "Watering").contains("by way of the other"));
    }
}

#[test]
fn of_two_relays_one_withholds_from_the_start_and_everything_arrives() {
    let (mut world, relays) = apart(3, 2);
    world.split_relay(relays[0], ANA);
    world.run_for(5 * MINUTE_MS);
    for (node, line) in [(ANA, "of Ana"), (BEN, "of Ben"), (CLEO, "of Cleo")] {
        append(&mut world, node, "Watering", line);
    }
    world.run_for(10 * MINUTE_MS);
    all_see_the_same(&mut world);
    for line in ["of Ana", "of Ben", "of Cleo"] {
        assert!(text(&mut world, ANA, "Watering").contains(line));
    }
}

/// Story: whoever named many relays confirmed as many times as they liked.
#[test]
fn relays_that_one_other_member_named_count_as_one_holder() {
    let (mut world, _) = apart(4, 0);
    meet(&mut world);
    for _ in 0..3 {
        let relay = world.add_relay(QUOTA);
        enrol(&mut world, BEN, relay);
    }
    world.run_for(5 * MINUTE_MS);
    part(&mut world);
    for node in [BEN, CLEO] {
        world.crash(node, Crash::Killed);
    }
    append(&mut world, ANA, "Watering", "only relays have it");
    world.run_for(MINUTE_MS);
    assert!(synced(&mut world, ANA, 1));
    assert!(!synced(&mut world, ANA, 2), "three of Ben's are one");
    let own = world.add_relay(QUOTA);
    enrol(&mut world, ANA, own);
    assert!(synced(&mut world, ANA, 2), "one of Ana's is another");
    assert!(!synced(&mut world, ANA, 3));
}

#[test]
fn a_relay_that_is_dropped_is_let_go_at_once() {
    let (mut world, relays) = apart(5, 1);
    world.run_for(MINUTE_MS);
    assert_eq!(world.streams_between(BEN, relays[0]), 1);
    let relay = match done(&mut world, ANA, Command::RelayList) {
        Reply::Relays(rows) => rows[0].id.clone(),
        other => panic!("{other:?}"),
    };
    done(&mut world, ANA, Command::RelayDrop { relay });
    world.run_for(10_000);
    assert_eq!(world.streams_between(ANA, relays[0]), 0);
    meet(&mut world);
    world.run_for(10 * MINUTE_MS);
    let seen = [ANA, BEN].map(|node| shown(&mut world, node));
    assert_eq!(seen[0], seen[1], "Ben hears of it");
    let rows = status(&mut world, BEN).relays;
    assert_eq!(rows, []);
    assert_eq!(world.streams_between(BEN, relays[0]), 0);
    world.run_for(2 * MINUTE_MS);
    assert_eq!(world.relay_status(relays[0]).sessions, 0);
}

#[test]
fn a_relay_that_lost_its_disk_is_filled_again_once_it_is_told_to() {
    let (mut world, relays) = apart(6, 1);
    append(&mut world, BEN, "Watering", "before");
    world.run_for(5 * MINUTE_MS);
    world.lose_relays_disk(relays[0]);
    world.run_for(5 * MINUTE_MS);
    for node in [ANA, BEN, CLEO] {
        let row = status(&mut world, node).relays[0].clone();
        assert!(row.refuses, "node {node}: {row:?}");
    }
    enrol(&mut world, CLEO, relays[0]);
    append(&mut world, ANA, "Watering", "after");
    world.run_for(10 * MINUTE_MS);
    all_see_the_same(&mut world);
    let row = status(&mut world, BEN).relays[0].clone();
    assert_eq!((row.refuses, row.has_all), (false, Some(true)), "{row:?}");
}

/// Twenty-four hours: Ana and Ben are never awake together, Cleo comes and goes, the relay starts again now and then and loses its
/// disk once, and the network cuts streams.
#[test]
fn after_a_day_of_coming_and_going_all_are_in_step() {
    for seed in seeds(1) {
        day(300 + seed);
    }
}

fn day(seed: u64) {
    let (mut world, relays) = apart(seed, 2);
    world.weather = Weather {
        cut_per_mille: 4,
        ..Weather::fair()
    };
    let mut written = Vec::new();
    let mut sessions_most = 0;
    for half_hour in 0..48 {
        let (awake, asleep) = if half_hour % 2 == 0 {
            (ANA, BEN)
        } else {
            (BEN, ANA)
        };
        world.crash(asleep, Crash::Killed);
        world.run_for(MINUTE_MS);
        world.start(awake);
        if world.dice.percent(50) {
            world.start(CLEO);
        } else {
            world.crash(CLEO, Crash::PowerCut);
        }
        if world.dice.percent(25) {
            let relay = *world.dice.pick(&relays).unwrap();
            world.crash(relay, Crash::PowerCut);
            let pause_ms = world.dice.below(10 * MINUTE_MS);
            world.run_for(pause_ms);
            world.start(relay);
        }
        if half_hour == 24 {
            world.lose_relays_disk(relays[0]);
            world.run_for(MINUTE_MS);
            enrol(&mut world, awake, relays[0]);
        }
        let line = format!("half an hour {half_hour}");
        append(&mut world, awake, "Watering", &line);
        written.push(line);
        let pause_ms = world.dice.between(5 * MINUTE_MS, 30 * MINUTE_MS);
        world.run_for(pause_ms);
        for relay in &relays {
            sessions_most = sessions_most.max(world.relay_status(*relay).sessions);
        }
    }
    while world.now_ms() < 24 * HOUR_MS {
        world.run_for(10 * MINUTE_MS);
    }
    world.weather = Weather::fair();
    for node in [ANA, BEN, CLEO, relays[0], relays[1]] {
        world.start(node);
    }
    world.run_for(15 * MINUTE_MS);
    all_see_the_same(&mut world);
    for line in &written {
        assert!(text(&mut world, CLEO, "Watering").contains(line), "{line}");
    }
    assert!(sessions_most <= 6, "sessions pile up: {sessions_most}");
    for node in [ANA, BEN, CLEO] {
        world.crash(node, Crash::Killed);
    }
    world.run_for(MINUTE_MS);
    for relay in relays {
        assert_eq!(world.relay_status(relay).sessions, 0, "nothing is left");
    }
}

/// Story: a relay's word on where members are was taken like a member's, so that it could have all of them dial whatever it liked;
/// and each key that it called too greedy was a notice.
#[test]
fn a_relay_that_tells_addresses_or_of_strangers_shares_is_not_believed() {
    let (mut world, relays) = apart(5, 1);
    world.run_for(5 * MINUTE_MS);
    let id: NotebookId = status(&mut world, ANA).notebook.id.parse().unwrap();
    let known = |world: &World| {
        let store = world.backup(ANA);
        let rows = store.scan(Space::Address, &id, &[], None, usize::MAX);
        rows.unwrap()
    };
    let Reply::People(people) = done(&mut world, ANA, Command::People) else {
        panic!("no people");
    };
    let before = (known(&world), status(&mut world, ANA).notices);
    for person in &people {
        for device in &person.devices {
            let mut to = minicbor::Encoder::new(Vec::new());
            to.array(3).unwrap().i64(0).unwrap().array(0).unwrap();
            to.array(1).unwrap().array(3).unwrap();
            to.bytes(&unhex(&device.id))
                .unwrap()
                .str("12D3KooW")
                .unwrap();
            to.array(1).unwrap().str("/ip4/192.0.2.1/tcp/80").unwrap();
            let bytes = to.into_writer();
            let told = Frame::Addresses(Opaque { bytes });
            assert!(world.inject(ANA, relays[0], told.encode()));
        }
    }
    for n in 0..20 {
        let word = Word::Full(Full {
            device: DevicePk([n; 32]),
            share: 1,
            held: 2,
        });
        let bytes = word.encode();
        let said = Frame::Relay(Opaque { bytes }).encode();
        assert!(world.inject(ANA, relays[0], said));
    }
    world.run_for(MINUTE_MS);
    assert_eq!((known(&world), status(&mut world, ANA).notices), before);
}

fn unhex(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}
