//! The co-editing with the engine: which own splices it has, which are under way, and which wait.
//!
//! Owns the arithmetic of revisions: operational transformation with the engine as the only server, so that at most one batch is under
//! way. Never touches what is on the screen: it answers what is to be done there.

use moot_engine::text::{Splice, gather, rebase, replace_whole};

use super::limits::{LOOSE_SPLICES_MAX, SEND_MS_MAX, SEND_PAUSE_MS};

/// Own splices for the engine, meant for the text as it was at a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The revision of the text that they are meant for.
    pub base: u64,
    /// In rising order of place; each counts in the text as the one before left it.
    pub splices: Vec<Splice>,
}

/// What the engine did to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The text's revision with it. They are numbered without gaps.
    pub revision: u64,
    /// Which editor sent it, if one of this engine's did.
    pub editor: Option<u64>,
    /// Each counts in the text as the one before left it.
    pub splices: Vec<Splice>,
    /// Whose it is, if it is one person's: their caret goes along.
    pub by: Option<String>,
}

/// A patch does not follow on what is here. Read the text anew and call [`Editor::reopened`](super::Editor::reopened).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap;

/// One editor's side of it. The text on the screen is `confirmed`, then what is under way, then what waits.
#[derive(Debug)]
pub(super) struct Session {
    editor: u64,
    revision: u64,
    /// The engine's text at that revision.
    confirmed: String,
    under_way: Option<Vec<Splice>>,
    waiting: Vec<Splice>,
    /// When the first of what waits was made.
    first_ms: u64,
    /// When the last was.
    last_ms: u64,
}

impl Session {
    pub(super) fn new(text: &str, revision: u64, editor: u64) -> Self {
        Self {
            editor,
            revision,
            confirmed: text.to_owned(),
            under_way: None,
            waiting: Vec::new(),
            first_ms: 0,
            last_ms: 0,
        }
    }

    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// Takes an own splice that is on the screen already.
    pub(super) fn own(&mut self, splice: Splice, now_ms: u64) {
        if self.waiting.is_empty() {
            self.first_ms = now_ms;
        }
        self.last_ms = now_ms;
        match self.waiting.last_mut() {
            Some(last) if splice.delete == 0 && last.at + last.insert.len() == splice.at => {
                last.insert.push_str(&splice.insert);
            }
            _ => self.waiting.push(splice),
        }
        if self.waiting.len() > LOOSE_SPLICES_MAX {
            self.waiting = gather(&self.waiting);
        }
    }

    pub(super) fn due(&mut self, now_ms: u64) -> Option<Outgoing> {
        self.next_send_ms()
            .filter(|due_ms| *due_ms <= now_ms)
            .and_then(|_| self.flush())
    }

    pub(super) fn flush(&mut self) -> Option<Outgoing> {
        if self.under_way.is_some() {
            return None;
        }
        let splices = gather(&std::mem::take(&mut self.waiting));
        if splices.is_empty() {
            return None;
        }
        self.under_way = Some(splices.clone());
        Some(Outgoing {
            base: self.revision,
            splices,
        })
    }

    pub(super) fn next_send_ms(&self) -> Option<u64> {
        let is_due = self.under_way.is_none() && !self.waiting.is_empty();
        let by_pause = self.last_ms.saturating_add(SEND_PAUSE_MS);
        let at_latest = self.first_ms.saturating_add(SEND_MS_MAX);
        is_due.then(|| by_pause.min(at_latest))
    }

    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn is_saved(&self) -> bool {
        self.under_way.is_none() && self.waiting.is_empty()
    }

    /// Where a place on the screen is in the text that the engine has.
    pub(super) fn confirmed_place(&self, at: usize) -> usize {
        let under_way = self.under_way.iter().flatten();
        let unmade = under_way.chain(&self.waiting).rev();
        unmade.fold(at, |at, splice| {
            let end = splice.at + splice.insert.len();
            if at >= end {
                at - splice.insert.len() + splice.delete
            } else {
                at.min(splice.at)
            }
        })
    }

    /// Takes in a patch; gives what is to be done on the screen, which is nothing for a confirmation.
    pub(super) fn patched(&mut self, patch: Patch) -> Result<Vec<Splice>, Gap> {
        if patch.revision <= self.revision {
            return Ok(Vec::new());
        }
        if patch.revision != self.revision + 1 {
            return Err(Gap);
        }
        let is_own = patch.editor == Some(self.editor);
        if is_own && self.under_way.as_deref().map(gather) != Some(gather(&patch.splices)) {
            return Err(Gap);
        }
        self.confirmed = with(&self.confirmed, &patch.splices).ok_or(Gap)?;
        self.revision = patch.revision;
        if is_own {
            self.under_way = None;
            return Ok(Vec::new());
        }
        Ok(self.carry(patch.splices))
    }

    /// Carries what is not confirmed over what others did; gives what they did for the text on the screen.
    fn carry(&mut self, mut theirs: Vec<Splice>) -> Vec<Splice> {
        if let Some(under_way) = &mut self.under_way {
            (*under_way, theirs) = rebase(under_way, &theirs);
        }
        (self.waiting, theirs) = rebase(&self.waiting, &theirs);
        theirs
    }

    /// Lets what is under way wait again, before what waits already.
    pub(super) fn not_taken(&mut self) {
        if let Some(mut splices) = self.under_way.take() {
            splices.append(&mut self.waiting);
            self.waiting = gather(&splices);
        }
    }

    /// Takes the engine's text as it was read anew; gives what is to be done on the screen.
    ///
    /// Whether a batch under way was taken before the connection was lost, nobody says. It was if that makes less of a difference
    /// between the texts.
    pub(super) fn reopened(&mut self, text: &str, revision: u64) -> Vec<Splice> {
        let mut theirs = replace_whole(&self.confirmed, text);
        if let Some(taken) = self
            .under_way
            .as_deref()
            .and_then(|sent| with(&self.confirmed, sent))
            .map(|sent| replace_whole(&sent, text))
            .filter(|since| bytes_of(since) < bytes_of(&theirs))
        {
            self.under_way = None;
            theirs = taken;
        }
        self.not_taken();
        text.clone_into(&mut self.confirmed);
        self.revision = revision;
        self.carry(gather(&theirs))
    }
}

/// The text with splices made; `None` if one does not fit.
fn with(text: &str, splices: &[Splice]) -> Option<String> {
    let mut text = text.to_owned();
    for Splice { at, delete, insert } in splices {
        let range = *at..at.checked_add(*delete)?;
        text.get(range.clone())?;
        text.replace_range(range, insert);
    }
    Some(text)
}

fn bytes_of(splices: &[Splice]) -> usize {
    splices
        .iter()
        .map(|splice| splice.delete + splice.insert.len())
        .sum()
}
