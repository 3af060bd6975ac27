//! What a line typed in a meeting means, in the manner of the bots that minute W3C's meetings: `q+ to …`, `agenda+ …`,
//! `take up 2`, `scribe+`.
//!
//! Owns the words alone. A line that begins with none of them is a line of the minutes; what a verb is about (`the open consent
//! round`) is found by whoever carries it out.

mod roles;

#[cfg(test)]
mod tests;

use moot_engine::command::{
    Act, Attendance, ItemKind, ItemMark, Position, QueueKind, QueueRule, RoundKind, Warmth,
};

/// What was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Line {
    /// Something done in the meeting.
    Act(Act),
    /// Something done about the one thing that is under way.
    About(About),
    /// Something to be told.
    Tell(Tell),
    /// The end.
    Quit,
    /// Nothing at all.
    Blank,
    /// A verb that lacks something; how it is typed.
    Incomplete(&'static str),
    /// Something said to the program that is no verb.
    Unknown,
}

/// What is done about the thing of its sort that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    /// To the item with this number, id or wording; none means the next.
    TakeUp(Option<String>),
    /// To the next item, and back to this one at the end.
    Skip,
    /// Yes to the offer that stands for me; of this role where there are several.
    Accept(Option<String>),
    /// No to it.
    Decline(Option<String>),
    /// Takes back the offer that one made of this role.
    Withdraw(String),
    /// To the end of the queue.
    Later,
    /// Other words for the text that is put to consent.
    Reword(String),
    /// This competing value, of what has this id.
    Settle(String, String),
    /// A position in the consent round that is open.
    Position(Position, Option<String>),
    /// Closes the consent round that is open.
    CloseConsent,
    /// My turn in the round that is open.
    Turn { pass: bool, text: Option<String> },
    /// Closes the round that is open.
    CloseRound,
    /// A word in the temperature check that is open.
    Feel(Warmth),
    /// Closes the check that is open; its counts are kept in the minutes, or nothing is.
    CloseCheck { keep: bool },
    /// The action: I do it, I do not, it is done.
    Action(ActionStep, String),
    /// How my last line in the minutes should read.
    Correct(String),
}

/// What becomes of an action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ActionStep {
    Accept,
    Decline,
    Done,
    Drop,
}

/// What can be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tell {
    Agenda,
    Queue,
    Roles,
    Actions,
    Present,
    Minutes,
    Consent,
    Round,
    Suggestions(String),
    Help,
}

/// What the verbs are, for `help`.
pub(super) const HELP: &str = "\
open · close · minutes agreed · present+ · available+ · regrets+ · left · present?
agenda+ TEXT [(decide, 10 min)] · agenda? · agree [N] · take up N · next item · skip [N] · carry N · done N
extend 5 · backlog N · drop N · reopen N · agenda order is 2, 1
q+ [to NOTE] · qq+ (a reply) · q+ question|order · q- · q- later · q? · ack next · queue least-heard|as-asked
ROLE+ (as scribe+) · ROLE- · step back ROLE: NOTE · offer ROLE to NAME · suggest ROLE · roles? · accept · decline
hand over ROLE to NAME [: NOTE] · swap ROLE with NAME · shadow ROLE [to NAME] · withdraw ROLE · share ROLE
not me ROLE · ask me ROLE · note ROLE: TEXT · open ROLE · select ROLE to NAME · role+ NAME · role- NAME
proposal: TEXT · reword: TEXT · consent · concern: WHY · aside · hold: UNTIL · object: WHY · close consent · consent?
action+ TEXT [-> NAME] · mine N · not mine N · action done N · action drop N · actions?
round: TEXT · check-in · check-out · spoke [: TEXT] · pass · close round · round?
check: TEXT · hot|warm|mild|cool|cold · close check [keep]
minutes? · correct: TEXT · no name · my name · /me TEXT (not in the minutes) · settle ID CHOICE · help · quit
Anything else is a line in the minutes; after \"moot,\" it is none.";

