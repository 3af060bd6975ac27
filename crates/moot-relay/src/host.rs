//! What a session may ask of a relay: answered from the store, but for the chains of notebooks that are open.

use std::collections::BTreeMap;

use moot_log::chain::Chains;
use moot_log::session::{DiscoveryKey, HelloKeys, Host, InviteStanding, Standing};
use moot_log::storage::{ReadError, Reader};
use moot_log::{ChainId, DevicePk, Entry, EntryId, LogId, LogInit, NotebookId, Signer};

use crate::machine::Identity;
use crate::records::Records;
use crate::relay::{Enrolment, Notebook, Room};

/// A relay during one call into a session.
pub(crate) struct View<'v> {
    pub(crate) identity: &'v Identity,
    pub(crate) enrolment: &'v Enrolment,
    pub(crate) open: &'v BTreeMap<NotebookId, Notebook>,
    pub(crate) nothing: &'v Chains,
    pub(crate) room: Room,
    pub(crate) store: &'v dyn Reader,
}

impl View<'_> {
    fn records(&self) -> Records<'_> {
        Records(self.store)
    }

    fn is_enrolment(&self, notebook: &NotebookId) -> bool {
        *notebook == self.enrolment.notebook
    }
}

/// A store that does not answer knows nobody: the session ends like a stranger's, and the next one asks again.
impl Host for View<'_> {
    fn notebook_of_tag(&self, is_tag_of: &dyn Fn(&DiscoveryKey) -> bool) -> Option<NotebookId> {
        if is_tag_of(&self.enrolment.discovery_key) {
            return Some(self.enrolment.notebook);
        }
        let found = self
            .records()
            .find(|_, record| is_tag_of(&record.discovery_key));
        found.ok().flatten()
    }

    fn keys(&self, notebook: &NotebookId) -> Option<HelloKeys> {
        let device = DevicePk(self.identity.key.verifying_key().to_bytes());
        if self.is_enrolment(notebook) {
            return Some(HelloKeys {
                discovery_key: self.enrolment.discovery_key,
                genesis: self.enrolment.genesis,
                device,
            });
        }
        let record = self.records().notebook(notebook).ok().flatten()?;
        Some(HelloKeys {
            discovery_key: record.discovery_key,
            genesis: record.genesis,
            device,
        })
    }

    fn sign_hello(&self, _: &NotebookId, message: &[u8]) -> [u8; 64] {
        self.identity.key.sign(message).to_bytes()
    }

    fn standing(&self, notebook: &NotebookId, device: &DevicePk) -> Standing {
        if self.is_enrolment(notebook) {
            return Standing::Member;
        }
        match self.records().written(notebook, device) {
            Ok(Some(_)) => Standing::Member,
            _ => Standing::Unknown,
        }
    }

    fn invite_standing(&self, notebook: &NotebookId, invite: &DevicePk) -> InviteStanding {
        match self.records().invite(notebook, invite) {
            Ok(Some(_)) => InviteStanding::Known,
            _ => InviteStanding::Unknown,
        }
    }

    fn chains(&self, notebook: &NotebookId) -> &Chains {
        self.open
            .get(notebook)
            .map_or(self.nothing, |notebook| &notebook.chains)
    }

    fn log_init(&self, notebook: &NotebookId, log: &LogId) -> Result<Option<LogInit>, ReadError> {
        let notebook = self.open.get(notebook);
        Ok(notebook.and_then(|notebook| notebook.heads.get(log).cloned()))
    }

    fn takes(&self, notebook: &NotebookId, device: &DevicePk, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let open = self.open.get(notebook).map(|open| &open.written);
        open.is_some_and(|all| {
            let written = all.by(device);
            written.is_some_and(|own| self.room.share_left(own, all.in_all()) >= bytes)
        })
    }

    fn locate(
        &self,
        notebook: &NotebookId,
        id: &EntryId,
    ) -> Result<Option<(ChainId, u64)>, ReadError> {
        self.store.locate(notebook, id)
    }

    fn entry_at(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        seq: u64,
    ) -> Result<Option<EntryId>, ReadError> {
        self.store.entry_at(notebook, chain, seq)
    }

    fn entries_from(
        &self,
        notebook: &NotebookId,
        chain: &ChainId,
        first_seq: u64,
        bytes_max: usize,
    ) -> Result<Vec<Entry>, ReadError> {
        self.store
            .entries_from(notebook, chain, first_seq, bytes_max)
    }
}
