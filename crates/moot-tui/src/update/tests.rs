//! Claims about the core: messages in, model and effects out.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use moot_engine::command::NoteKind;
use moot_engine::reply::{NoteOpened, NoteRow, NotebookRow};
use moot_engine::text::Splice;
use moot_engine::{Command, Event, Reply};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::*;
use crate::message::Effect;
use crate::model::Setup;
use crate::theme::Colours;

fn setup() -> Setup {
    Setup {
        notebook: None,
        is_first_run: false,
        home: "/home/ana/moot".to_owned(),
        person: String::new(),
        colours: Colours::None,
        mouse: true,
        zone: TimeZone::UTC,
        editor: 7,
        size: (80, 24),
    }
}

/// A model and what came of its messages.
struct Play {
    model: Model,
    asked: Vec<(u64, Command)>,
    effects: Effects,
    now: Now,
}

impl Play {
    fn new() -> Self {
        let mut play = Self {
            model: Model::new(setup()),
            asked: Vec::new(),
            effects: Effects::new(),
            now: Now::default(),
        };
        play.give(Msg::Missed);
        play.answer(
            |command| matches!(command, Command::Notebooks),
            Reply::Notebooks(vec![NotebookRow {
                id: "nb".to_owned(),
                name: "Allotment".to_owned(),
                people: 1,
                unread: 0,
                state: "joined".to_owned(),
            }]),
        );
        play
    }

    fn give(&mut self, msg: Msg) {
        self.now.steady_ms += 1;
        for effect in update(&mut self.model, self.now, msg) {
            match effect {
                Effect::Ask { ticket, request } => self.asked.push((ticket, request.command)),
                other => self.effects.push(other),
            }
        }
    }

    fn key(&mut self, code: KeyCode) {
        self.give(Msg::Key(KeyEvent::from(code)));
    }

    fn ctrl(&mut self, letter: char) {
        let key = KeyEvent::new(KeyCode::Char(letter), KeyModifiers::CONTROL);
        self.give(Msg::Key(key));
    }

    /// Answers the first command that was asked and is such a one.
    fn answer(&mut self, is_such: impl Fn(&Command) -> bool, reply: Reply) {
        let at = self.asked.iter().position(|(_, command)| is_such(command));
        let (ticket, _) = self.asked.remove(at.expect("it was asked"));
        self.give(Msg::Answer {
            ticket,
            answer: Ok(reply),
        });
    }

    /// What was sent of what was typed, batch by batch.
    fn typed(&self) -> Vec<String> {
        let batches = self.asked.iter().filter_map(|(_, command)| match command {
            Command::NoteType { splices, .. } => {
                Some(splices.iter().map(|splice| splice.insert.clone()).collect())
            }
            _ => None,
        });
        batches.collect()
    }

    /// The engine confirms what this editor sent.
    fn take(&mut self, revision: u64, insert: &str, at: usize) {
        self.patch(revision, Some(7), insert, at);
    }

    fn patch(&mut self, revision: u64, editor: Option<u64>, insert: &str, at: usize) {
        let splice = Splice {
            at,
            delete: 0,
            insert: insert.to_owned(),
        };
        self.give(Msg::Happened(Event::NotePatched {
            notebook: String::new(),
            id: "Rota".to_owned(),
            revision,
            splices: vec![splice],
            editor,
        }));
    }

    fn notes(&mut self, titles: &[&str]) {
        let rows = titles.iter().map(|title| row(title)).collect();
        if !self.asked.iter().any(|(_, asked)| is_list(asked)) {
            self.model.read_in(Reading::Notes, 0);
            self.give(Msg::Tick);
        }
        self.answer(is_list, Reply::Notes(rows));
    }

    fn selected(&self) -> Option<&str> {
        self.model.screens.notes.selection.id()
    }
}

fn is_list(command: &Command) -> bool {
    matches!(command, Command::NoteList { .. })
}

fn is_open(command: &Command) -> bool {
    matches!(command, Command::NoteOpen { .. })
}

fn row(title: &str) -> NoteRow {
    NoteRow {
        id: title.to_owned(),
        title: title.to_owned(),
        kind: NoteKind::Note,
        updated: Timestamp::UNIX_EPOCH,
        authors: vec!["Ana".to_owned()],
        unread: false,
        titles: Vec::new(),
        deleted: false,
    }
}

fn opened(title: &str, text: &str) -> Reply {
    Reply::NoteOpened(NoteOpened {
        id: title.to_owned(),
        title: title.to_owned(),
        text: text.to_owned(),
        revision: 0,
        unread: Vec::new(),
        deleted: false,
    })
}

#[test]
fn what_is_typed_while_a_note_opens_is_meant_for_its_text() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Enter);
    for letter in "drwho".chars() {
        play.key(KeyCode::Char(letter));
    }
    play.give(Msg::Paste(" pasted".to_owned()));
    assert!(play.model.layers.is_empty());
    play.answer(is_open, opened("Rota", ""));
    let text = play.model.screens.notes.open.as_ref();
    assert_eq!(text.map(|open| open.editor.text()), Some("drwho pasted"));
    let deletes = |command: &Command| matches!(command, Command::NoteDelete { .. });
    assert!(!play.asked.iter().any(|(_, command)| deletes(command)));
}

#[test]
fn rows_that_come_gather_above_and_the_selection_stays() {
    let mut play = Play::new();
    play.notes(&["Rota", "Seeds"]);
    play.key(KeyCode::Char('j'));
    assert_eq!(play.selected(), Some("Seeds"));
    play.notes(&["New", "Newer", "Rota", "Seeds"]);
    assert_eq!(play.selected(), Some("Seeds"));
    assert_eq!(play.model.screens.notes.waiting_above(), 2);
    play.key(KeyCode::Char('k'));
    play.key(KeyCode::Char('k'));
    assert_eq!(play.selected(), Some("New"));
    assert_eq!(play.model.screens.notes.waiting_above(), 0);
}

