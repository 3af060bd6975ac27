//! What passes between this device and a relay of a notebook.
//!
//! Owns whom a relay is told of, what it says back, and when its copy counts as one. A relay gets entries as they are sealed, the
//! keys of devices and of open invites, and the key by which devices recognise each other; it is told neither addresses nor names.
//! What it brings is trusted no more than what strangers bring.

use std::collections::BTreeMap;

use moot_group::JoinRequest;
use moot_group::mailbox::seal_request;
use moot_log::relay::{Listed, Mail, Taken, Unenrolled, Word};
use moot_log::session::{DiscoveryKey, Joiner, Role as SessionRole};
use moot_log::{DevicePk, NotebookId};

use super::Engine;
use crate::fault::{Outcome, failed};
use crate::limits::{RELAY_PATIENCE_MS, RELAYS_GONE_THROUGH, RELAYS_GONE_THROUGH_EACH};
use crate::machine::{PeerName, StreamId};
use crate::notebook::{Notebook, RelayList};
use crate::tx::Tx;

/// What a relay was told in a session, and whether it has it on its disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToldRelay {
    number: u64,
    list: RelayList,
    kept: bool,
    /// It left something out, for want of room.
    left_out: bool,
}

impl Engine {
    /// Relays through which members of a notebook are reached, by name: a few, the same on every device that knows the same, and of
    /// no device that names them so many that others' find no room.
    pub(super) fn relays_to_go_through(&self, id: NotebookId) -> Vec<PeerName> {
        let notebook = self
            .notebooks
            .get(&id)
            .filter(|notebook| !notebook.has_parted());
        let relays = notebook.map(Notebook::relays).unwrap_or_default();
        let mut of_each: BTreeMap<DevicePk, usize> = BTreeMap::new();
        let few = relays.iter().filter(|relay| {
            let named = of_each.entry(relay.by).or_default();
            *named += 1;
            *named <= RELAYS_GONE_THROUGH_EACH
        });
        let names = few.filter_map(|relay| relay.peer().map(PeerName));
        names.take(RELAYS_GONE_THROUGH).collect()
    }

    /// What this device is towards a relay while it is being let in: who asks, and in turn a member, in case the door is open.
    pub(super) fn role_at_relay(
        &mut self,
        id: NotebookId,
        peer: &PeerName,
        tx: &mut Tx<'_>,
    ) -> Outcome<Option<SessionRole>> {
        let Self {
            notebooks,
            rng,
            enrolling,
            ..
        } = self;
        let Some(notebook) = notebooks.get_mut(&id) else {
            return Ok(None);
        };
        let Some(ticket) = notebook.ticket() else {
            return Ok(None);
        };
        if !ticket
            .relays
            .iter()
            .any(|relay| relay.peer_id == peer.0.as_bytes())
        {
            return Ok(None);
        }
        let Some(joining) = &mut notebook.joining else {
            return Ok(None);
        };
        let was_member = enrolling
            .as_member
            .entry((id, peer.clone()))
            .or_insert(joining.sealed.is_none());
        *was_member = !*was_member;
        if *was_member {
            return Ok(Some(SessionRole::Member));
        }
        if joining.sealed.is_none() {
            let request = JoinRequest::decode(&joining.request)
                .map_err(|error| failed(error.to_string(), ""))?;
            let sealed = seal_request(&request, &ticket.mailbox, rng)
                .ok_or_else(|| failed("the ticket's mailbox takes no requests", ""))?;
            joining.sealed = Some(sealed.into());
        }
        let request = joining
            .sealed
            .as_ref()
            .map(|sealed| sealed.to_vec())
            .unwrap_or_default();
        let joiner = Joiner {
            discovery_key: DiscoveryKey(notebook.discovery_key),
            genesis: notebook.genesis,
            invite: ticket.seed.signing_key(),
            request,
        };
        notebook.stage_row(tx);
        Ok(Some(SessionRole::Joiner(Box::new(joiner))))
    }

    /// Leaves relays at which a request has lain for a while, to come back as a member: the door may have been opened elsewhere.
    pub(super) fn look_again_at_relays(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let now = tx.now.steady_ms;
        let links = self.sessions.links.iter();
        let waiting: Vec<StreamId> = links
            .filter(|(_, link)| {
                link.waits_since_ms
                    .is_some_and(|since| now >= since + RELAY_PATIENCE_MS)
            })
            .map(|(stream, _)| *stream)
            .collect();
        for stream in waiting {
            self.with_session(stream, tx, |session, _| session.bye())?;
        }
        Ok(())
    }

    /// Tells every relay that is here whom to serve, where that has changed since it was told.
    pub(super) fn tell_relays(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let links = self.sessions.links.iter();
        let with_relays: Vec<(StreamId, NotebookId)> = links
            .filter_map(|(stream, link)| {
                let id = link.notebook?;
                let notebook = self.notebooks.get(&id)?;
                let speaks = notebook.joining.is_none() && !notebook.has_left();
                (speaks && notebook.is_relay(&link.device?)).then_some((*stream, id))
            })
            .collect();
        for (stream, id) in with_relays {
            let Some(notebook) = self.notebooks.get(&id) else {
                continue;
            };
            let list = notebook.relay_list(tx.now.wall_ms);
            let Some(link) = self.sessions.links.get_mut(&stream) else {
                continue;
            };
            let told = link.told_relay.get_or_insert_with(ToldRelay::default);
            let mut parts = list.beyond(&told.list);
            if parts.is_empty() && told.number > 0 {
                continue;
            }
            if parts.is_empty() {
                parts.push(RelayList::default());
            }
            told.list = list;
            told.kept = false;
            for part in parts {
                let Some(told) = self
                    .sessions
                    .links
                    .get_mut(&stream)
                    .and_then(|link| link.told_relay.as_mut())
                else {
                    break;
                };
                // The answer to the last one says that all before it are kept too: they are taken in their order.
                told.number += 1;
                let word = part.word(told.number);
                self.with_session(stream, tx, |session, _| session.relay(word.encode()))?;
            }
        }
        Ok(())
    }

