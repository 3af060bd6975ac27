//! A device that was retired: what its logs and its frames count for, by what the retirement names and in whatever order it
//! all came. No command of this program retires a device; the entries are made by hand.

use moot_group::roster::{CutRow, Retire};
use moot_group::{Change, Content, RosterEvent};
use moot_log::LogInit;
use moot_log::storage::Reader;
use moot_sim::{ByHand, Chunk, Member};

use super::*;

/// A log of so many changes, each by itself, in sessions from this one on; it goes on from `stem`.
fn typed(
    member: &mut Member,
    mut log: ByHand,
    doc: DocId,
    sessions: std::ops::Range<u8>,
) -> ByHand {
    for session in sessions {
        let change = entries::sound_change(member, &log, doc, session);
        member.say(&mut log, change);
    }
    log
}

/// Mallory retires her device, with everything of it kept that her home held before, and of a log this much.
fn retirement(member: &mut Member, world: &World, kept: &[(&ByHand, usize)]) -> ByHand {
    let mut log = member.begin_log();
    let home = world.backup(MALLORY);
    let own: Vec<_> = home
        .log_inits(&member.notebook)
        .unwrap()
        .into_iter()
        .filter(|(_, init)| LogInit::decode(init).unwrap().device() == member.secrets.device())
        .map(|(log, _)| log)
        .collect();
    let chains = home.chains(&member.notebook).unwrap();
    let own = chains.iter().filter(|chain| own.contains(&chain.log));
    let mut cut: Vec<CutRow> = own
        .map(|chain| CutRow {
            log: chain.log,
            len: chain.len,
            tip: chain.tip,
        })
        .collect();
    cut.extend(kept.iter().map(|(log, len)| CutRow {
        log: log.id(),
        len: *len as u64,
        tip: log.entries[len - 1].id(),
    }));
    let device = member.secrets.device();
    member.say(
        &mut log,
        Content::Roster(RosterEvent::Retire(Retire { device, cut })),
    );
    log
}

/// A change by Ben that follows another.
fn follow(ben: &mut Member, log: &mut ByHand, doc: DocId, session: u8, first: [u8; 32]) {
    let Content::Change(mut change) = entries::sound_change(ben, log, doc, session) else {
        unreachable!("a change is a change");
    };
    let mut chunk = Chunk::parse(&change.changes[0]).unwrap();
    chunk.deps = vec![first];
    chunk.start_op += 1;
    change.changes = vec![chunk.encode()];
    ben.say(log, Content::Change(change));
}

fn first_change(log: &ByHand, member: &Member, at: usize) -> [u8; 32] {
    let body = moot_group::Body::open(&member.key, &log.entries[at]).unwrap();
    let Content::Change(Change { changes, .. }) = body.content else {
        panic!("no change");
    };
    moot_notebook::ChangeHash::of_chunk(&changes[0]).0
}

/// Story: the cut named the last entry of one branch, and its length alone was looked at: what a thief wrote on another branch
/// below that length counted.
#[test]
fn a_branch_beside_the_way_to_the_cut_does_not_count_in_any_order() {
    for order in 0..4 {
        let mut scene = Scene::new(20);
        let doc = scene.doc;
        let begun = scene.mallory.begin_log();
        let stem = typed(&mut scene.mallory, begun, doc, 80..81);
        let hers = typed(&mut scene.mallory, stem.clone(), doc, 81..84);
        let thiefs = typed(&mut scene.mallory, stem, doc, 90..92);
        let retired = retirement(&mut scene.mallory, &scene.world, &[(&hers, 3)]);
        match order {
            0 => {
                scene.give(ANA, &[&hers, &retired]);
                scene.give(BEN, &[&thiefs]);
            }
            1 => {
                scene.give(ANA, &[&thiefs, &retired]);
                scene.give(BEN, &[&hers]);
            }
            2 => {
                scene.give(ANA, &[&thiefs]);
                scene.give(BEN, &[&hers, &retired]);
            }
            _ => {
                scene.give(ANA, &[&hers]);
                scene.give(BEN, &[&thiefs, &retired]);
            }
        }
        scene.world.part(vec![0, 0, 1]);
        scene.world.run_for(10 * MINUTE_MS);
        let read = text(&mut scene.world, BEN, "Watering");
        assert_eq!(read, "xxxab", "in order {order}");
        let seen = shown(&mut scene.world, ANA);
        assert_eq!((seen.pending, seen.quarantined), (0, 3), "{seen:?}");
        scene.check();
    }
}

