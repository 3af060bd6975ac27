//! Notes: the list, the note that is selected, and the text that is open.
//!
//! Owns the list and its commands; what is done in a text is in `text`, its history in `history`, the picture in `draw`.

mod draw;
mod history;
#[cfg(test)]
mod tests;
mod text;

use moot_engine::command::NoteKind;
use moot_engine::reply::{NoteRow, NoteView};
use moot_engine::{Command, Reply};
use ratatui::crossterm::event::{KeyCode, KeyEvent, MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::{Position, Rect};

use crate::layer::{Choice, Layer, LineInput, Prompt, Row, step};
use crate::message::{Effect, Effects};
use crate::model::{Model, Reading};
use crate::screen::Selection;
use crate::table::{Cmd, Place};
use crate::update::{do_it, over};

pub(crate) use draw::draw;
pub(crate) use text::{
    Held, back_from_outside, has_parted, hold, leave_text, part_at_once, pass_time, paste, patched,
    reopen_all, selected_text, show_others, wake_at, whereabouts,
};

/// How long the selection must rest on a note before it is read, in milliseconds.
const REST_MS: u64 = 80;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Notes {
    pub(crate) rows: Vec<NoteRow>,
    /// Whether the list was read at all.
    pub(crate) is_read: bool,
    /// The list as it is now, kept back so that rows do not move under the eye, and how many of it are new.
    kept_back: Option<(Vec<NoteRow>, usize)>,
    pub(crate) selection: Selection,
    filter: Option<LineInput>,
    is_filtering: bool,
    shows_deleted: bool,
    /// The note that is selected, as it read last.
    pub(crate) preview: Option<NoteView>,
    pub(crate) open: Option<text::OpenNote>,
    /// Notes that were left while something of them had still to go out.
    leaving: Vec<text::OpenNote>,
    /// The note that is being opened, and what was typed meanwhile: it is meant for the text.
    pub(crate) opening: Option<text::Opening>,
    /// Where things were drawn last, for the mouse.
    list_area: Rect,
    list_first: usize,
    text_area: Rect,
}

pub(crate) fn place(model: &Model) -> Place {
    let notes = &model.screens.notes;
    if notes.open.is_some() || notes.opening.is_some() {
        Place::Text
    } else {
        Place::Notes
    }
}

pub(crate) fn has_any(model: &Model) -> bool {
    !model.screens.notes.rows.is_empty()
}

pub(crate) fn is_filtering(model: &Model) -> bool {
    model.screens.notes.is_filtering
}

pub(crate) fn enter(model: &mut Model) -> Effects {
    take_kept_back(model);
    Effects::new()
}

impl Notes {
    /// The rows that are shown.
    pub(crate) fn shown(&self) -> Vec<&NoteRow> {
        let sought = self
            .filter
            .as_ref()
            .map(|line| line.text().to_lowercase())
            .unwrap_or_default();
        let fits = |row: &&NoteRow| {
            let title = row.title.to_lowercase();
            sought.split_whitespace().all(|word| title.contains(word))
        };
        self.rows.iter().filter(fits).collect()
    }

    fn selected(&self) -> Option<&NoteRow> {
        let id = self.selection.id()?;
        self.rows.iter().find(|row| row.id == id)
    }

    /// How many rows wait above.
    pub(crate) fn waiting_above(&self) -> usize {
        self.kept_back.as_ref().map_or(0, |(_, new)| *new)
    }
}

// Reading.

/// Reads the list.
pub(crate) fn read(model: &mut Model) -> Effects {
    let list = Command::NoteList {
        deleted: model.screens.notes.shows_deleted,
    };
    vec![model.ask(list, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Notes(rows)) => take_list(model, rows),
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}

/// Rows that others made or changed gather above, unless nobody looks at the list.
fn take_list(model: &mut Model, mut rows: Vec<NoteRow>) {
    let notes = &mut model.screens.notes;
    // What one is reading, or has just left, was read.
    let read = notes.open.iter().chain(&notes.leaving).map(|note| &note.id);
    let read: Vec<&String> = read.collect();
    for row in rows.iter_mut().filter(|row| read.contains(&&row.id)) {
        row.unread = false;
    }
    let known = |id: &str| notes.rows.iter().any(|row| row.id == id);
    let new = rows.iter().filter(|row| !known(&row.id)).count();
    let is_looked_at = notes.is_read && notes.open.is_none() && notes.selection.id().is_some();
    if is_looked_at && new > 0 && notes.rows.len() > 1 {
        let stay = |row: &NoteRow| rows.iter().find(|now| now.id == row.id).cloned();
        let kept: Vec<NoteRow> = notes.rows.iter().filter_map(stay).collect();
        notes.rows = kept;
        notes.kept_back = Some((rows, new));
    } else if is_looked_at {
        let at = |row: &NoteRow| notes.rows.iter().position(|old| old.id == row.id);
        rows.sort_by_key(|row| at(row).unwrap_or(usize::MAX));
        notes.rows = rows;
    } else {
        notes.rows = rows;
        notes.kept_back = None;
    }
    notes.is_read = true;
    settle(model);
    model.read_in(Reading::Preview, 0);
}

/// Shows the rows that gathered.
fn take_kept_back(model: &mut Model) {
    if let Some((rows, _)) = model.screens.notes.kept_back.take() {
        model.screens.notes.rows = rows;
        settle(model);
    }
}

fn settle(model: &mut Model) {
    let notes = &mut model.screens.notes;
    let mut selection = std::mem::take(&mut notes.selection);
    selection.settle(notes.shown().iter().map(|row| row.id.as_str()));
    notes.selection = selection;
}

/// A note is not as it was: its row says so where it stands.
pub(crate) fn changed(model: &mut Model, id: &str, title: &str) {
    let now = jiff::Timestamp::from_millisecond(model.now.wall_ms).unwrap_or_default();
    let notes = &mut model.screens.notes;
    let is_open = notes.open.as_ref().is_some_and(|open| open.id == id);
    match notes.rows.iter_mut().find(|row| row.id == id) {
        Some(row) => {
            title.clone_into(&mut row.title);
            row.updated = now;
            row.unread = row.unread || !is_open;
            if notes.selection.id() == Some(id) && !is_open {
                model.read_in(Reading::Preview, 200);
            }
            // Whether it was one's own doing, only the list tells.
            model.read_in(Reading::Notes, 3_000);
        }
        None => model.read_in(Reading::Notes, 300),
    }
}

/// Reads the note that is selected, without its counting as read.
pub(crate) fn preview(model: &mut Model) -> Effects {
    let Some(id) = model.screens.notes.selection.id().map(str::to_owned) else {
        model.screens.notes.preview = None;
        return Effects::new();
    };
    let show = Command::NotePeek { note: id };
    vec![model.ask(show, &[], |model, _, answer| {
        if let Ok(Reply::Note(note)) = answer
            && model.screens.notes.selection.id() == Some(&note.id)
        {
            model.screens.notes.preview = Some(note);
        }
        Effects::new()
    })]
}

// Keys.

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    if model.screens.notes.open.is_some() {
        return text::key(model, key);
    }
    if model.screens.notes.is_filtering {
        return filter_key(model, key);
    }
    let page = usize::from(model.screens.notes.list_area.height);
    if let Some(rows) = step(key, page) {
        move_by(model, rows);
    }
    Effects::new()
}

fn move_by(model: &mut Model, rows: isize) {
    let notes = &mut model.screens.notes;
    let mut selection = std::mem::take(&mut notes.selection);
    let at_top = selection.settle(notes.shown().iter().map(|row| row.id.as_str())) == Some(0);
    if at_top && rows < 0 {
        notes.selection = selection;
        take_kept_back(model);
        model.screens.notes.selection = Selection::default();
        settle(model);
    } else {
        selection.step(rows, notes.shown().iter().map(|row| row.id.as_str()));
        notes.selection = selection;
    }
    model.due.remove(&Reading::Preview);
    model.read_in(Reading::Preview, REST_MS);
}

fn filter_key(model: &mut Model, key: &KeyEvent) -> Effects {
    let notes = &mut model.screens.notes;
    match key.code {
        KeyCode::Esc => {
            notes.filter = None;
            notes.is_filtering = false;
        }
        KeyCode::Enter => {
            notes.is_filtering = false;
            return act(model, Cmd::NoteOpen).unwrap_or_default();
        }
        KeyCode::Up | KeyCode::Down => {
            let rows = if key.code == KeyCode::Up { -1 } else { 1 };
            move_by(model, rows);
            return Effects::new();
        }
        _ => {
            if let Some(line) = &mut notes.filter {
                line.key(key);
            }
        }
    }
    settle(model);
    model.read_in(Reading::Preview, REST_MS);
    Effects::new()
}

pub(crate) fn mouse(model: &mut Model, event: &MouseEvent) -> Effects {
    let notes = &mut model.screens.notes;
    let at = Position::new(event.column, event.row);
    if notes.open.is_some() && notes.text_area.contains(at) {
        return text::mouse(model, event);
    }
    match event.kind {
        MouseEventKind::ScrollDown => move_by(model, 3),
        MouseEventKind::ScrollUp => move_by(model, -3),
        MouseEventKind::Down(MouseButton::Left) if notes.list_area.contains(at) => {
            let row = notes.list_first + usize::from(event.row - notes.list_area.y);
            let Some(id) = notes.shown().get(row).map(|row| row.id.clone()) else {
                return Effects::new();
            };
            let mut effects = leave_text(model);
            let was = model.screens.notes.selection.id() == Some(&id);
            model.screens.notes.selection.select(&id);
            if was {
                effects.extend(act(model, Cmd::NoteOpen).unwrap_or_default());
            }
            model.read_in(Reading::Preview, 0);
            return effects;
        }
        MouseEventKind::Down(MouseButton::Left) if notes.text_area.contains(at) => {
            return act(model, Cmd::NoteOpen).unwrap_or_default();
        }
        _ => {}
    }
    Effects::new()
}

// Commands.

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    if model.screens.notes.open.is_some()
        && let Some(effects) = text::act(model, cmd)
    {
        return Some(effects);
    }
    match cmd {
        Cmd::NoteNew
        | Cmd::NoteFilter
        | Cmd::NoteSearch
        | Cmd::NoteDeleted
        | Cmd::NoteUnread
        | Cmd::Back => Some(act_on_list(model, cmd)),
        Cmd::NoteOpen
        | Cmd::NoteRename
        | Cmd::NoteDelete
        | Cmd::NoteHistory
        | Cmd::NoteBacklinks
        | Cmd::NoteSettle => Some(match model.screens.notes.selected().cloned() {
            Some(row) => act_on_note(model, cmd, row),
            None if model.screens.notes.filter.is_some() => {
                model.say("No title has these letters. Esc shows all notes again.");
                Effects::new()
            }
            None => {
                model.say("There is no note here yet. n makes one.");
                Effects::new()
            }
        }),
        _ => None,
    }
}

