//! The relays of a notebook: which ones its members named, and what each of them is to know.
//!
//! Owns the reading of the roster for it. A relay is named by the device that enrolled the notebook there, in what that device says
//! of itself; nobody else takes it back. Who a relay is its network identity says, which is its key in sessions.

use std::collections::{BTreeMap, BTreeSet};

use moot_group::Reach;
use moot_group::roster::{DeviceAddresses, PersonId};
use moot_log::DevicePk;
use moot_log::limits::RELAY_LIST_MAX;
use moot_log::relay::{List, Word, relay_key};

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
    pub(crate) devices: BTreeSet<DevicePk>,
    /// Keys of invites that are open.
    pub(crate) invites: BTreeSet<DevicePk>,
    /// Keys of invites that are not open any more.
    pub(crate) closed: BTreeSet<DevicePk>,
}

impl RelayList {
    /// What is to be told to a relay that was told another list before, in parts that a word holds. Nothing is ever taken back.
    pub(crate) fn beyond(&self, told: &Self) -> Vec<Self> {
        let new = [
            self.devices.difference(&told.devices),
            self.invites.difference(&told.invites),
            self.closed.difference(&told.closed),
        ];
        let mut new = new.map(|keys| keys.copied());
        let mut parts = Vec::new();
        loop {
            let mut next = new
                .iter_mut()
                .map(|keys| keys.take(RELAY_LIST_MAX).collect::<BTreeSet<_>>());
            let mut next = || next.next().unwrap_or_default();
            let part = Self {
                devices: next(),
                invites: next(),
                closed: next(),
            };
            if part == Self::default() {
                return parts;
            }
            parts.push(part);
        }
    }

    /// The word that says it.
    pub(crate) fn word(self, number: u64) -> Word {
        Word::List(List {
            number,
            devices: self.devices.into_iter().collect(),
            invites: self.invites.into_iter().collect(),
            closed: self.closed.into_iter().collect(),
        })
    }
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

    /// Everybody whose live devices name a relay.
    pub(crate) fn who_names(&self, relay: &DevicePk) -> BTreeSet<PersonId> {
        let names = |reach: &Reach| {
            let peer = std::str::from_utf8(&reach.peer_id).ok();
            peer.and_then(relay_key).as_ref() == Some(relay)
        };
        let devices = self.roster.live_devices().filter(|device| {
            let said = device.addresses.first();
            said.is_some_and(|said| said.relays.iter().any(names))
        });
        devices.map(|device| device.person).collect()
    }

    /// How many holders these devices and relays are. A relay that this person named is one. All that one other member named are
    /// one together: they may all be theirs.
    pub(crate) fn holders(&self, confirmed: &BTreeSet<DevicePk>) -> usize {
        let (relays, devices): (Vec<_>, Vec<_>) =
            confirmed.iter().partition(|key| self.is_relay(key));
        let me = self.me();
        let mut own = 0;
        let mut of_others = BTreeSet::new();
        for relay in relays {
            let named_by = self.who_names(relay);
            if named_by.contains(&me) {
                own += 1;
            } else {
                of_others.extend(named_by.first().copied());
            }
        }
        devices.len() + own + of_others.len()
    }

    /// Whether a key is that of one of the notebook's relays.
    pub(crate) fn is_relay(&self, key: &DevicePk) -> bool {
        // Who was ever a device is none: a retired one is not let in by another name.
        self.roster.device(key).is_none() && self.relays().iter().any(|relay| relay.key == *key)
    }

    /// Whether whoever proved itself by this key did so as a relay, and nobody names it any more.
    pub(crate) fn is_no_relay_any_more(&self, key: &DevicePk) -> bool {
        self.joining.is_none() && self.roster.device(key).is_none() && !self.is_relay(key)
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
        list.devices.extend(devices);
        for invite in self.roster.invites() {
            let key = DevicePk(invite.create.invite.0);
            let side = match invite.standing(now_ms) {
                Ok(()) => &mut list.invites,
                Err(_) => &mut list.closed,
            };
            side.insert(key);
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

    /// Story: what was beyond the first thousand was never told.
    #[test]
    fn a_long_list_is_told_in_parts_and_later_what_is_new() {
        let key = |n: u16| {
            DevicePk(
                [[7; 30].as_slice(), &n.to_be_bytes()]
                    .concat()
                    .try_into()
                    .unwrap(),
            )
        };
        let list = RelayList {
            devices: (0..2_500).map(key).collect(),
            invites: (0..3).map(key).collect(),
            closed: (0..1_024).map(key).collect(),
        };
        let parts = list.beyond(&RelayList::default());
        let sizes = parts.iter().map(|part| {
            let RelayList {
                devices,
                invites,
                closed,
            } = part;
            assert!(part.clone().word(1).encode().len() <= moot_log::limits::RELAY_BYTES_MAX);
            (devices.len(), invites.len(), closed.len())
        });
        let sizes: Vec<_> = sizes.collect();
        assert_eq!(sizes, [(1_024, 3, 1_024), (1_024, 0, 0), (452, 0, 0)]);
        let mut more = list.clone();
        more.devices.insert(key(9_000));
        more.invites.remove(&key(1));
        let parts = more.beyond(&list);
        assert_eq!(parts.len(), 1);
        assert_eq!((parts[0].devices.len(), parts[0].invites.len()), (1, 0));
        assert_eq!(more.beyond(&more), []);
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
