//! The terminal: keys become commands, views become frames.
//!
//! Owns what is on the screen and which key does what. Never touches a disk, a socket or a document: the engine's commands,
//! answers and events come and go by the caller.

pub mod editor;
