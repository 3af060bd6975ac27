//! A key until its frame is drawn, in a long note that somebody else types in on another device; and what the engine does for it.
//!
//! All runs in one thread, so that each part is timed by itself: in the program the engine has a thread of its own. Frames are
//! written as the terminal would get them, to nowhere. The other person's letters come as frames of their engine do.

use std::time::{Duration, Instant};

use moot_engine::command::{NoteKind, Splice};
use moot_engine::{Command, CommandError, Event, Reply};
use moot_tui::{Colours, Effect, Model, Msg, Now, Setup, update, view};
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::event::{KeyCode, KeyEvent};
use ratatui::layout::Rect;
use ratatui::{Terminal, TerminalOptions, Viewport};

use crate::in_step::pair;
use crate::link::Link;
use crate::ours::{Home, Machine, Saving};
use crate::series::Series;
use crate::workload::Size;
use crate::{Options, Outcome};

/// Bytes of the long note.
const LONG: usize = 200_000;

/// Keys and others' letters: ten of each a second.
const EVERY_MS: u64 = 100;

/// Whose screen is looked at, and who else types.
const OWN: usize = 0;
const OTHER: usize = 1;

type Screen = Terminal<CrosstermBackend<std::io::Sink>>;

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let keys = options.number("keys", 2_000)?;
    let notes = options.number("notes", 10_000)?;
    let times = typing(keys)?;
    println!(
        "\n**A {} KB note, somebody else types ten letters a second on another device, {keys} keys**\n\n\
         | | p50 | p99 | longest |\n|---|---|---|---|",
        LONG / 1_000,
    );
    let rows = [
        ("a key until its frame", &times.frame),
        ("the engine: what was typed here", &times.own),
        ("the engine: a letter from another device", &times.theirs),
        (
            "the engine: what is due by then: entries, the search index",
            &times.due,
        ),
    ];
    for (what, series) in rows {
        println!(
            "| {what} | {:.2} ms | {:.2} ms | {:.2} ms |",
            series.percentile(50),
            series.percentile(99),
            series.percentile(100),
        );
    }
    if notes == 0 {
        return Ok(());
    }
    first_frames(notes)
}

/// What was timed.
#[derive(Default)]
struct Times {
    frame: Series,
    own: Series,
    theirs: Series,
    due: Series,
}

/// Who answers a screen.
trait Host {
    fn answer(&mut self, command: Command) -> Outcome<Result<Reply, CommandError>>;
    fn heard(&mut self) -> Vec<Event>;
}

impl Host for Link {
    fn answer(&mut self, command: Command) -> Outcome<Result<Reply, CommandError>> {
        self.try_ask(OWN, command)
    }

    fn heard(&mut self) -> Vec<Event> {
        self.take_events(OWN)
    }
}

impl Host for Machine {
    fn answer(&mut self, command: Command) -> Outcome<Result<Reply, CommandError>> {
        Ok(self.ask_and(command)?.0)
    }

    fn heard(&mut self) -> Vec<Event> {
        Vec::new()
    }
}

/// A screen on an engine.
struct Desk<H> {
    host: H,
    model: Model,
    screen: Screen,
    now: Now,
    /// How long the engine took for what was typed since this was last looked at.
    own: Series,
}

impl<H: Host> Desk<H> {
    fn open(host: H) -> Outcome<Self> {
        let size = (120, 40);
        let setup = Setup {
            notebook: None,
            is_first_run: false,
            person: String::new(),
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
            host,
            model: Model::new(setup),
            screen,
            now: Now {
                steady_ms: 1,
                wall_ms: 1_790_000_000_000,
            },
            own: Series::default(),
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
                let is_typed = matches!(request.command, Command::NoteType { .. });
                let begun = Instant::now();
                let answer = self.host.answer(request.command)?;
                if is_typed {
                    self.own.push_time(begun.elapsed());
                }
                self.give(Msg::Answer { ticket, answer })?;
            }
        }
        Ok(())
    }

    fn hear(&mut self) -> Outcome<()> {
        for event in self.host.heard() {
            self.give(Msg::Happened(event))?;
        }
        Ok(())
    }
}

