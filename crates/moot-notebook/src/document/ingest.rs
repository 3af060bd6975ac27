//! How changes come into a document: judged by themselves, then by their past, then applied.
//!
//! Owns the order of those steps and what each refused, waiting or put-aside change is told. A change's fate is a
//! function of the set that has come, never of the order.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Change, PatchLog, ReadDoc};

use super::remake::{Step, Told, remake, steps_of, told};
use super::{Document, contest};
use crate::base;
use crate::change::Decoded;
use crate::fact::{FactEntry, Insertion};
use crate::graph::Place;
use crate::id::ChangeHash;
use crate::limits::{REMADE_CHANGES_MAX, TOLD_CHANGES_MAX};
use crate::outcome::{Edit, Incoming, Ingested, Pending, Quarantined, Refusal};

/// A change that its past allows, by its place in the graph.
pub(super) struct Judged {
    pub(super) index: usize,
    pub(super) change: Change,
    pub(super) facts: Vec<FactEntry>,
}

impl Document {
    /// Judges changes that somebody signed, in any order, and takes in what is sound and complete.
    ///
    /// Idempotent. Give many at once: applying costs time by the length of the text, once for a batch. Changes that
    /// wait are kept in memory and taken in by the call that brings what they lack.
    pub fn ingest(&mut self, batch: &[Incoming<'_>]) -> Ingested {
        let mut outcome = Ingested::default();
        let offered = self.receive(batch, &mut outcome);
        let judged = self.judge_waiting(&mut outcome);
        let mut chosen = Vec::new();
        for one in judged {
            let place = self.place_of(one.index, &mut outcome);
            self.graph.set_place(one.index, place);
            match place {
                Place::Applied => chosen.push(one),
                Place::Aside => outcome.aside.push(self.graph.node(one.index).hash),
                Place::Unsettled | Place::Withheld => {}
            }
        }
        self.take_in(chosen, &mut outcome);
        outcome.pending = self.pending_among(&offered);
        outcome.read_only = self.read_only.is_some();
        outcome
    }

    /// The document that a set of changes makes, whatever their order.
    ///
    /// Of two changes with one actor and number, the earlier in its log stands, else the one with the smaller hash; the
    /// other, and what depends on it, is put aside.
    #[must_use]
    pub fn from_set(changes: &[Incoming<'_>]) -> (Self, Ingested) {
        let mut document = Self::new();
        let mut outcome = Ingested::default();
        document.keep_all_ranks(changes);
        let offered = document.receive(changes, &mut outcome);
        outcome.rebuild = false;
        let judged = document.judge_waiting(&mut outcome);
        contest::settle(&mut document.graph, &document.ranks);
        document.drop_ranks();
        let mut chosen = Vec::new();
        for one in judged {
            let node = document.graph.node(one.index);
            match node.place {
                Place::Applied => chosen.push(one),
                _ => outcome.aside.push(node.hash),
            }
        }
        document.take_in(chosen, &mut outcome);
        outcome.pending = document.pending_among(&offered);
        outcome.read_only = document.read_only.is_some();
        (document, outcome)
    }

    /// Judges each change by itself. Gives the hashes of the batch.
    fn receive(&mut self, batch: &[Incoming<'_>], outcome: &mut Ingested) -> BTreeSet<ChangeHash> {
        let mut offered = BTreeSet::new();
        for incoming in batch {
            let hash = ChangeHash::of_chunk(incoming.bytes);
            offered.insert(hash);
            if let Err(why) = self.receive_one(hash, incoming, outcome) {
                if matches!(why, Refusal::WrongActor { .. }) {
                    self.misposted.insert(Quarantined {
                        hash,
                        why: why.clone(),
                    });
                } else {
                    self.refused.insert(hash, why.clone());
                }
                outcome.quarantined.push(Quarantined { hash, why });
            }
        }
        offered
    }

    fn receive_one(
        &mut self,
        hash: ChangeHash,
        incoming: &Incoming<'_>,
        outcome: &mut Ingested,
    ) -> Result<(), Refusal> {
        if let Some(why) = self.refused.get(&hash) {
            return Err(why.clone());
        }
        let proven = incoming.actor;
        let right = |claimed| {
            if claimed == proven {
                Ok(())
            } else {
                Err(Refusal::WrongActor { claimed, proven })
            }
        };
        if let Some(index) = self.graph.find(&hash) {
            right(self.graph.node(index).actor)?;
            outcome.rebuild |= self.is_new_rank(index, incoming);
        } else if let Some(waiting) = self.waiting.get(&hash) {
            right(waiting.outside.actor)?;
        } else {
            let decoded = Decoded::from_bytes(incoming.bytes)?;
            right(decoded.outside.actor)?;
            self.waiting.insert(hash, decoded);
        }
        Ok(())
    }

    /// Whether a change over whose number there is a contest turns up at a place in a log not seen before.
    fn is_new_rank(&self, index: usize, incoming: &Incoming<'_>) -> bool {
        let node = self.graph.node(index);
        let known = |rank| {
            self.ranks
                .get(&node.hash)
                .is_some_and(|ranks| ranks.contains(rank))
        };
        self.graph.is_forked(&node.actor) && incoming.rank.as_ref().is_some_and(|rank| !known(rank))
    }

    fn keep_all_ranks(&mut self, changes: &[Incoming<'_>]) {
        for incoming in changes {
            if let Some(rank) = incoming.rank {
                self.ranks
                    .entry(ChangeHash::of_chunk(incoming.bytes))
                    .or_default()
                    .insert(rank);
            }
        }
    }

    /// Keeps ranks only where a contest may be decided again.
    fn drop_ranks(&mut self) {
        let graph = &self.graph;
        let contested = |hash: &ChangeHash| {
            graph
                .find(hash)
                .is_some_and(|index| graph.is_forked(&graph.node(index).actor))
        };
        self.ranks.retain(|hash, _| contested(hash));
    }

    /// Judges by its past every waiting change whose past is here, and those that they complete.
    fn judge_waiting(&mut self, outcome: &mut Ingested) -> Vec<Judged> {
        let mut queue = Queue::new(self);
        let mut judged = Vec::new();
        while let Some(hash) = queue.ready.pop() {
            let Some(change) = self.waiting.remove(&hash) else {
                continue;
            };
            let refused = change
                .outside
                .deps
                .iter()
                .any(|dep| self.refused.contains_key(dep));
            let verdict = if refused {
                Err(Refusal::Follows)
            } else {
                self.graph.admit(&change)
            };
            match verdict {
                Ok(index) => {
                    judged.push(Judged {
                        index,
                        change: change.change,
                        facts: change.facts,
                    });
                    queue.arrived(&hash);
                }
                Err(why) => {
                    self.refused.insert(hash, why.clone());
                    outcome.quarantined.push(Quarantined { hash, why });
                    queue.refused(&hash);
                }
            }
        }
        judged
    }

    /// Where a sound change goes, outside of [`from_set`](Self::from_set).
    fn place_of(&self, index: usize, outcome: &mut Ingested) -> Place {
        let node = self.graph.node(index);
        let follows = |place| {
            node.deps
                .iter()
                .any(|dep| self.graph.node(*dep).place == place)
        };
        if self.graph.has_rival(index) {
            outcome.rebuild = true;
            Place::Unsettled
        } else if follows(Place::Aside) {
            Place::Aside
        } else if follows(Place::Unsettled) {
            Place::Unsettled
        } else if self.read_only.is_some() || follows(Place::Withheld) {
            Place::Withheld
        } else {
            Place::Applied
        }
    }

    /// Applies sound changes. Where the library fails all the same, those before the first it fails at stay, and the
    /// document takes nothing more.
    fn take_in(&mut self, mut chosen: Vec<Judged>, outcome: &mut Ingested) {
        chosen.sort_by_key(|one| {
            (
                self.graph.node(one.index).start_op,
                self.graph.node(one.index).hash,
            )
        });
        if chosen.is_empty() {
            return;
        }
        let good = self.apply_first(&chosen);
        for bad in chosen.drain(good..) {
            self.read_only
                .get_or_insert(self.graph.node(bad.index).hash);
            self.graph.set_place(bad.index, Place::Withheld);
        }
        for one in chosen {
            outcome.applied.push(self.graph.node(one.index).hash);
            self.count_in(one.index, one.facts);
        }
    }

    /// Applies all, or those before the first that the library fails at. Tells how many.
    fn apply_first(&mut self, chosen: &[Judged]) -> usize {
        if self.try_apply(chosen) {
            return chosen.len();
        }
        let (mut good, mut bad) = (0, chosen.len());
        while good + 1 < bad {
            let middle = usize::midpoint(good, bad);
            if self.try_apply(&chosen[good..middle]) {
                good = middle
            } else {
                bad = middle
            }
        }
        good
    }

    /// Applies changes, or none of them where the library fails in whatever way.
    fn try_apply(&mut self, chosen: &[Judged]) -> bool {
        #[cfg(test)]
        if chosen
            .iter()
            .any(|one| Some(self.graph.node(one.index).hash) == self.fails_at)
        {
            return false;
        }
        let heads = self.heads_with(chosen.iter().map(|one| one.index));
        let applied = self
            .make_anew(chosen)
            .map(|told| (told.text, Some(told.splices)))
            .or_else(|| self.apply_all(chosen, &heads));
        let Some((text, splices)) = applied else {
            return false;
        };
        self.late.add(&self.heads, splices);
        self.text = text;
        self.heads = heads;
        true
    }

    /// The short way, where each change follows all that is here by then.
    fn make_anew(&mut self, chosen: &[Judged]) -> Option<Told> {
        if chosen.len() > REMADE_CHANGES_MAX || !self.follow_all(chosen) {
            return None;
        }
        // Read before anything is touched, since some say too much for this way.
        let read = || chosen.iter().map(|one| steps_of(&one.change)).collect();
        let steps: Vec<Vec<Step>> = catch_unwind(AssertUnwindSafe(read)).ok().flatten()?;
        let mut told = Told {
            text: self.text.clone(),
            splices: Vec::new(),
        };
        let made = self.library.attempt(|library| {
            for (one, steps) in chosen.iter().zip(steps) {
                told = remake(library, told, &one.change, steps).ok_or(Refusal::Undecodable)?;
            }
            Ok((told, changes_of(chosen)))
        });
        #[cfg(test)]
        if made.is_ok() {
            self.remade += chosen.len();
        }
        made.ok()
    }

    /// Whether each change follows all that is here by then.
    fn follow_all(&self, chosen: &[Judged]) -> bool {
        let mut heads = self.heads.clone();
        chosen.iter().all(|one| {
            let node = self.graph.node(one.index);
            let deps = node.deps.iter().map(|dep| self.graph.node(*dep).hash);
            // It may follow its author's own last change besides.
            let follows = heads.is_subset(&deps.collect());
            heads = [node.hash].into();
            follows
        })
    }

    /// The long way: one walk through the text for all of them. Gives the text and what was done to it, where that is known.
    fn apply_all(
        &mut self,
        chosen: &[Judged],
        heads: &BTreeSet<ChangeHash>,
    ) -> Option<(String, Option<Vec<Edit>>)> {
        let Self { library, text, .. } = self;
        let applied = library.attempt(|library| {
            let changes = changes_of(chosen);
            let is_told = changes.len() <= TOLD_CHANGES_MAX;
            let mut log = if is_told {
                PatchLog::active()
            } else {
                PatchLog::inactive()
            };
            let fails = |_| Refusal::Undecodable;
            library
                .apply_changes_log_patches(changes.clone(), &mut log)
                .map_err(fails)?;
            let stands = library.get_heads().into_iter();
            if stands
                .map(|head| ChangeHash(head.0))
                .collect::<BTreeSet<_>>()
                != *heads
            {
                return Err(Refusal::Undecodable);
            }
            let told = is_told.then(|| told(library, &mut log, text)).flatten();
            let (after, splices) = match told {
                Some(Told { text, splices }) => (text, Some(splices)),
                None => (library.text(base::body()).map_err(fails)?, None),
            };
            Ok(((after, splices), changes))
        });
        applied.ok()
    }

    /// The heads once these changes are applied, each after what it follows.
    pub(super) fn heads_with(&self, indices: impl Iterator<Item = usize>) -> BTreeSet<ChangeHash> {
        let mut heads = self.heads.clone();
        for index in indices {
            let node = self.graph.node(index);
            for dep in &node.deps {
                heads.remove(&self.graph.node(*dep).hash);
            }
            heads.insert(node.hash);
        }
        heads
    }

    /// Notes who wrote an applied change, and files the facts that it states.
    pub(super) fn count_in(&mut self, index: usize, facts: Vec<FactEntry>) {
        let node = self.graph.node(index);
        if node.is_edit() {
            let last = self.writers.entry(node.actor).or_insert(node.at_ms);
            *last = (*last).max(node.at_ms);
        }
        let insertion = Insertion {
            actor: node.actor,
            change: node.hash,
        };
        for fact in facts {
            let entry = self.facts.entry(fact.id).or_insert(fact);
            if let Err(at) = entry.inserted.binary_search(&insertion) {
                entry.inserted.insert(at, insertion);
            }
        }
    }

    fn pending_among(&self, offered: &BTreeSet<ChangeHash>) -> Vec<Pending> {
        let mut pending = self.pending();
        pending.retain(|one| offered.contains(&one.hash));
        pending
    }
}

fn changes_of(chosen: &[Judged]) -> Vec<Change> {
    chosen.iter().map(|one| one.change.clone()).collect()
}

/// The waiting changes, by what they wait for.
struct Queue {
    /// Those that wait for nothing more, or follow a refused one.
    ready: Vec<ChangeHash>,
    missing: BTreeMap<ChangeHash, usize>,
    followers: BTreeMap<ChangeHash, Vec<ChangeHash>>,
}

impl Queue {
    fn new(document: &Document) -> Self {
        let mut queue = Self {
            ready: Vec::new(),
            missing: BTreeMap::new(),
            followers: BTreeMap::new(),
        };
        for (hash, change) in &document.waiting {
            let deps = &change.outside.deps;
            let missing: Vec<&ChangeHash> = deps
                .iter()
                .filter(|dep| document.graph.find(dep).is_none())
                .collect();
            if missing.is_empty() || missing.iter().any(|dep| document.refused.contains_key(dep)) {
                queue.ready.push(*hash);
            }
            queue.missing.insert(*hash, missing.len());
            for dep in missing {
                queue.followers.entry(*dep).or_default().push(*hash);
            }
        }
        queue
    }

    fn arrived(&mut self, hash: &ChangeHash) {
        for follower in self.followers.remove(hash).unwrap_or_default() {
            if let Some(missing) = self.missing.get_mut(&follower) {
                *missing -= 1;
                if *missing == 0 {
                    self.ready.push(follower);
                }
            }
        }
    }

    /// Its followers need wait no longer: they are refused too.
    fn refused(&mut self, hash: &ChangeHash) {
        self.ready
            .extend(self.followers.remove(hash).unwrap_or_default());
    }
}
