//! Relays: when one is asked for a berth, when a peer is dialled through one, and what moves when there is a better way.

use super::*;

const RELAY: u8 = 9;

/// One address for each transport.
fn relay_addresses() -> Vec<Address> {
    ["/ip4/192.0.2.9/tcp/1", "/ip4/192.0.2.9/udp/1/quic-v1"]
        .iter()
        .map(|text| text.parse().unwrap())
        .collect()
}

impl World {
    /// A relay that is connected over TCP since the start, and is wanted.
    fn by_a_relay() -> World {
        let mut world = World::listening();
        let now = world.start;
        world
            .scheduler
            .want_berth(peer(RELAY), relay_addresses(), now);
        world.tied(0.0, Carrier::Tcp);
        world
    }

    /// A relay at which it has a berth.
    fn moored() -> World {
        let mut world = World::by_a_relay();
        assert_eq!(world.due(0.0), ["dial relay 9 over Quic"]);
        world.scheduler.relay_dialled(&peer(RELAY), Carrier::Quic);
        world.tied(0.0, Carrier::Quic);
        world.identified(&[Carrier::Tcp, Carrier::Quic]);
        world.trusted(0.0);
        assert_eq!(world.due(0.0), ["reserve 9"]);
        assert!(world.scheduler.reserved(&peer(RELAY), world.at(0.0)));
        world
    }

    fn tied(&mut self, seconds: f64, carrier: Carrier) {
        let now = self.at(seconds);
        self.scheduler.connected(peer(RELAY), Way::Direct, now);
        self.scheduler.relay_connected(&peer(RELAY), carrier, now);
    }

    /// It has proved itself a moment ago, so that it may be asked now.
    fn trusted(&mut self, seconds: f64) {
        let since = self.at(seconds).checked_sub(limits::BERTH_COURTESY);
        let since = since.unwrap_or(self.start);
        self.scheduler.relay_trusted(&peer(RELAY), since);
    }

    fn identified(&mut self, carriers: &[Carrier]) {
        for carrier in carriers {
            self.scheduler.relay_identified(&peer(RELAY), *carrier);
        }
    }

    fn want_through(&mut self, seconds: f64, addresses: Vec<Address>) {
        let now = self.at(seconds);
        let through = BTreeSet::from([peer(RELAY)]);
        self.scheduler.want(peer(1), addresses, through, 7, now);
    }

    /// A peer with a stream through the relay since the given time.
    fn relayed(seconds: f64) -> World {
        let mut world = World::moored();
        world.want_through(seconds, vec![]);
        assert_eq!(world.due(seconds), ["dial 1 through 9"]);
        let now = world.at(seconds);
        world.scheduler.circuit_succeeded(&peer(1));
        world.scheduler.connected(peer(1), Way::Relayed, now);
        assert_eq!(world.due(seconds), ["open 1/7"]);
        assert_eq!(world.opened(seconds, Way::Relayed), Verdict::Keep);
        world
    }

    fn opened(&mut self, seconds: f64, way: Way) -> Verdict {
        let now = self.at(seconds);
        self.scheduler.opened(&peer(1), 7, way, now)
    }

    fn closed(&mut self, seconds: f64, way: Way) {
        let now = self.at(seconds);
        self.scheduler.closed(&peer(1), 7, way, now, HALF);
    }
}

#[test]
fn berth_is_asked_for_once_the_relay_is_known_over_every_transport() {
    let mut world = World::by_a_relay();
    world.identified(&[Carrier::Tcp]);
    assert_eq!(world.due(0.0), ["dial relay 9 over Quic"]);
    world.trusted(0.0);
    world.scheduler.relay_dialled(&peer(RELAY), Carrier::Quic);
    world.tied(1.0, Carrier::Quic);
    assert!(world.due(1.0).is_empty(), "not yet told how it sees us");
    world.identified(&[Carrier::Quic]);
    assert_eq!(world.due(1.0), ["reserve 9"]);
    assert!(world.due(1.0).is_empty());
}

