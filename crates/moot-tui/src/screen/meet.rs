//! Meet: the list of meetings, and one meeting open, to prepare it, to hold it, or to read it.
//!
//! Owns what is read and selected, and the commands of the list; what is done in a meeting stands in the files below, by what
//! it is about. Nothing here knows what is true of a meeting: all of it comes from the engine.

mod act;
mod agenda;
mod clock;
mod draw;
mod foot;
mod list;
mod minutes;
mod parts;
mod people;
mod prepare;
mod roles;
mod rows;
mod talk;
#[cfg(test)]
mod tests;
mod when;

use moot_engine::command::MeetingCommand;
use moot_engine::reply::meeting::{AgendaItem, MeetingRow, MeetingView, SittingView};
use moot_engine::{Command, Reply};
use ratatui::Frame;
use ratatui::crossterm::event::KeyEvent;
use ratatui::layout::{Position, Rect};

use crate::layer::step;
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::screen::{Screen, Selection};
use crate::table::{Cmd, Place};

use act::{Room, Undoing};
use parts::Part;

/// How long the selection must rest on a meeting before it is read, in milliseconds.
const REST_MS: u64 = 80;

/// What the screen knows.
#[derive(Default)]
pub(crate) struct Meet {
    rows: Vec<MeetingRow>,
    /// Whether the list was read at all.
    is_read: bool,
    selection: Selection,
    /// The meeting that is open.
    open: Option<String>,
    /// The meeting that is open or selected, as it was read last.
    view: Option<MeetingView>,
    /// Where keys go in it.
    part: Part,
    /// What is selected in each part.
    selections: [Selection; Part::ALL.len()],
    /// How many rows were drawn of what is selected from, and how wide they were.
    room: usize,
    width: u16,
    /// Acts under way, and what undoes them.
    undoing: Undoing,
}

impl Meet {
    /// The meeting that is open, once it was read.
    fn opened(&self) -> Option<&MeetingView> {
        let open = self.open.as_ref()?;
        self.view.as_ref().filter(|view| view.id == *open)
    }

    /// The meeting that is selected in the list, once it was read.
    fn previewed(&self) -> Option<&MeetingView> {
        let id = self.selection.id()?;
        self.view.as_ref().filter(|view| view.id == id)
    }

    fn settle(&mut self) {
        let ids = self.rows.iter().map(|row| row.id.as_str());
        self.selection.settle(ids);
    }
}

/// The gathering that is under way.
fn sitting(view: &MeetingView) -> Option<&SittingView> {
    view.sittings.iter().find(|sitting| sitting.state == "open")
}

/// Whether an item is still to come in this meeting; what was carried over in it is not.
fn is_ahead(item: &AgendaItem) -> bool {
    match item.state.as_str() {
        "agreed" | "proposed" | "skipped" => true,
        "carried" => item.from.is_some(),
        _ => false,
    }
}

pub(crate) use foot::foot;

pub(crate) fn has_any(model: &Model) -> bool {
    !model.screens.meet.rows.is_empty()
}

pub(crate) fn place(model: &Model) -> Place {
    if model.screens.meet.open.is_some() {
        Place::Meeting
    } else {
        Place::Meetings
    }
}

pub(crate) fn enter(model: &mut Model) -> Effects {
    model.read_in(Reading::Meeting, 0);
    read_list(model)
}

/// While a timer is seen: when its words are others.
pub(crate) fn wake_at(model: &Model) -> Option<u64> {
    if model.screen != Screen::Meet {
        return None;
    }
    let current = sitting(model.screens.meet.opened()?)?.current.as_ref()?;
    let timebox = clock::Timebox::of(current, model.now.wall_ms)?;
    Some(model.now.steady_ms + timebox.changes_in_ms())
}

/// Whether what waits for this person is told by the meeting that is shown itself.
pub(crate) fn tells_offers(model: &Model) -> bool {
    model.screen == Screen::Meet && act::asked_of_me(model).is_some()
}

// Reading.