#[test]
fn what_lies_past_the_cut_counts_where_anothers_work_builds_on_it() {
    for order in 0..2 {
        let mut scene = Scene::new(21);
        let doc = scene.doc;
        let begun = scene.mallory.begin_log();
        let hers = typed(&mut scene.mallory, begun, doc, 80..84);
        let retired = retirement(&mut scene.mallory, &scene.world, &[(&hers, 1)]);
        let mut ben = Member::of(scene.world.backup(BEN), scene.world.storage_key(BEN), 1);
        let mut bens = ben.begin_log();
        let behind = first_change(&hers, &scene.mallory, 2);
        follow(&mut ben, &mut bens, doc, 60, behind);
        let logs: [&ByHand; 2] = [&hers, &retired];
        if order == 0 {
            scene.give(ANA, &logs);
        }
        scene.world.part(vec![0, 1, 2]);
        scene
            .world
            .restore(BEN, ben.home_with(&[&bens]), MarkerFate::Kept);
        scene.world.part(vec![0, 0, 1]);
        scene.world.run_for(5 * MINUTE_MS);
        if order == 1 {
            scene.give(ANA, &logs);
            scene.world.part(vec![0, 0, 1]);
        }
        scene.world.run_for(10 * MINUTE_MS);
        let read = text(&mut scene.world, ANA, "Watering");
        assert_eq!(read, "xxxab", "before the cut, behind Ben's, and Ben's");
        let seen = shown(&mut scene.world, ANA);
        assert_eq!((seen.pending, seen.quarantined), (0, 2), "{seen:?}");
        scene.check();
    }
}

/// Story: what an entry of somebody else's carried of a retired device was applied as if it stood before the cut.
#[test]
fn a_carried_frame_of_a_retired_device_counts_only_where_work_builds_on_it() {
    for (order, builds) in [(0, false), (1, false), (0, true), (1, true)] {
        let mut scene = Scene::new(22);
        let doc = scene.doc;
        let retired = retirement(&mut scene.mallory, &scene.world, &[]);
        let mut ben = Member::of(scene.world.backup(BEN), scene.world.storage_key(BEN), 1);
        let mut bens = entries::carrying_of(&mut ben, &scene.mallory, doc);
        if builds {
            let behind = entries::change_carried(&bens, &ben);
            follow(&mut ben, &mut bens, doc, 65, behind);
        }
        if order == 0 {
            scene.give(ANA, &[&retired]);
        }
        scene.world.part(vec![0, 1, 2]);
        scene
            .world
            .restore(BEN, ben.home_with(&[&bens]), MarkerFate::Kept);
        scene.world.part(vec![0, 0, 1]);
        scene.world.run_for(5 * MINUTE_MS);
        if order == 1 {
            assert_eq!(
                text(&mut scene.world, ANA, "Watering").len(),
                if builds { 5 } else { 4 }
            );
            scene.give(ANA, &[&retired]);
            scene.world.part(vec![0, 0, 1]);
        }
        scene.world.run_for(10 * MINUTE_MS);
        let read = text(&mut scene.world, ANA, "Watering");
        assert_eq!(read, if builds { "xxxab" } else { "xab" });
        let seen = shown(&mut scene.world, ANA);
        assert_eq!(seen.quarantined, u64::from(!builds), "{seen:?}");
        scene.check();
    }
}

/// Story: what a device had typed live before it was retired stayed in the journals of those who had seen it, and on their
/// screens alone.
#[test]
fn what_a_retired_device_typed_live_is_forgotten_unless_something_builds_on_it() {
    for builds in [false, true] {
        let mut scene = Scene::new(23);
        let retired = retirement(&mut scene.mallory, &scene.world, &[]);
        let world = &mut scene.world;
        world.part(vec![0, 1, 0]);
        world.run_for(MINUTE_MS);
        type_in(world, MALLORY, "Watering", "m");
        world.run_for(500);
        assert_eq!(text(world, ANA, "Watering"), "mab");
        if builds {
            type_in(world, ANA, "Watering", "a");
        }
        world.part(vec![0, 1, 2]);
        let home = scene.mallory.home_with(&[&retired]);
        world.restore(MALLORY, home, MarkerFate::Kept);
        world.part(vec![0, 1, 0]);
        world.run_for(2_000);
        assert!(scene.holds(ANA, &retired));
        let world = &mut scene.world;
        let expected = if builds { "amab" } else { "ab" };
        assert_eq!(text(world, ANA, "Watering"), expected);
        let rows = journal(world, ANA);
        assert!(builds || rows == 0, "{rows} rows");
        world.part(vec![0, 0, 1]);
        world.run_for(20 * MINUTE_MS);
        assert_eq!(text(world, BEN, "Watering"), expected);
        assert_eq!(journal(world, ANA), 0);
        scene.check();
    }
}

fn type_in(world: &mut World, node: usize, note: &str, what: &str) {
    let splice = moot_engine::command::Splice {
        at: 0,
        delete: 0,
        insert: what.to_owned(),
    };
    let type_in = moot_engine::Command::NoteType {
        seen: None,
        note: note.to_owned(),
        splices: vec![splice],
    };
    super::super::garden::done(world, node, type_in);
}

fn journal(world: &World, node: usize) -> usize {
    use moot_log::storage::{HOME, Space};
    let home = world.backup(node);
    let notebooks = home.scan(Space::Notebook, &HOME, &[], None, 9).unwrap();
    let id = moot_log::NotebookId(notebooks[0].0.as_slice().try_into().unwrap());
    let rows = home.scan(Space::Journal, &id, &[], None, usize::MAX);
    rows.unwrap().len()
}
