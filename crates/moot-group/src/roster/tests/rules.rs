//! The rules of a roster, one claim each.

use super::*;

fn refusal(world: &World, at: usize, id: &EntryId) -> Option<Refusal> {
    world.roster(at).refused().get(id).copied()
}

fn admit(request: &JoinRequest) -> RosterEvent {
    RosterEvent::Admit(Box::new(request.clone()))
}

fn link(request: &JoinRequest) -> RosterEvent {
    RosterEvent::Link(Box::new(request.clone()))
}

fn state(world: &World, at: usize, of: usize) -> Option<DeviceState> {
    world
        .roster(at)
        .device(&world.replicas[of].device())
        .map(|device| device.state)
}

/// Founder and one more member, who know the same.
fn two() -> World {
    let mut world = World::new(1);
    world.admit(0);
    world
}

#[test]
fn whoever_is_let_in_is_a_person_named_by_their_first_device() {
    let world = two();
    let roster = world.roster(1);
    let newcomer = PersonId(world.replicas[1].device());
    let person = roster.person(&newcomer).unwrap();
    assert_eq!(
        (person.name.as_str(), person.state),
        ("person 1", PersonState::Joined)
    );
    assert_eq!(
        roster.device(&newcomer.0).unwrap().admitted_by,
        world.replicas[0].device()
    );
    assert_eq!(roster.live_devices().count(), 2);
    assert_eq!(roster.heads().len(), 1);
}

#[test]
fn an_admit_stands_when_the_revocation_was_not_known_and_falls_when_it_was() {
    // Many seeds, since the order of the ids must not matter.
    for seed in 0..16 {
        let mut world = World::new(seed);
        world.admit(0);
        let seed = world.invite(0, Purpose::Join);
        world.sync(0, 1);
        world.say(0, RosterEvent::InviteRevoke(seed.public()));
        let (_, first) = world.ask(&seed, Purpose::Join);
        let (_, second) = world.ask(&seed, Purpose::Join);
        let before_it_knew = world.say(1, admit(&first));
        world.sync(0, 1);
        let after_it_knew = world.say(1, admit(&second));
        assert_eq!(refusal(&world, 1, &before_it_knew), None);
        let refused = refusal(&world, 1, &after_it_knew);
        assert_eq!(refused, Some(Refusal::InviteRevoked));
        let roster = world.roster(1);
        assert!(roster.is_live(&first.device()));
        assert!(roster.device(&second.device()).is_none());
        assert!(
            !roster.heads().contains(&after_it_knew),
            "a refused event is no head"
        );
    }
}

#[test]
fn several_admits_of_one_request_are_one() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    world.sync(0, 1);
    let (_, request) = world.ask(&seed, Purpose::Join);
    world.say(0, admit(&request));
    world.say(1, admit(&request));
    world.sync(0, 1);
    let again = world.say(0, admit(&request));
    let roster = world.roster(0);
    assert_eq!(refusal(&world, 0, &again), None);
    assert_eq!(roster.devices().count(), 3);
    assert_eq!(roster.invite(&seed.public()).unwrap().uses, 1);
}

#[test]
fn an_invite_used_twice_in_two_halves_leaves_both_in_and_tells() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    world.sync(0, 1);
    let (_, first) = world.ask(&seed, Purpose::Join);
    let (_, second) = world.ask(&seed, Purpose::Join);
    world.say(0, admit(&first));
    world.say(1, admit(&second));
    world.sync(0, 1);
    let roster = world.roster(0);
    assert!(roster.is_live(&first.device()) && roster.is_live(&second.device()));
    assert_eq!(roster.invite(&seed.public()).unwrap().uses, 2);
}

#[test]
fn nobody_is_let_in_without_an_invite_that_the_admitter_knew() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    let (_, request) = world.ask(&seed, Purpose::Join);
    let id = world.say(1, admit(&request));
    world.sync(0, 1);
    assert_eq!(refusal(&world, 0, &id), Some(Refusal::InviteUnknown));
}

#[test]
fn a_stranger_can_say_nothing() {
    let mut world = two();
    let stranger = world.add_replica();
    world.sync(0, stranger);
    let id = world.say(stranger, RosterEvent::Leave);
    assert_eq!(refusal(&world, stranger, &id), Some(Refusal::AuthorUnknown));
}

