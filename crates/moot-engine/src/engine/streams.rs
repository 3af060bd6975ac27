//! Streams to other nodes: what their sessions report, and whom to reach.
//!
//! Owns the way from a session's event to a notebook. Bad bytes never become an error here: the session closes.

use std::collections::VecDeque;

use minicbor::{Decode, Encode};
use rand_core::Rng;

use moot_log::session::{CloseReason, Event as Said, Initiate, Output, Session};
use moot_log::storage::{HOME, Space};
use moot_log::{ClockRow, DevicePk, Entry, NotebookId};

use super::Engine;
use crate::fault::Outcome;
use crate::limits::{
    ADDRESSES_AGE_MS, ADDRESSES_PER_PEER_MAX, ADDRESSES_TOLD_MAX, NAMES_PER_DEVICE_MAX,
};
use crate::machine::{PeerName, Reach, Role, StreamId};
use crate::notebook::Holds;
use crate::reach::Wanted;
use crate::reply::{Event, Named};
use crate::rows::AddressRow;
use crate::sessions::{HostView, Link, send};
use crate::tx::{Tx, encode_row};

/// The key of the row with the own addresses.
pub(crate) const OWN_ADDRESSES: &[u8] = b"own";

/// What members tell each other inside a session: where they are, where they have met others, and what their clock says.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct Told {
    /// The sender's wall clock, in milliseconds.
    #[n(0)]
    wall_ms: i64,
    /// Where the sender listens.
    #[n(1)]
    own: Vec<String>,
    /// Where the sender has met others of the notebook.
    #[n(2)]
    others: Vec<ToldOther>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
struct ToldOther {
    #[n(0)]
    device: DevicePk,
    #[n(1)]
    peer: String,
    #[n(2)]
    addresses: Vec<String>,
}

impl Engine {
    /// Calls into a session with what it may read, and carries out what it hands back.
    pub(crate) fn with_session(
        &mut self,
        stream: StreamId,
        tx: &mut Tx<'_>,
        call: impl FnOnce(&mut Session, &HostView<'_, '_>) -> Output,
    ) -> Outcome<()> {
        let Some(link) = self.sessions.links.get_mut(&stream) else {
            return Ok(());
        };
        let host = HostView {
            notebooks: &self.notebooks,
            nothing: &self.nothing,
            enrolling: &self.enrolling,
            tx,
            verify: self.verify,
        };
        let output = call(&mut link.session, &host);
        self.carry_out(stream, output, tx)
    }

    fn carry_out(&mut self, stream: StreamId, mut output: Output, tx: &mut Tx<'_>) -> Outcome<()> {
        send(stream, &mut output, tx);
        let mut events: VecDeque<Said> = output.events.into();
        while let Some(event) = events.pop_front() {
            self.said(stream, event, tx)?;
        }
        if let Some(reason) = output.close {
            self.notice_refusal(stream, &reason, tx);
            self.notice_loss(stream, &reason, tx)?;
            tx.close(stream, reason.to_string());
            self.closed(stream, &reason.to_string(), tx);
        }
        Ok(())
    }

    /// A session stumbled over an entry that the disk has lost: from now on it is left out, and asked of others.
    fn notice_loss(
        &mut self,
        stream: StreamId,
        reason: &CloseReason,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let link = self.sessions.links.get(&stream);
        let about = link.and_then(|link| link.notebook);
        if let CloseReason::Store(moot_log::storage::ReadError::Damaged(_)) = reason
            && let Some(notebook) = about.and_then(|id| self.notebooks.get_mut(&id))
        {
            notebook.look_for_lost(tx)?;
        }
        Ok(())
    }

    /// Whoever has left and is refused as a stranger need not tell it any more: only who has heard of it refuses, at an address
    /// where a member answers. Otherwise a lost receipt would have them ask for ever.
    fn notice_refusal(&mut self, stream: StreamId, reason: &CloseReason, tx: &mut Tx<'_>) {
        if *reason == CloseReason::Refused {
            self.turned_away(stream, tx);
        }
        let link = self.sessions.links.get(&stream);
        let Some(id) = link.and_then(|link| link.notebook) else {
            return;
        };
        if *reason == CloseReason::Refused
            && let Some(notebook) = self.notebooks.get_mut(&id)
        {
            notebook.turned_away |= notebook.has_left();
        }
    }

