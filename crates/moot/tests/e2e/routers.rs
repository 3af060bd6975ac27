//! Homes behind routers, in network namespaces: what the routers do to connections is what those of providers do.
//!
//! A home is one machine behind one router, and all homes use the same addresses inside. In the middle is the relay.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::world::{Ended, Node, World, tell};

/// Where the relay is, unless it moved.
pub(crate) const RELAY: &str = "198.51.100.1";
/// Where it is then.
pub(crate) const RELAY_MOVED: &str = "198.51.100.2";

/// Where the devices of a wireless network are.
const ANA_WIRELESS: &str = "198.51.100.21";
/// And the other one.
pub(crate) const BO_WIRELESS: &str = "198.51.100.22";

/// What a router does to what leaves the home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nat {
    /// Keeps the port.
    Plain,
    /// Replaces the port, by the same one whoever is addressed.
    Remapping,
    /// Replaces the port, by another one for each that is addressed: nobody can know it before.
    Symmetric,
}

/// What routers let through between homes. The relay is reached by all means, unless UDP is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lets {
    All,
    /// No UDP to anywhere.
    TcpAlone,
    /// TCP to the relay alone.
    UdpBetweenHomes,
}

/// Homes `ana` and `bo`, each behind a router, and a relay between them. Gone with everything in it when dropped.
pub(crate) struct Internet {
    name: String,
    /// Where the relay is at first.
    relay: &'static str,
}

impl Internet {
    /// None, and why in the output, where this cannot be had.
    pub(crate) fn new(nat: Nat, lets: Lets) -> Option<Internet> {
        Internet::laid(RELAY, |internet| {
            internet.connect("ana", "198.51.100.11", nat, lets)?;
            internet.connect("bo", "198.51.100.12", nat, lets)
        })
    }

    /// Both on one wireless network without routers, at which the relay is, too.
    pub(crate) fn wireless() -> Option<Internet> {
        Internet::laid(RELAY, |internet| {
            internet.join_in("ana", ANA_WIRELESS)?;
            internet.join_in("bo", BO_WIRELESS)
        })
    }