/// Reads a line. `roles` are those that the meeting has, so that `scribe+` is known from a remark that ends in a plus.
pub(super) fn read(line: &str, roles: &[String]) -> Line {
    let line = line.trim();
    if line.is_empty() {
        return Line::Blank;
    }
    if let Some(said) = addressed(line) {
        return verb(said, roles).unwrap_or(Line::Unknown);
    }
    verb(line, roles).unwrap_or_else(|| remark(line, false))
}

/// What was said to the program by name, as people say it to a bot.
fn addressed(line: &str) -> Option<&str> {
    let (name, said) = line.split_once(',')?;
    let name = name.trim().to_lowercase();
    matches!(name.as_str(), "moot" | "zakim").then(|| said.trim())
}

fn verb(line: &str, roles: &[String]) -> Option<Line> {
    plain(line)
        .or_else(|| roles::sign(line, roles))
        .or_else(|| with_text(line, roles))
}

fn remark(text: &str, off_record: bool) -> Line {
    Line::Act(Act::Remark {
        text: text.to_owned(),
        off_record,
    })
}

/// Verbs that stand alone.
fn plain(line: &str) -> Option<Line> {
    let about = |about| Some(Line::About(about));
    let act = |act| Some(Line::Act(act));
    let tell = |tell| Some(Line::Tell(tell));
    match line.to_lowercase().as_str() {
        "open" | "open meeting" | "start meeting" => act(Act::Open),
        "close" | "close meeting" | "end meeting" => act(Act::Close),
        "minutes agreed" => act(Act::AgreeMinutes),
        "agree" | "agree agenda" => act(Act::AgreeAgenda),
        "present+" => act(Act::Attend(Attendance::Present)),
        "available+" => act(Act::Attend(Attendance::Available)),
        "regrets+" => act(Act::Attend(Attendance::Regrets)),
        "left" | "present-" => act(Act::Attend(Attendance::Left)),
        "q+" => act(queue(QueueKind::Topic, None)),
        "qq+" => act(queue(QueueKind::Reply, None)),
        "q-" => act(Act::Unqueue),
        "q- later" => about(About::Later),
        "ack next" => act(Act::NextSpeaker),
        "no name" => act(Act::Name { leave_out: true }),
        "my name" => act(Act::Name { leave_out: false }),
        "check-in" => act(round(RoundKind::CheckIn, "check-in")),
        "check-out" => act(round(RoundKind::CheckOut, "check-out")),
        "extend" => act(Act::Extend { minutes: 5 }),
        "next item"
        | "next agendum"
        | "take up next"
        | "move to next item"
        | "move to next agendum" => about(About::TakeUp(None)),
        "skip" => about(About::Skip),
        "accept" => about(About::Accept(None)),
        "decline" => about(About::Decline(None)),
        "spoke" => about(About::Turn {
            pass: false,
            text: None,
        }),
        "pass" => about(About::Turn {
            pass: true,
            text: None,
        }),
        "close round" => about(About::CloseRound),
        "close consent" => about(About::CloseConsent),
        "close check" => about(About::CloseCheck { keep: false }),
        "close check keep" => about(About::CloseCheck { keep: true }),
        "agenda?" => tell(Tell::Agenda),
        "q?" | "queue?" => tell(Tell::Queue),
        "roles?" => tell(Tell::Roles),
        "actions?" => tell(Tell::Actions),
        "present?" | "who is here?" => tell(Tell::Present),
        "minutes?" => tell(Tell::Minutes),
        "consent?" => tell(Tell::Consent),
        "round?" => tell(Tell::Round),
        "help" | "help?" => tell(Tell::Help),
        "quit" | "bye" => Some(Line::Quit),
        word => Position::from_word(word)
            .map(|position| position_taken(position, None))
            .or_else(|| Warmth::from_word(word).map(|word| Line::About(About::Feel(word)))),
    }
}

/// Verbs with something after them.
fn with_text(line: &str, roles: &[String]) -> Option<Line> {
    meeting_verb(line)
        .or_else(|| item_verb(line))
        .or_else(|| roles::verb(line, roles))
        .or_else(|| action_verb(line))
}

