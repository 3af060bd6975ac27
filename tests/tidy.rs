//! The shape of the house, held by tests: who may depend on whom, what pure crates never name, how long a file or
//! a function may be, and that nothing is forgotten. Every finding is one line: where, what, and what to do.
//! It knows no moot crate and compiles in seconds, so it speaks also when nothing else compiles.

#[path = "tidy/allowed.rs"]
mod allowed;
#[path = "tidy/ci_lines.rs"]
mod ci_lines;
#[path = "tidy/functions.rs"]
mod functions;
#[path = "tidy/links.rs"]
mod links;
#[path = "tidy/modules.rs"]
mod modules;
#[path = "tidy/package.rs"]
mod package;
#[cfg(test)]
#[path = "tidy/planted.rs"]
mod planted;
#[path = "tidy/repository.rs"]
mod repository;
#[path = "tidy/source.rs"]
mod source;
#[path = "tidy/words.rs"]
mod words;

use std::collections::{BTreeMap, BTreeSet};

use allowed::{AT_HOME, AT_HOME_EVERYWHERE, DEPENDENCIES, EMPTY_NAMES, IMPURE, PURE};
use package::Package;
use repository::Repository;
use source::{SourceFile, line_of};

/// A longer file hides its own shape. Discuss at 500.
const FILE_LINES_MAX: usize = 800;

/// A longer function does more than one thing.
const FUNCTION_LINES_MAX: usize = 70;

/// Fails with every finding on a line of its own.
#[track_caller]
fn assert_none(findings: impl IntoIterator<Item = String>) {
    let findings: Vec<String> = findings.into_iter().collect();
    assert!(
        findings.is_empty(),
        "{} to put right:\n{}\n",
        findings.len(),
        findings.join("\n")
    );
}

/// The package whose folder holds this file: the innermost.
fn owner<'a>(packages: &'a [Package], path: &str) -> Option<&'a Package> {
    let holds = |package: &&Package| {
        path.strip_prefix(&package.folder)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    packages
        .iter()
        .filter(holds)
        .max_by_key(|package| package.folder.len())
}

fn owned_by<'a>(
    repository: &'a Repository,
    packages: &'a [Package],
    name: &'a str,
) -> impl Iterator<Item = &'a SourceFile> {
    repository
        .rust()
        .filter(move |file| owner(packages, &file.path).is_some_and(|package| package.name == name))
}

/// What would let a relay read, or make it hold more than bytes.
const NEVER_IN_A_RELAY: &[&str] = &[
    "moot-group",
    "moot-notebook",
    "moot-engine",
    "automerge",
    "hpke",
    "chacha20poly1305",
    "tokio",
];

#[test]
fn a_relay_links_nothing_that_could_open_an_entry() {
    let lock: toml::Table = toml::from_str(&Repository::lock()).expect("the lock file is TOML");
    let packages = lock["package"].as_array().expect("it lists packages");
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages {
        let name = package["name"].as_str().expect("each has a name");
        let all = package.get("dependencies").and_then(toml::Value::as_array);
        // What follows the name there is a version: versions of one package count as one.
        let names = all
            .into_iter()
            .flatten()
            .filter_map(|need| need.as_str()?.split(' ').next());
        needs.entry(name).or_default().extend(names);
    }
    // The lock file mixes what ships with what only tests need: of our own packages the manifests say which is which.
    let packages = Repository::read().packages();
    let mut linked = BTreeSet::new();
    let mut open = vec!["moot-relay"];
    while let Some(name) = open.pop() {
        if !linked.insert(name) {
            continue;
        }
        let own = packages.iter().find(|package| package.name == name);
        let ships = |need: &&str| own.is_none_or(|own| own.dependencies.contains(*need));
        open.extend(needs.get(name).into_iter().flatten().copied().filter(ships));
    }
    assert!(
        linked.contains("moot-log") && linked.contains("ed25519-dalek"),
        "{linked:?}"
    );
    assert_none(
        NEVER_IN_A_RELAY
            .iter()
            .filter(|never| linked.contains(**never))
            .map(|never| format!("moot-relay links {never}: a relay must not be able to read")),
    );
}

#[test]
fn direct_dependencies_are_on_the_list() {
    assert_none(
        Repository::read()
            .packages()
            .iter()
            .flat_map(dependencies_off_the_list),
    );
}

