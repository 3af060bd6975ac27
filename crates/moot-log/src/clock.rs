//! What a device holds of a notebook, in a few bytes: a row a chain, and one digest over all rows.
//!
//! Owns the digest that is shown as `log_digest` and exchanged first in every session. Never changes what is held.

use crate::ids::{ChainId, EntryId};

const DIGEST_CONTEXT: &str = "moot 2026 log-digest v1";

/// How far one chain is held.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode,
)]
pub struct ClockRow {
    /// The chain.
    #[n(0)]
    pub chain: ChainId,
    /// One past the position of its last entry.
    #[n(1)]
    pub len: u64,
    /// Its last entry.
    #[n(2)]
    pub tip: EntryId,
}

/// Equal for two devices exactly when they hold the same entries of a notebook.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct Digest(#[cbor(n(0), with = "minicbor::bytes")] pub [u8; 32]);

impl Digest {
    /// The digest over a clock. The rows are sorted here, so that their order does not matter.
    pub fn of(rows: &[ClockRow]) -> Self {
        let mut rows = rows.to_vec();
        rows.sort_unstable();
        let mut hasher = blake3::Hasher::new_derive_key(DIGEST_CONTEXT);
        for row in &rows {
            hasher
                .update(&row.chain.0)
                .update(&row.len.to_be_bytes())
                .update(&row.tip.0);
        }
        Self(*hasher.finalize().as_bytes())
    }
}

impl std::fmt::Display for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Digest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Digest({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(n: u8) -> ClockRow {
        ClockRow {
            chain: ChainId([n; 32]),
            len: 3,
            tip: EntryId([n; 32]),
        }
    }

    #[test]
    fn the_digest_ignores_order_and_sees_every_field() {
        let digest = Digest::of(&[row(1), row(2)]);
        assert_eq!(digest, Digest::of(&[row(2), row(1)]));
        assert_ne!(digest, Digest::of(&[row(1)]));
        assert_ne!(digest, Digest::of(&[row(1), ClockRow { len: 4, ..row(2) }]));
        assert_ne!(
            digest,
            Digest::of(&[
                row(1),
                ClockRow {
                    tip: EntryId([9; 32]),
                    ..row(2)
                }
            ])
        );
    }
}