/// Two screens on one long note.
fn typing(keys: usize) -> Outcome<Times> {
    let (ana, ben) = pair(Size { notes: 1, edits: 1 })?;
    let mut link = Link::between(ana.path(), ben.path())?;
    let note = long_note(&mut link)?;
    let mut desk = Desk::open(link)?;
    desk.give(Msg::Missed)?;
    desk.draw()?;
    desk.give(Msg::Key(KeyEvent::from(KeyCode::Enter)))?;
    for _ in 0..30 {
        desk.give(Msg::Key(KeyEvent::from(KeyCode::PageDown)))?;
        desk.draw()?;
    }
    desk.own = Series::default();
    let mut times = Times::default();
    for key in 0..keys {
        desk.now.steady_ms += EVERY_MS;
        let due = desk.host.pass(Duration::from_millis(EVERY_MS))?;
        times.due.push_time(due[OWN]);
        times
            .theirs
            .push_time(other_types(&mut desk.host, &note, key)?);
        let heard = desk.host.heard();
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
        times.frame.push_time(begun.elapsed());
        desk.carry_out(effects)?;
        desk.give(Msg::Tick)?;
        desk.hear()?;
    }
    let shown = [OWN, OTHER].map(|who| body(&mut desk.host, who, &note));
    let [own, other] = shown;
    let (own, other) = (own?, other?);
    if own != other || own.len() < LONG + 2 * keys - keys / 10 {
        return Err("what was typed did not arrive".into());
    }
    times.own = desk.own;
    Ok(times)
}

/// A note that both have, and that the other has open.
fn long_note(link: &mut Link) -> Outcome<String> {
    let line = "A line as people write them, with *stress* and [[links]], and a word more.\n";
    let made = link.ask(
        OWN,
        Command::NoteNew {
            title: "Long".to_owned(),
            body: line.repeat(LONG / line.len() + 1),
            kind: NoteKind::Note,
        },
    )?;
    let Reply::NoteMade(made) = made else {
        return Err("no note was made".into());
    };
    link.settle()?;
    let open = Command::NoteOpen {
        note: made.id.clone(),
        editor: 2,
    };
    link.ask(OTHER, open)?;
    Ok(made.id)
}

/// One letter of the other's, from their engine to this one; tells how long this one took for it. What was typed here has
/// reached them before, but not at every third: then the two are made at once.
fn other_types(link: &mut Link, note: &str, key: usize) -> Outcome<Duration> {
    if key % 3 > 0 {
        link.deliver(OTHER, usize::MAX)?;
    }
    let splice = Splice {
        at: (key * 7_919) % (LONG / 2),
        delete: 0,
        insert: "x".to_owned(),
    };
    link.ask(
        OTHER,
        Command::NoteType {
            note: note.to_owned(),
            splices: vec![splice],
            seen: None,
        },
    )?;
    link.take_events(OTHER);
    let begun = Instant::now();
    if !link.deliver(OWN, usize::MAX)? {
        return Err("a letter did not go live".into());
    }
    Ok(begun.elapsed())
}

fn body(link: &mut Link, who: usize, note: &str) -> Outcome<String> {
    link.settle()?;
    let note = note.to_owned();
    match link.ask(who, Command::NotePeek { note })? {
        Reply::Note(note) => Ok(note.body),
        _ => Err("the note is gone".into()),
    }
}

/// The first frame, and the one with all notes in the list.
fn first_frames(notes: usize) -> Outcome<()> {
    let home = Home::founded(Size { notes, edits: 1 })?;
    let begun = Instant::now();
    let (machine, _) = Machine::open(home.path(), Saving::Relaxed)?;
    let opened = begun.elapsed();
    let begun = Instant::now();
    let mut desk = Desk::open(machine)?;
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
