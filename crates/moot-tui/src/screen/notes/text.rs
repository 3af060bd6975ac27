//! A note that is open: its editor, what goes to the engine and what comes from it.

mod commands;
mod keys;

use moot_engine::command::Seen;
use moot_engine::reply::NoteOpened;
use moot_engine::text::Splice;
use moot_engine::{Command, ErrorKind, Reply};
use ratatui::crossterm::event::KeyEvent;

pub(super) use commands::act;
pub(crate) use commands::back_from_outside;
use keys::edit;
pub(super) use keys::{key, mouse};
pub(crate) use keys::{paste, selected_text};

use crate::editor::{Editor, OtherCaret, Outgoing, Patch};
use crate::message::{Effect, Effects};
use crate::model::{HERE_MS, Model, Reading};

/// How soon a moved caret is told, in milliseconds.
const CARET_MS: u64 = 250;

/// How long after a batch was refused it is tried again, in milliseconds.
const AGAIN_MS: u64 = 1_500;

/// The same in a text that was left: whoever left it does other things now.
const AGAIN_LEFT_MS: u64 = 15_000;

/// A note being read and written in.
pub(crate) struct OpenNote {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) editor: Editor,
    /// What was last sought in it.
    sought: String,
    /// The text as it was handed out.
    outside: Option<String>,
    /// It is being opened anew: what comes in between is in what will come.
    is_reopening: bool,
    /// Patches that came before the text did.
    early: Vec<(u64, Option<u64>, Vec<Splice>)>,
    /// Nothing is sent before this, on the steady clock.
    not_before_ms: u64,
    /// The caret that was last told.
    told: Option<usize>,
    pub(crate) deleted: bool,
}

/// A note that is being opened.
pub(crate) struct Opening {
    id: String,
    held: Vec<Held>,
}

/// What was typed into a text that was not there yet.
pub(crate) enum Held {
    Key(KeyEvent),
    Paste(String),
}

/// Keeps what is typed while a note is being opened; whether one is.
pub(crate) fn hold(model: &mut Model, held: Held) -> bool {
    match &mut model.screens.notes.opening {
        Some(opening) => {
            opening.held.push(held);
            true
        }
        None => false,
    }
}

/// Opens a note.
pub(super) fn open(model: &mut Model, id: &str) -> Effects {
    let leaving = &mut model.screens.notes.leaving;
    if let Some(at) = leaving.iter().position(|note| note.id == id) {
        let note = leaving.remove(at);
        model.screens.notes.open = Some(note);
        show_others(model);
        model.read_in(Reading::Here, 0);
        return Effects::new();
    }
    model.screens.notes.opening = Some(Opening {
        id: id.to_owned(),
        held: Vec::new(),
    });
    let open = Command::NoteOpen {
        note: id.to_owned(),
        editor: model.setup.editor,
    };
    vec![model.ask(open, &[id], |model, known, answer| {
        let opening = &mut model.screens.notes.opening;
        let is_awaited = opening
            .as_ref()
            .is_some_and(|opening| Some(&opening.id) == known.first());
        let held = opening.take_if(|_| is_awaited).map(|opening| opening.held);
        match answer {
            Ok(Reply::NoteOpened(opened)) if is_awaited => opened_first(model, opened),
            Ok(_) => return Effects::new(),
            Err(error) => {
                model.complain(&error);
                return Effects::new();
            }
        }
        held.into_iter()
            .flatten()
            .flat_map(|held| crate::update::give(model, held))
            .collect()
    })]
}

fn opened_first(model: &mut Model, opened: NoteOpened) {
    let mut editor = Editor::open(&opened.text, opened.revision, model.setup.editor);
    editor.set_unread(opened.unread.iter().map(|(from, to)| *from..*to).collect());
    if let Some(row) = model
        .screens
        .notes
        .rows
        .iter_mut()
        .find(|row| row.id == opened.id)
    {
        row.unread = false;
    }
    model.screens.notes.selection.select(&opened.id);
    model.screens.notes.open = Some(OpenNote {
        id: opened.id,
        title: opened.title,
        editor,
        sought: String::new(),
        outside: None,
        is_reopening: false,
        early: Vec::new(),
        not_before_ms: 0,
        told: None,
        deleted: opened.deleted,
    });
    show_others(model);
    model.read_in(Reading::Here, 0);
}

/// The note that is open, or one that was left while something of it had still to go out.
fn note_mut<'m>(model: &'m mut Model, id: &str) -> Option<&'m mut OpenNote> {
    let notes = &mut model.screens.notes;
    let mut all = notes.open.iter_mut().chain(&mut notes.leaving);
    all.find(|note| note.id == id)
}

