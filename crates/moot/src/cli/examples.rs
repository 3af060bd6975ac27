//! Examples for the help of every command. Owns nothing but their lines; that each of them can be typed is a test.

use super::on_screen;

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
        command: "meeting",
        lines: &["moot meeting list", "moot meeting show Weekly"],
    },
    Examples {
        command: "meeting new",
        lines: &[
            r#"moot meeting new Weekly --purpose "Plan the week" --at "2026-12-01 18:00" --tz Europe/Berlin"#,
            r#"moot meeting new "Seed day" --purpose "Choose what we sow" --series "" --roles facilitator,scribe"#,
        ],
    },
    Examples {
        command: "meeting list",
        lines: &["moot meeting list"],
    },
    Examples {
        command: "meeting show",
        lines: &[
            "moot meeting show Weekly",
            "moot meeting show bb52e1 --json",
        ],
    },
    Examples {
        command: "meeting open",
        lines: &["moot meeting open Weekly"],
    },
    Examples {
        command: "meeting close",
        lines: &["moot meeting close Weekly"],
    },
    Examples {
        command: "meeting minutes",
        lines: &["moot meeting minutes Weekly > weekly.md"],
    },
    Examples {
        command: "meeting agree",
        lines: &["moot meeting agree Weekly"],
    },
    Examples {
        command: "meeting move",
        lines: &[r#"moot meeting move Weekly --at "2026-12-02 18:00" --tz Europe/Berlin"#],
    },
    Examples {
        command: "meeting rename",
        lines: &[r#"moot meeting rename Weekly "The weekly round""#],
    },
    Examples {
        command: "meeting purpose",
        lines: &[r#"moot meeting purpose Weekly "Agree on the week, and on the water""#],
    },
    Examples {
        command: "meeting series",
        lines: &["moot meeting series Weekly harvest"],
    },
    Examples {
        command: "meeting cancel",
        lines: &["moot meeting cancel Weekly"],
    },
    Examples {
        command: "meeting resume",
        lines: &["moot meeting resume Weekly"],
    },
    Examples {
        command: "meeting zone",
        lines: &["moot meeting zone Europe/Berlin"],
    },
    Examples {
        command: "agenda",
        lines: &[
            r#"moot agenda add Weekly "Buy seed""#,
            "moot agenda advance Weekly --from 1",
        ],
    },
    Examples {
        command: "agenda add",
        lines: &[
            r#"moot agenda add Weekly "Buy seed" --kind decide --minutes 10"#,
            r#"moot agenda add Weekly "A pond" --backlog"#,
        ],
    },
    Examples {
        command: "agenda advance",
        lines: &[
            "moot agenda advance Weekly --from start",
            "moot agenda advance Weekly --from 1",
            "moot agenda advance Weekly --from 2 --carry",
        ],
    },
    Examples {
        command: "agenda agree",
        lines: &["moot agenda agree Weekly 1"],
    },
    Examples {
        command: "agenda skip",
        lines: &["moot agenda skip Weekly 2"],
    },
    Examples {
        command: "agenda carry",
        lines: &["moot agenda carry Weekly 2"],
    },
    Examples {
        command: "agenda done",
        lines: &["moot agenda done Weekly 1"],
    },
    Examples {
        command: "agenda backlog",
        lines: &["moot agenda backlog Weekly 3"],
    },
    Examples {
        command: "agenda drop",
        lines: &["moot agenda drop Weekly 3"],
    },
    Examples {
        command: "agenda reopen",
        lines: &["moot agenda reopen Weekly 1"],
    },
    Examples {
        command: "agenda change",
        lines: &["moot agenda change Weekly 1 --minutes 20"],
    },
    Examples {
        command: "agenda reorder",
        lines: &["moot agenda reorder Weekly 3 1 2"],
    },
    Examples {
        command: "agenda extend",
        lines: &["moot agenda extend Weekly", "moot agenda extend Weekly 10"],
    },
    Examples {
        command: "queue",
        lines: &["moot queue join Weekly", "moot queue next Weekly"],
    },
    Examples {
        command: "queue join",
        lines: &[
            "moot queue join Weekly",
            r#"moot queue join Weekly --kind question --note "which seed?""#,
        ],
    },
    Examples {
        command: "queue leave",
        lines: &["moot queue leave Weekly"],
    },
    Examples {
        command: "queue next",
        lines: &["moot queue next Weekly"],
    },
    Examples {
        command: "queue rule",
        lines: &["moot queue rule Weekly least-heard"],
    },
    Examples {
        command: "queue show",
        lines: &["moot queue show Weekly"],
    },
    Examples {
        command: "role",
        lines: &[
            "moot role suggest Weekly facilitator",
            "moot role offer Weekly facilitator --to Bo",
            "moot role accept 28ddeb08",
        ],
    },
    Examples {
        command: "role list",
        lines: &["moot role list Weekly"],
    },
    Examples {
        command: "role suggest",
        lines: &["moot role suggest Weekly facilitator"],
    },
    Examples {
        command: "role offer",
        lines: &[
            "moot role offer Weekly facilitator --to Bo",
            "moot role offer Weekly scribe --to Bo --expires 2d",
        ],
    },
    Examples {
        command: "role shadow",
        lines: &["moot role shadow Weekly facilitator --to Chidi"],
    },
    Examples {
        command: "role note",
        lines: &[r#"moot role note Weekly scribe "The pad is in the shed""#],
    },
    Examples {
        command: "role select",
        lines: &["moot role select Weekly facilitator --to Chidi"],
    },
    Examples {
        command: "role extend",
        lines: &["moot role extend Weekly facilitator --holder Bo --until 2027-12-31"],
    },
    Examples {
        command: "role report",
        lines: &["moot role report facilitator"],
    },
    Examples {
        command: "role take",
        lines: &[
            "moot role take Weekly scribe",
            "moot role take Weekly scribe --shadow",
        ],
    },
    Examples {
        command: "role accept",
        lines: &["moot role accept 28ddeb08"],
    },
    Examples {
        command: "role decline",
        lines: &["moot role decline 28ddeb08"],
    },
    Examples {
        command: "role withdraw",
        lines: &["moot role withdraw 28ddeb08"],
    },
    Examples {
        command: "role step-back",
        lines: &["moot role step-back Weekly scribe"],
    },
    Examples {
        command: "role hand-over",
        lines: &[r#"moot role hand-over Weekly scribe --to Bo --note "the pad is shared""#],
    },
    Examples {
        command: "role swap",
        lines: &["moot role swap Weekly scribe --with Bo"],
    },
    Examples {
        command: "role share",
        lines: &["moot role share Weekly facilitator"],
    },
    Examples {
        command: "role open",
        lines: &["moot role open Weekly facilitator"],
    },
    Examples {
        command: "role add",
        lines: &["moot role add Weekly tea-maker"],
    },
    Examples {
        command: "role remove",
        lines: &["moot role remove Weekly timekeeper"],
    },
    Examples {
        command: "role opt-out",
        lines: &[
            "moot role opt-out scribe",
            "moot role opt-out scribe --until 2026-12-24",
            "moot role opt-out scribe --meeting Weekly",
        ],
    },
    Examples {
        command: "role opt-in",
        lines: &["moot role opt-in scribe"],
    },
    Examples {
        command: "role ready",
        lines: &["moot role ready facilitator"],
    },
    Examples {
        command: "role policy",
        lines: &[
            "moot role policy facilitator",
            "moot role policy facilitator --gap 2 --shadowing off",
            "moot role policy facilitator --review 2027-06-01",
        ],
    },
    Examples {
        command: "consent",
        lines: &[
            r#"moot consent open Weekly "We buy seed for 50""#,
            "moot consent answer 9dc886a2 consent",
        ],
    },
    Examples {
        command: "consent open",
        lines: &[
            r#"moot consent open Weekly "We buy seed for 50""#,
            "moot consent open Weekly - < proposal.txt",
        ],
    },
    Examples {
        command: "consent reword",
        lines: &[r#"moot consent reword 9dc886a2 "We buy seed for 40""#],
    },
    Examples {
        command: "consent answer",
        lines: &[
            "moot consent answer 9dc886a2 consent",
            r#"moot consent answer 9dc886a2 object --reason "the till is empty""#,
        ],
    },
    Examples {
        command: "consent close",
        lines: &["moot consent close 9dc886a2"],
    },
    Examples {
        command: "consent show",
        lines: &["moot consent show 9dc886a2"],
    },
    Examples {
        command: "action",
        lines: &[
            r#"moot action add Weekly "Order the seed" --offer Bo"#,
            "moot action accept d3b6501e",
        ],
    },
    Examples {
        command: "action add",
        lines: &[r#"moot action add Weekly "Order the seed" --offer Bo"#],
    },
    Examples {
        command: "action offer",
        lines: &["moot action offer d3b6501e --to Bo"],
    },
    Examples {
        command: "action accept",
        lines: &["moot action accept d3b6501e"],
    },
    Examples {
        command: "action decline",
        lines: &["moot action decline d3b6501e"],
    },
    Examples {
        command: "action done",
        lines: &["moot action done d3b6501e"],
    },
    Examples {
        command: "action drop",
        lines: &["moot action drop d3b6501e"],
    },
    Examples {
        command: "action reopen",
        lines: &["moot action reopen d3b6501e"],
    },
    Examples {
        command: "round",
        lines: &[
            r#"moot round open Weekly "What should we sow?""#,
            "moot round speak 5c20aa1f",
        ],
    },
    Examples {
        command: "round open",
        lines: &[
            r#"moot round open Weekly "What should we sow?""#,
            r#"moot round open Weekly "How are you here?" --kind check-in"#,
        ],
    },
    Examples {
        command: "round speak",
        lines: &[
            "moot round speak 5c20aa1f",
            r#"moot round speak 5c20aa1f "Beans""#,
        ],
    },
    Examples {
        command: "round pass",
        lines: &["moot round pass 5c20aa1f"],
    },
    Examples {
        command: "round close",
        lines: &["moot round close 5c20aa1f"],
    },
    Examples {
        command: "round show",
        lines: &["moot round show 5c20aa1f"],
    },
    Examples {
        command: "check",
        lines: &[
            r#"moot check open Weekly "A second hive""#,
            "moot check answer 7f4d22a0 warm",
        ],
    },
    Examples {
        command: "check open",
        lines: &[r#"moot check open Weekly "A second hive""#],
    },
    Examples {
        command: "check answer",
        lines: &["moot check answer 7f4d22a0 warm"],
    },
    Examples {
        command: "check close",
        lines: &[
            "moot check close 7f4d22a0",
            "moot check close 7f4d22a0 --keep",
        ],
    },
    Examples {
        command: "check show",
        lines: &["moot check show 7f4d22a0"],
    },
    Examples {
        command: "minutes",
        lines: &[
            r#"moot minutes add Weekly "Bo looks after the pump""#,
            "moot meeting minutes Weekly",
        ],
    },
    Examples {
        command: "minutes add",
        lines: &[
            r#"moot minutes add Weekly "Bo looks after the pump""#,
            r#"moot minutes add Weekly "laughter" --off-record"#,
        ],
    },
    Examples {
        command: "minutes correct",
        lines: &[r#"moot minutes correct 7f4d22a0 "Chidi looks after the pump""#],
    },
    Examples {
        command: "minutes unname",
        lines: &["moot minutes unname Weekly"],
    },
    Examples {
        command: "minutes name",
        lines: &["moot minutes name Weekly"],
    },
    Examples {
        command: "present",
        lines: &["moot present Weekly"],
    },
    Examples {
        command: "available",
        lines: &["moot available Weekly"],
    },
    Examples {
        command: "regrets",
        lines: &["moot regrets Weekly"],
    },
    Examples {
        command: "left",
        lines: &["moot left Weekly"],
    },
    Examples {
        command: "meet",
        lines: &[
            "moot meet Weekly --plain",
            "moot meet Weekly --plain < script.txt",
        ],
    },
    Examples {
        command: "inbox",
        lines: &["moot inbox"],
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
        command: "carry",
        lines: &[
            "moot carry out /media/stick/garden.carry",
            "moot carry in /media/stick/garden.carry",
        ],
    },
    Examples {
        command: "carry out",
        lines: &[
            "moot carry out /media/stick/garden.carry",
            "moot carry out - | ssh bo moot carry in -",
        ],
    },
    Examples {
        command: "carry in",
        lines: &["moot carry in /media/stick/garden.carry"],
    },
    Examples {
        command: "relay use",
        lines: &["moot relay use mootrelay1…"],
    },
    Examples {
        command: "relay list",
        lines: &["moot relay list"],
    },
    Examples {
        command: "relay drop",
        lines: &["moot relay drop relay.example.org"],
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
        command: "relay",
        lines: &[
            "moot relay",
            "moot relay --data /var/lib/moot-relay --external /dns4/relay.example.org/tcp/4001 --quota 20G",
            "moot relay use mootrelay1…",
        ],
    },
    Examples {
        command: "relay ticket",
        lines: &["moot relay ticket --data /var/lib/moot-relay"],
    },
    Examples {
        command: "relay status",
        lines: &["moot relay status --data /var/lib/moot-relay --json"],
    },
    Examples {
        command: "watch",
        lines: &["moot watch", "moot watch --json --notebook Garden"],
    },
    Examples {
        command: "doctor",
        lines: &[
            "moot doctor",
            "moot doctor --rebuild",
            "moot doctor --network",
        ],
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
        let examples = (!lines.is_empty()).then(|| format!("Examples:\n  {}", lines.join("\n  ")));
        let below = [examples, on_screen::keys_of(&name)];
        let below: Vec<String> = below.into_iter().flatten().collect();
        let step = if below.is_empty() {
            step
        } else {
            step.after_help(below.join("\n\n"))
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
