//! A ticket to give away: its text, and a picture of it that a telephone reads where there is room for one.

use qrcode::{Color as Module, EcLevel, QrCode};
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};

use super::{Stays, boxed};
use crate::message::Effect;
use crate::theme::{Colours, Theme};
use crate::words::wrap;

/// Light modules round the picture, as its standard asks; readers manage with half of them.
const QUIET: [usize; 2] = [4, 2];

/// A ticket on the screen.
pub(crate) struct Ticket {
    ticket: String,
    /// What it is good for.
    says: String,
    code: Option<QrCode>,
    colours: Colours,
}

impl Ticket {
    pub(crate) fn new(ticket: &str, says: String, colours: Colours) -> Self {
        // Large letters and digits take little more than half the room; a ticket reads the same either way.
        let large = ticket.to_ascii_uppercase();
        Self {
            ticket: ticket.to_owned(),
            says,
            code: QrCode::with_error_correction_level(large, EcLevel::L).ok(),
            colours,
        }
    }

    pub(super) fn key(&self, key: &KeyEvent) -> Stays {
        match key.code {
            KeyCode::Char('y') => Stays::OpenWith(vec![Effect::Copy(self.ticket.clone())]),
            KeyCode::Enter | KeyCode::Char('q') => Stays::Closed,
            _ => Stays::Open,
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let says = |width: usize| wrap(&self.says, width);
        let keys = "y copies the ticket · Esc closes";
        let room = (
            usize::from(area.width.saturating_sub(4)),
            usize::from(area.height.saturating_sub(2)),
        );
        let picture = self.code.as_ref().and_then(|code| fitting(code, room));
        // The picture goes alone: the text of the ticket is one key away.
        let mut lines: Vec<Line<'_>> = Vec::new();
        let width = match &picture {
            Some(rows) => {
                let wide = rows.first().map_or(0, |row| row.chars().count());
                let style = ink(self.colours);
                lines.extend(rows.iter().map(|row| Line::styled(row.clone(), style)));
                let left = room.1.saturating_sub(lines.len());
                let words = says(wide);
                if words.len() < left {
                    lines.extend(words.into_iter().map(|row| Line::styled(row, theme.plain)));
                }
                wide
            }
            None => {
                let wide = room.0.min(88);
                let plain = |row: String| Line::styled(row, theme.plain);
                lines.extend(says(wide).into_iter().map(plain));
                let small = "There is no room here for its picture: a larger window shows one.";
                if self.code.is_some() {
                    let quiet = |row: String| Line::styled(row, theme.quiet);
                    lines.extend(wrap(small, wide).into_iter().map(quiet));
                }
                lines.push(Line::raw(""));
                let strong = |row: String| Line::styled(row, theme.strong);
                lines.extend(wrap(&self.ticket, wide).into_iter().map(strong));
                wide
            }
        };
        let shows_keys = lines.len() < room.1;
        let rows = u16::try_from(lines.len() + 1).unwrap_or(u16::MAX);
        let size = (u16::try_from(width).unwrap_or(u16::MAX), rows);
        let title = if shows_keys { "A ticket" } else { keys };
        let inside = boxed(frame, area, size, title, theme);
        let shown = Rect {
            height: inside.height.saturating_sub(u16::from(shows_keys)),
            ..inside
        };
        frame.render_widget(Text::from(lines), shown);
        if shows_keys {
            let below = Rect {
                y: inside.bottom().saturating_sub(1),
                height: 1.min(inside.height),
                ..inside
            };
            frame.render_widget(Line::styled(keys, theme.quiet), below);
        }
        Position::new(inside.x, inside.y)
    }
}

/// Dark on light, whatever the terminal's own colours are. Without colours that can only be turned round, which is right where
/// letters are light on dark.
fn ink(colours: Colours) -> Style {
    match colours {
        Colours::Sixteen => Style::new().fg(Color::Black).bg(Color::White),
        Colours::None => Style::new().add_modifier(Modifier::REVERSED),
    }
}

/// The picture with as much quiet round it as there is room for; none where there is too little.
fn fitting(code: &QrCode, (columns, rows): (usize, usize)) -> Option<Vec<String>> {
    QUIET.into_iter().find_map(|quiet| {
        let wide = code.width() + 2 * quiet;
        (wide <= columns && wide.div_ceil(2) <= rows).then(|| picture(code, quiet))
    })
}

/// Two rows of modules in one row of letters.
fn picture(code: &QrCode, quiet: usize) -> Vec<String> {
    let wide = code.width() + 2 * quiet;
    let is_dark = |x: usize, y: usize| {
        let inside = quiet..quiet + code.width();
        inside.contains(&x) && inside.contains(&y) && code[(x - quiet, y - quiet)] == Module::Dark
    };
    let letter = |x: usize, y: usize| match (is_dark(x, y), is_dark(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    let row = |y: usize| (0..wide).map(|x| letter(x, y)).collect();
    (0..wide).step_by(2).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The modules that a picture shows, row by row.
    fn modules(rows: &[String], wide: usize) -> Vec<Vec<bool>> {
        let mut modules = Vec::new();
        for row in rows {
            modules.push(row.chars().map(|c| matches!(c, '█' | '▀')).collect());
            modules.push(row.chars().map(|c| matches!(c, '█' | '▄')).collect());
        }
        modules.truncate(wide);
        modules
    }

    #[test]
    fn the_picture_shows_every_module_and_is_light_all_round() {
        let code = QrCode::with_error_correction_level("MOOT1ABCDEF", EcLevel::L).unwrap();
        let wide = code.width() + 8;
        let shown = modules(&picture(&code, 4), wide);
        for (y, row) in shown.iter().enumerate() {
            assert_eq!(row.len(), wide);
            for (x, dark) in row.iter().enumerate() {
                let inside = 4..4 + code.width();
                let is = inside.contains(&x) && inside.contains(&y);
                let wanted = is && code[(x - 4, y - 4)] == Module::Dark;
                assert_eq!(*dark, wanted, "{x} {y}");
            }
        }
    }

    #[test]
    fn a_picture_is_drawn_whole_or_not_at_all() {
        let code = QrCode::with_error_correction_level("MOOT1ABCDEF", EcLevel::L).unwrap();
        assert!(fitting(&code, (60, 30)).is_some());
        assert_eq!(
            fitting(&code, (code.width() + 4, 30)).map(|rows| rows.len()),
            Some(code.width().div_ceil(2) + 2)
        );
        assert!(fitting(&code, (code.width() + 3, 30)).is_none());
        assert!(fitting(&code, (60, 10)).is_none());
    }
}
