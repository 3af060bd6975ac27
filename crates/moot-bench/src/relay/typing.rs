//! Bytes on the stream to one peer: for one edit of twenty characters until it is committed and confirmed, and for a minute of
//! typing at the speed of people, beside samod.
//!
//! What is typed is handed over twice a second on both sides, as the program's editor does.

use std::time::Duration;

use futures::StreamExt as _;
use moot_engine::command::Splice;
use moot_engine::{Command, Reply};

use crate::in_step::pair;
use crate::ours::{Home, Node};
use crate::series::{Series, Table, Unit};
use crate::theirs::{self, Shelf};
use crate::workload::{self, Size};
use crate::{Options, Outcome};

const EDIT: &str = "twenty characters ok";

/// An edit is sealed at a pause and confirmed by now.
const COMMITTED: Duration = Duration::from_secs(6);

/// How often what was typed is handed over.
const HANDED_OVER: Duration = Duration::from_millis(500);

/// Five letters a second.
const LETTERS: [&str; 4] = ["an", "d t", "he", "n, "];

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let seconds = options.number("seconds", 60)?;
    let size = Size {
        notes: options.number("notes", 10)?,
        edits: 20,
    };
    let (ana, ben) = pair(size)?;
    let runtime = crate::runtime()?;
    let shelf = runtime.block_on(Shelf::written(size))?;
    drop(runtime);
    let (mut edit, mut their_edit) = (Series::default(), Series::default());
    let (mut minute, mut their_minute) = (Series::default(), Series::default());
    let batches = 2 * seconds;
    for _ in 0..runs {
        let [one, typed] = of_ours(&ana.copy()?, &ben.copy()?, batches)?;
        edit.push(one);
        minute.push(typed * 60.0 / seconds as f64);
        let [one, typed] = of_theirs(&shelf.copy()?, batches)?;
        their_edit.push(one);
        their_minute.push(typed * 60.0 / seconds as f64);
    }
    let mut table = Table::new("Bytes on the stream to one peer, both ways");
    table.add(
        "one edit of twenty characters",
        Unit::Bytes,
        &edit,
        &their_edit,
    );
    table.add("a minute of typing", Unit::Bytes, &minute, &their_minute);
    table.print();
    Ok(())
}

fn of_ours(ana: &Home, ben: &Home, batches: usize) -> Outcome<[f64; 2]> {
    let runtime = crate::runtime()?;
    let ana = Node::start(ana, runtime.handle());
    let whom = Some(ana.address()?);
    let ben = Node::start_to_reach(ben, runtime.handle(), whom);
    ben.ask(Command::Sync {
        wait_ms: 60_000,
        with: 1,
    })?;
    let shown = ana.ask(Command::NoteShow {
        note: workload::title(0),
        at: None,
    })?;
    let Reply::Note(note) = shown else {
        return Err("not a note".into());
    };
    let mut end = note.body.len();
    let mut write = |text: &str| -> Outcome<()> {
        ana.ask(Command::NoteType {
            note: note.id.clone(),
            seen: None,
            splices: vec![Splice {
                at: end,
                delete: 0,
                insert: text.to_owned(),
            }],
        })?;
        end += text.len();
        Ok(())
    };
    // What opening sets off is over.
    std::thread::sleep(COMMITTED);
    let before = ben.stream_bytes();
    write(EDIT)?;
    std::thread::sleep(COMMITTED);
    let one = ben.stream_bytes() - before;
    let before = ben.stream_bytes();
    for batch in 0..batches {
        std::thread::sleep(HANDED_OVER);
        write(LETTERS[batch % LETTERS.len()])?;
    }
    std::thread::sleep(COMMITTED);
    let typed = ben.stream_bytes() - before;
    ben.stop()?;
    ana.stop()?;
    eprintln!("relay typing ours {one} {typed}");
    Ok([one as f64, typed as f64])
}

fn of_theirs(shelf: &Shelf, batches: usize) -> Outcome<[f64; 2]> {
    let runtime = crate::runtime()?;
    let copy = shelf.copy()?;
    runtime.block_on(async {
        let ana = shelf.repo().await;
        let listening = theirs::Listening::start(&ana).await?;
        let loaded = theirs::find_all(&ana, shelf).await?;
        let ben = copy.repo().await;
        let connection = theirs::connect(&ben, &listening.url).await?;
        let found = theirs::find_all(&ben, &copy).await?;
        let (Some(from), Some(to)) = (loaded.first(), found.first()) else {
            return Err("no document".into());
        };
        to.they_have_our_changes(connection).await;
        let mut changes = Box::pin(to.changes());
        tokio::time::sleep(COMMITTED).await;
        let before = listening.bytes();
        theirs::write(from, EDIT)?;
        changes.next().await.ok_or("no changes any more")?;
        tokio::time::sleep(COMMITTED).await;
        let one = listening.bytes() - before;
        let before = listening.bytes();
        for batch in 0..batches {
            tokio::time::sleep(HANDED_OVER).await;
            theirs::write(from, LETTERS[batch % LETTERS.len()])?;
            changes.next().await.ok_or("no changes any more")?;
        }
        tokio::time::sleep(COMMITTED).await;
        let typed = listening.bytes() - before;
        ben.stop().await;
        ana.stop().await;
        listening.stop();
        eprintln!("relay typing theirs {one} {typed}");
        Ok([one as f64, typed as f64])
    })
}