    pub(crate) fn laid(
        relay: &'static str,
        more: impl FnOnce(&Internet) -> Result<(), String>,
    ) -> Option<Internet> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("moot-{}-{number}", std::process::id());
        let internet = Internet { name, relay };
        match internet.lay().and_then(|()| more(&internet)) {
            Ok(()) => Some(internet),
            Err(why) => {
                tell(&format!("skipped: no networks in namespaces here ({why})"));
                None
            }
        }
    }

    /// Puts a home onto the network in the middle itself.
    pub(crate) fn join_in(&self, home: &str, at: &str) -> Result<(), String> {
        self.add(home)?;
        self.tie("middle", home, home, "eth0")?;
        for (place, line) in [
            ("middle", format!("link set {home} master br0")),
            (home, format!("addr add {at}/24 dev eth0")),
        ] {
            self.ip(place, &line)?;
        }
        Ok(())
    }

    /// A machine with nothing but itself.
    pub(crate) fn add(&self, place: &str) -> Result<(), String> {
        quietly("ip", &["netns", "add", &self.place(place)])?;
        self.ip(place, "link set lo up")
    }

    /// A cable between two machines, each end with its name there.
    pub(crate) fn tie(&self, one: &str, end: &str, other: &str, far: &str) -> Result<(), String> {
        let (here, there) = (self.place(one), self.place(other));
        let line = format!("link add {end} netns {here} type veth peer name {far} netns {there}");
        quietly("ip", &line.split(' ').collect::<Vec<_>>())?;
        self.ip(one, &format!("link set {end} up"))?;
        self.ip(other, &format!("link set {far} up"))
    }

    /// Lets nothing pass between the devices of the wireless network any more, as guest networks do.
    pub(crate) fn isolate(&self) {
        for home in ["ana", "bo"] {
            let line = format!("link set {home} type bridge_slave isolated on");
            self.ip("middle", &line).unwrap();
        }
    }

    fn lay(&self) -> Result<(), String> {
        quietly("nft", &["--version"])?;
        let middle = self.place("middle");
        quietly("ip", &["netns", "add", &middle])?;
        for line in [
            "link set lo up",
            "link add br0 type bridge",
            "addr add 198.51.100.1/24 dev br0",
            "addr add 198.51.100.2/24 dev br0",
            "link set br0 up",
        ] {
            self.ip("middle", line)?;
        }
        Ok(())
    }

    /// Builds a home, its router, and the cable between the router and the middle.
    pub(crate) fn connect(
        &self,
        home: &str,
        outside: &str,
        nat: Nat,
        lets: Lets,
    ) -> Result<(), String> {
        let router = self.behind_router(home)?;
        for (place, line) in [
            (router.as_str(), format!("addr add {outside}/24 dev ext")),
            (&router, "addr add 192.168.1.1/24 dev lan".to_owned()),
            (home, "addr add 192.168.1.2/24 dev eth0".to_owned()),
            (home, "route add default via 192.168.1.1".to_owned()),
        ] {
            self.ip(place, &line)?;
        }
        self.shell(&router, "echo 1 > /proc/sys/net/ipv4/ip_forward")?;
        self.rules(&router, &rules(nat, lets))
    }

    /// The cables of a home, its router and the middle, without addresses; tells the router's name.
    pub(crate) fn behind_router(&self, home: &str) -> Result<String, String> {
        let router = format!("{home}-router");
        self.add(home)?;
        self.add(&router)?;
        self.tie(&router, "ext", "middle", home)?;
        self.tie(&router, "lan", home, "eth0")?;
        self.ip("middle", &format!("link set {home} master br0"))?;
        Ok(router)
    }

    pub(crate) fn shell(&self, place: &str, line: &str) -> Result<(), String> {
        let place = self.place(place);
        quietly("ip", &["netns", "exec", &place, "sh", "-c", line])
    }

    /// Cuts the cable to a home, so that nobody is told and nothing passes.
    pub(crate) fn cut(&self, home: &str) {
        let rule = "table ip cut { chain everything { type filter hook prerouting priority -400; drop; }\n }\n";
        self.rules(&format!("{home}-router"), rule).unwrap();
    }

    /// Cuts the way between the homes; both still reach the relay.
    pub(crate) fn cut_between_homes(&self) {
        let rule =
            "table ip between { chain everything { type filter hook prerouting priority -400;
            ip saddr 198.51.100.12 drop; ip daddr 198.51.100.12 drop; }\n }\n";
        self.rules("ana-router", rule).unwrap();
    }

    /// Mends what was cut to a home.
    pub(crate) fn mend(&self, home: &str) {
        self.rules(&format!("{home}-router"), "delete table ip cut\n")
            .unwrap();
    }

    pub(crate) fn rules(&self, place: &str, rules: &str) -> Result<(), String> {
        let mut nft = Command::new("ip")
            .args(["netns", "exec", &self.place(place), "nft", "-f", "-"])
            .stdin(Stdio::piped())
            .spawn()
            .map_err(|error| error.to_string())?;
        let mut stdin = nft.stdin.take().unwrap();
        stdin.write_all(rules.as_bytes()).unwrap();
        drop(stdin);
        match nft.wait().unwrap().success() {
            true => Ok(()),
            false => Err(format!("nft: {rules}")),
        }
    }

    pub(crate) fn ip(&self, place: &str, line: &str) -> Result<(), String> {
        let place = self.place(place);
        let mut words = vec!["-n", &place];
        words.extend(line.split(' '));
        quietly("ip", &words)
    }

    fn place(&self, name: &str) -> String {
        format!("{}-{name}", self.name)
    }

    /// The same command, there.
    pub(crate) fn inside(&self, place: &str, usual: &Command) -> Command {
        let mut there = Command::new("ip");
        there
            .args(["netns", "exec", &self.place(place)])
            .arg(usual.get_program())
            .args(usual.get_args())
            .env_clear()
            .envs(
                usual
                    .get_envs()
                    .filter_map(|(key, value)| Some((key, value?))),
            )
            .stdin(Stdio::null());
        there
    }
}

impl Drop for Internet {
    fn drop(&mut self) {
        for place in ["ana", "bo", "ana-router", "bo-router", "middle"] {
            // What was never built cannot be removed.
            let _ = quietly("ip", &["netns", "del", &self.place(place)]);
        }
    }
}

