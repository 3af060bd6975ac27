//! What the terminal needs of the program round it: somebody who has commands carried out, and a few things of the system.

use std::sync::mpsc::Sender;

use moot_engine::{CommandError, Event, Reply, Request};

/// What the host says, in its own time.
#[derive(Debug)]
pub enum FromHost {
    /// A command was carried out, or was not.
    Answer {
        /// The number that the command was given out under.
        ticket: u64,
        /// What came of it.
        answer: Result<Reply, CommandError>,
    },
    /// Something happened in the home.
    Happened(Event),
    /// From here on events come, and before it some may have been missed: whatever is shown is to be read again. The first
    /// word of every host.
    Missed,
    /// The program is asked to end, by a signal.
    End,
}

/// What came of handing a text to an editor outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// The text as it came back.
    Edited(String),
    /// It could not be done, for this reason.
    Failed(String),
}

/// The program round the terminal. None of its calls waits, but the one to an editor outside.
pub trait Host {
    /// Begins to talk: answers and events go to this sender from now on.
    fn start(&mut self, to: Sender<FromHost>);

    /// Has a command carried out. Commands are carried out in the order in which they are given.
    fn ask(&mut self, ticket: u64, request: Request);

    /// Puts a text into the system's clipboard; tells by which way, or why not.
    fn copy(&mut self, text: &str) -> Result<String, String>;

    /// Hands a text to the person's editor and waits for it. The terminal is theirs meanwhile.
    fn edit_outside(&mut self, text: &str, title: &str) -> Outside;

    /// Stops this program until the shell lets it go on. The terminal is the shell's meanwhile.
    fn suspend(&mut self);

    /// Shows a throw-away home instead, empty and in a temporary directory, until [`Host::close_sample`]: whatever is asked
    /// from now on is asked of it, and nothing that is asked reaches the person's own home.
    ///
    /// # Errors
    /// Why there is none, for people. Nothing was changed then.
    fn open_sample(&mut self) -> Result<(), String> {
        Err("this program has no sample to show".to_owned())
    }

    /// Throws that home away, with everything in it, and goes back to the person's own.
    ///
    /// # Errors
    /// Why not, for people.
    fn close_sample(&mut self) -> Result<(), String> {
        Err("no sample is open".to_owned())
    }
}