/// What is done with the list.
fn act_on_list(model: &mut Model, cmd: Cmd) -> Effects {
    match cmd {
        Cmd::NoteNew => over(
            model,
            Layer::Prompt(Prompt::new(
                "New note",
                "What is it about? One line. Every member will see it.",
                make,
            )),
        ),
        Cmd::NoteFilter => {
            let notes = &mut model.screens.notes;
            notes.filter.get_or_insert_default();
            notes.is_filtering = true;
            Effects::new()
        }
        Cmd::NoteSearch => over(
            model,
            Layer::Prompt(Prompt::new(
                "Search",
                "Words in titles, texts and meetings.",
                search,
            )),
        ),
        Cmd::NoteDeleted => {
            let notes = &mut model.screens.notes;
            notes.shows_deleted = !notes.shows_deleted;
            notes.kept_back = None;
            notes.is_read = false;
            let words = if notes.shows_deleted {
                "Deleted notes are shown, too. Enter restores one."
            } else {
                "Deleted notes are not shown."
            };
            model.say(words);
            read(model)
        }
        Cmd::NoteUnread => next_unread(model),
        _ => {
            model.toast = None;
            model.screens.notes.filter = None;
            settle(model);
            Effects::new()
        }
    }
}

/// What is done with the note that is selected.
fn act_on_note(model: &mut Model, cmd: Cmd, row: NoteRow) -> Effects {
    match cmd {
        Cmd::NoteOpen if row.deleted => {
            let restore = Command::NoteRestore { note: row.id };
            vec![do_it(model, restore, &format!("“{}” is back.", row.title))]
        }
        Cmd::NoteOpen => text::open(model, &row.id),
        Cmd::NoteRename => over(
            model,
            Layer::Prompt(
                Prompt::new("Rename", "Every member will see the new title.", rename)
                    .with(&row.title)
                    .knowing(&[&row.id, &row.title]),
            ),
        ),
        Cmd::NoteDelete => delete(model, &row),
        Cmd::NoteHistory => history::show(model, &row.id, &row.title),
        Cmd::NoteBacklinks => links(model, &row.id),
        _ => settle_title(model, &row),
    }
}

