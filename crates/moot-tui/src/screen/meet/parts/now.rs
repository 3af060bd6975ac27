//! What is spoken of now: the item and its time, the rounds that are open, what was decided and noted.

use moot_engine::reply::meeting::{CheckView, ConsentView, MeetingView, RoundView, SittingView};

use super::super::clock::{Stage, Timebox};
use super::super::rows::Rows;
use super::super::sitting;
use super::{my_name, named, names, when_and_state};
use crate::model::Model;
use crate::words::{count, one_line, said};

/// So many of the last notes are shown; the minutes have all of them.
const NOTED: usize = 8;

pub(super) fn rows(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    hints(model, view, rows);
    match sitting(view) {
        Some(sitting) => current(model, view, sitting, rows),
        None => without_sitting(model, view, rows),
    }
    open_rounds(model, view, rows);
    decided(model, view, rows);
    noted(model, view, rows);
    if view.newer > 0 {
        rows.quiet(
            "newer:",
            "This meeting holds something newer than this moot understands.",
        );
    }
}

/// What is open to be answered: texts put to consent, rounds, temperature checks.
pub(super) fn open_rounds(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    for one in view.consents.iter().filter(|one| one.state == "open") {
        consent(model, view, one, rows);
    }
    for one in view.rounds.iter().filter(|one| one.state == "open") {
        round(model, one, rows);
    }
    for one in view.checks.iter().filter(|one| one.state == "open") {
        check(one, rows);
    }
}

/// Whether an open round waits for this person.
pub(super) fn wants(view: &MeetingView, me: &str) -> bool {
    let in_consent = view.consents.iter().any(|one| {
        let has_answered = |one: &ConsentView| {
            let mut answers = one.answers.iter();
            answers.any(|answer| answer.by == me && answer.version == one.version)
        };
        one.state == "open" && !has_answered(one)
    });
    let in_round = view
        .rounds
        .iter()
        .any(|one| one.state == "open" && one.waiting.first().is_some_and(|next| next == me));
    let in_check = view
        .checks
        .iter()
        .any(|one| one.state == "open" && one.yours.is_none());
    in_consent || in_round || in_check
}

/// What asks for somebody before all else.
fn hints(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    for contest in &view.to_settle {
        let choices: Vec<&str> = contest
            .choices
            .iter()
            .map(|one| one.text.as_str())
            .collect();
        let text = format!("to settle (S): {}: {}", contest.text, choices.join(" / "));
        rows.item(
            &format!("settle:{}", contest.id),
            "! ",
            &text,
            "",
            rows.theme.asks,
        );
    }
    for alike in &view.alike {
        let text = format!(
            "“{}” is open at the same time. Is it the same meeting?",
            alike.name
        );
        rows.item(
            &format!("alike:{}", alike.id),
            "! ",
            &text,
            "",
            rows.theme.asks,
        );
    }
    for review in &view.reviews {
        let text = format!(
            "How {} rotates is due for review: something for the agenda?",
            review.role
        );
        rows.quiet(&format!("review:{}", review.role), &text);
    }
    for role in &view.roles {
        let is_facilitator = role.role.eq_ignore_ascii_case("facilitator");
        // Before it begins, what is to be done next says so.
        if is_facilitator && role.holders.is_empty() && sitting(view).is_some() {
            let about = format!("role:{}", role.role);
            rows.quiet(
                &about,
                "Nobody facilitates; f asks who might. It runs all the same.",
            );
        }
    }
    let me = my_name(model);
    let is_said = view.attendance.iter().any(|row| row.person.name == me);
    if sitting(view).is_some() && !is_said {
        rows.quiet("attend:", "p says that you are here.");
    }
}

fn without_sitting(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    rows.text(
        "purpose:",
        &format!("For: {}", view.purpose),
        rows.theme.strong,
    );
    rows.quiet("state:", &when_and_state(model, view));
    let words = match view.state.as_str() {
        "cancelled" => "It does not take place. X lets it after all.",
        "wrapping" | "minutes draft" => {
            "The sitting is closed. M reads the minutes back, G says that they are agreed, B opens another sitting."
        }
        "minutes agreed" => "The minutes are agreed. M shows them.",
        _ => {
            "It has not begun. a adds items, f asks who might facilitate, p says that you will come, B begins."
        }
    };
    rows.quiet("next:", words);
    let vacant = view.roles.iter().filter(|role| role.holders.is_empty());
    let vacant = vacant.count() as u64;
    if vacant > 0 && matches!(view.state.as_str(), "proposed" | "scheduled" | "prepared") {
        let roles = count(vacant, "role is vacant", "roles are vacant");
        rows.quiet("vacant:", &format!("{roles}: o asks somebody."));
    }
}

