//! An edit on one side until the other shows it: a few characters, again and again, as fast as nobody types.
//!
//! Folkmoot has each edit on its own disk before it leaves, and on the other's before it is shown. samod waits for neither.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use moot_engine::command::Splice;
use moot_engine::{Command, Event, Reply};

use crate::in_step::pair;
use crate::ours::{Home, Node};
use crate::series::{Series, Table, Unit};
use crate::theirs::{self, Shelf};
use crate::workload::{self, Size};
use crate::{Options, Outcome};

/// Between two edits. Nobody types faster than this, and everything that one edit sets off is over.
const PAUSE: Duration = Duration::from_millis(25);

const TYPED: &str = "and then ";

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let notes = options.number("notes", 100)?;
    let edits = options.number("edits", 20)?;
    let typed = options.number("typed", 200)?;
    let size = Size { notes, edits };
    let (ana, ben) = pair(size)?;
    let runtime = crate::runtime()?;
    let shelf = runtime.block_on(Shelf::written(size))?;
    drop(runtime);
    let mut ours = [Series::default(), Series::default()];
    let mut theirs = [Series::default(), Series::default()];
    for _ in 0..runs {
        if options.takes_part("ours") {
            add(&mut ours, &of_ours(&ana.copy()?, &ben.copy()?, typed)?);
        }
        if options.takes_part("theirs") {
            add(&mut theirs, &of_theirs(&shelf.copy()?, typed)?);
        }
    }
    let mut table = Table::new(&format!(
        "One edit on A until B shows it, {typed} edits a run, medians of {runs} runs"
    ));
    table.add("p50", Unit::Milliseconds, &ours[0], &theirs[0]);
    table.add("p99", Unit::Milliseconds, &ours[1], &theirs[1]);
    table.print();
    Ok(())
}

fn add(to: &mut [Series; 2], run: &Series) {
    eprintln!("live {} {}", run.percentile(50), run.percentile(99));
    to[0].push(run.percentile(50));
    to[1].push(run.percentile(99));
}

fn of_ours(ana: &Home, ben: &Home, typed: usize) -> Outcome<Series> {
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
    let mut times = Series::default();
    for _ in 0..typed {
        std::thread::sleep(PAUSE);
        let begun = Instant::now();
        let answered = ana.ask_later(Command::NoteType {
            note: note.id.clone(),
            seen: None,
            splices: vec![Splice {
                at: end,
                delete: 0,
                insert: TYPED.to_owned(),
            }],
        });
        end += TYPED.len();
        let shown = ben.wait(|heard| match heard.event {
            Event::NoteChanged { id, .. } if id == note.id && heard.at > begun => Some(heard.at),
            _ => None,
        })?;
        times.push_time(shown - begun);
        answered.recv()?.map_err(|error| error.message)?;
    }
    ben.stop()?;
    ana.stop()?;
    Ok(times)
}

fn of_theirs(shelf: &Shelf, typed: usize) -> Outcome<Series> {
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
        let mut times = Series::default();
        for _ in 0..typed {
            tokio::time::sleep(PAUSE).await;
            let begun = Instant::now();
            theirs::write(from, TYPED)?;
            changes.next().await.ok_or("no changes any more")?;
            times.push_time(begun.elapsed());
        }
        ben.stop().await;
        ana.stop().await;
        listening.stop();
        Ok(times)
    })
}
