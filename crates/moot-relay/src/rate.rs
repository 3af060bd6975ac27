//! How fast something may go on: a bucket of tokens that fills up again with time.
//!
//! Owns the counting. What a token stands for, and what happens to what comes too fast, is the caller's.

/// So many at once, and so many in a while from then on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What may come at once.
    pub at_once: u64,
    /// What comes back in a second, in thousandths.
    pub back_thousandths: u64,
}

/// How much of a [`Rate`] is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bucket {
    rate: Rate,
    /// In millionths.
    left: u64,
    at_ms: u64,
}

const MILLIONTHS: u64 = 1_000_000;

impl Bucket {
    /// A full one, at a time on the steady clock.
    pub(crate) fn full(rate: Rate, now_ms: u64) -> Self {
        Self {
            rate,
            left: rate.at_once.saturating_mul(MILLIONTHS),
            at_ms: now_ms,
        }
    }

    /// Takes so much out, if it is there; else nothing.
    pub(crate) fn take(&mut self, much: u64, now_ms: u64) -> bool {
        self.fill(now_ms);
        let much = much.saturating_mul(MILLIONTHS);
        let is_there = self.left >= much;
        if is_there {
            self.left -= much;
        }
        is_there
    }

    /// Whether it is as good as new.
    pub(crate) fn is_full(&mut self, now_ms: u64) -> bool {
        self.fill(now_ms);
        self.left == self.rate.at_once.saturating_mul(MILLIONTHS)
    }

    fn fill(&mut self, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.at_ms);
        // A thousandth a second is a millionth a millisecond.
        let back = passed_ms.saturating_mul(self.rate.back_thousandths);
        let most = self.rate.at_once.saturating_mul(MILLIONTHS);
        self.left = self.left.saturating_add(back).min(most);
        self.at_ms = self.at_ms.max(now_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_come_at_once_and_then_one_every_two_seconds() {
        let rate = Rate {
            at_once: 3,
            back_thousandths: 500,
        };
        let mut bucket = Bucket::full(rate, 10);
        let taken: Vec<bool> = (0..4).map(|_| bucket.take(1, 10)).collect();
        assert_eq!(taken, [true, true, true, false]);
        assert!(!bucket.take(1, 2_009) && bucket.take(1, 2_010));
        assert!(!bucket.take(1, 2_010) && !bucket.is_full(8_009));
        assert!(bucket.is_full(8_010) && bucket.is_full(0));
        assert!(!bucket.take(4, u64::MAX), "never more than at once");
    }
}
