//! Offers that go out by themselves, where the group's policy says so.
//!
//! Owns when that is looked at: whoever prepares a meeting, declines, steps back or adds a role sends what is due with it. Whom
//! to ask, and that only a yes makes a holder, is moot-notebook's.

use std::collections::BTreeSet;

use moot_notebook::{
    Answer, DocId, FactBody, FactId, MeetingFact, OfferKind, OfferState, Part, PersonId, RoleFact,
    RoleStanding, Switch, auto_offer, occasion_digest,
};

use super::Meeting;
use crate::fault::Outcome;
use crate::notebook::{Notebook, Random};
use crate::tx::Tx;

impl Notebook {
    /// Asks the first whom the rota suggests, for each vacant role whose policy offers by itself.
    pub(super) fn offer_what_is_due(
        &mut self,
        doc: DocId,
        rng: &mut Random,
        tx: &mut Tx<'_>,
    ) -> Outcome<()> {
        let wishes = self.group(tx)?.wishes;
        if !wishes.policies.keys().any(|role| {
            let policy = wishes.policy(role.as_str());
            policy.auto_offer == Switch::On
        }) {
            return Ok(());
        }
        let meeting = self.load_meeting(doc, tx)?;
        let mut asked = asked_here(&meeting);
        let mut bodies = Vec::new();
        let vacant = meeting.state.roles.0.iter().filter(|(name, role)| {
            let policy = wishes.policy(name.as_str());
            policy.auto_offer == Switch::On
                && role.listed
                && role.standing() == RoleStanding::Vacant
        });
        for (name, _) in vacant {
            let rota = self.rota(&meeting, name.as_str(), tx)?;
            let holds = rota.suggested.iter().filter(|one| one.part == Part::Holder);
            // Nobody is asked to take two roles of one meeting.
            let next = holds.into_iter().find(|one| !asked.contains(&one.person));
            let Some(next) = next else { continue };
            let basis = occasion_digest(&self.occasions(name.as_str(), tx)?, &wishes);
            bodies.extend(auto_offer(name, next, basis));
            asked.insert(next.person);
        }
        let heads = self.fresh(doc, tx)?.document.fact_heads();
        let after: BTreeSet<FactId> = heads.into_iter().collect();
        self.write_facts(doc, after, bodies, rng, tx)?;
        Ok(())
    }
}

/// Who is asked to take a role of a meeting, and has not answered.
fn asked_here(meeting: &Meeting) -> BTreeSet<PersonId> {
    let offers = meeting.state.roles.0.values().flat_map(|role| &role.offers);
    offers
        .filter(|offer| offer.state == OfferState::Open && offer.kind != OfferKind::Shadow)
        .map(|offer| offer.to)
        .collect()
}

/// Whether a fact may leave a role without anybody who holds it or is asked.
pub(super) fn leaves_a_gap(body: &FactBody) -> bool {
    match body {
        FactBody::Role(RoleFact::Answered { answer, .. }) => *answer == Answer::Decline,
        FactBody::Role(RoleFact::SteppedBack { .. } | RoleFact::Withdrawn { .. })
        | FactBody::Meeting(MeetingFact::RoleListed { .. }) => true,
        _ => false,
    }
}
