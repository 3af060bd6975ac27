//! Owns: one planted violation per check, so that none of them can have gone blind.
//! It shows each check a text that breaks the rule, and one beside it that keeps it.

use super::*;

fn file(path: &str, text: &str) -> SourceFile {
    SourceFile::new(path, text)
}

#[test]
fn an_unlisted_dependency_is_found() {
    let read = |manifest: &str| {
        package::package("crates/x", manifest, &[])
            .unwrap()
            .unwrap()
    };
    let findings = dependencies_off_the_list(&read(
        "[package]\nname = \"moot-log\"\n[dependencies]\ntokio = \"1\"\n",
    ));
    assert!(
        findings[0].starts_with("crates/x/Cargo.toml:1: tokio is not on the list of dependencies"),
        "{findings:?}"
    );
    let findings = dependencies_off_the_list(&read(
        "[package]\nname = \"moot-log\"\n[dev-dependencies]\ninsta = \"1\"\n",
    ));
    assert!(
        findings[0].contains("insta is not on the list of dev-dependencies"),
        "{findings:?}"
    );
    assert_eq!(
        dependencies_off_the_list(&read("[package]\nname = \"moot-new\"\n")).len(),
        1
    );
    assert!(
        dependencies_off_the_list(&read(
            "[package]\nname = \"moot-log\"\n[dependencies]\nblake3 = \"1\"\n"
        ))
        .is_empty()
    );
}

#[test]
fn a_library_away_from_home_is_found() {
    let found = named_away_from_home(
        &file("a.rs", "// automerge\nuse automerge::Automerge;"),
        "moot-engine",
    );
    assert!(
        found.len() == 1 && found[0].starts_with("a.rs:2: names automerge"),
        "{found:?}"
    );
    assert!(
        named_away_from_home(&file("a.rs", "use automerge::Automerge;"), "moot-notebook")
            .is_empty()
    );
}

#[test]
fn impurity_is_found_where_it_ships() {
    let found = impurities(&file(
        "src/a.rs",
        "use std::{fs, io};\nlet now = Instant::now();\n#[cfg(test)]\nmod tests { use std::fs; }",
    ));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("src/a.rs:2: `Instant::now`")),
        "{found:?}"
    );
}

#[test]
fn long_files_and_functions_are_found() {
    assert!(too_long(&file("a.rs", &"\n".repeat(FILE_LINES_MAX))).is_empty());
    assert_eq!(
        too_long(&file("a.rs", &"\n".repeat(FILE_LINES_MAX + 1))).len(),
        1
    );
    let function = |body: usize| format!("fn f() {{\n{}}}\n", "g();\n".repeat(body));
    assert!(too_long(&file("a.rs", &function(FUNCTION_LINES_MAX - 2))).is_empty());
    assert_eq!(
        too_long(&file("a.rs", &function(FUNCTION_LINES_MAX - 1))).len(),
        1
    );
}

#[test]
fn empty_names_are_found() {
    assert!(badly_named("crates/a/src/log/mod.rs").is_some());
    assert!(badly_named("crates/a/src/utils.rs").is_some());
    assert!(badly_named("crates/a/src/helpers/entry.rs").is_some());
    assert!(badly_named("crates/a/src/entry.rs").is_none());
}

#[test]
fn attributes_without_a_reason_are_found() {
    let found = bare_attributes(&file(
        "a.rs",
        "#[allow(dead_code)]\n#![allow(x)]\n#[ignore = \"slow\"]\n#[expect(x)]\n#[expect(x, reason = \"y\")]",
    ));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("a.rs:3: an ignored test")),
        "{found:?}"
    );
}

#[test]
fn a_sleep_in_a_test_is_found() {
    assert_eq!(
        sleeps_in_tests(&file("c/tests/it.rs", "fn t() { std::thread::sleep(x); }")).len(),
        1
    );
    assert_eq!(
        sleeps_in_tests(&file(
            "src/a.rs",
            "#[cfg(test)]\nmod tests { fn t() { sleep (x).await } }"
        ))
        .len(),
        1
    );
    assert!(sleeps_in_tests(&file("src/a.rs", "fn ships() { tokio::time::sleep(x); }")).is_empty());
    // A device of the simulated world may go to sleep: that is no waiting.
    assert!(sleeps_in_tests(&file("c/tests/it.rs", "fn t() { laptop.sleep(); }")).is_empty());
}

#[test]
fn a_path_of_one_machine_is_found() {
    let text = ["fine\nsee /wo", "rk/notes"].concat();
    assert_eq!(workplace_paths(&file("a.md", &text)).len(), 1);
}

#[test]
fn a_link_to_nowhere_is_found() {
    let repository = Repository::read();
    let page = file(
        "docs/none.md",
        "[a](nowhere.md) [b](#no-heading) [c](../Cargo.toml)",
    );
    assert_eq!(broken_links(&repository, &page).len(), 2);
    assert_eq!(
        missing_pages(
            &repository,
            &file("a.rs", "// see docs/nowhere.md.\nlet a = \"docs/none.md\";")
        )
        .len(),
        1
    );
}

#[test]
fn a_note_that_links_to_no_note_is_found() {
    let titles = BTreeSet::from(["Asking"]);
    let note = file("a.md", "# Asking\n[[Asking]] and [[Telling]]");
    let found = dead_titles(&titles, &note);
    assert!(
        found.len() == 1 && found[0].starts_with("a.md:2: links to [[Telling]]"),
        "{found:?}"
    );
}
