//! What must hold once everybody has met.
//!
//! Owns the coming to rest and the comparison of what each member sees. Every failure says what differs and where.

use std::collections::BTreeMap;

use moot_engine::reply::{NoteView, PersonRow, Status};
use moot_engine::{Command, Reply};

use crate::script::{Script, Standing};
use crate::world::{Crash, Weather, World};

const MINUTE_MS: u64 = 60_000;

/// How long nothing must have been sent before a world counts as at rest: longer than any dial waits.
const SILENCE_MS: u64 = 3 * MINUTE_MS;

/// How long coming to rest may take.
const REST_MS_MAX: u64 = 120 * MINUTE_MS;

/// What one member sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// How things stand.
    pub status: Status,
    /// Every note by its id, deleted ones included.
    pub notes: BTreeMap<String, NoteView>,
    /// Who belongs to the notebook.
    pub people: Vec<PersonRow>,
}

/// Ends all that goes wrong, and waits until nobody has anything more to say.
///
/// Whoever is up then stays up.
///
/// # Panics
/// Where the talk does not end.
pub fn come_to_rest(world: &mut World) {
    world.weather = Weather::fair();
    world.heal();
    let began_ms = world.now_ms();
    // Everything that was put off is due by now: dials, granting keys, sealing what was typed.
    world.run_for(SILENCE_MS);
    while world.silent_ms() < SILENCE_MS {
        assert!(
            world.now_ms() - began_ms < REST_MS_MAX,
            "the talk does not end: {} frames so far",
            world.frames_sent()
        );
        world.run_for(MINUTE_MS);
    }
}

/// What a node shows that is up.
///
/// # Panics
/// Where it does not answer.
pub fn look(world: &mut World, node: usize) -> Seen {
    let Reply::Status(status) = told(world, node, Command::Status) else {
        panic!("node {node} has no status");
    };
    let Reply::People(people) = told(world, node, Command::People) else {
        panic!("node {node} knows no people");
    };
    let Reply::Notes(rows) = told(world, node, Command::NoteList { deleted: true }) else {
        panic!("node {node} lists no notes");
    };
    let mut notes = BTreeMap::new();
    for row in rows {
        let (note, at) = (row.id, None);
        match told(world, node, Command::NoteShow { note, at }) {
            Reply::Note(view) => notes.insert(view.id.clone(), view),
            other => panic!("node {node} shows {other:?} for a note"),
        };
    }
    Seen {
        status: *status,
        notes,
        people,
    }
}

fn told(world: &mut World, node: usize, command: Command) -> Reply {
    let shown = format!("{command:?}");
    match world.get(node, command) {
        Some(Ok(reply)) => reply,
        other => panic!("node {node} answers {shown} with {other:?}"),
    }
}

/// Plays a script and checks everything that must hold afterwards.
///
/// # Panics
/// Where something does not hold.
pub fn play_and_check(world: &mut World, script: &mut Script) {
    script.play(world);
    part_from_who_left(world, script);
    come_to_rest(world);
    script.notice_who_is_in(world);
    let members = members(script);
    let seen = look_at(world, &members);
    agree(&seen);
    nothing_is_lost(script, &seen);
    silence_lasts(world);
    nothing_lives_in_memory_only(world, &seen);
}

/// Everybody comes back; who has left has a while to say so, and is gone.
fn part_from_who_left(world: &mut World, script: &Script) {
    world.weather = Weather::fair();
    world.heal();
    for node in 0..world.node_count() {
        world.start(node);
    }
    world.run_for(3 * MINUTE_MS);
    for (node, standing) in script.standing().iter().enumerate() {
        if *standing == Standing::Left {
            world.crash(node, Crash::Killed);
        }
    }
}

fn members(script: &Script) -> Vec<usize> {
    for (node, standing) in script.standing().iter().enumerate() {
        assert_ne!(
            *standing,
            Standing::Asking,
            "node {node} still waits at the door although everybody is there"
        );
    }
    let standing = script.standing().iter().enumerate();
    standing
        .filter(|(_, standing)| **standing == Standing::In)
        .map(|(node, _)| node)
        .collect()
}

fn look_at(world: &mut World, members: &[usize]) -> BTreeMap<usize, Seen> {
    members
        .iter()
        .map(|node| (*node, look(world, *node)))
        .collect()
}

/// All members hold the same and see the same, and nothing waits or was refused.
fn agree(seen: &BTreeMap<usize, Seen>) {
    let Some((first, theirs)) = seen.iter().next() else {
        panic!("nobody is left");
    };
    for (node, other) in seen {
        let (a, b) = (&theirs.status, &other.status);
        assert_eq!(
            (a.entries, &a.log_digest),
            (b.entries, &b.log_digest),
            "nodes {first} and {node} hold different entries"
        );
        for (id, note) in &theirs.notes {
            let there = other.notes.get(id).map(|there| (&there.body, &there.title));
            assert_eq!(
                Some((&note.body, &note.title)),
                there,
                "nodes {first} and {node} read note {id} differently"
            );
        }
        assert_eq!(
            a.state_digest, b.state_digest,
            "nodes {first} and {node} see different things from equal entries"
        );
        assert_eq!(
            (b.pending, b.quarantined, b.newer),
            (0, 0, 0),
            "something waits at node {node} or was refused there: {b:?}"
        );
        if seen.len() > 1 {
            assert_eq!(
                b.waiting, 0,
                "node {node} thinks that nobody has its entries"
            );
        }
    }
}

/// What was acknowledged and struck by nobody is in the notes of everybody.
fn nothing_is_lost(script: &Script, seen: &BTreeMap<usize, Seen>) {
    for (node, seen) in seen {
        let text: String = seen.notes.values().map(|note| note.body.as_str()).collect();
        let lines: std::collections::BTreeSet<&str> = text.lines().collect();
        for mark in script.promised() {
            assert!(
                lines.contains(mark.as_str()),
                "{mark} was acknowledged and is not at node {node}, where one reads:\n{text}"
            );
        }
    }
}

/// Who is in step has nothing more to say.
fn silence_lasts(world: &mut World) {
    let before = world.frames_sent();
    world.run_for(30 * MINUTE_MS);
    assert_eq!(world.frames_sent(), before, "members in step go on talking");
}

/// A power cut everywhere at once changes nothing that anybody sees.
fn nothing_lives_in_memory_only(world: &mut World, before: &BTreeMap<usize, Seen>) {
    for node in before.keys() {
        world.crash(*node, Crash::PowerCut);
    }
    for node in before.keys() {
        world.start(*node);
    }
    come_to_rest(world);
    for (node, before) in before {
        let after = look(world, *node);
        assert_eq!(
            before.status.log_digest, after.status.log_digest,
            "node {node} holds something else after a power cut"
        );
        assert_eq!(
            before.status.state_digest, after.status.state_digest,
            "node {node} sees something else after a power cut"
        );
        assert_eq!(before.notes, after.notes, "notes of node {node}");
    }
}
