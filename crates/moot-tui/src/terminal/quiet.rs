//! A terminal that is told nothing twice: a frame like the one before writes not a byte.
//!
//! Owns where the terminal's cursor was last put. Time passes and answers come without anything on the screen changing; then
//! nothing goes over the wire, however slow it is.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};

/// Hands on to a terminal what is new to it.
#[derive(Debug)]
pub(super) struct Quiet<B> {
    terminal: B,
    /// Where the cursor is, where that is known.
    cursor: Option<Position>,
    is_cursor_shown: Option<bool>,
    /// Something was written since it was last flushed.
    is_written: bool,
    /// How many frames wrote anything.
    frames: u64,
}

impl<B> Quiet<B> {
    pub(super) fn new(terminal: B) -> Self {
        Self {
            terminal,
            cursor: None,
            is_cursor_shown: None,
            is_written: false,
            frames: 0,
        }
    }

    /// How many frames wrote anything.
    #[cfg(test)]
    fn frames(&self) -> u64 {
        self.frames
    }

    fn wrote(&mut self) -> &mut B {
        self.is_written = true;
        &mut self.terminal
    }
}

impl<B: Backend> Backend for Quiet<B> {
    type Error = B::Error;

    fn draw<'a, I>(&mut self, content: I) -> Result<(), Self::Error>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut content = content.peekable();
        if content.peek().is_none() {
            return Ok(());
        }
        self.cursor = None;
        self.wrote().draw(content)
    }

    fn append_lines(&mut self, lines: u16) -> Result<(), Self::Error> {
        self.cursor = None;
        self.wrote().append_lines(lines)
    }

    fn hide_cursor(&mut self) -> Result<(), Self::Error> {
        if self.is_cursor_shown.replace(false) == Some(false) {
            return Ok(());
        }
        self.wrote().hide_cursor()
    }

    fn show_cursor(&mut self) -> Result<(), Self::Error> {
        if self.is_cursor_shown.replace(true) == Some(true) {
            return Ok(());
        }
        self.wrote().show_cursor()
    }

    fn get_cursor_position(&mut self) -> Result<Position, Self::Error> {
        self.terminal.get_cursor_position()
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, position: P) -> Result<(), Self::Error> {
        let position = position.into();
        if self.cursor.replace(position) == Some(position) {
            return Ok(());
        }
        self.wrote().set_cursor_position(position)
    }

    fn clear(&mut self) -> Result<(), Self::Error> {
        self.cursor = None;
        self.wrote().clear()
    }

    fn clear_region(&mut self, clear_type: ClearType) -> Result<(), Self::Error> {
        self.cursor = None;
        self.wrote().clear_region(clear_type)
    }

    fn size(&self) -> Result<Size, Self::Error> {
        self.terminal.size()
    }

    fn window_size(&mut self) -> Result<WindowSize, Self::Error> {
        self.terminal.window_size()
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        if !std::mem::take(&mut self.is_written) {
            return Ok(());
        }
        self.frames += 1;
        self.terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::{self, Write};
    use std::rc::Rc;

    use jiff::Timestamp;
    use jiff::tz::TimeZone;
    use moot_engine::command::NoteKind;
    use moot_engine::reply::{NoteOpened, NoteRow, NotebookRow};
    use moot_engine::{Command, Reply};
    use ratatui::backend::CrosstermBackend;
    use ratatui::crossterm::event::{KeyCode, KeyEvent};
    use ratatui::layout::Rect;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::Quiet;
    use crate::message::{Effect, Msg, Now};
    use crate::model::{Model, Setup};
    use crate::theme::Colours;
    use crate::update::{update, wake_at};
    use crate::view::view;

    /// What a terminal was sent.
    #[derive(Clone, Default)]
    struct Wire(Rc<RefCell<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The program's loop on a clock of its own, with an engine that has one note.
    struct Play {
        model: Model,
        terminal: Terminal<Quiet<CrosstermBackend<Wire>>>,
        wire: Wire,
        now: Now,
        turns: usize,
    }

    impl Play {
        fn begin() -> Self {
            let size = (80, 24);
            let wire = Wire::default();
            let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
            let terminal = Terminal::with_options(
                Quiet::new(CrosstermBackend::new(wire.clone())),
                TerminalOptions { viewport },
            );
            let setup = Setup {
                notebook: None,
                is_first_run: false,
                home: "/home/ana/moot".to_owned(),
                person: String::new(),
                colours: Colours::Sixteen,
                mouse: true,
                zone: TimeZone::UTC,
                editor: 7,
                size,
            };
            Self {
                model: Model::new(setup),
                terminal: terminal.expect("a terminal"),
                wire,
                now: Now::default(),
                turns: 0,
            }
        }

        /// A message, what comes of it, and a frame, as the loop does it.
        fn give(&mut self, msg: Msg) {
            let mut due = vec![msg];
            while let Some(msg) = due.pop() {
                for effect in update(&mut self.model, self.now, msg) {
                    if let Effect::Ask { ticket, request } = effect
                        && let Some(reply) = answer(&request.command)
                    {
                        due.push(Msg::Answer {
                            ticket,
                            answer: Ok(reply),
                        });
                    }
                }
            }
            let model = &mut self.model;
            self.terminal
                .draw(|frame| view(model, frame))
                .expect("a frame");
        }

        /// Lets time pass in which nobody does anything.
        fn idle(&mut self, for_ms: u64) {
            let until = self.now.steady_ms + for_ms;
            while let Some(at) = wake_at(&self.model).filter(|at| *at <= until) {
                self.now.steady_ms = at.max(self.now.steady_ms);
                self.turns += 1;
                self.give(Msg::Tick);
            }
            self.now.steady_ms = until;
        }
    }

    fn answer(command: &Command) -> Option<Reply> {
        Some(match command {
            Command::Notebooks => Reply::Notebooks(vec![NotebookRow {
                id: "nb".to_owned(),
                name: "Allotment".to_owned(),
                people: 1,
                unread: 0,
                state: "joined".to_owned(),
            }]),
            Command::NoteList { .. } => Reply::Notes(vec![NoteRow {
                id: "n1".to_owned(),
                title: "Water rota".to_owned(),
                kind: NoteKind::Note,
                updated: Timestamp::UNIX_EPOCH,
                authors: vec!["Ana".to_owned()],
                unread: false,
                titles: Vec::new(),
                deleted: false,
            }]),
            Command::NoteOpen { .. } => Reply::NoteOpened(NoteOpened {
                id: "n1".to_owned(),
                title: "Water rota".to_owned(),
                text: "Monday Ana\nTuesday Ben\n".to_owned(),
                revision: 0,
                unread: Vec::new(),
                deleted: false,
            }),
            Command::Here { .. } => Reply::Done,
            _ => return None,
        })
    }

    #[test]
    fn idle_draws_nothing() {
        let mut play = Play::begin();
        play.give(Msg::Missed);
        play.idle(2_000);
        for is_text_open in [false, true] {
            if is_text_open {
                play.give(Msg::Key(KeyEvent::from(KeyCode::Enter)));
                play.idle(2_000);
            }
            let frames = play.terminal.backend().frames();
            let bytes = play.wire.0.borrow().len();
            play.idle(50_000);
            let written = play.terminal.backend().frames() - frames;
            assert_eq!(written, 0, "in the text: {is_text_open}");
            assert_eq!(play.wire.0.borrow().len(), bytes);
        }
        assert!(play.turns < 60, "woken {} times in two minutes", play.turns);
        let frames = play.terminal.backend().frames();
        play.give(Msg::Key(KeyEvent::from(KeyCode::Char('x'))));
        assert_eq!(play.terminal.backend().frames(), frames + 1, "a key is");
    }
}
