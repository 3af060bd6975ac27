//! The epoch keys that a device holds, who else can open them, and which one it writes with.
//!
//! Owns the write rule, what is owed to whom, and when an entry waits for everybody. Everything is a function of the keys held,
//! the keyboxes seen and a roster; what is remembered beside them is only work already done. Never stores a key.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{DevicePk, EntryId, KeyId, NotebookId};

use crate::epoch::EpochKey;
use crate::kem::{HINT_BYTES, KemPk, KemSecret, Wrap, hint};
use crate::keybox::Keybox;
use crate::limits::SUPERSEDES_MAX;
use crate::roster::{Device, Roster};

/// What to seal the next body with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteKey {
    /// This key.
    Use(KeyId),
    /// A new one, to be published first for [`Roster::live_kems`], in place of these.
    Rekey {
        /// The keys that the new one replaces.
        supersedes: BTreeSet<KeyId>,
    },
}

/// A key that live devices lack. Whoever sees it may publish a keybox for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The key.
    pub key_id: KeyId,
    /// Where to wrap it: the sealing keys in use on the devices that lack it.
    pub kems: BTreeSet<KemPk>,
}

/// The epoch keys of one notebook, as one device knows them.
#[derive(Clone)]
pub struct Keys {
    notebook: NotebookId,
    held: BTreeMap<KeyId, Held>,
    boxes: BTreeMap<KeyId, Boxes>,
}

/// A key that is held, and which of its wraps have been made again and found to be real.
#[derive(Clone)]
struct Held {
    key: EpochKey,
    hints: BTreeMap<KemPk, [u8; HINT_BYTES]>,
    real: BTreeMap<KemPk, Wrap>,
}

/// All that keyboxes said about one key.
#[derive(Clone, Default)]
struct Boxes {
    wraps: BTreeMap<[u8; HINT_BYTES], BTreeSet<Wrap>>,
    supersedes: BTreeSet<KeyId>,
    tried: BTreeSet<(KemPk, Wrap)>,
}

impl Keys {
    /// Begins with nothing held and nothing seen.
    pub fn new(notebook: NotebookId) -> Self {
        Self {
            notebook,
            held: BTreeMap::new(),
            boxes: BTreeMap::new(),
        }
    }

    /// Takes up a key that was made here, kept, or opened from a keybox.
    pub fn add_key(&mut self, key: EpochKey) -> KeyId {
        let id = key.id();
        self.held.entry(id).or_insert_with(|| Held {
            key,
            hints: BTreeMap::new(),
            real: BTreeMap::new(),
        });
        id
    }

    /// Takes up a keybox from an entry, or one's own. It need not be judged first: a wrap that is not real is told from one that is,
    /// and what a keybox replaces counts between eligible keys alone. A spoiled one costs the group a new key, no more.
    pub fn add_keybox(&mut self, keybox: &Keybox) {
        let boxes = self.boxes.entry(keybox.key_id).or_default();
        boxes.supersedes.extend(&keybox.supersedes);
        for wrap in &keybox.wraps {
            boxes.wraps.entry(wrap.hint()).or_default().insert(*wrap);
        }
    }

    /// A key that is held.
    pub fn get(&self, id: &KeyId) -> Option<&EpochKey> {
        self.held.get(id).map(|held| &held.key)
    }

    /// The ids of the keys that are held.
    pub fn held(&self) -> impl Iterator<Item = KeyId> {
        self.held.keys().copied()
    }

