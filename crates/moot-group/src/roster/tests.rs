//! What counts on a roster and what does not, rule by rule.

use proptest::prelude::*;

use super::*;
use crate::testing::{LATER_MS, NOTEBOOK, World};
use crate::{InviteSeed, JoinRequest, KemPk, KemSecret, Purpose, Reach};

mod rules;

fn retire(device: DevicePk) -> RosterEvent {
    RosterEvent::Retire(Retire {
        device,
        cut: Vec::new(),
    })
}

/// Lets a world run: each step is an act of one device, or two devices that meet.
fn run(seed: u64, steps: &[(u8, u8, u8)]) -> World {
    let mut world = World::new(seed);
    for (act, one, other) in steps {
        let one = usize::from(*one) % world.replicas.len();
        let other = usize::from(*other) % world.replicas.len();
        let subject = world.replicas[other].device();
        let is_member = world.roster(one).is_live(&world.replicas[one].device());
        let is_full = world.replicas.len() >= 8;
        match act % 11 {
            _ if !is_member => world.sync(one, other),
            0 if !is_full => drop(world.admit(one)),
            1 if !is_full => drop(world.link(one)),
            2 => drop(world.say(one, retire(subject))),
            3 if one != 0 => drop(world.say(one, RosterEvent::Leave)),
            4 => {
                let kem = world.replicas[one].secrets.rotate_kem(&mut world.rng);
                world.say(one, RosterEvent::DeviceKey(kem));
            }
            5 => drop(world.say(one, RosterEvent::Unknown(60))),
            6 => revoke_some(&mut world, one, other),
            8 if !is_full => grant_some(&mut world, one, other),
            7 => drop(world.say(one, RosterEvent::DeviceName(format!("name {one}")))),
            _ => world.sync(one, other),
        }
    }
    world
}

fn revoke_some(world: &mut World, by: usize, which: usize) {
    let Some((seed, _)) = world.seeds.get(which) else {
        return;
    };
    let invite = seed.public();
    if world.roster(by).invite(&invite).is_some() {
        world.say(by, RosterEvent::InviteRevoke(invite));
    }
}

/// Answers an invite that was made before, whatever has become of it: the roster is to judge that.
fn grant_some(world: &mut World, by: usize, which: usize) {
    let Some((seed, purpose)) = world.seeds.get(which).cloned() else {
        return;
    };
    let (_, request) = world.ask(&seed, purpose);
    let request = Box::new(request);
    world.say(
        by,
        match purpose {
            Purpose::Join => RosterEvent::Admit(request),
            Purpose::Link => RosterEvent::Link(request),
        },
    );
}

fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    prop::collection::vec(any::<(u8, u8, u8)>(), 0..40)
}

fn counted(world: &World, events: &BTreeMap<EntryId, RosterEntry>) -> BTreeSet<EntryId> {
    let roster = world.evaluate(events);
    events
        .keys()
        .filter(|id| roster.counts(id))
        .copied()
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_verdict_never_changes_in_whatever_order_events_come(
        seed: u64,
        steps in steps(),
        order in any::<prop::sample::Selector>(),
    ) {
        let mut world = run(seed, &steps);
        world.sync_all();
        let all = world.replicas[0].events.clone();
        let whole = world.evaluate(&all);
        prop_assert!(whole.pending().is_empty());
        let mut left: Vec<EntryId> = all.keys().copied().collect();
        let mut here = BTreeMap::new();
        while !left.is_empty() {
            let at = order.select(0..left.len());
            let id = left.swap_remove(at);
            here.insert(id, all[&id].clone());
            let roster = world.evaluate(&here);
            for id in here.keys().filter(|id| !roster.pending().contains(id)) {
                prop_assert_eq!(roster.counts(id), whole.counts(id));
                prop_assert_eq!(roster.refused().get(id), whole.refused().get(id));
            }
            for head in roster.heads() {
                prop_assert!(roster.counts(head));
            }
        }
        prop_assert_eq!(world.evaluate(&here).digest(), whole.digest());
    }

    #[test]
    fn the_roster_of_a_union_is_the_union_of_what_counts(seed: u64, steps in steps()) {
        let world = run(seed, &steps);
        for one in &world.replicas {
            for other in &world.replicas {
                let mut union = one.events.clone();
                union.extend(other.events.clone());
                let both: BTreeSet<EntryId> =
                    counted(&world, &one.events).union(&counted(&world, &other.events)).copied().collect();
                prop_assert_eq!(counted(&world, &union), both);
                let devices: BTreeSet<DevicePk> = world.evaluate(&union).devices().map(|device| device.id).collect();
                let known = |events| world.evaluate(events).devices().map(|device| device.id).collect::<BTreeSet<_>>();
                let expect: BTreeSet<DevicePk> = known(&one.events).union(&known(&other.events)).copied().collect();
                prop_assert_eq!(devices, expect);
            }
        }
    }

    #[test]
    fn nobody_comes_back_and_every_live_device_has_a_key(seed: u64, steps in steps()) {
        let mut world = run(seed, &steps);
        let gone: Vec<BTreeSet<DevicePk>> = (0..world.replicas.len())
            .map(|at| {
                let roster = world.roster(at);
                roster.devices().filter(|device| device.state != DeviceState::Live).map(|device| device.id).collect()
            })
            .collect();
        world.sync_all();
        let roster = world.roster(0);
        for device in gone.into_iter().flatten() {
            prop_assert!(!roster.is_live(&device));
        }
        for device in roster.devices() {
            prop_assert!(!device.kems.is_empty());
            prop_assert!(roster.person(&device.person).is_some_and(|person| person.devices.contains(&device.id)));
        }
    }
}

#[test]
fn a_group_of_150_devices_and_3000_events_is_evaluated_quickly() {
    let mut world = World::new(1);
    for at in 1..150 {
        let by = world.admit_bare(at - 1);
        assert_eq!(by, at);
    }
    for event in 0..2_700_usize {
        let said = DeviceAddresses {
            at_ms: event as i64,
            reach: Reach::default(),
            relays: Vec::new(),
        };
        let heads = world.heads_cheaply(event % 150);
        world.say_after(event % 150, heads, RosterEvent::DeviceAddresses(said));
    }
    let events = world.all_events();
    assert!(events.len() >= 2_990, "{}", events.len());
    let started = std::time::Instant::now();
    let roster = world.evaluate(&events);
    let took = started.elapsed();
    println!(
        "{} events of {} devices: {took:?}",
        events.len(),
        roster.devices().count()
    );
    assert_eq!(roster.live_devices().count(), 150);
    // Milliseconds when optimised; this bound only catches what grows with the square of the events.
    assert!(took.as_secs() < 5, "{took:?}");
}
