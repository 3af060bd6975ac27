//! What needs somebody, and what needs settling. Owns which things do, and their words; the id of each is what the
//! answering command takes.

use std::collections::BTreeSet;

use super::Eyes;
use crate::fact::Line;
use crate::fact::role::OfferKind;
use crate::id::{DocId, FactId, PersonId};
use crate::meeting::{Carried, ConsentState, MeetingState, Phase};
use crate::settle::{Contest, group_contests, meeting_contests};
use crate::state::{DueReview, GroupState, Offer, OfferState, Roles, Wishes};

/// What sort of thing it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InboxKind {
    /// A role is offered to me.
    Offer,
    /// I am asked to shadow.
    Shadow,
    /// A holder asks me to go on with a role, or to swap.
    HandOver,
    /// I said yes while somebody opened the role: say it again, or leave it.
    Nominee,
    /// I am asked to do something.
    Action,
    /// A text waits for my position.
    Consent,
    /// A round waits for my turn.
    Round,
    /// Two values compete.
    Settle,
    /// Two people hold a role who did not know of each other.
    CoHeld,
    /// Somebody objects whom the closer had not heard.
    Contested,
    /// The day has come to look again at how a role rotates.
    Review,
}

/// Whether it needs me, or anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Needs {
    /// Me.
    You,
    /// Somebody who settles it.
    Settling,
}

impl InboxKind {
    /// All sorts.
    pub const ALL: [Self; 11] = [
        Self::Offer,
        Self::Shadow,
        Self::HandOver,
        Self::Nominee,
        Self::Action,
        Self::Consent,
        Self::Round,
        Self::Settle,
        Self::CoHeld,
        Self::Contested,
        Self::Review,
    ];

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Shadow => "shadow",
            Self::HandOver => "hand-over",
            Self::Nominee => "nominee",
            Self::Action => "action",
            Self::Consent => "consent",
            Self::Round => "round",
            Self::Settle => "settle",
            Self::CoHeld => "co-held",
            Self::Contested => "contested",
            Self::Review => "review",
        }
    }

    /// Whom it needs.
    #[must_use]
    pub const fn needs(self) -> Needs {
        match self {
            Self::Settle | Self::CoHeld | Self::Contested | Self::Review => Needs::Settling,
            _ => Needs::You,
        }
    }
}

/// One thing in the inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxItem {
    /// What sort of thing it is.
    pub kind: InboxKind,
    /// The document it is in.
    pub doc: DocId,
    /// What the answering command takes, where `role` does not say otherwise.
    pub id: FactId,
    /// The role that the answering command takes: of a review.
    pub role: Option<Line>,
    /// The facts that it is about: of a contest, all that compete.
    pub facts: BTreeSet<FactId>,
    /// What it is, in a line.
    pub text: String,
    /// Since when, by its author's clock.
    pub since_ms: i64,
}

/// What needs `viewer`, or needs settling, in a meeting.
#[must_use]
pub fn meeting_inbox(
    doc: DocId,
    meeting: &MeetingState,
    carried: &Carried,
    viewer: PersonId,
    eyes: Eyes<'_>,
) -> Vec<InboxItem> {
    let title = meeting.title.shown().map_or("a meeting", String::as_str);
    let mut items = of_roles(doc, &meeting.roles, title, viewer, eyes);
    let mut push = |kind, id, text: String, since_ms| {
        items.push(InboxItem {
            kind,
            doc,
            id,
            facts: BTreeSet::from([id]),
            text,
            since_ms,
            role: None,
        });
    };
    for row in meeting.actions_with(carried) {
        let open = row.state == crate::meeting::ActionState::Open;
        if open && row.asked.contains(&viewer) {
            let text = format!("will you do this: {}", row.text);
            let noted = meeting.actions.get(&row.id).map(|action| action.at_ms);
            push(
                InboxKind::Action,
                row.id,
                text,
                noted.unwrap_or(meeting.updated_ms),
            );
        }
    }
    let contests = meeting_contests(meeting);
    items.extend(contests.iter().map(|one| to_settle(doc, one, title, eyes)));
    items.extend(of_talk(doc, meeting, viewer, eyes));
    items.sort_by_key(|item| (item.since_ms, item.id));
    items
}

/// Consent rounds and rounds that wait for the viewer, and decisions that are contested.
fn of_talk(doc: DocId, meeting: &MeetingState, viewer: PersonId, eyes: Eyes<'_>) -> Vec<InboxItem> {
    let mut items = Vec::new();
    let mut push = |kind, id, text: String, since_ms| {
        items.push(InboxItem {
            kind,
            doc,
            id,
            facts: BTreeSet::from([id]),
            text,
            since_ms,
            role: None,
        });
    };
    for consent in &meeting.consents {
        let (_, text) = consent.words();
        if consent.waits_for(viewer) {
            let text = match consent.reworded() {
                Some((_, other)) => {
                    format!("your position on other words for what was closed: {other}")
                }
                None => format!("your position on: {text}"),
            };
            push(InboxKind::Consent, consent.id, text, consent.at_ms);
        }
        if consent.state == ConsentState::Contested {
            let who = eyes.names(&consent.unheard).join(", ");
            push(
                InboxKind::Contested,
                consent.id,
                format!("not heard when it was closed ({who}): {text}"),
                consent.at_ms,
            );
        }
    }
    for round in &meeting.rounds {
        let waits = !round.closed && round.sitting.is_none() && !round.turns.contains_key(&viewer);
        if waits {
            push(
                InboxKind::Round,
                round.id,
                format!("your turn: {}", round.text),
                round.at_ms,
            );
        }
    }
    items
}

