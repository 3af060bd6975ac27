//! One of several: with arrows, by number, or by typing what narrows the list.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::prompt::LineInput;
use super::{Stays, Then, boxed};
use crate::theme::Theme;
use crate::words::{cut, fill, parts, wrap};

/// Columns below which labels have a row to themselves, and only what the selected one means is told.
const TIGHT: u16 = 44;

/// Rows of a list at most, with what stands below them.
const ROWS_MAX: usize = 22;

/// Rows in which the selected one is told whole, at most.
const WHOLE_ROWS: usize = 3;

/// A list to choose from.
pub(crate) struct Choice {
    title: String,
    /// What has to be known before choosing: above the rows.
    says: String,
    /// Whether those words are cut where the rows would not fit below them.
    gives_way: bool,
    rows: Vec<Row>,
    /// Narrows the list, where it is long.
    line: Option<LineInput>,
    selected: usize,
    known: Vec<String>,
    then: Then,
    /// Esc goes back to it.
    has_before: bool,
}

/// Something to choose.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// What it means, or why.
    pub(crate) detail: String,
    /// What is handed on.
    pub(crate) value: String,
}

impl Row {
    pub(crate) fn new(
        label: impl Into<String>,
        detail: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        Self {
            label: label.into(),
            detail: detail.into(),
            value: value.into(),
        }
    }
}

impl Choice {
    pub(crate) fn new(title: &str, rows: Vec<Row>, then: Then) -> Self {
        Self {
            title: title.to_owned(),
            says: String::new(),
            gives_way: false,
            rows,
            line: None,
            selected: 0,
            known: Vec::new(),
            then,
            has_before: false,
        }
    }

