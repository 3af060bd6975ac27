//! A member with real keys who signs and seals whatever they like. Two honest members get it in different orders, and come
//! to see the same; nothing of theirs is harmed.

#[path = "hostile/changes.rs"]
pub(crate) mod changes;
#[path = "hostile/entries.rs"]
pub(crate) mod entries;
#[path = "hostile/retired.rs"]
mod retired;

use moot_log::storage::Reader;
use moot_log::{ChainId, DevicePk};
use moot_notebook::{ActorId, DocId, Incoming};
use moot_sim::world::{Crash, MarkerFate};
use moot_sim::{ByHand, Member, World};

use super::garden::{
    MINUTE_MS, Shown, append, doctor, invite, join, note, shared, shown, status, text,
};

const ANA: usize = 0;
const BEN: usize = 1;
const MALLORY: usize = 2;

/// Three members in step, and what Mallory can do.
struct Scene {
    world: World,
    mallory: Member,
    /// Ana's note, which Mallory writes in.
    doc: DocId,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut world = World::new(seed);
        shared(&mut world, &["Ana", "Ben", "Mallory"]);
        let doc = note(&mut world, ANA, "Watering", "ab");
        note(&mut world, BEN, "Untouched", "Ben's own words.\n");
        world.run_for(5 * MINUTE_MS);
        assert_eq!(shown(&mut world, ANA), shown(&mut world, MALLORY));
        let mallory = Member::of(world.backup(MALLORY), world.storage_key(MALLORY), seed);
        Self {
            world,
            mallory,
            doc: doc.parse().unwrap(),
        }
    }

    fn device_of(&mut self, node: usize) -> DevicePk {
        let name = ["Ana", "Ben", "Mallory"][node];
        let roster = &self.mallory.roster;
        let person = roster.persons().find(|person| person.name == name).unwrap();
        person.id.0
    }

    /// Gives one node logs of Mallory's, one after the other, while the two others are out of reach.
    fn give(&mut self, node: usize, logs: &[&ByHand]) {
        let mut islands = vec![0; 3];
        (islands[node], islands[MALLORY]) = (1, 1);
        self.world.part(islands);
        for log in logs {
            let home = self.mallory.home_with(&[*log]);
            self.world.restore(MALLORY, home, MarkerFate::Kept);
            self.world.run_for(3 * MINUTE_MS);
            assert!(self.holds(node, log), "a log did not come to node {node}");
        }
    }

    fn holds(&self, node: usize, log: &ByHand) -> bool {
        let chains = self.world.backup(node).chains(&self.mallory.notebook);
        let id = ChainId::from(log.id());
        chains
            .unwrap()
            .iter()
            .any(|chain| chain.id == id && chain.len == log.entries.len() as u64)
    }

    /// Ana gets the logs in this order, Ben in the other; then the two meet, without Mallory.
    fn give_both(&mut self, logs: &[&ByHand]) {
        self.give(ANA, logs);
        let backwards: Vec<&ByHand> = logs.iter().rev().copied().collect();
        self.give(BEN, &backwards);
        self.world.part(vec![0, 0, 1]);
        self.world.run_for(10 * MINUTE_MS);
    }

    /// What both see is the same, after a restart and made again from the entries as well, and both go on writing.
    fn check(&mut self) {
        let world = &mut self.world;
        let seen = shown(world, ANA);
        assert_eq!(seen, shown(world, BEN), "Ana and Ben");
        for node in [ANA, BEN] {
            let found = doctor(world, node, false);
            assert!(found.ok, "node {node}: {:?}", found.findings);
            let found = doctor(world, node, true);
            assert!(found.ok, "node {node}: {:?}", found.findings);
            assert_eq!(seen, shown(world, node), "made again at {node}");
            world.crash(node, Crash::PowerCut);
            world.start(node);
            // Whoever starts may have new addresses to publish.
            let again = Shown {
                log_digest: seen.log_digest.clone(),
                ..shown(world, node)
            };
            assert_eq!(seen, again, "opened again at {node}");
            assert_eq!(text(world, node, "Untouched"), "Ben's own words.\n");
        }
        append(world, ANA, "Watering", "Ana goes on.");
        append(world, BEN, "Untouched", "Ben goes on.");
        world.run_for(5 * MINUTE_MS);
        assert_eq!(shown(world, ANA), shown(world, BEN), "after going on");
        assert!(text(world, BEN, "Watering").contains("Ana goes on."));
        assert!(text(world, ANA, "Untouched").contains("Ben goes on."));
    }
}

