//! The picture of a meeting: its parts beside each other where there is room, one of them under a strip of tabs where not.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::Modifier;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};
use unicode_width::UnicodeWidthStr;

use moot_engine::reply::meeting::MeetingView;

use super::act::asked_of_me;
use super::clock::{Stage, Timebox};
use super::parts::{Part, rows_of, wants_me};
use super::rows::PartRow;
use super::{list, sitting};
use crate::model::Model;
use crate::theme::Theme;
use crate::words::{cut, one_line};

/// Columns from which several parts stand beside each other.
const TWO_PANES: u16 = 100;

/// Columns from which there are three.
const THREE_PANES: u16 = 140;

/// Rows from which agenda and what is spoken of stand below each other.
const AGENDA_AND_NOW: u16 = 12;

/// Rows for what comes next, below the agenda of a meeting that is not held.
const NOW: u16 = 7;

/// Columns from which names are whole.
const LONG_NAMES: u16 = 60;

pub(super) fn meeting(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let asked = asked_of_me(model).map(|asked| asked.words);
    let [title, quiet, body] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(u16::from(asked.is_some())),
        Constraint::Min(1),
    ])
    .areas(area);
    let Some(view) = model.screens.meet.opened().cloned() else {
        frame.render_widget(Line::styled(" Reading …", model.theme.quiet), title);
        return Some(Position::new(title.x, title.y));
    };
    frame.render_widget(title_line(model, &view, title.width), title);
    if let Some(words) = asked {
        let no = if quiet.width < LONG_NAMES {
            " no"
        } else {
            " not now"
        };
        let room = usize::from(quiet.width).saturating_sub(11 + no.len());
        let line = Line::from(vec![
            Span::styled(
                format!(" {}", cut(&one_line(&words), room)),
                model.theme.asks,
            ),
            Span::styled("  y", model.theme.key),
            Span::raw(" yes  "),
            Span::styled("d", model.theme.key),
            Span::raw(no),
        ]);
        frame.render_widget(line, quiet);
    }
    if body.width < TWO_PANES {
        return one_part(model, frame, body, &view);
    }
    let columns: &[(&[Part], u16)] = if body.width < THREE_PANES {
        &[
            (&[Part::Agenda, Part::People], 45),
            (&[Part::Now, Part::Roles, Part::Actions], 55),
        ]
    } else {
        &[
            (&[Part::Agenda, Part::People], 32),
            (&[Part::Now], 38),
            (&[Part::Roles, Part::Actions], 30),
        ]
    };
    let wide = columns
        .iter()
        .map(|(_, share)| Constraint::Percentage(*share));
    let areas = Layout::horizontal(wide).split(body);
    let mut cursor = None;
    for ((parts, _), area) in columns.iter().zip(areas.iter()) {
        cursor = column(model, frame, *area, &view, parts).or(cursor);
    }
    cursor
}

/// Parts below each other, each as high as it needs to be where that can be.
fn column(
    model: &mut Model,
    frame: &mut Frame<'_>,
    area: Rect,
    view: &MeetingView,
    parts: &[Part],
) -> Option<Position> {
    let width = area.width.saturating_sub(2);
    let rows: Vec<Vec<PartRow>> = parts
        .iter()
        .map(|part| rows_of(model, view, *part, width))
        .collect();
    let wanted: Vec<u16> = rows.iter().map(|rows| height_of(rows.len())).collect();
    let mut cursor = None;
    let mut y = area.y;
    let heights = share_out(area.height, &wanted);
    for ((part, rows), height) in parts.iter().zip(rows).zip(heights) {
        let place = Rect { y, height, ..area };
        y += height;
        cursor = pane(model, frame, place, *part, &rows).or(cursor);
    }
    cursor
}

fn height_of(rows: usize) -> u16 {
    u16::try_from(rows).unwrap_or(u16::MAX).saturating_add(2)
}

