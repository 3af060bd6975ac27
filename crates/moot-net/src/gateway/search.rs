//! Owns finding the router of a network: a question to all devices on it, and what the first gateway among them answers.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
};

use tokio::{
    net::UdpSocket,
    time::{Instant, timeout_at},
};

use super::{
    control::{self, Router},
    http,
};
use crate::limits;

const EVERYBODY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::new(239, 255, 255, 250), 1900);

const QUESTION: &str = "M-SEARCH * HTTP/1.1\r\n\
    HOST: 239.255.255.250:1900\r\n\
    MAN: \"ssdp:discover\"\r\n\
    MX: 1\r\n\
    ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\r\n";

/// The router of the network on which this node has the address `own`; none where none answers.
pub(super) async fn router(own: Ipv4Addr) -> Option<Router> {
    match search(own).await {
        Ok(found) => found,
        Err(error) => {
            tracing::debug!(%error, %own, "no router can be looked for");
            None
        }
    }
}

async fn search(own: Ipv4Addr) -> io::Result<Option<Router>> {
    // Bound to the address, it asks on that network and no other.
    let socket = UdpSocket::bind(SocketAddrV4::new(own, 0)).await?;
    socket.set_multicast_ttl_v4(2)?;
    let mut packet = [0; 2048];
    // One question may be lost.
    for _ in 0..2 {
        socket.send_to(QUESTION.as_bytes(), EVERYBODY).await?;
        let until = Instant::now() + limits::GATEWAY_SEARCH;
        let mut answers = 0;
        while let Ok(received) = timeout_at(until, socket.recv_from(&mut packet)).await {
            let (bytes, from) = received?;
            answers += 1;
            if answers > limits::GATEWAY_ANSWERS_MAX {
                break;
            }
            let Some((place, path)) = location(&packet[..bytes], from) else {
                continue;
            };
            match control::meet(place, &path).await {
                Ok(router) => return Ok(Some(router)),
                Err(error) => tracing::debug!(%error, %from, "what answered is no router for us"),
            }
        }
    }
    Ok(None)
}

/// Where a device describes itself: on that device, by its number, and nowhere else. Else whoever answers would have us ask
/// anybody anything.
fn location(packet: &[u8], from: SocketAddr) -> Option<(SocketAddrV4, String)> {
    let text = std::str::from_utf8(packet).ok()?;
    let (place, path) = control::place_of(http::field(text, "location")?)?;
    (IpAddr::V4(*place.ip()) == from.ip()).then_some((place, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_believed_about_itself_alone() {
        let from: SocketAddr = "192.168.1.1:1900".parse().unwrap();
        let answer = |location: &str| {
            let text = format!("HTTP/1.1 200 OK\r\nST: x\r\nLocation: {location}\r\n\r\n");
            super::location(text.as_bytes(), from)
        };
        let place: SocketAddrV4 = "192.168.1.1:5000".parse().unwrap();
        let expected = Some((place, "/rootDesc.xml".to_owned()));
        assert_eq!(answer("http://192.168.1.1:5000/rootDesc.xml"), expected);
        for other in [
            "http://192.168.1.7:5000/rootDesc.xml",
            "https://192.168.1.1/",
            "http://router.example/x",
            "http://192.168.1.1:5000/a b",
            "/rootDesc.xml",
            "",
        ] {
            assert_eq!(answer(other), None, "{other}");
        }
        assert_eq!(location(b"\xff\xfe", from), None);
    }
}
