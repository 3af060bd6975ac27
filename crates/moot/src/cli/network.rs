//! `moot doctor --network`: tries every leg by which others are reached, and says which fails and what to do.
//!
//! Owns the trying. What follows from it is in `diagnosis`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use moot_engine::reply::{Doctor, Leg, Legs};
use moot_engine::{Command, CommandError, ErrorKind, Reply};
use moot_net::{Address, SecretKey, Tried, own_networks, try_once};
use tokio::runtime;

use self::diagnosis::{Facts, Other, diagnose};
use crate::cli::{Context, unexpected};
use crate::failure::failure;
use crate::session::Need;
use crate::terminal::count;

mod diagnosis;

/// Addresses of one peer that are tried: those of this network first.
const ADDRESSES_EACH: usize = 6;

/// How long to wait for what relays say about berths: a node waits a few seconds itself before it asks.
const BERTH_PATIENCE: Duration = Duration::from_secs(6);

/// How long between two looks.
const BERTH_PAUSE: Duration = Duration::from_millis(100);

/// Addresses that are tried in all.
const ADDRESSES_MAX: usize = 64;

/// Examines the network of the notebook that was named, else of all.
pub(super) fn examine(context: &Context) -> Result<Doctor, CommandError> {
    let networks = own_networks().map_err(|error| {
        failure(
            ErrorKind::Failed,
            format!("the system does not say which networks this machine is on: {error}"),
            "",
        )
    })?;
    // A home of which no node runs goes on the network for as long as this takes.
    let mut session = context.session(Need::Network)?;
    let ask = context.request(Command::Legs);
    let mut legs = || match session.ask(&ask, &mut |_| {})? {
        Reply::Legs(legs) => Ok(legs),
        other => Err(unexpected(other)),
    };
    let known = legs()?.legs;
    let own: Vec<_> = networks.clone();
    let chosen: BTreeMap<String, Vec<Address>> = known
        .iter()
        .map(|leg| (leg.peer_id.clone(), chosen_of(leg, &own)))
        .collect();
    let mut all: Vec<Address> = chosen.values().flatten().cloned().collect();
    all.sort();
    all.dedup();
    all.truncate(ADDRESSES_MAX);
    if !all.is_empty() {
        let addresses = count(all.len() as u64, "address", "addresses");
        context
            .terminal
            .say(&format!("Trying {addresses}; this takes up to 12 seconds."));
    }
    let tried = try_all(&all)?;
    let now = settled(&mut legs)?;
    let outside = now.outside;
    let now: BTreeMap<String, Leg> = now
        .legs
        .into_iter()
        .map(|leg| (leg.peer_id.clone(), leg))
        .collect();
    session.close();
    let others = known.into_iter().map(|leg| {
        let of_it = chosen.get(&leg.peer_id).into_iter().flatten();
        let tried =
            of_it.filter_map(|address| Some((address.clone(), tried.get(address)?.clone())));
        Other {
            tried: tried.collect(),
            leg: now.get(&leg.peer_id).cloned().unwrap_or(leg),
        }
    });
    Ok(diagnose(&Facts {
        networks,
        others: others.collect(),
        outside,
    }))
}

/// How things stand once relays that are reached have said whether they give a berth: a node that was just started for this has
/// only begun to ask.
fn settled(legs: &mut impl FnMut() -> Result<Legs, CommandError>) -> Result<Legs, CommandError> {
    let until = Instant::now() + BERTH_PATIENCE;
    loop {
        let now = legs()?;
        let is_open = |leg: &Leg| {
            let berth = leg.berth.as_ref();
            leg.reach == "direct" && berth.is_some_and(|berth| berth.state == "asked")
        };
        if !now.legs.iter().any(is_open) || Instant::now() >= until {
            return Ok(now);
        }
        std::thread::sleep(BERTH_PAUSE);
    }
}

/// What is tried of a peer's addresses. Those of this machine itself say nothing about a network, unless there are no others.
fn chosen_of(leg: &Leg, networks: &[moot_net::Network]) -> Vec<Address> {
    let known: Vec<Address> = leg
        .addresses
        .iter()
        .filter_map(|text| text.parse().ok())
        .collect();
    let (loopback, mut chosen): (Vec<Address>, Vec<Address>) =
        known.into_iter().partition(Address::is_loopback);
    if chosen.is_empty() {
        chosen = loopback;
    }
    let is_far = |address: &Address| {
        let ip = address.ip();
        !ip.is_some_and(|ip| networks.iter().any(|network| network.has(&ip)))
    };
    // In the order in which they worked last, otherwise.
    chosen.sort_by_key(is_far);
    chosen.truncate(ADDRESSES_EACH);
    chosen
}

fn try_all(addresses: &[Address]) -> Result<BTreeMap<Address, Tried>, CommandError> {
    let no_socket = |error: &dyn std::fmt::Display| {
        failure(
            ErrorKind::Failed,
            format!("nothing can be tried: {error}"),
            "Does something keep this program off the network?",
        )
    };
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|error| no_socket(&error))?;
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| no_socket(&error))?;
    runtime
        .block_on(try_once(addresses, SecretKey::from_bytes(seed)))
        .map_err(|error| no_socket(&error))
}
