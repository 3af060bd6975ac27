//! What the program asks of a roster: devices, persons, invites, sealing keys, addresses, and a digest of it all.
//!
//! Owns the answers as rows. Never changes a verdict.

use std::collections::{BTreeMap, BTreeSet};

use minicbor::Encoder;
use moot_log::{DevicePk, EntryId};

use super::event::{CutRow, DeviceAddresses, InviteCreate};
use super::facts::Facts;
use super::past::Past;
use super::{PersonId, Roster, RosterEntry, RosterEvent};
use crate::invite::{InvitePk, Purpose};
use crate::kem::KemPk;
use crate::request::JoinRequest;

const DIGEST_CONTEXT: &str = "moot 2026 roster-digest v1";

/// Whether a device takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeviceState {
    /// It does.
    Live,
    /// A device of the same person retired it.
    Retired,
    /// Its person left.
    Left,
}

/// A device that is or was on the roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// The device.
    pub id: DevicePk,
    /// Whose it is.
    pub person: PersonId,
    /// What it is called, perhaps nothing.
    pub name: String,
    /// Whether it takes part.
    pub state: DeviceState,
    /// The device that let it in; the founder's own for the first.
    pub admitted_by: DevicePk,
    /// The sealing keys in use, to all of which a key is wrapped.
    pub kems: BTreeSet<KemPk>,
    /// Every sealing key that it ever had.
    pub kems_ever: BTreeSet<KemPk>,
    /// One cut for each time that it was retired: an entry of its logs counts if every one of them keeps it.
    pub cuts: Vec<Vec<CutRow>>,
    /// Where it says it is reached, the latest first by its own clock; more than one where it has several incarnations.
    pub addresses: Vec<DeviceAddresses>,
}

/// Whether a person takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PersonState {
    /// They do.
    Joined,
    /// They left, of their own will.
    Left,
}

/// A person who is or was a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: PersonId,
    /// The name under which they came.
    pub name: String,
    /// Whether they take part. A person may take part and have no live device left.
    pub state: PersonState,
    /// Their devices.
    pub devices: BTreeSet<DevicePk>,
}

/// An invite that was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// The invite, as its maker published it; of several publications of one seed the most lasting.
    pub create: InviteCreate,
    /// Who made it.
    pub by: PersonId,
    /// Whether anybody revoked it.
    pub revoked: bool,
    /// How many different requests were granted on it; may exceed what was meant, where a group was split.
    pub uses: usize,
}

/// Why a member's device does not grant a request now. Of no meaning for what others granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InviteProblem {
    /// The request is for another notebook.
    #[error("the request is for another notebook")]
    OtherNotebook,
    /// No invite of this key is known here, perhaps not yet.
    #[error("this invite is not known here yet")]
    Unknown,
    /// The invite was for joining and the request is for linking, or the other way round.
    #[error("the invite is for something else than the request")]
    OtherPurpose,
    /// An invite to link devices that somebody else made.
    #[error("only the person who made this invite can answer it")]
    OtherPerson,
    /// Somebody revoked it.
    #[error("the invite was revoked")]
    Revoked,
    /// It is past its time by this device's clock.
    #[error("the invite has expired")]
    Expired,
    /// As many as were meant have come in on it.
    #[error("the invite has been used up")]
    UsedUp,
    /// This very request has been granted.
    #[error("the request was granted already")]
    AlreadyGranted,
    /// The device is on the roster by another request.
    #[error("the device is on the roster already")]
    DeviceKnown,
    /// Nothing may be sealed to the sealing key.
    #[error("nothing can be sealed to the key of the request")]
    UnusableKey,
}

impl Roster {
    /// Every device that is or was on the roster.
    pub fn devices(&self) -> impl Iterator<Item = &Device> {
        self.devices.values()
    }

    /// A device that is or was on the roster.
    pub fn device(&self, id: &DevicePk) -> Option<&Device> {
        self.devices.get(id)
    }

    /// The devices that take part: those that are served and get keys.
    pub fn live_devices(&self) -> impl Iterator<Item = &Device> {
        self.devices
            .values()
            .filter(|device| device.state == DeviceState::Live)
    }

    /// Whether a device takes part.
    pub fn is_live(&self, id: &DevicePk) -> bool {
        self.device(id)
            .is_some_and(|device| device.state == DeviceState::Live)
    }

    /// Everybody who is or was a member.
    pub fn persons(&self) -> impl Iterator<Item = &Person> {
        self.persons.values()
    }

