//! An editing trace of two people at once, typed into two editor views on two engines that hear of each other.
//!
//! Each person's letters go into their view, from there in batches to their engine, and live to the other's. A view hears of the
//! other's letters exactly when the trace says that its person saw them. The engines are linked in this process, each on its
//! own store. Their clocks go on by a tenth of a second for each edit; commits are handed to the operating system.

mod trace;

use std::time::{Duration, Instant};

use moot_engine::command::{NoteKind, Seen};
use moot_engine::{Command, Event, Reply};
use moot_tui::editor::{Act, Editor, Look, Outgoing, Patch};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use self::trace::{Trace, Typed};
use crate::in_step::pair;
use crate::link::Link;
use crate::series::Series;
use crate::workload::Size;
use crate::{Options, Outcome};

/// How long a key takes by the engines' clocks, so that they make entries of what is typed as they do for people.
const KEY: Duration = Duration::from_millis(100);

/// How many cells an editor has.
const AREA: Rect = Rect {
    x: 0,
    y: 0,
    width: 100,
    height: 40,
};

pub(crate) fn run(options: &Options) -> Outcome<()> {
    let Some(path) = options.text("trace") else {
        println!(
            "replay: no trace was given, so none was replayed. --trace FILE names one: JSON with `txns` of `parents`, \
             `agent` and `patches`, as github.com/josephg/editing-traces has it, unpacked"
        );
        return Ok(());
    };
    let trace = Trace::read(path)?;
    let runs = options.number("runs", 5)?;
    let mut seconds = Series::default();
    for _ in 0..runs {
        let took = replay(&trace)?;
        eprintln!("replay {took} s");
        seconds.push(took);
    }
    let rate = |seconds: f64| trace.typed.len() as f64 / seconds;
    println!(
        "\n**{} edits of two people, {} meetings, {runs} runs**: median {:.0} edits a second ({:.0}–{:.0}); both views and both \
         engines end with the trace's text, byte for byte",
        trace.typed.len(),
        trace.meetings(),
        rate(seconds.median()),
        rate(seconds.percentile(100)),
        rate(seconds.percentile(0)),
    );
    Ok(())
}

/// One person in front of their view.
struct Person {
    editor: Editor,
    number: u64,
    note: String,
    /// How many edits they have made.
    made: usize,
    /// How many of them went out.
    sent: usize,
}

/// Replays the trace; tells how many seconds it took.
fn replay(trace: &Trace) -> Outcome<f64> {
    let (ana, ben) = pair(Size { notes: 1, edits: 1 })?;
    let mut link = Link::between(ana.path(), ben.path())?;
    let made = link.ask(
        0,
        Command::NoteNew {
            title: "Trace".to_owned(),
            body: String::new(),
            kind: NoteKind::Note,
        },
    )?;
    let Reply::NoteMade(made) = made else {
        return Err("no note was made".into());
    };
    link.settle()?;
    let mut people = [
        Person::open(&mut link, 0, &made.id)?,
        Person::open(&mut link, 1, &made.id)?,
    ];
    let begun = Instant::now();
    type_all(trace, &mut link, &mut people, begun)?;
    for (own, person) in people.iter_mut().enumerate() {
        person.send(&mut link, own)?;
    }
    link.settle()?;
    for (own, person) in people.iter_mut().enumerate() {
        person.hear(&mut link, own)?;
    }
    let took = begun.elapsed().as_secs_f64();
    for (own, person) in people.iter().enumerate() {
        check_end(trace, &mut link, own, person)?;
    }
    link.close()?;
    Ok(took)
}

