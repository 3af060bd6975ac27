//! How things look: by the terminal's own sixteen colours, or without any.
//!
//! Owns every style but those of a text being edited. No meaning hangs on a colour alone: each has a word, a sign or a
//! position beside it.

use ratatui::style::{Color, Modifier, Style};

use crate::editor::Look;

/// Whether colours are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// The terminal's sixteen.
    Sixteen,
    /// None.
    None,
}

/// The styles of everything on the screen.
#[derive(Debug, Clone)]
pub struct Theme {
    /// Plain text.
    pub plain: Style,
    /// What matters less.
    pub quiet: Style,
    /// Titles and what is current.
    pub strong: Style,
    /// The row that is selected, where keys go.
    pub selected: Style,
    /// The row that is selected, where keys go elsewhere.
    pub marked: Style,
    /// The tab that is shown.
    pub tab: Style,
    /// Keys in the footer and in help.
    pub key: Style,
    /// What is well.
    pub good: Style,
    /// What wants somebody.
    pub asks: Style,
    /// What went wrong.
    pub wrong: Style,
    /// The frame of the pane where keys go.
    pub border: Style,
    /// The frame of other panes.
    pub faint_border: Style,
    /// Texts being edited.
    pub look: Look,
    people: Vec<Style>,
}

impl Theme {
    /// The theme for so many colours.
    #[must_use]
    pub fn of(colours: Colours) -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let dim = Style::new().add_modifier(Modifier::DIM);
        let reverse = bold.add_modifier(Modifier::REVERSED);
        let plain = Self {
            plain: Style::new(),
            quiet: dim,
            strong: bold,
            selected: reverse,
            marked: bold.add_modifier(Modifier::UNDERLINED),
            tab: reverse,
            key: bold,
            good: Style::new(),
            asks: bold,
            wrong: bold.add_modifier(Modifier::UNDERLINED),
            border: Style::new(),
            faint_border: dim,
            look: Look::plain(),
            people: vec![bold],
        };
        match colours {
            Colours::None => plain,
            Colours::Sixteen => Self {
                // Said outright, so that words on a frame do not take on its colour.
                plain: Style::new().fg(Color::Reset),
                quiet: dim.fg(Color::Reset),
                good: Style::new().fg(Color::Reset),
                // Cyan, green and yellow are hardly seen on light ground, dark blue and red on dark: no word is in one of them.
                key: bold.fg(Color::LightBlue),
                asks: bold.fg(Color::Magenta),
                wrong: bold.fg(Color::LightRed),
                border: Style::new().fg(Color::LightBlue),
                look: Look::sixteen(),
                people: PEOPLE.iter().map(|colour| bold.fg(*colour)).collect(),
                ..plain
            },
        }
    }

    /// The style of a person, by their place in the order of ids.
    #[must_use]
    pub fn person(&self, index: usize) -> Style {
        self.people[index % self.people.len()]
    }
}

/// In the order of a text's carets. Those that are hardly seen on light ground come last. Dark blue is not seen on dark ground.
const PEOPLE: [Color; 6] = [
    Color::LightBlue,
    Color::Magenta,
    Color::LightRed,
    Color::Green,
    Color::Cyan,
    Color::Yellow,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_words_are_in_a_colour_that_is_hardly_seen_on_light_or_on_dark_ground() {
        let theme = Theme::of(Colours::Sixteen);
        let look = &theme.look;
        let words = [
            theme.plain,
            theme.quiet,
            theme.strong,
            theme.key,
            theme.good,
            theme.asks,
            theme.wrong,
            look.heading,
            look.code,
            look.link,
            look.marker,
            look.invisible,
        ];
        let seen = [
            None,
            Some(Color::Reset),
            Some(Color::LightBlue),
            Some(Color::Magenta),
            Some(Color::LightRed),
        ];
        for style in words {
            assert!(seen.contains(&style.fg) && style.bg.is_none(), "{style:?}");
        }
    }
}