    /// Somebody who is or was a member.
    pub fn person(&self, id: &PersonId) -> Option<&Person> {
        self.persons.get(id)
    }

    /// Whose device it is or was.
    pub fn person_of(&self, device: &DevicePk) -> Option<PersonId> {
        self.device(device).map(|device| device.person)
    }

    /// The sealing keys to which a new epoch key is wrapped: those in use on live devices.
    pub fn live_kems(&self) -> BTreeSet<KemPk> {
        self.live_devices()
            .flat_map(|device| device.kems.iter().copied())
            .collect()
    }

    /// The devices that were live for somebody who knew these heads; `None` where one of the heads is pending or unknown.
    pub fn live_at(&self, heads: &BTreeSet<EntryId>) -> Option<BTreeSet<DevicePk>> {
        let past = self.past_of(heads)?;
        let live = |device: &&DevicePk| self.facts.is_live(device, &past);
        Some(self.devices.keys().filter(live).copied().collect())
    }

    /// Whether a device was live for somebody who knew these heads; `None` where one of the heads is pending or unknown. An
    /// entry whose author knew that its device was retired, or that its person had left, is not to be applied.
    pub fn was_live(&self, device: &DevicePk, heads: &BTreeSet<EntryId>) -> Option<bool> {
        Some(self.facts.is_live(device, &self.past_of(heads)?))
    }

    /// Every invite that was published.
    pub fn invites(&self) -> impl Iterator<Item = &Invite> {
        self.invites.values()
    }

    /// An invite that was published.
    pub fn invite(&self, id: &InvitePk) -> Option<&Invite> {
        self.invites.get(id)
    }

    /// Whether the device `by` grants a request now. For whoever is asked, never for judging what others granted.
    ///
    /// # Errors
    /// Every variant of [`InviteProblem`].
    pub fn check_request(
        &self,
        request: &JoinRequest,
        by: &DevicePk,
        now_ms: i64,
    ) -> Result<(), InviteProblem> {
        if request.notebook() != self.notebook {
            return Err(InviteProblem::OtherNotebook);
        }
        let invite = self
            .invite(&request.invite())
            .ok_or(InviteProblem::Unknown)?;
        if self.facts.invites[&request.invite()]
            .granted
            .contains(&request.id())
        {
            return Err(InviteProblem::AlreadyGranted);
        }
        if invite.create.purpose != request.purpose() {
            return Err(InviteProblem::OtherPurpose);
        }
        if request.purpose() == Purpose::Link && self.person_of(by) != Some(invite.by) {
            return Err(InviteProblem::OtherPerson);
        }
        if self.devices.contains_key(&request.device()) {
            return Err(InviteProblem::DeviceKnown);
        }
        if !request.applicant().kem.is_usable() {
            return Err(InviteProblem::UnusableKey);
        }
        invite.standing(now_ms)
    }

    /// A hash of everything that the roster says, equal on every device that has the same events.
    pub fn digest(&self) -> [u8; 32] {
        let rows = self.write_rows().expect("a vector takes every write");
        blake3::derive_key(DIGEST_CONTEXT, &rows)
    }

    fn past_of(&self, heads: &BTreeSet<EntryId>) -> Option<Past> {
        let mut past = Past::default();
        for head in heads {
            past.extend(self.pasts.get(head)?);
        }
        Some(past)
    }

    fn write_rows(&self) -> Result<Vec<u8>, minicbor::encode::Error<std::convert::Infallible>> {
        let mut e = Encoder::new(Vec::new());
        e.array(5)?.encode(self.notebook)?;
        e.array(self.heads.len() as u64)?;
        for head in &self.heads {
            e.encode(head)?;
        }
        e.array(self.persons.len() as u64)?;
        for person in self.persons.values() {
            e.array(3)?
                .encode(person.id)?
                .str(&person.name)?
                .u8(person.state as u8)?;
        }
        e.array(self.devices.len() as u64)?;
        for device in self.devices.values() {
            device.write_row(&mut e)?;
        }
        e.array(self.invites.len() as u64)?;
        for invite in self.invites.values() {
            e.array(4)?
                .encode(invite.create.invite)?
                .encode(invite.by)?;
            e.bool(invite.revoked)?.u64(invite.uses as u64)?;
        }
        Ok(e.into_writer())
    }
}

impl Device {
    fn write_row(
        &self,
        e: &mut Encoder<Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        e.array(6)?.encode(self.id)?.encode(self.person)?;
        e.str(&self.name)?.u8(self.state as u8)?;
        e.array(self.kems.len() as u64)?;
        for kem in &self.kems {
            e.encode(kem)?;
        }
        e.array(self.cuts.len() as u64)?;
        for cut in &self.cuts {
            e.array(cut.len() as u64)?;
            for row in cut {
                e.array(3)?.encode(row.log)?.u64(row.len)?.encode(row.tip)?;
            }
        }
        Ok(())
    }
}