    /// With what is known now and needed then.
    pub(crate) fn knowing(mut self, known: &[&str]) -> Self {
        self.known = known.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// With words above the rows, always whole.
    pub(crate) fn saying(mut self, says: &str) -> Self {
        says.clone_into(&mut self.says);
        self
    }

    /// With the text above the rows that is chosen about; where there is little room, as much of it as leaves the rows in sight.
    pub(crate) fn about(mut self, text: &str) -> Self {
        self.gives_way = true;
        self.saying(text)
    }

    /// Narrowed by typing; then numbers do not choose.
    pub(crate) fn narrowed(mut self) -> Self {
        self.line = Some(LineInput::default());
        self
    }

    pub(super) fn has_step_before(&mut self) {
        self.has_before = true;
    }

    fn shown(&self) -> Vec<&Row> {
        let sought = self
            .line
            .as_ref()
            .map(|line| line.text().to_lowercase())
            .unwrap_or_default();
        let fits = |row: &&Row| {
            let text = format!("{} {}", row.label, row.detail).to_lowercase();
            sought.split_whitespace().all(|word| text.contains(word))
        };
        self.rows.iter().filter(fits).collect()
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        let shown = self.shown().len();
        let letters = self.line.is_none();
        match key.code {
            KeyCode::Up => self.selected = self.selected.saturating_sub(1),
            KeyCode::Down => self.selected = (self.selected + 1).min(shown.saturating_sub(1)),
            KeyCode::Char('k') if letters => self.selected = self.selected.saturating_sub(1),
            KeyCode::Char('j') if letters => {
                self.selected = (self.selected + 1).min(shown.saturating_sub(1));
            }
            KeyCode::Char('q') if letters => return Stays::Closed,
            KeyCode::Home if letters => self.selected = 0,
            KeyCode::End if letters => self.selected = shown.saturating_sub(1),
            KeyCode::PageUp => self.selected = self.selected.saturating_sub(10),
            KeyCode::PageDown => self.selected = (self.selected + 10).min(shown.saturating_sub(1)),
            KeyCode::Char(c @ '1'..='9') if letters => {
                let index = usize::from(c as u8 - b'1');
                if index < shown {
                    self.selected = index;
                    return self.choose();
                }
            }
            KeyCode::Enter => return self.choose(),
            _ => {
                if let Some(line) = &mut self.line
                    && line.key(key)
                {
                    self.selected = 0;
                }
            }
        }
        Stays::Open
    }

    fn choose(&mut self) -> Stays {
        match self.shown().get(self.selected) {
            Some(row) => {
                let value = row.value.clone();
                Stays::ClosedWith(self.then, self.known.clone(), value)
            }
            None => Stays::Open,
        }
    }

    pub(super) fn paste(&mut self, text: &str) {
        if let Some(line) = &mut self.line {
            line.put(text);
            self.selected = 0;
        }
    }

    /// Draws the box and the words above the rows; tells what is left of its inside.
    fn opened(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Rect {
        let columns = 76.min(area.width.saturating_sub(4));
        let shown = Shown::of(self, columns);
        let rows = self.rows.len() + 2 * usize::from(self.line.is_some());
        let rows = (rows + shown.below + 1).min(ROWS_MAX);
        let mut says = if self.says.is_empty() {
            Vec::new()
        } else {
            wrap(&self.says, usize::from(columns))
        };
        let room = usize::from(area.height.saturating_sub(2)).saturating_sub(rows + 1);
        if self.gives_way && says.len() > room {
            says.truncate(room.max(1));
            if let Some(last) = says.last_mut() {
                *last = cut(&format!("{last} …"), usize::from(columns));
            }
        } else if !says.is_empty() {
            says.push(String::new());
        }
        let above = u16::try_from(says.len()).unwrap_or(u16::MAX);
        let rows = u16::try_from(rows).unwrap_or(u16::MAX);
        let size = (columns, rows.saturating_add(above));
        let inside = boxed(frame, area, size, &self.title, theme);
        let above = above.min(inside.height);
        let words = Rect {
            height: above,
            ..inside
        };
        frame.render_widget(Text::from_iter(says.into_iter().map(Line::raw)), words);
        Rect {
            y: inside.y + above,
            height: inside.height - above,
            ..inside
        }
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let inside = self.opened(frame, area, theme);
        let mut cursor = Position::new(inside.x, inside.y);
        let mut list = inside;
        if let Some(line) = &self.line {
            cursor = line.draw(
                frame,
                Rect {
                    height: 1.min(inside.height),
                    ..inside
                },
                theme,
            );
            list.y += 2.min(inside.height);
            list.height = list.height.saturating_sub(2);
        }
        let here = self.draw_rows(frame, list, theme);
        if let Some(here) = here.filter(|_| self.line.is_none()) {
            cursor = here;
        }
        let keys = match (self.shown().is_empty(), self.line.is_some()) {
            (true, _) => "nothing fits",
            (false, true) => "type to narrow · Enter chooses",
            (false, false) => "number or Enter chooses",
        };
        let esc = if self.has_before {
            "goes back"
        } else {
            "leaves it"
        };
        let keys = format!("{keys} · Esc {esc}");
        let below = Rect {
            y: inside.bottom().saturating_sub(1),
            height: 1.min(inside.height),
            ..inside
        };
        frame.render_widget(
            Line::styled(parts(&keys, usize::from(below.width)), theme.quiet),
            below,
        );
        cursor
    }

    /// The rows that fit, and what each means; tells where the selected one stands.
    fn draw_rows(&self, frame: &mut Frame<'_>, list: Rect, theme: &Theme) -> Option<Position> {
        let rows = self.shown();
        let shown = Shown::of(self, list.width);
        // Labels come first: what is told below them has the rows that they leave.
        let height = usize::from(list.height).saturating_sub(1);
        let below = shown.below.min(height.saturating_sub(rows.len()).max(1));
        let room = height.saturating_sub(below).max(1);
        let first = (self.selected + 1).saturating_sub(room);
        let mut here = None;
        for (index, row) in rows.iter().enumerate().skip(first).take(room) {
            let y = list.y + u16::try_from(index - first).unwrap_or(0);
            if y >= list.bottom() {
                break;
            }
            let place = Rect {
                y,
                height: 1,
                ..list
            };
            let is_here = index == self.selected;
            let number = match (self.line.is_none(), index) {
                (true, 0..9) => format!("{} ", index + 1),
                _ => "  ".to_owned(),
            };
            let mark = if is_here { "▌" } else { " " };
            let label = format!("{mark}{number}{}", fill(&row.label, shown.labels));
            let style = if is_here { theme.selected } else { theme.plain };
            let mut spans = vec![Span::styled(label, style)];
            if shown.details > 0 {
                spans.push(Span::raw("  "));
                spans.push(Span::styled(cut(&row.detail, shown.details), theme.quiet));
            }
            frame.render_widget(Line::from(spans), place);
            if is_here {
                here = Some(place.as_position());
            }
        }
        let whole = rows.get(self.selected).map(|row| shown.whole(row));
        if height > below {
            let below = u16::try_from(below).unwrap_or(0);
            let place = Rect {
                y: list.bottom() - 1 - below,
                height: below,
                ..list
            };
            let whole = whole.into_iter().flatten();
            let whole = whole.map(|row| Line::styled(format!("   {row}"), theme.quiet));
            frame.render_widget(Text::from_iter(whole), place);
        }
        here
    }
}

/// How the rows share the width, and how much is told below them of the one that is selected.
struct Shown {
    wide: usize,
    /// Columns for labels.
    labels: usize,
    /// Columns for what they mean; none where that has no room beside them.
    details: usize,
    /// Rows between the last label and the keys.
    below: usize,
}

impl Shown {
    fn of(choice: &Choice, width: u16) -> Self {
        let wide = usize::from(width);
        let is_tight = width < TIGHT;
        let most = if is_tight {
            wide.saturating_sub(3)
        } else {
            wide * 3 / 5
        };
        let widest = choice.rows.iter().map(|row| row.label.width()).max();
        let labels = widest.unwrap_or(0).clamp(8, most.max(8));
        let details = if is_tight {
            0
        } else {
            wide.saturating_sub(labels + 5)
        };
        let mut shown = Self {
            wide,
            labels,
            details,
            below: 1,
        };
        let whole = choice.rows.iter().map(|row| shown.whole(row).len()).max();
        shown.below = whole.unwrap_or(0).max(1);
        shown
    }

    /// What of a row its place in the list does not show.
    fn whole(&self, row: &Row) -> Vec<String> {
        let is_cut = row.label.width() > self.labels;
        let has_more = row.detail.width() > self.details;
        let said = match (is_cut, has_more || self.details == 0) {
            (true, _) if row.detail.is_empty() => row.label.clone(),
            (true, _) => format!("{} · {}", row.label, row.detail),
            (false, true) => row.detail.clone(),
            (false, false) => String::new(),
        };
        if said.is_empty() {
            return Vec::new();
        }
        let mut rows = wrap(&said, self.wide.saturating_sub(3));
        if rows.len() > WHOLE_ROWS {
            rows.truncate(WHOLE_ROWS);
            if let Some(last) = rows.last_mut() {
                *last = cut(&format!("{last} …"), self.wide.saturating_sub(3));
            }
        }
        rows
    }
}

/// Whether a key moves in a list, and by how many rows.
pub(crate) fn step(key: &KeyEvent, page: usize) -> Option<isize> {
    let page = isize::try_from(page.max(1)).unwrap_or(10);
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Up => -1,
        KeyCode::Down => 1,
        KeyCode::Char('k') if !ctrl => -1,
        KeyCode::Char('j') if !ctrl => 1,
        KeyCode::PageUp => -page,
        KeyCode::PageDown => page,
        KeyCode::Home => isize::MIN / 2,
        KeyCode::End => isize::MAX / 2,
        _ => return None,
    })
}
