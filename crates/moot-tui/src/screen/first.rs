//! The first steps: who one is, a notebook of one's own or another's, where it lies. Shown while the home has no notebook.
//!
//! Owns what was typed in each step and the way between them. The picture is in `draw`, the sample's texts in `sample`.

mod draw;
mod sample;
#[cfg(test)]
mod tests;

use moot_engine::command::ErrorKind;
use moot_engine::{Command, CommandError, Reply};
use ratatui::crossterm::event::{KeyCode, KeyEvent};

use crate::layer::LineInput;
use crate::message::{Effect, Effects};
use crate::model::Model;
use crate::screen::settings::start_over;
use crate::table::Cmd;
use crate::words::ticket;

pub(crate) use draw::draw;

/// How long a member is waited for before that is said, in milliseconds. It is asked again after that.
const WAIT_MS: u64 = 5_000;

/// What stands before the six words where a member wants to compare them.
const COMPARE: &str = "compare six words";

/// Which step.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// What one is called.
    #[default]
    Name,
    /// A notebook of one's own, another's, or a look round.
    Way,
    /// What it is called, and what it is for.
    Start,
    /// The ticket.
    Join,
    /// A member is being looked for.
    Asking,
    /// Where it lies.
    Kept,
}

/// The ways on from the second step.
const WAYS: [(&str, &str); 3] = [
    (
        "Start a notebook",
        "It is on this device only, until you invite somebody.",
    ),
    (
        "Join with a ticket",
        "A member made one for you; you will read everything they can.",
    ),
    (
        "Look round in a sample",
        "An allotment group's notebook, to try things in. One key removes it.",
    ),
];

/// What the first steps know. Going back loses nothing of it.
#[derive(Default)]
pub(crate) struct First {
    step: Step,
    name: Option<LineInput>,
    way: usize,
    notebook: Option<LineInput>,
    purpose: LineInput,
    /// Which of the lines is typed in.
    line: usize,
    ticket: LineInput,
    /// How joining stands, in words.
    said: String,
    /// The six words to compare, once a member wants that.
    six: Option<String>,
    /// Whose ticket it is: what the notebook is called.
    asked_for: Option<String>,
    /// The notebook, once it is there.
    entered: Option<String>,
    has_joined: bool,
    /// Whether the sample is shown.
    in_sample: bool,
}

/// Whether the first steps are shown.
pub(crate) fn is_on(model: &Model) -> bool {
    model.setup.is_first_run && model.notebook.is_none() && !model.screens.first.in_sample
}

/// Whether a step is waited for that makes a notebook or shows it.
pub(crate) fn is_under_way(model: &Model) -> bool {
    let step = model.screens.first.step;
    is_on(model) && matches!(step, Step::Asking | Step::Kept)
}

/// Whether the notebook that is shown is the sample.
pub(crate) fn is_sample(model: &Model) -> bool {
    model.screens.first.in_sample
}

impl First {
    /// The line that is typed in.
    fn typed(&mut self, person: &str) -> Option<&mut LineInput> {
        match (self.step, self.line) {
            (Step::Name, _) => Some(
                self.name
                    .get_or_insert_with(|| LineInput::proposing(person)),
            ),
            (Step::Start, 0) => Some(
                self.notebook
                    .get_or_insert_with(|| LineInput::proposing(NOTEBOOK)),
            ),
            (Step::Start, _) => Some(&mut self.purpose),
            (Step::Join, _) => Some(&mut self.ticket),
            (Step::Way | Step::Asking | Step::Kept, _) => None,
        }
    }

    fn go(&mut self, step: Step) {
        self.step = step;
        self.line = 0;
    }
}

/// What a notebook is called where nobody says otherwise.
const NOTEBOOK: &str = "Our notebook";

/// A text as it was typed, or else what stands for nothing.
fn or(line: Option<&LineInput>, otherwise: &str) -> String {
    let text = line.map(|line| line.text().trim()).unwrap_or_default();
    let text = if text.is_empty() { otherwise } else { text };
    text.to_owned()
}

fn name(model: &Model) -> String {
    let first = &model.screens.first;
    match &first.name {
        Some(line) => line.text().trim().to_owned(),
        None => model.setup.person.clone(),
    }
}

// Keys.

