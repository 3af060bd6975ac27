//! The parts of a meeting as rows: agenda, roles and actions; what is spoken of now, and by whom, in `now` and `people`.

mod now;
mod people;

use moot_engine::reply::meeting::{ActionRow, AgendaItem, MeetingView, OfferRow, RoleRow};

use super::clock::{Timebox, moment};
use super::list::state_words;
use super::rows::{PartRow, Rows};
use super::{is_ahead, sitting};
use crate::model::Model;
use crate::words::{count, one_line};

/// A part of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Part {
    #[default]
    Agenda,
    Now,
    Roles,
    People,
    Actions,
}

impl Part {
    pub(super) const ALL: [Self; 5] = [
        Self::Agenda,
        Self::Now,
        Self::Roles,
        Self::People,
        Self::Actions,
    ];

    /// Its name, whole or short.
    pub(super) fn name(self, whole: bool) -> &'static str {
        match (self, whole) {
            (Self::Agenda, _) => "Agenda",
            (Self::Now, _) => "Now",
            (Self::Roles, _) => "Roles",
            (Self::People, true) => "People",
            (Self::People, false) => "Ppl",
            (Self::Actions, true) => "Actions",
            (Self::Actions, false) => "Acts",
        }
    }

    /// Where it stands among all.
    pub(super) fn index(self) -> usize {
        Self::ALL.iter().position(|part| *part == self).unwrap_or(0)
    }

    /// The next, or the one before.
    pub(super) fn beside(self, next: bool) -> Self {
        let step = if next { 1 } else { Self::ALL.len() - 1 };
        Self::ALL[(self.index() + step) % Self::ALL.len()]
    }
}

/// The rows of a part at this width.
pub(super) fn rows_of(model: &Model, view: &MeetingView, part: Part, width: u16) -> Vec<PartRow> {
    let mut rows = Rows::new(&model.theme, usize::from(width));
    match part {
        Part::Agenda => agenda(model, view, &mut rows),
        Part::Now => now::rows(model, view, &mut rows),
        Part::Roles => roles(model, view, &mut rows),
        Part::People => people::rows(model, view, &mut rows),
        Part::Actions => actions(model, view, &mut rows),
    }
    rows.done()
}

/// The keys of the rows among which is selected.
pub(super) fn keys(model: &Model) -> Vec<String> {
    let meet = &model.screens.meet;
    let Some(view) = meet.opened() else {
        return Vec::new();
    };
    let rows = rows_of(model, view, meet.part, meet.width);
    rows.into_iter().map(|row| row.key).collect()
}

/// Whether something of a part waits for this person.
pub(super) fn wants_me(model: &Model, view: &MeetingView, part: Part) -> bool {
    let me = my_name(model);
    match part {
        Part::Now => now::wants(view, &me),
        Part::Roles => view
            .roles
            .iter()
            .any(|role| role.offers.iter().any(|offer| is_to_me(model, offer))),
        Part::Actions => view
            .actions
            .iter()
            .any(|action| action.state == "open" && action.asked.contains(&me)),
        Part::Agenda | Part::People => false,
    }
}

/// The meeting in short, to be read beside the list.
pub(super) fn whole(model: &Model, view: &MeetingView, width: u16) -> Vec<PartRow> {
    let mut rows = Rows::to_read(&model.theme, usize::from(width));
    rows.text("purpose:", &view.purpose, model.theme.plain);
    rows.quiet("state:", &when_and_state(model, view));
    if !view.to_settle.is_empty() {
        let several = count(view.to_settle.len() as u64, "thing", "things");
        rows.asks("settle:", &format!("{several} to settle"));
    }
    now::open_rounds(model, view, &mut rows);
    rows.head("Agenda");
    agenda(model, view, &mut rows);
    if !view.roles.is_empty() {
        rows.head("Roles");
        roles(model, view, &mut rows);
    }
    if !view.actions.is_empty() {
        rows.head("Actions");
        actions(model, view, &mut rows);
    }
    rows.done()
}

pub(super) fn when_and_state(model: &Model, view: &MeetingView) -> String {
    let state = state_words(&view.state).to_owned();
    let at = view.at.map(|at| {
        let now_ms = model.now.wall_ms;
        moment(at, view.zone.as_deref(), now_ms, &model.setup.zone)
    });
    let series = view
        .series
        .as_ref()
        .map(|name| format!("series {}", one_line(name)));
    let said: Vec<String> = [Some(state), at, series].into_iter().flatten().collect();
    said.join(" · ")
}

