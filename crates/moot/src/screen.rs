//! The terminal's other half: what carries its commands to the engine, and the few things that it needs of the system.
//!
//! Owns three threads: one has commands carried out one by one, one that waits for answers that take long, one listens to
//! events. All of them talk to whoever owns the home, which may be this process: where nobody does, it begins a node.

mod clipboard;

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};
use tempfile::TempDir;

use moot_tui::{Colours, FromHost, Host, Outside, Setup};

use crate::cli::{Context, Ending, editor};
use crate::control::{AskError, Client};
use crate::failure::{Answer, failure};
use crate::home::{Absent, Config, HomePath, Lock, Taking};
use crate::session::{Need, Session};

/// Between two looks for whoever owns the home.
const PAUSE: Duration = Duration::from_millis(40);

/// How long whoever owns the home is waited for, where nobody does.
const OWNER_COMES: Duration = Duration::from_secs(10);

/// Shows the notebook in the terminal until the person leaves.
pub(crate) fn show(context: &Context, colours: Colours) -> Answer {
    let mut number = [0; 8];
    getrandom::fill(&mut number)
        .map_err(|error| failure(ErrorKind::Failed, format!("no randomness: {error}"), ""))?;
    let home = context.home()?;
    let setup = Setup {
        notebook: context.notebook.clone(),
        is_first_run: !home.is_there(),
        person: std::env::var("USER").unwrap_or_default(),
        home: home.path().display().to_string(),
        colours,
        mouse: Config::takes_mouse(home.path()),
        zone: TimeZone::system(),
        editor: u64::from_le_bytes(number),
        size: (80, 24),
    };
    let mut sitting = Sitting::new(&home);
    let ran = moot_tui::run(setup, &mut sitting);
    sitting.end()?;
    ran.map_err(|error| failure(ErrorKind::Failed, error.to_string(), ""))?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// Somebody in front of the terminal.
struct Sitting {
    home: HomePath,
    work: Option<Sender<(u64, Request)>>,
    worker: Option<std::thread::JoinHandle<()>>,
    to: Option<Sender<FromHost>>,
    /// Set where the home is left for another.
    over: Arc<AtomicBool>,
    /// A home to look round in, and the person's own meanwhile.
    sample: Option<(TempDir, HomePath)>,
    /// Why it could not go on.
    failed: Arc<Mutex<Option<CommandError>>>,
}

impl Sitting {
    fn new(home: &HomePath) -> Self {
        Self {
            home: home.clone(),
            work: None,
            worker: None,
            to: None,
            over: Arc::default(),
            sample: None,
            failed: Arc::default(),
        }
    }

    /// Begins to work on the home.
    fn begin(&mut self) {
        let Some(answers) = self.to.clone() else {
            return;
        };
        let (work, asked) = mpsc::channel();
        self.work = Some(work);
        self.over = Arc::default();
        let (home, over, failed) = (self.home.clone(), self.over.clone(), self.failed.clone());
        self.worker = std::thread::Builder::new()
            .name("moot-asks".to_owned())
            .spawn(move || {
                if let Err(error) = carry(&home, &asked, &answers, &over) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    // Where nobody listens, the terminal has ended already.
                    let _ = answers.send(FromHost::End);
                }
            })
            .ok();
    }

    /// Lets what was asked be done, and says goodbye.
    fn finish(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        drop(self.work.take());
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has nothing more to do.
            let _ = worker.join();
        }
    }

    /// The same for good; why it could not go on, if it could not.
    fn end(mut self) -> Result<(), CommandError> {
        self.finish();
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take().map_or(Ok(()), Err)
    }
}

/// A home in a temporary directory that talks to nobody.
fn sample_home() -> Result<(TempDir, HomePath), CommandError> {
    let cannot = |error: std::io::Error| {
        let message = format!("no temporary directory can be made: {error}");
        failure(ErrorKind::Failed, message, "")
    };
    let directory = tempfile::Builder::new()
        .prefix("moot-sample-")
        .tempdir()
        .map_err(cannot)?;
    let settings = "port = 0\nlisten = [\"/ip4/127.0.0.1/tcp/0\"]\nmdns = false\n";
    std::fs::write(directory.path().join("config.toml"), settings).map_err(cannot)?;
    let home = HomePath::resolve(Some(directory.path().to_owned()))?;
    Ok((directory, home))
}

impl Host for Sitting {
    fn start(&mut self, to: Sender<FromHost>) {
        self.to = Some(to.clone());
        self.begin();
        let ends = to;
        // Without the thread, signals end the program as they always do; nothing is ever unsaved.
        let _ = std::thread::Builder::new()
            .name("moot-signals".to_owned())
            .spawn(move || await_signal(&ends));
    }

