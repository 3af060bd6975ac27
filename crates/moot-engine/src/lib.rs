//! One deterministic machine over log, group and notebook.
//!
//! The engine decides; its driver does. [`Engine::handle`] takes the time and one [`Input`] and answers [`Effects`], which the
//! driver carries out in the order of their fields. The engine asks no clock, draws no randomness of its own (it is handed a
//! seed), opens no file and no socket, and starts no thread: the same seed, times, inputs and store give the same effects.
//!
//! - [`command`]: what can be asked.
//! - [`reply`]: what is answered.
//! - [`machine`]: what goes in and out.
//! - [`text`]: changes to a text, for whoever edits one while others do.

pub mod command;
pub mod machine;
pub mod reply;
pub mod text;

mod commands;
mod docs;
mod engine;
mod fault;
mod limits;
mod notebook;
mod reach;
mod rows;
mod sessions;
mod tx;
mod words;

pub use command::{Command, CommandError, ErrorKind, Request};
pub use engine::Engine;
pub use limits::ADDED_AT_ONCE_MAX;
pub use machine::{
    Dial, Effects, Input, Now, OpenError, Opening, PeerName, Place, Reach, ReplyTo, Role, Spread,
    StreamId,
};
pub use reply::{Event, Progress, Reply};