pub(super) fn my_name(model: &Model) -> String {
    model.me().map(|me| me.name.clone()).unwrap_or_default()
}

/// Whether an offer waits for this person's answer.
pub(super) fn is_to_me(model: &Model, offer: &OfferRow) -> bool {
    offer.state == "open" && model.me().is_some_and(|me| me.id == offer.to.id)
}

/// A name, and whether that is oneself.
fn named(model: &Model, name: &str) -> String {
    let you = if model.me().is_some_and(|me| me.name == name) {
        " (you)"
    } else {
        ""
    };
    format!("{}{you}", one_line(name))
}

fn names(model: &Model, all: &[String]) -> String {
    let all: Vec<String> = all.iter().map(|name| named(model, name)).collect();
    all.join(", ")
}

// Agenda.

fn agenda(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    if view.agenda.is_empty() {
        rows.quiet("none:", "Nothing is on the agenda yet. a adds an item.");
        return;
    }
    let is_later = |item: &AgendaItem| item.state == "backlog";
    for (index, item) in view.agenda.iter().enumerate() {
        if !is_later(item) {
            agenda_row(index, item, rows);
        }
    }
    if let Some(words) = planned(model, view) {
        rows.quiet("planned:", &words);
    }
    if view.agenda.iter().any(is_later) {
        rows.head("Kept for later");
    }
    for (index, item) in view.agenda.iter().enumerate() {
        if is_later(item) {
            agenda_row(index, item, rows);
        }
    }
}

fn agenda_row(index: usize, item: &AgendaItem, rows: &mut Rows<'_>) {
    let (sign, style) = match item.state.as_str() {
        "current" => ("▶", rows.theme.strong),
        "done" => ("✓", rows.theme.quiet),
        "carried" => ("→", rows.theme.plain),
        "skipped" => ("–", rows.theme.quiet),
        "proposed" => ("+", rows.theme.plain),
        _ => (" ", rows.theme.plain),
    };
    let state = match item.state.as_str() {
        "carried" if item.from.is_some() => " (from an earlier meeting)",
        "carried" => " (carried over)",
        "skipped" => " (skipped)",
        "proposed" => " (proposed)",
        _ => "",
    };
    let minutes = item.minutes.map(|minutes| format!("{minutes} min"));
    // What is only to be talked over is not worth a word.
    let kind = (item.kind != "explore").then(|| item.kind.clone());
    let right: Vec<String> = [kind, minutes].into_iter().flatten().collect();
    let about = format!("item:{}", item.id);
    let text = format!("{}{state}", one_line(&item.text));
    let sign = format!("{sign} {} ", index + 1);
    rows.item(&about, &sign, &text, &right.join(" "), style);
}

/// How long what is left would take, while a sitting is open.
fn planned(model: &Model, view: &MeetingView) -> Option<String> {
    let current = sitting(view)?.current.as_ref();
    let of_current = current.and_then(|current| Timebox::of(current, model.now.wall_ms));
    let coming = view.agenda.iter().filter(|item| is_ahead(item));
    let coming: i64 = coming.filter_map(|item| item.minutes).map(i64::from).sum();
    let left_ms = of_current.map_or(0, Timebox::left_ms) + coming * 60_000;
    if left_ms == 0 {
        return None;
    }
    let end = jiff::Timestamp::from_millisecond(model.now.wall_ms + left_ms).ok()?;
    let end = end.to_zoned(model.setup.zone.clone()).strftime("%H:%M");
    let minutes = (left_ms + 59_999) / 60_000;
    Some(format!("{minutes} min planned from here: until {end}"))
}

// Roles.

fn roles(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    if view.roles.is_empty() {
        rows.quiet("none:", "This meeting has no role. R adds one.");
    }
    for role in &view.roles {
        role_rows(model, role, rows);
    }
    let heads: Vec<_> = view.notes.iter().enumerate().collect();
    if !heads.is_empty() {
        rows.head("Left for the next");
    }
    for (index, note) in heads {
        let by = note.by.join(", ");
        let text = format!("{}: {} ({by})", note.role, note.text);
        rows.item(&format!("left:{index}"), "· ", &text, "", rows.theme.plain);
    }
}

