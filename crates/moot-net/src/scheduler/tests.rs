//! The scheduler under a clock of its own: every claim is a short history and what must come of it.

mod through;

use super::*;
use crate::SecretKey;

/// Half of the longest wait, so that waits are easy to tell.
const HALF: Jitter = Jitter(0.5);
const WHOLE: Jitter = Jitter(1.0);

struct World {
    scheduler: Scheduler,
    start: Instant,
}

impl World {
    fn listening() -> World {
        let mut scheduler = Scheduler::new();
        scheduler.listening();
        World {
            scheduler,
            start: Instant::now(),
        }
    }

    fn at(&self, seconds: f64) -> Instant {
        self.start + Duration::from_secs_f64(seconds)
    }

    fn want(&mut self, seconds: f64, peer: &PeerId, label: u64) {
        let now = self.at(seconds);
        self.scheduler
            .want(peer.clone(), vec![address(1)], BTreeSet::new(), label, now);
    }

    /// What is due at this time, in short: `dial 1 at [..]`, `open 1/7`, `probe ..`.
    fn due(&mut self, seconds: f64) -> Vec<String> {
        let now = self.at(seconds);
        self.scheduler
            .take_due(now)
            .into_iter()
            .map(|action| match action {
                Action::Dial { peer, addresses } => {
                    format!("dial {} at {}", number(&peer), addresses.len())
                }
                Action::Probe { address } => format!("probe {address}"),
                Action::Open { peer, label } => format!("open {}/{label}", number(&peer)),
                Action::DialThrough { peer, relays } => {
                    let relays = relays.iter().map(|(relay, _)| number(relay).to_string());
                    let relays: Vec<String> = relays.collect();
                    format!("dial {} through {}", number(&peer), relays.join(" "))
                }
                Action::DialRelay { relay, carrier, .. } => {
                    format!("dial relay {} over {carrier:?}", number(&relay))
                }
                Action::Reserve { relay } => format!("reserve {}", number(&relay)),
            })
            .collect()
    }

    /// Seconds from the start until something is due.
    fn next_due(&self) -> Option<f64> {
        self.scheduler
            .next_due()
            .map(|due| due.saturating_duration_since(self.start).as_secs_f64())
    }

    /// A peer that is connected, with one stream open since the given time.
    fn with_open_stream(opened: f64) -> World {
        let mut world = World::listening();
        world.want(0.0, &peer(1), 7);
        assert_eq!(world.due(0.0), ["dial 1 at 1"]);
        world.scheduler.dial_succeeded(&peer(1));
        world
            .scheduler
            .connected(peer(1), Way::Direct, world.at(opened));
        assert_eq!(world.due(opened), ["open 1/7"]);
        assert_eq!(
            world
                .scheduler
                .opened(&peer(1), 7, Way::Direct, world.at(opened)),
            Verdict::Keep
        );
        world
    }
}

fn peer(number: u8) -> PeerId {
    crate::peer_id_of(&SecretKey::from_bytes([number; 32]))
}

fn number(of: &PeerId) -> u8 {
    (0..u8::MAX).find(|number| peer(*number) == *of).unwrap()
}

fn address(port: u16) -> Address {
    format!("/ip4/192.0.2.1/tcp/{port}").parse().unwrap()
}

#[test]
fn nothing_is_dialled_before_the_listeners_are_up() {
    let mut world = World {
        scheduler: Scheduler::new(),
        start: Instant::now(),
    };
    world.want(0.0, &peer(1), 7);
    assert_eq!((world.due(1.0), world.next_due()), (vec![], None));
    world.scheduler.listening();
    assert_eq!(world.due(1.0), ["dial 1 at 1"]);
    assert!(world.due(2.0).is_empty(), "one dial at a time");
}

#[test]
fn waits_double_from_one_second_to_five_minutes() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    let mut now = 0.0;
    for wait in [
        1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0, 300.0,
    ] {
        assert_eq!(world.due(now), ["dial 1 at 1"], "after {now} s");
        world.scheduler.dial_failed(&peer(1), world.at(now), WHOLE);
        assert!(
            world.due(now + wait - 0.01).is_empty(),
            "too early after a wait of {wait} s"
        );
        now += wait;
        assert_eq!(world.next_due(), Some(now));
    }
}

#[test]
fn jitter_is_a_share_of_the_whole_wait() {
    for (share, wait) in [(0.0, 0.0), (0.25, 1.0), (1.0, 4.0), (7.0, 4.0)] {
        assert_eq!(
            Jitter(share).of(3),
            Duration::from_secs_f64(wait),
            "{share}"
        );
    }
    assert_eq!(WHOLE.of(u32::MAX), limits::BACKOFF_MAX);
}