    fn ask(&mut self, ticket: u64, request: Request) {
        if takes_long(&request.command) {
            let (home, to) = (self.home.clone(), self.to.clone());
            let asks = move || {
                let answer = ask_owner(&home, &request);
                if let Some(to) = to {
                    let _ = to.send(FromHost::Answer { ticket, answer });
                }
            };
            let _ = std::thread::Builder::new()
                .name("moot-waits".to_owned())
                .spawn(asks);
            return;
        }
        if let Some(work) = &self.work {
            // A worker that is gone has said why.
            let _ = work.send((ticket, request));
        }
    }

    fn copy(&mut self, text: &str) -> Result<String, String> {
        clipboard::copy(text)
    }

    fn edit_outside(&mut self, text: &str, _title: &str) -> Outside {
        match editor::edit_text(text) {
            Ok(text) => Outside::Edited(text),
            Err(error) if error.hint.is_empty() => Outside::Failed(error.message),
            Err(error) => Outside::Failed(format!("{}. {}", error.message, error.hint)),
        }
    }

    fn open_sample(&mut self) -> Result<(), String> {
        let (directory, home) = sample_home().map_err(|error| error.message)?;
        self.finish();
        let own = std::mem::replace(&mut self.home, home);
        self.sample = Some((directory, own));
        self.begin();
        Ok(())
    }

    fn close_sample(&mut self) -> Result<(), String> {
        let Some((directory, own)) = self.sample.take() else {
            return Err("no sample is open".to_owned());
        };
        self.finish();
        self.home = own;
        self.begin();
        directory.close().map_err(|error| error.to_string())
    }

    fn suspend(&mut self) {
        // The shell sees all of this program stop, and lets it go on with `fg`.
        let _ = std::process::Command::new("kill")
            .args(["-TSTP", &std::process::id().to_string()])
            .status();
    }
}

/// Commands that wait for others: typing must not wait for them.
fn takes_long(command: &Command) -> bool {
    matches!(
        command,
        Command::Sync { .. }
            | Command::Join { .. }
            | Command::RelayUse { .. }
            | Command::Doctor { .. }
    )
}

/// Has commands carried out until nobody asks any more.
fn carry(
    home: &HomePath,
    asked: &Receiver<(u64, Request)>,
    to: &Sender<FromHost>,
    over: &Arc<AtomicBool>,
) -> Result<(), CommandError> {
    let mut session = Session::open(home, Absent::Create, Need::Company)?;
    let (listens, events, is_over) = (home.clone(), to.clone(), over.clone());
    let _ = std::thread::Builder::new()
        .name("moot-events".to_owned())
        .spawn(move || listen(&listens, &events, &is_over));
    for (ticket, request) in asked {
        let answer = session.ask(&request, &mut |_| {});
        if to.send(FromHost::Answer { ticket, answer }).is_err() {
            break;
        }
    }
    session.close();
    Ok(())
}

/// Hands on what happens, whoever owns the home, until nobody listens any more.
fn listen(home: &HomePath, to: &Sender<FromHost>, over: &AtomicBool) {
    while !over.load(Ordering::Relaxed) {
        let Some(mut client) = owner(home) else {
            std::thread::sleep(PAUSE);
            continue;
        };
        if to.send(FromHost::Missed).is_err() {
            return;
        }
        let mut is_over = false;
        // However it ends, it is begun again: the home has another owner then, or this terminal took its events too slowly.
        let _ = client.watch(&mut |event| {
            is_over = over.load(Ordering::Relaxed) || to.send(FromHost::Happened(event)).is_err();
            if is_over {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        if is_over {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Whoever owns the home and answers.
fn owner(home: &HomePath) -> Option<Client> {
    match Lock::try_take(home) {
        Ok(Taking::Held(owner)) => Client::connect(owner.socket.as_deref()?).ok(),
        // Nobody owns it just now: the worker will, with the next command.
        Ok(Taking::Taken(_)) | Err(_) => None,
    }
}

/// Asks whoever owns the home, on a connection of its own.
fn ask_owner(home: &HomePath, request: &Request) -> Result<Reply, CommandError> {
    let gone = || {
        failure(
            ErrorKind::Failed,
            "nobody answers for this home just now",
            "Try again in a moment.",
        )
    };
    // Where this terminal has just begun, so has its own node.
    let deadline = Instant::now() + OWNER_COMES;
    let mut client = loop {
        match owner(home) {
            Some(client) => break client,
            None if Instant::now() >= deadline => return Err(gone()),
            None => std::thread::sleep(PAUSE),
        }
    };
    client
        .ask(request, &mut |_| {})
        .map_err(|error| match error {
            AskError::Failed(error) | AskError::Lost(error) => error,
            AskError::NotBegun => gone(),
        })
}

/// Waits for a signal to end.
fn await_signal(to: &Sender<FromHost>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return;
    };
    runtime.block_on(async {
        if let Ok(mut ending) = Ending::listen() {
            ending.comes().await;
            let _ = to.send(FromHost::End);
        }
    });
}
