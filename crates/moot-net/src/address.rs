//! Owns the names of the network that cross the API: [`PeerId`], [`Address`], [`SecretKey`].
//! They hold bytes and text, never a libp2p type. A value that exists is well formed; nobody checks it again.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr},
    str::FromStr,
};

use libp2p::{Multiaddr, identity::Keypair, multiaddr::Protocol};

/// The 32-byte Ed25519 seed of a node's network identity. It authorises nothing but owning its [`PeerId`].
///
/// It has no `Debug` on purpose.
#[derive(Clone)]
pub struct SecretKey([u8; 32]);

impl SecretKey {
    /// Takes the seed; every 32 bytes are a valid one.
    pub fn from_bytes(seed: [u8; 32]) -> SecretKey {
        SecretKey(seed)
    }

    pub(crate) fn keypair(&self) -> Keypair {
        Keypair::ed25519_from_bytes(self.0).expect("any 32 bytes are an Ed25519 seed")
    }
}

/// Tells the [`PeerId`] under which others see the holder of this key.
pub fn peer_id_of(secret_key: &SecretKey) -> PeerId {
    PeerId::from_libp2p(&secret_key.keypair().public().to_peer_id())
}

/// The name of a node on the network: a hash or copy of its public key, proven at every connection.
///
/// `Display` and `FromStr` are the usual base58 text (`12D3Koo…`). The order is that of the bytes, the same for all
/// peers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PeerId(Vec<u8>);

impl PeerId {
    /// Reads the bytes that [`PeerId::as_bytes`] gave.
    ///
    /// # Errors
    /// [`PeerIdError`] when they are not those of a peer id.
    pub fn from_bytes(bytes: &[u8]) -> Result<PeerId, PeerIdError> {
        libp2p::PeerId::from_bytes(bytes)
            .map(|peer| PeerId::from_libp2p(&peer))
            .map_err(|error| PeerIdError {
                reason: error.to_string(),
            })
    }

    /// The bytes, 38 for an Ed25519 identity.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(crate) fn from_libp2p(peer: &libp2p::PeerId) -> PeerId {
        PeerId(peer.to_bytes())
    }

    pub(crate) fn to_libp2p(&self) -> libp2p::PeerId {
        libp2p::PeerId::from_bytes(&self.0).expect("checked when it was made")
    }
}

impl fmt::Display for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_libp2p().fmt(f)
    }
}

impl fmt::Debug for PeerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PeerId {
    type Err = PeerIdError;

    fn from_str(text: &str) -> Result<PeerId, PeerIdError> {
        text.parse::<libp2p::PeerId>()
            .map(|peer| PeerId::from_libp2p(&peer))
            .map_err(|error| PeerIdError {
                reason: error.to_string(),
            })
    }
}

/// Says why bytes or text are no [`PeerId`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a peer id: {reason}")]
pub struct PeerIdError {
    /// What is wrong with it.
    pub reason: String,
}

/// Where a node can be reached: multiaddr text such as `/ip4/192.0.2.7/tcp/4001`, without the peer at its end.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(String);

impl Address {
    /// Splits `/ip4/192.0.2.7/tcp/4001/p2p/12D3Koo…` into the address and the peer, which may be missing.
    ///
    /// # Errors
    /// [`AddressError`] when the text is no multiaddr, or names only a peer.
    pub fn parse_with_peer(text: &str) -> Result<(Address, Option<PeerId>), AddressError> {
        let whole: Multiaddr =
            text.parse()
                .map_err(|error: libp2p::multiaddr::Error| AddressError {
                    text: text.to_owned(),
                    reason: error.to_string(),
                })?;
        let (address, peer) = Address::split(&whole);
        if address.0.is_empty() {
            return Err(AddressError {
                text: text.to_owned(),
                reason: "it says nothing about where".to_owned(),
            });
        }
        Ok((address, peer))
    }

    /// The multiaddr text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether only programs on the same machine can use it.
    pub fn is_loopback(&self) -> bool {
        self.to_multiaddr().iter().any(|part| match part {
            Protocol::Ip4(ip) => ip.is_loopback(),
            Protocol::Ip6(ip) => ip.is_loopback(),
            _ => false,
        })
    }

