//! `-`: text that comes from standard input.

use std::io::{self, IsTerminal, Read};

use moot_engine::{CommandError, ErrorKind};

use super::Context;
use crate::failure::failure;

/// More than any note takes; what is longer is refused before it is held in memory.
const TEXT_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The text as given, or all of standard input for `-`.
pub(super) fn text_or_stdin(context: &Context, text: String) -> Result<String, CommandError> {
    if text != "-" {
        return Ok(text);
    }
    let stdin = io::stdin();
    if stdin.is_terminal() {
        context
            .terminal
            .say("Write, and end with Ctrl-D on a line of its own.");
    }
    let mut bytes = Vec::new();
    stdin
        .lock()
        .take(TEXT_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            failure(
                ErrorKind::Failed,
                format!("standard input could not be read: {error}"),
                "",
            )
        })?;
    if bytes.len() as u64 > TEXT_BYTES_MAX {
        return Err(failure(
            ErrorKind::Usage,
            "standard input is longer than 16 MiB",
            "Divide it into several notes.",
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        failure(
            ErrorKind::Usage,
            format!(
                "standard input is not UTF-8 text (from byte {} on)",
                error.utf8_error().valid_up_to()
            ),
            "Convert it first, with iconv for instance.",
        )
    })
}
