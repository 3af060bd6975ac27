//! Notes, from new to history.

use crate::world::World;

#[test]
fn a_note_is_shown_byte_for_byte() {
    let world = World::new();
    world.init("a", "Ana");
    let body = "# Ti\u{301}tel\r\n\ttab  \r\nпривіт 種 👩‍🌾\n\n\u{feff}end without newline";
    let made = world.feed(
        "a",
        &["--json", "note", "new", "Bytes", "--body", "-"],
        body.as_bytes(),
    );
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(
        world.run("a", &["note", "show", &id]).stdout,
        body.as_bytes()
    );
    assert_eq!(
        world.run("a", &["note", "show", &id[..12]]).stdout,
        body.as_bytes()
    );
    assert_eq!(
        world.run("a", &["note", "show", "Bytes"]).stdout,
        body.as_bytes()
    );
    let empty = world.note("a", "Empty", "");
    assert_eq!(world.run("a", &["note", "show", &empty]).stdout, b"");
}

#[test]
fn what_is_not_there_and_what_is_there_twice_are_told_apart() {
    let world = World::new();
    world.init("a", "Ana");
    assert_eq!(
        world.ask("a", &["note", "show", "nowhere"]).kind(3),
        "not_found"
    );
    world.note("a", "Twin", "one");
    world.note("a", "Twin", "two");
    assert_eq!(
        world.ask("a", &["note", "show", "Twin"]).kind(3),
        "ambiguous"
    );
}

#[test]
fn append_set_rename_delete_and_restore_do_what_they_say() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one");
    world.ask("a", &["note", "append", &id, "two"]).json();
    assert_eq!(world.body("a", &id), "one\ntwo");
    let fed = world.feed("a", &["note", "set", &id, "-"], b"one\nthree\n");
    assert_eq!(fed.code, 0, "{}", fed.stderr);
    assert_eq!(world.body("a", &id), "one\nthree\n");
    world
        .ask("a", &["note", "rename", &id, "Better plan"])
        .json();
    world.ask("a", &["note", "delete", &id]).json();
    let listed = world.ask("a", &["note", "list"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 0);
    world.ask("a", &["note", "restore", &id]).json();
    let listed = world.ask("a", &["note", "list"]).json();
    assert_eq!(listed[0]["title"], "Better plan");
    assert_eq!(listed[0]["authors"][0], "Ana");
}

#[test]
fn history_leads_back_to_what_the_note_was() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "first");
    let before = world.ask("a", &["note", "show", &id]).json();
    world.ask("a", &["note", "set", &id, "second"]).json();
    let history = world.ask("a", &["note", "history", &id]).json();
    assert!(history.as_array().unwrap().len() >= 2, "{history}");
    let version = before["version"].as_str().unwrap();
    let old = world.run("a", &["note", "show", &id, "--at", version]);
    assert_eq!(old.text(), "first");
    let blame = world.ask("a", &["note", "blame", &id]).json();
    assert_eq!(blame[0]["by"], "Ana");
}

#[test]
fn an_edit_keeps_what_others_wrote_meanwhile() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "top\nmiddle\nend\n");
    // The editor is a script in which somebody else writes, too: through moot, while the file is open.
    let editor = world.path("editor");
    std::fs::write(
        &editor,
        format!(
            "#!/bin/sh\nsed -i 's/top/TOP/' \"$1\"\n{} note append {id} meanwhile\n",
            env!("CARGO_BIN_EXE_moot")
        ),
    )
    .unwrap();
    let edited = world
        .command("a", &["--json", "note", "edit", &id])
        .env("EDITOR", format!("sh {}", editor.display()))
        .output()
        .unwrap();
    assert!(
        edited.status.success(),
        "{}",
        String::from_utf8_lossy(&edited.stderr)
    );
    assert_eq!(world.body("a", &id), "TOP\nmiddle\nend\nmeanwhile");
}

