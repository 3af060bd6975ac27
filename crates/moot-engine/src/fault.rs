//! Why a handling stopped: the asker's doing, or the store's.
//!
//! Owns the difference. A command that ends in an error has written nothing: no entry, nothing journalled, nothing of the home or
//! a notebook. What it may have staged is what was made of entries that had come before it was asked, which stands either way. So a
//! command checks first and writes then, and [`Tx::only_made_again_since`](crate::tx::Tx::only_made_again_since) is asserted. A
//! store that cannot be read ends this engine's life, because what it had begun to change in memory can no longer be trusted.

use moot_log::storage::ReadError;

use crate::command::{CommandError, ErrorKind};

/// Why a handling stopped.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The command cannot be done.
    Command(CommandError),
    /// The store cannot be read.
    Read(ReadError),
}

/// What a handling comes to.
pub(crate) type Outcome<T> = Result<T, Fault>;

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        Self::Read(error)
    }
}

impl From<CommandError> for Fault {
    fn from(error: CommandError) -> Self {
        Self::Command(error)
    }
}

/// Nothing of that name.
pub(crate) fn not_found(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    CommandError::new(ErrorKind::NotFound, message, hint).into()
}

/// A rule says no.
pub(crate) fn refused(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    CommandError::new(ErrorKind::Refused, message, hint).into()
}

/// The command makes no sense as it is.
pub(crate) fn usage(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    CommandError::new(ErrorKind::Usage, message, hint).into()
}

/// Anything else.
pub(crate) fn failed(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    CommandError::new(ErrorKind::Failed, message, hint).into()
}

/// What a person is told when the store cannot be read.
///
/// What was made of entries is made again when the home is next opened.
pub(crate) fn unreadable(error: &ReadError, is_mended_next: bool) -> CommandError {
    let hint = if is_mended_next {
        "Try again: it is made again from the entries. Nothing was changed by this command."
    } else {
        "Run `moot doctor`. Nothing was changed by this command."
    };
    match error {
        ReadError::Io(_) => CommandError::new(ErrorKind::Failed, error.to_string(), hint),
        ReadError::Damaged(_) => CommandError::new(ErrorKind::Damaged, error.to_string(), hint),
    }
}
