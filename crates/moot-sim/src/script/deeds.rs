//! One deed after another: who does what next.
//!
//! Owns the commands and what each promises. A deed that was not acknowledged promises nothing, and may have happened.

use moot_engine::command::{ImportFile, NoteKind, Splice};
use moot_engine::reply::{NoteRow, NoteView};
use moot_engine::{Command, Reply};

use super::{INVITE_MS, Mark, Mishap, Script, Standing, name};
use crate::world::World;

/// Titles that people give again and again, so that they meet.
const TITLES: [&str; 5] = ["Watering", "Compost", "Tools", "Seeds", "Open day"];

/// Paths that are imported again and again.
const PATHS: [&str; 3] = ["beds.md", "rota/spring.md", "how/to-prune.md"];

/// People who must remain when somebody leaves.
const REMAIN_MIN: usize = 2;

impl Script {
    /// Somebody does something.
    pub(super) fn somebody_acts(&mut self, world: &mut World) {
        let outside: Vec<usize> = (0..self.standing.len())
            .filter(|node| self.standing[*node] == Standing::Out && world.is_up(*node))
            .collect();
        if !outside.is_empty() && self.backup.is_none() && world.dice.percent(20) {
            let node = world.dice.pick(&outside).copied().unwrap_or(0);
            return self.join(world, node);
        }
        let Some(node) = self.draw_member(world) else {
            return;
        };
        match world.dice.below(100) {
            0..14 => self.note_new(world, node),
            14..36 => self.append(world, node),
            36..52 => self.set(world, node),
            52..70 => self.type_in(world, node),
            70..76 => self.rename(world, node),
            76..80 => self.put_away(world, node),
            80..84 => self.bring_back(world, node),
            84..88 => self.settle_titles(world, node),
            88..92 => self.import(world, node),
            92..94 => self.invite(world, node),
            94..96 => self.look_round(world, node),
            96..98 => self.wait_for_others(world, node),
            98 => self.rebuild(world, node),
            _ => self.leave(world, node),
        }
    }

    /// Asks, and takes a refusal for an answer where it is one that may be.
    fn asked(&mut self, world: &mut World, node: usize, command: Command) -> Option<Reply> {
        let shown = format!("{command:?}");
        match world.get(node, command) {
            Some(Ok(reply)) => Some(reply),
            Some(Err(error)) => self.refusal(node, &shown, &error),
            None => None,
        }
    }

    // The door.

    pub(super) fn invite(&mut self, world: &mut World, node: usize) {
        let invite = Command::Invite {
            expires_in_ms: INVITE_MS,
            uses: 20,
            confirm: false,
        };
        if let Some(Reply::Invited(invited)) = self.asked(world, node, invite) {
            let made = Mark {
                by: node,
                at: self.done,
            };
            self.tickets.push((invited.ticket, made));
        }
    }

    fn join(&mut self, world: &mut World, node: usize) {
        let Some((ticket, _)) = world.dice.pick(&self.tickets).cloned() else {
            return;
        };
        let join = Command::Join {
            ticket,
            person: name(node),
            wait_ms: 30_000,
        };
        world.ask(node, join);
        // Whether the request was kept shows in the status, also where the node went down over it.
        let asks = world.is_up(node) && self.status(world, node).is_some();
        if asks {
            self.standing[node] = Standing::Asking;
        }
    }

    fn leave(&mut self, world: &mut World, node: usize) {
        let members = self
            .standing
            .iter()
            .filter(|standing| **standing == Standing::In)
            .count();
        // Where a home is copied or set back everybody stays: it must find those again whom it knew.
        if members <= REMAIN_MIN || node == 0 || self.plan.mishap != Mishap::None {
            return;
        }
        // Whether or not the answer comes, it may have happened; the home counts for nothing from here on.
        self.asked(world, node, Command::Leave);
        self.standing[node] = Standing::Left;
    }

    // Notes.

    fn notes(&mut self, world: &mut World, node: usize) -> Vec<NoteRow> {
        match self.asked(world, node, Command::NoteList { deleted: true }) {
            Some(Reply::Notes(notes)) => notes,
            _ => Vec::new(),
        }
    }

    fn some_note(&mut self, world: &mut World, node: usize) -> Option<NoteRow> {
        let notes = self.notes(world, node);
        world.dice.pick(&notes).cloned()
    }

    fn show(&mut self, world: &mut World, node: usize, note: &str) -> Option<NoteView> {
        let (note, at) = (note.to_owned(), None);
        match self.asked(world, node, Command::NoteShow { note, at }) {
            Some(Reply::Note(view)) => Some(view),
            _ => None,
        }
    }

    /// Asks for something that writes this marker, and holds the engine to it once it was acknowledged.
    fn writes(&mut self, world: &mut World, node: usize, mark: String, command: Command) {
        if self.asked(world, node, command).is_some() {
            self.promise(node, mark);
        }
    }

    fn note_new(&mut self, world: &mut World, node: usize) {
        let mark = self.next_mark();
        let title = world.dice.pick(&TITLES).copied().unwrap_or("Watering");
        let new = Command::NoteNew {
            title: title.to_owned(),
            body: format!("{mark}\n"),
            kind: NoteKind::Note,
        };
        self.writes(world, node, mark, new);
    }

    fn append(&mut self, world: &mut World, node: usize) {
        let Some(note) = self.some_note(world, node) else {
            return;
        };
        let mark = self.next_mark();
        let append = Command::NoteAppend {
            note: note.id,
            text: format!("{mark}\n"),
        };
        self.writes(world, node, mark, append);
    }

