//! A directory of its own for each test: homes, commands on them, and nodes that end with the test.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Longer than anything takes, so that only what will never happen fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A place for homes.
pub(crate) struct World {
    directory: TempDir,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: output.stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The answer, of a command that must have succeeded.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{}", self.stderr);
        serde_json::from_slice(&self.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// The error's kind, of a command that must have failed with this code, answering nothing.
    #[track_caller]
    pub(crate) fn kind(&self, code: i32) -> String {
        let error = self.error(code);
        error["kind"].as_str().unwrap().to_owned()
    }

    /// The error, of a command that must have failed with this code.
    #[track_caller]
    pub(crate) fn error(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{} {}", self.text(), self.stderr);
        let told: Value = serde_json::from_str(&self.stderr)
            .unwrap_or_else(|error| panic!("{error}: {}", self.stderr));
        let error = &told["error"];
        for field in ["kind", "message", "hint"] {
            assert!(error[field].is_string(), "{told}");
        }
        assert!(!error["message"].as_str().unwrap().is_empty(), "{told}");
        error.clone()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The command, in an environment that holds nothing of whoever runs the tests.
    pub(crate) fn command(&self, home: &str, arguments: &[&str]) -> Command {
        let runtime = self.path("run");
        fs::create_dir_all(&runtime).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_moot"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.directory.path())
            .env("XDG_RUNTIME_DIR", runtime)
            .env("MOOT_HOME", self.path(home))
            .stdin(Stdio::null());
        command
    }

    /// The command where no file may grow beyond so many blocks: a full disk, to the program.
    pub(crate) fn limited(&self, home: &str, blocks: u32, arguments: &[&str]) -> Command {
        let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\"");
        let usual = self.command(home, &[]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", &script, env!("CARGO_BIN_EXE_moot")])
            .args(arguments)
            .env_clear()
            .envs(
                usual
                    .get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .stdin(Stdio::null());
        shell
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, home: &str, arguments: &[&str]) -> Ended {
        Ended::of(self.command(home, arguments).output().unwrap())
    }

    /// Runs a command with `--json`.
    pub(crate) fn ask(&self, home: &str, arguments: &[&str]) -> Ended {
        let mut all = vec!["--json"];
        all.extend_from_slice(arguments);
        self.run(home, &all)
    }

    /// Runs a command with this on stdin.
    pub(crate) fn feed(&self, home: &str, arguments: &[&str], stdin: &[u8]) -> Ended {
        let mut child = self
            .command(home, arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read all of it ends earlier, which is its right.
        let _ = child.stdin.take().unwrap().write_all(stdin);
        Ended::of(child.wait_with_output().unwrap())
    }

    /// Makes a home that talks on loopback alone, on a port of its own, and its notebook.
    pub(crate) fn init(&self, home: &str, person: &str) -> Value {
        self.settle_in(home);
        self.ask(home, &["init", "--name", person, "--new", "Garden"])
            .json()
    }

    /// Settings for a home to come.
    pub(crate) fn settle_in(&self, home: &str) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        fs::create_dir_all(self.path(home)).unwrap();
        let settings =
            format!("port = {port}\nlisten = [\"/ip4/127.0.0.1/tcp/{port}\"]\nmdns = false\n");
        fs::write(self.path(home).join("config.toml"), settings).unwrap();
    }

    /// Starts a node and waits until it listens.
    pub(crate) fn node(&self, home: &str) -> Node {
        Node::start(self.command(home, &["node", "--json"]))
    }

    /// Makes a note and tells its id.
    pub(crate) fn note(&self, home: &str, title: &str, body: &str) -> String {
        let made = self
            .ask(home, &["note", "new", title, "--body", body])
            .json();
        made["id"].as_str().unwrap().to_owned()
    }

    pub(crate) fn body(&self, home: &str, note: &str) -> String {
        let shown = self.ask(home, &["note", "show", note]).json();
        shown["body"].as_str().unwrap().to_owned()
    }

    /// Lets somebody join a home whose node runs.
    pub(crate) fn join(&self, from: &str, home: &str, person: &str) -> Value {
        let ticket = self.ask(from, &["invite"]).json();
        let ticket = ticket["ticket"].as_str().unwrap().to_owned();
        self.settle_in(home);
        self.ask(home, &["join", &ticket, "--name", person, "--wait", "40s"])
            .json()
    }

    /// Waits until these homes hold the same and see the same.
    #[track_caller]
    pub(crate) fn in_step(&self, homes: &[&str]) {
        let digests = |home: &&str| {
            let status = self.ask(home, &["status"]).json();
            (status["log_digest"].clone(), status["state_digest"].clone())
        };
        until("the homes are in step", || {
            let all: Vec<_> = homes.iter().map(digests).collect();
            all.iter().all(|digest| *digest == all[0])
        });
    }
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds() {
        assert!(Instant::now() < deadline, "in vain: {what}");
        // What is looked at is another process; there is nothing to wait on but time.
        std::thread::park_timeout(Duration::from_millis(50));
    }
}

/// A running node, killed when dropped.
pub(crate) struct Node {
    pub(crate) process: Child,
    pub(crate) lines: Receiver<Value>,
    pub(crate) first: Value,
}

impl Node {
    #[track_caller]
    pub(crate) fn start(mut command: Command) -> Self {
        let mut process = command
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let stdout = process.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(serde_json::from_str(&line).unwrap());
            }
        });
        let first: Value = lines.recv_timeout(PATIENCE).unwrap();
        Self {
            process,
            lines,
            first,
        }
    }

    pub(crate) fn address(&self) -> String {
        self.first["addresses"][0].as_str().unwrap().to_owned()
    }

    /// SIGTERM, and how long it took to end cleanly.
    #[track_caller]
    pub(crate) fn terminate(mut self) -> Duration {
        let start = Instant::now();
        signal(&self.process, "TERM");
        let status = self.process.wait().unwrap();
        assert!(status.success(), "{status}");
        start.elapsed()
    }

    /// As a power cut would, but for the disk's own cache.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Says something that only whoever reads the test's output needs, as why it was skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says so in words")]
pub(crate) fn tell(text: &str) {
    println!("{text}");
}

pub(crate) fn signal(process: &Child, name: &str) {
    let sent = Command::new("sh")
        .arg("-c")
        .arg(format!("kill -{name} {}", process.id()))
        .status()
        .unwrap();
    assert!(sent.success());
}
