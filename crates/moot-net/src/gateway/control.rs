//! Owns what is said to a router: what it is, its address on the internet, opening a port and shutting it.
//!
//! Its answers are looked through for a few words between tags; nothing else of XML is understood, so nothing else can do harm.

use std::{
    io,
    net::{Ipv4Addr, SocketAddrV4},
};

use super::http;
use crate::{limits, scheduler::Carrier};

/// What such services are called, the newest first.
const SERVICES: [&str; 3] = [
    "urn:schemas-upnp-org:service:WANIPConnection:2",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
];

/// Another device has this port of the router.
const TAKEN: u16 = 718;

/// The router opens ports for good or not at all.
const FOR_GOOD_ALONE: u16 = 725;

/// Ports tried besides the one listened on, where others have it.
const PORTS_BESIDE: u16 = 3;

/// A router that can be asked.
#[derive(Debug)]
pub(super) struct Router {
    place: SocketAddrV4,
    path: String,
    service: &'static str,
}

/// Why a router did not do as it was asked.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it does not answer: {0}")]
    Silent(#[from] io::Error),
    #[error("it refuses, with status {status} and code {code:?}")]
    Said { status: u16, code: Option<u16> },
    #[error("it says nothing of {0}")]
    Without(&'static str),
}

/// Reads what a device says of itself.
pub(super) async fn meet(place: SocketAddrV4, path: &str) -> Result<Router, Refusal> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n");
    let answer = http::ask(place, &request).await?;
    if answer.status != 200 {
        return Err(Refusal::Said {
            status: answer.status,
            code: None,
        });
    }
    described(place, &answer.body).ok_or(Refusal::Without("a service that opens ports"))
}

/// The service that opens ports, at the same device.
fn described(place: SocketAddrV4, text: &str) -> Option<Router> {
    SERVICES.iter().find_map(|service| {
        let mut parts = text.split("<service>").skip(1);
        let part = parts.find(|part| inside(part, "serviceType") == Some(service))?;
        let url = inside(part, "controlURL")?;
        let (at, path) = match place_of(url) {
            Some((at, path)) => (at, path),
            None if url.contains("://") => return None,
            None => (place, format!("/{}", url.trim_start_matches('/'))),
        };
        (at.ip() == place.ip() && is_plain(&path)).then_some(Router {
            place: at,
            path,
            service,
        })
    })
}

impl Router {
    pub(super) fn place(&self) -> SocketAddrV4 {
        self.place
    }

    /// The address under which the internet sees it.
    pub(super) async fn outside(&self) -> Result<Ipv4Addr, Refusal> {
        let answer = self.act("GetExternalIPAddress", "").await?;
        let address = inside(&answer, "NewExternalIPAddress").and_then(|text| text.parse().ok());
        address.ok_or(Refusal::Without("its address"))
    }

    /// Has a port passed on for a while; tells which, where the one listened on is another's.
    pub(super) async fn open(
        &self,
        own: Ipv4Addr,
        carrier: Carrier,
        port: u16,
    ) -> Result<u16, Refusal> {
        let last = port.saturating_add(PORTS_BESIDE);
        let mut lease_s = limits::GATEWAY_LEASE.as_secs();
        let mut outside = port;
        loop {
            let protocol = protocol(carrier);
            let asked = format!(
                "<NewRemoteHost></NewRemoteHost><NewExternalPort>{outside}</NewExternalPort><NewProtocol>{protocol}</NewProtocol>\
                 <NewInternalPort>{port}</NewInternalPort><NewInternalClient>{own}</NewInternalClient><NewEnabled>1</NewEnabled>\
                 <NewPortMappingDescription>moot</NewPortMappingDescription><NewLeaseDuration>{lease_s}</NewLeaseDuration>"
            );
            match self.act("AddPortMapping", &asked).await {
                Ok(_) => return Ok(outside),
                Err(Refusal::Said {
                    code: Some(FOR_GOOD_ALONE),
                    ..
                }) if lease_s > 0 => lease_s = 0,
                Err(Refusal::Said {
                    code: Some(TAKEN), ..
                }) if outside < last => outside += 1,
                Err(refusal) => return Err(refusal),
            }
        }
    }

