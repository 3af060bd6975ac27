//! The versions of a note on a slider: left and right go through time, the text of each is shown, Enter lets the note read so again.
//!
//! Owns which version is looked at and the texts that were read. What is done with one is the notes' own.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use moot_engine::reply::HistoryRow;
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, BorderType, Clear};
use unicode_width::UnicodeWidthStr;

use super::{Stays, Then, choice};
use crate::editor::Editor;
use crate::message::Effects;
use crate::model::Model;
use crate::theme::Theme;
use crate::words::{cut, one_line, parts, said};

/// Asks for the text of the version that is shown, if it was not read yet.
pub(crate) type Reads = fn(&mut Model) -> Effects;

/// The history of a note, laid over the screen.
pub(crate) struct History {
    note: String,
    title: String,
    /// The oldest first.
    rows: Vec<HistoryRow>,
    at: usize,
    texts: BTreeMap<String, Editor>,
    /// Whether one is being read: those that are passed meanwhile are not asked for.
    is_reading: bool,
    room: usize,
    now_ms: i64,
    zone: TimeZone,
    reads: Reads,
    restores: Then,
}

impl History {
    /// The newest version is shown first. The rows come with the newest first.
    pub(crate) fn new(
        (note, title): (&str, &str),
        mut rows: Vec<HistoryRow>,
        (now_ms, zone): (i64, TimeZone),
        reads: Reads,
        restores: Then,
    ) -> Self {
        rows.reverse();
        Self {
            note: note.to_owned(),
            title: title.to_owned(),
            at: rows.len().saturating_sub(1),
            rows,
            texts: BTreeMap::new(),
            is_reading: false,
            room: 1,
            now_ms,
            zone,
            reads,
            restores,
        }
    }

    /// The note and the version whose text is to be read now, if there is one.
    pub(crate) fn reads(&mut self) -> Option<(String, String)> {
        let row = self.rows.get(self.at)?;
        if self.is_reading || self.texts.contains_key(&row.version) {
            return None;
        }
        self.is_reading = true;
        Some((self.note.clone(), row.version.clone()))
    }

    /// Takes in the text of a version, or that there is none.
    pub(crate) fn was_read(&mut self, note: &str, version: &str, text: &str) {
        self.is_reading = false;
        if self.note == note {
            let text = Editor::open(text, 0, 0);
            self.texts.insert(version.to_owned(), text);
        }
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        let last = self.rows.len().saturating_sub(1);
        let at = match key.code {
            KeyCode::Left | KeyCode::Char('h') => self.at.saturating_sub(1),
            KeyCode::Right | KeyCode::Char('l') => (self.at + 1).min(last),
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Char('q') => return Stays::Closed,
            KeyCode::Enter => return self.restore(),
            _ => {
                let text = self.rows.get(self.at);
                let text = text.and_then(|row| self.texts.get_mut(&row.version));
                if let (Some(rows), Some(text)) = (choice::step(key, self.room), text) {
                    text.scroll(i32::try_from(rows).unwrap_or(0));
                }
                return Stays::Open;
            }
        };
        self.at = at;
        Stays::OpenThen(self.reads)
    }

    /// The newest is what the note reads already.
    fn restore(&mut self) -> Stays {
        match self.rows.get(self.at) {
            Some(row) if self.at + 1 < self.rows.len() => {
                let known = vec![self.note.clone(), self.title.clone()];
                Stays::ClosedWith(self.restores, known, row.version.clone())
            }
            _ => Stays::Closed,
        }
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let title = format!(" History of “{}” ", one_line(&self.title));
        let is_newest = self.at + 1 >= self.rows.len();
        let enter = if is_newest {
            "this is how it reads now"
        } else {
            "Enter lets it read so again"
        };
        let room = usize::from(area.width.saturating_sub(4));
        let mut keys = format!("← → versions · {enter} · Esc leaves");
        // How to leave stands in the footer, too.
        if keys.width() > room {
            keys = format!("← → · {enter}");
        }
        let block = Block::bordered()
            .border_type(BorderType::Rounded)
            .border_style(theme.border)
            .title(Line::styled(cut(&title, room), theme.strong))
            .title_bottom(Line::styled(
                format!(" {} ", parts(&keys, room)),
                theme.plain,
            ));
        let inside = block.inner(area);
        frame.render_widget(Clear, area);
        frame.render_widget(block, area);
        let row = |y: u16| Rect {
            y: inside.y + y.min(inside.height.saturating_sub(1)),
            height: inside.height.min(1),
            ..inside
        };
        frame.render_widget(self.slider(inside.width, theme), row(0));
        frame.render_widget(self.version(inside.width, theme), row(1));
        let text = Rect {
            y: inside.y + 3.min(inside.height),
            height: inside.height.saturating_sub(3),
            ..inside
        };
        self.room = usize::from(text.height).max(1);
        let shown = self.rows.get(self.at);
        match shown.and_then(|row| self.texts.get_mut(&row.version)) {
            Some(page) if page.text().is_empty() => {
                frame.render_widget(Line::styled("Nothing was in it yet.", theme.quiet), text);
            }
            Some(page) => {
                page.render(text, frame.buffer_mut(), &theme.look, 0);
            }
            None => frame.render_widget(Line::styled("Reading …", theme.quiet), text),
        }
        Position::new(inside.x, row(1).y)
    }

    /// Where the version stands between the first and the last.
    fn slider<'a>(&self, width: u16, theme: &Theme) -> Line<'a> {
        let number = format!(" {} of {} ", self.at + 1, self.rows.len());
        let length = usize::from(width).saturating_sub(number.len() + 1).max(1);
        let last = self.rows.len().saturating_sub(1).max(1);
        let before = (length - 1) * self.at.min(last) / last;
        Line::from(vec![
            Span::styled("─".repeat(before), theme.quiet),
            Span::styled("●", theme.strong),
            Span::styled("─".repeat(length - 1 - before), theme.quiet),
            Span::styled(number, theme.strong),
        ])
    }

    /// When it was made, by whom, and what that did.
    fn version<'a>(&self, width: u16, theme: &Theme) -> Line<'a> {
        let Some(row) = self.rows.get(self.at) else {
            return Line::raw("");
        };
        let when = said(row.at, self.now_ms, &self.zone);
        let words = format!(
            "{when} · {} · {}",
            one_line(&row.by),
            one_line(&row.summary)
        );
        Line::styled(cut(&words, usize::from(width)), theme.plain)
    }
}
