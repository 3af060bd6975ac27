//! The node's clocks: what the wall says, a steady one, and from both together whether the machine has slept.

use std::time::{Duration, Instant, SystemTime};

use moot_engine::Now;

/// How often to compare the clocks.
pub(crate) const PULSE: Duration = Duration::from_secs(10);

/// When the wall clock gains this much on the steady one between two looks, the machine slept: a steady clock stands still
/// then. A wall clock that is put forward looks the same, and starting connections over does no harm.
const SLEEP_MIN: Duration = Duration::from_secs(20);

/// Both clocks, and when they were last compared.
pub(crate) struct Clock {
    start: Instant,
    compared: (Instant, SystemTime),
}

impl Clock {
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            start: now,
            compared: (now, SystemTime::now()),
        }
    }

    /// The time for the engine.
    pub(crate) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        Now {
            wall_ms: wall.map_or(0, |wall| {
                i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)
            }),
            steady_ms: u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// When the steady clock will show so many milliseconds.
    pub(crate) fn instant_of(&self, steady_ms: u64) -> Instant {
        self.start + Duration::from_millis(steady_ms)
    }

    /// When to compare the clocks next.
    pub(crate) fn next_pulse(&self) -> Instant {
        self.compared.0 + PULSE
    }

    /// Compares the clocks; tells whether the machine slept since the last time.
    pub(crate) fn slept(&mut self) -> bool {
        let (instant, wall) = self.compared;
        self.compared = (Instant::now(), SystemTime::now());
        let steady = self.compared.0.duration_since(instant);
        self.compared
            .1
            .duration_since(wall)
            .is_ok_and(|walled| walled > steady + SLEEP_MIN)
    }
}
