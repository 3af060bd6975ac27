//! Every command against the table of the contract: the fields of its answer, and how it fails. All of it twice: on a home of
//! its own, and through the control socket of a running node.

use serde_json::Value;

use crate::world::{World, tell};

/// Runs a claim without and with a node on the home.
fn both_ways(claim: impl Fn(&World)) {
    for with_node in [false, true] {
        tell(if with_node {
            "with a node"
        } else {
            "without a node"
        });
        let world = World::new();
        let home = world.init("a", "Ana");
        matches(&home, &serde_json::from_str(ENTERED).unwrap(), "init");
        let _node = with_node.then(|| world.node("a"));
        claim(&world);
    }
}

/// Checks an answer against a pattern: fields may be more, never fewer. Strings of the pattern are kinds of values.
#[track_caller]
fn matches(value: &Value, pattern: &Value, at: &str) {
    match pattern {
        Value::Object(fields) => {
            for (name, pattern) in fields {
                let field = value.get(name);
                let field = field.unwrap_or_else(|| panic!("{at}.{name} is missing: {value}"));
                matches(field, pattern, &format!("{at}.{name}"));
            }
        }
        Value::Array(items) => {
            let rows = value.as_array().unwrap_or_else(|| panic!("{at}: {value}"));
            assert!(!rows.is_empty(), "{at} has no rows");
            for row in rows {
                matches(row, &items[0], &format!("{at}[]"));
            }
        }
        Value::String(kind) => {
            let text = value.as_str();
            let fits = match kind.as_str() {
                "text" => text.is_some(),
                "id" => text
                    .is_some_and(|id| id.len() >= 32 && id.bytes().all(|b| b.is_ascii_hexdigit())),
                "time" => text.is_some_and(|time| time.contains('T') && time.ends_with('Z')),
                "ticket" => text.is_some_and(|ticket| ticket.starts_with("moot1")),
                "peer" => text.is_some_and(|peer| peer.starts_with("12D3")),
                "number" => value.is_number(),
                "bool" => value.is_boolean(),
                "list" => value.is_array(),
                exact => text == Some(exact),
            };
            assert!(fits, "{at} is no {kind}: {value}");
        }
        exact => assert_eq!(value, exact, "{at}"),
    }
}

/// What `init`, `new` and `join` answer.
const ENTERED: &str = r#"{"notebook":{"id":"id","name":"text"},"person":{"id":"id","name":"text"},"device":{"id":"id","peer_id":"peer"}}"#;

/// What every command that changes a note answers.
const CHANGED: &str = r#"{"id":"id","title":"text","version":"id","changed":"bool"}"#;

