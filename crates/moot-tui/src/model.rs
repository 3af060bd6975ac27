//! Everything that the terminal knows: what is shown, what was asked, and the time.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use moot_engine::reply::meeting::InboxRow;
use moot_engine::reply::{NotebookRow, PersonRow, Status};
use moot_engine::{Command, CommandError, Reply, Request};

use crate::layer::Layer;
use crate::message::{Effect, Effects, Now};
use crate::screen::{Screen, Screens};
use crate::theme::{Colours, Theme};
use crate::words::one_line;

/// What the terminal is started with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The notebook to show: an id or a name; the only one where none is given.
    pub notebook: Option<String>,
    /// Whether the home has no notebook yet.
    pub is_first_run: bool,
    /// What the system calls the person; offered as their name, where they have none yet.
    pub person: String,
    /// Where the home lies, for people.
    pub home: String,
    /// Whether colours are used.
    pub colours: Colours,
    /// Whether the mouse is used.
    pub mouse: bool,
    /// The zone that times are shown in.
    pub zone: TimeZone,
    /// A number that no other terminal on this home has.
    pub editor: u64,
    /// Columns and rows.
    pub size: (u16, u16),
}

/// What is to be done with an answer. The texts are what was known when the command was given.
pub(crate) type Then = fn(&mut Model, &[String], Result<Reply, CommandError>) -> Effects;

/// A command under way.
#[derive(Debug)]
struct Asked {
    then: Then,
    known: Vec<String>,
}

/// A word to the person that goes away by itself.
#[derive(Debug, Clone)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) is_wrong: bool,
    /// What undoes it, and what that is called.
    pub(crate) undo: Option<(Command, String)>,
    pub(crate) until_ms: u64,
}

/// Everything that the terminal knows.
pub struct Model {
    pub(crate) setup: Setup,
    pub(crate) theme: Theme,
    pub(crate) now: Now,
    pub(crate) size: (u16, u16),
    pub(crate) screen: Screen,
    pub(crate) screens: Screens,
    pub(crate) layers: Vec<Layer>,
    /// Steps that were gone on from, each with the place among the layers at which the next one stands.
    pub(crate) behind: Vec<(usize, Layer)>,
    /// The notebook's id, once it is known.
    pub(crate) notebook: Option<String>,
    pub(crate) notebooks: Vec<NotebookRow>,
    pub(crate) status: Option<Status>,
    /// When the status was read, on the wall clock.
    pub(crate) status_at_ms: i64,
    pub(crate) people: Vec<PersonRow>,
    pub(crate) inbox: Vec<InboxRow>,
    pub(crate) apart: Option<String>,
    pub(crate) presence: Presence,
    pub(crate) toast: Option<Toast>,
    pub(crate) mouse: bool,
    /// The person leaves, and when at the latest.
    pub(crate) ends_by_ms: Option<u64>,
    /// Ctrl+C was pressed once, and until when a second one counts.
    pub(crate) leaving_until_ms: u64,
    /// What is to be read again, and when.
    pub(crate) due: BTreeMap<Reading, u64>,
    asked: BTreeMap<u64, Asked>,
    tickets: u64,
}

/// What is read from the engine and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reading {
    /// How the notebook stands.
    Status,
    /// The notes.
    Notes,
    /// The meetings.
    Meetings,
    /// The meeting that is shown.
    Meeting,
    /// The inbox.
    Inbox,
    /// Who belongs to the notebook.
    People,
    /// Who was invited, and who waits at the door.
    Invites,
    /// The note that is selected.
    Preview,
    /// Saying where oneself is.
    Here,
}

/// Where others are.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    /// By device.
    pub(crate) seen: BTreeMap<String, Seen>,
}

/// Where somebody was last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) person: String,
    pub(crate) name: String,
    pub(crate) note: Option<String>,
    pub(crate) caret: Option<u64>,
    pub(crate) at_ms: u64,
    pub(crate) moved_ms: u64,
}

/// How long somebody counts as here who says nothing more, in milliseconds.
pub(crate) const HERE_MS: u64 = 30_000;

/// How long a word stands, in milliseconds.
const TOAST_MS: u64 = 6_000;

