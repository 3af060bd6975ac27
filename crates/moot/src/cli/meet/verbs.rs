//! What a line typed in a meeting means, in the manner of the bots that minute W3C's meetings: `q+ to …`, `agenda+ …`,
//! `take up 2`, `scribe+`.
//!
//! Owns the words alone. A line that begins with none of them is a line of the minutes; what a verb is about (`the open consent
//! round`) is found by whoever carries it out.

use moot_engine::command::{
    Act, Attendance, ItemKind, ItemMark, OfferKind, Position, QueueKind, RoundKind, Warmth,
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
    /// Closes the check that is open.
    CloseCheck,
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
    Suggestions(String),
    Help,
}

/// What the verbs are, for `help`.
pub(super) const HELP: &str = "\
open · close · present+ · regrets+ · left
agenda+ TEXT [(decide, 10 min)] · agenda? · take up N · next item · skip [N] · carry N · done N · extend 5
q+ [to NOTE] · qq+ (a reply) · q+ question|order · q- · q? · ack next
ROLE+ (as scribe+) · ROLE- · offer ROLE to NAME · suggest ROLE · roles? · accept · decline
hand over ROLE to NAME [: NOTE]
proposal: TEXT · consent · concern: WHY · aside · hold: UNTIL · object: WHY · close consent
action+ TEXT [-> NAME] · mine N · not mine N · action done N · action drop N · actions?
round: TEXT · check-in · check-out · spoke · pass · close round
check: TEXT · hot|warm|mild|cool|cold · close check
minutes? · correct: TEXT · no name · /me TEXT (not in the minutes) · help · quit
Anything else is a line in the minutes.";

/// Reads a line. `roles` are those that the meeting has, so that `scribe+` is known from a remark that ends in a plus.
pub(super) fn read(line: &str, roles: &[String]) -> Line {
    let line = line.trim();
    if line.is_empty() {
        return Line::Blank;
    }
    plain(line)
        .or_else(|| role_sign(line, roles))
        .or_else(|| with_text(line, roles))
        .unwrap_or_else(|| remark(line, false))
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
        "open" | "open meeting" => act(Act::Open),
        "close" | "close meeting" => act(Act::Close),
        "present+" => act(Act::Attend(Attendance::Present)),
        "regrets+" => act(Act::Attend(Attendance::Regrets)),
        "left" | "present-" => act(Act::Attend(Attendance::Left)),
        "q+" => act(queue(QueueKind::Topic, None)),
        "qq+" => act(queue(QueueKind::Reply, None)),
        "q-" => act(Act::Unqueue),
        "ack next" => act(Act::NextSpeaker),
        "no name" => act(Act::Name { leave_out: true }),
        "check-in" => act(round(RoundKind::CheckIn, "check-in")),
        "check-out" => act(round(RoundKind::CheckOut, "check-out")),
        "extend" => act(Act::Extend { minutes: 5 }),
        "next item" | "take up next" => about(About::TakeUp(None)),
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
        "close check" => about(About::CloseCheck),
        "agenda?" => tell(Tell::Agenda),
        "q?" => tell(Tell::Queue),
        "roles?" => tell(Tell::Roles),
        "actions?" => tell(Tell::Actions),
        "present?" => tell(Tell::Present),
        "minutes?" => tell(Tell::Minutes),
        "help" | "help?" => tell(Tell::Help),
        "quit" | "bye" => Some(Line::Quit),
        word => Position::from_word(word)
            .map(|position| match needs_reason(position) {
                true => Line::Incomplete(usage_of(position)),
                false => Line::About(About::Position(position, None)),
            })
            .or_else(|| Warmth::from_word(word).map(|word| Line::About(About::Feel(word)))),
    }
}

