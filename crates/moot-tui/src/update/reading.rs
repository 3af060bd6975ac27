//! What is read from the engine, when, and where it goes.

use moot_engine::command::MeetingCommand;
use moot_engine::{Command, Reply};

use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::screen;

/// How often one says where one is, in milliseconds; others forget it after three times as long.
const HERE_EVERY_MS: u64 = 10_000;

/// Reads all that is shown.
pub(crate) fn everything(model: &mut Model) -> Effects {
    let mut effects = vec![model.ask(Command::Notebooks, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Notebooks(rows)) => return notebooks(model, rows),
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })];
    effects.extend(screen::notes::reopen_all(model));
    effects
}

fn notebooks(model: &mut Model, rows: Vec<moot_engine::reply::NotebookRow>) -> Effects {
    model.notebooks = rows;
    // A home whose first steps were not gone to their end has none, or one that its last step will show.
    if model.notebooks.is_empty() {
        model.setup.is_first_run = true;
    }
    if screen::first::is_under_way(model) {
        return Effects::new();
    }
    if model.notebook.is_none() {
        let wanted = model.setup.notebook.clone();
        let is_wanted = |row: &&moot_engine::reply::NotebookRow| {
            wanted
                .as_ref()
                .is_none_or(|wanted| row.id.starts_with(wanted) || row.name == *wanted)
        };
        let joined = model
            .notebooks
            .iter()
            .filter(is_wanted)
            .find(|row| row.state != "left" && row.state != "damaged")
            .or(model.notebooks.first());
        model.notebook = joined.map(|row| row.id.clone());
    }
    if model.notebook.is_none() {
        return Effects::new();
    }
    let mut effects = Effects::new();
    for what in [
        Reading::Notes,
        Reading::People,
        Reading::Invites,
        Reading::Status,
        Reading::Inbox,
        Reading::Meetings,
        Reading::Here,
    ] {
        effects.extend(read(model, what));
    }
    effects
}

/// Reads one thing.
pub(super) fn read(model: &mut Model, what: Reading) -> Effects {
    if model.notebook.is_none() {
        return Effects::new();
    }
    match what {
        Reading::Status => vec![model.ask(Command::Status, &[], |model, _, answer| {
            if let Ok(Reply::Status(status)) = answer {
                model.status = Some(*status);
                model.status_at_ms = model.now.wall_ms;
            }
            Effects::new()
        })],
        Reading::People => vec![model.ask(Command::People, &[], |model, _, answer| {
            if let Ok(Reply::People(people)) = answer {
                model.people = people;
            }
            Effects::new()
        })],
        Reading::Inbox => {
            let inbox = Command::Meeting(MeetingCommand::Inbox);
            vec![model.ask(inbox, &[], |model, _, answer| {
                if let Ok(Reply::Inbox(inbox)) = answer {
                    model.inbox = inbox.items;
                    model.apart = inbox.apart;
                }
                Effects::new()
            })]
        }
        Reading::Invites => screen::people::read_invites(model),
        Reading::Notes => screen::notes::read(model),
        Reading::Preview => screen::notes::preview(model),
        Reading::Meetings => screen::meet::read_list(model),
        Reading::Meeting => screen::meet::read_meeting(model),
        Reading::Here => {
            model.read_in(Reading::Here, HERE_EVERY_MS);
            let here = screen::notes::whereabouts(model);
            vec![model.ask(here, &[], |_, _, _| Effects::new())]
        }
    }
}
