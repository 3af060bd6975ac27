//! The words of who holds what: what a device never said is unknown, and what it said has a time.

use jiff::Timestamp;
use moot_engine::reply::{PeerRow, RelayRow, Status, Synced};

use crate::model::Model;
use crate::words::{count, one_line, said};

/// What it means that a device wrote more than its share.
pub(super) const MUTED: &str = "It wrote more than its share, so what it wrote is passed on last.";

/// A time of which something holds, in brackets; nothing where there is none.
pub(super) fn as_of(model: &Model, at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| {
        format!(
            " (as of {})",
            said(at, model.now.wall_ms, &model.setup.zone)
        )
    })
}

/// When a device was heard last. A clock time: it stays right while nothing is drawn.
pub(super) fn heard(model: &Model, at: Option<Timestamp>) -> String {
    at.map_or_else(
        || "never heard".to_owned(),
        |at| format!("heard {}", said(at, model.now.wall_ms, &model.setup.zone)),
    )
}

/// How much room there is for words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wording {
    /// Enough for sentences.
    Whole,
    /// Little.
    Short,
}

/// The three facts: each has a name, words, and whether it is all one could wish.
pub(super) fn facts(
    model: &Model,
    status: &Status,
    wording: Wording,
) -> Vec<(&'static str, String, bool)> {
    let saved = if status.saved {
        ("saved here", "yes".to_owned(), true)
    } else {
        (
            "saved here",
            "no: the disk does not take it".to_owned(),
            false,
        )
    };
    let mut facts = vec![saved];
    if let Some(joining) = &status.joining {
        facts.push(("joining", one_line(joining), false));
        return facts;
    }
    if status.peers.is_empty() {
        return facts;
    }
    let elsewhere = match status.waiting {
        0 if wording == Wording::Short => "all of mine".to_owned(),
        some if wording == Wording::Short => format!("all of mine but {some}"),
        0 => "every change of mine is confirmed by at least one other device".to_owned(),
        some => {
            let changes = count(some, "change", "changes");
            format!("{changes} of mine that no other device has confirmed")
        }
    };
    let latest = status.peers.iter().filter_map(|peer| peer.as_of).max();
    let elsewhere = format!("{elsewhere}{}", as_of(model, latest));
    facts.push(("held elsewhere", elsewhere, status.waiting == 0));
    facts.push(by_all(model, status, wording));
    facts
}

fn by_all(model: &Model, status: &Status, wording: Wording) -> (&'static str, String, bool) {
    let holding: Vec<&PeerRow> = status
        .peers
        .iter()
        .filter(|peer| peer.has_all == Some(true))
        .collect();
    let unknown = status
        .peers
        .iter()
        .filter(|peer| peer.has_all.is_none())
        .count();
    let devices = status.peers.len();
    // It holds for all of them only as of the one that said so first.
    let since = as_of(model, holding.iter().filter_map(|peer| peer.as_of).min());
    let words = match (holding.len(), devices) {
        (all, of) if wording == Wording::Short && all == of => format!("yes, by {of}{since}"),
        (0, _) if wording == Wording::Short => "no".to_owned(),
        (some, of) if wording == Wording::Short => format!("by {some} of {of}{since}"),
        (1, 1) => format!("yes: the other device has everything that is here{since}"),
        (all, of) if all == of => {
            format!("yes: all {of} other devices have everything that is here{since}")
        }
        (0, _) => "no other device has said that it has everything".to_owned(),
        (some, of) => format!("{some} of {of} other devices have everything that is here{since}"),
    };
    let unknown = match unknown {
        0 => String::new(),
        some if wording == Wording::Short => format!("; {some} unknown"),
        some => format!("; of {some} it is unknown"),
    };
    (
        "held by all",
        format!("{words}{unknown}"),
        holding.len() == devices,
    )
}

/// How a device or a relay is reached.
pub(super) fn reach(word: &str) -> &'static str {
    match word {
        "direct" => "direct",
        "relayed" => "by relay",
        _ => "not reachable",
    }
}

