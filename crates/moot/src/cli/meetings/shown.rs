//! Meetings and roles as text for people. Owns the lines; nothing in them is a count per person.

use std::fmt::Write;

use moot_engine::reply::meeting::{
    ActionRow, AgendaItem, CheckView, ChoiceRow, ConsentView, FairnessView, InboxRow, MeetingRow,
    MeetingView, MergedRow, OfferRow, PolicyView, RoleRow, RoundView, SettleRow, SittingView,
    Suggestions,
};
use moot_engine::{CommandError, Reply};

use crate::cli::meet::time_is_up;
use crate::cli::{Context, unexpected};
use crate::terminal::{Table, clean, clean_text, count, local, local_day, short, shown_moment};

/// Shows an answer about meetings.
pub(super) fn reply(context: &Context, reply: &Reply) -> Result<(), CommandError> {
    let terminal = &context.terminal;
    match reply {
        Reply::Meetings(rows) => {
            terminal.answer(rows, |rows| meetings(rows))?;
            if rows.is_empty() {
                terminal.say(
                    "There are no meetings yet. Prepare one: moot meeting new TITLE --purpose TEXT",
                );
            }
            Ok(())
        }
        Reply::Meeting(view) => terminal.answer(&**view, meeting),
        Reply::Roles(rows) => terminal.answer(rows, |rows| roles(rows)),
        Reply::Suggestions(all) => {
            if terminal.wants_json() {
                return terminal.json(&all.suggested);
            }
            crate::terminal::print(&suggestions(all))
        }
        Reply::Policy(view) => terminal.answer(view, policy),
        Reply::Fairness(view) => terminal.answer(view, fairness),
        Reply::Consent(view) => terminal.answer(&**view, consent),
        Reply::Round(view) => terminal.answer(view, round),
        Reply::Check(view) => terminal.answer(view, check),
        Reply::Inbox(all) => {
            if let Some(apart) = all.apart.as_ref().filter(|_| !terminal.wants_json()) {
                crate::terminal::print(&format!("{apart}\n"))?;
            }
            terminal.answer(&all.items, |rows| inbox(rows))?;
            if all.items.is_empty() {
                terminal.say("Nothing needs you, and nothing needs settling.");
            }
            Ok(())
        }
        Reply::Merged(rows) => {
            terminal.answer(rows, |rows| merged(rows))?;
            if rows.is_empty() {
                terminal.say("Nothing was merged since you were last apart.");
            }
            Ok(())
        }
        other => Err(unexpected(other.clone())),
    }
}

fn meetings(rows: &[MeetingRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        let at = row
            .at
            .map_or_else(String::new, |at| shown_moment(at, row.zone.as_deref()));
        table.row([
            short(&row.id).to_owned(),
            row.state.clone(),
            at,
            clean(&row.title),
        ]);
    }
    table.show()
}

/// A line of text, made harmless. Writing to a string cannot fail.
macro_rules! say {
    ($text:ident, $($line:tt)*) => { let _ = writeln!($text, $($line)*); };
}

pub(in crate::cli) fn meeting(view: &MeetingView) -> String {
    let mut text = head(view);
    if !view.roles.is_empty() {
        section(&mut text, "Roles", &roles(&view.roles));
    }
    for note in &view.notes {
        say!(
            text,
            "  for the next {}: {} ({})",
            clean(&note.role),
            clean_text(&note.text),
            clean(&note.by.join(", "))
        );
    }
    if !view.agenda.is_empty() {
        section(&mut text, "Agenda", &agenda(&view.agenda, &view.sittings));
    }
    for (number, sitting) in view.sittings.iter().enumerate() {
        let name = match view.sittings.len() {
            1 => "Sitting".to_owned(),
            _ => format!("Sitting {}", letter(number)),
        };
        section(&mut text, &name, &sitting_lines(sitting));
    }
    if !view.attendance.is_empty() {
        let said = view.attendance.iter();
        let said: Vec<String> = said
            .map(|row| format!("{} {}", clean(&row.person.name), row.state))
            .collect();
        say!(text, "\nPeople    {}", said.join(", "));
    }
    if !view.actions.is_empty() {
        section(&mut text, "Actions", &actions(&view.actions));
    }
    for view in &view.consents {
        section(&mut text, "Consent", &consent(view));
    }
    for view in view.rounds.iter().filter(|round| round.state == "open") {
        section(&mut text, "Round", &round(view));
    }
    for view in view.checks.iter().filter(|check| check.state == "open") {
        section(&mut text, "Temperature", &check(view));
    }
    if view.newer > 0 {
        say!(
            text,
            "\nIt holds something newer than this moot understands."
        );
    }
    if view.uncounted > 0 {
        let what = count(view.uncounted, "thing", "things");
        say!(
            text,
            "\n{what} said here are beyond what one meeting counts: kept, and not shown."
        );
    }
    text
}