fn current(model: &Model, view: &MeetingView, sitting: &SittingView, rows: &mut Rows<'_>) {
    match &sitting.current {
        Some(current) => {
            let about = format!("item:{}", current.id);
            let item = view.agenda.iter().position(|item| item.id == current.id);
            let number = item.map_or_else(String::new, |index| format!("{} ", index + 1));
            let text = format!("{number}{}", one_line(&current.text));
            rows.item(&about, "▶ ", &text, "", rows.theme.strong);
            timebox(model, current, rows);
        }
        None => {
            let words = if view.agenda.is_empty() {
                "Nothing is on the agenda yet: a adds an item."
            } else if !view.agenda.iter().any(super::super::is_ahead) {
                "The agenda is through: F closes the sitting, a adds an item."
            } else {
                "No item is current: n goes to the first."
            };
            rows.text("none:", words, rows.theme.plain);
        }
    }
    if sitting.quiet {
        rows.quiet(
            "over:",
            "Nothing was said for two hours: it is probably over. F closes it.",
        );
    }
    let others = view
        .sittings
        .iter()
        .filter(|other| other.state == "open" && other.id != sitting.id);
    for other in others {
        let at = said(other.opened, model.now.wall_ms, &model.setup.zone);
        let by = names(model, &other.by);
        let now = other.current.as_ref().map_or_else(String::new, |current| {
            format!(", now at “{}”", one_line(&current.text))
        });
        let text = format!("another sitting is open too: {by}, since {at}{now}");
        rows.item(
            &format!("sitting:{}", other.id),
            "! ",
            &text,
            "",
            rows.theme.asks,
        );
    }
    let words = format!("For: {}", view.purpose);
    rows.quiet("purpose:", &words);
}

fn timebox(model: &Model, current: &moot_engine::reply::meeting::CurrentItem, rows: &mut Rows<'_>) {
    let Some(timebox) = Timebox::of(current, model.now.wall_ms) else {
        if let Some(since) = current.since {
            let since = said(since, model.now.wall_ms, &model.setup.zone);
            rows.quiet("time:", &format!("since {since}, with no minutes set"));
        }
        return;
    };
    let style = match timebox.stage() {
        Stage::Early | Stage::Half => rows.theme.plain,
        Stage::Soon => rows.theme.asks,
        Stage::Over => rows.theme.wrong,
    };
    rows.item("time:", "  ", &timebox.long(), "", style);
    if let Some(words) = timebox.words() {
        rows.item("time:", "  ", words, "", style);
    }
}

fn consent(model: &Model, view: &MeetingView, one: &ConsentView, rows: &mut Rows<'_>) {
    let about = format!("consent:{}", one.id);
    let version: String = one.version.chars().take(6).collect();
    rows.head(&format!("Consent round · version {version}"));
    rows.item(
        &about,
        "  ",
        &format!("“{}”", one.text),
        "",
        rows.theme.strong,
    );
    for text in &one.texts {
        let words = format!("reworded apart by {}: “{}”", text.by, text.title);
        rows.item(&about, "! ", &words, "", rows.theme.asks);
    }
    let is_on_this = |version: &str| version == one.version;
    for answer in &one.answers {
        let old = if is_on_this(&answer.version) {
            ""
        } else {
            " (to an earlier wording)"
        };
        let reason = answer
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {}", one_line(reason)));
        let by = named(model, &answer.by);
        let text = format!("{by} {}{old}{reason}", position_words(&answer.answer));
        rows.item(&about, "  ", &text, "", rows.theme.plain);
    }
    let has_answered = |name: &str| {
        let mut answers = one.answers.iter();
        answers.any(|answer| answer.by == name && is_on_this(&answer.version))
    };
    let is_here = |name: &str| {
        let mut said = view.attendance.iter();
        said.any(|row| row.state == "present" && row.person.name == name)
    };
    let people = model.people.iter().filter(|person| person.state != "left");
    let mut silent: Vec<&str> = people
        .map(|person| person.name.as_str())
        .filter(|name| !has_answered(name))
        .collect();
    silent.sort_by_key(|name| (!is_here(name), name.to_owned()));
    if !silent.is_empty() {
        let silent: Vec<String> = silent.iter().map(|name| named(model, name)).collect();
        let text = format!("not answered yet: {}", silent.join(", "));
        rows.item(&about, "  ", &text, "", rows.theme.quiet);
    }
    if !has_answered(&my_name(model)) {
        let words = if rows.has_keys {
            "c gives your answer"
        } else {
            "your answer is awaited"
        };
        rows.item(&about, "  ", words, "", rows.theme.asks);
    } else if rows.has_keys && !silent.iter().any(|name| is_here(name)) {
        let words = "everyone here has answered: c closes the round";
        rows.item(&about, "  ", words, "", rows.theme.quiet);
    }
}

