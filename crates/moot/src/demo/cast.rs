//! The three of them: homes, nodes and commands, each a process of its own. All of it ends with this process, however it ends.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use moot_engine::{CommandError, ErrorKind};
use serde_json::Value;

use crate::cli::Interrupt;
use crate::failure::failure;

/// Longer than anything takes on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(15);

/// Between two looks at something that is waited for.
const PAUSE: Duration = Duration::from_millis(60);

/// Where it happens.
pub(super) struct Stage<'a> {
    directory: PathBuf,
    program: PathBuf,
    nodes: Vec<(String, Node)>,
    interrupt: &'a Interrupt,
}

/// A running node. It ends when its stdin does, so it never outlives this process.
struct Node {
    process: Child,
    stdin: Option<ChildStdin>,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be gone already, which is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Somebody typing: lines go in, and `saved` comes out for each that is kept.
pub(super) struct Typing {
    process: Child,
    stdin: ChildStdin,
    saved: Receiver<String>,
}

impl Typing {
    /// Types a line.
    pub(super) fn line(&mut self, text: &str) -> bool {
        writeln!(self.stdin, "{text}")
            .and_then(|()| self.stdin.flush())
            .is_ok()
    }

    /// Waits until the next line is kept; `false` when no more will be.
    pub(super) fn is_saved(&self) -> bool {
        matches!(self.saved.recv_timeout(PATIENCE), Ok(line) if line == "saved")
    }

    /// Stops typing, and tells how many more lines were kept meanwhile.
    pub(super) fn stop(mut self) -> usize {
        drop(self.stdin);
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.saved.iter().filter(|line| line == "saved").count()
    }
}

impl<'a> Stage<'a> {
    pub(super) fn new(directory: &Path, interrupt: &'a Interrupt) -> Result<Self, CommandError> {
        let program =
            std::env::current_exe().map_err(|error| broken("find moot itself", &error))?;
        Ok(Self {
            directory: directory.to_owned(),
            program,
            nodes: Vec::new(),
            interrupt,
        })
    }

    /// Somebody's home.
    pub(super) fn home(&self, who: &str) -> PathBuf {
        self.directory.join(who)
    }

    /// Prepares a home that talks on loopback alone, always on the same port.
    pub(super) fn prepare(&self, who: &str) -> Result<(), CommandError> {
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .map_err(|error| broken("find a free port", &error))?
            .port();
        let settings =
            format!("port = {port}\nlisten = [\"/ip4/127.0.0.1/tcp/{port}\"]\nmdns = false\n");
        let home = self.home(who);
        fs::create_dir_all(&home)
            .and_then(|()| fs::write(home.join("config.toml"), settings))
            .map_err(|error| broken("write a home", &error))
    }

    /// Writes files into a folder beside the homes.
    pub(super) fn write_folder(
        &self,
        name: &str,
        files: &[(&str, &str)],
    ) -> Result<PathBuf, CommandError> {
        let folder = self.directory.join(name);
        let write = || -> std::io::Result<()> {
            fs::create_dir_all(&folder)?;
            files
                .iter()
                .try_for_each(|(name, text)| fs::write(folder.join(name), text))
        };
        write().map_err(|error| broken("write the texts", &error))?;
        Ok(folder)
    }

    /// Gives a command and takes its JSON.
    pub(super) fn ask(&self, who: &str, arguments: &[&str]) -> Result<Value, CommandError> {
        self.heed()?;
        let output = self
            .command(who)
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| broken("start moot", &error))?;
        if output.status.success() {
            return serde_json::from_slice(&output.stdout).map_err(|error| {
                failed(
                    who,
                    arguments,
                    &format!("answered what is no JSON: {error}"),
                )
            });
        }
        self.heed()?;
        let told: Option<Value> = serde_json::from_slice(&output.stderr).ok();
        let message = told
            .as_ref()
            .and_then(|told| told["error"]["message"].as_str())
            .map_or_else(
                || String::from_utf8_lossy(&output.stderr).into_owned(),
                str::to_owned,
            );
        Err(failed(who, arguments, message.trim()))
    }

