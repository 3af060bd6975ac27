//! Relays: having one keep sealed copies, and what is said to it.
//!
//! Owns whom a relay is told of, and when its copy counts as one. A relay gets entries as they are sealed, the keys of devices and
//! of open invites, and the key by which devices recognise each other; it is told neither addresses nor names. What it brings is
//! trusted no more than what strangers bring.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::mailbox::seal_request;
use moot_group::roster::DeviceAddresses;
use moot_group::{JoinRequest, Reach, RosterEvent};
use moot_log::limits::RELAY_LIST_MAX;
use moot_log::relay::{Enrol, Mail, RelayTicket, Taken, Unenrolled, Word, enrolment, relay_key};
use moot_log::session::{DiscoveryKey, HelloKeys, Joiner, Role as SessionRole};
use moot_log::{DevicePk, EntryId, NotebookId};

use super::Engine;
use crate::command::{CommandError, ErrorKind};
use crate::commands::notes::timestamp;
use crate::commands::select::one_of;
use crate::fault::{Outcome, failed, refused, usage};
use crate::limits::{
    ADDRESSES_PER_PEER_MAX, RELAY_PATIENCE_MS, RELAYS_GONE_THROUGH, RELAYS_GONE_THROUGH_EACH,
};
use crate::machine::{PeerName, ReplyTo, StreamId};
use crate::notebook::{Notebook, Relay, RelayList};
use crate::reach::Wanted;
use crate::reply::{EnrolledRelay, Named, RelayRow, Reply};
use crate::tx::Tx;

/// A notebook on its way to a relay, under the name that the relay's token gives.
#[derive(Default)]
pub(crate) struct Enrolling {
    under_way: BTreeMap<NotebookId, Asked>,
    /// Where the last attempt to reach a notebook that is being joined by way of a relay was made as a member.
    pub(crate) as_member: BTreeMap<(NotebookId, PeerName), bool>,
    /// Which relay was full for which device, as it was told in this run.
    full: BTreeSet<(NotebookId, DevicePk, DevicePk)>,
    /// Relays that turned this device away when they were last reached.
    pub(super) refusing: BTreeSet<(NotebookId, DevicePk)>,
}

struct Asked {
    reply_to: ReplyTo,
    notebook: NotebookId,
    relay: Relay,
    /// What the token gives: by them the two recognise each other.
    discovery_key: DiscoveryKey,
    genesis: EntryId,
    /// When the wait is over, on the steady clock.
    until_ms: u64,
}

/// What a relay was told in a session, and whether it has it on its disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToldRelay {
    number: u64,
    list: RelayList,
    kept: bool,
}

impl Enrolling {
    /// The notebook that is being enrolled under a name, and what proves the right to.
    pub(crate) fn keys(&self, place: &NotebookId, device: DevicePk) -> Option<HelloKeys> {
        let asked = self.under_way.get(place)?;
        Some(HelloKeys {
            discovery_key: asked.discovery_key,
            genesis: asked.genesis,
            device,
        })
    }

    /// The notebook that is being enrolled under a name.
    pub(crate) fn notebook(&self, place: &NotebookId) -> Option<NotebookId> {
        Some(self.under_way.get(place)?.notebook)
    }

    /// Whether this is the relay that a notebook is being enrolled at.
    pub(crate) fn is_relay(&self, place: &NotebookId, device: &DevicePk) -> bool {
        self.under_way
            .get(place)
            .is_some_and(|asked| asked.relay.key == *device)
    }

    /// Whom to reach, under which name.
    pub(super) fn wanted(&self) -> impl Iterator<Item = (NotebookId, Wanted)> {
        self.under_way.iter().filter_map(|(place, asked)| {
            let peer = PeerName(asked.relay.peer()?);
            Some((
                *place,
                Wanted::from([(peer, asked.relay.reach.addresses.clone())]),
            ))
        })
    }

    /// Somebody waits no more.
    pub(super) fn abandon(&mut self, reply_to: ReplyTo) {
        self.under_way.retain(|_, asked| asked.reply_to != reply_to);
    }

    /// When the first wait is over.
    pub(super) fn first_deadline(&self) -> Option<u64> {
        self.under_way.values().map(|asked| asked.until_ms).min()
    }

    /// Everybody who waits, and nobody from now on.
    pub(super) fn everybody(&mut self) -> impl Iterator<Item = ReplyTo> {
        std::mem::take(&mut self.under_way)
            .into_values()
            .map(|asked| asked.reply_to)
    }
}

impl Engine {
    // Enrolling.