#[test]
fn text_that_could_not_be_taken_in_is_kept_in_a_file_that_is_named() {
    let world = World::new();
    world.init("a", "Ana");
    let id = world.note("a", "Plan", "one\n");
    let editor = world.path("editor");
    std::fs::write(&editor, "#!/bin/sh\necho precious >> \"$1\"\nexit 1\n").unwrap();
    let edited = world
        .command("a", &["--json", "note", "edit", &id])
        .env("EDITOR", format!("sh {}", editor.display()))
        .env("TMPDIR", world.path(""))
        .output()
        .unwrap();
    assert_eq!(edited.status.code(), Some(1));
    let told: serde_json::Value = serde_json::from_slice(&edited.stderr).unwrap();
    let hint = told["error"]["hint"].as_str().unwrap();
    let path = hint.rsplit(' ').next().unwrap();
    assert_eq!(std::fs::read_to_string(path).unwrap(), "one\nprecious\n");
    assert_eq!(world.body("a", &id), "one\n");
}

#[test]
fn search_finds_words_and_never_fails_on_syntax() {
    let world = World::new();
    world.init("a", "Ana");
    world.note("a", "Bees", "two hives behind the compost");
    world.note("a", "種の日", "大根は祖母の畑から来ました");
    for (query, title) in [
        ("hives", "Bees"),
        ("compo", ""),
        ("祖母", "種の日"),
        ("HIVES", "Bees"),
    ] {
        let found = world.ask("a", &["search", query]).json();
        if !title.is_empty() {
            assert_eq!(found[0]["title"], title, "{query}: {found}");
        }
    }
    for query in ["\"", "a AND", "(", "*", "NEAR(", "-x", "title:x", "\0"] {
        if query == "\0" {
            continue;
        }
        let found = world.ask("a", &["search", "--", query]);
        assert_eq!(found.code, 0, "{query:?}: {}", found.stderr);
    }
}

#[test]
fn several_notebooks_must_be_told_apart_by_name() {
    let world = World::new();
    world.init("a", "Ana");
    let second = world.ask("a", &["new", "Kitchen"]).json();
    assert_eq!(second["person"]["name"], "Ana");
    assert_eq!(world.ask("a", &["note", "list"]).kind(3), "ambiguous");
    world
        .ask("a", &["--notebook", "Kitchen", "note", "new", "Soup"])
        .json();
    let garden = world
        .ask("a", &["note", "list", "--notebook", "Garden"])
        .json();
    assert_eq!(garden.as_array().unwrap().len(), 0);
    assert_eq!(
        world.ask("a", &["doctor"]).json()["ok"],
        true,
        "of all of them"
    );
    let all = world.ask("a", &["notebooks"]).json();
    assert_eq!(all.as_array().unwrap().len(), 2);
}

#[test]
fn a_title_that_is_nearly_right_is_told_and_never_guessed() {
    let world = World::new();
    world.init("ana", "Ana");
    world.note("ana", "Tool shed", "");
    let error = world.ask("ana", &["note", "append", "shed", "x"]).error(3);
    let hint = error["hint"].as_str().unwrap();
    assert!(hint.contains("\"Tool shed\""), "{hint}");
    let error = world.ask("ana", &["note", "show", "barn"]).error(3);
    assert!(!error["hint"].as_str().unwrap().contains("Did you mean"));
}

#[test]
fn a_deleted_note_is_told_from_one_that_never_was_and_comes_back_by_its_title() {
    let world = World::new();
    world.init("ana", "Ana");
    let gone = world.note("ana", "Tool shed", "old");
    world.ask("ana", &["note", "delete", &gone]).json();
    let listed = world.run("ana", &["note", "list"]);
    assert!(listed.stderr.contains("--deleted"), "{}", listed.stderr);
    let error = world.ask("ana", &["note", "show", "tool shed"]).error(3);
    let hint = error["hint"].as_str().unwrap();
    assert!(
        hint.contains("deleted") && hint.contains(&gone[..12]),
        "{hint}"
    );
    // A live note of the same title is not what is to be restored.
    world.note("ana", "Tool shed", "new");
    let restored = world.ask("ana", &["note", "restore", "tool shed"]).json();
    assert_eq!(restored["id"], gone.as_str());
    assert_eq!(world.body("ana", &gone), "old");
}

