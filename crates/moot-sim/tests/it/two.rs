//! The smallest world: a founder and a joiner.

use moot_engine::command::NoteKind;
use moot_engine::reply::Status;
use moot_engine::{Command, Reply};
use moot_sim::World;

/// A minute.
const MINUTE_MS: u64 = 60_000;

fn expect(world: &mut World, node: usize, command: Command) -> Reply {
    let shown = format!("{command:?}");
    let answer = world.get(node, command);
    match answer {
        Some(Ok(reply)) => reply,
        other => panic!("{shown} at {node}: {other:?}"),
    }
}

fn status(world: &mut World, node: usize) -> Status {
    match expect(world, node, Command::Status) {
        Reply::Status(status) => *status,
        other => panic!("not a status: {other:?}"),
    }
}

/// Ana founds a notebook and Ben joins it.
fn founded(world: &mut World) {
    let (ana, ben) = (world.add_node(0), world.add_node(0));
    let init = Command::Init {
        person: "Ana".to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    };
    expect(world, ana, init);
    let invite = Command::Invite {
        expires_in_ms: 60 * MINUTE_MS,
        uses: 1,
        confirm: false,
    };
    let Reply::Invited(invited) = expect(world, ana, invite) else {
        panic!("not an invite");
    };
    let join = Command::Join {
        ticket: invited.ticket,
        person: "Ben".to_owned(),
        wait_ms: MINUTE_MS,
    };
    let asked = world.ask(ben, join);
    world.run_for(2 * MINUTE_MS);
    match world.answer(asked) {
        Some(Ok(Reply::Entered(entered))) => assert_eq!(entered.person.name, "Ben"),
        other => panic!("Ben did not get in: {other:?}"),
    }
}

#[test]
fn founder_and_joiner_come_to_see_the_same() {
    let mut world = World::new(1);
    founded(&mut world);
    let note = Command::NoteNew {
        title: "Watering".to_owned(),
        body: "Every second day.\n".to_owned(),
        kind: NoteKind::Note,
    };
    expect(&mut world, 0, note);
    world.run_for(MINUTE_MS);
    let (ana, ben) = (status(&mut world, 0), status(&mut world, 1));
    assert_eq!(ana.log_digest, ben.log_digest);
    assert_eq!(ana.state_digest, ben.state_digest);
    assert_eq!((ana.waiting, ben.waiting), (0, 0));
    assert_eq!((ana.pending, ben.pending), (0, 0));
    assert_eq!((ana.quarantined, ben.quarantined), (0, 0));
    let show = Command::NoteShow {
        note: "Watering".to_owned(),
        at: None,
    };
    match expect(&mut world, 1, show) {
        Reply::Note(note) => assert_eq!(note.body, "Every second day.\n"),
        other => panic!("not a note: {other:?}"),
    }
}