    pub(super) fn opened(
        &mut self,
        stream: StreamId,
        peer: PeerName,
        role: Role,
        reach: Reach,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let mut nonce = [0; 32];
        self.rng.fill_bytes(&mut nonce);
        let (own_peer, other_peer) = (
            self.peer_name.0.as_bytes().to_vec(),
            peer.0.as_bytes().to_vec(),
        );
        let now_ms = tx.now.steady_ms;
        let (session, output, notebook) = match role {
            Role::Initiator { label } => {
                let Some(notebook) = self.reaching.notebook_of(label) else {
                    tx.close(stream, "nothing is to be synced on this stream any more");
                    return Ok(());
                };
                let role = match self.role_at_relay(notebook, &peer, tx)? {
                    Some(role) => role,
                    None => self.session_role(notebook)?,
                };
                let start = Initiate {
                    notebook,
                    role,
                    own_peer,
                    other_peer,
                    nonce,
                };
                let (session, output) = Session::initiate(start, now_ms);
                (session, output, Some(notebook))
            }
            Role::Responder => {
                let (session, output) = Session::respond(own_peer, other_peer, nonce, now_ms);
                (session, output, None)
            }
        };
        self.reaching.reached(&peer);
        let link = Link {
            session,
            peer,
            role,
            reach,
            notebook,
            device: None,
            clock_ahead_ms: 0,
            told_relay: None,
            waits_since_ms: None,
        };
        self.sessions.links.insert(stream, link);
        self.carry_out(stream, output, tx)
    }

    pub(super) fn frame(&mut self, stream: StreamId, bytes: &[u8], tx: &mut Tx<'_>) -> Outcome<()> {
        let now_ms = tx.now.steady_ms;
        self.with_session(stream, tx, |session, host| {
            session.handle(now_ms, bytes, host)
        })
    }

    pub(super) fn closed(&mut self, stream: StreamId, reason: &str, tx: &mut Tx<'_>) {
        let Some(link) = self.sessions.links.remove(&stream) else {
            return;
        };
        self.doors.forget_stream(stream);
        self.sessions.forget_told();
        if let (Some(notebook), Some(device)) = (link.notebook, link.device) {
            let (person, device) = self.person_behind(notebook, &device);
            let notebook = notebook.to_string();
            tx.event(Event::Disconnected {
                notebook,
                person,
                device,
                reason: reason.to_owned(),
            });
        }
        self.reach_again(tx);
    }

    /// Whom to reach may have changed because a stream came or went; a failure to read is told with the next input.
    fn reach_again(&mut self, tx: &mut Tx<'_>) {
        if let Err(error) = self.look_whom_to_reach(tx) {
            tx.event(Event::Notice {
                notebook: String::new(),
                text: format!("{error:?}"),
            });
        }
    }

    pub(super) fn tick_sessions(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        let now_ms = tx.now.steady_ms;
        let due: Vec<StreamId> = self
            .sessions
            .links
            .iter()
            .filter(|(_, link)| link.session.next_timeout().is_some_and(|due| due <= now_ms))
            .map(|(stream, _)| *stream)
            .collect();
        for stream in due {
            self.with_session(stream, tx, |session, host| session.tick(now_ms, host))?;
        }
        Ok(())
    }

    /// Tells every session about a notebook that something was committed there.
    pub(super) fn advance_sessions(
        &mut self,
        notebook: NotebookId,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        for stream in self.sessions.streams_of(notebook) {
            self.with_session(stream, tx, |session, host| session.advanced(host))?;
        }
        Ok(())
    }

    /// Sends what was typed to everybody who is here.
    pub(super) fn send_live(&mut self, tx: &mut Tx<'_>) {
        for (id, notebook) in &mut self.notebooks {
            for frame in std::mem::take(&mut notebook.outbox) {
                for stream in self.sessions.streams_of(*id) {
                    if let Some(link) = self.sessions.links.get_mut(&stream) {
                        let mut output = link.session.live(frame.clone());
                        send(stream, &mut output, tx);
                    }
                }
            }
        }
    }

