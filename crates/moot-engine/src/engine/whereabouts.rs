//! Where this node is, where others are, and whom to reach.
//!
//! Owns the addresses: what members tell each other of them in a session, what is remembered, and what is told to the driver.
//! Whether somebody is served is settled in the session, by keys.

use minicbor::{Decode, Encode};

use moot_log::relay::relay_key;
use moot_log::storage::{HOME, Space};
use moot_log::{DevicePk, NotebookId};

use super::Engine;
use crate::fault::Outcome;
use crate::limits::{
    ADDRESSES_AGE_MS, ADDRESSES_PER_PEER_MAX, ADDRESSES_TOLD_MAX, MET_AGAIN_MS, NAMES_MET_MAX,
    NAMES_PER_DEVICE_MAX,
};
use crate::machine::{PeerName, StreamId};
use crate::reach::Wanted;
use crate::reply::Event;
use crate::rows::AddressRow;
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
    pub(super) fn listening(&mut self, addresses: Vec<String>, tx: &mut Tx<'_>) -> Outcome<()> {
        let row = AddressRow {
            addresses: addresses.clone(),
            device: None,
            met_ms: None,
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

    pub(super) fn what_to_tell(&self, notebook: NotebookId, tx: &Tx<'_>) -> Outcome<Vec<u8>> {
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

    pub(super) fn told_addresses(
        &mut self,
        stream: StreamId,
        id: NotebookId,
        device: DevicePk,
        peer: &PeerName,
        bytes: &[u8],
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        // A relay has no part in where members are: it could have all of them dial whatever it likes.
        if relay_key(&peer.0) == Some(device) {
            return Ok(());
        }
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

    pub(super) fn remember_met(
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

    /// Whom to reach for a notebook, and every address at which they may be.
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
    if memory == Memory::FirstHand {
        let now = tx.now.wall_ms;
        if before.is_none() {
            forget_the_oldest(id, &device, tx)?;
        }
        let is_old = |met: i64| now.saturating_sub(met) >= MET_AGAIN_MS;
        if row.met_ms.is_none_or(is_old) {
            row.met_ms = Some(now);
        }
    }
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

/// Makes room for one name more of a device: every copy of a home has one, and whoever likes makes up others.
fn forget_the_oldest(id: NotebookId, device: &DevicePk, tx: &mut Tx<'_>) -> Outcome<()> {
    let rows = tx.rows::<AddressRow>(Space::Address, &id, &[])?;
    let of = |row: &AddressRow| row.device.as_ref() == Some(device);
    let mut known: Vec<(Option<i64>, Vec<u8>)> = rows
        .into_iter()
        .filter(|(_, row)| of(row))
        .map(|(key, row)| (row.met_ms, key))
        .collect();
    known.sort();
    let over = (known.len() + 1).saturating_sub(NAMES_MET_MAX);
    for (_, key) in known.into_iter().take(over) {
        tx.delete(Space::Address, &id, &key);
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
