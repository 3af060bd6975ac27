//! The write rule, what is owed, and that nobody writes with a key that the wrong device can open.

use proptest::prelude::*;

use super::*;
use crate::roster::{Retire, RosterEvent};
use crate::testing::{NOTEBOOK, World};

fn two() -> World {
    let mut world = World::new(1);
    world.admit(0);
    world
}

fn retire(world: &mut World, by: usize, device: usize) {
    let device = world.replicas[device].device();
    world.say(
        by,
        RosterEvent::Retire(Retire {
            device,
            cut: Vec::new(),
        }),
    );
}

fn choose(world: &mut World, at: usize) -> WriteKey {
    let roster = world.roster(at);
    world.replicas[at].keys.choose(&roster)
}

fn gaps(world: &mut World, at: usize) -> Vec<Gap> {
    let roster = world.roster(at);
    world.replicas[at].keys.gaps(&roster)
}

/// Lets a world run: members come, link, retire, rotate, write and meet.
fn run(seed: u64, steps: &[(u8, u8, u8)]) -> World {
    let mut world = World::new(seed);
    for (act, one, other) in steps {
        let one = usize::from(*one) % world.replicas.len();
        let other = usize::from(*other) % world.replicas.len();
        if !world.roster(one).is_live(&world.replicas[one].device()) {
            continue;
        }
        let is_full = world.replicas.len() >= 6;
        match act % 8 {
            0 if !is_full => drop(world.admit(one)),
            1 if !is_full => drop(world.link(one)),
            2 if one != other => retire(&mut world, one, other),
            3 => {
                let kem = world.replicas[one].secrets.rotate_kem(&mut world.rng);
                world.say(one, RosterEvent::DeviceKey(kem));
            }
            4 => drop(world.ensure_key(one)),
            5 => {
                let replaced = world.replicas[one].keys.to_replace();
                world.rekey(one, &replaced);
            }
            _ => world.sync(one, other),
        }
    }
    world
}

/// Whether any of a device's secrets opens the key from the keyboxes that the writer has seen.
fn can_open(world: &World, writer: usize, device: usize, id: &KeyId) -> bool {
    let boxes = world.replicas[writer]
        .keyboxes
        .iter()
        .filter(|keybox| keybox.key_id == *id);
    let secrets = &world.replicas[device].secrets;
    boxes
        .into_iter()
        .any(|keybox| keybox.open(&NOTEBOOK, secrets.kems()).is_some())
}

fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
    prop::collection::vec(any::<(u8, u8, u8)>(), 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn no_key_chosen_for_writing_can_be_opened_by_a_device_retired_or_off_the_writers_roster(
        seed: u64,
        steps in steps(),
    ) {
        let mut world = run(seed, &steps);
        for writer in 0..world.replicas.len() {
            let WriteKey::Use(id) = choose(&mut world, writer) else { continue };
            let roster = world.roster(writer);
            for device in 0..world.replicas.len() {
                let live = roster.is_live(&world.replicas[device].device());
                prop_assert!(live || !can_open(&world, writer, device, &id), "{device} opens what {writer} writes");
            }
        }
    }

    #[test]
    fn whoever_met_and_filled_the_gaps_writes_with_one_key(seed: u64, steps in steps()) {
        let mut world = run(seed, &steps);
        world.sync_all();
        let live: Vec<usize> = (0..world.replicas.len())
            .filter(|at| world.roster(0).is_live(&world.replicas[*at].device()))
            .collect();
        // Everybody does what is owed at once, not knowing of each other, and then they meet.
        for round in 0..2 {
            live.iter().for_each(|at| world.fill_gaps(*at));
            if round == 1 {
                for at in &live {
                    world.ensure_key(*at);
                }
            }
            world.sync_all();
        }
        let chosen: BTreeSet<KeyId> = live.iter().map(|at| world.ensure_key(*at)).collect();
        prop_assert!(chosen.len() <= 1, "{chosen:?}");
        for at in &live {
            prop_assert_eq!(gaps(&mut world, *at), vec![]);
        }
    }
}

#[test]
fn whoever_is_let_in_gets_every_key_and_the_group_goes_on_with_the_same_one() {
    let mut world = World::new(1);
    let first = world.ensure_key(0);
    let second = world.rekey(0, &[first].into());
    world.admit(0);
    assert_eq!(
        world.replicas[1].keys.held().collect::<BTreeSet<_>>(),
        [first, second].into()
    );
    assert_eq!(choose(&mut world, 0), WriteKey::Use(second));
    assert_eq!(choose(&mut world, 1), WriteKey::Use(second));
}

#[test]
fn a_retirement_is_followed_by_a_new_key_at_the_next_write_of_anybody() {
    let mut world = two();
    let phone = world.link(0);
    let old = world.ensure_key(0);
    retire(&mut world, 0, phone);
    world.sync(0, 1);
    assert_eq!(
        choose(&mut world, 1),
        WriteKey::Rekey {
            supersedes: [old].into()
        }
    );
    let new = world.ensure_key(1);
    world.sync(0, 1);
    assert_eq!(choose(&mut world, 0), WriteKey::Use(new));
    assert!(!can_open(&world, 1, phone, &new));
}

#[test]
fn a_key_wrapped_to_somebody_whose_admission_is_not_known_here_is_not_written_with() {
    let mut world = two();
    world.sync(0, 1);
    let newcomer = world.admit(0);
    let keyboxes = world.replicas[0].keyboxes.clone();
    keyboxes
        .iter()
        .for_each(|keybox| world.replicas[1].take_keybox(keybox));
    assert!(matches!(choose(&mut world, 1), WriteKey::Rekey { .. }));
    world.sync(0, 1);
    assert!(matches!(choose(&mut world, 1), WriteKey::Use(_)));
    assert!(world.roster(1).is_live(&world.replicas[newcomer].device()));
}

