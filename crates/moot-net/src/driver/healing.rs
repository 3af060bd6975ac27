//! Owns what makes a node whole again by itself: after sleep, after a change of network, and when nothing works.

use std::time::{Instant, SystemTime};

use super::{Driver, guests::Guests, listening::Listening};
use crate::{Insistence, clock::ClockWatch, limits, outlook::Seen, swarm};

/// What is watched.
pub(super) struct Healing {
    clocks: ClockWatch,
    clocks_read: Instant,
    network_changed: Option<Instant>,
    hearing: Hearing,
}

/// Whether the discovery on the local network may have gone deaf, which nothing says: its sockets fail unseen, or the
/// network forgot that it listens. Then all that was heard of runs out.
#[derive(Default)]
struct Hearing {
    is_suspect: bool,
    renewed: Option<Instant>,
}

impl Hearing {
    /// What was heard of a peer ran out, and nothing came in its place.
    fn lost(&mut self) {
        self.is_suspect = true;
    }

    fn renewed(&mut self, now: Instant) {
        self.is_suspect = false;
        self.renewed = Some(now);
    }

    /// Whether it is to be made anew. A peer that left looks the same, so this is not done again and again.
    fn is_due(&self, now: Instant) -> bool {
        let rested = |renewed| now.saturating_duration_since(renewed) >= limits::MDNS_RENEWAL_PAUSE;
        self.is_suspect && self.renewed.is_none_or(rested)
    }
}

impl Healing {
    pub(super) fn new(wall: SystemTime, now: Instant) -> Healing {
        Healing {
            clocks: ClockWatch::new(wall, now),
            clocks_read: now,
            network_changed: None,
            hearing: Hearing::default(),
        }
    }
}

impl Driver {
    /// Everything that is done from time to time.
    pub(super) async fn keep_house(&mut self) {
        let now = Instant::now();
        self.start_dialling_when_ready();
        self.close_strangers(now);
        self.close_silent(now);
        self.close_duplicates(now);
        if now.saturating_duration_since(self.healing.clocks_read) >= limits::CLOCK_INTERVAL {
            self.healing.clocks_read = now;
            if self
                .healing
                .clocks
                .slept(SystemTime::now(), now, limits::CLOCK_INTERVAL)
            {
                self.wake();
            }
        }
        if self.healing.network_changed.is_some_and(|changed| {
            now.saturating_duration_since(changed) >= limits::NETWORK_CHANGE_DEBOUNCE
        }) {
            self.healing.network_changed = None;
            tracing::info!("the network changed");
            self.scheduler.reset(now);
            self.renew_discovery(now);
            self.look_for_routers();
        }
        if self.healing.hearing.is_due(now) {
            tracing::info!("nobody is heard of on the local network any more; listening anew");
            self.renew_discovery(now);
        }
        if self.scheduler.take_rebuild_due() {
            self.rebuild().await;
        }
    }

    fn renew_discovery(&mut self, now: Instant) {
        self.healing.hearing.renewed(now);
        swarm::renew_discovery(&mut self.swarm, self.config.discovery);
    }

    /// What was heard of a peer on the local network ran out.
    pub(super) fn heard_no_more(&mut self) {
        self.healing.hearing.lost();
    }

    /// An interface came or went. The first addresses after a start are no change.
    pub(super) fn network_changed(&mut self) {
        let now = Instant::now();
        if self.listening.age(now) > limits::NETWORK_CHANGE_DEBOUNCE {
            self.healing.network_changed = Some(now);
        }
    }

    /// Starts over after a sleep. Connections that outlived it in our eyes are often dead in the peers', and to find
    /// out takes longer than to connect again.
    pub(super) fn wake(&mut self) {
        tracing::info!("woke up");
        let connections: Vec<_> = self.connections.keys().copied().collect();
        for id in connections {
            self.swarm.close_connection(id);
        }
        let now = Instant::now();
        self.scheduler.reset(now);
        self.renew_discovery(now);
        self.look_for_routers();
    }

    /// There may be another one than before, or it has forgotten what it was asked.
    fn look_for_routers(&self) {
        if let Some(gateway) = &self.gateway {
            gateway.again();
        }
    }

    /// Replaces the swarm, for the case that the fault is in it: sockets bound to what is no more, transports that
    /// fail every dial. Only done while nobody is connected, so nothing is lost.
    pub(super) async fn rebuild(&mut self) {
        tracing::warn!("every peer fails; starting the network anew");
        let addresses = self.addresses_to_listen_on_again();
        let Ok(fresh) = swarm::build(&self.config) else {
            return;
        };
        self.swarm = fresh;
        // The old swarm is gone; its sockets follow when their tasks have seen it. The new one wants the same ports.
        tokio::time::sleep(limits::REBUILD_PAUSE).await;
        self.dials.clear();
        self.berths.clear();
        self.guests = Guests::default();
        self.seen_from_outside(Seen::new());
        self.connections.clear();
        self.scheduler.rebuilt(Instant::now());
        // What was insisted on at the start is no reason to fall silent now.
        let insistence = Insistence::WhereItCan;
        match Listening::start(&mut self.swarm, &addresses, insistence, Instant::now()) {
            Ok(listening) => self.listening = listening,
            // The next round of failures tries again; until then others cannot reach us, but we can dial.
            Err(error) => {
                tracing::warn!(%error, "listening nowhere");
                self.scheduler.listening();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn discovery_that_hears_of_nobody_any_more_is_made_anew_and_not_all_the_time() {
        let (mut hearing, start) = (Hearing::default(), Instant::now());
        assert!(!hearing.is_due(start), "nothing was lost");
        hearing.lost();
        assert!(hearing.is_due(start));
        hearing.renewed(start);
        assert!(!hearing.is_due(start));
        hearing.lost();
        let soon = start + limits::MDNS_RENEWAL_PAUSE - Duration::from_secs(1);
        assert!(!hearing.is_due(soon));
        assert!(hearing.is_due(start + limits::MDNS_RENEWAL_PAUSE));
    }
}
