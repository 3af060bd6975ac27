//! `status`, `sync` and `doctor`: how the notebook stands, and who holds what.

use std::process::ExitCode;

use moot_engine::reply::{Doctor, Finding, PeerRow, Status, Synced};
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};

use super::{Context, arguments, unexpected};
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
    for (number, what) in [
        (status.pending, "wait for others"),
        (status.quarantined, "put aside"),
        (status.newer, "need a newer moot"),
    ] {
        if number > 0 {
            text.push_str(&format!(", {number} {what}"));
        }
    }
    text.push_str(&format!("\n  elsewhere {}\n", elsewhere(status)));
    if let Some(joining) = &status.joining {
        text.push_str(&format!("  joining   {}\n", clean(joining)));
    }
    text.push_str(&peer_table(&status.peers));
    for notice in &status.notices {
        text.push_str(&format!("  note: {}\n", clean(notice)));
    }
    text
}

/// What others hold of it, in words.
fn elsewhere(status: &Status) -> String {
    match status.waiting {
        // Somebody who is only about to join has written nothing that others could hold.
        0 if status.entries == 0 => "nothing of yours yet".to_owned(),
        0 => "another device says it holds every entry of yours".to_owned(),
        waiting => format!(
            "{} of yours {} on no other device yet",
            count(waiting, "entry", "entries"),
            if waiting == 1 { "is" } else { "are" }
        ),
    }
}

fn peer_table(peers: &[PeerRow]) -> String {
    let mut table = Table::new();
    for peer in peers {
        let holds = match (peer.has_all, peer.lacks) {
            (Some(true), _) => "has all".to_owned(),
            (_, Some(lacks)) => format!("lacks {lacks}"),
            (Some(false), None) => "lacks some".to_owned(),
            (None, None) => "never said".to_owned(),
        };
        let as_of = peer
            .as_of
            .map_or_else(String::new, |at| format!("said {}", local(at)));
        let clock = peer.clock_ahead_ms.map_or_else(String::new, clock_words);
        table.row([
            format!("  {}", clean(&peer.person.name)),
            peer.reach.clone(),
            holds,
            format!("{as_of}{clock}"),
        ]);
    }
    table.show()
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
        "{how} {} received, {} sent.\n{}",
        synced.received,
        synced.sent,
        peer_table(&synced.peers)
    )
}

pub(super) fn doctor(context: &Context, doctor: arguments::Doctor) -> Answer {
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
    let rows = match session.ask(&context.request(Command::Notebooks), &mut |_| {})? {
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
        let report = match session.ask(&request, &mut |_| {})? {
            Reply::Doctor(report) => report,
            other => return Err(unexpected(other)),
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

fn as_finding(error: &CommandError) -> Doctor {
    Doctor {
        ok: false,
        findings: vec![Finding {
            part: "store".to_owned(),
            level: "damage".to_owned(),
            message: error.message.clone(),
            advice: error.hint.clone(),
        }],
    }
}

fn report_text(report: &Doctor) -> String {
    let mut table = Table::new();
    for finding in &report.findings {
        let mut message = clean(&finding.message);
        if !finding.advice.is_empty() {
            message.push_str(&format!(" → {}", clean(&finding.advice)));
        }
        table.row([finding.level.clone(), finding.part.clone(), message]);
    }
    let verdict = if report.ok {
        "All sound."
    } else {
        "Something is damaged. Other members hold what they received from you."
    };
    format!("{}{verdict}\n", table.show())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_that_are_off_are_told_in_hours_or_minutes() {
        assert_eq!(clock_words(3 * 3_600_000), ", its clock is 3 h ahead");
        assert_eq!(clock_words(-90_000), ", its clock is 1 min behind");
    }
}