/// The same as a sentence.
pub(super) fn reached(word: &str) -> &'static str {
    match word {
        "direct" => "In reach, directly.",
        "relayed" => "In reach, by a relay.",
        _ => "Not in reach now.",
    }
}

/// What a device has of what is here, for a row.
pub(super) fn has(peer: &PeerRow) -> String {
    match (peer.has_all, peer.lacks) {
        (Some(true), _) => "has all".to_owned(),
        (Some(false), Some(lacks)) => format!("has all but {lacks}"),
        (Some(false), None) => "has not all".to_owned(),
        (None, _) => "unknown".to_owned(),
    }
}

/// The same as a sentence.
pub(super) fn holds(peer: &PeerRow) -> String {
    match (peer.has_all, peer.lacks) {
        (Some(true), _) => "says it has everything that is here".to_owned(),
        (Some(false), Some(lacks)) => {
            format!(
                "says it has all but {} of what is here",
                count(lacks, "entry", "entries")
            )
        }
        (Some(false), None) => "says it has not everything that is here".to_owned(),
        (None, _) => "has never said what it has: unknown".to_owned(),
    }
}

/// A warning where a device's clock is far from this one's.
pub(super) fn clock(peer: &PeerRow) -> Option<String> {
    let ms = peer.clock_ahead_ms?;
    let minutes = ms.unsigned_abs() / 60_000;
    let (far, unit) = match minutes {
        0 => (ms.unsigned_abs() / 1_000, ("second", "seconds")),
        1..120 => (minutes, ("minute", "minutes")),
        120..2_880 => (minutes / 60, ("hour", "hours")),
        _ => (minutes / 1_440, ("day", "days")),
    };
    let far = count(far, unit.0, unit.1);
    let where_to = if ms < 0 { "behind" } else { "ahead of" };
    Some(format!(
        "Its clock is {far} {where_to} this one: times that it claims are off by that."
    ))
}

pub(super) fn of_relay(relay: &RelayRow, as_of: &str) -> String {
    let keeps = match relay.has_all {
        Some(true) => format!("It says it keeps everything that is here{as_of}."),
        Some(false) => format!("It says it does not keep everything yet{as_of}."),
        None => "It has never said what it keeps: unknown.".to_owned(),
    };
    format!("{keeps}{}", of_berth(relay))
}

/// Whether others who are awake now reach this device through the relay.
fn of_berth(relay: &RelayRow) -> &'static str {
    let state = relay.berth.as_ref().map(|berth| berth.state.as_str());
    match (state, relay.reach.as_str()) {
        (Some("held"), _) => " Others reach this device through it.",
        (Some("none"), "direct") => " It gives no berth: nobody reaches this device through it.",
        _ => "",
    }
}

/// What else stands in the status that somebody should know.
pub(super) fn troubles(status: &Status) -> Vec<String> {
    let mut troubles: Vec<String> = status.notices.clone();
    let mut tell = |number: u64, one: &str, several: &str| {
        if number > 0 {
            troubles.push(count(number, one, several));
        }
    };
    tell(
        status.pending,
        "change waits for something it builds on, which has not arrived yet.",
        "changes wait for something they build on, which has not arrived yet.",
    );
    tell(
        status.quarantined,
        "entry was refused and set aside: it breaks a rule. `moot doctor` tells more.",
        "entries were refused and set aside: they break a rule. `moot doctor` tells more.",
    );
    tell(
        status.newer,
        "entry needs a newer moot; it is kept and passed on.",
        "entries need a newer moot; they are kept and passed on.",
    );
    troubles
}

/// What came of asking.
pub(super) fn tried(synced: &Synced) -> String {
    let holding = synced
        .peers
        .iter()
        .filter(|peer| peer.has_all == Some(true))
        .count();
    let moved = match (synced.received, synced.sent) {
        (0, 0) => "Nothing had to move.".to_owned(),
        (received, sent) => format!("{received} came in, {sent} went out."),
    };
    match synced.peers.len() {
        1 => format!("The other device confirmed that it has everything, just now. {moved}"),
        all if holding == all => format!(
            "All {all} other devices confirmed that they have everything, just now. {moved}"
        ),
        of => format!("{holding} of {of} other devices have everything. {moved}"),
    }
}
