//! Homes with IP version 6 alone: behind routers that translate nothing and let nobody in, and on one network without any.

use std::fs;

use crate::routers::{Internet, Lets, Town};
use crate::world::{Node, until};

/// Where the relay is.
const RELAY: &str = "2001:db8::1";
/// Where Ana's home is.
const ANA: &str = "2001:db8:a::2";

/// Homes `ana` and `bo`, each with its own network, behind a router that lets in only what was asked for.
fn behind_firewalls(lets: Lets) -> Option<Internet> {
    Internet::laid(RELAY, |internet| {
        internet.ip("middle", &format!("addr add {RELAY}/64 dev br0 nodad"))?;
        let homes = [
            ("ana", "a", "2001:db8::11", "b", "2001:db8::12"),
            ("bo", "b", "2001:db8::12", "a", "2001:db8::11"),
        ];
        for (home, own, outside, other, beyond) in homes {
            let router = internet.behind_router(home)?;
            let forwards = "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding";
            internet.shell(&router, forwards)?;
            for (place, line) in [
                (
                    router.as_str(),
                    format!("addr add {outside}/64 dev ext nodad"),
                ),
                (
                    &router,
                    format!("addr add 2001:db8:{own}::1/64 dev lan nodad"),
                ),
                (
                    home,
                    format!("addr add 2001:db8:{own}::2/64 dev eth0 nodad"),
                ),
                (home, format!("-6 route add default via 2001:db8:{own}::1")),
                (
                    "middle",
                    format!("-6 route add 2001:db8:{own}::/64 via {outside}"),
                ),
                (
                    &router,
                    format!("-6 route add 2001:db8:{other}::/64 via {beyond}"),
                ),
            ] {
                internet.ip(place, &line)?;
            }
            internet.rules(&router, &rules(lets))?;
        }
        Ok(())
    })
}

/// Both on one network without routers, at which the relay is, too.
fn on_one_network() -> Option<Internet> {
    Internet::laid(RELAY, |internet| {
        internet.ip("middle", &format!("addr add {RELAY}/64 dev br0 nodad"))?;
        for (home, at) in [("ana", "2001:db8::21"), ("bo", "2001:db8::22")] {
            internet.add(home)?;
            internet.tie("middle", home, home, "eth0")?;
            internet.ip("middle", &format!("link set {home} master br0"))?;
            internet.ip(home, &format!("addr add {at}/64 dev eth0 nodad"))?;
        }
        Ok(())
    })
}

/// Neighbours look for each other by messages that no connection is known for.
fn rules(lets: Lets) -> String {
    let barred = match lets {
        Lets::All => String::new(),
        Lets::TcpAlone => "meta l4proto udp drop;".to_owned(),
        Lets::UdpBetweenHomes => {
            format!("meta l4proto tcp ip6 daddr != {RELAY} ip6 saddr != {RELAY} drop;")
        }
    };
    format!(
        "table ip6 filter {{
           chain incoming {{ type filter hook input priority filter;
             icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept;
             iifname \"ext\" ct state != established,related drop; }}
           chain forwarded {{ type filter hook forward priority filter; policy drop; {barred}
             iifname \"lan\" oifname \"ext\" accept; ct state established,related accept; }}
         }}\n"
    )
}

fn enrolled(town: &Town) -> Node {
    let ana = town.node("ana");
    let used = ["relay", "use", &town.relay_ticket()];
    town.world.ask("ana", &used).json();
    ana
}

fn check_direct(lets: Lets) {
    let Some(internet) = behind_firewalls(lets) else {
        return;
    };
    let town = Town::on(internet);
    let ana = enrolled(&town);
    let call = format!("exec 3<>/dev/tcp/{ANA}/4001");
    let call = format!("timeout 2 bash -c '{call}'");
    let called = town.internet.shell("bo", &call);
    assert!(called.is_err(), "nobody is let in who was not asked for");
    town.join();
    let bo = town.node("bo");
    let note = town.world.note("ana", "From Ana", "over the fence");
    until("Bo reaches Ana directly", || town.reach() == "direct");
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "over the fence");
    // From now on each knows where the other is, and calls there at once, in vain.
    for node in [ana, bo] {
        node.terminate();
    }
    let _nodes = ["ana", "bo"].map(|home| town.node(home));
    until("Bo reaches Ana directly again", || town.reach() == "direct");
    for home in ["ana", "bo"] {
        until("there is a berth", || {
            let status = town.world.ask(home, &["status"]).json();
            status["relays"][0]["berth"]["state"] == "held"
        });
        let status = town.world.ask(home, &["status"]).json();
        let relay = &status["relays"][0];
        assert_eq!(
            (&relay["name"], &relay["reach"]),
            (&RELAY.into(), &"direct".into())
        );
        assert_eq!(relay["berth"]["state"], "held", "{relay}");
    }
}

/// Story: both homes called each other at the right address in vain, since neither was let in; and those calls, which waited for
/// an answer, were in the way of calling both at the same moment.
#[test]
fn two_homes_go_direct_over_ip_six_through_firewalls_over_tcp() {
    check_direct(Lets::TcpAlone);
}

#[test]
fn two_homes_go_direct_over_ip_six_through_firewalls_over_quic() {
    check_direct(Lets::UdpBetweenHomes);
}

#[test]
fn homes_find_each_other_on_a_network_with_ip_six_alone() {
    let Some(internet) = on_one_network() else {
        return;
    };
    let town = Town::on(internet);
    for home in ["ana", "bo"] {
        let settings = town.world.path(home).join("config.toml");
        fs::write(settings, "port = 4001\n").unwrap();
    }
    // Made before Ana was on this network: it names no place where she will be.
    let ticket = town.invite();
    let _ana = town.node("ana");
    let join = ["join", &ticket, "--name", "Bo", "--wait", "40s"];
    town.ask("bo", &join).json();
}

#[test]
fn network_with_ip_six_alone_does_all_that_others_do() {
    let Some(internet) = on_one_network() else {
        return;
    };
    let town = Town::on(internet);
    let ana = town.node("ana");
    let first = ana.first["addresses"][0].as_str().unwrap();
    assert!(
        first.starts_with("/ip6/2001:db8::21/"),
        "what others use comes first: {first}"
    );
    town.join();
    let bo = town.node("bo");
    until("Bo reaches Ana directly", || town.reach() == "direct");
    let note = town.world.note("ana", "From Ana", "in the same room");
    town.world.in_step(&["ana", "bo"]);
    assert_eq!(town.world.body("bo", &note), "in the same room");
    let used = ["relay", "use", &town.relay_ticket()];
    town.world.ask("ana", &used).json();
    until("Bo finds the relay", || {
        town.reach_of_relay("bo") == "direct"
    });
    let found = town.ask("ana", &["doctor", "--network"]).json();
    assert_eq!(found["ok"], true, "{found}");
    drop((ana, bo));
}