    /// Starts somebody's node, and waits until it listens.
    pub(super) fn start_node(&mut self, who: &str) -> Result<(), CommandError> {
        self.heed()?;
        let mut process = self
            .command(who)
            .args(["node", "--end-with-stdin"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C is for the demo, which then ends its nodes.
            .process_group(0)
            .spawn()
            .map_err(|error| broken("start a node", &error))?;
        let stdin = process.stdin.take();
        let lines = process.stdout.take().map(lines_of);
        let node = Node { process, stdin };
        let first = lines.map(|lines| lines.recv_timeout(PATIENCE));
        if !matches!(&first, Some(Ok(line)) if line.contains("\"listening\"")) {
            return Err(failed(who, &["node"], "did not come up"));
        }
        self.nodes.push((who.to_owned(), node));
        Ok(())
    }

    /// Ends somebody's node in good order.
    pub(super) fn stop_node(&mut self, who: &str) -> Result<(), CommandError> {
        let Some(mut node) = self.take_node(who) else {
            return Ok(());
        };
        drop(node.stdin.take());
        self.until(&format!("{who}'s node ends"), |_| {
            Ok(matches!(node.process.try_wait(), Ok(Some(_))))
        })
    }

    /// Kills somebody's node: no goodbye, nothing written any more.
    pub(super) fn kill_node(&mut self, who: &str) {
        drop(self.take_node(who));
    }

    fn take_node(&mut self, who: &str) -> Option<Node> {
        let at = self.nodes.iter().position(|(name, _)| name == who)?;
        Some(self.nodes.swap_remove(at).1)
    }

    /// Begins to type at the end of a note.
    pub(super) fn begin_typing(&self, who: &str, note: &str) -> Result<Typing, CommandError> {
        let mut process = self
            .command(who)
            .args(["note", "type", note])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| broken("start typing", &error))?;
        match (process.stdin.take(), process.stdout.take()) {
            (Some(stdin), Some(stdout)) => Ok(Typing {
                process,
                stdin,
                saved: lines_of(stdout),
            }),
            _ => Err(failed(who, &["note", "type"], "has no way in or out")),
        }
    }

    /// Waits until something holds.
    pub(super) fn until(
        &self,
        what: &str,
        mut holds: impl FnMut(&Self) -> Result<bool, CommandError>,
    ) -> Result<(), CommandError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.heed()?;
            if holds(self)? {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(failure(
                    ErrorKind::Failed,
                    format!("waited {} s in vain until {what}", PATIENCE.as_secs()),
                    "Is this machine very busy? Otherwise this is a bug.",
                ));
            }
            std::thread::sleep(PAUSE);
        }
    }

    fn heed(&self) -> Result<(), CommandError> {
        if !self.interrupt.came() {
            return Ok(());
        }
        Err(failure(
            ErrorKind::Failed,
            "the demo was interrupted; its nodes are ended",
            "",
        ))
    }

    fn command(&self, who: &str) -> Command {
        let mut command = Command::new(&self.program);
        command
            .arg("--home")
            .arg(self.home(who))
            .args(["--json", "--no-input"])
            .env_remove("MOOT_HOME")
            .env_remove("MOOT_NOTEBOOK")
            // Rollback markers of homes that are gone tomorrow belong with them.
            .env("XDG_STATE_HOME", self.directory.join("state"));
        command
    }
}

/// Lines as they come, in a thread of their own, so that waiting for one can end.
fn lines_of(stdout: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            // Nobody waits any more; the lines are read all the same, so that the writer is not held up.
            let _ = sender.send(line);
        }
    });
    lines
}

fn broken(what: &str, error: &std::io::Error) -> CommandError {
    failure(
        ErrorKind::Failed,
        format!("the demo could not {what}: {error}"),
        "",
    )
}

fn failed(who: &str, arguments: &[&str], message: &str) -> CommandError {
    let command: Vec<&str> = arguments
        .iter()
        .map(|argument| if argument.len() > 40 { "…" } else { argument })
        .collect();
    failure(
        ErrorKind::Failed,
        format!("{who}: moot {}: {message}", command.join(" ")),
        "`moot demo --keep DIR` keeps what there is to look at.",
    )
}