fn role_rows(model: &Model, role: &RoleRow, rows: &mut Rows<'_>) {
    let about = format!("role:{}", role.role);
    let theme = rows.theme;
    let holders = if role.holders.is_empty() {
        "vacant".to_owned()
    } else {
        names(model, &role.holders)
    };
    let is_mine = role.holders.contains(&my_name(model));
    let style = if is_mine { theme.strong } else { theme.plain };
    let text = format!("{}: {holders}", one_line(&role.role));
    rows.item(&about, "", &text, "", style);
    if !role.shadows.is_empty() {
        let text = format!("beside: {}", names(model, &role.shadows));
        rows.item(&about, "  ", &text, "", theme.plain);
    }
    if !role.nominees.is_empty() {
        let text = format!(
            "said yes while it was opened anew: {}",
            names(model, &role.nominees)
        );
        rows.item(&about, "  ", &text, "", theme.plain);
    }
    if role.to_settle {
        let text = "they said yes apart from each other: one steps back (b), or they share it (r)";
        rows.item(&about, "  ", text, "", theme.asks);
    }
    for offer in &role.offers {
        offer_row(model, offer, rows);
    }
}

fn offer_row(model: &Model, offer: &OfferRow, rows: &mut Rows<'_>) {
    let about = format!("offer:{}", offer.id);
    let to = named(model, &offer.to.name);
    let part = match offer.kind.as_str() {
        "shadow" => " to be beside",
        "hand-over" => " to go on with it",
        "swap" => " to swap",
        _ => "",
    };
    let (text, style) = match offer.state.as_str() {
        "open" if is_to_me(model, offer) => {
            let by = one_line(&offer.by.join(", "));
            let keys = if rows.has_keys {
                ": y yes, d not now"
            } else {
                ""
            };
            (format!("{by} asks you{part}{keys}"), rows.theme.asks)
        }
        "open" => (format!("asked {to}{part}: waiting"), rows.theme.plain),
        "declined" => (format!("{to}: not now"), rows.theme.quiet),
        "lapsed" => (format!("asked {to}: lapsed"), rows.theme.quiet),
        _ => return,
    };
    rows.item(&about, "  ", &text, "", style);
    if let Some(reason) = offer.reason.as_ref().filter(|_| offer.state == "open") {
        rows.item(&about, "    ", &one_line(reason), "", rows.theme.quiet);
    }
    if let Some(note) = offer.note.as_ref().filter(|_| offer.state == "open") {
        let words = format!("“{}”", one_line(note));
        rows.item(&about, "    ", &words, "", rows.theme.plain);
    }
}

// Actions.

fn actions(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    if view.actions.is_empty() {
        rows.quiet("none:", "Nothing is to be done yet. A notes an action.");
    }
    for action in &view.actions {
        action_row(model, action, rows);
    }
}

fn action_row(model: &Model, action: &ActionRow, rows: &mut Rows<'_>) {
    let about = format!("action:{}", action.id);
    let (sign, style) = match action.state.as_str() {
        "done" => ("✓ ", rows.theme.quiet),
        "dropped" => ("– ", rows.theme.quiet),
        _ => ("○ ", rows.theme.plain),
    };
    rows.item(&about, sign, &one_line(&action.text), "", style);
    let carried = if action.from.is_some() {
        " · from an earlier meeting"
    } else {
        ""
    };
    let whose = match (action.owners.as_slice(), action.asked.as_slice()) {
        ([], []) => "nobody's yet".to_owned(),
        ([], asked) if asked.contains(&my_name(model)) => {
            let words = if rows.has_keys {
                "you are asked: y yes, d not now"
            } else {
                "you are asked"
            };
            rows.item(&about, "  ", words, "", rows.theme.asks);
            return;
        }
        ([], asked) => format!("asked {}", names(model, asked)),
        (owners, _) => names(model, owners),
    };
    let state = if action.state == "dropped" {
        " · dropped"
    } else {
        ""
    };
    rows.item(
        &about,
        "  ",
        &format!("{whose}{state}{carried}"),
        "",
        rows.theme.quiet,
    );
}
