//! A terminal to run the screen in: a pty, and a reader that knows what stands where.

use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// Longer than anything takes, so that only what will never happen fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the program has written.
struct Seen {
    screen: vt100::Parser,
    bytes: Vec<u8>,
    is_over: bool,
}

/// The program in a terminal of its own. Dropping it kills it.
pub(crate) struct Screen {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    seen: Arc<(Mutex<Seen>, Condvar)>,
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    /// Runs a command in a terminal of so many rows and columns.
    pub(crate) fn run(usual: &Command, (rows, cols): (u16, u16)) -> Self {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let mut command = CommandBuilder::new(usual.get_program());
        command.env_clear();
        command.args(usual.get_args());
        command.env("TERM", "xterm-256color");
        for (key, value) in usual.get_envs() {
            if let Some(value) = value {
                command.env(key, value);
            }
        }
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let seen = Seen {
            screen: vt100::Parser::new(rows.try_into().unwrap(), cols.try_into().unwrap(), 0),
            bytes: Vec::new(),
            is_over: false,
        };
        let seen = Arc::new((Mutex::new(seen), Condvar::new()));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let reads = Arc::clone(&seen);
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            loop {
                let read = reader.read(&mut buffer).unwrap_or(0);
                let mut seen = reads.0.lock().unwrap();
                seen.screen.process(&buffer[..read]);
                seen.bytes.extend_from_slice(&buffer[..read]);
                seen.is_over = read == 0;
                reads.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self {
            writer: pair.master.take_writer().unwrap(),
            child,
            master: pair.master,
            seen,
        }
    }

    /// Types.
    pub(crate) fn keys(&mut self, keys: &str) {
        self.writer.write_all(keys.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, rows: u16, cols: u16) {
        let size = PtySize {
            rows,
            cols,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.seen
            .0
            .lock()
            .unwrap()
            .screen
            .screen_mut()
            .set_size(rows.try_into().unwrap(), cols.try_into().unwrap());
        self.master.resize(size).unwrap();
    }

    /// Waits until a text stands on the screen.
    #[track_caller]
    pub(crate) fn sees(&mut self, text: &str) {
        let seen = self.wait_until(|seen| seen.screen.screen().contents().contains(text));
        let contents = seen.screen.screen().contents();
        assert!(contents.contains(text), "no {text:?} in:\n{contents}");
    }

    /// Waits until a text stands there no more.
    #[track_caller]
    pub(crate) fn gone(&mut self, text: &str) {
        let seen = self.wait_until(|seen| !seen.screen.screen().contents().contains(text));
        let contents = seen.screen.screen().contents();
        assert!(!contents.contains(text), "still {text:?} in:\n{contents}");
    }

    /// What stands where.
    pub(crate) fn picture(&self) -> vt100::Screen {
        self.seen.0.lock().unwrap().screen.screen().clone()
    }

    fn wait_until(&self, holds: impl Fn(&Seen) -> bool) -> MutexGuard<'_, Seen> {
        let deadline = Instant::now() + PATIENCE;
        let mut seen = self.seen.0.lock().unwrap();
        while !holds(&seen) && !seen.is_over {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            seen = self.seen.1.wait_timeout(seen, left).unwrap().0;
        }
        seen
    }

    /// Everything that was written.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.0.lock().unwrap().bytes.clone()
    }

    pub(crate) fn signal(&self, name: &str) {
        let process = self.child.process_id().unwrap();
        let sent = Command::new("kill")
            .args([&format!("-{name}"), &process.to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
    }

    /// As a power cut would, but for the disk's own cache.
    pub(crate) fn kill(&mut self) {
        self.signal("KILL");
        self.child.wait().unwrap();
    }

    /// Waits for the end; tells the code.
    #[track_caller]
    pub(crate) fn ended(&mut self) -> u32 {
        let over = self.wait_until(|seen| seen.is_over).is_over;
        assert!(over, "it has not ended");
        self.child.wait().unwrap().exit_code()
    }
}
