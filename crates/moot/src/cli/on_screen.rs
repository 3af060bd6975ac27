//! The keys of the screen, told by the command line: beside the command that does the same, and all of them in the manual.
//!
//! Owns no key and no word of its own: the screen's one table of commands has them.

use moot_tui::{Entry, Place, TABLE};

/// The command that an entry names for the command line, as `note new`; empty where there is none.
pub(super) fn path(entry: &Entry) -> String {
    let words = entry.cli.split(' ').skip(1);
    let is_name = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
    words.take_while(is_name).collect::<Vec<_>>().join(" ")
}

/// Which keys of the screen do the same as a command, in one line; none where no key does.
pub(super) fn keys_of(command: &str) -> Option<String> {
    let mut told: Vec<String> = Vec::new();
    for entry in TABLE.iter().filter(|entry| path(entry) == command) {
        if let Some(key) = entry.keys.first() {
            let words = format!("{key} in {} ({})", entry.at.words(), entry.name);
            if !told.contains(&words) {
                told.push(words);
            }
        }
    }
    (!told.is_empty()).then(|| format!("On the screen: {}", told.join(", ")))
}

/// The manual's section: every command of the screen by place, with its keys, what it does and its like on the command line.
pub(super) fn section() -> String {
    let mut page = ".SH KEYS ON THE SCREEN\n\
        \\fBmoot\\fR without a command opens the screen, at a terminal. ? lists what can be done where one is,\n\
        and ^K finds a command by its name; ^ is Ctrl.\n"
        .to_owned();
    for place in Place::ALL {
        let mut entries = TABLE.iter().filter(|entry| entry.at == place).peekable();
        if entries.peek().is_none() {
            continue;
        }
        page.push_str(&format!(".SS \"{}\"\n", capital(place.words())));
        for entry in entries {
            let keys: Vec<String> = entry.keys.iter().map(ToString::to_string).collect();
            let keys = if keys.is_empty() {
                "by name".to_owned()
            } else {
                keys.join(", ")
            };
            page.push_str(&format!(
                ".TP\n\\fB{}\\fR  {}\n{}\n",
                typed(&keys),
                typed(entry.name),
                typed(entry.says)
            ));
            if !entry.cli.is_empty() {
                page.push_str(&format!(".br\n\\fI{}\\fR\n", typed(entry.cli)));
            }
        }
    }
    page
}

/// Text as it is typed: no sign of it steers the page.
fn typed(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) {
        format!("\\&{text}")
    } else {
        text
    }
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn every_command_line_that_the_screen_teaches_is_a_command() {
        for entry in TABLE {
            let mut command = tree();
            for word in path(entry).split_whitespace() {
                let found = command.find_subcommand(word).cloned();
                command = found.unwrap_or_else(|| panic!("{}: no {word}", entry.cli));
            }
        }
    }

    #[test]
    fn a_command_tells_which_key_does_the_same() {
        let told = keys_of("note new").unwrap();
        assert_eq!(told, "On the screen: n in the list of notes (New note)");
        assert_eq!(keys_of("completions"), None);
    }

    #[test]
    fn the_manual_has_every_command_of_the_screen() {
        let page = section();
        for entry in TABLE {
            assert!(page.contains(&typed(entry.name)), "{}", entry.name);
            assert!(page.contains(&typed(entry.says)), "{}", entry.says);
        }
    }
}
