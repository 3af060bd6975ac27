//! A key until its frame is drawn: what the screen's thread does between the two, in a long note that somebody else types in.
//!
//! The engine runs in this thread, too, and is not counted: in the program it has a thread of its own. Frames are written as the
//! terminal would get them, to nowhere.

use std::time::Instant;

use moot_engine::command::{NoteKind, Splice};
use moot_engine::{Command, Event, Reply};
use moot_tui::{Colours, Effect, Model, Msg, Now, Setup, update, view};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::ours::{Home, Machine, Saving};
use crate::series::Series;
use crate::workload::Size;
use crate::{Options, Outcome};

/// Bytes of the long note.
const LONG: usize = 200_000;

/// Keys and others' letters: ten of each a second.
const EVERY_MS: u64 = 100;

type Screen = Terminal<CrosstermBackend<std::io::Sink>>;

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let keys = options.number("keys", 2_000)?;
    let notes = options.number("notes", 10_000)?;
    let times = typing(keys)?;
    println!(
        "\n**A key until the frame, {} KB note, somebody else types ten letters a second, {keys} keys**: p50 {:.2} ms, p99 {:.2} \
         ms, longest {:.2} ms",
        LONG / 1_000,
        times.percentile(50),
        times.percentile(99),
        times.percentile(100),
    );
    first_frames(notes)
}

/// A screen on an engine.
struct Desk {
    machine: Machine,
    model: Model,
    screen: Screen,
    now: Now,
    events: Vec<Event>,
}

impl Desk {
    fn open(home: &Home) -> Outcome<Self> {
        let (machine, _) = Machine::open(home.path(), Saving::Relaxed)?;
        let size = (120, 40);
        let setup = Setup {
            notebook: None,
            is_first_run: false,
            home: String::new(),
            colours: Colours::Sixteen,
            mouse: true,
            zone: jiff::tz::TimeZone::UTC,
            editor: 1,
            size,
        };
        let viewport = Viewport::Fixed(Rect::new(0, 0, size.0, size.1));
        let screen = Terminal::with_options(
            CrosstermBackend::new(std::io::sink()),
            TerminalOptions { viewport },
        )?;
        Ok(Self {
            machine,
            model: Model::new(setup),
            screen,
            now: Now {
                steady_ms: 1,
                wall_ms: 1_790_000_000_000,
            },
            events: Vec::new(),
        })
    }

    fn draw(&mut self) -> Outcome<()> {
        let model = &mut self.model;
        self.screen.draw(|frame| view(model, frame))?;
        Ok(())
    }

    /// Gives a message and has everything carried out that comes of it, until nothing more does.
    fn give(&mut self, msg: Msg) -> Outcome<()> {
        let effects = update(&mut self.model, self.now, msg);
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> Outcome<()> {
        for effect in effects {
            if let Effect::Ask { ticket, request } = effect {
                let (answer, effects) = self.machine.ask_and(request.command)?;
                self.events.extend(effects.events);
                self.give(Msg::Answer { ticket, answer })?;
            }
        }
        Ok(())
    }

    fn hear(&mut self) -> Outcome<()> {
        for event in std::mem::take(&mut self.events) {
            self.give(Msg::Happened(event))?;
        }
        Ok(())
    }
}

/// Times from key to frame.
fn typing(keys: usize) -> Outcome<Series> {
    let home = Home::founded(Size { notes: 1, edits: 1 })?;
    let mut desk = Desk::open(&home)?;
    let line = "A line as people write them, with *stress* and [[links]], and a word more.\n";
    let made = desk.machine.ask(Command::NoteNew {
        title: "Long".to_owned(),
        body: line.repeat(LONG / line.len()),
        kind: NoteKind::Note,
    })?;
    let Reply::NoteMade(made) = made else {
        return Err("no note was made".into());
    };
    desk.give(Msg::Missed)?;
    desk.draw()?;
    desk.give(Msg::Key(KeyEvent::from(KeyCode::Enter)))?;
    for _ in 0..30 {
        desk.give(Msg::Key(KeyEvent::from(KeyCode::PageDown)))?;
        desk.draw()?;
    }
    let mut times = Series::default();
    for key in 0..keys {
        desk.now.steady_ms += EVERY_MS;
        let theirs = Command::NoteType {
            note: made.id.clone(),
            splices: vec![Splice {
                at: (key * 7_919) % (LONG / 2),
                delete: 0,
                insert: "x".to_owned(),
            }],
            seen: None,
        };
        let (_, effects) = desk.machine.ask_and(theirs)?;
        desk.events.extend(effects.events);
        let heard = std::mem::take(&mut desk.events);
        let code = match key % 11 {
            10 => KeyCode::Enter,
            _ => KeyCode::Char('k'),
        };
        // What came and the key, taken in before one frame, as the program's loop does.
        let begun = Instant::now();
        let mut effects = Vec::new();
        for event in heard {
            effects.extend(update(&mut desk.model, desk.now, Msg::Happened(event)));
        }
        let pressed = Msg::Key(KeyEvent::from(code));
        effects.extend(update(&mut desk.model, desk.now, pressed));
        desk.draw()?;
        times.push_time(begun.elapsed());
        desk.carry_out(effects)?;
        desk.give(Msg::Tick)?;
        desk.hear()?;
    }
    let shown = desk.machine.ask(Command::NotePeek { note: made.id })?;
    match shown {
        Reply::Note(note) if note.body.len() > LONG => Ok(times),
        _ => Err("what was typed did not arrive".into()),
    }
}

/// The first frame, and the one with all notes in the list.
fn first_frames(notes: usize) -> Outcome<()> {
    let home = Home::founded(Size { notes, edits: 1 })?;
    let begun = Instant::now();
    let mut desk = Desk::open(&home)?;
    let opened = begun.elapsed();
    let begun = Instant::now();
    desk.draw()?;
    let first = begun.elapsed();
    desk.give(Msg::Missed)?;
    desk.draw()?;
    let full = begun.elapsed();
    println!(
        "\n**{notes} notes**: first frame after {:.1} ms, with the list after {:.0} ms; the engine opens in {:.0} ms",
        first.as_secs_f64() * 1_000.0,
        full.as_secs_f64() * 1_000.0,
        opened.as_secs_f64() * 1_000.0,
    );
    Ok(())
}
