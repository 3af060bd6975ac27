//! Step.

use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::message::Effects;
use crate::model::Model;
use crate::table::Cmd;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Step {}

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