#[test]
fn hostile_changes_are_refused_alike_in_every_order() {
    let mut scene = Scene::new(1);
    let mut judged = scene.mallory.document(scene.doc);
    let document = judged.clone();
    let mut logs: Vec<ByHand> = (0..3).map(|_| scene.mallory.begin_log()).collect();
    for log in &mut logs {
        for (name, session, bytes) in changes::all(&document, &log.id()) {
            let incoming = Incoming {
                bytes: &bytes,
                actor: ActorId(moot_group::actor_id(&log.id(), &session)),
                rank: None,
            };
            let applied = judged.ingest(&[incoming]).applied.len();
            assert_eq!(applied, usize::from(name.starts_with("sound")), "{name}");
            scene.mallory.change(log, scene.doc, session, bytes);
        }
    }
    scene.give_both(&logs.iter().collect::<Vec<_>>());
    let seen = shown(&mut scene.world, ANA);
    assert_eq!(seen.quarantined, judged.quarantined().len() as u64);
    assert!(seen.quarantined > 3 * 40, "{seen:?}");
    assert_eq!(seen.pending, 3, "those that follow what nobody has");
    assert_eq!(text(&mut scene.world, BEN, "Watering"), "xxxab");
    scene.check();
}

#[test]
fn mutated_changes_come_to_the_same_in_every_order() {
    let mut scene = Scene::new(2);
    let document = scene.mallory.document(scene.doc);
    let mut logs: Vec<ByHand> = (0..3).map(|_| scene.mallory.begin_log()).collect();
    for log in &mut logs {
        for (_, session, bytes) in changes::mutated(&document, &log.id(), 100) {
            scene.mallory.change(log, scene.doc, session, bytes);
        }
    }
    scene.give_both(&logs.iter().collect::<Vec<_>>());
    let seen = shown(&mut scene.world, ANA);
    assert!(seen.quarantined > 100 && seen.pending > 20, "{seen:?}");
    scene.check();
}

/// Story: the head of a log came, nothing of the roster did, and the entry that waited for the head waited on.
#[test]
fn a_change_from_an_older_log_of_its_device_waits_for_the_head_of_that_log_alone() {
    let mut scene = Scene::new(4);
    let doc = scene.doc;
    let mut older = scene.mallory.begin_log();
    let said = entries::sound_change(&scene.mallory, &older, doc, 1);
    scene.mallory.say(&mut older, said);
    let newer = entries::from_own_older_log(&mut scene.mallory, &older, doc);
    scene.give_both(&[&newer, &older]);
    assert_eq!(text(&mut scene.world, ANA, "Watering"), "xxab");
    assert_eq!(shown(&mut scene.world, ANA).pending, 0);
    scene.check();
}

/// Story: Ana could open a frame that an entry carried when she read the entry, Ben got the key for it later, and read the
/// entry no second time.
#[test]
fn a_carried_frame_under_a_key_for_some_counts_for_nobody_until_all_have_the_key() {
    let mut scene = Scene::new(5);
    let (ana, doc) = (scene.device_of(ANA), scene.doc);
    let hidden = entries::carrying_hidden(&mut scene.mallory, ana, doc);
    scene.give(BEN, &[&hidden]);
    scene.give(ANA, &[&hidden]);
    scene.world.part(vec![0, 0, 1]);
    scene.world.run_for(10 * MINUTE_MS);
    assert_eq!(text(&mut scene.world, BEN, "Watering"), "xxab");
    scene.check();
}