#[test]
fn failure_is_forgotten_when_the_world_changed() {
    type Change = fn(&mut World, Instant);
    let changes: [(&str, Change); 4] = [
        ("network", |world, now| world.scheduler.reset(now)),
        ("seen nearby", |world, now| {
            world.scheduler.seen(&peer(1), &[address(1)], now)
        }),
        ("new address", |world, now| {
            world
                .scheduler
                .want(peer(1), vec![address(2)], BTreeSet::new(), 7, now)
        }),
        ("seen elsewhere", |world, now| {
            world.scheduler.seen(&peer(1), &[address(9)], now)
        }),
    ];
    for (what, change) in changes {
        let mut world = World::listening();
        world.want(0.0, &peer(1), 7);
        for _ in 0..9 {
            world.due(4000.0);
            world
                .scheduler
                .dial_failed(&peer(1), world.at(4000.0), WHOLE);
        }
        assert!(world.due(4001.0).is_empty(), "{what}");
        let now = world.at(4002.0);
        change(&mut world, now);
        assert_eq!(world.due(4002.0).len(), 1, "{what}");
        world
            .scheduler
            .dial_failed(&peer(1), world.at(4002.0), WHOLE);
        assert_eq!(
            world.next_due(),
            Some(4003.0),
            "{what}: back to the first wait"
        );
    }
}

#[test]
fn repeating_a_wish_changes_nothing() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    world.due(0.0);
    world.scheduler.dial_failed(&peer(1), world.at(0.0), WHOLE);
    world.want(0.1, &peer(1), 7);
    assert_eq!(world.next_due(), Some(1.0));
}

#[test]
fn peer_without_address_waits_to_be_met() {
    let mut world = World::listening();
    let now = world.at(0.0);
    world
        .scheduler
        .want(peer(1), vec![], BTreeSet::new(), 7, now);
    assert_eq!((world.due(0.0), world.next_due()), (vec![], None));
    world
        .scheduler
        .seen(&peer(1), &[address(3), address(4)], now);
    assert_eq!(world.due(0.0), ["dial 1 at 2"]);
}

#[test]
fn peer_seen_before_it_is_wanted_is_dialled_where_it_was_seen() {
    let mut world = World::listening();
    let now = world.at(0.0);
    world.scheduler.seen(&peer(1), &[address(3)], now);
    world.scheduler.seen(&peer(2), &[address(4)], now);
    world.scheduler.not_seen(&peer(2));
    world
        .scheduler
        .want(peer(1), vec![], BTreeSet::new(), 7, now);
    world
        .scheduler
        .want(peer(2), vec![], BTreeSet::new(), 7, now);
    assert_eq!(world.due(0.0), ["dial 1 at 1"]);
}

#[test]
fn inbound_contact_opens_streams_without_a_dial() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    world.want(0.0, &peer(1), 8);
    world.due(0.0);
    world.scheduler.dial_failed(&peer(1), world.at(0.0), WHOLE);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(0.5));
    assert_eq!(world.due(0.5), ["open 1/7", "open 1/8"]);
    assert!(world.due(0.5).is_empty());
}

#[test]
fn at_most_eight_dials_at_once_and_the_longest_wait_first() {
    let mut world = World::listening();
    for number in 1..=10 {
        world.want(f64::from(number), &peer(number), 7);
    }
    let first: Vec<String> = (1..=8)
        .map(|number| format!("dial {number} at 1"))
        .collect();
    assert_eq!(world.due(10.0), first);
    assert_eq!(world.next_due(), None, "no room, so nothing to wake for");
    world.scheduler.dial_failed(&peer(3), world.at(11.0), HALF);
    assert_eq!(world.due(20.0), ["dial 9 at 1"]);
}

#[test]
fn unknown_peers_are_dialled_once_and_share_the_limit() {
    let mut world = World::listening();
    for port in 1..=9 {
        assert_eq!(world.scheduler.probe(address(port)), None);
    }
    assert_eq!(world.due(0.0).len(), 8);
    world.scheduler.probe_ended();
    assert_eq!(world.due(0.0), ["probe /ip4/192.0.2.1/tcp/9"]);
    world.scheduler.probe_ended();
    assert!(world.due(9.0).is_empty());
}

#[test]
fn stream_that_lasted_is_opened_again_soon() {
    let mut world = World::with_open_stream(0.0);
    world
        .scheduler
        .closed(&peer(1), 7, Way::Direct, world.at(100.0), HALF);
    assert_eq!(world.next_due(), Some(100.5));
    assert_eq!(world.due(100.5), ["open 1/7"]);
}

#[test]
fn stream_that_closes_early_counts_as_a_refusal() {
    let mut world = World::with_open_stream(0.0);
    let mut now = 0.0;
    for wait in [1.0, 2.0, 4.0] {
        world
            .scheduler
            .closed(&peer(1), 7, Way::Direct, world.at(now + 9.9), WHOLE);
        now += 9.9 + wait;
        assert_eq!(world.next_due(), Some(now));
        assert_eq!(world.due(now), ["open 1/7"]);
        world
            .scheduler
            .opened(&peer(1), 7, Way::Direct, world.at(now));
    }
}

