//! What is done in an open text besides typing: finding, lending it, who wrote what, links.

use moot_engine::{Command, Reply};

use super::{edit, leave_text, send_open};
use crate::editor::{Act, Search};
use crate::host::Outside;
use crate::layer::{Choice, Layer, Prompt, Row};
use crate::message::{Effect, Effects};
use crate::model::Model;
use crate::screen::notes::{go_to, history, make};
use crate::table::Cmd;
use crate::update::over;
use crate::words::said;

pub(in crate::screen::notes) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    let open = model.screens.notes.open.as_mut()?;
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
        Cmd::TextUnread => {
            if !open.editor.go_to_unread() {
                model.say("Nothing is new here since you last had it open.");
            }
            Effects::new()
        }
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
    let mut effects = send_open(model);
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
    let mut effects = send_open(model);
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
                        effects.extend(make(model, known, title));
                        effects
                    },
                )
                .with(&title),
            ),
        ),
    }
}

/// Offers the titles of notes for a link that was begun.
pub(super) fn complete_link(model: &mut Model) -> Effects {
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
