//! The bodies of the fuzz targets, run over inputs that were kept: the seeds of fuzzing, and whatever once made trouble.
//! With `MOOT_WRITE_VECTORS` set, the seeds are written first.

use std::path::PathBuf;

use moot_sim::targets::{self, Ingest, Record};
use moot_sim::{Chunk, Dice, chunk};

use super::hostile;

/// The folder of one target's inputs: those of the crate that owns the format, where there are any.
fn folder(target: &str) -> PathBuf {
    let home = match target {
        "entry" | "frame" => "moot-log",
        "ticket" | "body" => "moot-group",
        _ => "moot-sim",
    };
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(home)
        .join("corpus")
        .join(target)
}

fn writes() -> bool {
    std::env::var_os("MOOT_WRITE_VECTORS").is_some()
}

fn keep(target: &str, name: &str, bytes: &[u8]) {
    std::fs::create_dir_all(folder(target)).unwrap();
    std::fs::write(folder(target).join(name), bytes).unwrap();
}

fn kept(target: &str) -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(folder(target)).unwrap();
    let mut paths: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    paths.sort();
    let inputs: Vec<Vec<u8>> = paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect();
    assert!(!inputs.is_empty(), "the corpus of {target} is empty");
    inputs
}

/// Runs a target on every input, cut short at every length and with single bytes changed.
fn run(target: &str, body: impl Fn(&[u8])) {
    for bytes in kept(target) {
        body(&bytes);
        for at in 0..bytes.len() {
            body(&bytes[..at]);
            let mut altered = bytes.clone();
            for value in [0x00, 0x5f, 0xff, bytes[at] ^ 1] {
                altered[at] = value;
                body(&altered);
            }
        }
    }
}

#[test]
fn no_entry_breaks_a_promise() {
    run("entry", targets::entry);
}

#[test]
fn no_frame_breaks_a_promise() {
    run("frame", targets::frame);
}

#[test]
fn no_ticket_breaks_a_promise() {
    run("ticket", targets::ticket);
}

#[test]
fn no_body_breaks_a_promise() {
    run("body", targets::body);
}

#[test]
fn no_change_breaks_a_promise() {
    if writes() {
        let document = targets::started();
        for (name, _, bytes) in hostile::changes::all(&document, &moot_log::LogId([9; 32])) {
            if let Some(data) = chunk::inside(&bytes).filter(|data| data.len() < 2_000) {
                keep("change", name, data);
            }
        }
    }
    for bytes in kept("change") {
        targets::change(&bytes);
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            targets::change(&altered);
        }
    }
}

/// Every seed as it is: each is a world of its own, so that altering single bytes is left to the fuzzer.
#[test]
fn nothing_that_comes_in_breaks_a_promise() {
    let ingest = Ingest::new();
    if writes() {
        write_ingest(&ingest);
    }
    for bytes in kept("ingest") {
        ingest.run(&bytes);
    }
}

/// How many mutated inputs the ordinary test plays: a few seconds. The fuzzer plays millions.
const MUTATED: u64 = 40;

/// Records of every kind with a few bits changed, in any mixture.
#[test]
fn nothing_mutated_that_comes_in_breaks_a_promise() {
    let ingest = Ingest::new();
    let all: Vec<Vec<u8>> = ["body", "change", "frame"]
        .into_iter()
        .flat_map(kept)
        .collect();
    let small: Vec<&Vec<u8>> = all.iter().filter(|what| what.len() < 3_000).collect();
    for seed in 0..MUTATED {
        let mut dice = Dice::new(seed);
        let mut input = Vec::new();
        for _ in 0..=dice.below(6) {
            let mut what = dice.pick(&small).unwrap().to_vec();
            for _ in 0..dice.below(4).min(what.len() as u64) {
                let at = usize::try_from(dice.below(what.len() as u64)).unwrap();
                what[at] ^= 1 << dice.below(8);
            }
            let how = dice.below(8).to_le_bytes()[0];
            input.extend(Record { how, what: &what }.encode());
        }
        ingest.run(&input);
    }
}

fn write_ingest(ingest: &Ingest) {
    let record = |how: u8, what: &[u8]| Record { how, what }.encode();
    let document = ingest.member().document(ingest.note());
    let mut every = Vec::new();
    for (name, _, bytes) in hostile::changes::all(&document, &moot_log::LogId([9; 32])) {
        let Some(data) = chunk::inside(&bytes).filter(|data| data.len() < 2_000) else {
            continue;
        };
        every.extend(record(Record::CHANGE, data));
        if Chunk::parse(&bytes).is_none() || name.starts_with("sound") {
            keep(
                "ingest",
                &format!("change-{name}"),
                &record(Record::CHANGE, data),
            );
            keep(
                "ingest",
                &format!("live-{name}"),
                &record(Record::LIVE, data),
            );
        }
    }
    keep("ingest", "changes", &every);
    for file in ["frame", "entry"] {
        let all: Vec<u8> = kept(file)
            .iter()
            .filter(|bytes| bytes.len() < 4_000)
            .flat_map(|bytes| record(Record::FRAME, bytes))
            .collect();
        keep("ingest", &format!("many-{file}"), &all);
    }
    for bytes in kept("body") {
        let name = format!(
            "body-{:02x}-{}",
            bytes.get(2).copied().unwrap_or(0),
            bytes.len()
        );
        keep("ingest", &name, &record(Record::BODY, &bytes));
    }
    for first in [
        [2, 1, 0, 0],
        [1, 2, 0, 0],
        [1, 1, 9, 0],
        [1, 1, 0, 1],
        [1, 1, 0, 0x10],
    ] {
        let odd = record(Record::ODD, &[&first[..], b"\xa1\x00\x09"].concat());
        keep(
            "ingest",
            &format!("odd-{first:?}").replace([' ', '[', ']'], ""),
            &odd,
        );
    }
    keep(
        "ingest",
        "keybox",
        &record(Record::KEYBOX, &[0xa1, 0, 0x40]),
    );
    keep(
        "ingest",
        "addresses",
        &record(
            Record::ADDRESSES,
            &[
                0x83, 0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80, 0x80,
            ],
        ),
    );
}
