//! The terminal: keys become commands, views become frames.
//!
//! Owns what is on the screen and which key does what. Never touches a disk, a socket or a document: the engine's commands,
//! answers and events come and go by a [`Host`]. `update` takes a message in and says what is to be done, `view` draws; both
//! are functions of the model alone, with the time handed in.

pub mod editor;
mod host;
mod layer;
mod message;
mod model;
#[cfg(test)]
mod pictured;
mod screen;
mod table;
mod terminal;
mod theme;
mod update;
mod view;
mod words;

pub use host::{FromHost, Host, Outside};
pub use message::{Effect, Effects, Msg, Now};
pub use model::{Model, Setup};
pub use table::{Chord, Cmd, Entry, Place, TABLE};
pub use terminal::{RunError, run};
pub use theme::{Colours, Theme};
pub use update::update;
pub use view::view;
