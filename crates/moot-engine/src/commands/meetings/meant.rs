//! Which meeting, role, person, item or thing is meant by what was typed.
//!
//! Owns the rules: a full id, else an exact title or name, else the beginning of an id; for items of an agenda also their number.
//! Never guesses between two.

use moot_log::storage::Space;
use moot_notebook::{AgendaRow, DocId, FactId, GroupState, PersonId};

use super::{Meeting, no_such};
use crate::commands::select::{document, one_of};
use crate::docs::fold_title;
use crate::docs::meeting::Sort;
use crate::fault::Outcome;
use crate::notebook::Notebook;
use crate::rows::{DocRow, LINK_ID, LINK_MEETING, MeetingRow, prefixed};
use crate::tx::Tx;

impl Notebook {
    /// The meeting that is meant.
    pub(super) fn meeting(&mut self, text: &str, tx: &mut Tx<'_>) -> Outcome<Meeting> {
        self.refresh_all(tx)?;
        let (doc, _) = document(self, text, DocRow::MEETING, tx)?;
        self.load_meeting(doc, tx)
    }

    /// What has this id, and the meeting in which it is.
    pub(super) fn thing(
        &mut self,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<(Meeting, FactId, Sort)> {
        let found = self.things(text, tx)?;
        let hint = "`moot inbox` and `moot meeting show` tell ids.";
        let listed = found
            .iter()
            .filter(|(_, _, sort)| *sort != Sort::Contest)
            .map(|(fact, doc, sort)| ((*fact, *doc, *sort), fact.to_string(), sort.word()));
        let (fact, doc, sort) = one_of(text, "offer, action or round", hint, listed)?;
        Ok((self.load_meeting(doc, tx)?, fact, sort))
    }

    /// Everything in meetings whose id begins so.
    pub(super) fn things(
        &mut self,
        text: &str,
        tx: &mut Tx<'_>,
    ) -> Outcome<Vec<(FactId, DocId, Sort)>> {
        self.refresh_all(tx)?;
        let text = text.trim();
        let mut found = Vec::new();
        if !is_hex(text) {
            return Ok(found);
        }
        for (key, value) in tx.scan(Space::Link, &self.id, &prefixed(LINK_ID, &bytes_of(text)))? {
            let ids = key[1..].split_first_chunk::<16>();
            let Some((fact, rest)) = ids else { continue };
            let (Ok(doc), Some(sort)) = (<[u8; 16]>::try_from(rest), Sort::of_row(&value)) else {
                continue;
            };
            let fact = FactId(*fact);
            if fact.to_string().starts_with(&text.to_ascii_lowercase()) {
                found.push((fact, DocId(doc), sort));
            }
        }
        Ok(found)
    }

    /// The role that is meant, as the meeting writes it.
    pub(super) fn role_meant(&self, meeting: &Meeting, text: &str) -> Outcome<String> {
        let roles = &meeting.state.roles;
        if let Some((name, role)) = roles.named(text.trim())
            && (role.listed || !role.holders().is_empty() || !role.offers.is_empty())
        {
            return Ok(name.as_str().to_owned());
        }
        let listed: Vec<&str> = roles
            .0
            .iter()
            .filter(|(_, role)| role.listed)
            .map(|(name, _)| name.as_str())
            .collect();
        let there_are = if listed.is_empty() {
            "It has none.".to_owned()
        } else {
            format!("It has {}.", listed.join(", "))
        };
        Err(no_such(
            "role",
            text,
            format!("{there_are} `moot role add MEETING ROLE` adds one."),
        ))
    }

    /// A role as the group writes it, whatever the case of its letters: as the latest meeting has it, or as somebody wished about
    /// it before. One that nobody has spoken of is taken as it is typed, for a meeting to come may have it.
    pub(super) fn as_written(
        &mut self,
        role: &str,
        group: &GroupState,
        tx: &mut Tx<'_>,
    ) -> Outcome<String> {
        let typed = role.trim();
        let latest = tx
            .rows::<MeetingRow>(Space::Link, &self.id, &[LINK_MEETING])?
            .last()
            .and_then(|(key, _)| key.last_chunk::<16>().copied());
        let mut known: Vec<String> = Vec::new();
        if let Some(doc) = latest {
            let meeting = self.load_meeting(DocId(doc), tx)?;
            let names = meeting.state.roles.0.keys();
            known.extend(names.map(|name| name.as_str().to_owned()));
        }
        let wishes = &group.wishes;
        let wished = wishes.policies.keys().chain(wishes.opt_outs.keys());
        known.extend(wished.map(|name| name.as_str().to_owned()));
        let same = |name: &&String| name.to_lowercase() == typed.to_lowercase();
        let exact = known.iter().find(|name| *name == typed);
        let found = exact.or_else(|| known.iter().find(same));
        Ok(found.map_or_else(|| typed.to_owned(), Clone::clone))
    }

    /// The member that is meant.
    pub(super) fn person_meant(&self, text: &str) -> Outcome<PersonId> {
        let people: Vec<(PersonId, String)> = self
            .roster
            .persons()
            .map(|person| {
                let id = PersonId(person.id.0.0);
                (id, self.name_of_person(&id))
            })
            .collect();
        let listed = people
            .iter()
            .map(|(id, name)| (*id, id.to_string(), name.as_str()));
        one_of(text, "person", "`moot people` lists them.", listed)
    }
}

/// The item of an agenda that is meant: by its id, its words, its number from 1, or the beginning of its id.
pub(super) fn item(agenda: &[AgendaRow], text: &str) -> Outcome<FactId> {
    let text = text.trim();
    let by_words = agenda
        .iter()
        .any(|row| fold_title(&row.text) == fold_title(text));
    let number: Option<usize> = text.parse().ok();
    if let Some(row) = number.and_then(|number| agenda.get(number.checked_sub(1)?))
        && !by_words
        && text.len() < 4
    {
        return Ok(row.id);
    }
    let hint = "`moot meeting show MEETING` shows the agenda.";
    let listed = agenda
        .iter()
        .map(|row| (row.id, row.id.to_string(), row.text.as_str()));
    one_of(text, "item", hint, listed)
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.len() <= 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// The whole bytes at the beginning of an id.
fn bytes_of(text: &str) -> Vec<u8> {
    if !is_hex(text) {
        return Vec::new();
    }
    let whole = text.len() / 2;
    (0..whole)
        .filter_map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok())
        .collect()
}