fn make(model: &mut Model, _: &[String], title: &str) -> Effects {
    let new = Command::NoteNew {
        title: title.to_owned(),
        body: String::new(),
        kind: NoteKind::Note,
    };
    vec![model.ask(new, &[], |model, _, answer| match answer {
        Ok(Reply::NoteMade(made)) => {
            model.screens.notes.filter = None;
            model.screens.notes.selection.select(&made.id);
            let mut effects = text::open(model, &made.id);
            effects.extend(read(model));
            effects
        }
        Ok(_) => Effects::new(),
        Err(error) => {
            model.complain(&error);
            Effects::new()
        }
    })]
}

fn rename(model: &mut Model, known: &[String], title: &str) -> Effects {
    let [id, old] = known else {
        return Effects::new();
    };
    let command = |title: &str| Command::NoteRename {
        note: id.clone(),
        title: title.to_owned(),
    };
    model.say_with_undo("Renamed.", command(old), "It has its old title again.");
    let toast = model.toast.take();
    let effect = do_it(model, command(title), "");
    model.toast = toast;
    vec![effect]
}

fn delete(model: &mut Model, row: &NoteRow) -> Effects {
    let restore = Command::NoteRestore {
        note: row.id.clone(),
    };
    let said = format!(
        "“{}” is put away, for every member. U brings it back.",
        row.title
    );
    model.say_with_undo(said, restore, "It is back.");
    let toast = model.toast.take();
    let delete = Command::NoteDelete {
        note: row.id.clone(),
    };
    let effect = do_it(model, delete, "");
    model.toast = toast;
    vec![effect]
}

