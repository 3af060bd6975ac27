//! Folkmoot as a command: the command line, the home directory, the node loop, the control socket, and error reports.
//!
//! Knows no rule of the domain: what may be done and what comes of it is decided by the engine alone. The way of a command is
//! `cli` → `session` (this process owns the home, or another one does) → `node` → engine → effects.

mod bugs;
mod cli;
mod control;
mod demo;
mod failure;
mod home;
mod node;
mod relay;
mod screen;
mod session;
mod terminal;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the command line given, and says with which code to end.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    bugs::report_calmly();
    cli::run(arguments.into_iter().collect())
}
