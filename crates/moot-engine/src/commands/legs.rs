//! Whom this home keeps trying to reach, and where: what a look at the network goes by.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::storage::Space;
use moot_log::{DevicePk, NotebookId};

use crate::commands::notes::timestamp;
use crate::engine::Engine;
use crate::fault::Outcome;
use crate::machine::{PeerName, Reach};
use crate::notebook::Notebook;
use crate::reach::Mooring;
use crate::reply::{Berth, Leg, Legs, Outside};
use crate::rows::AddressRow;
use crate::tx::Tx;

impl Engine {
    /// Where relays saw this device.
    pub(crate) fn outside(&self) -> Vec<Outside> {
        let seen = self.reaching.outside().iter();
        let row = |(address, (reached, since_ms)): (&String, &(bool, i64))| Outside {
            address: address.clone(),
            reached: *reached,
            as_of: timestamp(*since_ms),
        };
        seen.map(row).collect()
    }

    /// Every leg of the notebook that is named, or of all; those known by name first, then by their name on the network.
    pub(crate) fn legs(&self, selector: Option<&str>, tx: &Tx<'_>) -> Outcome<Legs> {
        let ids: Vec<NotebookId> = match selector {
            Some(_) => vec![self.meant(selector, tx)?],
            None => self.notebooks.keys().copied().collect(),
        };
        let mut legs: BTreeMap<PeerName, Leg> = BTreeMap::new();
        for id in ids {
            let Some(notebook) = self.notebooks.get(&id) else {
                continue;
            };
            let names = names_of_peers(notebook, tx)?;
            for (peer, addresses) in self.wanted(id, tx)? {
                let leg = legs.entry(peer.clone()).or_insert_with(|| Leg {
                    peer_id: peer.0.clone(),
                    name: String::new(),
                    relay: false,
                    reach: self.reach_of_peer(&peer).to_owned(),
                    nearby: self.reaching.nearby().contains_key(&peer),
                    addresses: Vec::new(),
                    berth: self.berth_at(&peer),
                });
                if let Some((name, is_relay)) = names.get(&peer) {
                    (leg.name, leg.relay) = (name.clone(), *is_relay);
                }
                let nearby = self.reaching.nearby().get(&peer);
                leg.addresses.extend(addresses);
                leg.addresses.extend(nearby.into_iter().flatten().cloned());
            }
        }
        let mut legs: Vec<Leg> = legs.into_values().collect();
        for leg in &mut legs {
            let mut seen = BTreeSet::new();
            leg.addresses.retain(|address| seen.insert(address.clone()));
        }
        legs.sort_by(|a, b| {
            let key = |leg: &Leg| (leg.name.is_empty(), leg.name.clone(), leg.peer_id.clone());
            key(a).cmp(&key(b))
        });
        let outside = self.outside();
        Ok(Legs { legs, outside })
    }

    /// How it stands with the berth at a relay.
    pub(crate) fn berth_at(&self, relay: &PeerName) -> Option<Berth> {
        let berth = self.reaching.berth(relay)?;
        let (state, why) = match &berth.state {
            Mooring::Asked => ("asked", None),
            Mooring::Held => ("held", None),
            Mooring::None { why } => ("none", Some(why.clone())),
        };
        Some(Berth {
            state: state.to_owned(),
            since: timestamp(berth.since_ms),
            why,
        })
    }

    fn reach_of_peer(&self, peer: &PeerName) -> &'static str {
        let links = self.sessions.links.values();
        let mut here = links.filter(|link| link.device.is_some() && link.peer == *peer);
        match here.next() {
            None => "unreachable",
            Some(link) if link.reach == Reach::Direct => "direct",
            Some(_) if here.any(|link| link.reach == Reach::Direct) => "direct",
            Some(_) => "relayed",
        }
    }
}

/// Whose each name on the network is, and whether it is a relay's.
fn names_of_peers(notebook: &Notebook, tx: &Tx<'_>) -> Outcome<BTreeMap<PeerName, (String, bool)>> {
    let mut names = BTreeMap::new();
    let name_of = |device: &DevicePk| {
        let person = notebook.roster.person_of(device)?;
        Some((notebook.person_name(&person), false))
    };
    for device in notebook.roster.live_devices() {
        for said in &device.addresses {
            let peer = String::from_utf8(said.reach.peer_id.clone()).ok();
            names.extend(peer.map(PeerName).zip(name_of(&device.id)));
        }
    }
    for (key, row) in tx.rows::<AddressRow>(Space::Address, &notebook.id, &[])? {
        let peer = String::from_utf8(key).ok().map(PeerName);
        let name = row.device.as_ref().and_then(name_of);
        names.extend(peer.zip(name));
    }
    for relay in notebook.relays() {
        let peer = relay.peer().map(PeerName);
        names.extend(peer.map(|peer| (peer, (relay.name(), true))));
    }
    Ok(names)
}
