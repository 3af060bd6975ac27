//! What lies over a screen until it is closed: a question, a choice, help, a page to read. The topmost gets the keys.

mod choice;
mod commands;
mod history;
mod page;
mod prompt;
mod ticket;

use ratatui::Frame;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};
use ratatui::text::Line;
use ratatui::widgets::{Block, BorderType, Clear};

pub(crate) use choice::{Choice, Row, step};
pub(crate) use commands::{Commands, Which};
pub(crate) use history::History;
pub(crate) use page::Page;
pub(crate) use prompt::{LineInput, Prompt};
pub(crate) use ticket::Ticket;

use crate::message::Effects;
use crate::model::Model;
use crate::theme::Theme;
use crate::words::cut;

/// What is to be done with what was typed or chosen; the texts are what was known when the question was put.
pub(crate) type Then = fn(&mut Model, &[String], &str) -> Effects;

/// Something that lies over the screen.
pub(crate) enum Layer {
    /// A line to type.
    Prompt(Prompt),
    /// One of several.
    Choice(Choice),
    /// What can be done.
    Commands(Commands),
    /// Something to read.
    Page(Page),
    /// A ticket to give away.
    Ticket(Ticket),
    /// The versions of a note.
    History(History),
}

/// What a key did to a layer.
pub(crate) enum Stays {
    /// It stays.
    Open,
    /// It stays, and this is to be done.
    OpenWith(Effects),
    /// It stays, and this is done with the model in which it lies.
    OpenThen(fn(&mut Model) -> Effects),
    /// It is closed.
    Closed,
    /// It is closed, and something follows.
    ClosedWith(Then, Vec<String>, String),
    /// It is closed, and this command is done.
    ClosedFor(crate::table::Cmd),
}

/// Gives a key to the topmost layer. Esc closes it, and goes back to the step before it, if there is one.
pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let Some(mut layer) = model.layers.pop() else {
        return Vec::new();
    };
    let stays = if key.code == KeyCode::Esc {
        return go_back(model);
    } else if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
        Stays::Closed
    } else {
        match &mut layer {
            Layer::Prompt(prompt) => prompt.key(key),
            Layer::Choice(choice) => choice.key(key),
            Layer::Commands(commands) => commands.key(key),
            Layer::Page(page) => page.key(key),
            Layer::Ticket(ticket) => ticket.key(key),
            Layer::History(history) => history.key(key),
        }
    };
    follow(model, layer, stays)
}

/// Gives pasted text to the topmost layer.
pub(crate) fn paste(model: &mut Model, text: &str) {
    match model.layers.last_mut() {
        Some(Layer::Prompt(prompt)) => prompt.paste(text),
        Some(Layer::Choice(choice)) => choice.paste(text),
        Some(Layer::Commands(commands)) => commands.paste(text),
        _ => {}
    }
}

/// Gives the wheel to the topmost layer.
pub(crate) fn mouse(model: &mut Model, event: &MouseEvent) -> Effects {
    let code = match event.kind {
        MouseEventKind::ScrollDown => KeyCode::Down,
        MouseEventKind::ScrollUp => KeyCode::Up,
        _ => return Vec::new(),
    };
    key(model, &KeyEvent::new(code, KeyModifiers::NONE))
}

/// To the step before, as it was left, where the layer that was closed is one of several steps.
fn go_back(model: &mut Model) -> Effects {
    let depth = model.layers.len();
    if let Some((_, before)) = model.behind.pop_if(|(at, _)| *at == depth) {
        model.layers.push(before);
    }
    Effects::new()
}

/// Does what follows a step. Where that is only another step, the one before is kept behind it.
fn go_on(model: &mut Model, mut layer: Layer, next: impl FnOnce(&mut Model) -> Effects) -> Effects {
    let depth = model.layers.len();
    let effects = next(model);
    let is_step = model.layers.len() == depth + 1 && effects.is_empty();
    match model.layers.last_mut() {
        Some(Layer::Prompt(prompt)) if is_step => prompt.has_step_before(),
        Some(Layer::Choice(choice)) if is_step => choice.has_step_before(),
        _ => {
            model.behind.retain(|(at, _)| *at < depth);
            return effects;
        }
    }
    if let Layer::Choice(_) | Layer::Prompt(_) = &mut layer {
        model.behind.push((depth, layer));
    }
    effects
}

fn follow(model: &mut Model, layer: Layer, stays: Stays) -> Effects {
    let depth = model.layers.len();
    if let Stays::Closed | Stays::ClosedFor(_) = stays {
        model.behind.retain(|(at, _)| *at < depth);
    }
    match stays {
        Stays::Open => {
            model.layers.push(layer);
            Vec::new()
        }
        Stays::OpenWith(effects) => {
            model.layers.push(layer);
            effects
        }
        Stays::OpenThen(then) => {
            model.layers.push(layer);
            then(model)
        }
        Stays::Closed => Vec::new(),
        Stays::ClosedWith(then, known, text) => {
            go_on(model, layer, |model| then(model, &known, &text))
        }
        Stays::ClosedFor(cmd) => crate::update::act(model, cmd),
    }
}

/// Draws the topmost layer; tells where the cursor belongs.
pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let Model {
        layers,
        theme,
        toast,
        ..
    } = model;
    let said = toast.as_ref().map(|toast| toast.text.as_str());
    match layers.last_mut()? {
        Layer::Prompt(prompt) => Some(prompt.draw(frame, area, theme)),
        Layer::Choice(choice) => Some(choice.draw(frame, area, theme)),
        Layer::Commands(commands) => Some(commands.draw(frame, area, theme)),
        Layer::Page(page) => Some(page.draw(frame, area, theme)),
        Layer::Ticket(ticket) => {
            let all = frame.area();
            Some(ticket.draw(frame, all, theme, said))
        }
        Layer::History(history) => Some(history.draw(frame, area, theme)),
    }
}

/// An empty box in the middle, so large or as large as there is room; tells its inside.
pub(crate) fn boxed(
    frame: &mut Frame<'_>,
    area: Rect,
    (columns, rows): (u16, u16),
    title: &str,
    theme: &Theme,
) -> Rect {
    let width = columns.saturating_add(4).min(area.width);
    let height = rows.saturating_add(2).min(area.height);
    let place = Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 3,
        width,
        height,
    };
    let block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.border)
        .title(Line::styled(
            format!(" {} ", cut(title, usize::from(width).saturating_sub(4))),
            theme.strong,
        ));
    let inside = block.inner(place);
    frame.render_widget(Clear, place);
    frame.render_widget(block, place);
    Rect {
        x: inside.x + u16::from(inside.width > 2),
        width: inside.width.saturating_sub(2),
        ..inside
    }
}
