//! Help and palette: the table of commands, for this place or all of it, searchable; Enter does what is selected.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::text::{Line, Span, Text};

use super::prompt::LineInput;
use super::{Stays, boxed};
use crate::table::{Entry, Place, TABLE, rows_at};
use crate::theme::Theme;
use crate::words::{cut, fill, parts, wrap};

/// Which commands are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// Those that can be done here.
    Here(Place),
    /// All; those of other places say where.
    All(Place),
}

/// The table on the screen.
pub(crate) struct Commands {
    which: Which,
    line: LineInput,
    selected: usize,
}

impl Commands {
    pub(crate) fn new(which: Which) -> Self {
        Self {
            which,
            line: LineInput::default(),
            selected: 0,
        }
    }

    fn rows(&self) -> Vec<&'static Entry> {
        let sought = self.line.text().to_lowercase();
        let fits = |row: &&'static Entry| {
            let text = format!("{} {} {}", row.name, row.cli, row.says).to_lowercase();
            sought.split_whitespace().all(|word| text.contains(word))
        };
        let mut rows: Vec<&'static Entry> = match self.which {
            // Before there is a notebook nothing else can be done.
            Which::Here(place) | Which::All(place @ Place::First) => {
                rows_at(place).filter(fits).collect()
            }
            Which::All(place) => {
                let here = rows_at(place);
                here.chain(TABLE.iter()).filter(fits).collect()
            }
        };
        let mut seen = Vec::new();
        rows.retain(|row| {
            let is_new = !seen.contains(&row.cmd);
            seen.push(row.cmd);
            is_new
        });
        let by_name = |row: &&Entry| !row.name.to_lowercase().contains(&sought);
        if !sought.is_empty() {
            rows.sort_by_key(by_name);
        }
        rows
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        let rows = self.rows();
        let last = rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(last),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyCode::PageDown => self.selected = (self.selected + 10).min(last),
            KeyCode::Char('?') if self.line.text().is_empty() => return Stays::Closed,
            KeyCode::Enter => {
                return rows
                    .get(self.selected)
                    .map_or(Stays::Open, |row| Stays::ClosedFor(row.cmd));
            }
            _ => {
                if self.line.key(key) {
                    self.selected = 0;
                }
            }
        }
        Stays::Open
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.line.put(text);
        self.selected = 0;
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let title = match self.which {
            Which::Here(_) => "What can be done here",
            Which::All(_) => "Commands",
        };
        let rows = self.rows();
        let inside = boxed(
            frame,
            area,
            (96, area.height.saturating_sub(2)),
            title,
            theme,
        );
        let top = Rect {
            height: 1.min(inside.height),
            ..inside
        };
        let prompt = Rect {
            width: 2.min(top.width),
            ..top
        };
        frame.render_widget(Line::styled("/ ", theme.quiet), prompt);
        let typed = Rect {
            x: top.x + prompt.width,
            width: top.width - prompt.width,
            ..top
        };
        let cursor = self.line.draw(frame, typed, theme);
        let says = match rows.get(self.selected) {
            Some(row) => row.says,
            None => "Nothing is called so.",
        };
        // As many rows as the longest of these sentences takes, so that the list does not jump.
        let wide = usize::from(inside.width);
        let longest = rows.iter().map(|row| wrap(row.says, wide).len()).max();
        let most = (inside.height / 3).max(1);
        let told = u16::try_from(longest.unwrap_or(1))
            .unwrap_or(most)
            .clamp(1, most);
        let [_, _, list, says_at, below] = Layout::vertical([
            Constraint::Length(1),
            Constraint::Length(u16::from(inside.height > 10)),
            Constraint::Min(1),
            Constraint::Length(told),
            Constraint::Length(1),
        ])
        .areas(inside);
        self.draw_rows(&rows, frame, list, theme);
        let says = wrap(says, wide).into_iter();
        let says = says.map(|row| Line::styled(row, theme.strong));
        frame.render_widget(Text::from_iter(says), says_at);
        let keys = "type to find · Enter does it · Esc leaves · Shift with the mouse selects text";
        frame.render_widget(Line::styled(parts(keys, wide), theme.quiet), below);
        cursor
    }

    fn draw_rows(&self, rows: &[&Entry], frame: &mut Frame<'_>, list: Rect, theme: &Theme) {
        let room = usize::from(list.height).max(1);
        let first = (self.selected + 1).saturating_sub(room);
        let wide = list.width >= 70;
        // So wide as the widest of them, where there is room.
        let for_keys = if list.width < 40 { 6 } else { 9 };
        for (index, row) in rows.iter().enumerate().skip(first).take(room) {
            let place = Rect {
                y: list.y + u16::try_from(index - first).unwrap_or(0),
                height: 1.min(list.height),
                ..list
            };
            let is_here = index == self.selected;
            let mark = if is_here { "▌" } else { " " };
            let style = if is_here { theme.selected } else { theme.plain };
            let keys = row
                .keys
                .first()
                .map(ToString::to_string)
                .unwrap_or_default();
            let mut spans = vec![
                Span::styled(format!("{mark}{}", fill(row.name, 28)), style),
                Span::styled(format!(" {}", fill(&keys, for_keys)), theme.key),
            ];
            if wide {
                let rest = usize::from(list.width).saturating_sub(31 + for_keys);
                spans.push(Span::styled(
                    format!(" {}", cut(row.cli, rest)),
                    theme.quiet,
                ));
            }
            frame.render_widget(Line::from(spans), place);
        }
    }
}
