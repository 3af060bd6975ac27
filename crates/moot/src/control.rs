//! The control socket: how a command reaches the process that owns the home, and how its answer comes back.
//!
//! Owns the frames and where the socket lies; never looks into commands. Both sides first write one line,
//! `moot-control VERSION PROGRAM`; then the client writes [`ToNode`] and the node [`FromNode`] frames: four bytes of length,
//! big-endian, and that many of minicbor.

mod client;
mod path;
mod server;

use moot_engine::{CommandError, Event, Progress, Reply, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub(crate) use client::{AskError, Client, ConnectError, Watched};
pub(crate) use path::place;
pub(crate) use server::Server;

/// Counts up with every change that an older program would misread.
const PROTOCOL_VERSION: u32 = 1;

/// The longest first line; longer ones are not from us.
const GREETING_BYTES_MAX: usize = 64;

/// The largest frame: a list of ten thousand notes takes about 3 MB, an import sends at most 1 MiB at a time.
const FRAME_BYTES_MAX: usize = 64 * 1024 * 1024;

/// What a client says.
#[derive(Debug, Serialize, Deserialize)]
enum ToNode {
    /// Do this; the answer is progress and then one reply.
    Command(Request),
    /// From now on tell what happens, until the connection ends.
    Watch,
}

/// What the node says.
#[derive(Debug, Serialize, Deserialize)]
enum FromNode {
    /// How the command is doing.
    Progress(Progress),
    /// How the command ended.
    Reply(Result<Reply, CommandError>),
    /// Something happened.
    Event(Event),
    /// The node is ending and has not done this command; asking again is safe.
    Leaving,
    /// The client took its events too slowly; there are no more.
    Overrun,
}

/// Why bytes are no frame, or a value cannot become one.
#[derive(Debug, thiserror::Error)]
enum FrameError {
    #[error("a frame of {bytes} bytes is longer than {FRAME_BYTES_MAX}")]
    TooLong { bytes: usize },
    #[error("a frame cannot be written: {reason}")]
    Encode { reason: String },
    #[error("a frame cannot be read: {reason}")]
    Decode { reason: String },
}

/// The first line, newline included.
fn greeting() -> String {
    format!(
        "moot-control {PROTOCOL_VERSION} {}\n",
        env!("CARGO_PKG_VERSION")
    )
}

/// What the other side's first line says: its protocol version, and its program version for people.
fn parse_greeting(line: &str) -> Option<(u32, &str)> {
    let mut words = line.trim_end().split(' ');
    let ours = words.next()? == "moot-control";
    let version = words.next()?.parse().ok()?;
    let program = words.next()?;
    ours.then_some((version, program))
}

fn encode(value: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let body = minicbor_serde::to_vec(value).map_err(|error| FrameError::Encode {
        reason: error.to_string(),
    })?;
    let length = length_of(body.len())?;
    let mut frame = Vec::with_capacity(4 + body.len());
    frame.extend_from_slice(&length.to_be_bytes());
    frame.extend_from_slice(&body);
    Ok(frame)
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, FrameError> {
    minicbor_serde::from_slice(body).map_err(|error| FrameError::Decode {
        reason: error.to_string(),
    })
}

fn length_of(bytes: usize) -> Result<u32, FrameError> {
    u32::try_from(bytes)
        .ok()
        .filter(|_| bytes <= FRAME_BYTES_MAX)
        .ok_or(FrameError::TooLong { bytes })
}

/// The announced length, checked before anything is allocated for it.
fn announced(length: [u8; 4]) -> Result<usize, FrameError> {
    let bytes = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    length_of(bytes).map(|_| bytes)
}

#[cfg(test)]
mod tests;
