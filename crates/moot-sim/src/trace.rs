//! One number that stands for everything that engines did.
//!
//! Owns the digest of effects. Two runs of one seed must come to the same number, or something drew on more than the seed.

use std::fmt::{self, Write};
use std::hash::{DefaultHasher, Hasher};

use moot_engine::Effects;
use moot_log::storage::Op;

/// A running digest of effects.
#[derive(Default)]
pub(crate) struct Trace {
    hasher: DefaultHasher,
}

/// Feeds formatted text to a hasher without keeping it.
struct Fed<'h>(&'h mut DefaultHasher);

impl Write for Fed<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes());
        Ok(())
    }
}

impl Trace {
    /// Takes in what an engine wants done.
    pub(crate) fn record(&mut self, node: usize, now_ms: u64, effects: &Effects) {
        self.hasher.write_usize(node);
        self.hasher.write_u64(now_ms);
        for op in &effects.commit.ops {
            self.op(op);
        }
        for (stream, frame) in &effects.sends {
            self.hasher.write_u64(stream.0);
            self.hasher.write(frame);
        }
        self.words(&(effects.commit.durability, &effects.closes));
        self.words(&(&effects.authorised, &effects.dials, &effects.replies));
        self.words(&(&effects.progress, &effects.events));
        self.words(&(&effects.marker, effects.next_tick_ms));
    }

    /// Takes in what a relay sends.
    pub(crate) fn frames(&mut self, node: usize, now_ms: u64, sends: &[(u64, Vec<u8>)]) {
        self.hasher.write_usize(node);
        self.hasher.write_u64(now_ms);
        for (stream, frame) in sends {
            self.hasher.write_u64(*stream);
            self.hasher.write(frame);
        }
    }

    /// The number so far.
    pub(crate) fn digest(&self) -> u64 {
        self.hasher.finish()
    }

    fn op(&mut self, op: &Op) {
        match op {
            Op::PutEntry { entry, .. } => self.hasher.write(entry.id().as_bytes()),
            Op::Put {
                space, key, value, ..
            } => {
                self.words(space);
                self.hasher.write(key);
                self.hasher.write(value);
            }
            other => self.words(other),
        }
    }

    fn words(&mut self, what: &impl fmt::Debug) {
        write!(Fed(&mut self.hasher), "{what:?}").expect("a hasher takes any text");
    }
}
