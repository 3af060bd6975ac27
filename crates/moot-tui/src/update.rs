//! What a message does to the model, and what is to be done because of it. No I/O, no clock, no chance.

mod happened;
mod reading;

pub(crate) use reading::everything;

use moot_engine::Command;
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::layer::{self, Commands, Layer, Prompt, Which};
use crate::message::{Effect, Effects, Msg, Now};
use crate::model::{Model, Reading, Toast};
use crate::screen::notes::Held;
use crate::screen::{self, Screen};
use crate::table::{self, Cmd, Place};

/// How long a second Ctrl+C counts, in milliseconds.
const LEAVING_MS: u64 = 2_000;

/// How long the end waits for the engine to take what was typed, in milliseconds.
const PARTING_MS: u64 = 3_000;

/// Takes in what happened; says what is to be done.
pub fn update(model: &mut Model, now: Now, msg: Msg) -> Effects {
    model.now = now;
    let mut effects = match msg {
        Msg::Key(key) if key.kind == KeyEventKind::Release => Effects::new(),
        Msg::Key(key) => press(model, &key),
        Msg::Paste(text) => paste(model, &text),
        Msg::Mouse(event) if model.layers.is_empty() => screen::mouse(model, &event),
        Msg::Mouse(event) => layer::mouse(model, &event),
        Msg::Resize(columns, rows) => {
            model.size = (columns, rows);
            Effects::new()
        }
        Msg::Answer { ticket, answer } => model.answered(ticket, answer),
        Msg::Happened(event) => happened::take(model, event),
        Msg::Missed => everything(model),
        Msg::Outside(outside) => screen::notes::back_from_outside(model, outside),
        Msg::Copied(way) => {
            match way {
                Ok(way) => model.say(way),
                Err(why) => model.say(format!("Not copied: {why}")),
            }
            Effects::new()
        }
        Msg::Sample { open, done } => screen::first::sample_answered(model, open, done),
        Msg::Tick => Effects::new(),
        Msg::End => leave(model),
    };
    effects.extend(pass_time(model));
    effects.extend(end(model));
    effects
}

/// When [`Msg::Tick`] is to come at the latest, on the steady clock; never, where nothing changes by itself.
pub(crate) fn wake_at(model: &Model) -> Option<u64> {
    let toast = model.toast.as_ref().map(|toast| toast.until_ms);
    let due = model.due.values().min().copied();
    [
        toast,
        due,
        screen::notes::wake_at(model),
        screen::meet::wake_at(model),
        model.ends_by_ms,
    ]
    .into_iter()
    .flatten()
    .min()
}

fn pass_time(model: &mut Model) -> Effects {
    let now = model.now.steady_ms;
    if model
        .toast
        .as_ref()
        .is_some_and(|toast| toast.until_ms <= now)
    {
        model.toast = None;
    }
    let due: Vec<Reading> = model
        .due
        .iter()
        .filter(|(_, at)| **at <= now)
        .map(|(what, _)| *what)
        .collect();
    let mut effects = Effects::new();
    for what in due {
        model.due.remove(&what);
        effects.extend(reading::read(model, what));
    }
    effects.extend(screen::notes::pass_time(model));
    effects
}

/// Where keys go now.
pub(crate) fn place(model: &Model) -> Place {
    if screen::first::is_on(model) {
        return Place::First;
    }
    screen::place(model)
}

/// Gives what was held back to where it was meant for.
pub(crate) fn give(model: &mut Model, held: Held) -> Effects {
    match held {
        Held::Key(key) => press(model, &key),
        Held::Paste(text) => paste(model, &text),
    }
}

/// Takes a key. A word that was said of where one was does not follow to another place.
fn press(model: &mut Model, key: &KeyEvent) -> Effects {
    if model.ends_by_ms.is_some() {
        return Effects::new();
    }
    let spot = |model: &Model| {
        let open = model
            .screens
            .notes
            .open
            .as_ref()
            .map(|open| open.id.clone());
        (place(model), model.screen, model.layers.len(), open)
    };
    let (was, said) = (
        spot(model),
        model.toast.as_ref().map(|toast| toast.until_ms),
    );
    let effects = pressed(model, key);
    let is_old = |toast: &Toast| Some(toast.until_ms) == said && toast.undo.is_none();
    if spot(model) != was {
        model.toast.take_if(|toast| is_old(toast));
    }
    effects
}

fn pressed(model: &mut Model, key: &KeyEvent) -> Effects {
    let is_ctrl_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
    if is_ctrl_c && model.layers.is_empty() {
        return ctrl_c(model);
    }
    if !model.layers.is_empty() {
        return layer::key(model, key);
    }
    if screen::notes::hold(model, Held::Key(*key)) {
        return Effects::new();
    }
    let place = place(model);
    // Where one types, only those keys are commands that are no letters.
    let types = place == Place::Notes && screen::notes::is_filtering(model);
    let meant = table::meant(place, key);
    match meant.filter(|row| !types || row.at == Place::Anywhere) {
        Some(row) => act(model, row.cmd),
        None => screen::key(model, key),
    }
}

/// Copies what is selected; else leaves, the second time.
fn ctrl_c(model: &mut Model) -> Effects {
    if let Some(copied) = screen::notes::selected_text(model) {
        return vec![Effect::Copy(copied)];
    }
    if model.now.steady_ms < model.leaving_until_ms {
        return leave(model);
    }
    model.leaving_until_ms = model.now.steady_ms + LEAVING_MS;
    model.say("Ctrl+C again leaves. Nothing is ever unsaved.");
    Effects::new()
}

