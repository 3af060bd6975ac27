//! The picture of the notes: list and text beside each other, or one of them where there is little room.

use moot_engine::reply::NoteRow;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType};
use unicode_width::UnicodeWidthStr;

use crate::model::Model;
use crate::words::{cut, fill, one_line, said, wrap};

/// Columns from which list and text stand beside each other.
const TWO_PANES: u16 = 72;

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let is_open = model.screens.notes.open.is_some();
    if area.width < TWO_PANES {
        if is_open {
            model.screens.notes.list_area = Rect::default();
            return draw_text(model, frame, area);
        }
        model.screens.notes.text_area = Rect::default();
        return draw_list(model, frame, area);
    }
    let list_width = (area.width / 3).clamp(24, 40);
    let [list, text] =
        Layout::horizontal([Constraint::Length(list_width), Constraint::Min(20)]).areas(area);
    let of_list = draw_list(model, frame, list);
    let of_text = draw_text(model, frame, text);
    if is_open { of_text } else { of_list }
}

fn pane<'a>(model: &Model, has_focus: bool, title: Line<'a>) -> Block<'a> {
    let style = if has_focus {
        model.theme.border
    } else {
        model.theme.faint_border
    };
    Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(style)
        .title(title)
}

fn draw_list(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let has_focus = model.screens.notes.open.is_none();
    let mut title = vec![Span::styled(" Notes ", model.theme.strong)];
    let notes = &model.screens.notes;
    if notes.shows_deleted {
        title.push(Span::styled("with deleted ", model.theme.quiet));
    }
    let mut block = pane(model, has_focus, Line::from(title));
    if notes.waiting_above() > 0 {
        let new = format!(" {} new ↑ ", notes.waiting_above());
        block = block.title(Line::styled(new, model.theme.asks).right_aligned());
    }
    let inside = block.inner(area);
    frame.render_widget(block, area);
    let mut cursor = None;
    let mut list = inside;
    if let Some(line) = &notes.filter {
        let row = Rect {
            height: 1.min(inside.height),
            ..inside
        };
        frame.render_widget(Line::styled("/", model.theme.quiet), row);
        let typed = Rect {
            x: row.x + 1.min(row.width),
            width: row.width.saturating_sub(1),
            ..row
        };
        let at = line.draw(frame, typed, &model.theme);
        cursor = notes.is_filtering.then_some(at);
        list.y += row.height;
        list.height -= row.height;
    }
    let count = notes.shown().len();
    if count == 0 {
        let joining = model.joining();
        let text = joining.as_deref().unwrap_or_else(|| empty_list(model));
        draw_words(model, frame, list, text);
        model.screens.notes.list_area = list;
        return cursor.or(Some(Position::new(list.x, list.y)));
    }
    draw_rows(model, frame, list, has_focus, cursor)
}

/// The rows; tells where the cursor belongs, if nothing else has it.
fn draw_rows(
    model: &mut Model,
    frame: &mut Frame<'_>,
    list: Rect,
    has_focus: bool,
    mut cursor: Option<Position>,
) -> Option<Position> {
    let mut selection = std::mem::take(&mut model.screens.notes.selection);
    let notes = &model.screens.notes;
    let rows = notes.shown();
    selection.settle(rows.iter().map(|row| row.id.as_str()));
    let first = selection.first(usize::from(list.height), rows.len());
    for (index, row) in rows
        .iter()
        .enumerate()
        .skip(first)
        .take(usize::from(list.height))
    {
        let y = list.y + u16::try_from(index - first).unwrap_or(0);
        let place = Rect {
            y,
            height: 1,
            ..list
        };
        let is_selected = selection.id() == Some(row.id.as_str());
        frame.render_widget(
            list_row(model, row, is_selected, has_focus, list.width),
            place,
        );
        if is_selected && cursor.is_none() {
            cursor = Some(Position::new(place.x, place.y));
        }
    }
    let notes = &mut model.screens.notes;
    notes.selection = selection;
    notes.list_area = list;
    notes.list_first = first;
    cursor
}

fn list_row<'a>(
    model: &Model,
    row: &NoteRow,
    is_selected: bool,
    has_focus: bool,
    width: u16,
) -> Line<'a> {
    let theme = &model.theme;
    let style = match (is_selected, has_focus) {
        (true, true) => theme.selected,
        (true, false) => theme.marked,
        (false, _) => theme.plain,
    };
    let writers: Vec<(char, usize)> = model
        .here()
        .into_iter()
        .filter(|seen| seen.note.as_deref() == Some(&row.id))
        .map(|seen| model.mark_of(&seen.person))
        .collect();
    let mut right: Vec<Span<'a>> = Vec::new();
    for (letter, colour) in &writers {
        right.push(Span::styled(format!(" {letter}"), theme.person(*colour)));
    }
    if row.titles.len() > 1 {
        right.push(Span::styled(" settle", theme.asks));
    }
    if row.deleted {
        right.push(Span::styled(" deleted", theme.quiet));
    }
    let mark = match (row.unread, writers.is_empty()) {
        (true, _) => " •",
        (false, true) => "  ",
        (false, false) => "",
    };
    right.push(Span::styled(mark, theme.asks));
    let used: usize = right.iter().map(|span| span.content.width()).sum();
    let room = usize::from(width).saturating_sub(used + 1);
    let bar = if is_selected { "▌" } else { " " };
    let title = fill(&one_line(&row.title), room);
    let mut spans = vec![Span::styled(format!("{bar}{title}"), style)];
    spans.extend(right);
    Line::from(spans)
}

