//! `node` and `watch`: staying in touch, and telling what happens.

use std::io::{self, Write};
use std::ops::ControlFlow;
use std::process::ExitCode;

use moot_engine::{Command, CommandError, ErrorKind, Event, Reply, Request};
use moot_net::{Discovery, Insistence, Routers};
use tokio::sync::oneshot;

use super::interrupt::{Ending, no_signals};
use super::{Context, arguments, unexpected};
use crate::control::{AskError, Watched};
use crate::failure::{Answer, failure};
use crate::home::Absent;
use crate::node::{Afterwards, Network, Running, Serving, parse_addresses};
use crate::session::{Owning, options_of, own, without_peers};
use crate::terminal::{Terminal, clean, count, short};

pub(super) fn run(context: &Context, node: arguments::Node) -> Answer {
    let listen = without_peers(parse_addresses(&node.listen)?);
    let peers = parse_addresses(&node.peer)?;
    let home = match own(&context.home()?, Absent::Fail)? {
        Owning::Ours(home) => home,
        Owning::Theirs(_) => {
            return Err(failure(
                ErrorKind::Refused,
                "another moot runs on this home already",
                "moot status asks it how things stand; moot watch tells what happens.",
            ));
        }
    };
    let mut options = options_of(home.config())?;
    if !listen.is_empty() {
        options.listen = listen;
        options.insistence = Insistence::ThereOrNowhere;
    }
    options.peers = peers;
    if node.no_mdns {
        options.discovery = Discovery::Off;
    }
    if node.no_upnp {
        options.routers = Routers::LeftAlone;
    }
    let lasting = if node.end_with_stdin {
        Lasting::WhileStdin
    } else {
        Lasting::ByItself
    };
    let running = Running::start(*home, Network::On(options), Serving::Socket)?;
    live(running, lasting, Lines::new(context.terminal))
}

/// When a node ends by itself. It always does when it is told to by Ctrl-C or SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lasting {
    ByItself,
    /// Whoever started it only wants to read what it prints.
    WhileRead,
    /// Stdin is a pipe whose other end goes away with whoever started the node, however they end.
    WhileStdin,
}

/// Tells what happens, in the notebook that was named or in all of them.
pub(super) fn watch(context: &Context) -> Answer {
    let mut lines = Lines::new(context.terminal);
    match own(&context.home()?, Absent::Fail)? {
        // Nobody is in touch with the others yet, so there would be nothing to watch.
        Owning::Ours(home) => {
            let options = options_of(home.config())?;
            let running = Running::start(*home, Network::On(options), Serving::Socket)?;
            let named = named(context, |request| running.ask(request, &mut |_| {}));
            match named {
                Ok(named) => lines.only = named,
                Err(error) => {
                    running.stop(Afterwards::Keep);
                    return Err(error);
                }
            }
            live(running, Lasting::WhileRead, lines)
        }
        Owning::Theirs(mut client) => {
            lines.only = named(context, |request| {
                client
                    .ask(&request, &mut |_| {})
                    .map_err(|error| match error {
                        AskError::Failed(error) | AskError::Lost(error) => error,
                        AskError::NotBegun => is_ending(),
                    })
            })?;
            match client.watch(&mut |event| lines.tell(&event))? {
                Watched::Enough => Ok(ExitCode::SUCCESS),
                Watched::NodeEnded => Err(failure(
                    ErrorKind::Unreachable,
                    "the moot that was watched on this home has ended",
                    "moot watch again watches the next one, or is one where none runs.",
                )),
            }
        }
    }
}

/// The id of the notebook that was named, if one was.
fn named(
    context: &Context,
    ask: impl FnOnce(Request) -> Result<Reply, CommandError>,
) -> Result<Option<String>, CommandError> {
    if context.notebook.is_none() {
        return Ok(None);
    }
    match ask(context.request(Command::Status))? {
        Reply::Status(status) => Ok(Some(status.notebook.id)),
        other => Err(unexpected(other)),
    }
}

fn is_ending() -> CommandError {
    failure(
        ErrorKind::Failed,
        "the running moot on this home is just ending",
        "Run moot watch again.",
    )
}

/// Lets a node run until it is told to end, and prints what happens.
fn live(mut running: Running, lasting: Lasting, mut lines: Lines) -> Answer {
    let mut ending = running.within(Ending::listen).map_err(no_signals)?;
    match lasting {
        Lasting::ByItself => {}
        Lasting::WhileRead => ending.also_when(lines.reader_leaves()),
        Lasting::WhileStdin => ending.also_when(stdin_ends()),
    }
    let Some(addresses) = running.listening_unless(ending.comes()) else {
        running.stop(Afterwards::Keep);
        return Ok(ExitCode::SUCCESS);
    };
    let listening = Event::Listening {
        addresses,
        peer_id: running.peer_id().to_owned(),
    };
    // A reader who is gone ends the lines; whether that ends the node was settled above.
    let _ = lines.tell(&listening);
    let watched = running.watch_until(ending.comes(), &mut |event| {
        let _ = lines.tell(&event);
    });
    running.stop(Afterwards::Keep);
    watched?;
    Ok(ExitCode::SUCCESS)
}

