//! What a text inside a fact may be. Owns lengths and characters; knows no grammar and no script.

use thiserror::Error;

use super::{Fact, FactBody, MeetingFact};
use crate::limits::{
    CHANGE_AT_MS_MAX, DELETED_SEEN_MAX, FACT_AFTER_MAX, FACT_IDS_MAX, FACT_PERSONS_MAX,
    LINE_BYTES_MAX, PARAGRAPH_BYTES_MAX, PATH_BYTES_MAX,
};

/// Why a fact may not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WordsError {
    /// Nothing, or nothing but blanks.
    #[error("it is empty")]
    Empty,
    /// Too many bytes.
    #[error("it is {bytes} bytes long; at most {max} are possible")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// What is possible.
        max: usize,
    },
    /// A line break or another control character, where one line of text belongs.
    #[error("it contains the control character U+{code:04X}")]
    Control {
        /// Its code point.
        code: u32,
    },
    /// More references than a fact may hold.
    #[error("it refers to {count} others; at most {max} are possible")]
    TooMany {
        /// How many there are.
        count: usize,
        /// What is possible.
        max: usize,
    },
    /// A time that no clock shows.
    #[error("{at_ms} milliseconds is a time no clock shows")]
    Time {
        /// The time.
        at_ms: i64,
    },
    /// A fact that only a newer program can write.
    #[error("this program does not know facts with tag {tag}")]
    Newer {
        /// Its tag.
        tag: u32,
    },
}

impl FactBody {
    /// Says whether this may be written, and whether it counts when read.
    ///
    /// # Errors
    /// The first limit it breaks. `Newer` can never be written.
    pub fn check(&self) -> Result<(), WordsError> {
        match self {
            Self::Title { text }
            | Self::Tag { text }
            | Self::NotebookName { text }
            | Self::ProfileName { text } => check_line(text, LINE_BYTES_MAX),
            Self::Purpose { text } => check_paragraph(text),
            Self::Source { citation, url } => {
                check_paragraph(citation)?;
                url.as_deref()
                    .map_or(Ok(()), |url| check_line(url, PARAGRAPH_BYTES_MAX))
            }
            Self::Imported { path, .. } => check_line(path, PATH_BYTES_MAX),
            Self::Deleted { seen } => check_count(seen.len(), DELETED_SEEN_MAX),
            Self::Restored
            | Self::Link { .. }
            | Self::Retract { .. }
            | Self::NoteCreated { .. } => Ok(()),
            Self::Meeting(fact) => check_lists(fact),
            // Their texts were checked when they were made, and none of them holds a list.
            Self::Role(_) | Self::Rota(_) => Ok(()),
            Self::Newer { tag } => Err(WordsError::Newer { tag: *tag }),
        }
    }
}

impl Fact {
    /// Says whether this may be written: its time, its body, and how many facts it follows.
    ///
    /// # Errors
    /// The first limit it breaks.
    pub fn check(&self) -> Result<(), WordsError> {
        if self.at_ms.unsigned_abs() > CHANGE_AT_MS_MAX {
            return Err(WordsError::Time { at_ms: self.at_ms });
        }
        check_count(self.after.len(), FACT_AFTER_MAX)?;
        self.body.check()
    }
}

/// Texts were checked when they were made; lists are what is left.
fn check_lists(fact: &MeetingFact) -> Result<(), WordsError> {
    match fact {
        MeetingFact::SittingOpened { members } => check_count(members.len(), FACT_PERSONS_MAX),
        MeetingFact::AgendaOrdered { items } => check_count(items.len(), FACT_IDS_MAX),
        _ => Ok(()),
    }
}

fn check_count(count: usize, max: usize) -> Result<(), WordsError> {
    if count > max {
        Err(WordsError::TooMany { count, max })
    } else {
        Ok(())
    }
}

/// One line: no control characters, and none of the separators that would make it two.
pub(super) fn check_line(text: &str, max: usize) -> Result<(), WordsError> {
    check_length(text, max)?;
    refuse(text, |ch| ch.is_control() || breaks_line(ch))
}

/// Several lines: tabs and line feeds besides.
pub(super) fn check_paragraph(text: &str) -> Result<(), WordsError> {
    check_length(text, PARAGRAPH_BYTES_MAX)?;
    refuse(text, |ch| ch.is_control() && ch != '\n' && ch != '\t')
}

fn check_length(text: &str, max: usize) -> Result<(), WordsError> {
    if text.len() > max {
        return Err(WordsError::TooLong {
            bytes: text.len(),
            max,
        });
    }
    if text.trim().is_empty() {
        Err(WordsError::Empty)
    } else {
        Ok(())
    }
}

fn breaks_line(ch: char) -> bool {
    matches!(ch, '\u{2028}' | '\u{2029}')
}

fn refuse(text: &str, bad: impl Fn(char) -> bool) -> Result<(), WordsError> {
    match text.chars().find(|ch| bad(*ch)) {
        Some(ch) => Err(WordsError::Control {
            code: u32::from(ch),
        }),
        None => Ok(()),
    }
}
