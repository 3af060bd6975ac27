//! A ticket to give away: its text, and a picture of it that a telephone reads where there is room for one.

use qrcode::{Color as Module, EcLevel, QrCode};
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Borders, Clear};

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
    /// Whether its text is wanted where there is room for its picture.
    as_text: bool,
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
            as_text: false,
        }
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        match key.code {
            KeyCode::Char('y') => Stays::OpenWith(vec![Effect::Copy(self.ticket.clone())]),
            KeyCode::Char('t') => {
                self.as_text = !self.as_text;
                Stays::Open
            }
            KeyCode::Enter | KeyCode::Char('q') => Stays::Closed,
            _ => Stays::Open,
        }
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let room = (
            usize::from(area.width.saturating_sub(4)),
            usize::from(area.height.saturating_sub(2)),
        );
        let picture = self.code.as_ref().and_then(|code| fitting(code, room));
        match picture {
            Some(rows) if !self.as_text => self.draw_picture(&rows, room.1, frame, area, theme),
            fitting => self.draw_text(fitting.is_some(), frame, area, theme),
        }
    }

    fn draw_picture(
        &self,
        rows: &[String],
        room: usize,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
    ) -> Position {
        let wide = rows.first().map_or(0, |row| row.chars().count());
        let style = ink(self.colours);
        let mut lines: Vec<Line<'_>> = rows
            .iter()
            .map(|row| Line::styled(row.clone(), style))
            .collect();
        let says = wrap(&self.says, wide);
        if says.len() < room.saturating_sub(lines.len()) {
            lines.extend(says.into_iter().map(|row| Line::styled(row, theme.plain)));
        }
        // The picture comes first: what the keys do stands in the frame, if nowhere else.
        let keys = "y copies · t shows its text · Esc closes";
        let shows_keys = lines.len() < room;
        let rows = u16::try_from(lines.len() + usize::from(shows_keys)).unwrap_or(u16::MAX);
        let size = (u16::try_from(wide).unwrap_or(u16::MAX), rows);
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

    /// The text goes from edge to edge with nothing beside it, so that whoever selects its rows with the mouse has the ticket.
    fn draw_text(
        &self,
        has_picture: bool,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
    ) -> Position {
        let block = Block::new()
            .borders(Borders::TOP | Borders::BOTTOM)
            .border_style(theme.border)
            .title(Line::styled(" A ticket ", theme.strong));
        let inside = block.inner(area);
        frame.render_widget(Clear, area);
        frame.render_widget(block, area);
        let wide = usize::from(inside.width);
        let styled = |text: &str, style| -> Vec<Line<'_>> {
            let rows = wrap(text, wide).into_iter();
            rows.map(|row| Line::styled(row, style)).collect()
        };
        let picture = if has_picture {
            " · t shows its picture"
        } else {
            " · a larger window shows a picture of it"
        };
        let keys = format!("y copies it · Esc closes{picture}");
        let ticket = styled(&self.ticket, theme.strong);
        let mut lines = styled(&keys, theme.quiet);
        let gap = usize::from(inside.height) > lines.len() + ticket.len() + 6;
        lines.extend(gap.then(|| Line::raw("")));
        let at = u16::try_from(lines.len()).unwrap_or(0);
        lines.extend(ticket);
        lines.extend(gap.then(|| Line::raw("")));
        lines.extend(styled(&self.says, theme.plain));
        let room = usize::from(inside.height);
        if lines.len() > room {
            lines.truncate(room.saturating_sub(1));
            lines.push(Line::styled("… y copies all of it", theme.quiet));
        }
        frame.render_widget(Text::from(lines), inside);
        Position::new(inside.x, inside.y + at.min(inside.height))
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