fn head(view: &MeetingView) -> String {
    let mut text = String::new();
    say!(text, "{}", clean(&view.title));
    say!(text, "  for        {}", clean(&view.purpose));
    let mut state = view.state.clone();
    if let Some(at) = view.at {
        state = format!("{state}, {}", shown_moment(at, view.zone.as_deref()));
    }
    say!(text, "  state      {state}");
    for contest in &view.to_settle {
        say!(text, "  to settle  {}", to_settle(contest));
    }
    for review in &view.reviews {
        let (role, day) = (clean(&review.role), local_day(review.since));
        say!(
            text,
            "  to review  how {role} rotates, due from {day} on; `moot agenda add` puts it on the agenda, `moot role policy ROLE --review DATE` sets the next day"
        );
    }
    for alike in &view.alike {
        say!(
            text,
            "  hint       another meeting of this title is open too: {}. Is it the same one?",
            short(&alike.id)
        );
    }
    text
}

/// What competes, on a line: `settle` takes its id and any of the words.
pub(in crate::cli) fn to_settle(contest: &SettleRow) -> String {
    let choice = |choice: &ChoiceRow| {
        let words = clean(&choice.text);
        if contest.both {
            return words;
        }
        format!(
            "\u{201c}{words}\u{201d} by {}",
            clean(&choice.by.join(", "))
        )
    };
    let choices: Vec<String> = contest.choices.iter().map(choice).collect();
    let both = if contest.both { " / both" } else { "" };
    let (id, what) = (short(&contest.id), clean(&contest.text));
    format!("{id}  {what}: {}{both}", choices.join(" / "))
}

fn section(text: &mut String, name: &str, lines: &str) {
    say!(text, "\n{name}");
    text.push_str(&indented(lines));
}

/// A, B, …: which of several sittings.
fn letter(number: usize) -> char {
    u8::try_from(number)
        .ok()
        .and_then(|number| b'A'.checked_add(number))
        .map_or('?', char::from)
}

fn sitting_lines(sitting: &SittingView) -> String {
    let mut text = String::new();
    let by = clean(&sitting.by.join(", "));
    let closed = sitting.closed.map_or_else(
        || {
            if sitting.quiet {
                ", probably over: nothing was said for two hours".to_owned()
            } else {
                String::new()
            }
        },
        |at| format!(", closed {}", local(at)),
    );
    say!(
        text,
        "{}, opened {} by {by}{closed}",
        sitting.state,
        local(sitting.opened)
    );
    if let Some(current) = &sitting.current {
        let since = current
            .since
            .map_or_else(String::new, |since| format!(", since {}", local(since)));
        let minutes = current
            .minutes
            .map_or_else(String::new, |minutes| format!(", {minutes} min"));
        let open = sitting.state == "open";
        let over = if open && time_is_up(current, jiff::Timestamp::now()) {
            ", which are over; 5 more: moot agenda extend MEETING"
        } else {
            ""
        };
        say!(text, "now: {}{since}{minutes}{over}", clean(&current.text));
    }
    for row in sitting.queue.iter().filter(|row| row.state == "waiting") {
        let note = row
            .note
            .as_ref()
            .map_or_else(String::new, |note| format!(": {}", clean(note)));
        say!(
            text,
            "in the queue: {} ({}){note}",
            clean(&row.by),
            row.kind
        );
    }
    text
}

/// The agenda, each item with the sittings that discussed it where there were several.
pub(in crate::cli) fn agenda(items: &[AgendaItem], sittings: &[SittingView]) -> String {
    let by = |item: &AgendaItem| match item.by.as_slice() {
        [] => String::new(),
        by => format!("  (by {})", clean(&by.join(", "))),
    };
    let discussed = |item: &AgendaItem| {
        let place = |id: &String| sittings.iter().position(|one| one.id == *id);
        let letters = item.discussed_in.iter().filter_map(place).map(letter);
        let letters: Vec<String> = letters.map(String::from).collect();
        if sittings.len() < 2 || letters.is_empty() {
            return String::new();
        }
        format!("  (discussed in {})", letters.join(" and "))
    };
    let mut table = Table::new();
    for (number, item) in items.iter().enumerate() {
        let minutes = item
            .minutes
            .map_or_else(String::new, |minutes| format!("{minutes} min"));
        table.row([
            format!("{}.", number + 1),
            short(&item.id).to_owned(),
            item.state.clone(),
            item.kind.clone(),
            minutes,
            format!("{}{}{}", clean(&item.text), by(item), discussed(item)),
        ]);
    }
    table.show()
}