    /// Has it passed on no more.
    pub(super) async fn shut(&self, carrier: Carrier, outside: u16) -> Result<(), Refusal> {
        let protocol = protocol(carrier);
        let asked = format!(
            "<NewRemoteHost></NewRemoteHost><NewExternalPort>{outside}</NewExternalPort><NewProtocol>{protocol}</NewProtocol>"
        );
        self.act("DeletePortMapping", &asked).await.map(|_| ())
    }

    async fn act(&self, action: &str, arguments: &str) -> Result<String, Refusal> {
        let Router {
            place,
            path,
            service,
        } = self;
        let body = format!(
            "<?xml version=\"1.0\"?>\r\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
             s:encodingStyle=\"http://schemas.xmlsoap.org/soap/encoding/\"><s:Body><u:{action} xmlns:u=\"{service}\">{arguments}\
             </u:{action}></s:Body></s:Envelope>\r\n"
        );
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: {place}\r\nContent-Type: text/xml; charset=\"utf-8\"\r\nContent-Length: {length}\r\n\
             SOAPAction: \"{service}#{action}\"\r\nConnection: close\r\n\r\n{body}"
        );
        let answer = http::ask(*place, &request).await?;
        match answer.status {
            200 => Ok(answer.body),
            status => Err(Refusal::Said {
                status,
                code: inside(&answer.body, "errorCode").and_then(|code| code.parse().ok()),
            }),
        }
    }
}

fn protocol(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Tcp => "TCP",
        Carrier::Quic => "UDP",
    }
}

/// A place by its number, and a path, of `http://192.0.2.1:80/path`.
pub(super) fn place_of(url: &str) -> Option<(SocketAddrV4, String)> {
    let rest = url.strip_prefix("http://")?;
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let place = match host.contains(':') {
        true => host.parse().ok()?,
        false => SocketAddrV4::new(host.parse().ok()?, 80),
    };
    let path = if path.is_empty() { "/" } else { path };
    is_plain(path).then(|| (place, path.to_owned()))
}

/// Whether it can stand in the first line of a request without becoming more than that.
fn is_plain(path: &str) -> bool {
    path.bytes().all(|byte| byte.is_ascii_graphic())
}

/// What stands between the first tag of this name and its end.
fn inside<'a>(text: &'a str, tag: &str) -> Option<&'a str> {
    let open = format!("<{tag}");
    let mut rest = text;
    loop {
        rest = &rest[rest.find(&open)? + open.len()..];
        // It may have attributes; a longer name is another tag.
        if rest.starts_with(['>', ' ', '\t', '\r', '\n']) {
            break;
        }
    }
    let rest = &rest[rest.find('>')? + 1..];
    Some(rest[..rest.find(&format!("</{tag}>"))?].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTION: &str = "<?xml version=\"1.0\"?><root><device><serviceList>
        <service><serviceType>urn:schemas-upnp-org:service:Layer3Forwarding:1</serviceType><controlURL>/L3F</controlURL></service>
        </serviceList><deviceList><device><service>
        <serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
        <serviceId>x</serviceId><controlURL>ctl/IPConn</controlURL></service></device></deviceList></device></root>";

    fn place() -> SocketAddrV4 {
        "192.168.1.1:5000".parse().unwrap()
    }

    #[test]
    fn the_service_that_opens_ports_is_found_among_others() {
        let router = described(place(), DESCRIPTION).unwrap();
        assert_eq!(
            (router.place, router.path.as_str()),
            (place(), "/ctl/IPConn")
        );
        assert_eq!(router.service, SERVICES[1]);
    }

    #[test]
    fn a_device_that_leads_elsewhere_is_no_router() {
        for url in [
            "http://192.168.1.9:80/ctl",
            "https://192.168.1.1/ctl",
            "/ctl HTTP/1.1\r\nX: y",
        ] {
            let text = DESCRIPTION.replace("ctl/IPConn", url);
            assert!(described(place(), &text).is_none(), "{url}");
        }
        let same = DESCRIPTION.replace("ctl/IPConn", "http://192.168.1.1:80/ctl");
        assert_eq!(described(place(), &same).unwrap().place.port(), 80);
        assert!(described(place(), "").is_none());
    }

    #[test]
    fn words_are_found_between_tags_with_attributes_and_without() {
        assert_eq!(
            inside("<a><bc>1</bc><b x=\"y\"> 2 </b></a>", "b"),
            Some("2")
        );
        for broken in ["", "<b", "<b>", "<b>1", "<bc>1</bc>"] {
            assert_eq!(inside(broken, "b"), None, "{broken}");
        }
    }
}
