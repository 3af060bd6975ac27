//! The sound changes of a document and what each follows.
//!
//! Owns the rules that look at a change's past: they see the change, what it follows and constants, and never what
//! else has arrived or when. Knows nothing of texts and of the library.
//!
//! An actor's changes form a *chain*; where two of them have one number, the later found opens a chain of its own.
//! Within one chain each change follows the one before, so what a change follows is a count per chain.

mod past;

use std::collections::{BTreeMap, BTreeSet};

use crate::base;
use crate::change::{Decoded, Op, OpName};
use crate::id::{ActorId, ChangeHash, FactId};
use crate::outcome::Refusal;

pub(crate) use past::Past;

/// What became of a sound change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Part of the document.
    Applied,
    /// Put aside for good: another with the same number stands, or it follows one put aside.
    Aside,
    /// Not chosen yet, or it follows one such.
    Unsettled,
    /// The document was read-only by then.
    Withheld,
}

/// What an operation left behind, for those that refer to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Character,
}

/// A sound change.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) hash: ChangeHash,
    pub(crate) actor: ActorId,
    pub(crate) seq: u64,
    pub(crate) start_op: u64,
    pub(crate) at_ms: i64,
    pub(crate) deps: Vec<usize>,
    pub(crate) inserted: usize,
    pub(crate) deleted: usize,
    pub(crate) facts: Vec<FactId>,
    pub(crate) place: Place,
    /// Its actor's change before it.
    pub(crate) before: Option<usize>,
    ops: u64,
    chain: usize,
    place_in_chain: usize,
    past: Past,
    /// Runs of operations that left the same, each with the index of its first.
    left: Vec<(u64, Left)>,
}

#[derive(Debug, Clone)]
struct Chain {
    actor: ActorId,
    nodes: Vec<usize>,
}

/// All sound changes, each after what it follows. Never empty: the first change is node 0.
#[derive(Debug, Clone)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    by_hash: BTreeMap<ChangeHash, usize>,
    chains: Vec<Chain>,
    chains_of: BTreeMap<ActorId, Vec<usize>>,
    heads: BTreeSet<usize>,
}