fn meeting_verb(line: &str) -> Option<Line> {
    if let Some(text) = after(line, "/me") {
        return Some(some_text(text, "/me TEXT", |text| remark(text, true)));
    }
    if let Some(rest) = after(line, "q+") {
        return Some(Line::Act(asked_for(QueueKind::Topic, rest)));
    }
    if let Some(rest) = after(line, "qq+") {
        return Some(Line::Act(asked_for(QueueKind::Reply, rest)));
    }
    if after(line, "present+").is_some() {
        return Some(Line::Incomplete("present+ (each says it for themself)"));
    }
    if let Some(rule) = after(line, "queue").and_then(QueueRule::from_word) {
        return Some(Line::Act(Act::RuleQueue(rule)));
    }
    if let Some((id, choice)) = after(line, "settle").and_then(|rest| rest.split_once(' '))
        && is_pointer(id)
    {
        let settle = About::Settle(id.to_owned(), choice.trim().to_owned());
        return Some(Line::About(settle));
    }
    let (word, text) = line.split_once(':')?;
    let text = text.trim();
    match word.trim().to_lowercase().as_str() {
        "proposal" => Some(some_text(text, "proposal: TEXT", |text| {
            Line::Act(Act::OpenConsent {
                text: text.to_owned(),
            })
        })),
        "round" => Some(some_text(text, "round: TEXT", |text| {
            Line::Act(round(RoundKind::Round, text))
        })),
        "check" => Some(some_text(text, "check: TEXT", |text| {
            Line::Act(Act::OpenCheck {
                text: text.to_owned(),
            })
        })),
        "reword" => Some(some_text(text, "reword: TEXT", |text| {
            Line::About(About::Reword(text.to_owned()))
        })),
        "spoke" => Some(some_text(text, "spoke: TEXT", |text| {
            Line::About(About::Turn {
                pass: false,
                text: Some(text.to_owned()),
            })
        })),
        "correct" => Some(some_text(text, "correct: TEXT", |text| {
            Line::About(About::Correct(text.to_owned()))
        })),
        word => position_verb(word, text),
    }
}

/// `object: WHY` and its like.
fn position_verb(word: &str, reason: &str) -> Option<Line> {
    let position = Position::from_word(word)?;
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Some(position_taken(position, reason))
}

/// To object a reason is needed; to hold is to ask for time, and needs none.
fn position_taken(position: Position, reason: Option<String>) -> Line {
    if position == Position::Object && reason.is_none() {
        return Line::Incomplete("object: WHY");
    }
    Line::About(About::Position(position, reason))
}

fn item_verb(line: &str) -> Option<Line> {
    if let Some(text) = after(line, "agenda+") {
        return Some(some_text(text, "agenda+ TEXT", |text| {
            Line::Act(item(text))
        }));
    }
    if let Some(which) = after(line, "take up") {
        let which = numbered(which).unwrap_or(which);
        return Some(Line::About(About::TakeUp(Some(which.to_owned()))));
    }
    if let Some(which) = after(line, "move to").and_then(numbered) {
        return Some(Line::About(About::TakeUp(Some(which.to_owned()))));
    }
    if let Some(which) = after(line, "close").and_then(numbered) {
        return Some(marked(which, ItemMark::Done));
    }
    if let Some(which) = after(line, "agenda-").filter(|which| is_pointer(which)) {
        return Some(marked(which, ItemMark::Dropped));
    }
    if let Some(minutes) = after(line, "extend") {
        let minutes = minutes.trim_end_matches("min").trim().parse().ok()?;
        return Some(Line::Act(Act::Extend { minutes }));
    }
    if let Some(order) = after(line, "agenda order is") {
        let items = order.split(',').map(|one| one.trim().to_owned());
        return Some(Line::Act(Act::Reorder {
            items: items.filter(|one| !one.is_empty()).collect(),
        }));
    }
    let marks = [
        ("skip", ItemMark::Skipped),
        ("carry", ItemMark::Carried),
        ("done", ItemMark::Done),
        ("agree", ItemMark::Agreed),
        ("backlog", ItemMark::Backlog),
        ("drop", ItemMark::Dropped),
        ("reopen", ItemMark::Reopened),
    ];
    marks.into_iter().find_map(|(verb, mark)| {
        // "done with that" is a remark: only numbers and ids follow these short words.
        let item = after(line, verb).filter(|which| is_pointer(which))?;
        Some(marked(item, mark))
    })
}