    /// Writes a whole text with a line more, or one less. Not both: a line in the place of another is that line, changed.
    fn set(&mut self, world: &mut World, node: usize) {
        let Some(note) = self.some_note(world, node) else {
            return;
        };
        let Some(view) = self.show(world, node, &note.id) else {
            return;
        };
        let mut lines: Vec<&str> = view.body.split_inclusive('\n').collect();
        let base = world.dice.percent(70).then_some(view.version);
        let set = |text: String| Command::NoteSet {
            note: note.id.clone(),
            text,
            base: base.clone(),
        };
        if world.dice.percent(25)
            && let Some(struck) = world.dice.pick(&lines).copied()
        {
            // Whether or not the command is acknowledged, the line may be gone from now on.
            self.promised.remove(struck.trim());
            lines.retain(|line| *line != struck);
            self.asked(world, node, set(lines.concat()));
            return;
        }
        let mark = self.next_mark();
        let line = format!("{mark}\n");
        let whole = lines.iter().filter(|line| line.ends_with('\n')).count();
        let at = usize::try_from(world.dice.below(whole as u64 + 1)).unwrap_or(0);
        lines.insert(at, &line);
        let set = set(lines.concat());
        self.writes(world, node, mark, set);
    }

    /// Types some letters, then a line; it is journalled, and becomes an entry later.
    fn type_in(&mut self, world: &mut World, node: usize) {
        let Some(note) = self.some_note(world, node) else {
            return;
        };
        for _ in 0..=world.dice.below(4) {
            let Some(view) = self.show(world, node, &note.id) else {
                return;
            };
            let mark = self.next_mark();
            let starts: Vec<usize> = std::iter::once(0)
                .chain(view.body.match_indices('\n').map(|(at, _)| at + 1))
                .collect();
            let at = world.dice.pick(&starts).copied().unwrap_or(0);
            let splice = |insert: String, at: usize| Splice {
                at,
                delete: 0,
                insert,
            };
            let splices = vec![
                splice("typed\n".to_owned(), at),
                splice(format!("{mark}\n"), at + "typed\n".len()),
            ];
            let note = note.id.clone();
            self.writes(
                world,
                node,
                mark,
                Command::NoteType {
                    note,
                    splices,
                    seen: None,
                },
            );
            let pause_ms = world.dice.below(900);
            world.run_for(pause_ms);
        }
    }

    fn rename(&mut self, world: &mut World, node: usize) {
        if let Some(note) = self.some_note(world, node) {
            let title = world.dice.pick(&TITLES).copied().unwrap_or("Tools");
            let (note, title) = (note.id, title.to_owned());
            self.asked(world, node, Command::NoteRename { note, title });
        }
    }

    fn put_away(&mut self, world: &mut World, node: usize) {
        if let Some(note) = self.some_note(world, node) {
            self.asked(world, node, Command::NoteDelete { note: note.id });
        }
    }

    fn bring_back(&mut self, world: &mut World, node: usize) {
        let notes = self.notes(world, node);
        if let Some(note) = notes.into_iter().find(|note| note.deleted) {
            self.asked(world, node, Command::NoteRestore { note: note.id });
        }
    }

    fn settle_titles(&mut self, world: &mut World, node: usize) {
        let notes = self.notes(world, node);
        if let Some(note) = notes.into_iter().find(|note| note.titles.len() > 1) {
            let choice = note.titles[0].title.clone();
            let id = note.id;
            self.asked(world, node, Command::Settle { id, choice });
        }
    }

    fn import(&mut self, world: &mut World, node: usize) {
        let path = world.dice.pick(&PATHS).copied().unwrap_or("beds.md");
        let mark = self.next_mark();
        // A file holds what it held before; only the last line is new.
        let earlier: String = (0..self.imports.len())
            .filter(|at| self.imports[*at].0 == path)
            .map(|at| format!("{}\n", self.imports[at].1))
            .collect();
        let text = format!("# {path}\n\n{earlier}{mark}\n");
        let files = vec![ImportFile {
            path: path.to_owned(),
            text,
        }];
        let import = Command::Import {
            files,
            dry_run: false,
        };
        if let Some(Reply::Imported(imported)) = self.asked(world, node, import) {
            // A deleted note is left alone.
            if imported.skipped.is_empty() {
                self.imports.push((path, mark.clone()));
                self.promise(node, mark);
            }
        }
    }

    // Looking.

    fn look_round(&mut self, world: &mut World, node: usize) {
        for command in [
            Command::People,
            Command::Notebooks,
            Command::InviteList,
            Command::Search {
                query: "mark".to_owned(),
                limit: 10,
            },
        ] {
            self.asked(world, node, command);
        }
        if let Some(note) = self.some_note(world, node) {
            let note = note.id;
            self.asked(world, node, Command::NoteHistory { note: note.clone() });
            self.asked(world, node, Command::NoteBlame { note: note.clone() });
            self.asked(world, node, Command::Export { note });
        }
    }

    fn wait_for_others(&mut self, world: &mut World, node: usize) {
        let sync = Command::Sync {
            wait_ms: 20_000,
            with: 1,
        };
        world.ask(node, sync);
    }

    fn rebuild(&mut self, world: &mut World, node: usize) {
        let doctor = self.asked(world, node, Command::Doctor { rebuild: true });
        if let Some(Reply::Doctor(doctor)) = doctor {
            assert!(doctor.ok, "node {node}: {:?}", doctor.findings);
        }
    }
}
