//! How each kind of text looks. Owns styles only; a theme chooses among them or makes its own.

use ratatui::style::{Color, Modifier, Style};

/// The styles of an editor. Each is laid over [`text`](Self::text); with none of them a colour, nothing is lost but beauty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// Plain text and the ground it stands on.
    pub text: Style,
    /// Lines that begin with `#`.
    pub heading: Style,
    /// Between single `*` or `_`.
    pub emphasis: Style,
    /// Between double `*` or `_`.
    pub strong: Style,
    /// Between backticks, and fenced lines.
    pub code: Style,
    /// `[[…]]`, `[…](…)` and addresses.
    pub link: Style,
    /// What begins a list item, and lines of dashes.
    pub marker: Style,
    /// Lines that begin with `>`.
    pub quote: Style,
    /// Control characters and others that show nothing of themselves.
    pub invisible: Style,
    /// What is selected.
    pub selection: Style,
    /// What the search finds.
    pub found: Style,
    /// Others' carets and names, one style a colour. Never empty.
    pub people: Vec<Style>,
}

impl Look {
    /// The terminal's own sixteen colours.
    #[must_use]
    pub fn sixteen() -> Self {
        let on = |colour| {
            Style::new()
                .fg(Color::Black)
                .bg(colour)
                .remove_modifier(Modifier::DIM)
        };
        let people = [
            Color::LightBlue,
            Color::Magenta,
            Color::LightRed,
            Color::Green,
            Color::Cyan,
            Color::Yellow,
        ];
        Self {
            // Seen on dark and on light ground, as dark blue, red, cyan, green and yellow are not.
            heading: Style::new()
                .fg(Color::LightBlue)
                .add_modifier(Modifier::BOLD),
            code: Style::new().fg(Color::Magenta),
            link: Style::new()
                .fg(Color::LightBlue)
                .add_modifier(Modifier::UNDERLINED),
            marker: Style::new().fg(Color::Magenta),
            invisible: Style::new().fg(Color::LightRed),
            found: on(Color::Yellow),
            people: people.map(on).to_vec(),
            ..Self::plain()
        }
    }

    /// No colour at all.
    #[must_use]
    pub fn plain() -> Self {
        let with = |modifier| Style::new().add_modifier(modifier);
        Self {
            text: Style::new(),
            heading: with(Modifier::BOLD),
            emphasis: with(Modifier::ITALIC),
            strong: with(Modifier::BOLD),
            code: Style::new(),
            link: with(Modifier::UNDERLINED),
            marker: with(Modifier::BOLD),
            quote: with(Modifier::DIM),
            invisible: with(Modifier::DIM),
            selection: with(Modifier::REVERSED),
            found: with(Modifier::UNDERLINED.union(Modifier::BOLD)),
            people: vec![with(Modifier::REVERSED.union(Modifier::UNDERLINED))],
        }
    }
}