/// What is typed goes out before the end, which waits until the engine has it.
fn leave(model: &mut Model) -> Effects {
    let until = model.now.steady_ms + PARTING_MS;
    model.ends_by_ms.get_or_insert(until);
    screen::notes::leave_text(model)
}

/// The end, once the engine has everything, or did not take it for long.
fn end(model: &mut Model) -> Effects {
    let Some(by) = model.ends_by_ms else {
        return Effects::new();
    };
    if !screen::notes::has_parted(model) && model.now.steady_ms < by {
        return Effects::new();
    }
    let mut effects = screen::notes::part_at_once(model);
    effects.push(Effect::Quit);
    effects
}

fn paste(model: &mut Model, text: &str) -> Effects {
    if model.layers.is_empty() && place(model) == Place::First {
        screen::first::paste(model, text);
    } else if model.layers.is_empty() {
        if !screen::notes::hold(model, Held::Paste(text.to_owned())) {
            screen::notes::paste(model, text);
        }
    } else {
        layer::paste(model, text);
    }
    Effects::new()
}

/// Does a command.
pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Effects {
    if let Some(screen) = Screen::of(cmd) {
        return show(model, screen);
    }
    if let Some(effects) = screen::first::act(model, cmd) {
        return effects;
    }
    if let Some(effects) = screen::act(model, cmd) {
        return effects;
    }
    let here = place(model);
    match cmd {
        Cmd::Help => over(model, Layer::Commands(Commands::new(Which::Here(here)))),
        Cmd::Palette => over(model, Layer::Commands(Commands::new(Which::All(here)))),
        Cmd::Quit => leave(model),
        Cmd::Back => {
            model.toast = None;
            Effects::new()
        }
        Cmd::UndoLast => undo_last(model),
        Cmd::Mouse => {
            model.mouse = !model.mouse;
            model.say(if model.mouse {
                "The mouse works here now; hold Shift to select text."
            } else {
                "The mouse is the terminal's now: it selects text."
            });
            vec![Effect::Mouse(model.mouse)]
        }
        Cmd::Suspend => vec![Effect::Suspend],
        Cmd::Switch => screen::settings::switch(model),
        Cmd::NewNotebook => over(
            model,
            Layer::Prompt(Prompt::new(
                "New notebook",
                "What is it called? It is on this device only, until you invite somebody.",
                screen::settings::make_notebook,
            )),
        ),
        Cmd::JoinNotebook => over(
            model,
            Layer::Prompt(Prompt::new(
                "Join a notebook",
                "Paste the ticket that a member gave you.",
                screen::settings::join_notebook,
            )),
        ),
        other => elsewhere(model, other),
    }
}

/// A command of another screen, chosen in the palette: its screen is shown first.
fn elsewhere(model: &mut Model, cmd: Cmd) -> Effects {
    let row = table::TABLE.iter().find(|row| row.cmd == cmd);
    let screen = match row.map(|row| row.at) {
        Some(Place::Notes) => Screen::Notes,
        Some(Place::Meetings | Place::Meeting) => Screen::Meet,
        Some(Place::Inbox) => Screen::Inbox,
        Some(Place::People) => Screen::People,
        Some(Place::Step) => Screen::Step,
        Some(Place::Settings) => Screen::Settings,
        Some(Place::Text) => {
            model.say("Open a note first: this is done in its text.");
            return show(model, Screen::Notes);
        }
        _ => return Effects::new(),
    };
    let was = model.screen;
    let mut effects = show(model, screen);
    if was != screen {
        effects.extend(screen::act(model, cmd).unwrap_or_default());
    }
    effects
}

/// Shows a screen.
pub(crate) fn show(model: &mut Model, screen: Screen) -> Effects {
    let mut effects = Effects::new();
    if model.screen == Screen::Notes && screen != Screen::Notes {
        effects.extend(screen::notes::leave_text(model));
    }
    model.screen = screen;
    effects.extend(screen::enter(model));
    effects
}

/// Lays something over the screen.
pub(crate) fn over(model: &mut Model, layer: Layer) -> Effects {
    model.layers.push(layer);
    Effects::new()
}

fn undo_last(model: &mut Model) -> Effects {
    let Some((command, done)) = model.toast.take().and_then(|toast| toast.undo) else {
        model.say("There is nothing to undo just now.");
        return Effects::new();
    };
    vec![do_it(model, command, &done)]
}

/// Has a command carried out and says so in these words; complains where it cannot be done.
pub(crate) fn do_it(model: &mut Model, command: Command, done: &str) -> Effect {
    model.ask(command, &[done], |model, known, answer| {
        match answer {
            Ok(_) => {
                if let Some(done) = known.first().filter(|done| !done.is_empty()) {
                    model.say(done.clone());
                }
            }
            Err(error) => model.complain(&error),
        }
        for what in [
            Reading::Notes,
            Reading::Meetings,
            Reading::Meeting,
            Reading::Inbox,
        ] {
            model.read_in(what, 0);
        }
        model.read_in(Reading::Status, 300);
        Effects::new()
    })
}

#[cfg(test)]
mod tests;