    /// Ends sessions with what was a relay of the notebook and is none any more.
    pub(super) fn end_dropped_relays(&mut self, tx: &mut Tx<'_>) {
        let links = self.sessions.links.iter();
        let dropped: Vec<StreamId> = links
            .filter(|(_, link)| {
                let notebook = link.notebook.and_then(|id| self.notebooks.get(&id));
                notebook
                    .zip(link.device)
                    .is_some_and(|(notebook, device)| notebook.is_no_relay_any_more(&device))
            })
            .map(|(stream, _)| *stream)
            .collect();
        for stream in dropped {
            let reason = "this relay is used no more";
            tx.close(stream, reason);
            self.closed(stream, reason, tx);
        }
    }

    /// Whether a relay of the notebook is at the other end, by its name.
    pub(super) fn is_at_relay(&self, stream: StreamId) -> bool {
        let link = self.sessions.links.get(&stream);
        link.is_some_and(|link| {
            let notebook = link.notebook.and_then(|id| self.notebooks.get(&id));
            notebook.is_some_and(|notebook| notebook.has_relay(&link.peer))
        })
    }

    /// Whether a device counts as holding what it says it holds: a relay does once it also knows whom to serve.
    pub(super) fn may_confirm(&self, id: NotebookId, device: &DevicePk) -> bool {
        let Some(notebook) = self.notebooks.get(&id) else {
            return false;
        };
        if !notebook.is_relay(device) {
            return notebook.joining.is_some() || notebook.roster.device(device).is_some();
        }
        let links = self.sessions.established(id);
        let mut of_relay = links.filter(|(_, link)| link.device == Some(*device));
        of_relay.any(|(_, link)| link.told_relay.as_ref().is_some_and(|told| told.kept))
    }

    /// A relay says something.
    pub(super) fn relay_said(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        device: DevicePk,
        bytes: &[u8],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Ok(Some(word)) = Word::decode(bytes) else {
            return Ok(());
        };
        if self.enrolling.is_relay(&id, &device) {
            match word {
                Word::Listed(_) => {
                    self.with_session(stream, tx, |session, _| session.bye())?;
                    self.enrolled(id, tx)?;
                }
                Word::NotEnrolled(said) => {
                    self.not_enrolled(id, Unenrolled::from_code(said.code), tx);
                }
                _ => {}
            }
            return Ok(());
        }
        if !self
            .notebooks
            .get(&id)
            .is_some_and(|notebook| notebook.is_relay(&device))
        {
            return Ok(());
        }
        match word {
            Word::Listed(listed) => self.relay_listed(stream, id, &device, listed, tx),
            Word::Mail(mail) => self.mail_came(stream, id, mail, tx),
            Word::Full(full) => {
                self.relay_full(id, &device, &full.device, tx);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn relay_listed(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        relay: &DevicePk,
        listed: Listed,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let link = self.sessions.links.get_mut(&stream);
        let Some(told) = link.and_then(|link| link.told_relay.as_mut()) else {
            return Ok(());
        };
        let is_new = listed.left_out.is_some() && !told.left_out;
        told.left_out |= listed.left_out.is_some();
        // Who was left out is not served: what is stored there does not reach them.
        told.kept |= told.number == listed.number && !told.left_out;
        let is_kept = told.kept;
        if is_new && self.enrolling.short.insert((id, *relay)) {
            let name = self.relay_name(id, relay);
            let text = format!(
                "{name} has no room for all devices and invites of this notebook, and does not serve those that it left out. Use another relay as well."
            );
            if let Some(notebook) = self.notebooks.get_mut(&id) {
                notebook.notice(text, tx);
            }
        }
        if is_kept && self.waits.syncs.iter().any(|wait| wait.notebook == id) {
            self.with_session(stream, tx, |session, host| session.ask(host))?;
        }
        Ok(())
    }

    /// Somebody asked to be let in by way of a relay.
    fn mail_came(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        mail: Mail,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let bytes = [mail.invite.0.as_slice(), &mail.sealed].concat();
        let judged = self.asked_by_hand(id, &bytes, tx)?;
        if judged.is_final {
            let word = Word::Taken(Taken { ids: vec![mail.id] });
            self.with_session(stream, tx, |session, _| session.relay(word.encode()))?;
        }
        Ok(())
    }

    fn relay_full(&mut self, id: NotebookId, relay: &DevicePk, of: &DevicePk, tx: &mut Tx<'_>) {
        let Some(notebook) = self.notebooks.get(&id) else {
            return;
        };
        // Of keys that are nobody's a relay could name without end.
        if notebook.roster.device(of).is_none() {
            return;
        }
        let whose = if *of == notebook.device() {
            "what this device wrote".to_owned()
        } else {
            let (person, _) = self.person_behind(id, of);
            format!("what a device of {} wrote", person.name)
        };
        let name = self.relay_name(id, relay);
        let text = format!(
            "{name} has no more room for {whose}. What it has stays there; its operator can give more room."
        );
        let told = self.enrolling.full.insert((id, *relay, *of));
        if let Some(notebook) = self.notebooks.get_mut(&id).filter(|_| told) {
            notebook.notice(text, tx);
        }
    }
}