/// Story: whether a carried frame's device belongs to the notebook was asked of the roster as it stood when the entry was
/// read, so that whoever heard of the device later never read what was carried.
#[test]
fn an_entry_with_a_carried_frame_of_somebody_not_known_yet_waits_for_them() {
    const DORA: usize = 3;
    let mut scene = Scene::new(6);
    let (doc, world) = (scene.doc, &mut scene.world);
    assert_eq!(world.add_node(0), DORA);
    world.part(vec![1, 0, 2, 1]);
    let ticket = invite(world, ANA, 1);
    let joined = join(world, DORA, "Dora", &ticket);
    assert!(matches!(joined, Some(Ok(_))), "{joined:?}");
    world.run_for(2 * MINUTE_MS);
    let dora = Member::of(world.backup(DORA), world.storage_key(DORA), 1);
    let log = entries::carrying_of(&mut scene.mallory, &dora, doc);
    for islands in [vec![0, 1, 0, 2], vec![0, 1, 1, 2]] {
        world.part(islands);
        world.restore(MALLORY, scene.mallory.home_with(&[&log]), MarkerFate::Kept);
        world.run_for(3 * MINUTE_MS);
    }
    world.part(vec![0, 0, 1, 2]);
    world.run_for(10 * MINUTE_MS);
    assert_eq!(shown(world, ANA), shown(world, BEN));
    assert_eq!(text(world, BEN, "Watering"), "xxab");
    world.part(vec![0, 0, 1, 0]);
    scene.check();
}

#[test]
fn two_changes_with_one_number_come_to_the_same_in_every_order() {
    let mut scene = Scene::new(7);
    let doc = scene.doc;
    let logs = entries::twins(&mut scene.mallory, doc);
    scene.give_both(&logs.iter().collect::<Vec<_>>());
    assert!(shown(&mut scene.world, ANA).quarantined > 0);
    scene.check();
}

#[test]
fn hostile_entries_come_to_the_same_in_every_order() {
    let mut scene = Scene::new(3);
    let (ana, doc) = (scene.device_of(ANA), scene.doc);
    let mallory = &mut scene.mallory;
    let newer = entries::newer_and_garbage(mallory, doc);
    let logs = [
        entries::odd_and_sound(mallory, doc),
        entries::foreign_origins(mallory, doc),
        entries::from_own_older_log(mallory, &newer, doc),
        entries::carrying(mallory, doc),
        entries::keyboxes(mallory),
        entries::hidden(mallory, ana, doc),
        entries::roster_events(mallory, ana),
        entries::of_a_stranger(mallory, ana, doc),
        newer,
    ];
    scene.give_both(&logs.iter().collect::<Vec<_>>());
    let seen = shown(&mut scene.world, ANA);
    assert_eq!(seen.newer, entries::NEWER);
    scene.check();
}

/// A member begins log after log. They are kept and count like any; whose they are is shown, and a word of Ana's comes to a
/// newcomer before them.
#[test]
fn a_member_who_floods_is_muted_and_loses_nothing() {
    let mut scene = Scene::new(9);
    let mut logs: Vec<ByHand> = (0..70).map(|_| scene.mallory.begin_log()).collect();
    for log in &mut logs {
        scene.mallory.seal(log, b"?");
    }
    let refs: Vec<&ByHand> = logs.iter().collect();
    let home = scene.mallory.home_with(&refs);
    scene.world.restore(MALLORY, home, MarkerFate::Kept);
    scene.world.run_for(5 * MINUTE_MS);
    for node in [ANA, BEN] {
        assert!(logs.iter().all(|log| scene.holds(node, log)), "node {node}");
        scene.world.crash(node, Crash::Killed);
        scene.world.start(node);
        let status = status(&mut scene.world, node);
        let muted: Vec<&str> = status
            .peers
            .iter()
            .filter(|peer| peer.muted)
            .map(|peer| peer.person.name.as_str())
            .collect();
        assert_eq!(muted, ["Mallory"]);
        let told = |notice: &&String| notice.contains("A device of Mallory sends more");
        let told = status.notices.iter().filter(told).count();
        assert_eq!(told, 1, "{:?}", status.notices);
    }
    assert_eq!(shown(&mut scene.world, ANA), shown(&mut scene.world, BEN));
}