#[test]
fn transport_that_does_not_come_is_not_waited_for_long() {
    for fails in [false, true] {
        let mut world = World::by_a_relay();
        world.identified(&[Carrier::Tcp]);
        world.trusted(0.0);
        world.due(0.0);
        if fails {
            let (relay, now) = (peer(RELAY), world.at(1.0));
            world
                .scheduler
                .relay_dial_failed(&relay, Carrier::Quic, now, WHOLE);
            assert_eq!(world.due(1.0), ["reserve 9"]);
            assert_eq!(world.due(2.0), ["dial relay 9 over Quic"], "later again");
        } else {
            assert!(world.due(2.9).is_empty());
            assert_eq!(world.next_due(), Some(3.0));
            assert_eq!(world.due(3.0), ["reserve 9"]);
        }
    }
}

#[test]
fn berth_is_asked_for_only_of_a_relay_that_proved_itself() {
    let mut world = World::by_a_relay();
    world.identified(&[Carrier::Tcp, Carrier::Quic]);
    world.due(0.0);
    assert!(world.due(60.0).is_empty());
    let (relay, now) = (peer(RELAY), world.at(60.0));
    world.scheduler.relay_trusted(&relay, now);
    assert!(
        world.due(60.0).is_empty(),
        "it may not have seen yet who asks"
    );
    assert_eq!(world.due(60.25), ["reserve 9"]);
}

#[test]
fn berth_that_was_lost_is_asked_for_again_with_growing_pauses() {
    let mut world = World::moored();
    let relay = peer(RELAY);
    assert!(
        !world.scheduler.reserved(&relay, world.at(1.0)),
        "a renewal is no news"
    );
    let mut now = 100.0;
    world.scheduler.berth_lost(&relay, world.at(now), WHOLE);
    for wait in [1.0, 1.0, 2.0, 4.0] {
        now += wait;
        assert_eq!(world.next_due(), Some(now));
        assert_eq!(world.due(now), ["reserve 9"]);
        world.scheduler.berth_lost(&relay, world.at(now), WHOLE);
    }
    world.scheduler.reset(world.at(now));
    assert_eq!(world.due(now), ["reserve 9"], "the network changed");
}

#[test]
fn relay_that_is_gone_is_used_again_once_it_proved_itself_again() {
    let mut world = World::moored();
    let relay = peer(RELAY);
    for carrier in [Carrier::Tcp, Carrier::Quic] {
        let now = world.at(100.0);
        world.scheduler.disconnected(&relay, Way::Direct, now, HALF);
        world
            .scheduler
            .relay_disconnected(&relay, carrier, now, HALF);
    }
    world.scheduler.berth_lost(&relay, world.at(100.0), HALF);
    world.want_through(100.0, vec![]);
    assert_eq!((world.due(200.0), world.next_due()), (vec![], None));
    world.tied(200.0, Carrier::Tcp);
    world.identified(&[Carrier::Tcp]);
    world.trusted(200.0);
    assert_eq!(world.due(200.0), ["dial relay 9 over Quic"]);
    assert_eq!(world.due(203.0), ["dial 1 through 9", "reserve 9"]);
}

#[test]
fn peer_is_dialled_through_a_relay_a_little_later_than_directly() {
    let mut world = World::moored();
    world.want_through(1.0, vec![address(1)]);
    assert_eq!(world.due(1.0), ["dial 1 at 1"]);
    assert_eq!(world.next_due(), Some(1.5));
    assert_eq!(world.due(1.5), ["dial 1 through 9"]);
    assert!(world.due(9.0).is_empty(), "one of each at a time");
}

#[test]
fn direct_dial_that_fails_early_gives_the_relay_its_turn() {
    let mut world = World::moored();
    world.want_through(1.0, vec![address(1)]);
    world.due(1.0);
    world.scheduler.dial_failed(&peer(1), world.at(1.1), WHOLE);
    assert_eq!(world.due(1.1), ["dial 1 through 9"]);
    world
        .scheduler
        .circuit_failed(&peer(1), world.at(1.2), WHOLE);
    assert_eq!(world.due(2.1), ["dial 1 at 1"]);
    assert_eq!(
        world.due(2.6),
        ["dial 1 through 9"],
        "each has a back-off of its own"
    );
}