impl Model {
    /// The terminal before anything was read.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            theme: Theme::of(setup.colours),
            now: Now::default(),
            size: setup.size,
            screen: Screen::Notes,
            screens: Screens::default(),
            layers: Vec::new(),
            behind: Vec::new(),
            notebook: None,
            notebooks: Vec::new(),
            status: None,
            status_at_ms: 0,
            people: Vec::new(),
            inbox: Vec::new(),
            apart: None,
            presence: Presence::default(),
            toast: None,
            mouse: setup.mouse,
            ends_by_ms: None,
            leaving_until_ms: 0,
            due: BTreeMap::new(),
            asked: BTreeMap::new(),
            tickets: 0,
            setup,
        }
    }

    // Asking.

    /// Has a command carried out.
    pub(crate) fn ask(&mut self, command: Command, known: &[&str], then: Then) -> Effect {
        self.tickets += 1;
        let asked = Asked {
            then,
            known: known.iter().map(|text| (*text).to_owned()).collect(),
        };
        self.asked.insert(self.tickets, asked);
        Effect::Ask {
            ticket: self.tickets,
            request: Request {
                notebook: self
                    .notebook
                    .clone()
                    .or_else(|| self.setup.notebook.clone()),
                command,
            },
        }
    }

    /// Takes an answer to where it was asked for.
    pub(crate) fn answered(&mut self, ticket: u64, answer: Result<Reply, CommandError>) -> Effects {
        match self.asked.remove(&ticket) {
            Some(asked) => (asked.then)(self, &asked.known, answer),
            None => Vec::new(),
        }
    }

    /// Whether anything was asked that has not been answered.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.asked.is_empty()
    }

    /// Forgets all that was asked and read, so that another notebook can be shown.
    pub(crate) fn forget(&mut self) {
        self.asked.clear();
        self.due.clear();
        self.layers.clear();
        self.notebook = None;
        self.status = None;
        self.people.clear();
        self.inbox.clear();
        self.apart = None;
        self.presence = Presence::default();
        let before = std::mem::take(&mut self.screens);
        self.screens.first = before.first;
    }

    /// Has something read again in a while; sooner, where it is due sooner already.
    pub(crate) fn read_in(&mut self, what: Reading, ms: u64) {
        let due = self.now.steady_ms + ms;
        let known = self.due.entry(what).or_insert(due);
        *known = due.min(*known);
    }

    // Saying.

    /// Says something.
    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.toast = Some(Toast {
            text: text.into(),
            is_wrong: false,
            undo: None,
            until_ms: self.now.steady_ms + TOAST_MS,
        });
    }

    /// Says something that can be undone; which key does that is added where it is shown.
    pub(crate) fn say_with_undo(&mut self, text: impl Into<String>, undo: Command, done: &str) {
        self.say(text);
        if let Some(toast) = &mut self.toast {
            toast.undo = Some((undo, done.to_owned()));
            toast.until_ms += TOAST_MS;
        }
    }

    /// Says what went wrong.
    pub(crate) fn complain(&mut self, error: &CommandError) {
        // What hints say of the command line is of no use here.
        let hint = error.hint.split_inclusive(". ");
        let hint: String = hint.filter(|said| !said.contains("`moot ")).collect();
        let message = error.message.trim_end_matches('.');
        let mut letters = message.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let message: String = first.chain(letters).collect();
        self.say(format!("{message}. {hint}").trim_end());
        if let Some(toast) = &mut self.toast {
            toast.is_wrong = true;
            toast.until_ms += TOAST_MS;
        }
    }

    /// Whether the person leaves, and only what was typed has still to go out.
    pub(crate) fn is_ending(&self) -> bool {
        self.ends_by_ms.is_some()
    }

    // Who is who.

    /// What to say to whoever has asked to join and is not let in yet.
    pub(crate) fn joining(&self) -> Option<String> {
        let joining = self.status.as_ref()?.joining.as_ref()?;
        Some(one_line(joining))
    }

    /// The person's own row.
    pub(crate) fn me(&self) -> Option<&PersonRow> {
        self.people.iter().find(|person| person.you)
    }

    /// A person's letter and their place in the order of ids, by name or id.
    pub(crate) fn mark_of(&self, person: &str) -> (char, usize) {
        let mut ids: Vec<&PersonRow> = self.people.iter().collect();
        ids.sort_by(|a, b| a.id.cmp(&b.id));
        let found = ids
            .iter()
            .position(|row| row.id == person || row.name == person);
        let name = found.map_or(person, |index| ids[index].name.as_str());
        let letter = name
            .chars()
            .find(|c| c.is_alphanumeric())
            .unwrap_or('?')
            .to_uppercase()
            .next()
            .unwrap_or('?');
        (letter, found.unwrap_or(0))
    }

    /// Who else is here now: those who said so of late.
    pub(crate) fn here(&self) -> Vec<&Seen> {
        let mut seen: Vec<&Seen> = self
            .presence
            .seen
            .values()
            .filter(|seen| self.now.steady_ms < seen.at_ms + HERE_MS)
            .collect();
        seen.sort_by(|a, b| (&a.name, &a.person).cmp(&(&b.name, &b.person)));
        seen.dedup_by(|a, b| a.person == b.person);
        seen
    }

    /// What the notebook is called.
    pub(crate) fn notebook_name(&self) -> String {
        let of_status = self.status.as_ref().map(|status| &status.notebook.name);
        let of_list = || {
            let row = self
                .notebooks
                .iter()
                .find(|row| Some(&row.id) == self.notebook.as_ref());
            row.map(|row| &row.name)
        };
        of_status.or_else(of_list).cloned().unwrap_or_default()
    }
}
