//! One past occasion of a role: the row that a meeting leaves for the rota. Owns what counts as one, and its bytes.

use std::collections::BTreeSet;

use crate::canon::{Canonical, bytes_of};
use crate::fact::Line;
use crate::fact::role::Part;
use crate::id::{DocId, PersonId};
use crate::meeting::{Attended, MeetingState};
use crate::rota::reading::Reading;

/// The version of the row's bytes.
const VERSION: u32 = 1;

/// Where an occasion stands among others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OccasionKey {
    /// The scheduled time, else when it was opened or begun.
    pub at_ms: i64,
    /// The meeting.
    pub meeting: DocId,
}

impl OccasionKey {
    /// Bytes that sort as the keys do: for the key of a row in a store.
    #[must_use]
    pub fn sortable(&self) -> [u8; 24] {
        let mut bytes = [0; 24];
        let shifted = self.at_ms.cast_unsigned() ^ (1 << 63);
        bytes[..8].copy_from_slice(&shifted.to_be_bytes());
        bytes[8..].copy_from_slice(self.meeting.as_bytes());
        bytes
    }
}

/// One role at one meeting, as the rota sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion {
    /// Where it stands among others.
    pub key: OccasionKey,
    /// The role, as the group writes it.
    pub role: String,
    /// Whether people gathered.
    pub took_place: bool,
    /// Who was there.
    pub present: BTreeSet<PersonId>,
    /// Who said they would come, and said nothing more.
    pub available: BTreeSet<PersonId>,
    /// Who served: they share the turn.
    pub holders: BTreeSet<PersonId>,
    /// Who was at a holder's side.
    pub shadows: BTreeSet<PersonId>,
    /// Who was asked and said no.
    pub declined: BTreeSet<PersonId>,
    /// Who was not to be asked.
    pub not_for_me: BTreeSet<PersonId>,
    /// Who said they would not come.
    pub regrets: BTreeSet<PersonId>,
}

impl Occasion {
    /// Whether it counts as one: people gathered, or somebody holds the role.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.took_place || !self.holders.is_empty()
    }

    /// Who could have served.
    #[must_use]
    pub fn willing(&self) -> BTreeSet<PersonId> {
        let out = |person: &PersonId| {
            self.not_for_me.contains(person)
                || self.declined.contains(person)
                || self.regrets.contains(person)
        };
        let there = self.present.union(&self.available).copied();
        let willing = there.filter(|person| !out(person));
        willing.chain(self.holders.iter().copied()).collect()
    }

    /// The bytes a store keeps. Equal rows give equal bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        bytes_of(&Row {
            version: VERSION,
            meeting: self.key.meeting,
            at_ms: self.key.at_ms,
            occasion: self,
        })
    }

    /// Reads what [`Self::encode`] wrote; `None` for anything else.
    #[must_use]
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut row = Reading::new(bytes);
        row.array(12)?;
        if row.number()? != VERSION {
            return None;
        }
        let meeting = DocId(row.exact()?);
        let occasion = Self {
            key: OccasionKey {
                at_ms: row.moment()?,
                meeting,
            },
            role: row.text()?,
            took_place: row.truth()?,
            present: row.persons()?,
            available: row.persons()?,
            holders: row.persons()?,
            shadows: row.persons()?,
            declined: row.persons()?,
            not_for_me: row.persons()?,
            regrets: row.persons()?,
        };
        row.is_at_end().then_some(occasion)
    }
}

/// The row as it is written: flat.
struct Row<'o> {
    version: u32,
    meeting: DocId,
    at_ms: i64,
    occasion: &'o Occasion,
}

impl Canonical for Row<'_> {
    fn write(&self, sink: &mut crate::canon::Sink<'_>) -> crate::canon::Encoded {
        let one = self.occasion;
        sink.array(12)?;
        self.version.write(sink)?;
        self.meeting.write(sink)?;
        self.at_ms.write(sink)?;
        one.role.write(sink)?;
        one.took_place.write(sink)?;
        let lists = [
            &one.present,
            &one.available,
            &one.holders,
            &one.shadows,
            &one.declined,
            &one.not_for_me,
            &one.regrets,
        ];
        lists.iter().try_for_each(|list| list.write(sink))
    }
}

/// The rows that a meeting leaves: one for each of its roles that concerns the rota, by role.
#[must_use]
pub fn occasions(meeting: DocId, state: &MeetingState) -> Vec<Occasion> {
    if state.phase() == crate::meeting::Phase::Cancelled {
        return Vec::new();
    }
    let who = |is: &dyn Fn(&Attended) -> bool| -> BTreeSet<PersonId> {
        let picked = |(person, own): (&PersonId, &Attended)| is(own).then_some(*person);
        state.attendance.iter().filter_map(picked).collect()
    };
    let key = OccasionKey {
        at_ms: state.order_ms(),
        meeting,
    };
    let took_place = !state.sittings.is_empty();
    let row = |(name, role): (&Line, &crate::state::roles::Role)| {
        let occasion = Occasion {
            key,
            role: name.as_str().to_owned(),
            took_place,
            present: who(&Attended::came),
            available: who(&|own| own.available() && !own.came()),
            holders: role.served(Part::Holder),
            shadows: role.served(Part::Shadow),
            declined: role.declined(),
            not_for_me: role.not_for_me.clone(),
            regrets: who(&Attended::regrets),
        };
        let concerns = occasion.counts() || !occasion.declined.is_empty();
        concerns.then_some(occasion)
    };
    state.roles.0.iter().filter_map(row).collect()
}

/// The digest of what a suggestion is computed from: the same on two devices that would suggest the same.
#[must_use]
pub fn occasion_digest(occasions: &[Occasion], wishes: &crate::state::Wishes) -> [u8; 32] {
    let mut sorted: Vec<&Occasion> = occasions.iter().collect();
    sorted.sort_by(|one, other| (one.key, &one.role).cmp(&(other.key, &other.role)));
    let mut hasher = blake3::Hasher::new_derive_key("moot 2026 rota basis v1");
    for occasion in sorted {
        hasher.update(&occasion.encode());
    }
    hasher.update(&bytes_of(wishes));
    *hasher.finalize().as_bytes()
}