fn next_unread(model: &mut Model) -> Effects {
    take_kept_back(model);
    let notes = &model.screens.notes;
    let shown = notes.shown();
    let here = shown
        .iter()
        .position(|row| Some(row.id.as_str()) == notes.selection.id())
        .unwrap_or(0);
    let (before, after) = shown.split_at(here.min(shown.len()));
    let next = after.iter().skip(1).chain(before).find(|row| row.unread);
    match next.map(|row| row.id.clone()) {
        Some(id) => {
            model.screens.notes.selection.select(&id);
            model.read_in(Reading::Preview, 0);
        }
        None => model.say("You have seen everything that came."),
    }
    Effects::new()
}

fn search(model: &mut Model, _: &[String], words: &str) -> Effects {
    let search = Command::Search {
        query: words.to_owned(),
        limit: 50,
    };
    vec![model.ask(search, &[words], |model, known, answer| {
        let found = match answer {
            Ok(Reply::Found(found)) => found,
            Ok(_) => return Effects::new(),
            Err(error) => {
                model.complain(&error);
                return Effects::new();
            }
        };
        let words = known.first().cloned().unwrap_or_default();
        if found.is_empty() {
            model.say(format!("Nothing has “{words}” in it."));
            return Effects::new();
        }
        let rows = found
            .iter()
            .map(|hit| {
                let snippet: String = hit
                    .snippet
                    .chars()
                    .filter(|c| !matches!(c, '\u{2}' | '\u{3}'))
                    .map(|c| if c.is_control() { ' ' } else { c })
                    .collect();
                Row::new(
                    &hit.title,
                    snippet.trim(),
                    format!("{}\n{}", hit.kind, hit.id),
                )
            })
            .collect();
        over(model, Layer::Choice(Choice::new("Found", rows, go_to)))
    })]
}

/// Opens a note, or shows a meeting: `value` is `note` or `meeting`, a line break, and the id.
pub(crate) fn go_to(model: &mut Model, _: &[String], value: &str) -> Effects {
    match value.split_once('\n') {
        Some(("meeting", id)) => crate::screen::meet::open(model, id),
        Some((_, id)) => {
            let mut effects = crate::update::show(model, crate::screen::Screen::Notes);
            effects.extend(leave_text(model));
            model.screens.notes.filter = None;
            model.screens.notes.selection.select(id);
            effects.extend(text::open(model, id));
            effects
        }
        None => Effects::new(),
    }
}

fn links(model: &mut Model, id: &str) -> Effects {
    let show = Command::NotePeek {
        note: id.to_owned(),
    };
    vec![model.ask(show, &[], |model, _, answer| {
        let Ok(Reply::Note(note)) = answer else {
            return Effects::new();
        };
        let to = note.links.iter().map(|link| match &link.id {
            Some(id) => Row::new(&link.title, "this note points to it", format!("note\n{id}")),
            None => Row::new(&link.title, "there is no such note yet", String::new()),
        });
        let from = note.backlinks.iter().map(|link| {
            Row::new(
                &link.title,
                "points to this note",
                format!("note\n{}", link.id),
            )
        });
        let rows: Vec<Row> = to.chain(from).collect();
        if rows.is_empty() {
            model.say("No note points here, and this one points to none. [[Title]] makes a link.");
            return Effects::new();
        }
        over(model, Layer::Choice(Choice::new("Links", rows, go_to)))
    })]
}

fn settle_title(model: &mut Model, row: &NoteRow) -> Effects {
    if row.titles.len() < 2 {
        model.say("This note has one title; there is nothing to settle.");
        return Effects::new();
    }
    let rows = row
        .titles
        .iter()
        .map(|title| Row::new(&title.title, format!("given by {}", title.by), &title.title))
        .collect();
    let choice = Choice::new("Which title shall it have?", rows, |model, known, title| {
        let [id] = known else {
            return Effects::new();
        };
        let settle = Command::Settle {
            id: id.clone(),
            choice: title.to_owned(),
        };
        vec![do_it(
            model,
            settle,
            "Settled. Every member will see this title.",
        )]
    });
    over(model, Layer::Choice(choice.knowing(&[&row.id])))
}

/// An effect that goes into the clipboard.
fn copy(text: String) -> Effects {
    vec![Effect::Copy(text)]
}
