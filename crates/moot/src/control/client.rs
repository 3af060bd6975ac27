//! The asking end of the control socket. Plain blocking calls: a command has nothing else to do meanwhile.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use moot_engine::{CommandError, ErrorKind, Event, Progress, Reply, Request};

use super::{FromNode, GREETING_BYTES_MAX, PROTOCOL_VERSION, ToNode};
use crate::failure::failure;

/// How long an owner may take to say its first line. It does so without asking the engine.
const GREETING_TIMEOUT: Duration = Duration::from_secs(2);

/// A connection to the process that owns a home.
pub(crate) struct Client {
    stream: UnixStream,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// Nobody answers there, or not yet.
    NoAnswer,
    /// Somebody answers who cannot be talked to.
    Unusable(CommandError),
}

/// Why a command was not done.
pub(crate) enum AskError {
    /// It was refused.
    Failed(CommandError),
    /// Whoever owned the home is gone, and nobody knows what became of it.
    Lost(CommandError),
    /// The node was ending and did not do it: asking again elsewhere is safe.
    NotBegun,
}

/// How watching came to an end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Watched {
    /// Whoever watched had enough.
    Enough,
    /// The node ended, or was ended.
    NodeEnded,
}

impl From<CommandError> for AskError {
    fn from(error: CommandError) -> Self {
        Self::Failed(error)
    }
}

impl Client {
    /// Connects and checks that both sides speak the same version.
    pub(crate) fn connect(socket: &Path) -> Result<Self, ConnectError> {
        let mut stream = UnixStream::connect(socket).map_err(|_| ConnectError::NoAnswer)?;
        let line = exchange_greetings(&mut stream).map_err(|_| ConnectError::NoAnswer)?;
        match super::parse_greeting(&line) {
            Some((PROTOCOL_VERSION, _)) => Ok(Self { stream }),
            Some((_, program)) => Err(ConnectError::Unusable(failure(
                ErrorKind::Refused,
                format!(
                    "this home is in use by moot {program}, and this is moot {}: they do not understand each other",
                    env!("CARGO_PKG_VERSION")
                ),
                "End the running one and start it again from the same version.",
            ))),
            None => Err(ConnectError::NoAnswer),
        }
    }

    /// Has a command carried out, handing on how it is doing.
    pub(crate) fn ask(
        &mut self,
        request: &Request,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Reply, AskError> {
        self.write(&ToNode::Command(request.clone()))
            .map_err(AskError::Lost)?;
        loop {
            match self.read() {
                Ok(FromNode::Progress(step)) => progress(step),
                Ok(FromNode::Reply(answer)) => return Ok(answer?),
                Ok(FromNode::Leaving) => return Err(AskError::NotBegun),
                Ok(FromNode::Event(_) | FromNode::Overrun) => {}
                Err(error) => return Err(AskError::Lost(lost(&error))),
            }
        }
    }

    /// Hands on what happens, until `each` has enough or the node ends, or the connection breaks.
    pub(crate) fn watch(
        &mut self,
        each: &mut dyn FnMut(Event) -> ControlFlow<()>,
    ) -> Result<Watched, CommandError> {
        self.write(&ToNode::Watch)?;
        loop {
            match self.read() {
                Ok(FromNode::Event(event)) => {
                    if each(event).is_break() {
                        return Ok(Watched::Enough);
                    }
                }
                Ok(FromNode::Overrun) => {
                    return Err(failure(
                        ErrorKind::Failed,
                        "more happened than could be printed in time",
                        "Run moot watch again.",
                    ));
                }
                Ok(FromNode::Leaving) => return Ok(Watched::NodeEnded),
                Ok(FromNode::Progress(_) | FromNode::Reply(_)) => {}
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return Ok(Watched::NodeEnded);
                }
                Err(error) => return Err(lost(&error)),
            }
        }
    }

    fn write(&mut self, message: &ToNode) -> Result<(), CommandError> {
        let frame = super::encode(message)
            .map_err(|error| failure(ErrorKind::Failed, error.to_string(), ""))?;
        self.stream.write_all(&frame).map_err(|error| lost(&error))
    }

    fn read(&mut self) -> io::Result<FromNode> {
        let mut length = [0; 4];
        self.stream.read_exact(&mut length)?;
        let mut body = vec![0; super::announced(length).map_err(io::Error::other)?];
        self.stream.read_exact(&mut body)?;
        super::decode(&body).map_err(io::Error::other)
    }
}

fn exchange_greetings(stream: &mut UnixStream) -> io::Result<String> {
    stream.set_read_timeout(Some(GREETING_TIMEOUT))?;
    stream.write_all(super::greeting().as_bytes())?;
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < GREETING_BYTES_MAX && line.last() != Some(&b'\n') {
        stream.read_exact(&mut byte)?;
        line.push(byte[0]);
    }
    stream.set_read_timeout(None)?;
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// The node may have done the command or not, and the person should know that.
fn lost(error: &io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("the running moot on this home went away before it answered ({error})"),
        "Look whether the command was done before giving it again.",
    )
}