    pub(crate) fn relay_use(
        &mut self,
        id: NotebookId,
        reply_to: ReplyTo,
        ticket: &str,
        wait_ms: u64,
        tx: &mut Tx<'_>,
    ) -> Outcome<Option<Reply>> {
        let hint =
            "The relay's operator gets it from `moot relay ticket`; it begins with mootrelay1.";
        let ticket =
            RelayTicket::decode(ticket.trim()).map_err(|error| usage(error.to_string(), hint))?;
        let key =
            relay_key(&ticket.peer_id).ok_or_else(|| usage("the ticket names no relay", hint))?;
        let (notebook, _) = self.notebook_mut(id)?;
        notebook.may_write()?;
        let (place, discovery_key, genesis) = enrolment(&ticket.token);
        let relay = Relay {
            key,
            reach: Reach {
                peer_id: ticket.peer_id.into_bytes(),
                addresses: ticket.addresses,
            },
            by: notebook.device(),
        };
        tx.progress(reply_to, format!("Looking for the relay {}", relay.name()));
        let asked = Asked {
            reply_to,
            notebook: id,
            relay,
            until_ms: tx.now.steady_ms.saturating_add(wait_ms),
            discovery_key,
            genesis,
        };
        let before = self.enrolling.under_way.insert(place, asked);
        if let Some(before) = before {
            let error = CommandError::new(
                ErrorKind::Failed,
                "the same relay was asked again meanwhile",
                "",
            );
            tx.reply(before.reply_to, Err(error));
        }
        self.look_whom_to_reach(tx)?;
        Ok(None)
    }

    /// The relay has shown that it is the one: it is told what to keep and for whom.
    pub(super) fn enrol(
        &mut self,
        stream: StreamId,
        place: NotebookId,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(asked) = self.enrolling.under_way.get(&place) else {
            return Ok(());
        };
        let Some(notebook) = self.notebooks.get(&asked.notebook) else {
            return Ok(());
        };
        let list = notebook.relay_list(tx.now.wall_ms);
        let word = Word::Enrol(Enrol {
            number: 1,
            notebook: notebook.id,
            discovery_key: DiscoveryKey(notebook.discovery_key),
            genesis: notebook.genesis,
            // What is beyond it is told in the session of the notebook itself.
            devices: list.devices.into_iter().take(RELAY_LIST_MAX).collect(),
            invites: list.invites.into_iter().take(RELAY_LIST_MAX).collect(),
        });
        self.with_session(stream, tx, |session, _| session.relay(word.encode()))
    }

    /// The relay does not keep the notebook, and says why; or it does not know its own ticket any more.
    fn not_enrolled(&mut self, place: NotebookId, why: Unenrolled, tx: &mut Tx<'_>) {
        let Some(asked) = self.enrolling.under_way.remove(&place) else {
            return;
        };
        self.reaching.want(place, Wanted::new(), &[], tx);
        let name = asked.relay.name();
        let (message, hint) = match why {
            Unenrolled::TooMany => (
                format!("the relay {name} takes no more notebooks at present"),
                "It takes so many in an hour. Try again later.",
            ),
            Unenrolled::Another => (
                format!("the relay {name} keeps another notebook under the same id"),
                "Tell its operator.",
            ),
            Unenrolled::Unknown => (
                format!("the relay {name} does not take this notebook"),
                "Ask its operator for its present ticket.",
            ),
        };
        let error = CommandError::new(ErrorKind::Refused, message, hint);
        tx.reply(asked.reply_to, Err(error));
    }

    /// Somebody who was dialled turned this device away like a stranger. Where it is a relay, people are told.
    pub(super) fn turned_away(&mut self, stream: StreamId, tx: &mut Tx<'_>) {
        let Some(link) = self.sessions.links.get(&stream) else {
            return;
        };
        let (Some(id), Some(key)) = (link.notebook, relay_key(&link.peer.0)) else {
            return;
        };
        if self.enrolling.is_relay(&id, &key) {
            self.not_enrolled(id, Unenrolled::Unknown, tx);
        } else if let Some(notebook) = self.notebooks.get(&id)
            && notebook.joining.is_none()
            && notebook.is_relay(&key)
        {
            self.enrolling.refusing.insert((id, key));
        }
    }

    /// The relay has the notebook on its disk: from now on all members' devices know of it.
    fn enrolled(&mut self, place: NotebookId, tx: &mut Tx<'_>) -> Outcome<()> {
        let Some(asked) = self.enrolling.under_way.remove(&place) else {
            return Ok(());
        };
        let id = asked.notebook;
        let notebook = self
            .notebooks
            .get(&id)
            .ok_or_else(|| failed("the notebook is gone", ""))?;
        let mut relays = notebook
            .own_said()
            .map(|said| said.relays.clone())
            .unwrap_or_default();
        relays.retain(|known| known.peer_id != asked.relay.reach.peer_id);
        relays.push(asked.relay.reach.clone());
        self.publish_relays(id, relays, tx)?;
        self.reaching.want(place, Wanted::new(), &[], tx);
        self.look_whom_to_reach(tx)?;
        let row = self.enrolled_relay(id, &asked.relay);
        tx.reply(asked.reply_to, Ok(Reply::Relays(vec![row])));
        Ok(())
    }