/// Whether an offer is still to be told: it waits, or its word is for whoever holds the role by it.
fn told_still(row: &RoleRow, offer: &OfferRow) -> bool {
    let holds = || row.holders.contains(&offer.to.name);
    offer.state == "open" || (offer.state == "accepted" && offer.note.is_some() && holds())
}

/// What was sent along with an offer, and by whom.
pub(in crate::cli) fn word_sent(offer: &OfferRow) -> String {
    offer.note.as_ref().map_or_else(String::new, |note| {
        let by = clean(&offer.by.join(", "));
        let words: Vec<&str> = note.split_whitespace().collect();
        format!("; {by} says: {}", clean(&words.join(" ")))
    })
}

pub(in crate::cli) fn roles(rows: &[RoleRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        let mut says = clean(&row.holders.join(", "));
        if row.to_settle {
            says.push_str("  (both said yes apart: one steps back, or `moot role share`)");
        }
        if !row.shadows.is_empty() {
            says.push_str(&format!("  shadow: {}", clean(&row.shadows.join(", "))));
        }
        for offer in row.offers.iter().filter(|offer| told_still(row, offer)) {
            let sep = if says.is_empty() { "" } else { "  " };
            let what = match offer.kind.as_str() {
                "hand-over" => " to take it over",
                "swap" => " to exchange it",
                "shadow" => " to shadow",
                _ => "",
            };
            if offer.state == "open" {
                let (to, id) = (clean(&offer.to.name), short(&offer.id));
                says.push_str(&format!("{sep}asked {to}{what} ({id})"));
            }
            says.push_str(&word_sent(offer));
        }
        table.row([clean(&row.role), row.state.clone(), says]);
    }
    table.show()
}

pub(in crate::cli) fn suggestions(all: &Suggestions) -> String {
    let mut table = Table::new();
    for (number, row) in all.suggested.iter().enumerate() {
        table.row([
            format!("{}.", number + 1),
            clean(&row.name),
            clean(&row.reason),
        ]);
    }
    for row in &all.left_out {
        table.row(["not".to_owned(), clean(&row.name), clean(&row.reason)]);
    }
    let mut text = table.show();
    text.push_str(&occasions(&all.per));
    if all.suggested.is_empty() {
        text.push_str("Nobody is suggested this time. Anyone may take the role all the same.\n");
    }
    text
}

pub(in crate::cli) fn actions(rows: &[ActionRow]) -> String {
    let mut table = Table::new();
    for (number, row) in rows.iter().enumerate() {
        let whose = match (row.owners.as_slice(), row.asked.as_slice()) {
            ([], []) => "nobody's yet".to_owned(),
            ([], asked) => format!("asked {}", clean(&asked.join(", "))),
            (owners, _) => clean(&owners.join(", ")),
        };
        table.row([
            format!("{}.", number + 1),
            short(&row.id).to_owned(),
            row.state.clone(),
            whose,
            clean(&row.text),
        ]);
    }
    table.show()
}

pub(in crate::cli) fn consent(view: &ConsentView) -> String {
    let mut text = String::new();
    say!(text, "{}  {}", short(&view.id), view.state);
    for line in clean_text(&view.text).lines() {
        say!(text, "  {line}");
    }
    for answer in &view.answers {
        let old = if answer.version == view.version {
            ""
        } else {
            " (on another wording)"
        };
        let reason = answer
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {}", clean_text(reason)));
        say!(
            text,
            "  {} {}{old}{reason}",
            clean(&answer.by),
            answer.answer
        );
    }
    if let Some(spoken) = &view.spoken {
        say!(
            text,
            "  {} of {} have spoken",
            spoken.positions,
            spoken.members
        );
    }
    if let Some(other) = &view.reworded {
        say!(text, "  worded otherwise, and not adopted:");
        for line in clean_text(&other.text).lines() {
            say!(text, "    {line}");
        }
    }
    if !view.unheard.is_empty() {
        say!(
            text,
            "  not heard by whoever closed it: {}",
            clean(&view.unheard.join(", "))
        );
    }
    text
}

