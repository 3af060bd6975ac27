//! What a terminal gets to see, and readers who leave early.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::world::{PATIENCE, World, signal, tell, until};

/// Runs a command at a terminal of so many columns; none where nothing here makes one.
fn at_terminal(
    world: &World,
    columns: u32,
    variables: &[(&str, &str)],
    line: &str,
) -> Option<String> {
    let usual = world.command("a", &[]);
    let mut script = Command::new("script");
    script
        .args([
            "-qec",
            &format!(
                "stty rows 24 cols {columns}; {} {line}",
                env!("CARGO_BIN_EXE_moot")
            ),
            "/dev/null",
        ])
        .env_clear()
        .envs(
            usual
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        )
        .env("TERM", "xterm")
        .envs(variables.iter().copied())
        .stdin(Stdio::null());
    match script.output() {
        Ok(output) if output.status.success() => Some(String::from_utf8(output.stdout).unwrap()),
        _ => {
            tell("skipped: util-linux script is not here to make a terminal");
            None
        }
    }
}

#[test]
fn narrow_terminals_get_narrow_help_and_whole_titles() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "種の日 \u{202e}turned", "no line\u{1b}[2J end");
    let Some(help) = at_terminal(&world, 40, &[("NO_COLOR", "1")], "note append --help") else {
        return;
    };
    let examples = help.find("Examples:").unwrap();
    let wrapped = help[..examples]
        .lines()
        .filter(|line| !line.starts_with("Usage"));
    for line in wrapped {
        assert!(line.trim_end().chars().count() <= 40, "{line:?}");
    }
    let list = at_terminal(&world, 40, &[], "note list").unwrap();
    assert!(list.contains("種の日"), "{list:?}");
    assert!(!list.contains('\u{202e}'), "{list:?}");
    let id = list.split(' ').next().unwrap();
    let shown = at_terminal(&world, 40, &[], &format!("note show {id}")).unwrap();
    assert!(
        !shown.contains('\u{1b}') && shown.ends_with('\n'),
        "{shown:?}"
    );
}

#[test]
fn colours_are_left_out_where_somebody_asked_for_none() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Bees", "two hives");
    let Some(usual) = at_terminal(&world, 80, &[], "search hives") else {
        return;
    };
    assert!(usual.contains("\u{1b}[1m"), "{usual:?}");
    for (variables, line) in [
        (&[("NO_COLOR", "1")][..], "search hives"),
        (&[("TERM", "dumb")], "search hives"),
        (&[], "--color never search hives"),
        (&[], "search hives --color=never"),
        (&[], "--color never note --help"),
    ] {
        let plain = at_terminal(&world, 80, variables, line).unwrap();
        assert!(!plain.contains('\u{1b}'), "{line}: {plain:?}");
    }
}

#[test]
fn a_watcher_whose_reader_left_ends_quietly() {
    let world = World::new();
    world.init("a", "Ana");
    for with_node in [true, false] {
        let _node = with_node.then(|| world.node("a"));
        let mut watch = world
            .command("a", &["--json", "watch"])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(watch.stdout.take());
        let mut number = 0;
        until("the watcher ends", || {
            number += 1;
            world.note("a", &format!("note {number}"), "");
            watch.try_wait().unwrap().is_some()
        });
        let output = watch.wait_with_output().unwrap();
        assert!(output.status.success(), "with a node: {with_node}");
        assert_eq!(output.stderr, b"");
    }
}

#[test]
fn lists_cut_off_by_head_are_no_failure() {
    let world = World::new();
    world.init("a", "Ana");
    let long: String = "line\n".repeat(40_000);
    let fed = world.feed(
        "a",
        &["--json", "note", "new", "Long", "--body", "-"],
        long.as_bytes(),
    );
    assert_eq!(fed.code, 0, "{}", fed.stderr);
    for command in [
        &["note", "show", "Long"][..],
        &["--json", "note", "show", "Long"],
        &["note", "blame", "Long"],
    ] {
        let mut child = world
            .command("a", command)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{command:?}");
        assert_eq!(output.stderr, b"", "{command:?}");
    }
}

#[test]
fn a_disk_that_takes_no_answer_is_a_failure_that_is_told() {
    let world = World::new();
    world.init("a", "Ana");
    let Ok(full) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        tell("skipped: /dev/full is not here");
        return;
    };
    let ended = world
        .command("a", &["--json", "status"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
}

#[test]
fn watch_tells_only_of_the_notebook_that_was_named() {
    let world = World::new();
    world.init("a", "Ana");
    let kitchen = world.ask("a", &["new", "Kitchen"]).json();
    let kitchen = kitchen["notebook"]["id"].as_str().unwrap();
    assert_eq!(
        world.ask("a", &["watch", "--notebook", "Nowhere"]).kind(3),
        "not_found"
    );
    for with_node in [true, false] {
        let _node = with_node.then(|| world.node("a"));
        assert_eq!(
            world.ask("a", &["watch", "--notebook", "Nowhere"]).kind(3),
            "not_found"
        );
        let mut watch = world
            .command("a", &["--json", "watch", "--notebook", "Kitchen"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = watch.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str::<serde_json::Value>(&line).unwrap());
            }
        });
        let mut number = 0;
        until("a change in the kitchen is told", || {
            number += 1;
            for notebook in ["Garden", "Kitchen"] {
                let title = format!("{notebook} {number}");
                world
                    .ask("a", &["--notebook", notebook, "note", "new", &title])
                    .json();
            }
            let event = lines.recv_timeout(std::time::Duration::from_millis(300));
            event.is_ok_and(|event| {
                assert!(
                    event["event"] == "listening" || event["notebook"] == kitchen,
                    "{event}"
                );
                event["event"] == "note_changed"
            })
        });
        signal(&watch, "TERM");
        let start = std::time::Instant::now();
        watch.wait().unwrap();
        assert!(start.elapsed() < PATIENCE);
    }
}
