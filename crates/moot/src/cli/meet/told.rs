//! What happened in a meeting between two looks, as lines. Owns the words; each thing is told once.

use std::collections::BTreeMap;

use moot_engine::reply::meeting::{
    AgendaItem, CurrentItem, MeetingView, RemarkRow, RoleRow, SittingView,
};

use crate::cli::meetings::shown::{to_settle, word_sent};
use crate::terminal::{clean, clean_text};

/// What is new in `now`, in the order in which people would tell it.
pub(super) fn news(before: &MeetingView, now: &MeetingView) -> Vec<String> {
    let mut lines = Vec::new();
    if before.version == now.version {
        return lines;
    }
    attendance(before, now, &mut lines);
    sittings(before, now, &mut lines);
    agenda(before, now, &mut lines);
    roles(before, now, &mut lines);
    remarks(before, now, &mut lines);
    consents(before, now, &mut lines);
    actions(before, now, &mut lines);
    rounds(before, now, &mut lines);
    checks(before, now, &mut lines);
    for note in &now.notes {
        if !before.notes.contains(note) {
            let (role, text) = (clean(&note.role), clean_text(&note.text));
            lines.push(format!("for the next {role}: {text}"));
        }
    }
    for contest in &now.to_settle {
        // Who holds a role is told with the roles.
        if !contest.both && !before.to_settle.contains(contest) {
            lines.push(format!("to settle: {}", to_settle(contest)));
        }
    }
    lines
}

/// Whether the minutes that an item was given are over, by this machine's clock. It is told, and nothing is cut off.
pub(in crate::cli) fn time_is_up(current: &CurrentItem, now: jiff::Timestamp) -> bool {
    let given = current.since.zip(current.minutes);
    given.is_some_and(|(since, minutes)| {
        let taken_ms = now.as_millisecond() - since.as_millisecond();
        taken_ms >= i64::from(minutes) * 60_000
    })
}

/// Who waits for the floor.
pub(super) fn queue(view: &MeetingView) -> String {
    let mut text = String::new();
    for row in view.sittings.iter().flat_map(|sitting| &sitting.queue) {
        if row.state == "waiting" {
            text.push_str(&format!(
                "{}\n",
                asking(&row.by, &row.kind, row.note.as_deref())
            ));
        }
    }
    if text.is_empty() {
        text.push_str("the queue is empty\n");
    }
    text
}

/// Who says that they are there.
pub(super) fn present(view: &MeetingView) -> String {
    let mut text = String::new();
    for row in &view.attendance {
        text.push_str(&format!("{} {}\n", clean(&row.person.name), row.state));
    }
    if text.is_empty() {
        text.push_str("nobody has said yet that they are here\n");
    }
    text
}

fn asking(by: &str, kind: &str, note: Option<&str>) -> String {
    let note = note.map_or_else(String::new, |note| format!(": {}", clean(note)));
    format!("{} asks for the floor ({kind}){note}", clean(by))
}

fn attendance(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    let known: BTreeMap<&str, &str> = before
        .attendance
        .iter()
        .map(|row| (row.person.id.as_str(), row.state.as_str()))
        .collect();
    for row in &now.attendance {
        if known.get(row.person.id.as_str()) != Some(&row.state.as_str()) {
            lines.push(format!("{}: {}", clean(&row.person.name), row.state));
        }
    }
}

fn sittings(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    let known: BTreeMap<&str, &SittingView> = before
        .sittings
        .iter()
        .map(|sitting| (sitting.id.as_str(), sitting))
        .collect();
    for sitting in &now.sittings {
        let old = known.get(sitting.id.as_str());
        if old.is_none() {
            lines.push(format!(
                "{} opened a sitting",
                clean(&sitting.by.join(", "))
            ));
        }
        if old.is_none_or(|old| old.state != sitting.state) && sitting.state == "closed" {
            lines.push("the sitting is closed".to_owned());
        }
        if old.is_some_and(|old| old.rule != sitting.rule) {
            lines.push(format!("the queue is ordered {}", sitting.rule));
        }
        let current = |sitting: &SittingView| {
            let current = sitting.current.as_ref();
            current.map(|current| (current.text.clone(), current.minutes))
        };
        let was = old.and_then(|old| current(old));
        if let Some((text, minutes)) = current(sitting).filter(|now| Some(now) != was.as_ref()) {
            let minutes = minutes.map_or_else(String::new, |minutes| format!(" ({minutes} min)"));
            lines.push(format!("now: {}{minutes}", clean(&text)));
        }
        for row in &sitting.queue {
            let was = old.and_then(|old| old.queue.iter().find(|was| was.id == row.id));
            if was.is_none() {
                lines.push(asking(&row.by, &row.kind, row.note.as_deref()));
            }
            if row.state == "taken" && was.is_none_or(|was| was.state != "taken") {
                lines.push(format!("{} has the floor", clean(&row.by)));
            }
        }
    }
}

fn agenda(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    let known: BTreeMap<&str, &AgendaItem> = before
        .agenda
        .iter()
        .map(|item| (item.id.as_str(), item))
        .collect();
    for item in &now.agenda {
        match known.get(item.id.as_str()) {
            None => lines.push(format!(
                "agenda: {} ({}), {}",
                clean(&item.text),
                item.kind,
                item.state
            )),
            Some(was) if was.state != item.state && item.state != "current" => {
                lines.push(format!("agenda: {} is {}", clean(&item.text), item.state));
            }
            Some(_) => {}
        }
    }
}

