//! Settings: the few things that can be set, and where the data lies. Notebooks are changed here, made and joined.

#[cfg(test)]
mod tests;

use moot_engine::command::ErrorKind;
use moot_engine::{Command, Reply};
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};
use ratatui::text::Span;

use super::list::{Item, List, ListRow, heading, pane};
use crate::layer::{Choice, Layer, Page, Prompt, Row};
use crate::message::Effects;
use crate::model::Model;
use crate::screen::first;
use crate::table::Cmd;
use crate::theme::{Colours, Theme};
use crate::update::{act as do_cmd, over};
use crate::words::{count, one_line};

/// How long a member is waited for who opens the door, in milliseconds. The request is kept after that.
const JOIN_MS: u64 = 20_000;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Settings {
    list: List,
}

/// What can be set, by the key that its row is held by, its name, and the command that does it.
const ROWS: [(&str, &str, Cmd); 7] = [
    ("switch", "Notebook", Cmd::Switch),
    ("new", "New notebook …", Cmd::NewNotebook),
    ("join", "Join with a ticket …", Cmd::JoinNotebook),
    ("mouse", "Mouse", Cmd::Mouse),
    ("colours", "Colours", Cmd::SettingsColours),
    ("data", "Data and back-up …", Cmd::SettingsData),
    ("sample", "Remove this sample", Cmd::SampleRemove),
];

fn rows(model: &Model) -> impl Iterator<Item = &'static (&'static str, &'static str, Cmd)> + use<> {
    let is_sample = first::is_sample(model);
    let shown = move |row: &&(&str, &str, Cmd)| match row.2 {
        Cmd::SampleRemove => is_sample,
        // A sample is alone in its home.
        Cmd::Switch | Cmd::NewNotebook | Cmd::JoinNotebook => !is_sample,
        _ => true,
    };
    ROWS.iter().filter(shown)
}

pub(crate) fn enter(_model: &mut Model) -> Effects {
    Effects::new()
}

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let keys: Vec<String> = rows(model).map(|row| row.0.to_owned()).collect();
    model.screens.settings.list.key(key, &keys);
    Effects::new()
}

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    Some(match cmd {
        Cmd::SettingsEnter => {
            let selected = model.screens.settings.list.selected();
            let chosen = rows(model).find(|row| Some(row.0) == selected);
            let cmd = chosen.or(rows(model).next().as_ref().copied())?.2;
            do_cmd(model, cmd)
        }
        Cmd::SettingsColours => {
            model.setup.colours = match model.setup.colours {
                Colours::Sixteen => Colours::None,
                Colours::None => Colours::Sixteen,
            };
            model.theme = Theme::of(model.setup.colours);
            model.say(match model.setup.colours {
                Colours::Sixteen => "The terminal's colours, until you leave.",
                Colours::None => "No colours, until you leave. NO_COLOR=1 makes that lasting.",
            });
            Effects::new()
        }
        Cmd::SettingsData => data(model),
        _ => return None,
    })
}

fn data(model: &mut Model) -> Effects {
    let theme = &model.theme;
    let home = one_line(&model.setup.home);
    let lines = vec![
        ("Everything lies in this folder, and on the devices of the members who hold it:".to_owned(), theme.plain),
        (String::new(), theme.plain),
        (home, theme.strong),
        (String::new(), theme.plain),
        ("store.db holds what was written here and received. storage.key opens the secrets in it: copy both or neither.".to_owned(), theme.plain),
        (String::new(), theme.plain),
        ("To back up, copy the whole folder while no moot runs on it. To take everything out as plain files, at any time:".to_owned(), theme.plain),
        (String::new(), theme.plain),
        ("moot export DIR".to_owned(), theme.strong),
        (String::new(), theme.plain),
        ("What other members hold comes back from them when you join again. What only this device holds is lost with it: In step (5) tells what that is.".to_owned(), theme.plain),
    ];
    over(model, Layer::Page(Page::new("Data and back-up", lines)))
}

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let theme = model.theme.clone();
    let inside = pane(&theme, frame, area, "Settings");
    let name = one_line(&model.notebook_name());
    let mut lines = Vec::new();
    for (key, label, cmd) in rows(model) {
        match *key {
            "switch" => heading(&mut lines, &theme, "Notebooks"),
            "mouse" => heading(&mut lines, &theme, "This terminal, until you leave"),
            "data" => heading(&mut lines, &theme, "This home"),
            _ => {}
        }
        let value = match cmd {
            Cmd::Switch => name.clone(),
            Cmd::Mouse if model.mouse => "on".to_owned(),
            Cmd::Mouse => "off".to_owned(),
            Cmd::SettingsColours if model.setup.colours == Colours::Sixteen => {
                "the terminal's".to_owned()
            }
            Cmd::SettingsColours => "none".to_owned(),
            _ => String::new(),
        };
        let text = if value.is_empty() {
            (*label).to_owned()
        } else {
            format!("{label}: {value}")
        };
        lines.push(ListRow::Item(Item::new(*key, text).marked(Span::raw(" "))));
    }
    heading(
        &mut lines,
        &theme,
        &format!("moot {}", env!("CARGO_PKG_VERSION")),
    );
    let mut list = std::mem::take(&mut model.screens.settings.list);
    let cursor = list.draw(&theme, frame, inside, &lines);
    model.screens.settings.list = list;
    cursor
}

