//! Which commands the footer shows: those that mean something where one is, as things stand.
//!
//! Owns the choice alone. Their keys and words are in the table, and everything else that can be done is behind `?`.

use super::{inbox, meet, notes, people, step};
use crate::model::Model;
use crate::table::{Cmd, Entry, Place, rows_at};

/// The rows to be shown, the most wanted first.
pub(crate) fn rows(model: &Model, place: Place) -> Vec<&'static Entry> {
    let shown = |row: &&'static Entry| !row.foot.is_empty() && row.cmd != Cmd::Help;
    if place == Place::Meeting {
        let wanted = meet::foot(model).into_iter();
        let of_meeting = |cmd| rows_at(place).find(|row| row.cmd == cmd);
        let quit = rows_at(place).filter(|row| row.cmd == Cmd::Quit);
        return wanted.filter_map(of_meeting).chain(quit).collect();
    }
    let means_something = |row: &&'static Entry| match row.cmd {
        Cmd::NoteNew | Cmd::MeetNew | Cmd::PeopleInvite => model.joining().is_none(),
        Cmd::NoteOpen | Cmd::NoteFilter | Cmd::NoteSearch => notes::has_any(model),
        Cmd::MeetOpen | Cmd::MeetMinutes => meet::has_any(model),
        Cmd::StepTry | Cmd::StepOpen => step::has_any(model),
        Cmd::PeopleAdmit => people::has_waiting(model),
        Cmd::InboxEnter | Cmd::InboxYes | Cmd::InboxNo | Cmd::InboxAnswer | Cmd::InboxSettle => {
            inbox::understands(model, row.cmd)
        }
        _ => true,
    };
    rows_at(place)
        .filter(shown)
        .filter(means_something)
        .collect()
}