fn empty_list(model: &Model) -> &'static str {
    let notes = &model.screens.notes;
    if !notes.is_read {
        "Reading …"
    } else if notes.filter.is_some() {
        "No title has these letters.\n\nEsc shows all notes again."
    } else {
        "There is no note yet.\n\nNotes are what the group writes down together: how it does things, what it tries, \
         what it needs to remember.\n\nn  makes the first one"
    }
}

/// Text in a pane that has nothing else to show.
fn draw_words(model: &Model, frame: &mut Frame<'_>, area: Rect, text: &str) {
    let inside = Rect {
        x: area.x + 1.min(area.width),
        y: area.y + 1.min(area.height),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(1),
    };
    let rows: Vec<Line<'_>> = wrap(text, usize::from(inside.width))
        .into_iter()
        .map(|row| Line::styled(row, model.theme.quiet))
        .collect();
    frame.render_widget(Text::from(rows), inside);
}

fn draw_text(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    match model.screens.notes.open.take() {
        Some(mut open) => {
            let title = format!(
                " {} ",
                cut(&one_line(&open.title), usize::from(area.width) / 2)
            );
            let saved = held(model, &open);
            let block = pane(model, true, Line::styled(title, model.theme.strong))
                .title(Line::from(saved).right_aligned())
                .title_bottom(unread_in_text(model, &open))
                .title_bottom(foot_of_text(model, &open).right_aligned());
            let inside = block.inner(area);
            frame.render_widget(block, area);
            model.screens.notes.text_area = inside;
            let now = model.now.steady_ms;
            let at = open
                .editor
                .render(inside, frame.buffer_mut(), &model.theme.look, now);
            if open.editor.text().is_empty() {
                draw_words(
                    model,
                    frame,
                    Rect {
                        y: inside.y + 1.min(inside.height),
                        height: inside.height.saturating_sub(1),
                        ..inside
                    },
                    "This note is empty. What you type is saved as you type, and others see it at once.\n\n\
                     # makes a heading, - a list, [[ links to another note.",
                );
            }
            model.screens.notes.open = Some(open);
            Some(at.unwrap_or(Position::new(inside.x, inside.y)))
        }
        None => {
            draw_preview(model, frame, area);
            None
        }
    }
}

/// The three facts of keeping, of this text.
fn held<'a>(model: &Model, open: &super::text::OpenNote) -> Vec<Span<'a>> {
    let theme = &model.theme;
    if open.deleted {
        return vec![Span::styled(" deleted: read only ", theme.asks)];
    }
    if !open.editor.is_saved() {
        return vec![Span::styled(" saving … ", theme.quiet)];
    }
    vec![Span::styled(" saved here ", theme.good)]
}

/// What the marks at the right edge mean, while there are any.
fn unread_in_text<'a>(model: &Model, open: &super::text::OpenNote) -> Line<'a> {
    if !open.editor.has_unread() {
        return Line::default();
    }
    Line::from(vec![
        Span::styled(" ▎", model.theme.look.marker),
        Span::styled("new since you were here ", model.theme.quiet),
        Span::styled("F6 ", model.theme.key),
    ])
}

fn foot_of_text<'a>(model: &Model, open: &super::text::OpenNote) -> Line<'a> {
    let (line, column) = open.editor.caret_line();
    Line::styled(format!(" {}:{} ", line + 1, column + 1), model.theme.quiet)
}

fn draw_preview(model: &mut Model, frame: &mut Frame<'_>, area: Rect) {
    let Some(note) = model.screens.notes.preview.clone() else {
        let block = pane(model, false, Line::default());
        let inside = block.inner(area);
        frame.render_widget(block, area);
        model.screens.notes.text_area = inside;
        return;
    };
    let title = format!(
        " {} ",
        cut(&one_line(&note.title), usize::from(area.width) / 2)
    );
    let when = said(note.updated, model.now.wall_ms, &model.setup.zone);
    let by = format!(" {when} · {} ", note.authors.join(", "));
    let by = cut(&one_line(&by), usize::from(area.width) / 2);
    let block = pane(model, false, Line::styled(title, model.theme.strong))
        .title_bottom(Line::styled(by, model.theme.quiet).right_aligned());
    let inside = block.inner(area);
    frame.render_widget(block, area);
    model.screens.notes.text_area = inside;
    if note.body.is_empty() {
        draw_words(
            model,
            frame,
            inside,
            "This note is empty.\n\nEnter opens it to write.",
        );
        return;
    }
    // The start of the text, drawn as it will be when it is open.
    let upto = usize::from(inside.height) * 4 * usize::from(inside.width).max(20);
    let end = (0..=upto.min(note.body.len()))
        .rev()
        .find(|at| note.body.is_char_boundary(*at))
        .unwrap_or(0);
    let mut shown = crate::editor::Editor::open(&note.body[..end], 0, 0);
    let now = model.now.steady_ms;
    shown.render(inside, frame.buffer_mut(), &model.theme.look, now);
}