impl Graph {
    /// The graph of the first change alone.
    pub(crate) fn new() -> Self {
        let hash = ChangeHash(base::change().hash().0);
        let root = Node {
            hash,
            actor: base::ACTOR,
            seq: 1,
            start_op: 1,
            at_ms: 0,
            deps: Vec::new(),
            inserted: 0,
            deleted: 0,
            facts: Vec::new(),
            place: Place::Applied,
            before: None,
            ops: base::OPS,
            chain: 0,
            place_in_chain: 0,
            past: Past::all_below(0),
            left: vec![(0, Left::Nothing)],
        };
        Self {
            nodes: vec![root],
            by_hash: [(hash, 0)].into(),
            chains: vec![Chain {
                actor: base::ACTOR,
                nodes: vec![0],
            }],
            chains_of: [(base::ACTOR, vec![0])].into(),
            heads: [0].into(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(crate) fn node(&self, index: usize) -> &Node {
        &self.nodes[index]
    }

    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    pub(crate) fn find(&self, hash: &ChangeHash) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    pub(crate) fn set_place(&mut self, index: usize, place: Place) {
        self.nodes[index].place = place;
    }

    /// Whether two changes of this actor have one number.
    pub(crate) fn is_forked(&self, actor: &ActorId) -> bool {
        self.chains_of
            .get(actor)
            .is_some_and(|chains| chains.len() > 1)
    }

    /// Whether another change of its actor has its number.
    pub(crate) fn has_rival(&self, index: usize) -> bool {
        let node = &self.nodes[index];
        let same = |other: &usize| *other != index && self.nodes[*other].seq == node.seq;
        self.is_forked(&node.actor)
            && self.chains_of[&node.actor]
                .iter()
                .any(|chain| self.chains[*chain].nodes.iter().any(same))
    }

    /// The actors of whom two changes have one number.
    pub(crate) fn forked(&self) -> impl Iterator<Item = &ActorId> {
        self.chains_of
            .iter()
            .filter(|(_, chains)| chains.len() > 1)
            .map(|(actor, _)| actor)
    }

    /// Judges a change by its past and takes it in; every change it follows is here.
    ///
    /// Gives its index. It is unsettled until [`set_place`](Self::set_place) says otherwise.
    pub(crate) fn admit(&mut self, change: &Decoded) -> Result<usize, Refusal> {
        let outside = &change.outside;
        let deps: Vec<usize> = outside
            .deps
            .iter()
            .filter_map(|dep| self.find(dep))
            .collect();
        let past = self.past_of(&deps);
        let start_op = self.start_op_after(&deps);
        if outside.start_op != start_op {
            return Err(Refusal::StartOp {
                found: outside.start_op,
                expected: start_op,
            });
        }
        self.refuse_forked_past(&past)?;
        let before = self.last_of(&outside.actor, &past);
        let expected = 1 + before.map_or(0, |index| self.nodes[index].seq);
        if outside.seq != expected {
            return Err(Refusal::Seq {
                found: outside.seq,
                expected,
            });
        }
        for (index, op) in change.ops.iter().enumerate() {
            self.check_reference(change, &past, index, op)?;
        }
        Ok(self.insert(change, deps, past, before))
    }

    /// Takes out everything from `index` on: for an edit that was not made after all.
    pub(crate) fn truncate(&mut self, index: usize) {
        for node in self.nodes.drain(index..) {
            self.by_hash.remove(&node.hash);
            self.chains[node.chain].nodes.retain(|kept| *kept < index);
        }
        while self
            .chains
            .last()
            .is_some_and(|chain| chain.nodes.is_empty())
        {
            if let Some(chain) = self.chains.pop() {
                let of = self.chains_of.entry(chain.actor).or_default();
                of.pop();
                if of.is_empty() {
                    self.chains_of.remove(&chain.actor);
                }
            }
        }
        let followed: BTreeSet<usize> = self
            .nodes
            .iter()
            .flat_map(|node| node.deps.iter().copied())
            .collect();
        self.heads = (0..self.nodes.len())
            .filter(|index| !followed.contains(index))
            .collect();
    }

    /// What a change that follows `deps` follows in all.
    pub(crate) fn past_of(&self, deps: &[usize]) -> Past {
        if self.heads.len() <= deps.len() && self.heads.iter().all(|head| deps.contains(head)) {
            return Past::all_below(self.nodes.len());
        }
        if let [dep] = deps
            && let Some(past) = self.past_after(*dep)
        {
            return past;
        }
        let mut below = 0;
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        for dep in deps {
            let node = &self.nodes[*dep];
            if node.past.is_all_below(*dep) {
                below = below.max(dep + 1);
                continue;
            }
            below = below.max(node.past.below);
            let own = (node.chain, node.place_in_chain + 1);
            for (chain, count) in node.past.beyond().chain([own]) {
                let most = counts.entry(chain).or_insert(0);
                *most = (*most).max(count);
            }
        }
        counts.retain(|chain, count| *count > self.count_below(*chain, below));
        Past {
            below,
            counts: counts.into_iter().collect(),
            last: None,
        }
    }

    /// What a change that follows one other follows in all, where that can be said without counting anew.
    fn past_after(&self, dep: usize) -> Option<Past> {
        let node = &self.nodes[dep];
        if node.past.is_all_below(dep) {
            return Some(Past::all_below(dep + 1));
        }
        let last = node.past.last;
        last.is_none_or(|(chain, _)| chain == node.chain)
            .then(|| Past {
                last: Some((node.chain, node.place_in_chain + 1)),
                ..node.past.clone()
            })
    }

    /// Whether a past holds a change.
    pub(crate) fn holds(&self, past: &Past, index: usize) -> bool {
        let node = &self.nodes[index];
        index < past.below || node.place_in_chain < past.count_beyond(node.chain)
    }

    /// How many changes of one chain a past holds.
    fn count_in(&self, past: &Past, chain: usize) -> usize {
        self.count_below(chain, past.below)
            .max(past.count_beyond(chain))
    }

    fn count_below(&self, chain: usize, below: usize) -> usize {
        self.chains[chain]
            .nodes
            .partition_point(|node| *node < below)
    }

    /// An actor's last change of all, where no two of them have one number.
    pub(crate) fn last_by(&self, actor: &ActorId) -> Option<usize> {
        let chain = *self.chains_of.get(actor)?.first()?;
        self.chains[chain].nodes.last().copied()
    }

    /// Whether a change is another or follows it.
    pub(crate) fn is_or_follows(&self, index: usize, other: usize) -> bool {
        index == other || self.holds(&self.nodes[index].past, other)
    }

    /// The first operation of a change that follows these.
    pub(crate) fn start_op_after(&self, deps: &[usize]) -> u64 {
        let last = deps.iter().map(|dep| self.nodes[*dep].last_op()).max();
        1 + last.unwrap_or(0)
    }

    /// How many counts are kept of what changes follow; those that several share count once.
    #[cfg(test)]
    pub(crate) fn counts_kept(&self) -> usize {
        let shared: BTreeMap<_, usize> = self
            .nodes
            .iter()
            .map(|node| (node.past.counts.as_ptr(), node.past.counts.len()))
            .collect();
        shared.values().sum()
    }

    /// An actor's last change in a past.
    fn last_of(&self, actor: &ActorId, past: &Past) -> Option<usize> {
        let chains = self.chains_of.get(actor)?;
        let last = |chain: &usize| {
            Some(self.chains[*chain].nodes[self.count_in(past, *chain).checked_sub(1)?])
        };
        chains
            .iter()
            .filter_map(last)
            .max_by_key(|index| self.nodes[*index].seq)
    }

    /// A past in which an actor has as many changes as its highest number says has no two with one number.
    fn refuse_forked_past(&self, past: &Past) -> Result<(), Refusal> {
        for actor in self.forked() {
            let chains = &self.chains_of[actor];
            let count: usize = chains.iter().map(|chain| self.count_in(past, *chain)).sum();
            let highest = self
                .last_of(actor, past)
                .map_or(0, |index| self.nodes[index].seq);
            if count as u64 != highest {
                return Err(Refusal::ForkedPast);
            }
        }
        Ok(())
    }

    fn check_reference(
        &self,
        change: &Decoded,
        past: &Past,
        index: usize,
        op: &Op,
    ) -> Result<(), Refusal> {
        let name = match op {
            Op::Fact(_) | Op::Insert { after: None } => return Ok(()),
            Op::Insert { after: Some(name) } | Op::Delete { of: name } => name,
        };
        let outside = &change.outside;
        let is_character = if name.actor == outside.actor && name.counter >= outside.start_op {
            let earlier = usize::try_from(name.counter - outside.start_op).unwrap_or(usize::MAX);
            earlier < index && matches!(change.ops[earlier], Op::Insert { .. })
        } else {
            self.is_character(past, name)
        };
        if is_character {
            Ok(())
        } else {
            Err(Refusal::Reference { index })
        }
    }

    /// Whether a past holds an operation of this name that put in a character.
    fn is_character(&self, past: &Past, name: &OpName) -> bool {
        self.change_of(name, |index| self.holds(past, index))
            .is_some_and(|index| {
                let node = &self.nodes[index];
                let offset = name.counter - node.start_op;
                let run = node.left.partition_point(|(from, _)| *from <= offset);
                run > 0 && node.left[run - 1].1 == Left::Character
            })
    }

    /// The change that an operation belongs to, among those that `wanted` lets pass.
    pub(crate) fn change_of(&self, name: &OpName, wanted: impl Fn(usize) -> bool) -> Option<usize> {
        let chains = self.chains_of.get(&name.actor)?;
        chains.iter().find_map(|chain| {
            let nodes = &self.chains[*chain].nodes;
            let after = nodes.partition_point(|node| self.nodes[*node].start_op <= name.counter);
            let index = *nodes.get(after.checked_sub(1)?)?;
            (name.counter <= self.nodes[index].last_op() && wanted(index)).then_some(index)
        })
    }

    fn insert(
        &mut self,
        change: &Decoded,
        deps: Vec<usize>,
        past: Past,
        before: Option<usize>,
    ) -> usize {
        let index = self.nodes.len();
        let outside = &change.outside;
        let chain = self.chain_for(outside.actor, before);
        self.chains[chain].nodes.push(index);
        for dep in &deps {
            self.heads.remove(dep);
        }
        self.heads.insert(index);
        self.by_hash.insert(outside.hash, index);
        self.nodes.push(Node {
            hash: outside.hash,
            actor: outside.actor,
            seq: outside.seq,
            start_op: outside.start_op,
            at_ms: change.at_ms,
            deps,
            inserted: change
                .ops
                .iter()
                .filter(|op| matches!(op, Op::Insert { .. }))
                .count(),
            deleted: change
                .ops
                .iter()
                .filter(|op| matches!(op, Op::Delete { .. }))
                .count(),
            facts: change.facts.iter().map(|fact| fact.id).collect(),
            place: Place::Unsettled,
            before,
            ops: change.ops.len() as u64,
            chain,
            place_in_chain: self.chains[chain].nodes.len() - 1,
            past,
            left: left_by(&change.ops),
        });
        index
    }

    /// The chain that a change carries on: that of the one before if it is the last there, else a new one.
    fn chain_for(&mut self, actor: ActorId, before: Option<usize>) -> usize {
        if let Some(before) = before {
            let chain = self.nodes[before].chain;
            if self.chains[chain].nodes.last() == Some(&before) {
                return chain;
            }
        }
        self.chains.push(Chain {
            actor,
            nodes: Vec::new(),
        });
        self.chains_of
            .entry(actor)
            .or_default()
            .push(self.chains.len() - 1);
        self.chains.len() - 1
    }
}

impl Node {
    fn last_op(&self) -> u64 {
        self.start_op + self.ops - 1
    }

    /// Whether it changed the text.
    pub(crate) fn is_edit(&self) -> bool {
        self.inserted + self.deleted > 0
    }
}

fn left_by(ops: &[Op]) -> Vec<(u64, Left)> {
    let mut runs: Vec<(u64, Left)> = Vec::new();
    for (index, op) in (0..).zip(ops) {
        let left = if matches!(op, Op::Insert { .. }) {
            Left::Character
        } else {
            Left::Nothing
        };
        if runs.last().is_none_or(|(_, last)| *last != left) {
            runs.push((index, left));
        }
    }
    runs
}
