//! A list on a screen: rows that can be selected among lines that cannot, the selected one always in sight.
//!
//! Owns how such a list looks and scrolls. What its rows are is the screens' own.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType};
use unicode_width::UnicodeWidthStr;

use super::Selection;
use crate::layer::step;
use crate::theme::Theme;
use crate::words::{fill, wrap};

/// Where a list stands.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) selection: Selection,
    /// The first line that is drawn.
    top: usize,
    room: usize,
}

/// A line of a list.
pub(crate) enum ListRow<'a> {
    /// One that cannot be selected.
    Words(Line<'a>),
    /// One that can.
    Item(Item<'a>),
}

/// A row that can be selected.
pub(crate) struct Item<'a> {
    /// What it is: the selection is held by this.
    pub(crate) key: String,
    /// Drawn before the text, in its own style.
    pub(crate) mark: Span<'a>,
    pub(crate) text: String,
    /// Drawn at the right edge, in its own style; left out where there is no room.
    pub(crate) right: Vec<Span<'a>>,
}

impl<'a> Item<'a> {
    pub(crate) fn new(key: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            mark: Span::raw(""),
            text: text.into(),
            right: Vec::new(),
        }
    }

    pub(crate) fn marked(mut self, mark: Span<'a>) -> Self {
        self.mark = mark;
        self
    }

    pub(crate) fn with(mut self, right: Vec<Span<'a>>) -> Self {
        self.right = right;
        self
    }

    fn line(&self, is_selected: bool, theme: &Theme, width: usize) -> Line<'a> {
        let style = if is_selected {
            theme.selected
        } else {
            theme.plain
        };
        let bar = if is_selected { "▌" } else { " " };
        let wide = |spans: &[Span<'_>]| spans.iter().map(|span| span.content.width()).sum();
        let left = 1 + self.mark.content.width();
        let mut right: &[Span<'a>] = &self.right;
        let mut used: usize = wide(right);
        if left + used + 12 > width {
            (right, used) = (&[], 0);
        }
        let text = fill(&self.text, width.saturating_sub(left + used));
        let mut spans = vec![
            Span::styled(bar, style),
            self.mark.clone(),
            Span::styled(text, style),
        ];
        spans.extend(right.iter().cloned());
        Line::from(spans)
    }
}

impl List {
    pub(crate) fn selected(&self) -> Option<&str> {
        self.selection.id()
    }

    /// Moves by a key; whether it was one that moves.
    pub(crate) fn key(&mut self, key: &KeyEvent, keys: &[String]) -> bool {
        let Some(rows) = step(key, self.room) else {
            return false;
        };
        self.selection.step(rows, keys.iter().map(String::as_str));
        true
    }

    /// Finds the selected row again among these.
    pub(crate) fn settle(&mut self, keys: &[String]) {
        self.selection.settle(keys.iter().map(String::as_str));
    }

    /// Draws the rows; tells where the selected one stands.
    pub(crate) fn draw(
        &mut self,
        theme: &Theme,
        frame: &mut Frame<'_>,
        area: Rect,
        rows: &[ListRow<'_>],
    ) -> Option<Position> {
        let items = || {
            rows.iter().filter_map(|row| match row {
                ListRow::Item(item) => Some(item.key.as_str()),
                ListRow::Words(_) => None,
            })
        };
        let at = self.selection.settle(items());
        let is_selected = |row: &ListRow<'_>| match row {
            ListRow::Item(item) => Some(item.key.as_str()) == self.selection.id(),
            ListRow::Words(_) => false,
        };
        let line = rows.iter().position(is_selected).unwrap_or(0);
        self.room = usize::from(area.height).max(1);
        self.top = match at {
            // What stands above the first row is seen again.
            Some(0) | None => (line + 1).saturating_sub(self.room),
            Some(_) => self
                .top
                .max((line + 1).saturating_sub(self.room))
                .min(line)
                .min(rows.len().saturating_sub(self.room)),
        };
        let mut cursor = None;
        for (index, row) in rows.iter().enumerate().skip(self.top).take(self.room) {
            let y = area.y + u16::try_from(index - self.top).unwrap_or(0);
            let place = Rect {
                y,
                height: 1,
                ..area
            };
            if place.y >= area.bottom() {
                break;
            }
            match row {
                ListRow::Words(words) => frame.render_widget(words.clone(), place),
                ListRow::Item(item) => {
                    let is_here = index == line;
                    let line = item.line(is_here, theme, usize::from(area.width));
                    frame.render_widget(line, place);
                    if is_here {
                        cursor = Some(Position::new(place.x, place.y));
                    }
                }
            }
        }
        cursor
    }
}

/// Lines of a text that cannot be selected.
pub(crate) fn words<'a>(
    text: &str,
    style: ratatui::style::Style,
    width: u16,
) -> impl Iterator<Item = ListRow<'a>> {
    let rows = wrap(text, usize::from(width.saturating_sub(2)));
    let line = move |row: String| ListRow::Words(Line::styled(format!(" {row}"), style));
    rows.into_iter().map(line)
}

/// A heading among the rows, with a line of air above it where it is not the first.
pub(crate) fn heading(rows: &mut Vec<ListRow<'_>>, theme: &Theme, text: &str) {
    if !rows.is_empty() {
        rows.push(ListRow::Words(Line::raw("")));
    }
    let line = Line::styled(format!(" {text}"), theme.quiet);
    rows.push(ListRow::Words(line));
}

/// An empty frame with a title; tells its inside.
pub(crate) fn pane(theme: &Theme, frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border)
        .title(Line::styled(format!(" {title} "), theme.strong));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}