    /// Tries the device's secrets on the keyboxes of keys that are not held; nothing is tried twice. The keys that opened are
    /// held from now on, and are the caller's to store.
    pub fn open_with<'a>(
        &mut self,
        secrets: impl IntoIterator<Item = &'a KemSecret>,
    ) -> Vec<KeyId> {
        let secrets: Vec<(KemPk, &KemSecret)> = secrets
            .into_iter()
            .map(|secret| (secret.public(), secret))
            .collect();
        let notebook = self.notebook;
        let opened: Vec<EpochKey> = self
            .boxes
            .iter_mut()
            .filter(|(id, _)| !self.held.contains_key(id))
            .filter_map(|(id, boxes)| boxes.open_with(&notebook, id, &secrets))
            .collect();
        opened.into_iter().map(|key| self.add_key(key)).collect()
    }

    /// Those of the candidates to whom a key is validly wrapped. Nobody for a key that is not held: only a holder can tell.
    pub fn recipients(&mut self, id: &KeyId, candidates: &BTreeSet<KemPk>) -> BTreeSet<KemPk> {
        let (Some(held), Some(boxes)) = (self.held.get_mut(id), self.boxes.get(id)) else {
            return BTreeSet::new();
        };
        let real = |kem: &&KemPk| held.is_wrapped_to(&self.notebook, boxes, kem);
        candidates.iter().filter(real).copied().collect()
    }

    /// Whether a keybox has a wrap that is for none of the candidates: it may be for somebody else, or spoiled.
    pub fn has_unexplained_wrap(&mut self, id: &KeyId, candidates: &BTreeSet<KemPk>) -> bool {
        let recipients = self.recipients(id, candidates);
        let (Some(held), Some(boxes)) = (self.held.get(id), self.boxes.get(id)) else {
            return false;
        };
        let real: BTreeSet<&Wrap> = recipients
            .iter()
            .filter_map(|kem| held.real.get(kem))
            .collect();
        boxes
            .wraps
            .values()
            .flatten()
            .any(|wrap| !real.contains(wrap))
    }

    /// The write rule. A key is eligible when those who can open it are exactly the sealing keys in use on live devices; of the
    /// eligible ones that no other eligible one replaces the smallest id is used, so that all writers come to the same. Fill
    /// [`Keys::gaps`] first: a grant is cheaper than a new key.
    pub fn choose(&mut self, roster: &Roster) -> WriteKey {
        let live = roster.live_kems();
        let ids: Vec<KeyId> = self.held.keys().copied().collect();
        let eligible: BTreeSet<KeyId> = ids
            .into_iter()
            .filter(|id| self.is_eligible(id, &live))
            .collect();
        match self.unreplaced(&eligible).first() {
            Some(id) => WriteKey::Use(*id),
            None => WriteKey::Rekey {
                supersedes: self.to_replace(),
            },
        }
    }

    /// The keys that a rekeying on demand or by age replaces: those held that no other one held replaces.
    pub fn to_replace(&self) -> BTreeSet<KeyId> {
        let held: BTreeSet<KeyId> = self.held.keys().copied().collect();
        self.unreplaced(&held)
            .into_iter()
            .take(SUPERSEDES_MAX)
            .collect()
    }

    /// The keys that live devices lack. Everyone gets every key: whoever is let in reads what was written before, and after two
    /// halves met both read the other's.
    pub fn gaps(&mut self, roster: &Roster) -> Vec<Gap> {
        let ids: Vec<KeyId> = self.held.keys().copied().collect();
        let lacking = |keys: &mut Self, id: &KeyId| {
            let lacks = |device: &&Device| !keys.reaches(id, device);
            roster
                .live_devices()
                .filter(lacks)
                .flat_map(|device| device.kems.clone())
                .collect()
        };
        ids.into_iter()
            .map(|key_id| Gap {
                key_id,
                kems: lacking(self, &key_id),
            })
            .filter(|gap| !gap.kems.is_empty())
            .collect()
    }

    /// Whether an entry sealed under the key by somebody who knew these heads may be acted on: every device that was live for
    /// its author, and has not been retired since, can open it. Else it waits for everybody until a grant completes it, so that
    /// nobody can hide what they do from some. `None` where a head is pending.
    pub fn is_open_to_all(
        &mut self,
        id: &KeyId,
        heads: &BTreeSet<EntryId>,
        roster: &Roster,
    ) -> Option<bool> {
        let live = roster.live_at(heads)?;
        let reached = |device: &DevicePk| {
            roster
                .device(device)
                .is_none_or(|device| !roster.is_live(&device.id) || self.reaches(id, device))
        };
        Some(live.iter().all(reached))
    }

    fn reaches(&mut self, id: &KeyId, device: &Device) -> bool {
        let (Some(held), Some(boxes)) = (self.held.get_mut(id), self.boxes.get(id)) else {
            return false;
        };
        device
            .kems_ever
            .iter()
            .any(|kem| held.is_wrapped_to(&self.notebook, boxes, kem))
    }

    /// Whether each of the live sealing keys has its wrap and there is no wrap besides. Counting comes first: it tells most keys
    /// that are not eligible without making a wrap.
    fn is_eligible(&mut self, id: &KeyId, live: &BTreeSet<KemPk>) -> bool {
        let Some(boxes) = self.boxes.get(id) else {
            return false;
        };
        let wraps: usize = boxes.wraps.values().map(BTreeSet::len).sum();
        !live.is_empty() && wraps == live.len() && self.recipients(id, live).len() == wraps
    }

    /// Those of the keys that none of them replaces, except in a circle. Never empty where there is a key.
    fn unreplaced(&self, keys: &BTreeSet<KeyId>) -> BTreeSet<KeyId> {
        let replaced: BTreeMap<KeyId, BTreeSet<KeyId>> = keys
            .iter()
            .map(|id| (*id, self.replaced_by(id, keys)))
            .collect();
        let stands = |id: &&KeyId| {
            keys.iter()
                .all(|other| !replaced[other].contains(id) || replaced[id].contains(other))
        };
        keys.iter().filter(stands).copied().collect()
    }

    /// All of the keys that one of them replaces, directly or by way of others of them.
    fn replaced_by(&self, id: &KeyId, keys: &BTreeSet<KeyId>) -> BTreeSet<KeyId> {
        let mut found = BTreeSet::new();
        let mut open = vec![*id];
        while let Some(id) = open.pop() {
            let named = self
                .boxes
                .get(&id)
                .into_iter()
                .flat_map(|boxes| &boxes.supersedes);
            open.extend(named.filter(|id| keys.contains(id) && found.insert(**id)));
        }
        found
    }
}

impl Held {
    fn hint(&mut self, kem: &KemPk) -> [u8; HINT_BYTES] {
        *self
            .hints
            .entry(*kem)
            .or_insert_with(|| hint(&self.key, kem))
    }

    /// Makes the wrap again where a wrap with its hint was seen, and remembers it where it is the same.
    fn is_wrapped_to(&mut self, notebook: &NotebookId, boxes: &Boxes, kem: &KemPk) -> bool {
        if self.real.contains_key(kem) {
            return true;
        }
        let Some(seen) = boxes.wraps.get(&self.hint(kem)) else {
            return false;
        };
        match Wrap::make(notebook, &self.key, kem).filter(|wrap| seen.contains(wrap)) {
            Some(wrap) => self.real.insert(*kem, wrap).is_none(),
            None => false,
        }
    }
}

impl Boxes {
    fn open_with(
        &mut self,
        notebook: &NotebookId,
        id: &KeyId,
        secrets: &[(KemPk, &KemSecret)],
    ) -> Option<EpochKey> {
        for wrap in self.wraps.values().flatten() {
            for (kem, secret) in secrets {
                if !self.tried.insert((*kem, *wrap)) {
                    continue;
                }
                if let Some(key) = wrap.open(notebook, id, secret) {
                    return Some(key);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests;