/// Opens again whatever is open, after events were missed or the engine was another.
pub(crate) fn reopen_all(model: &mut Model) -> Effects {
    let notes = &model.screens.notes;
    let ids = notes.open.iter().chain(&notes.leaving);
    let ids: Vec<String> = ids.map(|note| note.id.clone()).collect();
    ids.iter().flat_map(|id| reopen(model, id)).collect()
}

fn reopen(model: &mut Model, id: &str) -> Effects {
    let number = model.setup.editor;
    let Some(open) = note_mut(model, id) else {
        return Effects::new();
    };
    if std::mem::replace(&mut open.is_reopening, true) {
        return Effects::new();
    }
    open.early.clear();
    let command = Command::NoteOpen {
        note: id.to_owned(),
        editor: number,
    };
    vec![model.ask(command, &[id], |model, known, answer| {
        let now = model.now.steady_ms;
        let [id] = known else {
            return Effects::new();
        };
        let Some(open) = note_mut(model, id) else {
            return Effects::new();
        };
        open.is_reopening = false;
        match answer {
            Ok(Reply::NoteOpened(opened)) if opened.id == open.id => {
                open.editor.reopened(&opened.text, opened.revision);
                for (revision, editor, splices) in std::mem::take(&mut open.early) {
                    let patch = Patch {
                        revision,
                        editor,
                        splices,
                        by: None,
                    };
                    if revision > opened.revision && open.editor.patched(patch).is_err() {
                        return reopen(model, id);
                    }
                }
            }
            Ok(_) => {}
            Err(error) => {
                open.not_before_ms = now + AGAIN_MS;
                model.complain(&error);
            }
        }
        Effects::new()
    })]
}

/// Goes back to the list; what was typed goes out first, and the text is kept until the engine has all of it.
pub(crate) fn leave_text(model: &mut Model) -> Effects {
    model.screens.notes.opening = None;
    let Some(open) = model.screens.notes.open.take() else {
        return Effects::new();
    };
    model.screens.notes.leaving.push(open);
    model.read_in(Reading::Preview, 0);
    model.read_in(Reading::Here, 0);
    part(model)
}

/// Whether the engine has everything of the texts that were left.
pub(crate) fn has_parted(model: &Model) -> bool {
    model.screens.notes.leaving.is_empty()
}

/// Sends what waits in texts that were left. Those that the engine has are closed.
fn part(model: &mut Model) -> Effects {
    let now = model.now.steady_ms;
    let left = model.screens.notes.leaving.iter();
    let ids: Vec<String> = left.map(|note| note.id.clone()).collect();
    let mut effects = Effects::new();
    for id in ids {
        let is_due = |note: &&mut OpenNote| now >= note.not_before_ms;
        if note_mut(model, &id).as_ref().is_some_and(is_due) {
            effects.extend(send(model, &id, true));
        }
    }
    let leaving = std::mem::take(&mut model.screens.notes.leaving);
    let is_done = |note: &OpenNote| !note.is_reopening && note.editor.is_saved();
    let (done, still): (Vec<_>, Vec<_>) = leaving.into_iter().partition(is_done);
    model.screens.notes.leaving = still;
    effects.extend(done.iter().map(|note| close(model, note)));
    effects
}

/// Parts from all texts without waiting for the engine. What waits behind a batch that is under way goes as one difference
/// from the text as the engine has it then.
pub(crate) fn part_at_once(model: &mut Model) -> Effects {
    let mut effects = Effects::new();
    for note in std::mem::take(&mut model.screens.notes.leaving) {
        if note.is_reopening || note.editor.has_waiting() {
            let set = Command::NoteSet {
                note: note.id.clone(),
                text: note.editor.text().to_owned(),
                base: None,
            };
            effects.push(model.ask(set, &[], |model, _, answer| {
                if let Err(error) = answer {
                    model.complain(&error);
                }
                Effects::new()
            }));
        }
        effects.push(close(model, &note));
    }
    effects
}

fn close(model: &mut Model, note: &OpenNote) -> Effect {
    let close = Command::NoteClose {
        note: note.id.clone(),
        editor: model.setup.editor,
    };
    model.ask(close, &[], |_, _, _| Effects::new())
}

// What goes out and comes in.

/// When something is to be done in the text by time alone.
pub(crate) fn wake_at(model: &Model) -> Option<u64> {
    let notes = &model.screens.notes;
    let now = model.now.steady_ms;
    let send = |note: &OpenNote| Some(note.editor.next_send_ms()?.max(note.not_before_ms));
    let sends = notes.open.iter().chain(&notes.leaving).filter_map(send);
    let open = notes.open.iter();
    sends
        .chain(open.filter_map(|open| open.editor.next_redraw_ms(now)))
        .min()
}