/// So many rows for those who want some: those who want little get all of it, the others the rest in equal parts; what is
/// left over is the first one's.
fn share_out(whole: u16, wanted: &[u16]) -> Vec<u16> {
    let mut given = vec![0; wanted.len()];
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted[*index]);
    let mut left = whole;
    for (done, index) in order.into_iter().enumerate() {
        let others = u16::try_from(wanted.len() - done).unwrap_or(1).max(1);
        given[index] = wanted[index].min(left / others);
        left -= given[index];
    }
    if let Some(first) = given.first_mut() {
        *first += left;
    }
    given
}

fn one_part(
    model: &mut Model,
    frame: &mut Frame<'_>,
    area: Rect,
    view: &MeetingView,
) -> Option<Position> {
    let [strip, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(1)]).areas(area);
    let shown = model.screens.meet.part;
    let mut spans = Vec::new();
    for part in Part::ALL {
        let name = part.name(strip.width >= LONG_NAMES);
        let wants = if wants_me(model, view, part) {
            "•"
        } else {
            ""
        };
        let style = match (part == shown, wants.is_empty()) {
            (true, _) => model.theme.tab,
            (false, false) => model.theme.asks,
            (false, true) => model.theme.plain,
        };
        spans.push(Span::styled(format!(" {name}{wants} "), style));
    }
    let goes_on = if strip.width >= LONG_NAMES {
        "  Tab goes on"
    } else {
        " Tab →"
    };
    spans.push(Span::styled(goes_on, model.theme.quiet));
    frame.render_widget(Line::from(spans), strip);
    let width = body.width.saturating_sub(2);
    let rows = rows_of(model, view, shown, width);
    let whole = height_of(rows.len());
    // While it is held, what is spoken of is seen below the agenda; else what comes next, where there is room left for it.
    let has_room = if sitting(view).is_some() {
        body.height >= AGENDA_AND_NOW
    } else {
        whole + NOW <= body.height
    };
    if shown != Part::Agenda || !has_room {
        return pane(model, frame, body, shown, &rows);
    }
    let height = if sitting(view).is_some() {
        whole.min(body.height / 2)
    } else {
        whole
    };
    let [agenda, now] =
        Layout::vertical([Constraint::Length(height), Constraint::Min(1)]).areas(body);
    let cursor = pane(model, frame, agenda, shown, &rows);
    // From its first row, wherever it was scrolled to when keys went there.
    let rows = rows_of(model, view, Part::Now, width);
    let block = framed(&model.theme, false, Part::Now.name(true));
    let inside = block.inner(now);
    frame.render_widget(block, now);
    draw_rows(&model.theme, frame, inside, &rows, 0, None);
    cursor
}

/// One part in its frame; tells where the cursor belongs, where keys go there.
fn pane(
    model: &mut Model,
    frame: &mut Frame<'_>,
    area: Rect,
    part: Part,
    rows: &[PartRow],
) -> Option<Position> {
    let has_focus = model.screens.meet.part == part;
    let block = framed(&model.theme, has_focus, part.name(true));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let mut selection = std::mem::take(&mut model.screens.meet.selections[part.index()]);
    let at = selection.settle(rows.iter().map(|row| row.key.as_str()));
    let first = selection.first(usize::from(inside.height), rows.len());
    model.screens.meet.selections[part.index()] = selection;
    if has_focus {
        model.screens.meet.room = usize::from(inside.height);
        model.screens.meet.width = inside.width;
    }
    let selected = at.filter(|_| has_focus);
    let at = draw_rows(&model.theme, frame, inside, rows, first, selected);
    has_focus.then_some(at)
}