/// Lines in several scripts, none like another, with line ends of both kinds.
fn a_megabyte() -> String {
    let mut text = String::new();
    let mut number = 1_u64;
    while text.len() < 1024 * 1024 {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let end = if number >> 63 == 0 { "\n" } else { "\r\n" };
        text.push_str(&format!(
            "{number:x} сім'я, 種, été, \u{202e}olleh, 🌱{end}"
        ));
    }
    text
}

#[test]
fn a_note_of_a_megabyte_passes_stdin_the_socket_the_disk_and_the_network_byte_for_byte() {
    let world = World::new();
    world.init("ana", "Ana");
    let ana = world.node("ana");
    let mut text = a_megabyte();
    let new = ["--json", "note", "new", "Long", "--body", "-"];
    let made = world.feed("ana", &new, text.as_bytes()).json();
    let id = made["id"].as_str().unwrap();
    let shown = |home: &str| {
        let shown = world.run(home, &["note", "show", id]);
        assert_eq!(shown.code, 0, "{}", shown.stderr);
        shown.stdout
    };
    // Compared without being printed where they differ.
    assert!(shown("ana") == text.as_bytes());
    world.join("ana", "bo", "Bo");
    let _bo = world.node("bo");
    let line = "and one more line\n";
    let append = ["--json", "note", "append", id, "-"];
    world.feed("bo", &append, line.as_bytes()).json();
    text.push_str(line);
    world.in_step(&["ana", "bo"]);
    assert!(shown("ana") == text.as_bytes());
    assert!(shown("bo") == text.as_bytes());
    ana.terminate();
    assert!(shown("ana") == text.as_bytes());
    assert_eq!(world.body("ana", id), text);
}

#[test]
fn a_title_as_it_is_written_comes_before_one_that_differs_in_case() {
    let world = World::new();
    world.init("a", "Ana");
    let (upper, lower) = (
        world.note("a", "First", "upper"),
        world.note("a", "first", "lower"),
    );
    assert_eq!(world.body("a", "First"), "upper");
    assert_eq!(world.body("a", "first"), "lower");
    assert_eq!(
        world.ask("a", &["note", "show", "FIRST"]).kind(3),
        "ambiguous"
    );
    world.ask("a", &["note", "delete", &upper]).json();
    world.ask("a", &["note", "delete", &lower]).json();
    let back = world.ask("a", &["note", "restore", "first"]).json();
    assert_eq!(back["id"], lower);
}

#[test]
fn a_title_is_found_however_its_letters_are_composed() {
    let world = World::new();
    world.init("a", "Ana");
    let cafe = world.note("a", "Cafe\u{301}", "as macOS writes it");
    world.note("a", "Plan", "See [[Caf\u{e9}]].");
    let shown = world.ask("a", &["note", "show", "CAF\u{c9}"]).json();
    assert_eq!(shown["id"], cafe);
    assert_eq!(
        shown["title"], "Cafe\u{301}",
        "titles stay as they are written"
    );
    assert_eq!(shown["backlinks"][0]["title"], "Plan", "{shown}");
}

/// Any member may give a note such a title, and so lead a script's short prefix to it.
#[test]
fn a_title_that_is_the_beginning_of_another_notes_id_is_ambiguous() {
    let world = World::new();
    world.init("a", "Ana");
    let meant = world.note("a", "Plan", "meant");
    world.note("a", &meant[..6], "not meant");
    assert_eq!(
        world.ask("a", &["note", "show", &meant[..6]]).kind(3),
        "ambiguous"
    );
    assert_eq!(world.body("a", &meant[..8]), "meant");
}