/// Sends what is due, and tells where the caret is.
pub(crate) fn pass_time(model: &mut Model) -> Effects {
    let mut effects = part(model);
    let open = model.screens.notes.open.as_ref();
    let Some(id) = open.map(|open| open.id.clone()) else {
        return effects;
    };
    effects.extend(send(model, &id, false));
    let Some(open) = &mut model.screens.notes.open else {
        return effects;
    };
    let caret = open.editor.caret_confirmed();
    if open.told != Some(caret) {
        open.told = Some(caret);
        model.read_in(Reading::Here, CARET_MS);
    }
    effects
}

fn send_open(model: &mut Model) -> Effects {
    let open = model.screens.notes.open.as_ref();
    let id = open.map(|open| open.id.clone());
    id.map_or_else(Effects::new, |id| send(model, &id, true))
}

fn send(model: &mut Model, id: &str, at_once: bool) -> Effects {
    let now = model.now.steady_ms;
    let number = model.setup.editor;
    let Some(open) = note_mut(model, id) else {
        return Effects::new();
    };
    if open.is_reopening || (now < open.not_before_ms && !at_once) {
        return Effects::new();
    }
    let outgoing = if at_once {
        open.editor.flush()
    } else {
        open.editor.to_send(now)
    };
    let Some(Outgoing { base, splices }) = outgoing else {
        return Effects::new();
    };
    let command = Command::NoteType {
        note: id.to_owned(),
        splices,
        seen: Some(Seen {
            editor: number,
            revision: base,
        }),
    };
    vec![model.ask(command, &[id], |model, known, answer| {
        let Err(error) = answer else {
            model.read_in(Reading::Status, 500);
            return Effects::new();
        };
        let now = model.now.steady_ms;
        let left = model.screens.notes.leaving.iter();
        let left = left
            .map(|note| &note.id)
            .any(|id| Some(id) == known.first());
        let Some((id, open)) = known
            .first()
            .and_then(|id| Some((id, note_mut(model, id)?)))
        else {
            model.complain(&error);
            return Effects::new();
        };
        open.editor.not_taken();
        open.not_before_ms = now + AGAIN_MS;
        if left {
            open.not_before_ms = now + AGAIN_LEFT_MS;
        }
        if error.kind == ErrorKind::NotFound {
            open.not_before_ms = now;
            return reopen(model, id);
        }
        model.complain(&error);
        Effects::new()
    })]
}

/// The engine did something to a text.
pub(crate) fn patched(
    model: &mut Model,
    id: &str,
    revision: u64,
    editor: Option<u64>,
    splices: Vec<Splice>,
) -> Effects {
    let Some(open) = note_mut(model, id) else {
        return Effects::new();
    };
    if open.is_reopening {
        open.early.push((revision, editor, splices));
        return Effects::new();
    }
    let patch = Patch {
        revision,
        editor,
        splices,
        by: None,
    };
    match open.editor.patched(patch) {
        Ok(()) => Effects::new(),
        Err(_) => reopen(model, id),
    }
}

/// Puts others' carets into the text.
pub(crate) fn show_others(model: &mut Model) {
    let now = model.now.steady_ms;
    let Some(id) = model
        .screens
        .notes
        .open
        .as_ref()
        .map(|open| open.id.clone())
    else {
        return;
    };
    let mut others = Vec::new();
    for seen in model.presence.seen.values() {
        if seen.note.as_deref() != Some(&id) || now >= seen.at_ms + HERE_MS {
            continue;
        }
        let Some(at) = seen.caret.and_then(|at| usize::try_from(at).ok()) else {
            continue;
        };
        let (letter, colour) = model.mark_of(&seen.person);
        others.push(OtherCaret {
            person: seen.name.clone(),
            letter,
            colour: u8::try_from(colour).unwrap_or(0),
            at,
            moved_ms: seen.moved_ms,
        });
    }
    if let Some(open) = &mut model.screens.notes.open {
        open.editor.set_others(others);
    }
}

/// Says where one is.
pub(crate) fn whereabouts(model: &Model) -> Command {
    let open = model.screens.notes.open.as_ref();
    Command::Here {
        editor: model.setup.editor,
        note: open.map(|open| open.id.clone()),
        caret: open.map(|open| open.editor.caret_confirmed() as u64),
        revision: open.map_or(0, |open| open.editor.revision()),
    }
}