/// `scribe+` and `scribe-`.
fn role_sign(line: &str, roles: &[String]) -> Option<Line> {
    if let Some(name) = line.strip_suffix('+') {
        return Some(Line::Act(Act::Take {
            role: known(name, roles)?,
            shadow: false,
        }));
    }
    let role = known(line.strip_suffix('-')?, roles)?;
    Some(Line::Act(Act::StepBack { role, note: None }))
}

/// Verbs with something after them.
fn with_text(line: &str, roles: &[String]) -> Option<Line> {
    meeting_verb(line)
        .or_else(|| item_verb(line))
        .or_else(|| role_verb(line, roles))
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
        "correct" => Some(some_text(text, "correct: TEXT", |text| {
            Line::About(About::Correct(text.to_owned()))
        })),
        word => position_verb(word, text),
    }
}

/// `object: WHY` and its like.
fn position_verb(word: &str, reason: &str) -> Option<Line> {
    let position = Position::from_word(word)?;
    if reason.is_empty() && needs_reason(position) {
        return Some(Line::Incomplete(usage_of(position)));
    }
    let reason = (!reason.is_empty()).then(|| reason.to_owned());
    Some(Line::About(About::Position(position, reason)))
}

fn usage_of(position: Position) -> &'static str {
    match position {
        Position::Hold => "hold: UNTIL WHAT",
        Position::Concern => "concern: WHICH",
        Position::Object | Position::Consent | Position::Aside => "object: WHY",
    }
}

fn item_verb(line: &str) -> Option<Line> {
    if let Some(text) = after(line, "agenda+") {
        return Some(some_text(text, "agenda+ TEXT", |text| {
            Line::Act(item(text))
        }));
    }
    if let Some(which) = after(line, "take up") {
        return Some(Line::About(About::TakeUp(Some(which.to_owned()))));
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
    ];
    marks.into_iter().find_map(|(verb, mark)| {
        // "done with that" is a remark: only numbers and ids follow these short words.
        let item = after(line, verb).filter(|which| is_pointer(which))?;
        Some(Line::Act(Act::MarkItem {
            item: item.to_owned(),
            mark,
        }))
    })
}

/// Verbs about a role that the meeting has; "offer tea to Bo" is none of them.
fn role_verb(line: &str, roles: &[String]) -> Option<Line> {
    let to_whom = |rest: &str| {
        let (role, to) = rest.rsplit_once(" to ")?;
        Some((known(role, roles)?, to.trim().to_owned()))
    };
    if let Some(rest) = after(line, "offer") {
        let (role, to) = to_whom(rest)?;
        return Some(Line::Act(offer(role, to, OfferKind::Turn, None)));
    }
    if let Some(rest) = after(line, "hand over") {
        let (who, note) = rest.split_once(':').unwrap_or((rest, ""));
        let (role, to) = to_whom(who)?;
        let note = Some(note.trim().to_owned()).filter(|note| !note.is_empty());
        return Some(Line::Act(offer(role, to, OfferKind::HandOver, note)));
    }
    if let Some(role) = after(line, "suggest") {
        return Some(Line::Tell(Tell::Suggestions(known(role, roles)?)));
    }
    if let Some(role) = after(line, "accept") {
        return Some(Line::About(About::Accept(Some(known(role, roles)?))));
    }
    let role = known(after(line, "decline")?, roles)?;
    Some(Line::About(About::Decline(Some(role))))
}

