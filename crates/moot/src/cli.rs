//! The command line: what can be typed, and which file answers it.
//!
//! Owns the arguments and the way of every error to its exit code. What a command does stands in the file of its group; what
//! is allowed stands in the engine.

mod arguments;
mod carry;
mod demo;
pub(crate) mod editor;
mod examples;
mod export;
mod import;
mod interrupt;
mod invite;
mod meet;
mod meetings;
mod network;
mod node;
mod notebook;
mod notes;
mod on_screen;
mod orientation;
mod pages;
mod people;
mod refusal;
mod relay;
mod relays;
mod standing;
mod stdin;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use moot_engine::command::Attendance;
use moot_engine::{Command, CommandError, ErrorKind, Progress, Reply, Request};

use self::arguments::{Arguments, Everywhere, Group};
pub(crate) use self::interrupt::{Ending, Interrupt};
use crate::failure::{Answer, exit_code, failure};
use crate::home::{Absent, HomePath};
use crate::session::{Need, Session};
use crate::terminal::{Format, Questions, Talk, Terminal, print_error};

/// What every command has at hand.
pub(crate) struct Context {
    /// The home that was named.
    home: Option<PathBuf>,
    pub(crate) notebook: Option<String>,
    pub(crate) terminal: Terminal,
}

impl Context {
    fn new(everywhere: &Everywhere) -> Self {
        let talk = if everywhere.quiet {
            Talk::Quiet
        } else {
            Talk::Usual
        };
        let questions = if everywhere.no_input {
            Questions::Never
        } else {
            Questions::AtTerminal
        };
        Self {
            home: everywhere.home.clone(),
            notebook: everywhere.notebook.clone().filter(|name| !name.is_empty()),
            terminal: Terminal {
                format: format_of(everywhere.json),
                talk,
                questions,
            },
        }
    }

    /// What is done in one home, with no notebook named.
    pub(crate) fn at(home: PathBuf, terminal: Terminal) -> Self {
        Self {
            home: Some(home),
            notebook: None,
            terminal,
        }
    }

    /// Where the home is. Asked for by those commands that need one: a service that keeps notebooks for others may have none.
    pub(crate) fn home(&self) -> Result<HomePath, CommandError> {
        HomePath::resolve(self.home.clone())
    }

    /// The command, for the notebook that was named.
    pub(crate) fn request(&self, command: Command) -> Request {
        Request {
            notebook: self.notebook.clone(),
            command,
        }
    }

    /// A session on a home that must be there.
    pub(crate) fn session(&self, need: Need) -> Result<Session, CommandError> {
        Session::open(&self.home()?, Absent::Fail, need)
    }

    /// Has one command carried out that needs nobody else.
    pub(crate) fn ask(&self, command: Command) -> Result<Reply, CommandError> {
        self.ask_with(command, Absent::Fail, Need::Moment)
    }

    /// Has one command carried out, telling how it is doing.
    pub(crate) fn ask_with(
        &self,
        command: Command,
        absent: Absent,
        need: Need,
    ) -> Result<Reply, CommandError> {
        let mut session = Session::open(&self.home()?, absent, need)?;
        let answer = session.ask(&self.request(command), &mut |step| self.tell(&step));
        session.close();
        answer
    }

    /// Says why there is nothing to show: this, unless the notebook is still closed to the person.
    pub(crate) fn say_of_empty(&self, usual: &str) -> Result<(), CommandError> {
        if self.terminal.wants_json() {
            return Ok(());
        }
        let text = match self.ask(Command::Status)? {
            Reply::Status(status) if status.joining.is_some() => {
                "Nothing can be read until a member has let you in. How it stands: moot status"
            }
            _ => usual,
        };
        self.terminal.say(text);
        Ok(())
    }

    fn tell(&self, step: &Progress) {
        self.terminal.say(&crate::terminal::clean(&step.text));
    }
}

/// Runs what was typed.
pub(crate) fn run(typed: Vec<OsString>) -> ExitCode {
    let understood = tree()
        .color(refusal::color_of(&typed))
        .try_get_matches_from(&typed)
        .and_then(|matches| Arguments::from_arg_matches(&matches));
    match understood {
        Ok(arguments) => {
            let format = format_of(arguments.everywhere.json);
            start_talking(&arguments.everywhere);
            match dispatch(arguments) {
                Ok(code) => code,
                Err(error) => fail(&error, format),
            }
        }
        Err(error) => refusal::refuse(&error, &typed),
    }
}

