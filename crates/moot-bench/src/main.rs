//! Folkmoot beside samod, in one run on one machine: who comes into step, catches up and shows an edit how fast.
//!
//! Owns the words of the command line. Each subcommand prints a Markdown table; what is measured says the module of its name.

mod at_scale;
mod catch_up;
mod in_step;
mod keys;
mod link;
mod live;
mod meetings;
mod ours;
mod relay;
mod replay;
mod series;
mod theirs;
mod workload;

use std::collections::BTreeMap;
use std::process::ExitCode;

/// A measurement that could not be made ends the run.
pub(crate) type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const USAGE: &str = "moot-bench COMMAND [--runs N] [--notes N[,N…]] [--edits N] [--only ours|theirs]

  in-step   both sides hold the same and were restarted: bytes and time until the one knows it of the other
  catch-up  a newcomer fetches everything
  live      an edit on one side until the other shows it
  list      `note list` and `search` in a process of their own
  memory    a node that does nothing
  replay    an editing trace of two people at once, typed into two editors on two engines: --trace FILE
  keys      a key in a long note until the frame is drawn, while somebody else types; the first frame
  meetings  `meeting show` and `role suggest` after a thousand meetings of twelve people [--meetings N]
  relay     a relay: entries a second, idle with many connections, catching up by way of it, bytes for what is typed
            [--part flow|idle|catch-up|typing] [--sessions N] [--notebooks N] [--entries N]
            flow alone: [--flow full|together|single|hello]
  all       all of these";

/// What can be chosen on the command line.
pub(crate) struct Options {
    named: BTreeMap<String, String>,
}

impl Options {
    fn parse(arguments: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut named = BTreeMap::new();
        let mut arguments = arguments;
        while let Some(name) = arguments.next() {
            let name = name
                .strip_prefix("--")
                .ok_or_else(|| format!("{name}: not an option\n\n{USAGE}"))?
                .to_owned();
            let value = arguments
                .next()
                .ok_or_else(|| format!("--{name} needs a value\n\n{USAGE}"))?;
            named.insert(name, value);
        }
        Ok(Self { named })
    }

    /// A number, or what it is where nothing was said.
    pub(crate) fn number(&self, name: &str, otherwise: usize) -> Outcome<usize> {
        match self.named.get(name) {
            Some(text) => Ok(text.parse()?),
            None => Ok(otherwise),
        }
    }

    /// Numbers, with commas between.
    pub(crate) fn numbers(&self, name: &str, otherwise: &[usize]) -> Outcome<Vec<usize>> {
        match self.named.get(name) {
            Some(text) => Ok(text.split(',').map(str::parse).collect::<Result<_, _>>()?),
            None => Ok(otherwise.to_vec()),
        }
    }

    /// A text, where one was given.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.named.get(name).map(String::as_str)
    }

    /// Whether one side takes part: both do, unless one is named.
    pub(crate) fn takes_part(&self, side: &str) -> bool {
        self.text("only").is_none_or(|only| only == side)
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(command) = arguments.next() else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let done = Options::parse(arguments).and_then(|options| run(&command, &options));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, options: &Options) -> Outcome<()> {
    match command {
        "in-step" => in_step::run(options),
        "catch-up" => catch_up::run(options),
        "live" => live::run(options),
        "list" => at_scale::list(options),
        "memory" => at_scale::memory(options),
        "replay" => replay::run(options),
        "keys" => keys::run(options),
        "meetings" => meetings::run(options),
        "relay" => relay::run(options),
        "all" => {
            in_step::run(options)?;
            catch_up::run(options)?;
            live::run(options)?;
            at_scale::list(options)?;
            at_scale::memory(options)?;
            replay::run(options)?;
            keys::run(options)?;
            meetings::run(options)?;
            relay::run(options)
        }
        // Processes of their own, started by the two before.
        "once" => at_scale::once(options),
        "idle" => at_scale::idle(options),
        "relay-idle" => relay::idle(options),
        "time" => at_scale::time(options),
        _ => Err(USAGE.into()),
    }
}

/// Two workers, whatever the machine has: both sides get the same.
pub(crate) fn runtime() -> Outcome<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}
