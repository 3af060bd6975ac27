//! The picture of the people.

use moot_engine::reply::PersonRow;
use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::text::{Line, Span};

use super::{Shown, has_open, heard, shown};
use crate::model::Model;
use crate::screen::list::{Item, ListRow, heading, pane, words};
use crate::words::{count, fill, one_line, said};

/// Columns from which a row tells of devices and open notes.
const WIDE: u16 = 76;

/// Columns below which it is not told what somebody has open.
const LEAST_OPEN: usize = 14;

pub(crate) fn draw(model: &mut Model, frame: &mut Frame<'_>, area: Rect) -> Option<Position> {
    let theme = model.theme.clone();
    let inside = pane(&theme, frame, area, "People");
    let mut lines: Vec<ListRow<'_>> = Vec::new();
    let mut part = "";
    for row in shown(model) {
        let (title, item) = match &row {
            Shown::Waiting(waiting) => {
                let text = format!("{}: {}", one_line(&waiting.name), waiting.words);
                let item = Item::new(row.key(), text).marked(Span::styled(" ? ", theme.asks));
                ("Waiting at the door: a compares words and lets in", item)
            }
            Shown::Person(person) => (
                "In this notebook",
                of_person(model, person, inside.width, row.key()),
            ),
            Shown::Invite(invite) => {
                let until = said(invite.expires, model.now.wall_ms, &model.setup.zone);
                let whom = count(invite.uses, "person", "people");
                let text = format!(
                    "for {whom}, good until {until}, by {}",
                    one_line(&invite.by.name)
                );
                (
                    "Open invites: x revokes",
                    Item::new(row.key(), text).marked(Span::raw(" · ")),
                )
            }
        };
        if part != title {
            heading(&mut lines, &theme, title);
            part = title;
        }
        lines.push(ListRow::Item(item));
    }
    let others = model.people.iter().filter(|person| !person.you).count();
    if others == 0 {
        lines.push(ListRow::Words(Line::raw("")));
        let empty = "Nobody else is in this notebook yet. It is kept on this device only.\n\n\
                     i  makes a ticket to give to somebody";
        lines.extend(words(empty, theme.quiet, inside.width));
    }
    let mut list = std::mem::take(&mut model.screens.people.list);
    let cursor = list.draw(&theme, frame, inside, &lines);
    model.screens.people.list = list;
    cursor.or(Some(Position::new(inside.x, inside.y)))
}

fn of_person<'a>(model: &Model, person: &PersonRow, width: u16, key: String) -> Item<'a> {
    let (letter, colour) = model.mark_of(&person.id);
    let mark = Span::styled(format!(" {letter} "), model.theme.person(colour));
    let name = one_line(&person.name);
    let heard = heard(model, person);
    let away = if person.state == "away" { ", away" } else { "" };
    let text = if width < WIDE {
        let room = usize::from(width).saturating_sub(5) / 2;
        format!("{} {heard}{away}", fill(&name, room))
    } else {
        // A few letters of it say nothing.
        let room = usize::from(width).saturating_sub(72);
        let open = has_open(model, person).filter(|_| room >= LEAST_OPEN);
        let open = open.map_or_else(String::new, |title| format!("has “{title}” open"));
        format!(
            "{} {} {}",
            fill(&name, 22),
            fill(&format!("{heard}{away}"), 20),
            fill(&open, room)
        )
    };
    let live: Vec<String> = person
        .devices
        .iter()
        .filter(|device| device.state != "retired")
        .map(|device| one_line(&device.name))
        .collect();
    let devices = match live.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        more => count(more.len() as u64, "device", "devices"),
    };
    let item = Item::new(key, text).marked(mark);
    if width < WIDE {
        return item;
    }
    let devices = crate::words::cut(&devices, 20);
    item.with(vec![Span::styled(
        format!(" {devices} "),
        model.theme.quiet,
    )])
}
