//! Runs the pages of `docs/` that say what to type: every `console` block, from top to bottom, in homes of their own.
//!
//! A line `ana$ COMMAND` is typed in Ana's terminal, `COMMAND &` goes on in the background, `ana$ ^C` ends it. The lines below
//! are what must be answered. A line that is only `…` stands for any lines, and `…` within a line for any text. A word that
//! ends in `…` is cut short: it stands for the same longer word wherever it comes again.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;

use crate::world::{PATIENCE, World, signal};

#[test]
fn the_guide_does_what_it_says() {
    run_page(include_str!("../../../../docs/guide.md"), "guide.md");
}

#[test]
fn the_tutorial_does_what_it_says() {
    run_page(include_str!("../../../../docs/tutorial.md"), "tutorial.md");
}

#[test]
fn the_page_about_relays_does_what_it_says() {
    run_page(include_str!("../../../../docs/relay.md"), "relay.md");
}

/// Words that a page cuts short, and what they stand for.
type Words = BTreeMap<String, String>;

/// One thing that is typed, and what the page says comes back.
struct Typed<'a> {
    line: usize,
    who: &'a str,
    command: &'a str,
    answer: Vec<&'a str>,
}

fn run_page(page: &str, name: &str) {
    let mut reader = Reader {
        world: World::new(),
        background: BTreeMap::new(),
        words: BTreeMap::new(),
    };
    let steps = steps_of(page);
    assert!(!steps.is_empty(), "{name} says nothing to type");
    for step in &steps {
        let told = reader.type_it(step);
        if let Err(why) = reader.compare(&step.answer, &told) {
            panic!(
                "{name}, line {}: {}$ {}\n{why}\nanswered:\n{told}",
                step.line, step.who, step.command
            );
        }
    }
}

fn steps_of(page: &str) -> Vec<Typed<'_>> {
    let mut steps: Vec<Typed<'_>> = Vec::new();
    let mut inside = false;
    for (number, line) in page.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        if !inside {
            continue;
        }
        match line.split_once("$ ") {
            Some((who, command)) if who.chars().all(|letter| letter.is_ascii_lowercase()) => {
                steps.push(Typed {
                    line: number + 1,
                    who,
                    command,
                    answer: Vec::new(),
                });
            }
            _ => steps
                .last_mut()
                .unwrap_or_else(|| panic!("line {} answers nothing", number + 1))
                .answer
                .push(line),
        }
    }
    steps
}

/// Somebody who does what the page says.
struct Reader {
    world: World,
    background: BTreeMap<String, std::process::Child>,
    words: Words,
}

impl Reader {
    fn type_it(&mut self, step: &Typed<'_>) -> String {
        if step.command == "^C" {
            let mut child = self
                .background
                .remove(step.who)
                .expect("something runs in the background");
            signal(&child, "INT");
            assert!(child.wait().unwrap().success());
            return String::new();
        }
        let command = self.spelt_out(step.command);
        match command.strip_suffix(" &") {
            Some(command) => self.start(step, command),
            None => {
                let mut shell = self.shell(step.who, &format!("{{ {command}\n}} 2>&1"));
                String::from_utf8(shell.output().unwrap().stdout).unwrap()
            }
        }
    }

    /// Starts what goes on, and waits for as many lines as the page shows before its last `…`.
    fn start(&mut self, step: &Typed<'_>, command: &str) -> String {
        let mut child = self
            .shell(step.who, &format!("exec {command}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        self.background.insert(step.who.to_owned(), child);
        let shown = step.answer.iter().filter(|line| **line != "…").count();
        let told: Vec<String> = (0..shown)
            .map(|_| lines.recv_timeout(PATIENCE).expect("a line"))
            .collect();
        told.join("\n")
    }

    fn shell(&self, who: &str, command: &str) -> Command {
        let home = format!("{who}-home");
        if !self.world.path(&home).exists() {
            self.world.settle_in(&home);
        }
        let cwd = self.world.path(who);
        std::fs::create_dir_all(&cwd).unwrap();
        let usual = self.world.command(&home, &[]);
        let here = Path::new(env!("CARGO_BIN_EXE_moot")).parent().unwrap();
        let path = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("sh");
        shell
            .args(["-c", command])
            .current_dir(cwd)
            .env_clear()
            .envs(
                usual
                    .get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .env("PATH", format!("{}:{path}", here.display()))
            .stdin(Stdio::null());
        shell
    }

    /// A command with the words that the page cuts short in full.
    fn spelt_out(&self, command: &str) -> String {
        let mut all = command.to_owned();
        for (short, long) in &self.words {
            all = all.replace(short, long);
        }
        all
    }

    fn compare(&mut self, expected: &[&str], told: &str) -> Result<(), String> {
        let told: Vec<&str> = told.lines().collect();
        let mut at = 0;
        let mut skipping = false;
        for line in expected {
            if *line == "…" {
                skipping = true;
                continue;
            }
            let last = if skipping {
                told.len()
            } else {
                (at + 1).min(told.len())
            };
            let found = (at..last).find_map(|n| Some((n, fit(line, told[n], &self.words)?)));
            let Some((n, words)) = found else {
                return Err(format!("the page says: {line}"));
            };
            self.words.extend(words);
            at = n + 1;
            skipping = false;
        }
        if at < told.len() && !skipping {
            return Err(format!("the page does not say: {}", told[at]));
        }
        Ok(())
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        for child in self.background.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether a line of the page fits a line that was told; what the words that it cuts short stand for.
fn fit(page: &str, told: &str, known: &Words) -> Option<Words> {
    let Some((before, after)) = page.split_once('…') else {
        return (page.trim_end() == told.trim_end()).then(Words::new);
    };
    let is_in_word = |letter: char| letter.is_ascii_alphanumeric();
    let literal = before.trim_end_matches(is_in_word);
    let stem = &before[literal.len()..];
    let told = told.strip_prefix(literal)?;
    if stem.is_empty() {
        let ends = (0..=told.len()).filter(|at| told.is_char_boundary(*at));
        return ends
            .into_iter()
            .find_map(|at| fit(after, &told[at..], known));
    }
    let word = &told[..told
        .find(|letter| !is_in_word(letter))
        .unwrap_or(told.len())];
    let short = format!("{stem}…");
    let is_id = stem.len() >= 4 && stem.chars().all(|letter| letter.is_ascii_hexdigit());
    let fits = match known.get(&short) {
        Some(long) => long == word,
        // The page shows the id of another run.
        None if is_id => !word.is_empty() && word.chars().all(|letter| letter.is_ascii_hexdigit()),
        None => word.starts_with(stem),
    };
    let mut words = fits.then(|| fit(after, &told[word.len()..], known))??;
    words.insert(short, word.to_owned());
    Some(words)
}
