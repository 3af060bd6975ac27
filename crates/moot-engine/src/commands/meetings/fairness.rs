//! How fair the turns at a role were, to the group: read from rows alone.
//!
//! Owns which meetings count as past. What is fair, and at which hours people should not have to meet, is moot-notebook's.

use std::collections::BTreeSet;

use moot_log::storage::Space;
use moot_notebook::{DocId, OccasionKey, Tally, Wishes, fairness, unsocial_hours};

use crate::commands::notes::timestamp;
use crate::fault::Outcome;
use crate::notebook::Notebook;
use crate::reply::Reply;
use crate::reply::meeting::{FairnessView, HoursRow};
use crate::rows::{LINK_MEETING, MeetingRow};
use crate::tx::Tx;

/// Millionths, as they are added up, in a thousandth, as they are shown.
const SHOWN_IN: i64 = 1_000;

impl Notebook {
    pub(super) fn fairness_show(&mut self, role: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        self.refresh_all(tx)?;
        let group = self.group(tx)?;
        let role = &*self.as_written(role, &group, tx)?;
        let wishes = group.wishes;
        let now = OccasionKey {
            at_ms: tx.now.wall_ms,
            meeting: DocId([0xff; 16]),
        };
        let tally = Tally::of(&self.occasions(role, tx)?, role, now);
        let report = fairness(&tally, role, &self.people_here(), &wishes);
        let (fair, served) = tally.share(self.myself());
        Ok(Reply::Fairness(FairnessView {
            role: role.to_owned(),
            occasions: report.occasions as u64,
            worst_debt_thousandths: report.worst_debt / SHOWN_IN,
            alert: report.alert,
            served_of_fair_thousandths: report.shares,
            holders_in_last_ten: report.holders_lately as u64,
            vacancies: report.vacancies as u64,
            back_to_backs: report.back_to_backs as u64,
            hours: self.hours(&wishes, tx)?,
            yours_thousandths: (fair / SHOWN_IN, served / SHOWN_IN),
        }))
    }

    /// The meetings that took place at a time they were given, by the zones that people live by.
    fn hours(&self, wishes: &Wishes, tx: &Tx<'_>) -> Outcome<Vec<HoursRow>> {
        let rows = tx.rows::<MeetingRow>(Space::Link, &self.id, &[LINK_MEETING])?;
        let past = rows.iter().filter(|(_, row)| row.took_place());
        let starts: Vec<i64> = past.filter_map(|(_, row)| row.at_ms).collect();
        let settled = wishes.zones.values().filter_map(|zone| zone.shown());
        let mut zones: BTreeSet<String> = settled.map(|zone| zone.as_str().to_owned()).collect();
        if zones.is_empty() {
            zones = rows
                .iter()
                .filter_map(|(_, row)| row.zone.clone())
                .collect();
        }
        let counted = unsocial_hours(&starts, &zones, &hour_of);
        let row = |one: moot_notebook::BadHours| HoursRow {
            zone: one.zone,
            meetings: one.meetings as u64,
            unsocial: one.unsocial as u64,
        };
        Ok(counted.into_iter().map(row).collect())
    }
}

fn hour_of(at_ms: i64, zone: &str) -> Option<u8> {
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    u8::try_from(timestamp(at_ms).to_zoned(zone).hour()).ok()
}
