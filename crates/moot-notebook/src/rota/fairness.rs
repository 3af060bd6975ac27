//! How fair the turns were, as a group sees it. Owns the report; it names nobody, and has no row per person.

use std::collections::{BTreeMap, BTreeSet};

use super::TURN;
use super::tally::Tally;
use crate::id::PersonId;
use crate::state::{OptOut, Wishes};

/// The worst debt at which the report says so: two turns.
const ALERT_DEBT: i64 = 2 * TURN;

/// Occasions that "lately" looks back over.
const LATELY: usize = 10;

/// A person's share is judged once this many turns fell to them: before that one turn more or less is chance.
const JUDGED_FROM: i64 = 5 * TURN;

/// Hours of a day that are nobody's idea of a meeting: before the first, and from the second on.
const SOCIAL_HOURS: std::ops::Range<u8> = 8..22;

/// How fair one role's turns were.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fairness {
    /// How many occasions there were.
    pub occasions: usize,
    /// The largest amount that anybody willing is owed, or owes, in millionths of a turn.
    pub worst_debt: i64,
    /// Whether that is more than two turns.
    pub alert: bool,
    /// The smallest and the largest share of what fell to somebody that they took, in thousandths; of those to whom
    /// enough fell.
    pub shares: Option<(i64, i64)>,
    /// Different holders in the last ten occasions.
    pub holders_lately: usize,
    /// Occasions without a holder.
    pub vacancies: usize,
    /// Occasions with a holder of the one before.
    pub back_to_backs: usize,
}

/// How often people of one zone were asked to meet at an unsocial hour.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BadHours {
    /// The zone's IANA name.
    pub zone: String,
    /// Meetings in all.
    pub meetings: usize,
    /// Those that began before 8 or from 22 on, there.
    pub unsocial: usize,
}

/// Reports on one role. `people` are members; those who opted out for ever are not among the willing.
#[must_use]
pub fn fairness(
    tally: &Tally,
    role: &str,
    people: &BTreeSet<PersonId>,
    wishes: &Wishes,
) -> Fairness {
    let willing = || {
        people
            .iter()
            .filter(|person| wishes.opt_out(role, **person) != OptOut::Never)
            .map(|person| tally.account(*person))
    };
    let worst_debt = willing().map(|one| one.debt().abs()).max().unwrap_or(0);
    let judged = || willing().filter(|one| one.fair >= JUDGED_FROM);
    let share = |one: super::tally::Account| one.served * 1_000 / one.fair;
    let shares = judged().map(share).min().zip(judged().map(share).max());
    let lately = tally.past.iter().rev().take(LATELY);
    let holders: BTreeSet<&PersonId> = lately.flat_map(|past| &past.holders).collect();
    let pairs = tally.past.iter().zip(tally.past.iter().skip(1));
    Fairness {
        occasions: tally.occasions(),
        worst_debt,
        alert: worst_debt > ALERT_DEBT,
        shares,
        holders_lately: holders.len(),
        vacancies: tally
            .past
            .iter()
            .filter(|past| past.holders.is_empty())
            .count(),
        back_to_backs: pairs
            .filter(|(one, next)| !one.holders.is_disjoint(&next.holders))
            .count(),
    }
}

/// Counts the meetings at unsocial hours for each zone that somebody lives by.
///
/// `hour_of` gives the local hour of a moment in a zone, or `None` for a zone it does not know: the rules of zones are
/// not this crate's.
#[must_use]
pub fn unsocial_hours(
    starts_ms: &[i64],
    zones: &BTreeSet<String>,
    hour_of: &dyn Fn(i64, &str) -> Option<u8>,
) -> Vec<BadHours> {
    let mut counted: BTreeMap<&String, BadHours> = BTreeMap::new();
    for zone in zones {
        for hour in starts_ms.iter().filter_map(|at_ms| hour_of(*at_ms, zone)) {
            let bad = counted.entry(zone).or_insert_with(|| BadHours {
                zone: zone.clone(),
                meetings: 0,
                unsocial: 0,
            });
            bad.meetings += 1;
            bad.unsocial += usize::from(!SOCIAL_HOURS.contains(&hour));
        }
    }
    counted.into_values().collect()
}