#[test]
fn what_others_do_moves_neither_focus_nor_layers() {
    let mut play = Play::new();
    play.notes(&["Rota", "Seeds"]);
    play.key(KeyCode::Char('n'));
    let layers = play.model.layers.len();
    play.give(Msg::Happened(Event::NoteChanged {
        notebook: "nb".to_owned(),
        id: "Seeds".to_owned(),
        title: "Seeds order".to_owned(),
        version: String::new(),
    }));
    play.give(Msg::Happened(Event::Notice {
        notebook: "nb".to_owned(),
        text: "Ben joined".to_owned(),
    }));
    assert_eq!(play.model.layers.len(), layers);
    assert_eq!(play.selected(), Some("Rota"));
    let rows = &play.model.screens.notes.rows;
    assert!(rows[1].unread && rows[1].title == "Seeds order");
}

#[test]
fn ctrl_c_leaves_the_second_time_and_says_so_the_first() {
    let mut play = Play::new();
    play.ctrl('c');
    assert!(play.effects.is_empty() && play.model.toast.is_some());
    play.ctrl('c');
    assert_eq!(play.effects, [Effect::Quit]);
    let mut later = Play::new();
    later.ctrl('c');
    later.now.steady_ms += 60_000;
    later.ctrl('c');
    assert!(later.effects.is_empty());
}

#[test]
fn leaving_sends_what_was_typed_before_the_end() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Enter);
    play.answer(is_open, opened("Rota", ""));
    play.key(KeyCode::Char('x'));
    play.asked.clear();
    play.ctrl('c');
    play.ctrl('c');
    assert_eq!(play.typed(), ["x"]);
    assert!(play.effects.is_empty(), "not before it is taken");
    play.take(1, "x", 0);
    let last = play.asked.last().map(|(_, command)| command.clone());
    assert!(matches!(last, Some(Command::NoteClose { .. })), "{last:?}");
    assert_eq!(play.effects, [Effect::Quit]);
}

#[test]
fn what_waits_behind_a_batch_goes_out_before_the_end_whoever_ends_it() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Enter);
    play.answer(is_open, opened("Rota", "abc"));
    play.key(KeyCode::Char('x'));
    play.now.steady_ms += 1_000;
    play.give(Msg::Tick);
    play.key(KeyCode::Char('y'));
    play.give(Msg::End);
    assert_eq!(play.typed(), ["x"], "one batch is under way at a time");
    assert!(play.effects.is_empty());
    // Somebody else writes before what was sent: their words stay.
    play.patch(1, None, " by Ben", 3);
    play.take(2, "x", 0);
    assert_eq!(play.typed(), ["x", "y"]);
    assert!(play.effects.is_empty());
    play.take(3, "y", 1);
    assert_eq!(play.effects, [Effect::Quit]);
    let whole = |(_, command): &(u64, Command)| matches!(command, Command::NoteSet { .. });
    assert!(!play.asked.iter().any(whole), "nothing is written over");
}

#[test]
fn an_engine_that_takes_nothing_does_not_hold_up_the_end_for_ever() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Enter);
    play.answer(is_open, opened("Rota", ""));
    play.key(KeyCode::Char('x'));
    play.give(Msg::End);
    assert!(play.effects.is_empty());
    play.now.steady_ms += 10_000;
    play.give(Msg::Tick);
    assert_eq!(play.effects, [Effect::Quit]);
}

#[test]
fn a_note_that_is_opened_again_at_once_has_what_was_typed() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Enter);
    play.answer(is_open, opened("Rota", ""));
    play.key(KeyCode::Char('x'));
    play.key(KeyCode::Esc);
    play.key(KeyCode::Enter);
    let open = play.model.screens.notes.open.as_ref();
    assert_eq!(
        open.map(|open| open.editor.text().to_owned()).as_deref(),
        Some("x")
    );
    play.take(1, "x", 0);
    let open = play.model.screens.notes.open.as_ref().unwrap();
    assert!(open.editor.is_saved());
}

#[test]
fn a_word_said_in_one_place_does_not_follow_to_another() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.model.say("This line: Ben.");
    play.key(KeyCode::Char('?'));
    assert!(play.model.toast.is_none());
}

#[test]
fn a_delete_can_be_undone_from_the_line_below() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.key(KeyCode::Char('d'));
    play.key(KeyCode::Char('U'));
    let last = play.asked.last().map(|(_, command)| command.clone());
    let restore = Command::NoteRestore {
        note: "Rota".to_owned(),
    };
    assert_eq!(last, Some(restore));
}

#[test]
fn what_is_said_is_read_whole_in_a_small_window() {
    use crate::pictured::{SIZES, picture};
    for size in SIZES {
        let mut play = Play::new();
        play.notes(&["Who waters when, and who has the key"]);
        play.key(KeyCode::Char('d'));
        let shown = picture(&mut play.model, size);
        let said: Vec<&str> = shown.split_whitespace().collect();
        let said = said.join(" ");
        assert!(said.contains("U brings it back."), "{size:?}\n{shown}");
    }
}

#[test]
fn nothing_is_due_where_nothing_changes_by_itself() {
    let mut play = Play::new();
    play.notes(&["Rota"]);
    play.now.steady_ms += 5_000;
    play.give(Msg::Tick);
    play.asked.clear();
    let due = wake_at(&play.model).map(|at| at - play.now.steady_ms);
    // Only saying now and then that one is here.
    assert!(due.is_some_and(|ms| ms > 4_000), "{due:?}");
}
