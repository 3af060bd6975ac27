//! The editor on the screen: the only part that knows styles, cells and frames.
//!
//! Owns how rows, the selection and what is found are drawn. Never changes the text; of the view only its size, and where it is scrolled
//! to when the caret was moved.

mod look;
mod people;

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

use super::Editor;
use super::cluster::{Glyph, glyph};
use super::limits::{MARGIN_CELLS, MARGIN_FROM_CELLS, STYLED_LINE_BYTES_MAX};
use super::markdown::{Kind, Span, spans};
use super::page::{Placed, Row, RowEnd};

pub use look::Look;

/// A row on the screen.
#[derive(Debug, Clone)]
struct Shown {
    y: u16,
    range: Range<usize>,
    end: RowEnd,
}

/// All that makes the letters of one row look other than plain.
struct Paint<'l> {
    look: &'l Look,
    spans: Vec<Span>,
    found: Vec<Range<usize>>,
    selection: Option<Range<usize>>,
    people: Vec<(usize, Style)>,
}

impl Editor {
    /// Draws into the area; tells where the terminal's cursor belongs, unless that is scrolled out of sight.
    pub fn render(
        &mut self,
        area: Rect,
        buf: &mut Buffer,
        look: &Look,
        now_ms: u64,
    ) -> Option<Position> {
        let area = area.intersection(buf.area);
        if area.is_empty() {
            return None;
        }
        self.fit(area);
        for position in area.positions() {
            buf[position].reset();
        }
        buf.set_style(area, look.text);
        let mut shown = Vec::new();
        let mut row = self.page.row_of(self.view.top);
        for y in area.top()..area.bottom() {
            let (range, end) = self.page.row(row);
            self.draw_row(
                row,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
                buf,
                look,
                now_ms,
            );
            shown.push(Shown { y, range, end });
            let next = self.page.down(row, 1);
            if next == row {
                break;
            }
            row = next;
        }
        let cursor = self.cursor(area);
        self.draw_news(area, &shown, buf, look);
        self.draw_people(area, &shown, cursor, buf, look, now_ms);
        cursor
    }

    /// Takes on the area's size, and brings the caret into view if it was moved, or was in view before the size changed.
    fn fit(&mut self, area: Rect) {
        let (cells, height) = (
            usize::from(area.width - margin(area)),
            usize::from(area.height),
        );
        if (cells, height) != (self.page.cells(), self.view.height) {
            self.view.follow |= self.view.height == 0 || self.caret_height().is_some();
            self.page.resize(cells);
            self.view.height = height;
        }
        if std::mem::take(&mut self.view.follow) {
            self.bring_caret_into_view();
        }
    }

    /// Where the caret is on the screen.
    fn cursor(&mut self, area: Rect) -> Option<Position> {
        let down = u16::try_from(self.caret_height()?).ok()?;
        let column = u16::try_from(self.page.column_of(self.caret)).unwrap_or(u16::MAX);
        Some(Position {
            x: area.x + column.min(area.width - 1),
            y: area.y + down,
        })
    }

    fn draw_row(&mut self, row: Row, area: Rect, buf: &mut Buffer, look: &Look, now_ms: u64) {
        let paint = self.paint(row, look, now_ms);
        let (range, end) = self.page.row(row);
        let mut column = 0;
        for placed in self.page.clusters(row) {
            draw_cluster(
                &placed,
                paint.style(placed.at..placed.at + placed.cluster.len()),
                area,
                buf,
                look,
            );
            column = placed.column + placed.cells;
        }
        if let (RowEnd::Line, Ok(behind)) = (end, u16::try_from(column))
            && behind < area.width
        {
            // The end of the line is a place too: selected, or where somebody is.
            let style = paint.overlay(range.end..range.end + 1);
            buf[(area.x + behind, area.y)].set_style(style);
        }
    }

