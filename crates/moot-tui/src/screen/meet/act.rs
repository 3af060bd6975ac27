//! Acts in a meeting: what is known when one is begun, what is said when it is done, and what undoes it.

use std::collections::BTreeMap;

use moot_engine::command::{Act, Answer, MeetingCommand};
use moot_engine::reply::meeting::{ActionRow, CurrentItem, MeetingView};
use moot_engine::{Command, CommandError, Reply};

use super::parts::{is_to_me, keys};
use super::rows::target;
use super::sitting;
use crate::layer::{Choice, Layer, Prompt, Row};
use crate::message::Effects;
use crate::model::{Model, Reading};
use crate::update::over;
use crate::words::one_line;

/// The meeting that is open, as it stands when a command is given.
pub(super) struct Room {
    pub(super) view: MeetingView,
    /// What I am called.
    pub(super) me: String,
    /// My id.
    pub(super) my_id: String,
    /// The key of the row that is selected.
    selected: String,
}

impl Room {
    pub(super) fn of(model: &Model) -> Option<Self> {
        let meet = &model.screens.meet;
        let view = meet.opened()?.clone();
        let me = model.me();
        // Where nothing was drawn yet since, it is selected as it will be drawn.
        let mut selection = meet.selections[meet.part.index()].clone();
        selection.settle(keys(model).iter().map(String::as_str));
        Some(Self {
            view,
            me: me.map(|me| me.name.clone()).unwrap_or_default(),
            my_id: me.map(|me| me.id.clone()).unwrap_or_default(),
            selected: selection.id().unwrap_or_default().to_owned(),
        })
    }

    pub(super) fn id(&self) -> &str {
        &self.view.id
    }

    /// What the selected row is about, and its id.
    pub(super) fn selected(&self) -> (&str, &str) {
        target(&self.selected)
    }

    /// The id of the selected row, if it is about this.
    pub(super) fn selected_of(&self, about: &str) -> Option<&str> {
        let (what, id) = self.selected();
        (what == about).then_some(id)
    }

    pub(super) fn current(&self) -> Option<&CurrentItem> {
        sitting(&self.view)?.current.as_ref()
    }

    /// The roles that I hold.
    pub(super) fn mine(&self) -> Vec<&str> {
        let roles = self.view.roles.iter();
        roles
            .filter(|role| role.holders.contains(&self.me) || role.shadows.contains(&self.me))
            .map(|role| role.role.as_str())
            .collect()
    }
}

/// What waits for this person's yes or no in the meeting that is open.
pub(super) struct Asked {
    pub(super) id: String,
    pub(super) words: String,
    pub(super) yes: String,
    pub(super) no: String,
}

/// The offer or the action that is asked of this person; the selected one, if one is selected.
pub(super) fn asked_of_me(model: &Model) -> Option<Asked> {
    let meet = &model.screens.meet;
    let view = meet.opened()?;
    let me = &model.me()?.name;
    let mut all: Vec<Asked> = Vec::new();
    for role in &view.roles {
        for offer in role.offers.iter().filter(|offer| is_to_me(model, offer)) {
            let name = one_line(&role.role);
            let by = one_line(&offer.by.join(", "));
            let words = match offer.kind.as_str() {
                "shadow" => format!("{by} asks you to be beside whoever is {name}."),
                "hand-over" => format!("{by} asks you to go on as {name}."),
                "swap" => format!("{by} asks you to swap: you would be {name}."),
                _ => format!("{by} offers you {name}."),
            };
            let note = offer.note.as_ref();
            let note = note.map_or_else(String::new, |note| format!(" “{}”", one_line(note)));
            all.push(Asked {
                id: offer.id.clone(),
                words: words + &note,
                yes: format!("You are {name} now."),
                no: "Not now: good to know.".to_owned(),
            });
        }
    }
    let is_open = |action: &&ActionRow| action.state == "open" && action.asked.contains(me);
    for action in view.actions.iter().filter(is_open) {
        all.push(Asked {
            id: action.id.clone(),
            words: format!("You are asked to do “{}”.", one_line(&action.text)),
            yes: "It is yours.".to_owned(),
            no: "Not yours: good to know.".to_owned(),
        });
    }
    let selected = meet.selections[meet.part.index()].id().map(target);
    let is_selected = |asked: &Asked| selected.is_some_and(|(_, id)| id == asked.id);
    let index = all.iter().position(is_selected).unwrap_or(0);
    (index < all.len()).then(|| all.swap_remove(index))
}

