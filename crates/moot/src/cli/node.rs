//! `node` and `watch`: staying in touch, and telling what happens.

use std::io::{self, Write};
use std::process::ExitCode;

use moot_engine::{ErrorKind, Event};
use moot_net::Discovery;
use tokio::sync::oneshot;

use super::interrupt::{Ending, no_signals};
use super::{Context, arguments};
use crate::failure::{Answer, failure};
use crate::home::{Absent, Home};
use crate::node::{Afterwards, LinkOptions, Network, Running, Serving, parse_addresses};
use crate::session::{Owning, options_of, own, without_peers};
use crate::terminal::{Terminal, clean, count, short};

pub(super) fn run(context: &Context, node: arguments::Node) -> Answer {
    let listen = without_peers(parse_addresses(&node.listen)?);
    let peers = parse_addresses(&node.peer)?;
    let home = match own(&context.home, Absent::Fail)? {
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
    }
    options.peers = peers;
    if node.no_mdns {
        options.discovery = Discovery::Off;
    }
    let life = if node.end_with_stdin {
        Life::UntilStdinEnds
    } else {
        Life::UntilTold
    };
    live(context.terminal, *home, options, life)
}

/// When a node ends by itself. It always does when it is told to by Ctrl-C or SIGTERM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Life {
    UntilTold,
    /// Stdin is a pipe whose other end goes away with whoever started the node, however they end.
    UntilStdinEnds,
}

pub(super) fn watch(context: &Context) -> Answer {
    match own(&context.home, Absent::Fail)? {
        // Nobody is in touch with the others yet, so there would be nothing to watch.
        Owning::Ours(home) => {
            let options = options_of(home.config())?;
            live(context.terminal, *home, options, Life::UntilTold)
        }
        Owning::Theirs(mut client) => {
            let mut lines = Lines::new(context.terminal);
            client.watch(&mut |event| lines.tell(&event))?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Runs a node until it is told to end, and prints what happens.
fn live(terminal: Terminal, home: Home, options: LinkOptions, life: Life) -> Answer {
    let mut running = Running::start(home, Network::On(options), Serving::Socket)?;
    let mut ending = running.within(Ending::listen).map_err(no_signals)?;
    if life == Life::UntilStdinEnds {
        ending.also_when(stdin_ends());
    }
    let mut lines = Lines::new(terminal);
    let Some(addresses) = running.listening_unless(ending.comes()) else {
        running.stop(Afterwards::Keep);
        return Ok(ExitCode::SUCCESS);
    };
    lines.tell(&Event::Listening {
        addresses,
        peer_id: running.peer_id().to_owned(),
    });
    let watched = running.watch_until(ending.comes(), &mut |event| lines.tell(&event));
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

/// Events on stdout, one a line. A reader who is gone ends the lines, not the node.
struct Lines {
    terminal: Terminal,
    listening: Vec<String>,
}

impl Lines {
    fn new(terminal: Terminal) -> Self {
        Self {
            terminal,
            listening: Vec::new(),
        }
    }

    fn tell(&mut self, event: &Event) {
        if let Event::Listening { addresses, .. } = event {
            if *addresses == self.listening {
                return;
            }
            self.listening.clone_from(addresses);
        }
        let line = if self.terminal.wants_json() {
            match serde_json::to_string(event) {
                Ok(line) => line,
                Err(_) => return,
            }
        } else {
            text(event)
        };
        let mut stdout = anstream::stdout().lock();
        let _ = writeln!(stdout, "{line}").and_then(|()| stdout.flush());
    }
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
        Event::NoteChanged { id, title, .. } => {
            format!("“{}” changed ({})", clean(title), short(id))
        }
        Event::PeopleChanged { .. } => "the list of people changed".to_owned(),
        Event::Joined { person, .. } => format!("{} joined", clean(&person.name)),
        Event::InStep { person, .. } => format!("{} holds everything", clean(&person.name)),
        Event::Notice { text, .. } => clean(text),
    }
}
