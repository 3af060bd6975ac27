//! The cut into chains is a function of the set: every order of arrival ends with the same chains.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::entry::{Draft, Entry, Kind};
use crate::ids::KeyId;
use ed25519_dalek::SigningKey;

/// A store of places only.
#[derive(Default)]
struct Places {
    chains: Chains,
    at: BTreeMap<EntryId, (ChainId, u64)>,
}

impl Locate for BTreeMap<EntryId, (ChainId, u64)> {
    fn locate(&self, id: &EntryId) -> Option<(ChainId, u64)> {
        self.get(id).copied()
    }

    fn entry_at(&self, chain: &ChainId, seq: u64) -> Option<EntryId> {
        self.iter()
            .find(|(_, place)| **place == (*chain, seq))
            .map(|(id, _)| *id)
    }
}

impl Places {
    fn put(&mut self, entry: &Entry) -> Placement {
        let placement = self.chains.place(entry.header(), entry.id(), &self.at);
        let chain = match &placement {
            Placement::Gap => return placement,
            Placement::Appended(chain) => *chain,
            Placement::Branched { chain, cut } => {
                if let Some(cut) = cut {
                    for place in self.at.values_mut() {
                        if place.0 == cut.from && place.1 >= cut.first_seq {
                            place.0 = cut.to;
                        }
                    }
                }
                *chain
            }
        };
        self.at.insert(entry.id(), (chain, entry.header().seq));
        placement
    }

    /// Puts entries again and again until none is waiting for what is before it.
    fn put_all(&mut self, entries: &[Entry]) {
        let mut waiting: Vec<&Entry> = entries.iter().collect();
        while !waiting.is_empty() {
            let before = waiting.len();
            waiting.retain(|entry| self.put(entry) == Placement::Gap);
            assert!(waiting.len() < before, "a gap that never closes");
        }
    }
}

fn entry(log: LogId, seq: u64, prev: EntryId, salt: u8) -> Entry {
    let draft = Draft {
        kind: Kind::Sealed,
        log_id: log,
        seq,
        prev,
        key_id: KeyId([1; 32]),
    };
    Entry::sign(&draft, vec![salt], &SigningKey::from_bytes(&[7; 32])).unwrap()
}

/// A tree of entries: each number picks the parent among what is there (0 = the start of the log).
fn tree(parents: &[usize]) -> Vec<Entry> {
    let log = LogId([4; 32]);
    let mut entries: Vec<Entry> = Vec::new();
    for (n, parent) in parents.iter().enumerate() {
        let salt = u8::try_from(n).unwrap();
        let entry = match parent
            .checked_sub(1)
            .and_then(|at| entries.get(at % entries.len().max(1)))
        {
            None => entry(log, 0, EntryId(log.0), salt),
            Some(parent) => entry(log, parent.header().seq + 1, parent.id(), salt),
        };
        entries.push(entry);
    }
    entries
}

#[test]
fn a_log_without_branches_is_one_chain_with_the_logs_id() {
    let mut places = Places::default();
    places.put_all(&tree(&[0, 1, 2, 3]));
    let chains: Vec<_> = places.chains.iter().collect();
    assert_eq!(chains.len(), 1);
    assert_eq!((chains[0].id, chains[0].len), (ChainId([4; 32]), 4));
}

#[test]
fn what_follows_an_only_chain_is_next_and_what_follows_a_branching_is_not() {
    let entries = tree(&[0, 1, 2, 2]);
    let mut places = Places::default();
    for entry in &entries[..3] {
        assert!(places.chains.is_next(entry.header()));
        places.put(entry);
    }
    let beside = &entries[3];
    assert!(!places.chains.is_next(beside.header()));
    places.put(beside);
    let log = beside.header().log_id;
    let third = entry(log, 2, entries[1].id(), 9);
    assert!(
        !places.chains.is_next(third.header()),
        "both branches continue it"
    );
    assert!(
        !places
            .chains
            .is_next(entry(log, 9, EntryId([3; 32]), 9).header())
    );
}

#[test]
fn a_branch_keeps_the_common_part_and_names_both_runs_after_it() {
    let mut places = Places::default();
    let entries = tree(&[0, 1, 2, 2]);
    places.put_all(&entries);
    let root = places.chains.get(&ChainId([4; 32])).unwrap();
    assert_eq!((root.len, root.tip), (2, entries[1].id()));
    for first in [&entries[2], &entries[3]] {
        let chain = places
            .chains
            .get(&branch_id(&root.log, &first.id()))
            .unwrap();
        assert_eq!(
            (chain.parent, chain.first_seq, chain.len),
            (Some(root.id), 2, 3)
        );
    }
    assert_eq!(places.chains.entries(), 4);
}

#[test]
fn two_first_entries_leave_no_common_part() {
    let mut places = Places::default();
    let entries = tree(&[0, 0, 0]);
    places.put_all(&entries);
    assert_eq!(places.chains.get(&ChainId([4; 32])), None);
    assert_eq!(
        places
            .chains
            .iter()
            .filter(|chain| chain.parent.is_none())
            .count(),
        3
    );
}

#[test]
fn an_entry_whose_predecessor_is_missing_or_elsewhere_is_a_gap() {
    let mut places = Places::default();
    let entries = tree(&[0, 1, 2]);
    assert_eq!(places.put(&entries[2]), Placement::Gap);
    places.put_all(&entries[..2]);
    let skipping = entry(LogId([4; 32]), 5, entries[1].id(), 9);
    let foreign = entry(LogId([5; 32]), 2, entries[1].id(), 9);
    assert_eq!(places.put(&skipping), Placement::Gap);
    assert_eq!(places.put(&foreign), Placement::Gap);
}

proptest! {
    /// So nobody has to look it up.
    #[test]
    fn whatever_follows_the_end_of_its_log_is_not_held(parents in proptest::collection::vec(0usize..12, 1..12)) {
        let entries = tree(&parents);
        let mut places = Places::default();
        for entry in &entries {
            places.put(entry);
            for held in entries.iter().filter(|other| places.at.contains_key(&other.id())) {
                prop_assert!(!places.chains.is_next(held.header()));
            }
        }
    }

    #[test]
    fn any_order_of_arrival_ends_with_equal_chains(
        parents in proptest::collection::vec(0usize..12, 1..14),
        order in proptest::collection::vec(any::<u32>(), 14),
    ) {
        let entries = tree(&parents);
        let mut shuffled: Vec<(u32, Entry)> = order.iter().copied().zip(entries.iter().cloned()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Entry> = shuffled.into_iter().map(|(_, entry)| entry).collect();
        let (mut a, mut b) = (Places::default(), Places::default());
        a.put_all(&entries);
        b.put_all(&shuffled);
        prop_assert_eq!(&a.chains, &b.chains);
        prop_assert_eq!(a.at, b.at);
        prop_assert_eq!(a.chains.entries(), entries.len() as u64);
    }
}
