//! A note that is open: its editor, what goes to the engine and what comes from it.

use moot_engine::command::Seen;
use moot_engine::reply::NoteOpened;
use moot_engine::text::Splice;
use moot_engine::{Command, ErrorKind, Reply};
use ratatui::crossterm::event::{
    KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

use super::{copy, go_to, history};
use crate::editor::{Act, Editor, Motion, OtherCaret, Outgoing, Patch, Search};
use crate::host::Outside;
use crate::layer::{Choice, Layer, Page, Prompt, Row};
use crate::message::{Effect, Effects};
use crate::model::{HERE_MS, Model, Reading};
use crate::table::Cmd;
use crate::update::over;
use crate::words::said;

/// How soon a moved caret is told, in milliseconds.
const CARET_MS: u64 = 250;

/// How long after a batch was refused it is tried again, in milliseconds.
const AGAIN_MS: u64 = 1_500;

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

/// Opens a note.
pub(super) fn open(model: &mut Model, id: &str) -> Effects {
    let open = Command::NoteOpen {
        note: id.to_owned(),
        editor: model.setup.editor,
    };
    vec![model.ask(open, &[id], |model, _, answer| {
        match answer {
            Ok(Reply::NoteOpened(opened)) => opened_first(model, opened),
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}

fn opened_first(model: &mut Model, opened: NoteOpened) {
    let editor = Editor::open(&opened.text, opened.revision, model.setup.editor);
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

/// Opens the open note again, after events were missed or the engine was another.
pub(crate) fn reopen(model: &mut Model) -> Effects {
    let number = model.setup.editor;
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    if std::mem::replace(&mut open.is_reopening, true) {
        return Effects::new();
    }
    open.early.clear();
    let id = open.id.clone();
    let command = Command::NoteOpen {
        note: id.clone(),
        editor: number,
    };
    vec![model.ask(command, &[&id], |model, _, answer| {
        let now = model.now.steady_ms;
        let Some(open) = &mut model.screens.notes.open else {
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
                        return reopen(model);
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

/// Goes back to the list; what was typed goes out first.
pub(crate) fn leave_text(model: &mut Model) -> Effects {
    let mut effects = send(model, true);
    let Some(open) = model.screens.notes.open.take() else {
        return effects;
    };
    let close = Command::NoteClose {
        note: open.id.clone(),
        editor: model.setup.editor,
    };
    if !open.editor.is_saved() && effects.is_empty() {
        // A batch is under way and more waits behind it: the whole difference goes as one.
        effects.push(rest(model, &open));
    }
    effects.push(model.ask(close, &[], |_, _, _| Effects::new()));
    model.read_in(Reading::Preview, 0);
    model.read_in(Reading::Here, 0);
    effects
}

/// What still waits behind a batch that is under way.
fn rest(model: &mut Model, open: &OpenNote) -> Effect {
    let set = Command::NoteSet {
        note: open.id.clone(),
        text: open.editor.text().to_owned(),
        base: None,
    };
    model.ask(set, &[], |model, _, answer| {
        if let Err(error) = answer {
            model.complain(&error);
        }
        Effects::new()
    })
}

// What goes out and comes in.

/// When something is to be done in the text by time alone.
pub(crate) fn wake_at(model: &Model) -> Option<u64> {
    let open = model.screens.notes.open.as_ref()?;
    let send = open
        .editor
        .next_send_ms()
        .map(|at| at.max(open.not_before_ms));
    let redraw = open.editor.next_redraw_ms(model.now.steady_ms);
    [send, redraw].into_iter().flatten().min()
}

/// Sends what is due, and tells where the caret is.
pub(crate) fn pass_time(model: &mut Model) -> Effects {
    let effects = send(model, false);
    let Some(open) = &mut model.screens.notes.open else {
        return effects;
    };
    let caret = open.editor.caret();
    if open.told != Some(caret) {
        open.told = Some(caret);
        model.read_in(Reading::Here, CARET_MS);
    }
    effects
}

fn send(model: &mut Model, at_once: bool) -> Effects {
    let now = model.now.steady_ms;
    let number = model.setup.editor;
    let Some(open) = &mut model.screens.notes.open else {
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
    let id = open.id.clone();
    let command = Command::NoteType {
        note: id.clone(),
        splices,
        seen: Some(Seen {
            editor: number,
            revision: base,
        }),
    };
    vec![model.ask(command, &[&id], |model, known, answer| {
        let Err(error) = answer else {
            model.read_in(Reading::Status, 500);
            return Effects::new();
        };
        let now = model.now.steady_ms;
        let open = model.screens.notes.open.as_mut();
        let Some(open) = open.filter(|open| Some(&open.id) == known.first()) else {
            model.complain(&error);
            return Effects::new();
        };
        open.editor.not_taken();
        open.not_before_ms = now + AGAIN_MS;
        if error.kind == ErrorKind::NotFound {
            open.not_before_ms = now;
            return reopen(model);
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
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    if open.id != id {
        return Effects::new();
    }
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
        Err(_) => reopen(model),
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
    let saved = open.filter(|open| open.editor.is_saved());
    Command::Here {
        editor: model.setup.editor,
        note: open.map(|open| open.id.clone()),
        caret: saved.map(|open| open.editor.caret() as u64),
        revision: open.map_or(0, |open| open.editor.revision()),
    }
}

// Keys.

pub(super) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let Some(act) = act_of(key) else {
        return Effects::new();
    };
    edit(model, act)
}

fn edit(model: &mut Model, act: Act) -> Effects {
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

pub(super) fn mouse(model: &mut Model, event: &MouseEvent) -> Effects {
    let area = model.screens.notes.text_area;
    let now = model.now.steady_ms;
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    let motion = Motion::To {
        row: event.row.saturating_sub(area.y),
        column: event.column.saturating_sub(area.x),
    };
    let act = match event.kind {
        MouseEventKind::ScrollDown => {
            open.editor.scroll(3);
            return Effects::new();
        }
        MouseEventKind::ScrollUp => {
            open.editor.scroll(-3);
            return Effects::new();
        }
        MouseEventKind::Down(MouseButton::Left) => Act::Move(motion),
        MouseEventKind::Drag(MouseButton::Left) => Act::Select(motion),
        _ => return Effects::new(),
    };
    let _ = open.editor.act(act, now);
    Effects::new()
}

// Commands.

pub(super) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    let open = model.screens.notes.open.as_ref()?;
    let (id, title) = (open.id.clone(), open.title.clone());
    let sought = open.sought.clone();
    Some(match cmd {
        Cmd::TextLeave | Cmd::Back => leave_text(model),
        Cmd::TextUndo => edit(model, Act::Undo),
        Cmd::TextRedo => edit(model, Act::Redo),
        Cmd::TextCut => edit(model, Act::Cut),
        Cmd::TextCopy => edit(model, Act::Copy),
        Cmd::TextAll => edit(model, Act::SelectAll),
        Cmd::TextSave => {
            let saved = open.editor.is_saved();
            model.say(if saved {
                "Saved already, here."
            } else {
                "It is being saved as you type."
            });
            Effects::new()
        }
        Cmd::TextFind => over(
            model,
            Layer::Prompt(
                Prompt::new("Find in this note", "F3 goes to the next place.", find).with(&sought),
            ),
        ),
        Cmd::TextFindNext => find(model, &[], &sought),
        Cmd::TextOutside => outside(model),
        Cmd::TextPerson => go_to_person(model),
        Cmd::TextBlame => blame(model),
        Cmd::TextFollow => follow(model),
        Cmd::NoteHistory => history::show(model, &id, &title),
        _ => return None,
    })
}

fn find(model: &mut Model, _: &[String], words: &str) -> Effects {
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    let search = if open.sought == words {
        Search::Next
    } else {
        Search::Here
    };
    words.clone_into(&mut open.sought);
    if words.is_empty() {
        open.editor.end_find();
    } else if !open.editor.find(words, search) {
        model.say(format!("“{words}” is not in this note."));
    }
    Effects::new()
}

/// Hands the text to the person's editor.
fn outside(model: &mut Model) -> Effects {
    let mut effects = send(model, true);
    let Some(open) = &mut model.screens.notes.open else {
        return effects;
    };
    let text = open.editor.text().to_owned();
    open.outside = Some(text.clone());
    effects.push(Effect::EditOutside {
        text,
        title: open.title.clone(),
    });
    effects
}

/// Takes back what the person's editor made of the text; what others wrote meanwhile stays.
pub(crate) fn back_from_outside(model: &mut Model, outside: Outside) -> Effects {
    let now = model.now.steady_ms;
    let Some(open) = &mut model.screens.notes.open else {
        return Effects::new();
    };
    let Some(base) = open.outside.take() else {
        return Effects::new();
    };
    match outside {
        Outside::Edited(text) => {
            let others = open.editor.replace_whole(&text, &base, now);
            model.say(match others {
                0 => "Back from your editor.".to_owned(),
                1 => "Back from your editor. Others changed 1 line meanwhile; it is kept.".to_owned(),
                lines => {
                    format!("Back from your editor. Others changed {lines} lines meanwhile; they are kept.")
                }
            });
        }
        Outside::Failed(why) => model.say(why),
    }
    Effects::new()
}

fn go_to_person(model: &mut Model) -> Effects {
    let id = model
        .screens
        .notes
        .open
        .as_ref()
        .map(|open| open.id.clone());
    let here: Vec<Row> = model
        .here()
        .into_iter()
        .filter(|seen| seen.note == id)
        .map(|seen| Row::new(&seen.name, "writes in this note", &seen.name))
        .collect();
    if here.is_empty() {
        model.say("Nobody else has this note open just now.");
        return Effects::new();
    }
    over(
        model,
        Layer::Choice(Choice::new("Go to", here, |model, _, name| {
            let now = model.now.steady_ms;
            let open = model.screens.notes.open.as_mut();
            if !open.is_some_and(|open| open.editor.go_to_person(name, now)) {
                model.say(format!("{name} is not to be seen in this text any more."));
            }
            Effects::new()
        })),
    )
}

fn blame(model: &mut Model) -> Effects {
    let mut effects = send(model, true);
    let Some(open) = &model.screens.notes.open else {
        return effects;
    };
    let line = open.editor.caret_line_range();
    let blame = Command::NoteBlame {
        note: open.id.clone(),
    };
    let known = [line.start.to_string(), line.end.to_string()];
    effects.push(
        model.ask(blame, &[&known[0], &known[1]], |model, known, answer| {
            let Ok(Reply::Blame(rows)) = answer else {
                return Effects::new();
            };
            let edge = |index: usize| {
                known
                    .get(index)
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(0)
            };
            let (from, to): (usize, usize) = (edge(0), edge(1));
            let mut at = 0;
            let mut who: Vec<String> = Vec::new();
            for row in rows {
                let end = at + row.text.len();
                if at < to && end > from {
                    let when = said(row.at, model.now.wall_ms, &model.setup.zone);
                    let text = format!("{}, {when}", row.by);
                    if !who.contains(&text) {
                        who.push(text);
                    }
                }
                at = end;
            }
            model.say(match who.as_slice() {
                [] => "Nobody has written in this line yet.".to_owned(),
                who => format!("This line: {}.", who.join("; ")),
            });
            Effects::new()
        }),
    );
    effects
}

/// The title of the link under the caret.
fn link_at(text: &str, caret: usize) -> Option<&str> {
    let line_start = text[..caret].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[caret..].find('\n').map_or(text.len(), |at| caret + at);
    let line = &text[line_start..line_end];
    let mut from = 0;
    while let Some(open) = line[from..].find("[[").map(|at| from + at) {
        let close = line[open..].find("]]").map(|at| open + at)?;
        if (line_start + open..=line_start + close + 2).contains(&caret) {
            return Some(line[open + 2..close].trim());
        }
        from = close + 2;
    }
    None
}

fn follow(model: &mut Model) -> Effects {
    let Some(open) = &model.screens.notes.open else {
        return Effects::new();
    };
    let text = open.editor.text();
    let Some(title) = link_at(text, open.editor.caret()).map(str::to_owned) else {
        model.say("There is no [[link]] under the caret.");
        return Effects::new();
    };
    let folded = title.to_lowercase();
    let row = model
        .screens
        .notes
        .rows
        .iter()
        .find(|row| row.title.to_lowercase() == folded)
        .map(|row| row.id.clone());
    match row {
        Some(id) => go_to(model, &[], &format!("note\n{id}")),
        None => over(
            model,
            Layer::Prompt(
                Prompt::new(
                    "Make this note?",
                    "There is no note of this title yet. Enter makes it; every member will see it.",
                    |model, known, title| {
                        let mut effects = leave_text(model);
                        effects.extend(super::make(model, known, title));
                        effects
                    },
                )
                .with(&title),
            ),
        ),
    }
}

/// Offers the titles of notes for a link that was begun.
fn complete_link(model: &mut Model) -> Effects {
    let rows: Vec<Row> = model
        .screens
        .notes
        .rows
        .iter()
        .map(|row| Row::new(&row.title, "", &row.title))
        .collect();
    if rows.is_empty() {
        return Effects::new();
    }
    let choice = Choice::new("Link to", rows, |model, _, title| {
        let now = model.now.steady_ms;
        if let Some(open) = &mut model.screens.notes.open {
            open.editor.complete_link(title, now);
        }
        Effects::new()
    });
    over(model, Layer::Choice(choice.narrowed()))
}

/// A page of text lies over the note.
pub(super) fn page(model: &mut Model, title: &str, text: &str) -> Effects {
    let plain = model.theme.plain;
    let lines = text.lines().map(|line| (line.to_owned(), plain)).collect();
    over(model, Layer::Page(Page::new(title, lines)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_under_the_caret_is_found_and_no_other() {
        let text = "see [[Water rota]] and [[Seeds]]\n[[Not closed";
        assert_eq!(link_at(text, 8), Some("Water rota"));
        assert_eq!(link_at(text, 20), None);
        assert_eq!(link_at(text, 25), Some("Seeds"));
        assert_eq!(link_at(text, text.len()), None);
    }
}
