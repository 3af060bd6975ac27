//! Keys and mouse in an open text.

use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::commands::complete_link;
use crate::editor::{Act, Motion};
use crate::message::Effects;
use crate::model::Model;
use crate::screen::notes::copy;

pub(in crate::screen::notes) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let Some(act) = act_of(key) else {
        return Effects::new();
    };
    edit(model, act)
}

pub(super) fn edit(model: &mut Model, act: Act) -> Effects {
    let now = model.now.steady_ms;
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    if open.deleted && !matches!(act, Act::Move(_) | Act::Select(_) | Act::Copy) {
        model.say("This note was deleted; restore it to write in it.");
        return Effects::new();
    }
    let outcome = open.editor.act(act, now);
    if outcome.changed
        && open
            .editor
            .link_prefix()
            .is_some_and(|(_, words)| words.is_empty())
    {
        return complete_link(model);
    }
    outcome.copied.map(copy).unwrap_or_default()
}

/// What a key does to a text.
fn act_of(key: &KeyEvent) -> Option<Act> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let alt = key.modifiers.contains(KeyModifiers::ALT);
    let shift = key.modifiers.contains(KeyModifiers::SHIFT);
    let motion = match key.code {
        KeyCode::Left if ctrl || alt => Motion::WordLeft,
        KeyCode::Right if ctrl || alt => Motion::WordRight,
        KeyCode::Left => Motion::Left,
        KeyCode::Right => Motion::Right,
        KeyCode::Up => Motion::Up,
        KeyCode::Down => Motion::Down,
        KeyCode::Home if ctrl => Motion::Start,
        KeyCode::End if ctrl => Motion::End,
        KeyCode::Home => Motion::LineStart,
        KeyCode::End => Motion::LineEnd,
        KeyCode::PageUp => Motion::PageUp,
        KeyCode::PageDown => Motion::PageDown,
        KeyCode::Backspace if ctrl || alt => return Some(Act::DeleteWordBack),
        KeyCode::Backspace => return Some(Act::Backspace),
        KeyCode::Delete if ctrl || alt => return Some(Act::DeleteWordForward),
        KeyCode::Delete => return Some(Act::Delete),
        KeyCode::Enter => return Some(Act::Newline),
        // What a line feed comes as, from a terminal that marks no pastes.
        KeyCode::Char('j') if ctrl => return Some(Act::Newline),
        KeyCode::Tab => return Some(Act::Insert("\t".to_owned())),
        KeyCode::Char('h') if ctrl => return Some(Act::Backspace),
        KeyCode::Char(c) if !ctrl && !alt => return Some(Act::Insert(c.to_string())),
        _ => return None,
    };
    Some(if shift {
        Act::Select(motion)
    } else {
        Act::Move(motion)
    })
}

pub(crate) fn paste(model: &mut Model, text: &str) {
    // What is copied by a paste is nothing.
    let _ = edit(model, Act::Paste(text.to_owned()));
}

pub(crate) fn selected_text(model: &mut Model) -> Option<String> {
    let now = model.now.steady_ms;
    let open = model.screens.notes.open.as_mut()?;
    open.editor.selection()?;
    open.editor.act(Act::Copy, now).copied
}

pub(in crate::screen::notes) fn mouse(model: &mut Model, event: &MouseEvent) -> Effects {
    let area = model.screens.notes.text_area;
    let now = model.now.steady_ms;
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    let row = event.row.saturating_sub(area.y);
    let column = event.column.saturating_sub(area.x);
    let motion = Motion::To { row, column };
    let act = match event.kind {
        MouseEventKind::ScrollDown => {
            open.editor.scroll(3);
            return Effects::new();
        }
        MouseEventKind::ScrollUp => {
            open.editor.scroll(-3);
            return Effects::new();
        }
        MouseEventKind::Down(MouseButton::Left) => {
            open.editor.click(row, column, now);
            return Effects::new();
        }
        MouseEventKind::Drag(MouseButton::Left) => Act::Select(motion),
        _ => return Effects::new(),
    };
    let _ = open.editor.act(act, now);
    Effects::new()
}
