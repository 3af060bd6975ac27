//! Owns: which Rust files of a package the compiler reaches, from its targets along the `mod` lines.
//! A file that nobody names is a test that never runs, or code that never compiles. It never opens a file.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{SourceFile, is_identifier_byte};

/// Those of `files` (all of one package) that no target in `roots` reaches.
pub(crate) fn unreached<'a>(
    files: &BTreeMap<&'a str, &'a SourceFile>,
    roots: &BTreeSet<String>,
) -> Vec<&'a str> {
    let mut waiting: Vec<String> = roots
        .iter()
        .filter(|root| files.contains_key(root.as_str()))
        .cloned()
        .collect();
    let mut reached: BTreeSet<String> = waiting.iter().cloned().collect();
    while let Some(path) = waiting.pop() {
        let is_root = roots.contains(&path);
        for target in mod_targets(files[path.as_str()], is_root) {
            if files.contains_key(target.as_str()) && reached.insert(target.clone()) {
                waiting.push(target);
            }
        }
    }
    files
        .keys()
        .filter(|path| !reached.contains(**path))
        .copied()
        .collect()
}

/// The paths that the `mod name;` lines of a file stand for.
fn mod_targets(file: &SourceFile, is_root: bool) -> Vec<String> {
    let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let stem = file.path.trim_end_matches(".rs");
    let base = if is_root { folder } else { stem };
    let code = file.code.as_bytes();
    let mut inline: Vec<(usize, String)> = Vec::new();
    let mut depth = 0_usize;
    let mut targets = Vec::new();
    for (at, byte) in code.iter().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                inline.retain(|(opened_at, _)| *opened_at < depth + 1);
            }
            b'm' => match mod_at(&file.code, at) {
                Some((name, b'{')) => inline.push((depth + 1, name)),
                Some((name, _)) => {
                    let within: Vec<&str> = inline.iter().map(|(_, name)| name.as_str()).collect();
                    let named = [base, &within.join("/"), &name]
                        .iter()
                        .filter(|part| !part.is_empty())
                        .copied()
                        .collect::<Vec<_>>()
                        .join("/");
                    targets.push(
                        path_attribute(file, at)
                            .map_or_else(|| format!("{named}.rs"), |path| join(folder, &path)),
                    );
                }
                None => {}
            },
            _ => {}
        }
    }
    targets
}

/// The name of the module declared at this offset, and whether a brace or a semicolon follows.
fn mod_at(code: &str, at: usize) -> Option<(String, u8)> {
    let rest = code[at..].strip_prefix("mod ")?;
    if at > 0 && is_identifier_byte(code.as_bytes()[at - 1]) {
        return None;
    }
    let name: String = rest
        .trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect();
    let after = rest.trim_start()[name.len()..]
        .trim_start()
        .bytes()
        .next()?;
    (!name.is_empty() && matches!(after, b'{' | b';')).then_some((name, after))
}

/// The value of a `#[path = "…"]` that belongs to the `mod` at this offset.
fn path_attribute(file: &SourceFile, at: usize) -> Option<String> {
    let from = file.code[..at]
        .rfind([';', '{', '}'])
        .map_or(0, |end| end + 1);
    let attribute = from + file.code[from..at].rfind("#[path")?;
    file.text[attribute..at]
        .split('"')
        .nth(1)
        .map(ToOwned::to_owned)
}

fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() {
        path.to_owned()
    } else {
        format!("{folder}/{path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orphans(texts: &[(&str, &str)], roots: &[&str]) -> Vec<String> {
        let files: Vec<SourceFile> = texts
            .iter()
            .map(|(path, text)| SourceFile::new(path, text))
            .collect();
        let by_path = files
            .iter()
            .map(|file| (file.path.as_str(), file))
            .collect();
        let roots = roots.iter().map(|root| (*root).to_owned()).collect();
        unreached(&by_path, &roots)
            .into_iter()
            .map(ToOwned::to_owned)
            .collect()
    }

    #[test]
    fn files_along_mod_lines_are_reached() {
        let texts = [
            (
                "c/src/lib.rs",
                "mod log;\npub(crate) mod inner { mod deep; }\nmod after;",
            ),
            ("c/src/log.rs", "mod entry;"),
            ("c/src/log/entry.rs", ""),
            ("c/src/inner/deep.rs", ""),
            ("c/src/after.rs", ""),
        ];
        assert_eq!(orphans(&texts, &["c/src/lib.rs"]), Vec::<String>::new());
    }

    #[test]
    fn a_file_that_nobody_names_is_found() {
        let texts = [
            ("c/src/lib.rs", "// mod lost;\nmod kept;"),
            ("c/src/kept.rs", ""),
            ("c/src/lost.rs", "mod deeper;"),
            ("c/src/lost/deeper.rs", ""),
        ];
        assert_eq!(
            orphans(&texts, &["c/src/lib.rs"]),
            vec!["c/src/lost.rs", "c/src/lost/deeper.rs"]
        );
    }

    #[test]
    fn a_path_attribute_is_followed() {
        let texts = [
            ("t/tidy.rs", "#[path = \"tidy/words.rs\"]\nmod words;"),
            ("t/tidy/words.rs", ""),
        ];
        assert_eq!(orphans(&texts, &["t/tidy.rs"]), Vec::<String>::new());
    }

    #[test]
    fn a_test_that_is_no_target_is_found() {
        let texts = [("c/tests/it.rs", ""), ("c/tests/forgotten.rs", "")];
        assert_eq!(
            orphans(&texts, &["c/tests/it.rs"]),
            vec!["c/tests/forgotten.rs"]
        );
    }
}
