//! `status`, `sync` and `doctor`: how the notebook stands, and who holds what.

use std::collections::BTreeSet;
use std::process::ExitCode;

use moot_engine::reply::{
    Berth, Doctor, Finding, Named, Outside, PeerRow, RelayRow, Status, Synced,
};
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};

use super::{Context, arguments, network, unexpected};
use crate::failure::{Answer, exit_code, failure};
use crate::home::Absent;
use crate::session::{Need, Session};
use crate::terminal::{Table, clean, count, local};

pub(super) fn status(context: &Context) -> Answer {
    match context.ask(Command::Status)? {
        Reply::Status(status) => {
            context
                .terminal
                .answer(&status, |status| status_text(status))?;
            Ok(ExitCode::SUCCESS)
        }
        other => Err(unexpected(other)),
    }
}

/// How the notebook stands, for people.
pub(super) fn status_text(status: &Status) -> String {
    let mut text = format!("{}\n", clean(&status.notebook.name));
    let saved = if status.saved {
        "all that was written here is on this disk"
    } else {
        "something is not on this disk yet"
    };
    text.push_str(&format!("  saved     {saved}\n"));
    text.push_str(&format!("  entries   {}", status.entries));
    for (number, one, many) in [
        (status.pending, "waits for others", "wait for others"),
        (status.quarantined, "put aside", "put aside"),
        (status.newer, "needs a newer moot", "need a newer moot"),
    ] {
        if number > 0 {
            let what = if number == 1 { one } else { many };
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text.push_str(&format!("\n  elsewhere {}\n", elsewhere(status)));
    if let Some(joining) = &status.joining {
        text.push_str(&format!("  joining   {}\n", clean(joining)));
    }
    if let Some(words) = outside_words(&status.outside) {
        text.push_str(&format!("  outside   {words}\n"));
    }
    text.push_str(&peer_table(&status.peers));
    text.push_str(&relay_table(&status.relays));
    for notice in &status.notices {
        text.push_str(&format!("  note: {}\n", clean(notice)));
    }
    text
}

/// What relays saw that called this device back. They are hints: another way in may be open, or this one shut again.
pub(super) fn outside_words(outside: &[Outside]) -> Option<String> {
    let at = |reached: bool| {
        let all = outside.iter().filter(|one| one.reached == reached);
        let all: Vec<String> = all.map(|one| clean(&one.address)).collect();
        all.join(", ")
    };
    match (at(true), at(false)) {
        (reached, _) if !reached.is_empty() => {
            Some(format!("others reach this device at {reached}"))
        }
        (_, seen) if !seen.is_empty() => Some(format!(
            "others see this device at {seen}, and do not reach it there when it did not call them"
        )),
        _ => None,
    }
}

/// What others hold of it, in words.
fn elsewhere(status: &Status) -> String {
    match status.waiting {
        // Somebody who is only about to join has written nothing that others could hold.
        0 if status.entries == 0 => "nothing of yours yet".to_owned(),
        0 if status.peers.is_empty() => {
            "every entry of yours went to others, of whom nobody is here any more".to_owned()
        }
        0 => "another device says it holds every entry of yours".to_owned(),
        waiting => {
            let relayed = if status
                .relays
                .iter()
                .any(|relay| relay.has_all == Some(true))
            {
                "; a relay says it keeps sealed copies of all"
            } else {
                ""
            };
            format!(
                "{} of yours {} on no other device yet{relayed}",
                count(waiting, "entry", "entries"),
                if waiting == 1 { "is" } else { "are" }
            )
        }
    }
}

fn peer_table(peers: &[PeerRow]) -> String {
    let mut table = Table::new();
    for peer in peers {
        let holds = held_words(peer.has_all, peer.lacks);
        let as_of = peer
            .as_of
            .map_or_else(String::new, |at| format!("said {}", local(at)));
        let clock = peer.clock_ahead_ms.map_or_else(String::new, clock_words);
        let whose = if peer.copy {
            format!("  {} (another copy of this home)", clean(&peer.person.name))
        } else {
            format!("  {}", clean(&peer.person.name))
        };
        table.row([
            whose,
            match &peer.through {
                Some(relay) => format!("through {}", clean(relay)),
                None => reach_words(&peer.reach),
            },
            holds,
            format!(
                "{as_of}{clock}{}",
                if peer.muted { ", muted here" } else { "" }
            ),
        ]);
    }
    table.show()
}

/// What a device says it holds.
pub(super) fn held_words(has_all: Option<bool>, lacks: Option<u64>) -> String {
    match (has_all, lacks) {
        (Some(true), _) => "has all".to_owned(),
        (_, Some(lacks)) => format!("lacks {lacks}"),
        (Some(false), None) => "lacks some".to_owned(),
        (None, None) => "never said".to_owned(),
    }
}

fn relay_table(relays: &[RelayRow]) -> String {
    let mut table = Table::new();
    for relay in relays {
        let as_of = relay
            .as_of
            .map_or_else(String::new, |at| format!("said {}", local(at)));
        table.row([
            format!("  {} (a relay: sealed copies)", clean(&relay.name)),
            relay_words(&relay.reach, relay.refuses),
            held_words(relay.has_all, None),
            as_of,
            berth_words(&relay.reach, relay.berth.as_ref()),
        ]);
    }
    table.show()
}

/// How a relay is reached. One that turned this device away was reached all the same.
pub(super) fn relay_words(reach: &str, refuses: bool) -> String {
    if refuses {
        return "does not serve this device".to_owned();
    }
    reach_words(reach)
}

/// Whether others reach this device through a relay. One that is not reached needs no words: it is said that it is not.
pub(super) fn berth_words(reach: &str, berth: Option<&Berth>) -> String {
    match berth {
        Some(berth) if berth.state == "held" => format!("berth since {}", local(berth.since)),
        Some(berth) if berth.state == "none" && reach == "direct" => {
            let why = berth.why.as_deref().unwrap_or_default();
            format!("no berth: {}", clean(why))
        }
        _ => String::new(),
    }
}

/// "Unreachable" would say more than is known where no node runs here: nobody tried.
pub(super) fn reach_words(reach: &str) -> String {
    match reach {
        "direct" => "connected",
        "relayed" => "through a relay",
        "unreachable" => "not connected",
        other => other,
    }
    .to_owned()
}

/// How far another clock is off, in words.
fn clock_words(ahead_ms: i64) -> String {
    let minutes = ahead_ms.unsigned_abs() / 60_000;
    let far = if minutes >= 120 {
        format!("{} h", minutes / 60)
    } else {
        format!("{} min", minutes.max(1))
    };
    let side = if ahead_ms >= 0 { "ahead" } else { "behind" };
    format!(", its clock is {far} {side}")
}

pub(super) fn sync(context: &Context, sync: arguments::Sync) -> Answer {
    let command = Command::Sync {
        wait_ms: sync.wait,
        with: sync.with,
    };
    match context.ask_with(command, Absent::Fail, Need::Network)? {
        Reply::Synced(synced) => {
            context.terminal.answer(&synced, synced_text)?;
            if synced.in_step {
                return Ok(ExitCode::SUCCESS);
            }
            Err(failure(
                ErrorKind::Unreachable,
                "not in step with as many devices as were asked for, in the time given",
                "Trying again is fine. moot status tells who was last reached when.",
            ))
        }
        other => Err(unexpected(other)),
    }
}

fn synced_text(synced: &Synced) -> String {
    let how = if synced.in_step {
        "In step."
    } else {
        "Not in step."
    };
    format!(
        "{how} {} received, {} sent.\n{}{}",
        synced.received,
        synced.sent,
        peer_table(&synced.peers),
        relay_table(&synced.relays)
    )
}

pub(super) fn doctor(context: &Context, doctor: arguments::Doctor) -> Answer {
    if doctor.network {
        return network_doctor(context);
    }
    let report = match examine(context, doctor.rebuild) {
        Ok(report) => report,
        // A home too damaged to be opened is a finding too.
        Err(error) if error.kind == ErrorKind::Damaged => as_finding(&error),
        Err(error) => return Err(error),
    };
    context.terminal.answer(&report, report_text)?;
    if report.ok {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(exit_code(ErrorKind::Damaged)))
}

fn network_doctor(context: &Context) -> Answer {
    let report = network::examine(context)?;
    context.terminal.answer(&report, |report| {
        let verdict = if report.ok {
            "Nothing found that keeps you from others."
        } else {
            "Something keeps you from others. What you write is kept here meanwhile."
        };
        findings_text(report, verdict)
    })?;
    if report.ok {
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(exit_code(ErrorKind::Unreachable)))
}

/// Examines the notebook that was named, else all of them.
fn examine(context: &Context, rebuild: bool) -> Result<Doctor, CommandError> {
    let mut session = context.session(Need::Time)?;
    let report = examine_in(context, &mut session, rebuild);
    session.close();
    report
}

fn examine_in(
    context: &Context,
    session: &mut Session,
    rebuild: bool,
) -> Result<Doctor, CommandError> {
    let list = context.request(Command::Notebooks);
    let rows = match session.ask(&list, &mut |_| {}) {
        // What was made of entries is made again once it was found to be damaged, so that a second look may see more.
        Err(error) if error.kind == ErrorKind::Damaged => session.ask(&list, &mut |_| {})?,
        other => other?,
    };
    let rows = match rows {
        Reply::Notebooks(rows) => rows,
        other => return Err(unexpected(other)),
    };
    let named = context.notebook.clone().map(|name| vec![name]);
    let all = rows.into_iter().map(|row| row.id).collect();
    let mut sum = Doctor {
        ok: true,
        findings: Vec::new(),
    };
    for notebook in named.unwrap_or(all) {
        let request = Request {
            notebook: Some(notebook),
            command: Command::Doctor { rebuild },
        };
        let report = match session.ask(&request, &mut |_| {}) {
            Ok(Reply::Doctor(report)) => report,
            Ok(other) => return Err(unexpected(other)),
            // One that is damaged keeps nobody from looking at the others.
            Err(error) if error.kind == ErrorKind::Damaged => {
                let mut report = as_finding(&error);
                for finding in &mut report.findings {
                    finding.notebook = request.notebook.clone().map(|id| Named {
                        name: id.clone(),
                        id,
                    });
                }
                report
            }
            Err(error) => return Err(error),
        };
        sum.ok &= report.ok;
        for finding in report.findings {
            // What holds for the whole home is found with each notebook.
            if !sum.findings.contains(&finding) {
                sum.findings.push(finding);
            }
        }
    }
    Ok(sum)
}

/// A home that cannot be opened, as a finding. Its hint may be to run the doctor, which is what the person just did.
fn as_finding(error: &CommandError) -> Doctor {
    let advice = if error.hint.contains("moot doctor") {
        "Put the home back from a copy; or move it away and join again with a new ticket. Other members hold what they received from you."
    } else {
        &error.hint
    };
    Doctor {
        ok: false,
        findings: vec![Finding {
            notebook: None,
            part: "store".to_owned(),
            level: "damage".to_owned(),
            message: error.message.clone(),
            advice: advice.to_owned(),
        }],
    }
}

fn report_text(report: &Doctor) -> String {
    let verdict = if report.ok {
        "All sound."
    } else {
        "Something is damaged. Other members hold what they received from you."
    };
    findings_text(report, verdict)
}

fn findings_text(report: &Doctor, verdict: &str) -> String {
    let mut table = Table::new();
    let named: BTreeSet<&str> = report
        .findings
        .iter()
        .filter_map(|finding| Some(finding.notebook.as_ref()?.id.as_str()))
        .collect();
    let several = named.len() > 1;
    for finding in &report.findings {
        let mut message = clean(&finding.message);
        if let Some(notebook) = finding.notebook.as_ref().filter(|_| several) {
            message = format!("{}: {message}", clean(&notebook.name));
        }
        if !finding.advice.is_empty() {
            message.push_str(&format!(" → {}", clean(&finding.advice)));
        }
        table.row([finding.level.clone(), finding.part.clone(), message]);
    }
    format!("{}{verdict}\n", table.show())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn standing() -> Status {
        Status {
            notebook: Named {
                id: "1".to_owned(),
                name: "Garden".to_owned(),
            },
            saved: true,
            entries: 12,
            log_digest: String::new(),
            state_digest: String::new(),
            waiting: 0,
            pending: 0,
            quarantined: 0,
            newer: 0,
            peers: Vec::new(),
            relays: Vec::new(),
            outside: Vec::new(),
            notices: Vec::new(),
            joining: None,
        }
    }

    #[test]
    fn entries_for_a_newer_program_are_said_to_need_a_newer_moot() {
        let newer = |newer| {
            status_text(&Status {
                newer,
                ..standing()
            })
        };
        assert!(newer(2).contains("entries   12, 2 need a newer moot\n"));
        assert!(newer(1).contains("entries   12, 1 needs a newer moot\n"));
        assert!(!newer(0).contains("newer"));
    }

    #[test]
    fn where_everybody_else_has_left_no_other_device_is_spoken_of() {
        let text = status_text(&standing());
        assert!(!text.contains("another device"), "{text}");
        assert!(text.contains("of whom nobody is here any more"), "{text}");
    }

    #[test]
    fn clocks_that_are_off_are_told_in_hours_or_minutes() {
        assert_eq!(clock_words(3 * 3_600_000), ", its clock is 3 h ahead");
        assert_eq!(clock_words(-90_000), ", its clock is 1 min behind");
    }
}