fn dispatch(arguments: Arguments) -> Answer {
    let context = Context::new(&arguments.everywhere);
    let Some(group) = arguments.group else {
        return orientation::show(&context, arguments.everywhere.color);
    };
    match group {
        Group::Init(init) => notebook::init(&context, init),
        Group::New(new) => notebook::new(&context, new),
        Group::Notebooks => notebook::list(&context),
        Group::Invite(invite) => invite::run(&context, invite),
        Group::Join(join) => invite::join(&context, join),
        Group::People => people::list(&context),
        Group::Leave => people::leave(&context),
        Group::Note(note) => notes::run(&context, note),
        Group::Search(search) => notes::search(&context, search),
        Group::Settle(settle) => notes::settle(&context, settle),
        Group::Meeting(meeting) => meetings::meeting(&context, meeting),
        Group::Agenda(agenda) => meetings::agenda(&context, agenda),
        Group::Queue(queue) => meetings::queue(&context, queue),
        Group::Role(role) => meetings::role(&context, role),
        Group::Consent(consent) => meetings::consent(&context, consent),
        Group::Action(action) => meetings::action(&context, action),
        Group::Round(round) => meetings::round(&context, round),
        Group::Check(check) => meetings::check(&context, check),
        Group::Minutes(minutes) => meetings::minutes(&context, minutes),
        Group::Available(of) => {
            let available = Attendance::Available;
            meetings::attend(&context, of, available, "You will come, to")
        }
        Group::Present(of) => {
            meetings::attend(&context, of, Attendance::Present, "You are here, in")
        }
        Group::Regrets(of) => {
            meetings::attend(&context, of, Attendance::Regrets, "Your regrets stand in")
        }
        Group::Left(of) => meetings::attend(&context, of, Attendance::Left, "You have left"),
        Group::Meet(meet) => meet::run(&context, &meet),
        Group::Inbox(what) => meetings::inbox(&context, &what),
        Group::Import(import) => import::run(&context, &import),
        Group::Export(export) => export::run(&context, &export),
        Group::Carry(carry) => carry::run(&context, &carry),
        Group::Sync(sync) => standing::sync(&context, sync),
        Group::Status => standing::status(&context),
        Group::Doctor(doctor) => standing::doctor(&context, doctor),
        Group::Node(node) => node::run(&context, node),
        Group::Relay(relay) => relay::run(&context, relay),
        Group::Watch => node::watch(&context),
        Group::Demo(demo) => demo::run(&context, &demo, arguments.everywhere.color),
        Group::Completions(completions) => pages::completions(&completions),
        Group::Man => pages::man(),
    }
}

/// The engine answered with something that does not belong to the command.
fn unexpected(_: Reply) -> CommandError {
    failure(
        ErrorKind::Failed,
        "moot answered something that was not asked",
        "This is a bug.",
    )
}

fn fail(error: &CommandError, format: Format) -> ExitCode {
    print_error(error, format);
    ExitCode::from(exit_code(error.kind))
}

fn format_of(json: bool) -> Format {
    if json { Format::Json } else { Format::Text }
}

/// Sets colours and what the program tells about its own doings.
fn start_talking(everywhere: &Everywhere) {
    everywhere.color.write_global();
    let filter = match everywhere.verbose {
        0 => return,
        1 => "warn,moot=info,moot_net=info,moot_engine=info",
        2 => "info,moot=debug,moot_net=debug,moot_engine=debug",
        _ => "debug",
    };
    let told = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr);
    // Only the first subscriber counts; there is no other.
    let _ = match everywhere.json {
        true => told.json().flatten_event(true).try_init(),
        false => told.try_init(),
    };
}

/// The whole tree of commands, with the examples of each.
fn tree() -> clap::Command {
    // Under whatever name the file lies, what is told to be typed is the command's own.
    examples::add(Arguments::command().bin_name("moot"), "")
}
