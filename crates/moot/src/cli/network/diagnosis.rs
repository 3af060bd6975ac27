//! What follows from trying the legs of a network: findings, each with what to do about it.
//!
//! Owns the judgement, as a function of what was seen. Says "may" where what was seen has more than one explanation.

use std::collections::BTreeSet;

use moot_engine::reply::{Doctor, Finding, Leg, Outside};
use moot_net::{Address, Network, Obstacle, Tried};

use crate::cli::standing::outside_words;

/// What was seen.
pub(super) struct Facts {
    /// The networks that this machine is on.
    pub(super) networks: Vec<Network>,
    /// Whom it wants to reach.
    pub(super) others: Vec<Other>,
    /// Where relays saw this device.
    pub(super) outside: Vec<Outside>,
}

/// Somebody whom it wants to reach.
pub(super) struct Other {
    /// Who, and how they are reached now.
    pub(super) leg: Leg,
    /// What came of trying where they may be.
    pub(super) tried: Vec<(Address, Tried)>,
}

const OK: &str = "ok";
const NOTE: &str = "note";
const TROUBLE: &str = "trouble";

const NO_RELAY: &str = "A relay would help: it takes a small machine that both sides reach. `moot help relay` tells how.";

impl Other {
    fn name(&self) -> String {
        match (self.leg.name.as_str(), self.leg.relay) {
            ("", _) => {
                let short: String = self.leg.peer_id.chars().rev().take(6).collect();
                format!("…{}", short.chars().rev().collect::<String>())
            }
            (name, true) => format!("the relay {name}"),
            (name, false) => name.to_owned(),
        }
    }

    /// Where it answered, having proved that it is the one.
    fn answered(&self) -> impl Iterator<Item = &Address> {
        self.tried
            .iter()
            .filter_map(|(address, tried)| match tried {
                Tried::Answered(peer) if peer.to_string() == self.leg.peer_id => Some(address),
                _ => None,
            })
    }

    fn is_answering(&self) -> bool {
        self.answered().next().is_some() || self.leg.reach == "direct"
    }

    /// Why a relay gives this device no berth.
    fn berth_denied(&self) -> Option<&str> {
        let berth = self.leg.berth.as_ref()?;
        (berth.state == "none").then(|| berth.why.as_deref().unwrap_or("it did not say why"))
    }

    /// Addresses that came to nothing in this way.
    fn failed(&self, with: &[Obstacle]) -> Vec<&Address> {
        let failed = self
            .tried
            .iter()
            .filter_map(|(address, tried)| match tried {
                Tried::Failed { obstacle, .. } if with.contains(obstacle) => Some(address),
                _ => None,
            });
        failed.collect()
    }

    /// Addresses on a network that this machine is on.
    fn beside(&self, networks: &[Network]) -> Vec<&Address> {
        let is_beside = |address: &&Address| {
            let ip = address.ip();
            ip.is_some_and(|ip| networks.iter().any(|network| network.has(&ip)))
        };
        let addresses = self.tried.iter().map(|(address, _)| address);
        addresses.filter(is_beside).collect()
    }
}

/// The findings, the most general first.
pub(super) fn diagnose(facts: &Facts) -> Doctor {
    let mut findings = Vec::new();
    let anybody = facts.others.iter().any(Other::is_answering);
    if facts.networks.is_empty() && !anybody {
        findings.push(finding(
            TROUBLE,
            "this machine is on no network",
            "What you write is kept here, and goes out once there is a network again.",
        ));
        return sum(findings);
    }
    if !facts.networks.is_empty() {
        let own: Vec<String> = facts
            .networks
            .iter()
            .map(|one| one.own.to_string())
            .collect();
        findings.push(finding(
            OK,
            format!("this machine is at {}", listed(&own)),
            "",
        ));
    }
    findings.extend(about_outside(&facts.outside));
    if facts.others.is_empty() {
        findings.push(finding(
            NOTE,
            "nobody else is known yet",
            "`moot invite` makes a ticket for somebody.",
        ));
        return sum(findings);
    }
    findings.extend(about_udp(facts));
    findings.extend(nothing_beyond(facts));
    findings.extend(facts.others.iter().map(|other| about(other, facts)));
    sum(findings)
}

