//! What is done at the end of every handling, and when time has passed.
//!
//! Owns the order of those things, and when the driver is to call again.

use moot_log::NotebookId;

use super::Engine;
use crate::fault::Outcome;
use crate::limits::{
    GRANT_DELAY_MS, REFRESH_AT_ONCE_MAX, REFRESH_BACKLOG_MAX, REFRESH_PER_TICK, REFRESH_QUIET_MS,
    TICK_MS,
};
use crate::tx::Tx;

impl Engine {
    /// Time has passed.
    pub(super) fn tick(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.tick_sessions(tx)?;
        let is_awaited = !self.waits.deferred.is_empty();
        let Self {
            notebooks,
            rng,
            spread,
            ..
        } = self;
        for notebook in notebooks.values_mut() {
            let sealed = notebook.seal_paused(rng, tx);
            notebook.tell_failure(sealed, tx)?;
            notebook.index_paused(tx)?;
            let carried = notebook.carry_overdue(rng, tx);
            notebook.tell_failure(carried, tx)?;
            let quiet = notebook
                .last_arrival_ms
                .is_none_or(|last| tx.now.steady_ms >= last + REFRESH_QUIET_MS);
            if quiet || is_awaited || notebook.docs.dirty().len() > REFRESH_BACKLOG_MAX {
                notebook.refresh_some(REFRESH_PER_TICK, *spread, tx)?;
            }
            if notebook.joining.is_none()
                && !notebook.has_left()
                && notebook.gap_is_due(tx.now.steady_ms)
            {
                let granted = notebook.grant_missing(rng, tx).map(drop);
                notebook.tell_failure(granted, tx)?;
                notebook.gap_since_ms = None;
            }
        }
        if is_awaited {
            self.execute_deferred(tx)?;
        }
        self.end_enrolments(tx);
        self.look_again_at_relays(tx)?;
        self.end_waits(tx)
    }

    /// What follows from what was just handled.
    pub(super) fn settle(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        self.refresh_few(tx)?;
        self.finish_joins(tx)?;
        // Before anything is sent: a retired device gets nothing of what follows.
        if self
            .notebooks
            .values()
            .any(|notebook| notebook.roster_changed)
        {
            for notebook in self.notebooks.values_mut() {
                notebook.roster_changed = false;
            }
            self.drop_retired(tx);
            self.end_dropped_relays(tx);
            self.look_whom_to_reach(tx)?;
            self.tell_relays(tx)?;
        }
        loop {
            let mut advanced: Vec<NotebookId> = Vec::new();
            for notebook in self.notebooks.values_mut() {
                if std::mem::take(&mut notebook.advanced) {
                    if !notebook.lost.is_empty() {
                        notebook.cover_what_is_held(tx)?;
                    }
                    advanced.push(notebook.id);
                }
            }
            if advanced.is_empty() {
                break;
            }
            for notebook in advanced {
                self.advance_sessions(notebook, tx)?;
            }
        }
        self.part_for_good(tx)?;
        for notebook in self.notebooks.values_mut() {
            notebook.tell_all_open(tx)?;
        }
        self.send_live(tx);
        for notebook in self.notebooks.values_mut() {
            notebook.stage_counts(tx);
        }
        if tx.writes() {
            self.tell_marker(tx);
        }
        self.ask_to_be_woken(tx);
        Ok(())
    }

    /// A few documents are brought up to date at once, so that a live edit is seen at once; many wait for quiet.
    fn refresh_few(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        for notebook in self.notebooks.values_mut() {
            let dirty = notebook.docs.dirty().len();
            if dirty > 0 && dirty <= REFRESH_AT_ONCE_MAX {
                notebook.refresh_all(tx)?;
            }
        }
        Ok(())
    }

    /// Who has left, and whose leaving others have heard of, asks for nothing more.
    fn part_for_good(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let parted: Vec<NotebookId> = self
            .notebooks
            .values()
            .filter(|notebook| notebook.has_parted())
            .map(|notebook| notebook.id)
            .collect();
        for id in parted {
            for stream in self.sessions.streams_of(id) {
                self.with_session(stream, tx, |session, _| session.bye())?;
            }
        }
        Ok(())
    }

    fn ask_to_be_woken(&mut self, tx: &mut Tx<'_>) {
        let now = tx.now.steady_ms;
        tx.wake_at(now + TICK_MS);
        if !self.waits.deferred.is_empty() {
            tx.wake_at(now);
        }
        for notebook in self.notebooks.values_mut() {
            if !notebook.docs.dirty().is_empty() {
                let quiet_at = notebook
                    .last_arrival_ms
                    .map_or(now, |last| last + REFRESH_QUIET_MS);
                tx.wake_at(quiet_at.max(now));
            }
            let dues = [notebook.seal_due(), notebook.index_due()];
            for due in dues.into_iter().flatten() {
                tx.wake_at(due);
            }
            notebook.watch_for_gaps(now);
        }
        for link in self.sessions.links.values() {
            if let Some(due) = link.session.next_timeout() {
                tx.wake_at(due);
            }
        }
        let deadlines = [self.waits.first_deadline(), self.enrolling.first_deadline()];
        for deadline in deadlines.into_iter().flatten() {
            tx.wake_at(deadline);
        }
    }
}

impl crate::notebook::Notebook {
    /// Notices that somebody lacks a key. Whoever let them in grants it at once, so others wait a while before they do.
    fn watch_for_gaps(&mut self, now_ms: u64) {
        if std::mem::take(&mut self.keys_changed) {
            let missing = !self.keys.gaps(&self.roster).is_empty();
            self.gap_since_ms = missing.then(|| self.gap_since_ms.unwrap_or(now_ms));
        }
    }

    fn gap_is_due(&self, now_ms: u64) -> bool {
        self.gap_since_ms
            .is_some_and(|since| now_ms >= since + GRANT_DELAY_MS)
    }
}
