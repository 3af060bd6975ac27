//! Acts in the group document: what people wish about turns, policies, and roles for a term.

use std::collections::BTreeSet;

use super::{ActError, RoleAct, Situation, line, roles};
use crate::fact::{FactBody, RotaFact};
use crate::id::PersonId;
use crate::limits::ROTA_GAP_MAX;
use crate::meeting::{Carried, MeetingState};
use crate::state::{GroupState, Policy};

/// What a person wants to say once for all meetings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupAct {
    /// Not be asked to take a role, until then or ever.
    OptOut {
        /// Which.
        role: String,
        /// Until when.
        until_ms: Option<i64>,
    },
    /// Be asked again.
    OptIn(String),
    /// Be ready without having shadowed.
    Ready(String),
    /// Say how a role rotates.
    SetPolicy(String, Policy),
    /// Say by which zone one lives.
    SetZone(String),
    /// Something about a role held for a term. The role has a policy, or was spoken of before.
    Role(RoleAct),
}

/// The fact by which `actor` does this in the group document.
///
/// # Errors
/// Why it cannot be done now, and what to do instead.
pub fn group_act(
    group: &GroupState,
    people: &BTreeSet<PersonId>,
    now_ms: i64,
    actor: PersonId,
    act: GroupAct,
) -> Result<FactBody, ActError> {
    let rota = |fact: RotaFact| Ok(FactBody::Rota(fact));
    match act {
        GroupAct::OptOut { role, until_ms } => {
            roles::checked_time(until_ms)?;
            rota(RotaFact::OptedOut {
                role: line("a role", &role)?,
                until_ms,
            })
        }
        GroupAct::OptIn(role) => rota(RotaFact::OptedIn {
            role: line("a role", &role)?,
        }),
        GroupAct::Ready(role) => rota(RotaFact::Ready {
            role: line("a role", &role)?,
        }),
        GroupAct::SetPolicy(role, policy) => policy_fact(&role, policy).map(FactBody::Rota),
        GroupAct::SetZone(zone) => rota(RotaFact::HomeZone {
            zone: line("a zone", &zone)?,
        }),
        GroupAct::Role(act) => {
            let mut terms = group.roles.clone();
            for role in group.wishes.policies.keys() {
                terms.0.entry(role.clone()).or_default();
            }
            let now = Situation {
                meeting: &MeetingState::default(),
                carried: &Carried::default(),
                people,
                now_ms,
            };
            roles::act(&terms, &now, actor, act).map(FactBody::Role)
        }
    }
}

fn policy_fact(role: &str, policy: Policy) -> Result<RotaFact, ActError> {
    if policy.gap > ROTA_GAP_MAX {
        return Err(ActError::TooMany {
            what: "occasions between turns",
            max: ROTA_GAP_MAX as usize,
        });
    }
    roles::checked_time(policy.review_ms)?;
    Ok(policy.fact(line("a role", role)?))
}