    fn paint<'l>(&mut self, row: Row, look: &'l Look, now_ms: u64) -> Paint<'l> {
        let (range, end) = self.page.row(row);
        let text = self.page.text();
        let line = text.line_range(row.line);
        let spans = if line.len() > STYLED_LINE_BYTES_MAX {
            Vec::new()
        } else {
            spans(text.line(row.line), self.page.fences().at(row.line))
        };
        let in_text = |(span, kind): Span| (span.start + line.start..span.end + line.start, kind);
        let touches = |span: &Range<usize>| span.start < range.end && span.end > range.start;
        let found = self
            .query
            .as_ref()
            .map(|query| query.touching(text, range.clone()))
            .unwrap_or_default();
        let is_here = |at: usize| range.contains(&at) || (at == range.end && end == RowEnd::Line);
        Paint {
            look,
            spans: spans
                .into_iter()
                .map(in_text)
                .filter(|(span, _)| touches(span))
                .collect(),
            found,
            selection: self.selection(),
            people: self
                .others
                .iter()
                .filter(|other| other.is_shown(now_ms) && is_here(other.at))
                .map(|other| (other.at, look.person(other.colour)))
                .collect(),
        }
    }
}

impl Paint<'_> {
    /// How a cluster looks.
    fn style(&self, cluster: Range<usize>) -> Style {
        let under = self
            .spans
            .iter()
            .filter(|(span, _)| span.contains(&cluster.start))
            .fold(self.look.text, |style, (_, kind)| {
                style.patch(self.look.of(*kind))
            });
        under.patch(self.overlay(cluster))
    }

    /// What is laid over the letters of a cluster.
    fn overlay(&self, cluster: Range<usize>) -> Style {
        let has =
            |ranges: &[Range<usize>]| ranges.iter().any(|range| range.contains(&cluster.start));
        let mut style = Style::new();
        if has(&self.found) {
            style = style.patch(self.look.found);
        }
        if has(self.selection.as_slice()) {
            style = style.patch(self.look.selection);
        }
        self.people
            .iter()
            .filter(|(at, _)| cluster.contains(at))
            .fold(style, |style, (_, person)| style.patch(*person))
    }
}

impl Look {
    fn of(&self, kind: Kind) -> Style {
        match kind {
            Kind::Heading => self.heading,
            Kind::Emphasis => self.emphasis,
            Kind::Strong => self.strong,
            Kind::Code => self.code,
            Kind::Link => self.link,
            Kind::Marker => self.marker,
            Kind::Quote => self.quote,
        }
    }

    fn person(&self, colour: u8) -> Style {
        match self.people.len() {
            0 => self.selection,
            colours => self.people[usize::from(colour) % colours],
        }
    }
}

/// Cells at the right that hold no words.
fn margin(area: Rect) -> u16 {
    if area.width < MARGIN_FROM_CELLS {
        0
    } else {
        MARGIN_CELLS
    }
}

fn draw_cluster(placed: &Placed<'_>, style: Style, area: Rect, buf: &mut Buffer, look: &Look) {
    let (Ok(column), Ok(cells)) = (u16::try_from(placed.column), u16::try_from(placed.cells))
    else {
        return;
    };
    let to = column.saturating_add(cells).min(area.width);
    for x in column..to {
        buf[(area.x + x, area.y)].reset();
        buf[(area.x + x, area.y)].set_style(style);
    }
    if column >= area.width {
        return;
    }
    let cell = &mut buf[(area.x + column, area.y)];
    match glyph(placed.cluster) {
        Glyph::Tab => {}
        Glyph::Sign(sign) => {
            cell.set_char(sign).set_style(look.invisible.patch(style));
        }
        Glyph::Marks(marks) => {
            cell.set_symbol(&format!("◌{marks}"));
        }
        // What is wider than all the area.
        Glyph::Itself(_) if to < column + cells => {
            cell.set_char('…');
        }
        Glyph::Itself(cluster) => {
            cell.set_symbol(cluster);
        }
    }
}