    fn said(&mut self, stream: StreamId, said: Said, tx: &mut Tx<'_>) -> Outcome<()> {
        let Some(link) = self.sessions.links.get(&stream) else {
            return Ok(());
        };
        let (notebook, device, peer) = (link.notebook, link.device, link.peer.clone());
        match said {
            Said::Established { notebook, device } => {
                return self.established(stream, notebook, device, tx);
            }
            Said::JoinRequested {
                notebook, request, ..
            } => return self.asked_in(stream, notebook, &request, tx),
            // Only members open doors.
            Said::Admitted if self.is_at_relay(stream) => {}
            Said::Admitted => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.note_admitted(tx);
                }
            }
            Said::JoinWaits { text } => self.join_waits(stream, notebook, &text, tx),
            Said::JoinRefused { refusal, text } => {
                let refusal = if self.is_at_relay(stream) {
                    moot_log::session::JoinRefusal::Other
                } else {
                    refusal
                };
                self.join_refused(stream, notebook, refusal, &text, tx)?
            }
            Said::LogInit(init) => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.keep_log(init, tx);
                }
            }
            Said::Entries(entries) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.entries_came(stream, id, &device, &entries, tx)?;
                }
            }
            Said::Live(bytes) => {
                if let Some(notebook) = notebook.and_then(|id| self.notebooks.get_mut(&id)) {
                    notebook.take_live(bytes, tx)?;
                }
            }
            Said::Relay(bytes) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.relay_said(stream, id, device, &bytes, tx)?;
                }
            }
            Said::Addresses(bytes) => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    self.told_addresses(stream, id, device, &peer, &bytes, tx)?;
                }
            }
            // A member takes everything.
            Said::Declined { .. } => {}
            Said::PeerHas {
                rows,
                whole,
                in_step,
                ..
            } => {
                if let (Some(id), Some(device)) = (notebook, device) {
                    let ahead = link.clock_ahead_ms;
                    self.keep_receipt(id, device, &peer, (rows, whole, in_step), ahead, tx);
                    self.peer_has(id, device, in_step, tx);
                }
            }
        }
        Ok(())
    }

    /// Takes down what a device says it holds: rows, whether they are all of it, and whether it is in step.
    fn keep_receipt(
        &mut self,
        id: NotebookId,
        device: DevicePk,
        peer: &PeerName,
        (rows, whole, in_step): (Vec<ClockRow>, bool, bool),
        clock_ahead_ms: i64,
        tx: &mut Tx<'_>,
    ) {
        let Some(notebook) = self.notebooks.get_mut(&id) else {
            return;
        };
        let holds = match (in_step, whole) {
            (true, _) => Holds::All(notebook.held_chains().clock()),
            (false, true) => Holds::All(rows),
            (false, false) => Holds::More(rows),
        };
        notebook.keep_receipt(device, peer, holds, clock_ahead_ms, tx);
    }

    fn entries_came(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        from: &DevicePk,
        entries: &[Entry],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Self { notebooks, rng, .. } = self;
        let Some(notebook) = notebooks.get_mut(&id) else {
            return Ok(());
        };
        let taken = notebook.take_in(entries, rng, tx)?;
        if taken.gap {
            let reason = "an entry came without what is before it";
            tx.close(stream, reason);
            self.closed(stream, reason, tx);
        }
        self.received(id, from, taken.new, tx);
        Ok(())
    }

    fn received(&mut self, id: NotebookId, from: &DevicePk, new: u64, tx: &mut Tx<'_>) {
        if new == 0 {
            return;
        }
        let (from, _) = self.person_behind(id, from);
        for wait in self
            .waits
            .syncs
            .iter_mut()
            .filter(|wait| wait.notebook == id)
        {
            wait.received += new;
        }
        tx.event(Event::Received {
            notebook: id.to_string(),
            entries: new,
            from,
        });
    }

    fn established(
        &mut self,
        stream: StreamId,
        notebook: NotebookId,
        device: DevicePk,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Some(link) = self.sessions.links.get_mut(&stream) else {
            return Ok(());
        };
        link.notebook = Some(notebook);
        link.device = Some(device);
        let peer = link.peer.clone();
        tx.authorised(stream);
        if let Some(surplus) = self.sessions.surplus(stream, &self.peer_name) {
            self.with_session(surplus, tx, |session, _| session.bye())?;
            if surplus == stream {
                return Ok(());
            }
        }
        if self.enrolling.is_relay(&notebook, &device) {
            return self.enrol(stream, notebook, tx);
        }
        let is_relay = self
            .notebooks
            .get(&notebook)
            .is_some_and(|known| known.is_relay(&device));
        if is_relay {
            self.enrolling.refusing.remove(&(notebook, device));
            // Where members are is none of its business: they tell each other, sealed, in entries that it carries.
            self.tell_relays(tx)?;
        } else {
            self.remember_met(notebook, device, &peer, tx)?;
            let told = self.what_to_tell(notebook, tx)?;
            self.with_session(stream, tx, |session, _| session.addresses(told))?;
        }
        let (person, device) = self.person_behind(notebook, &device);
        tx.event(Event::Connected {
            notebook: notebook.to_string(),
            person,
            device,
        });
        let waiting = self
            .waits
            .syncs
            .iter()
            .any(|wait| wait.notebook == notebook);
        if waiting {
            self.with_session(stream, tx, |session, host| session.ask(host))?;
        }
        self.look_whom_to_reach(tx)
    }

    /// The person behind a device, and the device's id, as they are shown.
    pub(crate) fn person_behind(&self, notebook: NotebookId, device: &DevicePk) -> (Named, String) {
        if let Some(relay) = self.relay_behind(notebook, device) {
            return (relay, device.to_string());
        }
        let person = self.notebooks.get(&notebook).and_then(|notebook| {
            let person = notebook.roster.person_of(device)?;
            Some(Named {
                id: person.0.to_string(),
                name: notebook.person_name(&person),
            })
        });
        let unknown = || Named {
            id: device.to_string(),
            name: "a member".to_owned(),
        };
        (person.unwrap_or_else(unknown), device.to_string())
    }

    // Addresses.

    pub(super) fn listening(&mut self, addresses: Vec<String>, tx: &mut Tx<'_>) -> Outcome<()> {
        let row = AddressRow {
            addresses: addresses.clone(),
            device: None,
        };
        tx.put_row(Space::Address, &HOME, OWN_ADDRESSES, &row);
        tx.event(Event::Listening {
            addresses: addresses.clone(),
            peer_id: self.peer_name.0.clone(),
        });
        self.reaching.listens_at(addresses);
        let streams: Vec<(StreamId, NotebookId)> = self
            .sessions
            .links
            .iter()
            .filter_map(|(stream, link)| {
                let (id, device) = (link.notebook?, link.device?);
                let notebook = self.notebooks.get(&id)?;
                (!notebook.is_relay(&device)).then_some((*stream, id))
            })
            .collect();
        for (stream, notebook) in streams {
            let told = self.what_to_tell(notebook, tx)?;
            self.with_session(stream, tx, |session, _| session.addresses(told))?;
        }
        let ids: Vec<NotebookId> = self.notebooks.keys().copied().collect();
        for id in ids {
            self.publish_addresses(id, tx)?;
        }
        self.look_whom_to_reach(tx)
    }

    /// Says in the roster under which name and where this device is found, so that every member can tell it from strangers.
    pub(crate) fn publish_addresses(&mut self, id: NotebookId, tx: &mut Tx<'_>) -> Outcome<()> {
        if !self.reaching.is_online() {
            return Ok(());
        }
        let now_ms = tx.now.wall_ms;
        let peer_id = self.peer_name.0.clone().into_bytes();
        let addresses: Vec<String> = self
            .reaching
            .listening()
            .iter()
            .take(ADDRESSES_PER_PEER_MAX)
            .cloned()
            .collect();
        let (notebook, rng) = self.notebook_mut(id)?;
        if notebook.may_write().is_err() || !notebook.roster.is_live(&notebook.device()) {
            return Ok(());
        }
        let said = notebook
            .roster
            .device(&notebook.device())
            .map(|device| device.addresses.clone());
        let said = said.unwrap_or_default();
        let relays = said
            .first()
            .map(|said| said.relays.clone())
            .unwrap_or_default();
        let known = said.into_iter().find(|said| said.reach.peer_id == peer_id);
        let is_fresh = known.is_some_and(|said| {
            said.reach.addresses == addresses
                || now_ms.saturating_sub(said.at_ms).abs() < ADDRESSES_AGE_MS
        });
        if !is_fresh {
            let reach = moot_group::Reach { peer_id, addresses };
            let said = moot_group::roster::DeviceAddresses {
                at_ms: now_ms,
                reach,
                relays,
            };
            notebook.publish_event(moot_group::RosterEvent::DeviceAddresses(said), rng, tx)?;
        }
        Ok(())
    }

    fn what_to_tell(&self, notebook: NotebookId, tx: &Tx<'_>) -> Outcome<Vec<u8>> {
        let mut others = Vec::new();
        for (key, row) in tx.rows::<AddressRow>(Space::Address, &notebook, &[])? {
            if let (Some(device), Ok(peer)) = (row.device, String::from_utf8(key)) {
                others.push(ToldOther {
                    device,
                    peer,
                    addresses: row.addresses,
                });
            }
        }
        others.truncate(ADDRESSES_TOLD_MAX);
        let own = self.reaching.listening().to_vec();
        Ok(encode_row(&Told {
            wall_ms: tx.now.wall_ms,
            own,
            others,
        }))
    }

    fn told_addresses(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        device: DevicePk,
        peer: &PeerName,
        bytes: &[u8],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let Ok(told) = minicbor::decode::<Told>(bytes) else {
            return Ok(());
        };
        if let Some(link) = self.sessions.links.get_mut(&stream) {
            link.clock_ahead_ms = told.wall_ms.saturating_sub(tx.now.wall_ms);
        }
        remember(id, device, peer, told.own, Memory::FirstHand, tx)?;
        let Some(notebook) = self.notebooks.get(&id) else {
            return Ok(());
        };
        for other in told.others.into_iter().take(ADDRESSES_TOLD_MAX) {
            // A copy of this home has its device, and another name.
            if notebook.roster.is_live(&other.device) && other.peer != self.peer_name.0 {
                remember(
                    id,
                    other.device,
                    &PeerName(other.peer),
                    other.addresses,
                    Memory::HearSay,
                    tx,
                )?;
            }
        }
        self.look_whom_to_reach(tx)
    }

    fn remember_met(
        &self,
        id: NotebookId,
        device: DevicePk,
        peer: &PeerName,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        remember(id, device, peer, Vec::new(), Memory::FirstHand, tx)
    }

    /// A connection stands at an address that was dialled: it is worth trying first the next time.
    pub(super) fn connected(
        &mut self,
        peer: &PeerName,
        address: String,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        self.reaching.reached(peer);
        let ids: Vec<NotebookId> = self.notebooks.keys().copied().collect();
        for id in ids {
            let row: Option<AddressRow> = tx.row(Space::Address, &id, peer.0.as_bytes())?;
            let Some(mut row) = row else { continue };
            if row.addresses.first() != Some(&address) {
                row.addresses.retain(|known| *known != address);
                row.addresses.insert(0, address.clone());
                row.addresses.truncate(ADDRESSES_PER_PEER_MAX);
                tx.put_row(Space::Address, &id, peer.0.as_bytes(), &row);
            }
        }
        Ok(())
    }

    /// Tells the driver whom to reach for each notebook, where that has changed.
    pub(crate) fn look_whom_to_reach(&mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        if !self.reaching.is_online() {
            return Ok(());
        }
        let ids: Vec<NotebookId> = self.notebooks.keys().copied().collect();
        let mut berths = Wanted::new();
        for id in ids {
            let mut wanted = self.wanted(id, tx)?;
            wanted.remove(&self.peer_name);
            // Never through a relay of another notebook: it would learn who is in what.
            let relays = self.relays_to_go_through(id);
            for relay in &relays {
                let addresses = wanted.get(relay).cloned().unwrap_or_default();
                berths.entry(relay.clone()).or_default().extend(addresses);
            }
            wanted.retain(|peer, _| !self.sessions.is_served_by(id, peer));
            self.reaching.want(id, wanted, &relays, tx);
        }
        for (place, wanted) in self.enrolling.wanted() {
            self.reaching.want(place, wanted, &[], tx);
        }
        self.reaching.moor(berths, tx);
        Ok(())
    }

    pub(crate) fn wanted(&self, id: NotebookId, tx: &Tx<'_>) -> Outcome<Wanted> {
        let Some(notebook) = self.notebooks.get(&id) else {
            return Ok(Wanted::new());
        };
        let mut wanted = Wanted::new();
        if notebook.has_parted() {
            return Ok(wanted);
        }
        if let Some(ticket) = notebook.ticket() {
            wanted.extend(ticket.peers.into_iter().filter_map(|reach| {
                Some((
                    PeerName(String::from_utf8(reach.peer_id).ok()?),
                    reach.addresses,
                ))
            }));
            // Any member can open the door, and whoever is nearby may be one: the session shows nothing to strangers.
            let about = self
                .reaching
                .nearby()
                .iter()
                .chain(self.reaching.introduced());
            wanted.extend(about.map(|(peer, addresses)| (peer.clone(), addresses.clone())));
        }
        // The own device as well: a copy of this home has its keys, and another name.
        for device in notebook.roster.live_devices() {
            for said in device.addresses.iter().take(NAMES_PER_DEVICE_MAX) {
                if let Ok(peer) = String::from_utf8(said.reach.peer_id.clone()) {
                    wanted
                        .entry(PeerName(peer))
                        .or_default()
                        .extend(said.reach.addresses.iter().cloned());
                }
            }
        }
        for (key, row) in tx.rows::<AddressRow>(Space::Address, &id, &[])? {
            let Some(device) = row.device else {
                continue;
            };
            let live = notebook.roster.is_live(&device) || notebook.joining.is_some();
            if let (true, Ok(peer)) = (live, String::from_utf8(key)) {
                let known = wanted.entry(PeerName(peer)).or_default();
                let said = std::mem::replace(known, row.addresses);
                known.extend(said);
            }
        }
        for relay in notebook.relays() {
            if let Some(peer) = relay.peer() {
                let known = wanted.entry(PeerName(peer)).or_default();
                known.extend(relay.reach.addresses);
            }
        }
        if let (Some(original), Some(name)) = (&self.home.original, &self.original_name)
            && original.notebooks.contains(&id)
        {
            let known = wanted.entry(name.clone()).or_default();
            known.extend(original.addresses.iter().cloned());
        }
        wanted.remove(&self.peer_name);
        for (peer, addresses) in self.reaching.introduced() {
            wanted
                .entry(peer.clone())
                .or_default()
                .extend(addresses.iter().cloned());
        }
        Ok(wanted)
    }

    /// Ends sessions with devices that are served no more.
    pub(super) fn drop_retired(&mut self, tx: &mut Tx<'_>) {
        let gone: Vec<StreamId> = self
            .sessions
            .links
            .iter()
            .filter(|(_, link)| {
                let notebook = link.notebook.and_then(|id| self.notebooks.get(&id));
                // Who left may still take the news of it along; a retired device may not.
                let retired = |device: &DevicePk| {
                    notebook.is_some_and(|notebook| {
                        notebook.roster.device(device).is_some_and(|known| {
                            known.state == moot_group::roster::DeviceState::Retired
                        })
                    })
                };
                link.device.is_some_and(|device| retired(&device))
            })
            .map(|(stream, _)| *stream)
            .collect();
        for stream in gone {
            tx.close(stream, "this device was retired");
            self.closed(stream, "this device was retired", tx);
        }
    }
}