pub(crate) fn key(model: &mut Model, key: &KeyEvent) -> Effects {
    let Model { screens, setup, .. } = model;
    let first = &mut screens.first;
    match (first.step, key.code) {
        (Step::Start, KeyCode::Up) => first.line = 0,
        (Step::Start, KeyCode::Down) => first.line = 1,
        _ => {
            if let Some(line) = first.typed(&setup.person) {
                line.key(key);
            }
        }
    }
    if first.step == Step::Way {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => first.way = first.way.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => first.way = (first.way + 1).min(WAYS.len() - 1),
            KeyCode::Char(c @ '1'..='3') => {
                first.way = usize::from(c as u8 - b'1');
                return next(model);
            }
            _ => {}
        }
    }
    Effects::new()
}

pub(crate) fn paste(model: &mut Model, text: &str) {
    let Model { screens, setup, .. } = model;
    if let Some(line) = screens.first.typed(&setup.person) {
        line.put(text);
    }
}

/// Does a command of the first steps, or of the sample; none where it is another's.
pub(crate) fn act(model: &mut Model, cmd: Cmd) -> Option<Effects> {
    if cmd == Cmd::SampleRemove {
        return Some(remove_sample(model));
    }
    if !is_on(model) {
        return None;
    }
    Some(match cmd {
        Cmd::FirstNext => next(model),
        Cmd::FirstBack | Cmd::Back => back(model),
        Cmd::FirstField => {
            let first = &mut model.screens.first;
            first.line = usize::from(first.step == Step::Start && first.line == 0);
            Effects::new()
        }
        Cmd::Help | Cmd::Palette | Cmd::Quit | Cmd::Suspend | Cmd::Mouse => return None,
        _ => {
            model.say(
                "First there must be a notebook: start one, join one, or look round in a sample.",
            );
            Effects::new()
        }
    })
}

fn next(model: &mut Model) -> Effects {
    let way = model.screens.first.way;
    match model.screens.first.step {
        Step::Name if name(model).is_empty() => {
            model.say("The others need something to call you by.");
        }
        Step::Name => model.screens.first.go(Step::Way),
        Step::Way if way == 0 => model.screens.first.go(Step::Start),
        Step::Way if way == 1 => model.screens.first.go(Step::Join),
        Step::Way => return vec![Effect::Sample(true)],
        Step::Start => return start(model),
        Step::Join => return join(model),
        Step::Asking => {
            model.say("A member is being looked for. Esc goes back and drops the request.")
        }
        Step::Kept => return finish(model),
    }
    Effects::new()
}

fn back(model: &mut Model) -> Effects {
    let first = &mut model.screens.first;
    match first.step {
        Step::Name => model.say("Nothing was made yet. Ctrl+C twice leaves."),
        Step::Way => first.go(Step::Name),
        Step::Start | Step::Join => first.go(Step::Way),
        Step::Asking => {
            first.go(Step::Join);
            let cancel = Command::JoinCancel {
                ticket: Some(ticket(first.ticket.text())),
            };
            // Whatever comes of it, nothing is waited for any more.
            return vec![model.ask(cancel, &[], |_, _, _| Effects::new())];
        }
        Step::Kept => model.say("The notebook is there already. Enter goes on into it."),
    }
    Effects::new()
}

// Starting.

fn start(model: &mut Model) -> Effects {
    let person = name(model);
    let first = &model.screens.first;
    let purpose = first.purpose.text().trim();
    let init = Command::Init {
        person,
        notebook: or(first.notebook.as_ref(), NOTEBOOK),
        purpose: (!purpose.is_empty()).then(|| purpose.to_owned()),
    };
    vec![model.ask(init, &[], |model, _, answer| {
        match answer {
            Ok(Reply::Entered(entered)) => {
                let first = &mut model.screens.first;
                first.entered = Some(entered.notebook.id);
                first.has_joined = false;
                first.go(Step::Kept);
            }
            Ok(_) => {}
            Err(error) => model.complain(&error),
        }
        Effects::new()
    })]
}

/// Into the notebook; where it is one's own, into its first note.
fn finish(model: &mut Model) -> Effects {
    let has_joined = model.screens.first.has_joined;
    let entered = model.screens.first.entered.take();
    model.setup.is_first_run = false;
    let mut effects = start_over(model, entered);
    if !has_joined {
        effects.extend(crate::update::act(model, Cmd::NoteNew));
    }
    effects
}

