//! What a person can do to the text, and what came of it. Owns the words only: no key is known here.

/// One act of editing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// What was typed, in place of the selection. Letters typed in a row are one step of undo.
    Insert(String),
    /// What was pasted, in place of the selection: one step of undo. Control characters but newline and tab are left out.
    Paste(String),
    /// A new line, with the ending that this note uses.
    Newline,
    /// Takes out the selection, or the cluster before the caret.
    Backspace,
    /// Takes out the selection, or the cluster behind the caret.
    Delete,
    /// Takes out the selection, or back to where the word began.
    DeleteWordBack,
    /// Takes out the selection, or on to where the word ends.
    DeleteWordForward,
    /// Puts the caret elsewhere and ends the selection.
    Move(Motion),
    /// Puts the caret elsewhere and selects what lies between.
    Select(Motion),
    /// Selects the whole text.
    SelectAll,
    /// Ends the selection and leaves the caret.
    SelectNone,
    /// Takes back one's own last step, and nothing that others wrote.
    Undo,
    /// Does again what was taken back.
    Redo,
    /// Takes out the selection and hands it over in [`Outcome::copied`].
    Cut,
    /// Hands over the selection in [`Outcome::copied`].
    Copy,
}

/// Where the caret goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One cluster back; from a selection, to its start.
    Left,
    /// One cluster on; from a selection, to its end.
    Right,
    /// To where this word, or the one before, begins.
    WordLeft,
    /// To where this word, or the next, ends.
    WordRight,
    /// One row of the screen up, in the column that the caret had when it began to go up and down.
    Up,
    /// One row of the screen down.
    Down,
    /// To the start of the row; from there, to the start of the line.
    LineStart,
    /// To the end of the row; from there, to the end of the line.
    LineEnd,
    /// A screenful up.
    PageUp,
    /// A screenful down.
    PageDown,
    /// To the start of the text.
    Start,
    /// To the end of the text.
    End,
    /// To a cell of the area that was drawn last, counted from its corner: a click, or the end of a drag.
    To {
        /// Rows down from the area's first.
        row: u16,
        /// Columns from the area's first.
        column: u16,
    },
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[must_use]
pub struct Outcome {
    /// Text for the clipboard.
    pub copied: Option<String>,
    /// Whether the text is another one than before. Nothing needs to be done about it: what is to be sent is kept.
    pub changed: bool,
}

/// Where a search begins and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Search {
    /// On from the start of the selection or the caret: while the query is being typed.
    Here,
    /// On from behind the caret.
    Next,
    /// Back from before the selection.
    Previous,
}