#[test]
fn peer_that_is_reached_directly_is_not_dialled_through_a_relay() {
    let mut world = World::moored();
    world.want_through(1.0, vec![address(1)]);
    world.due(1.0);
    world.scheduler.dial_succeeded(&peer(1));
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(1.4));
    assert_eq!(world.due(2.0), ["open 1/7"]);
    assert_eq!(world.next_due(), None);
}

#[test]
fn whoever_was_missed_is_tried_again_when_a_relay_is_back() {
    let mut world = World::moored();
    let relay = peer(RELAY);
    world.want_through(1.0, vec![]);
    for _ in 0..9 {
        world.due(4000.0);
        let now = world.at(4000.0);
        world.scheduler.circuit_failed(&peer(1), now, WHOLE);
    }
    world.scheduler.berth_lost(&relay, world.at(4001.0), WHOLE);
    assert_eq!(world.due(4003.0), ["reserve 9"]);
    world.scheduler.reserved(&relay, world.at(4003.0));
    assert_eq!(world.due(4003.0), ["dial 1 through 9"]);
}

#[test]
fn relay_without_a_berth_there_is_not_used() {
    let mut world = World::listening();
    world.want_through(0.0, vec![]);
    assert_eq!((world.due(9.0), world.next_due()), (vec![], None));
}

#[test]
fn stream_moves_to_the_direct_connection_and_the_old_one_may_close() {
    let mut world = World::relayed(1.0);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(2.0));
    assert_eq!(world.due(2.0), ["open 1/7"]);
    assert_eq!(world.opened(2.1, Way::Direct), Verdict::Keep);
    world.closed(2.2, Way::Relayed);
    assert_eq!(
        world.next_due(),
        None,
        "what was left behind is not opened again"
    );
    world
        .scheduler
        .disconnected(&peer(1), Way::Relayed, world.at(3.0), HALF);
    world.closed(100.0, Way::Direct);
    assert_eq!(world.next_due(), Some(100.5));
}

#[test]
fn stream_that_cannot_move_goes_on_through_the_relay() {
    let mut world = World::relayed(1.0);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(2.0));
    world.due(2.0);
    world
        .scheduler
        .open_failed(&peer(1), 7, world.at(2.0), WHOLE);
    assert_eq!(world.due(3.0), ["open 1/7"]);
    world
        .scheduler
        .disconnected(&peer(1), Way::Direct, world.at(3.1), HALF);
    assert_eq!(
        world.opened(3.2, Way::Relayed),
        Verdict::Drop,
        "a second one"
    );
    assert_eq!(
        world.due(4.0),
        ["dial 1 through 9"],
        "another try at a hole"
    );
    world.closed(100.0, Way::Relayed);
    assert_eq!(world.due(101.0), ["open 1/7"]);
}

#[test]
fn stream_that_ends_while_it_moves_is_not_opened_twice() {
    let mut world = World::relayed(1.0);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(2.0));
    world.due(2.0);
    world.closed(2.1, Way::Relayed);
    assert!(world.due(60.0).is_empty());
    assert_eq!(world.opened(60.0, Way::Direct), Verdict::Keep);
}

#[test]
fn when_the_direct_connection_is_gone_it_goes_on_through_the_relay() {
    let mut world = World::relayed(1.0);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(2.0));
    world.due(2.0);
    world.opened(2.0, Way::Direct);
    world.closed(2.1, Way::Relayed);
    world
        .scheduler
        .disconnected(&peer(1), Way::Direct, world.at(60.0), HALF);
    world.closed(60.0, Way::Direct);
    assert_eq!(
        world.due(60.5),
        ["open 1/7", "dial 1 through 9"],
        "the stream at once, and another try at a hole"
    );
}