fn roles(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    let none = RoleRow {
        role: String::new(),
        state: "vacant".to_owned(),
        holders: Vec::new(),
        shadows: Vec::new(),
        nominees: Vec::new(),
        to_settle: false,
        offers: Vec::new(),
    };
    for row in &now.roles {
        let was = before.roles.iter().find(|was| was.role == row.role);
        let was = was.unwrap_or(&none);
        let role = clean(&row.role);
        if was.holders != row.holders {
            lines.push(match row.holders.as_slice() {
                [] => format!("{role} is vacant"),
                holders => format!("{role}: {}", clean(&holders.join(" and "))),
            });
        }
        if row.to_settle && !was.to_settle {
            lines.push(format!(
                "{role}: they said yes apart from each other; one steps back ({role}-), or all share"
            ));
        }
        for offer in &row.offers {
            let old = was.offers.iter().find(|old| old.id == offer.id);
            let to = clean(&offer.to.name);
            match old {
                None if offer.state == "open" => {
                    let word = word_sent(offer);
                    lines.push(format!(
                        "{to} is asked to be {role}: accept, or decline{word}"
                    ));
                }
                Some(old) if old.state != offer.state => {
                    lines.push(format!("{role}, asked of {to}: {}", offer.state));
                }
                _ => {}
            }
        }
    }
}

fn remarks(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    let known: BTreeMap<&str, &RemarkRow> = before
        .remarks
        .iter()
        .map(|remark| (remark.id.as_str(), remark))
        .collect();
    for remark in &now.remarks {
        let was = known.get(remark.id.as_str());
        let by = clean(&remark.by.join(", "));
        let text = clean_text(&remark.text);
        match was {
            None if remark.off_record => lines.push(format!("{by} {text} (off the record)")),
            None => lines.push(format!("{by}: {text}")),
            Some(was) if was.text != remark.text => {
                lines.push(format!("{by}, corrected: {text}"));
            }
            Some(_) => {}
        }
    }
}

fn consents(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    for consent in &now.consents {
        let was = before.consents.iter().find(|was| was.id == consent.id);
        let text = clean_text(&consent.text);
        if was.is_none_or(|was| was.version != consent.version) {
            lines.push(format!("proposal: {text}"));
        }
        if let Some(other) = &consent.reworded
            && was.is_none_or(|was| was.reworded.as_ref() != Some(other))
        {
            let other = clean_text(&other.text);
            lines.push(format!("worded otherwise, and not adopted: {other}"));
        }
        for answer in &consent.answers {
            if was.is_none_or(|was| !was.answers.contains(answer)) {
                let reason = answer.reason.as_ref();
                let reason =
                    reason.map_or_else(String::new, |why| format!(": {}", clean_text(why)));
                lines.push(format!("{}: {}{reason}", clean(&answer.by), answer.answer));
            }
        }
        if was.is_none_or(|was| was.state != consent.state) && consent.state != "open" {
            lines.push(format!("{}: {text}", consent.state));
        }
    }
}

fn actions(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    for (number, action) in now.actions.iter().enumerate() {
        let was = before.actions.iter().find(|was| was.id == action.id);
        if was == Some(action) {
            continue;
        }
        let whose = match (action.owners.as_slice(), action.asked.as_slice()) {
            ([], []) => "nobody's yet".to_owned(),
            ([], asked) => format!("asked of {}", clean(&asked.join(", "))),
            (owners, _) => clean(&owners.join(", ")),
        };
        lines.push(format!(
            "action {}: {} ({}; {whose})",
            number + 1,
            clean(&action.text),
            action.state
        ));
    }
}

fn rounds(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    for round in &now.rounds {
        let was = before.rounds.iter().find(|was| was.id == round.id);
        if was.is_none() {
            lines.push(format!("{}: {}", round.kind, clean(&round.text)));
        }
        for turn in &round.turns {
            if was.is_none_or(|was| !was.turns.contains(turn)) {
                let said = turn.text.as_ref();
                let said = said.map_or_else(String::new, |said| format!(": {}", clean_text(said)));
                lines.push(format!("{} {}{said}", clean(&turn.by), turn.turn));
            }
        }
        let next = round.waiting.first();
        if was.is_none_or(|was| was.waiting.first() != next) && round.state == "open" {
            lines.extend(next.map(|next| format!("next in the round: {}", clean(next))));
        }
        if was.is_some_and(|was| was.state != round.state) {
            lines.push("the round is over".to_owned());
        }
    }
}

fn checks(before: &MeetingView, now: &MeetingView, lines: &mut Vec<String>) {
    for check in &now.checks {
        let was = before.checks.iter().find(|was| was.id == check.id);
        if was == Some(check) {
            continue;
        }
        let counts: Vec<String> = check
            .counts
            .iter()
            .filter(|count| count.count > 0)
            .map(|count| format!("{} {}", count.word, count.count))
            .collect();
        let counts = match counts.as_slice() {
            [] => "hot, warm, mild, cool or cold?".to_owned(),
            some => some.join(", "),
        };
        let over = if check.state == "open" {
            ""
        } else {
            ", and that is all"
        };
        lines.push(format!(
            "temperature of “{}”: {counts}{over}",
            clean(&check.text)
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_items_minutes_are_over_when_they_are_and_never_where_none_were_given() {
        let at = |second| jiff::Timestamp::from_second(second).unwrap();
        let item = |minutes| CurrentItem {
            id: String::new(),
            text: "Water".to_owned(),
            since: Some(at(1_000)),
            minutes,
        };
        for (minutes, now, over) in [
            (Some(5), 1_299, false),
            (Some(5), 1_300, true),
            (Some(10), 1_300, false),
            (None, 9_000, false),
        ] {
            assert_eq!(
                time_is_up(&item(minutes), at(now)),
                over,
                "{minutes:?} {now}"
            );
        }
    }
}
