//! Owns the notice that the machine slept: it compares the wall clock with the monotonic one. Times are handed in.

use std::time::{Duration, Instant, SystemTime};

use crate::limits;

/// The last readings of both clocks.
pub(crate) struct ClockWatch {
    wall: SystemTime,
    monotonic: Instant,
}

impl ClockWatch {
    pub(crate) fn new(wall: SystemTime, monotonic: Instant) -> ClockWatch {
        ClockWatch { wall, monotonic }
    }

    /// Whether the machine slept since the last call, which was meant to be `expected` ago. Where the monotonic clock
    /// runs on during sleep, or the process alone was stopped, the late call itself shows it.
    pub(crate) fn slept(
        &mut self,
        wall: SystemTime,
        monotonic: Instant,
        expected: Duration,
    ) -> bool {
        let by_wall = wall.duration_since(self.wall).unwrap_or_default();
        let by_monotonic = monotonic.saturating_duration_since(self.monotonic);
        *self = ClockWatch { wall, monotonic };
        by_wall.saturating_sub(by_monotonic) > limits::CLOCK_JUMP
            || by_monotonic.saturating_sub(expected) > limits::CLOCK_JUMP
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(wall_s: f64, monotonic_s: f64, slept: bool) {
        let (wall, monotonic) = (SystemTime::now(), Instant::now());
        let mut watch = ClockWatch::new(wall, monotonic);
        let later = |s: f64| Duration::from_secs_f64(s);
        assert_eq!(
            watch.slept(
                wall + later(wall_s),
                monotonic + later(monotonic_s),
                Duration::from_secs(5)
            ),
            slept,
            "wall {wall_s} s, monotonic {monotonic_s} s"
        );
    }

    #[test]
    fn sleep_is_a_gap_between_the_clocks_or_a_late_call() {
        check(5.0, 5.0, false);
        check(5.1, 5.0, false);
        check(19.0, 5.0, false);
        check(21.0, 5.0, true);
        check(3600.0, 5.0, true);
        check(3600.0, 3600.0, true);
        check(19.0, 19.0, false);
        check(0.0, 5.0, false);
    }

    #[test]
    fn wall_clock_set_back_is_no_sleep() {
        let (wall, monotonic) = (SystemTime::now(), Instant::now());
        let mut watch = ClockWatch::new(wall, monotonic);
        let five = Duration::from_secs(5);
        assert!(!watch.slept(wall - Duration::from_secs(3600), monotonic + five, five));
        assert!(!watch.slept(
            wall - Duration::from_secs(3595),
            monotonic + five + five,
            five
        ));
    }
}
