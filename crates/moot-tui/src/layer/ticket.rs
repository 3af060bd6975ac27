//! A ticket to give away: its text, and a picture of it that a telephone reads where there is room for one.

use qrcode::{Color as Module, EcLevel, QrCode};
use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Text};
use ratatui::widgets::Clear;

use super::{Stays, choice};
use crate::message::Effect;
use crate::theme::{Colours, Theme};
use crate::words::{cut, parts, wrap};

/// Light modules round the picture, as its standard asks, and fewer where there is no room: readers manage with those.
const QUIET: [usize; 3] = [4, 2, 1];

/// Columns for the words beside a picture.
const BESIDE: usize = 26;

/// Rows for the words below one.
const BELOW: usize = 1;

/// Rows up to which the words go on in a line.
const BELOW_ROWS: u16 = 8;

/// What the keys do beside a picture.
fn keys(colours: Colours) -> &'static str {
    match colours {
        Colours::Sixteen => "y copies it · t its text · Esc closes",
        Colours::None => "y copies it · t its text · i dark for light · Esc closes",
    }
}

/// A ticket on the screen. It takes all of it: its picture is large.
pub(crate) struct Ticket {
    ticket: String,
    /// What it is good for.
    says: String,
    code: Option<QrCode>,
    colours: Colours,
    /// Whether its text is wanted where there is room for its picture.
    as_text: bool,
    /// Whether the terminal's letters are dark on light, where it gives no colours to choose.
    is_light_ground: bool,
    /// The first row of the text that is seen, and how many are.
    first: usize,
    room: usize,
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
            is_light_ground: false,
            first: 0,
            room: 1,
        }
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        match key.code {
            KeyCode::Char('y') => {
                return Stays::OpenWith(vec![Effect::Copy(self.ticket.clone())]);
            }
            KeyCode::Char('t') => self.as_text = !self.as_text,
            KeyCode::Char('i') => self.is_light_ground = !self.is_light_ground,
            KeyCode::Enter | KeyCode::Char('q') => return Stays::Closed,
            _ => {
                let rows = choice::step(key, self.room).unwrap_or(0);
                self.first = self.first.saturating_add_signed(rows);
            }
        }
        Stays::Open
    }

    /// Over the whole screen, with the word that was said last.
    pub(super) fn draw(
        &mut self,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
        said: Option<&str>,
    ) -> Position {
        frame.render_widget(Clear, area);
        let room = (usize::from(area.width), usize::from(area.height));
        let picture = self.code.as_ref().and_then(|code| fitting(code, room));
        match picture {
            Some(rows) if !self.as_text => {
                let words = draw_picture(&rows, self.ink(), frame, area);
                self.draw_words(words, frame, theme, said)
            }
            fitting => self.draw_text(fitting.is_some(), frame, area, theme, said),
        }
    }

    /// Dark on light, whatever the terminal's own colours are. Without colours that is the letters turned round, or as they are:
    /// nothing tells which ground they stand on but the person who sees it.
    fn ink(&self) -> Style {
        match self.colours {
            Colours::Sixteen => Style::new().fg(Color::Black).bg(Color::White),
            Colours::None if self.is_light_ground => Style::new(),
            Colours::None => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// What the keys do, and what the ticket is good for.
    fn draw_words(
        &self,
        area: Rect,
        frame: &mut Frame<'_>,
        theme: &Theme,
        said: Option<&str>,
    ) -> Position {
        let columns = usize::from(area.width);
        let styled = |text: &str, style| {
            let rows = wrap(text, columns).into_iter();
            rows.map(move |row| Line::styled(row, style))
        };
        let mut lines: Vec<Line<'_>> = Vec::new();
        if area.height > BELOW_ROWS {
            lines.push(Line::styled("A ticket", theme.strong));
            lines.push(Line::raw(""));
            lines.extend(styled(&keys(self.colours).replace(" · ", "\n"), theme.key));
            lines.push(Line::raw(""));
            if let Some(said) = said {
                lines.extend(styled(said, theme.strong));
                lines.push(Line::raw(""));
            }
            lines.extend(styled(&self.says, theme.plain));
        } else {
            let words = said.unwrap_or(keys(self.colours));
            lines.push(Line::styled(cut(words, columns), theme.key));
            lines.extend(styled(&self.says, theme.plain));
        }
        frame.render_widget(Text::from(lines), area);
        area.as_position()
    }

    /// The text goes from edge to edge with nothing beside it, so that whoever selects its rows with the mouse has the ticket.
    fn draw_text(
        &mut self,
        has_picture: bool,
        frame: &mut Frame<'_>,
        area: Rect,
        theme: &Theme,
        said: Option<&str>,
    ) -> Position {
        let wide = usize::from(area.width);
        let styled = |text: &str, style| -> Vec<Line<'_>> {
            let rows = wrap(text, wide).into_iter();
            rows.map(|row| Line::styled(row, style)).collect()
        };
        let mut lines = styled(&self.ticket, theme.strong);
        lines.push(Line::raw(""));
        lines.extend(styled(&self.says, theme.plain));
        if let Some(code) = self.code.as_ref().filter(|_| !has_picture) {
            let (columns, rows) = least(code);
            let words = format!("A window of {columns} by {rows} shows a picture of it to scan.");
            lines.extend(styled(&words, theme.quiet));
        }
        // The keys stay in sight.
        let room = usize::from(area.height.saturating_sub(1)).max(1);
        let last = lines.len().saturating_sub(room);
        (self.room, self.first) = (room, self.first.min(last));
        let scrolls = if last > 0 { " · arrows scroll" } else { "" };
        let picture = if has_picture { " · t picture" } else { "" };
        let keys = format!(" y copies{scrolls} · Esc closes{picture}");
        let keys = said.map_or_else(|| parts(&keys, wide), |said| cut(&format!(" {said}"), wide));
        let keys = Line::styled(keys, theme.key);
        frame.render_widget(keys, Rect { height: 1, ..area });
        let text = Rect {
            y: area.y + 1.min(area.height),
            height: area.height.saturating_sub(1),
            ..area
        };
        let seen = lines.into_iter().skip(self.first).take(room);
        frame.render_widget(Text::from_iter(seen), text);
        text.as_position()
    }
}