/// A position as one says it.
pub(super) fn position_words(word: &str) -> &str {
    match word {
        "consent" => "consents",
        "concern" => "consents, with a concern",
        "aside" => "stands aside",
        "hold" => "asks to hold",
        "object" => "objects",
        other => other,
    }
}

fn round(model: &Model, one: &RoundView, rows: &mut Rows<'_>) {
    let about = format!("round:{}", one.id);
    let kind = match one.kind.as_str() {
        "check-in" => "Check-in",
        "check-out" => "Check-out",
        _ => "Round",
    };
    rows.head(kind);
    if one.text != one.kind {
        rows.item(&about, "  ", &one.text, "", rows.theme.strong);
    }
    for turn in &one.turns {
        let by = named(model, &turn.by);
        let text = turn
            .text
            .as_ref()
            .map_or_else(String::new, |text| format!(": {}", one_line(text)));
        rows.item(
            &about,
            "  ",
            &format!("{by} {}{text}", turn.turn),
            "",
            rows.theme.quiet,
        );
    }
    let me = my_name(model);
    if let Some(next) = one.waiting.first() {
        let (text, style) = if *next == me {
            let words = if rows.has_keys {
                "your turn: v"
            } else {
                "your turn"
            };
            (words.to_owned(), rows.theme.asks)
        } else {
            (format!("{}'s turn", one_line(next)), rows.theme.strong)
        };
        rows.item(&about, "▶ ", &text, "", style);
    } else {
        let words = if rows.has_keys {
            "everyone here had a turn: v closes it"
        } else {
            "everyone here had a turn"
        };
        rows.item(&about, "  ", words, "", rows.theme.quiet);
    }
    if one.waiting.len() > 1 {
        let then = format!("then {}", names(model, &one.waiting[1..]));
        rows.item(&about, "  ", &then, "", rows.theme.plain);
    }
}

fn check(one: &CheckView, rows: &mut Rows<'_>) {
    let about = format!("check:{}", one.id);
    rows.head("Temperature");
    rows.item(&about, "  ", &one.text, "", rows.theme.strong);
    let counts: Vec<String> = one
        .counts
        .iter()
        .map(|count| format!("{} {}", count.word, count.count))
        .collect();
    rows.item(&about, "  ", &counts.join(" · "), "", rows.theme.plain);
    match &one.yours {
        Some(word) => rows.item(&about, "  ", &format!("you: {word}"), "", rows.theme.quiet),
        None => {
            let words = if rows.has_keys {
                "w says how warm you are to it"
            } else {
                "your word is awaited"
            };
            rows.item(&about, "  ", words, "", rows.theme.asks);
        }
    }
}

/// What was put to consent and is closed.
fn decided(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    let closed: Vec<&ConsentView> = view
        .consents
        .iter()
        .filter(|one| one.state != "open")
        .collect();
    if closed.is_empty() {
        return;
    }
    rows.head("Put to consent");
    for one in closed {
        let about = format!("consent:{}", one.id);
        let (sign, style) = match one.state.as_str() {
            "adopted" => ("✓ ", rows.theme.plain),
            "contested" => ("! ", rows.theme.asks),
            _ => ("– ", rows.theme.plain),
        };
        let text = format!("{}: “{}”", one.state, one_line(&one.text));
        rows.item(&about, sign, &text, "", style);
        if !one.unheard.is_empty() {
            let text = format!(
                "not heard by whoever closed it: {}",
                names(model, &one.unheard)
            );
            rows.item(&about, "  ", &text, "", rows.theme.asks);
        }
    }
}

/// The last notes, the latest first.
fn noted(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    if view.remarks.is_empty() {
        return;
    }
    rows.head("Noted");
    for remark in view.remarks.iter().rev().take(NOTED) {
        let off = if remark.off_record {
            " (not in the minutes)"
        } else {
            ""
        };
        let corrected = if remark.corrected { " (corrected)" } else { "" };
        let by = one_line(&remark.by.join(", "));
        let text = format!("{by}: {}{corrected}{off}", one_line(&remark.text));
        let at = said(remark.at, model.now.wall_ms, &model.setup.zone);
        let style = if remark.off_record {
            rows.theme.quiet
        } else {
            rows.theme.plain
        };
        rows.item(&format!("remark:{}", remark.id), "  ", &text, &at, style);
    }
}