fn dependencies_off_the_list(package: &Package) -> Vec<String> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let Some(allowed) = DEPENDENCIES
        .iter()
        .find(|allowed| allowed.package == package.name)
    else {
        return vec![format!(
            "{manifest}:1: {} has no entry in tests/tidy/allowed.rs; add one",
            package.name
        )];
    };
    let finding = |name: &String, list: &str| {
        format!(
            "{manifest}:1: {name} is not on the list of {list}; do without, or add its line to tests/tidy/allowed.rs and say why"
        )
    };
    let off = package
        .dependencies
        .iter()
        .filter(|name| !allowed.dependencies.contains(&name.as_str()));
    let for_tests = |name: &&String| {
        !allowed.dev_dependencies.contains(&name.as_str())
            && !allowed.dependencies.contains(&name.as_str())
    };
    let dev_off = package.dev_dependencies.iter().filter(for_tests);
    off.map(|name| finding(name, "dependencies"))
        .chain(dev_off.map(|name| finding(name, "dev-dependencies")))
        .collect()
}

#[test]
fn every_package_inherits_the_lints() {
    let packages = Repository::read().packages();
    let without = packages.iter().filter(|package| !package.inherits_lints);
    assert_none(without.map(|package| {
        format!(
            "{}/Cargo.toml:1: no `[lints] workspace = true`; add it",
            package.folder
        )
    }));
}

#[test]
fn each_heavy_library_is_named_in_one_crate_alone() {
    let repository = Repository::read();
    let packages = repository.packages();
    let findings = repository.rust().flat_map(|file| {
        let name = owner(&packages, &file.path).map_or("", |package| package.name.as_str());
        named_away_from_home(file, name)
    });
    assert_none(findings);
}

fn named_away_from_home(file: &SourceFile, package: &str) -> Vec<String> {
    let is_free = AT_HOME_EVERYWHERE.contains(&package);
    let guests = AT_HOME
        .iter()
        .filter(|(_, home)| *home != package && !is_free);
    let found = guests.flat_map(|(library, home)| {
        words::find_crate(&file.code, library)
            .into_iter()
            .map(move |at| (at, library, home))
    });
    let finding = |(at, library, home)| {
        format!(
            "{}:{}: names {library}, which only {home} may; go through what {home} offers",
            file.path,
            line_of(&file.code, at)
        )
    };
    found.map(finding).collect()
}

#[test]
fn pure_crates_have_no_clock_no_disk_no_chance() {
    let repository = Repository::read();
    let packages = repository.packages();
    assert_none(
        PURE.iter()
            .flat_map(|name| owned_by(&repository, &packages, name))
            .flat_map(impurities),
    );
}

fn impurities(file: &SourceFile) -> Vec<String> {
    let code = file.production_code();
    let found = IMPURE.iter().flat_map(|(word, instead)| {
        words::find_word(&code, word)
            .into_iter()
            .map(move |at| (at, word, instead))
    });
    found
        .map(|(at, word, instead)| {
            format!(
                "{}:{}: `{word}` in a pure crate; {instead}",
                file.path,
                line_of(&file.code, at)
            )
        })
        .collect()
}

#[test]
fn files_and_functions_stay_short() {
    assert_none(Repository::read().rust().flat_map(too_long));
}

fn too_long(file: &SourceFile) -> Vec<String> {
    let lines = file.text.lines().count();
    let file_finding = (lines > FILE_LINES_MAX).then(|| {
        format!(
            "{}:{lines}: {lines} lines, at most {FILE_LINES_MAX}; split it by the nouns it holds",
            file.path
        )
    });
    let long = functions::functions(&file.code)
        .into_iter()
        .filter(|function| function.lines > FUNCTION_LINES_MAX);
    let function_finding = |function: functions::Function| {
        format!(
            "{}:{}: `{}` takes {} lines, at most {FUNCTION_LINES_MAX}; name its parts",
            file.path, function.line, function.name, function.lines
        )
    };
    file_finding
        .into_iter()
        .chain(long.map(function_finding))
        .collect()
}

#[test]
fn files_are_named_for_what_they_hold() {
    assert_none(
        Repository::read()
            .rust()
            .filter_map(|file| badly_named(&file.path)),
    );
}

