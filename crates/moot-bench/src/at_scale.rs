//! What ten thousand notes cost where nobody syncs: a list, a search, a node that does nothing.
//!
//! Each is a process of its own, so that its memory is its own: this program again, with the same engine and store as `moot`.

use std::path::Path;
use std::process::Command as Process;
use std::time::{Duration, Instant};

use moot_engine::{Command, Reply};
use nix::sys::resource::{UsageWho, getrusage};

use crate::ours::{Home, Machine, Node, Saving};
use crate::series::{self, Series, Table, Taken, Unit};
use crate::workload::Size;
use crate::{Options, Outcome, meetings};

/// How long a node is left alone before its memory is read.
const QUIET: Duration = Duration::from_secs(5);

const SEARCHED: &str = "water tools clean";

fn size(options: &Options) -> Outcome<Size> {
    Ok(Size {
        notes: options.number("notes", 10_000)?,
        edits: options.number("edits", 4)?,
    })
}

/// `note list` and `search`, from start to end of the process, and the most memory it had.
pub(crate) fn list(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let size = size(options)?;
    let home = Home::founded(size)?;
    let mut table = Table::new(&format!(
        "A list and a search, {} notes, each in a process of its own",
        size.notes
    ));
    for what in ["nothing", "list", "search"] {
        let (mut time, mut memory) = (Series::default(), Series::default());
        for _ in 0..runs {
            let process = in_its_own_process(what, home.path(), "")?;
            time.push_time(process.taken.time);
            memory.push(process.most_kib / 1_024.0);
        }
        let name = match what {
            "nothing" => "a process that opens the home and asks nothing",
            "list" => "`note list`",
            _ => "`search` for three words",
        };
        let none = Series::default();
        table.add(&format!("{name}: time"), Unit::Milliseconds, &time, &none);
        table.add(
            &format!("{name}: peak memory"),
            Unit::Mebibytes,
            &memory,
            &none,
        );
    }
    table.print();
    Ok(())
}

/// What a process took, from start to end.
pub(crate) struct Measured {
    pub(crate) taken: Taken,
    pub(crate) most_kib: f64,
}

/// A process between this one and the measured one, so that the peak of its children is the peak of the measured one.
pub(crate) fn in_its_own_process(what: &str, home: &Path, meeting: &str) -> Outcome<Measured> {
    let output = Process::new(std::env::current_exe()?)
        .args(["time", "--what", what, "--meeting", meeting, "--home"])
        .arg(home)
        .output()?;
    let said = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = said.split_whitespace().flat_map(str::parse).collect();
    let &[ms, cpu_ms, most_kib] = numbers.as_slice() else {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{what}: {said} {why}").into());
    };
    let taken = Taken {
        time: Duration::from_secs_f64(ms / 1_000.0),
        cpu: Duration::from_secs_f64(cpu_ms / 1_000.0),
    };
    Ok(Measured { taken, most_kib })
}

/// Runs the measured process and prints its time and processor time in milliseconds and its peak in KiB.
pub(crate) fn time(options: &Options) -> Outcome<()> {
    let what = options.text("what").ok_or("what?")?;
    let home = options.text("home").ok_or("where?")?;
    let meeting = options.text("meeting").unwrap_or_default();
    let begun = Instant::now();
    let done = Process::new(std::env::current_exe()?)
        .args(["once", "--what", what, "--home", home])
        .args(["--meeting", meeting])
        .status()?;
    let taken_ms = begun.elapsed().as_secs_f64() * 1_000.0;
    if !done.success() {
        return Err("the measured process failed".into());
    }
    let cpu_ms = series::cpu_of(UsageWho::RUSAGE_CHILDREN)?.as_secs_f64() * 1_000.0;
    let most_kib = getrusage(UsageWho::RUSAGE_CHILDREN)?.max_rss();
    println!("{taken_ms} {cpu_ms} {most_kib}");
    Ok(())
}

/// The measured process: one command on a home that nobody else has open.
pub(crate) fn once(options: &Options) -> Outcome<()> {
    let home = options.text("home").ok_or("where?")?;
    let (mut machine, _) = Machine::open(Path::new(home), Saving::AsAsked)?;
    let found = match options.text("what") {
        Some("list") => machine.ask(Command::NoteList { deleted: false })?,
        Some("search") => machine.ask(Command::Search {
            query: SEARCHED.to_owned(),
            limit: 20,
        })?,
        Some(what @ ("show" | "suggest")) => {
            let meeting = options.text("meeting").ok_or("which meeting?")?;
            machine.ask(meetings::asked(what, meeting))?
        }
        _ => Reply::Done,
    };
    let is_empty = match &found {
        Reply::Notes(notes) => notes.is_empty(),
        Reply::Found(hits) => hits.is_empty(),
        Reply::Meeting(meeting) => meeting.agenda.is_empty(),
        Reply::Suggestions(rota) => rota.suggested.is_empty(),
        _ => false,
    };
    if is_empty {
        return Err("nothing was found".into());
    }
    machine.close()
}

/// The memory of a node that listens and does nothing.
pub(crate) fn memory(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let size = size(options)?;
    let mut table = Table::new("A node that listens and does nothing");
    let none = Series::default();
    for notes in [1, size.notes] {
        let home = Home::founded(Size { notes, ..size })?;
        let mut memory = Series::default();
        for _ in 0..runs {
            let output = Process::new(std::env::current_exe()?)
                .args(["idle", "--home"])
                .arg(home.path())
                .output()?;
            let kib: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
            memory.push(kib / 1_024.0);
        }
        table.add(
            &format!("{notes} notes: memory"),
            Unit::Mebibytes,
            &memory,
            &none,
        );
    }
    table.print();
    Ok(())
}

/// The measured node; prints its resident memory in KiB.
pub(crate) fn idle(options: &Options) -> Outcome<()> {
    let home = options.text("home").ok_or("where?")?;
    let runtime = crate::runtime()?;
    let home = Home::there(Path::new(home));
    let node = Node::start(&home, runtime.handle());
    node.address()?;
    std::thread::sleep(QUIET);
    let status = std::fs::read_to_string("/proc/self/status")?;
    let resident = status.lines().find_map(|line| {
        let rest = line.strip_prefix("VmRSS:")?;
        rest.split_whitespace().next()
    });
    println!("{}", resident.ok_or("this system does not tell")?);
    node.stop()
}