/// A router answers nothing that was not asked for: whoever punches from outside must find nothing that replies.
fn rules(nat: Nat, lets: Lets) -> String {
    let leaves = match nat {
        Nat::Plain => "masquerade",
        Nat::Remapping => "meta l4proto { tcp, udp } masquerade to :20000",
        Nat::Symmetric => "masquerade fully-random",
    };
    let barred = match lets {
        Lets::All => String::new(),
        Lets::TcpAlone => "meta l4proto udp drop;".to_owned(),
        Lets::UdpBetweenHomes => {
            format!("meta l4proto tcp ip daddr != {RELAY} ip saddr != {RELAY} drop;")
        }
    };
    format!(
        "table ip nat {{ chain outgoing {{ type nat hook postrouting priority srcnat; oifname \"ext\" {leaves}; }}\n }}
         table ip filter {{
           chain incoming {{ type filter hook input priority filter; iifname \"ext\" ct state != established,related drop; }}
           chain forwarded {{ type filter hook forward priority filter; policy drop; {barred}
             iifname \"lan\" oifname \"ext\" accept; ct state established,related accept; }}
         }}\n"
    )
}

fn quietly(program: &str, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(program).args(arguments).output();
    let output = output.map_err(|error| format!("{program}: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "{program} {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr).trim()
        )),
    }
}

/// Ana and Bo, each at home, and a relay at which Ana's notebook is enrolled.
pub(crate) struct Town {
    // In this order they end: first who lives there.
    pub(crate) relay: Option<Node>,
    pub(crate) world: World,
    pub(crate) internet: Internet,
}

impl Town {
    pub(crate) fn new(nat: Nat, lets: Lets) -> Option<Town> {
        Some(Town::on(Internet::new(nat, lets)?))
    }

    /// The same people elsewhere.
    pub(crate) fn on(internet: Internet) -> Town {
        let mut town = Town {
            relay: None,
            world: World::new(),
            internet,
        };
        let relay = town.internet.relay;
        town.relay_starts(relay);
        for home in ["ana", "bo"] {
            fs::create_dir_all(town.world.path(home)).unwrap();
            let settings = "port = 4001\nmdns = false\n";
            fs::write(town.world.path(home).join("config.toml"), settings).unwrap();
        }
        let init = ["init", "--name", "Ana", "--new", "Garden"];
        town.world.ask("ana", &init).json();
        town
    }

    pub(crate) fn relay_starts(&mut self, host: &str) {
        let data = self.world.path("relay");
        let family = if host.contains(':') { "ip6" } else { "ip4" };
        let (tcp, quic) = (
            format!("/{family}/{host}/tcp/4001"),
            format!("/{family}/{host}/udp/4001/quic-v1"),
        );
        let data = data.to_str().unwrap();
        let arguments = [
            "relay", "--data", data, "--listen", &tcp, "--listen", &quic, "--json",
        ];
        let usual = self.world.command("nobody", &arguments);
        self.relay = Some(Node::start(self.internet.inside("middle", &usual)));
    }

    pub(crate) fn relay_dies(&mut self) {
        self.relay.take().unwrap().kill();
    }

    pub(crate) fn relay_ticket(&self) -> String {
        let told = self.of_relay("ticket");
        told["ticket"].as_str().unwrap().to_owned()
    }

    pub(crate) fn relay_status(&self) -> Value {
        self.of_relay("status")
    }

    fn of_relay(&self, what: &str) -> Value {
        let data = self.world.path("relay");
        let asked = ["relay", what, "--data", data.to_str().unwrap()];
        self.world.ask("nobody", &asked).json()
    }

    pub(crate) fn node(&self, home: &str) -> Node {
        let usual = self.world.command(home, &["node", "--json"]);
        Node::start(self.internet.inside(home, &usual))
    }

    /// Runs a command at a home where no node runs.
    pub(crate) fn ask(&self, home: &str, arguments: &[&str]) -> Ended {
        let all = [&["--json"], arguments].concat();
        let usual = self.world.command(home, &all);
        Ended::of(self.internet.inside(home, &usual).output().unwrap())
    }

    pub(crate) fn invite(&self) -> String {
        let invite = self.world.ask("ana", &["invite"]).json();
        invite["ticket"].as_str().unwrap().to_owned()
    }

    pub(crate) fn join(&self) -> Value {
        let ticket = self.invite();
        self.ask("bo", &["join", &ticket, "--name", "Bo", "--wait", "40s"])
            .json()
    }

    /// How Bo reaches Ana.
    pub(crate) fn reach(&self) -> Value {
        let status = self.world.ask("bo", &["status"]).json();
        status["peers"][0]["reach"].clone()
    }

    /// How somebody reaches the relay.
    pub(crate) fn reach_of_relay(&self, home: &str) -> Value {
        let status = self.world.ask(home, &["status"]).json();
        status["relays"][0]["reach"].clone()
    }
}
