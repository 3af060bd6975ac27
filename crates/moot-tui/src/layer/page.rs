//! Something to read, with room to scroll.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Text};

use super::{Stays, boxed, choice};
use crate::theme::Theme;
use crate::words::wrap;

/// A page of text.
pub(crate) struct Page {
    title: String,
    lines: Vec<(String, Style)>,
    first: u16,
    room: u16,
    rows: u16,
}

impl Page {
    pub(crate) fn new(title: &str, lines: Vec<(String, Style)>) -> Self {
        Self {
            title: title.to_owned(),
            lines,
            first: 0,
            room: 1,
            rows: 0,
        }
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        if matches!(key.code, KeyCode::Enter | KeyCode::Char('q' | '?')) {
            return Stays::Closed;
        }
        if let Some(rows) = choice::step(key, usize::from(self.room)) {
            let last = isize::try_from(self.rows.saturating_sub(self.room)).unwrap_or(0);
            let first = isize::try_from(self.first)
                .unwrap_or(0)
                .saturating_add(rows);
            self.first = u16::try_from(first.clamp(0, last)).unwrap_or(0);
        }
        Stays::Open
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let width = 88.min(area.width.saturating_sub(4));
        let mut rows: Vec<Line<'_>> = Vec::new();
        for (text, style) in &self.lines {
            let wrapped = wrap(text, usize::from(width));
            rows.extend(wrapped.into_iter().map(|row| Line::styled(row, *style)));
        }
        self.rows = u16::try_from(rows.len()).unwrap_or(u16::MAX);
        let height = self
            .rows
            .saturating_add(2)
            .min(area.height.saturating_sub(2));
        let inside = boxed(frame, area, (width, height), &self.title, theme);
        let text = Rect {
            height: inside.height.saturating_sub(2),
            ..inside
        };
        self.room = text.height.max(1);
        self.first = self.first.min(self.rows.saturating_sub(self.room));
        rows.drain(..usize::from(self.first).min(rows.len()));
        frame.render_widget(Text::from(rows), text);
        let below = Rect {
            y: inside.bottom().saturating_sub(1),
            height: 1.min(inside.height),
            ..inside
        };
        let keys = if self.rows > self.room {
            "arrows scroll · Esc closes"
        } else {
            "Esc closes"
        };
        frame.render_widget(Line::styled(keys, theme.quiet), below);
        Position::new(text.x, text.y)
    }
}
