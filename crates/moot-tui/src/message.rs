//! What comes into the terminal's model, and what is to be done because of it.

use moot_engine::{CommandError, Event, Reply, Request};
use ratatui::crossterm::event::{KeyEvent, MouseEvent};

use crate::host::Outside;

/// The time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Now {
    /// Milliseconds on a clock that never goes back.
    pub steady_ms: u64,
    /// Milliseconds since 1970, as the wall clock says.
    pub wall_ms: i64,
}

/// Something that happened.
#[derive(Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has another size now: columns and rows.
    Resize(u16, u16),
    /// A command was carried out, or was not.
    Answer {
        /// The number that it was given out under.
        ticket: u64,
        /// What came of it.
        answer: Result<Reply, CommandError>,
    },
    /// Something happened in the home.
    Happened(Event),
    /// Events may have been missed.
    Missed,
    /// A text came back from an editor outside.
    Outside(Outside),
    /// Text was put into the clipboard by this way, or was not for this reason.
    Copied(Result<String, String>),
    /// The sample was opened, or closed, or was not for this reason.
    Sample {
        /// Whether it was to be opened.
        open: bool,
        /// What came of it.
        done: Result<(), String>,
    },
    /// Time has passed.
    Tick,
    /// The program is asked to end.
    End,
}

/// Something to be done.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Have a command carried out.
    Ask {
        /// The number to answer under.
        ticket: u64,
        /// The command.
        request: Request,
    },
    /// Put text into the clipboard.
    Copy(String),
    /// Hand a text to the person's editor.
    EditOutside {
        /// The text.
        text: String,
        /// What it is called.
        title: String,
    },
    /// Take the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Open the sample's home in place of the person's own, or close it.
    Sample(bool),
    /// Give the terminal back to the shell for a while.
    Suspend,
    /// End.
    Quit,
}

/// Things to be done, in this order.
pub type Effects = Vec<Effect>;