/// What undoes an act.
pub(super) enum Undo {
    /// Nothing does.
    Nothing,
    /// This command, with what is said then.
    By(Command, &'static str),
    /// This, about what the act made: of the meeting's id, and its own.
    Made(fn(&str, &str) -> Command, &'static str),
}

/// Acts under way, and what undoes each.
#[derive(Default)]
pub(crate) struct Undoing {
    last: u64,
    waiting: BTreeMap<u64, Undo>,
}

/// Something done in a meeting.
pub(super) fn in_meeting(meeting: &str, act: Act) -> Command {
    Command::Meeting(MeetingCommand::Act {
        meeting: meeting.to_owned(),
        act,
    })
}

/// Something done about what has an id of its own.
pub(super) fn about(id: &str, answer: Answer) -> Command {
    Command::Meeting(MeetingCommand::Answer {
        id: id.to_owned(),
        answer,
    })
}

/// Has it done; says so then, and how it is undone.
pub(super) fn does(model: &mut Model, command: Command, done: &str, undo: Undo) -> Effects {
    let undoing = &mut model.screens.meet.undoing;
    undoing.last += 1;
    let number = undoing.last;
    undoing.waiting.insert(number, undo);
    vec![model.ask(command, &[done, &number.to_string()], was_done)]
}

fn was_done(model: &mut Model, known: &[String], answer: Result<Reply, CommandError>) -> Effects {
    let [done, number] = known else {
        return Effects::new();
    };
    let waiting = &mut model.screens.meet.undoing.waiting;
    let undo = number
        .parse()
        .ok()
        .and_then(|number| waiting.remove(&number));
    match answer {
        Ok(Reply::Acted(acted)) if !acted.changed => {
            model.say("It was so already: somebody did it just before.");
        }
        Ok(reply) => {
            let made = match reply {
                Reply::Acted(acted) => acted.id.map(|id| (acted.meeting.id, id)),
                _ => None,
            };
            match (undo, made) {
                (Some(Undo::By(command, undone)), _) => {
                    model.say_with_undo(done.as_str(), command, undone);
                }
                (Some(Undo::Made(command, undone)), Some((meeting, id))) => {
                    let command = command(&meeting, &id);
                    model.say_with_undo(done.as_str(), command, undone);
                }
                _ => model.say(done.clone()),
            }
        }
        Err(error) => model.complain(&error),
    }
    model.read_in(Reading::Meeting, 0);
    model.read_in(Reading::Meetings, 300);
    model.read_in(Reading::Inbox, 300);
    model.read_in(Reading::Status, 300);
    Effects::new()
}

/// What is done with what was chosen or typed.
pub(super) type Then = fn(&mut Model, &[String], &str) -> Effects;

/// Lays a choice over the screen.
pub(super) fn choose(
    model: &mut Model,
    title: &str,
    rows: Vec<Row>,
    known: &[&str],
    then: Then,
) -> Effects {
    let choice = Choice::new(title, rows, then).knowing(known);
    over(model, Layer::Choice(choice))
}

/// Asks for one of several, about a text that is shown with them.
pub(super) fn choose_about(
    model: &mut Model,
    (title, text): (&str, &str),
    rows: Vec<Row>,
    known: &[&str],
    then: Then,
) -> Effects {
    let text = format!("“{}”", one_line(text));
    let choice = Choice::new(title, rows, then).about(&text).knowing(known);
    over(model, Layer::Choice(choice))
}

/// Asks for a line of text.
pub(super) fn ask_text(
    model: &mut Model,
    (title, says): (&str, &str),
    text: &str,
    known: &[&str],
    then: Then,
) -> Effects {
    let prompt = Prompt::new(title, says, then).with(text).knowing(known);
    over(model, Layer::Prompt(prompt))
}

/// Asks for a line of text that may be left empty.
pub(super) fn ask_text_or_nothing(
    model: &mut Model,
    (title, says): (&str, &str),
    text: &str,
    known: &[&str],
    then: Then,
) -> Effects {
    let prompt = Prompt::new(title, says, then).with(text).knowing(known);
    over(model, Layer::Prompt(prompt.or_nothing()))
}

/// A text that may be left empty, as nothing.
pub(super) fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

/// Says why nothing is done.
pub(super) fn refuse(model: &mut Model, words: &str) -> Effects {
    model.say(words);
    Effects::new()
}
