//! The verbs about roles: `scribe+`, `offer scribe to Bo`, `swap scribe with Bo`.
//!
//! Owns their words. Only a role that the meeting has makes a verb of them: “offer tea to Bo” is a line of the minutes.

use moot_engine::command::{Act, OfferKind};

use super::{About, Line, Tell, after};

/// `scribe+` and `scribe-`.
pub(super) fn sign(line: &str, roles: &[String]) -> Option<Line> {
    if let Some(name) = line.strip_suffix('+') {
        return Some(Line::Act(Act::Take {
            role: known(name, roles)?,
            shadow: false,
        }));
    }
    let role = known(line.strip_suffix('-')?, roles)?;
    Some(Line::Act(Act::StepBack { role, note: None }))
}

/// Verbs about a role that the meeting has; "offer tea to Bo" is none of them.
pub(super) fn verb(line: &str, roles: &[String]) -> Option<Line> {
    asking(line, roles)
        .or_else(|| own(line, roles))
        .or_else(|| listing(line, roles))
}

/// Somebody is asked.
fn asking(line: &str, roles: &[String]) -> Option<Line> {
    let to_whom = |rest: &str, to: &str| {
        let (role, whom) = rest.rsplit_once(to)?;
        Some((known(role, roles)?, whom.trim().to_owned()))
    };
    let kinds = [
        ("offer", " to ", OfferKind::Turn),
        ("swap", " with ", OfferKind::Swap),
        ("shadow", " to ", OfferKind::Shadow),
        ("select", " to ", OfferKind::Selection),
    ];
    for (verb, to, kind) in kinds {
        if let Some((role, whom)) = after(line, verb).and_then(|rest| to_whom(rest, to)) {
            return Some(Line::Act(offer(role, whom, kind, None)));
        }
    }
    let rest = after(line, "hand over")?;
    let (who, note) = rest.split_once(':').unwrap_or((rest, ""));
    let (role, to) = to_whom(who, " to ")?;
    let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
    Some(Line::Act(offer(role, to, OfferKind::HandOver, note)))
}

/// What one says for oneself, or about the role.
fn own(line: &str, roles: &[String]) -> Option<Line> {
    let role_after = |verb: &str| known(after(line, verb)?, roles);
    let with_note = |verb: &str| {
        let (role, text) = after(line, verb)?.split_once(':')?;
        Some((known(role, roles)?, text.trim().to_owned()))
    };
    if let Some(role) = role_after("suggest") {
        return Some(Line::Tell(Tell::Suggestions(role)));
    }
    if let Some(role) = role_after("pick a") {
        return Some(Line::Tell(Tell::Suggestions(role)));
    }
    if let Some(role) = role_after("accept") {
        return Some(Line::About(About::Accept(Some(role))));
    }
    if let Some(role) = role_after("decline") {
        return Some(Line::About(About::Decline(Some(role))));
    }
    if let Some(role) = role_after("withdraw") {
        return Some(Line::About(About::Withdraw(role)));
    }
    if let Some(role) = role_after("shadow") {
        return Some(Line::Act(Act::Take { role, shadow: true }));
    }
    if let Some(role) = role_after("share") {
        return Some(Line::Act(Act::Share { role }));
    }
    if let Some(role) = role_after("open") {
        return Some(Line::Act(Act::OpenRole { role }));
    }
    for (verb, willing) in [("not me", false), ("ask me", true)] {
        if let Some(role) = role_after(verb) {
            return Some(Line::Act(Act::Willing { role, willing }));
        }
    }
    if let Some((role, note)) = with_note("note") {
        return Some(Line::Act(Act::LeaveNote { role, note }));
    }
    let (role, note) = with_note("step back")?;
    let note = Some(note);
    Some(Line::Act(Act::StepBack { role, note }))
}

/// `role+ gardener` and `role- gardener`.
fn listing(line: &str, roles: &[String]) -> Option<Line> {
    if let Some(name) = after(line, "role+").filter(|name| !name.is_empty()) {
        let role = name.to_owned();
        return Some(Line::Act(Act::AddRole { role }));
    }
    let role = known(line.strip_prefix("role-")?, roles)?;
    Some(Line::Act(Act::RemoveRole { role }))
}

/// The role of that name, as the meeting writes it.
fn known(name: &str, roles: &[String]) -> Option<String> {
    let name = name.trim().to_lowercase();
    let mut roles = roles.iter();
    roles.find(|role| role.to_lowercase() == name).cloned()
}

pub(super) fn offer(role: String, to: String, kind: OfferKind, note: Option<String>) -> Act {
    Act::Offer {
        role,
        to,
        kind,
        note,
        until_ms: None,
    }
}