#[test]
fn hole_is_tried_again_after_half_an_hour_or_when_the_network_changed() {
    let mut world = World::relayed(0.0);
    world.want_through(1.0, vec![address(1)]);
    assert_eq!(
        world.due(1.0),
        ["dial 1 at 1"],
        "a new address is one more chance"
    );
    world.scheduler.dial_failed(&peer(1), world.at(11.0), WHOLE);
    let due = world.next_due().unwrap();
    assert!((1790.0..1815.0).contains(&due), "{due}");
    assert_eq!(world.due(1812.0), ["dial 1 at 1"]);
    world
        .scheduler
        .dial_failed(&peer(1), world.at(1812.0), WHOLE);
    assert_eq!(world.due(1813.0), ["dial 1 through 9"]);
    world
        .scheduler
        .circuit_failed(&peer(1), world.at(1813.0), WHOLE);
    assert!(world.due(1900.0).is_empty());
    world.scheduler.reset(world.at(1900.0));
    assert_eq!(world.due(1900.0), ["dial 1 at 1"]);
}

#[test]
fn hole_that_failed_is_tried_once_more_soon_and_then_in_no_hurry() {
    let mut world = World::relayed(0.0);
    let try_again = |world: &mut World, seconds: f64| {
        assert!(world.due(seconds - 2.0).is_empty(), "not yet");
        assert_eq!(world.due(seconds), ["dial 1 through 9"]);
        let now = world.at(seconds);
        world.scheduler.circuit_succeeded(&peer(1));
        world.scheduler.connected(peer(1), Way::Relayed, now);
    };
    let fails = |world: &mut World, seconds: f64| {
        let now = world.at(seconds);
        world.scheduler.hole_failed(&peer(1), now, HALF);
    };
    fails(&mut world, 30.0);
    try_again(&mut world, 91.0);
    fails(&mut world, 121.0);
    assert!(world.due(1000.0).is_empty(), "no hurry now");
    world.scheduler.reset(world.at(1000.0));
    assert_eq!(world.due(1000.0), ["dial 1 through 9"]);
    let now = world.at(1000.0);
    world.scheduler.circuit_succeeded(&peer(1));
    world.scheduler.connected(peer(1), Way::Relayed, now);
    fails(&mut world, 1030.0);
    try_again(&mut world, 1091.0);
}

#[test]
fn many_who_have_no_berth_keep_nobody_out() {
    let mut world = World::moored();
    let (through, now) = (BTreeSet::from([peer(RELAY)]), world.at(1.0));
    for number in 10..=30 {
        world
            .scheduler
            .want(peer(number), vec![], through.clone(), 7, now);
    }
    let mut seen = BTreeSet::new();
    for round in 0..3_u8 {
        let now = 1.0 + f64::from(round) / 100.0;
        for line in world.due(now) {
            let number: u8 = line.split(' ').nth(1).unwrap().parse().unwrap();
            let now = world.at(now);
            world.scheduler.circuit_failed(&peer(number), now, WHOLE);
            seen.insert(number);
        }
    }
    assert_eq!(seen.len(), 21, "{seen:?}");
}

#[test]
fn whoever_lost_everybody_tries_often_and_everybody_when_one_is_back() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    world.want(0.0, &peer(2), 7);
    world.due(0.0);
    for number in [1, 2] {
        world.scheduler.dial_succeeded(&peer(number));
        world
            .scheduler
            .connected(peer(number), Way::Direct, world.at(0.0));
        world.due(0.0);
        world
            .scheduler
            .opened(&peer(number), 7, Way::Direct, world.at(0.0));
    }
    for number in [1, 2] {
        let (name, now) = (peer(number), world.at(100.0));
        world.scheduler.disconnected(&name, Way::Direct, now, HALF);
        world.scheduler.closed(&name, 7, Way::Direct, now, HALF);
    }
    let mut now = 100.5;
    for _ in 0..9 {
        assert_eq!(world.due(now).len(), 2, "after {now} s");
        for number in [1, 2] {
            world
                .scheduler
                .dial_failed(&peer(number), world.at(now), WHOLE);
        }
        now = world.next_due().unwrap();
    }
    assert!(now < 135.0, "never long: {now}");
    world.due(now);
    for number in [1, 2] {
        world
            .scheduler
            .dial_failed(&peer(number), world.at(now), WHOLE);
    }
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(now));
    assert_eq!(world.due(now), ["open 1/7", "dial 2 at 1"]);
}
