//! The real terminal: taking it, giving it back whatever happens, and the loop between keys, answers and frames.
//!
//! Owns raw mode and its like. Messages that wait are all taken in before one frame is drawn; at most thirty are drawn a
//! second, and none when nothing happened; one that looks like the one before writes nothing.

mod quiet;

use std::io::{self, IsTerminal, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{
    self, DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
    Event,
};
use ratatui::crossterm::execute;
use ratatui::crossterm::style::force_color_output;
use ratatui::crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};

use crate::host::{FromHost, Host, Outside};
use crate::message::{Effect, Effects, Msg, Now};
use crate::model::{Model, Setup};
use crate::update::{update, wake_at};
use crate::view::view;

use quiet::Quiet;

/// The shortest time from frame to frame.
const FRAME: Duration = Duration::from_millis(33);

/// How long a wait for keys lasts before it is looked whether the keys are somebody else's now.
const POLL: Duration = Duration::from_millis(50);

/// Why the terminal could not be used.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// There is none.
    #[error("this is no terminal")]
    NoTerminal,
    /// It did not do what it should.
    #[error("the terminal failed: {0}")]
    Terminal(#[from] io::Error),
}

/// What wakes the loop.
enum Wake {
    Event(Event),
    Host(Box<FromHost>),
}

/// Runs the terminal until the person leaves. The terminal is given back as it was, also on a panic.
///
/// # Errors
/// [`RunError`]; the terminal was given back then, too.
pub fn run(setup: Setup, host: &mut dyn Host) -> Result<(), RunError> {
    if !io::stdout().is_terminal() || !io::stdin().is_terminal() {
        return Err(RunError::NoTerminal);
    }
    // Where NO_COLOR is set the library would write every style as a reset; the theme without colours is ours.
    force_color_output(true);
    let usual = panic::take_hook();
    let usual = Arc::new(usual);
    let told = usual.clone();
    let own = std::thread::current().id();
    panic::set_hook(Box::new(move |panicked| {
        // What panics elsewhere is caught there or seen by its silence; its words would only spoil the picture.
        if std::thread::current().id() == own {
            let _ = give_back();
            told(panicked);
        }
    }));
    let ran = take(setup.mouse).map_err(RunError::from).and_then(|()| {
        let ran = play(setup, host);
        give_back()?;
        ran
    });
    drop(panic::take_hook());
    panic::set_hook(Box::new(move |panicked| usual(panicked)));
    ran
}