#[test]
fn only_the_person_who_made_a_link_invite_can_answer_it() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Link);
    world.sync(0, 1);
    let (_, request) = world.ask(&seed, Purpose::Link);
    let foreign = world.say(1, link(&request));
    assert_eq!(refusal(&world, 1, &foreign), Some(Refusal::OtherPerson));
    let as_member = world.say(1, admit(&request));
    assert_eq!(refusal(&world, 1, &as_member), Some(Refusal::OtherPurpose));
    let own = world.say(0, link(&request));
    world.sync(0, 1);
    assert_eq!(refusal(&world, 0, &own), None);
    let founder = PersonId(world.replicas[0].device());
    assert_eq!(world.roster(1).person_of(&request.device()), Some(founder));
}

#[test]
fn an_invite_cannot_be_republished_by_who_does_not_hold_its_seed() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Link);
    world.sync(0, 1);
    let create = world
        .roster(1)
        .invite(&seed.public())
        .unwrap()
        .create
        .clone();
    let id = world.say(1, RosterEvent::InviteCreate(create.clone()));
    assert_eq!(refusal(&world, 1, &id), Some(Refusal::OtherPerson));
    let thief = world.replicas[1].device();
    let terms = InviteTerms {
        purpose: Purpose::Link,
        mailbox: create.mailbox,
        expires_at_ms: 0,
        uses_max: 1,
        needs_confirm: false,
    };
    let made_up = InviteCreate::new(&InviteSeed::from_bytes([7; 32]), NOTEBOOK, thief, terms);
    let (kind, mut content) = RosterEvent::InviteCreate(made_up).encode().unwrap();
    content[5..37].copy_from_slice(&seed.public().0);
    assert!(RosterEvent::decode(kind, &content).is_err());
}

#[test]
fn a_device_on_the_roster_does_not_come_in_by_a_second_request() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Link);
    let applicant = crate::Applicant {
        purpose: Purpose::Link,
        log_init: moot_log::LogInit::sign(NOTEBOOK, [1; 16], &world.replicas[1].secrets.signing),
        kem: world.replicas[1].secrets.kem_public(),
        name: String::new(),
        device_name: String::new(),
    };
    let request = JoinRequest::make(applicant, &seed, &world.replicas[1].secrets.signing).unwrap();
    let id = world.say(0, link(&request));
    assert_eq!(refusal(&world, 0, &id), Some(Refusal::DeviceKnown));
}

#[test]
fn a_device_to_which_nothing_can_be_sealed_does_not_come_in() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    let device = ed25519_dalek::SigningKey::from_bytes(&[5; 32]);
    let applicant = crate::Applicant {
        purpose: Purpose::Join,
        log_init: moot_log::LogInit::sign(NOTEBOOK, [1; 16], &device),
        kem: KemPk([0; 32]),
        name: String::new(),
        device_name: String::new(),
    };
    let request = JoinRequest::make(applicant, &seed, &device).unwrap();
    let by = world.replicas[0].device();
    let checked = world.roster(0).check_request(&request, &by, 0);
    assert_eq!(checked, Err(InviteProblem::UnusableKey));
    let id = world.say(0, admit(&request));
    assert_eq!(refusal(&world, 0, &id), Some(Refusal::UnusableKey));
    let id = world.say(0, RosterEvent::DeviceKey(KemPk([0; 32])));
    assert_eq!(refusal(&world, 0, &id), Some(Refusal::UnusableKey));
}

#[test]
fn a_retirement_is_the_persons_own_and_final_and_what_the_device_said_stays() {
    let mut world = two();
    let phone = world.link(0);
    world.sync(0, 1);
    let foreign = world.say(1, retire(world.replicas[phone].device()));
    assert_eq!(refusal(&world, 1, &foreign), Some(Refusal::OtherPerson));
    let friend = world.admit(phone);
    world.say(0, retire(world.replicas[phone].device()));
    world.sync_all();
    assert_eq!(state(&world, 1, phone), Some(DeviceState::Retired));
    assert_eq!(state(&world, 1, friend), Some(DeviceState::Live));
    assert_eq!(
        world
            .roster(1)
            .device(&world.replicas[phone].device())
            .unwrap()
            .cuts,
        [vec![]]
    );
    assert!(
        !world
            .roster(1)
            .live_kems()
            .contains(&world.replicas[phone].secrets.kem_public())
    );
}

#[test]
fn who_leaves_takes_all_their_devices_along_even_one_linked_meanwhile() {
    let mut world = two();
    let phone = world.link(1);
    world.say(1, RosterEvent::Leave);
    let tablet = world.link(phone);
    world.sync_all();
    for device in [1, phone, tablet] {
        assert_eq!(state(&world, 0, device), Some(DeviceState::Left));
    }
    let person = PersonId(world.replicas[1].device());
    assert_eq!(
        world.roster(0).person(&person).unwrap().state,
        PersonState::Left
    );
}

