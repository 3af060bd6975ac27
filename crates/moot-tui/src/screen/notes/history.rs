//! The history of a note: its versions, each to be looked at and restored.

use moot_engine::{Command, CommandError, Reply};

use crate::layer::{History, Layer};
use crate::message::Effects;
use crate::model::Model;
use crate::update::{do_it, over};

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
    // What it reads now is what undoing brings back.
    let now = Command::NotePeek { note: id.clone() };
    let peek = model.ask(now, &[id], |model, known, answer| {
        if let (Ok(Reply::Note(note)), [id]) = (answer, known) {
            let undo = Command::NoteSet {
                note: id.clone(),
                text: note.body,
                base: None,
            };
            let words = "Restored, for every member. U undoes it.";
            model.say_with_undo(words, undo, "It reads as it did before.");
        }
        Effects::new()
    });
    let set = Command::NoteSet {
        note: id.clone(),
        text: note.body,
        base: None,
    };
    vec![peek, do_it(model, set, "")]
}
