//! What needs this person and what needs settling, in all documents; and the minutes of one.
//!
//! Owns where to look. What needs whom, and how minutes read, is moot-notebook's.

use std::collections::BTreeSet;

use moot_log::storage::Space;
use moot_notebook::{
    Carried, Contest, DocId, Eyes, FactId, InboxItem, InboxKind, Needs, PersonId, Rival,
    apart_sentence, group_contests, group_inbox, meeting_contests, meeting_inbox, minutes_markdown,
};

use crate::commands::doings::summary;
use crate::commands::notes::timestamp;
use crate::commands::reading::in_acts;
use crate::commands::select::shown_title;
use crate::fault::Outcome;
use crate::limits::APART_TOLD_MS;
use crate::notebook::Notebook;
use crate::reply::meeting::{ChoiceRow, Inbox, InboxRow, MergedRow};
use crate::reply::{Named, Reply};
use crate::rows::{APART_KEY, ApartRow, DocRow, LINK_WAITS};
use crate::tx::Tx;

impl Notebook {
    pub(super) fn meeting_minutes(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let meeting = self.meeting(text, tx)?;
        let carried = self.carried(&meeting, tx)?;
        let body = self.fresh(meeting.doc, tx)?.document.text();
        let minutes = self.seen(|eyes| minutes_markdown(&meeting.state, &carried, &body, eyes));
        Ok(Reply::Minutes(minutes))
    }

    pub(super) fn inbox(&mut self, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (items, open) = self.open_items(tx)?;
        let apart = self.apart(tx)?;
        let apart = apart.filter(|row| tx.now.wall_ms.saturating_sub(row.until_ms) < APART_TOLD_MS);
        let apart = match apart {
            Some(row) => {
                let quiet = self.merged(&row, &open, tx)?.len();
                let is_settling = |item: &&InboxRow| needs_settling(&item.kind);
                let settling = items.iter().filter(is_settling).count();
                let you = items.len() - settling;
                let apart_ms = row.until_ms - row.from_ms;
                Some(apart_sentence(apart_ms, you, settling, quiet))
            }
            None => None,
        };
        Ok(Reply::Inbox(Inbox { items, apart }))
    }

    /// What was merged when the last time apart was over, the newest first.
    pub(super) fn merged_show(&mut self, tx: &mut Tx<'_>) -> Outcome<Reply> {
        let (_, open) = self.open_items(tx)?;
        let merged = match self.apart(tx)? {
            Some(row) => self.merged(&row, &open, tx)?,
            None => Vec::new(),
        };
        Ok(Reply::Merged(merged))
    }

    fn apart(&self, tx: &Tx<'_>) -> Outcome<Option<ApartRow>> {
        Ok(tx.row(Space::Read, &self.id, APART_KEY)?)
    }

    /// What others did that arrived since, but for what stands in the inbox.
    fn merged(
        &mut self,
        apart: &ApartRow,
        open: &BTreeSet<FactId>,
        tx: &mut Tx<'_>,
    ) -> Outcome<Vec<MergedRow>> {
        let mut merged = Vec::new();
        for (key, row) in tx.rows::<DocRow>(Space::DocRow, &self.id, &[])? {
            let (Ok(doc), true) = (
                <[u8; 16]>::try_from(key.as_slice()),
                row.upto > apart.arrivals,
            ) else {
                continue;
            };
            let doc = DocId(doc);
            let arrived = self.arrived_since(doc, apart.arrivals, tx)?;
            let document = &self.fresh(doc, tx)?.document;
            let (history, facts) = (in_acts(document.history()), document.facts().clone());
            let me = self.myself();
            for change in history {
                let own = self
                    .author_of(&change.actor)
                    .is_some_and(|by| by.person == me);
                let counted = change.facts.iter().any(|fact| open.contains(fact));
                if own || counted || !arrived.contains(&change.change) {
                    continue;
                }
                merged.push(MergedRow {
                    id: doc.to_string(),
                    kind: word_for(row.what).to_owned(),
                    title: shown_title(&row),
                    by: self.name_of_actor(&change.actor),
                    at: timestamp(change.at_ms),
                    summary: summary(&change, &facts, &|person| self.name_of_person(person)),
                });
            }
        }
        merged.sort_by(|one, other| (other.at, &one.id).cmp(&(one.at, &other.id)));
        Ok(merged)
    }

