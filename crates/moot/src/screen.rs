//! The terminal's other half: what carries its commands to the engine, and the few things that it needs of the system.
//!
//! Owns three threads: one has commands carried out one by one, one that waits for answers that take long, one listens to
//! events. All of them talk to whoever owns the home, which may be this process: where nobody does, it begins a node.

mod clipboard;

use std::ops::ControlFlow;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::tz::TimeZone;
use moot_engine::{Command, CommandError, ErrorKind, Reply, Request};
use moot_tui::{Colours, FromHost, Host, Outside, Setup};

use crate::cli::{Context, Ending, editor};
use crate::control::{AskError, Client};
use crate::failure::{Answer, failure};
use crate::home::{Absent, HomePath, Lock, Taking};
use crate::session::{Need, Session};

/// Between two looks for whoever owns the home.
const PAUSE: Duration = Duration::from_millis(40);

/// Shows the notebook in the terminal until the person leaves.
pub(crate) fn show(context: &Context, colours: Colours) -> Answer {
    let mut number = [0; 8];
    getrandom::fill(&mut number)
        .map_err(|error| failure(ErrorKind::Failed, format!("no randomness: {error}"), ""))?;
    let setup = Setup {
        notebook: context.notebook.clone(),
        is_first_run: !context.home.is_there(),
        person: std::env::var("USER").unwrap_or_default(),
        home: context.home.path().display().to_string(),
        colours,
        mouse: true,
        zone: TimeZone::system(),
        editor: u64::from_le_bytes(number),
        size: (80, 24),
    };
    let mut sitting = Sitting::new(&context.home);
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
            failed: Arc::default(),
        }
    }

    /// Lets what was asked be done, and says goodbye.
    fn end(mut self) -> Result<(), CommandError> {
        drop(self.work.take());
        if let Some(worker) = self.worker.take() {
            // A worker that panicked has nothing more to do.
            let _ = worker.join();
        }
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.take().map_or(Ok(()), Err)
    }
}

impl Host for Sitting {
    fn start(&mut self, to: Sender<FromHost>) {
        let (work, asked) = mpsc::channel();
        self.work = Some(work);
        self.to = Some(to.clone());
        let home = self.home.clone();
        let failed = self.failed.clone();
        let answers = to.clone();
        self.worker = std::thread::Builder::new()
            .name("moot-asks".to_owned())
            .spawn(move || {
                if let Err(error) = carry(&home, &asked, &answers) {
                    *failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                    // Where nobody listens, the terminal has ended already.
                    let _ = answers.send(FromHost::End);
                }
            })
            .ok();
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
        Command::Sync { .. } | Command::Join { .. } | Command::Doctor { .. }
    )
}

/// Has commands carried out until nobody asks any more.
fn carry(
    home: &HomePath,
    asked: &Receiver<(u64, Request)>,
    to: &Sender<FromHost>,
) -> Result<(), CommandError> {
    let mut session = Session::open(home, Absent::Create, Need::Network)?;
    let listens = home.clone();
    let events = to.clone();
    let _ = std::thread::Builder::new()
        .name("moot-events".to_owned())
        .spawn(move || listen(&listens, &events));
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
fn listen(home: &HomePath, to: &Sender<FromHost>) {
    loop {
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
            is_over = to.send(FromHost::Happened(event)).is_err();
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
    let mut client = owner(home).ok_or_else(gone)?;
    client
        .ask(request, &mut |_| {})
        .map_err(|error| match error {
            AskError::Failed(error) => error,
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
