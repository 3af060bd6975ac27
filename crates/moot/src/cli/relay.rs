//! `relay`: running one, and asking a running one for its ticket or how it stands.

use std::process::ExitCode;

use moot_engine::{CommandError, ErrorKind};
use moot_net::Insistence;
use moot_relay::Policy;

use super::arguments::OfRelay;
use super::{Context, arguments, relays};
use crate::failure::{Answer, failure};
use crate::node::parse_addresses;
use crate::relay::{self, Guests, Options, RelayDir, StatusTold};
use crate::session::without_peers;
use crate::terminal::{clean, count};

pub(super) fn run(context: &Context, mut relay: arguments::Relay) -> Answer {
    let of = match relay.of.take() {
        Some(OfRelay::Use(_) | OfRelay::List | OfRelay::Drop(_)) if relay.data.is_some() => {
            let message =
                "--data is the directory of a relay that runs here; this is about a notebook";
            return Err(failure(ErrorKind::Usage, message, "Leave out --data."));
        }
        Some(OfRelay::Use(of)) => return relays::enrol(context, of),
        Some(OfRelay::List) => return relays::list(context),
        Some(OfRelay::Drop(of)) => return relays::leave(context, of.relay),
        of => of,
    };
    let directory = RelayDir::resolve(relay.data.clone())?;
    match of {
        Some(OfRelay::Ticket) => ticket(context, &directory),
        Some(OfRelay::Status) => status(context, &directory),
        _ => start(context, &directory, relay),
    }
}

fn start(context: &Context, directory: &RelayDir, relay: arguments::Relay) -> Answer {
    let listen = without_peers(parse_addresses(&relay.listen)?);
    let external = without_peers(parse_addresses(&relay.external)?);
    let options = Options {
        insistence: match listen.is_empty() {
            true => Insistence::WhereItCan,
            false => Insistence::ThereOrNowhere,
        },
        listen,
        external: external.iter().map(ToString::to_string).collect(),
        policy: Policy {
            quota_bytes: relay.quota,
            age_days: relay.age,
        },
        guests: match relay.no_circuits {
            true => Guests::Refused,
            false => Guests::Welcome,
        },
    };
    relay::run(directory, options, context.terminal)?;
    Ok(ExitCode::SUCCESS)
}

fn ticket(context: &Context, directory: &RelayDir) -> Answer {
    let ticket = relay::ask(directory)?.ticket;
    context
        .terminal
        .answer(&ticket, |ticket| format!("{}\n", ticket.ticket))?;
    Ok(ExitCode::SUCCESS)
}

fn status(context: &Context, directory: &RelayDir) -> Result<ExitCode, CommandError> {
    let status = relay::ask(directory)?.status;
    context.terminal.answer(&status, |status| {
        format!(
            "relay {}\n{}, {}, {} of {}, {}, {}{}\n{}, {}\n{}",
            clean(&status.peer_id),
            count(status.notebooks, "notebook", "notebooks"),
            count(status.devices, "device", "devices"),
            relay::size(status.bytes),
            relay::size(status.quota),
            count(status.mail, "join request", "join requests"),
            count(status.sessions, "session", "sessions"),
            of_others(status),
            count(status.berths, "berth", "berths"),
            count(status.circuits, "open circuit", "open circuits"),
            match status.full {
                true => "It is full: nothing more is taken until there is room, by a larger --quota or on the disk.\n",
                false => "",
            },
        )
    })?;
    Ok(ExitCode::SUCCESS)
}

/// How many of the sessions are not of members, where there are any.
fn of_others(status: &StatusTold) -> String {
    match (status.unproven, status.joining) {
        (0, 0) => String::new(),
        (unproven, joining) => format!(" ({unproven} unproven, {joining} joining)"),
    }
}
