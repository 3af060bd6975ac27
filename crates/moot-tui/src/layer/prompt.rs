//! A line to type.

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Text};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::{Stays, Then, boxed};
use crate::theme::Theme;
use crate::words::wrap;

/// A question that is answered by a line of text.
pub(crate) struct Prompt {
    title: String,
    /// What it does, and who will see it.
    says: String,
    line: LineInput,
    known: Vec<String>,
    then: Then,
    may_be_empty: bool,
    /// Esc goes back to it.
    has_before: bool,
}

impl Prompt {
    pub(crate) fn new(title: &str, says: &str, then: Then) -> Self {
        Self {
            title: title.to_owned(),
            says: says.to_owned(),
            line: LineInput::default(),
            known: Vec::new(),
            then,
            may_be_empty: false,
            has_before: false,
        }
    }

    /// With something typed already.
    pub(crate) fn with(mut self, text: &str) -> Self {
        self.line = LineInput::of(text);
        self
    }

    /// With what is known now and needed then.
    pub(crate) fn knowing(mut self, known: &[&str]) -> Self {
        self.known = known.iter().map(|text| (*text).to_owned()).collect();
        self
    }

    /// Nothing is an answer, too.
    pub(crate) fn or_nothing(mut self) -> Self {
        self.may_be_empty = true;
        self
    }

    pub(super) fn has_step_before(&mut self) {
        self.has_before = true;
    }

    pub(super) fn key(&mut self, key: &KeyEvent) -> Stays {
        if key.code != KeyCode::Enter {
            self.line.key(key);
            return Stays::Open;
        }
        let text = self.line.text().trim().to_owned();
        if text.is_empty() && !self.may_be_empty {
            return Stays::Open;
        }
        Stays::ClosedWith(self.then, self.known.clone(), text)
    }

    pub(super) fn paste(&mut self, text: &str) {
        self.line.put(text);
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let width = 64.min(area.width.saturating_sub(4));
        let says = wrap(&self.says, usize::from(width));
        let rows = u16::try_from(says.len()).unwrap_or(3);
        let inside = boxed(frame, area, (width, rows + 4), &self.title, theme);
        let [above, line, below] = split(inside, rows);
        let says: Vec<Line<'_>> = says
            .into_iter()
            .map(|row| Line::styled(row, theme.plain))
            .collect();
        frame.render_widget(Text::from(says), above);
        let at = self.line.draw_marked(frame, line, theme);
        let esc = if self.has_before {
            "goes back"
        } else {
            "leaves it"
        };
        let keys = Line::styled(format!("Enter goes on · Esc {esc}"), theme.quiet);
        frame.render_widget(keys, below);
        at
    }
}

fn split(inside: Rect, rows: u16) -> [Rect; 3] {
    let row = |y: u16, height: u16| Rect {
        y: inside.y.saturating_add(y.min(inside.height)),
        height: height.min(inside.height.saturating_sub(y)),
        ..inside
    };
    // Where there is little room, the line to type in is kept before all.
    let above = rows.min(inside.height.saturating_sub(1));
    let gap = u16::from(inside.height > above + 3);
    [
        row(0, above),
        row(above + gap, 1),
        row(above + 2 * gap + 1, 1),
    ]
}

/// One line being typed.
#[derive(Debug, Default, Clone)]
pub(crate) struct LineInput {
    text: String,
    /// A byte between clusters.
    caret: usize,
    /// What stands there was only proposed: whatever is typed or pasted first takes its place.
    is_proposal: bool,
}

