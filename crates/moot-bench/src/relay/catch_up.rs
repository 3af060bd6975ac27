//! A member comes back after others have written much: from the moment its node is started until it shows everything, with the
//! writer there and no relay, and with the relay there and no writer.

use std::collections::BTreeSet;

use moot_engine::{Command, Event, PeerName, Reply};

use super::running::Running;
use crate::in_step::pair;
use crate::ours::{Home, Node};
use crate::series::{Stretch, Table, Taken, Times};
use crate::workload::Size;
use crate::{Options, Outcome};

const WAIT_MS: u64 = 600_000;

/// What the two shared before.
const FIRST: Size = Size { notes: 1, edits: 1 };

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let notes = options.number("notes", 1_000)?;
    let edits = options.number("edits", 20)?;
    let size = Size { notes, edits };
    let (ana, ben) = pair(FIRST)?;
    let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
    let runtime = crate::runtime()?;
    let relay = Running::start(directory.path(), runtime.handle())?;
    let entries = written(&ana, &ben, &relay, size)?;
    let (mut direct, mut relayed) = (Times::default(), Times::default());
    for _ in 0..runs {
        let taken = back(&ben.copy()?, None, size, entries)?;
        eprintln!("relay catch-up by way of it {taken:?}");
        relayed.push(taken);
        // Who is there is found at once, and the relay is not there.
        let home = ana.copy()?;
        let there = Node::start(&home, runtime.handle());
        let whom = there.address()?;
        there.ask(Command::Status)?;
        let taken = back(&ben.copy()?, Some(whom), size, entries)?;
        eprintln!("relay catch-up direct {taken:?}");
        direct.push(taken);
        there.stop()?;
    }
    relay.stop()?;
    let mut table = Table::between(
        &format!("A member catches up on {notes} notes of {edits} edits"),
        ["by way of a relay", "direct"],
    );
    table.add_times("caught up", &relayed, &direct);
    table.print();
    Ok(())
}

/// Ana has the notebook enrolled, both hear of it, and Ana writes everything while Ben is away. How many entries there are.
fn written(ana: &Home, ben: &Home, relay: &Running, size: Size) -> Outcome<u64> {
    let runtime = crate::runtime()?;
    let node = Node::start(ana, runtime.handle());
    let whom = node.address()?;
    node.ask(Command::RelayUse {
        ticket: relay.ticket(),
        wait_ms: WAIT_MS,
    })?;
    let other = Node::start_to_reach(ben, runtime.handle(), Some(whom));
    for node in [&node, &other] {
        node.ask(Command::Sync {
            wait_ms: WAIT_MS,
            with: 2,
        })?;
    }
    other.stop()?;
    node.stop()?;
    ana.add_notes(size)?;
    let node = Node::start(ana, runtime.handle());
    node.address()?;
    node.ask(Command::Sync {
        wait_ms: WAIT_MS,
        with: 1,
    })?;
    let entries = entries(&node)?;
    node.stop()?;
    Ok(entries)
}

fn back(
    ben: &Home,
    whom: Option<(PeerName, Vec<String>)>,
    size: Size,
    entries_all: u64,
) -> Outcome<Taken> {
    let runtime = crate::runtime()?;
    let stretch = Stretch::begin()?;
    let node = Node::start_to_reach(ben, runtime.handle(), whom);
    let mut shown = BTreeSet::new();
    node.wait(|heard| {
        if let Event::NoteChanged { id, .. } = heard.event {
            shown.insert(id);
        }
        (shown.len() >= size.notes).then_some(())
    })?;
    let mut taken = stretch.end()?;
    while entries(&node)? < entries_all {
        taken = stretch.end()?;
    }
    node.stop()?;
    Ok(taken)
}

fn entries(node: &Node) -> Outcome<u64> {
    match node.ask(Command::Status)? {
        Reply::Status(status) => Ok(status.entries),
        _ => Err("not a status".into()),
    }
}
