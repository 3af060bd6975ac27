//! Rows of a part of a meeting: each with what it is about, so that a selection stays on it when others come and go.
//!
//! Every row can be selected, text too: the cursor walks over all that is there to be read.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::theme::Theme;
use crate::words::{cut, one_line, wrap};

/// A row.
pub(super) struct PartRow {
    /// What it is about, as `item:ID`, and which of its rows.
    pub(super) key: String,
    pub(super) line: Line<'static>,
}

/// What a key is about, and its id.
pub(super) fn target(key: &str) -> (&str, &str) {
    let about = key.split_once('#').map_or(key, |(about, _)| about);
    about.split_once(':').unwrap_or((about, ""))
}

/// Rows as they are put together.
pub(super) struct Rows<'a> {
    pub(super) theme: &'a Theme,
    width: usize,
    /// Whether keys mean something on these rows.
    pub(super) has_keys: bool,
    rows: Vec<PartRow>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(theme: &'a Theme, width: usize) -> Self {
        // The first column is for the mark of what is selected.
        Self {
            theme,
            width: width.saturating_sub(1).max(8),
            has_keys: true,
            rows: Vec::new(),
        }
    }

    /// Rows to be read only, where keys go elsewhere.
    pub(super) fn to_read(theme: &'a Theme, width: usize) -> Self {
        Self {
            has_keys: false,
            ..Self::new(theme, width)
        }
    }

    pub(super) fn done(self) -> Vec<PartRow> {
        self.rows
    }

    /// One row.
    pub(super) fn put(&mut self, about: &str, spans: Vec<Span<'static>>) {
        let before = self
            .rows
            .iter()
            .filter(|row| target(&row.key) == target(about));
        let key = match before.count() {
            0 => about.to_owned(),
            several => format!("{about}#{several}"),
        };
        self.rows.push(PartRow {
            key,
            line: Line::from(spans),
        });
    }

    /// A heading, with an empty row before it unless it comes first.
    pub(super) fn head(&mut self, text: &str) {
        if !self.rows.is_empty() {
            self.put("gap:", Vec::new());
        }
        let text = cut(&one_line(text), self.width);
        let style = self.theme.strong;
        self.put(&format!("head:{text}"), vec![Span::styled(text, style)]);
    }

    /// Text, broken to the width.
    pub(super) fn text(&mut self, about: &str, text: &str, style: Style) {
        self.item(about, "", text, "", style);
    }

    /// Text behind a sign, with something at the right edge of its first row.
    pub(super) fn item(&mut self, about: &str, sign: &str, text: &str, right: &str, style: Style) {
        let indent = sign.width();
        let aside = if right.is_empty() {
            0
        } else {
            right.width() + 1
        };
        let room = self.width.saturating_sub(indent + aside).max(6);
        let lines: Vec<String> = text.lines().map(one_line).collect();
        for (index, row) in wrap(&lines.join("\n"), room).into_iter().enumerate() {
            let first = index == 0;
            let lead = if first {
                sign.to_owned()
            } else {
                " ".repeat(indent)
            };
            let gap = (self.width).saturating_sub(indent + row.width() + right.width());
            let mut spans = vec![Span::styled(format!("{lead}{row}"), style)];
            if first && !right.is_empty() {
                let quiet = self.theme.quiet;
                spans.push(Span::styled(format!("{}{right}", " ".repeat(gap)), quiet));
            }
            self.put(about, spans);
        }
    }

    pub(super) fn quiet(&mut self, about: &str, text: &str) {
        self.text(about, text, self.theme.quiet);
    }

    pub(super) fn asks(&mut self, about: &str, text: &str) {
        self.text(about, text, self.theme.asks);
    }
}