/// Types every edit when its person has seen of the other what they had seen. A frame is drawn whenever they see anything, and
/// whenever a batch goes out.
fn type_all(
    trace: &Trace,
    link: &mut Link,
    people: &mut [Person; 2],
    begun: Instant,
) -> Outcome<()> {
    let mut buffer = Buffer::empty(AREA);
    let look = Look::plain();
    for typed in &trace.typed {
        let own = typed.agent;
        link.pass(KEY)?;
        if typed.sees > 0 {
            // What was typed before this was seen is the engine's before it hears of it, as in the trace.
            people[own].send(link, own)?;
            link.deliver(own, typed.sees)?;
            people[own].hear(link, own)?;
            people[own]
                .editor
                .render(AREA, &mut buffer, &look, ms(begun));
        }
        people[own].type_in(typed, ms(begun));
        if trace.is_awaited(own, people[own].made) {
            people[own].send(link, own)?;
            people[own]
                .editor
                .render(AREA, &mut buffer, &look, ms(begun));
        }
    }
    Ok(())
}

/// Whether a view and its engine show the trace's text.
fn check_end(trace: &Trace, link: &mut Link, own: usize, person: &Person) -> Outcome<()> {
    let note = person.note.clone();
    let Reply::Note(note) = link.ask(own, Command::NotePeek { note })? else {
        return Err("no note is there".into());
    };
    for (text, whose) in [(person.editor.text(), "view"), (&note.body, "engine")] {
        if text != trace.end {
            let both = text.bytes().zip(trace.end.bytes());
            return Err(format!(
                "{whose} {own} does not end with the trace's text: {} bytes, {} are expected, byte {} is another",
                text.len(),
                trace.end.len(),
                both.take_while(|(one, other)| one == other).count(),
            )
            .into());
        }
    }
    Ok(())
}

fn ms(begun: Instant) -> u64 {
    u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl Person {
    fn open(link: &mut Link, own: usize, note: &str) -> Outcome<Self> {
        let number = 1 + own as u64;
        let open = Command::NoteOpen {
            note: note.to_owned(),
            editor: number,
        };
        let Reply::NoteOpened(opened) = link.ask(own, open)? else {
            return Err("the note does not open".into());
        };
        link.take_events(own);
        Ok(Self {
            editor: Editor::open(&opened.text, opened.revision, number),
            number,
            note: opened.id,
            made: 0,
            sent: 0,
        })
    }

    fn type_in(&mut self, typed: &Typed, now_ms: u64) {
        let byte = |text: &str, at: usize| {
            let found = text.char_indices().nth(at);
            found.map_or(text.len(), |(byte, _)| byte)
        };
        let at = byte(self.editor.text(), typed.at);
        self.editor.go_to(at);
        let end = at + byte(&self.editor.text()[at..], typed.delete);
        let left = self.editor.text().len() - (end - at);
        while self.editor.text().len() > left {
            let _ = self.editor.act(Act::Delete, now_ms);
        }
        if !typed.insert.is_empty() {
            let _ = self.editor.act(Act::Insert(typed.insert.clone()), now_ms);
        }
        self.made += 1;
    }

    /// Sends what waits; it is confirmed before this returns.
    fn send(&mut self, link: &mut Link, own: usize) -> Outcome<()> {
        self.sent = self.made;
        link.sent[own] = self.sent;
        let Some(Outgoing { base, splices }) = self.editor.flush() else {
            return Ok(());
        };
        let seen = Seen {
            editor: self.number,
            revision: base,
        };
        link.ask(
            own,
            Command::NoteType {
                note: self.note.clone(),
                splices,
                seen: Some(seen),
            },
        )?;
        self.hear(link, own)
    }

    /// Takes in what happened to the text.
    fn hear(&mut self, link: &mut Link, own: usize) -> Outcome<()> {
        for event in &link.take_events(own) {
            if let Event::NotePatched {
                id,
                revision,
                splices,
                editor,
                ..
            } = event
                && *id == self.note
            {
                let patch = Patch {
                    revision: *revision,
                    editor: *editor,
                    splices: splices.clone(),
                    by: None,
                };
                self.editor
                    .patched(patch)
                    .map_err(|_| "a revision is missing")?;
            }
        }
        Ok(())
    }
}