fn badly_named(path: &str) -> Option<String> {
    if path.ends_with("/mod.rs") {
        return Some(format!(
            "{path}:1: a `mod.rs`; name it after its folder and put it beside that"
        ));
    }
    let empty = path
        .trim_end_matches(".rs")
        .split('/')
        .find(|part| EMPTY_NAMES.contains(part))?;
    Some(format!(
        "{path}:1: `{empty}` says nothing of what is inside; find the missing noun"
    ))
}

#[test]
fn every_rust_file_is_reached_from_a_target() {
    let repository = Repository::read();
    let packages = repository.packages();
    assert_none(packages.iter().flat_map(|package| {
        let files: BTreeMap<&str, &SourceFile> = repository
            .rust()
            .filter(|file| owner(&packages, &file.path).is_some_and(|owner| owner.folder == package.folder))
            .map(|file| (file.path.as_str(), file))
            .collect();
        let finding = |path| format!("{path}:1: no target and no `mod` line leads here, so it is never compiled; name it or delete it");
        modules::unreached(&files, &package.targets).into_iter().map(finding).collect::<Vec<_>>()
    }));
}

#[test]
fn every_rust_file_opens_with_what_it_owns() {
    let silent = |file: &&SourceFile| !file.text.starts_with("//!");
    let repository = Repository::read();
    assert_none(repository.rust().filter(silent).map(|file| {
        format!(
            "{}:1: opens without `//!`; say what it owns and what it never does",
            file.path
        )
    }));
}

#[test]
fn lints_are_expected_with_a_reason_and_tests_are_never_ignored() {
    assert_none(Repository::read().rust().flat_map(bare_attributes));
}

fn bare_attributes(file: &SourceFile) -> Vec<String> {
    let squeezed = &file.code;
    let at = |needle: &str| {
        squeezed
            .match_indices(needle)
            .map(|(at, _)| at)
            .collect::<Vec<_>>()
    };
    let finding =
        |offset: usize, what: &str| format!("{}:{}: {what}", file.path, line_of(squeezed, offset));
    let allows = ["#[allow(", "#![allow("].into_iter().flat_map(at);
    let allows = allows.map(|offset| {
        finding(
            offset,
            "a bare `allow`; write `#[expect(lint, reason = \"…\")]`",
        )
    });
    let ignores = at("#[ignore")
        .into_iter()
        .map(|offset| finding(offset, "an ignored test; make it pass, or delete it"));
    let expects = ["#[expect(", "#![expect("].into_iter().flat_map(at);
    let unreasoned = expects.filter(|&offset| {
        !squeezed[offset..]
            .split(']')
            .next()
            .is_some_and(|attribute| attribute.contains("reason"))
    });
    let unreasoned =
        unreasoned.map(|offset| finding(offset, "an `expect` without `reason = \"…\"`; say why"));
    allows.chain(ignores).chain(unreasoned).collect()
}

#[test]
fn tests_wait_for_conditions_and_never_sleep() {
    assert_none(Repository::read().rust().flat_map(sleeps_in_tests));
}

fn sleeps_in_tests(file: &SourceFile) -> Vec<String> {
    let code = file.test_code();
    let is_call = |at: &usize| {
        let (before, after) = (&code[..*at], &code[at + "sleep".len()..]);
        after.trim_start().starts_with('(') && !before.ends_with('.') && !before.ends_with("fn ")
    };
    let called = words::find_word(&code, "sleep").into_iter().filter(is_call);
    called
        .map(|at| {
            let line = line_of(&code, at);
            format!(
                "{}:{line}: a test sleeps; wait for the condition with a deadline",
                file.path
            )
        })
        .collect()
}

#[test]
fn the_repository_knows_nobodys_machine() {
    assert_none(Repository::read().files.iter().flat_map(workplace_paths));
}

/// The needles are put together here, so that this file does not find itself.
fn workplace_paths(file: &SourceFile) -> Vec<String> {
    let needles = [
        ["/wo", "rk/"].concat(),
        ["../sha", "red"].concat(),
        ["/ro", "ot/"].concat(),
    ];
    let lines = file.text.lines().enumerate();
    let named = lines.flat_map(|(index, line)| {
        needles
            .iter()
            .filter(move |needle| line.contains(needle.as_str()))
            .map(move |needle| (index + 1, needle))
    });
    named
        .map(|(line, needle)| {
            format!(
                "{}:{line}: names `{needle}`, a path of one machine; leave it out",
                file.path
            )
        })
        .collect()
}

