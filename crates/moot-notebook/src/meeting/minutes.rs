//! What was said and noted, how it was corrected, and who is not to be named. Owns what is on the record; how the
//! minutes look is `view`'s.

use std::collections::{BTreeMap, BTreeSet};

use super::MeetingState;
use crate::canon::{bytes_of, canonical};
use crate::fact::Paragraph;
use crate::fact::meeting::{Naming, Record};
use crate::id::{FactId, PersonId};
use crate::state::Slot;
use crate::state::ledger::{Ledger, Said};
use crate::state::slot::Candidates;

/// One remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The fact that makes it.
    pub id: FactId,
    /// Who made it.
    pub by: BTreeSet<PersonId>,
    /// What their clock said.
    pub at_ms: i64,
    /// How it reads: several while it was corrected apart.
    pub text: Slot<Paragraph>,
    /// Whether it is for the minutes.
    pub record: Record,
    /// In which sitting.
    pub sitting: Option<FactId>,
    /// On which item.
    pub item: Option<FactId>,
}

canonical!(Remark {
    id,
    by,
    at_ms,
    text,
    record,
    sitting,
    item
});

impl Remark {
    /// Whether it reads otherwise than when it was made.
    #[must_use]
    pub fn corrected(&self) -> bool {
        self.text.values.iter().any(|value| value.fact != self.id)
    }
}

impl MeetingState {
    /// What "the minutes were read back and agreed" is about: changes with anything that is in them.
    #[must_use]
    pub fn minutes_digest(&self) -> [u8; 32] {
        let mut bytes = bytes_of(&self.items);
        let recorded: Vec<Remark> = self
            .remarks
            .iter()
            .filter(|remark| remark.record == Record::On)
            .cloned()
            .collect();
        bytes.extend(bytes_of(&recorded));
        bytes.extend(bytes_of(&self.consents));
        bytes.extend(bytes_of(&self.actions));
        bytes.extend(bytes_of(&self.attendance));
        bytes.extend(bytes_of(&self.unnamed));
        blake3::derive_key("moot 2026 minutes v1", &bytes)
    }
}

#[derive(Debug, Default)]
pub(super) struct Gathered {
    remarks: Vec<Remark>,
    texts: BTreeMap<FactId, Candidates<Paragraph>>,
    naming: BTreeMap<PersonId, BTreeMap<FactId, Naming>>,
}

impl Gathered {
    pub(super) fn remark(&mut self, said: &Said<'_>, text: &Paragraph, remark: Remark) {
        self.correct(said, said.id, text);
        self.remarks.push(remark);
    }

    pub(super) fn correct(&mut self, said: &Said<'_>, remark: FactId, text: &Paragraph) {
        let texts = self.texts.entry(remark).or_default();
        texts.insert(said.id, said.value(text.clone()));
    }

    pub(super) fn name(&mut self, said: &Said<'_>, naming: Naming) {
        for person in &said.by {
            let own = self.naming.entry(*person).or_default();
            own.insert(said.id, naming);
        }
    }

    pub(super) fn finish(mut self, ledger: &Ledger<'_>) -> (Vec<Remark>, BTreeSet<PersonId>) {
        for remark in &mut self.remarks {
            let texts = self.texts.remove(&remark.id).unwrap_or_default();
            remark.text = ledger.slot(texts);
        }
        let leaves_out = |(person, own): (PersonId, BTreeMap<FactId, Naming>)| {
            let latest = ledger.latest(own.keys());
            let leaves_out = latest
                .iter()
                .any(|fact| own.get(fact) == Some(&Naming::LeaveOut));
            leaves_out.then_some(person)
        };
        let unnamed = self.naming.into_iter().filter_map(leaves_out).collect();
        (self.remarks, unnamed)
    }
}
