//! How changes come into a document: judged by themselves, then by their past, then applied to a copy.
//!
//! Owns the order of those steps and what each refused, waiting or put-aside change is told. A change's fate is a
//! function of the set that has come, never of the order.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use automerge::{Automerge, Change, PatchLog, ReadDoc};

use super::remake::{Remade, Standing, remake, said, told};
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

/// What applying some changes to a copy of the document gave.
struct Applied {
    library: Automerge,
    text: String,
    heads: BTreeSet<ChangeHash>,
    /// What that did to the text, where it is known.
    splices: Option<Vec<Edit>>,
    #[cfg(test)]
    remade: usize,
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
        let mut good = chosen.len();
        let mut applied = self.try_apply(&chosen);
        if applied.is_none() {
            good = self.longest_good(&chosen);
            applied = self.try_apply(&chosen[..good]);
            self.read_only = chosen.get(good).map(|bad| self.graph.node(bad.index).hash);
        }
        let withheld = if applied.is_some() {
            chosen.split_off(good)
        } else {
            std::mem::take(&mut chosen)
        };
        for one in withheld {
            self.graph.set_place(one.index, Place::Withheld);
        }
        if let Some(applied) = applied {
            self.late.add(&self.heads, applied.splices);
            self.library = applied.library;
            self.text = applied.text;
            #[cfg(test)]
            {
                self.remade += applied.remade;
            }
            self.heads = applied.heads;
        }
        for one in chosen {
            outcome.applied.push(self.graph.node(one.index).hash);
            self.add_facts(one.index, one.facts);
        }
    }

    /// How many of the first changes the library takes.
    fn longest_good(&self, chosen: &[Judged]) -> usize {
        let (mut good, mut bad) = (0, chosen.len());
        while good + 1 < bad {
            let middle = usize::midpoint(good, bad);
            if self.try_apply(&chosen[..middle]).is_some() {
                good = middle
            } else {
                bad = middle
            }
        }
        good
    }

    /// Brings changes into a copy; `None` where the library fails in whatever way.
    fn try_apply(&self, chosen: &[Judged]) -> Option<Applied> {
        #[cfg(test)]
        if chosen
            .iter()
            .any(|one| Some(self.graph.node(one.index).hash) == self.fails_at)
        {
            return None;
        }
        let made = catch_unwind(AssertUnwindSafe(|| self.make_anew(chosen)));
        if let Ok(Some(applied)) = made {
            return Some(applied);
        }
        catch_unwind(AssertUnwindSafe(|| self.apply_all(chosen)))
            .ok()
            .flatten()
    }

    /// The short way, where each change follows all that is here by then.
    fn make_anew(&self, chosen: &[Judged]) -> Option<Applied> {
        if chosen.len() > REMADE_CHANGES_MAX {
            return None;
        }
        let mut heads = self.heads.clone();
        let mut made: Option<Remade> = None;
        let mut splices = Vec::new();
        for one in chosen {
            let node = self.graph.node(one.index);
            let deps = node.deps.iter().map(|dep| self.graph.node(*dep).hash);
            // It may follow its author's own last change besides.
            if !heads.is_subset(&deps.collect()) {
                return None;
            }
            let (library, text) = made
                .as_ref()
                .map_or((&self.library, self.text.as_str()), |made| {
                    (&made.library, made.text.as_str())
                });
            let next = remake(library, text, &one.change)?;
            splices.extend(next.splices.iter().cloned());
            made = Some(next);
            heads = [node.hash].into();
        }
        let Remade { library, text, .. } = made?;
        Some(Applied {
            library,
            text,
            heads,
            splices: Some(splices),
            #[cfg(test)]
            remade: chosen.len(),
        })
    }

    /// The long way: one walk through the text for all of them.
    fn apply_all(&self, chosen: &[Judged]) -> Option<Applied> {
        let heads = self.heads_with(chosen.iter().map(|one| one.index));
        let changes: Vec<Change> = chosen.iter().map(|one| one.change.clone()).collect();
        let mut library = self.library.clone();
        library.apply_changes(changes.clone()).ok()?;
        let stands: BTreeSet<ChangeHash> = library
            .get_heads()
            .iter()
            .map(|head| ChangeHash(head.0))
            .collect();
        let text = library.text(base::body()).ok()?;
        let is_told = changes.len() <= TOLD_CHANGES_MAX && stands == heads;
        let splices = is_told.then(|| self.what_came(&library, &text, &changes));
        (stands == heads).then_some(Applied {
            library,
            text,
            heads,
            splices: splices.flatten(),
            #[cfg(test)]
            remade: 0,
        })
    }

    /// What changes did to the text: by what they say, else by what the library says, which costs another walk.
    fn what_came(&self, library: &Automerge, text: &str, changes: &[Change]) -> Option<Vec<Edit>> {
        let before = Standing {
            library: &self.library,
            text: &self.text,
        };
        said(before, Standing { library, text }, changes).or_else(|| {
            let mut log = PatchLog::active();
            let mut library = self.library.clone();
            library
                .apply_changes_log_patches(changes.to_vec(), &mut log)
                .ok()?;
            told(&library, &mut log, &self.text, text)
        })
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

    /// Files the facts that an applied change states.
    pub(super) fn add_facts(&mut self, index: usize, facts: Vec<FactEntry>) {
        let node = self.graph.node(index);
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