#[test]
fn links_between_pages_resolve() {
    let repository = Repository::read();
    let pages = repository
        .files
        .iter()
        .filter(|file| file.path.ends_with(".md"));
    assert_none(pages.flat_map(|page| broken_links(&repository, page)));
}

fn broken_links(repository: &Repository, page: &SourceFile) -> Vec<String> {
    let broken = links::links(&page.text).into_iter().filter_map(|link| {
        let target = if link.path.is_empty() {
            page.path.clone()
        } else {
            links::resolve(&page.path, &link.path)
        };
        if !repository.contains(&target) {
            return Some(format!(
                "{}:{}: links to {target}, which is not there; mend the link or write the page",
                page.path, link.line
            ));
        }
        let anchor = link.anchor.filter(|_| target.ends_with(".md"))?;
        let known = links::anchors(repository.text(&target)).contains(&anchor);
        (!known).then(|| {
            format!(
                "{}:{}: links to #{anchor}, a heading that {target} lacks; mend the link",
                page.path, link.line
            )
        })
    });
    broken.collect()
}

#[test]
fn comments_cite_pages_that_exist() {
    let repository = Repository::read();
    assert_none(
        repository
            .rust()
            .flat_map(|file| missing_pages(&repository, file)),
    );
}

fn missing_pages(repository: &Repository, file: &SourceFile) -> Vec<String> {
    let lines = file.comments.lines().enumerate();
    let cited = lines.flat_map(|(index, line)| {
        let words = line.split(|c: char| !(c.is_alphanumeric() || "/._-".contains(c)));
        words
            .filter(|word| word.starts_with("docs/") && word.trim_end_matches('.').ends_with(".md"))
            .map(move |word| (index + 1, word.trim_end_matches('.')))
    });
    let missing = cited.filter(|(_, page)| !repository.contains(page));
    missing
        .map(|(line, page)| {
            format!(
                "{}:{line}: cites {page}, which is not there; write it or cite another",
                file.path
            )
        })
        .collect()
}

#[test]
fn ci_runs_the_lines_that_just_ci_runs() {
    let repository = Repository::read();
    let script = ci_lines::script_lines(repository.text(".ci/run"));
    let recipe = ci_lines::recipe_lines(repository.text("justfile"), "ci");
    assert!(!recipe.is_empty(), "justfile:1: no recipe `ci:`; write it");
    assert!(
        recipe.contains(&"cargo test --workspace"),
        "justfile:1: `ci` lacks `cargo test --workspace`, which the README promises"
    );
    assert_eq!(
        script, recipe,
        ".ci/run:1: differs from the recipe `ci` of the justfile; make both the same"
    );
}

#[test]
fn allowed_packages_exist() {
    let packages = Repository::read().packages();
    let names: BTreeSet<&str> = packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let gone = DEPENDENCIES
        .iter()
        .filter(|allowed| !names.contains(allowed.package));
    assert_none(gone.map(|allowed| {
        format!(
            "tests/tidy/allowed.rs:1: {} is no package; delete its entry",
            allowed.package
        )
    }));
}

#[test]
fn demo_notes_link_to_notes_of_the_demo() {
    let repository = Repository::read();
    let is_note = |file: &&SourceFile| {
        file.path.starts_with("crates/moot/demo/") && file.path.ends_with(".md")
    };
    let notes: Vec<&SourceFile> = repository.files.iter().filter(is_note).collect();
    let titles: BTreeSet<&str> = notes
        .iter()
        .filter_map(|note| note.text.lines().next()?.strip_prefix("# "))
        .collect();
    assert_eq!(titles.len(), notes.len(), "every note opens with a title");
    assert_none(notes.iter().flat_map(|note| dead_titles(&titles, note)));
}

fn dead_titles(titles: &BTreeSet<&str>, note: &SourceFile) -> Vec<String> {
    let lines = note.text.lines().enumerate();
    let linked = lines.flat_map(|(index, line)| {
        let titles = line
            .split("[[")
            .skip(1)
            .filter_map(|rest| rest.split_once("]]"));
        titles.map(move |(title, _)| (index + 1, title))
    });
    let dead = linked.filter(|(_, title)| !titles.contains(title));
    dead.map(|(line, title)| {
        format!(
            "{}:{line}: links to [[{title}]], and no note has that title; mend it",
            note.path
        )
    })
    .collect()
}
