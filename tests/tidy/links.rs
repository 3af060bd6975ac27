//! Owns: the links of a Markdown page and the anchors of its headings.
//! It reads pages as text: fenced blocks and code spans hold no links. It never asks the network.

use std::collections::BTreeSet;

/// A link to a file of the repository, or to a heading.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) line: usize,
    /// Empty for a link within the page.
    pub(crate) path: String,
    pub(crate) anchor: Option<String>,
}

/// The links of a page that lead to files or headings; web and mail addresses are left out.
pub(crate) fn links(page: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (line, text) in prose(page) {
        let definition = text
            .trim_start()
            .starts_with('[')
            .then(|| text.split_once("]: "))
            .flatten()
            .map(|(_, target)| target.trim());
        let inline = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        found.extend(
            inline
                .chain(definition)
                .filter_map(|target| link(line, target)),
        );
    }
    found
}

/// The anchors that the headings of a page have on the usual hosts: lower case, words joined by hyphens.
pub(crate) fn anchors(page: &str) -> BTreeSet<String> {
    prose(page)
        .filter_map(|(_, text)| {
            text.strip_prefix('#')
                .map(|rest| rest.trim_start_matches('#').trim().to_lowercase())
        })
        .map(|heading| {
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// The path that `target` names when it is written in the file `page`, both from the root of the repository.
pub(crate) fn resolve(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." if parts.pop().is_none() => return target.to_owned(),
            ".." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn link(line: usize, target: &str) -> Option<Link> {
    let target = target
        .trim_matches(['<', '>'])
        .split(" \"")
        .next()
        .unwrap_or_default();
    if target.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target
        .split_once('#')
        .map_or((target, None), |(path, anchor)| {
            (path, Some(anchor.to_owned()))
        });
    Some(Link {
        line,
        path: path.to_owned(),
        anchor,
    })
}

/// The numbered lines outside fenced blocks, with code spans blanked out.
fn prose(page: &str) -> impl Iterator<Item = (usize, String)> + '_ {
    let mut fenced = false;
    page.lines().enumerate().filter_map(move |(index, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            return None;
        }
        let without_spans = line.split('`').enumerate().map(|(part, text)| {
            if part % 2 == 0 || line.starts_with('#') {
                text
            } else {
                ""
            }
        });
        (!fenced).then(|| (index + 1, without_spans.collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets(page: &str) -> Vec<(usize, String, Option<String>)> {
        links(page)
            .into_iter()
            .map(|link| (link.line, link.path, link.anchor))
            .collect()
    }

    #[test]
    fn links_to_files_and_headings_are_found() {
        let page =
            "See [a](docs/a.md) and ![b](b.png \"B\").\n[top](#top-of-it)\n[ref]: ../c.md#part\n";
        let expected = vec![
            (1, "docs/a.md".into(), None),
            (1, "b.png".into(), None),
            (2, String::new(), Some("top-of-it".into())),
            (3, "../c.md".into(), Some("part".into())),
        ];
        assert_eq!(targets(page), expected);
    }

    #[test]
    fn the_web_and_code_hold_no_links() {
        assert_eq!(
            targets("[w](https://example.org) `[x](y.md)`\n```\n[z](z.md)\n```\n<mailto:a@b>"),
            vec![]
        );
    }

    #[test]
    fn headings_have_anchors() {
        let found = anchors("# One: two, `moot`!\n```\n# not this\n```\n## Step-by step");
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            vec!["one-two-moot", "step-by-step"]
        );
    }

    #[test]
    fn targets_resolve_from_the_folder_of_the_page() {
        assert_eq!(
            resolve("docs/decisions/0001.md", "../glossary.md"),
            "docs/glossary.md"
        );
        assert_eq!(resolve("README.md", "./docs/"), "docs");
        assert_eq!(resolve("README.md", "../out.md"), "../out.md");
    }
}