    /// Says in the roster which relays this device had the notebook enrolled at.
    fn publish_relays(
        &mut self,
        id: NotebookId,
        relays: Vec<Reach>,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let own = Reach {
            peer_id: self.peer_name.0.clone().into_bytes(),
            addresses: self
                .reaching
                .listening()
                .iter()
                .take(ADDRESSES_PER_PEER_MAX)
                .cloned()
                .collect(),
        };
        let (notebook, rng) = self.notebook_mut(id)?;
        let said = DeviceAddresses {
            at_ms: tx.now.wall_ms,
            reach: notebook.own_said().map_or(own, |said| said.reach.clone()),
            relays,
        };
        notebook.publish_event(RosterEvent::DeviceAddresses(said), rng, tx)?;
        notebook.roster_changed = true;
        tx.must_be_synced();
        Ok(())
    }

    /// Ends the waits for relays that were not reached in time. Nothing of them is kept.
    pub(super) fn end_enrolments(&mut self, tx: &mut Tx<'_>) {
        let now = tx.now.steady_ms;
        let over = self
            .enrolling
            .under_way
            .iter()
            .filter(|(_, asked)| asked.until_ms <= now);
        let over: Vec<NotebookId> = over.map(|(place, _)| *place).collect();
        for place in over {
            let Some(asked) = self.enrolling.under_way.remove(&place) else {
                continue;
            };
            self.reaching.want(place, Wanted::new(), &[], tx);
            let message = format!("the relay {} did not answer in time", asked.relay.name());
            let hint = "Is it running, and are its addresses reached from here? Then try again; nothing was changed.";
            tx.reply(
                asked.reply_to,
                Err(CommandError::new(ErrorKind::Unreachable, message, hint)),
            );
        }
    }

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

    pub(crate) fn drop_relay(
        &mut self,
        id: NotebookId,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<Reply> {
        let (notebook, _) = self.notebook_mut(id)?;
        notebook.may_write()?;
        let relays = notebook.relays();
        let all = relays.iter().enumerate().map(|(at, relay)| {
            let id = String::from_utf8_lossy(&relay.reach.peer_id).into_owned();
            (at, id, relay.name())
        });
        let all: Vec<(usize, String, String)> = all.collect();
        let hint = "`moot relay list` shows the relays of this notebook.";
        let named = all
            .iter()
            .map(|(at, id, name)| (*at, id.clone(), name.as_str()));
        let relay = &relays[one_of(text, "relay", hint, named)?];
        let relay = relay.clone();
        let mut own = notebook
            .own_said()
            .map(|said| said.relays.clone())
            .unwrap_or_default();
        let before = own.len();
        own.retain(|known| known.peer_id != relay.reach.peer_id);
        if own.len() == before {
            let (by, _) = self.person_behind(id, &relay.by);
            return Err(refused(
                format!(
                    "{} had this notebook enrolled there, and takes it back",
                    by.name
                ),
                "Only who said it takes it back. A relay reads nothing; ask them.",
            ));
        }
        self.publish_relays(id, own, tx)?;
        // It is used for as long as anybody names it.
        let notebook = self.notebooks.get(&id);
        let still_by = notebook.map(|notebook| notebook.who_names(&relay.key));
        let rows = still_by.unwrap_or_default().into_iter().map(|person| {
            let by = Relay {
                by: person.0,
                ..relay.clone()
            };
            self.enrolled_relay(id, &by)
        });
        Ok(Reply::Relays(rows.collect()))
    }

    fn enrolled_relay(&self, id: NotebookId, relay: &Relay) -> EnrolledRelay {
        let RelayRow {
            name,
            reach,
            has_all,
            as_of,
            refuses,
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
        RelayRow {
            name: relay.name(),
            reach: if is_here { "direct" } else { "unreachable" }.to_owned(),
            has_all: held.map(|(held, _)| held.lacks == 0),
            as_of: held.map(|(_, receipt)| timestamp(receipt.as_of_ms)),
            refuses: !is_here && self.enrolling.refusing.contains(&(id, relay.key)),
        }
    }

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

    // In a session.

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
            Word::Listed(listed) => self.relay_listed(stream, id, listed.number, tx),
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
        number: u64,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let link = self.sessions.links.get_mut(&stream);
        let Some(told) = link.and_then(|link| link.told_relay.as_mut()) else {
            return Ok(());
        };
        told.kept |= told.number == number;
        if told.kept && self.waits.syncs.iter().any(|wait| wait.notebook == id) {
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