/// Draws the picture at the left; tells where its words have room: beside it, or else below.
fn draw_picture(rows: &[String], style: Style, frame: &mut Frame<'_>, area: Rect) -> Rect {
    let wide = rows.first().map_or(0, |row| row.chars().count());
    let wide = u16::try_from(wide).unwrap_or(u16::MAX).min(area.width);
    let high = u16::try_from(rows.len())
        .unwrap_or(u16::MAX)
        .min(area.height);
    let lines = rows.iter().map(|row| Line::styled(row.clone(), style));
    let picture = Rect {
        width: wide,
        height: high,
        ..area
    };
    if usize::from(area.width - wide) < BESIDE {
        frame.render_widget(Text::from_iter(lines), picture);
        return Rect {
            x: area.x + 1.min(area.width),
            y: picture.bottom(),
            width: area.width.saturating_sub(2),
            height: area.height - high,
        };
    }
    let picture = Rect {
        y: area.y + (area.height - high) / 2,
        ..picture
    };
    frame.render_widget(Text::from_iter(lines), picture);
    Rect {
        x: picture.right() + 2,
        width: area.width - wide - 3,
        ..area
    }
}

/// The picture with as much quiet round it as there is room for beside its words; none where there is too little.
fn fitting(code: &QrCode, (columns, rows): (usize, usize)) -> Option<Vec<String>> {
    QUIET.into_iter().find_map(|quiet| {
        let wide = code.width() + 2 * quiet;
        let high = wide.div_ceil(2);
        let is_beside = wide + BESIDE <= columns && high <= rows;
        let is_below = wide <= columns && high + BELOW <= rows;
        (is_beside || is_below).then(|| picture(code, quiet))
    })
}

/// The columns and rows of the least window that shows the picture.
fn least(code: &QrCode) -> (usize, usize) {
    let quiet = QUIET.into_iter().min().unwrap_or(1);
    let wide = code.width() + 2 * quiet;
    (wide, wide.div_ceil(2) + BELOW)
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
    fn without_colours_a_key_turns_the_picture_round_for_a_light_ground() {
        let mut ticket = Ticket::new("moot1abc", String::new(), Colours::None);
        assert_eq!(ticket.ink(), Style::new().add_modifier(Modifier::REVERSED));
        assert!(keys(Colours::None).contains("i dark for light"));
        ticket.key(&KeyCode::Char('i').into());
        assert_eq!(ticket.ink(), Style::new());
        let mut coloured = Ticket::new("moot1abc", String::new(), Colours::Sixteen);
        let before = coloured.ink();
        coloured.key(&KeyCode::Char('i').into());
        assert_eq!(coloured.ink(), before, "it says which ground it wants");
    }

    #[test]
    fn a_picture_is_drawn_whole_or_not_at_all() {
        let code = QrCode::with_error_correction_level("MOOT1ABCDEF", EcLevel::L).unwrap();
        assert_eq!(code.width(), 21);
        let high = |room| fitting(&code, room).map(|rows| rows.len());
        assert_eq!(
            high((60, 30)),
            Some(15),
            "with all the light it should have"
        );
        assert_eq!(high((60, 13)), Some(13), "with less");
        assert_eq!(high((23, 13)), Some(12), "its words below it");
        assert_eq!(high((22, 30)), None);
        assert_eq!(high((60, 11)), None);
        assert_eq!(least(&code), (23, 13));
    }

    #[test]
    fn a_ticket_of_a_machine_with_many_addresses_has_a_picture_in_a_usual_window() {
        let ticket = format!("moot1{}", "a2b3c4d5".repeat(94));
        let code = QrCode::with_error_correction_level(ticket.to_uppercase(), EcLevel::L).unwrap();
        assert!(fitting(&code, (120, 40)).is_some());
    }
}
