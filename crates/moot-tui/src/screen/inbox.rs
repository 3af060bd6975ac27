//! The inbox: what needs me, what needs settling, and what was merged quietly while one was apart.
//!
//! Owns the answers to what stands in it. What stands in it is the engine's to say.

mod answer;
#[cfg(test)]
mod tests;

use moot_engine::command::MeetingCommand;
use moot_engine::reply::meeting::InboxRow;
use moot_engine::{Command, Reply};
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};

use super::list::{Item, List, ListRow, heading, pane, words};
use crate::layer::{Choice, Layer, Row};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::screen::Screen;
use crate::table::Cmd;
use crate::update::{over, show};
use crate::words::{one_line, parts, said, wrap};

/// What the screen knows.
#[derive(Default)]
pub(crate) struct InboxScreen {
    list: List,
}

/// What a row is held by: one thing may stand in the inbox for two reasons.
fn key_of(row: &InboxRow) -> String {
    format!("{}\n{}\n{}", row.kind, row.id, row.text)
}

fn needs_settling(row: &InboxRow) -> bool {
    matches!(
        row.kind.as_str(),
        "settle" | "co-held" | "contested" | "review"
    )
}

/// The rows in the order of the screen: what needs me first.
fn shown(model: &Model) -> Vec<&InboxRow> {
    let (settling, mine): (Vec<&InboxRow>, Vec<&InboxRow>) =
        model.inbox.iter().partition(|row| needs_settling(row));
    mine.into_iter().chain(settling).collect()
}

fn keys(model: &Model) -> Vec<String> {
    shown(model).into_iter().map(key_of).collect()
}

fn selected(model: &Model) -> Option<InboxRow> {
    let shown = shown(model);
    let key = model.screens.inbox.list.selected();
    let found = shown.iter().find(|row| Some(key_of(row).as_str()) == key);
    found.or(shown.first()).map(|row| (*row).clone())
}

/// Whether the row that is selected understands a command.
pub(crate) fn understands(model: &Model, cmd: Cmd) -> bool {
    let Some(row) = selected(model) else {
        return false;
    };
    match (cmd, row.kind.as_str()) {
        (Cmd::InboxEnter, _) => true,
        (Cmd::InboxAnswer, kind) => kind == "consent",
        (Cmd::InboxSettle, _) => !row.choices.is_empty(),
        (Cmd::InboxNo, kind) => matches!(
            kind,
            "offer" | "shadow" | "hand-over" | "action" | "nominee" | "round"
        ),
        (Cmd::InboxYes, kind) => kind == "consent" || understands(model, Cmd::InboxNo),
        _ => false,
    }
}

pub(crate) fn enter(model: &mut Model) -> Effects {
    model.read_in(Reading::Inbox, 0);
    Effects::new()
}

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let keys = keys(model);
    model.screens.inbox.list.key(key, &keys);
    Effects::new()
}

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    let keys = keys(model);
    model.screens.inbox.list.settle(&keys);
    let row = selected(model);
    Some(match (cmd, row) {
        (Cmd::InboxMerged, _) => merged(model),
        (Cmd::InboxEnter, Some(row)) if !row.choices.is_empty() => answer::settle(model, &row),
        (Cmd::InboxEnter | Cmd::InboxGo, Some(row)) if row.kind == "review" => {
            answer::explain(model, &row)
        }
        (Cmd::InboxEnter | Cmd::InboxGo, Some(row)) => go(model, &row),
        (Cmd::InboxYes, Some(row)) => answer::yes(model, &row),
        (Cmd::InboxNo, Some(row)) => answer::no(model, &row),
        (Cmd::InboxAnswer, Some(row)) => answer::position(model, &row),
        (Cmd::InboxSettle, Some(row)) => answer::settle(model, &row),
        (
            Cmd::InboxEnter
            | Cmd::InboxGo
            | Cmd::InboxYes
            | Cmd::InboxNo
            | Cmd::InboxAnswer
            | Cmd::InboxSettle,
            None,
        ) => {
            model.say("Nothing needs you here.");
            Effects::new()
        }
        _ => return None,
    })
}

/// Goes to the note or the meeting that a row is in; to the people, where it concerns the group.
fn go(model: &mut Model, row: &InboxRow) -> Effects {
    let Some(within) = &row.within else {
        return show(model, Screen::People);
    };
    let is_note = model
        .screens
        .notes
        .rows
        .iter()
        .any(|note| note.id == within.id);
    let kind = if is_note { "note" } else { "meeting" };
    super::notes::go_to(model, &[], &format!("{kind}\n{}", within.id))
}

