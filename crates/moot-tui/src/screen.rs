//! The screens: what each shows, what it reads, and what its commands do.
//!
//! Each is a file that owns its part of the model, its commands and its picture. None knows another but by [`Model`].

pub(crate) mod first;
pub(crate) mod foot;
pub(crate) mod inbox;
pub(crate) mod list;
pub(crate) mod meet;
pub(crate) mod notes;
pub(crate) mod people;
pub(crate) mod settings;
pub(crate) mod step;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyEvent, MouseEvent};
use ratatui::layout::{Position, Rect};

use crate::message::Effects;
use crate::model::Model;
use crate::table::{Cmd, Place};

/// Which screen is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Screen {
    Notes,
    Meet,
    Inbox,
    People,
    Step,
    Settings,
}

/// What each screen knows.
#[derive(Default)]
pub(crate) struct Screens {
    pub(crate) notes: notes::Notes,
    pub(crate) meet: meet::Meet,
    pub(crate) inbox: inbox::InboxScreen,
    pub(crate) people: people::People,
    pub(crate) step: step::Step,
    pub(crate) settings: settings::Settings,
    pub(crate) first: first::First,
}

impl Screen {
    /// All, in the order of their tabs.
    pub(crate) const ALL: [Self; 6] = [
        Self::Notes,
        Self::Meet,
        Self::Inbox,
        Self::People,
        Self::Step,
        Self::Settings,
    ];

    /// Its name in the tabs, and where there is little room.
    pub(crate) fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Notes => ("Notes", "Notes"),
            Self::Meet => ("Meet", "Meet"),
            Self::Inbox => ("Inbox", "In"),
            Self::People => ("People", "Ppl"),
            Self::Step => ("In step", "Step"),
            Self::Settings => ("Settings", "Set"),
        }
    }

    /// The command that shows it.
    pub(crate) fn of(cmd: Cmd) -> Option<Self> {
        Some(match cmd {
            Cmd::ShowNotes => Self::Notes,
            Cmd::ShowMeetings => Self::Meet,
            Cmd::ShowInbox => Self::Inbox,
            Cmd::ShowPeople => Self::People,
            Cmd::ShowStep => Self::Step,
            Cmd::ShowSettings => Self::Settings,
            _ => return None,
        })
    }
}

/// Where keys go, where nothing lies over the screen.
pub(crate) fn place(model: &Model) -> Place {
    match model.screen {
        Screen::Notes => notes::place(model),
        Screen::Meet => meet::place(model),
        Screen::Inbox => Place::Inbox,
        Screen::People => Place::People,
        Screen::Step => Place::Step,
        Screen::Settings => Place::Settings,
    }
}

/// Reads what a screen shows, when it is shown first or again.
pub(crate) fn enter(model: &mut Model) -> Effects {
    match model.screen {
        Screen::Notes => notes::enter(model),
        Screen::Meet => meet::enter(model),
        Screen::Inbox => inbox::enter(model),
        Screen::People => people::enter(model),
        Screen::Step => step::enter(model),
        Screen::Settings => settings::enter(model),
    }
}

/// Does a command of the screen that is shown; none where it is not one of its own.
pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    match model.screen {
        Screen::Notes => notes::act(model, cmd),
        Screen::Meet => meet::act(model, cmd),
        Screen::Inbox => inbox::act(model, cmd),
        Screen::People => people::act(model, cmd),
        Screen::Step => step::act(model, cmd),
        Screen::Settings => settings::act(model, cmd),
    }
}

/// A key that is no command: moving in a list, letters of a text.
pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    if first::is_on(model) {
        return first::key(model, key);
    }
    match model.screen {
        Screen::Notes => notes::key(model, key),
        Screen::Meet => meet::key(model, key),
        Screen::Inbox => inbox::key(model, key),
        Screen::People => people::key(model, key),
        Screen::Step => step::key(model, key),
        Screen::Settings => settings::key(model, key),
    }
}

/// The mouse.
pub(crate) fn mouse(model: &mut Model, event: &MouseEvent) -> Effects {
    if first::is_on(model) {
        return Effects::new();
    }
    match model.screen {
        Screen::Notes => notes::mouse(model, event),
        _ => match event.kind {
            ratatui::crossterm::event::MouseEventKind::ScrollDown => key(model, &down()),
            ratatui::crossterm::event::MouseEventKind::ScrollUp => key(model, &up()),
            _ => Effects::new(),
        },
    }
}