/// Rows from the first that is seen on; tells where the selected one stands.
pub(super) fn draw_rows(
    theme: &Theme,
    frame: &mut Frame<'_>,
    area: Rect,
    rows: &[PartRow],
    first: usize,
    selected: Option<usize>,
) -> Position {
    let mut cursor = Position::new(area.x, area.y);
    let seen = rows.iter().enumerate().skip(first);
    for (y, (index, row)) in (area.y..area.bottom()).zip(seen) {
        let place = Rect {
            y,
            height: 1,
            ..area
        };
        let is_here = selected == Some(index);
        let mark = if is_here { "▌" } else { " " };
        let mut line = Line::from(mark);
        line.spans.extend(row.line.spans.iter().cloned());
        if is_here {
            cursor = Position::new(place.x, place.y);
            // The whole row is marked, as in every other list.
            let left = usize::from(place.width).saturating_sub(line.width());
            line.push_span(Span::raw(" ".repeat(left)));
            for span in &mut line.spans {
                // What is pale would not be read on the ground of a selected row.
                let style = span.style.remove_modifier(Modifier::DIM);
                span.style = style.patch(theme.selected);
            }
        }
        frame.render_widget(line, place);
    }
    cursor
}

pub(super) fn framed(theme: &Theme, has_focus: bool, title: &str) -> Block<'static> {
    let style = if has_focus {
        theme.border
    } else {
        theme.faint_border
    };
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(style)
        .title(Line::styled(format!(" {title} "), theme.strong))
}

/// What the meeting is called, what I am in it, who holds what, and the time.
fn title_line(model: &Model, view: &MeetingView, width: u16) -> Line<'static> {
    let theme = &model.theme;
    let me = model.me().map(|me| me.name.clone()).unwrap_or_default();
    let timebox = sitting(view)
        .and_then(|sitting| sitting.current.as_ref())
        .and_then(|current| Timebox::of(current, model.now.wall_ms));
    let right = timebox.map_or_else(|| list::state_words(&view.state).to_owned(), Timebox::short);
    let style = match timebox.map(Timebox::stage) {
        Some(Stage::Over) => theme.wrong,
        Some(Stage::Soon) => theme.asks,
        _ => theme.strong,
    };
    let mine: Vec<String> = view
        .roles
        .iter()
        .filter(|role| role.holders.contains(&me))
        .map(|role| one_line(&role.role).to_uppercase())
        .collect();
    let others = view
        .roles
        .iter()
        .filter(|role| !role.holders.is_empty() && !role.holders.contains(&me))
        .map(|role| {
            format!(
                "{}: {}",
                one_line(&role.role),
                one_line(&role.holders.join(", "))
            )
        });
    let others: Vec<String> = others.collect();
    let room = usize::from(width).saturating_sub(right.width() + 3);
    let you = match (mine.is_empty(), width >= LONG_NAMES) {
        (true, _) => String::new(),
        (false, true) => format!("you are {}", mine.join(", ")),
        (false, false) => mine.join(", "),
    };
    let you = cut(&you, room * 3 / 5);
    let title = cut(&one_line(&view.title), room.saturating_sub(you.width() + 3));
    let mut spans = vec![Span::styled(format!(" {title}"), theme.strong)];
    let mut used = title.width();
    if !you.is_empty() {
        used += you.width() + 3;
        spans.push(Span::styled(format!(" · {you}"), theme.asks));
    }
    let others = cut(&others.join("  "), room.saturating_sub(used + 3));
    if others.width() > 8 {
        used += others.width() + 3;
        spans.push(Span::styled(format!("   {others}"), theme.quiet));
    }
    spans.push(Span::raw(" ".repeat((room + 1).saturating_sub(used))));
    spans.push(Span::styled(right, style));
    Line::from(spans)
}

#[cfg(test)]
mod tests {
    use super::share_out;

    #[test]
    fn who_wants_little_gets_it_and_nothing_is_left_over() {
        assert_eq!(share_out(36, &[40, 5, 5]), [26, 5, 5]);
        assert_eq!(share_out(30, &[5, 5]), [25, 5]);
        assert_eq!(share_out(30, &[40, 40]), [15, 15]);
        assert_eq!(share_out(7, &[9, 9, 9]), [2, 2, 3]);
        assert_eq!(share_out(0, &[3]), [0]);
    }
}