// Notebooks.

/// Shows a notebook, or whichever the home has, as if the program had just begun.
pub(crate) fn start_over(model: &mut Model, notebook: Option<String>) -> Effects {
    let mut effects = super::notes::leave_text(model);
    effects.extend(super::notes::part_at_once(model));
    model.forget();
    model.screen = super::Screen::Notes;
    model.notebook = notebook;
    effects.extend(crate::update::everything(model));
    effects
}

/// Offers the notebooks of the home.
pub(crate) fn switch(model: &mut Model) -> Effects {
    vec![model.ask(Command::Notebooks, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Notebooks(rows)) => model.notebooks = rows,
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        offer_notebooks(model)
    })]
}

fn offer_notebooks(model: &mut Model) -> Effects {
    let open = model.notebooks.iter().filter(|row| row.state != "damaged");
    let rows: Vec<Row> = open
        .map(|row| {
            let people = count(row.people, "person", "people");
            let detail = match (row.state.as_str(), row.unread) {
                _ if Some(&row.id) == model.notebook.as_ref() => "shown now".to_owned(),
                ("joining", _) => "still being joined".to_owned(),
                ("left", _) => "left: readable, and no more".to_owned(),
                (_, 0) => people,
                (_, unread) => format!("{people}, {unread} unread"),
            };
            Row::new(one_line(&row.name), detail, &row.id)
        })
        .collect();
    if rows.len() < 2 {
        model.say("This home has one notebook. Settings (6) makes or joins another.");
        return Effects::new();
    }
    let choice = Choice::new("Which notebook?", rows, |model, _, id| {
        if model.notebook.as_deref() == Some(id) {
            return Effects::new();
        }
        start_over(model, Some(id.to_owned()))
    });
    over(model, Layer::Choice(choice))
}

/// Makes a notebook of this name.
pub(crate) fn make_notebook(model: &mut Model, _: &[String], name: &str) -> Effects {
    let new = Command::New {
        notebook: name.to_owned(),
        purpose: None,
    };
    vec![model.ask(new, &[], |model, _, answer| match answer {
        Ok(Reply::Entered(entered)) => {
            let effects = start_over(model, Some(entered.notebook.id));
            model
                .say("It is there, on this device only. Invite somebody on the screen People (4).");
            effects
        }
        Ok(_) => Effects::new(),
        Err(error) => {
            model.complain(&error);
            Effects::new()
        }
    })]
}

/// Joins with this ticket, under the name that one has already.
pub(crate) fn join_notebook(model: &mut Model, _: &[String], ticket: &str) -> Effects {
    let ticket = &crate::words::ticket(ticket);
    match model.me().map(|me| me.name.clone()) {
        Some(name) => join_as(model, std::slice::from_ref(ticket), &name),
        None => over(
            model,
            Layer::Prompt(
                Prompt::new(
                    "Join a notebook",
                    "What do its members call you? They will see it.",
                    join_as,
                )
                .knowing(&[ticket]),
            ),
        ),
    }
}

fn join_as(model: &mut Model, known: &[String], name: &str) -> Effects {
    let [ticket] = known else {
        return Effects::new();
    };
    model.say("Looking for a member who opens the door …");
    let join = Command::Join {
        ticket: ticket.clone(),
        person: name.to_owned(),
        wait_ms: JOIN_MS,
    };
    vec![model.ask(join, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Entered(entered)) => {
                let effects = start_over(model, Some(entered.notebook.id));
                model.say(format!("You are in “{}”.", entered.notebook.name));
                return effects;
            }
            Ok(_) => {}
            Err(error) if error.kind == ErrorKind::Unreachable => {
                let message = one_line(&error.message);
                model.say(format!("Not in yet: {message}. The request is kept, and goes on while moot runs. N shows it."));
            }
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}