/// What relays saw that called this device back.
fn about_outside(outside: &[Outside]) -> Option<Finding> {
    let words = outside_words(outside)?;
    Some(match outside.iter().any(|one| one.reached) {
        true => finding(OK, words, ""),
        false => finding(
            NOTE,
            words,
            "A router or a firewall lets nobody in who was not called, as most do. Nothing needs it: a relay brings you together. To be \
             reached without one, let its port in, or switch on UPnP in the router.",
        ),
    })
}

fn sum(findings: Vec<Finding>) -> Doctor {
    let ok = findings.iter().all(|finding| finding.level != TROUBLE);
    Doctor { ok, findings }
}

fn finding(level: &str, message: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        notebook: None,
        part: "network".to_owned(),
        level: level.to_owned(),
        message: message.into(),
        advice: advice.into(),
    }
}

fn listed(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn places(addresses: &[&Address]) -> String {
    let hosts: BTreeSet<String> = addresses.iter().map(|address| host(address)).collect();
    listed(&hosts.into_iter().collect::<Vec<_>>())
}

/// The number or name in an address.
fn host(address: &Address) -> String {
    let named = || address.as_str().split('/').nth(2).map(str::to_owned);
    let ip = address.ip().map(|ip| ip.to_string());
    ip.or_else(named).unwrap_or_default()
}

/// Whether UDP gets through to anybody of whom it could be seen.
fn about_udp(facts: &Facts) -> Option<Finding> {
    let tried_udp = |other: &&Other| other.tried.iter().any(|(address, _)| address.is_udp());
    let over = |udp: bool| move |other: &&Other| other.answered().any(|at| at.is_udp() == udp);
    let by_tcp: Vec<&Other> = facts
        .others
        .iter()
        .filter(over(false))
        .filter(tried_udp)
        .collect();
    let any_by_udp = facts.others.iter().any(|other| over(true)(&other));
    if by_tcp.is_empty() || any_by_udp {
        return None;
    }
    Some(finding(
        NOTE,
        "UDP does not get through to anybody who answers over TCP",
        "Sync goes over TCP, and needs nothing else. Two people behind routers get a direct connection less often; a relay carries \
         what goes between them.",
    ))
}

/// Whether all that is beyond the networks this machine is on fails, where there is more than one such leg.
fn nothing_beyond(facts: &Facts) -> Option<Finding> {
    let is_beyond = |other: &&Other| {
        !other.tried.is_empty() && other.beside(&facts.networks).len() < other.tried.len()
    };
    let beyond: Vec<&Other> = facts.others.iter().filter(is_beyond).collect();
    let fails = |other: &&Other| !other.is_answering() && other.leg.reach == "unreachable";
    if beyond.len() < 2 || !beyond.iter().all(fails) {
        return None;
    }
    Some(finding(
        TROUBLE,
        "nobody beyond this network answers",
        "Is the internet reached at all from here? Some networks let only web pages through.",
    ))
}

fn about(other: &Other, facts: &Facts) -> Finding {
    let name = other.name();
    if other.is_answering() {
        return answering(other, &name);
    }
    if other.tried.is_empty() {
        let message = format!("{name}: no address is known");
        let advice = "It comes from whoever meets them, or from a relay that both use.";
        return match other.leg.reach.as_str() {
            "relayed" => finding(OK, format!("{name} is reached through a relay"), ""),
            _ => finding(NOTE, message, advice),
        };
    }
    let elsewhere = other.tried.iter().find_map(|(address, tried)| match tried {
        Tried::Answered(_) => Some(address),
        Tried::Failed { .. } => None,
    });
    if let Some(address) = elsewhere {
        let message = format!("somebody else than {name} answers at {}", host(address));
        let advice = "That address has passed to another machine. The new one comes from whoever meets them.";
        return finding(level_of(other), message, advice);
    }
    let nameless = other.failed(&[Obstacle::NoName]);
    if nameless.len() == other.tried.len() {
        return finding(
            TROUBLE,
            format!(
                "{name}: no address is found for the name {}",
                places(&nameless)
            ),
            "Is it spelt right? Else this machine's name servers (DNS) do not answer.",
        );
    }
    let refused = other.failed(&[Obstacle::Refused]);
    if let [first, ..] = refused.as_slice() {
        let message = format!(
            "{name}: the machine at {} is there, and no moot listens on it at that port",
            host(first)
        );
        let advice = if other.leg.relay {
            "Whoever runs it has to start it, or tell its new port: `moot relay use` with a new ticket."
        } else {
            "Somebody has to start moot there, or `moot node`."
        };
        return finding(level_of(other), message, advice);
    }
    if other.leg.relay {
        return silent_relay(other, &name);
    }
    silent_device(other, &name, facts)
}

/// Trouble where nothing else reaches them; a relay that fails is trouble always.
fn level_of(other: &Other) -> &'static str {
    match other.leg.reach.as_str() {
        "relayed" => NOTE,
        _ if other.leg.relay => TROUBLE,
        _ => NOTE,
    }
}

