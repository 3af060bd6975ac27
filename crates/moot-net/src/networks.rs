//! Owns which networks this machine is on, as its interfaces say at this moment.

use std::{io, net::IpAddr};

/// An interface's own address, and how many of its leading bits all devices on its network share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Network {
    /// The machine's own address there.
    pub own: IpAddr,
    /// How many bits.
    pub prefix: u8,
}

impl Network {
    /// Whether an address is one of the same network, so that no router stands between.
    #[must_use]
    pub fn has(&self, other: &IpAddr) -> bool {
        match (self.own, other) {
            (IpAddr::V4(own), IpAddr::V4(other)) => same_bits(
                own.to_bits().into(),
                other.to_bits().into(),
                32,
                self.prefix,
            ),
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                same_bits(own.to_bits(), other.to_bits(), 128, self.prefix)
            }
            _ => false,
        }
    }
}

fn same_bits(one: u128, other: u128, width: u32, prefix: u8) -> bool {
    let free = width.saturating_sub(u32::from(prefix));
    // A prefix of no bits is on every network.
    (one ^ other).checked_shr(free).unwrap_or(0) == 0
}

/// The networks that this machine is on, loopback and links without an address of their own left out.
///
/// # Errors
/// What the system says where it does not tell.
pub fn own_networks() -> io::Result<Vec<Network>> {
    let interfaces = if_addrs::get_if_addrs()?;
    let mut networks: Vec<Network> = interfaces
        .into_iter()
        .filter(|interface| !interface.is_loopback() && !interface.is_link_local())
        .map(|interface| match interface.addr {
            if_addrs::IfAddr::V4(v4) => Network {
                own: v4.ip.into(),
                prefix: v4.prefixlen,
            },
            if_addrs::IfAddr::V6(v6) => Network {
                own: v6.ip.into(),
                prefix: v6.prefixlen,
            },
        })
        .collect();
    networks.sort();
    networks.dedup();
    Ok(networks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_share_its_bits() {
        let network = |own: &str, prefix| Network {
            own: own.parse().unwrap(),
            prefix,
        };
        let has = |network: Network, other: &str| network.has(&other.parse().unwrap());
        let home = network("192.168.1.7", 24);
        assert!(has(home, "192.168.1.200"));
        assert!(!has(home, "192.168.2.7"));
        assert!(!has(home, "fd00::1"));
        let large = network("10.1.2.3", 9);
        assert!(has(large, "10.127.0.1"));
        assert!(!has(large, "10.128.0.1"));
        let six = network("fd00:1::2", 64);
        assert!(has(six, "fd00:1::ffff"));
        assert!(!has(six, "fd00:1:0:1::2"));
        assert!(has(network("10.0.0.1", 0), "203.0.113.9"));
        assert!(!has(network("10.0.0.1", 32), "10.0.0.2"));
    }

    #[test]
    fn the_machine_says_which_networks_it_is_on() {
        for network in own_networks().unwrap() {
            assert!(network.has(&network.own) && !network.own.is_loopback());
        }
    }
}