/// Lists what was merged without needing anybody.
fn merged(model: &mut Model) -> Effects {
    let merged = Command::Meeting(MeetingCommand::Merged);
    vec![model.ask(merged, &[], |model, _, answer| {
        let rows = match answer {
            Ok(Reply::Merged(rows)) => rows,
            Ok(_) => return Effects::new(),
            Err(error) => {
                model.complain(&error);
                return Effects::new();
            }
        };
        if rows.is_empty() {
            model.say("Nothing was merged after a time apart.");
            return Effects::new();
        }
        let rows = rows.iter().map(|row| {
            let when = said(row.at, model.now.wall_ms, &model.setup.zone);
            let what = format!("{when} {}: {}", row.by, row.summary);
            Row::new(
                one_line(&row.title),
                one_line(&what),
                format!("{}\n{}", row.kind, row.id),
            )
        });
        let rows = rows.collect();
        let choice = Choice::new("Merged quietly", rows, |model, known, value| {
            if value.starts_with("group\n") {
                return show(model, Screen::People);
            }
            super::notes::go_to(model, known, value)
        });
        over(model, Layer::Choice(choice))
    })]
}

// The picture.

/// What a row asks for, in a word of one width.
fn sign(row: &InboxRow) -> &'static str {
    match row.kind.as_str() {
        "offer" | "shadow" | "hand-over" | "action" => " ? ",
        "consent" | "round" | "nominee" => " > ",
        _ => " = ",
    }
}

/// What a row says, without what it says of the command line.
pub(crate) fn text_of(row: &InboxRow) -> String {
    let text = match row.text.split_once(", then `moot ") {
        Some((before, after)) => {
            let after = after.split_once('`').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => row.text.clone(),
    };
    one_line(&text)
}

/// The keys that a row understands.
fn keys_of(row: &InboxRow) -> &'static str {
    match row.kind.as_str() {
        "offer" | "shadow" | "hand-over" | "action" => {
            "y yes · d no, without a reason · o go there"
        }
        "nominee" => "y yes again · d no · o go there",
        "consent" => "y consent · c another position · o go there",
        "round" => "y take your turn · d let it go by · o go there",
        "contested" => "Enter goes there: it is to be spoken of again",
        "review" => REVIEW,
        "door" => "Enter goes to the people: compare the words, then let them in",
        _ => "Enter or s chooses · o go there",
    }
}

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let theme = model.theme.clone();
    let inside = pane(&theme, frame, area, "Inbox");
    let mut lines: Vec<ListRow<'_>> = Vec::new();
    if let Some(apart) = &model.apart {
        lines.extend(words(&one_line(apart), theme.strong, inside.width));
        lines.extend(words(
            "M lists what was merged quietly.",
            theme.quiet,
            inside.width,
        ));
    }
    let rows = shown(model);
    if rows.is_empty() {
        if !lines.is_empty() {
            lines.push(ListRow::Words(Line::raw("")));
        }
        lines.extend(words(EMPTY, theme.quiet, inside.width));
    }
    let mut part = None;
    for row in &rows {
        let settling = needs_settling(row);
        if part != Some(settling) {
            let title = if settling {
                "To be settled, by anybody"
            } else {
                "Needs you"
            };
            heading(&mut lines, &theme, title);
            part = Some(settling);
        }
        let since = said(row.since, model.now.wall_ms, &model.setup.zone);
        let item = Item::new(key_of(row), text_of(row))
            .marked(Span::styled(sign(row), theme.asks))
            .with(vec![Span::styled(format!(" {since} "), theme.quiet)]);
        lines.push(ListRow::Item(item));
    }
    let mut list = std::mem::take(&mut model.screens.inbox.list);
    list.settle(&keys(model));
    model.screens.inbox.list = list;
    let whole = selected(model);
    let below = whole.map(|row| whole_row(&row, usize::from(inside.width)));
    let height = below
        .as_ref()
        .map_or(0, Vec::len)
        .min(usize::from(inside.height) / 2);
    let [upper, lower] = Layout::vertical([
        Constraint::Min(1),
        Constraint::Length(u16::try_from(height).unwrap_or(0)),
    ])
    .areas(inside);
    let cursor = model.screens.inbox.list.draw(&theme, frame, upper, &lines);
    if let Some(rows) = below {
        let rows: Vec<Line<'_>> = rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| match index {
                0 => Line::styled(row, theme.faint_border),
                _ => Line::raw(row),
            })
            .collect();
        frame.render_widget(Text::from(rows), lower);
    }
    cursor.or(Some(Position::new(inside.x, inside.y)))
}

const REVIEW: &str = "Speak of it at a meeting; then `moot role policy ROLE --review DATE` sets the next day, `--review never` none.";

const EMPTY: &str = "Nothing needs you.\n\nWhat somebody asks you comes here: a role, something to do, your position on a \
                     text. So does what two people said apart from each other, until somebody settles it.";

/// The selected row in full, and what can be done about it, under a rule.
fn whole_row(row: &InboxRow, width: usize) -> Vec<String> {
    let mut rows = vec!["─".repeat(width)];
    let room = width.saturating_sub(2);
    // A key stays with what it does; the first ones count most.
    let keys = keys_of(row);
    if keys.contains(" · ") {
        rows.push(parts(keys, room));
    } else {
        rows.extend(wrap(keys, room));
    }
    rows.extend(wrap(&text_of(row), room));
    if let Some(within) = &row.within {
        rows.extend(wrap(&format!("in “{}”", one_line(&within.name)), room));
    }
    rows.iter_mut().skip(1).for_each(|row| row.insert(0, ' '));
    rows
}
