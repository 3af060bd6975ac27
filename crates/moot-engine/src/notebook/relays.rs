//! The relays of a notebook: which ones its members named, and what each of them is to know.
//!
//! Owns the reading of the roster for it. A relay is named by the device that enrolled the notebook there, in what that device says
//! of itself; nobody else takes it back. Who a relay is its network identity says, which is its key in sessions.

use std::collections::BTreeMap;

use moot_group::Reach;
use moot_group::roster::DeviceAddresses;
use moot_log::DevicePk;
use moot_log::limits::RELAY_LIST_MAX;
use moot_log::relay::relay_key;

use super::Notebook;
use crate::limits::RELAY_ADDRESSES_EACH;
use crate::machine::PeerName;

/// A relay that keeps sealed copies of the notebook's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Relay {
    /// Its key in sessions.
    pub(crate) key: DevicePk,
    /// Its network identity and addresses.
    pub(crate) reach: Reach,
    /// The device that enrolled the notebook there.
    pub(crate) by: DevicePk,
}

/// Whom a relay is to serve: what it is told of the group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct RelayList {
    /// Devices that are live.
    pub(crate) devices: Vec<DevicePk>,
    /// Keys of invites that are open.
    pub(crate) invites: Vec<DevicePk>,
    /// Keys of invites that are not open any more.
    pub(crate) closed: Vec<DevicePk>,
}

impl Relay {
    /// What people call it: the host that it is reached at, else the beginning of its network identity.
    pub(crate) fn name(&self) -> String {
        let hosts = self.reach.addresses.iter();
        let host = hosts
            .filter_map(|address| address.split('/').nth(2))
            .find(|host| !host.is_empty());
        match host {
            Some(host) => host.to_owned(),
            None => {
                let text = String::from_utf8_lossy(&self.reach.peer_id);
                text.chars().take(12).collect()
            }
        }
    }

    /// Takes more addresses in, so many of each who names it.
    fn also_at(&mut self, addresses: &[String]) {
        for address in addresses.iter().take(RELAY_ADDRESSES_EACH) {
            if !self.reach.addresses.contains(address) {
                self.reach.addresses.push(address.clone());
            }
        }
    }

    /// Its name on the network.
    pub(crate) fn peer(&self) -> Option<String> {
        String::from_utf8(self.reach.peer_id.clone()).ok()
    }
}

impl Notebook {
    /// Every relay that a live device names, each once, at all addresses that are named. While joining, those of the ticket.
    pub(crate) fn relays(&self) -> Vec<Relay> {
        let mut found: BTreeMap<DevicePk, Relay> = BTreeMap::new();
        for device in self.roster.live_devices() {
            let Some(said) = device.addresses.first() else {
                continue;
            };
            for reach in &said.relays {
                let Some(relay) = relay(reach, device.id) else {
                    continue;
                };
                // Several may name it. What one says of its addresses takes nothing from what another says.
                match found.get_mut(&relay.key) {
                    Some(known) => known.also_at(&relay.reach.addresses),
                    None => drop(found.insert(relay.key, relay)),
                }
            }
        }
        if let Some(ticket) = self.ticket() {
            for reach in &ticket.relays {
                if let Some(relay) = relay(reach, self.device()) {
                    found.entry(relay.key).or_insert(relay);
                }
            }
        }
        found.into_values().collect()
    }

    /// Whether a key is that of one of the notebook's relays.
    pub(crate) fn is_relay(&self, key: &DevicePk) -> bool {
        // Who was ever a device is none: a retired one is not let in by another name.
        self.roster.device(key).is_none() && self.relays().iter().any(|relay| relay.key == *key)
    }

    /// Whether one of the notebook's relays has this name on the network.
    pub(crate) fn has_relay(&self, peer: &PeerName) -> bool {
        let name = peer.0.as_bytes();
        self.relays()
            .iter()
            .any(|relay| relay.reach.peer_id == name)
    }

    /// What this device says of itself and its relays, the latest.
    pub(crate) fn own_said(&self) -> Option<&DeviceAddresses> {
        self.roster.device(&self.device())?.addresses.first()
    }

    /// What a relay is to know of the group, as this device knows it.
    pub(crate) fn relay_list(&self, now_ms: i64) -> RelayList {
        let mut list = RelayList::default();
        let devices = self.roster.live_devices().map(|device| device.id);
        list.devices.extend(devices.take(RELAY_LIST_MAX));
        for invite in self.roster.invites() {
            let key = DevicePk(invite.create.invite.0);
            let side = match invite.standing(now_ms) {
                Ok(()) => &mut list.invites,
                Err(_) => &mut list.closed,
            };
            if side.len() < RELAY_LIST_MAX {
                side.push(key);
            }
        }
        list
    }
}

/// A relay as it is named; none where the name holds no key.
fn relay(reach: &Reach, by: DevicePk) -> Option<Relay> {
    let key = relay_key(std::str::from_utf8(&reach.peer_id).ok()?)?;
    Some(Relay {
        key,
        reach: reach.clone(),
        by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(addresses: &[&str]) -> Relay {
        Relay {
            key: DevicePk([1; 32]),
            reach: Reach {
                peer_id: b"12D3KooWAbCdEfGh".to_vec(),
                addresses: addresses
                    .iter()
                    .map(|&address| address.to_owned())
                    .collect(),
            },
            by: DevicePk([2; 32]),
        }
    }

    #[test]
    fn a_relay_is_called_by_its_host() {
        let named = at(&[
            "/dns4/relay.example.org/tcp/4001",
            "/ip4/192.0.2.7/tcp/4001",
        ]);
        assert_eq!(named.name(), "relay.example.org");
        assert_eq!(at(&[]).name(), "12D3KooWAbCd");
    }
}