fn down() -> KeyEvent {
    KeyEvent::from(ratatui::crossterm::event::KeyCode::Down)
}

fn up() -> KeyEvent {
    KeyEvent::from(ratatui::crossterm::event::KeyCode::Up)
}

/// Draws the screen; tells where the cursor belongs.
pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    if first::is_on(model) {
        return first::draw(model, frame, area);
    }
    match model.screen {
        Screen::Notes => notes::draw(model, frame, area),
        Screen::Meet => meet::draw(model, frame, area),
        Screen::Inbox => inbox::draw(model, frame, area),
        Screen::People => people::draw(model, frame, area),
        Screen::Step => step::draw(model, frame, area),
        Screen::Settings => settings::draw(model, frame, area),
    }
}

/// A list in which one row is selected, by what it is and not by where it stands: rows that come do not move the selection.
#[derive(Debug, Default, Clone)]
pub(crate) struct Selection {
    id: Option<String>,
    /// Where it stood last, for when it is gone.
    index: usize,
    /// The first row that is drawn.
    first: usize,
}

impl Selection {
    pub(crate) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(crate) fn select(&mut self, id: &str) {
        self.id = Some(id.to_owned());
    }

    /// Where the selected row stands among these; the row that stands where it stood, if it is gone.
    pub(crate) fn settle<'a>(&mut self, ids: impl Iterator<Item = &'a str>) -> Option<usize> {
        let ids: Vec<&str> = ids.collect();
        let found = self
            .id
            .as_deref()
            .and_then(|id| ids.iter().position(|other| *other == id));
        self.index = found.unwrap_or(self.index).min(ids.len().saturating_sub(1));
        self.id = ids.get(self.index).map(|id| (*id).to_owned());
        self.id.as_ref().map(|_| self.index)
    }

    /// Moves by so many rows; whether that led to another.
    pub(crate) fn step<'a>(&mut self, rows: isize, ids: impl Iterator<Item = &'a str>) -> bool {
        let ids: Vec<&str> = ids.collect();
        let before = self.settle(ids.iter().copied());
        let last = isize::try_from(ids.len()).unwrap_or(isize::MAX) - 1;
        let at = isize::try_from(self.index)
            .unwrap_or(0)
            .saturating_add(rows);
        self.index = usize::try_from(at.clamp(0, last.max(0))).unwrap_or(0);
        self.id = ids.get(self.index).map(|id| (*id).to_owned());
        before != self.id.as_ref().map(|_| self.index)
    }

    /// The first row to draw so that the selected one is seen in so many rows.
    pub(crate) fn first(&mut self, room: usize, rows: usize) -> usize {
        let room = room.max(1);
        self.first = self
            .first
            .max((self.index + 1).saturating_sub(room))
            .min(self.index)
            .min(
                rows.saturating_sub(room)
                    .max(self.index.saturating_sub(room - 1)),
            );
        self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selection_stays_on_its_row_when_others_come_and_go() {
        let mut selection = Selection::default();
        assert_eq!(selection.settle(["a", "b", "c"].into_iter()), Some(0));
        assert!(selection.step(1, ["a", "b", "c"].into_iter()));
        assert_eq!(selection.id(), Some("b"));
        assert_eq!(selection.settle(["x", "y", "a", "b"].into_iter()), Some(3));
        assert_eq!(selection.settle(["x", "y"].into_iter()), Some(1));
        assert_eq!(selection.id(), Some("y"));
        assert_eq!(selection.settle(std::iter::empty()), None);
    }

    #[test]
    fn the_selected_row_is_always_drawn() {
        let ids: Vec<String> = (0..50).map(|row| row.to_string()).collect();
        let mut selection = Selection::default();
        for step in [1, 30, -5, 20, -50, 7] {
            selection.step(step, ids.iter().map(String::as_str));
            let at = selection
                .settle(ids.iter().map(String::as_str))
                .unwrap_or(0);
            let first = selection.first(10, ids.len());
            assert!((first..first + 10).contains(&at), "{first} {at}");
        }
    }
}
