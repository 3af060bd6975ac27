//! Both sides hold the same and were restarted: from the moment the second is started to the moment it knows of the first
//! that nothing is missing on either side.
//!
//! Bytes are those on the sync stream, both ways, with the framing of each. What encryption and TCP add is not counted.

use futures::future::join_all;
use moot_engine::{Command, Reply};

use crate::catch_up;
use crate::ours::{Home, Node};
use crate::series::{Series, Stretch, Table, Taken, Times, Unit};
use crate::theirs::{self, Shelf};
use crate::workload::Size;
use crate::{Options, Outcome};

/// No wait is longer.
const WAIT_MS: u64 = 600_000;

/// Up to so many notes samod takes part: ten times as many take it minutes.
const THEIR_NOTES_MAX: usize = 1_000;

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let edits = options.number("edits", 20)?;
    let mut table = Table::new(&format!(
        "In step already, both sides restarted, {edits} edits in each note"
    ));
    for notes in options.numbers("notes", &[100, 1_000, 10_000])? {
        let size = Size { notes, edits };
        let (mut ours, mut bytes) = (Times::default(), Series::default());
        let (mut theirs, mut their_bytes) = (Times::default(), Series::default());
        let homes = options.takes_part("ours").then(|| pair(size)).transpose()?;
        let takes_part = options.takes_part("theirs") && notes <= THEIR_NOTES_MAX;
        let runtime = crate::runtime()?;
        let shelf = takes_part
            .then(|| runtime.block_on(Shelf::written(size)))
            .transpose()?;
        drop(runtime);
        for _ in 0..runs {
            if let Some((ana, ben)) = &homes {
                let (taken, passed) = of_ours(&ana.copy()?, &ben.copy()?)?;
                ours.push(taken);
                bytes.push(passed as f64);
                eprintln!("in-step {notes} ours {taken:?} {passed} B");
            }
            if let Some(shelf) = &shelf {
                let (taken, passed) = of_theirs(&shelf.copy()?, &shelf.copy()?)?;
                theirs.push(taken);
                their_bytes.push(passed as f64);
                eprintln!("in-step {notes} theirs {taken:?} {passed} B");
            }
        }
        let name = format!("{notes} notes: bytes");
        table.add(&name, Unit::Bytes, &bytes, &their_bytes);
        table.add_times(&format!("{notes} notes"), &ours, &theirs);
    }
    table.print();
    Ok(())
}

/// The homes of two who hold the same.
pub(crate) fn pair(size: Size) -> Outcome<(Home, Home)> {
    let (ana, ben) = (Home::founded(size)?, Home::empty()?);
    catch_up::of_ours(&ana, &ben, size)?;
    Ok((ana, ben))
}

fn of_ours(ana: &Home, ben: &Home) -> Outcome<(Taken, u64)> {
    let runtime = crate::runtime()?;
    let ana = Node::start(ana, runtime.handle());
    let whom = Some(ana.address()?);
    let stretch = Stretch::begin()?;
    let ben = Node::start_to_reach(ben, runtime.handle(), whom);
    let synced = ben.ask(Command::Sync {
        wait_ms: WAIT_MS,
        with: 1,
    })?;
    let taken = stretch.end()?;
    let bytes = ben.stream_bytes();
    match synced {
        Reply::Synced(synced) if synced.in_step && synced.received + synced.sent == 0 => {}
        other => return Err(format!("not in step: {other:?}").into()),
    }
    ben.stop()?;
    ana.stop()?;
    Ok((taken, bytes))
}

fn of_theirs(ana: &Shelf, ben: &Shelf) -> Outcome<(Taken, u64)> {
    let runtime = crate::runtime()?;
    runtime.block_on(async {
        let (their_ana, listening) = {
            let repo = ana.repo().await;
            let listening = theirs::Listening::start(&repo).await?;
            (repo, listening)
        };
        let stretch = Stretch::begin()?;
        let their_ben = ben.repo().await;
        let connection = theirs::connect(&their_ben, &listening.url).await?;
        let found = theirs::find_all(&their_ben, ben).await?;
        join_all(
            found
                .iter()
                .map(|handle| handle.they_have_our_changes(connection)),
        )
        .await;
        let taken = stretch.end()?;
        let bytes = listening.bytes();
        their_ben.stop().await;
        their_ana.stop().await;
        listening.stop();
        Ok((taken, bytes))
    })
}