    /// What stands in the inbox, and the facts that it is about.
    fn open_items(&mut self, tx: &mut Tx<'_>) -> Outcome<(Vec<InboxRow>, BTreeSet<FactId>)> {
        self.refresh_all(tx)?;
        let me = self.myself();
        let mut rows: Vec<InboxRow> = Vec::new();
        let mut facts = BTreeSet::new();
        for (key, _) in tx.scan(Space::Link, &self.id, &[LINK_WAITS])? {
            let Ok(doc) = <[u8; 16]>::try_from(&key[1..]) else {
                continue;
            };
            let meeting = self.load_meeting(DocId(doc), tx)?;
            // What was carried is listed where it was noted, and answered there.
            let waits = self.seen(|eyes| {
                meeting_inbox(meeting.doc, &meeting.state, &Carried::default(), me, eyes)
            });
            let contests = meeting_contests(&meeting.state);
            let title = meeting.state.title.shown().cloned().unwrap_or_default();
            let within = Named {
                id: meeting.doc.to_string(),
                name: title,
            };
            rows.extend(waits.iter().map(|item| InboxRow {
                within: Some(within.clone()),
                ..self.inbox_row(item, &contests)
            }));
            facts.extend(waits.iter().flat_map(|item| &item.facts).copied());
        }
        let group = self.group(tx)?;
        let (doc, now_ms) = (self.group_doc(), tx.now.wall_ms);
        let waits = self.seen(|eyes| group_inbox(doc, &group, me, now_ms, eyes));
        let contests = group_contests(&group, me);
        rows.extend(waits.iter().map(|item| self.inbox_row(item, &contests)));
        facts.extend(waits.iter().flat_map(|item| &item.facts).copied());
        rows.extend(self.titles_to_settle(tx)?);
        rows.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
        Ok((rows, facts))
    }

    /// Looks with the names of this notebook, and at times in the zone they belong to.
    pub(super) fn seen<T>(&self, see: impl FnOnce(Eyes<'_>) -> T) -> T {
        let name_of = |person: PersonId| self.name_of_person(&person);
        see(Eyes {
            name_of: &name_of,
            time_of: &in_zone,
        })
    }

    /// Notes that were named apart from each other.
    fn titles_to_settle(&self, tx: &Tx<'_>) -> Outcome<Vec<InboxRow>> {
        let mut rows = Vec::new();
        for (key, row) in tx.rows::<DocRow>(Space::DocRow, &self.id, &[])? {
            let Ok(doc) = <[u8; 16]>::try_from(key.as_slice()) else {
                continue;
            };
            if row.what != DocRow::NOTE || row.deleted || row.titles.len() < 2 {
                continue;
            }
            let titles: Vec<&str> = row.titles.iter().map(|title| title.text.as_str()).collect();
            let choices = self.title_choices(&row).into_iter();
            rows.push(InboxRow {
                kind: "settle".to_owned(),
                id: DocId(doc).to_string(),
                text: format!(
                    "the note \u{201c}{}\u{201d} was named apart: {}",
                    shown_title(&row),
                    titles.join(" / ")
                ),
                since: timestamp(row.updated_ms),
                within: Some(Named {
                    id: DocId(doc).to_string(),
                    name: shown_title(&row),
                }),
                choices: choices
                    .map(|choice| ChoiceRow {
                        id: choice.title.clone(),
                        text: choice.title,
                        by: vec![choice.by],
                    })
                    .collect(),
                both: false,
            });
        }
        Ok(rows)
    }

    /// An item as it is answered, with what can be chosen where it is one of these contests.
    fn inbox_row(&self, item: &InboxItem, contests: &[Contest]) -> InboxRow {
        let contest = contests.iter().find(|one| {
            item.kind.needs() == Needs::Settling
                && one.rivals.len() == item.facts.len()
                && one
                    .rivals
                    .iter()
                    .all(|rival| item.facts.contains(&rival.fact))
                && item.text.contains(&one.about)
        });
        let choices = contest.map_or_else(Vec::new, |contest| self.choices(contest));
        InboxRow {
            kind: item.kind.word().to_owned(),
            id: item
                .role
                .as_ref()
                .map_or_else(|| item.id.to_string(), ToString::to_string),
            text: item.text.clone(),
            since: timestamp(item.since_ms),
            within: None,
            choices,
            both: contest.is_some_and(|contest| contest.both.is_some()),
        }
    }

    /// What competes, as it can be chosen.
    pub(super) fn choices(&self, contest: &Contest) -> Vec<ChoiceRow> {
        let name = |person: &PersonId| self.name_of_person(person);
        let row = |rival: &Rival| ChoiceRow {
            id: rival.fact.to_string(),
            text: self.seen(|eyes| eyes.rival(rival)),
            by: rival.by.iter().map(name).collect(),
        };
        contest.rivals.iter().map(row).collect()
    }
}

/// Whether something of this kind needs anybody who settles it, rather than just this person.
fn needs_settling(kind: &str) -> bool {
    let kinds = InboxKind::ALL.into_iter();
    kinds
        .filter(|one| one.needs() == Needs::Settling)
        .any(|one| one.word() == kind)
}

fn word_for(what: u8) -> &'static str {
    match what {
        DocRow::MEETING => "meeting",
        DocRow::GROUP => "group",
        _ => "note",
    }
}

/// A moment as a zone's clocks show it.
fn in_zone(at_ms: i64, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let shown = timestamp(at_ms).to_zoned(zone);
    format!("{} {name}", shown.strftime("%Y-%m-%d %H:%M"))
}