#[test]
fn a_circle_of_replaced_keys_is_no_order() {
    let mut world = two();
    let one = world.ensure_key(0);
    let two = world.rekey(0, &[one].into());
    assert_eq!(choose(&mut world, 0), WriteKey::Use(two));
    let back = Keybox {
        key_id: one,
        supersedes: [two].into(),
        wraps: BTreeSet::new(),
    };
    world.replicas[0].take_keybox(&back);
    assert_eq!(choose(&mut world, 0), WriteKey::Use(one.min(two)));
}

#[test]
fn a_key_that_is_not_eligible_replaces_nothing() {
    let mut world = two();
    let used = world.ensure_key(0);
    let foreign = Keybox {
        key_id: KeyId([1; 32]),
        supersedes: [used].into(),
        wraps: BTreeSet::new(),
    };
    world.replicas[0].take_keybox(&foreign);
    assert_eq!(choose(&mut world, 0), WriteKey::Use(used));
}

#[test]
fn a_tampered_wrap_is_noticed_by_every_holder_and_by_none_else() {
    let mut world = two();
    world.admit(0);
    world.sync_all();
    let id = world.rekey(0, &BTreeSet::new());
    let good = world.replicas[0].keyboxes.last().unwrap().clone();
    let everyone = world.roster(0).live_kems();
    for spoiled in &good.wraps {
        for at in [0, 8, 40, 87] {
            let mut bad = good.clone();
            bad.wraps.remove(spoiled);
            let mut bytes = spoiled.0;
            bytes[at] ^= 1;
            bad.wraps.insert(Wrap(bytes));
            let mut keys = Keys::new(NOTEBOOK);
            keys.add_keybox(&bad);
            assert!(
                keys.recipients(&id, &everyone).is_empty(),
                "without the key nothing can be told"
            );
            keys.add_key(world.replicas[0].keys.get(&id).unwrap().clone());
            assert_eq!(keys.recipients(&id, &everyone).len(), everyone.len() - 1);
            assert!(keys.has_unexplained_wrap(&id, &everyone));
            assert!(matches!(
                keys.choose(&world.roster(0)),
                WriteKey::Rekey { .. }
            ));
            keys.add_keybox(&good);
            assert_eq!(keys.recipients(&id, &everyone), everyone);
        }
    }
}

#[test]
fn an_entry_waits_for_everybody_until_its_key_is_wrapped_to_all_that_its_author_knew() {
    let mut world = two();
    let before = world.roster(0).heads().clone();
    let third = world.admit(0);
    world.sync_all();
    let roster = world.roster(0);
    let founder = world.replicas[0].secrets.kem_public();
    let second = world.replicas[1].secrets.kem_public();
    let key = EpochKey::from_bytes([4; 32]);
    let id = key.id();
    let keys = &mut world.replicas[0].keys;
    keys.add_key(key.clone());
    assert_eq!(keys.is_open_to_all(&id, &before, &roster), Some(false));
    let wrapped = |kems: &[KemPk]| {
        let recipients = kems.iter().copied().collect();
        Keybox::make(&NOTEBOOK, &key, &BTreeSet::new(), &recipients)
            .unwrap()
            .remove(0)
    };
    keys.add_keybox(&wrapped(&[founder, second]));
    assert_eq!(keys.is_open_to_all(&id, &before, &roster), Some(true));
    assert_eq!(
        keys.is_open_to_all(&id, roster.heads(), &roster),
        Some(false)
    );
    assert_eq!(
        keys.is_open_to_all(&id, &[EntryId([0; 32])].into(), &roster),
        None
    );
    let owed = keys.gaps(&roster);
    let third_kem = world.replicas[third].secrets.kem_public();
    assert_eq!(
        owed,
        [Gap {
            key_id: id,
            kems: [third_kem].into()
        }]
    );
    world.fill_gaps(0);
    assert_eq!(
        world.replicas[0]
            .keys
            .is_open_to_all(&id, roster.heads(), &roster),
        Some(true)
    );
}

#[test]
fn an_entry_does_not_wait_for_a_device_that_was_retired_since() {
    let mut world = two();
    let phone = world.link(0);
    let known = world.roster(0).heads().clone();
    let key = EpochKey::from_bytes([4; 32]);
    let others: BTreeSet<KemPk> = [0, 1]
        .map(|at| world.replicas[at].secrets.kem_public())
        .into();
    let boxed = Keybox::make(&NOTEBOOK, &key, &BTreeSet::new(), &others)
        .unwrap()
        .remove(0);
    let id = world.replicas[0].keys.add_key(key);
    world.replicas[0].take_keybox(&boxed);
    let roster = world.roster(0);
    assert_eq!(
        world.replicas[0].keys.is_open_to_all(&id, &known, &roster),
        Some(false)
    );
    retire(&mut world, 0, phone);
    let roster = world.roster(0);
    assert_eq!(
        world.replicas[0].keys.is_open_to_all(&id, &known, &roster),
        Some(true)
    );
}

#[test]
fn a_device_that_changed_its_sealing_key_is_owed_no_old_key_and_gets_the_next_one() {
    let mut world = two();
    world.sync(0, 1);
    let old = world.ensure_key(1);
    let kem = world.replicas[1].secrets.rotate_kem(&mut world.rng);
    world.say(1, RosterEvent::DeviceKey(kem));
    world.sync(0, 1);
    assert_eq!(gaps(&mut world, 0), []);
    assert_eq!(
        choose(&mut world, 0),
        WriteKey::Rekey {
            supersedes: [old].into()
        }
    );
    let new = world.ensure_key(0);
    world.sync(0, 1);
    assert!(world.replicas[1].keys.get(&new).is_some());
}
