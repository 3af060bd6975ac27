//! Owns: asking in a world, and a notebook that a few people share, for tests to begin with.

use moot_engine::command::NoteKind;
use moot_engine::reply::{Doctor, Status};
use moot_engine::{Command, CommandError, Reply};
use moot_sim::World;

/// A minute.
pub(crate) const MINUTE_MS: u64 = 60_000;

/// Asks for something that is answered at once.
#[track_caller]
pub(crate) fn ask(world: &mut World, node: usize, command: Command) -> Result<Reply, CommandError> {
    let shown = format!("{command:.300?}");
    world
        .get(node, command)
        .unwrap_or_else(|| panic!("no answer at {node} to {shown}"))
}

/// Asks for something that is done at once.
#[track_caller]
pub(crate) fn done(world: &mut World, node: usize, command: Command) -> Reply {
    ask(world, node, command).unwrap_or_else(|error| panic!("at {node}: {error:?}"))
}

/// Asks for something that is refused at once.
#[track_caller]
pub(crate) fn refused(world: &mut World, node: usize, command: Command) -> CommandError {
    ask(world, node, command).expect_err("it was done")
}

#[track_caller]
pub(crate) fn status(world: &mut World, node: usize) -> Status {
    match done(world, node, Command::Status) {
        Reply::Status(status) => *status,
        other => panic!("not a status: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn doctor(world: &mut World, node: usize, rebuild: bool) -> Doctor {
    match done(world, node, Command::Doctor { rebuild }) {
        Reply::Doctor(doctor) => doctor,
        other => panic!("not a check: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn text(world: &mut World, node: usize, note: &str) -> String {
    let show = Command::NoteShow {
        note: note.to_owned(),
        at: None,
    };
    match done(world, node, show) {
        Reply::Note(note) => note.body,
        other => panic!("not a note: {other:?}"),
    }
}

/// Makes a note and answers its id.
#[track_caller]
pub(crate) fn note(world: &mut World, node: usize, title: &str, body: &str) -> String {
    let new = Command::NoteNew {
        title: title.to_owned(),
        body: body.to_owned(),
        kind: NoteKind::Note,
    };
    match done(world, node, new) {
        Reply::NoteMade(made) => made.id,
        other => panic!("not a note: {other:?}"),
    }
}

#[track_caller]
pub(crate) fn append(world: &mut World, node: usize, note: &str, text: &str) {
    let append = Command::NoteAppend {
        note: note.to_owned(),
        text: text.to_owned(),
    };
    done(world, node, append);
}

/// The ticket of an invite that node 0 makes.
#[track_caller]
pub(crate) fn invite(world: &mut World, node: usize, uses: u32) -> String {
    let invite = Command::Invite {
        expires_in_ms: 60 * MINUTE_MS,
        uses,
        confirm: false,
    };
    match done(world, node, invite) {
        Reply::Invited(invited) => invited.ticket,
        other => panic!("not an invite: {other:?}"),
    }
}

/// Joins with a ticket and answers what came of it within two minutes.
pub(crate) fn join(
    world: &mut World,
    node: usize,
    person: &str,
    ticket: &str,
) -> Option<Result<Reply, CommandError>> {
    let join = Command::Join {
        ticket: ticket.to_owned(),
        person: person.to_owned(),
        wait_ms: MINUTE_MS,
    };
    let asked = world.ask(node, join);
    world.run_for(2 * MINUTE_MS);
    world.answer(asked).cloned()
}

/// A notebook that the first of these people founded and all others have joined, each at a node of their own.
#[track_caller]
pub(crate) fn shared(world: &mut World, people: &[&str]) {
    let first = world.node_count();
    let init = Command::Init {
        person: people[0].to_owned(),
        notebook: "Garden".to_owned(),
        purpose: None,
    };
    for _ in people {
        world.add_node(0);
    }
    done(world, first, init);
    let others = u32::try_from(people.len() - 1).unwrap();
    if others == 0 {
        return;
    }
    let ticket = invite(world, first, others);
    for (node, person) in people.iter().enumerate().skip(1) {
        let answer = join(world, first + node, person, &ticket);
        assert!(
            matches!(answer, Some(Ok(Reply::Entered(_)))),
            "{person}: {answer:?}"
        );
    }
    world.run_for(2 * MINUTE_MS);
}

/// What two nodes must show alike once they have met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) log_digest: String,
    pub(crate) state_digest: String,
    pub(crate) pending: u64,
    pub(crate) quarantined: u64,
    pub(crate) newer: u64,
}

#[track_caller]
pub(crate) fn shown(world: &mut World, node: usize) -> Shown {
    let status = status(world, node);
    Shown {
        log_digest: status.log_digest,
        state_digest: status.state_digest,
        pending: status.pending,
        quarantined: status.quarantined,
        newer: status.newer,
    }
}