pub(crate) fn read_list(model: &mut Model) -> Effects {
    let list = Command::Meeting(MeetingCommand::List);
    vec![model.ask(list, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Meetings(rows)) => {
                let meet = &mut model.screens.meet;
                meet.rows = rows;
                meet.is_read = true;
                meet.settle();
                if meet.open.is_none() && meet.previewed().is_none() {
                    model.read_in(Reading::Meeting, 0);
                }
            }
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}

pub(crate) fn read_meeting(model: &mut Model) -> Effects {
    let meet = &model.screens.meet;
    let is_previewed = model.screen == Screen::Meet;
    let selected = meet.selection.id().filter(|_| is_previewed);
    let Some(id) = meet.open.as_deref().or(selected).map(str::to_owned) else {
        return Effects::new();
    };
    let show = MeetingCommand::Show {
        meeting: id.clone(),
    };
    let show = Command::Meeting(show);
    vec![model.ask(show, &[&id], |model, known, answer| {
        let meet = &mut model.screens.meet;
        match answer {
            Ok(Reply::Meeting(view)) => {
                let wanted = meet.open.as_deref().or(meet.selection.id());
                if wanted == Some(view.id.as_str()) {
                    meet.view = Some(*view);
                }
            }
            Ok(_) => {}
            Err(error) => {
                if meet.open.as_ref() == known.first() && meet.opened().is_none() {
                    meet.open = None;
                    model.complain(&error);
                }
            }
        }
        Effects::new()
    })]
}

/// Shows a meeting.
pub(crate) fn open(model: &mut Model, id: &str) -> Effects {
    let mut effects = Effects::new();
    if model.screen != Screen::Meet {
        effects.extend(crate::update::show(model, Screen::Meet));
    }
    let meet = &mut model.screens.meet;
    if meet.open.as_deref() != Some(id) {
        meet.selections = std::array::from_fn(|_| Selection::default());
        meet.part = Part::Agenda;
    }
    meet.selection.select(id);
    meet.open = Some(id.to_owned());
    model.due.remove(&Reading::Meeting);
    effects.extend(read_meeting(model));
    effects
}

// Keys.

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let Some(rows) = step(key, model.screens.meet.room) else {
        return Effects::new();
    };
    if model.screens.meet.open.is_none() {
        let meet = &mut model.screens.meet;
        let ids = meet.rows.iter().map(|row| row.id.as_str());
        if meet.selection.step(rows, ids) {
            model.due.remove(&Reading::Meeting);
            model.read_in(Reading::Meeting, REST_MS);
        }
        return Effects::new();
    }
    let keys = parts::keys(model);
    let meet = &mut model.screens.meet;
    let selection = &mut meet.selections[meet.part.index()];
    selection.step(rows, keys.iter().map(String::as_str));
    Effects::new()
}

// Commands.

pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    match cmd {
        Cmd::MeetNew => return Some(prepare::begin(model)),
        Cmd::MeetNewSeries => return Some(prepare::begin_series(model)),
        Cmd::MeetOpen => return Some(open_selected(model)),
        Cmd::Back if model.screens.meet.open.is_some() => {
            model.screens.meet.open = None;
            model.toast = None;
            return Some(read_list(model));
        }
        Cmd::MeetMinutes => return Some(minutes::show(model)),
        Cmd::MeetPart | Cmd::MeetPartBack if model.screens.meet.open.is_some() => {
            let meet = &mut model.screens.meet;
            meet.part = meet.part.beside(cmd == Cmd::MeetPart);
            return Some(Effects::new());
        }
        _ => {}
    }
    if !is_of_a_meeting(cmd) {
        return None;
    }
    let Some(room) = Room::of(model) else {
        model.say("Open a meeting first: this is done in one.");
        return Some(Effects::new());
    };
    let effects = agenda::act(model, &room, cmd)
        .or_else(|| roles::act(model, &room, cmd))
        .or_else(|| talk::act(model, &room, cmd))
        .or_else(|| people::act(model, &room, cmd))
        .or_else(|| minutes::act(model, &room, cmd))
        .or_else(|| prepare::act(model, &room, cmd));
    Some(effects.unwrap_or_default())
}

fn is_of_a_meeting(cmd: Cmd) -> bool {
    let mut rows = crate::table::TABLE.iter();
    rows.any(|row| row.cmd == cmd && row.at == Place::Meeting)
}

fn open_selected(model: &mut Model) -> Effects {
    match model.screens.meet.selection.id().map(str::to_owned) {
        Some(id) => open(model, &id),
        None => {
            model.say("There is no meeting yet. n prepares one.");
            Effects::new()
        }
    }
}

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    if model.screens.meet.open.is_some() {
        draw::meeting(model, frame, area)
    } else {
        list::draw(model, frame, area)
    }
}