#[test]
fn a_new_sealing_key_replaces_the_old_one_and_two_incarnations_have_two() {
    let mut world = two();
    let old = world.replicas[1].secrets.kem_public();
    let new = world.replicas[1].secrets.rotate_kem(&mut world.rng);
    let copy = world.replicas[1].clone();
    world.replicas.push(copy);
    world.say(1, RosterEvent::DeviceKey(new));
    let device = world.replicas[1].device();
    assert_eq!(world.roster(1).device(&device).unwrap().kems, [new].into());
    let other = KemSecret::from_bytes([8; 32]).public();
    world.say(2, RosterEvent::DeviceKey(other));
    world.sync(1, 2);
    let kems = world.roster(1).device(&device).unwrap().kems.clone();
    assert_eq!(kems, [new, other].into());
    assert_eq!(
        world.roster(1).device(&device).unwrap().kems_ever,
        [old, new, other].into()
    );
}

#[test]
fn admitting_a_request_once_more_does_not_bring_back_its_sealing_key() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    world.sync(0, 1);
    let (at, request) = world.ask(&seed, Purpose::Join);
    world.say(0, admit(&request));
    world.sync(0, at);
    let new = world.replicas[at].secrets.rotate_kem(&mut world.rng);
    world.say(at, RosterEvent::DeviceKey(new));
    world.say(1, admit(&request));
    world.sync_all();
    world.say(0, admit(&request));
    assert_eq!(
        world.roster(0).device(&request.device()).unwrap().kems,
        [new].into()
    );
}

#[test]
fn an_event_waits_for_its_past_and_counts_when_that_has_come() {
    let mut world = two();
    let first = world.say(0, RosterEvent::Unknown(50));
    let second = world.say(0, RosterEvent::Unknown(51));
    let mut events = world.replicas[0].events.clone();
    let missing = events.remove(&first).unwrap();
    let roster = world.evaluate(&events);
    assert_eq!(roster.pending(), &[second].into());
    assert!(!roster.heads().contains(&second));
    events.insert(first, missing);
    let roster = world.evaluate(&events);
    assert_eq!(
        (roster.heads(), roster.pending().len()),
        (&[second].into(), 0)
    );
}

#[test]
fn what_devices_say_of_themselves_makes_no_body_longer() {
    let mut world = two();
    let heads = world.roster(0).heads().clone();
    world.say(0, RosterEvent::DeviceName("tower".into()));
    assert_eq!(world.roster(0).heads(), &heads);
    let next = world.say(0, RosterEvent::Unknown(50));
    assert_eq!(world.roster(0).heads(), &[next].into());
}

#[test]
fn an_event_of_a_newer_program_is_followed_and_has_no_effect() {
    let mut world = two();
    let devices_before = world.roster(0).devices().count();
    let id = world.say(0, RosterEvent::Unknown(63));
    assert_eq!(world.roster(0).heads(), &[id].into());
    assert_eq!(world.roster(0).devices().count(), devices_before);
}

#[test]
fn without_its_genesis_a_roster_is_empty_and_everything_waits() {
    let world = two();
    let mut events = world.replicas[0].events.clone();
    events.remove(&world.genesis);
    let roster = world.evaluate(&events);
    assert_eq!((roster.devices().count(), roster.heads().len()), (0, 0));
    assert_eq!(roster.pending().len(), events.len());
}

#[test]
fn a_genesis_that_this_program_cannot_follow_is_refused_politely() {
    let world = World::new(1);
    let entry = world.replicas[0].events[&world.genesis].clone();
    let check = |entry: RosterEntry, expect: &str| {
        let events = [(world.genesis, entry)].into();
        let error = Roster::from_events(NOTEBOOK, world.genesis, &events).unwrap_err();
        assert_eq!(error.to_string(), expect);
    };
    let foreign = |rules_version, has_parent| RosterEntry {
        event: RosterEvent::ForeignGenesis(ForeignGenesis {
            rules_version,
            has_parent,
        }),
        ..entry.clone()
    };
    check(
        foreign(2, true),
        "this notebook's group follows rules of version 2, which needs a newer moot",
    );
    check(
        foreign(1, true),
        "this notebook continues another one, which needs a newer moot",
    );
    check(
        RosterEntry {
            author: DevicePk([3; 32]),
            ..entry.clone()
        },
        "the entry that should begin this notebook does not: another device signed it",
    );
    check(
        RosterEntry {
            event: RosterEvent::Leave,
            ..entry.clone()
        },
        "the entry that should begin this notebook does not: it is another event",
    );
    let events = [(world.genesis, entry)].into();
    assert!(Roster::from_events(NotebookId([1; 16]), world.genesis, &events).is_err());
}

