//! Finding the entries that a peer names by position and shortened name.
//!
//! Owns an index of the ends of one log's chains, made for one call. Most names are of ends; only for the others are chains
//! looked through, and of those only the ones that may reach the position.

use std::collections::BTreeMap;

use super::hello::SessionKey;
use super::peer::View;
use crate::chain::Chain;
use crate::frame::Named;
use crate::ids::{EntryId, LogId};
use crate::storage::ReadError;

/// The ends of a log's chains by name.
pub(super) struct NamedTips<'a> {
    tips: BTreeMap<(u64, Named), EntryId>,
    /// Chains of more than one entry in the order in which they begin, each with the furthest end among it and those before.
    long: Vec<(&'a Chain, u64)>,
}

impl<'a> NamedTips<'a> {
    pub(super) fn of(view: &View<'a>, log: &LogId, key: &SessionKey) -> Self {
        let mut tips = BTreeMap::new();
        let mut long: Vec<(&Chain, u64)> = Vec::new();
        for chain in view.chains(log) {
            let seq = chain.len - 1;
            for name in [
                Named::Short(key.shorten(&chain.tip.0)),
                Named::Full(chain.tip.0),
            ] {
                tips.entry((seq, name)).or_insert(chain.tip);
            }
            if chain.first_seq < seq {
                let furthest = long.last().map_or(0, |(_, furthest)| *furthest);
                long.push((chain, furthest.max(chain.len)));
            }
        }
        Self { tips, long }
    }

    /// The entry held here that has this position and can have this name.
    pub(super) fn find(
        &self,
        view: &View<'_>,
        key: &SessionKey,
        seq: u64,
        name: &Named,
    ) -> Result<Option<EntryId>, ReadError> {
        if let Some(id) = self.tips.get(&(seq, *name)) {
            return Ok(Some(*id));
        }
        let begun = self
            .long
            .partition_point(|(chain, _)| chain.first_seq <= seq);
        for (chain, furthest) in self.long[..begun].iter().rev() {
            if *furthest <= seq + 1 {
                break;
            }
            view.visit();
            if chain.len <= seq + 1 {
                continue;
            }
            let id = view.entry_in(chain, seq)?;
            if let Some(id) = id.filter(|id| key.can_be(name, &id.0)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}
