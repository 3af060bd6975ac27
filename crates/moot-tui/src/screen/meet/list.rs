//! The list of meetings, and beside it the one that is selected.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};

use super::clock::moment;
use super::draw::{draw_rows, framed};
use super::parts;
use super::rows::{PartRow, Rows};
use crate::model::Model;
use crate::words::{cut, one_line, wrap};

/// Columns from which list and meeting stand beside each other.
const TWO_PANES: u16 = 72;

/// How far a meeting has come, as one says it.
pub(super) fn state_words(state: &str) -> &str {
    match state {
        "proposed" => "no time set",
        "sitting" => "open now",
        "wrapping" => "wrapping up",
        "minutes draft" => "minutes to agree",
        other => other,
    }
}

pub(super) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    if area.width < TWO_PANES || model.screens.meet.rows.is_empty() {
        return draw_list(model, frame, area);
    }
    let list_width = (area.width * 2 / 5).clamp(30, 52);
    let [list, preview] =
        Layout::horizontal([Constraint::Length(list_width), Constraint::Min(20)]).areas(area);
    draw_preview(model, frame, preview);
    draw_list(model, frame, list)
}

fn draw_list(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let block = framed(&model.theme, true, "Meetings");
    let inside = block.inner(area);
    frame.render_widget(block, area);
    if model.screens.meet.rows.is_empty() {
        let joining = model.joining();
        let text = if let Some(joining) = &joining {
            joining
        } else if model.screens.meet.is_read {
            "There is no meeting yet.\n\nA meeting has a purpose, a time if you know one, roles that pass from one to the \
             next, and an agenda to which all can add. Its minutes write themselves.\n\nn  prepares the first one"
        } else {
            "Reading …"
        };
        let width = usize::from(inside.width.saturating_sub(2)).min(88);
        let rows = wrap(text, width);
        let rows = rows
            .into_iter()
            .map(|row| Line::styled(format!(" {row}"), model.theme.quiet));
        frame.render_widget(Text::from_iter(rows), inside);
        return Some(Position::new(inside.x, inside.y));
    }
    let rows = list_rows(model, inside.width);
    let meet = &mut model.screens.meet;
    let at = meet
        .selection
        .settle(meet.rows.iter().map(|row| row.id.as_str()));
    // Each meeting has two rows.
    let room = usize::from(inside.height / 2).max(1);
    meet.room = room;
    let first = meet.selection.first(room, meet.rows.len());
    let selected = at.map(|at| at * 2);
    Some(draw_rows(
        &model.theme,
        frame,
        inside,
        &rows,
        first * 2,
        selected,
    ))
}

fn list_rows(model: &Model, width: u16) -> Vec<PartRow> {
    let theme = &model.theme;
    let width = usize::from(width);
    let mut rows = Rows::new(theme, width);
    for row in &model.screens.meet.rows {
        let about = format!("meeting:{}", row.id);
        let title = cut(&one_line(&row.title), width.saturating_sub(1));
        rows.put(&about, vec![Span::styled(title, theme.strong)]);
        let at = row.at.map(|at| {
            let now_ms = model.now.wall_ms;
            moment(at, None, now_ms, &model.setup.zone)
        });
        let state = match row.state.as_str() {
            // The time says it.
            "scheduled" if at.is_some() => None,
            // That there is none is no news while it is held.
            state => Some(state_words(state).to_owned()),
        };
        let series = row.series.as_deref().map(one_line);
        let said: Vec<String> = [state, at, series].into_iter().flatten().collect();
        let said = cut(&said.join(" · "), width.saturating_sub(3));
        let style = if row.state == "sitting" {
            theme.asks
        } else {
            theme.quiet
        };
        rows.put(&about, vec![Span::styled(format!("  {said}"), style)]);
    }
    rows.done()
}

fn draw_preview(model: &Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(view) = model.screens.meet.previewed() else {
        frame.render_widget(framed(&model.theme, false, ""), area);
        return;
    };
    let title = cut(&one_line(&view.title), usize::from(area.width / 2));
    let block = framed(&model.theme, false, &title);
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let rows = parts::whole(model, view, inside.width);
    draw_rows(&model.theme, frame, inside, &rows, 0, None);
}