fn marked(item: &str, mark: ItemMark) -> Line {
    let item = item.to_owned();
    Line::Act(Act::MarkItem { item, mark })
}

/// `2` of `agendum 2` or `item 2`.
fn numbered(which: &str) -> Option<&str> {
    let words = ["agendum", "item"];
    let number = words.into_iter().find_map(|word| after(which, word));
    number.filter(|number| is_pointer(number))
}

fn action_verb(line: &str) -> Option<Line> {
    if let Some(rest) = after(line, "action+") {
        return Some(some_text(rest, "action+ TEXT -> NAME", |rest| {
            let (text, offer) = match rest.rsplit_once("->") {
                Some((text, name)) => (text.trim(), Some(name.trim().to_owned())),
                None => (rest, None),
            };
            Line::Act(Act::AddAction {
                text: text.to_owned(),
                offer,
            })
        }));
    }
    let steps = [
        ("action done", ActionStep::Done),
        ("action drop", ActionStep::Drop),
        ("not mine", ActionStep::Decline),
        ("mine", ActionStep::Accept),
    ];
    steps.into_iter().find_map(|(verb, step)| {
        let which = after(line, verb).filter(|which| is_pointer(which))?;
        Some(Line::About(About::Action(step, which.to_owned())))
    })
}

fn queue(kind: QueueKind, note: Option<String>) -> Act {
    Act::Queue { kind, note }
}

/// `q+ to say this`, `q+ question: what is a weir?`.
fn asked_for(kind: QueueKind, rest: &str) -> Act {
    let (word, note) = rest.split_once(':').unwrap_or((rest, ""));
    if let Some(named) = QueueKind::from_word(word.trim().to_lowercase().as_str()) {
        let note = note.trim();
        return queue(named, (!note.is_empty()).then(|| note.to_owned()));
    }
    let note = rest.strip_prefix("to ").unwrap_or(rest).trim();
    queue(kind, Some(note.to_owned()))
}

fn round(kind: RoundKind, text: &str) -> Act {
    Act::OpenRound {
        text: text.to_owned(),
        kind,
    }
}

/// `Buy seed (decide, 10 min)`.
fn item(text: &str) -> Act {
    let mut kind = ItemKind::Explore;
    let mut minutes = None;
    let mut words = text;
    if let Some((before, inside)) = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('))
    {
        let mut all_known = true;
        let (mut named, mut timed) = (None, None);
        for part in inside.split(',').map(str::trim) {
            let number = part.strip_suffix("min").map(str::trim).unwrap_or_default();
            match (ItemKind::from_word(part), number.parse().ok()) {
                (Some(word), _) => named = Some(word),
                (None, Some(number)) => timed = Some(number),
                (None, None) => all_known = false,
            }
        }
        if all_known && !before.trim().is_empty() {
            words = before.trim();
            kind = named.unwrap_or(kind);
            minutes = timed;
        }
    }
    Act::AddItem {
        text: words.to_owned(),
        kind,
        minutes,
        backlog: false,
    }
}

/// What follows a verb, if the line begins with that verb.
fn after<'a>(line: &'a str, verb: &str) -> Option<&'a str> {
    let (head, rest) = line.split_at_checked(verb.len())?;
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace) || verb.ends_with('+');
    (head.eq_ignore_ascii_case(verb) && ends).then(|| rest.trim())
}

fn some_text(text: &str, usage: &'static str, make: impl FnOnce(&str) -> Line) -> Line {
    if text.is_empty() {
        Line::Incomplete(usage)
    } else {
        make(text)
    }
}

/// A number, or an id.
fn is_pointer(text: &str) -> bool {
    if text.is_empty() {
        return false;
    }
    let is_hex = text.len() >= 4 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    is_hex || text.chars().all(|letter| letter.is_ascii_digit())
}
