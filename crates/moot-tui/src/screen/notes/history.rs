//! The history of a note: its versions, each to be looked at and restored.

use moot_engine::{Command, Reply};

use crate::layer::{Choice, Layer, Row};
use crate::message::Effects;
use crate::model::Model;
use crate::update::{do_it, over};
use crate::words::said;

/// Lists the versions of a note.
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
        let rows: Vec<Row> = rows
            .iter()
            .map(|row| {
                let when = said(row.at, model.now.wall_ms, &model.setup.zone);
                Row::new(format!("{when}  {}", row.by), &row.summary, &row.version)
            })
            .collect();
        let title = format!("History of “{}”", known[1]);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        over(
            model,
            Layer::Choice(Choice::new(&title, rows, version).knowing(&known)),
        )
    })]
}

/// Asks what to do with a version.
fn version(model: &mut Model, known: &[String], version: &str) -> Effects {
    let [id, title] = known else {
        return Effects::new();
    };
    let rows = vec![
        Row::new("Read it", "as it was then", "read"),
        Row::new(
            "Restore it",
            "the note reads so again, for every member; U undoes it",
            "restore",
        ),
        Row::new("Other versions", "back to the history", "back"),
    ];
    let choice = Choice::new("This version", rows, |model, known, what| {
        let [id, title, version] = known else {
            return Effects::new();
        };
        if what == "back" {
            return show(model, id, title);
        }
        let show = Command::NoteShow {
            note: id.clone(),
            at: Some(version.clone()),
        };
        vec![model.ask(show, &[id, title, what], then)]
    });
    over(model, Layer::Choice(choice.knowing(&[id, title, version])))
}

fn then(
    model: &mut Model,
    known: &[String],
    answer: Result<Reply, moot_engine::CommandError>,
) -> Effects {
    let note = match answer {
        Ok(Reply::Note(note)) => note,
        Ok(_) => return Effects::new(),
        Err(error) => {
            model.complain(&error);
            return Effects::new();
        }
    };
    let [id, title, what] = known else {
        return Effects::new();
    };
    if what == "read" {
        return super::text::page(model, &format!("“{title}” as it was"), &note.body);
    }
    let set = |text: String| Command::NoteSet {
        note: id.clone(),
        text,
        base: None,
    };
    // What it reads now is what undoing brings back.
    let now = Command::NotePeek { note: id.clone() };
    let restore = set(note.body);
    let effect = do_it(model, restore, "Restored. Every member will see it so.");
    let peek = model.ask(now, &[id], |model, known, answer| {
        if let (Ok(Reply::Note(note)), [id]) = (answer, known) {
            let undo = Command::NoteSet {
                note: id.clone(),
                text: note.body,
                base: None,
            };
            model.say_with_undo("Restored. U undoes it.", undo, "It reads as it did before.");
        }
        Effects::new()
    });
    vec![peek, effect]
}
