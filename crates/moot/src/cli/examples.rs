//! Examples for the help of every command. Owns nothing but their lines; that each of them can be typed is a test.

/// The examples of one command, by its name: `note append`.
pub(super) struct Examples {
    pub(super) command: &'static str,
    pub(super) lines: &'static [&'static str],
}

/// In the order of the help.
pub(super) const EXAMPLES: &[Examples] = &[
    Examples {
        command: "demo",
        lines: &["moot demo", "moot demo --keep /tmp/three-homes"],
    },
    Examples {
        command: "init",
        lines: &[r#"moot init --name Ana --new "Garden co-op" --purpose "Grow food together""#],
    },
    Examples {
        command: "new",
        lines: &["moot new Kitchen", "moot --notebook Kitchen note list"],
    },
    Examples {
        command: "notebooks",
        lines: &["moot notebooks"],
    },
    Examples {
        command: "invite",
        lines: &[
            "moot invite",
            "moot invite --uses 5 --expires 10m",
            "moot invite --confirm",
            "moot invite list",
        ],
    },
    Examples {
        command: "invite list",
        lines: &["moot invite list"],
    },
    Examples {
        command: "invite revoke",
        lines: &["moot invite revoke de6cc010"],
    },
    Examples {
        command: "invite admit",
        lines: &["moot invite admit 84d0a1f2"],
    },
    Examples {
        command: "join",
        lines: &[
            "moot join moot1… --name Bo",
            "moot join - --name Bo < ticket.txt",
            "moot join --cancel",
        ],
    },
    Examples {
        command: "people",
        lines: &["moot people"],
    },
    Examples {
        command: "leave",
        lines: &["moot leave"],
    },
    Examples {
        command: "note",
        lines: &[
            r#"moot note new "Tool shed" --body "The key hangs behind the water butt.""#,
            r#"moot note show "Tool shed""#,
            r#"moot note append "Tool shed" "The lock sticks: lift the door.""#,
        ],
    },
    Examples {
        command: "note new",
        lines: &[
            r#"moot note new "Tool shed" --body "The key hangs behind the water butt.""#,
            r#"moot note new "Seed day" --body - < seed-day.md"#,
            r#"moot note new "No phones at dinner" --kind experiment"#,
        ],
    },
    Examples {
        command: "note list",
        lines: &["moot note list", "moot note list --deleted"],
    },
    Examples {
        command: "note show",
        lines: &[
            r#"moot note show "Tool shed""#,
            "moot note show 52c01e9c > shed.md",
            r#"moot note show "Tool shed" --at 44bda1d304"#,
        ],
    },
    Examples {
        command: "note append",
        lines: &[
            r#"moot note append "Tool shed" "The lock sticks: lift the door.""#,
            "date | moot note append 52c01e9c -",
        ],
    },
    Examples {
        command: "note set",
        lines: &[
            r#"moot note set "Tool shed" - < shed.md"#,
            r#"moot note set "Tool shed" - --base 44bda1d304 < shed.md"#,
        ],
    },
    Examples {
        command: "note edit",
        lines: &[r#"moot note edit "Tool shed""#],
    },
    Examples {
        command: "note rename",
        lines: &[r#"moot note rename "Tool shed" "The shed""#],
    },
    Examples {
        command: "note delete",
        lines: &[r#"moot note delete "Tool shed""#],
    },
    Examples {
        command: "note restore",
        lines: &[r#"moot note restore "Tool shed""#],
    },
    Examples {
        command: "note history",
        lines: &[r#"moot note history "Tool shed""#],
    },
    Examples {
        command: "note blame",
        lines: &[r#"moot note blame "Tool shed""#],
    },
    Examples {
        command: "search",
        lines: &["moot search water butt", "moot search -- -x"],
    },
    Examples {
        command: "settle",
        lines: &[r#"moot settle 52c01e9c "The shed""#],
    },
    Examples {
        command: "import",
        lines: &[
            "moot import minutes/ --dry-run",
            "moot import minutes/",
            "moot import ~/kitchen --under kitchen",
        ],
    },
    Examples {
        command: "export",
        lines: &[
            "moot export backup/",
            "moot export backup-json/ --format json",
        ],
    },
    Examples {
        command: "sync",
        lines: &["moot sync", "moot sync --with 2 --wait 2m"],
    },
    Examples {
        command: "status",
        lines: &["moot status", "moot status --json"],
    },
    Examples {
        command: "node",
        lines: &[
            "moot node",
            "moot node --peer /ip4/192.0.2.7/tcp/4001",
            "moot node --listen /ip4/0.0.0.0/tcp/4001 --no-mdns",
        ],
    },
    Examples {
        command: "watch",
        lines: &["moot watch", "moot watch --json --notebook Garden"],
    },
    Examples {
        command: "doctor",
        lines: &["moot doctor", "moot doctor --rebuild"],
    },
    Examples {
        command: "completions",
        lines: &[
            "moot completions bash > ~/.local/share/bash-completion/completions/moot",
            "moot completions zsh > ~/.zfunc/_moot",
            "moot completions fish > ~/.config/fish/completions/moot.fish",
        ],
    },
    Examples {
        command: "man",
        lines: &["moot man | man -l -"],
    },
];

/// The examples of a command; none where it has none.
pub(super) fn of(command: &str) -> &'static [&'static str] {
    EXAMPLES
        .iter()
        .find(|examples| examples.command == command)
        .map_or(&[], |examples| examples.lines)
}

/// Gives a command and its steps their examples. `name` is what is typed before the command's own name.
pub(super) fn add(command: clap::Command, before: &str) -> clap::Command {
    command.mut_subcommands(|step| {
        let name = format!("{before}{}", step.get_name());
        let lines = of(&name);
        let step = if lines.is_empty() {
            step
        } else {
            step.after_help(format!("Examples:\n  {}", lines.join("\n  ")))
        };
        add(step, &format!("{name} "))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    /// What moot gets to see of a line: not what the shell keeps for itself.
    fn words(line: &str) -> Vec<String> {
        let ours = line.split(" | ").find(|part| part.starts_with("moot"));
        let ours = ours.expect("a line with moot in it");
        let plain = ours
            .split(" < ")
            .next()
            .and_then(|part| part.split(" > ").next());
        let mut words = Vec::new();
        for (index, part) in plain.unwrap_or(ours).split('"').enumerate() {
            if index % 2 == 1 {
                words.push(part.to_owned());
            } else {
                words.extend(part.split_whitespace().map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn every_example_can_be_typed() {
        for examples in EXAMPLES {
            for line in examples.lines {
                let typed = words(line);
                let understood = tree().try_get_matches_from(&typed);
                assert!(understood.is_ok(), "{line}: {typed:?}: {understood:?}");
            }
        }
    }

    #[test]
    fn every_command_that_is_listed_has_an_example() {
        fn check(command: &clap::Command, before: &str) {
            for step in command.get_subcommands().filter(|step| !step.is_hide_set()) {
                let name = format!("{before}{}", step.get_name());
                assert!(!of(&name).is_empty(), "{name}");
                check(step, &format!("{name} "));
            }
        }
        check(&tree(), "");
    }
}
