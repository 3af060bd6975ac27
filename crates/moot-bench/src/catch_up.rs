//! A newcomer fetches everything: from the moment its node is started to the moment it shows all there is.
//!
//! With Folkmoot that includes being let in with a ticket, and every entry verified, opened and on the disk. With samod the
//! newcomer is told the ids, the other side has all documents loaded, and nobody waits for the newcomer's writes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use moot_engine::reply::Status;
use moot_engine::{Command, Event, Reply};

use crate::ours::{Home, Node};
use crate::series::{Series, Stretch, Table, Taken, Times, Unit};
use crate::theirs::{self, Shelf};
use crate::workload::Size;
use crate::{Options, Outcome};

const HOUR_MS: u64 = 3_600_000;

/// How long the two may see different things.
const PATIENCE: Duration = Duration::from_secs(6);

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let edits = options.number("edits", 20)?;
    let mut table = Table::new(&format!(
        "A newcomer catches up, {edits} edits in each note"
    ));
    for notes in options.numbers("notes", &[1_000, 4_000])? {
        let size = Size { notes, edits };
        let (mut ours, mut bytes) = (Times::default(), Series::default());
        let (mut theirs, mut their_bytes) = (Times::default(), Series::default());
        let home = options
            .takes_part("ours")
            .then(|| Home::founded(size))
            .transpose()?;
        let runtime = crate::runtime()?;
        let shelf = options
            .takes_part("theirs")
            .then(|| runtime.block_on(Shelf::written(size)))
            .transpose()?;
        drop(runtime);
        for _ in 0..runs {
            if let Some(home) = &home {
                let caught = of_ours(&home.copy()?, &Home::empty()?, size)?;
                ours.push(caught.taken);
                bytes.push(caught.bytes as f64);
                eprintln!("catch-up {notes} ours {:?}", caught.taken);
            }
            if let Some(shelf) = &shelf {
                let caught = of_theirs(&shelf.copy()?, size)?;
                theirs.push(caught.taken);
                their_bytes.push(caught.bytes as f64);
                eprintln!("catch-up {notes} theirs {:?}", caught.taken);
            }
        }
        table.add_times(&format!("{notes} notes"), &ours, &theirs);
        table.add(
            &format!("{notes} notes: bytes"),
            Unit::Bytes,
            &bytes,
            &their_bytes,
        );
    }
    table.print();
    Ok(())
}

/// What one catching up took.
pub(crate) struct CaughtUp {
    pub(crate) taken: Taken,
    pub(crate) bytes: u64,
}

/// One founder and one newcomer; both are stopped afterwards, and their homes hold the same.
pub(crate) fn of_ours(founder: &Home, newcomer: &Home, size: Size) -> Outcome<CaughtUp> {
    let runtime = crate::runtime()?;
    let ana = Node::start(founder, runtime.handle());
    ana.address()?;
    let invited = ana.ask(Command::Invite {
        expires_in_ms: HOUR_MS,
        uses: 1,
        confirm: false,
    })?;
    let Reply::Invited(invited) = invited else {
        return Err("no invite was made".into());
    };
    let stretch = Stretch::begin()?;
    let ben = Node::start(newcomer, runtime.handle());
    let joined = ben.ask_later(Command::Join {
        ticket: invited.ticket,
        person: "Ben".to_owned(),
        wait_ms: HOUR_MS,
    });
    let mut shown = BTreeSet::new();
    ben.wait(|heard| {
        if let Event::NoteChanged { id, .. } = heard.event {
            shown.insert(id);
        }
        (shown.len() == size.notes).then_some(())
    })?;
    let mut taken = stretch.end()?;
    // The last may come in several goes: what counts is that both see the same. Asking brings documents up to date.
    let waiting = Instant::now();
    loop {
        let (here, there) = (status(&ben)?, status(&ana)?);
        if here.state_digest == there.state_digest {
            break;
        }
        taken = stretch.end()?;
        if waiting.elapsed() > PATIENCE {
            return Err(format!("they see different things: {here:?} {there:?}").into());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    joined.try_recv()?.map_err(|error| error.message)?;
    let held = status(&ben)?.entries;
    if held < (size.notes * size.edits) as u64 {
        return Err(format!("{held} entries are too few").into());
    }
    let bytes = ben.stream_bytes();
    // What the joining sets off is to be over before the homes are used again.
    ben.ask(Command::Sync {
        wait_ms: HOUR_MS,
        with: 1,
    })?;
    ben.stop()?;
    ana.stop()?;
    Ok(CaughtUp { taken, bytes })
}

/// How a node's notebook stands.
fn status(node: &Node) -> Outcome<Box<Status>> {
    match node.ask(Command::Status)? {
        Reply::Status(status) => Ok(status),
        _ => Err("not a status".into()),
    }
}

fn of_theirs(shelf: &Shelf, size: Size) -> Outcome<CaughtUp> {
    let runtime = crate::runtime()?;
    runtime.block_on(async {
        let ana = shelf.repo().await;
        let loaded = theirs::find_all(&ana, shelf).await?;
        let changes = theirs::changes_held(&loaded);
        if changes < size.notes * size.edits {
            return Err(format!("{changes} changes are too few").into());
        }
        let listening = theirs::Listening::start(&ana).await?;
        let newcomer = Shelf::empty(&shelf.documents)?;
        let stretch = Stretch::begin()?;
        let ben = newcomer.repo().await;
        theirs::connect(&ben, &listening.url).await?;
        let found = theirs::find_all(&ben, &newcomer).await?;
        let taken = stretch.end()?;
        if theirs::changes_held(&found) != changes {
            return Err("found before all changes were there".into());
        }
        let bytes = listening.bytes();
        ben.stop().await;
        ana.stop().await;
        listening.stop();
        Ok(CaughtUp { taken, bytes })
    })
}
