//! What needs this person and what needs settling, in all documents; and the minutes of one.
//!
//! Owns where to look. What needs whom, and how minutes read, is moot-notebook's.

use moot_log::storage::Space;
use moot_notebook::{
    Carried, DocId, Eyes, InboxItem, PersonId, group_inbox, meeting_inbox, minutes_markdown,
};

use crate::commands::notes::timestamp;
use crate::commands::select::shown_title;
use crate::fault::Outcome;
use crate::notebook::Notebook;
use crate::reply::Reply;
use crate::reply::meeting::InboxRow;
use crate::rows::{DocRow, LINK_WAITS};
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
        self.refresh_all(tx)?;
        let me = self.myself();
        let mut items = Vec::new();
        for (key, _) in tx.scan(Space::Link, &self.id, &[LINK_WAITS])? {
            let Ok(doc) = <[u8; 16]>::try_from(&key[1..]) else {
                continue;
            };
            let meeting = self.load_meeting(DocId(doc), tx)?;
            // What was carried is listed where it was noted, and answered there.
            items.extend(self.seen(|eyes| {
                meeting_inbox(meeting.doc, &meeting.state, &Carried::default(), me, eyes)
            }));
        }
        let group = self.group(tx)?;
        let doc = self.group_doc();
        items.extend(self.seen(|eyes| group_inbox(doc, &group, me, eyes)));
        let mut rows: Vec<InboxRow> = items.into_iter().map(row).collect();
        rows.extend(self.titles_to_settle(tx)?);
        rows.sort_by(|one, other| (one.since, &one.id).cmp(&(other.since, &other.id)));
        Ok(Reply::Inbox(rows))
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
            rows.push(InboxRow {
                kind: "settle".to_owned(),
                id: DocId(doc).to_string(),
                text: format!(
                    "the note \u{201c}{}\u{201d} was named apart: {}",
                    shown_title(&row),
                    titles.join(" / ")
                ),
                since: timestamp(row.updated_ms),
            });
        }
        Ok(rows)
    }
}

fn row(item: InboxItem) -> InboxRow {
    InboxRow {
        kind: item.kind.word().to_owned(),
        id: item.id.to_string(),
        text: item.text,
        since: timestamp(item.since_ms),
    }
}

/// A moment as a zone's clocks show it.
fn in_zone(at_ms: i64, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let name = zone.iana_name().unwrap_or("UTC").to_owned();
    let shown = timestamp(at_ms).to_zoned(zone);
    format!("{} {name}", shown.strftime("%Y-%m-%d %H:%M"))
}
