//! A router that opens ports when it is asked to (UPnP): the address is told, others come in by it, and it is given back.
//!
//! The router is this program itself, started once more in the router's namespace. It does what such devices do, with real rules.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};

use crate::routers::{Internet, Lets, Nat, RELAY, Town};
use crate::world::{PATIENCE, tell, until};

const ROUTER: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 1);
const OUTSIDE: &str = "198.51.100.11";
const ASKED_TO: &str = "MOOT_TEST_ACTS_AS_ROUTER";

/// Ana behind a router, Bo on the internet itself.
fn one_home() -> Option<Internet> {
    Internet::laid(RELAY, |internet| {
        internet.connect("ana", OUTSIDE, Nat::Plain, Lets::All)?;
        internet.join_in("bo", "198.51.100.22")?;
        let rules = "table ip nat { chain opened { type nat hook prerouting priority dstnat; }\n }
            add rule ip filter forwarded ct status dnat accept\n";
        internet.rules("ana-router", rules)
    })
}

/// A router that takes requests, and what it says that it did.
struct Router {
    process: Child,
    lines: Receiver<String>,
}

impl Router {
    fn start(internet: &Internet) -> Router {
        let mut usual = Command::new(std::env::current_exe().unwrap());
        usual
            .args(["--exact", "opening::acts_as_router", "--nocapture"])
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env(ASKED_TO, "yes");
        let mut there = internet.inside("ana-router", &usual);
        let mut process = there.stdout(Stdio::piped()).spawn().unwrap();
        let stdout = process.stdout.take().unwrap();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let router = Router { process, lines };
        router.says("ready");
        router
    }

    #[track_caller]
    fn says(&self, what: &str) {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("the router never said: {what}"));
            if line.ends_with(what) {
                return;
            }
        }
    }
}

impl Drop for Router {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[test]
fn port_that_a_router_opens_is_told_to_others_and_given_back() {
    let Some(internet) = one_home() else {
        return;
    };
    let town = Town::on(internet);
    let router = Router::start(&town.internet);
    let call = format!("timeout 2 bash -c 'exec 3<>/dev/tcp/{OUTSIDE}/4001'");
    assert!(town.internet.shell("bo", &call).is_err(), "nobody gets in");
    let ana = town.node("ana");
    let tcp = format!("/ip4/{OUTSIDE}/tcp/4001");
    let quic = format!("/ip4/{OUTSIDE}/udp/4001/quic-v1");
    until("Ana's node listens there, too", || {
        let line = ana.lines.try_recv().unwrap_or_default();
        // First, since it is what the most can use.
        line["addresses"][0] == tcp && line["addresses"][1] == quic
    });
    router.says("opened TCP 4001");
    town.internet.shell("bo", &call).unwrap();
    // By Ana's ticket alone: no relay knows of this notebook.
    town.join();
    let note = town.world.note("ana", "From Ana", "by the front door");
    let bo = town.node("bo");
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "by the front door");
    assert_eq!(town.reach(), "direct");
    drop(bo);
    ana.terminate();
    router.says("shut TCP 4001");
    assert!(town.internet.shell("bo", &call).is_err(), "nobody gets in");
}

#[test]
fn device_is_told_whether_others_reach_it_where_they_see_it() {
    let Some(internet) = one_home() else {
        return;
    };
    let town = Town::on(internet);
    let ana = town.node("ana");
    let used = ["relay", "use", &town.relay_ticket()];
    town.world.ask("ana", &used).json();
    town.join();
    let bo = town.node("bo");
    let outside = |home: &str| {
        let status = town.world.ask(home, &["status"]).json();
        status["outside"].as_array().unwrap().clone()
    };
    let seen = |home: &str, address: &str, reached: bool| {
        let mut all = outside(home).into_iter();
        all.any(|one| one["address"] == address && one["reached"] == reached)
    };
    let tcp = format!("/ip4/{OUTSIDE}/tcp/4001");
    let quic = format!("/ip4/{OUTSIDE}/udp/4001/quic-v1");
    until("Ana is told that nobody gets in", || {
        seen("ana", &tcp, false) && seen("ana", &quic, false)
    });
    until("Bo is told that others do", || {
        seen("bo", "/ip4/198.51.100.22/tcp/4001", true)
            && seen("bo", "/ip4/198.51.100.22/udp/4001/quic-v1", true)
    });
    let all_alike = |home: &str, reached: bool| {
        let all = outside(home);
        all.iter().all(|one| one["reached"] == reached)
    };
    assert!(all_alike("ana", false) && all_alike("bo", true));
    let found = town.ask("ana", &["doctor", "--network"]).json();
    let words = format!("others see this device at {tcp}");
    assert!(found.to_string().contains(&words), "{found}");
    assert_eq!(found["ok"], true, "it is a hint: {found}");
    drop((ana, bo));
}