/// The role of that name, as the meeting writes it.
fn known(name: &str, roles: &[String]) -> Option<String> {
    let name = name.trim().to_lowercase();
    let mut roles = roles.iter();
    roles.find(|role| role.to_lowercase() == name).cloned()
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

fn offer(role: String, to: String, kind: OfferKind, note: Option<String>) -> Act {
    Act::Offer {
        role,
        to,
        kind,
        note,
        until_ms: None,
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
    let is_hex = text.len() >= 4 && text.chars().all(|letter| letter.is_ascii_hexdigit());
    is_hex || text.chars().all(|letter| letter.is_ascii_digit())
}

fn needs_reason(position: Position) -> bool {
    matches!(
        position,
        Position::Hold | Position::Object | Position::Concern
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(line: &str) -> Line {
        read(line, &["scribe".to_owned(), "Facilitator".to_owned()])
    }

    #[test]
    fn the_queue_is_joined_with_a_note_and_a_kind() {
        assert_eq!(reading("q+"), Line::Act(queue(QueueKind::Topic, None)));
        assert_eq!(
            reading("q+ to thank Bo"),
            Line::Act(queue(QueueKind::Topic, Some("thank Bo".into())))
        );
        assert_eq!(
            reading("Q+ question: which bed?"),
            Line::Act(queue(QueueKind::Question, Some("which bed?".into())))
        );
        assert_eq!(
            reading("qq+ not so"),
            Line::Act(queue(QueueKind::Reply, Some("not so".into())))
        );
    }

    #[test]
    fn an_item_is_read_with_what_stands_in_brackets_after_it() {
        let add = |text: &str, kind, minutes| {
            Line::Act(Act::AddItem {
                text: text.into(),
                kind,
                minutes,
                backlog: false,
            })
        };
        assert_eq!(
            reading("agenda+ Buy seed (decide, 10 min)"),
            add("Buy seed", ItemKind::Decide, Some(10))
        );
        assert_eq!(
            reading("agenda+ The shed (old one)"),
            add("The shed (old one)", ItemKind::Explore, None)
        );
        assert_eq!(reading("agenda+"), Line::Incomplete("agenda+ TEXT"));
    }

    #[test]
    fn roles_of_the_meeting_are_taken_and_laid_down_by_a_sign() {
        let take = |role: &str| {
            Line::Act(Act::Take {
                role: role.into(),
                shadow: false,
            })
        };
        assert_eq!(reading("scribe+"), take("scribe"));
        assert_eq!(reading("facilitator+"), take("Facilitator"));
        assert_eq!(
            reading("scribe-"),
            Line::Act(Act::StepBack {
                role: "scribe".into(),
                note: None
            })
        );
        assert_eq!(reading("C+"), remark("C+", false));
    }

    #[test]
    fn what_is_no_verb_is_a_line_of_the_minutes() {
        for line in [
            "Bo: we need seed",
            "done with that, says Bo",
            "skip to the good part",
            "opening words",
            "passing on",
            "mine is the blue one",
            "check the pump",
            "round and round",
            "offer tea to Bo",
            "Note: the pump leaks",
        ] {
            assert_eq!(reading(line), remark(line, false), "{line}");
        }
        assert_eq!(reading("/me laughs"), remark("laughs", true));
        assert_eq!(reading("   "), Line::Blank);
    }

    #[test]
    fn an_objection_needs_a_reason_and_consent_does_not() {
        assert_eq!(
            reading("consent"),
            Line::About(About::Position(Position::Consent, None))
        );
        assert_eq!(
            reading("object: it floods"),
            Line::About(About::Position(Position::Object, Some("it floods".into())))
        );
        assert_eq!(reading("object"), Line::Incomplete("object: WHY"));
        assert_eq!(reading("hold"), Line::Incomplete("hold: UNTIL WHAT"));
    }

    #[test]
    fn a_role_is_handed_over_with_a_note() {
        assert_eq!(
            reading("hand over scribe to Bo: the pad is shared"),
            Line::Act(offer(
                "scribe".into(),
                "Bo".into(),
                OfferKind::HandOver,
                Some("the pad is shared".into())
            ))
        );
    }

    #[test]
    fn actions_are_added_and_taken_up() {
        assert_eq!(
            reading("action+ buy seed -> Bo"),
            Line::Act(Act::AddAction {
                text: "buy seed".into(),
                offer: Some("Bo".into())
            })
        );
        assert_eq!(
            reading("mine 2"),
            Line::About(About::Action(ActionStep::Accept, "2".into()))
        );
    }
}
