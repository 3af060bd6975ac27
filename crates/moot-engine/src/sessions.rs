//! The streams to other nodes, and the session on each.
//!
//! Owns which streams are open, what they are about, and which of two with the same device is kept. Never ingests and never
//! decides who belongs: what sessions report is handed to the engine.

use std::collections::BTreeMap;

use moot_log::chain::Chains;
use moot_log::frame::entries::{EntriesError, Verify};
use moot_log::session::{DiscoveryKey, HelloKeys, Host, InviteStanding, Output, Session, Standing};
use moot_log::storage::ReadError;
use moot_log::{ChainId, DevicePk, Digest, Entry, EntryId, LogId, LogInit, NotebookId};

use crate::engine::Enrolling;
use crate::engine::relays::ToldRelay;
use crate::machine::{PeerName, Reach, Role, StreamId};
use crate::notebook::Notebook;
use crate::tx::Tx;

/// A stream and its session.
pub(crate) struct Link {
    pub(crate) session: Session,
    pub(crate) peer: PeerName,
    pub(crate) role: Role,
    pub(crate) reach: Reach,
    /// The notebook, once it is known.
    pub(crate) notebook: Option<NotebookId>,
    /// The device at the other end, once both have proved themselves.
    pub(crate) device: Option<DevicePk>,
    /// How far the other's clock was ahead when it last said.
    pub(crate) clock_ahead_ms: i64,
    /// What it was told of the group, where it is a relay.
    pub(crate) told_relay: Option<ToldRelay>,
    /// Since when a request to join lies there, on the steady clock, where it is a relay.
    pub(crate) waits_since_ms: Option<u64>,
}

/// All streams by their numbers.
#[derive(Default)]
pub(crate) struct Sessions {
    pub(crate) links: BTreeMap<StreamId, Link>,
    /// At what the person was last told that a device holds everything.
    in_step: BTreeMap<(NotebookId, DevicePk), Digest>,
}

impl Sessions {
    /// The streams on which a notebook is being synced.
    pub(crate) fn established(
        &self,
        notebook: NotebookId,
    ) -> impl Iterator<Item = (StreamId, &Link)> {
        self.links
            .iter()
            .filter(move |(_, link)| link.device.is_some() && link.notebook == Some(notebook))
            .map(|(stream, link)| (*stream, link))
    }

    /// Whether it is new that a device holds everything: it is told once for what there is, however often it is confirmed.
    pub(crate) fn is_news(&mut self, id: NotebookId, device: DevicePk, all: Digest) -> bool {
        self.in_step.insert((id, device), all) != Some(all)
    }

    /// Forgets what was told of devices that are gone, so that it is told again when they are back.
    pub(crate) fn forget_told(&mut self) {
        let Self { links, in_step } = self;
        in_step.retain(|(notebook, device), _| {
            links
                .values()
                .any(|link| link.notebook == Some(*notebook) && link.device == Some(*device))
        });
    }

    /// The numbers of the streams on which a notebook is being synced.
    pub(crate) fn streams_of(&self, notebook: NotebookId) -> Vec<StreamId> {
        self.established(notebook)
            .map(|(stream, _)| stream)
            .collect()
    }

    /// The numbers of the streams that are about a notebook, proven or not.
    pub(crate) fn streams_about(&self, notebook: NotebookId) -> Vec<StreamId> {
        let about = self
            .links
            .iter()
            .filter(|(_, link)| link.notebook == Some(notebook));
        about.map(|(stream, _)| *stream).collect()
    }

    /// Whether a notebook is being synced with somebody under this name, on a stream that the other side opened.
    pub(crate) fn is_served_by(&self, notebook: NotebookId, peer: &PeerName) -> bool {
        self.established(notebook)
            .any(|(_, link)| link.peer == *peer && link.role == Role::Responder)
    }

    /// Of two established streams with the same node about the same notebook, the one to close.
    ///
    /// Both ends come to the same choice: the stream stays that the node with the smaller name opened; of two opened by the
    /// same node the newer one stays, since the older is a leftover of a connection that died.
    pub(crate) fn surplus(&self, newest: StreamId, own: &PeerName) -> Option<StreamId> {
        let new = self.links.get(&newest)?;
        let notebook = new.notebook?;
        let (old_stream, old) = self
            .established(notebook)
            .find(|(stream, link)| *stream != newest && link.peer == new.peer)?;
        let opened_by_us = |link: &Link| matches!(link.role, Role::Initiator { .. });
        if opened_by_us(new) == opened_by_us(old) {
            return Some(old_stream);
        }
        let ours_stays = *own < new.peer;
        Some(if opened_by_us(new) == ours_stays {
            old_stream
        } else {
            newest
        })
    }
}