/// Not a claim of its own: what [`Router`] runs.
#[test]
fn acts_as_router() {
    if std::env::var_os(ASKED_TO).is_none() {
        return;
    }
    let search = UdpSocket::bind("0.0.0.0:1900").unwrap();
    let everybody = Ipv4Addr::new(239, 255, 255, 250);
    search.join_multicast_v4(&everybody, &ROUTER).unwrap();
    let control = TcpListener::bind((ROUTER, 5000)).unwrap();
    std::thread::spawn(move || {
        let mut packet = [0; 1500];
        while let Ok((bytes, from)) = search.recv_from(&mut packet) {
            if packet[..bytes].starts_with(b"M-SEARCH") {
                let answer = "HTTP/1.1 200 OK\r\nCACHE-CONTROL: max-age=120\r\n\
                    ST: urn:schemas-upnp-org:device:InternetGatewayDevice:1\r\n\
                    LOCATION: http://192.168.1.1:5000/device.xml\r\n\r\n";
                let _ = search.send_to(answer.as_bytes(), from);
            }
        }
    });
    tell("ready");
    for stream in control.incoming() {
        answer(stream.unwrap());
    }
}

fn answer(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut part = [0; 4096];
    while !is_whole(&request) {
        match stream.read(&mut part) {
            Ok(bytes) if bytes > 0 => request.extend_from_slice(&part[..bytes]),
            _ => break,
        }
    }
    let request = String::from_utf8_lossy(&request).into_owned();
    let body = if request.starts_with("GET /device.xml ") {
        DEVICE.to_owned()
    } else if request.contains("#GetExternalIPAddress\"") {
        format!("<s:Body><NewExternalIPAddress>{OUTSIDE}</NewExternalIPAddress></s:Body>")
    } else if request.contains("#AddPortMapping\"") {
        open(&request);
        String::new()
    } else {
        assert!(request.contains("#DeletePortMapping\""), "{request}");
        shut(&request);
        String::new()
    };
    let length = body.len();
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n");
    let _ = stream.write_all((head + &body).as_bytes());
}

fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("Content-Length: "));
    length.is_none_or(|length| body.len() >= length.parse().unwrap())
}

fn said(request: &str, tag: &str) -> String {
    let (_, rest) = request.split_once(&format!("<{tag}>")).unwrap();
    rest.split('<').next().unwrap().to_owned()
}

fn open(request: &str) {
    let [client, protocol, inside, outside] = [
        "NewInternalClient",
        "NewProtocol",
        "NewInternalPort",
        "NewExternalPort",
    ]
    .map(|tag| said(request, tag));
    assert!(said(request, "NewLeaseDuration").parse::<u32>().unwrap() > 0);
    let family = protocol.to_lowercase();
    nft(&format!(
        "add rule ip nat opened iifname \"ext\" {family} dport {outside} dnat to {client}:{inside}"
    ));
    tell(&format!("opened {protocol} {outside}"));
}

fn shut(request: &str) {
    // All at once: a router that is asked to shut one port is soon asked to shut the other.
    nft("flush chain ip nat opened");
    let [protocol, outside] = ["NewProtocol", "NewExternalPort"].map(|tag| said(request, tag));
    tell(&format!("shut {protocol} {outside}"));
}

fn nft(rule: &str) {
    let done = Command::new("nft").arg(rule).status().unwrap();
    assert!(done.success(), "{rule}");
}

const DEVICE: &str = "<?xml version=\"1.0\"?><root><device>
    <deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><deviceList><device><deviceList><device>
    <serviceList><service><serviceType>urn:schemas-upnp-org:service:WANIPConnection:1</serviceType>
    <controlURL>/control</controlURL></service></serviceList></device></deviceList></device></deviceList></device></root>";
