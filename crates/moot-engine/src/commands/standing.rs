//! How things stand: people, status, and waiting to be in step.
//!
//! Owns what is said of other devices: only what they said themselves, and when.

use moot_group::roster::{DeviceState, PersonState};
use moot_group::{JoinRequest, PersonId};
use moot_log::storage::Space;
use moot_log::{DevicePk, Digest, NotebookId};
use moot_notebook::{DocId, state_digest};

use crate::command::{CommandError, ErrorKind};
use crate::commands::notes::timestamp;
use crate::engine::{Engine, SyncWait};
use crate::fault::{Outcome, failed, refused};
use crate::limits::{CLOCK_DIFFERENCE_MS, SILENCE_MS_MAX};
use crate::machine::{Reach, ReplyTo};
use crate::notebook::Notebook;
use crate::reply::{DeviceRow, Named, PeerRow, PersonRow, Reply, Status};
use crate::rows::{DocRow, NoticeRow, WaitRow};
use crate::tx::Tx;
use crate::words::six_words;

/// How many notices a status shows, the latest.
const NOTICES_SHOWN: usize = 5;

impl Engine {
    pub(crate) fn people(&mut self, id: NotebookId, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (notebook, _) = self.notebook_mut(id)?;
        notebook.refresh_all(tx)?;
        let me = notebook.me();
        let mut rows: Vec<PersonRow> = notebook
            .roster
            .persons()
            .map(|person| PersonRow {
                id: person.id.0.to_string(),
                name: notebook.person_name(&person.id),
                you: person.id == me,
                state: match person.state {
                    PersonState::Joined => "joined".to_owned(),
                    PersonState::Left => "left".to_owned(),
                },
                devices: notebook.devices_of(&person.id),
            })
            .collect();
        rows.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        Ok(Reply::People(rows))
    }

    pub(crate) fn status(&mut self, id: NotebookId, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (notebook, _) = self.notebook_mut(id)?;
        notebook.refresh_all(tx)?;
        let state = notebook.state_digest(tx)?;
        let (pending, quarantined) = notebook.troubles(tx)?;
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        let newer = notebook
            .waiting
            .values()
            .filter(|waiting| waiting.why == WaitRow::Newer)
            .count();
        let joining = notebook.joining.as_ref().map(|joining| {
            let words = JoinRequest::decode(&joining.request)
                .map(|request| six_words(&request.id().0))
                .unwrap_or_default();
            format!(
                "Still being joined: a member must open the door. While the screen is open or `moot node` runs, it goes \
                 on asking. Where a member wants to compare six words with you, yours are: {words}"
            )
        });
        Ok(Reply::Status(Box::new(Status {
            notebook: Named {
                id: id.to_string(),
                name: self.shown_name(notebook, tx)?,
            },
            saved: true,
            entries: notebook.chains.entries(),
            log_digest: Digest::of(&notebook.held_chains().clock()).to_string(),
            state_digest: state,
            waiting: notebook.unconfirmed(),
            pending,
            quarantined,
            newer: newer as u64,
            peers: self.peer_rows(id, tx),
            relays: self.relay_rows(id),
            outside: self.outside(),
            notices: notebook.notices(tx)?,
            joining,
        })))
    }

    /// Every other device that takes part, and what it says it holds; and copies of this home that were met, as one row.
    pub(crate) fn peer_rows(&self, id: NotebookId, _tx: &Tx<'_>) -> Vec<PeerRow> {
        let Some(notebook) = self.notebooks.get(&id) else {
            return Vec::new();
        };
        let own = notebook.device();
        let mut rows: Vec<PeerRow> = notebook
            .roster
            .live_devices()
            .filter(|device| device.id != own)
            .map(|device| self.peer_row(notebook, &device.id, &device.person))
            .collect();
        if self.has_met_copy(notebook) {
            rows.push(self.peer_row(notebook, &own, &notebook.me()));
        }
        rows.sort_by(|a, b| (&a.person.name, &a.device).cmp(&(&b.person.name, &b.device)));
        rows
    }

    /// Whether a copy of this home was met: the same device under another name.
    fn has_met_copy(&self, notebook: &Notebook) -> bool {
        let own = notebook.device();
        let mut met = notebook.receipts.keys().map(|(device, _)| *device);
        let mut here = self.sessions.established(notebook.id);
        met.any(|device| device == own) || here.any(|(_, link)| link.device == Some(own))
    }

    fn peer_row(&self, notebook: &Notebook, device: &DevicePk, person: &PersonId) -> PeerRow {
        let (reach, through) = self.reach_of(notebook, device);
        let held = notebook.held_by(device);
        let ahead = held
            .map(|(_, receipt)| receipt.clock_ahead_ms)
            .filter(|ms| ms.unsigned_abs() >= CLOCK_DIFFERENCE_MS);
        PeerRow {
            person: Named {
                id: person.0.to_string(),
                name: notebook.person_name(person),
            },
            device: device.to_string(),
            reach: reach.to_owned(),
            through,
            has_all: held.map(|(held, _)| held.lacks == 0),
            lacks: held.map(|(held, _)| held.lacks),
            as_of: held.map(|(_, receipt)| timestamp(receipt.as_of_ms)),
            clock_ahead_ms: ahead,
            muted: notebook.shares.is_over(device),
            copy: *device == notebook.device(),
        }
    }

