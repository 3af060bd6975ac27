//! Meet.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Meet {}

pub(crate) fn enter(_model: &mut Model) -> Effects {
    Effects::new()
}

pub(crate) fn act(_model: &mut Model, _cmd: Cmd) -> Option<Effects> {
    None
}

pub(crate) fn key(_model: &mut Model, _key: &KeyEvent) -> Effects {
    Effects::new()
}

pub(crate) fn draw(_model: &mut Model, _frame: &mut Frame<'_>, _area: Rect) -> Option<Position> {
    None
}

pub(crate) fn place(_model: &Model) -> crate::table::Place {
    crate::table::Place::Meetings
}

pub(crate) fn wake_at(_model: &Model) -> Option<u64> {
    None
}

pub(crate) fn read_list(_model: &mut Model) -> Effects {
    Effects::new()
}

pub(crate) fn read_meeting(_model: &mut Model) -> Effects {
    Effects::new()
}

/// Shows a meeting.
pub(crate) fn open(_model: &mut Model, _id: &str) -> Effects {
    Effects::new()
}
