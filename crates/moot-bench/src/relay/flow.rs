//! Entries a second, in and out: the relay's machine on a real store, in one thread.
//!
//! Once as many entries as there are in a notebook of some years, in full frames; once one entry at a time from many sessions
//! that write at once, each of which the other member of its notebook gets.

use std::time::Duration;

use super::machine::{Bench, key};
use super::member::Member;
use crate::series::{Series, Table, Unit};
use crate::{Options, Outcome};

/// Bytes of a body: an edit of a hundred characters, sealed.
const BODY_BYTES: usize = 300;

/// Devices that wrote a large notebook.
const DEVICES: u64 = 10;

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let runs = options.number("runs", 5)?;
    let entries = options.number("entries", 20_000)?;
    let sessions = options.number("sessions", 500)?;
    let (mut into, mut out) = (Series::default(), Series::default());
    let (mut together, mut single) = (Series::default(), Series::default());
    let mut hello = Series::default();
    let wanted = |step: &str| options.text("flow").is_none_or(|only| only == step);
    for _ in 0..runs {
        if wanted("full") {
            let [taken, handed_on] = in_full_frames(entries)?;
            into.push(taken);
            out.push(handed_on);
        }
        if wanted("together") {
            together.push(one_at_a_time(sessions, entries / 2, 256)?);
        }
        if wanted("single") {
            single.push(one_at_a_time(sessions, entries / 10, 1)?);
        }
        if wanted("hello") {
            hello.push_time(hello_among(options.number("notebooks", 2_000)?)?);
        }
    }
    let none = Series::default();
    let mut table = Table::new("A relay's machine on its store, one thread");
    let unit = Unit::PerSecond;
    table.add("in, full frames", unit, &into, &none);
    table.add("out, full frames", unit, &out, &none);
    table.add("in and out, one at a time", unit, &together, &none);
    table.add("the same, each committed by itself", unit, &single, &none);
    table.add(
        "a hello among 2,000 notebooks",
        Unit::Milliseconds,
        &hello,
        &none,
    );
    table.print();
    Ok(())
}

fn per_second(entries: usize, took: Duration) -> f64 {
    entries as f64 / took.as_secs_f64()
}

/// One member brings everything, another fetches it.
fn in_full_frames(entries: usize) -> Outcome<[f64; 2]> {
    let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
    let mut bench = Bench::open(directory.path())?;
    let ana = bench.enrol(1, DEVICES)?;
    let of_each = entries / usize::try_from(DEVICES)?;
    for device in 0..DEVICES {
        bench.members[ana].write(device, of_each, BODY_BYTES)?;
    }
    bench.took = Duration::ZERO;
    let stream = bench.connect(ana);
    bench.settle()?;
    let taken = bench.took;
    bench.disconnect(stream);
    bench.settle()?;
    let ben = bench.members.len();
    bench.members.push(Member::new(1, 1, key()));
    bench.took = Duration::ZERO;
    bench.connect(ben);
    bench.settle()?;
    let handed_on = bench.took;
    if bench.members[ben].held() != bench.members[ana].held() {
        return Err(format!("{} entries came", bench.members[ben].held()).into());
    }
    bench.close()?;
    eprintln!("relay flow in {taken:?} out {handed_on:?}");
    Ok([per_second(entries, taken), per_second(entries, handed_on)])
}

/// Two members of each notebook are there; one writes an entry again and again.
fn one_at_a_time(sessions: usize, entries: usize, together: usize) -> Outcome<f64> {
    let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
    let mut bench = Bench::open(directory.path())?;
    let notebooks = (sessions / 2).max(1);
    let mut writers = Vec::new();
    let mut readers = Vec::new();
    for number in 0..notebooks as u64 {
        let writer = bench.enrol(number, 2)?;
        let reader = bench.members.len();
        bench.members.push(Member::new(number, 1, key()));
        writers.push((writer, bench.connect(writer)));
        bench.connect(reader);
        readers.push(reader);
        bench.settle()?;
    }
    bench.together = together;
    bench.took = Duration::ZERO;
    let rounds = (entries / notebooks).max(1);
    for _ in 0..rounds {
        for (writer, stream) in &writers {
            bench.members[*writer].write(0, 1, BODY_BYTES)?;
            bench.advance(*stream);
        }
        bench.settle()?;
    }
    let came: u64 = readers
        .iter()
        .map(|reader| bench.members[*reader].held())
        .sum();
    if came != (rounds * notebooks) as u64 {
        return Err(format!("{came} entries came").into());
    }
    let took = bench.took;
    bench.close()?;
    eprintln!("relay one at a time, {together} together: {took:?}");
    Ok(per_second(rounds * notebooks, took))
}

/// What it takes the machine until a member of one of many notebooks is served.
fn hello_among(notebooks: usize) -> Outcome<Duration> {
    let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
    let mut bench = Bench::open(directory.path())?;
    for number in 0..notebooks as u64 {
        bench.enrol(number, 10)?;
    }
    let times = 50.min(notebooks);
    bench.took = Duration::ZERO;
    for member in 0..times {
        let stream = bench.connect(member * (notebooks / times));
        bench.settle()?;
        bench.disconnect(stream);
        bench.settle()?;
    }
    let took = bench.took / u32::try_from(times)?;
    bench.close()?;
    eprintln!("relay hello: {took:?}");
    Ok(took)
}
