//! Where others are in the text. Owns how long they are shown; never what they wrote.

/// Another person's caret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherCaret {
    /// Whose.
    pub person: String,
    /// Their letter, which says without colour who it is.
    pub letter: char,
    /// Their colour, as an index into [`Look::people`](super::Look::people), which is gone round.
    pub colour: u8,
    /// Byte of the text.
    pub at: usize,
    /// When it was last moved, by the clock that everything here is timed by.
    pub moved_ms: u64,
}
