//! A disk loses entries: what was shown of them stays, nobody is kept from anything by it, and others send them again.

use moot_engine::reply::{Doctor, Reply};
use moot_engine::{Command, ErrorKind};
use moot_log::storage::{Batch, Durability, Op, Reader, Space, Store};
use moot_log::{Chain, NotebookId};
use moot_sim::World;
use moot_sim::world::Crash;

use crate::garden::{append, ask, doctor, done, invite, join, note, shared, shown, status, text};

const ANA: usize = 0;
const BEN: usize = 1;

fn garden(seed: u64, people: &[&str]) -> (World, NotebookId) {
    let mut world = World::new(seed);
    shared(&mut world, people);
    for title in ["Watering", "Tools"] {
        let id = note(&mut world, ANA, title, "Every second day.\n");
        world.run_for(5_000);
        append(&mut world, BEN, &id, "Ask Ben.\n");
        world.run_for(5_000);
    }
    world.run_for(60_000);
    let id = status(&mut world, ANA).notebook.id.parse().unwrap();
    (world, id)
}

fn reopen(world: &mut World) {
    world.crash(ANA, Crash::Killed);
    world.start(ANA);
    world.run_for(1_000);
}

fn chains(world: &mut World, id: &NotebookId) -> Vec<Chain> {
    world.disk(ANA).chains(id).unwrap()
}

fn titles(world: &mut World) -> Vec<String> {
    match done(world, ANA, Command::NoteList { deleted: false }) {
        Reply::Notes(notes) => notes.into_iter().map(|note| note.title).collect(),
        other => panic!("not notes: {other:?}"),
    }
}

fn messages(doctor: &Doctor) -> Vec<&str> {
    let findings = doctor.findings.iter();
    findings.map(|finding| finding.message.as_str()).collect()
}

#[track_caller]
fn is_whole_again(world: &mut World, what: &str) {
    assert_eq!(shown(world, BEN), shown(world, ANA), "{what}");
    let found = doctor(world, ANA, false);
    assert!(found.ok, "{what}: {:?}", messages(&found));
}

/// Whether an entry says who belongs to the notebook, or brings a key.
fn is_of_rules(world: &mut World, id: &NotebookId, chain: &Chain, seq: u64) -> bool {
    let disk = world.disk(ANA);
    let entry = disk.entry_at(id, &chain.id, seq).unwrap().unwrap();
    let opened = disk.scan(Space::Opened, id, &[], None, 1_000).unwrap();
    opened
        .iter()
        .any(|(key, value)| key[1..] == entry.0 && !value.is_empty())
}

/// Story: one keybox that could not be read hid the whole notebook, and what was lost never came back.
#[test]
fn whichever_entry_is_lost_the_rest_stays_in_sight_and_it_comes_back() {
    let (mut world, id) = garden(41, &["Ana", "Ben"]);
    let before = shown(&mut world, ANA);
    for chain in chains(&mut world, &id) {
        for seq in chain.first_seq..chain.len {
            let what = format!("entry {seq} of {}", chain.id);
            world.part(vec![0, 1]);
            let rules = is_of_rules(&mut world, &id, &chain, seq);
            world.disk(ANA).lose_entry(&id, &chain.id, seq);
            reopen(&mut world);
            let found = doctor(&mut world, ANA, true);
            // Keys and people are kept twice; of a text only what was lost itself is missed.
            assert_eq!(found.ok, rules, "{what}: {:?}", messages(&found));
            if rules {
                assert_eq!(before, shown(&mut world, ANA), "{what}");
            }
            assert_eq!(titles(&mut world).len(), 2, "{what}");
            reopen(&mut world);
            assert_eq!(titles(&mut world).len(), 2, "{what}");
            world.heal();
            world.run_for(60_000);
            assert_eq!(before, shown(&mut world, ANA), "{what}");
            is_whole_again(&mut world, &what);
        }
    }
}

/// What was made of the entries is gone as well, so that nothing of them is left here.
#[test]
fn entries_that_are_lost_with_all_that_was_made_of_them_come_back_and_count() {
    let (mut world, id) = garden(42, &["Ana", "Ben"]);
    world.part(vec![0, 1]);
    for chain in chains(&mut world, &id) {
        for seq in chain.first_seq..chain.len {
            if !is_of_rules(&mut world, &id, &chain, seq) {
                world.disk(ANA).lose_entry(&id, &chain.id, seq);
            }
        }
    }
    let spaces = Space::ALL.into_iter().filter(|space| space.is_projection());
    let ops = spaces.map(|space| Op::Clear {
        space,
        notebook: id,
    });
    let batch = Batch {
        ops: ops.collect(),
        durability: Durability::Synced,
    };
    world.disk(ANA).commit(&batch).unwrap();
    reopen(&mut world);
    world.heal();
    world.run_for(120_000);
    is_whole_again(&mut world, "everything");
    let notices = status(&mut world, ANA).notices;
    let told = |what: &str| notices.iter().any(|notice| notice.contains(what));
    assert!(told("has come back from others"), "{notices:?}");
}

/// Story: a member with one entry that could not be read let a newcomer in, and then served them nothing.
#[test]
fn a_newcomer_comes_in_by_a_member_who_has_lost_something_without_knowing_it() {
    let (mut world, id) = garden(43, &["Ana", "Ben"]);
    let chain = chains(&mut world, &id).remove(0);
    world.disk(ANA).lose_entry(&id, &chain.id, chain.len - 2);
    let ticket = invite(&mut world, ANA, 1);
    let cleo = world.add_node(0);
    let came = join(&mut world, cleo, "Cleo", &ticket);
    assert!(matches!(came, Some(Ok(Reply::Entered(_)))), "{came:?}");
    world.run_for(60_000);
    assert_eq!(shown(&mut world, cleo), shown(&mut world, BEN));
    assert_eq!(shown(&mut world, ANA), shown(&mut world, BEN));
    assert!(doctor(&mut world, ANA, false).ok);
}

/// What nobody else has cannot come back. What is written afterwards reaches the others all the same.
#[test]
fn what_is_written_after_a_loss_that_nobody_can_mend_still_arrives() {
    let (mut world, id) = garden(44, &["Ana", "Ben"]);
    world.part(vec![0, 1]);
    let own = own_chain(&mut world, &id);
    let lost = note(&mut world, ANA, "Alone", "Nobody else has this.\n");
    world.run_for(5_000);
    world.disk(ANA).lose_entry(&id, &own.id, own.len);
    reopen(&mut world);
    assert!(!doctor(&mut world, ANA, false).ok);
    let later = note(&mut world, ANA, "Later", "Everybody gets this.\n");
    world.heal();
    world.run_for(60_000);
    assert!(text(&mut world, BEN, &later).contains("Everybody"));
    let show = Command::NoteShow {
        note: lost,
        at: None,
    };
    assert_eq!(
        ask(&mut world, BEN, show).unwrap_err().kind,
        ErrorKind::NotFound
    );
}

/// The chain that Ana writes: the one that grows when she alone writes.
fn own_chain(world: &mut World, id: &NotebookId) -> Chain {
    let before = chains(world, id);
    note(world, ANA, "One more", "");
    world.run_for(5_000);
    let grew = |chain: &Chain| {
        before
            .iter()
            .all(|old| old.id != chain.id || old.len < chain.len)
    };
    let after = chains(world, id);
    after.into_iter().find(grew).unwrap()
}
