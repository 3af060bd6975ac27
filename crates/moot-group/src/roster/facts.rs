//! The events that count, sorted by what they are about, and the questions of who is what in a given past.
//!
//! Owns the rules that need a past: who a device belongs to, whether it is live, which sealing keys it uses. Never decides
//! whether an event counts.

use std::collections::{BTreeMap, BTreeSet};

use moot_log::{DevicePk, EntryId};

use super::PersonId;
use super::event::{CutRow, InviteCreate};
use super::past::Past;
use crate::invite::InvitePk;
use crate::kem::KemPk;
use crate::request::RequestId;

/// How a device came onto the roster.
#[derive(Debug, Clone)]
pub(super) struct Intro {
    pub(super) index: usize,
    pub(super) id: EntryId,
    /// None for the founder's device.
    pub(super) request: Option<RequestId>,
    pub(super) person: PersonId,
    pub(super) by: DevicePk,
    /// The person's name; empty when linked.
    pub(super) name: String,
    pub(super) device_name: String,
}

/// A sealing key of a device.
#[derive(Debug, Clone)]
pub(super) struct KemFact {
    pub(super) index: usize,
    pub(super) kem: KemPk,
    pub(super) source: KemSource,
}

/// Where a sealing key comes from. Only a device's own later word replaces one.
#[derive(Debug, Clone)]
pub(super) enum KemSource {
    /// The genesis or a granted request; several grants of one request bring one key.
    Request,
    /// The device announced it, knowing this.
    Own { past: Past },
}

/// A retirement.
#[derive(Debug, Clone)]
pub(super) struct RetireFact {
    pub(super) index: usize,
    pub(super) cut: Vec<CutRow>,
}

/// An invite as it was published.
#[derive(Debug, Clone)]
pub(super) struct CreateFact {
    pub(super) index: usize,
    pub(super) person: PersonId,
    pub(super) create: InviteCreate,
}

/// What is known of an invite.
#[derive(Debug, Clone, Default)]
pub(super) struct InviteFacts {
    pub(super) creates: Vec<CreateFact>,
    pub(super) revokes: Vec<usize>,
    pub(super) granted: BTreeSet<RequestId>,
}

/// The events that count, by what they are about.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) intros: BTreeMap<DevicePk, Vec<Intro>>,
    pub(super) kems: BTreeMap<DevicePk, Vec<KemFact>>,
    pub(super) retires: BTreeMap<DevicePk, Vec<RetireFact>>,
    pub(super) leaves: BTreeMap<PersonId, Vec<usize>>,
    pub(super) invites: BTreeMap<InvitePk, InviteFacts>,
    /// The latest in each of a device's logs.
    pub(super) addresses: BTreeMap<DevicePk, BTreeSet<EntryId>>,
    /// The latest in each of a device's logs.
    pub(super) names: BTreeMap<DevicePk, BTreeSet<EntryId>>,
}

impl Facts {
    /// Where a device came onto the roster more than once, which takes two requests that it signed and nobody who granted one
    /// knew of the other, the smallest request counts: the same one for everybody.
    pub(super) fn intro(&self, device: &DevicePk, past: &Past) -> Option<&Intro> {
        self.intros
            .get(device)?
            .iter()
            .filter(|intro| past.contains(intro.index))
            .min_by_key(|intro| (intro.request, intro.id))
    }

    pub(super) fn person(&self, device: &DevicePk, past: &Past) -> Option<PersonId> {
        self.intro(device, past).map(|intro| intro.person)
    }

    pub(super) fn is_retired(&self, device: &DevicePk, past: &Past) -> bool {
        self.retires
            .get(device)
            .is_some_and(|facts| facts.iter().any(|fact| past.contains(fact.index)))
    }

    pub(super) fn has_left(&self, person: &PersonId, past: &Past) -> bool {
        self.leaves
            .get(person)
            .is_some_and(|facts| facts.iter().any(|index| past.contains(*index)))
    }

    pub(super) fn is_live(&self, device: &DevicePk, past: &Past) -> bool {
        self.person(device, past)
            .is_some_and(|person| !self.has_left(&person, past) && !self.is_retired(device, past))
    }

    /// The sealing keys of a device that no later one replaces: more than one where two incarnations each announced theirs.
    pub(super) fn current_kems(&self, device: &DevicePk, past: &Past) -> BTreeSet<KemPk> {
        let known: Vec<&KemFact> = self
            .kems
            .get(device)
            .into_iter()
            .flatten()
            .filter(|fact| past.contains(fact.index))
            .collect();
        known
            .iter()
            .filter(|fact| !known.iter().any(|later| later.replaces(fact, &known)))
            .map(|fact| fact.kem)
            .collect()
    }
}

impl KemFact {
    fn replaces(&self, fact: &Self, known: &[&Self]) -> bool {
        let KemSource::Own { past } = &self.source else {
            return false;
        };
        if past.contains(fact.index) {
            return true;
        }
        // The key of a request is replaced by whoever knew any grant of it.
        matches!(fact.source, KemSource::Request)
            && known.iter().any(|same| {
                matches!(same.source, KemSource::Request)
                    && same.kem == fact.kem
                    && past.contains(same.index)
            })
    }
}