/// How an address came to be known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// From the device itself.
    FirstHand,
    /// From another member: does not replace what the device itself said.
    HearSay,
}

/// Remembers under which name and where a device is.
fn remember(
    id: NotebookId,
    device: DevicePk,
    peer: &PeerName,
    addresses: Vec<String>,
    memory: Memory,
    tx: &mut Tx<'_>,
) -> Outcome<()> {
    let before: Option<AddressRow> = tx.row(Space::Address, &id, peer.0.as_bytes())?;
    if memory == Memory::HearSay && (before.is_some() || is_well_known(id, &device, tx)?) {
        return Ok(());
    }
    let mut row = before.clone().unwrap_or_default();
    row.device = Some(device);
    if !addresses.is_empty() {
        // What worked last stays first.
        let worked = row
            .addresses
            .first()
            .cloned()
            .filter(|first| addresses.contains(first));
        row.addresses = worked
            .iter()
            .cloned()
            .chain(addresses.into_iter().filter(|a| Some(a) != worked.as_ref()))
            .collect();
        row.addresses.truncate(ADDRESSES_PER_PEER_MAX);
    }
    if before.as_ref() != Some(&row) {
        tx.put_row(Space::Address, &id, peer.0.as_bytes(), &row);
    }
    Ok(())
}

/// Whether a device is known under as many names as it may be by hearsay. What it says itself always counts.
fn is_well_known(id: NotebookId, device: &DevicePk, tx: &Tx<'_>) -> Outcome<bool> {
    let rows = tx.rows::<AddressRow>(Space::Address, &id, &[])?;
    let known = rows
        .iter()
        .filter(|(_, row)| row.device.as_ref() == Some(device));
    Ok(known.count() >= NAMES_PER_DEVICE_MAX)
}