/// What can be asked, in this order, and what comes back. FILE and OUT are paths of the test.
const ANSWERS: &[(&str, &str)] = &[
    (
        "notebooks",
        r#"[{"id":"id","name":"Garden","people":1,"unread":0}]"#,
    ),
    (
        "people",
        r#"[{"id":"id","name":"Ana","you":true,"state":"joined","devices":[{"id":"id","name":"text","state":"text"}]}]"#,
    ),
    (
        "invite",
        r#"{"id":"id","ticket":"ticket","expires":"time"}"#,
    ),
    (
        "invite list",
        r#"[{"id":"id","state":"text","expires":"time","uses":1,"used":0,"by":{"id":"id","name":"Ana"},"waiting":"list"}]"#,
    ),
    (
        "note new Shed --body [[Bees]] --kind practice",
        r#"{"id":"id","title":"Shed"}"#,
    ),
    ("note new Bees", r#"{"id":"id","title":"Bees"}"#),
    (
        "note list",
        r#"[{"id":"id","title":"text","kind":"text","updated":"time","authors":["Ana"],"unread":false}]"#,
    ),
    (
        "note show shed",
        r#"{"id":"id","title":"Shed","body":"[[Bees]]","links":[{"title":"Bees","id":"id"}],"backlinks":"list","updated":"time","version":"id"}"#,
    ),
    (
        "note show Bees",
        r#"{"links":"list","backlinks":[{"id":"id","title":"Shed"}]}"#,
    ),
    ("note append Bees two", CHANGED),
    ("note set Bees hives", CHANGED),
    ("note rename Bees Hives", CHANGED),
    (
        "note history Hives",
        r#"[{"at":"time","by":"Ana","summary":"text","version":"id"}]"#,
    ),
    (
        "note blame Hives",
        r#"[{"by":"Ana","at":"time","text":"text"}]"#,
    ),
    (
        "search hives",
        r#"[{"id":"id","kind":"note","title":"Hives","snippet":"text","score":"number"}]"#,
    ),
    ("note delete Hives", CHANGED),
    ("note list --deleted", r#"[{"id":"id","deleted":"bool"}]"#),
    ("note restore Hives", CHANGED),
    (
        "import FILE --dry-run",
        r#"{"imported":1,"updated":0,"skipped":"list"}"#,
    ),
    (
        "import FILE",
        r#"{"imported":1,"updated":0,"skipped":"list"}"#,
    ),
    (
        "import FILE",
        r#"{"imported":0,"updated":0,"skipped":[{"path":"a.md","reason":"text"}]}"#,
    ),
    (
        "export OUT",
        r#"{"directory":"text","notes":3,"skipped":"list"}"#,
    ),
    ("export OUT --format json --force", r#"{"notes":3}"#),
    (
        "status",
        r#"{"notebook":{"id":"id","name":"Garden"},"saved":true,"entries":"number","log_digest":"id","state_digest":"id","waiting":"number","pending":0,"quarantined":0,"peers":"list","relays":"list"}"#,
    ),
    (
        "doctor",
        r#"{"ok":true,"findings":[{"part":"text","level":"text","message":"text","advice":"text"}]}"#,
    ),
    ("doctor --rebuild", r#"{"ok":true,"findings":"list"}"#),
    ("new Kitchen --purpose Cook", ENTERED),
    ("--notebook Kitchen leave", r#"{"done":true}"#),
];

#[test]
fn every_answer_has_the_fields_of_the_contract() {
    both_ways(|world| {
        let (file, out) = (world.path("in/a.md"), world.path("out"));
        std::fs::create_dir(world.path("in")).unwrap();
        std::fs::write(&file, "# Imported\n").unwrap();
        for (command, pattern) in ANSWERS {
            let typed: Vec<&str> = command
                .split(' ')
                .map(|word| match word {
                    "FILE" => file.to_str().unwrap(),
                    "OUT" => out.to_str().unwrap(),
                    word => word,
                })
                .collect();
            let ended = world.ask("a", &typed);
            matches(
                &ended.json(),
                &serde_json::from_str(pattern).unwrap(),
                command,
            );
            assert_eq!(
                ended.stderr, "",
                "{command}: with --json stderr is for errors"
            );
            assert_eq!(
                ended.text().lines().count(),
                1,
                "{command}: one value, one line"
            );
        }
    });
}

/// What fails, with which code and kind. Words are parted by single spaces, so that two spaces hold an empty one.
const FAILURES: &[(&str, i32, &str)] = &[
    ("note", 2, "usage"),
    ("note shwo x", 2, "usage"),
    ("note list x", 2, "usage"),
    ("note new ", 2, "usage"),
    ("note new two\nlines", 2, "usage"),
    ("note new x --kind poem", 2, "usage"),
    ("note list -q -v", 2, "usage"),
    ("note list --color blue", 2, "usage"),
    ("note show nowhere", 3, "not_found"),
    ("note show ", 3, "not_found"),
    ("note show TWIN", 3, "ambiguous"),
    ("note show Shed --at 00", 3, "not_found"),
    ("note append nowhere x", 3, "not_found"),
    ("note set nowhere x", 3, "not_found"),
    ("note set Shed x --base 00", 3, "not_found"),
    ("note rename TWIN x", 3, "ambiguous"),
    ("note rename Shed ", 2, "usage"),
    ("note history nowhere", 3, "not_found"),
    ("note blame nowhere", 3, "not_found"),
    ("note delete nowhere", 3, "not_found"),
    ("note restore nowhere", 3, "not_found"),
    ("settle Shed Other", 4, "refused"),
    ("search", 2, "usage"),
    ("import", 2, "usage"),
    ("import -", 2, "usage"),
    ("import . -", 2, "usage"),
    ("import /nowhere/at/all", 3, "not_found"),
    ("import . --under ../x", 2, "usage"),
    ("export -", 2, "usage"),
    ("invite --uses 0", 2, "usage"),
    ("invite --expires never", 2, "usage"),
    ("invite revoke nothing", 3, "not_found"),
    ("invite admit nothing", 3, "not_found"),
    ("join moot1nonsense --name Bo", 2, "usage"),
    ("join --cancel", 3, "not_found"),
    ("init --name Bo --new Other", 4, "refused"),
    ("sync --wait 0s", 5, "unreachable"),
    ("sync --with 0", 2, "usage"),
    ("--notebook Nowhere note list", 3, "not_found"),
];

#[test]
fn every_failure_has_the_kind_and_the_code_of_the_contract_and_says_what_to_do() {
    both_ways(|world| {
        for title in ["Shed", "Twin", "twin"] {
            world.note("a", title, "text");
        }
        let before = world.ask("a", &["status"]).json();
        for (command, code, kind) in FAILURES {
            let typed: Vec<&str> = command.split(' ').collect();
            let ended = world.ask("a", &typed);
            let error = ended.error(*code);
            assert_eq!(error["kind"], *kind, "{command}");
            assert_ne!(error["hint"], "", "{command}: {error}");
            assert_eq!(ended.text(), "", "{command}: no answer beside an error");
            assert_eq!(ended.stderr.lines().count(), 1, "{command}: one object");
            let plain = world.run("a", &typed);
            assert_eq!(
                (plain.code, plain.text()),
                (*code, String::new()),
                "{command}"
            );
            assert!(!plain.stderr.is_empty(), "{command}");
        }
        let after = world.ask("a", &["status"]).json();
        assert_eq!(
            after["log_digest"], before["log_digest"],
            "nothing was half done"
        );
    });
}

#[test]
fn ids_may_be_cut_short_and_titles_may_be_given_wherever_a_note_is_named() {
    both_ways(|world| {
        let id = world.note("a", "Émile’s 種 👩‍🌾", "text");
        for name in [id.as_str(), &id[..8], "Émile’s 種 👩‍🌾", "émile’s 種 👩‍🌾"]
        {
            let shown = world.ask("a", &["note", "show", name]).json();
            assert_eq!(shown["id"], id.as_str(), "{name}");
        }
        let error = world.ask("a", &["note", "show", "種 👩‍🌾🐝"]).error(3);
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("\"種 👩‍🌾🐝\""),
            "as it was typed: {message}"
        );
    });
}

#[test]
fn commands_of_later_versions_say_that_they_are_not_there_yet() {
    let world = World::new();
    for command in ["fork", "link", "backup", "paper-key"] {
        let error = world.ask("a", &[command, "list"]).error(2);
        let message = error["message"].as_str().unwrap();
        assert!(message.contains("not there yet"), "{message}");
    }
    let help = world.run("a", &["--help"]).text();
    assert!(!help.contains("paper-key"), "{help}");
}

#[test]
fn empty_places_tell_what_to_do_next() {
    let world = World::new();
    world.init("a", "Ana");
    for (command, hint) in [
        (&["note", "list"][..], "moot note new"),
        (&["invite", "list"], "moot invite"),
        (&["search", "nothing"], "Nothing found"),
        (&[], "moot note new"),
    ] {
        let told = world.run("a", command);
        assert_eq!(told.code, 0);
        assert!(told.stderr.contains(hint), "{command:?}: {}", told.stderr);
        let mut quiet = vec!["-q"];
        quiet.extend(command);
        assert_eq!(world.run("a", &quiet).stderr, "", "{command:?}");
    }
}

#[test]
fn two_notebooks_of_one_name_are_told_apart_by_id() {
    let world = World::new();
    let first = world.init("a", "Ana");
    world.ask("a", &["new", "garden"]).json();
    let error = world
        .ask("a", &["--notebook", "GARDEN", "note", "list"])
        .error(3);
    assert_eq!(error["kind"], "ambiguous");
    let id = first["notebook"]["id"].as_str().unwrap();
    assert!(
        error["hint"].as_str().unwrap().contains(&id[..12]),
        "{error}"
    );
    world
        .ask("a", &["--notebook", &id[..12], "note", "list"])
        .json();
    let chosen = world
        .command("a", &["--json", "status"])
        .env("MOOT_NOTEBOOK", id)
        .output()
        .unwrap();
    assert!(chosen.status.success());
    let alone = world.run("a", &[]);
    assert!(alone.stderr.contains("MOOT_NOTEBOOK"), "{}", alone.stderr);
}

#[test]
fn empty_variables_count_as_none() {
    let world = World::new();
    world.init("a", "Ana");
    let listed = world
        .command("a", &["--json", "note", "list"])
        .env("MOOT_NOTEBOOK", "")
        .output()
        .unwrap();
    assert!(listed.status.success());
    let elsewhere = world
        .command("a", &["--json", "note", "list"])
        .env("MOOT_HOME", "")
        .output()
        .unwrap();
    assert_eq!(
        elsewhere.status.code(),
        Some(3),
        "the platform's own directory"
    );
    let told = String::from_utf8(elsewhere.stderr).unwrap();
    assert!(told.contains(world.path("").to_str().unwrap()), "{told}");
}