#[test]
fn a_second_genesis_makes_nobody_a_founder() {
    let mut world = two();
    let genesis = Genesis {
        device: world.replicas[1].device(),
        ..world.roster(0).genesis().unwrap().clone()
    };
    let id = world.say(1, RosterEvent::Genesis(genesis));
    assert_eq!(refusal(&world, 1, &id), Some(Refusal::SecondGenesis));
}

#[test]
fn an_admitter_says_what_is_wrong_with_a_request() {
    let mut world = two();
    let seed = world.invite(0, Purpose::Join);
    let (_, request) = world.ask(&seed, Purpose::Join);
    let by = world.replicas[0].device();
    let check = |world: &World, at, request: &JoinRequest, by, now_ms| {
        world.roster(at).check_request(request, by, now_ms)
    };
    assert_eq!(
        check(&world, 1, &request, &by, 0),
        Err(InviteProblem::Unknown)
    );
    assert_eq!(check(&world, 0, &request, &by, LATER_MS - 1), Ok(()));
    assert_eq!(
        check(&world, 0, &request, &by, LATER_MS),
        Err(InviteProblem::Expired)
    );
    let (_, wrong) = world.ask(&seed, Purpose::Link);
    assert_eq!(
        check(&world, 0, &wrong, &by, 0),
        Err(InviteProblem::OtherPurpose)
    );
    world.say(0, admit(&request));
    assert_eq!(
        check(&world, 0, &request, &by, 0),
        Err(InviteProblem::AlreadyGranted)
    );
    let (_, late) = world.ask(&seed, Purpose::Join);
    assert_eq!(check(&world, 0, &late, &by, 0), Err(InviteProblem::UsedUp));
    world.say(0, RosterEvent::InviteRevoke(seed.public()));
    assert_eq!(check(&world, 0, &late, &by, 0), Err(InviteProblem::Revoked));
    let seed = world.invite(0, Purpose::Link);
    world.sync(0, 1);
    let (_, request) = world.ask(&seed, Purpose::Link);
    assert_eq!(check(&world, 1, &request, &by, 0), Ok(()));
    let other = world.replicas[1].device();
    assert_eq!(
        check(&world, 1, &request, &other, 0),
        Err(InviteProblem::OtherPerson)
    );
}

#[test]
fn who_was_live_depends_on_what_the_author_knew() {
    let mut world = two();
    let phone = world.link(0);
    let device = world.replicas[phone].device();
    let before = world.roster(0).heads().clone();
    world.say(0, retire(device));
    let roster = world.roster(0);
    assert_eq!(roster.was_live(&device, &before), Some(true));
    assert_eq!(roster.was_live(&device, roster.heads()), Some(false));
    assert_eq!(roster.live_at(&before).unwrap().len(), 3);
    world.say(1, RosterEvent::Leave);
    let left = world.replicas[1].device();
    let roster = world.roster(1);
    assert_eq!(roster.was_live(&left, roster.heads()), Some(false));
    let roster = world.roster(0);
    assert_eq!(roster.live_at(&[EntryId([0; 32])].into()), None);
    assert_eq!(roster.live_at(&BTreeSet::new()), Some(BTreeSet::new()));
}

#[test]
fn what_a_device_says_of_itself_last_holds_for_each_of_its_logs() {
    let mut world = two();
    let said = |at_ms| {
        let reach = Reach {
            peer_id: vec![1],
            addresses: vec![format!("/ip4/10.0.0.{at_ms}")],
        };
        RosterEvent::DeviceAddresses(DeviceAddresses {
            at_ms,
            reach,
            relays: Vec::new(),
        })
    };
    world.say(0, said(1));
    world.say(0, RosterEvent::DeviceName("tower".into()));
    world.say(0, said(2));
    let copy = world.replicas[0].clone();
    world.replicas.push(copy);
    world.replicas[2].earlier = None;
    world.say(2, said(3));
    world.sync(0, 2);
    let roster = world.roster(0);
    let device = roster.device(&world.replicas[0].device()).unwrap();
    let times: Vec<i64> = device.addresses.iter().map(|said| said.at_ms).collect();
    assert_eq!((times, device.name.as_str()), (vec![3, 2], "tower"));
}