    /// How a device is reached, and through which relay, by its name in words.
    fn reach_of(&self, notebook: &Notebook, device: &DevicePk) -> (&'static str, Option<String>) {
        let mut relayed = None;
        let here = self.sessions.established(notebook.id);
        for (_, link) in here.filter(|(_, link)| link.device == Some(*device)) {
            match &link.reach {
                Reach::Direct => return ("direct", None),
                Reach::Relayed { through } => relayed = Some(through),
            }
        }
        let Some(through) = relayed else {
            return ("unreachable", None);
        };
        let named = through.as_ref().and_then(|peer| {
            let relays = notebook.relays();
            let relay = relays
                .iter()
                .find(|relay| relay.peer().as_ref() == Some(&peer.0))?;
            Some(relay.name())
        });
        ("relayed", named)
    }

    pub(crate) fn sync(
        &mut self,
        id: NotebookId,
        reply_to: ReplyTo,
        wait_ms: u64,
        need: u32,
        tx: &mut Tx<'_>,
    ) -> Outcome<Option<Reply>> {
        {
            let (notebook, rng) = self.notebook_mut(id)?;
            if notebook.joining.is_none() {
                notebook.seal_all(rng, tx)?;
            }
        }
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        if notebook.has_parted() {
            return Err(refused(
                "you have left this notebook, and others know it: nothing more goes either way",
                "What you have of it stays readable. Somebody can invite you again, as a new member.",
            ));
        }
        let own = notebook.device();
        let others = notebook
            .roster
            .live_devices()
            .filter(|device| device.id != own)
            .count();
        // More may be there than this device has heard of; but where nobody is and nobody was invited, nobody will come.
        let now_ms = tx.now.wall_ms;
        let invited = notebook
            .roster
            .invites()
            .any(|invite| invite.standing(now_ms).is_ok());
        if others == 0 && !invited && notebook.joining.is_none() && self.wanted(id, tx)?.is_empty()
        {
            return Err(CommandError::new(
                ErrorKind::Unreachable,
                "nobody else is in this notebook yet",
                "`moot invite` makes a ticket for somebody. Everything is saved here.",
            )
            .into());
        }
        let clock = notebook.chains.clock();
        let lacked = notebook.lacked_by_all(&clock);
        let wait = SyncWait {
            reply_to,
            notebook: id,
            clock,
            lacked,
            need,
            until_ms: tx.now.steady_ms.saturating_add(wait_ms),
            confirmed: std::collections::BTreeSet::new(),
            received: 0,
            sent: 0,
            tell_ms: Some(tx.now.steady_ms.saturating_add(SILENCE_MS_MAX)),
        };
        self.waits.syncs.push(wait);
        for stream in self.sessions.streams_of(id) {
            self.with_session(stream, tx, |session, host| session.ask(host))?;
        }
        Ok(None)
    }
}

impl Notebook {
    fn devices_of(&self, person: &PersonId) -> Vec<DeviceRow> {
        self.roster
            .devices()
            .filter(|device| device.person == *person)
            .map(|device| DeviceRow {
                id: device.id.to_string(),
                name: device.name.clone(),
                state: match device.state {
                    DeviceState::Live => "live".to_owned(),
                    DeviceState::Retired | DeviceState::Left => "retired".to_owned(),
                },
            })
            .collect()
    }

    /// A hash over everything that is seen here: documents and roster. The caller has brought all documents up to date.
    pub(crate) fn state_digest(&self, tx: &Tx<'_>) -> Outcome<String> {
        let mut documents = Vec::new();
        for (key, row) in tx.rows::<DocRow>(Space::DocRow, &self.id, &[])? {
            if let Ok(doc) = <[u8; 16]>::try_from(key.as_slice()) {
                documents.push((DocId(doc), moot_notebook::Digest(row.digest)));
            }
        }
        let digest = state_digest(&documents, &self.roster.digest());
        Ok(digest.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What waits for something, and what was refused: entries and changes together.
    pub(crate) fn troubles(&self, tx: &Tx<'_>) -> Outcome<(u64, u64)> {
        let entries = self
            .waiting
            .values()
            .filter(|waiting| waiting.why != WaitRow::Newer)
            .count() as u64;
        let mut pending = entries + self.roster.pending().len() as u64;
        let mut quarantined = tx.scan(Space::Aside, &self.id, &[])?.len() as u64;
        for (_, row) in tx.rows::<DocRow>(Space::DocRow, &self.id, &[])? {
            pending += row.pending;
            quarantined += row.quarantined;
        }
        Ok((pending, quarantined))
    }

    fn notices(&self, tx: &Tx<'_>) -> Outcome<Vec<String>> {
        let rows = tx.rows::<NoticeRow>(Space::Notice, &self.id, &[])?;
        let skip = rows.len().saturating_sub(NOTICES_SHOWN);
        Ok(rows
            .into_iter()
            .skip(skip)
            .map(|(_, row)| format!("{}: {}", timestamp(row.at_ms), row.text))
            .collect())
    }
}
