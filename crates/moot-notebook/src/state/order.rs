//! The order of facts: what their authors knew, as `after` says, and nothing else. Never looks at a clock.

use std::collections::BTreeSet;

use crate::fact::Facts;
use crate::id::FactId;

/// Everything that one of `from` follows, directly or through others; not `from` itself unless another follows it.
///
/// Ids of facts that are not here lead nowhere: what they follow is not known yet.
pub(crate) fn followed_by(
    facts: &Facts,
    from: impl IntoIterator<Item = FactId>,
) -> BTreeSet<FactId> {
    let after = |id: &FactId| {
        facts
            .get(id)
            .and_then(|entry| entry.fact.as_ref())
            .map_or(&[][..], |fact| fact.after.as_slice())
    };
    let mut seen = BTreeSet::new();
    let mut next: Vec<FactId> = from
        .into_iter()
        .flat_map(|id| after(&id).to_vec())
        .collect();
    while let Some(id) = next.pop() {
        if facts.contains_key(&id) && seen.insert(id) {
            next.extend_from_slice(after(&id));
        }
    }
    seen
}

/// Those of `ids` that no other of them follows.
pub(crate) fn latest(facts: &Facts, ids: &BTreeSet<FactId>) -> BTreeSet<FactId> {
    let followed = followed_by(facts, ids.iter().copied());
    ids.difference(&followed).copied().collect()
}