#[test]
fn refusal_of_one_label_delays_no_other() {
    let mut world = World::with_open_stream(0.0);
    world
        .scheduler
        .closed(&peer(1), 7, Way::Direct, world.at(1.0), WHOLE);
    world.want(1.0, &peer(1), 8);
    assert_eq!(world.due(1.0), ["open 1/8"]);
    world
        .scheduler
        .open_failed(&peer(1), 8, world.at(1.0), HALF);
    assert_eq!(world.next_due(), Some(1.5));
}

#[test]
fn lost_connection_is_dialled_again() {
    let mut world = World::with_open_stream(0.0);
    world
        .scheduler
        .disconnected(&peer(1), Way::Direct, world.at(60.0), HALF);
    assert!(
        world.due(60.0).is_empty(),
        "the stream has not been reported closed"
    );
    world
        .scheduler
        .closed(&peer(1), 7, Way::Direct, world.at(60.0), HALF);
    assert_eq!(world.next_due(), Some(60.5));
    assert_eq!(world.due(60.5), ["dial 1 at 1"]);
}

#[test]
fn connection_that_is_cut_at_once_is_not_hammered() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    let mut now = 0.0;
    for wait in [1.0, 2.0, 4.0] {
        assert_eq!(world.due(now), ["dial 1 at 1"]);
        world.scheduler.dial_succeeded(&peer(1));
        world
            .scheduler
            .connected(peer(1), Way::Direct, world.at(now));
        world
            .scheduler
            .disconnected(&peer(1), Way::Direct, world.at(now), WHOLE);
        now += wait;
        assert_eq!(world.next_due(), Some(now));
    }
}

#[test]
fn nothing_follows_when_the_wish_is_withdrawn() {
    let mut world = World::with_open_stream(0.0);
    world.scheduler.unwant(&peer(1), 7);
    world
        .scheduler
        .closed(&peer(1), 7, Way::Direct, world.at(20.0), HALF);
    world
        .scheduler
        .disconnected(&peer(1), Way::Direct, world.at(20.0), HALF);
    assert_eq!((world.due(99.0), world.next_due()), (vec![], None));
}

#[test]
fn stream_wanted_no_longer_is_dropped() {
    let mut world = World::listening();
    world.want(0.0, &peer(1), 7);
    world
        .scheduler
        .connected(peer(1), Way::Direct, world.at(0.0));
    assert_eq!(world.due(0.0), ["open 1/7"]);
    world.scheduler.unwant(&peer(1), 7);
    assert_eq!(
        world
            .scheduler
            .opened(&peer(1), 7, Way::Direct, world.at(1.0)),
        Verdict::Drop
    );
}

#[test]
fn second_stream_of_one_label_is_dropped() {
    let mut world = World::with_open_stream(0.0);
    assert_eq!(
        world
            .scheduler
            .opened(&peer(1), 7, Way::Direct, world.at(1.0)),
        Verdict::Drop
    );
}

#[test]
fn withdrawn_dial_under_way_frees_its_place() {
    let mut world = World::listening();
    for number in 1..=9 {
        world.want(0.0, &peer(number), 7);
    }
    assert_eq!(world.due(0.0).len(), 8);
    let dialled = peer(1);
    world.scheduler.unwant(&dialled, 7);
    world.scheduler.dial_failed(&dialled, world.at(0.0), HALF);
    let due = world.due(0.0);
    assert!(
        due.len() <= 1,
        "the place is free, for one of the rest: {due:?}"
    );
}

#[test]
fn rebuild_is_due_when_everybody_fails_and_nobody_is_connected() {
    let mut world = World::listening();
    assert!(!world.scheduler.take_rebuild_due(), "nobody is wanted");
    world.want(0.0, &peer(1), 7);
    world.want(0.0, &peer(2), 7);
    let fail = |world: &mut World, number: u8, times: u32| {
        for _ in 0..times {
            world
                .scheduler
                .dial_failed(&peer(number), world.at(0.0), HALF);
        }
    };
    fail(&mut world, 1, 8);
    fail(&mut world, 2, 7);
    assert!(!world.scheduler.take_rebuild_due(), "one has failed less");
    fail(&mut world, 2, 1);
    world
        .scheduler
        .connected(peer(3), Way::Direct, world.at(0.0));
    assert!(
        !world.scheduler.take_rebuild_due(),
        "a stranger is connected"
    );
    world
        .scheduler
        .disconnected(&peer(3), Way::Direct, world.at(0.0), HALF);
    assert!(world.scheduler.take_rebuild_due());
    assert!(
        !world.scheduler.take_rebuild_due(),
        "not again before as many failures"
    );
    fail(&mut world, 1, 8);
    fail(&mut world, 2, 8);
    assert!(world.scheduler.take_rebuild_due());
}
