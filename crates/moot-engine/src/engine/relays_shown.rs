//! How people see the relays of a notebook: how each is reached, and what it says it holds.
//!
//! Owns the rows and names that are shown. It changes nothing.

use moot_log::{DevicePk, NotebookId};

use super::Engine;
use crate::commands::notes::timestamp;
use crate::machine::PeerName;
use crate::notebook::{Notebook, Relay};
use crate::reply::{EnrolledRelay, Named, RelayRow};

impl Engine {
    pub(crate) fn list_relays(&self, id: NotebookId) -> Vec<EnrolledRelay> {
        let notebook = self.notebooks.get(&id);
        let relays = notebook.map(Notebook::relays).unwrap_or_default();
        let mut rows: Vec<EnrolledRelay> = relays
            .iter()
            .map(|relay| self.enrolled_relay(id, relay))
            .collect();
        rows.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        rows
    }

    pub(super) fn enrolled_relay(&self, id: NotebookId, relay: &Relay) -> EnrolledRelay {
        let RelayRow {
            name,
            reach,
            has_all,
            as_of,
            refuses,
            berth,
        } = self.relay_row(id, relay);
        let (by, _) = self.person_behind(id, &relay.by);
        EnrolledRelay {
            id: String::from_utf8_lossy(&relay.reach.peer_id).into_owned(),
            name,
            addresses: relay.reach.addresses.clone(),
            by,
            reach,
            has_all,
            as_of,
            refuses,
            berth,
        }
    }

    /// Every relay of a notebook and what it says it holds.
    pub(crate) fn relay_rows(&self, id: NotebookId) -> Vec<RelayRow> {
        let notebook = self.notebooks.get(&id);
        let relays = notebook.map(Notebook::relays).unwrap_or_default();
        let mut rows: Vec<RelayRow> = relays
            .iter()
            .map(|relay| self.relay_row(id, relay))
            .collect();
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        rows
    }

    fn relay_row(&self, id: NotebookId, relay: &Relay) -> RelayRow {
        let is_here = self
            .sessions
            .established(id)
            .any(|(_, link)| link.device == Some(relay.key));
        let held = self
            .notebooks
            .get(&id)
            .and_then(|notebook| notebook.held_by(&relay.key));
        let refused = held.is_some_and(|(_, receipt)| receipt.refused_ms.is_some());
        let refuses = refused || self.enrolling.refusing.contains(&(id, relay.key));
        RelayRow {
            name: relay.name(),
            reach: if is_here { "direct" } else { "unreachable" }.to_owned(),
            has_all: held.map(|(held, _)| held.lacks == 0 && (is_here || !refuses)),
            as_of: held.map(|(_, receipt)| timestamp(receipt.as_of_ms)),
            refuses: !is_here && refuses,
            berth: relay.peer().and_then(|peer| self.berth_at(&PeerName(peer))),
        }
    }

    /// What a relay is called in a sentence.
    pub(crate) fn relay_name(&self, id: NotebookId, key: &DevicePk) -> String {
        let relays = self
            .notebooks
            .get(&id)
            .map(Notebook::relays)
            .unwrap_or_default();
        let known = relays.iter().find(|relay| relay.key == *key);
        known.map_or_else(
            || "a relay".to_owned(),
            |relay| format!("the relay {}", relay.name()),
        )
    }

    /// The device at the other end as people see it, where it is a relay.
    pub(crate) fn relay_behind(&self, id: NotebookId, key: &DevicePk) -> Option<Named> {
        let notebook = self.notebooks.get(&id)?;
        notebook.is_relay(key).then(|| Named {
            id: key.to_string(),
            name: self.relay_name(id, key),
        })
    }
}