    /// The number it names; none where it names a host by its name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.to_multiaddr().iter().find_map(|part| match part {
            Protocol::Ip4(ip) => Some(ip.into()),
            Protocol::Ip6(ip) => Some(ip.into()),
            _ => None,
        })
    }

    /// Whether it is reached by UDP (QUIC), and not by TCP.
    pub fn is_udp(&self) -> bool {
        let udp = |part| matches!(part, Protocol::Udp(_));
        self.to_multiaddr().iter().any(udp)
    }

    /// The TCP or UDP port it names.
    pub(crate) fn port(&self) -> Option<u16> {
        self.to_multiaddr().iter().find_map(|part| match part {
            Protocol::Tcp(port) | Protocol::Udp(port) => Some(port),
            _ => None,
        })
    }

    /// From how far it can be used, as far as its number tells. A name is taken for one that everybody can look up.
    pub(crate) fn scope(&self) -> Scope {
        let is_narrow = match self.ip() {
            _ if self.is_loopback() => return Scope::Machine,
            Some(IpAddr::V4(ip)) => ip.is_private() || ip.is_link_local() || is_shared(ip),
            Some(IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local(),
            None => false,
        };
        if is_narrow { Scope::Site } else { Scope::World }
    }

    pub(crate) fn from_multiaddr(address: &Multiaddr) -> Address {
        Address::split(address).0
    }

    pub(crate) fn to_multiaddr(&self) -> Multiaddr {
        self.0.parse().expect("checked when it was made")
    }

    fn split(whole: &Multiaddr) -> (Address, Option<PeerId>) {
        let mut address = whole.clone();
        match whole.iter().last() {
            Some(Protocol::P2p(peer)) => {
                address.pop();
                (
                    Address(address.to_string()),
                    Some(PeerId::from_libp2p(&peer)),
                )
            }
            _ => (Address(address.to_string()), None),
        }
    }
}

/// The widest first, so that what is left out where there is room for few is what the fewest can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scope {
    World,
    /// A home's or a provider's own network.
    Site,
    Machine,
}

/// Whether it is one of those that a provider's customers share behind its own router (100.64.0.0/10).
pub(crate) fn is_shared(ip: Ipv4Addr) -> bool {
    let [first, second, ..] = ip.octets();
    first == 100 && (64..128).contains(&second)
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    /// Drops a trailing `/p2p/…`; [`Address::parse_with_peer`] keeps it.
    fn from_str(text: &str) -> Result<Address, AddressError> {
        Address::parse_with_peer(text).map(|(address, _)| address)
    }
}

/// Says why text is no [`Address`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an address: {text:?} ({reason})")]
pub struct AddressError {
    /// The text as given.
    pub text: String,
    /// What is wrong with it.
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN";

    #[test]
    fn address_is_read_with_and_without_its_peer() {
        let with = format!("/ip4/192.0.2.7/tcp/4001/p2p/{PEER}");
        let (address, peer) = Address::parse_with_peer(&with).unwrap();
        assert_eq!(address.as_str(), "/ip4/192.0.2.7/tcp/4001");
        assert_eq!(peer.unwrap().to_string(), PEER);
        let (address, peer) = Address::parse_with_peer("/dns4/moot.example/udp/1/quic-v1").unwrap();
        assert_eq!(
            (address.as_str(), peer),
            ("/dns4/moot.example/udp/1/quic-v1", None)
        );
    }

    #[test]
    fn an_address_tells_from_how_far_it_can_be_used() {
        let scope = |text: &str| text.parse::<Address>().unwrap().scope();
        for (text, expected) in [
            ("/ip4/127.0.0.1/tcp/1", Scope::Machine),
            ("/ip6/::1/tcp/1", Scope::Machine),
            ("/ip4/192.168.1.2/tcp/1", Scope::Site),
            ("/ip4/100.64.0.1/tcp/1", Scope::Site),
            ("/ip4/100.128.0.1/tcp/1", Scope::World),
            ("/ip6/fd00::1/udp/1/quic-v1", Scope::Site),
            ("/ip6/fe80::1/tcp/1", Scope::Site),
            ("/ip6/2a00::1/tcp/1", Scope::World),
            ("/ip4/198.51.100.1/tcp/1", Scope::World),
            ("/dns4/moot.example/tcp/1", Scope::World),
        ] {
            assert_eq!(scope(text), expected, "{text}");
        }
        assert!(Scope::World < Scope::Site && Scope::Site < Scope::Machine);
    }

    #[test]
    fn circuit_address_keeps_its_relay() {
        let text = format!("/ip4/192.0.2.7/tcp/4001/p2p/{PEER}/p2p-circuit");
        let (address, peer) = Address::parse_with_peer(&format!("{text}/p2p/{PEER}")).unwrap();
        assert_eq!((address.as_str(), peer.is_some()), (text.as_str(), true));
    }

    #[test]
    fn nonsense_is_no_address() {
        for text in [
            "",
            "/",
            "192.0.2.7:4001",
            "/ip4/300.0.0.1/tcp/1",
            &format!("/p2p/{PEER}"),
        ] {
            assert!(Address::parse_with_peer(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn peer_id_survives_bytes_and_text() {
        let peer = peer_id_of(&SecretKey::from_bytes([7; 32]));
        assert_eq!(peer.as_bytes().len(), 38);
        assert_eq!(PeerId::from_bytes(peer.as_bytes()).unwrap(), peer);
        assert_eq!(peer.to_string().parse::<PeerId>().unwrap(), peer);
        assert!(PeerId::from_bytes(b"no peer").is_err());
    }
}