fn answering(other: &Other, name: &str) -> Finding {
    let by = |udp: bool| other.answered().any(|address| address.is_udp() == udp);
    let over = match (by(false), by(true)) {
        (true, true) => " over TCP and QUIC",
        (true, false) => " over TCP",
        (false, true) => " over QUIC",
        (false, false) => "",
    };
    if other.leg.relay && other.leg.reach != "direct" {
        return finding(
            TROUBLE,
            format!("{name} answers{over}, and does not serve this device"),
            "Another member who is served by it tells it of this device at their next sync. Else: `moot relay use` with its ticket.",
        );
    }
    if let Some(why) = other.berth_denied() {
        return finding(
            NOTE,
            format!("{name} answers{over}, and gives this device no berth: {why}"),
            "Entries go by way of it all the same. Only those who are awake at the same moment do not reach this device through it: it \
             carries no circuits, or has no room for more. Its operator can tell.",
        );
    }
    finding(OK, format!("{name} answers{over}"), "")
}

fn silent_relay(other: &Other, name: &str) -> Finding {
    let all: Vec<&Address> = other.tried.iter().map(|(address, _)| address).collect();
    finding(
        TROUBLE,
        format!("{name} does not answer at {}", places(&all)),
        "It is down, or this network lets nothing through to its port. What you write waits here, and goes out to whoever is reached.",
    )
}

fn silent_device(other: &Other, name: &str, facts: &Facts) -> Finding {
    let relays = || facts.others.iter().filter(|other| other.leg.relay);
    let relay = relays().find(|relay| relay.is_answering());
    let advice = match relay {
        Some(relay) => format!("What you write goes by way of {} meanwhile.", relay.name()),
        None if relays().next().is_some() => {
            "A relay is named, and does not answer either.".to_owned()
        }
        None => NO_RELAY.to_owned(),
    };
    let beside = other.beside(&facts.networks);
    let is_online = other.leg.reach == "relayed";
    let at = places(&beside);
    if other.leg.nearby {
        return finding(
            TROUBLE,
            format!(
                "{name} shows itself on this network, and cannot be reached: this network blocks device-to-device traffic, or a firewall on that device does"
            ),
            advice,
        );
    }
    if !beside.is_empty() && is_online {
        return finding(
            NOTE,
            format!(
                "{name} is online, at {at} by its own word, and is reached through a relay alone: either this network blocks \
                 device-to-device traffic, as guest Wi-Fi does, or it is on another network with the same numbers"
            ),
            advice,
        );
    }
    if is_online {
        return finding(OK, format!("{name} is reached through a relay"), "");
    }
    if !beside.is_empty() {
        return finding(
            NOTE,
            format!(
                "{name} does not answer at {at} on this network: it is off, or this network blocks device-to-device traffic, as \
                 guest Wi-Fi does"
            ),
            advice,
        );
    }
    let all: Vec<&Address> = other.tried.iter().map(|(address, _)| address).collect();
    finding(
        NOTE,
        format!(
            "{name} does not answer at {}: it is off, or its router lets nobody in",
            places(&all)
        ),
        advice,
    )
}

#[cfg(test)]
mod tests;