pub(in crate::cli) fn round(view: &RoundView) -> String {
    let mut text = String::new();
    say!(
        text,
        "{}  {}  {}",
        short(&view.id),
        view.kind,
        clean(&view.text)
    );
    for turn in &view.turns {
        let said = turn
            .text
            .as_ref()
            .map_or_else(String::new, |said| format!(": {}", clean_text(said)));
        say!(text, "  {} {}{said}", clean(&turn.by), turn.turn);
    }
    if !view.waiting.is_empty() {
        say!(text, "  then {}", clean(&view.waiting.join(", ")));
    }
    text
}

pub(in crate::cli) fn check(view: &CheckView) -> String {
    let mut text = String::new();
    say!(text, "{}  {}", short(&view.id), clean(&view.text));
    let counts: Vec<String> = view
        .counts
        .iter()
        .map(|count| format!("{} {}", count.word, count.count))
        .collect();
    say!(text, "  {}", counts.join(", "));
    text
}

fn policy(view: &PolicyView) -> String {
    let mut text = String::new();
    say!(
        text,
        "{}: passes on per {}; {} left in peace afterwards; shadowing {}; auto-offer {}",
        clean(&view.role),
        view.per,
        count(u64::from(view.gap), "occasion", "occasions"),
        view.shadowing,
        view.auto_offer
    );
    if let Some(review) = view.review {
        say!(text, "{}", review_day(review, view.due));
    }
    text.push_str(&occasions(&view.per));
    if !view.competing.is_empty() {
        say!(
            text,
            "Set apart from each other, so the one before holds until somebody sets one that follows both:"
        );
    }
    for choice in &view.competing {
        say!(text, "  {}, by {}", clean(&choice.title), clean(&choice.by));
    }
    text
}

/// From which day on a policy is to be looked at again, and what to do once it was.
fn review_day(review: jiff::Timestamp, due: bool) -> String {
    let day = local_day(review);
    if due {
        format!(
            "Due for review since {day}. Once you have looked at it: --review DATE sets the next day, --review never none."
        )
    } else {
        format!("To be looked at again from {day} on.")
    }
}

/// What an occasion is for a role that passes on by another rhythm than that of meetings. Suggestions know no other.
fn occasions(per: &str) -> String {
    let how = match per {
        "item" => {
            "For suggestions a meeting is one occasion all the same: the list is the order to go by from item to item, and \
             all who held the role at a meeting share its turn."
        }
        "term" => {
            "For suggestions each meeting is an occasion all the same: whoever holds the role for a term takes a turn at \
             every meeting of it."
        }
        _ => return String::new(),
    };
    format!("The group agreed that it passes on per {per}. {how}\n")
}

fn fairness(view: &FairnessView) -> String {
    let mut text = String::new();
    let (clear, high) = (
        "nobody is far from their share",
        "more than two turns: look at it",
    );
    let (fair, served) = view.yours_thousandths;
    let mut table = Table::new();
    let mut line = |what: &str, found: String| table.row([what.to_owned(), found]);
    line("occasions", view.occasions.to_string());
    let judged = if view.alert { high } else { clear };
    let worst = turns(view.worst_debt_thousandths);
    line("worst debt", format!("{worst} turns; {judged}"));
    if let Some((least, most)) = view.served_of_fair_thousandths {
        line(
            "served of fair share",
            format!("{} to {}", turns(least), turns(most)),
        );
    }
    line(
        "holders in the last ten",
        view.holders_in_last_ten.to_string(),
    );
    line("vacancies", view.vacancies.to_string());
    line("twice running", view.back_to_backs.to_string());
    for row in &view.hours {
        let found = format!("{} of {} before 8 or after 22", row.unsocial, row.meetings);
        line(&format!("hours in {}", clean(&row.zone)), found);
    }
    let yours = format!("{} turns of {}", turns(served), turns(fair));
    line("yours, for you alone", yours);
    text.push_str(&table.show());
    text
}

/// Thousandths as a number with two places.
fn turns(thousandths: i64) -> String {
    let hundredths = thousandths.unsigned_abs() / 10;
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

pub(in crate::cli) fn inbox(rows: &[InboxRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        // A role is told whole: it is no id.
        let id = match row.kind.as_str() {
            "review" => clean(&row.id),
            _ => short(&row.id).to_owned(),
        };
        table.row([id, row.kind.clone(), local(row.since), clean(&row.text)]);
    }
    table.show()
}

fn merged(rows: &[MergedRow]) -> String {
    let mut table = Table::new();
    for row in rows {
        table.row([
            short(&row.id).to_owned(),
            row.kind.clone(),
            clean(&row.title),
            clean(&row.by),
            local(row.at),
            clean(&row.summary),
        ]);
    }
    table.show()
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
