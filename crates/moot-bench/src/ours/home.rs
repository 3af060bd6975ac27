//! Homes made once and copied for each run.

use std::path::{Path, PathBuf};

use moot_engine::command::NoteKind;
use moot_engine::{Command, Reply};

use super::{Machine, Saving};
use crate::Outcome;
use crate::workload::{self, Size};

/// A directory with a store in it; gone when dropped, unless it was there before.
pub(crate) struct Home {
    path: PathBuf,
    /// Removes the directory, where it is one's own.
    _kept: Option<tempfile::TempDir>,
}

impl Home {
    /// A home with nothing in it.
    pub(crate) fn empty() -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("moot-bench").tempdir()?;
        Ok(Self {
            path: directory.path().to_owned(),
            _kept: Some(directory),
        })
    }

    /// A home that somebody else made and removes.
    pub(crate) fn there(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _kept: None,
        }
    }

    /// The home of somebody who founded a notebook and wrote in it.
    pub(crate) fn founded(size: Size) -> Outcome<Self> {
        let home = Self::empty()?;
        let (mut machine, _) = Machine::open(home.path(), Saving::Relaxed)?;
        machine.ask(Command::Init {
            person: "Ana".to_owned(),
            notebook: "Garden".to_owned(),
            purpose: None,
        })?;
        write_notes(&mut machine, size)?;
        machine.close()?;
        Ok(home)
    }

    /// Writes notes in a home that is there.
    pub(crate) fn add_notes(&self, size: Size) -> Outcome<()> {
        let (mut machine, _) = Machine::open(self.path(), Saving::Relaxed)?;
        write_notes(&mut machine, size)?;
        machine.close()
    }

    /// The same once more.
    pub(crate) fn copy(&self) -> Outcome<Self> {
        let copy = Self::empty()?;
        for file in std::fs::read_dir(self.path())? {
            let file = file?;
            std::fs::copy(file.path(), copy.path().join(file.file_name()))?;
        }
        Ok(copy)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

fn write_notes(machine: &mut Machine, size: Size) -> Outcome<()> {
    let mut notes = vec![String::new(); size.notes];
    for (note, edit) in workload::order(size) {
        let line = workload::line(note, edit);
        if edit > 0 {
            let note = notes[note].clone();
            machine.ask(Command::NoteAppend { note, text: line })?;
            continue;
        }
        let made = machine.ask(Command::NoteNew {
            title: workload::title(note),
            body: format!("{line}\n"),
            kind: NoteKind::Note,
        })?;
        let Reply::NoteMade(made) = made else {
            return Err("a note was not made".into());
        };
        notes[note] = made.id;
    }
    Ok(())
}
