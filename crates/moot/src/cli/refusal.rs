//! What was typed and makes no sense: how that is told, in text and in JSON, before any command runs.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind as ClapKind};
use moot_engine::{CommandError, ErrorKind};

use super::tree;
use crate::failure::{exit_code, failure};
use crate::terminal::{Format, print_error, print_exactly};

/// Commands that the contract names and this version does not have.
const TO_COME: [&str; 7] = [
    "backup",
    "device",
    "follow",
    "fork",
    "link",
    "paper-key",
    "restore",
];

/// Help and versions are answers; everything else that clap refuses is a usage error.
pub(super) fn refuse(error: &clap::Error, typed: &[OsString]) -> ExitCode {
    if matches!(
        error.kind(),
        ClapKind::DisplayHelp | ClapKind::DisplayVersion
    ) {
        return show(error, asks_for_json(typed));
    }
    let format = if asks_for_json(typed) {
        Format::Json
    } else {
        Format::Text
    };
    let told = match (in_own_words(error), format) {
        (Some(told), _) => told,
        (None, Format::Json) => in_claps_words(error),
        (None, Format::Text) => {
            let _ = error.print();
            return ExitCode::from(exit_code(ErrorKind::Usage));
        }
    };
    print_error(&told, format);
    ExitCode::from(exit_code(ErrorKind::Usage))
}

/// What was asked for is in clap's text.
fn show(error: &clap::Error, as_json: bool) -> ExitCode {
    // A reader who has seen enough is no failure.
    if !as_json {
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let value = match error.kind() {
        ClapKind::DisplayVersion => {
            serde_json::json!({ "version": env!("CARGO_PKG_VERSION") })
        }
        _ => serde_json::json!({ "help": error.render().to_string() }),
    };
    let _ = print_exactly(format!("{value}\n").as_bytes());
    ExitCode::SUCCESS
}

/// Where moot knows better than clap what a person should hear.
fn in_own_words(error: &clap::Error) -> Option<CommandError> {
    let Some(ContextValue::String(command)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    match error.kind() {
        ClapKind::InvalidSubcommand if TO_COME.contains(&command.as_str()) => Some(failure(
            ErrorKind::Usage,
            format!("`moot {command}` is not there yet in this version"),
            "moot --help lists what is.",
        )),
        ClapKind::MissingSubcommand => Some(failure(
            ErrorKind::Usage,
            format!("`{command}` needs to be told what to do"),
            format!(
                "One of: {}\n{command} --help tells what each does.",
                steps_of(command).join(", ")
            ),
        )),
        _ => None,
    }
}

fn in_claps_words(error: &clap::Error) -> CommandError {
    let rendered = error.render().to_string();
    let (message, hint) = rendered
        .trim()
        .split_once("\n\n")
        .unwrap_or((rendered.trim(), ""));
    let message = message.strip_prefix("error: ").unwrap_or(message);
    failure(ErrorKind::Usage, message, hint.trim())
}

/// The steps of a command, as its help lists them.
fn steps_of(command: &str) -> Vec<String> {
    let tree = tree();
    let found = command
        .split(' ')
        .skip(1)
        .try_fold(&tree, |command, name| command.find_subcommand(name));
    found.map_or_else(Vec::new, |command| {
        command
            .get_subcommands()
            .filter(|step| !step.is_hide_set())
            .map(|step| step.get_name().to_owned())
            .collect()
    })
}

/// Where the arguments make no sense, whether `--json` was among them is still plain to see.
fn asks_for_json(typed: &[OsString]) -> bool {
    flags(typed).any(|argument| argument == "--json")
}

/// The colour that errors about the arguments themselves are shown in.
pub(super) fn color_of(typed: &[OsString]) -> clap::ColorChoice {
    let apart = flags(typed)
        .skip_while(|argument| *argument != "--color")
        .nth(1)
        .and_then(|value| value.to_str());
    let joined = flags(typed)
        .filter_map(|argument| argument.to_str())
        .find_map(|argument| argument.strip_prefix("--color="));
    match joined.or(apart) {
        Some("always") => clap::ColorChoice::Always,
        Some("never") => clap::ColorChoice::Never,
        _ => clap::ColorChoice::Auto,
    }
}

fn flags(typed: &[OsString]) -> impl Iterator<Item = &OsString> {
    typed.iter().take_while(|argument| *argument != "--")
}