/// What needs `viewer`, or needs settling, in the group document; and what is due at `now_ms`.
#[must_use]
pub fn group_inbox(
    doc: DocId,
    group: &GroupState,
    viewer: PersonId,
    now_ms: i64,
    eyes: Eyes<'_>,
) -> Vec<InboxItem> {
    let mut items = of_roles(doc, &group.roles, "a term", viewer, eyes);
    let contests = group_contests(group, viewer);
    items.extend(
        contests
            .iter()
            .map(|one| to_settle(doc, one, "the group", eyes)),
    );
    let due = group.wishes.reviews_due(now_ms);
    items.extend(due.into_iter().map(|due| InboxItem {
        kind: InboxKind::Review,
        doc,
        id: due.fact,
        facts: BTreeSet::from([due.fact]),
        text: format!(
            "how {} rotates is due for review: speak of it, then set the next day, or none",
            due.role
        ),
        since_ms: due.since_ms,
        role: Some(due.role),
    }));
    items.sort_by_key(|item| (item.since_ms, item.id));
    items
}

fn of_roles(
    doc: DocId,
    roles: &Roles,
    title: &str,
    viewer: PersonId,
    eyes: Eyes<'_>,
) -> Vec<InboxItem> {
    let mut items = Vec::new();
    for (name, role) in &roles.0 {
        let mine = |offer: &&Offer| offer.to == viewer && offer.state == OfferState::Open;
        for offer in role.offers.iter().filter(mine) {
            let by = eyes.names(&offer.by).join(", ");
            let (kind, text) = match offer.kind {
                OfferKind::Shadow => (
                    InboxKind::Shadow,
                    format!("{by} asks: will you shadow {name} at {title}?"),
                ),
                OfferKind::HandOver => (
                    InboxKind::HandOver,
                    format!("{by} asks: will you take over {name} at {title}?"),
                ),
                OfferKind::Swap => {
                    let other = offer
                        .in_return
                        .as_ref()
                        .map_or("your role", |role| role.as_str());
                    (
                        InboxKind::HandOver,
                        format!("{by} asks: will you be {name} at {title}, and {by} {other}?"),
                    )
                }
                OfferKind::Turn | OfferKind::Selection => (
                    InboxKind::Offer,
                    format!("{by} asks: will you be {name} at {title}?"),
                ),
            };
            items.push(InboxItem {
                kind,
                doc,
                id: offer.id,
                facts: BTreeSet::from([offer.id]),
                text: with_word(text, offer),
                since_ms: offer.at_ms,
                role: None,
            });
        }
        let nominee = |one: &&crate::state::Holding| {
            one.person == viewer && one.state == crate::state::HoldingState::Nominee
        };
        items.extend(role.holdings.iter().filter(nominee).map(|one| InboxItem {
            kind: InboxKind::Nominee,
            doc,
            id: one.offer,
            facts: BTreeSet::from([one.offer, one.since]),
            text: format!(
                "{name} at {title} was opened while you said yes: say it again if you will"
            ),
            since_ms: one.at_ms,
            role: None,
        }));
    }
    items
}

/// The word that was sent with an offer stands beside it, in one line.
fn with_word(text: String, offer: &Offer) -> String {
    match &offer.note {
        None => text,
        Some(note) => {
            let words: Vec<&str> = note.as_str().split_whitespace().collect();
            format!("{text} \u{201c}{}\u{201d}", words.join(" "))
        }
    }
}

fn to_settle(doc: DocId, contest: &Contest, title: &str, eyes: Eyes<'_>) -> InboxItem {
    let rivals: Vec<String> = contest.rivals.iter().map(|one| eyes.rival(one)).collect();
    let (kind, what) = if contest.both.is_some() {
        (InboxKind::CoHeld, "one yields, or you share")
    } else {
        (InboxKind::Settle, "choose one")
    };
    InboxItem {
        kind,
        doc,
        id: contest.id,
        facts: contest.rivals.iter().map(|one| one.fact).collect(),
        text: format!("{title}: {}: {}; {what}", contest.about, rivals.join(" / ")),
        since_ms: contest.since_ms,
        role: None,
    }
}

/// The policies that a meeting has reason to look at again: those of its roles whose day has come, or will have come when
/// it is to be. None, once it is over. Nothing of this is kept: it is a suggestion for its agenda.
#[must_use]
pub fn meeting_reviews(meeting: &MeetingState, wishes: &Wishes, now_ms: i64) -> Vec<DueReview> {
    if matches!(
        meeting.phase(),
        Phase::Cancelled | Phase::MinutesDraft | Phase::MinutesAgreed
    ) {
        return Vec::new();
    }
    let scheduled = meeting.schedule.shown().map(|schedule| schedule.at_ms);
    let by_ms = scheduled.map_or(now_ms, |at_ms| at_ms.max(now_ms));
    let mut due = wishes.reviews_due(by_ms);
    due.retain(|due| {
        let own = meeting.roles.0.get(&due.role);
        own.is_some_and(|role| role.listed)
    });
    due
}

/// Meetings that look like one that two people began apart: each pair once. Both live; a person decides.
///
/// Takes (document, title, order key in ms) of those that are not over. Same title, whatever the case, and within a day.
#[must_use]
pub fn same_titled(open: &[(DocId, String, i64)]) -> BTreeSet<(DocId, DocId)> {
    const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
    let mut sorted: Vec<(String, i64, DocId)> = open
        .iter()
        .map(|(doc, title, at_ms)| (title.trim().to_lowercase(), *at_ms, *doc))
        .collect();
    sorted.sort();
    let near = |pair: &[(String, i64, DocId)]| match pair {
        [one, next] => {
            let same = one.0 == next.0 && next.1.saturating_sub(one.1) < DAY_MS;
            same.then(|| (one.2.min(next.2), one.2.max(next.2)))
        }
        _ => None,
    };
    sorted.windows(2).filter_map(near).collect()
}
