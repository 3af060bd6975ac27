//! What was done to the text of late, so that whoever shows it can follow without the whole text being compared.
//!
//! Owns the splices and the heads that each was done at. Never more than a screen misses that is looked at; what is older is
//! worked out from the characters.

use std::collections::{BTreeSet, VecDeque};

use crate::id::ChangeHash;
use crate::limits::{LATE_BYTES_MAX, LATE_STEPS_MAX};
use crate::outcome::Edit;

/// The last steps of a text, each from some heads to the next.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    steps: VecDeque<Step>,
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Step {
    /// The heads before it.
    from: BTreeSet<ChangeHash>,
    /// Each counts in the text as those before it left it.
    splices: Vec<Edit>,
}

impl Late {
    /// Takes note of a step; where nobody knows what it did to the text, all before it is forgotten.
    pub(super) fn add(&mut self, from: &BTreeSet<ChangeHash>, splices: Option<Vec<Edit>>) {
        let Some(splices) = splices else {
            *self = Self::default();
            return;
        };
        self.bytes += bytes_of(&splices);
        let from = from.clone();
        self.steps.push_back(Step { from, splices });
        while self.steps.len() > LATE_STEPS_MAX || self.bytes > LATE_BYTES_MAX {
            let oldest = self.steps.pop_front();
            self.bytes -= oldest.map_or(0, |step| bytes_of(&step.splices));
        }
    }

    /// All that was done since these were the heads; `None` where that is not known.
    pub(super) fn since(&self, heads: &BTreeSet<ChangeHash>) -> Option<Vec<Edit>> {
        let first = self.steps.iter().rposition(|step| step.from == *heads)?;
        let steps = self.steps.iter().skip(first);
        Some(steps.flat_map(|step| step.splices.clone()).collect())
    }
}

fn bytes_of(splices: &[Edit]) -> usize {
    let bytes = |edit: &Edit| match edit {
        Edit::Splice { insert, .. } => insert.len() + size_of::<Edit>(),
        Edit::Fact(_) | Edit::Gather => 0,
    };
    splices.iter().map(bytes).sum()
}