impl Invite {
    /// Whether the invite is open at a time: not revoked, not expired, not used up.
    ///
    /// # Errors
    /// [`InviteProblem::Revoked`], [`InviteProblem::Expired`] and [`InviteProblem::UsedUp`].
    pub fn standing(&self, now_ms: i64) -> Result<(), InviteProblem> {
        if self.revoked {
            Err(InviteProblem::Revoked)
        } else if now_ms >= self.create.expires_at_ms {
            Err(InviteProblem::Expired)
        } else if self.uses >= self.create.uses_max as usize {
            Err(InviteProblem::UsedUp)
        } else {
            Ok(())
        }
    }
}

type Events = BTreeMap<EntryId, RosterEntry>;

pub(super) fn devices(facts: &Facts, now: &Past, events: &Events) -> BTreeMap<DevicePk, Device> {
    let row = |id: &DevicePk| Some((*id, device(facts, now, events, id)?));
    facts.intros.keys().filter_map(row).collect()
}

fn device(facts: &Facts, now: &Past, events: &Events, id: &DevicePk) -> Option<Device> {
    let intro = facts.intro(id, now)?;
    let state = if facts.has_left(&intro.person, now) {
        DeviceState::Left
    } else if facts.is_retired(id, now) {
        DeviceState::Retired
    } else {
        DeviceState::Live
    };
    let mut cuts: Vec<Vec<CutRow>> = facts
        .retires
        .get(id)
        .into_iter()
        .flatten()
        .map(|fact| {
            let mut cut = fact.cut.clone();
            cut.sort();
            cut
        })
        .collect();
    cuts.sort();
    Some(Device {
        id: *id,
        person: intro.person,
        name: said_name(facts, events, id).unwrap_or_else(|| intro.device_name.clone()),
        state,
        admitted_by: intro.by,
        kems: facts.current_kems(id, now),
        kems_ever: facts
            .kems
            .get(id)
            .into_iter()
            .flatten()
            .map(|fact| fact.kem)
            .collect(),
        cuts,
        addresses: said_addresses(facts, events, id),
    })
}

/// Two incarnations may each have named the device; one of the names is taken, the same everywhere.
fn said_name(facts: &Facts, events: &Events, id: &DevicePk) -> Option<String> {
    match &events.get(facts.names.get(id)?.last()?)?.event {
        RosterEvent::DeviceName(name) => Some(name.clone()),
        _ => None,
    }
}

fn said_addresses(facts: &Facts, events: &Events, id: &DevicePk) -> Vec<DeviceAddresses> {
    let latest = facts.addresses.get(id).into_iter().flatten();
    let mut said: Vec<DeviceAddresses> = latest
        .filter_map(|id| match &events.get(id)?.event {
            RosterEvent::DeviceAddresses(said) => Some(said.clone()),
            _ => None,
        })
        .collect();
    said.sort_by_key(|said| std::cmp::Reverse(said.at_ms));
    said
}

pub(super) fn persons(
    facts: &Facts,
    devices: &BTreeMap<DevicePk, Device>,
    now: &Past,
) -> BTreeMap<PersonId, Person> {
    let mut persons: BTreeMap<PersonId, Person> = BTreeMap::new();
    for device in devices.values() {
        let id = device.person;
        let person = persons.entry(id).or_insert_with(|| Person {
            id,
            name: facts
                .intro(&id.0, now)
                .map_or_else(String::new, |intro| intro.name.clone()),
            state: if facts.has_left(&id, now) {
                PersonState::Left
            } else {
                PersonState::Joined
            },
            devices: BTreeSet::new(),
        });
        person.devices.insert(device.id);
    }
    persons
}

pub(super) fn invites(facts: &Facts) -> BTreeMap<InvitePk, Invite> {
    facts
        .invites
        .iter()
        .filter_map(|(id, facts)| {
            let last = facts.creates.iter().max_by_key(|fact| {
                (
                    fact.create.expires_at_ms,
                    fact.create.uses_max,
                    fact.create.device(),
                )
            })?;
            let invite = Invite {
                create: last.create.clone(),
                by: last.person,
                revoked: !facts.revokes.is_empty(),
                uses: facts.granted.len(),
            };
            Some((*id, invite))
        })
        .collect()
}
