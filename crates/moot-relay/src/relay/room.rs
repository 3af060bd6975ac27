//! How much may still be kept: what the operator gives, and what the disk has.
//!
//! Owns what follows from a full disk. What is kept is served all the same, and nothing more is taken until there is room.

use moot_log::storage::Store;

use super::{Effects, Event, Failed, Now, Relay, StreamId, Tx, keeping};
use crate::limits::{LAST_BYTES, RESERVE_AGAIN_BYTES, RESERVE_BYTES, SHARES};
use crate::records::Records;

/// How much may still be kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    quota: u64,
    kept: u64,
    on_disk: u64,
}

impl Room {
    pub(super) fn left(self) -> u64 {
        self.quota.saturating_sub(self.kept).min(self.on_disk)
    }

    /// What one device may come to, given what it and its whole notebook wrote so far: a part of the quota, and never so much
    /// that the notebook has more than is left.
    pub(super) fn share(self, written: u64, of_notebook: u64) -> u64 {
        let for_notebook = self.left().saturating_sub(of_notebook) / 2;
        (self.quota / SHARES).min(written.saturating_add(for_notebook))
    }

    pub(crate) fn share_left(self, written: u64, of_notebook: u64) -> u64 {
        self.share(written, of_notebook).saturating_sub(written)
    }
}

/// The disk, as the driver last saw it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Disk {
    /// Bytes that are free; nothing where nobody said.
    free: Option<u64>,
    is_full: bool,
}

impl Disk {
    /// How much of it may be filled.
    fn left(self) -> u64 {
        match self.free {
            _ if self.is_full => 0,
            None => u64::MAX,
            Some(free) => free.saturating_sub(RESERVE_BYTES),
        }
    }

    /// Whether nothing at all should be written.
    pub(super) fn is_at_its_end(self) -> bool {
        self.free.is_some_and(|free| free < LAST_BYTES)
    }
}

impl Relay {
    pub(super) fn room(&self) -> Room {
        Room {
            quota: self.policy.quota_bytes,
            kept: self.kept.bytes,
            on_disk: self.disk.left(),
        }
    }

    /// Takes note of how many bytes are free on the disk, for the handlings that follow. Tells whether that changes what is taken:
    /// then [`Input::Tick`](super::Input::Tick) is due at once.
    pub fn note_free(&mut self, free: u64) -> bool {
        self.disk.free = Some(free);
        let needed = match self.disk.is_full {
            true => RESERVE_AGAIN_BYTES,
            false => RESERVE_BYTES,
        };
        (free < needed) != self.disk.is_full
    }

    /// Says that the disk has become full, or is so no more. Then members of whom something was passed over bring it again.
    pub(super) fn look_at_disk(&mut self, tx: &mut Tx<'_>) -> Result<(), Failed> {
        let Some(free) = self.disk.free else {
            return Ok(());
        };
        if !self.note_free(free) {
            return Ok(());
        }
        self.disk.is_full = !self.disk.is_full;
        if self.disk.is_full {
            tx.effects.events.push(Event::NoRoom);
            return Ok(());
        }
        tx.effects.events.push(Event::RoomAgain);
        let links = self.links.iter().filter(|(_, link)| link.has_declined);
        let waiting: Vec<StreamId> = links.map(|(stream, _)| *stream).collect();
        for stream in waiting {
            self.with_session(stream, tx, |session, _| session.bye())?;
        }
        Ok(())
    }

    /// Begins anew from what the store holds, after a commit failed and was taken back. All streams are closed: what was said on
    /// them may not be on the disk.
    ///
    /// # Errors
    /// [`Failed::Read`].
    pub fn start_over(&mut self, now: Now, store: &dyn Store) -> Result<Effects, Failed> {
        self.kept = keeping::count_all(Records(store))?;
        let mut effects = Effects {
            next_tick_ms: Some(now.steady_ms),
            ..Effects::default()
        };
        let streams: Vec<StreamId> = self.links.keys().copied().collect();
        for stream in streams {
            self.closed(stream);
            let reason = "the disk is full".to_owned();
            effects.closes.push((stream, reason));
        }
        Ok(effects)
    }
}
