//! Who speaks, who waits to speak, and who said that they are here.

use moot_engine::reply::PersonRow;
use moot_engine::reply::meeting::MeetingView;

use super::super::rows::Rows;
use super::super::sitting;
use super::named;
use crate::model::Model;
use crate::words::one_line;

pub(super) fn rows(model: &Model, view: &MeetingView, rows: &mut Rows<'_>) {
    if let Some(sitting) = sitting(view) {
        rows.head("Speaking");
        let floor = sitting.queue.iter().rfind(|row| row.state == "taken");
        if let Some(row) = floor {
            let text = format!("{} has the floor", named(model, &row.by));
            rows.item(
                &format!("floor:{}", row.id),
                "▶ ",
                &text,
                "",
                rows.theme.strong,
            );
        }
        let waiting = sitting.queue.iter().filter(|row| row.state == "waiting");
        let mut is_empty = true;
        for row in waiting {
            is_empty = false;
            let note = row
                .note
                .as_ref()
                .map_or_else(String::new, |note| format!(": {}", one_line(note)));
            let text = format!("{}{note}", named(model, &row.by));
            let about = format!("hand:{}", row.id);
            rows.item(&about, "  ", &text, kind_words(&row.kind), rows.theme.plain);
        }
        if is_empty {
            rows.quiet("none:", "Nobody waits to speak. h raises your hand.");
        }
    }
    let groups = [
        ("present", "Here"),
        ("available", "Will come"),
        ("regrets", "Cannot come"),
        ("left", "Have left"),
    ];
    for (state, head) in groups {
        let said = view.attendance.iter().filter(|row| row.state == state);
        let said: Vec<_> = said.collect();
        if said.is_empty() {
            continue;
        }
        rows.head(head);
        for row in said {
            let about = format!("person:{}", row.person.id);
            let text = named(model, &row.person.name);
            rows.item(&about, "  ", &text, "", rows.theme.plain);
        }
    }
    let silent: Vec<&PersonRow> = model
        .people
        .iter()
        .filter(|person| person.state != "left")
        .filter(|person| view.attendance.iter().all(|row| row.person.id != person.id))
        .collect();
    if !silent.is_empty() {
        rows.head("Have not said");
    }
    for person in silent {
        let about = format!("person:{}", person.id);
        let hint = if person.you {
            "p says that you are here"
        } else {
            ""
        };
        let text = named(model, &person.name);
        rows.item(&about, "  ", &text, hint, rows.theme.quiet);
    }
}

/// Why somebody asks for the floor, as one says it.
fn kind_words(kind: &str) -> &str {
    match kind {
        "topic" => "",
        "order" => "point of order",
        other => other,
    }
}