/// What a session may read: the notebooks as they are, and the store.
pub(crate) struct HostView<'v, 'a> {
    pub(crate) notebooks: &'v BTreeMap<NotebookId, Notebook>,
    pub(crate) nothing: &'v Chains,
    pub(crate) enrolling: &'v Enrolling,
    pub(crate) tx: &'v Tx<'a>,
    pub(crate) verify: Verify,
}

impl HostView<'_, '_> {
    /// The notebook that is being enrolled under a name.
    fn behind(&self, place: &NotebookId) -> Option<&Notebook> {
        self.notebooks.get(&self.enrolling.notebook(place)?)
    }
}

impl Host for HostView<'_, '_> {
    fn verify(
        &self,
        entries: &[Entry],
        log: &LogId,
        device: &DevicePk,
    ) -> Result<(), EntriesError> {
        (self.verify)(entries, log, device)
    }

    fn notebook_of_tag(&self, is_tag_of: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId> {
        self.notebooks
            .values()
            .find(|notebook| is_tag_of(&DiscoveryKey(notebook.discovery_key)))
            .map(|notebook| notebook.id)
    }

    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys> {
        if let Some(notebook) = self.notebooks.get(notebook) {
            return Some(HelloKeys {
                discovery_key: DiscoveryKey(notebook.discovery_key),
                genesis: notebook.genesis,
                device: notebook.device(),
            });
        }
        let device = self.behind(notebook)?.device();
        self.enrolling.keys(notebook, device)
    }

    fn sign_hello(&self, notebook: &NotebookId, message: &[u8]) -> [u8; 64] {
        let known = self
            .notebooks
            .get(notebook)
            .or_else(|| self.behind(notebook));
        known.map_or([0; 64], |notebook| notebook.sign(message))
    }

    fn standing(&self, notebook: &NotebookId, device: &DevicePk) -> Standing {
        match self.notebooks.get(notebook) {
            Some(notebook) if notebook.serves(device) => Standing::Member,
            None if self.enrolling.is_relay(notebook, device) => Standing::Member,
            _ => Standing::Unknown,
        }
    }

    fn invite_standing(&self, notebook: &NotebookId, invite: &DevicePk) -> InviteStanding {
        match self.notebooks.get(notebook) {
            Some(notebook) if notebook.knows_invite(invite) => InviteStanding::Known,
            _ => InviteStanding::Unknown,
        }
    }

    fn chains(&self, notebook: &NotebookId) -> &Chains {
        self.notebooks
            .get(notebook)
            .map_or(self.nothing, Notebook::held_chains)
    }

    fn log_init(&self, notebook: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError> {
        Ok(self
            .notebooks
            .get(notebook)
            .and_then(|notebook| notebook.log_inits.get(log).cloned()))
    }

    fn comes_last(&self, notebook: &NotebookId, log: &LogId) -> bool {
        self.notebooks.get(notebook).is_some_and(|notebook| {
            notebook
                .log_inits
                .get(log)
                .is_some_and(|init| notebook.shares.is_over(&init.device()))
        })
    }

    fn locate(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        let place = self.tx.places(*notebook).seek(id)?;
        let lost = self.notebooks.get(notebook).map(|notebook| &notebook.lost);
        Ok(place.filter(|(chain, seq)| lost.is_none_or(|lost| lost.covers(id, chain, *seq))))
    }

    fn entry_at(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError> {
        let id = self.tx.places(*notebook).find(chain, seq)?;
        let lost = self.notebooks.get(notebook).map(|notebook| &notebook.lost);
        Ok(id.filter(|id| lost.is_none_or(|lost| lost.covers(id, chain, seq))))
    }

    fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        let Some(notebook) = self.notebooks.get(notebook) else {
            return Ok(Vec::new());
        };
        notebook.held_entries_from(chain, first_seq, bytes_max, self.tx)
    }
}

/// Sends what a session wants sent. Its events and its end are the engine's.
pub(crate) fn send(stream: StreamId, output: &mut Output, tx: &mut Tx<'_>) {
    let frames = std::mem::take(&mut output.frames);
    tx.send(stream, frames);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_a_device_holds_everything_is_told_once_for_what_there_is() {
        let mut sessions = Sessions::default();
        let (notebook, device) = (NotebookId([1; 16]), DevicePk([2; 32]));
        let all = [Digest([1; 32]), Digest([2; 32])];
        assert!(sessions.is_news(notebook, device, all[0]));
        assert!(!sessions.is_news(notebook, device, all[0]));
        assert!(sessions.is_news(notebook, DevicePk([3; 32]), all[0]));
        assert!(sessions.is_news(notebook, device, all[1]));
        sessions.forget_told();
        assert!(sessions.is_news(notebook, device, all[1]), "it was gone");
    }
}
