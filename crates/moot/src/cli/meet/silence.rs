//! How long a meeting has been silent. Owns when it is said that anyone can carry on: once for each silence.

use std::time::{Duration, Instant};

/// How long nothing is heard before it is said.
const SILENCE: Duration = Duration::from_secs(5 * 60);

/// Since when nothing was heard; none once that was said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Silence {
    since: Option<Instant>,
}

impl Silence {
    pub(super) fn begins(now: Instant) -> Self {
        Self { since: Some(now) }
    }

    /// Something was heard; or nobody sits, so that nobody is waited for.
    pub(super) fn is_broken(&mut self, now: Instant) {
        self.since = Some(now);
    }

    /// Whether it is to be said now.
    pub(super) fn is_to_be_said(&mut self, now: Instant) -> bool {
        let long = |since| now.saturating_duration_since(since) >= SILENCE;
        let said = self.since.is_some_and(long);
        if said {
            self.since = None;
        }
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_silent_minutes_are_told_once_and_again_only_after_something_was_heard() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut silence = Silence::begins(start);
        let mut said = Vec::new();
        for second in 0..2_000 {
            if second == 200 || second == 1_000 {
                silence.is_broken(at(second));
            }
            if silence.is_to_be_said(at(second)) {
                said.push(second);
            }
        }
        assert_eq!(said, [500, 1_300]);
    }
}
