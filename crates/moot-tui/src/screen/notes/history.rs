//! The history of a note: its versions, each to be looked at and restored.

use moot_engine::{Command, CommandError, Reply};

use crate::layer::{History, Layer};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::update::over;

/// Shows the versions of a note.
pub(super) fn show(model: &mut Model, id: &str, title: &str) -> Effects {
    let history = Command::NoteHistory {
        note: id.to_owned(),
    };
    vec![model.ask(history, &[id, title], |model, known, answer| {
        let rows = match answer {
            Ok(Reply::History(rows)) => rows,
            Ok(_) => return Effects::new(),
            Err(error) => {
                model.complain(&error);
                return Effects::new();
            }
        };
        let [id, title] = known else {
            return Effects::new();
        };
        let time = (model.now.wall_ms, model.setup.zone.clone());
        let history = History::new((id, title), rows, time, read, restore);
        over(model, Layer::History(history));
        read(model)
    })]
}

/// Reads the version that is shown. While one is being read, those that are only passed are not asked for.
fn read(model: &mut Model) -> Effects {
    let Some((note, version)) = shown(model).and_then(History::reads) else {
        return Effects::new();
    };
    let show = Command::NoteShow {
        note: note.clone(),
        at: Some(version.clone()),
    };
    vec![model.ask(show, &[&note, &version], |model, known, answer| {
        let [note, version] = known else {
            return Effects::new();
        };
        let text = match answer {
            Ok(Reply::Note(read)) => read.body,
            Ok(_) => String::new(),
            Err(error) => {
                model.complain(&error);
                String::new()
            }
        };
        if let Some(history) = shown(model) {
            history.was_read(note, version, &text);
        }
        read(model)
    })]
}

fn shown(model: &mut Model) -> Option<&mut History> {
    let mut layers = model.layers.iter_mut().rev();
    layers.find_map(|layer| match layer {
        Layer::History(history) => Some(history),
        _ => None,
    })
}

/// Lets the note read as it did in a version.
fn restore(model: &mut Model, known: &[String], version: &str) -> Effects {
    let [id, _] = known else {
        return Effects::new();
    };
    let show = Command::NoteShow {
        note: id.clone(),
        at: Some(version.to_owned()),
    };
    vec![model.ask(show, &[id], restored)]
}

fn restored(model: &mut Model, known: &[String], answer: Result<Reply, CommandError>) -> Effects {
    let note = match answer {
        Ok(Reply::Note(note)) => note,
        Ok(_) => return Effects::new(),
        Err(error) => {
            model.complain(&error);
            return Effects::new();
        }
    };
    let [id] = known else {
        return Effects::new();
    };
    // What it reads now is what undoing brings back. What others write from here on is kept by both.
    let now = Command::NotePeek { note: id.clone() };
    vec![model.ask(now, &[id, &note.body], |model, known, answer| {
        let (Ok(Reply::Note(now)), [id, wanted]) = (answer, known) else {
            return Effects::new();
        };
        let set = Command::NoteSet {
            note: id.clone(),
            text: wanted.clone(),
            base: Some(now.version),
        };
        vec![model.ask(set, &[id, &now.body], offer_undo)]
    })]
}

fn offer_undo(model: &mut Model, known: &[String], answer: Result<Reply, CommandError>) -> Effects {
    match (answer, known) {
        (Ok(Reply::NoteChanged(changed)), [id, before]) => {
            let undo = Command::NoteSet {
                note: id.clone(),
                text: before.clone(),
                base: Some(changed.version),
            };
            let undone = "It reads as it did before, but for what others wrote since.";
            model.say_with_undo("Restored, for every member.", undo, undone);
        }
        (Err(error), _) => model.complain(&error),
        _ => {}
    }
    for what in [Reading::Notes, Reading::Preview] {
        model.read_in(what, 0);
    }
    model.read_in(Reading::Status, 300);
    Effects::new()
}
