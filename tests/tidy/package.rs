//! Owns: what a `Cargo.toml` says of its package: name, direct dependencies, and the files its targets start from.
//! It reads manifests only: nothing is resolved, built or fetched.

use std::collections::BTreeSet;

use toml::{Table, Value};

/// One package of the repository, in the workspace or beside it.
pub(crate) struct Package {
    pub(crate) name: String,
    /// From the root of the repository, without a slash at the end.
    pub(crate) folder: String,
    pub(crate) dependencies: BTreeSet<String>,
    pub(crate) dev_dependencies: BTreeSet<String>,
    pub(crate) inherits_lints: bool,
    /// Paths from the root of the repository, declared or found by Cargo's own rules.
    pub(crate) targets: BTreeSet<String>,
}

/// Reads the manifest in `folder`; `files` are the paths of the repository. A manifest without a package is `None`.
///
/// # Errors
/// The parser's words, for a manifest that is not TOML.
pub(crate) fn package(
    folder: &str,
    manifest: &str,
    files: &[&str],
) -> Result<Option<Package>, String> {
    let manifest: Table = toml::from_str(manifest).map_err(|error| error.to_string())?;
    let Some(about) = manifest.get("package").and_then(Value::as_table) else {
        return Ok(None);
    };
    let targets = declared_targets(folder, &manifest)
        .into_iter()
        .chain(found_targets(folder, about, files))
        .collect();
    let inherits_lints = manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        .and_then(Value::as_bool)
        == Some(true);
    Ok(Some(Package {
        name: about
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        folder: folder.to_owned(),
        dependencies: dependencies(&manifest, &["dependencies", "build-dependencies"]),
        dev_dependencies: dependencies(&manifest, &["dev-dependencies"]),
        inherits_lints,
        targets,
    }))
}

fn dependencies(manifest: &Table, sections: &[&str]) -> BTreeSet<String> {
    let platforms = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::values)
        .filter_map(Value::as_table);
    let tables = std::iter::once(manifest).chain(platforms);
    let listed = tables.flat_map(|table| {
        sections
            .iter()
            .filter_map(|section| table.get(*section).and_then(Value::as_table))
    });
    let renamed = |value: &Value| {
        value
            .get("package")
            .and_then(Value::as_str)
            .map(ToOwned::to_owned)
    };
    listed
        .flatten()
        .map(|(name, value)| renamed(value).unwrap_or_else(|| name.clone()))
        .collect()
}

fn declared_targets(folder: &str, manifest: &Table) -> Vec<String> {
    let lists = ["bin", "test", "bench", "example"]
        .into_iter()
        .filter_map(|kind| manifest.get(kind).and_then(Value::as_array))
        .flatten();
    let paths = lists
        .chain(manifest.get("lib"))
        .filter_map(|target| target.get("path").and_then(Value::as_str));
    paths.map(|path| within(folder, path)).collect()
}

/// Cargo finds `folder/*.rs` and `folder/*/main.rs` by itself, unless the package says not to.
fn found_targets(folder: &str, about: &Table, files: &[&str]) -> Vec<String> {
    let mut targets: Vec<String> = ["src/lib.rs", "src/main.rs", "build.rs"]
        .iter()
        .map(|path| within(folder, path))
        .collect();
    for (place, switch) in [
        ("src/bin", "autobins"),
        ("tests", "autotests"),
        ("benches", "autobenches"),
        ("examples", "autoexamples"),
    ] {
        if about.get(switch).and_then(Value::as_bool) == Some(false) {
            continue;
        }
        let place = within(folder, place);
        let below = |path: &&&str| {
            path.strip_prefix(&place)
                .and_then(|rest| rest.strip_prefix('/'))
                .is_some_and(is_found)
        };
        targets.extend(files.iter().filter(below).map(|path| (*path).to_owned()));
    }
    targets
}

fn is_found(path: &str) -> bool {
    match path.split_once('/') {
        None => path.ends_with(".rs"),
        Some((_, file)) => file == "main.rs",
    }
}

fn within(folder: &str, path: &str) -> String {
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_dependency_counts() {
        let manifest = "[package]\nname = \"a\"\n[dependencies]\nb.workspace = true\nc = { version = \"1\", package = \"real-c\" }\n\
            [target.'cfg(unix)'.dependencies]\nd = \"1\"\n[build-dependencies]\ne = \"1\"\n[dev-dependencies]\nf = \"1\"\n";
        let package = package("crates/a", manifest, &[]).unwrap().unwrap();
        assert_eq!(
            package.dependencies.into_iter().collect::<Vec<_>>(),
            vec!["b", "d", "e", "real-c"]
        );
        assert_eq!(
            package.dev_dependencies.into_iter().collect::<Vec<_>>(),
            vec!["f"]
        );
        assert!(!package.inherits_lints);
    }

    #[test]
    fn targets_are_those_declared_and_those_cargo_finds() {
        let files = [
            "c/tests/it.rs",
            "c/tests/it/part.rs",
            "c/tests/big/main.rs",
            "d/tests/other.rs",
        ];
        let manifest = "[package]\nname = \"c\"\n[lints]\nworkspace = true\n[[bin]]\nname = \"x\"\npath = \"x.rs\"\n";
        let package = package("c", manifest, &files).unwrap().unwrap();
        assert!(package.inherits_lints);
        let expected = [
            "c/build.rs",
            "c/src/lib.rs",
            "c/src/main.rs",
            "c/tests/big/main.rs",
            "c/tests/it.rs",
            "c/x.rs",
        ];
        assert_eq!(package.targets.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_package_that_finds_no_tests_has_only_declared_ones() {
        let manifest = "[package]\nname = \"c\"\nautotests = false\n";
        let package = package("c", manifest, &["c/tests/it.rs"]).unwrap().unwrap();
        assert!(!package.targets.contains("c/tests/it.rs"));
    }

    #[test]
    fn a_workspace_alone_is_no_package() {
        assert!(
            package("", "[workspace]\nmembers = []\n", &[])
                .unwrap()
                .is_none()
        );
        assert!(package("", "not toml", &[]).is_err());
    }
}