// Joining.

fn join(model: &mut Model) -> Effects {
    if model.screens.first.ticket.text().trim().is_empty() {
        model.say("Paste the ticket that a member gave you: it begins with moot1.");
        return Effects::new();
    }
    let first = &mut model.screens.first;
    first.said = "Looking for a member who opens the door …".to_owned();
    first.six = None;
    first.asked_for = None;
    first.go(Step::Asking);
    ask_to_join(model)
}

/// Reads what the ticket is for, once the request stands.
fn read_what_for(model: &mut Model) -> Effect {
    model.ask(Command::Notebooks, &[], |model, _, answer| {
        if let Ok(Reply::Notebooks(rows)) = answer {
            let joining = rows.into_iter().find(|row| row.state == "joining");
            model.screens.first.asked_for = joining.map(|row| row.name);
        }
        Effects::new()
    })
}

fn ask_to_join(model: &mut Model) -> Effects {
    let join = Command::Join {
        ticket: ticket(model.screens.first.ticket.text()),
        person: name(model),
        wait_ms: WAIT_MS,
    };
    let mut effects = vec![model.ask(join, &[], |model, _, answer| {
        if model.screens.first.step != Step::Asking {
            return Effects::new();
        }
        match answer {
            Ok(Reply::Entered(entered)) => {
                let first = &mut model.screens.first;
                first.entered = Some(entered.notebook.id);
                first.asked_for = Some(entered.notebook.name);
                first.has_joined = true;
                first.go(Step::Kept);
            }
            Ok(_) => {}
            Err(error) => return not_in_yet(model, &error),
        }
        Effects::new()
    })];
    if model.screens.first.asked_for.is_none() {
        effects.push(read_what_for(model));
    }
    effects
}

/// Nobody was there yet: it is asked again. Anything else sends one back to the ticket, with the reason.
fn not_in_yet(model: &mut Model, error: &CommandError) -> Effects {
    if error.kind != ErrorKind::Unreachable {
        model.screens.first.go(Step::Join);
        model.complain(error);
        return Effects::new();
    }
    let first = &mut model.screens.first;
    if let (true, Some((_, six))) = (
        error.message.contains(COMPARE),
        error.message.rsplit_once(": "),
    ) {
        first.six = Some(six.to_owned());
    }
    first.said = if first.six.is_some() {
        "A member wants to compare six words with you before the door opens.".to_owned()
    } else {
        format!("Still asking: {}.", error.message)
    };
    ask_to_join(model)
}

// The sample.

fn remove_sample(model: &mut Model) -> Effects {
    if !is_sample(model) {
        model.say("This is no sample: it is kept.");
        return Effects::new();
    }
    let mut effects = crate::screen::notes::leave_text(model);
    effects.push(Effect::Sample(false));
    effects
}

/// The sample's home is there, or is gone again.
pub(crate) fn sample_answered(model: &mut Model, open: bool, done: Result<(), String>) -> Effects {
    if let Err(why) = done {
        model.say(format!("That cannot be done: {why}."));
        return Effects::new();
    }
    if !open {
        model.screens.first.in_sample = false;
        let effects = start_over(model, None);
        model.say("The sample is gone. Nothing of it is kept.");
        return effects;
    }
    let person = name(model);
    model.forget();
    model.setup.notebook = None;
    model.screens.first.in_sample = true;
    fill_sample(model, &person, 0)
}

/// Asks for one thing of the sample after another; shows it when all is there.
fn fill_sample(model: &mut Model, person: &str, index: usize) -> Effects {
    let Some(command) = sample::commands(person).into_iter().nth(index) else {
        let effects = start_over(model, None);
        model.say("This is a sample: try anything. F9 removes it.");
        return effects;
    };
    let index = index.to_string();
    vec![
        model.ask(command, &[person, &index], |model, known, answer| {
            if let Err(error) = answer {
                model.complain(&error);
            }
            let [person, index] = known else {
                return Effects::new();
            };
            let next = index.parse::<usize>().map_or(usize::MAX, |index| index + 1);
            fill_sample(model, person, next)
        }),
    ]
}
