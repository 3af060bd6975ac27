//! How a failed command ends: its exit code and its words, in one place for every command.
//!
//! Never decides what is a failure; that is [`CommandError`]'s kind.

use std::process::ExitCode;

use moot_engine::{CommandError, ErrorKind};
use serde::Serialize;

/// How a command ends that got as far as running.
pub(crate) type Answer = Result<ExitCode, CommandError>;

/// Short for an error with its hint.
pub(crate) fn failure(
    kind: ErrorKind,
    message: impl Into<String>,
    hint: impl Into<String>,
) -> CommandError {
    CommandError::new(kind, message, hint)
}

/// The exit code of the command-line contract.
pub(crate) fn exit_code(kind: ErrorKind) -> u8 {
    match kind {
        ErrorKind::Failed | ErrorKind::Damaged => 1,
        ErrorKind::Usage => 2,
        ErrorKind::NotFound | ErrorKind::Ambiguous => 3,
        ErrorKind::Refused => 4,
        ErrorKind::Unreachable => 5,
    }
}

/// The error as one JSON object.
pub(crate) fn as_json(error: &CommandError) -> String {
    #[derive(Serialize)]
    struct Line<'a> {
        error: &'a CommandError,
    }
    serde_json::to_string(&Line { error }).unwrap_or_else(|_| {
        r#"{"error":{"kind":"failed","message":"the error cannot be shown","hint":""}}"#.to_owned()
    })
}

/// The error for people: what happened, and below it what to do.
pub(crate) fn as_text(error: &CommandError) -> String {
    let mut text = format!("moot: {}\n", error.message);
    for line in error.hint.lines() {
        text.push_str("      ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_the_exit_code_of_the_contract() {
        let codes = [
            (ErrorKind::Failed, 1),
            (ErrorKind::Damaged, 1),
            (ErrorKind::Usage, 2),
            (ErrorKind::NotFound, 3),
            (ErrorKind::Ambiguous, 3),
            (ErrorKind::Refused, 4),
            (ErrorKind::Unreachable, 5),
        ];
        for (kind, code) in codes {
            assert_eq!(exit_code(kind), code, "{kind:?}");
        }
    }

    #[test]
    fn json_errors_have_kind_message_and_hint() {
        let error = failure(ErrorKind::NotFound, "no \"note\"", "list them");
        assert_eq!(
            as_json(&error),
            r#"{"error":{"kind":"not_found","message":"no \"note\"","hint":"list them"}}"#
        );
    }
}
