//! Owns who uses this node as a relay at this moment. Counts alone: who may is the doorkeeper's business.

use std::collections::BTreeMap;

use libp2p::PeerId;

/// Peers with a berth, and circuits that are open.
///
/// The library tells of ends that it did not tell the beginning of, and after a connection is gone; so what is not known of is
/// no end, and with a peer's last connection all of it is gone.
#[derive(Default)]
pub(super) struct Guests {
    berths: BTreeMap<PeerId, usize>,
    circuits: BTreeMap<(PeerId, PeerId), usize>,
    told: (usize, usize),
}

impl Guests {
    pub(super) fn moored(&mut self, peer: PeerId) {
        *self.berths.entry(peer).or_default() += 1;
    }

    pub(super) fn cast_off(&mut self, peer: &PeerId) {
        one_less(&mut self.berths, peer);
    }

    pub(super) fn joined(&mut self, from: PeerId, to: PeerId) {
        *self.circuits.entry((from, to)).or_default() += 1;
    }

    pub(super) fn parted(&mut self, from: PeerId, to: PeerId) {
        one_less(&mut self.circuits, &(from, to));
    }

    pub(super) fn left(&mut self, peer: &PeerId) {
        self.berths.remove(peer);
        self.circuits
            .retain(|(from, to), _| from != peer && to != peer);
    }

    /// Peers with a berth and circuits, where these are others than were told last.
    pub(super) fn news(&mut self) -> Option<(usize, usize)> {
        let now = (self.berths.len(), self.circuits.values().sum());
        (now != self.told).then(|| {
            self.told = now;
            now
        })
    }
}

fn one_less<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_peer_used_is_counted_until_it_is_gone_however_that_is_told() {
        let [ana, bo] = [PeerId::random(), PeerId::random()];
        let mut guests = Guests::default();
        assert_eq!(guests.news(), None);
        guests.moored(ana);
        guests.moored(ana);
        guests.moored(bo);
        guests.joined(ana, bo);
        assert_eq!(guests.news(), Some((2, 1)), "peers, not connections");
        assert_eq!(guests.news(), None, "told once");
        guests.cast_off(&ana);
        assert_eq!(guests.news(), None, "one berth of two is left");
        guests.parted(ana, bo);
        guests.parted(ana, bo);
        assert_eq!(guests.news(), Some((2, 0)), "an end counts once");
        guests.joined(bo, ana);
        guests.left(&ana);
        guests.cast_off(&ana);
        assert_eq!(guests.news(), Some((1, 0)), "nothing of hers is left");
    }
}