impl LineInput {
    pub(crate) fn of(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            caret: text.len(),
            is_proposal: false,
        }
    }

    /// A text that can be taken as it is, typed over or changed.
    pub(crate) fn proposing(text: &str) -> Self {
        Self {
            is_proposal: true,
            ..Self::of(text)
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Puts text at the caret, on one line.
    pub(crate) fn put(&mut self, text: &str) {
        let text = crate::words::one_line(text.trim_end_matches(['\r', '\n']));
        if std::mem::take(&mut self.is_proposal) {
            self.cut(0, self.text.len());
        }
        self.text.insert_str(self.caret, &text);
        self.caret += text.len();
    }

    /// Takes a key; whether it meant anything.
    pub(crate) fn key(&mut self, key: &KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let is_letter = matches!(key.code, KeyCode::Char(_)) && !ctrl;
        self.is_proposal &= is_letter;
        match key.code {
            KeyCode::Char('u') if ctrl => self.cut(0, self.caret),
            KeyCode::Char('w') if ctrl => self.cut(self.word_before(), self.caret),
            KeyCode::Char('a') if ctrl => self.caret = 0,
            KeyCode::Char('e') if ctrl => self.caret = self.text.len(),
            KeyCode::Char(c) if !ctrl => self.put(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace => self.cut(self.before(), self.caret),
            KeyCode::Delete => self.cut(self.caret, self.behind()),
            KeyCode::Left => self.caret = self.before(),
            KeyCode::Right => self.caret = self.behind(),
            KeyCode::Home => self.caret = 0,
            KeyCode::End => self.caret = self.text.len(),
            _ => return false,
        }
        true
    }

    fn cut(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.caret = from;
    }

    fn before(&self) -> usize {
        let last = self.text[..self.caret].grapheme_indices(true).next_back();
        last.map_or(0, |(at, _)| at)
    }

    fn behind(&self) -> usize {
        let next = self.text[self.caret..].graphemes(true).next();
        self.caret + next.map_or(0, str::len)
    }

    fn word_before(&self) -> usize {
        let words = self.text[..self.caret].split_word_bound_indices();
        let word = words.rev().find(|(_, word)| !word.trim().is_empty());
        word.map_or(0, |(at, _)| at)
    }

    /// Draws the line behind a mark that shows where one types.
    pub(crate) fn draw_marked(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        frame.render_widget(Line::styled("▌", theme.strong), area);
        let typed = Rect {
            x: area.x + 2.min(area.width),
            width: area.width.saturating_sub(2),
            ..area
        };
        self.draw(frame, typed, theme)
    }

    /// Draws the line, scrolled so that the caret is seen; tells where that is.
    pub(crate) fn draw(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) -> Position {
        let before = &self.text[..self.caret];
        let room = usize::from(area.width.saturating_sub(1));
        let mut skipped = 0;
        while before[skipped..].width() > room {
            let next = before[skipped..].graphemes(true).next();
            skipped += next.map_or(before.len() - skipped, str::len);
        }
        let style = if self.is_proposal {
            theme.quiet
        } else {
            theme.strong
        };
        let shown = Line::styled(self.text[skipped..].to_owned(), style);
        let column = u16::try_from(before[skipped..].width()).unwrap_or(0);
        frame.render_widget(shown, area);
        Position::new(area.x + column.min(area.width.saturating_sub(1)), area.y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_in(line: &mut LineInput, keys: &[KeyCode]) {
        for code in keys {
            line.key(&KeyEvent::new(*code, KeyModifiers::NONE));
        }
    }

    #[test]
    fn a_line_is_edited_by_clusters() {
        let mut line = LineInput::of("Zoe\u{308} 👨‍👩‍👧");
        type_in(&mut line, &[KeyCode::Backspace]);
        assert_eq!(line.text(), "Zoe\u{308} ");
        type_in(
            &mut line,
            &[KeyCode::Left, KeyCode::Backspace, KeyCode::Char('ë')],
        );
        assert_eq!(line.text(), "Zoë ");
    }

    #[test]
    fn what_is_proposed_is_taken_typed_over_or_changed() {
        let check = |keys: &[KeyCode], text: &str| {
            let mut line = LineInput::proposing("Our notebook");
            type_in(&mut line, keys);
            assert_eq!(line.text(), text);
        };
        check(&[], "Our notebook");
        check(&[KeyCode::Char('G'), KeyCode::Char('o')], "Go");
        check(&[KeyCode::Backspace], "Our noteboo");
        check(&[KeyCode::End, KeyCode::Char('s')], "Our notebooks");
        let mut line = LineInput::proposing("Our notebook");
        line.put("Garden");
        assert_eq!(line.text(), "Garden");
    }

    #[test]
    fn what_is_pasted_stays_on_the_line() {
        let mut line = LineInput::default();
        line.put("moot1abc\r\ndef\n");
        assert_eq!(line.text(), "moot1abc  def");
    }
}