fn take(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

fn give_back() -> io::Result<()> {
    let mut out = io::stdout();
    let left = execute!(
        out,
        DisableMouseCapture,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        Show
    );
    disable_raw_mode()?;
    left.and_then(|()| out.flush())
}

/// Who reads the keys: this program, or one that it started.
#[derive(Default)]
struct Keys {
    lent: AtomicBool,
    is_read: Mutex<bool>,
    changed: Condvar,
    ended: AtomicBool,
}

impl Keys {
    /// Waits until nobody here reads the keys any more.
    fn lend(&self) {
        self.lent.store(true, Ordering::SeqCst);
        let mut is_read = self.is_read.lock().unwrap_or_else(PoisonError::into_inner);
        while *is_read {
            is_read = self
                .changed
                .wait(is_read)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn take_back(&self) {
        self.lent.store(false, Ordering::SeqCst);
        self.changed.notify_all();
    }

    fn set_read(&self, reads: bool) {
        *self.is_read.lock().unwrap_or_else(PoisonError::into_inner) = reads;
        self.changed.notify_all();
    }

    /// Hands on keys until the program ends.
    fn read(&self, to: &Sender<Wake>) {
        while !self.ended.load(Ordering::SeqCst) {
            if self.lent.load(Ordering::SeqCst) {
                self.set_read(false);
                let guard = self.is_read.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = self.changed.wait_timeout(guard, POLL);
                continue;
            }
            self.set_read(true);
            match event::poll(POLL).and_then(|ready| ready.then(event::read).transpose()) {
                Ok(Some(event)) => {
                    if to.send(Wake::Event(event)).is_err() {
                        return;
                    }
                }
                Ok(None) => {}
                Err(_) => {
                    // The terminal is gone: so are the keys, and what was typed is saved.
                    let _ = to.send(Wake::Host(Box::new(FromHost::End)));
                    return;
                }
            }
        }
        self.set_read(false);
    }
}

fn play(setup: Setup, host: &mut dyn Host) -> Result<(), RunError> {
    let (to, inbox) = mpsc::channel();
    let keys = Arc::new(Keys::default());
    let reader = keys.clone();
    let from_keys = to.clone();
    std::thread::Builder::new()
        .name("moot-keys".to_owned())
        .spawn(move || reader.read(&from_keys))?;
    let (to_host, from_host) = mpsc::channel();
    host.start(to_host);
    std::thread::Builder::new()
        .name("moot-answers".to_owned())
        .spawn(move || {
            for said in from_host {
                if to.send(Wake::Host(Box::new(said))).is_err() {
                    return;
                }
            }
        })?;
    let played = Stage {
        terminal: Terminal::new(Quiet::new(CrosstermBackend::new(io::stdout())))?,
        model: Model::new(setup),
        keys: keys.clone(),
        start: Instant::now(),
        drawn: None,
        is_stale: true,
        is_unknown: false,
        outside: None,
    }
    .play(host, &inbox);
    keys.ended.store(true, Ordering::SeqCst);
    played
}

struct Stage {
    terminal: Terminal<Quiet<CrosstermBackend<io::Stdout>>>,
    model: Model,
    keys: Arc<Keys>,
    start: Instant,
    drawn: Option<Instant>,
    is_stale: bool,
    /// What stands on the terminal is not known any more: everything is drawn anew.
    is_unknown: bool,
    /// What the person's editor gave back.
    outside: Option<Outside>,
}

impl Stage {
    fn play(mut self, host: &mut dyn Host, inbox: &Receiver<Wake>) -> Result<(), RunError> {
        // The first frame comes before the first answer.
        self.draw()?;
        loop {
            let first = self.wait(inbox)?;
            let mut ends = false;
            let now = self.now();
            for wake in first.into_iter().chain(inbox.try_iter()) {
                let Some(msg) = message(wake) else {
                    continue;
                };
                // A terminal that became small and large again has lost what stood there, and has the size it had.
                self.is_unknown |= matches!(msg, Msg::Resize(..));
                let effects = update(&mut self.model, now, msg);
                self.is_stale = true;
                ends = self.carry_out(effects, host)? || ends;
                if ends {
                    break;
                }
            }
            if let Some(outside) = self.outside.take().filter(|_| !ends) {
                let now = self.now();
                let effects = update(&mut self.model, now, Msg::Outside(outside));
                ends = self.carry_out(effects, host)?;
            }
            if !ends && wake_at(&self.model).is_some_and(|at| at <= self.now().steady_ms) {
                let now = self.now();
                let effects = update(&mut self.model, now, Msg::Tick);
                self.is_stale = true;
                ends = self.carry_out(effects, host)?;
            }
            if ends {
                return Ok(());
            }
            let is_due = self.drawn.is_none_or(|drawn| drawn.elapsed() >= FRAME);
            // On leaving nothing is drawn any more: the terminal may be gone.
            if self.is_stale && is_due && !self.model.is_ending() {
                self.draw()?;
            }
        }
    }

    /// The next message; none when it is time for something else.
    fn wait(&self, inbox: &Receiver<Wake>) -> Result<Option<Wake>, RunError> {
        let tick = wake_at(&self.model)
            .map(|at| Duration::from_millis(at.saturating_sub(self.now().steady_ms)));
        let draws = self.is_stale && !self.model.is_ending();
        let frame = draws.then(|| {
            let since = self.drawn.map_or(FRAME, |drawn| drawn.elapsed());
            FRAME.saturating_sub(since)
        });
        let waited = match [tick, frame].into_iter().flatten().min() {
            Some(most) => inbox.recv_timeout(most),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match waited {
            Ok(wake) => Ok(Some(wake)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => {
                Err(io::Error::other("nobody reads the keys any more").into())
            }
        }
    }

    fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH);
        let ms = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Now {
            // Not from nought, so that what is due at once is due.
            steady_ms: 1 + ms(self.start.elapsed()),
            wall_ms: wall.map_or(0, |wall| {
                i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)
            }),
        }
    }

    fn draw(&mut self) -> Result<(), RunError> {
        if std::mem::take(&mut self.is_unknown) {
            // Not `clear`, which asks the terminal where its cursor is: nobody waits here for the answer.
            execute!(io::stdout(), Clear(ClearType::All))?;
            self.terminal = Terminal::new(Quiet::new(CrosstermBackend::new(io::stdout())))?;
        }
        let model = &mut self.model;
        self.terminal.draw(|frame| view(model, frame))?;
        self.drawn = Some(Instant::now());
        self.is_stale = false;
        Ok(())
    }

    /// Does what is to be done; whether the program is to end.
    fn carry_out(&mut self, effects: Effects, host: &mut dyn Host) -> Result<bool, RunError> {
        for effect in effects {
            let msg = match effect {
                Effect::Ask { ticket, request } => {
                    host.ask(ticket, request);
                    continue;
                }
                Effect::Copy(text) => Msg::Copied(host.copy(&text)),
                Effect::EditOutside { text, title } => {
                    let outside = self.lend_terminal(|| host.edit_outside(&text, &title))?;
                    // What others wrote meanwhile waits already, and is taken in before it.
                    self.outside = Some(outside);
                    continue;
                }
                Effect::Mouse(true) => {
                    execute!(io::stdout(), EnableMouseCapture)?;
                    continue;
                }
                Effect::Mouse(false) => {
                    execute!(io::stdout(), DisableMouseCapture)?;
                    continue;
                }
                Effect::Sample(open) => {
                    let done = if open {
                        host.open_sample()
                    } else {
                        host.close_sample()
                    };
                    Msg::Sample { open, done }
                }
                Effect::Suspend => {
                    self.lend_terminal(|| host.suspend())?;
                    Msg::Tick
                }
                Effect::Quit => return Ok(true),
            };
            let now = self.now();
            let more = update(&mut self.model, now, msg);
            if self.carry_out(more, host)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Gives the terminal to somebody else for a while, keys and all.
    fn lend_terminal<T>(&mut self, meanwhile: impl FnOnce() -> T) -> Result<T, RunError> {
        self.keys.lend();
        give_back()?;
        let done = meanwhile();
        take(self.model.mouse)?;
        self.keys.take_back();
        self.is_unknown = true;
        self.is_stale = true;
        Ok(done)
    }
}

fn message(wake: Wake) -> Option<Msg> {
    Some(match wake {
        Wake::Event(Event::Key(key)) => Msg::Key(key),
        Wake::Event(Event::Mouse(mouse)) => Msg::Mouse(mouse),
        Wake::Event(Event::Paste(text)) => Msg::Paste(text),
        Wake::Event(Event::Resize(columns, rows)) => Msg::Resize(columns, rows),
        Wake::Event(Event::FocusGained | Event::FocusLost) => return None,
        Wake::Host(said) => match *said {
            FromHost::Answer { ticket, answer } => Msg::Answer { ticket, answer },
            FromHost::Happened(event) => Msg::Happened(event),
            FromHost::Missed => Msg::Missed,
            FromHost::End => Msg::End,
        },
    })
}
