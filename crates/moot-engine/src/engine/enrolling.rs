//! Having a relay keep a notebook, and taking that back.
//!
//! Owns enrolments that are under way, each under the name that the relay's token gives, and what this device says in the roster
//! about relays. It never decides what a relay is told later: that is said in the session of the notebook itself.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::roster::DeviceAddresses;
use moot_group::{Reach, RosterEvent};
use moot_log::limits::RELAY_LIST_MAX;
use moot_log::relay::{Enrol, RelayTicket, Unenrolled, Word, enrolment, relay_key};
use moot_log::session::{DiscoveryKey, HelloKeys};
use moot_log::{DevicePk, EntryId, NotebookId};

use super::Engine;
use crate::command::{CommandError, ErrorKind};
use crate::commands::select::one_of;
use crate::fault::{Outcome, failed, refused, usage};
use crate::limits::ADDRESSES_PER_PEER_MAX;
use crate::machine::{PeerName, ReplyTo, StreamId};
use crate::notebook::Relay;
use crate::reach::Wanted;
use crate::reply::Reply;
use crate::tx::Tx;

/// A notebook on its way to a relay, under the name that the relay's token gives.
#[derive(Default)]
pub(crate) struct Enrolling {
    /// Relays that left out some of whom they were to serve, as far as people were told.
    pub(crate) short: BTreeSet<(NotebookId, DevicePk)>,
    under_way: BTreeMap<NotebookId, Asked>,
    /// Where the last attempt to reach a notebook that is being joined by way of a relay was made as a member.
    pub(crate) as_member: BTreeMap<(NotebookId, PeerName), bool>,
    /// Which relay was full for which device, as it was told in this run.
    pub(super) full: BTreeSet<(NotebookId, DevicePk, DevicePk)>,
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
        if ticket.trim().starts_with("moot1") {
            return Err(usage(
                "that is an invite to a notebook, not the ticket of a relay",
                "`moot join` takes it. The relay's ticket begins with mootrelay1.",
            ));
        }
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
    pub(super) fn not_enrolled(&mut self, place: NotebookId, why: Unenrolled, tx: &mut Tx<'_>) {
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
            Unenrolled::Full => (
                format!("the relay {name} has no room for another notebook"),
                "Its disk or its quota is full. Tell its operator, or use another relay.",
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
        let peer = link.peer.clone();
        if self.enrolling.is_relay(&id, &key) {
            self.not_enrolled(id, Unenrolled::Unknown, tx);
        } else if let Some(notebook) = self.notebooks.get_mut(&id)
            && notebook.joining.is_none()
            && notebook.is_relay(&key)
        {
            notebook.keep_refusal(&key, &peer, tx);
            self.enrolling.refusing.insert((id, key));
        }
    }

    /// The relay has the notebook on its disk: from now on all members' devices know of it.
    pub(super) fn enrolled(&mut self, place: NotebookId, tx: &mut Tx<'_>) -> Outcome<()> {
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
}
