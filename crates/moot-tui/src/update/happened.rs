//! What happened in the home, as it comes: rows change where they stand, selections and focus stay.

use moot_engine::Event;

use crate::message::Effects;
use crate::model::{Model, Reading, Seen};
use crate::screen;

/// How long more of the same is waited for before something is read again, in milliseconds.
const SOON_MS: u64 = 400;

pub(super) fn take(model: &mut Model, event: Event) -> Effects {
    if !is_of(model, &event) {
        return Effects::new();
    }
    match event {
        Event::NoteChanged { id, title, .. } => screen::notes::changed(model, &id, &title),
        Event::NotePatched {
            id,
            revision,
            splices,
            editor,
            ..
        } => return screen::notes::patched(model, &id, revision, editor, splices),
        Event::Present {
            person,
            device,
            note,
            caret,
            ..
        } => present(model, person, device, note, caret),
        Event::MeetingChanged { .. } => {
            model.read_in(Reading::Meeting, 30);
            model.read_in(Reading::Meetings, SOON_MS);
            model.read_in(Reading::Inbox, SOON_MS);
        }
        Event::PeopleChanged { .. } | Event::Joined { .. } => {
            model.read_in(Reading::People, SOON_MS);
            model.read_in(Reading::Inbox, SOON_MS);
            model.read_in(Reading::Invites, SOON_MS);
            model.read_in(Reading::Status, SOON_MS);
        }
        Event::Received { .. } => {
            model.read_in(Reading::Inbox, SOON_MS);
            model.read_in(Reading::Status, SOON_MS);
        }
        Event::Connected { .. } => {
            model.read_in(Reading::Here, SOON_MS);
            model.read_in(Reading::Status, SOON_MS);
        }
        Event::Disconnected { device, .. } => {
            model.presence.seen.remove(&device);
            screen::notes::show_others(model);
            model.read_in(Reading::Status, SOON_MS);
        }
        Event::InStep { .. } => model.read_in(Reading::Status, SOON_MS),
        Event::Notice { text, .. } => {
            // What it says of the command line is of no use here.
            let said = text.split_inclusive(". ");
            let said: String = said.filter(|said| !said.contains("`moot ")).collect();
            model.say(said.trim_end());
            // It may be that somebody waits at the door.
            model.read_in(Reading::Inbox, SOON_MS);
            model.read_in(Reading::Invites, SOON_MS);
        }
        Event::Listening { .. } => {}
    }
    Effects::new()
}

/// Whether an event is about the notebook that is shown, or about the home.
fn is_of(model: &Model, event: &Event) -> bool {
    let notebook = match event {
        Event::Listening { .. } => return true,
        Event::Connected { notebook, .. }
        | Event::Disconnected { notebook, .. }
        | Event::Received { notebook, .. }
        | Event::NoteChanged { notebook, .. }
        | Event::NotePatched { notebook, .. }
        | Event::Present { notebook, .. }
        | Event::MeetingChanged { notebook, .. }
        | Event::PeopleChanged { notebook }
        | Event::Joined { notebook, .. }
        | Event::InStep { notebook, .. }
        | Event::Notice { notebook, .. } => notebook,
    };
    notebook.is_empty() || Some(notebook) == model.notebook.as_ref()
}

fn present(
    model: &mut Model,
    person: moot_engine::reply::Named,
    device: String,
    note: Option<String>,
    caret: Option<u64>,
) {
    let now = model.now.steady_ms;
    let before = model.presence.seen.get(&device);
    // A caret behind letters that are not here yet is told without a place; it stays where it was seen.
    let stayed = before
        .filter(|seen| caret.is_none() && seen.note == note)
        .and_then(|seen| seen.caret);
    let caret = caret.or(stayed);
    let moved = before.is_none_or(|seen| seen.caret != caret || seen.note != note);
    let moved_ms = match before {
        Some(seen) if !moved => seen.moved_ms,
        _ => now,
    };
    model.presence.seen.insert(
        device,
        Seen {
            person: person.id,
            name: person.name,
            note,
            caret,
            at_ms: now,
            moved_ms,
        },
    );
    screen::notes::show_others(model);
}