/// Tells when stdin has ended. Its thread ends with the process.
fn stdin_ends() -> oneshot::Receiver<()> {
    let (sender, ended) = oneshot::channel();
    std::thread::spawn(move || {
        // An error is an end as well.
        let _ = io::copy(&mut io::stdin().lock(), &mut io::sink());
        let _ = sender.send(());
    });
    ended
}

/// Events on stdout, one a line.
struct Lines {
    terminal: Terminal,
    listening: Vec<String>,
    /// The notebook that events are told of; all, where none was named.
    only: Option<String>,
    /// Whom to tell that nobody reads any more.
    leaving: Option<oneshot::Sender<()>>,
}

impl Lines {
    fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            listening: Vec::new(),
            only: None,
            leaving: None,
        }
    }

    /// Tells when a line finds no reader.
    fn reader_leaves(&mut self) -> oneshot::Receiver<()> {
        let (leaving, left) = oneshot::channel();
        self.leaving = Some(leaving);
        left
    }

    /// Prints an event; `Break` where nobody reads any more.
    fn tell(&mut self, event: &Event) -> ControlFlow<()> {
        if let (Some(only), Some(notebook)) = (&self.only, notebook_of(event))
            && only != notebook
        {
            return ControlFlow::Continue(());
        }
        if is_for_editors(event) {
            return ControlFlow::Continue(());
        }
        // What is wrong with this node itself is talk to a person, and an event to a program.
        if let Event::Notice { notebook, text } = event
            && notebook.is_empty()
            && !self.terminal.wants_json()
        {
            self.terminal.say(&format!("moot: {}", clean(text)));
            return ControlFlow::Continue(());
        }
        if let Event::Listening { addresses, .. } = event {
            if *addresses == self.listening {
                return ControlFlow::Continue(());
            }
            self.listening.clone_from(addresses);
        }
        let line = if self.terminal.wants_json() {
            match serde_json::to_string(event) {
                Ok(line) => line,
                Err(_) => return ControlFlow::Continue(()),
            }
        } else {
            text(event)
        };
        let mut stdout = anstream::stdout().lock();
        let written = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
        match written {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                if let Some(leaving) = self.leaving.take() {
                    // Whoever waited for it has ended already.
                    let _ = leaving.send(());
                }
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// Whether an event says only what a screen needs that has a note open: every letter, and where everybody is.
fn is_for_editors(event: &Event) -> bool {
    matches!(event, Event::NotePatched { .. } | Event::Present { .. })
}

/// The notebook that an event is about; none, where it is about the home.
fn notebook_of(event: &Event) -> Option<&str> {
    match event {
        Event::Listening { .. } => None,
        Event::Connected { notebook, .. }
        | Event::Disconnected { notebook, .. }
        | Event::Received { notebook, .. }
        | Event::NoteChanged { notebook, .. }
        | Event::MeetingChanged { notebook, .. }
        | Event::NotePatched { notebook, .. }
        | Event::Present { notebook, .. }
        | Event::PeopleChanged { notebook }
        | Event::Joined { notebook, .. }
        | Event::InStep { notebook, .. }
        | Event::Notice { notebook, .. } => Some(notebook).filter(|id| !id.is_empty()),
    }
    .map(String::as_str)
}

fn text(event: &Event) -> String {
    match event {
        Event::Listening { addresses, peer_id } => {
            let mut text = format!("listening as {peer_id}");
            for address in addresses {
                text.push_str("\n  ");
                text.push_str(address);
            }
            text
        }
        Event::Connected { person, .. } => format!("{} is here", clean(&person.name)),
        Event::Disconnected { person, reason, .. } => {
            format!("{} is gone: {}", clean(&person.name), clean(reason))
        }
        Event::Received { entries, from, .. } => format!(
            "received {} from {}",
            count(*entries, "entry", "entries"),
            clean(&from.name)
        ),
        Event::NoteChanged { id, title, .. } | Event::MeetingChanged { id, title, .. } => {
            format!("“{}” changed ({})", clean(title), short(id))
        }
        Event::NotePatched { id, .. } => format!("a note is being written in ({})", short(id)),
        Event::Present { person, .. } => format!("{} is here", clean(&person.name)),
        Event::PeopleChanged { .. } => "the list of people changed".to_owned(),
        Event::Joined { person, .. } => format!("{} joined", clean(&person.name)),
        Event::InStep { person, .. } => format!("{} holds everything", clean(&person.name)),
        Event::Notice { text, .. } => clean(text),
    }
}
