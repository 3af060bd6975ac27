//! What is new and who is where, at the right edge: a mark or a letter beside each row that somebody is on, marks for who is above and below, and names for a moment.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr;

use super::super::Editor;
use super::super::limits::NAME_CELLS_MAX;
use super::super::others::OtherCaret;
use super::super::page::RowEnd;
use super::{Look, Shown, margin};
use crate::words::cut;

impl Editor {
    /// A mark beside the rows that others changed since one was last here.
    pub(super) fn draw_news(&self, area: Rect, shown: &[Shown], buf: &mut Buffer, look: &Look) {
        if margin(area) == 0 {
            return;
        }
        for row in shown {
            if self.news.touches(&row.range) {
                edge(area, row.y, 2, '▎', look.text.patch(look.marker), buf);
            }
        }
    }

    pub(super) fn draw_people(
        &self,
        area: Rect,
        shown: &[Shown],
        cursor: Option<Position>,
        buf: &mut Buffer,
        look: &Look,
        now_ms: u64,
    ) {
        let (Some(first), Some(last)) = (shown.first(), shown.last()) else {
            return;
        };
        if margin(area) == 0 {
            return;
        }
        let here: Vec<&OtherCaret> = self
            .others
            .iter()
            .filter(|other| other.is_shown(now_ms))
            .collect();
        let is_above = |other: &&OtherCaret| other.at < first.range.start;
        let is_on = |row: &Shown, other: &OtherCaret| {
            row.range.contains(&other.at) || (other.at == row.range.end && row.end == RowEnd::Line)
        };
        let is_below = |other: &&OtherCaret| {
            other.at > last.range.end || (other.at == last.range.end && last.end == RowEnd::Wrapped)
        };
        let above: Vec<_> = here.iter().copied().filter(is_above).collect();
        let below: Vec<_> = here.iter().copied().filter(is_below).collect();
        outside(area, area.top(), '▴', &above, buf, look);
        outside(area, area.bottom() - 1, '▾', &below, buf, look);
        for row in shown {
            let people: Vec<_> = here
                .iter()
                .copied()
                .filter(|other| is_on(row, other))
                .collect();
            tag(area, row.y, &people, buf, look);
            let named = people.iter().rfind(|other| other.is_named(now_ms));
            if let Some(other) = named {
                name(area, row.y, cursor, other, buf, look);
            }
        }
    }
}

/// The letters of those who are on a row; of more than two, one and a sign.
fn tag(area: Rect, y: u16, people: &[&OtherCaret], buf: &mut Buffer, look: &Look) {
    match people {
        [] => {}
        [one] => {
            edge(area, y, 2, '·', look.text, buf);
            edge(area, y, 1, one.letter, look.person(one.colour), buf);
        }
        [one, other] => {
            edge(area, y, 2, one.letter, look.person(one.colour), buf);
            edge(area, y, 1, other.letter, look.person(other.colour), buf);
        }
        [one, ..] => {
            edge(area, y, 2, one.letter, look.person(one.colour), buf);
            edge(area, y, 1, '+', look.text, buf);
        }
    }
}

/// The mark for those who are above or below; of several, how many.
fn outside(area: Rect, y: u16, arrow: char, people: &[&OtherCaret], buf: &mut Buffer, look: &Look) {
    let (letter, style) = match people {
        [] => return,
        [one] => (one.letter, look.person(one.colour)),
        several => (
            u32::try_from(several.len())
                .ok()
                .and_then(|many| char::from_digit(many, 10))
                .unwrap_or('+'),
            look.text,
        ),
    };
    edge(area, y, 2, letter, style, buf);
    edge(area, y, 1, arrow, look.text, buf);
}

fn edge(area: Rect, y: u16, from_right: u16, sign: char, style: Style, buf: &mut Buffer) {
    let cell = &mut buf[(area.right() - from_right, y)];
    cell.reset();
    // A letter that is wide, or none, would push the edge about.
    let is_narrow = !sign.is_control() && sign.to_string().width() == 1;
    cell.set_char(if is_narrow { sign } else { '*' })
        .set_style(style);
}

/// A full name over the end of a row, unless one is writing there.
fn name(
    area: Rect,
    y: u16,
    cursor: Option<Position>,
    other: &OtherCaret,
    buf: &mut Buffer,
    look: &Look,
) {
    let room = usize::from(area.width / 2).min(NAME_CELLS_MAX);
    let shown = format!(" {} ", cut(&other.person, room.saturating_sub(2)));
    let cells = u16::try_from(shown.width().min(room)).unwrap_or(0);
    let from = area.right() - cells;
    if cursor.is_some_and(|cursor| cursor.y == y && cursor.x + 1 >= from) {
        return;
    }
    if from > area.left() && buf[(from - 1, y)].symbol().width() > 1 {
        buf[(from - 1, y)].set_char(' ');
    }
    for x in from..area.right() {
        buf[(x, y)].reset();
        buf[(x, y)].set_style(look.person(other.colour));
    }
    buf.set_stringn(
        from,
        y,
        shown,
        usize::from(cells),
        look.person(other.colour),
    );
}
