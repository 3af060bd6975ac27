//! Two changes of one actor with one number: which stands.
//!
//! Owns that rule: within one log the earlier, otherwise the smaller hash. It looks at the whole set of sound changes
//! and their places in logs, so it gives the same whatever came first.

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Graph, Place};
use crate::id::ChangeHash;
use crate::outcome::LogRank;

/// Where each change stands in logs.
pub(super) type Ranks = BTreeMap<ChangeHash, BTreeSet<LogRank>>;

/// Gives every change its place: applied, or aside because it lost or follows one that is aside.
///
/// Each actor's changes are a tree; the rule picks one path through it from the root, looking at that actor alone.
pub(super) fn settle(graph: &mut Graph, ranks: &Ranks) {
    let mut standing: BTreeSet<usize> = BTreeSet::new();
    let mut contested = BTreeSet::new();
    for actor in graph.forked() {
        contested.insert(*actor);
        let own: Vec<usize> = (0..graph.len())
            .filter(|index| graph.node(*index).actor == *actor)
            .collect();
        let mut last = None;
        loop {
            let rivals: Vec<usize> = own
                .iter()
                .copied()
                .filter(|index| graph.node(*index).before == last)
                .collect();
            let Some(winner) = winner(graph, ranks, &rivals) else {
                break;
            };
            standing.insert(winner);
            last = Some(winner);
        }
    }
    for index in 1..graph.len() {
        let node = graph.node(index);
        let lost = contested.contains(&node.actor) && !standing.contains(&index);
        let follows = node
            .deps
            .iter()
            .any(|dep| graph.node(*dep).place == Place::Aside);
        graph.set_place(
            index,
            if lost || follows {
                Place::Aside
            } else {
                Place::Applied
            },
        );
    }
}

/// Of the rivals that no other comes before in every log they stand in, the one with the smallest hash.
fn winner(graph: &Graph, ranks: &Ranks, rivals: &[usize]) -> Option<usize> {
    let mut first_of_log: BTreeMap<[u8; 32], (LogRank, usize)> = BTreeMap::new();
    for rival in rivals {
        for rank in ranks.get(&graph.node(*rival).hash).into_iter().flatten() {
            let first = first_of_log.entry(rank.log).or_insert((*rank, *rival));
            *first = (*first).min((*rank, *rival));
        }
    }
    let firsts: BTreeSet<usize> = first_of_log.values().map(|(_, rival)| *rival).collect();
    let is_ranked = |rival: &usize| ranks.contains_key(&graph.node(*rival).hash);
    rivals
        .iter()
        .copied()
        .filter(|rival| firsts.contains(rival) || !is_ranked(rival))
        .min_by_key(|rival| graph.node(*rival).hash)
}
